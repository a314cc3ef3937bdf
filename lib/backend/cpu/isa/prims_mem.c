/* SPDX-License-Identifier: MIT
 * backend/cpu: contiguous conversions between storage and compute types, compiled once per level, for the pairs that models use most; the
 * rest is in ../prims_mem.c. n is a multiple of 64; memory up to n is readable and writable (the callers see to tails). */
#include "backend/cpu/isa/simd.h"
#include "backend/cpu/prims_table.h"

#define SIG (void *dst, const void *src, int n)
#define LOOP for (int i = 0; i < n; i += VN)

VFN v_i32 x_sext(v_u32 x, int bits) { return (v_i32)(x << (32 - bits)) >> (32 - bits); }
VFN v_f32 x_clamp_f32(v_f32 x, float max) { return v_min_f32(v_max_f32(x, v_set_f32(-max)), v_set_f32(max)); }
VFN v_i32 x_clamp_i(v_i32 x, int32_t lo, int32_t hi) { return v_min_i32(v_max_i32(x, v_set_i32(lo)), v_set_i32(hi)); }

/* M(storage, its C type, compute, expression of p) */
#define LOADS(M) \
    M(f16, uint16_t, f32, v_ld_f16(p)) M(bf16, uint16_t, f32, v_ld_bf16(p)) \
    M(u8, uint8_t, u32, v_ld_u8(p)) M(u8, uint8_t, i32, (v_i32)v_ld_u8(p)) M(u8, uint8_t, f32, v_cast_f32_i32((v_i32)v_ld_u8(p))) \
    M(u16, uint16_t, u32, v_ld_u16(p)) M(u16, uint16_t, i32, (v_i32)v_ld_u16(p)) M(u16, uint16_t, f32, v_cast_f32_i32((v_i32)v_ld_u16(p))) \
    M(i8, int8_t, i32, x_sext(v_ld_u8(p), 8)) M(i8, int8_t, u32, (v_u32)x_sext(v_ld_u8(p), 8)) M(i8, int8_t, f32, v_cast_f32_i32(x_sext(v_ld_u8(p), 8))) \
    M(i16, int16_t, i32, x_sext(v_ld_u16(p), 16)) M(i16, int16_t, u32, (v_u32)x_sext(v_ld_u16(p), 16)) M(i16, int16_t, f32, v_cast_f32_i32(x_sext(v_ld_u16(p), 16)))

/* M(kind, storage, its C type, compute, statement on p and x) */
#define STORE_INT(M, S, C, bits, min, max) \
    M(STORE, S, C, i32, v_st_u##bits(p, (v_u32)x)) M(STORE, S, C, u32, v_st_u##bits(p, x)) \
    M(STORE_SAT, S, C, i32, v_st_u##bits(p, (v_u32)x_clamp_i(x, min, max))) M(STORE_SAT, S, C, u32, v_st_u##bits(p, v_min_u32(x, v_set_u32(max)))) \
    M(STORE, S, C, f32, v_st_u##bits(p, (v_u32)x_clamp_i(v_cast_i32_f32(x), min, max))) \
    M(STORE_SAT, S, C, f32, v_st_u##bits(p, (v_u32)x_clamp_i(v_cast_i32_f32(x), min, max)))
#define STORES(M) \
    M(STORE, f16, uint16_t, f32, v_st_f16(p, x)) M(STORE_SAT, f16, uint16_t, f32, v_st_f16(p, x_clamp_f32(x, 65504.0f))) \
    M(STORE, bf16, uint16_t, f32, v_st_bf16(p, x)) M(STORE_SAT, bf16, uint16_t, f32, v_st_bf16(p, x_clamp_f32(x, 0x1.fep127f))) \
    STORE_INT(M, i8, int8_t, 8, INT8_MIN, INT8_MAX) STORE_INT(M, u8, uint8_t, 8, 0, UINT8_MAX) \
    STORE_INT(M, i16, int16_t, 16, INT16_MIN, INT16_MAX) STORE_INT(M, u16, uint16_t, 16, 0, UINT16_MAX)

#define DEF_LOAD(S, C, T, e) static void load_##S##_##T SIG { LOOP { const C *p = (const C *)src + i; v_st_##T((s_##T *)dst + i, e); } }
#define DEF_STORE(K, S, C, T, e) static void K##_##S##_##T SIG { LOOP { C *p = (C *)dst + i; const v_##T x = v_ld_##T((const s_##T *)src + i); e; } }
LOADS(DEF_LOAD)
STORES(DEF_STORE)

#define ROW_LOAD(S, C, T, e) { CONVERT_LOAD, DT_##S, DT_##T, load_##S##_##T },
#define ROW_STORE(K, S, C, T, e) { CONVERT_##K, DT_##S, DT_##T, K##_##S##_##T },
static const PrimConvertRow rows[] = { LOADS(ROW_LOAD) STORES(ROW_STORE) };

const PrimConverts PRIM_JOIN(prim_converts, SIMD_LEVEL) = { rows, sizeof rows / sizeof *rows };
