/* SPDX-License-Identifier: MIT
 * ptxsim: all instruction rows, the vector files at the level this machine has. Where two rows could match, the earlier table wins. */
#include "sim.h"

#define LEVEL_TABLES(level) rows_int_##level, rows_bits_##level, rows_float_##level, rows_half_##level, rows_cvt_##level, rows_cmp_##level, rows_mma_##level, \
    rows_mem_##level, rows_atom_##level, rows_async_##level
#define PLAIN_TABLES rows_warp, rows_control, NULL

const OpRow *const *op_tables(void)
{
    static const OpRow *const base[] = {LEVEL_TABLES(base), PLAIN_TABLES};
#if defined PTXSIM_V3
    static const OpRow *const v3[] = {LEVEL_TABLES(v3), PLAIN_TABLES};
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2"))
        return v3;
#endif
    return base;
}
