/* SPDX-License-Identifier: MIT
 * backend/cpu: the opcodes of kir.h on single values, as C: what emitted scalar code (whole kernels, loops over lanes) calls. Takes and
 * gives the seven compute types; preserves the bits of kir_eval. Names are s_<opcode>_<type>, conversions s_<opcode>_<to>_<from>.
 * No libm: sqrt and fma are instructions (fma is a call on the baseline), rounding is adding and subtracting 2^23 or 2^52. */
#ifndef SPML_CPU_SCALAR_H
#define SPML_CPU_SCALAR_H

#include <stdbool.h>
#include <stdint.h>

#undef bool /* a macro of stdbool.h would be replaced inside s_##T */
typedef _Bool bool;

typedef float s_f32;
typedef double s_f64;
typedef int32_t s_i32;
typedef uint32_t s_u32;
typedef int64_t s_i64;
typedef uint64_t s_u64;
typedef bool s_bool;

#define SFN static inline __attribute__((always_inline, unused))

/* type and the unsigned and signed types of its width */
#define S_FLOATS(X) X(f32, u32) X(f64, u64)
#define S_INTS(X) X(i32, u32) X(u32, u32) X(i64, u64) X(u64, u64)
#define S_ALL(X) X(f32) X(f64) X(i32) X(u32) X(i64) X(u64) X(bool)

/* ── bit patterns ── */
#define S_BITCAST(T, F) SFN s_##T s_bitcast_##T##_##F(s_##F x) { s_##T r; __builtin_memcpy(&r, &x, sizeof r); return r; }
S_BITCAST(f32, f32) S_BITCAST(f32, i32) S_BITCAST(f32, u32) S_BITCAST(i32, f32) S_BITCAST(i32, i32) S_BITCAST(i32, u32)
S_BITCAST(u32, f32) S_BITCAST(u32, i32) S_BITCAST(u32, u32) S_BITCAST(f64, f64) S_BITCAST(f64, i64) S_BITCAST(f64, u64)
S_BITCAST(i64, f64) S_BITCAST(i64, i64) S_BITCAST(i64, u64) S_BITCAST(u64, f64) S_BITCAST(u64, i64) S_BITCAST(u64, u64)

/* ── every type: move, select, compare ── */
#define S_ANY(T) \
    SFN s_##T s_move_##T(s_##T x) { return x; } \
    SFN s_##T s_select_##T(bool c, s_##T a, s_##T b) { return c ? a : b; } \
    SFN bool s_eq_##T(s_##T a, s_##T b) { return a == b; } \
    SFN bool s_ne_##T(s_##T a, s_##T b) { return a != b; } \
    SFN bool s_lt_##T(s_##T a, s_##T b) { return a < b; } \
    SFN bool s_le_##T(s_##T a, s_##T b) { return a <= b; } \
    SFN bool s_gt_##T(s_##T a, s_##T b) { return a > b; } \
    SFN bool s_ge_##T(s_##T a, s_##T b) { return a >= b; }
S_ALL(S_ANY)

SFN bool s_not_bool(bool x) { return !x; }
SFN bool s_and_bool(bool a, bool b) { return a & b; }
SFN bool s_or_bool(bool a, bool b) { return a | b; }
SFN bool s_xor_bool(bool a, bool b) { return a ^ b; }

/* ── integers ── arithmetic is done unsigned, so that it wraps */
#define S_INT(T, U) \
    SFN s_##T s_neg_##T(s_##T x) { return (s_##T)(0 - (s_##U)x); } \
    SFN s_##T s_not_##T(s_##T x) { return ~x; } \
    SFN s_##T s_add_##T(s_##T a, s_##T b) { return (s_##T)((s_##U)a + (s_##U)b); } \
    SFN s_##T s_sub_##T(s_##T a, s_##T b) { return (s_##T)((s_##U)a - (s_##U)b); } \
    SFN s_##T s_mul_##T(s_##T a, s_##T b) { return (s_##T)((s_##U)a * (s_##U)b); } \
    SFN s_##T s_fma_##T(s_##T a, s_##T b, s_##T c) { return (s_##T)((s_##U)a * (s_##U)b + (s_##U)c); } \
    SFN s_##T s_min_##T(s_##T a, s_##T b) { return a < b ? a : b; } \
    SFN s_##T s_max_##T(s_##T a, s_##T b) { return a > b ? a : b; } \
    SFN s_##T s_and_##T(s_##T a, s_##T b) { return a & b; } \
    SFN s_##T s_or_##T(s_##T a, s_##T b) { return a | b; } \
    SFN s_##T s_xor_##T(s_##T a, s_##T b) { return a ^ b; } \
    SFN s_##T s_shl_##T(s_##T a, s_##T b) { return (s_##T)((s_##U)a << ((s_##U)b & (sizeof a * 8 - 1))); } \
    SFN s_##T s_shr_##T(s_##T a, s_##T b) { return (s_##T)(a >> ((s_##U)b & (sizeof a * 8 - 1))); }
S_INTS(S_INT)
#define S_DIV_SIGNED(T, U) \
    SFN s_##T s_abs_##T(s_##T x) { return x < 0 ? s_neg_##T(x) : x; } \
    SFN s_##T s_div_##T(s_##T a, s_##T b) { return b == 0 ? 0 : b == -1 ? s_neg_##T(a) : a / b; } \
    SFN s_##T s_rem_##T(s_##T a, s_##T b) { return b == 0 || b == -1 ? 0 : a % b; }
#define S_DIV_UNSIGNED(T, U) \
    SFN s_##T s_abs_##T(s_##T x) { return x; } \
    SFN s_##T s_div_##T(s_##T a, s_##T b) { return b == 0 ? 0 : a / b; } \
    SFN s_##T s_rem_##T(s_##T a, s_##T b) { return b == 0 ? 0 : a % b; }
S_DIV_SIGNED(i32, u32) S_DIV_SIGNED(i64, u64) S_DIV_UNSIGNED(u32, u32) S_DIV_UNSIGNED(u64, u64)

SFN s_i32 s_mulhi_i32(s_i32 a, s_i32 b) { return (s_i32)((s_i64)a * b >> 32); }
SFN s_u32 s_mulhi_u32(s_u32 a, s_u32 b) { return (s_u32)((s_u64)a * b >> 32); }
SFN s_i64 s_mulhi_i64(s_i64 a, s_i64 b) { return (s_i64)((__int128)a * b >> 64); }
SFN s_u64 s_mulhi_u64(s_u64 a, s_u64 b) { return (s_u64)((unsigned __int128)a * b >> 64); }
#define S_COUNT(T, clz, popcount) \
    SFN s_##T s_clz_##T(s_##T x) { return x ? (s_##T)clz : (s_##T)(sizeof x * 8); } \
    SFN s_##T s_popcount_##T(s_##T x) { return (s_##T)popcount; }
S_COUNT(i32, __builtin_clz((s_u32)x), __builtin_popcount((s_u32)x)) S_COUNT(u32, __builtin_clz(x), __builtin_popcount(x))
S_COUNT(i64, __builtin_clzll((s_u64)x), __builtin_popcountll((s_u64)x)) S_COUNT(u64, __builtin_clzll(x), __builtin_popcountll(x))

/* ── floats ── */
SFN float s_sqrt_f32(float x) { return __builtin_sqrtf(x); }
SFN double s_sqrt_f64(double x) { return __builtin_sqrt(x); }
SFN float s_fma_f32(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
SFN double s_fma_f64(double a, double b, double c) { return __builtin_fma(a, b, c); }

SFN float x32_fabs(float x) { return __builtin_fabsf(x); }
SFN float x32_copysign(float x, float s) { return __builtin_copysignf(x, s); }
SFN double x64_fabs(double x) { return __builtin_fabs(x); }
SFN double x64_copysign(double x, double s) { return __builtin_copysign(x, s); }

/* fmod by long division of the mantissas, as many bits at a time as a u64 holds; exact */
#define S_FLOAT(T, U, B, MANT, CHUNK) \
    SFN bool s_isnan_##T(s_##T x) { return x != x; } \
    SFN s_##T s_neg_##T(s_##T x) { return -x; } \
    SFN s_##T s_abs_##T(s_##T x) { return B##_fabs(x); } \
    SFN s_##T s_add_##T(s_##T a, s_##T b) { return a + b; } \
    SFN s_##T s_sub_##T(s_##T a, s_##T b) { return a - b; } \
    SFN s_##T s_mul_##T(s_##T a, s_##T b) { return a * b; } \
    SFN s_##T s_div_##T(s_##T a, s_##T b) { return a / b; } \
    SFN s_##T s_min_##T(s_##T a, s_##T b) { \
        if (a != a || b != b) return a + b; \
        return a == b ? s_bitcast_##T##_##U(s_bitcast_##U##_##T(a) | s_bitcast_##U##_##T(b)) : a < b ? a : b; } \
    SFN s_##T s_max_##T(s_##T a, s_##T b) { \
        if (a != a || b != b) return a + b; \
        return a == b ? s_bitcast_##T##_##U(s_bitcast_##U##_##T(a) & s_bitcast_##U##_##T(b)) : a > b ? a : b; } \
    SFN s_##T s_rint_##T(s_##T x) { \
        const s_##T big = (s_##T)((s_u64)1 << MANT), m = B##_fabs(x); \
        return m < big ? B##_copysign((m + big) - big, x) : x; } \
    SFN s_##T s_floor_##T(s_##T x) { s_##T r = s_rint_##T(x); return B##_copysign(r > x ? r - 1 : r, x); } \
    SFN s_##T s_ceil_##T(s_##T x) { s_##T r = s_rint_##T(x); return B##_copysign(r < x ? r + 1 : r, x); } \
    SFN s_##T s_trunc_##T(s_##T x) { \
        s_##T m = B##_fabs(x), r = s_rint_##T(m); \
        return B##_copysign(r > m ? r - 1 : r, x); } \
    static inline __attribute__((unused)) s_##T s_rem_##T(s_##T x, s_##T y) { \
        const s_##U implicit = (s_##U)1 << MANT, frac = implicit - 1, sign = (s_##U)1 << (sizeof(x) * 8 - 1); \
        s_##U a = s_bitcast_##U##_##T(x) & ~sign, b = s_bitcast_##U##_##T(y) & ~sign, s = s_bitcast_##U##_##T(x) & sign; \
        const s_##U inf = ~sign & ~frac; \
        if (a >= inf || b > inf || b == 0) return s_bitcast_##T##_##U(inf | implicit >> 1); \
        if (a < b) return x; \
        int ea = (int)(a >> MANT), eb = (int)(b >> MANT); \
        s_u64 ma = ea ? (a & frac) | implicit : a, mb = eb ? (b & frac) | implicit : b; \
        int d = (ea ? ea : 1) - (eb ? eb : 1), e = eb ? eb : 1; \
        ma %= mb; \
        while (d > 0 && ma) { int k = d < CHUNK ? d : CHUNK; ma = (ma << k) % mb; d -= k; } \
        if (ma == 0) return s_bitcast_##T##_##U(s); \
        while (ma < implicit && e > 1) { ma <<= 1; e--; } \
        return s_bitcast_##T##_##U(s | (s_##U)(ma < implicit ? ma : (ma & frac) | (s_u64)e << MANT)); }
S_FLOAT(f32, u32, x32, 23, 40)
S_FLOAT(f64, u64, x64, 52, 11)

/* ── conversions ── T(x) and sat(T, x); to bool is x != 0 */
#define S_TO_BOOL(F) SFN bool s_cast_bool_##F(s_##F x) { return x != 0; } SFN bool s_sat_bool_##F(s_##F x) { return x != 0; }
S_ALL(S_TO_BOOL)
#define S_CAST_PLAIN(T, F) SFN s_##T s_cast_##T##_##F(s_##F x) { return (s_##T)x; }
#define S_CAST_SAME(T, F) S_CAST_PLAIN(T, F) SFN s_##T s_sat_##T##_##F(s_##F x) { return (s_##T)x; }
#define S_CAST_FROM_INTS(T, M) M(T, i32) M(T, u32) M(T, i64) M(T, u64) S_CAST_SAME(T, bool)
S_CAST_FROM_INTS(f32, S_CAST_SAME) S_CAST_FROM_INTS(f64, S_CAST_SAME)
S_CAST_FROM_INTS(i32, S_CAST_PLAIN) S_CAST_FROM_INTS(u32, S_CAST_PLAIN) S_CAST_FROM_INTS(i64, S_CAST_PLAIN) S_CAST_FROM_INTS(u64, S_CAST_PLAIN)
S_CAST_PLAIN(f32, f32) S_CAST_PLAIN(f64, f64) S_CAST_PLAIN(f64, f32) S_CAST_PLAIN(f32, f64)

/* lo ≤ x < end as a float; below gives MIN, above MAX, NaN 0 */
#define S_F2I(T, F, lo, end, MIN, MAX) \
    SFN s_##T s_cast_##T##_##F(s_##F x) { return x != x ? 0 : x < lo ? MIN : x >= end ? MAX : (s_##T)x; } \
    SFN s_##T s_sat_##T##_##F(s_##F x) { return s_cast_##T##_##F(x); }
#define S_F2I_ALL(F) \
    S_F2I(i32, F, (s_##F)-0x1p31, (s_##F)0x1p31, INT32_MIN, INT32_MAX) S_F2I(u32, F, 0, (s_##F)0x1p32, 0, UINT32_MAX) \
    S_F2I(i64, F, (s_##F)-0x1p63, (s_##F)0x1p63, INT64_MIN, INT64_MAX) S_F2I(u64, F, 0, (s_##F)0x1p64, 0, UINT64_MAX)
S_F2I_ALL(f32) S_F2I_ALL(f64)

#define S_MAX_f32 0x1.fffffep127f
#define S_MAX_f64 0x1.fffffffffffffp1023
#define S_SAT_FLOAT(T, F, max) SFN s_##T s_sat_##T##_##F(s_##F x) { return x > max ? (s_##T)max : x < -max ? (s_##T)-max : (s_##T)x; }
S_SAT_FLOAT(f32, f32, S_MAX_f32) S_SAT_FLOAT(f32, f64, (double)S_MAX_f32) S_SAT_FLOAT(f64, f64, S_MAX_f64)
SFN double s_sat_f64_f32(float x) { return s_sat_f64_f64((double)x); }

/* integer to integer: the bounds that the source type can cross */
#define S_SAT_INT(T, F, cond_lo, MIN, cond_hi, MAX) SFN s_##T s_sat_##T##_##F(s_##F x) { return (cond_lo) ? (s_##T)MIN : (cond_hi) ? (s_##T)MAX : (s_##T)x; }
S_SAT_INT(i32, i32, 0, 0, 0, 0) S_SAT_INT(i32, u32, 0, 0, x > INT32_MAX, INT32_MAX)
S_SAT_INT(i32, i64, x < INT32_MIN, INT32_MIN, x > INT32_MAX, INT32_MAX) S_SAT_INT(i32, u64, 0, 0, x > INT32_MAX, INT32_MAX)
S_SAT_INT(u32, i32, x < 0, 0, 0, 0) S_SAT_INT(u32, u32, 0, 0, 0, 0) S_SAT_INT(u32, i64, x < 0, 0, x > UINT32_MAX, UINT32_MAX) S_SAT_INT(u32, u64, 0, 0, x > UINT32_MAX, UINT32_MAX)
S_SAT_INT(i64, i32, 0, 0, 0, 0) S_SAT_INT(i64, u32, 0, 0, 0, 0) S_SAT_INT(i64, i64, 0, 0, 0, 0) S_SAT_INT(i64, u64, 0, 0, x > INT64_MAX, INT64_MAX)
S_SAT_INT(u64, i32, x < 0, 0, 0, 0) S_SAT_INT(u64, u32, 0, 0, 0, 0) S_SAT_INT(u64, i64, x < 0, 0, 0, 0) S_SAT_INT(u64, u64, 0, 0, 0, 0)

#endif
