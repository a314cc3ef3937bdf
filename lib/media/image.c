/* SPDX-License-Identifier: MIT
 * media: pictures whatever their kind; see media.h. The structure check of the kind runs first and says exactly what is wrong; pixels are
 * decoded only when it passed and the sizes are within the caps. Also turning, cropping and colour, and the simple output kinds. */
#include "media/internal.h"

#include "base/system.h"

#include <stdlib.h>
#include <strings.h>

SpmlCode media_fail(Error *err, SpmlCode code, const char *key, int64_t offset, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (err && !error_is(err)) {
        error_set(err, code, key, "%s", text);
        err->offset = offset;
    }
    return code;
}

uint32_t media_be(Span *s, unsigned bytes)
{
    const uint8_t *p = span_take(s, bytes);
    uint32_t v = 0;
    for (unsigned i = 0; p && i < bytes; i++)
        v = v << 8 | p[i];
    return v;
}

SpmlCode image_check_size(uint64_t w, uint64_t h, int64_t offset, Error *err)
{
    if (!w || !h)
        return media_fail(err, SPML_DATA, "image-format", offset, "a picture of %llux%llu has no pixels", (unsigned long long)w, (unsigned long long)h);
    if (w > CAP_IMAGE_SIDE || h > CAP_IMAGE_SIDE)
        return media_fail(err, SPML_RESOURCE, "image-too-large", offset, "%llux%llu is beyond the limit of %d pixels a side", (unsigned long long)w,
                          (unsigned long long)h, CAP_IMAGE_SIDE);
    if (w * h > CAP_IMAGE_PIXELS)
        return media_fail(err, SPML_RESOURCE, "image-too-large", offset, "%llux%llu is beyond the limit of %llu pixels", (unsigned long long)w,
                          (unsigned long long)h, (unsigned long long)CAP_IMAGE_PIXELS);
    return SPML_OK;
}

SpmlCode media_check_bytes(uint64_t n, uint64_t sz_max, Error *err)
{
    uint64_t cap = sz_max ? sz_max : system_memory_cap();
    char want[32], have[32];
    if (n <= cap)
        return SPML_OK;
    return error_set(err, SPML_RESOURCE, "memory-cap", "%s are needed, the limit is %s", format_bytes(want, n), format_bytes(have, cap));
}

static const struct { const char *name; ImageKind kind; } kinds[] = {
    {"jpg", IMAGE_JPEG}, {"jpeg", IMAGE_JPEG}, {"png", IMAGE_PNG}, {"bmp", IMAGE_BMP}, {"ppm", IMAGE_PNM}, {"pgm", IMAGE_PNM}, {"pnm", IMAGE_PNM}};
enum { N_KINDS = sizeof kinds / sizeof *kinds };

ImageKind image_kind(const char *name, size_t n)
{
    for (size_t i = n; i-- > 0;)
        if (name[i] == '.' || name[i] == '/') { /* the extension of a path */
            n -= i + 1;
            name += i + 1;
            break;
        }
    for (int i = 0; i < N_KINDS; i++)
        if (strlen(kinds[i].name) == n && !strncasecmp(kinds[i].name, name, n))
            return kinds[i].kind;
    return IMAGE_NONE;
}

const char *image_kind_name(ImageKind k)
{
    static const char *const names[] = {[IMAGE_NONE] = "none", [IMAGE_JPEG] = "jpg", [IMAGE_PNG] = "png", [IMAGE_BMP] = "bmp", [IMAGE_PNM] = "ppm"};
    return names[k];
}

ImageKind image_probe(const void *p, size_t n)
{
    static const struct { const char *magic; size_t n; ImageKind kind; } magics[] = {
        {"\xff\xd8\xff", 3, IMAGE_JPEG}, {"\x89PNG\r\n\x1a\n", 8, IMAGE_PNG}, {"BM", 2, IMAGE_BMP}};
    const uint8_t *b = p;
    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++)
        if (n >= magics[i].n && !memcmp(p, magics[i].magic, magics[i].n))
            return magics[i].kind;
    bool space = n >= 3 && (b[2] == ' ' || b[2] == '\n' || b[2] == '\r' || b[2] == '\t' || b[2] == '#');
    return n >= 3 && b[0] == 'P' && b[1] >= '1' && b[1] <= '7' && space ? IMAGE_PNM : IMAGE_NONE;
}

SpmlCode image_info(Span s, ImageInfo *out, Error *err)
{
    static SpmlCode (*const read[])(Span, ImageInfo *, Error *) = {[IMAGE_JPEG] = jpeg_info, [IMAGE_PNG] = png_info, [IMAGE_BMP] = bmp_info, [IMAGE_PNM] = pnm_info};
    ImageKind k = image_probe(s.base, s.bad ? 0 : s.size);
    *out = (ImageInfo){.kind = k, .orientation = 1};
    if (k == IMAGE_NONE)
        return media_fail(err, SPML_DATA, "image-format", (int64_t)s.origin, s.size ? "not a JPEG, PNG, BMP or PPM picture" : "the file is empty");
    return read[k](s, out, err);
}

SpmlCode image_new(int w, int h, int channels, uint64_t sz_max, Image *out, Error *err)
{
    *out = (Image){.w = w, .h = h, .channels = channels, .info = {.orientation = 1}};
    SpmlCode code = w < 0 || h < 0 ? media_fail(err, SPML_DATA, "image-format", -1, "a picture of %dx%d", w, h) : image_check_size((uint64_t)w, (uint64_t)h, -1, err);
    size_t n = code ? 0 : (size_t)w * (size_t)h * (size_t)channels;
    if (!code)
        code = media_check_bytes(n, sz_max, err);
    if (!code && !(out->p = calloc(n, 1)))
        code = error_oom(err);
    if (code)
        *out = (Image){0};
    return code;
}

void image_free(Image *im)
{
    free(im->p);
    *im = (Image){0};
}

SpmlCode image_decode(Span s, uint64_t sz_max, Image *out, Error *err)
{
    ImageInfo info;
    *out = (Image){0};
    SpmlCode code = image_info(s, &info, err);
    /* The decoders hold at most six bytes a sample beside the result: JPEG coefficients and planes, PNG at 16 bits with alpha. */
    if (!code)
        code = media_check_bytes((uint64_t)info.w * (uint64_t)info.h * (info.kind == IMAGE_PNM ? 3 : 21), sz_max, err);
    if (!code)
        code = image_new(info.w, info.h, info.channels, sz_max, out, err);
    if (!code) {
        out->info = info;
        code = info.kind == IMAGE_PNM ? pnm_decode(s, out, err) : stb_decode(s, &info, out, err);
    }
    if (code)
        image_free(out);
    return code;
}

/* Where pixel (x, y) of the turned picture comes from in the w × h original. */
static size_t oriented(int orientation, int w, int h, int x, int y)
{
    int u = orientation >= 5 ? y : x, v = orientation >= 5 ? x : y;
    if (orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8)
        u = w - 1 - u;
    if (orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7)
        v = h - 1 - v;
    return (size_t)v * (size_t)w + (size_t)u;
}

SpmlCode image_orient(Image *im, Error *err)
{
    int o = im->info.orientation, w = o >= 5 ? im->h : im->w, h = o >= 5 ? im->w : im->h;
    if (o < 2 || o > 8)
        return SPML_OK;
    Image turned;
    SpmlCode code = image_new(w, h, im->channels, 0, &turned, err);
    if (code)
        return code;
    size_t c = (size_t)im->channels;
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++)
            memcpy(turned.p + ((size_t)y * (size_t)w + (size_t)x) * c, im->p + oriented(o, im->w, im->h, x, y) * c, c);
    turned.info = im->info;
    turned.info.orientation = 1;
    image_free(im);
    *im = turned;
    return SPML_OK;
}

SpmlCode image_crop(const Image *im, int x, int y, int w, int h, uint8_t pad, Image *out, Error *err)
{
    SpmlCode code = image_new(w, h, im->channels, 0, out, err);
    if (code)
        return code;
    size_t c = (size_t)im->channels;
    memset(out->p, pad, (size_t)w * (size_t)h * c);
    int64_t x0 = x < 0 ? 0 : x, x1 = (int64_t)x + w < im->w ? (int64_t)x + w : im->w;
    for (int row = 0; row < h && x0 < x1; row++) {
        int64_t from = (int64_t)y + row;
        if (from >= 0 && from < im->h)
            memcpy(out->p + ((size_t)row * (size_t)w + (size_t)(x0 - x)) * c, im->p + ((size_t)from * (size_t)im->w + (size_t)x0) * c, (size_t)(x1 - x0) * c);
    }
    out->info = im->info;
    return SPML_OK;
}

SpmlCode image_recolour(const Image *im, int channels, Image *out, Error *err)
{
    SpmlCode code = image_new(im->w, im->h, channels, 0, out, err);
    if (code)
        return code;
    size_t n = (size_t)im->w * (size_t)im->h;
    out->info = im->info;
    if (channels == im->channels)
        memcpy(out->p, im->p, n * (size_t)channels);
    else if (channels == 1) /* 0.299 R + 0.587 G + 0.114 B in 16-bit fixed point */
        for (size_t i = 0; i < n; i++)
            out->p[i] = (uint8_t)((im->p[3 * i] * 19595u + im->p[3 * i + 1] * 38470u + im->p[3 * i + 2] * 7471u + 0x8000u) >> 16);
    else
        for (size_t i = 0; i < 3 * n; i++)
            out->p[i] = im->p[i / 3];
    return SPML_OK;
}

static void put_le(Text *out, uint64_t v, unsigned bytes)
{
    char b[8];
    for (unsigned i = 0; i < bytes; i++)
        b[i] = (char)(v >> 8 * i);
    text_add(out, b, bytes);
}

/* 24-bit, uncompressed, bottom row first, rows padded to four bytes. */
static void bmp_encode(const Image *im, Text *out)
{
    size_t w = (size_t)im->w, h = (size_t)im->h, c = (size_t)im->channels, pad = -(3 * w) & 3, data = (3 * w + pad) * h;
    text_puts(out, "BM");
    uint64_t head[][2] = {{54 + data, 4}, {0, 4}, {54, 4}, {40, 4}, {w, 4}, {h, 4}, {1, 2}, {24, 2}, {0, 4}, {data, 4}, {2835, 4}, {2835, 4}, {0, 4}, {0, 4}};
    for (size_t i = 0; i < sizeof head / sizeof *head; i++)
        put_le(out, head[i][0], (unsigned)head[i][1]);
    for (size_t y = h; y-- > 0;) {
        for (size_t x = 0; x < w; x++) {
            const uint8_t *p = im->p + (y * w + x) * c;
            text_add(out, (char[3]){(char)p[c - 1], (char)p[c / 2], (char)p[0]}, 3);
        }
        text_add(out, "\0\0\0", pad);
    }
}

SpmlCode image_encode(const Image *im, ImageKind kind, int quality, Text *out, Error *err)
{
    if (kind == IMAGE_JPEG)
        return jpeg_encode(im, quality, out, err);
    if (kind == IMAGE_PNG)
        return png_encode(im, out, err);
    if (kind == IMAGE_NONE)
        return error_set(err, SPML_USAGE, "image-format", "pictures are written as png, jpg, bmp, ppm or pgm");
    if (kind == IMAGE_BMP) {
        bmp_encode(im, out);
    } else {
        text_printf(out, "P%d\n%d %d\n255\n", im->channels == 1 ? 5 : 6, im->w, im->h);
        text_add(out, (const char *)im->p, (size_t)im->w * (size_t)im->h * (size_t)im->channels);
    }
    return out->oom ? error_oom(err) : SPML_OK;
}
