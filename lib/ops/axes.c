/* SPDX-License-Identifier: MIT
 * ops: views shared by reductions, norms and quantisation; see axes.h. */
#include "ops/axes.h"

void rows_make(Lower *l, Operand x, const bool *mask, Rows *r)
{
    int perm[IR_MAX_RANK], n = 0;
    *r = (Rows){.count = dim_const(lower_graph(l), 1)};
    for (int i = 0; i < x.rank; i++)
        if (!mask[i])
            perm[n++] = i;
    r->n_kept = n;
    for (int i = 0; i < x.rank; i++)
        if (mask[i]) {
            perm[n++] = i;
            r->count = dim_mul(lower_graph(l), r->count, x.dim[i]);
        }
    r->n_reduced = n - r->n_kept;
    r->x = view_permute(l, x, perm);
}

void rows_axis(Lower *l, Operand x, int axis, Rows *r)
{
    bool mask[IR_MAX_RANK] = {0};
    mask[axis] = true;
    rows_make(l, x, mask, r);
}

Operand rows_kept(Lower *l, const Rows *r, Operand y)
{
    return view_reshape(l, y, r->n_kept, r->x.dim);
}

Operand view_place(Lower *l, Operand x, int at, int rank, const Dim *const *dims)
{
    while (x.rank < rank - at)
        x = view_insert(l, x, x.rank);
    return view_expand(l, x, rank, dims);
}

static bool in_lanes(const Node *n) { return node_int(n, "lanes", 0); }

void channel_mask(const Node *n, int rank, bool *mask, bool first)
{
    for (int i = 0; i < IR_MAX_RANK; i++)
        mask[i] = i != 1 && !(in_lanes(n) && (i == rank - 1 || (first && i == rank - 2)));
}

/* [C] as [C/16, 1, 16] */
static Operand by_lanes(Lower *l, Operand v, Operand x)
{
    return view_insert(l, view_reshape(l, v, 2, (const Dim *const[]){x.dim[1], x.dim[x.rank - 1]}), 1);
}

Operand channel_view(Lower *l, const Node *n, Operand v, Operand x, Error *err)
{
    if (!in_lanes(n))
        return view_place(l, v, 1, x.rank, x.dim);
    const Dim *d[3] = {x.dim[1], x.dim[x.rank - 2], x.dim[x.rank - 1]};
    Operand rows = lower_value(l, lower_temp(l, v.type, 3, d));
    /* not a copy, which would be seen through */
    if (lower_call(l, &(CallSpec){.kernel = "cast", .types = {{"T", v.type}, {"U", v.type}}, .args = {view_expand(l, by_lanes(l, v, x), 3, d), rows}, .n_args = 2}, err))
        return (Operand){0};
    while (rows.rank < x.rank - 1)
        rows = view_insert(l, rows, 1);
    return view_expand(l, rows, x.rank, x.dim);
}

Operand channel_parts(Lower *l, const Node *n, Operand x, Operand y)
{
    const Dim *d[3] = {x.dim[1], x.dim[x.rank - 2], x.dim[x.rank - 1]};
    return in_lanes(n) ? lower_value(l, lower_temp(l, dtype_info[x.type].compute, 3, d)) : y;
}

SpmlCode channel_total(Lower *l, const Node *n, Operand parts, const Dim *count, Operand y, Error *err)
{
    if (!in_lanes(n))
        return SPML_OK;
    Operand x = view_permute(l, parts, (const int[]){0, 2, 1});
    y = view_reshape(l, y, 2, x.dim);
    if (count)
        return lower_call(l, &(CallSpec){.kernel = "parts_mean", .types = {{"A", x.type}, {"M", y.type}}, .ranks = {{"L", 2}}, .args = {x, y}, .n_args = 2, .scalars = {scalar_dim(count)}, .n_scalars = 1}, err);
    return lower_call(l, &(CallSpec){.kernel = "reduce_map", .types = {{"T", y.type}}, .fns = {{"f", "ident"}, {"F", "sum"}, {"g", "ident"}}, .ranks = {{"L", 2}, {"C", 1}}, .args = {x, y}, .n_args = 2}, err);
}

Operand operand_scalar(Lower *l, DType t, double v, Error *err)
{
    uint64_t bytes[2] = {0};
    size_t sz = 0;
    dtype_set_f64(t, bytes, 0, v);
    Value *c = dtype_bytes(t, 1, &sz) ? graph_const(lower_graph(l), NULL, t, 0, NULL, bytes, sz) : NULL;
    if (!c) {
        error_oom(err);
        return (Operand){0};
    }
    return lower_value(l, c);
}
