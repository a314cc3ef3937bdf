/* SPDX-License-Identifier: MIT
 * tests/fuzz: idx files, packed or not. The first two bytes say how many bytes are the pictures' file; the rest is the labels'. What opens is read whole, and
 * again in the likeness of itself. */
#include "train_data.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char images[32], labels[32];
    Error err = {0};
    Dataset *d = NULL, *again = NULL;
    if (n < 2)
        return 0;
    size_t first = (size_t)data[0] << 8 | data[1];
    first = first < n - 2 ? first : n - 2;
    int a = fuzz_fd(data + 2, first, images), b = fuzz_fd(data + 2 + first, n - 2 - first, labels);
    DataOptions o = {.path = images, .labels = labels, .kind = "idx"};
    idx_probe(span_make(data + 2, first, 0));
    SpmlCode code = data_open(&o, &d, &err);
    fuzz_check(code, &err);
    if (!code && d->info.n * fuzz_elements(&d->info) < 1 << 24) {
        fuzz_use(d);
        o.like = d;
        fuzz_check(data_open(&o, &again, &err), &err);
        if (!again)
            abort();
        fuzz_same(d, again);
    }
    data_close(&again);
    data_close(&d);
    close(a);
    close(b);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t cap, unsigned seed) { return LLVMFuzzerMutate(data, n, cap); }
