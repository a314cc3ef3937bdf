/* SPDX-License-Identifier: MIT
 * cpu: the direct path of nests whose rows lie near each other in memory: convolutions with channels in blocks, where a row is a pixel. Micro-kernels read
 * rows where they are, one offset per term of the sum serves all of them, so nothing is gathered; only columns (weights) are packed. Where padding is
 * read, the operand is copied once with its zeros around it. Tiles end where a run of rows does (a line of pixels). */
#include "backend/cpu/nest.h"
#include "base/hard.h"

#include <stdlib.h>
#include <string.h>

enum { NEAR = 64 /* floats from row to row */, SHARED_LIMIT = 64 << 20 /* bytes of columns packed for one launch */ };

/* ── the copy with its padding ── */

/* A dimension of the copy: n positions, of which lo … hi − 1 exist in the operand, src elements apart there and dst in the copy; axis i moves by[i] positions. */
typedef struct ImageDim { int64_t n, lo, hi, src, dst, start, by[NEST_AXES]; } ImageDim;
typedef struct Image { int n; ImageDim d[NEST_GUARDS + NEST_AXES]; int64_t base, floats; } Image;

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
    d.n = hi - lo + 1, d.start = g->start - lo;
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
    im->d[im->n++] = (ImageDim){.n = extent, .hi = extent, .src = step};
    im->d[im->n - 1].by[axis] = 1;
    return true;
}

static int by_source(const void *a, const void *b)
{
    const ImageDim *x = a, *y = b;
    return (x->src > y->src) - (x->src < y->src);
}

static bool image_make(const Nest *n, Image *im)
{
    const NestOperand *a = &n->a;
    int64_t rest[NEST_AXES];
    *im = (Image){.base = a->offset, .floats = 1};
    memcpy(rest, a->coef, sizeof rest);
    for (int g = 0; g < a->n_guards; g++) {
        if (a->guard[g].div > 1 || a->guard[g].stride <= 0)
            return false;
        im->d[im->n] = guard_dim(n, &a->guard[g]);
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
    return im->n > 0;
}

/* Operand a of the nest as it lies in the copy p. */
static NestOperand image_operand(const Nest *n, const Image *im, float *p)
{
    NestOperand o = {.p = p, .type = DT_f32};
    for (int i = 0; i < im->n; i++) {
        o.offset += im->d[i].start * im->d[i].dst;
        for (int ax = 0; ax < n->n_axes; ax++)
            o.coef[ax] += im->d[i].by[ax] * im->d[i].dst;
    }
    return o;
}

typedef struct FillRun { const Image *im; const float *src; float *dst; int inner; int64_t unit, rows, chunk; } FillRun;

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
    memset(dst, 0, (size_t)(lo * r->unit) * sizeof *dst);
    if (r->unit > 1 || d->src == 1)
        memcpy(dst + lo * r->unit, src + lo * d->src, (size_t)((hi - lo) * r->unit) * sizeof *dst);
    else
        for (int64_t i = lo; i < hi; i++)
            dst[i] = src[i * d->src];
    memset(dst + hi * r->unit, 0, (size_t)((d->n - hi) * r->unit) * sizeof *dst);
}

static void fill_task(void *ctx, int64_t chunk, int thread)
{
    const FillRun *r = ctx;
    (void)thread;
    for (int64_t i = chunk * r->chunk; i < min_i64((chunk + 1) * r->chunk, r->rows); i++)
        fill_line(r, i);
}

static void image_fill(const Image *im, const float *src, float *dst, Pool *pool)
{
    FillRun r = {.im = im, .src = src, .dst = dst, .unit = 1, .rows = 1};
    const ImageDim *d = im->d;
    if (im->n > 1 && d[0].src == 1 && d[0].lo == 0 && d[0].hi == d[0].n && d[1].src == d[0].n)
        r.inner = 1, r.unit = d[0].n;
    for (int i = r.inner + 1; i < im->n; i++)
        r.rows *= d[i].n;
    r.chunk = 16384 / (d[r.inner].n * r.unit) + 1;
    pool_run(pool, div_up(r.rows, r.chunk), fill_task, &r);
}

/* ── running ── */

typedef struct DRun {
    const Plan *p;
    const float *cols;      /* packed: [batch][panel][K][nr] */
    const int32_t *koff;    /* [K] */
    int64_t run, parts, h, tall; /* rows of a run; panels of a run, h rows each, the first `tall` one more */
    int64_t panels, mb, nb, n_mb, n_nb, kc;
} DRun;

bool direct_fits(const Plan *p)
{
    const NestOperand *a = p->rows.op;
    int64_t reach = 0;
    if (p->il || p->nest->tail.box || p->row_operand || a->type != DT_f32 || p->buffered || p->prefill || p->late || p->rows.divided || p->M < 4 || p->K < 4)
        return false;
    for (int d = 0; d < p->rows.sum.n; d++)
        reach += (p->rows.sum.ext[d] - 1) * (p->rows.sum.step[d] < 0 ? INT32_MAX : p->rows.sum.step[d]);
    return walk_step(&p->rows.line) > 0 && walk_step(&p->rows.line) <= NEAR && reach < INT32_MAX && side_floats(p, true) * sizeof(float) <= SHARED_LIMIT;
}

typedef struct Rows { int64_t m, n, at; } Rows; /* a panel: first row, rows, its place in the operand */

static Rows rows_at(const DRun *r, int64_t panel)
{
    const Walk *w = &r->p->rows.line;
    const int64_t run = panel / r->parts, part = panel % r->parts;
    Rows v = {.m = run * r->run + part * r->h + min_i64(part, r->tall), .n = r->h + (part < r->tall)};
    v.at = w->n <= 1 ? v.m * walk_step(w) : walk_at(w, v.m).off;
    return v;
}

static void task(void *ctx, int64_t chunk, int thread)
{
    const DRun *r = ctx;
    const Plan *p = r->p;
    const Nest *n = p->nest;
    const int64_t nr = p->u->nr, batch = chunk / (r->n_nb * r->n_mb), mi = chunk / r->n_nb % r->n_mb, ni = chunk % r->n_nb;
    const int64_t i0 = mi * r->mb, i1 = min_i64(i0 + r->mb, r->panels), j0 = ni * r->nb, j1 = min_i64(j0 + r->nb, p->col_panels);
    const float *a = (const float *)p->rows.op->p + side_at(&p->rows, batch).off, *cols = r->cols + walk_at(&p->col_pack, batch).off * side_lines(p, true) * p->K;
    const int64_t out = plane_at(&p->out, batch), init = plane_at(&p->init, batch), add = plane_at(&p->add, batch);
    for (int64_t k = 0; k < p->K; k += r->kc) {
        const bool last = k + r->kc >= p->K;
        for (int64_t j = j0; j < j1; j++) {
            const int64_t col = j * nr;
            UTile t = {.koff = r->koff + k, .ars = walk_step(&p->rows.line), .b = cols + (j * p->K + k) * nr, .ldb = nr, .kc = min_i64(r->kc, p->K - k), .crs = walk_step(&p->out.row),
                .cvs = plane_vector(&p->out, col, nr / 2), .n = (int)min_i64(nr, p->N - col), .clamp = last && n->clamp, .lo = n->lo, .hi = n->hi};
            for (int64_t i = i0; i < i1; i++) {
                const Rows v = rows_at(r, i);
                t.a = a + v.at;
                t.c = plane_element(&p->out, out, v.m, col);
                if (k)
                    t.init = (UPlane){t.c, t.crs, t.cvs, false};
                else if (n->init.p)
                    t.init = plane_tile(&p->init, init, v.m, col, nr / 2);
                if (last && n->add.p)
                    t.add = plane_tile(&p->add, add, v.m, col, nr / 2);
                p->u->direct[t.n > nr / 2][v.n - 1](&t);
            }
        }
    }
    if (n->post) {
        const Rows first = rows_at(r, i0), end = rows_at(r, i1 - 1);
        nest_post(p, n->post, n->post_ctx, thread, batch, first.m, end.m + end.n, j0 * nr, min_i64(j1 * nr, p->N));
    }
}

/* Rows of a task read what L2 holds; there are tasks enough for the threads. */
static void blocks(DRun *r, const ContractWork *w, int threads)
{
    const Plan *p = r->p;
    const int64_t run = p->rows.line.n ? p->rows.line.ext[p->rows.line.n - 1] : 1, line = 4 * r->kc;
    r->run = run;
    r->parts = div_up(run, p->u->mr);
    r->h = run / r->parts, r->tall = run % r->parts;
    r->panels = p->M / run * r->parts;
    r->mb = min_i64(r->panels, w->l2 / 2 / (line * (r->h + 1)) + 1);
    r->nb = p->col_panels;
    const int64_t want = threads > 1 ? 4 * (int64_t)threads : 1;
    while (p->n_batch * div_up(r->panels, r->mb) * div_up(p->col_panels, r->nb) < want && (r->mb > 4 || r->nb > 1))
        *(r->mb > 4 && (r->mb >= r->nb || r->nb == 1) ? &r->mb : &r->nb) = r->mb > 4 && (r->mb >= r->nb || r->nb == 1) ? div_up(r->mb, 2) : div_up(r->nb, 2);
    r->n_mb = div_up(r->panels, r->mb), r->n_nb = div_up(p->col_panels, r->nb);
    r->mb = div_up(r->panels, r->n_mb), r->nb = div_up(p->col_panels, r->n_nb);
    r->n_mb = div_up(r->panels, r->mb), r->n_nb = div_up(p->col_panels, r->nb);
}

static void offsets(const Plan *p, int32_t *koff)
{
    const Walk *w = &p->rows.sum;
    for (int64_t k = 0; k < p->K;) {
        const WalkAt at = walk_at(w, k);
        const int64_t n = min_i64(at.left, p->K - k), step = walk_step(w);
        for (int64_t i = 0; i < n; i++)
            koff[k + i] = (int32_t)(at.off + i * step);
        k += n;
    }
}

static SpmlCode run_in_place(const Plan *p, const ContractPack *pack, ContractWork *w, size_t used, Pool *pool, Error *err)
{
    const int threads = pool ? pool_threads(pool) : 1;
    const bool packed = pack_serves(pack, p, true);
    DRun r = {.p = p, .kc = p->K};
    const size_t koff = ((size_t)p->K * sizeof(int32_t) + 63) & ~(size_t)63, scratch = ((sizeof(PackScratch) + 63) & ~(size_t)63);
    char *local = work_reserve(w, WORK_LOCAL, koff + (packed ? 0 : scratch * (size_t)threads)), *shared = packed ? NULL : work_reserve(w, WORK_SHARED, used + side_floats(p, true) * sizeof(float));
    if (!local || (!packed && !shared))
        return error_oom(err);
    if (!packed)
        pack_side(p, true, (float *)(void *)(shared + used), local + koff, scratch, pool);
    r.cols = packed ? pack->data : (const float *)(const void *)(shared + used);
    r.koff = (const int32_t *)(void *)local;
    offsets(p, (int32_t *)(void *)local);
    r.kc = div_up(p->K, div_up(p->K, pack_kc(w)));
    blocks(&r, w, threads);
    pool_run(pool, p->n_batch * r.n_mb * r.n_nb, task, &r);
    return SPML_OK;
}

SpmlCode direct_run(const Plan *p, const ContractPack *pack, ContractWork *w, Pool *pool, Error *err)
{
    UNINIT Image im;
    UNINIT Nest nest;
    UNINIT Plan made;
    if (!p->rows.op->n_guards)
        return run_in_place(p, pack, w, 0, pool, err);
    if (!image_make(p->nest, &im))
        return SPML_NO;
    const bool packed = pack_serves(pack, p, true);
    const size_t bytes = ((size_t)im.floats * sizeof(float) + 63) & ~(size_t)63;
    float *copy = work_reserve(w, WORK_SHARED, bytes + (packed ? 0 : side_floats(p, true) * sizeof(float)));
    if (!copy)
        return error_oom(err);
    nest = *p->nest;
    nest.a = image_operand(p->nest, &im, copy);
    SpmlCode code = nest_plan(&nest, w, &made, err);
    if (code || !direct_fits(&made))
        return code ? code : SPML_NO;
    image_fill(&im, p->nest->a.p, copy, pool);
    return run_in_place(&made, pack, w, bytes, pool, err);
}
