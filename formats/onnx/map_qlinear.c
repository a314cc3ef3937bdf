/* SPDX-License-Identifier: MIT
 * formats/onnx: integer products, Einsum. */
#include "formats/onnx/export.h"
#include "formats/onnx/import.h"

#define WINDOW "strides,pads,dilations,auto_pad,group=1,-kernel_shape"

const ImportRow import_map_qlinear[] = {
    {"", "MatMulInteger", 10, import_direct, "matmul_integer", NULL},
    {"", "QLinearMatMul", 10, import_direct, "qlinear_matmul", NULL},
    {"", "ConvInteger", 10, import_direct, "conv_integer", WINDOW},
    {"", "QLinearConv", 10, import_direct, "qlinear_conv", WINDOW},
    {"", "Einsum", 12, import_direct, "einsum", "!equation"},
    {NULL, NULL, 0, NULL, NULL, NULL},
};

const ExportRow export_map_qlinear[] = {
    {0, NULL, NULL},
};
