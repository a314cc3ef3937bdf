/* SPDX-License-Identifier: MIT
 * ops: gradients of pools. max_pool_place(x) says which item of each window was the first maximum; max_pool_dx(dy, place, shape) and average_pool_dx(dy, shape) give
 * windows back to their elements: one pass for each item of the window, over views of dx a stride apart, so that passes read and write lines and every element is
 * summed in one order. average_pool_dx with `sum` does not divide. */
#include "ops/axes.h"
#include "ops/grad.h"
#include "ops/moves.h"
#include "ops/pool.h"

#include <string.h>

enum { ITEMS_MAX = 4096 };

/* ── rules of shape ── */

SpmlCode shape_max_pool_place(Node *n, Error *err)
{
    SpmlCode code = shape_pool(n, err);
    if (!code && n->out[0])
        n->out[0]->type.dtype = DT_i32;
    return code;
}

/* The extents of the result are the elements of the last input. */
SpmlCode shape_pool_dx(Node *n, Error *err) { return shape_from_input(n, n->n_in - 1, err); }

/* ── lowering ── */

static int64_t items_of(const Window *w)
{
    int64_t items = 1;
    for (int i = 0; i < w->n && items <= ITEMS_MAX; i++)
        items *= w->kernel[i]->value;
    return items;
}

static int consts_all(CallSpec *c, int at, const Window *w)
{
    at = window_consts(c, at, "ST", w->n, w->stride);
    at = window_consts(c, at, "DL", w->n, w->dilation);
    return window_consts(c, at, "PD", w->n, w->lo);
}

SpmlCode lower_max_pool_place(Lower *l, Node *n, Error *err)
{
    Window w;
    SpmlCode code = pool_window(n, &n->in[0]->type, &w, err);
    if (code)
        return code;
    if (items_of(&w) > ITEMS_MAX)
        return lower_unsupported(n, err, "a window of more than %d items", ITEMS_MAX);
    Graph *g = lower_graph(l);
    int32_t numbers[ITEMS_MAX], one = 1;
    int64_t extents[WINDOW_MAX], items = items_of(&w);
    for (int64_t i = 0; i < items; i++)
        numbers[i] = (int32_t)i;
    for (int i = 0; i < w.n; i++)
        extents[i] = w.kernel[i]->value;
    Value *tab = graph_const(g, NULL, DT_i32, w.n, extents, numbers, (size_t)items * sizeof *numbers), *ones = graph_const(g, NULL, DT_i32, 0, NULL, &one, sizeof one);
    if (!tab || !ones)
        return error_oom(err);
    Operand x = lower_value(l, n->in[0]);
    CallSpec c = {.kernel = "max_pool_place", .types = {{"T", x.type}}, .args = {x, view_expand(l, lower_value(l, ones), w.n, w.in), lower_value(l, tab), lower_value(l, n->out[0])}, .n_args = 4};
    consts_all(&c, 0, &w);
    return lower_call(l, &c, err);
}

/* The part of dx that item k of the windows along axis i is, and the windows that it lies in: of dx start, start + stride …, of dy `from` on, `count` of both. */
static void part_of(Lower *l, const Window *w, int i, int64_t k, Operand *dx, Operand *of[2])
{
    Graph *g = lower_graph(l);
    const Dim *zero = dim_const(g, 0), *one = dim_const(g, 1), *s = w->stride[i];
    const Dim *at = dim_sub(g, dim_mul(g, dim_const(g, k), w->dilation[i]), w->lo[i]); /* of window 0 */
    const Dim *from = dim_make(g, DIM_MAX, zero, dim_ceil_div(g, dim_sub(g, zero, at), s));
    const Dim *end = dim_make(g, DIM_MIN, w->out[i], dim_add(g, dim_div(g, dim_sub(g, dim_sub(g, w->in[i], one), at), s), one));
    const Dim *count = dim_make(g, DIM_MAX, zero, dim_sub(g, end, from));
    *dx = view_slice(l, *dx, i + 2, dim_add(g, dim_mul(g, from, s), at), count, s->value);
    for (int o = 0; o < 2; o++)
        if (of[o]->value)
            *of[o] = view_slice(l, *of[o], i + 2, from, count, 1);
}

/* dx = what every item of every window gives to it; place: NULL value: all of dy. */
static SpmlCode spread(Lower *l, const Node *n, const Window *w, Operand dy, Operand place, Operand dx, Error *err)
{
    const int64_t items = items_of(w);
    if (items > ITEMS_MAX)
        return lower_unsupported(n, err, "a window of more than %d items", ITEMS_MAX);
    SpmlCode code = lower_fill(l, dx, 0, err);
    for (int64_t at = 0; at < items && !code; at++) {
        Operand x = dx, y = dy, p = place, *of[2] = {&y, &p};
        int64_t rest = at;
        for (int i = w->n - 1; i >= 0; i--) {
            part_of(l, w, i, rest % w->kernel[i]->value, &x, of);
            rest /= w->kernel[i]->value;
        }
        CallSpec c = {.kernel = place.value ? "pool_pick" : "pool_add", .types = {{place.value ? "T" : "A", y.type}}, .args = {y, p, x}, .n_args = 3};
        if (place.value) {
            c.scalars[0] = scalar_i(at);
            c.n_scalars = 1;
        } else {
            c.args[1] = x;
            c.n_args = 2;
        }
        code = lower_call(l, &c, err);
    }
    return code;
}

/* Where sums are made: the result itself, or a temporary in the accumulator's type. */
static Operand sums_of(Lower *l, Operand y)
{
    DType acc = dtype_info[y.type].compute;
    return acc == y.type ? y : lower_value(l, lower_temp(l, acc, y.rank, y.dim));
}

SpmlCode lower_max_pool_dx(Lower *l, Node *n, Error *err)
{
    Window w;
    Operand dx = lower_value(l, n->out[0]), sums = sums_of(l, dx);
    SpmlCode code = pool_window(n, &n->out[0]->type, &w, err);
    if (!code)
        code = spread(l, n, &w, lower_value(l, n->in[0]), lower_value(l, n->in[1]), sums, err);
    return code || sums.value == dx.value ? code : lower_cast_to(l, sums, dx, err);
}

/* dy over the number of elements of each window, in the accumulator's type. */
static SpmlCode shared_out(Lower *l, const Node *n, const Window *w, Operand dy, Operand y, Error *err)
{
    const Dim *extent[WINDOW_MAX], *offset[WINDOW_MAX];
    Operand one = operand_scalar(l, y.type, 1, err);
    if (!one.value)
        return SPML_RESOURCE;
    pool_counted(lower_graph(l), n, w, extent, offset);
    CallSpec c = {.kernel = "average_share", .types = {{"T", dy.type}}, .args = {dy, view_expand(l, one, w->n, extent), y}, .n_args = 3};
    int at = window_consts(&c, 0, "K", w->n, w->kernel);
    at = window_consts(&c, at, "ST", w->n, w->stride);
    at = window_consts(&c, at, "DL", w->n, w->dilation);
    window_consts(&c, at, "QD", w->n, offset);
    return lower_call(l, &c, err);
}

SpmlCode lower_average_pool_dx(Lower *l, Node *n, Error *err)
{
    Window w;
    Operand dy = lower_value(l, n->in[0]), dx = lower_value(l, n->out[0]);
    DType acc = dtype_info[dx.type].compute;
    SpmlCode code = pool_window(n, &n->out[0]->type, &w, err);
    if (code)
        return code;
    if (!node_int(n, "sum", 0) || dy.type != acc) {
        Operand shares = lower_value(l, lower_temp(l, acc, dy.rank, dy.dim));
        code = node_int(n, "sum", 0) ? lower_cast_to(l, dy, shares, err) : shared_out(l, n, &w, dy, shares, err);
        dy = shares;
    }
    if (pool_covers_all(&w))
        return code ? code : lower_cast_to(l, view_expand(l, dy, dx.rank, dx.dim), dx, err);
    Operand sums = sums_of(l, dx);
    if (!code)
        code = spread(l, n, &w, dy, (Operand){0}, sums, err);
    return code || sums.value == dx.value ? code : lower_cast_to(l, sums, dx, err);
}

/* ── rules ── */

SpmlCode grad_max_pool(Grad *d, Node *n, Error *err)
{
    (void)err;
    Value *dy = grad_of(d, n, 0);
    if (!dy)
        return grad_give(d, n, 0, NULL), SPML_OK;
    Value *place = grad_with(d, OP_max_pool_place, 1, n->in, n);
    grad_give(d, n, 0, grad_with(d, OP_max_pool_dx, 3, (Value *const[]){dy, place, grad_shape(d, n->in[0])}, n));
    return SPML_OK;
}

SpmlCode grad_average_pool(Grad *d, Node *n, Error *err)
{
    (void)err;
    grad_give(d, n, 0, grad_with(d, OP_average_pool_dx, 2, (Value *const[]){grad_of(d, n, 0), grad_shape(d, n->in[0])}, n));
    return SPML_OK;
}

/* y = (sum of |x|^p)^(1/p): dx = sign(x)·|x|^(p-1) · sum over its windows of dy·y^(1-p); where y is 0 nothing flows. */
SpmlCode grad_lp_pool(Grad *d, Node *n, Error *err)
{
    (void)err;
    Value *x = n->in[0], *y = n->out[0];
    const int64_t p = node_int(n, "p", 2);
    GradVar v[] = {{"g", grad_of(d, n, 0)}, {"y", y}, {"x", x}, {"q", grad_scalar(d, x->type.dtype, (double)(1 - p))}, {"r", grad_scalar(d, x->type.dtype, (double)(p - 1))}, {"u", NULL}};
    Value *t = grad_expr(d, NULL, x->type.dtype, "y 0 eq 0 g y q pow mul where", v, 4);
    Value *u = grad_with(d, OP_average_pool_dx, 2, (Value *const[]){t, grad_shape(d, x)}, n);
    if (u && !node_attr(u->producer, &GRAD_INT("sum", 1)))
        return error_oom(err);
    v[5].v = u;
    grad_give(d, n, 0, grad_expr(d, NULL, x->type.dtype, p == 2 ? "u x mul" : "u x sign mul x abs r pow mul", v, 6));
    return SPML_OK;
}

/* Positions are flat in the result: dx is what stands there. */
SpmlCode grad_max_unpool(Grad *d, Node *n, Error *err)
{
    (void)err;
    Value *dy = grad_of(d, n, 0);
    static const int64_t all = -1;
    Value *flat = dy ? grad_op2(d, OP_reshape, dy, grad_i64(d, 1, &all)) : NULL;
    grad_give(d, n, 0, grad_op2(d, OP_gather, flat, n->in[1]));
    return SPML_OK;
}
