/* SPDX-License-Identifier: MIT
 * ops: recurrent layers lstm, gru, rnn as ONNX defines them. x [T,N,I] (layout 0) or [N,T,I]; w [D,G·H,I]; r [D,G·H,H]; b [D,2·G·H]; outputs y [T,D,N,H], y_h [D,N,H],
 * y_c [D,N,H]. A layer is not a kernel: the inputs of all steps are one matrix product; then a repeat over a product with the state and a
 * cell kernel (kernels/rnn.k). Directions run one after the other. A sequence shorter than T keeps its state and gives zeros. */
#include "ops/ops.h"

#include <stdio.h>
#include <string.h>

typedef struct Layer {
    Lower *l;
    Node *n;
    int gates;                     /* 4 lstm, 3 gru, 1 rnn */
    DType t, a;                    /* storage, compute */
    bool batch_first;
    int n_dirs;
    const Dim *steps, *batch, *input, *hidden;
    Operand x, len;                /* x: [T, N, I] in compute type; len: i64[N] */
    double clip;
    const char *fns[3];            /* activations of the current direction */
} Layer;

enum { IN_X, IN_W, IN_R, IN_B, IN_LEN, IN_H0, IN_C0, IN_P };

static Graph *graph(const Layer *y) { return lower_graph(y->l); }
static const Dim *lit(const Layer *y, int64_t v) { return dim_const(graph(y), v); }

static int dirs_of(const Node *n, bool *reverse_only)
{
    const char *d = node_str(n, "direction", "forward");
    *reverse_only = !strcmp(d, "reverse");
    return !strcmp(d, "bidirectional") ? 2 : 1;
}

static SpmlCode shape_layer(Node *n, int n_state, Error *err)
{
    const Type *x = in_type(n, IN_X), *r = in_type(n, IN_R);
    bool rev, bf = node_int(n, "layout", 0);
    if (x->rank != 3 || r->rank != 3)
        return shape_error(n, err, "the input has %d dimensions, the recurrent weights %d, wants 3", x->rank, r->rank);
    const Dim *t = x->dim[bf ? 1 : 0], *b = x->dim[bf ? 0 : 1], *h = r->dim[2], *d = dim_const(n->graph, dirs_of(n, &rev));
    const Dim *y[2][4] = {{t, d, b, h}, {b, t, d, h}}, *s[2][3] = {{d, b, h}, {b, d, h}};
    out_set(n, 0, x->dtype, 4, y[bf]);
    for (int i = 0; i < n_state; i++)
        out_set(n, 1 + i, x->dtype, 3, s[bf]);
    return SPML_OK;
}

SpmlCode shape_lstm(Node *n, Error *err) { return shape_layer(n, 2, err); }
SpmlCode shape_gru(Node *n, Error *err) { return shape_layer(n, 1, err); }
SpmlCode shape_rnn(Node *n, Error *err) { return shape_layer(n, 1, err); }

/* ── pieces ── */

static Operand temp(Layer *y, int rank, const Dim *const *d) { return lower_value(y->l, lower_temp(y->l, y->a, rank, d)); }

static SpmlCode convert(Layer *y, Operand from, Operand to, Error *err)
{
    if (from.type == to.type)
        return lower_copy(y->l, from, to, err);
    return lower_call(y->l, &(CallSpec){.kernel = "cast", .types = {{"T", from.type}, {"U", to.type}}, .args = {from, to}, .n_args = 2}, err);
}

/* x in the compute type: itself, or a converted copy. */
static Operand widened(Layer *y, Operand x, SpmlCode *code, Error *err)
{
    if (x.type == y->a || *code)
        return x;
    Operand w = temp(y, x.rank, x.dim);
    *code = convert(y, x, w, err);
    return w;
}

static Operand zeros(Layer *y, int rank, const Dim *const *d)
{
    static const char zero[8];
    return view_expand(y->l, lower_value(y->l, graph_const(graph(y), NULL, y->a, 0, NULL, zero, dtype_info[y->a].bytes)), rank, d);
}

static Operand transposed(Layer *y, Operand m) { return view_permute(y->l, m, (const int[]){1, 0}); }

/* out [M, N] = x [M, K] · w[N, K]' + z (broadcast to [M, N]) */
static SpmlCode product(Layer *y, Operand x, Operand w, Operand z, Operand out, Error *err)
{
    z = view_expand(y->l, z, 2, out.dim);
    return lower_call(y->l, &(CallSpec){.kernel = "matmul", .types = {{"T", y->a}}, .ranks = {{"B", 0}}, .args = {x, transposed(y, w), z, out}, .n_args = 4}, err);
}

static Operand input_at(Layer *y, int input, int dir) { return view_select(y->l, lower_value(y->l, y->n->in[input]), 0, lit(y, dir)); }

static Operand rows(Layer *y, Operand m, int axis, int from, int count)
{
    return view_slice(y->l, m, axis, dim_mul(graph(y), lit(y, from), y->hidden), dim_mul(graph(y), lit(y, count), y->hidden), 1);
}

/* A [N, G·H] buffer as [N, G, H]. */
static Operand by_gate(Layer *y, Operand m, int gates)
{
    const Dim *d[3] = {y->batch, lit(y, gates), y->hidden};
    return view_reshape(y->l, m, 3, d);
}

/* State outputs and inputs are [D, N, H], or [N, D, H] with layout 1. */
static Operand state_view(Layer *y, Value *v, int dir) { return view_select(y->l, lower_value(y->l, v), y->batch_first ? 1 : 0, lit(y, dir)); }

static SpmlCode state_begin(Layer *y, int input, int dir, Operand *s, Error *err)
{
    const Dim *d[2] = {y->batch, y->hidden};
    *s = temp(y, 2, d);
    return convert(y, in_given(y->n, input) ? state_view(y, y->n->in[input], dir) : zeros(y, 2, d), *s, err);
}

static SpmlCode state_end(Layer *y, int output, int dir, Operand s, Error *err)
{
    if (output >= y->n->n_out || !y->n->out[output])
        return SPML_OK;
    return convert(y, s, state_view(y, y->n->out[output], dir), err);
}

/* Where step t of direction dir is written: y [T,D,N,H] or [N,T,D,H]; in the compute type. */
static Operand output_at(Layer *y, Operand all, int dir, const Dim *t)
{
    if (y->batch_first)
        return view_select(y->l, view_select(y->l, all, 2, lit(y, dir)), 1, t);
    return view_select(y->l, view_select(y->l, all, 1, lit(y, dir)), 0, t);
}

static const struct { const char *onnx, *fn; } plain_fns[] = {{"sigmoid", "sigmoid"}, {"tanh", "tanh"}, {"relu", "relu"}, {"softsign", "softsign"}, {"softplus", "softplus"}};

static SpmlCode activations(Layer *y, int dir, int count, const char *const *defaults, Error *err)
{
    const Attr *a = node_find(y->n, "activations");
    for (int i = 0; i < count; i++) {
        char name[24];
        size_t k = 0;
        bool given = a && a->kind == ATTR_STRINGS && dir * count + i < a->n;
        snprintf(name, sizeof name, "%.*s", given ? (int)(a->strings[dir * count + i].n < 23 ? a->strings[dir * count + i].n : 23) : 23, given ? a->strings[dir * count + i].p : defaults[i]);
        for (char *c = name; *c; c++)
            *c = *c >= 'A' && *c <= 'Z' ? (char)(*c + 32) : *c;
        while (k < sizeof plain_fns / sizeof *plain_fns && strcmp(plain_fns[k].onnx, name))
            k++;
        if (k == sizeof plain_fns / sizeof *plain_fns)
            return lower_unsupported(y->n, err, "activation '%s'", name);
        y->fns[i] = plain_fns[k].fn;
    }
    return SPML_OK;
}

static SpmlCode layer_begin(Lower *l, Node *n, int gates, Layer *y, Error *err)
{
    const Type *x = in_type(n, IN_X);
    SpmlCode code = SPML_OK;
    bool rev;
    *y = (Layer){.l = l, .n = n, .gates = gates, .t = x->dtype, .a = dtype_info[x->dtype].compute, .batch_first = node_int(n, "layout", 0), .n_dirs = dirs_of(n, &rev)};
    if (!dtype_is_float(y->t))
        return lower_unsupported(n, err, "%s operands", dtype_name(y->t));
    y->clip = node_float(n, "clip", 0);
    Operand whole = lower_value(l, n->in[IN_X]);
    y->x = widened(y, whole, &code, err);
    if (y->batch_first)
        y->x = view_permute(l, y->x, (const int[]){1, 0, 2});
    y->steps = y->x.dim[0];
    y->batch = y->x.dim[1];
    y->input = y->x.dim[2];
    y->hidden = n->in[IN_R]->type.dim[2];
    const int64_t most = INT64_MAX;
    Value *all = graph_const(graph(y), NULL, DT_i64, 0, NULL, &most, sizeof most);
    if (in_given(n, IN_LEN) && n->in[IN_LEN]->type.dtype != DT_i64) {
        y->len = lower_value(l, lower_temp(l, DT_i64, 1, &y->batch));
        code = code ? code : convert(y, lower_value(l, n->in[IN_LEN]), y->len, err);
    } else {
        y->len = view_expand(l, lower_value(l, in_given(n, IN_LEN) ? n->in[IN_LEN] : all), 1, &y->batch);
    }
    return code;
}

/* What one direction works with. */
typedef struct Dir { int dir; Operand w, r, wb, rb, xw /* [T, N, G·H] */, h; const Dim *step; Operand all /* the whole y, compute type */, out; } Dir;

/* Weights of the direction and the products of all inputs; bias: 1 = Wb + Rb, 0 = Wb alone. */
static SpmlCode dir_begin(Layer *y, int dir, bool both_biases, Dir *d, Error *err)
{
    Graph *g = graph(y);
    SpmlCode code = SPML_OK;
    const Dim *gh = dim_mul(g, lit(y, y->gates), y->hidden), *xd[3] = {y->steps, y->batch, gh};
    d->dir = dir;
    d->w = widened(y, input_at(y, IN_W, dir), &code, err);
    d->r = widened(y, input_at(y, IN_R, dir), &code, err);
    if (in_given(y->n, IN_B)) {
        Operand b = widened(y, input_at(y, IN_B, dir), &code, err);
        d->wb = rows(y, b, 0, 0, y->gates);
        d->rb = rows(y, b, 0, y->gates, y->gates);
    } else {
        d->wb = d->rb = zeros(y, 1, &gh);
    }
    Operand start = d->wb;
    if (both_biases && in_given(y->n, IN_B)) {
        start = temp(y, 1, &gh);
        code = code ? code : lower_map(y->l, "add", NULL, 2, (Operand[]){d->wb, d->rb}, start, err);
    }
    d->xw = temp(y, 3, xd);
    Operand x = lower_plain(y->l, y->x);
    const Dim *tn = dim_mul(g, y->steps, y->batch), *x2[2] = {tn, y->input}, *o2[2] = {tn, gh};
    return code ? code : product(y, view_reshape(y->l, x, 2, x2), d->w, start, view_reshape(y->l, d->xw, 2, o2), err);
}

/* Opens the loop: d->step is the time of this iteration, d->out where its output goes. */
static SpmlCode dir_loop(Layer *y, Dir *d, Error *err)
{
    Graph *g = graph(y);
    bool rev;
    dirs_of(y->n, &rev);
    SpmlCode code = state_begin(y, IN_H0, d->dir, &d->h, err);
    const Dim *it = code ? NULL : lower_repeat_begin(y->l, y->steps, err);
    if (!it)
        return code ? code : error_oom(err);
    d->step = rev || d->dir == 1 ? dim_sub(g, dim_sub(g, y->steps, lit(y, 1)), it) : it;
    d->out = output_at(y, d->all, d->dir, d->step);
    return SPML_OK;
}

static void cell_scalars(const Layer *y, const Dir *d, CallSpec *c)
{
    c->scalars[c->n_scalars++] = scalar_dim(d->step);
    c->scalars[c->n_scalars++] = scalar_f(y->clip > 0 ? y->clip : 1.0 / 0.0);
}

/* ── cells: called inside the loop ── */

typedef struct Scratch { Operand z, u, rh, c, p; } Scratch;

static SpmlCode lstm_step(Layer *y, Dir *d, Scratch *s, Error *err)
{
    Operand xt = view_select(y->l, d->xw, 0, d->step);
    SpmlCode code = product(y, d->h, d->r, xt, s->z, err);
    CallSpec c = {.kernel = "lstm_cell", .types = {{"T", y->a}}, .fns = {{"FA", y->fns[0]}, {"GA", y->fns[1]}, {"HA", y->fns[2]}},
                  .consts = {{"COUPLED", lit(y, node_int(y->n, "input_forget", 0) != 0)}},
                  .args = {by_gate(y, s->z, 4), s->p, y->len, s->c, d->h, d->out}, .n_args = 6};
    cell_scalars(y, d, &c);
    return code ? code : lower_call(y->l, &c, err);
}

static SpmlCode gru_step(Layer *y, Dir *d, Scratch *s, Error *err)
{
    Operand xt = view_select(y->l, d->xw, 0, d->step);
    if (node_int(y->n, "linear_before_reset", 0)) {
        SpmlCode code = product(y, d->h, d->r, d->rb, s->u, err);
        const Dim *x3[3] = {y->batch, lit(y, 3), y->hidden};
        CallSpec c = {.kernel = "gru_after", .types = {{"T", y->a}}, .fns = {{"FA", y->fns[0]}, {"GA", y->fns[1]}},
                      .args = {view_reshape(y->l, xt, 3, x3), by_gate(y, s->u, 3), y->len, d->h, d->out}, .n_args = 5};
        cell_scalars(y, d, &c);
        return code ? code : lower_call(y->l, &c, err);
    }
    SpmlCode code = product(y, d->h, rows(y, d->r, 0, 0, 2), rows(y, xt, 1, 0, 2), s->u, err);
    if (!code)
        code = lower_call(y->l, &(CallSpec){.kernel = "gru_gates", .types = {{"T", y->a}}, .fns = {{"FA", y->fns[0]}}, .args = {by_gate(y, s->u, 2), d->h, s->z, s->rh}, .n_args = 4,
                                            .scalars = {scalar_f(y->clip > 0 ? y->clip : 1.0 / 0.0)}, .n_scalars = 1}, err);
    if (!code)
        code = product(y, s->rh, rows(y, d->r, 0, 2, 1), rows(y, xt, 1, 2, 1), s->p, err);
    CallSpec c = {.kernel = "gru_out", .types = {{"T", y->a}}, .fns = {{"GA", y->fns[1]}}, .args = {s->p, s->z, y->len, d->h, d->out}, .n_args = 5};
    cell_scalars(y, d, &c);
    return code ? code : lower_call(y->l, &c, err);
}

static SpmlCode rnn_step(Layer *y, Dir *d, Scratch *s, Error *err)
{
    SpmlCode code = product(y, d->h, d->r, view_select(y->l, d->xw, 0, d->step), s->z, err);
    CallSpec c = {.kernel = "rnn_cell", .types = {{"T", y->a}}, .fns = {{"FA", y->fns[0]}}, .args = {s->z, y->len, d->h, d->out}, .n_args = 4};
    cell_scalars(y, d, &c);
    return code ? code : lower_call(y->l, &c, err);
}

/* ── layers ── */

typedef struct Kind { int gates, n_fns; const char *fns[3]; SpmlCode (*step)(Layer *, Dir *, Scratch *, Error *); } Kind;
static const Kind lstm_kind = {4, 3, {"sigmoid", "tanh", "tanh"}, lstm_step}, gru_kind = {3, 2, {"sigmoid", "tanh"}, gru_step}, rnn_kind = {1, 1, {"tanh"}, rnn_step};

static SpmlCode scratch_make(Layer *y, const Kind *k, Scratch *s, int dir, Error *err)
{
    Graph *g = graph(y);
    const Dim *nh[2] = {y->batch, y->hidden}, *ph[2] = {lit(y, 3), y->hidden};
    bool after = k->gates == 3 && node_int(y->n, "linear_before_reset", 0);
    const Dim *zd[2] = {y->batch, k->gates == 4 ? dim_mul(g, lit(y, 4), y->hidden) : y->hidden};
    const Dim *ud[2] = {y->batch, dim_mul(g, lit(y, after ? 3 : 2), y->hidden)};
    s->z = temp(y, 2, zd);
    SpmlCode code = SPML_OK;
    if (k->gates == 4) {
        code = state_begin(y, IN_C0, dir, &s->c, err);
        s->p = in_given(y->n, IN_P) ? view_reshape(y->l, widened(y, input_at(y, IN_P, dir), &code, err), 2, ph) : zeros(y, 2, ph);
    } else if (k->gates == 3) {
        s->u = temp(y, 2, ud);
        s->rh = temp(y, 2, nh);
        s->p = temp(y, 2, nh);
    }
    return code;
}

static SpmlCode lower_layer(Lower *l, Node *n, const Kind *k, Error *err)
{
    Layer y;
    SpmlCode code = layer_begin(l, n, k->gates, &y, err);
    if (code)
        return code;
    const Dim *yd[2][4] = {{y.steps, lit(&y, y.n_dirs), y.batch, y.hidden}, {y.batch, y.steps, lit(&y, y.n_dirs), y.hidden}};
    bool direct = n->out[0] && y.t == y.a;
    Operand all = direct ? lower_value(l, n->out[0]) : temp(&y, 4, yd[y.batch_first]);
    for (int dir = 0; dir < y.n_dirs && !code; dir++) {
        Dir d = {.all = all};
        Scratch s = {0};
        code = activations(&y, dir, k->n_fns, k->fns, err);
        if (!code)
            code = dir_begin(&y, dir, !(k->gates == 3 && node_int(n, "linear_before_reset", 0)), &d, err);
        if (!code)
            code = scratch_make(&y, k, &s, dir, err);
        if (!code)
            code = dir_loop(&y, &d, err);
        if (!code)
            code = k->step(&y, &d, &s, err);
        if (!code)
            code = lower_repeat_end(l, err);
        if (!code)
            code = state_end(&y, 1, dir, d.h, err);
        if (!code && k->gates == 4)
            code = state_end(&y, 2, dir, s.c, err);
    }
    return code || direct || !n->out[0] ? code : convert(&y, all, lower_value(l, n->out[0]), err);
}

SpmlCode lower_lstm(Lower *l, Node *n, Error *err) { return lower_layer(l, n, &lstm_kind, err); }
SpmlCode lower_gru(Lower *l, Node *n, Error *err) { return lower_layer(l, n, &gru_kind, err); }
SpmlCode lower_rnn(Lower *l, Node *n, Error *err) { return lower_layer(l, n, &rnn_kind, err); }
