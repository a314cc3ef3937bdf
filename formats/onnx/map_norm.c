/* SPDX-License-Identifier: MIT
 * formats/onnx: reductions, arguments of extrema, softmax family, prefixes, normalisations, dropout. */
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
