/* SPDX-License-Identifier: MIT
 * kir front end, internal: making an instance. The tree is walked once, with types bound: each expression gives a Val (a register, a
 * constant, a struct of registers, an element of blocks), each statement appends to the current block. Names are slots of a Frame.
 * inst.c binds and starts; inst_expr.c operators and literals; inst_access.c memories and guards; inst_call.c fns, reducers,
 * built-ins; inst_loop.c axes, reductions, loops; inst_stmt.c the other statements. */
#ifndef SPML_KIR_INST_H
#define SPML_KIR_INST_H

#include "kir/ast.h"

typedef struct StructInfo StructInfo;
typedef struct Type { DType dt; const StructInfo *st; const Decl *block; } Type; /* exactly one is set */
struct StructInfo { /* a struct, or the state of a reducer; nested structs are flattened into registers */
    const Decl *decl;
    unsigned n, n_regs;
    Type *types;     /* of the fields */
    unsigned *first; /* first register of each field */
    DType *flat;     /* [n_regs] */
};

/* What an index may depend on (section 7 rule 6), in rising order. */
typedef enum IndexClass { IC_CONST, IC_UNIFORM, IC_AFFINE, IC_OTHER, IC_DATA } IndexClass;
typedef struct Access Access;
typedef struct Val {
    Type type;
    bool konst, var, ranged; /* var: the register may change later */
    IndexClass ic;
    uint64_t bits;           /* konst */
    KReg reg;                /* scalar, if not konst */
    KReg *regs;              /* struct */
    int64_t lo, hi;          /* ranged: lo ≤ value ≤ hi for integers */
    Access *acc;             /* element of a tensor of blocks, or an array field of one */
} Val;

struct Access { /* one element of a memory */
    uint32_t mem;
    KReg idx[KIR_MAX_RANK + 1];
    unsigned n;
    IndexClass ic;      /* of the tensor's indices */
    bool proven;        /* inside for sure (local memories), field index included */
    const Field *field;
    Type type;          /* of the element, or of the field */
    const Expr *e;
};

typedef enum BindKind { B_NONE, B_VAL, B_PACK, B_MEM } BindKind;
typedef struct Bind {
    BindKind kind;
    Val v;              /* B_VAL; of a block axis: its first index */
    Val *pack; unsigned n_pack;
    uint32_t mem;
    KReg end, by;       /* block axis: one past its last index; its size */
    int64_t by_value;
    KReg *base;         /* B_MEM of a tile: first index of each axis, 0: none */
} Bind;

typedef struct FnRef { const Decl *decl; int builtin, red; } FnRef; /* builtin, red: -1 or a Builtin, a KRedKind */
typedef struct Frame {
    const Decl *decl;
    Type *types;        /* of the type parameters */
    FnRef *fns;         /* of the fn and reducer parameters */
    Bind *slots;
    int pack_at;        /* element of packs an index is made for, or -1 */
} Frame;

typedef struct FnInst { const Decl *decl; Type *types; uint32_t id; Type result; } FnInst;
typedef struct RedInst { const Decl *decl; int builtin; DType dt; Type *types; uint32_t id; Type state; Type *items; } RedInst;
typedef struct Table { const Decl *decl; uint32_t mem; } Table;

typedef struct Inst {
    Diag *d;
    const KModule *m;
    Arena *a;
    KirKernel *k;
    KBlock *cur, *prologue; /* prologue: symbols, put before the body at the end */
    Frame *f;
    KReg *sym_regs;
    size_t cap_syms, cap_mems, cap_fns, cap_reds;
    FnInst *fns; size_t n_fn_insts, cap_fn_insts;
    RedInst *reds; size_t n_red_insts, cap_red_insts;
    const StructInfo **structs; size_t n_structs, cap_structs;
    Table *tables; size_t n_tables, cap_tables;
    bool inline_all;
    Pos at;                 /* of what is being emitted */
    unsigned depth;         /* of expansion in place */
} Inst;

typedef struct Want { Type type; const char *what; } Want; /* the type a literal takes, and whose it is */

/* Instructions emitted from here on come from this place of the text. */
static inline Pos inst_at(Inst *c, Pos p)
{
    Pos old = c->at;
    c->at = p;
    c->k->line = p.line;
    c->k->file = p.file < c->m->n_src ? c->m->src[p.file].file : NULL;
    return old;
}

/* inst.c */
void *inst_alloc(Inst *c, size_t n);
#define inst_grow(c, list, n, cap, T) ((list) = (T *)inst_room((c), (list), (n), &(cap), sizeof(T), _Alignof(T)))
void *inst_room(Inst *c, void *p, size_t n, size_t *cap, size_t size, size_t align);
uint32_t inst_mem(Inst *c, KMem mem);
Val inst_sym(Inst *c, const char *name, KSymKind kind, DType t);

/* inst_type.c */
Type type_scalar(DType t);
bool type_same(Type a, Type b);
bool types_same(const Type *a, const Type *b, unsigned n);
const char *type_name(Type t);
unsigned type_regs(Type t);
Type type_of(Inst *c, const Frame *f, const TypeRef *t);
DType type_bits(DType t);
const StructInfo *struct_info(Inst *c, const Decl *d);
const StructInfo *struct_make(Inst *c, const Decl *d, Type *types, unsigned n);
bool class_holds(TClass k, DType t);
const char *class_name(TClass k);
bool is_compute(DType t);

/* values (inst_value.c) */
Val val_const(DType t, uint64_t bits);
Val val_i64(int64_t v);
Val val_reg(DType t, KReg r, IndexClass ic);
Val val_struct(Inst *c, Type t);             /* fresh registers */
KReg val_use(Inst *c, Val v);                /* its register; a constant is emitted into the current block */
Val val_keep(Inst *c, Val v);                /* a value that later assignments do not change */
void val_regs(Inst *c, Val v, KReg *out);    /* type_regs(v.type) registers */
Val val_from(Inst *c, Type t, const KReg *r);/* over these registers */
Val val_field(Val v, unsigned i);            /* field i of a struct */
Val val_index(Inst *c, const Expr *e, Val v);/* as i64 */
KInst *emit_inst(Inst *c, KOp op, DType t, KReg dst, int n, const KReg *args);
Val emit_op(Inst *c, KOp op, DType type, int n, const Val *v); /* pure; folds constants */
Val emit_cast(Inst *c, KOp op, DType to, Val v);
KReg *inst_dst(Inst *c, KInst *i, Type t, unsigned times);     /* gives i new result registers */
KBlock **inst_blocks(Inst *c, KInst *i, unsigned n);
KBlock *block_open(Inst *c);                 /* a fresh block becomes the current one; returns the old */
KBlock *block_close(Inst *c, KBlock *outer); /* back to outer; returns the block filled */
void block_yield(Inst *c, KBlock *b, const KReg *r, unsigned n);
void block_splice(Inst *c, const KBlock *from); /* appends its instructions to the current block */

/* inst_expr.c */
Val inst_expr(Inst *c, const Expr *e, const Want *w);
Val inst_cond(Inst *c, const Expr *e);       /* bool, for if, while, guards */
Val inst_static(Inst *c, const Expr *e, const char *what); /* constant i64 of a size */
Val inst_binary(Inst *c, Pos pos, TokKind op, Val a, Val b);
Val inst_update(Inst *c, const Stmt *s, Val old); /* old op= e */
void want_same(Inst *c, Pos pos, const char *name, Type t, Val v); /* "y is f32, the value is f16" */
void need_arith(Inst *c, Pos pos, const char *op, Type t);
uint64_t literal_bits(Inst *c, const Expr *e, Type t, bool negative, const char *what);
KOp op_of(TokKind t);

/* inst_access.c */
Val inst_index(Inst *c, const Expr *e);      /* EX_INDEX */
Val inst_field(Inst *c, const Expr *e);      /* EX_FIELD */
Access *inst_place(Inst *c, const Expr *e);  /* element to be written */
Val access_load(Inst *c, Access *a, const Expr *els);
void access_store(Inst *c, Access *a, Val v);
KInst *access_scatter(Inst *c, Access *a, Val v, KOp fn, KScatter rule);

/* inst_call.c */
Val inst_call(Inst *c, const Expr *e, const Want *w);
Val inst_fn_solo(Inst *c, const Decl *fn, const Type *types);
Val inst_minmax(Inst *c, Pos pos, bool max, Val a, Val b);
uint64_t extreme_bits(DType t, bool highest);

/* inst_reduce.c */
RedInst *inst_reducer(Inst *c, const Expr *e, const Type *items); /* e: EX_REDUCE but dot */

/* inst_loop.c */
Val inst_reduction(Inst *c, const Expr *e, const Want *w);
KAxis *inst_axes(Inst *c, const Axis *x, unsigned n, unsigned *n_axes); /* bounds into the current block, axes into the frame */
void inst_loop(Inst *c, const Stmt *s);
void inst_scan(Inst *c, const Stmt *s);
void inst_tile(Inst *c, const Stmt *s);

/* inst_stmt.c */
void inst_stmt(Inst *c, const Stmt *s);
#endif
