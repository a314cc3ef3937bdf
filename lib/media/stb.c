/* SPDX-License-Identifier: MIT
 * media: the one place that compiles stb_image (JPEG, PNG, BMP; from memory only). It runs on files whose structure
 * has been walked, with an allowance of memory that follows from the picture's size: what a file asks for beyond it is refused. Rounds
 * 16-bit samples to 8 and composites alpha on black. */
#include "media/internal.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>

typedef struct Block { size_t n, unused; } Block; /* before each allocation; keeps it 16-byte aligned */
static _Thread_local size_t allowance;

static void *allowed_malloc(size_t n)
{
    size_t all;
    if (n > allowance || !size_add(n, sizeof(Block), &all))
        return NULL;
    Block *b = calloc(1, all); /* zeros: a table that the file forgot is empty, not chance */
    if (!b)
        return NULL;
    b->n = n;
    allowance -= n;
    return b + 1;
}

static void allowed_free(void *p)
{
    if (!p)
        return;
    Block *b = (Block *)p - 1;
    allowance += b->n;
    free(b);
}

static void *allowed_realloc(void *p, size_t old, size_t n)
{
    void *q = allowed_malloc(n);
    if (q && p) {
        memcpy(q, p, old < n ? old : n);
        allowed_free(p);
    }
    return q;
}

#define STBI_MALLOC(n) allowed_malloc(n)
#define STBI_REALLOC_SIZED(p, old, n) allowed_realloc(p, old, n)
#define STBI_FREE(p) allowed_free(p)
#define STBI_REALLOC(p, n) allowed_realloc(p, 0, n) /* named by the header's own check, never called: every call has the old size */
#define STBI_MAX_DIMENSIONS CAP_IMAGE_SIDE
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_ONLY_BMP
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_NO_HDR
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#pragma GCC diagnostic ignored "-Wunused-function" /* said at the end of the file, so it cannot be popped */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-but-set-variable"
#pragma GCC diagnostic ignored "-Wsign-compare"
#pragma GCC diagnostic ignored "-Wundef"
#include <stb/stb_image.h>
#pragma GCC diagnostic pop

/* Twice what decoding holds at its peak: planes padded to blocks, 16-bit coefficients of a progressive JPEG, inflated and unpacked PNG rows. */
static size_t allowance_for(const ImageInfo *i, size_t sz_file)
{
    size_t side = 64, samples = ((size_t)i->w + side) * ((size_t)i->h + side) * 4;
    return samples * (i->kind == IMAGE_BMP ? 2 : 8) + (i->kind == IMAGE_PNG ? 4 * sz_file : 0) + (1 << 20);
}

/* c·a/full to nearest, then 8 bits to nearest. n pixels of `from` samples (grey, grey+alpha, rgb, rgb+alpha) to `to` samples. */
static void settle(const void *p, bool wide, size_t n, int from, int to, uint8_t *out)
{
    const uint8_t *p8 = p;
    const uint16_t *p16 = p;
    uint32_t full = wide ? 65535 : 255;
    int colours = from > 2 ? 3 : 1;
    for (size_t i = 0; i < n; i++)
        for (int c = 0; c < to; c++) {
            size_t at = i * (size_t)from + (size_t)(c < colours ? c : 0), alpha = i * (size_t)from + (size_t)from - 1;
            uint32_t v = wide ? p16[at] : p8[at], a = from % 2 ? full : wide ? p16[alpha] : p8[alpha];
            v = (uint32_t)(((uint64_t)v * a + full / 2) / full);
            out[i * (size_t)to + (size_t)c] = (uint8_t)(wide ? (v + 128) / 257 : v);
        }
}

/* stb leaves colours that a palette does not have to chance (and of 12-byte BMP headers the last four). A palette that is too short is
 * lengthened with black in a copy of the file: n zeros at byte `at`, and `value` in the four bytes at `field` that say how long it is. */
typedef struct Gap { size_t at, n, field, value; bool big; } Gap;

static Gap png_gap(Span s, const ImageInfo *i)
{
    size_t want = (size_t)3 << (i->bits & 15);
    span_take(&s, 8);
    for (size_t at = s.pos; i->bits <= 8 && span_rest(&s) >= 12; at = s.pos) {
        uint32_t n = media_be(&s, 4);
        const uint8_t *name = span_take(&s, 4);
        if (!memcmp(name, "PLTE", 4))
            return n < want ? (Gap){at + 8 + n, want - n, at, want, true} : (Gap){0};
        span_take(&s, n);
        span_take(&s, 4);
    }
    return (Gap){0};
}

static Gap bmp_gap(Span s, const ImageInfo *i)
{
    span_take(&s, 10);
    size_t at = span_u32(&s), head = 14 + (size_t)span_u32(&s), want = head + ((size_t)(head == 26 ? 3 : 4) << (i->bits & 15)) + (head == 26 ? 12 : 0);
    return i->bits <= 8 && at > head && at < want && at <= s.size ? (Gap){at, want - at, 10, want, false} : (Gap){0};
}

static bool fill_gap(Span *s, const ImageInfo *i, uint8_t **copy)
{
    Gap g = i->kind == IMAGE_PNG ? png_gap(*s, i) : i->kind == IMAGE_BMP ? bmp_gap(*s, i) : (Gap){0};
    if (!g.n)
        return true;
    uint8_t *p = *copy = malloc(s->size + g.n);
    if (!p)
        return false;
    memcpy(p, s->base, g.at);
    memset(p + g.at, 0, g.n);
    memcpy(p + g.at + g.n, s->base + g.at, s->size - g.at);
    for (int b = 0; b < 4; b++)
        p[g.field + (size_t)b] = (uint8_t)(g.value >> 8 * (g.big ? 3 - b : b));
    *s = span_make(p, s->size + g.n, s->origin);
    return true;
}

static SpmlCode decode(Span s, const ImageInfo *info, Image *im, Error *err)
{
    int w = 0, h = 0, n = 0;
    bool wide = info->kind == IMAGE_PNG && info->bits == 16;
    if (s.size > INT_MAX)
        return media_fail(err, SPML_RESOURCE, "image-too-large", -1, "picture files beyond 2 GiB are not read");
    size_t before = allowance = allowance_for(info, s.size);
    void *p = wide ? (void *)stbi_load_16_from_memory(s.base, (int)s.size, &w, &h, &n, 0) : stbi_load_from_memory(s.base, (int)s.size, &w, &h, &n, 0);
    if (!p) {
        const char *why = stbi_failure_reason();
        return media_fail(err, SPML_DATA, "image-format", -1, "%s: %s", image_kind_name(info->kind), why ? why : "cannot be decoded");
    }
    SpmlCode code = SPML_OK;
    if (w != im->w || h != im->h || n < 1 || n > 4)
        code = media_fail(err, SPML_DATA, "image-format", -1, "decodes to %dx%d, the header says %dx%d", w, h, im->w, im->h);
    else if (im->channels < (n > 2 ? 3 : 1))
        code = media_fail(err, SPML_DATA, "image-format", -1, "decodes to colour, the header says grey");
    else
        settle(p, wide, (size_t)w * (size_t)h, n, im->channels, im->p);
    allowed_free(p);
    return code ? code : allowance == before ? SPML_OK : media_fail(err, SPML_RESOURCE, "out-of-memory", -1, "the decoder lost memory");
}

SpmlCode stb_decode(Span s, const ImageInfo *info, Image *im, Error *err)
{
    uint8_t *copy = NULL;
    SpmlCode code = fill_gap(&s, info, &copy) ? decode(s, info, im, err) : error_oom(err);
    free(copy);
    return code;
}
