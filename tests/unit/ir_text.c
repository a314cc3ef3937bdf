/* SPDX-License-Identifier: MIT
 * tests: graphs as text. Each sample of tests/ir is what printing gives after reading it; cut anywhere, or with any byte changed, it ends in a graph
 * that prints what reads back the same, or in an error that names a line. */
#include "ops/ops.h"
#include "pipeline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

/* Reads n bytes (not followed by anything) and prints them; the code of reading. */
static SpmlCode reprint(const char *text, size_t n, Text *out, Error *e)
{
    Arena a = {0};
    Graph *g = NULL;
    char *copy = malloc(n ? n : 1);
    memcpy(copy, text, n);
    *e = (Error){0};
    SpmlCode code = graph_parse(copy, n, &a, &g, e);
    if (!code)
        graph_print(g, out);
    assert_true(!code || (e->code == code && e->text[0]));
    free(copy);
    arena_free(&a);
    return code;
}

static Text sample(const char *name)
{
    Text t = {0};
    char path[4096];
    File *f;
    snprintf(path, sizeof path, "%s/tests/ir/%s", SPML_SOURCE, name);
    assert_int_equal(file_open(path, 0, &f, NULL), SPML_OK);
    Span s = file_span(f);
    text_add(&t, (const char *)s.base, s.size);
    file_close(&f);
    return t;
}

static void round_trip(void **state)
{
    Text t = sample("region.ir"), u = {0};
    Error e;
    if (reprint(t.p, t.n, &u, &e))
        fail_msg("%s", e.text);
    assert_string_equal(u.p, t.p);
    text_free(&t);
    text_free(&u);
}

/* Whatever is read prints text that reads and prints the same. */
static void stable(const char *p, size_t n)
{
    Text once = {0}, twice = {0};
    Error e;
    if (!reprint(p, n, &once, &e)) {
        if (reprint(once.p, once.n, &twice, &e))
            fail_msg("printed text is refused: %s", e.text);
        assert_string_equal(twice.p, once.p);
    }
    text_free(&once);
    text_free(&twice);
}

static void hostile(void **state)
{
    static const char values[] = {'0', '9', '(', ')', '[', '"', '\\', '%', '$', '@', ' ', 'x', '-', 0, (char)0xff};
    Text t = sample("region.ir"), u = {0};
    Error e;
    for (size_t k = 0; k + 1 < t.n; k++)
        assert_int_equal(reprint(t.p, k, &u, &e), k + 2 > t.n ? SPML_OK : SPML_DATA);
    for (size_t k = 0; k < t.n; k += 1)
        for (size_t v = k % 3; v < sizeof values; v += 3) {
            char was = t.p[k];
            t.p[k] = values[v];
            stable(t.p, t.n);
            t.p[k] = was;
        }
    text_free(&t);
    text_free(&u);
}

static void reasons(void **state)
{
    static const struct { const char *text, *want; } table[] = {
        {"", "line 1: 'graph' is expected here"},
        {"graph {\n  in %1: f32[] input\n}", "line 2: values are numbered in order"},
        {"graph {\n  in %0: f99[]\n}", "line 2: an element type is expected here"},
        {"graph {\n\n  out %0\n}", "line 3: no such value before this"},
        {"graph { let %0: f32[3] const = [1, 2] }", "line 1: the elements do not fit the type"},
        {"graph { let %0: f32[3] const }", "line 1: a constant without contents"},
        {"graph { in %0: f32[$0] }", "line 1: no such symbol"},
        {"graph { warp () }", "line 1: an op, 'in', 'let', 'out', 'dim' or '}' is expected here"},
        {"graph { } x", "line 1: something follows the graph"}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        Text u = {0};
        Error e;
        assert_int_equal(reprint(table[i].text, strlen(table[i].text), &u, &e), SPML_DATA);
        assert_string_equal(e.text, table[i].want);
        assert_string_equal(e.key, "ir-text");
    }
}

/* 100,000 open graphs, parentheses, types: refused, not a crash. */
static void deep(void **state)
{
    static const char *const parts[] = {"graph { neg () {\"a\" = ", "(", "seq("}, *const heads[] = {"", "graph { in %0: f32[", "graph { in %0: "};
    for (int i = 0; i < 3; i++) {
        Text t = {0}, u = {0};
        Error e;
        text_puts(&t, heads[i]);
        for (int k = 0; k < 100000; k++)
            text_puts(&t, parts[i]);
        assert_int_equal(reprint(t.p, t.n, &u, &e), SPML_DATA);
        text_free(&t);
    }
}

/* Contents that the text only names are never looked for: the graph reads, verifies and gets types, and is refused before anything is compiled. */
static void contents_elsewhere(void **state)
{
    static const char *const data[] = {"file(8, 0, \"/etc/passwd\")", "sha256(8, 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef)", "[1, 2]"};
    static const char *const forms[] = {"graph { let %%0 \"w\": f32[2] const = %s neg (%%0) -> %%1: f32[2] out %%1 }", "graph { in %%0 \"w\": f32[2] input = %s out %%0 }",
        "graph { let %%0 \"w\": f32[2] const = %s out %%0 }",
        "graph { in %%0: bool[] input if (%%0) {\"then_branch\" = graph { let %%1 \"w\": f32[2] const = %s neg (%%1) -> %%2: f32[2] out %%2 }, \"else_branch\" = graph { let %%3: f32[2] const = [1, 2] "
        "out %%3 }} -> %%4: f32[2] out %%4 }"};
    const Backend *b = &backend_cpu;
    Device *d;
    assert_int_equal(b->open(&(DeviceOptions){.threads = 1}, &d, NULL), SPML_OK);
    for (int f = 0; f < 4; f++)
        for (int i = 0; i < 3; i++) {
            Arena a = {0};
            Text t = {0};
            Graph *g;
            Error e = {0};
            Session *s = NULL;
            text_printf(&t, forms[f], data[i]);
            if (graph_parse(t.p, t.n, &a, &g, &e) || graph_verify(g, &e) || graph_infer(g, &e))
                fail_msg("%s: %s", t.p, e.text);
            SpmlCode code = pipeline_open(g, &(PipelineOptions){0}, NULL, &(DevicePair){.backend = b, .device = d}, &s, &e);
            assert_int_equal(code, i < 2 ? SPML_DATA : SPML_OK);
            assert_string_equal(e.key, i < 2 ? "constant-elsewhere" : "");
            if (s)
                session_free(&s);
            arena_free(&a);
            text_free(&t);
        }
    b->close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip), cmocka_unit_test(hostile), cmocka_unit_test(reasons), cmocka_unit_test(deep), cmocka_unit_test(contents_elsewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
