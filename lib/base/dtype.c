/* SPDX-License-Identifier: MIT
 * base: the element-type table and exact scalar conversions; see dtype.h. Every small float, from f16 to f4, is one row of
 * `formats` and goes through one decoder and one rounder, which take the value as sign, 64-bit significand and exponent, so
 * that a double or an int64 is rounded once. */
#include "base/dtype.h"

#include "base/span.h"

#include <string.h>

const DTypeInfo dtype_info[DT_COUNT] = {
#define X(name, cls, block, bytes, align, compute) [DT_##name] = {#name, DCLASS_##cls, block, bytes, align, DT_##compute},
    DTYPES(X)
#undef X
};

DType dtype_find(const char *name, size_t n)
{
    for (int t = DT_none + 1; t < DT_COUNT; t++)
        if (strlen(dtype_info[t].name) == n && !memcmp(dtype_info[t].name, name, n))
            return (DType)t;
    return DT_none;
}

bool dtype_bytes(DType t, uint64_t n, size_t *out)
{
    uint64_t blocks = n / dtype_info[t].block + (n % dtype_info[t].block != 0);
    return size_mul(blocks, dtype_info[t].bytes, out);
}

/* A float of e exponent and m mantissa bits. Codes are magnitudes, without the sign bit; inf 0 means the type has none. */
typedef struct MiniFloat {
    uint8_t e, m;
    int16_t bias;
    uint16_t max, inf, nan; /* largest finite; infinity; the NaN that conversion makes */
    bool unsigned_zero;     /* the fnuz rule: the code of -0 is the only NaN */
} MiniFloat;

static const MiniFloat formats[DT_COUNT] = {
    [DT_f16] = {5, 10, 15, 0x7bff, 0x7c00, 0x7e00, false},
    [DT_bf16] = {8, 7, 127, 0x7f7f, 0x7f80, 0x7fc0, false},
    [DT_f8e4m3fn] = {4, 3, 7, 0x7e, 0, 0x7f, false},
    [DT_f8e4m3fnuz] = {4, 3, 8, 0x7f, 0, 0, true},
    [DT_f8e5m2] = {5, 2, 15, 0x7b, 0x7c, 0x7e, false},
    [DT_f8e5m2fnuz] = {5, 2, 16, 0x7f, 0, 0, true},
    [DT_f4e2m1] = {2, 1, 1, 0x7, 0, 0, false},
};

static float f32_from_bits(uint32_t bits)
{
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

static double f64_from_bits(uint64_t bits)
{
    double d;
    memcpy(&d, &bits, sizeof d);
    return d;
}

/* The f32 with the value of code v; a NaN keeps its payload in the top mantissa bits. */
static float mini_decode(const MiniFloat *k, unsigned v)
{
    unsigned sign_bit = 1u << (k->e + k->m), mag = v & (sign_bit - 1);
    uint32_t sign = v & sign_bit ? 0x80000000u : 0;
    if (k->unsigned_zero && sign && !mag)
        return f32_from_bits(0x7fc00000u);
    if (k->inf && mag == k->inf)
        return f32_from_bits(sign | 0x7f800000u);
    if (mag > k->max)
        return f32_from_bits(sign | 0x7f800000u | (uint32_t)(mag & ((1u << k->m) - 1)) << (23 - k->m));
    unsigned exp = mag >> k->m, man = mag & ((1u << k->m) - 1);
    if (exp)
        return f32_from_bits(sign | (uint32_t)((int)exp - k->bias + 127) << 23 | (uint32_t)man << (23 - k->m));
    if (!man)
        return f32_from_bits(sign);
    int top = 31 - __builtin_clz(man), e = 1 - k->bias - k->m + top; /* value is man · 2^(1 - bias - m) */
    if (e < -126)                                                    /* bf16 only: subnormal in f32 too, same bits */
        return f32_from_bits(sign | (uint32_t)man << (23 - k->m));
    return f32_from_bits(sign | (uint32_t)(e + 127) << 23 | ((uint32_t)man << (23 - top) & 0x7fffffu));
}

/* sig / 2^shift rounded to nearest even; 1 ≤ shift. */
static uint64_t round_shift(uint64_t sig, int shift)
{
    if (shift > 64)
        return 0;
    uint64_t whole = shift == 64 ? 0 : sig >> shift;
    uint64_t half = UINT64_C(1) << (shift - 1), rest = shift == 64 ? sig : sig & (2 * half - 1);
    return whole + (rest > half || (rest == half && (whole & 1)));
}

/* A number before it is rounded: sig · 2^(exp - 63) with bit 63 of sig set, or sig 0; nan and inf take precedence. */
typedef struct Wide {
    uint64_t sig;
    int exp;
    bool neg, inf, nan;
} Wide;

static Wide wide_from_f64(double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    int e = (int)(bits >> 52 & 0x7ff);
    uint64_t man = bits & 0xfffffffffffffu;
    Wide w = {.neg = bits >> 63, .inf = e == 0x7ff && !man, .nan = e == 0x7ff && man};
    if (e) {
        w.sig = (man | UINT64_C(1) << 52) << 11;
        w.exp = e - 1023;
    } else if (man) {
        int lz = __builtin_clzll(man);
        w.sig = man << lz;
        w.exp = -1022 - 52 + 63 - lz;
    }
    if (w.nan)
        w.sig = man; /* the payload */
    return w;
}

static Wide wide_from_i64(int64_t v)
{
    uint64_t mag = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    if (!mag)
        return (Wide){0};
    int lz = __builtin_clzll(mag);
    return (Wide){.sig = mag << lz, .exp = 63 - lz, .neg = v < 0};
}

static unsigned mini_nan(const MiniFloat *k, const Wide *w, unsigned sign)
{
    if (k->unsigned_zero)
        return 1u << (k->e + k->m);
    if (!k->nan)
        return 0; /* f4 has no NaN: zero, the same in the kernels */
    /* 16-bit types keep the top of the payload, as the processors' conversions do */
    return sign | k->nan | (k->m > 3 ? (unsigned)(w->sig >> (52 - k->m)) & ((1u << k->m) - 1) : 0);
}

static unsigned mini_encode(const MiniFloat *k, Wide w, bool saturate)
{
    unsigned sign = w.neg ? 1u << (k->e + k->m) : 0;
    if (w.nan)
        return mini_nan(k, &w, sign);
    uint64_t mag = (uint64_t)k->max + 1;
    if (!w.inf && w.exp + k->bias < 1 << k->e) {
        int exp = w.exp + k->bias, shift = 63 - k->m;
        if (exp < 1) {
            shift += 1 - exp;
            exp = 1;
        }
        mag = ((uint64_t)(exp - 1) << k->m) + round_shift(w.sig, shift); /* the implicit bit carries into the exponent */
        if (!w.sig)
            mag = 0;
    }
    if (mag > k->max) {
        if (!saturate)
            return k->inf ? sign | k->inf : mini_nan(k, &(Wide){.neg = w.neg}, sign);
        mag = k->max;
    }
    return mag || !k->unsigned_zero ? sign | (unsigned)mag : 0;
}

/* e8m0 is 2^(v - 127), 255 NaN: neither sign nor zero. Halfway rounds up; zero and negatives clamp or are NaN. */
static uint8_t e8m0_encode(Wide w, bool saturate)
{
    if (w.nan || (!saturate && (w.neg || !w.sig || w.inf)))
        return 0xff;
    if (w.neg || !w.sig || (!w.inf && w.exp < -127))
        return w.inf && !w.neg ? 0xfe : 0;
    int e = w.inf ? 255 : w.exp + 127 + (int)(w.sig >> 62 & 1);
    return e <= 254 ? (uint8_t)e : saturate ? 0xfe : 0xff;
}

static unsigned float_encode(DType t, Wide w, bool saturate)
{
    return t == DT_f8e8m0 ? e8m0_encode(w, saturate) : mini_encode(&formats[t], w, saturate);
}

float f16_to_f32(uint16_t h) { return mini_decode(&formats[DT_f16], h); }
uint16_t f32_to_f16(float f) { return (uint16_t)float_encode(DT_f16, wide_from_f64(f), false); }
float bf16_to_f32(uint16_t h) { return f32_from_bits((uint32_t)h << 16); }
uint16_t f32_to_bf16(float f) { return (uint16_t)float_encode(DT_bf16, wide_from_f64(f), false); }
uint8_t f32_to_fp8(DType t, float f, bool saturate) { return (uint8_t)float_encode(t, wide_from_f64(f), saturate); }
float fp4_to_f32(uint8_t v) { return mini_decode(&formats[DT_f4e2m1], v & 15u); }
uint8_t f32_to_fp4(float f) { return (uint8_t)float_encode(DT_f4e2m1, wide_from_f64(f), true); }

float fp8_to_f32(DType t, uint8_t v)
{
    if (t == DT_f8e8m0)
        return f32_from_bits(v == 0xff ? 0x7fc00000u : v ? (uint32_t)v << 23 : 0x400000u);
    return mini_decode(&formats[t], v);
}

/* The raw bits of element i; sub-byte elements start at the low bits of their byte. */
static uint64_t bits_get(DType t, const void *p, uint64_t i)
{
    unsigned bits = dtype_bits(t), bytes = dtype_info[t].bytes;
    uint64_t v = 0;
    if (bytes > sizeof v)
        return 0;
    if (bits < 8)
        return ((const uint8_t *)p)[i * bits / 8] >> (i * bits % 8) & ((1u << bits) - 1);
    memcpy(&v, (const uint8_t *)p + i * bytes, bytes); /* little-endian hosts only, as the file formats */
    return v;
}

static void bits_set(DType t, void *p, uint64_t i, uint64_t v)
{
    unsigned bits = dtype_bits(t), bytes = dtype_info[t].bytes;
    if (bytes > sizeof v)
        return;
    if (bits >= 8) {
        memcpy((uint8_t *)p + i * bytes, &v, bytes);
        return;
    }
    uint8_t *b = (uint8_t *)p + i * bits / 8;
    unsigned shift = (unsigned)(i * bits % 8), mask = ((1u << bits) - 1) << shift;
    *b = (uint8_t)((*b & ~mask) | ((unsigned)v << shift & mask));
}

static int64_t sign_extend(uint64_t v, unsigned bits)
{
    return (int64_t)(v << (64 - bits)) >> (64 - bits);
}

static double float_decode(DType t, uint64_t v)
{
    if (t == DT_f64)
        return f64_from_bits(v);
    if (t == DT_f32)
        return f32_from_bits((uint32_t)v);
    return t == DT_f8e8m0 ? fp8_to_f32(t, (uint8_t)v) : mini_decode(&formats[t], (unsigned)v);
}

static int64_t i64_saturate(double v) /* truncates; NaN is 0 */
{
    if (v != v)
        return 0;
    return v >= 0x1p63 ? INT64_MAX : v <= -0x1p63 ? INT64_MIN : (int64_t)v;
}

/* The nearest integer, ties to even, as a double. */
static double round_even(double v)
{
    if (!(v > -0x1p52 && v < 0x1p52))
        return v;
    double whole = (double)(int64_t)v, rest = v - whole;
    double away = whole + (v < 0 ? -1 : 1);
    if (rest > 0.5 || rest < -0.5 || ((rest == 0.5 || rest == -0.5) && ((int64_t)whole & 1)))
        return away;
    return whole;
}

double dtype_get_f64(DType t, const void *p, uint64_t i)
{
    uint64_t v = bits_get(t, p, i);
    switch (dtype_info[t].cls) {
    case DCLASS_BOOL: return v != 0;
    case DCLASS_INT: return (double)sign_extend(v, dtype_bits(t));
    case DCLASS_UINT: return (double)v;
    case DCLASS_FLOAT: return float_decode(t, v);
    default: return 0;
    }
}

int64_t dtype_get_i64(DType t, const void *p, uint64_t i)
{
    uint64_t v = bits_get(t, p, i);
    switch (dtype_info[t].cls) {
    case DCLASS_BOOL: return v != 0;
    case DCLASS_INT: return sign_extend(v, dtype_bits(t));
    case DCLASS_UINT: return v > INT64_MAX ? INT64_MAX : (int64_t)v;
    case DCLASS_FLOAT: return i64_saturate(float_decode(t, v));
    default: return 0;
    }
}

/* Integers of t clamp v; u64 takes what int64 holds. */
static uint64_t int_clamp(DType t, int64_t v)
{
    unsigned bits = dtype_bits(t);
    if (dtype_info[t].cls == DCLASS_UINT) {
        int64_t max = bits == 64 ? INT64_MAX : (int64_t)((UINT64_C(1) << bits) - 1);
        return (uint64_t)(v < 0 ? 0 : v > max ? max : v);
    }
    int64_t max = (int64_t)((UINT64_C(1) << (bits - 1)) - 1), min = -max - 1;
    return (uint64_t)(v < min ? min : v > max ? max : v);
}

static uint64_t float_bits(DType t, Wide w, double v)
{
    float f = (float)v;
    uint64_t b = 0;
    if (t != DT_f64 && t != DT_f32)
        return float_encode(t, w, t == DT_f4e2m1);
    memcpy(&b, t == DT_f64 ? (void *)&v : (void *)&f, dtype_info[t].bytes);
    return b;
}

void dtype_set_f64(DType t, void *p, uint64_t i, double v)
{
    switch (dtype_info[t].cls) {
    case DCLASS_BOOL: bits_set(t, p, i, v != 0); break;
    case DCLASS_INT: bits_set(t, p, i, int_clamp(t, i64_saturate(round_even(v)))); break;
    case DCLASS_UINT:
        if (t == DT_u64 && v >= 0x1p63)
            bits_set(t, p, i, v >= 0x1p64 ? UINT64_MAX : (uint64_t)v);
        else
            bits_set(t, p, i, int_clamp(t, i64_saturate(round_even(v))));
        break;
    case DCLASS_FLOAT: bits_set(t, p, i, float_bits(t, wide_from_f64(v), v)); break;
    default: break;
    }
}

void dtype_set_i64(DType t, void *p, uint64_t i, int64_t v)
{
    switch (dtype_info[t].cls) {
    case DCLASS_BOOL: bits_set(t, p, i, v != 0); break;
    case DCLASS_INT:
    case DCLASS_UINT: bits_set(t, p, i, int_clamp(t, v)); break;
    case DCLASS_FLOAT: {
        Wide w = wide_from_i64(v);
        float f = (float)v;
        bits_set(t, p, i, t == DT_f32 ? float_bits(t, w, f) : float_bits(t, w, (double)v));
        break;
    }
    default: break;
    }
}
