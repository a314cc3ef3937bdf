/* SPDX-License-Identifier: MIT
 * kir/tile: the tile program as compile*.c make it and exec.c, access.c, reduce.c, launch.c run it.
 *
 * Values are scalars (one 64-bit pattern, uniform over the lanes) or slots (KTILE lanes of one type). A TRef names either: ≥ 0 a slot (its byte
 * offset in the scratch's slot area; before alloc.c its virtual number), < 0 the scalar ~ref. i64 values that are affine in the lane axes
 * stay symbolic: scalar base + linear functional (TFunc), whose coefficients depend on the launch only. */
#ifndef SPML_KIR_TILE_INTERNAL_H
#define SPML_KIR_TILE_INTERNAL_H

#include "base/hard.h"
#include "base/uninit.h"
#include "kir/tile/tile.h"

enum {
    TREF_NONE = INT32_MAX,
    TREF_PTR = 1 << 30,        /* slots from here on are pointers of the VM: a read that may stay in the operand's memory */
    TILE_LANES_RED = 64,       /* lanes of a canonical reduction */
    TILE_RED_CHUNK = 16384,    /* items of a canonical chunk */
    TILE_FN_PARAMS = 16, TILE_FN_RESULTS = 8,
    TILE_TREE = 32,            /* depth of the pairwise tree of chunk totals */
    TILE_BLOCK = HARD(16, 3),  /* rows and columns of a 2-D tile */
    TILE_MAX_WIDTH = 16,       /* bytes of the widest element (complex, string) */
    TILE_LANES = HARD(KTILE, 8),
    TILE_GRAIN = HARD(32768, 1), /* lanes × instructions that are worth a chunk */
};

typedef int32_t TRef;
typedef struct TBlock TBlock;
typedef struct TInst TInst;

typedef enum TOp {
    T_SCALAR,   /* dst scalar = kir_eval(kop, type, from, src scalars) */
    T_PRIM,     /* fn.prim(dst slots, src slots or scalars, n) */
    T_CALL,     /* fn.any(dst slots, src slots or scalars, n, form) */
    T_EVAL,     /* as T_PRIM where there is no primitive: kir_eval lane by lane */
    T_WIDEN,    /* slot of storage type `from` → compute type `type` */
    T_NARROW,   /* slot of compute type `from` → storage type `type`; form: 1 = sat */
    T_MOVE,     /* slot or scalar → slot, by width */
    T_SELECT,   /* dst = src[0] ? src[1] : src[2], by width */
    T_BLEND,    /* dst = src[0] (mask) ? src[1] : dst, by width */
    T_IOTA,     /* i64: src[0] + functional `func` */
    T_LANE0,    /* scalar = lane 0 of a slot */
    T_LOAD, T_STORE, T_SCATTER,
    T_SLOAD,    /* one element to a scalar */
    T_SSTORE,
    T_IF,       /* src[0] scalar: block 0 else block 1 */
    T_IFANY,    /* src[0] slot: block 0 if any lane of it is set */
    T_WHILE,    /* block 0 gives src[0] (scalar or slot), block 1 body; slot: dst[0] is the mask of active lanes */
    T_LOOP,     /* serial loop over `axes`, block 0 */
    T_EACH,     /* opens the lanes of `space`, block 0 */
    T_REDUCE,   /* lanes = items: serial over red->axes */
    T_REDUCE_LANES, /* lanes = the reduction's indices (red->space) */
    T_DOT, T_SCAN,
    T_COUNT
} TOp;

/* A linear functional over the axes of a space. Σ coef[i]·axis[i]; coefficients are launch scalars (TREF_NONE: 0).
 * access ≠ NULL: the byte offset of that access: Σ over its dimensions of stride × the dimension's functional. */
typedef struct TAccess TAccess;
typedef struct TFunc { uint32_t space; bool relaxed /* nobody looks at it alone: only the access' sum counts */; const TAccess *access; TRef coef[KIR_MAX_AXES]; } TFunc;

typedef struct TSpace { /* axes that become lanes */
    int n;
    TRef index[KIR_MAX_AXES], lo[KIR_MAX_AXES], hi[KIR_MAX_AXES]; /* scalars; index is written only when the space runs item by item */
    bool fixed; /* all bounds are launch scalars */
} TSpace;

typedef struct TAxes { /* serial loop nest, last axis fastest */
    int n;
    TRef index[KIR_MAX_AXES];
    TRef lo[KIR_MAX_AXES], hi[KIR_MAX_AXES]; /* scalars; a slot where the bound differs between lanes */
    TBlock *bound[KIR_MAX_AXES];             /* computes lo, hi from earlier axes, or NULL */
    TRef mask;  /* slot: lanes inside the bounds, where some bound is a slot; else TREF_NONE */
    TRef outer; /* mask around the loop or TREF_NONE */
} TAxes;

typedef struct TDim { TRef base; int32_t func; TRef slot; } TDim; /* slot ≠ NONE: i64 slot; else base (scalar) + functional (−1: none) */

struct TAccess {
    uint32_t mem;       /* memory of the kernel */
    DType storage, compute; /* compute == storage: moved without conversion */
    uint16_t width;     /* bytes of a storage element */
    uint8_t n_dims;     /* rank, + 1 for an index into a block's field array */
    bool guarded, sat, gather, priv, packed; /* gather: some dimension is a slot; packed: sub-byte elements */
    bool field;         /* last dimension runs over field_n elements of a block's field */
    uint32_t field_n, offset; /* bytes from the block's start */
    int32_t total;      /* functional of the byte offset, −1: none */
    uint32_t deps;      /* axes (bits) that its index slots depend on: where the last dimension is not among them, a row has one index */
    TDim dim[KIR_MAX_RANK + 1];
    TRef value;         /* load: else value or TREF_NONE (0); store: the value */
    TRef mask;          /* store: bool slot or TREF_NONE */
    KLoadFn load; KStoreFn store; /* conversion, NULL where it is a move or falls back to kir_eval */
    uint8_t rule, fn;   /* scatter */
    DType op_type;      /* scatter: type of the update */
    KPrimFn update;     /* scatter: of whole rows, or NULL */
    TRef stage;         /* slot of storage elements */
    TRef region;        /* private arrays: [elements][KTILE] */
};

typedef struct TReduce {
    const KReducer *red;
    KRedKind kind;
    bool any_order;     /* min, max, any, all, integer sum and prod: one accumulator suffices */
    int n_state, n_items;
    TAxes axes;         /* T_REDUCE, T_DOT, T_SCAN */
    uint32_t space;     /* T_REDUCE_LANES */
    TRef item[8];       /* slots (T_DOT: may be scalars) */
    TRef guard;         /* bool slot, scalar, or TREF_NONE */
    TRef acc[8];        /* region per state field: [lanes 64 + tree][KTILE] */
    TRef stage[8];      /* T_REDUCE_LANES: [2·KTILE] per item */
    TRef stage_mask;
    TRef param[8], other[8], param_item[8]; /* slots that step and merge read */
    TRef step_out[8], merge_out[8];
    TBlock *step, *merge;
    KPrimFn op;         /* built-ins: state ⊕ item, slots */
    KPrimFn op2;        /* integer dot without fma: the product; op adds */
    KPrimFn step64, fold64, select; /* select: item or the identity */
    unsigned form;      /* T_DOT: scalar operands of op */
    TRef tmp;           /* spare slot */
    uint64_t ident[8];
    DType type[8];      /* state types */
    TRef scan_before[8], scan_after[8];
} TReduce;

struct TInst {
    uint8_t op, kop, n_dst, n_src;
    unsigned form;
    uint16_t width;
    DType type, from;
    int32_t func;
    TRef *dst, *src;
    union { KPrimFn prim; KPrimAnyFn any; KLoadFn load; KStoreFn store; } fn;
    const char *name;   /* for tile_print: function or opcode */
    TBlock *block[2];
    TAccess *access;    /* load, store, scatter; prim, call: the store that comes next, or NULL */
    TAxes *axes;
    TReduce *red;
    uint32_t space;
    int32_t ptr;        /* load: its pointer, −1: none */
    uint32_t line, begin, end; /* positions for alloc.c */
};

struct TBlock { TInst *inst; size_t n, cap; };

typedef struct TSlot { uint32_t bytes, first, last; TRef offset; } TSlot; /* virtual slot, alloc.c */

typedef struct TVariant { /* one schedule */
    TBlock *pre;        /* once per launch */
    TBlock *body;       /* items: with lanes (space 0) or one item at a time (rows) */
    bool rows;          /* lanes belong to inner constructs; the top each runs item by item */
    bool single;        /* one lane per tile */
    bool serial;        /* one thread, ascending order */
    bool ordered;       /* ascending order where items meet: ordered scatters */
    TSpace *spaces;  size_t n_spaces, cap_spaces;   /* 0: the top each */
    TFunc *funcs;    size_t n_funcs, cap_funcs;
    TAccess **accesses; size_t n_accesses, cap_accesses;
    uint64_t *init;     size_t n_scalars, cap_scalars; /* constants in place, else 0 */
    TSlot *slots;       size_t n_slots, cap_slots;
    size_t sz_slots;
    TRef *ptr_slot;     size_t n_ptrs, cap_ptrs; /* the slot behind each pointer */
    size_t n_insts;
    uint32_t top;       /* space of the top each */
    uint32_t inner_space; /* rows: the first inner space */
    int32_t hint;       /* functional of the first load inside an inner construct, −1 none: for the choice of schedule */
} TVariant;

struct TileProgram {
    const KirKernel *k;
    TVariant *items, *rows; /* rows may be NULL */
    void **table;           /* packed KMEM_TABLE data by memory id */
    size_t sz_scratch;
};

/* ── run time ── */
typedef struct TView { char *p; int rank; int64_t dim[KIR_MAX_RANK], stride[KIR_MAX_RANK]; } TView; /* strides in bytes (packed: elements) */
typedef struct TWalk { /* a space cut into tiles: `rows` consecutive outer points × `cols` of the last dimension */
    int n;
    int64_t lo[KIR_MAX_AXES], hi[KIR_MAX_AXES];
    int64_t rows, cols, n_outer, n_segs, n_tiles;
    uint32_t last_axes;
} TWalk;
typedef enum TWalkKind { WALK_ROWS, WALK_SINGLE, WALK_BLOCKS } TWalkKind; /* BLOCKS: order does not matter, blocked groups are tiled in 2-D */
typedef struct TGroups { int n; bool blocked; /* 2-D tiles: some read walks the last but one dimension in memory order */ uint32_t last_axes; /* bits */ int8_t last[KIR_MAX_AXES]; int8_t first[KIR_MAX_AXES]; } TGroups; /* collapsed dimension → axes first … last */
typedef struct TLaunch {
    const TileProgram *p;
    const TVariant *v;
    const KirLaunch *l;
    uint64_t *sval;     /* after pre */
    int64_t *coef;      /* [n_funcs][KIR_MAX_AXES] per collapsed dimension */
    int64_t (*raw)[KIR_MAX_AXES]; /* [n_funcs] per axis */
    TGroups *groups;    /* [n_spaces] */
    uint32_t joined;    /* axes a of the top each (bits) that all accesses walk as one with axis a + 1; boxes only */
    TView *view;        /* [n_mems] */
} TLaunch;

typedef struct TVm {
    const TLaunch *t;
    uint64_t *sval;
    char *slots;
    int n, rows, cols;   /* lanes of the open tile; n = rows · cols */
    int nd;              /* collapsed dimensions of the open space */
    uint32_t last_axes;  /* axes (bits) that the lanes of a row run along */
    int64_t col0;        /* index of lane 0 along the last one */
    int64_t (*row)[KIR_MAX_AXES]; /* [KTILE] indices along the others */
    const char **ptr;    /* [n_ptrs] */
    int64_t *offset;     /* [KTILE] of gathers */
    uint8_t *ok;         /* [KTILE] */
    bool stored;         /* what the next instruction is to store lies there */
} TVm;

static inline void *vm_ptr(const TVm *vm, TRef r)
{
    return r < 0 ? (void *)(vm->sval + ~r) : r < TREF_PTR ? (void *)(vm->slots + r) : (void *)vm->ptr[r - TREF_PTR];
}
static inline TRef tile_slot(const TVariant *v, TRef r) { return r < TREF_PTR ? r : v->ptr_slot[r - TREF_PTR]; } /* not of TREF_NONE */
static inline int64_t vm_i64(const TVm *vm, TRef r) { return r == TREF_NONE ? 0 : (int64_t)vm->sval[~r]; }
static inline unsigned tile_width(DType t) { return dtype_info[t].bytes; }
static inline bool tile_is_compute(DType t) { return dtype_info[t].compute == t; }

void vm_run(TVm *vm, const TBlock *b);
void vm_load(TVm *vm, const TInst *in);
void vm_store(TVm *vm, const TInst *in);
void *vm_store_place(const TVm *vm, const TAccess *x); /* where the lanes are stored, if that is one whole row as a slot would hold it; else NULL */
void vm_scatter(TVm *vm, const TInst *in);
void vm_sload(TVm *vm, const TInst *in);
void vm_sstore(TVm *vm, const TInst *in);
void vm_iota(TVm *vm, int64_t base, int32_t func, int64_t *out);
void vm_reduce(TVm *vm, const TInst *in);
void vm_reduce_lanes(TVm *vm, const TInst *in);
void vm_dot(TVm *vm, const TInst *in);
void vm_scan(TVm *vm, const TInst *in);
/* Serial loop nest: calls fn for each point inside (index scalars and mask are set). */
void vm_loop(TVm *vm, const TAxes *ax, void (*fn)(TVm *, void *), void *ctx);
void vm_each(TVm *vm, const TInst *in);

void tile_walk_make(const TLaunch *t, uint32_t space, const int64_t *lo, const int64_t *hi, TWalkKind kind, TWalk *w); /* lo, hi per axis */
void tile_walk_open(const TWalk *w, int64_t tile, TVm *vm);       /* opens tile number `tile` */
void tile_walk_space(TVm *vm, uint32_t space, TWalk *w);          /* of an inner space, bounds from its scalars */
uint64_t tile_get(const void *p, DType t, size_t i);         /* bit pattern of element i of a slot */
void tile_put(void *p, DType t, size_t i, uint64_t bits);
void tile_fill(void *p, unsigned width, uint64_t bits, int n);
void tile_copy(void *dst, int64_t dstride, const void *src, int64_t sstride, unsigned width, int n); /* strides in bytes */
void tile_select(void *dst, const uint8_t *c, const void *a, int64_t a_step, const void *b, int64_t b_step, unsigned width, int n);

bool tile_alloc(TVariant *v, Arena *a); /* virtual slots → byte offsets; false: out of memory */

#endif
