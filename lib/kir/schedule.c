/* SPDX-License-Identifier: MIT
 * kir: scheduling, KIR → KIR. Takes a verified unscheduled kernel, gives a copy of plain loops: an each or a group at the top,
 * for, if, while, loads, stores, scatter. In group code an each becomes a lane loop followed by a barrier, uniform stores go
 * into lane loops of one item, tiles become shared memory; elsewhere a nested each is a for. Every bit stays as section 7 says,
 * for any number of lanes, because lanes only deal out items. */
#include "kir/schedule.h"

#include <string.h>

/* ── builders ── */

static KInst *emit(Sched *s, KOp op, DType t, KReg dst, int n, const KReg *args)
{
    KInst *i = kir_add(s->k, s->at, op, t, dst, n, args);
    if (!i) {
        s->failed = true;
        return NULL;
    }
    if (s->cur) {
        i->line = s->cur->line;
        i->file = s->cur->file;
    }
    return i;
}

KReg sched_op(Sched *s, KOp op, DType t, int n, const KReg *args)
{
    KReg r = kir_reg(s->k, t, false, NULL);
    s->failed |= !r;
    emit(s, op, t, r, n, args);
    return r;
}

KReg sched_const(Sched *s, DType t, uint64_t bits)
{
    KReg r = kir_reg(s->k, t, false, NULL);
    KInst *i = emit(s, K_const, t, r, 0, NULL);
    if (i)
        i->bits = bits;
    return r;
}

void sched_set(Sched *s, KReg var, KReg value)
{
    emit(s, K_set, kir_type(s->k, var), var, 1, &value);
}

KReg sched_var(Sched *s, DType t, const char *name, KReg value)
{
    KReg r = kir_reg(s->k, t, true, name);
    s->failed |= !r;
    sched_set(s, r, value);
    return r;
}

KReg sched_load(Sched *s, uint32_t mem, KReg index)
{
    DType t = s->k->mems[mem].type;
    KReg r = kir_reg(s->k, t, false, NULL);
    KInst *i = emit(s, K_load, t, r, 1, &index);
    if (i)
        i->id = mem;
    s->dirty |= s->uniform && s->k->mems[mem].kind == KMEM_SHARED;
    return r;
}

void sched_store(Sched *s, uint32_t mem, KReg index, KReg value)
{
    KInst *i = emit(s, K_store, s->k->mems[mem].type, 0, 2, (KReg[]){index, value});
    if (i)
        i->id = mem;
}

uint32_t sched_mem(Sched *s, const char *name, KMemKind kind, DType t, int64_t n)
{
    KirKernel *k = s->k;
    KMem *mems = arena_array(k->arena, KMem, k->n_mems + 1);
    int64_t *dims = arena_copy(k->arena, &n, sizeof n);
    name = arena_printf(k->arena, "%s%zu", name, k->n_mems);
    if (!mems || !dims || !name) {
        s->failed = true;
        return 0;
    }
    if (k->n_mems)
        memcpy(mems, k->mems, k->n_mems * sizeof *mems);
    mems[k->n_mems] = (KMem){.name = name, .kind = kind, .type = t, .rank = 1, .const_dims = dims};
    k->mems = mems;
    return (uint32_t)k->n_mems++;
}

static bool give_blocks(Sched *s, KInst *i, int n_blocks, size_t n_axes)
{
    i->blocks = arena_array(s->k->arena, KBlock *, n_blocks);
    i->axes = arena_array(s->k->arena, KAxis, n_axes);
    for (int b = 0; i->blocks && b < n_blocks; b++)
        if (!(i->blocks[b] = kir_block(s->k)))
            return false;
    i->n_blocks = (uint16_t)n_blocks;
    i->n_axes = (uint16_t)n_axes;
    return i->blocks && i->axes;
}

static KInst *control(Sched *s, KOp op, int n_blocks, size_t n_axes, int n_args, const KReg *args)
{
    KInst *i = emit(s, op, DT_none, 0, n_args, args);
    if (i && give_blocks(s, i, n_blocks, n_axes))
        return i;
    s->failed = true; /* callers go on with blocks that are not there; every builder accepts that */
    s->spare = (KInst){.op = op, .blocks = s->spare_blocks};
    return &s->spare;
}

KInst *sched_inst(Sched *s, KOp op, int n_blocks)
{
    return control(s, op, n_blocks, 0, 0, NULL);
}

static KBlock *enter(Sched *s, KInst *i)
{
    KBlock *outer = s->at;
    s->at = i->blocks[0];
    return outer;
}

KBlock *sched_loop(Sched *s, KOp op, KReg lo, KReg hi, KReg by, const char *name, KReg *index)
{
    KInst *i = control(s, op, 1, 1, 0, NULL);
    *index = kir_reg(s->k, DT_i64, false, name);
    if (i->axes)
        i->axes[0] = (KAxis){*index, lo, hi, by, NULL};
    return enter(s, i);
}

KBlock *sched_axes(Sched *s, KOp op, const KAxis *axes, size_t n)
{
    KAxis copy[KIR_MAX_AXES];
    for (size_t a = 0; a < n; a++) {
        copy[a] = axes[a];
        if (!axes[a].bound)
            continue;
        KBlock *outer = s->at, *bound = kir_block(s->k);
        s->at = bound;
        sched_block(s, axes[a].bound);
        s->at = outer;
        if (bound) {
            bound->yield = axes[a].bound->yield;
            bound->n_yield = axes[a].bound->n_yield;
        }
        copy[a].bound = bound;
    }
    KInst *i = control(s, op, 1, n, 0, NULL);
    if (i->axes && n)
        memcpy(i->axes, copy, n * sizeof *copy);
    return enter(s, i);
}

KBlock *sched_if(Sched *s, KReg cond)
{
    return enter(s, control(s, K_if, 2, 0, 1, &cond));
}

/* ── lanes and barriers ── */

void sched_barrier(Sched *s)
{
    emit(s, K_barrier, DT_none, 0, 0, NULL);
    s->dirty = false;
}

void sched_flush(Sched *s)
{
    if (!s->pending)
        return;
    if (s->at && !kir_append(s->k, s->at, s->pending))
        s->failed = true;
    s->pending = NULL;
    sched_barrier(s);
}

static void before_lanes(Sched *s)
{
    sched_flush(s);
    if (s->uniform && s->dirty)
        sched_barrier(s);
}

KBlock *sched_lanes(Sched *s, KReg hi, KReg *index, bool *uniform)
{
    before_lanes(s);
    *uniform = s->uniform;
    s->uniform = false;
    return sched_loop(s, K_each, sched_i64(s, 0), hi, 0, "lane", index);
}

void sched_end_lanes(Sched *s, KBlock *outer, bool uniform)
{
    s->at = outer;
    s->uniform = uniform;
    if (uniform)
        sched_barrier(s);
}

/* ── order-dependent scatter ── */

static bool commutes(const KInst *i)
{
    bool op = i->fn == K_add || i->fn == K_sub || i->fn == K_mul || i->fn == K_and || i->fn == K_or || i->fn == K_xor || i->fn == K_min || i->fn == K_max;
    return i->rule == KSCATTER_ORDERED && dtype_is_int(i->type) && op && !i->n_dst;
}

typedef bool (*ScatterFn)(Sched *s, const KInst *i, void *ctx);

static bool any_scatter(Sched *s, const KBlock *b, ScatterFn fn, void *ctx)
{
    for (size_t n = 0; n < b->n; n++) {
        const KInst *i = b->inst[n];
        if (i->op == K_scatter && i->rule != KSCATTER_UNIQUE && fn(s, i, ctx))
            return true;
        for (size_t x = 0; kir_sub_block(i, x); x++)
            if (any_scatter(s, kir_sub_block(i, x), fn, ctx))
                return true;
    }
    return false;
}

static bool wants_order(Sched *s, const KInst *i, void *ctx)
{
    return !commutes(i);
}

static bool collides(Sched *s, const KInst *i, void *ctx) /* items of the top level meet in an operand; one lane: no atomics at all */
{
    return i->id < s->k->n_operands && (s->k->group_size == 1 || !commutes(i));
}

/* ctx: per axis of the top-level loop, +1 the index position at which every such scatter uses the axis itself */
typedef struct Owner { const KInst *loop; int position[KIR_MAX_AXES]; uint32_t mem; bool seen; } Owner;

static bool note_owner(Sched *s, const KInst *i, void *ctx)
{
    Owner *o = ctx;
    if (!collides(s, i, NULL))
        return false;
    bool same = !o->seen || o->mem == i->id;
    for (size_t a = 0; a < o->loop->n_axes; a++) {
        int at = 0;
        for (int p = 0; p + 1 < i->n_args; p++)
            if (i->args[p] == o->loop->axes[a].index)
                at = p + 1;
        o->position[a] = !same ? -1 : !o->seen || o->position[a] == at ? at : -1;
    }
    o->seen = true;
    o->mem = i->id;
    return !same;
}

/* ── walking ── */

static KBlock *rewrite(Sched *s, const KBlock *b)
{
    KBlock *outer = s->at, *out = kir_block(s->k);
    if (!out) {
        s->failed = true;
        return NULL;
    }
    s->at = out;
    sched_block(s, b);
    sched_flush(s);
    s->at = outer;
    out->yield = b->yield;
    out->n_yield = b->n_yield;
    return out;
}

static void append(Sched *s, const KInst *i)
{
    s->failed |= !kir_append(s->k, s->at, (KInst *)(uintptr_t)i);
}

/* Does uniform code of b read memory that lanes write? (A reduction ends with such a read.) */
static bool uniform_reads(const Sched *s, const KBlock *b)
{
    bool reads = false;
    for (size_t n = 0; n < b->n; n++) {
        const KInst *i = b->inst[n];
        KMemKind kind = i->op == K_load ? s->k->mems[i->id].kind : KMEM_IN;
        reads |= i->op == K_reduce || kind == KMEM_OUT || kind == KMEM_INOUT || kind == KMEM_SHARED;
        for (size_t x = 0; i->op != K_each && i->op != K_scan && kir_sub_block(i, x); x++)
            reads |= uniform_reads(s, kir_sub_block(i, x));
    }
    return reads;
}

static void walk_nested(Sched *s, KInst *i) /* if, while, for, cond */
{
    sched_flush(s);
    bool before = s->dirty, after = false, again = false; /* again: a round may follow the reads of the one before */
    for (size_t b = 0; s->uniform && (i->op == K_while || i->op == K_for) && b < i->n_blocks; b++)
        again |= uniform_reads(s, i->blocks[b]);
    for (size_t a = 0; a < i->n_axes; a++)
        if (i->axes[a].bound)
            i->axes[a].bound = rewrite(s, i->axes[a].bound);
    for (size_t b = 0; b < i->n_blocks; b++) {
        s->dirty = before || again;
        i->blocks[b] = rewrite(s, i->blocks[b]);
        after |= s->dirty;
    }
    s->dirty = after || before;
    append(s, i);
}

static void walk_each(Sched *s, const KInst *i)
{
    if (!s->uniform) {
        KBlock *outer = sched_axes(s, K_for, i->axes, i->n_axes);
        sched_block(s, i->blocks[0]);
        s->at = outer;
        return;
    }
    before_lanes(s);
    bool ordered = any_scatter(s, i->blocks[0], wants_order, NULL);
    KReg item;
    s->uniform = false;
    KBlock *outer = ordered ? sched_loop(s, K_each, sched_i64(s, 0), sched_i64(s, 1), 0, "lane", &item) : sched_axes(s, K_each, i->axes, i->n_axes);
    if (ordered)
        sched_axes(s, K_for, i->axes, i->n_axes);
    sched_block(s, i->blocks[0]);
    sched_end_lanes(s, outer, true);
}

static void uniform_store(Sched *s, const KInst *i)
{
    if (s->pending) {
        s->failed |= !kir_append(s->k, s->pending->blocks[0], (KInst *)(uintptr_t)i);
        return;
    }
    if (s->dirty)
        sched_barrier(s);
    KReg lo = sched_i64(s, 0), hi = sched_i64(s, 1), index = kir_reg(s->k, DT_i64, false, "lane");
    KInst *each = control(s, K_each, 1, 1, 0, NULL);
    if (s->failed)
        return;
    s->at->n--; /* it is placed by sched_flush */
    each->axes[0] = (KAxis){index, lo, hi, 0, NULL};
    s->pending = each;
    s->failed |= !kir_append(s->k, each->blocks[0], (KInst *)(uintptr_t)i);
}

static void walk_store(Sched *s, KInst *i)
{
    if (!s->uniform || s->k->mems[i->id].kind == KMEM_PRIVATE) {
        append(s, i);
        return;
    }
    if (i->op == K_scatter && i->n_dst) { /* once per group: the value before is a plain read */
        sched_flush(s);
        KInst *load = emit(s, K_load, i->type, i->dst[0], i->n_args - 1, i->args);
        if (load) {
            load->id = i->id;
            load->guard = KGUARD_ZERO;
        }
        s->dirty = true;
        i->args[i->n_args - 1] = sched_op2(s, (KOp)i->fn, i->type, i->dst[0], i->args[i->n_args - 1]);
        i->op = K_store;
        i->n_dst = 0;
        i->guard = KGUARD_ZERO;
    }
    uniform_store(s, i);
}

static void walk_load(Sched *s, const KInst *i)
{
    KMemKind kind = s->k->mems[i->id].kind;
    if (s->uniform && kind != KMEM_IN && kind != KMEM_TABLE && kind != KMEM_PRIVATE) {
        sched_flush(s);
        s->dirty = true;
    }
    append(s, i);
}

static void walk(Sched *s, KInst *i)
{
    s->cur = i;
    if (kop_info[i->op].cls == KCLASS_C)
        sched_flush(s);
    switch (i->op) {
    case K_each: walk_each(s, i); return;
    case K_reduce: sched_reduce(s, i); return;
    case K_dot: sched_dot(s, i); return;
    case K_scan: sched_scan(s, i); return;
    case K_cond: case K_if: case K_while: case K_for: walk_nested(s, i); return;
    case K_store: case K_scatter: walk_store(s, i); return;
    case K_load: walk_load(s, i); return;
    default: append(s, i); return;
    }
}

void sched_block(Sched *s, const KBlock *b)
{
    for (size_t n = 0; !s->failed && n < b->n; n++)
        walk(s, b->inst[n]);
}

/* ── the top ── */

/* Items that reduce over many elements get a group each, whose lanes share the reduction: same bits, by rule 3. Items with a
 * dot or scan stay with one lane each: in a group every lane would do them alone. */
static bool wants_group(Sched *s, const KBlock *b)
{
    bool wants = false;
    for (size_t n = 0; n < b->n; n++) {
        const KInst *i = b->inst[n];
        if (i->op == K_dot || i->op == K_scan || i->op == K_while || i->op == K_for)
            return false;
        int64_t items = i->op == K_reduce ? sched_items(s, i) : 0;
        wants |= items < 0 || items > KIR_LANES;
    }
    return wants;
}

/* Splits the axes of a loop whose items collide into those that own what they write (they stay parallel) and the rest, which
 * run in order inside. */
static void walk_top(Sched *s, const KInst *i)
{
    KAxis outer[KIR_MAX_AXES], inner[KIR_MAX_AXES];
    size_t n_outer = 0, n_inner = 0;
    Owner o = {.loop = i};
    bool ordered = any_scatter(s, i->blocks[0], collides, NULL), split = ordered && !any_scatter(s, i->blocks[0], note_owner, &o);
    for (size_t a = 0; a < i->n_axes; a++)
        split &= !i->axes[a].bound;
    for (size_t a = 0; a < i->n_axes; a++)
        if (!ordered || (split && o.position[a] > 0 && i->op == K_each))
            outer[n_outer++] = i->axes[a];
        else
            inner[n_inner++] = i->axes[a];
    if (ordered && !n_outer) {
        KReg lo = sched_i64(s, 0), hi = sched_i64(s, 1);
        outer[n_outer++] = (KAxis){kir_reg(s->k, DT_i64, false, "item"), lo, hi, 0, NULL};
    }
    KOp op = i->op == K_each && s->k->group_size > 1 && !ordered && wants_group(s, i->blocks[0]) ? K_group : i->op;
    KBlock *at = sched_axes(s, op, outer, n_outer);
    s->uniform = op == K_group;
    if (n_inner) {
        s->dirty = s->uniform;
        sched_axes(s, K_for, inner, n_inner);
    }
    sched_block(s, i->blocks[0]);
    sched_flush(s);
    s->uniform = false;
    s->at = at;
}

static void schedule(Sched *s)
{
    KirKernel *k = s->k;
    KBlock *body = k->body;
    s->at = k->body = kir_block(k);
    s->failed |= !k->body;
    for (size_t m = 0; m < k->n_mems; m++)
        if (k->mems[m].kind == KMEM_TILE)
            k->mems[m].kind = KMEM_SHARED;
    for (size_t n = 0; !s->failed && n < body->n; n++) {
        s->cur = body->inst[n];
        if (s->cur->op == K_each || s->cur->op == K_group)
            walk_top(s, s->cur);
        else
            walk(s, body->inst[n]);
    }
    k->scheduled = true;
    k->n_fns = k->n_reds = 0; /* all inlined */
}

SpmlCode kir_schedule(const KirKernel *k, uint32_t group_size, Arena *a, KirKernel **out, Error *err)
{
    *out = NULL;
    if (k->scheduled || !group_size)
        return error_set(err, SPML_USAGE, "schedule", "kernel %s: %s", k->name, k->scheduled ? "is scheduled already" : "a group of 0 lanes");
    Sched s = {.k = kir_clone(k, a)};
    SpmlCode c = s.k ? kir_simplify(s.k, KPASS_INLINE, err) : error_oom(err);
    if (!c) {
        s.k->group_size = group_size;
        s.k->source = k;
        s.n_defs = s.k->n_regs;
        s.defs = kir_defs(s.k, &s.scratch);
        s.failed = !s.defs;
        if (!s.failed)
            schedule(&s);
        c = s.failed || s.scratch.oom || a->oom ? error_oom(err) : kir_simplify(s.k, KPASS_FOLD | KPASS_CSE | KPASS_DCE, err);
    }
    arena_free(&s.scratch);
    if (!c)
        *out = s.k;
    return c;
}
