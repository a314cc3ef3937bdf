/* SPDX-License-Identifier: MIT
 * cpu: the direct path of nests with one row per batch and a short sum: depthwise convolutions, their 1-D and 3-D forms, dilated or
 * strided. Each output row is a chain of taps over input rows. An input row that padding or stride keeps from being read in place is
 * copied once into a row cache, zero outside the guard and split by phase of the stride, so that every tap reads contiguous floats. */
#include "backend/cpu/nest.h"
#include "base/hard.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_TAPS = 128, MAX_PHASES = 8, SLACK = 16 };

typedef struct Shape { /* how positions along the last output axis q and the sum axes that move with it lie in the input */
    int64_t Q;                  /* columns of an output row */
    int guard;                  /* of the input that q moves, or -1 */
    int64_t stride, step;       /* positions per q; elements per position */
    int64_t span, ext;          /* positions a row covers; those that exist (guard -1: all) */
    Walk lines, taps;           /* output rows; sum axes that choose an input row */
    int n_taps;
    int row[MAX_TAPS];          /* per term of the sum: which input row */
    int64_t in_row[MAX_TAPS];   /* and where in it column 0 reads, phases laid one after the other */
} Shape;

typedef struct DRun {
    const Plan *p;
    Shape s;
    const float *weights;       /* [batches][n_taps], or NULL: gathered per task */
    char *locals;
    size_t sz_local, sz_row, n_slots; /* bytes per thread; floats of a cached row; cached rows */
    WalkAt tap[MAX_TAPS];       /* per row tap: where its input row lies from the output row's place */
    int64_t n_blocks, rows;     /* blocks of output rows per batch; rows of a block */
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
    return ax == n->n_axes - 1 && guard_of(x, ax) == -1 && x->coef[ax] > 0 && x->coef[ax] * n->extent[ax] <= 64;
}

static bool row_axes_ok(const Plan *p, const NestOperand *x, const Shape *s)
{
    for (int i = 0; i < p->col.n - 1; i++)
        if (guard_coef(x, s->guard, p->col.ax[i]))
            return false;
    return true;
}

/* Splits the sum into input rows and positions. False: does not fit. */
static bool split_sum(const Plan *p, const NestOperand *x, Shape *s)
{
    const Nest *n = p->nest;
    int rows[NEST_AXES] = {0}, n_rows = 0;
    int64_t weight[NEST_AXES] = {0}, move[NEST_AXES] = {0}, most = 0;
    for (int ax = n->n_out; ax < n->n_axes; ax++) {
        int64_t by;
        if (!along_row(n, x, s, ax, &by)) {
            rows[n_rows++] = ax;
            continue;
        }
        if (by < 0 || x->coef[ax] != by * s->step || (s->guard >= 0 && guard_of(x, ax) != s->guard))
            return false;
        move[ax] = by;
        most += by * (n->extent[ax] - 1);
    }
    walk_axes(&s->taps, n, x, rows, n_rows, true);
    int64_t w = 1;
    for (int i = n_rows - 1; i >= 0; i--)
        weight[rows[i]] = w, w *= n->extent[rows[i]];
    s->span = s->stride * (s->Q - 1) + most + 1;
    for (int t = 0; t < s->n_taps; t++) {
        int64_t rest = t, row = 0, shift = 0;
        for (int ax = n->n_axes - 1; ax >= n->n_out; ax--) {
            row += rest % n->extent[ax] * weight[ax];
            shift += rest % n->extent[ax] * move[ax];
            rest /= n->extent[ax];
        }
        s->row[t] = (int)row, s->in_row[t] = shift % s->stride * div_up(s->span, s->stride) + shift / s->stride;
    }
    return true;
}

static bool shape_make(const Plan *p, Shape *s)
{
    const NestOperand *x = p->cols.op;
    if (p->M != 1 || p->K < 2 || p->K > MAX_TAPS || p->split || p->buffered || p->prefill || p->late || p->col.n < 1 || p->cols.divided)
        return false;
    int q = p->col.ax[p->col.n - 1];
    *s = (Shape){.Q = p->nest->extent[q], .guard = guard_of(x, q), .n_taps = (int)p->K};
    if (s->guard == -2)
        return false;
    s->stride = s->guard < 0 ? x->coef[q] : guard_coef(x, s->guard, q);
    if (s->stride < 1 || s->stride > MAX_PHASES || x->coef[q] % s->stride || !row_axes_ok(p, x, s))
        return false;
    s->step = x->coef[q] / s->stride;
    s->ext = s->guard < 0 ? INT64_MAX / 4 : x->guard[s->guard].extent;
    walk_axes(&s->lines, p->nest, x, p->col.ax, p->col.n - 1, true);
    return s->step > 0 && split_sum(p, x, s);
}

static bool fits(const Plan *p)
{
    Shape s;
    return !p->il && shape_make(p, &s);
}

/* ── a task: some output rows of one batch ── */
typedef struct Task {
    const DRun *r;
    SideAt at;
    const float *w;            /* [n_taps] */
    int64_t out, init, add;    /* offsets of the batch in the planes */
    float *cache;              /* [n_slots] rows; slot 0 is all zero */
    int64_t *key, *used;       /* per slot: element offset of the row; output row that needed it last, -1: empty */
    int n_slots, next;
    const float **rows, **taps; /* [MAX_TAPS] each: input rows and taps of the output row at hand */
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

static const float *cache_row(Task *t, int64_t first, int64_t pos, int64_t line)
{
    for (int i = 1; i < t->n_slots; i++)
        if (t->key[i] == first && t->used[i] >= 0)
            return t->used[i] = line, t->cache + (size_t)i * t->r->sz_row;
    do
        t->next = t->next + 1 < t->n_slots ? t->next + 1 : 1;
    while (t->used[t->next] == line);
    t->key[t->next] = first, t->used[t->next] = line;
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
    return cache_row(t, first, pos, line);
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
    URow u = {.tap = t->taps, .w = t->w, .n_taps = s->n_taps, .n = s->Q, .clamp = n->clamp, .lo = n->lo, .hi = n->hi};
    u.y = plane_element(&p->out, t->out, 0, line * s->Q);
    if (n->init.p)
        plane_tile(&u.init, &p->init, t->init, 0, line * s->Q, p->u->nr / 2);
    if (n->add.p)
        plane_tile(&u.add, &p->add, t->add, 0, line * s->Q, p->u->nr / 2);
    p->u->row(&u);
}

/* Parts of a thread's scratch: cached rows, their keys and uses, rows and taps, the weights, the scratch that gathers the weights. */
static size_t local_bytes(const DRun *r)
{
    return (r->n_slots * (r->sz_row * sizeof(float) + 2 * sizeof(int64_t)) + MAX_TAPS * (sizeof(float) + 2 * sizeof(float *)) + sizeof(PackScratch) + 4095) & ~(size_t)4095;
}

static void task_open(Task *t, const DRun *r, int64_t batch, char *mem)
{
    const Plan *p = r->p;
    t->r = r;
    t->n_slots = (int)r->n_slots, t->next = 0;
    t->cache = (float *)(void *)mem;
    t->key = (int64_t *)(void *)(mem + r->n_slots * r->sz_row * sizeof(float));
    t->used = t->key + r->n_slots;
    t->rows = (const float **)(void *)(t->used + r->n_slots);
    t->taps = t->rows + MAX_TAPS;
    float *w = (float *)(void *)(t->taps + MAX_TAPS);
    memset(t->cache, 0, r->sz_row * sizeof(float));
    for (int i = 0; i < t->n_slots; i++)
        t->used[i] = -1;
    t->w = r->weights ? r->weights + walk_at(&p->row_pack, batch).off * p->K : w;
    if (!r->weights) {
        PackScratch *scratch = (PackScratch *)(void *)(w + MAX_TAPS);
        SideAt at = side_at(&p->rows, batch);
        scratch->side = NULL;
        side_pack(p->u, &p->rows, &at, 0, 1, 0, p->K, scratch, w, 1);
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
        nest_post(r->p, r->p->nest->post, r->p->nest->post_ctx, thread, batch, 0, 1, l0 * r->s.Q, l1 * r->s.Q);
}

static SpmlCode make(NestMade *m, ContractWork *w, Error *err)
{
    (void)w;
    if (!fits(&m->plan))
        return SPML_NO;
    DRun *r = m->own = malloc(sizeof *r);
    if (!r)
        return error_oom(err);
    r->p = &m->plan;
    shape_make(r->p, &r->s);
    r->sz_row = (size_t)((div_up(r->s.span, r->s.stride) * r->s.stride + SLACK + 15) & ~(int64_t)15);
    r->n_slots = 2 * (size_t)r->s.taps.count + 2;
    r->rows = min_i64(r->s.lines.count, HARD(16384 / r->s.Q + 8, 2));
    r->n_blocks = div_up(r->s.lines.count, r->rows);
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
