/* SPDX-License-Identifier: MIT
 * tests/fuzz: the ONNX reader, then the structural verifier on what it gives. */
#include "fuzz.h"
#include "onnx_mutator.h"

extern const Format format_onnx;

/* What the reader lets through must be a well-formed graph. */
static SpmlCode verify(Graph *g, Error *err)
{
    if (graph_verify(g, err)) {
        fprintf(stderr, "the reader gave a graph that does not verify: %s\n", err->text);
        abort();
    }
    return SPML_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) { return fuzz_format(&format_onnx, "fuzz/m.onnx", data, n, verify); }
