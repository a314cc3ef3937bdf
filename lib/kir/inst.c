/* SPDX-License-Identifier: MIT
 * kir front end: kir_instantiate. Takes a template and a binding; binds types, fns, reducers, constants and pack ranks, makes operands
 * and their dimensions, walks the body, gives unscheduled KIR. The kernel lives in the caller's arena but refers to names and tables
 * of the module, which must outlive it. Text errors of an instance are SPML_UNSUPPORTED "kernel-check" with place and source line. */
#include "base/span.h"
#include "kir/inst_bind.h"

#include <string.h>

void *inst_alloc(Inst *c, size_t n)
{
    void *p = arena_alloc(c->a, n, 16);
    if (!p)
        diag_oom(c->d);
    return p;
}

void *inst_room(Inst *c, void *p, size_t n, size_t *cap, size_t size, size_t align)
{
    void *q = arena_grow_(c->a, p, n, cap, n + 1, size, align);
    if (!q)
        diag_oom(c->d);
    return q;
}

uint32_t inst_mem(Inst *c, KMem mem)
{
    KirKernel *k = c->k;
    inst_grow(c, k->mems, k->n_mems, c->cap_mems, KMem);
    k->mems[k->n_mems] = mem;
    return (uint32_t)k->n_mems++;
}

Val inst_sym(Inst *c, const char *name, KSymKind kind, DType t)
{
    KirKernel *k = c->k;
    if (k->n_syms == sizeof((KirLaunch *)0)->sym / sizeof(uint64_t))
        diag_plain(c->d, "kernel %s: more than %zu dimensions, constants and scalars", k->name, k->n_syms);
    inst_grow(c, k->syms, k->n_syms, c->cap_syms, KSym);
    k->syms[k->n_syms] = (KSym){name, kind, t};
    KReg r = kir_reg(k, t, false, name);
    KBlock *cur = c->cur;
    c->cur = c->prologue;
    emit_inst(c, K_sym, t, r, 0, NULL)->id = (uint32_t)k->n_syms++;
    c->cur = cur;
    Val v = val_reg(t, r, IC_UNIFORM);
    if (kind == KSYM_DIM) {
        v.ranged = true;
        v.hi = INT64_MAX;
    }
    return v;
}

void inst_start(Inst *c, Diag *d, const KModule *m, const char *name, Pos pos, Arena *a)
{
    *c = (Inst){.d = d, .m = m, .a = a};
    c->k = kir_new(a, name);
    c->prologue = c->k ? kir_block(c->k) : NULL;
    if (!c->prologue)
        diag_oom(d);
    inst_at(c, pos);
    c->cur = c->k->body;
}

/* The symbols, then what was emitted. */
static void join_prologue(Inst *c)
{
    KBlock *all = c->prologue, *body = c->k->body;
    c->cur = all;
    block_splice(c, body);
    c->k->body = all;
}

/* ── parameters ── */

/* Name and binding of element i of a pack: "ST.0". */
static const char *pack_name(Inst *c, const char *name, unsigned i)
{
    char *s = arena_printf(c->a, "%s.%u", name, i);
    if (!s)
        diag_oom(c->d);
    return s;
}

static Val const_value(Inst *c, const Bound *b, const Param *p, const char *name)
{
    DType t = p->type ? type_of(c, c->f, p->type).dt : DT_i64;
    const KBindConst *x = bound_const(b, name);
    if (!x || x->live)
        return inst_sym(c, name, KSYM_CONST, t);
    Val v = val_i64(x->value);
    if (t != DT_i64) {
        Val n = emit_cast(c, K_cast, t, v);
        bool same = t == DT_bool ? x->value == 0 || x->value == 1 : emit_cast(c, K_cast, DT_i64, n).bits == v.bits;
        if (!same)
            diag_fail(c->d, p->pos, "%lld does not fit %s", (long long)x->value, dtype_name(t));
        return n;
    }
    return v;
}

static Val param_value(Inst *c, const Bound *b, const Param *p, const char *name)
{
    return p->kind == PK_CONST ? const_value(c, b, p, name) : inst_sym(c, name, KSYM_SCALAR, type_of(c, c->f, p->type).dt);
}

static void bind_param(Inst *c, const Bound *b, const Param *p)
{
    Bind *s = &c->f->slots[p->slot];
    if (p->tensor) {
        *s = (Bind){.kind = B_MEM};
    } else if (!p->pack) {
        *s = (Bind){.kind = B_VAL, .v = param_value(c, b, p, p->name)};
    } else {
        *s = (Bind){.kind = B_PACK, .n_pack = (unsigned)bound_rank(b, p->name)};
        s->pack = inst_alloc(c, s->n_pack * sizeof *s->pack);
        for (unsigned i = 0; i < s->n_pack; i++)
            s->pack[i] = param_value(c, b, p, pack_name(c, p->name, i));
    }
}

static void bind_dim(Inst *c, const Bound *b, const DimName *d)
{
    Bind *s = &c->f->slots[d->slot];
    if (!d->pack) {
        *s = (Bind){.kind = B_VAL, .v = inst_sym(c, d->name, KSYM_DIM, DT_i64)};
        return;
    }
    *s = (Bind){.kind = B_PACK, .n_pack = (unsigned)bound_rank(b, d->name)};
    s->pack = inst_alloc(c, s->n_pack * sizeof *s->pack);
    for (unsigned i = 0; i < s->n_pack; i++)
        s->pack[i] = inst_sym(c, pack_name(c, d->name, i), KSYM_DIM, DT_i64);
}

/* ── operands ── */

static KDim *dim_node(Inst *c, KDim d)
{
    KDim *p = inst_alloc(c, sizeof *p);
    *p = d;
    return p;
}

static KDim *dim_value(Inst *c, const Expr *e, Val v)
{
    if (!dtype_is_int(v.type.dt))
        diag_fail(c->d, e->pos, "'%s' is not a dimension", e->name);
    if (v.konst)
        return dim_node(c, (KDim){.kind = KDIM_CONST, .value = v.lo});
    for (size_t i = 0; i < c->prologue->n; i++)
        if (c->prologue->inst[i]->dst[0] == v.reg)
            return dim_node(c, (KDim){.kind = KDIM_SYM, .sym = c->prologue->inst[i]->id});
    diag_fail(c->d, e->pos, "'%s' is not a dimension", e->name);
}

static KDim *dim_tree(Inst *c, const Expr *e, unsigned pack)
{
    if (e->kind == EX_INT)
        return dim_node(c, (KDim){.kind = KDIM_CONST, .value = (int64_t)e->ival});
    if (e->kind == EX_NAME && e->decl)
        return dim_value(c, e, val_const(e->decl->dt, e->decl->bits[0]));
    if (e->kind == EX_NAME || e->kind == EX_PACK) {
        const Bind *s = &c->f->slots[e->slot];
        return dim_value(c, e, s->kind == B_PACK ? s->pack[pack] : s->v);
    }
    KDim d = {.kind = e->op == TK_PLUS ? KDIM_ADD : e->op == TK_MINUS ? KDIM_SUB : e->op == TK_STAR ? KDIM_MUL : KDIM_DIV};
    d.a = dim_tree(c, e->a, pack);
    d.b = dim_tree(c, e->b, pack);
    return dim_node(c, d);
}

static void add_operand(Inst *c, const Param *p)
{
    KirKernel *k = c->k;
    Type t = type_of(c, c->f, p->type);
    if (k->n_operands == KIR_MAX_OPERANDS)
        diag_fail(c->d, p->pos, "kernel %s: more than %d operands", k->name, KIR_MAX_OPERANDS);
    KMem m = {.name = p->name, .kind = p->kind == PK_IN ? KMEM_IN : p->kind == PK_OUT ? KMEM_OUT : KMEM_INOUT, .type = t.dt};
    if (t.block) {
        m.block_n = t.block->block_n;
        m.block_bytes = t.block->block_bytes;
        m.block_align = t.block->block_align;
        m.block_name = t.block->name;
    }
    KDim dims[KIR_MAX_RANK];
    unsigned n = 0;
    for (unsigned i = 0; i < p->n_dims; i++) {
        const Expr *e = p->dims[i];
        unsigned times = e->kind == EX_PACK ? c->f->slots[e->slot].n_pack : 1;
        for (unsigned j = 0; j < times; j++) {
            if (n == KIR_MAX_RANK)
                diag_fail(c->d, p->pos, "%s has more than %d dimensions", p->name, KIR_MAX_RANK);
            dims[n++] = *dim_tree(c, e, j);
        }
    }
    m.rank = (uint16_t)n;
    k->dims[k->n_operands] = inst_alloc(c, n * sizeof *dims);
    memcpy(k->dims[k->n_operands++], dims, n * sizeof *dims);
    c->f->slots[p->slot].mem = inst_mem(c, m);
}

static void bind_all(Inst *c, const Bound *b)
{
    const Decl *d = b->decl;
    for (unsigned i = 0; i < d->n_params; i++)
        bind_param(c, b, &d->params[i]);
    for (unsigned i = 0; i < d->n_dims; i++)
        bind_dim(c, b, &d->dims[i]);
    c->k->dims = inst_alloc(c, KIR_MAX_OPERANDS * sizeof *c->k->dims);
    for (unsigned i = 0; i < d->n_params; i++)
        if (d->params[i].tensor)
            add_operand(c, &d->params[i]);
}

/* ── entries ── */

static Diag *diag_new(const KModule *m, Arena *a, Error *err)
{
    Diag *d = arena_new(a, Diag);
    Error *own = err ? err : arena_new(a, Error);
    if (!d || !own)
        return NULL;
    *d = (Diag){.m = m, .err = own, .code = SPML_UNSUPPORTED, .key = "kernel-check"};
    return d;
}

SpmlCode kir_instantiate(const KModule *m, const char *kernel, const KirBinding *b, Arena *a, KirKernel **out, Error *err)
{
    Diag *d = diag_new(m, a, err);
    Inst *c = arena_new(a, Inst);
    if (!d || !c)
        return error_oom(err);
    if (setjmp(d->jump))
        return d->code;
    const Decl *k = module_find_text(m, kernel, true);
    if (!k)
        diag_plain(d, "no kernel is called '%s'", kernel);
    inst_start(c, d, m, k->name, k->pos, a);
    Frame f = {.decl = k, .slots = inst_alloc(c, (size_t)k->n_slots * sizeof(Bind)), .pack_at = -1};
    Bound bound;
    c->f = &f;
    bind_types(c, k, b, &f, &bound);
    bind_all(c, &bound);
    for (unsigned i = 0; i < k->body->n_body; i++)
        inst_stmt(c, k->body->body[i]);
    join_prologue(c);
    inst_at(c, k->pos);
    if (a->oom)
        diag_oom(d);
    *out = c->k;
    return SPML_OK;
}

SpmlCode kir_instantiate_fn(const KModule *m, const char *fn, const KBindType *types, size_t n_types, Arena *a, KirKernel **out, Error *err)
{
    Diag *d = diag_new(m, a, err);
    Inst *c = arena_new(a, Inst);
    if (!d || !c)
        return error_oom(err);
    if (setjmp(d->jump))
        return d->code;
    const Decl *k = module_find_text(m, fn, false);
    if (!k || k->kind != D_FN)
        diag_plain(d, "no fn is called '%s'", fn);
    KirBinding b = {.types = types, .n_types = n_types};
    inst_start(c, d, m, k->name, k->pos, a);
    c->inline_all = true;
    Frame f = {.decl = k, .pack_at = -1};
    Bound bound;
    c->f = &f;
    bind_types(c, k, &b, &f, &bound);
    for (unsigned i = 0; i < k->n_params; i++)
        if (type_of(c, &f, k->params[i].type).block)
            diag_plain(d, "fn %s: '%s' is a block, which no register holds", k->name, k->params[i].name);
    inst_fn_solo(c, k, f.types);
    if (a->oom)
        diag_oom(d);
    *out = c->k;
    return SPML_OK;
}

/* ── constants of the module ── */

static void table_values(Inst *c, Decl *x, const Want *w)
{
    size_t n = 1;
    x->shape = inst_alloc(c, x->n_extents * sizeof *x->shape);
    for (unsigned i = 0; i < x->n_extents; i++) {
        Val v = inst_static(c, x->extents[i], x->name);
        if (v.lo < 1 || !size_mul(n, (size_t)v.lo, &n) || n > x->n_items)
            diag_fail(c->d, x->pos, "'%s' has %u values, its size is larger", x->name, x->n_items);
        x->shape[i] = v.lo;
    }
    if (n != x->n_items)
        diag_fail(c->d, x->pos, "'%s' has %u values, its size is %zu", x->name, x->n_items, n);
    x->bits = inst_alloc(c, n * sizeof *x->bits);
    for (size_t i = 0; i < n; i++) {
        Val v = inst_expr(c, x->items[i], w);
        want_same(c, x->items[i]->pos, x->name, w->type, v);
        if (!v.konst)
            diag_fail(c->d, x->items[i]->pos, "a value of '%s' is not constant", x->name);
        x->bits[i] = v.bits;
    }
}

static void const_values(Inst *c, Decl *x)
{
    x->dt = x->type->dt;
    Want w = {type_of(c, c->f, x->type), x->name};
    x->dt = w.type.dt;
    if (x->array) {
        table_values(c, x, &w);
        return;
    }
    Val v = inst_expr(c, x->e, &w);
    want_same(c, x->pos, x->name, w.type, v);
    if (!v.konst)
        diag_fail(c->d, x->e->pos, "the value of '%s' is not constant", x->name);
    x->bits = inst_alloc(c, sizeof *x->bits);
    x->bits[0] = v.bits;
}

static uint32_t small_const(Inst *c, const Expr *e, const char *what)
{
    Val v = inst_static(c, e, what);
    if (v.lo < 1 || v.lo > 1 << 16)
        diag_fail(c->d, e->pos, "size of '%s' is %lld", what, (long long)v.lo);
    return (uint32_t)v.lo;
}

static void block_layout(Inst *c, Decl *x)
{
    x->block_n = small_const(c, x->e, x->name);
    x->block_align = small_const(c, x->align, x->name);
    for (unsigned i = 0; i < x->n_fields; i++) {
        Field *f = &x->fields[i];
        f->n = f->e ? small_const(c, f->e, f->name) : 1;
        f->offset = x->block_bytes;
        DType t = type_of(c, c->f, f->type).dt;
        f->type->dt = t;
        if (dtype_info[t].block != 1)
            diag_fail(c->d, f->pos, "field '%s' is of a packed type", f->name);
        x->block_bytes += f->n * dtype_info[t].bytes; /* at most 2^16 × 8 a field */
        if (x->block_bytes > 1u << 20)
            diag_fail(c->d, x->pos, "block '%s' is too large", x->name);
    }
    if (x->block_bytes % x->block_align)
        diag_fail(c->d, x->pos, "block '%s': %u bytes are not a multiple of its alignment %u", x->name, x->block_bytes, x->block_align);
}

/* A constant may use those declared before it. */
static void order_consts(Inst *c, const Expr *e)
{
    if (!e)
        return;
    if (e->decl && e->decl->kind == D_CONST && !e->decl->bits)
        diag_fail(c->d, e->pos, "unknown name '%s'", e->name);
    order_consts(c, e->a);
    order_consts(c, e->b);
    order_consts(c, e->c);
    for (unsigned i = 0; i < e->n_args; i++)
        order_consts(c, e->args[i]);
}

void inst_consts(KModule *m, Diag *d)
{
    Inst *c = arena_new(m->a, Inst);
    if (!c)
        diag_oom(d);
    inst_start(c, d, m, "constants", (Pos){0}, m->a);
    Frame f = {.pack_at = -1};
    c->f = &f;
    for (size_t i = 0; i < m->n_decls; i++) {
        Decl *x = m->decls[i];
        if (x->kind == D_CONST) {
            order_consts(c, x->e);
            for (unsigned j = 0; j < x->n_extents; j++)
                order_consts(c, x->extents[j]);
            for (unsigned j = 0; j < x->n_items; j++)
                order_consts(c, x->items[j]);
            const_values(c, x);
        }
    }
    for (size_t i = 0; i < m->n_decls; i++)
        if (m->decls[i]->kind == D_BLOCK)
            block_layout(c, m->decls[i]);
}
