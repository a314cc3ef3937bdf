/* SPDX-License-Identifier: MIT
 * media: RIFF/WAVE files to interleaved f32 and back, and the mean of channels. Chunks are walked in order; a data chunk that says it has
 * no known size (0 or 0xffffffff, as streams are written) goes to the end of the file. */
#include "media/internal.h"

#include <math.h>
#include <stdlib.h>

enum { MAX_CHANNELS = 64, TAG_PCM = 1, TAG_FLOAT = 3, TAG_EXTENSIBLE = 0xfffe };

typedef struct Wav { Span s, data; int tag, channels, rate, bits; bool has_format; } Wav;

bool sound_probe(const void *p, size_t n) { return n >= 12 && !memcmp(p, "RIFF", 4) && !memcmp((const char *)p + 8, "WAVE", 4); }

void sound_free(Sound *s)
{
    free(s->p);
    *s = (Sound){0};
}

static float get_u8(const uint8_t *p) { return ((float)p[0] - 128) / 128; }
static float get_s16(const uint8_t *p) { return (float)(int16_t)(p[0] | p[1] << 8) / 32768; }
static int32_t high_bytes(const uint8_t *p, int n) /* n bytes as the high ones of an int32 */
{
    uint32_t v = 0;
    for (int i = 0; i < n; i++)
        v = v >> 8 | (uint32_t)p[i] << 24;
    return (int32_t)v;
}
static float get_s24(const uint8_t *p) { return (float)high_bytes(p, 3) / 2147483648.0f; }
static float get_s32(const uint8_t *p) { return (float)high_bytes(p, 4) / 2147483648.0f; }
static float get_f32(const uint8_t *p)
{
    float v;
    memcpy(&v, p, 4);
    return v;
}
static float get_f64(const uint8_t *p)
{
    double v;
    memcpy(&v, p, 8);
    return (float)v;
}

static const struct { int tag, bits; float (*get)(const uint8_t *); } encodings[] = {
    {TAG_PCM, 8, get_u8}, {TAG_PCM, 16, get_s16}, {TAG_PCM, 24, get_s24}, {TAG_PCM, 32, get_s32}, {TAG_FLOAT, 32, get_f32}, {TAG_FLOAT, 64, get_f64}};

static SpmlCode bad(Error *err, int64_t at, const char *text) { return media_fail(err, SPML_DATA, "sound-format", at, "%s", text); }

/* The tail every subformat of WAVE_FORMAT_EXTENSIBLE has after its two bytes of tag. */
static const uint8_t guid_tail[14] = {0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71};

static SpmlCode take_format(Wav *w, Span c, int64_t at, Error *err)
{
    uint32_t tag = span_u16(&c), channels = span_u16(&c), rate = span_u32(&c);
    span_u32(&c); /* bytes a second: says nothing that is not known */
    uint32_t align = span_u16(&c), bits = span_u16(&c);
    if (!c.bad && tag == TAG_EXTENSIBLE) {
        span_take(&c, 8); /* size, valid bits, channel mask */
        tag = span_u16(&c);
        const uint8_t *tail = span_take(&c, 14);
        if (tail && memcmp(tail, guid_tail, 14))
            return media_fail(err, SPML_UNSUPPORTED, "sound-unsupported", at, "an unknown subformat of WAVE_FORMAT_EXTENSIBLE");
    }
    if (c.bad)
        return bad(err, at, "the fmt chunk is too short");
    if (!channels || channels > MAX_CHANNELS || !rate || rate > INT32_MAX)
        return media_fail(err, SPML_DATA, "sound-format", at, "%u channels at %u samples a second; 1 .. %d channels are read", channels, rate, MAX_CHANNELS);
    bool known = false;
    for (size_t i = 0; i < sizeof encodings / sizeof *encodings; i++)
        known = known || (encodings[i].tag == (int)tag && encodings[i].bits == (int)bits);
    if (!known)
        return media_fail(err, SPML_UNSUPPORTED, "sound-unsupported", at, "WAV format %u with %u bits; PCM of 8, 16, 24, 32 bits and float of 32, 64 are read", tag, bits);
    if (align != channels * bits / 8)
        return bad(err, at, "the size of a frame is not channels times bits");
    w->tag = (int)tag;
    w->channels = (int)channels;
    w->rate = (int)rate;
    w->bits = (int)bits;
    w->has_format = true;
    return SPML_OK;
}

static SpmlCode take_data(Wav *w, uint32_t n, int64_t at, Error *err)
{
    size_t rest = span_rest(&w->s), frame = (size_t)(w->channels * w->bits / 8);
    bool open = n == UINT32_MAX || (n == 0 && rest);
    if (!w->has_format)
        return bad(err, at, "data before a fmt chunk");
    if (!open && n > rest)
        return media_fail(err, SPML_DATA, "file-truncated", at, "data chunk of %u bytes, %zu remain", n, rest);
    w->data = span_sub(&w->s, open ? rest : n);
    if (w->data.size % frame)
        return media_fail(err, SPML_DATA, open ? "file-truncated" : "sound-format", at, "data of %zu bytes is not whole frames of %zu", w->data.size, frame);
    return SPML_OK;
}

static SpmlCode walk(Wav *w, Error *err)
{
    span_take(&w->s, 12);
    for (;;) {
        int64_t at = (int64_t)span_offset(&w->s);
        const uint8_t *name = span_take(&w->s, 4);
        uint32_t n = span_u32(&w->s);
        if (w->s.bad)
            return media_fail(err, SPML_DATA, "file-truncated", at, "ends without a data chunk");
        if (!memcmp(name, "data", 4))
            return take_data(w, n, at, err);
        uint64_t rest = span_rest(&w->s);
        if (n > rest)
            return media_fail(err, SPML_DATA, "file-truncated", at, "chunk of %u bytes, %llu remain", n, (unsigned long long)rest);
        Span body = span_sub(&w->s, n);
        SpmlCode code = memcmp(name, "fmt ", 4) ? SPML_OK : take_format(w, body, at, err);
        if (code)
            return code;
        if (n & 1 && span_rest(&w->s))
            span_take(&w->s, 1);
    }
}

SpmlCode sound_decode(Span s, uint64_t sz_max, Sound *out, Error *err)
{
    Wav w = {.s = s};
    *out = (Sound){0};
    if (s.bad || !sound_probe(s.base, s.size)) {
        bool rf64 = !s.bad && s.size >= 4 && !memcmp(s.base, "RF64", 4);
        return media_fail(err, rf64 ? SPML_UNSUPPORTED : SPML_DATA, rf64 ? "sound-unsupported" : "sound-format", (int64_t)s.origin,
                          rf64 ? "RF64 is not supported" : "not a WAV file");
    }
    SpmlCode code = walk(&w, err);
    if (code)
        return code;
    size_t width = (size_t)w.bits / 8, n = w.data.size / width;
    code = media_check_bytes((uint64_t)n * sizeof(float), sz_max, err);
    if (code)
        return code;
    float *p = malloc(n ? n * sizeof *p : 1);
    if (!p)
        return error_oom(err);
    for (size_t e = 0; e < sizeof encodings / sizeof *encodings; e++)
        if (encodings[e].tag == w.tag && encodings[e].bits == w.bits)
            for (size_t i = 0; i < n; i++)
                p[i] = encodings[e].get(w.data.base + i * width);
    *out = (Sound){w.rate, w.channels, n / (size_t)w.channels, p, w.bits, w.tag == TAG_FLOAT};
    return SPML_OK;
}

SpmlCode sound_mono(Sound *s, Error *err)
{
    if (s->channels == 1)
        return SPML_OK;
    size_t c = (size_t)s->channels;
    for (uint64_t i = 0; i < s->n; i++) {
        double sum = 0;
        for (size_t j = 0; j < c; j++)
            sum += s->p[i * c + j];
        s->p[i] = (float)(sum / (double)c); /* i ≤ i·c: what is overwritten has been read */
    }
    s->channels = 1;
    return SPML_OK;
}

static void put_le(Text *out, uint32_t v, unsigned bytes)
{
    text_add(out, (char[4]){(char)v, (char)(v >> 8), (char)(v >> 16), (char)(v >> 24)}, bytes);
}

static int16_t to_s16(float v)
{
    double x = (double)v * 32768;
    return (int16_t)(x != x ? 0 : x <= -32768 ? -32768 : x >= 32767 ? 32767 : rint(x));
}

SpmlCode sound_encode(const float *p, uint64_t n, int channels, int rate, DType dtype, Text *out, Error *err)
{
    uint32_t width = dtype == DT_f32 ? 4 : 2, c = (uint32_t)channels;
    if ((dtype != DT_f32 && dtype != DT_i16) || channels < 1 || channels > MAX_CHANNELS || rate < 1)
        return error_set(err, SPML_USAGE, "sound-format", "WAV is written as f32 or i16, 1 .. %d channels", MAX_CHANNELS);
    if (n > (UINT32_MAX - 64) / width / c)
        return error_set(err, SPML_RESOURCE, "sound-too-large", "a WAV file holds less than 4 GiB");
    uint32_t sz = (uint32_t)n * width * c, head = width == 4 ? 50 : 36; /* float has a longer fmt chunk and a fact chunk */
    text_puts(out, "RIFF");
    put_le(out, head + sz + (sz & 1), 4);
    text_puts(out, "WAVEfmt ");
    put_le(out, width == 4 ? 18 : 16, 4);
    put_le(out, width == 4 ? TAG_FLOAT : TAG_PCM, 2);
    put_le(out, c, 2);
    put_le(out, (uint32_t)rate, 4);
    put_le(out, (uint32_t)rate * width * c, 4);
    put_le(out, width * c, 2);
    put_le(out, width * 8, 2);
    if (width == 4) {
        put_le(out, 0, 2);
        text_puts(out, "fact");
        put_le(out, 4, 4);
        put_le(out, (uint32_t)n, 4);
    }
    text_puts(out, "data");
    put_le(out, sz, 4);
    if (width == 4)
        text_add(out, (const char *)p, sz);
    else
        for (uint64_t i = 0; i < n * c; i++)
            put_le(out, (uint16_t)to_s16(p[i]), 2);
    return out->oom ? error_oom(err) : SPML_OK;
}
