/* SPDX-License-Identifier: MIT
 * cpu: moves: a kernel `each (i…) y[i…] = x[i…]` between elements of one type (transposes, changes of layout, slices, broadcasts) is run from its strides alone:
 * whole runs where both sides are contiguous along one dimension, blocks that are transposed in registers where they are along two. */
#ifndef SPML_BACKEND_CPU_MOVE_H
#define SPML_BACKEND_CPU_MOVE_H

#include "backend/cpu/ukernel.h"
#include "base/threads.h"
#include "kir/kir.h"

/* Is k, simplified (calls inlined), of that form, with x operand 0 and y operand 1? defs: kir_defs of k. */
bool move_match(const KirKernel *k, KInst *const *defs);
void move_run(const KirLaunch *l, DType type, const ULevel *u, Pool *pool);

#endif
