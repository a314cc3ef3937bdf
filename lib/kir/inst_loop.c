/* SPDX-License-Identifier: MIT
 * kir front end: axes, loops, reductions, scans and tiles (sections 4, 5). An axis is a register with bounds in the enclosing block, or
 * with a bound block where they use earlier axes of the list. A block axis (by) keeps its end, so that it can be re-opened. */
#include "kir/inst.h"

#include <string.h>

/* ── axes ── */

typedef struct Bounds { Val lo, hi; IndexClass ic; } Bounds;

static Val bound_value(Inst *c, const Expr *e) { return val_index(c, e, inst_expr(c, e, NULL)); }

static Bounds bounds_of(Inst *c, const Axis *x, unsigned pack)
{
    Bounds b = {val_i64(0), val_i64(0), IC_AFFINE};
    if (x->reopen >= 0) {
        const Bind *s = &c->f->slots[x->reopen];
        b.lo = s->v;
        b.hi = val_reg(DT_i64, s->end, s->v.ic);
    } else if (x->dim >= 0) {
        const Bind *s = &c->f->slots[x->dim];
        Val v = s->kind == B_PACK ? s->pack[pack] : s->v;
        if (!dtype_is_int(v.type.dt))
            diag_fail(c->d, x->pos, "axis '%s': %s is %s, not an integer", x->name, x->upper, type_name(v.type));
        b.hi = emit_cast(c, K_cast, DT_i64, v);
    } else if (x->konst) {
        if (!dtype_is_int(x->konst->dt))
            diag_fail(c->d, x->pos, "axis '%s': %s is %s, not an integer", x->name, x->upper, dtype_name(x->konst->dt));
        b.hi = emit_cast(c, K_cast, DT_i64, val_const(x->konst->dt, x->konst->bits[0]));
    } else {
        if (x->lo)
            b.lo = bound_value(c, x->lo);
        b.hi = bound_value(c, x->hi);
    }
    b.ic = b.lo.ic > b.hi.ic ? b.lo.ic : b.hi.ic;
    b.ic = b.ic <= IC_AFFINE ? IC_AFFINE : IC_OTHER;
    return b;
}

static Val axis_value(Inst *c, const Axis *x, const Bounds *b)
{
    Val v = val_reg(DT_i64, kir_reg(c->k, DT_i64, false, x->name), b->ic);
    if (x->reopen >= 0) {
        const Val *o = &c->f->slots[x->reopen].v;
        v.ranged = o->ranged;
        v.lo = o->lo;
        v.hi = o->hi;
    } else if (b->lo.ranged && b->hi.ranged && b->hi.hi > b->lo.lo) {
        v.ranged = true;
        v.lo = b->lo.lo;
        v.hi = b->hi.hi - 1;
    }
    return v;
}

static Val one_axis(Inst *c, const Axis *x, unsigned pack, KAxis *out, Bounds *b)
{
    KBlock *outer = x->dep ? block_open(c) : c->cur;
    *b = bounds_of(c, x, pack);
    KReg r[2] = {val_use(c, val_keep(c, b->lo)), val_use(c, val_keep(c, b->hi))}; /* bounds hold although the body may assign a var in them */
    if (x->dep) {
        out->bound = block_close(c, outer);
        block_yield(c, out->bound, r, 2);
    } else {
        out->lo = r[0];
        out->hi = r[1];
    }
    Val v = axis_value(c, x, b);
    out->index = v.reg;
    return v;
}

static void block_axis(Inst *c, const Axis *x, KAxis *out, Bind *s)
{
    Val by = inst_static(c, x->by, x->name);
    if (by.lo <= 0)
        diag_fail(c->d, x->by->pos, "axis '%s': blocks of %lld", x->name, (long long)by.lo);
    if (x->dep)
        diag_fail(c->d, x->pos, "axis '%s': the bound of an axis in blocks depends on another axis", x->name);
    out->by = s->by = val_use(c, by);
    s->by_value = by.lo;
    s->end = out->hi; /* until the body computes it */
}

KAxis *inst_axes(Inst *c, const Axis *x, unsigned n, unsigned *n_axes)
{
    KAxis tmp[KIR_MAX_AXES] = {{0}};
    unsigned k = 0;
    for (unsigned i = 0; i < n; i++, x++) {
        Bind *s = &c->f->slots[x->slot];
        unsigned times = x->pack ? c->f->slots[x->dim].n_pack : 1;
        if (k + times > KIR_MAX_AXES)
            diag_fail(c->d, x->pos, "more than %d axes", KIR_MAX_AXES);
        *s = (Bind){.kind = x->pack ? B_PACK : B_VAL, .n_pack = times};
        s->pack = x->pack ? inst_alloc(c, times * sizeof *s->pack) : NULL;
        for (unsigned j = 0; j < times; j++) {
            Bounds b;
            Val v = one_axis(c, x, j, &tmp[k++], &b);
            *(x->pack ? &s->pack[j] : &s->v) = v;
        }
        if (x->by)
            block_axis(c, x, &tmp[k - 1], s);
    }
    KAxis *out = inst_alloc(c, k * sizeof *out);
    memcpy(out, tmp, k * sizeof *out);
    *n_axes = k;
    return out;
}

/* At the start of the body: where each block ends, min(i + by, hi). */
static void block_ends(Inst *c, const Axis *x, unsigned n)
{
    for (unsigned i = 0; i < n; i++, x++) {
        Bind *s = &c->f->slots[x->slot];
        if (!x->by)
            continue;
        Val next = emit_op(c, K_add, DT_i64, 2, (Val[]){s->v, val_i64(s->by_value)});
        s->end = val_use(c, emit_op(c, K_min, DT_i64, 2, (Val[]){next, val_reg(DT_i64, s->end, IC_UNIFORM)}));
    }
}

static KInst *loop_inst(Inst *c, KOp op, const Axis *x, unsigned n)
{
    unsigned n_axes;
    KAxis *axes = inst_axes(c, x, n, &n_axes);
    KInst *i = emit_inst(c, op, DT_none, 0, 0, NULL);
    i->axes = axes;
    i->n_axes = (uint16_t)n_axes;
    return i;
}

void inst_loop(Inst *c, const Stmt *s)
{
    static const KOp ops[] = {[ST_EACH] = K_each, [ST_GROUP] = K_group, [ST_FOR] = K_for};
    KInst *i = loop_inst(c, ops[s->kind], s->axes, s->n_axes);
    KBlock *outer = block_open(c);
    block_ends(c, s->axes, s->n_axes);
    inst_stmt(c, s->then);
    inst_blocks(c, i, 1)[0] = block_close(c, outer);
}

/* ── reductions ── */

/* The type an item that is a literal takes: the formal's, or that of another item of the same type parameter. */
static const Want *item_want(Inst *c, const Expr *e, unsigned at, const Val *v, const Want *w, Want *out)
{
    const FnRef *bound = e->call == CALL_REDPARAM ? &c->f->fns[e->index] : NULL;
    const Decl *d = bound ? bound->decl : e->decl;
    if (e->call == CALL_DOT && !e->args[!at]->lit) {
        *out = (Want){v[!at].type, "dot"};
        return out;
    }
    if (!d || at >= d->n_params)
        return e->call == CALL_REDBUILTIN || e->call == CALL_DOT ? w : NULL;
    const TypeRef *t = d->params[at].type;
    *out = (Want){{0}, d->params[at].name};
    if (t->kind == TREF_SCALAR)
        return out->type = type_scalar(t->dt), out;
    for (unsigned i = 0; i < e->n_args && i < d->n_params; i++)
        if (!e->args[i]->lit && t->kind == TREF_PARAM && d->params[i].type->kind == TREF_PARAM && d->params[i].type->param == t->param)
            return out->type = v[i].type, out;
    return NULL;
}

static Val *items_of(Inst *c, const Expr *e, const Want *w)
{
    Val *v = inst_alloc(c, e->n_args * sizeof *v);
    Want own;
    for (int lit = 0; lit < 2; lit++)
        for (unsigned i = 0; i < e->n_args; i++)
            if ((e->args[i]->lit != LIT_NO) == lit)
                v[i] = inst_expr(c, e->args[i], lit ? item_want(c, e, i, v, w, &own) : NULL);
    for (unsigned i = 0; i < e->n_args; i++)
        if (v[i].acc)
            diag_fail(c->d, e->args[i]->pos, "%s: %s is no number", e->name, type_name(v[i].type));
    return v;
}

static void yield_items(Inst *c, const Expr *e, const Val *v, KBlock *b)
{
    KReg r[64];
    unsigned n = 0;
    for (unsigned i = 0; i < e->n_args; i++) {
        if (n + type_regs(v[i].type) > 64)
            diag_fail(c->d, e->pos, "%s: more than 64 values in an item", e->name);
        val_regs(c, v[i], r + n);
        n += type_regs(v[i].type);
    }
    block_yield(c, b, r, n);
}

static RedInst *reducer_of(Inst *c, const Expr *e, const Val *v)
{
    Type *t = inst_alloc(c, e->n_args * sizeof *t);
    for (unsigned i = 0; i < e->n_args; i++)
        t[i] = v[i].type;
    RedInst *r = inst_reducer(c, e, t);
    for (unsigned i = 0; i < e->n_args; i++) {
        const char *name = r->decl ? r->decl->params[i].name : e->name;
        want_same(c, e->args[i]->pos, name, r->items[i], v[i]);
    }
    return r;
}

static KBlock *guard_block(Inst *c, const Expr *g)
{
    KBlock *outer = block_open(c);
    Val v = inst_cond(c, g);
    KReg r = val_use(c, v);
    KBlock *b = block_close(c, outer);
    block_yield(c, b, &r, 1);
    return b;
}

static Type dot_type(Inst *c, const Expr *e, const Val *v)
{
    need_arith(c, e->pos, "dot", v[0].type);
    need_arith(c, e->pos, "dot", v[1].type);
    if (!type_same(v[0].type, v[1].type))
        diag_fail(c->d, e->pos, "dot: types differ: %s and %s", type_name(v[0].type), type_name(v[1].type));
    return v[0].type;
}

static KReg dot_start(Inst *c, const Expr *e, Type t)
{
    Want w = {t, "from"};
    Val v = val_const(t.dt, 0);
    if (e->from) {
        v = inst_expr(c, e->from, &w);
        want_same(c, e->from->pos, "from", t, v);
    }
    return val_use(c, v);
}

Val inst_reduction(Inst *c, const Expr *e, const Want *w)
{
    unsigned n_axes;
    int pack_at = c->f->pack_at;
    Pos at = inst_at(c, e->pos);
    c->f->pack_at = -1;
    KAxis *axes = inst_axes(c, e->axes, e->n_axes, &n_axes);
    KBlock *outer = block_open(c);
    Val *items = items_of(c, e, w);
    yield_items(c, e, items, c->cur);
    KBlock *body = block_close(c, outer), *guard = e->guard ? guard_block(c, e->guard) : NULL;
    bool dot = e->call == CALL_DOT;
    RedInst *r = dot ? NULL : reducer_of(c, e, items);
    if (r && r->decl && r->decl->ordered)
        diag_fail(c->d, e->pos, "reducer '%s' is ordered: use it in scan", r->decl->name);
    Type state = dot ? dot_type(c, e, items) : r->state;
    KReg start = dot ? dot_start(c, e, state) : 0;
    c->f->pack_at = pack_at;
    KInst *i = emit_inst(c, dot ? K_dot : K_reduce, DT_none, 0, dot, &start);
    i->id = r ? r->id : 0;
    i->axes = axes;
    i->n_axes = (uint16_t)n_axes;
    KBlock **b = inst_blocks(c, i, guard ? 2 : 1);
    b[0] = body;
    if (guard)
        b[1] = guard;
    inst_at(c, at);
    return val_from(c, state, inst_dst(c, i, state, 1));
}

void inst_scan(Inst *c, const Stmt *s)
{
    const Expr *e = s->e;
    unsigned n_axes;
    KAxis *axes = inst_axes(c, e->axes, e->n_axes, &n_axes);
    KBlock *outer = block_open(c);
    Val *items = items_of(c, e, NULL);
    yield_items(c, e, items, c->cur);
    KBlock *item = block_close(c, outer);
    RedInst *r = reducer_of(c, e, items);
    Type state = r->state;
    KInst *i = emit_inst(c, K_scan, DT_none, 0, 0, NULL);
    i->id = r->id;
    i->axes = axes;
    i->n_axes = (uint16_t)n_axes;
    KReg *dst = inst_dst(c, i, state, 2);
    if (s->slot >= 0)
        c->f->slots[s->slot] = (Bind){.kind = B_VAL, .v = val_from(c, state, dst)};
    if (s->slot2 >= 0)
        c->f->slots[s->slot2] = (Bind){.kind = B_VAL, .v = val_from(c, state, dst + type_regs(state))};
    KBlock **b = inst_blocks(c, i, 2);
    b[0] = item;
    block_open(c);
    inst_stmt(c, s->then);
    b[1] = block_close(c, outer);
}

/* ── tiles ── */

/* Extents and first indices of the tile's axes; a tile is addressed from the first index of its block. */
static void tile_dims(Inst *c, const Stmt *s, const KAxis *axes, KMem *m, KReg *base)
{
    m->rank = (uint16_t)s->n_axes;
    m->dims = inst_alloc(c, s->n_axes * sizeof *m->dims);
    m->const_dims = inst_alloc(c, s->n_axes * sizeof *m->const_dims);
    for (unsigned i = 0; i < s->n_axes; i++) {
        const Axis *x = &s->axes[i];
        Val n = val_reg(DT_i64, axes[i].hi, IC_UNIFORM), v = c->f->slots[x->slot].v;
        if (x->reopen >= 0)
            n = val_i64(c->f->slots[x->reopen].by_value);
        else if (x->lo)
            n = emit_op(c, K_sub, DT_i64, 2, (Val[]){n, val_reg(DT_i64, axes[i].lo, IC_UNIFORM)});
        else if (v.ranged && (x->konst || (x->dim >= 0 && c->f->slots[x->dim].v.konst) || (x->hi && x->hi->lit)))
            n = val_i64(v.hi + 1);
        base[i] = x->reopen >= 0 || x->lo ? axes[i].lo : 0;
        m->const_dims[i] = n.konst ? n.lo : -1;
        m->dims[i] = val_use(c, n);
    }
}

void inst_tile(Inst *c, const Stmt *s)
{
    unsigned n_axes;
    KMem m = {.name = s->name, .kind = KMEM_TILE};
    KReg *base = inst_alloc(c, s->n_axes * sizeof *base), idx[KIR_MAX_RANK + 1];
    KAxis *axes = inst_axes(c, s->axes, s->n_axes, &n_axes);
    tile_dims(c, s, axes, &m, base);
    KInst *i = emit_inst(c, K_each, DT_none, 0, 0, NULL);
    i->axes = axes;
    i->n_axes = (uint16_t)n_axes;
    KBlock *outer = block_open(c);
    Want w = {s->type ? type_of(c, c->f, s->type) : (Type){0}, s->name};
    Val v = inst_expr(c, s->e, s->type ? &w : NULL);
    want_same(c, s->pos, s->name, s->type ? w.type : type_scalar(v.type.dt), v);
    m.type = v.type.dt;
    uint32_t mem = inst_mem(c, m);
    for (unsigned j = 0; j < s->n_axes; j++) {
        Val x = c->f->slots[s->axes[j].slot].v;
        idx[j] = base[j] ? val_use(c, emit_op(c, K_sub, DT_i64, 2, (Val[]){x, val_reg(DT_i64, base[j], IC_AFFINE)})) : x.reg;
    }
    idx[s->n_axes] = val_use(c, v);
    emit_inst(c, K_store, m.type, 0, (int)s->n_axes + 1, idx)->id = mem;
    inst_blocks(c, i, 1)[0] = block_close(c, outer);
    c->f->slots[s->slot] = (Bind){.kind = B_MEM, .mem = mem, .base = base};
}
