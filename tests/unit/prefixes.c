/* SPDX-License-Identifier: MIT
 * tests: every prefix of at least three seeds for each reader of tensors, pictures, sound and graphs as text ends in success or a clean error; of kinds
 * that say how long they are, no shorter one opens. Seeds are those of the fuzzers. ONNX, GGUF and SafeTensors have the same sweep in their own tests. */
#include "formats/tensor/tensor.h"
#include "media/media.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

SpmlCode graph_infer(Graph *g, Error *err); /* ops/ops.h has a Step of its own, like media.h */

static SpmlCode read_image(Span s, const ValueWant *want, const char *kind, Error *e)
{
    Image im;
    SpmlCode code = image_decode(s, (uint64_t)1 << 30, &im, e);
    image_free(&im);
    return code;
}

static SpmlCode read_wav(Span s, const ValueWant *want, const char *kind, Error *e)
{
    Sound snd;
    SpmlCode code = sound_decode(s, (uint64_t)1 << 30, &snd, e);
    sound_free(&snd);
    return code;
}

static SpmlCode read_tensor(Span s, const ValueWant *want, const char *kind, Error *e)
{
    ValueList l = {0};
    File *f;
    SpmlCode code = file_memory("seed", s.base, s.size, &f, e);
    if (!code)
        code = tensor_kind_find(kind, strlen(kind))->read(f, want, &l, e);
    values_clear(&l);
    file_close(&f);
    return code;
}

static SpmlCode read_ir(Span s, const ValueWant *want, const char *kind, Error *e)
{
    Arena a = {0};
    Graph *g;
    SpmlCode code = graph_parse((const char *)s.base, s.size, &a, &g, e);
    if (!code)
        code = graph_verify(g, e);
    if (!code)
        code = graph_infer(g, e);
    arena_free(&a);
    return code;
}

/* skip: bytes in front that are the fuzzer's. tail: bytes at the end that may be missing; -1: any. */
typedef struct Row { SpmlCode (*read)(Span, const ValueWant *, const char *kind, Error *); const char *folder, *kind; int skip, tail; const char *seeds[6]; DType dtype; TypeKind type; int rank; } Row;
static const Row rows[] = {
    {read_image, "image", "png", 0, 0, {"adam7.png", "i16.png", "rgba.png"}},
    {read_image, "image", "jpeg", 0, 0, {"base.jpg", "cmyk.jpg", "grey_restart.jpg", "progressive.jpg"}},
    {read_image, "image", "bmp", 0, 0, {"one.bmp", "pal.bmp", "rgb.bmp", "rgba.bmp"}},
    {read_image, "image", "ppm", 0, 0, {"l.pgm", "rgb.ppm", "wide.ppm"}},
    {read_wav, "wav", "wav", 0, 0, {"ext24.wav", "f64.wav", "s16.wav", "u8.wav"}},
    {read_tensor, "tensor", "npy", 1, 0, {"plain.npy", "words.npy", "fortran.npy"}},
    {read_tensor, "tensor", "npz", 1, 0, {"plain.npz", "packed.npz", "empty.npz"}},
    {read_tensor, "tensor", "pb", 1, -1, {"plain.pb", "words.pb"}, .type = TYPE_TENSOR},
    {read_tensor, "tensor", "pb", 1, -1, {"list.seq.pb"}, .type = TYPE_SEQUENCE},
    {read_tensor, "tensor", "pb", 1, -1, {"pairs.map.pb"}, .type = TYPE_MAP},
    {read_tensor, "tensor", "pb", 1, -1, {"maybe.opt.pb"}, .type = TYPE_OPTIONAL},
    {read_tensor, "tensor", "raw", 1, 0, {"plain.raw"}, DT_f32, TYPE_TENSOR, 1},
    {read_tensor, "tensor", "csv", 1, -1, {"plain.csv", "tabs.csv"}, DT_f32},
    {read_tensor, "tensor", "csv", 1, -1, {"bytes.i8.csv"}, DT_i8},
    {read_tensor, "tensor", "json", 1, 0, {"plain.json"}, DT_f32},
    {read_tensor, "tensor", "json", 1, 0, {"flags.json"}, DT_bool},
    {read_tensor, "tensor", "json", 1, 0, {"words.string.json"}, DT_string},
    {read_tensor, "tensor", "txt", 1, -1, {"plain.txt", "special.txt"}, DT_f32},
    {read_tensor, "tensor", "txt", 1, -1, {"words.txt"}, DT_string},
    {read_ir, "ir", "ir", 0, 1, {"region.ir", "net.ir", "gate.ir", "odd.ir", "shade.ir", "outputs.ir"}},
};

static void sweep(const Row *r, const char *seed)
{
    char path[1024];
    File *f;
    snprintf(path, sizeof path, "%s/tests/fuzz/corpus/%s/%s", SPML_SOURCE, r->folder, seed);
    assert_int_equal(file_open(path, 0, &f, NULL), SPML_OK);
    const uint8_t *p = file_span(f).base + r->skip;
    size_t n = (size_t)file_size(f) - (size_t)r->skip;
    ValueWant want = {.kind = r->type, .dtype = r->dtype, .rank = r->rank ? r->rank : -1, .dim = {(int64_t)n / 4}};
    for (size_t k = 0; k <= n; k++) {
        uint8_t *copy = malloc(k ? k : 1); /* exactly as long, so that reading past the end is seen */
        Error e = {0};
        memcpy(copy, p, k);
        SpmlCode code = r->read(span_make(copy, k, 0), &want, r->kind, &e);
        free(copy);
        bool listed = code == SPML_OK || code == SPML_DATA || code == SPML_UNSUPPORTED;
        if (!listed || (code && (e.code != code || !e.key[0] || !e.text[0])))
            fail_msg("%s cut to %zu of %zu bytes: code %d [%s] %s", seed, k, n, code, e.key, e.text);
        if (!code && r->tail >= 0 && k + (size_t)r->tail < n)
            fail_msg("%s cut to %zu of %zu bytes opens", seed, k, n);
        if (code && k == n && strcmp(seed, "region.ir") && strcmp(seed, "outputs.ir")) /* these parse only */
            fail_msg("%s: %s", seed, e.text);
    }
    file_close(&f);
}

static void prefixes(void **state)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t s = 0; s < 6 && rows[i].seeds[s]; s++)
            sweep(&rows[i], rows[i].seeds[s]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(prefixes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
