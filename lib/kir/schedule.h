/* SPDX-License-Identifier: MIT
 * kir: what the files of the scheduler share: the emitting state and small builders. schedule.c walks the kernel and places
 * lane loops and barriers, schedule_fold.c writes reductions, dots and scans as loops. */
#ifndef SPML_KIR_SCHEDULE_H
#define SPML_KIR_SCHEDULE_H

#include "kir/core.h"

typedef struct Sched {
    KirKernel *k;
    Arena scratch;
    KInst **defs;        /* of the registers the kernel had before */
    size_t n_defs;
    KBlock *at;          /* where instructions go */
    const KInst *cur;    /* source line of what is emitted */
    bool uniform;        /* group code outside lane loops */
    bool dirty;          /* uniform code read memory that lanes may write, since the last barrier */
    KInst *pending;      /* a lane loop of one item that gathers uniform stores; not yet in a block */
    bool failed;         /* out of memory */
    KInst spare;         /* stands in for an instruction that could not be made */
    KBlock *spare_blocks[2];
} Sched;

KReg sched_const(Sched *s, DType t, uint64_t bits);
static inline KReg sched_i64(Sched *s, int64_t v) { return sched_const(s, DT_i64, (uint64_t)v); }
KReg sched_op(Sched *s, KOp op, DType t, int n, const KReg *args);
static inline KReg sched_op2(Sched *s, KOp op, DType t, KReg x, KReg y) { return sched_op(s, op, t, 2, (KReg[]){x, y}); }
void sched_set(Sched *s, KReg var, KReg value);
KReg sched_var(Sched *s, DType t, const char *name, KReg value);  /* declares it */
KReg sched_load(Sched *s, uint32_t mem, KReg index);              /* rank 1 locals */
void sched_store(Sched *s, uint32_t mem, KReg index, KReg value);
uint32_t sched_mem(Sched *s, const char *name, KMemKind kind, DType t, int64_t n);
KInst *sched_inst(Sched *s, KOp op, int n_blocks);                /* a control instruction with empty blocks; never NULL */
/* Opens a loop lo ≤ index < hi (by 0: none): its body becomes s->at; gives back the block to restore. */
KBlock *sched_loop(Sched *s, KOp op, KReg lo, KReg hi, KReg by, const char *name, KReg *index);
KBlock *sched_axes(Sched *s, KOp op, const KAxis *axes, size_t n); /* the same over a list of axes of the source */
KBlock *sched_if(Sched *s, KReg cond);                             /* body is the first block */
void sched_barrier(Sched *s);
void sched_flush(Sched *s);                                        /* places pending uniform stores */
KBlock *sched_lanes(Sched *s, KReg hi, KReg *index, bool *uniform); /* opens a lane loop 0 ≤ index < hi */
void sched_end_lanes(Sched *s, KBlock *outer, bool uniform);
void sched_block(Sched *s, const KBlock *b);                       /* rewrites b's instructions at s->at */

int64_t sched_items(const Sched *s, const KInst *i); /* of its axes, where they are constant; else −1 */
void sched_dot(Sched *s, const KInst *i);
void sched_reduce(Sched *s, const KInst *i);
void sched_scan(Sched *s, const KInst *i);

#endif
