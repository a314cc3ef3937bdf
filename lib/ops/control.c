/* SPDX-License-Identifier: MIT
 * ops: control flow: if, loop, scan, sequence_map: shape rules. A carried value gets the narrowest type that holds its start and what the body makes of it: the body is
 * inferred again with wider types until nothing changes. Extents that a body or a branch decides are data symbols, bound from the actual values. */
#include "ops/types.h"

#include <string.h>

enum { MAX_ROUNDS = 8 };

/* ── types ── */

const Dim *type_new_dim(Graph *g)
{
    Sym *s = graph_data_sym(g, NULL);
    return s ? dim_sym(g, s) : NULL;
}

Type type_unranked(DType t) { return (Type){.kind = TYPE_TENSOR, .dtype = t, .rank = -1}; }

Type type_wrap(Graph *g, TypeKind kind, const Type *elem)
{
    return (Type){.kind = kind, .elem = arena_copy(g->arena, elem, sizeof *elem)};
}

void out_type(Node *n, int i, Type t)
{
    if (i >= n->n_out || !n->out[i])
        return;
    n->out[i]->type = t;
    n->out[i]->known = NULL;
    n->out[i]->n_known = -1;
}

static bool made_here(const Dim *d, size_t first) { return d->kind == DIM_SYM && d->sym->origin == SYM_DATA && d->sym->index >= first; }

static bool tensor_merge(Graph *g, const Type *a, const Type *b, size_t first, Type *out)
{
    const Dim *d[IR_MAX_RANK];
    DType t = a->dtype == DT_none ? b->dtype : a->dtype;
    if (b->dtype != DT_none && b->dtype != t)
        return false;
    *out = type_unranked(t);
    if (a->rank < 0 || a->rank != b->rank)
        return true;
    for (int i = 0; i < a->rank; i++)
        if (!(d[i] = a->dim[i] == b->dim[i] || made_here(a->dim[i], first) ? a->dim[i] : type_new_dim(g)))
            return false;
    *out = type_tensor(g, t, a->rank, d);
    return true;
}

static bool merge_at(Graph *g, const Type *a, const Type *b, size_t first, Type *out, int depth)
{
    Type elem;
    if (a->kind == TYPE_NONE || b->kind == TYPE_NONE || depth > IR_MAX_DEPTH)
        return *out = a->kind == TYPE_NONE ? *b : *a, depth <= IR_MAX_DEPTH;
    if (a->kind == TYPE_TENSOR && b->kind == TYPE_TENSOR)
        return tensor_merge(g, a, b, first, out);
    if (a->kind == b->kind && a->kind == TYPE_MAP)
        return *out = *a, type_equal(a, b);
    if (a->kind != b->kind && a->kind != TYPE_OPTIONAL && b->kind != TYPE_OPTIONAL)
        return false;
    const Type *x = a->kind == b->kind || a->kind == TYPE_OPTIONAL ? a->elem : a, *y = a->kind == b->kind || b->kind == TYPE_OPTIONAL ? b->elem : b;
    static const Type none = {.kind = TYPE_NONE};
    if (!merge_at(g, x ? x : &none, y ? y : &none, first, &elem, depth + 1))
        return false;
    *out = type_wrap(g, a->kind == b->kind ? a->kind : TYPE_OPTIONAL, &elem);
    return out->elem != NULL;
}

bool type_merge(Graph *g, const Type *a, const Type *b, size_t first, Type *out) { return merge_at(g, a, b, first, out, 0); }

static bool dim_has_new(const Dim *d, size_t first, int depth)
{
    if (d->kind == DIM_CONST)
        return false;
    if (d->kind == DIM_SYM)
        return d->sym->origin == SYM_DATA && d->sym->index >= first;
    return depth > 256 || dim_has_new(d->a, first, depth + 1) || dim_has_new(d->b, first, depth + 1);
}

Type type_outer(Graph *g, const Type *t, size_t first)
{
    const Dim *d[IR_MAX_RANK];
    if (t->kind != TYPE_TENSOR || t->rank < 0)
        return *t;
    for (int i = 0; i < t->rank; i++)
        if (!(d[i] = dim_has_new(t->dim[i], first, 0) ? type_new_dim(g) : t->dim[i]))
            return type_unranked(t->dtype);
    return type_tensor(g, t->dtype, t->rank, d);
}

Type type_fresh(Graph *g, const Type *t)
{
    const Dim *d[IR_MAX_RANK];
    if (t->kind != TYPE_TENSOR || t->rank < 0)
        return *t;
    for (int i = 0; i < t->rank; i++)
        if (!(d[i] = t->dim[i]->kind == DIM_CONST ? t->dim[i] : type_new_dim(g)))
            return type_unranked(t->dtype);
    return type_tensor(g, t->dtype, t->rank, d);
}

/* ── bodies ── */

static Graph *body_get(const Node *n, const char *name, size_t n_in, size_t n_out)
{
    const Attr *a = node_find(n, name);
    return a && a->kind == ATTR_GRAPH && a->graph->n_in == n_in && a->graph->n_out == n_out ? a->graph : NULL;
}

static void body_type(Value *v, Type t)
{
    v->type = t;
    v->known = NULL;
    v->n_known = -1;
}

static SpmlCode no_merge(const Node *n, const char *what, int i, Error *err)
{
    return shape_error(n, err, "%s %d has no one type", what, i);
}

/* A branch whose shapes contradict each other is an error only if it is taken: `note` holds what run/control.c then says. */
static SpmlCode infer_branch(Node *n, Graph *b, const char *note, bool *ok, Error *err)
{
    Error one = {0};
    SpmlCode code = graph_infer(b, &one);
    const char *text = code ? arena_strdup(n->graph->arena, one.text) : "";
    *ok = !code;
    if (code && code != SPML_DATA) {
        if (err)
            *err = one;
        return code;
    }
    if (!code && !node_find(n, note))
        return SPML_OK;
    return text && node_attr(n, &(Attr){.name = note, .kind = ATTR_STRING, .s = text, .n = (int64_t)strlen(text)}) ? SPML_OK : error_oom(err);
}

SpmlCode shape_if(Node *n, Error *err)
{
    Graph *yes = body_get(n, "then_branch", 0, n->n_out), *no = body_get(n, "else_branch", 0, n->n_out), *g = n->graph;
    size_t first = g->root->n_syms;
    bool ok_yes, ok_no;
    if (!yes || !no)
        return shape_error(n, err, "both branches must have no inputs and %d outputs", n->n_out);
    SpmlCode code = infer_branch(n, yes, "then_fails", &ok_yes, err);
    if (!code)
        code = infer_branch(n, no, "else_fails", &ok_no, err);
    if (!code && !ok_yes && !ok_no)
        code = shape_error(n, err, "neither branch can run: %.300s", node_str(n, "then_fails", ""));
    for (int i = 0; i < n->n_out && !code; i++) {
        Type t;
        const Type *a = &(ok_yes ? yes : no)->out[i]->type, *b = &(ok_no ? no : yes)->out[i]->type;
        if (!type_merge(g, a, b, SIZE_MAX, &t))
            return no_merge(n, "output", i, err);
        out_type(n, i, type_outer(g, &t, first));
    }
    return code;
}

/* Infers the body, whose inputs in[0 … count) are carried to its outputs out[0 … count), until their types hold what the body makes. */
static SpmlCode infer_carried(Node *n, Graph *body, Value **in, Value **out, int count, size_t first, Error *err)
{
    for (int round = 0; round <= MAX_ROUNDS; round++) {
        bool changed = false;
        SpmlCode code = graph_infer(body, err);
        if (code)
            return code;
        for (int k = 0; k < count; k++) {
            Type t;
            if (!type_merge(n->graph, &in[k]->type, &out[k]->type, first, &t))
                return no_merge(n, "carried value", k, err);
            if (type_equal(&t, &in[k]->type))
                continue;
            changed = true;
            body_type(in[k], round < MAX_ROUNDS - 1 || t.kind != TYPE_TENSOR ? t : type_unranked(t.dtype));
        }
        if (!changed)
            return SPML_OK;
    }
    return shape_error(n, err, "the types of carried values do not settle");
}

/* x stacked along a new axis of extent `count`. */
static Type stacked(Graph *g, const Type *x, int axis, const Dim *count)
{
    const Dim *d[IR_MAX_RANK];
    if (x->kind != TYPE_TENSOR || x->rank < 0 || x->rank >= IR_MAX_RANK || axis < -x->rank - 1 || axis > x->rank || !count)
        return type_unranked(x->dtype);
    axis += axis < 0 ? x->rank + 1 : 0;
    for (int i = 0; i <= x->rank; i++)
        d[i] = i < axis ? x->dim[i] : i == axis ? count : x->dim[i - 1];
    return type_tensor(g, x->dtype, x->rank + 1, d);
}

SpmlCode shape_loop(Node *n, Error *err)
{
    Graph *body = body_get(n, "body", n->n_in, (size_t)n->n_out + 1), *g = n->graph;
    int carried = n->n_in - 2;
    size_t first = g->root->n_syms;
    if (!body || carried < 0 || n->n_out < carried)
        return shape_error(n, err, "the body does not fit the loop's %d inputs and %d outputs", n->n_in, n->n_out);
    body_type(body->in[0], type_tensor(g, DT_i64, 0, NULL));
    body_type(body->in[1], type_tensor(g, DT_bool, 0, NULL));
    for (int k = 0; k < carried; k++) {
        if (!n->in[2 + k])
            return shape_error(n, err, "carried value %d is missing", k);
        body_type(body->in[2 + k], n->in[2 + k]->type);
    }
    SpmlCode code = infer_carried(n, body, body->in + 2, body->out + 1, carried, first, err);
    for (int k = 0; k < n->n_out && !code; k++) {
        Type inner = k < carried ? body->in[2 + k]->type : body->out[1 + k]->type, t = type_outer(g, &inner, first);
        out_type(n, k, k < carried ? t : stacked(g, &t, 0, type_new_dim(g)));
    }
    return code;
}

static int64_t nth(const int64_t *list, int64_t n, int i) { return i < n ? list[i] : 0; }

/* One slice of scan input i along its axis; *count: that axis' extent. */
static SpmlCode scan_slice(Node *n, Value *in, int i, Value *body_in, const Dim **count, Error *err)
{
    int64_t n_axes;
    const int64_t *axes = node_ints(n, "scan_input_axes", &n_axes);
    const Type *t = &in->type;
    const Dim *d[IR_MAX_RANK];
    int axis, rank = 0;
    if (t->kind != TYPE_TENSOR)
        return shape_error(n, err, "scan input %d is no tensor", i);
    if (t->rank < 0)
        return body_type(body_in, *t), SPML_OK;
    if (!axis_normalise(nth(axes, n_axes, i), t->rank, &axis))
        return shape_error(n, err, "scan input %d: axis %lld is outside rank %d", i, (long long)nth(axes, n_axes, i), t->rank);
    for (int k = 0; k < t->rank; k++)
        if (k != axis)
            d[rank++] = t->dim[k];
    *count = !*count || t->dim[axis]->kind == DIM_CONST ? t->dim[axis] : *count;
    body_type(body_in, type_tensor(n->graph, t->dtype, rank, d));
    return SPML_OK;
}

SpmlCode shape_scan(Node *n, Error *err)
{
    Graph *body = body_get(n, "body", n->n_in, n->n_out), *g = n->graph;
    int64_t scans = node_int(n, "num_scan_inputs", 0), n_axes;
    int carried = n->n_in - (int)scans;
    const int64_t *axes = node_ints(n, "scan_output_axes", &n_axes);
    const Dim *count = NULL;
    size_t first = g->root->n_syms;
    SpmlCode code = SPML_OK;
    if (!body || scans < 1 || carried < 0 || carried > n->n_out)
        return shape_error(n, err, "the body does not fit the scan's %d inputs and %d outputs", n->n_in, n->n_out);
    for (int k = 0; k < n->n_in && !code; k++) {
        if (!n->in[k])
            return shape_error(n, err, "input %d is missing", k);
        if (k < carried)
            body_type(body->in[k], n->in[k]->type);
        else
            code = scan_slice(n, n->in[k], k - carried, body->in[k], &count, err);
    }
    if (!code)
        code = infer_carried(n, body, body->in, body->out, carried, first, err);
    for (int k = 0; k < n->n_out && !code; k++) {
        Type t = type_outer(g, k < carried ? &body->in[k]->type : &body->out[k]->type, first);
        out_type(n, k, k < carried ? t : stacked(g, &t, (int)nth(axes, n_axes, k - carried), count ? count : type_new_dim(g)));
    }
    return code;
}

SpmlCode shape_sequence_map(Node *n, Error *err)
{
    Graph *body = body_get(n, "body", n->n_in, n->n_out), *g = n->graph;
    size_t first = g->root->n_syms;
    if (!body || n->in[0]->type.kind != TYPE_SEQUENCE)
        return shape_error(n, err, "the body does not fit the inputs and outputs");
    for (int k = 0; k < n->n_in; k++) {
        const Type *t = n->in[k] ? &n->in[k]->type : NULL;
        if (!t || (t->kind == TYPE_SEQUENCE && !t->elem))
            return shape_error(n, err, "input %d is missing or of no known type", k);
        body_type(body->in[k], t->kind == TYPE_SEQUENCE ? type_fresh(g, t->elem) : *t);
    }
    SpmlCode code = graph_infer(body, err);
    for (int k = 0; k < n->n_out && !code; k++) {
        Type t = type_outer(g, &body->out[k]->type, first);
        out_type(n, k, type_wrap(g, TYPE_SEQUENCE, &t));
    }
    return code;
}
