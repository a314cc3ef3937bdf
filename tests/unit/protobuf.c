/* SPDX-License-Identifier: MIT
 * tests: the protobuf decoder on hand-made messages: every kind of field, packed and not, and every way to be malformed. */
#include "formats/wire/protobuf.h"
#include "pbwrite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

typedef struct Msg { uint64_t seen; int64_t i; float f; PbBytes s, m; PbList names; PbInts ints; PbFloats floats; PbList segs; } Msg;
static const PbRow rows[] = {
    {1, PB_INT, offsetof(Msg, i)}, {2, PB_FLOAT, offsetof(Msg, f)}, {3, PB_STR, offsetof(Msg, s)}, {4, PB_MSG, offsetof(Msg, m)},
    {5, PB_STRS, offsetof(Msg, names)}, {6, PB_INTS, offsetof(Msg, ints)}, {7, PB_FLOATS, offsetof(Msg, floats)}, {8, PB_SEGV, offsetof(Msg, segs)},
};
static const PbMessage msg = {"Msg", rows, 8};

static SpmlCode decode(const char *p, size_t n, Arena *a, Msg *out, Error *err)
{
    Pb pb = {(const uint8_t *)p, "t.pb", a, err};
    *out = (Msg){0};
    return pb_read(&pb, (PbBytes){(const uint8_t *)p, n}, 0, &msg, out);
}

static void all_kinds(void **state)
{
    Arena a = {0};
    Text t = {0}, packed = {0};
    Msg m;
    Error e = {0};
    w_int(&t, 1, -5);
    w_int(&t, 1, -7); /* the last one counts */
    w_f32(&t, 2, 1.5f);
    w_str(&t, 3, "hello");
    w_str(&t, 4, "");
    w_str(&t, 5, "a");
    w_str(&t, 5, "");
    w_int(&t, 6, 300);
    w_varint(&packed, 1);
    w_varint(&packed, UINT64_MAX);
    w_sub(&t, 6, &packed);
    w_f32(&t, 7, 2);
    w_bytes(&t, 7, (float[]){3, 4}, 8);
    w_int(&t, 8, 129);
    w_bytes(&t, 8, "\x01\x02", 2);
    w_int(&t, 99, 1); /* unknown fields are skipped */
    w_str(&t, 98, "x");
    assert_int_equal(decode(t.p, t.n, &a, &m, &e), SPML_OK);
    assert_int_equal(m.i, -7);
    assert_true(m.f == 1.5f && m.s.n == 5 && m.m.p && !m.m.n && m.names.n == 2 && !m.names.v[1].n);
    assert_true(m.ints.n == 3 && m.ints.v[0] == 300 && m.ints.v[1] == 1 && m.ints.v[2] == -1);
    assert_true(m.floats.n == 3 && m.floats.v[2] == 4);
    assert_true(m.segs.n == 2 && m.segs.v[0].n == 2 && pb_varint_count(m.segs.v[1]) == 2);
    text_free(&t);
    arena_free(&a);
}

static void malformed(void **state)
{
    static const struct { const char *p; size_t n; const char *key; int64_t at; } bad[] = {
        {"\x08", 1, "file-truncated", 0},                                          /* tag without value */
        {"\x08\x80", 2, "file-truncated", 0},                                      /* varint without end */
        {"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 11, "file-truncated", 0}, /* 65 bits */
        {"\x1a\x05xy", 4, "file-truncated", 0},                                    /* longer than the rest */
        {"\x1a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11, "file-truncated", 0}, /* 2^64 - 1 bytes */
        {"\x00\x01", 2, "protobuf-tag", 0},                                        /* field 0 */
        {"\x0b\x0c", 2, "protobuf-wire-type", 0},                                  /* groups */
        {"\x0f", 1, "protobuf-wire-type", 0},
        {"\x0a\x01x", 3, "protobuf-wire-type", 0},                                 /* a string where an integer belongs */
        {"\x18\x01", 2, "protobuf-wire-type", 0},                                  /* and the other way */
        {"\x08\x01\x22\x00\x22\x00", 6, "duplicate", 4},                           /* a single message twice */
        {"\x3a\x05\0\0\0\0\0", 7, "protobuf-packed", 0},                           /* 5 bytes of floats */
        {"\x32\x02\x01\x80", 4, "protobuf-packed", 0},                             /* last varint cut */
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        Arena a = {0};
        Msg m;
        Error e = {0};
        assert_int_equal(decode(bad[i].p, bad[i].n, &a, &m, &e), SPML_DATA);
        assert_string_equal(e.key, bad[i].key);
        assert_int_equal(e.offset, bad[i].at);
        assert_string_equal(e.file, "t.pb");
        arena_free(&a);
    }
}

static void caps(void **state)
{
    Arena a = {0};
    Text t = {0};
    Msg m = {0};
    Error e = {0};
    size_t n = PB_MAX_STRING + 1;
    char *big = test_malloc(n);
    memset(big, 'x', n);
    w_bytes(&t, 3, big, n);
    assert_int_equal(decode(t.p, t.n, &a, &m, &e), SPML_DATA);
    assert_string_equal(e.key, "string-too-long");
    error_clear(&e);
    Pb pb = {(const uint8_t *)"", "t.pb", &a, &e};
    assert_int_equal(pb_read(&pb, (PbBytes){(const uint8_t *)"", 0}, PB_MAX_DEPTH + 1, &msg, &m), SPML_DATA);
    assert_string_equal(e.key, "too-deep");
    test_free(big);
    text_free(&t);
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_kinds), cmocka_unit_test(malformed), cmocka_unit_test(caps)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
