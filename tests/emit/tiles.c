/* SPDX-License-Identifier: MIT
 * emit tests: contractions in tiles of lanes (kir_schedule_dot) on each device, against the interpreter's unscheduled form, bit for bit: odd extents, batches on
 * both sides, guards, starts, epilogues, storage types, integers; every tile that a number of lanes picks. */
#include "check.h"
#include "kir/prims.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

typedef struct Row { const char *text; int n_operands, rank[6]; int64_t dim[6][5]; } Row;
static const Row rows[] = {
    {"kernel map(in a: f32[M, K], in b: f32[K, N], out y: f32[M, N]) { each (m, n) y[m, n] = dot(a[m, k], b[k, n] over k); }", 3, {2, 2, 2}, {{37, 53}, {53, 71}, {37, 71}}},
    {"kernel map(in u: f16[B, M, K], in v: bf16[B, N, K], out y: f16[B, M, N]) { each (b, m, n) y[b, m, n] = f16(dot(f32(u[b, m, k]), f32(v[b, n, k]) over k)); }",
     3, {3, 3, 3}, {{2, 65, 16}, {2, 33, 16}, {2, 65, 33}}},
    {"kernel map(in x: f32[N, C, H, W], in w: f32[O, C, KH, KW], in z: f32[O], out y: f32[N, O, P, Q]) {\n"
     "  each (n, o, p, q) y[n, o, p, q] = max(dot(x[n, c, p * 2 + kh - 1, q * 2 + kw - 1] else 0, w[o, c, kh, kw] over c, kh, kw from z[o]), 0.0); }",
     4, {4, 4, 1, 4}, {{2, 5, 11, 13}, {19, 5, 3, 3}, {19}, {2, 19, 6, 7}}},
    {"kernel map(in a: i32[M, K], in b: i32[K, N], out y: i32[M, N]) { each (m, n) y[m, n] = dot(a[m, k], b[k, n] over k); }", 3, {2, 2, 2}, {{17, 33}, {33, 40}, {17, 40}}},
    {"kernel map(in a: f32[M, K], in b: f32[K, N], in s: f32[N], out y: f32[M, N]) { each (m, n) { let v = dot(a[m, k], b[k, n] over k); y[m, n] = v * s[n] + 0.5; } }",
     4, {2, 2, 1, 2}, {{3, 7}, {7, 200}, {200}, {3, 200}}},
    {"kernel map(in a: f32[M, K], in b: f32[K, N], out y: f32[M, N]) { each (m, n) y[m, n] = dot(a[m, k], b[k, n] over k); }", 3, {2, 2, 2}, {{9, 0}, {0, 5}, {9, 5}}},
};

static void fill(DType t, void *p, size_t n, uint64_t *seed)
{
    for (size_t i = 0; i < n; i++) {
        *seed = *seed * 6364136223846793005u + 1442695040888963407u;
        int64_t v = (int64_t)(*seed >> 33) % 2001 - 1000;
        if (dtype_is_float(t))
            dtype_set_f64(t, p, i, (double)v / 256);
        else
            dtype_set_i64(t, p, i, v);
    }
}

static void run_row(EmitDevice *d, const Row *r, const KModule *m)
{
    Arena a = {0};
    Error e = {0};
    Text text = {0};
    KModule *own;
    KirKernel *k;
    static KirLaunch l;
    uint64_t seed = 5;
    memset(&l, 0, sizeof l);
    if (kir_parse_text(m, r->text, &a, &own, &e) || kir_instantiate(own, "map", &(KirBinding){.operand_ranks = r->rank, .n_operands = (size_t)r->n_operands}, &a, &k, &e))
        fail_msg("%s", e.text);
    for (int o = 0; o < r->n_operands; o++) {
        KirView *v = &l.view[o];
        int64_t n = 1;
        v->rank = r->rank[o];
        for (int i = v->rank; i-- > 0; n *= r->dim[o][i]) {
            v->dim[i] = r->dim[o][i];
            v->stride[i] = n;
        }
        v->p = arena_alloc(&a, (size_t)n * 8 + 64, 64);
        fill(k->mems[o].type, v->p, (size_t)n, &seed);
    }
    if (kir_bind(k, &l, &e))
        fail_msg("%s: %s", r->text, e.text);
    CheckKernel c = {.plain = k, .launch = &l};
    SpmlCode code = emit_compare(d, &c, 1, &a, &text, &e);
    if (code == SPML_NO && c.operand >= 0)
        fail_msg("%s, %u lanes: %s: %s[%zu] is %llx, not %llx\n%s", d->name, d->target.lanes, r->text, k->mems[c.operand].name, c.element, (unsigned long long)c.got_bits,
                 (unsigned long long)c.want_bits, text.p);
    if (code)
        fail_msg("%s, %u lanes: %s: %s", d->name, d->target.lanes, r->text, e.text);
    assert_true(c.k->tiled || d->target.lanes == 1); /* integers have no panels */
    text_free(&text);
    arena_free(&a);
}

static void test_tiles(void **state)
{
    static const uint32_t lanes[] = {1, 16, 64, 256};
    Error e = {0};
    const KModule *m;
    bool any = false;
    int missing = 0;
    assert_int_equal(kernels_module(&m, &e), SPML_OK);
    for (EmitDevice *const *p = emit_devices; *p; p++) {
        if (!emit_open_device(*p, NULL, &missing))
            continue;
        any = true;
        const uint32_t kept = (*p)->target.lanes;
        for (size_t i = 0; i < sizeof lanes / sizeof *lanes; i++) {
            (*p)->target.lanes = lanes[i];
            for (size_t r = 0; r < (lanes[i] > 64 ? 1 : sizeof rows / sizeof *rows); r++) /* software devices compile large groups slowly */
                run_row(*p, &rows[r], m);
        }
        (*p)->target.lanes = kept;
        (*p)->close(*p);
    }
    assert_int_equal(missing, 0);
    if (!any)
        skip();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_tiles)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
