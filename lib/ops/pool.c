/* SPDX-License-Identifier: MIT
 * ops: pools over windows: max_pool (values, optional flat indices), average_pool, lp_pool. Kernels: kernels/window.k. */
#include "ops/pool.h"

#include <string.h>

SpmlCode pool_window(const Node *n, const Type *x, Window *w, Error *err)
{
    int64_t count;
    const int64_t *k = node_ints(n, "kernel_shape", &count);
    const Dim *kernel[WINDOW_MAX];
    if (x->rank < 3 || !k || count != x->rank - 2 || count > WINDOW_MAX)
        return shape_error(n, err, "kernel_shape has %lld values for %d dimensions", (long long)count, x->rank);
    for (int64_t i = 0; i < count; i++) {
        if (k[i] < 1)
            return shape_error(n, err, "kernel_shape: %lld is less than 1", (long long)k[i]);
        kernel[i] = dim_const(n->graph, k[i]);
    }
    return window_get(n, (int)count, x->dim + 2, kernel, w, err);
}

SpmlCode shape_pool(Node *n, Error *err)
{
    Window w;
    const Dim *d[IR_MAX_RANK];
    SpmlCode code = pool_window(n, in_type(n, 0), &w, err);
    if (code)
        return code;
    d[0] = n->in[0]->type.dim[0];
    d[1] = n->in[0]->type.dim[1];
    memcpy(d + 2, w.out, (size_t)w.n * sizeof *d);
    out_set(n, 0, n->in[0]->type.dtype, w.n + 2, d);
    out_set(n, 1, DT_i64, w.n + 2, d);
    return SPML_OK;
}

static CallSpec pool_call(const Window *w, const char *kernel, DType t)
{
    CallSpec c = {.kernel = kernel, .types = {{"T", t}}};
    int at = window_consts(&c, 0, "K", w->n, w->kernel);
    at = window_consts(&c, at, "ST", w->n, w->stride);
    at = window_consts(&c, at, "DL", w->n, w->dilation);
    window_consts(&c, at, "PD", w->n, w->lo);
    return c;
}

static int consts_end(const CallSpec *c)
{
    int at = 0;
    while (at < CALL_CONSTS && c->consts[at].name)
        at++;
    return at;
}

/* Positions of x counted along its spatial dimensions, row-major (column-major with storage_order 1), each channel on its own continuing over N and C. */
static Operand positions_view(Lower *l, const Node *n, Operand x, Error *err, SpmlCode *code)
{
    Graph *g = lower_graph(l);
    const Dim *total = dim_product(g, x.dim, x.rank), *spatial = dim_product(g, x.dim + 2, x.rank - 2), *stride = dim_const(g, 1);
    Operand p = lower_value(l, lower_temp(l, DT_i64, 1, &total));
    *code = lower_call(l, &(CallSpec){.kernel = "iota", .args = {p}, .n_args = 1}, err);
    p = view_reshape(l, p, x.rank, x.dim);
    if (!node_int(n, "storage_order", 0))
        return p;
    for (int i = 2; i < x.rank; i++) { /* column-major: the first spatial dimension runs fastest */
        p.stride[i] = stride;
        stride = dim_mul(g, stride, x.dim[i]);
    }
    (void)spatial;
    return p;
}

enum { SEPARATE_FROM = 16 }; /* window items from which one pass per axis is less work than one pass over all */

static bool separates(const Window *w)
{
    int64_t k, items = 1;
    for (int i = 0; i < w->n; i++)
        items *= dim_lit(w->kernel[i], &k) ? k : 1;
    return w->n > 1 && items >= SEPARATE_FROM;
}

/* The largest of a box is the largest along each axis in turn: the same bits, since maxima do not depend on order. */
static SpmlCode max_by_axis(Lower *l, Operand x, Operand y, const Window *w, Error *err)
{
    const Dim *one = dim_const(lower_graph(l), 1), *zero = dim_const(lower_graph(l), 0), *d[IR_MAX_RANK];
    SpmlCode code = SPML_OK;
    memcpy(d, x.dim, sizeof d);
    for (int axis = w->n - 1; axis >= 0 && !code; axis--) {
        Window along = {.n = w->n};
        for (int i = 0; i < w->n; i++) {
            bool this = i == axis;
            along.kernel[i] = this ? w->kernel[i] : one;
            along.stride[i] = this ? w->stride[i] : one;
            along.dilation[i] = this ? w->dilation[i] : one;
            along.lo[i] = this ? w->lo[i] : zero;
        }
        d[2 + axis] = w->out[axis];
        Operand to = axis ? lower_value(l, lower_temp(l, x.type, x.rank, d)) : y;
        CallSpec c = pool_call(&along, "max_pool", x.type);
        c.args[0] = x;
        c.args[1] = to;
        c.n_args = 2;
        code = lower_call(l, &c, err);
        x = to;
    }
    return code;
}

SpmlCode lower_max_pool(Lower *l, Node *n, Error *err)
{
    Window w;
    SpmlCode code = pool_window(n, in_type(n, 0), &w, err);
    if (code)
        return code;
    Operand x = lower_value(l, n->in[0]);
    bool indices = n->n_out > 1 && n->out[1];
    if (!indices && n->out[0] && separates(&w))
        return max_by_axis(l, x, lower_value(l, n->out[0]), &w, err);
    CallSpec c = pool_call(&w, indices ? "max_pool_index" : "max_pool", x.type);
    c.args[c.n_args++] = x;
    if (indices)
        c.args[c.n_args++] = positions_view(l, n, x, err, &code);
    c.args[c.n_args++] = lower_value(l, n->out[0] ? n->out[0] : lower_temp(l, x.type, x.rank, n->out[1]->type.dim));
    if (indices)
        c.args[c.n_args++] = lower_value(l, n->out[1]);
    return code ? code : lower_call(l, &c, err);
}

/* One window over everything is a mean of rows. */
bool pool_covers_all(const Window *w)
{
    for (int i = 0; i < w->n; i++)
        if (w->kernel[i] != w->in[i] || !dim_is(w->lo[i], 0) || !dim_is(w->hi[i], 0) || !dim_is(w->dilation[i], 1) || !dim_is(w->out[i], 1))
            return false;
    return true;
}

static SpmlCode lower_mean(Lower *l, Operand x, Operand y, Error *err)
{
    const Dim *count = dim_product(lower_graph(l), x.dim + 2, x.rank - 2);
    y = view_reshape(l, y, 2, y.dim);
    return lower_call(l, &(CallSpec){.kernel = "reduce_mean", .types = {{"T", x.type}}, .ranks = {{"L", 2}, {"C", x.rank - 2}}, .args = {x, y}, .n_args = 2,
                                     .scalars = {scalar_dim(count)}, .n_scalars = 1}, err);
}

void pool_counted(Graph *g, const Node *n, const Window *w, const Dim **extent, const Dim **offset)
{
    const bool padded = node_int(n, "count_include_pad", 0);
    for (int i = 0; i < w->n; i++) {
        extent[i] = padded ? dim_add(g, dim_add(g, w->in[i], w->lo[i]), w->hi[i]) : w->in[i];
        offset[i] = padded ? dim_const(g, 0) : w->lo[i];
    }
}

/* What a window divides by is a sum over ones: inside the input alone, or inside input and padding with count_include_pad. */
SpmlCode lower_average_pool(Lower *l, Node *n, Error *err)
{
    Window w;
    SpmlCode code = pool_window(n, in_type(n, 0), &w, err);
    if (code)
        return code;
    Graph *g = lower_graph(l);
    Operand x = lower_value(l, n->in[0]);
    if (pool_covers_all(&w))
        return lower_mean(l, x, lower_value(l, n->out[0]), err);
    DType acc = dtype_info[x.type].compute;
    const Dim *extent[WINDOW_MAX], *offset[WINDOW_MAX];
    pool_counted(g, n, &w, extent, offset);
    uint64_t one = 0;
    dtype_set_i64(acc, &one, 0, 1);
    Value *ones = graph_const(g, NULL, acc, 0, NULL, &one, dtype_info[acc].bytes);
    if (!ones)
        return error_oom(err);
    CallSpec c = pool_call(&w, "average_pool", x.type);
    window_consts(&c, consts_end(&c), "QD", w.n, offset);
    c.args[0] = x;
    c.args[1] = view_expand(l, lower_value(l, ones), w.n, extent);
    c.args[2] = lower_value(l, n->out[0]);
    c.n_args = 3;
    return lower_call(l, &c, err);
}

SpmlCode lower_lp_pool(Lower *l, Node *n, Error *err)
{
    Window w;
    SpmlCode code = pool_window(n, in_type(n, 0), &w, err);
    if (code)
        return code;
    Operand x = lower_value(l, n->in[0]);
    CallSpec c = pool_call(&w, "lp_pool", x.type);
    c.args[0] = x;
    c.args[1] = lower_value(l, n->out[0]);
    c.n_args = 2;
    c.scalars[0] = scalar_f((double)node_int(n, "p", 2));
    c.n_scalars = 1;
    return lower_call(l, &c, err);
}
