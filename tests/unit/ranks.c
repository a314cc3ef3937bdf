/* SPDX-License-Identifier: MIT
 * tests: a step that ranks share does what one does alone: twelve samples on one rank and on two, three and four, in f64, so that what is compared is not rounding:
 * losses, right answers, norms, parameters and running statistics of nets with dropout, batch norm (also in blocks), class weights, ignored places, sums over several
 * batches. Here ranks are threads that share memory; tests/run-mpi does the same with processes. What mixes samples is refused by name. */
#include "ir/peers.h"
#include "ops/ops.h"
#include "train/train.h"

#include <math.h>
#include <pthread.h>
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

enum { WHOLE = 12, MOST = 4, STEPS = 6, SUMS = 64, NUMBERS = 4096 };

/* ── ranks that are threads ── */

typedef struct Exchange { DType t; char *x; int64_t n; bool spread; } Exchange;
typedef struct Meeting { pthread_barrier_t at; const void *given[MOST]; Exchange open[MOST][SUMS]; } Meeting;
typedef struct Local { Peers peers; Meeting *m; int n_open; } Local;

static SpmlCode gather(Peers *p, const void *x, size_t sz, void *all, Error *err)
{
    Meeting *m = ((Local *)p)->m;
    (void)err;
    m->given[p->rank] = x;
    pthread_barrier_wait(&m->at);
    for (int i = 0; i < p->n; i++)
        memcpy((char *)all + (size_t)i * sz, m->given[i], sz);
    pthread_barrier_wait(&m->at);
    return SPML_OK;
}

static SpmlCode open_exchange(Peers *p, Exchange e, Error *err)
{
    Local *l = (Local *)p;
    if (l->n_open == SUMS)
        return error_set(err, SPML_RESOURCE, "sums", "too many");
    l->m->open[p->rank][l->n_open++] = e;
    return SPML_OK;
}

static SpmlCode start(Peers *p, DType t, void *x, int64_t n, Error *err) { return open_exchange(p, (Exchange){t, x, n, false}, err); }
static SpmlCode spread(Peers *p, DType t, void *x, int64_t n, Error *err) { return open_exchange(p, (Exchange){t, x, n, true}, err); }

/* This rank's slice; then nonsense in those of the others, which nobody may read. */
static void add_up(Peers *p, const Meeting *m, int k, bool spoil)
{
    const Exchange *e = &m->open[p->rank][k];
    const int64_t from = peers_slice(e->n, p->n, p->rank), to = peers_slice(e->n, p->n, p->rank + 1);
    for (int64_t i = 0; i < e->n && !e->spread; i++) {
        const bool own = i >= from && i < to;
        double s = 0;
        for (int r = 0; r < p->n && own; r++)
            s += dtype_get_f64(e->t, m->open[r][k].x, (uint64_t)i);
        if (own != spoil)
            dtype_set_f64(e->t, e->x, (uint64_t)i, spoil ? -dtype_get_f64(e->t, e->x, (uint64_t)i) : s);
    }
}

static void bring(Peers *p, const Meeting *m, int k)
{
    const Exchange *e = &m->open[p->rank][k];
    const size_t w = dtype_info[e->t].bytes;
    for (int r = 0; r < p->n && e->spread; r++)
        if (r != p->rank) {
            const size_t from = (size_t)peers_slice(e->n, p->n, r) * w, to = (size_t)peers_slice(e->n, p->n, r + 1) * w;
            memcpy(e->x + from, m->open[r][k].x + from, to - from);
        }
}

static SpmlCode finish(Peers *p, Error *err)
{
    Local *l = (Local *)p;
    (void)err;
    pthread_barrier_wait(&l->m->at);
    for (int k = 0; k < l->n_open; k++) {
        add_up(p, l->m, k, false);
        bring(p, l->m, k);
    }
    pthread_barrier_wait(&l->m->at);
    for (int k = 0; k < l->n_open; k++)
        add_up(p, l->m, k, true);
    pthread_barrier_wait(&l->m->at);
    l->n_open = 0;
    return SPML_OK;
}

/* ── nets ── */

typedef struct Net { const char *name, *text; int rank; int64_t dim[4]; DType t; double tolerance; } Net;
static const Net nets[] = {
    {"perceptron with dropout", "graph { sym $0 \"n\" input bucket 1 1000 in %0 \"x\": f64[$0, 20] input in %1 \"w1\": f64[20, 16] input in %2 \"b1\": f64[16] input in %3 \"w2\": f64[16, 10] input in %4 \"b2\": f64[10] input\n"
        "matmul (%0, %1, %2) -> %5: ? tanh (%5) -> %6: ? dropout (%6) {\"ratio\" = f 0.25} -> %7: ?, _ matmul (%7, %3, %4) -> %8: ? out %8 }", 2, {WHOLE, 20}, DT_f64, 1e-10},
    {"dropout along a second axis", "graph { sym $0 \"n\" input bucket 1 1000 in %0 \"x\": f64[$0, 5, 4] input in %1 \"w1\": f64[4, 6] input in %2 \"w2\": f64[30, 10] input\n"
        "matmul (%0, %1) -> %3: ? transpose (%3) {\"perm\" = [1, 0, 2]} -> %4: ? dropout (%4) {\"ratio\" = f 0.5} -> %5: ?, _ transpose (%5) {\"perm\" = [1, 0, 2]} -> %6: ?\n"
        "flatten (%6) {\"axis\" = 1} -> %7: ? matmul (%7, %2) -> %8: ? out %8 }", 3, {WHOLE, 5, 4}, DT_f64, 1e-10},
    {"convolutions with batch norm", "graph { sym $0 \"n\" input bucket 1 1000 in %0 \"x\": f64[$0, 1, 8, 8] input in %1 \"w1\": f64[4, 1, 3, 3] input in %2 \"b1\": f64[4] input in %3 \"g\": f64[4] input in %4 \"h\": f64[4] input\n"
        "in %5 \"m\": f64[4] input in %6 \"v\": f64[4] input in %7 \"w2\": f64[6, 4, 3, 3] input in %8 \"b2\": f64[6] input in %9 \"w3\": f64[96, 10] input in %10 \"b3\": f64[10] input\n"
        "conv (%0, %1, %2) {\"pads\" = [1, 1, 1, 1]} -> %11: ? batch_norm (%11, %3, %4, %5, %6) {\"eps\" = f 1e-5, \"momentum\" = f 0.9} -> %12: ?, _, _, _, _ relu (%12) -> %13: ?\n"
        "max_pool (%13) {\"kernel_shape\" = [2, 2], \"strides\" = [2, 2]} -> %14: ?, _ conv (%14, %7, %8) {\"pads\" = [1, 1, 1, 1]} -> %15: ? relu (%15) -> %16: ?\n"
        "flatten (%16) {\"axis\" = 1} -> %17: ? matmul (%17, %9, %10) -> %18: ? out %18 }", 4, {WHOLE, 1, 8, 8}, DT_f64, 1e-9},
    {"batch norm in blocks", "graph { sym $0 \"n\" input bucket 1 1000 in %0 \"x\": f32[$0, 3, 12, 12] input in %1 \"w1\": f32[32, 3, 3, 3] input in %2 \"w2\": f32[32, 32, 3, 3] input in %3 \"g\": f32[32] input in %4 \"h\": f32[32] input\n"
        "in %5 \"m\": f32[32] input in %6 \"v\": f32[32] input in %7 \"w3\": f32[32, 10] input\n"
        "conv (%0, %1) {\"pads\" = [1, 1, 1, 1]} -> %8: ? conv (%8, %2) {\"pads\" = [1, 1, 1, 1]} -> %9: ? batch_norm (%9, %3, %4, %5, %6) {\"eps\" = f 1e-5, \"momentum\" = f 0.9} -> %10: ?, _, _, _, _ tanh (%10) -> %11: ?\n"
        "reduce_mean (%11) {\"axes\" = [2, 3], \"keepdims\" = 0} -> %12: ? matmul (%12, %7) -> %13: ? out %13 }", 4, {WHOLE, 3, 12, 12}, DT_f32, 2e-5},
};

static double number(int64_t i, int a, int b, int m) { return (double)((i * a + b) % m - m / 2) / (m / 2); }

/* Scales and variances are near 1, the rest about 0. */
static void make_constant(Graph *g, Value *v, int k)
{
    int64_t dims[IR_MAX_RANK], n = 1;
    assert_true(value_literal(v, dims));
    for (int i = 0; i < v->type.rank; i++)
        n *= dims[i];
    const bool one = v->name[0] == 'g' || v->name[0] == 'v';
    char *p = arena_alloc(g->arena, (size_t)n * 8, 64);
    for (int64_t i = 0; i < n; i++)
        dtype_set_f64(v->type.dtype, p, (uint64_t)i, one ? 1 + 0.1 * number(i, 7, k, 11) : number(i, 37, 11 * k + 5, 101) * 0.25);
    ConstData *d = arena_new(g->arena, ConstData);
    *d = (ConstData){.p = p, .sz = (size_t)n * dtype_info[v->type.dtype].bytes};
    v->data = d;
    v->residency = RES_CONST;
}

static Graph *net_graph(const char *text, Arena *a)
{
    Graph *g;
    Error e = {0};
    if (graph_parse(text, strlen(text), a, &g, &e))
        fail_msg("%s", e.text);
    for (size_t i = 1; i < g->n_in; i++)
        make_constant(g, g->in[i], (int)i);
    g->n_in = 1;
    if (graph_infer(g, &e) || graph_verify(g, &e))
        fail_msg("%s", e.text);
    return g;
}

/* ── a rank's lessons ── */

typedef struct Rank { Local local; const Net *net; const TrainOptions *o; const char *backend; int n; double loss[STEPS], norm[STEPS], correct[STEPS], param[NUMBERS]; int64_t n_param; Error err; SpmlCode code; } Rank;

static void fill(const Rank *r, RtValue *x, RtValue *y, int t)
{
    const int64_t each = rt_count(x) / x->dim[0], first = (int64_t)r->local.peers.rank * x->dim[0];
    for (int64_t i = 0; i < rt_count(x); i++)
        dtype_set_f64(x->dtype, x->data, (uint64_t)i, number(first * each + i, 29, 17 * t, 61));
    for (int64_t i = 0; i < y->dim[0]; i++)
        dtype_set_i64(DT_i64, y->data, (uint64_t)i, ((first + i) * 7 + t * 3) % 10);
}

static void take_params(Rank *r, Trainer *t)
{
    for (size_t i = 0; i < trainer_params(t) && !r->code; i++) {
        TrainParam p;
        const void *data;
        int64_t n = 1;
        trainer_param(t, i, &p);
        r->code = trainer_param_data(t, i, false, &data, &r->err);
        for (int d = 0; d < p.rank; d++)
            n *= p.dim[d];
        for (int64_t k = 0; k < n && !r->code && r->n_param < NUMBERS && strcmp(p.name, "b1"); k++) /* a bias before a normalisation has no gradient but noise */
            r->param[r->n_param++] = dtype_get_f64(p.dtype, data, (uint64_t)k);
    }
}

static void *learn(void *ctx)
{
    Rank *r = ctx;
    Arena a = {0};
    DevicePair on;
    Trainer *t = NULL;
    RtValue *x = NULL, *y = NULL;
    TrainOptions o = *r->o;
    int64_t dim[4], rows = WHOLE / r->n;
    memcpy(dim, r->net->dim, sizeof dim);
    dim[0] = rows;
    o.peers = r->n > 1 ? &r->local.peers : NULL;
    r->code = pipeline_device(&(PipelineOptions){.backend = r->backend, .threads = 1}, &on, &r->err);
    if (r->code)
        return NULL;
    Graph *g = net_graph(r->net->text, &a);
    r->code = rt_tensor(r->net->t, r->net->rank, dim, &x, &r->err);
    if (!r->code)
        r->code = rt_tensor(DT_i64, 1, &rows, &y, &r->err);
    if (!r->code)
        r->code = trainer_open(g, &o, &(TrainPorts){(const RtValue *const[]){x}, 1, y}, &on, &t, &r->err);
    for (int i = 0; i < STEPS * (o.accumulate > 1 ? o.accumulate : 1) && !r->code; i++) {
        TrainResult s;
        fill(r, x, y, i);
        r->code = trainer_step(t, &(TrainBatch){&x, 1, y, NULL}, &s, &r->err);
        const int at = i / (o.accumulate > 1 ? o.accumulate : 1);
        r->loss[at] += s.loss;
        r->norm[at] = s.norm;
        r->correct[at] += s.correct;
    }
    if (!r->code)
        take_params(r, t);
    trainer_close(&t);
    rt_free(&x);
    rt_free(&y);
    pipeline_device_close(&on);
    arena_free(&a);
    return NULL;
}

static void run(Rank *r, int n, const Net *net, const TrainOptions *o, const char *backend)
{
    static Meeting m; /* large */
    pthread_t thread[MOST];
    memset(&m, 0, sizeof m);
    pthread_barrier_init(&m.at, NULL, (unsigned)n);
    for (int i = 0; i < n; i++)
        r[i] = (Rank){.local = {.peers = {.rank = i, .n = n, .gather = gather, .start = start, .spread = spread, .finish = finish}, .m = &m}, .net = net, .o = o, .n = n, .backend = backend};
    for (int i = 0; i < n; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, learn, &r[i]), 0);
    for (int i = 0; i < n; i++)
        pthread_join(thread[i], NULL);
    pthread_barrier_destroy(&m.at);
}

static void near(const Net *net, int n, const char *what, int64_t i, double got, double want)
{
    if (!(fabs(got - want) <= net->tolerance * fmax(fabs(want), 1)))
        fail_msg("%s, %d ranks: %s %lld is %.17g, one has %.17g (%.1e)", net->name, n, what, (long long)i, got, want, fabs(got - want));
}

static void compare(const Net *net, const TrainOptions *o, const char *backend, const int *ranks)
{
    static Rank one[1], many[MOST];
    run(one, 1, net, o, backend);
    if (one->code)
        fail_msg("%s: %s", net->name, one->err.text);
    for (; *ranks; ranks++) {
        run(many, *ranks, net, o, backend);
        for (int k = 0; k < *ranks; k++) {
            if (many[k].code)
                fail_msg("%s, %d ranks: %s", net->name, *ranks, many[k].err.text);
            for (int i = 0; i < STEPS; i++) {
                near(net, *ranks, "loss", i, many[k].loss[i], one->loss[i]);
                near(net, *ranks, "norm", i, many[k].norm[i], one->norm[i]);
                assert_true(many[k].correct[i] == one->correct[i] || net->t == DT_f32);
            }
            assert_int_equal(many[k].n_param, one->n_param);
            for (int64_t i = 0; i < one->n_param; i++)
                near(net, *ranks, "parameter", i, many[k].param[i], one->param[i]);
            assert_memory_equal(many[k].param, many[0].param, (size_t)one->n_param * sizeof *one->param); /* the same bits on all */
        }
    }
}

static TrainOptions options(void)
{
    TrainOptions o = {TRAIN_DEFAULTS, .clip_norm = 0.7, .seed = 9};
    o.optim = optim_default(OPTIM_SGD);
    o.optim.rate = 0.1;
    o.optim.momentum = 0.9;
    o.schedule = schedule_default(SCHEDULE_CONSTANT, STEPS);
    return o;
}

static void as_one(void **state)
{
    (void)state;
    const TrainOptions o = options();
    for (size_t i = 0; i < sizeof nets / sizeof *nets; i++)
        compare(&nets[i], &o, "cpu", (const int[]){2, 3, 4, 0});
}

static void weighed_and_summed(void **state)
{
    (void)state;
    const double weights[10] = {1, 2, 0.5, 3, 1, 1, 4, 1, 0.25, 2};
    TrainOptions o = options();
    o.class_weights = weights;
    o.n_class_weights = 10;
    o.ignore_index = 3;
    compare(&nets[0], &o, "cpu", (const int[]){2, 3, 0});
    o.accumulate = 3;
    compare(&nets[2], &o, "cpu", (const int[]){2, 4, 0});
}

static void mixing(void **state)
{
    (void)state;
    static Rank r[2];
    const TrainOptions o = options();
    const Net net = {"mixed", "graph { sym $0 \"n\" input bucket 1 1000 in %0 \"x\": f64[$0, 20] input in %1 \"w\": f64[20, 10] input\n"
        "reduce_mean (%0) {\"axes\" = [0], \"keepdims\" = 1} -> %2: ? sub (%0, %2) -> %3: ? matmul (%3, %1) -> %4: ? out %4 }", 2, {WHOLE, 20}, DT_f64, 0};
    run(r, 2, &net, &o, "cpu");
    for (int i = 0; i < 2; i++) {
        assert_int_equal(r[i].code, SPML_UNSUPPORTED);
        assert_string_equal(r[i].err.key, "ranks");
        assert_non_null(strstr(r[i].err.text, "reduce_mean"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_one), cmocka_unit_test(weighed_and_summed), cmocka_unit_test(mixing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
