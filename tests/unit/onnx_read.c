/* SPDX-License-Identifier: MIT
 * tests: the ONNX reader on models made byte by byte: types, tensor encodings, functions, attributes, scopes, errors, and prefix sweeps. */
#include "formats/onnx/import.h"
#include "pbwrite.h"
#include "readers.h"

#include <stdlib.h>
#include <unistd.h>

extern const Format format_onnx;
static const int64_t d23[] = {2, 3}, d4[] = {4}, d1[] = {1}, d2[] = {2};

static void open_model(Opened *o, Text *model, const ReadOptions *opt)
{
    read_bytes(o, &format_onnx, opt, "m.onnx", model->p, model->n);
    text_free(model);
}

static void add(Text *graph, unsigned field, Text part) { w_sub(graph, field, &part); }

static void expect_error(Opened *o, SpmlCode code, const char *key, const char *text)
{
    if (o->code != code || strcmp(o->err.key, key) || !strstr(o->err.text, text))
        fail_msg("got %d [%s] %s, want %d [%s] %s", o->code, o->err.key, o->err.text, code, key, text);
    assert_string_equal(o->err.file, "m.onnx");
    opened_free(o);
}

static const Value *const_named(const Graph *g, const char *name)
{
    for (const Node *n = g->first; n; n = n->next)
        for (int i = 0; i < n->n_in; i++)
            if (n->in[i] && n->in[i]->name && !strcmp(n->in[i]->name, name))
                return n->in[i];
    return NULL;
}

/* x [N, ?, 3] → y = Identity(x), z = Identity(w); meta and summary. */
static void basics(void **state)
{
    Text g = {0}, w = w_tensor("w", 1, 2, d23), pair = {0};
    float v[6] = {1, 2, 3, 4, 5, 6};
    w_bytes(&w, 9, v, sizeof v);
    add(&g, 1, w_node("first", NULL, "Identity", "x", "y"));
    add(&g, 1, w_node(NULL, "ai.onnx", "Identity", "w", "z"));
    w_str(&g, 2, "main");
    w_sub(&g, 5, &w);
    add(&g, 11, w_info("x", 1, 3, (int64_t[]){0, -2, 3}, (const char *[]){"N", NULL, NULL}));
    add(&g, 12, w_info("y", 1, 0, NULL, NULL));
    add(&g, 12, w_info("z", 1, 0, NULL, NULL));
    Text m = w_model(&g, 13);
    w_str(&pair, 1, "labels");
    w_str(&pair, 2, "a,b");
    w_sub(&m, 14, &pair);
    Opened o;
    open_model(&o, &m, NULL);
    if (o.code)
        fail_msg("%s", o.err.text);
    assert_int_equal(graph_verify(o.g, &o.err), SPML_OK);
    assert_string_equal(o.g->summary, "opset 13");
    assert_true(o.g->n_in == 1 && o.g->n_out == 2 && o.g->n_nodes == 2 && o.g->n_meta == 2);
    assert_string_equal(o.g->meta[0].key, "labels");
    assert_string_equal(o.g->meta[1].key, "producer_name");
    const Type *t = &o.g->in[0]->type;
    assert_true(t->dtype == DT_f32 && t->rank == 3 && t->dim[0]->kind == DIM_SYM && dim_is(t->dim[2], 3));
    assert_string_equal(t->dim[0]->sym->name, "N");
    assert_string_equal(t->dim[1]->sym->name, "?x.1");
    assert_string_equal(o.g->first->name, "first");
    assert_string_equal(o.g->first->origin, "Identity 1");
    assert_string_equal(o.g->last->name, "z"); /* no name: its output's */
    const Value *c = const_named(o.g, "w");
    assert_true(c->residency == RES_CONST && c->data->sz == 24 && c->data->file == o.g->files[0]);
    Span s = file_span(c->data->file);
    assert_ptr_equal(c->data->p, s.base + c->data->offset); /* a view, not a copy */
    assert_memory_equal(c->data->p, v, sizeof v);
    opened_free(&o);
}

/* One initializer w, used; returns what was read of it. */
static const Value *read_weight(Opened *o, Text w, const ReadOptions *opt)
{
    Text g = {0};
    w_sub(&g, 5, &w);
    add(&g, 1, w_node("n", NULL, "Identity", "w", "y"));
    add(&g, 12, w_info("y", 1, 0, NULL, NULL));
    Text m = w_model(&g, 21);
    open_model(o, &m, opt);
    return o->code ? NULL : const_named(o->g, "w");
}

static void expect_bytes(Text w, DType t, const void *want, size_t n)
{
    Opened o;
    const Value *v = read_weight(&o, w, NULL);
    if (!v)
        fail_msg("%s: %s", dtype_name(t), o.err.text);
    assert_int_equal(v->type.dtype, t);
    assert_int_equal(v->data->sz, n);
    assert_memory_equal(v->data->p, want, n);
    opened_free(&o);
}

static Text with_ints(Text w, unsigned field, int n, const int64_t *v, bool packed)
{
    Text list = {0};
    for (int i = 0; i < n; i++) {
        if (packed)
            w_varint(&list, (uint64_t)v[i]);
        else
            w_int(&w, field, v[i]);
    }
    if (packed)
        w_sub(&w, field, &list);
    text_free(&list);
    return w;
}

static void tensor_encodings(void **state)
{
    float f[2] = {1.5f, -2};
    Text w = w_tensor("w", 1, 1, d2);
    w_bytes(&w, 4, f, 8); /* packed floats */
    expect_bytes(w, DT_f32, f, 8);
    w = w_tensor("w", 1, 1, d2);
    w_f32(&w, 4, f[0]); /* one field each */
    w_f32(&w, 4, f[1]);
    expect_bytes(w, DT_f32, f, 8);
    for (int packed = 0; packed < 2; packed++) {
        expect_bytes(with_ints(w_tensor("w", 7, 1, d2), 7, 2, (int64_t[]){-1, INT64_MIN}, packed), DT_i64, (int64_t[]){-1, INT64_MIN}, 16);
        expect_bytes(with_ints(w_tensor("w", 3, 1, d2), 5, 2, (int64_t[]){-1, 127}, packed), DT_i8, (int8_t[]){-1, 127}, 2);
        expect_bytes(with_ints(w_tensor("w", 10, 1, d2), 5, 2, (int64_t[]){0x3c00, 0xc000}, packed), DT_f16, (uint16_t[]){0x3c00, 0xc000}, 4);
        expect_bytes(with_ints(w_tensor("w", 9, 1, d2), 5, 2, (int64_t[]){256, 0}, packed), DT_bool, (uint8_t[]){1, 0}, 2);
        expect_bytes(with_ints(w_tensor("w", 22, 1, d4), 5, 2, (int64_t[]){0x21, 0xf3}, packed), DT_i4, "\x21\xf3", 2);
        expect_bytes(with_ints(w_tensor("w", 12, 1, d2), 11, 2, (int64_t[]){7, 0xffffffff}, packed), DT_u32, (uint32_t[]){7, 0xffffffff}, 8);
    }
    w = w_tensor("w", 14, 1, d1);
    w_bytes(&w, 4, f, 8);
    expect_bytes(w, DT_c64, f, 8);
    w = w_tensor("w", 11, 1, d1);
    w_bytes(&w, 10, (double[]){0.1}, 8);
    expect_bytes(w, DT_f64, (double[]){0.1}, 8);
    expect_bytes(w_tensor("w", 1, 1, (int64_t[]){0}), DT_f32, "", 0);
    Opened o;
    w = w_tensor("w", 8, 1, d2);
    w_bytes(&w, 6, "a\0b", 3);
    w_str(&w, 6, "");
    const Value *v = read_weight(&o, w, NULL);
    const StringRef *s = v->data->p;
    assert_true(v->type.dtype == DT_string && s[0].n == 3 && !memcmp(s[0].p, "a\0b", 3) && s[1].n == 0);
    opened_free(&o);
}

static void bad_tensors(void **state)
{
    static const int64_t huge[] = {INT64_MAX, 3}, minus[] = {-1}, two32[] = {UINT32_MAX, UINT32_MAX};
    const struct { Text w; const char *key; } rows[] = {
        {with_ints(w_tensor("w", 7, 1, d2), 7, 3, (int64_t[]){1, 2, 3}, true), "tensor-size"},
        {with_ints(w_tensor("w", 7, 1, d2), 5, 2, (int64_t[]){1, 2}, true), "tensor-data"},
        {w_tensor("w", 1, 1, d2), "tensor-size"}, {w_tensor("w", 1, 2, huge), "tensor-size"}, {w_tensor("w", 1, 2, two32), "tensor-size"},
        {w_tensor("w", 1, 1, minus), "tensor-dim"}, {w_tensor("w", 99, 1, d1), "tensor-type"}, {w_tensor("w", 0, 1, d1), "tensor-type"},
        {w_tensor("w", 8, 1, d1), "tensor-size"}, {w_tensor("w", 1, 17, (int64_t[17]){0}), "tensor-rank"},
        {w_tensor(NULL, 1, 1, (int64_t[]){0}), "name-missing"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Opened o;
        assert_null(read_weight(&o, rows[i].w, NULL));
        expect_error(&o, SPML_DATA, rows[i].key, "");
    }
    Opened o;
    assert_null(read_weight(&o, w_tensor("w", 27, 1, d1), NULL));
    expect_error(&o, SPML_UNSUPPORTED, "dtype-unsupported", "FLOAT6E2M3");
}

static Text external(const char *location, const char *offset, const char *length)
{
    Text w = w_tensor("w", 1, 1, d2);
    const char *kv[][2] = {{"location", location}, {"offset", offset}, {"length", length}};
    for (int i = 0; i < 3; i++) {
        Text p = {0};
        w_str(&p, 1, kv[i][0]);
        w_str(&p, 2, kv[i][1] ? kv[i][1] : "");
        if (kv[i][1])
            w_sub(&w, 13, &p);
        text_free(&p);
    }
    w_int(&w, 14, 1);
    return w;
}

static void external_data(void **state)
{
    char dir[] = "/tmp/spml-onnx-XXXXXX", path[64];
    float v[3] = {9, 1, 2};
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/w.bin", dir);
    FILE *f = fopen(path, "w");
    assert_true(f && fwrite(v, 4, 3, f) == 3 && !fclose(f));
    Opened o;
    ReadOptions opt = {.data_dir = dir};
    const Value *c = read_weight(&o, external("w.bin", "4", "8"), &opt);
    assert_non_null(c);
    assert_memory_equal(c->data->p, v + 1, 8);
    assert_int_equal(c->data->offset, 4);
    assert_int_equal(o.g->n_files, 2);
    opened_free(&o);
    const struct { Text w; const char *key; } bad[] = {
        {external("w.bin", "8", NULL), "external-data"}, {external("w.bin", "x", NULL), "external-data"}, {external("w.bin", "-4", NULL), "external-data"},
        {external("w.bin", "18446744073709551612", NULL), "external-data"}, {external("w.bin", NULL, "9"), "external-data"},
        {external("", NULL, NULL), "external-data"}, {external("absent", NULL, NULL), "file-missing"}, {external("../w.bin", NULL, NULL), "outside-directory"},
        {external("/etc/passwd", NULL, NULL), "outside-directory"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_null(read_weight(&o, bad[i].w, &opt));
        assert_string_equal(o.err.key, bad[i].key);
        opened_free(&o);
    }
    unlink(path);
    rmdir(dir);
}

/* dims [2, 3], two values */
static Text sparse(bool coordinates, int64_t last)
{
    Text s = {0}, v = w_tensor("w", 1, 1, d2), idx;
    w_bytes(&v, 9, (float[]){5, 6}, 8);
    idx = coordinates ? with_ints(w_tensor(NULL, 7, 2, (int64_t[]){2, 2}), 7, 4, (int64_t[]){0, 1, 1, last}, true)
                      : with_ints(w_tensor(NULL, 7, 1, d2), 7, 2, (int64_t[]){1, last}, true);
    w_sub(&s, 1, &v);
    w_sub(&s, 2, &idx);
    return with_ints(s, 3, 2, d23, false);
}

static void sparse_tensors(void **state)
{
    for (int coordinates = 0; coordinates < 2; coordinates++)
        for (int bad = 0; bad < 2; bad++) {
            Text g = {0};
            add(&g, 15, sparse(coordinates, (coordinates ? 2 : 5) + bad));
            add(&g, 1, w_node("n", NULL, "Identity", "w", "y"));
            add(&g, 12, w_info("y", 1, 0, NULL, NULL));
            Text m = w_model(&g, 13);
            Opened o;
            open_model(&o, &m, NULL);
            if (bad) {
                expect_error(&o, SPML_DATA, "sparse-tensor", "index 1");
                continue;
            }
            assert_int_equal(o.code, SPML_OK);
            assert_memory_equal(const_named(o.g, "w")->data->p, ((float[]){0, 5, 0, 0, 0, 6}), 24);
            opened_free(&o);
        }
}

static Text simple(const char *node_in, const char *node_out, const char *output, int opset)
{
    Text g = {0};
    add(&g, 1, w_node("n", NULL, "Identity", node_in, node_out));
    add(&g, 11, w_info("x", 1, 1, d2, NULL));
    add(&g, 12, w_info(output, 1, 0, NULL, NULL));
    return w_model(&g, opset);
}

static void model_errors(void **state)
{
    Opened o;
    Text m = simple("x", "y", "y", 13);
    open_model(&o, &m, NULL);
    assert_int_equal(o.code, SPML_OK);
    opened_free(&o);
    m = simple("nope", "y", "y", 13);
    open_model(&o, &m, NULL);
    expect_error(&o, SPML_DATA, "undefined", "node 'n': input 'nope' is not defined");
    m = simple("x", "x", "x", 13);
    open_model(&o, &m, NULL);
    expect_error(&o, SPML_DATA, "duplicate", "'x' is defined twice");
    m = simple("x", "y", "z", 13);
    open_model(&o, &m, NULL);
    expect_error(&o, SPML_DATA, "undefined", "output 'z'");
    m = simple("x", "y", "y", 29);
    open_model(&o, &m, NULL);
    expect_error(&o, SPML_UNSUPPORTED, "opset-unsupported", "29");
    m = simple("x", "y", "y", 0);
    open_model(&o, &m, NULL);
    expect_error(&o, SPML_DATA, "opset", "version 0");
    m = (Text){0};
    w_int(&m, 1, 8);
    open_model(&o, &m, NULL);
    expect_error(&o, SPML_DATA, "no-graph", "");
    Text g = {0};
    add(&g, 1, w_node("a", NULL, "Identity", "b", "c"));
    add(&g, 1, w_node("late", NULL, "Identity", "x", "b"));
    add(&g, 11, w_info("x", 1, 1, d2, NULL));
    m = w_model(&g, 13);
    open_model(&o, &m, NULL);
    expect_error(&o, SPML_DATA, "node-order", "node 'a': input 'b' is made by 'late'");
}

static void unknown_operators(void **state)
{
    for (int keep = 0; keep < 2; keep++) {
        Text g = {0};
        add(&g, 1, w_node("warp", "com.acme", "GridWarp", "x", "a"));
        add(&g, 1, w_node("ok", NULL, "Identity", "a", "b"));
        add(&g, 1, w_node("odd", NULL, "NoSuchOp", "b -", "y"));
        add(&g, 11, w_info("x", 1, 1, d2, NULL));
        add(&g, 12, w_info("y", 10, 1, d4, NULL));
        Text m = w_model(&g, 13);
        w_opset(&m, 8, "com.acme", 1);
        Opened o;
        open_model(&o, &m, &(ReadOptions){.keep_unknown = keep});
        if (!keep) {
            assert_string_equal(o.err.text, "2 of 3 nodes cannot run\nnode 'warp': com.acme GridWarp 1: unknown operator\nnode 'odd': NoSuchOp 13: unknown operator");
            expect_error(&o, SPML_UNSUPPORTED, "node-unsupported", "");
            continue;
        }
        assert_int_equal(o.code, SPML_OK);
        assert_int_equal(o.g->first->op, OP_unknown);
        assert_true(o.g->last->out[0]->type.dtype == DT_f16 && dim_is(o.g->last->out[0]->type.dim[0], 4)); /* the file's own word */
        opened_free(&o);
    }
}

static void defaults(void **state)
{
    for (int ir = 3; ir <= 4; ir++) {
        Text g = {0}, w = w_tensor("x", 1, 1, d2);
        w_bytes(&w, 9, (float[]){1, 2}, 8);
        w_sub(&g, 5, &w);
        add(&g, 1, w_node("n", NULL, "Identity", "x", "y"));
        add(&g, 11, w_info("x", 1, 1, d2, NULL));
        add(&g, 12, w_info("y", 1, 0, NULL, NULL));
        Text m = w_model(&g, 9);
        w_int(&m, 1, ir); /* the last one counts */
        Opened o;
        open_model(&o, &m, NULL);
        assert_int_equal(o.code, SPML_OK);
        assert_int_equal(o.g->n_in, ir == 3 ? 0 : 1);
        assert_true(ir == 3 || (o.g->in[0]->residency == RES_INPUT && o.g->in[0]->data->sz == 8));
        opened_free(&o);
    }
}

/* Twice(x; value): c = Constant(value = @value); y = Identity(x); the second output is c. Calls: one with, one without the attribute. */
static Text function_model(bool recursive)
{
    Text f = {0}, g = {0}, c = w_node("c", NULL, "Constant", "", "c"), ref = {0}, def = w_attr("value", 2), a = w_attr("value", 2), call;
    w_str(&ref, 1, "value_int");
    w_str(&ref, 21, "value");
    w_int(&ref, 20, 2);
    w_sub(&c, 5, &ref);
    w_str(&f, 1, "Twice");
    w_str(&f, 4, "x");
    w_str(&f, 4, "unused");
    w_str(&f, 5, "y");
    w_str(&f, 5, "c");
    w_sub(&f, 7, &c);
    add(&f, 7, recursive ? w_node("again", "local", "Twice", "x", "y") : w_node("i", NULL, "Identity", "x", "y"));
    w_int(&def, 3, 7);
    w_sub(&f, 11, &def);
    w_opset(&f, 9, "", 13);
    if (recursive)
        w_opset(&f, 9, "local", 1);
    w_str(&f, 10, "local");
    call = w_node("one", "local", "Twice", "x", "a ca");
    w_int(&a, 3, 42);
    w_sub(&call, 5, &a);
    w_sub(&g, 1, &call);
    add(&g, 1, w_node("two", "local", "Twice", "a -", "b cb"));
    add(&g, 11, w_info("x", 1, 1, d2, NULL));
    add(&g, 12, w_info("b", 1, 0, NULL, NULL));
    add(&g, 12, w_info("ca", 7, 0, NULL, NULL));
    add(&g, 12, w_info("cb", 7, 0, NULL, NULL));
    Text m = w_model(&g, 13);
    w_opset(&m, 8, "local", 1);
    w_sub(&m, 25, &f);
    return m;
}

static void functions(void **state)
{
    Opened o;
    Text m = function_model(false);
    open_model(&o, &m, NULL);
    if (o.code)
        fail_msg("%s", o.err.text);
    assert_int_equal(graph_verify(o.g, &o.err), SPML_OK);
    int64_t v;
    int n;
    assert_true(value_ints(o.g->out[1], &v, 1, &n) && v == 42);
    assert_true(value_ints(o.g->out[2], &v, 1, &n) && v == 7);
    assert_string_equal(o.g->out[0]->name, "b");
    opened_free(&o);
    m = function_model(true);
    open_model(&o, &m, NULL);
    expect_error(&o, SPML_DATA, "too-deep", "deeper than 32");
}

/* A node with a subgraph that uses an outer value, nested `depth` times. */
static Text nested(int depth)
{
    Text g = {0};
    if (depth) {
        Text n = w_node("if", NULL, "NoSuchControl", "x", "y"), a = w_attr("body", 5);
        add(&a, 6, nested(depth - 1));
        w_sub(&n, 5, &a);
        w_sub(&g, 1, &n);
    } else {
        add(&g, 1, w_node("i", NULL, "Identity", "x", "y"));
    }
    add(&g, 12, w_info("y", 1, 0, NULL, NULL));
    return g;
}

static void subgraphs(void **state)
{
    for (int depth = 1; depth <= 40; depth += 13) {
        Text g = nested(depth);
        add(&g, 11, w_info("x", 1, 1, d2, NULL));
        Text m = w_model(&g, 13);
        Opened o;
        open_model(&o, &m, &(ReadOptions){.keep_unknown = true});
        if (depth < 20)
            assert_int_equal(o.code, SPML_OK);
        else
            assert_string_equal(o.err.key, "too-deep");
        opened_free(&o);
    }
}

static void hostile_names(void **state)
{
    static const char name[] = "a\0b";
    Text g = {0}, n = {0}, info = w_info("x", 1, 1, d2, NULL), out = {0};
    w_str(&n, 1, "x");
    w_bytes(&n, 2, name, 3);
    w_str(&n, 4, "Identity");
    w_sub(&g, 1, &n);
    w_sub(&g, 11, &info);
    w_bytes(&out, 1, name, 3);
    w_sub(&g, 12, &out);
    Text m = w_model(&g, 13);
    Opened o;
    open_model(&o, &m, NULL);
    assert_int_equal(o.code, SPML_OK);
    assert_string_equal(o.g->out[0]->name, "a\\x00b");
    opened_free(&o);
}

static void sweeps(void **state)
{
    Text g = {0}, w = w_tensor("w", 1, 1, d2), seeds[3];
    w_bytes(&w, 9, (float[]){1, 2}, 8);
    w_sub(&g, 5, &w);
    add(&g, 15, sparse(true, 2));
    add(&g, 5, with_ints(w_tensor("v", 7, 1, d2), 7, 2, (int64_t[]){-1, 300}, true));
    add(&g, 1, w_node("n", NULL, "Identity", "x", "y"));
    add(&g, 11, w_info("x", 1, 3, (int64_t[]){0, -2, 3}, (const char *[]){"N", NULL, NULL}));
    add(&g, 12, w_info("y", 1, 0, NULL, NULL));
    seeds[0] = w_model(&g, 13);
    seeds[1] = function_model(false);
    g = nested(3);
    add(&g, 11, w_info("x", 1, 1, d2, NULL));
    seeds[2] = w_model(&g, 13);
    for (int i = 0; i < 3; i++) {
        sweep_prefixes(&format_onnx, "seed.onnx", seeds[i].p, seeds[i].n);
        sweep_bytes(&format_onnx, "seed.onnx", seeds[i].p, seeds[i].n);
        text_free(&seeds[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(basics), cmocka_unit_test(tensor_encodings), cmocka_unit_test(bad_tensors), cmocka_unit_test(external_data),
        cmocka_unit_test(sparse_tensors), cmocka_unit_test(model_errors), cmocka_unit_test(unknown_operators), cmocka_unit_test(defaults),
        cmocka_unit_test(functions), cmocka_unit_test(subgraphs), cmocka_unit_test(hostile_names), cmocka_unit_test(sweeps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
