/* SPDX-License-Identifier: MIT
 * cpu: sums of the bytes of lines by AVX-512 with VNNI, for the levels that have it. */
#ifndef SPML_BACKEND_CPU_UKERNEL_VNNI_H
#define SPML_BACKEND_CPU_UKERNEL_VNNI_H

#include "backend/cpu/ukernel_bytes.h"

static void column_sums(const uint32_t *panel, int64_t kc, int64_t ld, int n, bool is_signed, int32_t *sum)
{
    const vi ones = vi_set1(0x01010101);
    for (int i = 0; i < n; i += VW) {
        const vm some = vm_range(0, n - i);
        vi all = vi_loadm(sum + i, some);
        for (int64_t k = 0; k < kc; k++) {
            const vi w = vi_loadm(panel + k * ld + i, some);
            all = is_signed ? _mm512_dpbusd_epi32(all, ones, w) : _mm512_dpbusd_epi32(all, w, ones);
        }
        vi_storem(sum + i, some, all);
    }
}

#endif
