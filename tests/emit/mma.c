/* SPDX-License-Identifier: MIT
 * emit tests: every pipelined and matrix-unit form of variants.def on every tier, in texts with and without facts, against the interpreter. With small whole numbers
 * every order of summation is exact, so results are the same bits wherever an element was mislaid or not; with other numbers the sums of matrix units may differ
 * by the bound of an unordered sum of K products, and tf32 by the rounding of both factors besides. */
#include "check.h"
#include "kir/emit_ptx.h"
#include "kir/prims.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

/* text: T stands for the type, S for that of sums. turned: operands whose last two dimensions are stored the other way round. */
typedef struct Row { const char *text; int n_operands, rank[6]; int64_t dim[6][5]; uint32_t turned; } Row;
#define MATMUL "kernel map(in a: T[M, K], in b: T[K, N], out y: S[M, N]) { each (m, n) y[m, n] = dot(S(a[m, k]), S(b[k, n]) over k); }"
#define BATCH "kernel map(in u: T[B, M, K], in v: T[B, N, K], in z: S[B, M, N], out y: T[B, M, N]) { each (b, m, n) y[b, m, n] = T(dot(S(u[b, m, k]), S(v[b, n, k]) over k from z[b, m, n])); }"
#define CONV "kernel map(in x: T[N, C, H, W], in w: T[O, C, KH, KW], in z: S[O], out y: T[N, O, P, Q]) {\n" \
    "  each (n, o, p, q) y[n, o, p, q] = T(max(dot(S(x[n, c, p * 2 + kh - 1, q * 2 + kw - 1] else 0), S(w[o, c, kh, kw]) over c, kh, kw from z[o]), 0)); }"
#define SIGNS "kernel map(in a: u8[M, K], in b: i8[K, N], out y: S[M, N]) { each (m, n) y[m, n] = dot(S(a[m, k]), S(b[k, n]) over k); }"
static const Row rows[] = {
    {MATMUL, 3, {2, 2, 2}, {{64, 72}, {72, 80}, {64, 80}}, 0},            /* rows copied by 16 bytes */
    {MATMUL, 3, {2, 2, 2}, {{40, 136}, {136, 24}, {40, 24}}, 1},          /* rows of a along m: transposed fragments */
    {MATMUL, 3, {2, 2, 2}, {{136, 40}, {40, 200}, {136, 200}}, 2},        /* columns of b along k; a second tile both ways */
    {MATMUL, 3, {2, 2, 2}, {{33, 51}, {51, 67}, {33, 67}}, 0},            /* nothing is aligned */
    {MATMUL, 3, {2, 2, 2}, {{1, 300}, {300, 9}, {1, 9}}, 3},
    {MATMUL, 3, {2, 2, 2}, {{5, 0}, {0, 9}, {5, 9}}, 0},
    {MATMUL, 3, {2, 2, 2}, {{8, 16}, {16, 0}, {8, 0}}, 0},
    {BATCH, 4, {3, 3, 3, 3}, {{3, 70, 24}, {3, 34, 24}, {3, 70, 34}, {3, 70, 34}}, 0},
    {CONV, 4, {4, 4, 1, 4}, {{2, 5, 11, 13}, {19, 5, 3, 3}, {19}, {2, 19, 6, 7}}, 0},
};

static const Row signs = {SIGNS, 3, {2, 2, 2}, {{50, 80}, {80, 70}, {50, 70}}, 2};

static const struct { const char *type, *sum; } types[] = {{"f16", "f32"}, {"bf16", "f32"}, {"f32", "f32"}, {"i8", "i32"}, {"u8", "i32"}};

static void spell(const char *text, const char *type, const char *sum, char *out, size_t n)
{
    size_t at = 0;
    for (; *text && at + 8 < n; text++) {
        const bool whole = (*text == 'T' || *text == 'S') && !(text[1] >= 'A' && text[1] <= 'Z');
        at += (size_t)snprintf(out + at, n - at, whole ? "%s" : "%.1s", !whole ? text : *text == 'T' ? type : sum);
    }
    out[at] = 0;
}

static double number(uint64_t *seed, bool whole)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    const double v = (double)((int64_t)(*seed >> 33) % 17 - 8);
    return whole ? v : v / 7 + (double)(*seed >> 40 & 255) / 999;
}

static void fill(const KirKernel *k, const Row *r, KirLaunch *l, Arena *a, bool whole)
{
    uint64_t seed = 7;
    memset(l, 0, sizeof *l);
    for (int o = 0; o < r->n_operands; o++) {
        KirView *v = &l->view[o];
        const int rank = v->rank = r->rank[o];
        int64_t n = 1;
        for (int i = rank; i-- > 0;) {
            const int d = r->turned >> o & 1 && i >= rank - 2 ? 2 * rank - 3 - i : i;
            v->dim[d] = r->dim[o][d];
            v->stride[d] = n;
            n *= v->dim[d];
        }
        v->p = arena_alloc(a, (size_t)n * 8 + 64, 64);
        for (int64_t i = 0; i < n; i++)
            dtype_set_f64(k->mems[o].type, v->p, (uint64_t)i, number(&seed, whole));
    }
}

/* The result is within the bound of its sums; |factors| are at most 1.5, starts 8. */
static bool near(const CheckKernel *c, const Row *r, double factor)
{
    const int y = r->n_operands - 1;
    const DType t = c->plain->mems[y].type;
    double k = 1;
    for (int d = 1; d < r->rank[1]; d++)
        k *= (double)r->dim[1][d] + 8;
    const double bound = k * 2.25 * (k * 0x1p-23 + factor), ulp = t == DT_f16 ? 0x1p-10 : t == DT_bf16 ? 0x1p-7 : 0x1p-22;
    for (size_t i = 0; i < c->bytes[y] / dtype_info[t].bytes; i++) {
        const double got = dtype_get_f64(t, c->start[y], i), want = dtype_get_f64(t, c->want[y], i), off = got < want ? want - got : got - want;
        if (!(off <= bound + ulp * (want < 0 ? -want : want)))
            return false;
    }
    return true;
}

typedef struct Shape { const KModule *m; const KirVariant *v; const Row *r; const char *type, *sum; bool whole; } Shape;

/* DUMP=dir: what ptxas is asked about. */
static void dump(const EmitDevice *d, const Shape *s, const Text *text)
{
    char path[300];
    snprintf(path, sizeof path, "%s/%s_%s_%d_sm%u.ptx", getenv("DUMP"), s->v->name, s->type, s->r == &signs ? 9 : (int)(s->r - rows), d->target.sm);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(text->p, 1, text->n, f), text->n);
    fclose(f);
}

/* false: the form does not take this kernel. */
static bool run(EmitDevice *d, const Shape *s)
{
    Arena a = {0};
    Error e = {0};
    Text text = {0};
    KModule *own;
    char spelled[600];
    static KirLaunch l[2];
    CheckKernel c[2] = {{0}, {0}};
    spell(s->r->text, s->type, s->sum, spelled, sizeof spelled);
    for (int i = 0; i < 2; i++) {
        KirKernel *k;
        if (kir_parse_text(s->m, spelled, &a, &own, &e) || kir_instantiate(own, "map", &(KirBinding){.operand_ranks = s->r->rank, .n_operands = (size_t)s->r->n_operands}, &a, &k, &e))
            fail_msg("%s: %s", spelled, e.text);
        fill(k, s->r, &l[i], &a, s->whole);
        if (kir_bind(k, &l[i], &e))
            fail_msg("%s: %s", spelled, e.text);
        c[i] = (CheckKernel){.plain = k, .launch = &l[i], .variant = s->v};
    }
    const bool matrix = s->v->tile.form == KFORM_MMA;
    SpmlCode code = emit_compare(d, c, 2, &a, &text, &e);
    const bool taken = !(code == SPML_NO && !text.n);
    if (taken && code == SPML_NO && matrix && !s->whole && !strcmp(s->sum, "f32"))
        code = near(&c[0], s->r, strcmp(s->type, "f32") ? 0 : 0x1p-10) && near(&c[1], s->r, strcmp(s->type, "f32") ? 0 : 0x1p-10) ? SPML_OK : SPML_NO;
    if (taken && code) {
        const CheckKernel *bad = &c[c[0].operand < 0];
        fail_msg("%s, sm_%u, %s: %s: %s, text %d: %s[%zu] is %llx, not %llx\n%s", s->v->name, d->target.sm, s->type, spelled, e.text, (int)(bad - c), bad->operand < 0 ? "" : bad->plain->mems[bad->operand].name, bad->element,
                 (unsigned long long)bad->got_bits, (unsigned long long)bad->want_bits, text.p ? text.p : "");
    }
    if (taken && getenv("DUMP"))
        dump(d, s, &text);
    text_free(&text);
    arena_free(&a);
    return taken;
}

static void run_variant(EmitDevice *d, const KModule *m, const KirVariant *v)
{
    int taken = 0;
    for (size_t t = 0; t < sizeof types / sizeof *types; t++)
        for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
            for (int whole = strcmp(types[t].sum, "f32") != 0; whole < 2; whole++)
                taken += run(d, &(Shape){m, v, &rows[r], types[t].type, types[t].sum, whole});
    run(d, &(Shape){m, v, &signs, "u8", "i32", true});
    if (!taken)
        fail_msg("%s on sm_%u takes no kernel", v->name, d->target.sm);
}

static void test_forms(void **state)
{
    static const unsigned tiers[][2] = {{75, 102}, {80, 110}, {90, 118}};
    EmitDevice *d = &emit_device_cuda;
    Error e = {0};
    const KModule *m;
    size_t n;
    int missing = 0;
    const KirVariant *v = kir_variants(&n);
    assert_int_equal(kernels_module(&m, &e), SPML_OK);
    if (!emit_open_device(d, NULL, &missing)) {
        assert_int_equal(missing, 0);
        skip();
    }
    const KirTarget real = d->target;
    for (size_t t = 0; t < sizeof tiers / sizeof *tiers; t++) {
        if (!kir_ptx_target(tiers[t][0], tiers[t][1], &d->target) || tiers[t][0] > real.sm)
            continue;
        for (size_t i = 0; i < n; i++)
            if (v[i].tile.form >= KFORM_PIPE && kir_variant_fits(&v[i], &d->target, INT64_MAX))
                run_variant(d, m, &v[i]);
    }
    d->target = real;
    d->close(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_forms)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
