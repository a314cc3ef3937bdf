/* SPDX-License-Identifier: MIT
 * Speed of the contraction engine beside OpenBLAS, in paired, interleaved rounds of one thread: GFLOP/s (best and median ratio).
 * OpenBLAS is opened at run time; without it only our own rates are printed. Usage: sgemm [rounds] */
#include "backend/cpu/contract.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef void (*SgemmFn)(int order, int ta, int tb, int m, int n, int k, float alpha, const float *a, int lda, const float *b, int ldb, float beta, float *c, int ldc);
static SgemmFn blas;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static float *noise(int64_t n)
{
    float *p = malloc((size_t)n * sizeof *p);
    for (int64_t i = 0; p && i < n; i++)
        p[i] = (float)((i * 7919) % 2003 - 1001) / 512.0f;
    return p;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

typedef struct Case { const char *name; Nest n; ContractPack *pack; int64_t m, cols, k; bool blas; double flops; } Case;

static void print_rates(const Case *c, double *ours, double *theirs, int rounds)
{
    double ratio[64], best = ours[0], peer = theirs[0];
    for (int i = 0; i < rounds; i++) {
        ratio[i] = theirs[i] / ours[i];
        best = ours[i] < best ? ours[i] : best;
        peer = theirs[i] < peer ? theirs[i] : peer;
    }
    qsort(ratio, (size_t)rounds, sizeof *ratio, by_value);
    printf("%-34s %8.1f GFLOP/s", c->name, c->flops / best * 1e-9);
    if (peer > 0)
        printf("   OpenBLAS %8.1f   median ratio %.3f", c->flops / peer * 1e-9, ratio[rounds / 2]);
    printf("\n");
}

static int run_case(Case *c, ContractWork *w, int rounds)
{
    double ours[64] = {0}, theirs[64] = {0};
    float *out = c->n.out.p;
    int reps = (int)(2e8 / c->flops) + 1;
    for (int i = -1; i < rounds; i++) {
        double t0 = now();
        for (int r = 0; r < reps; r++)
            if (nest_run(&c->n, NULL, c->pack, w, NULL, NULL))
                return 1;
        double t1 = now();
        for (int r = 0; r < reps && blas && c->blas; r++)
            blas(101, 111, 111, (int)c->m, (int)c->cols, (int)c->k, 1, c->n.a.p, (int)c->k, c->n.b.p, (int)c->cols, 0, out, (int)c->cols);
        double t2 = now();
        if (i >= 0)
            ours[i] = (t1 - t0) / reps, theirs[i] = blas && c->blas ? (t2 - t1) / reps : 0;
    }
    print_rates(c, ours, theirs, rounds);
    return 0;
}

static int matmul(const char *name, int64_t m, int64_t n, int64_t k, bool packed, ContractWork *w, int rounds)
{
    Case c = {.name = name, .m = m, .cols = n, .k = k, .blas = true, .flops = 2.0 * (double)m * (double)n * (double)k};
    c.n = (Nest){.n_out = 2, .n_axes = 3, .extent = {m, n, k}};
    c.n.a = (NestOperand){.p = noise(m * k), .type = DT_f32, .coef = {k, 0, 1}};
    c.n.b = (NestOperand){.p = noise(k * n), .type = DT_f32, .coef = {0, 1, n}};
    c.n.out = (NestOperand){.p = noise(m * n), .type = DT_f32, .coef = {n, 1, 0}};
    if (packed && nest_prepare(&c.n, 1, w, NULL, &c.pack, NULL))
        return 1;
    int rc = run_case(&c, w, rounds);
    contract_pack_free(&c.pack);
    free(c.n.a.p), free(c.n.b.p), free(c.n.out.p);
    return rc;
}

/* c → o channels, r × r kernel, stride s, h × h output; depthwise where o is 0. */
static int conv(const char *name, int64_t ch, int64_t o, int64_t r, int64_t s, int64_t h, ContractWork *w, int rounds)
{
    int64_t g = o ? 1 : ch, pad = r / 2, v = (h - 1) * s + r - 2 * pad;
    if (!o)
        o = ch = 1;
    Case c = {.name = name, .flops = 2.0 * (double)(g * o * ch * r * r) * (double)(h * h)};
    c.n = (Nest){.n_out = 4, .n_axes = 7, .extent = {g, h, h, o, ch, r, r}, .clamp = true, .lo = 0, .hi = 6};
    c.n.a = (NestOperand){.p = noise(g * ch * v * v), .type = DT_f32, .offset = -pad * v - pad, .coef = {ch * v * v, s * v, s, 0, v * v, v, 1}, .n_guards = 2,
        .guard = {{-pad, v, {0, s, 0, 0, 0, 1, 0}}, {-pad, v, {0, 0, s, 0, 0, 0, 1}}}};
    c.n.b = (NestOperand){.p = noise(g * o * ch * r * r), .type = DT_f32, .coef = {o * ch * r * r, 0, 0, ch * r * r, r * r, r, 1}};
    c.n.init = (NestOperand){.p = noise(g * o), .type = DT_f32, .coef = {o, 0, 0, 1}};
    c.n.out = (NestOperand){.p = noise(g * o * h * h), .type = DT_f32, .coef = {o * h * h, h, 1, h * h}};
    if (nest_prepare(&c.n, 1, w, NULL, &c.pack, NULL))
        return 1;
    int rc = run_case(&c, w, rounds);
    contract_pack_free(&c.pack);
    free(c.n.a.p), free(c.n.b.p), free(c.n.init.p), free(c.n.out.p);
    return rc;
}

static CpuLevel best_level(void)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        return CPU_AVX512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return CPU_AVX2;
#endif
    return CPU_BASELINE;
}

static void open_blas(void)
{
    void *h = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
    void (*threads)(int) = h ? (void (*)(int))dlsym(h, "openblas_set_num_threads") : NULL;
    blas = h ? (SgemmFn)dlsym(h, "cblas_sgemm") : NULL;
    if (threads)
        threads(1);
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 15, bad = 0;
    rounds = rounds < 1 ? 1 : rounds > 64 ? 64 : rounds;
    ContractWork *w = NULL;
    CpuLevel level = argc > 2 ? (CpuLevel)atoi(argv[2]) : best_level();
    if (contract_work_new(level, false, &w, NULL))
        return 1;
    open_blas();
    double load[1] = {0};
    if (getloadavg(load, 1) == 1)
        printf("%d rounds, one thread, load %.2f\n", rounds, load[0]);
    static const int64_t ten[][3] = {{256, 256, 256}, {512, 512, 512}, {1024, 1024, 1024}, {2048, 2048, 2048}, {4096, 64, 512}, {64, 4096, 512}, {512, 512, 16}, {1024, 1024, 32},
        {1023, 511, 257}, {333, 777, 555}}; /* square, tall, wide, short sums, odd */
    for (size_t i = 0; i < sizeof ten / sizeof *ten; i++) {
        char name[64];
        snprintf(name, sizeof name, "matmul %lldx%lldx%lld", (long long)ten[i][0], (long long)ten[i][1], (long long)ten[i][2]);
        bad |= matmul(name, ten[i][0], ten[i][1], ten[i][2], false, w, rounds);
    }
    bad |= matmul("matmul 1024, weights packed", 1024, 1024, 1024, true, w, rounds);
    bad |= matmul("matmul 128x3072x768, packed", 128, 3072, 768, true, w, rounds);
    bad |= matmul("matmul 64x64x64", 64, 64, 64, false, w, rounds);
    bad |= matmul("matmul 1x4096x1024, packed", 1, 4096, 1024, true, w, rounds);
    bad |= matmul("matmul 3x4096x1024, packed", 3, 4096, 1024, true, w, rounds);
    bad |= conv("conv 3x3 64 to 64, 56x56", 64, 64, 3, 1, 56, w, rounds);
    bad |= conv("conv 3x3 s2 64 to 128, 28x28", 64, 128, 3, 2, 28, w, rounds);
    bad |= conv("conv 1x1 64 to 256, 56x56", 64, 256, 1, 1, 56, w, rounds);
    bad |= conv("conv 1x1 1024 to 512, 14x14", 1024, 512, 1, 1, 14, w, rounds);
    bad |= conv("conv 3x3 512 to 512, 7x7", 512, 512, 3, 1, 7, w, rounds);
    bad |= conv("conv 7x7 s2 3 to 64, 112x112", 3, 64, 7, 2, 112, w, rounds);
    bad |= conv("depthwise 3x3 96, 112x112", 96, 0, 3, 1, 112, w, rounds);
    bad |= conv("depthwise 3x3 s2 144, 28x28", 144, 0, 3, 2, 28, w, rounds);
    contract_work_free(&w);
    return bad;
}
