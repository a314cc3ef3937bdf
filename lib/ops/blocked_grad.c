/* SPDX-License-Identifier: MIT
 * ops: gradients of convolutions whose channels lie in blocks of 16 (blocked.c): conv_blocked_dx(dy, w, shape) gives dx in blocks, conv_blocked_weights(x, dy, shape)
 * plain weights, also of a plain x of few channels; `shape` holds the plain extents of x, of w. One group, or for dx a channel in each. Made by
 * opt/pass_blocked.c. */
#include "ops/axes.h"
#include "ops/known.h"
#include "ops/window.h"

#include <string.h>

enum { BLOCK = 16 };

static SpmlCode plain_type(const Node *n, int input, const Dim **dims /* [IR_MAX_RANK] */, Type *t, Error *err)
{
    int rank;
    if (!known_dims(n->in[input], dims, IR_MAX_RANK, &rank) || rank < 3)
        return shape_error(n, err, "the extents are not known");
    *t = (Type){.kind = TYPE_TENSOR, .dtype = in_type(n, 0)->dtype, .rank = rank, .dim = dims};
    return SPML_OK;
}

static bool shape_known(const Node *n)
{
    const Dim *dims[IR_MAX_RANK];
    int rank;
    return known_dims(n->in[2], dims, IR_MAX_RANK, &rank);
}

SpmlCode shape_conv_blocked_dx(Node *n, Error *err)
{
    const Dim *dims[IR_MAX_RANK];
    Type x;
    if (!shape_known(n))
        return shape_dynamic(n, 1, &in_type(n, 0)->dtype, &in_type(n, 0)->rank);
    SpmlCode code = plain_type(n, 2, dims, &x, err);
    if (code)
        return code;
    if (in_type(n, 0)->rank != x.rank + 1 || in_type(n, 1)->rank != x.rank || x.rank >= IR_MAX_RANK)
        return shape_error(n, err, "operands of rank %d and %d for %d dimensions", in_type(n, 0)->rank, in_type(n, 1)->rank, x.rank);
    dims[1] = dim_ceil_div(n->graph, dims[1], dim_const(n->graph, BLOCK));
    dims[x.rank] = dim_const(n->graph, BLOCK);
    out_set(n, 0, x.dtype, x.rank + 1, dims);
    return SPML_OK;
}

/* ── up to 8 channels of dx: neighbours along a line share a block's lanes, with weights that are zero where one of them reads and the other does not ── */

enum { HALF = BLOCK / 2, PAIRS_LEAST = 4 /* weights along a line: of fewer, most would be zero */ };

static bool fits_pairs(const Window *w, const Type *x /* plain extents of dx */)
{
    int64_t c, v, last = w->n - 1;
    if (!dim_lit(x->dim[1], &c) || c > HALF || w->n < 2 || x->rank + 2 > IR_MAX_RANK || !dim_lit(x->dim[x->rank - 1], &v) || v < 2 || v % 2 || !dim_is(w->dilation[last], 1))
        return false;
    for (int i = 0; i < w->n; i++)
        if (!dim_is(w->stride[i], 1) || !dim_lit(w->kernel[i], &v) || !dim_lit(w->dilation[i], &v) || !dim_lit(w->lo[i], &v))
            return false;
    return w->kernel[last]->value >= PAIRS_LEAST;
}

/* Weights [O, C, K…] turned round as [16, O, K…, K + 1]: lane c is channel c of the left neighbour, lane 8 + c that of the right one, one place on. */
static SpmlCode pair_weights(Lower *l, Operand k, Operand *out, Error *err)
{
    Graph *g = lower_graph(l);
    const Dim *dims[IR_MAX_RANK] = {dim_const(g, 2), dim_const(g, HALF), k.dim[0]}, *taps = k.dim[k.rank - 1];
    int perm[IR_MAX_RANK] = {1, 0};
    for (int i = 2; i < k.rank; i++) {
        k = view_slice(l, k, i, dim_sub(g, k.dim[i], dim_const(g, 1)), k.dim[i], -1);
        perm[i] = i;
        dims[i + 1] = k.dim[i];
    }
    k = view_permute(l, k, perm);
    dims[k.rank] = dim_add(g, taps, dim_const(g, 1));
    Operand both = lower_value(l, lower_temp(l, k.type, k.rank + 1, dims));
    SpmlCode code = lower_fill(l, both, 0, err);
    for (int side = 0; side < 2 && !code; side++) {
        Operand part = view_drop(l, view_slice(l, both, 0, dim_const(g, side), dim_const(g, 1), 1), 0);
        part = view_slice(l, view_slice(l, part, 0, dim_const(g, 0), k.dim[0], 1), k.rank - 1, dim_const(g, side), taps, 1);
        code = lower_copy(l, k, part, err);
    }
    dims[1] = dim_const(g, BLOCK);
    *out = view_reshape(l, both, k.rank, dims + 1);
    return code;
}

static SpmlCode lower_pairs(Lower *l, Operand dy, Operand k, Operand zero, Operand dx, const Window *w, Error *err)
{
    Graph *g = lower_graph(l);
    const int line = dx.rank - 2;
    const Dim *dims[IR_MAX_RANK], *stride[WINDOW_MAX], *lo[WINDOW_MAX], *half = dim_const(g, HALF), *two = dim_const(g, 2);
    Operand pairs;
    memcpy(dims, dx.dim, (size_t)dx.rank * sizeof *dims);
    dims[line] = dim_div(g, dx.dim[line], two);
    SpmlCode code = pair_weights(l, k, &pairs, err);
    Operand t = lower_value(l, lower_temp(l, dx.type, dx.rank, dims));
    for (int i = 0; i < w->n; i++) {
        stride[i] = i == w->n - 1 ? two : w->stride[i];
        lo[i] = dim_const(g, (w->kernel[i]->value - 1) * w->dilation[i]->value - w->lo[i]->value);
    }
    CallSpec c = {.kernel = "conv_blocked", .types = {{"X", dx.type}}, .consts = {{"G", dim_const(g, 1)}}, .args = {dy, pairs, zero, t}, .n_args = 4};
    int at = window_consts(&c, 1, "ST", w->n, stride);
    at = window_consts(&c, at, "DL", w->n, w->dilation);
    window_consts(&c, at, "PD", w->n, lo);
    if (!code)
        code = lower_call(l, &c, err);
    if (!code)
        code = lower_fill(l, dx, 0, err); /* lanes without a channel */
    const Dim *unit = t.stride[t.rank - 1], *place = dx.stride[line];
    t = view_insert(l, t, t.rank - 1);
    t.dim[t.rank - 2] = two, t.stride[t.rank - 2] = dim_mul(g, unit, half), t.dim[t.rank - 1] = half;
    dx = view_insert(l, view_slice(l, dx, dx.rank - 1, dim_const(g, 0), half, 1), line + 1);
    dx.dim[line] = t.dim[line], dx.stride[line] = dim_mul(g, place, two), dx.dim[line + 1] = two, dx.stride[line + 1] = place;
    return code ? code : lower_copy(l, t, dx, err);
}

SpmlCode lower_conv_blocked_dx(Lower *l, Node *n, Error *err)
{
    Window w;
    const Dim *dims[IR_MAX_RANK];
    Type x;
    int64_t groups;
    Operand dx = lower_value(l, n->out[0]), zero = operand_scalar(l, dx.type, 0, err);
    SpmlCode code = plain_type(n, 2, dims, &x, err);
    if (!code)
        code = window_conv(n, &x, in_type(n, 1), &w, &groups, err);
    if (code || !zero.value)
        return code ? code : SPML_RESOURCE;
    Operand dy = lower_value(l, n->in[0]), k = lower_value(l, n->in[1]);
    zero = view_expand(l, zero, 2, (const Dim *const[]){dx.dim[1], dim_const(lower_graph(l), BLOCK)});
    if (groups == 1 && fits_pairs(&w, &x))
        return lower_pairs(l, dy, k, zero, dx, &w, err);
    memcpy(w.out, w.in, sizeof w.out);
    return lower_transposed(l, dy, k, zero, dx, &w, groups, err);
}

SpmlCode shape_conv_blocked_weights(Node *n, Error *err)
{
    const Dim *dims[IR_MAX_RANK];
    const int rank = in_type(n, 1)->rank - 1;
    Type w;
    if (!shape_known(n))
        return shape_dynamic(n, 1, &in_type(n, 0)->dtype, &rank);
    SpmlCode code = plain_type(n, 2, dims, &w, err);
    if (!code && ((in_type(n, 0)->rank != w.rank + 1 && in_type(n, 0)->rank != w.rank) || in_type(n, 1)->rank != w.rank + 1))
        return shape_error(n, err, "operands of rank %d and %d for %d dimensions", in_type(n, 0)->rank, in_type(n, 1)->rank, w.rank);
    if (!code)
        out_set(n, 0, w.dtype, w.rank, (const Dim *const *)w.dim);
    return code;
}

/* An axis of channels as [blocks, channels of a block] in its place: all lie in one block, or blocks are whole. */
static Operand split(Lower *l, Operand x, int axis, const Dim *blocks)
{
    const Dim *block = dim_is(blocks, 1) ? x.dim[axis] : dim_const(lower_graph(l), BLOCK), *unit = x.stride[axis];
    x = view_insert(l, x, axis + 1);
    x.dim[axis + 1] = block, x.stride[axis + 1] = unit;
    x.dim[axis] = blocks, x.stride[axis] = dim_mul(lower_graph(l), unit, block);
    return x;
}

/* Lanes of a single block without channels are left out; false: those of several blocks are. */
static bool fits_blocks(const Dim *channels, const Dim *blocks)
{
    int64_t c;
    return dim_lit(channels, &c) && (dim_is(blocks, 1) || c % BLOCK == 0);
}

/* w [O, C, K…] from the parts of t [S, CB, K…, CI, O/16, 16], a view. */
static SpmlCode unblock(Lower *l, Operand t, Operand w, Error *err)
{
    int perm[IR_MAX_RANK], n = 0;
    const Dim *cb = t.dim[1], *ob = t.dim[t.rank - 2];
    if (!fits_blocks(w.dim[0], ob) || !fits_blocks(w.dim[1], cb) || w.rank + 3 > IR_MAX_RANK)
        return lower_call(l, &(CallSpec){.kernel = "weights_from_blocks", .types = {{"T", w.type}}, .args = {t, w}, .n_args = 2}, err);
    w = split(l, split(l, w, 1, cb), 0, ob); /* OB, OI, CB, CI, K… */
    t = view_slice(l, t, t.rank - 1, dim_const(lower_graph(l), 0), w.dim[1], 1);
    perm[n++] = 2;
    for (int i = 4; i < w.rank; i++)
        perm[n++] = i;
    perm[n++] = 3, perm[n++] = 0, perm[n++] = 1;
    w = view_permute(l, w, perm);
    if (dim_is(t.dim[0], 1))
        return lower_copy(l, view_drop(l, t, 0), w, err);
    return lower_call(l, &(CallSpec){.kernel = "weights_from_parts", .types = {{"T", w.type}}, .ranks = {{"I", w.rank}}, .args = {t, w}, .n_args = 2}, err);
}

enum { PARTS_MOST = 32, SUMS_MOST = 1 << 16, TERMS_LEAST = 256 };

/* Few weights with long sums are made in parts of several images: tasks for threads, and shorter sums. What there is to add decides, not the threads. */
static int64_t parts_of(Operand dy, Operand dw, const Window *w)
{
    int64_t images, points = 1, sums = BLOCK, n, parts = 1;
    if (!dim_lit(dy.dim[0], &images) || !dim_lit(dy.dim[1], &n) || images < 1)
        return 1;
    sums *= n;
    for (int i = 0; i < dw.rank; i++)
        if (!dim_lit(dw.dim[i], &n))
            return 1;
        else if (i > 0)
            sums *= n;
    for (int i = 0; i < w->n; i++)
        points *= dim_lit(w->out[i], &n) ? n : 1;
    while (parts < PARTS_MOST && images % (2 * parts) == 0 && 2 * parts * sums <= SUMS_MOST && images / (2 * parts) * points >= TERMS_LEAST)
        parts *= 2;
    return parts;
}

/* [N, …] as [S, N / S, …]. */
static Operand in_parts(Lower *l, Operand x, int64_t parts)
{
    Graph *g = lower_graph(l);
    const Dim *s = dim_const(g, parts), *each = dim_div(g, x.dim[0], s), *unit = x.stride[0];
    x = view_insert(l, x, 0);
    x.dim[0] = s, x.stride[0] = dim_mul(g, unit, each);
    x.dim[1] = each;
    return x;
}

/* A temporary seen as [S, CB, K…, CI, O/16, 16]. Rows of the sum should run along x: lanes last in blocks, else the window. */
static Operand sums_for(Lower *l, Operand x /* [S, N, CB, H…, CI] */, Operand dy, Operand dw, bool plain)
{
    const int spatial = dw.rank - 2;
    const Dim *d[IR_MAX_RANK];
    int perm[IR_MAX_RANK], n = 0;
    d[n++] = x.dim[0];
    d[n++] = x.dim[2];
    if (plain)
        d[n++] = x.dim[x.rank - 1];
    for (int i = 0; i < spatial; i++)
        d[n++] = dw.dim[i + 2];
    if (!plain)
        d[n++] = x.dim[x.rank - 1];
    d[n++] = dy.dim[2];
    d[n++] = dy.dim[dy.rank - 1];
    Operand t = lower_value(l, lower_temp(l, x.type, n, d));
    for (int i = 0; i < n; i++)
        perm[i] = i;
    for (int i = 0; plain && i < spatial; i++)
        perm[i + 2] = i + 3;
    perm[spatial + 2] = plain ? 2 : spatial + 2;
    return view_permute(l, t, perm);
}

/* The lanes of a single block that there are channels for. */
static Operand live_lanes(Lower *l, Operand x, const Dim *channels)
{
    int64_t c;
    Graph *g = lower_graph(l);
    return dim_is(x.dim[1], 1) && dim_lit(channels, &c) && c < BLOCK ? view_slice(l, x, x.rank - 1, dim_const(g, 0), channels, 1) : x;
}

SpmlCode lower_conv_blocked_weights(Lower *l, Node *n, Error *err)
{
    Window w;
    const Dim *dims[IR_MAX_RANK];
    Operand x = lower_value(l, n->in[0]), dy = lower_value(l, n->in[1]), dw = lower_value(l, n->out[0]);
    Type seen = {.kind = TYPE_TENSOR, .dtype = x.type, .rank = dw.rank, .dim = dims};
    const bool plain = x.rank == dw.rank;
    int64_t groups;
    memcpy(dims, x.dim, (size_t)dw.rank * sizeof *dims);
    dims[1] = dw.dim[1];
    SpmlCode code = window_conv(n, &seen, &n->out[0]->type, &w, &groups, err);
    if (code)
        return code;
    const int64_t parts = x.rank + 2 < IR_MAX_RANK ? parts_of(dy, dw, &w) : 1;
    x = in_parts(l, plain ? blocked_of_one(l, x) : live_lanes(l, x, dw.dim[1]), parts), dy = in_parts(l, dy, parts);
    Operand t = sums_for(l, x, dy, dw, plain);
    CallSpec c = {.kernel = "conv_blocked_weights", .types = {{"X", x.type}}, .args = {x, dy, t}, .n_args = 3};
    int at = window_consts(&c, 0, "ST", w.n, w.stride);
    at = window_consts(&c, at, "DL", w.n, w.dilation);
    window_consts(&c, at, "PD", w.n, w.lo);
    code = lower_call(l, &c, err);
    return code ? code : unblock(l, t, dw, err);
}
