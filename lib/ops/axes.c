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
