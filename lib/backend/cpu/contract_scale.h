/* SPDX-License-Identifier: MIT
 * cpu: requantising and dequantising stores of integer contractions, found by form:
 *     t = [sat] ([rint] (f32(sum) · mul [+ bias]) [+ zero])
 *     y = t, or sat(rint(((f32(t) − zero_a) · scale_a + (f32(other) − zero_b) · scale_b) / scale) + zero_y) with another tensor
 * where mul, bias and zero are expressions over operands that the sum is not part of. Their values for the axes that move them are computed once a launch,
 * as the text says (same operations, same order), and the store reads them as planes. */
#ifndef SPML_BACKEND_CPU_CONTRACT_SCALE_H
#define SPML_BACKEND_CPU_CONTRACT_SCALE_H

#include "backend/cpu/contract.h"

enum { SCALE_LOADS = 6, SCALE_FIRST = 3, SCALE_EXPRS = 9, SCALE_DEPTH = 6, SCALE_POINTS = 1 << 16 };

typedef struct ScaleExpr { KReg root; int n_loads; const KInst *load[SCALE_LOADS]; } ScaleExpr; /* root 0: absent */
typedef struct ScaleForm { ScaleExpr expr[SCALE_EXPRS]; bool whole;
    const KInst *other; DType between; } ScaleForm; /* mul bias zero; with `other` also zero_a scale_a zero_b scale_b scale zero_y, of one value each; t is of type between */                

bool scale_match(const KirKernel *k, KInst *const *defs, const KInst *dot, const KInst *store, ScaleForm *out);

/* The values of one expression over the output axes that move it, row-major. */
typedef struct ScaleTable { NestOperand load[SCALE_LOADS]; int n_axes, ax[NEST_AXES]; int64_t extent[NEST_AXES], points; } ScaleTable;

/* From the loads of t: the rest of it, and *plane, but for its pointer. False: too many values. */
bool scale_table(const ScaleExpr *e, const Nest *n, ScaleTable *t, NestOperand *plane);
static inline int64_t scale_floats(const ScaleTable *t) { return t->points * (SCALE_DEPTH + 1); } /* of memory for scale_fill, the values first */
void scale_fill(const ScaleExpr *e, KInst *const *defs, const ScaleTable *t, float *mem);

#endif
