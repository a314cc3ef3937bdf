/* SPDX-License-Identifier: MIT
 * kir/tile: reductions, contractions and scans at run time, in the canonical order of kernel-language.md section 7: item t of a chunk of 16,384 steps
 * accumulator t mod 64, accumulators merge l with l + 32 … l + 1, chunk totals in a pairwise tree of neighbours. */
#include "kir/core.h"
#include "kir/tile/internal.h"

#include <string.h>

static const uint8_t red_op[] = {[KRED_SUM] = K_add, [KRED_PROD] = K_mul, [KRED_MIN] = K_min, [KRED_MAX] = K_max, [KRED_ANY] = K_or, [KRED_ALL] = K_and};

static void apply_eval(KOp op, DType t, void *dst, const void *const *src, int n_src, int n)
{
    for (int i = 0; i < n; i++) {
        uint64_t a[3];
        for (int s = 0; s < n_src; s++)
            a[s] = tile_get(src[s], t, (size_t)i);
        tile_put(dst, t, (size_t)i, kir_eval(op, t, t, a));
    }
}

static void apply(const TReduce *r, void *dst, const void *a, const void *b, int n) /* built-in: dst = a ⊕ b; dst may be a */
{
    if (r->op)
        r->op(&dst, (const void *[]){a, b}, n);
    else
        apply_eval((KOp)red_op[r->kind], r->type[0], dst, (const void *[]){a, b}, 2, n);
}

/* ── lanes = items ── */
typedef struct Serial {
    const TInst *in;
    const TReduce *r;
    int64_t t, chunks;
    int n_tree;
} Serial;

enum { ROW_TREE = TILE_LANES_RED, ROW_IDENT = TILE_LANES_RED + TILE_TREE - 1 };

static char *row(const TVm *vm, const TReduce *r, int field, int n)
{
    return vm->slots + r->acc[field] + (size_t)n * KTILE * tile_width(r->type[field]);
}

static void set_identity(TVm *vm, const TReduce *r, int n)
{
    for (int f = 0; f < r->n_state; f++)
        tile_fill(row(vm, r, f, n), tile_width(r->type[f]), r->ident[f], vm->n);
}

static void copy_rows(TVm *vm, const TReduce *r, const TRef *slot, int n, bool to_slots)
{
    for (int f = 0; f < r->n_state; f++) {
        char *a = vm_ptr(vm, slot[f]), *b = row(vm, r, f, n);
        memcpy(to_slots ? a : b, to_slots ? b : a, (size_t)vm->n * tile_width(r->type[f]));
    }
}

static void merge_rows(TVm *vm, const TReduce *r, int into, int other)
{
    if (r->kind != KRED_USER && !r->merge) {
        apply(r, row(vm, r, 0, into), row(vm, r, 0, into), row(vm, r, 0, other), vm->n);
        return;
    }
    copy_rows(vm, r, r->param, into, true);
    copy_rows(vm, r, r->other, other, true);
    vm_run(vm, r->merge);
    copy_rows(vm, r, r->merge_out, into, false);
}

static void fold_lanes(TVm *vm, const TReduce *r, int m) /* m accumulators were stepped, the others are the identity */
{
    bool user = r->merge != NULL;
    if (user)
        set_identity(vm, r, ROW_IDENT);
    for (int half = TILE_LANES_RED / 2; half; half /= 2) {
        for (int l = 0; l < half && l < m; l++)
            if (l + half < m || user)
                merge_rows(vm, r, l, l + half < m ? l + half : ROW_IDENT);
        if (user && m < half)
            merge_rows(vm, r, ROW_IDENT, ROW_IDENT);
        m = m < half ? m : half;
    }
}

static void chunk_done(TVm *vm, Serial *s) /* its total is in row 0 */
{
    const TReduce *r = s->r;
    for (int f = 0; f < r->n_state; f++)
        memcpy(row(vm, r, f, ROW_TREE + s->n_tree), row(vm, r, f, 0), (size_t)vm->n * tile_width(r->type[f]));
    s->n_tree++;
    for (int64_t c = ++s->chunks; !(c & 1); c /= 2) {
        s->n_tree--;
        merge_rows(vm, r, ROW_TREE + s->n_tree - 1, ROW_TREE + s->n_tree);
    }
}

static void close_chunk(TVm *vm, Serial *s)
{
    int64_t in_chunk = s->t - s->chunks * TILE_RED_CHUNK;
    fold_lanes(vm, s->r, in_chunk < TILE_LANES_RED ? (int)in_chunk : TILE_LANES_RED);
    chunk_done(vm, s);
}

static const void *guarded_item(TVm *vm, const TReduce *r) /* built-in: skipped items become the identity */
{
    const void *x = vm_ptr(vm, r->item[0]);
    if (r->guard == TREF_NONE)
        return x;
    void *tmp = vm->slots + r->tmp;
    if (r->select)
        r->select(&tmp, (const void *[]){vm_ptr(vm, r->guard), x, &r->ident[0]}, vm->n);
    else
        tile_select(tmp, vm_ptr(vm, r->guard), x, 1, &r->ident[0], 0, tile_width(r->type[0]), vm->n);
    return tmp;
}

static void user_step(TVm *vm, const TReduce *r, int l)
{
    copy_rows(vm, r, r->param, l, true);
    for (int i = 0; i < r->n_items; i++)
        memcpy(vm->slots + r->param_item[i], (const char *)vm_ptr(vm, r->item[i]), (size_t)vm->n * tile_width(r->red->item_types[i]));
    vm_run(vm, r->step);
    if (r->guard == TREF_NONE) {
        copy_rows(vm, r, r->step_out, l, false);
        return;
    }
    for (int f = 0; f < r->n_state; f++) {
        char *d = row(vm, r, f, l);
        tile_select(d, vm_ptr(vm, r->guard), (const char *)vm_ptr(vm, r->step_out[f]), 1, d, 1, tile_width(r->type[f]), vm->n);
    }
}

static void reduce_point(TVm *vm, void *ctx)
{
    Serial *s = ctx;
    const TReduce *r = s->r;
    vm_run(vm, s->in->block[0]);
    if (r->any_order) {
        char *acc = row(vm, r, 0, 0);
        apply(r, acc, acc, guarded_item(vm, r), vm->n);
        s->t++;
        return;
    }
    if (s->t && s->t % TILE_RED_CHUNK == 0)
        close_chunk(vm, s);
    int l = (int)(s->t % TILE_LANES_RED);
    if (s->t % TILE_RED_CHUNK < TILE_LANES_RED)
        set_identity(vm, r, l);
    if (r->kind == KRED_USER) {
        user_step(vm, r, l);
    } else {
        char *acc = row(vm, r, 0, l);
        apply(r, acc, acc, guarded_item(vm, r), vm->n);
    }
    s->t++;
}

/* Accumulator by accumulator: 64 of them leave L1, the few that a tree in the making needs do not. Only where each item can be had at any time. */
typedef struct Box { Serial s; int64_t lo[KIR_MAX_AXES], extent[KIR_MAX_AXES], first, n; /* items of the chunk */ } Box;

static bool box_of(const TVm *vm, const TReduce *r, Box *b)
{
    const TAxes *ax = &r->axes;
    int64_t all = 1;
    if (r->any_order || r->kind == KRED_USER || r->merge || ax->mask != TREF_NONE)
        return false;
    for (int a = 0; a < ax->n; a++) {
        if (ax->bound[a] || ax->lo[a] >= 0 || ax->hi[a] >= 0)
            return false;
        b->lo[a] = vm_i64(vm, ax->lo[a]), b->extent[a] = vm_i64(vm, ax->hi[a]) - b->lo[a];
        if (b->extent[a] <= 0 || __builtin_mul_overflow(all, b->extent[a], &all))
            return false;
    }
    b->n = all;
    return all > TILE_LANES_RED;
}

static void box_point(TVm *vm, const Box *b, int64_t t)
{
    const TAxes *ax = &b->s.r->axes;
    for (int a = ax->n - 1; a >= 0; a--) {
        const int64_t rest = a ? t / b->extent[a] : 0;
        vm->sval[~ax->index[a]] = (uint64_t)(b->lo[a] + t - rest * b->extent[a]);
        t = rest;
    }
    vm_run(vm, b->s.in->block[0]);
}

/* Row `to`: accumulators l, l + step … of 64 merged. Rows above it are free. At most six calls deep. */
static void box_fold(TVm *vm, const Box *b, int l, int step, int to)
{
    const TReduce *r = b->s.r;
    if (step < TILE_LANES_RED) {
        box_fold(vm, b, l, 2 * step, to);
        if (l + step < b->n) {
            box_fold(vm, b, l + step, 2 * step, to + 1);
            merge_rows(vm, r, to, to + 1);
        }
        return;
    }
    char *acc = row(vm, r, 0, to);
    tile_fill(acc, tile_width(r->type[0]), r->ident[0], vm->n);
    for (int64_t t = l; t < b->n; t += TILE_LANES_RED) {
        box_point(vm, b, b->first + t);
        apply(r, acc, acc, guarded_item(vm, r), vm->n);
    }
}

static void reduce_box(TVm *vm, Box *b)
{
    const int64_t all = b->n;
    for (b->first = 0; b->first < all; b->first += TILE_RED_CHUNK) {
        b->n = all - b->first < TILE_RED_CHUNK ? all - b->first : TILE_RED_CHUNK;
        box_fold(vm, b, 0, 1, 0);
        chunk_done(vm, &b->s);
    }
    b->s.t = all;
}

void vm_reduce(TVm *vm, const TInst *in)
{
    const TReduce *r = in->red;
    Serial s = {.in = in, .r = r};
    UNINIT Box b;
    int result = ROW_TREE;
    b.s = s;
    if (r->any_order)
        set_identity(vm, r, 0);
    if (box_of(vm, r, &b)) {
        reduce_box(vm, &b);
        for (; b.s.n_tree > 1; b.s.n_tree--)
            merge_rows(vm, r, ROW_TREE + b.s.n_tree - 2, ROW_TREE + b.s.n_tree - 1);
        copy_rows(vm, r, in->dst, result, true);
        return;
    }
    vm_loop(vm, &r->axes, reduce_point, &s);
    if (r->any_order) {
        result = 0;
    } else if (s.t == 0) {
        set_identity(vm, r, result);
    } else {
        close_chunk(vm, &s);
        for (; s.n_tree > 1; s.n_tree--)
            merge_rows(vm, r, ROW_TREE + s.n_tree - 2, ROW_TREE + s.n_tree - 1);
    }
    copy_rows(vm, r, in->dst, result, true);
}

/* ── lanes = indices of the reduction ── */
typedef struct Rows {
    const TReduce *r;
    int fill;             /* items waiting in the stage, < 64 between tiles */
    int64_t in_chunk, chunks;
    int n_tree;
    bool some;
} Rows;

static char *acc_at(const TVm *vm, const TReduce *r, int field, int i)
{
    return vm->slots + r->acc[field] + (size_t)i * tile_width(r->type[field]);
}

static void clear_lanes(TVm *vm, const TReduce *r)
{
    for (int f = 0; f < r->n_state; f++)
        tile_fill(acc_at(vm, r, f, 0), tile_width(r->type[f]), r->ident[f], TILE_LANES_RED);
}

static void merge_range(TVm *vm, const TReduce *r, int into, int other, int n) /* accumulators into … +n with other … +n */
{
    if (!r->merge) {
        for (int i = 0; i < n; i++) {
            uint64_t a[2] = {tile_get(acc_at(vm, r, 0, into + i), r->type[0], 0), tile_get(acc_at(vm, r, 0, other + i), r->type[0], 0)};
            tile_put(acc_at(vm, r, 0, into + i), r->type[0], 0, kir_eval((KOp)red_op[r->kind], r->type[0], r->type[0], a));
        }
        return;
    }
    for (int f = 0; f < r->n_state; f++) {
        size_t bytes = (size_t)n * tile_width(r->type[f]);
        memcpy(vm->slots + r->param[f], acc_at(vm, r, f, into), bytes);
        memcpy(vm->slots + r->other[f], acc_at(vm, r, f, other), bytes);
    }
    vm->n = n;
    vm_run(vm, r->merge);
    for (int f = 0; f < r->n_state; f++)
        memcpy(acc_at(vm, r, f, into), (const char *)vm_ptr(vm, r->merge_out[f]), (size_t)n * tile_width(r->type[f]));
}

static void rows_close(TVm *vm, Rows *s)
{
    const TReduce *r = s->r;
    if (r->fold64) {
        void *d = vm->slots + r->tmp;
        r->fold64(&d, (const void *[]){acc_at(vm, r, 0, 0)}, TILE_LANES_RED);
        memcpy(acc_at(vm, r, 0, 0), d, tile_width(r->type[0]));
    } else {
        for (int half = TILE_LANES_RED / 2; half; half /= 2)
            merge_range(vm, r, 0, half, half);
    }
    for (int f = 0; f < r->n_state; f++)
        memcpy(acc_at(vm, r, f, ROW_TREE + s->n_tree), acc_at(vm, r, f, 0), tile_width(r->type[f]));
    s->n_tree++;
    for (int64_t c = ++s->chunks; !(c & 1); c /= 2) {
        s->n_tree--;
        merge_range(vm, r, ROW_TREE + s->n_tree - 1, ROW_TREE + s->n_tree, 1);
    }
    clear_lanes(vm, r);
    s->in_chunk = 0;
}

static void step_lanes(TVm *vm, const TReduce *r, const char *const *item, const uint8_t *mask, int n) /* one group; lanes ≥ n are no items */
{
    for (int f = 0; f < r->n_state; f++)
        memcpy(vm->slots + r->param[f], acc_at(vm, r, f, 0), (size_t)TILE_LANES_RED * tile_width(r->type[f]));
    for (int i = 0; i < r->n_items; i++)
        memcpy(vm->slots + r->param_item[i], item[i], (size_t)n * tile_width(r->red->item_types[i]));
    vm->n = n;
    vm_run(vm, r->step);
    for (int f = 0; f < r->n_state; f++) {
        unsigned w = tile_width(r->type[f]);
        char *d = acc_at(vm, r, f, 0);
        if (mask)
            tile_select(d, mask, (const char *)vm_ptr(vm, r->step_out[f]), 1, d, 1, w, n);
        else
            memcpy(d, (const char *)vm_ptr(vm, r->step_out[f]), (size_t)n * w);
    }
}

static void step_group(TVm *vm, Rows *s, const char *const *item, const uint8_t *mask, int n)
{
    const TReduce *r = s->r;
    if (s->in_chunk == TILE_RED_CHUNK)
        rows_close(vm, s);
    s->some = true;
    s->in_chunk += TILE_LANES_RED;
    if (r->kind == KRED_USER)
        step_lanes(vm, r, item, mask, n);
    else if (r->step64 && n == TILE_LANES_RED)
        r->step64(&(void *){acc_at(vm, r, 0, 0)}, (const void *[]){item[0]}, TILE_LANES_RED);
    else
        apply(r, acc_at(vm, r, 0, 0), acc_at(vm, r, 0, 0), item[0], n);
}

/* As many whole groups as one call may take without crossing a chunk. */
static int step_groups(TVm *vm, Rows *s, const char *const *item, const uint8_t *mask, int n)
{
    const TReduce *r = s->r;
    const char *at[8];
    int done = 0;
    while (n - done >= TILE_LANES_RED) {
        for (int i = 0; i < r->n_items; i++)
            at[i] = item[i] + (size_t)done * tile_width(r->red->item_types[i]);
        int64_t room = TILE_RED_CHUNK - s->in_chunk;
        int whole = (n - done) & -TILE_LANES_RED;
        if (r->kind != KRED_USER && r->step64 && room >= whole) {
            r->step64(&(void *){acc_at(vm, r, 0, 0)}, (const void *[]){at[0]}, whole);
            s->in_chunk += whole;
            s->some = true;
            done += whole;
        } else {
            step_group(vm, s, at, mask ? mask + done : NULL, TILE_LANES_RED);
            done += TILE_LANES_RED;
        }
    }
    return done;
}

static void stage_items(TVm *vm, Rows *s, const char *const *item, const uint8_t *mask, int from, int n)
{
    const TReduce *r = s->r;
    for (int i = 0; i < r->n_items; i++) {
        size_t w = tile_width(r->red->item_types[i]);
        memmove(vm->slots + r->stage[i] + (size_t)s->fill * w, item[i] + (size_t)from * w, (size_t)(n - from) * w);
    }
    if (mask)
        memmove(vm->slots + r->stage_mask + s->fill, mask + from, (size_t)(n - from));
    s->fill += n - from;
}

static void feed(TVm *vm, Rows *s)
{
    const TReduce *r = s->r;
    const char *item[8], *stage[8];
    bool user = r->kind == KRED_USER;
    const uint8_t *mask = user && r->guard != TREF_NONE ? vm_ptr(vm, r->guard) : NULL;
    int n = vm->n, done = 0;
    for (int i = 0; i < r->n_items; i++) {
        item[i] = (const char *)vm_ptr(vm, r->item[i]);
        stage[i] = vm->slots + r->stage[i];
    }
    if (!user)
        item[0] = guarded_item(vm, r);
    if (s->fill == 0) {
        done = step_groups(vm, s, item, mask, n);
        stage_items(vm, s, item, mask, done, n);
        return;
    }
    stage_items(vm, s, item, mask, 0, n);
    n = s->fill;
    const uint8_t *staged = mask ? (uint8_t *)vm->slots + r->stage_mask : NULL;
    done = step_groups(vm, s, stage, staged, n);
    s->fill = 0;
    stage_items(vm, s, stage, staged, done, n);
}

static void feed_rest(TVm *vm, Rows *s)
{
    const TReduce *r = s->r;
    const char *stage[8];
    if (!s->fill)
        return;
    for (int i = 0; i < r->n_items; i++)
        stage[i] = vm->slots + r->stage[i];
    bool mask = r->kind == KRED_USER && r->guard != TREF_NONE;
    int n = s->fill;
    if (r->kind != KRED_USER && r->step64) {
        unsigned w = tile_width(r->type[0]);
        tile_fill(vm->slots + r->stage[0] + (size_t)n * w, w, r->ident[0], TILE_LANES_RED - n);
        n = TILE_LANES_RED;
    }
    step_group(vm, s, stage, mask ? (uint8_t *)vm->slots + r->stage_mask : NULL, n);
}

void vm_reduce_lanes(TVm *vm, const TInst *in)
{
    const TReduce *r = in->red;
    Rows s = {.r = r};
    UNINIT TWalk w;
    int result = ROW_TREE;
    tile_walk_space(vm, in->space, &w);
    clear_lanes(vm, r);
    for (int64_t t = 0; t < w.n_tiles; t++) {
        tile_walk_open(&w, t, vm);
        vm_run(vm, in->block[0]);
        feed(vm, &s);
    }
    feed_rest(vm, &s);
    if (s.some) {
        rows_close(vm, &s);
        for (; s.n_tree > 1; s.n_tree--)
            merge_range(vm, r, ROW_TREE + s.n_tree - 2, ROW_TREE + s.n_tree - 1, 1);
    } else {
        result = 0;
    }
    for (int f = 0; f < r->n_state; f++)
        vm->sval[~in->dst[f]] = tile_get(acc_at(vm, r, f, result), r->type[f], 0);
}

/* ── dot ── */
static void dot_point(TVm *vm, void *ctx)
{
    const TInst *in = ctx;
    const TReduce *r = in->red;
    vm_run(vm, in->block[0]);
    char *dst = vm->slots + in->dst[0], *out = r->guard == TREF_NONE ? dst : vm->slots + r->acc[0];
    const void *src[3] = {vm_ptr(vm, r->item[0]), vm_ptr(vm, r->item[1]), dst};
    void *tmp = vm->slots + r->tmp, *o = out;
    if (r->op && !r->op2) {
        r->op(&o, src, vm->n);
    } else if (r->op) {
        r->op2(&tmp, src, vm->n);
        r->op(&o, (const void *[]){tmp, dst}, vm->n);
    } else if (dtype_is_float(r->type[0])) {
        apply_eval(K_fma, r->type[0], out, src, 3, vm->n);
    } else {
        apply_eval(K_mul, r->type[0], tmp, src, 2, vm->n);
        apply_eval(K_add, r->type[0], out, (const void *[]){tmp, dst}, 2, vm->n);
    }
    if (out != dst)
        tile_select(dst, vm_ptr(vm, r->guard), out, 1, dst, 1, tile_width(r->type[0]), vm->n);
}

void vm_dot(TVm *vm, const TInst *in)
{
    vm_loop(vm, &in->red->axes, dot_point, (void *)in);
}

/* ── scan ── */
enum { SCAN_CHUNKS, SCAN_RUNS, SCAN_BEFORE, SCAN_LOCAL };
typedef struct Prefix { const TInst *in; int64_t t; bool has_chunks, has_runs; } Prefix;

static void copy_row(TVm *vm, const TReduce *r, int to, int from)
{
    for (int f = 0; f < r->n_state; f++)
        memcpy(row(vm, r, f, to), row(vm, r, f, from), (size_t)vm->n * tile_width(r->type[f]));
}

static void fold_left(TVm *vm, const TReduce *r, int into, int other, bool present)
{
    present ? merge_rows(vm, r, into, other) : copy_row(vm, r, into, other);
}

static void next_run(TVm *vm, Prefix *p)
{
    const TReduce *r = p->in->red;
    if (p->t) {
        fold_left(vm, r, SCAN_RUNS, SCAN_LOCAL, p->has_runs);
        p->has_runs = true;
    }
    if (p->t && p->t % TILE_RED_CHUNK == 0) {
        fold_left(vm, r, SCAN_CHUNKS, SCAN_RUNS, p->has_chunks);
        p->has_chunks = true;
        p->has_runs = false;
    }
    set_identity(vm, r, SCAN_LOCAL);
    if (p->has_chunks || p->has_runs)
        copy_row(vm, r, SCAN_BEFORE, p->has_chunks ? SCAN_CHUNKS : SCAN_RUNS);
    if (p->has_chunks && p->has_runs)
        merge_rows(vm, r, SCAN_BEFORE, SCAN_RUNS);
}

static void show_state(TVm *vm, const Prefix *p, bool has_local, const TRef *dst)
{
    const TReduce *r = p->in->red;
    bool before = p->has_chunks || p->has_runs;
    if (!before || !has_local) {
        copy_rows(vm, r, dst, before ? SCAN_BEFORE : SCAN_LOCAL, true);
        return;
    }
    copy_rows(vm, r, r->param, SCAN_BEFORE, true);
    copy_rows(vm, r, r->other, SCAN_LOCAL, true);
    vm_run(vm, r->merge);
    for (int f = 0; f < r->n_state; f++)
        memcpy(vm->slots + dst[f], (const char *)vm_ptr(vm, r->merge_out[f]), (size_t)vm->n * tile_width(r->type[f]));
}

static void scan_point(TVm *vm, void *ctx)
{
    Prefix *p = ctx;
    const TReduce *r = p->in->red;
    if (p->t % TILE_LANES_RED == 0)
        next_run(vm, p);
    show_state(vm, p, p->t % TILE_LANES_RED != 0, r->scan_before);
    vm_run(vm, p->in->block[0]);
    user_step(vm, r, SCAN_LOCAL);
    show_state(vm, p, true, r->scan_after);
    p->t++;
    vm_run(vm, p->in->block[1]);
}

void vm_scan(TVm *vm, const TInst *in)
{
    Prefix p = {.in = in};
    vm_loop(vm, &in->red->axes, scan_point, &p);
}
