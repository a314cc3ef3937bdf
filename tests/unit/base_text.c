/* SPDX-License-Identifier: MIT
 * Escaping, numbers and hashing: tables of exact texts, round trips of random bit patterns, FIPS 180-4 vectors, a large map. */
#include "base/hash.h"
#include "base/knobs.h"
#include "base/text.h"

#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

typedef void (*Escaper)(Text *t, const char *s, size_t n);

static void escapers(void **state)
{
    static const struct { Escaper f; const char *in, *out; } rows[] = {
        {text_escape_terminal, "a\\b\x1b]0;x\x07", "a\\b\\x1b]0;x\\x07"},
        {text_escape_terminal, "\xc2\x9b" "31m\x7f\n\t", "\\xc2\\x9b31m\\x7f\\x0a\\x09"},
        {text_escape_terminal, "\xe2\x80\xae" "exe \xd8\x9c \xe2\x81\xa9", "\\xe2\\x80\\xaeexe \\xd8\\x9c \\xe2\\x81\\xa9"},
        {text_escape_terminal, "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"},
        {text_escape_terminal, "\xff\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80\xe2\x82", "\\xff\\xc0\\xaf\\xed\\xa0\\x80\\xf4\\x90\\x80\\x80\\xe2\\x82"},
        {text_escape_json, "\"\\/\b\f\n\r\t\x01\x7f\xff\xe2\x80\xae\xc3\xa9", "\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u007f\\u00ff\\u202e\xc3\xa9"},
        {text_escape_xml, "<a b='c'>&\"\n\x01\xef\xbf\xbf", "&lt;a b=&#39;c&#39;&gt;&amp;&quot;&#10;\\x01\\xef\\xbf\\xbf"},
        {text_escape_dot, "a\"b\\n\nc\x1b", "a\\\"b\\\\n\\nc\\\\x1b"},
        {text_escape_csv, "plain", "plain"},
        {text_escape_csv, "a,b", "\"a,b\""},
        {text_escape_csv, "say \"hi\"\n", "\"say \"\"hi\"\"\n\""},
        {text_escape_csv, " x", "\" x\""},
        {text_escape_csv, "", ""},
        {text_escape_tsv, "a\tb\nc\\d\r\x1b", "a\\tb\\nc\\\\d\\r\\x1b"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Text t = {0};
        text_puts(&t, "");
        rows[i].f(&t, rows[i].in, strlen(rows[i].in));
        assert_string_equal(t.p, rows[i].out);
        text_free(&t);
    }
}

static void no_escaper_lets_control_bytes_through(void **state)
{
    static const Escaper all[] = {text_escape_terminal, text_escape_json, text_escape_xml, text_escape_dot, text_escape_tsv};
    uint32_t seed = 1;
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        for (int round = 0; round < 2000; round++) {
            char in[24];
            for (size_t i = 0; i < sizeof in; i++)
                in[i] = (char)((seed = seed * 1664525u + 1013904223u) >> 24);
            Text t = {0};
            all[k](&t, in, sizeof in);
            for (size_t i = 0; i < t.n; i++)
                assert_true((unsigned char)t.p[i] >= 0x20 && t.p[i] != 0x7f);
            text_free(&t);
        }
}

static void growth(void **state)
{
    Text t = {0};
    for (int i = 0; i < 10000; i++)
        text_printf(&t, "%d,", i % 10);
    assert_true(t.n == 20000 && !t.oom && t.p[20000] == 0 && !memcmp(t.p + 19996, "8,9,", 4));
    text_free(&t);
    text_puts(&t, "x");
    text_add(&t, "x", SIZE_MAX - 1);
    assert_true(t.oom);
    text_puts(&t, "never");
    assert_true(t.n == 1);
    text_free(&t);
}

static void reads_numbers(void **state)
{
    static const struct { const char *in; bool ok; double v; size_t used; } rows[] = {
        {"1", true, 1, 1}, {"-.5", true, -.5, 3}, {"5.", true, 5, 2}, {"+1e5x", true, 1e5, 4}, {"1e400", false, 0, 0}, {"1e-400", true, 0, 6},
        {"0x1.8p-1", true, .75, 8}, {"iNf", true, INFINITY, 3}, {"-Infinity", true, -INFINITY, 9}, {"1e", true, 1, 1}, {"1,5", true, 1, 1},
        {".", false, 0, 0}, {"", false, 0, 0}, {" 1", false, 0, 0}, {"+-1", false, 0, 0}, {"e5", false, 0, 0}, {"0x", true, 0, 1},
        {"9007199254740993", true, 9007199254740992.0, 16}, {"8.5e-324", true, 0x2p-1074, 8}, {"179769313486231580793728971405301e276", true, 0x1.fffffffffffffp1023, 37},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double v = 0;
        const char *end = NULL;
        assert_int_equal(parse_f64(rows[i].in, &end, &v), rows[i].ok);
        if (rows[i].ok)
            assert_true(v == rows[i].v && (size_t)(end - rows[i].in) == rows[i].used);
    }
    double nan = 0;
    assert_true(parse_f64("NaN", NULL, &nan) && isnan(nan));
}

static void reads_integers(void **state)
{
    int64_t v;
    uint64_t u;
    const char *end;
    assert_true(parse_i64("-9223372036854775808,", &end, &v) && v == INT64_MIN && *end == ',');
    assert_true(parse_i64("+9223372036854775807", NULL, &v) && v == INT64_MAX);
    assert_true(parse_i64("0x3", &end, &v) && v == 0 && *end == 'x'); /* so that 0x3 can be a shape */
    assert_false(parse_i64("9223372036854775808", NULL, &v) || parse_i64("-", NULL, &v) || parse_i64(" 1", NULL, &v));
    assert_true(parse_size("12", &u) && u == 12);
    assert_true(parse_size("4K", &u) && u == 4096);
    assert_true(parse_size("2m", &u) && u == 2 << 20);
    assert_true(parse_size("16777215T", &u) && u == UINT64_C(16777215) << 40);
    assert_false(parse_size("16777216T", &u) || parse_size("", &u) || parse_size("4KB", &u) || parse_size("K", &u) || parse_size("-1", &u) || parse_size("1.5G", &u));
}

static void writes_numbers(void **state)
{
    static const struct { double v; const char *text; } rows[] = {
        {0, "0"}, {-0.0, "-0"}, {1, "1"}, {10, "10"}, {123456, "123456"}, {1e15, "1000000000000000"}, {1e16, "1e+16"}, {0.1, "0.1"}, {1e-4, "0.0001"},
        {1e-5, "1e-05"}, {5e-324, "5e-324"}, {1.7976931348623157e308, "1.7976931348623157e+308"}, {-1.5e-7, "-1.5e-07"}, {NAN, "NaN"}, {-INFINITY, "-Infinity"},
    };
    char buf[32];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(format_f64(buf, rows[i].v), rows[i].text);
    assert_string_equal(format_f32(buf, 0.1f), "0.1");
    assert_string_equal(format_f32(buf, 16777216.f), "16777216");
    assert_string_equal(format_g4(buf, 3.14159), "3.142");
    assert_string_equal(format_bytes(buf, 1023), "1023 B");
    assert_string_equal(format_bytes(buf, 4928307), "4.7 MiB");
    assert_string_equal(format_bytes(buf, 1048575), "1.0 MiB");
    assert_string_equal(format_bytes(buf, UINT64_MAX), "16.0 EiB");
}

/* Makes a locale whose decimal point is a comma, in glibc's compiled form (magic, number of items, their offsets, items), whatever is installed. */
static void comma_locale(void)
{
    static const struct { uint32_t magic, n, at[6]; char point[2], thousands[2], grouping[4]; uint32_t wide[2]; char codeset[8]; } file = {
        UINT32_C(0x20031115) ^ LC_NUMERIC, 6, {32, 34, 36, 40, 44, 48}, ",", ".", "\3\3", {',', '.'}, "UTF-8"};
    char dir[64] = "/tmp/spml-locale.XXXXXX", sub[80], path[96];
    assert_non_null(mkdtemp(dir));
    snprintf(sub, sizeof sub, "%s/comma", dir);
    snprintf(path, sizeof path, "%s/LC_NUMERIC", sub);
    assert_int_equal(mkdir(sub, 0700), 0);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(&file, 1, sizeof file, f), sizeof file);
    assert_int_equal(fclose(f), 0);
    setenv("LOCPATH", dir, 1);
    assert_non_null(setlocale(LC_NUMERIC, "comma"));
    unsetenv("LOCPATH");
    unlink(path);
    rmdir(sub);
    rmdir(dir);
    snprintf(sub, sizeof sub, "%.1f", 1.5);
    assert_string_equal(sub, "1,5"); /* or the test below shows nothing */
}

static void numbers_round_trip(void **state)
{
    uint64_t seed = 42;
    for (int comma = 0; comma < 2; comma++) {
        if (comma)
            comma_locale();
        for (int i = 0; i < 20000; i++) {
            uint64_t bits = seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
            double d, back;
            float f;
            char buf[32];
            memcpy(&d, &bits, sizeof d);
            memcpy(&f, (char *)&bits + 4, sizeof f);
            if (isfinite(d)) {
                assert_true(parse_f64(format_f64(buf, d), NULL, &back));
                assert_true(back == d && strlen(buf) < 26);
            }
            if (isfinite(f)) {
                assert_true(parse_f64(format_f32(buf, f), NULL, &back));
                assert_true((float)back == f);
            }
        }
    }
    setlocale(LC_ALL, "C");
}

static void sha256_vectors(void **state)
{
    static const struct { const char *unit; int times; const char *hex; } rows[] = {
        {"", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {"aaaaaaaaaa", 100000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Sha256 s;
        uint8_t out[32];
        char hex[65];
        sha256_init(&s);
        for (int k = 0; k < rows[i].times; k++)
            sha256_add(&s, rows[i].unit, strlen(rows[i].unit));
        sha256_final(&s, out);
        for (int k = 0; k < 32; k++)
            sprintf(hex + 2 * k, "%02x", out[k]);
        assert_string_equal(hex, rows[i].hex);
    }
}

static void map_of_many(void **state)
{
    enum { N = 20000 };
    Arena a = {0};
    Map m = map_make(&a);
    char key[16];
    assert_null(map_find(&m, "x", 1));
    for (intptr_t i = 0; i < N; i++) {
        int n = snprintf(key, sizeof key, "k%d", (int)i);
        assert_true(map_put(&m, arena_strdup(&a, key), (size_t)n, (void *)(i + 1)));
    }
    assert_true(map_put(&m, "k7", 2, (void *)1) && m.n == N);
    assert_true(map_put(&m, NULL, 0, (void *)5) && map_find(&m, "", 0) == (void *)5);
    for (intptr_t i = 8; i < N; i++) {
        int n = snprintf(key, sizeof key, "k%d", (int)i);
        assert_ptr_equal(map_find(&m, key, (size_t)n), (void *)(i + 1));
    }
    assert_ptr_equal(map_find(&m, "k7", 2), (void *)1);
    assert_null(map_find(&m, "k20000", 6));
    a.sz_limit = a.sz_used; /* no more memory: fails, and what is there stays */
    Map full = map_make(&a);
    assert_false(map_put(&full, "a", 1, &a));
    arena_free(&a);
}

static void hash_spreads(void **state)
{
    char zeros[100] = {0};
    uint64_t seen[100];
    for (size_t n = 0; n < 100; n++) {
        seen[n] = hash64(zeros, n, 7);
        assert_true(seen[n] != hash64(zeros, n, 8));
        for (size_t k = 0; k < n; k++)
            assert_true(seen[k] != seen[n]);
    }
    int low[256] = {0}, most = 0;
    for (uint32_t i = 0; i < 65536; i++) {
        int n = ++low[hash64(&i, sizeof i, 0) & 255];
        most = n > most ? n : most;
    }
    assert_in_range(most, 256, 340);
}

static void knobs(void **state)
{
    assert_string_equal(knob_info[KNOB_SPIN_US].name, "SPML_SPIN_US");
    assert_true(knob_int(KNOB_SPIN_US) == 17);
    assert_true(knob_int(KNOB_THREADS) == 0); /* not a number: the default */
    assert_string_equal(knob_str(KNOB_CPU), "avx2");
}

int main(void)
{
    setenv("SPML_SPIN_US", "17", 1);
    setenv("SPML_THREADS", "many", 1);
    setenv("SPML_CPU", "avx2", 1);
    const struct CMUnitTest tests[] = {cmocka_unit_test(escapers), cmocka_unit_test(no_escaper_lets_control_bytes_through), cmocka_unit_test(growth),
        cmocka_unit_test(reads_numbers), cmocka_unit_test(reads_integers), cmocka_unit_test(writes_numbers), cmocka_unit_test(numbers_round_trip),
        cmocka_unit_test(sha256_vectors), cmocka_unit_test(map_of_many), cmocka_unit_test(hash_spreads), cmocka_unit_test(knobs)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
