/* SPDX-License-Identifier: MIT
 * tests/fuzz: graph building and shape inference: models through the ONNX reader, then the type checker with every shape rule. */
#include "fuzz.h"
#include "onnx_mutator.h"
#include "ops/ops.h"

extern const Format format_onnx;

static SpmlCode infer(Graph *g, Error *err)
{
    SpmlCode code = graph_verify(g, err);
    return code ? code : graph_infer(g, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) { return fuzz_format(&format_onnx, "fuzz/m.onnx", data, n, infer); }
