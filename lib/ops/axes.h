/* SPDX-License-Identifier: MIT
 * ops: views whose reduced axes stand at the end, as the kernels of reduce.k and norm.k want them: [L..., C...]. */
#ifndef SPML_OPS_AXES_H
#define SPML_OPS_AXES_H

#include "ops/ops.h"

typedef struct Rows {
    Operand x;                /* [kept…, reduced…] */
    int n_kept, n_reduced;
    const Dim *count;         /* product of the reduced extents */
} Rows;
void rows_make(Lower *l, Operand x, const bool *mask /* [rank]: reduced */, Rows *r);
void rows_axis(Lower *l, Operand x, int axis, Rows *r); /* that axis alone */
/* A plain operand with as many elements as the kept axes, seen with just their extents. */
Operand rows_kept(Lower *l, const Rows *r, Operand y);
/* x with new axes of extent 1 and then broadcast: its axes stand at `at`, `at`+1, … of dims[rank]. */
Operand view_place(Lower *l, Operand x, int at, int rank, const Dim *const *dims);
/* Channels of x: axis 1, and with attribute `lanes` of n the last axis too, where they lie in blocks. mask: the other axes, or those that a first sum goes over:
 * in blocks it leaves the axis before the lanes, so that it runs along memory, and channel_total sums that. */
void channel_mask(const Node *n, int rank, bool *mask /* [IR_MAX_RANK] */, bool first);
/* v [C] with x's extents, along its channels; in blocks a copy for each place of the axis before the lanes, so that runs are long. */
Operand channel_view(Lower *l, const Node *n, Operand v, Operand x, Error *err);
/* What the first sum over x gives to: y [C] itself, or in blocks a temporary [C/16, W, 16] of the type sums of x are made in. */
Operand channel_parts(Lower *l, const Node *n, Operand x, Operand y);
/* y [C], without a count of the parts' type: their sum, over count unless that is NULL. */
SpmlCode channel_total(Lower *l, const Node *n, Operand parts, const Dim *count, Operand y, Error *err);
/* Attribute `ranks` of a norm: how many processes share its batch. norm_gather: what each of them has in own, [C] each, through a kernel of parts [ranks, 2, C] → all. */
int64_t norm_ranks(const Node *n);
SpmlCode norm_gather(Lower *l, const Node *n, const char *kernel, const Operand own[2], const Operand all[2], Error *err);
/* A scalar constant of a type. */
Operand operand_scalar(Lower *l, DType t, double v, Error *err);

/* Of a reduce_* node (reduce.c). mask[i]: axis i is reduced. *known is false when the axes are an input whose contents only the run will tell. */
SpmlCode reduced_axes(const Node *n, bool *mask /* [IR_MAX_RANK] */, bool *known, Error *err);

#endif
