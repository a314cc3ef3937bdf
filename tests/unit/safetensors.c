/* SPDX-License-Identifier: MIT
 * tests: the SafeTensors reader and the strict JSON reader behind it: one broken rule a row, valid twins, shards, prefix sweeps. */
#include "formats/wire/json.h"
#include "pbwrite.h"
#include "readers.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <unistd.h>

extern const Format format_safetensors;

static Text file_of(const char *json, size_t n_data)
{
    Text t = {0};
    uint64_t n = strlen(json);
    text_add(&t, (const char *)&n, 8);
    text_puts(&t, json);
    for (size_t i = 0; i < n_data; i++)
        text_add(&t, "", 1);
    return t;
}

#define A "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}"
#define B "\"b\":{\"dtype\":\"I8\",\"shape\":[],\"data_offsets\":[8,9]}"
#define Z "\"z\":{\"dtype\":\"F32\",\"shape\":[0,5],\"data_offsets\":[8,8]}"

static void rules(void **state)
{
    static const struct { const char *json; size_t n; SpmlCode code; const char *key; } rows[] = {
        {"{" A "}", 8, 0, ""}, {"{" A "," B "}   ", 9, 0, ""}, {"{" B "," A "}", 9, 0, ""}, {"{" A "," Z "," B "}", 9, 0, ""}, {"{}", 0, 0, ""},
        {"{\"__metadata__\":{\"k\":\"v\"}," A "}", 8, 0, ""},
        {"{\"b\":{\"data_offsets\":[0,8],\"shape\":[2],\"dtype\":\"F32\"}}", 8, 0, ""},
        {"{\"f\":{\"dtype\":\"F4\",\"shape\":[4],\"data_offsets\":[0,2]}}", 2, 0, ""},
        {"{" A "}", 7, SPML_DATA, "tensor-offset"}, {"{" A "}", 9, SPML_DATA, "tensor-offset"}, {"{" A "," A "}", 8, SPML_DATA, "duplicate"},
        {"{" A "," B "}x", 9, SPML_DATA, "safetensors-header"}, {"{" A "}\n", 8, SPML_DATA, "safetensors-header"}, {" {" A "}", 8, SPML_DATA, "safetensors-header"},
        {"{" A ",}", 8, SPML_DATA, "json-syntax"}, {"{" A "}}", 8, SPML_DATA, "json-trailing"}, {"{" B "}", 9, SPML_DATA, "tensor-offset"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", 8, SPML_DATA, "safetensors-entry"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"x\":1}}", 8, SPML_DATA, "safetensors-entry"},
        {"{\"a\":{\"dtype\":\"F99\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8, SPML_DATA, "tensor-type"},
        {"{\"a\":{\"dtype\":\"F6_E2M3\",\"shape\":[4],\"data_offsets\":[0,3]}}", 3, SPML_UNSUPPORTED, "dtype-unsupported"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}", 8, SPML_DATA, "tensor-dim"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2.0],\"data_offsets\":[0,8]}}", 8, SPML_DATA, "tensor-dim"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}", 8, SPML_DATA, "tensor-size"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,8]}}", 8, SPML_DATA, "tensor-size"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,2],\"data_offsets\":[0,8]}}", 8, SPML_DATA, "tensor-rank"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}", 8, SPML_DATA, "tensor-offset"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8,8]}}", 8, SPML_DATA, "tensor-offset"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,18446744073709551616]}}", 8, SPML_DATA, "tensor-offset"},
        {"{\"a\":{\"dtype\":\"F4\",\"shape\":[3],\"data_offsets\":[0,2]}}", 2, SPML_DATA, "tensor-size"},
        {"{\"__metadata__\":{\"k\":1}}", 0, SPML_DATA, "safetensors-entry"}, {"{\"__metadata__\":[]}", 0, SPML_DATA, "safetensors-entry"},
        {"{\"a\":[]}", 0, SPML_DATA, "safetensors-entry"}, {"{\"\xff\":{}}", 0, SPML_DATA, "json-utf8"}, {"{\"\\u0000\":{}}", 0, SPML_DATA, "json-escape"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Text t = file_of(rows[i].json, rows[i].n);
        Opened o;
        read_bytes(&o, &format_safetensors, NULL, "s.safetensors", t.p, t.n);
        if (o.code != rows[i].code || strcmp(o.err.key, rows[i].key))
            fail_msg("%s + %zu bytes: got %d [%s] %s; want %d [%s]", rows[i].json, rows[i].n, o.code, o.err.key, o.err.text, rows[i].code, rows[i].key);
        opened_free(&o);
        text_free(&t);
    }
}

static void values(void **state)
{
    Text t = file_of("{\"__metadata__\":{\"format\":\"p\\u00e9\"}," B "," A "}", 9);
    Opened o;
    read_bytes(&o, &format_safetensors, NULL, "s.safetensors", t.p, t.n);
    assert_int_equal(o.code, SPML_OK);
    assert_true(o.c->n_meta == 1 && o.c->meta[0].n_text == 3 && !memcmp(o.c->meta[0].text, "p\xc3\xa9", 3));
    const TensorInfo *a = &o.c->tensors[0], *b = &o.c->tensors[1]; /* in the order of their data */
    assert_true(a->dtype == DT_f32 && a->rank == 1 && a->dim[0] == 2 && a->sz == 8 && a->offset == t.n - 9 && !memcmp(a->name, "a", 1));
    assert_true(b->dtype == DT_i8 && b->rank == 0 && b->sz == 1 && b->offset == t.n - 1);
    opened_free(&o);
    text_free(&t);
}

static void bad_lengths(void **state)
{
    static const uint64_t lengths[] = {0, 1, 100, UINT64_MAX, UINT64_C(1) << 63, 100000001};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        Text t = {0};
        Opened o;
        text_add(&t, (const char *)&lengths[i], 8);
        text_puts(&t, "{}");
        read_bytes(&o, &format_safetensors, NULL, "s.safetensors", t.p, t.n);
        assert_int_equal(o.code, SPML_DATA);
        assert_int_equal(o.err.offset, 0);
        opened_free(&o);
        text_free(&t);
    }
}

static void write_file(const char *dir, const char *name, const char *p, size_t n)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    assert_true(f && fwrite(p, 1, n, f) == n && !fclose(f));
}

static void shards(void **state)
{
    static const struct { const char *json; SpmlCode code; const char *key; } rows[] = {
        {"{\"metadata\":{\"total_size\":[9]},\"weight_map\":{\"a\":\"1.safetensors\",\"b\":\"2.safetensors\"}}", SPML_OK, ""},
        {"{\"weight_map\":{\"a\":\"1.safetensors\"}}", SPML_OK, ""},
        {"{\"weight_map\":{\"b\":\"1.safetensors\"}}", SPML_DATA, "shard-index"},
        {"{\"weight_map\":{\"a\":\"1.safetensors\",\"c\":\"1.safetensors\"}}", SPML_DATA, "shard-index"},
        {"{\"weight_map\":{\"a\":\"3.safetensors\"}}", SPML_DATA, "file-missing"},
        {"{\"weight_map\":{\"a\":\"../1.safetensors\"}}", SPML_DATA, "outside-directory"},
        {"{\"weight_map\":[]}", SPML_DATA, "safetensors-entry"},
        {"{}", SPML_DATA, "shard-index"},
    };
    char dir[] = "/tmp/spml-st-XXXXXX", path[160];
    assert_non_null(mkdtemp(dir));
    Text one = file_of("{" A "}", 8), two = file_of("{\"b\":{\"dtype\":\"I8\",\"shape\":[],\"data_offsets\":[0,1]}}", 1);
    write_file(dir, "1.safetensors", one.p, one.n);
    write_file(dir, "2.safetensors", two.p, two.n);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Opened o;
        snprintf(path, sizeof path, "%s/model.safetensors.index.json", dir);
        read_bytes(&o, &format_safetensors, NULL, path, rows[i].json, strlen(rows[i].json));
        if (o.code != rows[i].code || strcmp(o.err.key, rows[i].key))
            fail_msg("%s: got %d [%s] %s", rows[i].json, o.code, o.err.key, o.err.text);
        if (!i)
            assert_true(o.c->n_tensors == 2 && o.c->tensors[1].shard == 1);
        opened_free(&o);
    }
    for (int i = 1; i <= 2; i++) {
        snprintf(path, sizeof path, "%s/%d.safetensors", dir, i);
        unlink(path);
    }
    rmdir(dir);
    text_free(&one);
    text_free(&two);
}

static SpmlCode check_json(const char *p, size_t n)
{
    cJSON *j;
    SpmlCode c = json_tree(span_make(p, n, 0), "t.json", &j, NULL);
    cJSON_Delete(j);
    return c;
}

static void json(void **state)
{
    static const char *const good[] = {"{}", "[]", "0", "-0.5e+10", " [1 , 2 ] ", "\"\\ud83d\\ude00\\n\"", "{\"a\":{\"a\":1},\"b\":[{},[]]}", "\"\xf0\x9f\x98\x80\"", "null"};
    static const char *const bad[] = {"", "{", "[1,]", "{\"a\":1,}", "{\"a\"}", "{a:1}", "01", "1.", ".5", "+1", "1e", "-", "nul", "true false", "\"\\x\"", "\"\\ud800\"",
                                      "\"\\udc00\\ud800\"", "\"a\nb\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\"\\u0000\"", "{\"a\":1,\"a\":2}",
                                      "{\"a\":1,\"\\u0061\":2}", "[1 2]", "{\"a\":1 \"b\":2}", "]", "NaN", "'a'", "// x\n1", "\xef\xbb\xbf{}", "{\"0\":0,\"1\":0,\"2\":0,\"3\":0,"
                                      "\"4\":0,\"5\":0,\"6\":0,\"7\":0,\"8\":0,\"9\":0,\"3\":1}"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (check_json(good[i], strlen(good[i])))
            fail_msg("refused: %s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (!check_json(bad[i], strlen(bad[i])))
            fail_msg("accepted: %s", bad[i]);
    char deep[256];
    memset(deep, '[', 128);
    memset(deep + 64, ']', 64);
    assert_int_equal(check_json(deep, 128), SPML_OK);
    memset(deep, '[', 65);
    assert_int_equal(check_json(deep, 128), SPML_DATA);
}

static void sweeps(void **state)
{
    Text seeds[3] = {file_of("{" A "," Z "," B "}", 9), file_of("{\"__metadata__\":{\"k\":\"\\u00e9\\n\"}," A "}  ", 8), file_of("{}", 0)};
    for (int i = 0; i < 3; i++) {
        sweep_prefixes(&format_safetensors, "seed.safetensors", seeds[i].p, seeds[i].n);
        sweep_bytes(&format_safetensors, "seed.safetensors", seeds[i].p, seeds[i].n);
        text_free(&seeds[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rules), cmocka_unit_test(values), cmocka_unit_test(bad_lengths), cmocka_unit_test(shards),
                                       cmocka_unit_test(json), cmocka_unit_test(sweeps)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
