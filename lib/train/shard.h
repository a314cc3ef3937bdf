/* SPDX-License-Identifier: MIT
 * train: what step.c asks when several ranks share a step (TrainOptions.peers). */
#ifndef SPML_TRAIN_SHARD_H
#define SPML_TRAIN_SHARD_H

#include "ir/peers.h"
#include "train/step.h"

/* g: the model with the extents of a rank's part, unchanged otherwise. Its nodes get what they must know of the whole; SPML_UNSUPPORTED, "ranks", where samples mix. */
SpmlCode shard_mark(Graph *g, const Graph *model, const TrainPorts *x, const Peers *p, Error *err);
bool shard_even(const TrainOptions *o); /* every part counts as much as another, when samples weigh 1 */
struct Grad;
Value *shard_count(struct Grad *d, const TrainOptions *o, Value *count); /* what the loss of all is divided by */

/* Ranges of the arenas that are exchanged together: list[of[i]] holds learning parameter i. Of each every rank has its slice (peers_slice): there it adds up the
 * gradients, and only there it changes parameters, moments and averages. */
typedef struct Bucket { int64_t start, count; size_t left; } Bucket;
typedef struct Buckets { Bucket *list; uint32_t *of, n; } Buckets;
SpmlCode buckets_make(const StepPlan *p, Arena *a, Buckets *out, Error *err);
/* Elements of a rank in bucket i. */
StepRange bucket_own(const Buckets *b, uint32_t i, const Peers *p);
/* Parameter i has been added to state: what the state is then. After the last of a bucket the node that adds it up over the ranks. */
Value *bucket_written(Buckets *b, struct Grad *d, Node *before, Value *state, size_t i);

#endif
