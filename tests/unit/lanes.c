/* SPDX-License-Identifier: MIT
 * Batch norm in training over channels in blocks of the last axis, on the CPU and the interpreter, against the formula in f64: elements and statistics of each
 * pair of types, a shift that is a strided slice, sums beyond the largest f16. And: a call whose operand is of another type than its kernel's is refused. */
#include "handles.h"
#include "ops/ops.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { N = 3, CB = 2, H = 40, W = 3, LANES = 16, C = CB * LANES, INPUTS = 5 };
static const double eps = 0.001, momentum = 0.75;

typedef struct Case { const char *x, *stat; double about; } Case;
static const Case cases[] = {{"f16", "f16", 0.5}, {"f16", "f32", 0.5}, {"f16", "f16", 1000}, {"f16", "f32", 1000}, {"f32", "f32", 0.5}, {"f32", "f64", 0.5}, {"f64", "f32", 0.5}, {"f64", "f64", 0.5}};

static DType type_of(const char *name)
{
    for (int t = 0; t < DT_COUNT; t++)
        if (!strcmp(dtype_name((DType)t), name))
            return (DType)t;
    return DT_none;
}

static SpmlModel *model_parse(const char *text)
{
    SpmlModel *m = calloc(1, sizeof *m);
    Error e = {0};
    assert_non_null(m);
    if (graph_parse(text, strlen(text), &m->arena, &m->g, &e) || graph_verify(m->g, &e) || graph_infer(m->g, &e))
        fail_msg("%s: %s", text, e.text);
    return m;
}

/* The shift is every second element of %2. */
static SpmlModel *model_of(const Case *c)
{
    char text[1024];
    snprintf(text, sizeof text, "graph { in %%0 \"x\": %s[%d, %d, %d, %d, %d] input in %%1 \"scale\": %s[%d] input in %%2 \"shift\": %s[%d] input in %%3 \"mean\": %s[%d] input in %%4 \"var\": %s[%d] input "
             "let %%5: i64[1] const = [0] let %%6: i64[1] const = [%d] let %%7: i64[1] const = [0] let %%8: i64[1] const = [2] slice (%%2, %%5, %%6, %%7, %%8) -> %%9: ? "
             "batch_norm (%%0, %%1, %%9, %%3, %%4) {\"eps\" = f 0.001, \"momentum\" = f 0.75, \"training\" = 1, \"lanes\" = 1} -> %%10: ?, %%11: ?, %%12: ? out %%10 out %%11 out %%12 }",
             c->x, N, CB, H, W, LANES, c->x, C, c->x, 2 * C, c->stat, C, c->stat, C, 2 * C);
    return model_parse(text);
}

static SpmlTensor *noise(const char *type, int rank, const int64_t *dim, double about, double spread, uint32_t seed)
{
    SpmlTensor *t;
    int64_t n = 1;
    for (int i = 0; i < rank; i++)
        n *= dim[i];
    assert_int_equal(spml_tensor_new(type, rank, dim, &t, NULL), 0);
    for (int64_t i = 0; i < n; i++, seed = seed * 1664525u + 1013904223u)
        dtype_set_f64(type_of(type), spml_tensor_data(t), (uint64_t)i, about + spread * ((double)(seed >> 8 & 0xffff) - 32768) / 32768);
    return t;
}

static double at(const char *type, SpmlTensor *t, int64_t i) { return dtype_get_f64(type_of(type), spml_tensor_data(t), (uint64_t)i); }

/* Place p of channel c in [N, CB, H, W, 16]. */
static int64_t place(int c, int64_t p) { return (((p / (H * W)) * CB + c / LANES) * H * W + p % (H * W)) * LANES + c % LANES; }

static double rounded(const char *type, double v)
{
    uint64_t bits = 0;
    dtype_set_f64(type_of(type), &bits, 0, v);
    return dtype_get_f64(type_of(type), &bits, 0);
}

/* tolerance: of the type's last place, for values of this size */
static void near_to(const Case *k, const char *backend, const char *what, int c, const char *type, double got, double want)
{
    const double unit = !strcmp(type, "f16") ? 1e-3 : 1e-5;
    if (!(fabs(got - want) <= unit * (2 + fabs(want))))
        fail_msg("%s, %s about %g, statistics %s: %s of channel %d is %g, wants %g", backend, k->x, k->about, k->stat, what, c, got, want);
}

static void check_channel(const Case *k, const char *backend, int c, SpmlTensor *const *in, SpmlTensor *const *out)
{
    const int64_t n = N * H * W;
    double mean = 0, var = 0;
    for (int64_t p = 0; p < n; p++)
        mean += at(k->x, in[0], place(c, p)) / n;
    mean = rounded(k->stat, mean);
    for (int64_t p = 0; p < n; p++)
        var += pow(at(k->x, in[0], place(c, p)) - mean, 2) / n;
    for (int64_t p = 0; p < n; p++) {
        const double y = (at(k->x, in[0], place(c, p)) - mean) / sqrt(var + eps) * at(k->x, in[1], c) + at(k->x, in[2], 2 * c);
        near_to(k, backend, "y", c, k->x, at(k->x, out[0], place(c, p)), y);
    }
    near_to(k, backend, "running mean", c, k->stat, at(k->stat, out[1], c), at(k->stat, in[3], c) * momentum + mean * (1 - momentum));
    near_to(k, backend, "running variance", c, k->stat, at(k->stat, out[2], c), at(k->stat, in[4], c) * momentum + var * (1 - momentum));
}

static void check_case(const Case *k, const char *backend)
{
    SpmlModel *m = model_of(k);
    SpmlSession *s = NULL;
    SpmlError *err = spml_error_new();
    SpmlTensor *out[3] = {0}, *in[INPUTS] = {noise(k->x, 5, (int64_t[]){N, CB, H, W, LANES}, k->about, 8, 1), noise(k->x, 1, (int64_t[]){C}, 1.25, 0.75, 2), noise(k->x, 1, (int64_t[]){2 * C}, 0, 1, 3),
                                             noise(k->stat, 1, (int64_t[]){C}, 0, 1, 4), noise(k->stat, 1, (int64_t[]){C}, 1.25, 0.75, 5)};
    if (spml_session_open(m, &(SpmlSessionOptions){.threads = 2, .backend = backend}, &s, err) || spml_session_run(s, in, INPUTS, out, 3, err))
        fail_msg("%s: %s", backend, spml_error_text(err));
    for (int c = 0; c < C; c++)
        check_channel(k, backend, c, in, out);
    for (int i = 0; i < INPUTS; i++)
        spml_tensor_free(in[i]);
    for (int i = 0; i < 3; i++)
        spml_tensor_free(out[i]);
    spml_session_free(s);
    spml_error_free(err);
    spml_model_free(m);
}

static void channels_in_blocks_are_normalised(void **state)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        check_case(&cases[i], "cpu");
        check_case(&cases[i], "interp");
    }
}

static void operands_have_their_kernels_types(void **state)
{
    SpmlModel *m = model_parse("graph { in %0 \"x\": f16[8] input cast (%0) {\"to\" = type f32} -> %1: ? out %1 }");
    SpmlSession *s = NULL;
    Error err = {0};
    assert_int_equal(spml_session_open(m, &(SpmlSessionOptions){.threads = 1, .backend = "cpu"}, &s, NULL), 0);
    Step *first = NULL;
    Session *in = s->symbolic;
    assert_int_equal(graph_lower(in->g, &first, &err), SPML_OK);
    assert_true(first && first->kind == STEP_CALL);
    CallSpec right = {.kernel = "cast", .types = {{"T", DT_f16}, {"U", DT_f32}}, .args = {first->call->args[0], first->call->args[1]}, .n_args = 2}, wrong = right;
    wrong.types[1].type = DT_f64; /* twice what the output has room for */
    first->call = &wrong;
    assert_int_equal(call_prepare(in, first, &err), SPML_DATA);
    assert_string_equal(err.key, "internal-type");
    first->call = &right;
    assert_int_equal(call_prepare(in, first, &err), SPML_OK);
    spml_session_free(s);
    spml_model_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(channels_in_blocks_are_normalised), cmocka_unit_test(operands_have_their_kernels_types)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
