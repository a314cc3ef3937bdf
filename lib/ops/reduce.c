/* SPDX-License-Identifier: MIT
 * ops: reductions, arguments of extrema, softmax family, prefixes: shape rules and lowerings. Lowerings permute the reduced axes to the end of
 * a view; the kernels are in kernels/reduce.k. */
#include "ops/axes.h"
#include "ops/elementwise.h"

#include <string.h>

/* ── reduce_* ── */

/* What a reduction is made of: y = g(F(f(x))), or a kernel of its own. */
typedef struct Reduction { const char *kernel, *f, *reducer, *g; } Reduction;
static const Reduction reductions[OP_COUNT] = {
    [OP_reduce_sum] = {"reduce_map", "ident", "sum", "ident"},
    [OP_reduce_prod] = {"reduce_map", "ident", "prod", "ident"},
    [OP_reduce_max] = {"reduce_map", "ident", "max", "ident"},
    [OP_reduce_min] = {"reduce_map", "ident", "min", "ident"},
    [OP_reduce_l1] = {"reduce_map", "abs_of", "sum", "ident"},
    [OP_reduce_l2] = {"reduce_map", "square", "sum", "root"},
    [OP_reduce_sum_square] = {"reduce_map", "square", "sum", "ident"},
    [OP_reduce_log_sum] = {"reduce_map", "ident", "sum", "log"},
    [OP_reduce_mean] = {"reduce_mean", NULL, NULL, NULL},
    [OP_reduce_log_sum_exp] = {"reduce_log_sum_exp", NULL, NULL, NULL},
};

SpmlCode reduced_axes(const Node *n, bool *mask, bool *known, Error *err)
{
    int rank = n->in[0]->type.rank, count = 0;
    int64_t axes[IR_MAX_RANK], n_axes = 0;
    const int64_t *list = node_ints(n, "axes", &n_axes);
    *known = true;
    memset(mask, 0, IR_MAX_RANK * sizeof *mask);
    if (in_given(n, 1)) {
        *known = value_ints(n->in[1], axes, IR_MAX_RANK, &count);
        list = axes;
        n_axes = count;
    }
    for (int64_t i = 0; i < n_axes && *known; i++) {
        int axis;
        if (!axis_normalise(list[i], rank, &axis))
            return shape_error(n, err, "axis %lld is outside rank %d", (long long)list[i], rank);
        mask[axis] = true;
    }
    int first = node_int(n, "spatial", 0) ? 2 : 0; /* a global pool: all but batch and channels */
    for (int i = first; i < rank && !n_axes && !node_int(n, "noop", 0); i++)
        mask[i] = true;
    return SPML_OK;
}

/* The symbolic value of a sum, product, minimum or maximum over all of a shape: how models count elements. */
static void known_reduce(Node *n)
{
    static const uint8_t ops[OP_COUNT] = {[OP_reduce_sum] = DIM_ADD, [OP_reduce_prod] = DIM_MUL, [OP_reduce_max] = DIM_MAX, [OP_reduce_min] = DIM_MIN};
    const Value *x = n->in[0];
    Value *y = n->out[0];
    if (!ops[n->op] || !y || x->n_known < 1 || x->type.rank != 1)
        return;
    const Dim **known = arena_array(n->graph->arena, const Dim *, 1), *d = x->known[0];
    for (int i = 1; i < x->n_known && d; i++)
        d = dim_make(n->graph, (DimKind)ops[n->op], d, x->known[i]);
    if (!known || !d)
        return;
    *known = d;
    y->known = known;
    y->n_known = 1;
}

SpmlCode shape_reduce(Node *n, Error *err)
{
    const Type *x = in_type(n, 0);
    bool mask[IR_MAX_RANK], known, keep = node_int(n, "keepdims", 1);
    const Dim *dims[IR_MAX_RANK];
    int rank = 0;
    SpmlCode code = reduced_axes(n, mask, &known, err);
    if (code || !known)
        return code ? code : shape_dynamic(n, 1, &x->dtype, (int[]){keep ? x->rank : -1});
    for (int i = 0; i < x->rank; i++)
        if (!mask[i] || keep)
            dims[rank++] = mask[i] ? dim_const(n->graph, 1) : x->dim[i];
    out_set(n, 0, x->dtype, rank, dims);
    if (x->rank == 1 && mask[0])
        known_reduce(n);
    return SPML_OK;
}

/* The axes, an integer input, keep their type. */
SpmlCode shape_reduce_float(Node *n, Error *err)
{
    DType type = n->in[0]->type.dtype, t = float_for(type);
    if (t != type && !(n->in[0] = cast_before(n, n->in[0], t)))
        return error_oom(err);
    SpmlCode code = shape_reduce(n, err);
    return code || t == type || !n->out[0] ? code : cast_after(n, type, err);
}

static const char *bool_reducer(const char *name)
{
    return !strcmp(name, "max") ? "any" : !strcmp(name, "min") ? "all" : NULL;
}

SpmlCode lower_reduce(Lower *l, Node *n, Error *err)
{
    Rows r;
    bool mask[IR_MAX_RANK], known;
    const Reduction *k = &reductions[n->op];
    DType t = n->in[0]->type.dtype;
    const char *reducer = t == DT_bool && k->reducer ? bool_reducer(k->reducer) : k->reducer;
    SpmlCode code = reduced_axes(n, mask, &known, err);
    if (code || !known || (k->reducer && !reducer))
        return code ? code : lower_unsupported(n, err, "on %s", dtype_name(t));
    rows_make(l, lower_value(l, n->in[0]), mask, &r);
    CallSpec c = {.kernel = k->kernel, .types = {{"T", t}}, .ranks = {{"L", r.n_kept}, {"C", r.n_reduced}},
                  .args = {r.x, rows_kept(l, &r, lower_value(l, n->out[0]))}, .n_args = 2};
    if (reducer) {
        memcpy(c.fns, (CallSpec){.fns = {{"f", k->f}, {"F", reducer}, {"g", k->g}}}.fns, sizeof c.fns);
    } else if (n->op == OP_reduce_mean) {
        c.scalars[0] = scalar_dim(r.count);
        c.n_scalars = 1;
    }
    return lower_call(l, &c, err);
}

/* ── argmax, argmin ── */

SpmlCode shape_arg(Node *n, Error *err)
{
    const Type *x = in_type(n, 0);
    const Dim *dims[IR_MAX_RANK];
    int axis, rank = 0;
    bool keep = node_int(n, "keepdims", 1);
    SpmlCode code = axis_get(n, "axis", 0, x->rank, &axis, err);
    for (int i = 0; i < x->rank && !code; i++)
        if (i != axis || keep)
            dims[rank++] = i == axis ? dim_const(n->graph, 1) : x->dim[i];
    if (!code)
        out_set(n, 0, DT_i64, rank, dims);
    return code;
}

SpmlCode lower_arg(Lower *l, Node *n, Error *err)
{
    Rows r;
    int axis;
    SpmlCode code = axis_get(n, "axis", 0, n->in[0]->type.rank, &axis, err);
    if (code)
        return code;
    rows_axis(l, lower_value(l, n->in[0]), axis, &r);
    return lower_call(l, &(CallSpec){.kernel = node_int(n, "last", 0) ? "arg_last" : "arg_first", .types = {{"T", n->in[0]->type.dtype}}, .ranks = {{"L", r.n_kept}},
                                     .fns = {{"F", n->op == OP_argmin ? "min" : "max"}},
                                     .args = {r.x, rows_kept(l, &r, lower_value(l, n->out[0]))}, .n_args = 2}, err);
}

/* ── softmax, log_softmax, hardmax ── */

SpmlCode shape_rowwise(Node *n, Error *err)
{
    (void)err;
    out_set(n, 0, n->in[0]->type.dtype, n->in[0]->type.rank, n->in[0]->type.dim);
    return SPML_OK;
}

/* x as [product of the dims before axis, product of the others] */
static Operand flat_from(Lower *l, Operand x, int axis)
{
    Graph *g = lower_graph(l);
    return view_reshape(l, x, 2, (const Dim *[]){dim_product(g, x.dim, axis), dim_product(g, x.dim + axis, x.rank - axis)});
}

/* softmax, log_softmax, hardmax of x; softmax_grad, log_softmax_grad of what they gave and of its gradient. The kernel has the op's name. */
SpmlCode lower_softmax(Lower *l, Node *n, Error *err)
{
    Operand v[3] = {lower_value(l, n->in[0]), n->n_in > 1 ? lower_value(l, n->in[1]) : lower_value(l, n->out[0]), lower_value(l, n->out[0])};
    bool flatten = node_int(n, "flatten", 0) || !v[0].rank;
    int axis = 0;
    SpmlCode code = v[0].rank ? axis_get(n, "axis", -1, v[0].rank, &axis, err) : SPML_OK;
    if (code)
        return code;
    CallSpec c = {.kernel = op_info[n->op].name, .types = {{"T", v[0].type}}, .n_args = n->n_in + 1};
    for (int i = 0; i < c.n_args; i++) {
        Rows r;
        rows_axis(l, flatten ? flat_from(l, v[i], axis) : v[i], flatten ? 1 : axis, &r);
        c.args[i] = r.x;
        c.ranks[0].name = "L";
        c.ranks[0].rank = r.n_kept;
    }
    return lower_call(l, &c, err);
}

/* ── cumsum, cumprod ── */

/* The axis is an input; the output's type does not depend on it. */
static bool prefix_axis(const Node *n, int *axis)
{
    int64_t v;
    int count;
    return value_ints(n->in[1], &v, 1, &count) && count == 1 && axis_normalise(v, n->in[0]->type.rank, axis);
}

SpmlCode shape_prefix(Node *n, Error *err)
{
    int64_t v;
    int count, axis;
    if (value_ints(n->in[1], &v, 1, &count) && !prefix_axis(n, &axis))
        return shape_error(n, err, "axis is outside rank %d", n->in[0]->type.rank);
    n->dynamic = !prefix_axis(n, &axis);
    return shape_rowwise(n, err);
}

SpmlCode lower_prefix(Lower *l, Node *n, Error *err)
{
    Operand x = lower_value(l, n->in[0]), y = lower_value(l, n->out[0]);
    Graph *g = lower_graph(l);
    int axis;
    if (!prefix_axis(n, &axis))
        return lower_unsupported(n, err, "the axis is not known");
    if (node_int(n, "reverse", 0)) {
        const Dim *len = x.dim[axis], *last = dim_sub(g, len, dim_const(g, 1));
        x = view_slice(l, x, axis, last, len, -1);
        y = view_slice(l, y, axis, last, len, -1);
    }
    Rows rx, ry;
    rows_axis(l, x, axis, &rx);
    rows_axis(l, y, axis, &ry);
    return lower_call(l, &(CallSpec){.kernel = "cumulate", .types = {{"T", x.type}}, .fns = {{"F", n->op == OP_cumsum ? "sum" : "prod"}}, .ranks = {{"L", rx.n_kept}},
                                     .consts = {{"EXCL", dim_const(g, node_int(n, "exclusive", 0) != 0)}}, .args = {rx.x, ry.x}, .n_args = 2}, err);
}
