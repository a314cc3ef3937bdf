/* SPDX-License-Identifier: MIT
 * unit tests of the elementwise, reduction, norm and quantisation ops: scalar functions and kernels against libm in higher precision and
 * plain loops, through the interpreter; shape rules, symbolic values and the nodes that rules put around others. */
#include "kir/kir.h"
#include "lower/lower.h"
#include "ops/ops.h"

#include <math.h>
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

/* ── the module: the kernels of the tree and two that apply a scalar function ── */

static Arena arena;
static KModule *module;

static const char wrappers[] = "kernel test_unary<T, fn f>(in x: T[I...], out y: T[I...]) { each (i...) y[i...] = f(x[i...]); }\n"
                               "kernel test_binary<T, fn f>(in a: T[I...], in b: T[I...], out y: T[I...]) { each (i...) y[i...] = f(a[i...], b[i...]); }\n";

static KSource source(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/kernels/%s", SPML_SOURCE, name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    char *text = arena_alloc(&arena, 1 << 18, 1);
    size_t n = fread(text, 1, 1 << 18, f);
    fclose(f);
    return (KSource){name, text, n};
}

static int setup(void **s)
{
    KSource src[] = {source("math.k"), source("scalar.k"), source("reduce.k"), source("norm.k"), source("quant.k"), source("random.k"), {"wrappers", wrappers, sizeof wrappers - 1}};
    Error err = {0};
    if (kir_parse(src, sizeof src / sizeof *src, &arena, &module, &err))
        fail_msg("%s", err.text);
    return 0;
}

static int teardown(void **s) { return arena_free(&arena), 0; }

static KirKernel *instance(const char *kernel, KirBinding b)
{
    Error err = {0};
    KirKernel *k = NULL;
    if (kir_instantiate(module, kernel, &b, &arena, &k, &err))
        fail_msg("%s: %s", kernel, err.text);
    return k;
}

static void run_kernel(const KirKernel *k, KirLaunch *l)
{
    Error err = {0};
    if (kir_bind(k, l, &err) || kir_interpret(k, l, KORDER_SHUFFLED, true, &err))
        fail_msg("%s: %s", k->name, err.text);
}

static KirView view(void *p, int rank, int64_t d0, int64_t d1)
{
    return rank == 0 ? (KirView){.p = p} : rank == 1 ? (KirView){.p = p, .rank = 1, .dim = {d0}, .stride = {1}} : (KirView){.p = p, .rank = 2, .dim = {d0, d1}, .stride = {d1, 1}};
}

/* ── scalar functions ── */

enum { N = 4096 };
static uint64_t seed = 88172645463325252ull;
static uint64_t next(void) { return seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17; }

/* Every kind of float: edges, all exponents, and ranges where functions do something. */
static void arguments(double *x, int n)
{
    static const double edges[] = {0.0, -0.0, INFINITY, -INFINITY, NAN, 1, -1, 0.5, -0.5, 1e-45, -1e-45, 1e-40, 3e38, -3e38, 88.7, -103.9, 709.7, -745, 2, 12000, 1.5707964, 1e10, 3.1415927};
    int n_edges = sizeof edges / sizeof *edges;
    for (int i = 0; i < n; i++) {
        double u = (double)(int64_t)next() * 0x1p-63;
        x[i] = i < n_edges ? edges[i] : i % 3 == 0 ? u * 2 : i % 3 == 1 ? u * 100 : ldexp(u, (int)(next() % 250) - 125);
    }
}

static double ulp_of(long double want, int mantissa, int low)
{
    int e;
    frexpl(want, &e);
    e = e - mantissa < low ? low : e - mantissa;
    return ldexp(1, e);
}

typedef struct Unary { const char *fn; long double (*want)(long double); double ulp; } Unary;
static long double want_sigmoid(long double x) { return 1 / (1 + expl(-x)); }
static long double want_softplus(long double x) { return x > 0 ? x + log1pl(expl(-x)) : log1pl(expl(x)); }
static const Unary unaries[] = {
    {"exp", expl, 1.1}, {"expm1", expm1l, 2}, {"log", logl, 1}, {"log1p", log1pl, 2}, {"tanh", tanhl, 3}, {"sinh", sinhl, 3}, {"cosh", coshl, 3},
    {"asinh", asinhl, 2.5}, {"acosh", acoshl, 2.5}, {"atanh", atanhl, 3}, {"sin", sinl, 3}, {"cos", cosl, 3}, {"tan", tanl, 4.5}, {"asin", asinl, 3},
    {"acos", acosl, 2}, {"atan", atanl, 3}, {"erf", erfl, 2}, {"sigmoid", want_sigmoid, 3}, {"softplus", want_softplus, 3},
};

static void check(const char *fn, const char *type, double x, double got, long double want, double ulp, double tol)
{
    if (isnan(want) ? isnan(got) : (long double)got == want || fabsl(got - want) <= tol * ulp)
        return;
    fail_msg("%s<%s>(%.17g) = %.17g, not %.17g", fn, type, x, got, (double)want);
}

static void test_unary(void **s)
{
    static double x[N], y64[N];
    static float x32[N], y32[N];
    arguments(x, N);
    for (int i = 0; i < N; i++)
        x32[i] = (float)x[i];
    for (size_t k = 0; k < sizeof unaries / sizeof *unaries; k++) {
        const Unary *u = &unaries[k];
        for (int wide = 0; wide < 2; wide++) {
            KirKernel *kk = instance("test_unary", (KirBinding){.types = &(KBindType){"T", wide ? DT_f64 : DT_f32, NULL}, .n_types = 1, .fns = &(KBindFn){"f", u->fn}, .n_fns = 1,
                                                               .ranks = &(KBindRank){"I", 1}, .n_ranks = 1});
            KirLaunch l = {.view = {view(wide ? (void *)x : x32, 1, N, 0), view(wide ? (void *)y64 : y32, 1, N, 0)}};
            run_kernel(kk, &l);
            for (int i = 0; i < N; i++) {
                double arg = wide ? x[i] : x32[i], got = wide ? y64[i] : y32[i];
                long double want = u->want(arg);
                if (!wide)
                    want = fabsl(want) > 3.4028235e38L ? (long double)(float)want : want;
                check(u->fn, wide ? "f64" : "f32", arg, got, fabsl(want) > 1.797e308L ? (long double)(double)want : want, wide ? ulp_of(want, 53, -1074) : ulp_of(want, 24, -149), u->ulp);
            }
        }
    }
}

static void test_pow(void **s)
{
    static float a[N], b[N], y[N];
    static const float edges[] = {0.0f, -0.0f, 1, -1, 2, -2, 3, -3, 0.5f, -0.5f, INFINITY, -INFINITY, NAN, 1e30f, -1e30f, 16777217.0f, 1e-45f, 0.99999994f};
    enum { E = sizeof edges / sizeof *edges };
    for (int i = 0; i < N; i++) {
        a[i] = i < E * E ? edges[i / E] : (float)fabs((double)(int64_t)next() * 0x1p-60);
        b[i] = i < E * E ? edges[i % E] : (float)((double)(int64_t)next() * 0x1p-58);
    }
    KirKernel *k = instance("test_binary", (KirBinding){.types = &(KBindType){"T", DT_f32, NULL}, .n_types = 1, .fns = &(KBindFn){"f", "pow"}, .n_fns = 1, .ranks = &(KBindRank){"I", 1}, .n_ranks = 1});
    KirLaunch l = {.view = {view(a, 1, N, 0), view(b, 1, N, 0), view(y, 1, N, 0)}};
    run_kernel(k, &l);
    for (int i = 0; i < N; i++) {
        long double want = powl(a[i], b[i]);
        check("pow", "f32", a[i], y[i], fabsl(want) > 3.4028235e38L ? (long double)(float)want : want, ulp_of(want, 24, -149), 1.1);
    }
}

static void test_integers(void **s)
{
    static const int64_t a[] = {3, -2, 2, 0, 7, -7, 1, -1}, b[] = {4, 3, -1, 0, 3, 3, -5, -3}, pow_[] = {81, -8, 0, 1, 343, -343, 1, -1}, mod_[] = {3, 1, 0, 0, 1, 2, -4, -1};
    int64_t y[8];
    const char *fns[] = {"pow", "pythmod"};
    for (int k = 0; k < 2; k++) {
        KirKernel *kk = instance("test_binary", (KirBinding){.types = &(KBindType){"T", DT_i64, NULL}, .n_types = 1, .fns = &(KBindFn){"f", fns[k]}, .n_fns = 1, .ranks = &(KBindRank){"I", 1}, .n_ranks = 1});
        KirLaunch l = {.view = {view((void *)a, 1, 8, 0), view((void *)b, 1, 8, 0), view(y, 1, 8, 0)}};
        run_kernel(kk, &l);
        assert_memory_equal(y, k ? mod_ : pow_, sizeof y);
    }
}

/* ── kernels over rows ── */

enum { ROWS = 5, COLS = 700 };
static float rows[ROWS * COLS];

static void fill_rows(void)
{
    for (int i = 0; i < ROWS * COLS; i++)
        rows[i] = (float)((double)(int64_t)next() * 0x1p-61);
}

static void test_softmax(void **s)
{
    static float y[ROWS * COLS];
    fill_rows();
    rows[COLS + 3] = 1000; /* one item takes all */
    KirKernel *k = instance("softmax", (KirBinding){.types = &(KBindType){"T", DT_f32, NULL}, .n_types = 1, .ranks = &(KBindRank){"L", 1}, .n_ranks = 1});
    KirLaunch l = {.view = {view(rows, 2, ROWS, COLS), view(y, 2, ROWS, COLS)}};
    run_kernel(k, &l);
    for (int r = 0; r < ROWS; r++) {
        double m = -INFINITY, sum = 0;
        for (int c = 0; c < COLS; c++)
            m = fmax(m, rows[r * COLS + c]);
        for (int c = 0; c < COLS; c++)
            sum += exp(rows[r * COLS + c] - m);
        for (int c = 0; c < COLS; c++)
            assert_true(fabs(y[r * COLS + c] - exp(rows[r * COLS + c] - m) / sum) <= 1e-6);
    }
}

static void test_layer_norm(void **s)
{
    static float y[ROWS * COLS], g[COLS], b[COLS], mean[ROWS], inv[ROWS];
    fill_rows();
    for (int c = 0; c < COLS; c++)
        g[c] = (float)c / COLS, b[c] = 1.0f - g[c];
    const KBindType types[] = {{"T", DT_f32, NULL}, {"U", DT_f32, NULL}, {"V", DT_f32, NULL}, {"S", DT_f32, NULL}};
    const KBindRank ranks[] = {{"L", 1}, {"C", 1}};
    KirKernel *k = instance("layer_norm_stats", (KirBinding){.types = types, .n_types = 4, .ranks = ranks, .n_ranks = 2});
    KirView vg = view(g, 2, ROWS, COLS), vb = view(b, 2, ROWS, COLS);
    vg.stride[0] = vb.stride[0] = 0;
    KirLaunch l = {.view = {view(rows, 2, ROWS, COLS), vg, vb, view(mean, 1, ROWS, 0), view(inv, 1, ROWS, 0), view(y, 2, ROWS, COLS)}};
    float eps = 1e-5f;
    for (size_t i = 0; i < k->n_syms; i++) {
        if (k->syms[i].kind == KSYM_SCALAR && !strcmp(k->syms[i].name, "n"))
            l.sym[i] = COLS;
        if (k->syms[i].kind == KSYM_SCALAR && !strcmp(k->syms[i].name, "eps"))
            memcpy(&l.sym[i], &eps, sizeof eps);
    }
    run_kernel(k, &l);
    for (int r = 0; r < ROWS; r++) {
        double m = 0, v = 0;
        for (int c = 0; c < COLS; c++)
            m += rows[r * COLS + c] / COLS;
        for (int c = 0; c < COLS; c++)
            v += (rows[r * COLS + c] - m) * (rows[r * COLS + c] - m) / COLS;
        assert_true(fabs(mean[r] - m) <= 1e-6 && fabs(inv[r] - 1 / sqrt(v + eps)) <= 1e-6);
        for (int c = 0; c < COLS; c++)
            assert_true(fabs(y[r * COLS + c] - ((rows[r * COLS + c] - m) / sqrt(v + eps) * g[c] + b[c])) <= 1e-5);
    }
}

static void test_arg(void **s)
{
    float x[3][70];
    int64_t y[3];
    static const struct { const char *kernel, *reducer; int64_t want[3]; } cases[] = {
        {"arg_first", "max", {5, 11, 0}}, {"arg_last", "max", {66, 40, 69}}, {"arg_first", "min", {2, 11, 0}}, {"arg_last", "min", {65, 40, 69}}};
    for (int r = 0; r < 3; r++)
        for (int c = 0; c < 70; c++)
            x[r][c] = 0;
    x[0][5] = x[0][66] = 2;
    x[0][2] = x[0][65] = -2;
    x[1][11] = x[1][40] = NAN;
    for (size_t i = 0; i < 4; i++) {
        KirKernel *k = instance(cases[i].kernel, (KirBinding){.types = &(KBindType){"T", DT_f32, NULL}, .n_types = 1, .fns = &(KBindFn){"F", cases[i].reducer}, .n_fns = 1, .ranks = &(KBindRank){"L", 1}, .n_ranks = 1});
        KirLaunch l = {.view = {view(x, 2, 3, 70), view(y, 1, 3, 0)}};
        run_kernel(k, &l);
        assert_memory_equal(y, cases[i].want, sizeof y);
    }
}

static void test_quantize(void **s)
{
    float x[6] = {0.5f, 1.5f, 2.5f, -300, 300, NAN}, scale = 1;
    uint8_t zero = 10, y[6];
    static const uint8_t want[6] = {10, 12, 12, 0, 255, 0};
    const KBindType types[] = {{"X", DT_f32, NULL}, {"S", DT_f32, NULL}, {"Z", DT_u8, NULL}, {"Y", DT_u8, NULL}};
    KirKernel *k = instance("quantize", (KirBinding){.types = types, .n_types = 4, .ranks = (KBindRank[]){{"L", 1}, {"I", 0}}, .n_ranks = 2});
    KirView vs = {.p = &scale, .rank = 1, .dim = {6}}, vz = {.p = &zero, .rank = 1, .dim = {6}};
    KirLaunch l = {.view = {view(x, 1, 6, 0), vs, vz, view(y, 1, 6, 0)}};
    run_kernel(k, &l);
    assert_memory_equal(y, want, sizeof y);
}

/* ── shape rules ── */

static Value *input(Graph *g, DType t, int rank, const int64_t *dims)
{
    Type type = type_literal(g, t, rank, dims);
    return graph_input(g, NULL, &type);
}

static Node *op(Graph *g, int id, int n_in, Value **in) { return graph_node(g, NULL, id, "n", n_in, in, 1); }

static void infer(Graph *g)
{
    Error err = {0};
    if (graph_infer(g, &err))
        fail_msg("%s", err.text);
}

/* (batch · 2 - 4) / 2 and its comparison with -1 */
static void test_known(void **s)
{
    Graph *g = graph_new(&arena, "g");
    const Dim *batch = dim_sym(g, graph_sym(g, "batch", 5));
    Value *shape = input(g, DT_i64, 1, (int64_t[]){2});
    const Dim *known[2] = {batch, dim_const(g, 8)};
    shape->known = known;
    shape->n_known = 2;
    Value *two = graph_const_i64(g, -1, (int64_t[]){2}), *four = graph_const_i64(g, 1, (int64_t[]){4}), *minus = graph_const_i64(g, -1, (int64_t[]){-1});
    Node *mul = op(g, OP_mul, 2, (Value *[]){shape, two}), *sub = op(g, OP_sub, 2, (Value *[]){mul->out[0], four}), *div = op(g, OP_div, 2, (Value *[]){sub->out[0], two});
    Node *eq = op(g, OP_eq, 2, (Value *[]){shape, minus}), *where = op(g, OP_where, 3, (Value *[]){eq->out[0], four, shape});
    Node *count = op(g, OP_reduce_prod, 1, &shape);
    infer(g);
    assert_ptr_equal(count->out[0]->known[0], dim_mul(g, batch, dim_const(g, 8)));
    assert_int_equal(div->out[0]->n_known, 2);
    assert_ptr_equal(div->out[0]->known[1], dim_const(g, 6));
    assert_ptr_equal(sub->out[0]->known[0], dim_sub(g, dim_mul(g, batch, dim_const(g, 2)), dim_const(g, 4)));
    assert_int_equal(eq->out[0]->n_known, 2);
    assert_ptr_equal(where->out[0]->known[0], batch);
}

static void test_broadcast(void **s)
{
    Graph *g = graph_new(&arena, "g");
    Value *a = input(g, DT_f32, 3, (int64_t[]){4, 1, 3}), *b = input(g, DT_f32, 2, (int64_t[]){5, 1}), *bad = input(g, DT_f32, 1, (int64_t[]){2}), *half = input(g, DT_f16, 0, NULL);
    Node *lt = op(g, OP_lt, 2, (Value *[]){a, b});
    infer(g);
    int64_t dims[3];
    assert_true(value_literal(lt->out[0], dims) && lt->out[0]->type.dtype == DT_bool && dims[0] == 4 && dims[1] == 5 && dims[2] == 3);
    Error err = {0};
    assert_int_equal(node_infer(op(g, OP_add, 2, (Value *[]){a, bad}), &err), SPML_DATA);
    error_clear(&err);
    assert_int_equal(node_infer(op(g, OP_add, 2, (Value *[]){a, half}), &err), SPML_DATA);
    assert_non_null(strstr(err.text, "f32 and f16"));
}

/* i32 ^ f32: cast, pow in f32, cast back into the value that had been the output */
static void test_pow_types(void **s)
{
    Graph *g = graph_new(&arena, "g");
    Value *a = input(g, DT_i32, 1, (int64_t[]){3}), *b = input(g, DT_f32, 1, (int64_t[]){3});
    Node *p = op(g, OP_pow, 2, (Value *[]){a, b});
    Value *out = p->out[0];
    assert_true(graph_output(g, out));
    infer(g);
    infer(g); /* a second run changes nothing */
    assert_int_equal(out->type.dtype, DT_i32);
    assert_int_equal(out->producer->op, OP_cast);
    assert_int_equal(p->out[0]->type.dtype, DT_f32);
    assert_int_equal(g->n_nodes, 3);
    Error err = {0};
    assert_int_equal(graph_verify(g, &err), SPML_OK);
}

static void test_reduce_shapes(void **s)
{
    Graph *g = graph_new(&arena, "g");
    Value *x = input(g, DT_f32, 3, (int64_t[]){2, 3, 4}), *axes = input(g, DT_i64, 1, (int64_t[]){1});
    Node *some = op(g, OP_reduce_sum, 2, (Value *[]){x, graph_const_i64(g, 2, (int64_t[]){-1, 0})}), *all = op(g, OP_reduce_max, 1, &x), *later = op(g, OP_reduce_sum, 2, (Value *[]){x, axes});
    assert_true(node_attr(some, &(Attr){.name = "keepdims", .kind = ATTR_INT, .i = 0}));
    infer(g);
    int64_t dims[3];
    assert_true(value_literal(some->out[0], dims) && some->out[0]->type.rank == 1 && dims[0] == 3);
    assert_true(value_literal(all->out[0], dims) && all->out[0]->type.rank == 3 && dims[0] == 1 && dims[2] == 1);
    assert_true(later->dynamic && later->out[0]->type.rank == 3);
}

/* A bound that an integer type does not have is refused by name; one that it has is not. */
static void test_integer_bounds(void **s)
{
    static const struct { DType type; double lo; bool ok; } cases[] = {
        {DT_f32, -INFINITY, true}, {DT_i32, -INFINITY, false}, {DT_i32, NAN, false}, {DT_i32, 0.5, false}, {DT_i32, -3, true}, {DT_i32, -0.0, true}, {DT_i32, 1e10, false}, {DT_i64, 1e10, true},
        {DT_i64, 0x1p63, false}, {DT_i64, -0x1p63, true}, {DT_i8, -300, true}, {DT_u8, -3, false}, {DT_u64, 0x1p64, false}, {DT_bool, 0, false}, {DT_f16, 1e30, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Graph *g = graph_new(&arena, "g");
        Value *x = input(g, cases[i].type, 1, (int64_t[]){4});
        Node *n = op(g, OP_clip, 1, &x);
        Step *steps;
        Error err = {0};
        assert_true(node_attr(n, &(Attr){.name = "lo", .kind = ATTR_FLOAT, .f = cases[i].lo}) && node_attr(n, &(Attr){.name = "hi", .kind = ATTR_FLOAT, .f = 7}));
        infer(g);
        const SpmlCode code = node_lower(n, &steps, &err);
        if (code != (cases[i].ok ? SPML_OK : SPML_UNSUPPORTED) || (!cases[i].ok && (strcmp(err.key, "node-unsupported") || !strstr(err.text, "'lo'"))))
            fail_msg("%s, %g: %d %s", dtype_name(cases[i].type), cases[i].lo, code, err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unary), cmocka_unit_test(test_pow), cmocka_unit_test(test_integers), cmocka_unit_test(test_softmax), cmocka_unit_test(test_layer_norm),
        cmocka_unit_test(test_arg), cmocka_unit_test(test_quantize), cmocka_unit_test(test_known), cmocka_unit_test(test_broadcast), cmocka_unit_test(test_pow_types), cmocka_unit_test(test_reduce_shapes),
        cmocka_unit_test(test_integer_bounds),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
