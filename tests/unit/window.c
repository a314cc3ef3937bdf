/* SPDX-License-Identifier: MIT
 * Sliding maxima: max_pool of kernels/window.k and a minimum without padding, over random shapes, strides, dilations and paddings, by the
 * row engine and by the interpreter bit for bit; forms that it must leave alone. */
#include "backend/cpu/nest.h"
#include "backend/cpu/window.h"
#include "kir/prims.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

static const char others[] =
    "kernel low<T>(in x: T[A,B], out y: T[C,D]) { each (c, d) y[c, d] = min(x[c + i, d + j] over i < A - C + 1, j < B - D + 1); }\n"
    "kernel sums(in x: f32[A,B], out y: f32[A]) { each (a) y[a] = sum(x[a, j] over j < B); }\n"
    "kernel squares(in x: f32[A,B], out y: f32[A]) { each (a) y[a] = max(x[a, j] * x[a, j] over j < B); }\n"
    "kernel across(in x: f32[A,B], out y: f32[B,C]) { each (b, c) y[b, c] = max(x[c + i, b] else 0 over i < 3); }\n";

static Arena arena;
static KModule *module;
static Pool *pool;
static uint32_t seed = 7;

static int64_t pick(int64_t lo, int64_t hi) { return lo + (int64_t)((seed = seed * 1664525u + 1013904223u) >> 8) % (hi - lo + 1); }

static int setup(void **s)
{
    Error err = {0};
    const KModule *base;
    prims_init();
    if (kernels_module(&base, &err) || kir_parse_text(base, others, &arena, &module, &err))
        fail_msg("%s", err.text);
    return pool_open(2, &pool, NULL);
}

static int teardown(void **s)
{
    pool_close(&pool);
    arena_free(&arena);
    return 0;
}

static KirKernel *instance(const char *name, DType t, int spatial)
{
    KBindType types[] = {{"T", t}};
    int ranks[] = {spatial + 2, spatial + 2};
    bool pack = !strcmp(name, "max_pool"), typed = pack || !strcmp(name, "low");
    KirBinding b = {.types = types, .n_types = typed, .operand_ranks = pack ? ranks : (int[]){2, strcmp(name, "low") && strcmp(name, "across") ? 1 : 2}, .n_operands = 2};
    Error err = {0};
    KirKernel *k;
    if (kir_instantiate(module, name, &b, &arena, &k, &err) || kir_simplify(k, KPASS_ALL, &err))
        fail_msg("%s: %s", name, err.text);
    return k;
}

static KirView view(void *p, int rank, const int64_t *dim)
{
    KirView v = {.p = p, .rank = rank};
    int64_t at = 1;
    for (int d = rank - 1; d >= 0; d--) {
        v.dim[d] = dim[d], v.stride[d] = at;
        at *= dim[d];
    }
    return v;
}

static int64_t count(const KirView *v)
{
    int64_t n = 1;
    for (int d = 0; d < v->rank; d++)
        n *= v->dim[d];
    return n;
}

static void set_const(const KirKernel *k, KirLaunch *l, const char *name, int i, int64_t v)
{
    char full[16];
    snprintf(full, sizeof full, "%s.%d", name, i);
    for (size_t s = 0; s < k->n_syms; s++)
        if (!strcmp(k->syms[s].name, full))
            l->sym[s] = (uint64_t)v;
}

static void fill(const KirView *v, DType t)
{
    for (int64_t i = 0; i < count(v); i++) {
        int64_t x = pick(-20, 20);
        if (t == DT_f32)
            ((uint32_t *)v->p)[i] = x == 20 ? 0x7fc00000 : x == 19 ? 0x80000000 : x == 18 ? 0xff800000 : (union { float f; uint32_t u; }){(float)x * 0.25f}.u;
        else if (t == DT_i32)
            ((int32_t *)v->p)[i] = (int32_t)x;
        else if (dtype_info[t].bytes == 1)
            ((uint8_t *)v->p)[i] = (uint8_t)pick(0, 255);
        else
            ((double *)v->p)[i] = (double)x;
    }
}

static void same_nans(void *p, size_t n) /* payloads are free */
{
    for (uint32_t *u = p; n >= 4; u++, n -= 4)
        *u = (*u & 0x7fffffff) > 0x7f800000 ? 0x7fc00000 : *u;
}

static int n_nests; /* launches that ran by lanes */

static void check(const KirKernel *k, Window *w, KirLaunch *l, unsigned width, bool must)
{
    Error err = {0};
    WindowPlan *p;
    size_t part, n = (size_t)count(&l->view[1]) * width;
    char *got = malloc(n + 1), *want = malloc(n + 1);
    memset(got, 0xaa, n + 1);
    if (kir_bind(k, l, &err))
        fail_msg("%s", err.text);
    l->view[1].p = want;
    assert_int_equal(kir_interpret(k, l, KORDER_ASCENDING, false, &err), SPML_OK);
    l->view[1].p = got;
    SpmlCode code = window_plan(w, l, &p, &part, &err);
    assert_true(code == SPML_OK || (code == SPML_NO && !must));
    NestMade **made;
    const Nest *nest = code ? NULL : window_nest(p, &made);
    for (int level = 0; nest && level <= (int)cpu_level(); level++) {
        ContractWork *work;
        assert_int_equal(contract_work_new((CpuLevel)level, false, &work, &err), SPML_OK);
        memset(got, 0x55, n);
        for (int again = 0; again < 2; again++) /* the second by what the first made */
            assert_int_equal(nest_run(nest, made, NULL, work, pool, &err), SPML_OK);
        nest_made_free(made);
        contract_work_free(&work);
        same_nans(got, n), same_nans(want, n);
        assert_memory_equal(got, want, n);
        n_nests++;
    }
    if (!code) {
        part = (part + 63) & ~(size_t)63;
        char *scratch = aligned_alloc(64, part * 2);
        memset(scratch, 0x55, part * 2);
        window_run(p, scratch, part, pool);
        if (k->reds[0].state_types[0] == DT_f32)
            same_nans(got, n), same_nans(want, n);
        assert_memory_equal(got, want, n);
        assert_int_equal((uint8_t)got[n], 0xaa);
        free(scratch);
    }
    free(got);
    free(want);
}

static void random_pool(DType t, int spatial)
{
    static KirKernel *k[8][4];
    static Window *w[8][4];
    int ti = t == DT_f32 ? 0 : t == DT_i32 ? 1 : t == DT_u8 ? 2 : t == DT_i8 ? 3 : 4;
    if (!k[ti][spatial]) {
        k[ti][spatial] = instance("max_pool", t, spatial);
        assert_non_null(w[ti][spatial] = window_match(k[ti][spatial], &arena));
    }
    int64_t x[5] = {pick(1, 2), pick(1, 5)}, y[5] = {x[0], x[1]};
    KirLaunch l = {0};
    bool must = true;
    for (int d = 0; d < spatial; d++) {
        int64_t kk = pick(1, 5), st = pick(1, 3), dl = pick(1, 3), pd = pick(0, kk - 1), reach = (kk - 1) * dl + 1;
        x[d + 2] = pick(1, d == spatial - 1 ? 150 : 20);
        y[d + 2] = (x[d + 2] + 2 * pd - reach) / st + 1;
        if (x[d + 2] + 2 * pd < reach)
            return;
        must &= x[d + 2] > 3 * reach;
        set_const(k[ti][spatial], &l, "K", d, kk), set_const(k[ti][spatial], &l, "ST", d, st);
        set_const(k[ti][spatial], &l, "DL", d, dl), set_const(k[ti][spatial], &l, "PD", d, pd);
    }
    l.view[0] = view(NULL, spatial + 2, x), l.view[1] = view(NULL, spatial + 2, y);
    l.view[0].p = malloc((size_t)count(&l.view[0]) * dtype_info[t].bytes);
    fill(&l.view[0], t);
    check(k[ti][spatial], w[ti][spatial], &l, dtype_info[t].bytes, must);
    free(l.view[0].p);
}

static void pools(void **s)
{
    for (int i = 0; i < 120; i++)
        random_pool(i % 3 == 0 ? DT_f32 : i % 3 == 1 ? DT_i32 : DT_f64, 1 + i % 4 % 3);
    for (int i = 0; i < 60; i++)
        random_pool(DT_f32, 2);
    for (int i = 0; i < 120; i++)
        random_pool(i % 2 ? DT_u8 : DT_i8, 1 + i % 4 % 3);
}

/* Channels in blocks: the last dimension is of 16 lanes, with a window of one. */
static void lanes(void **s)
{
    KirKernel *k = instance("max_pool", DT_f32, 3);
    Window *w = window_match(k, &arena);
    assert_non_null(w);
    n_nests = 0;
    for (int i = 0; i < 40; i++) {
        KirLaunch l = {0};
        int64_t x[5] = {pick(1, 2), pick(1, 3), 0, 0, 16 * pick(1, 2)}, y[5] = {x[0], x[1], 0, 0, x[4]};
        set_const(k, &l, "K", 2, 1), set_const(k, &l, "ST", 2, 1), set_const(k, &l, "DL", 2, 1), set_const(k, &l, "PD", 2, 0);
        for (int d = 0; d < 2; d++) {
            int64_t kk = pick(1, 4), st = pick(1, 3), dl = pick(1, 2), pd = pick(0, kk - 1);
            x[d + 2] = pick(7, 25);
            y[d + 2] = (x[d + 2] + 2 * pd - (kk - 1) * dl - 1) / st + 1;
            set_const(k, &l, "K", d, kk), set_const(k, &l, "ST", d, st), set_const(k, &l, "DL", d, dl), set_const(k, &l, "PD", d, pd);
        }
        l.view[0] = view(NULL, 5, x), l.view[1] = view(NULL, 5, y);
        l.view[0].p = malloc((size_t)count(&l.view[0]) * 4);
        fill(&l.view[0], DT_f32);
        check(k, w, &l, 4, true);
        free(l.view[0].p);
    }
    assert_true(n_nests >= 40);
}

static void minimum(void **s)
{
    KirKernel *k = instance("low", DT_f32, 0);
    Window *w = window_match(k, &arena);
    assert_non_null(w);
    for (int i = 0; i < 10; i++) {
        int64_t x[2] = {pick(3, 9), pick(60, 300)}, y[2] = {x[0] - pick(0, 2), x[1] - pick(0, 40)};
        KirLaunch l = {.view = {view(malloc((size_t)(x[0] * x[1]) * 4), 2, x), view(NULL, 2, y)}};
        fill(&l.view[0], DT_f32);
        check(k, w, &l, 4, true);
        free(l.view[0].p);
    }
}

static void left_alone(void **s)
{
    assert_null(window_match(instance("sums", DT_f32, 0), &arena));
    assert_null(window_match(instance("squares", DT_f32, 0), &arena));
    KirKernel *k = instance("across", DT_f32, 0); /* its rows do not walk memory */
    Window *w = window_match(k, &arena);
    float x[12] = {0};
    KirLaunch l = {.view = {view(x, 2, (int64_t[]){4, 3}), view(NULL, 2, (int64_t[]){3, 4})}};
    if (w)
        check(k, w, &l, 4, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(pools), cmocka_unit_test(lanes), cmocka_unit_test(minimum), cmocka_unit_test(left_alone)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
