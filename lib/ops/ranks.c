/* SPDX-License-Identifier: MIT
 * ops: what the ranks of a training exchange (ir/peers.h). rank_gather waits: it is for a few numbers that the way goes on with. rank_sum only begins: it is for
 * gradients, which nobody reads before the run is over. */
#include "ops/ops.h"

SpmlCode shape_rank_gather(Node *n, Error *err)
{
    const Type *x = in_type(n, 0);
    const int64_t ranks = node_int(n, "ranks", 0);
    const Dim *dims[IR_MAX_RANK];
    if (ranks < 1 || x->rank >= IR_MAX_RANK)
        return shape_error(n, err, "%lld ranks, of rank %d", (long long)ranks, x->rank);
    dims[0] = dim_const(n->graph, ranks);
    for (int i = 0; i < x->rank; i++)
        dims[i + 1] = x->dim[i];
    out_set(n, 0, x->dtype, x->rank + 1, dims);
    return SPML_OK;
}

SpmlCode lower_rank_gather(Lower *l, Node *n, Error *err)
{
    const Operand y = lower_value(l, n->out[0]);
    return lower_peers(l, lower_plain(l, lower_value(l, n->in[0])), &y, err);
}

SpmlCode shape_rank_sum(Node *n, Error *err)
{
    const Type *s = in_type(n, 0);
    const int64_t start = node_int(n, "start", 0), count = node_int(n, "count", 0);
    int64_t total;
    if (n->in[0]->residency != RES_STATE || s->rank != 1 || !dim_lit(s->dim[0], &total) || start < 0 || count < 0 || start > total || count > total - start)
        return shape_error(n, err, "elements %lld and %lld more are no part of a flat state", (long long)start, (long long)count);
    out_set(n, 0, s->dtype, 1, (const Dim *const *)s->dim);
    n->out[0]->residency = RES_STATE;
    return SPML_OK;
}

SpmlCode lower_rank_sum(Lower *l, Node *n, Error *err)
{
    Graph *g = lower_graph(l);
    const DType t = n->in[0]->type.dtype;
    if (t != DT_f32 && t != DT_f64)
        return lower_unsupported(n, err, "a state of %s", dtype_name(t));
    return lower_peers(l, view_slice(l, lower_value(l, n->in[0]), 0, dim_const(g, node_int(n, "start", 0)), dim_const(g, node_int(n, "count", 0)), 1), NULL, err);
}
