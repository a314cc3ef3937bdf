/* SPDX-License-Identifier: MIT
 * tests: graphs written as ONNX and read back: contents and metadata from the options, names that clash, symbols, operator sets, a second file, refusals. */
#include "formats/format.h"

#include "ops/ops.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/spml-onnx-write-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL;
}

static int drop_folder(void **state)
{
    char cmd[80];
    (void)state;
    snprintf(cmd, sizeof cmd, "rm -rf %s", folder);
    return system(cmd) != 0;
}

static const char *in_folder(const char *name)
{
    static char path[2][80];
    static int turn;
    turn = !turn;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

static Graph *parsed(Arena *a, const char *text)
{
    Graph *g;
    Error err = {0};
    if (graph_parse(text, strlen(text), a, &g, &err) || graph_infer(g, &err))
        fail_msg("%s", err.text);
    return g;
}

static Graph *read_back(Arena *a, const char *path)
{
    File *f;
    Graph *g = NULL;
    Error err = {0};
    if (file_open(path, 0, &f, &err) || format_find("onnx", 4)->read_graph(f, NULL, a, &g, &err) || graph_verify(g, &err) || graph_infer(g, &err))
        fail_msg("%s", err.text);
    return g;
}

static void written(const Graph *g, const char *path, const WriteOptions *o, WriteReport *r)
{
    Error err = {0};
    if (format_write("onnx", g, path, o, r, &err))
        fail_msg("%s", err.text);
}

static const char *meta_of(const Graph *g, const char *key)
{
    for (size_t i = 0; i < g->n_meta; i++)
        if (!strcmp(g->meta[i].key, key))
            return g->meta[i].value;
    return NULL;
}

static const char linear[] = "graph \"lin\" { sym $0 \"batch\" input bucket 0 9223372036854775807 meta \"kept\" \"yes\" meta \"gone\" \"x\"\n"
    "in %0 \"x\": f32[$0, 2] input let %1 \"w\": f32[2, 3] const = [1, 2, 3, 4, 5, 6] let %2 \"b\": f32[3] const = [1, 1, 1]\n"
    "matmul \"fc\" (%0, %1, %2) -> %3 \"y\": f32[$0, 3] out %3 }";

/* What training does: the graph as it was, other weights, labels. */
static void other_contents(void **state)
{
    Arena a = {0}, b = {0};
    (void)state;
    Graph *g = parsed(&a, linear);
    const Value *w = g->first->in[1];
    static const float trained[] = {9, 8, 7, 6, 5, 4};
    ConstData data = {.p = trained, .sz = sizeof trained};
    Map contents = map_make(&a);
    assert_true(map_put(&contents, (const char *)&w, sizeof w, &data));
    const MetaEntry meta[] = {{"spml.labels", "a\nb\nc", 11, 5}, {"gone", "", 4, 0}, {"spml.preprocess", "grey; x 1/255", 15, 13}};
    WriteReport r;
    written(g, in_folder("t.onnx"), &(WriteOptions){.meta = meta, .n_meta = 3, .data = &contents, .producer = "1"}, &r);
    assert_int_equal(r.opset, 17);
    Graph *back = read_back(&b, in_folder("t.onnx"));
    double v[6];
    int n;
    assert_true(value_floats(back->first->in[1], v, 6, &n));
    assert_true(n == 6 && v[0] == 9 && v[5] == 4);
    assert_string_equal(meta_of(back, "spml.labels"), "a\nb\nc");
    assert_string_equal(meta_of(back, "spml.preprocess"), "grey; x 1/255");
    assert_string_equal(meta_of(back, "kept"), "yes");
    assert_null(meta_of(back, "gone"));
    assert_string_equal(meta_of(back, "producer_name"), "spml");
    assert_string_equal(back->in[0]->type.dim[0]->sym->name, "batch");
    assert_string_equal(back->first->name, "fc");
    assert_string_equal(back->out[0]->name, "y");
    assert_int_equal(back->first->op, OP_matmul);
    graph_close_files(back);
    arena_free(&a);
    arena_free(&b);
}

/* A name inside a branch that the graph around it has too, nodes of one name, values without any: what is read back has distinct ones, and is written to the same bytes. */
static void names(void **state)
{
    static const char text[] = "graph { in %0 \"x\": f32[2] input in %1 \"c\": bool[] input neg \"n\" (%0) -> %2: f32[2] abs \"n\" (%2) -> %3: f32[2]\n"
        "if \"n\" (%1) {\"then_branch\" = graph { exp (%3) -> %4 \"x\": f32[2] out %4 }, \"else_branch\" = graph { let %5: f32[] const = [2] mul (%3, %5) -> %6 \"y\": f32[2] out %6 }} -> %7 \"y\": f32[2]\n"
        "clip \"k\" (%7) {\"lo\" = f -1} -> %8: f32[2] affine (%8) {\"alpha\" = f 2, \"beta\" = f 1} -> %9: f32[2] out %9 }";
    Arena a = {0}, b = {0};
    (void)state;
    Graph *g = parsed(&a, text);
    written(g, in_folder("n.onnx"), NULL, NULL);
    Graph *back = read_back(&b, in_folder("n.onnx"));
    written(back, in_folder("n2.onnx"), NULL, NULL);
    File *f[2];
    for (int i = 0; i < 2; i++)
        assert_int_equal(file_open(in_folder(i ? "n2.onnx" : "n.onnx"), 0, &f[i], NULL), 0);
    assert_int_equal(file_size(f[0]), file_size(f[1]));
    assert_memory_equal(file_span(f[0]).base, file_span(f[1]).base, file_size(f[0]));
    for (int i = 0; i < 2; i++)
        file_close(&f[i]);
    graph_close_files(back);
    arena_free(&a);
    arena_free(&b);
}

/* Asked for a set that is too old: every such node is named. Not asked: the set that has them. */
static void opsets(void **state)
{
    static const char text[] = "graph { in %0 \"x\": f32[2, 2] input layer_norm \"a\" (%0, _) -> %1: f32[2, 2], _, _ out %1 }";
    Arena a = {0};
    Error err = {0};
    WriteReport r;
    (void)state;
    Graph *g = parsed(&a, "graph { in %0 \"x\": i32[2] input let %1: i64[] const = [0] bitnot \"a\" (%0) -> %2: i32[2] or \"b\" (%0, %2) -> %3: i32[2] cumprod \"c\" (%3, %1) -> %4: i32[2] out %4 }");
    assert_int_equal(format_write("onnx", g, in_folder("o.onnx"), &(WriteOptions){.opset = 17}, &r, &err), SPML_UNSUPPORTED);
    assert_non_null(strstr(err.text, "node 'a' (bitnot): BitwiseNot needs operator set 18"));
    assert_non_null(strstr(err.text, "node 'b' (or): BitwiseOr needs operator set 18"));
    assert_non_null(strstr(err.text, "node 'c' (cumprod): CumProd needs operator set 26"));
    assert_int_equal(access(in_folder("o.onnx"), F_OK), -1);
    written(g, in_folder("o.onnx"), NULL, &r);
    assert_int_equal(r.opset, 26);
    g = parsed(&a, text);
    error_clear(&err);
    assert_int_equal(format_write("onnx", g, in_folder("p.onnx"), NULL, &r, &err), SPML_UNSUPPORTED);
    assert_non_null(strstr(err.text, "without a scale"));
    error_clear(&err);
    assert_int_equal(format_write("onnx", g, in_folder("p.onnx"), &(WriteOptions){.opset = 29}, &r, &err), SPML_UNSUPPORTED);
    arena_free(&a);
}

/* What stands in no file, and what only this library has. */
static void refusals(void **state)
{
    Arena a = {0};
    Error err = {0};
    (void)state;
    Graph *g = parsed(&a, "graph { in %0 \"x\": f32[1, 16, 4, 4] input relayout \"r\" (%0) {\"block\" = 16} -> %1: f32[1, 1, 4, 4, 16] out %1 }");
    assert_int_equal(format_write("onnx", g, in_folder("r.onnx"), NULL, NULL, &err), SPML_UNSUPPORTED);
    assert_non_null(strstr(err.text, "node 'r' (relayout)"));
    g = parsed(&a, "graph { in %0 \"x\": f32[2] input let %1 \"w\": f32[2] const = sha256(8, 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef) add (%0, %1) -> %2: f32[2] out %2 }");
    error_clear(&err);
    assert_int_not_equal(format_write("onnx", g, in_folder("r.onnx"), NULL, NULL, &err), SPML_OK);
    assert_string_equal(err.key, "constant-elsewhere");
    g = parsed(&a, linear);
    error_clear(&err);
    assert_int_equal(format_write("gguf", g, in_folder("r.gguf"), NULL, NULL, &err), SPML_UNSUPPORTED);
    error_clear(&err);
    assert_int_equal(format_write("onnx", g, "/nowhere/r.onnx", NULL, NULL, &err), SPML_RESOURCE);
    arena_free(&a);
}

/* Weights in a second file read back; small ones stay inside. */
static void second_file(void **state)
{
    Arena a = {0}, b = {0};
    WriteReport r;
    (void)state;
    Graph *g = graph_new(&a, "big");
    const int64_t dims[2] = {300, 300}, one = 1;
    float *w = calloc(300 * 300, sizeof *w), half = 0.5f;
    for (int i = 0; i < 300 * 300; i++)
        w[i] = (float)i;
    Type t = type_literal(g, DT_f32, 2, dims);
    Value *x = graph_input(g, "x", &t), *big = graph_const(g, "big", DT_f32, 2, dims, w, 300 * 300 * sizeof *w), *small = graph_const(g, "small", DT_f32, 1, &one, &half, sizeof half);
    Node *m = graph_node(g, NULL, OP_matmul, "m", 2, (Value *[]){x, big}, 1), *s = graph_node(g, NULL, OP_mul, "s", 2, (Value *[]){m->out[0], small}, 1);
    assert_true(graph_output(g, s->out[0]));
    assert_int_equal(graph_infer(g, NULL), 0);
    written(g, in_folder("e.onnx"), &(WriteOptions){.external = true}, &r);
    assert_true(r.external && r.bytes < 1000);
    Graph *back = read_back(&b, in_folder("e.onnx"));
    assert_memory_equal(back->first->in[1]->data->p, w, 300 * 300 * sizeof *w);
    assert_int_equal(back->n_files, 2);
    graph_close_files(back);
    free(w);
    arena_free(&a);
    arena_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(other_contents), cmocka_unit_test(names), cmocka_unit_test(opsets), cmocka_unit_test(refusals), cmocka_unit_test(second_file)};
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
