/* SPDX-License-Identifier: MIT
 * cpu: sliding minima and maxima (max pooling). A kernel `each (o…, q) y[…] = max(x[affine in o…, q, k…] else c over k…)` whose last axis walks
 * memory is run row by row: the taps of other dimensions combine whole input rows, then the taps along the row combine shifted copies of
 * that one. Minima and maxima of the same values have the same bits in any order, and may count a value twice. */
#ifndef SPML_BACKEND_CPU_WINDOW_H
#define SPML_BACKEND_CPU_WINDOW_H

#include "backend/cpu/contract.h"

typedef struct Window Window;
typedef struct WindowRun WindowRun; /* one launch */

/* NULL: k has not that form (or memory ran out: the arena's flag). Lives in a, but for what window_close frees; k must outlive it, simplified (calls inlined). */
Window *window_match(const KirKernel *k, Arena *a);
void window_close(Window *w); /* w may be NULL */
/* The launch as numbers, with the bytes of scratch each thread needs. SPML_NO without a message where another engine must run it. */
typedef struct WindowPlan WindowPlan;
SpmlCode window_plan(Window *w, const KirLaunch *l, WindowPlan **out, size_t *sz_scratch, Error *err);
/* The launch as a nest for nest_run, which is then what runs, and what that keeps of it; NULL: window_run. */
const Nest *window_nest(WindowPlan *p, NestMade ***made);
void window_run(const WindowPlan *p, char *scratch, size_t sz_part, Pool *pool);

#endif
