/* SPDX-License-Identifier: MIT
 * backend/cpu: memory primitives of prims.h: strided, indexed and tail access around the contiguous conversions of isa/prims_mem.c, and the
 * conversions no level has a vector form for (fp8 and sub-byte types; rare pairs through kir_eval, which defines them). Reads only what
 * the caller names: element lanes < n. */
#include "backend/cpu/prims_mem.h"

#include <string.h>

#undef bool /* a macro of stdbool.h would be replaced inside ld_##S */
typedef _Bool bool;

enum { ROW = 64 };
static inline int round_up(int n) { return (n + ROW - 1) & ~(ROW - 1); }

/* ── moving elements by width ── a "unit" is one element in a row buffer: its bytes, or one byte for a sub-byte element */

static int unit_bytes(DType t) { return dtype_info[t].bytes; }
static bool is_sub_byte(DType t) { return dtype_info[t].block > 1; }
static int64_t index_at(const int64_t *index, int64_t stride, int i) { return index ? index[i] : i * stride; }

#define MOVE_LOOPS(W, C) \
    static void fetch_##W(void *dst, const void *base, const int64_t *index, int64_t stride, int n) { \
        C *d = dst; const C *b = base; \
        if (index) for (int i = 0; i < n; i++) d[i] = b[index[i]]; \
        else for (int i = 0; i < n; i++) d[i] = b[i * stride]; } \
    static void put_##W(void *base, const void *src, const int64_t *index, int64_t stride, const uint8_t *mask, int n) { \
        const C *s = src; C *b = base; \
        if (!index) for (int i = 0; i < n; i++) b[i * stride] = s[i]; \
        else for (int i = 0; i < n; i++) if (!mask || mask[i]) b[index[i]] = s[i]; }
typedef struct Wide { uint64_t a, b; } __attribute__((may_alias, packed)) Wide;
typedef uint64_t U8 __attribute__((may_alias, aligned(1)));
typedef uint32_t U4 __attribute__((may_alias, aligned(1)));
typedef uint16_t U2 __attribute__((may_alias, aligned(1)));
MOVE_LOOPS(1, uint8_t) MOVE_LOOPS(2, U2) MOVE_LOOPS(4, U4) MOVE_LOOPS(8, U8) MOVE_LOOPS(16, Wide)

static void fetch_units(void *dst, int width, const void *base, const int64_t *index, int64_t stride, int n)
{
    if (!index && stride == 1) {
        memcpy(dst, base, (size_t)n * (size_t)width);
        return;
    }
    if (!index && stride == 0 && width == 1 && n > 0) { /* one zero point for all */
        memset(dst, *(const uint8_t *)base, (size_t)n);
        return;
    }
    switch (width) {
    case 1: fetch_1(dst, base, index, stride, n); break;
    case 2: fetch_2(dst, base, index, stride, n); break;
    case 4: fetch_4(dst, base, index, stride, n); break;
    case 8: fetch_8(dst, base, index, stride, n); break;
    default: fetch_16(dst, base, index, stride, n); break;
    }
}

static void put_units(void *base, int width, const void *src, const int64_t *index, int64_t stride, const uint8_t *mask, int n)
{
    if (!index && stride == 1) {
        memcpy(base, src, (size_t)n * (size_t)width);
        return;
    }
    switch (width) {
    case 1: put_1(base, src, index, stride, mask, n); break;
    case 2: put_2(base, src, index, stride, mask, n); break;
    case 4: put_4(base, src, index, stride, mask, n); break;
    case 8: put_8(base, src, index, stride, mask, n); break;
    default: put_16(base, src, index, stride, mask, n); break;
    }
}

static void fetch_codes(uint8_t *dst, DType t, const uint8_t *base, const int64_t *index, int64_t stride, int n)
{
    const int64_t per = dtype_info[t].block;
    const unsigned bits = dtype_bits(t), mask = (1u << bits) - 1;
    for (int i = 0; i < n; i++) {
        const int64_t e = index_at(index, stride, i);
        dst[i] = base[e / per] >> (unsigned)(e % per) * bits & mask;
    }
}

static void put_codes(uint8_t *base, DType t, const uint8_t *src, const int64_t *index, int64_t stride, const uint8_t *mask, int n)
{
    const int64_t per = dtype_info[t].block;
    const unsigned bits = dtype_bits(t), code = (1u << bits) - 1;
    for (int i = 0; i < n; i++) {
        const int64_t e = index_at(index, stride, i);
        const unsigned at = (unsigned)(e % per) * bits;
        if (!mask || mask[i])
            base[e / per] = (uint8_t)((base[e / per] & ~(code << at)) | (src[i] & code) << at);
    }
}

/* ── conversions without a vector form ── */

static float float_table[6][256]; /* f8e4m3fn … f8e8m0, f4e2m1 */
static const DType float_table_type[6] = { DT_f8e4m3fn, DT_f8e4m3fnuz, DT_f8e5m2, DT_f8e5m2fnuz, DT_f8e8m0, DT_f4e2m1 };

#define LOAD_TABLE(S, k) \
    static void load_##S(void *dst, const void *src, int n) { \
        const uint8_t *s = src; float *d = dst; \
        for (int i = 0; i < n; i++) d[i] = float_table[k][s[i]]; }
#define STORE_FP8(S) \
    static void store_##S(void *dst, const void *src, int n) { \
        const float *s = src; uint8_t *d = dst; \
        for (int i = 0; i < n; i++) d[i] = f32_to_fp8(DT_##S, s[i], false); } \
    static void store_sat_##S(void *dst, const void *src, int n) { \
        const float *s = src; uint8_t *d = dst; \
        for (int i = 0; i < n; i++) d[i] = f32_to_fp8(DT_##S, s[i], true); }
LOAD_TABLE(f8e4m3fn, 0) LOAD_TABLE(f8e4m3fnuz, 1) LOAD_TABLE(f8e5m2, 2) LOAD_TABLE(f8e5m2fnuz, 3) LOAD_TABLE(f8e8m0, 4) LOAD_TABLE(f4e2m1, 5)
STORE_FP8(f8e4m3fn) STORE_FP8(f8e4m3fnuz) STORE_FP8(f8e5m2) STORE_FP8(f8e5m2fnuz) STORE_FP8(f8e8m0)
static void store_f4e2m1(void *dst, const void *src, int n)
{
    const float *s = src;
    uint8_t *d = dst;
    for (int i = 0; i < n; i++)
        d[i] = f32_to_fp4(s[i]);
}
/* C: the C type of the compute type with this sign; clamped and widen: x in the range, x from the code */
#define SMALL_INT(S, C, bits, clamped, widen) \
    static void load_##S(void *dst, const void *src, int n) { \
        const uint8_t *s = src; C *d = dst; \
        for (int i = 0; i < n; i++) { const uint32_t x = s[i]; d[i] = widen; } } \
    static void store_##S(void *dst, const void *src, int n) { \
        const C *s = src; uint8_t *d = dst; \
        for (int i = 0; i < n; i++) d[i] = (uint8_t)((uint32_t)s[i] & ((1u << bits) - 1)); } \
    static void store_sat_##S(void *dst, const void *src, int n) { \
        const C *s = src; uint8_t *d = dst; \
        for (int i = 0; i < n; i++) { const C x = s[i]; d[i] = (uint8_t)((uint32_t)(clamped) & ((1u << bits) - 1)); } }
SMALL_INT(i4, int32_t, 4, x < -8 ? -8 : x > 7 ? 7 : x, (int32_t)(x << 28) >> 28) SMALL_INT(i2, int32_t, 2, x < -2 ? -2 : x > 1 ? 1 : x, (int32_t)(x << 30) >> 30)
SMALL_INT(u4, uint32_t, 4, x > 15 ? 15 : x, x) SMALL_INT(u2, uint32_t, 2, x > 3 ? 3 : x, x)

#define THREE(S, C) { CONVERT_LOAD, DT_##S, DT_##C, load_##S }, { CONVERT_STORE, DT_##S, DT_##C, store_##S }, { CONVERT_STORE_SAT, DT_##S, DT_##C, store_sat_##S }
static const PrimConvertRow scalar_rows[] = {
    THREE(f8e4m3fn, f32), THREE(f8e4m3fnuz, f32), THREE(f8e5m2, f32), THREE(f8e5m2fnuz, f32), THREE(f8e8m0, f32),
    { CONVERT_LOAD, DT_f4e2m1, DT_f32, load_f4e2m1 }, { CONVERT_STORE, DT_f4e2m1, DT_f32, store_f4e2m1 }, { CONVERT_STORE_SAT, DT_f4e2m1, DT_f32, store_f4e2m1 },
    THREE(i4, i32), THREE(i2, i32), THREE(u4, u32), THREE(u2, u32),
};

static PrimConvertFn converts[CONVERT_KINDS][DT_COUNT][DT_COUNT];

void prims_mem_enter(const PrimConverts *level)
{
    for (size_t i = 0; i < level->n; i++)
        converts[level->row[i].kind][level->row[i].storage][level->row[i].compute] = level->row[i].fn;
}

void prims_mem_init(void)
{
    for (int k = 0; k < 6; k++)
        for (int v = 0; v < 256; v++)
            float_table[k][v] = k == 5 ? fp4_to_f32((uint8_t)(v & 15)) : fp8_to_f32(float_table_type[k], (uint8_t)v);
    prims_mem_enter(&(PrimConverts){ scalar_rows, sizeof scalar_rows / sizeof *scalar_rows });
}

static uint64_t bits_at(const void *p, int width, int i)
{
    uint64_t v = 0;
    memcpy(&v, (const char *)p + (size_t)i * (size_t)width, (size_t)width);
    return v;
}

/* from, to: types of src and dst rows */
static void convert_by_eval(KOp op, DType to, DType from, void *dst, const void *src, int n)
{
    const int wd = unit_bytes(to), ws = unit_bytes(from);
    for (int i = 0; i < n; i++) {
        const uint64_t v = bits_at(src, ws, i), r = kir_eval(op, to, from, &v);
        memcpy((char *)dst + (size_t)i * (size_t)wd, &r, (size_t)wd);
    }
}

static void convert(PrimConvert kind, DType storage, DType compute, void *dst, const void *src, int n)
{
    const DType to = kind == CONVERT_LOAD ? compute : storage, from = kind == CONVERT_LOAD ? storage : compute;
    const KOp op = kind == CONVERT_STORE_SAT ? K_sat : K_cast;
    const PrimConvertFn fn = converts[kind][storage][compute];
    const KPrimFn prim = fn ? NULL : kprim_op(op, to, from, KFORM_V);
    if (fn)
        fn(dst, src, n);
    else if (prim)
        prim(&(void *){ dst }, &(const void *){ src }, n);
    else
        convert_by_eval(op, to, from, dst, src, n);
}

/* ── the general forms ── */

typedef union Row { char bytes[KTILE * 8]; uint64_t align __attribute__((aligned(64))); } Row;

/* The first n elements as units; the rest of the last row of 64 is zero. */
static void fetch(void *row, DType t, const void *base, const int64_t *index, int64_t stride, int n)
{
    const size_t w = (size_t)unit_bytes(t), used = (size_t)n * w;
    if (is_sub_byte(t))
        fetch_codes(row, t, base, index, stride, n);
    else
        fetch_units(row, (int)w, base, index, stride, n);
    memset((char *)row + used, 0, (size_t)round_up(n) * w - used);
}

static void put(void *base, DType t, const void *row, const int64_t *index, int64_t stride, const uint8_t *mask, int n)
{
    if (is_sub_byte(t))
        put_codes(base, t, row, index, stride, mask, n);
    else
        put_units(base, unit_bytes(t), row, index, stride, mask, n);
}

static void load_as(DType storage, DType compute, void *slot, const void *base, const int64_t *index, int64_t stride, int n)
{
    if (storage == compute) {
        fetch(slot, storage, base, index, stride, n);
    } else if (!index && stride == 1 && n % ROW == 0 && !is_sub_byte(storage) && (uintptr_t)base % (uintptr_t)unit_bytes(storage) == 0) {
        convert(CONVERT_LOAD, storage, compute, slot, base, n);
    } else {
        Row row __attribute__((uninitialized));
        fetch(row.bytes, storage, base, index, stride, n);
        convert(CONVERT_LOAD, storage, compute, slot, row.bytes, round_up(n));
    }
}

static void store_as(PrimConvert kind, DType storage, DType compute, void *base, const void *slot, const int64_t *index, int64_t stride, const uint8_t *mask, int n)
{
    if (storage == compute && kind == CONVERT_STORE) {
        put(base, storage, slot, index, stride, mask, n);
    } else if (!index && stride == 1 && n % ROW == 0 && !is_sub_byte(storage)) {
        convert(kind, storage, compute, base, slot, n);
    } else {
        Row row __attribute__((uninitialized));
        convert(kind, storage, compute, row.bytes, slot, round_up(n));
        put(base, storage, row.bytes, index, stride, mask, n);
    }
}

/* ── one function per pair, so that a tile program holds plain pointers ── */
#define STORAGE(X, C) \
    X(bool, C) X(i8, C) X(i16, C) X(i32, C) X(i64, C) X(u8, C) X(u16, C) X(u32, C) X(u64, C) X(f16, C) X(bf16, C) X(f32, C) X(f64, C) \
    X(f8e4m3fn, C) X(f8e4m3fnuz, C) X(f8e5m2, C) X(f8e5m2fnuz, C) X(f8e8m0, C) X(f4e2m1, C) X(i4, C) X(u4, C) X(i2, C) X(u2, C)
#define DEF(S, C) \
    static void ld_##S##_##C(void *slot, const void *base, int64_t stride, int n) { load_as(DT_##S, DT_##C, slot, base, NULL, stride, n); } \
    static void ga_##S##_##C(void *slot, const void *base, const int64_t *index, int n) { load_as(DT_##S, DT_##C, slot, base, index, 0, n); } \
    static void st_##S##_##C(void *base, const void *slot, int64_t stride, int n) { store_as(CONVERT_STORE, DT_##S, DT_##C, base, slot, NULL, stride, NULL, n); } \
    static void ss_##S##_##C(void *base, const void *slot, int64_t stride, int n) { store_as(CONVERT_STORE_SAT, DT_##S, DT_##C, base, slot, NULL, stride, NULL, n); } \
    static void sc_##S##_##C(void *base, const void *slot, const int64_t *index, const uint8_t *mask, int n) { \
        store_as(CONVERT_STORE, DT_##S, DT_##C, base, slot, index, 0, mask, n); }
STORAGE(DEF, bool) STORAGE(DEF, f32) STORAGE(DEF, f64) STORAGE(DEF, i32) STORAGE(DEF, u32) STORAGE(DEF, i64) STORAGE(DEF, u64)
typedef struct MemRow { KLoadFn load; KGatherFn gather; KStoreFn store, store_sat; KScatterFn scatter; } MemRow;
#define ENTRY(S, C) [DT_##S][DT_##C] = { ld_##S##_##C, ga_##S##_##C, st_##S##_##C, ss_##S##_##C, sc_##S##_##C },
static const MemRow mem_rows[DT_u2 + 1][DT_f64 + 1] = {
    STORAGE(ENTRY, bool) STORAGE(ENTRY, f32) STORAGE(ENTRY, f64) STORAGE(ENTRY, i32) STORAGE(ENTRY, u32) STORAGE(ENTRY, i64) STORAGE(ENTRY, u64)
};
static const MemRow *mem_row(DType storage, DType compute)
{
    static const MemRow none;
    return storage <= DT_u2 && compute <= DT_f64 ? &mem_rows[storage][compute] : &none;
}
KLoadFn kprim_load(DType storage, DType compute) { return mem_row(storage, compute)->load; }
KStoreFn kprim_store(DType storage, DType compute, bool sat) { return sat ? mem_row(storage, compute)->store_sat : mem_row(storage, compute)->store; }
KGatherFn kprim_gather(DType storage, DType compute) { return mem_row(storage, compute)->gather; }
KScatterFn kprim_scatter(DType storage, DType compute) { return mem_row(storage, compute)->scatter; }

/* ── moves by width ── */
#define DEF_BYTES(W) \
    static void ld_bytes_##W(void *slot, const void *base, int64_t stride, int n) { fetch_units(slot, W, base, NULL, stride, n); } \
    static void ga_bytes_##W(void *slot, const void *base, const int64_t *index, int n) { fetch_units(slot, W, base, index, 0, n); } \
    static void st_bytes_##W(void *base, const void *slot, int64_t stride, int n) { put_units(base, W, slot, NULL, stride, NULL, n); } \
    static void sc_bytes_##W(void *base, const void *slot, const int64_t *index, const uint8_t *mask, int n) { put_units(base, W, slot, index, 0, mask, n); }
DEF_BYTES(1) DEF_BYTES(2) DEF_BYTES(4) DEF_BYTES(8) DEF_BYTES(16)
#define ENTRY_BYTES(W) { ld_bytes_##W, ga_bytes_##W, st_bytes_##W, st_bytes_##W, sc_bytes_##W }
static const MemRow byte_rows[] = { ENTRY_BYTES(1), ENTRY_BYTES(2), ENTRY_BYTES(4), ENTRY_BYTES(8), ENTRY_BYTES(16) };
static const MemRow *byte_row(int width)
{
    static const MemRow none;
    for (int k = 0; k < 5; k++)
        if (width == 1 << k)
            return &byte_rows[k];
    return &none;
}
KLoadFn kprim_load_bytes(int width) { return byte_row(width)->load; }
KStoreFn kprim_store_bytes(int width) { return byte_row(width)->store; }
KGatherFn kprim_gather_bytes(int width) { return byte_row(width)->gather; }
KScatterFn kprim_scatter_bytes(int width) { return byte_row(width)->scatter; }
