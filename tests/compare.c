/* SPDX-License-Identifier: MIT
 * tests: comparing run-time values; see compare.h. */
#include "compare.h"

#include "base/hash.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const kind_names[] = {"nothing", "tensor", "sequence", "optional", "map"};

static bool is_float(DType t) { return dtype_is_float(t) || dtype_info[t].cls == DCLASS_COMPLEX; }

/* Complex tensors are compared as twice as many floats. */
static DType float_type(DType t) { return t == DT_c64 ? DT_f32 : t == DT_c128 ? DT_f64 : t; }

static bool element_equal(const RtValue *got, const RtValue *want, int64_t i, Tolerance tol)
{
    DType t = float_type(got->dtype);
    if (got->dtype == DT_string) {
        const StringRef *a = (StringRef *)got->data + i, *b = (StringRef *)want->data + i;
        return a->n == b->n && !memcmp(a->p, b->p, a->n);
    }
    if (!is_float(got->dtype))
        return dtype_get_i64(t, got->data, (uint64_t)i) == dtype_get_i64(t, want->data, (uint64_t)i);
    double x = dtype_get_f64(t, got->data, (uint64_t)i), y = dtype_get_f64(t, want->data, (uint64_t)i);
    if (!isfinite(x) || !isfinite(y)) /* the limit of an infinite value would be infinite */
        return x == y || (isnan(x) && isnan(y));
    return fabs(x - y) <= tol.atol + tol.rtol * fabs(y);
}

static const char *tensor_reason(const RtValue *got, const RtValue *want, int64_t i, char *buf, size_t sz)
{
    DType t = float_type(got->dtype);
    if (got->dtype == DT_string)
        snprintf(buf, sz, "wrong values (string element %lld)", (long long)i);
    else
        snprintf(buf, sz, "wrong values (%s element %lld: %.9g, want %.9g)", dtype_name(got->dtype), (long long)i, dtype_get_f64(t, got->data, (uint64_t)i),
                 dtype_get_f64(t, want->data, (uint64_t)i));
    return buf;
}

static const char *compare_tensors(const RtValue *got, const RtValue *want, Tolerance tol, char *buf, size_t sz)
{
    if (got->dtype != want->dtype)
        return snprintf(buf, sz, "wrong type (%s, want %s)", dtype_name(got->dtype), dtype_name(want->dtype)), buf;
    bool same = got->rank == want->rank;
    for (int i = 0; same && i < got->rank; i++)
        same = got->dim[i] == want->dim[i];
    if (!same) {
        size_t n = (size_t)snprintf(buf, sz, "wrong shape (");
        for (int i = 0; i < got->rank && n < sz; i++)
            n += (size_t)snprintf(buf + n, sz - n, "%lldx", (long long)got->dim[i]);
        for (int i = 0; i < want->rank && n < sz; i++)
            n += (size_t)snprintf(buf + n, sz - n, "%s%lld", i ? "x" : ", want ", (long long)want->dim[i]);
        return buf;
    }
    int64_t n = rt_count(got) * (dtype_info[got->dtype].cls == DCLASS_COMPLEX ? 2 : 1);
    for (int64_t i = 0; i < n; i++)
        if (!element_equal(got, want, i, tol))
            return tensor_reason(got, want, i, buf, sz);
    return "";
}

const char *compare_values(const RtValue *got, const RtValue *want, Tolerance tol, char *buf, size_t sz)
{
    if (got->kind != want->kind)
        return snprintf(buf, sz, "wrong kind (%s, want %s)", kind_names[got->kind], kind_names[want->kind]), buf;
    if (got->kind == TYPE_TENSOR)
        return compare_tensors(got, want, tol, buf, sz);
    if (got->n_item != want->n_item)
        return snprintf(buf, sz, "wrong length (%zu items, want %zu)", got->n_item, want->n_item), buf;
    for (size_t i = 0; i < got->n_item; i++) {
        const char *why = compare_values(got->item[i], want->item[i], tol, buf, sz);
        if (*why)
            return why;
    }
    return "";
}

static bool perturb_tensor(RtValue *v, Tolerance tol)
{
    DType t = float_type(v->dtype);
    if (rt_count(v) < 1)
        return false;
    uint64_t i = (uint64_t)rt_count(v) / 2;
    if (v->dtype == DT_string) {
        ((StringRef *)v->data)[i] = (StringRef){"\x01perturbed", 10};
    } else if (v->dtype == DT_bool) {
        ((uint8_t *)v->data)[i] ^= 1;
    } else if (is_float(v->dtype)) {
        double x = dtype_get_f64(t, v->data, i), to = isfinite(x) ? x + 10 * (tol.atol + tol.rtol * fabs(x)) : 0;
        dtype_set_f64(t, v->data, i, to);
        if (dtype_get_f64(t, v->data, i) == x) /* too small a step for this type: the next larger one */
            dtype_set_f64(t, v->data, i, x == 0 ? 1 : -x);
    } else {
        dtype_set_i64(t, v->data, i, dtype_get_i64(t, v->data, i) ? 0 : 1);
    }
    return true;
}

bool compare_perturb(RtValue *v, Tolerance tol)
{
    if (v->kind == TYPE_TENSOR)
        return perturb_tensor(v, tol);
    for (size_t i = 0; i < v->n_item; i++)
        if (compare_perturb(v->item[i], tol))
            return true;
    return false;
}

uint64_t compare_digest(const RtValue *v, uint64_t h)
{
    h = hash64(v->dim, (size_t)v->rank * sizeof *v->dim, hash64((int[]){(int)v->kind, (int)v->dtype, v->rank}, 3 * sizeof(int), h));
    if (v->kind == TYPE_TENSOR && v->dtype == DT_string)
        for (int64_t i = 0; i < rt_count(v); i++)
            h = hash64(((const StringRef *)v->data)[i].p, ((const StringRef *)v->data)[i].n, h);
    else if (v->kind == TYPE_TENSOR)
        h = hash64(v->data, v->sz, h);
    for (size_t i = 0; i < v->n_item; i++)
        h = compare_digest(v->item[i], h);
    return h;
}
