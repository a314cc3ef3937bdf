/* SPDX-License-Identifier: MIT
 * Passes over graphs written as IR text: what a product and the reshapes around it become, small powers, what an epilogue takes in, and which copies are left
 * in the steps. Takes texts, looks at nodes and steps; what they compute is checked where models run. */
#include "ir/graph.h"
#include "lower/lower.h"
#include "opt/half.h"
#include "opt/opt.h"
#include "ops/ops.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

static Graph *graph_of(const char *text, Arena *a, bool strict, bool blocked, bool running)
{
    Graph *g;
    Error e = {0};
    if (graph_parse(text, strlen(text), a, &g, &e) || graph_infer(g, &e))
        fail_msg("%s: %s", text, e.text);
    g->strict_math = strict;
    OptContext c = {.blocked = blocked, .wide = blocked, .running = running};
    if (graph_optimise(g, &c, &e))
        fail_msg("%s: %s", text, e.text);
    return g;
}

/* The ops of the nodes, in order, those of a region in brackets. */
static void ops_text(const Graph *g, char *out, size_t n)
{
    for (const Node *m = g->first; m; m = m->next) {
        const Attr *body = m->op == OP_region ? node_find(m, "body") : NULL;
        strncat(out, out[0] ? " " : "", n - strlen(out) - 1);
        if (!body) {
            strncat(out, op_info[m->op].name, n - strlen(out) - 1);
            continue;
        }
        char inner[256] = "";
        ops_text(body->graph, inner, sizeof inner);
        strncat(out, "[", n - strlen(out) - 1);
        strncat(out, inner, n - strlen(out) - 1);
        strncat(out, "]", n - strlen(out) - 1);
    }
}

typedef struct Row { const char *text, *want; bool strict, blocked, running; } Row;

static void optimised(const Row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        Arena a = {0};
        char got[512] = "";
        ops_text(graph_of(rows[i].text, &a, rows[i].strict, rows[i].blocked, rows[i].running), got, sizeof got);
        if (strcmp(got, rows[i].want))
            fail_msg("%s\n  gives %s\n  wants %s", rows[i].text, got, rows[i].want);
        arena_free(&a);
    }
}

#define GEMM "in %0 \"x\": f32[2, 3, 4] input in %1 \"w\": f32[4, 5] input in %2 \"b\": f32[5] input in %3 \"r\": f32[2, 3, 5] input let %4: i64[2] const = [-1, 4] " \
    "let %5: i64[3] const = [2, 3, 5] reshape (%0, %4) -> %6: ? matmul (%6, %1, %2) -> %7: ? "

static void reshapes(void **state)
{
    (void)state;
    static const Row rows[] = {
        {"graph { " GEMM "reshape (%7, %5) -> %8: ? add (%8, %3) -> %9: ? out %9 }", "[matmul add]", false},
        /* the product is read twice */
        {"graph { " GEMM "reshape (%7, %5) -> %8: ? out %8 out %7 }", "reshape matmul reshape", false},
        /* columns are cut, not rows */
        {"graph { " GEMM "let %8: i64[3] const = [6, 5, 1] reshape (%7, %8) -> %9: ? out %9 }", "reshape matmul reshape", false},
        /* an extent that only the run knows */
        {"graph { sym $0 \"n\" input bucket 0 1000 in %0 \"x\": f32[$0, 3, 4] input in %1 \"w\": f32[4, 5] input let %2: i64[2] const = [-1, 4] let %3: i64[3] const = [-1, 3, 5] "
            "reshape (%0, %2) -> %4: ? matmul (%4, %1) -> %5: ? reshape (%5, %3) -> %6: ? relu (%6) -> %7: ? out %7 }", "[matmul relu]", false},
        {"graph { in %0 \"x\": f32[2, 3, 4] input let %1: i64[2] const = [6, 4] let %2: i64[3] const = [2, 3, 4] reshape (%0, %1) -> %3: ? reshape (%3, %2) -> %4: ? relu (%4) -> %5: ? out %5 }", "relu", false},
        {"graph { in %0 \"x\": f32[0, 3, 4] input let %1: i64[2] const = [0, 4] let %2: i64[3] const = [2, 0, 4] reshape (%0, %1) {\"allowzero\" = 1} -> %3: ? reshape (%3, %2) {\"allowzero\" = 1} -> %4: ? out %4 }", "reshape", false},
    };
    optimised(rows, sizeof rows / sizeof *rows);
}

/* Bytes in, its dequantized form, a window of 3 over it. */
#define POOL(scale, attrs) "graph { in %0 \"x\": u8[1, 2, 8, 8] input let %1: f32[] const = [" scale "] let %2: u8[] const = [7] dequantize (%0, %1, %2) -> %3: ? " \
    "max_pool (%3) {\"kernel_shape\" = [3, 3]" attrs "} -> %4: ? "

static void quantised_pools(void **state)
{
    (void)state;
    static const Row rows[] = {
        {"graph { in %0 \"x\": u8[2] input let %1: f32[] const = [0.5] let %2: u8[] const = [7] dequantize (%0, %1, %2) -> %3: ? quantize (%3, %1, %2) -> %4: ? max (%4, %4) -> %5: ? out %5 }", "max"},
        {POOL("0.5", "") "quantize (%4, %1, %2) -> %5: ? max (%5, %5) -> %6: ? out %6 }", "[max_pool max]"},
        {POOL("0.5", ", \"pads\" = [1, 2, 1, 2]") "relu (%4) -> %5: ? out %5 }", "max_pool [dequantize relu]"},
        /* another zero point */
        {POOL("0.5", "") "let %5: u8[] const = [8] quantize (%4, %1, %5) -> %6: ? out %6 }", "max_pool dequantize quantize"},
        /* floats in another order, or not apart from each other */
        {POOL("-0.5", "") "relu (%4) -> %5: ? out %5 }", "dequantize [max_pool relu]"},
        {POOL("1e-44", "") "relu (%4) -> %5: ? out %5 }", "dequantize [max_pool relu]"},
        /* a window may see nothing but padding */
        {POOL("0.5", ", \"dilations\" = [2, 2], \"pads\" = [2, 2, 2, 2]") "relu (%4) -> %5: ? out %5 }", "dequantize [max_pool relu]"},
    };
    optimised(rows, sizeof rows / sizeof *rows);
}

static void powers(void **state)
{
    (void)state;
    static const Row rows[] = {
        {"graph { in %0 \"x\": f32[2, 3] input let %1: f32[] const = [3] pow (%0, %1) -> %2: ? out %2 }", "[mul mul]", false},
        {"graph { in %0 \"x\": f32[2, 3] input let %1: f32[] const = [2] pow (%0, %1) -> %2: ? out %2 }", "mul", false},
        {"graph { in %0 \"x\": f32[2, 3] input let %1: f32[] const = [3] pow (%0, %1) -> %2: ? out %2 }", "pow", true},
        {"graph { in %0 \"x\": f32[2, 3] input let %1: f32[] const = [2.5] pow (%0, %1) -> %2: ? out %2 }", "pow", false},
        {"graph { in %0 \"x\": f32[3] input let %1: f32[2, 1] const = [2, 2] pow (%0, %1) -> %2: ? out %2 }", "pow", false},
        {"graph { in %0 \"x\": f32[3] input let %1: f32[1, 1] const = [2] pow (%0, %1) -> %2: ? out %2 }", "pow", false}, /* the result has another rank */
    };
    optimised(rows, sizeof rows / sizeof *rows);
}

/* The tanh form of gelu reads the sum behind it four times. */
static void epilogues(void **state)
{
    (void)state;
    static const Row rows[] = {
        {"graph { in %0 \"x\": f32[2, 4] input in %1 \"w\": f32[4, 5] input let %2: f32[] const = [3] let %3: f32[] const = [0.044715] let %4: f32[] const = [0.5] let %5: f32[] const = [1] "
            "matmul (%0, %1) -> %6: ? mul (%6, %4) -> %7: ? pow (%6, %2) -> %8: ? mul (%8, %3) -> %9: ? add (%6, %9) -> %10: ? tanh (%10) -> %11: ? add (%11, %5) -> %12: ? mul (%7, %12) -> %13: ? out %13 }",
            "[matmul mul mul mul mul add tanh add mul]", false},
        {"graph { in %0 \"x\": f32[2, 4] input in %1 \"w\": f32[4, 5] input matmul (%0, %1) -> %2: ? relu (%2) -> %3: ? tanh (%2) -> %4: ? mul (%3, %4) -> %5: ? out %5 out %2 }", "matmul [relu tanh mul]", false},
    };
    optimised(rows, sizeof rows / sizeof *rows);
}

#define W3 "let %1: f32[16, 16, 3, 3] const = sha256(9216, 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef) "
#define W1 "let %2: f32[20, 16, 1, 1] const = sha256(1280, 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef) "
#define SAME "{\"pads\" = [1, 1, 1, 1]} "

static void in_blocks(void **state)
{
    (void)state;
    static const Row rows[] = {
        /* only the ends are rearranged */
        {"graph { in %0 \"x\": f32[2, 16, 9, 9] input " W3 "conv (%0, %1) " SAME "-> %2: ? relu (%2) -> %3: ? max_pool (%3) {\"kernel_shape\" = [3, 3], \"strides\" = [2, 2]} -> %4: ? conv (%4, %1) " SAME "-> %5: ? add (%5, %4) -> %6: ? out %6 }",
            "relayout [conv_blocked relu] max_pool [conv_blocked add] relayout", false, true},
        {"graph { in %0 \"x\": f32[2, 16, 9, 9] input " W3 "conv (%0, %1) " SAME "-> %2: ? relu (%2) -> %3: ? out %3 }", "[conv relu]", false, false},
        /* few input channels are read as they are; a mean over the image of whole blocks needs no rearranging */
        {"graph { in %0 \"x\": f32[1, 3, 9, 9] input let %1: f32[16, 3, 3, 3] const = sha256(1728, 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef) conv (%0, %1) -> %2: ? "
            "reduce_mean (%2) {\"axes\" = [2, 3], \"keepdims\" = 1} -> %3: ? flatten (%3) {\"axis\" = 1} -> %4: ? out %4 }", "conv_blocked reduce_mean reshape", false, true},
        /* 20 channels leave pad lanes, of which 1/x makes no number */
        {"graph { in %0 \"x\": f32[1, 16, 9, 9] input in %1 \"y\": f32[1, 20, 9, 9] input " W1 "conv (%0, %2) -> %3: ? div (%1, %3) -> %4: ? conv (%0, %2) -> %5: ? mul (%5, %1) -> %6: ? out %4 out %6 }",
            "relayout conv_blocked relayout div relayout [conv_blocked mul] relayout", false, true},
        /* too few outputs, or weights that are not known */
        {"graph { in %0 \"x\": f32[1, 16, 9, 9] input let %1: f32[8, 16, 1, 1] const = sha256(512, 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef) conv (%0, %1) -> %2: ? out %2 }", "conv", false, true},
        /* six are enough where x is in blocks */
        {"graph { in %0 \"x\": f32[1, 16, 9, 9] input " W3 "let %2: f32[6, 16, 3, 3] const = sha256(3456, 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef) conv (%0, %1) -> %3: ? conv (%3, %2) -> %4: ? out %4 }",
            "relayout conv_blocked conv_blocked relayout", false, true},
        /* f16 is f32 between the ends, and as it was under strict math; a cast of the graph stays */
        {"graph { in %0 \"x\": f16[1, 3, 9, 9] input let %1: f16[4, 3, 1, 1] const = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] conv (%0, %1) -> %2: ? relu (%2) -> %3: ? max_pool (%3) {\"kernel_shape\" = [3, 3]} -> %4: ? "
            "cast (%4) {\"to\" = type f32} -> %5: ? out %4 out %5 }", "cast cast [conv relu] max_pool cast cast", false, true},
        {"graph { in %0 \"x\": f16[1, 3, 9, 9] input let %1: f16[4, 3, 1, 1] const = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] conv (%0, %1) -> %2: ? max_pool (%2) {\"kernel_shape\" = [3, 3]} -> %3: ? out %3 }", "conv max_pool", true, true},
        {"graph { in %0 \"x\": f32[1, 16, 9, 9] input in %1 \"w\": f32[16, 16, 3, 3] input conv (%0, %1) -> %2: ? out %2 }", "conv", false, true},
    };
    optimised(rows, sizeof rows / sizeof *rows);
}

static int copies(const char *text, int *steps)
{
    Arena a = {0};
    Error e = {0};
    Step *first;
    int n = 0;
    Graph *g = graph_of(text, &a, false, false, false);
    if (graph_lower(g, &first, &e))
        fail_msg("%s: %s", text, e.text);
    *steps = 0;
    for (const Step *s = first; s; s = s->next, ++*steps)
        n += s->kind == STEP_COPY;
    arena_free(&a);
    return n;
}

static void views(void **state)
{
    (void)state;
    static const struct { const char *text; int copies, steps; } rows[] = {
        /* heads of one projection against each other: a product reads and writes anything */
        {"graph { in %0 \"x\": f32[2, 3, 8] input let %1: i64[4] const = [2, 3, 2, 4] let %2: i64[3] const = [2, 3, 8] tanh (%0) -> %3: ? reshape (%3, %1) -> %4: ? "
            "transpose (%4) {\"perm\" = [0, 2, 1, 3]} -> %5: ? transpose (%4) {\"perm\" = [0, 2, 3, 1]} -> %6: ? matmul (%5, %6) -> %7: ? matmul (%7, %5) -> %8: ? "
            "transpose (%8) {\"perm\" = [0, 2, 1, 3]} -> %9: ? reshape (%9, %2) -> %10: ? relu (%10) -> %11: ? out %11 }", 0, 4},
        /* a transposed value read twice by what walks rows is made once */
        {"graph { in %0 \"x\": f32[5, 8] input tanh (%0) -> %1: ? transpose (%1) {\"perm\" = [1, 0]} -> %2: ? softmax (%2) {\"axis\" = 1} -> %3: ? add (%3, %2) -> %4: ? out %4 out %1 }", 1, 3},
        /* parts of a concat are made in their place; what is read elsewhere too is copied */
        {"graph { in %0 \"x\": f32[3, 8] input tanh (%0) -> %1: ? relu (%0) -> %2: ? sigmoid (%0) -> %3: ? concat (%1, %2, %3) {\"axis\" = 1} -> %4: ? add (%3, %3) -> %5: ? out %4 out %5 }", 1, 5},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int steps, n = copies(rows[i].text, &steps);
        if (n != rows[i].copies || steps != rows[i].steps)
            fail_msg("%s\n  leaves %d copies in %d steps, wants %d in %d", rows[i].text, n, steps, rows[i].copies, rows[i].steps);
    }
}

#define HEADS "graph { in %0 \"q\": f32[2, 9, 3, 8] input in %1 \"k\": f32[2, 7, 3, 8] input in %2 \"v\": f32[2, 7, 3, 5] input in %3 \"m\": f32[2, 1, 1, 7] input in %4 \"b\": bool[9, 7] input " \
    "let %5: f32[] const = [0.5] let %6: f32[1] const = [-1e38] transpose (%0) {\"perm\" = [0, 2, 1, 3]} -> %7: ? transpose (%1) {\"perm\" = [0, 2, 3, 1]} -> %8: ? transpose (%2) {\"perm\" = [0, 2, 1, 3]} -> %9: ? "
#define ORDER "graph { in %0 \"q\": f32[3, 4, 8] input in %1 \"k\": f32[3, 8, 4] input in %2 \"v\": f32[3, 4, 8] input matmul (%0, %1) -> %3: ? "

static void attentions(void **state)
{
    (void)state;
    static const Row rows[] = {
        /* scale and mask on the scores; on q and on k; a choice either way round; nothing */
        {HEADS "matmul (%7, %8) -> %10: ? div (%10, %5) -> %11: ? add (%3, %11) -> %12: ? softmax (%12) {\"axis\" = 3} -> %13: ? matmul (%13, %9) -> %14: ? out %14 }", "transpose transpose transpose transpose attention", .running = true},
        {HEADS "mul (%7, %5) -> %10: ? mul (%5, %8) -> %11: ? matmul (%10, %11) -> %12: ? softmax (%12) {\"axis\" = -1} -> %13: ? matmul (%13, %9) -> %14: ? out %14 }", "transpose transpose transpose transpose attention", .running = true},
        {HEADS "matmul (%7, %8) -> %10: ? where (%4, %10, %6) -> %11: ? softmax (%11) {\"axis\" = 3} -> %12: ? matmul (%12, %9) -> %13: ? out %13 }", "transpose transpose transpose transpose attention", .running = true},
        {HEADS "matmul (%7, %8) -> %10: ? where (%4, %6, %10) -> %11: ? softmax (%11) {\"axis\" = 3} -> %12: ? matmul (%12, %9) -> %13: ? out %13 }", "transpose transpose transpose transpose not attention", .running = true},
        /* of three dimensions, with keys as they are; a constant triangle is no mask */
        {"graph { in %0 \"q\": f32[3, 9, 8] input in %1 \"k\": f32[3, 7, 8] input in %2 \"v\": f32[3, 7, 5] input matmul (%0, %1) {\"trans_b\" = 1} -> %3: ? softmax (%3) {\"axis\" = -1} -> %4: ? matmul (%4, %2) -> %5: ? out %5 }",
            "unsqueeze unsqueeze unsqueeze attention squeeze", .running = true},
        {ORDER "let %4: f32[4, 4] const = [0, -1e38, -1e38, -1e38, 0, 0, -1e38, -1e38, 0, 0, 0, -1e38, 0, 0, 0, 0] add (%3, %4) -> %5: ? softmax (%5) {\"axis\" = -1} -> %6: ? matmul (%6, %2) -> %7: ? out %7 }",
            "transpose unsqueeze unsqueeze unsqueeze attention squeeze", .running = true},
        /* stays: scores are wanted; along another axis; a mask that makes the scores longer; bits are to be kept; the backend has no such rows */
        {HEADS "matmul (%7, %8) -> %10: ? softmax (%10) {\"axis\" = 3} -> %11: ? matmul (%11, %9) -> %12: ? out %12 out %11 }", "transpose transpose transpose matmul softmax matmul", .running = true},
        {HEADS "matmul (%7, %8) -> %10: ? softmax (%10) {\"axis\" = 2} -> %11: ? matmul (%11, %9) -> %12: ? out %12 }", "transpose transpose transpose matmul softmax matmul", .running = true},
        {"graph { in %0 \"q\": f32[1, 3, 9, 8] input in %1 \"k\": f32[1, 3, 8, 7] input in %2 \"v\": f32[2, 3, 7, 5] input in %3 \"m\": f32[2, 1, 9, 7] input matmul (%0, %1) -> %4: ? add (%4, %3) -> %5: ? softmax (%5) {\"axis\" = 3} -> %6: ? matmul (%6, %2) -> %7: ? out %7 }",
            "matmul add softmax matmul", .running = true},
        {HEADS "matmul (%7, %8) -> %10: ? softmax (%10) {\"axis\" = 3} -> %11: ? matmul (%11, %9) -> %12: ? out %12 }", "transpose transpose transpose matmul softmax matmul", .running = true, .strict = true},
        {HEADS "matmul (%7, %8) -> %10: ? softmax (%10) {\"axis\" = 3} -> %11: ? matmul (%11, %9) -> %12: ? out %12 }", "transpose transpose transpose matmul softmax matmul"},
    };
    optimised(rows, sizeof rows / sizeof *rows);
}

static void note(void *ctx, const Node *n, const char *why)
{
    char *s = ctx;
    assert_string_equal(why, "a difference of large sums");
    strcat(strcat(s, *s ? " " : ""), op_info[n->op].name);
}

/* In f16 a variance stays in f32 down to x, where it is the difference of squares; that of differences does not. */
static void halves(void **state)
{
    (void)state;
#define MEANS "graph { in %0 \"x\": f32[4, 64] input let %1: i64[1] const = [1] let %2: f32[] const = [0.015625] "
    static const struct { const char *text, *kept; } rows[] = {
        {MEANS "mul (%0, %0) -> %3: ? reduce_sum (%3, %1) -> %4: ? mul (%4, %2) -> %5: ? reduce_mean (%0, %1) -> %6: ? mul (%6, %6) -> %7: ? sub (%5, %7) -> %8: ? sqrt (%8) -> %9: ? out %9 }",
            "mul reduce_sum mul reduce_mean mul sub"},
        {MEANS "reduce_mean (%0, %1) -> %3: ? sub (%0, %3) -> %4: ? mul (%4, %4) -> %5: ? reduce_mean (%5, %1) -> %6: ? out %6 }", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Arena a = {0};
        Graph *g;
        Error e = {0};
        char kept[200] = "";
        if (graph_parse(rows[i].text, strlen(rows[i].text), &a, &g, &e) || graph_infer(g, &e) || graph_half(g, &(HalfOptions){.kept = note, .ctx = kept}, &e))
            fail_msg("%s", e.text);
        assert_string_equal(kept, rows[i].kept);
        arena_free(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reshapes), cmocka_unit_test(quantised_pools), cmocka_unit_test(powers), cmocka_unit_test(epilogues), cmocka_unit_test(in_blocks), cmocka_unit_test(views), cmocka_unit_test(attentions), cmocka_unit_test(halves)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
