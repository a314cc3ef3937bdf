/* SPDX-License-Identifier: MIT
 * kir: the kernel IR. A KirKernel is one instance of a template of kernels/: types, functions, reducers, compile-time
 * constants and pack ranks are bound; extents are not (they are symbols, solved at launch). The front end (lex, parse,
 * check) makes the unscheduled form: it keeps each, reduce, dot, scan, scatter as the text had them. schedule.c rewrites
 * them (KIR → KIR) into loops over lanes and trees of section 7 of the language. verify.c checks both, print.c shows them,
 * interp.c runs them and is the oracle of every emitter.
 *
 * Registers are typed, numbered from 1 (0 = none) and assigned once, except those declared `var` (written by K_set).
 * Struct values of the language are several registers. bool is 0/1. Compute types: f32 f64 i32 u32 i64 u64 bool; registers of
 * storage types exist only between a load, a cast/compare/move and a store. All indices are i64.
 * clz, popcount: result type = argument type. Tiles: indices are relative to the block's first index (the front end emits i - first
 * where the axis re-opens a block), dims are the block size or the axis' extent. A var private array is KMEM_PRIVATE with const_dims;
 * its initialisation is stores. dims registers of shared and tile memories dominate every use of the memory.
 * scan: before(t) = merge(merge(chunks before, runs before), items of t's run before t), absent parts not merged, identity if none.
 * Scheduled group code: `each` is a lane loop (items dealt to lanes in any order, then K_barrier follows); what stands outside it is
 * uniform and runs in every lane; its stores to operands and shared memory stand in an each of one item. An axis of a scheduled `for`
 * may have any constant `by`: a stride. It calls nothing and has no functions or reducers; no axes at all means one item, in both forms.
 * With more than one lane a top-level each whose items reduce over many elements becomes a group per item.
 * Semantics of every opcode: kernel-language.md section 7 (integer x/0 = 0, masked shifts, saturating float→int, NaN-propagating
 * min/max with −0 < +0, no contraction; fma only inside dot). Everything lives in one Arena. */
#ifndef SPML_KIR_KIR_H
#define SPML_KIR_KIR_H

#include "base/arena.h"
#include "base/dtype.h"
#include "base/error.h"
#include "base/text.h"

#include <stddef.h>
#include <string.h>

enum { KIR_MAX_RANK = 16, KIR_MAX_OPERANDS = 32, KIR_MAX_AXES = 24 };

typedef uint32_t KReg;

/* name, args (-1: any), results (-1: any), blocks (-1: any), class:
 *   P pure scalar, R reads memory, W writes memory, C control. Result type is KInst.type unless said. */
#define KIR_OPS(X) \
    X(const, 0, 1, 0, P)   /* bits: the value's bit pattern, zero-extended */ \
    X(sym, 0, 1, 0, P)     /* id: symbol of the kernel (dimension, run-time scalar); i64 or the scalar's type */ \
    X(move, 1, 1, 0, P) \
    X(set, 1, 1, 0, C)     /* dst is a var register; also its declaration (first set dominates all uses) */ \
    X(neg, 1, 1, 0, P) X(abs, 1, 1, 0, P) X(sqrt, 1, 1, 0, P) X(floor, 1, 1, 0, P) X(ceil, 1, 1, 0, P) X(trunc, 1, 1, 0, P) \
    X(rint, 1, 1, 0, P) X(not, 1, 1, 0, P) /* ~ on integers, ! on bool */ \
    X(isnan, 1, 1, 0, P) X(clz, 1, 1, 0, P) X(popcount, 1, 1, 0, P) \
    X(add, 2, 1, 0, P) X(sub, 2, 1, 0, P) X(mul, 2, 1, 0, P) X(div, 2, 1, 0, P) X(rem, 2, 1, 0, P) \
    X(min, 2, 1, 0, P) X(max, 2, 1, 0, P) X(mulhi, 2, 1, 0, P) \
    X(and, 2, 1, 0, P) X(or, 2, 1, 0, P) X(xor, 2, 1, 0, P) X(shl, 2, 1, 0, P) X(shr, 2, 1, 0, P) \
    X(eq, 2, 1, 0, P) X(ne, 2, 1, 0, P) X(lt, 2, 1, 0, P) X(le, 2, 1, 0, P) X(gt, 2, 1, 0, P) X(ge, 2, 1, 0, P) /* type bool */ \
    X(fma, 3, 1, 0, P)     /* only from scheduling a dot */ \
    X(select, 3, 1, 0, P)  /* cond, a, b: both already evaluated */ \
    X(cast, 1, 1, 0, P)    /* T(x): source type is the argument's register type */ \
    X(sat, 1, 1, 0, P)     /* sat(T, x) */ \
    X(bitcast, 1, 1, 0, P) \
    X(call, -1, -1, 0, P)  /* id: scalar function of the kernel; results are its yields */ \
    X(cond, 1, -1, 2, C)   /* lazy ?: and &&, ||: dst = arg ? yield(block 0) : yield(block 1) */ \
    X(load, -1, 1, 0, R)   /* id: memory; args: one index per dimension (+ array index for a block field); see KInst.guard, .field */ \
    X(store, -1, 0, 0, W)  /* id: memory; args: indices, then the value */ \
    X(scatter, -1, -1, 0, W) /* id, args as store; rule, fn = updating op (K_move for =); dst (0 or 1): value before */ \
    X(lane, 0, 1, 0, P)    /* number of the work-item in its group; only in what kir_schedule_dot makes */ \
    X(extent, 0, 1, 0, P)  /* id: memory, aux: dimension; i64 */ \
    X(if, 1, 0, 2, C) X(while, 0, 0, 2, C) /* while: block 0 yields the condition, block 1 is the body */ \
    X(each, 0, 0, 1, C) X(for, 0, 0, 1, C) X(group, 0, 0, 1, C) /* axes; block 0 is the body */ \
    X(reduce, -1, -1, -1, C) /* id: reducer; axes; block 0 yields the items' values; block 1 (if guarded) yields bool; dst: the state's fields */ \
    X(dot, 1, 1, -1, C)    /* axes; arg: initial value; block 0 yields a and b; block 1 (if guarded) yields bool. acc = fma(a,b,acc) (ints: wrap) */ \
    X(scan, 0, -1, 2, C)   /* id: reducer; one axis; block 0 yields the item; block 1 is the body; dst: state before, then state after (fields each) */ \
    X(barrier, 0, 0, 0, C) /* scheduled form only */ \
    /* only in what kir_schedule_mma makes, for emitters that say so (KCAP_mma); shared memory here is one array, its index is args' + bits */ \
    X(copy, -1, 0, 0, W)   /* 16 bytes of neighbours along dimension field_n of operand id, from indices args[0 … rank) on, to aux[args[rank] + bits]; of them args[rank+1] elements are read, the rest is 0 */ \
    X(commit, 0, 0, 0, C)  /* the copies since the last commit are a group */ \
    X(await, 0, 0, 0, C)   /* until all groups of this lane but the newest `bits` have arrived */ \
    X(quad, 1, 4, 0, R)    /* four neighbours of shared memory id */ \
    X(fragment, 1, 4, 0, R) /* a lane's part (u32) of 2 × 2 matrices of 8 rows × 16 bytes in shared memory id; aux: they are transposed there, lines field_n apart; rule: 0 rows, 1 columns */ \
    X(mma, 10, 0, 0, W)    /* args[0..4): sums (vars), += args[4..8) rows × args[8..10) columns, whose elements are of types id & 255 and id >> 8 */


typedef enum KOp {
#define X(name, ...) K_##name,
    KIR_OPS(X)
#undef X
    K_COUNT
} KOp;

typedef enum KOpClass { KCLASS_P, KCLASS_R, KCLASS_W, KCLASS_C } KOpClass;
typedef struct KOpInfo { const char *name; int8_t n_args, n_dst, n_blocks; KOpClass cls; } KOpInfo;
extern const KOpInfo kop_info[K_COUNT];

typedef struct KInst KInst;
typedef struct KBlock { /* a sequence; its scope sees the enclosing ones */
    KInst **inst;
    size_t n, cap;
    KReg *yield; /* registers whose values leave the block (cond, reduce, dot, scan, while) */
    uint16_t n_yield;
} KBlock;

/* index runs lo ≤ index < hi. by ≠ 0 (a constant register): group or for over blocks; index is the block's first index.
 * bound ≠ NULL: lo and hi depend on earlier axes of the same list; the block yields {lo, hi} (then lo, hi are 0). */
typedef struct KAxis { KReg index, lo, hi, by; KBlock *bound; } KAxis;

typedef enum KGuard {
    KGUARD_NONE,   /* in range by launch check (affine in axes) or proof */
    KGUARD_ELSE,   /* x[i] else v: the value register is the load's last argument */
    KGUARD_ZERO,   /* "guarded unless proven": a read outside gives 0, a store is dropped (the interpreter faults) */
} KGuard;

typedef enum KScatter { KSCATTER_UNIQUE, KSCATTER_LAST, KSCATTER_ORDERED } KScatter;

struct KInst {
    KOp op;
    DType type;          /* of dst[0] (cast: the target); store: of the value */
    uint16_t n_dst, n_args, n_blocks, n_axes;
    KReg *dst, *args;
    KBlock **blocks;
    KAxis *axes;
    uint64_t bits;       /* const */
    uint32_t id;         /* sym, call, load/store/scatter/extent (memory), reduce/scan (reducer) */
    uint32_t aux;        /* extent: dimension; load/store of a block field: byte offset of the field in the block */
    uint8_t guard;       /* KGuard */
    uint32_t proven;     /* of a guarded access: a bit per dimension in which it is always inside (kir_fit) */
    uint8_t rule;        /* KScatter; pure opcodes of i64: 1: only indices, extents and what they differ by, which small facts keep
                            in 31 bits; division is of what is not negative, and by 0 gives anything. fragment: its side */
    uint8_t fn;          /* scatter: KOp of the update */
    bool field;          /* load of a block's field: type is the field's, aux its offset; last index = element of the field array */
    uint32_t field_n;    /* elements of that field array (1: scalar field, no index argument) */
    uint32_t line;       /* template line */
    const char *file;
};

/* Memories: ids 0 .. n_operands-1 are the kernel's tensor operands; after them locals. */
typedef enum KMemKind { KMEM_IN, KMEM_OUT, KMEM_INOUT, KMEM_PRIVATE, KMEM_SHARED, KMEM_TILE, KMEM_TABLE } KMemKind;
typedef struct KMem {
    const char *name;
    KMemKind kind;
    DType type;           /* element; DT_none for a block type of the module, then block_* below */
    uint16_t rank;
    KReg *dims;           /* operands: 0 (see KDim); locals: i64 registers or constants evaluated where they are declared */
    int64_t *const_dims;  /* private, table: constant extents; shared: where constant, else -1 */
    const uint64_t *table; /* KMEM_TABLE: bit patterns, row-major */
    uint32_t over;        /* shared: has no place of its own but that of memory `over`, which nobody reads any more; 0: its own */
    uint32_t block_n, block_bytes, block_align; /* block types: elements, bytes and alignment of one block */
    const char *block_name;
} KMem;

/* A dimension of an operand as the text wrote it: a tree over symbols, solved at launch (bind.c). */
typedef struct KDim { enum { KDIM_CONST, KDIM_SYM, KDIM_ADD, KDIM_SUB, KDIM_MUL, KDIM_DIV } kind; int64_t value; uint32_t sym; struct KDim *a, *b; } KDim;

typedef enum KSymKind { KSYM_DIM, KSYM_CONST, KSYM_SCALAR } KSymKind; /* KSYM_CONST: a const parameter left open ("live") by the binding */
typedef struct KSym { const char *name; KSymKind kind; DType type; } KSym;

typedef struct KFn { /* pure scalar function, straight-line or structured; inlinable */
    const char *name;     /* with its types: "exp<f32>" is name "exp", type in params */
    uint16_t n_params, n_results;
    KReg *params;         /* registers of the kernel's register file */
    KBlock *body;         /* yields the results */
} KFn;

typedef enum KRedKind { KRED_USER, KRED_SUM, KRED_PROD, KRED_MIN, KRED_MAX, KRED_ANY, KRED_ALL } KRedKind;
typedef struct KReducer {
    const char *name;
    KRedKind kind;
    bool ordered;
    uint16_t n_state, n_items;
    DType *state_types, *item_types;
    uint64_t *identity;   /* bit patterns, n_state */
    KFn step;             /* params: state…, items…  results: state… */
    KFn merge;            /* params: state…, other…  results: state… */
} KReducer;               /* built-ins fill step and merge too; kind only says that they are the built-in */

typedef struct KRegInfo { DType type; bool var; const char *name; uint8_t vec; } KRegInfo; /* vec: lanes of a vector, 0 = scalar; only in panels of kir_schedule_dot */

typedef struct KirKernel {
    Arena *arena;
    const char *name, *file;
    uint32_t line;
    KRegInfo *regs; size_t n_regs, cap_regs; /* regs[0] unused */
    KSym *syms;     size_t n_syms;
    KMem *mems;     size_t n_mems, n_operands;
    KDim **dims;    /* dims[operand][dimension]: [n_operands] arrays of rank KDim */
    KFn *fns;       size_t n_fns;
    KReducer *reds; size_t n_reds;
    KBlock *body;   /* lets, then exactly one each or group (unscheduled); any loops (scheduled) */
    bool scheduled;
    bool tiled;           /* by kir_schedule_dot: lanes keep values across barriers, so only emitters take it */
    uint32_t copied;     /* operands that K_copy reads, by bit: worth a fact about their alignment */
    uint16_t max_registers; /* tiled: what a lane may have; 0: unsaid */
    uint32_t group_size; /* scheduled: lanes the schedule was made for */
    const struct KirKernel *source; /* scheduled: the kernel it was made from, whose arena must outlive it; kir_bind checks its accesses */
} KirKernel;

/* ── building (build.c) ── on out of memory the arena's oom flag is set and NULL / 0 comes back */
KirKernel *kir_new(Arena *a, const char *name);
KReg kir_reg(KirKernel *k, DType t, bool var, const char *name);
KBlock *kir_block(KirKernel *k);
KInst *kir_add(KirKernel *k, KBlock *b, KOp op, DType type, KReg dst, int n_args, const KReg *args); /* dst 0: none */
KReg kir_emit(KirKernel *k, KBlock *b, KOp op, DType type, int n_args, const KReg *args);            /* makes dst */
KReg kir_const(KirKernel *k, KBlock *b, DType type, uint64_t bits);
static inline DType kir_type(const KirKernel *k, KReg r) { return k->regs[r].type; }

/* ── front end (lex.c parse.c check*.c) ── */
typedef struct KModule KModule; /* all .k files together */
typedef struct KSource { const char *file, *text; size_t n; } KSource;
/* Parses n sources as one module. Errors are SPML_DATA "kernel-syntax" with text `FILE:LINE:COL: message` and a second and third line
 * (the source line and a caret). Declarations are checked for names here, bodies when instantiated (and by kir_check_all). */
SpmlCode kir_parse(const KSource *src, size_t n, Arena *a, KModule **out, Error *err);
/* One more source whose names may use (not redefine) those of base: generated kernels. */
SpmlCode kir_parse_text(const KModule *base, const char *text, Arena *a, KModule **out, Error *err);
/* Checks every declaration with generic types as far as that is possible (test use and kirc). */
SpmlCode kir_check_all(KModule *m, Error *err);

typedef struct KBindType { const char *name; DType type; const char *block; } KBindType;   /* T = f16; block: a block type's name */
typedef struct KBindFn { const char *name, *fn; } KBindFn;                                 /* f = relu; also reducers: F = sum */
typedef struct KBindConst { const char *name; int64_t value; bool live; } KBindConst;      /* KH = 3; live: stays a symbol */
typedef struct KBindRank { const char *name; int rank; } KBindRank;                        /* I... has rank 4 */
typedef struct KirBinding {
    const KBindType *types;   size_t n_types;
    const KBindFn *fns;       size_t n_fns;
    const KBindConst *consts; size_t n_consts;  /* a const pack ST...: one row per element, named ST.0, ST.1 … */
    const KBindRank *ranks;   size_t n_ranks;   /* packs; those that follow from operand_ranks may be left out */
    const int *operand_ranks; size_t n_operands; /* of the tensor operands in order; NULL: taken from ranks */
} KirBinding;
/* Binds and checks; the kernel lives in a and refers to names and tables of the module, which must outlive it. Unscheduled form. A const
 * that the binding does not name stays live. fn parameters also take built-ins of section 6 by name (sqrt, max). The rank of a scalar pack
 * that no operand shows follows from an index that combines it with other packs. Class int holds signed and unsigned types, uint unsigned
 * ones; 0 and 1 may become bool. Errors: SPML_UNSUPPORTED "kernel-check". */
SpmlCode kir_instantiate(const KModule *m, const char *kernel, const KirBinding *b, Arena *a, KirKernel **out, Error *err);
/* The scalar function fn with its type parameters bound to t, alone, as a kernel with one fn, calls expanded (kirc's tile primitives). */
SpmlCode kir_instantiate_fn(const KModule *m, const char *fn, const KBindType *types, size_t n_types, Arena *a, KirKernel **out, Error *err);
size_t kir_module_fns(const KModule *m, const char *const **names); /* all fn names, in order of declaration */
uint32_t kir_kernel_writes(const KModule *m, const char *kernel); /* bit i: tensor operand i is out or inout */
size_t kir_module_kernels(const KModule *m, const char *const **names);

/* ── after the front end ── */
SpmlCode kir_verify(const KirKernel *k, Error *err);  /* types, scopes, single assignment, yields, arity; both forms */
void kir_print(const KirKernel *k, Text *out);        /* readable, stable */
/* Passes KIR → KIR, in place: constant folding (rounding as at run time), CSE of single-assignment registers, dead code, inlining of calls. */
typedef enum KirPass { KPASS_INLINE = 1, KPASS_FOLD = 2, KPASS_CSE = 4, KPASS_DCE = 8, KPASS_ALL = 15 } KirPass;
SpmlCode kir_simplify(KirKernel *k, unsigned passes, Error *err);
/* A copy of k, scheduled for `group_size` lanes (1, 32, 256 …): reduce → 64-lane chunks of 16,384 and the pairwise tree, dot → an ascending fma
 * chain, scan → runs of 64 and chunk folds, each in group → lane loops with barriers, tiles → locals. Same bits for every group size. */
SpmlCode kir_schedule(const KirKernel *k, uint32_t group_size, Arena *a, KirKernel **out, Error *err);

/* ── launching (bind.c) ── */
typedef struct KirView { /* one tensor operand. Strides in elements (blocks for block types), may be 0 or negative; p is element [0, 0, …]. */
    void *p;
    int rank;
    int64_t dim[KIR_MAX_RANK], stride[KIR_MAX_RANK];
} KirView;
typedef struct KirLaunch {
    uint64_t sym[64];     /* by symbol: i64 for dims and open consts, bit pattern for scalars */
    KirView view[KIR_MAX_OPERANDS]; /* a plan has memory for the kernel's operands alone: copied by kir_launch_copy */
} KirLaunch;
static inline size_t kir_launch_bytes(size_t n_operands) { return offsetof(KirLaunch, view) + n_operands * sizeof(KirView); }
static inline void kir_launch_copy(KirLaunch *to, const KirLaunch *from, size_t n_operands) { memcpy((void *)to, from, kir_launch_bytes(n_operands)); }
/* Solves the dims from the views already in l (l->sym of scalars and live consts are given by the caller), compares the rest, checks
 * every affine access that has no else (section 7 rule 6). Errors: SPML_UNSUPPORTED "launch" with the texts of section 11. */
SpmlCode kir_bind(const KirKernel *k, KirLaunch *l, Error *err);
/* Affine form of register r over the axes of the enclosing loops: r = c0 + Σ coef[i]·axis[i] + Σ symcoef · …; see affine.c. Coefficients are
 * evaluated for a launch. false if r is not affine in axis registers. n axes in order given. */
bool kir_affine(const KirKernel *k, const KirLaunch *l, KReg r, const KReg *axes, size_t n, int64_t *coef, int64_t *c0);

/* ── interpreter (interp.c) ── */
typedef enum KirOrder { KORDER_ASCENDING, KORDER_DESCENDING, KORDER_SHUFFLED } KirOrder;
/* Runs k (either form) on the launch. checks: faults on every access outside, races, unwritten out elements, reads of unwritten shared memory
 * (SPML_NO "fault" with the texts of section 11). */
SpmlCode kir_interpret(const KirKernel *k, const KirLaunch *l, KirOrder order, bool checks, Error *err);
/* One pure opcode on bit patterns: the definition of its arithmetic, shared by folding and the interpreter. from: type of args (cast: source). */
uint64_t kir_eval(KOp op, DType type, DType from, const uint64_t *args);

#endif
