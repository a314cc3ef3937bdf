/* SPDX-License-Identifier: MIT
 * media: the structure of a BMP file: header sizes, bits, compression, palette, and that the rows are there. Pixels are decoded by stb.c
 * after this has passed. */
#include "media/internal.h"

static SpmlCode bad(Error *err, int64_t at, const char *text) { return media_fail(err, SPML_DATA, "image-format", at, "%s", text); }
static SpmlCode unsupported(Error *err, int64_t at, const char *text) { return media_fail(err, SPML_UNSUPPORTED, "image-unsupported", at, "%s", text); }

/* Rows of pixels from byte `at` of the file to its end. */
static SpmlCode check_rows(const Span *s, const ImageInfo *i, uint32_t at, Error *err)
{
    uint64_t row = ((uint64_t)i->w * (uint64_t)i->bits + 31) / 32 * 4, want = row * (uint64_t)i->h, rest = at <= s->size ? s->size - at : 0;
    if (want <= rest)
        return SPML_OK;
    return media_fail(err, SPML_DATA, "file-truncated", (int64_t)(s->origin + at), "pixels of %llu bytes, %llu remain", (unsigned long long)want, (unsigned long long)rest);
}

SpmlCode bmp_info(Span s, ImageInfo *out, Error *err)
{
    span_take(&s, 10);
    uint32_t data = span_u32(&s), sz_head = span_u32(&s);
    int64_t at = (int64_t)s.origin + 14;
    if (!s.bad && sz_head != 12 && sz_head != 40 && sz_head != 56 && sz_head != 108 && sz_head != 124)
        return media_fail(err, SPML_UNSUPPORTED, "image-unsupported", at, "a BMP header of %u bytes is not supported", sz_head);
    bool old = sz_head == 12;
    int64_t w = old ? span_u16(&s) : (int32_t)span_u32(&s), h = old ? span_u16(&s) : (int32_t)span_u32(&s);
    uint32_t planes = span_u16(&s), bits = span_u16(&s), compression = old ? 0 : span_u32(&s);
    if (s.bad || s.size < 14 + (size_t)sz_head)
        return media_fail(err, SPML_DATA, "file-truncated", (int64_t)s.origin + (int64_t)s.size, "ends inside the header");
    if (w < 0 || planes != 1)
        return bad(err, at, "the header has a negative width or more than one plane");
    if (bits != 1 && bits != 4 && bits != 8 && bits != 16 && bits != 24 && bits != 32)
        return media_fail(err, SPML_DATA, "image-format", at, "%u bits a pixel are not allowed", bits);
    if (compression && compression != 3)
        return unsupported(err, at, compression < 3 ? "run-length coded BMP is not supported" : "this compression of BMP is not supported");
    if (compression == 3 && bits != 16 && bits != 32)
        return bad(err, at, "bit fields are for 16 and 32 bits a pixel");
    SpmlCode code = image_check_size((uint64_t)w, (uint64_t)(h < 0 ? -h : h), at, err);
    *out = (ImageInfo){.kind = IMAGE_BMP, .w = (int)w, .h = (int)(h < 0 ? -h : h), .channels = 3, .bits = (int)bits, .alpha = bits == 32, .orientation = 1};
    return code ? code : check_rows(&s, out, data, err);
}
