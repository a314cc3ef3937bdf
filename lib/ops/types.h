/* SPDX-License-Identifier: MIT
 * ops: types of values that several runs of a body, or several elements of a sequence, share. */
#ifndef SPML_OPS_TYPES_H
#define SPML_OPS_TYPES_H

#include "ops/ops.h"

/* The type that holds values of both: differing extents become data symbols of their own, differing ranks unknown. Extents of `a` that are symbols
 * numbered from `first` on hold anything already. false: no such type (differing element types or kinds). */
bool type_merge(Graph *g, const Type *a, const Type *b, size_t first, Type *out);
/* t as a node outside sees it: extents with symbols numbered from `first` on become new data symbols. */
Type type_outer(Graph *g, const Type *t, size_t first);
/* t with a new data symbol for every extent that is not literal. */
Type type_fresh(Graph *g, const Type *t);
Type type_wrap(Graph *g, TypeKind kind, const Type *elem); /* sequence or optional of *elem; elem is copied */
Type type_unranked(DType t);
const Dim *type_new_dim(Graph *g);
void out_type(Node *n, int i, Type t);

#endif
