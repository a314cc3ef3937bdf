/* SPDX-License-Identifier: MIT
 * cpu: micro-kernels for AVX2 with FMA and F16C: 6 × 16, 12 accumulators of 16 registers. */
#include <immintrin.h>
#include <stdint.h>

#define VW 8
typedef __m256 vf;
typedef __m256i vm;
#define vf_zero() _mm256_setzero_ps()
#define vf_set1(x) _mm256_set1_ps(x)
#define vf_load(p) _mm256_loadu_ps(p)
#define vf_loadm(p, m) _mm256_maskload_ps(p, m)
#define vf_storem(p, m, v) _mm256_maskstore_ps(p, m, v)
#define vf_fma(a, b, c) _mm256_fmadd_ps(a, b, c)
static inline vm vm_range(int lo, int hi)
{
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_andnot_si256(_mm256_cmpgt_epi32(_mm256_set1_epi32(lo), lane), _mm256_cmpgt_epi32(_mm256_set1_epi32(hi), lane));
}
static inline vf vf_even(vf a, vf b)
{
    return _mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(_mm256_shuffle_ps(a, b, _MM_SHUFFLE(2, 0, 2, 0))), _MM_SHUFFLE(3, 1, 2, 0)));
}
/* r[j] lane i ↔ r[i] lane j. */
static inline void vf_transpose(vf r[8])
{
    vf t[8];
#pragma GCC unroll 4
    for (int i = 0; i < 8; i += 2) {
        t[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
        t[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
    }
#pragma GCC unroll 2
    for (int i = 0; i < 8; i += 4) {
        r[i] = _mm256_shuffle_ps(t[i], t[i + 2], 0x44);
        r[i + 1] = _mm256_shuffle_ps(t[i], t[i + 2], 0xee);
        r[i + 2] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0x44);
        r[i + 3] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0xee);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        vf a = r[i], b = r[4 + i];
        r[i] = _mm256_permute2f128_ps(a, b, 0x20);
        r[4 + i] = _mm256_permute2f128_ps(a, b, 0x31);
    }
}
static inline vf vf_greater(vf a, vf b) { return _mm256_max_ps(a, b); }
static inline vf vf_less(vf a, vf b) { return _mm256_min_ps(a, b); }
static inline vf vf_nan_kept(vf x, vf y, vf m) { return _mm256_blendv_ps(m, _mm256_add_ps(x, y), _mm256_cmp_ps(x, y, _CMP_UNORD_Q)); }
static inline vf vf_max(vf x, vf y) { return vf_nan_kept(x, y, _mm256_and_ps(_mm256_max_ps(x, y), _mm256_max_ps(y, x))); }
static inline vf vf_min(vf x, vf y) { return vf_nan_kept(x, y, _mm256_or_ps(_mm256_min_ps(x, y), _mm256_min_ps(y, x))); }

#define MR 6
#define ROW_VECTORS 3 /* of an output row at a time */
#define ROWS(X) X(0) X(1) X(2) X(3) X(4) X(5)
#define PAIRS(X) X(0) X(1) X(2)
#define GEMV_PANELS_1 4
#define GEMV_PANELS_2 3
#define GEMV_PANELS_3 2
#define GEMV_PANELS_4 1
#include "backend/cpu/ukernel_f16c.h"
#define ULEVEL CPU_AVX2
#define ULEVEL_NAME ulevel_avx2
extern const struct ULevel ulevel_avx2;
#include "backend/cpu/ukernel_impl.h"

typedef __m256i vi;
#define vi_zero() _mm256_setzero_si256()
#define vi_set1(x) _mm256_set1_epi32((int)(x))
#define vi_load(p) _mm256_loadu_si256((const __m256i *)(const void *)(p))
#define vi_store(p, v) _mm256_storeu_si256((__m256i *)(void *)(p), v)
#define vi_shl(v, n) _mm256_slli_epi32(v, n)
#define vi_add(a, b) _mm256_add_epi32(a, b)
#define vi_sub(a, b) _mm256_sub_epi32(a, b)
#define vi_loadm(p, m) _mm256_maskload_epi32((const int *)(const void *)(p), m)
#define vi_storem(p, m, v) _mm256_maskstore_epi32((int *)(void *)(p), m, v)
#define vi_dot(acc, r, c) _mm256_add_epi32(acc, _mm256_madd_epi16(r, c))
#define vf_of(v) _mm256_cvtepi32_ps(v)
#define IFMA
#define vf_rint(v) _mm256_round_ps(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)
static inline vi vi_clamped(vf x, float lo, float hi)
{
    x = _mm256_and_ps(x, _mm256_cmp_ps(x, x, _CMP_ORD_Q));
    return _mm256_cvttps_epi32(_mm256_min_ps(_mm256_max_ps(x, vf_set1(lo)), vf_set1(hi)));
}
static inline void vi_store_bytes(uint8_t *p, vi v, int n)
{
    const vi low = _mm256_shuffle_epi8(v, _mm256_set1_epi32(0x0c080400)); /* four bytes in each half */
    const uint64_t all = (uint32_t)_mm256_cvtsi256_si32(low) | (uint64_t)(uint32_t)_mm256_extract_epi32(low, 4) << 32;
    memcpy(p, &all, (size_t)n);
}
static inline __attribute__((always_inline)) vi vi_row(const uint8_t *p, int64_t step, int lo, int hi, uint8_t pad)
{
    if (step == 1 && lo <= 0 && hi >= VW)
        return _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)p));
    uint32_t v[VW];
    for (int i = 0; i < VW; i++)
        v[i] = i >= lo && i < hi ? p[i * step] : pad;
    return vi_load(v);
}
#define ILEVEL CPU_AVX2
#define ILEVEL_NAME ilevel_avx2
#define IGROUP 2
extern const struct ILevel ilevel_avx2;
#include "backend/cpu/ukernel_int.h"
