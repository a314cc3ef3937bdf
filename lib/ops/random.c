/* SPDX-License-Identifier: MIT
 * ops: random tensors: random_uniform, random_normal, bernoulli, multinomial. Element i is a function of the seed and i alone (philox by counter, kernels/random.k),
 * so results do not depend on threads or devices. A node without a seed takes one from its name. */
#include "base/hash.h"
#include "ops/ops.h"
#include "ops/moves.h"

#include <string.h>

static CallScalar node_seed(const Node *n)
{
    const Attr *a = node_find(n, "seed");
    uint64_t bits = 0;
    if (a && a->kind == ATTR_FLOAT)
        memcpy(&bits, &a->f, sizeof bits);
    else if (a && a->kind == ATTR_INT)
        bits = (uint64_t)a->i;
    else
        bits = hash64(n->name ? n->name : "", n->name ? strlen(n->name) : 0, 1);
    return scalar_i((int64_t)bits);
}

SpmlCode shape_random(Node *n, Error *err)
{
    const Type *x = in_type(n, 0);
    int64_t count;
    const int64_t *shape = node_ints(n, "shape", &count);
    DType t = node_dtype(n, "to", x ? x->dtype : DT_f32);
    const Dim *d[IR_MAX_RANK];
    if (x) {
        out_set(n, 0, t, x->rank, x->dim);
        return SPML_OK;
    }
    if (!shape || count > IR_MAX_RANK)
        return shape_error(n, err, "no shape, or more than %d dimensions", IR_MAX_RANK);
    for (int64_t i = 0; i < count; i++) {
        if (shape[i] < 0)
            return shape_error(n, err, "extent %lld", (long long)shape[i]);
        d[i] = dim_const(n->graph, shape[i]);
    }
    out_set(n, 0, t, (int)count, d);
    return SPML_OK;
}

SpmlCode lower_random(Lower *l, Node *n, Error *err)
{
    Operand y = view_flat(l, lower_value(l, n->out[0]));
    CallSpec c = {.kernel = op_info[n->op].name, .types = {{"T", y.type}}, .scalars = {node_seed(n)}, .n_scalars = 1};
    if (n->op == OP_bernoulli) {
        c.types[1].name = "P";
        c.types[1].type = n->in[0]->type.dtype;
        c.args[c.n_args++] = view_flat(l, lower_value(l, n->in[0]));
    } else {
        bool normal = n->op == OP_random_normal;
        c.scalars[c.n_scalars++] = scalar_f(normal ? node_float(n, "mean", 0) : node_float(n, "low", 0));
        c.scalars[c.n_scalars++] = scalar_f(normal ? node_float(n, "scale", 1) : node_float(n, "high", 1));
    }
    c.args[c.n_args++] = y;
    return lower_call(l, &c, err);
}

SpmlCode shape_multinomial(Node *n, Error *err)
{
    const Type *x = in_type(n, 0);
    int64_t samples = node_int(n, "sample_size", 1);
    if (x->rank != 2 || samples < 1)
        return shape_error(n, err, "rank %d, %lld samples", x->rank, (long long)samples);
    const Dim *d[2] = {x->dim[0], dim_const(n->graph, samples)};
    out_set(n, 0, node_dtype(n, "to", DT_i32), 2, d);
    return SPML_OK;
}

SpmlCode lower_multinomial(Lower *l, Node *n, Error *err)
{
    Operand x = lower_value(l, n->in[0]), y = lower_value(l, n->out[0]);
    return lower_call(l, &(CallSpec){.kernel = "multinomial", .types = {{"P", x.type}, {"T", y.type}}, .args = {x, y}, .n_args = 2, .scalars = {node_seed(n)}, .n_scalars = 1}, err);
}
