/* SPDX-License-Identifier: MIT
 * tests: the GGUF reader on files made byte by byte: metadata of all types, tensor rules, splits, summary lines, prefix sweeps, a sparse giant. */
#include "pbwrite.h"
#include "readers.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

extern const Format format_gguf;

static void put(Text *t, uint64_t v, size_t n) { text_add(t, (const char *)&v, n); }
static void put_text(Text *t, const char *s) { put(t, strlen(s), 8), text_puts(t, s); }
static void key(Text *t, const char *name, unsigned type) { put_text(t, name), put(t, type, 4); }
static void kv_u32(Text *t, const char *name, uint32_t v) { key(t, name, 4), put(t, v, 4); }
static void kv_str(Text *t, const char *name, const char *v) { key(t, name, 8), put_text(t, v); }
static void header(Text *t, unsigned version, uint64_t n_tensors, uint64_t n_kv) { text_puts(t, "GGUF"), put(t, version, 4), put(t, n_tensors, 8), put(t, n_kv, 8); }

static void tensor(Text *t, const char *name, int rank, const uint64_t *ne /* innermost first */, unsigned type, uint64_t offset)
{
    put_text(t, name);
    put(t, (uint64_t)rank, 4);
    for (int i = 0; i < rank; i++)
        put(t, ne[i], 8);
    put(t, type, 4);
    put(t, offset, 8);
}

static void pad(Text *t, size_t align)
{
    while (t->n % align)
        put(t, 0, 1);
}

static void tokens(Text *t, unsigned n)
{
    key(t, "tokenizer.ggml.tokens", 9), put(t, 8, 4), put(t, n, 8);
    for (unsigned i = 0; i < n; i++)
        put_text(t, "tok");
}

/* A small "llama": 13 keys, two tensors. */
static Text sample(unsigned version)
{
    Text t = {0};
    header(&t, version, 2, 13);
    kv_str(&t, "general.architecture", "llama");
    kv_u32(&t, "llama.block_count", 4);
    kv_u32(&t, "llama.embedding_length", 128);
    key(&t, "llama.attention.head_count", 9), put(&t, 4, 4), put(&t, 2, 8), put(&t, 4, 4), put(&t, 8, 4); /* per layer */
    kv_u32(&t, "llama.attention.head_count_kv", 4);
    key(&t, "llama.context_length", 10), put(&t, 256, 8);
    key(&t, "llama.rope.freq_base", 6), text_add(&t, (const char *)&(float){10000}, 4);
    kv_str(&t, "tokenizer.ggml.model", "llama");
    tokens(&t, 3);
    key(&t, "tokenizer.ggml.scores", 9), put(&t, 6, 4), put(&t, 3, 8), put(&t, 0, 8), put(&t, 0, 4);
    kv_u32(&t, "tokenizer.ggml.bos_token_id", 1);
    kv_u32(&t, "tokenizer.ggml.eos_token_id", 2);
    key(&t, "odd", 9), put(&t, 9, 4), put(&t, 1, 8), put(&t, 7, 4), put(&t, 2, 8), put(&t, 0x0100, 2); /* an array of an array of bool */
    tensor(&t, "a", 2, (uint64_t[]){32, 2}, 2, 0);
    tensor(&t, "b", 1, (uint64_t[]){3}, 0, 64);
    pad(&t, 32);
    for (int i = 0; i < 64 + 12; i++)
        put(&t, (uint64_t)i, 1);
    return t;
}

static void summary(void **state)
{
    for (unsigned version = 2; version <= 3; version++) {
        Text t = sample(version);
        Opened o;
        read_bytes(&o, &format_gguf, NULL, "s.gguf", t.p, t.n);
        if (o.code)
            fail_msg("%s", o.err.text);
        assert_string_equal(o.c->arch_line, "llama: 4 layers, width 128, 4..8 heads (4 kv), context 256, rope 10000");
        assert_string_equal(o.c->vocab_line, "3 tokens, sentencepiece, bos 1, eos 2");
        assert_string_equal(o.c->task_line, "generate: spml run s.gguf -p TEXT");
        assert_string_equal(o.c->version, version == 2 ? "2" : "3");
        assert_true(o.c->n_tensors == 2 && o.c->n_meta == 13 && o.c->n_files == 1);
        const TensorInfo *a = &o.c->tensors[0];
        assert_true(a->dtype == DT_q4_0 && a->rank == 2 && a->dim[0] == 2 && a->dim[1] == 32 && a->sz == 36);
        assert_int_equal(a->offset, t.n - 76);
        assert_int_equal(o.c->tensors[1].offset, t.n - 12);
        assert_string_equal(o.c->meta[3].type, "u32[2]");
        assert_string_equal(o.c->meta[3].text, "[4, 8]");
        assert_string_equal(o.c->meta[6].text, "10000");
        opened_free(&o);
        text_free(&t);
    }
}

static void expect(Text *t, SpmlCode code, const char *want_key, int64_t at, const char *text)
{
    Opened o;
    read_bytes(&o, &format_gguf, NULL, "s.gguf", t->p, t->n);
    if (o.code != code || strcmp(o.err.key, want_key) || (at >= 0 && o.err.offset != at) || !strstr(o.err.text, text))
        fail_msg("got %d [%s] at %lld: %s; want %d [%s] at %lld: %s", o.code, o.err.key, (long long)o.err.offset, o.err.text, code, want_key, (long long)at, text);
    opened_free(&o);
    text_free(t);
}

static void bad_headers(void **state)
{
    Text t = {0};
    header(&t, 3, UINT64_C(9223372036854775808), 0);
    expect(&t, SPML_DATA, "gguf-count", 8, "tensor count 9223372036854775808, but no byte follows the header");
    header(&t, 3, 0, 2), put(&t, 0, 8);
    expect(&t, SPML_DATA, "gguf-count", 16, "metadata count 2, but only 8 bytes follow");
    header(&t, 1, 0, 0);
    expect(&t, SPML_UNSUPPORTED, "gguf-version", 4, "version 1");
    header(&t, 0x03000000, 0, 0);
    expect(&t, SPML_UNSUPPORTED, "gguf-version", 4, "big-endian");
    text_puts(&t, "GGUX");
    expect(&t, SPML_DATA, "bad-magic", 0, "");
    text_puts(&t, "GGUF");
    expect(&t, SPML_DATA, "file-truncated", -1, "");
}

static void bad_metadata(void **state)
{
    Text t = {0};
    header(&t, 3, 0, 2), kv_u32(&t, "a", 1), kv_u32(&t, "a", 1);
    expect(&t, SPML_DATA, "duplicate", -1, "'a' is there twice");
    header(&t, 3, 0, 1), key(&t, "a", 13), put(&t, 0, 8);
    expect(&t, SPML_DATA, "gguf-type", -1, "value type 13");
    header(&t, 3, 0, 1), key(&t, "a", 9), put(&t, 4, 4), put(&t, UINT64_C(1) << 61, 8);
    expect(&t, SPML_DATA, "file-truncated", -1, "2305843009213693952 elements");
    header(&t, 3, 0, 1), key(&t, "a", 9), put(&t, 9, 4), put(&t, 1, 8), put(&t, 9, 4), put(&t, 1, 8), put(&t, 9, 4), put(&t, 0, 8);
    expect(&t, SPML_DATA, "gguf-array", -1, "nested deeper than 2");
    header(&t, 3, 0, 1), put(&t, 65536, 8);
    for (int i = 0; i < 65536; i++)
        put(&t, 'x', 1);
    expect(&t, SPML_DATA, "string-too-long", 24, "65536");
    header(&t, 3, 0, 1), kv_u32(&t, "general.alignment", 24);
    expect(&t, SPML_DATA, "gguf-alignment", -1, "power of two");
    header(&t, 3, 0, 2), tokens(&t, 2), kv_u32(&t, "tokenizer.ggml.bos_token_id", 2);
    expect(&t, SPML_DATA, "gguf-vocabulary", -1, "bos_token_id is not one of the 2 tokens");
    header(&t, 3, 0, 2), tokens(&t, 2), key(&t, "tokenizer.ggml.scores", 9), put(&t, 6, 4), put(&t, 1, 8), put(&t, 0, 4);
    expect(&t, SPML_DATA, "gguf-vocabulary", -1, "1 entries for 2 tokens");
}

/* Two tensors with the given second one; 4 KiB of data. */
static Text pair(int rank, const uint64_t *ne, unsigned type, uint64_t offset, const char *name)
{
    Text t = {0};
    header(&t, 3, 2, 0);
    tensor(&t, "a", 1, (uint64_t[]){8}, 0, 0);
    tensor(&t, name, rank, ne, type, offset);
    pad(&t, 32);
    for (int i = 0; i < 4096; i++)
        put(&t, 0, 1);
    return t;
}

static void bad_tensors(void **state)
{
    static const uint64_t n8[] = {8, 1, 1, 1, 1}, n31[] = {31}, huge[] = {UINT64_C(1) << 40, UINT64_C(1) << 40}, minus[] = {UINT64_MAX}, big[] = {2000};
    const struct { Text t; SpmlCode code; const char *key; } rows[] = {
        {pair(1, n8, 0, 32, "a"), SPML_DATA, "duplicate"}, {pair(1, n8, 0, 33, "b"), SPML_DATA, "tensor-offset"}, {pair(1, n8, 0, 0, "b"), SPML_DATA, "tensor-offset"},
        {pair(1, n8, 0, UINT64_MAX - 31, "b"), SPML_DATA, "file-truncated"}, {pair(1, big, 0, 32, "b"), SPML_DATA, "file-truncated"},
        {pair(0, n8, 0, 32, "b"), SPML_DATA, "tensor-rank"}, {pair(5, n8, 0, 32, "b"), SPML_DATA, "tensor-rank"}, {pair(1, n31, 2, 32, "b"), SPML_DATA, "tensor-size"},
        {pair(2, huge, 0, 32, "b"), SPML_DATA, "tensor-size"}, {pair(1, minus, 0, 32, "b"), SPML_DATA, "tensor-dim"},
        {pair(1, n8, 4, 32, "b"), SPML_UNSUPPORTED, "dtype-unsupported"}, {pair(1, n8, 99, 32, "b"), SPML_UNSUPPORTED, "dtype-unsupported"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Text t = rows[i].t;
        expect(&t, rows[i].code, rows[i].key, -1, "");
    }
    Text t = pair(1, n8, 0, 32, "b"); /* the valid twin */
    expect(&t, SPML_OK, "", -1, "");
}

static void write_part(const char *dir, unsigned no, unsigned count, const char *name)
{
    char path[128];
    Text t = {0};
    header(&t, 3, 1, 3);
    key(&t, "split.no", 2), put(&t, no, 2);
    key(&t, "split.count", 2), put(&t, count, 2);
    key(&t, "split.tensors.count", 5), put(&t, 2, 4);
    tensor(&t, name, 1, (uint64_t[]){8}, 0, 0);
    pad(&t, 32);
    put(&t, 0, 8), put(&t, 0, 8), put(&t, 0, 8), put(&t, 0, 8);
    snprintf(path, sizeof path, "%s/m-%05u-of-00002.gguf", dir, no + 1);
    FILE *f = fopen(path, "w");
    assert_true(f && fwrite(t.p, 1, t.n, f) == t.n && !fclose(f));
    text_free(&t);
}

static SpmlCode open_part(const char *dir, unsigned no, Opened *o)
{
    char path[128];
    File *f;
    *o = (Opened){0};
    snprintf(path, sizeof path, "%s/m-%05u-of-00002.gguf", dir, no);
    o->code = file_open(path, 0, &f, &o->err);
    if (!o->code)
        o->code = format_gguf.read_container(f, NULL, &o->arena, &o->c, &o->err);
    return o->code;
}

static void splits(void **state)
{
    char dir[] = "/tmp/spml-gguf-XXXXXX", path[128];
    Opened o;
    assert_non_null(mkdtemp(dir));
    write_part(dir, 0, 2, "a");
    assert_int_equal(open_part(dir, 1, &o), SPML_DATA); /* the other part is missing */
    assert_string_equal(o.err.key, "file-missing");
    opened_free(&o);
    write_part(dir, 1, 2, "b");
    for (unsigned no = 1; no <= 2; no++) {
        assert_int_equal(open_part(dir, no, &o), SPML_OK);
        assert_true(o.c->n_tensors == 2 && o.c->n_files == 2 && o.c->tensors[1].shard == 1 && !memcmp(o.c->tensors[1].name, "b", 1));
        opened_free(&o);
    }
    write_part(dir, 1, 2, "a");
    assert_int_equal(open_part(dir, 1, &o), SPML_DATA);
    assert_string_equal(o.err.key, "duplicate");
    opened_free(&o);
    for (unsigned no = 1; no <= 2; no++) {
        snprintf(path, sizeof path, "%s/m-%05u-of-00002.gguf", dir, no);
        unlink(path);
    }
    rmdir(dir);
}

/* A sparse file of 100 GB opens in no time and memory. */
static void giant(void **state)
{
    char path[] = "/tmp/spml-giant-XXXXXX";
    int fd = mkstemp(path);
    Text t = {0};
    uint64_t n = UINT64_C(100) << 30;
    header(&t, 3, 1, 0);
    tensor(&t, "w", 2, (uint64_t[]){UINT64_C(1) << 15, n >> 17}, 0, 0);
    pad(&t, 32);
    assert_true(fd >= 0 && write(fd, t.p, t.n) == (ssize_t)t.n);
    if (ftruncate(fd, (off_t)(t.n + n)))
        skip();
    close(fd);
    File *f;
    Opened o = {0};
    clock_t from = clock();
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    assert_int_equal(file_open(path, 0, &f, &o.err), SPML_OK);
    o.code = format_gguf.read_container(f, NULL, &o.arena, &o.c, &o.err);
    getrusage(RUSAGE_SELF, &after);
    assert_int_equal(o.code, SPML_OK);
    assert_int_equal(o.c->tensors[0].sz, n);
    assert_true(clock() - from < CLOCKS_PER_SEC && after.ru_maxrss - before.ru_maxrss < 10000);
    opened_free(&o);
    text_free(&t);
    unlink(path);
}

static void sweeps(void **state)
{
    Text seeds[3] = {sample(2), sample(3), pair(1, (uint64_t[]){256}, 12, 32, "b")};
    for (int i = 0; i < 3; i++) {
        sweep_prefixes(&format_gguf, "seed.gguf", seeds[i].p, seeds[i].n);
        if (i != 2) /* mostly zeros */
            sweep_bytes(&format_gguf, "seed.gguf", seeds[i].p, seeds[i].n);
        text_free(&seeds[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(summary), cmocka_unit_test(bad_headers), cmocka_unit_test(bad_metadata), cmocka_unit_test(bad_tensors),
        cmocka_unit_test(splits), cmocka_unit_test(giant), cmocka_unit_test(sweeps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
