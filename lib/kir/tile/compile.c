/* SPDX-License-Identifier: MIT
 * kir/tile: a kernel instance becomes one or two tile programs. This file: the driver, blocks, axes and control flow. Divergent conditions
 * evaluate both sides under a mask (arithmetic never traps and reads check their range, so only stores, assignments and loops look at it). */
#include "kir/core.h"
#include "kir/tile/compile.h"

#include <string.h>

SpmlCode compile_fail(Compile *c, SpmlCode code, const char *key, const char *what)
{
    if (c->code == SPML_OK)
        c->code = error_set(c->err, code, key, "kernel %s: line %u: %s", c->k->name, c->line, what);
    return c->code;
}

bool compile_ok(Compile *c)
{
    if (c->code == SPML_OK && c->a->oom)
        c->code = error_oom(c->err);
    return c->code == SPML_OK;
}

/* ── blocks ── */
Scope scope_open(Compile *c)
{
    Scope s = {c->cur, c->id};
    c->cur = arena_new(c->a, TBlock);
    c->id = c->next_id++;
    bool *open = arena_grow(c->a, c->open, c->id, &c->cap_open, bool);
    if (open) {
        c->open = open;
        open[c->id] = true;
    }
    if (!c->cur || !open) { /* keep going into a block that nobody runs */
        c->cur = s.cur;
        c->id = s.id;
        compile_ok(c);
    }
    return s;
}

TBlock *scope_close(Compile *c, Scope s)
{
    TBlock *b = c->cur;
    if (c->id != s.id)
        c->open[c->id] = false;
    c->cur = s.cur;
    c->id = s.id;
    return b;
}

TInst *compile_emit(Compile *c, TBlock *b, TOp op, DType type, int n_dst, const TRef *dst, int n_src, const TRef *src)
{
    TInst *list = arena_grow(c->a, b->inst, b->n, &b->cap, TInst);
    TRef *d = arena_array(c->a, TRef, n_dst + n_src);
    if (!list || !d)
        return NULL;
    b->inst = list;
    for (int i = 0; i < n_dst; i++)
        d[i] = dst[i];
    for (int i = 0; i < n_src; i++)
        d[n_dst + i] = src[i];
    uint32_t deps = 0;
    for (int i = 0; i < n_src; i++)
        deps |= src[i] >= 0 && src[i] != TREF_NONE ? c->deps[tile_slot(c->v, src[i])] : 0;
    for (int i = 0; i < n_dst; i++)
        if (dst[i] >= 0)
            c->deps[tile_slot(c->v, dst[i])] |= deps;
    TInst *in = &list[b->n++];
    *in = (TInst){.op = (uint8_t)op, .type = type, .n_dst = (uint8_t)n_dst, .n_src = (uint8_t)n_src, .dst = d, .src = d + n_dst, .func = -1, .ptr = -1, .line = c->line};
    c->v->n_insts++;
    return in;
}

void compile_block(Compile *c, const KBlock *b)
{
    if (++c->depth > COMPILE_DEPTH)
        compile_fail(c, SPML_UNSUPPORTED, "tile-depth", "blocks nest too deeply");
    for (size_t i = 0; i < b->n && compile_ok(c); i++)
        compile_inst(c, b->inst[i], b);
    c->depth--;
}

/* ── axes ── */
static bool uniform_i64(Compile *c, KReg r, TRef *s)
{
    TRef slot;
    *s = value_i64(c, r, &slot);
    if (slot != TREF_NONE)
        *s = slot;
    return slot == TREF_NONE;
}

static void axis_bounds(Compile *c, const KAxis *x, TRef *lo, TRef *hi, bool *divergent)
{
    KReg l = x->bound ? x->bound->yield[0] : x->lo, h = x->bound ? x->bound->yield[1] : x->hi;
    *divergent |= !uniform_i64(c, l, lo);
    *divergent |= !uniform_i64(c, h, hi);
}

bool compile_axes(Compile *c, const KInst *i, TAxes *ax)
{
    bool divergent = false;
    ax->n = i->n_axes;
    ax->outer = c->mask;
    ax->mask = TREF_NONE;
    for (int n = 0; n < i->n_axes; n++) {
        const KAxis *x = &i->axes[n];
        if (x->by)
            return compile_fail(c, SPML_UNSUPPORTED, "kernel-class", "blocked axes stand in group kernels only") == SPML_OK;
        if (x->bound) {
            Scope s = scope_open(c);
            compile_block(c, x->bound);
            axis_bounds(c, x, &ax->lo[n], &ax->hi[n], &divergent);
            ax->bound[n] = scope_close(c, s);
        } else {
            axis_bounds(c, x, &ax->lo[n], &ax->hi[n], &divergent);
        }
        ax->index[n] = scalar_new(c);
        value_set_scalar(c, x->index, ax->index[n]);
    }
    if (divergent)
        ax->mask = slot_any(c, 1);
    return compile_ok(c);
}

uint32_t compile_space(Compile *c, const KInst *i)
{
    TVariant *v = c->v;
    TSpace *list = arena_grow(c->a, v->spaces, v->n_spaces, &v->cap_spaces, TSpace);
    if (!list)
        return 0;
    v->spaces = list;
    TSpace *s = &list[v->n_spaces];
    *s = (TSpace){.n = i->n_axes, .fixed = true};
    for (int n = 0; n < i->n_axes; n++) {
        const KAxis *x = &i->axes[n];
        if (x->by || x->bound) {
            compile_fail(c, SPML_UNSUPPORTED, "tile-axes", "bounds that depend on other axes of the same each");
            return 0;
        }
        if (!uniform_i64(c, x->lo, &s->lo[n]) || !uniform_i64(c, x->hi, &s->hi[n])) {
            compile_fail(c, SPML_UNSUPPORTED, "tile-axes", "bounds differ between lanes");
            return 0;
        }
        s->fixed &= scalar_is_launch(c, s->lo[n]) && scalar_is_launch(c, s->hi[n]);
        s->index[n] = scalar_new(c);
    }
    return (uint32_t)v->n_spaces++;
}

void compile_lanes(Compile *c, const KInst *i)
{
    for (int n = 0; n < i->n_axes; n++) {
        Affine *f = arena_new(c->a, Affine);
        if (!f)
            return;
        f->base = TREF_NONE;
        for (int m = 0; m < KIR_MAX_AXES; m++)
            f->coef[m] = TREF_NONE;
        f->coef[n] = scalar_const(c, 1);
        c->val[i->axes[n].index] = (Val){.kind = VAL_AFFINE, .aff = f, .cached = TREF_NONE};
    }
}

/* ── control flow ── */
static bool needs_mask(const KBlock *b, const KirKernel *k, int depth)
{
    for (size_t n = 0; n < b->n && depth < COMPILE_DEPTH; n++) {
        const KInst *i = b->inst[n];
        if (kop_info[i->op].cls == KCLASS_W || i->op == K_set || i->op == K_while || i->op == K_for)
            return true;
        if (i->op == K_call && needs_mask(k->fns[i->id].body, k, depth + 1))
            return true;
        for (size_t s = 0; kir_sub_block(i, s); s++)
            if (needs_mask(kir_sub_block(i, s), k, depth + 1))
                return true;
    }
    return false;
}

static int block_cost(const KBlock *b, int depth) /* primitives; 1000: has loops, reads or calls */
{
    int cost = 0;
    for (size_t n = 0; n < b->n && cost < 1000 && depth < COMPILE_DEPTH; n++) {
        const KInst *i = b->inst[n];
        if (i->op == K_cond)
            cost += 2 + block_cost(i->blocks[0], depth + 1) + block_cost(i->blocks[1], depth + 1);
        else if (i->op != K_const && i->op != K_sym)
            cost += kop_info[i->op].cls != KCLASS_P ? 1000 : i->op == K_call ? 8 : 1;
    }
    return cost;
}

static void masked_block(Compile *c, const KBlock *b, TRef cond, bool negate)
{
    TRef outer = c->mask;
    if (needs_mask(b, c->k, 0)) {
        c->mask = mask_and(c, outer, cond, negate);
        c->mask_depth++;
        compile_block(c, b);
        c->mask_depth--;
    } else {
        compile_block(c, b);
    }
    c->mask = outer;
}

static void set_to(Compile *c, TRef dst, KReg r) /* dst: scalar or slot that exists */
{
    TRef s;
    if (dst >= 0) {
        value_move_to(c, dst, r);
    } else if (value_scalar(c, r, &s)) {
        TInst *in = compile_emit(c, c->cur, T_SCALAR, kir_type(c->k, r), 1, &dst, 1, &s);
        if (in) {
            in->kop = K_move;
            in->from = in->type;
        }
    } else {
        compile_fail(c, SPML_UNSUPPORTED, "tile", "a uniform value became different between lanes");
    }
}

static TRef variable(Compile *c, DType t)
{
    return c->laned || tile_width(t) > 8 ? slot_any(c, tile_width(t)) : scalar_new(c);
}

static void cond_uniform(Compile *c, const KInst *i, TRef cond)
{
    TRef dst[16];
    TBlock *b[2];
    uint64_t v;
    if (i->n_dst > 16) {
        compile_fail(c, SPML_UNSUPPORTED, "tile", "a condition gives more than 16 values");
        return;
    }
    if (scalar_is_const(c, cond, &v)) {
        const KBlock *way = i->blocks[v ? 0 : 1];
        compile_block(c, way);
        for (int n = 0; n < i->n_dst && compile_ok(c); n++) {
            value_force(c, way->yield[n]);
            c->val[i->dst[n]] = c->val[way->yield[n]];
        }
        return;
    }
    for (int n = 0; n < i->n_dst; n++)
        dst[n] = variable(c, kir_type(c->k, i->dst[n]));
    for (int s = 0; s < 2; s++) {
        Scope sc = scope_open(c);
        compile_block(c, i->blocks[s]);
        for (int n = 0; n < i->n_dst && compile_ok(c); n++)
            set_to(c, dst[n], i->blocks[s]->yield[n]);
        b[s] = scope_close(c, sc);
    }
    TInst *in = compile_emit(c, c->cur, T_IF, DT_bool, 0, NULL, 1, &cond);
    if (in)
        memcpy(in->block, b, sizeof b);
    for (int n = 0; n < i->n_dst; n++)
        if (dst[n] < 0 && c->cur == c->v->pre)
            c->launch[~dst[n]] = true;
    for (int n = 0; n < i->n_dst; n++)
        dst[n] < 0 ? value_set_scalar(c, i->dst[n], dst[n]) : value_set_slot(c, i->dst[n], dst[n]);
}

static void choose_value(Compile *c, const KInst *i, int n, KReg cond)
{
    KReg args[3] = {cond, i->blocks[0]->yield[n], i->blocks[1]->yield[n]};
    KInst select = {.op = K_select, .type = kir_type(c->k, i->dst[n]), .n_dst = 1, .n_args = 3, .dst = &i->dst[n], .args = args};
    compile_pure(c, &select, NULL);
}

static void cond_divergent(Compile *c, const KInst *i, TRef cond)
{
    for (int s = 0; s < 2; s++) {
        const KBlock *b = i->blocks[s];
        if (block_cost(b, 0) < 200) {
            masked_block(c, b, cond, s == 1);
            continue;
        }
        TRef side = s ? mask_and(c, TREF_NONE, cond, true) : cond, tmp[16];
        Scope sc = scope_open(c);
        masked_block(c, b, cond, s == 1);
        for (int n = 0; n < i->n_dst && n < 16 && compile_ok(c); n++) {
            tmp[n] = slot_any(c, tile_width(kir_type(c->k, b->yield[n])));
            value_move_to(c, tmp[n], b->yield[n]);
        }
        TBlock *body = scope_close(c, sc);
        TInst *in = compile_emit(c, c->cur, T_IFANY, DT_bool, 0, NULL, 1, &side);
        if (in)
            in->block[0] = body;
        for (int n = 0; n < i->n_dst && n < 16 && compile_ok(c); n++)
            value_set_slot(c, b->yield[n], tmp[n]);
    }
    for (int n = 0; n < i->n_dst && compile_ok(c); n++)
        choose_value(c, i, n, i->args[0]);
}

static void compile_cond(Compile *c, const KInst *i)
{
    TRef cond;
    uint64_t v;
    if (!value_scalar(c, i->args[0], &cond)) {
        cond_divergent(c, i, value_slot(c, i->args[0]));
    } else if (!scalar_is_const(c, cond, &v) && block_cost(i->blocks[0], 0) + block_cost(i->blocks[1], 0) <= 6) {
        compile_block(c, i->blocks[0]); /* cheaper than a branch, and affine values stay affine */
        compile_block(c, i->blocks[1]);
        for (int n = 0; n < i->n_dst && compile_ok(c); n++)
            choose_value(c, i, n, i->args[0]);
    } else {
        cond_uniform(c, i, cond);
    }
}

static void compile_if(Compile *c, const KInst *i)
{
    TRef cond;
    if (value_scalar(c, i->args[0], &cond)) {
        cond_uniform(c, i, cond);
        return;
    }
    cond = slot_new(c, 1); /* a copy: the sides may assign the variable that was tested */
    value_move_to(c, cond, i->args[0]);
    for (int s = 0; s < 2; s++) {
        if (!i->blocks[s]->n)
            continue;
        TRef side = mask_and(c, c->mask, cond, s == 1);
        TRef outer = c->mask;
        c->mask = side;
        c->mask_depth++;
        Scope sc = scope_open(c);
        compile_block(c, i->blocks[s]);
        TBlock *body = scope_close(c, sc);
        c->mask = outer;
        c->mask_depth--;
        TInst *in = compile_emit(c, c->cur, T_IFANY, DT_bool, 0, NULL, 1, &side);
        if (in)
            in->block[0] = body;
    }
}

static void compile_while(Compile *c, const KInst *i)
{
    TBlock *b[2];
    TRef cond, outer = c->mask, active = c->laned ? slot_any(c, 1) : TREF_NONE;
    bool loose = c->loose;
    if (c->laned) { /* lanes leave one by one */
        c->mask = active;
        c->mask_depth++;
        c->loose = true;
    }
    Scope sc = scope_open(c);
    compile_block(c, i->blocks[0]);
    if (!compile_ok(c))
        return;
    cond = c->laned ? value_slot(c, i->blocks[0]->yield[0]) : value_operand(c, i->blocks[0]->yield[0]);
    b[0] = scope_close(c, sc);
    sc = scope_open(c);
    compile_block(c, i->blocks[1]);
    b[1] = scope_close(c, sc);
    TInst *in = compile_emit(c, c->cur, T_WHILE, DT_bool, c->laned, &active, 1 + (outer != TREF_NONE), (TRef[]){cond, outer});
    if (in)
        memcpy(in->block, b, sizeof b);
    c->mask_depth -= c->laned;
    c->mask = outer;
    c->loose = loose;
}

static void compile_loop(Compile *c, const KInst *i) /* for, or an each inside lanes */
{
    TAxes *ax = arena_new(c->a, TAxes);
    if (!ax || !compile_axes(c, i, ax))
        return;
    TRef outer = c->mask;
    bool loose = c->loose, inner = c->inner;
    if (ax->mask != TREF_NONE) {
        c->mask = ax->mask;
        c->mask_depth++;
        c->loose = true;
    }
    c->inner |= i->op == K_each;
    Scope sc = scope_open(c);
    compile_block(c, i->blocks[0]);
    TBlock *body = scope_close(c, sc);
    TInst *in = compile_emit(c, c->cur, T_LOOP, DT_none, 0, NULL, 0, NULL);
    if (in) {
        in->axes = ax;
        in->block[0] = body;
    }
    c->mask_depth -= ax->mask != TREF_NONE;
    c->mask = outer;
    c->loose = loose;
    c->inner = inner;
}

static void compile_each(Compile *c, const KInst *i)
{
    if (c->laned) {
        compile_loop(c, i);
        return;
    }
    uint32_t space = compile_space(c, i), outer = c->space;
    if (!compile_ok(c))
        return;
    compile_lanes(c, i);
    c->laned = c->inner = true;
    c->space = space;
    Scope sc = scope_open(c);
    compile_block(c, i->blocks[0]);
    TBlock *body = scope_close(c, sc);
    c->laned = c->inner = false;
    c->space = outer;
    TInst *in = compile_emit(c, c->cur, T_EACH, DT_none, 0, NULL, 0, NULL);
    if (in) {
        in->space = space;
        in->block[0] = body;
    }
}

static void compile_set(Compile *c, const KInst *i)
{
    KReg r = i->dst[0];
    Val *v = &c->val[r];
    if (v->kind == VAL_NONE || v->cached_block != r) { /* its declaration: first set */
        TRef ref = variable(c, i->type);
        ref < 0 ? value_set_scalar(c, r, ref) : value_set_slot(c, r, ref);
        c->val[r].cached_block = r;
        c->val[r].born = c->mask_depth;
        set_to(c, ref, i->args[0]);
        return;
    }
    if (v->kind == VAL_SCALAR || v->born == c->mask_depth || c->mask == TREF_NONE) {
        set_to(c, v->ref, i->args[0]);
        return;
    }
    TRef dst = v->ref, x = value_operand(c, i->args[0]);
    if (x < 0 && tile_width(i->type) > 8)
        x = value_slot(c, i->args[0]);
    TInst *in = compile_emit(c, c->cur, T_BLEND, i->type, 1, &dst, 2, (TRef[]){c->mask, x});
    if (in)
        in->width = (uint16_t)tile_width(i->type);
}

/* ── leaves ── */
static void compile_leaf(Compile *c, const KInst *i) /* sym, extent: one scalar per launch */
{
    const KMem *m = i->op == K_extent ? &c->k->mems[i->id] : NULL;
    if (m && m->const_dims && m->const_dims[i->aux] >= 0) {
        value_set_scalar(c, i->dst[0], scalar_const(c, (uint64_t)m->const_dims[i->aux]));
        return;
    }
    TRef s = scalar_new(c);
    TInst *in = compile_emit(c, c->v->pre, T_SCALAR, i->type, 1, &s, 0, NULL);
    if (!in)
        return;
    c->launch[~s] = true;
    in->kop = (uint8_t)i->op;
    in->space = i->id;
    in->func = (int32_t)i->aux;
    value_set_scalar(c, i->dst[0], s);
}

typedef void (*Compiler)(Compile *, const KInst *);
static const Compiler compilers[K_COUNT] = {
    [K_sym] = compile_leaf, [K_extent] = compile_leaf, [K_set] = compile_set, [K_call] = compile_call, [K_cond] = compile_cond,
    [K_if] = compile_if, [K_while] = compile_while, [K_each] = compile_each, [K_for] = compile_loop, [K_reduce] = compile_reduce,
    [K_dot] = compile_dot, [K_scan] = compile_scan, [K_store] = compile_store, [K_scatter] = compile_scatter,
};

void compile_inst(Compile *c, const KInst *i, const KBlock *in)
{
    c->line = i->line;
    if (i->op == K_const)
        value_set_scalar(c, i->dst[0], scalar_const(c, i->bits));
    else if (i->op == K_load)
        compile_load(c, i, in);
    else if (compilers[i->op])
        compilers[i->op](c, i);
    else if (kop_info[i->op].cls == KCLASS_P)
        compile_pure(c, i, in);
    else
        compile_fail(c, SPML_UNSUPPORTED, "kernel-class", "group code runs ahead-of-time compiled only");
}

/* ── driver ── */
static void count_uses(Compile *c, const KBlock *b, int depth)
{
    if (depth > COMPILE_DEPTH) {
        compile_fail(c, SPML_UNSUPPORTED, "tile-depth", "blocks nest too deeply");
        return;
    }
    for (size_t n = 0; n < b->n; n++) {
        const KInst *i = b->inst[n];
        for (int a = 0; a < i->n_args; a++) {
            Use *u = &c->use[i->args[a]];
            u->n++;
            u->user = i;
            u->user_block = b;
        }
        for (int d = 0; d < i->n_dst; d++)
            c->use[i->dst[d]].def_block = b;
        for (int x = 0; x < i->n_axes; x++)
            c->use[i->axes[x].lo].n += 2, c->use[i->axes[x].hi].n += 2;
        for (size_t s = 0; kir_sub_block(i, s); s++)
            count_uses(c, kir_sub_block(i, s), depth + 1);
    }
    for (int y = 0; y < b->n_yield; y++)
        c->use[b->yield[y]].n += 2; /* leaves the block: never deferred */
}

static bool has_op(const KBlock *b, KOp op, int depth)
{
    for (size_t n = 0; n < b->n && depth < COMPILE_DEPTH; n++) {
        if (b->inst[n]->op == op)
            return true;
        for (size_t s = 0; kir_sub_block(b->inst[n], s); s++)
            if (has_op(kir_sub_block(b->inst[n], s), op, depth + 1))
                return true;
    }
    return false;
}

static void compile_top(Compile *c, const KInst *top)
{
    c->line = top->line;
    uint32_t space = compile_space(c, top);
    c->v->top = space;
    if (!compile_ok(c))
        return;
    c->space = space;
    Scope sc = scope_open(c);
    if (c->rows) {
        for (int n = 0; n < top->n_axes; n++)
            value_set_scalar(c, top->axes[n].index, c->v->spaces[space].index[n]);
    } else {
        compile_lanes(c, top);
        c->laned = true;
    }
    compile_block(c, top->blocks[0]);
    c->v->body = scope_close(c, sc);
}

static void relax_funcs(TVariant *v)
{
    for (size_t i = 0; i < v->n_accesses; i++) {
        const TAccess *x = v->accesses[i];
        bool alone = x->guarded || x->gather || x->packed || x->priv || x->mask != TREF_NONE;
        for (int d = 0; d < x->n_dims && !alone; d++)
            if (x->dim[d].func >= 0)
                v->funcs[x->dim[d].func].relaxed = true;
    }
}

/* The last instruction stores what the one before it makes: that may be made where it is stored. */
static void store_at_once(TVariant *v)
{
    TBlock *b = v->body;
    if (b->n < 2)
        return;
    TInst *make = &b->inst[b->n - 2], *last = make + 1;
    if ((make->op != T_PRIM && make->op != T_CALL) || make->n_dst != 1 || last->op != T_STORE)
        return;
    TAccess *x = last->access;
    if (x->value == make->dst[0] && x->compute == x->storage && !x->store && x->mask == TREF_NONE && x->total >= 0 && !x->guarded && !x->gather && !x->priv && !x->packed)
        make->access = x;
}

static SpmlCode variant(const KirKernel *k, TileProgram *p, Arena *a, bool fn_prims, bool rows, TVariant **out, Error *err)
{
    Compile *c = arena_new(a, Compile);
    TVariant *v = arena_new(a, TVariant);
    if (!c || !v)
        return error_oom(err);
    *c = (Compile){.k = k, .p = p, .v = v, .a = a, .err = err, .rows = rows, .fn_prims = fn_prims, .mask = TREF_NONE};
    *v = (TVariant){.rows = rows, .hint = -1, .pre = arena_new(a, TBlock)};
    c->val = arena_array(a, Val, k->n_regs);
    c->use = arena_array(a, Use, k->n_regs);
    c->region = arena_array(a, TRef, k->n_mems + 1);
    if (!v->pre || !c->val || !c->use || !c->region)
        return error_oom(err);
    for (size_t i = 0; i < k->n_regs; i++)
        c->val[i].cached = TREF_NONE;
    for (size_t i = 0; i <= k->n_mems; i++)
        c->region[i] = TREF_NONE;
    count_uses(c, k->body, 0);
    for (size_t i = 0; i < k->n_fns; i++)
        count_uses(c, k->fns[i].body, 0);
    Scope sc = scope_open(c);
    c->cur = v->pre;
    for (size_t i = 0; i < k->body->n && compile_ok(c); i++)
        if (k->body->inst[i]->op == K_each)
            compile_top(c, k->body->inst[i]);
        else
            compile_inst(c, k->body->inst[i], k->body);
    scope_close(c, sc);
    if (!compile_ok(c))
        return c->code;
    if (!v->body)
        return compile_fail(c, SPML_UNSUPPORTED, "kernel-class", "group kernels run ahead-of-time compiled only");
    relax_funcs(v);
    if (!tile_alloc(v, a))
        return error_oom(err);
    store_at_once(v);
    *out = v;
    return SPML_OK;
}

static const void *pack_table(const KMem *m, Arena *a)
{
    size_t n = 1;
    for (int d = 0; d < m->rank; d++)
        n *= (size_t)m->const_dims[d];
    unsigned w = tile_width(m->type);
    char *t = arena_alloc(a, n * w + 1, 64);
    for (size_t i = 0; t && i < n; i++)
        memcpy(t + i * w, &m->table[i], w);
    return t;
}

SpmlCode tile_compile(const KModule *m, const KirKernel *k, Arena *a, TileProgram **out, Error *err)
{
    const KInst *top = k->body->n ? k->body->inst[k->body->n - 1] : NULL;
    prims_init();
    if (k->scheduled || !top || top->op != K_each)
        return error_set(err, SPML_UNSUPPORTED, "kernel-class", "kernel %s: group kernels run ahead-of-time compiled only", k->name);
    TileProgram *p = arena_new(a, TileProgram);
    if (!p || !(p->table = arena_array(a, void *, k->n_mems + 1)))
        return error_oom(err);
    p->k = k;
    for (size_t i = 0; i < k->n_mems; i++)
        if (k->mems[i].kind == KMEM_TABLE && !(p->table[i] = (void *)pack_table(&k->mems[i], a)))
            return error_oom(err);
    SpmlCode code = variant(k, p, a, m != NULL, false, &p->items, err);
    if (code != SPML_OK)
        return code;
    const KBlock *body = top->blocks[0];
    bool inner = has_op(body, K_reduce, 0) || has_op(body, K_each, 0);
    bool serial = has_op(body, K_dot, 0) || has_op(body, K_scan, 0) || has_op(body, K_scatter, 0) || has_op(body, K_while, 0);
    if (inner && !serial) { /* not being able to is no error: the other schedule runs everything */
        Error ignored = {0};
        if (variant(k, p, a, m != NULL, true, &p->rows, &ignored) == SPML_RESOURCE)
            return error_oom(err);
    }
    *out = p;
    return SPML_OK;
}
