/* SPDX-License-Identifier: MIT
 * kir front end: statements but loops (section 5): let, var, assignment, if, while, shared memory, scatter. */
#include "kir/inst.h"

static void name_reg(Inst *c, Val v, const char *name)
{
    if (!v.konst && !v.type.st && !v.acc && v.reg && !c->k->regs[v.reg].name)
        c->k->regs[v.reg].name = name;
}

static void bind_value(Inst *c, int slot, Val v) { c->f->slots[slot] = (Bind){.kind = B_VAL, .v = v}; }

static Val typed_value(Inst *c, const Stmt *s, Want *w)
{
    if (s->type)
        *w = (Want){type_of(c, c->f, s->type), s->name};
    Val v = inst_expr(c, s->e, s->type ? w : NULL);
    if (s->type)
        want_same(c, s->pos, s->name, w->type, v);
    return v;
}

/* ── scatter ── */

static KOp update_op(const Stmt *s)
{
    if (s->opname)
        return s->opname[1] == 'a' ? K_max : K_min;
    return s->op == TK_ASSIGN ? K_move : op_of(s->op);
}

static void need_update(Inst *c, const Stmt *s, KOp op, Type t)
{
    bool bits = op == K_and || op == K_or || op == K_xor, boolean = t.dt == DT_bool;
    if (op != K_move && !(bits && boolean))
        need_arith(c, s->pos, s->opname ? s->opname : kop_info[op].name, t);
    if ((bits || op == K_shl || op == K_shr) && !dtype_is_int(t.dt) && !(bits && boolean))
        diag_fail(c->d, s->pos, "%s wants integers, found %s", kop_info[op].name, type_name(t));
}

static KInst *scatter(Inst *c, const Stmt *s, bool rank)
{
    KOp op = update_op(s);
    Access *a = inst_place(c, s->target);
    const KMem *m = &c->k->mems[a->mem];
    Type t = a->type;
    if (rank && !dtype_is_int(t.dt))
        diag_fail(c->d, s->pos, "let … = scatter wants ordered, += 1, on a shared integer");
    if (op != K_move && m->kind == KMEM_OUT)
        diag_fail(c->d, s->target->pos, "out %s cannot be read; declare it inout", m->name);
    if (m->kind == KMEM_SHARED && !dtype_is_int(t.dt))
        diag_fail(c->d, s->pos, "scatter on shared memory takes integers, %s is %s", m->name, type_name(t));
    need_update(c, s, op, t);
    Want w = {t, c->k->mems[a->mem].name};
    Val v = inst_expr(c, s->e, &w);
    if ((op == K_shl || op == K_shr) && dtype_is_int(v.type.dt) && !v.type.st)
        v = emit_cast(c, K_cast, t.dt, v);
    return access_scatter(c, a, v, op, s->rule);
}

/* ── declarations ── */

static void let(Inst *c, const Stmt *s)
{
    Want w;
    if (s->then) {
        KInst *i = scatter(c, s->then, true);
        bind_value(c, s->slot, val_from(c, type_scalar(i->type), inst_dst(c, i, type_scalar(i->type), 1)));
        return;
    }
    Val v = val_keep(c, typed_value(c, s, &w));
    name_reg(c, v, s->name);
    bind_value(c, s->slot, v);
}

/* A private array, every element set. */
static void array(Inst *c, const Stmt *s)
{
    Val n = inst_static(c, s->dims[0], s->name);
    if (n.lo < 1 || n.lo > 1 << 16)
        diag_fail(c->d, s->dims[0]->pos, "size of '%s' is %lld", s->name, (long long)n.lo);
    Want w;
    Val v = typed_value(c, s, &w);
    if (v.type.st)
        diag_fail(c->d, s->pos, "an array of %s is not possible", type_name(v.type));
    KMem m = {.name = s->name, .kind = KMEM_PRIVATE, .type = v.type.dt, .rank = 1, .const_dims = inst_alloc(c, sizeof(int64_t))};
    m.const_dims[0] = n.lo;
    uint32_t mem = inst_mem(c, m);
    KReg value = val_use(c, v), lo = val_use(c, val_i64(0)), hi = val_use(c, n), i = kir_reg(c->k, DT_i64, false, NULL);
    KInst *loop = emit_inst(c, K_for, DT_none, 0, 0, NULL);
    loop->axes = inst_alloc(c, sizeof(KAxis));
    loop->axes[0] = (KAxis){.index = i, .lo = lo, .hi = hi};
    loop->n_axes = 1;
    KBlock *outer = block_open(c);
    emit_inst(c, K_store, m.type, 0, 2, (KReg[]){i, value})->id = mem;
    inst_blocks(c, loop, 1)[0] = block_close(c, outer);
    c->f->slots[s->slot] = (Bind){.kind = B_MEM, .mem = mem};
}

static void set_regs(Inst *c, Type t, const KReg *to, Val v)
{
    KReg from[64];
    val_regs(c, v, from);
    for (unsigned i = 0; i < type_regs(t); i++)
        emit_inst(c, K_set, t.st ? t.st->flat[i] : t.dt, to[i], 1, &from[i]);
}

static void var(Inst *c, const Stmt *s)
{
    if (s->n_dims) {
        array(c, s);
        return;
    }
    Want w;
    Val v = typed_value(c, s, &w), x;
    KReg r[64];
    for (unsigned i = 0; i < type_regs(v.type); i++)
        r[i] = kir_reg(c->k, v.type.st ? v.type.st->flat[i] : v.type.dt, true, s->name);
    set_regs(c, v.type, r, v);
    x = val_from(c, v.type, r);
    x.var = true;
    bind_value(c, s->slot, x);
}

static void shared(Inst *c, const Stmt *s)
{
    KMem m = {.name = s->name, .kind = KMEM_SHARED, .type = type_of(c, c->f, s->type).dt, .rank = (uint16_t)s->n_dims};
    m.dims = inst_alloc(c, s->n_dims * sizeof *m.dims);
    m.const_dims = inst_alloc(c, s->n_dims * sizeof *m.const_dims);
    for (unsigned i = 0; i < s->n_dims; i++) {
        Val v = val_index(c, s->dims[i], inst_expr(c, s->dims[i], NULL));
        if (v.ic > IC_UNIFORM || (v.konst && v.lo < 1))
            diag_fail(c->d, s->dims[i]->pos, "size of '%s' is not constant", s->name);
        m.const_dims[i] = v.konst ? v.lo : -1;
        m.dims[i] = val_use(c, v);
    }
    c->f->slots[s->slot] = (Bind){.kind = B_MEM, .mem = inst_mem(c, m)};
}

/* ── assignment ── */

static void assign_element(Inst *c, const Stmt *s)
{
    bool plain = s->op == TK_ASSIGN && !s->opname;
    Access *a = inst_place(c, s->target);
    if (plain) {
        Want w = {a->type, c->k->mems[a->mem].name};
        access_store(c, a, inst_expr(c, s->e, &w));
        return;
    }
    const KMem *m = &c->k->mems[a->mem];
    bool operand = m->kind == KMEM_INOUT;
    IndexClass ic = a->ic;
    if (operand) /* the store drops what is outside, so the read needs no else */
        a->ic = ic == IC_DATA ? IC_OTHER : ic;
    Val old = access_load(c, a, NULL);
    a->ic = ic;
    access_store(c, a, inst_update(c, s, old));
}

static void assign(Inst *c, const Stmt *s)
{
    if (s->target->kind == EX_INDEX) {
        assign_element(c, s);
        return;
    }
    Val t = inst_expr(c, s->target, NULL);
    Want w = {t.type, s->target->name};
    Val v;
    if (s->op == TK_ASSIGN && !s->opname) {
        v = inst_expr(c, s->e, &w);
        want_same(c, s->target->pos, w.what, w.type, v);
    } else {
        v = inst_update(c, s, t);
    }
    if (t.type.st) /* v = u4(v.y, v.x, …) reads all before it writes any */
        v = val_keep(c, v);
    set_regs(c, t.type, t.type.st ? t.regs : &t.reg, v);
}

/* ── control ── */

static KBlock *branch(Inst *c, const Stmt *s)
{
    KBlock *outer = block_open(c);
    if (s)
        inst_stmt(c, s);
    return block_close(c, outer);
}

static void if_stmt(Inst *c, const Stmt *s)
{
    Val v = inst_cond(c, s->e);
    if (s->is_static) {
        if (!v.konst)
            diag_fail(c->d, s->e->pos, "static if wants a constant condition");
        const Stmt *x = v.bits ? s->then : s->els;
        if (x)
            inst_stmt(c, x);
        return;
    }
    KBlock *yes = branch(c, s->then), *no = branch(c, s->els);
    if (v.konst) {
        block_splice(c, v.bits ? yes : no);
        return;
    }
    KReg r = val_use(c, v);
    KInst *i = emit_inst(c, K_if, DT_none, 0, 1, &r);
    KBlock **b = inst_blocks(c, i, 2);
    b[0] = yes;
    b[1] = no;
}

static void while_stmt(Inst *c, const Stmt *s)
{
    KBlock *outer = block_open(c);
    KReg r = val_use(c, inst_cond(c, s->e));
    KBlock *cond = block_close(c, outer);
    block_yield(c, cond, &r, 1);
    KBlock *body = branch(c, s->then);
    KInst *i = emit_inst(c, K_while, DT_none, 0, 0, NULL);
    KBlock **b = inst_blocks(c, i, 2);
    b[0] = cond;
    b[1] = body;
}

static void block(Inst *c, const Stmt *s)
{
    for (unsigned i = 0; i < s->n_body; i++)
        inst_stmt(c, s->body[i]);
}

static void scatter_stmt(Inst *c, const Stmt *s) { scatter(c, s, false); }
static void never(Inst *c, const Stmt *s) { diag_fail(c->d, s->pos, "return stands only at the end of a fn"); }

void inst_stmt(Inst *c, const Stmt *s)
{
    static void (*const of[])(Inst *, const Stmt *) = {
        [ST_BLOCK] = block, [ST_LET] = let, [ST_VAR] = var, [ST_SHARED] = shared, [ST_TILE] = inst_tile, [ST_EACH] = inst_loop,
        [ST_GROUP] = inst_loop, [ST_FOR] = inst_loop, [ST_WHILE] = while_stmt, [ST_IF] = if_stmt, [ST_SCAN] = inst_scan,
        [ST_SCATTER] = scatter_stmt, [ST_RETURN] = never, [ST_ASSIGN] = assign};
    inst_at(c, s->pos);
    of[s->kind](c, s);
}
