/* SPDX-License-Identifier: MIT
 * train: reverse-mode differentiation over the graph IR. Takes a typed graph before regions are built, gives the same graph with nodes appended that compute
 * the gradients; the rules are those of the column `grad` of ir/ops.def (ops/grad.h). */
#ifndef SPML_TRAIN_AUTODIFF_H
#define SPML_TRAIN_AUTODIFF_H

#include "ir/graph.h"

/* out[i] = d loss / d wrt[i], of wrt[i]'s type; NULL: the loss does not depend on it. loss: a float of one element, defined in g. wrt: float tensors of g: inputs,
 * constants, states or what nodes make. Nothing is added when it fails before the first rule runs: every op on the way that has no rule, every node that is itself
 * part of a gradient (a second derivative) and every node whose extents only the run knows is named in one error (SPML_UNSUPPORTED, "gradient"). */
SpmlCode autodiff(Graph *g, Value *loss, Value *const *wrt, int n, Value **out /* [n] */, Error *err);

#endif
