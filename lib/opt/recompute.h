/* SPDX-License-Identifier: MIT
 * opt: recomputation under a bound of memory. Where more bytes are alive than the target allows, values that wait for a late reader are let go and made again just
 * before it, by copies of the nodes that made them, as far back as something that is there. Every copy does what its original did on the same inputs: bits are
 * kept. It runs after all passes, of which none may merge the copies again. */
#ifndef SPML_OPT_RECOMPUTE_H
#define SPML_OPT_RECOMPUTE_H

#include "ir/ops.h"

/* copies: nodes made; least: bytes alive at the fullest place afterwards, as lives.h estimates: more than the target where nothing more can be let go. */
typedef struct Recomputed { int copies; uint64_t before, least; } Recomputed;

/* g: a root, typed, of literal extents, all passes run. */
SpmlCode graph_recompute(Graph *g, uint64_t target, Recomputed *out, Error *err);

#endif
