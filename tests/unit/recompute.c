/* SPDX-License-Identifier: MIT
 * tests: training within a budget of memory: the parameters after some steps have the bits they have without one, what is planned keeps to it, a budget that cannot
 * be met is refused with the least that can, which then is met; running statistics move once a step, dropout draws the same mask; the pass alone on a small graph. */
#include "backend/test_backends.h"
#include "ops/ops.h"
#include "opt/recompute.h"
#include "train/arch.h"
#include "train/train.h"

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

enum { STEPS = 3 };

typedef struct Case { const char *arch; bool tokens; int rank; int64_t dim[3]; int n_out, batch; double share; /* of the activations, that the budget is */ TrainPrecision precision; int accumulate; double ema; } Case;

static const Case cases[] = {
    {"cnn", false, 3, {1, 28, 28}, 10, 4, 0.6, TRAIN_F32, 1, 0},
    {"mobilenetv2", false, 3, {3, 24, 24}, 7, 2, 0.5, TRAIN_F32, 2, 0.9},
    {"gpt:layers=3,heads=2,dim=32,ctx=24", true, 1, {24}, 19, 3, 0.6, TRAIN_F32, 1, 0},
    {"gpt:layers=2,heads=2,dim=32,ctx=24", true, 1, {24}, 19, 3, 0.7, TRAIN_BF16, 1, 0},
    {"lstm:hidden=24,embed=8", true, 1, {16}, 11, 4, 0.9, TRAIN_F32, 1, 0},
};

typedef struct Run { Arena arena; DevicePair on; Graph *g; Trainer *t; RtValue *x, *y; TrainMemory memory; } Run;

static void run_end(Run *r)
{
    trainer_close(&r->t);
    rt_free(&r->x);
    rt_free(&r->y);
    pipeline_device_close(&r->on);
    arena_free(&r->arena);
}

static SpmlCode run_begin(Run *r, const Case *c, uint64_t budget, Error *e)
{
    ArchPorts p = {.rank = c->rank, .tokens = c->tokens, .n_out = c->n_out};
    TrainOptions o = {TRAIN_DEFAULTS, .optim = optim_default(OPTIM_ADAMW), .precision = c->precision, .accumulate = c->accumulate, .ema = c->ema, .memory_budget = budget, .seed = 5};
    int64_t dim[4] = {c->batch};
    *r = (Run){0};
    memcpy(p.dim, c->dim, sizeof c->dim);
    memcpy(dim + 1, c->dim, (size_t)c->rank * sizeof *dim);
    o.optim.rate = 1e-3;
    assert_int_equal(arch_build(c->arch, &p, 1, &r->arena, &r->g, e), 0);
    assert_int_equal(pipeline_device(&(PipelineOptions){.backend = "cpu", .threads = 2}, &r->on, e), 0);
    assert_int_equal(rt_tensor(c->tokens ? DT_i64 : DT_f32, c->rank + 1, dim, &r->x, e), 0);
    assert_int_equal(rt_tensor(DT_i64, c->tokens ? 2 : 1, dim, &r->y, e), 0);
    SpmlCode code = trainer_open(r->g, &o, &(TrainPorts){(const RtValue *const[]){r->x}, 1, r->y}, &r->on, &r->t, e);
    if (!code)
        trainer_memory(r->t, &r->memory);
    return code;
}

static void run_steps(Run *r, const Case *c)
{
    TrainResult result;
    Error e = {0};
    for (int s = 0; s < STEPS * (c->accumulate ? c->accumulate : 1); s++) {
        for (int64_t i = 0; i < rt_count(r->x); i++)
            if (c->tokens)
                dtype_set_i64(DT_i64, r->x->data, (uint64_t)i, (i * 7 + s * 3) % c->n_out);
            else
                dtype_set_f64(DT_f32, r->x->data, (uint64_t)i, (double)((i * 29 + 17 * s) % 61 - 30) / 30);
        for (int64_t i = 0; i < rt_count(r->y); i++)
            dtype_set_i64(DT_i64, r->y->data, (uint64_t)i, (i * 5 + s) % c->n_out);
        assert_int_equal(trainer_step(r->t, &(TrainBatch){&r->x, 1, r->y, NULL}, &result, &e), 0);
    }
}

/* All states: parameters, moments, statistics, averages. */
static void same_states(Run *a, Run *b)
{
    assert_int_equal(trainer_states(a->t), trainer_states(b->t));
    for (size_t i = 0; i < trainer_states(a->t); i++) {
        TrainState x, y;
        assert_int_equal(trainer_state(a->t, i, &x, NULL), 0);
        assert_int_equal(trainer_state(b->t, i, &y, NULL), 0);
        assert_string_equal(x.name, y.name);
        if (memcmp(x.value->data, y.value->data, x.value->sz))
            fail_msg("%s differs", x.name);
    }
}

static void same_bits(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const Case *c = &cases[i];
        Error e = {0};
        Run whole, half;
        assert_int_equal(run_begin(&whole, c, 0, &e), 0);
        const uint64_t budget = (uint64_t)((double)whole.memory.activations * c->share);
        if (run_begin(&half, c, budget, &e))
            fail_msg("%s: %s", c->arch, e.text);
        print_message("%s: activations %llu, budget %llu, planned %llu\n", c->arch, (unsigned long long)whole.memory.activations, (unsigned long long)budget, (unsigned long long)half.memory.activations);
        assert_true(half.memory.activations <= budget);
        run_steps(&whole, c);
        run_steps(&half, c);
        same_states(&whole, &half);
        run_end(&half);
        run_end(&whole);
    }
}

static void refused(void **state)
{
    (void)state;
    const Case *c = &(Case){"lenet", false, 3, {1, 28, 28}, 10, 4, 0, TRAIN_F32, 1, 0};
    Error e = {0};
    Run r;
    char *end;
    assert_int_equal(run_begin(&r, c, 1000, &e), SPML_RESOURCE);
    assert_string_equal(e.key, "memory-budget");
    assert_non_null(strstr(e.hint, "--memory-budget "));
    const uint64_t least = strtoull(e.hint + strlen("--memory-budget "), &end, 10);
    assert_true(least > 1000);
    run_end(&r);
    e = (Error){0};
    assert_int_equal(run_begin(&r, c, least, &e), 0);
    assert_true(r.memory.activations <= least);
    run_end(&r);
}

/* relu and exp wait for their late readers: made again, the dear product is not. */
static void pass_alone(void **state)
{
    (void)state;
    static const char text[] = "graph { in %0 \"x\": f32[256, 256] input in %1 \"w\": f32[256, 256] input\n"
        "matmul (%0, %1) -> %2: f32[256, 256] relu (%2) -> %3: f32[256, 256] exp (%2) -> %4: f32[256, 256] matmul (%3, %4) -> %5: f32[256, 256]\n"
        "softmax (%5) {\"axis\" = 1} -> %6: f32[256, 256] matmul (%6, %2) -> %7: f32[256, 256] matmul (%7, %4) -> %8: f32[256, 256] matmul (%8, %3) -> %9: f32[256, 256] out %9 }";
    Arena a = {0};
    Graph *g;
    Error e = {0};
    Recomputed r;
    Text t = {0};
    assert_int_equal(graph_parse(text, strlen(text), &a, &g, &e), 0);
    assert_int_equal(graph_infer(g, &e), 0);
    assert_int_equal(graph_recompute(g, 300 * 4 * 256 * 4, &r, &e), 0);
    assert_int_equal(graph_verify(g, &e), 0);
    graph_print(g, &t);
    assert_true(r.before > r.least && r.least <= 300 * 4 * 256 * 4);
    assert_true(r.copies > 0);
    int matmuls = 0;
    for (const Node *n = g->first; n; n = n->next)
        matmuls += !strcmp(op_info[n->op].name, "matmul");
    if (matmuls != 5)
        fail_msg("%d products:\n%s", matmuls, t.p);
    text_free(&t);
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(pass_alone), cmocka_unit_test(refused), cmocka_unit_test(same_bits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
