/* SPDX-License-Identifier: MIT
 * tests: ONNX data files: values of every kind and type written, read back and compared; the ONNX package's own layouts; hostile prefixes. */
#include "formats/tensor/pb.h"
#include "pbwrite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>

static SpmlCode read_back(const Text *t, TypeKind kind, RtValue **out, char **name, Error *e)
{
    File *f;
    *e = (Error){0};
    SpmlCode c = file_memory("v.pb", t->p ? t->p : "", t->n, &f, e);
    if (c)
        return c;
    c = pb_value_read(f, kind, out, name, e);
    file_close(&f);
    return c;
}

static bool same(const RtValue *a, const RtValue *b)
{
    if (a->kind != b->kind || a->dtype != b->dtype || a->rank != b->rank || a->n_item != b->n_item || a->sz != b->sz)
        return false;
    for (int i = 0; i < a->rank; i++)
        if (a->dim[i] != b->dim[i])
            return false;
    const StringRef *s = a->data, *t = b->data;
    for (int64_t i = 0; a->dtype == DT_string && i < rt_count(a); i++)
        if (s[i].n != t[i].n || memcmp(s[i].p, t[i].p, s[i].n))
            return false;
    if (a->kind == TYPE_TENSOR && a->dtype != DT_string && a->sz && memcmp(a->data, b->data, a->sz))
        return false;
    for (size_t i = 0; i < a->n_item; i++)
        if (!same(a->item[i], b->item[i]))
            return false;
    return true;
}

static void round_trip(const RtValue *v, TypeKind kind)
{
    Text t = {0};
    Error e = {0};
    RtValue *back;
    char *name;
    assert_int_equal(pb_value_write(v, "the name", &t, &e), SPML_OK);
    if (read_back(&t, kind, &back, &name, &e))
        fail_msg("%s", e.text);
    assert_true(same(v, back));
    assert_string_equal(name, "the name");
    free(name);
    rt_free(&back);
    text_free(&t);
}

static RtValue *numbers(DType t, int rank, const int64_t *dim)
{
    RtValue *v;
    assert_int_equal(rt_tensor(t, rank, dim, &v, NULL), SPML_OK);
    for (size_t i = 0; i < v->sz; i++)
        ((uint8_t *)v->data)[i] = (uint8_t)(t == DT_bool ? i & 1 : i * 37 + 11);
    return v;
}

static void tensors(void **state)
{
    static const int64_t shapes[][3] = {{2, 3, 1}, {0, 4, 2}, {5, 1, 1}};
    for (DType t = DT_bool; t <= DT_c128; t++)
        for (int s = 0; s < 3; s++)
            for (int rank = 0; rank <= 3; rank++) {
                RtValue *v = numbers(t, rank, shapes[s]);
                round_trip(v, TYPE_TENSOR);
                round_trip(v, TYPE_NONE);
                rt_free(&v);
            }
    RtValue *v;
    Text t = {0};
    Error e = {0};
    assert_int_equal(rt_tensor(DT_q4_0, 1, (int64_t[]){32}, &v, NULL), SPML_OK);
    assert_int_equal(pb_value_write(v, NULL, &t, &e), SPML_UNSUPPORTED);
    assert_string_equal(e.key, "dtype-unsupported");
    text_free(&t);
    rt_free(&v);
}

static RtValue *strings(int n)
{
    static const StringRef s[] = {{"one", 3}, {"", 0}, {"a\0b", 3}};
    RtValue *v;
    assert_int_equal(rt_tensor(DT_u8, 0, NULL, &v, NULL), SPML_OK);
    assert_int_equal(rt_strings(v, 1, (int64_t[]){n}, s, NULL), SPML_OK);
    return v;
}

static RtValue *list(TypeKind kind, RtValue *a, RtValue *b)
{
    RtValue *v = calloc(1, sizeof *v);
    assert_non_null(v);
    v->kind = kind;
    assert_int_equal(a ? rt_sequence_add(v, a, NULL) : SPML_OK, SPML_OK);
    assert_int_equal(b ? rt_sequence_add(v, b, NULL) : SPML_OK, SPML_OK);
    return v;
}

static void containers(void **state)
{
    static const int64_t d2[] = {2}, d3[] = {3};
    RtValue *values[] = {
        strings(3), list(TYPE_SEQUENCE, numbers(DT_f32, 1, d2), numbers(DT_f32, 1, d3)), list(TYPE_SEQUENCE, NULL, NULL), list(TYPE_SEQUENCE, strings(2), NULL),
        list(TYPE_SEQUENCE, list(TYPE_SEQUENCE, numbers(DT_i64, 1, d2), NULL), list(TYPE_SEQUENCE, NULL, NULL)),
        list(TYPE_OPTIONAL, NULL, NULL), list(TYPE_OPTIONAL, numbers(DT_f16, 1, d2), NULL),
        list(TYPE_OPTIONAL, list(TYPE_SEQUENCE, numbers(DT_f32, 1, d2), NULL), NULL),
        list(TYPE_MAP, numbers(DT_i64, 1, d2), numbers(DT_f32, 1, d2)), list(TYPE_MAP, strings(3), numbers(DT_f64, 1, d3)), list(TYPE_MAP, numbers(DT_i64, 1, d3), strings(3)),
        list(TYPE_SEQUENCE, list(TYPE_MAP, numbers(DT_i64, 1, d2), numbers(DT_f32, 1, d2)), NULL),
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        round_trip(values[i], values[i]->kind);
        rt_free(&values[i]);
    }
}

/* Every prefix of a message with all kinds of items, read as each kind: clean. */
static void prefixes(void **state)
{
    RtValue *v = list(TYPE_SEQUENCE, list(TYPE_OPTIONAL, list(TYPE_MAP, strings(3), numbers(DT_i64, 1, (int64_t[]){3})), NULL), NULL);
    Text t = {0};
    assert_int_equal(pb_value_write(v, "v", &t, NULL), SPML_OK);
    for (size_t n = 0; n <= t.n; n++)
        for (TypeKind k = TYPE_NONE; k <= TYPE_MAP; k++) {
            Text cut = {.p = t.p, .n = n};
            Error e;
            RtValue *back = NULL;
            SpmlCode c = read_back(&cut, k, &back, NULL, &e);
            assert_true(c == SPML_OK || (c == SPML_DATA && e.text[0]));
            assert_true((c == SPML_OK) == (back != NULL));
            rt_free(&back);
        }
    text_free(&t);
    rt_free(&v);
}

static void bombs(void **state)
{
    Text t = {0};
    for (int i = 0; i < 40; i++) { /* sequences in sequences */
        Text outer = {0};
        w_int(&outer, 2, 3);
        w_sub(&outer, 5, &t);
        t = outer;
    }
    Error e;
    RtValue *v;
    assert_int_equal(read_back(&t, TYPE_SEQUENCE, &v, NULL, &e), SPML_DATA);
    assert_string_equal(e.key, "too-deep");
    text_free(&t);
    t = w_tensor("t", 1, 2, (int64_t[]){1 << 20, 1 << 20});
    assert_int_equal(read_back(&t, TYPE_TENSOR, &v, NULL, &e), SPML_DATA);
    text_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(tensors), cmocka_unit_test(containers), cmocka_unit_test(prefixes), cmocka_unit_test(bombs)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
