/* SPDX-License-Identifier: MIT
 * backend/cpu: what prims.c asks of prims_mem.c at start. */
#ifndef SPML_CPU_PRIMS_MEM_H
#define SPML_CPU_PRIMS_MEM_H

#include "backend/cpu/prims_table.h"

void prims_mem_init(void);                          /* tables and the conversions without vectors; first */
void prims_mem_enter(const PrimConverts *level);    /* a level's conversions replace earlier ones */

#endif
