/* SPDX-License-Identifier: MIT
 * cpu: what this machine can do at most: fused multiply-adds and products of bytes between registers, bytes read from memory. Measured with as many threads as
 * the device has, each for a moment of its own; the best of a few moments, since others may use the machine. */
#include "backend/cpu/roof.h"

#include "base/uninit.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { ROUND = 4096 /* steps between looks at the clock */, MOMENTS = 20 };

/* ── the work ── each runs n steps and says how many operations (or bytes) one step is */

typedef int64_t (*BurstFn)(int64_t n);

typedef float v4 __attribute__((vector_size(16)));

/* Keeps the compiler from knowing what x is. */
#define OPAQUE(x) __asm__ volatile("" : "+x"(x))
#define TEN(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9)

/* Ten chains: more than any core has units times their latency. */
#define BURST(NAME, ATTR, T, ZERO, STEP, OPS) \
    ATTR static int64_t NAME(int64_t n) \
    { \
        T a = ZERO, b = ZERO, TEN(BURST_DECLARE) last = ZERO; \
        OPAQUE(a); \
        OPAQUE(b); \
        for (; n > 0; n--) { \
            TEN(STEP) \
        } \
        TEN(BURST_KEEP) \
        OPAQUE(last); \
        return 10 * (OPS); \
    }
#define BURST_DECLARE(i) x##i = a,
#define BURST_KEEP(i) OPAQUE(x##i);

#define STEP_SSE(i) x##i = x##i * a + b; OPAQUE(x##i);
BURST(fma_baseline, , v4, {0}, STEP_SSE, 8)
#if defined(__x86_64__)
#define STEP_AVX2(i) x##i = _mm256_fmadd_ps(a, b, x##i); OPAQUE(x##i);
#define STEP_AVX512(i) x##i = _mm512_fmadd_ps(a, b, x##i); __asm__ volatile("" : "+v"(x##i));
#define STEP_VNNI(i) x##i = _mm512_dpbusd_epi32(x##i, a, b); __asm__ volatile("" : "+v"(x##i));
#define STEP_BYTES(i) x##i = _mm256_add_epi32(x##i, _mm256_madd_epi16(a, b)); OPAQUE(x##i);
BURST(fma_avx2, __attribute__((target("avx2,fma"))), __m256, _mm256_setzero_ps(), STEP_AVX2, 16)
BURST(bytes_avx2, __attribute__((target("avx2"))), __m256i, _mm256_setzero_si256(), STEP_BYTES, 32)
BURST(fma_avx512, __attribute__((target("avx512f"))), __m512, _mm512_setzero_ps(), STEP_AVX512, 32)
BURST(bytes_vnni, __attribute__((target("avx512f,avx512vnni"))), __m512i, _mm512_setzero_si512(), STEP_VNNI, 128)

/* Six tiles of sums, one of rows, one of columns. */
__attribute__((target("amx-tile,amx-int8"))) static int64_t bytes_amx(int64_t n)
{
    uint8_t config[64] __attribute__((aligned(64))) = {1};
    for (int i = 0; i < 8; i++)
        config[16 + 2 * i] = 64, config[48 + i] = 16;
    _tile_loadconfig(config);
    _tile_zero(0); _tile_zero(1); _tile_zero(2); _tile_zero(3); _tile_zero(4); _tile_zero(5); _tile_zero(6); _tile_zero(7);
    for (; n > 0; n -= 16) {
        _tile_dpbusd(0, 6, 7);
        _tile_dpbusd(1, 6, 7);
        _tile_dpbusd(2, 6, 7);
        _tile_dpbusd(3, 6, 7);
        _tile_dpbusd(4, 6, 7);
        _tile_dpbusd(5, 6, 7);
    }
    _tile_release();
    return 6 * 2 * 16 * 16 * 64 / 16;
}
#endif

static const BurstFn fma_bursts[] = {
    [CPU_BASELINE] = fma_baseline,
#if defined(__x86_64__)
    [CPU_AVX2] = fma_avx2, [CPU_AVX512] = fma_avx512, [CPU_VNNI] = fma_avx512,
#endif
};

static BurstFn fma_of(CpuLevel l)
{
    const size_t n = sizeof fma_bursts / sizeof *fma_bursts;
    for (size_t i = (size_t)l < n ? (size_t)l + 1 : n; i-- > 0;)
        if (fma_bursts[i])
            return fma_bursts[i];
    return fma_baseline;
}

static BurstFn bytes_of(CpuLevel l)
{
#if defined(__x86_64__)
    return l >= CPU_AMX ? bytes_amx : l >= CPU_VNNI ? bytes_vnni : l >= CPU_AVX2 ? bytes_avx2 : NULL;
#else
    (void)l;
    return NULL;
#endif
}

/* ── a moment of every thread ── */

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

typedef struct Moment {
    BurstFn burst;       /* NULL: reading */
    const char *memory;  /* [n] */
    size_t n;            /* bytes of each thread */
    double seconds;
    double *rate;        /* [threads] of chunk i */
} Moment;

static uint64_t read_part(const char *p, size_t n)
{
    typedef uint64_t v8 __attribute__((vector_size(64)));
    UNINIT v8 x;
    v8 a = {0}, b = {0};
    for (size_t i = 0; i + 2 * sizeof x <= n; i += 2 * sizeof x) {
        memcpy(&x, p + i, sizeof x);
        a |= x;
        memcpy(&x, p + i + sizeof x, sizeof x);
        b |= x;
    }
    a |= b;
    return a[0] | a[1] | a[2] | a[3] | a[4] | a[5] | a[6] | a[7];
}

static void moment_task(void *ctx, int64_t chunk, int thread)
{
    enum { PART = 1 << 20 };
    const Moment *m = ctx;
    const char *mine = m->memory ? m->memory + (size_t)chunk * m->n : NULL;
    volatile uint64_t sink = 0;
    double done = 0, start = now(), t;
    size_t at = 0;
    (void)thread;
    do {
        if (m->burst) {
            done += (double)ROUND * (double)m->burst(ROUND);
        } else {
            sink |= read_part(mine + at, PART);
            done += PART;
            at = at + 2 * PART <= m->n ? at + PART : 0;
        }
        t = now() - start;
    } while (t < m->seconds);
    m->rate[chunk] = done / t;
}

static double best_rate(Moment *m, Pool *pool)
{
    const int threads = pool_threads(pool);
    double best = 0;
    for (int k = 0; k < MOMENTS; k++) {
        double sum = 0;
        pool_run(pool, threads, moment_task, m);
        for (int i = 0; i < threads; i++)
            sum += m->rate[i];
        best = sum > best ? sum : best;
    }
    return best;
}

/* More than the caches hold, so that it comes from memory. */
static size_t memory_bytes(void)
{
    long l3 = 0;
#ifdef _SC_LEVEL3_CACHE_SIZE
    l3 = sysconf(_SC_LEVEL3_CACHE_SIZE);
#endif
    const size_t want = l3 > 0 ? 4 * (size_t)l3 : 0, least = 96u << 20, most = 256u << 20;
    return want < least ? least : want > most ? most : want;
}

SpmlCode roof_measure(CpuLevel l, Pool *pool, double seconds, DeviceRoof *out, Error *err)
{
    const size_t threads = (size_t)pool_threads(pool), n = memory_bytes() / threads / (1 << 20) * (1 << 20);
    Moment m = {.burst = fma_of(l), .seconds = seconds, .rate = calloc(threads, sizeof *m.rate)};
    char *memory = n ? aligned_alloc(1 << 21, (n * threads + (1 << 21) - 1) & ~(size_t)((1 << 21) - 1)) : NULL;
    *out = (DeviceRoof){.threads = (int)threads};
    if (!m.rate || !memory) {
        free(m.rate);
        free(memory);
        return error_oom(err);
    }
    out->flops = best_rate(&m, pool);
    if ((m.burst = bytes_of(l)))
        out->byte_ops = best_rate(&m, pool);
    memset(memory, 1, n * threads);
    m.burst = NULL;
    m.memory = memory;
    m.n = n;
    out->read_bytes = best_rate(&m, pool);
    free(m.rate);
    free(memory);
    return SPML_OK;
}
