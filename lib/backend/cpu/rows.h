/* SPDX-License-Identifier: MIT
 * cpu: rows at a time. A kernel `each (l…) { reductions over c…, scalars of the row, each (c…) y[l…, c…] = … }` over f32 (softmax, norms, reductions)
 * is a list of primitives over whole rows, which lie in L1; what two of its loops compute alike is computed once. Reductions keep the canonical order, so
 * the bits are those of the tile program. */
#ifndef SPML_BACKEND_CPU_ROWS_H
#define SPML_BACKEND_CPU_ROWS_H

#include "base/threads.h"
#include "kir/kir.h"

typedef struct Rows Rows;
typedef struct RowsPlan RowsPlan; /* one launch */

/* NULL: k (calls kept: they are primitives) has not that form, or memory ran out: the arena's flag. Lives in a; k must outlive it. */
Rows *rows_match(const KirKernel *k, Arena *a);
/* SPML_NO without a message where another engine must run the launch. *sz_scratch: bytes for each thread. */
SpmlCode rows_plan(Rows *r, const KirLaunch *l, const RowsPlan **out, size_t *sz_scratch);
void rows_run(const RowsPlan *p, char *scratch, size_t sz_part, Pool *pool);

#endif
