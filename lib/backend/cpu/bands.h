/* SPDX-License-Identifier: MIT
 * cpu: launches as one: a convolution with channels in blocks, the depthwise convolution that alone reads what it makes, and maybe the 1x1 convolution that alone
 * reads that. A task makes some channels of a band of rows in scratch that stays in cache, with the padding around them, and takes them through the windows at
 * once, and all of them through the last sums; the tensors between never exist.
 * Each element goes through the micro-kernels that it would go through otherwise: bits are those of the two launches, for any cut. */
#ifndef SPML_BACKEND_CPU_BANDS_H
#define SPML_BACKEND_CPU_BANDS_H

#include "backend/cpu/contract.h"

typedef struct Bands Bands; /* what is made of such launches; kept with the nest of the last */
enum { BANDS_PARTS = 3 };
typedef struct BandsPart {
    Contract *c;
    const KirLaunch *l;
    const ContractPack *pack;
    const ContractEpilogue *e; /* post of all but the last: tail_begin says where the boxes that follow on this thread lie: p and strides of y (p: where its element 0 would be) */
} BandsPart;

/* n: 2 or 3; the outputs of all but the last have no memory. SPML_NO: they have not that form; nothing was written. */
SpmlCode bands_run(const BandsPart *part, int n, ContractWork *w, Pool *pool, Error *err);
void bands_free(Bands **b);

#endif
