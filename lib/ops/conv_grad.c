/* SPDX-License-Identifier: MIT
 * ops: gradients of convolutions. conv_dx(dy, w, shape) is the transposed convolution onto the extents of `shape`; conv_dw(x, dy, shape) sums windows of x against
 * dy. Both take the attributes of conv. The gradients of conv_transpose are conv and conv_dw with the sides exchanged. */
#include "ops/axes.h"
#include "ops/grad.h"
#include "ops/known.h"
#include "ops/window.h"

#include <string.h>

/* Output 0 has the rank of input 0 and the elements of input `from` for extents. */
SpmlCode shape_from_input(Node *n, int from, Error *err)
{
    const Dim *dims[IR_MAX_RANK];
    const DType t = in_type(n, 0)->dtype;
    int rank = in_type(n, 0)->rank, count;
    if (!known_dims(n->in[from], dims, IR_MAX_RANK, &count))
        return shape_dynamic(n, 1, &t, &rank);
    if (count != rank)
        return shape_error(n, err, "%d extents for %d dimensions", count, rank);
    out_set(n, 0, t, rank, dims);
    return SPML_OK;
}

/* ── by the input, by the weights ── */

SpmlCode shape_conv_back(Node *n, Error *err)
{
    const Type *a = in_type(n, 0), *b = in_type(n, 1);
    if (!dtype_is_float(a->dtype) || b->dtype != a->dtype || a->rank < 3 || b->rank != a->rank)
        return shape_error(n, err, "operands of %s and %s, of rank %d and %d", dtype_name(a->dtype), dtype_name(b->dtype), a->rank, b->rank);
    return shape_from_input(n, 2, err);
}

SpmlCode lower_conv_dx(Lower *l, Node *n, Error *err)
{
    Window w;
    int64_t groups;
    Operand dy = lower_value(l, n->in[0]), k = lower_value(l, n->in[1]), dx = lower_value(l, n->out[0]);
    SpmlCode code = window_conv(n, &n->out[0]->type, &n->in[1]->type, &w, &groups, err);
    Operand zero = operand_scalar(l, dtype_info[dy.type].compute, 0, err);
    if (code || !zero.value)
        return code ? code : SPML_RESOURCE;
    memcpy(w.out, w.in, sizeof w.out);
    return lower_transposed(l, dy, k, view_expand(l, zero, 1, &dx.dim[1]), dx, &w, groups, err);
}

SpmlCode lower_conv_dw(Lower *l, Node *n, Error *err)
{
    Window w;
    int64_t groups;
    Operand x = lower_value(l, n->in[0]);
    SpmlCode code = window_conv(n, &n->in[0]->type, &n->out[0]->type, &w, &groups, err);
    if (code)
        return code;
    CallSpec c = {.kernel = "convnd_dw", .types = {{"T", x.type}}, .consts = {{"G", dim_const(lower_graph(l), groups)}}, .args = {x, lower_value(l, n->in[1]), lower_value(l, n->out[0])}, .n_args = 3};
    int at = window_consts(&c, 1, "ST", w.n, w.stride);
    at = window_consts(&c, at, "DL", w.n, w.dilation);
    window_consts(&c, at, "PD", w.n, w.lo);
    return lower_call(l, &c, err);
}

/* ── rules ── */

/* A max pool gives each of its gradients to one element: their sum is that of what it spreads, which is less to read. */
static Value *before_spreading(Value *dy)
{
    while (dy && dy->producer && dy->producer->op == OP_max_pool_dx)
        dy = dy->producer->in[2];
    return dy;
}

static void give_bias(Grad *d, Node *n, Value *dy)
{
    int64_t axes[IR_MAX_RANK] = {0};
    dy = before_spreading(dy);
    for (int i = 2; dy && i < dy->type.rank; i++)
        axes[i - 1] = i;
    if (dy && grad_wanted(d, n, 2))
        grad_give(d, n, 2, grad_cast(d, grad_reduce(d, OP_reduce_sum, dy, dy->type.rank - 1, axes, false), n->in[2]->type.dtype));
}

SpmlCode grad_conv(Grad *d, Node *n, Error *err)
{
    (void)err;
    Value *dy = grad_of(d, n, 0);
    give_bias(d, n, dy);
    if (grad_wanted(d, n, 1))
        grad_give(d, n, 1, grad_with(d, OP_conv_dw, 3, (Value *const[]){n->in[0], dy, grad_shape(d, n->in[1])}, n));
    if (grad_wanted(d, n, 0))
        grad_give(d, n, 0, grad_with(d, OP_conv_dx, 3, (Value *const[]){dy, n->in[1], grad_shape(d, n->in[0])}, n));
    return SPML_OK;
}

/* The padding of the convolution that leads from dy back to dx, literal; rows of dy that no window of it reaches are cut off. */
static SpmlCode pads_back(Grad *d, const Node *n, const Window *w, int64_t *pads, Value **dy, Error *err)
{
    for (int i = 0; i < w->n; i++) {
        int64_t in, out, lo, k, s = w->stride[i]->value, dil = w->dilation[i]->value;
        if (!dim_lit(w->lo[i], &lo) || !dim_lit(w->in[i], &in) || !dim_lit(w->out[i], &out) || !dim_lit(w->kernel[i], &k))
            return grad_unsupported(n, err, "spatial extents that are symbols");
        const int64_t reach = (in - 1) * s + (k - 1) * dil + 1 - lo, zero = 0;
        if (out > reach)
            *dy = grad_slice(d, *dy, i + 2, grad_i64(d, 1, &zero), grad_i64(d, 1, &reach));
        pads[i] = lo;
        pads[i + w->n] = reach > out ? reach - out : 0;
    }
    return SPML_OK;
}

SpmlCode grad_conv_transpose(Grad *d, Node *n, Error *err)
{
    static const char *const kept[] = {"group", "strides", "dilations"};
    Window w;
    Attr a[4];
    int64_t groups, pads[2 * WINDOW_MAX];
    int n_attrs = 0;
    Value *dy = grad_of(d, n, 0);
    give_bias(d, n, dy);
    SpmlCode code = window_transposed(n, &w, &groups, err);
    if (!code)
        code = pads_back(d, n, &w, pads, &dy, err);
    if (code)
        return code;
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        if (node_find(n, kept[i]))
            a[n_attrs++] = *node_find(n, kept[i]);
    a[n_attrs++] = GRAD_INTS("pads", 2 * w.n, pads);
    if (grad_wanted(d, n, 0))
        grad_give(d, n, 0, grad_op(d, OP_conv, 2, (Value *const[]){dy, n->in[1]}, n_attrs, a));
    if (grad_wanted(d, n, 1))
        grad_give(d, n, 1, grad_op(d, OP_conv_dw, 3, (Value *const[]){dy, n->in[0], grad_shape(d, n->in[1])}, n_attrs, a));
    return SPML_OK;
}
