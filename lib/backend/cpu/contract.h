/* SPDX-License-Identifier: MIT
 * cpu: the contraction engine. A Nest is a dot in numbers: axes with extents, operands with one stride per axis and range guards,
 *     out[o…] = clamp(init[o…] + Σ_k a[o…, k…] · b[o…, k…] (+ add[o…]), lo, hi)
 * Output axes found in both operands are batches, those of one are rows or columns of a matrix product; matmul, einsum, every
 * convolution and their transposes are nests. Each element is one fma chain over k ascending (sum axes as given, last fastest), so
 * its bits do not depend on shape, blocking, threads or instruction set. contract_match finds a Nest in a kernel instance.
 * Operands are f32, f16 or bf16 in storage; the sum is f32. Nothing here allocates while running once the work space has grown. */
#ifndef SPML_BACKEND_CPU_CONTRACT_H
#define SPML_BACKEND_CPU_CONTRACT_H

#include "base/error.h"
#include "base/threads.h"
#include "kir/kir.h"
#include "kir/prims.h"

enum { NEST_AXES = 16, NEST_GUARDS = 4 };

/* Position start + Σ coef·axis of a dimension of the operand; outside [0, extent) the operand reads 0. */
typedef struct NestGuard { int64_t start, extent, coef[NEST_AXES]; } NestGuard;
typedef struct NestOperand { /* element offset + Σ coef·axis of p; p NULL: absent */
    void *p;
    DType type;
    int64_t offset, coef[NEST_AXES];
    int n_guards; /* of a and b only */
    NestGuard guard[NEST_GUARDS];
} NestOperand;

/* One finished box of the output, hot in cache, given to post. The box is lo[d] ≤ axis d < hi[d] over the output axes of the nest.
 * out of f32: acc points into it and post works in place. Other types: acc is scratch and post stores the result itself. */
typedef struct NestBox {
    int thread;
    int64_t lo[NEST_AXES], hi[NEST_AXES];
    float *acc;                 /* element lo of the box */
    int64_t stride[NEST_AXES];  /* of acc, per output axis */
} NestBox;
typedef void (*NestPostFn)(void *ctx, const NestBox *box);

typedef struct Nest {
    int n_out, n_axes;              /* output axes first, then the sum axes in chain order */
    int64_t extent[NEST_AXES];
    NestOperand a, b, init, out, add; /* init, out, add have no coefficients on sum axes */
    bool clamp;
    float lo, hi;                   /* used when clamp is set; -inf and inf are off */
    NestPostFn post;                /* or NULL */
    void *post_ctx;
} Nest;

typedef struct ContractPack ContractPack; /* a constant operand as panels of f32 */
typedef struct ContractWork ContractWork; /* scratch of one caller, grown on demand */

SpmlCode contract_work_new(CpuLevel level, ContractWork **out, Error *err);
void contract_work_free(ContractWork **w);

/* Packs operand a (which = 0) or b (1) of the nest once. The pack serves every nest with the same operand, whatever the other extents
 * are, as long as the chosen orientation is the same; nest_run packs anew where it is not. */
SpmlCode nest_prepare(const Nest *n, int which, ContractWork *w, Pool *pool, ContractPack **out, Error *err);
void contract_pack_free(ContractPack **p);
size_t contract_pack_bytes(const ContractPack *p);

/* pack may be NULL; pool may be NULL. Errors: SPML_UNSUPPORTED "contract" (types), SPML_RESOURCE. */
SpmlCode nest_run(const Nest *n, const ContractPack *pack, ContractWork *w, Pool *pool, Error *err);

#endif
