/* SPDX-License-Identifier: MIT
 * train: the ranks of a job that mpirun has started, as Peers. One thread of its own makes all calls of MPI: it sends and receives while the way back still runs,
 * and sleeps when there is nothing to do; who waits for it sleeps too. Sums are made here, in the order of ranks, so their bits do not depend on what the library
 * would choose. Only messages from one rank to another are used. */
#ifndef SPML_TRAIN_MPI_H
#define SPML_TRAIN_MPI_H

#include "ir/peers.h"

#include <stdatomic.h>

typedef struct Ranks Ranks;

/* *out NULL: nobody has started several processes; then no library is opened. stop: the caller's wish to end, which every gather tells the others. */
SpmlCode ranks_open(const atomic_bool *stop, Ranks **out, Error *err);
/* code: what the run ended with. A job that failed here alone is ended for all (MPI_Abort: it does not return); in agreement, or SPML_OK: all leave together. */
void ranks_close(Ranks **r, SpmlCode code, bool agreed);

Peers *ranks_peers(Ranks *r);
int ranks_beside(const Ranks *r);   /* ranks that may use the same CPUs as this one, which counts too */
bool ranks_stop(const Ranks *r);    /* has anybody wished to end, as all know since the last gather? */
SpmlCode ranks_sum(Ranks *r, double *x, size_t n, Error *err);    /* of all, in their order */
SpmlCode ranks_count(Ranks *r, int64_t *x, size_t n, Error *err); /* the same of counts */
/* Have all the same bytes? SPML_DEVICE, "ranks-differ": what is named has other contents on rank … */
SpmlCode ranks_same(Ranks *r, const char *what, const void *p, size_t sz, Error *err);
/* What all of them make of an end: SPML_OK where all have it, else one of the others' codes; *speaker: the rank that is to say why, one that is sure before others. */
SpmlCode ranks_agree(Ranks *r, SpmlCode code, bool sure, int *speaker, Error *err);

#endif
