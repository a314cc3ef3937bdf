/* SPDX-License-Identifier: MIT
 * tests/fuzz: the GGUF reader. The mutator repairs magic and version, which plain mutation breaks most of the time, and keeps the counts small. */
#include "fuzz.h"

extern const Format format_gguf;

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t cap, unsigned seed)
{
    uint32_t rng = seed | 1;
    n = LLVMFuzzerMutate(data, n, cap);
    if (n < 24 || fuzz_next(&rng) % 8 == 0)
        return n;
    memcpy(data, "GGUF\x03\0\0", 8);
    memset(data + 9, 0, 7);
    memset(data + 17, 0, 7);
    if (n >= 64 && fuzz_next(&rng) % 4 == 0) /* a small number where a length may stand */
        memcpy(data + 24 + fuzz_next(&rng) % (n - 32), &(uint64_t){fuzz_next(&rng) % 40}, 8);
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) { return fuzz_format(&format_gguf, "fuzz/m-00001-of-00002.gguf", data, n, NULL); }
