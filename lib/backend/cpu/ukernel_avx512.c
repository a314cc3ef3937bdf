/* SPDX-License-Identifier: MIT
 * cpu: micro-kernels for AVX-512 (F, BW, DQ, VL): 14 × 32, 28 accumulators, two columns of B and two broadcasts in 32 registers. */
#include "backend/cpu/vec_avx512.h"

#define GEMV_PANELS_1 4
#define GEMV_PANELS_2 4
#define GEMV_PANELS_3 3
#define GEMV_PANELS_4 3
#include "backend/cpu/ukernel_f16c.h"
#define ULEVEL CPU_AVX512
#define ULEVEL_NAME ulevel_avx512
extern const struct ULevel ulevel_avx512;
#include "backend/cpu/ukernel_impl.h"

/* Without VNNI: pairs of 16-bit halves. */
#define vi_dot(acc, r, c) _mm512_add_epi32(acc, _mm512_madd_epi16(r, c))
#define ILEVEL CPU_AVX512
#define ILEVEL_NAME ilevel_avx512
#define IGROUP 2
extern const struct ILevel ilevel_avx512;
#include "backend/cpu/ukernel_int.h"
