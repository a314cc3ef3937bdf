/* SPDX-License-Identifier: MIT
 * kir front end: literals, operators and lazy choices (sections 2, 6, 7). A literal takes its type from a Want; operators demand equal
 * types. ?:, && and || become select, and, or where both sides are cheap and cannot read outside; else K_cond. */
#include "kir/inst.h"

#include <string.h>

enum { CHEAP = 16 }; /* operations that are done rather than branched around */

/* ── literals ── */

static uint64_t float_bits(DType t, double v)
{
    uint64_t bits = 0;
    float f = (float)v;
    if (t == DT_f64)
        memcpy(&bits, &v, 8);
    else if (t == DT_f32)
        memcpy(&bits, &f, 4);
    else
        dtype_set_f64(t, &bits, 0, v);
    return bits;
}

static bool int_fits(DType t, uint64_t v, bool negative)
{
    unsigned bits = dtype_bits(t);
    bool s = dtype_info[t].cls == DCLASS_INT;
    uint64_t max = s ? (1ULL << (bits - 1)) - 1 : bits == 64 ? UINT64_MAX : (1ULL << bits) - 1;
    return v <= max || (s && negative && v == max + 1);
}

uint64_t literal_bits(Inst *c, const Expr *e, Type t, bool negative, const char *what)
{
    DTypeClass k = t.st || t.block ? DCLASS_NONE : dtype_info[t.dt].cls;
    if (k == DCLASS_FLOAT)
        return float_bits(t.dt, e->kind == EX_FLOAT ? e->fval : (double)e->ival);
    if (e->kind == EX_FLOAT)
        diag_fail(c->d, e->pos, what ? "'%s': a float literal cannot become %s" : "%sa float literal cannot become %s", what ? what : "", type_name(t));
    if (k == DCLASS_BOOL && e->ival <= 1)
        return e->ival;
    if (k != DCLASS_INT && k != DCLASS_UINT)
        diag_fail(c->d, e->pos, "an integer literal cannot become %s", type_name(t));
    if (!int_fits(t.dt, e->ival, negative))
        diag_fail(c->d, e->pos, "%s%llu does not fit %s", negative ? "-" : "", (unsigned long long)e->ival, dtype_name(t.dt));
    return e->ival;
}

/* An expression of literals, of storage type: calculated in the compute type. */
static Val narrow_literal(Inst *c, const Expr *e, const Want *w)
{
    DType to = w->type.dt, from = dtype_info[to].compute;
    Want wide = {type_scalar(from), w->what};
    Val v = inst_expr(c, e, &wide), n = emit_cast(c, K_cast, to, v);
    if (dtype_is_int(to) && emit_cast(c, K_cast, from, n).bits != v.bits)
        diag_fail(c->d, e->pos, "%lld does not fit %s", (long long)v.lo, dtype_name(to));
    return n;
}

static bool needs_narrow(const Expr *e, const Want *w)
{
    return e->kind != EX_INT && e->kind != EX_FLOAT && !w->type.st && !w->type.block && !is_compute(w->type.dt) && w->type.dt != DT_none;
}

/* ── types of operands ── */

static const char *op_text(TokKind t)
{
    static const char *const text[TK_COUNT] = {
#define X(name, s) [TK_##name] = s,
        PUNCTS(X)
#undef X
    };
    return text[t];
}

static const KOp op_table[TK_COUNT] = {
    [TK_PLUS] = K_add, [TK_MINUS] = K_sub, [TK_STAR] = K_mul, [TK_SLASH] = K_div, [TK_PERCENT] = K_rem, [TK_AND] = K_and, [TK_OR] = K_or,
    [TK_XOR] = K_xor, [TK_SHL] = K_shl, [TK_SHR] = K_shr, [TK_EQ] = K_eq, [TK_NE] = K_ne, [TK_LT] = K_lt, [TK_LE] = K_le, [TK_GT] = K_gt, [TK_GE] = K_ge};
KOp op_of(TokKind t) { return op_table[t]; }

static bool is_scalar(Val v) { return !v.type.st && !v.type.block && !v.acc; }

void need_arith(Inst *c, Pos pos, const char *op, Type t)
{
    if (t.st || t.block || t.dt == DT_bool)
        diag_fail(c->d, pos, "%s: no arithmetic on %s", op, type_name(t));
    if (!is_compute(t.dt))
        diag_fail(c->d, pos, "%s: no arithmetic on %s; convert to %s first", op, dtype_name(t.dt), dtype_name(dtype_info[t.dt].compute));
}

static void need_bits(Inst *c, Pos pos, const char *op, Type t, bool boolean, const Expr *lit)
{
    if (!t.st && !t.block && (dtype_is_int(t.dt) || (boolean && t.dt == DT_bool))) {
        if (is_compute(t.dt))
            return;
        need_arith(c, pos, op, t);
    }
    diag_fail(c->d, pos, "%s wants integers%s, found %s", op, boolean ? " or bool" : "", lit && lit->lit == LIT_FLOAT ? "a float literal" : type_name(t));
}

void want_same(Inst *c, Pos pos, const char *name, Type t, Val v)
{
    if (!type_same(t, v.type) || v.acc)
        diag_fail(c->d, pos, "%s is %s, the value is %s", name, type_name(t), type_name(v.type));
}

/* ── binary ── */

static bool is_compare(TokKind op) { return op == TK_EQ || op == TK_NE || op == TK_LT || op == TK_LE || op == TK_GT || op == TK_GE; }
static bool is_bitop(TokKind op) { return op == TK_AND || op == TK_OR || op == TK_XOR; }

Val inst_binary(Inst *c, Pos pos, TokKind op, Val a, Val b)
{
    const char *s = op_text(op);
    if (op == TK_SHL || op == TK_SHR) {
        need_bits(c, pos, s, a.type, false, NULL);
        need_bits(c, pos, s, b.type, false, NULL);
        Val v[2] = {a, emit_cast(c, K_cast, a.type.dt, b)}; /* narrowing keeps the bits that the mask keeps */
        return emit_op(c, op_of(op), a.type.dt, 2, v);
    }
    if (is_bitop(op)) {
        need_bits(c, pos, s, a.type, true, NULL);
        need_bits(c, pos, s, b.type, true, NULL);
    } else if (!is_compare(op)) {
        need_arith(c, pos, s, a.type);
        need_arith(c, pos, s, b.type);
    } else if (!is_scalar(a) || !is_scalar(b)) {
        diag_fail(c->d, pos, "%s: no comparison of %s", s, type_name(is_scalar(a) ? b.type : a.type));
    }
    if (!type_same(a.type, b.type))
        diag_fail(c->d, pos, "%s: types differ: %s and %s", s, type_name(a.type), type_name(b.type));
    Val v[2] = {a, b};
    return emit_op(c, op_of(op), is_compare(op) ? DT_bool : a.type.dt, 2, v);
}

/* A float literal beside an integer operator is named as what it is. */
static void refuse_float_literal(Inst *c, const Expr *e)
{
    bool bits = is_bitop(e->op), shift = e->op == TK_SHL || e->op == TK_SHR;
    if (bits || shift)
        for (int i = 0; i < 2; i++) {
            const Expr *x = i ? e->b : e->a;
            if (x->lit == LIT_FLOAT)
                need_bits(c, e->pos, op_text(e->op), type_scalar(DT_f32), bits, x);
        }
}

static Val binary(Inst *c, const Expr *e, const Want *w)
{
    bool shift = e->op == TK_SHL || e->op == TK_SHR;
    refuse_float_literal(c, e);
    if (shift) {
        Val a = inst_expr(c, e->a, w);
        return inst_binary(c, e->pos, e->op, a, inst_expr(c, e->b, NULL));
    }
    const Expr *first = e->a->lit && !e->b->lit ? e->b : e->a, *second = first == e->a ? e->b : e->a;
    const Want *own = is_compare(e->op) ? NULL : w;
    Want both = {.type = type_scalar(e->a->lit == LIT_FLOAT || e->b->lit == LIT_FLOAT ? DT_f32 : DT_i64)};
    if (!own && e->a->lit && e->b->lit)
        own = &both;
    Val x = inst_expr(c, first, own);
    Want other = {x.type, op_text(e->op)};
    if (second->lit == LIT_FLOAT && !x.type.st && !x.type.block && !dtype_is_float(x.type.dt))
        diag_fail(c->d, second->pos, "%s: a float literal cannot become %s", op_text(e->op), type_name(x.type));
    if (second->lit && x.type.dt == DT_bool && !is_compare(e->op))
        inst_binary(c, e->pos, e->op, x, val_i64(0)); /* types differ, said there */
    Val y = inst_expr(c, second, second->lit ? &other : NULL);
    return inst_binary(c, e->pos, e->op, first == e->a ? x : y, first == e->a ? y : x);
}

Val inst_update(Inst *c, const Stmt *s, Val old)
{
    Want w = {old.type, s->opname ? s->opname : op_text(s->op)};
    bool shift = s->op == TK_SHL || s->op == TK_SHR;
    Val v = inst_expr(c, s->e, shift ? NULL : &w);
    return s->opname ? inst_minmax(c, s->pos, s->opname[1] == 'a', old, v) : inst_binary(c, s->pos, s->op, old, v);
}

/* ── choices ── */

static unsigned block_cost(const Inst *c, const KBlock *b)
{
    unsigned n = 0;
    for (size_t i = 0; i < b->n && n <= CHEAP; i++) {
        const KInst *x = b->inst[i];
        if (x->op == K_call)
            n += block_cost(c, c->k->fns[x->id].body);
        else if (x->op == K_div || x->op == K_rem || x->op == K_sqrt)
            n += 4;
        else if (kop_info[x->op].cls == KCLASS_P)
            n += x->op != K_const && x->op != K_sym;
        else
            n += x->op == K_load && x->guard == KGUARD_ELSE ? 4 : CHEAP + 1;
    }
    return n;
}

static Val choose(Inst *c, Val cond, KBlock *yes, Val a, KBlock *no, Val b)
{
    Type t = a.type;
    KReg ra[64], rb[64], rc;
    unsigned n = type_regs(t);
    KBlock *outer = c->cur;
    c->cur = yes; /* constants of a side belong to its block */
    val_regs(c, a, ra);
    c->cur = no;
    val_regs(c, b, rb);
    c->cur = outer;
    rc = val_use(c, cond);
    if (block_cost(c, yes) + block_cost(c, no) <= CHEAP && n <= 4) {
        block_splice(c, yes);
        block_splice(c, no);
        KReg out[64];
        for (unsigned i = 0; i < n; i++) {
            DType dt = t.st ? t.st->flat[i] : t.dt;
            out[i] = kir_reg(c->k, dt, false, NULL);
            emit_inst(c, K_select, dt, out[i], 3, (KReg[]){rc, ra[i], rb[i]});
        }
        return val_from(c, t, out);
    }
    block_yield(c, yes, ra, n);
    block_yield(c, no, rb, n);
    KInst *i = emit_inst(c, K_cond, DT_none, 0, 1, &rc);
    KBlock **bl = inst_blocks(c, i, 2);
    bl[0] = yes;
    bl[1] = no;
    return val_from(c, t, inst_dst(c, i, t, 1));
}

static IndexClass choice_class(Val c, Val a, Val b)
{
    IndexClass m = c.ic > a.ic ? c.ic : a.ic;
    m = b.ic > m ? b.ic : m;
    return m == IC_AFFINE ? IC_OTHER : m;
}

static Val conditional(Inst *c, const Expr *e, const Want *w)
{
    Val cond = inst_cond(c, e->a), v[2];
    const Expr *side[2] = {e->b, e->c};
    KBlock *block[2];
    int first = e->b->lit && !e->c->lit;
    Want other;
    for (int n = 0; n < 2; n++) {
        int i = n ? !first : first;
        KBlock *outer = block_open(c);
        v[i] = inst_expr(c, side[i], n && side[i]->lit ? &other : w);
        block[i] = block_close(c, outer);
        other = (Want){v[i].type, "?:"};
    }
    if (!type_same(v[0].type, v[1].type) || v[0].acc || v[1].acc)
        diag_fail(c->d, e->pos, "?: types differ: %s and %s", type_name(v[0].type), type_name(v[1].type));
    if (cond.konst) {
        block_splice(c, block[!cond.bits]);
        return v[!cond.bits];
    }
    Val r = choose(c, cond, block[0], v[0], block[1], v[1]);
    r.ic = choice_class(cond, v[0], v[1]);
    if (v[0].ranged && v[1].ranged) {
        r.ranged = true;
        r.lo = v[0].lo < v[1].lo ? v[0].lo : v[1].lo;
        r.hi = v[0].hi > v[1].hi ? v[0].hi : v[1].hi;
    }
    return r;
}

static void need_bool(Inst *c, const Expr *e, const Expr *side, Val v)
{
    if (v.type.st || v.type.dt != DT_bool)
        diag_fail(c->d, side->pos, "%s wants bool, found %s", op_text(e->op), type_name(v.type));
}

/* a && b, a || b: b only where a does not decide. */
static Val logical(Inst *c, const Expr *e)
{
    bool and = e->op == TK_ANDAND;
    Val a = inst_expr(c, e->a, NULL);
    need_bool(c, e, e->a, a);
    KBlock *outer = block_open(c);
    Val b = inst_expr(c, e->b, NULL);
    KBlock *bb = block_close(c, outer);
    need_bool(c, e, e->b, b);
    if (a.konst && (bool)a.bits == !and)
        return a;
    if (a.konst || block_cost(c, bb) <= CHEAP) {
        block_splice(c, bb);
        Val v[2] = {a, b};
        if (a.konst || (b.konst && (bool)b.bits == and))
            return a.konst ? b : a;
        return emit_op(c, and ? K_and : K_or, DT_bool, 2, v);
    }
    KBlock *known = (block_open(c), block_close(c, outer));
    Val decided = val_const(DT_bool, !and);
    Val r = and ? choose(c, a, bb, b, known, decided) : choose(c, a, known, decided, bb, b);
    r.ic = choice_class(a, b, decided);
    return r;
}

/* ── unary ── */

static Val unary(Inst *c, const Expr *e, const Want *w)
{
    if (e->op == TK_MINUS && e->a->kind == EX_INT && e->a->lit) {
        Type t = w ? w->type : type_scalar(DT_i64);
        uint64_t bits = literal_bits(c, e->a, t, true, w ? w->what : NULL);
        need_arith(c, e->pos, "-", t);
        Val v = val_const(t.dt, bits);
        return emit_op(c, K_neg, t.dt, 1, &v);
    }
    Val v = inst_expr(c, e->a, w);
    if (e->op == TK_NOT) {
        need_bool(c, e, e->a, v);
    } else if (e->op == TK_TILDE) {
        need_bits(c, e->pos, "~", v.type, false, e->a);
    } else {
        need_arith(c, e->pos, "-", v.type);
    }
    return emit_op(c, e->op == TK_MINUS ? K_neg : K_not, v.type.dt, 1, &v);
}

/* ── names ── */

static Val name(Inst *c, const Expr *e)
{
    if (e->decl)
        return val_const(e->decl->dt, e->decl->bits[0]);
    const Bind *b = &c->f->slots[e->slot];
    if (b->kind == B_PACK) {
        if (c->f->pack_at < 0)
            diag_fail(c->d, e->pos, "'%s...' stands only in an index", e->name);
        if ((unsigned)c->f->pack_at >= b->n_pack)
            diag_fail(c->d, e->pos, "'%s...' has only %u elements", e->name, b->n_pack);
        return b->pack[c->f->pack_at];
    }
    if (b->kind != B_VAL)
        diag_fail(c->d, e->pos, "unknown name '%s'", e->name);
    return b->v;
}

Val inst_expr(Inst *c, const Expr *e, const Want *w)
{
    Want plain = {.type = type_scalar(e->lit == LIT_FLOAT ? DT_f32 : DT_i64)};
    if (e->lit) {
        w = w ? w : &plain;
        if (needs_narrow(e, w))
            return narrow_literal(c, e, w);
    }
    switch (e->kind) {
    case EX_INT: case EX_FLOAT:
        return val_const(w->type.dt, literal_bits(c, e, w->type, false, w->what));
    case EX_BOOL: return val_const(DT_bool, e->ival);
    case EX_NAME: case EX_PACK: return name(c, e);
    case EX_CALL: return inst_call(c, e, w);
    case EX_REDUCE: return inst_reduction(c, e, w);
    case EX_INDEX: return inst_index(c, e);
    case EX_FIELD: return inst_field(c, e);
    case EX_UNARY: return unary(c, e, w);
    case EX_BINARY: return e->op == TK_ANDAND || e->op == TK_OROR ? logical(c, e) : binary(c, e, w);
    default: return conditional(c, e, w);
    }
}

Val inst_cond(Inst *c, const Expr *e)
{
    Val v = inst_expr(c, e, NULL);
    if (v.type.st || v.type.block || v.acc || v.type.dt != DT_bool)
        diag_fail(c->d, e->pos, "the condition is %s, not bool", type_name(v.type));
    return v;
}

Val inst_static(Inst *c, const Expr *e, const char *what)
{
    Val v = val_index(c, e, inst_expr(c, e, NULL));
    if (!v.konst)
        diag_fail(c->d, e->pos, "size of '%s' is not constant", what);
    return v;
}
