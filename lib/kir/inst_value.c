/* SPDX-License-Identifier: MIT
 * kir front end: values and the emission of pure opcodes. Constants stay values until a register is needed and are folded by
 * kir_eval, so that what is known at instantiation is known to static if and sizes. Keeps ranges of integers and what an index depends on. */
#include "base/span.h"
#include "kir/inst.h"

#include <string.h>

enum { MAX_VALUES = 200000 }; /* expansion in place may grow exponentially */

Val val_const(DType t, uint64_t bits)
{
    Val v = {.type = {.dt = t}, .konst = true, .bits = bits};
    if (dtype_info[t].cls == DCLASS_INT && is_compute(t)) {
        v.lo = v.hi = t == DT_i32 ? (int32_t)bits : (int64_t)bits;
        v.ranged = true;
    } else if (dtype_info[t].cls == DCLASS_UINT && bits <= INT64_MAX) {
        v.lo = v.hi = (int64_t)bits;
        v.ranged = true;
    }
    return v;
}
Val val_i64(int64_t v) { return val_const(DT_i64, (uint64_t)v); }

static bool type_range(DType t, int64_t *lo, int64_t *hi)
{
    unsigned bits = dtype_bits(t);
    bool s = dtype_info[t].cls == DCLASS_INT;
    if (!dtype_is_int(t) || bits > 63)
        return false;
    *lo = s ? -(1LL << (bits - 1)) : 0;
    *hi = s ? (1LL << (bits - 1)) - 1 : (1LL << bits) - 1;
    return true;
}

Val val_reg(DType t, KReg r, IndexClass ic)
{
    Val v = {.type = {.dt = t}, .reg = r, .ic = ic};
    v.ranged = type_range(t, &v.lo, &v.hi);
    return v;
}

Val val_struct(Inst *c, Type t)
{
    KReg r[64];
    for (unsigned i = 0; i < t.st->n_regs; i++)
        r[i] = kir_reg(c->k, t.st->flat[i], false, NULL);
    return val_from(c, t, r);
}

Val val_from(Inst *c, Type t, const KReg *r)
{
    if (!t.st)
        return val_reg(t.dt, *r, IC_DATA);
    Val v = {.type = t, .ic = IC_DATA, .regs = inst_alloc(c, t.st->n_regs * sizeof(KReg))};
    memcpy(v.regs, r, t.st->n_regs * sizeof(KReg));
    return v;
}

Val val_field(Val v, unsigned i)
{
    const StructInfo *s = v.type.st;
    Val x = {.type = s->types[i], .ic = v.ic, .var = v.var};
    if (x.type.st)
        x.regs = v.regs + s->first[i];
    else
        x.reg = v.regs[s->first[i]];
    return x;
}

KInst *emit_inst(Inst *c, KOp op, DType t, KReg dst, int n, const KReg *args)
{
    KInst *i = kir_add(c->k, c->cur, op, t, dst, n, args);
    if (!i)
        diag_oom(c->d);
    if (c->k->n_regs > MAX_VALUES)
        diag_plain(c->d, "kernel %s: more than %d values", c->k->name, MAX_VALUES);
    return i;
}

KReg val_use(Inst *c, Val v)
{
    if (!v.konst)
        return v.reg;
    KReg r = kir_reg(c->k, v.type.dt, false, NULL);
    emit_inst(c, K_const, v.type.dt, r, 0, NULL)->bits = v.bits;
    return r;
}

void val_regs(Inst *c, Val v, KReg *out)
{
    if (v.type.st)
        memcpy(out, v.regs, v.type.st->n_regs * sizeof *out);
    else
        *out = val_use(c, v);
}

static KReg move(Inst *c, DType t, KReg from)
{
    KReg r = kir_reg(c->k, t, false, NULL);
    emit_inst(c, K_move, t, r, 1, &from);
    return r;
}

/* The element itself stays the same element when a var in its index changes. */
static Val keep_access(Inst *c, Val v)
{
    Access *a = inst_alloc(c, sizeof *a);
    *a = *v.acc;
    for (unsigned i = 0; i < a->n; i++)
        if (c->k->regs[a->idx[i]].var)
            a->idx[i] = move(c, DT_i64, a->idx[i]);
    v.acc = a;
    return v;
}

Val val_keep(Inst *c, Val v)
{
    if (v.acc)
        return keep_access(c, v);
    if (!v.var)
        return v;
    Val x = v;
    x.var = false;
    if (!v.type.st) {
        x.reg = move(c, v.type.dt, v.reg);
        return x;
    }
    x.regs = inst_alloc(c, v.type.st->n_regs * sizeof(KReg));
    for (unsigned i = 0; i < v.type.st->n_regs; i++)
        x.regs[i] = move(c, v.type.st->flat[i], v.regs[i]);
    return x;
}

KReg *inst_dst(Inst *c, KInst *i, Type t, unsigned times)
{
    unsigned n = type_regs(t);
    i->dst = inst_alloc(c, n * times * sizeof *i->dst);
    i->n_dst = (uint16_t)(n * times);
    for (unsigned j = 0; j < n * times; j++)
        i->dst[j] = kir_reg(c->k, t.st ? t.st->flat[j % n] : t.dt, false, NULL);
    i->type = t.st ? t.st->flat[0] : t.dt;
    return i->dst;
}

KBlock **inst_blocks(Inst *c, KInst *i, unsigned n)
{
    i->blocks = inst_alloc(c, n * sizeof *i->blocks);
    i->n_blocks = (uint16_t)n;
    return i->blocks;
}

/* ── blocks ── */

KBlock *block_open(Inst *c)
{
    KBlock *outer = c->cur;
    c->cur = kir_block(c->k);
    if (!c->cur)
        diag_oom(c->d);
    return outer;
}

KBlock *block_close(Inst *c, KBlock *outer)
{
    KBlock *b = c->cur;
    c->cur = outer;
    return b;
}

void block_yield(Inst *c, KBlock *b, const KReg *r, unsigned n)
{
    b->yield = inst_alloc(c, n * sizeof *r);
    memcpy(b->yield, r, n * sizeof *r);
    b->n_yield = (uint16_t)n;
}

void block_splice(Inst *c, const KBlock *from)
{
    KBlock *b = c->cur;
    for (size_t i = 0; i < from->n; i++) {
        inst_grow(c, b->inst, b->n, b->cap, KInst *);
        b->inst[b->n++] = from->inst[i];
    }
}

/* ── ranges ── */

typedef struct Range { bool ok; int64_t lo, hi; } Range;

static Range range_mul(const Val *a, const Val *b)
{
    Range r = {.lo = INT64_MAX, .hi = INT64_MIN};
    for (int i = 0; i < 4; i++) {
        int64_t p;
        if (!i64_mul(i & 1 ? a->hi : a->lo, i & 2 ? b->hi : b->lo, &p))
            return r;
        r.lo = p < r.lo ? p : r.lo;
        r.hi = p > r.hi ? p : r.hi;
    }
    r.ok = true;
    return r;
}

static Range range_binary(KOp op, const Val *a, const Val *b)
{
    Range r = {0};
    bool pos = b->lo > 0;
    switch (op) {
    case K_add: r.ok = i64_add(a->lo, b->lo, &r.lo) && i64_add(a->hi, b->hi, &r.hi); break;
    case K_sub: r.ok = i64_sub(a->lo, b->hi, &r.lo) && i64_sub(a->hi, b->lo, &r.hi); break;
    case K_mul: return range_mul(a, b);
    case K_div: /* truncation is monotone in a; for a ≥ 0 the largest quotient has the smallest divisor */
        r = (Range){pos && b->lo == b->hi, pos ? a->lo / b->lo : 0, pos ? a->hi / b->lo : 0};
        break;
    case K_rem: r = (Range){pos, a->lo < 0 ? 1 - b->hi : 0, a->hi < b->hi && a->lo >= 0 ? a->hi : b->hi - 1}; break;
    case K_and: /* not negative on one side bounds both */
        if (a->lo >= 0 || b->lo >= 0)
            r = (Range){true, 0, a->lo < 0 ? b->hi : b->lo < 0 || a->hi < b->hi ? a->hi : b->hi};
        break;
    case K_shr:
        if (a->lo >= 0 && b->lo == b->hi && b->lo >= 0 && b->lo < 32)
            r = (Range){true, a->lo >> b->lo, a->hi >> b->lo};
        break;
    case K_min: r = (Range){true, a->lo < b->lo ? a->lo : b->lo, a->hi < b->hi ? a->hi : b->hi}; break;
    case K_max: r = (Range){true, a->lo > b->lo ? a->lo : b->lo, a->hi > b->hi ? a->hi : b->hi}; break;
    default: break;
    }
    return r;
}

static void set_range(Val *v, Range r)
{
    int64_t lo, hi;
    DType t = v->type.dt;
    if (!dtype_is_int(t) || !r.ok)
        return;
    if (t == DT_i64 || (t == DT_u64 ? r.lo >= 0 : type_range(t, &lo, &hi) && r.lo >= lo && r.hi <= hi)) {
        v->ranged = true;
        v->lo = r.lo;
        v->hi = r.hi;
    }
}

static IndexClass class_of(KOp op, int n, const Val *v)
{
    IndexClass m = IC_CONST;
    for (int i = 0; i < n; i++)
        m = v[i].ic > m ? v[i].ic : m;
    bool linear = op == K_add || op == K_sub || op == K_neg || op == K_cast || op == K_move || (op == K_mul && (v[0].ic <= IC_UNIFORM || v[1].ic <= IC_UNIFORM));
    return linear || m != IC_AFFINE ? m : IC_OTHER;
}

/* ── opcodes ── */

static bool fold(KOp op, DType type, int n, const Val *v, Val *out)
{
    uint64_t bits[3];
    for (int i = 0; i < n; i++) {
        if (!v[i].konst)
            return false;
        bits[i] = v[i].bits;
    }
    *out = val_const(type, kir_eval(op, type, v[op == K_select].type.dt, bits));
    return true;
}

Val emit_op(Inst *c, KOp op, DType type, int n, const Val *v)
{
    Val out;
    if (fold(op, type, n, v, &out))
        return out;
    KReg args[3];
    for (int i = 0; i < n; i++)
        args[i] = val_use(c, v[i]);
    KReg r = kir_reg(c->k, type, false, NULL);
    emit_inst(c, op, type, r, n, args);
    out = val_reg(type, r, class_of(op, n, v));
    if (n == 2 && v[0].ranged && v[1].ranged && op != K_shl)
        set_range(&out, range_binary(op, &v[0], &v[1]));
    if (op == K_cast && v[0].ranged)
        set_range(&out, (Range){true, v[0].lo, v[0].hi});
    return out;
}

Val emit_cast(Inst *c, KOp op, DType to, Val v)
{
    return v.type.dt == to ? v : emit_op(c, op, to, 1, &v);
}

Val val_index(Inst *c, const Expr *e, Val v)
{
    if (v.type.st || v.type.block || v.acc || !dtype_is_int(v.type.dt)) {
        const char *src = c->m->src[e->file].text + e->off;
        int n = (int)(e->len < 80 ? e->len : 80);
        if (e->lit)
            diag_fail(c->d, e->pos, "index %.*s is a float literal, not an integer", n, src);
        diag_fail(c->d, e->pos, "index %.*s is %s, not an integer", n, src, type_name(v.type));
    }
    return emit_cast(c, K_cast, DT_i64, v);
}
