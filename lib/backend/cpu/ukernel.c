/* SPDX-License-Identifier: MIT
 * cpu: the table of built micro-kernel levels. */
#include "backend/cpu/ukernel.h"

extern const ULevel ulevel_baseline;
extern const ILevel ilevel_baseline;
#ifdef __x86_64__
extern const ULevel ulevel_avx2, ulevel_avx512;
extern const ILevel ilevel_avx2, ilevel_avx512, ilevel_vnni, ilevel_amx;
static const ULevel *const levels[CPU_LEVELS] = {&ulevel_baseline, &ulevel_avx2, &ulevel_avx512};
static const ILevel *const int_levels[CPU_LEVELS] = {&ilevel_baseline, &ilevel_avx2, &ilevel_avx512, &ilevel_vnni, &ilevel_amx};
#else
static const ULevel *const levels[CPU_LEVELS] = {&ulevel_baseline};
static const ILevel *const int_levels[CPU_LEVELS] = {&ilevel_baseline};
#endif

const ULevel *ulevel(CpuLevel l)
{
    while (l > CPU_BASELINE && !levels[l])
        l--;
    return levels[l];
}

const ILevel *ilevel(CpuLevel l)
{
    while (l > CPU_BASELINE && !int_levels[l])
        l--;
    return int_levels[l];
}
