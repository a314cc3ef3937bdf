/* SPDX-License-Identifier: MIT
 * ops: symbolic values: the elements of small integer tensors as Dim expressions (Value.known). */
#ifndef SPML_OPS_KNOWN_H
#define SPML_OPS_KNOWN_H

#include "ops/ops.h"

/* Elements of v (rank 0 or 1, integer), from `known` or from its constant bytes. false: not known, or more than n_max. */
bool known_dims(const Value *v, const Dim **out, int n_max, int *n);
/* Gives output 0 its elements; d is copied. No-op when the output is missing, not an integer tensor of rank ≤ 1, or n > IR_KNOWN_MAX. */
void known_set(Node *n, int count, const Dim *const *d);
void known_concat(Node *n);                                         /* rank-1 concat */
void known_slice(Node *n, const Dim *start, int64_t step);          /* rank-1 slice: literal start and length */
void known_gather(Node *n);                                         /* gather on rank-1 input with known indices of rank ≤ 1 */

#endif
