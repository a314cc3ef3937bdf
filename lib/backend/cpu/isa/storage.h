/* SPDX-License-Identifier: MIT
 * backend/cpu: storage types in emitted scalar code: a register holds the bits (sub-byte: the code) in an unsigned or signed C integer. Conversions
 * to and from the compute type are here; other pairs, sat and comparisons go through kir_eval, which defines them. */
#ifndef SPML_CPU_STORAGE_H
#define SPML_CPU_STORAGE_H

#include "backend/cpu/isa/scalar.h"
#include "kir/kir.h"

typedef int8_t s_i8;
typedef int16_t s_i16;
typedef uint8_t s_u8;
typedef uint16_t s_u16;
typedef uint16_t s_f16;
typedef uint16_t s_bf16;
typedef uint8_t s_f8e4m3fn, s_f8e4m3fnuz, s_f8e5m2, s_f8e5m2fnuz, s_f8e8m0, s_f4e2m1, s_i4, s_u4, s_i2, s_u2;

#define S_SMALL(X, C) X(i8, C) X(i16, C) X(u8, C) X(u16, C)
#define S_ODD(X, C) X(f16, C) X(bf16, C) X(f8e4m3fn, C) X(f8e4m3fnuz, C) X(f8e5m2, C) X(f8e5m2fnuz, C) X(f8e8m0, C) X(f4e2m1, C) X(i4, C) X(u4, C) X(i2, C) X(u2, C)
#define S_NUMS(M, X) M(X, i32) M(X, u32) M(X, i64) M(X, u64) M(X, f32) M(X, f64) M(X, bool)

/* bits of any register, zero-extended, and back */
#define S_BITS(T) \
    SFN uint64_t s_bits_##T(s_##T x) { uint64_t v = 0; __builtin_memcpy(&v, &x, sizeof x); return v; } \
    SFN s_##T s_of_bits_##T(uint64_t v) { s_##T x; __builtin_memcpy(&x, &v, sizeof x); return x; }
#define S_BITS_OF(T, C) S_BITS(T)
S_ALL(S_BITS) S_SMALL(S_BITS_OF, ) S_ODD(S_BITS_OF, )

#define S_EVAL(op, T, F) SFN s_##T s_##op##_##T##_##F(s_##F x) { const uint64_t v = s_bits_##F(x); return s_of_bits_##T(kir_eval(K_##op, DT_##T, DT_##F, &v)); }
/* integers of 8 and 16 bits: to numbers exact, from integers wrapping */
#define S_WIDEN(S, C) SFN s_##C s_cast_##C##_##S(s_##S x) { return (s_##C)x; } S_EVAL(sat, S, C) S_EVAL(sat, C, S)
S_NUMS(S_SMALL, S_WIDEN)
#define S_WRAP(S, C) SFN s_##S s_cast_##S##_##C(s_##C x) { return (s_##S)x; }
S_SMALL(S_WRAP, i32) S_SMALL(S_WRAP, u32) S_SMALL(S_WRAP, i64) S_SMALL(S_WRAP, u64) S_SMALL(S_WRAP, bool)
#define S_FROM_FLOAT(S, C) S_EVAL(cast, S, C)
S_SMALL(S_FROM_FLOAT, f32) S_SMALL(S_FROM_FLOAT, f64)
/* 16-bit floats, from and to f32 */
SFN float s_cast_f32_f16(s_f16 x) { return f16_to_f32(x); }
SFN float s_cast_f32_bf16(s_bf16 x) { return bf16_to_f32(x); }
SFN s_f16 s_cast_f16_f32(float x) { return f32_to_f16(x); }
SFN s_bf16 s_cast_bf16_f32(float x) { return f32_to_bf16(x); }
#define S_ODD_FROM(S, C) S_EVAL(cast, C, S) S_EVAL(sat, C, S) S_EVAL(cast, S, C) S_EVAL(sat, S, C)
#define S_FEW(X, C) X(f8e4m3fn, C) X(f8e4m3fnuz, C) X(f8e5m2, C) X(f8e5m2fnuz, C) X(f8e8m0, C) X(f4e2m1, C) X(i4, C) X(u4, C) X(i2, C) X(u2, C)
S_NUMS(S_FEW, S_ODD_FROM)
S_EVAL(sat, f16, f32) S_EVAL(sat, bf16, f32) S_EVAL(sat, f32, f16) S_EVAL(sat, f32, bf16)
#define S_HALF(C) S_ODD_FROM(f16, C) S_ODD_FROM(bf16, C)
S_HALF(f64) S_HALF(i32) S_HALF(u32) S_HALF(i64) S_HALF(u64) S_HALF(bool)

#define S_TEST(op, S) SFN bool s_##op##_##S(s_##S a, s_##S b) { const uint64_t v[2] = { s_bits_##S(a), s_bits_##S(b) }; return kir_eval(K_##op, DT_bool, DT_##S, v) != 0; }
#define S_COMPARE(S, C) \
    S_TEST(eq, S) S_TEST(ne, S) S_TEST(lt, S) S_TEST(le, S) S_TEST(gt, S) S_TEST(ge, S) \
    SFN bool s_isnan_##S(s_##S a) { const uint64_t v[2] = { s_bits_##S(a), 0 }; return kir_eval(K_isnan, DT_bool, DT_##S, v) != 0; }
S_SMALL(S_COMPARE, ) S_ODD(S_COMPARE, )

/* Element i of packed bytes at p: fields of blocks (any alignment) and sub-byte tensors. */
#define S_FIELD(T) SFN s_##T s_field_##T(const uint8_t *p, int64_t i) { s_##T x; __builtin_memcpy(&x, p + i * (int64_t)sizeof x, sizeof x); return x; }
#define S_FIELD_OF(T, C) S_FIELD(T)
S_ALL(S_FIELD) S_SMALL(S_FIELD_OF, )
S_FIELD(f16) S_FIELD(bf16) S_FIELD(f8e4m3fn) S_FIELD(f8e4m3fnuz) S_FIELD(f8e5m2) S_FIELD(f8e5m2fnuz) S_FIELD(f8e8m0)
#define S_PACKED(T, bits) \
    SFN s_##T s_field_##T(const uint8_t *p, int64_t i) { return (s_##T)(p[i / (8 / bits)] >> i % (8 / bits) * bits & ((1 << bits) - 1)); } \
    SFN void s_put_##T(uint8_t *p, int64_t i, s_##T x) { \
        const int at = (int)(i % (8 / bits)) * bits, mask = ((1 << bits) - 1) << at; \
        uint8_t *b = p + i / (8 / bits); \
        *b = (uint8_t)((*b & ~mask) | (x << at & mask)); }
S_PACKED(f4e2m1, 4) S_PACKED(i4, 4) S_PACKED(u4, 4) S_PACKED(i2, 2) S_PACKED(u2, 2)

#endif
