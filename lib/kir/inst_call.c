/* SPDX-License-Identifier: MIT
 * kir front end: calls: conversions, built-ins, structs, fns. A fn becomes one KFn per binding of its type parameters, callees first;
 * fns with block parameters or private arrays, and all under kir_instantiate_fn, are expanded in place. */
#include "kir/inst.h"

#include <string.h>

enum { MAX_CALLS = 64 };

/* ── type parameters from arguments ── */

static Type deduce_default(Inst *c, const Frame *f, const Decl *d, unsigned i, const Expr *e)
{
    if (d->tparams[i].dflt)
        return type_of(c, f, d->tparams[i].dflt);
    return type_scalar(e->lit == LIT_FLOAT ? DT_f32 : DT_i64);
}

/* Arguments evaluated, type parameters found: literals last, since they take the type the others gave. */
static Type *deduce(Inst *c, const Expr *e, const Decl *d, Val *args)
{
    Type *types = inst_alloc(c, d->n_tparams * sizeof *types);
    bool *known = inst_alloc(c, d->n_tparams * sizeof *known);
    Frame f = {.types = types};
    for (unsigned i = 0; i < d->n_params; i++) {
        const TypeRef *t = d->params[i].type;
        if (e->args[i]->lit)
            continue;
        args[i] = inst_expr(c, e->args[i], NULL);
        if (t->kind != TREF_PARAM || known[t->param])
            continue;
        if (args[i].type.st || args[i].type.block)
            diag_fail(c->d, e->args[i]->pos, "%s: '%s' cannot be %s", d->name, d->tparams[t->param].name, type_name(args[i].type));
        types[t->param] = args[i].type;
        known[t->param] = true;
    }
    for (unsigned i = 0; i < d->n_params; i++) {
        const TypeRef *t = d->params[i].type;
        if (t->kind == TREF_PARAM && !known[t->param]) {
            types[t->param] = deduce_default(c, &f, d, t->param, e->args[i]);
            known[t->param] = true;
        }
    }
    for (unsigned i = 0; i < d->n_tparams; i++) {
        if (!known[i])
            types[i] = type_of(c, &f, d->tparams[i].dflt);
        if (!class_holds(d->tparams[i].cls, types[i].dt))
            diag_fail(c->d, e->pos, "%s must be %s, %s given", d->tparams[i].name, class_name(d->tparams[i].cls), type_name(types[i]));
    }
    for (unsigned i = 0; i < d->n_params; i++) {
        Want w = {type_of(c, &f, d->params[i].type), d->params[i].name};
        if (e->args[i]->lit)
            args[i] = inst_expr(c, e->args[i], &w);
        bool block = args[i].acc && !args[i].acc->field && w.type.block == args[i].type.block;
        if (!block)
            want_same(c, e->args[i]->pos, w.what, w.type, args[i]);
    }
    return types;
}

/* ── fns ── */

/* The body of d in the current block, its formals bound in f. */
static Val fn_body(Inst *c, const Decl *d)
{
    Want w = {type_of(c, c->f, d->type), d->name};
    const Expr *result = d->e;
    for (unsigned i = 0; d->body && i < d->body->n_body; i++)
        if (d->body->body[i]->kind == ST_RETURN)
            result = d->body->body[i]->e;
        else
            inst_stmt(c, d->body->body[i]);
    inst_at(c, result->pos);
    Val v = inst_expr(c, result, &w);
    want_same(c, result->pos, d->name, w.type, v);
    return val_keep(c, v);
}

static Frame new_frame(Inst *c, const Decl *d, Type *types, int n_slots)
{
    return (Frame){.decl = d, .types = types, .slots = inst_alloc(c, (size_t)n_slots * sizeof(Bind)), .pack_at = -1};
}

static Val expand(Inst *c, const Expr *e, const Decl *d, Type *types, const Val *args)
{
    Frame f = new_frame(c, d, types, d->n_slots), *outer = c->f;
    if (++c->depth > MAX_CALLS)
        diag_fail(c->d, e->pos, "fns call each other deeper than %d levels", MAX_CALLS);
    for (unsigned i = 0; i < d->n_params; i++)
        f.slots[d->params[i].slot] = (Bind){.kind = B_VAL, .v = val_keep(c, args[i])};
    c->f = &f;
    Pos at = c->at;
    Val v = fn_body(c, d);
    inst_at(c, at);
    c->f = outer;
    c->depth--;
    return v;
}

static uint32_t add_fn(Inst *c, KFn fn)
{
    KirKernel *k = c->k;
    inst_grow(c, k->fns, k->n_fns, c->cap_fns, KFn);
    k->fns[k->n_fns] = fn;
    return (uint32_t)k->n_fns++;
}

/* A KFn over fresh parameter registers. */
static FnInst *make_fn(Inst *c, const Decl *d, Type *types)
{
    Frame f = new_frame(c, d, types, d->n_slots), *outer = c->f;
    KReg params[KIR_MAX_OPERANDS * 8];
    unsigned n = 0;
    if (++c->depth > MAX_CALLS)
        diag_fail(c->d, d->pos, "fns call each other deeper than %d levels", MAX_CALLS);
    for (unsigned i = 0; i < d->n_params; i++) {
        Type t = type_of(c, &f, d->params[i].type);
        if (n + type_regs(t) > sizeof params / sizeof *params)
            diag_fail(c->d, d->pos, "%s has too many parameters", d->name);
        KReg *first = params + n;
        for (unsigned j = 0; j < type_regs(t); j++)
            params[n++] = kir_reg(c->k, t.st ? t.st->flat[j] : t.dt, false, d->params[i].name);
        f.slots[d->params[i].slot] = (Bind){.kind = B_VAL, .v = val_from(c, t, first)};
    }
    KBlock *up = block_open(c);
    c->f = &f;
    Pos at = c->at;
    Val v = fn_body(c, d);
    KReg out[64];
    val_regs(c, v, out);
    inst_at(c, at);
    c->f = outer;
    c->depth--;
    KBlock *body = block_close(c, up);
    block_yield(c, body, out, type_regs(v.type));
    KReg *p = inst_alloc(c, n * sizeof *p);
    memcpy(p, params, n * sizeof *p);
    uint32_t id = add_fn(c, (KFn){d->name, (uint16_t)n, (uint16_t)type_regs(v.type), p, body});
    inst_grow(c, c->fns, c->n_fn_insts, c->cap_fn_insts, FnInst);
    c->fns[c->n_fn_insts] = (FnInst){d, types, id, v.type};
    return &c->fns[c->n_fn_insts++];
}

static FnInst *find_fn(Inst *c, const Decl *d, const Type *types)
{
    for (size_t i = 0; i < c->n_fn_insts; i++)
        if (c->fns[i].decl == d && types_same(c->fns[i].types, types, d->n_tparams))
            return &c->fns[i];
    return NULL;
}

Val inst_fn_solo(Inst *c, const Decl *d, const Type *types)
{
    Type *copy = inst_alloc(c, d->n_tparams * sizeof *copy);
    memcpy(copy, types, d->n_tparams * sizeof *copy);
    FnInst *f = make_fn(c, d, copy);
    return (Val){.type = f->result};
}

static Val call_fn(Inst *c, const Expr *e, const Decl *d)
{
    Val *args = inst_alloc(c, d->n_params * sizeof *args);
    if (e->n_args != d->n_params) /* a bound fn; others were checked with the names */
        diag_fail(c->d, e->pos, "%s takes %u arguments, %u given", d->name, d->n_params, e->n_args);
    Type *types = deduce(c, e, d, args);
    if (d->in_place || c->inline_all)
        return expand(c, e, d, types, args);
    const FnInst *f = find_fn(c, d, types);
    if (!f)
        f = make_fn(c, d, types);
    KReg regs[KIR_MAX_OPERANDS * 8];
    unsigned n = 0;
    IndexClass ic = IC_CONST;
    for (unsigned i = 0; i < d->n_params; i++) {
        val_regs(c, args[i], regs + n);
        n += type_regs(args[i].type);
        ic = args[i].ic > ic ? args[i].ic : ic;
    }
    KInst *i = emit_inst(c, K_call, DT_none, 0, (int)n, regs);
    i->id = f->id;
    Val v = val_from(c, f->result, inst_dst(c, i, f->result, 1));
    v.ic = ic == IC_DATA ? IC_DATA : IC_OTHER;
    return v;
}

/* ── built-ins ── */

uint64_t extreme_bits(DType t, bool highest)
{
    uint64_t bits = 0;
    unsigned n = dtype_bits(t);
    uint64_t ones = n == 64 ? UINT64_MAX : (1ULL << n) - 1;
    if (dtype_is_float(t))
        dtype_set_f64(t, &bits, 0, highest ? __builtin_inf() : -__builtin_inf());
    else if (dtype_info[t].cls == DCLASS_INT)
        bits = highest ? ones >> 1 : (ones >> 1) + 1;
    else
        bits = highest ? ones : 0;
    return t == DT_bool ? highest : bits;
}

Val inst_minmax(Inst *c, Pos pos, bool max, Val a, Val b)
{
    const char *s = max ? "max" : "min";
    need_arith(c, pos, s, a.type);
    need_arith(c, pos, s, b.type);
    if (!type_same(a.type, b.type))
        diag_fail(c->d, pos, "%s: types differ: %s and %s", s, type_name(a.type), type_name(b.type));
    return emit_op(c, max ? K_max : K_min, a.type.dt, 2, (Val[]){a, b});
}

typedef enum Domain { DOM_NUM, DOM_FLOAT, DOM_INT } Domain;
static const struct { KOp op; Domain domain; } unary_of[BI_COUNT] = {
    [BI_abs] = {K_abs, DOM_NUM}, [BI_sqrt] = {K_sqrt, DOM_FLOAT}, [BI_floor] = {K_floor, DOM_FLOAT}, [BI_ceil] = {K_ceil, DOM_FLOAT},
    [BI_trunc] = {K_trunc, DOM_FLOAT}, [BI_rint] = {K_rint, DOM_FLOAT}, [BI_isnan] = {K_isnan, DOM_FLOAT}, [BI_mulhi] = {K_mulhi, DOM_INT},
    [BI_clz] = {K_clz, DOM_INT}, [BI_popcount] = {K_popcount, DOM_INT}};

static void need_domain(Inst *c, const Expr *e, int b, Type t)
{
    bool ok = !t.st && !t.block;
    if (ok && b == BI_isnan && dtype_is_float(t.dt))
        return;
    if (ok && unary_of[b].domain == DOM_FLOAT && !dtype_is_float(t.dt))
        diag_fail(c->d, e->pos, "%s wants a float type, found %s", e->name, type_name(t));
    if (ok && unary_of[b].domain == DOM_INT && !dtype_is_int(t.dt))
        diag_fail(c->d, e->pos, "%s wants integers, found %s", e->name, type_name(t));
    need_arith(c, e->pos, e->name, t);
}

static bool is_number(Val v) { return !v.type.st && !v.type.block && !v.acc; }

static Val two_args(Inst *c, const Expr *e, int b, const Want *w)
{
    int first = e->args[0]->lit && !e->args[1]->lit;
    Val v[2];
    v[first] = inst_expr(c, e->args[first], e->lit ? w : NULL);
    Want other = {v[first].type, e->name};
    v[!first] = inst_expr(c, e->args[!first], e->args[!first]->lit ? &other : NULL);
    if (b != BI_mulhi)
        return inst_minmax(c, e->pos, b == BI_max, v[0], v[1]);
    need_domain(c, e, b, v[0].type);
    if (!type_same(v[0].type, v[1].type))
        diag_fail(c->d, e->pos, "mulhi: types differ: %s and %s", type_name(v[0].type), type_name(v[1].type));
    return emit_op(c, K_mulhi, v[0].type.dt, 2, v);
}

static Val with_type(Inst *c, const Expr *e, int b)
{
    Type t = type_of(c, c->f, e->type);
    if (t.block)
        diag_fail(c->d, e->pos, "%s: %s is no number", e->name, t.block->name);
    if (b == BI_lowest || b == BI_highest)
        return val_const(t.dt, extreme_bits(t.dt, b == BI_highest));
    Val v = inst_expr(c, e->args[0], NULL);
    if (!is_number(v))
        diag_fail(c->d, e->pos, "%s: %s is no number", e->name, type_name(v.type));
    if (b == BI_sat)
        return v.type.dt == t.dt ? v : emit_op(c, K_sat, t.dt, 1, &v);
    if (dtype_bits(t.dt) != dtype_bits(v.type.dt))
        diag_fail(c->d, e->pos, "bitcast: %s and %s differ in width", dtype_name(t.dt), dtype_name(v.type.dt));
    return emit_cast(c, K_bitcast, t.dt, v);
}

static Val builtin(Inst *c, const Expr *e, int b, const Want *w)
{
    if (e->n_args != (unsigned)builtin_arity(b)) /* bound as a fn parameter */
        diag_fail(c->d, e->pos, "%s takes %d arguments, %u given", e->name, builtin_arity(b), e->n_args);
    if (b == BI_bitcast || b == BI_sat || b == BI_lowest || b == BI_highest)
        return with_type(c, e, b);
    if (b == BI_min || b == BI_max || b == BI_mulhi)
        return two_args(c, e, b, w);
    Val v = inst_expr(c, e->args[0], e->lit ? w : NULL);
    need_domain(c, e, b, v.type);
    return emit_op(c, unary_of[b].op, b == BI_isnan ? DT_bool : v.type.dt, 1, &v);
}

/* ── conversions and structs ── */

/* T(literal) is exact where T can hold the literal: f64(0.1) is not a rounded f32. */
static Val convert(Inst *c, const Expr *e)
{
    Type t = type_of(c, c->f, e->type);
    const Expr *x = e->args[0];
    if (t.block)
        diag_fail(c->d, e->pos, "%s: a block is no number", t.block->name);
    bool direct = (x->kind == EX_FLOAT && dtype_is_float(t.dt)) || (x->kind == EX_INT && x->ival > INT64_MAX && t.dt == DT_u64);
    if (direct)
        return val_const(t.dt, literal_bits(c, x, t, false, NULL));
    Want wide = {type_scalar(DT_f64), NULL};
    Val v = inst_expr(c, x, x->lit == LIT_FLOAT && t.dt == DT_f64 ? &wide : NULL);
    if (!is_number(v))
        diag_fail(c->d, e->pos, "%s: %s is no number", e->name, type_name(v.type));
    return emit_cast(c, K_cast, t.dt, v);
}

static Val build_struct(Inst *c, const Expr *e)
{
    Type t = {.st = struct_info(c, e->decl)};
    KReg regs[64];
    for (unsigned i = 0; i < e->n_args; i++) {
        Want w = {t.st->types[i], e->decl->fields[i].name};
        Val v = inst_expr(c, e->args[i], &w);
        want_same(c, e->args[i]->pos, w.what, w.type, v);
        val_regs(c, v, regs + t.st->first[i]);
    }
    return val_from(c, t, regs);
}

/* A struct made of vars must not change with them. */
static Val struct_value(Inst *c, const Expr *e)
{
    Val v = build_struct(c, e);
    for (unsigned i = 0; i < v.type.st->n_regs; i++)
        v.var |= c->k->regs[v.regs[i]].var;
    return v;
}

Val inst_call(Inst *c, const Expr *e, const Want *w)
{
    switch (e->call) {
    case CALL_CONVERT: return convert(c, e);
    case CALL_STRUCT: return struct_value(c, e);
    case CALL_BUILTIN: return builtin(c, e, (int)e->index, w);
    case CALL_FNPARAM: {
        const FnRef *r = &c->f->fns[e->index];
        return r->decl ? call_fn(c, e, r->decl) : builtin(c, e, r->builtin, w);
    }
    default: return call_fn(c, e, e->decl);
    }
}
