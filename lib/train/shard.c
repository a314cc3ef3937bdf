/* SPDX-License-Identifier: MIT
 * train: a step that several ranks share. Each runs the same graph on its part of the batch; here the graph is made such that together they do what one rank does on
 * all of it: numbers of dropout are those of the whole batch, batch_norm takes the statistics of all parts, the loss is over the count of all, and gradients are
 * added up in buckets, each as soon as the way back has written it. Of each bucket a rank gets one slice, which it updates and gives to all: no sum and no update is
 * made twice. What mixes samples in another way is refused by name. */
#include "train/shard.h"

#include "ops/grad.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 16, LEAST_BUCKET = 1 << 20 };

/* ── the model on a part and on the whole ── */

/* The model with the inputs of all ranks together. */
static SpmlCode whole_model(const Graph *model, const TrainPorts *x, int ranks, Arena *a, Graph **out, Error *err)
{
    Graph *g = *out = graph_clone(model, a, NULL);
    if (!g)
        return error_oom(err);
    for (size_t i = 0; i < g->n_in && i < x->n_x; i++) {
        const RtValue *v = x->x[i];
        int64_t dim[IR_MAX_RANK];
        if (!v)
            continue;
        memcpy(dim, v->dim, sizeof dim);
        dim[0] *= v->rank ? ranks : 1;
        g->in[i]->type = type_literal(g, v->dtype, v->rank, dim);
    }
    SpmlCode code = graph_infer(g, err);
    return code ? error_context(err, "with the batch of all ranks"), code : SPML_OK;
}

/* The axis along which part is a rank's share of whole; −1: none, or several. */
static int shared_axis(const Value *part, const Value *whole, int ranks)
{
    int64_t p[IR_MAX_RANK], w[IR_MAX_RANK];
    int axis = -1;
    if (part->type.rank != whole->type.rank || !value_literal(part, p) || !value_literal(whole, w))
        return -1;
    for (int i = 0; i < part->type.rank; i++) {
        if (p[i] == w[i])
            continue;
        if (axis >= 0 || w[i] != p[i] * ranks)
            return -1;
        axis = i;
    }
    return axis;
}

static bool same_type(const Value *a, const Value *b)
{
    int64_t p[IR_MAX_RANK], w[IR_MAX_RANK];
    return a->type.rank == b->type.rank && value_literal(a, p) && value_literal(b, w) && !memcmp(p, w, (size_t)a->type.rank * sizeof *p);
}

/* ── what depends on how the batch is shared ── */

static bool says_extents(const Node *n) { return n->op == OP_shape || n->op == OP_size; }

static SpmlCode refuse(const Node *n, const char *why, Error *err)
{
    return error_set(err, SPML_UNSUPPORTED, "ranks", "node '%.200s' (%s) %s: several ranks cannot share a batch of this model", n->name ? n->name : "", n->origin ? n->origin : op_info[n->op].name, why);
}

static SpmlCode mark_dropout(Node *n, const Node *whole, const Peers *p, Error *err)
{
    int64_t dim[IR_MAX_RANK], period = 1;
    const int axis = shared_axis(n->in[0], whole->in[0], p->n);
    if (same_type(n->in[0], whole->in[0])) /* no samples: the same numbers everywhere */
        return SPML_OK;
    if (axis < 0 || !value_literal(n->in[0], dim))
        return refuse(n, "draws numbers for a shape that is not shared out along one axis", err);
    for (int i = axis; i < n->in[0]->type.rank; i++)
        period *= dim[i];
    const Attr a[3] = {GRAD_INT("period", period), GRAD_INT("skip", period * (p->n - 1)), GRAD_INT("first", period * p->rank)};
    for (int i = 0; i < 3; i++)
        if (!node_attr(n, &a[i]))
            return error_oom(err);
    return SPML_OK;
}

/* sample: of values of whole that hold something of each sample. */
static SpmlCode mark_node(Node *n, const Node *whole, const Peers *p, uint8_t *sample, Error *err)
{
    bool any = false;
    for (int i = 0; i < whole->n_in; i++)
        any |= whole->in[i] && sample[whole->in[i]->id];
    if (op_info[n->op].flags & OPF_RANDOM && n->op != OP_dropout)
        return refuse(n, "draws numbers", err);
    if (n->op == OP_dropout)
        return sample[whole->out[0]->id] = any, mark_dropout(n, whole, p, err);
    if (n->op == OP_batch_norm && !node_attr(n, &GRAD_INT("ranks", p->n)))
        return error_oom(err);
    for (int i = 0; any && !says_extents(n) && i < whole->n_out; i++) {
        if (!whole->out[i] || (n->op == OP_batch_norm && i))
            continue;
        sample[whole->out[i]->id] = true;
        if (n->out[i]->type.kind == TYPE_TENSOR && shared_axis(n->out[i], whole->out[i], p->n) < 0)
            return refuse(n, "does not give each sample its own part of its result", err);
    }
    return SPML_OK;
}

SpmlCode shard_mark(Graph *g, const Graph *model, const TrainPorts *x, const Peers *p, Error *err)
{
    Arena a = {0};
    Graph *whole;
    SpmlCode code = whole_model(model, x, p->n, &a, &whole, err);
    uint8_t *sample = NULL;
    if (!code) {
        graph_number(whole);
        sample = arena_array(&a, uint8_t, whole->n_ids + 1);
        code = sample ? SPML_OK : error_oom(err);
    }
    for (size_t i = 0; !code && i < whole->n_in; i++)
        sample[whole->in[i]->id] = true;
    Node *n = code ? NULL : g->first;
    for (const Node *w = code ? NULL : whole->first; n && w && !code; n = n->next, w = w->next)
        code = mark_node(n, w, p, sample, err);
    arena_free(&a);
    return code;
}

/* ── loss and gradients ── */

bool shard_even(const TrainOptions *o) { return !o->class_weights && o->ignore_index == INT64_MIN; }

Value *shard_count(Grad *d, const TrainOptions *o, Value *count)
{
    const int64_t axis = 0;
    if (!o->peers)
        return count;
    if (shard_even(o))
        return grad_mul(d, count, grad_scalar(d, count->type.dtype, o->peers->n));
    Value *all = grad_op(d, OP_rank_gather, 1, &count, 1, &GRAD_INT("ranks", o->peers->n));
    return all ? grad_reduce(d, OP_reduce_sum, all, 1, &axis, false) : NULL;
}

SpmlCode buckets_make(const StepPlan *p, Arena *a, Buckets *out, Error *err)
{
    const int64_t bytes = (int64_t)dtype_info[p->dtype].bytes, share = p->n / BUCKETS, least = LEAST_BUCKET / bytes, want = share > least ? share : least;
    size_t *index = arena_array(a, size_t, p->n_params + 1);
    *out = (Buckets){.list = arena_array(a, Bucket, p->n_params + 1), .of = arena_array(a, uint32_t, p->n_params + 1)};
    if (!out->list || !out->of || !index)
        return error_oom(err);
    const size_t n = step_learning(p, index);
    int64_t end = p->n;
    for (size_t i = n; i-- > 0;) { /* from the last parameter, whose gradient is made first */
        const int64_t start = i ? p->param[index[i]].at : 0;
        out->of[i] = out->n;
        out->list[out->n].left++;
        if (i && end - start < want)
            continue;
        out->list[out->n].start = start;
        out->list[out->n++].count = end - start;
        end = start;
    }
    return SPML_OK;
}

StepRange bucket_own(const Buckets *b, uint32_t i, const Peers *p)
{
    const Bucket *k = &b->list[i];
    const int64_t from = peers_slice(k->count, p->n, p->rank), to = peers_slice(k->count, p->n, p->rank + 1);
    return (StepRange){.start = k->start + from, .count = to - from};
}

Value *bucket_written(Buckets *b, Grad *d, Node *before, Value *state, size_t i)
{
    Bucket *k = &b->list[b->of[i]];
    if (!state || --k->left)
        return state;
    Node *n = graph_node(d->g, before, OP_rank_sum, NULL, 1, &state, 1);
    if (!n || !node_attr(n, &GRAD_INT("start", k->start)) || !node_attr(n, &GRAD_INT("count", k->count)))
        return error_oom(&d->why), NULL;
    n->origin = d->origin;
    return node_infer(n, &d->why) ? NULL : n->out[0];
}
