/* SPDX-License-Identifier: MIT
 * Cost of preparing grows with the graph: reading, inferring, optimising, lowering, planning and the first run of graphs of small nodes take 8 times the time for 8
 * times the nodes, not 64 times. Times are those of this thread, so that others on the machine do not count. */
#include "base/text.h"
#include "ir/graph.h"
#include "ops/ops.h"
#include "pipeline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { FEW = 1500, TIMES = 8 };
static const double LIMIT = 2.5 * TIMES; /* graphs that outgrow a cache take 9 to 15 times */

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* A node of a graph of each kind; v: what it makes. */
typedef void (*NodeFn)(Text *t, int v);

static void chain(Text *t, int v) { text_printf(t, "%s (%%%d) -> %%%d: ?\n", v % 2 ? "relu" : "neg", v - 1, v); }
static void ladder(Text *t, int v) { text_printf(t, "%s (%%%d, %%%d) -> %%%d: ?\n", v % 2 ? "add" : "max", v - 1, v > 2 ? v - 2 : v - 1, v); }
static void identities(Text *t, int v) { text_printf(t, v % 2 ? "identity (%%%d) -> %%%d: ?\n" : "softmax (%%%d) -> %%%d: ?\n", v - 1, v); }
static void mixed(Text *t, int v)
{
    static const char *const ops[] = {"transpose (%%%d) -> %%%d: ?\n", "softmax (%%%d) -> %%%d: ?\n", "matmul (%%%d, %%0) -> %%%d: ?\n", "relu (%%%d) -> %%%d: ?\n"};
    text_printf(t, ops[v % 4], v - 1, v);
}

static double prepare_and_run(NodeFn fn, int n)
{
    Text t = {0};
    Arena a = {0};
    Graph *g;
    Error e = {0};
    DevicePair on = {0};
    Session *s = NULL;
    RtValue *x = NULL, *y = NULL;
    text_puts(&t, "graph \"g\" {\n in %0 \"x\": f32[4, 4] input\n");
    for (int v = 1; v <= n; v++)
        fn(&t, v);
    text_printf(&t, " out %%%d\n}\n", n);
    const double start = cpu_seconds();
    assert_int_equal(graph_parse(t.p, t.n, &a, &g, &e), SPML_OK);
    assert_int_equal(graph_verify(g, &e), SPML_OK);
    assert_int_equal(graph_infer(g, &e), SPML_OK);
    const PipelineOptions o = {.backend = "cpu", .threads = 1};
    assert_int_equal(pipeline_device(&o, &on, &e), SPML_OK);
    assert_int_equal(pipeline_open(g, &o, NULL, &on, &s, &e), SPML_OK);
    assert_int_equal(rt_tensor(DT_f32, 2, (const int64_t[]){4, 4}, &x, &e), SPML_OK);
    assert_int_equal(session_run(s, &x, 1, &y, 1, &e), SPML_OK);
    const double seconds = cpu_seconds() - start;
    rt_free(&x);
    rt_free(&y);
    session_free(&s);
    pipeline_device_close(&on);
    arena_free(&a);
    text_free(&t);
    return seconds;
}

static void linear(void **state)
{
    static const struct { const char *name; NodeFn fn; } kinds[] = {{"chain", chain}, {"ladder", ladder}, {"identities", identities}, {"mixed", mixed}};
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        double few = 1e9, many = 1e9;
        for (int round = 0; round < 2 || (many > few * LIMIT && round < 8); round++) { /* the least of a few: others on the machine empty the caches */
            const double f = prepare_and_run(kinds[i].fn, FEW), m = prepare_and_run(kinds[i].fn, FEW * TIMES);
            few = f < few ? f : few;
            many = m < many ? m : many;
        }
        printf("%-10s %d nodes %.3f s, %d nodes %.3f s: ratio %.1f\n", kinds[i].name, FEW, few, FEW * TIMES, many, many / few);
        assert_true(many < few * LIMIT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(linear)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
