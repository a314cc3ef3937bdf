/* SPDX-License-Identifier: MIT
 * bench: the errors at the top of kernels/math.k: ulp [--stride N] [--f64 COUNT] [--positive] [NAME...]
 * Every Nth bit pattern of f32 (default 61; 1 is all of them) and COUNT f64 arguments of all magnitudes through the tile primitives of this machine, against
 * libm in double and long double. Prints name, worst error in ulp of the result and where, for f32, then for f64. pow: as many pairs. */
#include "kir/prims.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef double (*Fn64)(double);
typedef long double (*FnLong)(long double);
typedef struct Row { const char *name; Fn64 of; FnLong of_long; } Row;
static const Row rows[] = {
    {"exp", exp, expl}, {"expm1", expm1, expm1l}, {"log", log, logl}, {"log1p", log1p, log1pl}, {"erf", erf, erfl}, {"tanh", tanh, tanhl},
    {"sinh", sinh, sinhl}, {"cosh", cosh, coshl}, {"asinh", asinh, asinhl}, {"acosh", acosh, acoshl}, {"atanh", atanh, atanhl}, {"sin", sin, sinl},
    {"cos", cos, cosl}, {"tan", tan, tanl}, {"asin", asin, asinl}, {"acos", acos, acosl}, {"atan", atan, atanl}, {"pow", NULL, NULL},
};
static struct { uint64_t stride, n64; bool positive; } opt = {61, 2000000, false};

typedef struct Worst { double ulp, x, y; } Worst;

/* Error of got in units of the last place of want, a number of `bits` bits whose least exponent is `least`; rounding to infinity is no error. */
static double error_of(long double got, long double want, int bits, int least, long double most)
{
    int e;
    if (isnan(want) || isnan(got))
        return isnan(want) && isnan(got) ? 0 : INFINITY;
    if (isinf(want) || isinf(got))
        return got == want || (isinf(got) && fabsl(want) >= most && (got > 0) == (want > 0)) ? 0 : INFINITY;
    frexpl(want, &e);
    return (double)fabsl(ldexpl(got - want, -((want == 0 || e - bits < least) ? least : e - bits)));
}

static void note(Worst *w, double ulp, double x, double y)
{
    if (ulp > w->ulp)
        *w = (Worst){ulp, x, y};
}

static uint64_t rng(void)
{
    static uint64_t s = 88172645463325252u;
    s ^= s << 13, s ^= s >> 7, s ^= s << 17;
    return s * 0x2545f4914f6cdd1du;
}

static void check_f32(const Row *r, const float *x, const float *p, int n, KPrimFn fn, Worst *w)
{
    static float y[KTILE] __attribute__((aligned(64)));
    fn(&(void *){y}, (const void *[]){x, p}, n);
    for (int i = 0; i < n; i++) {
        long double want = r->of ? (long double)r->of(x[i]) : powl(x[i], p[i]);
        note(w, error_of(y[i], want, 24, -149, 0x1.ffffffp127L), x[i], p[i]);
    }
}

static void sweep_f32(const Row *r, Worst *w)
{
    static float x[KTILE] __attribute__((aligned(64))), p[KTILE] __attribute__((aligned(64)));
    KPrimFn fn = kprim_fn(r->name, DT_f32, KFORM_V);
    int n = 0;
    for (uint64_t b = 0; b < (opt.positive ? UINT64_C(0x7f800001) : UINT64_C(1) << 32) && fn; b += opt.stride) {
        uint32_t bits = (uint32_t)b;
        memcpy(&x[n], &bits, 4);
        if (!r->of) { /* pairs whose power is near the range of f32 */
            x[n] = fabsf(x[n]);
            p[n] = (float)((double)(int64_t)rng() * 0x1p-63 * 150) / log2f(x[n]);
        }
        if (++n == KTILE) {
            check_f32(r, x, p, n, fn, w);
            n = 0;
        }
    }
    check_f32(r, x, p, n, fn, w);
}

static double any_f64(void)
{
    double d;
    uint64_t bits = rng(), kind = rng() % 3;
    memcpy(&d, &bits, 8);
    return kind == 0 ? d : (double)(int64_t)bits * 0x1p-63 * (kind == 1 ? 2 : 800);
}

static void sweep_f64(const Row *r, Worst *w)
{
    static double x[KTILE] __attribute__((aligned(64))), p[KTILE] __attribute__((aligned(64))), y[KTILE] __attribute__((aligned(64)));
    KPrimFn fn = kprim_fn(r->name, DT_f64, KFORM_V);
    for (uint64_t at = 0; at < opt.n64 && fn; at += KTILE) {
        for (int i = 0; i < KTILE; i++) {
            x[i] = r->of ? any_f64() : fabs(any_f64());
            p[i] = r->of ? 0 : (double)(int64_t)rng() * 0x1p-63 * 1100 / log2(x[i]);
        }
        fn(&(void *){y}, (const void *[]){x, p}, KTILE);
        for (int i = 0; i < KTILE; i++)
            note(w, error_of(y[i], r->of ? r->of_long(x[i]) : powl(x[i], p[i]), 53, -1074, 0x1.fffffffffffff8p1023L), x[i], p[i]);
    }
}

static bool wanted(const char *name, int argc, char **argv, int from)
{
    for (int i = from; i < argc; i++)
        if (!strcmp(argv[i], name))
            return true;
    return from >= argc;
}

int main(int argc, char **argv)
{
    int at = 1;
    for (; at < argc && argv[at][0] == '-'; at++) {
        if (!strcmp(argv[at], "--positive"))
            opt.positive = true;
        else if (at + 1 < argc && !strcmp(argv[at], "--stride"))
            opt.stride = strtoull(argv[++at], NULL, 10);
        else if (at + 1 < argc && !strcmp(argv[at], "--f64"))
            opt.n64 = strtoull(argv[++at], NULL, 10);
        else
            return fprintf(stderr, "usage: ulp [--stride N] [--f64 COUNT] [--positive] [NAME...]\n"), 2;
    }
    if (!opt.stride)
        return 2;
    prims_init();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Worst a = {0}, b = {0};
        if (!wanted(rows[i].name, argc, argv, at))
            continue;
        sweep_f32(&rows[i], &a);
        sweep_f64(&rows[i], &b);
        printf("%-6s f32 %.3f at %.9g", rows[i].name, a.ulp, a.x);
        if (!rows[i].of)
            printf(", %.9g", a.y);
        printf("  f64 %.3f at %.17g\n", b.ulp, b.x);
        fflush(stdout);
    }
    return 0;
}
