/* SPDX-License-Identifier: MIT
 * ops: convolutions. conv(x [N, G·C, H…], w [G·O, C, K…], b? [G·O]) for 1 to 6 spatial dimensions; conv_transpose(x [N, G·C, H…],
 * w [G·C, O, K…], b? [G·O]). Kernels: convnd, convt (kernels/contract.k). */
#include "ops/window.h"

#include <string.h>

static SpmlCode conv_window(const Node *n, Window *w, int64_t *groups, Error *err)
{
    const Type *x = in_type(n, 0), *k = in_type(n, 1);
    if (x->dtype != k->dtype)
        return shape_error(n, err, "the input is %s, the weights are %s", dtype_name(x->dtype), dtype_name(k->dtype));
    return window_conv(n, x, k, w, groups, err);
}

SpmlCode shape_conv(Node *n, Error *err)
{
    Window w;
    int64_t groups;
    const Dim *d[IR_MAX_RANK];
    SpmlCode code = conv_window(n, &w, &groups, err);
    if (code)
        return code;
    d[0] = n->in[0]->type.dim[0];
    d[1] = n->in[1]->type.dim[0];
    memcpy(d + 2, w.out, (size_t)w.n * sizeof *d);
    out_set(n, 0, n->in[0]->type.dtype, w.n + 2, d);
    return SPML_OK;
}

/* The bias as acc[G·O], or a zero expanded to it. */
static Operand bias_view(Lower *l, const Node *n, DType acc, const Dim *channels)
{
    static const char zero[16];
    if (in_given(n, 2) && n->in[2]->type.dtype == acc)
        return lower_value(l, n->in[2]);
    if (in_given(n, 2)) { /* f16 bias of an f32 sum */
        Operand b = lower_value(l, lower_temp(l, acc, 1, &channels));
        Error err = {0};
        lower_call(l, &(CallSpec){.kernel = "cast", .types = {{"T", n->in[2]->type.dtype}, {"U", acc}}, .args = {lower_value(l, n->in[2]), b}, .n_args = 2}, &err);
        return b;
    }
    Value *z = graph_const(lower_graph(l), NULL, acc, 0, NULL, zero, dtype_info[acc].bytes);
    return view_expand(l, lower_value(l, z), 1, &channels);
}

/* Both templates take {x, w, bias, y} and the window's strides, dilations and leading paddings. */
static SpmlCode conv_call(Lower *l, Node *n, const char *kernel, const Window *w, int64_t groups, Error *err)
{
    DType t = n->in[0]->type.dtype, acc = dtype_info[t].compute;
    if (acc == DT_none || acc == DT_bool)
        return lower_unsupported(n, err, "%s operands", dtype_name(t));
    Operand x = lower_value(l, n->in[0]), k = lower_value(l, n->in[1]), y = lower_value(l, n->out[0]), b = bias_view(l, n, acc, y.dim[1]);
    CallSpec c = {.kernel = kernel, .types = {{"X", t}}, .consts = {{"G", dim_const(lower_graph(l), groups)}}, .args = {x, k, b, y}, .n_args = 4};
    int at = window_consts(&c, 1, "ST", w->n, w->stride);
    at = window_consts(&c, at, "DL", w->n, w->dilation);
    window_consts(&c, at, "PD", w->n, w->lo);
    return lower_call(l, &c, err);
}

SpmlCode lower_conv(Lower *l, Node *n, Error *err)
{
    Window w;
    int64_t groups;
    SpmlCode code = conv_window(n, &w, &groups, err);
    return code ? code : conv_call(l, n, "convnd", &w, groups, err);
}

/* ── transposed ── */

/* Output extents and padding at the beginning: ONNX ConvTranspose, output_shape included. */
static SpmlCode transpose_window(const Node *n, Window *w, int64_t *groups, Error *err)
{
    const Type *x = in_type(n, 0), *k = in_type(n, 1);
    Graph *g = n->graph;
    int64_t n_pad, n_shape;
    const int64_t *extra = node_ints(n, "output_padding", &n_pad), *shape = node_ints(n, "output_shape", &n_shape);
    Node plain = *n;
    const char *pad = node_str(n, "auto_pad", "NOTSET");
    bool same = !strncmp(pad, "SAME", 4);
    Attr attrs[32];
    plain.attrs = attrs;
    plain.n_attrs = 0;
    for (int i = 0; i < n->n_attrs && plain.n_attrs < 32; i++)
        if (strcmp(n->attrs[i].name, "auto_pad"))
            attrs[plain.n_attrs++] = n->attrs[i];
    *groups = node_int(n, "group", 1);
    if (x->rank < 3 || k->rank != x->rank || *groups < 1)
        return shape_error(n, err, "the input has %d dimensions, the weights %d, %lld groups", x->rank, k->rank, (long long)*groups);
    /* strides, dilations and pads are read as for a convolution whose input is large enough */
    const Dim *big[WINDOW_MAX];
    for (int i = 0; i < x->rank - 2 && i < WINDOW_MAX; i++)
        big[i] = dim_const(g, INT32_MAX);
    SpmlCode code = window_get(&plain, x->rank - 2, big, k->dim + 2, w, err);
    for (int i = 0; i < w->n && !code; i++) {
        const Dim *one = dim_const(g, 1), *more = dim_const(g, extra && i < n_pad ? extra[i] : 0);
        w->in[i] = x->dim[2 + i];
        const Dim *span = dim_add(g, dim_mul(g, dim_sub(g, w->kernel[i], one), w->dilation[i]), one);
        const Dim *full = dim_add(g, dim_add(g, dim_mul(g, dim_sub(g, w->in[i], one), w->stride[i]), span), more);
        bool given = shape && (n_shape == w->n || n_shape == w->n + 2);
        if (!given && !same) {
            w->out[i] = dim_sub(g, dim_sub(g, full, w->lo[i]), w->hi[i]);
        } else {
            w->out[i] = given ? dim_const(g, shape[n_shape - w->n + i]) : dim_mul(g, w->in[i], w->stride[i]);
            const Dim *total = dim_make(g, DIM_MAX, dim_sub(g, full, w->out[i]), dim_const(g, 0)), *half = dim_div(g, total, dim_const(g, 2));
            w->lo[i] = !strcmp(pad, "SAME_UPPER") ? half : dim_sub(g, total, half);
        }
        if (!w->out[i])
            code = shape_error(n, err, "an extent overflows");
    }
    return code;
}

SpmlCode shape_conv_transpose(Node *n, Error *err)
{
    Window w;
    int64_t groups;
    const Dim *d[IR_MAX_RANK];
    SpmlCode code = transpose_window(n, &w, &groups, err);
    if (code)
        return code;
    d[0] = n->in[0]->type.dim[0];
    d[1] = dim_mul(n->graph, n->in[1]->type.dim[1], dim_const(n->graph, groups));
    memcpy(d + 2, w.out, (size_t)w.n * sizeof *d);
    out_set(n, 0, n->in[0]->type.dtype, w.n + 2, d);
    return SPML_OK;
}

SpmlCode lower_conv_transpose(Lower *l, Node *n, Error *err)
{
    Window w;
    int64_t groups;
    SpmlCode code = transpose_window(n, &w, &groups, err);
    return code ? code : conv_call(l, n, "convt", &w, groups, err);
}
