/* SPDX-License-Identifier: MIT
 * Winograd convolutions: the same bits at every level with FMA, for every number of threads, packed or not, alone or in a batch; error beside a sum in double at
 * most 5 times that of the direct chain; bias, residual, clamp, epilogue boxes, odd extents, with and without padding. */
#include "backend/cpu/winograd.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

typedef struct Shape { int64_t n, c, o, h, w, pad; } Shape;
typedef struct Case { Shape s; int64_t p, q; float *x, *k, *b, *r, *y; Nest nest; } Case;
enum { N, OB, P, Q, OI, CB, CI, KH, KW };

static float noise(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return (float)(int32_t)*state / 2147483648.0f;
}

static float *floats(int64_t n, float scale, uint32_t *state)
{
    float *p = malloc((size_t)n * sizeof *p);
    assert_non_null(p);
    for (int64_t i = 0; i < n; i++)
        p[i] = scale * noise(state);
    return p;
}

static int64_t blocks(int64_t c) { return (c + 15) / 16; }
static int64_t in_blocks(int64_t c, int64_t h, int64_t w, int64_t n_c, int64_t n, int64_t y, int64_t x) { return (((n * blocks(n_c) + c / 16) * h + y) * w + x) * 16 + c % 16; }

/* x[n,cb,h,w,16] · k[o,c,3,3] + b[o] (+ r[n,ob,p,q,16], clamped) */
static void open_case(Case *t, Shape s, bool epilogue)
{
    uint32_t state = 5;
    const int64_t cb = blocks(s.c), ob = blocks(s.o);
    *t = (Case){.s = s, .p = s.h + 2 * s.pad - 2, .q = s.w + 2 * s.pad - 2};
    t->x = floats(s.n * cb * 16 * s.h * s.w, 1, &state);
    t->k = floats(s.o * s.c * 9, 0.2f, &state);
    t->b = floats(ob * 16, 1, &state);
    t->r = floats(s.n * ob * 16 * t->p * t->q, 1, &state);
    t->y = floats(s.n * ob * 16 * t->p * t->q, 1, &state);
    Nest *n = &t->nest;
    *n = (Nest){.n_out = 5, .n_axes = 9, .extent = {s.n, ob, t->p, t->q, 16, cb, 16, 3, 3}};
    n->a = (NestOperand){.p = t->x, .type = DT_f32, .offset = 16 * (-s.pad * s.w - s.pad),
        .coef = {[N] = cb * 16 * s.h * s.w, [CB] = 16 * s.h * s.w, [CI] = 1, [P] = 16 * s.w, [KH] = 16 * s.w, [Q] = 16, [KW] = 16}};
    if (s.pad) {
        n->a.n_guards = 2;
        n->a.guard[0] = (NestGuard){.start = -s.pad, .extent = s.h, .coef = {[P] = 1, [KH] = 1}, .stride = 16 * s.w};
        n->a.guard[1] = (NestGuard){.start = -s.pad, .extent = s.w, .coef = {[Q] = 1, [KW] = 1}, .stride = 16};
    }
    n->b = (NestOperand){.p = t->k, .type = DT_f32, .coef = {[OB] = 16 * s.c * 9, [OI] = s.c * 9, [CB] = 16 * 9, [CI] = 9, [KH] = 3, [KW] = 1}};
    if (s.o % 16)
        n->b.guard[n->b.n_guards++] = (NestGuard){.extent = s.o, .coef = {[OB] = 16, [OI] = 1}, .stride = s.c * 9};
    if (s.c % 16)
        n->b.guard[n->b.n_guards++] = (NestGuard){.extent = s.c, .coef = {[CB] = 16, [CI] = 1}, .stride = 9};
    n->init = (NestOperand){.p = t->b, .type = DT_f32, .coef = {[OB] = 16, [OI] = 1}};
    n->out = (NestOperand){.p = t->y, .type = DT_f32, .coef = {[N] = ob * 16 * t->p * t->q, [OB] = 16 * t->p * t->q, [P] = 16 * t->q, [Q] = 16, [OI] = 1}};
    if (epilogue) {
        n->add = n->out;
        n->add.p = t->r;
        n->clamp = true, n->lo = -0.5f, n->hi = 2;
    }
}

static void close_case(Case *t)
{
    free(t->x), free(t->k), free(t->b), free(t->r), free(t->y);
}

static double exact(const Case *t, int64_t n, int64_t o, int64_t p, int64_t q)
{
    const Shape *s = &t->s;
    double sum = t->b[o];
    for (int64_t c = 0; c < s->c; c++)
        for (int64_t i = 0; i < 9; i++) {
            const int64_t y = p + i / 3 - s->pad, x = q + i % 3 - s->pad;
            if (y >= 0 && y < s->h && x >= 0 && x < s->w)
                sum += (double)t->x[in_blocks(c, s->h, s->w, s->c, n, y, x)] * t->k[(o * s->c + c) * 9 + i];
        }
    if (t->nest.add.p)
        sum += t->r[in_blocks(o, t->p, t->q, s->o, n, p, q)];
    return t->nest.clamp ? fmin(fmax(sum, t->nest.lo), t->nest.hi) : sum;
}

static int64_t points(const Case *t) { return t->s.n * blocks(t->s.o) * 16 * t->p * t->q; }

static double error_of(const Case *t)
{
    double sum = 0;
    for (int64_t n = 0; n < t->s.n; n++)
        for (int64_t o = 0; o < t->s.o; o++)
            for (int64_t i = 0; i < t->p * t->q; i++) {
                const double d = t->y[in_blocks(o, t->p, t->q, t->s.o, n, i / t->q, i % t->q)] - exact(t, n, o, i / t->q, i % t->q);
                sum += d * d;
            }
    return sqrt(sum / (double)(t->s.n * t->s.o * t->p * t->q));
}

static void run(Case *t, CpuLevel level, bool strict, int threads, bool packed)
{
    ContractWork *w;
    Pool *pool = NULL;
    ContractPack *pack = NULL;
    Winograd g;
    Error err = {0};
    assert_int_equal(contract_work_new(level, strict, &w, &err), SPML_OK);
    assert_int_equal(pool_open(threads, &pool, &err), SPML_OK);
    assert_int_equal(winograd_fits(&t->nest, w, !packed, &g), !strict);
    if (packed)
        assert_int_equal(nest_prepare(&t->nest, 1, w, pool, &pack, &err), SPML_OK);
    for (int64_t i = 0; i < points(t); i++)
        t->y[i] = NAN;
    assert_int_equal(nest_run(&t->nest, NULL, pack, w, pool, &err), SPML_OK);
    contract_pack_free(&pack);
    pool_close(&pool);
    contract_work_free(&w);
}

static const Shape shapes[] = {{1, 64, 64, 17, 33, 1}, {2, 70, 67, 14, 60, 1}, {1, 128, 64, 23, 61, 0}, {1, 130, 70, 12, 62, 1}, {3, 64, 80, 20, 70, 2}, {1, 400, 96, 16, 32, 1},
    {2, 96, 80, 7, 7, 1}, {1, 64, 70, 10, 9, 1}, {3, 140, 64, 14, 14, 1}, {1, 64, 64, 9, 6, 0}}; /* of these F(2 x 2), short lines */

static void test_error(void **state)
{
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes * 2; i++) {
        Case t;
        open_case(&t, shapes[i / 2], i % 2);
        run(&t, cpu_level(), true, 2, true);
        const double direct = error_of(&t);
        run(&t, cpu_level(), false, 2, true);
        const double winograd = error_of(&t);
        print_message("shape %zu: rms error %.3g, direct %.3g, ratio %.2f\n", i, winograd, direct, winograd / direct);
        assert_true(direct < 1e-4);
        if (!(winograd <= 5 * direct))
            fail_msg("shape %zu: error %.3g, direct %.3g", i, winograd, direct);
        close_case(&t);
    }
}

/* Are weights that are transformed for the launch used as packed ones are? */
static bool fresh_alike(const Case *t)
{
    ContractWork *w;
    Winograd fresh, packed;
    assert_int_equal(contract_work_new(cpu_level(), false, &w, NULL), SPML_OK);
    const bool alike = winograd_fits(&t->nest, w, true, &fresh) && winograd_fits(&t->nest, w, false, &packed) && fresh.form == packed.form;
    contract_work_free(&w);
    return alike;
}

static void same_bits(Case *t, bool strict)
{
    run(t, cpu_level(), strict, 1, true);
    const size_t sz = (size_t)points(t) * sizeof(float);
    float *want = malloc(sz);
    memcpy(want, t->y, sz);
    for (int threads = 1; threads <= 4; threads++)
        for (int packed = strict || fresh_alike(t) ? 0 : 1; packed < 2; packed++) {
            run(t, cpu_level(), strict, threads, packed);
            assert_memory_equal(want, t->y, sz);
        }
    for (int l = 0; l <= (int)cpu_level(); l++) {
        run(t, (CpuLevel)l, strict, 2, true);
        assert_memory_equal(want, t->y, sz);
    }
    t->nest.extent[N] = 1; /* one sample alone: the nest without its batch */
    run(t, cpu_level(), strict, 1, true);
    assert_memory_equal(want, t->y, sz / (size_t)t->s.n);
    free(want);
    t->nest.extent[N] = t->s.n;
}

/* Winograd's; and of the chain, where lines of 7 pixels share tiles of some levels only. */
static void test_same_bits(void **state)
{
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        Case t;
        open_case(&t, shapes[i], true);
        same_bits(&t, false);
        same_bits(&t, true);
        close_case(&t);
    }
}

typedef struct Seen { const Case *t; int32_t lock; uint8_t *at; } Seen;

static void see(void *ctx, const NestBox *box)
{
    Seen *s = ctx;
    while (__atomic_exchange_n(&s->lock, 1, __ATOMIC_ACQUIRE))
        ;
    for (int64_t n = box->lo[N]; n < box->hi[N]; n++)
        for (int64_t o = box->lo[OB]; o < box->hi[OB]; o++)
            for (int64_t p = box->lo[P]; p < box->hi[P]; p++)
                for (int64_t q = box->lo[Q]; q < box->hi[Q]; q++)
                    for (int64_t l = box->lo[OI]; l < box->hi[OI]; l++) {
                        const int64_t i = in_blocks(o * 16 + l, s->t->p, s->t->q, s->t->s.o, n, p, q);
                        s->at[i] += 1 + isnan(s->t->y[i]);
                    }
    __atomic_store_n(&s->lock, 0, __ATOMIC_RELEASE);
}

static void test_epilogue_sees_each_point_once(void **state)
{
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes * 2; i++) {
        Case t;
        open_case(&t, shapes[i / 2], false);
        Seen s = {&t, 0, calloc(1, (size_t)points(&t))};
        t.nest.post = see, t.nest.post_ctx = &s;
        run(&t, cpu_level(), false, i % 2 ? 4 : 1, true);
        for (int64_t k = 0; k < points(&t); k++)
            assert_int_equal(s.at[k], 1);
        free(s.at);
        close_case(&t);
    }
}

/* Images of few tiles pay together, where the weights are transformed for the launch. */
static void test_small_images(void **state)
{
    static const Shape small[] = {{19, 64, 80, 8, 8, 1}, {33, 70, 48, 4, 4, 1}, {7, 48, 96, 9, 14, 1}};
    for (size_t i = 0; i < sizeof small / sizeof *small; i++) {
        Case t;
        open_case(&t, small[i], true);
        const size_t sz = (size_t)points(&t) * sizeof(float);
        float *want = malloc(sz);
        run(&t, cpu_level(), true, 2, false);
        const double direct = error_of(&t);
        run(&t, cpu_level(), false, 1, false);
        memcpy(want, t.y, sz);
        assert_true(error_of(&t) <= 5 * direct);
        for (int threads = 2; threads <= 5; threads++) {
            Seen s = {&t, 0, calloc(1, (size_t)points(&t))};
            t.nest.post = see, t.nest.post_ctx = &s;
            run(&t, threads < 4 ? cpu_level() : CPU_BASELINE, false, threads, false);
            assert_memory_equal(want, t.y, sz);
            for (int64_t k = 0; k < points(&t); k++)
                assert_int_equal(s.at[k], 1);
            free(s.at);
        }
        free(want);
        close_case(&t);
    }
}

static void test_leaves_others(void **state)
{
    Case t;
    ContractWork *w;
    Winograd g;
    assert_int_equal(contract_work_new(cpu_level(), false, &w, NULL), SPML_OK);
    open_case(&t, shapes[0], false);
    assert_true(winograd_fits(&t.nest, w, false, &g));
    Nest n = t.nest;
    n.a.coef[P] *= 2, n.a.guard[0].coef[P] = 2; /* stride */
    assert_false(winograd_fits(&n, w, false, &g));
    n = t.nest;
    n.a.coef[KW] = 2, n.a.guard[1].coef[KW] = 2; /* dilation */
    assert_false(winograd_fits(&n, w, false, &g));
    n = t.nest;
    n.extent[KH] = 5;
    assert_false(winograd_fits(&n, w, false, &g));
    n = t.nest;
    n.b.coef[N] = 9; /* weights of their own for each image */
    assert_false(winograd_fits(&n, w, false, &g));
    n = t.nest;
    n.b.guard[n.b.n_guards++] = (NestGuard){.extent = 8, .coef = {[CB] = 16, [CI] = 1}, .stride = 9}; /* too few channels to pay */
    assert_false(winograd_fits(&n, w, false, &g));
    n = t.nest;
    n.out.type = DT_f16;
    assert_false(winograd_fits(&n, w, false, &g));
    contract_work_free(&w);
    close_case(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_error),
        cmocka_unit_test(test_same_bits),
        cmocka_unit_test(test_epilogue_sees_each_point_once),
        cmocka_unit_test(test_small_images),
        cmocka_unit_test(test_leaves_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
