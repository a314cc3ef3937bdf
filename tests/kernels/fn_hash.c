/* SPDX-License-Identifier: MIT
 * tests: prints a hash of the result bits of every function primitive on fixed random and corner inputs. Compiled by several compilers with several
 * options and levels (compile_equal.sh); all outputs must be equal. PRIM_FNS is the text that kirc made. */
#include PRIM_FNS

#include <stdio.h>

static uint64_t state;
static uint64_t rng(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return state ^ state >> 33;
}

static uint64_t value(DType t)
{
    static const float corner[] = { 0.0f, -0.0f, 1.0f, -1.0f, 0.5f, 1e-41f, 88.7f, -104.5f, 3e38f, 12001.0f, -__builtin_inff(), __builtin_inff(), __builtin_nanf("") };
    const uint64_t r = rng() >> 8;
    const float f = r % 3 ? (float)((int64_t)(rng() >> 40) - (1 << 23)) * 0x1p-18f : corner[rng() % 13];
    const double d = f;
    uint64_t v = 0;
    if (t == DT_bool)
        return r & 1;
    if ((t == DT_f32 || t == DT_f64) && r % 7)
        __builtin_memcpy(&v, t == DT_f32 ? (const void *)&f : &d, t == DT_f32 ? 4 : 8);
    else
        v = r % 5 ? rng() >> (r & 63) : rng();
    return v;
}

static int width(DType t) { return t == DT_bool ? 1 : t == DT_f32 || t == DT_i32 || t == DT_u32 ? 4 : 8; }
static char in[PRIM_FN_TYPES][KTILE * 8] __attribute__((aligned(64))), out[PRIM_FN_TYPES][KTILE * 8] __attribute__((aligned(64)));

static uint64_t hash(uint64_t h, DType t, const char *p)
{
    for (int i = 0; i < KTILE; i++) {
        uint64_t v = 0;
        __builtin_memcpy(&v, p + i * width(t), (size_t)width(t));
        if ((t == DT_f32 && (v & 0x7fffffff) > 0x7f800000) || (t == DT_f64 && (v & 0x7fffffffffffffff) > 0x7ff0000000000000))
            v = 1; /* any NaN */
        h = (h ^ v) * 0x100000001b3u;
    }
    return h;
}

static uint64_t run(const PrimFnRow *r)
{
    void *dst[PRIM_FN_TYPES];
    const void *src[PRIM_FN_TYPES];
    uint64_t h = 0xcbf29ce484222325u;
    const unsigned forms = r->n_params == 1 || r->n_params > 4 ? 1 : (1u << r->n_params) - 1;
    for (int k = 0; k < PRIM_FN_TYPES; k++) {
        dst[k] = out[k];
        src[k] = in[k];
    }
    for (int round = 0; round < 16; round++) {
        for (int p = 0; p < r->n_params; p++)
            for (int i = 0; i < KTILE; i++) {
                const uint64_t v = value(r->types[p]);
                __builtin_memcpy(in[p] + i * width(r->types[p]), &v, (size_t)width(r->types[p]));
            }
        r->forms[(unsigned)round % forms](dst, src, KTILE);
        for (int k = 0; k < r->n_results; k++)
            h = hash(h, r->types[r->n_params + k], out[k]);
    }
    return h;
}

int main(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        state = i;
        printf("%s %d %016llx\n", rows[i].name, rows[i].type, (unsigned long long)run(&rows[i]));
    }
    return 0;
}
