/* SPDX-License-Identifier: MIT
 * unit tests of sessions: a length that differs from run to run compiles nothing new and lays memory out once per shape class; a run ends
 * when it is cancelled and the session stays good; arenas are close to what no plan can go below. */
#include "handles.h"
#include "ir/ops.h"
#include "ops/ops.h"
#include "plan/plan.h"

#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
// clang-format off
#include <cmocka.h>
// clang-format on

enum { WIDTH = 16, LENGTHS = 1000, CHAIN = 400, SIDE = 192, MAX_IN = 64, MAX_OUT = 8 };

static SpmlModel *model_new(void)
{
    SpmlModel *m = calloc(1, sizeof *m);
    assert_non_null(m);
    m->g = graph_new(&m->arena, "test");
    return m;
}

static Value *apply(Graph *g, int op, int n, Value *a, Value *b)
{
    Node *node = graph_node(g, NULL, op, NULL, n, (Value *[]){a, b}, 1);
    assert_non_null(node);
    return node->out[0];
}

static void set_int(Value *v, const char *name, int64_t i) { assert_true(node_attr(v->producer, &(Attr){.name = name, .kind = ATTR_INT, .i = i})); }

static void finish(SpmlModel *m, Value *out)
{
    Error err = {0};
    assert_true(graph_output(m->g, out));
    if (graph_verify(m->g, &err) || graph_infer(m->g, &err))
        fail_msg("%s", err.text);
}

static SpmlSession *open_session(const SpmlModel *m, int threads)
{
    SpmlError *err = spml_error_new();
    SpmlSession *s = NULL;
    if (spml_session_open(m, &(SpmlSessionOptions){.threads = threads}, &s, err))
        fail_msg("%s", spml_error_text(err));
    spml_error_free(err);
    return s;
}

static SpmlTensor *run1(SpmlSession *s, SpmlTensor *x)
{
    SpmlError *err = spml_error_new();
    SpmlTensor *y = NULL;
    if (spml_session_run(s, &x, 1, &y, 1, err))
        fail_msg("%s", spml_error_text(err));
    spml_error_free(err);
    return y;
}

static float wave(int64_t i) { return (float)((i * 37 + 11) % 101 - 50) / 64.0f; }

static SpmlTensor *rows(int64_t n)
{
    SpmlTensor *x;
    assert_int_equal(spml_tensor_new("f32", 2, (int64_t[]){n, WIDTH}, &x, NULL), 0);
    for (int64_t i = 0; i < n * WIDTH; i++)
        ((float *)spml_tensor_data(x))[i] = wave(i);
    return x;
}

/* relu(softmax(x·xᵀ)·x + x) over x f32[n,16]: every row depends on the length. */
static SpmlModel *attention_model(void)
{
    SpmlModel *m = model_new();
    Graph *g = m->g;
    Type t = type_tensor(g, DT_f32, 2, (const Dim *[]){dim_sym(g, graph_sym(g, "n", 1)), dim_const(g, WIDTH)});
    Value *x = graph_input(g, "x", &t), *s = apply(g, OP_matmul, 2, x, x);
    set_int(s, "trans_b", 1);
    Value *p = apply(g, OP_softmax, 1, s, NULL);
    set_int(p, "axis", -1);
    finish(m, apply(g, OP_relu, 1, apply(g, OP_add, 2, apply(g, OP_matmul, 2, p, x), x), NULL));
    return m;
}

static void check_attention(SpmlTensor *x, SpmlTensor *y)
{
    int64_t n = spml_tensor_dim(x, 0);
    const float *a = spml_tensor_data(x), *got = spml_tensor_data(y);
    assert_int_equal(spml_tensor_dim(y, 0), n);
    for (int64_t r = 0; r < n; r += n / 5 + 1) {
        double sum = 0, acc[WIDTH] = {0};
        for (int64_t k = 0; k < n; k++) {
            double dot = 0;
            for (int i = 0; i < WIDTH; i++)
                dot += (double)a[r * WIDTH + i] * a[k * WIDTH + i];
            double e = exp(dot);
            sum += e;
            for (int i = 0; i < WIDTH; i++)
                acc[i] += e * a[k * WIDTH + i];
        }
        for (int i = 0; i < WIDTH; i++)
            if (!(fabs(fmax(acc[i] / sum + a[r * WIDTH + i], 0) - got[r * WIDTH + i]) < 1e-4))
                fail_msg("length %lld row %lld column %d: %g", (long long)n, (long long)r, i, (double)got[r * WIDTH + i]);
    }
}

static void lengths_share_kernels(void **state)
{
    SpmlModel *m = attention_model();
    SpmlSession *s = open_session(m, 1);
    uint64_t kernels = 0;
    for (int64_t i = 0; i < LENGTHS; i++) {
        int64_t n = i * 617 % LENGTHS + 1; /* every length once, out of order */
        SpmlTensor *x = rows(n), *y = run1(s, x);
        check_attention(x, y);
        if (i == 0)
            kernels = s->symbolic->n_kernels;
        assert_int_equal(s->symbolic->n_kernels, kernels);
        spml_tensor_free(x);
        spml_tensor_free(y);
    }
    const Block *b = s->symbolic->g->plan;
    assert_true(kernels > 0);
    assert_null(s->concrete);
    assert_in_range(b->n_layouts, 20, 32); /* 1, 2, 4, 8, 16, then four classes an octave up to 1024 */
    spml_session_free(s);
    spml_model_free(m);
}

/* A second session compiles as many kernels, and gives the same bytes. */
static void length_does_not_depend_on_history(void **state)
{
    SpmlModel *m = attention_model();
    SpmlSession *used = open_session(m, 2);
    for (int64_t n = 1; n < 200; n += 13) {
        SpmlSession *fresh = open_session(m, 3);
        SpmlTensor *x = rows(n), *a = run1(used, x), *b = run1(fresh, x);
        assert_memory_equal(spml_tensor_data(a), spml_tensor_data(b), spml_tensor_bytes(a));
        assert_int_equal(fresh->symbolic->n_kernels, used->symbolic->n_kernels);
        spml_tensor_free(x);
        spml_tensor_free(a);
        spml_tensor_free(b);
        spml_session_free(fresh);
    }
    spml_session_free(used);
    spml_model_free(m);
}

/* ── cancel ── */

static SpmlModel *chain_model(void)
{
    SpmlModel *m = model_new();
    Type t = type_literal(m->g, DT_f32, 2, (int64_t[]){SIDE, SIDE});
    Value *x = graph_input(m->g, "x", &t), *y = x;
    for (int i = 0; i < CHAIN; i++) {
        y = apply(m->g, OP_matmul, 2, y, x);
        y = apply(m->g, OP_tanh, 1, y, NULL);
    }
    finish(m, y);
    return m;
}

typedef struct Canceller { SpmlSession *s; struct timespec sent; } Canceller;

static void *cancel_soon(void *arg)
{
    Canceller *c = arg;
    usleep(3000);
    clock_gettime(CLOCK_MONOTONIC, &c->sent);
    spml_session_cancel(c->s);
    return NULL;
}

static void cancelled_run_ends(void **state)
{
    SpmlModel *m = chain_model();
    SpmlSession *s = open_session(m, 2);
    SpmlTensor *x, *y = NULL, *before, *after;
    assert_int_equal(spml_tensor_new("f32", 2, (int64_t[]){SIDE, SIDE}, &x, NULL), 0);
    for (int i = 0; i < SIDE * SIDE; i++)
        ((float *)spml_tensor_data(x))[i] = wave(i) / 16;
    before = run1(s, x);
    Canceller c = {.s = s};
    pthread_t t;
    assert_int_equal(pthread_create(&t, NULL, cancel_soon, &c), 0);
    SpmlError *err = spml_error_new();
    SpmlStatus status = spml_session_run(s, &x, 1, &y, 1, err);
    pthread_join(t, NULL);
    assert_int_equal(status, 130);
    assert_int_equal(spml_error_status(err), 130);
    assert_null(y);
    spml_session_cancel(s); /* between runs: the next one ends, and only that one */
    assert_int_equal(spml_session_run(s, &x, 1, &y, 1, NULL), 130);
    after = run1(s, x);
    assert_memory_equal(spml_tensor_data(before), spml_tensor_data(after), spml_tensor_bytes(before));
    spml_error_free(err);
    spml_tensor_free(x);
    spml_tensor_free(before);
    spml_tensor_free(after);
    spml_session_free(s);
    spml_model_free(m);
}

/* ── memory plans ── */

static uint64_t random_state = 88172645463325252u;
static uint64_t rnd(uint64_t n)
{
    random_state ^= random_state << 13, random_state ^= random_state >> 7, random_state ^= random_state << 17;
    return (random_state >> 11) % n;
}

static void check_plan(const PlanBuffer *b, size_t n, uint64_t total)
{
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(b[i].offset % 64, 0);
        assert_true(b[i].offset + b[i].size <= total);
        for (size_t j = 0; j < i; j++)
            if (b[i].first <= b[j].last && b[j].first <= b[i].last)
                assert_true(b[i].offset + b[i].size <= b[j].offset || b[j].offset + b[j].size <= b[i].offset);
    }
}

static void plans_do_not_overlap(void **state)
{
    PlanBuffer b[100], again[100];
    double worst = 1;
    for (int round = 0; round < 300; round++) {
        size_t n = rnd(101);
        uint64_t total, total2;
        for (size_t i = 0; i < n; i++) {
            int32_t first = (int32_t)rnd(50), last = first + (int32_t)rnd(rnd(4) ? 4 : 50);
            b[i] = (PlanBuffer){first, last, rnd(3) ? rnd(1 << 20) : rnd(3), 0};
        }
        memcpy(again, b, sizeof b);
        assert_true(plan_memory(b, n, 64, &total) && plan_memory(again, n, 64, &total2));
        check_plan(b, n, total);
        assert_true(total >= plan_lower_bound(b, n, 64) && total == total2);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(b[i].offset, again[i].offset);
        worst = n && plan_lower_bound(b, n, 64) ? fmax(worst, (double)total / (double)plan_lower_bound(b, n, 64)) : worst;
    }
    assert_true(worst < 1.2);
}

/* ── arenas of the pack's convolutional networks ── */

static SpmlModel *pack_model(const char *name)
{
    char path[4096];
    SpmlModel *m = NULL;
    const char *pack = getenv("SPML_PACK");
    snprintf(path, sizeof path, "%s%s/models/onnx/%s.onnx", pack ? pack : SPML_SOURCE, pack ? "" : "/../shared/pack", name);
    return !access(path, R_OK) && !spml_model_load(path, NULL, &m, NULL) ? m : NULL;
}

static void check_arena(const char *name, const SpmlModel *m)
{
    SpmlTensor *in[MAX_IN] = {0}, *out[MAX_OUT] = {0};
    SpmlPort p;
    SpmlSession *s = open_session(m, 1);
    assert_in_range(spml_model_inputs(m), 1, MAX_IN);
    assert_in_range(spml_model_outputs(m), 1, MAX_OUT);
    for (size_t i = 0; i < spml_model_inputs(m); i++) {
        assert_int_equal(spml_model_input(m, i, &p), 0);
        if (p.has_default)
            continue;
        for (int d = 0; d < p.rank; d++)
            p.dim[d] = p.dim[d] < 0 ? 1 : p.dim[d];
        assert_int_equal(spml_tensor_new(p.dtype, p.rank, p.dim, &in[i], NULL), 0);
    }
    assert_int_equal(spml_session_run(s, in, spml_model_inputs(m), out, spml_model_outputs(m), NULL), 0);
    const Block *b = s->symbolic->g->plan;
    const BlockLayout *l = b->layouts;
    if (getenv("SPML_TEST_VERBOSE"))
        print_message("%s: %.4f\n", name, l ? (double)l->total / (double)l->lower_bound : 0);
    if (!l || l->next || (double)l->total > 1.05 * (double)l->lower_bound)
        fail_msg("%s: arena %llu bytes, at least %llu are needed", name, l ? (unsigned long long)l->total : 0, l ? (unsigned long long)l->lower_bound : 0);
    for (int i = 0; i < MAX_IN; i++)
        spml_tensor_free(in[i]);
    for (int i = 0; i < MAX_OUT; i++)
        spml_tensor_free(out[i]);
    spml_session_free(s);
}

static void arenas_are_small(void **state)
{
    static const char *const names[] = {"squeezenet1.1_rebuilt", "yolox_nano", "style_mosaic_rebuilt_224", "blazeface_front_128", "ultraface_rfb_320", "super-resolution-10", "mnist_cntk_winml"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        SpmlModel *m = pack_model(names[i]);
        if (!m && i == 0 && !strstr(getenv("SPML_REQUIRE") ? getenv("SPML_REQUIRE") : "", "pack")) {
            print_message("no model pack: SPML_PACK names it\n");
            skip();
        }
        assert_non_null(m);
        check_arena(names[i], m);
        spml_model_free(m);
    }
}

/* The length of a range is a symbol until folding makes its limit a constant; what is typed with the symbol still gets its value. */
static void folded_limits_bind_their_range(void **state)
{
    static const char text[] = "graph { in %0 \"x\": f32[2, 3] input let %1: i64[1] const = [2] let %2: i64[0] const = [] reshape (%1, %2) {\"allowzero\" = 1} -> %3: ? let %4: i64[] const = [0] "
                               "let %5: i64[] const = [1] range (%4, %3, %5) -> %6: ? let %7: i64[2] const = [2, 1] reshape (%6, %7) -> %8: ? cast (%8) {\"to\" = type f32} -> %9: ? "
                               "add (%0, %9) -> %10: ? out %10 }";
    SpmlModel *m = calloc(1, sizeof *m);
    SpmlSession *s;
    SpmlTensor *x, *y;
    assert_int_equal(graph_parse(text, sizeof text - 1, &m->arena, &m->g, NULL) || graph_infer(m->g, NULL), 0);
    assert_int_equal(spml_tensor_new("f32", 2, (int64_t[]){2, 3}, &x, NULL), 0);
    assert_int_equal(spml_session_open(m, &(SpmlSessionOptions){.threads = 1, .backend = "cpu"}, &s, NULL), 0);
    assert_int_equal(spml_session_run(s, &x, 1, &y, 1, NULL), 0);
    assert_memory_equal(spml_tensor_data(y), ((float[]){0, 0, 0, 1, 1, 1}), 6 * sizeof(float));
    spml_tensor_free(x);
    spml_tensor_free(y);
    spml_session_free(s);
    spml_model_free(m);
}

/* No part has an element to copy: the output is made all the same. */
static void empty_parts_make_an_empty_whole(void **state)
{
    static const char text[] = "graph { in %0 \"x\": f32[2, 0, 3] input in %1 \"y\": f32[2, 0, 3] input concat (%0, %1) {\"axis\" = 1} -> %2: ? out %2 }";
    SpmlModel *m = calloc(1, sizeof *m);
    SpmlSession *s;
    SpmlTensor *x[2], *y = NULL;
    assert_int_equal(graph_parse(text, sizeof text - 1, &m->arena, &m->g, NULL) || graph_infer(m->g, NULL), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(spml_tensor_new("f32", 3, (int64_t[]){2, 0, 3}, &x[i], NULL), 0);
    assert_int_equal(spml_session_open(m, &(SpmlSessionOptions){.threads = 1, .backend = "cpu"}, &s, NULL), 0);
    assert_int_equal(spml_session_run(s, x, 2, &y, 1, NULL), 0);
    assert_int_equal(spml_tensor_rank(y), 3);
    assert_int_equal(spml_tensor_dim(y, 1), 0);
    assert_int_equal(spml_tensor_dim(y, 2), 3);
    for (int i = 0; i < 2; i++)
        spml_tensor_free(x[i]);
    spml_tensor_free(y);
    spml_session_free(s);
    spml_model_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths_share_kernels),
        cmocka_unit_test(length_does_not_depend_on_history),
        cmocka_unit_test(cancelled_run_ends),
        cmocka_unit_test(plans_do_not_overlap),
        cmocka_unit_test(arenas_are_small),
        cmocka_unit_test(folded_limits_bind_their_range),
        cmocka_unit_test(empty_parts_make_an_empty_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
