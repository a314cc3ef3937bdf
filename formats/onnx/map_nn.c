/* SPDX-License-Identifier: MIT
 * formats/onnx: matrix products, convolutions, pools. */
#include "formats/onnx/export.h"
#include "formats/onnx/import.h"

#include <string.h>

static Value *scaled(Import *im, const ForeignNode *f, Value *x, double by)
{
    Node *n = x && by != 1 ? import_node(im, f, OP_affine, 1, &x, 1) : NULL;
    return by == 1 ? x : n && import_attr_float(n, "alpha", by) ? n->out[0] : NULL;
}

/* alpha·A'·B' + beta·C. The plain case is one matmul that starts from C; factors other than 1 are multiplications of their own. */
static SpmlCode import_gemm(Import *im, const ForeignNode *f, Value **out)
{
    double alpha = foreign_float(f, "alpha", 1), beta = foreign_float(f, "beta", 1);
    Value *c = foreign_in(f, 2);
    if (!foreign_in(f, 0) || !foreign_in(f, 1))
        return import_unsupported(im, f, "an operand is missing");
    bool start = c && alpha == 1 && beta == 1;
    Node *m = import_node(im, f, OP_matmul, start ? 3 : 2, (Value *const[]){f->in[0], f->in[1], c}, 1);
    if (!m || !import_attr_int(m, "trans_a", foreign_int(f, "transA", 0)) || !import_attr_int(m, "trans_b", foreign_int(f, "transB", 0)))
        return error_oom(im->err);
    Value *y = scaled(im, f, m->out[0], alpha);
    if (c && !start) {
        c = scaled(im, f, c, beta);
        y = c && y ? import_op(im, f, OP_add, 2, (Value *const[]){y, c}) : NULL;
    }
    return import_give(im, y, out);
}

/* com.microsoft: alpha·A'·B'; the forms that swap batch and row axes are not expressed. */
static SpmlCode import_fused_matmul(Import *im, const ForeignNode *f, Value **out)
{
    if (!foreign_in(f, 0) || !foreign_in(f, 1))
        return import_unsupported(im, f, "an operand is missing");
    if (foreign_int(f, "transBatchA", 0) || foreign_int(f, "transBatchB", 0))
        return import_unsupported(im, f, "transBatchA, transBatchB");
    Node *m = import_node(im, f, OP_matmul, 2, f->in, 1);
    if (!m || !import_attr_int(m, "trans_a", foreign_int(f, "transA", 0)) || !import_attr_int(m, "trans_b", foreign_int(f, "transB", 0)))
        return error_oom(im->err);
    return import_give(im, scaled(im, f, m->out[0], foreign_float(f, "alpha", 1)), out);
}

/* ── and back ── */

static Ref transposed(Export *x, Ref v, const char *hint)
{
    int64_t perm[IR_MAX_RANK];
    int rank = export_need_rank(x, v);
    for (int i = 0; i < rank; i++)
        perm[i] = i;
    if (rank >= 2) {
        perm[rank - 2] = rank - 1;
        perm[rank - 1] = rank - 2;
    }
    const Attr a = attr_ints("perm", rank, perm);
    return rank < 2 ? v : export_op(x, "Transpose", hint, 1, &v, 1, &a, NULL);
}

/* Gemm where both are matrices and there is more to say than a product. */
static void export_matmul(Export *x)
{
    Ref a = export_in(x, 0), b = export_in(x, 1), c = export_in(x, 2);
    bool ta = node_int(x->n, "trans_a", 0), tb = node_int(x->n, "trans_b", 0), bias = export_has(c);
    if ((ta || tb || bias) && export_rank(x, a) == 2 && export_rank(x, b) == 2 && (!bias || (export_rank(x, c) >= 0 && export_rank(x, c) <= 2))) {
        Attr list[2];
        int n = 0;
        if (ta)
            list[n++] = attr_int("transA", 1);
        if (tb)
            list[n++] = attr_int("transB", 1);
        export_last(x, "Gemm", 3, (Ref[]){a, b, c}, n, list, 1);
        return;
    }
    a = ta ? transposed(x, a, "a") : a;
    b = tb ? transposed(x, b, "b") : b;
    if (!bias) {
        export_last(x, "MatMul", 2, (Ref[]){a, b}, 0, NULL, 1);
        return;
    }
    Ref product = export_op(x, "MatMul", "product", 2, (Ref[]){a, b}, 0, NULL, NULL);
    export_last(x, "Add", 2, (Ref[]){product, c}, 0, NULL, 1);
}

#define RECURRENT "direction,activations,activation_alpha,activation_beta,clip,hidden_size,layout=0"
#define WINDOW "strides,pads,dilations,auto_pad"

const ImportRow import_map_nn[] = {
    {"", "MatMul", 1, import_direct, "matmul", NULL},
    {"com.microsoft", "FusedMatMul", 1, import_fused_matmul, NULL, NULL},
    {"", "Gemm", 1, import_gemm, NULL, NULL},
    {"", "Conv", 1, import_direct, "conv", WINDOW ",group=1,-kernel_shape"},
    {"", "ConvTranspose", 1, import_direct, "conv_transpose", WINDOW ",group=1,output_padding,output_shape,-kernel_shape"},
    {"", "MaxPool", 1, import_direct, "max_pool", WINDOW ",kernel_shape,ceil_mode=0,storage_order=0"},
    {"", "AveragePool", 1, import_direct, "average_pool", WINDOW ",kernel_shape,ceil_mode=0,count_include_pad=0"},
    {"", "LpPool", 1, import_direct, "lp_pool", WINDOW ",kernel_shape,ceil_mode=0,p=2"},
    {"", "GlobalAveragePool", 1, import_direct, "reduce_mean", "keepdims=1,spatial=1"},
    {"", "GlobalMaxPool", 1, import_direct, "reduce_max", "keepdims=1,spatial=1"},
    {"", "LSTM", 1, import_direct, "lstm", RECURRENT ",input_forget=0,-output_sequence"},
    {"", "GRU", 1, import_direct, "gru", RECURRENT ",linear_before_reset=0,-output_sequence"},
    {"", "RNN", 1, import_direct, "rnn", RECURRENT ",-output_sequence"},
    {NULL, NULL, 0, NULL, NULL, NULL},
};

const ExportRow export_map_nn[] = {
    {OP_matmul, export_matmul, NULL},
    {0, NULL, NULL},
};
