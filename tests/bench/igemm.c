/* SPDX-License-Identifier: MIT
 * Speed of 8-bit products (u8 activations with a zero point, i8 weights packed before) at every level of this machine, one thread: GOP/s, best of the
 * rounds, and the share of the roof of byte products measured in registers beside it. Usage: igemm [rounds] */
#include "backend/cpu/contract.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void) /* of this thread: others may run between */
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static uint8_t *noise(int64_t n)
{
    uint8_t *p = malloc((size_t)n);
    for (int64_t i = 0; p && i < n; i++)
        p[i] = (uint8_t)(i * 7919 >> 3);
    return p;
}

/* Sums of byte products that nothing waits for. */
static double vnni_roof(void)
{
    double best = 0;
#ifdef __x86_64__
    if (!__builtin_cpu_supports("avx512vnni"))
        return 0;
    enum { STEPS = 200000 };
    for (int round = 0; round < 20; round++) {
        const double t = now();
        for (int i = 0; i < STEPS; i++)
            __asm__ volatile("vpdpbusd %%zmm14, %%zmm15, %%zmm0\nvpdpbusd %%zmm14, %%zmm15, %%zmm1\nvpdpbusd %%zmm14, %%zmm15, %%zmm2\n"
                             "vpdpbusd %%zmm14, %%zmm15, %%zmm3\nvpdpbusd %%zmm14, %%zmm15, %%zmm4\nvpdpbusd %%zmm14, %%zmm15, %%zmm5\n"
                             "vpdpbusd %%zmm14, %%zmm15, %%zmm6\nvpdpbusd %%zmm14, %%zmm15, %%zmm7\nvpdpbusd %%zmm14, %%zmm15, %%zmm8\n"
                             "vpdpbusd %%zmm14, %%zmm15, %%zmm9\nvpdpbusd %%zmm14, %%zmm15, %%zmm10\nvpdpbusd %%zmm14, %%zmm15, %%zmm11\n" ::
                                 : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11");
        const double rate = 12.0 * 128 * STEPS / (now() - t) * 1e-9;
        best = rate > best ? rate : best;
    }
#endif
    return best;
}

static int matmul(int64_t m, int64_t n, int64_t k, ContractWork *w, const char *level, double roof, int rounds)
{
    uint8_t zero = 7;
    const double ops = 2.0 * (double)m * (double)n * (double)k;
    const int reps = (int)(2e8 / ops) + 1;
    ContractPack *pack;
    Nest p = {.n_out = 2, .n_axes = 3, .extent = {m, n, k}};
    p.a = (NestOperand){.p = noise(m * k), .type = DT_u8, .coef = {k, 0, 1}};
    p.b = (NestOperand){.p = noise(k * n), .type = DT_i8, .coef = {0, 1, n}};
    p.zero_a = (NestOperand){.p = &zero, .type = DT_u8};
    p.out = (NestOperand){.p = noise(m * n * 4), .type = DT_i32, .coef = {n, 1, 0}};
    if (nest_prepare(&p, 1, w, NULL, &pack, NULL))
        return 1;
    double best = 1e9;
    for (int i = 0; i < rounds; i++) {
        const double t = now();
        for (int r = 0; r < reps; r++)
            if (nest_run(&p, NULL, pack, w, NULL, NULL))
                return 1;
        const double each = (now() - t) / reps;
        best = each < best ? each : best;
    }
    printf("%-18s %4lld x %4lld x %4lld  %8.1f GOP/s  %.2f of the roof\n", level, (long long)m, (long long)n, (long long)k, ops / best * 1e-9, roof > 0 ? ops / best * 1e-9 / roof : 0);
    contract_pack_free(&pack);
    free(p.a.p), free(p.b.p), free(p.out.p);
    return 0;
}

int main(int argc, char **argv)
{
    static const int64_t shapes[][3] = {{1024, 1024, 1024}, {512, 4096, 4096}, {128, 3072, 768}, {128, 768, 3072}, {128, 768, 768}, {100, 1000, 500}, {64, 64, 64}, {1, 4096, 1024}};
    const int rounds = argc > 1 ? atoi(argv[1]) : 15;
    const double roof = vnni_roof();
    int bad = 0;
    printf("vpdpbusd in registers: %.0f GOP/s\n", roof);
    for (int l = cpu_level(); l >= CPU_AVX2 && !bad; l--) {
        ContractWork *w = NULL;
        if (contract_work_new((CpuLevel)l, false, &w, NULL))
            return 1;
        for (size_t i = 0; i < sizeof shapes / sizeof *shapes && !bad; i++)
            bad = matmul(shapes[i][0], shapes[i][1], shapes[i][2], w, cpu_level_name((CpuLevel)l), roof, rounds);
        contract_work_free(&w);
    }
    return bad;
}
