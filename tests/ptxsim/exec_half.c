/* SPDX-License-Identifier: MIT
 * ptxsim: arithmetic of f16, bf16 and their pairs. Computed wider and rounded once: f32 has enough digits for add, sub and mul (24 ≥ 2·11 + 2);
 * fma goes through a double whose last digit is made sticky (round to odd), so that the second rounding is right. */
#include "exec.h"

#include <math.h>

static inline uint16_t canon16(uint16_t h, float r) { return r != r ? 0x7fff : h; }
static inline uint16_t to_f16(float r) { return canon16(f16_of_f32(r), r); }
static inline uint16_t to_bf16(float r) { return canon16(bf16_of_f32(r), r); }

/* The same to f32, from an odd double: to odd again, so that to_f16 and to_bf16 round once. */
static inline float narrow_odd(double s)
{
    float f = (float)s;
    if ((double)f == s || !isfinite(s) || s != s)
        return f;
    uint32_t b = bits_of(f);
    if (isinf(f))
        return f32_of((b & 0x80000000) | 0x7f7fffff);
    bool above = fabs((double)f) > fabs(s);
    b -= above;      /* towards zero */
    return f32_of(b | 1);
}
static inline float fma_wide(float a, float b, float c) { return narrow_odd(add_odd((double)a * b, (double)c)); }

/* Minimum and maximum with -0 below +0; nan: NaN wins. */
static inline float minf(float a, float b, bool nan)
{
    if (a != a || b != b)
        return nan ? NAN : a != a ? b : a;
    return a < b || (a == b && signbit(a)) ? a : b;
}
static inline float maxf(float a, float b, bool nan)
{
    if (a != a || b != b)
        return nan ? NAN : a != a ? b : a;
    return a > b || (a == b && !signbit(a)) ? a : b;
}
static inline float sat(float x) { return x != x ? 0.0f : x < 0.0f ? 0.0f : x > 1.0f ? 1.0f : x; }
static inline float relu(float x) { return x < 0.0f || (x == 0.0f && signbit(x)) ? 0.0f : x; }

typedef struct Opts {
    bool ftz, sat, relu, nan;
} Opts;
static Opts opts(const Inst *i)
{
    return (Opts){mod_has(&i->mods, M_FTZ), mod_has(&i->mods, M_SAT), mod_has(&i->mods, M_RELU), mod_has(&i->mods, M_NAN_)};
}
/* .ftz of f16 flushes subnormals of that format. */
static inline uint16_t flush16(uint16_t h, bool ftz) { return ftz && !(h & 0x7c00) ? h & 0x8000 : h; }
static inline float after(float r, Opts o) { return o.sat ? sat(r) : o.relu ? relu(r) : r; }

/* N halves a register of type R. Formats: wide() and narrow() of one half. */
#define HALF_OP(name, R, N, wide, narrow, n_src, expr) \
    HANDLER(name) \
    { \
        DST(R, d); \
        const R *s[3] = {slot(w, i->o[1]), slot(w, i->o[n_src > 1 ? 2 : 1]), slot(w, i->o[n_src > 2 ? 3 : 1])}; \
        Opts o = opts(i); \
        EACH_LANE { \
            R out = 0; \
            for (unsigned k = 0; k < N; k++) { \
                float x = wide(flush16((uint16_t)(s[0][l] >> 16 * k), o.ftz)), y = wide(flush16((uint16_t)(s[1][l] >> 16 * k), o.ftz)); \
                float z = wide(flush16((uint16_t)(s[2][l] >> 16 * k), o.ftz)); \
                (void)y, (void)z; \
                out = (R)(out | (R)((R)flush16(narrow(after(expr, o)), o.ftz) << 16 * k)); \
            } \
            d[l] = out; \
        } \
    }
#define FOUR(name, n_src, expr) \
    HALF_OP(name##_f16, u16, 1, f32_of_f16, to_f16, n_src, expr) \
    HALF_OP(name##_f16x2, u32, 2, f32_of_f16, to_f16, n_src, expr) \
    HALF_OP(name##_bf16, u16, 1, f32_of_bf16, to_bf16, n_src, expr) \
    HALF_OP(name##_bf16x2, u32, 2, f32_of_bf16, to_bf16, n_src, expr)
FOUR(add, 2, x + y)
FOUR(sub, 2, x - y)
FOUR(mul, 2, fma_wide(x, y, -0.0f))
FOUR(fma, 3, fma_wide(x, y, z))
FOUR(min, 2, minf(x, y, o.nan))
FOUR(max, 2, maxf(x, y, o.nan))

/* The hardware's halves of approximations: exact, rounded, then moved by at most one unit. */
static inline uint16_t move16(uint16_t h, uint32_t in, uint64_t seed)
{
    uint16_t a = h & 0x7fff;
    if (a == 0 || a >= 0x7bff || a == 0x3c00 || a == 0x3f80)
        return h;
    return (uint16_t)(h + (uint16_t)((mix(seed + in) >> 40) % 3) - 1);
}
#define APPROX(name, R, N, wide, narrow, expr) \
    HANDLER(name) \
    { \
        DST(R, d); \
        SRC(R, a, 1); \
        uint64_t seed = warp_seed(w); \
        EACH_LANE { \
            R out = 0; \
            for (unsigned k = 0; k < N; k++) { \
                uint16_t h = (uint16_t)(a[l] >> 16 * k); \
                double x = (double)wide(h); \
                out = (R)(out | (R)((R)move16(narrow((float)(expr)), h, seed) << 16 * k)); \
            } \
            d[l] = out; \
        } \
    }
APPROX(ex2_f16, u16, 1, f32_of_f16, to_f16, exp2(x))
APPROX(ex2_f16x2, u32, 2, f32_of_f16, to_f16, exp2(x))
APPROX(ex2_bf16, u16, 1, f32_of_bf16, to_bf16, exp2(x))
APPROX(ex2_bf16x2, u32, 2, f32_of_bf16, to_bf16, exp2(x))
APPROX(tanh_f16, u16, 1, f32_of_f16, to_f16, tanh(x))
APPROX(tanh_f16x2, u32, 2, f32_of_f16, to_f16, tanh(x))
APPROX(tanh_bf16, u16, 1, f32_of_bf16, to_bf16, tanh(x))
APPROX(tanh_bf16x2, u32, 2, f32_of_bf16, to_bf16, tanh(x))

UNARY(neg16, u16, u16, (u16)(a[l] ^ 0x8000))
UNARY(neg16x2, u32, u32, a[l] ^ 0x80008000)
UNARY(abs16, u16, u16, a[l] & 0x7fff)
UNARY(abs16x2, u32, u32, a[l] & 0x7fff7fff)

#define RR "=0 0 0"
#define RRR "=0 0 0 0"
#define PAIR(op, need, may, form, fn, sm, ptx) {op, need, may, "f16", form, fn##_f16, sm, ptx}, {op, need, may, "f16x2", form, fn##_f16x2, sm, ptx}
#define BPAIR(op, need, may, form, fn, sm, ptx) {op, need, may, "bf16", form, fn##_bf16, sm, ptx}, {op, need, may, "bf16x2", form, fn##_bf16x2, sm, ptx}
ROWS(rows_half) = {
    PAIR("add", "", "rn ftz sat", RR, add, 53, 42), PAIR("sub", "", "rn ftz sat", RR, sub, 53, 42), PAIR("mul", "", "rn ftz sat", RR, mul, 53, 42),
    PAIR("fma", "rn", "ftz sat", RRR, fma, 53, 42), PAIR("fma", "rn relu", "ftz", RRR, fma, 80, 70),
    BPAIR("add", "", "rn", RR, add, 90, 78), BPAIR("sub", "", "rn", RR, sub, 90, 78), BPAIR("mul", "", "rn", RR, mul, 90, 78),
    BPAIR("fma", "rn", "relu", RRR, fma, 80, 70),
    PAIR("min", "", "ftz NaN", RR, min, 80, 70), PAIR("max", "", "ftz NaN", RR, max, 80, 70), BPAIR("min", "", "NaN", RR, min, 80, 70), BPAIR("max", "", "NaN", RR, max, 80, 70),
    PAIR("ex2", "approx", "", "=0 0", ex2, 75, 70), BPAIR("ex2", "approx ftz", "", "=0 0", ex2, 90, 78), PAIR("tanh", "approx", "", "=0 0", tanh, 75, 70),
    BPAIR("tanh", "approx", "", "=0 0", tanh, 90, 78),
    {"neg", "", "ftz", "f16", "=0 0", neg16, 53, 60}, {"neg", "", "ftz", "f16x2", "=0 0", neg16x2, 53, 60}, {"neg", "", "", "bf16", "=0 0", neg16, 80, 70},
    {"neg", "", "", "bf16x2", "=0 0", neg16x2, 80, 70}, {"abs", "", "ftz", "f16", "=0 0", abs16, 53, 65}, {"abs", "", "ftz", "f16x2", "=0 0", abs16x2, 53, 65},
    {"abs", "", "", "bf16", "=0 0", abs16, 80, 70}, {"abs", "", "", "bf16x2", "=0 0", abs16x2, 80, 70}, END_ROWS,
};
