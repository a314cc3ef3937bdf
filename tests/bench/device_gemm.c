/* SPDX-License-Identifier: MIT
 * bench: matrix products on a device: device_gemm BACKEND [N]. Prints one line a type: GFLOP/s of an N³ product, operands resident, kernel time only:
 * launches through the backend's table between two waits, best of several. Some elements, of the corners and
 * the middle, are checked against the sums done here. Exit 1 if one is wrong or a type cannot be run. */
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

/* name, type of operands, what the device may lose: KCAP_tf32. */
static const struct { const char *name; DType t; uint32_t math; double slack; } rows[] = {
    {"f32", DT_f32, 0, 1e-4}, {"tf32", DT_f32, KCAP_tf32, 2e-3}, {"f16", DT_f16, 0, 2e-3}, {"bf16", DT_bf16, 0, 1e-2},
};

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

/* Of element (y, x); terms are eighths of whole numbers up to 8, so their sums are exact in f64. slack: of the size of what is summed. */
static bool right_at(Gemm *g, int64_t y, int64_t x, double slack, Error *err)
{
    uint64_t bits[4] = {0};
    const unsigned w = dtype_info[g->t].bytes;
    char *from = (char *)g->l.view[2].p + (y * g->n + x) * w;
    double want = 0, size = 0;
    if (g->b->download && g->b->download(g->d, bits, from, w, err))
        return false;
    if (!g->b->download)
        memcpy(bits, from, w);
    for (int64_t i = 0; i < g->n; i++) {
        const double term = dtype_get_f64(g->t, g->host, (uint64_t)(y * g->n + i)) * dtype_get_f64(g->t, g->host, (uint64_t)(i * g->n + x));
        want += term;
        size += term < 0 ? -term : term;
    }
    const double off = dtype_get_f64(g->t, bits, 0) - want, bound = slack * (want < 0 ? -want : want) + 1e-6 * size + 1e-6;
    return off <= bound && -off <= bound;
}

static bool right(Gemm *g, double slack, Error *err)
{
    const int64_t at[] = {0, g->n / 2, g->n - 1};
    bool ok = true;
    for (int i = 0; i < 9; i++)
        ok &= right_at(g, at[i / 3], at[i % 3], slack, err);
    return ok;
}

/* One type: its own device, since what may be lost is said at opening. */
static int run_row(Gemm *g, size_t row, const KModule *m)
{
    Arena a = {0};
    Error err = {0};
    double best = 0;
    bool ok = false;
    g->t = rows[row].t;
    SpmlCode code = g->b->open(&(DeviceOptions){.math = rows[row].math}, &g->d, &err);
    if (!code)
        code = make(g, m, &a, &err);
    if (!code)
        code = time_it(g, &best, &err);
    if (!code)
        ok = right(g, rows[row].slack, &err);
    if (!code && getenv("DUMP")) { /* the text that was measured */
        Text t = {0};
        g->b->text(g->k, &t, NULL);
        puts(t.p ? t.p : "");
        text_free(&t);
    }
    if (code)
        printf("%s %s %lld: %s\n", g->b->name, rows[row].name, (long long)g->n, err.text);
    else
        printf("%s %s %lld: %.0f GFLOP/s, %.3f ms%s\n", g->b->name, rows[row].name, (long long)g->n, 2e-9 * (double)g->n * (double)g->n * (double)g->n / best, 1e3 * best, ok ? "" : " WRONG");
    fflush(stdout);
    for (int v = 0; v < 3 && g->d; v++)
        g->b->free(g->d, g->l.view[v].p);
    if (g->d) {
        g->b->release(g->d, g->k);
        g->b->close(&g->d);
    }
    free(g->host);
    arena_free(&a);
    return code || !ok;
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "cuda";
    Gemm g = {.n = argc > 2 ? atol(argv[2]) : 4096};
    Error err = {0};
    const KModule *m;
    DeviceInfo info = {0};
    int failed = 0;
    for (int i = 0; backends[i]; i++)
        g.b = strcmp(backends[i]->name, name) ? g.b : backends[i];
    if (!g.b || g.n < 1 || kernels_module(&m, &err) || g.b->open(&(DeviceOptions){0}, &g.d, &err)) {
        fprintf(stderr, "device_gemm: %s: %s\n", name, g.b ? err.text : "no such backend");
        return 6;
    }
    g.b->info(g.d, &info);
    g.b->close(&g.d);
    if (info.simulated) {
        fprintf(stderr, "device_gemm: %s is simulated: nothing measured on it means anything\n", name);
        return 6;
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!rows[i].math || info.caps & KCAP_mma)
            failed |= run_row(&(Gemm){.b = g.b, .n = g.n}, i, m);
    return failed;
}
