/* SPDX-License-Identifier: MIT
 * train: builds the graphs of a StepPlan: clones the model with the extents of a batch, makes views of the arenas out of its parameters, brings it into training
 * form, adds loss, gradients (one flat arena: the concatenation of all, which the planner lets them be written into) and updates. */
#include "train/step.h"

#include "ops/grad.h"
#include "opt/pass.h"
#include "train/autodiff.h"
#include "train/shard.h"

#include <stdio.h>
#include <string.h>

/* A graph being built. map: values of the model → of g. */
typedef struct StepBuild { const StepPlan *p; Arena *arena; Graph *g; Grad d; Map map; StepPorts *ports; Error *err; Value *params, *key; Value **views; /* [n_params] */ } StepBuild;

static const StepPorts no_ports = {-1, -1, -1, -1, {-1, -1, -1}, -1, -1, -1, -1, -1, -1, -1};

bool step_has_factor(const TrainOptions *o) { return o->clip_norm > 0 || o->precision == TRAIN_F16; }

static SpmlCode build_error(StepBuild *b)
{
    if (!error_is(&b->d.why))
        return b->arena->oom ? error_oom(b->err) : SPML_OK;
    if (b->err && !b->err->code)
        *b->err = b->d.why;
    return b->d.why.code;
}

static Value *port(StepBuild *b, int *at, const char *name, Residency r, DType t, int rank, const int64_t *dims)
{
    Type type = type_literal(b->g, t, rank, dims);
    Value *v = graph_input(b->g, name, &type);
    if (!v)
        return error_oom(&b->d.why), NULL;
    v->residency = r;
    *at = (int)b->g->n_in - 1;
    return v;
}

static Value *flat_port(StepBuild *b, int *at, const char *name, Residency r, int64_t n) { return port(b, at, name, r, b->p->dtype, 1, &n); }

static Value *found(const StepBuild *b, const Value *v) { return map_find(&b->map, (const char *)&v, sizeof v); }

/* ── the model with the extents of a batch ── */

/* A model made for one batch extent says it again where it reshapes: there the extent becomes 0, a copy of the input's, which is the same one. */
static SpmlCode free_batch(StepBuild *b, Node *n)
{
    int64_t dims[IR_MAX_RANK], batch;
    int count;
    const Type *x = n->op == OP_reshape && n->in[0] ? &n->in[0]->type : NULL;
    if (!x || x->kind != TYPE_TENSOR || x->rank < 1 || !dim_lit(x->dim[0], &batch) || n->in[0]->data)
        return SPML_OK;
    if (!value_ints(n->in[1], dims, IR_MAX_RANK, &count) || count < 1 || dims[0] != batch || batch == 0)
        return SPML_OK;
    for (int i = 0; i < count; i++)
        if (dims[i] == 0 && node_int(n, "allowzero", 0))
            return SPML_OK;
    dims[0] = 0;
    Value *shape = graph_const_i64(b->g, count, dims);
    n->in[1] = shape;
    return shape && node_attr(n, &GRAD_INT("allowzero", 0)) ? SPML_OK : error_oom(b->err);
}

static SpmlCode bind_extents(StepBuild *b, const TrainPorts *x)
{
    Graph *g = b->g;
    SpmlCode code = SPML_OK;
    if (x->n_x != g->n_in)
        return error_set(b->err, SPML_USAGE, "inputs", "%zu inputs given, the model has %zu", x->n_x, g->n_in);
    for (size_t i = 0; i < g->n_in; i++) {
        const RtValue *v = x->x[i];
        if (!v)
            continue;
        if (g->in[i]->type.kind == TYPE_TENSOR && g->in[i]->type.dtype != v->dtype)
            return error_set(b->err, SPML_DATA, "type", "input '%.200s': the data is %s, the model wants %s", g->in[i]->name ? g->in[i]->name : "", dtype_name(v->dtype), dtype_name(g->in[i]->type.dtype));
        g->in[i]->type = type_literal(g, v->dtype, v->rank, v->dim);
    }
    for (Node *n = g->first; n; n = n->next)
        if ((code = free_batch(b, n)))
            return code;
    code = graph_infer(g, b->err);
    return code ? error_context(b->err, "with the extents of a batch"), code : SPML_OK;
}

static SpmlCode clone_model(StepBuild *b, const TrainPorts *x)
{
    b->map = map_make(b->arena);
    b->g = graph_clone(b->p->model, b->arena, &b->map);
    if (!b->g)
        return error_oom(b->err);
    b->g->strict_math = b->p->o->pipeline.strict_math;
    b->d = (Grad){.g = b->g, .origin = "train"};
    *b->ports = no_ports;
    return bind_extents(b, x);
}

/* ── parameters as views of an arena ── */

static Value *front(StepBuild *b, Node *before, int op, int n_in, Value *const *in, const Attr *a)
{
    Node *n = graph_node(b->g, before, op, NULL, n_in, in, 1);
    if (!n || (a && !node_attr(n, a)))
        return error_oom(&b->d.why), NULL;
    n->origin = b->d.origin;
    return node_infer(n, &b->d.why) ? NULL : n->out[0];
}

/* Elements at … of arena s as a tensor like r's; before everything else. */
static Value *view_of(StepBuild *b, Node *before, Value *s, const StepParam *r)
{
    const int64_t end = r->at + r->n;
    Value *slice[3] = {s, graph_const_i64(b->g, 1, &r->at), graph_const_i64(b->g, 1, &end)};
    Value *flat = slice[1] && slice[2] ? front(b, before, OP_slice, 3, slice, NULL) : NULL;
    Value *shape = r->rank ? graph_const_i64(b->g, r->rank, r->dim) : graph_const(b->g, NULL, DT_i64, 1, (int64_t[]){0}, "", 0);
    return flat && shape ? front(b, before, OP_reshape, 2, (Value *const[]){flat, shape}, &GRAD_INT("allowzero", 1)) : NULL;
}

static void replace(StepBuild *b, Node *before, const StepParam *r, Value *view)
{
    Value *old = found(b, r->of), *now = view;
    if (!old || !view)
        return;
    if (old->type.dtype != view->type.dtype)
        now = front(b, before, OP_cast, 1, &view, &GRAD_TYPE("to", old->type.dtype));
    if (now)
        graph_replace(b->g, old, now);
}

static void place_params(StepBuild *b)
{
    const StepPlan *p = b->p;
    Node *before = b->g->first;
    b->params = flat_port(b, &b->ports->params, "params", RES_STATE, p->n);
    b->views = arena_array(b->arena, Value *, p->n_params + 1);
    for (size_t i = 0; i < p->n_params && b->params && b->views; i++) {
        const StepParam *r = &p->param[i];
        if (r->frozen || r->unused)
            continue;
        b->views[i] = view_of(b, before, b->params, r);
        replace(b, before, r, b->views[i]);
    }
}

static Value *buffers_port(StepBuild *b) { return b->p->n_buffer ? flat_port(b, &b->ports->buffers, "statistics", RES_STATE, b->p->n_buffer) : NULL; }

/* Of evaluation: each batch_norm its own views, for a constant may be shared. */
static void place_buffers(StepBuild *b)
{
    Value *s = buffers_port(b);
    Node *before = b->g->first;
    for (size_t i = 0; i < b->p->n_norms && s; i++) {
        const StepNorm *m = &b->p->norm[i];
        const int at[2] = {m->mean, m->var};
        Value *y = m->of->out[0] ? found(b, m->of->out[0]) : NULL;
        for (int k = 0; k < 2 && y && y->producer; k++) {
            const StepParam *r = &b->p->buffer[at[k]];
            Value *v = view_of(b, before, s, r);
            const DType t = y->producer->in[3 + k]->type.dtype;
            if (v && v->type.dtype != t)
                v = front(b, before, OP_cast, 1, &v, &GRAD_TYPE("to", t));
            y->producer->in[3 + k] = v ? v : y->producer->in[3 + k];
        }
    }
}

/* ── training form ── */

static void train_dropout(StepBuild *b, Node *n, int64_t salt)
{
    const double ratio = node_float(n, "ratio", 0.5);
    Value *on = graph_const(b->g, NULL, DT_bool, 0, NULL, "\1", 1), *in[4] = {n->in[0], in_given(n, 1) ? n->in[1] : grad_scalar(&b->d, DT_f32, ratio), on, b->key};
    if (!b->key && !(b->key = in[3] = port(b, &b->ports->key, "key", RES_INPUT, DT_i64, 1, (int64_t[]){STEP_KEYS})))
        return;
    Value **list = arena_copy(b->arena, in, sizeof in);
    if (!list || !on || !node_attr(n, &GRAD_INT("seed", salt))) {
        error_oom(&b->d.why);
        return;
    }
    n->in = list;
    n->n_in = 4;
}

/* Each window has an element of its input: none lies in padding alone. */
static bool windows_meet(const Node *n)
{
    int64_t n_pads, n_kernel;
    const int64_t *pads = node_ints(n, "pads", &n_pads), *kernel = node_ints(n, "kernel_shape", &n_kernel);
    for (int64_t i = 0; pads && kernel && i < n_pads; i++)
        if (pads[i] >= kernel[i % n_kernel])
            return false;
    return kernel && n_kernel > 0 && !node_int(n, "ceil_mode", 0) && !node_find(n, "auto_pad") && !node_find(n, "dilations");
}

/* The greatest of relu(x) is relu of the greatest x, and the gradient goes to the same elements: a relu that only a pool reads works on what the pool leaves. */
static void relu_behind(StepBuild *b, Node *n, const Value *output)
{
    Node *r = n->in[0]->producer;
    if (!r || r->op != OP_relu || r->graph != n->graph || r->out[0] == output || value_uses(r->out[0]) != 1 || n->n_in != 1 || (n->n_out > 1 && n->out[1]) || !windows_meet(n))
        return;
    Value *was = n->out[0], *fresh = graph_value(b->g, NULL, &was->type);
    Node *back = fresh ? graph_node(b->g, n->next, OP_relu, r->name, 1, &fresh, 1) : NULL;
    if (!back)
        return (void)error_oom(&b->d.why);
    n->in[0] = r->in[0];
    back->origin = r->origin;
    node_take_output(back, 0, was);
    node_take_output(n, 0, fresh);
    graph_remove(r);
}

static void training_form(StepBuild *b, const Value *output)
{
    int64_t salt = 0;
    pass_count_uses(b->g);
    for (Node *n = b->g->first; n && !error_is(&b->d.why); n = n->next) {
        if (n->op == OP_dropout)
            train_dropout(b, n, ++salt);
        if (n->op == OP_batch_norm && !node_attr(n, &GRAD_INT("training", 1)))
            error_oom(&b->d.why);
        if (n->op == OP_max_pool)
            relu_behind(b, n, output);
    }
}

/* ── products in fewer bits: operands of contractions are cast, and their results back ── */

static bool is_product(int op) { return op == OP_matmul || op == OP_conv || op == OP_conv_transpose || op == OP_einsum; }

static void lower_precision(StepBuild *b, DType low)
{
    for (Node *n = b->g->first, *next; n && !error_is(&b->d.why); n = next) {
        next = n->next;
        if (!is_product(n->op) || n->out[0]->type.dtype != DT_f32)
            continue;
        for (int i = 0; i < n->n_in; i++)
            if (n->in[i] && n->in[i]->type.dtype == DT_f32 && !(n->in[i] = front(b, n, OP_cast, 1, &n->in[i], &GRAD_TYPE("to", low))))
                return;
        Value *was = n->out[0], *fresh = graph_value(b->g, NULL, &was->type);
        if (!fresh)
            return (void)error_oom(&b->d.why);
        Node *back = graph_node(b->g, next, OP_cast, n->name, 1, &fresh, 1);
        if (!back || !node_attr(back, &GRAD_TYPE("to", DT_f32)))
            return (void)error_oom(&b->d.why);
        node_take_output(back, 0, was); /* who read the product reads the cast */
        node_take_output(n, 0, fresh);
        if (node_infer(n, &b->d.why) || node_infer(back, &b->d.why))
            return;
    }
}

/* ── gradients ── */

static Value *zeros(StepBuild *b, int64_t n)
{
    static const char none[STEP_ALIGN * 8];
    return graph_const(b->g, NULL, b->p->dtype, 1, &n, none, (size_t)n * dtype_info[b->p->dtype].bytes);
}

/* Element of the arena behind param i. */
static int64_t end_of(const StepParam *r) { return r->at + (r->n + STEP_ALIGN - 1) / STEP_ALIGN * STEP_ALIGN; }

size_t step_learning(const StepPlan *p, size_t *index)
{
    size_t n = 0;
    for (size_t i = 0; i < p->n_params; i++)
        if (!p->param[i].frozen && !p->param[i].unused)
            index[n++] = i;
    for (size_t i = 1; i < n; i++) /* by place; almost in order */
        for (size_t j = i; j > 0 && p->param[index[j]].at < p->param[index[j - 1]].at; j--) {
            size_t t = index[j];
            index[j] = index[j - 1];
            index[j - 1] = t;
        }
    return n;
}

static Value *flat(StepBuild *b, Value *g, int64_t n)
{
    Value *shape = graph_const_i64(b->g, 1, &n);
    return shape ? grad_op2(&b->d, OP_reshape, g, shape) : NULL;
}

/* All gradients as one arena [N], gaps zero. */
static Value *join(StepBuild *b, const size_t *index, size_t n, Value *const *grad)
{
    Value **part = arena_array(b->arena, Value *, 2 * n + 1);
    size_t k = 0;
    for (size_t i = 0; i < n && part; i++) {
        const StepParam *r = &b->p->param[index[i]];
        const int64_t gap = end_of(r) - r->at - r->n;
        part[k++] = flat(b, grad[i], r->n);
        if (gap)
            part[k++] = zeros(b, gap);
    }
    return part ? grad_op(&b->d, OP_concat, (int)k, part, 1, (Attr[]){GRAD_INT("axis", 0)}) : (error_oom(&b->d.why), NULL);
}

static Value *add_to_sum(StepBuild *b, Node *before, Value *s, Value *g, Value *keep, const StepParam *r)
{
    Node *n = graph_node(b->g, before, OP_accumulate, r->name, keep ? 3 : 2, (Value *const[]){s, g, keep}, 1);
    if (!n || !node_attr(n, &GRAD_INT("start", r->at)) || !node_attr(n, &GRAD_INT("count", r->n)))
        return error_oom(&b->d.why), NULL;
    return node_infer(n, &b->d.why) ? NULL : n->out[0];
}

static Value *put_gradient(StepBuild *b, Node *before, Value *s, Value *g, Value *keep, const size_t *index, size_t i, Buckets *k)
{
    s = add_to_sum(b, before, s, g, keep, &b->p->param[index[i]]);
    return k->n ? bucket_written(k, &b->d, before, s, i) : s;
}

/* Each gradient is added to the sum where it is made: what has been added needs no memory. Where a step is an update, the sum is the gradient. */
static void sum_up(StepBuild *b, const size_t *index, size_t n, Value *const *grad)
{
    Value *s = flat_port(b, &b->ports->sum, "gradients", RES_STATE, b->p->n), *keep = b->p->o->accumulate > 1 ? flat_port(b, &b->ports->keep, "keep", RES_INPUT, 1) : NULL;
    Buckets k = {0};
    if (b->p->bucketed && buckets_make(b->p, b->arena, &k, &b->d.why))
        return;
    for (Node *at = b->g->first, *next; at; at = next) {
        next = at->next;
        for (size_t i = 0; i < n && s; i++)
            if (grad[i]->producer == at)
                s = put_gradient(b, next, s, grad[i], keep, index, i, &k);
    }
    for (size_t i = 0; i < n && s; i++) /* the loss is the sum of such a parameter: its gradient is a constant */
        if (!grad[i]->producer)
            s = put_gradient(b, NULL, s, grad[i], keep, index, i, &k);
}

/* ── updates ── */

/* What this rank changes: everything, or its slices of the buckets. */
static StepRange *own_ranges(StepBuild *b, uint32_t *n)
{
    const StepPlan *p = b->p;
    Buckets k = {.n = 1};
    if (p->bucketed && buckets_make(p, b->arena, &k, &b->d.why))
        return NULL;
    StepRange *own = arena_array(b->arena, StepRange, k.n + 1);
    if (!own)
        return error_oom(&b->d.why), NULL;
    *n = 0;
    for (uint32_t i = 0; i < k.n; i++) {
        own[*n] = p->bucketed ? bucket_own(&k, i, p->o->peers) : (StepRange){.count = p->n};
        *n += own[*n].count > 0;
    }
    return own;
}

/* Of what all ranks have; theirs are added up in their order. */
static Value *sum_of_squares(StepBuild *b, Value *grad, const StepRange *own, uint32_t n)
{
    const int64_t axis = 0;
    if (!b->p->bucketed)
        return grad_reduce(&b->d, OP_reduce_sum_square, grad, 1, &axis, false);
    Value **part = arena_array(b->arena, Value *, n + 1);
    for (uint32_t i = 0; i < n && part; i++) {
        Value *from = grad_int(&b->d, own[i].start), *to = grad_int(&b->d, own[i].start + own[i].count);
        part[i] = grad_reduce(&b->d, OP_reduce_sum_square, from && to ? grad_op3(&b->d, OP_slice, grad, from, to) : NULL, 1, &axis, true);
    }
    Value *all = !part ? (error_oom(&b->d.why), NULL) : !n ? zeros(b, 1) : n == 1 ? part[0] : grad_op(&b->d, OP_concat, (int)n, part, 1, (Attr[]){GRAD_INT("axis", 0)});
    all = n > 1 && all ? grad_reduce(&b->d, OP_reduce_sum, all, 1, &axis, true) : all;
    all = all ? grad_op(&b->d, OP_rank_gather, 1, &all, 1, &GRAD_INT("ranks", b->p->o->peers->n)) : NULL;
    return all ? grad_reduce(&b->d, OP_reduce_sum, all, 2, (int64_t[]){0, 1}, false) : NULL;
}

static Value *factor_of(StepBuild *b, Value *grad, const StepRange *own, uint32_t n)
{
    const StepPlan *p = b->p;
    if (!step_has_factor(p->o)) {
        double one[3] = {1, 1, 0};
        float one32[3] = {1, 1, 0};
        return graph_const(b->g, NULL, p->dtype, 1, (int64_t[]){3}, p->dtype == DT_f64 ? (const void *)one : one32, 3 * dtype_info[p->dtype].bytes);
    }
    Value *control = flat_port(b, &b->ports->control, "control", RES_INPUT, 2);
    Value *f = grad_op2(&b->d, OP_grad_factor, sum_of_squares(b, grad, own, n), control);
    if (f && !graph_output(b->g, f))
        error_oom(&b->d.why);
    return f;
}

static void update_average(StepBuild *b, Value *params, const StepRange *own, uint32_t n)
{
    const double d = b->p->o->ema;
    char r[16];
    dtype_set_f64(b->p->dtype, r, 0, d);
    dtype_set_f64(b->p->dtype, r, 1, 1 - d);
    Value *e = flat_port(b, &b->ports->average, "average", RES_STATE, b->p->n), *w = graph_const(b->g, NULL, b->p->dtype, 1, (int64_t[]){2}, r, 2 * dtype_info[b->p->dtype].bytes);
    for (uint32_t i = 0; i < n && e && w; i++)
        e = grad_op(&b->d, OP_average_update, 3, (Value *const[]){e, params, w}, 2, (Attr[]){GRAD_INT("start", own[i].start), GRAD_INT("count", own[i].count)});
}

/* in: parameters and k other states, which become the node's; the elements of group r in a range. */
static void update_part(StepBuild *b, Value **in, int k, int r, StepRange own)
{
    const Optim *o = &b->p->o->optim;
    const StepRange *g = &b->p->range[r];
    const int64_t from = own.start > g->start ? own.start : g->start, end = own.start + own.count < g->start + g->count ? own.start + own.count : g->start + g->count;
    if (from >= end)
        return;
    const Attr a[] = {GRAD_INT("start", from), GRAD_INT("count", end - from), GRAD_INT("row", r), GRAD_INT("nesterov", o->nesterov), GRAD_INT("centered", o->centered)};
    Node *n = grad_node(&b->d, optim_op(o), k + 4, in, k + 1, 5, a);
    for (int i = 0; n && i <= k; i++)
        in[i] = n->out[i];
}

static void update(StepBuild *b, Value *grad)
{
    const StepPlan *p = b->p;
    const Optim *o = &p->o->optim;
    const char *names[OPTIM_STATES];
    double first[OPTIM_STATES];
    const int k = optim_states(o, names, first);
    uint32_t n_own = 0;
    const StepRange *own = own_ranges(b, &n_own);
    Value *in[OPTIM_STATES + 4] = {b->params};
    for (int i = 0; i < k; i++)
        in[1 + i] = flat_port(b, &b->ports->moment[i], names[i], RES_STATE, p->n);
    in[k + 1] = grad;
    in[k + 2] = factor_of(b, grad, own, n_own);
    in[k + 3] = port(b, &b->ports->rates, "rates", RES_INPUT, p->dtype, 2, (int64_t[]){p->n_ranges, OPTIM_NUMBERS});
    for (uint32_t i = 0; i < n_own; i++)
        for (int r = 0; r < p->n_ranges; r++)
            update_part(b, in, k, r, own[i]);
    if (p->o->ema > 0)
        update_average(b, in[0], own, n_own);
}

/* ── running statistics ── */

/* Spread of the batch as an estimate of that of the population: times n / (n − 1), as PyTorch keeps it. */
static Value *unbiased(StepBuild *b, const Node *n, Value *v)
{
    int64_t dims[IR_MAX_RANK], count = 1;
    if (!value_literal(n->in[0], dims))
        return v;
    for (int i = 0; i < n->in[0]->type.rank; i++)
        count *= i == 1 ? 1 : dims[i];
    count *= node_int(n, "ranks", 1);
    return count > 1 ? grad_op(&b->d, OP_affine, 1, &v, 2, (Attr[]){GRAD_FLOAT("alpha", (double)count / (double)(count - 1)), GRAD_FLOAT("beta", 0)}) : v;
}

static Value *padded(StepBuild *b, Value *v, const StepParam *r)
{
    const int64_t gap = end_of(r) - r->at - r->n;
    v = flat(b, grad_cast(&b->d, v, b->p->dtype), r->n);
    return gap && v ? grad_op(&b->d, OP_concat, 2, (Value *const[]){v, zeros(b, gap)}, 1, (Attr[]){GRAD_INT("axis", 0)}) : v;
}

static void keep_statistics(StepBuild *b)
{
    const StepPlan *p = b->p;
    Value *s = buffers_port(b), *part[2];
    for (size_t i = 0; i < p->n_norms && s; i++) {
        const StepNorm *m = &p->norm[i];
        Value *y = found(b, m->of->out[0]);
        Node *n = y ? y->producer : NULL;
        const double past = node_float(m->of, "momentum", 0.9);
        char r[16];
        if (!n || n->op != OP_batch_norm)
            continue;
        dtype_set_f64(p->dtype, r, 0, past);
        dtype_set_f64(p->dtype, r, 1, 1 - past);
        part[0] = padded(b, grad_saved(&b->d, n, 3), &p->buffer[m->mean]);
        part[1] = padded(b, unbiased(b, n, grad_saved(&b->d, n, 4)), &p->buffer[m->var]);
        Value *w = graph_const(b->g, NULL, p->dtype, 1, (int64_t[]){2}, r, 2 * dtype_info[p->dtype].bytes);
        Value *now = grad_op(&b->d, OP_concat, 2, part, 1, (Attr[]){GRAD_INT("axis", 0)});
        const int64_t start = p->buffer[m->mean].at;
        s = grad_op(&b->d, OP_average_update, 3, (Value *const[]){s, now, w}, 2, (Attr[]){GRAD_INT("start", start), GRAD_INT("count", end_of(&p->buffer[m->var]) - start)});
    }
}

/* ── the graphs ── */

static SpmlCode add_loss(StepBuild *b, const TrainPorts *x, Value *output, StepLoss *out)
{
    const int64_t batch = x->y->rank ? x->y->dim[0] : 1;
    Value *y = port(b, &b->ports->y, "target", RES_INPUT, x->y->dtype, x->y->rank, x->y->dim), *w = flat_port(b, &b->ports->weight, "weight", RES_INPUT, batch);
    if (!y || !w)
        return build_error(b);
    SpmlCode code = loss_build(&b->d, b->p, b->p->loss, output, y, w, out, b->err);
    if (!code && !graph_output(b->g, out->stats))
        return error_oom(b->err);
    return code;
}

static Value *take_output(StepBuild *b)
{
    const int i = b->p->o->output;
    Value *v = i >= 0 && (size_t)i < b->g->n_out ? b->g->out[i] : NULL;
    if (!v)
        error_set(b->err, SPML_USAGE, "output", "the model has no output %d", i);
    b->g->n_out = 0;
    return v;
}

/* out[i]: gradient of parameter index[i]. Those without one are marked. */
static SpmlCode differentiate(StepBuild *b, StepPlan *p, Value *loss, const size_t *index, size_t n, Value **out, bool *again)
{
    Value **wrt = arena_array(b->arena, Value *, n + 1);
    if (!wrt)
        return error_oom(b->err);
    for (size_t i = 0; i < n; i++)
        wrt[i] = b->views[index[i]];
    SpmlCode code = autodiff(b->g, loss, wrt, (int)n, out, b->err);
    for (size_t i = 0; i < n && !code; i++)
        if (!out[i])
            *again = p->param[index[i]].unused = true;
    return code;
}

static Value *scaled(StepBuild *b, Value *loss)
{
    if (!b->p->split && b->p->o->precision != TRAIN_F16)
        return loss;
    Value *gain = port(b, &b->ports->gain, "gain", RES_INPUT, b->p->dtype, 0, NULL);
    return grad_mul(&b->d, loss, gain);
}

static SpmlCode train_graph(StepBuild *b, StepPlan *p, const TrainPorts *x, bool *again)
{
    StepLoss loss;
    size_t *index = arena_array(b->arena, size_t, p->n_params + 1);
    Value **grad = arena_array(b->arena, Value *, p->n_params + 1), *output = take_output(b);
    if (!output || !index || !grad)
        return output ? error_oom(b->err) : SPML_USAGE;
    SpmlCode code = p->o->peers ? shard_mark(b->g, p->model, x, p->o->peers, b->err) : SPML_OK;
    if (code)
        return code;
    place_params(b);
    training_form(b, output);
    if (p->o->precision != TRAIN_F32)
        lower_precision(b, p->o->precision == TRAIN_BF16 ? DT_bf16 : DT_f16);
    code = build_error(b);
    if (!code)
        code = add_loss(b, x, output, &loss);
    Value *l = code ? NULL : scaled(b, grad_div(&b->d, loss.sum, shard_count(&b->d, p->o, loss.count)));
    code = code ? code : build_error(b);
    const size_t n = step_learning(p, index);
    if (!code)
        code = differentiate(b, p, l, index, n, grad, again);
    if (code || *again)
        return code;
    b->d = (Grad){.g = b->g, .origin = "train"};
    if (p->split)
        sum_up(b, index, n, grad);
    keep_statistics(b);
    if (!p->split)
        update(b, join(b, index, n, grad));
    return build_error(b);
}

SpmlCode step_train(StepPlan *p, const TrainPorts *x, Arena *a, Graph **out, StepPorts *ports, bool *again, Error *err)
{
    StepBuild b = {.p = p, .arena = a, .ports = ports, .err = err};
    *again = false;
    SpmlCode code = clone_model(&b, x);
    if (!code)
        code = train_graph(&b, p, x, again);
    *out = b.g;
    return code || *again ? code : graph_verify(b.g, err);
}

SpmlCode step_update(const StepPlan *p, Arena *a, Graph **out, StepPorts *ports, Error *err)
{
    StepBuild b = {.p = p, .arena = a, .ports = ports, .err = err, .g = graph_new(a, "update")};
    *ports = no_ports;
    if (!b.g)
        return error_oom(err);
    b.d = (Grad){.g = b.g, .origin = "train"};
    b.params = flat_port(&b, &ports->params, "params", RES_STATE, p->n);
    Value *sum = flat_port(&b, &ports->sum, "gradients", RES_STATE, p->n);
    if (b.params && sum)
        update(&b, sum);
    *out = b.g;
    SpmlCode code = build_error(&b);
    return code ? code : graph_verify(b.g, err);
}

SpmlCode step_eval(const StepPlan *p, const TrainPorts *x, Arena *a, Graph **out, StepPorts *ports, Error *err)
{
    StepBuild b = {.p = p, .arena = a, .ports = ports, .err = err};
    StepLoss loss;
    SpmlCode code = clone_model(&b, x);
    Value *output = code ? NULL : take_output(&b);
    *out = b.g;
    if (!output)
        return code ? code : SPML_USAGE;
    place_params(&b);
    place_buffers(&b);
    code = build_error(&b);
    if (!code)
        code = add_loss(&b, x, output, &loss);
    if (!code && !graph_output(b.g, output))
        code = error_oom(err);
    return code ? code : graph_verify(b.g, err);
}
