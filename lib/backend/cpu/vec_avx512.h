/* SPDX-License-Identifier: MIT
 * cpu: vectors of AVX-512 (F, BW, DQ, VL) by the names that ukernel_impl.h and ukernel_int.h use. */
#ifndef SPML_BACKEND_CPU_VEC_AVX512_H
#define SPML_BACKEND_CPU_VEC_AVX512_H

#include <immintrin.h>
#include <stdint.h>

#define VW 16
typedef __m512 vf;
typedef __mmask16 vm;
#define vf_zero() _mm512_setzero_ps()
#define vf_set1(x) _mm512_set1_ps(x)
#define vf_load(p) _mm512_loadu_ps(p)
#define vf_loadm(p, m) _mm512_maskz_loadu_ps(m, p)
#define vf_storem(p, m, v) _mm512_mask_storeu_ps(p, m, v)
#define vf_fma(a, b, c) _mm512_fmadd_ps(a, b, c)
static inline uint32_t low_bits(int n) { return n <= 0 ? 0 : n >= 16 ? 0xffff : (1u << n) - 1; }
static inline vm vm_range(int lo, int hi) { return (vm)(low_bits(hi) & ~low_bits(lo)); }
static inline vf vf_even(vf a, vf b)
{
    return _mm512_permutex2var_ps(a, _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30), b);
}
/* r[j] lane i ↔ r[i] lane j. */
static inline void vf_transpose(vf r[16])
{
    vf t[16];
#pragma GCC unroll 8
    for (int i = 0; i < 16; i += 2) {
        t[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
        t[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 16; i += 4) {
        __m512d a = _mm512_castps_pd(t[i]), b = _mm512_castps_pd(t[i + 1]), c = _mm512_castps_pd(t[i + 2]), d = _mm512_castps_pd(t[i + 3]);
        r[i] = _mm512_castpd_ps(_mm512_unpacklo_pd(a, c));
        r[i + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(a, c));
        r[i + 2] = _mm512_castpd_ps(_mm512_unpacklo_pd(b, d));
        r[i + 3] = _mm512_castpd_ps(_mm512_unpackhi_pd(b, d));
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) { /* r[4g + i], quarter q, holds column 4q + i of rows 4g … 4g+3 */
        vf a = _mm512_shuffle_f32x4(r[i], r[4 + i], 0x44), b = _mm512_shuffle_f32x4(r[i], r[4 + i], 0xee);
        vf c = _mm512_shuffle_f32x4(r[8 + i], r[12 + i], 0x44), d = _mm512_shuffle_f32x4(r[8 + i], r[12 + i], 0xee);
        r[i] = _mm512_shuffle_f32x4(a, c, 0x88);
        r[4 + i] = _mm512_shuffle_f32x4(a, c, 0xdd);
        r[8 + i] = _mm512_shuffle_f32x4(b, d, 0x88);
        r[12 + i] = _mm512_shuffle_f32x4(b, d, 0xdd);
    }
}
static inline vf vf_greater(vf a, vf b) { return _mm512_max_ps(a, b); }
static inline vf vf_less(vf a, vf b) { return _mm512_min_ps(a, b); }
static inline vf vf_nan_kept(vf x, vf y, vf m) { return _mm512_mask_add_ps(m, _mm512_cmp_ps_mask(x, y, _CMP_UNORD_Q), x, y); }
static inline vf vf_max(vf x, vf y) { return vf_nan_kept(x, y, _mm512_and_ps(_mm512_max_ps(x, y), _mm512_max_ps(y, x))); }
static inline vf vf_min(vf x, vf y) { return vf_nan_kept(x, y, _mm512_or_ps(_mm512_min_ps(x, y), _mm512_min_ps(y, x))); }

/* Words: 32 bits, of bytes or 16-bit halves. */
typedef __m512i vi;
#define vi_zero() _mm512_setzero_si512()
#define vi_set1(x) _mm512_set1_epi32((int)(x))
#define vi_load(p) _mm512_loadu_si512(p)
#define vi_store(p, v) _mm512_storeu_si512(p, v)
#define vi_shl(v, n) _mm512_slli_epi32(v, n)
#define vi_add(a, b) _mm512_add_epi32(a, b)
#define vi_sub(a, b) _mm512_sub_epi32(a, b)
#define vi_loadm(p, m) _mm512_maskz_loadu_epi32(m, p)
#define vi_storem(p, m, v) _mm512_mask_storeu_epi32(p, m, v)
/* See ukernel_bytes.h. */
#define IFMA
#define vf_of(v) _mm512_cvtepi32_ps(v)
#define vf_rint(v) _mm512_roundscale_ps(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)
#define vi_store_bytes(p, v, n) _mm_mask_storeu_epi8(p, vm_range(0, n), _mm512_cvtepi32_epi8(v))
static inline __attribute__((always_inline)) vi vi_weave4(const uint8_t *p, int64_t step)
{
    const vi quarter = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15); /* of each row side by side, then a 4 × 4 transpose */
    const vi bytes = _mm512_broadcast_i32x4(_mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
    vi rows = _mm512_castsi128_si512(_mm_loadu_si128((const __m128i *)(const void *)p));
    rows = _mm512_inserti32x4(rows, _mm_loadu_si128((const __m128i *)(const void *)(p + step)), 1);
    rows = _mm512_inserti32x4(rows, _mm_loadu_si128((const __m128i *)(const void *)(p + 2 * step)), 2);
    rows = _mm512_inserti32x4(rows, _mm_loadu_si128((const __m128i *)(const void *)(p + 3 * step)), 3);
    return _mm512_shuffle_epi8(_mm512_permutexvar_epi32(quarter, rows), bytes);
}
#define vi_weave4 vi_weave4
/* Numbers too great for i32 become 2^31, which is 255 too; what is no number, 0. */
#define vi_store_u8(p, v, n) _mm_mask_storeu_epi8(p, vm_range(0, n), _mm512_cvtusepi32_epi8(_mm512_cvttps_epi32(_mm512_max_ps(v, _mm512_setzero_ps()))))
static inline vi vi_clamped(vf x, float lo, float hi)
{
    x = _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(x, x, _CMP_ORD_Q), x);
    return _mm512_cvttps_epi32(_mm512_min_ps(_mm512_max_ps(x, vf_set1(lo)), vf_set1(hi)));
}
static inline __attribute__((always_inline)) vi vi_row(const uint8_t *p, int64_t step, int lo, int hi, uint8_t pad)
{
    const vm some = vm_range(lo, hi);
    if (step == 1)
        return _mm512_cvtepu8_epi32(_mm_mask_loadu_epi8(_mm_set1_epi8((char)pad), some, p));
    if (step == 2) {
        const int end = hi > VW ? VW : hi, from = lo < 0 ? 0 : lo;
        const uint32_t bytes = end > from ? (UINT32_MAX >> (33 - 2 * end)) & (UINT32_MAX << 2 * from) : 0; /* nothing behind the last one is read */
        const vi pairs = _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi8(bytes, p));
        return _mm512_mask_and_epi32(vi_set1(pad), some, pairs, vi_set1(0xff));
    }
    uint32_t v[VW];
    for (int i = 0; i < VW; i++)
        v[i] = i >= lo && i < hi ? p[i * step] : pad;
    return vi_load(v);
}

#define MR 14
#define ROW_VECTORS 6 /* of an output row at a time */
#define ROWS(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13)
#define PAIRS(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6)

#endif
