/* SPDX-License-Identifier: MIT
 * cpu: runs kernels of rows with running values; see running.h. A unit is some blocks of rows whose columns are the same: for each block of the loop it packs
 * those columns once, then takes the rows through all statements of the loop. */
#include "backend/cpu/form.h"
#include "backend/cpu/running.h"
#include "base/hard.h"
#include "base/span.h"
#include "kir/core.h"

#include <string.h>

enum { LANES = KIR_LANES, UNIT_ROWS = HARD(256, 1), NESTING = 16, FOLDED = 16 /* rows whose lanes are merged together */ };

static int64_t round_up(int64_t n, int64_t to) { return (n + to - 1) / to * to; }
static int64_t min_i64(int64_t a, int64_t b) { return a < b ? a : b; }

/* ── one launch ── */

/* An index expression where the group's axes are at[]. */
static bool evaluate(const RunningPlan *p, KReg x, const int64_t *at, int depth, int64_t *v)
{
    const Running *r = p->r;
    x = form_root(r->defs, x);
    for (size_t a = 0; a < r->group->n_axes; a++)
        if (x == r->group->axes[a].index)
            return *v = at[a], true;
    const KInst *i = r->defs[x];
    if (!i || depth > NESTING || i->type != DT_i64 || kop_info[i->op].cls != KCLASS_P || i->op == K_call || i->op == K_extent || i->n_args > 3)
        return false;
    uint64_t arg[3] = {0};
    for (int n = 0; n < i->n_args; n++) {
        int64_t a;
        if (kir_type(r->k, form_root(r->defs, i->args[n])) != DT_i64 || !evaluate(p, i->args[n], at, depth + 1, &a))
            return false;
        arg[n] = (uint64_t)a;
    }
    *v = (int64_t)(i->op == K_const ? i->bits : i->op == K_sym ? p->l->sym[i->id] : kir_eval(i->op, DT_i64, DT_i64, arg));
    return true;
}

static bool extent_of(const RunningPlan *p, KReg x, int64_t *v) { return evaluate(p, x, (const int64_t[KIR_MAX_AXES]){0}, 0, v) && (*v = *v > 0 ? *v : 0, true); }

/* Where columns of the loop end for the rows from i on. */
static bool loop_end(const RunningPlan *p, int64_t block, int64_t *end)
{
    int64_t at[KIR_MAX_AXES] = {0};
    at[p->r->group->n_axes - 1] = block * p->tm;
    return evaluate(p, p->r->loop->axes[0].hi, at, 0, end) && (*end = *end > 0 ? *end : 0, true);
}

/* The axes an access may move along: those of the group but the last, row, lane, and that of a sum. */
typedef struct Axis { KReg index; int64_t extent; } Axis;

static size_t axes_of(const RunningPlan *p, const RunAccess *x, Axis *axis)
{
    const Running *r = p->r;
    const size_t n = r->group->n_axes - 1;
    for (size_t a = 0; a < n; a++)
        axis[a] = (Axis){r->group->axes[a].index, p->extent[a]};
    axis[n] = (Axis){x->each->axes[0].index, p->extent[n]};
    size_t m = n + 1;
    const KAxis *lane = x->each->n_axes > 1 ? &x->each->axes[1] : NULL, *sum = x->dot ? &x->dot->axes[0] : NULL;
    axis[m++] = (Axis){lane ? lane->index : 0, 1};
    axis[m++] = (Axis){sum ? sum->index : 0, 1};
    for (int i = 0; i < 2; i++) {
        const KAxis *k = i ? sum : lane;
        int64_t e = 1;
        if (k && form_root(r->defs, k->lo) == r->loop->axes[0].index)
            e = p->longest;
        else if (k && !extent_of(p, k->hi, &e))
            return 0;
        axis[n + 1 + (size_t)i].extent = e;
    }
    return m;
}

/* Offsets of an access, and that it stays inside. */
static bool locate(RunningPlan *p, int which)
{
    const Running *r = p->r;
    const RunAccess *x = &r->access[which];
    const KirView *v = &p->l->view[x->inst->id];
    struct RunPlace *to = &p->place[which];
    Axis axis[KIR_MAX_AXES + 3];
    KReg index[KIR_MAX_AXES + 3];
    int64_t coef[KIR_MAX_AXES + 3], c0, step[KIR_MAX_AXES + 3] = {0};
    const size_t n = axes_of(p, x, axis);
    bool none = false;
    for (size_t a = 0; a < n; a++)
        index[a] = axis[a].index, none = none || axis[a].extent == 0;
    *to = (struct RunPlace){.size = dtype_info[r->k->mems[x->inst->id].type].bytes};
    for (int d = 0; n && d < v->rank; d++) {
        if (!kir_affine_in(r->k, p->l, r->defs, x->inst->args[d], index, n, coef, &c0))
            return false;
        int64_t lo = c0, hi = c0;
        to->start += c0 * v->stride[d];
        for (size_t a = 0; a < n; a++) {
            step[a] += coef[a] * v->stride[d];
            *(coef[a] < 0 ? &lo : &hi) += coef[a] * (axis[a].extent - 1);
        }
        if (!none && (lo < 0 || hi >= v->dim[d]))
            return false;
    }
    const size_t g = r->group->n_axes - 1;
    memcpy(to->group, step, g * sizeof *step);
    to->row = step[g], to->lane = step[g + 1], to->sum = step[g + 2];
    return n != 0;
}

static bool extents(RunningPlan *p)
{
    const Running *r = p->r;
    const KAxis *last = &r->group->axes[r->group->n_axes - 1];
    int64_t end;
    for (size_t a = 0; a < r->group->n_axes; a++)
        if (!extent_of(p, r->group->axes[a].hi, &p->extent[a]))
            return false;
    if (!extent_of(p, last->by, &p->tm) || !extent_of(p, r->loop->axes[0].by, &p->tn) || p->tm < 1 || p->tn < 1)
        return false;
    p->n_blocks = (p->extent[r->group->n_axes - 1] + p->tm - 1) / p->tm;
    for (int64_t b = 0; b < p->n_blocks; b++) {
        if (!loop_end(p, b, &end))
            return false;
        p->longest = end > p->longest ? end : p->longest;
    }
    p->ld_block = p->ld_slot = round_up(min_i64(p->longest, p->tn), LANES);
    p->ld_slot = p->ld_slot > p->tm ? p->ld_slot : round_up(p->tm, LANES);
    for (int t = 0; t < r->n_tiles; t++) {
        if (r->tile[t].cols == RUN_ALL && !extent_of(p, r->tile[t].extent, &p->all[t]))
            return false;
        p->ld_slot = p->ld_slot > p->all[t] ? p->ld_slot : round_up(p->all[t], LANES);
    }
    for (int s = 0; s < r->n_statements; s++) {
        const RunStatement *x = &r->statement[s];
        p->lanes[s] = p->sum[s] = 0; /* of the block */
        if ((x->lanes == RUN_ALL && !extent_of(p, x->extent, &p->lanes[s])) || (x->dot.on && !x->dot.k_block && !extent_of(p, x->dot.k_extent, &p->sum[s])))
            return false;
    }
    return true;
}

/* Rows along which axes share the packed columns, and units of them for every thread. */
static void share(RunningPlan *p, int threads)
{
    const Running *r = p->r;
    const size_t n = r->group->n_axes - 1;
    p->n_outer = p->n_shared = 1;
    for (size_t a = 0; a < n; a++) {
        p->shared[a] = true;
        for (int s = 0; s < r->n_statements; s++)
            p->shared[a] = p->shared[a] && !(r->statement[s].dot.on && p->place[r->statement[s].dot.b].group[a]);
        *(p->shared[a] ? &p->n_shared : &p->n_outer) *= p->extent[a];
    }
    const int64_t items = p->n_shared * p->n_blocks;
    p->per_unit = UNIT_ROWS / p->tm > 1 ? UNIT_ROWS / p->tm : 1;
    while (p->per_unit > 1 && threads > 1 && p->n_outer * ((items + p->per_unit - 1) / p->per_unit) < 4 * (int64_t)threads)
        p->per_unit /= 2;
    p->n_units = p->n_outer * ((items + p->per_unit - 1) / p->per_unit);
}

static int64_t terms_of(const RunningPlan *p, int s, int64_t block) { return p->r->statement[s].dot.k_block ? block : p->sum[s]; }
static int64_t lanes_of(const RunningPlan *p, int s, int64_t block, int64_t rows)
{
    const RunLanes l = p->r->statement[s].lanes;
    return l == RUN_ROWS ? rows : l == RUN_BLOCK ? block : p->lanes[s];
}

/* Per thread: tiles, slots, packed columns, offsets of terms, rows that are not f32. */
static bool sizes(RunningPlan *p, size_t *sz)
{
    const Running *r = p->r;
    const int64_t block = min_i64(p->longest, p->tn), rows = round_up(p->tm, LANES);
    size_t all = 0, terms = 0;
    for (int t = 0; t < r->n_tiles; t++) {
        p->sz_tile[t] = (size_t)(r->tile[t].cols == RUN_ROWS ? rows * p->per_unit : r->tile[t].cols == RUN_BLOCK ? p->tm * p->ld_block : p->tm * round_up(p->all[t], LANES) * p->per_unit) * sizeof(float);
        all += p->sz_tile[t];
    }
    for (int s = 0; s < r->n_statements; s++) {
        const size_t k = (size_t)terms_of(p, s, block);
        p->sz_pack[s] = r->statement[s].dot.on ? k * (size_t)round_up(lanes_of(p, s, block, 0), p->u->nr) * sizeof(float) : 0;
        all += (p->sz_pack[s] + 63) & ~(size_t)63;
        terms = r->statement[s].dot.on && k > terms ? k : terms;
    }
    terms = (terms + 15) & ~(size_t)15;
    all += RUN_SLOTS * (size_t)(p->tm * p->ld_slot) * sizeof(uint64_t) + terms * (sizeof(int32_t) + sizeof(int64_t)) + (size_t)p->tm * terms * sizeof(float) + 2 * FOLDED * LANES * sizeof(float) + LANES * sizeof(uint64_t);
    *sz = all;
    return all < (size_t)1 << 30;
}

SpmlCode running_plan(Running *r, const KirLaunch *l, const ULevel *u, int threads, const RunningPlan **out, size_t *sz)
{
    RunningPlan *p = &r->plan;
    *p = (RunningPlan){.r = r, .l = l, .u = u};
    bool ok = extents(p);
    for (int i = 0; i < r->n_accesses && ok; i++)
        ok = locate(p, i);
    if (!ok)
        return SPML_NO;
    for (int i = 0; i < r->n_uniforms; i++)
        p->uniform[i][0] = r->uniform[i]->op == K_const ? r->uniform[i]->bits : l->sym[r->uniform[i]->id];
    share(p, threads);
    *out = p;
    return sizes(p, sz) ? SPML_OK : SPML_NO;
}

/* ── running ── */

typedef struct Line { char *p; int64_t step; } Line; /* a value of each row: step bytes from row to row */
typedef struct Vm {
    const RunningPlan *p;
    char *tile[RUN_TILES], *slot[RUN_SLOTS];
    Line made[RUN_SLOTS];     /* of the statement: slots, or what was found in place */
    float *pack[RUN_STATEMENTS], *rows, *acc, *lanes; /* acc: [FOLDED][LANES], lanes: [LANES][FOLDED] */
    int32_t *koff;
    int64_t *step;
    int64_t at[KIR_MAX_AXES]; /* the group's axes */
    int64_t item, j0, n, packed, rows_n; /* block of rows in the unit; columns j0 .. j0 + n of j0 .. j0 + packed; rows of the block */
} Vm;

static const char *place(const Vm *v, int access, int64_t row, int64_t lane, int64_t sum)
{
    const RunningPlan *p = v->p;
    const struct RunPlace *x = &p->place[access];
    const size_t g = p->r->group->n_axes - 1;
    int64_t off = x->start + (v->at[g] + row) * x->row + lane * x->lane + sum * x->sum;
    for (size_t a = 0; a < g; a++)
        off += v->at[a] * x->group[a];
    return (const char *)p->l->view[p->r->access[access].inst->id].p + off * (int64_t)x->size;
}

static Line tile_line(const Vm *v, int t)
{
    const RunningPlan *p = v->p;
    const int64_t all = round_up(p->all[t], LANES);
    switch (p->r->tile[t].cols) {
    case RUN_ROWS: return (Line){v->tile[t] + v->item * round_up(p->tm, LANES) * (int64_t)sizeof(float), sizeof(float)};
    case RUN_BLOCK: return (Line){v->tile[t], p->ld_block * (int64_t)sizeof(float)};
    default: return (Line){v->tile[t] + v->item * p->tm * all * (int64_t)sizeof(float), all * (int64_t)sizeof(float)};
    }
}

static Line arg_line(const Vm *v, const RunArg *a)
{
    return a->kind == RUN_UNIFORM ? (Line){(char *)(uintptr_t)v->p->uniform[a->index], 0} : a->kind == RUN_SLOT ? v->made[a->index] : tile_line(v, a->index);
}

typedef float Sixteen __attribute__((vector_size(64), aligned(4), may_alias));

static void fill(float *y, float x, int64_t n)
{
    const Sixteen all = {x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x};
    int64_t i = 0;
    for (; i + 16 <= n; i += 16)
        *(Sixteen *)(y + i) = all;
    for (; i < n; i++)
        y[i] = x;
}

static void run_prim(const Vm *v, const RunStep *s, Line to, int64_t rows, int64_t n)
{
    Line arg[RUN_ARGS];
    const void *at[RUN_ARGS];
    for (int i = 0; i < s->n_args; i++)
        arg[i] = arg_line(v, &s->arg[i]);
    for (int64_t r = 0; r < rows; r++, to.p += to.step) {
        for (int64_t c = 0; c < n; c += KTILE) {
            for (int i = 0; i < s->n_args; i++)
                at[i] = arg[i].p + (s->arg[i].single ? 0 : c * s->arg_size[i]);
            s->fn(&(void *){to.p + c * s->size}, at, (int)min_i64(n - c, KTILE));
        }
        for (int i = 0; i < s->n_args; i++)
            arg[i].p += arg[i].step;
    }
}

/* 64 lanes of each row, merged l with l + 32, l + 16 …: lanes of 16 rows side by side. */
static void merge_lanes(const Vm *v, const RunStep *s, float *to, int rows)
{
    const float *line[FOLDED];
    for (int i = 0; i < rows; i++)
        line[i] = v->acc + i * LANES;
    v->p->u->transpose(v->lanes, FOLDED, line, rows, LANES);
    for (int half = LANES / 2; half; half /= 2)
        for (int at = 0; at < half * FOLDED; at += KTILE)
            s->merge(&(void *){v->lanes + at}, (const void *[]){v->lanes + at, v->lanes + half * FOLDED + at}, (int)min_i64(half * FOLDED - at, KTILE));
    memcpy(to, v->lanes, (size_t)rows * sizeof *to);
}

static void run_reduce(const Vm *v, const RunStep *s, float *to)
{
    float ident;
    Line x = tile_line(v, s->arg[0].index);
    memcpy(&ident, &s->ident, sizeof ident);
    const int64_t n = v->p->r->tile[s->arg[0].index].cols == RUN_BLOCK ? v->n : v->p->all[s->arg[0].index], all = round_up(n, LANES);
    for (int64_t i = 0; i < v->rows_n; i += FOLDED) {
        const int rows = (int)min_i64(FOLDED, v->rows_n - i);
        fill(v->acc, ident, rows * LANES);
        for (int k = 0; k < rows; k++, x.p += x.step) {
            float *row = (float *)(void *)x.p;
            fill(row + n, ident, all - n);
            s->fn(&(void *){v->acc + k * LANES}, (const void *[]){row}, (int)all);
        }
        merge_lanes(v, s, to + i, rows);
    }
}

/* In place where primitives may read it whole: they take 64 lanes at a time. */
static void run_load(Vm *v, const RunStep *s, Line to, int64_t rows, int64_t n, int64_t lane0, int64_t step)
{
    const struct RunPlace *x = &v->p->place[s->access];
    const char *from = place(v, s->access, 0, lane0, 0);
    if (s->in_place && step == 1 && n % LANES == 0) {
        v->made[s->to] = (Line){(char *)(uintptr_t)from, x->row * (int64_t)x->size};
        return;
    }
    if (x->row == 0) /* the same for all rows */
        rows = 1, v->made[s->to].step = 0;
    for (int64_t r = 0; r < rows; r++, to.p += to.step, from += x->row * (int64_t)x->size)
        s->load(to.p, from, step, (int)n);
}

static void run_index(const Vm *v, const RunStep *s, Line to, int64_t rows, int64_t n, int64_t lane0)
{
    const int64_t row0 = v->at[v->p->r->group->n_axes - 1];
    for (int64_t r = 0; r < rows; r++, to.p += to.step)
        for (int64_t c = 0; c < (s->kind == RUN_ROW ? 1 : n); c++)
            ((int64_t *)(void *)to.p)[c] = s->kind == RUN_ROW ? row0 + r : lane0 + c;
}

static void run_store_tile(const Vm *v, const RunStep *s, int64_t rows, int64_t n)
{
    Line to = tile_line(v, s->to), from = arg_line(v, &s->arg[0]);
    for (int64_t r = 0; r < rows; r++, to.p += to.step, from.p += from.step) {
        float *y = (float *)(void *)to.p, x;
        memcpy(&x, from.p, sizeof x);
        if (!s->arg[0].single)
            memmove(y, from.p, (size_t)n * sizeof x);
        else
            fill(y, x, n);
    }
}

static void run_cut(const Vm *v, const RunStep *s, int64_t rows, int64_t n, int64_t lane0)
{
    Line to = tile_line(v, s->to), end = arg_line(v, &s->arg[0]);
    float x;
    memcpy(&x, v->p->uniform[s->arg[1].index], sizeof x);
    for (int64_t r = 0; r < rows; r++, to.p += to.step, end.p += end.step) {
        int64_t last;
        memcpy(&last, end.p, sizeof last);
        const int64_t keep = last < lane0 ? 0 : min_i64(n, last - lane0 + 1);
        fill((float *)(void *)to.p + keep, x, n - keep);
    }
}

/* Every step for all rows; a statement whose lanes are the rows has one. */
static void run_steps(Vm *v, const RunStatement *s, int64_t n)
{
    const bool flat = s->lanes == RUN_ROWS;
    const int64_t rows = flat ? 1 : v->rows_n, lane0 = s->lanes == RUN_BLOCK ? v->j0 : 0;
    for (int i = 0; i < s->n_steps; i++) {
        const RunStep *x = &s->step[i];
        const struct RunPlace *at = x->access >= 0 ? &v->p->place[x->access] : NULL;
        const int64_t step = !at ? 0 : flat ? at->row : at->lane;
        Line to = {0};
        if (x->kind != RUN_STORE && x->kind != RUN_STORE_TILE && x->kind != RUN_CUT)
            to = v->made[x->to] = (Line){v->slot[x->to], v->p->ld_slot * (int64_t)sizeof(uint64_t)};
        switch (x->kind) {
        case RUN_LOAD: run_load(v, x, to, rows, n, lane0, step); break;
        case RUN_LANE: run_index(v, x, to, rows, n, flat ? v->at[v->p->r->group->n_axes - 1] : lane0); break;
        case RUN_ROW: run_index(v, x, to, rows, n, lane0); break;
        case RUN_PRIM: run_prim(v, x, x->last ? tile_line(v, x[1].to) : to, rows, x->single ? 1 : n); break;
        case RUN_REDUCE: run_reduce(v, x, (float *)(void *)to.p); break;
        case RUN_STORE_TILE:
            if (!i || !x[-1].last)
                run_store_tile(v, x, rows, n);
            break;
        case RUN_CUT: run_cut(v, x, rows, n, lane0); break;
        case RUN_STORE: {
            Line from = arg_line(v, &x->arg[0]);
            for (int64_t r = 0; r < rows; r++, from.p += from.step)
                x->store((void *)(uintptr_t)place(v, x->access, r, lane0, 0), from.p, step, (int)n);
        }
        }
    }
}

/* Columns of a contraction as panels [terms][nr]. */
static void pack(const Vm *v, int s)
{
    const RunningPlan *p = v->p;
    const RunDot *d = &p->r->statement[s].dot;
    const struct RunPlace *x = &p->place[d->b];
    const int64_t k = terms_of(p, s, v->packed), n = lanes_of(p, s, v->packed, 0), nr = p->u->nr;
    const int64_t k0 = d->k_block ? v->j0 : 0, c0 = p->r->statement[s].lanes == RUN_BLOCK ? v->j0 : 0;
    const DType type = p->r->k->mems[p->r->access[d->b].inst->id].type;
    const char *src = place(v, d->b, 0, c0, k0);
    if (type == DT_f32 && x->sum == 1) {
        const float *line[UK_MAX_NR];
        for (int64_t c = 0; c < n; c += nr) {
            const int w = (int)min_i64(nr, n - c);
            for (int i = 0; i < w; i++)
                line[i] = (const float *)(const void *)src + (c + i) * x->lane;
            p->u->transpose(v->pack[s] + c * k, nr, line, w, k);
        }
        return;
    }
    for (int64_t i = 0; i < k; i++)
        v->step[i] = i * x->sum;
    const bool whole = type == DT_f32 && x->lane == 1;
    for (int64_t c = 0; c < n; c += whole ? n : nr) {
        const UCopy copy = {.dst = v->pack[s] + c * k, .ld = nr, .kc = k, .src = src, .type = type, .at = c * x->lane, .step = x->lane, .koff = v->step,
            .n = (int)(whole ? n : min_i64(nr, n - c)), .panel = nr * k};
        p->u->copy(&copy);
    }
}

/* Rows as they lie, tiles of them as even as can be. */
static void contract(const Vm *v, int s)
{
    const RunningPlan *p = v->p;
    const RunDot *d = &p->r->statement[s].dot;
    const int64_t k = terms_of(p, s, v->n), deep = terms_of(p, s, v->packed), n = lanes_of(p, s, v->n, 0), nr = p->u->nr, k0 = d->k_block ? v->j0 : 0;
    const DType type = d->tile_a ? DT_f32 : p->r->k->mems[p->r->access[d->a].inst->id].type;
    const Line rows = d->tile_a ? tile_line(v, d->a) : (Line){(char *)(uintptr_t)place(v, d->a, 0, 0, k0), p->place[d->a].row * (int64_t)p->place[d->a].size}, to = tile_line(v, d->to);
    const int64_t step = d->tile_a || type != DT_f32 ? 1 : p->place[d->a].sum, ars = type != DT_f32 ? k : rows.step / (int64_t)sizeof(float), crs = to.step / (int64_t)sizeof(float);
    const int64_t parts = (v->rows_n + p->u->mr - 1) / p->u->mr, tall = v->rows_n % parts;
    const float *a = (const float *)(const void *)rows.p;
    for (int64_t i = 0; i < v->rows_n && type != DT_f32; i++)
        p->u->load(v->rows + i * k, rows.p + i * rows.step, type, p->place[d->a].sum, k);
    a = type != DT_f32 ? v->rows : a;
    for (int64_t i = 0; i < k; i++)
        v->koff[i] = (int32_t)(i * step);
    UTile t = {.koff = v->koff, .ars = ars, .ldb = nr, .kc = k, .crs = crs, .cvs = nr / 2, .init = {.rs = crs, .vs = nr / 2}};
    for (int64_t j = 0; j < n; j += nr) { /* its columns stay in L1 */
        t.b = v->pack[s] + j * deep;
        t.n = (int)min_i64(nr, n - j);
        for (int64_t i = 0, m = 0; i < parts; m += t.m, i++) {
            t.m = (int)(v->rows_n / parts + (i < tall));
            t.a = a + m * ars;
            t.c = (float *)(void *)to.p + m * crs + j;
            t.init.p = d->init ? t.c : NULL;
            p->u->direct[t.n > nr / 2][t.m - 1](&t);
        }
    }
}

/* Statements from .. to of one block of rows. */
static void run_block(Vm *v, int from, int to, int64_t rows)
{
    v->rows_n = rows;
    for (int s = from; s < to; s++) {
        const RunStatement *x = &v->p->r->statement[s];
        const int64_t n = lanes_of(v->p, s, v->n, rows);
        if (n && rows)
            run_steps(v, x, n);
        if (n && rows && x->dot.on)
            contract(v, s);
    }
}

typedef struct Unit { const RunningPlan *p; char *scratch; size_t sz_part; } Unit;

static char *take(char **mem, size_t n)
{
    char *p = *mem;
    *mem += (n + 63) & ~(size_t)63;
    return p;
}

static void vm_make(Vm *v, const RunningPlan *p, char *mem)
{
    const Running *r = p->r;
    *v = (Vm){.p = p};
    for (int t = 0; t < r->n_tiles; t++)
        v->tile[t] = take(&mem, p->sz_tile[t]);
    for (int i = 0; i < RUN_SLOTS; i++)
        v->slot[i] = take(&mem, (size_t)(p->tm * p->ld_slot) * sizeof(uint64_t));
    int64_t terms = 0;
    for (int s = 0; s < r->n_statements; s++) {
        v->pack[s] = (float *)(void *)take(&mem, p->sz_pack[s]);
        const int64_t k = r->statement[s].dot.on ? terms_of(p, s, min_i64(p->longest, p->tn)) : 0;
        terms = k > terms ? k : terms;
    }
    terms = round_up(terms, 16);
    v->koff = (int32_t *)(void *)take(&mem, (size_t)terms * sizeof(int32_t));
    v->step = (int64_t *)(void *)take(&mem, (size_t)terms * sizeof(int64_t));
    v->rows = (float *)(void *)take(&mem, (size_t)(p->tm * terms) * sizeof(float));
    v->acc = (float *)(void *)take(&mem, FOLDED * LANES * sizeof(float));
    v->lanes = (float *)(void *)take(&mem, FOLDED * LANES * sizeof(float));
}

/* The group's axes for block of rows `item` among those that share columns; rows of it. */
static int64_t seek(Vm *v, int64_t item)
{
    const RunningPlan *p = v->p;
    const int g = (int)p->r->group->n_axes - 1;
    v->at[g] = item % p->n_blocks * p->tm;
    item /= p->n_blocks;
    for (int a = g - 1; a >= 0; a--)
        if (p->shared[a])
            v->at[a] = item % p->extent[a], item /= p->extent[a];
    return min_i64(p->tm, p->extent[g] - v->at[g]);
}

static void run_unit(void *ctx, int64_t unit, int thread)
{
    const Unit *u = ctx;
    const RunningPlan *p = u->p;
    const Running *r = p->r;
    const int64_t items = p->n_shared * p->n_blocks, chunks = (items + p->per_unit - 1) / p->per_unit, first = unit % chunks * p->per_unit, n = min_i64(p->per_unit, items - first);
    Vm v;
    vm_make(&v, p, u->scratch + (size_t)thread * u->sz_part);
    int64_t outer = unit / chunks, longest = 0;
    for (int a = (int)r->group->n_axes - 2; a >= 0; a--)
        if (!p->shared[a])
            v.at[a] = outer % p->extent[a], outer /= p->extent[a];
    for (v.item = 0; v.item < n; v.item++) {
        int64_t end = 0;
        const int64_t rows = seek(&v, first + v.item);
        run_block(&v, 0, r->from, rows);
        loop_end(p, (first + v.item) % p->n_blocks, &end);
        longest = end > longest ? end : longest;
    }
    for (v.j0 = 0; v.j0 < longest; v.j0 += p->tn) {
        v.packed = min_i64(p->tn, longest - v.j0);
        for (int s = r->from; s < r->to; s++)
            if (r->statement[s].dot.on)
                pack(&v, s);
        for (v.item = 0; v.item < n; v.item++) {
            int64_t end = 0;
            const int64_t rows = seek(&v, first + v.item);
            loop_end(p, (first + v.item) % p->n_blocks, &end);
            v.n = min_i64(v.packed, end - v.j0);
            if (v.n > 0)
                run_block(&v, r->from, r->to, rows);
        }
    }
    for (v.item = 0; v.item < n; v.item++)
        run_block(&v, r->to, r->n_statements, seek(&v, first + v.item));
}

void running_run(const RunningPlan *p, char *scratch, size_t sz_part, Pool *pool)
{
    Unit u = {p, scratch, sz_part};
    pool_run(pool, p->n_units, run_unit, &u);
}
