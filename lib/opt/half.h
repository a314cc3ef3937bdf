/* SPDX-License-Identifier: MIT
 * opt: a graph in f16 instead of f32; see half.c. */
#ifndef SPML_OPT_HALF_H
#define SPML_OPT_HALF_H

#include "ir/ops.h"

typedef struct HalfOptions {
    bool io;           /* inputs and outputs become f16 too */
    bool (*large)(void *ctx, const Value *v); /* does v hold numbers beyond f16's range? What makes or reads it stays in f32 */
    void (*kept)(void *ctx, const Node *n, const char *why); /* told of each node that does */
    void *ctx;         /* of both, which may be NULL */
} HalfOptions;

SpmlCode graph_half(Graph *g, const HalfOptions *o, Error *err); /* of g itself, a typed root */

#endif
