/* SPDX-License-Identifier: MIT
 * unit tests of the JIT backends through their vtable, one program per backend (SPML_TEST_BACKEND): memory, launches against the interpreter,
 * variants by facts, long parameter blocks, prepared lists, the cache on a second opening, errors. Without a driver each test is skipped, visibly;
 * SPML_REQUIRE makes that a failure. */
#include "backend/jit.h"
#include "base/knobs.h"
#include "kir/core.h"
#include "run/backend.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#define CONCAT_(a, b) a##b
#define CONCAT(a, b) CONCAT_(a, b)
#define NAME_(x) #x
#define NAME(x) NAME_(x)
extern const Backend CONCAT(backend_, SPML_TEST_BACKEND);
static const Backend *const b = &CONCAT(backend_, SPML_TEST_BACKEND);

static const char source[] =
    "kernel axpy(in x: f32[N], in s: f32, inout y: f32[N]) { each (n) y[n] = y[n] + s * x[n]; }\n"
    "kernel gemm(in x: f32[M,K], in w: f32[K,N], out y: f32[M,N]) { each (m, n) y[m, n] = dot(x[m, k], w[k, n] over k from 0.0); }\n"
    "kernel rows(in x: f32[M,K], out y: f32[M]) { each (m) y[m] = sum(x[m, k] over k); }\n"
    "kernel bytes(in x: u8[N], out y: i64[N]) { each (n) y[n] = i64(x[n]) * 1000000007; }\n"
    "kernel add<T>(in x: T[I...], in y: T[I...], out z: T[I...]) { each (i...) z[i...] = x[i...] + y[i...]; }\n"
    "kernel turns(in i: i64[N], out y: i64[N]) { each (n) { var s: i64 = 1; var c: i64 = 0; while (c < i[n]) { c += 1; s = s * 3 + c; } y[n] = s; } }\n"
    "kernel steps(in i: i64[N], out y: i64[N]) { each (n) { var s: i64 = 1; for (c < i[n]) s = s * 3 + c; y[n] = s; } }\n"
    "kernel nested(in i: i64[N], out y: i64[N]) { each (n) { var s: i64 = 1; for (c < 7) { var h: i64 = 0; while (h < i[n]) { h += 7; s = s * 3 + c; } } y[n] = s; } }\n"
    "kernel long(in x: f32[M,K], out y: f32[M]) { each (m) { var s: f32 = 0.0; for (k < K) s = s * 0.5 + x[m, k]; y[m] = s; } }\n"
    "kernel wide(in a: f32[Z...], in b: f32[Z...], in c: f32[Z...], in d: f32[Z...], in e: f32[Z...], in f: f32[Z...], in g: f32[Z...], in h: f32[Z...],\n"
    "  in i: f32[Z...], in j: f32[Z...], in k: f32[Z...], in l: f32[Z...], in m: f32[Z...], in n: f32[Z...], in o: f32[Z...], out y: f32[Z...]) {\n"
    "  each (z...) y[z...] = a[z...] + b[z...] + c[z...] + d[z...] + e[z...] + f[z...] + g[z...] + h[z...] + i[z...] + j[z...] + k[z...] + l[z...] + m[z...] + n[z...] + o[z...];\n"
    "}\n";

static Arena arena;
static KModule *module;
static Device *d;
static char root[64];

/* ── opening ── */

static bool required(void)
{
    const char *list = knob_str(KNOB_REQUIRE);
    const char *at = strstr(list, NAME(SPML_TEST_BACKEND));
    return at != NULL;
}

static Device *open_device(void)
{
    Error e = {0};
    Device *out;
    SpmlCode code = b->open(&(DeviceOptions){0}, &out, &e);
    if (!code)
        return out;
    print_message("skipped: %s\n", e.text);
    if (required() || strcmp(e.key, "device-missing"))
        fail_msg("%s", e.text);
    skip();
    return NULL;
}

static int open_each(void **state)
{
    Error e = {0};
    if (b->open(&(DeviceOptions){.no_cache = true}, &d, &e))
        d = NULL;
    if (!d) {
        print_message("%s: %s\n", b->name, e.text);
        if (required() || strcmp(e.key, "device-missing"))
            return -1;
    }
    return 0;
}

static int close_each(void **state)
{
    if (d)
        b->close(&d);
    return 0;
}

#define NEED_DEVICE() do { if (!d) { skip(); return; } } while (0)

static uint64_t compiled(void)
{
    DeviceCounts c;
    b->counts(d, &c);
    return c.compiled;
}

/* ── kernels and operands ── */

static const KirKernel *kernel(const char *name, const int *ranks, size_t n, const char *type, DType t)
{
    KirKernel *k;
    Error e = {0};
    KBindType bind = {type, t, NULL};
    KirBinding how = {.types = type ? &bind : NULL, .n_types = type != NULL, .operand_ranks = ranks, .n_operands = n};
    if (kir_instantiate(module, name, &how, &arena, &k, &e))
        fail_msg("%s", e.text);
    return k;
}

typedef struct Run { const KirKernel *k; KirLaunch host, dev; void *mem[KIR_MAX_OPERANDS], *there[KIR_MAX_OPERANDS]; size_t sz[KIR_MAX_OPERANDS]; BackendKernel *bk; } Run;

static uint32_t seed = 1;
static uint32_t rng(void) { return seed = seed * 1664525u + 1013904223u; }

/* A contiguous operand with small whole numbers, on both sides; order: innermost dimension first in memory when reversed. */
static void operand(Run *r, size_t o, int rank, const int64_t *dim, bool reversed)
{
    KirView *v = &r->host.view[o];
    const DType t = r->k->mems[o].type;
    int64_t n = 1;
    v->rank = rank;
    for (int i = 0; i < rank; i++) {
        int at = reversed ? i : rank - 1 - i;
        v->dim[at] = dim[at];
        v->stride[at] = n;
        n *= dim[at];
    }
    r->sz[o] = (size_t)n * dtype_info[t].bytes;
    r->mem[o] = calloc(r->sz[o] + 1, 1);
    for (int64_t i = 0; i < n; i++)
        dtype_set_i64(t, r->mem[o], (size_t)i, dtype_is_float(t) ? (int64_t)(rng() >> 16) % 37 - 18 : (int64_t)(rng() >> 16) % 200);
    v->p = r->mem[o];
}

static void bind(Run *r)
{
    Error e = {0};
    if (kir_bind(r->k, &r->host, &e))
        fail_msg("%s", e.text);
}

static void compile(Run *r, bool like)
{
    Error e = {0};
    KernelDesc desc = {.key = r->k->name, .module = module, .kernel = r->k, .like = like ? &r->host : NULL};
    if (b->compile(d, &desc, 1, &r->bk, &e) || !r->bk)
        fail_msg("%s %s", e.text, desc.why.text);
}

static void to_device(Run *r)
{
    Error e = {0};
    r->dev = r->host;
    for (size_t o = 0; o < r->k->n_operands; o++) {
        if (b->alloc(d, r->sz[o], &r->there[o], &e) || b->upload(d, r->there[o], r->mem[o], r->sz[o], &e))
            fail_msg("%s", e.text);
        r->dev.view[o].p = r->there[o];
    }
}

static void launch(Run *r)
{
    Error e = {0};
    BackendLaunch l = {.kernel = r->bk, .args = &r->dev};
    if (b->submit(d, &l, 1, &e))
        fail_msg("%s", e.text);
}

/* The interpreter on the host's copy; all operands must be equal then. */
static void compare(Run *r)
{
    Error e = {0};
    if (kir_interpret(r->k, &r->host, KORDER_ASCENDING, false, &e))
        fail_msg("%s", e.text);
    for (size_t o = 0; o < r->k->n_operands; o++) {
        void *got = malloc(r->sz[o] + 1);
        if (b->download(d, got, r->there[o], r->sz[o], &e))
            fail_msg("%s", e.text);
        if (memcmp(got, r->mem[o], r->sz[o]))
            fail_msg("%s: operand %zu differs from the interpreter's", r->k->name, o);
        free(got);
    }
}

static void done(Run *r, bool release)
{
    for (size_t o = 0; o < r->k->n_operands; o++) {
        b->free(d, r->there[o]);
        free(r->mem[o]);
        r->mem[o] = r->there[o] = NULL;
    }
    if (release)
        b->release(d, r->bk);
}

static void whole(Run *r)
{
    bind(r);
    compile(r, true);
    to_device(r);
    launch(r);
    compare(r);
}

/* ── memory ── */

static void memory(void **state)
{
    NEED_DEVICE();
    unsigned char out[5000], back[5000];
    char *p, *q, *none;
    Error e = {0};
    for (size_t i = 0; i < sizeof out; i++)
        out[i] = (unsigned char)(i * 7);
    assert_int_equal(b->alloc(d, sizeof out, (void **)&p, &e) | b->alloc(d, 10000, (void **)&q, &e) | b->alloc(d, 0, (void **)&none, &e), 0);
    assert_int_equal((uintptr_t)p % 64 | (uintptr_t)q % 64, 0);
    assert_int_equal(b->upload(d, p, out, sizeof out, &e), 0);
    memset(out, 0, 3); /* upload has taken the bytes */
    out[1] = 7, out[2] = 14;
    assert_int_equal(b->copy(d, q + 129, p + 3, 4001, &e), 0);
    assert_int_equal(b->copy(d, q + 8001, q + 129, 1000, &e), 0); /* within one allocation */
    assert_int_equal(b->download(d, back, q + 129, 4001, &e), 0);
    assert_memory_equal(back, out + 3, 4001);
    assert_int_equal(b->download(d, back, q + 8002, 999, &e), 0);
    assert_memory_equal(back, out + 4, 999);
    assert_int_equal(b->download(d, back, p, sizeof out, &e), 0);
    assert_memory_equal(back, out, sizeof out);
    assert_int_equal(b->upload(d, none, out, 0, &e) | b->download(d, back, none, 0, &e) | b->copy(d, p, q, 0, &e), 0);
    b->free(d, p);
    b->free(d, none);
    b->free(d, NULL);
    b->free(d, q);
}

static void large_copy(void **state)
{
    NEED_DEVICE();
    const size_t n = (40u << 20) + 12;
    char *out = malloc(n), *back = malloc(n), *p;
    Error e = {0};
    for (size_t i = 0; i < n; i++)
        out[i] = (char)(rng() >> 24);
    assert_int_equal(b->alloc(d, n, (void **)&p, &e) | b->upload(d, p, out, n, &e) | b->download(d, back, p, n, &e), 0);
    assert_memory_equal(out, back, n);
    b->free(d, p);
    free(out);
    free(back);
}

static void refusals(void **state)
{
    NEED_DEVICE();
    void *p;
    Device *other;
    Error e = {0};
    assert_int_equal(b->alloc(d, (size_t)1 << 50, &p, &e), SPML_RESOURCE);
    assert_null(p);
    assert_string_equal(e.key, "device-allocation");
    error_clear(&e);
    assert_int_equal(b->open(&(DeviceOptions){.index = 63}, &other, &e), SPML_DEVICE);
    assert_string_equal(e.key, "device-missing");
    assert_null(other);
}

/* ── launches ── */

static void products(void **state)
{
    NEED_DEVICE();
    static const int64_t sizes[][3] = {{5, 7, 3}, {1, 1, 1}, {33, 70, 65}, {4, 0, 9}, {0, 3, 3}};
    Run r = {.k = kernel("gemm", NULL, 0, NULL, DT_none)};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const int64_t *s = sizes[i];
        operand(&r, 0, 2, (int64_t[]){s[0], s[1]}, false);
        operand(&r, 1, 2, (int64_t[]){s[1], s[2]}, false);
        operand(&r, 2, 2, (int64_t[]){s[0], s[2]}, false);
        bind(&r);
        if (!i)
            compile(&r, true);
        to_device(&r);
        launch(&r);
        compare(&r);
        done(&r, false);
    }
    b->release(d, r.bk);
}

static void sums(void **state)
{
    NEED_DEVICE();
    Run r = {.k = kernel("rows", NULL, 0, NULL, DT_none)};
    operand(&r, 0, 2, (int64_t[]){13, 20011}, false);
    operand(&r, 1, 1, (int64_t[]){13}, false);
    whole(&r);
    done(&r, true);
}

static void narrow_and_wide_integers(void **state)
{
    NEED_DEVICE();
    Run r = {.k = kernel("bytes", NULL, 0, NULL, DT_none)};
    operand(&r, 0, 1, (int64_t[]){1001}, false);
    operand(&r, 1, 1, (int64_t[]){1001}, false);
    whole(&r);
    done(&r, true);
}

/* ── loops that a driver ends early ── */

enum { TURNS = 70000 }; /* more than llvmpipe allows */

static bool any_turns(void)
{
    DeviceInfo info;
    b->info(d, &info);
    return strcmp(NAME(SPML_TEST_BACKEND), "vulkan") || info.caps & KCAP_loops;
}

/* Data decide: the kernel itself finds out, and the next download says so, once. */
static void limit_by_data(const char *name)
{
    Run r = {.k = kernel(name, NULL, 0, NULL, DT_none)};
    Error e = {0};
    int64_t y[5];
    operand(&r, 0, 1, (int64_t[]){5}, false);
    operand(&r, 1, 1, (int64_t[]){5}, false);
    whole(&r); /* few turns */
    ((int64_t *)r.mem[0])[3] = TURNS;
    assert_int_equal(b->upload(d, r.there[0], r.mem[0], r.sz[0], &e), SPML_OK);
    launch(&r);
    if (any_turns()) {
        compare(&r);
    } else {
        assert_int_equal(b->download(d, y, r.there[1], sizeof y, &e), SPML_UNSUPPORTED);
        assert_string_equal(e.key, "loop-limit");
        error_clear(&e);
        assert_int_equal(b->download(d, y, r.there[1], sizeof y, &e), SPML_OK);
    }
    done(&r, true);
}

static void loop_limit(void **state)
{
    NEED_DEVICE();
    Run r = {.k = kernel("long", NULL, 0, NULL, DT_none)};
    Error e = {0};
    limit_by_data("turns");
    limit_by_data("steps");
    limit_by_data("nested");
    operand(&r, 0, 2, (int64_t[]){2, TURNS}, false);
    operand(&r, 1, 1, (int64_t[]){2}, false);
    bind(&r);
    compile(&r, true);
    to_device(&r);
    const BackendLaunch l = {.kernel = r.bk, .args = &r.dev};
    if (any_turns()) {
        launch(&r);
        compare(&r);
    } else {
        assert_int_equal(b->submit(d, &l, 1, &e), SPML_UNSUPPORTED);
        assert_string_equal(e.key, "loop-limit");
    }
    done(&r, true);
}

/* 2,000 launches that depend on each other, without waiting. */
static void in_order(void **state)
{
    NEED_DEVICE();
    Run r = {.k = kernel("axpy", NULL, 0, NULL, DT_none)};
    operand(&r, 0, 1, (int64_t[]){300}, false);
    operand(&r, r.k->n_operands - 1, 1, (int64_t[]){300}, false);
    float s = 0.5f;
    for (size_t i = 0; i < r.k->n_syms; i++)
        if (r.k->syms[i].kind == KSYM_SCALAR)
            memcpy(&r.host.sym[i], &s, sizeof s);
    bind(&r);
    compile(&r, true);
    to_device(&r);
    Error e = {0};
    for (int i = 0; i < 2000; i++) {
        launch(&r);
        assert_int_equal(kir_interpret(r.k, &r.host, KORDER_ASCENDING, false, &e), 0);
    }
    launch(&r);
    assert_int_equal(b->wait(d, &e), 0);
    compare(&r); /* one more on the host */
    done(&r, true);
}

static void prepared_list(void **state)
{
    NEED_DEVICE();
    Run r = {.k = kernel("axpy", NULL, 0, NULL, DT_none)};
    Error e = {0};
    operand(&r, 0, 1, (int64_t[]){77}, false);
    operand(&r, r.k->n_operands - 1, 1, (int64_t[]){77}, false);
    float s = 2;
    for (size_t i = 0; i < r.k->n_syms; i++)
        if (r.k->syms[i].kind == KSYM_SCALAR)
            memcpy(&r.host.sym[i], &s, sizeof s);
    bind(&r);
    compile(&r, true);
    to_device(&r);
    BackendLaunch list[10];
    BackendList *l;
    for (int i = 0; i < 10; i++)
        list[i] = (BackendLaunch){.kernel = r.bk, .args = &r.dev};
    assert_int_equal(b->prepare(d, list, 10, &l, &e), 0);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(b->replay(d, l, NULL, &e), 0);
        for (int k = 0; k < 10; k++)
            assert_int_equal(kir_interpret(r.k, &r.host, KORDER_ASCENDING, false, &e), 0);
    }
    launch(&r);
    compare(&r);
    b->list_free(d, l);
    b->list_free(d, NULL);
    done(&r, true);
}

/* Compiled for rows; columns make the general variant, anything after that makes none. */
static void variants(void **state)
{
    NEED_DEVICE();
    const int ranks[] = {2, 2, 2};
    Run r = {.k = kernel("add", ranks, 3, "T", DT_f32)};
    BackendKernel *bk = NULL;
    uint64_t before = compiled(), seen[4];
    for (int turn = 0; turn < 4; turn++) {
        for (size_t o = 0; o < 3; o++)
            operand(&r, o, 2, (int64_t[]){9, 31}, turn == 1 || (turn == 2 && o == 1));
        bind(&r);
        if (!turn)
            compile(&r, true), bk = r.bk;
        r.bk = bk;
        to_device(&r);
        launch(&r);
        compare(&r);
        DeviceCounts c;
        b->counts(d, &c);
        seen[turn] = c.compiled - before + c.cache_hits;
        done(&r, false);
    }
    assert_int_equal(seen[1], seen[0] + 1);
    assert_int_equal(seen[2], seen[1]);
    assert_int_equal(seen[3], seen[1]);
    b->release(d, bk);
}

static void without_like(void **state)
{
    NEED_DEVICE();
    const int ranks[] = {1, 1, 1};
    Run r = {.k = kernel("add", ranks, 3, "T", DT_i32)};
    for (size_t o = 0; o < 3; o++)
        operand(&r, o, 1, (int64_t[]){129}, false);
    bind(&r);
    compile(&r, false);
    to_device(&r);
    launch(&r);
    compare(&r);
    done(&r, true);
}

/* 16 operands of rank 16: more than 4 kB of parameters. */
static void long_parameters(void **state)
{
    NEED_DEVICE();
    int ranks[16];
    int64_t dim[16];
    for (int i = 0; i < 16; i++)
        ranks[i] = 16, dim[i] = i % 5 == 0 ? 2 : 1;
    dim[3] = 3;
    Run r = {.k = kernel("wide", ranks, 16, NULL, DT_none)};
    assert_int_equal(r.k->n_operands, 16);
    assert_true(kir_words(r.k) * 8 > 4096);
    for (size_t o = 0; o < 16; o++)
        operand(&r, o, 16, dim, o % 2);
    whole(&r);
    for (int i = 0; i < 1000; i++) /* more than a ring of them */
        launch(&r);
    compare(&r);
    done(&r, true);
}

static void many_buffers(void **state)
{
    NEED_DEVICE();
    enum { N = 400 };
    static Run r[N];
    Error e = {0};
    BackendKernel *bk = NULL;
    const int ranks[] = {1, 1, 1};
    const KirKernel *k = kernel("add", ranks, 3, "T", DT_f32);
    for (int i = 0; i < N; i++) {
        r[i].k = k;
        for (size_t o = 0; o < 3; o++)
            operand(&r[i], o, 1, (int64_t[]){1 + i % 70}, false);
        bind(&r[i]);
        if (!i)
            compile(&r[i], true), bk = r[i].bk;
        r[i].bk = bk;
        to_device(&r[i]);
    }
    static BackendLaunch list[N];
    for (int i = 0; i < N; i++)
        list[i] = (BackendLaunch){.kernel = bk, .args = &r[i].dev};
    assert_int_equal(b->submit(d, list, N, &e), 0);
    for (int i = N - 1; i >= 0; i--) {
        compare(&r[i]);
        done(&r[i], false);
    }
    b->release(d, bk);
}

/* Operands that begin inside an allocation. */
static void offsets(void **state)
{
    NEED_DEVICE();
    const int ranks[] = {1, 1, 1};
    Run r = {.k = kernel("add", ranks, 3, "T", DT_f32)};
    for (size_t o = 0; o < 3; o++) {
        operand(&r, o, 1, (int64_t[]){100}, false);
        r.host.view[o].p = (float *)r.mem[o] + 3 * (o + 1);
        r.host.view[o].dim[0] = 60;
    }
    bind(&r);
    compile(&r, true);
    to_device(&r);
    for (size_t o = 0; o < 3; o++)
        r.dev.view[o].p = (float *)r.there[o] + 3 * (o + 1);
    launch(&r);
    compare(&r);
    done(&r, true);
}

/* ── cache, texts ── */

static void second_opening(void **state)
{
    NEED_DEVICE();
    const int ranks[] = {3, 3, 3};
    b->close(&d);
    d = open_device();
    for (int turn = 0; turn < 2; turn++) {
        Run r[3] = {{.k = kernel("add", ranks, 3, "T", DT_f32)}, {.k = kernel("add", ranks, 3, "T", DT_i64)}, {.k = kernel("rows", NULL, 0, NULL, DT_none)}};
        KernelDesc desc[3] = {0};
        BackendKernel *bk[3];
        Error e = {0};
        for (int i = 0; i < 3; i++) {
            for (size_t o = 0; o < r[i].k->n_operands; o++)
                i < 2 ? operand(&r[i], o, 3, (int64_t[]){3, 4, 5}, false) : operand(&r[i], o, o ? 1 : 2, (int64_t[]){6, 50}, false);
            bind(&r[i]);
            desc[i] = (KernelDesc){.key = "second_opening", .module = module, .kernel = r[i].k, .like = &r[i].host};
        }
        DeviceCounts before, after;
        b->counts(d, &before);
        assert_int_equal(b->compile(d, desc, 3, bk, &e), 0);
        for (int i = 0; i < 3; i++) {
            r[i].bk = bk[i];
            assert_non_null(bk[i]);
            to_device(&r[i]);
            launch(&r[i]);
            compare(&r[i]);
            done(&r[i], true);
        }
        b->counts(d, &after);
        assert_true((after.compiled > before.compiled) == !turn);
        if (turn)
            assert_true(after.cache_hits > 0 && after.cache_misses == before.cache_misses);
        b->close(&d);
        d = open_device();
    }
}

/* The text of what ran, and what it became, is there for people. */
static void shown(void **state)
{
    NEED_DEVICE();
    const int ranks[] = {1, 1, 1};
    Run r = {.k = kernel("add", ranks, 3, "T", DT_f32)};
    Text text = {0};
    BackendDetails details = {0};
    for (size_t o = 0; o < 3; o++)
        operand(&r, o, 1, (int64_t[]){8}, false);
    whole(&r);
    const char *extension = b->text(r.bk, &text, &details);
    assert_non_null(extension);
    assert_non_null(strstr(text.p, "add")); /* names the instance */
    assert_non_null(strstr(details.json.p, "\"operands\":[{\"name\":"));
    assert_int_equal(details.binary != NULL, !strcmp(extension, "comp"));
    if (details.binary) {
        char path[128], command[400];
        snprintf(path, sizeof path, "%s/add.spv", root);
        FILE *f = fopen(path, "wb");
        assert_non_null(f);
        assert_int_equal(fwrite(details.binary, 1, details.n_binary, f), details.n_binary);
        fclose(f);
        snprintf(command, sizeof command, "if command -v spirv-val >/dev/null; then spirv-val --target-env vulkan1.2 '%s' >&2; fi", path);
        assert_int_equal(system(command), 0);
    }
    free(details.binary);
    text_free(&details.json);
    text_free(&text);
    done(&r, true);
}

/* Vulkan's validation layer, where installed, writes what it has to say into a file, which must stay empty. */
static void validation_on(void)
{
    char path[128], settings[400];
    snprintf(path, sizeof path, "%s/vk_layer_settings.txt", root);
    int n = snprintf(settings, sizeof settings, "khronos_validation.debug_action = VK_DBG_LAYER_ACTION_LOG_MSG\nkhronos_validation.report_flags = error,warn\nkhronos_validation.log_filename = %s/validation\n", root);
    FILE *f = fopen(path, "w");
    if (f && fwrite(settings, 1, (size_t)n, f) && !fclose(f)) {
        setenv("VK_LAYER_SETTINGS_PATH", path, 1);
        setenv("VK_INSTANCE_LAYERS", "VK_LAYER_KHRONOS_validation", 1);
    }
}

static void validation_silent(void **state)
{
    char path[128], line[1000];
    snprintf(path, sizeof path, "%s/validation", root);
    FILE *f = fopen(path, "r");
    if (!f) {
        print_message("no validation layer has written: not installed, or not Vulkan\n");
        skip();
        return;
    }
    bool any = false;
    while (fgets(line, sizeof line, f))
        print_error("%s", line), any = true;
    fclose(f);
    assert_false(any);
}

static int start(void **state)
{
    Error e = {0};
    KSource src = {"devices.k", source, sizeof source - 1};
    if (kir_parse(&src, 1, &arena, &module, &e)) {
        print_error("%s\n", e.text);
        return -1;
    }
    return 0;
}

static int end(void **state)
{
    char command[128];
    arena_free(&arena);
    snprintf(command, sizeof command, "rm -rf '%s'", root);
    return system(command);
}

/* libpocl ends with about 2 MB that nothing points to; LeakSanitizer would speak of nothing else. */
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void) { return !strcmp(NAME(SPML_TEST_BACKEND), "opencl"); }

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_each, close_each)
int main(void)
{
    char path[128];
    strcpy(root, "/tmp/spml-devices-XXXXXX");
    if (!mkdtemp(root))
        return 2;
    snprintf(path, sizeof path, "%s/cache", root);
    setenv("SPML_CACHE_DIR", path, 1); /* before the first question for a knob */
    snprintf(path, sizeof path, "%s/driver", root);
    if (mkdir(path, 0700))
        return 2;
    setenv("POCL_CACHE_DIR", path, 1);
    validation_on();
    const struct CMUnitTest tests[] = {
        TEST(memory), TEST(large_copy), TEST(refusals), TEST(products), TEST(sums), TEST(narrow_and_wide_integers), TEST(loop_limit), TEST(in_order), TEST(prepared_list),
        TEST(variants), TEST(without_like), TEST(long_parameters), TEST(many_buffers), TEST(offsets), TEST(second_opening), TEST(shown),
        cmocka_unit_test(validation_silent),
    };
    return cmocka_run_group_tests_name(NAME(SPML_TEST_BACKEND), tests, start, end);
}
