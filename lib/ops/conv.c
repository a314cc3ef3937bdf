/* SPDX-License-Identifier: MIT
 * ops: convolutions. conv(x [N, G·C, H…], w [G·O, C, K…], b? [G·O]) for 1 to 6 spatial dimensions; conv_transpose(x [N, G·C, H…],
 * w [G·C, O, K…], b? [G·O]). Kernels: convnd, convt (kernels/contract.k). */
#include "base/span.h"
#include "ops/axes.h"
#include "ops/moves.h"
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

/* Templates take {x, w, bias, y}, where groups is not 0 their number, and the window's strides, dilations and leading paddings. */
static SpmlCode conv_call(Lower *l, const char *kernel, Operand x, Operand k, Operand b, Operand y, const Window *w, int64_t groups, Error *err)
{
    CallSpec c = {.kernel = kernel, .types = {{"X", x.type}}, .args = {x, k, b, y}, .n_args = 4};
    if (groups)
        c.consts[0].name = "G", c.consts[0].value = dim_const(lower_graph(l), groups);
    int at = window_consts(&c, groups > 0, "ST", w->n, w->stride);
    at = window_consts(&c, at, "DL", w->n, w->dilation);
    window_consts(&c, at, "PD", w->n, w->lo);
    return lower_call(l, &c, err);
}

static SpmlCode check_type(const Node *n, Error *err)
{
    DType t = n->in[0]->type.dtype, acc = dtype_info[t].compute;
    return acc == DT_none || acc == DT_bool ? lower_unsupported(n, err, "%s operands", dtype_name(t)) : SPML_OK;
}

SpmlCode lower_conv(Lower *l, Node *n, Error *err)
{
    Window w;
    int64_t groups;
    SpmlCode code = conv_window(n, &w, &groups, err);
    if (code || (code = check_type(n, err)))
        return code;
    Operand x = lower_value(l, n->in[0]), y = lower_value(l, n->out[0]);
    return conv_call(l, "convnd", x, lower_value(l, n->in[1]), bias_view(l, n, dtype_info[x.type].compute, y.dim[1]), y, &w, groups, err);
}

/* ── transposed ── */

/* Output extents and padding at the beginning: ONNX ConvTranspose, output_shape included. */
SpmlCode window_transposed(const Node *n, Window *w, int64_t *groups, Error *err)
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
    SpmlCode code = window_transposed(n, &w, &groups, err);
    if (code)
        return code;
    d[0] = n->in[0]->type.dim[0];
    d[1] = dim_mul(n->graph, n->in[1]->type.dim[1], dim_const(n->graph, groups));
    memcpy(d + 2, w.out, (size_t)w.n * sizeof *d);
    out_set(n, 0, n->in[0]->type.dtype, w.n + 2, d);
    return SPML_OK;
}

/* ── phases ── */

enum { PHASES_MAX = 64 };

/* Along one axis the results a, a + S, …: weights first, first + step, … reach them, as in a transposed convolution of stride 1 with this dilation and padding. */
typedef struct Phase { int64_t first, step, taps, dilation, pad; const Dim *points; } Phase;

/* Weight k reaches result q where q + lo - k·D is a multiple of S, from place (q + lo - k·D) / S. */
static void phase_make(Graph *g, const Window *w, int i, int64_t a, Phase *p)
{
    int64_t s = w->stride[i]->value, d = w->dilation[i]->value, lo = w->lo[i]->value, k = w->kernel[i]->value, common = i64_gcd(s, d);
    *p = (Phase){.step = s / common, .dilation = d / common};
    p->points = dim_div(g, dim_add(g, w->out[i], dim_const(g, s - 1 - a)), dim_const(g, s));
    for (; p->first < p->step; p->first++) {
        int64_t from = a + lo - p->first * d;
        if (from % s)
            continue;
        p->taps = k > p->first ? (k - p->first + p->step - 1) / p->step : 0;
        p->pad = from / s;
        return;
    }
}

static bool has_phases(const Window *w)
{
    int64_t count = 1, v;
    for (int i = 0; i < w->n; i++) {
        if (!dim_lit(w->stride[i], &v) || v > PHASES_MAX || (count *= v) > PHASES_MAX || !dim_lit(w->dilation[i], &v) || v > INT32_MAX || !dim_lit(w->lo[i], &v) || v > INT32_MAX ||
            v < -INT32_MAX || !dim_lit(w->kernel[i], &v) || v > INT32_MAX)
            return false;
    }
    return true;
}

/* Where one group is all, or each channel a group, the weights turned round and transposed are those of a convolution. */
static SpmlCode one_phase(Lower *l, Operand x, Operand k, Operand b, Operand y, const Phase *p, int64_t groups, Error *err)
{
    Graph *g = lower_graph(l);
    Window w = {.n = k.rank - 2};
    const bool turn = groups == 1 || (dim_is(k.dim[1], 1) && dim_is(k.dim[0], groups)), blocked = y.rank > k.rank;
    bool none = false;
    for (int i = 0; i < w.n; i++) {
        const int64_t last = p[i].first + (p[i].taps - 1) * p[i].step;
        none = none || !p[i].taps;
        k = view_slice(l, k, i + 2, dim_const(g, turn && p[i].taps ? last : p[i].first), dim_const(g, p[i].taps), turn ? -p[i].step : p[i].step);
        w.stride[i] = dim_const(g, 1), w.dilation[i] = dim_const(g, p[i].dilation);
        w.lo[i] = dim_const(g, turn ? (p[i].taps - 1) * p[i].dilation - p[i].pad : p[i].pad);
    }
    if (none && blocked)
        return lower_fill(l, y, 0, err);
    if (none)
        return lower_cast_to(l, view_place(l, b, 1, y.rank, y.dim), y, err);
    if (turn && groups == 1) {
        int perm[IR_MAX_RANK] = {1, 0};
        for (int i = 2; i < k.rank; i++)
            perm[i] = i;
        k = view_permute(l, k, perm);
    }
    if (blocked)
        return groups == 1 ? conv_call(l, "conv_blocked", x, k, b, y, &w, 1, err) : conv_call(l, "conv_blocked_dw", x, view_drop(l, k, 1), b, y, &w, 0, err);
    return conv_call(l, turn ? "convnd" : "convt", x, k, b, y, &w, groups, err);
}

SpmlCode lower_transposed(Lower *l, Operand x, Operand k, Operand b, Operand y, const Window *w, int64_t groups, Error *err)
{
    Graph *g = lower_graph(l);
    if (!has_phases(w))
        return conv_call(l, "convt", x, k, b, y, w, groups, err);
    int64_t count = 1;
    for (int i = 0; i < w->n; i++)
        count *= w->stride[i]->value;
    SpmlCode code = SPML_OK;
    for (int64_t at = 0; at < count && !code; at++) {
        Phase p[WINDOW_MAX];
        Operand part = y;
        bool empty = false;
        int64_t rest = at;
        for (int i = w->n - 1; i >= 0; i--) {
            const int64_t s = w->stride[i]->value, a = rest % s;
            rest /= s;
            phase_make(g, w, i, a, &p[i]);
            empty = empty || dim_is(p[i].points, 0);
            part = view_slice(l, part, i + 2, dim_const(g, a), p[i].points, s);
        }
        code = empty ? SPML_OK : one_phase(l, x, k, b, part, p, groups, err);
    }
    return code;
}

SpmlCode lower_conv_transpose(Lower *l, Node *n, Error *err)
{
    Window w;
    int64_t groups;
    SpmlCode code = window_transposed(n, &w, &groups, err);
    if (code || (code = check_type(n, err)))
        return code;
    Operand x = lower_value(l, n->in[0]), y = lower_value(l, n->out[0]);
    return lower_transposed(l, x, lower_value(l, n->in[1]), bias_view(l, n, dtype_info[x.type].compute, y.dim[1]), y, &w, groups, err);
}
