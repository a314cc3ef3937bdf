/* SPDX-License-Identifier: MIT
 * tests: the Trainer: twenty steps of a perceptron and of a small convolutional net, their evaluation and their parameters, equal PyTorch's (train_ref.h); the same
 * bits from any number of threads; what another device gives; groups, frozen parameters, averages; the model that leaves it; checkpoints: k steps, a checkpoint
 * and N − k steps are N steps, and what is not whole is refused. */
#include "backend/test_backends.h"
#include "base/file.h"
#include "ops/ops.h"
#include "train/checkpoint.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
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
    {"drop", "graph { sym $0 \"n\" input bucket 1 1000 in %%0 \"x\": %1$s[$0, 20] input in %%1 \"w1\": %1$s[20, 16] input in %%2 \"b1\": %1$s[16] input in %%3 \"w2\": %1$s[16, 10] input in %%4 \"b2\": %1$s[10] input\n"
        "matmul (%%0, %%1, %%2) -> %%5: ? relu (%%5) -> %%6: ? dropout (%%6) {\"ratio\" = f 0.25} -> %%7: ?, _ matmul (%%7, %%3, %%4) -> %%8: ? out %%8 }",
        {{"w1", 1, 0.25}, {"b1", 2, 0.1}, {"w2", 3, 0.25}, {"b2", 4, 0.1}}, 2, {B, 20}},
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

static const Net *net_named(const char *name)
{
    for (size_t i = 0; i < sizeof nets / sizeof *nets; i++)
        if (!strcmp(nets[i].name, name))
            return &nets[i];
    fail_msg("no net %s", name);
    return NULL;
}

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


/* ── files ── */

static char dir[200];

static char *read_all(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    char *p = malloc(1 << 20);
    if (!f)
        fail_msg("no file %s", path);
    *n = fread(p, 1, 1 << 20, f);
    fclose(f);
    return p;
}

static void write_all(const char *path, const char *p, size_t n)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(p, 1, n, f), n);
    fclose(f);
}

static void clean(void)
{
    char command[300];
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    assert_int_equal(system(command), 0);
}

static void save(Lesson *l, bool best, int keep)
{
    Error e = {0};
    if (checkpoint_save(l->trainer, dir, "{\"epoch\":3,\"text\":\"a\\\"b\"}", best, keep, &e))
        fail_msg("%s", e.text);
}

static const char *path_of(int step)
{
    static char path[2][300];
    static int turn;
    char *p = path[turn++ % 2];
    snprintf(p, sizeof path[0], "%s/checkpoint-%09d.safetensors", dir, step);
    return p;
}

static TrainOptions rich_options(OptimKind k)
{
    TrainOptions o = {TRAIN_DEFAULTS, .optim = optim_default(k), .schedule = schedule_default(SCHEDULE_COSINE, STEPS), .ema = 0.9, .clip_norm = 1, .seed = 12345};
    o.optim.rate = 0.01;
    o.schedule.warmup = 3;
    return o;
}

/* The checkpoint after n steps, of which those from `resume` on were made by another process, as it were. */
static char *bytes_after(const char *net, DType t, const TrainOptions *o, int n, int resume, int threads, size_t *sz)
{
    Lesson l;
    Error e = {0};
    clean();
    begin(&l, net_named(net), t, o, "cpu", threads);
    for (int i = 0; i < n; i++) {
        if (i == resume) {
            save(&l, false, 2);
            end(&l);
            begin(&l, net_named(net), t, o, "cpu", threads);
            const char *file;
            Arena a = {0};
            if (checkpoint_find(dir, &a, &file, &e) || checkpoint_load(l.trainer, file, &e))
                fail_msg("%s", e.text);
            arena_free(&a);
        }
        step(&l, i);
    }
    save(&l, true, 1);
    const int64_t at = trainer_counters(l.trainer).step;
    end(&l);
    return read_all(path_of((int)at), sz);
}

static void resumed(void **state)
{
    (void)state;
    static const struct { const char *net; DType t; OptimKind k; int accumulate; } rows[] = {{"conv", DT_f32, OPTIM_ADAMW, 1}, {"drop", DT_f32, OPTIM_RMSPROP, 1}, {"drop", DT_f64, OPTIM_SGD, 2}, {"conv", DT_f32, OPTIM_LION, 2}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        TrainOptions o = rich_options(rows[i].k);
        o.accumulate = rows[i].accumulate;
        o.optim.momentum = rows[i].k == OPTIM_SGD ? 0.9 : 0;
        size_t n, m;
        char *want = bytes_after(rows[i].net, rows[i].t, &o, 12, -1, 1, &n), *got = bytes_after(rows[i].net, rows[i].t, &o, 12, 6, 1, &m);
        assert_int_equal(n, m);
        assert_memory_equal(got, want, n);
        free(got);
        for (int threads = 2; threads < 5; threads++) {
            got = bytes_after(rows[i].net, rows[i].t, &o, 12, -1, threads, &m);
            assert_int_equal(n, m);
            assert_memory_equal(got, want, n);
            free(got);
        }
        free(want);
    }
    clean();
}

static SpmlCode load_code(Lesson *l, const char *path, Error *e)
{
    *e = (Error){0};
    return checkpoint_load(l->trainer, path, e);
}

static void refused(void **state)
{
    (void)state;
    Lesson l, other;
    Error e = {0};
    Arena a = {0};
    const char *loop;
    TrainOptions o = rich_options(OPTIM_ADAMW);
    clean();
    begin(&l, net_named("mlp"), DT_f32, &o, "cpu", 1);
    for (int i = 0; i < 3; i++) {
        step(&l, i);
        save(&l, i == 1, 2);
    }
    assert_int_equal(access(path_of(1), F_OK), -1); /* two are kept */
    assert_int_equal(access(path_of(2), F_OK), 0);
    size_t n;
    char *p = read_all(path_of(3), &n), path[300];
    assert_int_equal(checkpoint_read(path_of(3), &a, &loop, &e), 0);
    assert_string_equal(loop, "{\"epoch\":3,\"text\":\"a\\\"b\"}");
    snprintf(path, sizeof path, "%s/cut.safetensors", dir);
    for (size_t cut = 0; cut < n; cut += cut < 300 ? 1 : 977) {
        write_all(path, p, cut);
        assert_int_equal(load_code(&l, path, &e), SPML_DATA);
        assert_true(e.text[0] && e.file[0]);
    }
    p[n - 5] ^= 1;
    write_all(path, p, n);
    assert_int_equal(load_code(&l, path, &e), SPML_DATA);
    assert_string_equal(e.key, "checkpoint-damaged");
    static const char foreign[] = "\x48\0\0\0\0\0\0\0{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}                  0000";
    write_all(path, foreign, 8 + 0x48 + 4);
    assert_int_equal(load_code(&l, path, &e), SPML_DATA);
    snprintf(path, sizeof path, "%s/best.safetensors", dir);
    assert_int_equal(load_code(&l, path, &e), SPML_OK);
    assert_int_equal(trainer_counters(l.trainer).step, 2);
    o.optim.kind = OPTIM_ADAM;
    begin(&other, net_named("mlp"), DT_f32, &o, "cpu", 1);
    assert_int_equal(load_code(&other, path, &e), SPML_DATA);
    assert_string_equal(e.key, "checkpoint-other");
    end(&other);
    assert_int_equal(load_code(&l, "/nowhere/there", &e), SPML_DATA);
    e = (Error){0};
    clean();
    mkdir(dir, 0777);
    assert_int_equal(checkpoint_find(dir, &a, &loop, &e), SPML_DATA);
    end(&l);
    free(p);
    arena_free(&a);
    clean();
}

static void full_disk(void **state)
{
    (void)state;
    Lesson l;
    Error e = {0};
    size_t n, m;
    struct rlimit was, small;
    TrainOptions o = rich_options(OPTIM_ADAMW);
    clean();
    begin(&l, net_named("mlp"), DT_f32, &o, "cpu", 1);
    step(&l, 0);
    save(&l, true, 1);
    char *before = read_all(path_of(1), &n);
    step(&l, 1);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &was);
    small = (struct rlimit){4096, was.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    const SpmlCode code = checkpoint_save(l.trainer, dir, "{}", true, 1, &e);
    setrlimit(RLIMIT_FSIZE, &was);
    assert_int_equal(code, SPML_RESOURCE);
    char *after = read_all(path_of(1), &m);
    assert_int_equal(n, m);
    assert_memory_equal(before, after, n);
    assert_int_equal(load_code(&l, path_of(1), &e), SPML_OK);
    assert_int_equal(access(path_of(2), F_OK), -1);
    free(before);
    free(after);
    end(&l);
    clean();
}

/* A process that does nothing but save is killed at 50 moments: each time what is there is whole. */
static void killed(void **state)
{
    (void)state;
    const TrainOptions o = rich_options(OPTIM_ADAMW);
    uint32_t random = 1;
    clean();
    for (int turn = 0; turn < 50; turn++) {
        int ready[2];
        char byte = 0;
        assert_int_equal(pipe(ready), 0);
        const pid_t child = fork();
        if (!child) {
            close(ready[0]);
            Lesson l;
            begin(&l, net_named("conv"), DT_f32, &o, "cpu", 1);
            for (int i = 0;; i++) {
                step(&l, i % STEPS);
                save(&l, i % 3 == 0, 2);
                if (!i && write(ready[1], "", 1) != 1)
                    _exit(1);
            }
        }
        random = random * 1664525u + 1013904223u;
        close(ready[1]);
        assert_int_equal(read(ready[0], &byte, 1), 1); /* it saves from here on */
        close(ready[0]);
        nanosleep(&(struct timespec){0, (random >> 8) % 10000000}, NULL);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        Arena a = {0};
        Error e = {0};
        const char *file, *loop;
        if (checkpoint_find(dir, &a, &file, &e) || checkpoint_read(file, &a, &loop, &e))
            fail_msg("turn %d: %s", turn, e.text);
        arena_free(&a);
    }
    Lesson l;
    begin(&l, net_named("conv"), DT_f32, &o, "cpu", 1);
    Arena a = {0};
    Error e = {0};
    const char *file;
    assert_int_equal(checkpoint_find(dir, &a, &file, &e), 0);
    assert_int_equal(checkpoint_load(l.trainer, file, &e), 0);
    arena_free(&a);
    end(&l);
    clean();
}

/* ── groups, precision, export ── */

static void groups(void **state)
{
    (void)state;
    Lesson l;
    Error e = {0};
    const TrainGroup g[] = {{"w*", 0, 0, false}, {"b?", 2, NAN, false}, {"*1", 1, 0, true}};
    TrainOptions o = {TRAIN_DEFAULTS, .optim = optim_default(OPTIM_SGD), .groups = g, .n_groups = 3};
    begin(&l, net_named("mlp"), DT_f32, &o, "cpu", 1);
    assert_int_equal(trainer_params(l.trainer), 2);
    assert_int_equal(trainer_frozen(l.trainer), 2);
    const void *data;
    float b2 = 0, w2 = 0;
    for (int turn = 0; turn < 2; turn++) {
        for (size_t i = 0; i < 2; i++) {
            TrainParam p;
            trainer_param(l.trainer, i, &p);
            assert_int_equal(trainer_param_data(l.trainer, i, false, &data, &e), 0);
            const float now = *(const float *)data;
            if (!strcmp(p.name, "w2")) {
                assert_true(!turn || now == w2); /* its rate is 0 */
                w2 = now;
            } else {
                assert_true(!turn || now != b2);
                b2 = now;
            }
        }
        step(&l, 1);
    }
    end(&l);
    const TrainGroup all = {"*", 1, 0, true};
    Arena a = {0};
    DevicePair on = device("cpu", 1);
    const int64_t dims[2] = {B, 20}, b = B;
    RtValue x = {.kind = TYPE_TENSOR, .dtype = DT_f32, .rank = 2}, y = {.kind = TYPE_TENSOR, .dtype = DT_i64, .rank = 1, .dim = {b}};
    memcpy(x.dim, dims, sizeof dims);
    Graph *graph = net_graph(net_named("mlp"), DT_f32, &a);
    Trainer *t;
    o.groups = &all;
    o.n_groups = 1;
    assert_int_equal(trainer_open(graph, &o, &(TrainPorts){(const RtValue *const[]){&x}, 1, &y}, &on, &t, &e), SPML_DATA);
    assert_string_equal(e.key, "no-parameters");
    assert_null(t);
    pipeline_device_close(&on);
    arena_free(&a);
}

static void precision(void **state)
{
    (void)state;
    const Reference *r = &references[0];
    for (int k = TRAIN_BF16; k <= TRAIN_F16; k++) {
        Lesson l;
        TrainOptions o = options_of(r);
        o.precision = (TrainPrecision)k;
        begin(&l, net_named(r->model), DT_f32, &o, "cpu", 1);
        for (int i = 0; i < STEPS; i++) {
            const TrainResult s = step(&l, i);
            assert_true(s.updated && fabs(s.loss - r->r32[i]) < 0.02);
        }
        end(&l);
    }
    Lesson l;
    TrainOptions o = options_of(r);
    o.precision = TRAIN_F16;
    o.loss_scale = 1 << 24;
    begin(&l, net_named(r->model), DT_f32, &o, "cpu", 1);
    const double before = squares(&l);
    TrainResult s = step(&l, 0);
    assert_true(s.skipped && !s.updated && squares(&l) == before); /* beyond f16: nothing moves */
    for (int i = 0; i < STEPS && s.skipped; i++)
        s = step(&l, 0);
    assert_true(s.updated && s.scale < 1 << 24 && squares(&l) != before);
    assert_int_equal(trainer_counters(l.trainer).updates, 1);
    end(&l);
}

/* What has been learned, as a model of its own, answers as the evaluation does. */
static void leaves(void **state)
{
    (void)state;
    Lesson l;
    Error e = {0};
    Arena a = {0};
    Graph *g;
    Session *s;
    TrainResult r;
    RtValue *want, *got[1];
    TrainOptions o = rich_options(OPTIM_ADAMW);
    begin(&l, net_named("conv"), DT_f32, &o, "cpu", 1);
    for (int i = 0; i < 5; i++)
        step(&l, i);
    fill_batch(&l, 77);
    assert_int_equal(trainer_eval(l.trainer, &(TrainBatch){&l.x, 1, l.y, NULL}, &r, &want, &e), 0);
    assert_int_equal(trainer_model(l.trainer, &a, &g, &e), 0);
    if (pipeline_open(g, &(PipelineOptions){0}, NULL, &l.on, &s, &e) || session_run(s, &l.x, 1, got, 1, &e))
        fail_msg("%s", e.text);
    for (int i = 0; i < B * 10; i++)
        assert_true(fabsf(((float *)want->data)[i] - ((float *)got[0]->data)[i]) < 1e-5f);
    TrainMemory m;
    trainer_memory(l.trainer, &m);
    assert_true(m.params > 0 && m.moments == 2 * m.params);
    rt_free(&want);
    rt_free(&got[0]);
    session_free(&s);
    arena_free(&a);
    end(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_pytorch), cmocka_unit_test(on_interp), cmocka_unit_test(resumed), cmocka_unit_test(refused), cmocka_unit_test(full_disk), cmocka_unit_test(killed),
        cmocka_unit_test(groups), cmocka_unit_test(precision), cmocka_unit_test(leaves)};
    const char *tmp = getenv("TMPDIR");
    snprintf(dir, sizeof dir, "%s/spml-train-%ld", tmp ? tmp : "/tmp", (long)getpid());
    return cmocka_run_group_tests(tests, NULL, NULL);
}
