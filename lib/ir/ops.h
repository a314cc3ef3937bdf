/* SPDX-License-Identifier: MIT
 * ir: the operator table made from ops.def. One row per op of our own IR; everything that depends on an op alone is in its row or in the
 * function set of lib/ops (ops/ops.h). No code anywhere switches over op names. */
#ifndef SPML_IR_OPS_H
#define SPML_IR_OPS_H

#include "ir/graph.h"

/* flags */
enum {
    OPF_VIEW = 1,     /* output aliases input 0 (reshape, and moves where strides allow) */
    OPF_INPLACE = 2,  /* output may overwrite an input of the same type */
    OPF_RANDOM = 4,   /* never folded, never merged */
    OPF_HOST = 8,     /* runs on the host only */
    OPF_STATE = 16,   /* takes and gives state values */
    OPF_COMM = 32,    /* commutative in inputs 0 and 1 */
    OPF_CONTROL = 64, /* has subgraphs; run by the executor */
};
typedef enum OpSpace { SPACE_NONE, SPACE_MAP, SPACE_REDUCE, SPACE_CONTRACT, SPACE_WINDOW, SPACE_MOVE, SPACE_GROUP, SPACE_HOST } OpSpace;

/* OP(name, min inputs, max inputs (-1: variadic), outputs (-1: variadic), flags, fn, params, space, layouts, shape, lower, grad, "what it computes")
 * fn: SPACE_MAP: the scalar function of kernels/scalar.k; its arguments are the inputs in order, then the float attributes named in
 * `params` (comma-separated, "alpha=0.01,beta"; each a scalar of the compute type). "" otherwise. */
typedef enum OpId {
#define OP(name, ...) OP_##name,
#include "ir/ops.def"
#undef OP
    OP_COUNT
} OpId;

typedef struct OpInfo {
    const char *name;
    int8_t min_in, max_in, n_out;
    uint8_t flags;
    const char *fn, *params;
    OpSpace space;
    const char *layouts, *text;
} OpInfo;
extern const OpInfo op_info[OP_COUNT];
int op_find(const char *name, size_t n); /* OpId or -1 */

#endif
