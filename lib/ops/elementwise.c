/* SPDX-License-Identifier: MIT
 * ops: elementwise ops. Shape rules, among them symbolic values (integer tensors whose elements are Dim expressions: shape arithmetic).
 * Their lowering is the region's (lower/region.c), their arithmetic is in kernels/scalar.k. cast stands in cast.c. */
#include "ops/elementwise.h"

/* ── symbolic values ── */

/* op → the Dim operation that does the same on integers; 0: none */
static const uint8_t known_ops[OP_COUNT] = {
    [OP_add] = DIM_ADD, [OP_sub] = DIM_SUB, [OP_mul] = DIM_MUL, [OP_div] = DIM_DIV, [OP_mod] = DIM_MOD, [OP_min] = DIM_MIN, [OP_max] = DIM_MAX,
};

/* Elements of a rank 0 or 1 integer or bool value, or -1. */
static int known_count(const Value *v)
{
    int64_t ints[IR_KNOWN_MAX];
    int n;
    if (!v || v->type.kind != TYPE_TENSOR || v->type.rank > 1)
        return -1;
    return v->n_known >= 0 ? v->n_known : v->data && value_ints(v, ints, IR_KNOWN_MAX, &n) ? n : -1;
}

static const Dim *known_at(Graph *g, const Value *v, int i, int n)
{
    int at = n == 1 ? 0 : i;
    return v->n_known >= 0 ? v->known[at] : dim_const(g, dtype_get_i64(v->type.dtype, v->data->p, (uint64_t)at));
}

/* a == b as 0 or 1; NULL if that depends on symbols. Extents are never negative. */
static const Dim *known_eq(Graph *g, const Dim *a, const Dim *b)
{
    int64_t x = 0, y = 0;
    bool lx = dim_lit(a, &x), ly = dim_lit(b, &y);
    if (a == b)
        return dim_const(g, 1);
    if (lx && ly)
        return dim_const(g, x == y);
    return (lx && x < 0 && b->kind == DIM_SYM) || (ly && y < 0 && a->kind == DIM_SYM) ? dim_const(g, 0) : NULL;
}

static const Dim *known_div(Graph *g, const Dim *a, const Dim *b)
{
    int64_t x, y;
    if (dim_lit(a, &x) && dim_lit(b, &y))
        return dim_const(g, y == 0 ? 0 : y == -1 ? (int64_t)(0 - (uint64_t)x) : x / y);
    return dim_div(g, a, b);
}

static const Dim *known_binary(const Node *n, const Dim *a, const Dim *b)
{
    if (n->op == OP_eq)
        return known_eq(n->graph, a, b);
    return n->op == OP_div ? known_div(n->graph, a, b) : dim_make(n->graph, (DimKind)known_ops[n->op], a, b);
}

static const Dim *known_element(const Node *n, const int *counts, int i)
{
    Graph *g = n->graph;
    const Dim *x[3];
    for (int k = 0; k < n->n_in; k++)
        x[k] = known_at(g, n->in[k], i, counts[k]);
    int64_t c;
    if (n->op == OP_where)
        return dim_lit(x[0], &c) ? x[c ? 1 : 2] : NULL;
    if (n->op == OP_neg)
        return dim_sub(g, dim_const(g, 0), x[0]);
    return n->n_in == 1 ? x[0] : known_binary(n, x[0], x[1]);
}

/* Sets `known` of output 0 where every input is known and the op has a rule. */
void known_map(Node *n)
{
    Value *out = n->out[0];
    bool rule = known_ops[n->op] || n->op == OP_eq || n->op == OP_where || n->op == OP_neg || n->op == OP_cast;
    DTypeClass cls = out ? dtype_info[out->type.dtype].cls : DCLASS_NONE;
    int64_t count = 1;
    int counts[3];
    if (!rule || n->n_in > 3 || out->type.rank > 1 || (cls != DCLASS_INT && cls != DCLASS_UINT && cls != DCLASS_BOOL) ||
        (out->type.rank == 1 && (!dim_lit(out->type.dim[0], &count) || count > IR_KNOWN_MAX)))
        return;
    for (int i = 0; i < n->n_in; i++)
        if ((counts[i] = known_count(n->in[i])) < 0 || (counts[i] != 1 && counts[i] != count))
            return;
    const Dim **known = arena_array(n->graph->arena, const Dim *, (size_t)count + 1);
    for (int64_t i = 0; known && i < count; i++)
        if (!(known[i] = known_element(n, counts, (int)i)))
            return;
    out->known = known;
    out->n_known = known ? (int)count : -1;
}

/* ── rules ── */

SpmlCode map_as(Node *n, DType t, Error *err)
{
    const Type *types[8];
    const Dim *dims[IR_MAX_RANK];
    int rank;
    if (n->n_in > 8)
        return shape_error(n, err, "more than 8 inputs");
    for (int i = 0; i < n->n_in; i++)
        types[i] = in_type(n, i);
    SpmlCode code = broadcast_dims(n, err, n->n_in, types, &rank, dims);
    if (code || !n->out[0])
        return code;
    out_set(n, 0, t, rank, dims);
    known_map(n);
    return SPML_OK;
}

static SpmlCode same_types(const Node *n, int first, Error *err)
{
    for (int i = first + 1; i < n->n_in; i++)
        if (n->in[i] && n->in[i]->type.dtype != n->in[first]->type.dtype)
            return shape_error(n, err, "inputs %d and %d have different types, %s and %s", first, i, dtype_name(n->in[first]->type.dtype), dtype_name(n->in[i]->type.dtype));
    return SPML_OK;
}

/* Numpy broadcasting of all inputs; all of one element type. */
SpmlCode shape_map(Node *n, Error *err)
{
    SpmlCode code = same_types(n, 0, err);
    return code ? code : map_as(n, n->in[0]->type.dtype, err);
}

SpmlCode shape_map_bool(Node *n, Error *err)
{
    SpmlCode code = same_types(n, 0, err);
    return code ? code : map_as(n, DT_bool, err);
}

SpmlCode shape_where(Node *n, Error *err)
{
    if (n->in[0]->type.dtype != DT_bool)
        return shape_error(n, err, "the condition is %s, not bool", dtype_name(n->in[0]->type.dtype));
    SpmlCode code = same_types(n, 1, err);
    return code ? code : map_as(n, n->in[1]->type.dtype, err);
}

/* The type of base^exponent's arithmetic where the two differ. */
static DType pow_compute(DType base, DType exponent)
{
    if (dtype_is_float(base))
        return base;
    bool wide = base == DT_i64 || base == DT_u64 || exponent == DT_f64;
    return dtype_is_int(exponent) ? base : wide ? DT_f64 : DT_f32;
}

/* Casts every input of n to t. */
static bool cast_inputs(Node *n, DType t)
{
    for (int i = 0; i < n->n_in; i++)
        if (n->in[i]->type.dtype != t && !(n->in[i] = cast_before(n, n->in[i], t)))
            return false;
    return true;
}

/* Puts a cast to t behind n: n computes into a fresh value, output 0 is the cast's. */
SpmlCode cast_after(Node *n, DType t, Error *err)
{
    Value *out = n->out[0], *raw = graph_value(n->graph, NULL, &out->type);
    Node *back = graph_node(n->graph, n->next, OP_cast, n->name, 1, &raw, 0);
    Value **outs = arena_array(n->graph->arena, Value *, 1), **own = arena_array(n->graph->arena, Value *, 1);
    if (!raw || !back || !outs || !own || !node_attr(back, &(Attr){.name = "to", .kind = ATTR_TYPE, .dtype = t}))
        return error_oom(err);
    *own = raw;
    raw->producer = n;
    n->out = own;
    *outs = out;
    out->producer = back;
    back->out = outs;
    back->n_out = 1;
    return shape_cast(back, err);
}

SpmlCode shape_in_type(Node *n, DType t, ShapeFn rule, Error *err)
{
    DType type = n->in[0]->type.dtype;
    if (!cast_inputs(n, t))
        return error_oom(err);
    SpmlCode code = rule(n, err);
    return code || t == type || !n->out[0] ? code : cast_after(n, type, err);
}

/* base^exponent has base's type. With different types both are cast to one, and an integer base's result back: nodes are put around n. */
SpmlCode shape_pow(Node *n, Error *err)
{
    return shape_in_type(n, pow_compute(n->in[0]->type.dtype, n->in[1]->type.dtype), shape_map, err);
}

/* Float arithmetic on integers is done in f32, on 64 bits in f64. */
DType float_for(DType t)
{
    return !dtype_is_int(t) ? t : dtype_info[t].bytes > 4 ? DT_f64 : DT_f32;
}

SpmlCode shape_map_float(Node *n, Error *err)
{
    return shape_in_type(n, float_for(n->in[0]->type.dtype), shape_map, err);
}
