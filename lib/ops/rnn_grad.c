/* SPDX-License-Identifier: MIT
 * ops: gradients of lstm, gru, rnn. The layer keeps its activated gates and states (rnn_lower_keeping); {lstm,gru,rnn}_grad(the layer's inputs, kept gates, cells,
 * states, dy, dh, dc) walks the steps backwards, a cell kernel and a product with the recurrent weights each, and keeps the gradients of the gates of all steps, from
 * which input, weights and biases get theirs by one product each. */
#include "ops/grad.h"
#include "ops/rnn.h"


enum { IN_GATES = 8, IN_CELLS, IN_STATES, IN_DY, IN_DH, IN_DC, N_IN }; /* of the gradient, behind the layer's */
enum { OUT_X, OUT_W, OUT_R, OUT_B, OUT_H0, OUT_C0, OUT_P, N_OUT };

static const int given_by[N_OUT] = {IN_X, IN_W, IN_R, IN_B, IN_H0, IN_C0, IN_P};

static bool is_lstm(const Layer *y) { return y->gates == 4; }
static bool resets_after(const Layer *y) { return y->gates == 3 && node_int(y->n, "linear_before_reset", 0); }

static bool runs_back(const Layer *y, int dir)
{
    bool rev;
    rnn_dirs(y->n, &rev);
    return rev || dir == 1;
}

static Operand of_dir(Layer *y, Value *v, int dir) { return view_select(y->l, lower_value(y->l, v), 0, rnn_lit(y, dir)); }
static Operand at(Layer *y, Operand x, const Dim *i) { return view_select(y->l, x, 0, i); }

/* Places of a state before and after step t. */
static const Dim *before(const Layer *y, int dir, const Dim *t) { return runs_back(y, dir) ? dim_add(rnn_graph(y), t, rnn_lit(y, 1)) : t; }
static const Dim *behind(const Layer *y, int dir, const Dim *t) { return runs_back(y, dir) ? t : dim_add(rnn_graph(y), t, rnn_lit(y, 1)); }

/* States before (after) every step, [T·N, H]. */
static Operand all_before(Layer *y, Operand states, int dir, bool after)
{
    const Dim *d[2] = {dim_mul(rnn_graph(y), y->steps, y->batch), y->hidden};
    return view_reshape(y->l, view_slice(y->l, states, 0, rnn_lit(y, runs_back(y, dir) != after), y->steps, 1), 2, d);
}

static SpmlCode check(const Layer *y, Error *err)
{
    return y->clip > 0 ? lower_unsupported(y->n, err, "clip in a layer that is differentiated") : SPML_OK;
}

static Operand peepholes(Layer *y, int dir, SpmlCode *code, Error *err)
{
    const Dim *ph[2] = {rnn_lit(y, 3), y->hidden};
    return in_given(y->n, IN_P) ? view_reshape(y->l, rnn_widened(y, rnn_input(y, IN_P, dir), code, err), 2, ph) : rnn_zeros(y, 2, ph);
}

/* ── the layer that keeps ── */

bool rnn_keeps(const Node *n, const RnnKind *k) { return n->n_out > rnn_first_kept(k) && n->out[n->n_out - 1]; }

typedef struct Keep { Dir d; Operand gates, cells, states, p, z, u, r, rh, x; } Keep;

static SpmlCode keep_begin(Layer *y, const RnnKind *kind, int dir, Keep *k, Error *err)
{
    Graph *g = rnn_graph(y);
    Node *n = y->n;
    const int first = rnn_first_kept(kind);
    const Dim *start = rnn_lit(y, 0), *nh[2] = {y->batch, y->hidden}, *zd[2] = {y->batch, dim_mul(g, rnn_lit(y, y->gates == 3 && !resets_after(y) ? 2 : y->gates), y->hidden)};
    start = runs_back(y, dir) ? y->steps : start;
    SpmlCode code = rnn_activations(y, dir, kind->n_fns, kind->fns, err);
    if (!code)
        code = rnn_dir_begin(y, dir, !resets_after(y), &k->d, err);
    if (code)
        return code;
    k->states = of_dir(y, n->out[n->n_out - 1], dir);
    if (y->gates > 1)
        k->gates = of_dir(y, n->out[first], dir);
    code = rnn_convert(y, in_given(n, IN_H0) ? rnn_state(y, n->in[IN_H0], dir) : rnn_zeros(y, 2, nh), at(y, k->states, start), err);
    if (is_lstm(y) && !code) {
        k->cells = of_dir(y, n->out[first + 1], dir);
        code = rnn_convert(y, in_given(n, IN_C0) ? rnn_state(y, n->in[IN_C0], dir) : rnn_zeros(y, 2, nh), at(y, k->cells, start), err);
        k->p = peepholes(y, dir, &code, err);
    }
    k->z = rnn_temp(y, 2, zd);
    if (y->gates == 3)
        k->u = rnn_temp(y, 2, nh), k->r = rnn_temp(y, 2, nh), k->rh = rnn_temp(y, 2, nh), k->x = rnn_temp(y, 2, nh);
    return code;
}

static SpmlCode keep_lstm(Layer *y, Keep *k, Operand h0, Operand h1, Error *err)
{
    const Dim *t = k->d.step;
    SpmlCode code = rnn_product(y, h0, k->d.r, at(y, k->d.xw, t), k->z, err);
    CallSpec c = {.kernel = "lstm_keep", .types = {{"T", y->a}}, .fns = {{"FA", y->fns[0]}, {"GA", y->fns[1]}, {"HA", y->fns[2]}},
                  .consts = {{"COUPLED", rnn_lit(y, node_int(y->n, "input_forget", 0) != 0)}},
                  .args = {rnn_by_gate(y, k->z, 4), k->p, y->len, at(y, k->cells, before(y, k->d.dir, t)), h0, rnn_by_gate(y, at(y, k->gates, t), 4), at(y, k->cells, behind(y, k->d.dir, t)), h1, k->d.out},
                  .n_args = 9, .scalars = {scalar_dim(t)}, .n_scalars = 1};
    return code ? code : lower_call(y->l, &c, err);
}

static SpmlCode keep_gru(Layer *y, Keep *k, Operand h0, Operand h1, Error *err)
{
    const Dim *t = k->d.step;
    Operand xt = at(y, k->d.xw, t), s = rnn_by_gate(y, at(y, k->gates, t), 4);
    if (resets_after(y)) {
        SpmlCode code = rnn_product(y, h0, k->d.r, k->d.rb, k->z, err);
        return code ? code : lower_call(y->l, &(CallSpec){.kernel = "gru_keep", .types = {{"T", y->a}}, .fns = {{"FA", y->fns[0]}, {"GA", y->fns[1]}},
                                                          .args = {rnn_by_gate(y, xt, 3), rnn_by_gate(y, k->z, 3), y->len, h0, s, h1, k->d.out}, .n_args = 7, .scalars = {scalar_dim(t)}, .n_scalars = 1}, err);
    }
    SpmlCode code = rnn_product(y, h0, rnn_rows(y, k->d.r, 0, 0, 2), rnn_rows(y, xt, 1, 0, 2), k->z, err);
    if (!code)
        code = lower_call(y->l, &(CallSpec){.kernel = "gru_keep_gates", .types = {{"T", y->a}}, .fns = {{"FA", y->fns[0]}}, .args = {rnn_by_gate(y, k->z, 2), h0, k->u, k->r, k->rh}, .n_args = 5}, err);
    if (!code)
        code = rnn_product(y, k->rh, rnn_rows(y, k->d.r, 0, 2, 1), rnn_rows(y, xt, 1, 2, 1), k->x, err);
    return code ? code : lower_call(y->l, &(CallSpec){.kernel = "gru_keep_out", .types = {{"T", y->a}}, .fns = {{"GA", y->fns[1]}}, .args = {k->x, k->u, k->r, y->len, h0, s, h1, k->d.out}, .n_args = 8,
                                                      .scalars = {scalar_dim(t)}, .n_scalars = 1}, err);
}

static SpmlCode keep_rnn(Layer *y, Keep *k, Operand h0, Operand h1, Error *err)
{
    SpmlCode code = rnn_product(y, h0, k->d.r, at(y, k->d.xw, k->d.step), k->z, err);
    return code ? code : lower_call(y->l, &(CallSpec){.kernel = "rnn_keep", .types = {{"T", y->a}}, .fns = {{"FA", y->fns[0]}}, .args = {k->z, y->len, h0, h1, k->d.out}, .n_args = 5,
                                                      .scalars = {scalar_dim(k->d.step)}, .n_scalars = 1}, err);
}

/* Opens the loop over steps, in the order of the layer or against it. */
static SpmlCode steps_begin(Layer *y, bool last_first, const Dim **step, Error *err)
{
    Graph *g = rnn_graph(y);
    const Dim *it = lower_repeat_begin(y->l, y->steps, err);
    if (!it)
        return error_oom(err);
    *step = last_first ? dim_sub(g, dim_sub(g, y->steps, rnn_lit(y, 1)), it) : it;
    return SPML_OK;
}

static SpmlCode state_out(Layer *y, int output, int dir, Operand states, Error *err)
{
    Node *n = y->n;
    if (output >= n->n_out || !n->out[output])
        return SPML_OK;
    return rnn_convert(y, at(y, states, runs_back(y, dir) ? rnn_lit(y, 0) : y->steps), rnn_state(y, n->out[output], dir), err);
}

static SpmlCode keep_dir(Layer *y, const RnnKind *kind, int dir, Operand all, Error *err)
{
    Keep k = {.d = {.all = all}};
    SpmlCode code = keep_begin(y, kind, dir, &k, err);
    if (!code)
        code = steps_begin(y, runs_back(y, dir), &k.d.step, err);
    if (code)
        return code;
    Operand h0 = at(y, k.states, before(y, dir, k.d.step)), h1 = at(y, k.states, behind(y, dir, k.d.step));
    k.d.out = rnn_output(y, all, dir, k.d.step);
    code = is_lstm(y) ? keep_lstm(y, &k, h0, h1, err) : y->gates == 3 ? keep_gru(y, &k, h0, h1, err) : keep_rnn(y, &k, h0, h1, err);
    if (!code)
        code = lower_repeat_end(y->l, err);
    if (!code)
        code = state_out(y, 1, dir, k.states, err);
    return code || !is_lstm(y) ? code : state_out(y, 2, dir, k.cells, err);
}

SpmlCode rnn_lower_keeping(Lower *l, Node *n, const RnnKind *kind, Error *err)
{
    Layer y;
    SpmlCode code = rnn_begin(l, n, kind->gates, &y, err);
    if (!code)
        code = check(&y, err);
    if (code)
        return code;
    const Dim *yd[2][4] = {{y.steps, rnn_lit(&y, y.n_dirs), y.batch, y.hidden}, {y.batch, y.steps, rnn_lit(&y, y.n_dirs), y.hidden}};
    bool direct = n->out[0] && y.t == y.a;
    Operand all = direct ? lower_value(l, n->out[0]) : rnn_temp(&y, 4, yd[y.batch_first]);
    for (int dir = 0; dir < y.n_dirs && !code; dir++)
        code = keep_dir(&y, kind, dir, all, err);
    return code || direct || !n->out[0] ? code : rnn_convert(&y, all, lower_value(l, n->out[0]), err);
}

/* ── backwards ── */

typedef struct Back {
    int dir;
    Operand w, r, p;
    Operand gates, cells, states;
    Operand dy;                   /* whole, or no value */
    Operand dh, e, dc, dz, du, v, rh; /* dz [T, N, G·H]: of the gates' inputs; du: of the recurrent products where these are others; rh [T, N, H]: r·h */
} Back;

SpmlCode shape_rnn_back(Node *n, Error *err)
{
    if (n->n_in != N_IN)
        return shape_error(n, err, "%d inputs, wants %d", n->n_in, N_IN);
    for (int i = 0; i < N_OUT; i++)
        if (in_given(n, given_by[i]))
            out_set(n, i, in_type(n, given_by[i])->dtype, in_type(n, given_by[i])->rank, in_type(n, given_by[i])->dim);
    return SPML_OK;
}

static bool wanted(const Layer *y, int out) { return out < y->n->n_out && y->n->out[out]; }

/* The state's gradient from behind the last step. */
static SpmlCode state_in(Layer *y, int input, int dir, Operand to, Error *err)
{
    return rnn_convert(y, in_given(y->n, input) ? rnn_state(y, y->n->in[input], dir) : rnn_zeros(y, 2, to.dim), to, err);
}

static SpmlCode back_begin(Layer *y, const RnnKind *kind, int dir, Back *b, Error *err)
{
    Graph *g = rnn_graph(y);
    Node *n = y->n;
    const Dim *nh[2] = {y->batch, y->hidden}, *zd[3] = {y->steps, y->batch, dim_mul(g, rnn_lit(y, y->gates), y->hidden)}, *hd[3] = {y->steps, y->batch, y->hidden};
    SpmlCode code = rnn_activations(y, dir, kind->n_fns, kind->fns, err);
    b->dir = dir;
    b->w = rnn_widened(y, rnn_input(y, IN_W, dir), &code, err);
    b->r = rnn_widened(y, rnn_input(y, IN_R, dir), &code, err);
    b->states = of_dir(y, n->in[IN_STATES], dir);
    if (y->gates > 1)
        b->gates = of_dir(y, n->in[IN_GATES], dir);
    b->dy = in_given(n, IN_DY) ? rnn_widened(y, lower_value(y->l, n->in[IN_DY]), &code, err) : (Operand){0};
    b->dh = rnn_temp(y, 2, nh), b->e = rnn_temp(y, 2, nh), b->dz = rnn_temp(y, 3, zd);
    if (!code)
        code = state_in(y, IN_DH, dir, b->dh, err);
    if (is_lstm(y) && !code) {
        b->cells = of_dir(y, n->in[IN_CELLS], dir);
        b->p = peepholes(y, dir, &code, err);
        b->dc = rnn_temp(y, 2, nh);
        code = code ? code : state_in(y, IN_DC, dir, b->dc, err);
    }
    if (y->gates == 3) {
        b->du = resets_after(y) ? rnn_temp(y, 3, zd) : rnn_temp(y, 2, zd + 1);
        b->v = rnn_temp(y, 2, nh), b->rh = rnn_temp(y, 3, hd);
    }
    return code;
}

static Operand dy_at(Layer *y, Back *b, const Dim *t)
{
    const Dim *nh[2] = {y->batch, y->hidden};
    return b->dy.value ? rnn_output(y, b->dy, b->dir, t) : rnn_zeros(y, 2, nh);
}

/* dh = dz·R + e */
static SpmlCode past(Layer *y, Back *b, Operand dz, Operand r, Error *err) { return rnn_product(y, dz, rnn_transposed(y, r), b->e, b->dh, err); }

static SpmlCode back_lstm(Layer *y, Back *b, const Dim *t, Error *err)
{
    Operand dz = at(y, b->dz, t);
    CallSpec c = {.kernel = "lstm_back", .types = {{"T", y->a}}, .fns = {{"DF", y->slopes[0]}, {"DG", y->slopes[1]}, {"DH", y->slopes[2]}, {"HA", y->fns[2]}},
                  .consts = {{"COUPLED", rnn_lit(y, node_int(y->n, "input_forget", 0) != 0)}},
                  .args = {rnn_by_gate(y, at(y, b->gates, t), 4), b->p, at(y, b->cells, before(y, b->dir, t)), at(y, b->cells, behind(y, b->dir, t)), dy_at(y, b, t), y->len, b->dh, b->dc,
                           rnn_by_gate(y, dz, 4), b->e}, .n_args = 10, .scalars = {scalar_dim(t)}, .n_scalars = 1};
    SpmlCode code = lower_call(y->l, &c, err);
    return code ? code : past(y, b, dz, b->r, err);
}

static SpmlCode back_gru(Layer *y, Back *b, const Dim *t, Error *err)
{
    const bool after = resets_after(y);
    Operand dz = at(y, b->dz, t), du = after ? at(y, b->du, t) : b->du, s = rnn_by_gate(y, at(y, b->gates, t), 4), h0 = at(y, b->states, before(y, b->dir, t));
    SpmlCode code = lower_call(y->l, &(CallSpec){.kernel = "gru_back", .types = {{"T", y->a}}, .fns = {{"DF", y->slopes[0]}, {"DG", y->slopes[1]}}, .consts = {{"AFTER", rnn_lit(y, after)}},
                                                 .args = {s, h0, dy_at(y, b, t), y->len, b->dh, rnn_by_gate(y, dz, 3), rnn_by_gate(y, du, 3), b->e}, .n_args = 8, .scalars = {scalar_dim(t)}, .n_scalars = 1}, err);
    if (code || after)
        return code ? code : past(y, b, du, b->r, err);
    const Dim *nh[2] = {y->batch, y->hidden};
    code = rnn_product(y, rnn_rows(y, dz, 1, 2, 1), rnn_transposed(y, rnn_rows(y, b->r, 0, 2, 1)), rnn_zeros(y, 2, nh), b->v, err);
    if (!code)
        code = lower_call(y->l, &(CallSpec){.kernel = "gru_back_reset", .types = {{"T", y->a}}, .fns = {{"DF", y->slopes[0]}}, .args = {s, h0, b->v, rnn_by_gate(y, dz, 3), b->e, at(y, b->rh, t)}, .n_args = 6}, err);
    return code ? code : past(y, b, rnn_rows(y, dz, 1, 0, 2), rnn_rows(y, b->r, 0, 0, 2), err);
}

static SpmlCode back_rnn(Layer *y, Back *b, const Dim *t, Error *err)
{
    Operand dz = at(y, b->dz, t);
    SpmlCode code = lower_call(y->l, &(CallSpec){.kernel = "rnn_back", .types = {{"T", y->a}}, .fns = {{"DF", y->slopes[0]}},
                                                 .args = {at(y, b->states, behind(y, b->dir, t)), dy_at(y, b, t), y->len, b->dh, dz, b->e}, .n_args = 6, .scalars = {scalar_dim(t)}, .n_scalars = 1}, err);
    return code ? code : past(y, b, dz, b->r, err);
}

/* Gradients [rows of gates, K] = dzT·m into a part of an output, in its type. */
static SpmlCode weights_into(Layer *y, Operand dz, Operand m, Operand to, Error *err)
{
    Operand sums = to.type == y->a ? to : rnn_temp(y, 2, to.dim);
    SpmlCode code = rnn_product(y, rnn_transposed(y, dz), rnn_transposed(y, m), rnn_zeros(y, 2, to.dim), sums, err);
    return code || to.type == y->a ? code : rnn_convert(y, sums, to, err);
}

static SpmlCode bias_into(Layer *y, Operand dz, Operand to, Error *err)
{
    Operand sums = to.type == y->a ? to : rnn_temp(y, 1, to.dim);
    SpmlCode code = lower_call(y->l, &(CallSpec){.kernel = "reduce_map", .types = {{"T", y->a}}, .fns = {{"f", "ident"}, {"F", "sum"}, {"g", "ident"}}, .ranks = {{"L", 1}, {"C", 1}},
                                                 .args = {rnn_transposed(y, dz), sums}, .n_args = 2}, err);
    return code || to.type == y->a ? code : rnn_convert(y, sums, to, err);
}

static Operand part(Layer *y, int out, int dir) { return view_select(y->l, lower_value(y->l, y->n->out[out]), 0, rnn_lit(y, dir)); }

/* What the gates' gradients of all steps make of weights, biases, peepholes. */
static SpmlCode parameters(Layer *y, Back *b, Operand dz, Operand du, Operand x, Error *err)
{
    Graph *g = rnn_graph(y);
    const Dim *th[2] = {dz.dim[0], y->hidden};
    Operand h0 = all_before(y, b->states, b->dir, false);
    SpmlCode code = wanted(y, OUT_W) ? weights_into(y, dz, x, part(y, OUT_W, b->dir), err) : SPML_OK;
    if (!code && wanted(y, OUT_R) && (y->gates != 3 || resets_after(y))) {
        code = weights_into(y, du, h0, part(y, OUT_R, b->dir), err);
    } else if (!code && wanted(y, OUT_R)) {
        code = weights_into(y, rnn_rows(y, dz, 1, 0, 2), h0, rnn_rows(y, part(y, OUT_R, b->dir), 0, 0, 2), err);
        code = code ? code : weights_into(y, rnn_rows(y, dz, 1, 2, 1), view_reshape(y->l, b->rh, 2, th), rnn_rows(y, part(y, OUT_R, b->dir), 0, 2, 1), err);
    }
    if (!code && wanted(y, OUT_B)) {
        code = bias_into(y, dz, rnn_rows(y, part(y, OUT_B, b->dir), 0, 0, y->gates), err);
        code = code ? code : bias_into(y, du, rnn_rows(y, part(y, OUT_B, b->dir), 0, y->gates, y->gates), err);
    }
    if (code || !wanted(y, OUT_P))
        return code;
    const Dim *ph[2] = {rnn_lit(y, 3), y->hidden}, *gd[3] = {dz.dim[0], rnn_lit(y, 4), y->hidden};
    Operand dp = rnn_temp(y, 2, ph), flat = view_reshape(y->l, dp, 1, (const Dim *const[]){dim_mul(g, ph[0], ph[1])});
    code = lower_call(y->l, &(CallSpec){.kernel = "lstm_dpeep", .types = {{"T", y->a}}, .args = {view_reshape(y->l, dz, 3, gd), all_before(y, b->cells, b->dir, false), all_before(y, b->cells, b->dir, true), dp},
                                        .n_args = 4}, err);
    return code ? code : rnn_convert(y, flat, part(y, OUT_P, b->dir), err);
}

/* *dx: of the directions so far, [T·N, I]; without a value before the first. */
static SpmlCode back_dir(Layer *y, const RnnKind *kind, int dir, Operand x, Operand *dx, Error *err)
{
    Back b = {0};
    const Dim *t, *tn = dim_mul(rnn_graph(y), y->steps, y->batch), *zd[2] = {tn, dim_mul(rnn_graph(y), rnn_lit(y, y->gates), y->hidden)}, *xd[2] = {tn, y->input};
    SpmlCode code = back_begin(y, kind, dir, &b, err);
    if (!code)
        code = steps_begin(y, !runs_back(y, dir), &t, err);
    if (!code)
        code = is_lstm(y) ? back_lstm(y, &b, t, err) : y->gates == 3 ? back_gru(y, &b, t, err) : back_rnn(y, &b, t, err);
    if (!code)
        code = lower_repeat_end(y->l, err);
    if (code)
        return code;
    Operand dz = view_reshape(y->l, b.dz, 2, zd), du = resets_after(y) ? view_reshape(y->l, b.du, 2, zd) : dz, sum = rnn_temp(y, 2, xd);
    code = parameters(y, &b, dz, du, x, err);
    if (!code && wanted(y, OUT_X)) {
        code = rnn_product(y, dz, rnn_transposed(y, b.w), dx->value ? *dx : rnn_zeros(y, 2, xd), sum, err);
        *dx = sum;
    }
    if (!code && wanted(y, OUT_H0))
        code = rnn_convert(y, b.dh, rnn_state(y, y->n->out[OUT_H0], dir), err);
    return code || !wanted(y, OUT_C0) ? code : rnn_convert(y, b.dc, rnn_state(y, y->n->out[OUT_C0], dir), err);
}

static SpmlCode lower_back(Lower *l, Node *n, const RnnKind *kind, Error *err)
{
    Layer y;
    SpmlCode code = rnn_begin(l, n, kind->gates, &y, err);
    if (!code)
        code = check(&y, err);
    if (code)
        return code;
    const Dim *x2[2] = {dim_mul(rnn_graph(&y), y.steps, y.batch), y.input}, *x3[3] = {y.steps, y.batch, y.input};
    Operand x = view_reshape(l, lower_plain(l, y.x), 2, x2), dx = {0};
    for (int dir = 0; dir < y.n_dirs && !code; dir++)
        code = back_dir(&y, kind, dir, x, &dx, err);
    if (code || !wanted(&y, OUT_X))
        return code;
    Operand to = lower_value(l, n->out[OUT_X]);
    return rnn_convert(&y, view_reshape(l, dx, 3, x3), y.batch_first ? view_permute(l, to, (const int[]){1, 0, 2}) : to, err);
}

SpmlCode lower_lstm_grad(Lower *l, Node *n, Error *err) { return lower_back(l, n, &rnn_lstm, err); }
SpmlCode lower_gru_grad(Lower *l, Node *n, Error *err) { return lower_back(l, n, &rnn_gru, err); }
SpmlCode lower_rnn_grad(Lower *l, Node *n, Error *err) { return lower_back(l, n, &rnn_plain, err); }

/* ── rules ── */

static SpmlCode give_layer(Grad *d, Node *n, const RnnKind *k, int op, Error *err)
{
    const int first = rnn_first_kept(k);
    Value *in[N_IN] = {0};
    if (node_float(n, "clip", 0) > 0)
        return grad_unsupported(n, err, "clip");
    for (int i = 0; i < n->n_in && i < IN_GATES; i++)
        in[i] = n->in[i];
    if (k->gates > 1)
        in[IN_GATES] = grad_saved(d, n, first);
    if (k->gates == 4)
        in[IN_CELLS] = grad_saved(d, n, first + 1);
    in[IN_STATES] = grad_saved(d, n, first + (k->gates == 4 ? 2 : k->gates == 3 ? 1 : 0));
    for (int i = 0; i < 1 + k->n_states; i++)
        in[IN_DY + i] = grad_of(d, n, i);
    Node *b = grad_node(d, op, N_IN, in, N_OUT, n->n_attrs, n->attrs);
    for (int i = 0; i < N_OUT && b; i++) {
        if (grad_wanted(d, n, given_by[i]))
            grad_give(d, n, given_by[i], b->out[i]);
        else
            b->out[i] = NULL;
    }
    return SPML_OK;
}

SpmlCode grad_lstm(Grad *d, Node *n, Error *err) { return give_layer(d, n, &rnn_lstm, OP_lstm_grad, err); }
SpmlCode grad_gru(Grad *d, Node *n, Error *err) { return give_layer(d, n, &rnn_gru, OP_gru_grad, err); }
SpmlCode grad_rnn(Grad *d, Node *n, Error *err) { return give_layer(d, n, &rnn_plain, OP_rnn_grad, err); }
