/* SPDX-License-Identifier: MIT
 * cpu: hands finished blocks to the nest's post function as boxes over the output axes. A range of flat rows or columns is cut into at
 * most 2·axes − 1 boxes; the block is their product. */
#include "backend/cpu/nest.h"

typedef struct Boxes { /* walks a flat range of the axes of a list */
    const Nest *n;
    const AxisList *l;
    int64_t at, end;
} Boxes;

/* The next box: sets lo, hi of the list's axes; false at the end. */
static bool next_box(Boxes *b, int64_t *lo, int64_t *hi)
{
    const int64_t *ext = b->n->extent, first = b->at;
    const int *ax = b->l->ax;
    int64_t block = 1;
    if (first >= b->end)
        return false;
    if (b->l->n == 0)
        return b->at = b->end, true;
    int d = b->l->n - 1; /* axes after d are whole in this box, those before it fixed */
    for (; d > 0 && first % (block * ext[ax[d]]) == 0 && block * ext[ax[d]] <= b->end - first; d--) {
        lo[ax[d]] = 0, hi[ax[d]] = ext[ax[d]];
        block *= ext[ax[d]];
    }
    int64_t rest = first / block, c = rest % ext[ax[d]], take = min_i64(ext[ax[d]] - c, (b->end - first) / block);
    lo[ax[d]] = c, hi[ax[d]] = c + take;
    while (--d >= 0) {
        rest /= ext[ax[d + 1]];
        lo[ax[d]] = rest % ext[ax[d]], hi[ax[d]] = lo[ax[d]] + 1;
    }
    b->at = first + take * block;
    return true;
}

static void fixed_axes(const Plan *p, int64_t batch, NestBox *box)
{
    for (int i = 0; i < p->nest->n_out; i++)
        box->lo[i] = 0, box->hi[i] = 1;
    for (int i = p->batch.n - 1; i >= 0; i--) {
        int ax = p->batch.ax[i];
        box->lo[ax] = batch % p->nest->extent[ax];
        box->hi[ax] = box->lo[ax] + 1;
        batch /= p->nest->extent[ax];
    }
}

void nest_post(const Plan *p, NestPostFn fn, void *ctx, int thread, int64_t batch, int64_t m0, int64_t m1, int64_t n0, int64_t n1)
{
    const Nest *n = p->nest;
    NestBox box = {.thread = thread};
    fixed_axes(p, batch, &box);
    Boxes rows = {n, &p->row, m0, m1};
    while (next_box(&rows, box.lo, box.hi)) {
        Boxes cols = {n, &p->col, n0, n1};
        while (next_box(&cols, box.lo, box.hi))
            fn(ctx, &box);
    }
}

void nest_tail(const Plan *p, int thread, int64_t batch, int64_t m0, int64_t m1, int64_t n0, int64_t n1, void *sum, int64_t ld)
{
    const Nest *n = p->nest;
    const AxisList *lists[] = {&p->row, &p->col};
    int64_t step[NEST_AXES] = {0};
    for (int s = 0; s < 2; s++) {
        int64_t unit = s ? 1 : ld;
        for (int i = lists[s]->n - 1; i >= 0; i--) {
            step[lists[s]->ax[i]] = unit;
            unit *= n->extent[lists[s]->ax[i]];
        }
    }
    /* the point that axes at 0 would have need not be in the block: no pointer to it is made but as a number */
    const uintptr_t first = (uintptr_t)sum - (uintptr_t)((m0 * ld + n0) * (int64_t)sizeof(int32_t));
    n->tail.begin(n->tail.ctx, thread, (void *)first, step);
    nest_post(p, n->tail.box, n->tail.ctx, thread, batch, m0, m1, n0, n1);
}
