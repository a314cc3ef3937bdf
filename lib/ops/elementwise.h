/* SPDX-License-Identifier: MIT
 * ops: what the elementwise files share. */
#ifndef SPML_OPS_ELEMENTWISE_H
#define SPML_OPS_ELEMENTWISE_H

#include "ops/ops.h"

/* Output 0 is the broadcast of all inputs with element type t; its symbolic value is set where the op has a rule. */
SpmlCode map_as(Node *n, DType t, Error *err);
/* The symbolic value of output 0, whose type is set. */
void known_map(Node *n);
/* The result of a cast node put before n. NULL on out of memory. */
Value *cast_before(Node *n, Value *v, DType to);
/* Puts a cast to t behind n: n computes into a fresh value, output 0 is the cast's. */
SpmlCode cast_after(Node *n, DType t, Error *err);
/* The rule of n with its inputs cast to t, and output 0 cast back to input 0's type if that is another: nodes are put around n. */
SpmlCode shape_in_type(Node *n, DType t, ShapeFn rule, Error *err);
DType float_for(DType t);

#endif
