/* SPDX-License-Identifier: MIT
 * cpu: packing. A Side is one operand of a nest seen as lines (rows or columns of the matrix product) × terms of the sum × batches.
 * side_pack copies some lines and terms into a panel [kc][ld] of f32: im2col, transposition and conversion are all this copy. */
#ifndef SPML_BACKEND_CPU_PACK_H
#define SPML_BACKEND_CPU_PACK_H

#include "backend/cpu/ukernel.h"
#include "backend/cpu/walk.h"
#include "base/hard.h"

typedef struct Side {
    const NestOperand *op;
    Walk line, sum, batch;
    bool by_terms; /* runs of terms are longer than runs of lines: read along the sum and transpose */
    bool divided;  /* a guard has a div */
    int64_t period; /* guard positions repeat after this many terms */
} Side;

typedef struct SideAt { int64_t off, g[NEST_GUARDS]; } SideAt; /* of line 0, term 0 of one batch */

enum { PACK_TERMS = HARD(384, 7) }; /* terms described at a time */
typedef struct PackScratch {
    int64_t koff[PACK_TERMS], kg[NEST_GUARDS][PACK_TERMS]; /* offsets and guard positions of the terms */
    int32_t lo[PACK_TERMS], hi[PACK_TERMS];
    float rows[UK_MAX_NR * PACK_TERMS];
    const Side *side; /* what koff and kg describe: terms k0 .. k0+kc of that side; NULL: nothing */
    int64_t k0, kc;
} PackScratch;

void side_make(Side *s, const Nest *n, const NestOperand *op, const int *lines, int n_lines, const int *batch, int n_batch);
SideAt side_at(const Side *s, int64_t batch);
/* Terms k0 .. k0+kc of lines l0 .. l0+n (n ≤ ld ≤ UK_MAX_NR) to dst[kc][ld]; lanes n .. ld-1 become 0. */
void side_pack(const ULevel *u, const Side *s, const SideAt *at, int64_t l0, int n, int64_t k0, int64_t kc, PackScratch *t, float *dst, int64_t ld);
/* The same for lines l0 .. l1 into panels of ld lines, `panel` floats apart; l0 is a multiple of ld. */
void side_pack_panels(const ULevel *u, const Side *s, const SideAt *at, int64_t l0, int64_t l1, int64_t k0, int64_t kc, PackScratch *t, float *dst, int64_t ld,
    int64_t panel);

#endif
