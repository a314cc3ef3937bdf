/* SPDX-License-Identifier: MIT
 * kir: what the core's own files share: walking a kernel's blocks, finding definitions, texts of dimensions and index
 * expressions for messages. */
#ifndef SPML_KIR_CORE_H
#define SPML_KIR_CORE_H

#include "kir/kir.h"

enum {
    KIR_LANES = 64,        /* accumulators of a reduction, items of a run of a scan (section 7 rules 3, 5) */
    KIR_CHUNK = 16384,     /* items of a chunk */
    KIR_MAX_DEPTH = 64,    /* nesting of blocks that verify accepts; every walk below relies on it */
    KIR_TREE_LEVELS = 48,  /* levels of the pairwise tree: 2^(48+14) items */
};

/* The dimension as the text wrote it: "G * 4". */
void kir_dim_print(const KirKernel *k, const KDim *d, Text *out);

/* defs[r] = the instruction that defines register r (NULL: axis index, parameter, var or unused). In scratch; NULL: out of memory. */
KInst **kir_defs(const KirKernel *k, Arena *scratch);
void kir_defs_into(const KirKernel *k, KInst **defs); /* [n_regs] */
/* kir_affine with the definitions at hand. */
bool kir_affine_in(const KirKernel *k, const KirLaunch *l, KInst *const *defs, KReg r, const KReg *axes, size_t n, int64_t *coef, int64_t *c0);
/* Every access of an operand without else or guard stays inside for this launch, or the `launch:` error that says which does not. */
SpmlCode kir_check_ranges(const KirKernel *k, const KirLaunch *l, Error *err);
/* An expression like the source's: names, constants and + - * / %, else "…". For messages. */
void kir_expr_print(const KirKernel *k, KInst *const *defs, KReg r, Text *out);
/* The blocks an instruction holds: its blocks, then the bounds of its axes. NULL after the last. */
KBlock *kir_sub_block(const KInst *i, size_t n);
/* "FILE:LINE: " of an instruction (or of the kernel when i is NULL); "" without a file. */
void kir_where(const KirKernel *k, const KInst *i, Text *out);
/* Sets the error "FILE:LINE: <kind><message>" and returns code; kind is "launch: ", "fault: " and the like. */
SpmlCode kir_error(Error *err, SpmlCode code, const char *key, const KirKernel *k, const KInst *i, const char *kind, const char *fmt, va_list ap)
    __attribute__((format(printf, 7, 0)));
bool kir_append(KirKernel *k, KBlock *b, KInst *i); /* false: out of memory */
/* Appends f, a function of `from` (k itself, or a kernel that outlives it), to `to` with fresh registers; results[] are the registers of its values (a var of the body among them may
 * change no more). scratch holds a table while it works. false: out of memory. */
bool kir_inline(KirKernel *k, const KirKernel *from, Arena *scratch, KBlock *to, const KFn *f, const KReg *args, KReg *results);
/* A copy in a; register numbers stay. Names, dimensions, symbols and tables are shared with k, whose arena must outlive it. */
KirKernel *kir_clone(const KirKernel *k, Arena *a);
/* The function of a pure opcode whose arguments are compute types; NULL: none (conversions, storage types), use kir_eval. */
typedef uint64_t (*KirEvalFn)(const uint64_t *args);
KirEvalFn kir_eval_fn(KOp op, DType type, DType from);
static inline bool kir_mem_is_operand(KMemKind m) { return m == KMEM_IN || m == KMEM_OUT || m == KMEM_INOUT; }

#endif
