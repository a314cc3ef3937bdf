/* SPDX-License-Identifier: MIT
 * tests: architectures: parameters are as many as PyTorch's, drawn alike again and otherwise from another seed, with the deviations they should have; each net
 * learns a batch in a few steps and is written as ONNX; texts and data that do not fit are refused; heads made anew. With ARCH_OUT=DIR the files stay there. */
#include "formats/format.h"
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
#include <unistd.h>
// clang-format off
#include <cmocka.h>
// clang-format on

enum { B = 4 };
static char dir[200];

typedef struct Case { const char *spec; ArchPorts ports; int64_t params; double rate; const char *file; } Case;
#define PICTURE(c, h, w, k) {.rank = 3, .dim = {c, h, w}, .n_out = k}
#define ROW(f, k) {.rank = 1, .dim = {f}, .n_out = k}
#define STEPS(t, f, k) {.rank = 2, .dim = {t, f}, .n_out = k}
#define TOKENS(t, k) {.rank = 1, .dim = {t}, .tokens = true, .n_out = k}
static const Case cases[] = {
    {"mlp:784-128-10", PICTURE(1, 28, 28, 10), 784 * 128 + 128 + 1290, 0.1, "mlp"},
    {"mlp:16", ROW(4, 3), 4 * 16 + 16 + 51, 0.1, "rows"},
    {"lenet", PICTURE(1, 28, 28, 10), 61706, 0.05, "lenet"},
    {"cnn", PICTURE(1, 28, 28, 10), 96554, 0.002, "cnn"},
    {"resnet18", PICTURE(3, 32, 32, 10), 11173962, 0.01, "resnet18"},
    {"mobilenetv2:width=0.5", PICTURE(3, 32, 32, 10), 700490, 0.01, "mobilenetv2"},
    {"lstm:hidden=24,layers=2", TOKENS(9, 17), 17 * 24 + 2 * (2 * 4 * 24 * 24 + 8 * 24) + 17 * 25, 0.5, "lstm"},
    {"lstm:hidden=24,layers=1", STEPS(9, 5, 3), 4 * 24 * 29 + 8 * 24 + 75, 0.5, "lstm_rows"},
    {"gpt:layers=2,heads=2,dim=32,ctx=16", TOKENS(12, 19), 19 * 32 + 16 * 32 + 2 * (12 * 32 * 32 + 13 * 32) + 64, 0.1, "gpt"},
    {"gpt:layers=1,heads=4,dim=32,tied=0,dropout=0.1", TOKENS(8, 19), 2 * 19 * 32 + 8 * 32 + 12 * 32 * 32 + 13 * 32 + 64, 0.1, "gpt_untied"},
};
enum { N_CASES = sizeof cases / sizeof *cases };

static Graph *built(const char *spec, const ArchPorts *p, uint64_t seed, Arena *a)
{
    Graph *g;
    Error e = {0};
    if (arch_build(spec, p, seed, a, &g, &e))
        fail_msg("%s: %s", spec, e.text);
    assert_non_null(g);
    assert_int_equal(graph_verify(g, &e), 0);
    return g;
}

typedef struct Seen { const Value *v[400]; int n; int64_t count; } Seen;

/* Float constants but running statistics, each once. */
static void see(Seen *s, const Graph *g)
{
    *s = (Seen){0};
    for (const Node *n = g->first; n; n = n->next)
        for (int i = 0; i < n->n_in; i++) {
            const Value *v = n->in[i];
            int64_t d[IR_MAX_RANK], count = 1;
            bool old = !v || v->producer || !v->data || !dtype_is_float(v->type.dtype) || (v->name && strstr(v->name, "running"));
            for (int k = 0; k < s->n && !old; k++)
                old = s->v[k] == v;
            if (old)
                continue;
            assert_true(value_literal(v, d) && s->n < 400 && v->name);
            for (int k = 0; k < v->type.rank; k++)
                count *= d[k];
            s->count += count;
            s->v[s->n++] = v;
        }
}

static const Value *named(const Seen *s, const char *name)
{
    for (int i = 0; i < s->n; i++)
        if (!strcmp(s->v[i]->name, name))
            return s->v[i];
    fail_msg("no parameter %s", name);
    return NULL;
}

static void counts(void **state)
{
    (void)state;
    static const Case big[] = {{"resnet18", PICTURE(3, 224, 224, 1000), 11689512, 0, NULL}, {"mobilenetv2", PICTURE(3, 224, 224, 1000), 3504872, 0, NULL}};
    for (size_t i = 0; i < N_CASES + 2; i++) {
        const Case *c = i < N_CASES ? &cases[i] : &big[i - N_CASES];
        Arena a = {0};
        Seen s;
        see(&s, built(c->spec, &c->ports, 1, &a));
        if (s.count != c->params)
            fail_msg("%s has %lld parameters, wants %lld", c->spec, (long long)s.count, (long long)c->params);
        for (int k = 0; k < s.n; k++)
            for (int j = 0; j < k; j++)
                assert_string_not_equal(s.v[j]->name, s.v[k]->name);
        arena_free(&a);
    }
}

static void moments(const Value *v, double mean, double deviation, double most)
{
    const float *p = v->data->p;
    const int64_t n = (int64_t)(v->data->sz / 4);
    double m = 0, s = 0, top = 0;
    for (int64_t i = 0; i < n; i++) {
        m += p[i];
        s += (double)p[i] * p[i];
        top = fmax(top, fabs(p[i]));
    }
    m /= (double)n;
    s = sqrt(s / (double)n - m * m);
    if (!(fabs(m - mean) <= 4 * deviation / sqrt((double)n) + 1e-9 && fabs(s - deviation) <= 0.02 * deviation + 1e-9 && (most == 0 || top <= most)))
        fail_msg("%s: mean %g, deviation %g, largest %g; wants deviation %g, at most %g", v->name, m, s, top, deviation, most);
}

static void initial(void **state)
{
    (void)state;
    Arena a = {0};
    Seen s, again, other;
    const ArchPorts p = PICTURE(1, 28, 28, 10), t = TOKENS(64, 65);
    see(&s, built("mlp:784-128-10", &p, 7, &a));
    see(&again, built("mlp:784-128-10", &p, 7, &a));
    see(&other, built("mlp:784-128-10", &p, 8, &a));
    const Value *w = named(&s, "layers.0.weight");
    assert_memory_equal(w->data->p, named(&again, "layers.0.weight")->data->p, w->data->sz);
    assert_memory_not_equal(w->data->p, named(&other, "layers.0.weight")->data->p, w->data->sz);
    static const float first[4] = {0.00952379126f, -0.0275293868f, -0.0319048204f, -0.0159853958f}; /* on every platform */
    for (int i = 0; i < 4; i++)
        if (((const float *)w->data->p)[i] != first[i])
            fail_msg("number %d is %.9g", i, ((const float *)w->data->p)[i]);
    moments(w, 0, 1.0 / 28 / sqrt(3), 1.0 / 28);
    see(&s, built("gpt:layers=4,heads=4,dim=128", &t, 7, &a));
    moments(named(&s, "wte.weight"), 0, 0.02, 0);
    moments(named(&s, "layers.3.mlp.proj.weight"), 0, 0.02 / sqrt(8), 0);
    moments(named(&s, "layers.0.attn.qkv.bias"), 0, 0, 0);
    moments(named(&s, "ln_f.weight"), 1, 0, 1);
    see(&s, built("resnet18", &(ArchPorts)PICTURE(3, 32, 32, 10), 7, &a));
    moments(named(&s, "layer4.1.conv2.weight"), 0, sqrt(2.0 / (512 * 9)), 0);
    see(&s, built("lstm", &t, 7, &a));
    moments(named(&s, "embedding.weight"), 0, 1, 0);
    moments(named(&s, "lstm.weight_hh_l1"), 0, sqrt(1.0 / 128 / 3), sqrt(1.0 / 128));
    arena_free(&a);
}

/* ── learning ── */

static RtValue *random_input(const ArchPorts *p)
{
    int64_t dim[IR_MAX_RANK] = {B};
    RtValue *x;
    Error e = {0};
    memcpy(dim + 1, p->dim, (size_t)p->rank * sizeof *dim);
    assert_int_equal(rt_tensor(p->tokens ? DT_i64 : DT_f32, p->rank + 1, dim, &x, &e), 0);
    for (int64_t i = 0, n = rt_count(x); i < n; i++)
        if (p->tokens)
            ((int64_t *)x->data)[i] = (i * 7 + i / 5) % p->n_out;
        else
            ((float *)x->data)[i] = (float)((i * 37 + i / 11 * 5) % 101 - 50) / 50;
    return x;
}

static RtValue *targets(const ArchPorts *p)
{
    const int64_t dim[2] = {B, p->dim[0]};
    RtValue *y;
    Error e = {0};
    assert_int_equal(rt_tensor(DT_i64, p->tokens ? 2 : 1, dim, &y, &e), 0);
    for (int64_t i = 0, n = rt_count(y); i < n; i++)
        ((int64_t *)y->data)[i] = (i * 3 + 1) % p->n_out;
    return y;
}

static void write_onnx(const Graph *g, const char *name, const RtValue *x, const RtValue *y)
{
    char path[300];
    Error e = {0};
    WriteReport r;
    snprintf(path, sizeof path, "%s/%s.onnx", dir, name);
    if (format_write("onnx", g, path, &(WriteOptions){.producer = "1"}, &r, &e))
        fail_msg("%s: %s", name, e.text);
    if (!getenv("ARCH_OUT")) {
        assert_int_equal(unlink(path), 0);
        return;
    }
    const RtValue *v[2] = {x, y};
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s.%c", dir, name, i ? 'y' : 'x');
        FILE *f = fopen(path, "wb");
        assert_non_null(f);
        fwrite(v[i]->data, (size_t)dtype_info[v[i]->dtype].bytes, (size_t)rt_count(v[i]), f);
        fclose(f);
    }
}

/* Trained on one batch, the loss falls; answers of the model that leaves are those of the trainer. */
static void learns_graph(Graph *g, const ArchPorts *p, double rate, int steps, const char *file, const TrainGroup *groups, int n_groups)
{
    Arena out = {0};
    Error e = {0};
    DevicePair on;
    Trainer *t;
    Graph *learned;
    TrainOptions o = {TRAIN_DEFAULTS, .optim = optim_default(OPTIM_SGD), .schedule = schedule_default(SCHEDULE_CONSTANT, steps), .groups = groups, .n_groups = n_groups};
    RtValue *x = random_input(p), *y = targets(p), *answer;
    double first = 0, last = 0;
    o.optim.rate = rate;
    if (pipeline_device(&(PipelineOptions){.backend = "cpu", .threads = 1}, &on, &e) || trainer_open(g, &o, &(TrainPorts){(const RtValue *const[]){x}, 1, y}, &on, &t, &e))
        fail_msg("%s: %s", file, e.text);
    for (int i = 0; i < steps; i++) {
        TrainResult r;
        if (trainer_step(t, &(TrainBatch){&x, 1, y, NULL}, &r, &e))
            fail_msg("%s: %s", file, e.text);
        first = i ? first : r.loss;
        last = r.loss;
    }
    if (!(last < first))
        fail_msg("%s: loss from %g to %g", file, first, last);
    TrainResult r;
    if (trainer_eval(t, &(TrainBatch){&x, 1, y, NULL}, &r, &answer, &e) || trainer_model(t, &out, &learned, &e))
        fail_msg("%s: %s", file, e.text);
    write_onnx(learned, file, x, answer);
    trainer_close(&t);
    rt_free(&x);
    rt_free(&y);
    rt_free(&answer);
    pipeline_device_close(&on);
    arena_free(&out);
}

static void learns(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_CASES; i++) {
        Arena a = {0};
        learns_graph(built(cases[i].spec, &cases[i].ports, 3, &a), &cases[i].ports, cases[i].rate, 3, cases[i].file, NULL, 0);
        arena_free(&a);
    }
}

/* ── texts ── */

static void refused(void **state)
{
    (void)state;
    static const struct { const char *spec; ArchPorts ports; const char *key, *says; } rows[] = {
        {"alexnet", PICTURE(3, 32, 32, 10), "arch", "mlp, lenet, cnn, resnet18, mobilenetv2, lstm, gpt"},
        {"", PICTURE(3, 32, 32, 10), "arch", "there is no architecture ''"},
        {"gpt:layer=4", TOKENS(8, 10), "arch-option", "layers, heads, dim, ctx, dropout, tied"},
        {"gpt:layers", TOKENS(8, 10), "arch-option", "layers is a whole number"},
        {"gpt:layers=0", TOKENS(8, 10), "arch-option", "from 1 to"},
        {"gpt:layers=2.5", TOKENS(8, 10), "arch-option", "whole"},
        {"gpt:layers=nan", TOKENS(8, 10), "arch-option", "whole"},
        {"gpt:layers=2,", TOKENS(8, 10), "arch-option", "no option ''"},
        {"gpt:heads=3", TOKENS(8, 10), "arch-option", "divide"},
        {"gpt:ctx=4", TOKENS(8, 10), "arch-option", "windows of 8"},
        {"gpt", PICTURE(1, 28, 28, 10), "arch-data", "tokens"},
        {"lenet:a=1", PICTURE(1, 28, 28, 10), "arch-option", "none"},
        {"lenet", PICTURE(1, 8, 8, 10), "arch-data", "12"},
        {"lenet", ROW(4, 3), "arch-data", "pictures"},
        {"mlp", TOKENS(8, 10), "arch-data", "numbers"},
        {"mlp:784-128-11", PICTURE(1, 28, 28, 10), "arch-widths", "end in 11"},
        {"mlp:", ROW(4, 3), "arch-widths", "784-128-10"},
        {"mlp:8-", ROW(4, 3), "arch-widths", "784-128-10"},
        {"mlp:8-x", ROW(4, 3), "arch-widths", "784-128-10"},
        {"mlp:-8", ROW(4, 3), "arch-widths", "784-128-10"},
        {"lstm", ROW(4, 3), "arch-data", "lstm reads"},
        {"cnn", PICTURE(1, 3, 3, 10), "arch-data", "too small"},
        {"mlp", ROW(0, 3), "arch-data", "extent of 0"},
        {"mlp", ROW(4, 0), "arch-data", "0 outputs"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Arena a = {0};
        Graph *g;
        Error e = {0};
        if (arch_build(rows[i].spec, &rows[i].ports, 1, &a, &g, &e) != SPML_USAGE || strcmp(e.key, rows[i].key) || !strstr(e.text, rows[i].says) || g)
            fail_msg("%s: %d %s '%s'", rows[i].spec, e.code, e.key, e.text);
        arena_free(&a);
    }
    const char *about;
    size_t n = 0;
    while (arch_name(n, &about)) {
        assert_true(about && *about);
        n++;
    }
    assert_int_equal(n, 7);
}

/* ── heads ── */

static void heads(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_CASES; i++) {
        Arena a = {0};
        Error e = {0};
        Seen s;
        const char *head = NULL;
        Graph *g = built(cases[i].spec, &cases[i].ports, 3, &a);
        ArchPorts p = cases[i].ports;
        if (arch_replace_head(g, 23, 5, &head, &e) || graph_verify(g, &e))
            fail_msg("%s: %s", cases[i].spec, e.text);
        p.n_out = 23;
        const Type *t = &g->out[0]->type;
        assert_true(dim_is(t->dim[t->rank - 1], 23));
        assert_true(!strncmp(head, "head", 4) && !strcmp(head + strlen(head) - 2, ".*"));
        see(&s, g);
        char name[40];
        snprintf(name, sizeof name, "%.*s.weight", (int)strlen(head) - 2, head);
        const Value *w = named(&s, name);
        assert_true(dim_is(w->type.dim[0], 23));
        if (i == 2) { /* only the head learns */
            const TrainGroup only[] = {{"*", 1, NAN, true}, {head, 1, NAN, false}};
            learns_graph(g, &p, 0.05, 3, "head", only, 2);
        }
        arena_free(&a);
    }
}

/* Heads as files have them. */
static void foreign_heads(void **state)
{
    (void)state;
    static const struct { const char *text; bool works; int params; } rows[] = {
        /* SqueezeNet's: 1×1, relu, pool, written-down shape */
        {"graph { in %0 \"x\": f32[1, 3, 8, 8] input let %1 \"w\": f32[4, 3, 1, 1] const = [1,2,3,4,5,6,7,8,9,10,11,12] let %2 \"b\": f32[4] const = [1,2,3,4] let %3: i64[2] const = [1, 4]\n"
            "conv (%0, %1, %2) -> %4: ? relu (%4) -> %5: ? reduce_mean (%5) {\"spatial\" = 1, \"keepdims\" = 1} -> %6: ? reshape (%6, %3) -> %7: ? softmax (%7) {\"axis\" = 1} -> %8 \"y\": ? out %8 }", true, 2},
        /* MatMul + Add, weights behind a Transpose */
        {"graph { sym $0 \"n\" input bucket 1 1000 in %0 \"x\": f32[$0, 2] input let %1 \"w\": f32[3, 2] const = [1,2,3,4,5,6] let %2 \"b\": f32[3] const = [1,2,3]\n"
            "transpose (%1) {\"perm\" = [1, 0]} -> %3: ? matmul (%0, %3) -> %4: ? add (%2, %4) -> %5: ? log_softmax (%5) {\"axis\" = 1} -> %6 \"y\": ? out %6 }", true, 2},
        {"graph { in %0 \"x\": f32[2, 2] input let %1 \"w\": f32[2, 3] const = [1,2,3,4,5,6] matmul (%0, %1) -> %2: ? exp (%2) -> %3 \"y\": ? out %3 }", false, 0},
        {"graph { in %0 \"x\": f32[2, 2] input relu (%0) -> %1 \"y\": ? out %1 }", false, 0},
        {"graph { in %0 \"x\": f32[2, 2] input matmul (%0, %0) -> %1 \"y\": ? out %1 }", false, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Arena a = {0};
        Graph *g;
        Error e = {0};
        Seen s;
        const char *head;
        if (graph_parse(rows[i].text, strlen(rows[i].text), &a, &g, &e) || graph_infer(g, &e))
            fail_msg("%s", e.text);
        const SpmlCode code = arch_replace_head(g, 7, 1, &head, &e);
        if (code != (rows[i].works ? SPML_OK : SPML_UNSUPPORTED))
            fail_msg("%zu: %d %s", i, code, e.text);
        if (!code) {
            see(&s, g);
            assert_int_equal(s.n, rows[i].params);
            assert_true(dim_is(g->out[0]->type.dim[1], 7) && g->out[0]->type.rank == 2 && !strcmp(head, "head.*"));
            assert_int_equal(graph_verify(g, &e), 0);
        }
        arena_free(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(counts), cmocka_unit_test(initial), cmocka_unit_test(learns), cmocka_unit_test(refused), cmocka_unit_test(heads), cmocka_unit_test(foreign_heads)};
    const char *tmp = getenv("TMPDIR"), *kept = getenv("ARCH_OUT");
    snprintf(dir, sizeof dir, "%s/spml-arch-XXXXXX", tmp ? tmp : "/tmp");
    if (kept)
        snprintf(dir, sizeof dir, "%s", kept);
    else if (!mkdtemp(dir))
        return 1;
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    if (!kept)
        rmdir(dir);
    return failed;
}
