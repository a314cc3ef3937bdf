/* SPDX-License-Identifier: MIT
 * tests/fuzz: tables to train on. What opens is split, fitted, described and checked; a second data set in the likeness of the first must open as well, and
 * its samples must be equal. */
#include "train_data.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const TargetForm targets[] = {TARGET_NONE, TARGET_CLASS, TARGET_VALUES};
    char path[32], text[32];
    Error err = {0};
    Dataset *d = NULL, *again = NULL;
    DataView train = {0}, held = {0};
    if (n < 1)
        return 0;
    int fd = fuzz_fd(data + 1, n - 1, path);
    DataOptions o = {.path = path, .kind = "csv", .target = targets[data[0] % 3], .header = (data[0] >> 2) % 3 - 1, .max_bad = data[0] & 64 ? 0.5 : 0};
    if (data[0] & 32) {
        snprintf(text, sizeof text, "%d", data[0] >> 7 ? 1 : 2);
        o.label_column = text;
    }
    csv_likely(span_make(data + 1, n - 1, 0));
    SpmlCode code = data_open(&o, &d, &err);
    fuzz_check(code, &err);
    if (!code) {
        fuzz_use(d);
        if (data_split(d, 0.3, 1, &train, &held, &err))
            abort();
        error_clear(&err);
        fuzz_check(data_fit(&train, &err), &err);
        o.like = d;
        error_clear(&err);
        fuzz_check(data_open(&o, &again, &err), &err);
    }
    if (again)
        fuzz_same(d, again);
    data_view_free(&train);
    data_view_free(&held);
    data_close(&again);
    data_close(&d);
    close(fd);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t cap, unsigned seed) { return LLVMFuzzerMutate(data, n, cap); }
