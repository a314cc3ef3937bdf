/* SPDX-License-Identifier: MIT
 * tests: pictures and sound: every kind decodes, files written are read back, resizing equals Pillow's, recipes print what they read and
 * give the stated numbers, and hostile bytes (cut anywhere, any byte changed, sizes that lie) end in success or a clean error. */
#include "media/media.h"

#include "media_files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

typedef struct Bytes { const char *name; const void *p; size_t n; int w, h, channels; } Bytes;

/* The generator of scripts/make-resize-golden. */
static Image seeded(int w, int h, int c)
{
    Image im;
    assert_int_equal(image_new(w, h, c, 0, &im, NULL), SPML_OK);
    uint32_t x = (uint32_t)w;
    for (size_t i = 0; i < (size_t)w * (size_t)h * (size_t)c; i++) {
        x = x * 1664525u + 1013904223u;
        im.p[i] = (uint8_t)(x >> 24);
    }
    return im;
}

static size_t image_bytes(const Image *im) { return (size_t)im->w * (size_t)im->h * (size_t)im->channels; }

static void resize_golden(void **state)
{
    static const struct { int w, h, ow, oh, c; Filter f; uint32_t crc; } table[] = {
#include "media_resize.h"
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        Image im = seeded(table[i].w, table[i].h, table[i].c), out;
        assert_int_equal(image_resize(&im, table[i].ow, table[i].oh, table[i].f, &out, NULL), SPML_OK);
        if (crc32(0, out.p, (uInt)image_bytes(&out)) != table[i].crc)
            fail_msg("%dx%d to %dx%d, %d channels, %s: not Pillow's pixels (scripts/make-resize-golden)", table[i].w, table[i].h, table[i].ow, table[i].oh,
                     table[i].c, filter_name(table[i].f));
        image_free(&im);
        image_free(&out);
    }
}

static Text encode(const Image *im, ImageKind k)
{
    Text t = {0};
    assert_int_equal(image_encode(im, k, 0, &t, NULL), SPML_OK);
    return t;
}

/* What is written is read back: exactly, or nearly for JPEG (a ramp, which it keeps well). */
static void round_trip(void **state)
{
    static const int sizes[][2] = {{1, 1}, {3, 2}, {7, 9}, {64, 1}, {33, 70}};
    for (int i = 0; i < 5; i++)
        for (int c = 1; c <= 3; c += 2)
            for (int k = IMAGE_JPEG; k <= IMAGE_PNM; k++) {
                Image im = seeded(sizes[i][0], sizes[i][1], c), back;
                for (size_t j = 0; k == IMAGE_JPEG && j < image_bytes(&im); j++)
                    im.p[j] = (uint8_t)(40 + 2 * (j / (size_t)c % (size_t)im.w));
                Text t = encode(&im, (ImageKind)k);
                Error e = {0};
                if (image_decode(span_make(t.p, t.n, 0), 0, &back, &e))
                    fail_msg("%dx%dx%d %s: %s", im.w, im.h, c, image_kind_name((ImageKind)k), e.text);
                assert_int_equal(back.w, im.w);
                assert_int_equal(back.h, im.h);
                assert_int_equal(back.info.kind, k);
                for (size_t j = 0; j < image_bytes(&im); j++) {
                    size_t at = j / (size_t)c * (size_t)back.channels + (back.channels == c ? j % (size_t)c : 0);
                    assert_true(abs(back.p[at] - im.p[j]) <= (k == IMAGE_JPEG ? 12 : 0));
                }
                image_free(&im);
                image_free(&back);
                text_free(&t);
            }
}

static const Bytes *samples(size_t *n)
{
    static Bytes list[12];
    static Text made[4];
    size_t k = 0;
    list[k++] = (Bytes){"progressive.jpg", jpeg_progressive, sizeof jpeg_progressive, 27, 20, 3};
    list[k++] = (Bytes){"grey.jpg", jpeg_grey_restart, sizeof jpeg_grey_restart, 27, 20, 1};
    list[k++] = (Bytes){"cmyk.jpg", jpeg_cmyk, sizeof jpeg_cmyk, 27, 20, 3};
    list[k++] = (Bytes){"adam7.png", png_adam7, sizeof png_adam7, 13, 11, 3};
    for (int i = 0; i < 4; i++) {
        Image im = seeded(5 + i, 4, i == 1 ? 1 : 3);
        if (!made[i].p)
            made[i] = encode(&im, (ImageKind)(IMAGE_JPEG + i));
        list[k++] = (Bytes){image_kind_name((ImageKind)(IMAGE_JPEG + i)), made[i].p, made[i].n, im.w, im.h, im.channels};
        image_free(&im);
    }
    *n = k;
    return list;
}

static void decodes(void **state)
{
    size_t n;
    const Bytes *list = samples(&n);
    for (size_t i = 0; i < n; i++) {
        Image im;
        Error e = {0};
        if (image_decode(span_make(list[i].p, list[i].n, 0), 0, &im, &e))
            fail_msg("%s: %s", list[i].name, e.text);
        assert_int_equal(im.w, list[i].w);
        assert_int_equal(im.h, list[i].h);
        assert_int_equal(im.channels, list[i].channels);
        image_free(&im);
    }
}

/* Pixel (x, y) of the progressive sample is about (9x, 12y, 5(x+y)); its EXIF says that it lies on its side. */
static void orientation(void **state)
{
    Image im;
    assert_int_equal(image_decode(span_make(jpeg_progressive, sizeof jpeg_progressive, 0), 0, &im, NULL), SPML_OK);
    assert_true(im.info.progressive);
    assert_int_equal(im.info.orientation, 6);
    uint8_t first[3], last[3];
    memcpy(first, im.p, 3);
    memcpy(last, im.p + image_bytes(&im) - 3, 3);
    assert_int_equal(image_orient(&im, NULL), SPML_OK);
    assert_int_equal(im.w, 20);
    assert_int_equal(im.h, 27);
    assert_int_equal(im.info.orientation, 1);
    assert_memory_equal(im.p + 3 * 19, first, 3);          /* a quarter turn clockwise: top left goes to top right */
    assert_memory_equal(im.p + 3 * 26 * 20, last, 3);
    image_free(&im);
    for (int o = 1; o <= 8; o++) { /* two turns the other way give the picture back */
        static const int back[] = {0, 1, 2, 3, 4, 5, 8, 7, 6};
        Image a = seeded(5, 3, 3), b = seeded(5, 3, 3);
        a.info.orientation = o;
        assert_int_equal(image_orient(&a, NULL), SPML_OK);
        assert_int_equal(a.w, o >= 5 ? 3 : 5);
        a.info.orientation = back[o];
        assert_int_equal(image_orient(&a, NULL), SPML_OK);
        assert_memory_equal(a.p, b.p, image_bytes(&b));
        image_free(&a);
        image_free(&b);
    }
}

static void adam7_alpha(void **state)
{
    Image im;
    assert_int_equal(image_decode(span_make(png_adam7, sizeof png_adam7, 0), 0, &im, NULL), SPML_OK);
    static const uint8_t want[][3] = {{0, 0, 0}, {9, 119, 3}, {34, 221, 10}}; /* 17·128/255 = 8.5 to nearest */
    assert_memory_equal(im.p, want, 9);
    image_free(&im);
}

/* ── hostile pictures ── */

/* Decodes an exact copy, so that reading past the end is seen. */
static SpmlCode try_image(const void *p, size_t n, Error *e)
{
    void *copy = malloc(n ? n : 1);
    Image im;
    memcpy(copy, p, n);
    *e = (Error){0};
    SpmlCode code = image_decode(span_make(copy, n, 0), (uint64_t)1 << 30, &im, e);
    assert_true(!code || (e->code == code && e->key[0] && e->text[0] && !im.p));
    assert_true(code == SPML_OK || code == SPML_DATA || code == SPML_UNSUPPORTED || code == SPML_RESOURCE);
    image_free(&im);
    free(copy);
    return code;
}

static void truncated(void **state)
{
    size_t n;
    Error e;
    const Bytes *list = samples(&n);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < list[i].n; k++)
            if (!try_image(list[i].p, k, &e))
                fail_msg("%s cut to %zu of %zu bytes opens", list[i].name, k, list[i].n);
}

static void changed_bytes(void **state)
{
    static const uint8_t values[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
    size_t n;
    Error e;
    const Bytes *list = samples(&n);
    for (size_t i = 0; i < n; i++) {
        uint8_t *copy = malloc(list[i].n);
        memcpy(copy, list[i].p, list[i].n);
        for (size_t k = 0; k < list[i].n; k++)
            for (int v = 0; v < 5; v++) {
                uint8_t was = copy[k];
                copy[k] = values[v];
                try_image(copy, list[i].n, &e);
                copy[k] = was;
            }
        free(copy);
    }
}

static void put_be(Text *t, uint32_t v)
{
    text_add(t, (char[4]){(char)(v >> 24), (char)(v >> 16), (char)(v >> 8), (char)v}, 4);
}

static void put_chunk(Text *t, const char *name, const void *p, size_t n)
{
    put_be(t, (uint32_t)n);
    text_add(t, name, 4);
    text_add(t, p, n);
    put_be(t, (uint32_t)crc32(crc32(0, (const uint8_t *)name, 4), n ? p : (const uint8_t *)"", (uInt)n));
}

static Text make_png(uint32_t w, uint32_t h, int depth, int colour, const void *raw, size_t n)
{
    Text t = {0}, head = {0};
    uLongf sz = compressBound(n);
    uint8_t *z = malloc(sz);
    put_be(&head, w);
    put_be(&head, h);
    text_add(&head, (char[5]){(char)depth, (char)colour, 0, 0, 0}, 5);
    compress(z, &sz, raw, n);
    text_add(&t, "\x89PNG\r\n\x1a\n", 8);
    put_chunk(&t, "IHDR", head.p, head.n);
    put_chunk(&t, "IDAT", z, sz);
    put_chunk(&t, "IEND", "", 0);
    text_free(&head);
    free(z);
    return t;
}

static void expect_image(const void *p, size_t n, SpmlCode code, const char *key, int64_t offset, const char *text)
{
    Error e;
    SpmlCode got = try_image(p, n, &e);
    if (got != code || strcmp(e.key, key) || e.offset != offset || strcmp(e.text, text))
        fail_msg("code %d, key '%s', byte %lld, '%s' instead of %d, '%s', %lld, '%s'", got, e.key, (long long)e.offset, e.text, code, key, (long long)offset, text);
}

static void put_le(Text *t, uint32_t v, int n)
{
    for (int i = 0; i < n; i++)
        text_add(t, &(char){(char)(v >> 8 * i)}, 1);
}

/* Colours that the palette does not have are black, not what lay on the stack. */
static void short_palettes(void **state)
{
    for (int kind = 0; kind < 3; kind++) {
        Text t = {0};
        int head = kind == 1 ? 12 : 40, unit = kind == 1 ? 3 : 4;
        Image im;
        if (kind == 0) {
            uint8_t rows[] = {0, 0, 1, 255}, packed[64];
            uLongf n = sizeof packed;
            assert_int_equal(compress(packed, &n, rows, sizeof rows), Z_OK);
            text_add(&t, "\x89PNG\r\n\x1a\n", 8);
            put_chunk(&t, "IHDR", "\0\0\0\3\0\0\0\1\x08\3\0\0\0", 13);
            put_chunk(&t, "PLTE", "abc", 3);
            put_chunk(&t, "IDAT", packed, n);
            put_chunk(&t, "IEND", "", 0);
        } else { /* one colour, and for the 12-byte header 16 that stb miscounts */
            int colours = kind == 1 ? 16 : 1;
            text_add(&t, "BM\0\0\0\0\0\0\0\0", 10);
            put_le(&t, (uint32_t)(14 + head + unit * colours), 4);
            put_le(&t, (uint32_t)head, 4);
            put_le(&t, 3, unit == 3 ? 2 : 4);
            put_le(&t, 1, unit == 3 ? 2 : 4);
            put_le(&t, 1, 2);
            put_le(&t, 8, 2);
            for (int i = 0; i < (head - (unit == 3 ? 12 : 16)) / 4; i++)
                put_le(&t, 0, 4);
            for (int i = 0; i < colours; i++)
                text_add(&t, i ? "xyz" : "cba", (size_t)3), put_le(&t, 0, unit - 3);
            text_add(&t, kind == 1 ? "\0\17\377\0" : "\0\1\377\0", 4);
        }
        Error e = {0};
        if (image_decode(span_make(t.p, t.n, 0), 0, &im, &e))
            fail_msg("kind %d: %s", kind, e.text);
        assert_memory_equal(im.p, kind == 1 ? "abczyx\0\0\0" : "abc\0\0\0\0\0\0", 9);
        image_free(&im);
        text_free(&t);
    }
}

static void png_reasons(void **state)
{
    static const uint8_t zeros[4096];
    static const struct { uint32_t w, h; int depth, colour; SpmlCode code; const char *key; int64_t offset; const char *text; } table[] = {
        {0, 4, 8, 0, SPML_DATA, "image-format", 8, "a picture of 0x4 has no pixels"},
        {4, 0, 8, 0, SPML_DATA, "image-format", 8, "a picture of 4x0 has no pixels"},
        {16385, 1, 8, 0, SPML_RESOURCE, "image-too-large", 8, "16385x1 is beyond the limit of 16384 pixels a side"},
        {4294967295u, 4294967295u, 8, 0, SPML_RESOURCE, "image-too-large", 8, "4294967295x4294967295 is beyond the limit of 16384 pixels a side"},
        {16384, 16384, 8, 6, SPML_DATA, "file-truncated", -1, "IDAT of 26 bytes cannot hold 16384x16384 pixels"},
        {4, 4, 3, 0, SPML_DATA, "image-format", 8, "colour type 0 with 3 bits is not allowed"},
        {4, 4, 16, 3, SPML_DATA, "image-format", 8, "colour type 3 with 16 bits is not allowed"},
        {4, 4, 8, 7, SPML_DATA, "image-format", 8, "colour type 7 with 8 bits is not allowed"},
        {4, 4, 8, 3, SPML_DATA, "image-format", 33, "IDAT before the palette"},
        {40, 40, 8, 2, SPML_DATA, "image-format", -1, "png: not enough pixels"}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        Text t = make_png(table[i].w, table[i].h, table[i].depth, table[i].colour, zeros, sizeof zeros);
        expect_image(t.p, t.n, table[i].code, table[i].key, table[i].offset, table[i].text);
        text_free(&t);
    }
    Image im = seeded(20, 20, 3);
    Text t = encode(&im, IMAGE_PNG);
    expect_image(t.p, t.n - 200, SPML_DATA, "file-truncated", 33, "IDAT chunk of 1231 bytes, 1047 remain");
    t.p[60]++;
    Error e;
    assert_int_equal(try_image(t.p, t.n, &e), SPML_DATA);
    assert_non_null(strstr(e.text, "checksum"));
    text_free(&t);
    image_free(&im);
    expect_image("", 0, SPML_DATA, "image-format", 0, "the file is empty");
    expect_image("GIF89a", 6, SPML_DATA, "image-format", 0, "not a JPEG, PNG, BMP or PPM picture");
}

static void other_reasons(void **state)
{
    expect_image("P6\n2 2\n255\nabc", 14, SPML_DATA, "file-truncated", 11, "pixels of 12 bytes, 3 remain");
    expect_image("P6\n0 2\n255\n", 11, SPML_DATA, "image-format", 0, "a picture of 0x2 has no pixels");
    expect_image("P3\n1 1\n255\n1 2 3", 16, SPML_UNSUPPORTED, "image-unsupported", 0, "P3: pixels as text is not supported; P5 and P6 are");
    expect_image("P5 99999999999999999999 1 255 ", 30, SPML_RESOURCE, "image-too-large", 0, "9999999999x1 is beyond the limit of 16384 pixels a side");
    expect_image("P5 1 1 0 a", 10, SPML_DATA, "image-format", 0, "the header is not 'P5 WIDTH HEIGHT MAXVAL' with MAXVAL 1 .. 65535");
    expect_image("P5 1", 4, SPML_DATA, "file-truncated", 4, "ends inside the header");
    uint8_t jpeg[sizeof jpeg_grey_restart];
    memcpy(jpeg, jpeg_grey_restart, sizeof jpeg);
    for (size_t i = 0; i + 1 < sizeof jpeg; i++)
        if (jpeg[i] == 0xff && jpeg[i + 1] == 0xc0) {
            jpeg[i + 1] = 0xc9;
            expect_image(jpeg, sizeof jpeg, SPML_UNSUPPORTED, "image-unsupported", (int64_t)i, "arithmetic-coded JPEG is not supported");
            jpeg[i + 1] = 0xc0;
            jpeg[i + 5] = jpeg[i + 7] = 0x40; /* 16384 + 20 high */
            expect_image(jpeg, sizeof jpeg, SPML_RESOURCE, "image-too-large", (int64_t)i, "16411x16404 is beyond the limit of 16384 pixels a side");
            jpeg[i + 5] = jpeg[i + 7] = 0x3f;
            Error e;
            assert_int_equal(try_image(jpeg, sizeof jpeg, &e), SPML_DATA);
            assert_string_equal(e.key, "file-truncated");
            break;
        }
    uint8_t table[sizeof jpeg_grey_restart]; /* 255 codes of each length would run over the decoder's table */
    memcpy(table, jpeg_grey_restart, sizeof table);
    for (size_t i = 0; i + 21 < sizeof table; i++)
        if (table[i] == 0xff && table[i + 1] == 0xc4) {
            memset(table + i + 5, 1, 16);
            table[i + 5] = 3;
            expect_image(table, sizeof table, SPML_DATA, "image-format", (int64_t)i, "a Huffman table that is malformed");
            break;
        }
    Error e = {0};
    Image im, out;
    assert_int_equal(image_decode(span_make(jpeg_progressive, sizeof jpeg_progressive, 0), 1000, &im, &e), SPML_RESOURCE);
    assert_string_equal(e.key, "memory-cap");
    im = seeded(3, 3, 3);
    assert_int_equal(image_resize(&im, 0, 5, FILTER_BOX, &out, NULL), SPML_DATA);
    assert_int_equal(image_resize(&im, 20000, 5, FILTER_BOX, &out, NULL), SPML_RESOURCE);
    image_free(&im);
}

static void sixteen_bits(void **state)
{
    static const uint8_t raw[] = {0, 0x00, 0x80, 0x00, 0x81, 0xff, 0x7f, 0xff, 0xff}; /* filter, then 128, 129, 65407, 65535 */
    Text t = make_png(4, 1, 16, 0, raw, sizeof raw);
    Image im;
    assert_int_equal(image_decode(span_make(t.p, t.n, 0), 0, &im, NULL), SPML_OK);
    assert_memory_equal(im.p, ((uint8_t[]){0, 1, 255, 255}), 4);
    assert_int_equal(im.info.bits, 16);
    image_free(&im);
    text_free(&t);
    assert_int_equal(image_decode(span_make("P5 3 1 1000\n\x00\x02\x01\xf4\x03\xe8", 18, 0), 0, &im, NULL), SPML_OK);
    assert_memory_equal(im.p, ((uint8_t[]){1, 128, 255}), 3);
    image_free(&im);
}

static void frames(void **state)
{
    static const char stream[] = "P6\n2 1\n255\nabcdefP5 # grey\n1 1\n255\nx\nP6 1 1 255 ab";
    int fd[2];
    bool end;
    Image im;
    FrameReader *f;
    Error e = {0};
    assert_int_equal(pipe(fd), 0);
    assert_int_equal(write(fd[1], stream, 16), 16); /* a frame is given before its end has anything after it */
    assert_int_equal(frames_open(fd[0], 0, &f, &e), SPML_OK);
    assert_int_equal(write(fd[1], stream + 16, 1), 1);
    assert_int_equal(frames_next(f, &im, &end, &e), SPML_OK);
    assert_false(end);
    assert_memory_equal(im.p, "abcdef", 6);
    image_free(&im);
    assert_int_equal(write(fd[1], stream + 17, 19), 19);
    assert_int_equal(frames_next(f, &im, &end, &e), SPML_OK);
    assert_int_equal(im.channels, 1);
    assert_int_equal(im.p[0], 'x');
    image_free(&im);
    close(fd[1]);
    assert_int_equal(frames_next(f, &im, &end, &e), SPML_OK);
    assert_true(end);
    frames_close(&f);
    close(fd[0]);
}

static void frames_cut(void **state)
{
    static const struct { const char *p; const char *text; } table[] = {
        {"P6 1 1 255 ab", "pixels of 3 bytes, 2 remain"}, {"P6 1 1", "ends inside the header"}, {"hello", "no PPM or PGM picture starts here"}};
    for (int i = 0; i < 3; i++) {
        int fd[2];
        bool end;
        Image im;
        FrameReader *f;
        Error e = {0};
        assert_int_equal(pipe(fd), 0);
        assert_int_equal(write(fd[1], table[i].p, strlen(table[i].p)), strlen(table[i].p));
        close(fd[1]);
        assert_int_equal(frames_open(fd[0], 0, &f, &e), SPML_OK);
        assert_int_equal(frames_next(f, &im, &end, &e), SPML_DATA);
        assert_string_equal(e.text, table[i].text);
        frames_close(&f);
        close(fd[0]);
    }
}

/* ── recipes ── */

static void expect_print(const char *text, const char *want)
{
    Recipe r, again;
    Error e = {0};
    Text t = {0}, u = {0};
    if (recipe_parse(text, &r, &e))
        fail_msg("'%s': %s", text, e.text);
    recipe_print(&r, ", ", &t);
    assert_string_equal(t.p, want);
    assert_int_equal(recipe_parse(t.p, &again, &e), SPML_OK);
    recipe_print(&again, ", ", &u);
    assert_string_equal(u.p, t.p);
    text_free(&t);
    text_free(&u);
}

static void recipe_words(void **state)
{
    static const char *const bad[] = {"resize 3", "resize 0x4", "resize 2x3 cubic", "x", "x 0", "x 1/0", "x 1e99", "mean 1,2", "mean 1,2,3,4", "std 0", "letterbox 4x4 256",
        "mean", "turn", "x 1; resize 4x4", "resize 3/0 short", "rgb bgr", "x 1/2/3", "resize 99999x1", "x nan", "mean 1,"};
    expect_print("rgb; resize 256 short bilinear; centre-crop 224x224; x 1/255; mean 0.485,0.456,0.406; std 0.229, 0.224, 0.225; nchw",
                 "rgb, resize 256 short bilinear antialiased, centre-crop 224x224, x 1/255, mean 0.485,0.456,0.406, std 0.229,0.224,0.225, nchw");
    expect_print("gray;;orient ;  letterbox 640x320;x 1/127.5 - 1;nhwc", "grey, orient, letterbox 640x320 bilinear antialiased 114, x 1/127.5 - 1, nhwc");
    expect_print("resize 8/7 short lanczos antialiased, center-crop, x 2 + 0.5, mean -1", "resize 8/7 short lanczos antialiased, centre-crop, x 2 + 0.5, mean -1");
    expect_print("resize 4x5 nearest; letterbox nearest 0", "resize 4x5 nearest, letterbox nearest 0");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        Recipe r;
        Error e = {0};
        if (recipe_parse(bad[i], &r, &e) != SPML_USAGE || strcmp(e.key, "recipe"))
            fail_msg("'%s' is taken", bad[i]);
    }
}

/* Runs a recipe or preset on a seeded picture; the tensor is the caller's. */
static MediaTensor run_recipe(const char *text, int w, int h, int c, DType t, int rank, const int64_t *dims, const char *want_note)
{
    Recipe r, fitted;
    MediaTensor out;
    Error e = {0};
    Text note = {0};
    Image im = seeded(w, h, c);
    if ((!recipe_preset(text, &r) && recipe_parse(text, &r, &e)) || recipe_fit(&r, t, rank, dims, &fitted, &e) ||
        recipe_run(&fitted, &im, t, rank, "x", 0, &out, &note, &e))
        fail_msg("'%s': %s", text, e.text);
    assert_string_equal(note.p, want_note);
    text_free(&note);
    image_free(&im);
    return out;
}

static void recipe_numbers(void **state)
{
    Image im = seeded(4, 3, 3);
    MediaTensor t = run_recipe("imagenet", 4, 3, 3, DT_f32, 4, (int64_t[]){-1, 3, -1, -1},
        "4x3 rgb; resize 341x256 bilinear antialiased; centre-crop 224x224; x 1/255; mean 0.485,0.456,0.406; std 0.229,0.224,0.225; x f32[1,3,224,224] rgb");
    media_tensor_free(&t);
    t = run_recipe("bgr; x 1/255; mean 0.1,0.2,0.3; std 0.5", 4, 3, 3, DT_f32, 4, (int64_t[]){1, 3, 3, 4},
        "4x3 rgb; x 1/255; mean 0.1,0.2,0.3; std 0.5; x f32[1,3,3,4] bgr");
    for (int i = 0; i < 12; i++)
        for (int c = 0; c < 3; c++) {
            float v = (float)im.p[3 * i + 2 - c] / 255.0f;
            v = (v - (const float[]){0.1f, 0.2f, 0.3f}[c]) / 0.5f;
            assert_memory_equal((float *)t.p + c * 12 + i, &v, 4);
        }
    media_tensor_free(&t);
    t = run_recipe("signed", 4, 3, 3, DT_f16, 3, (int64_t[]){-1, -1, 3}, "4x3 rgb; x 1/127.5 - 1; x f16[3,4,3] rgb");
    for (int i = 0; i < 36; i++)
        assert_int_equal(((uint16_t *)t.p)[i], f32_to_f16((float)im.p[i] / 127.5f - 1));
    media_tensor_free(&t);
    t = run_recipe("pixels", 4, 3, 3, DT_u8, 2, (int64_t[]){3, 4}, "4x3 rgb; grey; x 1; x u8[3,4] grey");
    for (int i = 0; i < 12; i++)
        assert_int_equal(((uint8_t *)t.p)[i], (im.p[3 * i] * 19595 + im.p[3 * i + 1] * 38470 + im.p[3 * i + 2] * 7471 + 32768) >> 16);
    media_tensor_free(&t);
    t = run_recipe("letterbox 8x8 7", 4, 3, 1, DT_f32, 4, (int64_t[]){1, 3, 8, 8}, "4x3 grey; rgb; letterbox 8x8 bilinear antialiased 7; x f32[1,3,8,8] rgb");
    assert_true(((float *)t.p)[0] == 7 && ((float *)t.p)[63] == 7 && ((float *)t.p)[8] != 7);
    media_tensor_free(&t);
    image_free(&im);
}

static void recipe_shapes(void **state)
{
    static const struct { const char *recipe; int rank; int64_t dims[4]; const char *text; } table[] = {
        {"pixels", 4, {1, 4, 8, 8}, "f32[1,4,8,8] has no axis of 1 or 3 channels where a picture has it"},
        {"pixels", 1, {8}, "f32[8] has no axis of 1 or 3 channels where a picture has it"},
        {"grey", 4, {1, 3, 8, 8}, "f32[1,3,8,8] has three channels, the recipe makes one"},
        {"rgb", 4, {1, 8, 8, 1}, "f32[1,8,8,1] has one channel, the recipe makes three"},
        {"resize 9x8", 4, {1, 3, 8, 8}, "the recipe makes 9x8, the tensor wants 8x8"},
        {"resize 9 short", 4, {1, 3, 8, 8}, "the recipe leaves the picture's size open, the tensor wants 8x8"},
        {"pixels", 4, {1, 3, 0, 8}, "f32[1,3,0,8] has a size no picture has"},
        {"pixels", 4, {1, 3, 99999, 8}, "f32[1,3,99999,8] has a size no picture has"}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        Recipe r, out;
        Error e = {0};
        assert_true(recipe_preset(table[i].recipe, &r) || !recipe_parse(table[i].recipe, &r, &e));
        assert_int_equal(recipe_fit(&r, DT_f32, table[i].rank, table[i].dims, &out, &e), SPML_DATA);
        assert_string_equal(e.key, "image-shape");
        assert_string_equal(e.text, table[i].text);
    }
}

/* A picture through a recipe and back is itself, whatever the recipe's arithmetic. */
static void inverted(void **state)
{
    static const char *const recipes[] = {"x 1", "x 1/255", "x 1/127.5 - 1", "bgr; x 1/255; mean 0.485,0.456,0.406; std 0.229,0.224,0.225; nhwc", "mean 128; std 2; x 3 + 1"};
    static const char *const notes[] = {"y f32[1,3,6,5] rgb; clamp 0..255; 5x6", "y f32[1,3,6,5] rgb; x 255; clamp 0..255; 5x6",
        "y f32[1,3,6,5] rgb; + 1; x 127.5; clamp 0..255; 5x6", "y f32[1,6,5,3] bgr; x 0.229,0.224,0.225; + 0.485,0.456,0.406; x 255; clamp 0..255; 5x6",
        "y f32[1,3,6,5] rgb; - 1; x 1/3; x 2; + 128; clamp 0..255; 5x6"};
    for (int i = 0; i < 5; i++) {
        Recipe r, f;
        MediaTensor t;
        Image im = seeded(5, 6, 3), out;
        Text note = {0};
        assert_int_equal(recipe_parse(recipes[i], &r, NULL), SPML_OK);
        assert_int_equal(recipe_fit(&r, DT_f32, 4, (int64_t[]){1, i == 3 ? 6 : 3, i == 3 ? 5 : 6, i == 3 ? 3 : 5}, &f, NULL), SPML_OK);
        assert_int_equal(recipe_run(&f, &im, DT_f32, 4, NULL, 0, &t, NULL, NULL), SPML_OK);
        assert_int_equal(recipe_invert(&f, &t, "y", &out, &note, NULL), SPML_OK);
        assert_memory_equal(out.p, im.p, 90);
        assert_string_equal(note.p, notes[i]);
        text_free(&note);
        image_free(&im);
        image_free(&out);
        media_tensor_free(&t);
    }
}

static void clamped(void **state)
{
    float v[] = {-3, 0.5f, 1.5f, NAN, 254.6f, INFINITY, -INFINITY, 300, 2.5f};
    MediaTensor t = {DT_f32, 2, {3, 3}, v, sizeof v};
    Image out;
    assert_int_equal(recipe_invert(NULL, &t, NULL, &out, NULL, NULL), SPML_OK);
    assert_memory_equal(out.p, ((uint8_t[]){0, 0, 2, 0, 255, 255, 0, 255, 2}), 9);
    image_free(&out);
    float u[] = {0, 1, 0.5f};
    t = (MediaTensor){DT_f32, 3, {3, 1, 1}, u, sizeof u};
    assert_int_equal(recipe_invert(NULL, &t, NULL, &out, NULL, NULL), SPML_OK);
    assert_memory_equal(out.p, ((uint8_t[]){0, 255, 128}), 3);
    image_free(&out);
    t = (MediaTensor){DT_f32, 4, {2, 3, 1, 1}, u, sizeof u};
    assert_int_equal(recipe_invert(NULL, &t, NULL, &out, NULL, NULL), SPML_DATA);
}

/* ── sound ── */

static Text make_wav(int tag, int bits, int channels, const void *p, size_t n)
{
    Text t = {0};
    uint16_t align = (uint16_t)(channels * bits / 8), h[] = {(uint16_t)tag, (uint16_t)channels};
    uint32_t rate = 8000, bytes = rate * align, sz = (uint32_t)n, head = 16;
    text_add(&t, "RIFF\0\0\0\0WAVEJUNK\1\0\0\0x\0fmt ", 26);
    text_add(&t, (char *)&head, 4);
    text_add(&t, (char *)h, 4);
    text_add(&t, (char *)&rate, 4);
    text_add(&t, (char *)&bytes, 4);
    text_add(&t, (char *)&align, 2);
    text_add(&t, (char *)&(uint16_t){(uint16_t)bits}, 2);
    text_puts(&t, "data");
    text_add(&t, (char *)&sz, 4);
    text_add(&t, p, n);
    return t;
}

static SpmlCode try_sound(const void *p, size_t n, Sound *s, Error *e)
{
    void *copy = malloc(n ? n : 1);
    memcpy(copy, p, n);
    *e = (Error){0};
    SpmlCode code = sound_decode(span_make(copy, n, 0), 0, s, e);
    assert_true(!code || (e->code == code && e->key[0] && e->text[0] && !s->p));
    free(copy);
    return code;
}

static void wav_kinds(void **state)
{
    static const struct { int tag, bits; uint8_t p[16]; float want[2]; } table[] = {
        {1, 8, {0, 255}, {-1, 127.0f / 128}},
        {1, 16, {0, 0x80, 0xff, 0x7f}, {-1, 32767.0f / 32768}},
        {1, 24, {0, 0, 0x80, 0xff, 0xff, 0x7f}, {-1, 8388607.0f / 8388608}},
        {1, 32, {0, 0, 0, 0x80, 0, 0, 0, 0x40}, {-1, 0.5f}},
        {3, 32, {0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0}, {1, -2}},
        {3, 64, {0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0}, {1, -2}}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        for (int ch = 1; ch <= 2; ch++) {
            Text t = make_wav(table[i].tag, table[i].bits, ch, table[i].p, (size_t)table[i].bits / 4);
            Sound s;
            Error e;
            if (try_sound(t.p, t.n, &s, &e))
                fail_msg("tag %d, %d bits: %s", table[i].tag, table[i].bits, e.text);
            assert_int_equal(s.n, 2 / ch);
            assert_memory_equal(s.p, table[i].want, 8);
            assert_int_equal(sound_mono(&s, &e), SPML_OK);
            assert_true(ch == 1 || s.p[0] == (table[i].want[0] + table[i].want[1]) / 2);
            sound_free(&s);
            for (size_t k = 0; k < t.n; k++)
                assert_int_equal(try_sound(t.p, k, &s, &e), SPML_DATA);
            text_free(&t);
        }
}

static void wav_changed(void **state)
{
    static const uint8_t values[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
    Text t = make_wav(1, 16, 2, "abcdefgh", 8);
    Sound s;
    Error e;
    for (size_t k = 0; k < t.n; k++)
        for (int v = 0; v < 5; v++) {
            char was = t.p[k];
            t.p[k] = (char)values[v];
            try_sound(t.p, t.n, &s, &e);
            sound_free(&s);
            t.p[k] = was;
        }
    text_free(&t);
}

static void wav_round_trip(void **state)
{
    float v[] = {0, 0.25f, -1, 1, 2, NAN};
    Text t = {0}, u = {0};
    Sound s;
    Error e;
    assert_int_equal(sound_encode(v, 5, 1, 16000, DT_f32, &t, NULL), SPML_OK);
    assert_int_equal(try_sound(t.p, t.n, &s, &e), SPML_OK);
    assert_memory_equal(s.p, v, 20);
    assert_true(s.is_float && s.rate == 16000 && s.n == 5);
    sound_free(&s);
    assert_int_equal(sound_encode(v, 3, 2, 16000, DT_i16, &u, NULL), SPML_OK);
    assert_int_equal(try_sound(u.p, u.n, &s, &e), SPML_OK);
    float want[] = {0, 0.25f, -1, 32767.0f / 32768, 32767.0f / 32768, 0};
    assert_memory_equal(s.p, want, 24);
    sound_free(&s);
    text_free(&t);
    text_free(&u);
}

/* A tone keeps its amplitude and phase; one above the new Nyquist frequency goes away; an empty sound stays empty. */
static void resampled(void **state)
{
    static const int rates[][2] = {{44100, 16000}, {8000, 16000}, {16000, 8000}, {48000, 44100}, {7, 5}};
    for (int i = 0; i < 5; i++)
        for (int high = 0; high < 2; high++) {
            int from = rates[i][0], to = rates[i][1], n = 4000;
            Sound s = {from, 1, (uint64_t)n, malloc((size_t)n * 4), 16, false};
            double f = high ? 0.49 * from : 0.1 * (from < to ? from : to);
            for (int j = 0; j < n; j++)
                s.p[j] = (float)sin(2 * M_PI * f * j / from);
            assert_int_equal(sound_resample(&s, to, NULL), SPML_OK);
            assert_int_equal(s.n, ((int64_t)n * to + from - 1) / from);
            for (uint64_t j = s.n / 4; j < s.n * 3 / 4; j++) {
                double want = high ? 0 : sin(2 * M_PI * f * (double)j / to);
                if (!(high && (to > from || to > 0.8 * from)))
                    assert_true(fabs(s.p[j] - want) < 2e-4);
            }
            sound_free(&s);
        }
    Sound none = {8000, 2, 0, malloc(1), 16, false};
    assert_int_equal(sound_resample(&none, 11025, NULL), SPML_OK);
    assert_int_equal(none.n, 0);
    sound_free(&none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resize_golden), cmocka_unit_test(round_trip), cmocka_unit_test(decodes), cmocka_unit_test(orientation),
        cmocka_unit_test(adam7_alpha), cmocka_unit_test(truncated), cmocka_unit_test(changed_bytes), cmocka_unit_test(short_palettes), cmocka_unit_test(png_reasons),
        cmocka_unit_test(other_reasons), cmocka_unit_test(sixteen_bits), cmocka_unit_test(frames), cmocka_unit_test(frames_cut),
        cmocka_unit_test(recipe_words), cmocka_unit_test(recipe_numbers), cmocka_unit_test(recipe_shapes), cmocka_unit_test(inverted),
        cmocka_unit_test(clamped), cmocka_unit_test(wav_kinds), cmocka_unit_test(wav_changed), cmocka_unit_test(wav_round_trip),
        cmocka_unit_test(resampled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
