/* SPDX-License-Identifier: MIT
 * cpu: a Walk numbers the points of some axes row-major and says where each one lies in an operand: an element offset and a position
 * per guard, both affine. Neighbouring axes that continue each other are merged, so that runs are as long as memory allows. */
#ifndef SPML_BACKEND_CPU_WALK_H
#define SPML_BACKEND_CPU_WALK_H

#include "backend/cpu/contract.h"

typedef struct Walk {
    int n;         /* axes left after merging */
    int64_t count; /* points */
    int64_t ext[NEST_AXES], step[NEST_AXES], g[NEST_GUARDS][NEST_AXES];
} Walk;

typedef struct WalkAt { int64_t off, g[NEST_GUARDS], left; } WalkAt; /* left: points to the end of the innermost run */

static inline int64_t walk_step(const Walk *w) { return w->n ? w->step[w->n - 1] : 0; }
static inline int64_t walk_gstep(const Walk *w, int guard) { return w->n ? w->g[guard][w->n - 1] : 0; }

static inline bool walk_still(const Walk *w) /* no axis moves it */
{
    for (int d = 0; d < w->n; d++)
        if (w->step[d])
            return false;
    return true;
}

/* Over the axes of the list, outermost first, as operand o sees them (o NULL: only the count). */
void walk_axes(Walk *w, const Nest *n, const NestOperand *o, const int *axes, int n_axes, bool merge);
static inline WalkAt walk_at(const Walk *w, int64_t i)
{
    WalkAt at = {.left = 1};
    for (int d = w->n - 1; d >= 0; d--) {
        int64_t q = d ? i / w->ext[d] : 0, r = i - q * w->ext[d];
        if (d == w->n - 1)
            at.left = w->ext[d] - r;
        at.off += r * w->step[d];
        for (int g = 0; g < NEST_GUARDS; g++)
            at.g[g] += r * w->g[g][d];
        i = q;
    }
    return at;
}

#endif
