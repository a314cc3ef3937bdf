/* SPDX-License-Identifier: MIT
 * tests: legalisation: every conversion between types, arithmetic on corner values, in the form a poor target gets, run by the interpreter and compared bit for
 * bit with kir_eval (NaN equals NaN). */
#include "kir/prims.h"
#include "kir/target.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { MAX_VALUES = 65536 };
static const KModule *module;
static const KirTarget poor = {.language = KLANG_GLSL, .caps = KCAP_f64 | KCAP_int64 | KCAP_store8 | KCAP_store16 | KCAP_fma, .lanes = 32, .items = 32};
static const KirTarget rich = {.language = KLANG_PTX, .caps = ~0u, .lanes = 32, .items = 32};

static uint64_t next(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 11 ^ *seed << 31;
}

/* Every code of small types, else corners and random patterns of all magnitudes. */
static size_t values(DType t, uint64_t *v)
{
    static const double corner[] = {0.0, -0.0, 1, -1, 0.5, -0.5, 1.5, 2.5, 127.5, 255.5, 65504, 65519, 65520, 65536, -65520, 3.4e38, -3.4e38, 1e-40, 5.9e-8, 6e-8, 2.98e-8, 448, 464, 480, 57344, 61440,
                                    2147483647.0, 2147483648.0, -2147483648.0, -2147483649.0, 4294967295.0, 4294967296.0, 9.2233720368547758e18, 1.8446744073709552e19, 240, 248, 6, 7, 0.25, 0.125};
    size_t n = 0;
    uint64_t seed = 7;
    if (t == DT_bool || dtype_bits(t) <= 16) {
        for (; n < (t == DT_bool ? 2u : 1u << dtype_bits(t)); n++)
            v[n] = n;
        return n;
    }
    for (; n < sizeof corner / sizeof *corner; n++) {
        uint64_t d;
        memcpy(&d, &corner[n], sizeof d);
        v[n] = kir_eval(K_cast, t, DT_f64, &d);
    }
    if (dtype_is_float(t)) {
        v[n++] = t == DT_f32 ? 0x7f800000 : 0x7ff0000000000000;
        v[n++] = t == DT_f32 ? 0xff800000 : 0xfff0000000000000;
        v[n++] = t == DT_f32 ? 0x7fc00000 : 0x7ff8000000000000;
    }
    for (; n < 4096; n++)
        v[n] = dtype_bits(t) == 32 ? next(&seed) & 0xffffffffu : next(&seed) >> (seed >> 59);
    for (; dtype_is_float(t) && n < 8192; n++) { /* near the range of small floats */
        double x = ldexp((double)(int64_t)next(&seed), -80 + (int)(seed >> 58));
        uint64_t d;
        memcpy(&d, &x, sizeof d);
        v[n] = kir_eval(K_cast, t, DT_f64, &d);
    }
    return n;
}

static bool is_nan(DType t, uint64_t v)
{
    return dtype_is_float(t) && kir_eval(K_isnan, DT_bool, t, &v);
}

static void put(DType t, uint8_t *p, size_t i, uint64_t v)
{
    unsigned b = dtype_bits(t);
    if (t == DT_bool)
        b = 8;
    if (b >= 8)
        memcpy(p + i * (b / 8), &v, b / 8);
    else
        p[i * b / 8] = (uint8_t)((p[i * b / 8] & ~(((1u << b) - 1) << i * b % 8)) | v << i * b % 8);
}

static uint64_t get(DType t, const uint8_t *p, size_t i)
{
    unsigned b = t == DT_bool ? 8 : dtype_bits(t);
    uint64_t v = 0;
    if (b < 8)
        return p[i * b / 8] >> i * b % 8 & ((1u << b) - 1);
    memcpy(&v, p + i * (b / 8), b / 8);
    return v;
}

static bool run(const char *kernel, const KirBinding *b, const KirTarget *t, const DType *types, uint8_t *const *data, int n_operands, size_t n, Error *err)
{
    Arena a = {0};
    KirKernel *k, *s;
    static KirLaunch l;
    memset(&l, 0, sizeof l);
    SpmlCode code = kir_instantiate(module, kernel, b, &a, &k, err);
    for (int i = 0; i < n_operands; i++)
        l.view[i] = (KirView){.p = data[i], .rank = 1, .dim = {(int64_t)n}, .stride = {1}};
    if (!code)
        code = kir_bind(k, &l, err);
    if (!code)
        code = kir_prepare(k, module, t, NULL, &a, &s, err);
    if (!code)
        code = kir_interpret(s, &l, KORDER_ASCENDING, false, err);
    arena_free(&a);
    (void)types;
    return !code;
}

static void convert(DType from, DType to, bool sat, const KirTarget *t)
{
    static uint64_t v[MAX_VALUES];
    size_t n = values(from, v), pad = (n + 7) & ~(size_t)7;
    uint8_t *x = calloc(pad + 8, 8), *y = calloc(pad + 8, 8);
    Error err = {0};
    for (size_t i = 0; i < n; i++)
        put(from, x, i, v[i]);
    KirBinding b = {.types = (KBindType[]){{"T", from, NULL}, {"U", to, NULL}}, .n_types = 2, .operand_ranks = (int[]){1, 1}, .n_operands = 2};
    bool ok = run(sat ? "cast_sat" : "cast", &b, t, (DType[]){from, to}, (uint8_t *[]){x, y}, 2, n, &err);
    if (!ok)
        fail_msg("%s to %s: %s", dtype_name(from), dtype_name(to), err.text);
    for (size_t i = 0; i < n; i++) {
        uint64_t want = kir_eval(sat ? K_sat : K_cast, to, from, &v[i]), got = get(to, y, i);
        if (want != got && !(is_nan(to, want) && is_nan(to, got)))
            fail_msg("%s%s to %s: %llx is %llx, not %llx", sat ? "sat " : "", dtype_name(from), dtype_name(to), (unsigned long long)v[i], (unsigned long long)got, (unsigned long long)want);
    }
    free(x);
    free(y);
}

static const DType all[] = {DT_bool, DT_i8, DT_u8, DT_i16, DT_u16, DT_i32, DT_u32, DT_i64, DT_u64, DT_f16, DT_bf16, DT_f32, DT_f64, DT_f8e4m3fn, DT_f8e4m3fnuz, DT_f8e5m2, DT_f8e5m2fnuz, DT_f8e8m0,
                            DT_f4e2m1, DT_i4, DT_u4, DT_i2, DT_u2};

static void test_conversions(void **state)
{
    for (size_t f = 0; f < sizeof all / sizeof *all; f++)
        for (size_t t = 0; t < sizeof all / sizeof *all; t++) {
            convert(all[f], all[t], false, &poor);
            convert(all[f], all[t], false, &rich);
            if (all[t] != DT_bool && t != f) /* sat(T, x) of a T is x */
                convert(all[f], all[t], true, &poor);
        }
}

static void binary(const char *fn, KOp op, DType t)
{
    static uint64_t v[MAX_VALUES];
    static uint64_t a[MAX_VALUES], b[MAX_VALUES];
    size_t n_v = values(t, v), n = 0;
    uint64_t seed = 3;
    for (size_t i = 0; i < 43 && i < n_v; i++)
        for (size_t j = 0; j < 43 && j < n_v; j++, n++) {
            a[n] = v[i];
            b[n] = v[j];
        }
    for (; n < 8192; n++) {
        a[n] = v[next(&seed) % n_v];
        b[n] = v[next(&seed) % n_v];
    }
    unsigned w = dtype_info[t].bytes;
    uint8_t *x = calloc(n, w), *y = calloc(n, w), *z = calloc(n, w);
    for (size_t i = 0; i < n; i++) {
        put(t, x, i, a[i]);
        put(t, y, i, b[i]);
    }
    Arena arena = {0};
    KModule *own;
    KirKernel *k, *s;
    static KirLaunch l;
    char text[300];
    Error err = {0};
    snprintf(text, sizeof text, "kernel map(in x: %s[N], in y: %s[N], out z: %s[N]) { each (n) z[n] = %s; }", dtype_name(t), dtype_name(t), dtype_name(t), fn);
    memset(&l, 0, sizeof l);
    for (int i = 0; i < 3; i++)
        l.view[i] = (KirView){.p = (uint8_t *[]){x, y, z}[i], .rank = 1, .dim = {(int64_t)n}, .stride = {1}};
    if (kir_parse_text(module, text, &arena, &own, &err) || kir_instantiate(own, "map", &(KirBinding){.operand_ranks = (int[]){1, 1, 1}, .n_operands = 3}, &arena, &k, &err) ||
        kir_bind(k, &l, &err) || kir_prepare(k, module, &poor, NULL, &arena, &s, &err) || kir_interpret(s, &l, KORDER_ASCENDING, false, &err))
        fail_msg("%s: %s", text, err.text);
    for (size_t i = 0; i < n; i++) {
        uint64_t want = kir_eval(op, t, t, (uint64_t[]){a[i], b[i]}), got = get(t, z, i);
        if (want != got && !(is_nan(t, want) && is_nan(t, got)))
            fail_msg("%s: %llx, %llx is %llx, not %llx", text, (unsigned long long)a[i], (unsigned long long)b[i], (unsigned long long)got, (unsigned long long)want);
    }
    arena_free(&arena);
    free(x);
    free(y);
    free(z);
}

static void test_arithmetic(void **state)
{
    static const DType numbers[] = {DT_i32, DT_u32, DT_i64, DT_u64, DT_f32, DT_f64};
    for (size_t i = 0; i < 6; i++) {
        binary("x[n] / y[n]", K_div, numbers[i]);
        binary("x[n] % y[n]", K_rem, numbers[i]);
        binary("min(x[n], y[n])", K_min, numbers[i]);
        binary("max(x[n], y[n])", K_max, numbers[i]);
        if (i < 4) {
            binary("x[n] << y[n]", K_shl, numbers[i]);
            binary("x[n] >> y[n]", K_shr, numbers[i]);
            binary("mulhi(x[n], y[n])", K_mulhi, numbers[i]);
        }
    }
}

/* Bits around those of a, so that products and sums nearly cancel. */
static uint64_t near(DType t, uint64_t a, uint64_t *seed)
{
    const unsigned mant = t == DT_f32 ? 23 : 52, width = dtype_bits(t);
    const uint64_t r = next(seed);
    return (a ^ r >> 8 << (width - 1) ^ (r & ((UINT64_C(1) << mant) - 1)) >> (r >> 40) % (mant + 1)) & ~UINT64_C(0) >> (64 - width);
}

static void fused(DType t)
{
    enum { N = 20000 };
    static uint64_t v[MAX_VALUES], a[3][N];
    static uint8_t data[4][N * 8];
    const size_t n_values = values(t, v);
    uint64_t seed = 11;
    Error err = {0};
    KirTarget target = poor;
    target.caps &= ~(uint32_t)KCAP_fma;
    for (size_t i = 0; i < N; i++) {
        for (int o = 0; o < 3; o++)
            a[o][i] = v[next(&seed) % (i % 3 ? n_values : 40)];
        if (i % 4 == 1) /* the products around c, */
            a[2][i] = near(t, kir_eval(K_mul, t, t, (uint64_t[]){a[0][i], a[1][i]}), &seed);
        if (i % 4 == 2) /* and around −c, or far below it */
            a[2][i] = near(t, kir_eval(K_neg, t, t, (uint64_t[]){kir_eval(K_mul, t, t, (uint64_t[]){a[0][i], a[1][i]})}), &seed) + (next(&seed) & 3 ? 0 : (uint64_t)(next(&seed) % 120) << (t == DT_f32 ? 23 : 52));
        if (i % 8 == 7) { /* the product lies half way between two numbers, and c of any size decides */
            a[0][i] = t == DT_f32 ? 0x45800800 : 0x41a0000002000000;
            a[1][i] = t == DT_f32 ? 0x45800800 : 0x419ffffffc000000;
        }
        if (t == DT_f32)
            a[2][i] &= 0xffffffff;
        for (int o = 0; o < 3; o++)
            put(t, data[o], i, a[o][i]);
    }
    Arena arena = {0};
    KModule *own;
    KirKernel *k, *s;
    static KirLaunch l;
    char text[300];
    snprintf(text, sizeof text, "kernel map(in x: %s[N, K], in y: %s[N, K], in z: %s[N], out w: %s[N]) { each (n) w[n] = dot(x[n, k], y[n, k] over k from z[n]); }", dtype_name(t), dtype_name(t), dtype_name(t), dtype_name(t));
    memset(&l, 0, sizeof l);
    for (int i = 0; i < 4; i++)
        l.view[i] = (KirView){.p = data[i], .rank = i < 2 ? 2 : 1, .dim = {N, 1}, .stride = {1, 1}};
    if (kir_parse_text(module, text, &arena, &own, &err) || kir_instantiate(own, "map", &(KirBinding){.operand_ranks = (int[]){2, 2, 1, 1}, .n_operands = 4}, &arena, &k, &err) ||
        kir_bind(k, &l, &err) || kir_prepare(k, module, &target, NULL, &arena, &s, &err) || kir_interpret(s, &l, KORDER_ASCENDING, false, &err))
        fail_msg("%s: %s", text, err.text);
    for (size_t i = 0; i < N; i++) {
        const uint64_t want = kir_eval(K_fma, t, t, (uint64_t[]){a[0][i], a[1][i], a[2][i]}), got = get(t, data[3], i);
        if (want != got && !(is_nan(t, want) && is_nan(t, got)))
            fail_msg("fma of %s %llx, %llx, %llx is %llx, not %llx", dtype_name(t), (unsigned long long)a[0][i], (unsigned long long)a[1][i], (unsigned long long)a[2][i], (unsigned long long)got,
                     (unsigned long long)want);
    }
    arena_free(&arena);
}

static void test_fused(void **state)
{
    fused(DT_f32);
    fused(DT_f64);
}

static void test_refusals(void **state)
{
    Arena a = {0};
    Error err = {0};
    KirKernel *k, *s;
    KirTarget t = poor;
    t.caps &= ~(uint32_t)KCAP_f64;
    KirBinding b = {.types = (KBindType[]){{"T", DT_f64, NULL}, {"U", DT_f32, NULL}}, .n_types = 2, .operand_ranks = (int[]){1, 1}, .n_operands = 2};
    assert_int_equal(kir_instantiate(module, "cast", &b, &a, &k, &err), SPML_OK);
    assert_int_equal(kir_prepare(k, module, &t, NULL, &a, &s, &err), SPML_UNSUPPORTED);
    assert_non_null(strstr(err.text, "f64"));
    arena_free(&a);
}

static int setup(void **state)
{
    Error err = {0};
    return kernels_module(&module, &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_conversions), cmocka_unit_test(test_arithmetic), cmocka_unit_test(test_fused), cmocka_unit_test(test_refusals)};
    return cmocka_run_group_tests(tests, setup, NULL);
}
