/* SPDX-License-Identifier: MIT
 * ops: tensors whose channels lie in blocks of 16, [N, C/16, H…, 16] with the lanes beyond C zero, so that a vector holds 16 channels of one position. Their
 * extents in the graph are those in memory: elementwise nodes, pools and concatenations need nothing of their own. relayout goes between the forms;
 * conv_blocked is conv, bit for bit. Made by opt/pass_blocked.c. */
#include "ops/window.h"

#include <string.h>

enum { BLOCK = 16 };

SpmlCode shape_relayout(Node *n, Error *err)
{
    const Type *x = in_type(n, 0);
    const int64_t block = node_int(n, "block", 0), channels = node_int(n, "channels", 0);
    const Dim *d[IR_MAX_RANK];
    Graph *g = n->graph;
    if ((block && block != BLOCK) || x->rank < (block ? 2 : 3) || x->rank >= IR_MAX_RANK)
        return shape_error(n, err, "no layout of block %lld for %d dimensions", (long long)block, x->rank);
    memcpy(d, x->dim, (size_t)x->rank * sizeof *d);
    if (block) {
        d[1] = dim_ceil_div(g, x->dim[1], dim_const(g, BLOCK));
        d[x->rank] = dim_const(g, BLOCK);
    } else {
        int64_t blocks;
        if (!dim_lit(x->dim[1], &blocks) || !dim_is(x->dim[x->rank - 1], BLOCK) || channels < 1 || channels > INT64_MAX - BLOCK || (channels + BLOCK - 1) / BLOCK != blocks)
            return shape_error(n, err, "the input does not hold %lld channels in blocks", (long long)channels);
        d[1] = dim_const(g, channels);
    }
    out_set(n, 0, x->dtype, x->rank + (block ? 1 : -1), d);
    return SPML_OK;
}

/* [N, C, S…] of whole blocks as [N, C/16, S…, 16]. */
static Operand blocks_view(Lower *l, Operand x)
{
    Graph *g = lower_graph(l);
    const Dim *block = dim_const(g, BLOCK), *unit = x.stride[1];
    x.dim[x.rank] = block, x.stride[x.rank] = unit;
    x.dim[1] = dim_div(g, x.dim[1], block), x.stride[1] = dim_mul(g, unit, block);
    x.rank++;
    return x;
}

/* [N, C, S…] as one block of C lanes. */
Operand blocked_of_one(Lower *l, Operand x)
{
    int perm[IR_MAX_RANK] = {0, 1}; /* N 1 C S… → N 1 S… C */
    x = view_insert(l, x, 1);
    for (int i = 2; i < x.rank - 1; i++)
        perm[i] = i + 1;
    perm[x.rank - 1] = 2;
    return view_permute(l, x, perm);
}

static Operand part(Lower *l, Operand x, int axis, int64_t from, int64_t n)
{
    Graph *g = lower_graph(l);
    x.offset = dim_add(g, x.offset, dim_mul(g, x.stride[axis], dim_const(g, from)));
    x.dim[axis] = dim_const(g, n);
    return x;
}

/* Between channels in blocks and plain ones: whole blocks, then what is in the last one, whose other lanes become zero. */
static SpmlCode move_parts(Lower *l, bool in, Operand plain, Operand blocks, int64_t channels, Error *err)
{
    static const char zero[16];
    const int64_t whole = channels / BLOCK, rest = channels % BLOCK;
    SpmlCode code = SPML_OK;
    if (whole) {
        const Operand x = blocks_view(l, part(l, plain, 1, 0, whole * BLOCK)), y = part(l, blocks, 1, 0, whole);
        code = in ? lower_copy(l, x, y, err) : lower_copy(l, y, x, err);
    }
    if (rest && !code) {
        const Operand x = blocked_of_one(l, part(l, plain, 1, whole * BLOCK, rest)), last = part(l, blocks, 1, whole, 1), y = part(l, last, last.rank - 1, 0, rest);
        code = in ? lower_copy(l, x, y, err) : lower_copy(l, y, x, err);
        if (in && !code) {
            const Operand pad = part(l, last, last.rank - 1, rest, BLOCK - rest);
            Value *z = graph_const(lower_graph(l), NULL, plain.type, 0, NULL, zero, dtype_info[plain.type].bytes);
            code = z ? lower_copy(l, view_expand(l, lower_value(l, z), pad.rank, pad.dim), pad, err) : error_oom(err);
        }
    }
    return code;
}

SpmlCode lower_relayout(Lower *l, Node *n, Error *err)
{
    Operand x = lower_value(l, n->in[0]), y = lower_value(l, n->out[0]);
    const bool in = node_int(n, "block", 0);
    int64_t channels;
    if (dim_lit((in ? &x : &y)->dim[1], &channels))
        return move_parts(l, in, in ? x : y, in ? y : x, channels, err);
    return lower_call(l, &(CallSpec){.kernel = in ? "to_blocks" : "from_blocks", .types = {{"T", x.type}}, .args = {x, y}, .n_args = 2}, err);
}

/* x as conv would see it. */
static SpmlCode plain_input(const Node *n, Type *x, const Dim **dims, bool *is_blocked, Error *err)
{
    const Type *in = in_type(n, 0), *w = in_type(n, 1);
    int64_t groups = node_int(n, "group", 1), c, blocks;
    *is_blocked = in->rank == w->rank + 1;
    *x = *in;
    if (!*is_blocked)
        return SPML_OK;
    if (w->rank < 3 || !dim_lit(w->dim[1], &c) || !dim_lit(in->dim[1], &blocks) || !dim_is(in->dim[in->rank - 1], BLOCK) || groups < 1 || c > INT32_MAX || groups > INT32_MAX ||
        (c * groups + BLOCK - 1) / BLOCK != blocks)
        return shape_error(n, err, "the input's blocks do not hold the channels of the weights");
    memcpy(dims, in->dim, (size_t)w->rank * sizeof *dims);
    dims[1] = dim_const(n->graph, c * groups);
    x->rank = w->rank, x->dim = dims;
    return SPML_OK;
}

static bool is_depthwise(const Node *n) { return node_int(n, "group", 1) > 1 && dim_is(in_type(n, 1)->dim[1], 1); }

static SpmlCode blocked_window(const Node *n, Window *w, bool *is_blocked, int64_t *groups, Error *err)
{
    Type x;
    const Dim *dims[IR_MAX_RANK];
    int64_t o, c, bias;
    const Type *k = in_type(n, 1), *b = in_type(n, 2);
    if (in_type(n, 0)->dtype != k->dtype || k->rank < 3)
        return shape_error(n, err, "the input is %s, the weights are %s", dtype_name(in_type(n, 0)->dtype), dtype_name(k->dtype));
    SpmlCode code = plain_input(n, &x, dims, is_blocked, err);
    if (!code)
        code = window_conv(n, &x, k, w, groups, err);
    if (code)
        return code;
    if (!dim_lit(k->dim[0], &o) || !dim_lit(k->dim[1], &c) || o > INT32_MAX)
        return shape_error(n, err, "the channels are not literal, or too many");
    if (*groups > 1 && (!*is_blocked || (is_depthwise(n) ? o != *groups : c % BLOCK || o / *groups % BLOCK)))
        return shape_error(n, err, "%lld groups do not fill whole blocks", (long long)*groups);
    if (b && (b->rank != 1 || !dim_lit(b->dim[0], &bias) || bias != (o + BLOCK - 1) / BLOCK * BLOCK))
        return shape_error(n, err, "the bias does not fill the blocks");
    return SPML_OK;
}

SpmlCode shape_conv_blocked(Node *n, Error *err)
{
    Window w;
    bool is_blocked;
    int64_t groups;
    const Dim *d[IR_MAX_RANK];
    Graph *g = n->graph;
    SpmlCode code = blocked_window(n, &w, &is_blocked, &groups, err);
    if (code)
        return code;
    d[0] = in_type(n, 0)->dim[0];
    d[1] = dim_ceil_div(g, in_type(n, 1)->dim[0], dim_const(g, BLOCK));
    memcpy(d + 2, w.out, (size_t)w.n * sizeof *d);
    d[w.n + 2] = dim_const(g, BLOCK);
    out_set(n, 0, in_type(n, 0)->dtype, w.n + 3, d);
    return SPML_OK;
}

static Operand bias_blocks(Lower *l, const Node *n, DType acc, int rank, const Dim *const *dims)
{
    static const char zero[16];
    if (in_given(n, 2) && n->in[2]->type.dtype == acc)
        return view_reshape(l, lower_value(l, n->in[2]), rank, dims);
    Value *z = graph_const(lower_graph(l), NULL, acc, 0, NULL, zero, dtype_info[acc].bytes);
    return view_expand(l, lower_value(l, z), rank, dims);
}

SpmlCode lower_conv_blocked(Lower *l, Node *n, Error *err)
{
    Window w;
    bool is_blocked;
    int64_t groups;
    SpmlCode code = blocked_window(n, &w, &is_blocked, &groups, err);
    if (code)
        return code;
    Graph *g = lower_graph(l);
    const DType t = in_type(n, 0)->dtype, acc = dtype_info[t].compute;
    const bool depthwise = is_depthwise(n);
    if (!dtype_is_float(t) || (in_given(n, 2) && n->in[2]->type.dtype != acc))
        return lower_unsupported(n, err, "%s operands", dtype_name(t));
    Operand x = lower_value(l, n->in[0]), k = lower_value(l, n->in[1]), y = lower_value(l, n->out[0]);
    Operand b = bias_blocks(l, n, acc, 2, (const Dim *const[]){y.dim[1], dim_const(g, BLOCK)});
    if (depthwise)
        k = view_drop(l, k, 1);
    else if (!is_blocked)
        x = blocked_of_one(l, x);
    CallSpec c = {.kernel = depthwise ? "conv_blocked_dw" : "conv_blocked", .types = {{"X", t}}, .args = {x, k, b, y}, .n_args = 4};
    if (!depthwise)
        c.consts[0].name = "G", c.consts[0].value = dim_const(g, groups);
    int at = window_consts(&c, !depthwise, "ST", w.n, w.stride);
    at = window_consts(&c, at, "DL", w.n, w.dilation);
    window_consts(&c, at, "PD", w.n, w.lo);
    return lower_call(l, &c, err);
}
