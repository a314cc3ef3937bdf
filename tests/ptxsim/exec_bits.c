/* SPDX-License-Identifier: MIT
 * ptxsim: bits and moves. Logic, shifts (counts beyond the width are clamped, as PTX has it), fields, permutes, mov with packing and unpacking. */
#include "exec.h"

#define LOGIC(N, T) \
    BINARY(and_##N, T, T, a[l] & b[l]) \
    BINARY(or_##N, T, T, a[l] | b[l]) \
    BINARY(xor_##N, T, T, a[l] ^ b[l]) \
    UNARY(not_##N, T, T, (T)~a[l]) \
    UNARY(cnot_##N, T, T, a[l] == 0) \
    UNARY(mov_##N, T, T, a[l])
LOGIC(16, u16)
LOGIC(32, u32)
LOGIC(64, u64)

/* Predicates hold 0 or 1; a source may be negated. */
#define PRED_SOURCES \
    DST(pred, d); \
    SRC(pred, a, 1); \
    SRC(pred, b, 2); \
    pred na = i->neg >> 1 & 1, nb = i->neg >> 2 & 1
HANDLER(and_pred)
{
    PRED_SOURCES;
    EACH(pred, d, (a[l] ^ na) & (b[l] ^ nb));
}
HANDLER(or_pred)
{
    PRED_SOURCES;
    EACH(pred, d, (a[l] ^ na) | (b[l] ^ nb));
}
HANDLER(xor_pred)
{
    PRED_SOURCES;
    EACH(pred, d, (a[l] ^ na) ^ (b[l] ^ nb));
}
HANDLER(not_pred)
{
    DST(pred, d);
    SRC(pred, a, 1);
    pred n = !(i->neg >> 1 & 1);
    EACH(pred, d, a[l] ^ n);
}
HANDLER(mov_pred)
{
    DST(pred, d);
    SRC(pred, a, 1);
    pred n = i->neg >> 1 & 1;
    EACH(pred, d, (a[l] & 1) ^ n);
}

/* ── shifts: the count is a u32 ── */

#define SHIFT(name, T, expr) \
    HANDLER(name) \
    { \
        DST(T, d); \
        SRC(T, a, 1); \
        SRC(u32, b, 2); \
        EACH(T, d, (T)(expr)); \
    }
SHIFT(shl_16, u16, b[l] > 15 ? 0 : (u32)a[l] << (b[l] & 15))
SHIFT(shl_32, u32, b[l] > 31 ? 0 : a[l] << (b[l] & 31))
SHIFT(shl_64, u64, b[l] > 63 ? 0 : a[l] << (b[l] & 63))
SHIFT(shr_u16, u16, b[l] > 15 ? 0 : a[l] >> (b[l] & 15))
SHIFT(shr_u32, u32, b[l] > 31 ? 0 : a[l] >> (b[l] & 31))
SHIFT(shr_u64, u64, b[l] > 63 ? 0 : a[l] >> (b[l] & 63))
SHIFT(shr_s16, s16, a[l] >> (b[l] > 15 ? 15 : b[l]))
SHIFT(shr_s32, s32, a[l] >> (b[l] > 31 ? 31 : b[l]))
SHIFT(shr_s64, s64, a[l] >> (b[l] > 63 ? 63 : b[l]))
/* Funnel: the 64 bits b:a shifted, c wrapped or clamped. */
static inline u64 pair(u32 lo, u32 hi) { return (u64)hi << 32 | lo; }
TERNARY(shf_l_wrap, u32, u32, (u32)(pair(a[l], b[l]) << (c[l] & 31) >> 32))
TERNARY(shf_r_wrap, u32, u32, (u32)(pair(a[l], b[l]) >> (c[l] & 31)))
TERNARY(shf_l_clamp, u32, u32, (u32)(pair(a[l], b[l]) << (c[l] > 32 ? 32 : c[l]) >> 32))
TERNARY(shf_r_clamp, u32, u32, (u32)(pair(a[l], b[l]) >> (c[l] > 32 ? 32 : c[l])))

/* ── fields ── */

static inline u32 reverse(u32 x)
{
    x = (x >> 1 & 0x55555555) | (x & 0x55555555) << 1;
    x = (x >> 2 & 0x33333333) | (x & 0x33333333) << 2;
    x = (x >> 4 & 0x0f0f0f0f) | (x & 0x0f0f0f0f) << 4;
    return __builtin_bswap32(x);
}
UNARY(brev_32, u32, u32, reverse(a[l]))
UNARY(brev_64, u64, u64, pair(reverse((u32)(a[l] >> 32)), reverse((u32)a[l])))
UNARY(popc_32, u32, u32, (u32)__builtin_popcount(a[l]))
UNARY(popc_64, u32, u64, (u32)__builtin_popcountll(a[l]))
UNARY(clz_32, u32, u32, a[l] ? (u32)__builtin_clz(a[l]) : 32)
UNARY(clz_64, u32, u64, a[l] ? (u32)__builtin_clzll(a[l]) : 64)

static inline u32 bfind(u64 x, bool shift, u32 width)
{
    u32 at = x ? 63 - (u32)__builtin_clzll(x) : UINT32_MAX;
    return shift && x ? width - 1 - at : at;
}
#define BFIND(name, S, value, width) \
    HANDLER(name) \
    { \
        DST(u32, d); \
        SRC(S, a, 1); \
        bool shift = mod_has(&i->mods, M_SHIFTAMT); \
        EACH(u32, d, bfind(value, shift, width)); \
    }
BFIND(bfind_u32, u32, a[l], 32)
BFIND(bfind_u64, u64, a[l], 64)
BFIND(bfind_s32, s32, (u32)(a[l] < 0 ? ~a[l] : a[l]), 32)
BFIND(bfind_s64, s64, (u64)(a[l] < 0 ? ~a[l] : a[l]), 64)

/* Position and length are the low byte of b and c; a field that reaches beyond the top takes the sign (or 0) from there. */
static inline u64 bfe(u64 a, u32 pos, u32 len, u32 width, bool sign)
{
    pos &= 255;
    len &= 255;
    u32 top = pos + len - 1 < width - 1 ? pos + len - 1 : width - 1;
    u64 s = sign && len ? a >> top & 1 : 0, field = pos < width ? a >> pos : 0;
    u32 have = pos < width ? (len < width - pos ? len : width - pos) : 0;
    u64 keep = have >= 64 ? UINT64_MAX : ((u64)1 << have) - 1;
    return (field & keep) | (s ? ~keep : 0);
}
static inline u64 bfi(u64 a, u64 b, u32 pos, u32 len, u32 width)
{
    pos &= 255;
    len &= 255;
    u64 ones = len >= 64 ? UINT64_MAX : ((u64)1 << len) - 1, m = pos < width ? ones << pos : 0;
    return (b & ~m) | (pos < width ? a << pos & m : 0);
}
#define FIELD(name, T, sign, width) \
    HANDLER(name) \
    { \
        DST(T, d); \
        SRC(T, a, 1); \
        SRC(u32, b, 2); \
        SRC(u32, c, 3); \
        EACH(T, d, (T)bfe(a[l], b[l], c[l], width, sign)); \
    }
FIELD(bfe_u32, u32, false, 32)
FIELD(bfe_s32, u32, true, 32)
FIELD(bfe_u64, u64, false, 64)
FIELD(bfe_s64, u64, true, 64)
#define INSERT(name, T, width) \
    HANDLER(name) \
    { \
        DST(T, d); \
        SRC(T, a, 1); \
        SRC(T, b, 2); \
        SRC(u32, c, 3); \
        SRC(u32, e, 4); \
        EACH(T, d, (T)bfi(a[l], b[l], c[l], e[l], width)); \
    }
INSERT(bfi_32, u32, 32)
INSERT(bfi_64, u64, 64)

static inline u32 pick(u64 ab, u32 sel)
{
    u32 byte = (u32)(ab >> 8 * (sel & 7)) & 255;
    return sel & 8 ? (byte & 128 ? 255 : 0) : byte;
}
static inline u32 prmt(u32 a, u32 b, u32 c)
{
    u64 ab = pair(a, b);
    return pick(ab, c) | pick(ab, c >> 4) << 8 | pick(ab, c >> 8) << 16 | pick(ab, c >> 12) << 24;
}
TERNARY(prmt_b32, u32, u32, prmt(a[l], b[l], c[l]))
/* Selectors of the named modes, by the low two bits of c. */
static const u16 prmt_modes[6][4] = {{0x3210, 0x4321, 0x5432, 0x6543}, {0x5670, 0x6701, 0x7012, 0x0123}, {0x0000, 0x1111, 0x2222, 0x3333},
    {0x3210, 0x3211, 0x3222, 0x3333}, {0x0000, 0x1110, 0x2210, 0x3210}, {0x1010, 0x3232, 0x1010, 0x3232}};
HANDLER(prmt_mode)
{
    DST(u32, d);
    SRC(u32, a, 1);
    SRC(u32, b, 2);
    SRC(u32, c, 3);
    int mode = 0;
    while (mode < 5 && !mod_has(&i->mods, (Mod)(M_F4E + mode)))
        mode++;
    EACH(u32, d, prmt(a[l], b[l], prmt_modes[mode][c[l] & 3]));
}

static inline u32 lop3(u32 a, u32 b, u32 c, u32 table)
{
    u32 r = 0;
    for (u32 k = 0; k < 8; k++)
        r |= table >> k & 1 ? (k & 4 ? a : ~a) & (k & 2 ? b : ~b) & (k & 1 ? c : ~c) : 0;
    return r;
}
HANDLER(lop3_b32)
{
    DST(u32, d);
    SRC(u32, a, 1);
    SRC(u32, b, 2);
    SRC(u32, c, 3);
    u32 table = (u32) * (const u64 *)slot(w, i->o[4]) & 255;
    EACH(u32, d, lop3(a[l], b[l], c[l], table));
}

/* ── packing ── */

/* All parts are read before any is written: {a, b} = b:a may be the same registers. */
#define PACKING(name, T, P, n) \
    HANDLER(pack_##name) \
    { \
        DST(T, d); \
        EACH_LANE { \
            T x = 0; \
            for (int k = 0; k < n; k++) \
                x = (T)(x | (T)((const P *)slot(w, i->o[1 + k]))[l] << (8 * sizeof(P) * (unsigned)k)); \
            d[l] = x; \
        } \
    } \
    HANDLER(unpack_##name) \
    { \
        SRC(T, a, n); \
        EACH_LANE { \
            T x = a[l]; \
            for (int k = 0; k < n; k++) \
                ((P *)slot(w, i->o[k]))[l] = (P)(x >> (8 * sizeof(P) * (unsigned)k)); \
        } \
    }
PACKING(32_16, u32, u16, 2)
PACKING(64_32, u64, u32, 2)
PACKING(64_16, u64, u16, 4)

#define B3(op, form, fn) {op, "", "", "b16", form, fn##_16}, {op, "", "", "b32", form, fn##_32}, {op, "", "", "b64", form, fn##_64}
#define RR "=0 0 0"
ROWS(rows_bits) = {
    B3("and", RR, and), B3("or", RR, or), B3("xor", RR, xor), B3("not", "=0 0", not), B3("cnot", "=0 0", cnot),
    {"and", "", "", "pred", RR, and_pred}, {"or", "", "", "pred", RR, or_pred}, {"xor", "", "", "pred", RR, xor_pred}, {"not", "", "", "pred", "=0 0", not_pred},
    {"mov", "", "", "b16|u16|s16|f16|bf16", "=0 0", mov_16}, {"mov", "", "", "b32|u32|s32|f32", "=0 0", mov_32}, {"mov", "", "", "b64|u64|s64|f64", "=0 0", mov_64},
    {"mov", "", "", "pred", "=0 0", mov_pred},
    {"mov", "", "", "b32", "=0 h2", pack_32_16}, {"mov", "", "", "b64", "=0 w2", pack_64_32}, {"mov", "", "", "b64", "=0 h4", pack_64_16},
    {"mov", "", "", "b32", "=h2 0", unpack_32_16}, {"mov", "", "", "b64", "=w2 0", unpack_64_32}, {"mov", "", "", "b64", "=h4 0", unpack_64_16},
    {"shl", "", "", "b16", "=0 0 w", shl_16}, {"shl", "", "", "b32", "=0 0 w", shl_32}, {"shl", "", "", "b64", "=0 0 w", shl_64},
    {"shr", "", "", "u16|b16", "=0 0 w", shr_u16}, {"shr", "", "", "u32|b32", "=0 0 w", shr_u32}, {"shr", "", "", "u64|b64", "=0 0 w", shr_u64},
    {"shr", "", "", "s16", "=0 0 w", shr_s16}, {"shr", "", "", "s32", "=0 0 w", shr_s32}, {"shr", "", "", "s64", "=0 0 w", shr_s64},
    {"shf", "l wrap", "", "b32", "=0 0 0 w", shf_l_wrap}, {"shf", "r wrap", "", "b32", "=0 0 0 w", shf_r_wrap},
    {"shf", "l clamp", "", "b32", "=0 0 0 w", shf_l_clamp}, {"shf", "r clamp", "", "b32", "=0 0 0 w", shf_r_clamp},
    {"brev", "", "", "b32", "=0 0", brev_32}, {"brev", "", "", "b64", "=0 0", brev_64}, {"popc", "", "", "b32", "=w 0", popc_32}, {"popc", "", "", "b64", "=w 0", popc_64},
    {"clz", "", "", "b32", "=w 0", clz_32}, {"clz", "", "", "b64", "=w 0", clz_64},
    {"bfind", "", "shiftamt", "u32", "=w 0", bfind_u32}, {"bfind", "", "shiftamt", "s32", "=w 0", bfind_s32}, {"bfind", "", "shiftamt", "u64", "=w 0", bfind_u64},
    {"bfind", "", "shiftamt", "s64", "=w 0", bfind_s64},
    {"bfe", "", "", "u32", "=0 0 w w", bfe_u32}, {"bfe", "", "", "s32", "=0 0 w w", bfe_s32}, {"bfe", "", "", "u64", "=0 0 w w", bfe_u64}, {"bfe", "", "", "s64", "=0 0 w w", bfe_s64},
    {"bfi", "", "", "b32", "=0 0 0 w w", bfi_32}, {"bfi", "", "", "b64", "=0 0 0 w w", bfi_64},
    {"prmt", "", "", "b32", "=0 0 0 0", prmt_b32}, {"prmt", "f4e|b4e|rc8|ecl|ecr|rc16", "", "b32", "=0 0 0 0", prmt_mode},
    {"lop3", "", "", "b32", "=0 0 0 0 i", lop3_b32}, END_ROWS,
};
