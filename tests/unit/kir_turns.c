/* SPDX-License-Identifier: MIT
 * tests: turns that a lane takes in its loops (kir/turns.c), by kernel and extents: serial and shared by lanes, constant loops, branches that the launch decides
 * and those that data decide, loops whose bounds are data, products beyond 64 bits. No memory is read: the operands have none. */
#include "kir/prims.h"
#include "kir/target.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

typedef struct Case {
    const char *text;
    uint32_t lanes;
    int64_t n, k;       /* extents */
    int64_t least, most; /* turns */
} Case;

#define HEAD "kernel f(in x: f32[N, K], in i: i64[N], out y: f32[N]) { "
#define SUM HEAD "each (n) y[n] = sum(x[n, k] over k); }"
#define EACH(body) HEAD "each (n) { var s: f32 = 0.0; " body " y[n] = s + f32(i[n]); } }"
#define FOR_K "for (k < K) s += x[n, k] * s;"
static const Case cases[] = {
    {EACH(""), 1, 5, 7, 0, 0},
    {EACH(FOR_K), 1, 5, 1000, 1000, 1000},
    {EACH(FOR_K), 1, 5, 0, 0, 0},
    {EACH(FOR_K), 1, 100000, 10, 10, 10},                            /* items are not turns */
    {EACH("for (k < 8) s += f32(k) * s;"), 1, 5, 7, 0, 0},          /* unrolled */
    {EACH("for (k < 1000) s += f32(k) * s;"), 1, 5, 7, 1000, 1000},
    {EACH("for (k < K) for (j < N) s += x[j, k] * s;"), 1, 30, 20, 20 + 20 * 30, 20 + 20 * 30},
    {EACH("for (k < K) for (j < 4) s += x[n, k] * f32(j) + s;"), 1, 5, 100, 100, 100},
    {EACH("if (N > 10) { for (k < 500) s += f32(k) * s; } else { for (k < 3000) s += f32(k) - s; }"), 1, 11, 7, 500, 500},
    {EACH("if (N > 10) { for (k < 500) s += f32(k) * s; } else { for (k < 3000) s += f32(k) - s; }"), 1, 10, 7, 3000, 3000},
    {EACH("if (i[n] > 10) { for (k < 500) s += f32(k) * s; } else { for (k < 3000) s += f32(k) - s; }"), 1, 10, 7, 3000, 3000},
    {EACH("for (k < i[n]) s += f32(k) * s;"), 1, 5, 7, 1, 1},       /* data: once */
    {EACH("var c: i64 = 0; while (c < K) { c += 1; s += x[n, 0] * s; }"), 1, 5, 1000, 1, 2},
    {EACH("for (k < K) for (j < K) for (h < K) for (g < K) s += f32(g) * s;"), 1, 5, INT64_C(1) << 40, INT64_C(1) << 40, INT64_C(1) << 40}, /* no overflow */
    {SUM, 1, 5, 70000, 70000, 9 * 70000},                           /* with its rare merges of partial sums, as if each turn had one */
    {SUM, 32, 5, 70000, 70000 / 32, 70000 / 24},               /* lanes share the sum */
    {HEAD "group (n < N by 64) { each (n) y[n] = x[n, 0]; } }", 32, 1000, 7, 2, 2},
};

static void one(const KModule *m, const Case *c)
{
    const KirTarget t = {.language = KLANG_GLSL, .caps = ~0u, .lanes = c->lanes, .items = 64};
    static KirLaunch l;
    Arena a = {0};
    Error err = {0};
    KModule *own;
    KirKernel *k, *made;
    SpmlCode code = kir_parse_text(m, c->text, &a, &own, &err);
    if (!code)
        code = kir_instantiate(own, "f", &(KirBinding){0}, &a, &k, &err);
    if (code)
        fail_msg("%s: %s", c->text, err.text);
    l = (KirLaunch){.view = {{NULL, 2, {c->n, c->k}, {c->k, 1}}, {NULL, 1, {c->n}, {1}}, {NULL, 1, {c->n}, {1}}}};
    if (kir_bind(k, &l, &err) || kir_prepare(k, m, &t, &l, &a, &made, &err))
        fail_msg("%s: %s", c->text, err.text);
    const int64_t turns = kir_turns(made, &l);
    if (turns < c->least || turns > c->most)
        fail_msg("%s: %lld turns", c->text, (long long)turns);
    arena_free(&a);
}

static void turns(void **state)
{
    const KModule *m;
    Error err = {0};
    assert_int_equal(kernels_module(&m, &err), SPML_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        one(m, &cases[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(turns)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
