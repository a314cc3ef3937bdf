/* SPDX-License-Identifier: MIT
 * train: augmentation of 8-bit pictures. Takes a picture and a generator at a sample's own place in its stream; what is drawn never depends on what the picture
 * holds. */
#include "train/augment.h"

#include "media/media.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One row a word of the text: where its number goes (up to three places), what it is without "=", its range. */
static const struct { const char *name; size_t at[3]; double value, lo, hi; } words[] = {
    {"flip", {offsetof(Augment, flip), SIZE_MAX}, 0.5, 0, 1},
    {"vflip", {offsetof(Augment, vflip), SIZE_MAX}, 0.5, 0, 1},
    {"crop", {offsetof(Augment, crop), SIZE_MAX}, 4, 0, 1024},
    {"rcrop", {offsetof(Augment, rcrop), SIZE_MAX}, 0.08, 0, 1},
    {"rotate", {offsetof(Augment, rotate), SIZE_MAX}, 10, 0, 180},
    {"colour", {offsetof(Augment, brightness), offsetof(Augment, contrast), offsetof(Augment, saturation)}, 0.2, 0, 1},
    {"brightness", {offsetof(Augment, brightness), SIZE_MAX}, 0.2, 0, 1},
    {"contrast", {offsetof(Augment, contrast), SIZE_MAX}, 0.2, 0, 1},
    {"saturation", {offsetof(Augment, saturation), SIZE_MAX}, 0.2, 0, 1},
    {"erase", {offsetof(Augment, erase), SIZE_MAX}, 0.25, 0, 1},
    {"mixup", {offsetof(Augment, mixup), SIZE_MAX}, 0.2, 0, 10},
};
enum { N_WORDS = sizeof words / sizeof *words };

static double *field(Augment *a, size_t at) { return (double *)(void *)((char *)a + at); }

static SpmlCode wrong(Error *err, const char *p, size_t n, const char *what)
{
    error_set(err, SPML_USAGE, "augment", "augmentation '%.*s' %s", (int)(n < 100 ? n : 100), p, what);
    error_hint(err, "for example flip,crop=4,rotate=10,colour=0.2,erase=0.25,mixup=0.2");
    return SPML_USAGE;
}

static SpmlCode parse_word(const char *p, size_t n, Augment *a, Error *err)
{
    const char *eq = memchr(p, '=', n), *end;
    size_t n_name = eq ? (size_t)(eq - p) : n;
    int w = 0;
    while (w < N_WORDS && (strlen(words[w].name) != n_name || memcmp(words[w].name, p, n_name)))
        w++;
    if (w == N_WORDS)
        return wrong(err, p, n, "is not known");
    double v = words[w].value;
    if (eq && (!parse_f64(eq + 1, &end, &v) || end != p + n))
        return wrong(err, p, n, "has no number after '='");
    if (!(v >= words[w].lo && v <= words[w].hi) || (!strcmp(words[w].name, "crop") && v != floor(v)))
        return wrong(err, p, n, "is out of range");
    for (int i = 0; i < 3 && words[w].at[i] != SIZE_MAX; i++)
        *field(a, words[w].at[i]) = v;
    return SPML_OK;
}

SpmlCode augment_parse(const char *text, Augment *out, Error *err)
{
    *out = (Augment){0};
    uint32_t seen = 0;
    if (!strcmp(text, "none"))
        return SPML_OK;
    for (const char *p = text; *p;) {
        size_t n = strcspn(p, ","), name = strcspn(p, ",=");
        SpmlCode code = parse_word(p, n, out, err);
        if (code)
            return code;
        for (int w = 0; w < N_WORDS; w++)
            if (strlen(words[w].name) == name && !memcmp(words[w].name, p, name)) {
                if (seen >> w & 1)
                    return wrong(err, p, n, "is given twice");
                seen |= 1u << w;
            }
        p += n;
        if (*p == ',' && !*++p)
            return wrong(err, text, strlen(text), "ends with a comma");
    }
    return SPML_OK;
}

void augment_print(const Augment *a, Text *out)
{
    Augment copy = *a;
    char number[32];
    bool any = false;
    for (int w = 0; w < N_WORDS; w++) {
        double v = words[w].at[1] == SIZE_MAX ? *field(&copy, words[w].at[0]) : 0; /* colour is told by its three parts */
        if (v == 0)
            continue;
        text_printf(out, "%s%s=%s", any ? "," : "", words[w].name, format_f64(number, v));
        any = true;
    }
    text_puts(out, any ? "" : "none");
}

/* ── geometry ── */

/* out takes the place of *im. */
static SpmlCode become(Image *im, Image *out, SpmlCode code)
{
    if (code) {
        image_free(out);
        return code;
    }
    out->info = im->info;
    image_free(im);
    *im = *out;
    return SPML_OK;
}

static int clamp_int(double v, int lo, int hi) { return v < lo ? lo : v > hi ? hi : (int)v; }

SpmlCode augment_part(const Augment *a, Rng *r, Image *im, int w, int h, Error *err)
{
    double area = (double)im->w * im->h * (a->rcrop + (1 - a->rcrop) * rng_unit(r)), ratio = exp((2 * rng_unit(r) - 1) * log(4.0 / 3)), u = rng_unit(r), v = rng_unit(r);
    int pw = clamp_int(sqrt(area * ratio) + 0.5, 1, im->w), ph = clamp_int(sqrt(area / ratio) + 0.5, 1, im->h);
    Image out;
    SpmlCode code = become(im, &out, image_crop(im, (int)(u * (im->w - pw + 1)), (int)(v * (im->h - ph + 1)), pw, ph, 0, &out, err));
    return code ? code : become(im, &out, image_resize(im, w, h, FILTER_BILINEAR, &out, err));
}

static void flip_rows(Image *im)
{
    size_t c = (size_t)im->channels, w = (size_t)im->w;
    for (int y = 0; y < im->h; y++)
        for (size_t a = 0, b = w - 1; a < b; a++, b--)
            for (size_t i = 0; i < c; i++) {
                uint8_t *row = im->p + (size_t)y * w * c, t = row[a * c + i];
                row[a * c + i] = row[b * c + i];
                row[b * c + i] = t;
            }
}

static void flip_columns(Image *im)
{
    size_t row = (size_t)im->w * (size_t)im->channels;
    for (int a = 0, b = im->h - 1; a < b; a++, b--)
        for (size_t i = 0; i < row; i++) {
            uint8_t *p = im->p + (size_t)a * row + i, *q = im->p + (size_t)b * row + i, t = *p;
            *p = *q;
            *q = t;
        }
}

/* The value of channel c at (x, y), black outside. */
static int at(const Image *im, int64_t x, int64_t y, int c)
{
    return x < 0 || y < 0 || x >= im->w || y >= im->h ? 0 : im->p[((size_t)y * (size_t)im->w + (size_t)x) * (size_t)im->channels + (size_t)c];
}

/* Bilinear at (sx, sy), which are 2^16 times a place; the weights have 8 bits. */
static void sample_at(const Image *im, int64_t sx, int64_t sy, uint8_t *to)
{
    int64_t x = sx >> 16, y = sy >> 16;
    int fx = (int)(sx >> 8 & 255), fy = (int)(sy >> 8 & 255), w[4] = {(256 - fx) * (256 - fy), fx * (256 - fy), (256 - fx) * fy, fx * fy};
    bool inside = x >= 0 && y >= 0 && x + 1 < im->w && y + 1 < im->h;
    size_t channels = (size_t)im->channels, row = (size_t)im->w * channels;
    const uint8_t *p = inside ? im->p + (size_t)y * row + (size_t)x * channels : NULL;
    for (int c = 0; c < im->channels; c++) {
        int v = p ? p[c] * w[0] + p[(size_t)c + channels] * w[1] + p[(size_t)c + row] * w[2] + p[(size_t)c + row + channels] * w[3]
                  : at(im, x, y, c) * w[0] + at(im, x + 1, y, c) * w[1] + at(im, x, y + 1, c) * w[2] + at(im, x + 1, y + 1, c) * w[3];
        to[c] = (uint8_t)((v + (1 << 15)) >> 16);
    }
}

/* Places are 16.16 fixed: from pixel to pixel they grow by the sine and the cosine. */
static SpmlCode rotate(Image *im, double degrees, Error *err)
{
    Image out;
    SpmlCode code = image_new(im->w, im->h, im->channels, 0, &out, err);
    int64_t cs = llround(cos(degrees * M_PI / 180) * 65536), sn = llround(sin(degrees * M_PI / 180) * 65536), cx = im->w - 1, cy = im->h - 1; /* twice the centre */
    uint8_t *to = out.p;
    for (int64_t y = 0; !code && y < im->h; y++) {
        int64_t sx = (cx * 65536 - cs * cx - sn * (2 * y - cy)) >> 1, sy = (cy * 65536 - sn * cx + cs * (2 * y - cy)) >> 1;
        for (int x = 0; x < im->w; x++, sx += cs, sy += sn, to += im->channels)
            sample_at(im, sx, sy, to);
    }
    return become(im, &out, code);
}

/* ── colour ── */

static uint8_t to_byte(double v) { return (uint8_t)(v <= 0 ? 0 : v >= 255 ? 255 : v + 0.5); }

static double luma(const uint8_t *p, int channels) { return channels == 1 ? p[0] : 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2]; }

static double mean_luma(const Image *im)
{
    size_t n = (size_t)im->w * (size_t)im->h, c = (size_t)im->channels;
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += luma(im->p + i * c, im->channels);
    return sum / (double)n;
}

/* Every value drawn towards `grey` (or away from it): grey + factor · (v − grey). */
static void blend(Image *im, double grey, double factor)
{
    uint8_t table[256];
    size_t n = (size_t)im->w * (size_t)im->h * (size_t)im->channels;
    for (int v = 0; v < 256; v++)
        table[v] = to_byte(grey + factor * (v - grey));
    for (size_t i = 0; i < n; i++)
        im->p[i] = table[im->p[i]];
}

static void saturate(Image *im, double factor)
{
    size_t n = (size_t)im->w * (size_t)im->h;
    if (im->channels != 3)
        return;
    for (uint8_t *p = im->p; n--; p += 3) {
        double grey = luma(p, 3);
        for (int c = 0; c < 3; c++)
            p[c] = to_byte(grey + factor * (p[c] - grey));
    }
}

static double factor(Rng *r, double range) { return 1 + range * (2 * rng_unit(r) - 1); }

static void erase(Image *im, Rng *r, double probability)
{
    double on = rng_unit(r), area = (double)im->w * im->h * (0.02 + 0.31 * rng_unit(r)), ratio = exp((2 * rng_unit(r) - 1) * log(3.3)), u = rng_unit(r), v = rng_unit(r);
    int w = clamp_int(sqrt(area * ratio) + 0.5, 1, im->w), h = clamp_int(sqrt(area / ratio) + 0.5, 1, im->h);
    int x = (int)(u * (im->w - w + 1)), y = (int)(v * (im->h - h + 1));
    size_t c = (size_t)im->channels;
    for (int i = y; on < probability && i < y + h; i++)
        memset(im->p + ((size_t)i * (size_t)im->w + (size_t)x) * c, 0, (size_t)w * c);
}

static SpmlCode pad_crop(Image *im, Rng *r, int pad, Error *err)
{
    Image out;
    int x = (int)rng_below(r, 2 * (uint64_t)pad + 1) - pad, y = (int)rng_below(r, 2 * (uint64_t)pad + 1) - pad;
    return become(im, &out, image_crop(im, x, y, im->w, im->h, 0, &out, err));
}

SpmlCode augment_picture(const Augment *a, Rng *r, Image *im, Error *err)
{
    SpmlCode code = SPML_OK;
    if (a->flip > 0 && rng_unit(r) < a->flip)
        flip_rows(im);
    if (a->vflip > 0 && rng_unit(r) < a->vflip)
        flip_columns(im);
    if (a->crop > 0)
        code = pad_crop(im, r, (int)a->crop, err);
    if (!code && a->rotate > 0)
        code = rotate(im, a->rotate * (2 * rng_unit(r) - 1), err);
    if (code)
        return code;
    if (a->brightness > 0)
        blend(im, 0, factor(r, a->brightness));
    if (a->contrast > 0) {
        double by = factor(r, a->contrast);
        blend(im, mean_luma(im), by);
    }
    if (a->saturation > 0)
        saturate(im, factor(r, a->saturation));
    if (a->erase > 0)
        erase(im, r, a->erase);
    return SPML_OK;
}

/* ── mixup ── */

static double normal(Rng *r)
{
    double u = 1 - rng_unit(r), v = rng_unit(r);
    return sqrt(-2 * log(u)) * cos(2 * M_PI * v);
}

/* Marsaglia and Tsang, 2000; below 1 by the power of a uniform number. */
static double gamma_draw(double shape, Rng *r)
{
    double boost = shape < 1 ? pow(1 - rng_unit(r), 1 / shape) : 1, d = (shape < 1 ? shape + 1 : shape) - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double x = normal(r), v = 1 + c * x, u = 1 - rng_unit(r);
        v = v * v * v;
        if (v > 0 && log(u) < 0.5 * x * x + d - d * v + d * log(v))
            return boost * d * v;
    }
}

double augment_mix(double alpha, Rng *r)
{
    double x = gamma_draw(alpha, r), y = gamma_draw(alpha, r);
    return x + y > 0 ? x / (x + y) : 0.5; /* both may be so small that they are 0 */
}
