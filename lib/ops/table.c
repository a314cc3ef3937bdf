/* SPDX-License-Identifier: MIT
 * ops: the function table made from the columns of ir/ops.def. */
#include "ops/ops.h"

const OpFns op_fns[OP_COUNT] = {
#define OP(name, min_in, max_in, n_out, flags, fn, params, space, layouts, shape, lower, grad, text) [OP_##name] = {shape_##shape, lower_##lower, grad_##grad},
#include "ir/ops.def"
#undef OP
};
