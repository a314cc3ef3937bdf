/* SPDX-License-Identifier: MIT
 * ops: elementwise ops. Shape rules only: their lowering is the region's (lower/region.c), their arithmetic is in kernels/scalar.k. */
#include "ops/ops.h"

/* Numpy broadcasting of all inputs; the element type of input 0. */
SpmlCode shape_map(Node *n, Error *err)
{
    const Type *types[IR_MAX_RANK * 4];
    const Dim *dims[IR_MAX_RANK];
    int rank, n_types = 0;
    for (int i = 0; i < n->n_in && n_types < IR_MAX_RANK * 4; i++)
        types[n_types++] = in_type(n, i);
    SpmlCode code = broadcast_dims(n, err, n_types, types, &rank, dims);
    if (!code)
        out_set(n, 0, n->in[0]->type.dtype, rank, dims);
    return code;
}

SpmlCode shape_cast(Node *n, Error *err)
{
    const Type *x = in_type(n, 0);
    DType to = node_dtype(n, "to", DT_none);
    if (to == DT_none)
        return shape_error(n, err, "no target type");
    out_set(n, 0, to, x->rank, x->dim);
    return SPML_OK;
}
