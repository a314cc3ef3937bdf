/* SPDX-License-Identifier: MIT
 * media: another sampling rate. Linear phase: each output is the sum of inputs around its instant under a sinc that ends at 0.95 of the lower
 * Nyquist frequency, in a Kaiser window (beta 9, about 90 dB) 32 crossings to each side. Rates are reduced to up/down, and outputs of equal
 * phase share their weights. Outside the sound there is silence. */
#include "base/span.h"
#include "media/internal.h"

#include <math.h>
#include <stdlib.h>

static const double beta = 9, crossings = 32, band = 0.95;

/* The modified Bessel function of order 0, by its series. */
static double bessel(double x)
{
    double sum = 1, term = 1;
    for (int k = 1; k < 64; k++) {
        term *= x / (2 * k) * (x / (2 * k));
        sum += term;
    }
    return sum;
}

/* Weight of an input `at` samples from the output's instant; cutoff as a part of the input's Nyquist frequency. */
static double kernel(double at, double half, double cutoff)
{
    double t = at / half, x = M_PI * at * cutoff;
    if (t <= -1 || t >= 1)
        return 0;
    return cutoff * (x == 0 ? 1 : sin(x) / x) * bessel(beta * sqrt(1 - t * t)) / bessel(beta);
}

/* All outputs i with i mod up = residue. src[n, c] → dst[n_out, c]; w: [2·reach + 1] */
static void one_phase(const Sound *s, int64_t up, int64_t down, int64_t residue, int64_t reach, double half, double cutoff, double *w, int64_t n_out, float *dst)
{
    double offset = (double)(residue * down % up) / (double)up, total = 0;
    for (int64_t j = -reach; j <= reach; j++)
        total += w[j + reach] = kernel((double)j - offset, half, cutoff);
    for (int64_t j = 0; j <= 2 * reach; j++)
        w[j] /= total; /* a constant stays what it is */
    for (int64_t i = residue; i < n_out; i += up) {
        int64_t at = i / up * down + residue * down / up, lo = at < reach ? -at : -reach, hi = (int64_t)s->n - 1 - at < reach ? (int64_t)s->n - 1 - at : reach;
        for (int c = 0; c < s->channels; c++) {
            double sum = 0;
            for (int64_t j = lo; j <= hi; j++)
                sum += w[j + reach] * (double)s->p[(at + j) * s->channels + c];
            dst[i * s->channels + c] = (float)sum;
        }
    }
}

SpmlCode sound_resample(Sound *s, int rate, Error *err)
{
    if (rate < 1 || rate > 10000000 || s->rate > 10000000)
        return error_set(err, SPML_USAGE, "sound-rate", "a rate of %d samples a second is not 1 .. 10000000", rate < 1 || rate > 10000000 ? rate : s->rate);
    if (rate == s->rate)
        return SPML_OK;
    int64_t g = i64_gcd(rate, s->rate), up = rate / g, down = s->rate / g, n_out, sz;
    if (s->n > INT64_MAX / 2 || !i64_mul((int64_t)s->n, up, &n_out))
        return error_oom(err);
    n_out = n_out / down + (n_out % down != 0);
    if (!i64_mul(n_out, s->channels * (int64_t)sizeof(float), &sz))
        return error_oom(err);
    double cutoff = band * (up < down ? (double)up / (double)down : 1), half = crossings / cutoff;
    int64_t reach = (int64_t)ceil(half) + 1;
    SpmlCode code = media_check_bytes((uint64_t)sz, 0, err);
    if (code)
        return code;
    float *dst = malloc(sz ? (size_t)sz : 1);
    double *w = malloc((size_t)(2 * reach + 1) * sizeof *w);
    if (!dst || !w) {
        free(dst);
        free(w);
        return error_oom(err);
    }
    for (int64_t r = 0; r < up && r < n_out; r++)
        one_phase(s, up, down, r, reach, half, cutoff, w, n_out, dst);
    free(w);
    free(s->p);
    s->p = dst;
    s->n = (uint64_t)n_out;
    s->rate = rate;
    return SPML_OK;
}
