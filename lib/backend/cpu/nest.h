/* SPDX-License-Identifier: MIT
 * cpu: what the files of the contraction engine share: the Plan that nest_plan makes of a Nest, and the ways to run it. */
#ifndef SPML_BACKEND_CPU_NEST_H
#define SPML_BACKEND_CPU_NEST_H

#include "backend/cpu/pack.h"
#include "backend/cpu/packs.h"
#include "base/hash.h"
#include "base/uninit.h"

/* out, init or add over rows × columns × batches. direct: f32 with one row stride and columns that are contiguous, whole vectors of them at least (or equal: stride 0). */
typedef struct Plane { const NestOperand *op; Walk row, col, batch; bool direct; } Plane;

typedef struct AxisList { int n, ax[NEST_AXES]; } AxisList;

typedef struct Plan {
    const Nest *nest;
    const ULevel *u;
    const ILevel *il;             /* the sum is of integers, K, kc and panels count words of il->group terms; NULL: of floats */
    bool row_signed, col_signed;  /* il->group 4: as packed */
    bool row_zeros, col_zeros;    /* il->group 4: some zero point of that side is not 0 */
    bool row_one, col_one;        /* and all of that side are the same */
    int row_operand;              /* 0: rows are those of a */
    AxisList batch, row, col;     /* output axes by role, outermost first */
    int64_t n_batch, M, N, K;
    Side rows, cols;
    Plane out, init, add, mul, bias, zero, other;
    Walk row_pack, col_pack;      /* batch → index of the packed batch of that side */
    int64_t n_row_pack, n_col_pack; /* packed batches */
    bool split;                   /* columns of the output lie in runs of some vectors: blocks of channels */
    bool buffered;                /* the block is summed in scratch, then stored (out is not f32 or not contiguous) */
    bool prefill;                 /* init is copied before the sum (it is not direct) */
    bool late;                    /* add and clamp are applied after the sum */
    int64_t h, tall, row_panels, col_panels; /* rows of a row panel, one more in the first `tall` ones; panels */
    int64_t kc, mc, mb, nb;       /* terms of a slab, row panels kept in L2, row and column panels of a task */
    int64_t n_mb, n_nb;
} Plan;

struct ContractPack {
    int which;      /* operand of the nest */
    bool is_col;
    const ULevel *u;
    uint8_t flip;
    enum { PACK_PANELS, PACK_WINOGRAD, PACK_LANES } form;
    const ILevel *il;
    int64_t h, n_batch, K, lines;
    Walk line, sum, batch;
    Pack *memory;   /* NULL: data is malloc'ed */
    float *data;    /* [n_batch][panels][K][h], h = lines of that panel (columns: always nr); of integers then the sums [n_batch][lines of all panels] */
    size_t bytes;
};

enum { WORK_SHARED, WORK_LOCAL, WORK_SCALE, WORK_PARTS };
struct ContractWork {
    const ULevel *u;
    const ILevel *il;
    bool strict;     /* every element is the chain of contract.h */
    bool frugal;     /* no pack is much larger than what it was made from */
    PackStore *packs;
    int64_t l1, l2;  /* bytes of a core's caches */
    char *mem[WORK_PARTS]; /* shared panels; per-thread scratch; values of a launch */
    size_t sz[WORK_PARTS];
};
/* Cutting work for threads, in multiplications (of vectors alike): a number read that another core or L3 has counts CUT_READ of them (measured: 10 to 30). The time
 * of n_tasks such tasks; few of them are worse, since nobody can help the thread that is late. */
enum { CUT_READ = 16 };
static inline int64_t cut_rounds(int64_t n_tasks, int threads, int64_t each) { const int64_t rounds = (n_tasks + threads - 1) / threads; return rounds * each + (threads > 1 ? each / 16 : 0); }
void *page_alloc(size_t bytes); /* aligned to pages, large ones to huge pages; free() */
void *work_reserve(ContractWork *w, int which, size_t bytes); /* 64-byte aligned, contents lost; NULL: no memory */

SpmlCode nest_plan(const Nest *n, const ContractWork *w, Plan *p, Error *err);
void nest_zero_points(Plan *p); /* what it says of them, for those of this launch */
/* Fills blocks: which sides are packed before (else each task packs its own), for that many threads. */
void plan_blocks(Plan *p, const ContractWork *w, int threads, bool row_packed, bool col_packed);
static inline bool operand_guards(const NestOperand *o, int ax) /* does axis ax move a guard of o? */
{
    for (int g = 0; g < o->n_guards; g++)
        if (o->guard[g].coef[ax])
            return true;
    return false;
}
static inline int64_t min_i64(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t div_up(int64_t a, int64_t b) { return (a + b - 1) / b; }
/* Column n of a direct plane; element [m, n] of it, and the plane as a tile of vectors of vw columns reads it from there. */
static inline int64_t plane_column(const Plane *pl, int64_t n) { return pl->col.n <= 1 ? n * walk_step(&pl->col) : walk_at(&pl->col, n).off; }
static inline float *plane_element(const Plane *pl, int64_t base, int64_t m, int64_t n)
{
    return (float *)pl->op->p + (base + m * walk_step(&pl->row) + plane_column(pl, n));
}
static inline int64_t plane_vector(const Plane *pl, int64_t n, int64_t vw) /* from the vector at n to the next one */
{
    return pl->col.n <= 1 || n + vw >= pl->col.count ? vw : plane_column(pl, n + vw) - plane_column(pl, n);
}
/* Field by field: a copy of it in wide loads would wait until the stores of the tile before have left the core. */
static inline void plane_tile(UPlane *u, const Plane *pl, int64_t base, int64_t m, int64_t n, int64_t vw)
{
    u->p = plane_element(pl, base, m, n);
    u->rs = walk_step(&pl->row);
    u->vs = plane_vector(pl, n, vw);
    u->row = walk_step(&pl->col) == 0;
}
static inline int64_t plane_at(const Plane *pl, int64_t batch) { return pl->op->p ? pl->op->offset + walk_at(&pl->batch, batch).off : 0; }
static inline int64_t panel_at(const Plan *p, int64_t panel) { return min_i64(panel * p->h + min_i64(panel, p->tall), p->M); } /* its first row */
static inline int64_t panel_rows(const Plan *p, int64_t panel) { return panel_at(p, panel + 1) - panel_at(p, panel); }
static inline int64_t panel_most(const Plan *p) { return p->h + (p->tall > 0); }
/* Lines that a row panel holds, those that fill matrix registers too. */
static inline int64_t row_lines(const Plan *p, int64_t rows) { return p->il && p->il->depth > 1 ? (rows + 15) / 16 * 16 : rows; }

/* May a pack of so many bytes be made of n elements of that type? */
bool pack_allowed(const ContractWork *w, size_t bytes, DType type, uint64_t n);
/* Memory for k->bytes of pack, of w; *ready: from disk, filled already. sum: what decides the contents, but for where the source is. */
bool pack_memory(ContractWork *w, ContractPack *k, Sha256 *sum, const void *source, Pool *pool, bool *ready);
void side_key(Sha256 *sum, const Side *s);
/* Packs chunks first .. first + n (a chunk is a panel of a batch) of a whole side into dst, [batch][panel][K][h], of their terms k0 .. k0 + kc; alone: dst has no others. */
typedef struct PackPart { int64_t first, n, k0, kc; bool alone; } PackPart;
void pack_part(const Plan *p, bool cols, const PackPart *part, float *dst, char *locals, size_t sz_local, Pool *pool);
/* The whole side of a constant; pages of its file are given back as it goes. */
void pack_constant(const Plan *p, bool cols, float *dst, char *locals, size_t sz_local, Pool *pool);
/* Packs a whole side into dst, [batch][panel][K][h]. */
void pack_side(const Plan *p, bool cols, float *dst, char *locals, size_t sz_local, Pool *pool);
size_t side_floats(const Plan *p, bool cols); /* with the sums */
/* Lines of a packed batch, those that fill the last column panel too. */
static inline int64_t side_lines(const Plan *p, bool cols) { return cols ? p->col_panels * p->u->nr : row_lines(p, p->M); }
int64_t pack_kc(const ContractWork *w);

/* ── engines ── */

/* A way to run nests. What it makes of one holds for every launch that differs in pointers only. */
typedef struct NestEngine {
    SpmlCode (*make)(NestMade *m, ContractWork *w, Error *err); /* SPML_NO: not of this form */
    SpmlCode (*run)(NestMade *m, ContractWork *w, Pool *pool, Error *err);
    bool planned;              /* it wants m->plan */
} NestEngine;
struct NestMade {
    const NestEngine *engine;  /* NULL: nothing is to be computed */
    const ContractPack *pack;  /* of the launch */
    const ContractWork *work;
    int threads;
    bool alone;                /* too little work for several threads */
    Nest nest;                 /* without guards that always hold; its pointers are those of the launch */
    Plan plan;
    void *own;                 /* the engine's: one malloc */
};
extern const NestEngine engine_winograd, engine_lanes /* lanes are channels of both operands, or of a window */, engine_depthwise /* one row per batch */, engine_direct /* rows read where they lie */;
/* A column panel of a nest that engine_direct made and that is one run of rows, for n such runs: a at row 0 of the first, add (or NULL) and out there at the panel's first column. */
typedef struct DirectLines { const float *cols, *a, *add; float *out; int64_t panel, n, a_step, add_step, out_step; } DirectLines;
void direct_panel(const NestMade *m, const DirectLines *l);
void nest_pointers(Nest *dst, const Nest *src); /* those of src, and what the epilogue wants */

bool lanes_fits(const Nest *n);
SpmlCode lanes_pack(const Nest *n, ContractWork *w, Pool *pool, ContractPack **out, Error *err); /* *out NULL: weights of another type */
bool pack_serves(const ContractPack *k, const Plan *p, bool cols);

/* Rows m, columns n0 .. n1 of a plane, as f32 and back; base: offset of the batch. */
void plane_load_row(const Plan *p, const Plane *pl, int64_t base, int64_t m, int64_t n0, int64_t n1, float *dst);
void plane_store_row(const Plan *p, const Plane *pl, int64_t base, int64_t m, int64_t n0, int64_t n1, const float *src);
/* Calls fn for the boxes of rows m0 .. m1 × columns n0 .. n1 of a batch. */
void nest_post(const Plan *p, NestPostFn fn, void *ctx, int thread, int64_t batch, int64_t m0, int64_t m1, int64_t n0, int64_t n1);

/* A block of integer sums, or a part of one: sum[(m − m0) · ld + n − n0]. */
enum { INT_LINES = 5 };
typedef struct IntBlock {
    int thread;
    int64_t batch, m0, m1, n0, n1, ld;
    int32_t *sum;
    const int32_t *row_sums, *col_sums; /* of the bytes of line m0 …, n0 … */
    int32_t *row_zero, *col_zero, *row_add, *col_add; /* scratch of a value a line */
    char *lines;                        /* and of INT_LINES lines of ld, 4 bytes each */
    bool plain;                         /* nest_int_begin: all rows go through one store, as `all` says for the block */
    IStore all;
} IntBlock;
/* Once row_sums and col_sums are whole: what depends on a row or a column alone. */
void nest_int_begin(const Plan *p, IntBlock *b);
/* Subtracts zero points, adds init, then stores or hands the sums to the tail, for rows m0 … m1 and columns n0 … n1 of the block, whose sums are sum[(m − m0) · ld + n − n0]. */
typedef struct IntPart { int64_t m0, m1, n0, n1, ld; int32_t *sum; } IntPart;
void nest_int_finish(const Plan *p, const IntBlock *b, const IntPart *part);

/* The tail of a block whose sums are sum[(m − m0)·ld + n − n0]. */
void nest_tail(const Plan *p, int thread, int64_t batch, int64_t m0, int64_t m1, int64_t n0, int64_t n1, void *sum, int64_t ld);

#endif
