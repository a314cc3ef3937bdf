/* SPDX-License-Identifier: MIT
 * backend/cpu: the opcodes of kir.h on native vectors. SPML_LEVEL (0 baseline, 1 AVX2, 2 AVX-512) chooses the level's header; this one
 * adds everything that is the same text on all levels. Every vector has VN lanes (the native number of 32-bit lanes); 64-bit types are
 * two halves; a bool is an i32 mask or a mask register. Names are v_<opcode>_<type>, conversions v_<opcode>_<to>_<from>, as in scalar.h,
 * whose bits these preserve (NaNs: any NaN). No wider-than-native vectors: compilers lower them to scalars. */
#ifndef SPML_CPU_SIMD_H
#define SPML_CPU_SIMD_H

#include "backend/cpu/isa/scalar.h"

#define VFN static inline __attribute__((always_inline, unused))
#define VEC(bytes) __attribute__((vector_size(bytes)))

#define SIMD_TYPES \
    typedef float v_f32 VEC(4 * VN); \
    typedef int32_t v_i32 VEC(4 * VN); \
    typedef uint32_t v_u32 VEC(4 * VN); \
    typedef double h_f64 VEC(4 * VN); \
    typedef int64_t h_i64 VEC(4 * VN); \
    typedef uint64_t h_u64 VEC(4 * VN); \
    typedef float q_f32 VEC(2 * VN); \
    typedef int32_t q_i32 VEC(2 * VN); \
    typedef uint32_t q_u32 VEC(2 * VN); \
    typedef struct v_f64 { h_f64 lo, hi; } v_f64; \
    typedef struct v_i64 { h_i64 lo, hi; } v_i64; \
    typedef struct v_u64 { h_u64 lo, hi; } v_u64; \
    SIMD_BOOL

#if SPML_LEVEL == 2
#define SIMD_BOOL typedef uint16_t v_bool;
#include "backend/cpu/isa/simd_avx512.h"
#elif SPML_LEVEL == 1
#define SIMD_BOOL typedef v_i32 v_bool;
#include "backend/cpu/isa/simd_avx2.h"
#else
#define SIMD_BOOL typedef v_i32 v_bool;
#include "backend/cpu/isa/simd_baseline.h"
#endif

#define V_W32(X) X(f32) X(i32) X(u32)
#define V_W64(X) X(f64) X(i64) X(u64)

/* ── slots ── */
#define V_LD(T) \
    VFN v_##T v_ld_##T(const void *p) { v_##T r; __builtin_memcpy(&r, p, sizeof r); return r; } \
    VFN void v_st_##T(void *p, v_##T x) { __builtin_memcpy(p, &x, sizeof x); }
V_W32(V_LD)
/* half by half: a copy of the whole struct goes through memory */
#define V_LD64(T) \
    VFN v_##T v_ld_##T(const void *p) { \
        v_##T r; \
        __builtin_memcpy(&r.lo, p, sizeof r.lo); __builtin_memcpy(&r.hi, (const char *)p + sizeof r.lo, sizeof r.hi); \
        return r; } \
    VFN void v_st_##T(void *p, v_##T x) { __builtin_memcpy(p, &x.lo, sizeof x.lo); __builtin_memcpy((char *)p + sizeof x.lo, &x.hi, sizeof x.hi); }
V_W64(V_LD64)
#define V_SET32(T) VFN v_##T v_set_##T(s_##T x) { return (v_##T){ 0 } + x; }
#define V_SET64(T) VFN v_##T v_set_##T(s_##T x) { h_##T h = (h_##T){ 0 } + x; return (v_##T){ h, h }; }
V_SET32(i32) V_SET32(u32) V_SET64(i64) V_SET64(u64)
/* through integers: 0 + x would turn −0 into +0 */
VFN v_f32 v_set_f32(float x) { return (v_f32)v_set_u32(s_bitcast_u32_f32(x)); }
VFN v_f64 v_set_f64(double x) { v_u64 u = v_set_u64(s_bitcast_u64_f64(x)); return (v_f64){ (h_f64)u.lo, (h_f64)u.hi }; }
VFN v_bool v_set_bool(bool x) { return (v_bool)((v_bool){ 0 } - (x ? 1 : 0)); }

/* ── one scalar call per lane ── */
#define V_LANES1(op, R, A) \
    VFN v_##R v_##op(v_##A a) { \
        s_##A x[VN]; s_##R r[VN]; \
        v_st_##A(x, a); \
        for (int l = 0; l < VN; l++) r[l] = s_##op(x[l]); \
        return v_ld_##R(r); }
#define V_LANES2(op, R, A) \
    VFN v_##R v_##op(v_##A a, v_##A b) { \
        s_##A x[VN], y[VN]; s_##R r[VN]; \
        v_st_##A(x, a); v_st_##A(y, b); \
        for (int l = 0; l < VN; l++) r[l] = s_##op(x[l], y[l]); \
        return v_ld_##R(r); }
#define V_LANES3(op, T) \
    VFN v_##T v_##op(v_##T a, v_##T b, v_##T c) { \
        s_##T x[VN], y[VN], z[VN], r[VN]; \
        v_st_##T(x, a); v_st_##T(y, b); v_st_##T(z, c); \
        for (int l = 0; l < VN; l++) r[l] = s_##op(x[l], y[l], z[l]); \
        return v_ld_##T(r); }

/* ── bit patterns ── */
#define V_BIT32(T, F) VFN v_##T v_bitcast_##T##_##F(v_##F x) { return (v_##T)x; }
#define V_BIT64(T, F) VFN v_##T v_bitcast_##T##_##F(v_##F x) { return (v_##T){ (h_##T)x.lo, (h_##T)x.hi }; }
V_BIT32(f32, f32) V_BIT32(f32, i32) V_BIT32(f32, u32) V_BIT32(i32, f32) V_BIT32(i32, i32) V_BIT32(i32, u32) V_BIT32(u32, f32) V_BIT32(u32, i32) V_BIT32(u32, u32)
V_BIT64(f64, f64) V_BIT64(f64, i64) V_BIT64(f64, u64) V_BIT64(i64, f64) V_BIT64(i64, i64) V_BIT64(i64, u64) V_BIT64(u64, f64) V_BIT64(u64, i64) V_BIT64(u64, u64)

/* ── select ── */
#define V_SELECT32(T) VFN v_##T v_select_##T(v_bool c, v_##T a, v_##T b) { return (v_##T)m_blend(c, (v_u32)a, (v_u32)b); }
#define V_SELECT64(T) \
    VFN v_##T v_select_##T(v_bool c, v_##T a, v_##T b) { \
        return (v_##T){ (h_##T)m_blend64(m_lo(c), (h_u64)a.lo, (h_u64)b.lo), (h_##T)m_blend64(m_hi(c), (h_u64)a.hi, (h_u64)b.hi) }; }
V_W32(V_SELECT32) V_W64(V_SELECT64)
VFN v_bool v_select_bool(v_bool c, v_bool a, v_bool b) { return (v_bool)((a & c) | (b & ~c)); }
#define V_MOVE(T) VFN v_##T v_move_##T(v_##T x) { return x; }
S_ALL(V_MOVE)

/* ── constants, and what structured code asks of masks ── */
#define V_f32(bits) v_bitcast_f32_u32(v_set_u32(bits))
#define V_f64(bits) v_bitcast_f64_u64(v_set_u64(bits))
#define V_i32(bits) v_set_i32((s_i32)(bits))
#define V_u32(bits) v_set_u32(bits)
#define V_i64(bits) v_set_i64((s_i64)(bits))
#define V_u64(bits) v_set_u64(bits)
#define V_bool(bits) v_set_bool((bits) != 0)
/* t[i], 0 outside: constant tables inside functions */
#define V_TABLE(T) \
    VFN v_##T v_table_##T(const s_##T *t, s_u64 n, v_i64 i) { \
        s_i64 x[VN]; s_##T r[VN]; \
        v_st_i64(x, i); \
        for (int l = 0; l < VN; l++) r[l] = (s_u64)x[l] < n ? t[x[l]] : 0; \
        return v_ld_##T(r); }
S_ALL(V_TABLE)

/* ── compare ── */
#ifndef SIMD_HAS_COMPARE
#define V_CMP32(T, op, sym) VFN v_bool v_##op##_##T(v_##T a, v_##T b) { return (v_bool)(a sym b); }
#define V_CMP64(T, op, sym) VFN v_bool v_##op##_##T(v_##T a, v_##T b) { return m_narrow((h_i64)(a.lo sym b.lo), (h_i64)(a.hi sym b.hi)); }
#define V_CMP(M, T) M(T, eq, ==) M(T, ne, !=) M(T, lt, <) M(T, le, <=) M(T, gt, >) M(T, ge, >=)
V_CMP(V_CMP32, f32) V_CMP(V_CMP32, i32) V_CMP(V_CMP32, u32) V_CMP(V_CMP64, f64) V_CMP(V_CMP64, i64) V_CMP(V_CMP64, u64)
#endif
VFN v_bool v_not_bool(v_bool x) { return (v_bool)~x; }
VFN v_bool v_and_bool(v_bool a, v_bool b) { return (v_bool)(a & b); }
VFN v_bool v_or_bool(v_bool a, v_bool b) { return (v_bool)(a | b); }
VFN v_bool v_xor_bool(v_bool a, v_bool b) { return (v_bool)(a ^ b); }
VFN v_bool v_eq_bool(v_bool a, v_bool b) { return (v_bool)~(a ^ b); }
VFN v_bool v_ne_bool(v_bool a, v_bool b) { return (v_bool)(a ^ b); }
VFN v_bool v_lt_bool(v_bool a, v_bool b) { return (v_bool)(~a & b); }
VFN v_bool v_le_bool(v_bool a, v_bool b) { return (v_bool)(~a | b); }
VFN v_bool v_gt_bool(v_bool a, v_bool b) { return (v_bool)(a & ~b); }
VFN v_bool v_ge_bool(v_bool a, v_bool b) { return (v_bool)(a | ~b); }
VFN v_bool v_isnan_f32(v_f32 x) { return v_ne_f32(x, x); }
VFN v_bool v_isnan_f64(v_f64 x) { return v_ne_f64(x, x); }

/* ── integers: unsigned arithmetic, so that it wraps ── */
#define V_INT32(T, bits) \
    VFN v_##T v_neg_##T(v_##T x) { return (v_##T)(0 - (v_u32)x); } \
    VFN v_##T v_not_##T(v_##T x) { return ~x; } \
    VFN v_##T v_add_##T(v_##T a, v_##T b) { return (v_##T)((v_u32)a + (v_u32)b); } \
    VFN v_##T v_sub_##T(v_##T a, v_##T b) { return (v_##T)((v_u32)a - (v_u32)b); } \
    VFN v_##T v_mul_##T(v_##T a, v_##T b) { return (v_##T)((v_u32)a * (v_u32)b); } \
    VFN v_##T v_fma_##T(v_##T a, v_##T b, v_##T c) { return (v_##T)((v_u32)a * (v_u32)b + (v_u32)c); } \
    VFN v_##T v_and_##T(v_##T a, v_##T b) { return a & b; } \
    VFN v_##T v_or_##T(v_##T a, v_##T b) { return a | b; } \
    VFN v_##T v_xor_##T(v_##T a, v_##T b) { return a ^ b; } \
    VFN v_##T v_shl_##T(v_##T a, v_##T b) { return (v_##T)((v_u32)a << ((v_u32)b & 31)); } \
    VFN v_##T v_shr_##T(v_##T a, v_##T b) { return a >> (v_##T)((v_u32)b & 31); }
V_INT32(i32, 32) V_INT32(u32, 32)
#define V_BIN64(T, op, e) VFN v_##T v_##op##_##T(v_##T a, v_##T b) { h_##T x, y; v_##T r; x = a.lo; y = b.lo; r.lo = (h_##T)(e); x = a.hi; y = b.hi; r.hi = (h_##T)(e); return r; }
#define V_INT64(T) \
    V_BIN64(T, add, (h_u64)x + (h_u64)y) V_BIN64(T, sub, (h_u64)x - (h_u64)y) V_BIN64(T, mul, (h_u64)x * (h_u64)y) \
    V_BIN64(T, and, x & y) V_BIN64(T, or, x | y) V_BIN64(T, xor, x ^ y) \
    V_BIN64(T, shl, (h_u64)x << ((h_u64)y & 63)) V_BIN64(T, shr, x >> (h_##T)((h_u64)y & 63)) \
    VFN v_##T v_neg_##T(v_##T x) { return v_sub_##T(v_set_##T(0), x); } \
    VFN v_##T v_not_##T(v_##T x) { return (v_##T){ ~x.lo, ~x.hi }; } \
    VFN v_##T v_fma_##T(v_##T a, v_##T b, v_##T c) { return v_add_##T(v_mul_##T(a, b), c); }
V_INT64(i64) V_INT64(u64)
#define V_ABS(T) VFN v_##T v_abs_##T(v_##T x) { return v_select_##T(v_lt_##T(x, v_set_##T(0)), v_neg_##T(x), x); }
V_ABS(i32) V_ABS(i64)
VFN v_u32 v_abs_u32(v_u32 x) { return x; }
VFN v_u64 v_abs_u64(v_u64 x) { return x; }
#define V_MINMAX(T) \
    VFN v_##T v_min_##T(v_##T a, v_##T b) { return v_select_##T(v_lt_##T(a, b), a, b); } \
    VFN v_##T v_max_##T(v_##T a, v_##T b) { return v_select_##T(v_gt_##T(a, b), a, b); }
#ifndef SIMD_HAS_MINMAX32
V_MINMAX(i32) V_MINMAX(u32)
#endif
#ifndef SIMD_HAS_MINMAX64
V_MINMAX(i64) V_MINMAX(u64)
#endif
#define V_SLOW_INT(T, U) V_LANES2(div_##T, T, T) V_LANES2(rem_##T, T, T) V_LANES1(clz_##T, T, T) V_LANES1(popcount_##T, T, T)
S_INTS(V_SLOW_INT)
VFN v_u32 v_mulhi_u32(v_u32 a, v_u32 b)
{
    const h_u64 even = (h_u64)x_mul_even(a, b, 0), odd = (h_u64)x_mul_even(a, b, 32);
    return (v_u32)(even >> 32 | (odd & 0xffffffff00000000u));
}
VFN v_i32 v_mulhi_i32(v_i32 a, v_i32 b)
{
    const v_u32 u = v_mulhi_u32((v_u32)a, (v_u32)b);
    return (v_i32)(u - ((v_u32)b & (v_u32)(a >> 31)) - ((v_u32)a & (v_u32)(b >> 31)));
}
V_LANES2(mulhi_i64, i64, i64) V_LANES2(mulhi_u64, u64, u64)

/* ── floats ── a min or max instruction gives its second operand for NaNs and equal zeros; both orders joined by or give −0, and a
 * NaN joined with anything by or is a NaN; by and they give +0 */
VFN v_f32 x_or_f32(v_f32 a, v_f32 b) { return (v_f32)((v_u32)a | (v_u32)b); }
VFN v_f32 v_neg_f32(v_f32 x) { return (v_f32)((v_u32)x ^ 0x80000000u); }
VFN v_f32 v_abs_f32(v_f32 x) { return (v_f32)((v_u32)x & 0x7fffffffu); }
VFN v_f32 v_add_f32(v_f32 a, v_f32 b) { return a + b; }
VFN v_f32 v_sub_f32(v_f32 a, v_f32 b) { return a - b; }
VFN v_f32 v_mul_f32(v_f32 a, v_f32 b) { return a * b; }
VFN v_f32 v_div_f32(v_f32 a, v_f32 b) { return a / b; }
VFN v_f32 v_min_f32(v_f32 a, v_f32 b) { return x_or_f32(x_min_f32(a, b), x_min_f32(b, a)); }
VFN v_f32 v_max_f32(v_f32 a, v_f32 b)
{
    const v_f32 m = (v_f32)((v_u32)x_max_f32(a, b) & (v_u32)x_max_f32(b, a));
    return v_select_f32(v_or_bool(v_isnan_f32(a), v_isnan_f32(b)), v_set_f32(__builtin_nanf("")), m);
}
#define V_HALVES1(op) VFN v_f64 v_##op##_f64(v_f64 x) { return (v_f64){ h_##op##_f64(x.lo), h_##op##_f64(x.hi) }; }
VFN h_f64 h_neg_f64(h_f64 x) { return (h_f64)((h_u64)x ^ 0x8000000000000000u); }
VFN h_f64 h_abs_f64(h_f64 x) { return (h_f64)((h_u64)x & 0x7fffffffffffffffu); }
V_HALVES1(neg) V_HALVES1(abs) V_HALVES1(sqrt)
V_BIN64(f64, add, x + y) V_BIN64(f64, sub, x - y) V_BIN64(f64, mul, x * y) V_BIN64(f64, div, x / y)
V_BIN64(f64, min, (h_u64)x_min_f64(x, y) | (h_u64)x_min_f64(y, x)) V_BIN64(f64, xmax, (h_u64)x_max_f64(x, y) & (h_u64)x_max_f64(y, x))
VFN v_f64 v_max_f64(v_f64 a, v_f64 b)
{
    return v_select_f64(v_or_bool(v_isnan_f64(a), v_isnan_f64(b)), v_set_f64(__builtin_nan("")), v_xmax_f64(a, b));
}
V_LANES2(rem_f32, f32, f32) V_LANES2(rem_f64, f64, f64)
#ifdef SIMD_HAS_FMA
VFN v_f64 v_fma_f64(v_f64 a, v_f64 b, v_f64 c) { return (v_f64){ h_fma_f64(a.lo, b.lo, c.lo), h_fma_f64(a.hi, b.hi, c.hi) }; }
#else
V_LANES3(fma_f32, f32) V_LANES3(fma_f64, f64)
#endif
#ifndef SIMD_HAS_ROUND
/* adding and subtracting 2^MANT rounds to an integer; the sign is put back, so that −0 stays */
#define X_SIGN32(r, x) (v_f32)(((v_u32)(r) & 0x7fffffffu) | ((v_u32)(x) & 0x80000000u))
#define X_SIGN64(r, x) (h_f64)(((h_u64)(r) & 0x7fffffffffffffffu) | ((h_u64)(x) & 0x8000000000000000u))
#define X_ROUND_BY_ADD(V, U, P, T, big, SIGN) \
    VFN V P##_rint_##T(V x) { \
        const V m = P##_abs_##T(x), r = SIGN((m + big) - big, x); \
        const U small = (U)(m < big); \
        return (V)(((U)r & small) | ((U)x & ~small)); } \
    VFN V P##_floor_##T(V x) { V r = P##_rint_##T(x); return SIGN(r - (V)((U)(r > x) & (U)((V){ 0 } + 1)), x); } \
    VFN V P##_ceil_##T(V x) { V r = P##_rint_##T(x); return SIGN(r + (V)((U)(r < x) & (U)((V){ 0 } + 1)), x); } \
    VFN V P##_trunc_##T(V x) { V m = P##_abs_##T(x); return SIGN(P##_floor_##T(m), x); }
X_ROUND_BY_ADD(v_f32, v_u32, v, f32, 0x1p23f, X_SIGN32)
X_ROUND_BY_ADD(h_f64, h_u64, h, f64, 0x1p52, X_SIGN64)
#endif
V_HALVES1(rint) V_HALVES1(floor) V_HALVES1(ceil) V_HALVES1(trunc)

/* ── conversions ── */
#if VN == 4
#define X_LO(x) __builtin_shufflevector(x, x, 0, 1)
#define X_HI(x) __builtin_shufflevector(x, x, 2, 3)
#define X_JOIN(a, b) __builtin_shufflevector(a, b, 0, 1, 2, 3)
#elif VN == 8
#define X_LO(x) __builtin_shufflevector(x, x, 0, 1, 2, 3)
#define X_HI(x) __builtin_shufflevector(x, x, 4, 5, 6, 7)
#define X_JOIN(a, b) __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7)
#else
#define X_LO(x) __builtin_shufflevector(x, x, 0, 1, 2, 3, 4, 5, 6, 7)
#define X_HI(x) __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15)
#define X_JOIN(a, b) __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
#endif
#define V_SAME(T) VFN v_##T v_cast_##T##_##T(v_##T x) { return x; }
S_ALL(V_SAME)
#define V_WIDEN(T, F) VFN v_##T v_cast_##T##_##F(v_##F x) { return (v_##T){ __builtin_convertvector(X_LO(x), h_##T), __builtin_convertvector(X_HI(x), h_##T) }; }
#define V_NARROW(T, F) VFN v_##T v_cast_##T##_##F(v_##F x) { const q_##T lo = __builtin_convertvector(x.lo, q_##T), hi = __builtin_convertvector(x.hi, q_##T); return X_JOIN(lo, hi); }
#define V_CONV64(T, F) VFN v_##T v_cast_##T##_##F(v_##F x) { return (v_##T){ __builtin_convertvector(x.lo, h_##T), __builtin_convertvector(x.hi, h_##T) }; }
V_WIDEN(f64, f32) V_WIDEN(f64, i32) V_WIDEN(f64, u32) V_WIDEN(i64, i32) V_WIDEN(i64, u32) V_WIDEN(u64, i32) V_WIDEN(u64, u32)
V_NARROW(f32, f64) V_NARROW(i32, i64) V_NARROW(i32, u64) V_NARROW(u32, i64) V_NARROW(u32, u64)
V_CONV64(i64, u64) V_CONV64(u64, i64)
VFN v_f32 v_cast_f32_i32(v_i32 x) { return __builtin_convertvector(x, v_f32); }
VFN v_i32 v_cast_i32_u32(v_u32 x) { return (v_i32)x; }
VFN v_u32 v_cast_u32_i32(v_i32 x) { return (v_u32)x; }
#if SPML_LEVEL == 2
VFN v_f32 v_cast_f32_u32(v_u32 x) { return (v_f32)_mm512_cvtepu32_ps((__m512i)x); }
V_NARROW(f32, i64) V_NARROW(f32, u64) V_CONV64(f64, i64) V_CONV64(f64, u64)
#else
/* the halves are exact, their sum rounds once */
VFN v_f32 v_cast_f32_u32(v_u32 x)
{
    const v_f32 hi = __builtin_convertvector((v_i32)(x >> 16), v_f32) * 65536.0f;
    return hi + __builtin_convertvector((v_i32)(x & 0xffff), v_f32);
}
V_LANES1(cast_f32_i64, f32, i64) V_LANES1(cast_f32_u64, f32, u64) V_LANES1(cast_f64_i64, f64, i64) V_LANES1(cast_f64_u64, f64, u64)
#endif
#ifndef SIMD_HAS_F2I
VFN v_i32 v_cast_i32_f32(v_f32 x) /* MIN ^ all ones = MAX above; NaN & 0 */
{
    return (x_cvtt_f32(x) ^ (v_i32)(x >= 0x1p31f)) & (v_i32)(x == x);
}
VFN v_u32 v_cast_u32_f32(v_f32 x)
{
    const v_f32 p = x_max_f32(x, (v_f32){ 0 });
    const v_u32 big = (v_u32)(p >= 0x1p31f);
    const v_u32 r = (v_u32)x_cvtt_f32(p - (v_f32)(big & (v_u32)v_set_f32(0x1p31f))) ^ (big & 0x80000000u);
    return r | (v_u32)(p >= 0x1p32f);
}
V_LANES1(cast_i64_f64, i64, f64) V_LANES1(cast_u64_f64, u64, f64) V_LANES1(cast_u32_f64, u32, f64)
#endif
VFN h_f64 x_clamp_i32(h_f64 x)
{
    const h_f64 z = (h_f64)((h_u64)x & (h_u64)(x == x));
    return x_min_f64(x_max_f64(z, (h_f64){ 0 } - 0x1p31), (h_f64){ 0 } + 2147483647.0);
}
VFN v_i32 v_cast_i32_f64(v_f64 x) { return x_cvtt_f64((v_f64){ x_clamp_i32(x.lo), x_clamp_i32(x.hi) }); }
VFN v_i64 v_cast_i64_f32(v_f32 x) { return v_cast_i64_f64(v_cast_f64_f32(x)); }
VFN v_u64 v_cast_u64_f32(v_f32 x) { return v_cast_u64_f64(v_cast_f64_f32(x)); }
#define V_BOOL(T) \
    VFN v_bool v_cast_bool_##T(v_##T x) { return v_ne_##T(x, v_set_##T(0)); } \
    VFN v_##T v_cast_##T##_bool(v_bool x) { return v_select_##T(x, v_set_##T(1), v_set_##T(0)); } \
    VFN v_bool v_sat_bool_##T(v_##T x) { return v_cast_bool_##T(x); } \
    VFN v_##T v_sat_##T##_bool(v_bool x) { return v_cast_##T##_bool(x); }
V_W32(V_BOOL) V_W64(V_BOOL)
VFN v_bool v_sat_bool_bool(v_bool x) { return x; }

/* sat: clamp in the source type where it can cross the target's bounds, then convert */
#define V_SAT_AS_CAST(T, F) VFN v_##T v_sat_##T##_##F(v_##F x) { return v_cast_##T##_##F(x); }
#define V_SAT_HI(T, F, max) VFN v_##T v_sat_##T##_##F(v_##F x) { return v_cast_##T##_##F(v_min_##F(x, v_set_##F(max))); }
#define V_SAT_LO(T, F) VFN v_##T v_sat_##T##_##F(v_##F x) { return v_cast_##T##_##F(v_max_##F(x, v_set_##F(0))); }
#define V_SAT_BOTH(T, F, min, max) VFN v_##T v_sat_##T##_##F(v_##F x) { return v_cast_##T##_##F(v_min_##F(v_max_##F(x, v_set_##F(min)), v_set_##F(max))); }
#define V_SAT_SAME(T) V_SAT_AS_CAST(T, T)
V_SAT_SAME(i32) V_SAT_SAME(u32) V_SAT_SAME(i64) V_SAT_SAME(u64)
V_SAT_HI(i32, u32, INT32_MAX) V_SAT_HI(i32, u64, INT32_MAX) V_SAT_HI(u32, u64, UINT32_MAX) V_SAT_HI(i64, u64, INT64_MAX)
V_SAT_BOTH(i32, i64, INT32_MIN, INT32_MAX) V_SAT_BOTH(u32, i64, 0, UINT32_MAX)
V_SAT_LO(u32, i32) V_SAT_LO(u64, i32) V_SAT_LO(u64, i64)
V_SAT_AS_CAST(i64, i32) V_SAT_AS_CAST(i64, u32) V_SAT_AS_CAST(u64, u32)
#define V_SAT_OF_FLOAT(F) V_SAT_AS_CAST(i32, F) V_SAT_AS_CAST(u32, F) V_SAT_AS_CAST(i64, F) V_SAT_AS_CAST(u64, F)
V_SAT_OF_FLOAT(f32) V_SAT_OF_FLOAT(f64)
#define V_SAT_TO_FLOAT(T) V_SAT_AS_CAST(T, i32) V_SAT_AS_CAST(T, u32) V_SAT_AS_CAST(T, i64) V_SAT_AS_CAST(T, u64)
V_SAT_TO_FLOAT(f32) V_SAT_TO_FLOAT(f64)
V_SAT_BOTH(f32, f32, -S_MAX_f32, S_MAX_f32) V_SAT_BOTH(f32, f64, -(double)S_MAX_f32, (double)S_MAX_f32)
V_SAT_BOTH(f64, f64, -S_MAX_f64, S_MAX_f64)
VFN v_f64 v_sat_f64_f32(v_f32 x) { return v_sat_f64_f64(v_cast_f64_f32(x)); }

/* ── 16-bit floats ── in the low 16 bits of each lane, rounding to nearest even, NaNs quiet */
VFN v_u32 x_bf16_bits(v_f32 x)
{
    const v_u32 u = (v_u32)x, r = (u + (0x7fff + ((u >> 16) & 1))) >> 16;
    return v_select_u32(v_isnan_f32(x), (u >> 16) | 0x40, r);
}
VFN v_f32 v_ld_bf16(const void *p) { return (v_f32)(v_ld_u16(p) << 16); }
VFN void v_st_bf16(void *p, v_f32 x) { v_st_u16(p, x_bf16_bits(x)); }
#ifndef SIMD_HAS_F16
VFN v_f32 v_ld_f16(const void *p)
{
    const v_u32 h = v_ld_u16(p), sign = (h & 0x8000) << 16, m = (h & 0x7fff) << 13;
    /* exponents 1..30 move by 112; 31 by 224; 0: the scaled integer is exact */
    const v_u32 normal = m + (112u << 23), special = m + (224u << 23);
    const v_u32 small = (v_u32)(__builtin_convertvector((v_i32)(h & 0x3ff), v_f32) * 0x1p-24f);
    const v_u32 is_special = (v_u32)(m >= (31u << 23)), is_small = (v_u32)(m < (1u << 23));
    const v_u32 r = (special & is_special) | (small & is_small) | (normal & ~is_special & ~is_small);
    const v_u32 quiet = (v_u32)(m > (31u << 23)) & (1u << 22);
    return (v_f32)(r | sign | quiet);
}
VFN void v_st_f16(void *p, v_f32 x)
{
    const v_u32 u = (v_u32)x, sign = (u >> 16) & 0x8000, m = u & 0x7fffffff;
    /* below 2^-14: adding 0.5 shifts the mantissa to units of 2^-24 and rounds */
    const v_u32 small = (v_u32)((v_f32)m + 0.5f) - (v_u32)v_set_f32(0.5f);
    const v_u32 normal = (m + 0xfff + ((m >> 13) & 1) - (112u << 23)) >> 13;
    const v_u32 is_small = (v_u32)(m < (113u << 23)), is_over = (v_u32)(m >= 0x477ff000u), is_nan = (v_u32)(m > 0x7f800000u);
    const v_u32 nan = 0x7e00 | ((m >> 13) & 0x3ff);
    v_u32 r = (small & is_small) | (normal & ~is_small);
    r = (0x7c00 & is_over) | (r & ~is_over);
    r = (nan & is_nan) | (r & ~is_nan);
    v_st_u16(p, r | sign);
}
#endif

#endif
