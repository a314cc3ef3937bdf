/* SPDX-License-Identifier: MIT
 * tasks: do two right implementations agree? The limit of design section 9, with the range of each channel, so that one large element does not hide small
 * ones. Takes two values of any kind; sequences, optionals and maps agree where all their items do. */
#include "tasks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MANY = 16 };

typedef struct Range { double lo, hi; int64_t n; } Range;

static void range_add(Range *r, double v)
{
    if (!isfinite(v))
        return;
    r->lo = r->n && r->lo < v ? r->lo : v;
    r->hi = r->n && r->hi > v ? r->hi : v;
    r->n++;
}

static double range_of(const Range *r) { return r->n ? r->hi - r->lo : 0; }

static void element(double got, double want, double scale, SpmlAgreement *out)
{
    double off = fabs(got - want), limit = fmax(1e-6 + 1e-3 * fabs(want), 1e-4 * scale);
    if (isnan(want) || isnan(got) || isinf(want) || isinf(got)) {
        if (got == want || (isnan(want) && isnan(got)))
            return;
        off = limit = INFINITY;
        out->worst = INFINITY;
    }
    out->max_abs = fmax(out->max_abs, off);
    if (isfinite(limit))
        out->worst = fmax(out->worst, off / limit);
}

static void floats(const RtValue *got, const RtValue *want, SpmlAgreement *out)
{
    const bool pairs = dtype_info[want->dtype].cls == DCLASS_COMPLEX;
    const DType t = want->dtype == DT_c64 ? DT_f32 : want->dtype == DT_c128 ? DT_f64 : want->dtype;
    const int64_t n = rt_count(want) * (pairs ? 2 : 1), last = want->rank && !pairs ? want->dim[want->rank - 1] : 1;
    Range all = {0}, *by = n && last && n / last >= MANY ? calloc((size_t)last, sizeof *by) : NULL;
    for (int64_t i = 0; i < n; i++) {
        double v = dtype_get_f64(t, want->data, (uint64_t)i);
        range_add(&all, v);
        if (by)
            range_add(&by[i % last], v);
    }
    for (int64_t i = 0; i < n; i++)
        element(dtype_get_f64(t, got->data, (uint64_t)i), dtype_get_f64(t, want->data, (uint64_t)i), range_of(by ? &by[i % last] : &all), out);
    out->range = fmax(out->range, range_of(&all));
    free(by);
}

static void exact(const RtValue *got, const RtValue *want, SpmlAgreement *out)
{
    bool same = got->sz == want->sz && (want->dtype == DT_string || !want->sz || !memcmp(got->data, want->data, want->sz));
    const StringRef *a = got->data, *b = want->data;
    for (int64_t i = 0; same && want->dtype == DT_string && i < rt_count(want); i++)
        same = a[i].n == b[i].n && (!a[i].n || !memcmp(a[i].p, b[i].p, a[i].n));
    if (!same)
        out->worst = out->max_abs = INFINITY;
}

static void agree(const RtValue *got, const RtValue *want, SpmlAgreement *out)
{
    bool same = got->kind == want->kind && got->dtype == want->dtype && got->rank == want->rank && got->n_item == want->n_item;
    for (int i = 0; same && want->kind == TYPE_TENSOR && i < want->rank; i++)
        same = got->dim[i] == want->dim[i];
    if (!same) {
        out->reason = "another type, shape or length";
        out->worst = INFINITY;
    } else if (want->kind == TYPE_TENSOR && (dtype_is_float(want->dtype) || dtype_info[want->dtype].cls == DCLASS_COMPLEX)) {
        floats(got, want, out);
    } else if (want->kind == TYPE_TENSOR) {
        exact(got, want, out);
    }
    for (size_t i = 0; same && want->kind != TYPE_TENSOR && i < want->n_item; i++)
        agree(got->item[i], want->item[i], out);
}

void spml_tensor_agree(const SpmlTensor *got, const SpmlTensor *want, SpmlAgreement *out)
{
    *out = (SpmlAgreement){.reason = ""};
    agree(handle_value(got), handle_value(want), out);
}
