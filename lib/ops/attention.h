/* SPDX-License-Identifier: MIT
 * ops: what attention shares with its gradient. */
#ifndef SPML_OPS_ATTENTION_H
#define SPML_OPS_ATTENTION_H

#include "ops/ops.h"

/* q [B, H, S, D], k [B, G, L, D], v [B, G, L, E] in the type of sums, H = G·R; scores before cap and mask and probabilities [B, H, S, L]. */
typedef struct AttentionParts {
    const Dim *b, *heads, *groups, *each, *rows, *keys, *d, *e;
    DType acc;
    Operand q, k, v, raw, probs;
} AttentionParts;

/* The extents, and q, k, v as they are stored. *running: what lies between scores and softmax can be done a block at a time; then *mask [B, H, S, L], of floats to add or a bool. */
SpmlCode attention_blocks(Lower *l, Node *n, AttentionParts *p, bool *running, Operand *mask, Error *err);
/* Computes them for n, whose first seven inputs and attributes are those of attention; without past keys. */
SpmlCode attention_parts(Lower *l, Node *n, AttentionParts *p, Error *err);
/* [B, T, heads·size] or [B, heads, T, size] as the latter. */
Operand attention_heads(Lower *l, Operand x, const Dim *heads, const Dim *size);

#endif
