/* SPDX-License-Identifier: MIT
 * Convolutions that run as one with the depthwise convolution behind them, and large ones with the 1x1 convolution behind that, have the bits that they have apart (where
 * what lies between them is asked for): odd extents, steps, dilation, padding, batches, residuals and epilogues that ride on the store or run on blocks, 1 to 4 threads. What lies between has no memory. */
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

/* x[n, ci, h, w], a head of k0 × k0 with step s0, then a window of k × k; act: what follows both; add: a residual behind the head; apart: not to be joined; last: channels of a
 * third, 1 × 1 convolution, with x as its residual where these are as many */
typedef struct Case { int n, ci, c, h, w, k0, s0, k, s, pad, dil; const char *act; bool add, apart; int last; } Case;
enum { INPUTS = 2 };
static const Case cases[] = {
    {1, 16, 32, 8, 8, 1, 1, 3, 1, 1, 1, "relu6", false, false},
    {1, 8, 96, 57, 33, 1, 1, 3, 2, 1, 1, "relu6", false, false},
    {2, 20, 72, 15, 13, 1, 1, 5, 2, 2, 1, "silu", false, false},
    {3, 5, 24, 9, 31, 1, 1, 3, 1, 0, 1, "relu6", true, false},
    {2, 5, 24, 9, 31, 1, 1, 3, 1, 1, 1, "", true, false},
    {1, 16, 40, 17, 19, 1, 1, 3, 1, 2, 2, "silu", false, false},
    {1, 3, 32, 61, 45, 3, 2, 3, 1, 1, 1, "relu6", false, false},
    {2, 3, 20, 31, 30, 5, 3, 3, 2, 1, 1, "silu", true, false},
    {1, 6, 48, 1, 200, 1, 1, 3, 1, 1, 1, "relu6", false, false},
    {1, 6, 16, 300, 4, 1, 1, 3, 1, 1, 1, "relu6", false, false},
    {1, 6, 64, 10, 9, 1, 1, 2, 3, 0, 1, "relu6", false, false}, /* rows that no window reads */
    {1, 6, 32, 6, 7, 1, 1, 7, 1, 3, 1, "", false, false},       /* windows larger than the image */
    {1, 8, 32, 12, 12, 1, 2, 3, 1, 1, 1, "relu6", false, false},
    {1, 32, 32, 20, 20, 3, 1, 3, 1, 1, 1, "relu6", false, true}, /* Winograd */
    {1, 8, 32, 20, 3, 1, 1, 3, 1, 1, 1, "relu6", false, true},   /* lines too short */
    {1, 24, 72, 64, 63, 1, 1, 3, 1, 1, 1, "relu6", false, false, 24},
    {1, 24, 72, 64, 63, 1, 1, 3, 1, 1, 1, "silu", false, false, 72},
    {2, 5, 144, 121, 66, 1, 1, 5, 2, 2, 1, "silu", true, false, 40},
    {1, 3, 48, 137, 163, 3, 2, 3, 1, 1, 1, "", false, false, 16},
};

static void numbers(Text *t, int n, uint32_t *state, double scale)
{
    for (int i = 0; i < n; i++, *state = *state * 1664525u + 1013904223u)
        text_printf(t, "%s%.6g", i ? ", " : "", scale * ((double)(*state >> 8 & 0xffff) - 32768) / 32768);
}

/* A convolution of %x and its epilogue; values are numbered from *next on. Gives the last one. */
static int conv(Text *t, int x, int *next, const int *shape /* O, C, k, stride, padding, dilation, groups */, const char *act, uint32_t *state)
{
    const int o = shape[0], c = shape[1], k = shape[2], w = (*next)++, b = (*next)++, y = (*next)++;
    text_printf(t, "let %%%d: f32[%d, %d, %d, %d] const = [", w, o, c, k, k);
    numbers(t, o * c * k * k, state, 1.0 / (c * k));
    text_printf(t, "] let %%%d: f32[%d] const = [", b, o);
    numbers(t, o, state, 0.5);
    text_printf(t, "] conv (%%%d, %%%d, %%%d) {\"strides\" = [%d, %d], \"pads\" = [%d, %d, %d, %d], \"dilations\" = [%d, %d], \"group\" = %d} -> %%%d: ? ", x, w, b, shape[3], shape[3],
        shape[4], shape[4], shape[4], shape[4], shape[5], shape[5], shape[6], y);
    if (!strcmp(act, "relu6"))
        text_printf(t, "clip (%%%d) {\"lo\" = f 0, \"hi\" = f 0.75} -> %%%d: ? ", y, (*next)++);
    else if (*act)
        text_printf(t, "sigmoid (%%%d) -> %%%d: ? mul (%%%d, %%%d) -> %%%d: ? ", y, *next, y, *next, *next + 1), *next += 2;
    return *next - 1;
}

static int out_size(int n, int k, int s, int pad, int dil) { return (n + 2 * pad - dil * (k - 1) - 1) / s + 1; }

static SpmlModel *model_of(const Case *c)
{
    SpmlModel *m = calloc(1, sizeof *m);
    Text t = {0};
    Error e = {0};
    uint32_t state = 7;
    const int h = out_size(c->h, c->k0, c->s0, c->k0 / 2, 1), w = out_size(c->w, c->k0, c->s0, c->k0 / 2, 1);
    assert_non_null(m);
    text_printf(&t, "graph { in %%0 \"x\": f32[%d, %d, %d, %d] input in %%1 \"r\": f32[%d, %d, %d, %d] input ", c->n, c->ci, c->h, c->w, c->n, c->c, h, w);
    int next = 2, between = conv(&t, 0, &next, (int[]){c->c, c->ci, c->k0, c->s0, c->k0 / 2, 1, 1}, c->act, &state);
    if (c->add)
        text_printf(&t, "add (%%%d, %%1) -> %%%d: ? ", between, next), between = next++;
    text_printf(&t, "identity (%%%d) -> %%%d \"between\": ? ", between, next);
    between = next++;
    int y = conv(&t, between, &next, (int[]){c->c, 1, c->k, c->s, c->pad, c->dil, c->c}, c->act, &state);
    if (c->last)
        y = conv(&t, y, &next, (int[]){c->last, c->c, 1, 1, 0, 1, 1}, "", &state);
    if (c->last == c->ci) {
        text_printf(&t, "add (%%%d, %%0) -> %%%d: ? ", y, next);
        y = next;
    }
    text_printf(&t, "out %%%d }", y);
    if (t.oom || graph_parse(t.p, t.n, &m->arena, &m->g, &e) || graph_verify(m->g, &e) || graph_infer(m->g, &e))
        fail_msg("%s", e.text);
    text_free(&t);
    return m;
}

static SpmlTensor *noise(const Type *type, uint32_t seed)
{
    SpmlTensor *t;
    int64_t dim[IR_MAX_RANK] = {0}, n = 1;
    for (int i = 0; i < type->rank; i++) {
        assert_true(dim_lit(type->dim[i], &dim[i]));
        n *= dim[i];
    }
    assert_int_equal(spml_tensor_new("f32", type->rank, dim, &t, NULL), 0);
    for (int64_t i = 0; i < n; i++, seed = seed * 1664525u + 1013904223u)
        ((float *)spml_tensor_data(t))[i] = ((float)(seed >> 8 & 0xffff) - 32768) / 32768;
    return t;
}

/* The result; the steps are joined where the case says so, and where nothing else is asked for. */
static SpmlTensor *result(const Case *k, int threads, const char *const *outputs, uint64_t *arena)
{
    SpmlModel *m = model_of(k);
    SpmlSession *s = NULL;
    SpmlError *err = spml_error_new();
    SpmlTensor *in[INPUTS] = {noise(&m->g->in[0]->type, 1), noise(&m->g->in[1]->type, 2)}, *out[2] = {0};
    SpmlCounts counts;
    char *calls;
    size_t n;
    for (int run = 0; run < 3; run++) { /* a list that comes again is prepared */
        for (int i = 0; i < 2; i++)
            spml_tensor_free(out[i]), out[i] = NULL;
        if ((!s && spml_session_open(m, &(SpmlSessionOptions){.threads = threads, .backend = "cpu", .outputs = outputs}, &s, err)) || spml_session_run(s, in, INPUTS, out, outputs ? 2 : 1, err))
            fail_msg("%s", spml_error_text(err));
    }
    spml_session_counts(s, &counts);
    *arena = counts.arena_bytes;
    assert_int_equal(spml_session_print(s, "calls", &calls, &n, err), 0);
    const char *joined = strstr(calls, "joined");
    assert_int_equal(joined != NULL, !outputs && !k->apart);
    if ((joined && strstr(joined + 1, "joined")) != (joined && k->last))
        fail_msg("case %d, %d threads:\n%s", (int)(k - cases), threads, calls);
    free(calls);
    for (int i = 0; i < INPUTS; i++)
        spml_tensor_free(in[i]);
    spml_tensor_free(out[1]);
    spml_session_free(s);
    spml_error_free(err);
    spml_model_free(m);
    return out[0];
}

static void bits_are_those_of_both_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t arena[2];
        const Case *c = &cases[i];
        SpmlTensor *apart = result(c, 1, (const char *const[]){"between", NULL}, &arena[0]);
        for (int threads = 1; threads <= 4; threads++) {
            SpmlTensor *y = result(c, threads, NULL, &arena[1]);
            assert_int_equal(spml_tensor_bytes(y), spml_tensor_bytes(apart));
            if (memcmp(spml_tensor_data(y), spml_tensor_data(apart), spml_tensor_bytes(y)))
                fail_msg("case %zu, %d threads: other bits", i, threads);
            if (!c->apart)
                assert_true(arena[1] < arena[0] + (c->s == 1)); /* with a step what lies between is the largest */
            spml_tensor_free(y);
        }
        spml_tensor_free(apart);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(bits_are_those_of_both_apart)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
