/* SPDX-License-Identifier: MIT
 * media: writing a picture as baseline JPEG (JFIF, 8 bits, no subsampling of colour), with the example tables of ITU-T T.81 Annex K: its
 * quantisation scaled by quality as the IJG library does, and its luminance Huffman codes for all components. */
#include "media/internal.h"

#include <math.h>

static const uint8_t zigzag[64] = {0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
    35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63};
/* Table K.1 and K.2, row by row. */
static const uint8_t luminance[64] = {16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
    18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99};
static const uint8_t chrominance[64] = {17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99};
/* Tables K.3 and K.5: codes of each length 1 .. 16, then the symbols in order of code. */
static const uint8_t dc_table[16 + 12] = {0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
static const uint8_t ac_table[16 + 162] = {0x00, 0x02, 0x01, 0x03, 0x03, 0x02, 0x04, 0x03, 0x05, 0x05, 0x04, 0x04, 0x00, 0x00, 0x01, 0x7d, 0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41,
    0x06, 0x13, 0x51, 0x61, 0x07, 0x22, 0x71, 0x14, 0x32, 0x81, 0x91, 0xa1, 0x08, 0x23, 0x42, 0xb1, 0xc1, 0x15, 0x52, 0xd1, 0xf0, 0x24, 0x33, 0x62, 0x72, 0x82, 0x09,
    0x0a, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a,
    0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x83, 0x84, 0x85,
    0x86, 0x87, 0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5,
    0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe1, 0xe2, 0xe3, 0xe4,
    0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa};

typedef struct Code { uint16_t bits; uint8_t n; } Code;
typedef struct Encoder {
    Text *out;
    uint32_t acc;             /* bits not written yet, the oldest highest */
    int n_acc;
    Code dc[256], ac[256];    /* by symbol */
    float step[2][64];        /* [luminance, chrominance][row-major frequency] */
    float basis[8][8];        /* [frequency][sample] */
} Encoder;

static void make_codes(const uint8_t *table, Code *codes)
{
    uint32_t code = 0;
    const uint8_t *symbol = table + 16;
    for (int bits = 1; bits <= 16; bits++, code <<= 1)
        for (int i = 0; i < table[bits - 1]; i++)
            codes[*symbol++] = (Code){(uint16_t)code++, (uint8_t)bits};
}

static void put_byte(Text *t, uint32_t v) { text_add(t, (char[1]){(char)v}, 1); }

static void put_be16(Text *t, uint32_t v)
{
    put_byte(t, v >> 8);
    put_byte(t, v);
}

static void put_bits(Encoder *e, uint32_t v, int n)
{
    e->acc = e->acc << n | (v & ((1u << n) - 1));
    for (e->n_acc += n; e->n_acc >= 8; e->n_acc -= 8) {
        uint32_t byte = e->acc >> (e->n_acc - 8) & 0xff;
        put_byte(e->out, byte);
        if (byte == 0xff)
            put_byte(e->out, 0);
    }
}

/* A value as its class (number of bits) with `run` before it, then its bits; negative ones as v − 1. */
static void put_value(Encoder *e, const Code *codes, int run, int v)
{
    int n = 0;
    for (int a = v < 0 ? -v : v; a; a >>= 1)
        n++;
    Code c = codes[run << 4 | n];
    put_bits(e, c.bits, c.n);
    put_bits(e, (uint32_t)(v < 0 ? v - 1 : v), n);
}

static void put_block(Encoder *e, const float f[64] /* samples − 128, row-major */, const float *step, int *last_dc)
{
    float half[64];
    int q[64];
    for (int i = 0; i < 64; i++) { /* rows: half[y, u] */
        half[i] = 0;
        for (int x = 0; x < 8; x++)
            half[i] += f[i / 8 * 8 + x] * e->basis[i % 8][x];
    }
    for (int i = 0; i < 64; i++) {
        int at = zigzag[i];
        float sum = 0;
        for (int y = 0; y < 8; y++)
            sum += half[y * 8 + at % 8] * e->basis[at / 8][y];
        q[i] = (int)rintf(sum / step[at]);
        q[i] = i && q[i] > 1023 ? 1023 : i && q[i] < -1023 ? -1023 : q[i];
    }
    put_value(e, e->dc, 0, q[0] - *last_dc);
    *last_dc = q[0];
    int run = 0;
    for (int i = 1; i < 64; i++) {
        if (!q[i]) {
            run++;
            continue;
        }
        for (; run > 15; run -= 16)
            put_bits(e, e->ac[0xf0].bits, e->ac[0xf0].n);
        put_value(e, e->ac, run, q[i]);
        run = 0;
    }
    if (run)
        put_bits(e, e->ac[0].bits, e->ac[0].n);
}

/* Component c of the 8 × 8 samples at (x0, y0); beyond the border the last row and column go on. */
static void fetch(const Image *im, int x0, int y0, int c, float f[64])
{
    static const float ycc[3][4] = {{0.299f, 0.587f, 0.114f, -128}, {-0.168736f, -0.331264f, 0.5f, 0}, {0.5f, -0.418688f, -0.081312f, 0}};
    for (int i = 0; i < 64; i++) {
        int x = x0 + i % 8 < im->w ? x0 + i % 8 : im->w - 1, y = y0 + i / 8 < im->h ? y0 + i / 8 : im->h - 1;
        const uint8_t *p = im->p + ((size_t)y * (size_t)im->w + (size_t)x) * (size_t)im->channels;
        f[i] = im->channels == 1 ? (float)p[0] - 128 : (float)p[0] * ycc[c][0] + (float)p[1] * ycc[c][1] + (float)p[2] * ycc[c][2] + ycc[c][3];
    }
}

static void put_table(Text *out, int id, const uint8_t *table, size_t n)
{
    put_be16(out, 0xffc4);
    put_be16(out, (uint32_t)n + 3);
    put_byte(out, (uint32_t)id);
    text_add(out, (const char *)table, n);
}

static void put_steps(Encoder *e, int id, const uint8_t *base, int quality)
{
    int scale = quality < 50 ? 5000 / quality : 200 - 2 * quality;
    uint8_t q[64];
    for (int i = 0; i < 64; i++) {
        int v = (base[i] * scale + 50) / 100;
        q[i] = (uint8_t)(v < 1 ? 1 : v > 255 ? 255 : v);
        e->step[id][i] = q[i];
    }
    put_be16(e->out, 0xffdb);
    put_be16(e->out, 67);
    put_byte(e->out, (uint32_t)id);
    for (int i = 0; i < 64; i++)
        put_byte(e->out, q[zigzag[i]]);
}

static void put_headers(Encoder *e, const Image *im, int quality)
{
    uint32_t n = (uint32_t)im->channels;
    text_add(e->out, "\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0", 20); /* start; version 1.1, square pixels, no thumbnail */
    put_steps(e, 0, luminance, quality);
    put_steps(e, 1, chrominance, quality);
    put_be16(e->out, 0xffc0);
    put_be16(e->out, 8 + 3 * n);
    put_byte(e->out, 8);
    put_be16(e->out, (uint32_t)im->h);
    put_be16(e->out, (uint32_t)im->w);
    put_byte(e->out, n);
    for (uint32_t c = 0; c < n; c++) { /* number, sampling 1 × 1, quantisation table */
        put_byte(e->out, c + 1);
        put_byte(e->out, 0x11);
        put_byte(e->out, c > 0);
    }
    put_table(e->out, 0x00, dc_table, sizeof dc_table);
    put_table(e->out, 0x10, ac_table, sizeof ac_table);
    put_be16(e->out, 0xffda);
    put_be16(e->out, 6 + 2 * n);
    put_byte(e->out, n);
    for (uint32_t c = 0; c < n; c++)
        put_be16(e->out, (c + 1) << 8);
    text_add(e->out, "\0\x3f\0", 3);
}

SpmlCode jpeg_encode(const Image *im, int quality, Text *out, Error *err)
{
    Encoder e = {.out = out};
    int last[3] = {0};
    for (int u = 0; u < 8; u++)
        for (int x = 0; x < 8; x++)
            e.basis[u][x] = (float)((u ? 0.5 : sqrt(0.125)) * cos((2 * x + 1) * u * M_PI / 16));
    make_codes(dc_table, e.dc);
    make_codes(ac_table, e.ac);
    put_headers(&e, im, quality <= 0 ? 92 : quality > 100 ? 100 : quality);
    for (int y = 0; y < im->h && !out->oom; y += 8)
        for (int x = 0; x < im->w; x += 8)
            for (int c = 0; c < im->channels; c++) {
                float f[64];
                fetch(im, x, y, c, f);
                put_block(&e, f, e.step[c > 0], &last[c]);
            }
    put_bits(&e, 0x7f, 7); /* the last byte is filled with ones */
    put_be16(out, 0xffd9);
    return out->oom ? error_oom(err) : SPML_OK;
}
