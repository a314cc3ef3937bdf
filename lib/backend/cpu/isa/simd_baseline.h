/* SPDX-License-Identifier: MIT
 * backend/cpu: the baseline level (x86-64, SSE2): 4 lanes. What differs from level to level only; simd.h adds the rest. A bool is an
 * i32 mask. Whatever is not overridden (SIMD_HAS_…) is the portable form of simd.h. */
#define VN 4
#define SIMD_LEVEL baseline
#define SIMD_MASK_VECTOR 1

#include <emmintrin.h>

SIMD_TYPES

/* masks of 64-bit compares to one mask of 32-bit lanes, and back */
VFN v_bool m_narrow(h_i64 lo, h_i64 hi) { return (v_bool)_mm_castps_si128(_mm_shuffle_ps((__m128)lo, (__m128)hi, _MM_SHUFFLE(2, 0, 2, 0))); }
VFN h_i64 m_lo(v_bool m) { return (h_i64)_mm_unpacklo_epi32((__m128i)m, (__m128i)m); }
VFN h_i64 m_hi(v_bool m) { return (h_i64)_mm_unpackhi_epi32((__m128i)m, (__m128i)m); }
VFN v_u32 m_blend(v_bool m, v_u32 a, v_u32 b) { return (a & (v_u32)m) | (b & ~(v_u32)m); }
VFN h_u64 m_blend64(h_i64 m, h_u64 a, h_u64 b) { return (a & (h_u64)m) | (b & ~(h_u64)m); }

VFN bool v_any(v_bool m) { return _mm_movemask_ps((__m128)m) != 0; }
VFN v_bool v_ld_bool(const void *p)
{
    int32_t w;
    __builtin_memcpy(&w, p, 4);
    const __m128i z = _mm_setzero_si128(), b = _mm_unpacklo_epi16(_mm_unpacklo_epi8(_mm_cvtsi32_si128(w), z), z);
    return (v_bool)_mm_cmpgt_epi32(b, z);
}
VFN void v_st_bool(void *p, v_bool m)
{
    const __m128i h = _mm_packs_epi32((__m128i)m, (__m128i)m);
    const int32_t w = _mm_cvtsi128_si32(_mm_packs_epi16(h, h)) & 0x01010101;
    __builtin_memcpy(p, &w, 4);
}

VFN v_f32 v_sqrt_f32(v_f32 x) { return (v_f32)_mm_sqrt_ps((__m128)x); }
VFN h_f64 h_sqrt_f64(h_f64 x) { return (h_f64)_mm_sqrt_pd((__m128d)x); }
/* second operand when either is NaN or both are zeros */
VFN v_f32 x_min_f32(v_f32 a, v_f32 b) { return (v_f32)_mm_min_ps((__m128)a, (__m128)b); }
VFN v_f32 x_max_f32(v_f32 a, v_f32 b) { return (v_f32)_mm_max_ps((__m128)a, (__m128)b); }
VFN h_f64 x_min_f64(h_f64 a, h_f64 b) { return (h_f64)_mm_min_pd((__m128d)a, (__m128d)b); }
VFN h_f64 x_max_f64(h_f64 a, h_f64 b) { return (h_f64)_mm_max_pd((__m128d)a, (__m128d)b); }
VFN v_i32 x_cvtt_f32(v_f32 x) { return (v_i32)_mm_cvttps_epi32((__m128)x); } /* MIN where x does not fit */
VFN v_i32 x_cvtt_f64(v_f64 x) { return (v_i32)_mm_unpacklo_epi64(_mm_cvttpd_epi32((__m128d)x.lo), _mm_cvttpd_epi32((__m128d)x.hi)); }
VFN v_u32 x_mul_even(v_u32 a, v_u32 b, int shift) { return (v_u32)_mm_mul_epu32(_mm_srli_epi64((__m128i)a, shift), _mm_srli_epi64((__m128i)b, shift)); }

/* 16 bits ↔ 32 bits */
VFN v_u32 v_ld_u16(const void *p) { return (v_u32)_mm_unpacklo_epi16(_mm_loadl_epi64(p), _mm_setzero_si128()); }
VFN v_u32 v_ld_u8(const void *p)
{
    int32_t w;
    __builtin_memcpy(&w, p, 4);
    return (v_u32)_mm_unpacklo_epi16(_mm_unpacklo_epi8(_mm_cvtsi32_si128(w), _mm_setzero_si128()), _mm_setzero_si128());
}
VFN void v_st_u16(void *p, v_u32 x) /* low 16 bits of each lane */
{
    const __m128i s = _mm_srai_epi32(_mm_slli_epi32((__m128i)x, 16), 16);
    _mm_storel_epi64(p, _mm_packs_epi32(s, s));
}
VFN void v_st_u8(void *p, v_u32 x)
{
    const __m128i b = _mm_and_si128((__m128i)x, _mm_set1_epi32(255)), h = _mm_packs_epi32(b, b);
    const int32_t w = _mm_cvtsi128_si32(_mm_packus_epi16(h, h));
    __builtin_memcpy(p, &w, 4);
}
