/* SPDX-License-Identifier: MIT
 * unit tests of the kernel language's front end: every diagnostic of section 11 that is not of a launch or the interpreter, places and
 * carets, depth limits, mutated sources, bindings, keys, functions alone, generated texts. Numbers are kir_cases.c's part. */
#include "kir/kir.h"
#include "kir/prims.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
// clang-format off
#include <cmocka.h>
// clang-format on

static SpmlCode parse(const char *text, Arena *a, KModule **m, Error *e)
{
    KSource s = {"t.k", text, strlen(text)};
    return kir_parse(&s, 1, a, m, e);
}

static SpmlCode check(const char *text, Error *e)
{
    Arena a = {0};
    KModule *m;
    SpmlCode c = parse(text, &a, &m, e);
    if (!c)
        c = kir_check_all(m, e);
    arena_free(&a);
    return c;
}

/* ── diagnostics ── */

typedef struct Bad { const char *text, *want; } Bad;

#define IN_FN(body) "fn f(x: f32, i: i32, n: i64, h: f16): f32 { " body " return x; }"
#define USE(e) "fn f(x: f32, i: i32, n: i64, h: f16): f32 { let a" e "; return a == a ? x : x; }"
#define EACH(body) "kernel t(in x: f32[N, M], in ix: i64[N], out y: f32[N], inout z: f32[N]) { each (n) { " body " } }"
#define GROUP(body) "kernel t(in x: f32[N], out y: f32[N]) { group (i < N by 8) { " body " } }"
static const Bad bad[] = {
    {"const A: i64 = 09x;", "bad character or number near '09x'"}, {"fn f(x: f32): f32 = x @ 1;", "bad character or number near '@'"},
    {IN_FN("let a = x }"), "expected ';', found '}'"}, {"fn let(x: f32): f32 = x;", "'let' is a keyword"},
    {"fn f(x: f32): f32 = ", "expected an expression, found end of file"},
    {"fn f(x: f32): f32 = q;", "unknown name 'q'"}, {"fn f(x: f33): f32 = x;", "unknown name 'f33'"},
    {EACH("each (n < 3) z[n] = 1;"), "'n' is already declared"}, {"fn f(x: f32): f32 = x; fn f(x: f32): f32 = x;", "'f' is already declared"},
    {IN_FN("let k = x;"), "'k' is never used"}, {IN_FN("var s: f32;"), "var 's' needs an initial value"},
    {IN_FN("let a = x;  a = x;"), "'a' is not a var"}, {USE(" = x + i"), "+: types differ: f32 and i32"},
    {USE(" = h + h"), "+: no arithmetic on f16; convert to f32 first"}, {USE(": i32 = 1.5"), "'a': a float literal cannot become i32"},
    {USE(": i8 = 300"), "300 does not fit i8"}, {USE(": i8 = -129"), "-129 does not fit i8"}, {USE(": u32 = 0x100000000"), "4294967296 does not fit u32"},
    {"kernel t(in x: f16[N], out y: f32[N]) { each (n) y[n] = x[n]; }", "y is f32, the value is f16"},
    {IN_FN("if (n) { }"), "the condition is i64, not bool"}, {USE(" = n > 0 && x"), "&& wants bool, found f32"},
    {USE(" = i & 1.0"), "& wants integers or bool, found a float literal"}, {USE(" = x & i"), "& wants integers or bool, found f32"},
    {EACH("y[n] = x[n, 1.0];"), "index 1.0 is a float literal, not an integer"}, {EACH("y[n] = x[n];"), "x has 2 dimensions, 1 indices given"},
    {EACH("each (k) z[k] = 1;"), "axis 'k' has no bound: write k < EXPR (no dimension is called K)"},
    {EACH("y[n] = x[ix[n], 0];"), "x[ix[n], 0]: the index depends on data; add else"}, {EACH("x[n, 0] = 1;"), "in x cannot be written"},
    {EACH("y[n] = 1; z[n] = y[n];"), "out y cannot be read; declare it inout"}, {EACH("y[n] += 1;"), "out y cannot be read; declare it inout"},
    {EACH("var s: f32[N] = 0; s[0] = 1; y[n] = s[0];"), "size of 's' is not constant"},
    {GROUP("shared s: f32[i + 1];  each (i) y[i] = 1;"), "size of 's' is not constant"},
    {EACH("var a: f32 = 0; each (m) a += x[n, m]; y[n] = a;"),
        "'a' belongs to the code around this each: items would race; use a reduction, scan or scatter"},
    {"kernel t(out y: f32[N]) { each (n) y[n] = 1; each (n) y[n] = 2; }", "kernel t: the body is lets and then exactly one each or group"},
    {"kernel t(out y: f32[N]) { }", "kernel t: the body is lets and then exactly one each or group"},
    {EACH("group (m) y[n] = 1;"), "group stands only at the top of a kernel"}, {EACH("shared s: f32[4];"), "shared stands only directly inside group"},
    {EACH("tile s[m] = 0;"), "tile stands only directly inside group"}, {EACH("for (m < 4 by 2) y[n] = 1;"), "by stands only in group, or in a for directly inside it"},
    {"kernel t(out y: f32[N]) { each (n by 4) y[n] = 1; }", "by stands only in group, or in a for directly inside it"},
    {"kernel t(out y: f32[N]) { group (n < N by 4) { tile a[n]: f32 = 0; each (n) y[n] = a[n + 1]; } }", "tile a: index n + 1 is not an axis"},
    {USE(" = foo(x)"), "unknown function 'foo'"}, {USE(" = foo(x over k < 3)"), "unknown reducer 'foo'"},
    {"fn exp(x: f32): f32 = x; fn g(x: f32): f32 = exp(x, x);", "exp takes 1 arguments, 2 given"},
    {USE(" = sqrt(x, x)"), "sqrt takes 1 arguments, 2 given"},
    {"ordered reducer linrec { h: f32 = 0; step (x: f32) { h = h + x; } merge (o) { h = h + o.h; } } kernel t(in x: f32[N, M], out y: f32[N]) {"
     " each (n) y[n] = linrec(x[n, m] over m).h; }", "reducer 'linrec' is ordered: use it in scan"},
    {"kernel t(in x: f32[N], out y: f32[N]) { each (q < 1) scan a, _ = sum(x[n] over n, m < 2) y[n] = a; }", "scan runs over one axis"},
    {"fn u<T: uint>(x: T): T = x; " USE(" = u(x)"), "T must be uint, f32 given"},
    {"reducer welford { n: f32 = 0; step (x: f32) { n += x; } merge (o) { n += o.n; } } kernel t(in x: f32[N, M], out y: f32[N]) {"
     " each (n) y[n] = welford(x[n, m] over m).sd; }", "welford has no field 'sd'"},
    {USE(" = bitcast(u64, x)"), "bitcast: u64 and f32 differ in width"},
    {IN_FN("static if (x > 0) { }"), "static if wants a constant condition"}, {"fn f(x: f32): f32 = f(x);", "fn f calls itself"},
    {"fn g(x: f32): f32 = f(x); fn f(x: f32): f32 = g(x);", "fn g calls itself"},
    {"fn f(x: f32): f32 { let a = x; }", "fn f must end with return"}, {IN_FN("if (x > 0) return x;"), "fn f must end with return"},
    {EACH("scatter z[ix[n]] = 1;"), "scatter needs a conflict rule: unique, last or ordered"}, {EACH("scatter last z[ix[n]] += 1;"), "scatter last takes = only"},
    {EACH("scatter ordered z[ix[n]] = 1;"), "scatter ordered takes an updating operator; use last for ="},
    {GROUP("shared h: u32[8]; each (i) { let r = scatter ordered h[i] += 2; y[r] = 1; }"), "let … = scatter wants ordered, += 1, on a shared integer"},
    {EACH("let r = scatter ordered z[n] += 1; y[n] = r;"), "let … = scatter wants ordered, += 1, on a shared integer"},
    {GROUP("shared h: f32[8]; each (i) { let r = scatter ordered h[i] += 1; y[i] = r; }"), "let … = scatter wants ordered, += 1, on a shared integer"},
    /* beyond the table */
    {"struct s { a: f32; } " USE(" = s(x) + s(x)"), "+: no arithmetic on s"}, {USE(" = x > 0 ? x : i"), "?: types differ: f32 and i32"},
    {"block b[32] align 4 { d: f16; q: u8[7]; }", "block 'b': 9 bytes are not a multiple of its alignment 4"},
    {"const T: i32[3] = { 1, 2 };", "'T' has 2 values, its size is larger"}, {"const A: f32 = B; const B: f32 = 1;", "unknown name 'B'"},
    {"struct a { x: b; } struct b { x: a; }", "unknown name 'b'"}, {USE(" = i << 1.5"), "<< wants integers, found a float literal"},
    {"kernel t(in x: f32[I...], out y: f32[I...]) { each (i...) y[i...] = x[i]; }", "'i' is a pack: write i... in an index"},
    {"kernel t(out y: f32[N]) { each (n) y[n] = sum(1.0 over k < 3 from 2.0); }", "from stands only in dot"},
    {"fn f(x: f32): i32 = x;", "f is i32, the value is f32"},
};

static void test_diagnostics(void **s)
{
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        Error e = {0};
        SpmlCode c = check(bad[i].text, &e);
        char *msg = strstr(e.text, ": "), *end = msg ? strchr(msg, '\n') : NULL;
        if (!c || !end)
            fail_msg("%s\n  wanted: %s\n  found: %s", bad[i].text, bad[i].want, e.text);
        size_t n = (size_t)(end - msg - 2);
        if (strlen(bad[i].want) != n || memcmp(msg + 2, bad[i].want, n))
            fail_msg("%s\n  wanted: %s\n  found: %s", bad[i].text, bad[i].want, e.text);
        assert_true(!strncmp(e.text, "t.k:1:", 6) && strchr(end, '^'));
    }
}

static void test_places(void **s)
{
    Error e = {0};
    assert_int_equal(check("fn f(x: f32): f32 {\n    let a = x + y;\n    return a;\n}\n", &e), SPML_DATA);
    assert_string_equal(e.text, "t.k:2:17: unknown name 'y'\n    let a = x + y;\n                ^");
    assert_string_equal(e.key, "kernel-syntax");
    Error f = {0}; /* a long line is cut around the column */
    char text[4000] = "fn f(x: f32): f32 = x";
    for (int i = 0; i < 400; i++)
        strcat(text, " + x");
    strcat(text, " + q;");
    assert_int_equal(check(text, &f), SPML_DATA);
    assert_non_null(strstr(f.text, "nested deeper"));
    Error g = {0};
    char line[1200];
    snprintf(line, sizeof line, "fn f(x: f32): f32 =%*s;", 1000, "q");
    assert_int_equal(check(line, &g), SPML_DATA);
    assert_true(strlen(g.text) < 400 && !strncmp(g.text, "t.k:1:1019: unknown name 'q'", 28));
}

/* ── limits ── */

static void repeated(const char *head, const char *unit, size_t n, const char *tail)
{
    size_t h = strlen(head), u = strlen(unit);
    char *t = malloc(h + u * n + strlen(tail) + 1);
    memcpy(t, head, h);
    for (size_t i = 0; i < n; i++)
        memcpy(t + h + i * u, unit, u);
    strcpy(t + h + u * n, tail);
    Error e = {0};
    assert_int_not_equal(check(t, &e), SPML_OK);
    assert_true(error_is(&e));
    free(t);
}

static void test_depth(void **s)
{
    static const char *const units[] = {"(", "-", "x+", "x?", "f(", "x[", "x?x:", "!", "x&&", "x.", "a<", "[0]", "sum(x over i<", "x[0] else ", "lowest(acc("};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        repeated("fn f(x: f32): f32 = ", units[i], 50000, "x;");
    repeated("fn f(x: f32): f32 ", "{", 50000, "");
    repeated("fn f(x: f32): f32 { ", "if (true) ", 50000, "x = 1; }");
    repeated("fn f(x: f32): f32 { ", "if (true) {} else ", 50000, "x = 1; }");
    repeated("fn f(x: ", "acc(", 50000, "f32): f32 = x;");
    repeated("kernel k(out y: f32[N]) { each (n) ", "for (i < 2) ", 50000, "y[n] = 1; }");
    repeated("fn f", "<", 50000, "");
    repeated("", "fn f(x: f32): f32 = x; ", 3000, "");
    char *t = calloc(1, 400000), *p = t; /* a chain of fns */
    p += sprintf(p, "fn g0(x: f32): f32 = x;\n");
    for (int i = 1; i < 3000; i++)
        p += sprintf(p, "fn g%d(x: f32): f32 = 1.0 + g%d(x);\n", i, i - 1);
    Error e = {0};
    check(t, &e); /* declared in order: each is checked before its caller; expanding the last in place is refused */
    assert_non_null(strstr(e.text, "deeper than 64 levels"));
    p = t; /* expansion in place that doubles at every level */
    p += sprintf(p, "fn g0(x: f32): f32 = x;\n");
    for (int i = 1; i < 40; i++)
        p += sprintf(p, "fn g%d(x: f32): f32 = g%d(x) + g%d(x);\n", i, i - 1, i - 1);
    Error g = {0};
    check(t, &g);
    assert_non_null(strstr(g.text, "values"));
    free(t);
}

static char *read_path(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    char *s = calloc(1, 1 << 20);
    *n = fread(s, 1, (1 << 20) - 1, f);
    fclose(f);
    return s;
}

static char *read_text(const char *name, size_t *n)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/tests/kernels/%s", SPML_SOURCE, name);
    return read_path(path, n);
}

static uint32_t next(uint32_t *r) { return *r = *r * 1664525u + 1013904223u, *r >> 8; }

/* Some bytes changed, removed or copied; nothing may crash, hang or read outside. SPML_FUZZ sets the number of rounds. */
static void test_mutations(void **s)
{
    size_t n;
    const char *rounds = getenv("SPML_FUZZ");
    char *text = read_text("worked.k", &n), *t = malloc(n + 64);
    uint32_t r = 12345, parsed = 0;
    static const char odd[] = "(){}[]<>;:,.=+-*/%&|^!~?0x9aTi\"\\\0\x80\n";
    for (long i = 0, end = rounds ? atol(rounds) : 1000; i < end; i++) {
        size_t m = n;
        memcpy(t, text, n);
        for (uint32_t k = 1 + next(&r) % 3; k; k--) {
            size_t at = next(&r) % m, from = next(&r) % m, len = next(&r) % 12;
            if (k & 1)
                t[at] = odd[next(&r) % (sizeof odd - 1)];
            else if (at + len < m && from + len < m)
                memmove(t + at, t + from, len);
        }
        m -= next(&r) % 4 ? 0 : next(&r) % m;
        Arena a = {.sz_limit = 64 << 20};
        Error e = {0};
        KModule *mod;
        KSource src = {"m.k", t, m};
        if (!kir_parse(&src, 1, &a, &mod, &e)) {
            parsed++;
            kir_check_all(mod, &e);
        } else {
            assert_true(error_is(&e));
        }
        arena_free(&a);
    }
    assert_true(parsed > 0);
    free(t);
    free(text);
}

/* Every allocation may fail: an error, no crash. */
static void test_no_memory(void **s)
{
    size_t n;
    char *text = read_text("worked.k", &n);
    KSource src = {"m.k", text, n};
    size_t limit = 64, step = 4001;
    for (SpmlCode c = SPML_RESOURCE; c; limit += step) {
        Arena a = {.sz_limit = limit};
        Error e = {0};
        KModule *m;
        c = kir_parse(&src, 1, &a, &m, &e);
        assert_true(!c || c == SPML_RESOURCE);
        arena_free(&a);
    }
    Arena a = {0};
    KModule *m;
    Error e = {0};
    assert_int_equal(kir_parse(&src, 1, &a, &m, &e), SPML_OK);
    KBindType ty = {"T", DT_f32, NULL};
    KBindRank rk[] = {{"L", 1}, {"R", 1}};
    KirBinding b = {.types = &ty, .n_types = 1, .ranks = rk, .n_ranks = 2};
    limit = 0;
    for (SpmlCode c = SPML_RESOURCE; c; limit += 97) {
        Arena k = {.sz_limit = limit};
        Error e2 = {0};
        KirKernel *out;
        c = kir_instantiate(m, "softmax", &b, &k, &out, &e2);
        assert_true(!c || c == SPML_RESOURCE);
        arena_free(&k);
    }
    arena_free(&a);
    free(text);
}

/* ── bindings ── */

static void load(Arena *a, KModule **m)
{
    size_t n;
    Error e = {0};
    char *text = read_text("worked.k", &n);
    KSource src = {"worked.k", text, n};
    if (kir_parse(&src, 1, a, m, &e) || kir_check_all(*m, &e))
        fail_msg("%s", e.text);
    free(text);
}

static void expect(const KModule *m, const char *kernel, const KirBinding *b, const char *want)
{
    Arena a = {0};
    Error e = {0};
    KirKernel *k;
    SpmlCode c = kir_instantiate(m, kernel, b, &a, &k, &e);
    if (!c || !strstr(e.text, want))
        fail_msg("%s: wanted %s, found %s", kernel, want, e.text);
    assert_int_equal(c, SPML_UNSUPPORTED);
    arena_free(&a);
}

static void test_bindings(void **s)
{
    Arena a = {0};
    KModule *m;
    load(&a, &m);
    KBindType f16[] = {{"T", DT_f16, NULL}}, str[] = {{"T", DT_string, NULL}}, k32[] = {{"K", DT_f32, NULL}}, no[] = {{"Q", DT_f32, NULL}};
    KBindFn relu[] = {{"f", "relu"}}, nofn[] = {{"f", "nothing"}}, lin[] = {{"F", "linrec"}};
    KBindRank i1[] = {{"I", 1}}, lcr[] = {{"L", 1}, {"C", 1}, {"R", 1}};
    KBindConst big[] = {{"EXCL", 2, false}};
    expect(m, "nothing", &(KirBinding){0}, "no kernel is called 'nothing'");
    expect(m, "unary", &(KirBinding){.fns = relu, .n_fns = 1}, "type T is not bound");
    expect(m, "unary", &(KirBinding){.types = f16, .n_types = 1}, "fn f is not bound");
    expect(m, "unary", &(KirBinding){.types = f16, .n_types = 1, .fns = nofn, .n_fns = 1, .ranks = i1, .n_ranks = 1}, "unknown function 'nothing'");
    expect(m, "unary", &(KirBinding){.types = f16, .n_types = 1, .fns = relu, .n_fns = 1}, "the rank of I... is not given");
    expect(m, "unary", &(KirBinding){.types = str, .n_types = 1, .fns = relu, .n_fns = 1, .ranks = i1, .n_ranks = 1}, "type T cannot be string");
    expect(m, "unary", &(KirBinding){.types = no, .n_types = 1}, "unary has no type parameter 'Q'");
    expect(m, "radix_count", &(KirBinding){.types = k32, .n_types = 1}, "K must be uint, f32 given");
    expect(m, "reduce", &(KirBinding){.types = f16, .n_types = 1, .fns = lin, .n_fns = 1, .ranks = lcr, .n_ranks = 3}, "linrec");
    expect(m, "cumsum", &(KirBinding){.types = f16, .n_types = 1, .consts = big, .n_consts = 1, .ranks = lcr, .n_ranks = 3}, "2 does not fit bool");
    int bad_ranks[] = {2, 3};
    expect(m, "unary", &(KirBinding){.types = f16, .n_types = 1, .fns = relu, .n_fns = 1, .operand_ranks = bad_ranks, .n_operands = 2}, "operand y has 3 dimensions, not 2");
    arena_free(&a);
    KModule *p;
    Error e = {0};
    assert_int_equal(parse("kernel t(in x: f32[I...], in s: i64[J...], out y: f32[I...]) { each (i..., j...) y[i...] = x[i... + j...] else 0; }", &a, &p, &e), SPML_OK);
    KBindRank ij[] = {{"I", 2}, {"J", 1}};
    expect(p, "t", &(KirBinding){.ranks = ij, .n_ranks = 2}, "packs of different rank in one index: i, j");
    arena_free(&a);
}

static void expect_key(const KModule *m, const char *kernel, const KirBinding *b, const char *want)
{
    Text t = {0};
    kir_binding_key(m, kernel, b, &t);
    assert_string_equal(t.p, want);
    text_free(&t);
}

static void test_keys(void **s)
{
    Arena a = {0};
    KModule *m;
    load(&a, &m);
    KBindType u32[] = {{"K", DT_u32, NULL}}, f16[] = {{"T", DT_f16, NULL}};
    KBindConst c[] = {{"TILE", 1024, false}, {"SHIFT", 0, true}};
    KBindFn relu[] = {{"f", "relu"}}, root[] = {{"f", "sqrt"}};
    int ranks[] = {3, 3};
    expect_key(m, "radix_move", &(KirBinding){.types = u32, .n_types = 1, .consts = c, .n_consts = 2}, "radix_move<K=u32,SHIFT=live,TILE=1024>");
    expect_key(m, "unary", &(KirBinding){.types = f16, .n_types = 1, .fns = relu, .n_fns = 1, .operand_ranks = ranks, .n_operands = 2}, "unary<T=f16,f=relu,A=f32>/I=3");
    expect_key(m, "unary", &(KirBinding){.types = f16, .n_types = 1, .fns = root, .n_fns = 1, .operand_ranks = ranks, .n_operands = 2}, "unary<T=f16,f=sqrt,A=f32>/I=3");
    expect_key(m, "grid_sample", &(KirBinding){0}, "grid_sample");
    const char *const *names;
    assert_int_equal(kir_module_kernels(m, &names), 41);
    assert_string_equal(names[0], "unary");
    assert_true(kir_module_fns(m, &names) > 15);
    assert_string_equal(names[0], "relu");
    arena_free(&a);
}

static void test_fn_alone(void **s)
{
    Arena a = {0};
    KModule *m;
    load(&a, &m);
    Error e = {0};
    KirKernel *k;
    assert_int_equal(kir_instantiate_fn(m, "gelu", NULL, 0, &a, &k, &e), SPML_OK);
    assert_int_equal(k->n_fns, 1); /* erf and exp are inside */
    assert_string_equal(k->fns[0].name, "gelu");
    assert_int_equal(kir_verify(k, &e), SPML_OK);
    KBindType t = {"T", DT_i64, NULL};
    assert_int_equal(kir_instantiate_fn(m, "pythmod", &t, 1, &a, &k, &e), SPML_OK);
    assert_int_equal(kir_type(k, k->fns[0].params[1]), DT_i64);
    assert_int_equal(kir_instantiate_fn(m, "philox", NULL, 0, &a, &k, &e), SPML_OK);
    assert_int_equal(k->fns[0].n_results, 4);
    assert_int_equal(kir_instantiate_fn(m, "q4_min", NULL, 0, &a, &k, &e), SPML_UNSUPPORTED);
    arena_free(&a);
}

static void test_generated(void **s)
{
    Arena a = {0}, b = {0};
    KModule *m, *r;
    load(&a, &m);
    Error e = {0};
    const char *text = "kernel k7(in x: f32[N], out y: f32[N]) { each (n) y[n] = gelu(relu(x[n])); }";
    assert_int_equal(kir_parse_text(m, text, &b, &r, &e), SPML_OK);
    KirKernel *k;
    assert_int_equal(kir_instantiate(r, "k7", &(KirBinding){0}, &b, &k, &e), SPML_OK);
    assert_int_equal(kir_verify(k, &e), SPML_OK);
    assert_int_equal(kir_parse_text(m, "fn relu(x: f32): f32 = x;", &b, &r, &e), SPML_DATA);
    assert_non_null(strstr(e.text, "'relu' is already declared"));
    arena_free(&b);
    arena_free(&a);
}

/* The kernels of the tree: one module, every declaration has an instance that verifies. */
static void test_tree(void **s)
{
    glob_t g;
    assert_int_equal(glob(SPML_SOURCE "/kernels/*.k", 0, NULL, &g), 0);
    assert_int_equal(glob(SPML_SOURCE "/kernels/fuse.def", GLOB_APPEND, NULL, &g), 0);
    KSource *src = calloc(g.gl_pathc, sizeof *src);
    for (size_t i = 0; i < g.gl_pathc; i++) {
        src[i].file = strrchr(g.gl_pathv[i], '/') + 1;
        src[i].text = read_path(g.gl_pathv[i], &src[i].n);
    }
    Arena a = {0};
    Error e = {0};
    KModule *m;
    if (kir_parse(src, g.gl_pathc, &a, &m, &e) || kir_check_all(m, &e))
        fail_msg("%s", e.text);
    for (size_t i = 0; i < g.gl_pathc; i++)
        free((char *)src[i].text);
    free(src);
    globfree(&g);
    arena_free(&a);
}

static double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* The bars are 5 ms for a module and 50 µs for an elementwise instance; the best of several, with room for sanitizers. */
static void test_speed(void **s)
{
    size_t n;
    char *text = read_text("worked.k", &n);
    KSource src = {"m.k", text, n};
    KBindType ty = {"T", DT_f16, NULL};
    KBindFn fn = {"f", "relu"};
    KBindRank rk = {"I", 2};
    KirBinding b = {.types = &ty, .n_types = 1, .fns = &fn, .n_fns = 1, .ranks = &rk, .n_ranks = 1};
    double parse_best = 1e9, inst_best = 1e9;
    for (int i = 0; i < 10; i++) {
        Arena a = {0};
        Error e = {0};
        KModule *m;
        KirKernel *k;
        double t0 = now_us();
        assert_int_equal(kir_parse(&src, 1, &a, &m, &e), SPML_OK);
        double t1 = now_us();
        assert_int_equal(kir_instantiate(m, "unary", &b, &a, &k, &e), SPML_OK);
        double t2 = now_us();
        parse_best = t1 - t0 < parse_best ? t1 - t0 : parse_best;
        inst_best = t2 - t1 < inst_best ? t2 - t1 : inst_best;
        arena_free(&a);
    }
    free(text);
    assert_true(parse_best < 20000 && inst_best < 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_diagnostics), cmocka_unit_test(test_places), cmocka_unit_test(test_depth),
        cmocka_unit_test(test_mutations), cmocka_unit_test(test_no_memory), cmocka_unit_test(test_bindings), cmocka_unit_test(test_keys),
        cmocka_unit_test(test_fn_alone), cmocka_unit_test(test_generated), cmocka_unit_test(test_tree), cmocka_unit_test(test_speed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
