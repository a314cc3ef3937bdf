/* SPDX-License-Identifier: MIT
 * kir: reductions, dots and scans as loops, with the order of section 7 rules 3–5: 64 lanes per chunk of 16,384 items, merges of
 * l with l + 32 … 1, chunk totals in a pairwise tree; one ascending chain for dot; runs of 64 and left folds for scan. In uniform
 * group code the lanes of a reduction are dealt to the group's lanes through shared memory, elsewhere one item does it all.
 * Lanes no item reached are left out of the merges of built-in reducers: their identity changes no bit (a sum that started
 * from +0 is never −0). */
#include "kir/schedule.h"

typedef struct Lanes { /* a reduction under way */
    const KReducer *red;
    size_t n;
    uint32_t *lane, *tree; /* [n] memories: 64 lanes; KIR_TREE_LEVELS totals */
    KReg n_tree, chunks;   /* vars; 0: at most one chunk */
    bool builtin;
} Lanes;

static KReg *regs(Sched *s, size_t n)
{
    KReg *r = arena_array(&s->scratch, KReg, n + 1);
    s->failed |= !r;
    return r;
}

/* out[n_state] = f(state…, more…) */
static void apply(Sched *s, const KReducer *red, const KFn *f, const KReg *state, const KReg *more, size_t n_more, KReg *out)
{
    KReg *args = regs(s, red->n_state + n_more);
    if (s->failed)
        return;
    for (size_t i = 0; i < red->n_state; i++)
        args[i] = state[i];
    for (size_t i = 0; i < n_more; i++)
        args[red->n_state + i] = more[i];
    s->failed |= !s->at || !kir_inline(s->k, s->k, &s->scratch, s->at, f, args, out);
}

static void set_all(Sched *s, const KReg *var, const KReg *value, size_t n)
{
    for (size_t i = 0; !s->failed && i < n; i++)
        sched_set(s, var[i], value[i]);
}

/* Values of a merge or step may be vars of its body, so they are copied before the first of the state changes. */
static void copy_values(Sched *s, KReg *value, size_t n)
{
    for (size_t i = 0; !s->failed && i < n; i++)
        value[i] = sched_op(s, K_move, kir_type(s->k, value[i]), 1, &value[i]);
}

static KReg *identity_vars(Sched *s, const KReducer *red, const char *name)
{
    KReg *v = regs(s, red->n_state);
    for (size_t i = 0; !s->failed && i < red->n_state; i++)
        v[i] = sched_var(s, red->state_types[i], name, sched_const(s, red->state_types[i], red->identity[i]));
    return v;
}

static KReg *load_all(Sched *s, const uint32_t *mem, size_t n, KReg index)
{
    KReg *v = regs(s, n);
    for (size_t i = 0; !s->failed && i < n; i++)
        v[i] = sched_load(s, mem[i], index);
    return v;
}

static void store_all(Sched *s, const uint32_t *mem, size_t n, KReg index, const KReg *value)
{
    for (size_t i = 0; !s->failed && i < n; i++)
        sched_store(s, mem[i], index, value[i]);
}

static void merge_at(Sched *s, const Lanes *l, const uint32_t *mem, KReg into, KReg other)
{
    KReg *a = load_all(s, mem, l->n, into), *b = load_all(s, mem, l->n, other), *out = regs(s, l->n);
    if (s->failed)
        return;
    apply(s, l->red, &l->red->merge, a, b, l->n, out);
    store_all(s, mem, l->n, into, out);
}

static KReg add_const(Sched *s, KReg x, int64_t c)
{
    return sched_op2(s, K_add, DT_i64, x, sched_i64(s, c));
}

static KReg and_const(Sched *s, KReg x, int64_t c)
{
    return sched_op2(s, K_and, DT_i64, x, sched_i64(s, c));
}

static KReg is(Sched *s, KOp op, KReg x, int64_t c)
{
    return sched_op2(s, op, DT_bool, x, sched_i64(s, c));
}

/* ── items ── */

/* Runs block b's instructions here; its yields are then readable. */
static const KReg *inline_block(Sched *s, const KBlock *b)
{
    sched_block(s, b);
    return b->yield;
}

/* if guard holds: vars = step(vars, item) */
static void step_item(Sched *s, const KInst *i, const KReducer *red, const KReg *vars)
{
    KBlock *outer = i->n_blocks == 2 && i->op == K_reduce ? sched_if(s, inline_block(s, i->blocks[1])[0]) : NULL;
    const KReg *item = inline_block(s, i->blocks[0]);
    KReg *out = regs(s, red->n_state);
    if (s->failed)
        return;
    apply(s, red, &red->step, vars, item, red->n_items, out);
    copy_values(s, out, red->n_state);
    set_all(s, vars, out, red->n_state);
    if (outer)
        s->at = outer;
}

/* ── the pairwise tree of chunk totals ── */

static void tree_begin(Sched *s, Lanes *l)
{
    l->tree = arena_array(&s->scratch, uint32_t, l->n);
    s->failed |= !l->tree;
    for (size_t i = 0; !s->failed && i < l->n; i++) {
        l->tree[i] = sched_mem(s, "tree", KMEM_PRIVATE, l->red->state_types[i], KIR_TREE_LEVELS);
        sched_store(s, l->tree[i], sched_i64(s, 0), sched_const(s, l->red->state_types[i], l->red->identity[i]));
    }
    l->n_tree = sched_var(s, DT_i64, "n_tree", sched_i64(s, 0));
    l->chunks = sched_var(s, DT_i64, "chunks", sched_i64(s, 0));
}

static KBlock *tree_while(Sched *s, KReg counter, KOp op, int64_t mask, int64_t c) /* while ((counter & mask) op c) */
{
    KInst *w = sched_inst(s, K_while, 2);
    KBlock *outer = s->at;
    KReg *y = arena_array(s->k->arena, KReg, 1);
    s->at = w->blocks[0];
    KReg cond = is(s, op, mask ? and_const(s, counter, mask) : counter, c);
    s->failed |= !y || !w->blocks[0];
    if (!s->failed) {
        y[0] = cond;
        w->blocks[0]->yield = y;
        w->blocks[0]->n_yield = 1;
    }
    s->at = w->blocks[1];
    return outer;
}

static void tree_merge_top(Sched *s, const Lanes *l)
{
    KReg top = add_const(s, l->n_tree, -1);
    sched_set(s, l->n_tree, top);
    merge_at(s, l, l->tree, add_const(s, top, -1), top);
}

static void tree_push(Sched *s, const Lanes *l) /* the total in lane 0 */
{
    KReg *total = load_all(s, l->lane, l->n, sched_i64(s, 0));
    store_all(s, l->tree, l->n, sched_op(s, K_move, DT_i64, 1, &l->n_tree), total);
    sched_set(s, l->n_tree, add_const(s, l->n_tree, 1));
    sched_set(s, l->chunks, add_const(s, l->chunks, 1));
    KReg c = sched_var(s, DT_i64, "c", l->chunks);
    KBlock *outer = tree_while(s, c, K_eq, 1, 0);
    tree_merge_top(s, l);
    sched_set(s, c, sched_op2(s, K_shr, DT_i64, c, sched_i64(s, 1)));
    s->at = outer;
}

static void tree_end(Sched *s, const Lanes *l, const KReg *result)
{
    KBlock *outer = tree_while(s, l->n_tree, K_gt, 0, 1);
    tree_merge_top(s, l);
    s->at = outer;
    set_all(s, result, load_all(s, l->tree, l->n, sched_i64(s, 0)), l->n);
}

/* ── merging the lanes of a chunk in one item ── */

static void fill_identity(Sched *s, const Lanes *l, KReg active)
{
    KReg at;
    KBlock *outer = sched_loop(s, K_for, active, sched_i64(s, KIR_LANES), 0, "l", &at);
    for (size_t i = 0; !s->failed && i < l->n; i++)
        sched_store(s, l->lane[i], at, sched_const(s, l->red->state_types[i], l->red->identity[i]));
    s->at = outer;
}

static void merge_lanes(Sched *s, const Lanes *l, KReg items) /* items of the chunk, > 0 */
{
    KReg h, at, lanes = sched_i64(s, KIR_LANES), active = sched_op2(s, K_min, DT_i64, items, lanes), left = 0;
    if (l->builtin)
        left = sched_var(s, DT_i64, "active", active);
    else
        fill_identity(s, l, active);
    KBlock *outer = sched_loop(s, K_for, sched_i64(s, 0), sched_i64(s, 6), 0, "h", &h);
    KReg half = sched_op2(s, K_shr, DT_i64, sched_i64(s, KIR_LANES / 2), h), end = half;
    if (l->builtin)
        end = sched_op2(s, K_min, DT_i64, half, sched_op2(s, K_sub, DT_i64, left, half));
    KBlock *level = sched_loop(s, K_for, sched_i64(s, 0), end, 0, "l", &at);
    merge_at(s, l, l->lane, at, sched_op2(s, K_add, DT_i64, at, half));
    s->at = level;
    if (l->builtin)
        sched_set(s, left, sched_op2(s, K_min, DT_i64, left, half));
    s->at = outer;
}

static void make_lanes(Sched *s, Lanes *l, KMemKind kind)
{
    l->lane = arena_array(&s->scratch, uint32_t, l->n);
    s->failed |= !l->lane;
    for (size_t i = 0; !s->failed && i < l->n; i++)
        l->lane[i] = sched_mem(s, "lanes", kind, l->red->state_types[i], KIR_LANES);
}

/* ── extents ── */

static bool const_reg(const Sched *s, KReg r, int64_t *v)
{
    const KInst *d = r < s->n_defs ? s->defs[r] : NULL;
    if (!d || d->op != K_const)
        return false;
    *v = (int64_t)d->bits;
    return true;
}

int64_t sched_items(const Sched *s, const KInst *i)
{
    int64_t total = 1;
    for (size_t a = 0; a < i->n_axes; a++) {
        int64_t lo, hi;
        const KAxis *x = &i->axes[a];
        if (x->bound || !const_reg(s, x->lo, &lo) || !const_reg(s, x->hi, &hi))
            return -1;
        if (__builtin_mul_overflow(total, hi > lo ? hi - lo : 0, &total))
            return -1;
    }
    return total;
}

static bool rectangular(const KInst *i)
{
    for (size_t a = 0; a < i->n_axes; a++)
        if (i->axes[a].bound)
            return false;
    return true;
}

/* ── a reduction in one item ── */

static void close_chunk(Sched *s, const Lanes *l, KReg items)
{
    merge_lanes(s, l, items);
    tree_push(s, l);
}

static void serial_item(Sched *s, const KInst *i, const Lanes *l, KReg t, bool few) /* few: each lane meets one item */
{
    KReg lane = few ? sched_op(s, K_move, DT_i64, 1, &t) : and_const(s, t, KIR_LANES - 1);
    KReg *vars = identity_vars(s, l->red, "state");
    if (!few) {
        KBlock *outer = sched_if(s, is(s, K_ge, and_const(s, t, KIR_CHUNK - 1), KIR_LANES)); /* this lane has a state already */
        set_all(s, vars, load_all(s, l->lane, l->n, lane), l->n);
        s->at = outer;
    }
    step_item(s, i, l->red, vars);
    store_all(s, l->lane, l->n, lane, vars);
}

static void serial_reduce(Sched *s, const KInst *i, Lanes *l, const KReg *result)
{
    int64_t total = sched_items(s, i);
    bool one_chunk = total >= 0 && total <= KIR_CHUNK;
    make_lanes(s, l, KMEM_PRIVATE);
    if (!one_chunk)
        tree_begin(s, l);
    KReg t = sched_var(s, DT_i64, "t", sched_i64(s, 0));
    KBlock *outer = sched_axes(s, K_for, i->axes, i->n_axes);
    if (!one_chunk) {
        KReg full = sched_op2(s, K_and, DT_bool, is(s, K_ne, t, 0), is(s, K_eq, and_const(s, t, KIR_CHUNK - 1), 0));
        KBlock *loop = sched_if(s, full);
        close_chunk(s, l, sched_i64(s, KIR_CHUNK));
        s->at = loop;
    }
    serial_item(s, i, l, t, total >= 0 && total <= KIR_LANES);
    sched_set(s, t, add_const(s, t, 1));
    s->at = outer;
    KReg known = sched_i64(s, total), count = total >= 0 ? known : t;
    outer = sched_if(s, is(s, K_gt, count, 0));
    KReg items = add_const(s, and_const(s, add_const(s, count, -1), KIR_CHUNK - 1), 1);
    if (one_chunk) {
        merge_lanes(s, l, items);
        set_all(s, result, load_all(s, l->lane, l->n, sched_i64(s, 0)), l->n);
    } else {
        close_chunk(s, l, items);
    }
    s->at = outer;
    if (!one_chunk)
        tree_end(s, l, result);
}

/* ── a reduction by the lanes of a group ── */

/* The axes' registers for item t, row-major; extents[n]. */
static void decompose(Sched *s, const KInst *i, const KReg *extents, KReg t)
{
    KReg rest = t;
    for (size_t a = i->n_axes; !s->failed && a-- > 0;) {
        KReg at = rest;
        if (a > 0) {
            at = sched_op2(s, K_rem, DT_i64, rest, extents[a]);
            rest = sched_op2(s, K_div, DT_i64, rest, extents[a]);
        }
        KInst *add = kir_add(s->k, s->at, K_add, DT_i64, i->axes[a].index, 2, (KReg[]){at, i->axes[a].lo});
        s->failed |= !add;
    }
}

static KReg count_items(Sched *s, const KInst *i, KReg *extents)
{
    KReg total = sched_i64(s, 1);
    for (size_t a = 0; !s->failed && a < i->n_axes; a++) {
        KReg n = sched_op2(s, K_sub, DT_i64, i->axes[a].hi, i->axes[a].lo);
        extents[a] = sched_op2(s, K_max, DT_i64, n, sched_i64(s, 0));
        total = sched_op2(s, K_mul, DT_i64, total, extents[a]);
    }
    return total;
}

static void lanes_step(Sched *s, const KInst *i, const Lanes *l, const KReg *extents, KReg chunk, KReg end)
{
    KReg lane, t;
    bool uniform;
    KBlock *outer = sched_lanes(s, sched_i64(s, KIR_LANES), &lane, &uniform);
    KReg *vars = identity_vars(s, l->red, "state"), from = sched_op2(s, K_add, DT_i64, chunk, lane);
    KBlock *loop = sched_loop(s, K_for, from, end, sched_i64(s, KIR_LANES), "t", &t);
    decompose(s, i, extents, t);
    step_item(s, i, l->red, vars);
    s->at = loop;
    store_all(s, l->lane, l->n, lane, vars);
    sched_end_lanes(s, outer, uniform);
}

static void lanes_merge(Sched *s, const Lanes *l)
{
    KReg h, at;
    bool uniform;
    KBlock *outer = sched_loop(s, K_for, sched_i64(s, 0), sched_i64(s, 6), 0, "h", &h);
    KReg half = sched_op2(s, K_shr, DT_i64, sched_i64(s, KIR_LANES / 2), h);
    KBlock *level = sched_lanes(s, half, &at, &uniform);
    merge_at(s, l, l->lane, at, sched_op2(s, K_add, DT_i64, at, half));
    sched_end_lanes(s, level, uniform);
    s->at = outer;
}

static void group_reduce(Sched *s, const KInst *i, Lanes *l, const KReg *result)
{
    int64_t known = sched_items(s, i);
    bool one_chunk = known >= 0 && known <= KIR_CHUNK;
    KReg *extents = regs(s, i->n_axes), chunk;
    if (s->failed)
        return;
    KReg total = count_items(s, i, extents);
    make_lanes(s, l, KMEM_SHARED);
    if (!one_chunk)
        tree_begin(s, l);
    KBlock *outer = sched_loop(s, K_for, sched_i64(s, 0), total, sched_i64(s, KIR_CHUNK), "chunk", &chunk);
    s->dirty |= !one_chunk; /* a later round writes what the one before read */
    lanes_step(s, i, l, extents, chunk, sched_op2(s, K_min, DT_i64, add_const(s, chunk, KIR_CHUNK), total));
    lanes_merge(s, l);
    if (one_chunk)
        set_all(s, result, load_all(s, l->lane, l->n, sched_i64(s, 0)), l->n);
    else
        tree_push(s, l);
    s->at = outer;
    s->dirty = true;
    if (!one_chunk)
        tree_end(s, l, result);
}

static void move_result(Sched *s, KReg dst, KReg from)
{
    KInst *m = kir_add(s->k, s->at, K_move, kir_type(s->k, dst), dst, 1, &from);
    s->failed |= !m;
}

/* Any order gives the same bits: no lanes are needed. */
static bool any_order(const KReducer *red)
{
    if (red->kind == KRED_SUM || red->kind == KRED_PROD)
        return dtype_is_int(red->state_types[0]);
    return red->kind == KRED_MIN || red->kind == KRED_MAX || red->kind == KRED_ANY || red->kind == KRED_ALL;
}

static void plain_reduce(Sched *s, const KInst *i, const KReducer *red, const KReg *result)
{
    KBlock *outer = sched_axes(s, K_for, i->axes, i->n_axes);
    step_item(s, i, red, result);
    s->at = outer;
}

void sched_reduce(Sched *s, const KInst *i)
{
    const KReducer *red = &s->k->reds[i->id];
    Lanes l = {.red = red, .n = red->n_state, .builtin = red->kind != KRED_USER};
    KReg *result = identity_vars(s, red, "total");
    if (s->uniform && rectangular(i))
        group_reduce(s, i, &l, result);
    else if (any_order(red))
        plain_reduce(s, i, red, result);
    else
        serial_reduce(s, i, &l, result);
    for (size_t d = 0; !s->failed && d < i->n_dst; d++)
        move_result(s, i->dst[d], result[d]);
}

/* ── dot ── */

void sched_dot(Sched *s, const KInst *i)
{
    KReg acc = sched_var(s, i->type, "acc", i->args[0]), next;
    KBlock *outer = sched_axes(s, K_for, i->axes, i->n_axes);
    KBlock *loop = i->n_blocks == 2 ? sched_if(s, inline_block(s, i->blocks[1])[0]) : NULL;
    const KReg *y = inline_block(s, i->blocks[0]);
    if (dtype_is_float(i->type))
        next = sched_op(s, K_fma, i->type, 3, (KReg[]){y[0], y[1], acc});
    else
        next = sched_op2(s, K_add, i->type, acc, sched_op2(s, K_mul, i->type, y[0], y[1]));
    sched_set(s, acc, next);
    if (loop)
        s->at = loop;
    s->at = outer;
    move_result(s, i->dst[0], acc);
}

/* ── scan ── */

typedef struct Scan { /* vars */
    const KReducer *red;
    KReg *chunks, *runs, *before, *local, has_chunks, has_runs, t;
} Scan;

/* into = present ? merge(into, other) : other */
static void fold_left(Sched *s, const Scan *c, const KReg *into, const KReg *other, KReg present)
{
    size_t n = c->red->n_state;
    KReg *copy = regs(s, n), *out = regs(s, n);
    for (size_t i = 0; !s->failed && i < n; i++)
        copy[i] = sched_op(s, K_move, kir_type(s->k, other[i]), 1, &other[i]);
    KInst *branch = NULL;
    KBlock *outer = sched_if(s, present);
    if (!s->failed)
        branch = outer->inst[outer->n - 1];
    if (!branch)
        return;
    apply(s, c->red, &c->red->merge, into, copy, n, out);
    copy_values(s, out, n);
    set_all(s, into, out, n);
    s->at = branch->blocks[1];
    set_all(s, into, copy, n);
    s->at = outer;
}

static KReg truth(Sched *s, bool b)
{
    return sched_const(s, DT_bool, b);
}

static void next_run(Sched *s, const Scan *c)
{
    size_t n = c->red->n_state;
    KBlock *outer = sched_if(s, is(s, K_ne, c->t, 0));
    fold_left(s, c, c->runs, c->local, c->has_runs);
    sched_set(s, c->has_runs, truth(s, true));
    KBlock *inner = sched_if(s, is(s, K_eq, and_const(s, c->t, KIR_CHUNK - 1), 0));
    fold_left(s, c, c->chunks, c->runs, c->has_chunks);
    sched_set(s, c->has_chunks, truth(s, true));
    sched_set(s, c->has_runs, truth(s, false));
    s->at = inner;
    s->at = outer;
    for (size_t i = 0; !s->failed && i < n; i++) {
        sched_set(s, c->local[i], sched_const(s, c->red->state_types[i], c->red->identity[i]));
        sched_set(s, c->before[i], c->chunks[i]);
    }
    outer = sched_if(s, c->has_runs);
    fold_left(s, c, c->before, c->runs, c->has_chunks);
    s->at = outer;
}

/* dst = the state with (has_local) or without the items of this run */
static void show(Sched *s, const Scan *c, KReg has_local, const KReg *dst)
{
    size_t n = c->red->n_state;
    KReg has = sched_op2(s, K_or, DT_bool, c->has_chunks, c->has_runs), *out = regs(s, n);
    for (size_t i = 0; !s->failed && i < n; i++)
        out[i] = sched_var(s, kir_type(s->k, c->before[i]), "state", c->before[i]);
    KReg wanted = sched_op2(s, K_or, DT_bool, has_local, sched_op(s, K_not, DT_bool, 1, &has));
    KBlock *outer = sched_if(s, wanted);
    fold_left(s, c, out, c->local, has);
    s->at = outer;
    for (size_t i = 0; !s->failed && i < n; i++)
        move_result(s, dst[i], out[i]);
}

static void serial_scan(Sched *s, const KInst *i)
{
    const KReducer *red = &s->k->reds[i->id];
    Scan c = {.red = red, .chunks = identity_vars(s, red, "chunks"), .runs = identity_vars(s, red, "runs")};
    c.before = identity_vars(s, red, "before");
    c.local = identity_vars(s, red, "local");
    c.has_chunks = sched_var(s, DT_bool, "has_chunks", truth(s, false));
    c.has_runs = sched_var(s, DT_bool, "has_runs", truth(s, false));
    c.t = sched_var(s, DT_i64, "t", sched_i64(s, 0));
    KBlock *outer = sched_axes(s, K_for, i->axes, i->n_axes);
    KReg in_run = is(s, K_ne, and_const(s, c.t, KIR_LANES - 1), 0);
    KBlock *loop = sched_if(s, sched_op(s, K_not, DT_bool, 1, &in_run));
    next_run(s, &c);
    s->at = loop;
    show(s, &c, in_run, i->dst);
    step_item(s, i, red, c.local);
    show(s, &c, truth(s, true), i->dst + red->n_state);
    sched_set(s, c.t, add_const(s, c.t, 1));
    sched_block(s, i->blocks[1]);
    s->at = outer;
}

void sched_scan(Sched *s, const KInst *i)
{
    if (!s->uniform) {
        serial_scan(s, i);
        return;
    }
    KReg lane;
    bool uniform;
    KBlock *outer = sched_lanes(s, sched_i64(s, 1), &lane, &uniform);
    serial_scan(s, i);
    sched_end_lanes(s, outer, uniform);
}
