/* SPDX-License-Identifier: MIT
 * cpu: the micro-kernels of one instruction-set level, as one table. ukernel_impl.h is the only text; ukernel_<level>.c gives it
 * the vector type and the tile shape. Every kernel computes out = init + Σ_k a·b as one ascending fma chain per element, so the
 * result has the same bits for every level, tile shape and blocking. */
#ifndef SPML_BACKEND_CPU_UKERNEL_H
#define SPML_BACKEND_CPU_UKERNEL_H

#include "base/dtype.h"
#include "kir/prims.h"

#include <stdbool.h>
#include <stdint.h>

enum { UK_MAX_MR = 16, UK_MAX_NR = 64 };
#define WINOGRAD_A 0.70710678f
#define WINOGRAD_B 1.41421356f

/* A matrix that a tile reads at its start or end: element [i, j] of its vector v is p[i·rs + (row ? 0 : v·vs + j)]. p NULL: absent (init: zero). */
typedef struct UPlane { const float *p; int64_t rs, vs; bool row; } UPlane;

typedef struct UTile { /* one tile of the output, mr × n */
    const float *a;    /* [kc][mr] packed row panel; direct: row i, term k is a[koff[k] + i·ars]; pairs: of the second half a[koff[k] + jump + (i − half)·ars] */
    const int32_t *koff;
    int64_t ars, jump;
    const float *b;    /* [kc] rows of ldb, whole vectors readable */
    int64_t ldb, kc;
    int64_t b_panel;   /* gemv: distance between adjacent column panels of nr */
    const char *next;  /* what is read after this tile: term k brings the line at next + k·next_step towards the caches; NULL: nothing */
    int64_t next_step;
    UPlane init, add;  /* the accumulators' start; added after the sum (residual), before the clamp */
    float *c;          /* [mr] rows of crs; its vectors are cvs apart (gemv: contiguous) */
    int64_t crs, cvs;
    float lo, hi;      /* used when clamp is set */
    bool clamp;
    int n;             /* columns stored, 1 .. nr (gemv: .. panels·nr) */
    int m;             /* matrix registers: rows of the panel */
} UTile;

/* Tile i of n tiles brings its part of the kc rows of nr floats at `next` (or NULL) towards the caches. */
static inline void utile_next(UTile *t, const float *next, int64_t kc, int64_t nr, int64_t i, int64_t n)
{
    const int64_t row = nr * (int64_t)sizeof(float);
    t->next = next ? (const char *)next + i * (kc * row / n) : NULL;
    t->next_step = (row + n - 1) / n;
}

typedef void (*UTileFn)(const UTile *t);

typedef struct UCopy { /* n lanes of each of kc rows into a packed panel */
    float *dst;            /* [kc] rows of ld; lanes 0 .. n-1 are written */
    int64_t ld, kc;
    const char *src;       /* element 0 of the operand */
    DType type;
    int64_t at, step;      /* element of lane t in row k: at + koff[k] + t·step */
    const int64_t *koff;   /* [kc] */
    const int32_t *lo, *hi; /* [kc], or NULL: lanes outside lo ≤ t < hi are zero and not read */
    int n;
    int64_t panel;         /* n > ld: lanes i·ld … go to dst + i·panel (f32, step 1, no bounds) */
} UCopy;

enum { UK_ROWS = 4 };
typedef struct URow { /* a row of each of m ≤ UK_ROWS outputs, as chains over the same taps */
    const float *const *tap; /* [n_taps] the input row of each tap, in chain order */
    const float *w;          /* [n_taps] rows of ws, m of each */
    int64_t ws, ys;          /* y: from output to output */
    int n_taps, m;
    UPlane init, add;
    float *y;
    float lo, hi;
    bool clamp;
    int64_t n;             /* columns */
} URow;

typedef struct ULanes { /* depthwise, a vector a channel block: n pixels through all taps */
    const float *x;          /* pixel 0; pixels are xs apart */
    const int32_t *tap;      /* [n_taps] offsets from there, in chain order */
    const float *w;          /* [n_taps][lanes]; NULL with extremum: the greatest (1) or least (−1) of the taps, NaN if any is */
    int extremum;
    int n_taps, lanes;       /* lanes: a multiple of 16 */
    int64_t xs, ys, adds;    /* from pixel to pixel of x, y, add */
    const float *init, *add; /* [lanes], the same for all pixels; of pixel 0. NULL: none */
    float *y;
    float lo, hi;
    bool clamp;
    int64_t n;
} ULanes;

typedef struct UPixels { /* where a tile goes: rows × cols pixels of 16 lanes of y (add: of the residual, or NULL) */
    float *y;
    const float *add, *bias; /* bias: [16], or NULL */
    int64_t rs, ps, add_rs, add_ps; /* from row to row, from pixel to pixel */
    int rows, cols;          /* 1 … 4 */
    float lo, hi;
    bool clamp;
} UPixels;

typedef struct ULevel {
    CpuLevel level;
    int mr, nr;                         /* rows and columns of the largest tile */
    UTileFn gemm[2][UK_MAX_MR];         /* [vectors wide − 1][rows − 1]: half panels (n ≤ nr/2) and whole ones */
    UTileFn direct[2][UK_MAX_MR];       /* the same, rows read where they are */
    UTileFn pairs[2][UK_MAX_MR / 2];    /* [vectors wide − 1][half the rows − 1]: rows are read from two places */
    UTileFn gemv[4];                    /* [rows − 1]: gemv_panels[rows − 1] packed panels side by side */
    int gemv_panels[4];
    void (*copy)(const UCopy *c);
    void (*transpose)(float *dst, int64_t ld, const float *const *rows, int n, int64_t kc); /* dst[k·ld + i] = rows[i][k], i < n */
    void (*load)(float *dst, const void *src, DType type, int64_t step, int64_t n);          /* f32, f16, bf16 → f32 */
    void (*store)(void *dst, const float *src, DType type, int64_t step, int64_t n);
    void (*finish)(float *c, const float *add, bool add_one, bool clamp, float lo, float hi, int64_t n); /* c = clamp(c + add) */
    void (*row)(const URow *r);
    void (*lanes)(const ULanes *l);
    /* Winograd F(m × m, 3 × 3), m = 4 and 2, a tile of 16 lanes, n = m + 2. in: n × n pixels; v[n² · step + lane]. out: m[n² · step + lane] → pixels. */
    void (*winograd_in[2])(const float *x, int64_t rs, int64_t ps, float *v, int64_t step);
    void (*winograd_out[2])(const float *m, int64_t step, const UPixels *to);
} ULevel;

const ULevel *ulevel(CpuLevel l); /* the best built level that is not above l */

typedef struct IWeave { /* bytes of terms → words of n lines */
    uint32_t *dst;         /* [words] rows of ld */
    int64_t ld, words;
    const uint8_t *src;    /* line i of term t: src[t · term_step + i · step] */
    int64_t term_step, step;
    int lo, hi, n;         /* lines outside lo ≤ i < hi are `pad` and not read */
    int terms;             /* of the last word: those from here on are `none` */
    uint8_t none;
    uint8_t pad, flip;     /* group 4: every byte is xored with flip */
    bool is_signed;        /* group 2: values; zero[line] is subtracted */
    const int32_t *zero;
} IWeave;

/* m rows of n finished sums, made whole and stored: v = sum + row_add + col_add. i32: v. Others: f32(v) · mul + bias, rounded to whole where asked, + zero,
 * as f32 or saturated to 8 bits. The addends' step is 0 or 1; absent ones NULL. …_rs: from row to row, in elements, of dst in bytes. */
typedef struct IStore {
    const int32_t *sum, *col_add; /* col_add may be NULL */
    const int32_t *row_add; /* [m] */
    DType type;
    bool whole;
    DType between;         /* with other: what the above saturates to, before it is summed with bytes (see NestScale) */
    const uint8_t *other;  /* or NULL */
    bool other_signed;
    float term[6];
    const float *mul, *bias, *zero;
    int mul_step, bias_step, zero_step;
    int64_t sum_rs, mul_rs, bias_rs, zero_rs, other_rs, dst_rs;
    void *dst;
    int64_t m, n;
} IStore;

/* Products of 8-bit integers, summed modulo 2^32. Panels are those of the floats with a word of 32 bits in the place of each: `group` neighbouring
 * terms of the sum. 4: bytes as they are, those of one side unsigned, of the other signed, zero points outstanding; 2: halves of 16 bits with the
 * zero point subtracted. Tile shapes are those of the float level, but for matrix registers. UTile: a, b and c are words, init.p only says whether c is added to. */
typedef struct ILevel {
    CpuLevel level;
    int group;
    UTileFn gemm[2][2][UK_MAX_MR]; /* [rows are the signed side][vectors wide − 1][rows − 1] */
    /* Matrix registers take 16 lines × `depth` words (else 1) of either side, of any signs: [rows signed][columns signed]. Their row panels are
     * [kc / depth][rows, up to a multiple of 16][depth], and they store whole tiles. */
    int depth;
    UTileFn tiles[2][2];
    void (*enter)(void), (*leave)(void); /* around the tiles of a thread */
    void (*weave)(const IWeave *w);
    /* sum[i] += the bytes of line i, i < n, in a panel of rows or columns of ld lines; of groups of 4. */
    void (*sums[2])(const uint32_t *panel, int64_t kc, int64_t ld, int n, bool is_signed, int32_t *sum);
    void (*store)(const IStore *s);
} ILevel;

const ILevel *ilevel(CpuLevel l);

#endif
