/* SPDX-License-Identifier: MIT
 * cpu: building walks (see walk.h). */
#include "backend/cpu/walk.h"

static bool continues(const Walk *w, int64_t ext, int64_t step, const int64_t *g)
{
    int d = w->n - 1;
    if (d < 0 || w->step[d] != step * ext)
        return false;
    for (int i = 0; i < NEST_GUARDS; i++)
        if (w->g[i][d] != g[i] * ext)
            return false;
    return true;
}

void walk_axes(Walk *w, const Nest *n, const NestOperand *o, const int *axes, int n_axes, bool merge)
{
    *w = (Walk){.count = 1};
    for (int i = 0; i < n_axes; i++) {
        int ax = axes[i];
        int64_t ext = n->extent[ax], step = o ? o->coef[ax] : 0, g[NEST_GUARDS] = {0};
        for (int j = 0; o && j < o->n_guards; j++)
            g[j] = o->guard[j].coef[ax];
        w->count *= ext;
        if (ext == 1 && merge)
            continue;
        if (merge && continues(w, ext, step, g))
            w->ext[w->n - 1] *= ext;
        else
            w->ext[w->n++] = ext;
        w->step[w->n - 1] = step;
        for (int j = 0; j < NEST_GUARDS; j++)
            w->g[j][w->n - 1] = g[j];
    }
}
