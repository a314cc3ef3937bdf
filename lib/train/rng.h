/* SPDX-License-Identifier: MIT
 * train: random numbers by counter on the host: philox 4x32-10, the same words as `philox` of kernels/random.k. What is drawn is a function of
 * (seed, stream, counter) alone, so neither threads nor the order of work change it. */
#ifndef SPML_TRAIN_RNG_H
#define SPML_TRAIN_RNG_H

#include <stdint.h>

/* What a stream is for: low byte of `stream`; above it stands the epoch. */
typedef enum RngUse { RNG_NONE, RNG_SPLIT, RNG_ORDER, RNG_AUGMENT, RNG_WINDOW, RNG_MIXUP, RNG_STATS, RNG_TEXT, RNG_INIT } RngUse;

static inline void philox(uint64_t counter, uint64_t stream, uint64_t seed, uint32_t out[4])
{
    uint32_t x = (uint32_t)counter, y = (uint32_t)(counter >> 32), z = (uint32_t)stream, w = (uint32_t)(stream >> 32);
    uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
    for (int r = 0; r < 10; r++, k0 += 0x9E3779B9u, k1 += 0xBB67AE85u) {
        uint64_t a = (uint64_t)z * 0xCD9E8D57u, b = (uint64_t)x * 0xD2511F53u;
        uint32_t nx = (uint32_t)(a >> 32) ^ y ^ k0, nz = (uint32_t)(b >> 32) ^ w ^ k1;
        y = (uint32_t)a;
        w = (uint32_t)b;
        x = nx;
        z = nz;
    }
    out[0] = x;
    out[1] = y;
    out[2] = z;
    out[3] = w;
}

/* Words drawn one after the other from the counters (item << 16), (item << 16) + 1, …; item < 2^48. */
typedef struct Rng { uint64_t seed, stream, counter; uint32_t word[4]; int n_left; } Rng;

static inline Rng rng_make(uint64_t seed, RngUse use, uint64_t epoch, uint64_t item)
{
    return (Rng){.seed = seed, .stream = epoch << 8 | (uint64_t)use, .counter = item << 16};
}

static inline uint32_t rng_u32(Rng *r)
{
    if (!r->n_left) {
        philox(r->counter++, r->stream, r->seed, r->word);
        r->n_left = 4;
    }
    return r->word[4 - r->n_left--];
}

static inline uint64_t rng_u64(Rng *r)
{
    uint64_t lo = rng_u32(r);
    return lo | (uint64_t)rng_u32(r) << 32;
}

static inline double rng_unit(Rng *r) { return (double)(rng_u64(r) >> 11) * 0x1p-53; } /* [0, 1) */

/* 0 .. n-1, each as likely; n ≥ 1 */
static inline uint64_t rng_below(Rng *r, uint64_t n)
{
    uint64_t odd = -n % n, v; /* 2^64 mod n: the lowest values that would be drawn once too often */
    do
        v = rng_u64(r);
    while (v < odd);
    return v % n;
}

#endif
