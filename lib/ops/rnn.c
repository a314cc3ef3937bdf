/* SPDX-License-Identifier: MIT
 * ops: recurrent layers lstm, gru, rnn as ONNX defines them. x [T,N,I] (layout 0) or [N,T,I]; w [D,G·H,I]; r [D,G·H,H]; b [D,2·G·H]; outputs y [T,D,N,H], y_h [D,N,H],
 * y_c [D,N,H]. A layer is not a kernel: the inputs of all steps are one matrix product; then a repeat over a product with the state and a
 * cell kernel (kernels/rnn.k). Directions run one after the other. A sequence shorter than T keeps its state and gives zeros. */
#include "ops/rnn.h"

#include <stdio.h>
#include <string.h>


int rnn_dirs(const Node *n, bool *reverse_only)
{
    const char *d = node_str(n, "direction", "forward");
    *reverse_only = !strcmp(d, "reverse");
    return !strcmp(d, "bidirectional") ? 2 : 1;
}

/* Outputs behind the states: what the way back needs, in the type of the sums (rnn.h). */
static void kept_outputs(Node *n, const RnnKind *k, const Dim *t, const Dim *b, const Dim *h, const Dim *d)
{
    Graph *g = n->graph;
    const DType a = dtype_info[in_type(n, IN_X)->dtype].compute;
    const Dim *gates[4] = {d, t, b, dim_mul(g, h, dim_const(g, 4))}, *states[4] = {d, dim_add(g, t, dim_const(g, 1)), b, h};
    for (int i = rnn_first_kept(k); i < n->n_out; i++)
        out_set(n, i, a, 4, i == rnn_first_kept(k) && k->gates > 1 ? gates : states);
}

static SpmlCode shape_layer(Node *n, const RnnKind *k, Error *err)
{
    const Type *x = in_type(n, IN_X), *r = in_type(n, IN_R);
    bool rev, bf = node_int(n, "layout", 0);
    if (x->rank != 3 || r->rank != 3)
        return shape_error(n, err, "the input has %d dimensions, the recurrent weights %d, wants 3", x->rank, r->rank);
    const Dim *t = x->dim[bf ? 1 : 0], *b = x->dim[bf ? 0 : 1], *h = r->dim[2], *d = dim_const(n->graph, rnn_dirs(n, &rev));
    const Dim *y[2][4] = {{t, d, b, h}, {b, t, d, h}}, *s[2][3] = {{d, b, h}, {b, d, h}};
    out_set(n, 0, x->dtype, 4, y[bf]);
    for (int i = 0; i < k->n_states; i++)
        out_set(n, 1 + i, x->dtype, 3, s[bf]);
    kept_outputs(n, k, t, b, h, d);
    return SPML_OK;
}

SpmlCode shape_lstm(Node *n, Error *err) { return shape_layer(n, &rnn_lstm, err); }
SpmlCode shape_gru(Node *n, Error *err) { return shape_layer(n, &rnn_gru, err); }
SpmlCode shape_rnn(Node *n, Error *err) { return shape_layer(n, &rnn_plain, err); }

/* ── pieces ── */

Operand rnn_temp(Layer *y, int rank, const Dim *const *d) { return lower_value(y->l, lower_temp(y->l, y->a, rank, d)); }

SpmlCode rnn_convert(Layer *y, Operand from, Operand to, Error *err)
{
    if (from.type == to.type)
        return lower_copy(y->l, from, to, err);
    return lower_call(y->l, &(CallSpec){.kernel = "cast", .types = {{"T", from.type}, {"U", to.type}}, .args = {from, to}, .n_args = 2}, err);
}

/* x in the compute type: itself, or a converted copy. */
Operand rnn_widened(Layer *y, Operand x, SpmlCode *code, Error *err)
{
    if (x.type == y->a || *code)
        return x;
    Operand w = rnn_temp(y, x.rank, x.dim);
    *code = rnn_convert(y, x, w, err);
    return w;
}

Operand rnn_zeros(Layer *y, int rank, const Dim *const *d)
{
    static const char zero[8];
    return view_expand(y->l, lower_value(y->l, graph_const(rnn_graph(y), NULL, y->a, 0, NULL, zero, dtype_info[y->a].bytes)), rank, d);
}

Operand rnn_transposed(Layer *y, Operand m) { return view_permute(y->l, m, (const int[]){1, 0}); }

/* out [M, N] = x [M, K] · w[N, K]' + z (broadcast to [M, N]) */
SpmlCode rnn_product(Layer *y, Operand x, Operand w, Operand z, Operand out, Error *err)
{
    z = view_expand(y->l, z, 2, out.dim);
    return lower_call(y->l, &(CallSpec){.kernel = "matmul", .types = {{"T", y->a}}, .ranks = {{"B", 0}}, .args = {x, rnn_transposed(y, w), z, out}, .n_args = 4}, err);
}

Operand rnn_input(Layer *y, int input, int dir) { return view_select(y->l, lower_value(y->l, y->n->in[input]), 0, rnn_lit(y, dir)); }

Operand rnn_rows(Layer *y, Operand m, int axis, int from, int count)
{
    return view_slice(y->l, m, axis, dim_mul(rnn_graph(y), rnn_lit(y, from), y->hidden), dim_mul(rnn_graph(y), rnn_lit(y, count), y->hidden), 1);
}

/* A [N, G·H] buffer as [N, G, H]. */
Operand rnn_by_gate(Layer *y, Operand m, int gates)
{
    const Dim *d[3] = {y->batch, rnn_lit(y, gates), y->hidden};
    return view_reshape(y->l, m, 3, d);
}

/* State outputs and inputs are [D, N, H], or [N, D, H] with layout 1. */
Operand rnn_state(Layer *y, Value *v, int dir) { return view_select(y->l, lower_value(y->l, v), y->batch_first ? 1 : 0, rnn_lit(y, dir)); }

static SpmlCode state_begin(Layer *y, int input, int dir, Operand *s, Error *err)
{
    const Dim *d[2] = {y->batch, y->hidden};
    *s = rnn_temp(y, 2, d);
    return rnn_convert(y, in_given(y->n, input) ? rnn_state(y, y->n->in[input], dir) : rnn_zeros(y, 2, d), *s, err);
}

static SpmlCode state_end(Layer *y, int output, int dir, Operand s, Error *err)
{
    if (output >= y->n->n_out || !y->n->out[output])
        return SPML_OK;
    return rnn_convert(y, s, rnn_state(y, y->n->out[output], dir), err);
}

/* Where step t of direction dir is written: y [T,D,N,H] or [N,T,D,H]; in the compute type. */
Operand rnn_output(Layer *y, Operand all, int dir, const Dim *t)
{
    if (y->batch_first)
        return view_select(y->l, view_select(y->l, all, 2, rnn_lit(y, dir)), 1, t);
    return view_select(y->l, view_select(y->l, all, 1, rnn_lit(y, dir)), 0, t);
}

static const struct { const char *fn, *slope; } plain_fns[] = {
    {"sigmoid", "sigmoid_slope"}, {"tanh", "tanh_slope"}, {"relu", "relu_slope"}, {"softsign", "softsign_slope"}, {"softplus", "softplus_slope"},
};

SpmlCode rnn_activations(Layer *y, int dir, int count, const char *const *defaults, Error *err)
{
    const Attr *a = node_find(y->n, "activations");
    for (int i = 0; i < count; i++) {
        char name[24];
        size_t k = 0;
        bool given = a && a->kind == ATTR_STRINGS && dir * count + i < a->n;
        snprintf(name, sizeof name, "%.*s", given ? (int)(a->strings[dir * count + i].n < 23 ? a->strings[dir * count + i].n : 23) : 23, given ? a->strings[dir * count + i].p : defaults[i]);
        for (char *c = name; *c; c++)
            *c = *c >= 'A' && *c <= 'Z' ? (char)(*c + 32) : *c;
        while (k < sizeof plain_fns / sizeof *plain_fns && strcmp(plain_fns[k].fn, name))
            k++;
        if (k == sizeof plain_fns / sizeof *plain_fns)
            return lower_unsupported(y->n, err, "activation '%s'", name);
        y->fns[i] = plain_fns[k].fn;
        y->slopes[i] = plain_fns[k].slope;
    }
    return SPML_OK;
}

SpmlCode rnn_begin(Lower *l, Node *n, int gates, Layer *y, Error *err)
{
    const Type *x = in_type(n, IN_X);
    SpmlCode code = SPML_OK;
    bool rev;
    *y = (Layer){.l = l, .n = n, .gates = gates, .t = x->dtype, .a = dtype_info[x->dtype].compute, .batch_first = node_int(n, "layout", 0), .n_dirs = rnn_dirs(n, &rev)};
    if (!dtype_is_float(y->t))
        return lower_unsupported(n, err, "%s operands", dtype_name(y->t));
    y->clip = node_float(n, "clip", 0);
    Operand whole = lower_value(l, n->in[IN_X]);
    y->x = rnn_widened(y, whole, &code, err);
    if (y->batch_first)
        y->x = view_permute(l, y->x, (const int[]){1, 0, 2});
    y->steps = y->x.dim[0];
    y->batch = y->x.dim[1];
    y->input = y->x.dim[2];
    y->hidden = n->in[IN_R]->type.dim[2];
    const int64_t most = INT64_MAX;
    Value *all = graph_const(rnn_graph(y), NULL, DT_i64, 0, NULL, &most, sizeof most);
    if (in_given(n, IN_LEN) && n->in[IN_LEN]->type.dtype != DT_i64) {
        y->len = lower_value(l, lower_temp(l, DT_i64, 1, &y->batch));
        code = code ? code : rnn_convert(y, lower_value(l, n->in[IN_LEN]), y->len, err);
    } else {
        y->len = view_expand(l, lower_value(l, in_given(n, IN_LEN) ? n->in[IN_LEN] : all), 1, &y->batch);
    }
    return code;
}

/* Weights of the direction and the products of all inputs; bias: 1 = Wb + Rb, 0 = Wb alone. */
SpmlCode rnn_dir_begin(Layer *y, int dir, bool both_biases, Dir *d, Error *err)
{
    Graph *g = rnn_graph(y);
    SpmlCode code = SPML_OK;
    const Dim *gh = dim_mul(g, rnn_lit(y, y->gates), y->hidden), *xd[3] = {y->steps, y->batch, gh};
    d->dir = dir;
    d->w = rnn_widened(y, rnn_input(y, IN_W, dir), &code, err);
    d->r = rnn_widened(y, rnn_input(y, IN_R, dir), &code, err);
    if (in_given(y->n, IN_B)) {
        Operand b = rnn_widened(y, rnn_input(y, IN_B, dir), &code, err);
        d->wb = rnn_rows(y, b, 0, 0, y->gates);
        d->rb = rnn_rows(y, b, 0, y->gates, y->gates);
    } else {
        d->wb = d->rb = rnn_zeros(y, 1, &gh);
    }
    Operand start = d->wb;
    if (both_biases && in_given(y->n, IN_B)) {
        start = rnn_temp(y, 1, &gh);
        code = code ? code : lower_map(y->l, "add", NULL, 2, (Operand[]){d->wb, d->rb}, start, err);
    }
    d->xw = rnn_temp(y, 3, xd);
    Operand x = lower_plain(y->l, y->x);
    const Dim *tn = dim_mul(g, y->steps, y->batch), *x2[2] = {tn, y->input}, *o2[2] = {tn, gh};
    return code ? code : rnn_product(y, view_reshape(y->l, x, 2, x2), d->w, start, view_reshape(y->l, d->xw, 2, o2), err);
}

/* Opens the loop: d->step is the time of this iteration, d->out where its output goes. */
static SpmlCode dir_loop(Layer *y, Dir *d, Error *err)
{
    Graph *g = rnn_graph(y);
    bool rev;
    rnn_dirs(y->n, &rev);
    SpmlCode code = state_begin(y, IN_H0, d->dir, &d->h, err);
    const Dim *it = code ? NULL : lower_repeat_begin(y->l, y->steps, err);
    if (!it)
        return code ? code : error_oom(err);
    d->step = rev || d->dir == 1 ? dim_sub(g, dim_sub(g, y->steps, rnn_lit(y, 1)), it) : it;
    d->out = rnn_output(y, d->all, d->dir, d->step);
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
    SpmlCode code = rnn_product(y, d->h, d->r, xt, s->z, err);
    CallSpec c = {.kernel = "lstm_cell", .types = {{"T", y->a}}, .fns = {{"FA", y->fns[0]}, {"GA", y->fns[1]}, {"HA", y->fns[2]}},
                  .consts = {{"COUPLED", rnn_lit(y, node_int(y->n, "input_forget", 0) != 0)}},
                  .args = {rnn_by_gate(y, s->z, 4), s->p, y->len, s->c, d->h, d->out}, .n_args = 6};
    cell_scalars(y, d, &c);
    return code ? code : lower_call(y->l, &c, err);
}

static SpmlCode gru_step(Layer *y, Dir *d, Scratch *s, Error *err)
{
    Operand xt = view_select(y->l, d->xw, 0, d->step);
    if (node_int(y->n, "linear_before_reset", 0)) {
        SpmlCode code = rnn_product(y, d->h, d->r, d->rb, s->u, err);
        const Dim *x3[3] = {y->batch, rnn_lit(y, 3), y->hidden};
        CallSpec c = {.kernel = "gru_after", .types = {{"T", y->a}}, .fns = {{"FA", y->fns[0]}, {"GA", y->fns[1]}},
                      .args = {view_reshape(y->l, xt, 3, x3), rnn_by_gate(y, s->u, 3), y->len, d->h, d->out}, .n_args = 5};
        cell_scalars(y, d, &c);
        return code ? code : lower_call(y->l, &c, err);
    }
    SpmlCode code = rnn_product(y, d->h, rnn_rows(y, d->r, 0, 0, 2), rnn_rows(y, xt, 1, 0, 2), s->u, err);
    if (!code)
        code = lower_call(y->l, &(CallSpec){.kernel = "gru_gates", .types = {{"T", y->a}}, .fns = {{"FA", y->fns[0]}}, .args = {rnn_by_gate(y, s->u, 2), d->h, s->z, s->rh}, .n_args = 4,
                                            .scalars = {scalar_f(y->clip > 0 ? y->clip : 1.0 / 0.0)}, .n_scalars = 1}, err);
    if (!code)
        code = rnn_product(y, s->rh, rnn_rows(y, d->r, 0, 2, 1), rnn_rows(y, xt, 1, 2, 1), s->p, err);
    CallSpec c = {.kernel = "gru_out", .types = {{"T", y->a}}, .fns = {{"GA", y->fns[1]}}, .args = {s->p, s->z, y->len, d->h, d->out}, .n_args = 5};
    cell_scalars(y, d, &c);
    return code ? code : lower_call(y->l, &c, err);
}

static SpmlCode rnn_step(Layer *y, Dir *d, Scratch *s, Error *err)
{
    SpmlCode code = rnn_product(y, d->h, d->r, view_select(y->l, d->xw, 0, d->step), s->z, err);
    CallSpec c = {.kernel = "rnn_cell", .types = {{"T", y->a}}, .fns = {{"FA", y->fns[0]}}, .args = {s->z, y->len, d->h, d->out}, .n_args = 4};
    cell_scalars(y, d, &c);
    return code ? code : lower_call(y->l, &c, err);
}

/* ── layers ── */

typedef struct Kind { const RnnKind *of; SpmlCode (*step)(Layer *, Dir *, Scratch *, Error *); } Kind;
const RnnKind rnn_lstm = {4, 3, 2, {"sigmoid", "tanh", "tanh"}}, rnn_gru = {3, 2, 1, {"sigmoid", "tanh"}}, rnn_plain = {1, 1, 1, {"tanh"}};
static const Kind lstm_kind = {&rnn_lstm, lstm_step}, gru_kind = {&rnn_gru, gru_step}, rnn_kind = {&rnn_plain, rnn_step};

static SpmlCode scratch_make(Layer *y, const Kind *k, Scratch *s, int dir, Error *err)
{
    Graph *g = rnn_graph(y);
    const Dim *nh[2] = {y->batch, y->hidden}, *ph[2] = {rnn_lit(y, 3), y->hidden};
    bool after = k->of->gates == 3 && node_int(y->n, "linear_before_reset", 0);
    const Dim *zd[2] = {y->batch, k->of->gates == 4 ? dim_mul(g, rnn_lit(y, 4), y->hidden) : y->hidden};
    const Dim *ud[2] = {y->batch, dim_mul(g, rnn_lit(y, after ? 3 : 2), y->hidden)};
    s->z = rnn_temp(y, 2, zd);
    SpmlCode code = SPML_OK;
    if (k->of->gates == 4) {
        code = state_begin(y, IN_C0, dir, &s->c, err);
        s->p = in_given(y->n, IN_P) ? view_reshape(y->l, rnn_widened(y, rnn_input(y, IN_P, dir), &code, err), 2, ph) : rnn_zeros(y, 2, ph);
    } else if (k->of->gates == 3) {
        s->u = rnn_temp(y, 2, ud);
        s->rh = rnn_temp(y, 2, nh);
        s->p = rnn_temp(y, 2, nh);
    }
    return code;
}

static SpmlCode lower_layer(Lower *l, Node *n, const Kind *k, Error *err)
{
    Layer y;
    if (rnn_keeps(n, k->of))
        return rnn_lower_keeping(l, n, k->of, err);
    SpmlCode code = rnn_begin(l, n, k->of->gates, &y, err);
    if (code)
        return code;
    const Dim *yd[2][4] = {{y.steps, rnn_lit(&y, y.n_dirs), y.batch, y.hidden}, {y.batch, y.steps, rnn_lit(&y, y.n_dirs), y.hidden}};
    bool direct = n->out[0] && y.t == y.a;
    Operand all = direct ? lower_value(l, n->out[0]) : rnn_temp(&y, 4, yd[y.batch_first]);
    for (int dir = 0; dir < y.n_dirs && !code; dir++) {
        Dir d = {.all = all};
        Scratch s = {0};
        code = rnn_activations(&y, dir, k->of->n_fns, k->of->fns, err);
        if (!code)
            code = rnn_dir_begin(&y, dir, !(k->of->gates == 3 && node_int(n, "linear_before_reset", 0)), &d, err);
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
        if (!code && k->of->gates == 4)
            code = state_end(&y, 2, dir, s.c, err);
    }
    return code || direct || !n->out[0] ? code : rnn_convert(&y, all, lower_value(l, n->out[0]), err);
}

SpmlCode lower_lstm(Lower *l, Node *n, Error *err) { return lower_layer(l, n, &lstm_kind, err); }
SpmlCode lower_gru(Lower *l, Node *n, Error *err) { return lower_layer(l, n, &gru_kind, err); }
SpmlCode lower_rnn(Lower *l, Node *n, Error *err) { return lower_layer(l, n, &rnn_kind, err); }
