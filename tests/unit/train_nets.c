/* SPDX-License-Identifier: MIT
 * tests: twenty steps of LeNet, ResNet-18, a two-layer LSTM and a four-layer GPT equal PyTorch's, loss by loss (train_nets_ref.h, by scripts/make-net-refs): f64 to 1e-9,
 * f32 to 1e-5. Parameters and batches are drawn from their names and numbers, alike here and there. Each change takes a lesson of each net but ResNet-18;
 * TRAIN_NETS=long all of them, TRAIN_NETS=resnet18 that net's too, TRAIN_NETS=f32 no f64. TRAIN_NETS=print shows each difference. */
#include "backend/test_backends.h"
#include "ops/ops.h"
#include "train/arch.h"
#include "train/train.h"

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
#include "train_nets_ref.h"

/* ── numbers: of a stream, by position ── */

static uint64_t mixed(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

static uint64_t stream(const char *name)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (; *name; name++)
        h = (h ^ (uint8_t)*name) * 0x100000001b3u;
    return mixed(h);
}

static uint64_t stream_of_batch(char what, int t)
{
    char name[20];
    snprintf(name, sizeof name, "%c%d", what, t);
    return stream(name);
}

/* (−1, 1), symmetric, 24 bits */
static double number(uint64_t s, int64_t i) { return ((double)(mixed(s + (uint64_t)i) >> 40) - 0x1p23 + 0.5) * 0x1p-23; }

/* ── the net: of type t, its parameters anew ── */

static double first_number(const char *name, int rank, const int64_t *dim, int64_t i)
{
    const size_t n = strlen(name);
    if (strstr(name, "running"))
        return strstr(name, "var") ? 1 : 0;
    if (rank == 1)
        return number(stream(name), i) * 0.1 + (n > 7 && !strcmp(name + n - 7, ".weight") ? 1 : 0);
    const int64_t fan = rank == 4 ? dim[1] * dim[2] * dim[3] : dim[rank - 1];
    return number(stream(name), i) / sqrt((double)fan);
}

static void renumber(Graph *g, Value *v, DType t)
{
    int64_t dim[IR_MAX_RANK], n = 1;
    assert_true(value_literal(v, dim) && v->name);
    for (int i = 0; i < v->type.rank; i++)
        n *= dim[i];
    char *p = arena_alloc(g->arena, (size_t)n * dtype_info[t].bytes, 64);
    ConstData *d = arena_new(g->arena, ConstData);
    for (int64_t i = 0; i < n; i++)
        dtype_set_f64(t, p, (uint64_t)i, first_number(v->name, v->type.rank, dim, i));
    *d = (ConstData){.p = p, .sz = (size_t)n * dtype_info[t].bytes};
    v->data = d;
    v->type.dtype = t;
    v->graph = NULL; /* seen; set again below */
}

static void retype(Graph *g, DType t)
{
    Error e = {0};
    for (size_t i = 0; i < g->n_in; i++)
        if (g->in[i]->type.dtype == DT_f32)
            g->in[i]->type.dtype = t;
    for (Node *n = g->first; n; n = n->next) {
        for (int i = 0; i < n->n_in; i++)
            if (n->in[i] && n->in[i]->data && n->in[i]->type.dtype == DT_f32 && n->in[i]->graph)
                renumber(g, n->in[i], t);
        for (int i = 0; i < n->n_out; i++)
            if (n->out[i])
                n->out[i]->type = (Type){0};
    }
    for (Node *n = g->first; n; n = n->next)
        for (int i = 0; i < n->n_in; i++)
            if (n->in[i])
                n->in[i]->graph = g;
    if (graph_infer(g, &e) || graph_verify(g, &e))
        fail_msg("%s", e.text);
}

/* ── lessons ── */

typedef struct Lesson { Arena arena; DevicePair on; Trainer *trainer; RtValue *x, *y; } Lesson;

static TrainOptions options_of(const NetReference *r)
{
    TrainOptions o = {TRAIN_DEFAULTS, .accumulate = r->accumulate, .schedule = schedule_default(SCHEDULE_CONSTANT, NET_STEPS)};
    o.optim = optim_default(r->adamw ? OPTIM_ADAMW : OPTIM_SGD);
    o.optim.rate = r->rate;
    if (r->adamw)
        o.optim.decay = r->number;
    else
        o.optim.momentum = r->number;
    return o;
}

static RtValue *tensor(DType t, int rank, int64_t first, const int64_t *rest)
{
    int64_t dim[IR_MAX_RANK] = {first};
    RtValue *v;
    Error e = {0};
    memcpy(dim + 1, rest, (size_t)(rank - 1) * sizeof *rest);
    assert_int_equal(rt_tensor(t, rank, dim, &v, &e), 0);
    return v;
}

static void begin(Lesson *l, const NetReference *r, DType t, const char *backend)
{
    const ArchPorts ports = {.rank = r->rank, .dim = {r->dim[0], r->dim[1], r->dim[2]}, .tokens = r->tokens, .n_out = r->classes};
    const TrainOptions o = options_of(r);
    Graph *g;
    Error e = {0};
    *l = (Lesson){0};
    if (pipeline_device(&(PipelineOptions){.backend = backend, .threads = 2}, &l->on, &e) || arch_build(r->arch, &ports, 1, &l->arena, &g, &e))
        fail_msg("%s: %s", r->arch, e.text);
    retype(g, t);
    l->x = tensor(r->tokens ? DT_i64 : t, r->rank + 1, r->batch, r->dim);
    l->y = tensor(DT_i64, r->tokens ? 2 : 1, r->batch, r->dim);
    if (trainer_open(g, &o, &(TrainPorts){(const RtValue *const[]){l->x}, 1, l->y}, &l->on, &l->trainer, &e))
        fail_msg("%s: %s", r->arch, e.text);
}

static void end(Lesson *l)
{
    trainer_close(&l->trainer);
    rt_free(&l->x);
    rt_free(&l->y);
    pipeline_device_close(&l->on);
    arena_free(&l->arena);
}

static double step(Lesson *l, const NetReference *r, int t)
{
    TrainResult out;
    Error e = {0};
    for (int64_t i = 0, n = rt_count(l->x); i < n; i++)
        if (r->tokens)
            dtype_set_i64(DT_i64, l->x->data, (uint64_t)i, (int64_t)(mixed(stream_of_batch('x', t) + (uint64_t)i) % (uint64_t)r->classes));
        else
            dtype_set_f64(l->x->dtype, l->x->data, (uint64_t)i, number(stream_of_batch('x', t), i));
    for (int64_t i = 0, n = rt_count(l->y); i < n; i++)
        dtype_set_i64(DT_i64, l->y->data, (uint64_t)i, (int64_t)(mixed(stream_of_batch('y', t) + (uint64_t)i) % (uint64_t)r->classes));
    if (trainer_step(l->trainer, &(TrainBatch){&l->x, 1, l->y, NULL}, &out, &e))
        fail_msg("%s step %d: %s", r->arch, t, e.text);
    return out.loss;
}

static bool asked(const char *what)
{
    const char *s = getenv("TRAIN_NETS");
    return s && strstr(s, what);
}

/* The largest relative difference of twenty losses. */
static double distance(const NetReference *r, DType t)
{
    Lesson l;
    double most = 0;
    const double *want = t == DT_f32 ? r->r32 : r->r64;
    begin(&l, r, t, "cpu");
    for (int i = 0; i < NET_STEPS; i++) {
        const double loss = step(&l, r, i), off = fabs(loss - want[i]) / fabs(want[i]);
        most = fmax(most, off);
        if (asked("print"))
            printf("%s %s %d %s step %d: %.12g, PyTorch %.12g (%.1e); its f32 from its f64 %.1e\n", r->arch, r->adamw ? "adamw" : "sgd", r->accumulate, dtype_name(t), i, loss, want[i], off,
                fabs(r->r32[i] - r->r64[i]) / fabs(r->r64[i]));
    }
    end(&l);
    return most;
}

/* PyTorch's own f32 stays within 1e-6 of its f64. Where it does not (ResNet-18 at usual rates: 8e-3 after twenty steps), one unit on the other side of a ReLU has
 * grown into results that no two programs share: such lessons are compared in f64 alone, and that net has gentle ones for f32. */
static bool calm(const NetReference *r)
{
    double drift = 0;
    for (int i = 0; i < NET_STEPS; i++)
        drift = fmax(drift, fabs(r->r32[i] - r->r64[i]) / fabs(r->r64[i]));
    return drift <= 1e-6;
}

static void as_pytorch(void **state)
{
    int bad = 0;
    (void)state;
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    for (size_t i = 0; i < sizeof net_references / sizeof *net_references; i++) {
        const NetReference *r = &net_references[i];
        if (r->rare && !asked("long") && !asked(r->arch))
            continue;
        const double f32 = calm(r) ? distance(r, DT_f32) : 0, f64 = asked("f32") ? 0 : distance(r, DT_f64);
        printf("%-36s %-5s accumulate %d: f32 %.1e%s, f64 %.1e%s\n", r->arch, r->adamw ? "adamw" : "sgd", r->accumulate, f32, calm(r) ? "" : " (not calm: not compared)", f64, asked("f32") ? " (not asked)" : "");
        bad += !(f32 <= 1e-5 && f64 <= 1e-9);
    }
    assert_int_equal(bad, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_pytorch)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
