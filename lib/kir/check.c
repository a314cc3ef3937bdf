/* SPDX-License-Identifier: MIT
 * kir front end: names of declarations, parameters and dimensions (sections 2, 3). Takes the parsed module; resolves every name to a
 * slot of its declaration's frame or to another declaration, and refuses duplicates, unknown names and recursion. */
#include "kir/check.h"

#include <string.h>

static const struct { const char *name; int n; } builtins[] = {
#define X(name, n) {#name, n},
    BUILTINS(X)
#undef X
};
int builtin_arity(int b) { return builtins[b].n; }

int builtin_find(const char *name)
{
    for (int i = 0; i < BI_COUNT; i++)
        if (builtins[i].name[0] == name[0] && !strcmp(builtins[i].name, name))
            return i;
    return -1;
}

int builtin_reducer(const char *name)
{
    static const struct { const char *name; KRedKind kind; } reds[] = {
        {"sum", KRED_SUM}, {"prod", KRED_PROD}, {"min", KRED_MIN}, {"max", KRED_MAX}, {"any", KRED_ANY}, {"all", KRED_ALL}};
    for (size_t i = 0; i < sizeof reds / sizeof *reds; i++)
        if (!strcmp(reds[i].name, name))
            return reds[i].kind;
    return -1;
}

/* ── declarations by name ── */

static size_t map_slot(Decl *const *map, size_t n, const char *name)
{
    size_t i = ((uintptr_t)name >> 3) * 2654435761u & (n - 1);
    while (map[i] && map[i]->name != name)
        i = (i + 1) & (n - 1);
    return i;
}

static const Decl *find(const KModule *m, const char *name, bool kernel)
{
    const Decl *d = NULL;
    for (; m && !d; m = m->base) {
        Decl *const *map = kernel ? m->kmap : m->map;
        d = m->n_map ? map[map_slot(map, m->n_map, name)] : NULL;
    }
    return d;
}
const Decl *module_find(const KModule *m, const char *name) { return find(m, name, false); }
const Decl *module_kernel(const KModule *m, const char *name) { return find(m, name, true); }

static bool reserved(const char *s)
{
    DType t = dtype_find(s, strlen(s)); /* a declaration may take the name of a storage type: struct u4, block q4_k */
    return builtin_find(s) >= 0 || builtin_reducer(s) >= 0 || !strcmp(s, "dot") || !strcmp(s, "acc") || !strcmp(s, "bits")
        || (t != DT_none && dtype_info[t].compute == t);
}

static void declare_all(KModule *m, Diag *d)
{
    m->n_map = 64;
    while (m->n_map < m->n_decls * 2)
        m->n_map *= 2;
    m->map = arena_array(m->a, Decl *, m->n_map);
    m->kmap = arena_array(m->a, Decl *, m->n_map);
    m->fns = arena_array(m->a, const char *, m->n_decls);
    m->kernels = arena_array(m->a, const char *, m->n_decls);
    if (!m->map || !m->kmap || !m->fns || !m->kernels)
        diag_oom(d);
    for (size_t i = 0; i < m->n_decls; i++) {
        Decl *x = m->decls[i];
        Decl **map = x->kind == D_KERNEL ? m->kmap : m->map;
        size_t s = map_slot(map, m->n_map, x->name);
        if (find(m, x->name, x->kind == D_KERNEL) || (x->kind != D_KERNEL && reserved(x->name)))
            diag_fail(d, x->pos, "'%s' is already declared", x->name);
        map[s] = x;
        if (x->kind == D_FN)
            m->fns[m->n_fns++] = x->name;
        if (x->kind == D_KERNEL)
            m->kernels[m->n_kernels++] = x->name;
    }
}

size_t kir_module_fns(const KModule *m, const char *const **names) { return *names = m->fns, m->n_fns; }

uint32_t kir_kernel_writes(const KModule *m, const char *kernel)
{
    const Decl *d = module_find_text(m, kernel, true);
    uint32_t bits = 0, at = 0;
    for (unsigned i = 0; d && i < d->n_params; i++)
        if (d->params[i].tensor) {
            bits |= d->params[i].kind == PK_OUT || d->params[i].kind == PK_INOUT ? 1u << at : 0;
            at++;
        }
    return bits;
}

size_t kir_module_kernels(const KModule *m, const char *const **names) { return *names = m->kernels, m->n_kernels; }

/* ── scopes ── */

Name *check_lookup(Check *c, const char *name)
{
    for (size_t i = c->n; i-- > 0;)
        if (c->names[i].name == name) {
            c->hit |= i >= c->watch;
            return &c->names[i];
        }
    return NULL;
}

Name *check_require(Check *c, const char *name, Pos pos)
{
    Name *x = check_lookup(c, name);
    if (!x)
        diag_fail(c->d, pos, "unknown name '%s'", name);
    return x;
}

Name *check_declare(Check *c, const char *name, Pos pos, NameKind kind)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->names[i].name == name)
            diag_fail(c->d, pos, "'%s' is already declared", name);
    c->names = arena_grow(c->m->a, c->names, c->n, &c->cap, Name);
    if (!c->names)
        diag_oom(c->d);
    Name *x = &c->names[c->n++];
    *x = (Name){.name = name, .kind = kind, .slot = c->n_slots++, .pos = pos, .owner = c->owner};
    return x;
}

void check_close(Check *c, size_t mark)
{
    for (size_t i = mark; i < c->n; i++)
        if (c->names[i].kind == NM_LET && !c->names[i].used)
            diag_fail(c->d, c->names[i].pos, "'%s' is never used", c->names[i].name);
    c->n = mark;
}

/* ── types ── */

void check_type(Check *c, TypeRef *t, bool structs, bool blocks)
{
    if (t->kind == TREF_ACC || t->kind == TREF_BITS) {
        check_type(c, t->arg, false, false);
        return;
    }
    for (unsigned i = 0; c->decl && i < c->decl->n_tparams; i++)
        if (c->decl->tparams[i].name == t->name && c->decl->tparams[i].kind == TP_TYPE) {
            t->kind = TREF_PARAM;
            t->param = i;
            return;
        }
    const Decl *d = module_find(c->m, t->name);
    if (d && ((d->kind == D_STRUCT && structs) || (d->kind == D_BLOCK && blocks))) {
        t->kind = TREF_DECL;
        t->decl = d;
        return;
    }
    t->dt = d ? DT_none : dtype_find(t->name, strlen(t->name));
    DTypeClass k = dtype_info[t->dt].cls;
    if (k != DCLASS_BOOL && k != DCLASS_INT && k != DCLASS_UINT && k != DCLASS_FLOAT)
        diag_fail(c->d, t->pos, d ? "'%s' cannot stand here as a type" : "unknown name '%s'", t->name);
    t->kind = TREF_SCALAR;
}

static void check_tparams(Check *c, Decl *d)
{
    for (unsigned i = 0; i < d->n_tparams; i++) {
        TParam *t = &d->tparams[i];
        for (unsigned j = 0; j < i; j++)
            if (d->tparams[j].name == t->name)
                diag_fail(c->d, t->pos, "'%s' is already declared", t->name);
        if (t->kind != TP_TYPE && d->kind != D_KERNEL)
            diag_fail(c->d, t->pos, "only kernels take fn and reducer parameters");
        if (t->dflt)
            check_type(c, t->dflt, false, false);
    }
}

static bool mentions(const TypeRef *t, unsigned param) { return t->kind == TREF_PARAM && t->param == param; }

/* T of fn and reducer comes from the arguments or has a default. */
static void check_deducible(Check *c, const Decl *d)
{
    for (unsigned i = 0; i < d->n_tparams; i++) {
        bool found = d->tparams[i].dflt != NULL;
        for (unsigned j = 0; j < d->n_params; j++)
            found |= mentions(d->params[j].type, i);
        if (!found)
            diag_fail(c->d, d->tparams[i].pos, "'%s' does not follow from the arguments", d->tparams[i].name);
    }
}

/* ── fn, reducer ── */

static void check_formals(Check *c, Decl *d)
{
    for (unsigned i = 0; i < d->n_params; i++) {
        Param *x = &d->params[i];
        check_type(c, x->type, true, d->kind == D_FN);
        d->in_place |= x->type->kind == TREF_DECL && x->type->decl->kind == D_BLOCK;
        x->slot = check_declare(c, x->name, x->pos, NM_FORMAL)->slot;
    }
    check_deducible(c, d);
}

void check_fn(KModule *m, Diag *d, Decl *f, unsigned depth)
{
    if (f->mark == 2)
        return;
    if (depth > 64)
        diag_fail(d, f->pos, "fns call each other deeper than 64 levels");
    f->mark = 1;
    Check c = {.m = m, .d = d, .decl = f, .watch = SIZE_MAX, .where = W_FN, .depth = depth};
    check_tparams(&c, f);
    check_formals(&c, f);
    check_type(&c, f->type, true, false);
    if (f->e) {
        check_expr(&c, f->e);
    } else {
        const Stmt *b = f->body;
        if (!b->n_body || b->body[b->n_body - 1]->kind != ST_RETURN)
            diag_fail(d, f->pos, "fn %s must end with return", f->name);
        for (unsigned i = 0; i < b->n_body; i++)
            if (b->body[i]->kind == ST_RETURN) {
                if (i + 1 < b->n_body)
                    diag_fail(d, f->pos, "fn %s must end with return", f->name);
                check_expr(&c, b->body[i]->e);
            } else {
                check_stmt(&c, b->body[i]);
            }
        check_close(&c, 0);
    }
    f->n_slots = c.n_slots;
    f->mark = 2;
}

static void declare_state(Check *c, Decl *d)
{
    for (unsigned i = 0; i < d->n_fields; i++)
        d->fields[i].slot = check_declare(c, d->fields[i].name, d->fields[i].pos, NM_VAR)->slot;
}

static void check_reducer(KModule *m, Diag *d, Decl *r)
{
    Check c = {.m = m, .d = d, .decl = r, .watch = SIZE_MAX, .where = W_FN};
    if (!r->n_fields)
        diag_fail(d, r->pos, "reducer '%s' has no state", r->name);
    check_tparams(&c, r);
    for (unsigned i = 0; i < r->n_fields; i++) {
        check_type(&c, r->fields[i].type, false, false);
        check_expr(&c, r->fields[i].e);
    }
    declare_state(&c, r);
    check_formals(&c, r);
    check_body(&c, r->body);
    r->n_slots = c.n_slots;
    Check o = {.m = m, .d = d, .decl = r, .watch = SIZE_MAX, .where = W_FN};
    declare_state(&o, r);
    r->other_slot = check_declare(&o, r->other, r->other_pos, NM_STATE)->slot;
    check_body(&o, r->merge);
    r->n_slots_merge = o.n_slots;
}

/* ── const, struct, block ── */

static void check_const(Check *c, Decl *d)
{
    check_type(c, d->type, false, false);
    if (!d->array)
        check_expr(c, d->e);
    check_exprs(c, d->extents, d->n_extents);
    check_exprs(c, d->items, d->n_items);
}

/* A struct in a struct is declared before it, so that none holds itself. */
static void check_fields(Check *c, Decl *d)
{
    if (!d->n_fields)
        diag_fail(c->d, d->pos, "'%s' has no fields", d->name);
    for (unsigned i = 0; i < d->n_fields; i++) {
        Field *f = &d->fields[i];
        for (unsigned j = 0; j < i; j++)
            if (d->fields[j].name == f->name)
                diag_fail(c->d, f->pos, "'%s' is already declared", f->name);
        check_type(c, f->type, d->kind == D_STRUCT, false);
        if (f->type->kind == TREF_DECL && f->type->decl->order >= d->order)
            diag_fail(c->d, f->type->pos, "unknown name '%s'", f->type->name);
        if (f->e && d->kind == D_STRUCT)
            diag_fail(c->d, f->pos, "field '%s' of a struct cannot be an array", f->name);
        if (f->e)
            check_expr(c, f->e);
    }
    if (d->kind == D_BLOCK) {
        check_expr(c, d->e);
        check_expr(c, d->align);
    }
}

/* ── kernel ── */

static void declare_dim(Check *c, Decl *k, Expr *e)
{
    Name *x = check_lookup(c, e->name);
    const Decl *g = x ? NULL : module_find(c->m, e->name);
    if (g && g->kind == D_CONST && !g->array && e->kind == EX_NAME) {
        e->decl = g;
        return;
    }
    if (!x) {
        x = check_declare(c, e->name, e->pos, NM_DIM);
        x->pack = e->kind == EX_PACK;
        k->dims[k->n_dims++] = (DimName){x->name, x->slot, x->pack};
    }
    if ((x->kind != NM_DIM && x->kind != NM_CONST && x->kind != NM_SCALAR) || x->pack != (e->kind == EX_PACK))
        diag_fail(c->d, e->pos, "'%s' is not a dimension", e->name);
    e->slot = x->slot;
}

static unsigned count_names(const Expr *e)
{
    return !e ? 0 : e->kind == EX_NAME || e->kind == EX_PACK ? 1 : count_names(e->a) + count_names(e->b);
}

static void check_dim(Check *c, Decl *k, Expr *e)
{
    if (e->kind == EX_NAME || e->kind == EX_PACK)
        declare_dim(c, k, e);
    else if (e->kind == EX_BINARY && !e->has_pack && (e->op == TK_PLUS || e->op == TK_MINUS || e->op == TK_STAR || e->op == TK_SLASH)) {
        check_dim(c, k, e->a);
        check_dim(c, k, e->b);
    } else if (e->kind != EX_INT || e->ival > INT64_MAX) {
        diag_fail(c->d, e->pos, "a dimension is made of names, numbers and + - * /");
    }
}

static void check_params(Check *c, Decl *k)
{
    unsigned dims = 0;
    for (unsigned i = 0; i < k->n_params; i++) {
        Param *x = &k->params[i];
        if (x->type)
            check_type(c, x->type, false, x->tensor);
        Name *n = check_declare(c, x->name, x->pos, x->tensor ? NM_TENSOR : x->kind == PK_CONST ? NM_CONST : NM_SCALAR);
        n->pack = x->pack;
        x->slot = n->slot;
        for (unsigned j = 0; j < x->n_dims; j++)
            dims += count_names(x->dims[j]);
    }
    k->dims = arena_array(c->m->a, DimName, dims);
    if (!k->dims)
        diag_oom(c->d);
    for (unsigned i = 0; i < k->n_params; i++)
        for (unsigned j = 0; j < k->params[i].n_dims; j++)
            check_dim(c, k, k->params[i].dims[j]);
}

static void check_kernel(KModule *m, Diag *d, Decl *k)
{
    Check c = {.m = m, .d = d, .decl = k, .watch = SIZE_MAX, .where = W_TOP};
    check_tparams(&c, k);
    check_params(&c, k);
    const Stmt *b = k->body;
    unsigned n = b->n_body;
    bool ok = n > 0 && (b->body[n - 1]->kind == ST_EACH || b->body[n - 1]->kind == ST_GROUP);
    for (unsigned i = 0; ok && i + 1 < n; i++)
        ok = b->body[i]->kind == ST_LET && b->body[i]->e;
    if (!ok)
        diag_fail(d, k->pos, "kernel %s: the body is lets and then exactly one each or group", k->name);
    for (unsigned i = 0; i < n; i++)
        check_stmt(&c, b->body[i]);
    check_close(&c, 0);
    k->n_slots = c.n_slots;
}

void check_module(KModule *m, Diag *d)
{
    declare_all(m, d);
    for (size_t i = 0; i < m->n_decls; i++) {
        Decl *x = m->decls[i];
        Check c = {.m = m, .d = d, .watch = SIZE_MAX, .where = W_FN};
        if (x->kind == D_CONST)
            check_const(&c, x);
        else if (x->kind == D_STRUCT || x->kind == D_BLOCK)
            check_fields(&c, x);
        else if (x->kind == D_REDUCER)
            check_reducer(m, d, x);
        else if (x->kind == D_FN)
            check_fn(m, d, x, 0);
        else
            check_kernel(m, d, x);
    }
}
