/* SPDX-License-Identifier: MIT
 * ir: a deep copy of a root graph into another arena. Symbols keep their index, so do dimensions' meanings; constant bytes, names and attribute payloads
 * that hold no values or graphs are shared with the original, which must outlive the copy. */
#include "ir/graph.h"

#include <string.h>

typedef struct Clone {
    Graph *root;      /* of the copy */
    Map own, *values; /* old Value* (by address bytes) → new */
    const Dim **dims; /* by old Dim.id */
} Clone;

static Graph *clone_graph(Clone *c, const Graph *g, Graph *parent, int depth);

static const Dim *clone_dim(Clone *c, const Dim *d)
{
    if (!d)
        return NULL;
    if (!c->dims[d->id]) {
        if (d->kind == DIM_CONST)
            c->dims[d->id] = dim_const(c->root, d->value);
        else if (d->kind == DIM_SYM)
            c->dims[d->id] = dim_sym(c->root, c->root->syms[d->sym->index]);
        else
            c->dims[d->id] = dim_make(c->root, d->kind, clone_dim(c, d->a), clone_dim(c, d->b));
    }
    return c->dims[d->id];
}

static const Type *clone_type_ptr(Clone *c, const Type *t, int depth);

static Type clone_type(Clone *c, const Type *t, int depth)
{
    Type n = *t;
    if (t->kind == TYPE_TENSOR && t->rank > 0) {
        const Dim *d[IR_MAX_RANK];
        for (int i = 0; i < t->rank; i++)
            d[i] = clone_dim(c, t->dim[i]);
        n = type_tensor(c->root, t->dtype, t->rank, d);
    }
    n.elem = clone_type_ptr(c, t->elem, depth + 1);
    return n;
}

static const Type *clone_type_ptr(Clone *c, const Type *t, int depth)
{
    Type *n = t && depth < IR_MAX_DEPTH ? arena_new(c->root->arena, Type) : NULL;
    if (n)
        *n = clone_type(c, t, depth);
    return n;
}

/* key: a copy of the pointer in the arena, so that the map's key bytes last. */
static Value *clone_find(const Clone *c, const Value *v) { return map_find(c->values, (const char *)&v, sizeof v); }

static Value *clone_value(Clone *c, Graph *g, Value *v)
{
    if (!v)
        return NULL;
    Value *n = clone_find(c, v);
    if (n)
        return n;
    Type t = clone_type(c, &v->type, 0);
    n = graph_value(g, v->name, &t);
    Value **key = arena_copy(c->root->arena, &v, sizeof v);
    if (!n || !key || !map_put(c->values, (const char *)key, sizeof v, n))
        return NULL;
    n->residency = v->residency;
    n->quant = v->quant;
    n->data = v->data;
    n->n_known = v->n_known;
    n->device = v->device;
    n->declared = v->declared;
    n->sz_declared = v->sz_declared;
    if (v->n_known > 0 && (n->known = arena_array(c->root->arena, const Dim *, v->n_known)))
        for (int i = 0; i < v->n_known; i++)
            n->known[i] = clone_dim(c, v->known[i]);
    return n;
}

static bool clone_attr(Clone *c, Graph *g, Attr *a, int depth)
{
    if (a->kind == ATTR_TENSOR)
        return (a->tensor = clone_value(c, g, a->tensor)) != NULL;
    if (a->kind == ATTR_GRAPH)
        return (a->graph = clone_graph(c, a->graph, g, depth + 1)) != NULL;
    return true;
}

static bool clone_node(Clone *c, const Node *o, Graph *g, int depth)
{
    Node *n = graph_node(g, NULL, o->op, o->name, o->n_in, o->in, 0);
    Value **out = arena_array(g->arena, Value *, o->n_out + 1u);
    if (!n || !out)
        return false;
    for (int i = 0; i < o->n_in; i++)
        n->in[i] = clone_value(c, g, o->in[i]);
    n->out = out;
    n->n_out = o->n_out;
    n->origin = o->origin;
    n->dynamic = o->dynamic;
    for (int i = 0; i < o->n_out; i++) {
        if ((out[i] = clone_value(c, g, o->out[i]))) {
            out[i]->producer = n;
            out[i]->out_index = i;
            out[i]->graph = g;
        }
    }
    n->attrs = o->n_attrs ? arena_copy(g->arena, o->attrs, o->n_attrs * sizeof *o->attrs) : NULL;
    n->n_attrs = o->n_attrs;
    for (int i = 0; i < n->n_attrs; i++) {
        if (!n->attrs || !clone_attr(c, g, &n->attrs[i], depth))
            return false;
        if (n->attrs[i].kind == ATTR_GRAPH)
            n->attrs[i].graph->owner = n;
    }
    return true;
}

static bool clone_body(Clone *c, const Graph *g, Graph *n, int depth)
{
    for (size_t i = 0; i < g->n_in; i++) {
        Value *v = clone_value(c, n, g->in[i]);
        Value **in = v ? arena_grow(n->arena, n->in, n->n_in, &n->cap_in, Value *) : NULL;
        if (!in)
            return false;
        n->in = in;
        n->in[n->n_in++] = v;
    }
    for (const Node *o = g->first; o; o = o->next)
        if (!clone_node(c, o, n, depth))
            return false;
    for (size_t i = 0; i < g->n_out; i++) {
        Value *v = clone_value(c, n, g->out[i]);
        if (!v || !graph_output(n, v))
            return false;
    }
    return true;
}

static Graph *clone_graph(Clone *c, const Graph *g, Graph *parent, int depth)
{
    Graph *n = depth > IR_MAX_DEPTH ? NULL : graph_sub(parent, g->name);
    return n && clone_body(c, g, n, depth) ? n : NULL;
}

static bool clone_syms(Clone *c, const Graph *g)
{
    Graph *n = c->root;
    n->syms = arena_array(n->arena, Sym *, g->n_syms + 1);
    for (size_t i = 0; n->syms && i < g->n_syms; i++)
        if (!(n->syms[i] = arena_copy(n->arena, g->syms[i], sizeof(Sym))))
            return false;
    n->n_syms = g->n_syms;
    n->cap_syms = g->n_syms + 1;
    for (size_t i = 0; n->syms && i < g->n_syms; i++)
        n->syms[i]->bound = clone_dim(c, g->syms[i]->bound);
    return n->syms != NULL;
}

Graph *graph_clone(const Graph *g, Arena *a, Map *values)
{
    Graph *n = graph_new(a, g->name);
    if (!n)
        return NULL;
    Clone c = {.root = n, .own = map_make(a), .dims = arena_array(a, const Dim *, g->n_dims + 1)};
    c.values = values ? values : &c.own;
    n->meta = g->meta;
    n->n_meta = g->n_meta;
    n->format = g->format;
    n->summary = g->summary;
    bool ok = c.dims && clone_syms(&c, g) && clone_body(&c, g, n, 0);
    return ok && !a->oom ? n : NULL;
}

Graph *graph_clone_body(const Graph *body, Graph *parent)
{
    Graph *root = parent->root;
    Clone c = {.root = root, .own = map_make(root->arena), .dims = arena_array(root->arena, const Dim *, root->n_dims + 1)};
    c.values = &c.own;
    Graph *n = c.dims ? clone_graph(&c, body, parent, 0) : NULL;
    return root->arena->oom ? NULL : n;
}
