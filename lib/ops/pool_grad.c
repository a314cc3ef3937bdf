/* SPDX-License-Identifier: MIT
 * ops: gradients of pools. max_pool_dx(x, y, dy) and average_pool_dx(dy, shape) give windows back to their elements: one pass for each item of the window, over views
 * of dx a stride apart, so that passes read and write lines and every element is summed in one order. Of equal maxima the first takes all. average_pool_dx with
 * `sum` does not divide. */
#include "ops/axes.h"
#include "ops/grad.h"
#include "ops/moves.h"
#include "ops/pool.h"

#include <string.h>

enum { ITEMS_MAX = 4096 };

/* ── rules of shape ── */

SpmlCode shape_max_pool_dx(Node *n, Error *err)
{
    (void)err;
    out_set(n, 0, in_type(n, 0)->dtype, in_type(n, 0)->rank, in_type(n, 0)->dim);
    return SPML_OK;
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

/* The part of x (and dx) that item k of the windows along axis i is, and the windows that it lies in: of x start, start + stride …, of y `from` on, `count` of both. */
static void part_of(Lower *l, const Window *w, int i, int64_t k, Operand *x, Operand *y)
{
    Graph *g = lower_graph(l);
    const Dim *zero = dim_const(g, 0), *one = dim_const(g, 1), *s = w->stride[i];
    const Dim *at = dim_sub(g, dim_mul(g, dim_const(g, k), w->dilation[i]), w->lo[i]); /* of window 0 */
    const Dim *from = dim_make(g, DIM_MAX, zero, dim_ceil_div(g, dim_sub(g, zero, at), s));
    const Dim *end = dim_make(g, DIM_MIN, w->out[i], dim_add(g, dim_div(g, dim_sub(g, dim_sub(g, w->in[i], one), at), s), one));
    const Dim *count = dim_make(g, DIM_MAX, zero, dim_sub(g, end, from));
    for (int o = 0; o < 2; o++) {
        if (x[o].value)
            x[o] = view_slice(l, x[o], i + 2, dim_add(g, dim_mul(g, from, s), at), count, s->value);
        if (y[o].value)
            y[o] = view_slice(l, y[o], i + 2, from, count, 1);
    }
}

/* dx[0] = what every item of every window gives to it: y[0], or where dx[1] is x and y[1] the maxima, what of y[0] is not taken yet. */
static SpmlCode spread(Lower *l, const Node *n, const Window *w, const Operand *y, const Operand *dx, Error *err)
{
    const int64_t items = items_of(w);
    if (items > ITEMS_MAX)
        return lower_unsupported(n, err, "a window of more than %d items", ITEMS_MAX);
    SpmlCode code = lower_fill(l, dx[0], 0, err);
    for (int64_t at = 0; at < items && !code; at++) {
        Operand x[2] = {dx[0], dx[1]}, z[2] = {y[0], y[1]};
        int64_t rest = at;
        for (int i = w->n - 1; i >= 0; i--) {
            part_of(l, w, i, rest % w->kernel[i]->value, x, z);
            rest /= w->kernel[i]->value;
        }
        code = x[1].value ? lower_call(l, &(CallSpec){.kernel = "pool_take", .types = {{"T", x[1].type}}, .args = {x[1], z[1], z[0], x[0]}, .n_args = 4}, err)
                          : lower_call(l, &(CallSpec){.kernel = "pool_add", .types = {{"A", x[0].type}}, .args = {z[0], x[0]}, .n_args = 2}, err);
    }
    return code;
}

/* Where sums are made: the result itself, or a temporary in the accumulator's type. */
static Operand sums_of(Lower *l, Operand y)
{
    DType acc = dtype_info[y.type].compute;
    return acc == y.type ? y : lower_value(l, lower_temp(l, acc, y.rank, y.dim));
}

/* Windows lie side by side and fill x. */
static bool side_by_side(const Window *w)
{
    int64_t in, out;
    for (int i = 0; i < w->n; i++)
        if (!dim_lit(w->in[i], &in) || !dim_lit(w->out[i], &out) || w->stride[i]->value != w->kernel[i]->value || !dim_is(w->dilation[i], 1) || !dim_is(w->lo[i], 0) || in != out * w->stride[i]->value)
            return false;
    return items_of(w) <= ITEMS_MAX;
}

/* x [N, C, H…] as [N, C, P…, K…], kernels of 1 left out. */
static Operand by_windows(Lower *l, const Window *w, Operand x, int *n_items)
{
    int items[WINDOW_MAX], perm[IR_MAX_RANK];
    *n_items = 0;
    for (int i = w->n - 1; i >= 0; i--)
        if (!dim_is(w->kernel[i], 1)) {
            const Dim *unit = x.stride[i + 2];
            x = view_insert(l, x, i + 3);
            x.dim[i + 3] = w->kernel[i], x.stride[i + 3] = unit;
            x.dim[i + 2] = w->out[i], x.stride[i + 2] = dim_mul(lower_graph(l), unit, w->kernel[i]);
        }
    int kept = 0;
    for (int i = 0, at = 0; at < x.rank; i++) {
        perm[kept++] = at++;
        if (i >= 2 && !dim_is(w->kernel[i - 2], 1))
            items[(*n_items)++] = at++;
    }
    memcpy(perm + kept, items, (size_t)*n_items * sizeof *perm);
    return view_permute(l, x, perm);
}

SpmlCode lower_max_pool_dx(Lower *l, Node *n, Error *err)
{
    Window w;
    int items;
    Operand x = lower_value(l, n->in[0]), y = lower_value(l, n->in[1]), dy = lower_value(l, n->in[2]), dx = lower_value(l, n->out[0]);
    SpmlCode code = pool_window(n, &n->in[0]->type, &w, err);
    if (code)
        return code;
    if (side_by_side(&w) && x.rank + w.n <= IR_MAX_RANK) {
        x = by_windows(l, &w, x, &items), dx = by_windows(l, &w, dx, &items);
        return lower_call(l, &(CallSpec){.kernel = "pool_take_all", .types = {{"T", x.type}}, .ranks = {{"L", y.rank}, {"K", items}}, .args = {x, y, dy, dx}, .n_args = 4}, err);
    }
    Operand sums = sums_of(l, dx), rest = lower_value(l, lower_temp(l, sums.type, y.rank, y.dim));
    code = lower_cast_to(l, dy, rest, err);
    if (!code)
        code = spread(l, n, &w, (Operand[]){rest, y}, (Operand[]){sums, x}, err);
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
        code = spread(l, n, &w, (Operand[]){dy, {0}}, (Operand[]){sums, {0}}, err);
    return code || sums.value == dx.value ? code : lower_cast_to(l, sums, dx, err);
}

/* ── rules ── */

SpmlCode grad_max_pool(Grad *d, Node *n, Error *err)
{
    (void)err;
    Value *dy = grad_of(d, n, 0);
    grad_give(d, n, 0, dy ? grad_with(d, OP_max_pool_dx, 3, (Value *const[]){n->in[0], grad_saved(d, n, 0), dy}, n) : NULL);
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
