/* SPDX-License-Identifier: MIT
 * kir: the reference interpreter of both forms, oracle of every emitter. Blocks are first compiled to arrays of XInst with one
 * function pointer each. Items of each and group run ascending, descending or shuffled; reductions, dots and scans step and
 * merge in exactly the order of section 7 rules 3–5, so the unscheduled form already has the canonical bits. */
#include "kir/interp.h"

#include <string.h>

static inline bool run_block(Interp *v, const XBlock *b)
{
    for (const XInst *x = b->inst, *end = x + b->n; x < end; x++)
        if (!x->run(v, x))
            return false;
    return true;
}

/* ── pure opcodes ── */

static bool run_pure1(Interp *v, const XInst *x)
{
    v->regs[x->dst] = x->fn(&v->regs[x->a]);
    return true;
}

static bool run_pure2(Interp *v, const XInst *x)
{
    uint64_t a[2] = {v->regs[x->a], v->regs[x->b]};
    v->regs[x->dst] = x->fn(a);
    return true;
}

static bool run_pure3(Interp *v, const XInst *x)
{
    uint64_t a[3] = {v->regs[x->a], v->regs[x->b], v->regs[x->c]};
    v->regs[x->dst] = x->fn(a);
    return true;
}

static bool run_eval(Interp *v, const XInst *x) /* conversions, storage types */
{
    uint64_t a[2] = {v->regs[x->a], v->regs[x->b]};
    v->regs[x->dst] = kir_eval(x->k->op, x->k->type, kir_type(v->k, x->a), a);
    return true;
}

static bool run_move(Interp *v, const XInst *x)
{
    v->regs[x->dst] = v->regs[x->a];
    return true;
}

static bool run_const(Interp *v, const XInst *x)
{
    v->regs[x->dst] = x->k->bits;
    return true;
}

static bool run_sym(Interp *v, const XInst *x)
{
    v->regs[x->dst] = v->l->sym[x->k->id];
    return true;
}

/* ── control ── */

static bool call(Interp *v, const XFn *f, const uint64_t *state, size_t n, const uint64_t *more, uint64_t *out)
{
    for (size_t p = 0; p < f->k->n_params; p++)
        v->regs[f->k->params[p]] = p < n ? state[p] : more[p - n];
    if (!run_block(v, f->body))
        return false;
    for (size_t r = 0; r < f->body->n_yield; r++)
        out[r] = v->regs[f->body->yield[r]];
    return true;
}

static void take_yield(Interp *v, const XBlock *b, const KReg *dst, size_t n)
{
    uint64_t temp[KIR_MAX_AXES];
    for (size_t at = 0; at < n; at += KIR_MAX_AXES) {
        size_t m = n - at < KIR_MAX_AXES ? n - at : KIR_MAX_AXES;
        for (size_t i = 0; i < m; i++)
            temp[i] = v->regs[b->yield[at + i]];
        for (size_t i = 0; i < m; i++)
            v->regs[dst[at + i]] = temp[i];
    }
}

static bool run_call(Interp *v, const XInst *x)
{
    const XFn *f = &v->fns[x->k->id];
    for (size_t p = 0; p < x->k->n_args; p++)
        v->regs[f->k->params[p]] = v->regs[x->k->args[p]];
    if (!run_block(v, f->body))
        return false;
    take_yield(v, f->body, x->k->dst, x->k->n_dst);
    return true;
}

static bool run_cond(Interp *v, const XInst *x)
{
    const XBlock *b = x->block[v->regs[x->a] & 1 ? 0 : 1];
    if (!run_block(v, b))
        return false;
    take_yield(v, b, x->k->dst, x->k->n_dst);
    return true;
}

static bool run_while(Interp *v, const XInst *x)
{
    while (run_block(v, x->block[0])) {
        if (!(v->regs[x->block[0]->yield[0]] & 1))
            return true;
        if (!run_block(v, x->block[1]))
            return false;
    }
    return false;
}

static bool run_barrier(Interp *v, const XInst *x)
{
    v->barrier = ++v->next_id;
    return true;
}

/* ── points of a list of axes ── */

typedef bool (*PointFn)(Interp *v, const XInst *x, void *ctx);

static uint64_t gcd(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t t = a % b;
        a = b;
        b = t;
    }
    return a;
}

static uint64_t shuffle_step(uint64_t n) /* coprime to n, so that i → i·step mod n meets each index once */
{
    uint64_t step = n > 2 ? (uint64_t)((double)n * 0.618) | 1 : 1;
    while (gcd(step, n) != 1)
        step++;
    return step % n ? step % n : 1;
}

static uint64_t axis_points(const Interp *v, const XAxis *a, int64_t *lo, int64_t *by)
{
    const KReg *y = a->bound ? a->bound->yield : NULL;
    *lo = (int64_t)v->regs[y ? y[0] : a->lo];
    int64_t hi = (int64_t)v->regs[y ? y[1] : a->hi];
    *by = a->by ? (int64_t)v->regs[a->by] : 1;
    if (hi <= *lo || *by <= 0)
        return 0;
    return ((uint64_t)hi - (uint64_t)*lo - 1) / (uint64_t)*by + 1;
}

static bool points(Interp *v, const XInst *x, size_t axis, KirOrder order, PointFn fn, void *ctx)
{
    if (axis == x->k->n_axes)
        return fn(v, x, ctx);
    const XAxis *a = &x->axes[axis];
    int64_t lo, by;
    if (a->bound && !run_block(v, a->bound))
        return false;
    uint64_t n = axis_points(v, a, &lo, &by), step = n && order == KORDER_SHUFFLED ? shuffle_step(n) : 1, at = n / 2;
    bool last = axis + 1 == x->k->n_axes;
    for (uint64_t i = 0; i < n; i++) {
        at = at >= n - step ? at - (n - step) : at + step;
        uint64_t t = order == KORDER_ASCENDING ? i : order == KORDER_DESCENDING ? n - 1 - i : at;
        v->regs[a->index] = (uint64_t)lo + t * (uint64_t)by;
        if (!(last ? fn(v, x, ctx) : points(v, x, axis + 1, order, fn, ctx)))
            return false;
    }
    return true;
}

static bool for_point(Interp *v, const XInst *x, void *ctx)
{
    return run_block(v, x->block[0]);
}

static bool run_for(Interp *v, const XInst *x)
{
    return points(v, x, 0, KORDER_ASCENDING, for_point, NULL);
}

static bool each_point(Interp *v, const XInst *x, void *ctx)
{
    v->frame[v->n_frames - 1].item = ++v->next_id;
    if (x->k->op == K_group) {
        v->epoch++;
        v->barrier = v->k->scheduled ? v->next_id : 0;
    }
    return run_block(v, x->block[0]);
}

static void push_frame(Interp *v)
{
    v->frame[v->n_frames++] = (Frame){v->next_id + 1, v->next_id + 1};
}

static bool run_each(Interp *v, const XInst *x)
{
    push_frame(v);
    bool ok = points(v, x, 0, x->ordered ? KORDER_ASCENDING : v->order, each_point, NULL);
    v->n_frames--;
    if (x->k->op == K_group)
        v->barrier = 0;
    return ok;
}

/* ── reductions: 64 lanes, chunks, the pairwise tree ── */

typedef struct Fold {
    const XRed *red;
    size_t n;          /* fields of the state */
    uint64_t *lane;    /* [KIR_LANES][n] */
    uint64_t *tree;    /* [KIR_TREE_LEVELS][n]: totals waiting for their neighbour; entry i stands for 2^k chunks, sizes falling */
    uint64_t t, chunks;
    size_t n_tree;
} Fold;

static void set_identity(const XRed *r, uint64_t *state, size_t times)
{
    for (size_t i = 0; i < times * r->k->n_state; i++)
        state[i] = r->k->identity[i % r->k->n_state];
}

static bool merge(Interp *v, const XRed *r, uint64_t *into, const uint64_t *other)
{
    return call(v, &r->merge, into, r->k->n_state, other, into);
}

static bool close_chunk(Interp *v, Fold *f)
{
    for (size_t half = KIR_LANES / 2; half; half /= 2)
        for (size_t l = 0; l < half; l++)
            if (!merge(v, f->red, f->lane + l * f->n, f->lane + (l + half) * f->n))
                return false;
    memcpy(f->tree + f->n_tree++ * f->n, f->lane, f->n * sizeof *f->lane);
    for (uint64_t c = ++f->chunks; !(c & 1); c /= 2) { /* neighbours of equal size merge */
        f->n_tree--;
        if (!merge(v, f->red, f->tree + (f->n_tree - 1) * f->n, f->tree + f->n_tree * f->n))
            return false;
    }
    set_identity(f->red, f->lane, KIR_LANES);
    return true;
}

static bool reduce_step(Interp *v, const XInst *x, Fold *f)
{
    const XFn *s = &f->red->step;
    uint64_t *lane = f->lane + (f->t % KIR_LANES) * f->n;
    for (size_t i = 0; i < f->n; i++)
        v->regs[s->k->params[i]] = lane[i];
    for (size_t i = 0; i < f->red->k->n_items; i++)
        v->regs[s->k->params[f->n + i]] = v->regs[x->block[0]->yield[i]];
    if (!run_block(v, s->body))
        return false;
    for (size_t i = 0; i < f->n; i++)
        lane[i] = v->regs[s->body->yield[i]];
    return true;
}

static bool reduce_point(Interp *v, const XInst *x, void *ctx)
{
    Fold *f = ctx;
    if (f->t && f->t % KIR_CHUNK == 0 && !close_chunk(v, f))
        return false;
    bool take = true;
    if (x->k->n_blocks == 2) {
        if (!run_block(v, x->block[1]))
            return false;
        take = v->regs[x->block[1]->yield[0]] & 1;
    }
    if (take && (!run_block(v, x->block[0]) || !reduce_step(v, x, f)))
        return false;
    f->t++;
    return true;
}

static bool run_reduce(Interp *v, const XInst *x)
{
    const XRed *r = &v->reds[x->k->id];
    Fold f = {.red = r, .n = r->k->n_state, .lane = x->state, .tree = x->state + KIR_LANES * (size_t)r->k->n_state};
    set_identity(r, f.lane, KIR_LANES);
    set_identity(r, f.tree, 1);
    if (!points(v, x, 0, KORDER_ASCENDING, reduce_point, &f) || (f.t && !close_chunk(v, &f)))
        return false;
    for (; f.n_tree > 1; f.n_tree--)
        if (!merge(v, r, f.tree + (f.n_tree - 2) * f.n, f.tree + (f.n_tree - 1) * f.n))
            return false;
    for (size_t i = 0; i < f.n; i++)
        v->regs[x->k->dst[i]] = f.tree[i];
    return true;
}

/* ── dot: one ascending chain ── */

static bool dot_point(Interp *v, const XInst *x, void *ctx)
{
    if (x->k->n_blocks == 2) {
        if (!run_block(v, x->block[1]))
            return false;
        if (!(v->regs[x->block[1]->yield[0]] & 1))
            return true;
    }
    if (!run_block(v, x->block[0]))
        return false;
    uint64_t *acc = ctx;
    uint64_t a[3] = {v->regs[x->block[0]->yield[0]], v->regs[x->block[0]->yield[1]], *acc};
    if (x->fn) {
        *acc = x->fn(a);
    } else { /* integers: the low bits of the wrapping sum are the same in 64 bits */
        *acc = a[0] * a[1] + *acc;
        if (x->k->type == DT_i32 || x->k->type == DT_u32)
            *acc = (uint32_t)*acc;
    }
    return true;
}

static bool run_dot(Interp *v, const XInst *x)
{
    uint64_t acc = v->regs[x->a];
    if (!points(v, x, 0, KORDER_ASCENDING, dot_point, &acc))
        return false;
    v->regs[x->dst] = acc;
    return true;
}

/* ── scan: runs of 64 from the identity, run totals fold left in a chunk, chunk totals fold left ── */

typedef struct Prefix {
    const XRed *red;
    size_t n;
    uint64_t *chunks, *runs, *before, *local; /* [n] each; before = merge(chunks, runs) */
    bool has_chunks, has_runs;
    uint64_t t;
} Prefix;

static bool fold_left(Interp *v, const Prefix *p, uint64_t *into, const uint64_t *other, bool present)
{
    if (present)
        return merge(v, p->red, into, other);
    memcpy(into, other, p->n * sizeof *into);
    return true;
}

static bool next_run(Interp *v, Prefix *p)
{
    if (p->t) {
        if (!fold_left(v, p, p->runs, p->local, p->has_runs))
            return false;
        p->has_runs = true;
    }
    if (p->t && p->t % KIR_CHUNK == 0) {
        if (!fold_left(v, p, p->chunks, p->runs, p->has_chunks))
            return false;
        p->has_chunks = true;
        p->has_runs = false;
    }
    set_identity(p->red, p->local, 1);
    memcpy(p->before, p->has_chunks ? p->chunks : p->runs, p->n * sizeof *p->before);
    return !p->has_chunks || !p->has_runs || merge(v, p->red, p->before, p->runs);
}

static bool show_state(Interp *v, Prefix *p, bool has_local, const KReg *dst)
{
    bool has = p->has_chunks || p->has_runs;
    uint64_t *s = p->local + p->n; /* scratch */
    memcpy(s, has ? p->before : p->local, p->n * sizeof *s);
    if (has && has_local && !merge(v, p->red, s, p->local))
        return false;
    for (size_t i = 0; i < p->n; i++)
        v->regs[dst[i]] = s[i];
    return true;
}

static bool scan_point(Interp *v, const XInst *x, void *ctx)
{
    Prefix *p = ctx;
    v->frame[v->n_frames - 1].item = ++v->next_id;
    if (p->t % KIR_LANES == 0 && !next_run(v, p))
        return false;
    if (!show_state(v, p, p->t % KIR_LANES != 0, x->k->dst) || !run_block(v, x->block[0]))
        return false;
    Fold f = {.red = p->red, .n = p->n, .lane = p->local};
    if (!reduce_step(v, x, &f) || !show_state(v, p, true, x->k->dst + p->n))
        return false;
    p->t++;
    return run_block(v, x->block[1]);
}

static bool run_scan(Interp *v, const XInst *x)
{
    const XRed *r = &v->reds[x->k->id];
    size_t n = r->k->n_state;
    Prefix p = {.red = r, .n = n, .chunks = x->state, .runs = x->state + n, .before = x->state + 2 * n, .local = x->state + 3 * n};
    push_frame(v);
    bool ok = points(v, x, 0, KORDER_ASCENDING, scan_point, &p);
    v->n_frames--;
    return ok;
}

/* ── compiling ── */

static bool run_if(Interp *v, const XInst *x)
{
    return run_block(v, x->block[v->regs[x->a] & 1 ? 0 : 1]);
}

typedef bool (*RunFn)(Interp *v, const XInst *x);
static const RunFn run_table[K_COUNT] = {
    [K_const] = run_const, [K_sym] = run_sym, [K_move] = run_move, [K_set] = run_move, [K_call] = run_call, [K_cond] = run_cond,
    [K_load] = xmem_load, [K_store] = xmem_store, [K_scatter] = xmem_scatter, [K_extent] = xmem_extent, [K_if] = run_if,
    [K_while] = run_while, [K_each] = run_each, [K_for] = run_for, [K_group] = run_each, [K_reduce] = run_reduce, [K_dot] = run_dot,
    [K_scan] = run_scan, [K_barrier] = run_barrier,
};
static const RunFn pure_run[4] = {NULL, run_pure1, run_pure2, run_pure3};

static XBlock *compile(Interp *v, const KBlock *b);

static void compile_pure(Interp *v, XInst *x, const KInst *i)
{
    DType from = i->n_args ? kir_type(v->k, i->args[0]) : DT_none;
    if (i->op == K_dot && dtype_is_float(i->type))
        x->fn = kir_eval_fn(K_fma, i->type, i->type);
    if (i->op == K_scatter && i->fn != K_move)
        x->fn = kir_eval_fn(i->fn, i->type, i->type);
    if (x->run)
        return;
    x->fn = kir_eval_fn(i->op, i->type, from);
    x->run = x->fn ? pure_run[i->n_args] : run_eval;
}

static bool ordered_inside(const KBlock *b)
{
    for (size_t n = 0; n < b->n; n++) {
        const KInst *i = b->inst[n];
        if (i->op == K_scatter && i->rule != KSCATTER_UNIQUE)
            return true;
        for (size_t s = 0; kir_sub_block(i, s); s++)
            if (ordered_inside(kir_sub_block(i, s)))
                return true;
    }
    return false;
}

static bool depends_on_data(Interp *v, const KInst *i)
{
    bool data = i->op == K_load || i->op == K_set || i->op == K_cond || i->op == K_reduce || i->op == K_dot || i->op == K_scan
        || i->op == K_call || (i->op == K_scatter && i->n_dst);
    for (size_t a = 0; a < i->n_args; a++)
        data |= v->data[i->args[a]];
    return data;
}

static bool compile_state(Interp *v, XInst *x, const KInst *i)
{
    if (i->op != K_reduce && i->op != K_scan)
        return true;
    size_t n = v->k->reds[i->id].n_state, times = i->op == K_scan ? 5 : KIR_LANES + KIR_TREE_LEVELS + 1;
    x->state = arena_array(&v->scratch, uint64_t, n * times);
    return x->state;
}

static bool compile_axes(Interp *v, XInst *x, const KInst *i)
{
    x->axes = i->n_axes ? arena_array(&v->scratch, XAxis, i->n_axes) : NULL;
    for (size_t a = 0; a < i->n_axes; a++) {
        const KAxis *k = &i->axes[a];
        if (!x->axes)
            return false;
        x->axes[a] = (XAxis){k->index, k->lo, k->hi, k->by, k->bound ? compile(v, k->bound) : NULL};
        if (k->bound && !x->axes[a].bound)
            return false;
    }
    return true;
}

static bool compile_inst(Interp *v, XInst *x, const KInst *i)
{
    bool data = depends_on_data(v, i);
    *x = (XInst){.k = i, .run = run_table[i->op], .dst = i->n_dst ? i->dst[0] : 0};
    x->a = i->n_args > 0 ? i->args[0] : 0;
    x->b = i->n_args > 1 ? i->args[1] : 0;
    x->c = i->n_args > 2 ? i->args[2] : 0;
    compile_pure(v, x, i);
    for (size_t d = 0; d < i->n_dst; d++)
        v->data[i->dst[d]] |= data;
    if (i->op == K_store)
        for (size_t a = 0; a + 1 < i->n_args; a++)
            x->dropped |= v->data[i->args[a]] && i->id < v->k->n_operands;
    if (i->op == K_each || i->op == K_group)
        x->ordered = ordered_inside(i->blocks[0]);
    if (!compile_axes(v, x, i))
        return false;
    for (size_t b = 0; b < i->n_blocks; b++)
        if (!(x->block[b] = compile(v, i->blocks[b])))
            return false;
    return compile_state(v, x, i);
}

static XBlock *compile(Interp *v, const KBlock *b)
{
    XBlock *out = arena_new(&v->scratch, XBlock);
    if (!out || !(out->inst = arena_array(&v->scratch, XInst, b->n)))
        return NULL;
    out->n = b->n;
    out->yield = b->yield;
    out->n_yield = b->n_yield;
    for (size_t i = 0; i < b->n; i++)
        if (!compile_inst(v, &out->inst[i], b->inst[i]))
            return NULL;
    return out;
}

static bool compile_functions(Interp *v)
{
    const KirKernel *k = v->k;
    bool ok = (v->fns = arena_array(&v->scratch, XFn, k->n_fns)) && (v->reds = arena_array(&v->scratch, XRed, k->n_reds));
    for (size_t f = 0; ok && f < k->n_fns; f++) {
        v->fns[f] = (XFn){&k->fns[f], compile(v, k->fns[f].body)};
        ok = v->fns[f].body;
    }
    for (size_t r = 0; ok && r < k->n_reds; r++) {
        const KReducer *red = &k->reds[r];
        v->reds[r] = (XRed){red, {&red->step, compile(v, red->step.body)}, {&red->merge, compile(v, red->merge.body)}};
        ok = v->reds[r].step.body && v->reds[r].merge.body;
    }
    return ok;
}

SpmlCode kir_interpret(const KirKernel *k, const KirLaunch *l, KirOrder order, bool checks, Error *err)
{
    SpmlCode c = kir_verify(k, err);
    if (c)
        return c;
    if (k->tiled)
        return error_set(err, SPML_UNSUPPORTED, "interpret", "kernel %s: tiles of lanes are for emitters", k->name);
    Error local = {0};
    Interp v = {.k = k, .l = l, .err = &local, .order = order, .checks = checks, .next_id = 1};
    v.regs = arena_array(&v.scratch, uint64_t, k->n_regs);
    v.data = arena_array(&v.scratch, uint8_t, k->n_regs);
    bool ok = v.regs && v.data && xmem_init(&v) && compile_functions(&v);
    XBlock *body = ok ? compile(&v, k->body) : NULL;
    if (body && run_block(&v, body))
        c = xmem_finish(&v);
    else
        c = local.code ? local.code : error_oom(&local);
    if (c)
        error_set(err, c, local.key, "%s", local.text);
    arena_free(&v.scratch);
    return c;
}
