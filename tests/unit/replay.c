/* SPDX-License-Identifier: MIT
 * tests: a model that decodes: keys and values of each step go into states, attention reads as many of them as there are by now. A thousand steps with
 * a growing length compile nothing, plan nothing, prepare nothing, allocate nothing on the device; the one prepared list is replayed. Every result is compared with
 * sums in double made here. SPML_TEST_BACKEND says where; without its driver the test is skipped, visibly, unless SPML_REQUIRE names it. */
#include "base/knobs.h"
#include "handles.h"
#include "ops/ops.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#define NAME_(x) #x
#define NAME(x) NAME_(x)
#define BACKEND NAME(SPML_TEST_BACKEND)

enum { STEPS = 1000, WARM = 4, MOST = 1024, HEADS = 2, SIZE = 4, WIDTH = HEADS * SIZE };

static const char text[] =
    "graph { sym $0 \"n\" input live 1 1024 in %0 \"x\": f32[1, 8] input in %1 \"mask\": f32[1, $0] input in %2 \"k\": f32[1, 2, 1024, 4] state in %3 \"v\": f32[1, 2, 1024, 4] state\n"
    "let %4: i64[1] const = [1] let %5: i64[1] const = [0] let %6: i64[4] const = [1, 2, 1, 4] let %7: i64[2] const = [1, 8] let %8: i64[1] const = [2] let %9: f32[8] const = [1, 2, 3, 4, 4, 3, 2, 1]\n"
    "shape (%1) {\"start\" = 1} -> %10: ? sub (%10, %4) -> %11: ?\n"
    "reshape (%0, %6) {\"allowzero\" = 0} -> %12: ? mul (%0, %9) -> %13: ? reshape (%13, %6) {\"allowzero\" = 0} -> %14: ?\n"
    "state_write (%2, %12, %11) {\"axis\" = 2} -> %15: f32[1, 2, 1024, 4] state state_write (%3, %14, %11) {\"axis\" = 2} -> %16: f32[1, 2, 1024, 4] state\n"
    "slice (%15, %5, %10, %8) -> %17: ? slice (%16, %5, %10, %8) -> %18: ?\n"
    "attention (%12, %17, %18, %1) -> %19: ?, _, _, _ reshape (%19, %7) {\"allowzero\" = 0} -> %20: ? tanh (%20) -> %21: ? add (%21, %0) -> %22: ? out %22 }";

static SpmlModel *model_of(const char *ir)
{
    SpmlModel *m = calloc(1, sizeof *m);
    Error e = {0};
    if (graph_parse(ir, strlen(ir), &m->arena, &m->g, &e) || graph_verify(m->g, &e) || graph_infer(m->g, &e))
        fail_msg("%s", e.text);
    return m;
}

static SpmlSession *open_session(const SpmlModel *m)
{
    SpmlSession *s = NULL;
    SpmlError *err = spml_error_new();
    SpmlStatus code = spml_session_open(m, &(SpmlSessionOptions){.threads = 1, .backend = BACKEND, .no_fallback = true}, &s, err);
    if (code && strstr(knob_str(KNOB_REQUIRE), BACKEND))
        fail_msg("%s is required: %s", BACKEND, spml_error_text(err));
    if (code) {
        print_message("skipped: %s\n", spml_error_text(err));
        spml_error_free(err);
        skip();
    }
    spml_error_free(err);
    return s;
}

/* ── the same, in double ── */

static double past[2][STEPS][WIDTH]; /* keys, values */

static float token(int step, int i) { return (float)((step * 37 + i * 11) % 101 - 50) / 64.0f; }
static float mask_at(int step, int j) { return (float)((step + j) % 5) / -4.0f; }

static void attend(int step, int head, double *y /* [SIZE] */)
{
    static double p[STEPS];
    double most = -INFINITY, sum = 0;
    for (int j = 0; j <= step; j++) {
        double dot = 0;
        for (int c = 0; c < SIZE; c++)
            dot += (double)token(step, head * SIZE + c) * past[0][j][head * SIZE + c];
        p[j] = dot / sqrt(SIZE) + (double)mask_at(step, j);
        most = fmax(most, p[j]);
    }
    for (int j = 0; j <= step; j++)
        sum += p[j] = exp(p[j] - most);
    for (int c = 0; c < SIZE; c++) {
        y[c] = 0;
        for (int j = 0; j <= step; j++)
            y[c] += p[j] / sum * past[1][j][head * SIZE + c];
    }
}

static void expect(int step, double *y /* [WIDTH] */)
{
    for (int i = 0; i < WIDTH; i++) {
        past[0][step][i] = (double)token(step, i);
        past[1][step][i] = (double)token(step, i) * (i < SIZE ? i + 1 : WIDTH - i);
    }
    for (int h = 0; h < HEADS; h++)
        attend(step, h, y + h * SIZE);
    for (int i = 0; i < WIDTH; i++)
        y[i] = tanh(y[i]) + (double)token(step, i);
}

/* ── steps ── */

/* One step; what it gave has been compared. */
static SpmlStatus step_run(SpmlSession *s, int step, const double *want, SpmlError *err)
{
    SpmlTensor *in[4] = {0}, *out[1] = {0};
    assert_int_equal(spml_tensor_new("f32", 2, (int64_t[]){1, WIDTH}, &in[0], NULL), 0);
    assert_int_equal(spml_tensor_new("f32", 2, (int64_t[]){1, step + 1}, &in[1], NULL), 0);
    for (int i = 0; i < WIDTH; i++)
        ((float *)spml_tensor_data(in[0]))[i] = token(step, i);
    for (int j = 0; j <= step; j++)
        ((float *)spml_tensor_data(in[1]))[j] = mask_at(step, j);
    SpmlStatus code = spml_session_run(s, in, 4, out, 1, err);
    for (int i = 0; i < WIDTH && !code; i++) {
        const double got = (double)((float *)spml_tensor_data(out[0]))[i];
        if (!(fabs(got - want[i]) <= 1e-5))
            fail_msg("step %d, element %d: %.9g, wants %.9g", step, i, got, want[i]);
    }
    spml_tensor_free(in[0]);
    spml_tensor_free(in[1]);
    spml_tensor_free(out[0]);
    return code;
}

static DeviceCounts device_counts(const SpmlSession *s)
{
    DeviceCounts c = {0};
    if (s->on.backend->counts)
        s->on.backend->counts(s->on.device, &c);
    return c;
}

static void a_thousand_steps(void **state)
{
    SpmlModel *m = model_of(text);
    SpmlSession *s = open_session(m);
    SpmlError *err = spml_error_new();
    double want[WIDTH];
    DeviceCounts warm = {0};
    uint64_t layouts = 0, kernels = 0, replays = 0;
    for (int step = 0; step < STEPS; step++) {
        expect(step, want);
        if (step_run(s, step, want, err))
            fail_msg("step %d: %s", step, spml_error_text(err));
        const Session *r = s->symbolic;
        if (step == WARM) {
            warm = device_counts(s);
            layouts = ((Block *)r->g->plan)->n_layouts;
            kernels = r->n_kernels;
        } else if (step > WARM) {
            assert_int_equal(r->counts.prepared, 0); /* every list is one that has been prepared */
            assert_true(r->counts.replays > 0);
            assert_true(!r->remote || r->counts.replays == 1); /* on the CPU bytes are moved between lists */
            assert_int_equal(r->counts.host_steps | r->counts.fallback, 0);
            replays += r->counts.replays;
        }
    }
    const DeviceCounts now = device_counts(s);
    assert_ptr_equal(s->running, s->symbolic);
    assert_null(s->concrete);
    assert_int_equal(((Block *)s->symbolic->g->plan)->n_layouts, layouts);
    assert_int_equal(s->symbolic->n_kernels, kernels);
    assert_int_equal(now.compiled, warm.compiled);
    assert_int_equal(now.cache_hits + now.cache_misses, warm.cache_hits + warm.cache_misses);
    assert_int_equal(now.allocs, warm.allocs);
    assert_true(replays >= STEPS - WARM - 1);
    print_message("%s: %d steps, %llu layouts, %llu kernels, %llu replays\n", BACKEND, STEPS, (unsigned long long)layouts, (unsigned long long)kernels, (unsigned long long)replays);
    spml_error_free(err);
    spml_session_free(s);
    spml_model_free(m);
}

/* libpocl ends with memory that nothing points to; LeakSanitizer would speak of nothing else. */
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void) { return !strcmp(BACKEND, "opencl"); }

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_thousand_steps)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
