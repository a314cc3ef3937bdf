/* SPDX-License-Identifier: MIT
 * ops: what pools and their gradients share. */
#ifndef SPML_OPS_POOL_H
#define SPML_OPS_POOL_H

#include "ops/window.h"

/* The window of a pool over x: `kernel_shape` and the attributes of window_get. Its kernel, strides and dilations are literal. */
SpmlCode pool_window(const Node *n, const Type *x, Window *w, Error *err);
/* One window over everything. */
bool pool_covers_all(const Window *w);
/* What average_pool counts: elements of these extents, whose padding is offset; the input's, or with count_include_pad those of the padding too. */
void pool_counted(Graph *g, const Node *n, const Window *w, const Dim **extent, const Dim **offset);

#endif
