/* SPDX-License-Identifier: MIT
 * cpu: the contraction engine. A Nest is a dot in numbers: axes with extents, operands with one stride per axis and range guards,
 *     out[o…] = clamp(init[o…] + Σ_k a[o…, k…] · b[o…, k…] (+ add[o…]), lo, hi)
 * Output axes found in both operands are batches, those of one are rows or columns of a matrix product; matmul, einsum, every
 * convolution and their transposes are nests. Each element is one fma chain over k ascending (sum axes as given, last fastest), so
 * its bits do not depend on shape, blocking, threads or instruction set. contract_match finds a Nest in a kernel instance.
 * Operands are f32, f16 or bf16 in storage; the sum is f32. Or both are 8-bit integers less their zero points; the sum is i32 and wraps:
 *     out[o…] = init[o…] + Σ_k (a[o…, k…] − zero_a[o…]) · (b[o…, k…] − zero_b[o…])
 * where a zero point moves only along axes that move its operand. Nothing here allocates while running once the work space has grown. */
#ifndef SPML_BACKEND_CPU_CONTRACT_H
#define SPML_BACKEND_CPU_CONTRACT_H

#include "base/error.h"
#include "base/threads.h"
#include "kir/kir.h"
#include "kir/prims.h"

enum { NEST_AXES = 16, NEST_GUARDS = 4 };

/* Position start + Σ coef·axis of a dimension of the operand; outside [0, extent) the operand reads 0. With div > 1 (transposed
 * convolution) the position counts in steps of 1/div: what is no multiple of div reads 0 too, and position/div · stride adds to the
 * element offset. An axis moves at most one such guard of an operand. */
typedef struct NestGuard { int64_t start, extent, coef[NEST_AXES], div, stride; } NestGuard;
typedef struct NestOperand { /* element offset + Σ coef·axis of p; p NULL: absent */
    void *p;
    DType type;
    int64_t offset, coef[NEST_AXES];
    int n_guards; /* of a and b only */
    NestGuard guard[NEST_GUARDS];
} NestOperand;

/* One finished box of the output, stored and hot in cache: lo[i] ≤ output axis i < hi[i]. Boxes of one run are disjoint and cover out.
 * A tail gets boxes before they are stored: begin says where the sums of the block lie that its boxes are of. */
typedef struct NestBox { int thread; int64_t lo[NEST_AXES], hi[NEST_AXES]; } NestBox;
typedef void (*NestPostFn)(void *ctx, const NestBox *box);
typedef struct NestTail {
    void (*begin)(void *ctx, int thread, void *sum, const int64_t *step); /* the sum of a point is sum[Σ step[i] · output axis i] */
    NestPostFn box;
    void *ctx;
} NestTail;

/* out = [sat] ([rint] (f32(sum) · mul + bias) + zero), f32 that move along output axes only; bias and zero may be absent. mul.p NULL: out is the sum.
 * With other (8 bits, along output axes): that is saturated to type `between` and becomes a in
 *     out = sat(rint(((a − zero_a) · scale_a + (other − zero_b) · scale_b) / scale) + zero_y), where term[] are these six. */
typedef struct NestScale { NestOperand mul, bias, zero, other, term[6]; bool whole; DType between; } NestScale;

typedef struct Nest {
    int n_out, n_axes;              /* output axes first, then the sum axes in chain order */
    int64_t extent[NEST_AXES];
    NestOperand a, b, init, out, add; /* init, out, add have no coefficients on sum axes */
    NestOperand zero_a, zero_b;     /* of integers; p NULL: 0 */
    NestTail tail;                  /* of integers: takes the sums in place of out; box NULL: none */
    NestScale scale;                /* of integers: what is stored, with out of f32, u8 or i8 */
    bool clamp;
    float lo, hi;                   /* used when clamp is set; -inf and inf are off */
    int extremum;                   /* not 0: no sum, but the greatest (1) or least (−1) of a, or of `outside` where a guard fails; b is absent (lanes.c only) */
    float outside;
    NestPostFn post;                /* or NULL */
    void *post_ctx;
} Nest;

typedef struct ContractPack ContractPack; /* a constant operand as panels of f32 */
typedef struct ContractWork ContractWork; /* scratch of one caller, grown on demand */

SpmlCode contract_work_new(CpuLevel level, bool strict /* no Winograd */, ContractWork **out, Error *err);
void contract_work_free(ContractWork **w);
/* frugal: no algorithm and no pack that wants more memory than the weights have. keep: packs are kept on disk and found there. */
void contract_work_weights(ContractWork *w, bool frugal, bool keep);
void contract_work_packed(const ContractWork *w, uint64_t *bytes, uint64_t *cached); /* of packs; of these, from disk */
void contract_work_save(ContractWork *w, Pool *pool); /* to disk, what was packed since */

/* Packs operand a (which = 0) or b (1) of the nest once. The pack serves every nest with the same operand, whatever the other extents
 * are, as long as the chosen orientation is the same; nest_run packs anew where it is not. */
SpmlCode nest_prepare(const Nest *n, int which, ContractWork *w, Pool *pool, ContractPack **out, Error *err);
void contract_pack_free(ContractPack **p);
size_t contract_pack_bytes(const ContractPack *p);

/* pack may be NULL; pool may be NULL. *made: NULL, or what an earlier run made of a nest that differed in pointers only (with the same threads and w;
 * else it is made again); made NULL: nothing is kept. Errors: SPML_UNSUPPORTED "contract" (types), SPML_RESOURCE. */
typedef struct NestMade NestMade;
SpmlCode nest_run(const Nest *n, NestMade **made, const ContractPack *pack, ContractWork *w, Pool *pool, Error *err);
void nest_made_free(NestMade **made);

/* ── from kernels ── */

/* What a kernel instance of the form `each (…) y[…] = T(dot(T(a[…] else 0), T(b[…] else 0) over … from z[…]))` says. */
typedef struct Contract Contract;
/* NULL: k has not that form (or memory ran out: the arena's flag). Lives in a, but for what contract_close frees; k must outlive it, simplified (calls inlined). */
Contract *contract_match(const KirKernel *k, const KirKernel *whole, Arena *a);
void contract_close(Contract *c); /* c may be NULL */
/* Integers whose sums are not what is stored: the rest of the kernel, made from `whole` (k with its calls), over its operands and one more: the sums, i32, a
 * dimension per axis of each. NULL: none is needed. Its launches are those of k with that view added; a run of c wants ContractEpilogue.tail_*, unless the
 * rest is a store that requantises and contract_scales for that launch. */
KirKernel *contract_tail(const Contract *c);
bool contract_scales(Contract *c, const KirLaunch *l);
/* The nest of one bound launch. SPML_NO without a message where an index is not affine: another engine must run it. */
SpmlCode contract_nest(const Contract *c, const KirLaunch *l, Nest *n);

/* An elementwise kernel over y (operand 0, inout, f32) that is only `clamp(y + r, lo, hi)`, r an operand or absent: free at the store. */
typedef struct ContractPost ContractPost;
ContractPost *contract_match_post(const KirKernel *post, Arena *a);

typedef void (*ContractPostFn)(void *ctx, int thread, const int64_t *lo, const int64_t *hi); /* lo, hi: a box of the dimensions of y */
typedef struct ContractEpilogue {
    const ContractPost *free; /* or NULL */
    const KirLaunch *free_args;
    ContractPostFn post;      /* or NULL; called for finished boxes, by several threads at a time */
    void (*tail_begin)(void *ctx, int thread, void *sum, const int64_t *stride); /* the sums of the boxes that follow on this thread: p and strides of that view */
    ContractPostFn tail_box;  /* lo, hi: a box of the axes of each */
    void *ctx;
} ContractEpilogue;

/* Can this bound launch of the post kernel be done at the store of c's launch? (Same shape of y, constant bounds.) */
bool contract_post_fits(Contract *c, const KirLaunch *l, const ContractPost *p, const KirLaunch *args);
/* Packs operand `operand` of the kernel; *out NULL when it is neither a nor b. Its zero points, if any, must not change as long as the pack is used. */
bool contract_constant(const Contract *c, uint32_t operand, uint32_t const_mask); /* are they constant too? */
SpmlCode contract_prepare(const Contract *c, const KirLaunch *l, uint32_t operand, ContractWork *w, Pool *pool, ContractPack **out, Error *err);
/* SPML_NO as contract_nest: nothing was written. e may be NULL; e->free must fit. c remembers the nests of recent launches: one thread at a time. */
SpmlCode contract_run(Contract *c, const KirLaunch *l, const ContractPack *pack, const ContractEpilogue *e, ContractWork *w, Pool *pool, Error *err);

/* The nest of a launch, in floats, for as long as c has no other launch. id: it is the same as long as the nest is, but for pointers. *bands: what bands.c keeps
 * with it. false as contract_run's SPML_NO, or a nest of integers that wants more than its sums. */
struct Bands;
typedef struct ContractBound { const Nest *nest; uint64_t id; struct Bands **bands; } ContractBound;
bool contract_bound(Contract *c, const KirLaunch *l, const ContractEpilogue *e, ContractBound *out);
/* Position in dimension d of the output, or of operand a: first[d] + Σ coef[d] · axis of the nest. */
typedef struct NestIndex { int rank; int64_t extent[KIR_MAX_RANK], first[KIR_MAX_RANK], coef[KIR_MAX_RANK][NEST_AXES]; } NestIndex;
bool contract_index(const Contract *c, const KirLaunch *l, bool out, NestIndex *x);

#endif
