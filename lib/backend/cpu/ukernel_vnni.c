/* SPDX-License-Identifier: MIT
 * cpu: integer micro-kernels for AVX-512 with VNNI: sums of four products of an unsigned and a signed byte. */
#include "backend/cpu/vec_avx512.h"

#define vi_dot(acc, r, c) _mm512_dpbusd_epi32(acc, r, c)
#define vi_dot_swapped(acc, r, c) _mm512_dpbusd_epi32(acc, c, r)
#define ILEVEL CPU_VNNI
#define ILEVEL_NAME ilevel_vnni
#define IGROUP 4
#include "backend/cpu/ukernel_vnni.h"
#define ISUMS column_sums
extern const struct ILevel ilevel_vnni;
#include "backend/cpu/ukernel_int.h"
