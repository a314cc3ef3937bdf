/* SPDX-License-Identifier: MIT
 * kir: what the forms of a contraction share: schedule_dot.c finds the form of a kernel (one each around one dot) and writes it for lanes with plain loads and
 * for CPU devices, schedule_mma.c as a pipeline of stages in shared memory. */
#ifndef SPML_KIR_SCHEDULE_DOT_H
#define SPML_KIR_SCHEDULE_DOT_H

#include "kir/schedule.h"
#include "kir/target.h"

enum { SIDE_Y, SIDE_X, MAX_PER_LANE = 16 };

typedef struct Side { /* one operand of the dot with its output axes */
    KFn load;             /* (out axes…, dot axes…) → the operand's value */
    uint32_t axes;        /* output axes it depends on, by position */
    bool along_k;         /* its last index moves with the dot's last axis: neighbouring lanes read along it */
    KReg total;           /* product of the extents of its own axes */
    uint32_t shared;      /* [kc][tile] */
} Side;

typedef struct Dot {
    Sched s;
    const KInst *each, *dot;
    const KirTile *tile;
    Side side[2];
    uint32_t own[2], batch;          /* output axes: rows, columns, both */
    KFn init, finish;                /* (out axes…) → start; (out axes…, sum) → nothing: stores */
    KReg *outs, *all;                /* indices of the output axes; the same and those of the dot */
    KReg extent[KIR_MAX_AXES], k_total, k_extent[KIR_MAX_AXES];
    bool exact;                      /* arithmetic on indices says that it is such (KInst.rule) */
    KReg lane, base[2];              /* first row and column of the tile */
    KReg acc[MAX_PER_LANE * MAX_PER_LANE];
} Dot;

/* The form above, its parts as functions; false: another form (or out of memory, which s.failed says). lets: gets what nothing in the loops changes. */
bool dot_match(Dot *d, KBlock *lets);
/* Which operand is the side of rows: the one that does not read the innermost output axis. Sets own and batch. */
bool dot_sides(Dot *d);
/* Does the last index of the first load of f move with the dot's last axis? */
bool dot_along_k(Dot *d, const KFn *f);
bool dot_moves(Dot *d, const KFn *f, uint32_t set); /* or with the last of the output axes in set? */
bool dot_from_zero(const Dot *d);
KReg dot_index(Dot *d, KReg r); /* r, the result of the newest instruction, which calculates with indices */
/* index → the axes in `set` (bits), last fastest; to[position] gets lo + its part. */
void dot_axes(Dot *d, KReg index, const KAxis *axes, const KReg *extent, unsigned n, uint32_t set, KReg *to);
KReg dot_product(Dot *d, const KReg *extent, unsigned n, uint32_t set); /* of the extents in set */
/* schedule_panel.c: the form of CPU devices, from here to the end of the kernel. */
void dot_panel(Dot *d);
KReg dot_inline(Dot *d, const KFn *f, const KReg *args);

/* A copy of k in a, its form found; SPML_NO: another form. Then dot_lets, memories, dot_open, code inside the group, and, after every code, dot_end. */
SpmlCode dot_begin(Dot *d, const KirKernel *k, const KirTile *tile, Arena *a, KBlock **lets, Error *err);
void dot_lets(Dot *d, KBlock *lets);     /* extents and totals */
void dot_open(Dot *d, KReg *group);      /* group[]: its indices, batches first, then the first row and the first column of the tile */
SpmlCode dot_end(Dot *d, SpmlCode code, KirKernel **out, Error *err);

#endif
