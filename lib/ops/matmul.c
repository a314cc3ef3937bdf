/* SPDX-License-Identifier: MIT
 * ops: matrix products. matmul(a [B…, M, K], b [B…, K, N], bias? broadcast to the output): numpy's rules for ranks 1 and broadcast batches;
 * `trans_a`, `trans_b` swap the last two dimensions of an operand. Kernel: matmul (kernels/contract.k). */
#include "ops/ops.h"

#include <string.h>

typedef struct Product { int rank_a, rank_b, n_batch; const Dim *batch[IR_MAX_RANK], *m, *n, *k; bool vec_a, vec_b; } Product;

static SpmlCode product_of(Node *n, Product *p, Error *err)
{
    const Type *a = in_type(n, 0), *b = in_type(n, 1);
    int64_t ka, kb;
    if (a->rank < 1 || b->rank < 1)
        return shape_error(n, err, "an operand is a scalar");
    bool ta = node_int(n, "trans_a", 0), tb = node_int(n, "trans_b", 0);
    p->vec_a = a->rank == 1;
    p->vec_b = b->rank == 1;
    p->m = p->vec_a ? dim_const(n->graph, 1) : a->dim[a->rank - (ta ? 1 : 2)];
    p->k = p->vec_a ? a->dim[0] : a->dim[a->rank - (ta ? 2 : 1)];
    const Dim *k2 = p->vec_b ? b->dim[0] : b->dim[b->rank - (tb ? 1 : 2)];
    p->n = p->vec_b ? dim_const(n->graph, 1) : b->dim[b->rank - (tb ? 2 : 1)];
    if (dim_lit(p->k, &ka) && dim_lit(k2, &kb) && ka != kb)
        return shape_error(n, err, "inner dimensions are %lld and %lld", (long long)ka, (long long)kb);
    if (k2->kind == DIM_CONST)
        p->k = k2;
    Type ba = *a, bb = *b;
    ba.rank = p->vec_a ? 0 : a->rank - 2;
    bb.rank = p->vec_b ? 0 : b->rank - 2;
    return broadcast_dims(n, err, 2, (const Type *const[]){&ba, &bb}, &p->n_batch, p->batch);
}

SpmlCode shape_matmul(Node *n, Error *err)
{
    Product p = {0};
    const Dim *d[IR_MAX_RANK];
    SpmlCode code = product_of(n, &p, err);
    if (code)
        return code;
    if (n->in[1]->type.dtype != n->in[0]->type.dtype)
        return shape_error(n, err, "operands are %s and %s", dtype_name(n->in[0]->type.dtype), dtype_name(n->in[1]->type.dtype));
    int rank = p.n_batch;
    if (rank + 2 > IR_MAX_RANK)
        return shape_error(n, err, "more than %d dimensions", IR_MAX_RANK);
    memcpy(d, p.batch, (size_t)rank * sizeof *d);
    if (!p.vec_a)
        d[rank++] = p.m;
    if (!p.vec_b)
        d[rank++] = p.n;
    out_set(n, 0, n->in[0]->type.dtype, rank, d);
    return SPML_OK;
}

static Operand swap_last(Lower *l, Operand x)
{
    int perm[IR_MAX_RANK];
    for (int i = 0; i < x.rank; i++)
        perm[i] = i;
    perm[x.rank - 1] = x.rank - 2;
    perm[x.rank - 2] = x.rank - 1;
    return view_permute(l, x, perm);
}

/* The operand as [batch…, rows, cols] with the batch expanded. */
static Operand matrix_view(Lower *l, Operand x, bool trans, const Product *p, const Dim *rows, const Dim *cols)
{
    const Dim *d[IR_MAX_RANK];
    if (trans)
        x = swap_last(l, x);
    memcpy(d, p->batch, (size_t)p->n_batch * sizeof *d);
    d[p->n_batch] = rows;
    d[p->n_batch + 1] = cols;
    return view_expand(l, x, p->n_batch + 2, d);
}

/* Where the accumulators start, as acc: the bias (converted if it is stored narrower), or a zero; expanded to dims. */
static Operand start_view(Lower *l, const Node *n, int input, DType acc, int rank, const Dim *const *dims)
{
    static const char zero[16];
    if (!in_given(n, input))
        return view_expand(l, lower_value(l, graph_const(lower_graph(l), NULL, acc, 0, NULL, zero, dtype_info[acc].bytes)), rank, dims);
    Operand b = lower_value(l, n->in[input]);
    if (b.type != acc) {
        Operand wide = lower_value(l, lower_temp(l, acc, b.rank, b.dim));
        Error err = {0};
        lower_call(l, &(CallSpec){.kernel = "cast", .types = {{"T", b.type}, {"U", acc}}, .args = {b, wide}, .n_args = 2}, &err);
        b = wide;
    }
    return view_expand(l, b, rank, dims);
}

SpmlCode lower_matmul(Lower *l, Node *n, Error *err)
{
    Product p = {0};
    SpmlCode code = product_of(n, &p, err);
    if (code)
        return code;
    DType t = n->in[0]->type.dtype, acc = dtype_info[t].compute;
    Operand a = lower_value(l, n->in[0]), b = lower_value(l, n->in[1]), y = lower_value(l, n->out[0]);
    if (acc == DT_none || acc == DT_bool)
        return lower_unsupported(n, err, "%s operands", dtype_name(t));
    if (p.vec_a)
        a = view_insert(l, a, 0);
    if (p.vec_b)
        b = view_insert(l, b, 1);
    const Dim *d[IR_MAX_RANK];
    memcpy(d, p.batch, (size_t)p.n_batch * sizeof *d);
    d[p.n_batch] = p.m;
    d[p.n_batch + 1] = p.n;
    a = matrix_view(l, a, node_int(n, "trans_a", 0) && !p.vec_a, &p, p.m, p.k);
    b = matrix_view(l, b, node_int(n, "trans_b", 0) && !p.vec_b, &p, p.k, p.n);
    /* Without batches on b, the batches of a plain a are rows: one product instead of many. */
    bool rows = p.n_batch && (!in_given(n, 2) || n->in[2]->type.rank <= 1) && n->in[1]->type.rank == 2 && view_is_plain(&a);
    if (rows) {
        const Dim *all = dim_mul(lower_graph(l), dim_product(lower_graph(l), p.batch, p.n_batch), p.m);
        const Dim *da[2] = {all, p.k}, *dy[2] = {all, p.n};
        a = view_reshape(l, a, 2, da);
        y = view_reshape(l, y, 2, dy);
        b = lower_value(l, n->in[1]);
        if (node_int(n, "trans_b", 0))
            b = swap_last(l, b);
        memcpy(d, dy, sizeof dy);
    } else {
        y = view_reshape(l, y, p.n_batch + 2, d);
    }
    Operand z = start_view(l, n, 2, acc, y.rank, d);
    return lower_call(l, &(CallSpec){.kernel = "matmul", .types = {{"T", t}}, .ranks = {{"B", y.rank - 2}}, .args = {a, b, z, y}, .n_args = 4}, err);
}
