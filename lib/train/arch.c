/* SPDX-License-Identifier: MIT
 * train: the table of architectures and the reading of "NAME:OPTION=VALUE,…": from it and the data's shape to a typed graph. */
#include "train/arch.h"
#include "ops/ops.h"
#include "train/arch_net.h"

#include <math.h>
#include <string.h>

enum { READS_NUMBERS = 1, READS_PICTURES = 2, READS_TOKENS = 4 };
typedef struct ArchOption { const char *name; double value, lo, hi; bool whole; } ArchOption;
typedef struct ArchRow { const char *name; unsigned reads; const char *widths; ArchOption option[ARCH_OPTIONS]; Value *(*build)(Net *n, Value *x); const char *about; } ArchRow;

static const ArchRow rows[] = {
    {"mlp", READS_NUMBERS, "128", {{0}}, net_mlp, "perceptron with ReLU: mlp:784-128-10, or the hidden widths alone, mlp:128-64"},
    {"lenet", READS_PICTURES, NULL, {{0}}, net_lenet, "LeNet-5 with ReLU and max pooling"},
    {"cnn", READS_PICTURES, NULL, {{"width", 32, 1, 4096, true}, {"dropout", 0.25, 0, 0.99}}, net_cnn, "four 3x3 convolutions with batch norm, two poolings, dropout: 97,000 parameters at 28x28 grey"},
    {"resnet18", READS_PICTURES, NULL, {{0}}, net_resnet18, "ResNet-18; pictures below 64x64 go in at full size (3x3, no pooling)"},
    {"mobilenetv2", READS_PICTURES, NULL, {{"width", 1, 0.05, 8}, {"dropout", 0.2, 0, 0.99}}, net_mobilenetv2, "MobileNetV2; pictures below 64x64 are halved two times less"},
    {"lstm", READS_NUMBERS | READS_TOKENS, NULL, {{"hidden", 128, 1, 65536, true}, {"layers", 2, 1, 64, true}, {"embed", 0, 0, 65536, true}, {"dropout", 0, 0, 0.99}}, net_lstm,
        "LSTM: tokens to the next token each; steps of features to one answer. embed=0: as hidden"},
    {"gpt", READS_TOKENS, NULL, {{"layers", 4, 1, 256, true}, {"heads", 4, 1, 1024, true}, {"dim", 128, 1, 65536, true}, {"ctx", 0, 0, 1 << 24, true}, {"dropout", 0, 0, 0.99}, {"tied", 1, 0, 1, true}}, net_gpt,
        "decoder with causal attention, learned positions, GELU. ctx=0: the data's window; tied=0: a head of its own"},
};
enum { N_ROWS = sizeof rows / sizeof *rows };

const char *arch_name(size_t i, const char **about)
{
    if (i < N_ROWS && about)
        *about = rows[i].about;
    return i < N_ROWS ? rows[i].name : NULL;
}

/* ── the text ── */

static const ArchRow *row_find(Net *n, const char *spec, size_t len)
{
    Text all = {0};
    for (size_t i = 0; i < N_ROWS; i++) {
        if (strlen(rows[i].name) == len && !memcmp(rows[i].name, spec, len))
            return text_free(&all), &rows[i];
        text_printf(&all, i ? ", %s" : "%s", rows[i].name);
    }
    net_fail(n, SPML_USAGE, "arch", "there is no architecture '%.*s'; there are %s", (int)(len < 100 ? len : 100), spec, all.p ? all.p : "");
    return text_free(&all), NULL;
}

static void unknown_option(Net *n, const ArchRow *r, const char *s)
{
    Text all = {0};
    for (int i = 0; i < ARCH_OPTIONS && r->option[i].name; i++)
        text_printf(&all, "%s%s", i ? ", " : "", r->option[i].name);
    net_fail(n, SPML_USAGE, "arch-option", "%s has no option '%.*s'; it has %s", r->name, (int)strcspn(s, "=,"), s, all.n ? all.p : "none");
    text_free(&all);
}

/* NAME=VALUE at s; one past it. */
static const char *option_read(Net *n, const ArchRow *r, const char *s)
{
    const size_t len = strcspn(s, "=,");
    int i = 0;
    while (i < ARCH_OPTIONS && r->option[i].name && (strlen(r->option[i].name) != len || memcmp(r->option[i].name, s, len)))
        i++;
    if (i == ARCH_OPTIONS || !r->option[i].name)
        return unknown_option(n, r, s), s;
    const ArchOption *o = &r->option[i];
    const char *end = s + len;
    double v = 0;
    if (*end != '=' || !parse_f64(end + 1, &end, &v) || (*end && *end != ',') || !(v >= o->lo && v <= o->hi) || (o->whole && v != floor(v)))
        return net_fail(n, SPML_USAGE, "arch-option", "%s: %s is a %snumber from %g to %g", r->name, o->name, o->whole ? "whole " : "", o->lo, o->hi), s;
    n->option[i] = v;
    return end;
}

static void widths_read(Net *n, const char *s)
{
    for (const char *end; !n->code; s = end + 1) {
        int64_t v;
        if (*s < '0' || *s > '9' || !parse_i64(s, &end, &v) || (*end && *end != '-') || v < 1 || v > 1 << 24 || n->n_widths == ARCH_WIDTHS) {
            net_fail(n, SPML_USAGE, "arch-widths", "widths are up to %d numbers such as 784-128-10", ARCH_WIDTHS);
            return;
        }
        n->width[n->n_widths++] = v;
        if (!*end)
            return;
    }
}

static const ArchRow *spec_read(Net *n, const char *spec)
{
    const size_t len = strcspn(spec, ":");
    const ArchRow *r = row_find(n, spec, len);
    for (int i = 0; r && i < ARCH_OPTIONS; i++)
        n->option[i] = r->option[i].value;
    if (r && r->widths)
        widths_read(n, spec[len] ? spec + len + 1 : r->widths);
    else if (r && spec[len])
        for (const char *s = spec + len + 1; !n->code; s++)
            if (!*(s = option_read(n, r, s)))
                break;
    return n->code ? NULL : r;
}

/* ── the data ── */

static void data_check(Net *n, const ArchRow *r)
{
    const ArchPorts *p = n->ports;
    bool fits = p->tokens ? r->reads & READS_TOKENS && p->rank == 1 : r->reads & READS_NUMBERS || (r->reads & READS_PICTURES && p->rank == 3);
    if (!fits)
        net_fail(n, SPML_USAGE, "arch-data", "%s reads %s; the samples are %s of rank %d", r->name,
            r->reads & READS_PICTURES ? "pictures [C,H,W]" : r->reads & READS_NUMBERS ? r->reads & READS_TOKENS ? "tokens or numbers" : "numbers" : "tokens", p->tokens ? "tokens" : "numbers", p->rank);
    for (int i = 0; i < p->rank; i++)
        if (p->dim[i] < 1)
            net_fail(n, SPML_USAGE, "arch-data", "the samples have an extent of %lld", (long long)p->dim[i]);
    if (p->n_out < 1 || p->rank < 0 || p->rank >= IR_MAX_RANK)
        net_fail(n, SPML_USAGE, "arch-data", "%d outputs, samples of rank %d", p->n_out, p->rank);
}

static const Dim *symbol(Graph *g, const char *name, int64_t hi)
{
    Sym *s = graph_sym(g, name, strlen(name));
    if (!s)
        return NULL;
    s->lo = 1;
    s->hi = hi;
    return dim_sym(g, s);
}

static Value *input(Net *n)
{
    const ArchPorts *p = n->ports;
    const Dim *d[IR_MAX_RANK] = {symbol(n->g, "batch", INT64_MAX)};
    for (int i = 0; i < p->rank; i++)
        d[i + 1] = p->tokens ? symbol(n->g, "tokens", INT64_MAX) : dim_const(n->g, p->dim[i]);
    const Type t = type_tensor(n->g, p->tokens ? DT_i64 : DT_f32, p->rank + 1, d);
    return graph_input(n->g, "x", &t);
}

SpmlCode arch_build(const char *spec, const ArchPorts *ports, uint64_t seed, Arena *a, Graph **out, Error *err)
{
    Net n = {.ports = ports, .seed = seed, .err = err};
    const ArchRow *r = spec_read(&n, spec);
    *out = NULL;
    if (r)
        data_check(&n, r);
    if (n.code)
        return n.code;
    n.g = graph_new(a, r->name);
    Value *x = n.g ? input(&n) : NULL, *y = x ? r->build(&n, x) : NULL;
    if (n.code)
        return error_context(err, "%s", spec), n.code;
    if (!y || a->oom || !graph_output(n.g, y))
        return error_oom(err);
    y->name = "y";
    SpmlCode code = graph_infer(n.g, err);
    if (!code && !(code = graph_verify(n.g, err)))
        *out = n.g;
    return code;
}
