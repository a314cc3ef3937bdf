/* SPDX-License-Identifier: MIT
 * cpu: from a Nest to a Plan: which axes are batches, rows and columns, which planes can be read and written in place by the
 * micro-kernel, and the block sizes. Columns are the side that is contiguous in the output. No choice here changes a result. */
#include "backend/cpu/nest.h"
#include "base/hard.h"
#include "base/uninit.h"

/* Columns that lie in runs of up to so many are not cut into batches of them; runs are whole vectors of every level. */
enum { WHOLE_VECTORS = 16, MOST_SPLIT = 48 };

static bool moves(const NestOperand *o, int ax)
{
    if (!o->p)
        return false;
    return o->coef[ax] || operand_guards(o, ax);
}

/* Sorted by descending output stride, so that the last axis is the contiguous one. */
static void insert_axis(const Nest *n, AxisList *l, int ax)
{
    int i = l->n++;
    for (; i > 0 && n->out.coef[l->ax[i - 1]] < n->out.coef[ax]; i--)
        l->ax[i] = l->ax[i - 1];
    l->ax[i] = ax;
}

static int64_t points(const Nest *n, const AxisList *l)
{
    int64_t c = 1;
    for (int i = 0; i < l->n; i++)
        c *= n->extent[l->ax[i]];
    return c;
}

/* How many of the last axes continue each other in the output; with unit, starting from stride 1. */
static int suffix(const Nest *n, const AxisList *l, bool unit)
{
    int k = 0;
    for (int i = l->n - 1; i >= 0; i--, k++) {
        int64_t s = n->out.coef[l->ax[i]];
        if (i == l->n - 1 ? unit && s != 1 : s != n->out.coef[l->ax[i + 1]] * n->extent[l->ax[i + 1]])
            break;
    }
    return k;
}

/* Makes batches of the outer axes that break the suffix, if what remains is long enough to fill tiles. False: the side stays broken. */
static bool promote(const Nest *n, AxisList *l, AxisList *batch, bool unit, int64_t enough, bool *split)
{
    int keep = suffix(n, l, unit);
    if (keep == l->n)
        return true;
    AxisList tail = {.n = keep};
    for (int i = 0; i < keep; i++)
        tail.ax[i] = l->ax[l->n - keep + i];
    if (split && points(n, &tail) % WHOLE_VECTORS == 0 && points(n, &tail) <= MOST_SPLIT)
        return *split = true;
    if (points(n, &tail) < enough)
        return false;
    for (int i = 0; i < l->n - keep; i++)
        batch->ax[batch->n++] = l->ax[i];
    *l = tail;
    return true;
}

static void plane_make(Plane *pl, const Plan *p, const NestOperand *o)
{
    const Nest *n = p->nest;
    *pl = (Plane){.op = o};
    if (!o->p)
        return;
    walk_axes(&pl->row, n, o, p->row.ax, p->row.n, true);
    walk_axes(&pl->col, n, o, p->col.ax, p->col.n, true);
    walk_axes(&pl->batch, n, o, p->batch.ax, p->batch.n, true);
    int64_t step = walk_step(&pl->col);
    const bool one = pl->col.n <= 1, runs = p->split && !one && step == 1 && pl->col.ext[pl->col.n - 1] % WHOLE_VECTORS == 0;
    pl->direct = (o->type == DT_f32 || o->type == DT_i32) && pl->row.n <= 1 && (one ? step == 0 || step == 1 : runs);
}

/* Numbers the packed batches of an operand: batch axes that do not move it share them. */
static int64_t pack_index(Walk *w, const Nest *n, const NestOperand *o, const AxisList *batch)
{
    NestOperand index = {0};
    int64_t count = 1;
    for (int i = batch->n - 1; i >= 0; i--)
        if (moves(o, batch->ax[i])) {
            index.coef[batch->ax[i]] = count;
            count *= n->extent[batch->ax[i]];
        }
    walk_axes(w, n, &index, batch->ax, batch->n, true);
    return count;
}

static bool byte_type(DType t) { return t == DT_i8 || t == DT_u8; }

static bool type_ok(const Nest *n, const NestOperand *o)
{
    if (byte_type(n->a.type))
        return o == &n->a || o == &n->b || o == &n->zero_a || o == &n->zero_b ? !o->p || byte_type(o->type) : !o->p || o == &n->add || o->type == DT_i32 || (o == &n->out && (n->tail.box || n->scale.mul.p));
    return !o->p || o->type == DT_f32 || o->type == DT_f16 || o->type == DT_bf16;
}

static SpmlCode check(const Nest *n, Error *err)
{
    const NestOperand *all[] = {&n->a, &n->b, &n->init, &n->out, &n->add, &n->zero_a, &n->zero_b};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (!type_ok(n, all[i]))
            return error_set(err, SPML_UNSUPPORTED, "contract", "contraction: no path for operands of type %s", dtype_name(all[i]->type));
    if (n->n_axes > NEST_AXES || n->n_out > n->n_axes || n->a.n_guards > NEST_GUARDS || n->b.n_guards > NEST_GUARDS)
        return error_set(err, SPML_UNSUPPORTED, "contract", "contraction: %d axes, at most %d", n->n_axes, NEST_AXES);
    return SPML_OK;
}

/* Drops guards that no point of the nest violates, so that packing copies whole runs. */
static bool guard_holds(const Nest *n, const NestGuard *g)
{
    int64_t lo = g->start, hi = g->start;
    for (int i = 0; i < n->n_axes; i++) {
        int64_t d = g->coef[i] * (n->extent[i] - 1);
        *(d < 0 ? &lo : &hi) += d;
    }
    return g->div <= 1 && lo >= 0 && hi < g->extent;
}

static void roles(Plan *p)
{
    const Nest *n = p->nest;
    AxisList only[2] = {0};
    for (int i = 0; i < n->n_out; i++) {
        bool a = moves(&n->a, i), b = moves(&n->b, i);
        if (n->extent[i] == 1)
            continue;
        insert_axis(n, a == b ? &p->batch : a ? &only[0] : &only[1], i);
    }
    bool unit[2];
    for (int s = 0; s < 2; s++)
        unit[s] = only[s].n && n->out.coef[only[s].ax[only[s].n - 1]] == 1;
    int col = unit[0] != unit[1] ? unit[1] : points(n, &only[1]) >= points(n, &only[0]);
    p->col = only[col];
    p->row = only[!col];
    p->row_operand = !col;
}

/* *one: all are the same. */
static bool any_zero_point(const Side *s, int64_t batches, bool *one)
{
    *one = true;
    if (!s->zero->p)
        return s->flip;
    const SideAt start = side_at(s, 0);
    int32_t first = 0;
    bool any = false;
    side_zero(s, &start, 0, min_i64(1, s->line.count), &first);
    UNINIT int32_t z[64];
    for (int64_t b = 0; b < batches && (b == 0 || !walk_still(&s->zero_batch)); b++) {
        const SideAt at = side_at(s, b);
        for (int64_t l = 0; l < (walk_still(&s->zero_line) ? min_i64(1, s->line.count) : s->line.count); l += 64) {
            const int64_t m = min_i64(64, s->line.count - l);
            side_zero(s, &at, l, m, z);
            for (int64_t i = 0; i < m; i++)
                any = any || z[i], *one = *one && z[i] == first;
        }
    }
    return any;
}

void nest_zero_points(Plan *p)
{
    if (!p->il || p->il->group != 4)
        return;
    p->row_zeros = any_zero_point(&p->rows, p->n_batch, &p->row_one);
    p->col_zeros = any_zero_point(&p->cols, p->n_batch, &p->col_one);
}

/* Words of bytes want one side unsigned, the other signed: where both are the same, one is flipped, a (the activations) if both are signed. */
static void plan_integers(Plan *p, const ContractWork *w)
{
    const Nest *n = p->nest;
    Side *side[2] = {p->row_operand ? &p->cols : &p->rows, p->row_operand ? &p->rows : &p->cols}; /* of a, of b */
    const bool is_signed[2] = {n->a.type == DT_i8, n->b.type == DT_i8};
    p->il = w->il;
    for (int s = 0; s < 2; s++) {
        const bool cols = side[s] == &p->cols;
        const AxisList *lines = cols ? &p->col : &p->row;
        side_set_level(side[s], p->il);
        side[s]->zero = s ? &n->zero_b : &n->zero_a;
        walk_axes(&side[s]->zero_line, n, side[s]->zero, lines->ax, lines->n, true);
        walk_axes(&side[s]->zero_batch, n, side[s]->zero, p->batch.ax, p->batch.n, true);
    }
    p->K = side_words(&p->rows);
    p->rows.deep = p->il->depth > 1;
    if (p->il->group != 4)
        return;
    if (is_signed[0] == is_signed[1] && p->il->depth == 1)
        side[!is_signed[0]]->flip = 0x80;
    p->row_signed = is_signed[p->row_operand] != (p->rows.flip != 0);
    p->col_signed = is_signed[!p->row_operand] != (p->cols.flip != 0);
    nest_zero_points(p);
}

SpmlCode nest_plan(const Nest *n, const ContractWork *w, Plan *p, Error *err)
{
    *p = (Plan){.nest = n, .u = w->u};
    SpmlCode code = check(n, err);
    if (code)
        return code;
    roles(p);
    p->buffered = !promote(n, &p->col, &p->batch, true, w->u->nr / 2, byte_type(n->a.type) ? NULL : &p->split);
    p->buffered = !promote(n, &p->row, &p->batch, false, 4, NULL) || p->buffered;
    p->n_batch = points(n, &p->batch);
    const NestOperand *r = p->row_operand ? &n->b : &n->a, *c = p->row_operand ? &n->a : &n->b;
    p->rows.bytes = p->cols.bytes = byte_type(n->a.type);
    side_make(&p->rows, n, r, p->row.ax, p->row.n, p->batch.ax, p->batch.n);
    side_make(&p->cols, n, c, p->col.ax, p->col.n, p->batch.ax, p->batch.n);
    p->M = p->rows.line.count, p->N = p->cols.line.count, p->K = p->rows.sum.count;
    plane_make(&p->out, p, &n->out);
    plane_make(&p->init, p, &n->init);
    plane_make(&p->add, p, &n->add);
    plane_make(&p->mul, p, &n->scale.mul);
    plane_make(&p->bias, p, &n->scale.bias);
    plane_make(&p->zero, p, &n->scale.zero);
    plane_make(&p->other, p, &n->scale.other);
    p->buffered = p->buffered || !p->out.direct;
    p->prefill = n->init.p && !p->init.direct;
    p->late = n->add.p && !p->add.direct;
    p->buffered = p->buffered || (p->split && (p->prefill || p->late));
    p->n_row_pack = pack_index(&p->row_pack, n, r, &p->batch);
    p->n_col_pack = pack_index(&p->col_pack, n, c, &p->batch);
    if (byte_type(n->a.type))
        plan_integers(p, w);
    p->buffered = p->buffered || p->il;
    p->prefill = p->prefill && !p->il; /* integers add it at the end */
    if (p->M && p->N) {
        const bool deep = p->il && p->il->depth > 1;
        p->row_panels = div_up(p->M, deep ? 32 : w->u->mr);
        p->h = deep ? 32 : p->M / p->row_panels;
        p->tall = deep ? 0 : p->M % p->row_panels;
        p->col_panels = div_up(p->N, w->u->nr);
    }
    return SPML_OK;
}

/* Terms of a slab: as many as a column panel may have to fit L1, or a 20th of L2. The row panel streams from L2, where a part of the rows stays. */
int64_t pack_kc(const ContractWork *w)
{
    const int64_t line = w->u->nr * (int64_t)sizeof(float), l1 = min_i64(w->l1 / line, 384), l2 = min_i64(w->l2 / 20 / line, 768), k = (l1 > l2 ? l1 : l2) / 16 * 16;
    return k < HARD(64, 5) ? HARD(64, 5) : k;
}

/* The same for matrix registers, which take a row panel and a column panel from L1 at twice the rate at which L2 gives them: where columns come packed, from memory, both
 * share L1 with the sums; columns that a task packs are worth a longer slab. */
static int64_t slab_terms(const Plan *p, const ContractWork *w, bool col_packed)
{
    const int64_t line = p->u->nr * (int64_t)sizeof(float), depth = p->il ? p->il->depth : 1, k = w->l1 / 3 / line / depth * depth;
    return depth > 1 && col_packed ? min_i64(pack_kc(w), k > depth ? k : depth) : pack_kc(w);
}

static void halve(int64_t *blocks, int64_t least) { *blocks = *blocks / 2 < least ? least : div_up(*blocks, 2); }

void plan_blocks(Plan *p, const ContractWork *w, int threads, bool row_packed, bool col_packed)
{
    int64_t slabs = div_up(p->K, slab_terms(p, w, col_packed)), nr = p->u->nr, line = 4 * pack_kc(w);
    bool stream = !p->il && p->M <= 4 && col_packed && !p->buffered && HARD(true, p->K % 2); /* gemv: nothing is used twice, so nothing is cut */
    p->kc = p->K && !stream ? div_up(p->K, slabs) : p->K;
    if (p->il)
        p->kc = div_up(p->kc, p->il->depth) * p->il->depth;
    p->mc = w->l2 / 5 / (line * p->h) + 1;
    p->mb = min_i64(p->row_panels, HARD(p->buffered ? 512 : 1024, 2) / p->h + 1);
    p->nb = min_i64(p->col_panels, w->l2 / (p->buffered ? 8 : 4) / (line * nr) + 1);
    int64_t want = threads > 1 ? 4 * (int64_t)threads : 1, least_rows = col_packed ? 2 : 4;
    while (p->n_batch * div_up(p->row_panels, p->mb) * div_up(p->col_panels, p->nb) < want) {
        if (p->nb > 2 && (p->nb * nr >= p->mb * p->h || p->mb <= least_rows))
            halve(&p->nb, 2);
        else if (p->mb > least_rows)
            halve(&p->mb, least_rows);
        else
            break;
    }
    (void)row_packed;
    p->n_mb = div_up(p->row_panels, p->mb);
    p->n_nb = div_up(p->col_panels, p->nb);
    p->mb = div_up(p->row_panels, p->n_mb); /* even out */
    p->nb = div_up(p->col_panels, p->n_nb);
    if (stream) { /* whole groups of panels, but for the last task */
        const int64_t group = p->u->gemv_panels[min_i64(p->M, 4) - 1];
        p->nb = p->nb > group ? p->nb / group * group : group;
    }
    p->n_mb = div_up(p->row_panels, p->mb);
    p->n_nb = div_up(p->col_panels, p->nb);
}

/* Copies the nest without guards that always hold; used by nest_run before planning. */
void nest_simplify(Nest *dst, const Nest *src);
void nest_simplify(Nest *dst, const Nest *src)
{
    *dst = *src;
    NestOperand *o[2] = {&dst->a, &dst->b};
    for (int s = 0; s < 2; s++) {
        int k = 0;
        for (int g = 0; g < o[s]->n_guards; g++)
            if (!guard_holds(dst, &o[s]->guard[g]))
                o[s]->guard[k++] = o[s]->guard[g];
        o[s]->n_guards = k;
    }
}
