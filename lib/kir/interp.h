/* SPDX-License-Identifier: MIT
 * kir: what the two halves of the interpreter share. interp.c compiles a kernel's blocks to XInst (one function pointer each)
 * and runs control; interp_mem.c holds memories, ranges, races. All in one scratch arena per run. */
#ifndef SPML_KIR_INTERP_H
#define SPML_KIR_INTERP_H

#include "kir/core.h"

typedef struct Interp Interp;
typedef struct XInst XInst;
typedef struct XBlock { XInst *inst; size_t n; const KReg *yield; size_t n_yield; } XBlock;
typedef struct XAxis { KReg index, lo, hi, by; XBlock *bound; } XAxis;
struct XInst {
    bool (*run)(Interp *v, const XInst *x); /* false: stop, v->err is set */
    KirEvalFn fn;        /* pure opcodes, updates of scatter */
    KReg dst, a, b, c;   /* first result, first three arguments */
    const KInst *k;
    XBlock *block[2];
    XAxis *axes;
    uint64_t *state;     /* reduce: lanes, then tree, then scratch; scan: chunks, runs, local, scratch */
    bool dropped;        /* store outside is dropped silently: its index depends on data */
    bool ordered;        /* each, group: holds an order-dependent scatter, so items always run ascending */
};

typedef struct XFn { const KFn *k; XBlock *body; } XFn;
typedef struct XRed { const KReducer *k; XFn step, merge; } XRed;

/* Who touched an element last. Ids grow with every item started, so an id says which active items it lies under. */
typedef struct Shadow { uint64_t writer, reader, reader2; uint8_t how; } Shadow;
typedef struct XMem {
    const KMem *k;
    uint8_t *p;
    uint64_t epoch;      /* shared: the group it was set up for */
    int rank;
    int64_t dim[KIR_MAX_RANK], stride[KIR_MAX_RANK]; /* in elements */
    uint32_t sz;         /* bytes of an element or block; 0: sub-byte, then bits */
    uint8_t bits;
    size_t n, cap;       /* elements; bytes allocated for a local */
    size_t cap_shadow;
    Shadow *shadow;      /* [n], NULL: not tracked */
} XMem;

/* An each (or group, or the items of a scan) being run: items of one execution have ids from exec on. */
typedef struct Frame { uint64_t exec, item; } Frame;

struct Interp {
    const KirKernel *k;
    const KirLaunch *l;
    Error *err;
    Arena scratch;
    uint64_t *regs;
    XMem *mems;
    XFn *fns;
    XRed *reds;
    uint8_t *data; /* per register: depends on data read */
    KirOrder order;
    bool checks;
    Frame frame[KIR_MAX_DEPTH + 1];
    int n_frames;
    uint64_t next_id, epoch, barrier; /* barrier: scheduled groups: the id given at the last one, 0 outside */
};

bool xmem_init(Interp *v);                       /* operands, tables, private arrays */
bool xmem_load(Interp *v, const XInst *x);
bool xmem_store(Interp *v, const XInst *x);
bool xmem_scatter(Interp *v, const XInst *x);
bool xmem_extent(Interp *v, const XInst *x);
SpmlCode xmem_finish(Interp *v);                 /* elements of outs never written */
bool interp_fault(Interp *v, const KInst *at, const char *fmt, ...) __attribute__((format(printf, 3, 4))); /* false */

#endif
