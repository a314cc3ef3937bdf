/* SPDX-License-Identifier: MIT
 * tests: reading cases of kernels; the text's form is in make_cases.py. */
#include "kernels/case.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

static char *read_text(const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/tests/kernels/%s", SPML_SOURCE, name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    char *s = calloc(1, MAX_LINE);
    assert_true(fread(s, 1, MAX_LINE - 1, f) > 0);
    fclose(f);
    return s;
}

/* ── reading a case ── */

static void add_binding(Case *c, const char *word)
{
    char *name = c->names[c->n_names], *value = c->fns[c->n_names++];
    size_t n = strcspn(word + (*word == '#'), "=:");
    snprintf(name, 32, "%.*s", (int)n, word + (*word == '#'));
    const char *v = word + n + (*word == '#') + 1;
    DType t = dtype_find(v, strlen(v));
    if (*word == '#') {
        ((KBindRank *)c->b.ranks)[c->b.n_ranks++] = (KBindRank){name, atoi(v)};
    } else if (word[n] == ':') {
        snprintf(value, 32, "%s", v);
        ((KBindFn *)c->b.fns)[c->b.n_fns++] = (KBindFn){name, value};
    } else if (t != DT_none) {
        ((KBindType *)c->b.types)[c->b.n_types++] = (KBindType){name, t, NULL};
    } else {
        bool live = !strncmp(v, "live:", 5);
        c->live[c->b.n_consts] = atoll(live ? v + 5 : v);
        ((KBindConst *)c->b.consts)[c->b.n_consts++] = (KBindConst){name, atoll(v), live};
    }
}

static void set_value(const Operand *o, uint8_t *to, uint64_t i, const char *word)
{
    const char *end;
    double d;
    if (o->block_bytes)
        to[i] = (uint8_t)atoi(word);
    else if (o->type == DT_u64)
        ((uint64_t *)(void *)to)[i] = strtoull(word, NULL, 10);
    else if (dtype_is_int(o->type))
        dtype_set_i64(o->type, to, i, atoll(word));
    else if (o->type == DT_bool)
        to[i] = word[0] == '1';
    else if (parse_f64(word, &end, &d))
        dtype_set_f64(o->type, to, i, d);
    else
        fail_msg("bad number %s", word);
}

/* Values up to a word that is none; that word, or NULL. */
static char *read_values(const Operand *o, uint8_t *to, char **save)
{
    char *w;
    uint64_t i = 0, n = o->block_bytes ? o->bytes : o->n;
    while ((w = strtok_r(NULL, " ", save)) && strcmp(w, "->") && strcmp(w, "~")) {
        if (!strcmp(w, "bytes"))
            continue;
        assert_true(i < n);
        set_value(o, to, i++, w);
    }
    assert_int_equal(i, n);
    return w;
}

static void read_operand(Case *c, const char *kind, char **save)
{
    Operand *o = &c->op[c->n_ops++];
    *o = (Operand){.n = 1};
    snprintf(o->name, sizeof o->name, "%s", strtok_r(NULL, " ", save));
    const char *type = strtok_r(NULL, " ", save);
    o->type = dtype_find(type, strlen(type));
    if (!strcmp(type, "b8")) /* of extra.k */
        o->block_bytes = 10;
    else if (dtype_info[o->type].cls == DCLASS_BLOCK)
        o->block_bytes = dtype_info[o->type].bytes;
    char *dims = strtok_r(NULL, " ", save), *in;
    for (char *d = strtok_r(dims, ",-", &in); d; d = strtok_r(NULL, ",", &in))
        o->n *= (uint64_t)(o->dim[o->rank++] = atoll(d));
    o->bytes = o->n * (o->block_bytes ? o->block_bytes : dtype_info[o->type].bytes);
    o->start = calloc(1, o->bytes + 8);
    o->run = calloc(1, o->bytes + 8);
    assert_string_equal(strtok_r(NULL, " ", save), ":");
    uint8_t *first = o->start;
    if (!strcmp(kind, "out"))
        first = o->want = calloc(1, o->bytes + 8);
    char *w = read_values(o, first, save);
    if (w && !strcmp(w, "->")) {
        o->want = calloc(1, o->bytes + 8);
        w = read_values(o, o->want, save);
    }
    if (w)
        o->tol = atof(strtok_r(NULL, " ", save));
}

static void case_start(Case *c, char **save, int line)
{
    *c = (Case){.line = line};
    c->b = (KirBinding){.types = c->types, .fns = c->fn, .consts = c->consts, .ranks = c->ranks};
    snprintf(c->kernel, sizeof c->kernel, "%s", strtok_r(NULL, " ", save));
    for (char *w; (w = strtok_r(NULL, " ", save));)
        add_binding(c, w);
}

static void case_line(Case *c, char *kind, char **save)
{
    if (strcmp(kind, "scalar")) {
        read_operand(c, kind, save);
        return;
    }
    const char *end;
    snprintf(c->scalar[c->n_scalars], 32, "%s", strtok_r(NULL, " ", save));
    const char *v = strtok_r(NULL, " ", save);
    c->ivalue[c->n_scalars] = atoll(v);
    assert_true(parse_f64(v, &end, &c->value[c->n_scalars++]));
}

static void case_free(Case *c)
{
    for (int i = 0; i < c->n_ops; i++) {
        free(c->op[i].start);
        free(c->op[i].want);
        free(c->op[i].run);
    }
}

static Operand *find_operand(Case *c, const char *name)
{
    for (int i = 0; i < c->n_ops; i++)
        if (!strcmp(c->op[i].name, name))
            return &c->op[i];
    fail_msg("line %d: %s has no operand %s", c->line, c->kernel, name);
    return NULL;
}

static void set_symbols(Case *c, const KirKernel *k, KirLaunch *l)
{
    for (size_t s = 0; s < k->n_syms; s++) {
        for (int i = 0; i < c->n_scalars; i++)
            if (!strcmp(c->scalar[i], k->syms[s].name)) {
                if (dtype_is_int(k->syms[s].type))
                    dtype_set_i64(k->syms[s].type, &l->sym[s], 0, c->ivalue[i]);
                else
                    dtype_set_f64(k->syms[s].type, &l->sym[s], 0, c->value[i]);
            }
        for (size_t i = 0; i < c->b.n_consts; i++)
            if (!strcmp(c->consts[i].name, k->syms[s].name))
                l->sym[s] = (uint64_t)c->live[i];
    }
}

void case_launch(Case *c, const KirKernel *bound, const KirKernel *k, KirLaunch *l, const char *what)
{
    Error e = {0};
    memset(l, 0, sizeof *l);
    for (size_t i = 0; i < k->n_operands; i++) {
        Operand *o = find_operand(c, k->mems[i].name);
        KirView *v = &l->view[i];
        if (!o->block_bytes && o->type != k->mems[i].type)
            fail_msg("line %d: %s is %s, the case has %s", c->line, o->name, dtype_name(k->mems[i].type), dtype_name(o->type));
        if (o->start)
            memcpy(o->run, o->start, o->bytes);
        *v = (KirView){.p = o->run, .rank = o->rank};
        int64_t stride = 1;
        for (int d = o->rank; d-- > 0; stride *= o->dim[d]) {
            v->dim[d] = o->dim[d];
            v->stride[d] = stride;
        }
    }
    set_symbols(c, k, l);
    if (kir_bind(bound, l, &e))
        fail_msg("line %d: %s, %s: %s", c->line, c->kernel, what, e.text);
}

void case_compare(const Case *c, const char *what)
{
    for (int i = 0; i < c->n_ops; i++) {
        const Operand *o = &c->op[i];
        for (uint64_t j = 0; o->want && j < o->n; j++) {
            double want = dtype_get_f64(o->type, o->want, j), got = dtype_get_f64(o->type, o->run, j);
            bool same = dtype_is_int(o->type) || o->type == DT_bool ? dtype_get_i64(o->type, o->want, j) == dtype_get_i64(o->type, o->run, j)
                : want == got || (isnan(want) && isnan(got)) || fabs(want - got) <= o->tol * (1 + fabs(want));
            if (!same)
                fail_msg("line %d: %s, %s: %s[%llu] is %.9g, not %.9g", c->line, c->kernel, what, o->name, (unsigned long long)j, got, want);
        }
    }
}

uint64_t case_bits(const Case *c)
{
    uint64_t h = 1469598103934665603u;
    for (int i = 0; i < c->n_ops; i++)
        for (uint64_t j = 0; c->op[i].want && j < c->op[i].bytes; j++)
            h = (h ^ c->op[i].run[j]) * 1099511628211u;
    return h;
}

void case_instantiate(const KModule *m, Case *c, Arena *a, KirKernel **out)
{
    Error e = {0};
    static int ranks[KIR_MAX_OPERANDS];
    if (!c->b.n_ranks) { /* they follow from the operands, which a case lists in the kernel's order */
        c->b.operand_ranks = ranks;
        c->b.n_operands = (size_t)c->n_ops;
        for (int i = 0; i < c->n_ops; i++)
            ranks[i] = c->op[i].rank;
    }
    if (kir_instantiate(m, c->kernel, &c->b, a, out, &e) || kir_verify(*out, &e))
        fail_msg("line %d: %s: %s", c->line, c->kernel, e.text);
}

void case_all(const char *kernels, const char *cases, int least, void (*each)(const KModule *m, Case *c))
{
    char *k = read_text(kernels), *text = read_text(cases), *save = NULL, *at = text;
    KSource src = {kernels, k, strlen(k)};
    Arena a = {0};
    Error e = {0};
    KModule *m;
    if (kir_parse(&src, 1, &a, &m, &e))
        fail_msg("%s", e.text);
    static Case c;
    c = (Case){0};
    int line = 0, n = 0;
    for (char *l; (l = strsep(&at, "\n"));) {
        line++;
        char *word = strtok_r(l, " ", &save);
        bool next = word && !strcmp(word, "kernel");
        if (next && c.line) {
            each(m, &c);
            case_free(&c);
            n++;
        }
        if (next)
            case_start(&c, &save, line);
        else if (word && *word != '#')
            case_line(&c, word, &save);
    }
    each(m, &c);
    case_free(&c);
    assert_true(n + 1 >= least);
    arena_free(&a);
    free(k);
    free(text);
}
