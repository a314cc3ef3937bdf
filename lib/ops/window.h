/* SPDX-License-Identifier: MIT
 * ops: sliding windows over spatial dimensions, shared by convolutions and pools. */
#ifndef SPML_OPS_WINDOW_H
#define SPML_OPS_WINDOW_H

#include "ops/ops.h"

enum { WINDOW_MAX = 6 };

/* n spatial dimensions; all arrays [n]. */
typedef struct Window {
    int n;
    const Dim *in[WINDOW_MAX], *kernel[WINDOW_MAX], *stride[WINDOW_MAX], *dilation[WINDOW_MAX];
    const Dim *lo[WINDOW_MAX], *hi[WINDOW_MAX]; /* padding before and after */
    const Dim *out[WINDOW_MAX];
} Window;

/* Reads strides, dilations, pads, auto_pad, ceil_mode of node n; in: the last n_spatial dims of x; kernel given by the caller. */
SpmlCode window_get(const Node *n, int n_spatial, const Dim *const *in, const Dim *const *kernel, Window *w, Error *err);
/* The window of a convolution of x [N, G·C, H…] with k [G·O, C, K…]: ranks, groups and channels are checked. */
SpmlCode window_conv(const Node *n, const Type *x, const Type *k, Window *w, int64_t *groups, Error *err);
/* The window of conv_transpose: out is the extents of its result, lo what is cut at their beginning. */
SpmlCode window_transposed(const Node *n, Window *w, int64_t *groups, Error *err);
/* A transposed convolution of x [N, G·C, H…] by k [G·C, O, K…] from b [G·O] into y [N, G·O, P…]: w.stride, dilation, lo, kernel and out are those of y. Results that
 * lie a stride apart see the same weights: each such phase is a convolution of stride 1, and no inserted zero is multiplied.
 * With channels in blocks, [N, O/16, P…, 16], b is zero, there is one group or a channel in each, and the window is literal. */
SpmlCode lower_transposed(Lower *l, Operand x, Operand k, Operand b, Operand y, const Window *w, int64_t groups, Error *err);
/* x [N, C, S…] as one block of C lanes, [N, 1, S…, C] (blocked.c). */
Operand blocked_of_one(Lower *l, Operand x);
/* Output 0 of a gradient: of input 0's type and rank, with the elements of input `from` for extents (conv_grad.c). */
SpmlCode shape_from_input(Node *n, int from, Error *err);
/* Adds the const packs of the window templates to a call: NAME.0 … for each name that is not NULL. Returns the index after the last. */
int window_consts(CallSpec *c, int at, const char *name, int n, const Dim *const *values);

#endif
