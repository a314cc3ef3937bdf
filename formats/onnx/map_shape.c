/* SPDX-License-Identifier: MIT
 * formats/onnx: reshapes, transposes, concatenations, splits, slices. Old attribute forms become the newer input forms. */
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
