/* SPDX-License-Identifier: MIT
 * tests: tensor files: what is written reads back equal; every prefix, and every file with one byte changed, is refused or read, never more. */
#include "spml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <math.h>

static char folder[] = "/tmp/spml-tensor-XXXXXX";
static const char *const kinds[] = {"npy", "npz", "safetensors", "pb", "raw", "csv", "json", "txt"};
enum { KINDS = 8 };

static char *path_of(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static SpmlTensor *make(const char *dtype, int rank, const int64_t *dim)
{
    SpmlTensor *t;
    assert_int_equal(spml_tensor_fill(dtype, rank, dim, "uniform:-3,100", 7, 0, &t, NULL), 0);
    return t;
}

static SpmlPort port_of(const SpmlTensor *t)
{
    SpmlPort p = {.name = "x", .type = "", .dtype = spml_tensor_dtype(t), .rank = spml_tensor_rank(t)};
    for (int i = 0; i < p.rank; i++)
        p.dim[i] = spml_tensor_dim(t, i);
    return p;
}

static void write_file(const char *kind, SpmlTensor *t)
{
    SpmlTensor *copy;
    SpmlBundle *b = spml_bundle_new();
    SpmlError *e = spml_error_new();
    assert_int_equal(spml_tensor_copy(t, &copy, e), 0);
    assert_int_equal(spml_bundle_add(b, "x", copy, e), 0);
    if (spml_bundle_write(b, path_of("t"), &(SpmlFileOptions){.kind = kind}, e))
        fail_msg("%s: %s", kind, spml_error_text(e));
    spml_bundle_free(b);
    spml_error_free(e);
}

static SpmlStatus read_file(const char *kind, const SpmlPort *p, SpmlBundle **b, SpmlError *e)
{
    return spml_bundle_read(path_of("t"), &(SpmlFileOptions){.kind = kind, .ports = p, .n_ports = 1}, b, e);
}

static void round_trip(const char *kind, SpmlTensor *t)
{
    SpmlPort p = port_of(t);
    SpmlBundle *b;
    SpmlDifference d;
    SpmlError *e = spml_error_new();
    write_file(kind, t);
    if (read_file(kind, &p, &b, e))
        fail_msg("%s %s: %s", kind, p.dtype, spml_error_text(e));
    assert_int_equal(spml_bundle_count(b), 1);
    spml_tensor_compare(spml_bundle_tensor(b, 0), t, 0, 0, &d);
    if (!d.equal)
        fail_msg("%s %s: %s", kind, p.dtype, d.reason);
    spml_bundle_free(b);
    spml_error_free(e);
}

static void test_round_trips(void **state)
{
    static const char *const dtypes[] = {"f32", "f64", "f16", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "bool"};
    static const int64_t shapes[][3] = {{3, 5, 1}, {1, 1, 1}, {0, 4, 2}};
    for (size_t d = 0; d < sizeof dtypes / sizeof *dtypes; d++)
        for (int s = 0; s < 3; s++)
            for (int k = 0; k < KINDS; k++) {
                SpmlTensor *t = make(dtypes[d], 3, shapes[s]);
                round_trip(kinds[k], t);
                spml_tensor_free(t);
            }
}

static char *slurp(size_t *n)
{
    FILE *f = fopen(path_of("t"), "rb");
    char *p = malloc(1 << 16);
    *n = fread(p, 1, 1 << 16, f);
    fclose(f);
    return p;
}

static void spill(const char *p, size_t n)
{
    FILE *f = fopen(path_of("t"), "wb");
    fwrite(p, 1, n, f);
    fclose(f);
}

static void read_any(const char *kind, const SpmlPort *p)
{
    SpmlBundle *b = NULL;
    SpmlError *e = spml_error_new();
    SpmlStatus code = read_file(kind, p, &b, e);
    assert_true(code == 0 || code == 2 || code == 3 || code == 4 || code == 5);
    assert_true(code == 0 || *spml_error_text(e));
    if (!code)
        spml_bundle_free(b);
    spml_error_free(e);
}

static void test_damage(void **state)
{
    SpmlTensor *t = make("f32", 2, (int64_t[]){3, 4});
    SpmlPort p = port_of(t);
    for (int k = 0; k < KINDS; k++) {
        size_t n;
        write_file(kinds[k], t);
        char *bytes = slurp(&n);
        for (size_t i = 0; i < n; i++) {
            spill(bytes, i);
            read_any(kinds[k], &p);
        }
        for (size_t i = 0; i < n; i++) {
            char old = bytes[i];
            bytes[i] = (char)(old ^ (1 << (i % 8)));
            spill(bytes, n);
            read_any(kinds[k], &p);
            bytes[i] = (char)0xff;
            spill(bytes, n);
            read_any(kinds[k], &p);
            bytes[i] = old;
        }
        free(bytes);
    }
    spml_tensor_free(t);
}

/* got is within the limit of want only by the formula; NaN equals NaN only. */
static void test_compare(void **state)
{
    const struct { double got, want; bool equal; } rows[] = {{1, 1, true}, {1.0009, 1, true}, {1.0012, 1, false}, {0, 1e-6, true}, {NAN, NAN, true}, {NAN, 1, false}, {1, NAN, false},
        {INFINITY, INFINITY, true}, {INFINITY, -INFINITY, false}, {1e30, INFINITY, false}, {INFINITY, 1, false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        SpmlTensor *a, *b;
        SpmlDifference d;
        assert_int_equal(spml_tensor_new("f64", 0, NULL, &a, NULL), 0);
        assert_int_equal(spml_tensor_new("f64", 0, NULL, &b, NULL), 0);
        *(double *)spml_tensor_data(a) = rows[i].got;
        *(double *)spml_tensor_data(b) = rows[i].want;
        spml_tensor_compare(a, b, 1e-3, 1e-5, &d);
        if (d.equal != rows[i].equal)
            fail_msg("row %zu", i);
        spml_tensor_free(a);
        spml_tensor_free(b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_round_trips), cmocka_unit_test(test_damage), cmocka_unit_test(test_compare)};
    if (!mkdtemp(folder))
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path_of("t"));
    rmdir(folder);
    return failed;
}
