/* SPDX-License-Identifier: MIT
 * ir: the ranks of a training, as the steps of a graph see them: processes that run the same graph on their parts of a batch, in step. Whoever opens the session
 * gives it one (session_peers); every rank makes the same calls in the same order. Results have the same bits on every rank and from run to run. */
#ifndef SPML_IR_PEERS_H
#define SPML_IR_PEERS_H

#include "base/dtype.h"
#include "base/error.h"

#include <stddef.h>

typedef struct Peers Peers;
struct Peers {
    int rank, n;
    bool hold;   /* start does nothing: these sums are not whole yet */
    /* all [n·sz]: the bytes of every rank, in their order. Waits for all. */
    SpmlCode (*gather)(Peers *p, const void *x, size_t sz, void *all, Error *err);
    /* This rank's slice of x [n] (peers_slice) becomes the sum over all ranks, in their order, while the caller goes on; nobody touches x until finish. What the
     * other slices hold then is not to be read; zeros stay zeros. t: f32 or f64. */
    SpmlCode (*start)(Peers *p, DType t, void *x, int64_t n, Error *err);
    /* The slices of the other ranks become what they hold there; as start, while the caller goes on. */
    SpmlCode (*spread)(Peers *p, DType t, void *x, int64_t n, Error *err);
    SpmlCode (*finish)(Peers *p, Error *err); /* waits for all that was started */
};

/* Of n elements those from peers_slice(n, ranks, k) to peers_slice(n, ranks, k + 1) are rank k's: as many for each as whole vectors allow. */
enum { PEERS_VECTOR = 16 };
static inline int64_t peers_slice(int64_t n, int ranks, int k) { return k == ranks ? n : n / PEERS_VECTOR * k / ranks * PEERS_VECTOR; }

#endif
