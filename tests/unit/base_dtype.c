/* SPDX-License-Identifier: MIT
 * The element types: all codes of every small float round trip, rounding at every midpoint, packed access. */
#include "base/dtype.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void sixteen_bits_round_trip(void **state)
{
    for (unsigned i = 0; i < 65536; i++) {
        float h = f16_to_f32((uint16_t)i), b = bf16_to_f32((uint16_t)i);
        unsigned h2 = f32_to_f16(h), b2 = f32_to_bf16(b);
        /* a signalling NaN comes back quiet, with its payload */
        assert_int_equal(h2, isnan(h) ? i | 0x200 : i);
        assert_int_equal(b2, isnan(b) ? i | 0x40 : i);
    }
}

static const DType eights[] = {DT_f8e4m3fn, DT_f8e4m3fnuz, DT_f8e5m2, DT_f8e5m2fnuz, DT_f8e8m0};

static void eight_bits_round_trip(void **state)
{
    for (size_t k = 0; k < 5; k++)
        for (unsigned i = 0; i < 256; i++) {
            float f = fp8_to_f32(eights[k], (uint8_t)i);
            uint8_t back = f32_to_fp8(eights[k], f, false);
            if (isnan(f))
                assert_true(isnan(fp8_to_f32(eights[k], back)));
            else
                assert_int_equal(back, i);
        }
    for (unsigned i = 0; i < 16; i++)
        assert_int_equal(f32_to_fp4(fp4_to_f32((uint8_t)i)), i);
}

/* Between neighbours of a code the midpoint goes to the even one and its float neighbours go to either side. */
static void midpoints(DType t, unsigned last)
{
    uint16_t code[2];
    for (unsigned i = 0; i < last; i++) {
        code[0] = (uint16_t)i;
        code[1] = (uint16_t)(i + 1);
        uint8_t c8[2] = {(uint8_t)i, (uint8_t)(i + 1)};
        const void *p = dtype_info[t].bytes == 2 ? (void *)code : (void *)c8;
        double mid = (dtype_get_f64(t, p, 0) + dtype_get_f64(t, p, 1)) / 2;
        uint16_t got[3] = {0};
        uint8_t got8[3] = {0};
        void *q = dtype_info[t].bytes == 2 ? (void *)got : (void *)got8;
        dtype_set_f64(t, q, 0, mid);
        dtype_set_f64(t, q, 1, nextafter(mid, 0));
        dtype_set_f64(t, q, 2, nextafter(mid, INFINITY));
        unsigned g[3];
        for (int j = 0; j < 3; j++)
            g[j] = dtype_info[t].bytes == 2 ? got[j] : got8[j];
        assert_int_equal(g[0], t == DT_f8e8m0 ? i + 1 : i + (i & 1));
        assert_int_equal(g[1], i);
        assert_int_equal(g[2], i + 1);
    }
}

static void rounds_once_to_even(void **state)
{
    midpoints(DT_f16, 0x7bff);
    midpoints(DT_bf16, 0x7f7f);
    midpoints(DT_f8e4m3fn, 0x7e);
    midpoints(DT_f8e4m3fnuz, 0x7f);
    midpoints(DT_f8e5m2, 0x7b);
    midpoints(DT_f8e5m2fnuz, 0x7f);
    midpoints(DT_f8e8m0, 0xfe);
}

static void overflow_follows_onnx(void **state)
{
    static const struct { DType t; float v; uint8_t plain, saturated; } rows[] = {
        {DT_f8e4m3fn, 464, 0x7e, 0x7e},          {DT_f8e4m3fn, 464.1f, 0x7f, 0x7e},      {DT_f8e4m3fn, -INFINITY, 0xff, 0xfe},
        {DT_f8e4m3fn, -0.0f, 0x80, 0x80},        {DT_f8e4m3fnuz, 1e9f, 0x80, 0x7f},      {DT_f8e4m3fnuz, -0.0f, 0, 0},
        {DT_f8e4m3fnuz, -1e-9f, 0, 0},           {DT_f8e4m3fnuz, -INFINITY, 0x80, 0xff}, {DT_f8e5m2, 61440, 0x7c, 0x7b},
        {DT_f8e5m2, 61439, 0x7b, 0x7b},          {DT_f8e5m2, -INFINITY, 0xfc, 0xfb},     {DT_f8e5m2fnuz, INFINITY, 0x80, 0x7f},
        {DT_f8e8m0, 0, 0xff, 0},                 {DT_f8e8m0, -1, 0xff, 0},               {DT_f8e8m0, INFINITY, 0xff, 0xfe},
        {DT_f8e8m0, 0x1.8p127f, 0xff, 0xfe},     {DT_f8e8m0, 1, 0x7f, 0x7f},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(f32_to_fp8(rows[i].t, rows[i].v, false), rows[i].plain);
        assert_int_equal(f32_to_fp8(rows[i].t, rows[i].v, true), rows[i].saturated);
    }
    assert_int_equal(f32_to_f16(65520), 0x7c00);
    assert_int_equal(f32_to_f16(65519), 0x7bff);
    assert_int_equal(f32_to_f16(-0x1p-24f), 0x8001);
    assert_int_equal(f32_to_f16(0x1p-25f), 0);
    assert_int_equal(f32_to_fp4(INFINITY), 7);
    assert_int_equal(f32_to_fp4(-100), 15);
}

static void packed_elements(void **state)
{
    uint8_t b[4] = {0};
    for (int i = 0; i < 8; i++)
        dtype_set_i64(DT_i4, b, (uint64_t)i, i - 4);
    assert_int_equal(b[0], 0xdc); /* -4 in the low nibble, -3 above */
    for (int i = 0; i < 8; i++)
        assert_int_equal(dtype_get_i64(DT_i4, b, (uint64_t)i), i - 4);
    dtype_set_i64(DT_u2, b, 3, 99);
    assert_int_equal(b[0], 0xdc); /* saturates at 3, which was there */
    dtype_set_i64(DT_i2, b, 0, 1);
    assert_int_equal(b[0], 0xdd);
    dtype_set_f64(DT_i4, b, 7, 2.5);
    assert_int_equal(dtype_get_i64(DT_i4, b, 7), 2);
    dtype_set_f64(DT_i4, b, 7, -1e300);
    assert_int_equal(dtype_get_i64(DT_i4, b, 7), -8);
    assert_int_equal(dtype_get_i64(DT_i4, b, 6), 2);
}

static void wide_elements(void **state)
{
    uint64_t v = 0;
    dtype_set_f64(DT_u64, &v, 0, 1e30);
    assert_true(v == UINT64_MAX && dtype_get_i64(DT_u64, &v, 0) == INT64_MAX);
    dtype_set_f64(DT_i64, &v, 0, NAN);
    assert_true(v == 0);
    dtype_set_i64(DT_i64, &v, 0, INT64_MIN);
    assert_true(dtype_get_i64(DT_i64, &v, 0) == INT64_MIN && dtype_get_f64(DT_i64, &v, 0) == -0x1p63);
    v = 0;
    dtype_set_i64(DT_bf16, &v, 0, (INT64_C(0x80) << 54) + (INT64_C(1) << 53) + 1); /* above a midpoint, by a bit that no double has */
    assert_true(dtype_get_f64(DT_bf16, &v, 0) == 0x81 * 0x1p54);
    dtype_set_f64(DT_bool, &v, 0, 0.5);
    assert_int_equal(dtype_get_i64(DT_bool, &v, 0), 1);
    double d = -1e-320;
    dtype_set_f64(DT_f64, &v, 0, d);
    assert_true(dtype_get_f64(DT_f64, &v, 0) == d && dtype_get_i64(DT_f64, &v, 0) == 0);
}

static void table(void **state)
{
    size_t n;
    for (int t = 0; t < DT_COUNT; t++) {
        const char *name = dtype_name((DType)t);
        assert_int_equal(dtype_find(name, strlen(name)), t);
    }
    assert_int_equal(dtype_find("f3", 2), DT_none);
    assert_true(dtype_bytes(DT_i4, 5, &n) && n == 3);
    assert_true(dtype_bytes(DT_q4_k, 257, &n) && n == 288);
    assert_true(dtype_bytes(DT_f32, 0, &n) && n == 0);
    assert_false(dtype_bytes(DT_f32, UINT64_C(1) << 62, &n));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sixteen_bits_round_trip), cmocka_unit_test(eight_bits_round_trip),
        cmocka_unit_test(rounds_once_to_even), cmocka_unit_test(overflow_follows_onnx), cmocka_unit_test(packed_elements),
        cmocka_unit_test(wide_elements), cmocka_unit_test(table)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
