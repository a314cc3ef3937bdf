/* SPDX-License-Identifier: MIT
 * ops: the function set of each op: shape rule, lowering and gradient rule, named by the columns of ir/ops.def and defined side by side in lib/ops/<family>.c.
 *
 * A shape rule sets type (and `known`, the symbolic value of small integer tensors) of every non-NULL output from the inputs' types and known values.
 * Extents are Dim expressions; a rule must work for symbols as well as literals and must not assume literals without saying so in an error.
 * Where an extent depends on data: graph_data_sym with a bound (then the lowering binds it by lower_bind or a host function), or, where it depends on the
 * *contents* of an input that is not known now (Reshape to a run-time shape), shape_dynamic(n): the executor will run the rule again with the
 * inputs as constants. typecheck.c handles inputs of unknown rank before any rule is called: a rule never sees rank −1. */
#ifndef SPML_OPS_OPS_H
#define SPML_OPS_OPS_H

#include "ir/calls.h"

typedef SpmlCode (*ShapeFn)(Node *n, Error *err);
typedef SpmlCode (*LowerFn)(Lower *l, Node *n, Error *err);
typedef struct Grad Grad;                                /* ops/grad.h: how gradients are written */
typedef SpmlCode (*GradFn)(Grad *d, Node *n, Error *err);
typedef struct OpFns { ShapeFn shape; LowerFn lower; GradFn grad; } OpFns;
extern const OpFns op_fns[OP_COUNT]; /* table.c */

#define OP(name, min_in, max_in, n_out, flags, fn, params, space, layouts, shape, lower, grad, text) \
    SpmlCode shape_##shape(Node *n, Error *err); \
    SpmlCode lower_##lower(Lower *l, Node *n, Error *err); \
    SpmlCode grad_##grad(Grad *d, Node *n, Error *err);
#include "ir/ops.def"
#undef OP

/* typecheck.c: runs the rules over g and its subgraphs in order. Unsupported or contradictory nodes: all of them in one error. */
SpmlCode graph_infer(Graph *g, Error *err);
SpmlCode node_infer(Node *n, Error *err);

/* helpers for rules (shape.c) */
SpmlCode shape_error(const Node *n, Error *err, const char *fmt, ...) __attribute__((format(printf, 3, 4))); /* SPML_DATA "shape", names the node */
SpmlCode shape_dynamic(Node *n, int n_out, const DType *types /* [n_out] */, const int *ranks /* [n_out], -1 unknown */); /* returns SPML_OK */
void out_set(Node *n, int i, DType t, int rank, const Dim *const *dims);      /* no-op when out[i] is NULL */
SpmlCode broadcast_dims(Node *n, Error *err, int n_types, const Type *const *types, int *rank, const Dim **dims /* [IR_MAX_RANK] */);
bool axis_normalise(int64_t axis, int rank, int *out);                        /* −rank ≤ axis < rank */
SpmlCode axis_get(const Node *n, const char *attr, int64_t def, int rank, int *out, Error *err);
static inline const Type *in_type(const Node *n, int i) { return i < n->n_in && n->in[i] ? &n->in[i]->type : NULL; }
static inline bool in_given(const Node *n, int i) { return i < n->n_in && n->in[i]; }

#endif
