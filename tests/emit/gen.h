/* SPDX-License-Identifier: MIT
 * emit tests: random function bodies as kernel-language text. A body is a sequence of choices (bytes); 0 is always the simplest, and a sequence
 * that ends goes on with 0, so a shorter or smaller sequence is a smaller body: that is all the shrinker knows. */
#ifndef SPML_TESTS_EMIT_GEN_H
#define SPML_TESTS_EMIT_GEN_H

#include "kir/kir.h"

enum { GEN_MAX_CHOICES = 4096, GEN_MAX_INS = 15, GEN_PER_KERNEL = 14 };
typedef enum GenForm { GEN_EACH, GEN_GROUP, GEN_FORMS } GenForm;
typedef struct GenBody {
    GenForm form;
    size_t n;
    uint8_t choice[GEN_MAX_CHOICES];
} GenBody;

/* A generator of numbers from a seed. */
uint64_t gen_next(uint64_t *state);
/* A new body: its choices. */
void gen_body(GenForm form, uint64_t seed, GenBody *out);
/* Functions and reducers that bodies call. */
void gen_header(Text *out);
/* One kernel `name` of up to GEN_PER_KERNEL bodies of form each, or of one group body. Its outs are y0, y1 … in order; inputs are named after
 * their types; everything has extent N. */
void gen_kernel(const char *name, const GenBody *const *bodies, size_t n, Text *out);
/* Element i of an input of type t: corner values, random bits, small numbers. */
void gen_value(DType t, void *p, size_t i, uint64_t *state);

#endif
