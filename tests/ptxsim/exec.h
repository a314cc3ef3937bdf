/* SPDX-License-Identifier: MIT
 * ptxsim: how handlers of plain instructions are written. Each file of exec_*.c that includes this is compiled twice, with LEVEL base and v3
 * (AVX2, FMA); its rows carry the level in their name. A handler is one loop over the lanes of typed slots. */
#ifndef PTXSIM_EXEC_H
#define PTXSIM_EXEC_H

#include "sim.h"

#define ROWS(name) const OpRow PASTE(name, LEVEL)[]
#define END_ROWS {0}

#define HANDLER(name) static void name(Warp *w, const Inst *i, uint32_t mask)
#define DST(T, d) T *d = slot(w, i->o[0])
#define SRC(T, a, k) const T *a = slot(w, i->o[k])

/* d = expr of a[l], b[l], c[l]; T destination, S sources */
#define UNARY(name, T, S, expr) \
    HANDLER(name) \
    { \
        DST(T, d); \
        SRC(S, a, 1); \
        EACH(T, d, expr); \
    }
#define BINARY(name, T, S, expr) \
    HANDLER(name) \
    { \
        DST(T, d); \
        SRC(S, a, 1); \
        SRC(S, b, 2); \
        EACH(T, d, expr); \
    }
#define TERNARY(name, T, S, expr) \
    HANDLER(name) \
    { \
        DST(T, d); \
        SRC(S, a, 1); \
        SRC(S, b, 2); \
        SRC(S, c, 3); \
        EACH(T, d, expr); \
    }

static inline float f32_of(uint32_t b)
{
    float f;
    memcpy(&f, &b, 4);
    return f;
}
static inline uint32_t bits_of(float f)
{
    uint32_t b;
    memcpy(&b, &f, 4);
    return b;
}
static inline double f64_of(uint64_t b)
{
    double f;
    memcpy(&f, &b, 8);
    return f;
}
static inline uint64_t bits_of64(double f)
{
    uint64_t b;
    memcpy(&b, &f, 8);
    return b;
}
/* NaN results of f32 arithmetic are this one on the hardware. */
static inline float canon(float x) { return x != x ? f32_of(0x7fffffff) : x; }
static inline float flush(float x)
{
    uint32_t b = bits_of(x);
    return (b & 0x7f800000) ? x : f32_of(b & 0x80000000);
}

/* ── 16-bit floats: branch-free both ways, round to nearest even ── */

static inline float f32_of_bf16(uint16_t h) { return f32_of((uint32_t)h << 16); }
static inline uint16_t bf16_of_f32(float f)
{
    uint32_t b = bits_of(f), r = (b + 0x7fff + (b >> 16 & 1)) >> 16;
    return (uint16_t)((b & 0x7fffffff) > 0x7f800000 ? 0x7fff : r);
}
static inline float f32_of_f16(uint16_t h)
{
    uint32_t m = (uint32_t)(h & 0x7fff) << 13, s = (uint32_t)(h & 0x8000) << 16;
    float scaled = f32_of(m) * 0x1p112f; /* exact: also turns subnormals into normals */
    uint32_t special = m >= 0x0f800000 ? 0x7f800000u | m : bits_of(scaled);
    return f32_of(s | special);
}
static inline uint16_t f16_of_f32(float f)
{
    uint32_t b = bits_of(f), s = b >> 16 & 0x8000, a = b & 0x7fffffff;
    uint32_t normal = (a - 0x38000000u + 0xfff + (a >> 13 & 1)) >> 13;
    /* Below 2^-14 the sum with 0.5 leaves the rounded subnormal in the low bits. */
    uint32_t tiny = bits_of(f32_of(a < 0x38800000 ? a : 0) + 0.5f) - 0x3f000000;
    uint32_t r = a < 0x38800000 ? tiny : normal;
    r = a >= 0x477ff000 ? 0x7c00 : r;
    return (uint16_t)(a > 0x7f800000 ? 0x7fff : s | r);
}

/* ── rounding in a direction: nearest first, then one step if the direction asks for it ── */

typedef enum Dir { NEAREST, TO_ZERO, TO_MINUS, TO_PLUS } Dir;
static inline Dir direction(const ModSet *m) { return mod_has(m, M_RZ) ? TO_ZERO : mod_has(m, M_RM) ? TO_MINUS : mod_has(m, M_RP) ? TO_PLUS : NEAREST; }

/* order: sign of (rounded - exact). bits: sign and magnitude of any format. */
static inline uint64_t step(uint64_t bits, unsigned sign_bit, int order, Dir d)
{
    bool neg = bits >> sign_bit & 1, magnitude_up = (order > 0) != neg;
    if (!order || d == NEAREST)
        return bits;
    if (d == TO_ZERO)
        return magnitude_up ? bits - 1 : bits;
    bool wrong = d == TO_MINUS ? order > 0 : order < 0;
    if (!wrong)
        return bits;
    if (!(bits << (63 - sign_bit) << 1)) /* from zero to the other side's smallest */
        return ((uint64_t)(d == TO_MINUS) << sign_bit) | 1;
    return magnitude_up ? bits - 1 : bits + 1;
}

/* p + c rounded to odd: exact sum if representable, else the neighbour with the last bit set. */
static inline double add_odd(double p, double c)
{
    double s = p + c, t = s - p, e = (p - (s - t)) + (c - t);
    uint64_t b = bits_of64(s);
    if (e == 0 || !__builtin_isfinite(s) || b & 1)
        return s;
    return f64_of((e > 0) == !(b >> 63) ? b + 1 : b - 1);
}
/* ── approximations: the result moved by -1, 0 or 1 unit in the last place, by seed and input. Zeros, one, infinities and NaN stay. ── */

static inline uint64_t mix(uint64_t x)
{
    x ^= x >> 31;
    x *= 0x9e3779b97f4a7c15u;
    x ^= x >> 29;
    return x * 0xbf58476d1ce4e5b9u;
}
static inline float perturb(float x, uint32_t in, uint64_t seed)
{
    uint32_t b = bits_of(x), a = b & 0x7fffffff;
    if (a == 0 || a >= 0x7f7fffff || a == 0x3f800000 || a == 0x00800000)
        return x;
    return f32_of(b + (uint32_t)(mix(seed + in) >> 40) % 3 - 1);
}
static inline uint64_t warp_seed(const Warp *w) { return w->b->launch->sim->cfg.seed; }

#endif
