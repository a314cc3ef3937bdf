/* SPDX-License-Identifier: MIT
 * bench: matrix products on a device: device_gemm BACKEND [N] [TYPE…]. Prints one line a type: GFLOP/s of an N³ product, operands resident, kernel time only:
 * launches through the backend's table between two waits, best of several. The first element is checked against the sum done here. */
#include "kir/prims.h"
#include "kir/target.h"
#include "run/backend.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef struct Gemm { const Backend *b; Device *d; BackendKernel *k; KirLaunch l; int64_t n; DType t; void *host; } Gemm;

static SpmlCode make(Gemm *g, const KModule *m, Arena *a, Error *err)
{
    char text[300];
    KModule *own;
    KirKernel *k;
    const char *t = dtype_name(g->t);
    snprintf(text, sizeof text, "kernel map(in a: %s[M, K], in b: %s[K, N], out y: %s[M, N]) { each (m, n) y[m, n] = %s(dot(f32(a[m, k]), f32(b[k, n]) over k)); }", t, t, t, t);
    SpmlCode code = kir_parse_text(m, text, a, &own, err);
    if (!code)
        code = kir_instantiate(own, "map", &(KirBinding){.operand_ranks = (int[]){2, 2, 2}, .n_operands = 3}, a, &k, err);
    size_t sz = (size_t)(g->n * g->n) * dtype_info[g->t].bytes;
    g->host = malloc(sz);
    for (int64_t i = 0; g->host && i < g->n * g->n; i++)
        dtype_set_f64(g->t, g->host, (uint64_t)i, (double)(i * 7919 % 17 - 8) / 8);
    for (int i = 0; i < 3 && !code; i++) {
        g->l.view[i] = (KirView){.rank = 2, .dim = {g->n, g->n}, .stride = {g->n, 1}};
        code = g->b->alloc(g->d, sz, &g->l.view[i].p, err);
        if (!code && i < 2)
            code = g->b->upload ? g->b->upload(g->d, g->l.view[i].p, g->host, sz, err) : (memcpy(g->l.view[i].p, g->host, sz), SPML_OK);
    }
    if (!code)
        code = kir_bind(k, &g->l, err);
    KernelDesc desc = {.key = arena_strdup(a, text), .module = own, .kernel = k, .like = &g->l};
    if (!code)
        code = g->b->compile(g->d, &desc, 1, &g->k, err);
    if (!code && !g->k) {
        *err = desc.why;
        code = desc.why.code;
    }
    return code;
}

static SpmlCode time_it(Gemm *g, double *best, Error *err)
{
    BackendLaunch one = {.kernel = g->k, .args = &g->l}, list[8];
    SpmlCode code = g->b->submit(g->d, &one, 1, err);
    if (!code)
        code = g->b->wait(g->d, err);
    for (int i = 0; i < 8; i++)
        list[i] = one;
    *best = 1e30;
    for (int r = 0; r < 12 && !code; r++) {
        double t = now();
        code = g->b->submit(g->d, list, 8, err);
        if (!code)
            code = g->b->wait(g->d, err);
        t = (now() - t) / 8;
        *best = t < *best ? t : *best;
    }
    return code;
}

static bool right(Gemm *g, Error *err)
{
    uint64_t bits[4] = {0};
    const unsigned w = dtype_info[g->t].bytes;
    if (g->b->download ? g->b->download(g->d, bits, g->l.view[2].p, w, err) : (memcpy(bits, g->l.view[2].p, w), 0))
        return false;
    double want = 0, got = dtype_get_f64(g->t, bits, 0);
    for (int64_t i = 0; i < g->n; i++)
        want += dtype_get_f64(g->t, g->host, (uint64_t)i) * dtype_get_f64(g->t, g->host, (uint64_t)(i * g->n));
    return got - want <= 0.02 * (want < 0 ? -want : want) + 1e-3 && want - got <= 0.02 * (want < 0 ? -want : want) + 1e-3;
}

int main(int argc, char **argv)
{
    static const DType types[] = {DT_f32, DT_f16, DT_bf16};
    const char *name = argc > 1 ? argv[1] : "cuda";
    Gemm g = {.n = argc > 2 ? atol(argv[2]) : 4096};
    Error err = {0};
    const KModule *m;
    DeviceInfo info = {0};
    for (int i = 0; backends[i]; i++)
        g.b = strcmp(backends[i]->name, name) ? g.b : backends[i];
    if (!g.b || g.n < 1 || kernels_module(&m, &err) || g.b->open(&(DeviceOptions){0}, &g.d, &err)) {
        fprintf(stderr, "device_gemm: %s: %s\n", name, err.text);
        return 6;
    }
    g.b->info(g.d, &info);
    if (info.simulated) {
        fprintf(stderr, "device_gemm: %s is simulated: nothing measured on it means anything\n", name);
        return 6;
    }
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        Arena a = {0};
        double best;
        g.t = types[i];
        SpmlCode code = make(&g, m, &a, &err);
        if (!code)
            code = time_it(&g, &best, &err);
        if (!code && getenv("DUMP")) { /* the text that was measured */
            Text t = {0};
            g.b->text(g.k, &t, NULL);
            puts(t.p ? t.p : "");
            text_free(&t);
        }
        if (code)
            printf("%s %s %lld: %s\n", name, dtype_name(g.t), (long long)g.n, err.text);
        else
            printf("%s %s %lld: %.0f GFLOP/s, %.3f ms%s\n", name, dtype_name(g.t), (long long)g.n, 2e-9 * (double)g.n * (double)g.n * (double)g.n / best, 1e3 * best, right(&g, &err) ? "" : " WRONG");
        for (int v = 0; v < 3; v++)
            g.b->free(g.d, g.l.view[v].p);
        g.b->release(g.d, g.k);
        g.k = NULL;
        free(g.host);
        arena_free(&a);
    }
    g.b->close(&g.d);
    return 0;
}
