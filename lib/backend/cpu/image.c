/* SPDX-License-Identifier: MIT
 * cpu: copies of an operand with its padding; see image.h. */
#include "backend/cpu/image.h"

#include <stdlib.h>
#include <string.h>

static int64_t within(int64_t v, int64_t n) { return v < 0 ? 0 : v > n ? n : v; }

static ImageDim guard_dim(const Nest *n, const NestGuard *g)
{
    ImageDim d = {.src = g->stride};
    int64_t lo = g->start, hi = g->start;
    for (int i = 0; i < n->n_axes; i++) {
        int64_t span = g->coef[i] * (n->extent[i] - 1);
        *(span < 0 ? &lo : &hi) += span;
        d.by[i] = g->coef[i];
    }
    d.n = hi - lo + 1, d.start = g->start - lo, d.least = lo;
    d.lo = within(-lo, d.n), d.hi = within(g->extent - lo, d.n);
    return d;
}

/* Adds an axis that moves no guard, in ascending order of steps: it goes on in the dimension before it where they overlap (a window that needs no padding). */
static bool add_free(Image *im, int first, int64_t step, int64_t extent, int axis)
{
    ImageDim *last = im->n > first ? &im->d[im->n - 1] : NULL;
    if (last && step < last->src * last->n) {
        if (step % last->src)
            return false;
        last->by[axis] = step / last->src;
        last->n += last->by[axis] * (extent - 1);
        last->hi = last->n;
        return true;
    }
    im->d[im->n++] = (ImageDim){.n = extent, .hi = extent, .src = step, .guard = -1};
    im->d[im->n - 1].by[axis] = 1;
    return true;
}

static int by_source(const void *a, const void *b)
{
    const ImageDim *x = a, *y = b;
    return (x->src > y->src) - (x->src < y->src);
}

bool image_make(const Nest *n, Image *im)
{
    const NestOperand *a = &n->a;
    int64_t rest[NEST_AXES];
    *im = (Image){.base = a->offset, .floats = 1};
    memcpy(rest, a->coef, sizeof rest);
    for (int g = 0; g < a->n_guards; g++) {
        if (a->guard[g].div > 1 || a->guard[g].stride <= 0)
            return false;
        im->d[im->n] = guard_dim(n, &a->guard[g]);
        im->d[im->n].guard = g;
        im->base -= im->d[im->n].start * im->d[im->n].src;
        im->n++;
        for (int i = 0; i < n->n_axes; i++)
            rest[i] -= a->guard[g].coef[i] * a->guard[g].stride;
    }
    const int first = im->n;
    for (int64_t least = 0;;) { /* axes by ascending step */
        int64_t step = INT64_MAX;
        for (int i = 0; i < n->n_axes; i++)
            step = rest[i] > least && rest[i] < step ? rest[i] : step;
        if (step == INT64_MAX)
            break;
        for (int i = 0; i < n->n_axes; i++)
            if (rest[i] < 0 || (rest[i] == step && !add_free(im, first, step, n->extent[i], i)))
                return false;
        least = step;
    }
    qsort(im->d, (size_t)im->n, sizeof *im->d, by_source);
    for (int i = 0; i < im->n; i++) {
        im->d[i].dst = im->floats;
        if (__builtin_mul_overflow(im->floats, im->d[i].n, &im->floats) || im->floats > INT32_MAX)
            return false;
    }
    im->first = im->base;
    return im->n > 0;
}

NestOperand image_operand(const Nest *n, const Image *im, float *p)
{
    NestOperand o = {.p = p, .type = DT_f32};
    for (int i = 0; i < im->n; i++) {
        o.offset += im->d[i].start * im->d[i].dst;
        for (int ax = 0; ax < n->n_axes; ax++)
            o.coef[ax] += im->d[i].by[ax] * im->d[i].dst;
    }
    return o;
}

typedef struct FillRun { const Image *im; const float *src; float *dst, outside; int inner; int64_t unit, rows, chunk; } FillRun;

static void put_outside(float *dst, float v, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        dst[i] = v;
}

/* A line of the copy: its positions are `unit` contiguous floats each. */
static void fill_line(const FillRun *r, int64_t line)
{
    const Image *im = r->im;
    const ImageDim *d = &im->d[r->inner];
    const float *src = r->src + im->base;
    float *dst = r->dst;
    bool inside = true;
    for (int i = r->inner + 1; i < im->n; i++) {
        const int64_t at = line % im->d[i].n;
        line /= im->d[i].n;
        inside = inside && at >= im->d[i].lo && at < im->d[i].hi;
        src += at * im->d[i].src, dst += at * im->d[i].dst;
    }
    const int64_t lo = inside ? d->lo : 0, hi = inside && d->hi > lo ? d->hi : lo;
    put_outside(dst, r->outside, lo * r->unit);
    if (r->unit > 1 || d->src == 1)
        memcpy(dst + lo * r->unit, src + lo * d->src, (size_t)((hi - lo) * r->unit) * sizeof *dst);
    else
        for (int64_t i = lo; i < hi; i++)
            dst[i] = src[i * d->src];
    put_outside(dst + hi * r->unit, r->outside, (d->n - hi) * r->unit);
}

static void fill_task(void *ctx, int64_t chunk, int thread)
{
    const FillRun *r = ctx;
    (void)thread;
    for (int64_t i = chunk * r->chunk; i < min_i64((chunk + 1) * r->chunk, r->rows); i++)
        fill_line(r, i);
}

void image_fill(const Image *im, const float *src, float outside, float *dst, Pool *pool)
{
    FillRun r = {.im = im, .src = src, .dst = dst, .outside = outside, .unit = 1, .rows = 1};
    const ImageDim *d = im->d;
    if (im->n > 1 && d[0].src == 1 && d[0].lo == 0 && d[0].hi == d[0].n && d[1].src == d[0].n)
        r.inner = 1, r.unit = d[0].n;
    for (int i = r.inner + 1; i < im->n; i++)
        r.rows *= d[i].n;
    r.chunk = pool ? 16384 / (d[r.inner].n * r.unit) + 1 : r.rows;
    pool_run(pool, r.chunk ? div_up(r.rows, r.chunk) : 0, fill_task, &r);
}

void image_move(Image *im, const Nest *n, int n_moves, const int *axis, const int64_t *from)
{
    im->base = im->first;
    for (int i = 0; i < im->n; i++) {
        ImageDim *d = &im->d[i];
        int64_t by = 0;
        for (int m = 0; m < n_moves; m++)
            by += axis[m] < 0 ? 0 : from[m] * d->by[axis[m]];
        im->base += by * d->src;
        if (d->guard < 0)
            continue;
        const int64_t lo = d->least + by;
        d->lo = within(-lo, d->n), d->hi = within(n->a.guard[d->guard].extent - lo, d->n);
    }
}
