/* SPDX-License-Identifier: MIT
 * cpu: rows with running values. A kernel `group (…, i by TM) { tiles; for (j by TN) { … } … }` over f32 tiles whose rows are those of i: contractions
 * into tiles, elementwise statements, reductions of a row (attention). Columns of a contraction are packed once for the rows that share them, rows are read
 * where they lie; statements run as primitives over whole rows of some rows at a time, so tiles stay in L1 and L2. Every element has the bits of the
 * interpreter's, whatever the blocks, threads and level. running_match.c finds the form, running.c runs it. */
#ifndef SPML_BACKEND_CPU_RUNNING_H
#define SPML_BACKEND_CPU_RUNNING_H

#include "backend/cpu/ukernel.h"
#include "base/threads.h"
#include "kir/kir.h"
#include "kir/prims.h"

typedef struct Running Running;
typedef struct RunningPlan RunningPlan; /* one launch */

/* NULL: k (calls kept: they are primitives) has not that form, or memory ran out: the arena's flag. Lives in a. */
Running *running_match(const KirKernel *k, Arena *a);
/* SPML_NO without a message where the accesses are not affine or may leave their operands. *sz_scratch: bytes for each thread. */
SpmlCode running_plan(Running *r, const KirLaunch *l, const ULevel *u, int threads, const RunningPlan **out, size_t *sz_scratch);
void running_run(const RunningPlan *p, char *scratch, size_t sz_part, Pool *pool);

/* ── what the two files share ── */
enum { RUN_TILES = 16, RUN_SLOTS = 8, RUN_STEPS = 10, RUN_STATEMENTS = 24, RUN_ACCESSES = 12, RUN_UNIFORMS = 16, RUN_ARGS = 3 };

typedef enum RunLanes { RUN_ROWS, RUN_BLOCK, RUN_ALL } RunLanes; /* a lane is a row, a column of the loop's block, of a whole axis */
typedef struct RunTile { RunLanes cols; KReg extent; } RunTile;     /* f32[rows] or f32[rows, columns]; extent: of RUN_ALL */

/* A value: of every lane, or one (of the row, or for all). */
typedef struct RunArg { enum { RUN_NONE, RUN_SLOT, RUN_TILE, RUN_UNIFORM } kind; int index; bool single; } RunArg;
typedef enum RunKind { RUN_LOAD, RUN_LANE, RUN_ROW, RUN_PRIM, RUN_REDUCE, RUN_STORE_TILE, RUN_CUT, RUN_STORE } RunKind; /* CUT: lanes beyond arg 0 become arg 1 */
typedef struct RunStep {
    RunKind kind;
    KPrimFn fn, merge; /* prim; reduce: its step, and the merge of lanes */
    KLoadFn load;
    KStoreFn store;
    uint64_t ident;
    int to, access, n_args; /* to: slot, or tile that is stored or cut */
    bool in_place;          /* load: storage is what it calculates in */
    bool single, last;      /* last: its value is what the next step stores in a tile, which nobody else reads */
    uint8_t size, arg_size[RUN_ARGS]; /* of an element, in bytes */
    RunArg arg[RUN_ARGS];
} RunStep;

/* Tile `to` [row, lane] = (init ? itself : 0) + Σ a[row, k] · b[k, lane]; a: a tile or an operand. */
typedef struct RunDot { bool on, init, tile_a; int a, b, to; KReg k_extent; bool k_block; } RunDot;
typedef struct RunStatement {
    RunLanes lanes;
    KReg extent;            /* of RUN_ALL */
    const KInst *each;
    int n_steps;
    RunStep step[RUN_STEPS];
    RunDot dot;
} RunStatement;
typedef struct RunAccess { const KInst *inst; const KInst *each, *dot; } RunAccess;

struct RunningPlan {
    const Running *r;
    const KirLaunch *l;
    const ULevel *u;
    struct RunPlace { int64_t start, group[KIR_MAX_AXES], row, lane, sum; size_t size; } place[RUN_ACCESSES]; /* in elements */
    int64_t extent[KIR_MAX_AXES], tm, tn, n_outer, n_shared, n_blocks, per_unit, n_units, longest; /* blocks of rows; the most columns any has */
    bool shared[KIR_MAX_AXES]; /* rows along this axis have the same columns */
    int64_t all[RUN_TILES], sum[RUN_STATEMENTS], lanes[RUN_STATEMENTS]; /* extents */
    int64_t ld_block, ld_slot;
    size_t sz_tile[RUN_TILES], sz_pack[RUN_STATEMENTS];
    uint64_t uniform[RUN_UNIFORMS][64]; /* the first counts */
};

struct Running {
    KirKernel *k;
    KInst **defs;
    const KInst *group, *loop;
    int n_tiles, n_accesses, n_uniforms, n_statements, from, to; /* statements before `from` come first, those from `to` on last */
    RunTile tile[RUN_TILES];
    RunAccess access[RUN_ACCESSES];
    const KInst *uniform[RUN_UNIFORMS];
    RunStatement statement[RUN_STATEMENTS];
    RunArg *value;             /* by register */
    RunningPlan plan;
};

#endif
