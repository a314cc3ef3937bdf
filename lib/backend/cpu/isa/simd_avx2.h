/* SPDX-License-Identifier: MIT
 * backend/cpu: the AVX2 level (AVX2, FMA, F16C): 8 lanes. What differs from level to level only; simd.h adds the rest. A bool is an
 * i32 mask. */
#define VN 8
#define SIMD_LEVEL avx2
#define SIMD_MASK_VECTOR 1
#define SIMD_HAS_FMA 1
#define SIMD_HAS_ROUND 1
#define SIMD_HAS_F16 1
#define SIMD_HAS_MINMAX32 1

#include <immintrin.h>

SIMD_TYPES

/* masks of 64-bit compares to one mask of 32-bit lanes, and back */
VFN v_bool m_narrow(h_i64 lo, h_i64 hi)
{
    const __m256 s = _mm256_shuffle_ps((__m256)lo, (__m256)hi, _MM_SHUFFLE(2, 0, 2, 0));
    return (v_bool)_mm256_permute4x64_epi64((__m256i)s, _MM_SHUFFLE(3, 1, 2, 0));
}
VFN h_i64 m_lo(v_bool m) { return (h_i64)_mm256_cvtepi32_epi64(_mm256_castsi256_si128((__m256i)m)); }
VFN h_i64 m_hi(v_bool m) { return (h_i64)_mm256_cvtepi32_epi64(_mm256_extracti128_si256((__m256i)m, 1)); }
VFN v_u32 m_blend(v_bool m, v_u32 a, v_u32 b) { return (v_u32)_mm256_blendv_ps((__m256)b, (__m256)a, (__m256)m); }
VFN h_u64 m_blend64(h_i64 m, h_u64 a, h_u64 b) { return (h_u64)_mm256_blendv_pd((__m256d)b, (__m256d)a, (__m256d)m); }

VFN bool v_any(v_bool m) { return _mm256_movemask_ps((__m256)m) != 0; }
VFN v_bool v_ld_bool(const void *p) { return (v_bool)_mm256_cmpgt_epi32(_mm256_cvtepu8_epi32(_mm_loadl_epi64(p)), _mm256_setzero_si256()); }
VFN void v_st_bool(void *p, v_bool m)
{
    const __m128i h = _mm_packs_epi32(_mm256_castsi256_si128((__m256i)m), _mm256_extracti128_si256((__m256i)m, 1));
    _mm_storel_epi64(p, _mm_and_si128(_mm_packs_epi16(h, h), _mm_set1_epi8(1)));
}

VFN v_f32 v_sqrt_f32(v_f32 x) { return (v_f32)_mm256_sqrt_ps((__m256)x); }
VFN h_f64 h_sqrt_f64(h_f64 x) { return (h_f64)_mm256_sqrt_pd((__m256d)x); }
VFN v_f32 v_fma_f32(v_f32 a, v_f32 b, v_f32 c) { return (v_f32)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c); }
VFN h_f64 h_fma_f64(h_f64 a, h_f64 b, h_f64 c) { return (h_f64)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c); }
#define X_ROUND(name, mode) \
    VFN v_f32 v_##name##_f32(v_f32 x) { return (v_f32)_mm256_round_ps((__m256)x, (mode) | _MM_FROUND_NO_EXC); } \
    VFN h_f64 h_##name##_f64(h_f64 x) { return (h_f64)_mm256_round_pd((__m256d)x, (mode) | _MM_FROUND_NO_EXC); }
X_ROUND(floor, _MM_FROUND_TO_NEG_INF) X_ROUND(ceil, _MM_FROUND_TO_POS_INF) X_ROUND(trunc, _MM_FROUND_TO_ZERO) X_ROUND(rint, _MM_FROUND_TO_NEAREST_INT)
/* second operand when either is NaN or both are zeros */
VFN v_f32 x_min_f32(v_f32 a, v_f32 b) { return (v_f32)_mm256_min_ps((__m256)a, (__m256)b); }
VFN v_f32 x_max_f32(v_f32 a, v_f32 b) { return (v_f32)_mm256_max_ps((__m256)a, (__m256)b); }
VFN h_f64 x_min_f64(h_f64 a, h_f64 b) { return (h_f64)_mm256_min_pd((__m256d)a, (__m256d)b); }
VFN h_f64 x_max_f64(h_f64 a, h_f64 b) { return (h_f64)_mm256_max_pd((__m256d)a, (__m256d)b); }
VFN v_i32 v_min_i32(v_i32 a, v_i32 b) { return (v_i32)_mm256_min_epi32((__m256i)a, (__m256i)b); }
VFN v_i32 v_max_i32(v_i32 a, v_i32 b) { return (v_i32)_mm256_max_epi32((__m256i)a, (__m256i)b); }
VFN v_u32 v_min_u32(v_u32 a, v_u32 b) { return (v_u32)_mm256_min_epu32((__m256i)a, (__m256i)b); }
VFN v_u32 v_max_u32(v_u32 a, v_u32 b) { return (v_u32)_mm256_max_epu32((__m256i)a, (__m256i)b); }
VFN v_i32 x_cvtt_f32(v_f32 x) { return (v_i32)_mm256_cvttps_epi32((__m256)x); } /* MIN where x does not fit */
VFN v_i32 x_cvtt_f64(v_f64 x) { return (v_i32)_mm256_set_m128i(_mm256_cvttpd_epi32((__m256d)x.hi), _mm256_cvttpd_epi32((__m256d)x.lo)); }
VFN v_u32 x_mul_even(v_u32 a, v_u32 b, int shift) { return (v_u32)_mm256_mul_epu32(_mm256_srli_epi64((__m256i)a, shift), _mm256_srli_epi64((__m256i)b, shift)); }

VFN v_u32 v_ld_u16(const void *p) { return (v_u32)_mm256_cvtepu16_epi32(_mm_loadu_si128(p)); }
VFN v_u32 v_ld_u8(const void *p) { return (v_u32)_mm256_cvtepu8_epi32(_mm_loadl_epi64(p)); }
VFN void v_st_u16(void *p, v_u32 x) /* low 16 bits of each lane */
{
    const __m256i b = _mm256_and_si256((__m256i)x, _mm256_set1_epi32(0xffff));
    _mm_storeu_si128(p, _mm_packus_epi32(_mm256_castsi256_si128(b), _mm256_extracti128_si256(b, 1)));
}
VFN void v_st_u8(void *p, v_u32 x)
{
    const __m256i b = _mm256_and_si256((__m256i)x, _mm256_set1_epi32(255));
    const __m128i h = _mm_packus_epi32(_mm256_castsi256_si128(b), _mm256_extracti128_si256(b, 1));
    _mm_storel_epi64(p, _mm_packus_epi16(h, h));
}
VFN v_f32 v_ld_f16(const void *p) { return (v_f32)_mm256_cvtph_ps(_mm_loadu_si128(p)); }
VFN void v_st_f16(void *p, v_f32 x) { _mm_storeu_si128(p, _mm256_cvtps_ph((__m256)x, _MM_FROUND_TO_NEAREST_INT)); }
