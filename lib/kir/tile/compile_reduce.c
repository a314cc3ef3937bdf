/* SPDX-License-Identifier: MIT
 * kir/tile: reduce, dot and scan. Inside lanes they are serial loops whose state lives in slots (64 accumulators where the canonical order needs
 * them); outside lanes a reduce opens lanes over its own indices and a dot is a scalar loop. */
#include "kir/core.h"
#include "kir/tile/compile.h"

#include <string.h>

enum { MAX_FIELDS = 8 };

static bool any_order(const KReducer *r)
{
    if (r->kind == KRED_MIN || r->kind == KRED_MAX || r->kind == KRED_ANY || r->kind == KRED_ALL)
        return true;
    return (r->kind == KRED_SUM || r->kind == KRED_PROD) && !dtype_is_float(r->state_types[0]);
}

static const uint8_t red_op[] = {[KRED_SUM] = K_add, [KRED_PROD] = K_mul, [KRED_MIN] = K_min, [KRED_MAX] = K_max, [KRED_ANY] = K_or, [KRED_ALL] = K_and};

static TReduce *reduce_new(Compile *c, const KInst *i)
{
    const KReducer *k = &c->k->reds[i->id];
    TReduce *r = arena_new(c->a, TReduce);
    if (!r)
        return NULL;
    if (k->n_state > MAX_FIELDS || k->n_items > MAX_FIELDS) {
        compile_fail(c, SPML_UNSUPPORTED, "tile", "a reducer has more than 8 fields");
        return NULL;
    }
    *r = (TReduce){.red = k, .kind = k->kind, .n_state = k->n_state, .n_items = k->n_items, .guard = TREF_NONE, .stage_mask = TREF_NONE, .tmp = TREF_NONE};
    for (int n = 0; n < k->n_state; n++) {
        r->ident[n] = k->identity[n];
        r->type[n] = k->state_types[n];
    }
    if (k->kind != KRED_USER && i->op == K_reduce) {
        r->any_order = any_order(k);
        r->op = kprim_op((KOp)red_op[k->kind], r->type[0], r->type[0], KFORM_V);
        r->select = kprim_op(K_select, r->type[0], r->type[0], KFORM_S2);
        r->step64 = kprim_reduce_step(k->kind, r->type[0]);
        r->fold64 = kprim_reduce_fold(k->kind, r->type[0]);
    }
    return r;
}

static void body_fn(Compile *c, const KFn *f, TRef *out, int n)
{
    value_forget_vars(c, f->body);
    compile_block(c, f->body);
    for (int i = 0; i < n && compile_ok(c); i++)
        out[i] = value_slot(c, f->body->yield[i]);
}

/* step and merge as blocks over parameter slots. */
static void step_and_merge(Compile *c, TReduce *r)
{
    const KReducer *k = r->red;
    TRef mask = c->mask;
    bool laned = c->laned;
    c->mask = TREF_NONE;
    c->laned = true;
    for (int pass = 0; pass < 2; pass++) {
        const KFn *f = pass ? &k->merge : &k->step;
        Scope sc = scope_open(c);
        for (int n = 0; n < r->n_state; n++) {
            if (!pass)
                r->param[n] = slot_any(c, tile_width(r->type[n]));
            value_set_slot(c, f->params[n], r->param[n]);
            if (pass) {
                r->other[n] = slot_any(c, tile_width(r->type[n]));
                value_set_slot(c, f->params[r->n_state + n], r->other[n]);
            }
        }
        for (int n = 0; !pass && n < r->n_items; n++) {
            r->param_item[n] = slot_any(c, tile_width(k->item_types[n]));
            value_set_slot(c, f->params[r->n_state + n], r->param_item[n]);
        }
        body_fn(c, f, pass ? r->merge_out : r->step_out, r->n_state);
        *(pass ? &r->merge : &r->step) = scope_close(c, sc);
    }
    c->mask = mask;
    c->laned = laned;
}

static TRef guard_of(Compile *c, const KInst *i)
{
    uint64_t v;
    if (i->n_blocks < 2)
        return TREF_NONE;
    compile_block(c, i->blocks[1]);
    if (!compile_ok(c))
        return TREF_NONE;
    TRef g = value_operand(c, i->blocks[1]->yield[0]);
    return scalar_is_const(c, g, &v) && v ? TREF_NONE : g < 0 ? value_slot(c, i->blocks[1]->yield[0]) : g;
}

static TRef both_masks(Compile *c, TRef guard, TRef mask)
{
    return guard == TREF_NONE ? mask : mask == TREF_NONE ? guard : mask_and(c, mask, guard, false);
}

static void own(TRef *list, int *n, TRef r)
{
    if (r != TREF_NONE && r >= 0)
        list[(*n)++] = r;
}

static void emit_reduce(Compile *c, const KInst *i, TOp op, TReduce *r, TBlock *item, const TRef *dst, int n_dst)
{
    TRef src[96];
    int n = 0;
    for (int f = 0; f < r->n_items; f++)
        own(src, &n, r->item[f]), own(src, &n, r->stage[f]), own(src, &n, r->param_item[f]);
    for (int f = 0; f < r->n_state; f++) {
        own(src, &n, r->acc[f]), own(src, &n, r->param[f]), own(src, &n, r->other[f]);
        own(src, &n, r->step_out[f]), own(src, &n, r->merge_out[f]);
    }
    for (int a = 0; a < r->axes.n; a++)
        own(src, &n, r->axes.lo[a]), own(src, &n, r->axes.hi[a]);
    own(src, &n, r->guard), own(src, &n, r->stage_mask), own(src, &n, r->tmp);
    if (r->axes.n)
        own(src, &n, r->axes.mask), own(src, &n, r->axes.outer);
    TInst *in = compile_emit(c, c->cur, op, i->type, n_dst, dst, n, src);
    if (!in)
        return;
    in->red = r;
    in->block[0] = item;
    in->space = r->space;
}

/* Extents that differ between lanes are handled by masking what runs too far; then items of a lane keep their numbers only if all lanes start alike. */
static void check_divergent(Compile *c, TReduce *r)
{
    if (r->axes.mask == TREF_NONE)
        return;
    bool simple = r->axes.n == 1 && r->axes.lo[0] < 0 && r->kind != KRED_USER;
    c->v->single |= !simple;
}

static void reduce_serial(Compile *c, const KInst *i)
{
    TReduce *r = reduce_new(c, i);
    TRef dst[MAX_FIELDS], outer = c->mask;
    bool loose = c->loose, inner = c->inner;
    if (!r || !compile_axes(c, i, &r->axes))
        return;
    check_divergent(c, r);
    c->loose |= r->axes.mask != TREF_NONE;
    c->inner = true;
    Scope sc = scope_open(c);
    r->guard = guard_of(c, i);
    r->guard = both_masks(c, r->guard, r->axes.mask);
    compile_block(c, i->blocks[0]);
    for (int n = 0; n < r->n_items && compile_ok(c); n++)
        r->item[n] = value_slot(c, i->blocks[0]->yield[n]);
    if (r->kind == KRED_USER && compile_ok(c))
        step_and_merge(c, r);
    TBlock *item = scope_close(c, sc);
    c->mask = outer;
    c->loose = loose;
    c->inner = inner;
    if (!compile_ok(c))
        return;
    for (int n = 0; n < r->n_state; n++) {
        size_t rows = r->any_order ? 2 : TILE_LANES_RED + TILE_TREE;
        r->acc[n] = slot_region(c, rows * KTILE * tile_width(r->type[n]));
        r->tmp = slot_region(c, KTILE * TILE_MAX_WIDTH);
        dst[n] = slot_any(c, tile_width(r->type[n]));
    }
    for (int n = r->kind == KRED_USER ? r->n_state : 0; n < MAX_FIELDS; n++)
        r->param[n] = r->other[n] = r->step_out[n] = r->merge_out[n] = TREF_NONE;
    for (int n = 0; n < MAX_FIELDS; n++) {
        r->stage[n] = TREF_NONE;
        r->param_item[n] = r->kind == KRED_USER && n < r->n_items ? r->param_item[n] : TREF_NONE;
    }
    emit_reduce(c, i, T_REDUCE, r, item, dst, r->n_state);
    for (int n = 0; n < r->n_state; n++)
        value_set_slot(c, i->dst[n], dst[n]);
}

static void reduce_lanes(Compile *c, const KInst *i)
{
    TReduce *r = reduce_new(c, i);
    TRef dst[MAX_FIELDS];
    uint32_t space = compile_space(c, i), outer = c->space;
    if (!r || !compile_ok(c))
        return;
    r->space = space;
    if (c->v->inner_space == 0)
        c->v->inner_space = space;
    compile_lanes(c, i);
    c->laned = c->inner = true;
    c->space = space;
    Scope sc = scope_open(c);
    r->guard = guard_of(c, i);
    compile_block(c, i->blocks[0]);
    for (int n = 0; n < r->n_items && compile_ok(c); n++)
        r->item[n] = value_slot(c, i->blocks[0]->yield[n]);
    if (r->kind == KRED_USER && compile_ok(c))
        step_and_merge(c, r);
    TBlock *item = scope_close(c, sc);
    c->laned = c->inner = false;
    c->space = outer;
    if (!compile_ok(c))
        return;
    for (int n = 0; n < MAX_FIELDS; n++) {
        bool state = n < r->n_state, used = n < r->n_items, user = r->kind == KRED_USER;
        r->stage[n] = used ? slot_region(c, (2 * KTILE + 64) * tile_width(r->red->item_types[n])) : TREF_NONE;
        r->acc[n] = state ? slot_region(c, (size_t)(TILE_LANES_RED + TILE_TREE) * tile_width(r->type[n])) : TREF_NONE;
        if (!user || !state)
            r->param[n] = r->other[n] = r->step_out[n] = r->merge_out[n] = TREF_NONE;
        if (!user || !used)
            r->param_item[n] = TREF_NONE;
        dst[n] = state ? scalar_new(c) : TREF_NONE;
        if (state && c->cur == c->v->pre)
            c->launch[~dst[n]] = true;
    }
    r->tmp = slot_region(c, KTILE * TILE_MAX_WIDTH);
    if (r->guard != TREF_NONE)
        r->stage_mask = slot_region(c, 2 * KTILE + 64);
    emit_reduce(c, i, T_REDUCE_LANES, r, item, dst, r->n_state);
    for (int n = 0; n < r->n_state; n++)
        value_set_scalar(c, i->dst[n], dst[n]);
}

void compile_reduce(Compile *c, const KInst *i)
{
    c->laned ? reduce_serial(c, i) : reduce_lanes(c, i);
}

/* ── dot ── */
static void dot_scalar(Compile *c, const KInst *i)
{
    TAxes *ax = arena_new(c->a, TAxes);
    TRef acc = scalar_new(c), init, a[3], g = TREF_NONE;
    if (!ax || !compile_axes(c, i, ax) || !value_scalar(c, i->args[0], &init))
        return;
    TInst *in = compile_emit(c, c->cur, T_SCALAR, i->type, 1, &acc, 1, &init);
    if (in)
        in->kop = K_move;
    Scope sc = scope_open(c);
    if (i->n_blocks == 2) {
        compile_block(c, i->blocks[1]);
        if (!compile_ok(c) || !value_scalar(c, i->blocks[1]->yield[0], &g))
            return;
    }
    compile_block(c, i->blocks[0]);
    if (!compile_ok(c) || !value_scalar(c, i->blocks[0]->yield[0], &a[0]) || !value_scalar(c, i->blocks[0]->yield[1], &a[1]))
        return;
    a[2] = acc;
    TRef next;
    if (dtype_is_float(i->type))
        next = scalar_op(c, K_fma, i->type, i->type, 3, a);
    else {
        next = scalar_op(c, K_mul, i->type, i->type, 2, a);
        next = scalar_op(c, K_add, i->type, i->type, 2, (TRef[]){next, acc});
    }
    if (g != TREF_NONE)
        next = scalar_op(c, K_select, i->type, DT_bool, 3, (TRef[]){g, next, acc});
    in = compile_emit(c, c->cur, T_SCALAR, i->type, 1, &acc, 1, &next);
    if (in)
        in->kop = K_move;
    TBlock *body = scope_close(c, sc);
    in = compile_emit(c, c->cur, T_LOOP, DT_none, 0, NULL, 0, NULL);
    if (in) {
        in->axes = ax;
        in->block[0] = body;
    }
    if (c->cur == c->v->pre)
        c->launch[~acc] = true;
    value_set_scalar(c, i->dst[0], acc);
}

static void dot_prim(TReduce *r, DType t)
{
    r->form = (r->item[0] < 0 ? KFORM_S0 : 0) | (r->item[1] < 0 ? KFORM_S1 : 0);
    bool f = dtype_is_float(t);
    r->op = kprim_op(f ? K_fma : K_add, t, t, f ? r->form : KFORM_V);
    r->op2 = f ? NULL : kprim_op(K_mul, t, t, r->form);
}

static void dot_lanes(Compile *c, const KInst *i)
{
    TReduce *r = arena_new(c->a, TReduce);
    bool loose = c->loose, inner = c->inner;
    if (!r)
        return;
    *r = (TReduce){.n_state = 1, .n_items = 2, .guard = TREF_NONE, .stage_mask = TREF_NONE};
    for (int n = 0; n < MAX_FIELDS; n++)
        r->acc[n] = r->stage[n] = r->param[n] = r->other[n] = r->param_item[n] = r->step_out[n] = r->merge_out[n] = TREF_NONE;
    r->type[0] = i->type;
    TRef dst = slot_any(c, tile_width(i->type));
    value_move_to(c, dst, i->args[0]);
    if (!compile_axes(c, i, &r->axes))
        return;
    c->loose |= r->axes.mask != TREF_NONE;
    c->inner = true;
    Scope sc = scope_open(c);
    r->guard = both_masks(c, guard_of(c, i), r->axes.mask);
    compile_block(c, i->blocks[0]);
    if (!compile_ok(c))
        return;
    for (int n = 0; n < 2; n++)
        r->item[n] = value_operand(c, i->blocks[0]->yield[n]);
    if (r->item[0] < 0 && r->item[1] < 0)
        r->item[0] = value_slot(c, i->blocks[0]->yield[0]);
    dot_prim(r, i->type);
    if (!r->op || (!dtype_is_float(i->type) && !r->op2)) { /* no scalar form */
        for (int n = 0; n < 2; n++)
            r->item[n] = value_slot(c, i->blocks[0]->yield[n]);
        dot_prim(r, i->type);
    }
    TBlock *body = scope_close(c, sc);
    c->loose = loose;
    c->inner = inner;
    r->acc[0] = slot_new(c, tile_width(i->type));
    r->tmp = slot_new(c, tile_width(i->type));
    emit_reduce(c, i, T_DOT, r, body, &dst, 1);
    value_set_slot(c, i->dst[0], dst);
}

void compile_dot(Compile *c, const KInst *i)
{
    c->laned ? dot_lanes(c, i) : dot_scalar(c, i);
}

/* ── scan: serial over its axis, lanes are other items ── */
void compile_scan(Compile *c, const KInst *i)
{
    TReduce *r = reduce_new(c, i);
    bool inner = c->inner;
    if (!c->laned) {
        compile_fail(c, SPML_UNSUPPORTED, "tile", "scan needs lanes");
        return;
    }
    if (!r || !compile_axes(c, i, &r->axes))
        return;
    if (r->axes.mask != TREF_NONE)
        c->v->single = true;
    for (int n = 0; n < MAX_FIELDS; n++) {
        r->param[n] = r->other[n] = r->step_out[n] = r->merge_out[n] = r->param_item[n] = r->stage[n] = TREF_NONE;
        if (n >= r->n_state)
            r->acc[n] = TREF_NONE;
    }
    c->inner = true;
    Scope whole = scope_open(c), sc = scope_open(c);
    compile_block(c, i->blocks[0]);
    for (int n = 0; n < r->n_items && compile_ok(c); n++)
        r->item[n] = value_slot(c, i->blocks[0]->yield[n]);
    if (compile_ok(c))
        step_and_merge(c, r);
    TBlock *item = scope_close(c, sc);
    for (int n = 0; n < r->n_state && compile_ok(c); n++) {
        unsigned w = tile_width(r->type[n]);
        r->acc[n] = slot_region(c, (size_t)4 * KTILE * w); /* chunks, runs, before, local */
        r->scan_before[n] = slot_any(c, w);
        r->scan_after[n] = slot_any(c, w);
        value_set_slot(c, i->dst[n], r->scan_before[n]);
        value_set_slot(c, i->dst[r->n_state + n], r->scan_after[n]);
    }
    sc = scope_open(c);
    if (compile_ok(c))
        compile_block(c, i->blocks[1]);
    TBlock *body = scope_close(c, sc);
    scope_close(c, whole);
    c->inner = inner;
    if (!compile_ok(c))
        return;
    TRef state[2 * MAX_FIELDS];
    for (int n = 0; n < r->n_state; n++) {
        state[n] = r->scan_before[n];
        state[r->n_state + n] = r->scan_after[n];
    }
    r->tmp = slot_region(c, KTILE * TILE_MAX_WIDTH);
    emit_reduce(c, i, T_SCAN, r, item, state, 2 * r->n_state);
    if (c->cur->n)
        c->cur->inst[c->cur->n - 1].block[1] = body;
}
