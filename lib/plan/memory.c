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

/* Time is cut into slots; each lists the buffers placed so far that live in it, so that a buffer is compared with those it may meet and no others. */
typedef struct Entry { uint32_t buffer, next; } Entry;
typedef struct Slots {
    int shift;          /* a slot is 2^shift steps */
    size_t n, n_entries, cap;
    uint32_t *head;     /* [n] 1 + its first entry; 0: none */
    Entry *entry;
    uint32_t *met, *seen; /* [buffers] those that w may meet; 1 + the buffer that met it last */
    bool oom;
} Slots;

enum { MAX_SLOTS = 1 << 14 };

static bool slots_make(Slots *s, const PlanBuffer *b, size_t n)
{
    int32_t last = 0;
    for (size_t i = 0; i < n; i++)
        last = b[i].last > last ? b[i].last : last;
    while (last >> s->shift >= MAX_SLOTS)
        s->shift++;
    s->n = (size_t)(last >> s->shift) + 1;
    s->head = malloc(s->n * sizeof *s->head);
    s->met = malloc((n + 1) * sizeof *s->met);
    s->seen = malloc((n + 1) * sizeof *s->seen);
    return s->head && s->met && s->seen;
}

static void slots_free(Slots *s)
{
    free(s->head);
    free(s->entry);
    free(s->met);
    free(s->seen);
}

static void slots_add(Slots *s, const PlanBuffer *b, uint32_t index)
{
    for (int32_t t = b[index].first >> s->shift; t <= b[index].last >> s->shift; t++) {
        if (s->n_entries == s->cap) {
            size_t cap = s->cap ? s->cap * 2 : 256;
            Entry *grown = realloc(s->entry, cap * sizeof *grown);
            if (!grown) {
                s->oom = true;
                return;
            }
            s->entry = grown;
            s->cap = cap;
        }
        s->entry[s->n_entries] = (Entry){index, s->head[t]};
        s->head[t] = (uint32_t)++s->n_entries;
    }
}

/* Sorted by offset: a few at a time, most often. */
static void sort_met(const PlanBuffer *b, uint32_t *met, size_t n)
{
    for (size_t gap = n / 2; gap; gap /= 2)
        for (size_t i = gap; i < n; i++) {
            const uint32_t x = met[i];
            size_t at = i;
            for (; at >= gap && b[met[at - gap]].offset > b[x].offset; at -= gap)
                met[at] = met[at - gap];
            met[at] = x;
        }
}

static size_t slots_meet(Slots *s, const PlanBuffer *b, uint32_t index)
{
    const PlanBuffer *w = &b[index];
    size_t n = 0;
    for (int32_t t = w->first >> s->shift; t <= w->last >> s->shift; t++)
        for (uint32_t e = s->head[t]; e; e = s->entry[e - 1].next) {
            const uint32_t i = s->entry[e - 1].buffer;
            if (s->seen[i] == index + 1 || b[i].last < w->first || b[i].first > w->last)
                continue;
            s->seen[i] = index + 1;
            s->met[n++] = i;
        }
    sort_met(b, s->met, n);
    return n;
}

static uint64_t lowest_gap(Slots *s, const PlanBuffer *b, uint32_t index, uint64_t align)
{
    const size_t n = slots_meet(s, b, index);
    uint64_t at = 0;
    for (size_t i = 0; i < n; i++) {
        const PlanBuffer *p = &b[s->met[i]];
        if (p->offset >= at && p->offset - at >= b[index].size)
            break;
        uint64_t end = align_up(p->offset + p->size, align);
        at = end > at ? end : at;
    }
    return at;
}

/* Places the buffers in that order; the answer is the end of the highest one, whose place in the order is *highest. */
static uint64_t place_all(PlanBuffer *b, const BySize *order, size_t n, uint64_t align, Slots *s, size_t *highest)
{
    uint64_t total = 0;
    s->n_entries = 0;
    memset(s->head, 0, s->n * sizeof *s->head);
    memset(s->seen, 0, n * sizeof *s->seen);
    for (size_t i = 0; i < n; i++) {
        PlanBuffer *w = &b[order[i].index];
        w->offset = lowest_gap(s, b, order[i].index, align);
        slots_add(s, b, order[i].index);
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
static void improve(PlanBuffer *b, BySize *order, size_t n, uint64_t align, Slots *s, uint64_t *kept, uint64_t *total)
{
    uint64_t bound = plan_lower_bound(b, n, align);
    size_t highest = 0, tries = tries_for(n);
    uint64_t now = place_all(b, order, n, align, s, &highest);
    *total = now;
    keep_offsets(b, n, kept, false);
    for (size_t t = 0; t < tries && *total > bound; t++) {
        BySize first = order[highest];
        memmove(order + 1, order, highest * sizeof *order);
        order[0] = first;
        now = place_all(b, order, n, align, s, &highest);
        if (now < *total) {
            *total = now;
            keep_offsets(b, n, kept, false);
        }
    }
    keep_offsets(b, n, kept, true);
}

/* ── many at a time ── */

enum { MAX_PAIRS = 1 << 23, CLASSES = 8 + 4 * 64, NEAR_CLASSES = 4 /* a place of up to twice the size */ };

typedef struct ByTime { int32_t at; uint32_t index; } ByTime;

static int time_order(const void *pa, const void *pb)
{
    const ByTime *a = pa, *b = pb;
    return a->at != b->at ? a->at < b->at ? -1 : 1 : a->index < b->index ? -1 : a->index > b->index;
}

/* Pairs of buffers that live at the same time. */
static uint64_t pairs(const ByTime *birth, const ByTime *death, size_t n)
{
    uint64_t sum = 0;
    for (size_t i = 0, d = 0; i < n; i++) {
        while (death[d].at < birth[i].at)
            d++;
        sum += i - d;
    }
    return sum;
}

/* Four classes of size an octave; *room: the size of its places. */
static unsigned class_of(uint64_t size, uint64_t align, uint64_t *room)
{
    const uint64_t units = (size + align - 1) / align;
    const unsigned shift = units < 8 ? 0 : 61 - (unsigned)__builtin_clzll(units);
    const uint64_t quarters = (units + ((uint64_t)1 << shift) - 1) >> shift; /* 4 … 8 of an octave */
    *room = (quarters << shift) * align;
    return units < 8 ? (unsigned)units : 8 + 4 * (shift - 1) + (unsigned)quarters - 4;
}

static bool place_by_time(PlanBuffer *b, const ByTime *birth, const ByTime *death, size_t n, uint64_t align, uint64_t *total)
{
    uint32_t head[CLASSES] = {0}, *next = malloc((n + 1) * sizeof *next), from; /* 1 + index of the buffer that left its place last */
    uint16_t *of = malloc((n + 1) * sizeof *of);                                /* class of its place */
    for (size_t i = 0, d = 0; i < n && next && of; i++) {
        for (; death[d].at < birth[i].at; d++) {
            next[death[d].index] = head[of[death[d].index]];
            head[of[death[d].index]] = death[d].index + 1;
        }
        const uint32_t me = birth[i].index;
        uint64_t room;
        unsigned c = class_of(b[me].size, align, &room), k = c;
        while (k < c + NEAR_CLASSES && k < CLASSES && !head[k])
            k++;
        if (k < c + NEAR_CLASSES && k < CLASSES) {
            from = head[k] - 1;
            head[k] = next[from];
            b[me].offset = b[from].offset;
            c = k;
        } else {
            b[me].offset = *total;
            *total += room;
        }
        of[me] = (uint16_t)c;
    }
    const bool ok = next && of;
    free(next);
    free(of);
    return ok;
}

/* *done: it was for this way. */
static bool plan_crowd(PlanBuffer *b, size_t n, uint64_t align, uint64_t *total, bool *done)
{
    ByTime *birth = malloc((n + 1) * sizeof *birth), *death = malloc((n + 1) * sizeof *death);
    bool ok = birth && death;
    for (size_t i = 0; i < n && ok; i++)
        birth[i] = (ByTime){b[i].first, (uint32_t)i}, death[i] = (ByTime){b[i].last, (uint32_t)i};
    if (ok) {
        qsort(birth, n, sizeof *birth, time_order);
        qsort(death, n, sizeof *death, time_order);
        *done = pairs(birth, death, n) > MAX_PAIRS;
        ok = !*done || place_by_time(b, birth, death, n, align, total);
    }
    free(birth);
    free(death);
    return ok;
}

bool plan_memory(PlanBuffer *b, size_t n, uint64_t align, uint64_t *total)
{
    *total = 0;
    if (n && n > MAX_PAIRS / n) {
        bool done = false, fine = plan_crowd(b, n, align, total, &done);
        if (!fine || done)
            return fine;
    }
    BySize *order = malloc((n + 1) * sizeof *order);
    Slots s = {0};
    uint64_t *kept = malloc((n + 1) * sizeof *kept);
    bool ok = order && kept && slots_make(&s, b, n);
    for (size_t i = 0; ok && i < n; i++)
        order[i] = (BySize){b[i].size, (uint32_t)i};
    if (ok && n) {
        qsort(order, n, sizeof *order, size_order);
        improve(b, order, n, align, &s, kept, total);
    }
    free(order);
    ok = ok && !s.oom;
    slots_free(&s);
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
