/* SPDX-License-Identifier: MIT
 * cpu: 3 × 3 convolutions of stride 1 with channels in blocks by Winograd's F(4 × 4, 3 × 3), 36 products for 16 outputs in the place of 144, or F(2 × 2, 3 × 3),
 * 16 for 4 in the place of 36, whose weights are fewer (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2015). Chosen by the extents of one sample, where weights are constant, else by those of the launch, never by
 * threads or level; results do not depend on those either, but round otherwise than the direct chain (about twice its error), so strict math does without. */
#ifndef SPML_BACKEND_CPU_WINOGRAD_H
#define SPML_BACKEND_CPU_WINOGRAD_H

#include "backend/cpu/nest.h"

/* A nest as a convolution: x[batch…, cb, h, w, ci] with w[o, c, 3, 3], o = ob · 16 + oi, c = cb · 16 + ci; pixels (p, q) read rows top + p … top + p + 2, those
 * outside 0 … H − 1 are zero. */
typedef struct Winograd {
    const Nest *nest;
    const ULevel *u;
    int ob, oi, p, q, cb, ci, kh, kw, n_batch, batch[NEST_AXES]; /* axes; ob, cb −1: one block */
    int64_t C, O, CB, OB, P, Q, H, W, top, left, batches; /* C, O: those that exist */
    int form;         /* row of winograd.c's forms */
    int64_t tile, reads, points; /* outputs of a tile along an axis, what they read, its square */
    int64_t TH, TW;   /* tiles, up and across */
    int64_t panels;   /* of weights: columns of the micro-kernel */
} Winograd;

/* Is it such a convolution, and worth it? fresh: the weights are transformed for this launch alone. */
bool winograd_fits(const Nest *n, const ContractWork *w, bool fresh, Winograd *out);
/* The weights, transformed: [points][panels][C][nr]. */
SpmlCode winograd_pack(const Winograd *g, ContractWork *w, Pool *pool, ContractPack **out, Error *err);

#endif
