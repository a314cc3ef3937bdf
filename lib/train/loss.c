/* SPDX-License-Identifier: MIT
 * train: from a model's output to its loss, as nodes of our IR: per place of the target a loss and a weight, their sums, and for classes how many were right.
 * The head is looked through: cross-entropy of a softmax is computed from its scores. */
#include "ops/grad.h"
#include "train/step.h"

#include <string.h>

static const char *const names[LOSS_KINDS] = {"auto", "cross-entropy", "nll", "bce", "mse", "mae", "huber"};

const char *loss_name(LossKind k) { return k < LOSS_KINDS ? names[k] : NULL; }

bool loss_find(const char *name, size_t n, LossKind *out)
{
    for (int i = 0; i < LOSS_KINDS; i++)
        if (strlen(names[i]) == n && !memcmp(names[i], name, n))
            return *out = (LossKind)i, true;
    return false;
}

static bool made_by(const Value *v, int op) { return v->producer && v->producer->op == op; }

LossKind loss_choose(const TrainOptions *o, const Value *output, const RtValue *target)
{
    if (o->loss != LOSS_AUTO)
        return o->loss;
    if (made_by(output, OP_softmax) || made_by(output, OP_log_softmax))
        return LOSS_CROSS_ENTROPY;
    if (made_by(output, OP_sigmoid) && dtype_is_float(target->dtype))
        return LOSS_BCE;
    return dtype_is_float(target->dtype) ? LOSS_MSE : LOSS_CROSS_ENTROPY;
}

/* One loss being built. x: scores or values; t: target; w: [B]. */
typedef struct LossBuild { Grad *d; const StepPlan *p; DType t; Value *x, *y, *w; Value *each, *weight, *correct, *places; } LossBuild;

static bool same_extents(const Type *a, const Type *b)
{
    bool same = a->rank == b->rank;
    for (int i = 0; same && i < a->rank; i++)
        same = a->dim[i] == b->dim[i];
    return same;
}

/* w as [B, 1 …] of rank n */
static Value *sample_weights(LossBuild *b, int rank)
{
    int64_t axes[IR_MAX_RANK];
    for (int i = 1; i < rank; i++)
        axes[i - 1] = i;
    return rank > 1 ? grad_unsqueeze(b->d, b->w, rank - 1, axes) : b->w;
}

static Value *total(LossBuild *b, Value *x)
{
    int64_t axes[IR_MAX_RANK];
    for (int i = 0; x && i < x->type.rank; i++)
        axes[i] = i;
    return x ? grad_reduce(b->d, OP_reduce_sum, x, x->type.rank, axes, false) : NULL;
}

/* The axis of x along which its classes lie: without it x has the target's extents. −1: none. */
static int class_axis(const Type *x, const Type *t)
{
    for (int pass = 0; pass < 2 && t->rank == x->rank - 1; pass++) {
        const int axis = pass ? x->rank - 1 : 1;
        bool fits = axis < x->rank;
        for (int i = 0, k = 0; fits && i < x->rank; i++)
            if (i != axis)
                fits = x->dim[i] == t->dim[k++];
        if (fits)
            return axis;
    }
    return -1;
}

static Value *class_weights(LossBuild *b, const Dim *classes)
{
    const TrainOptions *o = b->p->o;
    int64_t n = o->n_class_weights;
    if (!o->class_weights)
        return NULL;
    char *bytes = dim_is(classes, n) ? arena_alloc(b->d->g->arena, (size_t)n * 8, 8) : NULL;
    if (!bytes)
        return error_set(&b->d->why, SPML_USAGE, "class-weights", "there are %lld class weights for another number of classes", (long long)n), NULL;
    for (int64_t i = 0; i < n; i++)
        dtype_set_f64(b->t, bytes, (uint64_t)i, o->class_weights[i]);
    return graph_const(b->d->g, NULL, b->t, 1, &n, bytes, (size_t)n * dtype_info[b->t].bytes);
}

/* How many of the largest scores are the target's classes, each by its sample's weight. */
static void count_right(LossBuild *b, int axis, Value *on)
{
    Value *best = grad_op(b->d, OP_argmax, 1, (Value *const[]){b->x}, 2, (Attr[]){GRAD_INT("axis", axis), GRAD_INT("keepdims", 0)});
    Value *right = grad_cast(b->d, grad_op2(b->d, OP_eq, best, grad_cast(b->d, b->y, DT_i64)), b->t);
    b->correct = total(b, grad_mul(b->d, right, on));
    b->places = total(b, on);
}

static SpmlCode from_classes(LossBuild *b, int axis, Error *err)
{
    const TrainOptions *o = b->p->o;
    if (o->smoothing < 0 || o->smoothing >= 1)
        return error_set(err, SPML_USAGE, "smoothing", "label smoothing %g is no share", o->smoothing);
    Value *in[3] = {b->x, b->y, class_weights(b, b->x->type.dim[axis])};
    Node *n = grad_node(b->d, OP_cross_entropy, in[2] ? 3 : 2, in, 3, 3, (Attr[]){GRAD_INT("axis", axis), GRAD_FLOAT("smooth", o->smoothing), GRAD_INT("ignore_index", o->ignore_index)});
    if (!n)
        return SPML_OK; /* noted in d */
    Value *w = sample_weights(b, b->y->type.rank);
    b->each = grad_mul(b->d, n->out[0], w);
    b->weight = grad_mul(b->d, n->out[1], w);
    Value *on = in[2] || o->ignore_index != INT64_MIN ? grad_cast(b->d, grad_op2(b->d, OP_gt, n->out[1], grad_scalar(b->d, b->t, 0)), b->t) : NULL;
    count_right(b, axis, on ? grad_mul(b->d, on, w) : in[2] ? w : b->weight);
    return SPML_OK;
}

/* Targets that are shares of classes [B, K]: -Σ y·w·ln softmax. */
static SpmlCode from_shares(LossBuild *b)
{
    Grad *d = b->d;
    const int64_t axis = 1;
    Value *lp = grad_op(d, OP_log_softmax, 1, &b->x, 1, (Attr[]){GRAD_INT("axis", 1)}), *cw = class_weights(b, b->x->type.dim[1]), *y = b->y;
    if (b->p->o->smoothing > 0) { /* (1 − s)·y + s/K */
        Value *k = grad_count(d, b->x, 1, &axis, b->t);
        y = grad_expr(d, NULL, b->t, "y 1 s sub mul s k div add", (GradVar[]){{"y", y}, {"s", grad_scalar(d, b->t, b->p->o->smoothing)}, {"k", k}}, 3);
    }
    Value *terms = grad_mul(d, y, lp), *w = sample_weights(b, 1);
    terms = cw ? grad_mul(d, terms, cw) : terms;
    b->each = grad_mul(d, grad_op1(d, OP_neg, grad_reduce(d, OP_reduce_sum, terms, 1, &axis, false)), w);
    b->weight = w;
    Value *best = grad_op(d, OP_argmax, 1, &b->x, 2, (Attr[]){GRAD_INT("axis", 1), GRAD_INT("keepdims", 0)});
    Value *want = grad_op(d, OP_argmax, 1, &b->y, 2, (Attr[]){GRAD_INT("axis", 1), GRAD_INT("keepdims", 0)});
    b->correct = total(b, grad_mul(d, grad_cast(d, grad_op2(d, OP_eq, best, want), b->t), w));
    b->places = total(b, w);
    return SPML_OK;
}

static SpmlCode cross_entropy(LossBuild *b, Error *err)
{
    const Type *x = &b->x->type, *t = &b->y->type;
    if (dtype_is_float(t->dtype))
        return x->rank == 2 && same_extents(x, t) ? from_shares(b) : error_set(err, SPML_DATA, "target", "cross-entropy: shares of classes must have the shape [B, K] of the scores");
    const int axis = class_axis(x, t);
    if (axis < 0 || (t->dtype != DT_i64 && t->dtype != DT_i32))
        return error_set(err, SPML_DATA, "target", "cross-entropy: classes of rank %d do not fit scores of rank %d", t->rank, x->rank);
    return from_classes(b, axis, err);
}

/* Where every element of the output has its own target. */
static SpmlCode elementwise(LossBuild *b, LossKind kind, Error *err)
{
    static const char *const text[LOSS_KINDS] = {
        [LOSS_BCE] = "x softplus x y mul sub",
        [LOSS_MSE] = "x y sub =d d d mul",
        [LOSS_MAE] = "x y sub abs",
        [LOSS_HUBER] = "x y sub abs =a a k le a a mul 0.5 mul a k 0.5 mul sub k mul where",
    };
    const TrainOptions *o = b->p->o;
    Grad *d = b->d;
    Value *x = b->x;
    if (!same_extents(&x->type, &b->y->type) && x->type.rank == b->y->type.rank + 1 && dim_is(x->type.dim[x->type.rank - 1], 1))
        x = grad_reshape_like(d, x, b->y); /* [B, 1] against [B] */
    if (x && !same_extents(&x->type, &b->y->type))
        return error_set(err, SPML_DATA, "target", "%s: the target has not the shape of the output", loss_name(kind));
    if (!x)
        return SPML_OK;
    GradVar v[] = {{"x", x}, {"y", grad_cast(d, b->y, b->t)}, {"k", grad_scalar(d, b->t, o->delta > 0 ? o->delta : 1)}};
    Value *l = grad_expr(d, NULL, b->t, text[kind], v, 3), *w = sample_weights(b, x->type.rank);
    b->each = grad_mul(d, l, w);
    b->weight = grad_mul(d, w, grad_filled(d, x, 1));
    b->correct = b->places = grad_scalar(d, b->t, 0);
    return SPML_OK;
}

/* The output before the head that the loss has in itself. */
static Value *scores_of(Value *y, LossKind kind)
{
    const bool softmax = made_by(y, OP_softmax) || made_by(y, OP_log_softmax);
    if ((kind == LOSS_CROSS_ENTROPY || kind == LOSS_NLL) && softmax && !node_int(y->producer, "flatten", 0))
        return y->producer->in[0];
    return kind == LOSS_BCE && made_by(y, OP_sigmoid) ? y->producer->in[0] : y;
}

SpmlCode loss_build(Grad *d, const StepPlan *p, LossKind kind, Value *y, Value *target, Value *weight, StepLoss *out, Error *err)
{
    LossBuild b = {.d = d, .p = p, .t = p->dtype, .y = target, .w = weight};
    *out = (StepLoss){0};
    Value *x = scores_of(y, kind);
    if (kind == LOSS_NLL && x == y)
        return error_set(err, SPML_UNSUPPORTED, "loss", "nll: the model does not end in log-softmax; cross-entropy takes scores");
    if (x->type.kind != TYPE_TENSOR || !dtype_is_float(x->type.dtype) || x->type.rank < 1)
        return error_set(err, SPML_DATA, "loss", "the output that is trained is no float tensor of batches");
    b.x = grad_cast(d, x, b.t);
    SpmlCode code = kind == LOSS_CROSS_ENTROPY || kind == LOSS_NLL ? cross_entropy(&b, err) : elementwise(&b, kind, err);
    if (code)
        return code;
    Value *sum = total(&b, b.each), *count = total(&b, b.weight), *parts[STEP_STATS] = {sum, count, b.correct, b.places};
    for (int i = 0; i < STEP_STATS; i++)
        parts[i] = parts[i] ? grad_unsqueeze(d, parts[i], 1, (int64_t[]){0}) : NULL;
    out->sum = sum;
    out->count = count;
    out->stats = grad_op(d, OP_concat, STEP_STATS, parts, 1, (Attr[]){GRAD_INT("axis", 0)});
    if (error_is(&d->why)) {
        if (err && !err->code)
            *err = d->why;
        return d->why.code;
    }
    return SPML_OK;
}
