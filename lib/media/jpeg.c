/* SPDX-License-Identifier: MIT
 * media: the structure of a JPEG file: segment lengths, the frame header, every scan up to its end, the end marker, and the EXIF orientation.
 * Pixels are decoded by stb.c after this walk has passed. */
#include "media/internal.h"

typedef struct Walk {
    Span s;
    ImageInfo *info;
    Error *err;
    int components, sampling;    /* in the frame; largest horizontal × vertical factor */
    uint64_t sz_scans, n_scans;  /* entropy-coded bytes */
    uint32_t has_dc, has_ac, has_quant, wants_quant; /* tables by number, as bits */
    bool frame, end;
} Walk;

static SpmlCode bad(Walk *w, int64_t at, const char *text) { return media_fail(w->err, SPML_DATA, "image-format", at, "%s", text); }
static SpmlCode unsupported(Walk *w, int64_t at, const char *text) { return media_fail(w->err, SPML_UNSUPPORTED, "image-unsupported", at, "%s", text); }
static SpmlCode truncated(Walk *w, int64_t at, const char *text) { return media_fail(w->err, SPML_DATA, "file-truncated", at, "%s", text); }

static SpmlCode take_frame(Walk *w, Span c, int marker, int64_t at)
{
    if (w->frame)
        return bad(w, at, "a second frame header");
    if (marker > 0xc2)
        return unsupported(w, at, marker == 0xc3 ? "lossless JPEG is not supported" : marker >= 0xc9 ? "arithmetic-coded JPEG is not supported" : "hierarchical JPEG is not supported");
    uint32_t bits = span_u8(&c), h = media_be(&c, 2), width = media_be(&c, 2), n = span_u8(&c);
    if (c.bad || span_rest(&c) != 3 * (size_t)n)
        return bad(w, at, "the frame header's length does not fit its components");
    if (bits != 8)
        return unsupported(w, at, "JPEG with other than 8 bits a sample is not supported");
    if (n != 1 && n != 3 && n != 4)
        return unsupported(w, at, "JPEG with other than 1, 3 or 4 components is not supported");
    for (uint32_t i = 0, hv; i < n; i++) {
        span_u8(&c);
        hv = span_u8(&c);
        w->wants_quant |= 1u << (span_u8(&c) & 31);
        if (!(hv >> 4) || hv >> 4 > 4 || !(hv & 15) || (hv & 15) > 4)
            return bad(w, at, "a sampling factor is not 1 .. 4");
        int product = (int)((hv >> 4) * (hv & 15));
        w->sampling = product > w->sampling ? product : w->sampling;
    }
    if (!h)
        return unsupported(w, at, "JPEG without a height in its header is not supported");
    w->frame = true;
    w->components = (int)n;
    w->info->bits = 8;
    w->info->channels = n == 1 ? 1 : 3;
    w->info->progressive = marker == 0xc2;
    SpmlCode code = image_check_size(width, h, at, w->err);
    w->info->w = (int)width;
    w->info->h = (int)h;
    return code;
}

/* Tables are checked here because the decoder trusts them: at most 256 codes of 16 lengths that fit together, and differences of at most 15 bits. */
static SpmlCode take_huffman(Walk *w, Span c, int64_t at)
{
    while (span_rest(&c)) {
        uint32_t id = span_u8(&c), n = 0, used = 0;
        for (uint32_t bits = 1, count; bits <= 16; bits++) {
            n += count = span_u8(&c);
            used += count << (16 - bits); /* of the 65,536 codes of 16 bits */
        }
        const uint8_t *p = span_take(&c, n);
        if (!p || id >> 4 > 1 || (id & 15) > 3 || n > 256 || used > 65536)
            return bad(w, at, "a Huffman table that is malformed");
        for (uint32_t i = 0; i < n && id >> 4 == 0; i++)
            if (p[i] > 15)
                return bad(w, at, "a Huffman table with differences of more than 15 bits");
        *(id >> 4 ? &w->has_ac : &w->has_dc) |= 1u << (id & 15);
    }
    return SPML_OK;
}

static SpmlCode take_quantisation(Walk *w, Span c, int64_t at)
{
    while (span_rest(&c)) {
        uint32_t id = span_u8(&c);
        if (id >> 4 > 1 || (id & 15) > 3 || !span_take(&c, id >> 4 ? 128 : 64))
            return bad(w, at, "a quantisation table that is malformed");
        w->has_quant |= 1u << (id & 15);
    }
    return SPML_OK;
}

static uint32_t tiff(Span *s, unsigned bytes, bool big) { return big ? media_be(s, bytes) : (uint32_t)span_le(s, bytes); }

/* APP1 "Exif": tag 0x0112 of the first directory. What is malformed says nothing. */
static void take_exif(Walk *w, Span c)
{
    const uint8_t *id = span_take(&c, 6);
    if (!id || memcmp(id, "Exif\0", 6))
        return;
    Span t = span_sub(&c, span_rest(&c));
    const uint8_t *order = span_take(&t, 2);
    bool big = order && order[0] == 'M';
    if (!order || order[0] != order[1] || (order[0] != 'M' && order[0] != 'I') || tiff(&t, 2, big) != 42 || !span_seek(&t, tiff(&t, 4, big)))
        return;
    for (uint32_t n = tiff(&t, 2, big); n > 0 && !t.bad; n--) {
        uint32_t tag = tiff(&t, 2, big), type = tiff(&t, 2, big), count = tiff(&t, 4, big), value = tiff(&t, 2, big);
        tiff(&t, 2, big);
        if (!t.bad && tag == 0x0112 && type == 3 && count == 1 && value >= 1 && value <= 8)
            w->info->orientation = (int)value;
    }
}

/* The tables that a scan header's n components name exist. c: after the count of components. A scan of one band of a progressive picture needs
 * one kind of table, and refining the mean of each block needs none. */
static bool has_tables(const Walk *w, Span c, uint32_t n)
{
    const uint8_t *p = span_take(&c, 2 * (size_t)n);
    uint32_t first = span_u8(&c);
    span_u8(&c);
    uint32_t refines = span_u8(&c) >> 4;
    bool dc = !w->info->progressive || (first == 0 && !refines), ac = !w->info->progressive || first > 0;
    for (uint32_t i = 0; i < n; i++)
        if ((dc && !(w->has_dc >> (p[2 * i + 1] >> 4) & 1)) || (ac && !(w->has_ac >> (p[2 * i + 1] & 15) & 1)))
            return false;
    return true;
}

/* Entropy-coded bytes up to the next marker that is neither a restart nor a stuffed zero; the cursor is then on its 0xff. */
static SpmlCode take_scan(Walk *w, Span c, int64_t at)
{
    uint32_t n = span_u8(&c);
    if (!w->frame)
        return bad(w, at, "a scan before the frame header");
    if (c.bad || !n || (int)n > w->components || span_rest(&c) != 2 * (size_t)n + 3)
        return bad(w, at, "the scan header's length does not fit its components");
    if (!has_tables(w, c, n))
        return bad(w, at, "a scan uses a Huffman table that is not there");
    size_t from = w->s.pos, i = from;
    const uint8_t *p = w->s.base;
    for (;; i++) {
        const uint8_t *ff = i < w->s.size ? memchr(p + i, 0xff, w->s.size - i) : NULL;
        i = ff ? (size_t)(ff - p) : w->s.size;
        if (i + 1 >= w->s.size)
            return truncated(w, at, "ends inside the scan that starts here");
        if (p[i + 1] != 0 && p[i + 1] != 0xff && !(p[i + 1] >= 0xd0 && p[i + 1] <= 0xd7))
            break;
    }
    span_seek(&w->s, i);
    w->sz_scans += i - from;
    w->n_scans++;
    /* Each scan costs a pass over the picture however short it is. */
    if (w->n_scans > 100 && w->n_scans * (uint64_t)w->info->w * (uint64_t)w->info->h > UINT64_C(1) << 30)
        return media_fail(w->err, SPML_RESOURCE, "image-too-large", at, "more than %d scans of %dx%d", (int)w->n_scans - 1, w->info->w, w->info->h);
    return SPML_OK;
}

static SpmlCode segment(Walk *w)
{
    int64_t at = (int64_t)span_offset(&w->s);
    uint8_t byte = span_u8(&w->s), marker = 0xff;
    while (byte == 0xff && marker == 0xff && !w->s.bad)
        marker = span_u8(&w->s);
    if (w->s.bad)
        return truncated(w, at, "ends without an end marker");
    if (byte != 0xff || !marker)
        return bad(w, at, "no marker starts here");
    w->end = marker == 0xd9;
    if (w->end || marker == 0x01 || (marker >= 0xd0 && marker <= 0xd7))
        return SPML_OK;
    uint32_t n = media_be(&w->s, 2);
    uint64_t rest = span_rest(&w->s);
    if (w->s.bad || (n >= 2 && rest < n - 2))
        return media_fail(w->err, SPML_DATA, "file-truncated", at, "segment %02x of %u bytes, %llu remain", marker, n, (unsigned long long)(w->s.bad ? 0 : rest + 2));
    if (n < 2 || marker == 0xd8)
        return bad(w, at, n < 2 ? "a segment is shorter than its own length" : "a second start marker");
    Span body = span_sub(&w->s, n - 2);
    bool frame = marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
    if (marker == 0xe1)
        take_exif(w, body);
    if (marker == 0xc4)
        return take_huffman(w, body, at);
    if (marker == 0xdb)
        return take_quantisation(w, body, at);
    return frame ? take_frame(w, body, marker, at) : marker == 0xda ? take_scan(w, body, at) : SPML_OK;
}

SpmlCode jpeg_info(Span s, ImageInfo *out, Error *err)
{
    Walk w = {.s = s, .info = out, .err = err, .sampling = 1};
    SpmlCode code = SPML_OK;
    span_take(&w.s, 2);
    while (!code && !w.end)
        code = segment(&w);
    if (code)
        return code;
    if (!w.n_scans)
        return bad(&w, (int64_t)span_offset(&w.s), "there is no scan");
    if (w.wants_quant & ~w.has_quant)
        return bad(&w, (int64_t)span_offset(&w.s), "a component uses a quantisation table that is not there");
    /* A block of 8 × 8 takes at least one bit, and at least 1 / sampling of them are coded for each component. */
    uint64_t blocks = (uint64_t)((out->w + 7) / 8) * (uint64_t)((out->h + 7) / 8) / (uint64_t)w.sampling;
    if (w.sz_scans * 8 < blocks)
        return media_fail(err, SPML_DATA, "file-truncated", -1, "scans of %llu bytes cannot hold %dx%d pixels", (unsigned long long)w.sz_scans, out->w, out->h);
    return SPML_OK;
}
