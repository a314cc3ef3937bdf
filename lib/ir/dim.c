/* SPDX-License-Identifier: MIT
 * ir: dimension expressions, interned in the root graph so that equal simplified expressions are equal pointers. Takes two
 * expressions, gives one in normal form: literals folded, literal operands on the right of + and ·, x+0, x·1, x/1, x−x removed. */
#include "base/hard.h"
#include "base/hash.h"
#include "base/span.h"
#include "ir/graph.h"

#include <string.h>

enum { DIM_TABLE_MIN = HARD(256, 2) };

typedef struct DimTable { const Dim **slot; size_t cap; } DimTable;

static uint64_t dim_hash(DimKind kind, int64_t value, const Sym *s, const Dim *a, const Dim *b)
{
    uint64_t key[5] = {(uint64_t)kind, (uint64_t)value, (uintptr_t)s, (uintptr_t)a, (uintptr_t)b};
    return hash64(key, sizeof key, 0);
}

static bool table_grow(Graph *root, DimTable *t)
{
    size_t cap = t->cap ? t->cap * 2 : DIM_TABLE_MIN;
    const Dim **slot = arena_array(root->arena, const Dim *, cap);
    if (!slot)
        return false;
    for (size_t i = 0; i < root->n_dims; i++) {
        const Dim *d = root->dims[i];
        size_t at = dim_hash(d->kind, d->value, d->sym, d->a, d->b) & (cap - 1);
        while (slot[at])
            at = (at + 1) & (cap - 1);
        slot[at] = d;
    }
    *t = (DimTable){slot, cap};
    return true;
}

static const Dim *dim_intern(Graph *g, DimKind kind, int64_t value, const Sym *s, const Dim *a, const Dim *b)
{
    Graph *root = g->root;
    DimTable *t = root->dim_table;
    if (!t)
        root->dim_table = t = arena_new(root->arena, DimTable);
    if (!t || ((root->n_dims + 1) * 2 > t->cap && !table_grow(root, t)))
        return NULL;
    size_t at = dim_hash(kind, value, s, a, b) & (t->cap - 1);
    for (const Dim *d; (d = t->slot[at]); at = (at + 1) & (t->cap - 1))
        if (d->kind == kind && d->value == value && d->sym == s && d->a == a && d->b == b)
            return d;
    uint32_t da = a ? a->depth : 0, db = b ? b->depth : 0, depth = 1 + (da > db ? da : db);
    if (depth > IR_DIM_DEPTH)
        return NULL;
    Dim *d = arena_new(root->arena, Dim);
    Dim **dims = d ? arena_grow(root->arena, root->dims, root->n_dims, &root->cap_dims, Dim *) : NULL;
    if (!dims)
        return NULL;
    *d = (Dim){kind, value, s, a, b, (uint32_t)root->n_dims, depth};
    root->dims = dims;
    root->dims[root->n_dims++] = d;
    t->slot[at] = d;
    return d;
}

const Dim *dim_const(Graph *g, int64_t v) { return dim_intern(g, DIM_CONST, v, NULL, NULL, NULL); }

const Dim *dim_sym(Graph *g, const Sym *s) { return dim_intern(g, DIM_SYM, 0, s, NULL, NULL); }

/* Floor division and modulus as Python has them; x/0 = x%0 = 0. */
static int64_t floor_div(int64_t a, int64_t b)
{
    if (b == 0 || (a == INT64_MIN && b == -1))
        return 0;
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

static bool dim_fold(DimKind op, int64_t a, int64_t b, int64_t *r)
{
    switch (op) {
    case DIM_ADD: return i64_add(a, b, r);
    case DIM_SUB: return i64_sub(a, b, r);
    case DIM_MUL: return i64_mul(a, b, r);
    case DIM_DIV: *r = floor_div(a, b); return true;
    case DIM_MOD: *r = b == 0 || b == -1 ? 0 : a - floor_div(a, b) * b; return true;
    case DIM_MIN: *r = a < b ? a : b; return true;
    case DIM_MAX: *r = a > b ? a : b; return true;
    default: return false;
    }
}

/* (x op c1) op c2 with literals: folds the literals together for +, −, ·. */
static const Dim *dim_chain(Graph *g, DimKind op, const Dim *a, int64_t c)
{
    int64_t c1, r;
    if ((op == DIM_ADD || op == DIM_SUB) && (a->kind == DIM_ADD || a->kind == DIM_SUB) && dim_lit(a->b, &c1)) {
        int64_t have;
        bool fits = (a->kind == DIM_ADD ? i64_add(0, c1, &have) : i64_sub(0, c1, &have)) && (op == DIM_ADD ? i64_add(have, c, &r) : i64_sub(have, c, &r));
        return fits ? dim_make(g, DIM_ADD, a->a, dim_const(g, r)) : NULL;
    }
    if (op == DIM_MUL && a->kind == DIM_MUL && dim_lit(a->b, &c1) && i64_mul(c1, c, &r))
        return dim_make(g, DIM_MUL, a->a, dim_const(g, r));
    if (op == DIM_DIV && a->kind == DIM_MUL && dim_lit(a->b, &c1) && c > 0 && c1 % c == 0)
        return dim_make(g, DIM_MUL, a->a, dim_const(g, c1 / c));
    return NULL;
}

const Dim *dim_make(Graph *g, DimKind op, const Dim *a, const Dim *b)
{
    int64_t x = 0, y = 0, r;
    if (!a || !b)
        return NULL;
    bool la = dim_lit(a, &x), lb = dim_lit(b, &y);
    if (la && lb)
        return dim_fold(op, x, y, &r) ? dim_const(g, r) : NULL;
    if (la && (op == DIM_ADD || op == DIM_MUL || op == DIM_MIN || op == DIM_MAX))
        return dim_make(g, op, b, a);
    if (lb && ((y == 0 && (op == DIM_ADD || op == DIM_SUB)) || (y == 1 && (op == DIM_MUL || op == DIM_DIV))))
        return a;
    if (lb && ((y == 0 && op == DIM_MUL) || (y == 1 && op == DIM_MOD)))
        return dim_const(g, 0);
    if (a == b && (op == DIM_MIN || op == DIM_MAX))
        return a;
    if (lb && y <= 0 && op == DIM_MAX && a->kind == DIM_SYM) /* extents and counts are not negative */
        return a;
    if (a == b && (op == DIM_SUB || op == DIM_MOD))
        return dim_const(g, 0);
    if (a == b && op == DIM_DIV)
        return dim_const(g, 1); /* an extent of 0 divides to 0 either way: the product it appears in is 0 too */
    if (op == DIM_SUB && a->kind == DIM_ADD && (a->a == b || a->b == b))
        return a->a == b ? a->b : a->a;
    if (op == DIM_DIV && a->kind == DIM_MUL && (a->a == b || a->b == b))
        return a->a == b ? a->b : a->a;
    const Dim *chained = lb ? dim_chain(g, op, a, y) : NULL;
    if (chained)
        return chained;
    if (op == DIM_SUB && lb && y != INT64_MIN)
        return dim_intern(g, DIM_ADD, 0, NULL, a, dim_const(g, -y));
    bool commutes = op == DIM_ADD || op == DIM_MUL || op == DIM_MIN || op == DIM_MAX;
    if (commutes && !lb && a->id > b->id)
        return dim_intern(g, op, 0, NULL, b, a);
    return dim_intern(g, op, 0, NULL, a, b);
}

const Dim *dim_ceil_div(Graph *g, const Dim *a, const Dim *b)
{
    return dim_div(g, dim_sub(g, dim_add(g, a, b), dim_const(g, 1)), b);
}

const Dim *dim_product(Graph *g, const Dim *const *d, int n)
{
    const Dim *p = dim_const(g, 1);
    for (int i = 0; i < n; i++)
        p = dim_mul(g, p, d[i]);
    return p;
}

int64_t dim_apply(DimKind op, int64_t a, int64_t b)
{
    int64_t r = 0;
    return dim_fold(op, a, b, &r) ? r : -1;
}

int64_t dim_eval(const Dim *d, const int64_t *sym_values)
{
    if (d->kind == DIM_CONST)
        return d->value;
    if (d->kind == DIM_SYM)
        return sym_values[d->sym->index];
    return dim_apply(d->kind, dim_eval(d->a, sym_values), dim_eval(d->b, sym_values));
}

static Sym *sym_new(Graph *root, const char *name, size_t n)
{
    Sym *s = arena_new(root->arena, Sym);
    Sym **syms = s ? arena_grow(root->arena, root->syms, root->n_syms, &root->cap_syms, Sym *) : NULL;
    if (!syms || !(s->name = arena_strndup(root->arena, name, n)))
        return NULL;
    s->hi = INT64_MAX;
    s->index = (uint32_t)root->n_syms;
    root->syms = syms;
    root->syms[root->n_syms++] = s;
    return s;
}

Sym *graph_sym(Graph *g, const char *name, size_t n)
{
    Graph *root = g->root;
    for (size_t i = 0; i < root->n_syms; i++)
        if (root->syms[i]->origin == SYM_INPUT && strlen(root->syms[i]->name) == n && !memcmp(root->syms[i]->name, name, n))
            return root->syms[i];
    Sym *s = sym_new(root, name, n);
    if (s)
        s->cls = SYM_BUCKET;
    return s;
}

Sym *graph_data_sym(Graph *g, const Dim *bound)
{
    char *name = arena_printf(g->arena, "u%zu", g->root->n_syms);
    Sym *s = name ? sym_new(g->root, name, strlen(name)) : NULL;
    if (s) {
        s->cls = SYM_LIVE;
        s->origin = SYM_DATA;
        s->bound = bound;
    }
    return s;
}
