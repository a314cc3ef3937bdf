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
    bool bytes;    /* of integers */
    bool by_terms; /* runs of terms are longer than runs of lines: read along the sum and transpose */
    bool divided;  /* a guard has a div */
    int64_t period; /* guard positions repeat after this many terms */
    const ILevel *il; /* integers: panels hold words of il->group terms (then k0 and kc count words); else NULL */
    const NestOperand *zero; /* one value a line and batch; p NULL: 0 */
    Walk zero_line, zero_batch;
    int64_t inner, inner_words; /* integers: so many terms begin with a word of their own and take so many words: the channels of a tap, or the whole sum */
    bool deep;        /* rows of an il->depth above 1 */
    uint8_t flip;     /* il->group 4: bytes are xored with it, 0x80 makes the other signedness */
} Side;

typedef struct SideAt { int64_t off, g[NEST_GUARDS], zero; } SideAt; /* of line 0, term 0 of one batch */

enum { PACK_TERMS = HARD(384, 7) }; /* terms described at a time */
typedef struct PackScratch {
    int64_t koff[PACK_TERMS], kg[NEST_GUARDS][PACK_TERMS]; /* offsets and guard positions of the terms */
    int32_t lo[PACK_TERMS], hi[PACK_TERMS];
    float rows[UK_MAX_NR * PACK_TERMS];
    int32_t zero[UK_MAX_NR];
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

/* ── what pack.c and pack_int.c share ── */
void side_terms(const Side *s, PackScratch *t, int64_t k0, int64_t kc); /* offsets and guard positions of terms k0 .. k0+kc */
void side_inside(const Side *s, const int64_t *pos, const Walk *w, int64_t n, int64_t *lo, int64_t *hi); /* the part of a run of n points inside all guards */
void side_bounds(const Side *s, PackScratch *t, const int64_t *g0, int64_t n); /* the same for every term of t, a run of n lines */

/* Zero points of lines l0 .. l0+n as they are for the packed bytes (flipped ones are 128 away). */
void side_zero(const Side *s, const SideAt *at, int64_t l0, int64_t n, int32_t *dst);
/* Words of the sum. */
static inline int64_t side_words(const Side *s)
{
    const int64_t words = s->inner ? s->sum.count / s->inner * s->inner_words : 0;
    return (words + s->il->depth - 1) / s->il->depth * s->il->depth;
}
void side_set_level(Side *s, const ILevel *il); /* integers, after side_make */
/* side_pack for integers; called by it. rows: the panel is one of rows (see ILevel.depth). */
void side_pack_words(const ULevel *u, const Side *s, const SideAt *at, int64_t l0, int n, int64_t k0, int64_t kc, PackScratch *t, uint32_t *dst, int64_t ld);

#endif
