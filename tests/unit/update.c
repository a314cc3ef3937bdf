/* SPDX-License-Identifier: MIT
 * tests: optimisers as graph ops on states: twenty steps of each equal PyTorch's (update_ref.h), in f32 and f64, on the CPU and where memory is the device's own;
 * a step that is skipped changes nothing; parts of an arena; sums of gradients; averages; norms; states that two sessions share; what the verifier refuses. */
#include "backend/test_backends.h"
#include "ir/ops.h"
#include "ops/ops.h"
#include "pipeline.h"
#include "train/optim.h"

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
#include "update_ref.h"

enum { N = 24, STEPS = 20 };

static DevicePair open_device(const char *name, int threads)
{
    DevicePair on;
    Error e = {0};
    if (pipeline_device(&(PipelineOptions){.backend = name, .threads = threads}, &on, &e))
        fail_msg("%s", e.text);
    return on;
}

/* Constants of a graph outlive its sessions. */
static Arena arenas[128];
static int n_arenas;

static Session *open_text(const char *text, const DevicePair *on)
{
    assert_true(n_arenas < 128);
    Arena *a = &arenas[n_arenas++];
    Graph *g;
    Session *s;
    Error e = {0};
    if (graph_parse(text, strlen(text), a, &g, &e) || graph_infer(g, &e) || graph_verify(g, &e) || pipeline_open(g, &(PipelineOptions){.no_fallback = true}, NULL, on, &s, &e))
        fail_msg("%s: %s", text, e.text);
    return s;
}

/* [n] or [1, n] of f32 or f64. */
static RtValue *tensor(DType t, int rank, int64_t n, const double *v)
{
    RtValue *x;
    Error e = {0};
    assert_int_equal(rt_tensor(t, rank, rank == 1 ? (int64_t[]){n} : (int64_t[]){1, n}, &x, &e), 0);
    for (int64_t i = 0; i < n && v; i++)
        dtype_set_f64(t, x->data, (uint64_t)i, v[i]);
    return x;
}

static double first(int i) { return ((i * 37 + 5) % 41 - 20) / 16.0; }
static double gradient(int t, int i) { return ((i * 29 + t * 17 + i * t) % 53 - 26) / 32.0; }

static void set_state(Session *s, size_t i, DType t, int64_t n, const double *v)
{
    RtValue *x = tensor(t, 1, n, v);
    Error e = {0};
    if (session_state_set(s, i, x, &e))
        fail_msg("%s", e.text);
    rt_free(&x);
}

static double state_at(Session *s, size_t i, int64_t at)
{
    const RtValue *x;
    Error e = {0};
    if (session_state(s, i, &x, &e))
        fail_msg("%s", e.text);
    return dtype_get_f64(x->dtype, x->data, (uint64_t)at);
}

static void run(Session *s, RtValue *const *in, size_t n)
{
    Error e = {0};
    if (session_run(s, in, n, NULL, 0, &e))
        fail_msg("%s", e.text);
}

/* in %0…: states; then gradients, factor, numbers */
static void text_of(const Optim *o, DType t, char *text, size_t n)
{
    const char *names[OPTIM_STATES], *type = dtype_name(t);
    double begin[OPTIM_STATES];
    const int k = 1 + optim_states(o, names, begin);
    int at = snprintf(text, n, "graph { ");
    for (int i = 0; i < k; i++)
        at += snprintf(text + at, n - (size_t)at, "in %%%d: %s[%d] state ", i, type, N);
    at += snprintf(text + at, n - (size_t)at, "in %%%d: %s[%d] input in %%%d: %s[3] input in %%%d: %s[1, %d] input %s (", k, type, N, k + 1, type, k + 2, type, OPTIM_NUMBERS, op_info[optim_op(o)].name);
    for (int i = 0; i < k + 3; i++)
        at += snprintf(text + at, n - (size_t)at, "%s%%%d", i ? ", " : "", i);
    at += snprintf(text + at, n - (size_t)at, ") {\"nesterov\" = %d, \"centered\" = %d} -> ", o->nesterov, o->centered);
    for (int i = 0; i < k; i++)
        at += snprintf(text + at, n - (size_t)at, "%s%%%d: ? state", i ? ", " : "", k + 3 + i);
    snprintf(text + at, n - (size_t)at, " }");
}

static Session *optim_session(const Optim *o, DType t, const DevicePair *on)
{
    char text[2000];
    const char *names[OPTIM_STATES];
    double begin[OPTIM_STATES], p[N];
    text_of(o, t, text, sizeof text);
    Session *s = open_text(text, on);
    for (int i = 0; i < N; i++)
        p[i] = first(i);
    set_state(s, 0, t, N, p);
    const int k = optim_states(o, names, begin);
    for (int j = 0; j < k; j++) {
        for (int i = 0; i < N; i++)
            p[i] = begin[j];
        set_state(s, (size_t)j + 1, t, N, p);
    }
    return s;
}

static void step(Session *s, const Optim *o, DType t, int number, double scale, double ok)
{
    double g[N], row[OPTIM_NUMBERS];
    const size_t n = s->g->n_in;
    RtValue *in[8] = {0};
    for (int i = 0; i < N; i++)
        g[i] = gradient(number, i) / scale;
    optim_numbers(o, o->rate, o->decay, 0, number, row);
    in[n - 3] = tensor(t, 1, N, g);
    in[n - 2] = tensor(t, 1, 3, (double[]){scale, ok, 0});
    in[n - 1] = tensor(t, 2, OPTIM_NUMBERS, row);
    run(s, in, n);
    for (size_t i = n - 3; i < n; i++)
        rt_free(&in[i]);
}

static Optim optim_of(const Reference *r)
{
    Optim o = r->o;
    OptimKind k;
    Error e = {0};
    assert_true(optim_find(r->name, strlen(r->name), &k));
    const Optim d = optim_default(k);
    o.kind = k;
    o.rate = 0.05;
    o.decay = o.decay > 0 ? o.decay : d.decay;
    o.beta1 = o.beta1 > 0 ? o.beta1 : d.beta1;
    o.beta2 = o.beta2 > 0 ? o.beta2 : d.beta2;
    o.eps = o.eps > 0 ? o.eps : d.eps;
    o.alpha = o.alpha > 0 ? o.alpha : d.alpha;
    assert_int_equal(optim_check(&o, &e), 0);
    return o;
}

static void twenty_steps_on(const char *device, DType t, double tolerance)
{
    DevicePair on = open_device(device, 1);
    for (size_t k = 0; k < sizeof references / sizeof *references; k++) {
        const Reference *r = &references[k];
        const Optim o = optim_of(r);
        Session *s = optim_session(&o, t, &on);
        for (int n = 1; n <= STEPS; n++) {
            step(s, &o, t, n, n % 3 ? 1 : 4, 1); /* a factor that is a power of two changes no bit */
            if (n == 7)
                step(s, &o, t, n, 1, 0); /* skipped */
        }
        for (int i = 0; i < N; i++) {
            const double got = state_at(s, 0, i), want = t == DT_f32 ? r->p32[i] : r->p64[i];
            if (!(fabs(got - want) <= tolerance * fmax(fabs(want), 0.1)))
                fail_msg("%s, %s %s (%s): parameter %d is %.17g, wants %.17g", device, r->name, r->text, dtype_name(t), i, got, want);
        }
        session_free(&s);
    }
    pipeline_device_close(&on);
}

static void twenty_steps(void **state)
{
    (void)state;
    twenty_steps_on("cpu", DT_f32, 1e-5);
    twenty_steps_on("cpu", DT_f64, 1e-9);
    twenty_steps_on("interp", DT_f32, 1e-5);
}

/* Parts of one arena: elements outside keep their bits; the weights of the second part are views that a product reads before they change. */
static void parts(void **state)
{
    (void)state;
    static const char text[] = "graph { in %0: f32[24] state in %1: f32[24] input in %2: f32[3] input in %3: f32[2, 9] input in %4: f32[2, 3] input in %5 \"sum\": f32[20] state in %6: f32[1] input\n"
        "let %7: i64[1] const = [16] let %8: i64[1] const = [22] let %9: i64[2] const = [3, 2] slice (%0, %7, %8) -> %10: ? reshape (%10, %9) {\"allowzero\" = 0} -> %11: ?\n"
        "matmul (%4, %11) -> %12: ? accumulate (%5, %12, %6) {\"start\" = 16, \"count\" = 4} -> %13: ? state\n"
        "sgd_update (%0, %1, %2, %3) {\"start\" = 0, \"count\" = 16} -> %14: ? state sgd_update (%14, %1, %2, %3) {\"start\" = 16, \"count\" = 6, \"row\" = 1} -> %15: ? state\n"
        "slice (%15, %7, %8) -> %16: ? out %16 }";
    static const char *const devices[] = {"cpu", "interp"};
    for (int d = 0; d < 2; d++) {
        DevicePair on = open_device(devices[d], 1);
        Session *s = open_text(text, &on);
        double p[N], g[N], row[2 * OPTIM_NUMBERS];
        const Optim o = {.kind = OPTIM_SGD};
        for (int i = 0; i < N; i++)
            p[i] = i, g[i] = 1;
        optim_numbers(&o, 0.5, 0, 0, 1, row);
        optim_numbers(&o, 0.25, 0, 0, 1, row + OPTIM_NUMBERS);
        set_state(s, 0, DT_f32, N, p);
        RtValue *in[7] = {0}, *out[1];
        in[1] = tensor(DT_f32, 1, N, g);
        in[2] = tensor(DT_f32, 1, 3, (double[]){1, 1, 0});
        in[3] = tensor(DT_f32, 2, OPTIM_NUMBERS * 2, row);
        in[3]->dim[0] = 2, in[3]->dim[1] = OPTIM_NUMBERS;
        in[4] = tensor(DT_f32, 2, 6, (double[]){1, 0, 0, 0, 0, 1});
        in[4]->dim[0] = 2, in[4]->dim[1] = 3;
        for (int turn = 0; turn < 3; turn++) {
            Error e = {0};
            in[6] = tensor(DT_f32, 1, 1, (double[]){turn > 0});
            if (session_run(s, in, 7, out, 1, &e))
                fail_msg("%s: %s", devices[d], e.text);
            rt_free(&in[6]);
            assert_true(dtype_get_f64(DT_f32, out[0]->data, 5) == 21 - 0.25 * (turn + 1));
            rt_free(&out[0]);
        }
        for (int i = 0; i < N; i++)
            assert_true(state_at(s, 0, i) == i - (i < 16 ? 1.5 : i < 22 ? 0.75 : 0));
        static const double sums[4] = {48 - 0.75, 51 - 0.75, 60 - 0.75, 63 - 0.75}; /* of 16, 17, 20, 21 less 0, 0.25, 0.5 */
        for (int i = 0; i < 20; i++)
            assert_true(state_at(s, 5, i) == (i < 16 ? 0 : sums[i - 16]));
        int copies = 0;
        for (int i = 0; i < ((Block *)s->g->plan)->n_steps; i++)
            copies += ((Block *)s->g->plan)->steps[i]->kind == STEP_COPY;
        assert_int_equal(copies, 1); /* the output; the weights are read where they are */
        for (int i = 1; i < 5; i++)
            rt_free(&in[i]);
        session_free(&s);
        pipeline_device_close(&on);
    }
}

static void factor_of(Session *s, DType t, double sum, double scale, double most, double *f)
{
    RtValue *in[2] = {0}, *out[1];
    Error e = {0};
    in[0] = tensor(t, 1, 1, &sum);
    in[0]->rank = 0;
    in[1] = tensor(t, 1, 2, (double[]){scale, most});
    if (session_run(s, in, 2, out, 1, &e))
        fail_msg("%s", e.text);
    for (int i = 0; i < 3; i++)
        f[i] = dtype_get_f64(t, out[0]->data, (uint64_t)i);
    rt_free(&in[0]);
    rt_free(&in[1]);
    rt_free(&out[0]);
}

/* clip_grad_norm_ of PyTorch: norm, at most 1 · most / (norm + 1e-6). */
static void factors(void **state)
{
    (void)state;
    DevicePair on = open_device("cpu", 1);
    Session *s = open_text("graph { in %0: f64[] input in %1: f64[2] input grad_factor (%0, %1) -> %2: ? out %2 }", &on);
    double f[3];
    factor_of(s, DT_f64, 25, 1, 2, f);
    assert_true(fabs(f[0] - 2 / (5 + 1e-6)) < 1e-15 && f[1] == 1 && f[2] == 5);
    factor_of(s, DT_f64, 25, 8, 2, f);
    assert_true(f[0] == 1.0 / 8 && f[1] == 1 && f[2] == 5.0 / 8);
    factor_of(s, DT_f64, 25, 1, INFINITY, f);
    assert_true(f[0] == 1 && f[1] == 1);
    factor_of(s, DT_f64, INFINITY, 1, 2, f);
    assert_true(f[1] == 0);
    factor_of(s, DT_f64, NAN, 1, 2, f);
    assert_true(f[1] == 0);
    session_free(&s);
    pipeline_device_close(&on);
}

/* One session trains, another reads the same states. */
static void shared(void **state)
{
    (void)state;
    static const char *const devices[] = {"cpu", "interp"};
    for (int d = 0; d < 2; d++) {
        DevicePair on = open_device(devices[d], 1);
        Session *a = open_text("graph { in %0: f32[4] state in %1: f32[4] state in %2: f32[2] input average_update (%0, %1, %2) -> %3: ? state accumulate (%1, %3, %2) {} -> %4: ? state }", &on);
        Session *b = open_text("graph { in %0: f32[4] state add (%0, %0) -> %1: ? out %1 }", &on);
        Error e = {0};
        RtValue *in[3] = {0}, *none[1] = {0}, *out[1];
        set_state(a, 1, DT_f32, 4, (double[]){1, 2, 3, 4});
        assert_int_equal(session_state_share(b, 0, a, 0, &e), 0);
        in[2] = tensor(DT_f32, 1, 1, (double[]){0.5});
        in[2]->dim[0] = 1;
        assert_int_not_equal(session_run(a, in, 3, NULL, 0, &e), 0); /* one number too few */
        rt_free(&in[2]);
        error_clear(&e);
        in[2] = tensor(DT_f32, 1, 2, (double[]){0.5, 0.5});
        for (int turn = 1; turn <= 2; turn++) { /* a: e/2 + p/2, p + e */
            run(a, in, 3);
            if (session_run(b, none, 1, out, 1, &e))
                fail_msg("%s: %s", devices[d], e.text);
            for (int i = 0; i < 4; i++)
                assert_true(dtype_get_f64(DT_f32, out[0]->data, (uint64_t)i) == (i + 1) * (turn == 1 ? 1 : 2));
            rt_free(&out[0]);
        }
        set_state(a, 0, DT_f32, 4, (double[]){5, 6, 7, 8});
        assert_int_equal(session_run(b, none, 1, out, 1, &e), 0);
        assert_true(dtype_get_f64(DT_f32, out[0]->data, 3) == 16);
        rt_free(&out[0]);
        assert_int_not_equal(session_state_share(b, 0, a, 2, &e), 0);
        rt_free(&in[2]);
        session_free(&b);
        session_free(&a);
        pipeline_device_close(&on);
    }
}

static void refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "graph { in %0: f32[4] state in %1: f32[4] input in %2: f32[1] input accumulate (%0, %1, %2) -> %3: f32[4] state add (%0, %1) -> %4: f32[4] out %4 }",
        "graph { in %0: f32[4] state in %1: f32[4] input in %2: f32[1] input accumulate (%0, %1, %2) -> %3: f32[4] state out %0 }",
        "graph { in %0: f32[4] state add (%0, %0) -> %1: f32[4] state out %1 }",
        "graph { in %0: f32[4] input in %1: f32[4] input in %2: f32[1] input accumulate (%0, %1, %2) -> %3: f32[4] state }",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        Arena a = {0};
        Graph *g;
        Error e = {0};
        assert_int_equal(graph_parse(texts[i], strlen(texts[i]), &a, &g, &e), 0);
        assert_int_equal(graph_verify(g, &e), SPML_DATA);
        assert_non_null(strstr(e.text, "state"));
        arena_free(&a);
    }
}

static void schedules(void **state)
{
    (void)state;
    Schedule s = schedule_default(SCHEDULE_COSINE, 100);
    s.warmup = 10;
    assert_true(schedule_factor(&s, 0) == 0.1 && schedule_factor(&s, 9) == 1 && schedule_factor(&s, 10) == 1);
    assert_true(fabs(schedule_factor(&s, 55) - 0.5) < 1e-12 && fabs(schedule_factor(&s, 100)) < 1e-12 && fabs(schedule_factor(&s, 1000)) < 1e-12);
    s = schedule_default(SCHEDULE_STEP, 90);
    assert_true(s.every == 30 && schedule_factor(&s, 29) == 1 && fabs(schedule_factor(&s, 30) - 0.1) < 1e-15 && fabs(schedule_factor(&s, 60) - 0.01) < 1e-15);
    s = schedule_default(SCHEDULE_LINEAR, 10);
    s.last = 0.5;
    assert_true(fabs(schedule_factor(&s, 5) - 0.75) < 1e-15 && schedule_factor(&s, 10) == 0.5);
    s = schedule_default(SCHEDULE_ONE_CYCLE, 100); /* OneCycleLR(max_lr=1, total_steps=100) of PyTorch */
    assert_true(fabs(schedule_factor(&s, 0) - 0.04) < 1e-12 && fabs(schedule_factor(&s, 29) - 1) < 1e-12 && fabs(schedule_factor(&s, 99) - 4e-6) < 1e-12);
    assert_true(fabs(schedule_factor(&s, 10) - 0.29516394846410077) < 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(twenty_steps), cmocka_unit_test(parts), cmocka_unit_test(factors), cmocka_unit_test(shared), cmocka_unit_test(refused), cmocka_unit_test(schedules)};
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    while (n_arenas)
        arena_free(&arenas[--n_arenas]);
    return failed;
}
