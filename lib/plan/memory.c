/* SPDX-License-Identifier: MIT
 * plan: the memory planner; see plan.h. */
#include "plan/plan.h"

#include <stdlib.h>

static uint64_t align_up(uint64_t x, uint64_t a) { return (x + a - 1) & ~(a - 1); }

typedef struct BySize { uint64_t size; uint32_t index; } BySize;

static int size_order(const void *pa, const void *pb)
{
    const BySize *a = pa, *b = pb;
    if (a->size != b->size)
        return a->size < b->size ? 1 : -1;
    return a->index < b->index ? -1 : a->index > b->index;
}

/* placed[] is kept sorted by offset, so one walk finds the lowest gap that fits. */
static uint64_t lowest_gap(const PlanBuffer *b, const uint32_t *placed, size_t n_placed, const PlanBuffer *want, uint64_t align)
{
    uint64_t at = 0;
    for (size_t i = 0; i < n_placed; i++) {
        const PlanBuffer *p = &b[placed[i]];
        if (p->last < want->first || p->first > want->last)
            continue;
        if (p->offset >= at && p->offset - at >= want->size)
            break;
        uint64_t end = align_up(p->offset + p->size, align);
        at = end > at ? end : at;
    }
    return at;
}

bool plan_memory(PlanBuffer *b, size_t n, uint64_t align, uint64_t *total)
{
    BySize *order = malloc((n + 1) * sizeof *order);
    uint32_t *placed = malloc((n + 1) * sizeof *placed);
    size_t n_placed = 0;
    *total = 0;
    for (size_t i = 0; order && i < n; i++)
        order[i] = (BySize){b[i].size, (uint32_t)i};
    if (order && placed)
        qsort(order, n, sizeof *order, size_order);
    for (size_t i = 0; order && placed && i < n; i++) {
        PlanBuffer *w = &b[order[i].index];
        w->offset = lowest_gap(b, placed, n_placed, w, align);
        size_t at = n_placed++;
        for (; at > 0 && b[placed[at - 1]].offset > w->offset; at--)
            placed[at] = placed[at - 1];
        placed[at] = order[i].index;
        *total = w->offset + w->size > *total ? w->offset + w->size : *total;
    }
    *total = align_up(*total, align);
    bool ok = order && placed;
    free(order);
    free(placed);
    return ok;
}

uint64_t plan_lower_bound(const PlanBuffer *b, size_t n, uint64_t align)
{
    int32_t last = -1;
    for (size_t i = 0; i < n; i++)
        last = b[i].last > last ? b[i].last : last;
    uint64_t *alive = calloc((size_t)last + 2, sizeof *alive), most = 0, now = 0;
    for (size_t i = 0; alive && i < n; i++) {
        alive[b[i].first] += align_up(b[i].size, align);
        alive[b[i].last + 1] -= align_up(b[i].size, align);
    }
    for (int32_t s = 0; alive && s <= last; s++) {
        now += alive[s];
        most = now > most ? now : most;
    }
    free(alive);
    return most;
}
