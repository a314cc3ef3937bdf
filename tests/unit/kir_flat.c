/* SPDX-License-Identifier: MIT
 * tests: launches over fewer axes (kir/flatten.c): which axes become one, for dense, padded, broadcast and transposed operands, windows of one element and of more,
 * indices that are values; the interpreter gets the same bits from either launch. */
#include "kir/prims.h"
#include "kir/target.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { ROOM = 4096 };
#define MAP "kernel map(in a: f32[X, Y, Z], out b: f32[X, Y, Z]) { each (x, y, z) b[x, y, z] = a[x, y, z]"
#define CONV "kernel map(in x: f32[C, H, W], in w: f32[O, C, K, L], out y: f32[O, P, Q]) { each (o, p, q) y[o, p, q] = dot(x[c, p + k, q + l] else 0.0, w[o, c, k, l] over c, k, l); }"

typedef struct Case {
    const char *text;
    int ranks[3];
    KirView view[3];   /* p is set by the test */
    int n;
    int64_t longest;   /* extent of the output's last dimension where any are merged, else 0 */
} Case;

static const Case cases[] = {
    {MAP " + 1.0; }", {3, 3}, {{NULL, 3, {2, 3, 4}, {12, 4, 1}}, {NULL, 3, {2, 3, 4}, {12, 4, 1}}}, 2, 24},
    {MAP " + 1.0; }", {3, 3}, {{NULL, 3, {2, 3, 4}, {20, 5, 1}}, {NULL, 3, {2, 3, 4}, {12, 4, 1}}}, 2, 0},
    {MAP " + 1.0; }", {3, 3}, {{NULL, 3, {2, 3, 4}, {40, 4, 1}}, {NULL, 3, {2, 3, 4}, {12, 4, 1}}}, 2, 12},
    {MAP " + 1.0; }", {3, 3}, {{NULL, 3, {2, 3, 4}, {1, 8, 2}}, {NULL, 3, {2, 3, 4}, {12, 4, 1}}}, 2, 12},
    {MAP " + 1.0; }", {3, 3}, {{NULL, 3, {2, 3, 4}, {0, 0, 0}}, {NULL, 3, {2, 3, 4}, {12, 4, 1}}}, 2, 24},
    {MAP " + 1.0; }", {3, 3}, {{NULL, 3, {0, 3, 4}, {12, 4, 1}}, {NULL, 3, {0, 3, 4}, {12, 4, 1}}}, 2, 12},
    {MAP " + f32(z); }", {3, 3}, {{NULL, 3, {2, 3, 4}, {12, 4, 1}}, {NULL, 3, {2, 3, 4}, {12, 4, 1}}}, 2, 4},
    {MAP " + a[x, y, 0]; }", {3, 3}, {{NULL, 3, {2, 3, 4}, {12, 4, 1}}, {NULL, 3, {2, 3, 4}, {12, 4, 1}}}, 2, 4},
    {CONV, {3, 4, 3}, {{NULL, 3, {3, 4, 5}, {20, 5, 1}}, {NULL, 4, {2, 3, 1, 1}, {3, 1, 1, 1}}, {NULL, 3, {2, 4, 5}, {20, 5, 1}}}, 3, 20},
    {CONV, {3, 4, 3}, {{NULL, 3, {3, 4, 5}, {20, 5, 1}}, {NULL, 4, {2, 3, 2, 3}, {18, 6, 3, 1}}, {NULL, 3, {2, 3, 3}, {9, 3, 1}}}, 3, 0},
};

static void fill(KirLaunch *l, const Case *c, float (*room)[ROOM])
{
    memset(l, 0, sizeof *l);
    for (int m = 0; m < c->n; m++) {
        for (int i = 0; i < ROOM; i++)
            room[m][i] = (float)((i * 37 + m * 11) % 101) / 8;
        l->view[m] = c->view[m];
        l->view[m].p = room[m];
    }
}

static void one(const KModule *m, const Case *c)
{
    static float first[3][ROOM], second[3][ROOM];
    Arena a = {0};
    Error err = {0};
    KModule *own;
    KirKernel *k, *fit;
    KirLaunch l, other, flat;
    SpmlCode code = kir_parse_text(m, c->text, &a, &own, &err);
    if (!code)
        code = kir_instantiate(own, "map", &(KirBinding){.operand_ranks = c->ranks, .n_operands = (size_t)c->n}, &a, &k, &err);
    if (code)
        fail_msg("%s: %s", c->text, err.text);
    assert_int_equal(kir_fit(k, &a, &fit, &err), SPML_OK);
    fill(&l, c, first);
    fill(&other, c, second);
    assert_int_equal(kir_bind(k, &l, &err), SPML_OK);
    assert_int_equal(kir_bind(k, &other, &err), SPML_OK);
    const KirFlat *f = kir_flat_new(fit, &a);
    const bool made = f && kir_flatten(f, &other, &flat);
    const KirView *y = &flat.view[c->n - 1];
    assert_int_equal(made ? y->dim[y->rank - 1] : 0, c->longest);
    assert_int_equal(kir_interpret(fit, &l, KORDER_ASCENDING, true, &err), SPML_OK);
    assert_int_equal(kir_interpret(fit, made ? &flat : &other, KORDER_ASCENDING, true, &err), SPML_OK);
    assert_memory_equal(first, second, sizeof first);
    arena_free(&a);
}

static void test_flat(void **state)
{
    const KModule *m;
    Error err = {0};
    assert_int_equal(kernels_module(&m, &err), SPML_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        one(m, &cases[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_flat)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
