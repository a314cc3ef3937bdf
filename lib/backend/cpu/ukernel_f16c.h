/* SPDX-License-Identifier: MIT
 * cpu: f16 rows ↔ f32 by F16C (round to nearest even, NaN kept quiet), for the levels that have it. */
#include "base/dtype.h"

#include <string.h>

static void f16_load(float *dst, const void *src, int64_t step, int64_t n)
{
    const char *s = src;
    int64_t i = 0;
    for (; step == 1 && i + 8 <= n; i += 8)
        _mm256_storeu_ps(dst + i, _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)(s + 2 * i))));
    for (; i < n; i++) {
        uint16_t h;
        memcpy(&h, s + i * step * (int64_t)sizeof h, sizeof h);
        dst[i] = _cvtsh_ss(h);
    }
}

static void f16_store(void *dst, const float *src, int64_t step, int64_t n)
{
    uint16_t *d = dst;
    int64_t i = 0;
    for (; step == 1 && i + 8 <= n; i += 8)
        _mm_storeu_si128((__m128i *)(void *)(d + i), _mm256_cvtps_ph(_mm256_loadu_ps(src + i), _MM_FROUND_TO_NEAREST_INT));
    for (; i < n; i++)
        d[i * step] = _cvtss_sh(src[i], _MM_FROUND_TO_NEAREST_INT);
}
