/* SPDX-License-Identifier: MIT
 * Attention over blocks of keys on the CPU against the interpreter, bit for bit: lengths around the blocks of rows, keys and lanes, grouped heads, masks of every
 * kind, rows that see nothing, a past, strided heads, f16; one and several threads; a row of a batch beside the row alone. Its gradients, too, and those against
 * the ones that keep all scores. */
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

/* ── gradients ── */

static SpmlModel *gradient_of(const Case *c, bool running)
{
    char text[1400], mask[160] = "", heads[80] = "";
    const int m = c->mask ? 1 : 0;
    const char *t = c->type;
    SpmlModel *model = calloc(1, sizeof *model);
    Error e = {0};
    if (c->mask)
        snprintf(mask, sizeof mask, "in %%3 \"m\": %s[%lld, 1, %lld, %lld] input ", c->mask, (long long)c->b, c->mask_rows ? (long long)c->s : 1LL, (long long)c->l);
    const long long b = c->b, h = c->h, g = c->g, s = c->s, l = c->l, d = c->d, f = c->e;
    if (c->packed) {
        snprintf(heads, sizeof heads, ", \"q_num_heads\" = %lld, \"kv_num_heads\" = %lld", h, g);
        snprintf(text, sizeof text, "graph { in %%0 \"q\": %s[%lld, %lld, %lld] input in %%1 \"k\": %s[%lld, %lld, %lld] input in %%2 \"v\": %s[%lld, %lld, %lld] input %sin %%%d \"dy\": %s[%lld, %lld, %lld] input ",
            t, b, s, h * d, t, b, l, g * d, t, b, l, g * f, mask, 3 + m, t, b, s, h * f);
    } else {
        snprintf(text, sizeof text, "graph { in %%0 \"q\": %s[%lld, %lld, %lld, %lld] input in %%1 \"k\": %s[%lld, %lld, %lld, %lld] input in %%2 \"v\": %s[%lld, %lld, %lld, %lld] input %sin %%%d \"dy\": %s[%lld, %lld, %lld, %lld] input ",
            t, b, h, s, d, t, b, g, l, d, t, b, g, l, f, mask, 3 + m, t, b, h, s, f);
    }
    snprintf(text + strlen(text), sizeof text - strlen(text), "attention (%%0, %%1, %%2, %s) {\"running\" = 1%s%s} -> %%%d: ? attention_grad (%%0, %%1, %%2, %s, _, _, _, %%%d, %%%d) {\"running\" = %d%s%s} -> %%%d: ?, %%%d: ?, %%%d: ?, _ out %%%d out %%%d out %%%d }",
        m ? "%3" : "_", heads, c->attrs, 4 + m, m ? "%3" : "_", 3 + m, 4 + m, running, heads, c->attrs, 5 + m, 6 + m, 7 + m, 5 + m, 6 + m, 7 + m);
    if (graph_parse(text, strlen(text), &model->arena, &model->g, &e) || graph_verify(model->g, &e) || graph_infer(model->g, &e))
        fail_msg("%s: %s", text, e.text);
    return model;
}

static void run_gradients(const SpmlModel *m, const char *backend, int threads, SpmlTensor *const *x, size_t n, SpmlTensor *out[3])
{
    SpmlSession *s = NULL;
    SpmlError *err = spml_error_new();
    if (spml_session_open(m, &(SpmlSessionOptions){.threads = threads, .backend = backend}, &s, err) || spml_session_run(s, x, n, out, 3, err))
        fail_msg("%s: %s", backend, spml_error_text(err));
    spml_session_free(s);
    spml_error_free(err);
}

/* Within a few rounding steps of the largest. */
static void near(const Case *c, int which, const SpmlTensor *got, const SpmlTensor *want)
{
    const bool half = !strcmp(c->type, "f16");
    const DType t = half ? DT_f16 : DT_f32;
    const size_t n = spml_tensor_bytes(want) / (half ? 2 : 4);
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(dtype_get_f64(t, spml_tensor_data((SpmlTensor *)(uintptr_t)want), i)));
    for (size_t i = 0; i < n; i++) {
        const double x = dtype_get_f64(t, spml_tensor_data((SpmlTensor *)(uintptr_t)got), i), y = dtype_get_f64(t, spml_tensor_data((SpmlTensor *)(uintptr_t)want), i);
        if (!(fabs(x - y) <= most * (half ? 4e-3 : 4e-6) + 1e-7))
            fail_msg("%lld.%lld.%lld.%lld.%lld.%lld.%lld %s%s: gradient %d [%zu]: %g, wants %g", (long long)c->b, (long long)c->h, (long long)c->g, (long long)c->s, (long long)c->l, (long long)c->d, (long long)c->e, c->type, c->attrs, which, i, x, y);
    }
}

static void check_gradient(const Case *c)
{
    SpmlModel *m = gradient_of(c, true), *whole = gradient_of(c, false);
    const int64_t dq4[] = {c->b, c->h, c->s, c->d}, dk4[] = {c->b, c->g, c->l, c->d}, dv4[] = {c->b, c->g, c->l, c->e}, dy4[] = {c->b, c->h, c->s, c->e}, dm[] = {c->b, 1, c->mask_rows ? c->s : 1, c->l};
    const int64_t dq3[] = {c->b, c->s, c->h * c->d}, dk3[] = {c->b, c->l, c->g * c->d}, dv3[] = {c->b, c->l, c->g * c->e}, dy3[] = {c->b, c->s, c->h * c->e};
    const int rank = c->packed ? 3 : 4;
    size_t n = 3;
    SpmlTensor *x[5] = {noise(c->type, rank, c->packed ? dq3 : dq4, 1), noise(c->type, rank, c->packed ? dk3 : dk4, 2), noise(c->type, rank, c->packed ? dv3 : dv4, 3)}, *want[3], *got[3];
    if (c->mask)
        x[n++] = noise(c->mask, 4, dm, 4);
    if (c->mask && !strcmp(c->mask, "f32"))
        for (int64_t i = 0; i < dm[0] * dm[2] * dm[3]; i++)
            if (i % 5 == 0 || (dm[2] > 2 && i / dm[3] % dm[2] == 1))
                ((float *)spml_tensor_data(x[3]))[i] = -INFINITY;
    x[n++] = noise(c->type, rank, c->packed ? dy3 : dy4, 5);
    run_gradients(m, "interp", 1, x, n, want);
    for (int threads = 1; threads <= 3; threads++) {
        run_gradients(m, "cpu", threads, x, n, got);
        for (int i = 0; i < 3; i++) {
            same(c, "gradient", got[i], want[i], 1);
            spml_tensor_free(got[i]);
        }
    }
    run_gradients(whole, "cpu", 2, x, n, got);
    for (int i = 0; i < 3; i++) {
        near(c, i, want[i], got[i]);
        spml_tensor_free(got[i]);
        spml_tensor_free(want[i]);
    }
    for (size_t i = 0; i < n; i++)
        spml_tensor_free(x[i]);
    spml_model_free(m);
    spml_model_free(whole);
}

static void gradients_agree(void **state)
{
    static const Case cases[] = {
        {1, 1, 1, 1, 1, 1, 1, "f32", NULL, ""}, {2, 3, 3, 13, 17, 8, 8, "f32", NULL, ""}, {1, 2, 2, 33, 65, 16, 20, "f32", "f32", "", true}, {2, 4, 2, 31, 64, 8, 33, "f32", "f32", "", false},
        {1, 6, 2, 70, 63, 10, 7, "f32", "bool", "", true}, {1, 2, 1, 64, 64, 64, 64, "f32", NULL, ", \"is_causal\" = 1"}, {1, 2, 2, 100, 100, 12, 16, "f32", "f32", ", \"is_causal\" = 1, \"scale\" = f 0.3", true},
        {1, 1, 1, 40, 600, 4, 4, "f32", NULL, ""}, {1, 1, 1, 600, 40, 4, 6, "f32", NULL, ", \"scale\" = f 2"}, {1, 1, 1, 560, 560, 2, 2, "f32", NULL, ", \"is_causal\" = 1"}, {1, 1, 1, 30, 70, 4, 4, "f32", NULL, ", \"is_causal\" = 1"},
        {2, 4, 2, 19, 21, 8, 8, "f32", NULL, "", false, true}, {1, 3, 3, 40, 40, 16, 16, "f32", "f32", ", \"is_causal\" = 1", true, true}, {1, 2, 1, 17, 33, 8, 8, "f16", "f16", "", true, true},
        {0, 2, 2, 4, 4, 8, 8, "f32", NULL, ""}, {1, 2, 2, 4, 0, 8, 8, "f32", NULL, ""}, {1, 2, 2, 0, 4, 8, 8, "f32", NULL, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_gradient(&cases[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(agree_with_the_interpreter), cmocka_unit_test(gradients_agree)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
