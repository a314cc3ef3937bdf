/* SPDX-License-Identifier: MIT
 * base: hashing; see hash.h. hash64 folds 128-bit products of the input with odd constants; the map probes linearly and stays
 * under three quarters full; its seed comes from the random bytes that the kernel hands every process. */
#include "base/hash.h"

#include "base/hard.h"

#include <string.h>
#include <sys/auxv.h>

static uint64_t fold(uint64_t a, uint64_t b)
{
    unsigned __int128 p = (unsigned __int128)a * b;
    return (uint64_t)p ^ (uint64_t)(p >> 64);
}

static uint64_t load_tail(const uint8_t *p, size_t n) /* n ≤ 8 */
{
    uint64_t v = 0;
    if (n)
        memcpy(&v, p, n);
    return v;
}

/* Fractional digits of π (odd words), nothing up the sleeve. */
#define MIX_A UINT64_C(0x243f6a8885a308d3)
#define MIX_B UINT64_C(0x13198a2e03707345)
#define MIX_C UINT64_C(0xa4093822299f31d1)

uint64_t hash64(const void *data, size_t n, uint64_t seed)
{
    const uint8_t *p = data;
    uint64_t h = fold(seed ^ MIX_A, MIX_B) ^ n;
    size_t left = n;
    for (; left > 16; p += 16, left -= 16)
        h = fold(load_tail(p, 8) ^ MIX_B ^ h, load_tail(p + 8, 8) ^ MIX_C);
    uint64_t a = load_tail(p, left < 8 ? left : 8), b = left > 8 ? load_tail(p + 8, left - 8) : 0;
    h = fold(a ^ MIX_C ^ h, b ^ MIX_A);
    return fold(h ^ MIX_A, (uint64_t)n ^ MIX_B);
}

static const uint32_t sha_k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
    0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
    0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
    0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
    0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
    0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t ror(uint32_t x, int n) { return x >> n | x << (32 - n); }

static void sha256_block(Sha256 *s, const uint8_t *p)
{
    uint32_t w[64], v[8];
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)p[4 * i] << 24 | (uint32_t)p[4 * i + 1] << 16 | (uint32_t)p[4 * i + 2] << 8 | p[4 * i + 3];
    for (int i = 16; i < 64; i++) {
        uint32_t a = w[i - 15], b = w[i - 2];
        w[i] = w[i - 16] + (ror(a, 7) ^ ror(a, 18) ^ a >> 3) + w[i - 7] + (ror(b, 17) ^ ror(b, 19) ^ b >> 10);
    }
    memcpy(v, s->h, sizeof v);
    for (int i = 0; i < 64; i++) { /* v is a … h of FIPS 180-4 */
        uint32_t e = v[4], a = v[0];
        uint32_t t1 = v[7] + (ror(e, 6) ^ ror(e, 11) ^ ror(e, 25)) + ((e & v[5]) ^ (~e & v[6])) + sha_k[i] + w[i];
        uint32_t t2 = (ror(a, 2) ^ ror(a, 13) ^ ror(a, 22)) + ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));
        memmove(v + 1, v, 7 * sizeof *v);
        v[4] += t1;
        v[0] = t1 + t2;
    }
    for (int i = 0; i < 8; i++)
        s->h[i] += v[i];
}

void sha256_init(Sha256 *s)
{
    *s = (Sha256){.h = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}};
}

void sha256_add(Sha256 *s, const void *data, size_t n)
{
    const uint8_t *p = data;
    size_t have = s->n % 64;
    s->n += n;
    if (have) {
        size_t take = n < 64 - have ? n : 64 - have;
        if (take)
            memcpy(s->buf + have, p, take);
        p += take;
        n -= take;
        if (have + take < 64)
            return;
        sha256_block(s, s->buf);
    }
    for (; n >= 64; p += 64, n -= 64)
        sha256_block(s, p);
    if (n)
        memcpy(s->buf, p, n);
}

void sha256_final(Sha256 *s, uint8_t out[32])
{
    uint64_t bits = s->n * 8;
    uint8_t pad[72] = {0x80};
    size_t zeros = (119 - s->n % 64) % 64; /* so that 0x80, zeros and 8 bytes of length fill a block */
    for (int i = 0; i < 8; i++)
        pad[1 + zeros + i] = (uint8_t)(bits >> (56 - 8 * i));
    sha256_add(s, pad, 1 + zeros + 8);
    for (int i = 0; i < 32; i++)
        out[i] = (uint8_t)(s->h[i / 4] >> (24 - 8 * (i % 4)));
}

static uint64_t process_seed(void)
{
    const void *random = (const void *)getauxval(AT_RANDOM); /* 16 bytes */
    return random ? load_tail(random, 8) : MIX_C;
}

/* The slot of the key, or the free one where it would go; the map has a free slot. */
static MapSlot *slot_find(MapSlot *slots, size_t cap, const char *key, size_t n)
{
    size_t i = hash64(key, n, process_seed()) & (cap - 1);
    while (slots[i].key && (slots[i].n != n || (n && memcmp(slots[i].key, key, n))))
        i = (i + 1) & (cap - 1);
    return &slots[i];
}

void *map_find(const Map *m, const char *key, size_t n)
{
    return m->cap ? slot_find(m->slots, m->cap, key, n)->value : NULL;
}

static bool map_grow(Map *m)
{
    size_t cap = m->cap ? m->cap * 2 : HARD(16, 4);
    MapSlot *slots = arena_array(m->arena, MapSlot, cap);
    if (!slots)
        return false;
    for (size_t i = 0; i < m->cap; i++)
        if (m->slots[i].key)
            *slot_find(slots, cap, m->slots[i].key, m->slots[i].n) = m->slots[i];
    m->slots = slots;
    m->cap = cap;
    return true;
}

bool map_put(Map *m, const char *key, size_t n, void *value)
{
    if (m->n >= m->cap / 4 * 3 && !map_grow(m))
        return false;
    MapSlot *s = slot_find(m->slots, m->cap, key, n);
    m->n += !s->key;
    *s = (MapSlot){key ? key : "", n, value};
    return true;
}
