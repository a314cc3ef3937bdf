/* SPDX-License-Identifier: MIT
 * tests/fuzz: pictures. What decodes is resized, run through a recipe and back, written as PNG and read again, which must give the same pixels.
 * The mutator mends the checksums of PNG chunks, so that changes reach what is behind them. */
#include "media.h"

#include <zlib.h>

static uint32_t get_be(const uint8_t *p) { return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]; }

static void mend_png(uint8_t *p, size_t n)
{
    for (size_t at = 8; n - at >= 12 && at < n;) {
        uint32_t size = get_be(p + at);
        if (size > n - at - 12)
            return;
        uint32_t crc = (uint32_t)crc32(0, p + at + 4, size + 4);
        for (int i = 0; i < 4; i++)
            p[at + 8 + size + (size_t)i] = (uint8_t)(crc >> (24 - 8 * i));
        at += 12 + size;
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t cap, unsigned seed)
{
    uint32_t rng = seed | 1;
    n = LLVMFuzzerMutate(data, n, cap);
    if (n > 8 && image_probe(data, n) == IMAGE_PNG && fuzz_next(&rng) % 8)
        mend_png(data, n);
    return n;
}

static void check_png(const Image *im)
{
    Text t = {0};
    Image back;
    Error err = {0};
    if (image_encode(im, IMAGE_PNG, 0, &t, &err) || image_decode(span_make(t.p, t.n, 0), 0, &back, &err) || back.channels != im->channels ||
        memcmp(back.p, im->p, (size_t)im->w * (size_t)im->h * (size_t)im->channels))
        abort();
    image_free(&back);
    text_free(&t);
}

static void use(Image *im)
{
    static const Recipe recipe = {.n = 3, .step = {{.kind = STEP_COLOUR, .colour = COLOUR_BGR}, {.kind = STEP_LETTERBOX, .w = 9, .h = 7, .filter = FILTER_BICUBIC, .pad = 3},
                                                   {.kind = STEP_LAYOUT, .layout = PIXELS_NHWC}}};
    Error err = {0};
    MediaTensor t;
    Image out;
    if (im->w > 512 || im->h > 512)
        return;
    check_png(im);
    if (image_orient(im, &err) || recipe_run(&recipe, im, DT_f32, 4, "x", 0, &t, NULL, &err) || recipe_invert(&recipe, &t, "x", &out, NULL, &err))
        abort();
    image_free(&out);
    media_tensor_free(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    Error err = {0};
    Image im;
    ImageInfo info;
    if (!image_info(span_make(data, n, 0), &info, NULL) && (uint64_t)info.w * (uint64_t)info.h > 1 << 20)
        return 0; /* slow, and no different */
    SpmlCode code = image_decode(span_make(data, n, 0), FUZZ_MEMORY, &im, &err);
    fuzz_check(code, &err);
    if (!code)
        use(&im);
    image_free(&im);
    return 0;
}
