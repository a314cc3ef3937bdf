/* SPDX-License-Identifier: MIT
 * emit tests: the generator. Types are always written out, so that a text means the same after any cut. NaN may not reach an integer by its bits:
 * its sign and payload are nobody's promise. */
#include "gen.h"

#include <string.h>

uint64_t gen_next(uint64_t *s)
{
    uint64_t z = *s += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

enum { T_i32, T_f32, T_i64, T_u32, T_f64, T_u64, T_bool, N_TYPES, MAX_VARS = 24, MAX_DEPTH = 5 };
static const DType types[N_TYPES] = { DT_i32, DT_f32, DT_i64, DT_u32, DT_f64, DT_u64, DT_bool };
static const char *const type_name[N_TYPES] = { "i32", "f32", "i64", "u32", "f64", "u64", "bool" };
/* inputs and what their elements calculate as */
static const struct { DType t; const char *name; int as; } ins[GEN_MAX_INS] = {
    { DT_i32, "i", T_i32 }, { DT_f32, "f", T_f32 }, { DT_i64, "l", T_i64 }, { DT_u32, "u", T_u32 }, { DT_f64, "d", T_f64 }, { DT_u64, "q", T_u64 }, { DT_bool, "b", T_bool },
    { DT_i32, "i2", T_i32 }, { DT_f32, "f2", T_f32 }, { DT_f16, "h", T_f32 }, { DT_bf16, "g", T_f32 }, { DT_i8, "c", T_i32 }, { DT_u8, "o", T_u32 },
    { DT_i16, "s", T_i32 }, { DT_u16, "w", T_u32 },
};
static const char *const outs[] = { "i32", "f32", "i64", "u32", "f64", "u64", "f16", "bf16", "i8", "u8", "i16", "u16", "bool" };
static const int out_as[] = { T_i32, T_f32, T_i64, T_u32, T_f64, T_u64, T_f32, T_f32, T_i32, T_u32, T_i32, T_u32, T_bool };

typedef struct Gen {
    const GenBody *b;
    size_t at;
    Text *out;
    uint32_t used;               /* inputs */
    struct { int type; unsigned number; bool constant; } var[MAX_VARS]; /* constant: a loop index */
    size_t n_vars;
    unsigned names, prefix;
    int loops;                   /* nesting */
    const char *index;           /* of the element, an i64 */
    bool shared;                 /* shared memory may be read */
} Gen;

static unsigned choose(Gen *g, unsigned n)
{
    const unsigned v = g->at < g->b->n ? g->b->choice[g->at] : 0;
    g->at++;
    return v % n;
}

static void expr(Gen *g, int t, int depth);
static void put(Gen *g, const char *s) { text_puts(g->out, s); }

/* ── leaves ── */

static void constant(Gen *g, int t)
{
    static const char *const floats[] = { "0.0", "1.0", "-1.0", "0.5", "-0.0", "3.25", "1e-40", "1e30", "inf", "nan", "2147483648.0", "-9.3e18", "16777217.0", "65520.0", "0.1", "-2.5" };
    static const char *const ints[] = { "0", "1", "2", "-1", "3", "7", "31", "32", "33", "64", "255", "65536", "-128", "1000003" };
    const bool is_float = t == T_f32 || t == T_f64;
    if (t == T_bool)
        put(g, choose(g, 2) ? "(i32(1) == i32(1))" : "(i32(0) == i32(1))");
    else if (is_float)
        text_printf(g->out, "%s(%s)", type_name[t], floats[choose(g, 16)]);
    else if (choose(g, 8) == 7)
        text_printf(g->out, choose(g, 2) ? "highest(%s)" : "lowest(%s)", type_name[t]);
    else
        text_printf(g->out, "%s(%s)", type_name[t], ints[choose(g, 14)]);
}

static void input(Gen *g, int t)
{
    unsigned candidates[GEN_MAX_INS], n = 0;
    for (unsigned i = 0; i < GEN_MAX_INS; i++)
        if (ins[i].as == t)
            candidates[n++] = i;
    const unsigned i = candidates[choose(g, n)], how = choose(g, 4);
    g->used |= 1u << i;
    const bool cast = ins[i].t != types[t];
    if (cast)
        text_printf(g->out, "%s(", type_name[t]);
    if (how == 3)
        text_printf(g->out, "%s[(%s * 5 + 1) %% N]", ins[i].name, g->index);
    else if (how == 2)
        text_printf(g->out, "(%s[%s + 3] else %s(%s))", ins[i].name, g->index, dtype_name(ins[i].t), ins[i].t == DT_bool ? "i32(1)" : "1");
    else
        text_printf(g->out, "%s[%s]", ins[i].name, g->index);
    put(g, cast ? ")" : "");
}

static bool variable(Gen *g, int t)
{
    unsigned candidates[MAX_VARS], n = 0;
    for (unsigned i = 0; i < g->n_vars; i++)
        if (g->var[i].type == t)
            candidates[n++] = i;
    if (n)
        text_printf(g->out, "v%u_%u", g->prefix, g->var[candidates[choose(g, n)]].number);
    return n > 0;
}

static void leaf(Gen *g, int t)
{
    const unsigned how = choose(g, 6);
    if (how == 0)
        constant(g, t);
    else if (how < 4 && variable(g, t))
        return;
    else if (g->shared && how == 4 && (t == T_f32 || t == T_i32)) {
        text_printf(g->out, t == T_f32 ? "sh[" : "cn[");
        expr(g, T_i64, 1);
        put(g, t == T_f32 ? " & 31]" : " & 15]");
    } else if (t == T_i64 && how == 5)
        put(g, g->index);
    else
        input(g, t);
}

/* ── operators ── */

static void call(Gen *g, const char *f, int t, int depth, int n)
{
    text_printf(g->out, "%s(", f);
    for (int i = 0; i < n; i++) {
        put(g, i ? ", " : "");
        expr(g, t, depth);
    }
    put(g, ")");
}

static void infix(Gen *g, const char *op, int t, int right, int depth)
{
    put(g, "(");
    expr(g, t, depth);
    text_printf(g->out, " %s ", op);
    expr(g, right, depth);
    put(g, ")");
}

static void arithmetic(Gen *g, int t, int depth)
{
    static const char *const ops[] = { "+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>" };
    static const char *const calls[] = { "min", "max", "mulhi" };
    static const char *const unary[] = { "-", "abs", "~", "clz", "popcount" };
    static const char *const funary[] = { "-", "abs", "sqrt", "floor", "ceil", "trunc", "rint" };
    const bool f = t == T_f32 || t == T_f64;
    const unsigned how = choose(g, 20);
    if (how < 10)
        infix(g, ops[f ? how % 4 : how], t, t, depth);
    else if (how < 14)
        call(g, calls[how % (f ? 2 : 3)], t, depth, 2);
    else if (f && how == 19 && choose(g, 4) == 3)
        infix(g, "%", t, t, depth);
    else
        call(g, f ? funary[choose(g, 7)] : unary[choose(g, 5)], t, depth, 1);
}

static void conversion(Gen *g, int t, int depth)
{
    static const int twin[N_TYPES] = { T_u32, T_u32, T_u64, T_i32, T_u64, T_i64, T_bool };
    const unsigned how = choose(g, 4), from = choose(g, N_TYPES);
    if (how < 2) {
        call(g, type_name[t], (int)from, depth, 1);
    } else if (how == 2 && from != T_bool) {
        text_printf(g->out, "sat(%s, ", type_name[t]);
        expr(g, (int)from, depth);
        put(g, ")");
    } else if (t == T_u32 || t == T_u64) { /* no bits of a NaN */
        call(g, t == T_u32 ? "bits32" : "bits64", t == T_u32 ? T_f32 : T_f64, depth, 1);
    } else {
        text_printf(g->out, "bitcast(%s, ", type_name[t]);
        expr(g, twin[t], depth);
        put(g, ")");
    }
}

static void truth(Gen *g, int depth)
{
    static const char *const compare[] = { "<", "==", "!=", "<=", ">", ">=" };
    const unsigned how = choose(g, 12);
    if (how < 7)
        infix(g, compare[choose(g, 6)], (int)choose(g, 6), -1, depth);
    else if (how == 7)
        infix(g, "&&", T_bool, T_bool, depth);
    else if (how == 8)
        infix(g, "||", T_bool, T_bool, depth);
    else if (how == 9)
        call(g, "!", T_bool, depth, 1);
    else if (how == 10)
        call(g, "isnan", choose(g, 2) ? T_f64 : T_f32, depth, 1);
    else
        call(g, "bool", (int)choose(g, 6), depth, 1);
}

static void expr(Gen *g, int t, int depth)
{
    static int last; /* the left side's type, for comparisons */
    t = t < 0 ? last : t;
    last = t;
    const unsigned how = depth <= 0 ? 0 : choose(g, 8);
    if (how < 2)
        leaf(g, t);
    else if (how == 7) {
        put(g, "(");
        expr(g, T_bool, depth - 1);
        put(g, " ? ");
        expr(g, t, depth - 1);
        put(g, " : ");
        expr(g, t, depth - 1);
        put(g, ")");
    } else if (t == T_bool)
        truth(g, depth - 1);
    else if (how < 6)
        arithmetic(g, t, depth - 1);
    else
        conversion(g, t, depth - 1);
    last = t;
}

/* ── statements ── */

static void statements(Gen *g, unsigned n, int depth);

static unsigned new_var(Gen *g, int t, bool is_constant)
{
    const unsigned number = g->names++;
    if (g->n_vars < MAX_VARS) {
        g->var[g->n_vars].type = t;
        g->var[g->n_vars].number = number;
        g->var[g->n_vars++].constant = is_constant;
    }
    return number;
}

static void declare(Gen *g)
{
    const int t = (int)choose(g, N_TYPES);
    text_printf(g->out, "var v%u_%u: %s = ", g->prefix, g->names, type_name[t]);
    expr(g, t, 3);
    put(g, "; ");
    new_var(g, t, false);
}

static void assign(Gen *g)
{
    static const char *const ops[] = { "=", "+=", "-=", "*=", "/=", "min=", "max=", "^=", "|=" };
    unsigned candidates[MAX_VARS], n = 0;
    for (unsigned i = 0; i < g->n_vars; i++)
        if (!g->var[i].constant)
            candidates[n++] = i;
    if (!n) {
        declare(g);
        return;
    }
    const unsigned v = candidates[choose(g, n)];
    const int t = g->var[v].type;
    const unsigned ops_of = t == T_bool ? 1 : t == T_f32 || t == T_f64 ? 7 : 9;
    text_printf(g->out, "v%u_%u %s ", g->prefix, g->var[v].number, ops[choose(g, ops_of)]);
    expr(g, t, 3);
    put(g, "; ");
}

static void block(Gen *g, unsigned n, int depth)
{
    const size_t vars = g->n_vars;
    put(g, "{ ");
    statements(g, n, depth);
    put(g, "} ");
    g->n_vars = vars;
}

static void branch(Gen *g, int depth)
{
    put(g, "if (");
    expr(g, T_bool, 2);
    put(g, ") ");
    block(g, 1 + choose(g, 2), depth - 1);
    if (choose(g, 2)) {
        put(g, "else ");
        block(g, 1 + choose(g, 2), depth - 1);
    }
}

static void loop(Gen *g, int depth)
{
    const size_t vars = g->n_vars;
    const unsigned trips = 1 + choose(g, 5);
    if (choose(g, 2)) { /* while, its counter out of reach of other statements */
        const unsigned k = g->names++;
        text_printf(g->out, "var v%u_%u: i32 = %u; while (v%u_%u > 0 && ", g->prefix, k, trips, g->prefix, k);
        expr(g, T_bool, 2);
        text_printf(g->out, ") { v%u_%u -= 1; ", g->prefix, k);
    } else {
        const unsigned k = new_var(g, T_i64, true);
        text_printf(g->out, "for (v%u_%u < %u) { ", g->prefix, k, trips);
    }
    statements(g, 1 + choose(g, 2), depth - 1);
    put(g, "} ");
    g->n_vars = vars;
}

/* A private array: filled in a loop, read by any index under a mask. */
static void array(Gen *g)
{
    const unsigned a = g->names++, k = g->names++;
    text_printf(g->out, "var v%u_%u: i32[8] = 3; for (v%u_%u < 8) v%u_%u[v%u_%u] = ", g->prefix, a, g->prefix, k, g->prefix, a, g->prefix, k);
    expr(g, T_i32, 2);
    text_printf(g->out, "; var v%u_%u: i32 = v%u_%u[", g->prefix, g->names, g->prefix, a);
    expr(g, T_i64, 2);
    put(g, " & 7]; ");
    new_var(g, T_i32, false);
}

static void statements(Gen *g, unsigned n, int depth)
{
    for (unsigned s = 0; s < n; s++) {
        const unsigned how = choose(g, 10);
        if (how < 3 || depth <= 0)
            declare(g);
        else if (how < 6)
            assign(g);
        else if (how < 8)
            branch(g, depth);
        else if (how == 8)
            loop(g, depth);
        else
            array(g);
    }
}

/* ── kernels ── */

static void store(Gen *g, const char *y, unsigned out)
{
    const bool same = !strcmp(outs[out], type_name[out_as[out]]);
    const unsigned how = same ? 0 : 1 + choose(g, 2);
    text_printf(g->out, "%s[n] = ", y);
    text_printf(g->out, how == 0 ? "" : how == 1 ? "%s(" : "sat(%s, ", outs[out]);
    expr(g, out_as[out], 3);
    put(g, how ? "); " : "; ");
}

/* Shared memory, a loop or a branch that all lanes take, divergence inside, colliding updates, a reduction over lanes. */
static void group_body(Gen *g, unsigned out)
{
    static const char *const update[] = { "+=", "-=", "min=", "max=", "^=", "|=", "&=", "*=" };
    static const char *const reducer[] = { "sum", "max", "min", "prod" };
    static const char *const around[] = { "", "for (r < 3) ", "if (N > 40) " };
    const unsigned by = 1 + choose(g, 40);
    text_printf(g->out, "group (n < N by %u) { shared sh: f32[32]; shared cn: i32[16]; each (z < 32) { ", by);
    g->index = "(z % N)";
    statements(g, choose(g, 2), 1);
    put(g, "sh[z] = ");
    expr(g, T_f32, 2);
    g->n_vars = 0;
    put(g, "; } each (z < 16) cn[z] = ");
    expr(g, T_i32, 2);
    text_printf(g->out, "; %seach (n) { ", around[choose(g, 3)]);
    g->index = "n";
    statements(g, choose(g, 3), 2);
    put(g, "if (");
    expr(g, T_bool, 2);
    put(g, ") scatter ordered cn[");
    expr(g, T_i64, 2);
    text_printf(g->out, " & 15] %s ", update[choose(g, 8)]);
    expr(g, T_i32, 2);
    put(g, "; } ");
    g->n_vars = 0;
    const bool reduces = choose(g, 2);
    const int t = (int)choose(g, 6);
    if (reduces) {
        text_printf(g->out, "let total = %s(", reducer[choose(g, 4)]);
        g->index = "(j % N)";
        expr(g, t, 2);
        text_printf(g->out, " over j < %u); ", choose(g, 4) ? 1 + choose(g, 200) : 16384 + choose(g, 200));
    }
    g->shared = true;
    g->index = "n";
    put(g, "each (n) { ");
    if (reduces) {
        text_printf(g->out, "var v%u_%u: %s = total; ", g->prefix, g->names, type_name[t]);
        new_var(g, t, false);
    }
    statements(g, choose(g, 3), 2);
    store(g, "y0", out);
    put(g, "} } ");
    g->shared = false;
}

/* Items that reduce, contract or scan: a group each where there are lanes. */
static void item_body(Gen *g, unsigned out)
{
    const unsigned how = choose(g, 3), n = 1 + choose(g, 200);
    const int t = (int)choose(g, 6);
    put(g, "each (n) { ");
    g->index = "(j % N)";
    text_printf(g->out, "let total = %s(", how == 0 ? "mix" : how == 1 ? "sum" : "dot");
    expr(g, how == 0 ? T_u32 : t, 2);
    if (how == 2) {
        put(g, ", ");
        expr(g, t, 1);
    }
    text_printf(g->out, " over j < %u if ", n);
    expr(g, T_bool, 2);
    put(g, how == 0 ? ").h; " : "); ");
    g->index = "n";
    text_printf(g->out, "var v%u_%u: %s = total; ", g->prefix, g->names, how == 0 ? "u32" : type_name[t]);
    new_var(g, how == 0 ? T_u32 : t, false);
    statements(g, choose(g, 3), 2);
    store(g, "y0", out);
    put(g, "} ");
}

static void scan_body(Gen *g, unsigned out)
{
    const int t = (int)choose(g, 6);
    g->index = "n";
    text_printf(g->out, "each (one < 1) scan before, after = %s(", choose(g, 2) ? "max" : "sum");
    expr(g, t, 2);
    text_printf(g->out, " over n) { var v%u_%u: %s = before; var v%u_%u: %s = after; ", g->prefix, g->names, type_name[t], g->prefix, g->names + 1, type_name[t]);
    new_var(g, t, false);
    new_var(g, t, false);
    statements(g, choose(g, 3), 2);
    store(g, "y0", out);
    put(g, "} ");
}

static void body(Gen *g, unsigned *out, size_t number)
{
    char y[24];
    snprintf(y, sizeof y, "y%zu", number);
    *out = choose(g, sizeof outs / sizeof *outs);
    g->index = "n";
    if (g->b->form == GEN_EACH) {
        put(g, "{ ");
        statements(g, choose(g, 6), 3);
        store(g, y, *out);
        put(g, "}\n    ");
        return;
    }
    const unsigned how = choose(g, 6);
    if (how < 3)
        group_body(g, *out);
    else if (how < 5)
        item_body(g, *out);
    else
        scan_body(g, *out);
}

void gen_header(Text *out)
{
    text_puts(out, "fn bits32(x: f32): u32 = isnan(x) ? u32(0) : bitcast(u32, x);\nfn bits64(x: f64): u64 = isnan(x) ? u64(0) : bitcast(u64, x);\n"
                   "reducer mix { h: u32 = 7; step (x: u32) { h = h * 31 + x; } merge (o) { h = (h ^ o.h) * 5; } }\n");
}

void gen_kernel(const char *name, const GenBody *const *bodies, size_t n, Text *out)
{
    Text text = { 0 };
    unsigned type[GEN_PER_KERNEL];
    uint32_t used = 0;
    for (size_t i = 0; i < n; i++) {
        Gen g = { .b = bodies[i], .out = &text, .prefix = (unsigned)i };
        body(&g, &type[i], i);
        used |= g.used;
    }
    text_printf(out, "kernel %s(", name);
    for (unsigned i = 0; i < GEN_MAX_INS; i++)
        if (used >> i & 1)
            text_printf(out, "in %s: %s[N], ", ins[i].name, dtype_name(ins[i].t));
    for (size_t i = 0; i < n; i++)
        text_printf(out, i ? ", out y%zu: %s[N]" : "out y%zu: %s[N]", i, outs[type[i]]);
    text_printf(out, bodies[0]->form == GEN_EACH ? ") {\n    each (n) { %s} }\n" : ") { %s}\n", text.p ? text.p : "");
    text_free(&text);
}

void gen_body(GenForm form, uint64_t seed, GenBody *out)
{
    out->form = form;
    out->n = 400;
    for (size_t i = 0; i < out->n; i++)
        out->choice[i] = (uint8_t)(gen_next(&seed) >> 24);
}

/* ── values ── */

void gen_value(DType t, void *p, size_t i, uint64_t *state)
{
    static const double corners[] = { 0.0, -0.0, 1.0, -1.0, 0.5, 1.5, 2.5, 1e-310, 1e-40, -1e-45, 3e38, -3e38, 1e300, 2147483647.5, 2147483648.0, -2147483649.0, 4294967296.0, 9.3e18, 1.9e19,
                                      65504.0, 65520.0, 1.0 / 3.0, 33.0, 255.5, -128.5, 1e9, 16777217.0 };
    const uint64_t r = gen_next(state), how = r & 7, bits = gen_next(state);
    const unsigned sz = dtype_info[t].bytes;
    uint64_t v = bits;
    if (t == DT_bool)
        v = bits & 1;
    else if (dtype_is_float(t)) {
        if (how == 0)
            v = t == DT_f32 ? 0x7f800000u | (bits & 0x80000000u) : t == DT_f64 ? 0x7ff0000000000000u | (bits & 1) << 63 : t == DT_f16 ? 0x7c00 : 0x7f80;
        else if (how == 1)
            v = t == DT_f32 ? 0x7fc00000u : t == DT_f64 ? 0x7ff8000000000000u : t == DT_f16 ? 0x7e00 : 0x7fc0;
        else if (how < 5) {
            dtype_set_f64(t, p, i, corners[bits % (sizeof corners / sizeof *corners)]);
            return;
        } else if (how == 5) {
            dtype_set_f64(t, p, i, (double)(int64_t)(bits % 41) - 20);
            return;
        }
    } else if (how < 2)
        v = bits % 7 - 3;
    else if (how == 2)
        v = UINT64_C(1) << (8 * sz - 1);
    else if (how == 3)
        v = (UINT64_C(1) << (8 * sz - 1)) - 1;
    else if (how == 4)
        v = bits % 70;
    memcpy((uint8_t *)p + i * sz, &v, sz);
}
