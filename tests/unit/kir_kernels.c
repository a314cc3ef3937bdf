/* SPDX-License-Identifier: MIT
 * unit test: the worked kernels of the language (tests/kernels/worked.k) from text to bits. Each is instantiated, verified, bound and
 * run in both forms, for several group sizes, in every order, with races, ranges and unwritten elements checked; all runs
 * must give the same bytes. Rows below give types, functions, constants, operand shapes and how inputs are filled. */
#include "kir/prims.h"
#include "kir/target.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

/* types: "T=f16"; fns: "f=relu"; consts: "KH=3" (pack elements "ST.0=1"); operands: dimensions of each, "2,5,3", with "%m" integers are
 * filled from 0 .. m−1, "+b" adds b, "^" ascending multiples of it; scalars: "eps=0.5". */
typedef struct Row { const char *kernel, *types, *fns, *consts, *operands, *scalars; } Row;

static const Row rows[] = {
    {"unary", "T=f16", "f=gelu", "", "3,5 3,5", ""},
    {"unary", "T=f32", "f=exp", "", "77 77", ""},
    {"cast", "T=f32 U=i8", "", "", "40 40", ""},
    {"cast", "T=bf16 U=f16", "", "", "4,9 4,9", ""},
    {"cast_sat", "T=i32 U=u8", "", "", "40%1000+-300 40", ""},
    {"binary", "T=f32", "f=add", "", "4,7 4,7 4,7", ""},
    {"pad", "T=f32", "", "", "3,4 7,5", "LO.0=2 LO.1=0 STEP.0=1 STEP.1=1 fill=0.5"},
    {"softmax", "T=f16", "", "", "2,70,3 2,70,3", ""},
    {"layernorm", "T=f32", "", "", "5,130 130 130 5,130", "eps=0.001"},
    {"layernorm_welford", "T=f32", "", "", "5,130 5,130", "eps=0.001"},
    {"argmax_k", "T=f16", "", "", "2,90,3 2,3", ""},
    {"reduce", "T=f32", "F=sum", "", "2,5,7,3 2,3", ""},
    {"maxpool", "T=f32", "", "KH=3 KW=2 SH=2 SW=1 DH=1 DW=2 PH=1 PW=1", "1,2,7,6 1,2,4,6 1,2,4,6", ""},
    {"maxpool_grad", "T=f32", "", "KH=3 KW=2 SH=2 SW=1 DH=1 DW=1 PH=1 PW=0", "1,2,3,4 1,2,3,4%30 1,2,6,5", ""},
    {"conv", "X=f16", "", "G=2 SH=2 SW=1 DH=1 DW=1 PH=1 PW=1", "1,4,7,6 6,2,3,3 6 1,6,4,6", ""},
    {"conv_dx", "T=f32", "", "G=1 SH=2 SW=1 DH=1 DW=1 PH=1 PW=1", "1,3,4,6 3,2,3,3 1,2,7,6", ""},
    {"conv_dw", "T=f32", "", "G=1 SH=1 SW=1 DH=1 DW=1 PH=1 PW=1", "2,2,5,6 2,3,5,6 3,2,3,3", ""},
    {"matmul", "T=f16", "", "", "2,5,9 2,9,4 2,5,4 2,5,4", ""},
    {"attend", "T=f16", "", "TM=4 TN=8", "2,4,10,8 2,2,13,8 2,2,13,6 2,4,10,13 2%10+4 2,4,10,6", "scale=0.35"},
    {"dequant_q4_k", "", "", "", "3,2 3,512", ""},
    {"matmul_q4_k", "", "", "", "2,3 4,3 2,4", ""},
    {"cumsum", "T=f32", "", "EXCL=1 REV=0", "2,150,3 2,150,3", ""},
    {"cumsum", "T=f32", "", "EXCL=0 REV=1", "2,17000,1 2,17000,1", ""},
    {"selective_scan", "", "", "S=4", "2,3,9 2,3,9 3,4 2,4,9 2,4,9 2,3,9", ""},
    {"selective_states", "", "", "", "2,3,200 2,3,200 3,4 2,4,200 2,3,4,200", ""},
    {"scatter_add", "T=f32", "", "", "30%7+-2 30,3 5,3", ""},
    {"embed_grad", "T=f16", "", "", "30%5 30,3 5,3", ""},
    {"scatter_last", "T=f32", "", "", "30%7 30 7", ""},
    {"gather", "T=f32", "", "", "2,6,3 4,2%8+-3 2,4,2,3", ""},
    {"gather_nd", "T=f32", "", "", "30,3 7,2%9+-4 2%1+5 2^5 7,3", ""},
    {"grid_sample", "", "", "", "1,2,5,6 1,3,4,2 1,2,3,4", ""},
    {"resize2d", "T=f32", "", "", "1,2,5,6 7%5+-1 7,2 9%6+-1 9,2 1,2,7,9", ""},
    {"sort_keys", "", "", "DESC=1", "50 50 50", ""},
    {"radix_count", "K=u32", "", "SHIFT=8 TILE=64", "300%70000 256,5", ""},
    {"topk_out", "", "", "DESC=0", "50%999999 50%50 50 50", ""},
    {"nonzero_count", "T=i32", "", "TILE=64", "300%2 5", ""},
    {"nonzero_write", "T=i32", "", "TILE=64", "300%2 5^70 400", ""},
    {"dropout", "T=f16", "", "", "99 99 99", "seed=77 step=5 keep=0.7"},
    {"fft", "", "", "N=32 L4=2 L2=1", "3,32,2 32,2 3,32,2", ""},
    {"nms_mask", "", "", "", "100,4 100,2", "thr=0.1"},
    {"nms_keep", "", "", "W=2", "100,2%3 100", ""},
    {"adamw", "T=bf16", "", "", "60 60 60 60 60", "lr=0.1 b1=0.9 b2=0.99 eps=0.001 wd=0.01 c1=0.5 c2=0.5"},
    {"unary", "T=f32", "f=relu", "", "0 0", ""},
    {"softmax", "T=f32", "", "", "0,70,3 0,70,3", ""},
    {"softmax", "T=f32", "", "", "2,0,3 2,0,3", ""},
    {"softmax", "T=f32", "", "", "1,17001,2 1,17001,2", ""},
    {"layernorm_welford", "T=f32", "", "", "2,33000 2,33000", "eps=0.001"},
    {"reduce", "T=f32", "F=max", "", "2,0,7,3 2,3", ""},
    {"reduce", "T=f16", "F=prod", "", "1,131,127,2 1,2", ""},
    {"matmul", "T=f32", "", "", "2,5,0 2,0,4 2,5,4 2,5,4", ""},
    {"cumsum", "T=f32", "", "EXCL=0 REV=0", "2,0,3 2,0,3", ""},
    {"nonzero_count", "T=i32", "", "TILE=64", "0%2 0", ""},
    {"nonzero_count", "T=i32", "", "TILE=20000", "50000%2 3", ""},
    {"nonzero_write", "T=i32", "", "TILE=20000", "50000%2 3^10000 10", ""},
    {"qlinear", "", "", "", "5,40 40,6 6 6 5,6", "zx=3 zy=7"},
};

typedef struct Case { Arena arena; const Row *row; KirKernel *k; KirLaunch l; Error err; uint32_t seed; int fill_mod[32], fill_add[32], fill_step[32]; } Case;

static const char *word(const char *s, char *buf, size_t n) /* next word of s; NULL at its end */
{
    size_t at = 0;
    while (*s == ' ')
        s++;
    if (!*s)
        return NULL;
    for (; *s && *s != ' '; s++)
        if (at + 1 < n)
            buf[at++] = *s;
    buf[at] = 0;
    return s;
}

static char *split(char *w) /* "a=b" → "b", w becomes "a" */
{
    char *eq = strchr(w, '=');
    assert_non_null(eq);
    *eq = 0;
    return eq + 1;
}

static void read_operands(Case *c, int *ranks, size_t *n)
{
    char w[64];
    for (const char *s = c->row->operands; (s = word(s, w, sizeof w)); ++*n) {
        KirView *v = &c->l.view[*n];
        char *p = w;
        c->fill_mod[*n] = 5;
        for (v->rank = 0;; p++) {
            v->dim[v->rank++] = strtol(p, &p, 10);
            if (*p != ',')
                break;
        }
        ranks[*n] = v->rank;
        if (*p == '%')
            c->fill_mod[*n] = (int)strtol(p + 1, &p, 10);
        if (*p == '+')
            c->fill_add[*n] = (int)strtol(p + 1, &p, 10);
        if (*p == '^')
            c->fill_step[*n] = (int)strtol(p + 1, &p, 10);
    }
}

static void instantiate(Case *c, const KModule *m)
{
    KBindType types[4];
    KBindFn fns[2];
    KBindConst consts[16];
    KBindRank packs[] = {{"LO", 2}, {"STEP", 2}, {"L", 1}};
    int ranks[32];
    KirBinding b = {.types = types, .fns = fns, .consts = consts, .operand_ranks = ranks};
    char w[64];
    for (const char *s = c->row->types; (s = word(s, w, sizeof w));) {
        const char *t = split(w);
        types[b.n_types++] = (KBindType){arena_strdup(&c->arena, w), dtype_find(t, strlen(t)), NULL};
    }
    for (const char *s = c->row->fns; (s = word(s, w, sizeof w));) {
        const char *t = split(w);
        fns[b.n_fns++] = (KBindFn){arena_strdup(&c->arena, w), arena_strdup(&c->arena, t)};
    }
    for (const char *s = c->row->consts; (s = word(s, w, sizeof w));) {
        const char *t = split(w);
        consts[b.n_consts++] = (KBindConst){arena_strdup(&c->arena, w), atol(t), false};
    }
    read_operands(c, ranks, &b.n_operands);
    const char *k = c->row->kernel;
    b.ranks = packs; /* packs that the operands' ranks leave open */
    b.n_ranks = !strcmp(k, "pad") ? 2 : 0;
    if (!strcmp(k, "softmax") || !strcmp(k, "argmax_k") || !strcmp(k, "reduce") || !strcmp(k, "cumsum") || !strcmp(k, "gather")) {
        b.ranks = packs + 2;
        b.n_ranks = 1;
    }
    if (kir_instantiate(m, k, &b, &c->arena, &c->k, &c->err))
        fail_msg("%s: %s", k, c->err.text);
    assert_int_equal(c->k->n_operands, b.n_operands);
}

static uint32_t next(Case *c) { return (c->seed = c->seed * 1664525u + 1013904223u) >> 8; }

static size_t element_bytes(const KMem *m) { return m->block_bytes ? m->block_bytes : dtype_info[m->type].bytes; }

static size_t allocate(Case *c, size_t o)
{
    KirView *v = &c->l.view[o];
    int64_t n = 1;
    for (int d = v->rank - 1; d >= 0; d--) {
        v->stride[d] = n;
        n *= v->dim[d];
    }
    v->p = arena_alloc(&c->arena, (size_t)n * element_bytes(&c->k->mems[o]), 64);
    return (size_t)n;
}

static void fill(Case *c, size_t o)
{
    const KMem *m = &c->k->mems[o];
    size_t n = allocate(c, o);
    uint8_t *p = c->l.view[o].p;
    for (size_t i = 0; i < n; i++) {
        uint64_t bits;
        double f = (double)next(c) * 0x1p-23 - 1.0;
        int64_t g = c->fill_step[o] ? (int64_t)i * c->fill_step[o] : (int64_t)(next(c) % (uint32_t)c->fill_mod[o]) + c->fill_add[o];
        memcpy(&bits, dtype_is_float(m->type) ? (void *)&f : (void *)&g, 8);
        if (!m->block_bytes) {
            bits = kir_eval(K_cast, m->type, dtype_is_float(m->type) ? DT_f64 : DT_i64, &bits);
            memcpy(p + i * element_bytes(m), &bits, element_bytes(m));
        } else { /* quantised bytes; scales (16-bit floats at the front) kept small and finite */
            for (size_t b = 0; b < m->block_bytes; b++)
                p[i * m->block_bytes + b] = (uint8_t)(b < 4 ? (b & 1 ? 0x20 : 0x11) : next(c));
        }
    }
}

static void set_scalars(Case *c)
{
    char w[64];
    for (const char *s = c->row->scalars; (s = word(s, w, sizeof w));) {
        const char *t = split(w);
        size_t i = 0;
        while (i < c->k->n_syms && strcmp(c->k->syms[i].name, w))
            i++;
        if (i == c->k->n_syms)
            fail_msg("%s has no scalar %s", c->row->kernel, w);
        double f = strtod(t, NULL);
        uint64_t bits;
        memcpy(&bits, &f, 8);
        c->l.sym[i] = kir_eval(K_cast, c->k->syms[i].type, DT_f64, &bits);
    }
}

static size_t outputs(Case *c, uint8_t *buf, bool restore)
{
    size_t total = 0;
    for (size_t o = 0; o < c->k->n_operands; o++) {
        const KirView *v = &c->l.view[o];
        size_t n = element_bytes(&c->k->mems[o]);
        for (int d = 0; d < v->rank; d++)
            n *= (size_t)v->dim[d];
        if (c->k->mems[o].kind == KMEM_IN)
            continue;
        if (buf)
            memcpy(restore ? v->p : (void *)(buf + total), restore ? (void *)(buf + total) : v->p, n);
        total += n;
    }
    return total;
}

static void run_form(Case *c, const KirKernel *k, const char *form, uint8_t *start, uint8_t *want, bool first)
{
    size_t n = outputs(c, NULL, false);
    uint8_t *got = arena_alloc(&c->arena, n, 1);
    Text t = {0};
    kir_print(k, &t);
    if (kir_verify(k, &c->err))
        fail_msg("%s: %s\n%s", form, c->err.text, t.p);
    for (KirOrder o = KORDER_ASCENDING; o <= KORDER_SHUFFLED; o++) {
        outputs(c, start, true);
        if (kir_interpret(k, &c->l, o, true, &c->err))
            fail_msg("%s, order %d: %s\n%s", form, o, c->err.text, t.p);
        outputs(c, first ? want : got, false);
        if (!first && memcmp(want, got, n))
            fail_msg("%s, order %d: results differ\n%s", form, o, t.p);
        first = false;
    }
    text_free(&t);
}

static void run_row(const KModule *m, const Row *row)
{
    Case c = {.row = row, .seed = 1};
    instantiate(&c, m);
    for (size_t o = 0; o < c.k->n_operands; o++)
        fill(&c, o);
    set_scalars(&c);
    if (kir_bind(c.k, &c.l, &c.err))
        fail_msg("%s: %s", row->kernel, c.err.text);
    size_t n = outputs(&c, NULL, false);
    uint8_t *start = arena_alloc(&c.arena, n, 1), *want = arena_alloc(&c.arena, n, 1);
    outputs(&c, start, false);
    run_form(&c, c.k, row->kernel, start, want, true);
    static const uint32_t sizes[] = {1, 32, 256};
    for (int i = 0; i < 3; i++) {
        KirKernel *k = NULL;
        char form[80];
        snprintf(form, sizeof form, "%s scheduled for %u", row->kernel, sizes[i]);
        if (kir_schedule(c.k, sizes[i], &c.arena, &k, &c.err))
            fail_msg("%s: %s", form, c.err.text);
        run_form(&c, k, form, start, want, false);
    }
    static const uint32_t caps[] = {KCAP_f64 | KCAP_int64 | KCAP_store8 | KCAP_store16 | KCAP_fma, ~0u};
    for (int t = 0; t < 2; t++) { /* what emitters get, for a poor target and a rich one */
        KirKernel *k = NULL;
        const KModule *legal;
        char form[80];
        snprintf(form, sizeof form, "%s legalised for target %d", row->kernel, t);
        SpmlCode code = kernels_module(&legal, &c.err);
        if (!code)
            code = kir_prepare(c.k, legal, &(KirTarget){.caps = caps[t], .lanes = t ? 1 : 8, .items = 64}, NULL, &c.arena, &k, &c.err);
        if (code)
            fail_msg("%s: %s", form, c.err.text);
        run_form(&c, k, form, start, want, false);
    }
    if (kir_simplify(c.k, KPASS_ALL, &c.err))
        fail_msg("%s: %s", row->kernel, c.err.text);
    run_form(&c, c.k, "simplified", start, want, false);
    arena_free(&c.arena);
}

static char *read_file(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    char *p = malloc(1 << 18);
    if (!f || !p)
        fail_msg("cannot read %s", path);
    *n = fread(p, 1, 1 << 18, f);
    fclose(f);
    return p;
}

static void test_worked_kernels(void **state)
{
    Arena a = {0};
    Error err = {0};
    KModule *m = NULL;
    KSource src = {.file = "worked.k"};
    char *text = read_file(SPML_SOURCE "/tests/kernels/worked.k", &src.n);
    const char *only = getenv("KERNEL");
    src.text = text;
    if (kir_parse(&src, 1, &a, &m, &err))
        fail_msg("%s", err.text);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (only && strcmp(only, rows[i].kernel))
            continue;
        run_row(m, &rows[i]);
    }
    arena_free(&a);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_worked_kernels)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
