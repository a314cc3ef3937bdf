/* SPDX-License-Identifier: MIT
 * tests/fuzz: the SafeTensors reader, and the sharded index where the first byte says so. The mutator writes the header's length anew. */
#include "fuzz.h"

extern const Format format_safetensors;

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t cap, unsigned seed)
{
    uint32_t rng = seed | 1;
    n = LLVMFuzzerMutate(data, n, cap);
    if (n < 10 || fuzz_next(&rng) % 8 == 0)
        return n;
    size_t end = n;
    while (end > 9 && data[end - 1] != '}')
        end--;
    memcpy(data, &(uint64_t){end - 8}, 8);
    data[8] = '{';
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const char *path = n && data[0] == '{' ? "fuzz/model.safetensors.index.json" : "fuzz/m.safetensors";
    return fuzz_format(&format_safetensors, path, data, n, NULL);
}
