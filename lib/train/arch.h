/* SPDX-License-Identifier: MIT
 * train: architectures by name: a graph, typed, with initial parameters, from a short text and what the data gives. Parameters are constants named as PyTorch
 * names them; products hold their weights as [out, in]. Also the head of a model made anew, for another number of classes. */
#ifndef SPML_TRAIN_ARCH_H
#define SPML_TRAIN_ARCH_H

#include "ir/graph.h"

/* What the data gives the net and wants of it. */
typedef struct ArchPorts {
    int rank;
    int64_t dim[IR_MAX_RANK]; /* one sample: pictures [C,H,W], rows [F], steps of features [T,F], tokens [T] */
    bool tokens;              /* i64, below n_out */
    int n_out;                /* classes, values or vocabulary */
} ArchPorts;

/* spec: "NAME", "NAME:OPTION=VALUE,…" or "mlp:784-128-10". A typed graph in a with one input "x" whose first dimension is the symbol "batch" (that of tokens is
 * "tokens", at most T) and one output "y", scores without a softmax. Its parameters are drawn from seed by counter, the same on every platform. SPML_USAGE
 * names what is wrong in spec, or in the data for this net, and what there is. */
SpmlCode arch_build(const char *spec, const ArchPorts *ports, uint64_t seed, Arena *a, Graph **out, Error *err);
const char *arch_name(size_t i, const char **about); /* NULL past the end */
/* The last product or convolution before output 0 made anew with n_out outputs, its parameters drawn from seed; g is typed again. *head: pattern of the names
 * of what is new. SPML_UNSUPPORTED "head" where there is none. On failure g is of no use any more. */
SpmlCode arch_replace_head(Graph *g, int n_out, uint64_t seed, const char **head, Error *err);

#endif
