/* SPDX-License-Identifier: MIT
 * cpu: micro-kernels for any machine: 4 × 8 over vectors of 4 floats. Without an fma instruction the step is libm's exact fmaf, so that
 * the bits are those of the other levels; it is slow. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#define VW 4
typedef float vf __attribute__((vector_size(16)));
typedef struct { int lo, hi; } vm; /* lanes lo ≤ l < hi */
#define vf_zero() ((vf){0})
#define vf_set1(x) ((vf){(x), (x), (x), (x)})
static inline vm vm_range(int lo, int hi) { return (vm){lo < 0 ? 0 : lo, hi > VW ? VW : hi}; }
static inline vf vf_load(const float *p)
{
    vf v;
    memcpy(&v, p, sizeof v);
    return v;
}
static inline vf vf_loadm(const float *p, vm m)
{
    vf v = vf_zero();
    for (int l = m.lo; l < m.hi; l++) {
        float x;
        memcpy(&x, p + l, sizeof x); /* as the other levels: at any address */
        v[l] = x;
    }
    return v;
}
static inline void vf_storem(float *p, vm m, vf v)
{
    for (int l = m.lo; l < m.hi; l++)
        p[l] = v[l];
}
static inline vf vf_even(vf a, vf b) { return (vf){a[0], a[2], b[0], b[2]}; }
static inline void vf_transpose(vf r[4])
{
    vf t[4] = {r[0], r[1], r[2], r[3]};
    for (int i = 0; i < 4; i++)
        r[i] = (vf){t[0][i], t[1][i], t[2][i], t[3][i]};
}
static inline vf vf_fma(vf a, vf b, vf c)
{
    for (int l = 0; l < VW; l++)
        c[l] = fmaf(a[l], b[l], c[l]);
    return c;
}
static inline vf vf_greater(vf a, vf b)
{
    for (int l = 0; l < VW; l++)
        b[l] = a[l] > b[l] ? a[l] : b[l];
    return b;
}
static inline vf vf_less(vf a, vf b)
{
    for (int l = 0; l < VW; l++)
        b[l] = a[l] < b[l] ? a[l] : b[l];
    return b;
}
static inline vf vf_nan_kept(vf x, vf y, vf m)
{
    for (int l = 0; l < VW; l++)
        m[l] = x[l] != x[l] || y[l] != y[l] ? x[l] + y[l] : m[l];
    return m;
}
static inline vf vf_max(vf x, vf y)
{
    vf m = x;
    for (int l = 0; l < VW; l++)
        m[l] = x[l] < y[l] || (x[l] == y[l] && signbit(x[l])) ? y[l] : x[l];
    return vf_nan_kept(x, y, m);
}
static inline vf vf_min(vf x, vf y)
{
    vf m = x;
    for (int l = 0; l < VW; l++)
        m[l] = x[l] > y[l] || (x[l] == y[l] && !signbit(x[l])) ? y[l] : x[l];
    return vf_nan_kept(x, y, m);
}

#define MR 4
#define ROW_VECTORS 3 /* of an output row at a time */
#define ROWS(X) X(0) X(1) X(2) X(3)
#define PAIRS(X) X(0) X(1)
#define GEMV_PANELS_1 2
#define GEMV_PANELS_2 1
#define GEMV_PANELS_3 1
#define GEMV_PANELS_4 1
#include "base/dtype.h"
static void f16_load(float *dst, const void *src, int64_t step, int64_t n)
{
    const char *s = src;
    for (int64_t i = 0; i < n; i++) {
        uint16_t h;
        memcpy(&h, s + i * step * (int64_t)sizeof h, sizeof h);
        dst[i] = f16_to_f32(h);
    }
}
static void f16_store(void *dst, const float *src, int64_t step, int64_t n)
{
    uint16_t *d = dst;
    for (int64_t i = 0; i < n; i++)
        d[i * step] = f32_to_f16(src[i]);
}
#define ULEVEL CPU_BASELINE
#define ULEVEL_NAME ulevel_baseline
extern const struct ULevel ulevel_baseline;
#include "backend/cpu/ukernel_impl.h"

typedef int32_t vi __attribute__((vector_size(16)));
#define vi_zero() ((vi){0})
#define vi_set1(x) ((vi){(int32_t)(x), (int32_t)(x), (int32_t)(x), (int32_t)(x)})
static inline vi vi_load(const void *p)
{
    vi v;
    memcpy(&v, p, sizeof v);
    return v;
}
static inline void vi_store(void *p, vi v) { memcpy(p, &v, sizeof v); }
static inline vi vi_shl(vi v, int n)
{
    for (int l = 0; l < VW; l++)
        v[l] = (int32_t)((uint32_t)v[l] << n);
    return v;
}
#define vi_sub(a, b) ((a) - (b)) /* of bytes: never overflows */
static inline vi vi_add(vi a, vi b)
{
    for (int l = 0; l < VW; l++)
        a[l] = (int32_t)((uint32_t)a[l] + (uint32_t)b[l]);
    return a;
}
static inline vf vf_of(vi v) { return (vf){(float)v[0], (float)v[1], (float)v[2], (float)v[3]}; }
static inline vf vf_rint(vf v) { return (vf){rintf(v[0]), rintf(v[1]), rintf(v[2]), rintf(v[3])}; }
static inline vi vi_clamped(vf x, float lo, float hi)
{
    vi v;
    for (int l = 0; l < VW; l++)
        v[l] = x[l] != x[l] ? 0 : x[l] < lo ? (int32_t)lo : x[l] > hi ? (int32_t)hi : (int32_t)x[l];
    return v;
}
static inline void vi_store_bytes(uint8_t *p, vi v, int n)
{
    for (int l = 0; l < n; l++)
        p[l] = (uint8_t)v[l];
}
static inline vi vi_row(const uint8_t *p, int64_t step, int lo, int hi, uint8_t pad)
{
    vi v;
    for (int l = 0; l < VW; l++)
        v[l] = l >= lo && l < hi ? p[l * step] : pad;
    return v;
}
static inline vi vi_loadm(const int32_t *p, vm m)
{
    vi v = {0};
    for (int l = m.lo; l < m.hi; l++)
        v[l] = p[l];
    return v;
}
static inline void vi_storem(int32_t *p, vm m, vi v)
{
    for (int l = m.lo; l < m.hi; l++)
        p[l] = v[l];
}
/* Halves lie in −255 … 255, so no product or sum of two overflows; the sum with acc wraps. */
static inline vi vi_dot(vi acc, vi r, vi c)
{
    for (int l = 0; l < VW; l++) {
        const uint32_t x = (uint32_t)r[l], y = (uint32_t)c[l];
        acc[l] = (int32_t)((uint32_t)acc[l] + (uint32_t)((int16_t)x * (int16_t)y + (int16_t)(x >> 16) * (int16_t)(y >> 16)));
    }
    return acc;
}
#define ILEVEL CPU_BASELINE
#define ILEVEL_NAME ilevel_baseline
#define IGROUP 2
extern const struct ILevel ilevel_baseline;
#include "backend/cpu/ukernel_int.h"
