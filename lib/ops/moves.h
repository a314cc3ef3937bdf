/* SPDX-License-Identifier: MIT
 * ops: what the index-driven moves share: element widths and views with one axis in the middle. */
#ifndef SPML_OPS_MOVES_H
#define SPML_OPS_MOVES_H

#include "ops/ops.h"

/* The unsigned type of t's width: moves never look at the type. DT_none: strings, complex pairs, elements smaller than a byte. */
DType move_type(DType t);
/* SPML_UNSUPPORTED when t has no move_type. */
SpmlCode move_check(const Node *n, DType t, Error *err);
/* A plain operand as [product before axis, axis, product after]. */
Operand view_around(Lower *l, Operand x, int axis);
/* A plain operand as [product of all]. */
Operand view_flat(Lower *l, Operand x);
/* y = x converted to y's type. */
SpmlCode lower_cast_to(Lower *l, Operand x, Operand y, Error *err);
/* Indices of i32 stay; others but i64 are converted. */
bool index_type(DType t);

#endif
