/* SPDX-License-Identifier: MIT
 * kir front end: names in expressions, axes and reductions (sections 4, 6). Every name node gets its slot or declaration, every call
 * what it calls; arities are checked here, types when the instance is made. */
#include "kir/check.h"

#include <string.h>

/* ── axes ── */

/* i alone: re-opens the block axis i, or ranges over the dimension or constant of the upper-case name. */
static void implied_bound(Check *c, Axis *x)
{
    Name *same = check_lookup(c, x->name);
    if (same && same->kind == NM_BLOCK_AXIS && !x->pack) {
        x->reopen = same->slot;
        return;
    }
    const Name *d = check_lookup(c, x->upper);
    const Decl *g = d ? NULL : module_find(c->m, x->upper);
    if (d && (d->kind == NM_DIM || d->kind == NM_CONST || (d->kind == NM_SCALAR && !x->pack)) && d->pack == x->pack)
        x->dim = d->slot;
    else if (g && g->kind == D_CONST && !g->array && !x->pack)
        x->konst = g;
    else if (x->pack)
        diag_fail(c->d, x->pos, "axis '%s...' has no bound (no pack of dimensions is called %s)", x->name, x->upper);
    else
        diag_fail(c->d, x->pos, "axis '%s' has no bound: write %s < EXPR (no dimension is called %s)", x->name, x->name, x->upper);
}

static void declare_axis(Check *c, Axis *x)
{
    if (x->reopen < 0) {
        check_declare(c, x->name, x->pos, x->by ? NM_BLOCK_AXIS : NM_AXIS);
    } else { /* the one case of shadowing */
        const char *name = x->name;
        check_declare(c, "", x->pos, NM_AXIS)->name = name;
    }
    Name *n = &c->names[c->n - 1];
    n->pack = x->pack;
    n->axis = x;
    x->slot = n->slot;
}

static bool reopened(const Check *c, const Axis *x, size_t mark)
{
    for (size_t i = mark; i < c->n; i++)
        if (c->names[i].name == x->name)
            return true;
    return false;
}

void check_axes(Check *c, Axis *x, unsigned n, bool by)
{
    size_t mark = c->n;
    for (unsigned i = 0; i < n; i++, x++) {
        size_t watch = c->watch;
        bool hit = c->hit;
        c->watch = mark;
        c->hit = false;
        if (reopened(c, x, mark))
            diag_fail(c->d, x->pos, "'%s' is already declared", x->name);
        if (x->by && !by)
            diag_fail(c->d, x->pos, "by stands only in group, or in a for directly inside it");
        if (x->lo)
            check_expr(c, x->lo);
        if (x->hi)
            check_expr(c, x->hi);
        else
            implied_bound(c, x);
        x->dep = c->hit;
        c->watch = watch;
        c->hit |= hit;
        if (x->by)
            check_expr(c, x->by);
        declare_axis(c, x);
    }
}

/* ── names ── */

static void check_name(Check *c, Expr *e)
{
    Name *x = check_lookup(c, e->name);
    if (!x) {
        const Decl *g = module_find(c->m, e->name);
        if (!g || g->kind != D_CONST || e->kind == EX_PACK)
            diag_fail(c->d, e->pos, "unknown name '%s'", e->name);
        if (g->array)
            diag_fail(c->d, e->pos, "'%s' has %u dimensions, no indices given", e->name, g->n_extents);
        e->decl = g;
        return;
    }
    if (x->pack != (e->kind == EX_PACK))
        diag_fail(c->d, e->pos, x->pack ? "'%s' is a pack: write %s... in an index" : "'%s' is not a pack", e->name, e->name);
    if (x->kind == NM_TENSOR || x->kind == NM_SHARED || x->kind == NM_TILE || x->kind == NM_ARRAY)
        diag_fail(c->d, e->pos, "'%s' stands here without indices", e->name);
    x->used = true;
    e->slot = x->slot;
}

/* ── indices ── */

/* true if index axis i surely runs inside axis t of the tile */
static bool same_range(const Axis *i, const Axis *t)
{
    return (i->reopen >= 0 && i->reopen == t->reopen) || (i->dim >= 0 && i->dim == t->dim) || (i->konst && i->konst == t->konst);
}

static void check_tile_index(Check *c, Expr *e, const Name *tile)
{
    e->index = 1; /* proven inside */
    for (unsigned i = 0; i < e->n_args; i++) {
        const Expr *x = e->args[i];
        const Name *n = x->kind == EX_NAME ? check_lookup(c, x->name) : NULL;
        if (!n || (n->kind != NM_AXIS && n->kind != NM_BLOCK_AXIS))
            diag_fail(c->d, x->pos, "tile %s: index %.*s is not an axis", tile->name, (int)(x->len < 80 ? x->len : 80), c->m->src[x->file].text + x->off);
        if (i >= tile->tile->n_axes || !same_range(n->axis, &tile->tile->axes[i]))
            e->index = 0;
    }
}

static void check_index(Check *c, Expr *e)
{
    Expr *b = e->a;
    const Name *x = NULL;
    if (b->kind == EX_NAME) {
        x = check_lookup(c, b->name);
        const Decl *g = x ? NULL : module_find(c->m, b->name);
        if (g && g->kind == D_CONST && g->array)
            b->decl = g;
        else if (!x)
            diag_fail(c->d, b->pos, "unknown name '%s'", b->name);
        else if (x->kind != NM_TENSOR && x->kind != NM_SHARED && x->kind != NM_TILE && x->kind != NM_ARRAY)
            diag_fail(c->d, b->pos, "'%s' has no indices", b->name);
        else
            b->slot = x->slot;
    } else if (b->kind == EX_FIELD && !b->els) {
        check_expr(c, b);
    } else {
        diag_fail(c->d, b->pos, "only tensors, arrays, shared memory, tiles, tables and fields of blocks have indices");
    }
    check_exprs(c, e->args, e->n_args);
    if (x && x->kind == NM_TILE)
        check_tile_index(c, e, x);
}

/* ── calls ── */

static void check_arity(Check *c, const Expr *e, unsigned want)
{
    if (e->n_args != want)
        diag_fail(c->d, e->pos, "%s takes %u arguments, %u given", e->name, want, e->n_args);
}

static bool call_param(Check *c, Expr *e, TParamKind kind, CallKind call)
{
    for (unsigned i = 0; c->decl && i < c->decl->n_tparams; i++)
        if (c->decl->tparams[i].name == e->name && c->decl->tparams[i].kind == kind) {
            e->call = call;
            e->index = i;
            return true;
        }
    return false;
}

static bool call_decl(Check *c, Expr *e)
{
    Decl *d = (Decl *)module_find(c->m, e->name);
    if (!d || (d->kind != D_FN && d->kind != D_STRUCT))
        return false;
    e->decl = d;
    if (d->kind == D_STRUCT) {
        e->call = CALL_STRUCT;
        check_arity(c, e, d->n_fields);
        return true;
    }
    e->call = CALL_FN;
    check_arity(c, e, d->n_params);
    if (d->mark == 1)
        diag_fail(c->d, e->pos, "fn %s calls itself", d->name);
    check_fn(c->m, c->d, d, c->depth + 1);
    if (c->decl)
        c->decl->in_place |= d->in_place;
    return true;
}

static bool call_convert(Check *c, Expr *e)
{
    bool type = dtype_find(e->name, strlen(e->name)) != DT_none;
    for (unsigned i = 0; c->decl && i < c->decl->n_tparams; i++)
        type |= c->decl->tparams[i].name == e->name && c->decl->tparams[i].kind == TP_TYPE;
    if (!type)
        return false;
    TypeRef *t = arena_new(c->m->a, TypeRef);
    if (!t)
        diag_oom(c->d);
    *t = (TypeRef){.name = e->name, .pos = e->pos};
    check_type(c, t, false, false);
    e->type = t;
    e->call = CALL_CONVERT;
    check_arity(c, e, 1);
    return true;
}

static void check_call(Check *c, Expr *e)
{
    int b = builtin_find(e->name);
    if (b >= 0) {
        e->call = CALL_BUILTIN;
        e->index = (unsigned)b;
        if (e->type)
            check_type(c, e->type, false, false);
        check_arity(c, e, (unsigned)builtin_arity(b));
    } else if (!call_param(c, e, TP_FN, CALL_FNPARAM) && !call_decl(c, e) && !call_convert(c, e)) {
        bool red = builtin_reducer(e->name) >= 0 || !strcmp(e->name, "dot");
        const Decl *d = module_find(c->m, e->name);
        if (red || (d && d->kind == D_REDUCER))
            diag_fail(c->d, e->pos, "reducer '%s' wants items over axes", e->name);
        diag_fail(c->d, e->pos, "unknown function '%s'", e->name);
    }
    for (unsigned i = 0; i < e->n_args; i++) { /* a block goes to a fn whole */
        check_expr(c, e->args[i]);
    }
}

/* ── reductions ── */

static void find_reducer(Check *c, Expr *e, bool scan)
{
    int b = builtin_reducer(e->name);
    const Decl *d = module_find(c->m, e->name);
    if (b >= 0) {
        e->call = CALL_REDBUILTIN;
        e->index = (unsigned)b;
        check_arity(c, e, 1);
    } else if (!strcmp(e->name, "dot") && !scan) {
        e->call = CALL_DOT;
        check_arity(c, e, 2);
    } else if (call_param(c, e, TP_REDUCER, CALL_REDPARAM)) {
        return;
    } else if (d && d->kind == D_REDUCER) {
        e->call = CALL_RED;
        e->decl = d;
        check_arity(c, e, d->n_params);
        if (d->ordered && !scan)
            diag_fail(c->d, e->pos, "reducer '%s' is ordered: use it in scan", e->name);
    } else {
        diag_fail(c->d, e->pos, "unknown reducer '%s'", e->name);
    }
}

void check_reduction(Check *c, Expr *e, bool scan)
{
    find_reducer(c, e, scan);
    if (e->from && e->call != CALL_DOT)
        diag_fail(c->d, e->from->pos, "from stands only in dot");
    if (e->from)
        check_expr(c, e->from);
    size_t mark = c->n;
    check_axes(c, e->axes, e->n_axes, false);
    check_exprs(c, e->args, e->n_args);
    if (e->guard)
        check_expr(c, e->guard);
    if (!scan)
        check_close(c, mark);
}

void check_exprs(Check *c, Expr **e, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        check_expr(c, e[i]);
}

void check_expr(Check *c, Expr *e)
{
    switch (e->kind) {
    case EX_INT: case EX_FLOAT: case EX_BOOL:
        break;
    case EX_NAME: case EX_PACK:
        check_name(c, e);
        break;
    case EX_CALL:
        check_call(c, e);
        break;
    case EX_REDUCE:
        check_reduction(c, e, false);
        break;
    case EX_INDEX:
        check_index(c, e);
        break;
    default: /* field, unary, binary, cond */
        check_expr(c, e->a);
        if (e->b)
            check_expr(c, e->b);
        if (e->c)
            check_expr(c, e->c);
    }
    if (e->els)
        check_expr(c, e->els);
}
