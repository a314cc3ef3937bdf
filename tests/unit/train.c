/* SPDX-License-Identifier: MIT
 * tests: the Trainer: twenty steps of a perceptron and of a small convolutional net, their evaluation and their parameters, equal PyTorch's (train_ref.h); the same
 * bits from any number of threads; what another device gives; groups, frozen parameters, averages; the model that leaves it; checkpoints: k steps, a checkpoint
 * and N − k steps are N steps, and what is not whole is refused. */
#include "backend/test_backends.h"
#include "ops/ops.h"
#include "train/train.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
// clang-format off
#include <cmocka.h>
// clang-format on
#include "train_ref.h"

enum { B = 8, STEPS = 20 };

/* ── models: weights are inputs of the text that become constants ── */

typedef struct Weight { const char *name; int number; double scale; } Weight;
typedef struct Net { const char *name, *text; Weight w[12]; int rank; int64_t dim[4]; } Net;
static const Net nets[] = {
    {"mlp", "graph { sym $0 \"n\" input bucket 1 1000 in %%0 \"x\": %1$s[$0, 20] input in %%1 \"w1\": %1$s[20, 16] input in %%2 \"b1\": %1$s[16] input in %%3 \"w2\": %1$s[16, 10] input in %%4 \"b2\": %1$s[10] input\n"
        "matmul (%%0, %%1, %%2) -> %%5: ? relu (%%5) -> %%6: ? matmul (%%6, %%3, %%4) -> %%7: ? softmax (%%7) {\"axis\" = 1} -> %%8 \"y\": ? out %%8 }",
        {{"w1", 1, 0.25}, {"b1", 2, 0.1}, {"w2", 3, 0.25}, {"b2", 4, 0.1}}, 2, {B, 20}},
    {"conv", "graph { sym $0 \"n\" input bucket 1 1000 in %%0 \"x\": %1$s[$0, 1, 8, 8] input in %%1 \"w1\": %1$s[4, 1, 3, 3] input in %%2 \"b1\": %1$s[4] input in %%3 \"g\": %1$s[4] input in %%4 \"h\": %1$s[4] input\n"
        "in %%5 \"m\": %1$s[4] input in %%6 \"v\": %1$s[4] input in %%7 \"w2\": %1$s[6, 4, 3, 3] input in %%8 \"b2\": %1$s[6] input in %%9 \"w3\": %1$s[96, 10] input in %%10 \"b3\": %1$s[10] input\n"
        "conv (%%0, %%1, %%2) {\"pads\" = [1, 1, 1, 1]} -> %%11: ? batch_norm (%%11, %%3, %%4, %%5, %%6) {\"eps\" = f 1e-5, \"momentum\" = f 0.9} -> %%12: ?, _, _, _, _ relu (%%12) -> %%13: ?\n"
        "max_pool (%%13) {\"kernel_shape\" = [2, 2], \"strides\" = [2, 2]} -> %%14: ?, _ conv (%%14, %%7, %%8) {\"pads\" = [1, 1, 1, 1]} -> %%15: ? relu (%%15) -> %%16: ?\n"
        "flatten (%%16) {\"axis\" = 1} -> %%17: ? matmul (%%17, %%9, %%10) -> %%18: ? out %%18 }",
        {{"w1", 1, 0.5}, {"b1", 2, 0.1}, {"g", 5, 0.5}, {"h", 6, 0.1}, {"m", 0, 0}, {"v", 0, 1}, {"w2", 7, 0.25}, {"b2", 8, 0.1}, {"w3", 9, 0.1}, {"b3", 10, 0.1}}, 4, {B, 1, 8, 8}},
};

static double number(int64_t i, int a, int b, int m) { return (double)((i * a + b) % m - m / 2) / (m / 2); }

static void make_constant(Graph *g, Value *v, const Weight *w)
{
    int64_t dims[IR_MAX_RANK], n = 1;
    assert_true(value_literal(v, dims));
    for (int i = 0; i < v->type.rank; i++)
        n *= dims[i];
    char *p = arena_alloc(g->arena, (size_t)n * 8, 64);
    for (int64_t i = 0; i < n; i++)
        dtype_set_f64(v->type.dtype, p, (uint64_t)i, w->number ? number(i, 37, 11 * w->number + 5, 101) * w->scale : w->scale);
    ConstData *d = arena_new(g->arena, ConstData);
    *d = (ConstData){.p = p, .sz = (size_t)n * dtype_info[v->type.dtype].bytes};
    v->data = d;
    v->residency = RES_CONST;
}

static Graph *net_graph(const Net *net, DType t, Arena *a)
{
    char text[4000];
    Graph *g;
    Error e = {0};
    snprintf(text, sizeof text, net->text, dtype_name(t));
    if (graph_parse(text, strlen(text), a, &g, &e))
        fail_msg("%s", e.text);
    for (size_t i = 1; i < g->n_in; i++)
        make_constant(g, g->in[i], &net->w[i - 1]);
    g->n_in = 1;
    if (graph_infer(g, &e) || graph_verify(g, &e))
        fail_msg("%s", e.text);
    return g;
}

static const Net *net_named(const char *name) { return strcmp(name, "conv") ? &nets[0] : &nets[1]; }

static DevicePair device(const char *name, int threads)
{
    DevicePair on;
    Error e = {0};
    if (pipeline_device(&(PipelineOptions){.backend = name, .threads = threads}, &on, &e))
        fail_msg("%s", e.text);
    return on;
}

/* ── training ── */

typedef struct Lesson { Arena arena; const Net *net; DType t; DevicePair on; Graph *g; Trainer *trainer; RtValue *x, *y; } Lesson;

static void fill_batch(Lesson *l, int t)
{
    for (int64_t i = 0, n = rt_count(l->x); i < n; i++)
        dtype_set_f64(l->t, l->x->data, (uint64_t)i, number(i, 29, 17 * t, 61));
    for (int i = 0; i < B; i++)
        dtype_set_i64(DT_i64, l->y->data, (uint64_t)i, (i * 7 + t * 3) % 10);
}

static void begin(Lesson *l, const Net *net, DType t, const TrainOptions *o, const char *backend, int threads)
{
    Error e = {0};
    const int64_t b = B;
    *l = (Lesson){.net = net, .t = t, .on = device(backend, threads)};
    l->g = net_graph(net, t, &l->arena);
    assert_int_equal(rt_tensor(t, net->rank, net->dim, &l->x, &e), 0);
    assert_int_equal(rt_tensor(DT_i64, 1, &b, &l->y, &e), 0);
    if (trainer_open(l->g, o, &(TrainPorts){(const RtValue *const[]){l->x}, 1, l->y}, &l->on, &l->trainer, &e))
        fail_msg("%s: %s", net->name, e.text);
}

static void end(Lesson *l)
{
    trainer_close(&l->trainer);
    rt_free(&l->x);
    rt_free(&l->y);
    pipeline_device_close(&l->on);
    arena_free(&l->arena);
}

static TrainResult step(Lesson *l, int t)
{
    TrainResult r;
    Error e = {0};
    fill_batch(l, t);
    if (trainer_step(l->trainer, &(TrainBatch){&l->x, 1, l->y, NULL}, &r, &e))
        fail_msg("step %d: %s", t, e.text);
    return r;
}

static TrainResult evaluate(Lesson *l, int t)
{
    TrainResult r;
    Error e = {0};
    fill_batch(l, t);
    if (trainer_eval(l->trainer, &(TrainBatch){&l->x, 1, l->y, NULL}, &r, NULL, &e))
        fail_msg("evaluation: %s", e.text);
    return r;
}

static double squares(Lesson *l)
{
    double sum = 0;
    for (size_t i = 0; i < trainer_params(l->trainer); i++) {
        TrainParam p;
        const void *data;
        Error e = {0};
        int64_t n = 1;
        trainer_param(l->trainer, i, &p);
        assert_int_equal(trainer_param_data(l->trainer, i, false, &data, &e), 0);
        for (int d = 0; d < p.rank; d++)
            n *= p.dim[d];
        for (int64_t k = 0; k < n && !p.buffer && strcmp(p.name, "b1"); k++) /* a bias before a normalisation has no gradient but noise */
            sum += dtype_get_f64(p.dtype, data, (uint64_t)k) * dtype_get_f64(p.dtype, data, (uint64_t)k);
    }
    return sum;
}

static TrainOptions options_of(const Reference *r)
{
    TrainOptions o = r->o;
    OptimKind k = OPTIM_SGD;
    assert_true(optim_find(r->optim, strlen(r->optim), &k));
    const Optim given = o.optim;
    o.optim = optim_default(k);
    o.optim.rate = given.rate;
    o.optim.decay = given.decay;
    o.optim.momentum = given.momentum;
    o.optim.nesterov = given.nesterov;
    o.schedule = schedule_default(SCHEDULE_CONSTANT, STEPS);
    return o;
}

static void near(const Reference *r, DType t, const char *what, int i, double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance * fmax(fabs(want), 1e-3)))
        fail_msg("%s %s %s (%s): %s %d is %.17g, wants %.17g (%.1e)", r->model, r->optim, r->text, dtype_name(t), what, i, got, want, fabs(got - want) / fabs(want));
}

static void compare(const Reference *r, DType t, const char *backend, double tolerance)
{
    Lesson l;
    const double *want = t == DT_f32 ? r->r32 : r->r64;
    const TrainOptions o = options_of(r);
    begin(&l, net_named(r->model), t, &o, backend, 1);
    for (int i = 0; i < STEPS; i++)
        near(r, t, "loss", i, step(&l, i).loss, want[i], tolerance);
    const TrainResult v = evaluate(&l, 99);
    near(r, t, "evaluation", 0, v.loss, want[STEPS], tolerance);
    near(r, t, "right answers", 0, v.correct, want[STEPS + 1], 0);
    near(r, t, "squares", 0, squares(&l), want[STEPS + 2], tolerance);
    assert_true(v.places == B);
    end(&l);
}

static void as_pytorch(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof references / sizeof *references; i++) {
        compare(&references[i], DT_f32, "cpu", 1e-5);
        compare(&references[i], DT_f64, "cpu", 1e-9);
    }
}

static void on_interp(void **state)
{
    (void)state;
    compare(&references[2], DT_f32, "interp", 1e-5);
    compare(&references[3], DT_f32, "interp", 1e-5);
    compare(&references[5], DT_f32, "interp", 1e-5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_pytorch), cmocka_unit_test(on_interp)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
