/* SPDX-License-Identifier: MIT
 * tests/fuzz: models through the ONNX reader and the shape rules, then written as ONNX, at the usual operator set and at 13. */
#include "fuzz.h"
#include "onnx_mutator.h"
#include "ops/ops.h"

extern const Format format_onnx;

static SpmlCode write_again(Graph *g, Error *err)
{
    SpmlCode code = graph_verify(g, err);
    if (!code)
        code = graph_infer(g, err);
    if (!code)
        code = format_onnx.write_graph(g, "/dev/null", NULL, NULL, err);
    if (!code)
        format_onnx.write_graph(g, "/dev/null", &(WriteOptions){.opset = 13}, NULL, NULL);
    return code;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) { return fuzz_format(&format_onnx, "fuzz/m.onnx", data, n, write_again); }
