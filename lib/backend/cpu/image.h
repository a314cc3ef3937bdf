/* SPDX-License-Identifier: MIT
 * cpu: an image is a copy of operand a of a nest, f32, with what lies beyond its guards around it, so that no point of the nest needs a test. Dimensions keep
 * their order in memory; windows that overlap are copied once. */
#ifndef SPML_BACKEND_CPU_IMAGE_H
#define SPML_BACKEND_CPU_IMAGE_H

#include "backend/cpu/nest.h"

/* A dimension of the copy: n positions, of which lo … hi − 1 exist in the operand, src elements apart there and dst in the copy; axis i moves by[i] positions.
 * guard: which one it is, −1: none; position 0 is least of it, the first point of the nest is at start. */
typedef struct ImageDim { int64_t n, lo, hi, src, dst, start, least, by[NEST_AXES]; int guard; } ImageDim;
typedef struct Image { int n; ImageDim d[NEST_GUARDS + NEST_AXES]; int64_t base, first, floats; } Image;

/* false: it has no such form (divided guards, negative steps, more than 2^31 floats). */
bool image_make(const Nest *n, Image *im);
/* Operand a of the nest as it lies in the copy p. */
NestOperand image_operand(const Nest *n, const Image *im, float *p);
void image_fill(const Image *im, const float *src, float outside, float *dst, Pool *pool);
/* The image of a nest whose axes axis[] (−1: none) begin at from[] in the place of 0. */
void image_move(Image *im, const Nest *n, int n_moves, const int *axis, const int64_t *from);

#endif
