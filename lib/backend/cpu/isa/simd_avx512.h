/* SPDX-License-Identifier: MIT
 * backend/cpu: the AVX-512 level (F, BW, DQ, VL): 16 lanes. What differs from level to level only; simd.h adds the rest. A bool is a
 * mask register. */
#define VN 16
#define SIMD_LEVEL avx512
#define SIMD_HAS_FMA 1
#define SIMD_HAS_ROUND 1
#define SIMD_HAS_F16 1
#define SIMD_HAS_MINMAX32 1
#define SIMD_HAS_MINMAX64 1
#define SIMD_HAS_COMPARE 1
#define SIMD_HAS_F2I 1

#include <immintrin.h>

SIMD_TYPES

VFN __mmask8 m_lo(v_bool m) { return (__mmask8)m; }
VFN __mmask8 m_hi(v_bool m) { return (__mmask8)(m >> 8); }
VFN v_u32 m_blend(v_bool m, v_u32 a, v_u32 b) { return (v_u32)_mm512_mask_blend_epi32(m, (__m512i)b, (__m512i)a); }
VFN h_u64 m_blend64(__mmask8 m, h_u64 a, h_u64 b) { return (h_u64)_mm512_mask_blend_epi64(m, (__m512i)b, (__m512i)a); }
VFN bool v_any(v_bool m) { return m != 0; }
VFN v_bool v_ld_bool(const void *p) { __m128i b = _mm_loadu_si128(p); return _mm_test_epi8_mask(b, b); }
VFN void v_st_bool(void *p, v_bool m) { _mm_storeu_si128(p, _mm_maskz_set1_epi8(m, 1)); }

#define X_CMP(name, fimm, iimm) \
    VFN v_bool v_##name##_f32(v_f32 a, v_f32 b) { return _mm512_cmp_ps_mask((__m512)a, (__m512)b, fimm); } \
    VFN v_bool v_##name##_i32(v_i32 a, v_i32 b) { return _mm512_cmp_epi32_mask((__m512i)a, (__m512i)b, iimm); } \
    VFN v_bool v_##name##_u32(v_u32 a, v_u32 b) { return _mm512_cmp_epu32_mask((__m512i)a, (__m512i)b, iimm); } \
    VFN v_bool v_##name##_f64(v_f64 a, v_f64 b) { \
        return (v_bool)(_mm512_cmp_pd_mask((__m512d)a.lo, (__m512d)b.lo, fimm) | _mm512_cmp_pd_mask((__m512d)a.hi, (__m512d)b.hi, fimm) << 8); } \
    VFN v_bool v_##name##_i64(v_i64 a, v_i64 b) { \
        return (v_bool)(_mm512_cmp_epi64_mask((__m512i)a.lo, (__m512i)b.lo, iimm) | _mm512_cmp_epi64_mask((__m512i)a.hi, (__m512i)b.hi, iimm) << 8); } \
    VFN v_bool v_##name##_u64(v_u64 a, v_u64 b) { \
        return (v_bool)(_mm512_cmp_epu64_mask((__m512i)a.lo, (__m512i)b.lo, iimm) | _mm512_cmp_epu64_mask((__m512i)a.hi, (__m512i)b.hi, iimm) << 8); }
X_CMP(eq, _CMP_EQ_OQ, _MM_CMPINT_EQ) X_CMP(ne, _CMP_NEQ_UQ, _MM_CMPINT_NE) X_CMP(lt, _CMP_LT_OQ, _MM_CMPINT_LT)
X_CMP(le, _CMP_LE_OQ, _MM_CMPINT_LE) X_CMP(gt, _CMP_GT_OQ, _MM_CMPINT_NLE) X_CMP(ge, _CMP_GE_OQ, _MM_CMPINT_NLT)

VFN v_f32 v_sqrt_f32(v_f32 x) { return (v_f32)_mm512_sqrt_ps((__m512)x); }
VFN h_f64 h_sqrt_f64(h_f64 x) { return (h_f64)_mm512_sqrt_pd((__m512d)x); }
VFN v_f32 v_fma_f32(v_f32 a, v_f32 b, v_f32 c) { return (v_f32)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c); }
VFN h_f64 h_fma_f64(h_f64 a, h_f64 b, h_f64 c) { return (h_f64)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c); }
#define X_ROUND(name, mode) \
    VFN v_f32 v_##name##_f32(v_f32 x) { return (v_f32)_mm512_roundscale_ps((__m512)x, (mode) | _MM_FROUND_NO_EXC); } \
    VFN h_f64 h_##name##_f64(h_f64 x) { return (h_f64)_mm512_roundscale_pd((__m512d)x, (mode) | _MM_FROUND_NO_EXC); }
X_ROUND(floor, _MM_FROUND_TO_NEG_INF) X_ROUND(ceil, _MM_FROUND_TO_POS_INF) X_ROUND(trunc, _MM_FROUND_TO_ZERO) X_ROUND(rint, _MM_FROUND_TO_NEAREST_INT)
/* second operand when either is NaN or both are zeros */
VFN v_f32 x_min_f32(v_f32 a, v_f32 b) { return (v_f32)_mm512_min_ps((__m512)a, (__m512)b); }
VFN v_f32 x_max_f32(v_f32 a, v_f32 b) { return (v_f32)_mm512_max_ps((__m512)a, (__m512)b); }
VFN h_f64 x_min_f64(h_f64 a, h_f64 b) { return (h_f64)_mm512_min_pd((__m512d)a, (__m512d)b); }
VFN h_f64 x_max_f64(h_f64 a, h_f64 b) { return (h_f64)_mm512_max_pd((__m512d)a, (__m512d)b); }
#define X_MINMAX(op, T, t) VFN v_##T v_##op##_##T(v_##T a, v_##T b) { return (v_##T)_mm512_##op##_##t((__m512i)a, (__m512i)b); }
X_MINMAX(min, i32, epi32) X_MINMAX(max, i32, epi32) X_MINMAX(min, u32, epu32) X_MINMAX(max, u32, epu32)
#define X_MINMAX64(op, T, t) \
    VFN v_##T v_##op##_##T(v_##T a, v_##T b) { \
        return (v_##T){ (h_##T)_mm512_##op##_##t((__m512i)a.lo, (__m512i)b.lo), (h_##T)_mm512_##op##_##t((__m512i)a.hi, (__m512i)b.hi) }; }
X_MINMAX64(min, i64, epi64) X_MINMAX64(max, i64, epi64) X_MINMAX64(min, u64, epu64) X_MINMAX64(max, u64, epu64)

/* float → integer: max(x, 0) is 0 for NaN; out of range the instruction gives MIN (signed) or all ones (unsigned) */
VFN v_i32 v_cast_i32_f32(v_f32 x)
{
    const __m512 v = (__m512)x;
    const __m512i r = _mm512_maskz_cvttps_epi32(_mm512_cmp_ps_mask(v, v, _CMP_ORD_Q), v);
    return (v_i32)_mm512_mask_mov_epi32(r, _mm512_cmp_ps_mask(v, _mm512_set1_ps(0x1p31f), _CMP_GE_OQ), _mm512_set1_epi32(INT32_MAX));
}
VFN v_u32 v_cast_u32_f32(v_f32 x) { return (v_u32)_mm512_cvttps_epu32(_mm512_max_ps((__m512)x, _mm512_setzero_ps())); }
VFN __m512i x_f64_i64(h_f64 x)
{
    const __m512d v = (__m512d)x;
    const __m512i r = _mm512_maskz_cvttpd_epi64(_mm512_cmp_pd_mask(v, v, _CMP_ORD_Q), v);
    return _mm512_mask_mov_epi64(r, _mm512_cmp_pd_mask(v, _mm512_set1_pd(0x1p63), _CMP_GE_OQ), _mm512_set1_epi64(INT64_MAX));
}
VFN __m512i x_f64_u64(h_f64 x) { return _mm512_cvttpd_epu64(_mm512_max_pd((__m512d)x, _mm512_setzero_pd())); }
VFN v_i64 v_cast_i64_f64(v_f64 x) { return (v_i64){ (h_i64)x_f64_i64(x.lo), (h_i64)x_f64_i64(x.hi) }; }
VFN v_u64 v_cast_u64_f64(v_f64 x) { return (v_u64){ (h_u64)x_f64_u64(x.lo), (h_u64)x_f64_u64(x.hi) }; }
VFN v_u32 v_cast_u32_f64(v_f64 x)
{
    const __m512d z = _mm512_setzero_pd();
    const __m256i lo = _mm512_cvttpd_epu32(_mm512_max_pd((__m512d)x.lo, z)), hi = _mm512_cvttpd_epu32(_mm512_max_pd((__m512d)x.hi, z));
    return (v_u32)_mm512_inserti64x4(_mm512_castsi256_si512(lo), hi, 1);
}
VFN v_i32 x_cvtt_f64(v_f64 x)
{
    return (v_i32)_mm512_inserti64x4(_mm512_castsi256_si512(_mm512_cvttpd_epi32((__m512d)x.lo)), _mm512_cvttpd_epi32((__m512d)x.hi), 1);
}
VFN v_u32 x_mul_even(v_u32 a, v_u32 b, int shift)
{
    return (v_u32)_mm512_mul_epu32(_mm512_srli_epi64((__m512i)a, (unsigned)shift), _mm512_srli_epi64((__m512i)b, (unsigned)shift));
}

VFN v_u32 v_ld_u16(const void *p) { return (v_u32)_mm512_cvtepu16_epi32(_mm256_loadu_si256(p)); }
VFN v_u32 v_ld_u8(const void *p) { return (v_u32)_mm512_cvtepu8_epi32(_mm_loadu_si128(p)); }
VFN void v_st_u16(void *p, v_u32 x) { _mm256_storeu_si256(p, _mm512_cvtepi32_epi16((__m512i)x)); } /* low 16 bits of each lane */
VFN void v_st_u8(void *p, v_u32 x) { _mm_storeu_si128(p, _mm512_cvtepi32_epi8((__m512i)x)); }
VFN v_f32 v_ld_f16(const void *p) { return (v_f32)_mm512_cvtph_ps(_mm256_loadu_si256(p)); }
VFN void v_st_f16(void *p, v_f32 x) { _mm256_storeu_si256(p, _mm512_cvtps_ph((__m512)x, _MM_FROUND_TO_NEAREST_INT)); }
