/* SPDX-License-Identifier: MIT
 * formats/onnx: gathers, scatters, pads, tensors made of shapes, sorting and selection, random tensors. Old attribute forms become the newer input forms. */
#include "formats/onnx/export.h"
#include "formats/onnx/import.h"

#include <string.h>

/* `paddings` (1) or `pads` (2), and the value as attributes. */
static SpmlCode import_pad_1(Import *im, const ForeignNode *f, Value **out)
{
    Value *x = foreign_in(f, 0), *pads = import_ints(im, f, foreign_attr(f, "pads") ? "pads" : "paddings");
    float v = (float)foreign_float(f, "value", 0);
    if (!pads || !x)
        return import_unsupported(im, f, "attribute 'pads' is missing");
    Value *value = graph_const(im->g, NULL, DT_f32, 0, NULL, &v, sizeof v);
    if (!value)
        return error_oom(im->err);
    Node *n = import_node(im, f, OP_pad, 3, (Value *const[]){x, pads, value}, 1);
    if (!n || !import_attr_str(n, "mode", foreign_str(f, "mode", "constant")))
        return error_oom(im->err);
    out[0] = n->out[0];
    return SPML_OK;
}

static SpmlCode import_topk_1(Import *im, const ForeignNode *f, Value **out)
{
    int64_t k = foreign_int(f, "k", -1);
    if (k < 0)
        return import_unsupported(im, f, "attribute 'k' is missing");
    Value *count = graph_const_i64(im->g, 1, &k);
    Node *n = count ? import_node(im, f, OP_topk, 2, (Value *const[]){foreign_in(f, 0), count}, 2) : NULL;
    if (!n || !import_attr_int(n, "axis", foreign_int(f, "axis", -1)))
        return error_oom(im->err);
    for (int i = 0; i < 2 && i < f->n_out; i++)
        out[i] = n->out[i];
    return SPML_OK;
}

/* Crop 1 (retired): border {left, top, right, bottom} of [N, C, H, W], then optionally `scale` {height, width}. */
static SpmlCode import_crop(Import *im, const ForeignNode *f, Value **out)
{
    int64_t nb, ns;
    const int64_t *b = foreign_ints(f, "border", &nb), *s = foreign_ints(f, "scale", &ns);
    if (!b || nb != 4 || (s && ns != 2))
        return import_unsupported(im, f, "attributes 'border' and 'scale' have %lld and %lld items", (long long)nb, (long long)ns);
    int64_t start[2] = {b[1], b[0]}, end[2] = {-b[3], -b[2]}, axes[2] = {2, 3};
    for (int i = 0; i < 2; i++)
        end[i] = s ? start[i] + s[i] : end[i] ? end[i] : INT32_MAX;
    Value *in[4] = {foreign_in(f, 0), graph_const_i64(im->g, 2, start), graph_const_i64(im->g, 2, end), graph_const_i64(im->g, 2, axes)};
    out[0] = in[1] && in[2] && in[3] ? import_op(im, f, OP_slice, 4, in) : NULL;
    return out[0] ? SPML_OK : error_oom(im->err);
}

/* ── and back ── */

/* The padding is a constant of x's type, whatever the file had. */
static void export_pad(Export *x)
{
    const Value *v = x->n->n_in > 2 ? x->n->in[2] : NULL, *data = x->n->in[0];
    const char *mode = node_str(x->n, "mode", "constant");
    const Attr a = attr_str("mode", mode);
    double number;
    int n = 0;
    Ref in[4];
    export_ins(x, in, 2);
    if (v && v->type.dtype != data->type.dtype && value_floats(v, &number, 1, &n) && n == 1)
        in[2] = export_scalar(x, "value", data->type.dtype, number);
    else
        in[2] = export_in(x, 2);
    in[3] = export_in(x, 3);
    export_last(x, "Pad", 4, in, strcmp(mode, "constant") != 0, &a, 1);
}

const ImportRow import_map_move[] = {
    {"", "Gather", 1, import_direct, "gather", "axis=0"},
    {"", "GatherElements", 11, import_direct, "gather_elements", "axis=0"},
    {"", "GatherND", 11, import_direct, "gather_nd", "batch_dims=0"},
    {"", "Scatter", 9, import_direct, "scatter_elements", "axis=0"},
    {"", "ScatterElements", 11, import_direct, "scatter_elements", "axis=0,reduction=none"},
    {"", "ScatterND", 11, import_direct, "scatter_nd", "reduction=none"},
    {"", "TensorScatter", 24, import_direct, "tensor_scatter", "axis=-2,mode=linear"},
    {"", "Pad", 1, import_pad_1, NULL, NULL},
    {"", "Pad", 11, import_direct, "pad", "mode=constant"},
    {"", "CenterCropPad", 18, import_direct, "center_crop_pad", "axes"},
    {"", "Crop", 1, import_crop, NULL, NULL},
    {"", "Shape", 1, import_direct, "shape", "start=0,end"},
    {"", "Size", 1, import_direct, "size", NULL},
    {"", "ConstantOfShape", 9, import_direct, "constant_of_shape", "value"},
    {"", "Range", 11, import_direct, "range", NULL},
    {"", "Range", 27, import_direct, "range", "-stash_type"},
    {"", "EyeLike", 9, import_direct, "eye_like", "@dtype:to,k=0"},
    {"", "OneHot", 9, import_direct, "one_hot", "axis=-1"},
    {"", "Trilu", 14, import_direct, "trilu", "upper=1"},
    {"", "DepthToSpace", 1, import_direct, "depth_to_space", "!blocksize,mode=DCR"},
    {"", "SpaceToDepth", 1, import_direct, "space_to_depth", "!blocksize"},
    {"", "SpaceToDepth", 28, import_direct, "space_to_depth", "!blocksize,mode=DCR"},
    {"", "ReverseSequence", 10, import_direct, "reverse_sequence", "batch_axis=1,time_axis=0"},
    {"", "Compress", 9, import_direct, "compress", "axis"},
    {"", "NonZero", 9, import_direct, "nonzero", NULL},
    {"", "Unique", 11, import_direct, "unique", "axis,sorted=1"},
    {"", "TopK", 1, import_topk_1, NULL, NULL},
    {"", "TopK", 10, import_direct, "topk", "axis=-1,largest=1,sorted=1"},
    {"", "NonMaxSuppression", 10, import_direct, "non_max_suppression", "center_point_box=0"},
    {"", "RandomUniform", 1, import_direct, "random_uniform", "@dtype:to=1,low=0.0,high=1.0,seed,!shape"},
    {"", "RandomUniformLike", 1, import_direct, "random_uniform", "@dtype:to,low=0.0,high=1.0,seed"},
    {"", "RandomNormal", 1, import_direct, "random_normal", "@dtype:to=1,mean=0.0,scale=1.0,seed,!shape"},
    {"", "RandomNormalLike", 1, import_direct, "random_normal", "@dtype:to,mean=0.0,scale=1.0,seed"},
    {"", "Bernoulli", 15, import_direct, "bernoulli", "@dtype:to,seed"},
    {"", "Multinomial", 7, import_direct, "multinomial", "@dtype:to=6,sample_size=1,seed"},
    {NULL, NULL, 0, NULL, NULL, NULL},
};

const ExportRow export_map_move[] = {
    {OP_pad, export_pad, NULL},
    {0, NULL, NULL},
};
