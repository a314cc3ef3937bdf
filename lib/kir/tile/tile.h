/* SPDX-License-Identifier: MIT
 * kir/tile: the CPU's way to run any unscheduled kernel without a JIT. tile_compile turns a KirKernel into tile programs: structured
 * lists of primitives (prims.h) over slots of KTILE lanes. Two schedules are made where both make sense: lanes = items of the top `each`,
 * and lanes = indices of inner reductions and inner eaches (rows: softmax, norms). A launch picks one by extents and strides.
 * Results are those of the unscheduled interpreter bit for bit, for every number of threads. */
#ifndef SPML_KIR_TILE_TILE_H
#define SPML_KIR_TILE_TILE_H

#include "base/threads.h"
#include "kir/kir.h"
#include "kir/prims.h"

typedef struct TileProgram TileProgram;

/* The program lives in a and keeps a pointer to k (which must live as long). Extents stay unknown. `group` kernels and scheduled forms are
 * SPML_UNSUPPORTED "kernel-class": they run as ahead-of-time kernels. m ≠ NULL says
 * that k was made from that module and its scalar functions are those of kernels/, so their primitives may stand for them; NULL: they are inlined. */
SpmlCode tile_compile(const KModule *m, const KirKernel *k, Arena *a, TileProgram **out, Error *err);
/* Runs all items of a launch bound by kir_bind; the top each is split into chunks taken dynamically by the pool's threads. pool may be NULL. */
SpmlCode tile_run(const TileProgram *p, const KirLaunch *l, Pool *pool, Error *err);

/* A sub-box of the top-level axes, on the calling thread: the epilogue of a contraction on its hot block. scratch: tile_scratch(p) bytes,
 * 64-byte aligned, one per thread. tile_prepare evaluates what depends on the launch only; then any number of boxes may run on that scratch
 * while p, l and the launch's operands stay where they are. lo, hi: one per axis of the top each (inside its range). */
size_t tile_scratch(const TileProgram *p);
void tile_prepare(const TileProgram *p, const KirLaunch *l, void *scratch);
void tile_run_box(const TileProgram *p, const KirLaunch *l, const int64_t *lo, const int64_t *hi, void *scratch);
int tile_axes(const TileProgram *p); /* axes of the top each */

void tile_print(const TileProgram *p, Text *out); /* one line per instruction: {primitive, slots, immediates} */

#endif
