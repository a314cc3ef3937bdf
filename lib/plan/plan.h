/* SPDX-License-Identifier: MIT
 * plan: pure functions from lifetimes to addresses. */
#ifndef SPML_PLAN_PLAN_H
#define SPML_PLAN_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A buffer lives from step `first` to step `last`, both included. offset is the answer. */
typedef struct PlanBuffer { int32_t first, last; uint64_t size, offset; } PlanBuffer;

/* Greedy by size (Pisarchyk & Lee, 2020): largest first, each into the lowest gap between the buffers that live at the same time.
 * Then again with the buffer that came out highest put first, a bounded number of times; the best is kept. Gives offsets aligned to `align` and the
 * total; order of equal sizes is that of the list. Where too many buffers live at a time for that, in order of birth, each into a freed place of about its size.
 * false: out of memory. */
bool plan_memory(PlanBuffer *b, size_t n, uint64_t align, uint64_t *total);
/* Largest sum of sizes (aligned) alive at one step: no plan can need less. */
uint64_t plan_lower_bound(const PlanBuffer *b, size_t n, uint64_t align);

#endif
