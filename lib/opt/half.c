/* SPDX-License-Identifier: MIT
 * opt: a graph in f16. Takes a typed graph and the values that are too large for f16; leaves a graph whose nodes compute in f16 wherever their rules allow it,
 * with casts at the borders: a value that a kept node, a subgraph or the outside reads stays what it was, made from its f16 form. Constants are cast too; folding
 * makes them f16 (pipeline.c). Bodies of If, Loop and Scan stay in f32. */
#include "opt/half.h"

#include "ops/ops.h"
#include "opt/pass.h"

#include <string.h>

/* Operators that stay in f32, and why; `inputs` only those. */
typedef struct HalfRow { int op; const char *why; unsigned inputs; /* bits; 0: the whole node */ } HalfRow;
static const HalfRow rows[] = {
    {OP_quantize, "scales are f32", 0}, {OP_dequantize, "scales are f32", 0}, {OP_dynamic_quantize, "takes f32 only", 0}, {OP_qlinear_matmul, "scales are f32", 0},
    {OP_qlinear_conv, "scales are f32", 0}, {OP_qlinear_add, "scales are f32", 0}, {OP_qlinear_conv_add, "scales are f32", 0}, {OP_matmul_integer_float, "takes f32 only", 0},
    {OP_non_max_suppression, "takes f32 only", 0}, {OP_range, "takes f32 only", 0}, {OP_window, "makes f32", 0}, {OP_mel_weights, "makes f32", 0}, {OP_tree_ensemble, "takes f32 only", 0},
    {OP_tfidf, "makes f32", 0}, {OP_lookup, "takes f32 only", 0}, {OP_multinomial, "sums may overflow", 0}, {OP_bernoulli, "the numbers drawn would differ", 0},
    {OP_random_uniform, "the numbers drawn would differ", 0}, {OP_random_normal, "the numbers drawn would differ", 0}, {OP_dropout, "the numbers drawn would differ", 0},
    {OP_reduce_sum_square, "squares may overflow", 0}, {OP_reduce_l2, "squares may overflow", 0}, {OP_reduce_log_sum, "sums may overflow", 0}, {OP_reduce_log_sum_exp, "sums may overflow", 0},
    {OP_reduce_prod, "products may overflow", 0}, {OP_lp_norm, "squares may overflow", 0}, {OP_local_response_norm, "squares may overflow", 0}, {OP_mean_variance_norm, "squares may overflow", 0},
    {OP_cumsum, "sums may overflow", 0}, {OP_cumprod, "products may overflow", 0}, {OP_det, "products may overflow", 0}, {OP_dft, "sums may overflow", 0}, {OP_stft, "sums may overflow", 0},
    {OP_adam_step, "takes f32 only", 0}, {OP_adagrad_step, "takes f32 only", 0}, {OP_momentum_step, "takes f32 only", 0}, {OP_nll_loss, "sums may overflow", 0},
    {OP_max_roi_pool, "positions are f32", 0}, {OP_roi_align, "positions are f32", 0}, {OP_affine_grid, "positions are f32", 0}, {OP_grid_sample, "positions are f32", 0},
    {OP_deform_conv, "positions are f32", 0}, {OP_linear_attention, "the state is f32", 0}, {OP_bitcast, "the bits are f32's", 0},
    {OP_resize, "", 1u << 1 | 1u << 2}, {OP_one_hot, "", 1u << 0 | 1u << 1},
};

typedef struct Half {
    Graph *g;
    const HalfOptions *o;
    Map form;              /* Value * → its f16 form */
    Map exact;             /* Node * that must not lose bits: parts of a variance */
    Error *err;
} Half;

static const HalfRow *row_of(int op)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].op == op)
            return &rows[i];
    return NULL;
}

static bool is_f32(const Value *v) { return v && v->type.kind == TYPE_TENSOR && v->type.dtype == DT_f32; }
static bool is_large(const Half *h, const Value *v) { return h->o->large && h->o->large(h->o->ctx, v); }

/* ── E[x²] − E[x]²: what f16 rounds off of either is as large as the difference. Both stay in f32, down to x ── */

enum { DEEP = 8 };
static bool is_square(const Value *v) { return v && v->producer && v->producer->op == OP_mul && v->producer->in[0] == v->producer->in[1]; }
static bool is_sum(const Node *n) { return n->op == OP_reduce_sum || n->op == OP_reduce_mean || n->op == OP_reduce_sum_square; }
static bool is_scaled(const Node *n) { return n->op == OP_mul || n->op == OP_div || n->op == OP_affine || n->op == OP_reshape || n->op == OP_squeeze || n->op == OP_unsqueeze; }

static bool has_square_sum(const Value *v, int depth)
{
    const Node *n = v ? v->producer : NULL;
    if (!n || depth == DEEP)
        return false;
    if (is_sum(n))
        return n->op == OP_reduce_sum_square || is_square(n->in[0]);
    return is_scaled(n) && (has_square_sum(n->in[0], depth + 1) || (n->n_in > 1 && has_square_sum(n->in[1], depth + 1)));
}

static bool keep_exact(Half *h, Node *n)
{
    Node **key = arena_copy(h->g->arena, &n, sizeof n);
    return key && map_put(&h->exact, (const char *)key, sizeof n, n);
}

static bool keep_above(Half *h, const Value *v, int depth)
{
    Node *n = v ? v->producer : NULL;
    if (!n || depth == DEEP || !(is_sum(n) || is_scaled(n)))
        return true;
    bool ok = keep_exact(h, n) && (!is_sum(n) || !is_square(n->in[0]) || keep_exact(h, n->in[0]->producer));
    for (int i = 0; ok && i < n->n_in && !is_sum(n); i++)
        ok = keep_above(h, n->in[i], depth + 1);
    return ok;
}

static bool keep_variances(Half *h)
{
    bool ok = true;
    for (Node *n = h->g->first; n && ok; n = n->next)
        if (n->op == OP_sub && is_square(n->in[1]) && has_square_sum(n->in[0], 0))
            ok = keep_exact(h, n) && keep_above(h, n->in[0], 0) && keep_above(h, n->in[1], 0);
    return ok;
}

/* "" where the node can compute in f16. */
static const char *why_kept(const Half *h, const Node *n)
{
    const HalfRow *r = row_of(n->op);
    if (op_info[n->op].flags & (OPF_HOST | OPF_CONTROL | OPF_STATE))
        return "f32 inside";
    if (r && !r->inputs)
        return r->why;
    if (map_find(&h->exact, (const char *)&n, sizeof n))
        return "a difference of large sums";
    for (int i = 0; i < n->n_in; i++)
        if (is_f32(n->in[i]) && is_large(h, n->in[i]))
            return "numbers beyond 65504";
    for (int i = 0; i < n->n_out; i++)
        if (is_f32(n->out[i]) && is_large(h, n->out[i]))
            return "numbers beyond 65504";
    return "";
}

static bool remember(Half *h, Value *v, Value *form)
{
    Value **key = arena_copy(h->g->arena, &v, sizeof v);
    return key && map_put(&h->form, (const char *)key, sizeof v, form);
}

/* The f16 form of v, made before `at` where it is first read: nodes are in order, so later readers find it. */
static Value *half_of(Half *h, Value *v, Node *at)
{
    static const Attr to = {.name = "to", .kind = ATTR_TYPE, .dtype = DT_f16};
    Value *form = map_find(&h->form, (const char *)&v, sizeof v);
    if (form)
        return form;
    Node *n = graph_node(h->g, at, OP_cast, NULL, 1, &v, 1);
    Error ignored = {0};
    if (!n || !node_attr(n, &to) || node_infer(n, &ignored) || !remember(h, v, n->out[0]))
        return NULL;
    return n->out[0];
}

/* v, an output of n in f32 until now, is made by a cast of the f16 value that n makes instead. */
static SpmlCode cast_back(Half *h, Node *n, int i, Value *v)
{
    static const Attr to = {.name = "to", .kind = ATTR_TYPE, .dtype = DT_f32};
    Value *form = graph_value(h->g, NULL, &v->type);
    if (!form)
        return error_oom(h->err);
    form->type.dtype = DT_f16;
    node_take_output(n, i, form);
    Node *c = graph_node(h->g, n->next, OP_cast, NULL, 1, &form, 1);
    if (!c || !node_attr(c, &to) || !remember(h, v, form))
        return error_oom(h->err);
    node_take_output(c, 0, v);
    return SPML_OK;
}

/* Attributes that say f32. */
static SpmlCode attrs_half(Half *h, Node *n)
{
    const Attr *value = n->op == OP_constant_of_shape ? node_find(n, "value") : NULL;
    if (node_dtype(n, "to", DT_none) == DT_f32 && !node_attr(n, &(Attr){.name = "to", .kind = ATTR_TYPE, .dtype = DT_f16}))
        return error_oom(h->err);
    double v;
    int count;
    if (!value || !is_f32(value->tensor) || !value_floats(value->tensor, &v, 1, &count) || count != 1)
        return SPML_OK;
    uint16_t bits;
    int64_t one = 1;
    dtype_set_f64(DT_f16, &bits, 0, v);
    Value *c = graph_const(h->g, NULL, DT_f16, 1, &one, &bits, sizeof bits);
    return c && node_attr(n, &(Attr){.name = "value", .kind = ATTR_TENSOR, .tensor = c}) ? SPML_OK : error_oom(h->err);
}

static SpmlCode node_half(Half *h, Node *n)
{
    const HalfRow *r = row_of(n->op);
    const int n_attrs = n->n_attrs;
    Attr *attrs = arena_copy(h->g->arena, n->attrs, (size_t)n_attrs * sizeof *attrs);
    Value **in = arena_copy(h->g->arena, n->in, n->n_in * sizeof *in), **out = arena_copy(h->g->arena, n->out, n->n_out * sizeof *out);
    Type *types = arena_array(h->g->arena, Type, n->n_out + 1);
    if (!in || !out || !types || !attrs)
        return error_oom(h->err);
    for (int i = 0; i < n->n_out; i++)
        types[i] = out[i] ? out[i]->type : (Type){0};
    for (int i = 0; i < n->n_in; i++)
        if (is_f32(in[i]) && !(r && r->inputs >> i & 1) && !(n->in[i] = half_of(h, in[i], n)))
            return error_oom(h->err);
    SpmlCode code = attrs_half(h, n);
    Error ignored = {0};
    bool fits = !code && !node_infer(n, &ignored);
    for (int i = 0; i < n->n_out; i++) {
        bool now = fits && out[i] && out[i]->type.kind == TYPE_TENSOR && out[i]->type.dtype == DT_f16 && types[i].dtype == DT_f32;
        if (out[i])
            out[i]->type = types[i];
        if (now && !code)
            code = cast_back(h, n, i, out[i]);
    }
    if (fits || code)
        return code;
    memcpy(n->in, in, n->n_in * sizeof *in); /* no rule for f16: as it was */
    n->attrs = attrs;
    n->n_attrs = (uint16_t)n_attrs;
    return node_infer(n, h->err);
}

static bool touches_f32(const Node *n)
{
    bool any = false;
    for (int i = 0; i < n->n_in; i++)
        any |= is_f32(n->in[i]);
    for (int i = 0; i < n->n_out; i++)
        any |= is_f32(n->out[i]);
    return any;
}

/* An input that is f16 outside: readers get it cast. */
static SpmlCode input_half(Half *h, Value *v)
{
    static const Attr to = {.name = "to", .kind = ATTR_TYPE, .dtype = DT_f32};
    Node *n = graph_node(h->g, h->g->first, OP_cast, NULL, 1, &v, 1);
    if (!n || !node_attr(n, &to))
        return error_oom(h->err);
    Value *wide = n->out[0];
    graph_replace(h->g, v, wide);
    n->in[0] = v;
    wide->type = v->type;
    v->type.dtype = DT_f16;
    return remember(h, wide, v) ? SPML_OK : error_oom(h->err);
}

static SpmlCode io_half(Half *h)
{
    SpmlCode code = SPML_OK;
    for (size_t i = 0; i < h->g->n_in && !code; i++)
        if (is_f32(h->g->in[i]) && !h->g->in[i]->data)
            code = input_half(h, h->g->in[i]);
    return code;
}

/* Outputs in f16 keep their names. */
static SpmlCode outputs_half(Half *h)
{
    for (size_t i = 0; i < h->g->n_out; i++) {
        Value *v = h->g->out[i], *form = is_f32(v) ? half_of(h, v, NULL) : NULL;
        if (is_f32(v) && !form)
            return error_oom(h->err);
        if (!form)
            continue;
        form->name = v->name;
        v->name = NULL;
        h->g->out[i] = form;
    }
    return SPML_OK;
}

SpmlCode graph_half(Graph *g, const HalfOptions *o, Error *err)
{
    Half h = {.g = g, .o = o, .form = map_make(g->arena), .exact = map_make(g->arena), .err = err};
    SpmlCode code = !keep_variances(&h) ? error_oom(err) : o->io ? io_half(&h) : SPML_OK;
    Node *last = g->last;
    bool done = !last;
    for (Node *n = g->first, *next; n && !code && !done; n = next) {
        next = n->next;
        done = n == last;
        bool made = n->op == OP_cast && map_find(&h.form, (const char *)&n->out[0], sizeof(Value *)); /* by input_half */
        if (!touches_f32(n) || made)
            continue;
        const char *why = why_kept(&h, n);
        if (!*why)
            code = node_half(&h, n);
        else if (o->kept)
            o->kept(o->ctx, n, why);
    }
    if (!code && o->io)
        code = outputs_half(&h);
    return code ? code : g->arena->oom ? error_oom(err) : graph_infer(g, err);
}
