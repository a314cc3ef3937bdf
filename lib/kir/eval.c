/* SPDX-License-Identifier: MIT
 * kir: the definition of scalar arithmetic (kernel-language.md section 7 rules 1, 2 and section 2 for conversions), one
 * function per opcode and compute type in a table. Folding and the interpreter call it, emitters are tested against it.
 * Takes and gives bit patterns, zero-extended to 64 bits. Never traps, whatever the values. */
#include "kir/core.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { W_f32, W_f64, W_i32, W_u32, W_i64, W_u64, W_b1, W_COUNT };
static const int8_t compute_index[DT_COUNT] = { /* + 1; 0: not a compute type */
    [DT_f32] = W_f32 + 1, [DT_f64] = W_f64 + 1, [DT_i32] = W_i32 + 1, [DT_u32] = W_u32 + 1,
    [DT_i64] = W_i64 + 1, [DT_u64] = W_u64 + 1, [DT_bool] = W_b1 + 1,
};

static inline float as_f32(uint64_t v)
{
    uint32_t low = (uint32_t)v;
    float f;
    memcpy(&f, &low, sizeof f);
    return f;
}
static inline uint64_t of_f32(float f)
{
    uint32_t v;
    memcpy(&v, &f, sizeof v);
    return v;
}
static inline double as_f64(uint64_t v)
{
    double d;
    memcpy(&d, &v, sizeof d);
    return d;
}
static inline uint64_t of_f64(double d)
{
    uint64_t v;
    memcpy(&v, &d, sizeof v);
    return v;
}
static inline int32_t as_i32(uint64_t v) { return (int32_t)(uint32_t)v; }
static inline uint64_t of_i32(int32_t v) { return (uint32_t)v; }
static inline uint32_t as_u32(uint64_t v) { return (uint32_t)v; }
static inline uint64_t of_u32(uint32_t v) { return v; }
static inline int64_t as_i64(uint64_t v) { return (int64_t)v; }
static inline uint64_t of_i64(int64_t v) { return (uint64_t)v; }
static inline uint64_t as_u64(uint64_t v) { return v; }
static inline uint64_t of_u64(uint64_t v) { return v; }
static inline uint64_t as_b1(uint64_t v) { return v & 1; }
static inline uint64_t of_b1(uint64_t v) { return v & 1; }

#define OP(t, name, ...) \
    static uint64_t name##_##t(const uint64_t *a) { return of_##t(__VA_ARGS__); }
#define TEST(t, name, ...) \
    static uint64_t name##_##t(const uint64_t *a) { return (__VA_ARGS__) ? 1 : 0; }
#define A(t) as_##t(a[0])
#define B(t) as_##t(a[1])
#define C(t) as_##t(a[2])
#define COMPARE(t) \
    TEST(t, eq, A(t) == B(t)) TEST(t, ne, A(t) != B(t)) TEST(t, lt, A(t) < B(t)) \
    TEST(t, le, A(t) <= B(t)) TEST(t, gt, A(t) > B(t)) TEST(t, ge, A(t) >= B(t))
#define BITS(t) OP(t, and, A(t) & B(t)) OP(t, or, A(t) | B(t)) OP(t, xor, A(t) ^ B(t))
static uint64_t move_any(const uint64_t *a) { return a[0]; }
static uint64_t select_any(const uint64_t *a) { return a[0] & 1 ? a[1] : a[2]; }

/* ── floats: NaN wins in min and max, −0 < +0 ── */
#define FLOAT(t, T, f, sign) \
    static inline T min2_##t(T x, T y) { return x != x ? x : y != y ? y : x < y || (x == y && signbit(x)) ? x : y; } \
    static inline T max2_##t(T x, T y) { return x != x ? x : y != y ? y : x > y || (x == y && !signbit(x)) ? x : y; } \
    static uint64_t neg_##t(const uint64_t *a) { return a[0] ^ (sign); } \
    static uint64_t abs_##t(const uint64_t *a) { return a[0] & ~(sign); } \
    OP(t, sqrt, sqrt##f(A(t))) OP(t, floor, floor##f(A(t))) OP(t, ceil, ceil##f(A(t))) OP(t, trunc, trunc##f(A(t))) \
    OP(t, rint, rint##f(A(t))) OP(t, add, A(t) + B(t)) OP(t, sub, A(t) - B(t)) OP(t, mul, A(t) * B(t)) \
    OP(t, div, A(t) / B(t)) OP(t, rem, fmod##f(A(t), B(t))) OP(t, min, min2_##t(A(t), B(t))) OP(t, max, max2_##t(A(t), B(t))) \
    OP(t, fma, fma##f(A(t), B(t), C(t))) TEST(t, isnan, A(t) != A(t)) COMPARE(t)
FLOAT(f32, float, f, (uint64_t)1 << 31)
FLOAT(f64, double, , (uint64_t)1 << 63)

/* ── integers: everything wraps; U is the unsigned type the wrapping is done in ── */
#define INTEGER(t, T, U, W, ctz_) \
    OP(t, not, (T)~(U)A(t)) OP(t, add, (T)((U)A(t) + (U)B(t))) OP(t, sub, (T)((U)A(t) - (U)B(t))) OP(t, mul, (T)((U)A(t) * (U)B(t))) \
    OP(t, min, A(t) < B(t) ? A(t) : B(t)) OP(t, max, A(t) > B(t) ? A(t) : B(t)) OP(t, neg, (T)(0 - (U)A(t))) \
    OP(t, shl, (T)((U)A(t) << (a[1] & (W - 1)))) OP(t, shr, A(t) >> (a[1] & (W - 1))) \
    OP(t, clz, (T)((U)A(t) ? ctz_((U)A(t)) : W)) OP(t, popcount, (T)__builtin_popcountll((U)A(t))) BITS(t) COMPARE(t)
#define SIGNED(t, T, U) \
    OP(t, abs, A(t) < 0 ? (T)(0 - (U)A(t)) : A(t)) \
    OP(t, div, B(t) == 0 ? 0 : B(t) == -1 ? (T)(0 - (U)A(t)) : A(t) / B(t)) \
    OP(t, rem, B(t) == 0 || B(t) == -1 ? 0 : A(t) % B(t))
#define UNSIGNED(t) \
    OP(t, abs, A(t)) OP(t, div, B(t) ? A(t) / B(t) : 0) OP(t, rem, B(t) ? A(t) % B(t) : 0)
INTEGER(i32, int32_t, uint32_t, 32, __builtin_clz)
INTEGER(u32, uint32_t, uint32_t, 32, __builtin_clz)
INTEGER(i64, int64_t, uint64_t, 64, __builtin_clzll)
INTEGER(u64, uint64_t, uint64_t, 64, __builtin_clzll)
SIGNED(i32, int32_t, uint32_t)
SIGNED(i64, int64_t, uint64_t)
UNSIGNED(u32)
UNSIGNED(u64)
OP(i32, mulhi, (int32_t)(((int64_t)A(i32) * B(i32)) >> 32))
OP(u32, mulhi, (uint32_t)(((uint64_t)A(u32) * B(u32)) >> 32))
OP(i64, mulhi, (int64_t)(((__int128)A(i64) * B(i64)) >> 64))
OP(u64, mulhi, (uint64_t)(((unsigned __int128)A(u64) * B(u64)) >> 64))
BITS(b1) /* not "bool": that name is itself a macro */
COMPARE(b1)
OP(b1, not, !A(b1))

#define ROW_F(t) \
    [K_neg][W_##t] = neg_##t, [K_abs][W_##t] = abs_##t, [K_sqrt][W_##t] = sqrt_##t, [K_floor][W_##t] = floor_##t, \
    [K_ceil][W_##t] = ceil_##t, [K_trunc][W_##t] = trunc_##t, [K_rint][W_##t] = rint_##t, [K_add][W_##t] = add_##t, \
    [K_sub][W_##t] = sub_##t, [K_mul][W_##t] = mul_##t, [K_div][W_##t] = div_##t, [K_rem][W_##t] = rem_##t, \
    [K_min][W_##t] = min_##t, [K_max][W_##t] = max_##t, [K_fma][W_##t] = fma_##t, [K_isnan][W_##t] = isnan_##t, ROW_C(t)
#define ROW_C(t) \
    [K_eq][W_##t] = eq_##t, [K_ne][W_##t] = ne_##t, [K_lt][W_##t] = lt_##t, [K_le][W_##t] = le_##t, [K_gt][W_##t] = gt_##t, \
    [K_ge][W_##t] = ge_##t, [K_move][W_##t] = move_any, [K_set][W_##t] = move_any, [K_select][W_##t] = select_any
#define ROW_B(t) [K_not][W_##t] = not_##t, [K_and][W_##t] = and_##t, [K_or][W_##t] = or_##t, [K_xor][W_##t] = xor_##t, ROW_C(t)
#define ROW_I(t) \
    [K_neg][W_##t] = neg_##t, [K_abs][W_##t] = abs_##t, [K_clz][W_##t] = clz_##t, [K_popcount][W_##t] = popcount_##t, \
    [K_add][W_##t] = add_##t, [K_sub][W_##t] = sub_##t, [K_mul][W_##t] = mul_##t, [K_div][W_##t] = div_##t, \
    [K_rem][W_##t] = rem_##t, [K_min][W_##t] = min_##t, [K_max][W_##t] = max_##t, [K_mulhi][W_##t] = mulhi_##t, \
    [K_shl][W_##t] = shl_##t, [K_shr][W_##t] = shr_##t, ROW_B(t)
static const KirEvalFn eval_table[K_COUNT][W_COUNT] = {
    ROW_F(f32), ROW_F(f64), ROW_I(i32), ROW_I(u32), ROW_I(i64), ROW_I(u64), ROW_B(b1),
};

KirEvalFn kir_eval_fn(KOp op, DType type, DType from)
{
    if (op == K_move || op == K_set || op == K_bitcast)
        return move_any;
    if (op == K_select)
        return select_any;
    DType t = op >= K_eq && op <= K_ge ? from : op == K_isnan ? from : type;
    return compute_index[t] ? eval_table[op][compute_index[t] - 1] : NULL;
}

/* ── conversions: every source is exactly a double, an int64 or a uint64 ── */

typedef struct Number { enum { NUM_FLOAT, NUM_INT, NUM_UINT } kind; double d; int64_t i; uint64_t u; } Number;

static Number decode_float(DType t, uint64_t v)
{
    switch (t) {
    case DT_f64: return (Number){NUM_FLOAT, .d = as_f64(v)};
    case DT_f32: return (Number){NUM_FLOAT, .d = as_f32(v)};
    case DT_f16: return (Number){NUM_FLOAT, .d = f16_to_f32((uint16_t)v)};
    case DT_bf16: return (Number){NUM_FLOAT, .d = bf16_to_f32((uint16_t)v)};
    case DT_f4e2m1: return (Number){NUM_FLOAT, .d = fp4_to_f32((uint8_t)v)};
    default: return (Number){NUM_FLOAT, .d = fp8_to_f32(t, (uint8_t)v)};
    }
}

static Number decode(DType t, uint64_t v)
{
    unsigned bits = t == DT_bool ? 1 : dtype_bits(t);
    if (dtype_is_float(t))
        return decode_float(t, v);
    if (dtype_info[t].cls == DCLASS_INT)
        return (Number){NUM_INT, .i = (int64_t)(v << (64 - bits)) >> (64 - bits)};
    return (Number){NUM_UINT, .u = v << (64 - bits) >> (64 - bits)};
}

/* Round to odd: keeps enough for a second rounding to a type at least two bits narrower to be right. */
static double odd_f64(uint64_t u)
{
    return u >> 53 ? (double)(u >> 12 | ((u & 4095) != 0)) * 4096.0 : (double)u;
}

static float odd_f32(double d)
{
    float f = (float)d;
    uint32_t v = (uint32_t)of_f32(f);
    if (f == d || d != d || v & 1)
        return f;
    bool away = fabs((double)f) > fabs(d); /* the neighbour on d's other side is odd */
    return as_f32(away ? v - 1 : v + 1);
}

static uint64_t encode_int(DType t, Number n, bool saturate)
{
    unsigned bits = dtype_bits(t);
    bool is_signed = dtype_info[t].cls == DCLASS_INT;
    uint64_t mask = ~(uint64_t)0 >> (64 - bits), max = is_signed ? mask >> 1 : mask;
    int64_t min = is_signed ? -(int64_t)(mask >> 1) - 1 : 0;
    if (n.kind == NUM_FLOAT) { /* truncates, saturates, NaN → 0 */
        double limit = ldexp(1.0, (int)bits - is_signed);
        if (n.d != n.d)
            return 0;
        if (n.d >= limit)
            return max;
        if (n.d <= (double)min)
            return (uint64_t)min & mask;
        return (n.d < 0 ? (uint64_t)(int64_t)n.d : (uint64_t)n.d) & mask;
    }
    if (!saturate)
        return (n.kind == NUM_INT ? (uint64_t)n.i : n.u) & mask;
    if (n.kind == NUM_UINT)
        return n.u > max ? max : n.u;
    if (n.i < min)
        return (uint64_t)min & mask;
    return n.i >= 0 && (uint64_t)n.i > max ? max : (uint64_t)n.i & mask;
}

static uint64_t encode_small(DType t, float f, bool saturate) /* f: exact or rounded to odd */
{
    bool finite = !saturate || f != f; /* NaN is never clamped */
    if (t == DT_f16) {
        uint16_t h = f32_to_f16(f);
        return finite || (h & 0x7fff) < 0x7c00 ? h : (h & 0x8000) | 0x7bff;
    }
    if (t == DT_bf16) {
        uint16_t h = f32_to_bf16(f);
        return finite || (h & 0x7fff) < 0x7f80 ? h : (h & 0x8000) | 0x7f7f;
    }
    return t == DT_f4e2m1 ? f32_to_fp4(f) : f32_to_fp8(t, f, saturate);
}

static double clamp(double d, double max)
{
    return d > max ? max : d < -max ? -max : d;
}

static uint64_t encode_float(DType t, Number n, bool saturate)
{
    uint64_t magnitude = n.i < 0 ? 0 - (uint64_t)n.i : (uint64_t)n.i;
    if (t == DT_f64 && n.kind == NUM_FLOAT)
        return of_f64(saturate ? clamp(n.d, DBL_MAX) : n.d);
    if (t == DT_f64)
        return of_f64(n.kind == NUM_INT ? (double)n.i : (double)n.u);
    if (t == DT_f32 && n.kind == NUM_FLOAT)
        return of_f32((float)(saturate ? clamp(n.d, FLT_MAX) : n.d));
    if (t == DT_f32)
        return of_f32(n.kind == NUM_INT ? (float)n.i : (float)n.u);
    double d = n.kind == NUM_FLOAT ? n.d : n.kind == NUM_UINT ? odd_f64(n.u) : n.i < 0 ? -odd_f64(magnitude) : odd_f64(magnitude);
    return encode_small(t, odd_f32(d), saturate);
}

static uint64_t convert(DType to, DType from, uint64_t v, bool saturate)
{
    if (to == from && !saturate)
        return v;
    Number n = decode(from, v);
    if (to == DT_bool)
        return n.kind == NUM_FLOAT ? n.d != 0 : n.kind == NUM_INT ? n.i != 0 : n.u != 0;
    return dtype_is_float(to) ? encode_float(to, n, saturate) : encode_int(to, n, saturate);
}

uint64_t kir_eval(KOp op, DType type, DType from, const uint64_t *args)
{
    KirEvalFn fn = kir_eval_fn(op, type, from);
    if (fn)
        return fn(args);
    if (op == K_cast || op == K_sat)
        return convert(type, from, args[0], op == K_sat);
    DType wide = dtype_info[from].compute; /* comparison of storage types: exact in their compute type */
    uint64_t a[2] = {convert(wide, from, args[0], false), op == K_isnan ? 0 : convert(wide, from, args[1], false)};
    fn = kir_eval_fn(op, type, wide);
    return fn ? fn(a) : 0;
}
