/* SPDX-License-Identifier: MIT
 * ops: gradient of matmul, by two products: da = g·bT, db = aT·g, with a vector taken as a matrix of one row or column. Transposes are flags of the products, so
 * nothing is moved; batches that were broadcast are summed down, and a plain b under a batch of rows gets one product over all of them. */
#include "ops/grad.h"

#include <string.h>

static Value *product(Grad *d, Value *a, bool trans_a, Value *b, bool trans_b)
{
    return grad_op(d, OP_matmul, 2, (Value *const[]){a, b}, 2, (Attr[]){GRAD_INT("trans_a", trans_a), GRAD_INT("trans_b", trans_b)});
}

/* x [B…, R, C] as [B…·R, C] */
static Value *rows_of(Grad *d, Value *x)
{
    const Type *t = &x->type;
    const Dim *dims[2] = {dim_product(d->g, t->dim, t->rank - 1), t->dim[t->rank - 1]};
    return t->rank == 2 ? x : grad_reshape(d, x, 2, dims);
}

static Value *b_gradient(Grad *d, const Node *n, Value *a, Value *g, bool ta, bool tb)
{
    if (a && g && n->in[1]->type.rank == 2 && n->in[0]->type.rank > 2 && !ta) {
        a = rows_of(d, a);
        g = rows_of(d, g);
    }
    return tb ? product(d, g, true, a, ta) : product(d, a, !ta, g, false);
}

SpmlCode grad_matmul(Grad *d, Node *n, Error *err)
{
    static const int64_t last = -1, last_but_one = -2;
    Value *a = n->in[0], *b = n->in[1], *g = grad_of(d, n, 0);
    bool vec_a = a->type.rank == 1, vec_b = b->type.rank == 1;
    bool ta = node_int(n, "trans_a", 0) && !vec_a, tb = node_int(n, "trans_b", 0) && !vec_b;
    if (grad_wanted(d, n, 2))
        grad_give(d, n, 2, g);
    if (vec_b) { /* [K] as [K, 1], [B…, M] as [B…, M, 1] */
        b = grad_unsqueeze(d, b, 1, &last);
        g = grad_unsqueeze(d, g, 1, &last);
    }
    if (vec_a) { /* [K] as [1, K], [B…, N] as [B…, 1, N] */
        a = grad_unsqueeze(d, a, 1, &last_but_one);
        g = grad_unsqueeze(d, g, 1, &last_but_one);
    }
    if (grad_wanted(d, n, 0)) {
        Value *ga = ta ? product(d, b, tb, g, true) : product(d, g, false, b, !tb);
        const Dim *k = n->in[0]->type.dim[0];
        grad_give(d, n, 0, vec_a && ga ? grad_reshape(d, grad_sum_to(d, ga, a), 1, &k) : ga);
    }
    if (grad_wanted(d, n, 1)) {
        Value *gb = b_gradient(d, n, a, g, ta, tb);
        const Dim *k = n->in[1]->type.dim[0];
        grad_give(d, n, 1, vec_b && gb ? grad_reshape(d, grad_sum_to(d, gb, b), 1, &k) : gb);
    }
    return SPML_OK;
}
