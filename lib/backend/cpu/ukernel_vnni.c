/* SPDX-License-Identifier: MIT
 * cpu: integer micro-kernels for AVX-512 with VNNI: sums of four products of an unsigned and a signed byte. */
#include "backend/cpu/vec_avx512.h"

/* As text: gcc 12 keeps the sums of the builtin in memory. */
static inline __attribute__((always_inline)) vi dot_bytes(vi acc, vi u, vi s)
{
    __asm__("vpdpbusd %2, %1, %0" : "+v"(acc) : "v"(u), "v"(s));
    return acc;
}
#define vi_dot(acc, r, c) dot_bytes(acc, r, c)
#define vi_dot_swapped(acc, r, c) dot_bytes(acc, c, r)
#define ILEVEL CPU_VNNI
#define ILEVEL_NAME ilevel_vnni
#define IGROUP 4
#include "backend/cpu/ukernel_vnni.h"
#define ISUMS column_sums
extern const struct ILevel ilevel_vnni;
#include "backend/cpu/ukernel_int.h"
