/* SPDX-License-Identifier: MIT
 * media: the structure of a PNG file (chunk lengths, order, checksums, header rules, and that the compressed data could hold the picture),
 * and writing one through zlib. Pixels are decoded by stb.c after this walk has passed. */
#include "media/internal.h"

#include <stdlib.h>
#include <zlib.h>

typedef struct Walk {
    Span s;
    ImageInfo *info;
    Error *err;
    uint64_t sz_idat;
    int colour, interlace;
    bool header, palette, data, data_over, end;
} Walk;

static SpmlCode bad(Walk *w, int64_t at, const char *text) { return media_fail(w->err, SPML_DATA, "image-format", at, "%s", text); }

static int samples(int colour) { return (const int[]){1, 0, 3, 1, 2, 0, 4}[colour]; }

static SpmlCode take_ihdr(Walk *w, Span c, int64_t at)
{
    if (w->header || c.size != 13)
        return bad(w, at, w->header ? "a second IHDR chunk" : "the IHDR chunk is not of 13 bytes");
    uint32_t width = media_be(&c, 4), height = media_be(&c, 4), depth = span_u8(&c), colour = span_u8(&c), compression = span_u8(&c), filter = span_u8(&c);
    w->interlace = span_u8(&c);
    bool deep = depth == 8 || depth == 16, shallow = depth == 1 || depth == 2 || depth == 4;
    bool ok = colour == 0 ? deep || shallow : colour == 3 ? depth == 8 || shallow : (colour == 2 || colour == 4 || colour == 6) && deep;
    if (!ok)
        return media_fail(w->err, SPML_DATA, "image-format", at, "colour type %u with %u bits is not allowed", colour, depth);
    if (compression || filter || w->interlace > 1)
        return bad(w, at, "unknown compression, filter or interlace method");
    w->header = true;
    w->colour = (int)colour;
    w->info->bits = (int)depth;
    w->info->channels = colour & 2 ? 3 : 1; /* bit 1: colour */
    w->info->alpha = colour & 4;
    SpmlCode code = image_check_size(width, height, at, w->err);
    w->info->w = (int)width;
    w->info->h = (int)height;
    return code;
}

static SpmlCode take_idat(Walk *w, Span c, int64_t at)
{
    if (w->data_over)
        return bad(w, at, "IDAT chunks are not in a row");
    if (w->colour == 3 && !w->palette)
        return bad(w, at, "IDAT before the palette");
    w->data = true;
    w->sz_idat += c.size;
    return SPML_OK;
}

static SpmlCode take_plte(Walk *w, Span c, int64_t at)
{
    if (w->palette || w->data || !c.size || c.size > 768 || c.size % 3 || w->colour == 0 || w->colour == 4)
        return bad(w, at, "a palette that is not allowed here or is not of 3 to 768 bytes");
    w->palette = true;
    return SPML_OK;
}

static SpmlCode take_trns(Walk *w, Span c, int64_t at)
{
    bool want = w->colour == 3 ? c.size >= 1 && c.size <= 256 : c.size == (w->colour == 0 ? 2 : 6);
    if (w->colour > 3 || w->data || !want || (w->colour == 3 && !w->palette))
        return bad(w, at, "a tRNS chunk that is not allowed here or has the wrong size");
    w->info->alpha = true;
    return SPML_OK;
}

static SpmlCode take_iend(Walk *w, Span c, int64_t at)
{
    if (!w->data)
        return bad(w, at, "there is no IDAT chunk");
    w->end = true;
    return SPML_OK;
}

static SpmlCode take_cgbi(Walk *w, Span c, int64_t at)
{
    return media_fail(w->err, SPML_UNSUPPORTED, "image-unsupported", at, "CgBI: Apple's variant of PNG is not supported");
}

static const struct { char name[5]; SpmlCode (*take)(Walk *w, Span c, int64_t at); } chunks[] = {
    {"IHDR", take_ihdr}, {"PLTE", take_plte}, {"IDAT", take_idat}, {"IEND", take_iend}, {"tRNS", take_trns}, {"CgBI", take_cgbi}};

static bool is_name(const uint8_t *p)
{
    for (int i = 0; i < 4; i++)
        if (!((p[i] | 0x20) >= 'a' && (p[i] | 0x20) <= 'z'))
            return false;
    return true;
}

static SpmlCode chunk(Walk *w)
{
    int64_t at = (int64_t)span_offset(&w->s);
    uint32_t n = media_be(&w->s, 4);
    const uint8_t *name = span_take(&w->s, 4);
    if (!name)
        return media_fail(w->err, SPML_DATA, "file-truncated", at, "ends without an IEND chunk");
    if (!is_name(name) || n > INT32_MAX)
        return bad(w, at, "no chunk starts here");
    uint64_t rest = span_rest(&w->s);
    if (rest < (uint64_t)n + 4)
        return media_fail(w->err, SPML_DATA, "file-truncated", at, "%.4s chunk of %u bytes, %llu remain", (const char *)name, n, (unsigned long long)rest);
    Span body = span_sub(&w->s, n);
    uint32_t want = media_be(&w->s, 4), crc = (uint32_t)crc32(crc32(0, name, 4), body.base, n);
    if (crc != want)
        return media_fail(w->err, SPML_DATA, "image-format", at, "%.4s chunk: checksum is %08x, its bytes give %08x", (const char *)name, want, crc);
    SpmlCode (*take)(Walk *, Span, int64_t) = NULL;
    for (size_t i = 0; i < sizeof chunks / sizeof *chunks; i++)
        if (!memcmp(name, chunks[i].name, 4))
            take = chunks[i].take;
    if (!w->header && take != take_ihdr && take != take_cgbi)
        return bad(w, at, "the first chunk is not IHDR");
    w->data_over = w->data_over || (w->data && take != take_idat);
    if (!take && !(name[0] & 0x20))
        return media_fail(w->err, SPML_UNSUPPORTED, "image-unsupported", at, "unknown critical chunk %.4s", (const char *)name);
    return take ? take(w, body, at) : SPML_OK;
}

SpmlCode png_info(Span s, ImageInfo *out, Error *err)
{
    Walk w = {.s = s, .info = out, .err = err};
    SpmlCode code = SPML_OK;
    span_take(&w.s, 8);
    while (!code && !w.end)
        code = chunk(&w);
    if (code)
        return code;
    /* Deflate gives at most 1032 bytes for one. */
    uint64_t row = ((uint64_t)out->w * (unsigned)(samples(w.colour) * out->bits) + 7) / 8 + 1;
    if (row * (uint64_t)out->h > w.sz_idat * 1032 + 1032 && !w.interlace)
        return media_fail(err, SPML_DATA, "file-truncated", -1, "IDAT of %llu bytes cannot hold %dx%d pixels", (unsigned long long)w.sz_idat, out->w, out->h);
    return SPML_OK;
}

static void put_chunk(Text *out, const char *name, const uint8_t *p, size_t n)
{
    uint32_t crc = (uint32_t)crc32(crc32(0, (const uint8_t *)name, 4), p, (uInt)n);
    char head[8] = {(char)(n >> 24), (char)(n >> 16), (char)(n >> 8), (char)n, name[0], name[1], name[2], name[3]};
    text_add(out, head, 8);
    text_add(out, (const char *)p, n);
    text_add(out, (char[4]){(char)(crc >> 24), (char)(crc >> 16), (char)(crc >> 8), (char)crc}, 4);
}

static uint8_t paeth(int a, int b, int c)
{
    int p = a + b - c, pa = abs(p - a), pb = abs(p - b), pc = abs(p - c);
    return (uint8_t)(pa <= pb && pa <= pc ? a : pb <= pc ? b : c);
}

/* One row of n bytes filtered into out, after its filter byte; up is the row above or zeros. Returns the sum of the magnitudes. */
static uint64_t filter_row(int filter, const uint8_t *row, const uint8_t *up, size_t n, size_t c, uint8_t *out)
{
    uint64_t sum = 0;
    out[0] = (uint8_t)filter;
    for (size_t i = 0; i < n; i++) {
        int a = i >= c ? row[i - c] : 0, b = up[i], d = i >= c ? up[i - c] : 0;
        int guess = filter == 0 ? 0 : filter == 1 ? a : filter == 2 ? b : filter == 3 ? (a + b) / 2 : paeth(a, b, d);
        out[i + 1] = (uint8_t)(row[i] - guess);
        sum += out[i + 1] < 128 ? out[i + 1] : 256u - out[i + 1];
    }
    return sum;
}

/* Feeds n bytes (or the end) to the compressor; what comes out goes into IDAT chunks of at most 64 KiB. */
static bool deflate_put(z_stream *z, const uint8_t *p, size_t n, int flush, uint8_t *buf, uInt cap, Text *out)
{
    z->next_in = (Bytef *)(uintptr_t)p;
    z->avail_in = (uInt)n;
    for (;;) {
        int rc = deflate(z, flush);
        if (rc == Z_STREAM_ERROR)
            return false;
        bool end = rc == Z_STREAM_END;
        if (z->avail_out == 0 || end) {
            if (z->avail_out < cap)
                put_chunk(out, "IDAT", buf, cap - z->avail_out);
            z->next_out = buf;
            z->avail_out = cap;
            if (end)
                return true;
        } else if (flush == Z_NO_FLUSH) {
            return true;
        }
    }
}

/* The filter of each row is the one whose result is smallest; work: five rows, zeros for the row above the first, and the chunk buffer. */
static bool put_rows(const Image *im, z_stream *z, uint8_t *work, Text *out)
{
    size_t c = (size_t)im->channels, n = (size_t)im->w * c;
    uint8_t *best = work, *trial = work + n + 1, *zeros = work + 2 * (n + 1), *buf = work + 3 * (n + 1);
    const uInt cap = 1 << 16;
    z->next_out = buf;
    z->avail_out = cap;
    for (size_t y = 0; y < (size_t)im->h; y++) {
        const uint8_t *row = im->p + y * n, *up = y ? row - n : zeros;
        uint64_t least = UINT64_MAX;
        for (int f = 0; f < 5; f++) {
            uint64_t sum = filter_row(f, row, up, n, c, trial);
            if (sum < least) {
                uint8_t *t = best;
                best = trial;
                trial = t;
                least = sum;
            }
        }
        if (!deflate_put(z, best, n + 1, Z_NO_FLUSH, buf, cap, out))
            return false;
    }
    return deflate_put(z, NULL, 0, Z_FINISH, buf, cap, out);
}

SpmlCode png_encode(const Image *im, Text *out, Error *err)
{
    z_stream z = {0};
    size_t n = (size_t)im->w * (size_t)im->channels + 1;
    uint8_t *work = calloc(3 * n + (1 << 16), 1);
    if (!work || deflateInit(&z, 6) != Z_OK) {
        free(work);
        return error_oom(err);
    }
    uint32_t w = (uint32_t)im->w, h = (uint32_t)im->h;
    uint8_t head[13] = {(uint8_t)(w >> 24), (uint8_t)(w >> 16), (uint8_t)(w >> 8), (uint8_t)w, (uint8_t)(h >> 24), (uint8_t)(h >> 16), (uint8_t)(h >> 8),
                        (uint8_t)h, 8, im->channels == 1 ? 0 : 2, 0, 0, 0};
    text_add(out, "\x89PNG\r\n\x1a\n", 8);
    put_chunk(out, "IHDR", head, 13);
    bool ok = put_rows(im, &z, work, out);
    put_chunk(out, "IEND", head, 0);
    deflateEnd(&z);
    free(work);
    return ok && !out->oom ? SPML_OK : error_oom(err);
}
