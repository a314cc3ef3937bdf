/* SPDX-License-Identifier: MIT
 * kir: contractions on CPU devices, one work-item a group. A group has some rows and one panel of x columns of the output: it copies the columns of a block of the
 * dot into shared memory, line by line, and runs its rows over it, ry at a time, with vectors. A block is as many indices of the dot's first axis as make about kc
 * lines; sums wait in shared memory between blocks, so every element stays one chain of fma in the order of the dot. The columns of a panel that lie in one row of
 * the last axis are a run: within it all that moves is that axis, so copies and stores are plain loops. Few columns get groups of fewer rows. Technique: the panels
 * and blocks of Goto and van de Geijn (2008). */
#include "kir/schedule_dot.h"

#include <string.h>

enum { MAX_ROWS = 16, WANT_GROUPS = 8, MOST_ROWS = 1024 };

typedef struct Panel {
    uint32_t lines;                      /* shared [lines of a block · x] */
    uint32_t sums;                       /* shared [rows · x]; [ry · x] where one block is all */
    uint32_t run_at, run[KIR_MAX_AXES];  /* private: first column of each run, then the end; its output axes */
    KReg n_runs;
    KReg steps, blocks, single;          /* indices of the dot's first axis in a block; blocks of the dot; just one */
    KReg batch[KIR_MAX_AXES], rows, y_lo, y_hi, count, size /* columns here, of a panel */;
    KReg lo, hi, first, last;            /* this block: indices of the first axis; is it the first, the last */
    unsigned last_axis;                  /* of the columns */
} Panel;

/* ── small builders ── */

static KReg op2(Dot *d, KOp o, KReg x, KReg y) { return sched_op2(&d->s, o, DT_i64, x, y); }
static KReg is(Dot *d, KOp o, KReg x, KReg y) { return sched_op2(&d->s, o, DT_bool, x, y); }
static KReg num(Dot *d, int64_t v) { return sched_i64(&d->s, v); }
static KReg add_num(Dot *d, KReg x, int64_t v) { return v ? op2(d, K_add, x, num(d, v)) : x; }
static KReg chunks(Dot *d, KReg n, KReg of) { return op2(d, K_div, op2(d, K_add, n, op2(d, K_sub, of, num(d, 1))), of); }
static bool one_axis(uint32_t set) { return (set & (set - 1)) == 0; }
static bool owns(const Dot *d, unsigned axis) { return d->own[SIDE_X] >> axis & 1; }

static KReg vec_reg(Dot *d, bool var, const char *name)
{
    KReg r = kir_reg(d->s.k, d->dot->type, var, name);
    if (r)
        d->s.k->regs[r].vec = (uint8_t)d->tile->simd;
    else
        d->s.failed = true;
    return r;
}

static void set_mem(Dot *d, KInst *i, uint32_t mem)
{
    if (i)
        i->id = mem;
    else
        d->s.failed = true;
}

/* o(args…) with a vector result */
static KReg vec_op(Dot *d, KOp o, int n, const KReg *args, uint32_t mem)
{
    KReg r = vec_reg(d, false, NULL);
    set_mem(d, d->s.failed ? NULL : kir_add(d->s.k, d->s.at, o, d->dot->type, r, n, args), mem);
    return r;
}

/* Shared memory of n elements, a register of the lets. */
static uint32_t memory(Dot *d, const char *name, KReg n)
{
    uint32_t id = sched_mem(&d->s, name, KMEM_SHARED, d->dot->type, -1);
    KReg *dims = arena_copy(d->s.k->arena, &n, sizeof n);
    d->s.failed |= !dims || !id;
    if (!d->s.failed)
        d->s.k->mems[id].dims = dims;
    return id;
}

/* ── sizes ── */

static void plan_blocks(Dot *d, Panel *p)
{
    const unsigned n = d->dot->n_axes;
    KReg one = num(d, 1), inner = dot_product(d, d->k_extent, n, ((1u << n) - 1) & ~1u);
    KReg steps = n == 1 ? num(d, d->tile->kc) : op2(d, K_max, one, op2(d, K_div, num(d, d->tile->kc), op2(d, K_max, one, inner)));
    p->steps = steps;
    p->blocks = op2(d, K_max, one, chunks(d, d->k_extent[0], steps));
    p->single = is(d, K_eq, p->blocks, one);
    KReg most = op2(d, K_min, steps, d->k_extent[0]), lines = n == 1 ? most : op2(d, K_mul, most, inner);
    p->lines = memory(d, "panel", op2(d, K_mul, lines, p->size));
}

/* How many rows a group has: enough groups for the device's cores, and sums that stay in its cache. */
static void plan_rows(Dot *d, Panel *p)
{
    KReg panels = chunks(d, d->side[SIDE_X].total, p->size), ry = num(d, d->tile->ry), one = num(d, 1);
    for (unsigned a = 0; a < d->each->n_axes; a++)
        if (d->batch >> a & 1)
            panels = op2(d, K_mul, panels, d->extent[a]);
    KReg want = op2(d, K_max, one, op2(d, K_div, num(d, WANT_GROUPS), op2(d, K_max, one, panels)));
    KReg rows = op2(d, K_min, num(d, MOST_ROWS), chunks(d, d->side[SIDE_Y].total, want));
    p->rows = op2(d, K_mul, op2(d, K_max, one, chunks(d, rows, ry)), ry);
    KReg all = op2(d, K_mul, p->rows, p->size), few = num(d, (int64_t)d->tile->ry * d->tile->x);
    p->sums = memory(d, "sums", sched_op(&d->s, K_select, DT_i64, 3, (KReg[]){p->single, few, all}));
}

/* ── runs ── */

static KBlock *open_while(Dot *d, KReg x, KReg below)
{
    KInst *w = sched_inst(&d->s, K_while, 2);
    KBlock *outer = d->s.at;
    KReg *yield = arena_array(d->s.k->arena, KReg, 1);
    d->s.at = w->blocks[0];
    d->s.failed |= !yield || !w->blocks[0];
    if (!d->s.failed) {
        yield[0] = is(d, K_lt, x, below);
        w->blocks[0]->yield = yield;
        w->blocks[0]->n_yield = 1;
    }
    d->s.at = w->blocks[1];
    return outer;
}

static void make_runs(Dot *d, Panel *p)
{
    const KAxis *last = &d->each->axes[p->last_axis];
    KReg axes[KIR_MAX_AXES] = {0};
    if (one_axis(d->own[SIDE_X]))
        return;
    p->run_at = sched_mem(&d->s, "run", KMEM_PRIVATE, DT_i64, d->tile->x + 1);
    for (unsigned a = 0; a < d->each->n_axes; a++)
        if (owns(d, a))
            p->run[a] = sched_mem(&d->s, "axis", KMEM_PRIVATE, DT_i64, d->tile->x + 1);
    p->n_runs = sched_var(&d->s, DT_i64, "n_runs", num(d, 0));
    KReg at = sched_var(&d->s, DT_i64, "at", num(d, 0));
    KBlock *outer = open_while(d, at, p->count);
    KReg n = sched_op(&d->s, K_move, DT_i64, 1, &p->n_runs);
    dot_axes(d, op2(d, K_add, d->base[SIDE_X], at), d->each->axes, d->extent, d->each->n_axes, d->own[SIDE_X], axes);
    sched_store(&d->s, p->run_at, n, sched_op(&d->s, K_move, DT_i64, 1, &at));
    for (unsigned a = 0; a < d->each->n_axes; a++)
        if (owns(d, a))
            sched_store(&d->s, p->run[a], n, axes[a]);
    sched_set(&d->s, at, op2(d, K_min, p->count, op2(d, K_add, at, op2(d, K_sub, last->hi, axes[p->last_axis]))));
    sched_set(&d->s, p->n_runs, add_num(d, n, 1));
    d->s.at = outer;
    sched_store(&d->s, p->run_at, sched_op(&d->s, K_move, DT_i64, 1, &p->n_runs), p->count);
}

typedef struct Run { KReg from, n, start; } Run; /* its first column, columns, and where the last axis starts */

/* Opens the loop over runs; axes[] get theirs, but for the last one. */
static Run open_runs(Dot *d, const Panel *p, KReg *axes)
{
    Run run;
    if (one_axis(d->own[SIDE_X]))
        return (Run){num(d, 0), p->count, op2(d, K_add, d->each->axes[p->last_axis].lo, d->base[SIDE_X])};
    KReg r;
    sched_loop(&d->s, K_for, num(d, 0), p->n_runs, 0, "run", &r);
    run.from = sched_load(&d->s, p->run_at, r);
    run.n = op2(d, K_sub, sched_load(&d->s, p->run_at, add_num(d, r, 1)), run.from);
    for (unsigned a = 0; a < d->each->n_axes; a++)
        if (owns(d, a))
            axes[a] = sched_load(&d->s, p->run[a], r);
    run.start = axes[p->last_axis];
    return run;
}

/* Opens the loop over the columns of a run; gives the column's place in the panel. */
static KReg open_run(Dot *d, const Panel *p, const Run *run, KReg *axes)
{
    KReg j;
    sched_loop(&d->s, K_for, num(d, 0), run->n, 0, "j", &j);
    axes[p->last_axis] = op2(d, K_add, run->start, j);
    return op2(d, K_add, run->from, j);
}

/* ── the panel ── */

/* Opens the loops of the dot over this block; all[] gets its axes behind the output's. */
static void open_dot(Dot *d, const Panel *p, KReg *all)
{
    KAxis axes[KIR_MAX_AXES];
    for (unsigned a = 0; a < d->dot->n_axes; a++) {
        const KAxis *x = &d->dot->axes[a];
        axes[a] = (KAxis){kir_reg(d->s.k, DT_i64, false, "k"), a ? x->lo : p->lo, a ? x->hi : p->hi, 0, NULL};
        all[d->each->n_axes + a] = axes[a].index;
    }
    sched_axes(&d->s, K_for, axes, d->dot->n_axes);
}

static void next_line(Dot *d, KReg line) { sched_set(&d->s, line, op2(d, K_add, line, num(d, d->tile->x))); }

static void bring_columns(Dot *d, Panel *p)
{
    KReg all[2 * KIR_MAX_AXES];
    KBlock *outer = d->s.at;
    memcpy(all, p->batch, sizeof p->batch);
    Run run = open_runs(d, p, all);
    KReg line = sched_var(&d->s, DT_i64, "line", run.from);
    run.from = 0;
    open_dot(d, p, all);
    KBlock *steps = d->s.at;
    KReg j;
    sched_loop(&d->s, K_for, num(d, 0), run.n, 0, "j", &j);
    all[p->last_axis] = op2(d, K_add, run.start, j);
    sched_store(&d->s, p->lines, op2(d, K_add, line, j), dot_inline(d, &d->side[SIDE_X].load, all));
    d->s.at = steps;
    next_line(d, line);
    d->s.at = outer;
}

/* Columns beyond the last are never stored, but they must be numbers. */
static void fill_columns(Dot *d, Panel *p)
{
    KReg all[2 * KIR_MAX_AXES], j;
    KBlock *outer = sched_if(&d->s, is(d, K_lt, p->count, p->size));
    KReg line = sched_var(&d->s, DT_i64, "line", num(d, 0));
    open_dot(d, p, all);
    KBlock *steps = sched_loop(&d->s, K_for, p->count, p->size, 0, "j", &j);
    sched_store(&d->s, p->lines, op2(d, K_add, line, j), sched_const(&d->s, d->dot->type, 0));
    d->s.at = steps;
    next_line(d, line);
    d->s.at = outer;
}

/* ── rows ── */

/* Runs f for the outputs of ry rows: starts go to the sums at `at`, or sums from there to their end. */
static void outputs(Dot *d, Panel *p, KReg at, KReg y0, KReg (*rows)[KIR_MAX_AXES], bool start)
{
    KBlock *outer = sched_if(&d->s, start ? p->first : p->last);
    for (int i = 0; i < d->tile->ry && !d->s.failed; i++) {
        KReg args[KIR_MAX_AXES + 1];
        KBlock *block = start ? d->s.at : sched_if(&d->s, is(d, K_lt, add_num(d, y0, i), p->y_hi));
        memcpy(args, rows[i], sizeof rows[i]);
        Run run = open_runs(d, p, args);
        KReg place = op2(d, K_add, add_num(d, at, (int64_t)i * d->tile->x), open_run(d, p, &run, args));
        if (start) {
            sched_store(&d->s, p->sums, place, dot_inline(d, &d->init, args));
        } else {
            args[d->each->n_axes] = sched_load(&d->s, p->sums, place);
            d->s.failed |= !d->s.at || !kir_inline(d->s.k, d->s.k, &d->s.scratch, d->s.at, &d->finish, args, NULL);
        }
        d->s.at = block;
    }
    d->s.at = outer;
}

static KReg place_of(Dot *d, KReg at, int i) { return add_num(d, at, (int64_t)i * d->tile->simd); }

static void load_sums(Dot *d, Panel *p, KReg at, int n)
{
    const bool zeros = dot_from_zero(d);
    KReg zero = sched_const(&d->s, d->dot->type, 0);
    for (int i = 0; zeros && i < n && !d->s.failed; i++)
        sched_set(&d->s, d->acc[i], vec_op(d, K_move, 1, &zero, 0));
    KBlock *outer = d->s.at;
    if (zeros)
        sched_if(&d->s, sched_op(&d->s, K_not, DT_bool, 1, &p->first));
    for (int i = 0; i < n && !d->s.failed; i++)
        sched_set(&d->s, d->acc[i], vec_op(d, K_load, 1, (KReg[]){place_of(d, at, i)}, p->sums));
    d->s.at = outer;
}

/* The steps of this block on ry rows. */
static void run_rows(Dot *d, Panel *p, KReg (*rows)[KIR_MAX_AXES])
{
    const int n_vec = d->tile->x / d->tile->simd;
    KReg all[2 * KIR_MAX_AXES], line = sched_var(&d->s, DT_i64, "line", num(d, 0)), x[MAX_ROWS];
    KBlock *outer = d->s.at;
    open_dot(d, p, all);
    for (int v = 0; v < n_vec; v++)
        x[v] = vec_op(d, K_load, 1, (KReg[]){place_of(d, line, v)}, p->lines);
    for (int i = 0; i < d->tile->ry && !d->s.failed; i++) {
        memcpy(all, rows[i], d->each->n_axes * sizeof *all);
        KReg y = dot_inline(d, &d->side[SIDE_Y].load, all), splat = vec_op(d, K_move, 1, &y, 0);
        for (int v = 0; v < n_vec; v++) {
            KReg acc = d->acc[i * n_vec + v];
            sched_set(&d->s, acc, vec_op(d, K_fma, 3, (KReg[]){splat, x[v], acc}, 0));
        }
    }
    next_line(d, line);
    d->s.at = outer;
}

static void panel_rows(Dot *d, Panel *p)
{
    const int ry = d->tile->ry, n = ry * (d->tile->x / d->tile->simd);
    KReg y0, rows[MAX_ROWS][KIR_MAX_AXES];
    KBlock *outer = sched_loop(&d->s, K_for, p->y_lo, p->y_hi, num(d, ry), "y0", &y0);
    KReg end = op2(d, K_sub, p->y_hi, num(d, 1)), at = sched_op(&d->s, K_select, DT_i64, 3, (KReg[]){p->single, num(d, 0), op2(d, K_mul, op2(d, K_sub, y0, p->y_lo), p->size)});
    for (int i = 0; i < ry; i++) { /* rows beyond the last are the last once more, and not stored */
        memcpy(rows[i], p->batch, sizeof rows[i]);
        dot_axes(d, op2(d, K_min, add_num(d, y0, i), end), d->each->axes, d->extent, d->each->n_axes, d->own[SIDE_Y], rows[i]);
    }
    for (int i = 0; i < n; i++)
        d->acc[i] = vec_reg(d, true, "acc");
    if (!dot_from_zero(d))
        outputs(d, p, at, y0, rows, true);
    load_sums(d, p, at, n);
    run_rows(d, p, rows);
    for (int i = 0; i < n && !d->s.failed; i++)
        set_mem(d, kir_add(d->s.k, d->s.at, K_store, d->dot->type, 0, 2, (KReg[]){place_of(d, at, i), d->acc[i]}), p->sums);
    outputs(d, p, at, y0, rows, false);
    d->s.at = outer;
}

/* ── the group ── */

static void panel_blocks(Dot *d, Panel *p)
{
    const KAxis *k = &d->dot->axes[0];
    KReg b;
    KBlock *outer = sched_loop(&d->s, K_for, num(d, 0), p->blocks, 0, "block", &b);
    p->lo = op2(d, K_add, k->lo, op2(d, K_mul, b, p->steps));
    p->hi = op2(d, K_min, k->hi, op2(d, K_add, p->lo, p->steps));
    p->first = is(d, K_eq, b, num(d, 0));
    p->last = is(d, K_eq, add_num(d, b, 1), p->blocks);
    bring_columns(d, p);
    fill_columns(d, p);
    panel_rows(d, p);
    d->s.at = outer;
}

void dot_panel(Dot *d)
{
    Panel p = {.size = num(d, d->tile->x)};
    KAxis axes[KIR_MAX_AXES];
    size_t n = 0;
    plan_blocks(d, &p);
    plan_rows(d, &p);
    KReg zero = num(d, 0);
    for (unsigned a = 0; a < d->each->n_axes; a++) {
        p.last_axis = owns(d, a) ? a : p.last_axis;
        if (!(d->batch >> a & 1))
            continue;
        axes[n] = (KAxis){kir_reg(d->s.k, DT_i64, false, "batch"), d->each->axes[a].lo, d->each->axes[a].hi, 0, NULL};
        p.batch[a] = axes[n++].index;
    }
    p.y_lo = kir_reg(d->s.k, DT_i64, false, "row");
    d->base[SIDE_X] = kir_reg(d->s.k, DT_i64, false, "column");
    axes[n++] = (KAxis){p.y_lo, zero, d->side[SIDE_Y].total, p.rows, NULL};
    axes[n++] = (KAxis){d->base[SIDE_X], zero, d->side[SIDE_X].total, p.size, NULL};
    KBlock *outer = sched_axes(&d->s, K_group, axes, n);
    p.y_hi = op2(d, K_min, d->side[SIDE_Y].total, op2(d, K_add, p.y_lo, p.rows));
    p.count = op2(d, K_min, p.size, op2(d, K_sub, d->side[SIDE_X].total, d->base[SIDE_X]));
    make_runs(d, &p);
    panel_blocks(d, &p);
    d->s.at = outer;
}
