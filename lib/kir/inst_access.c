/* SPDX-License-Identifier: MIT
 * kir front end: elements of memories: tensors, private arrays, shared, tiles, tables, fields of blocks. Expands packs in indices,
 * decides the guard of every access (section 7 rule 6) and demands else where an index of a tensor depends on data. */
#include "kir/inst.h"

#include <string.h>

static const char *text_of(const Inst *c, const Expr *e, int *n)
{
    *n = (int)(e->len < 120 ? e->len : 120);
    return c->m->src[e->file].text + e->off;
}

/* ── memories ── */

static uint32_t table_mem(Inst *c, const Decl *d)
{
    for (size_t i = 0; i < c->n_tables; i++)
        if (c->tables[i].decl == d)
            return c->tables[i].mem;
    KMem m = {.name = d->name, .kind = KMEM_TABLE, .type = d->dt, .rank = (uint16_t)d->n_extents, .const_dims = d->shape, .table = d->bits};
    inst_grow(c, c->tables, c->n_tables, c->cap_tables, Table);
    c->tables[c->n_tables++] = (Table){d, inst_mem(c, m)};
    return c->tables[c->n_tables - 1].mem;
}

static const Decl *block_decl(const Inst *c, const KMem *m)
{
    return m->block_name ? module_find(c->m, m->block_name) : NULL;
}

/* ── indices ── */

typedef struct PackCount { unsigned n; const char *name; } PackCount;

/* The rank of the packs at this level of e; all agree. */
static void count_packs(Inst *c, const Expr *e, PackCount *p)
{
    if (!e || !e->has_pack)
        return;
    if (e->kind == EX_PACK) {
        const Bind *b = &c->f->slots[e->slot];
        if (p->name && p->n != b->n_pack)
            diag_fail(c->d, e->pos, "packs of different rank in one index: %s, %s", p->name, e->name);
        *p = (PackCount){b->n_pack, e->name};
        return;
    }
    count_packs(c, e->a, p);
    count_packs(c, e->b, p);
    count_packs(c, e->c, p);
    for (unsigned i = 0; e->kind == EX_CALL && i < e->n_args; i++)
        count_packs(c, e->args[i], p);
}

static void add_index(Inst *c, Access *a, const Expr *e, const KMem *m, const KReg *base)
{
    Val v = val_index(c, e, inst_expr(c, e, NULL));
    if (a->n < m->rank) { /* too many are counted and refused by the caller */
        bool inside = v.ranged && m->const_dims && m->const_dims[a->n] >= 0 && v.lo >= 0 && v.hi < m->const_dims[a->n];
        a->proven &= inside;
        a->ic = v.ic > a->ic ? v.ic : a->ic;
        if (base && base[a->n])
            v = emit_op(c, K_sub, DT_i64, 2, (Val[]){v, val_reg(DT_i64, base[a->n], IC_AFFINE)});
        a->idx[a->n] = val_use(c, v);
    }
    a->n++;
}

static void add_indices(Inst *c, Access *a, const Expr *e, const KMem *m, const KReg *base)
{
    a->proven = true;
    for (unsigned i = 0; i < e->n_args; i++) {
        const Expr *x = e->args[i];
        PackCount p = {1, NULL};
        int outer = c->f->pack_at;
        count_packs(c, x, &p);
        for (unsigned j = 0; j < p.n; j++) {
            c->f->pack_at = p.name ? (int)j : -1;
            add_index(c, a, x, m, base);
        }
        c->f->pack_at = outer;
    }
    if (a->n != m->rank)
        diag_fail(c->d, e->pos, "%s has %u dimensions, %u indices given", m->name, m->rank, a->n);
}

/* EX_INDEX of a memory. */
static Access *element(Inst *c, const Expr *e)
{
    Access *a = inst_alloc(c, sizeof *a);
    const Bind *b = e->a->decl ? NULL : &c->f->slots[e->a->slot];
    if (b && b->kind != B_MEM)
        diag_fail(c->d, e->a->pos, "'%s' has no indices", e->a->name);
    a->mem = b ? b->mem : table_mem(c, e->a->decl);
    a->e = e;
    KMem m = c->k->mems[a->mem]; /* a copy: indices may add memories */
    add_indices(c, a, e, &m, b ? b->base : NULL);
    if (m.kind == KMEM_TILE)
        a->proven = e->index;
    const Decl *block = block_decl(c, &m);
    a->type = block ? (Type){.block = block} : type_scalar(m.type);
    return a;
}

/* ── fields of blocks ── */

static Access *block_field(Inst *c, const Expr *e, const Access *block)
{
    const Decl *d = block->type.block;
    for (unsigned i = 0; i < d->n_fields; i++)
        if (d->fields[i].name == e->name) {
            Access *a = inst_alloc(c, sizeof *a);
            *a = *block;
            a->field = &d->fields[i];
            a->type = type_scalar(d->fields[i].type->dt);
            a->proven = true;
            a->e = e;
            return a;
        }
    diag_fail(c->d, e->pos, "%s has no field '%s'", d->name, e->name);
}

static Access *field_element(Inst *c, const Expr *e, const Access *field)
{
    Access *a = inst_alloc(c, sizeof *a);
    *a = *field;
    a->e = e;
    if (e->n_args != 1 || e->args[0]->has_pack)
        diag_fail(c->d, e->pos, "%s has 1 dimensions, %u indices given", field->field->name, e->n_args);
    Val v = val_index(c, e->args[0], inst_expr(c, e->args[0], NULL));
    a->proven = v.ranged && v.lo >= 0 && v.hi < field->field->n;
    a->idx[a->n++] = val_use(c, v);
    return a;
}

/* ── reading ── */

static bool is_operand(const KMem *m) { return m->kind == KMEM_IN || m->kind == KMEM_OUT || m->kind == KMEM_INOUT; }

static KGuard guard_of(const KMem *m, const Access *a)
{
    if (is_operand(m))
        return a->ic <= IC_AFFINE && (!a->field || a->proven) ? KGUARD_NONE : KGUARD_ZERO;
    return a->proven ? KGUARD_NONE : KGUARD_ZERO;
}

static void set_field(KInst *i, const Access *a)
{
    if (!a->field)
        return;
    i->field = true;
    i->aux = a->field->offset;
    i->field_n = a->field->n;
}

Val access_load(Inst *c, Access *a, const Expr *els)
{
    const KMem *m = &c->k->mems[a->mem];
    if (m->kind == KMEM_OUT)
        diag_fail(c->d, a->e->pos, "out %s cannot be read; declare it inout", m->name);
    if (is_operand(m) && a->ic == IC_DATA && !els) {
        int n;
        const char *s = text_of(c, a->e, &n);
        diag_fail(c->d, a->e->pos, "%.*s: the index depends on data; add else", n, s);
    }
    KGuard guard = els ? KGUARD_ELSE : guard_of(m, a);
    IndexClass ic = m->kind == KMEM_TABLE ? IC_OTHER : IC_DATA;
    KReg args[KIR_MAX_RANK + 2];
    memcpy(args, a->idx, a->n * sizeof *args);
    if (els) {
        Want w = {a->type, m->name};
        Val v = inst_expr(c, els, &w);
        want_same(c, els->pos, m->name, a->type, v);
        args[a->n] = val_use(c, v);
    }
    KReg r = kir_reg(c->k, a->type.dt, false, NULL);
    Pos at = inst_at(c, a->e->pos);
    KInst *i = emit_inst(c, K_load, a->type.dt, r, (int)a->n + (els != NULL), args);
    i->id = a->mem;
    i->guard = (uint8_t)guard;
    inst_at(c, at);
    set_field(i, a);
    return val_reg(a->type.dt, r, ic);
}

/* The element read, or the access itself where it is a whole block or an array in one. */
static Val read_or_defer(Inst *c, const Expr *e, Access *a)
{
    bool whole = a->type.block || (a->field && a->field->n > 1 && a->e->kind == EX_FIELD);
    if (!whole)
        return access_load(c, a, e->els);
    if (e->els)
        diag_fail(c->d, e->els->pos, "else stands behind a number, not a block");
    return (Val){.type = a->type, .acc = a};
}

Val inst_index(Inst *c, const Expr *e)
{
    if (e->a->kind == EX_NAME)
        return read_or_defer(c, e, element(c, e));
    Val b = inst_expr(c, e->a, NULL);
    if (!b.acc || !b.acc->field)
        diag_fail(c->d, e->pos, "'%s' has no indices", e->a->name ? e->a->name : "value");
    return read_or_defer(c, e, field_element(c, e, b.acc));
}

Val inst_field(Inst *c, const Expr *e)
{
    Val b = inst_expr(c, e->a, NULL);
    if (b.acc && !b.acc->field)
        return read_or_defer(c, e, block_field(c, e, b.acc));
    if (!b.type.st)
        diag_fail(c->d, e->pos, "%s has no field '%s'", b.acc ? b.acc->field->name : type_name(b.type), e->name);
    if (e->els)
        diag_fail(c->d, e->els->pos, "else stands behind an element of a tensor");
    const Decl *d = b.type.st->decl;
    for (unsigned i = 0; i < d->n_fields; i++)
        if (d->fields[i].name == e->name)
            return val_field(b, i);
    diag_fail(c->d, e->pos, "%s has no field '%s'", d->name, e->name);
}

/* ── writing ── */

Access *inst_place(Inst *c, const Expr *e)
{
    Access *a = element(c, e);
    const KMem *m = &c->k->mems[a->mem];
    if (m->kind == KMEM_IN || m->kind == KMEM_TABLE)
        diag_fail(c->d, e->pos, "in %s cannot be written", m->name);
    if (a->type.block)
        diag_fail(c->d, e->pos, "%s: blocks cannot be written", m->name);
    return a;
}

static KInst *write(Inst *c, Access *a, Val v, KOp op)
{
    const KMem *m = &c->k->mems[a->mem];
    want_same(c, a->e->pos, m->name, a->type, v);
    KReg args[KIR_MAX_RANK + 2];
    memcpy(args, a->idx, a->n * sizeof *args);
    args[a->n] = val_use(c, v);
    KInst *i = emit_inst(c, op, a->type.dt, 0, (int)a->n + 1, args);
    i->id = a->mem;
    i->guard = (uint8_t)guard_of(&c->k->mems[a->mem], a);
    return i;
}

void access_store(Inst *c, Access *a, Val v) { write(c, a, v, K_store); }

KInst *access_scatter(Inst *c, Access *a, Val v, KOp fn, KScatter rule)
{
    KInst *i = write(c, a, v, K_scatter);
    i->rule = (uint8_t)rule;
    i->fn = (uint8_t)fn;
    return i;
}
