/* SPDX-License-Identifier: MIT
 * formats/onnx: quantisation to and from a scale and a zero point. */
#include "formats/onnx/export.h"
#include "formats/onnx/import.h"
#include "formats/onnx/onnx.h"

#include <string.h>

/* output_dtype 0: from the zero point (QuantizeLinear) or the scale (DequantizeLinear). */
static SpmlCode import_quant(Import *im, const ForeignNode *f, Value **out)
{
    int64_t to = foreign_int(f, "output_dtype", 0);
    if (!foreign_in(f, 0) || !foreign_in(f, 1) || f->n_in > 3)
        return import_unsupported(im, f, "%d inputs", f->n_in);
    if (to && onnx_dtype(to) == DT_none)
        return import_unsupported(im, f, "output_dtype %lld", (long long)to);
    int op = op_find(im->row->op, strlen(im->row->op));
    Node *n = import_node(im, f, op, foreign_in(f, 2) ? 3 : 2, f->in, 1);
    if (!n || !import_attr_int(n, "axis", foreign_int(f, "axis", 1)) || !import_attr_int(n, "block", foreign_int(f, "block_size", 0)) ||
        !import_attr_int(n, "saturate", foreign_int(f, "saturate", 1)) || (to && !import_attr_dtype(n, "to", onnx_dtype(to))))
        return error_oom(im->err);
    out[0] = n->out[0];
    return SPML_OK;
}

/* ── and back ──*/

static void export_quant(Export *x)
{
    const bool quantize = x->n->op == OP_quantize;
    Ref in[3];
    export_ins(x, in, 3);
    DType to = node_dtype(x->n, "to", DT_none);
    Attr a[4];
    int n = 0;
    int64_t axis = node_int(x->n, "axis", 1), block = node_int(x->n, "block", 0);
    if (axis != 1)
        a[n++] = attr_int("axis", axis);
    if (block)
        a[n++] = attr_int("block_size", block);
    if (quantize && !node_int(x->n, "saturate", 1))
        a[n++] = attr_int("saturate", 0);
    const DType usual = !quantize ? in[1].type->dtype : export_has(in[2]) ? in[2].type->dtype : DT_u8;
    if (to != DT_none && to != usual)
        a[n++] = attr_type("output_dtype", to);
    export_last(x, x->row->name, 3, in, n, a, 1);
}

const ImportRow import_map_quant[] = {
    {"", "QuantizeLinear", 10, import_quant, "quantize", NULL},
    {"", "DequantizeLinear", 10, import_quant, "dequantize", NULL},
    {"com.microsoft", "QuantizeLinear", 1, import_quant, "quantize", NULL},
    {"com.microsoft", "DequantizeLinear", 1, import_quant, "dequantize", NULL},
    {"", "DynamicQuantizeLinear", 11, import_direct, "dynamic_quantize", NULL},
    {NULL, NULL, 0, NULL, NULL, NULL},
};

const ExportRow export_map_quant[] = {
    {OP_quantize, export_quant, "QuantizeLinear"}, {OP_dequantize, export_quant, "DequantizeLinear"},
    {0, NULL, NULL},
};
