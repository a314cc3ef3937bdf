/* SPDX-License-Identifier: MIT
 * cpu: the direct path of nests whose rows lie near each other in memory: convolutions with channels in blocks, where a row is a pixel. Micro-kernels read
 * rows where they are, one offset per term of the sum serves all of them, so nothing is gathered; only columns (weights) are packed. Where padding is
 * read, the operand is copied with its zeros around it, as many images at a time as take little memory: a pass. Tiles end where a run of rows does (a line of
 * pixels). */
#include "backend/cpu/image.h"
#include "base/hard.h"

#include <stdlib.h>
#include <string.h>

enum { NEAR = 64 /* floats from row to row */, MOST_FAR = 2 /* panels of columns for which rows are read in lines far apart */, SHARED_LIMIT = 64 << 20 /* bytes of columns packed for one launch */,
    PASS_BYTES = HARD(8 << 20, 1) /* of images and their terms of the columns, unless one has more */ };

/* ── running ── */

typedef struct DRun {
    const Plan *p;
    const float *cols;      /* packed: [batch][panel][held terms][nr]; NULL: one panel, read where it lies, `ldb` floats from term to term */
    int64_t ldb;
    const int32_t *koff;    /* [K] */
    int64_t run, parts, h, tall; /* rows of a run; panels of a run, h rows each, the first `tall` one more */
    bool pairs;             /* a run is half a panel */
    int64_t panels, mb, nb, n_mb, n_nb, kc;
    int64_t terms;          /* of the sum, without those at its end for which there are no weights */
    int64_t k0, k1;         /* terms of this pass */
    int64_t from, held;     /* the first that cols hold, and how many */
    int64_t batch0, back;   /* first batch of this pass; floats of the images before it, which are not there */
} DRun;

typedef struct Direct {
    DRun run;
    Image image;          /* n 0: rows are read where they are; else from a copy: `padded` is the nest over it, planned */
    Nest padded;
    Plan plan;
    int64_t images, each; /* along the outermost dimension of the image; in a pass. 0: there is one pass */
    bool summed;          /* images are terms of the sum; else batches */
    int32_t koff[];
} Direct;

static bool fits(const Plan *p)
{
    const NestOperand *a = p->rows.op;
    int64_t reach = 0;
    if (p->il || p->nest->tail.box || p->row_operand || a->type != DT_f32 || p->buffered || p->prefill || p->late || p->rows.divided || p->M < 4 || p->K < 4)
        return false;
    for (int d = 0; d < p->rows.sum.n; d++)
        reach += (p->rows.sum.ext[d] - 1) * (p->rows.sum.step[d] < 0 ? INT32_MAX : p->rows.sum.step[d]);
    if (llabs(walk_step(&p->rows.sum)) > NEAR && p->N > MOST_FAR * p->u->nr) /* a line of cache for each term, in few sets of it: packed, it is read by many columns */
        return false;
    return walk_step(&p->rows.line) > 0 && walk_step(&p->rows.line) <= NEAR && reach < INT32_MAX && side_floats(p, true) * sizeof(float) <= SHARED_LIMIT;
}

/* A whole vector of columns, or a panel, whose terms follow each other at one distance, is a panel as it is. */
static bool in_place(const Plan *p)
{
    const Side *s = &p->cols;
    return s->op->type == DT_f32 && !s->op->n_guards && (p->N == p->u->nr || p->N == p->u->nr / 2) && s->line.n == 1 && s->line.step[0] == 1 && s->sum.n == 1 && s->sum.step[0] >= p->N;
}

/* Term k of column panel j. */
static const float *columns_at(const DRun *r, int64_t batch, int64_t j, int64_t k)
{
    const Plan *p = r->p;
    if (!r->cols)
        return (const float *)p->cols.op->p + side_at(&p->cols, batch).off + k * r->ldb;
    return r->cols + walk_at(&p->col_pack, batch).off * side_lines(p, true) * r->held + (j * r->held + k - r->from) * r->ldb;
}

typedef struct Rows { int64_t m, n, at, jump; } Rows; /* a panel: first row, rows, its place in the operand; from there to its second run, or 0 */

static Rows rows_at(const DRun *r, int64_t panel)
{
    const Walk *w = &r->p->rows.line;
    if (r->pairs) {
        const int64_t m = 2 * panel * r->run, at = walk_at(w, m).off;
        return m + r->run < w->count ? (Rows){m, 2 * r->run, at, walk_at(w, m + r->run).off - at} : (Rows){m, r->run, at, 0};
    }
    const int64_t run = panel / r->parts, part = panel % r->parts;
    Rows v = {.m = run * r->run + part * r->h + min_i64(part, r->tall), .n = r->h + (part < r->tall)};
    v.at = w->n <= 1 ? v.m * walk_step(w) : walk_at(w, v.m).off;
    return v;
}

/* Panel i + 1 after v, which is panel i. */
static Rows rows_next(const DRun *r, Rows v, int64_t i, int64_t *part)
{
    if (r->pairs || ++*part == r->parts) {
        *part = 0;
        return rows_at(r, i + 1);
    }
    return (Rows){v.m + v.n, r->h + (*part < r->tall), v.at + v.n * walk_step(&r->p->rows.line), 0};
}

/* A column panel: where it lies in each plane at row 0 (absent planes: p NULL); a: the operand of the rows, cols: the weights of the panel, ldb floats from term to term, and of the next one (or NULL). */
typedef struct Column { const float *a, *cols, *next; int64_t ldb; float *out; UPlane c, init, add; int n; } Column;

static UPlane column_plane(const Plane *pl, int64_t base, int64_t col, int64_t vw)
{
    UPlane u = {0};
    if (pl->op->p)
        plane_tile(&u, pl, base, 0, col, vw);
    return u;
}

/* Terms k … of the sums of row panels i0 … i1, which are the tiles from `tile` on of n_tiles that share these columns. */
static void sum_column(const DRun *r, const Column *c, int64_t k, int64_t i0, int64_t i1, int64_t tile, int64_t n_tiles)
{
    const Plan *p = r->p;
    const Nest *n = p->nest;
    const int64_t nr = p->u->nr;
    const bool last = min_i64(k + r->kc, r->k1) >= r->terms;
    UTile t = {.koff = r->koff + k, .ars = walk_step(&p->rows.line), .b = c->cols + (k - r->from) * c->ldb, .ldb = c->ldb, .kc = min_i64(r->kc, r->k1 - k), .crs = c->c.rs, .cvs = c->c.vs, .n = c->n,
        .clamp = last && n->clamp, .lo = n->lo, .hi = n->hi};
    Rows v = rows_at(r, i0);
    for (int64_t i = i0, part = i0 % r->parts; i < i1; v = i + 1 < i1 ? rows_next(r, v, i, &part) : v, i++) {
        utile_next(&t, c->next, t.kc, c->ldb, tile + i - i0, n_tiles);
        t.a = c->a + v.at;
        t.c = c->out + v.m * t.crs;
        if (k)
            t.init.p = t.c, t.init.rs = t.crs, t.init.vs = t.cvs, t.init.row = false;
        else if (c->init.p)
            t.init = c->init, t.init.p += v.m * t.init.rs;
        if (last && c->add.p)
            t.add = c->add, t.add.p += v.m * t.add.rs;
        t.jump = v.jump;
        (v.jump ? p->u->pairs[t.n > nr / 2][r->run - 1] : p->u->direct[t.n > nr / 2][v.n - 1])(&t);
    }
}

static void task(void *ctx, int64_t chunk, int thread)
{
    const DRun *r = ctx;
    const Plan *p = r->p;
    const Nest *n = p->nest;
    const int64_t nr = p->u->nr, batch = r->batch0 + chunk / (r->n_nb * r->n_mb), mi = chunk % r->n_mb, ni = chunk / r->n_mb % r->n_nb;
    const int64_t i0 = mi * r->mb, i1 = min_i64(i0 + r->mb, r->panels), j0 = ni * r->nb, j1 = min_i64(j0 + r->nb, p->col_panels);
    const float *a = (const float *)p->rows.op->p + (side_at(&p->rows, batch).off - r->back);
    const int64_t out = plane_at(&p->out, batch), init = plane_at(&p->init, batch), add = plane_at(&p->add, batch);
    for (int64_t k = r->k0; k < r->k1; k += r->kc)
        for (int64_t j = j0; j < j1; j++) {
            const int64_t col = j * nr;
            const bool last = k + r->kc >= r->k1;
            const Column c = {.a = a, .cols = columns_at(r, batch, j, r->from), .next = j + 1 < j1 ? columns_at(r, batch, j + 1, k) : last ? NULL : columns_at(r, batch, j0, k + r->kc), .ldb = r->ldb,
                .out = plane_element(&p->out, out, 0, col), .c = column_plane(&p->out, out, col, nr / 2), .init = column_plane(&p->init, init, col, nr / 2),
                .add = column_plane(&p->add, add, col, nr / 2), .n = (int)min_i64(nr, p->N - col)};
            sum_column(r, &c, k, i0, i1, 0, i1 - i0);
        }
    if (n->post && r->k1 == r->terms) {
        const Rows first = rows_at(r, i0), end = rows_at(r, i1 - 1);
        nest_post(p, n->post, n->post_ctx, thread, batch, first.m, end.m + end.n, j0 * nr, min_i64(j1 * nr, p->N));
    }
}

void direct_panel(const NestMade *m, const DirectLines *l)
{
    const DRun *r = &((const Direct *)m->own)->run;
    const Plan *p = r->p;
    const int64_t nr = p->u->nr, col = l->panel * nr, words = p->K * nr;
    Column c = {.ldb = p->u->nr, .cols = l->cols + l->panel * words, .next = l->panel + 1 < p->col_panels ? l->cols + (l->panel + 1) * words : NULL, .c = column_plane(&p->out, 0, col, nr / 2),
        .init = column_plane(&p->init, plane_at(&p->init, 0), col, nr / 2), .add = column_plane(&p->add, 0, col, nr / 2), .n = (int)min_i64(nr, p->N - col)};
    for (int64_t k = 0; k < r->terms; k += r->kc)
        for (int64_t i = 0; i < l->n; i++) {
            c.a = l->a + i * l->a_step, c.out = l->out + i * l->out_step;
            if (l->add)
                c.add.p = l->add + i * l->add_step;
            sum_column(r, &c, k, 0, r->panels, i * r->panels, l->n * r->panels);
        }
}

/* Floats from the first to the last that one batch of the operand of the rows reads. */
static int64_t rows_floats(const Plan *p)
{
    int64_t reach = 1;
    for (int d = 0; d < p->rows.line.n; d++)
        reach += (p->rows.line.ext[d] - 1) * p->rows.line.step[d];
    for (int d = 0; d < p->rows.sum.n; d++)
        reach += (p->rows.sum.ext[d] - 1) * p->rows.sum.step[d];
    return reach;
}

/* How long it takes to cut each batch of rows into n_mb and the columns into n_nb, for the best of the ways that threads can share the tasks. */
static int64_t cut_cost(const DRun *r, int64_t floats, int threads, int64_t n_mb, int64_t n_nb)
{
    const Plan *p = r->p;
    const int64_t mb = div_up(r->panels, n_mb), nb = div_up(p->col_panels, n_nb), cols = nb * p->u->nr;
    return cut_rounds(p->n_batch * n_mb * n_nb, threads, mb * (r->h + (r->tall > 0)) * cols * r->terms + CUT_READ * (cols * r->terms + floats * mb / r->panels));
}

/* Rows of a task read what L2 holds. */
static void blocks(DRun *r, const ContractWork *w, int threads)
{
    const Plan *p = r->p;
    const int64_t run = p->rows.line.n ? p->rows.line.ext[p->rows.line.n - 1] : 1, line = 4 * r->kc;
    r->run = run;
    r->parts = div_up(run, p->u->mr);
    r->pairs = run > 1 && 2 * run <= p->u->mr && run < p->M;
    r->h = r->pairs ? 2 * run : run / r->parts, r->tall = run % r->parts;
    r->panels = r->pairs ? div_up(p->M / run, 2) : p->M / run * r->parts;
    const int64_t least = div_up(r->panels, w->l2 / 2 / (line * (r->h + 1)) + 1), floats = rows_floats(p);
    int64_t best = INT64_MAX;
    for (int64_t n_nb = 1; n_nb <= min_i64(p->col_panels, threads > 1 ? 4 * threads : 1); n_nb *= 2)
        for (int64_t each = 1; each <= (threads > 1 ? 4 : 1); each *= 2) {
            const int64_t want = div_up(each * threads, p->n_batch * n_nb), n_mb = min_i64(r->panels, want > least ? want : least), cost = cut_cost(r, floats, threads, n_mb, n_nb);
            if (cost < best)
                best = cost, r->n_mb = n_mb, r->n_nb = n_nb;
        }
    r->mb = div_up(r->panels, r->n_mb), r->nb = div_up(p->col_panels, r->n_nb);
    r->n_mb = div_up(r->panels, r->mb), r->n_nb = div_up(p->col_panels, r->nb);
}

/* Lanes of the last block that the weights lack are the last terms: nothing comes of them. */
static int64_t live_terms(const Plan *p)
{
    const Nest *n = p->nest;
    const NestOperand *w = p->cols.op;
    int64_t k = p->K;
    for (int g = 0; g < w->n_guards; g++) {
        bool only_terms = true;
        for (int i = 0; i < n->n_out; i++)
            only_terms = only_terms && !w->guard[g].coef[i];
        for (; only_terms && k > 1; k--) {
            const int64_t at = w->guard[g].start + walk_at(&p->cols.sum, k - 1).g[g];
            if (at >= 0 && at < w->guard[g].extent)
                break;
        }
    }
    return k;
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

static SpmlCode image_plan(NestMade *m, Direct *d, ContractWork *w, Error *err)
{
    if (!image_make(&m->nest, &d->image))
        return SPML_NO;
    d->padded = m->nest;
    d->padded.a = image_operand(&m->nest, &d->image, (float *)m->nest.a.p);
    SpmlCode code = nest_plan(&d->padded, w, &d->plan, err);
    return code ? code : fits(&d->plan) ? SPML_OK : SPML_NO;
}

/* Whether the outermost dimension of the image is one axis, the outermost of the batches or of the sum: then few of its images are needed at a time. */
static void passes_plan(Direct *d)
{
    const Plan *p = d->run.p;
    const ImageDim *o = &d->image.d[d->image.n - 1];
    int axis = -1, moves = 0;
    d->images = d->each = 0;
    for (int i = 0; i < p->nest->n_axes; i++)
        if (o->by[i])
            axis = i, moves += o->by[i] == 1 ? 1 : 2;
    for (int i = 0; i + 1 < d->image.n && axis >= 0; i++)
        moves += d->image.d[i].by[axis] != 0;
    if (moves != 1 || o->guard >= 0 || o->n != p->nest->extent[axis])
        return;
    d->summed = axis >= p->nest->n_out;
    if (d->summed ? p->n_batch != 1 || p->rows.sum.n < 1 || p->rows.sum.ext[0] != o->n || p->rows.sum.step[0] != o->dst || d->run.terms != p->K : !p->batch.n || p->batch.ax[0] != axis)
        return;
    const int64_t each = PASS_BYTES / (int64_t)sizeof(float) / (o->dst + (d->summed ? div_up((int64_t)side_floats(p, true), o->n) : 0));
    if (each < o->n)
        d->images = o->n, d->each = each > 1 ? each : 1;
}

static SpmlCode make(NestMade *m, ContractWork *w, Error *err)
{
    if (!fits(&m->plan))
        return SPML_NO;
    Direct *d = m->own = malloc(sizeof *d + (size_t)m->plan.K * sizeof(int32_t));
    if (!d)
        return error_oom(err);
    d->image.n = 0, d->images = d->each = 0;
    SpmlCode code = m->plan.rows.op->n_guards ? image_plan(m, d, w, err) : SPML_OK;
    const Plan *p = d->image.n ? &d->plan : &m->plan;
    if (code)
        return code;
    d->run = (DRun){.p = p, .koff = d->koff, .terms = live_terms(p), .held = p->K};
    d->run.k1 = d->run.terms;
    d->run.kc = div_up(d->run.terms, div_up(d->run.terms, pack_kc(w)));
    offsets(p, d->koff);
    blocks(&d->run, w, m->alone ? 1 : m->threads);
    if (d->image.n)
        passes_plan(d);
    return SPML_OK;
}

/* A launch: images copied, columns packed; where they lie, and whether the columns are. */
typedef struct Launch { Direct *d; const float *source; float *copy, *cols; char *local; size_t sz_local; Pool *pool; } Launch;

/* Images i0 … i1 − 1, of `images`. */
static void run_pass(const Launch *l, int64_t i0, int64_t i1)
{
    Direct *d = l->d;
    DRun *r = &d->run;
    Image im = d->image;
    ImageDim *o = &im.d[im.n - 1];
    const int64_t terms = r->p->K / d->images, batches = r->p->n_batch / d->images;
    im.base += i0 * o->src;
    o->n = o->hi = i1 - i0;
    image_fill(&im, l->source, 0, l->copy, l->pool);
    r->back = i0 * o->dst;
    if (d->summed)
        r->k0 = i0 * terms, r->k1 = i1 * terms;
    else
        r->batch0 = i0 * batches;
    if (l->cols && d->summed) {
        r->from = r->k0, r->held = r->k1 - r->k0;
        pack_part(r->p, true, &(PackPart){0, r->p->n_col_pack * r->p->col_panels, r->from, r->held, true}, l->cols, l->local, l->sz_local, l->pool);
    }
    pool_run(l->pool, (d->summed ? r->p->n_batch : (i1 - i0) * batches) * r->n_mb * r->n_nb, task, r);
}

static void run_passes(const Launch *l)
{
    Direct *d = l->d;
    DRun *r = &d->run;
    const DRun whole = *r;
    for (int64_t i = 0; i < d->images; i += d->each)
        run_pass(l, i, min_i64(i + d->each, d->images));
    *r = whole;
}

static SpmlCode run(NestMade *m, ContractWork *w, Pool *pool, Error *err)
{
    Direct *d = m->own;
    DRun *r = &d->run;
    const Plan *p = r->p;
    const bool packed = pack_serves(m->pack, p, true), lies = !packed && in_place(p);
    const size_t images = d->image.n ? (size_t)(d->images ? d->image.d[d->image.n - 1].dst * d->each : d->image.floats) : 0, copy = (images + 15) & ~(size_t)15;
    const size_t all = packed || lies ? 0 : side_floats(p, true), cols = d->images && d->summed ? all / (size_t)d->images * (size_t)d->each : all;
    float *shared = copy + cols ? work_reserve(w, WORK_SHARED, (copy + cols) * sizeof(float)) : NULL;
    Launch l = {d, m->nest.a.p, shared, cols ? shared + copy : NULL, NULL, (sizeof(PackScratch) + 63) & ~(size_t)63, pool};
    l.local = cols ? work_reserve(w, WORK_LOCAL, l.sz_local * (size_t)m->threads) : NULL;
    if ((copy + cols && !shared) || (cols && !l.local))
        return error_oom(err);
    if (copy) {
        nest_pointers(&d->padded, &m->nest);
        d->padded.a.p = shared;
    }
    r->cols = lies ? NULL : packed ? m->pack->data : l.cols;
    r->ldb = lies ? walk_step(&p->cols.sum) : p->u->nr;
    if (l.cols && !(d->images && d->summed))
        pack_side(p, true, l.cols, l.local, l.sz_local, pool);
    if (d->images)
        return run_passes(&l), SPML_OK;
    if (copy)
        image_fill(&d->image, l.source, 0, shared, pool);
    pool_run(pool, p->n_batch * r->n_mb * r->n_nb, task, r);
    return SPML_OK;
}

const NestEngine engine_direct = {make, run, .planned = true};
