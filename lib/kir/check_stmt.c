/* SPDX-License-Identifier: MIT
 * kir front end: names and places of statements (section 5): where each, group, shared, tile and by may stand, what may be assigned
 * from where, and that a let is used. */
#include "kir/check.h"

void check_body(Check *c, Stmt *s)
{
    size_t mark = c->n;
    check_stmt(c, s);
    check_close(c, mark);
}

/* Code of other items than the code around it: an each, the statement of a scan. */
static void check_items(Check *c, Stmt *s, Where where)
{
    unsigned owner = c->owner;
    Where outer = c->where;
    if (where != W_GROUP) /* the body of a group is one item per group, its vars are its own */
        c->owner = ++c->n_owners;
    c->where = where;
    check_body(c, s);
    c->where = outer;
    c->owner = owner;
}

static void check_each(Check *c, Stmt *s)
{
    if (c->where == W_FN)
        diag_fail(c->d, s->pos, "each stands only in a kernel");
    if (c->in_scan)
        diag_fail(c->d, s->pos, "the statement of a scan may only store and calculate");
    size_t mark = c->n;
    check_axes(c, s->axes, s->n_axes, false);
    check_items(c, s->then, W_EACH);
    check_close(c, mark);
}

static void check_group(Check *c, Stmt *s)
{
    if (c->where != W_TOP)
        diag_fail(c->d, s->pos, "group stands only at the top of a kernel");
    size_t mark = c->n;
    check_axes(c, s->axes, s->n_axes, true);
    check_items(c, s->then, W_GROUP);
    check_close(c, mark);
}

static void check_for(Check *c, Stmt *s)
{
    size_t mark = c->n;
    check_axes(c, s->axes, s->n_axes, c->where == W_GROUP);
    check_body(c, s->then);
    check_close(c, mark);
}

static void check_while(Check *c, Stmt *s)
{
    check_expr(c, s->e);
    check_body(c, s->then);
}

static void check_if(Check *c, Stmt *s)
{
    check_expr(c, s->e);
    check_body(c, s->then);
    if (s->els)
        check_body(c, s->els);
}

static void check_block(Check *c, Stmt *s)
{
    size_t mark = c->n;
    for (unsigned i = 0; i < s->n_body; i++)
        check_stmt(c, s->body[i]);
    check_close(c, mark);
}

static void check_scan(Check *c, Stmt *s)
{
    if (c->where == W_FN)
        diag_fail(c->d, s->pos, "scan stands only in a kernel");
    if (c->in_scan)
        diag_fail(c->d, s->pos, "the statement of a scan may only store and calculate");
    if (s->e->kind != EX_REDUCE)
        diag_fail(c->d, s->e->pos, "scan wants a reducer over an axis");
    if (s->e->n_axes != 1 || s->e->axes[0].pack)
        diag_fail(c->d, s->e->pos, "scan runs over one axis");
    if (s->e->guard)
        diag_fail(c->d, s->e->guard->pos, "scan takes no guard");
    size_t mark = c->n;
    check_reduction(c, s->e, true);
    if (s->name)
        s->slot = check_declare(c, s->name, s->pos, NM_STATE)->slot;
    if (s->name2)
        s->slot2 = check_declare(c, s->name2, s->pos2, NM_STATE)->slot;
    c->in_scan = true;
    check_items(c, s->then, W_EACH);
    c->in_scan = false;
    check_close(c, mark);
}

static void check_let(Check *c, Stmt *s)
{
    if (s->type)
        check_type(c, s->type, true, false);
    if (s->then) {
        check_stmt(c, s->then);
        const Stmt *x = s->then;
        const Name *t = x->target->kind == EX_INDEX && x->target->a->kind == EX_NAME ? check_lookup(c, x->target->a->name) : NULL;
        if (x->rule != KSCATTER_ORDERED || x->op != TK_PLUS || x->opname || x->e->kind != EX_INT || x->e->ival != 1 || !t || t->kind != NM_SHARED)
            diag_fail(c->d, x->pos, "let … = scatter wants ordered, += 1, on a shared integer");
    } else {
        check_expr(c, s->e);
    }
    s->slot = check_declare(c, s->name, s->pos, NM_LET)->slot;
}

static void check_var(Check *c, Stmt *s)
{
    check_type(c, s->type, !s->n_dims, false);
    if (s->n_dims && c->where == W_FN && c->decl->kind != D_FN)
        diag_fail(c->d, s->pos, "no private array in a reducer");
    c->decl->in_place |= s->n_dims && c->where == W_FN;
    check_exprs(c, s->dims, s->n_dims);
    check_expr(c, s->e);
    s->slot = check_declare(c, s->name, s->pos, s->n_dims ? NM_ARRAY : NM_VAR)->slot;
}

static void check_shared(Check *c, Stmt *s)
{
    if (c->where != W_GROUP)
        diag_fail(c->d, s->pos, "shared stands only directly inside group");
    check_type(c, s->type, false, false);
    if (!s->n_dims || s->n_dims > KIR_MAX_RANK)
        diag_fail(c->d, s->pos, "shared '%s' has 1 to %d dimensions", s->name, KIR_MAX_RANK);
    check_exprs(c, s->dims, s->n_dims);
    s->slot = check_declare(c, s->name, s->pos, NM_SHARED)->slot;
}

static void check_tile(Check *c, Stmt *s)
{
    if (c->where != W_GROUP)
        diag_fail(c->d, s->pos, "tile stands only directly inside group");
    if (s->type)
        check_type(c, s->type, false, false);
    size_t mark = c->n;
    for (unsigned i = 0; i < s->n_axes; i++)
        if (s->axes[i].pack || (s->axes[i].name && i >= KIR_MAX_RANK))
            diag_fail(c->d, s->axes[i].pos, "tile %s: axis '%s' is a pack, or one too many", s->name, s->axes[i].name);
    check_axes(c, s->axes, s->n_axes, false);
    for (unsigned i = 0; i < s->n_axes; i++)
        if (s->axes[i].dep)
            diag_fail(c->d, s->axes[i].pos, "tile %s: the bound of '%s' depends on another axis", s->name, s->axes[i].name);
    check_expr(c, s->e);
    check_close(c, mark);
    Name *n = check_declare(c, s->name, s->pos, NM_TILE);
    n->tile = s;
    s->slot = n->slot;
}

/* ── assignment ── */

static Name *target_root(Check *c, const Expr *t)
{
    const Expr *r = t;
    while (r->kind == EX_FIELD && !r->els)
        r = r->a;
    if (r->kind == EX_INDEX && r == t && !r->els && r->a->kind == EX_NAME)
        r = r->a;
    if (r->kind != EX_NAME)
        diag_fail(c->d, t->pos, "'%.*s' is not a var", (int)(t->len < 80 ? t->len : 80), c->m->src[t->file].text + t->off);
    return check_require(c, r->name, r->pos);
}

static void check_target(Check *c, Stmt *s)
{
    Expr *t = s->target;
    Name *x = target_root(c, t);
    bool element = x->kind == NM_ARRAY || x->kind == NM_SHARED || x->kind == NM_TENSOR || x->kind == NM_TILE;
    if (!element && (x->kind != NM_VAR || t->kind == EX_INDEX))
        diag_fail(c->d, t->pos, "'%s' is not a var", x->name);
    if ((x->kind == NM_VAR || x->kind == NM_ARRAY) && x->owner != c->owner)
        diag_fail(c->d, t->pos, "'%s' belongs to the code around this each: items would race; use a reduction, scan or scatter", x->name);
    if (s->kind == ST_SCATTER && x->kind != NM_TENSOR && x->kind != NM_SHARED)
        diag_fail(c->d, t->pos, "scatter wants an element of a tensor or of shared memory");
    bool used = x->used;
    check_expr(c, t);
    check_require(c, x->name, t->pos)->used = used;
}

static void check_assign(Check *c, Stmt *s)
{
    check_expr(c, s->e);
    check_target(c, s);
}

static void check_scatter(Check *c, Stmt *s)
{
    if (c->where == W_FN)
        diag_fail(c->d, s->pos, "scatter stands only in a kernel");
    check_assign(c, s);
}

static void check_return(Check *c, Stmt *s)
{
    if (c->decl->kind == D_FN)
        diag_fail(c->d, s->pos, "fn %s must end with return", c->decl->name);
    diag_fail(c->d, s->pos, "return stands only at the end of a fn");
}

void check_stmt(Check *c, Stmt *s)
{
    static void (*const of[])(Check *, Stmt *) = {
        [ST_BLOCK] = check_block, [ST_LET] = check_let, [ST_VAR] = check_var, [ST_SHARED] = check_shared, [ST_TILE] = check_tile,
        [ST_EACH] = check_each, [ST_GROUP] = check_group, [ST_FOR] = check_for, [ST_WHILE] = check_while, [ST_IF] = check_if,
        [ST_SCAN] = check_scan, [ST_SCATTER] = check_scatter, [ST_RETURN] = check_return, [ST_ASSIGN] = check_assign};
    of[s->kind](c, s);
}
