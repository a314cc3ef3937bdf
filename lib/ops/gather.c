/* SPDX-License-Identifier: MIT
 * ops: moves driven by index tensors: gather, gather_elements, gather_nd, scatter_elements, scatter_nd, tensor_scatter, gather_grad: shape rules and lowerings.
 * Elements are moved by width; reductions of scatter compute in the compute type. Kernels are in kernels/move.k. */
#include "ops/known.h"
#include "ops/moves.h"
#include "ir/rtvalue.h"

#include <string.h>

DType move_type(DType t)
{
    static const DType by_width[9] = {[1] = DT_u8, [2] = DT_u16, [4] = DT_u32, [8] = DT_u64};
    const DTypeInfo *i = &dtype_info[t];
    return i->block == 1 && i->bytes <= 8 ? by_width[i->bytes] : DT_none;
}

SpmlCode move_check(const Node *n, DType t, Error *err)
{
    return move_type(t) == DT_none ? lower_unsupported(n, err, "on %s", dtype_name(t)) : SPML_OK;
}

Operand view_around(Lower *l, Operand x, int axis)
{
    Graph *g = lower_graph(l);
    return view_reshape(l, x, 3, (const Dim *[]){dim_product(g, x.dim, axis), x.dim[axis], dim_product(g, x.dim + axis + 1, x.rank - axis - 1)});
}

Operand view_flat(Lower *l, Operand x)
{
    const Dim *n = dim_product(lower_graph(l), x.dim, x.rank);
    return view_reshape(l, x, 1, &n);
}

SpmlCode lower_cast_to(Lower *l, Operand x, Operand y, Error *err)
{
    return lower_call(l, &(CallSpec){.kernel = "cast", .types = {{"T", x.type}, {"U", y.type}}, .args = {x, y}, .n_args = 2}, err);
}

bool index_type(DType t) { return t == DT_i32 || t == DT_i64; }

static SpmlCode check_index(const Node *n, int i, Error *err)
{
    DType t = n->in[i]->type.dtype;
    return index_type(t) ? SPML_OK : shape_error(n, err, "indices are %s, not i32 or i64", dtype_name(t));
}

static Operand moved(Lower *l, Value *v)
{
    Operand x = lower_value(l, v);
    return view_cast(l, x, move_type(x.type));
}

/* ── gather ── */

SpmlCode shape_gather(Node *n, Error *err)
{
    const Type *x = in_type(n, 0), *ix = in_type(n, 1);
    const Dim *d[2 * IR_MAX_RANK];
    int axis, rank = 0;
    SpmlCode code = axis_get(n, "axis", 0, x->rank, &axis, err);
    if (!code)
        code = check_index(n, 1, err);
    if (code)
        return code;
    if (x->rank - 1 + ix->rank > IR_MAX_RANK)
        return shape_error(n, err, "more than %d dimensions", IR_MAX_RANK);
    for (int i = 0; i < axis; i++)
        d[rank++] = x->dim[i];
    for (int i = 0; i < ix->rank; i++)
        d[rank++] = ix->dim[i];
    for (int i = axis + 1; i < x->rank; i++)
        d[rank++] = x->dim[i];
    out_set(n, 0, x->dtype, rank, d);
    if (x->rank == 1 && n->out[0])
        known_gather(n);
    return SPML_OK;
}

/* Strings, in the order of the output. */
static SpmlCode host_gather(struct RtContext *rt, const Node *n, RtValue **in, RtValue **out, Error *err)
{
    (void)rt;
    const RtValue *x = in[0], *ix = in[1];
    int axis, rank = 0;
    int64_t dim[2 * IR_MAX_RANK], outer = 1, inner = 1, count = rt_count(ix);
    SpmlCode code = axis_get(n, "axis", 0, x->rank, &axis, err);
    if (code)
        return code;
    for (int i = 0; i < axis; i++)
        outer *= dim[rank++] = x->dim[i];
    for (int i = 0; i < ix->rank; i++)
        dim[rank++] = ix->dim[i];
    for (int i = axis + 1; i < x->rank; i++)
        inner *= dim[rank++] = x->dim[i];
    RtValue refs = {0};
    code = rt_alloc(&refs, DT_string, rank, dim, err);
    const StringRef *from = x->data;
    StringRef *to = refs.data;
    for (int64_t o = 0; o < outer && !code; o++)
        for (int64_t j = 0; j < count && !code; j++) {
            int64_t k = dtype_get_i64(ix->dtype, ix->data, (uint64_t)j);
            k += k < 0 ? x->dim[axis] : 0;
            if (k < 0 || k >= x->dim[axis])
                code = error_set(err, SPML_DATA, "index", "index %lld is outside the axis", (long long)k);
            for (int64_t i = 0; i < inner && !code; i++)
                to[(o * count + j) * inner + i] = from[(o * x->dim[axis] + k) * inner + i];
        }
    if (!code)
        code = rt_strings(out[0], rank, dim, to, err);
    rt_clear(&refs);
    return code;
}

/* One known index: the result is a view. */
static bool gather_select(Lower *l, const Node *n, int axis, Operand *x)
{
    int64_t k, extent;
    int count;
    if (!value_ints(n->in[1], &k, 1, &count) || count != 1 || (dim_lit(x->dim[axis], &extent) && (k < -extent || k >= extent)))
        return false;
    Graph *g = lower_graph(l);
    *x = view_select(l, *x, axis, k < 0 ? dim_add(g, x->dim[axis], dim_const(g, k)) : dim_const(g, k));
    for (int i = 0; i < n->in[1]->type.rank; i++)
        *x = view_insert(l, *x, axis);
    return true;
}

SpmlCode lower_gather(Lower *l, Node *n, Error *err)
{
    DType t = n->in[0]->type.dtype;
    int axis;
    SpmlCode code = axis_get(n, "axis", 0, n->in[0]->type.rank, &axis, err);
    if (code || t == DT_string)
        return code ? code : lower_host(l, n, host_gather, err);
    Operand x = lower_value(l, n->in[0]), y = lower_value(l, n->out[0]), ix = view_flat(l, lower_value(l, n->in[1])), row = x;
    if (n->in[1]->type.rank <= 1 && gather_select(l, n, axis, &row))
        return lower_copy(l, row, y, err);
    if ((code = move_check(n, t, err)))
        return code;
    Graph *g = lower_graph(l);
    x = view_around(l, view_cast(l, x, move_type(t)), axis);
    y = view_reshape(l, view_cast(l, y, move_type(t)), 3, (const Dim *[]){x.dim[0], dim_product(g, ix.dim, 1), x.dim[2]});
    return lower_call(l, &(CallSpec){.kernel = "gather", .types = {{"T", x.type}, {"I", ix.type}}, .ranks = {{"L", 1}, {"J", 1}, {"R", 1}},
                                     .args = {x, ix, y}, .n_args = 3}, err);
}

/* ── gather_elements ── */

SpmlCode shape_gather_elements(Node *n, Error *err)
{
    const Type *x = in_type(n, 0), *ix = in_type(n, 1);
    int axis;
    SpmlCode code = axis_get(n, "axis", 0, x->rank, &axis, err);
    if (!code)
        code = check_index(n, 1, err);
    if (!code && ix->rank != x->rank)
        code = shape_error(n, err, "data has %d dimensions, indices %d", x->rank, ix->rank);
    if (!code)
        out_set(n, 0, x->dtype, ix->rank, ix->dim);
    return code;
}

/* The part of x that an index tensor of these extents can reach, and the other operands, with equal axes before and after `axis` merged where possible. */
static bool same_beside(const Operand *x, const Operand *ix, int axis)
{
    for (int i = 0; i < x->rank; i++)
        if (i != axis && x->dim[i] != ix->dim[i])
            return false;
    return true;
}

static Operand reach(Lower *l, Operand x, const Operand *ix, int axis)
{
    for (int i = 0; i < x.rank; i++)
        if (i != axis)
            x = view_slice(l, x, i, dim_const(lower_graph(l), 0), ix->dim[i], 1);
    return x;
}

SpmlCode lower_gather_elements(Lower *l, Node *n, Error *err)
{
    int axis, before;
    SpmlCode code = axis_get(n, "axis", 0, n->in[0]->type.rank, &axis, err);
    if (!code)
        code = move_check(n, n->in[0]->type.dtype, err);
    if (code)
        return code;
    Operand x = moved(l, n->in[0]), ix = lower_value(l, n->in[1]), y = moved(l, n->out[0]);
    bool same = same_beside(&x, &ix, axis);
    before = same ? 1 : axis;
    x = same ? view_around(l, x, axis) : reach(l, x, &ix, axis);
    ix = same ? view_around(l, ix, axis) : ix;
    y = same ? view_around(l, y, axis) : y;
    return lower_call(l, &(CallSpec){.kernel = "gather_axis", .types = {{"T", x.type}, {"I", ix.type}}, .ranks = {{"L", before}, {"R", x.rank - 1 - before}},
                                     .args = {x, ix, y}, .n_args = 3}, err);
}

/* ── index tuples ── */

/* Flat offsets of the tuples ix[B…, J…, Q] into the Q extents d: i64[product of B, product of J]; far below 0 where a tuple is outside. */
static SpmlCode lower_offsets(Lower *l, Operand ix, int n_batch, const Dim *const *d, int q, Operand *off, Error *err)
{
    Graph *g = lower_graph(l);
    const Dim *dims[3] = {dim_product(g, ix.dim, n_batch), dim_product(g, ix.dim + n_batch, ix.rank - 1 - n_batch), dim_const(g, q)};
    *off = lower_value(l, lower_temp(l, DT_i64, 2, dims));
    ix = view_reshape(l, ix, 3, dims);
    SpmlCode code = lower_fill(l, *off, 0, err);
    for (int i = 0; i < q && !code; i++)
        code = lower_call(l, &(CallSpec){.kernel = "offset_step", .types = {{"I", ix.type}}, .args = {view_select(l, ix, 2, dim_const(g, i)), *off}, .n_args = 2,
                                         .scalars = {scalar_dim(d[i])}, .n_scalars = 1}, err);
    return code;
}

static SpmlCode tuple_length(Node *n, int batch, int *q, Error *err)
{
    const Type *x = in_type(n, 0), *ix = in_type(n, 1);
    int64_t len;
    SpmlCode code = check_index(n, 1, err);
    if (code)
        return code;
    if (ix->rank < 1 || x->rank < 1 || batch < 0 || batch >= ix->rank || batch >= x->rank)
        return shape_error(n, err, "batch_dims %d does not fit ranks %d and %d", batch, x->rank, ix->rank);
    if (!dim_lit(ix->dim[ix->rank - 1], &len) || len < 0 || len + batch > x->rank)
        return shape_error(n, err, "the last dimension of the indices must be known and at most %d", x->rank - batch);
    *q = (int)len;
    return SPML_OK;
}

SpmlCode shape_gather_nd(Node *n, Error *err)
{
    const Type *x = in_type(n, 0), *ix = in_type(n, 1);
    const Dim *d[2 * IR_MAX_RANK];
    int q, rank = 0, batch = (int)node_int(n, "batch_dims", 0);
    SpmlCode code = tuple_length(n, batch, &q, err);
    if (code)
        return code;
    for (int i = 0; i < ix->rank - 1; i++)
        d[rank++] = ix->dim[i];
    for (int i = batch + q; i < x->rank; i++)
        d[rank++] = x->dim[i];
    if (rank > IR_MAX_RANK)
        return shape_error(n, err, "more than %d dimensions", IR_MAX_RANK);
    out_set(n, 0, x->dtype, rank, d);
    return SPML_OK;
}

SpmlCode lower_gather_nd(Lower *l, Node *n, Error *err)
{
    int q, batch = (int)node_int(n, "batch_dims", 0);
    SpmlCode code = tuple_length(n, batch, &q, err);
    if (!code)
        code = move_check(n, n->in[0]->type.dtype, err);
    if (code)
        return code;
    Operand x = moved(l, n->in[0]), y = moved(l, n->out[0]), off;
    Graph *g = lower_graph(l);
    code = lower_offsets(l, lower_value(l, n->in[1]), batch, x.dim + batch, q, &off, err);
    if (code)
        return code;
    const Dim *rest = dim_product(g, x.dim + batch + q, x.rank - batch - q);
    x = view_reshape(l, x, 3, (const Dim *[]){off.dim[0], dim_product(g, x.dim + batch, q), rest});
    y = view_reshape(l, y, 3, (const Dim *[]){off.dim[0], off.dim[1], rest});
    return lower_call(l, &(CallSpec){.kernel = "gather_at", .types = {{"T", x.type}}, .args = {x, off, y}, .n_args = 3}, err);
}

/* ── scatter ── */

SpmlCode shape_scatter(Node *n, Error *err)
{
    const Type *x = in_type(n, 0), *u = in_type(n, n->op == OP_tensor_scatter ? 1 : 2);
    int q = 0, axis;
    SpmlCode code = SPML_OK;
    if (n->op != OP_tensor_scatter)
        code = check_index(n, 1, err);
    if (!code && n->op == OP_scatter_nd)
        code = tuple_length(n, 0, &q, err);
    else if (!code)
        code = axis_get(n, "axis", n->op == OP_tensor_scatter ? -2 : 0, x->rank, &axis, err);
    if (!code && u->dtype != x->dtype)
        code = shape_error(n, err, "updates are %s, data %s", dtype_name(u->dtype), dtype_name(x->dtype));
    if (!code && n->op == OP_scatter_elements && (in_type(n, 1)->rank != x->rank || u->rank != x->rank))
        code = shape_error(n, err, "data, indices and updates must have one rank");
    if (!code && n->op == OP_scatter_nd && u->rank != in_type(n, 1)->rank - 1 + x->rank - q)
        code = shape_error(n, err, "updates have %d dimensions, %d are wanted", u->rank, in_type(n, 1)->rank - 1 + x->rank - q);
    if (!code && n->op == OP_tensor_scatter && (u->rank != x->rank || x->rank < 2))
        code = shape_error(n, err, "cache and update must have one rank of at least 2");
    if (!code)
        out_set(n, 0, x->dtype, x->rank, x->dim);
    return code;
}

/* How a reduction scatters: the kernel, and whether it calculates. NULL: no such reduction. */
static const char *scatter_kernel(const Node *n, bool *computes)
{
    static const char *const rows[][2] = {{"none", "scatter_axis_last"}, {"add", "scatter_axis_add"}, {"mul", "scatter_axis_mul"},
                                          {"min", "scatter_axis_min"}, {"max", "scatter_axis_max"}};
    const char *name = node_str(n, "reduction", "none");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!strcmp(rows[i][0], name)) {
            *computes = i > 0;
            return rows[i][1];
        }
    return NULL;
}

/* Where a reduction runs: its compute type, or a width. */
static SpmlCode scatter_type(const Node *n, DType t, bool computes, DType *out, Error *err)
{
    *out = computes ? dtype_info[t].compute : move_type(t);
    return *out == DT_none || (computes && t == DT_bool) || dtype_info[t].block > 1 ? lower_unsupported(n, err, "reduction '%.40s' on %s", node_str(n, "reduction", "none"), dtype_name(t)) : SPML_OK;
}

/* One scatter into y, which holds data already; ix, u and y have the axis between `before` and the other dimensions. */
static SpmlCode scatter_call(Lower *l, const char *kernel, Operand ix, Operand u, Operand y, int before, Error *err)
{
    return lower_call(l, &(CallSpec){.kernel = kernel, .types = {{"T", y.type}, {"I", ix.type}}, .ranks = {{"L", before}, {"R", y.rank - 1 - before}},
                                     .args = {ix, u, y}, .n_args = 3}, err);
}

/* Data, updates and target in the type that the kernel works in; the target holds the data. */
typedef struct Target { Operand u, y, out; bool cast; } Target;

static SpmlCode scatter_target(Lower *l, Node *n, int update, bool computes, Target *t, Error *err)
{
    DType work, type = n->in[0]->type.dtype;
    SpmlCode code = scatter_type(n, type, computes, &work, err);
    if (code)
        return code;
    Operand x = lower_value(l, n->in[0]);
    t->out = lower_value(l, n->out[0]);
    t->u = lower_value(l, n->in[update]);
    t->cast = computes && work != type;
    if (!t->cast) {
        code = lower_copy(l, x, t->out, err);
        t->u = view_cast(l, t->u, work);
        t->y = view_cast(l, t->out, work);
        return code;
    }
    t->y = lower_value(l, lower_temp(l, work, x.rank, x.dim));
    Operand wide = lower_value(l, lower_temp(l, work, t->u.rank, t->u.dim));
    code = lower_cast_to(l, x, t->y, err);
    if (!code)
        code = lower_cast_to(l, t->u, wide, err);
    t->u = wide;
    return code;
}

SpmlCode lower_scatter_elements(Lower *l, Node *n, Error *err)
{
    int axis;
    bool computes;
    Target t;
    const char *kernel = scatter_kernel(n, &computes);
    SpmlCode code = axis_get(n, "axis", 0, n->in[0]->type.rank, &axis, err);
    if (!code && !kernel)
        code = lower_unsupported(n, err, "reduction '%.40s'", node_str(n, "reduction", ""));
    if (!code)
        code = scatter_target(l, n, 2, computes, &t, err);
    if (code)
        return code;
    Operand ix = lower_value(l, n->in[1]);
    if (same_beside(&t.y, &ix, axis) && same_beside(&t.u, &ix, axis))
        code = scatter_call(l, kernel, view_around(l, ix, axis), view_around(l, t.u, axis), view_around(l, t.y, axis), 1, err);
    else
        code = scatter_call(l, kernel, ix, t.u, reach(l, t.y, &ix, axis), axis, err);
    return code || !t.cast ? code : lower_cast_to(l, t.y, t.out, err);
}

SpmlCode lower_scatter_nd(Lower *l, Node *n, Error *err)
{
    int q;
    bool computes;
    Target t;
    Operand off;
    const char *kernel = scatter_kernel(n, &computes);
    SpmlCode code = tuple_length(n, 0, &q, err);
    if (!code && !kernel)
        code = lower_unsupported(n, err, "reduction '%.40s'", node_str(n, "reduction", ""));
    if (!code)
        code = scatter_target(l, n, 2, computes, &t, err);
    if (!code)
        code = lower_offsets(l, lower_value(l, n->in[1]), 0, t.y.dim, q, &off, err);
    if (code)
        return code;
    Graph *g = lower_graph(l);
    const Dim *one = dim_const(g, 1), *rest = dim_product(g, t.y.dim + q, t.y.rank - q);
    const Dim *wide[3] = {one, off.dim[1], rest};
    Operand y = view_reshape(l, t.y, 3, (const Dim *[]){one, dim_product(g, t.y.dim, q), rest});
    off = view_reshape(l, off, 3, (const Dim *[]){one, off.dim[1], one});
    code = scatter_call(l, kernel, view_expand(l, off, 3, wide), view_reshape(l, t.u, 3, wide), y, 1, err);
    return code || !t.cast ? code : lower_cast_to(l, t.y, t.out, err);
}

SpmlCode lower_tensor_scatter(Lower *l, Node *n, Error *err)
{
    int axis;
    Target t;
    const char *mode = node_str(n, "mode", "linear");
    bool circular = !strcmp(mode, "circular");
    SpmlCode code = axis_get(n, "axis", -2, n->in[0]->type.rank, &axis, err);
    if (!code && (axis == 0 || (!circular && strcmp(mode, "linear"))))
        code = lower_unsupported(n, err, "axis %d, mode '%.40s'", axis, mode);
    if (!code)
        code = scatter_target(l, n, 1, false, &t, err);
    if (code)
        return code;
    Graph *g = lower_graph(l);
    Operand at = in_given(n, 2) ? lower_value(l, n->in[2]) : lower_value(l, lower_temp(l, DT_i64, 1, t.y.dim));
    if (!in_given(n, 2))
        code = lower_fill(l, at, 0, err);
    const Dim *outer = dim_product(g, t.y.dim + 1, axis - 1), *inner = dim_product(g, t.y.dim + axis + 1, t.y.rank - axis - 1);
    Operand u = view_reshape(l, t.u, 4, (const Dim *[]){t.u.dim[0], outer, t.u.dim[axis], inner});
    Operand y = view_reshape(l, t.y, 4, (const Dim *[]){t.y.dim[0], outer, t.y.dim[axis], inner});
    return code ? code : lower_call(l, &(CallSpec){.kernel = "tensor_scatter", .types = {{"T", y.type}, {"I", at.type}}, .consts = {{"WRAP", dim_const(g, circular)}},
                                                   .args = {u, at, y}, .n_args = 3}, err);
}

/* ── gather_grad(extents, indices [J…], g [L…, J…, R…]): zeros [L…, K, R…] to which g's slices are added, in the order of the indices ── */

SpmlCode shape_gather_grad(Node *n, Error *err)
{
    const Type *ix = in_type(n, 1), *g = in_type(n, 2);
    const Dim *d[IR_MAX_RANK];
    int rank = g->rank + 1 - ix->rank, axis;
    if (!known_dims(n->in[0], d, IR_MAX_RANK, &rank))
        return shape_dynamic(n, 1, &g->dtype, &rank);
    SpmlCode code = axis_get(n, "axis", 0, rank, &axis, err);
    if (!code)
        code = check_index(n, 1, err);
    if (!code && g->rank != rank - 1 + ix->rank)
        code = shape_error(n, err, "slices have %d dimensions, %d are wanted", g->rank, rank - 1 + ix->rank);
    if (!code)
        out_set(n, 0, g->dtype, rank, d);
    return code;
}

SpmlCode lower_gather_grad(Lower *l, Node *n, Error *err)
{
    Operand y = lower_value(l, n->out[0]), u = lower_value(l, n->in[2]), ix = view_flat(l, lower_value(l, n->in[1])), out = y;
    DType t = y.type, work = dtype_info[t].compute;
    int axis;
    SpmlCode code = axis_get(n, "axis", 0, y.rank, &axis, err);
    if (!code && !dtype_is_float(work))
        code = lower_unsupported(n, err, "on %s", dtype_name(t));
    if (code)
        return code;
    if (work != t) { /* narrow sums would lose what comes later */
        Operand wide = lower_value(l, lower_temp(l, work, u.rank, u.dim));
        y = lower_value(l, lower_temp(l, work, y.rank, y.dim));
        code = lower_cast_to(l, u, wide, err);
        u = wide;
    }
    if (!code)
        code = lower_fill(l, y, 0, err);
    Operand to = view_around(l, y, axis);
    const Dim *d[3] = {to.dim[0], ix.dim[0], to.dim[2]};
    if (!code)
        code = lower_call(l, &(CallSpec){.kernel = "scatter_slices_add", .types = {{"T", y.type}, {"I", ix.type}}, .args = {ix, view_reshape(l, u, 3, d), to}, .n_args = 3}, err);
    return code || work == t ? code : lower_cast_to(l, y, out, err);
}
