/* SPDX-License-Identifier: MIT
 * Attention over blocks of keys on the CPU against the interpreter, bit for bit: lengths around the blocks of rows, keys and lanes, grouped heads, masks of every
 * kind, rows that see nothing, a past, strided heads, f16; one and several threads; a row of a batch beside the row alone. */
#include "handles.h"
#include "ops/ops.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <math.h>

enum { MAX_IN = 4 };
typedef struct Case { int64_t b, h, g, s, l, d, e; const char *type, *mask /* dtype, or NULL */, *attrs; bool mask_rows, packed; } Case;

static SpmlModel *model_of(const Case *c, int64_t batch)
{
    char text[1024], mask[160] = "", past[64] = "_";
    SpmlModel *m = calloc(1, sizeof *m);
    Error e = {0};
    if (c->mask)
        snprintf(mask, sizeof mask, "in %%3 \"m\": %s[%lld, 1, %lld, %lld] input ", c->mask, (long long)batch, c->mask_rows ? (long long)c->s : 1LL, (long long)c->l);
    snprintf(past, sizeof past, "%s", c->mask ? "%3" : "_");
    if (c->packed)
        snprintf(text, sizeof text, "graph { in %%0 \"q\": %s[%lld, %lld, %lld] input in %%1 \"k\": %s[%lld, %lld, %lld] input in %%2 \"v\": %s[%lld, %lld, %lld] input %s"
            "attention (%%0, %%1, %%2, %s) {\"running\" = 1, \"q_num_heads\" = %lld, \"kv_num_heads\" = %lld%s} -> %%9: ? out %%9 }", c->type, (long long)batch, (long long)c->s, (long long)(c->h * c->d),
            c->type, (long long)batch, (long long)c->l, (long long)(c->g * c->d), c->type, (long long)batch, (long long)c->l, (long long)(c->g * c->e), mask, past, (long long)c->h, (long long)c->g, c->attrs);
    else
        snprintf(text, sizeof text, "graph { in %%0 \"q\": %s[%lld, %lld, %lld, %lld] input in %%1 \"k\": %s[%lld, %lld, %lld, %lld] input in %%2 \"v\": %s[%lld, %lld, %lld, %lld] input %s"
            "attention (%%0, %%1, %%2, %s) {\"running\" = 1%s} -> %%9: ? out %%9 }", c->type, (long long)batch, (long long)c->h, (long long)c->s, (long long)c->d,
            c->type, (long long)batch, (long long)c->g, (long long)c->l, (long long)c->d, c->type, (long long)batch, (long long)c->g, (long long)c->l, (long long)c->e, mask, past, c->attrs);
    char *at = strstr(text, "%9");
    for (; at && !c->mask; at = strstr(at, "%9")) /* values are numbered in order */
        at[1] = '3';
    for (at = strstr(text, "%9"); at; at = strstr(at, "%9"))
        at[1] = '4';
    if (graph_parse(text, strlen(text), &m->arena, &m->g, &e) || graph_verify(m->g, &e) || graph_infer(m->g, &e))
        fail_msg("%s: %s", text, e.text);
    return m;
}

static SpmlTensor *run_on(const SpmlModel *m, const char *backend, int threads, SpmlTensor *const *x, size_t n)
{
    SpmlSession *s = NULL;
    SpmlTensor *out = NULL;
    SpmlError *err = spml_error_new();
    if (spml_session_open(m, &(SpmlSessionOptions){.threads = threads, .backend = backend}, &s, err) || spml_session_run(s, x, n, &out, 1, err))
        fail_msg("%s: %s", backend, spml_error_text(err));
    spml_session_free(s);
    spml_error_free(err);
    return out;
}

static SpmlTensor *noise(const char *type, int rank, const int64_t *dim, uint32_t seed)
{
    SpmlTensor *t;
    DType d = DT_f32;
    size_t n = 1;
    for (int i = 0; i < rank; i++)
        n *= (size_t)dim[i];
    for (int i = 0; i < DT_COUNT; i++)
        d = !strcmp(dtype_name((DType)i), type) ? (DType)i : d;
    assert_int_equal(spml_tensor_new(type, rank, dim, &t, NULL), 0);
    for (size_t i = 0; i < n; i++, seed = seed * 1664525u + 1013904223u) {
        const double v = ((double)(seed >> 8 & 0xffff) - 32768) / 16384;
        if (d == DT_bool)
            dtype_set_i64(d, spml_tensor_data(t), i, v > -0.5);
        else
            dtype_set_f64(d, spml_tensor_data(t), i, v);
    }
    return t;
}

static void same(const Case *c, const char *what, const SpmlTensor *got, const SpmlTensor *want, size_t n)
{
    const uint8_t *a = spml_tensor_data((SpmlTensor *)(uintptr_t)got), *b = spml_tensor_data((SpmlTensor *)(uintptr_t)want);
    const size_t sz = spml_tensor_bytes(want) / n;
    for (size_t k = 0; k < spml_tensor_bytes(want); k += !strcmp(c->type, "f16") ? 2 : 4)
        if (k < sz * n && memcmp(a + k, b + k, !strcmp(c->type, "f16") ? 2 : 4)) {
            float x, y;
            memcpy(&x, a + k, 4), memcpy(&y, b + k, 4);
            if (!(isnan(x) && isnan(y)))
                fail_msg("%lld.%lld.%lld.%lld.%lld.%lld.%lld %s mask %s%s: %s: byte %zu: %a, wants %a", (long long)c->b, (long long)c->h, (long long)c->g, (long long)c->s, (long long)c->l, (long long)c->d, (long long)c->e,
                    c->type, c->mask ? c->mask : "none", c->attrs, what, k, (double)x, (double)y);
        }
}

static void check(const Case *c)
{
    SpmlModel *m = model_of(c, c->b);
    const int64_t dq4[] = {c->b, c->h, c->s, c->d}, dk4[] = {c->b, c->g, c->l, c->d}, dv4[] = {c->b, c->g, c->l, c->e}, dm[] = {c->b, 1, c->mask_rows ? c->s : 1, c->l};
    const int64_t dq3[] = {c->b, c->s, c->h * c->d}, dk3[] = {c->b, c->l, c->g * c->d}, dv3[] = {c->b, c->l, c->g * c->e};
    const int rank = c->packed ? 3 : 4;
    SpmlTensor *x[MAX_IN] = {noise(c->type, rank, c->packed ? dq3 : dq4, 1), noise(c->type, rank, c->packed ? dk3 : dk4, 2), noise(c->type, rank, c->packed ? dv3 : dv4, 3), NULL};
    if (c->mask)
        x[3] = noise(c->mask, 4, dm, 4);
    if (c->mask && !strcmp(c->mask, "f32")) /* some keys hidden, a row that sees none, rows with NaN */
        for (int64_t i = 0; i < dm[0] * dm[2] * dm[3]; i++)
            if (i % 5 == 0 || (dm[2] > 2 && i / dm[3] % dm[2] == 1))
                ((float *)spml_tensor_data(x[3]))[i] = c->l == 65 && i % 13 == 5 ? NAN : -INFINITY;
    const size_t n = c->mask ? 4 : 3;
    SpmlTensor *want = run_on(m, "interp", 1, x, n);
    for (int threads = 1; threads <= 3; threads++) {
        SpmlTensor *got = run_on(m, "cpu", threads, x, n);
        same(c, threads == 1 ? "1 thread" : threads == 2 ? "2 threads" : "3 threads", got, want, 1);
        spml_tensor_free(got);
    }
    spml_tensor_free(want);
    for (size_t i = 0; i < n; i++)
        spml_tensor_free(x[i]);
    spml_model_free(m);
}

static void agree_with_the_interpreter(void **state)
{
    static const Case cases[] = {
        {1, 1, 1, 1, 1, 1, 1, "f32", NULL, ""}, {2, 3, 3, 13, 17, 8, 8, "f32", NULL, ""}, {1, 2, 2, 33, 65, 16, 20, "f32", "f32", "", true}, {2, 4, 2, 31, 64, 8, 33, "f32", "f32", "", false},
        {1, 6, 2, 70, 63, 10, 7, "f32", "bool", "", true}, {1, 2, 1, 64, 64, 64, 64, "f32", NULL, ", \"is_causal\" = 1"}, {1, 2, 2, 100, 100, 12, 16, "f32", "f32", ", \"is_causal\" = 1, \"scale\" = f 0.3", true},
        {1, 1, 1, 40, 600, 8, 8, "f32", "f32", "", true}, {1, 2, 2, 20, 1100, 4, 6, "f32", NULL, ", \"scale\" = f 2"}, {1, 1, 1, 700, 700, 4, 4, "f32", NULL, ", \"is_causal\" = 1"},
        {1, 2, 2, 9, 12, 8, 8, "f32", "bool", ", \"fill\" = f -1e30, \"hidden_nan\" = 1", false}, {1, 1, 1, 5, 9, 8, 8, "f32", "f32", ", \"hidden_nan\" = 1", true},
        {2, 4, 2, 19, 21, 8, 8, "f32", NULL, "", false, true}, {1, 3, 3, 40, 40, 16, 16, "f32", "f32", "", true, true}, {1, 2, 2, 17, 33, 8, 8, "f16", NULL, ""}, {1, 2, 1, 17, 33, 8, 8, "f16", "f16", "", true, true},
        {1, 8, 2, 1, 90, 16, 16, "f32", "f32", "", false}, {0, 2, 2, 4, 4, 8, 8, "f32", NULL, ""}, {1, 2, 2, 4, 0, 8, 8, "f32", NULL, ""}, {1, 2, 2, 0, 4, 8, 8, "f32", NULL, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check(&cases[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(agree_with_the_interpreter)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
