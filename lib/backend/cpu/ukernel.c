/* SPDX-License-Identifier: MIT
 * cpu: the table of built micro-kernel levels. */
#include "backend/cpu/ukernel.h"

extern const ULevel ulevel_baseline;
#ifdef __x86_64__
extern const ULevel ulevel_avx2, ulevel_avx512;
static const ULevel *const levels[CPU_LEVELS] = {&ulevel_baseline, &ulevel_avx2, &ulevel_avx512};
#else
static const ULevel *const levels[CPU_LEVELS] = {&ulevel_baseline};
#endif

const ULevel *ulevel(CpuLevel l)
{
    while (l > CPU_BASELINE && !levels[l])
        l--;
    return levels[l];
}
