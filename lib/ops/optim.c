/* SPDX-License-Identifier: MIT
 * ops: one step of an optimiser on one tensor: adam_step(rate, step, x, gradient, v, h), adagrad_step(rate, step, x, gradient, h),
 * momentum_step(rate, step, x, gradient, v). Outputs: x and the states. Kernels: kernels/loss.k. */
#include "ops/axes.h"

#include <string.h>

SpmlCode shape_optim(Node *n, Error *err)
{
    const Type *x = in_type(n, 2);
    for (int i = 3; i < n->n_in; i++)
        if (n->in[i]->type.rank != x->rank || n->in[i]->type.dtype != x->dtype)
            return shape_error(n, err, "input %d does not have the type of the tensor", i);
    for (int i = 0; i < n->n_out; i++)
        out_set(n, i, x->dtype, x->rank, (const Dim *const *)x->dim);
    return SPML_OK;
}

SpmlCode lower_optim(Lower *l, Node *n, Error *err)
{
    static const char *const names[][6] = {{"alpha", "beta", "epsilon", "norm_coefficient", "norm_coefficient_post"}, {"decay_factor", "epsilon", "norm_coefficient"}, {"alpha", "beta", "norm_coefficient"}};
    const char *const *list = names[n->op == OP_adam_step ? 0 : n->op == OP_adagrad_step ? 1 : 2];
    Operand x = lower_value(l, n->in[2]);
    if (x.type != dtype_info[x.type].compute || !dtype_is_float(x.type) || n->in[0]->type.dtype != x.type || n->in[1]->type.dtype != DT_i64)
        return lower_unsupported(n, err, "tensor of %s, rate of %s", dtype_name(x.type), dtype_name(n->in[0]->type.dtype));
    CallSpec c = {.kernel = op_info[n->op].name, .types = {{"T", x.type}}, .ranks = {{"I", x.rank}}};
    for (int i = 0; i < n->n_in; i++) {
        Operand v = lower_value(l, n->in[i]);
        if (i < 2 && v.rank)
            v = view_reshape(l, v, 0, v.dim);
        c.args[c.n_args++] = view_expand(l, v, x.rank, x.dim);
    }
    for (int i = 0; i < n->n_out; i++)
        c.args[c.n_args++] = lower_value(l, n->out[i] ? n->out[i] : lower_temp(l, x.type, x.rank, x.dim));
    for (int i = 0; list[i]; i++)
        c.scalars[c.n_scalars++] = scalar_f(node_float(n, list[i], 0));
    if (n->op == OP_momentum_step) {
        c.consts[0].name = "NESTEROV";
        c.consts[0].value = dim_const(lower_graph(l), !strcmp(node_str(n, "mode", "standard"), "nesterov"));
    }
    return lower_call(l, &c, err);
}
