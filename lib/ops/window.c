/* SPDX-License-Identifier: MIT
 * ops: sliding windows; see window.h. Extents follow the ONNX operator definitions of Conv and the pools. */
#include "ops/window.h"

#include <string.h>

static SpmlCode list_of(const Node *n, const char *name, int count, int64_t def, const Dim **out, Error *err)
{
    int64_t have;
    const int64_t *v = node_ints(n, name, &have);
    if (v && have != count)
        return shape_error(n, err, "%s has %lld values for %d spatial dimensions", name, (long long)have, count);
    for (int i = 0; i < count; i++) {
        if (v && v[i] < 1)
            return shape_error(n, err, "%s: %lld is less than 1", name, (long long)v[i]);
        out[i] = dim_const(n->graph, v ? v[i] : def);
    }
    return SPML_OK;
}

static SpmlCode explicit_pads(const Node *n, Window *w, Error *err)
{
    int64_t have;
    const int64_t *v = node_ints(n, "pads", &have);
    if (v && have != 2 * w->n)
        return shape_error(n, err, "pads has %lld values for %d spatial dimensions", (long long)have, w->n);
    for (int i = 0; i < w->n; i++) {
        if (v && (v[i] < 0 || v[i + w->n] < 0))
            return shape_error(n, err, "pads are negative");
        w->lo[i] = dim_const(n->graph, v ? v[i] : 0);
        w->hi[i] = dim_const(n->graph, v ? v[i + w->n] : 0);
    }
    return SPML_OK;
}

/* The extent one window covers: (kernel − 1)·dilation + 1. */
static const Dim *covered(Graph *g, const Window *w, int i)
{
    const Dim *one = dim_const(g, 1);
    return dim_add(g, dim_mul(g, dim_sub(g, w->kernel[i], one), w->dilation[i]), one);
}

/* SAME: ceil(in/stride) outputs; the padding this needs is split, the odd one at the end (UPPER) or the beginning (LOWER). */
static void same_pads(Graph *g, Window *w, bool upper)
{
    const Dim *one = dim_const(g, 1), *two = dim_const(g, 2);
    for (int i = 0; i < w->n; i++) {
        const Dim *outs = dim_ceil_div(g, w->in[i], w->stride[i]);
        const Dim *need = dim_sub(g, dim_add(g, dim_mul(g, dim_sub(g, outs, one), w->stride[i]), covered(g, w, i)), w->in[i]);
        need = dim_make(g, DIM_MAX, need, dim_const(g, 0));
        const Dim *half = dim_div(g, need, two), *other = dim_sub(g, need, half);
        w->lo[i] = upper ? half : other;
        w->hi[i] = upper ? other : half;
    }
}

static SpmlCode window_out(const Node *n, Window *w, Error *err)
{
    Graph *g = n->graph;
    bool ceil = node_int(n, "ceil_mode", 0);
    int64_t lit, last, in;
    for (int i = 0; i < w->n; i++) {
        const Dim *room = dim_sub(g, dim_add(g, dim_add(g, w->in[i], w->lo[i]), w->hi[i]), covered(g, w, i)), *one = dim_const(g, 1);
        if (room && dim_lit(room, &lit) && lit < 0)
            return shape_error(n, err, "spatial dimension %d is smaller than the window", i);
        w->out[i] = dim_add(g, ceil ? dim_ceil_div(g, room, w->stride[i]) : dim_div(g, room, w->stride[i]), one);
        /* a window that starts in the padding behind the input does not count */
        const Dim *start = dim_mul(g, dim_sub(g, w->out[i], one), w->stride[i]);
        if (ceil && dim_lit(start, &last) && dim_lit(dim_add(g, w->in[i], w->lo[i]), &in) && last >= in)
            w->out[i] = dim_sub(g, w->out[i], one);
        if (!w->out[i])
            return g->arena->oom ? error_oom(err) : shape_error(n, err, "an extent overflows");
    }
    return SPML_OK;
}

SpmlCode window_get(const Node *n, int n_spatial, const Dim *const *in, const Dim *const *kernel, Window *w, Error *err)
{
    const char *pad = node_str(n, "auto_pad", "NOTSET");
    if (n_spatial < 1 || n_spatial > WINDOW_MAX)
        return shape_error(n, err, "%d spatial dimensions", n_spatial);
    w->n = n_spatial;
    memcpy(w->in, in, (size_t)n_spatial * sizeof *in);
    memcpy(w->kernel, kernel, (size_t)n_spatial * sizeof *kernel);
    SpmlCode code = list_of(n, "strides", w->n, 1, w->stride, err);
    if (!code)
        code = list_of(n, "dilations", w->n, 1, w->dilation, err);
    if (!code)
        code = explicit_pads(n, w, err);
    if (code)
        return code;
    if (!strcmp(pad, "SAME_UPPER") || !strcmp(pad, "SAME_LOWER"))
        same_pads(n->graph, w, !strcmp(pad, "SAME_UPPER"));
    else if (!strcmp(pad, "VALID"))
        for (int i = 0; i < w->n; i++)
            w->lo[i] = w->hi[i] = dim_const(n->graph, 0);
    else if (strcmp(pad, "NOTSET") && pad[0])
        return shape_error(n, err, "auto_pad '%.40s' is not known", pad);
    return window_out(n, w, err);
}

SpmlCode window_conv(const Node *n, const Type *x, const Type *k, Window *w, int64_t *groups, Error *err)
{
    int64_t c = 0, cw = 0, o;
    *groups = node_int(n, "group", 1);
    if (x->rank < 3 || k->rank != x->rank)
        return shape_error(n, err, "the input has %d dimensions, the weights %d", x->rank, k->rank);
    if (*groups < 1 || (dim_lit(x->dim[1], &c) && dim_lit(k->dim[1], &cw) && cw * *groups != c))
        return shape_error(n, err, "the input has %lld channels, the weights want %lld in each of %lld groups", (long long)c, (long long)cw, (long long)*groups);
    if (dim_lit(k->dim[0], &o) && o % *groups)
        return shape_error(n, err, "%lld output channels in %lld groups", (long long)o, (long long)*groups);
    return window_get(n, x->rank - 2, x->dim + 2, k->dim + 2, w, err);
}

int window_consts(CallSpec *c, int at, const char *name, int n, const Dim *const *values)
{
    static const char *const packs[][WINDOW_MAX] = {
        {"K.0", "K.1", "K.2", "K.3", "K.4", "K.5"}, {"ST.0", "ST.1", "ST.2", "ST.3", "ST.4", "ST.5"}, {"DL.0", "DL.1", "DL.2", "DL.3", "DL.4", "DL.5"},
        {"PD.0", "PD.1", "PD.2", "PD.3", "PD.4", "PD.5"}, {"QD.0", "QD.1", "QD.2", "QD.3", "QD.4", "QD.5"},
    };
    for (size_t p = 0; p < sizeof packs / sizeof *packs; p++) {
        if (strncmp(packs[p][0], name, strlen(name)) || packs[p][0][strlen(name)] != '.')
            continue;
        for (int i = 0; i < n && at < CALL_CONSTS; i++, at++) {
            c->consts[at].name = packs[p][i];
            c->consts[at].value = values[i];
        }
    }
    return at;
}
