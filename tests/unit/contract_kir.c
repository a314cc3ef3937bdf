/* SPDX-License-Identifier: MIT
 * Contractions found in kernel instances: matmul and conv of kernels/contract.k, bound to shapes, run by the engine and by the interpreter
 * bit for bit; free epilogues and boxes of a following elementwise kernel; forms that the engine must leave alone. */
#include "backend/cpu/contract.h"
#include "kir/tile/tile.h"

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

static const char posts[] =
    "kernel post_relu(inout y: f32[A,B,C,D]) { each (a, b, c, d) y[a,b,c,d] = max(y[a,b,c,d], 0.0); }\n"
    "kernel post_add_clip(inout y: f32[A,B,C,D], in r: f32[A,B,C,D], in lo: f32, in hi: f32) { each (a, b, c, d) y[a,b,c,d] = min(max(r[a,b,c,d] + y[a,b,c,d], lo), hi); }\n"
    "kernel post_scale(inout y: f32[A,B,C,D], in s: f32[A,B,C,D]) { each (a, b, c, d) y[a,b,c,d] = y[a,b,c,d] * s[a,b,c,d]; }\n"
    "kernel square(in x: f32[M,K], in w: f32[K,N], out y: f32[M,N]) { each (m, n) y[m, n] = dot(x[m, k] * 2.0, w[k, n] over k); }\n"
    "kernel gathered(in x: f32[M,K], in w: f32[V,N], in id: i64[K], out y: f32[M,N]) { each (m, n) y[m, n] = dot(x[m, k], w[id[k], n] else 0 over k); }\n";

static Arena arena;
static KModule *module;
static ContractWork *work, *levels[CPU_LEVELS];
static Pool *pool;

static KSource source(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/kernels/%s", SPML_SOURCE, name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    char *text = arena_alloc(&arena, 1 << 18, 1);
    size_t n = fread(text, 1, 1 << 18, f);
    fclose(f);
    return (KSource){name, text, n};
}

static int setup(void **s)
{
    KSource src[] = {source("math.k"), source("scalar.k"), source("contract.k"), source("quant.k"), {"posts", posts, sizeof posts - 1}};
    Error err = {0};
    if (kir_parse(src, sizeof src / sizeof *src, &arena, &module, &err))
        fail_msg("%s", err.text);
    for (int l = 0; l <= (int)cpu_level(); l++)
        if (contract_work_new((CpuLevel)l, true, &levels[l], NULL))
            return 1;
    work = levels[cpu_level()];
    return pool_open(2, &pool, NULL);
}

static int teardown(void **s)
{
    for (int l = 0; l <= (int)cpu_level(); l++)
        contract_work_free(&levels[l]);
    pool_close(&pool);
    arena_free(&arena);
    return 0;
}

static KirKernel *instance(const char *kernel, KirBinding b)
{
    Error err = {0};
    KirKernel *k = NULL;
    if (kir_instantiate(module, kernel, &b, &arena, &k, &err) || kir_simplify(k, KPASS_ALL, &err))
        fail_msg("%s: %s", kernel, err.text);
    return k;
}

static void bind(const KirKernel *k, KirLaunch *l)
{
    Error err = {0};
    if (kir_bind(k, l, &err))
        fail_msg("%s: %s", k->name, err.text);
}

static void interpret(const KirKernel *k, const KirLaunch *l)
{
    Error err = {0};
    if (kir_interpret(k, l, KORDER_ASCENDING, false, &err))
        fail_msg("%s: %s", k->name, err.text);
}

/* A dense tensor of noise. */
static KirView tensor(DType t, int rank, const int64_t *dim)
{
    KirView v = {.rank = rank};
    int64_t n = 1;
    for (int d = rank - 1; d >= 0; d--) {
        v.dim[d] = dim[d], v.stride[d] = n;
        n *= dim[d];
    }
    v.p = arena_alloc(&arena, (size_t)n * dtype_info[t].bytes, 64);
    for (int64_t i = 0; i < n; i++)
        dtype_set_f64(t, v.p, (uint64_t)i, (double)((i * 2654435761u >> 7) % 509 - 254) / 64.0);
    return v;
}
#define TENSOR(t, ...) tensor(t, sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t), (int64_t[]){__VA_ARGS__})

static size_t bytes(const KirView *v, DType t)
{
    size_t n = 1;
    for (int d = 0; d < v->rank; d++)
        n *= (size_t)v->dim[d];
    return n * dtype_info[t].bytes;
}

/* Both ways, packed and not; the last operand is the output. post: an elementwise kernel afterwards, or NULL. */
typedef struct Post { const KirKernel *k; KirLaunch *l; bool free; } Post;
typedef struct Boxes { const Post *p; int64_t points; int32_t lock; } Boxes;

static void box_run(void *ctx, int thread, const int64_t *lo, const int64_t *hi)
{
    Boxes *b = ctx;
    while (__atomic_exchange_n(&b->lock, 1, __ATOMIC_ACQUIRE))
        ;
    KirLaunch l = *b->p->l;
    int64_t n = 1;
    for (size_t o = 0; o < b->p->k->n_operands; o++)
        for (int d = 0; d < l.view[o].rank; d++) {
            l.view[o].p = (char *)l.view[o].p + lo[d] * l.view[o].stride[d] * 4;
            l.view[o].dim[d] = hi[d] - lo[d];
        }
    for (int d = 0; d < l.view[0].rank; d++)
        n *= hi[d] - lo[d];
    b->points += n;
    bind(b->p->k, &l);
    interpret(b->p->k, &l);
    __atomic_store_n(&b->lock, 0, __ATOMIC_RELEASE);
}

static void compare(const KirKernel *k, KirLaunch *l, const Post *post)
{
    KirView *y = &l->view[k->n_operands - 1];
    DType t = k->mems[k->n_operands - 1].type;
    size_t n = bytes(y, t);
    Error err = {0};
    bind(k, l);
    interpret(k, l);
    if (post)
        interpret(post->k, post->l);
    void *want = arena_copy(&arena, y->p, n);
    Contract *c = contract_match(k, k, &arena);
    assert_non_null(c);
    for (int operand = -1; operand < 2; operand++) {
        ContractPack *pack = NULL;
        Boxes boxes = {post, 0, 0};
        ContractEpilogue e = {0};
        if (post && post->free) {
            e = (ContractEpilogue){.free = contract_match_post(post->k, &arena), .free_args = post->l};
            assert_non_null(e.free);
            assert_true(contract_post_fits(c, l, e.free, post->l));
        } else if (post) {
            e = (ContractEpilogue){.post = box_run, .ctx = &boxes};
        }
        if (operand >= 0)
            assert_int_equal(contract_prepare(c, l, (uint32_t)operand, work, pool, &pack, &err), SPML_OK);
        memset(y->p, 0x7f, n);
        assert_int_equal(contract_run(c, l, pack, post ? &e : NULL, work, pool, &err), SPML_OK);
        if (memcmp(want, y->p, n))
            fail_msg("%s: bits differ, pack %d", k->name, operand);
        if (post && !post->free)
            assert_int_equal(boxes.points * dtype_info[t].bytes, n);
        if (pack)
            contract_pack_free(&pack);
    }
    contract_close(c);
}

static KirKernel *conv(DType t, int64_t g, int64_t s, int64_t d, int64_t p)
{
    KBindType types[] = {{"X", t, NULL}};
    KBindConst c[] = {{"G", g, false}, {"SH", s, false}, {"SW", s, false}, {"DH", d, false}, {"DW", d, false}, {"PH", p, false}, {"PW", p, false}};
    return instance("conv", (KirBinding){.types = types, .n_types = 1, .consts = c, .n_consts = 7});
}

/* x[n, g·c, h, h] with r × r kernels of o·g outputs. */
static KirLaunch conv_launch(DType t, int64_t n, int64_t g, int64_t c, int64_t o, int64_t h, int64_t r, int64_t s, int64_t d, int64_t p)
{
    int64_t q = (h + 2 * p - (r - 1) * d - 1) / s + 1;
    return (KirLaunch){.view = {TENSOR(t, n, g * c, h, h), TENSOR(t, g * o, c, r, r), TENSOR(DT_f32, g * o), TENSOR(t, n, g * o, q, q)}};
}

static void test_conv(void **state)
{
    static const struct { DType t; int64_t n, g, c, o, h, r, s, d, p; } cases[] = {
        {DT_f32, 2, 1, 5, 20, 13, 3, 1, 1, 1}, {DT_f32, 1, 2, 3, 7, 12, 3, 2, 1, 1}, {DT_f32, 1, 1, 4, 9, 15, 3, 1, 2, 2}, {DT_f32, 1, 1, 17, 33, 9, 1, 1, 1, 0},
        {DT_f32, 2, 6, 1, 1, 20, 3, 1, 1, 1}, {DT_f32, 1, 6, 1, 1, 21, 5, 2, 1, 2}, {DT_f16, 1, 1, 5, 12, 10, 3, 1, 1, 1}, {DT_bf16, 1, 4, 1, 2, 10, 3, 2, 1, 0},
        {DT_f32, 3, 1, 8, 10, 1, 1, 1, 1, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KirKernel *k = conv(cases[i].t, cases[i].g, cases[i].s, cases[i].d, cases[i].p);
        KirLaunch l = conv_launch(cases[i].t, cases[i].n, cases[i].g, cases[i].c, cases[i].o, cases[i].h, cases[i].r, cases[i].s, cases[i].d, cases[i].p);
        compare(k, &l, NULL);
    }
}

/* Channels in blocks, or plain as one block: every level, threads, packed or not. */
static void test_blocked(void **state)
{
    static const struct { int64_t n, g, cb, c, ob, o, h, w, r, s, d, p; bool plain; } cases[] = {
        {1, 1, 1, 16, 2, 32, 9, 13, 3, 1, 1, 1, false}, {2, 1, 2, 24, 3, 40, 7, 7, 3, 1, 1, 1, false}, {1, 1, 3, 48, 1, 16, 14, 15, 1, 1, 1, 0, false}, {1, 1, 2, 32, 2, 20, 11, 30, 3, 2, 1, 1, false},
        {1, 1, 1, 3, 2, 32, 17, 19, 7, 2, 1, 3, true}, {2, 2, 2, 32, 1, 16, 6, 9, 3, 1, 2, 2, false}, {1, 1, 5, 80, 4, 64, 1, 29, 1, 1, 1, 0, false}, {1, 1, 1, 13, 1, 12, 8, 6, 2, 1, 3, 0, true},
        {1, 1, 2, 17, 2, 17, 5, 44, 5, 3, 1, 4, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const int64_t g = cases[i].g, r = cases[i].r, s = cases[i].s, d = cases[i].d, p = cases[i].p, h = cases[i].h, w = cases[i].w, P = (h + 2 * p - (r - 1) * d - 1) / s + 1, Q = (w + 2 * p - (r - 1) * d - 1) / s + 1;
        KBindType types[] = {{"X", DT_f32, NULL}};
        KBindConst c[] = {{"G", g, false}, {"ST.0", s, false}, {"ST.1", s, false}, {"DL.0", d, false}, {"DL.1", d, false}, {"PD.0", p, false}, {"PD.1", p, false}};
        KBindRank ranks[] = {{"H", 2}, {"K", 2}, {"P", 2}};
        KirKernel *k = instance("conv_blocked", (KirBinding){.types = types, .n_types = 1, .consts = c, .n_consts = 7, .ranks = ranks, .n_ranks = 3});
        KirLaunch l = {.view = {TENSOR(DT_f32, cases[i].n, g * cases[i].cb, h, w, 16), TENSOR(DT_f32, g * cases[i].o, cases[i].c, r, r), TENSOR(DT_f32, g * cases[i].ob, 16),
                           TENSOR(DT_f32, cases[i].n, g * cases[i].ob, P, Q, 16)}};
        if (cases[i].plain) {
            KirView x = TENSOR(DT_f32, cases[i].n, cases[i].c, h, w);
            l.view[0] = (KirView){x.p, 5, {cases[i].n, 1, h, w, cases[i].c}, {x.stride[0], 0, w, 1, h * w}};
        }
        for (int level = 0; level <= (int)cpu_level(); level++) {
            work = levels[level];
            compare(k, &l, NULL);
        }
    }
}

static void test_blocked_depthwise(void **state)
{
    static const struct { int64_t n, cb, c, h, w, r, s, d, p; } cases[] = {{1, 2, 32, 9, 21, 3, 1, 1, 1}, {2, 3, 40, 7, 7, 3, 2, 1, 1}, {1, 1, 16, 11, 3, 5, 1, 1, 2}, {1, 2, 24, 13, 17, 3, 1, 2, 2}, {1, 1, 9, 6, 1, 3, 1, 1, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const int64_t r = cases[i].r, s = cases[i].s, d = cases[i].d, p = cases[i].p, h = cases[i].h, w = cases[i].w, P = (h + 2 * p - (r - 1) * d - 1) / s + 1, Q = (w + 2 * p - (r - 1) * d - 1) / s + 1;
        KBindType types[] = {{"X", DT_f32, NULL}};
        KBindConst c[] = {{"ST.0", s, false}, {"ST.1", s, false}, {"DL.0", d, false}, {"DL.1", d, false}, {"PD.0", p, false}, {"PD.1", p, false}};
        KBindRank ranks[] = {{"H", 2}, {"K", 2}, {"P", 2}};
        KirKernel *k = instance("conv_blocked_dw", (KirBinding){.types = types, .n_types = 1, .consts = c, .n_consts = 6, .ranks = ranks, .n_ranks = 3});
        KirLaunch l = {.view = {TENSOR(DT_f32, cases[i].n, cases[i].cb, h, w, 16), TENSOR(DT_f32, cases[i].c, r, r), TENSOR(DT_f32, cases[i].cb, 16), TENSOR(DT_f32, cases[i].n, cases[i].cb, P, Q, 16)}};
        for (int level = 0; level <= (int)cpu_level(); level++) {
            work = levels[level];
            compare(k, &l, NULL);
        }
    }
}

static void test_transposed(void **state)
{
    static const struct { DType t; int64_t g, c, o, h, r, s, d, p; } cases[] = {
        {DT_f32, 1, 5, 9, 7, 3, 2, 1, 1}, {DT_f32, 2, 3, 4, 6, 4, 2, 1, 1}, {DT_f32, 1, 2, 17, 5, 3, 3, 2, 0}, {DT_f16, 1, 4, 6, 6, 2, 2, 1, 0}, {DT_f32, 1, 6, 8, 9, 3, 1, 1, 1},
        {DT_f32, 5, 1, 1, 9, 3, 2, 1, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t g = cases[i].g, h = cases[i].h, r = cases[i].r, s = cases[i].s, d = cases[i].d, p = cases[i].p, q = (h - 1) * s - 2 * p + (r - 1) * d + 1;
        KBindType types[] = {{"X", cases[i].t, NULL}};
        KBindConst c[] = {{"G", g, false}, {"ST.0", s, false}, {"ST.1", s, false}, {"DL.0", d, false}, {"DL.1", d, false}, {"PD.0", p, false}, {"PD.1", p, false}};
        KBindRank ranks[] = {{"H", 2}, {"K", 2}, {"P", 2}};
        KirKernel *k = instance("convt", (KirBinding){.types = types, .n_types = 1, .consts = c, .n_consts = 7, .ranks = ranks, .n_ranks = 3});
        KirLaunch l = {.view = {TENSOR(cases[i].t, 2, g * cases[i].c, h, h), TENSOR(cases[i].t, g * cases[i].c, cases[i].o, r, r), TENSOR(DT_f32, g * cases[i].o),
                           TENSOR(cases[i].t, 2, g * cases[i].o, q, q)}};
        compare(k, &l, NULL);
    }
}

static void test_matmul(void **state)
{
    KBindType types[] = {{"T", DT_f32, NULL}};
    KBindRank ranks[] = {{"B", 2}};
    KirKernel *k = instance("matmul", (KirBinding){.types = types, .n_types = 1, .ranks = ranks, .n_ranks = 1});
    for (int i = 0; i < 4; i++) {
        KirLaunch l = {.view = {TENSOR(DT_f32, 2, 3, 19, 31), TENSOR(DT_f32, 2, 3, 31, 40), TENSOR(DT_f32, 2, 3, 19, 40), TENSOR(DT_f32, 2, 3, 19, 40)}};
        if (i & 1) /* weights shared by the batches, transposed */
            l.view[1] = TENSOR(DT_f32, 40, 31), l.view[1] = (KirView){.p = l.view[1].p, .rank = 4, .dim = {2, 3, 31, 40}, .stride = {0, 0, 1, 31}};
        if (i & 2) /* no addend: one zero everywhere */
            l.view[2] = (KirView){.p = arena_alloc(&arena, 4, 4), .rank = 4, .dim = {2, 3, 19, 40}};
        compare(k, &l, NULL);
    }
}

static void set_scalar(const KirKernel *k, KirLaunch *l, const char *name, float v)
{
    for (size_t i = 0; i < k->n_syms; i++)
        if (!strcmp(k->syms[i].name, name))
            memcpy(memset(&l->sym[i], 0, 8), &v, 4);
}

static void test_epilogues(void **state)
{
    static const char *const names[] = {"post_relu", "post_add_clip", "post_scale"};
    static const int64_t groups[] = {1, 2, 8};
    for (int i = 0; i < 9; i++) {
        int64_t g = groups[i / 3], c = g == 8 ? 1 : 3, o = g == 8 ? 1 : 9;
        KirKernel *k = conv(DT_f32, g, 1, 1, 1), *p = instance(names[i % 3], (KirBinding){0});
        KirLaunch l = conv_launch(DT_f32, 2, g, c, o, 11, 3, 1, 1, 1), pl = {.view = {l.view[3]}};
        pl.view[1] = i % 3 == 1 ? TENSOR(DT_f32, 2, g * o, 11, 11) : (KirView){TENSOR(DT_f32, g * o).p, 4, {2, g * o, 11, 11}, {0, 1, 0, 0}};
        set_scalar(p, &pl, "lo", -1.5f), set_scalar(p, &pl, "hi", 20.0f);
        bind(p, &pl);
        Post post = {p, &pl, i % 3 != 2};
        compare(k, &l, &post);
        post.free = false;
        compare(k, &l, &post);
    }
}

/* ── integers ── */

typedef struct Tail { TileProgram *program; KirLaunch args[2]; void *scratch[2]; size_t at; } Tail;

static void tail_begin(void *ctx, int thread, void *sum, const int64_t *stride)
{
    Tail *t = ctx;
    KirView *v = &t->args[thread].view[t->at];
    *v = (KirView){.p = sum, .rank = tile_axes(t->program)};
    for (int d = 0; d < v->rank; d++)
        v->dim[d] = INT64_MAX, v->stride[d] = stride[d];
    tile_prepare(t->program, &t->args[thread], t->scratch[thread]);
}

static void tail_box(void *ctx, int thread, const int64_t *lo, const int64_t *hi)
{
    Tail *t = ctx;
    tile_run_box(t->program, &t->args[thread], lo, hi, t->scratch[thread]);
}

/* The whole range of the type, and its ends often. */
static KirView noise(DType t, int rank, const int64_t *dim, uint32_t *state)
{
    KirView v = tensor(t, rank, dim);
    for (size_t i = 0; i < bytes(&v, t); i++) {
        *state = *state * 1664525u + 1013904223u;
        ((uint8_t *)v.p)[i] = *state >> 28 ? (uint8_t)(*state >> 16) : *state >> 27 & 1 ? 0x80 : 0xff;
    }
    return v;
}
#define NOISE(t, ...) noise(t, sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t), (int64_t[]){__VA_ARGS__}, &state)

/* A launch before the one that counts, of which only the zero points differ: what is made of its nest is kept. */
static void other_zeros(Contract *c, const KirKernel *k, KirLaunch *l, const ContractEpilogue *e, ContractWork *w)
{
    Error err = {0};
    void *had[2];
    for (int i = 0; i < 2; i++) {
        const size_t n = l->view[2 + i].stride[0] ? bytes(&l->view[2 + i], k->mems[2 + i].type) : 1;
        had[i] = arena_copy(&arena, l->view[2 + i].p, n);
        memset(l->view[2 + i].p, *(uint8_t *)had[i] ? 0 : 3, n);
    }
    assert_int_equal(contract_run(c, l, NULL, e, w, pool, &err), SPML_OK);
    for (int i = 0; i < 2; i++)
        memcpy(l->view[2 + i].p, had[i], l->view[2 + i].stride[0] ? bytes(&l->view[2 + i], k->mems[2 + i].type) : 1);
}

/* Every level, with each operand packed before or none, against the interpreter. */
static void compare_integers(const KirKernel *k, KirLaunch *l)
{
    KirView *y = &l->view[k->n_operands - 1];
    const DType t = k->mems[k->n_operands - 1].type;
    const size_t n = bytes(y, t);
    Error err = {0};
    Tail tail = {.at = k->n_operands};
    bind(k, l);
    interpret(k, l);
    void *want = arena_copy(&arena, y->p, n);
    Contract *c = contract_match(k, k, &arena);
    assert_non_null(c);
    if (contract_tail(c)) {
        assert_int_equal(tile_compile(NULL, contract_tail(c), &arena, &tail.program, &err), SPML_OK);
        for (int i = 0; i < 2; i++)
            tail.args[i] = *l, tail.scratch[i] = arena_alloc(&arena, tile_scratch(tail.program), 64);
    }
    const ContractEpilogue e = {.tail_begin = tail_begin, .tail_box = tail_box, .ctx = &tail};
    for (int level = 0; level <= (int)cpu_level(); level++)
        for (int operand = -1; operand < 2; operand++) {
            ContractPack *pack = NULL;
            if (operand >= 0)
                assert_int_equal(contract_prepare(c, l, (uint32_t)operand, levels[level], pool, &pack, &err), SPML_OK);
            if (operand < 0 && dtype_info[k->mems[2].type].bytes == 1)
                other_zeros(c, k, l, &e, levels[level]);
            memset(y->p, 0x7f, n);
            assert_int_equal(contract_run(c, l, pack, &e, levels[level], pool, &err), SPML_OK);
            if (memcmp(want, y->p, n))
                fail_msg("%s<%s, %s>: bits differ, %s, pack %d", k->name, dtype_name(k->mems[0].type), dtype_name(k->mems[1].type), cpu_level_name((CpuLevel)level), operand);
            contract_pack_free(&pack);
        }
    contract_close(c);
}

static const DType signs[4][2] = {{DT_u8, DT_i8}, {DT_i8, DT_u8}, {DT_u8, DT_u8}, {DT_i8, DT_i8}};

static KirView repeated(KirView v, int rank, const int64_t *dim) /* one element for all */
{
    KirView one = {.p = v.p, .rank = rank};
    memcpy(one.dim, dim, (size_t)rank * sizeof *dim);
    return one;
}

static void test_integer_products(void **s)
{
    static const int64_t shapes[][3] = {{19, 31, 40}, {1, 1, 1}, {5, 1030, 70}, {64, 64, 64}, {3, 4, 200}, {14, 7, 32}};
    uint32_t state = 1;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes * 4; i++) {
        const int64_t m = shapes[i / 4][0], kk = shapes[i / 4][1], n = shapes[i / 4][2];
        KBindType types[] = {{"X", signs[i % 4][0], NULL}, {"W", signs[i % 4][1], NULL}};
        KBindRank ranks[] = {{"B", 1}};
        KirKernel *k = instance("matmul_integer", (KirBinding){.types = types, .n_types = 2, .ranks = ranks, .n_ranks = 1});
        KirLaunch l = {.view = {NOISE(types[0].type, 2, m, kk), NOISE(types[1].type, 2, kk, n), NOISE(types[0].type, 2, m), NOISE(types[1].type, 2, n), NOISE(DT_i32, 2, m, n)}};
        compare_integers(k, &l);
        l.view[0].stride[1] = 1, l.view[0].stride[2] = m; /* x stands the other way round */
        memset(l.view[3].p, 0, bytes(&l.view[3], types[1].type)); /* symmetric weights, shared by the batches */
        l.view[1].stride[0] = l.view[3].stride[0] = 0;
        compare_integers(k, &l);
    }
}

static void test_integer_convolutions(void **s)
{
    static const struct { int64_t n, g, c, o, h, r, s, d, p; } cases[] = {{2, 1, 5, 20, 13, 3, 1, 1, 1}, {1, 2, 3, 7, 12, 3, 2, 1, 1}, {1, 1, 17, 33, 9, 1, 1, 1, 0},
        {2, 6, 1, 1, 20, 3, 1, 1, 1}, {1, 1, 3, 8, 30, 7, 2, 1, 3}, {1, 1, 4, 9, 15, 3, 1, 2, 2}, {3, 1, 64, 10, 1, 1, 1, 1, 0}};
    uint32_t state = 7;
    for (size_t i = 0; i < sizeof cases / sizeof *cases * 12; i++) {
        const int64_t n = cases[i / 12].n, g = cases[i / 12].g, c = cases[i / 12].c, o = cases[i / 12].o, h = cases[i / 12].h, r = cases[i / 12].r, st = cases[i / 12].s;
        const int64_t d = cases[i / 12].d, p = cases[i / 12].p, q = (h + 2 * p - (r - 1) * d - 1) / st + 1;
        static const char *const kernels[] = {"conv_integer", "qlinear_conv", "qlinear_conv_add"};
        const size_t kind = i % 12 / 4;
        const bool requantised = kind > 0, added = kind > 1;
        KBindType types[] = {{"X", signs[i % 4][0], NULL}, {"W", signs[i % 4][1], NULL}, {"Y", signs[i % 4][0], NULL}, {"T", signs[i % 4][1], NULL}, {"R", signs[i % 4][0], NULL}};
        KBindConst consts[] = {{"G", g, false}, {"ST.0", st, false}, {"ST.1", st, false}, {"DL.0", d, false}, {"DL.1", d, false}, {"PD.0", p, false}, {"PD.1", p, false}};
        KBindRank ranks[] = {{"H", 2}, {"K", 2}, {"P", 2}};
        KirKernel *k = instance(kernels[kind],
            (KirBinding){.types = types, .n_types = kind == 0 ? 2 : kind == 1 ? 3 : 5, .consts = consts, .n_consts = 7, .ranks = ranks, .n_ranks = 3});
        KirLaunch l = {.view = {NOISE(types[0].type, n, g * c, h, h), NOISE(types[1].type, g * o, c, r, r), NOISE(types[0].type, n), NOISE(types[1].type, g * o)}};
        if (requantised) {
            l.view[4] = NOISE(DT_i32, g * o);
            l.view[5] = TENSOR(DT_f32, n), l.view[6] = TENSOR(DT_f32, g * o), l.view[7] = TENSOR(DT_f32, n), l.view[8] = NOISE(types[2].type, n);
            for (int64_t j = 0; j < g * o; j++) {
                ((int32_t *)l.view[4].p)[j] >>= 16;
                ((float *)l.view[6].p)[j] = 1e-4f * (float)(j % 5 + 1);
            }
            l.view[5] = repeated(TENSOR(DT_f32, 1), 1, &n), l.view[7] = repeated(TENSOR(DT_f32, 1), 1, &n);
        }
        if (added) {
            l.view[8] = NOISE(types[3].type, n), l.view[9] = NOISE(types[4].type, n, g * o, q, q), l.view[11] = NOISE(types[4].type, n), l.view[13] = NOISE(types[2].type, n);
            l.view[10] = repeated(TENSOR(DT_f32, 1), 1, &n), l.view[12] = repeated(TENSOR(DT_f32, 1), 1, &n);
            for (int j = 8; j < 14; j++)
                if (j != 9 && i % 3) /* one value each: a store of the engine; else the tail */
                    l.view[j] = repeated(l.view[j], 1, &n);
        }
        l.view[added ? 14 : requantised ? 9 : 4] = requantised ? TENSOR(types[2].type, n, g * o, q, q) : TENSOR(DT_i32, n, g * o, q, q);
        compare_integers(k, &l);
        l.view[2] = repeated(l.view[2], 1, &n); /* one zero point for all images, none for weights */
        memset(l.view[3].p, 0, (size_t)(g * o));
        compare_integers(k, &l);
    }
}

static void test_leaves_others(void **state)
{
    assert_null(contract_match_post(instance("post_scale", (KirBinding){0}), &arena));
    assert_null(contract_match(instance("square", (KirBinding){0}), NULL, &arena));
    assert_null(contract_match(instance("post_relu", (KirBinding){0}), NULL, &arena));
    KirKernel *k = instance("gathered", (KirBinding){0});
    Contract *c = contract_match(k, k, &arena);
    KirLaunch l = {.view = {TENSOR(DT_f32, 3, 4), TENSOR(DT_f32, 5, 6), TENSOR(DT_i64, 4), TENSOR(DT_f32, 3, 6)}};
    bind(k, &l);
    assert_true(!c || contract_run(c, &l, NULL, NULL, work, NULL, NULL) == SPML_NO);
    contract_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conv),
        cmocka_unit_test(test_blocked), cmocka_unit_test(test_blocked_depthwise), cmocka_unit_test(test_transposed),
        cmocka_unit_test(test_matmul),
        cmocka_unit_test(test_epilogues),
        cmocka_unit_test(test_integer_products),
        cmocka_unit_test(test_integer_convolutions),
        cmocka_unit_test(test_leaves_others),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
