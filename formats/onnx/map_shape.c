/* SPDX-License-Identifier: MIT
 * formats/onnx: reshapes, transposes, concatenations, splits, slices. Old attribute forms become the newer input forms. */
#include "formats/onnx/export.h"
#include "formats/onnx/import.h"

/* An ints attribute as a constant i64[n]; NULL when it is absent. */
static SpmlCode import_reshape_1(Import *im, const ForeignNode *f, Value **out)
{
    Value *shape = import_ints(im, f, "shape");
    if (!shape)
        return import_unsupported(im, f, "attribute 'shape' is missing");
    out[0] = import_op(im, f, OP_reshape, 2, (Value *const[]){foreign_in(f, 0), shape});
    return out[0] ? SPML_OK : error_oom(im->err);
}

static SpmlCode import_slice_1(Import *im, const ForeignNode *f, Value **out)
{
    Value *in[4] = {foreign_in(f, 0), import_ints(im, f, "starts"), import_ints(im, f, "ends"), import_ints(im, f, "axes")};
    if (!in[1] || !in[2])
        return import_unsupported(im, f, "attributes 'starts' and 'ends' are needed");
    out[0] = import_op(im, f, OP_slice, in[3] ? 4 : 3, in);
    return out[0] ? SPML_OK : error_oom(im->err);
}

/* ── and back ── */

/* Squeeze and Unsqueeze: axes are an input. */
static void export_axes(Export *x)
{
    int64_t n;
    const int64_t *axes = node_ints(x->n, "axes", &n);
    Ref in[2];
    export_ins(x, in, 2);
    if (axes)
        in[1] = export_ints(x, "axes", n, axes);
    export_last(x, x->row->name, 2, in, 0, NULL, 1);
}

/* Parts by input, or equal ones: then their number is said from 18 on. */
static void export_split(Export *x)
{
    int64_t n;
    const int64_t *sizes = node_ints(x->n, "split", &n);
    Ref in[2];
    export_ins(x, in, 2);
    Attr a[2];
    int n_attrs = 0;
    if (sizes)
        in[1] = export_ints(x, "split", n, sizes);
    if (node_int(x->n, "axis", 0))
        a[n_attrs++] = attr_int("axis", node_int(x->n, "axis", 0));
    if (!export_has(in[1]) && (x->opset >= 18 || node_find(x->n, "num_outputs")))
        a[n_attrs++] = attr_int("num_outputs", node_int(x->n, "num_outputs", x->n->n_out));
    export_last(x, "Split", 2, in, n_attrs, a, x->n->n_out);
}

const ImportRow import_map_shape[] = {
    {"", "Reshape", 1, import_reshape_1, NULL, NULL},
    {"", "Reshape", 5, import_direct, "reshape", "allowzero=0"},
    {"", "Flatten", 1, import_direct, "flatten", "axis=1"},
    {"", "Squeeze", 1, import_direct, "squeeze", "axes"},
    {"", "Unsqueeze", 1, import_direct, "unsqueeze", "axes"},
    {"", "Transpose", 1, import_direct, "transpose", "perm"},
    {"", "Expand", 8, import_direct, "expand", NULL},
    {"", "Tile", 6, import_direct, "tile", NULL},
    {"", "Concat", 1, import_direct, "concat", "axis=1"},
    {"", "Concat", 4, import_direct, "concat", "axis"},
    {"", "Split", 1, import_direct, "split", "axis=0,split,num_outputs"},
    {"", "Slice", 1, import_slice_1, NULL, NULL},
    {"", "Slice", 10, import_direct, "slice", NULL},
    {NULL, NULL, 0, NULL, NULL, NULL},
};

const ExportRow export_map_shape[] = {
    {OP_squeeze, export_axes, "Squeeze"}, {OP_unsqueeze, export_axes, "Unsqueeze"}, {OP_split, export_split, NULL},
    {0, NULL, NULL},
};
