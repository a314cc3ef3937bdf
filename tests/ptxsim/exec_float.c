/* SPDX-License-Identifier: MIT
 * ptxsim: f32 and f64 arithmetic, f32 add, sub, mul, fma in all roundings, the rest to nearest even. NaN results of f32 are the
 * canonical one; .ftz flushes sources and result; approximations are the exact value perturbed by up to one ulp. */
#include "exec.h"

#include <math.h>

static inline float sat(float x) { return x != x ? 0.0f : x < 0.0f ? 0.0f : x > 1.0f ? 1.0f : x + 0.0f; }

/* The plain form, and one that honours .ftz and .sat. */
#define F32_ROW(name, args, expr) \
    HANDLER(name) \
    { \
        DST(f32, d); \
        args; \
        bool ftz = mod_has(&i->mods, M_FTZ), saturate = mod_has(&i->mods, M_SAT); \
        if (!ftz && !saturate) { \
            EACH(f32, d, canon(expr)); \
        } else \
            name##_mod(w, i, mask, ftz, saturate); \
    }
#define MOD_LOOP(body, expr) \
    EACH_LANE { \
        body; \
        float r = canon(expr); \
        r = ftz ? flush(r) : r; \
        d[l] = saturate ? sat(r) : r; \
    }
#define F32_2(name, plain, expr) \
    static void name##_mod(Warp *w, const Inst *i, uint32_t mask, bool ftz, bool saturate) \
    { \
        DST(f32, d); \
        SRC(f32, a, 1); \
        SRC(f32, b, 2); \
        MOD_LOOP(float x = ftz ? flush(a[l]) : a[l]; float y = ftz ? flush(b[l]) : b[l], expr) \
    } \
    F32_ROW(name, SRC(f32, a, 1); SRC(f32, b, 2), plain)
#define F32_1(name, plain, expr) \
    static void name##_mod(Warp *w, const Inst *i, uint32_t mask, bool ftz, bool saturate) \
    { \
        DST(f32, d); \
        SRC(f32, a, 1); \
        MOD_LOOP(float x = ftz ? flush(a[l]) : a[l], expr) \
    } \
    F32_ROW(name, SRC(f32, a, 1), plain)

F32_2(add_f32, a[l] + b[l], x + y)
F32_2(sub_f32, a[l] - b[l], x - y)
F32_2(mul_f32, a[l] * b[l], x * y)
F32_2(div_f32, a[l] / b[l], x / y)
F32_1(rcp_f32, 1.0f / a[l], 1.0f / x)
F32_1(sqrt_f32, sqrtf(a[l]), sqrtf(x))

static void fma_f32_mod(Warp *w, const Inst *i, uint32_t mask, bool ftz, bool saturate)
{
    DST(f32, d);
    SRC(f32, a, 1);
    SRC(f32, b, 2);
    SRC(f32, c, 3);
    MOD_LOOP(float x = ftz ? flush(a[l]) : a[l]; float y = ftz ? flush(b[l]) : b[l]; float z = ftz ? flush(c[l]) : c[l], fmaf(x, y, z))
}
F32_ROW(fma_f32, SRC(f32, a, 1); SRC(f32, b, 2); SRC(f32, c, 3), __builtin_fmaf(a[l], b[l], c[l]))

/* Directed roundings: from a double rounded to odd, which still knows on which side the exact value lies. */
static inline float directed(double odd, Dir d)
{
    float r = (float)odd;
    return r != r ? f32_of(0x7fffffff) : f32_of((uint32_t)step(bits_of(r), 31, ((double)r > odd) - ((double)r < odd), d));
}
#define DIRECTED(name, n_src, expr) \
    HANDLER(name) \
    { \
        DST(f32, d); \
        const f32 *a = slot(w, i->o[1]), *b = slot(w, i->o[2]), *c = slot(w, i->o[n_src]); \
        bool ftz = mod_has(&i->mods, M_FTZ), saturate = mod_has(&i->mods, M_SAT); \
        Dir dir = direction(&i->mods); \
        EACH_LANE { \
            double x = (double)(ftz ? flush(a[l]) : a[l]), y = (double)(ftz ? flush(b[l]) : b[l]), z = (double)(ftz ? flush(c[l]) : c[l]); \
            (void)z; \
            float r = directed(expr, dir); \
            if (r == 0.0f && dir == TO_MINUS && (name##_cancels)) \
                r = -0.0f; \
            r = ftz ? flush(r) : r; \
            d[l] = saturate ? sat(r) : r; \
        } \
    }
/* An exact zero of two opposite addends is -0 when rounding down. */
#define add_dir_cancels (x != 0 || signbit(x) != signbit(y))
#define sub_dir_cancels (x != 0 || signbit(x) == signbit(y))
#define mul_dir_cancels false
#define fma_dir_cancels (x * y == -z && (z != 0 || signbit(x * y) != signbit(z)))
DIRECTED(add_dir, 2, add_odd(x, y))
DIRECTED(sub_dir, 2, add_odd(x, -y))
DIRECTED(mul_dir, 2, x * y)
DIRECTED(fma_dir, 3, add_odd(x * y, z))

BINARY(add_f64, f64, f64, a[l] + b[l])
BINARY(sub_f64, f64, f64, a[l] - b[l])
BINARY(mul_f64, f64, f64, a[l] * b[l])
BINARY(div_f64, f64, f64, a[l] / b[l])
TERNARY(fma_f64, f64, f64, __builtin_fma(a[l], b[l], c[l]))
UNARY(rcp_f64, f64, f64, 1.0 / a[l])
UNARY(sqrt_f64, f64, f64, sqrt(a[l]))

/* ── sign and order; -0 is less than +0 ── */

UNARY(neg_f32, u32, u32, a[l] ^ 0x80000000)
UNARY(abs_f32, u32, u32, a[l] & 0x7fffffff)
HANDLER(neg_ftz)
{
    DST(f32, d);
    SRC(f32, a, 1);
    EACH(f32, d, -flush(a[l]));
}
HANDLER(abs_ftz)
{
    DST(f32, d);
    SRC(f32, a, 1);
    EACH(f32, d, f32_of(bits_of(flush(a[l])) & 0x7fffffff));
}
UNARY(neg_f64, u64, u64, a[l] ^ (u64)1 << 63)
UNARY(abs_f64, u64, u64, a[l] & ~((u64)1 << 63))
BINARY(copysign_f32, u32, u32, (a[l] & 0x80000000) | (b[l] & 0x7fffffff))
BINARY(copysign_f64, u64, u64, (a[l] & (u64)1 << 63) | (b[l] & ~((u64)1 << 63)))

static inline float min32(float a, float b) { return a < b || (a == b && bits_of(a) >> 31) ? a : b; }
static inline float max32(float a, float b) { return a > b || (a == b && !(bits_of(a) >> 31)) ? a : b; }
static inline float num32(float r, float a, float b) { return a != a ? canon(b) : b != b ? a : r; }
static inline float nan32(float r, float a, float b) { return a != a || b != b ? f32_of(0x7fffffff) : r; }
static inline double min64(double a, double b) { return a != a ? b : b != b ? a : a < b || (a == b && bits_of64(a) >> 63) ? a : b; }
static inline double max64(double a, double b) { return a != a ? b : b != b ? a : a > b || (a == b && !(bits_of64(a) >> 63)) ? a : b; }
#define MINMAX(which) \
    BINARY(which##_f64, f64, f64, which##64(a[l], b[l])) \
    HANDLER(which##_f32) \
    { \
        DST(f32, d); \
        SRC(f32, a, 1); \
        SRC(f32, b, 2); \
        bool nan = mod_has(&i->mods, M_NAN_), ftz = mod_has(&i->mods, M_FTZ); \
        if (nan && !ftz) \
            EACH(f32, d, nan32(which##32(a[l], b[l]), a[l], b[l])); \
        else if (!ftz) \
            EACH(f32, d, num32(which##32(a[l], b[l]), a[l], b[l])); \
        else \
            EACH_LANE { \
                float x = flush(a[l]), y = flush(b[l]), r = which##32(x, y); \
                d[l] = nan ? nan32(r, x, y) : num32(r, x, y); \
            } \
    }
MINMAX(min)
MINMAX(max)

static inline bool test_bits(uint64_t b, int kind, unsigned exp_bits, unsigned frac_bits)
{
    uint64_t top = ((uint64_t)1 << exp_bits) - 1, e = b >> frac_bits & top, m = b & (((uint64_t)1 << frac_bits) - 1);
    switch (kind) {
    case M_FINITE: return e != top;
    case M_INFINITE: return e == top && !m;
    case M_NUMBER: return e != top || !m;
    case M_NOTANUMBER: return e == top && m;
    case M_NORMAL: return e && e != top;
    default: return !e && m;
    }
}
static int test_kind(const Inst *i)
{
    int k = M_FINITE;
    while (k < M_SUBNORMAL && !mod_has(&i->mods, (Mod)k))
        k++;
    return k;
}
HANDLER(testp_f32)
{
    DST(pred, d);
    SRC(u32, a, 1);
    int k = test_kind(i);
    EACH_LANE d[l] = test_bits(a[l], k, 8, 23);
}
HANDLER(testp_f64)
{
    DST(pred, d);
    SRC(u64, a, 1);
    int k = test_kind(i);
    EACH_LANE d[l] = test_bits(a[l], k, 11, 52);
}

/* ── approximations ── */

#define APPROX(name, expr) \
    HANDLER(name) \
    { \
        DST(f32, d); \
        SRC(f32, a, 1); \
        uint64_t seed = warp_seed(w); \
        bool ftz = mod_has(&i->mods, M_FTZ); \
        EACH_LANE { \
            float v = ftz ? flush(a[l]) : a[l]; \
            double x = (double)v; \
            float r = perturb(canon((float)(expr)), bits_of(v), seed); \
            d[l] = ftz ? flush(r) : r; \
        } \
    }
APPROX(ex2_f32, exp2(x))
APPROX(lg2_f32, log2(x))
APPROX(sin_f32, sin(x))
APPROX(cos_f32, cos(x))
APPROX(tanh_f32, tanh(x))
APPROX(rsqrt_f32, 1 / sqrt(x))
APPROX(rcp_approx, 1 / x)
APPROX(sqrt_approx, sqrt(x))
UNARY(rsqrt_f64, f64, f64, 1 / sqrt(a[l]))
HANDLER(div_approx)
{
    DST(f32, d);
    SRC(f32, a, 1);
    SRC(f32, b, 2);
    uint64_t seed = warp_seed(w);
    bool ftz = mod_has(&i->mods, M_FTZ);
    EACH_LANE {
        float x = ftz ? flush(a[l]) : a[l], y = ftz ? flush(b[l]) : b[l];
        float r = perturb(canon(x / y), bits_of(x) ^ bits_of(y) * 31, seed);
        d[l] = ftz ? flush(r) : r;
    }
}

#define RR "=0 0 0"
#define FTZ_SAT "rn ftz sat"
ROWS(rows_float) = {
    {"add", "", FTZ_SAT, "f32", RR, add_f32}, {"sub", "", FTZ_SAT, "f32", RR, sub_f32}, {"mul", "", FTZ_SAT, "f32", RR, mul_f32},
    {"fma", "rn", "ftz sat", "f32", "=0 0 0 0", fma_f32}, {"mad", "rn", "ftz sat", "f32", "=0 0 0 0", fma_f32},
    {"add", "rz|rm|rp", "ftz sat", "f32", RR, add_dir}, {"sub", "rz|rm|rp", "ftz sat", "f32", RR, sub_dir}, {"mul", "rz|rm|rp", "ftz sat", "f32", RR, mul_dir},
    {"fma", "rz|rm|rp", "ftz sat", "f32", "=0 0 0 0", fma_dir},
    {"div", "rn", "ftz", "f32", RR, div_f32}, {"rcp", "rn", "ftz", "f32", "=0 0", rcp_f32}, {"sqrt", "rn", "ftz", "f32", "=0 0", sqrt_f32},
    {"div", "approx|full", "ftz", "f32", RR, div_approx}, {"rcp", "approx", "ftz", "f32", "=0 0", rcp_approx}, {"sqrt", "approx", "ftz", "f32", "=0 0", sqrt_approx},
    {"add", "", "rn", "f64", RR, add_f64}, {"sub", "", "rn", "f64", RR, sub_f64}, {"mul", "", "rn", "f64", RR, mul_f64}, {"div", "rn", "", "f64", RR, div_f64},
    {"fma", "rn", "", "f64", "=0 0 0 0", fma_f64}, {"mad", "rn", "", "f64", "=0 0 0 0", fma_f64}, {"rcp", "rn", "", "f64", "=0 0", rcp_f64},
    {"sqrt", "rn", "", "f64", "=0 0", sqrt_f64}, {"rsqrt", "approx", "ftz", "f64", "=0 0", rsqrt_f64},
    {"neg", "", "", "f32", "=0 0", neg_f32}, {"abs", "", "", "f32", "=0 0", abs_f32}, {"neg", "ftz", "", "f32", "=0 0", neg_ftz}, {"abs", "ftz", "", "f32", "=0 0", abs_ftz},
    {"neg", "", "", "f64", "=0 0", neg_f64}, {"abs", "", "", "f64", "=0 0", abs_f64},
    {"copysign", "", "", "f32", RR, copysign_f32}, {"copysign", "", "", "f64", RR, copysign_f64},
    {"min", "", "ftz", "f32", RR, min_f32}, {"max", "", "ftz", "f32", RR, max_f32}, {"min", "NaN", "ftz", "f32", RR, min_f32, 80, 70},
    {"max", "NaN", "ftz", "f32", RR, max_f32, 80, 70}, {"min", "", "", "f64", RR, min_f64}, {"max", "", "", "f64", RR, max_f64},
    {"testp", "finite|infinite|number|notanumber|normal|subnormal", "", "f32", "=p 0", testp_f32},
    {"testp", "finite|infinite|number|notanumber|normal|subnormal", "", "f64", "=p 0", testp_f64},
    {"ex2", "approx", "ftz", "f32", "=0 0", ex2_f32}, {"lg2", "approx", "ftz", "f32", "=0 0", lg2_f32}, {"sin", "approx", "ftz", "f32", "=0 0", sin_f32},
    {"cos", "approx", "ftz", "f32", "=0 0", cos_f32}, {"tanh", "approx", "", "f32", "=0 0", tanh_f32, 75, 70}, {"rsqrt", "approx", "ftz", "f32", "=0 0", rsqrt_f32},
    END_ROWS,
};
