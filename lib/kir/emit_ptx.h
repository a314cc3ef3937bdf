/* SPDX-License-Identifier: MIT
 * kir: what the files of the PTX emitter share. emit_ptx.c walks blocks and writes whole kernels, emit_ptx_op.c spells pure opcodes and
 * conversions by tables, emit_ptx_mem.c memories, guards and atomics, emit_ptx_plan.c decides which loops are written out and which private
 * arrays live in registers. Values are typed virtual registers, numbered anew at each definition; integers that are known while the text is
 * written (constants, indices of unrolled loops and what follows from them) are immediates and take no register. */
#ifndef SPML_KIR_EMIT_PTX_H
#define SPML_KIR_EMIT_PTX_H

#include "kir/target.h"

/* Register files of PTX as this emitter uses them: prefix, declared type. */
#define PTX_FILES(X) X(p, pred) X(rs, b16) X(r, b32) X(rd, b64) X(f, f32) X(fd, f64)
typedef enum PtxFile {
#define X(name, type) PTX_##name,
    PTX_FILES(X)
#undef X
    PTX_FILE_COUNT
} PtxFile;

typedef struct PtxVal { uint64_t bits; uint32_t n, low; bool known; } PtxVal; /* of a KIR register: bits if known, else number in its file; low ≠ 0: its low half too */
typedef struct PtxWord { uint32_t wide, low; } PtxWord;                  /* registers that hold a word of the parameter block, or its low half */
typedef struct PtxArray { uint32_t first; int64_t n, offset; bool regs; KReg at; } PtxArray; /* a local: first register of its file; bytes from the start of dynamic shared memory, or (at ≠ 0) a run-time one */

enum { PTX_SPELLINGS = 64, PTX_NEST = 200 };
typedef struct Ptx {
    const KirKernel *k;
    const KirTarget *t;
    const KirFacts *facts;
    const char *entry;
    Arena scratch;
    Text head, body;          /* loads of the parameter block; the rest */
    Error *err;
    SpmlCode code;            /* first failure; writing goes on so that callers test once */
    PtxVal *vals;             /* by KIR register */
    PtxWord *words;           /* by word */
    PtxArray *arrays;         /* by memory */
    const KInst **unroll;     /* for loops that are written out */
    size_t n_unroll, cap_unroll;
    uint32_t n_file[PTX_FILE_COUNT], n_labels;
    uint32_t line;            /* of the last comment */
    const char *file;
    bool by_value, dynamic, lanes; /* block by value; shared memory at launch; top level is groups */
    int nest;
    char spelling[PTX_SPELLINGS][40];
    unsigned n_spelled;
} Ptx;

SpmlCode ptx_fail(Ptx *p, const KInst *i, const char *what);
static inline bool ptx_failed(const Ptx *p) { return p->code != SPML_OK; }
void ptx_line(Ptx *p, const char *fmt, ...) __attribute__((format(printf, 2, 3))); /* indented, with newline */

/* ── registers ── */
PtxFile ptx_file(DType t);
const char *ptx_reg(Ptx *p, PtxFile f, uint32_t n);       /* "%rd7"; lives until PTX_SPELLINGS more spellings */
static inline uint32_t ptx_new(Ptx *p, PtxFile f) { return ++p->n_file[f]; }
const char *ptx_temp(Ptx *p, PtxFile f);                  /* a fresh one */
const char *ptx_arg(Ptx *p, KReg r);                      /* register or immediate */
const char *ptx_pred(Ptx *p, KReg r);                     /* bool as a predicate register */
const char *ptx_low(Ptx *p, KReg r);                      /* low 32 bits of an i64 */
const char *ptx_def(Ptx *p, KReg r);                      /* the register that r is defined into: fresh unless var */
void ptx_know(Ptx *p, KReg r, uint64_t bits);
bool ptx_known(const Ptx *p, KReg r, uint64_t *bits);
void ptx_copy(Ptx *p, const char *to, KReg from);         /* to: of from's file */
const char *ptx_imm(Ptx *p, DType t, uint64_t bits);
const char *ptx_word(Ptx *p, uint32_t word, bool low);    /* as 64 bits, or its low 32 */

/* ── values (emit_ptx_op.c) ── */
const char *ptx_mem_type(DType t);                        /* "u8", "s8", "b16", "f32": of a load or store */
void ptx_value(Ptx *p, const KInst *i);                   /* a pure opcode */
void ptx_update(Ptx *p, const KInst *i, KOp op, DType t, const char *dst, const char *old, const char *arg); /* dst = op(old, arg) */
bool ptx_fold(Ptx *p, const KInst *i);                    /* integers with known arguments: nothing to write */

/* ── memory (emit_ptx_mem.c) ── */
void ptx_load(Ptx *p, const KInst *i);
void ptx_store(Ptx *p, const KInst *i);
void ptx_scatter(Ptx *p, const KInst *i);
void ptx_extent(Ptx *p, const KInst *i);
void ptx_layout(Ptx *p, Text *out);                       /* declares locals; decides static or dynamic shared memory */
void ptx_layout_live(Ptx *p);                             /* offsets of shared arrays whose sizes are known at run time only; before the top level */
void ptx_tables(Ptx *p, Text *out);                       /* constant tables, outside the kernel */
int64_t ptx_elements(const Ptx *p, const KMem *m);        /* of a local, −1: not constant */

void ptx_place(Ptx *p, const KInst *i, char *out, size_t n);                       /* a register with the address of i's element of an operand */
void ptx_shared(Ptx *p, uint32_t id, KReg index, char *out, size_t n);             /* or of an element of shared memory */

/* ── copies, fragments, matrix products (emit_ptx_mma.c) ── */
bool ptx_matrix(Ptx *p, const KInst *i);                  /* false: none of these */

/* ── planning (emit_ptx_plan.c) ── */
void ptx_plan(Ptx *p);
bool ptx_unrolled(const Ptx *p, const KInst *i);

/* What a device of this compute capability (80: 8.0) and driver (124: CUDA 12.4) gets: tier, capabilities, sizes of groups; max_shared is the least every such
 * device has. false: older than what is supported. */
bool kir_ptx_target(unsigned capability, unsigned driver, KirTarget *out);

/* Refuses, by line: a float add, sub, mul, div, sqrt or fma without .rn, .approx and .ftz, and memory accesses without a state space. */
SpmlCode kir_ptx_check(const char *text, size_t n, Error *err);

#endif
