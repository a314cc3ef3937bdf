/* SPDX-License-Identifier: MIT
 * base: every element type spml knows, as one table. Nothing else in the tree switches over dtypes to
 * learn a size or a name. Block-quantised types hold `block` elements in `bytes` bytes; sub-byte types
 * are blocks too (i4: 2 elements in 1 byte, low nibble first). */
#ifndef SPML_BASE_DTYPE_H
#define SPML_BASE_DTYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum DTypeClass { DCLASS_NONE, DCLASS_BOOL, DCLASS_INT, DCLASS_UINT, DCLASS_FLOAT, DCLASS_COMPLEX, DCLASS_STRING, DCLASS_BLOCK } DTypeClass;

/* name (as printed and in kernels), class, elements per block, bytes per block, alignment, compute type (acc(T) of
 * kernel-language.md section 2; "none" where arithmetic is not defined) */
#define DTYPES(X) \
    X(none, NONE, 1, 0, 1, none) \
    X(bool, BOOL, 1, 1, 1, bool) \
    X(i8, INT, 1, 1, 1, i32) X(i16, INT, 1, 2, 2, i32) X(i32, INT, 1, 4, 4, i32) X(i64, INT, 1, 8, 8, i64) \
    X(u8, UINT, 1, 1, 1, u32) X(u16, UINT, 1, 2, 2, u32) X(u32, UINT, 1, 4, 4, u32) X(u64, UINT, 1, 8, 8, u64) \
    X(f16, FLOAT, 1, 2, 2, f32) X(bf16, FLOAT, 1, 2, 2, f32) X(f32, FLOAT, 1, 4, 4, f32) X(f64, FLOAT, 1, 8, 8, f64) \
    X(f8e4m3fn, FLOAT, 1, 1, 1, f32) X(f8e4m3fnuz, FLOAT, 1, 1, 1, f32) X(f8e5m2, FLOAT, 1, 1, 1, f32) \
    X(f8e5m2fnuz, FLOAT, 1, 1, 1, f32) X(f8e8m0, FLOAT, 1, 1, 1, f32) \
    X(f4e2m1, FLOAT, 2, 1, 1, f32) X(i4, INT, 2, 1, 1, i32) X(u4, UINT, 2, 1, 1, u32) X(i2, INT, 4, 1, 1, i32) X(u2, UINT, 4, 1, 1, u32) \
    X(c64, COMPLEX, 1, 8, 4, none) X(c128, COMPLEX, 1, 16, 8, none) \
    X(string, STRING, 1, 16, 8, none) \
    X(q4_0, BLOCK, 32, 18, 2, f32) X(q4_1, BLOCK, 32, 20, 2, f32) X(q5_0, BLOCK, 32, 22, 2, f32) X(q5_1, BLOCK, 32, 24, 2, f32) \
    X(q8_0, BLOCK, 32, 34, 2, f32) X(q8_1, BLOCK, 32, 36, 2, f32) \
    X(q2_k, BLOCK, 256, 84, 2, f32) X(q3_k, BLOCK, 256, 110, 2, f32) X(q4_k, BLOCK, 256, 144, 2, f32) X(q5_k, BLOCK, 256, 176, 2, f32) \
    X(q6_k, BLOCK, 256, 210, 2, f32) X(q8_k, BLOCK, 256, 292, 4, f32) \
    X(iq2_xxs, BLOCK, 256, 66, 2, f32) X(iq2_xs, BLOCK, 256, 74, 2, f32) X(iq3_xxs, BLOCK, 256, 98, 2, f32) X(iq1_s, BLOCK, 256, 50, 2, f32) \
    X(iq4_nl, BLOCK, 32, 18, 2, f32) X(iq3_s, BLOCK, 256, 110, 2, f32) X(iq2_s, BLOCK, 256, 82, 2, f32) X(iq4_xs, BLOCK, 256, 136, 2, f32) \
    X(iq1_m, BLOCK, 256, 56, 2, f32) X(tq1_0, BLOCK, 256, 54, 2, f32) X(tq2_0, BLOCK, 256, 66, 2, f32) X(mxfp4, BLOCK, 32, 17, 1, f32)

typedef enum DType {
#define X(name, ...) DT_##name,
    DTYPES(X)
#undef X
    DT_COUNT
} DType;

typedef struct DTypeInfo {
    const char *name;
    DTypeClass cls;
    uint16_t block, bytes, align; /* elements and bytes per block; alignment of a block */
    DType compute;
} DTypeInfo;

extern const DTypeInfo dtype_info[DT_COUNT];

static inline const char *dtype_name(DType t) { return dtype_info[t].name; }
DType dtype_find(const char *name, size_t n);    /* DT_none if there is no such name */
/* Bytes of n elements, rounded up to whole blocks; false on overflow. A string element is 16 bytes {const char *, size_t}. */
bool dtype_bytes(DType t, uint64_t n, size_t *out);
static inline bool dtype_is_float(DType t) { return dtype_info[t].cls == DCLASS_FLOAT; }
static inline bool dtype_is_int(DType t) { return dtype_info[t].cls == DCLASS_INT || dtype_info[t].cls == DCLASS_UINT; }
static inline unsigned dtype_bits(DType t) { return dtype_info[t].bytes * 8u / dtype_info[t].block; } /* 0 for block-quantised of fraction: use bytes/block */

typedef struct StringRef { const char *p; size_t n; } StringRef; /* an element of a string tensor */

/* Exact scalar conversions. Storage → f32 is exact for all these types; f32 → storage rounds to nearest even.
 * The plain form overflows to inf (or NaN where the type has no inf, as ONNX does); sat clamps to the finite range. */
float f16_to_f32(uint16_t h);   uint16_t f32_to_f16(float f);
float bf16_to_f32(uint16_t h);  uint16_t f32_to_bf16(float f);
float fp8_to_f32(DType t, uint8_t v); /* t: one of the five f8 types */
uint8_t f32_to_fp8(DType t, float f, bool saturate);
float fp4_to_f32(uint8_t v);    uint8_t f32_to_fp4(float f); /* 4 bits, saturating: e2m1 has neither inf nor NaN */
/* Element i of a packed array of any non-block, non-complex, non-string type as double / int64 (exact where it fits), and back (rounding; ints saturate). */
double dtype_get_f64(DType t, const void *p, uint64_t i);
int64_t dtype_get_i64(DType t, const void *p, uint64_t i);
void dtype_set_f64(DType t, void *p, uint64_t i, double v);
void dtype_set_i64(DType t, void *p, uint64_t i, int64_t v);

#endif
