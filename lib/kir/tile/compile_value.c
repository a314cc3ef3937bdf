/* SPDX-License-Identifier: MIT
 * kir/tile: values. What is equal in all lanes is a scalar (folded, or moved to the launch's prologue, where possible); what is affine in the
 * lane axes stays symbolic until a slot is needed; the rest is one primitive per opcode or scalar function. */
#include "kir/core.h"
#include "kir/tile/compile.h"

#include <string.h>

/* ── scalars ── */
static TRef scalar_add_row(Compile *c, uint64_t init, bool launch, bool constant)
{
    TVariant *v = c->v;
    uint64_t *list = arena_grow(c->a, v->init, v->n_scalars, &v->cap_scalars, uint64_t);
    bool *la = arena_grow(c->a, c->launch, v->n_scalars, &c->cap_info, bool);
    bool *co = arena_grow(c->a, c->constant, v->n_scalars, &c->cap_const, bool);
    if (!list || !la || !co)
        return ~0;
    v->init = list;
    c->launch = la;
    c->constant = co;
    list[v->n_scalars] = init;
    la[v->n_scalars] = launch;
    co[v->n_scalars] = constant;
    return ~(TRef)v->n_scalars++;
}

TRef scalar_const(Compile *c, uint64_t bits)
{
    for (size_t i = 0; i < c->v->n_scalars; i++)
        if (c->constant[i] && c->v->init[i] == bits)
            return ~(TRef)i;
    return scalar_add_row(c, bits, true, true);
}

TRef scalar_new(Compile *c)
{
    return scalar_add_row(c, 0, false, false);
}

bool scalar_is_launch(const Compile *c, TRef r)
{
    return r < 0 && (size_t)~r < c->v->n_scalars && c->launch[~r];
}

bool scalar_is_const(const Compile *c, TRef r, uint64_t *bits)
{
    if (r >= 0 || (size_t)~r >= c->v->n_scalars || !c->constant[~r])
        return false;
    *bits = c->v->init[~r];
    return true;
}

TRef scalar_op(Compile *c, KOp op, DType type, DType from, int n, const TRef *args)
{
    uint64_t v[4] = {0};
    bool constant = true, launch = true;
    for (int i = 0; i < n; i++) {
        constant &= scalar_is_const(c, args[i], &v[i]);
        launch &= scalar_is_launch(c, args[i]);
    }
    if (constant)
        return scalar_const(c, kir_eval(op, type, from, v));
    launch |= c->cur == c->v->pre;
    TRef dst = scalar_add_row(c, 0, launch, false);
    TInst *in = compile_emit(c, launch ? c->v->pre : c->cur, T_SCALAR, type, 1, &dst, n, args);
    if (in) {
        in->kop = (uint8_t)op;
        in->from = from;
    }
    return dst;
}

TRef scalar_add(Compile *c, TRef a, TRef b)
{
    uint64_t v;
    if (a == TREF_NONE || (scalar_is_const(c, a, &v) && v == 0))
        return b;
    if (b == TREF_NONE || (scalar_is_const(c, b, &v) && v == 0))
        return a;
    return scalar_op(c, K_add, DT_i64, DT_i64, 2, (TRef[]){a, b});
}

TRef scalar_mul(Compile *c, TRef a, TRef b)
{
    uint64_t v;
    if (a == TREF_NONE || (scalar_is_const(c, a, &v) && v == 1))
        return a == TREF_NONE ? a : b;
    if (b == TREF_NONE || (scalar_is_const(c, b, &v) && v == 1))
        return b == TREF_NONE ? b : a;
    return scalar_op(c, K_mul, DT_i64, DT_i64, 2, (TRef[]){a, b});
}

/* ── slots ── */
TRef slot_region(Compile *c, size_t bytes)
{
    TVariant *v = c->v;
    TSlot *s = arena_grow(c->a, v->slots, v->n_slots, &v->cap_slots, TSlot);
    if (bytes > (size_t)1 << 28) {
        compile_fail(c, SPML_UNSUPPORTED, "tile-size", "an item needs more private memory than a tile has");
        return 0;
    }
    if (!s)
        return 0;
    uint32_t *deps = arena_grow(c->a, c->deps, v->n_slots, &c->cap_deps, uint32_t);
    if (!deps)
        return 0;
    c->deps = deps;
    deps[v->n_slots] = 0;
    v->slots = s;
    s[v->n_slots] = (TSlot){(uint32_t)bytes, UINT32_MAX, 0, 0};
    return (TRef)v->n_slots++;
}

TRef slot_new(Compile *c, unsigned width)
{
    return slot_region(c, (size_t)width * KTILE);
}

TRef slot_any(Compile *c, unsigned width)
{
    TRef r = slot_new(c, width);
    if (compile_ok(c))
        c->deps[r] = UINT32_MAX;
    return r;
}

uint32_t func_axes(const TFunc *f)
{
    uint32_t axes = 0;
    for (int i = 0; i < KIR_MAX_AXES; i++)
        axes |= f->coef[i] != TREF_NONE ? 1u << i : 0;
    return axes;
}

static TRef emit_slot(Compile *c, TOp op, DType type, DType from, int n, const TRef *args, TInst **out)
{
    TRef dst = slot_new(c, tile_width(type));
    TInst *in = compile_emit(c, c->cur, op, type, 1, &dst, n, args);
    if (in) {
        in->from = from;
        in->width = (uint16_t)tile_width(type);
    }
    *out = in;
    return dst;
}

static TRef splat(Compile *c, DType t, TRef s)
{
    TInst *in;
    return emit_slot(c, T_MOVE, t, t, 1, &s, &in);
}

static const unsigned scalar_bit[3] = {KFORM_S0, KFORM_S1, KFORM_S2};

TRef slot_prim(Compile *c, KOp op, DType type, DType from, int n, const TRef *args)
{
    TRef a[4];
    unsigned form = 0;
    for (int i = 0; i < n; i++) {
        a[i] = args[i];
        form |= args[i] < 0 ? scalar_bit[i] : 0;
    }
    DType wide = dtype_info[from].compute;
    if (op >= K_eq && op <= K_ge && from != wide && wide != DT_none) { /* storage types compare exactly in their compute type */
        for (int i = 0; i < n; i++)
            a[i] = a[i] < 0 ? scalar_op(c, K_cast, wide, from, 1, &a[i]) : slot_convert(c, wide, from, a[i], false);
        return slot_prim(c, op, type, wide, n, a);
    }
    KPrimFn fn = kprim_op(op, type, from, form);
    if (!fn && form && (fn = kprim_op(op, type, from, KFORM_V)) != NULL) {
        for (int i = 0; i < n; i++)
            if (a[i] < 0)
                a[i] = splat(c, op == K_select && i == 0 ? DT_bool : op == K_select ? type : from, a[i]);
        form = 0;
    }
    TInst *in;
    TRef dst = emit_slot(c, fn ? T_PRIM : T_EVAL, type, from, n, a, &in);
    if (in) {
        in->kop = (uint8_t)op;
        in->form = (uint8_t)form;
        in->fn.prim = fn;
        in->name = kop_info[op].name;
    }
    return dst;
}

static bool packed(DType t) { return dtype_info[t].block > 1; }

static TRef widen(Compile *c, DType to, DType from, TRef src)
{
    TInst *in;
    TRef dst = emit_slot(c, T_WIDEN, to, from, 1, &src, &in);
    if (in)
        in->fn.load = packed(from) ? NULL : kprim_load(from, to);
    return dst;
}

static TRef narrow(Compile *c, DType to, DType from, TRef src, bool sat)
{
    TInst *in;
    TRef dst = emit_slot(c, T_NARROW, to, from, 1, &src, &in);
    if (in) {
        in->form = sat;
        in->fn.store = packed(to) ? NULL : kprim_store(to, from, sat);
    }
    return dst;
}

TRef slot_convert(Compile *c, DType to, DType from, TRef src, bool sat)
{
    if (to == from && !sat)
        return src;
    if (!tile_is_compute(from)) { /* exact */
        src = widen(c, dtype_info[from].compute, from, src);
        from = dtype_info[from].compute;
        if (to == from && !sat)
            return src;
    }
    if (tile_is_compute(to))
        return slot_prim(c, sat ? K_sat : K_cast, to, from, 1, &src);
    return narrow(c, to, from, src, sat);
}

TRef slot_select(Compile *c, DType t, TRef cond, TRef a, TRef b)
{
    if (tile_is_compute(t)) {
        KPrimFn fn = kprim_op(K_select, t, t, KFORM_V);
        if (fn)
            return slot_prim(c, K_select, t, t, 3, (TRef[]){cond, a, b});
    }
    TInst *in;
    if (tile_width(t) > 8) {
        a = a < 0 ? splat(c, t, a) : a;
        b = b < 0 ? splat(c, t, b) : b;
    }
    return emit_slot(c, T_SELECT, t, t, 3, (TRef[]){cond, a, b}, &in);
}

TRef mask_and(Compile *c, TRef mask, TRef cond, bool negate)
{
    if (negate)
        cond = slot_prim(c, K_not, DT_bool, DT_bool, 1, &cond);
    return mask == TREF_NONE ? cond : slot_prim(c, K_and, DT_bool, DT_bool, 2, (TRef[]){mask, cond});
}

/* ── values of registers ── */
void value_set_slot(Compile *c, KReg r, TRef slot)
{
    c->val[r] = (Val){.kind = VAL_SLOT, .ref = slot, .cached = TREF_NONE};
}

void value_set_scalar(Compile *c, KReg r, TRef s)
{
    c->val[r] = (Val){.kind = VAL_SCALAR, .ref = s, .cached = TREF_NONE};
}

static void value_set(Compile *c, KReg r, TRef ref)
{
    ref < 0 ? value_set_scalar(c, r, ref) : value_set_slot(c, r, ref);
}

void value_force(Compile *c, KReg r)
{
    Val *v = &c->val[r];
    DType t = kir_type(c->k, r);
    if (v->kind == VAL_LOAD)
        value_set(c, r, compile_load_now(c, v->def, t));
    else if (v->kind == VAL_NARROW)
        value_set_slot(c, r, slot_convert(c, t, kir_type(c->k, v->def->args[0]), v->src, v->def->op == K_sat));
}

bool value_scalar(Compile *c, KReg r, TRef *out)
{
    value_force(c, r);
    const Val *v = &c->val[r];
    if (v->kind != VAL_SCALAR)
        return false;
    *out = c->k->regs[r].var ? scalar_op(c, K_move, kir_type(c->k, r), kir_type(c->k, r), 1, &v->ref) : v->ref;
    return true;
}

static TRef iota(Compile *c, const Affine *f)
{
    uint32_t id = func_new(c);
    TInst *in;
    TRef base = f->base == TREF_NONE ? scalar_const(c, 0) : f->base;
    TRef dst = emit_slot(c, T_IOTA, DT_i64, DT_i64, 1, &base, &in);
    if (in && compile_ok(c)) {
        in->func = (int32_t)id;
        memcpy(c->v->funcs[id].coef, f->coef, sizeof f->coef);
        c->deps[dst] = func_axes(&c->v->funcs[id]);
    }
    return dst;
}

TRef value_slot(Compile *c, KReg r)
{
    value_force(c, r);
    Val *v = &c->val[r];
    if (v->kind == VAL_SLOT)
        return v->ref;
    if (v->cached != TREF_NONE && v->cached_block < c->cap_open && c->open[v->cached_block] && !c->k->regs[r].var)
        return v->cached;
    TRef s;
    if (v->kind == VAL_AFFINE)
        s = iota(c, v->aff);
    else if (v->kind == VAL_SCALAR)
        s = splat(c, kir_type(c->k, r), v->ref);
    else
        return compile_fail(c, SPML_UNSUPPORTED, "tile", "a value is used before it is defined"), 0;
    c->val[r].cached = s;
    c->val[r].cached_block = c->id;
    return s;
}

TRef value_operand(Compile *c, KReg r)
{
    value_force(c, r);
    return c->val[r].kind == VAL_SCALAR ? c->val[r].ref : value_slot(c, r);
}

TRef value_i64(Compile *c, KReg r, TRef *slot)
{
    TRef s;
    DType t = kir_type(c->k, r);
    *slot = TREF_NONE;
    if (value_scalar(c, r, &s))
        return t == DT_i64 ? s : scalar_op(c, K_cast, DT_i64, t, 1, &s);
    *slot = value_slot(c, r);
    if (t != DT_i64)
        *slot = slot_convert(c, DT_i64, t, *slot, false);
    return TREF_NONE;
}

void value_move_to(Compile *c, TRef dst, KReg r)
{
    TRef src = value_operand(c, r);
    TInst *in = compile_emit(c, c->cur, T_MOVE, kir_type(c->k, r), 1, &dst, 1, &src);
    if (in)
        in->width = (uint16_t)tile_width(in->type);
}

/* ── affine values ── */
static Affine *affine_of(Compile *c, KReg r) /* of an affine or uniform i64; NULL: neither */
{
    value_force(c, r);
    Val *v = &c->val[r];
    if (kir_type(c->k, r) != DT_i64 || v->kind == VAL_SLOT)
        return NULL;
    if (v->kind == VAL_AFFINE)
        return v->aff;
    Affine *f = arena_new(c->a, Affine);
    if (!f)
        return NULL;
    for (int i = 0; i < KIR_MAX_AXES; i++)
        f->coef[i] = TREF_NONE;
    if (!value_scalar(c, r, &f->base))
        return NULL;
    return f;
}

static bool affine_set(Compile *c, KReg r, const Affine *f)
{
    Affine *copy = arena_copy(c->a, f, sizeof *f);
    c->val[r] = (Val){.kind = VAL_AFFINE, .aff = copy, .cached = TREF_NONE};
    return copy != NULL;
}

static TRef scalar_neg(Compile *c, TRef a)
{
    return a == TREF_NONE ? a : scalar_op(c, K_neg, DT_i64, DT_i64, 1, &a);
}

static bool affine_scale(Compile *c, KReg dst, const Affine *f, TRef by)
{
    Affine r;
    if (!scalar_is_launch(c, by))
        return false;
    r.base = scalar_mul(c, f->base, by);
    for (int i = 0; i < KIR_MAX_AXES; i++)
        r.coef[i] = scalar_mul(c, f->coef[i], by);
    return affine_set(c, dst, &r);
}

static bool affine_choose(Compile *c, KReg dst, TRef cond, const Affine *a, const Affine *b)
{
    Affine r;
    TRef zero = scalar_const(c, 0);
    if (!scalar_is_launch(c, cond))
        return false;
    for (int i = -1; i < KIR_MAX_AXES; i++) {
        TRef x = i < 0 ? a->base : a->coef[i], y = i < 0 ? b->base : b->coef[i], *out = i < 0 ? &r.base : &r.coef[i];
        *out = x;
        if (x != y)
            *out = scalar_op(c, K_select, DT_i64, DT_i64, 3, (TRef[]){cond, x == TREF_NONE ? zero : x, y == TREF_NONE ? zero : y});
    }
    return affine_set(c, dst, &r);
}

static bool affine_sum(Compile *c, KReg dst, const Affine *a, const Affine *b, bool minus)
{
    Affine r;
    r.base = scalar_add(c, a->base, minus ? scalar_neg(c, b->base) : b->base);
    for (int i = 0; i < KIR_MAX_AXES; i++)
        r.coef[i] = scalar_add(c, a->coef[i], minus ? scalar_neg(c, b->coef[i]) : b->coef[i]);
    return affine_set(c, dst, &r);
}

static bool pure_affine(Compile *c, const KInst *i)
{
    if (i->type != DT_i64 || !c->laned)
        return false;
    const KReg *a = i->args;
    TRef s;
    switch (i->op) {
    case K_neg: {
        Affine *x = affine_of(c, a[0]);
        return x && affine_scale(c, i->dst[0], x, scalar_const(c, (uint64_t)-1));
    }
    case K_add:
    case K_sub: {
        Affine *x = affine_of(c, a[0]), *y = affine_of(c, a[1]);
        return x && y && affine_sum(c, i->dst[0], x, y, i->op == K_sub);
    }
    case K_mul: {
        Affine *x = affine_of(c, a[0]), *y = affine_of(c, a[1]);
        if (!x || !y)
            return false;
        return value_scalar(c, a[1], &s) ? affine_scale(c, i->dst[0], x, s) : value_scalar(c, a[0], &s) && affine_scale(c, i->dst[0], y, s);
    }
    case K_select: {
        if (!value_scalar(c, a[0], &s))
            return false;
        Affine *x = affine_of(c, a[1]), *y = affine_of(c, a[2]);
        return x && y && affine_choose(c, i->dst[0], s, x, y);
    }
    default: return false;
    }
}

/* ── opcodes ── */
static bool only_user_is(const Compile *c, const KInst *i, const KBlock *in, KOp op)
{
    const Use *u = &c->use[i->dst[0]];
    return u->n == 1 && u->user && u->user->op == op && u->user_block == in;
}

static void pure_convert(Compile *c, const KInst *i, const KBlock *in)
{
    KReg a = i->args[0];
    DType from = kir_type(c->k, a);
    bool sat = i->op == K_sat;
    Val *v = &c->val[a];
    TRef x;
    if (v->kind == VAL_LOAD && i->type != from) {
        DType wide = dtype_info[from].compute;
        x = compile_load_now(c, v->def, wide);
        if (x < 0)
            value_set_scalar(c, i->dst[0], i->type == wide && !sat ? x : scalar_op(c, i->op, i->type, wide, 1, &x));
        else
            value_set_slot(c, i->dst[0], slot_convert(c, i->type, wide, x, sat));
        return;
    }
    if (from == i->type && !sat && v->kind == VAL_AFFINE) {
        affine_set(c, i->dst[0], v->aff);
    } else if (value_scalar(c, a, &x)) {
        value_set_scalar(c, i->dst[0], from == i->type && !sat ? x : scalar_op(c, i->op, i->type, from, 1, &x));
    } else if (!tile_is_compute(i->type) && tile_is_compute(from) && !c->k->regs[a].var && only_user_is(c, i, in, K_store)) {
        c->val[i->dst[0]] = (Val){.kind = VAL_NARROW, .src = value_slot(c, a), .def = i, .cached = TREF_NONE};
    } else {
        x = value_slot(c, a);
        if (from == i->type && !sat && c->k->regs[a].var) {
            x = slot_new(c, tile_width(from));
            value_move_to(c, x, a);
        }
        value_set_slot(c, i->dst[0], slot_convert(c, i->type, from, x, sat));
    }
}

static void value_copy(Compile *c, KReg dst, KReg src) /* dst has src's value of now, whatever is assigned to src later */
{
    TRef s;
    if (!c->k->regs[src].var) {
        c->val[dst] = c->val[src];
    } else if (value_scalar(c, src, &s)) {
        value_set_scalar(c, dst, s);
    } else {
        s = slot_new(c, tile_width(kir_type(c->k, src)));
        value_move_to(c, s, src);
        value_set_slot(c, dst, s);
    }
}

static void pure_slots(Compile *c, const KInst *i)
{
    TRef a[4];
    DType from = kir_type(c->k, i->args[0]);
    for (int n = 0; n < i->n_args && n < 4; n++)
        a[n] = value_operand(c, i->args[n]);
    if (i->op == K_bitcast) {
        value_copy(c, i->dst[0], i->args[0]);
        return;
    }
    if (i->op == K_select) {
        TRef cond = a[0] < 0 ? value_slot(c, i->args[0]) : a[0];
        value_set_slot(c, i->dst[0], slot_select(c, i->type, cond, a[1], a[2]));
        return;
    }
    if (i->op == K_shl || i->op == K_shr) { /* the count has any integer type */
        DType t = kir_type(c->k, i->args[1]);
        if (t != i->type)
            a[1] = a[1] < 0 ? scalar_op(c, K_cast, i->type, t, 1, &a[1]) : slot_convert(c, i->type, t, a[1], false);
    }
    value_set_slot(c, i->dst[0], slot_prim(c, i->op, i->type, from, i->n_args, a));
}

void compile_pure(Compile *c, const KInst *i, const KBlock *in)
{
    TRef s[4];
    if (i->op == K_cast || i->op == K_sat || i->op == K_move) {
        pure_convert(c, i, in);
        return;
    }
    bool uniform = true;
    for (int n = 0; n < i->n_args && n < 4; n++)
        uniform = value_scalar(c, i->args[n], &s[n]) && uniform;
    if (uniform)
        value_set_scalar(c, i->dst[0], scalar_op(c, i->op, i->type, kir_type(c->k, i->args[0]), i->n_args, s));
    else if (!pure_affine(c, i))
        pure_slots(c, i);
}

/* ── scalar functions ── */
static bool pure_straight(const KBlock *b, int depth) /* neither loads nor stores */
{
    for (size_t n = 0; n < b->n; n++) {
        const KInst *i = b->inst[n];
        if (kop_info[i->op].cls == KCLASS_R || kop_info[i->op].cls == KCLASS_W || i->op == K_reduce || i->op == K_scan || i->op == K_each || depth > COMPILE_DEPTH)
            return false;
        for (int s = 0; s < i->n_blocks; s++)
            if (!pure_straight(i->blocks[s], depth + 1))
                return false;
    }
    return true;
}

void value_forget_vars(Compile *c, const KBlock *b) /* the next set of each is its declaration */
{
    for (size_t n = 0; n < b->n; n++) {
        if (b->inst[n]->op == K_set)
            c->val[b->inst[n]->dst[0]] = (Val){.cached = TREF_NONE};
        for (size_t s = 0; kir_sub_block(b->inst[n], s); s++)
            value_forget_vars(c, kir_sub_block(b->inst[n], s));
    }
}

static void inline_fn(Compile *c, const KInst *i, const KFn *f)
{
    for (int n = 0; n < f->n_params; n++) {
        value_force(c, i->args[n]);
        value_copy(c, f->params[n], i->args[n]);
    }
    value_forget_vars(c, f->body);
    compile_block(c, f->body);
    for (int n = 0; n < f->n_results && compile_ok(c); n++) {
        value_force(c, f->body->yield[n]);
        value_copy(c, i->dst[n], f->body->yield[n]);
    }
}

static bool call_prim(Compile *c, const KInst *i, const KFn *f)
{
    TRef a[TILE_FN_PARAMS], d[TILE_FN_RESULTS];
    unsigned form = 0;
    DType t = f->n_params ? kir_type(c->k, f->params[0]) : DT_none;
    if (!c->fn_prims || f->n_params < 1 || f->n_params > TILE_FN_PARAMS || f->n_results > TILE_FN_RESULTS || !tile_is_compute(t))
        return false;
    for (int n = 0; n < f->n_params; n++) {
        if (kir_type(c->k, f->params[n]) != t) /* the name alone would not say which instance this is */
            return false;
        form |= c->val[i->args[n]].kind == VAL_SCALAR ? 1u << n : 0;
    }
    KPrimAnyFn any = form ? kprim_fn_any(f->name, t) : NULL;
    form &= any ? form : KFORM_S0 | KFORM_S1 | KFORM_S2;
    KPrimFn fn = any ? NULL : kprim_fn(f->name, t, form);
    if (!fn && !any)
        form = 0, fn = kprim_fn(f->name, t, 0);
    if (!fn && !any)
        return false;
    for (int n = 0; n < f->n_params; n++)
        a[n] = form >> n & 1 ? value_operand(c, i->args[n]) : value_slot(c, i->args[n]);
    for (int n = 0; n < f->n_results; n++)
        d[n] = slot_new(c, tile_width(kir_type(c->k, f->body->yield[n])));
    TInst *in = compile_emit(c, c->cur, any ? T_CALL : T_PRIM, t, f->n_results, d, f->n_params, a);
    if (in && any)
        in->fn.any = any;
    else if (in)
        in->fn.prim = fn;
    if (in) {
        in->form = form;
        in->name = f->name;
        in->kop = K_call;
    }
    for (int n = 0; n < f->n_results; n++)
        value_set_slot(c, i->dst[n], d[n]);
    return true;
}

void compile_call(Compile *c, const KInst *i)
{
    const KFn *f = &c->k->fns[i->id];
    bool uniform = true;
    for (int n = 0; n < f->n_params; n++) {
        value_force(c, i->args[n]);
        uniform &= c->val[i->args[n]].kind == VAL_SCALAR;
    }
    if (uniform && pure_straight(f->body, 0)) {
        bool laned = c->laned;
        TRef mask = c->mask;
        c->laned = false;
        c->mask = TREF_NONE;
        inline_fn(c, i, f);
        c->laned = laned;
        c->mask = mask;
    } else if (uniform || !f->body->n /* what goes in comes out */ || !call_prim(c, i, f)) {
        inline_fn(c, i, f);
    }
}
