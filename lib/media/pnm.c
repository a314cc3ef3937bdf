/* SPDX-License-Identifier: MIT
 * media: PPM (P6) and PGM (P5), one or two bytes a sample, comments in the header; and frames of them from a descriptor. A frame is read
 * as far as its own header says and no further, so that a picture is given before the next one exists. */
#include "media/internal.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

enum { MAX_HEAD = 4096 };

static bool is_space(int c) { return c == ' ' || c == '\t' || c == '\n' || c == '\v' || c == '\f' || c == '\r'; }

/* The next number of the header: spaces and comments before it are skipped. -1: none there. */
static int64_t head_number(Span *s)
{
    int c = span_u8(s);
    while (!s->bad && (is_space(c) || c == '#')) {
        while (!s->bad && c == '#' && (c = span_u8(s)) != '\n' && c != '\r')
            c = '#';
        c = span_u8(s);
    }
    int64_t v = s->bad || c < '0' || c > '9' ? -1 : 0;
    for (; v >= 0 && c >= '0' && c <= '9'; c = span_u8(s))
        v = v < INT32_MAX ? v * 10 + c - '0' : v; /* so large that the caps refuse it */
    if (v >= 0 && !s->bad)
        s->pos--; /* the byte after the digits is looked at again */
    return v;
}

SpmlCode pnm_head(Span *s, ImageInfo *out, int *maxval, Error *err)
{
    static const char *const other[] = {"P1: bitmap as text", "P2: greys as text", "P3: pixels as text", "P4: bitmap", "", "", "P7: PAM"};
    int64_t at = (int64_t)span_offset(s);
    const uint8_t *magic = span_take(s, 2);
    if (!magic)
        return media_fail(err, SPML_DATA, "file-truncated", at, "ends inside the header");
    if (magic[0] != 'P' || magic[1] < '1' || magic[1] > '7')
        return media_fail(err, SPML_DATA, "image-format", at, "no PPM or PGM picture starts here");
    if (magic[1] != '5' && magic[1] != '6')
        return media_fail(err, SPML_UNSUPPORTED, "image-unsupported", at, "%s is not supported; P5 and P6 are", other[magic[1] - '1']);
    int64_t w = head_number(s), h = head_number(s), max = head_number(s);
    int end = s->bad ? 0 : span_u8(s);
    if (s->bad)
        return media_fail(err, SPML_DATA, "file-truncated", (int64_t)s->origin + (int64_t)s->size, "ends inside the header");
    if (w < 0 || h < 0 || max < 1 || max > 65535 || !is_space(end))
        return media_fail(err, SPML_DATA, "image-format", at, "the header is not 'P%c WIDTH HEIGHT MAXVAL' with MAXVAL 1 .. 65535", magic[1]);
    SpmlCode code = image_check_size((uint64_t)w, (uint64_t)h, at, err);
    *maxval = (int)max;
    out->kind = IMAGE_PNM;
    out->orientation = 1;
    out->w = (int)w;
    out->h = (int)h;
    out->channels = magic[1] == '5' ? 1 : 3;
    out->bits = max > 255 ? 16 : 8;
    return code;
}

static size_t pixel_bytes(const ImageInfo *i) { return (size_t)i->w * (size_t)i->h * (size_t)i->channels * (size_t)(i->bits / 8); }

SpmlCode pnm_info(Span s, ImageInfo *out, Error *err)
{
    int max;
    SpmlCode code = pnm_head(&s, out, &max, err);
    if (!code && span_rest(&s) < pixel_bytes(out))
        return media_fail(err, SPML_DATA, "file-truncated", (int64_t)span_offset(&s), "pixels of %zu bytes, %zu remain", pixel_bytes(out), span_rest(&s));
    return code;
}

void pnm_samples(const uint8_t *p, size_t n, int maxval, uint8_t *out)
{
    uint32_t max = (uint32_t)maxval;
    if (max == 255) {
        memmove(out, p, n);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        uint32_t v = max > 255 ? (uint32_t)p[2 * i] << 8 | p[2 * i + 1] : p[i];
        out[i] = (uint8_t)(((v < max ? v : max) * 255 + max / 2) / max);
    }
}

SpmlCode pnm_decode(Span s, Image *im, Error *err)
{
    ImageInfo info = {0};
    int max = 0;
    SpmlCode code = pnm_head(&s, &info, &max, err);
    const uint8_t *p = code ? NULL : span_take(&s, pixel_bytes(&info));
    if (!code && !p)
        return media_fail(err, SPML_DATA, "file-truncated", (int64_t)span_offset(&s), "ends inside the pixels");
    if (!code)
        pnm_samples(p, (size_t)im->w * (size_t)im->h * (size_t)im->channels, max, im->p);
    return code;
}

struct FrameReader {
    int fd;
    uint64_t sz_max, at;         /* at: bytes of the stream before the current frame */
    size_t n, used;              /* bytes in buf; of them given out */
    uint8_t buf[1 << 16];
};

SpmlCode frames_open(int fd, uint64_t sz_max, FrameReader **out, Error *err)
{
    FrameReader *f = *out = calloc(1, sizeof *f);
    if (!f)
        return error_oom(err);
    f->fd = fd;
    f->sz_max = sz_max;
    return SPML_OK;
}

void frames_close(FrameReader **f)
{
    free(*f);
    *f = NULL;
}

/* Reads what is there, waiting for at least one byte. 0: the end. */
static ssize_t read_some(int fd, void *p, size_t n)
{
    for (;;) {
        ssize_t got = read(fd, p, n);
        if (got >= 0 || (errno != EINTR && errno != EAGAIN))
            return got;
        if (errno == EAGAIN)
            poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, -1);
    }
}

/* More bytes behind those of buf that are not used yet. *end: there are no more. */
static SpmlCode frame_fill(FrameReader *f, bool *end, Error *err)
{
    memmove(f->buf, f->buf + f->used, f->n - f->used);
    f->n -= f->used;
    f->used = 0;
    ssize_t got = read_some(f->fd, f->buf + f->n, sizeof f->buf - f->n);
    if (got < 0)
        return error_set(err, SPML_DATA, "file-unreadable", "cannot be read: %s", strerror(errno));
    f->n += (size_t)got;
    *end = got == 0;
    return SPML_OK;
}

static SpmlCode frame_head(FrameReader *f, ImageInfo *info, int *max, bool *end, Error *err)
{
    for (bool last = false;;) {
        Error e = {0};
        size_t have = f->n - f->used;
        Span s = span_make(f->buf + f->used, have < MAX_HEAD ? have : MAX_HEAD, f->at);
        *info = (ImageInfo){0};
        SpmlCode code = have ? pnm_head(&s, info, max, &e) : SPML_DATA;
        if (!code) {
            f->used += s.pos;
            f->at += s.pos;
            return code;
        }
        if (have && (!s.bad || last || have >= MAX_HEAD))
            return media_fail(err, code, e.key, e.offset, "%s", s.bad && !last ? "the header is longer than 4096 bytes" : e.text);
        if (last) {
            *end = true;
            return SPML_OK;
        }
        code = frame_fill(f, &last, err);
        if (code)
            return code;
    }
}

/* n bytes: first what buf holds, then from the descriptor. */
static SpmlCode frame_body(FrameReader *f, uint8_t *p, size_t n, Error *err)
{
    size_t have = f->n - f->used < n ? f->n - f->used : n;
    memcpy(p, f->buf + f->used, have);
    f->used += have;
    while (have < n) {
        ssize_t got = read_some(f->fd, p + have, n - have);
        if (got < 0)
            return error_set(err, SPML_DATA, "file-unreadable", "cannot be read: %s", strerror(errno));
        if (!got)
            return media_fail(err, SPML_DATA, "file-truncated", (int64_t)f->at, "pixels of %zu bytes, %zu remain", n, have);
        have += (size_t)got;
    }
    f->at += n;
    return SPML_OK;
}

SpmlCode frames_next(FrameReader *f, Image *out, bool *end, Error *err)
{
    ImageInfo info;
    int max = 255;
    *out = (Image){0};
    *end = false;
    SpmlCode code = frame_head(f, &info, &max, end, err);
    if (code || *end)
        return code;
    size_t n = (size_t)info.w * (size_t)info.h * (size_t)info.channels;
    uint8_t *wide = NULL;
    code = media_check_bytes(pixel_bytes(&info) + n, f->sz_max, err);
    if (!code)
        code = image_new(info.w, info.h, info.channels, f->sz_max, out, err);
    if (!code && max > 255 && !(wide = malloc(2 * n)))
        code = error_oom(err);
    if (!code)
        code = frame_body(f, wide ? wide : out->p, pixel_bytes(&info), err);
    if (!code)
        pnm_samples(wide ? wide : out->p, n, max, out->p);
    free(wide);
    if (code)
        image_free(out);
    else
        out->info = info;
    return code;
}
