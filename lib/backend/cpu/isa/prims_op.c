/* SPDX-License-Identifier: MIT
 * backend/cpu: tile primitives of the opcodes, compiled once per level: one loop over a slot per opcode, operand type and form, and the steps
 * of the built-in reducers. The lists below are the whole content; simd.h holds the arithmetic. Operand and result slots may coincide. */
#include "backend/cpu/isa/simd.h"
#include "backend/cpu/prims_table.h"

#define ROUND64(n) (((n) + 63) & ~63)

/* M(op, result type, operand type) */
#define FLOATS(M, op) M(op, f32, f32) M(op, f64, f64)
#define INTS(M, op) M(op, i32, i32) M(op, u32, u32) M(op, i64, i64) M(op, u64, u64)
#define NUMS(M, op) FLOATS(M, op) INTS(M, op)
#define BITS(M, op) INTS(M, op) M(op, bool, bool)
#define ANY(M, op) NUMS(M, op) M(op, bool, bool)
#define TO_BOOL(M, op) M(op, bool, f32) M(op, bool, f64) M(op, bool, i32) M(op, bool, u32) M(op, bool, i64) M(op, bool, u64) M(op, bool, bool)
#define SAME_WIDTH(M, op) \
    M(op, f32, i32) M(op, f32, u32) M(op, i32, f32) M(op, i32, u32) M(op, u32, f32) M(op, u32, i32) M(op, f32, f32) M(op, i32, i32) M(op, u32, u32) \
    M(op, f64, i64) M(op, f64, u64) M(op, i64, f64) M(op, i64, u64) M(op, u64, f64) M(op, u64, i64) M(op, f64, f64) M(op, i64, i64) M(op, u64, u64)
#define FROM_ALL(M, op, T) M(op, T, f32) M(op, T, f64) M(op, T, i32) M(op, T, u32) M(op, T, i64) M(op, T, u64) M(op, T, bool)
#define ALL_PAIRS(M, op) FROM_ALL(M, op, f32) FROM_ALL(M, op, f64) FROM_ALL(M, op, i32) FROM_ALL(M, op, u32) FROM_ALL(M, op, i64) FROM_ALL(M, op, u64) FROM_ALL(M, op, bool)

#define UNARY(M) \
    NUMS(M, neg) NUMS(M, abs) FLOATS(M, sqrt) FLOATS(M, floor) FLOATS(M, ceil) FLOATS(M, trunc) FLOATS(M, rint) BITS(M, not) ANY(M, move) \
    M(isnan, bool, f32) M(isnan, bool, f64) INTS(M, clz) INTS(M, popcount)
#define BINARY(M) \
    NUMS(M, add) NUMS(M, sub) NUMS(M, mul) NUMS(M, div) NUMS(M, rem) NUMS(M, min) NUMS(M, max) INTS(M, mulhi) BITS(M, and) BITS(M, or) BITS(M, xor) \
    INTS(M, shl) INTS(M, shr) TO_BOOL(M, eq) TO_BOOL(M, ne) TO_BOOL(M, lt) TO_BOOL(M, le) TO_BOOL(M, gt) TO_BOOL(M, ge)
#define CONVERT(M) SAME_WIDTH(M, bitcast) ALL_PAIRS(M, cast) ALL_PAIRS(M, sat)

#define LOOP for (int i = 0, e = ROUND64(n); i < e; i += VN)
#define SIG (void *const *dst, const void *const *src, int n)
#define AT(T, k) v_ld_##T((const s_##T *)src[k] + i)
#define ONE(T, k) v_set_##T(*(const s_##T *)src[k])

#define DEF_UNARY(op, R, T) static void p_##op##_##T SIG { LOOP v_st_##R((s_##R *)dst[0] + i, v_##op##_##T(AT(T, 0))); }
#define DEF_CONVERT(op, R, T) static void p_##op##_##R##_##T SIG { LOOP v_st_##R((s_##R *)dst[0] + i, v_##op##_##R##_##T(AT(T, 0))); }
#define DEF_SPLAT(op, R, T) static void p_splat_##T SIG { const v_##T x = ONE(T, 0); LOOP v_st_##T((s_##T *)dst[0] + i, x); }
#define DEF_BINARY(op, R, T) \
    static void p_##op##_##T SIG { LOOP v_st_##R((s_##R *)dst[0] + i, v_##op##_##T(AT(T, 0), AT(T, 1))); } \
    static void p_##op##_##T##_s0 SIG { const v_##T a = ONE(T, 0); LOOP v_st_##R((s_##R *)dst[0] + i, v_##op##_##T(a, AT(T, 1))); } \
    static void p_##op##_##T##_s1 SIG { const v_##T b = ONE(T, 1); LOOP v_st_##R((s_##R *)dst[0] + i, v_##op##_##T(AT(T, 0), b)); }
#define DEF_FMA(op, R, T) \
    static void p_fma_##T SIG { LOOP v_st_##T((s_##T *)dst[0] + i, v_fma_##T(AT(T, 0), AT(T, 1), AT(T, 2))); } \
    static void p_fma_##T##_s0 SIG { const v_##T a = ONE(T, 0); LOOP v_st_##T((s_##T *)dst[0] + i, v_fma_##T(a, AT(T, 1), AT(T, 2))); } \
    static void p_fma_##T##_s1 SIG { const v_##T b = ONE(T, 1); LOOP v_st_##T((s_##T *)dst[0] + i, v_fma_##T(AT(T, 0), b, AT(T, 2))); } \
    static void p_fma_##T##_s2 SIG { const v_##T c = ONE(T, 2); LOOP v_st_##T((s_##T *)dst[0] + i, v_fma_##T(AT(T, 0), AT(T, 1), c)); }
#define DEF_SELECT(op, R, T) \
    static void p_select_##T SIG { LOOP v_st_##T((s_##T *)dst[0] + i, v_select_##T(AT(bool, 0), AT(T, 1), AT(T, 2))); } \
    static void p_select_##T##_s1 SIG { const v_##T a = ONE(T, 1); LOOP v_st_##T((s_##T *)dst[0] + i, v_select_##T(AT(bool, 0), a, AT(T, 2))); } \
    static void p_select_##T##_s2 SIG { const v_##T b = ONE(T, 2); LOOP v_st_##T((s_##T *)dst[0] + i, v_select_##T(AT(bool, 0), AT(T, 1), b)); } \
    static void p_select_##T##_s12 SIG { const v_##T a = ONE(T, 1), b = ONE(T, 2); LOOP v_st_##T((s_##T *)dst[0] + i, v_select_##T(AT(bool, 0), a, b)); }

UNARY(DEF_UNARY)
ANY(DEF_SPLAT, move)
CONVERT(DEF_CONVERT)
BINARY(DEF_BINARY)
NUMS(DEF_FMA, fma)
ANY(DEF_SELECT, select)

#define ROW(op, R, T, form, fn) { K_##op, DT_##R, DT_##T, form, fn },
#define ROW_UNARY(op, R, T) ROW(op, R, T, KFORM_V, p_##op##_##T)
#define ROW_CONVERT(op, R, T) ROW(op, R, T, KFORM_V, p_##op##_##R##_##T)
#define ROW_SPLAT(op, R, T) ROW(op, R, T, KFORM_S0, p_splat_##T)
#define ROW_BINARY(op, R, T) ROW_UNARY(op, R, T) ROW(op, R, T, KFORM_S0, p_##op##_##T##_s0) ROW(op, R, T, KFORM_S1, p_##op##_##T##_s1)
#define ROW_FMA(op, R, T) ROW_BINARY(op, R, T) ROW(op, R, T, KFORM_S2, p_fma_##T##_s2)
#define ROW_SELECT(op, R, T) \
    ROW_UNARY(op, R, T) ROW(op, R, T, KFORM_S1, p_select_##T##_s1) ROW(op, R, T, KFORM_S2, p_select_##T##_s2) ROW(op, R, T, KFORM_S1 | KFORM_S2, p_select_##T##_s12)
static const PrimOpRow op_rows[] = {
    UNARY(ROW_UNARY) ANY(ROW_SPLAT, move) CONVERT(ROW_CONVERT) BINARY(ROW_BINARY) NUMS(ROW_FMA, fma) ANY(ROW_SELECT, select)
};

/* ── reducers ── M(kind, opcode, type) */
#define REDUCE_NUMS(M, kind, op) M(kind, op, f32) REDUCE_OTHERS(M, kind, op)
#define REDUCE_OTHERS(M, kind, op) M(kind, op, f64) M(kind, op, i32) M(kind, op, u32) M(kind, op, i64) M(kind, op, u64)
#define REDUCERS(M) \
    REDUCE_NUMS(M, SUM, add) REDUCE_NUMS(M, PROD, mul) REDUCE_NUMS(M, MIN, min) REDUCE_NUMS(M, MAX, max) M(ANY, or, bool) M(ALL, and, bool)
#define FOLDS(M) /* but those of f32 */ \
    REDUCE_OTHERS(M, SUM, add) REDUCE_OTHERS(M, PROD, mul) REDUCE_OTHERS(M, MIN, min) REDUCE_OTHERS(M, MAX, max) M(ANY, or, bool) M(ALL, and, bool)

/* accumulators stay in registers: as many vectors at a time as there are registers to spare */
#define ACCS 4
#define DEF_STEP(kind, op, T) \
    static void step_##kind##_##T SIG { \
        s_##T *acc = dst[0]; \
        const s_##T *x = src[0]; \
        for (int l = 0; l < 64; l += ACCS * VN) { \
            v_##T a0 = v_ld_##T(acc + l), a1 = v_ld_##T(acc + l + VN), a2 = v_ld_##T(acc + l + 2 * VN), a3 = v_ld_##T(acc + l + 3 * VN); \
            for (int i = l; i < n; i += 64) { \
                a0 = v_##op##_##T(a0, v_ld_##T(x + i)); \
                a1 = v_##op##_##T(a1, v_ld_##T(x + i + VN)); \
                a2 = v_##op##_##T(a2, v_ld_##T(x + i + 2 * VN)); \
                a3 = v_##op##_##T(a3, v_ld_##T(x + i + 3 * VN)); \
            } \
            v_st_##T(acc + l, a0); v_st_##T(acc + l + VN, a1); v_st_##T(acc + l + 2 * VN, a2); v_st_##T(acc + l + 3 * VN, a3); \
        } }
#define DEF_FOLD(kind, op, T) \
    static void fold_##kind##_##T SIG { \
        s_##T a[64]; \
        int s = 32; \
        __builtin_memcpy(a, src[0], sizeof a); \
        for (; s >= VN; s >>= 1) \
            for (int l = 0; l < s; l += VN) v_st_##T(a + l, v_##op##_##T(v_ld_##T(a + l), v_ld_##T(a + l + s))); \
        for (; s; s >>= 1) \
            for (int l = 0; l < s; l++) a[l] = s_##op##_##T(a[l], a[l + s]); \
        *(s_##T *)dst[0] = a[0]; }
/* of f32: in registers */
#define DOWN_FROM(i, s) (((i) & ((s) < VN ? (s) - 1 : 0)) + ((s) < VN ? (s) : 0)) /* lane i of the first s: what lies s on */
#define DOWN_FOUR(i, s) DOWN_FROM(i, s), DOWN_FROM(i + 1, s), DOWN_FROM(i + 2, s), DOWN_FROM(i + 3, s)
#if VN == 4
#define DOWN(a, s) __builtin_shufflevector(a, a, DOWN_FOUR(0, s))
#elif VN == 8
#define DOWN(a, s) __builtin_shufflevector(a, a, DOWN_FOUR(0, s), DOWN_FOUR(4, s))
#else
#define DOWN(a, s) __builtin_shufflevector(a, a, DOWN_FOUR(0, s), DOWN_FOUR(4, s), DOWN_FOUR(8, s), DOWN_FOUR(12, s))
#endif
#define DEF_FOLD_F32(kind, op) \
    static void fold_##kind##_f32 SIG { \
        v_f32 a[64 / VN]; \
        for (int l = 0; l < 64 / VN; l++) a[l] = v_ld_f32((const s_f32 *)src[0] + l * VN); \
        for (int s = 32 / VN; s; s >>= 1) \
            for (int l = 0; l < s; l++) a[l] = v_##op##_f32(a[l], a[l + s]); \
        if (VN > 8) a[0] = v_##op##_f32(a[0], DOWN(a[0], 8)); \
        if (VN > 4) a[0] = v_##op##_f32(a[0], DOWN(a[0], 4)); \
        a[0] = v_##op##_f32(a[0], DOWN(a[0], 2)); \
        a[0] = v_##op##_f32(a[0], DOWN(a[0], 1)); \
        *(s_f32 *)dst[0] = a[0][0]; }
REDUCERS(DEF_STEP)
FOLDS(DEF_FOLD)
DEF_FOLD_F32(SUM, add)
DEF_FOLD_F32(PROD, mul)
DEF_FOLD_F32(MIN, min)
DEF_FOLD_F32(MAX, max)
#define ROW_REDUCE(kind, op, T) { KRED_##kind, DT_##T, true, step_##kind##_##T }, { KRED_##kind, DT_##T, false, fold_##kind##_##T },
static const PrimReduceRow reduce_rows[] = { REDUCERS(ROW_REDUCE) };

const PrimOps PRIM_JOIN(prim_ops, SIMD_LEVEL) = { op_rows, sizeof op_rows / sizeof *op_rows, reduce_rows, sizeof reduce_rows / sizeof *reduce_rows };
