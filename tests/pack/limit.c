/* SPDX-License-Identifier: MIT
 * tests/pack: how close an output must be; see case.h. */
#include "case.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MIN_GROUP = 16 };

static double half(uint16_t h)
{
    int e = h >> 10 & 31, m = h & 1023;
    double v = e == 31 ? (m ? NAN : INFINITY) : e ? ldexp(1024 + m, e - 25) : ldexp(m, -24);
    return h >> 15 ? -v : v;
}

static size_t width(const SpmlTensor *t)
{
    const char *d = spml_tensor_dtype(t);
    return !strcmp(d, "bool") ? 1 : (size_t)atoi(d + 1) / 8;
}

size_t tensor_count(const SpmlTensor *t)
{
    size_t n = 1;
    for (int i = 0; i < spml_tensor_rank(t); i++)
        n *= (size_t)spml_tensor_dim(t, i);
    return n;
}

double tensor_get(SpmlTensor *t, size_t i)
{
    const char *d = spml_tensor_dtype(t);
    const void *p = spml_tensor_data(t);
    return !strcmp(d, "f32") ? ((const float *)p)[i] : !strcmp(d, "f64") ? ((const double *)p)[i] : !strcmp(d, "f16") ? half(((const uint16_t *)p)[i])
         : !strcmp(d, "i64") ? (double)((const int64_t *)p)[i] : !strcmp(d, "i32") ? ((const int32_t *)p)[i] : !strcmp(d, "i8") ? ((const int8_t *)p)[i]
         : !strcmp(d, "u8") || !strcmp(d, "bool") ? ((const uint8_t *)p)[i] : NAN;
}

SpmlTensor *tensor_like(SpmlTensor *want, SpmlTensor *got)
{
    int64_t dim[SPML_MAX_RANK];
    SpmlTensor *t = NULL;
    bool single = !strcmp(spml_tensor_dtype(got), "f32");
    if (tensor_count(want) != tensor_count(got) || (!single && strcmp(spml_tensor_dtype(got), "f64")))
        return NULL;
    for (int i = 0; i < spml_tensor_rank(got); i++)
        dim[i] = spml_tensor_dim(got, i);
    if (spml_tensor_new(spml_tensor_dtype(got), spml_tensor_rank(got), dim, &t, NULL))
        return NULL;
    for (size_t i = 0; i < tensor_count(want); i++)
        if (single)
            ((float *)spml_tensor_data(t))[i] = (float)tensor_get(want, i);
        else
            ((double *)spml_tensor_data(t))[i] = tensor_get(want, i);
    return t;
}

static bool inexact(const SpmlTensor *t) { return spml_tensor_dtype(t)[0] == 'f'; }

/* The range of the elements that share i's last-axis index, or of all. */
static double *scales_of(SpmlTensor *want, size_t *period)
{
    size_t n = tensor_count(want);
    int rank = spml_tensor_rank(want);
    size_t last = rank ? (size_t)spml_tensor_dim(want, rank - 1) : 1;
    *period = n && n / last >= MIN_GROUP ? last : 1;
    double *lo = calloc(2 * *period + 1, sizeof *lo), *hi = lo + *period;
    for (size_t i = 0; i < *period; i++)
        lo[i] = INFINITY, hi[i] = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        double x = tensor_get(want, i);
        lo[i % *period] = fmin(lo[i % *period], x);
        hi[i % *period] = fmax(hi[i % *period], x);
    }
    for (size_t i = 0; i < *period; i++)
        lo[i] = hi[i] >= lo[i] ? hi[i] - lo[i] : 0;
    return lo;
}

static double limit_of(const SpmlTensor *want, double y, double scale, double share)
{
    if (!strcmp(spml_tensor_dtype(want), "f16"))
        return fmax(1e-2 * scale, 1e-6);
    return fmax(1e-6 + 1e-3 * fabs(y), fmax(1e-4, share) * scale);
}

static bool shapes_equal(SpmlTensor *a, SpmlTensor *b)
{
    bool same = spml_tensor_rank(a) == spml_tensor_rank(b);
    for (int i = 0; same && i < spml_tensor_rank(a); i++)
        same = spml_tensor_dim(a, i) == spml_tensor_dim(b, i);
    return same;
}

const char *limit_check(SpmlTensor *got, SpmlTensor *want, double share, double *worst, char *buf, size_t sz)
{
    if (!got || strcmp(spml_tensor_dtype(got), spml_tensor_dtype(want)))
        return snprintf(buf, sz, "type %s, want %s", got ? spml_tensor_dtype(got) : "none", spml_tensor_dtype(want)), buf;
    if (!shapes_equal(got, want))
        return snprintf(buf, sz, "another shape (rank %d, want %d; %zu elements, want %zu)", spml_tensor_rank(got), spml_tensor_rank(want), tensor_count(got), tensor_count(want)), buf;
    size_t period, n_bad = 0, first = 0, n = tensor_count(want);
    double *scale = scales_of(want, &period), most = 0;
    for (size_t i = 0; i < n; i++) {
        double x = tensor_get(got, i), y = tensor_get(want, i), limit = inexact(want) ? limit_of(want, y, scale[i % period], share) : 0;
        bool special = !isfinite(x) || !isfinite(y);
        bool ok = special ? x == y || (isnan(x) && isnan(y)) : fabs(x - y) <= limit;
        if (!special && limit > 0)
            most = fmax(most, fabs(x - y) / limit);
        if (!ok && !n_bad++)
            first = i;
    }
    free(scale);
    *worst = fmax(*worst, most);
    if (!n_bad)
        return "";
    snprintf(buf, sz, "%zu of %zu elements are off (%.3g times the limit), first element %zu: %.9g, want %.9g", n_bad, n, most, first, tensor_get(got, first), tensor_get(want, first));
    return buf;
}

void limit_perturb(SpmlTensor *got, SpmlTensor *want, double share)
{
    size_t period, n = tensor_count(want), i = n / 2, w = width(got);
    if (!n)
        return;
    double *scale = scales_of(want, &period), y = tensor_get(want, i), to = y + 10 * limit_of(want, y, scale[i % period], share);
    free(scale);
    unsigned char *p = (unsigned char *)spml_tensor_data(got) + i * w;
    if (w == 4 && inexact(got))
        memcpy(p, &(float){(float)to}, 4);
    else if (w == 8 && inexact(got))
        memcpy(p, &to, 8);
    else
        p[w - 1] ^= 0x40; /* an integer, or the exponent of a half: never within 1e-2 of the range */
}
