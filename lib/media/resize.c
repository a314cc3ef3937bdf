/* SPDX-License-Identifier: MIT
 * media: resizing as Pillow does it. A filter is a weight per source pixel around each destination pixel, widened by the shrink factor
 * (antialiasing), normalised in double, then rounded to 22 fractional bits; two passes, each rounded to 8 bits: along rows, then along
 * columns, or the other way round where the height shrinks by more than twice what the width does (as Pillow does from 13.0 on). Nearest
 * takes the pixel under the centre. */
#include "media/internal.h"

#include <math.h>
#include <stdlib.h>

enum { FRACTION = 32 - 8 - 2 };

static double box(double x) { return x > -0.5 && x <= 0.5 ? 1 : 0; }

static double bilinear(double x)
{
    x = fabs(x);
    return x < 1 ? 1 - x : 0;
}

static double hamming(double x)
{
    x = fabs(x);
    if (x == 0)
        return 1;
    if (x >= 1)
        return 0;
    x *= M_PI;
    return sin(x) / x * (0.54 + 0.46 * cos(x));
}

/* Keys' cubic with a = -1/2. */
static double bicubic(double x)
{
    const double a = -0.5;
    x = fabs(x);
    if (x < 1)
        return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

static double sinc(double x)
{
    if (x == 0)
        return 1;
    x *= M_PI;
    return sin(x) / x;
}

static double lanczos(double x) { return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0; }

static const struct { const char *name; double (*weight)(double x); double support; } filters[FILTER_COUNT] = {
    [FILTER_NEAREST] = {"nearest", NULL, 0},     [FILTER_BOX] = {"box", box, 0.5},           [FILTER_BILINEAR] = {"bilinear", bilinear, 1},
    [FILTER_HAMMING] = {"hamming", hamming, 1}, [FILTER_BICUBIC] = {"bicubic", bicubic, 2}, [FILTER_LANCZOS] = {"lanczos", lanczos, 3}};

const char *filter_name(Filter f) { return filters[f].name; }

bool filter_find(const char *name, size_t n, Filter *out)
{
    for (int i = 0; i < FILTER_COUNT; i++)
        if (strlen(filters[i].name) == n && !memcmp(filters[i].name, name, n)) {
            *out = (Filter)i;
            return true;
        }
    return false;
}

typedef struct Taps { /* of one axis: destination i sums n[i] source pixels from `from[i]`, with weights k[i·width ..] */
    int *from, *n;
    int32_t *k;
    size_t width;
} Taps;

static void taps_free(Taps *t)
{
    free(t->from);
    free(t->n);
    free(t->k);
}

static int clamp_int(double v, int hi) { return v < 0 ? 0 : v > hi ? hi : (int)v; }

static void taps_one(const Taps *t, Filter f, int in, double scale, double stretch, int i, double *w)
{
    double centre = (i + 0.5) * scale, support = filters[f].support * stretch, total = 0, shrink = 1 / stretch;
    int from = clamp_int(centre - support + 0.5, in), end = clamp_int(centre + support + 0.5, in), n = end - from;
    for (int j = 0; j < n; j++) {
        w[j] = filters[f].weight((j + from - centre + 0.5) * shrink);
        total += w[j];
    }
    for (int j = 0; j < n; j++) {
        double v = (total != 0 ? w[j] / total : w[j]) * (1 << FRACTION);
        t->k[(size_t)i * t->width + (size_t)j] = (int32_t)(v < 0 ? v - 0.5 : v + 0.5);
    }
    t->from[i] = from;
    t->n[i] = n;
}

static SpmlCode taps_make(Filter f, int in, int out, Taps *t, Error *err)
{
    double scale = (double)in / out, stretch = scale < 1 ? 1 : scale;
    *t = (Taps){.width = (size_t)ceil(filters[f].support * stretch) * 2 + 1};
    size_t n;
    double *w = malloc(t->width * sizeof *w);
    t->from = calloc((size_t)out, sizeof *t->from);
    t->n = calloc((size_t)out, sizeof *t->n);
    t->k = size_mul(t->width, (size_t)out, &n) ? calloc(n, sizeof *t->k) : NULL;
    bool ok = w && t->from && t->n && t->k;
    for (int i = 0; ok && i < out; i++)
        taps_one(t, f, in, scale, stretch, i, w);
    free(w);
    if (!ok)
        taps_free(t);
    return ok ? SPML_OK : error_oom(err);
}

static uint8_t clip(int32_t v)
{
    v >>= FRACTION;
    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

/* src[h, in, c] → dst[h, out, c] */
static void resize_rows(const uint8_t *src, int h, int in, int out, int c, const Taps *t, uint8_t *dst)
{
    for (int y = 0; y < h; y++) {
        const uint8_t *row = src + (size_t)y * (size_t)in * (size_t)c;
        for (int x = 0; x < out; x++) {
            const int32_t *k = t->k + (size_t)x * t->width;
            const uint8_t *p = row + (size_t)t->from[x] * (size_t)c;
            int32_t sum[3] = {1 << (FRACTION - 1), 1 << (FRACTION - 1), 1 << (FRACTION - 1)};
            if (c == 3)
                for (int j = 0; j < t->n[x]; j++, p += 3) {
                    sum[0] += p[0] * k[j];
                    sum[1] += p[1] * k[j];
                    sum[2] += p[2] * k[j];
                }
            else
                for (int j = 0; j < t->n[x]; j++)
                    sum[0] += p[j] * k[j];
            for (int i = 0; i < c; i++)
                *dst++ = clip(sum[i]);
        }
    }
}

/* src[in, row] → dst[out, row], row bytes each; sum: [row] */
static void resize_columns(const uint8_t *src, int out, size_t row, const Taps *t, int32_t *sum, uint8_t *dst)
{
    for (int y = 0; y < out; y++, dst += row) {
        const int32_t *k = t->k + (size_t)y * t->width;
        for (size_t i = 0; i < row; i++)
            sum[i] = 1 << (FRACTION - 1);
        for (int j = 0; j < t->n[y]; j++) {
            const uint8_t *p = src + (size_t)(t->from[y] + j) * row;
            for (size_t i = 0; i < row; i++)
                sum[i] += p[i] * k[j];
        }
        for (size_t i = 0; i < row; i++)
            dst[i] = clip(sum[i]);
    }
}

static SpmlCode filter_rows(const Image *im, int w, Filter f, Image *out, Error *err)
{
    Taps t;
    SpmlCode code = taps_make(f, im->w, w, &t, err);
    if (code)
        return code;
    code = image_new(w, im->h, im->channels, 0, out, err);
    if (!code)
        resize_rows(im->p, im->h, im->w, w, im->channels, &t, out->p);
    taps_free(&t);
    return code;
}

static SpmlCode filter_columns(const Image *im, int h, Filter f, Image *out, Error *err)
{
    Taps t;
    SpmlCode code = taps_make(f, im->h, h, &t, err);
    if (code)
        return code;
    size_t row = (size_t)im->w * (size_t)im->channels;
    int32_t *sum = malloc(row * sizeof *sum);
    code = sum ? image_new(im->w, h, im->channels, 0, out, err) : error_oom(err);
    if (!code)
        resize_columns(im->p, h, row, &t, sum, out->p);
    free(sum);
    taps_free(&t);
    return code;
}

/* The source pixel of each of `out` positions; the step is added up, as Pillow does. */
static void nearest_map(int in, int out, int *from)
{
    double step = (double)in / out, at = step * 0.5;
    for (int i = 0; i < out; i++, at += step)
        from[i] = clamp_int(at, in - 1);
}

static SpmlCode nearest(const Image *im, int w, int h, Image *out, Error *err)
{
    SpmlCode code = image_new(w, h, im->channels, 0, out, err);
    int *xs = code ? NULL : malloc(((size_t)w + (size_t)h) * sizeof *xs), *ys = xs ? xs + w : NULL;
    if (code || !xs)
        return code ? code : (image_free(out), error_oom(err));
    nearest_map(im->w, w, xs);
    nearest_map(im->h, h, ys);
    size_t c = (size_t)im->channels;
    uint8_t *to = out->p;
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++, to += c)
            memcpy(to, im->p + ((size_t)ys[y] * (size_t)im->w + (size_t)xs[x]) * c, c);
    free(xs);
    return SPML_OK;
}

SpmlCode image_resize(const Image *im, int w, int h, Filter f, Image *out, Error *err)
{
    *out = (Image){0};
    SpmlCode code = w < 1 || h < 1 ? error_set(err, SPML_DATA, "image-shape", "cannot resize to %dx%d", w, h) : image_check_size((uint64_t)w, (uint64_t)h, -1, err);
    if (code)
        return code;
    Image mid = {0};
    if (w == im->w && h == im->h)
        code = image_recolour(im, im->channels, out, err);
    else if (f == FILTER_NEAREST)
        code = nearest(im, w, h, out, err);
    else if (w == im->w)
        code = filter_columns(im, h, f, out, err);
    else if (h == im->h)
        code = filter_rows(im, w, f, out, err);
    else if (h < im->h && 2 * (im->w - w) < im->h - h)
        code = (code = filter_columns(im, h, f, &mid, err)) ? code : filter_rows(&mid, w, f, out, err);
    else if (!(code = filter_rows(im, w, f, &mid, err)))
        code = filter_columns(&mid, h, f, out, err);
    image_free(&mid);
    out->info = im->info;
    return code;
}
