/* SPDX-License-Identifier: MIT
 * formats/onnx: vision, signal processing, optimiser steps, the general global pool. */
#include "formats/onnx/export.h"
#include "formats/onnx/import.h"
#include "formats/onnx/onnx.h"

#include <string.h>

/* DFT 17 has the axis as an attribute that counts from 1; 20 as an input, -2 without. */
static SpmlCode import_dft(Import *im, const ForeignNode *f, Value **out)
{
    bool old = im->opset < 20;
    Node *n = import_node(im, f, OP_dft, 3, (Value *const[]){foreign_in(f, 0), foreign_in(f, 1), old ? NULL : foreign_in(f, 2)}, 1);
    bool ok = n && import_attr_int(n, "axis", foreign_int(f, "axis", old ? 1 : -2)) && import_attr_int(n, "inverse", foreign_int(f, "inverse", 0)) && import_attr_int(n, "onesided", foreign_int(f, "onesided", 0));
    return foreign_in(f, 0) ? import_give(im, ok ? n->out[0] : NULL, out) : import_unsupported(im, f, "no input");
}

static SpmlCode import_window(Import *im, const ForeignNode *f, Value **out)
{
    int64_t kind = !strcmp(f->op, "HannWindow") ? 0 : !strcmp(f->op, "HammingWindow") ? 1 : 2, to = foreign_int(f, "output_datatype", 1);
    if (!foreign_in(f, 0) || onnx_dtype(to) == DT_none)
        return import_unsupported(im, f, "output_datatype %lld", (long long)to);
    Node *n = import_node(im, f, OP_window, 1, f->in, 1);
    return import_give(im, n && import_attr_int(n, "kind", kind) && import_attr_int(n, "periodic", foreign_int(f, "periodic", 1)) && import_attr_dtype(n, "to", onnx_dtype(to)) ? n->out[0] : NULL, out);
}

static SpmlCode import_mel(Import *im, const ForeignNode *f, Value **out)
{
    int64_t to = foreign_int(f, "output_datatype", 1);
    for (int i = 0; i < 5; i++)
        if (!foreign_in(f, i))
            return import_unsupported(im, f, "input %d is missing", i);
    if (onnx_dtype(to) == DT_none)
        return import_unsupported(im, f, "output_datatype %lld", (long long)to);
    Node *n = import_node(im, f, OP_mel_weights, 5, f->in, 1);
    return import_give(im, n && import_attr_dtype(n, "to", onnx_dtype(to)) ? n->out[0] : NULL, out);
}

/* RoiAlign before 16 has no coordinate_transformation_mode: positions are not shifted by half a pixel. */
static SpmlCode import_roi_align(Import *im, const ForeignNode *f, Value **out)
{
    if (!foreign_in(f, 0) || !foreign_in(f, 1) || !foreign_in(f, 2))
        return import_unsupported(im, f, "%d inputs", f->n_in);
    Node *n = import_node(im, f, OP_roi_align, 3, f->in, 1);
    bool ok = n && import_attr_str(n, "coordinate_transformation_mode", foreign_str(f, "coordinate_transformation_mode", im->opset < 16 ? "output_half_pixel" : "half_pixel")) &&
              import_attr_str(n, "mode", foreign_str(f, "mode", "avg")) && import_attr_int(n, "output_height", foreign_int(f, "output_height", 1)) &&
              import_attr_int(n, "output_width", foreign_int(f, "output_width", 1)) && import_attr_int(n, "sampling_ratio", foreign_int(f, "sampling_ratio", 0)) &&
              import_attr_float(n, "spatial_scale", foreign_float(f, "spatial_scale", 1));
    return import_give(im, ok ? n->out[0] : NULL, out);
}

static Value *scalar_f32(Import *im, double v)
{
    float bytes = 0;
    dtype_set_f64(DT_f32, &bytes, 0, v);
    return graph_const(im->g, NULL, DT_f32, 0, NULL, &bytes, sizeof bytes);
}

static Node *spatial(Import *im, const ForeignNode *f, int op, Value *x)
{
    Node *n = x ? import_node(im, f, op, 1, &x, 1) : NULL;
    return n && import_attr_int(n, "keepdims", 1) && import_attr_int(n, "spatial", 1) ? n : NULL;
}

/* The p-norm over the spatial dimensions: a reduction for p = 1 and 2, else (sum |x|^p)^(1/p). */
static SpmlCode import_global_lp(Import *im, const ForeignNode *f, Value **out)
{
    int64_t p = foreign_int(f, "p", 2);
    Value *x = foreign_in(f, 0);
    if (!x || p < 1)
        return import_unsupported(im, f, "p = %lld", (long long)p);
    if (p <= 2) {
        Node *n = spatial(im, f, p == 1 ? OP_reduce_l1 : OP_reduce_l2, x);
        return import_give(im, n ? n->out[0] : NULL, out);
    }
    Value *e = scalar_f32(im, (double)p), *r = scalar_f32(im, 1.0 / (double)p), *a = import_op(im, f, OP_abs, 1, &x);
    Value *powers = e && a ? import_op(im, f, OP_pow, 2, (Value *const[]){a, e}) : NULL;
    Node *sum = spatial(im, f, OP_reduce_sum, powers);
    Node *n = sum && r ? import_node(im, f, OP_pow, 2, (Value *const[]){sum->out[0], r}, 1) : NULL;
    return import_give(im, n ? n->out[0] : NULL, out);
}

/* Rate and step, then k groups of tensors; outputs are k − 1 groups (without the gradients). One node of ours per tensor. */
static SpmlCode import_optim(Import *im, const ForeignNode *f, Value **out)
{
    int op = op_find(im->row->op, strlen(im->row->op)), groups = op_info[op].min_in - 2, count = (f->n_in - 2) / groups;
    if (f->n_in < 2 + groups || (f->n_in - 2) % groups || f->n_out > count * (groups - 1))
        return import_unsupported(im, f, "%d inputs, %d outputs", f->n_in, f->n_out);
    for (int i = 0; i < f->n_in; i++)
        if (!f->in[i])
            return import_unsupported(im, f, "input %d is missing", i);
    for (int i = 0; i < count; i++) {
        Value *in[8] = {f->in[0], f->in[1]};
        for (int k = 0; k < groups; k++)
            in[2 + k] = f->in[2 + k * count + i];
        Node *n = import_node(im, f, op, 2 + groups, in, groups - 1);
        for (int a = 0; n && a < f->n_attrs; a++)
            if (!node_attr(n, &f->attrs[a]))
                n = NULL;
        /* the defaults that are not 0: Adam has alpha 0.9, beta 0.999 */
        if (n && op == OP_adam_step && ((!foreign_attr(f, "alpha") && !import_attr_float(n, "alpha", 0.9)) || (!foreign_attr(f, "beta") && !import_attr_float(n, "beta", 0.999))))
            n = NULL;
        if (n && op != OP_momentum_step && !foreign_attr(f, "epsilon") && !import_attr_float(n, "epsilon", 1e-6))
            n = NULL;
        if (!n)
            return error_oom(im->err);
        for (int k = 0; k < groups - 1; k++)
            if (k * count + i < f->n_out)
                out[k * count + i] = n->out[k];
    }
    return SPML_OK;
}

/* ── and back ── */

/* The names of the modes changed at 20. */
static void export_grid_sample(Export *x)
{
    static const char *const names[][2] = {{"bilinear", "linear"}, {"bicubic", "cubic"}};
    Ref in[2];
    export_ins(x, in, 2);
    const char *mode = node_str(x->n, "mode", "linear"), *padding = node_str(x->n, "padding_mode", "zeros");
    Attr a[3];
    int n = 0;
    for (int i = 0; i < 2; i++)
        if (!strcmp(mode, names[i][0]) || !strcmp(mode, names[i][1]))
            mode = names[i][x->opset >= 20];
    if (node_int(x->n, "align_corners", 0))
        a[n++] = attr_int("align_corners", 1);
    if (!strstr(mode, "linear"))
        a[n++] = attr_str("mode", mode);
    if (strcmp(padding, "zeros"))
        a[n++] = attr_str("padding_mode", padding);
    export_last(x, "GridSample", 2, in, n, a, 1);
}

static void export_roi_align(Export *x)
{
    Ref in[3];
    export_ins(x, in, 3);
    Attr a[EXPORT_MAX_ATTRS];
    int n = 0;
    for (int i = 0; i < x->n->n_attrs && n < EXPORT_MAX_ATTRS; i++)
        if (strcmp(x->n->attrs[i].name, "coordinate_transformation_mode") || strcmp(x->n->attrs[i].s, x->opset < 16 ? "output_half_pixel" : "half_pixel"))
            a[n++] = x->n->attrs[i];
    export_last(x, "RoiAlign", 3, in, n, a, 1);
}

/* The axis: an attribute before 20, then an input. */
static void export_dft(Export *x)
{
    Ref in[3];
    export_ins(x, in, 2);
    Attr a[3];
    int n = 0, count = 0;
    int64_t axis = node_int(x->n, "axis", -2);
    const Value *given = x->n->n_in > 2 ? x->n->in[2] : NULL;
    if (node_int(x->n, "inverse", 0))
        a[n++] = attr_int("inverse", 1);
    if (node_int(x->n, "onesided", 0))
        a[n++] = attr_int("onesided", 1);
    if (x->opset < 20 && given && (!value_ints(given, &axis, 1, &count) || count != 1))
        export_needs(x, 20, "a DFT whose axis is no constant");
    if (x->opset < 20 && axis != 1)
        a[n++] = attr_int("axis", axis);
    if (x->opset >= 20 && given)
        in[2] = export_in(x, 2);
    else if (x->opset >= 20 && axis != -2)
        in[2] = export_ints(x, "axis", -1, &axis);
    export_last(x, "DFT", x->opset >= 20 && (given || axis != -2) ? 3 : 2, in, n, a, 1);
}

static void export_window(Export *x)
{
    static const char *const names[] = {"HannWindow", "HammingWindow", "BlackmanWindow"};
    Ref in = export_in(x, 0);
    int64_t kind = node_int(x->n, "kind", 0);
    DType to = node_dtype(x->n, "to", DT_f32);
    Attr a[2];
    int n = 0;
    if (to != DT_f32)
        a[n++] = attr_type("output_datatype", to);
    if (!node_int(x->n, "periodic", 1))
        a[n++] = attr_int("periodic", 0);
    export_last(x, names[kind < 0 || kind > 2 ? 0 : kind], 1, &in, n, a, 1);
}

static void export_mel(Export *x)
{
    Ref in[5];
    const Attr a = attr_type("output_datatype", node_dtype(x->n, "to", DT_f32));
    for (int i = 0; i < 5; i++)
        in[i] = export_in(x, i);
    export_last(x, "MelWeightMatrix", 5, in, node_dtype(x->n, "to", DT_f32) != DT_f32, &a, 1);
}

static void export_optim(Export *x)
{
    Ref in[8];
    int n_in = x->n->n_in < 8 ? x->n->n_in : 8;
    for (int i = 0; i < n_in; i++)
        in[i] = export_in(x, i);
    export_last_of(x, "ai.onnx.preview.training", 1, x->row->name, n_in, in, x->n->n_attrs, x->n->attrs, x->n->n_out);
}

#define TRAINING "ai.onnx.preview.training"

const ImportRow import_map_vision[] = {
    {"", "GridSample", 16, import_direct, "grid_sample", "align_corners=0,mode=linear,padding_mode=zeros"},
    {"", "AffineGrid", 20, import_direct, "affine_grid", "align_corners=0"},
    {"", "DeformConv", 19, import_direct, "deform_conv", "strides,pads,dilations,group=1,offset_group=1,-kernel_shape"},
    {"", "Col2Im", 18, import_direct, "col2im", "strides,pads,dilations"},
    {"", "MaxUnpool", 9, import_direct, "max_unpool", "!kernel_shape,strides,pads"},
    {"", "MaxRoiPool", 1, import_direct, "max_roi_pool", "!pooled_shape,spatial_scale=1.0"},
    {"", "RoiAlign", 10, import_roi_align, NULL, NULL},
    {"", "GlobalLpPool", 2, import_global_lp, NULL, NULL},
    {"", "DFT", 17, import_dft, NULL, NULL},
    {"", "STFT", 17, import_direct, "stft", "onesided=1"},
    {"", "HannWindow", 17, import_window, NULL, NULL},
    {"", "HammingWindow", 17, import_window, NULL, NULL},
    {"", "BlackmanWindow", 17, import_window, NULL, NULL},
    {"", "MelWeightMatrix", 17, import_mel, NULL, NULL},
    {"", "Det", 11, import_direct, "det", NULL},
    {TRAINING, "Adam", 1, import_optim, "adam_step", NULL},
    {TRAINING, "Adagrad", 1, import_optim, "adagrad_step", NULL},
    {TRAINING, "Momentum", 1, import_optim, "momentum_step", NULL},
    {NULL, NULL, 0, NULL, NULL, NULL},
};

const ExportRow export_map_vision[] = {
    {OP_grid_sample, export_grid_sample, NULL}, {OP_roi_align, export_roi_align, NULL}, {OP_dft, export_dft, NULL}, {OP_window, export_window, NULL},
    {OP_mel_weights, export_mel, NULL}, {OP_adam_step, export_optim, "Adam"}, {OP_adagrad_step, export_optim, "Adagrad"}, {OP_momentum_step, export_optim, "Momentum"},
    {0, NULL, NULL},
};
