/* SPDX-License-Identifier: MIT
 * formats/onnx: reductions, arguments of extrema, softmax family, prefixes, normalisations, dropout. */
#include "formats/onnx/export.h"
#include "formats/onnx/import.h"
#include "formats/onnx/onnx.h"

#include <string.h>

/* BatchNormalization: is_test (opset 1, 6), spatial (to 8), training by the number of outputs (to 13), by attribute (from 14). */
static SpmlCode import_batch_norm(Import *im, const ForeignNode *f, Value **out)
{
    SpmlCode c = import_want(im, f, 5);
    bool training = false;
    for (int i = 1; i < f->n_out; i++)
        training = training || f->out[i];
    if (im->opset >= 14)
        training = foreign_int(f, "training_mode", 0);
    if (!c && !foreign_int(f, "spatial", 1))
        c = import_unsupported(im, f, "spatial = 0");
    Node *n = c ? NULL : import_node(im, f, OP_batch_norm, 5, f->in, 5);
    bool ok = n && import_attr_float(n, "eps", foreign_float(f, "epsilon", 1e-5)) && import_attr_float(n, "momentum", foreign_float(f, "momentum", 0.9)) && import_attr_int(n, "training", training);
    return c ? c : import_give_all(im, f, ok ? n : NULL, out);
}

static SpmlCode import_mvn(Import *im, const ForeignNode *f, Value **out)
{
    static const int64_t nchw[] = {0, 2, 3};
    SpmlCode c = import_want(im, f, 1);
    int64_t n_axes;
    const int64_t *axes = foreign_ints(f, "axes", &n_axes);
    Node *n = c ? NULL : import_node(im, f, OP_mean_variance_norm, 1, f->in, 1);
    bool ok = n && import_attr_ints(n, "axes", axes ? n_axes : 3, axes ? axes : nchw);
    return c ? c : import_give(im, ok ? n->out[0] : NULL, out);
}

/* Dropout: ratio and is_test as attributes (to 11), ratio and training_mode as inputs (from 12). Files of before 7 say is_test = 0 for inference too. */
static SpmlCode import_dropout(Import *im, const ForeignNode *f, Value **out)
{
    SpmlCode c = import_want(im, f, 1);
    int n_in = im->opset < 12 ? 1 : f->n_in < 3 ? f->n_in : 3;
    Node *n = c ? NULL : import_node(im, f, OP_dropout, n_in, f->in, 2);
    bool ok = n && import_attr_int(n, "seed", foreign_int(f, "seed", 0)) && import_attr_int(n, "float_mask", im->opset < 10);
    return c ? c : import_give_all(im, f, ok ? n : NULL, out);
}

static SpmlCode import_layer_norm(Import *im, const ForeignNode *f, Value **out)
{
    SpmlCode c = import_want(im, f, 1);
    DType stash = onnx_dtype(foreign_int(f, "stash_type", 1));
    if (!c && (stash == DT_none || f->n_in > 3))
        c = import_unsupported(im, f, "stash_type %lld, %d inputs", (long long)foreign_int(f, "stash_type", 1), f->n_in);
    Node *n = c ? NULL : import_node(im, f, OP_layer_norm, f->n_in, f->in, 3);
    bool ok = n && import_attr_dtype(n, "stash", stash) && import_attr_int(n, "axis", foreign_int(f, "axis", -1)) && import_attr_float(n, "eps", foreign_float(f, "epsilon", 1e-5));
    return c ? c : import_give_all(im, f, ok ? n : NULL, out);
}

static Value *add(Import *im, const ForeignNode *f, Value *a, Value *b)
{
    return !b ? a : a ? import_op(im, f, OP_add, 2, (Value *[]){a, b}) : NULL;
}

/* com.microsoft: norm(x + skip + bias); inputs x, skip, gamma, [beta,] bias; outputs y, mean, 1/deviation, the sum */
static SpmlCode import_skip_norm(Import *im, const ForeignNode *f, Value **out)
{
    SpmlCode c = import_want(im, f, 3);
    bool rms = !strcmp(im->row->op, "rms_norm");
    if (c)
        return c;
    Value *sum = add(im, f, add(im, f, f->in[0], f->in[1]), foreign_in(f, rms ? 3 : 4));
    Node *n = sum ? import_node(im, f, rms ? OP_rms_norm : OP_layer_norm, rms || !foreign_in(f, 3) ? 2 : 3, (Value *[]){sum, f->in[2], foreign_in(f, 3)}, rms ? 1 : 3) : NULL;
    if (!n || !import_attr_float(n, "eps", foreign_float(f, "epsilon", rms ? 1e-6 : 1e-12)))
        return error_oom(im->err);
    if (rms && ((f->n_out > 1 && f->out[1]) || (f->n_out > 2 && f->out[2])))
        return import_unsupported(im, f, "outputs 1 and 2 are not supported");
    if (f->n_out > 3)
        out[3] = sum;
    return import_give_all(im, f, n, out);
}

/* ── and back ── */

/* Axes as the operator set wants them: an input from `from` on, before that an attribute. */
static void reduce_axes(Export *x, int from, Ref in[2], Attr a[4], int *n_attrs, int *n_in)
{
    int64_t n_axes = 0, *list = arena_array(x->w->arena, int64_t, IR_MAX_RANK);
    const int64_t *axes = node_ints(x->n, "axes", &n_axes);
    const Value *given = x->n->n_in > 1 ? x->n->in[1] : NULL;
    bool noop = node_int(x->n, "noop", 0), spatial = node_int(x->n, "spatial", 0);
    int n = 0, rank = spatial ? export_need_rank(x, in[0]) : 0;
    if (!list)
        return;
    for (int i = 2; spatial && i < rank; i++)
        list[n_axes++] = i;
    axes = spatial ? list : axes;
    if (noop)
        a[(*n_attrs)++] = attr_int("noop_with_empty_axes", 1);
    if (x->opset < from && given && (!value_ints(given, list, IR_MAX_RANK, &n) || noop)) {
        export_needs(x, from, "axes that are no constants, or may be none,");
    } else if (x->opset < from) {
        n_axes = given ? n : n_axes;
        if (n_axes)
            a[(*n_attrs)++] = attr_ints("axes", n_axes, given ? list : axes);
    } else if (given || axes) {
        in[1] = given ? export_in(x, 1) : export_ints(x, "axes", n_axes, axes);
        *n_in = 2;
    }
}

static void export_reduce(Export *x)
{
    Ref in[2] = {export_in(x, 0)};
    Attr a[4];
    int n_attrs = 0, n_in = 1;
    const char *global = x->n->op == OP_reduce_mean ? "GlobalAveragePool" : x->n->op == OP_reduce_max ? "GlobalMaxPool" : NULL;
    if (node_int(x->n, "spatial", 0) && global) {
        export_last(x, global, 1, in, 0, NULL, 1);
        return;
    }
    if (!node_int(x->n, "keepdims", 1))
        a[n_attrs++] = attr_int("keepdims", 0);
    reduce_axes(x, x->n->op == OP_reduce_sum ? 13 : 18, in, a, &n_attrs, &n_in);
    export_last(x, x->row->name, n_in, in, n_attrs, a, 1);
}

/* Over all axes from `axis` on: as one row of a matrix, unless that is the last axis anyway. */
static void export_softmax(Export *x)
{
    static const Type shape_type = {.kind = TYPE_TENSOR, .dtype = DT_i64, .rank = -1};
    Ref v = export_in(x, 0);
    int64_t axis = node_int(x->n, "axis", -1);
    int rank = export_rank(x, v);
    bool flat = node_int(x->n, "flatten", 0) && axis != -1 && (rank < 0 || axis + 1 != rank);
    const Attr a = attr_int("axis", axis);
    if (!flat) {
        export_last(x, x->row->name, 1, &v, axis != -1, &a, 1);
        return;
    }
    Ref rows = export_op(x, "Flatten", "rows", 1, &v, axis != 1, &a, NULL), y = export_op(x, x->row->name, "scores", 1, &rows, 0, NULL, NULL);
    Ref shape = export_op(x, "Shape", "shape", 1, &v, 0, NULL, &shape_type);
    export_last(x, "Reshape", 2, (Ref[]){y, shape}, 0, NULL, 1);
}

static void export_layer_norm(Export *x)
{
    Ref in[3];
    export_ins(x, in, 3);
    Attr a[3];
    int n = 0;
    int64_t axis = node_int(x->n, "axis", -1);
    DType stash = node_dtype(x->n, "stash", DT_f32);
    if (axis != -1)
        a[n++] = attr_int("axis", axis);
    a[n++] = attr_float("epsilon", node_float(x->n, "eps", 1e-5));
    if (stash != DT_f32)
        a[n++] = attr_type("stash_type", stash);
    if (!export_has(in[1]))
        export_unsupported(x, "LayerNormalization without a scale");
    export_last(x, "LayerNormalization", 3, in, n, a, x->n->n_out);
}

/* Before 23: x / sqrt(mean of x² + epsilon) · scale. */
static void export_rms_norm(Export *x)
{
    if (x->opset >= 23 && x->n->n_in > 1) {
        export_direct(x);
        return;
    }
    Ref v = export_in(x, 0), scale = export_in(x, 1);
    int64_t axis = node_int(x->n, "axis", -1), axes[IR_MAX_RANK];
    int n = 0, rank = axis == -1 ? 0 : export_need_rank(x, v);
    for (int64_t i = axis < 0 ? axis + rank : axis; axis != -1 && i < rank; i++)
        axes[n++] = i;
    if (axis == -1)
        axes[n++] = -1;
    const Attr list = attr_ints("axes", n, axes);
    Ref in[2] = {export_op(x, "Mul", "square", 2, (Ref[]){v, v}, 0, NULL, NULL)};
    if (x->opset >= 18)
        in[1] = export_ints(x, "axes", n, axes);
    Ref mean = export_op(x, "ReduceMean", "mean", x->opset >= 18 ? 2 : 1, in, x->opset < 18, &list, NULL);
    Ref epsilon = export_scalar(x, "epsilon", v.type->dtype, node_float(x->n, "eps", 1e-5));
    Ref sum = export_op(x, "Add", "sum", 2, (Ref[]){mean, epsilon}, 0, NULL, NULL);
    Ref root = export_op(x, "Sqrt", "rms", 1, &sum, 0, NULL, NULL);
    if (!export_has(scale)) {
        export_last(x, "Div", 2, (Ref[]){v, root}, 0, NULL, 1);
        return;
    }
    Ref normal = export_op(x, "Div", "normal", 2, (Ref[]){v, root}, 0, NULL, NULL);
    export_last(x, "Mul", 2, (Ref[]){normal, scale}, 0, NULL, 1);
}

/* Scale and bias per group to 20, per channel from 21 on. */
static void export_group_norm(Export *x)
{
    const Type *t = x->n->in[1] && x->n->in[1]->type.kind == TYPE_TENSOR ? &x->n->in[1]->type : NULL;
    int64_t groups = node_int(x->n, "groups", 1), n = 0, channels = 0;
    const Type *xt = &x->n->in[0]->type;
    if (!t || t->rank != 1 || !dim_lit(t->dim[0], &n) || xt->rank < 2 || !dim_lit(xt->dim[1], &channels))
        export_unsupported(x, "the number of channels or of scales is not known");
    else if (n != groups && x->opset < 21)
        export_needs(x, 21, "GroupNormalization with a scale per channel");
    else if (n == groups && n != channels && x->opset >= 21)
        export_unsupported(x, "GroupNormalization with a scale per group: operator sets 18 to 20 have it");
    export_direct(x);
}

static void export_batch_norm(Export *x)
{
    Ref in[5];
    Attr a[3] = {attr_float("epsilon", node_float(x->n, "eps", 1e-5)), attr_float("momentum", node_float(x->n, "momentum", 0.9)), attr_int("training_mode", 1)};
    bool training = node_int(x->n, "training", 0);
    for (int i = 0; i < 5; i++)
        in[i] = export_in(x, i);
    for (int i = training ? 3 : 1; i < x->n->n_out; i++)
        if (x->n->out[i])
            export_unsupported(x, "output %d of BatchNormalization", i);
    export_last(x, "BatchNormalization", 5, in, training ? 3 : 2, a, training && x->n->n_out > 2 ? 3 : 1);
}

static void export_dropout(Export *x)
{
    Ref in[3];
    export_ins(x, in, 3);
    const Attr seed = attr_int("seed", node_int(x->n, "seed", 0));
    static const Type truth = {.kind = TYPE_TENSOR, .dtype = DT_bool, .rank = -1};
    const bool said = export_has(in[2]) || seed.i;
    if (!node_int(x->n, "float_mask", 0) || !export_read(x, 1)) {
        export_last(x, "Dropout", 3, in, said, &seed, export_read(x, 1) ? 2 : 1);
        return;
    }
    Ref out[2] = {export_out(x, 0), export_fresh(x, "mask", &truth)}, mask = export_out(x, 1); /* before 10 a mask of numbers */
    const Attr to = attr_type("to", mask.type->dtype);
    export_node(x, "Dropout", 3, in, said, &seed, 2, out);
    export_node(x, "Cast", 1, &out[1], 1, &to, 1, &mask);
}

#define DIRECT(since, foreign, ours, list) {"", foreign, since, import_direct, ours, list}
#define BUILD(since, foreign, fn) {"", foreign, since, fn, NULL, NULL}
/* axes: an attribute to 17, an input from 18 (ReduceSum from 13) */
#define REDUCE(foreign, ours, from) {"", foreign, 1, import_direct, ours, "axes,keepdims=1"}, {"", foreign, from, import_direct, ours, "keepdims=1,noop_with_empty_axes:noop=0"}
#define ARG(foreign, ours) {"", foreign, 1, import_direct, ours, "axis=0,keepdims=1"}, {"", foreign, 12, import_direct, ours, "axis=0,keepdims=1,select_last_index:last=0"}
/* before 13 over all axes from `axis` on */
#define SOFTMAX(foreign, ours) {"", foreign, 1, import_direct, ours, "axis=1,flatten=1"}, {"", foreign, 13, import_direct, ours, "axis=-1"}

const ImportRow import_map_norm[] = {
    REDUCE("ReduceSum", "reduce_sum", 13), REDUCE("ReduceProd", "reduce_prod", 18), REDUCE("ReduceMax", "reduce_max", 18), REDUCE("ReduceMin", "reduce_min", 18),
    REDUCE("ReduceMean", "reduce_mean", 18), REDUCE("ReduceL1", "reduce_l1", 18), REDUCE("ReduceL2", "reduce_l2", 18), REDUCE("ReduceLogSum", "reduce_log_sum", 18),
    REDUCE("ReduceSumSquare", "reduce_sum_square", 18), REDUCE("ReduceLogSumExp", "reduce_log_sum_exp", 18),
    ARG("ArgMax", "argmax"), ARG("ArgMin", "argmin"),
    SOFTMAX("Softmax", "softmax"), SOFTMAX("LogSoftmax", "log_softmax"), SOFTMAX("Hardmax", "hardmax"),
    DIRECT(11, "CumSum", "cumsum", "exclusive=0,reverse=0"), DIRECT(26, "CumProd", "cumprod", "exclusive=0,reverse=0"),
    {"", "LayerNormalization", 17, import_layer_norm, NULL, NULL}, DIRECT(23, "RMSNormalization", "rms_norm", "axis=-1,epsilon:eps=1e-5,-stash_type"),
    DIRECT(1, "SimplifiedLayerNormalization", "rms_norm", "axis=-1,epsilon:eps=1e-5,-stash_type"),
    {"com.microsoft", "SimplifiedLayerNormalization", 1, import_direct, "rms_norm", "axis=-1,epsilon:eps=1e-5,-stash_type"},
    {"com.microsoft", "SkipLayerNormalization", 1, import_skip_norm, "layer_norm", NULL},
    {"com.microsoft", "SkipSimplifiedLayerNormalization", 1, import_skip_norm, "rms_norm", NULL},
    DIRECT(1, "InstanceNormalization", "instance_norm", "epsilon:eps=1e-5,-consumed_inputs"),
    /* scale and bias per group at 18, per channel from 21; the op tells them apart by their length */
    DIRECT(18, "GroupNormalization", "group_norm", "epsilon:eps=1e-5,!num_groups:groups,-stash_type"),
    BUILD(1, "BatchNormalization", import_batch_norm), BUILD(1, "MeanVarianceNormalization", import_mvn),
    DIRECT(1, "LpNormalization", "lp_norm", "axis=-1,p=2"), DIRECT(1, "LRN", "local_response_norm", "alpha=1e-4,beta=0.75,bias=1.0,!size"),
    BUILD(1, "Dropout", import_dropout),
    {NULL, NULL, 0, NULL, NULL, NULL},
};

const ExportRow export_map_norm[] = {
    {OP_reduce_sum, export_reduce, "ReduceSum"}, {OP_reduce_prod, export_reduce, "ReduceProd"}, {OP_reduce_max, export_reduce, "ReduceMax"}, {OP_reduce_min, export_reduce, "ReduceMin"},
    {OP_reduce_mean, export_reduce, "ReduceMean"}, {OP_reduce_l1, export_reduce, "ReduceL1"}, {OP_reduce_l2, export_reduce, "ReduceL2"}, {OP_reduce_log_sum, export_reduce, "ReduceLogSum"},
    {OP_reduce_sum_square, export_reduce, "ReduceSumSquare"}, {OP_reduce_log_sum_exp, export_reduce, "ReduceLogSumExp"},
    {OP_softmax, export_softmax, "Softmax"}, {OP_log_softmax, export_softmax, "LogSoftmax"}, {OP_hardmax, export_softmax, "Hardmax"},
    {OP_layer_norm, export_layer_norm, NULL}, {OP_rms_norm, export_rms_norm, NULL}, {OP_group_norm, export_group_norm, NULL}, {OP_batch_norm, export_batch_norm, NULL},
    {OP_mean_variance_norm, export_as, "MeanVarianceNormalization"}, {OP_dropout, export_dropout, NULL},
    {0, NULL, NULL},
};
