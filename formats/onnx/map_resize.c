/* SPDX-License-Identifier: MIT
 * formats/onnx: Resize and Upsample. */
#include "formats/onnx/export.h"
#include "formats/onnx/import.h"

/* Upsample: scales as an attribute (7) or input (9); positions are x / scale, rounded down. Resize 10 has its form. */
static SpmlCode import_upsample(Import *im, const ForeignNode *f, Value **out)
{
    const Attr *a = foreign_attr(f, "scales");
    Value *scales = foreign_in(f, 1);
    if (a && a->kind == ATTR_FLOATS) {
        float *v = arena_array(im->g->arena, float, a->n + 1);
        for (int64_t i = 0; v && i < a->n; i++)
            dtype_set_f64(DT_f32, v, (uint64_t)i, a->floats[i]);
        scales = v ? graph_const(im->g, NULL, DT_f32, 1, &a->n, v, (size_t)a->n * sizeof *v) : NULL;
    }
    if (!scales)
        return import_unsupported(im, f, "no scales");
    Node *n = import_node(im, f, OP_resize, 3, (Value *const[]){foreign_in(f, 0), NULL, scales}, 1);
    bool ok = n && import_attr_str(n, "mode", foreign_str(f, "mode", "nearest")) && import_attr_str(n, "coordinate_transformation_mode", "asymmetric") && import_attr_str(n, "nearest_mode", "floor");
    return import_give(im, ok ? n->out[0] : NULL, out);
}

const ImportRow import_map_resize[] = {
    {"", "Upsample", 7, import_upsample, NULL, NULL},
    {"", "Resize", 10, import_upsample, NULL, NULL},
    {"", "Resize", 11, import_direct, "resize",
     "mode=nearest,coordinate_transformation_mode=half_pixel,nearest_mode=round_prefer_floor,cubic_coeff_a=-0.75,exclude_outside=0,extrapolation_value=0.0,antialias=0,axes,keep_aspect_ratio_policy=stretch"},
    {NULL, NULL, 0, NULL, NULL, NULL},
};

const ExportRow export_map_resize[] = {
    {0, NULL, NULL},
};
