/* SPDX-License-Identifier: MIT
 * cpu: the micro-kernels, written once. The including file defines vf (vector of VW floats), vf_zero vf_set1 vf_load
 * vf_fma, vf_even (lanes 0 2 4 … of two vectors), vf_transpose (VW of them), vm (lane mask) with vm_range vf_loadm vf_storem, vf_greater(a, b) = a > b ? a : b, vf_less, vf_max vf_min (NaN kept, −0 < +0), MR, ROWS(X) over 0 .. MR-1, PAIRS(X) over 0 .. MR/2-1, and
 * f16 row conversions. A tile is MR × 2·VW accumulators in named registers: rows above mr vanish when mr is constant. */
#include "backend/cpu/ukernel.h"

#include <string.h>

#define INLINE static inline __attribute__((always_inline))

/* min(max(x, lo), hi) where NaN is kept and −0 < +0. Of equal operands vf_greater gives the second, x: only −0 beside a bound of +0 is not what it should be, and
 * adding +0 mends that beforehand; adding −0 changes nothing. No bound hi is −0 (contract_match.c). */
typedef struct Clamp { vf lo, hi, zero; } Clamp;
INLINE Clamp clamp_of(float lo, float hi) { return (Clamp){vf_set1(lo), vf_set1(hi), vf_set1(lo == 0 && !__builtin_signbit(lo) ? 0.0f : -0.0f)}; }
INLINE vf clamp_vf(vf v, Clamp c) { return vf_less(c.hi, vf_greater(c.lo, v + c.zero)); }

/* Lanes of plane row i from j floats on, the lanes of m only. */
INLINE vf plane_load(const UPlane *p, int64_t i, int64_t j, vm m)
{
    if (!p->p)
        return vf_zero();
    return p->row ? vf_set1(p->p[i * p->rs]) : vf_loadm(p->p + i * p->rs + j, m);
}

/* Vector x of row i, `vector` of the tile. */
INLINE vf tile_end(const UTile *t, Clamp c, vf v, int64_t i, int64_t vector, vm m)
{
    if (t->add.p)
        v = v + plane_load(&t->add, i, vector * t->add.vs, m);
    return t->clamp ? clamp_vf(v, c) : v;
}

/* mr, nv, run and near are constants in every instance. run: 0: rows are packed; else so many of them follow each other in the operand, mr or a half; near: 16 floats apart
 * (pixels of blocks of channels). */
INLINE void tile(const int mr, const int nv, const int run, const bool near, const UTile *t)
{
    const vm m0 = vm_range(0, nv > 1 ? VW : t->n), m1 = vm_range(0, t->n - VW);
    const float *a = t->a, *b = t->b;
    const int32_t *koff = t->koff;
    const int64_t ldb = t->ldb, cvs = t->cvs, ars = near ? 16 : t->ars, ars3 = 3 * ars, jump = t->jump, next_step = t->next ? t->next_step : 0;
    const char *next = t->next ? t->next : (const char *)a;
#define DECLARE(i) vf x##i = vf_zero(), y##i = vf_zero();
    ROWS(DECLARE)
#define START(i) \
    if (mr > i) { \
        x##i = plane_load(&t->init, i, 0, m0); \
        if (nv > 1) \
            y##i = plane_load(&t->init, i, t->init.vs, m1); \
    }
    if (t->init.p) {
        ROWS(START)
    }
#define FETCH(i) \
    if (mr > i) { \
        __builtin_prefetch(t->c + i * t->crs, 1); \
        if (nv > 1) \
            __builtin_prefetch(t->c + i * t->crs + cvs, 1); \
    }
    ROWS(FETCH)
    for (int64_t k = t->kc; k > 0; k--) {
        vf b0 = vf_load(b), b1 = nv > 1 ? vf_load(b + VW) : b0;
        b += ldb;
        __builtin_prefetch(next, 0, 2);
        next += next_step;
        const float *first = run ? a + *koff++ : a, *r = first; /* r: of rows i, i + 1, i + 2: addresses of one base and one index */
#define STEP(i) \
    if (mr > i) { \
        if (run && i == run) \
            r = first + jump; \
        else if (run && !near && i % run && i % run % 3 == 0) \
            r += ars3; \
        vf s = vf_set1(run ? r[(near ? i % run : i % run % 3) * ars] : a[i]); \
        x##i = vf_fma(s, b0, x##i); \
        if (nv > 1) \
            y##i = vf_fma(s, b1, y##i); \
    }
        ROWS(STEP)
        if (!run)
            a += mr;
    }
    if (!t->add.p && !t->clamp) {
#define PLAIN(i) \
    if (mr > i) { \
        vf_storem(t->c + i * t->crs, m0, x##i); \
        if (nv > 1) \
            vf_storem(t->c + i * t->crs + cvs, m1, y##i); \
    }
        ROWS(PLAIN)
        return;
    }
    const Clamp clamp = clamp_of(t->lo, t->hi);
#define FINISH(i) \
    if (mr > i) { \
        vf_storem(t->c + i * t->crs, m0, tile_end(t, clamp, x##i, i, 0, m0)); \
        if (nv > 1) \
            vf_storem(t->c + i * t->crs + cvs, m1, tile_end(t, clamp, y##i, i, 1, m1)); \
    }
    ROWS(FINISH)
}

#define TILE(i) \
    static void tile_half_##i(const UTile *t) { tile(i + 1, 1, 0, false, t); } \
    static void tile_full_##i(const UTile *t) { tile(i + 1, 2, 0, false, t); } \
    static void direct_half_##i(const UTile *t) { t->ars == 16 ? tile(i + 1, 1, i + 1, true, t) : tile(i + 1, 1, i + 1, false, t); } \
    static void direct_full_##i(const UTile *t) { t->ars == 16 ? tile(i + 1, 2, i + 1, true, t) : tile(i + 1, 2, i + 1, false, t); }
ROWS(TILE)
#define PAIR(i) \
    static void pair_half_##i(const UTile *t) { tile(2 * i + 2, 1, i + 1, false, t); } \
    static void pair_full_##i(const UTile *t) { tile(2 * i + 2, 2, i + 1, false, t); }
PAIRS(PAIR)

/* Few rows: the accumulators go along the columns instead, over n_panels packed panels of 2 vectors. */
INLINE vm wide_mask(const UTile *t, int v) { return vm_range(0, t->n - v * VW); }

#define COLUMNS(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7)
INLINE void tile_wide(const int mr, const int nv, const UTile *t)
{
    const float *a = t->a, *b = t->b;
#define WDECLARE(v) vf p##v = vf_zero(), q##v = vf_zero(), r##v = vf_zero(), s##v = vf_zero();
    COLUMNS(WDECLARE)
#define WSTART(v) \
    if (nv > v) { \
        vm m = wide_mask(t, v); \
        p##v = plane_load(&t->init, 0, v * VW, m); \
        if (mr > 1) q##v = plane_load(&t->init, 1, v * VW, m); \
        if (mr > 2) r##v = plane_load(&t->init, 2, v * VW, m); \
        if (mr > 3) s##v = plane_load(&t->init, 3, v * VW, m); \
    }
    COLUMNS(WSTART)
    for (int64_t k = t->kc; k > 0; k--, a += mr, b += t->ldb) {
        vf a0 = vf_set1(a[0]), a1 = mr > 1 ? vf_set1(a[1]) : a0, a2 = mr > 2 ? vf_set1(a[2]) : a0, a3 = mr > 3 ? vf_set1(a[3]) : a0;
#define WSTEP(v) \
    if (nv > v) { \
        vf w = vf_load(b + (v / 2) * t->b_panel + (v % 2) * VW); \
        p##v = vf_fma(a0, w, p##v); \
        if (mr > 1) q##v = vf_fma(a1, w, q##v); \
        if (mr > 2) r##v = vf_fma(a2, w, r##v); \
        if (mr > 3) s##v = vf_fma(a3, w, s##v); \
    }
        COLUMNS(WSTEP)
    }
    const Clamp clamp = clamp_of(t->lo, t->hi);
#define WEND(v, i, x) vf_storem(t->c + i * t->crs + v * VW, m, tile_end(t, clamp, x, i, v, m))
#define WFINISH(v) \
    if (nv > v && t->n > v * VW) { \
        vm m = wide_mask(t, v); \
        WEND(v, 0, p##v); \
        if (mr > 1) WEND(v, 1, q##v); \
        if (mr > 2) WEND(v, 2, r##v); \
        if (mr > 3) WEND(v, 3, s##v); \
    }
    COLUMNS(WFINISH)
}
static void wide_1(const UTile *t) { tile_wide(1, 2 * GEMV_PANELS_1, t); }
static void wide_2(const UTile *t) { tile_wide(2, 2 * GEMV_PANELS_2, t); }
static void wide_3(const UTile *t) { tile_wide(3, 2 * GEMV_PANELS_3, t); }
static void wide_4(const UTile *t) { tile_wide(4, 2 * GEMV_PANELS_4, t); }

/* Every other float; nothing beyond the last one is read. */
INLINE void load_even(float *dst, const float *s, int64_t n)
{
    for (int64_t i = 0; i < n; i += VW) {
        int k = n - i < VW ? (int)(n - i) : VW, e = 2 * k - 1;
        vf a = vf_loadm(s + 2 * i, vm_range(0, e)), b = vf_loadm(s + 2 * i + VW, vm_range(0, e - VW));
        vf_storem(dst + i, vm_range(0, k), vf_even(a, b));
    }
}

/* f32, f16, bf16 → f32, from any address: weights of a file are not aligned. */
static void load(float *dst, const void *src, DType type, int64_t step, int64_t n)
{
    if (type == DT_f32 && step == 1) {
        memcpy(dst, src, (size_t)n * sizeof *dst);
    } else if (type == DT_f32 && step == 2) {
        load_even(dst, src, n);
    } else if (type == DT_f32) {
        const char *s = src;
        for (int64_t i = 0; i < n; i++)
            memcpy(dst + i, s + i * step * (int64_t)sizeof *dst, sizeof *dst);
    } else if (type == DT_bf16) {
        const char *s = src;
        for (int64_t i = 0; i < n; i++) {
            uint16_t h;
            memcpy(&h, s + i * step * (int64_t)sizeof h, sizeof h);
            uint32_t u = (uint32_t)h << 16;
            memcpy(dst + i, &u, sizeof u);
        }
    } else {
        f16_load(dst, src, step, n);
    }
}

static void store(void *dst, const float *src, DType type, int64_t step, int64_t n)
{
    if (type == DT_f32 && step == 1) {
        memcpy(dst, src, (size_t)n * sizeof *src);
    } else if (type == DT_f32) {
        float *d = dst;
        for (int64_t i = 0; i < n; i++)
            d[i * step] = src[i];
    } else if (type == DT_bf16) {
        uint16_t *d = dst;
        for (int64_t i = 0; i < n; i++)
            d[i * step] = f32_to_bf16(src[i]);
    } else {
        f16_store(dst, src, step, n);
    }
}

/* Whole rows of f32 with stride 1: plain matrices and 1x1 convolutions. A row is read across all panels before the next one. */
static void copy_f32(const UCopy *c)
{
    const float *src = (const float *)(const void *)c->src + c->at;
    for (int64_t k = 0; k < c->kc; k++) {
        float *d = c->dst + k * c->ld;
        const float *s = src + c->koff[k];
        for (int n = c->n; n > 0; n -= (int)c->ld, s += c->ld, d += c->panel)
            for (int v = 0; v < c->ld && v < n; v += VW) {
                vm m = vm_range(0, n - v < c->ld - v ? n - v : (int)(c->ld - v));
                vf_storem(d + v, m, vf_loadm(s + v, m));
            }
    }
}

static void copy_f32_guarded(const UCopy *c)
{
    const float *src = (const float *)(const void *)c->src;
    for (int64_t k = 0; k < c->kc; k++) {
        float *d = c->dst + k * c->ld;
        int64_t s = c->at + c->koff[k];
        for (int v = 0; v < c->n; v += VW) {
            vf x = vf_zero();
            if (c->lo[k] < v + VW && c->hi[k] > v)
                x = vf_loadm(src + (s + v), vm_range(c->lo[k] - v, c->hi[k] - v));
            vf_storem(d + v, vm_range(0, c->n - v), x);
        }
    }
}

static void copy(const UCopy *c)
{
    if (c->type == DT_f32 && c->step == 1) {
        (c->lo ? copy_f32_guarded : copy_f32)(c);
        return;
    }
    size_t size = dtype_info[c->type].bytes;
    for (int64_t k = 0; k < c->kc; k++) {
        float *d = c->dst + k * c->ld;
        int lo = c->lo ? c->lo[k] : 0, hi = c->lo ? c->hi[k] : c->n;
        if (lo > 0 || hi < c->n)
            memset(d, 0, (size_t)c->n * sizeof *d);
        if (lo < hi)
            load(d + lo, c->src + (c->at + c->koff[k] + lo * c->step) * (int64_t)size, c->type, c->step, hi - lo);
    }
}

/* VW terms (or the last m) of n ≤ VW rows. */
INLINE void transpose_block(float *dst, int64_t ld, const float *const *rows, int n, int64_t k, int m)
{
    const vm whole = vm_range(0, m), out = vm_range(0, n);
    vf r[VW];
#pragma GCC unroll 16
    for (int i = 0; i < VW; i++)
        r[i] = i < n ? vf_loadm(rows[i] + k, whole) : vf_zero();
    vf_transpose(r);
#pragma GCC unroll 16
    for (int j = 0; j < VW; j++)
        if (j < m)
            vf_storem(dst + (k + j) * ld, out, r[j]);
}

static void transpose(float *dst, int64_t ld, const float *const *rows, int n, int64_t kc)
{
    for (int i = 0; i < n; i += VW) {
        int w = n - i < VW ? n - i : VW;
        int64_t k = 0;
        for (; k + VW <= kc; k += VW)
            transpose_block(dst + i, ld, rows + i, w, k, VW);
        if (k < kc)
            transpose_block(dst + i, ld, rows + i, w, k, (int)(kc - k));
    }
}

static void finish(float *c, const float *add, bool add_one, bool clamp, float lo, float hi, int64_t n)
{
    for (int64_t j = 0; j < n; j += VW) {
        vm m = vm_range(0, n - j > VW ? VW : (int)(n - j));
        vf v = vf_loadm(c + j, m);
        if (add)
            v = v + (add_one ? vf_set1(*add) : vf_loadm(add + j, m));
        vf_storem(c + j, m, clamp ? clamp_vf(v, clamp_of(lo, hi)) : v);
    }
}

/* nv vectors of m output rows, from column j. */
INLINE void row_block(const int m, const int nv, const URow *r, int64_t j, vm last)
{
    const vm all = vm_range(0, VW);
    const float *w = r->w;
    vf acc[UK_ROWS][ROW_VECTORS], x[ROW_VECTORS];
#define EACH_ROW(i) _Pragma("GCC unroll 4") for (int i = 0; i < m; i++)
#define VECTORS(v) _Pragma("GCC unroll 8") for (int v = 0; v < nv; v++)
    EACH_ROW(i)
        VECTORS(v)
            acc[i][v] = plane_load(&r->init, i, j + v * VW, v == nv - 1 ? last : all);
    for (int k = 0; k < r->n_taps; k++, w += r->ws) {
        const float *at = r->tap[k] + j;
        VECTORS(v)
            x[v] = vf_loadm(at + v * VW, v == nv - 1 ? last : all);
        EACH_ROW(i) {
            const vf one = vf_set1(w[i]);
            VECTORS(v)
                acc[i][v] = vf_fma(one, x[v], acc[i][v]);
        }
    }
    EACH_ROW(i)
        VECTORS(v) {
            const vm to = v == nv - 1 ? last : all;
            if (r->add.p)
                acc[i][v] = acc[i][v] + plane_load(&r->add, i, j + v * VW, to);
            vf_storem(r->y + i * r->ys + j + v * VW, to, r->clamp ? clamp_vf(acc[i][v], clamp_of(r->lo, r->hi)) : acc[i][v]);
        }
}

INLINE void row_blocks(const int m, const URow *r)
{
    const int64_t vectors = (r->n + VW - 1) / VW, parts = (vectors + ROW_VECTORS - 1) / ROW_VECTORS, h = vectors / parts, tall = vectors % parts; /* as even as can be */
    for (int64_t i = 0, v = 0; i < parts; v += h + (i < tall), i++) {
        const vm last = vm_range(0, i == parts - 1 ? (int)((r->n - 1) % VW) + 1 : VW);
        switch (h + (i < tall)) { /* the number must be a constant inside */
#define ROW_CASE(nv) case nv: row_block(m, nv <= ROW_VECTORS ? nv : 1, r, v * VW, last); break;
            ROW_CASE(1) ROW_CASE(2) ROW_CASE(3) ROW_CASE(4) ROW_CASE(5) ROW_CASE(6)
        }
    }
}

static void row(const URow *r)
{
    switch (r->m) {
    case 1: row_blocks(1, r); break;
    case 2: row_blocks(2, r); break;
    case 3: row_blocks(3, r); break;
    default: row_blocks(4, r);
    }
}

/* np pixels, one vector of each, `step` floats apart; 0: l->xs. Both are constants in every instance. */
INLINE void lanes_block(const int np, const int64_t step, const ULanes *l, int64_t q, int v)
{
    const vm all = vm_range(0, VW);
    const int64_t xs = step ? step : l->xs, xs3 = 3 * xs, xs5 = 5 * xs, xs7 = 7 * xs, ld = l->lanes, ys = l->ys, adds = l->adds;
    const int64_t at[8] = {0, xs, 2 * xs, xs3, 4 * xs, xs5, 2 * xs3, xs7}; /* of pixels: one register and a scale each */
    const float *w = l->w + v, *from = l->x + q * xs + v, *add = l->add ? l->add + q * adds + v : NULL;
    const int32_t *tap = l->tap;
    float *y = l->y + q * ys + v;
    vf acc[8];
#define PIXELS(p) _Pragma("GCC unroll 8") for (int p = 0; p < np; p++)
    PIXELS(p)
        acc[p] = l->init ? vf_load(l->init + v) : vf_zero();
    for (int k = l->n_taps; k > 0; k--, w += ld) {
        const float *x = from + *tap++;
        const vf s = vf_load(w);
        PIXELS(p)
            acc[p] = vf_fma(vf_load(x + at[p]), s, acc[p]);
    }
    if (add)
        PIXELS(p)
            acc[p] = acc[p] + vf_load(add + p * adds);
    if (l->clamp) {
        const Clamp clamp = clamp_of(l->lo, l->hi);
        PIXELS(p)
            acc[p] = clamp_vf(acc[p], clamp);
    }
    PIXELS(p)
        vf_storem(y + p * ys, all, acc[p]);
}

INLINE void extremum_block(const int np, const bool greatest, const ULanes *l, int64_t q, int v)
{
    const vm all = vm_range(0, VW);
    vf acc[8];
    PIXELS(p)
        acc[p] = vf_load(l->x + l->tap[0] + (q + p) * l->xs + v);
    for (int k = 1; k < l->n_taps; k++) {
        const float *x = l->x + l->tap[k] + q * l->xs + v;
        PIXELS(p) {
            acc[p] = greatest ? vf_max(acc[p], vf_load(x)) : vf_min(acc[p], vf_load(x));
            x += l->xs;
        }
    }
    PIXELS(p)
        vf_storem(l->y + (q + p) * l->ys + v, all, acc[p]);
}

static void extremum(const ULanes *l)
{
    for (int v = 0; v < l->lanes; v += VW) {
        int64_t q = 0;
        for (; q + 4 <= l->n; q += 4)
            (l->extremum > 0 ? extremum_block(4, true, l, q, v) : extremum_block(4, false, l, q, v));
        for (; q < l->n; q++)
            (l->extremum > 0 ? extremum_block(1, true, l, q, v) : extremum_block(1, false, l, q, v));
    }
}

INLINE void lanes_line(const int64_t step, const ULanes *l)
{
    const int64_t parts = (l->n + 7) / 8, h = l->n / parts, tall = l->n % parts; /* of 8 pixels at most, as even as can be */
    for (int v = 0; v < l->lanes; v += VW)
        for (int64_t i = 0, q = 0; i < parts; q += h + (i < tall), i++)
            switch (h + (i < tall)) { /* the number must be a constant inside */
#define LANES_CASE(p) case p: lanes_block(p, step, l, q, v); break;
                LANES_CASE(1) LANES_CASE(2) LANES_CASE(3) LANES_CASE(4) LANES_CASE(5) LANES_CASE(6) LANES_CASE(7) LANES_CASE(8)
            }
}

/* Blocks of channels, next to each other or every other one, are read at distances that instructions hold. */
static void lanes(const ULanes *l)
{
    if (l->extremum)
        extremum(l);
    else if (l->xs == 16)
        lanes_line(16, l);
    else if (l->xs == 32)
        lanes_line(32, l);
    else
        lanes_line(0, l);
}

/* ── Winograd F(4 × 4, 3 × 3), a channel a lane: interpolation at 0, ±A, ±B and infinity, A² = 1/2, B² = 2, which rounds less than at 0, ±1, ±2 ── */

/* Bᵀ · six values, from and to every `step`-th vector. */
INLINE void winograd_in_line(const int n, const vf *x, int from, vf *y, int to)
{
    const vf x0 = x[0], x1 = x[from], x2 = x[2 * from], x3 = x[3 * from];
    if (n == 4) {
        y[0] = x0 - x2;
        y[to] = x1 + x2;
        y[2 * to] = x2 - x1;
        y[3 * to] = x1 - x3;
        return;
    }
    const vf half = vf_set1(0.5f), two = vf_set1(2), both = vf_set1(2.5f), x4 = x[4 * from], x5 = x[5 * from];
    const vf even_a = x4 - two * x2, odd_a = vf_set1(WINOGRAD_A) * (x3 - two * x1), even_b = x4 - half * x2, odd_b = vf_set1(WINOGRAD_B) * (x3 - half * x1);
    y[0] = x0 - both * x2 + x4;
    y[to] = even_a + odd_a;
    y[2 * to] = even_a - odd_a;
    y[3 * to] = even_b + odd_b;
    y[4 * to] = even_b - odd_b;
    y[5 * to] = x1 - both * x3 + x5;
}

INLINE void winograd_in(const int n, const float *x, int64_t rs, int64_t ps, float *v, int64_t step)
{
    const vm all = vm_range(0, VW);
    for (int l = 0; l < 16; l += VW) {
        vf t[36], y[6];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++)
                y[j] = vf_load(x + i * rs + j * ps + l);
            winograd_in_line(n, y, 1, t + n * i, 1);
        }
        for (int j = 0; j < n; j++) {
            winograd_in_line(n, t + j, n, y, 1);
            for (int i = 0; i < n; i++)
                vf_storem(v + (n * i + j) * step + l, all, y[i]);
        }
    }
}
static void winograd_in_4(const float *x, int64_t rs, int64_t ps, float *v, int64_t step) { winograd_in(6, x, rs, ps, v, step); }
static void winograd_in_2(const float *x, int64_t rs, int64_t ps, float *v, int64_t step) { winograd_in(4, x, rs, ps, v, step); }

/* Aᵀ · n values. */
INLINE void winograd_out_line(const int n, const vf *m, int from, vf *y, int to)
{
    if (n == 4) {
        y[0] = m[0] + m[from] + m[2 * from];
        y[to] = m[from] - m[2 * from] - m[3 * from];
        return;
    }
    const vf half = vf_set1(0.5f), two = vf_set1(2);
    const vf even_a = m[from] + m[2 * from], even_b = m[3 * from] + m[4 * from];
    const vf odd_a = vf_set1(WINOGRAD_A) * (m[from] - m[2 * from]), odd_b = vf_set1(WINOGRAD_B) * (m[3 * from] - m[4 * from]);
    y[0] = m[0] + even_a + even_b;
    y[to] = odd_a + odd_b;
    y[2 * to] = half * even_a + two * even_b;
    y[3 * to] = half * odd_a + two * odd_b + m[5 * from];
}

INLINE void winograd_out(const int n, const float *m, int64_t step, const UPixels *to)
{
    const vm all = vm_range(0, VW);
    for (int l = 0; l < 16; l += VW) {
        const vf bias = to->bias ? vf_load(to->bias + l) : vf_zero();
        const Clamp clamp = clamp_of(to->lo, to->hi);
        vf x[6], t[24], z[4];
        for (int j = 0; j < n; j++) {
            for (int i = 0; i < n; i++)
                x[i] = vf_load(m + (n * i + j) * step + l);
            winograd_out_line(n, x, 1, t + j, n); /* t[n − 2][n] */
        }
        for (int i = 0; i < to->rows; i++) {
            winograd_out_line(n, t + n * i, 1, z, 1);
            for (int j = 0; j < to->cols; j++) {
                vf v = z[j] + bias;
                if (to->add)
                    v = v + vf_load(to->add + i * to->add_rs + j * to->add_ps + l);
                vf_storem(to->y + i * to->rs + j * to->ps + l, all, to->clamp ? clamp_vf(v, clamp) : v);
            }
        }
    }
}
static void winograd_out_4(const float *m, int64_t step, const UPixels *to) { winograd_out(6, m, step, to); }
static void winograd_out_2(const float *m, int64_t step, const UPixels *to) { winograd_out(4, m, step, to); }

#define HALF(i) tile_half_##i,
#define FULL(i) tile_full_##i,
#define DIRECT_HALF(i) direct_half_##i,
#define DIRECT_FULL(i) direct_full_##i,
#define PAIR_HALF(i) pair_half_##i,
#define PAIR_FULL(i) pair_full_##i,
const ULevel ULEVEL_NAME = {
    .level = ULEVEL,
    .mr = MR,
    .nr = 2 * VW,
    .gemm = {{ROWS(HALF)}, {ROWS(FULL)}},
    .direct = {{ROWS(DIRECT_HALF)}, {ROWS(DIRECT_FULL)}},
    .pairs = {{PAIRS(PAIR_HALF)}, {PAIRS(PAIR_FULL)}},
    .gemv = {wide_1, wide_2, wide_3, wide_4},
    .gemv_panels = {GEMV_PANELS_1, GEMV_PANELS_2, GEMV_PANELS_3, GEMV_PANELS_4},
    .copy = copy,
    .transpose = transpose,
    .load = load,
    .store = store,
    .finish = finish,
    .row = row,
    .lanes = lanes,
    .winograd_in = {winograd_in_4, winograd_in_2},
    .winograd_out = {winograd_out_4, winograd_out_2},
};
