/* SPDX-License-Identifier: MIT
 * ops: grid_sample, affine_grid, deform_conv, col2im, max_unpool, max_roi_pool, roi_align. Extents and operands only; every coordinate is
 * computed by kernels/vision.k. */
#include "ops/axes.h"
#include "ops/grad.h"
#include "ops/known.h"
#include "ops/moves.h"
#include "ops/window.h"

#include <string.h>

static int64_t index_of(const char *name, const char *const *names)
{
    for (int i = 0; names[i]; i++)
        if (!strcmp(name, names[i]))
            return i;
    return -1;
}

static SpmlCode float_check(const Node *n, DType t, Error *err)
{
    return dtype_is_float(dtype_info[t].compute) ? SPML_OK : lower_unsupported(n, err, "%s", dtype_name(t));
}

/* ── grid_sample, affine_grid ── */

SpmlCode shape_grid_sample(Node *n, Error *err)
{
    const Type *x = in_type(n, 0), *g = in_type(n, 1);
    const Dim *d[IR_MAX_RANK];
    if (x->rank < 4 || x->rank > 5 || g->rank != x->rank)
        return shape_error(n, err, "x has %d dimensions, the grid %d", x->rank, g->rank);
    d[0] = x->dim[0];
    d[1] = x->dim[1];
    memcpy(d + 2, g->dim + 1, (size_t)(x->rank - 2) * sizeof *d);
    out_set(n, 0, x->dtype, x->rank, d);
    return SPML_OK;
}

SpmlCode lower_grid_sample(Lower *l, Node *n, Error *err)
{
    static const char *const modes[] = {"nearest", "linear", "cubic", NULL}, *const old[] = {"nearest", "bilinear", "bicubic", NULL}, *const pads[] = {"zeros", "border", "reflection", NULL};
    Graph *g = lower_graph(l);
    Operand x = lower_value(l, n->in[0]), grid = lower_value(l, n->in[1]), y = lower_value(l, n->out[0]);
    const char *name = node_str(n, "mode", "linear"), *padding = node_str(n, "padding_mode", "zeros");
    int64_t mode = index_of(name, modes), pad = index_of(padding, pads);
    mode = mode < 0 ? index_of(name, old) : mode;
    SpmlCode code = float_check(n, x.type, err);
    if (code || mode < 0 || pad < 0)
        return code ? code : lower_unsupported(n, err, "mode '%.40s', padding '%.40s'", name, padding);
    return lower_call(l, &(CallSpec){.kernel = x.rank == 4 ? "grid_sample_2d" : "grid_sample_3d", .types = {{"T", x.type}, {"G", grid.type}},
        .consts = {{"MODE", dim_const(g, mode)}, {"PAD", dim_const(g, pad)}, {"K", dim_const(g, (int64_t)1 << mode)}, {"ALIGN", dim_const(g, node_int(n, "align_corners", 0) != 0)}},
        .args = {x, grid, y}, .n_args = 3}, err);
}

SpmlCode shape_affine_grid(Node *n, Error *err)
{
    const Type *t = in_type(n, 0);
    const Dim *size[5], *d[5];
    int count;
    int64_t len;
    if (t->rank != 3)
        return shape_error(n, err, "theta has %d dimensions", t->rank);
    if (!known_dims(n->in[1], size, 5, &count)) {
        int rank = n->in[1]->type.rank == 1 && dim_lit(n->in[1]->type.dim[0], &len) && len <= 5 ? (int)len : -1;
        return shape_dynamic(n, 1, &t->dtype, &rank);
    }
    if (count < 4 || (dim_lit(t->dim[1], &len) && len != count - 2))
        return shape_error(n, err, "theta does not fit a size of %d values", count);
    d[0] = t->dim[0];
    memcpy(d + 1, size + 2, (size_t)(count - 2) * sizeof *d);
    d[count - 1] = dim_const(n->graph, count - 2);
    out_set(n, 0, t->dtype, count, d);
    return SPML_OK;
}

SpmlCode lower_affine_grid(Lower *l, Node *n, Error *err)
{
    Operand t = lower_value(l, n->in[0]), y = lower_value(l, n->out[0]);
    SpmlCode code = float_check(n, t.type, err);
    return code ? code : lower_call(l, &(CallSpec){.kernel = y.rank == 4 ? "affine_grid_2d" : "affine_grid_3d", .types = {{"T", t.type}},
                                                   .consts = {{"ALIGN", dim_const(lower_graph(l), node_int(n, "align_corners", 0) != 0)}}, .args = {t, y}, .n_args = 2}, err);
}

/* ── deform_conv: inputs x, w, offset, bias?, mask? ── */

static SpmlCode deform_window(const Node *n, Window *w, Error *err)
{
    const Type *x = in_type(n, 0), *k = in_type(n, 1), *off = in_type(n, 2);
    if (x->rank != 4 || k->rank != 4 || off->rank != 4)
        return lower_unsupported(n, err, "%d dimensions", x->rank);
    int64_t groups = node_int(n, "group", 1), og = node_int(n, "offset_group", 1), c, cw, o, co, kh, kw;
    if (groups < 1 || og < 1 || (dim_lit(x->dim[1], &c) && (c % og || (dim_lit(k->dim[1], &cw) && cw * groups != c))) || (dim_lit(k->dim[0], &o) && o % groups))
        return shape_error(n, err, "channels do not fit %lld groups and %lld groups of offsets", (long long)groups, (long long)og);
    if (dim_lit(off->dim[1], &co) && dim_lit(k->dim[2], &kh) && dim_lit(k->dim[3], &kw) && dim_lit(dim_product(n->graph, (const Dim *const[]){k->dim[2], k->dim[3], dim_const(n->graph, og), dim_const(n->graph, 2)}, 4), &cw) && co != cw)
        return shape_error(n, err, "%lld channels of offsets, not %lld", (long long)co, (long long)cw);
    return window_get(n, 2, x->dim + 2, k->dim + 2, w, err);
}

SpmlCode shape_deform_conv(Node *n, Error *err)
{
    Window w;
    SpmlCode code = deform_window(n, &w, err);
    if (!code)
        out_set(n, 0, n->in[0]->type.dtype, 4, (const Dim *const[]){n->in[0]->type.dim[0], n->in[1]->type.dim[0], w.out[0], w.out[1]});
    return code;
}

/* Every window sampled into columns [N, C, K…, P…]. */
static SpmlCode deform_columns(Lower *l, Node *n, const Window *w, Operand cols, Error *err)
{
    Graph *g = lower_graph(l);
    Operand x = lower_value(l, n->in[0]), off = lower_value(l, n->in[2]);
    const Dim *og = dim_const(g, node_int(n, "offset_group", 1)), *two = dim_const(g, 2);
    const Dim *dm[] = {x.dim[0], og, w->kernel[0], w->kernel[1], w->out[0], w->out[1]};
    off = view_reshape(l, off, 7, (const Dim *const[]){x.dim[0], og, w->kernel[0], w->kernel[1], two, w->out[0], w->out[1]});
    Operand mask = in_given(n, 4) ? view_reshape(l, lower_value(l, n->in[4]), 6, dm) : view_expand(l, operand_scalar(l, x.type, 1, err), 6, dm);
    return lower_call(l, &(CallSpec){.kernel = "deform_columns", .types = {{"T", x.type}}, .args = {x, off, mask, cols}, .n_args = 4,
        .consts = {{"CO", dim_div(g, x.dim[1], og)}, {"SH", w->stride[0]}, {"SW", w->stride[1]}, {"DH", w->dilation[0]}, {"DW", w->dilation[1]}, {"PH", w->lo[0]}, {"PW", w->lo[1]}}}, err);
}

SpmlCode lower_deform_conv(Lower *l, Node *n, Error *err)
{
    Graph *g = lower_graph(l);
    Window w;
    SpmlCode code = deform_window(n, &w, err);
    Operand x = lower_value(l, n->in[0]), k = lower_value(l, n->in[1]), y = lower_value(l, n->out[0]);
    DType acc = dtype_info[x.type].compute;
    if (!code)
        code = float_check(n, x.type, err);
    if (code)
        return code;
    const Dim *groups = dim_const(g, node_int(n, "group", 1)), *og = dim_div(g, k.dim[0], groups), *taps = dim_mul(g, w.kernel[0], w.kernel[1]), *places = dim_mul(g, w.out[0], w.out[1]);
    const Dim *inner = dim_mul(g, k.dim[1], taps);
    Operand cols = lower_value(l, lower_temp(l, x.type, 6, (const Dim *const[]){x.dim[0], x.dim[1], w.kernel[0], w.kernel[1], w.out[0], w.out[1]}));
    code = deform_columns(l, n, &w, cols, err);
    Operand bias = in_given(n, 3) ? lower_value(l, n->in[3]) : operand_scalar(l, acc, 0, err), b = bias;
    if (!code && b.type != acc) {
        b = lower_value(l, lower_temp(l, acc, 1, &k.dim[0]));
        code = lower_cast_to(l, bias, b, err);
    }
    const Dim *ds[] = {x.dim[0], groups, og, places};
    if (b.rank)
        b = view_insert(l, view_reshape(l, b, 2, (const Dim *const[]){groups, og}), 2);
    k = view_expand(l, view_reshape(l, k, 3, (const Dim *const[]){groups, og, inner}), 4, (const Dim *const[]){x.dim[0], groups, og, inner});
    cols = view_reshape(l, cols, 4, (const Dim *const[]){x.dim[0], groups, inner, places});
    return code ? code : lower_call(l, &(CallSpec){.kernel = "matmul", .types = {{"T", x.type}}, .ranks = {{"B", 2}}, .args = {k, cols, view_expand(l, b, 4, ds), view_reshape(l, y, 4, ds)}, .n_args = 4}, err);
}

/* ── col2im: inputs x [N, C·K, P], image extents, block extents ── */

/* *known false: image or block extents are not known yet. */
static SpmlCode image_window(const Node *n, Window *w, bool *known, Error *err)
{
    const Dim *image[WINDOW_MAX], *block[WINDOW_MAX];
    int count, blocks;
    *known = known_dims(n->in[1], image, WINDOW_MAX, &count) && known_dims(n->in[2], block, WINDOW_MAX, &blocks);
    if (!*known)
        return SPML_OK;
    if (count != blocks || n->in[0]->type.rank != 3)
        return shape_error(n, err, "%d image extents, %d block extents, input of rank %d", count, blocks, n->in[0]->type.rank);
    SpmlCode code = window_get(n, count, image, block, w, err);
    int64_t size, channels, places, have;
    if (code)
        return code;
    if (dim_lit(dim_product(n->graph, w->kernel, count), &size) && dim_lit(n->in[0]->type.dim[1], &channels) && (size < 1 || channels % size))
        return shape_error(n, err, "%lld channels in blocks of %lld", (long long)channels, (long long)size);
    if (dim_lit(dim_product(n->graph, w->out, count), &places) && dim_lit(n->in[0]->type.dim[2], &have) && places != have)
        return shape_error(n, err, "%lld blocks, the image takes %lld", (long long)have, (long long)places);
    return SPML_OK;
}

SpmlCode shape_col2im(Node *n, Error *err)
{
    Window w;
    bool known;
    const Type *x = in_type(n, 0);
    const Dim *d[IR_MAX_RANK];
    int64_t len;
    SpmlCode code = image_window(n, &w, &known, err);
    if (code)
        return code;
    if (!known) {
        int rank = n->in[1]->type.rank == 1 && dim_lit(n->in[1]->type.dim[0], &len) && len <= WINDOW_MAX ? (int)len + 2 : -1;
        return shape_dynamic(n, 1, &x->dtype, &rank);
    }
    d[0] = x->dim[0];
    d[1] = dim_div(n->graph, x->dim[1], dim_product(n->graph, w.kernel, w.n));
    memcpy(d + 2, w.in, (size_t)w.n * sizeof *d);
    out_set(n, 0, x->dtype, w.n + 2, d);
    return SPML_OK;
}

SpmlCode lower_col2im(Lower *l, Node *n, Error *err)
{
    Window w;
    bool known;
    const Dim *d[IR_MAX_RANK];
    SpmlCode code = image_window(n, &w, &known, err);
    Operand x = lower_value(l, n->in[0]), y = lower_value(l, n->out[0]);
    DType acc = dtype_info[x.type].compute;
    if (code || !known || acc == DT_none || acc == DT_bool)
        return code ? code : lower_unsupported(n, err, "%s, or extents that are not known", dtype_name(x.type));
    d[0] = y.dim[0];
    d[1] = y.dim[1];
    memcpy(d + 2, w.kernel, (size_t)w.n * sizeof *d);
    memcpy(d + 2 + w.n, w.out, (size_t)w.n * sizeof *d);
    CallSpec c = {.kernel = "col2im", .types = {{"T", x.type}}, .ranks = {{"K", w.n}, {"P", w.n}, {"H", w.n}}, .args = {view_reshape(l, x, 2 + 2 * w.n, d), y}, .n_args = 2};
    int at = window_consts(&c, 0, "ST", w.n, w.stride);
    at = window_consts(&c, at, "DL", w.n, w.dilation);
    window_consts(&c, at, "PD", w.n, w.lo);
    return lower_call(l, &c, err);
}

/* Along an axis of the padded image: which of its elements tap k of block l sees, [K, L]. */
static Value *taps_along(Grad *d, Value *image, int axis, int64_t taps, int64_t blocks, int64_t stride, int64_t dilation)
{
    int64_t *at = arena_array(d->g->arena, int64_t, (size_t)(taps * blocks));
    for (int64_t i = 0; at && i < taps * blocks; i++)
        at[i] = i / blocks * dilation + i % blocks * stride;
    Value *ix = at ? grad_reshape(d, grad_i64(d, (int)(taps * blocks), at), 2, (const Dim *const[]){dim_const(d->g, taps), dim_const(d->g, blocks)}) : NULL;
    return grad_op(d, OP_gather, 2, (Value *const[]){image, ix}, 1, (Attr[]){GRAD_INT("axis", axis)});
}

/* The blocks of g: each element of x was added to one place. */
SpmlCode grad_col2im(Grad *d, Node *n, Error *err)
{
    Window w;
    bool known;
    int64_t pads[2 * IR_MAX_RANK] = {0}, perm[2 * WINDOW_MAX + 2] = {0, 1}, taps, blocks, stride, dilation;
    SpmlCode code = image_window(n, &w, &known, err);
    if (code || !known || 2 * w.n + 2 > IR_MAX_RANK)
        return code ? code : grad_unsupported(n, err, "extents that are not known, or too many");
    for (int i = 0; i < w.n; i++)
        if (!dim_lit(w.lo[i], &pads[2 + i]) || !dim_lit(w.hi[i], &pads[4 + w.n + i]))
            return grad_unsupported(n, err, "padding that is a symbol");
    Value *g = grad_op(d, OP_pad, 2, (Value *const[]){grad_of(d, n, 0), grad_i64(d, 2 * (w.n + 2), pads)}, 0, NULL);
    for (int i = 0; i < w.n; i++) {
        if (!dim_lit(w.kernel[i], &taps) || !dim_lit(w.out[i], &blocks) || !dim_lit(w.stride[i], &stride) || !dim_lit(w.dilation[i], &dilation) || taps * blocks > 1 << 24)
            return grad_unsupported(n, err, "extents that are symbols");
        g = taps_along(d, g, 2 + 2 * i, taps, blocks, stride, dilation); /* [N, C, K0, L0, …, H_i+1 …] */
        perm[2 + i] = 2 + 2 * i;
        perm[2 + w.n + i] = 3 + 2 * i;
    }
    grad_give(d, n, 0, g ? grad_reshape_like(d, grad_permute(d, g, perm), n->in[0]) : NULL);
    return SPML_OK;
}

/* ── max_unpool: inputs x, flat positions, extents? ── */

static const Dim *unpooled(const Node *n, int i, const int64_t *kernel, const int64_t *strides, const int64_t *pads, int spatial)
{
    Graph *g = n->graph;
    const Dim *last = dim_sub(g, n->in[0]->type.dim[2 + i], dim_const(g, 1));
    int64_t pad = pads ? pads[i] + pads[i + spatial] : 0;
    return dim_add(g, dim_mul(g, last, dim_const(g, strides ? strides[i] : 1)), dim_const(g, kernel[i] - pad));
}

static SpmlCode unpool_dims(const Node *n, const Dim **d /* [rank] */, Error *err)
{
    const Type *x = in_type(n, 0);
    int spatial = x->rank - 2;
    int64_t nk, ns, np;
    const int64_t *kernel = node_ints(n, "kernel_shape", &nk), *strides = node_ints(n, "strides", &ns), *pads = node_ints(n, "pads", &np);
    if (spatial < 1 || !kernel || nk != spatial || (strides && ns != spatial) || (pads && np != 2 * spatial))
        return shape_error(n, err, "kernel_shape, strides or pads do not fit %d spatial dimensions", spatial);
    d[0] = x->dim[0];
    d[1] = x->dim[1];
    for (int i = 0; i < spatial; i++) {
        int64_t extent;
        d[2 + i] = unpooled(n, i, kernel, strides, pads, spatial);
        if (!d[2 + i] || (dim_lit(d[2 + i], &extent) && extent < 0))
            return shape_error(n, err, "spatial dimension %d has no valid extent", i);
    }
    return SPML_OK;
}

SpmlCode shape_max_unpool(Node *n, Error *err)
{
    const Type *x = in_type(n, 0);
    const Dim *d[IR_MAX_RANK];
    int count = x->rank;
    SpmlCode code = unpool_dims(n, d, err);
    if (!code && in_given(n, 2) && !known_dims(n->in[2], d, IR_MAX_RANK, &count))
        return shape_dynamic(n, 1, &x->dtype, &x->rank);
    if (code || count != x->rank)
        return code ? code : shape_error(n, err, "%d extents for %d dimensions", count, x->rank);
    out_set(n, 0, x->dtype, x->rank, d);
    return SPML_OK;
}

SpmlCode lower_max_unpool(Lower *l, Node *n, Error *err)
{
    const Dim *d[IR_MAX_RANK];
    SpmlCode code = unpool_dims(n, d, err);
    DType t = move_type(n->in[0]->type.dtype);
    if (code || t == DT_none || n->in[1]->type.dtype != DT_i64)
        return code ? code : lower_unsupported(n, err, "%s", dtype_name(n->in[0]->type.dtype));
    Operand x = view_cast(l, lower_value(l, n->in[0]), t), y = view_cast(l, lower_value(l, n->out[0]), t), to = y, into = y;
    bool same = true;
    for (int i = 0; i < x.rank; i++)
        same = same && d[i] == y.dim[i];
    code = lower_fill(l, y, 0, err);
    if (!same) {
        to = lower_value(l, lower_temp(l, t, x.rank, d));
        for (int i = 0; i < x.rank; i++) {
            const Dim *common = dim_make(lower_graph(l), DIM_MIN, d[i], y.dim[i]), *zero = dim_const(lower_graph(l), 0);
            into = view_slice(l, into, i, zero, common, 1);
        }
        code = code ? code : lower_fill(l, to, 0, err);
    }
    if (!code)
        code = lower_call(l, &(CallSpec){.kernel = "max_unpool", .types = {{"T", t}}, .args = {view_flat(l, lower_value(l, n->in[1])), view_flat(l, x), view_flat(l, to)}, .n_args = 3}, err);
    for (int i = 0; i < x.rank && !same; i++)
        to = view_slice(l, to, i, dim_const(lower_graph(l), 0), into.dim[i], 1);
    return code || same ? code : lower_copy(l, to, into, err);
}

/* ── regions of interest ── */

SpmlCode shape_max_roi_pool(Node *n, Error *err)
{
    const Type *x = in_type(n, 0), *r = in_type(n, 1);
    int64_t count;
    const int64_t *p = node_ints(n, "pooled_shape", &count);
    if (x->rank != 4 || r->rank != 2 || !p || count != 2 || p[0] < 1 || p[1] < 1 || r->dtype != x->dtype)
        return shape_error(n, err, "x has rank %d, the regions %d, or pooled_shape does not fit", x->rank, r->rank);
    out_set(n, 0, x->dtype, 4, (const Dim *const[]){r->dim[0], x->dim[1], dim_const(n->graph, p[0]), dim_const(n->graph, p[1])});
    return SPML_OK;
}

SpmlCode lower_max_roi_pool(Lower *l, Node *n, Error *err)
{
    Operand x = lower_value(l, n->in[0]), r = lower_value(l, n->in[1]), y = lower_value(l, n->out[0]);
    SpmlCode code = float_check(n, x.type, err);
    return code ? code : lower_call(l, &(CallSpec){.kernel = "max_roi_pool", .types = {{"T", x.type}}, .args = {x, r, y}, .n_args = 3, .scalars = {scalar_f(node_float(n, "spatial_scale", 1))}, .n_scalars = 1}, err);
}

SpmlCode shape_roi_align(Node *n, Error *err)
{
    const Type *x = in_type(n, 0), *r = in_type(n, 1), *b = in_type(n, 2);
    int64_t h = node_int(n, "output_height", 1), w = node_int(n, "output_width", 1);
    if (x->rank != 4 || r->rank != 2 || b->rank != 1 || h < 1 || w < 1 || r->dtype != x->dtype)
        return shape_error(n, err, "x has rank %d, the regions %d, their images %d, the result %lld × %lld", x->rank, r->rank, b->rank, (long long)h, (long long)w);
    out_set(n, 0, x->dtype, 4, (const Dim *const[]){r->dim[0], x->dim[1], dim_const(n->graph, h), dim_const(n->graph, w)});
    return SPML_OK;
}

SpmlCode lower_roi_align(Lower *l, Node *n, Error *err)
{
    Graph *g = lower_graph(l);
    Operand x = lower_value(l, n->in[0]), r = lower_value(l, n->in[1]), b = lower_value(l, n->in[2]), y = lower_value(l, n->out[0]);
    const char *mode = node_str(n, "mode", "avg");
    SpmlCode code = float_check(n, x.type, err);
    int64_t ratio = node_int(n, "sampling_ratio", 0);
    if (code || (strcmp(mode, "avg") && strcmp(mode, "max")) || !index_type(b.type))
        return code ? code : lower_unsupported(n, err, "mode '%.40s', images of %s", mode, dtype_name(b.type));
    return lower_call(l, &(CallSpec){.kernel = "roi_align", .types = {{"T", x.type}, {"I", b.type}},
        .consts = {{"RATIO", dim_const(g, ratio > 0 ? ratio : 0)}, {"HALF", dim_const(g, !strcmp(node_str(n, "coordinate_transformation_mode", "half_pixel"), "half_pixel"))}, {"MAX", dim_const(g, !strcmp(mode, "max"))}},
        .args = {x, r, b, y}, .n_args = 4, .scalars = {scalar_f(node_float(n, "spatial_scale", 1))}, .n_scalars = 1}, err);
}
