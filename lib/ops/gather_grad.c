/* SPDX-License-Identifier: MIT
 * ops: gradients of moves by index tensors. What a gather read several times is added in the order of the indices (gather_grad, scatter with `add`: ordered
 * scatters, the same bits for any number of threads); what a scatter wrote is read back. */
#include "ops/grad.h"

#include <string.h>

static Attr add_reduction(void) { return (Attr){.name = "reduction", .kind = ATTR_STRING, .n = 3, .s = "add"}; }

/* One known index of a known extent: a piece. */
static bool gathers_one(const Node *n, int axis, int64_t *at)
{
    int64_t extent;
    int count;
    if (!value_ints(n->in[1], at, 1, &count) || count != 1 || !dim_lit(n->in[0]->type.dim[axis], &extent) || *at < -extent || *at >= extent)
        return false;
    *at += *at < 0 ? extent : 0;
    return true;
}

SpmlCode grad_gather(Grad *d, Node *n, Error *err)
{
    const Type *x = &n->in[0]->type;
    const Dim *dims[IR_MAX_RANK];
    int axis;
    int64_t start;
    SpmlCode code = axis_get(n, "axis", 0, x->rank, &axis, err);
    if (!code && gathers_one(n, axis, &start)) {
        for (int i = 0; i < x->rank; i++)
            dims[i] = i == axis ? dim_const(d->g, 1) : x->dim[i];
        grad_give_part(d, n, 0, axis, start, grad_reshape(d, grad_of(d, n, 0), x->rank, dims));
    }
    if (code || gathers_one(n, axis, &start))
        return code;
    Value *in[3] = {grad_shape(d, n->in[0]), n->in[1], grad_of(d, n, 0)};
    grad_give(d, n, 0, grad_op(d, OP_gather_grad, 3, in, 1, (Attr[]){GRAD_INT("axis", node_int(n, "axis", 0))}));
    return SPML_OK;
}

static Value *scatter_add(Grad *d, int op, Value *like, Value *index, Value *g, int64_t axis)
{
    Value *in[3] = {grad_zeros(d, like), index, g};
    return grad_op(d, op, 3, in, op == OP_scatter_nd ? 1 : 2, (Attr[]){add_reduction(), GRAD_INT("axis", axis)});
}

SpmlCode grad_gather_elements(Grad *d, Node *n, Error *err)
{
    grad_give(d, n, 0, scatter_add(d, OP_scatter_elements, n->in[0], n->in[1], grad_of(d, n, 0), node_int(n, "axis", 0)));
    return SPML_OK;
}

/* Common dimensions become one, whose number stands before each tuple: ix [B…, J…, Q] → [B, J…, 1 + Q]. */
static Value *with_batch(Grad *d, Value *ix, int batch, const Dim *count)
{
    const Type *t = &ix->type;
    const Dim *dims[IR_MAX_RANK] = {count};
    int rank = t->rank - batch + 1;
    for (int i = 1; i < rank; i++)
        dims[i] = t->dim[batch + i - 1];
    ix = grad_reshape(d, ix, rank, dims);
    Value *number = grad_iota(d, count);
    for (int i = 1; i < rank; i++)
        dims[i] = dim_const(d->g, 1);
    number = grad_reshape(d, number, rank, dims);
    for (int i = 1; i < rank - 1; i++)
        dims[i] = t->dim[batch + i - 1];
    number = rank > 2 ? grad_op2(d, OP_expand, number, grad_dims(d, rank, dims)) : number;
    return grad_op(d, OP_concat, 2, (Value *const[]){number, grad_cast(d, ix, DT_i64)}, 1, (Attr[]){GRAD_INT("axis", rank - 1)});
}

SpmlCode grad_gather_nd(Grad *d, Node *n, Error *err)
{
    Value *x = n->in[0], *ix = n->in[1], *g = grad_of(d, n, 0);
    int batch = (int)node_int(n, "batch_dims", 0);
    if (!batch) {
        grad_give(d, n, 0, scatter_add(d, OP_scatter_nd, x, ix, g, 0));
        return SPML_OK;
    }
    const Dim *count = dim_product(d->g, ix->type.dim, batch), *dims[IR_MAX_RANK] = {count};
    for (int i = batch; i < x->type.rank; i++)
        dims[i - batch + 1] = x->type.dim[i];
    Value *flat = grad_reshape(d, x, x->type.rank - batch + 1, dims);
    for (int i = batch; i < g->type.rank; i++)
        dims[i - batch + 1] = g->type.dim[i];
    g = grad_reshape(d, g, g->type.rank - batch + 1, dims);
    grad_give(d, n, 0, flat ? grad_reshape_like(d, scatter_add(d, OP_scatter_nd, flat, with_batch(d, ix, batch, count), g, 0), x) : NULL);
    return SPML_OK;
}

/* The scatter that n is, by another reduction, of other updates onto a tensor of one number. */
static Value *scattered(Grad *d, const Node *n, double onto, Value *u, const char *reduction)
{
    Value *in[3] = {grad_filled(d, n->in[0], onto), n->in[1], u};
    return grad_op(d, n->op, 3, in, n->op == OP_scatter_nd ? 1 : 2, (Attr[]){GRAD_STR("reduction", reduction), GRAD_INT("axis", node_int(n, "axis", 0))});
}

/* What each update finds of x at its place. */
static Value *read_back(Grad *d, const Node *n, Value *x)
{
    bool nd = n->op == OP_scatter_nd;
    return grad_op(d, nd ? OP_gather_nd : OP_gather_elements, 2, (Value *const[]){x, n->in[1]}, nd ? 0 : 1, (Attr[]){GRAD_INT("axis", node_int(n, "axis", 0))});
}

/* y = x·Π u: the product of all others, zeros counted apart so that one of them does not hide what it hides. */
static void scatter_mul(Grad *d, Node *n, Value *g)
{
    const DType t = g->type.dtype;
    Value *u = n->in[2], *zero = grad_scalar(d, t, 0), *one = grad_scalar(d, t, 1), *null = grad_op2(d, OP_eq, u, zero);
    Value *zeros = scattered(d, n, 0, grad_op3(d, OP_where, null, one, zero), "add"), *rest = scattered(d, n, 1, grad_op3(d, OP_where, null, one, u), "mul");
    grad_give(d, n, 0, grad_mul(d, g, grad_op3(d, OP_where, grad_op2(d, OP_eq, zeros, zero), rest, zero)));
    if (!grad_wanted(d, n, 2))
        return;
    Value *others = read_back(d, n, rest), *among = read_back(d, n, zeros);
    Value *alone = grad_op3(d, OP_where, grad_op2(d, OP_eq, among, one), others, zero), *none = grad_op3(d, OP_where, grad_op2(d, OP_eq, among, zero), grad_div(d, others, grad_op3(d, OP_where, null, one, u)), zero);
    grad_give(d, n, 2, grad_mul(d, read_back(d, n, grad_mul(d, g, n->in[0])), grad_op3(d, OP_where, null, alone, none)));
}

/* y = the least or largest of x and its updates: those that are it share the gradient evenly, as PyTorch's scatter_reduce has it. */
static void scatter_extreme(Grad *d, Node *n, Value *g)
{
    const DType t = g->type.dtype;
    Value *y = n->out[0], *zero = grad_scalar(d, t, 0), *one = grad_scalar(d, t, 1);
    Value *x_is = grad_op3(d, OP_where, grad_op2(d, OP_eq, n->in[0], y), one, zero), *u_is = grad_op3(d, OP_where, grad_op2(d, OP_eq, n->in[2], read_back(d, n, y)), one, zero);
    Value *share = grad_div(d, g, grad_add(d, x_is, scattered(d, n, 0, u_is, "add")));
    grad_give(d, n, 0, grad_mul(d, share, x_is));
    if (grad_wanted(d, n, 2))
        grad_give(d, n, 2, grad_mul(d, read_back(d, n, share), u_is));
}

/* x with updates in place, or added. Where two updates met in one place, `none` lets both have the gradient, as PyTorch does. */
SpmlCode grad_scatter(Grad *d, Node *n, Error *err)
{
    const char *reduction = node_str(n, "reduction", "none");
    bool add = !strcmp(reduction, "add"), none = !strcmp(reduction, "none");
    Value *g = grad_of(d, n, 0);
    if (!strcmp(reduction, "mul"))
        return scatter_mul(d, n, g), SPML_OK;
    if (!strcmp(reduction, "min") || !strcmp(reduction, "max"))
        return scatter_extreme(d, n, g), SPML_OK;
    if (!add && !none)
        return grad_unsupported(n, err, "reduction '%.40s'", reduction);
    if (grad_wanted(d, n, 0)) {
        Value *in[3] = {g, n->in[1], none ? grad_zeros(d, n->in[2]) : NULL};
        grad_give(d, n, 0, add ? g : grad_with(d, n->op, 3, in, n));
    }
    if (grad_wanted(d, n, 2))
        grad_give(d, n, 2, read_back(d, n, g));
    return SPML_OK;
}

/* Each value goes back to where it was found. */
SpmlCode grad_topk(Grad *d, Node *n, Error *err)
{
    Value *at = grad_saved(d, n, 1);
    grad_give(d, n, 0, at ? scatter_add(d, OP_scatter_elements, n->in[0], at, grad_of(d, n, 0), node_int(n, "axis", -1)) : NULL);
    return SPML_OK;
}

/* ── nll_loss(x [N, C, D…], t [N, D…], w [C]?) = −w[t]·x[t]: −g·w[t] (over the sum of w[t] that took part, for the mean) at t, zero elsewhere ── */

SpmlCode grad_nll_loss(Grad *d, Node *n, Error *err)
{
    static const int64_t channel = 1;
    const char *reduction = node_str(n, "reduction", "mean");
    Value *x = n->in[0], *t = n->in[1], *w = in_given(n, 2) ? n->in[2] : NULL, *g = grad_of(d, n, 0);
    if (grad_wanted(d, n, 2))
        return grad_unsupported(n, err, "by the weights of classes");
    Value *skip = grad_op2(d, OP_eq, t, grad_cast(d, grad_i64(d, -1, (int64_t[]){node_int(n, "ignore_index", INT64_MIN)}), t->type.dtype));
    Value *zero = grad_scalar(d, x->type.dtype, 0), *one = grad_scalar(d, x->type.dtype, 1);
    Value *class = grad_op3(d, OP_where, skip, grad_scalar(d, t->type.dtype, 0), t);
    Value *weight = grad_op3(d, OP_where, skip, zero, w ? grad_op(d, OP_gather, 2, (Value *const[]){w, class}, 1, (Attr[]){GRAD_INT("axis", 0)}) : one);
    if (!strcmp(reduction, "mean") && weight) {
        int64_t axes[IR_MAX_RANK];
        for (int i = 0; i < weight->type.rank; i++)
            axes[i] = i;
        g = grad_div(d, g, grad_reduce(d, OP_reduce_sum, weight, weight->type.rank, axes, false));
    }
    Value *u = grad_op1(d, OP_neg, grad_mul(d, weight, g));
    Value *in[3] = {grad_zeros(d, x), grad_unsqueeze(d, class, 1, &channel), grad_unsqueeze(d, u, 1, &channel)};
    grad_give(d, n, 0, grad_op(d, OP_scatter_elements, 3, in, 1, (Attr[]){GRAD_INT("axis", 1)}));
    return SPML_OK;
}
