/* SPDX-License-Identifier: MIT
 * unit tests of the moves, sorting, selection, control flow, sequence, text and tree ops: nodes run in a session of their own on the CPU against plain loops;
 * shape rules with symbols and the types that loops and branches settle on. */
#include "kir/prims.h"
#include "ops/known.h"
#include "ops/ops.h"
#include "run/run.h"

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

/* ── one graph, one run ── */

static Device *device;
static const KModule *module;
static Arena arena;
static Graph *g;
static Session *session;
static RtValue *got[8];

static int open_device(void **s)
{
    Error err = {0};
    return kernels_module(&module, &err) || backend_cpu.open(&(DeviceOptions){.threads = 1}, &device, &err);
}

static int close_device(void **s) { return backend_cpu.close(&device), 0; }

static int begin(void **s)
{
    arena = (Arena){0};
    g = graph_new(&arena, "test");
    return g == NULL;
}

static int end(void **s)
{
    for (int i = 0; i < 8; i++)
        rt_free(&got[i]);
    if (session)
        session_free(&session);
    else
        arena_free(&arena);
    session = NULL;
    g = NULL;
    return 0;
}

static Value *constant(DType t, int rank, const int64_t *dims, const void *p)
{
    int64_t n = 1;
    size_t sz;
    for (int i = 0; i < rank; i++)
        n *= dims[i];
    assert_true(dtype_bytes(t, (uint64_t)n, &sz));
    Value *v = graph_const(g, NULL, t, rank, dims, p, sz);
    assert_non_null(v);
    return v;
}

#define DIMS(...) (sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), (const int64_t[]){__VA_ARGS__}
static Value *scalar_i64(int64_t v) { return constant(DT_i64, 0, NULL, &v); }

static Node *add(int op, int n_out, int n_in, ...)
{
    Value *in[8];
    va_list ap;
    va_start(ap, n_in);
    for (int i = 0; i < n_in; i++)
        in[i] = va_arg(ap, Value *);
    va_end(ap);
    Node *n = graph_node(g, NULL, op, "n", n_in, in, n_out);
    assert_non_null(n);
    return n;
}

static void set_int(Node *n, const char *name, int64_t v) { assert_true(node_attr(n, &(Attr){.name = name, .kind = ATTR_INT, .i = v})); }
static void set_str(Node *n, const char *name, const char *v) { assert_true(node_attr(n, &(Attr){.name = name, .kind = ATTR_STRING, .s = v, .n = (int64_t)strlen(v)})); }

static SpmlCode try_run(Error *err)
{
    size_t n = g->n_out;
    SpmlCode code = graph_infer(g, err);
    if (!code)
        code = session_new(&arena, g, &(SessionPlace){.backend = &backend_cpu, .device = device, .module = module}, &session, err);
    return code ? code : session_run(session, NULL, 0, got, n, err);
}

static void run(void)
{
    Error err = {0};
    if (try_run(&err))
        fail_msg("%s", err.text);
}

static void refused(SpmlCode want)
{
    Error err = {0};
    assert_int_equal(try_run(&err), want);
    assert_true(err.text[0] != 0);
}

static void want_dims(int i, int rank, const int64_t *dims)
{
    assert_int_equal(got[i]->rank, rank);
    for (int d = 0; d < rank; d++)
        assert_int_equal(got[i]->dim[d], dims[d]);
}

static void want_i64(int i, int n, const int64_t *v)
{
    assert_int_equal(rt_count(got[i]), n);
    for (int k = 0; k < n; k++)
        assert_int_equal(dtype_get_i64(got[i]->dtype, got[i]->data, (uint64_t)k), v[k]);
}
#define WANT(i, ...) want_i64(i, sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t), (int64_t[]){__VA_ARGS__})

static void outputs(Node *n)
{
    for (int i = 0; i < n->n_out; i++)
        assert_true(graph_output(g, n->out[i]));
}

static uint64_t seed = 88172645463325252ull;
static uint64_t next(void) { return seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17; }

/* ── gathers and scatters ── */

static void test_gather(void **s)
{
    float x[3 * 5 * 2];
    int32_t ix[4] = {4, -1, 0, -5};
    for (int i = 0; i < 30; i++)
        x[i] = (float)i;
    Node *n = add(OP_gather, 1, 2, constant(DT_f32, DIMS(3, 5, 2), x), constant(DT_i32, DIMS(2, 2), ix));
    set_int(n, "axis", 1);
    outputs(n);
    run();
    want_dims(0, DIMS(3, 2, 2, 2));
    for (int a = 0; a < 3; a++)
        for (int j = 0; j < 4; j++)
            for (int r = 0; r < 2; r++)
                assert_true(((float *)got[0]->data)[(a * 4 + j) * 2 + r] == x[(a * 5 + (ix[j] + 5) % 5) * 2 + r]);
}

/* Integers reduce in their compute type and wrap back; indices outside are dropped. */
static void test_scatter(void **s)
{
    int8_t x[4] = {100, 1, 2, 3}, u[5] = {100, 10, 20, 30, 40};
    int64_t ix[5] = {0, -1, 1, 1, 9};
    Node *n = add(OP_scatter_elements, 1, 3, constant(DT_i8, DIMS(4), x), constant(DT_i64, DIMS(5), ix), constant(DT_i8, DIMS(5), u));
    set_str(n, "reduction", "add");
    outputs(n);
    Node *last = add(OP_scatter_elements, 1, 3, constant(DT_i8, DIMS(4), x), constant(DT_i64, DIMS(5), ix), constant(DT_i8, DIMS(5), u));
    outputs(last);
    run();
    WANT(0, -56, 51, 2, 13);
    WANT(1, 100, 30, 2, 10);
}

static void test_scatter_nd_outside(void **s)
{
    int32_t x[6] = {0}, u[3] = {1, 2, 3};
    int64_t ix[6] = {1, -1, 0, 3, -2, 0}; /* (1, 2), outside, (0, 0) */
    outputs(add(OP_scatter_nd, 1, 3, constant(DT_i32, DIMS(2, 3), x), constant(DT_i64, DIMS(3, 2), ix), constant(DT_i32, DIMS(3), u)));
    run();
    WANT(0, 3, 0, 0, 0, 0, 1);
}

static void test_scatter_bad(void **s)
{
    int32_t x[6] = {0};
    float u[3] = {1, 2, 3};
    int64_t ix[3] = {0, 1, 2};
    outputs(add(OP_scatter_elements, 1, 3, constant(DT_i32, DIMS(6), x), constant(DT_i64, DIMS(3), ix), constant(DT_f32, DIMS(3), u)));
    refused(SPML_DATA);
}

/* ── pads: more than the extent, several times over ── */

static int64_t mirrored(int64_t i, int64_t n)
{
    while (n > 1 && (i < 0 || i >= n))
        i = i < 0 ? -i : 2 * n - 2 - i;
    return n > 1 ? i : 0;
}

static void test_pad(void **s)
{
    static const char *const modes[] = {"reflect", "edge", "wrap"};
    int64_t x[3] = {10, 11, 12}, pads[2] = {8, 7};
    for (int m = 0; m < 3; m++) {
        Node *n = add(OP_pad, 1, 2, constant(DT_i64, DIMS(3), x), constant(DT_i64, DIMS(2), pads));
        set_str(n, "mode", modes[m]);
        outputs(n);
    }
    outputs(add(OP_pad, 1, 3, constant(DT_i64, DIMS(3), x), constant(DT_i64, DIMS(2), (int64_t[]){-1, 2}), scalar_i64(-7)));
    run();
    for (int64_t i = 0; i < 18; i++) {
        int64_t at = i - 8;
        assert_int_equal(((int64_t *)got[0]->data)[i], x[mirrored(at, 3)]);
        assert_int_equal(((int64_t *)got[1]->data)[i], x[at < 0 ? 0 : at > 2 ? 2 : at]);
        assert_int_equal(((int64_t *)got[2]->data)[i], x[(at % 3 + 3) % 3]);
    }
    WANT(3, 11, 12, -7, -7);
}

/* ── sorting ── */

static const float *sort_x;
static bool sort_desc;
static int sorts_before(const void *pa, const void *pb)
{
    int64_t a = *(const int64_t *)pa, b = *(const int64_t *)pb;
    float x = sort_x[a], y = sort_x[b];
    int c = isnan(x) || isnan(y) ? isnan(x) - isnan(y) : (x > y) - (x < y);
    c = sort_desc ? -c : c;
    return c ? c : a < b ? -1 : 1;
}

static void test_topk(void **s)
{
    enum { ROWS = 3, C = 77 };
    float x[ROWS * C];
    for (int i = 0; i < ROWS * C; i++)
        x[i] = next() % 9 == 0 ? NAN : next() % 11 == 0 ? -INFINITY : (float)(int64_t)(next() % 13) - 6;
    for (int d = 0; d < 2; d++) {
        Node *n = add(OP_topk, 2, 2, constant(DT_f32, DIMS(ROWS, C), x), scalar_i64(d ? C : 5));
        set_int(n, "largest", d);
        outputs(n);
    }
    run();
    for (int d = 0; d < 2; d++) {
        int k = d ? C : 5;
        for (int r = 0; r < ROWS; r++) {
            int64_t order[C];
            for (int i = 0; i < C; i++)
                order[i] = i;
            sort_x = x + r * C;
            sort_desc = d;
            qsort(order, C, sizeof *order, sorts_before);
            for (int i = 0; i < k; i++) {
                assert_int_equal(((int64_t *)got[2 * d + 1]->data)[r * k + i], order[i]);
                assert_memory_equal((float *)got[2 * d]->data + r * k + i, &sort_x[order[i]], sizeof(float));
            }
        }
    }
}

static void test_topk_too_many(void **s)
{
    float x[3] = {0};
    outputs(add(OP_topk, 2, 2, constant(DT_f32, DIMS(3), x), scalar_i64(4)));
    refused(SPML_DATA);
}

/* ── what the data decides ── */

static void test_nonzero(void **s)
{
    uint8_t some[6] = {0, 1, 0, 1, 1, 0}, none[6] = {0};
    outputs(add(OP_nonzero, 1, 1, constant(DT_bool, DIMS(2, 3), some)));
    outputs(add(OP_nonzero, 1, 1, constant(DT_bool, DIMS(2, 3), none)));
    outputs(add(OP_nonzero, 1, 1, constant(DT_f32, 0, NULL, &(float){NAN})));
    run();
    want_dims(0, DIMS(2, 3));
    WANT(0, 0, 1, 1, 1, 0, 1);
    want_dims(1, DIMS(2, 0));
    want_dims(2, DIMS(1, 1));
}

/* The extents flow into later nodes as symbols. */
static void test_compress_chain(void **s)
{
    float x[8] = {0, 1, 2, 3, 4, 5, 6, 7};
    uint8_t c[4] = {1, 0, 0, 1};
    Node *n = add(OP_compress, 1, 2, constant(DT_f32, DIMS(2, 4), x), constant(DT_bool, DIMS(4), c));
    set_int(n, "axis", 1);
    Node *t = add(OP_transpose, 1, 1, n->out[0]), *sh = add(OP_shape, 1, 1, t->out[0]), *neg = add(OP_neg, 1, 1, t->out[0]);
    outputs(neg);
    outputs(sh);
    run();
    want_dims(0, DIMS(2, 2));
    WANT(0, 0, -4, -3, -7);
    WANT(1, 2, 2);
}

static void test_unique(void **s)
{
    float x[7] = {3, NAN, 1, 3, NAN, -0.0f, 0.0f};
    Node *n = add(OP_unique, 4, 1, constant(DT_f32, DIMS(7), x));
    set_int(n, "sorted", 0);
    outputs(n);
    run();
    want_dims(0, DIMS(4));
    WANT(1, 0, 1, 2, 5);
    WANT(2, 0, 1, 2, 0, 1, 3, 3);
    WANT(3, 2, 2, 1, 2);
}

static void test_range(void **s)
{
    outputs(add(OP_range, 1, 3, scalar_i64(10), scalar_i64(-3), scalar_i64(-4)));
    outputs(add(OP_range, 1, 3, constant(DT_f32, 0, NULL, &(float){0}), constant(DT_f32, 0, NULL, &(float){1}), constant(DT_f32, 0, NULL, &(float){0.25f})));
    outputs(add(OP_range, 1, 3, scalar_i64(3), scalar_i64(3), scalar_i64(1)));
    run();
    WANT(0, 10, 6, 2, -2);
    want_dims(1, DIMS(4));
    assert_true(((float *)got[1]->data)[3] == 0.75f);
    want_dims(2, DIMS(0));
}

/* ── symbolic shapes: Shape → Gather → Concat → Reshape stays in symbols ── */

static void test_known_chain(void **s)
{
    const Dim *b = dim_sym(g, graph_sym(g, "batch", 5));
    Type t = type_tensor(g, DT_f32, 3, (const Dim *[]){b, dim_const(g, 4), dim_const(g, 6)});
    Value *x = graph_input(g, "x", &t);
    Node *sh = add(OP_shape, 1, 1, x), *first = add(OP_gather, 1, 2, sh->out[0], constant(DT_i64, DIMS(1), (int64_t[]){0}));
    Node *cat = add(OP_concat, 1, 2, first->out[0], constant(DT_i64, DIMS(1), (int64_t[]){-1}));
    set_int(cat, "axis", 0);
    Node *r = add(OP_reshape, 1, 2, x, cat->out[0]), *fill = add(OP_constant_of_shape, 1, 1, sh->out[0]), *size = add(OP_size, 1, 1, x);
    Error err = {0};
    if (graph_infer(g, &err))
        fail_msg("%s", err.text);
    assert_false(r->dynamic || fill->dynamic);
    assert_int_equal(r->out[0]->type.rank, 2);
    assert_ptr_equal(r->out[0]->type.dim[0], b);
    assert_true(dim_is(r->out[0]->type.dim[1], 24));
    assert_ptr_equal(fill->out[0]->type.dim[0], b);
    assert_int_equal(size->out[0]->n_known, 1);
    assert_ptr_equal(size->out[0]->known[0], dim_mul(g, b, dim_const(g, 24)));
}

/* ── control flow ── */

/* Loop whose carried vector grows: x ← concat(x, x); returns the loop. */
static Node *doubling(int64_t trips, bool squeeze)
{
    Value *old = constant(DT_f32, DIMS(3), (float[]){1, 2, 3}), *yes = constant(DT_bool, 0, NULL, &(uint8_t){1}), *m = scalar_i64(trips);
    Node *n = graph_node(g, NULL, OP_loop, "loop", 3, (Value *[]){m, yes, old}, 2);
    Graph *b = graph_sub(g, "body"), *outer = g;
    Value *in[3] = {graph_input(b, "i", NULL), graph_input(b, "c", NULL), graph_input(b, "x", NULL)};
    g = b;
    Node *both = add(OP_concat, 1, 2, in[2], in[2]), *ok = add(OP_identity, 1, 1, in[1]), *i = add(OP_identity, 1, 1, in[0]), *last = both;
    set_int(both, "axis", 0);
    if (squeeze)
        last = add(OP_unsqueeze, 1, 2, in[2], constant(DT_i64, DIMS(1), (int64_t[]){0}));
    assert_true(graph_output(b, ok->out[0]) && graph_output(b, last->out[0]) && graph_output(b, i->out[0]));
    g = outer;
    b->owner = n;
    assert_true(node_attr(n, &(Attr){.name = "body", .kind = ATTR_GRAPH, .graph = b}));
    outputs(n);
    return n;
}

static void test_loop(void **s)
{
    doubling(3, false);
    run();
    want_dims(0, DIMS(24));
    assert_true(((float *)got[0]->data)[23] == 3);
    WANT(1, 0, 1, 2);
}

static void test_loop_no_trips(void **s)
{
    doubling(0, false);
    run();
    want_dims(0, DIMS(3));
    want_dims(1, DIMS(0));
}

static void test_loop_rank_changes(void **s)
{
    Node *n = doubling(2, true);
    run();
    assert_int_equal(n->out[0]->type.rank, -1);
    want_dims(0, DIMS(1, 1, 3));
}

static void test_if_merges(void **s)
{
    Value *x = constant(DT_f32, DIMS(2, 3), (float[]){1, 2, 3, 4, 5, 6}), *c = constant(DT_bool, 0, NULL, &(uint8_t){1});
    Node *n = graph_node(g, NULL, OP_if, "if", 1, &c, 1);
    Graph *outer = g;
    for (int k = 0; k < 2; k++) {
        Graph *b = graph_sub(outer, k ? "no" : "yes");
        g = b;
        Node *r = k ? add(OP_identity, 1, 1, x) : add(OP_transpose, 1, 1, x);
        assert_true(graph_output(b, r->out[0]));
        b->owner = n;
        assert_true(node_attr(n, &(Attr){.name = k ? "else_branch" : "then_branch", .kind = ATTR_GRAPH, .graph = b}));
    }
    g = outer;
    outputs(add(OP_neg, 1, 1, n->out[0]));
    run();
    want_dims(0, DIMS(3, 2));
    WANT(0, -1, -4, -2, -5, -3, -6);
    assert_int_equal(n->out[0]->type.rank, 2);
    assert_true(n->out[0]->type.dim[0]->kind == DIM_SYM);
}

/* ── sequences ── */

static void test_sequence(void **s)
{
    Value *a = constant(DT_i64, DIMS(2), (int64_t[]){1, 2}), *b = constant(DT_i64, DIMS(1), (int64_t[]){3});
    Node *seq = add(OP_sequence_construct, 1, 2, a, b), *more = add(OP_sequence_insert, 1, 3, seq->out[0], b, scalar_i64(-2)), *less = add(OP_sequence_erase, 1, 1, more->out[0]);
    Node *join = add(OP_concat_from_sequence, 1, 1, less->out[0]);
    outputs(join);
    outputs(add(OP_sequence_length, 1, 1, more->out[0]));
    run();
    WANT(0, 3, 1, 2);
    WANT(1, 3);
}

static void test_sequence_outside(void **s)
{
    Value *a = constant(DT_i64, DIMS(2), (int64_t[]){1, 2});
    Node *seq = add(OP_sequence_construct, 1, 1, a);
    outputs(add(OP_sequence_at, 1, 2, seq->out[0], scalar_i64(1)));
    refused(SPML_DATA);
}

/* ── texts ── */

static Value *texts(int n, const char *const *s)
{
    StringRef r[16];
    for (int i = 0; i < n; i++)
        r[i] = (StringRef){s[i], strlen(s[i])};
    return constant(DT_string, 1, (int64_t[]){n}, r);
}

static void test_regex(void **s)
{
    static const struct { const char *pattern, *text; int match; } rows[] = {
        {"a+b", "aab", 1}, {"a+b", "xaab", 0}, {"a|b", "b", 1}, {"a|bc", "ac", 0}, {"(?:ab)*?c", "ababc", 1}, {"\\d{3}-[\\w.]+", "123-a.b_", 1}, {"[^\\d]+", "12", 0},
        {"[]x]+", "x]", 1}, {"[a-c-]+", "a-c", 1}, {"[\\]\\-a]+", "]-a", 1}, {"\\W\\S", "- ", 0}, {"", "", 1}, {"", "x", 0}, {"x\\.y", "xzy", 0},
    };
    enum { ROWS = sizeof rows / sizeof *rows };
    end(s);
    for (int i = 0; i < ROWS; i++) {
        begin(s);
        Node *n = add(OP_regex_full_match, 1, 1, texts(1, &rows[i].text));
        set_str(n, "pattern", rows[i].pattern);
        outputs(n);
        run();
        if (*(uint8_t *)got[0]->data != rows[i].match)
            fail_msg("'%s' on '%s'", rows[i].pattern, rows[i].text);
        end(s);
    }
    begin(s);
}

static void test_regex_refused(void **s)
{
    const char *t = "x";
    Node *n = add(OP_regex_full_match, 1, 1, texts(1, &t));
    set_str(n, "pattern", "(?P<name>x)\\pL");
    outputs(n);
    refused(SPML_UNSUPPORTED);
}

static void test_string_moves(void **s)
{
    const char *t[4] = {"a", "bb", "", "dddd"};
    Value *x = texts(4, t);
    Node *pick = add(OP_gather, 1, 2, x, constant(DT_i64, DIMS(2), (int64_t[]){-1, 0})), *cat = add(OP_concat, 1, 2, pick->out[0], x);
    set_int(cat, "axis", 0);
    outputs(cat);
    run();
    static const char *const want[] = {"dddd", "a", "a", "bb", "", "dddd"};
    want_dims(0, DIMS(6));
    for (int i = 0; i < 6; i++)
        assert_string_equal(((StringRef *)got[0]->data)[i].p, want[i]);
}

/* ── random numbers: the seed decides; moments of a million ── */

static void test_random(void **s)
{
    static const int64_t shape[1] = {200000};
    for (int i = 0; i < 3; i++) {
        Node *n = graph_node(g, NULL, i == 2 ? OP_random_normal : OP_random_uniform, "r", 0, NULL, 1);
        assert_true(node_attr(n, &(Attr){.name = "shape", .kind = ATTR_INTS, .n = 1, .ints = shape}));
        set_int(n, "seed", 5);
        outputs(n);
    }
    run();
    assert_memory_equal(got[0]->data, got[1]->data, got[0]->sz);
    for (int i = 0; i < 3; i += 2) {
        double sum = 0, square = 0, n = (double)shape[0];
        for (int64_t k = 0; k < shape[0]; k++) {
            double v = ((float *)got[i]->data)[k];
            sum += v;
            square += v * v;
        }
        double mean = sum / n, var = square / n - mean * mean;
        assert_true(fabs(mean - (i ? 0 : 0.5)) < 0.01 && fabs(var - (i ? 1 : 1.0 / 12)) < 0.01);
    }
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, begin, end)
int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_gather), CASE(test_scatter), CASE(test_scatter_nd_outside), CASE(test_scatter_bad), CASE(test_pad), CASE(test_topk), CASE(test_topk_too_many),
        CASE(test_nonzero), CASE(test_compress_chain), CASE(test_unique), CASE(test_range), CASE(test_known_chain), CASE(test_loop), CASE(test_loop_no_trips),
        CASE(test_loop_rank_changes), CASE(test_if_merges), CASE(test_sequence), CASE(test_sequence_outside), CASE(test_regex), CASE(test_regex_refused),
        CASE(test_string_moves), CASE(test_random),
    };
    return cmocka_run_group_tests(tests, open_device, close_device);
}
