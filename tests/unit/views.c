/* SPDX-License-Identifier: MIT
 * Copies that go away when a graph is lowered: values that are cut, changed and joined again live in the result of the concat, at batch sizes 1 and above, and
 * have the values they had. Softmax stands for a kernel that no epilogue takes in. */
#include "ir/graph.h"
#include "lower/lower.h"
#include "ops/ops.h"
#include "pipeline.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* x [N,4,6] → a = softmax(x); b, c = halves of a; d = softmax(c); e = d + c; f = a, e; y = softmax(f); z = f, y: all along axis 1 but for the softmax of rows */
static const char text[] = "graph \"g\" {\n in %%0 \"x\": f32[%d, 4, 6] input\n softmax (%%0) {\"axis\" = 2} -> %%1: ?\n split (%%1) {\"axis\" = 1, \"num_outputs\" = 2} -> %%2: ?, %%3: ?\n"
    " softmax (%%3) {\"axis\" = 2} -> %%4: ?\n add (%%4, %%3) -> %%5: ?\n concat (%%2, %%3, %%5) {\"axis\" = 1} -> %%6: ?\n softmax (%%6) {\"axis\" = 2} -> %%7: ?\n"
    " concat (%%6, %%7) {\"axis\" = 1} -> %%8: ?\n softmax (%%8) {\"axis\" = 2} -> %%9: ?\n out %%9\n}\n";

static void rows_softmax(const double *x, double *y, int rows)
{
    for (int r = 0; r < rows; r++) {
        double sum = 0;
        for (int i = 0; i < 6; i++)
            sum += exp(x[6 * r + i]);
        for (int i = 0; i < 6; i++)
            y[6 * r + i] = exp(x[6 * r + i]) / sum;
    }
}

static void want_of(const float *x, double *want) /* one sample: [4][6] → [12][6] */
{
    double in[24], a[24], d[12], f[72];
    for (int i = 0; i < 24; i++)
        in[i] = x[i];
    rows_softmax(in, a, 4);
    rows_softmax(a + 12, d, 2);
    memcpy(f, a, sizeof a);
    for (int i = 0; i < 12; i++)
        f[24 + i] = d[i] + a[12 + i];
    rows_softmax(f, f + 36, 6);
    rows_softmax(f, want, 12);
}

static int copies(const Step *s)
{
    int n = 0;
    for (; s; s = s->next)
        n += s->kind == STEP_COPY;
    return n;
}

static void check(int batch, int most)
{
    char src[1024];
    Arena a = {0}, b = {0};
    Graph *g, *lowered;
    Error e = {0};
    DevicePair on = {0};
    Session *s = NULL;
    Step *steps;
    RtValue *x = NULL, *y = NULL;
    double want[72];
    const int n = snprintf(src, sizeof src, text, batch);
    assert_int_equal(graph_parse(src, (size_t)n, &a, &g, &e), SPML_OK);
    assert_int_equal(graph_infer(g, &e), SPML_OK);
    assert_non_null(lowered = graph_clone(g, &b, NULL));
    graph_number(lowered);
    assert_int_equal(graph_lower(lowered, &steps, &e), SPML_OK);
    assert_true(copies(steps) <= most);
    const PipelineOptions o = {.backend = "cpu", .threads = 1};
    assert_int_equal(pipeline_device(&o, &on, &e), SPML_OK);
    assert_int_equal(pipeline_open(g, &o, NULL, &on, &s, &e), SPML_OK);
    assert_int_equal(rt_tensor(DT_f32, 3, (const int64_t[]){batch, 4, 6}, &x, &e), SPML_OK);
    float *in = (float *)x->data;
    for (int i = 0; i < 24 * batch; i++)
        in[i] = (float)((i * 7919) % 31 - 15) / 8;
    assert_int_equal(session_run(s, &x, 1, &y, 1, &e), SPML_OK);
    for (int k = 0; k < batch; k++) {
        want_of(in + 24 * k, want);
        for (int i = 0; i < 72; i++)
            assert_true(fabs(((const float *)y->data)[72 * k + i] - want[i]) < 1e-6);
    }
    rt_free(&x);
    rt_free(&y);
    session_free(&s);
    pipeline_device_close(&on);
    arena_free(&b);
    arena_free(&a);
}

static void parts(void **state)
{
    (void)state;
    check(1, 0);
    check(3, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(parts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
