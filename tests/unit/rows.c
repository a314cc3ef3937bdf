/* SPDX-License-Identifier: MIT
 * Softmax, norms and reductions over rows on the CPU against the interpreter that defines them, bit for bit: lengths around the 64 lanes of a
 * reduction, rows that are all −∞ or hold NaN, one and several threads, rows that lie apart. */
#include "handles.h"
#include "ops/ops.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <math.h>

#define HEAD "graph { sym $0 \"n\" input bucket 0 100000 sym $1 \"c\" input bucket 0 100000 in %0 \"x\": f32[$0, $1] input "
static const char *const samples[] = {
    HEAD "softmax (%0) {\"axis\" = 1} -> %1: ? out %1 }",
    HEAD "log_softmax (%0) {\"axis\" = 1} -> %1: ? out %1 }",
    HEAD "softmax (%0) {\"axis\" = 0} -> %1: ? out %1 }",
    HEAD "let %1: f32[1] const = [1.5] let %2: f32[1] const = [-0.25] layer_norm (%0, %1, %2) {\"axis\" = 1, \"eps\" = f 0.001} -> %3: ?, %4: ?, %5: ? out %3 out %4 out %5 }",
    HEAD "let %1: f32[1] const = [1.5] rms_norm (%0, %1) {\"axis\" = 1, \"eps\" = f 0.001} -> %2: ? out %2 }",
    HEAD "transpose (%0) {\"perm\" = [1, 0]} -> %1: ? softmax (%1) {\"axis\" = 0} -> %2: ? out %2 }",
};
enum { SAMPLES = sizeof samples / sizeof *samples, MAX_OUT = 3 };

static SpmlModel *model_of(const char *text)
{
    SpmlModel *m = calloc(1, sizeof *m);
    Error e = {0};
    if (graph_parse(text, strlen(text), &m->arena, &m->g, &e) || graph_verify(m->g, &e) || graph_infer(m->g, &e))
        fail_msg("%s: %s", text, e.text);
    return m;
}

static void run_on(const SpmlModel *m, const char *backend, int threads, SpmlTensor *x, SpmlTensor **out)
{
    SpmlSession *s = NULL;
    SpmlError *err = spml_error_new();
    if (spml_session_open(m, &(SpmlSessionOptions){.threads = threads, .backend = backend}, &s, err) || spml_session_run(s, &x, 1, out, spml_session_outputs(s), err))
        fail_msg("%s: %s", backend, spml_error_text(err));
    spml_session_free(s);
    spml_error_free(err);
}

static void same(const char *text, int64_t rows, int64_t cols, int threads, SpmlTensor **got, SpmlTensor **want)
{
    for (int i = 0; i < MAX_OUT && want[i]; i++) {
        const float *a = spml_tensor_data(got[i]), *b = spml_tensor_data(want[i]);
        assert_int_equal(spml_tensor_bytes(got[i]), spml_tensor_bytes(want[i]));
        for (size_t k = 0; k < spml_tensor_bytes(want[i]) / sizeof *a; k++)
            if (memcmp(&a[k], &b[k], sizeof *a) && !(isnan(a[k]) && isnan(b[k])))
                fail_msg("%s, %lld x %lld, %d threads: output %d, element %zu is %a, wants %a", text, (long long)rows, (long long)cols, threads, i, k, (double)a[k], (double)b[k]);
    }
}

static void check(const char *text, int64_t rows, int64_t cols)
{
    SpmlModel *m = model_of(text);
    SpmlTensor *x, *want[MAX_OUT] = {0};
    assert_int_equal(spml_tensor_new("f32", 2, (int64_t[]){rows, cols}, &x, NULL), 0);
    float *v = spml_tensor_data(x);
    for (int64_t i = 0; i < rows * cols; i++)
        v[i] = (i / cols) % 7 == 3 || (i % 5 == 0 && (i / cols) % 3 == 1) ? -INFINITY : (i / cols) % 11 == 8 && i % 9 == 2 ? NAN : (float)((i * 37 + 11) % 1001 - 500) / 32.0f;
    run_on(m, "interp", 1, x, want);
    for (int threads = 1; threads <= 3; threads += 2) {
        SpmlTensor *got[MAX_OUT] = {0};
        run_on(m, "cpu", threads, x, got);
        same(text, rows, cols, threads, got, want);
        for (int i = 0; i < MAX_OUT; i++)
            spml_tensor_free(got[i]);
    }
    for (int i = 0; i < MAX_OUT; i++)
        spml_tensor_free(want[i]);
    spml_tensor_free(x);
    spml_model_free(m);
}

static void agree_with_the_interpreter(void **state)
{
    static const int64_t sizes[][2] = {{1, 32}, {5, 33}, {12, 63}, {9, 64}, {3, 65}, {40, 128}, {11, 197}, {2, 256}, {7, 257}, {1, 768}, {2, 1023}, {2, 4096}, {1, 5000}, {0, 64}, {3, 1}};
    (void)state;
    for (int s = 0; s < SAMPLES; s++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
            check(samples[s], sizes[i][0], sizes[i][1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(agree_with_the_interpreter)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
