/* SPDX-License-Identifier: MIT
 * ir: building and editing graphs; see graph.h. Everything is allocated in the root's arena; a NULL result means that it ran out. */
#include "ir/graph.h"

#include "base/span.h"
#include "ir/ops.h"

#include <string.h>

const OpInfo op_info[OP_COUNT] = {
#define OP(name, min_in, max_in, n_out, flags, fn, params, space, layouts, shape, lower, grad, text) \
    [OP_##name] = {#name, min_in, max_in, n_out, flags, fn, params, SPACE_##space, layouts, text},
#include "ir/ops.def"
#undef OP
};

int op_find(const char *name, size_t n)
{
    for (int i = 0; i < OP_COUNT; i++)
        if (strlen(op_info[i].name) == n && !memcmp(op_info[i].name, name, n))
            return i;
    return -1;
}

Graph *graph_new(Arena *a, const char *name)
{
    Graph *g = arena_new(a, Graph);
    if (g) {
        g->arena = a;
        g->root = g;
        g->name = name;
    }
    return g;
}

Graph *graph_sub(Graph *parent, const char *name)
{
    Graph *g = graph_new(parent->arena, name);
    if (g) {
        g->parent = parent;
        g->root = parent->root;
    }
    return g;
}

void graph_close_files(Graph *g)
{
    for (size_t i = 0; i < g->n_files; i++)
        file_close(&g->files[i]);
    g->n_files = 0;
}

Value *graph_value(Graph *g, const char *name, const Type *t)
{
    Value *v = arena_new(g->arena, Value);
    if (v) {
        v->name = name;
        v->graph = g;
        v->n_known = -1;
        if (t)
            v->type = *t;
    }
    return v;
}

Value *graph_input(Graph *g, const char *name, const Type *t)
{
    Value *v = graph_value(g, name, t);
    Value **in = v ? arena_grow(g->arena, g->in, g->n_in, &g->cap_in, Value *) : NULL;
    if (!in)
        return NULL;
    v->residency = RES_INPUT;
    g->in = in;
    g->in[g->n_in++] = v;
    return v;
}

bool graph_output(Graph *g, Value *v)
{
    Value **out = arena_grow(g->arena, g->out, g->n_out, &g->cap_out, Value *);
    if (!out)
        return false;
    g->out = out;
    g->out[g->n_out++] = v;
    return true;
}

Type type_literal(Graph *g, DType t, int rank, const int64_t *dim)
{
    const Dim *d[IR_MAX_RANK];
    for (int i = 0; i < rank; i++)
        d[i] = dim_const(g, dim[i]);
    return type_tensor(g, t, rank, d);
}

Type type_tensor(Graph *g, DType t, int rank, const Dim *const *dim)
{
    Type type = {.kind = TYPE_TENSOR, .dtype = t, .rank = rank};
    if (rank >= 0) {
        type.dim = arena_array(g->arena, const Dim *, rank + 1); /* a scalar has extents too, none: dim + 0 is defined */
        if (type.dim && rank)
            memcpy(type.dim, dim, (size_t)rank * sizeof *dim);
        else if (!type.dim)
            type.rank = -1; /* out of memory: the arena says so */
    }
    return type;
}

bool type_equal(const Type *a, const Type *b)
{
    if (a->kind != b->kind)
        return false;
    if (a->kind == TYPE_TENSOR) {
        if (a->dtype != b->dtype || a->rank != b->rank)
            return false;
        for (int i = 0; i < a->rank; i++)
            if (a->dim[i] != b->dim[i])
                return false;
        return true;
    }
    return a->key == b->key && (a->elem == b->elem || (a->elem && b->elem && type_equal(a->elem, b->elem)));
}

Value *graph_const(Graph *g, const char *name, DType t, int rank, const int64_t *dims, const void *p, size_t sz)
{
    Type type = type_literal(g, t, rank, dims);
    Value *v = graph_value(g, name, &type);
    ConstData *c = arena_new(g->arena, ConstData);
    void *copy = arena_alloc(g->arena, sz, 64);
    if (!v || !c || !copy || g->arena->oom)
        return NULL;
    if (sz)
        memcpy(copy, p, sz);
    *c = (ConstData){.p = copy, .sz = sz};
    v->residency = RES_CONST;
    v->data = c;
    return v;
}

Value *graph_const_i64(Graph *g, int n, const int64_t *v)
{
    int64_t dim = n;
    return graph_const(g, NULL, DT_i64, n < 0 ? 0 : 1, &dim, v, sizeof *v * (size_t)(n < 0 ? 1 : n));
}

static void node_link(Graph *g, Node *n, Node *before)
{
    n->next = before;
    n->prev = before ? before->prev : g->last;
    *(n->prev ? &n->prev->next : &g->first) = n;
    *(before ? &before->prev : &g->last) = n;
    g->n_nodes++;
}

Node *graph_node(Graph *g, Node *before, int op, const char *name, int n_in, Value *const *in, int n_out)
{
    Node *n = arena_new(g->arena, Node);
    Value **list = arena_array(g->arena, Value *, (size_t)n_in + (size_t)n_out + 1);
    if (!n || !list)
        return NULL;
    *n = (Node){.op = (uint16_t)op, .n_in = (uint16_t)n_in, .n_out = (uint16_t)n_out, .in = list, .out = list + n_in, .name = name, .graph = g};
    if (n_in)
        memcpy(n->in, in, (size_t)n_in * sizeof *in);
    for (int i = 0; i < n_out; i++) {
        if (!(n->out[i] = graph_value(g, NULL, NULL)))
            return NULL;
        n->out[i]->producer = n;
        n->out[i]->out_index = i;
    }
    node_link(g, n, before);
    return n;
}

bool node_attr(Node *n, const Attr *a)
{
    Attr *old = (Attr *)node_find(n, a->name);
    if (old)
        return *old = *a, true;
    Attr *list = arena_array(n->graph->arena, Attr, n->n_attrs + 1u);
    if (!list)
        return false;
    if (n->n_attrs)
        memcpy(list, n->attrs, n->n_attrs * sizeof *list);
    list[n->n_attrs++] = *a;
    n->attrs = list;
    return true;
}

const Attr *node_find(const Node *n, const char *name)
{
    for (int i = 0; i < n->n_attrs; i++)
        if (!strcmp(n->attrs[i].name, name))
            return &n->attrs[i];
    return NULL;
}

int64_t node_int(const Node *n, const char *name, int64_t def)
{
    const Attr *a = node_find(n, name);
    return a && a->kind == ATTR_INT ? a->i : def;
}

double node_float(const Node *n, const char *name, double def)
{
    const Attr *a = node_find(n, name);
    return a && a->kind == ATTR_FLOAT ? a->f : a && a->kind == ATTR_INT ? (double)a->i : def;
}

const char *node_str(const Node *n, const char *name, const char *def)
{
    const Attr *a = node_find(n, name);
    return a && a->kind == ATTR_STRING ? a->s : def;
}

const int64_t *node_ints(const Node *n, const char *name, int64_t *n_out)
{
    const Attr *a = node_find(n, name);
    bool ok = a && a->kind == ATTR_INTS;
    *n_out = ok ? a->n : 0;
    return ok ? a->ints : NULL;
}

DType node_dtype(const Node *n, const char *name, DType def)
{
    const Attr *a = node_find(n, name);
    return a && a->kind == ATTR_TYPE ? a->dtype : def;
}

void graph_remove(Node *n)
{
    *(n->prev ? &n->prev->next : &n->graph->first) = n->next;
    *(n->next ? &n->next->prev : &n->graph->last) = n->prev;
    n->graph->n_nodes--;
    n->prev = n->next = NULL;
}

void node_append(Graph *g, Node *n)
{
    n->graph = g;
    for (int i = 0; i < n->n_out; i++)
        if (n->out[i])
            n->out[i]->graph = g;
    node_link(g, n, NULL);
}

static void replace_in(Graph *g, Value *old, Value *now, int depth)
{
    for (size_t i = 0; i < g->n_out; i++)
        if (g->out[i] == old)
            g->out[i] = now;
    for (Node *n = g->first; n; n = n->next) {
        for (int i = 0; i < n->n_in; i++)
            if (n->in[i] == old)
                n->in[i] = now;
        for (int i = 0; i < n->n_attrs && depth < IR_MAX_DEPTH; i++)
            if (n->attrs[i].kind == ATTR_GRAPH)
                replace_in(n->attrs[i].graph, old, now, depth + 1);
    }
}

void graph_replace(Graph *g, Value *old, Value *now)
{
    bool is_output = false;
    for (size_t i = 0; i < g->n_out; i++)
        is_output |= g->out[i] == old;
    if (is_output && old->name && (!now->name || now->producer))
        now->name = now->name && now->residency != RES_TEMP ? now->name : old->name;
    replace_in(g, old, now, 0);
}

void node_take_output(Node *n, int i, Value *v)
{
    n->out[i] = v;
    v->producer = n;
    v->out_index = i;
}

static void number_in(Graph *g, uint32_t *id, int depth)
{
    for (size_t i = 0; i < g->n_in; i++)
        g->in[i]->id = ++*id;
    for (Node *n = g->first; n; n = n->next) {
        for (int i = 0; i < n->n_in; i++)
            if (n->in[i] && !n->in[i]->producer && n->in[i]->residency == RES_CONST)
                n->in[i]->id = ++*id;
        for (int i = 0; i < n->n_out; i++)
            if (n->out[i])
                n->out[i]->id = ++*id;
        for (int i = 0; i < n->n_attrs && depth < IR_MAX_DEPTH; i++)
            if (n->attrs[i].kind == ATTR_GRAPH)
                number_in(n->attrs[i].graph, id, depth + 1);
    }
    for (size_t i = 0; i < g->n_out; i++)
        if (g->out[i] && !g->out[i]->id)
            g->out[i]->id = ++*id;
}

/* A const used several times is numbered by its last use: ids stay unique and dense enough to index side tables of n_ids + 1. */
void graph_number(Graph *g)
{
    uint32_t id = 0;
    number_in(g->root, &id, 0);
    g->root->n_ids = id + 1;
}

const Value *value_state(const Value *v)
{
    while (v && v->residency == RES_STATE && v->producer)
        v = op_info[v->producer->op].flags & OPF_STATE && v->out_index < v->producer->n_in ? v->producer->in[v->out_index] : NULL;
    return v && v->residency == RES_STATE && !v->graph->parent ? v : NULL;
}

bool value_literal(const Value *v, int64_t *dims)
{
    if (v->type.kind != TYPE_TENSOR || v->type.rank < 0)
        return false;
    for (int i = 0; i < v->type.rank; i++)
        if (!dim_lit(v->type.dim[i], &dims[i]))
            return false;
    return true;
}

/* Element count of a const tensor, or −1. */
static int64_t const_count(const Value *v)
{
    int64_t dims[IR_MAX_RANK], n = 1;
    size_t sz;
    if (!v->data || v->data->ref || v->residency != RES_CONST || !value_literal(v, dims))
        return -1;
    for (int i = 0; i < v->type.rank; i++)
        if (!i64_mul(n, dims[i], &n))
            return -1;
    return n >= 0 && dtype_bytes(v->type.dtype, (uint64_t)n, &sz) && sz <= v->data->sz ? n : -1;
}

bool value_ints(const Value *v, int64_t *out, int n_max, int *n)
{
    if (v->n_known >= 0) {
        for (int i = 0; i < v->n_known; i++)
            if (i >= n_max || !dim_lit(v->known[i], &out[i]))
                return false;
        *n = v->n_known;
        return true;
    }
    DTypeClass c = dtype_info[v->type.dtype].cls;
    int64_t count = const_count(v);
    if (count < 0 || count > n_max || (c != DCLASS_INT && c != DCLASS_UINT && c != DCLASS_BOOL))
        return false;
    for (int64_t i = 0; i < count; i++)
        out[i] = dtype_get_i64(v->type.dtype, v->data->p, (uint64_t)i);
    *n = (int)count;
    return true;
}

bool value_floats(const Value *v, double *out, int n_max, int *n)
{
    DTypeClass c = dtype_info[v->type.dtype].cls;
    int64_t count = const_count(v);
    if (count < 0 || count > n_max || (c != DCLASS_INT && c != DCLASS_UINT && c != DCLASS_FLOAT && c != DCLASS_BOOL))
        return false;
    for (int64_t i = 0; i < count; i++)
        out[i] = dtype_get_f64(v->type.dtype, v->data->p, (uint64_t)i);
    *n = (int)count;
    return true;
}
