/* SPDX-License-Identifier: MIT
 * cpu: the direct path of nests with one row per batch and a short sum, or with a few rows and a window along the columns: depthwise convolutions and
 * those to few channels, their 1-D and 3-D forms, dilated or strided. Columns packed for so few rows would cost more than the sums. Each output row is a
 * chain of taps over input rows. An input row that padding or stride keeps from being read in place is copied once into a row cache, zero outside the
 * guard and split by phase of the stride, so that every tap reads contiguous floats. */
#include "backend/cpu/nest.h"
#include "base/hard.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_ROWS = 14, SHORT_SUM = 128, MAX_TAPS = 8192, MAX_PHASES = 8, NEAR = 8, FEW_SLOTS = 24, SLACK = 16, TASK_WORK = 1 << 24, LEAST_WORK = 1 << 16 };

typedef struct Shape { /* how positions along the last output axis q and the sum axes that move with it lie in the input */
    int64_t Q;                  /* columns of an output row */
    int guard;                  /* of the input that q moves, or -1 */
    int64_t stride, step;       /* positions per q; elements per position */
    int64_t span, ext;          /* positions a row covers; those that exist (guard -1: all) */
    Walk lines, taps;           /* output rows; sum axes that choose an input row */
    int n_taps;
    int *row;                   /* [n_taps] per term of the sum: which input row */
    int64_t *in_row;            /* [n_taps] and where in it column 0 reads, phases laid one after the other */
} Shape;

typedef struct DRun {
    const Plan *p;
    Shape s;
    const float *weights;       /* [batches] of row panels [n_taps][rows], or NULL: gathered per task */
    char *locals;
    size_t sz_local, sz_row, n_slots; /* bytes per thread; floats of a cached row; cached rows */
    WalkAt *tap;                /* [n_taps] per row tap: where its input row lies from the output row's place */
    int64_t n_blocks, rows;     /* blocks of output rows per batch; rows of a block */
    char arrays[];              /* of tap, s.in_row, s.row */
} DRun;

static int64_t guard_coef(const NestOperand *o, int g, int ax) { return g < 0 ? 0 : o->guard[g].coef[ax]; }

/* The guard that axis ax moves; -1: none, -2: several. */
static int guard_of(const NestOperand *o, int ax)
{
    int found = -1;
    for (int g = 0; g < o->n_guards; g++)
        if (o->guard[g].coef[ax])
            found = found == -1 ? g : -2;
    return found;
}

/* Does sum axis ax move along the row, and by how many positions? */
static bool along_row(const Nest *n, const NestOperand *x, const Shape *s, int ax, int64_t *positions)
{
    *positions = s->guard >= 0 ? guard_coef(x, s->guard, ax) : x->coef[ax];
    if (s->guard >= 0)
        return *positions != 0;
    return ax == n->n_axes - 1 && guard_of(x, ax) == -1 && x->coef[ax] > 0 && x->coef[ax] * n->extent[ax] <= (s->stride * s->Q > 64 ? s->stride * s->Q : 64);
}

static bool row_axes_ok(const Plan *p, const NestOperand *x, const Shape *s)
{
    for (int i = 0; i < p->col.n - 1; i++)
        if (guard_coef(x, s->guard, p->col.ax[i]))
            return false;
    return true;
}

/* Splits the sum into input rows and positions: move[ax] of those along the row. False: does not fit. */
static bool split_sum(const Plan *p, const NestOperand *x, Shape *s, int *rows, int *n_rows, int64_t *move)
{
    const Nest *n = p->nest;
    int64_t most = 0;
    for (int ax = n->n_out; ax < n->n_axes; ax++) {
        int64_t by;
        if (!along_row(n, x, s, ax, &by)) {
            rows[(*n_rows)++] = ax;
            continue;
        }
        if (by < 0 || x->coef[ax] != by * s->step || (s->guard >= 0 && guard_of(x, ax) != s->guard))
            return false;
        move[ax] = by;
        most += by * (n->extent[ax] - 1);
    }
    walk_axes(&s->taps, n, x, rows, *n_rows, true);
    s->span = s->stride * (s->Q - 1) + most + 1;
    return true;
}

static void fill_taps(const Nest *n, Shape *s, const int *rows, int n_rows, const int64_t *move)
{
    int64_t weight[NEST_AXES] = {0}, w = 1;
    for (int i = n_rows - 1; i >= 0; i--)
        weight[rows[i]] = w, w *= n->extent[rows[i]];
    for (int t = 0; t < s->n_taps; t++) {
        int64_t rest = t, row = 0, shift = 0;
        for (int ax = n->n_axes - 1; ax >= n->n_out; ax--) {
            row += rest % n->extent[ax] * weight[ax];
            shift += rest % n->extent[ax] * move[ax];
            rest /= n->extent[ax];
        }
        s->row[t] = (int)row, s->in_row[t] = shift % s->stride * div_up(s->span, s->stride) + shift / s->stride;
    }
}

/* Columns that are packed are written once and read once per row panel; here each vector is read again for every position of the window. */
static bool pays(const Plan *p, const Shape *s)
{
    return (p->M == 1 && p->K <= SHORT_SUM) || (2 * s->taps.count <= p->K && (p->M == 1 || s->Q >= HARD(p->u->nr / 2, 1)));
}

/* Without the arrays, where s->row is NULL. */
static bool shape_make(const Plan *p, Shape *s)
{
    const NestOperand *x = p->cols.op;
    if (p->M > MAX_ROWS || p->K < 2 || p->K > MAX_TAPS || p->split || p->buffered || p->prefill || p->late || p->col.n < 1 || p->cols.divided)
        return false;
    int q = p->col.ax[p->col.n - 1];
    *s = (Shape){.Q = p->nest->extent[q], .guard = guard_of(x, q), .n_taps = (int)p->K, .row = s->row, .in_row = s->in_row};
    if (s->guard == -2)
        return false;
    s->stride = s->guard < 0 ? x->coef[q] : guard_coef(x, s->guard, q);
    if (s->stride < 1 || s->stride > MAX_PHASES || x->coef[q] % s->stride || !row_axes_ok(p, x, s))
        return false;
    s->step = x->coef[q] / s->stride;
    s->ext = s->guard < 0 ? INT64_MAX / 4 : x->guard[s->guard].extent;
    walk_axes(&s->lines, p->nest, x, p->col.ax, p->col.n - 1, true);
    int rows[NEST_AXES] = {0}, n_rows = 0;
    int64_t move[NEST_AXES] = {0};
    if (s->step <= 0 || !split_sum(p, x, s, rows, &n_rows, move) || !pays(p, s))
        return false;
    if (s->row)
        fill_taps(p->nest, s, rows, n_rows, move);
    return true;
}

static bool fits(const Plan *p)
{
    Shape s = {0};
    return !p->il && shape_make(p, &s);
}

/* ── a task: some output rows of one batch ── */
typedef struct Task {
    const DRun *r;
    SideAt at;
    const float *w;            /* row panels [n_taps][rows] */
    int64_t out, init, add;    /* offsets of the batch in the planes */
    float *cache;              /* [n_slots] rows; slot 0 is all zero */
    int64_t *key, *used;       /* per slot: element offset of the row; output row that needed it last, -1: empty */
    int n_slots, next;
    int *slot;                 /* [row taps] where the row of that tap was last: windows overlap, so a row is found there or nearby */
    const float **rows, **taps; /* [n_taps] each: input rows and taps of the output row at hand */
} Task;

static void fill_row(const DRun *r, float *dst, int64_t first, int64_t pos)
{
    const Shape *s = &r->s;
    const NestOperand *x = r->p->cols.op;
    int64_t phase_len = div_up(s->span, s->stride), size = dtype_info[x->type].bytes;
    for (int64_t ph = 0; ph < s->stride; ph++, dst += phase_len) {
        /* element i of the phase is position at + i·stride; positions beyond the span are not needed and may not exist */
        int64_t at = pos + ph, need = div_up(s->span - ph, s->stride), lo = at < 0 ? div_up(-at, s->stride) : 0, hi = at >= s->ext ? 0 : div_up(s->ext - at, s->stride);
        lo = min_i64(lo, phase_len), hi = min_i64(hi, need);
        if (hi < lo)
            hi = lo;
        memset(dst, 0, (size_t)lo * sizeof *dst);
        if (lo < hi)
            r->p->u->load(dst + lo, (const char *)x->p + (first + (ph + lo * s->stride) * s->step) * size, x->type, s->stride * s->step, hi - lo);
        memset(dst + hi, 0, (size_t)(phase_len - hi) * sizeof *dst);
    }
}

static const float *cache_row(Task *t, int64_t tap, int64_t first, int64_t pos, int64_t line)
{
    for (int64_t k = tap, end = min_i64(tap + NEAR, t->r->s.taps.count); k < end; k++)
        if (t->key[t->slot[k]] == first && t->used[t->slot[k]] >= 0) {
            const int i = t->slot[tap] = t->slot[k];
            return t->used[i] = line, t->cache + (size_t)i * t->r->sz_row;
        }
    for (int i = 1; i < t->n_slots && t->n_slots <= FEW_SLOTS; i++) /* rows apart: dilation */
        if (t->key[i] == first && t->used[i] >= 0)
            return t->slot[tap] = i, t->used[i] = line, t->cache + (size_t)i * t->r->sz_row;
    do
        t->next = t->next + 1 < t->n_slots ? t->next + 1 : 1;
    while (t->used[t->next] == line);
    t->key[t->next] = first, t->used[t->next] = line, t->slot[tap] = t->next;
    float *row = t->cache + (size_t)t->next * t->r->sz_row;
    fill_row(t->r, row, first, pos);
    return row;
}

/* The input row of row tap i for the output row at `row`: in place, from the cache, or zero. */
static const float *input_row(Task *t, const WalkAt *row, int64_t line, int64_t i)
{
    const Shape *s = &t->r->s;
    const NestOperand *x = t->r->p->cols.op;
    const WalkAt *tap = &t->r->tap[i];
    for (int g = 0; g < x->n_guards; g++) {
        int64_t pos = t->at.g[g] + row->g[g] + tap->g[g];
        if (g != s->guard && (pos < 0 || pos >= x->guard[g].extent))
            return t->cache;
    }
    int64_t first = t->at.off + row->off + tap->off, pos = s->guard < 0 ? 0 : t->at.g[s->guard];
    if (x->type == DT_f32 && s->step == 1 && s->stride == 1 && pos >= 0 && pos + s->span <= s->ext)
        return (const float *)x->p + first;
    return cache_row(t, i, first, pos, line);
}

static void one_row(Task *t, int64_t line)
{
    const DRun *r = t->r;
    const Shape *s = &r->s;
    const Plan *p = r->p;
    const Nest *n = p->nest;
    WalkAt row = walk_at(&s->lines, line);
    for (int64_t i = 0; i < s->taps.count; i++)
        t->rows[i] = input_row(t, &row, line, i);
    for (int i = 0; i < s->n_taps; i++)
        t->taps[i] = t->rows[s->row[i]] + s->in_row[i];
    for (int64_t panel = 0; panel < p->row_panels; panel++) {
        const int64_t m0 = panel_at(p, panel), h = panel_rows(p, panel);
        for (int64_t i = 0; i < h; i += UK_ROWS) {
            URow u = {.tap = t->taps, .w = t->w + m0 * s->n_taps + i, .ws = h, .m = (int)min_i64(h - i, UK_ROWS), .n_taps = s->n_taps, .n = s->Q, .clamp = n->clamp, .lo = n->lo, .hi = n->hi};
            u.y = plane_element(&p->out, t->out, m0 + i, line * s->Q);
            u.ys = walk_step(&p->out.row);
            if (n->init.p)
                plane_tile(&u.init, &p->init, t->init, m0 + i, line * s->Q, p->u->nr / 2);
            if (n->add.p)
                plane_tile(&u.add, &p->add, t->add, m0 + i, line * s->Q, p->u->nr / 2);
            p->u->row(&u);
        }
    }
}

enum { GATHER = (sizeof(PackScratch) + 63) / 64 * 64 };

/* Parts of a thread's scratch: what gathers the weights, cached rows, their keys and uses, rows and taps, the weights. */
static size_t local_bytes(const DRun *r)
{
    return (r->n_slots * (r->sz_row * sizeof(float) + 2 * sizeof(int64_t)) + (size_t)r->p->K * ((size_t)r->p->M * sizeof(float) + 2 * sizeof(float *) + sizeof(int)) + GATHER + 4095) & ~(size_t)4095;
}

static void task_open(Task *t, const DRun *r, int64_t batch, char *mem)
{
    const Plan *p = r->p;
    t->r = r;
    t->n_slots = (int)r->n_slots, t->next = 0;
    t->cache = (float *)(void *)(mem + GATHER);
    t->key = (int64_t *)(void *)(mem + GATHER + r->n_slots * r->sz_row * sizeof(float));
    t->used = t->key + r->n_slots;
    t->rows = (const float **)(void *)(t->used + r->n_slots);
    t->taps = t->rows + p->K;
    t->slot = (int *)(void *)(t->taps + p->K);
    memset(t->slot, 0, (size_t)r->s.taps.count * sizeof *t->slot);
    float *w = (float *)(void *)(t->slot + p->K);
    memset(t->cache, 0, r->sz_row * sizeof(float));
    for (int i = 0; i < t->n_slots; i++)
        t->used[i] = -1;
    t->w = r->weights ? r->weights + walk_at(&p->row_pack, batch).off * p->K * p->M : w;
    if (!r->weights) {
        PackScratch *scratch = (PackScratch *)(void *)mem;
        SideAt at = side_at(&p->rows, batch);
        scratch->side = NULL;
        for (int64_t i = 0; i < p->row_panels; i++)
            side_pack(p->u, &p->rows, &at, panel_at(p, i), (int)panel_rows(p, i), 0, p->K, scratch, w + panel_at(p, i) * p->K, panel_rows(p, i));
    }
    t->at = side_at(&p->cols, batch);
    t->out = plane_at(&p->out, batch), t->init = plane_at(&p->init, batch), t->add = plane_at(&p->add, batch);
}

static void task(void *ctx, int64_t chunk, int thread)
{
    const DRun *r = ctx;
    int64_t batch = chunk / r->n_blocks, l0 = chunk % r->n_blocks * r->rows, l1 = min_i64(l0 + r->rows, r->s.lines.count);
    UNINIT Task t;
    task_open(&t, r, batch, r->locals + (size_t)thread * r->sz_local);
    for (int64_t line = l0; line < l1; line++)
        one_row(&t, line);
    if (r->p->nest->post)
        nest_post(r->p, r->p->nest->post, r->p->nest->post_ctx, thread, batch, 0, r->p->M, l0 * r->s.Q, l1 * r->s.Q);
}

static SpmlCode make(NestMade *m, ContractWork *w, Error *err)
{
    (void)w;
    const Plan *p = &m->plan;
    if (!fits(p))
        return SPML_NO;
    const size_t K = (size_t)p->K;
    DRun *r = m->own = malloc(sizeof *r + K * (sizeof *r->tap + sizeof *r->s.in_row + sizeof *r->s.row));
    if (!r)
        return error_oom(err);
    r->p = p;
    r->tap = (WalkAt *)(void *)r->arrays;
    r->s.in_row = (int64_t *)(void *)(r->tap + K);
    r->s.row = (int *)(void *)(r->s.in_row + K);
    shape_make(p, &r->s);
    r->sz_row = (size_t)((div_up(r->s.span, r->s.stride) * r->s.stride + SLACK + 15) & ~(int64_t)15);
    r->n_slots = 2 * (size_t)r->s.taps.count + 2;
    const int64_t line = r->s.Q * p->K * p->M, lines = r->s.lines.count, share = div_up(lines * p->n_batch, 4 * (int64_t)m->threads);
    r->rows = min_i64(16384 / r->s.Q + 8, TASK_WORK / line + 1);
    if (m->threads > 1)
        r->rows = min_i64(r->rows, share > LEAST_WORK / line + 1 ? share : LEAST_WORK / line + 1);
    r->rows = min_i64(lines, HARD(r->rows, 2));
    r->n_blocks = div_up(lines, r->rows);
    for (int64_t i = 0; i < r->s.taps.count; i++)
        r->tap[i] = walk_at(&r->s.taps, i);
    r->sz_local = local_bytes(r);
    return SPML_OK;
}

static SpmlCode run(NestMade *m, ContractWork *w, Pool *pool, Error *err)
{
    DRun *r = m->own;
    r->weights = pack_serves(m->pack, r->p, false) ? m->pack->data : NULL;
    r->locals = work_reserve(w, WORK_LOCAL, r->sz_local * (size_t)m->threads);
    if (!r->locals)
        return error_oom(err);
    pool_run(pool, r->p->n_batch * r->n_blocks, task, r);
    return SPML_OK;
}

const NestEngine engine_depthwise = {make, run, .planned = true};
