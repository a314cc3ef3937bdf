/* SPDX-License-Identifier: MIT
 * kir front end: reducers of an instance: identity, step and merge, of the user's and of the built-in ones alike (sections 3, 7 rule 3). */
#include "kir/inst.h"

#include <string.h>

static uint32_t add_reducer(Inst *c, KReducer r, RedInst i)
{
    KirKernel *k = c->k;
    inst_grow(c, k->reds, k->n_reds, c->cap_reds, KReducer);
    k->reds[k->n_reds] = r;
    i.id = (uint32_t)k->n_reds++;
    inst_grow(c, c->reds, c->n_red_insts, c->cap_red_insts, RedInst);
    c->reds[c->n_red_insts++] = i;
    return i.id;
}

/* ── built in ── */

static const struct { const char *name; KOp op; } built[] = {
    [KRED_SUM] = {"sum", K_add}, [KRED_PROD] = {"prod", K_mul}, [KRED_MIN] = {"min", K_min}, [KRED_MAX] = {"max", K_max}, [KRED_ANY] = {"any", K_or}, [KRED_ALL] = {"all", K_and}};

static uint64_t identity_of(KRedKind kind, DType t)
{
    uint64_t one = 1;
    if (kind == KRED_PROD && dtype_is_float(t))
        dtype_set_f64(t, &one, 0, 1.0);
    switch (kind) {
    case KRED_PROD: case KRED_ALL: return one;
    case KRED_MIN: return extreme_bits(t, true);
    case KRED_MAX: return extreme_bits(t, false);
    default: return 0;
    }
}

static KFn combine_fn(Inst *c, const char *name, KOp op, DType t)
{
    KFn f = {.name = name, .n_params = 2, .n_results = 1, .params = inst_alloc(c, 2 * sizeof(KReg))};
    f.params[0] = kir_reg(c->k, t, false, "a");
    f.params[1] = kir_reg(c->k, t, false, "b");
    KBlock *up = block_open(c);
    KReg r = kir_emit(c->k, c->cur, op, t, 2, f.params);
    f.body = block_close(c, up);
    block_yield(c, f.body, &r, 1);
    return f;
}

static RedInst *builtin_reducer_for(Inst *c, const Expr *e, KRedKind kind, Type t)
{
    bool logical = kind == KRED_ANY || kind == KRED_ALL;
    if (logical && (t.st || t.block || t.dt != DT_bool))
        diag_fail(c->d, e->pos, "%s wants bool, found %s", built[kind].name, type_name(t));
    if (!logical)
        need_arith(c, e->pos, built[kind].name, t);
    for (size_t i = 0; i < c->n_red_insts; i++)
        if (!c->reds[i].decl && c->reds[i].builtin == (int)kind && c->reds[i].dt == t.dt)
            return &c->reds[i];
    KReducer r = {.name = built[kind].name, .kind = kind, .n_state = 1, .n_items = 1};
    r.state_types = r.item_types = inst_alloc(c, sizeof(DType));
    r.state_types[0] = t.dt;
    r.identity = inst_alloc(c, sizeof(uint64_t));
    r.identity[0] = identity_of(kind, t.dt);
    r.step = combine_fn(c, "step", built[kind].op, t.dt);
    r.merge = combine_fn(c, "merge", built[kind].op, t.dt);
    Type *items = inst_alloc(c, sizeof *items);
    items[0] = t;
    add_reducer(c, r, (RedInst){.builtin = (int)kind, .dt = t.dt, .state = t, .items = items});
    return &c->reds[c->n_red_insts - 1];
}

/* ── the user's ── */

static void state_vars(Inst *c, const Decl *d, const StructInfo *s, const KReg *params, KReg *vars)
{
    for (unsigned i = 0; i < d->n_fields; i++) {
        DType t = s->types[i].dt;
        vars[i] = kir_reg(c->k, t, true, d->fields[i].name);
        emit_inst(c, K_set, t, vars[i], 1, &params[i]);
        Val v = val_reg(t, vars[i], IC_DATA);
        v.var = true;
        c->f->slots[d->fields[i].slot] = (Bind){.kind = B_VAL, .v = v};
    }
}

static KReg *fresh(Inst *c, const DType *t, unsigned n, KReg *out)
{
    for (unsigned i = 0; i < n; i++)
        out[i] = kir_reg(c->k, t[i], false, NULL);
    return out;
}

static KFn state_fn(Inst *c, const char *name, const Decl *d, Type *types, const StructInfo *s, const StructInfo *items, bool merge)
{
    const StructInfo *second = merge ? s : items;
    int n_slots = merge ? d->n_slots_merge : d->n_slots;
    Frame f = {.decl = d, .types = types, .slots = inst_alloc(c, (size_t)n_slots * sizeof(Bind)), .pack_at = -1}, *outer = c->f;
    KReg *p = inst_alloc(c, (s->n_regs + second->n_regs) * sizeof *p), vars[64];
    fresh(c, s->flat, s->n_regs, p);
    fresh(c, second->flat, second->n_regs, p + s->n_regs);
    KBlock *up = block_open(c);
    c->f = &f;
    state_vars(c, d, s, p, vars);
    if (merge)
        f.slots[d->other_slot] = (Bind){.kind = B_VAL, .v = val_from(c, (Type){.st = s}, p + s->n_regs)};
    for (unsigned i = 0; !merge && i < d->n_params; i++)
        f.slots[d->params[i].slot] = (Bind){.kind = B_VAL, .v = val_from(c, items->types[i], p + s->n_regs + items->first[i])};
    inst_stmt(c, merge ? d->merge : d->body);
    c->f = outer;
    KBlock *body = block_close(c, up);
    block_yield(c, body, vars, s->n_regs);
    return (KFn){name, (uint16_t)(s->n_regs + second->n_regs), (uint16_t)s->n_regs, p, body};
}

static uint64_t *identities(Inst *c, const Decl *d, Type *types, const StructInfo *s)
{
    Frame f = {.decl = d, .types = types, .pack_at = -1}, *outer = c->f;
    uint64_t *bits = inst_alloc(c, d->n_fields * sizeof *bits);
    c->f = &f;
    for (unsigned i = 0; i < d->n_fields; i++) {
        Want w = {s->types[i], d->fields[i].name};
        Val v = inst_expr(c, d->fields[i].e, &w);
        want_same(c, d->fields[i].pos, w.what, w.type, v);
        if (!v.konst)
            diag_fail(c->d, d->fields[i].pos, "the identity of '%s' is not constant", w.what);
        bits[i] = v.bits;
    }
    c->f = outer;
    return bits;
}

static Type *reducer_types(Inst *c, const Expr *e, const Decl *d, const Type *given)
{
    Type *types = inst_alloc(c, d->n_tparams * sizeof *types);
    Frame f = {.types = types};
    for (unsigned i = 0; i < d->n_params; i++)
        if (d->params[i].type->kind == TREF_PARAM && !types[d->params[i].type->param].dt)
            types[d->params[i].type->param] = given[i];
    for (unsigned i = 0; i < d->n_tparams; i++) {
        if (!types[i].dt && d->tparams[i].dflt)
            types[i] = type_of(c, &f, d->tparams[i].dflt);
        if (types[i].st || types[i].block || !class_holds(d->tparams[i].cls, types[i].dt))
            diag_fail(c->d, e->pos, "%s must be %s, %s given", d->tparams[i].name, class_name(d->tparams[i].cls), type_name(types[i]));
    }
    return types;
}

static RedInst *user_reducer(Inst *c, const Expr *e, const Decl *d, const Type *given)
{
    Type *types = reducer_types(c, e, d, given);
    for (size_t i = 0; i < c->n_red_insts; i++)
        if (c->reds[i].decl == d && types_same(c->reds[i].types, types, d->n_tparams))
            return &c->reds[i];
    Frame f = {.types = types};
    Type *fields = inst_alloc(c, d->n_fields * sizeof *fields), *items = inst_alloc(c, d->n_params * sizeof *items);
    for (unsigned i = 0; i < d->n_fields; i++)
        fields[i] = type_of(c, &f, d->fields[i].type);
    for (unsigned i = 0; i < d->n_params; i++)
        items[i] = type_of(c, &f, d->params[i].type);
    const StructInfo *s = struct_make(c, d, fields, d->n_fields), *it = struct_make(c, d, items, d->n_params);
    KReducer r = {.name = d->name, .kind = KRED_USER, .ordered = d->ordered, .n_state = (uint16_t)s->n_regs, .n_items = (uint16_t)it->n_regs,
        .state_types = s->flat, .item_types = it->flat};
    r.identity = identities(c, d, types, s);
    r.step = state_fn(c, "step", d, types, s, it, false);
    r.merge = state_fn(c, "merge", d, types, s, it, true);
    add_reducer(c, r, (RedInst){.decl = d, .builtin = -1, .types = types, .state = {.st = s}, .items = items});
    return &c->reds[c->n_red_insts - 1];
}

RedInst *inst_reducer(Inst *c, const Expr *e, const Type *items)
{
    FnRef r = {e->decl, -1, e->call == CALL_REDBUILTIN ? (int)e->index : -1};
    if (e->call == CALL_REDPARAM)
        r = c->f->fns[e->index];
    Pos at = c->at;
    unsigned want = r.decl ? r.decl->n_params : 1;
    if (e->n_args != want)
        diag_fail(c->d, e->pos, "%s takes %u arguments, %u given", r.decl ? r.decl->name : e->name, want, e->n_args);
    RedInst *i = r.decl ? user_reducer(c, e, r.decl, items) : builtin_reducer_for(c, e, (KRedKind)r.red, items[0]);
    inst_at(c, at);
    return i;
}
