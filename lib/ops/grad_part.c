/* SPDX-License-Identifier: MIT
 * ops: gradients that reach a value piece by piece: its slices went different ways (queries, keys and values cut from one product). Pieces along one axis that do
 * not overlap are joined, with zeros between, in one pass; others are laid into zeros and added, in the order in which they came. */
#include "ops/grad.h"

#include <string.h>

struct GradPart { GradPart *next; int axis; int64_t start, len; Value *g; };
enum { PARTS_MAX = 64 };

void grad_give_part(Grad *d, const Node *n, int in, int axis, int64_t start, Value *g)
{
    if (!grad_wanted(d, n, in))
        return;
    Value *x = n->in[in];
    d->flags[x->id] |= GRAD_GIVEN;
    GradPart *p = g ? arena_new(d->g->arena, GradPart) : NULL, **at = &d->parts[x->id];
    int64_t len;
    if (!g || !dim_lit(g->type.dim[axis], &len))
        return;
    if (!p) {
        error_oom(&d->why);
        return;
    }
    while (*at)
        at = &(*at)->next;
    *p = (GradPart){NULL, axis, start, len, g};
    *at = p;
}

/* In order of their starts; n = 0: they overlap, lie along different axes, or are too many. */
static int sorted_parts(const GradPart *list, const GradPart **out)
{
    int n = 0;
    for (const GradPart *p = list; p; p = p->next) {
        int at = n;
        if (n == PARTS_MAX || p->axis != list->axis)
            return 0;
        for (; at > 0 && out[at - 1]->start > p->start; at--)
            out[at] = out[at - 1];
        out[at] = p;
        n++;
    }
    for (int i = 1; i < n; i++)
        if (out[i - 1]->start + out[i - 1]->len > out[i]->start)
            return 0;
    return n;
}

/* Zeros of x's extents but len along axis. */
static Value *gap(Grad *d, const Value *x, int axis, int64_t len)
{
    const Dim *dims[IR_MAX_RANK];
    for (int i = 0; i < x->type.rank; i++)
        dims[i] = i == axis ? dim_const(d->g, len) : x->type.dim[i];
    return grad_filled_shape(d, x->type.dtype, grad_dims(d, x->type.rank, dims), 0);
}

static Value *joined(Grad *d, const Value *x, const GradPart *const *p, int n)
{
    Value *in[2 * PARTS_MAX + 1];
    int n_in = 0, axis = p[0]->axis;
    int64_t at = 0, end = 0;
    dim_lit(x->type.dim[axis], &end);
    for (int i = 0; i <= n; i++) {
        int64_t to = i < n ? p[i]->start : end;
        if (to > at)
            in[n_in++] = gap(d, x, axis, to - at);
        if (i < n)
            in[n_in++] = p[i]->g;
        at = i < n ? to + p[i]->len : to;
    }
    return n_in == 1 ? in[0] : grad_op(d, OP_concat, n_in, in, 1, (Attr[]){GRAD_INT("axis", axis)});
}

static Value *laid(Grad *d, Value *x, const GradPart *p)
{
    Value *in[6] = {p->g, grad_int(d, p->start), grad_int(d, p->start + p->len), grad_int(d, p->axis), NULL, grad_shape(d, x)};
    return grad_op(d, OP_slice_grad, 6, in, 0, NULL);
}

void grad_settle(Grad *d, Value *x)
{
    const GradPart *sorted[PARTS_MAX], *list = d->parts[x->id];
    Value **sum = &d->sum[x->id];
    int n = list ? sorted_parts(list, sorted) : 0;
    if (n) {
        Value *all = joined(d, x, sorted, n);
        *sum = *sum ? grad_add(d, *sum, all) : all;
    }
    for (const GradPart *p = n ? NULL : list; p; p = p->next) {
        Value *all = laid(d, x, p);
        *sum = *sum ? grad_add(d, *sum, all) : all;
    }
    d->parts[x->id] = NULL;
}
