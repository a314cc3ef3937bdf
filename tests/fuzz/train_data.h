/* SPDX-License-Identifier: MIT
 * tests/fuzz: what the targets of training data share: bytes as a file in memory, and reading every sample of what opened. */
#ifndef SPML_TESTS_FUZZ_TRAIN_DATA_H
#define SPML_TESTS_FUZZ_TRAIN_DATA_H

#include "fuzz.h"
#include "train/data_internal.h"

#include <sys/mman.h>
#include <unistd.h>

enum { FUZZ_SAMPLES = 1000, FUZZ_ELEMENTS = 1 << 16 };

static inline int fuzz_fd(const uint8_t *p, size_t n, char path[32])
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd < 0 || (n && write(fd, p, n) != (ssize_t)n))
        abort();
    snprintf(path, 32, "/proc/self/fd/%d", fd);
    return fd;
}

static inline uint64_t fuzz_elements(const DataInfo *i)
{
    uint64_t n = 1;
    for (int k = 0; k < i->rank; k++)
        n *= (uint64_t)i->dim[k];
    return n;
}

/* One sample into x (and a value); every good one must read. */
static inline void fuzz_sample(Dataset *d, uint64_t at, double *x, double *values, DataSample *s)
{
    *s = (DataSample){.dtype = DT_f64, .x = x, .values = values};
    if (d->kind->sample(d, at, s, NULL) || (d->info.target == TARGET_CLASS && (s->label < 0 || s->label >= d->info.n_classes)))
        abort();
}

static inline void fuzz_use(Dataset *d)
{
    Error err = {0};
    DataReport r;
    Text t = {0};
    fuzz_check(data_check(d, NULL, &r, &err), &err);
    if (r.n_good + r.n_bad != r.n)
        abort();
    data_report_print(&r, &t);
    data_report_json(&r, &t);
    data_describe(d, &t);
    data_report_free(&r);
    text_free(&t);
}

/* Two sets from the same bytes give the same labels. */
static inline void fuzz_same(Dataset *a, Dataset *b)
{
    static double x[2][FUZZ_ELEMENTS], values[2][1024];
    if (a->info.n != b->info.n || fuzz_elements(&a->info) != fuzz_elements(&b->info))
        abort();
    for (uint64_t i = 0; i < a->info.n && i < FUZZ_SAMPLES && fuzz_elements(&a->info) <= FUZZ_ELEMENTS; i++) {
        DataSample s[2];
        if (data_good(a, i) != data_good(b, i))
            abort();
        if (!data_good(a, i))
            continue;
        fuzz_sample(a, i, x[0], values[0], &s[0]);
        fuzz_sample(b, i, x[1], values[1], &s[1]);
        if (s[0].label != s[1].label || (!s[0].im.p && memcmp(x[0], x[1], fuzz_elements(&a->info) * sizeof(double))))
            abort();
    }
}

#endif
