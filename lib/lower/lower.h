/* SPDX-License-Identifier: MIT
 * lower: from a typed graph to steps. */
#ifndef SPML_LOWER_LOWER_H
#define SPML_LOWER_LOWER_H

#include "ir/calls.h"

/* Lowers every node of g (not of its subgraphs: those are lowered when the executor plans them) in order, into steps in g's arena.
 * Unsupported nodes: all of them in one error. */
SpmlCode graph_lower(Graph *g, Step **out, Error *err);
SpmlCode node_lower(Node *n, Step **out, Error *err);

/* views.c: drops copies from the steps of g whose readers can look at the source, or whose source can be made in place. Keeps bits. */
SpmlCode lower_views(Graph *g, Step **first, Error *err);

/* Joins convolutions with channels in blocks to the depthwise convolution behind them, and large ones of these to the 1x1 convolution behind them, for backends that
 * join (Step.head). Keeps bits. threads: of the device. */
SpmlCode lower_joins(Graph *g, Step *first, int threads, Error *err);

/* region.c: the text of one elementwise kernel. ops[i] is a row of a straight-line program over values t0.. (inputs first). */
typedef struct MapOp { const char *fn; const char *params; DType type /* of the result as the graph has it */; int n_in; int in[8]; } MapOp;
typedef struct MapText { int n_in; const DType *in_types; int n_ops; const MapOp *ops; int n_out; const int *out; /* op indices, counted from n_in */ const DType *out_types; bool inout0, strict; const bool *scalar; /* [n_in]: a run-time scalar in its compute type, no tensor; NULL: none is */ } MapText;
char *map_text(Arena *a, const MapText *m);

/* builder.c: attaches an elementwise kernel (operand 0: the output of the last call, inout) to that call, or adds it as a call of its own. */
SpmlCode lower_post(Lower *l, CallSpec *post /* is copied; its rows may be merged */, Error *err);

/* Gives ids to values that lowering made (temporaries, constants); n_ids of the root grows. */
void graph_number_temps(Graph *root, Step *steps);

#endif
