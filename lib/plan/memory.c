/* SPDX-License-Identifier: MIT
 * plan: the memory planner; see plan.h. */
#include "plan/plan.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_TRIES = 64, MAX_TRY_COST = 8 << 20 };

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

/* Places the buffers in that order; the answer is the end of the highest one, whose place in the order is *highest. */
static uint64_t place_all(PlanBuffer *b, const BySize *order, size_t n, uint64_t align, uint32_t *placed, size_t *highest)
{
    uint64_t total = 0;
    for (size_t i = 0; i < n; i++) {
        PlanBuffer *w = &b[order[i].index];
        w->offset = lowest_gap(b, placed, i, w, align);
        size_t at = i;
        for (; at > 0 && b[placed[at - 1]].offset > w->offset; at--)
            placed[at] = placed[at - 1];
        placed[at] = order[i].index;
        if (w->offset + w->size > total) {
            total = w->offset + w->size;
            *highest = i;
        }
    }
    return align_up(total, align);
}

/* How often to try again: less where a try costs more. */
static size_t tries_for(size_t n) { return n ? MAX_TRY_COST / (n * n) < MAX_TRIES ? MAX_TRY_COST / (n * n) : MAX_TRIES : 0; }

static void keep_offsets(PlanBuffer *b, size_t n, uint64_t *kept, bool restore)
{
    for (size_t i = 0; i < n; i++)
        *(restore ? &b[i].offset : &kept[i]) = restore ? kept[i] : b[i].offset;
}

/* The buffer that came out highest found no gap: it goes first the next time, until nothing is left to gain or the tries are used up. */
static void improve(PlanBuffer *b, BySize *order, size_t n, uint64_t align, uint32_t *placed, uint64_t *kept, uint64_t *total)
{
    uint64_t bound = plan_lower_bound(b, n, align);
    size_t highest = 0, tries = tries_for(n);
    uint64_t now = place_all(b, order, n, align, placed, &highest);
    *total = now;
    keep_offsets(b, n, kept, false);
    for (size_t t = 0; t < tries && *total > bound; t++) {
        BySize first = order[highest];
        memmove(order + 1, order, highest * sizeof *order);
        order[0] = first;
        now = place_all(b, order, n, align, placed, &highest);
        if (now < *total) {
            *total = now;
            keep_offsets(b, n, kept, false);
        }
    }
    keep_offsets(b, n, kept, true);
}

bool plan_memory(PlanBuffer *b, size_t n, uint64_t align, uint64_t *total)
{
    BySize *order = malloc((n + 1) * sizeof *order);
    uint32_t *placed = malloc((n + 1) * sizeof *placed);
    uint64_t *kept = malloc((n + 1) * sizeof *kept);
    bool ok = order && placed && kept;
    *total = 0;
    for (size_t i = 0; ok && i < n; i++)
        order[i] = (BySize){b[i].size, (uint32_t)i};
    if (ok && n) {
        qsort(order, n, sizeof *order, size_order);
        improve(b, order, n, align, placed, kept, total);
    }
    free(order);
    free(placed);
    free(kept);
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
