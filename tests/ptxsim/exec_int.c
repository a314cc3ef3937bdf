/* SPDX-License-Identifier: MIT
 * ptxsim: integer arithmetic. All wraps; division by zero gives all ones, as GPUs do (PTX: unspecified); MIN / -1 wraps. */
#include "exec.h"

static inline u32 div_u32(u32 a, u32 b) { return b ? a / b : UINT32_MAX; }
static inline u32 rem_u32(u32 a, u32 b) { return b ? a % b : a; }
static inline u64 div_u64(u64 a, u64 b) { return b ? a / b : UINT64_MAX; }
static inline u64 rem_u64(u64 a, u64 b) { return b ? a % b : a; }
static inline s64 div_s64(s64 a, s64 b) { return b == 0 ? -1 : b == -1 ? (s64)(0 - (u64)a) : a / b; }
static inline s64 rem_s64(s64 a, s64 b) { return b == 0 ? a : b == -1 ? 0 : a % b; }
static inline u64 mulhi_u64(u64 a, u64 b) { return (u64)((unsigned __int128)a * b >> 64); }
static inline u64 mulhi_s64(u64 a, u64 b) { return mulhi_u64(a, b) - ((s64)a < 0 ? b : 0) - ((s64)b < 0 ? a : 0); }
static inline s32 sat_s32(s64 x) { return x > INT32_MAX ? INT32_MAX : x < INT32_MIN ? INT32_MIN : (s32)x; }

/* What is the same for signed and unsigned: N name of the width, T its unsigned type (arithmetic in W, at least 32 bits). */
#define WRAPPING(N, T, W) \
    BINARY(add_##N, T, T, (T)((W)a[l] + b[l])) \
    BINARY(sub_##N, T, T, (T)((W)a[l] - b[l])) \
    BINARY(mul_##N, T, T, (T)((W)a[l] * b[l])) \
    TERNARY(mad_##N, T, T, (T)((W)a[l] * b[l] + c[l])) \
    UNARY(neg_##N, T, T, (T)(0 - (W)a[l]))
WRAPPING(16, u16, u32)
WRAPPING(32, u32, u32)
WRAPPING(64, u64, u64)

#define ORDERED(T) \
    BINARY(min_##T, T, T, a[l] < b[l] ? a[l] : b[l]) \
    BINARY(max_##T, T, T, a[l] > b[l] ? a[l] : b[l])
ORDERED(u16)
ORDERED(s16)
ORDERED(u32)
ORDERED(s32)
ORDERED(u64)
ORDERED(s64)

UNARY(abs_s16, u16, s16, (u16)(a[l] < 0 ? 0u - (u32)a[l] : (u32)a[l]))
UNARY(abs_s32, u32, s32, a[l] < 0 ? 0u - (u32)a[l] : (u32)a[l])
UNARY(abs_s64, u64, s64, a[l] < 0 ? 0u - (u64)a[l] : (u64)a[l])

BINARY(div_u16, u16, u16, (u16)div_u32(a[l], b[l]))
BINARY(rem_u16, u16, u16, (u16)rem_u32(a[l], b[l]))
BINARY(div_s16, s16, s16, (s16)div_s64(a[l], b[l]))
BINARY(rem_s16, s16, s16, (s16)rem_s64(a[l], b[l]))
BINARY(div_u32_, u32, u32, div_u32(a[l], b[l]))
BINARY(rem_u32_, u32, u32, rem_u32(a[l], b[l]))
BINARY(div_s32, s32, s32, (s32)div_s64(a[l], b[l]))
BINARY(rem_s32, s32, s32, (s32)rem_s64(a[l], b[l]))
BINARY(div_u64_, u64, u64, div_u64(a[l], b[l]))
BINARY(rem_u64_, u64, u64, rem_u64(a[l], b[l]))
BINARY(div_s64_, s64, s64, div_s64(a[l], b[l]))
BINARY(rem_s64_, s64, s64, rem_s64(a[l], b[l]))

BINARY(hi_u16, u16, u16, (u16)((u32)a[l] * b[l] >> 16))
BINARY(hi_s16, s16, s16, (s16)((s32)a[l] * b[l] >> 16))
BINARY(hi_u32, u32, u32, (u32)((u64)a[l] * b[l] >> 32))
BINARY(hi_s32, u32, s32, (u32)((u64)((s64)a[l] * b[l]) >> 32))
BINARY(hi_u64, u64, u64, mulhi_u64(a[l], b[l]))
BINARY(hi_s64, u64, u64, mulhi_s64(a[l], b[l]))
TERNARY(madhi_u32, u32, u32, (u32)((u64)a[l] * b[l] >> 32) + c[l])
TERNARY(madhi_s32, u32, s32, (u32)((u64)((s64)a[l] * b[l]) >> 32) + (u32)c[l])
TERNARY(madhi_u64, u64, u64, mulhi_u64(a[l], b[l]) + c[l])
TERNARY(madhi_s64, u64, u64, mulhi_s64(a[l], b[l]) + c[l])
BINARY(wide_u16, u32, u16, (u32)a[l] * b[l])
BINARY(wide_s16, u32, s16, (u32)((s32)a[l] * b[l]))
BINARY(wide_u32, u64, u32, (u64)a[l] * b[l])
BINARY(wide_s32, u64, s32, (u64)((s64)a[l] * b[l]))

#define WIDE_MAD(name, T, S, product) \
    HANDLER(name) \
    { \
        DST(T, d); \
        SRC(S, a, 1); \
        SRC(S, b, 2); \
        SRC(T, c, 3); \
        EACH(T, d, (T)(product) + c[l]); \
    }
WIDE_MAD(madwide_u16, u32, u16, (u32)a[l] * b[l])
WIDE_MAD(madwide_s16, u32, s16, (s32)a[l] * b[l])
WIDE_MAD(madwide_u32, u64, u32, (u64)a[l] * b[l])
WIDE_MAD(madwide_s32, u64, s32, (s64)a[l] * b[l])

BINARY(addsat_s32, s32, s32, sat_s32((s64)a[l] + b[l]))
BINARY(subsat_s32, s32, s32, sat_s32((s64)a[l] - b[l]))

static inline u32 mul24(u32 a, u32 b) { return (a & 0xffffff) * (b & 0xffffff); }
static inline u32 muls24(s32 a, s32 b) { return (u32)((s32)((u32)a << 8) >> 8) * (u32)((s32)((u32)b << 8) >> 8); }
BINARY(mul24_u32, u32, u32, mul24(a[l], b[l]))
BINARY(mul24_s32, u32, s32, muls24(a[l], b[l]))
TERNARY(sad_u32, u32, u32, c[l] + (a[l] > b[l] ? a[l] - b[l] : b[l] - a[l]))
TERNARY(sad_s32, u32, s32, (u32)c[l] + (a[l] > b[l] ? (u32)a[l] - (u32)b[l] : (u32)b[l] - (u32)a[l]))

/* ── carries: one condition code a lane, written by .cc ── */

#define CARRY(name, T, in, total) \
    HANDLER(name) \
    { \
        DST(T, d); \
        SRC(T, a, 1); \
        SRC(T, b, 2); \
        bool keep = mod_has(&i->mods, M_CC); \
        EACH_LANE { \
            unsigned __int128 x = a[l], y = b[l], k = in; \
            unsigned __int128 r = total; \
            d[l] = (T)r; \
            if (keep) \
                w->cc[l] = (u32)(r >> (8 * sizeof(T))) & 1; \
        } \
    }
CARRY(addcc_32, u32, 0, x + y + k)
CARRY(addcc_64, u64, 0, x + y + k)
CARRY(addc_32, u32, w->cc[l], x + y + k)
CARRY(addc_64, u64, w->cc[l], x + y + k)
CARRY(subcc_32, u32, 0, x - y - k)
CARRY(subcc_64, u64, 0, x - y - k)
CARRY(subc_32, u32, w->cc[l], x - y - k)
CARRY(subc_64, u64, w->cc[l], x - y - k)

/* ── dot products of bytes ── */

#define BYTE(x, k, T) ((s32)(T)((x) >> (8 * (k))))
#define DP(name, A, B) \
    TERNARY(dp4a_##name, u32, u32, c[l] + (u32)(BYTE(a[l], 0, A) * BYTE(b[l], 0, B) + BYTE(a[l], 1, A) * BYTE(b[l], 1, B) + \
        BYTE(a[l], 2, A) * BYTE(b[l], 2, B) + BYTE(a[l], 3, A) * BYTE(b[l], 3, B)))
DP(ss, s8, s8)
DP(su, s8, u8)
DP(us, u8, s8)
DP(uu, u8, u8)

#define RR "=0 0 0"
#define RRR "=0 0 0 0"
#define SAME(op, need, form, fn) \
    {op, need, "", "u16|s16", form, fn##_16}, {op, need, "", "u32|s32", form, fn##_32}, {op, need, "", "u64|s64", form, fn##_64}

ROWS(rows_int) = {
    SAME("add", "", RR, add), SAME("sub", "", RR, sub), SAME("mul", "lo", RR, mul), SAME("mad", "lo", RRR, mad),
    {"neg", "", "", "s16", "=0 0", neg_16}, {"neg", "", "", "s32", "=0 0", neg_32}, {"neg", "", "", "s64", "=0 0", neg_64},
    {"abs", "", "", "s16", "=0 0", abs_s16}, {"abs", "", "", "s32", "=0 0", abs_s32}, {"abs", "", "", "s64", "=0 0", abs_s64},
    {"min", "", "", "u16", RR, min_u16}, {"min", "", "", "s16", RR, min_s16}, {"min", "", "", "u32", RR, min_u32}, {"min", "", "", "s32", RR, min_s32},
    {"min", "", "", "u64", RR, min_u64}, {"min", "", "", "s64", RR, min_s64},
    {"max", "", "", "u16", RR, max_u16}, {"max", "", "", "s16", RR, max_s16}, {"max", "", "", "u32", RR, max_u32}, {"max", "", "", "s32", RR, max_s32},
    {"max", "", "", "u64", RR, max_u64}, {"max", "", "", "s64", RR, max_s64},
    {"div", "", "", "u16", RR, div_u16}, {"div", "", "", "s16", RR, div_s16}, {"div", "", "", "u32", RR, div_u32_}, {"div", "", "", "s32", RR, div_s32},
    {"div", "", "", "u64", RR, div_u64_}, {"div", "", "", "s64", RR, div_s64_},
    {"rem", "", "", "u16", RR, rem_u16}, {"rem", "", "", "s16", RR, rem_s16}, {"rem", "", "", "u32", RR, rem_u32_}, {"rem", "", "", "s32", RR, rem_s32},
    {"rem", "", "", "u64", RR, rem_u64_}, {"rem", "", "", "s64", RR, rem_s64_},
    {"mul", "hi", "", "u16", RR, hi_u16}, {"mul", "hi", "", "s16", RR, hi_s16}, {"mul", "hi", "", "u32", RR, hi_u32}, {"mul", "hi", "", "s32", RR, hi_s32},
    {"mul", "hi", "", "u64", RR, hi_u64}, {"mul", "hi", "", "s64", RR, hi_s64},
    {"mad", "hi", "", "u32", RRR, madhi_u32}, {"mad", "hi", "", "s32", RRR, madhi_s32}, {"mad", "hi", "", "u64", RRR, madhi_u64}, {"mad", "hi", "", "s64", RRR, madhi_s64},
    {"mul", "wide", "", "u16", "=x 0 0", wide_u16}, {"mul", "wide", "", "s16", "=x 0 0", wide_s16}, {"mul", "wide", "", "u32", "=x 0 0", wide_u32},
    {"mul", "wide", "", "s32", "=x 0 0", wide_s32},
    {"mad", "wide", "", "u16", "=x 0 0 x", madwide_u16}, {"mad", "wide", "", "s16", "=x 0 0 x", madwide_s16}, {"mad", "wide", "", "u32", "=x 0 0 x", madwide_u32},
    {"mad", "wide", "", "s32", "=x 0 0 x", madwide_s32},
    {"add", "sat", "", "s32", RR, addsat_s32}, {"sub", "sat", "", "s32", RR, subsat_s32},
    {"mul24", "lo", "", "u32", RR, mul24_u32}, {"mul24", "lo", "", "s32", RR, mul24_s32}, {"sad", "", "", "u32", RRR, sad_u32}, {"sad", "", "", "s32", RRR, sad_s32},
    {"add", "cc", "", "u32|s32", RR, addcc_32}, {"add", "cc", "", "u64|s64", RR, addcc_64, 0, 43}, {"addc", "", "cc", "u32|s32", RR, addc_32},
    {"addc", "", "cc", "u64|s64", RR, addc_64}, {"sub", "cc", "", "u32|s32", RR, subcc_32}, {"sub", "cc", "", "u64|s64", RR, subcc_64},
    {"subc", "", "cc", "u32|s32", RR, subc_32}, {"subc", "", "cc", "u64|s64", RR, subc_64},
    {"dp4a", "", "", "s32.s32", "=w w w w", dp4a_ss}, {"dp4a", "", "", "s32.u32", "=w w w w", dp4a_su}, {"dp4a", "", "", "u32.s32", "=w w w w", dp4a_us},
    {"dp4a", "", "", "u32.u32", "=w w w w", dp4a_uu}, END_ROWS,
};
