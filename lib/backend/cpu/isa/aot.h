/* SPDX-License-Identifier: MIT
 * backend/cpu: prelude of the whole kernels that kirc emits (emit_c.c). */
#ifndef SPML_CPU_AOT_H
#define SPML_CPU_AOT_H

#include "backend/cpu/isa/storage.h"
#include "backend/cpu/prims_table.h"

#if SPML_LEVEL == 2
#define AOT_LEVEL avx512
#elif SPML_LEVEL == 1
#define AOT_LEVEL avx2
#else
#define AOT_LEVEL baseline
#endif
#define AOT static void

#endif
