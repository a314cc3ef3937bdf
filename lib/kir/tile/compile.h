/* SPDX-License-Identifier: MIT
 * kir/tile: state shared by compile.c (driver, control flow), compile_value.c (values and arithmetic), compile_memory.c (accesses) and
 * compile_reduce.c (reductions, contractions, scans). One Compile makes one TVariant. Errors are sticky in code. */
#ifndef SPML_KIR_TILE_COMPILE_H
#define SPML_KIR_TILE_COMPILE_H

#include "kir/tile/internal.h"

typedef struct Affine { TRef base; TRef coef[KIR_MAX_AXES]; } Affine; /* over the axes of the open space */

typedef enum ValKind {
    VAL_NONE,
    VAL_SCALAR,  /* ref */
    VAL_SLOT,    /* ref */
    VAL_AFFINE,  /* aff */
    VAL_LOAD,    /* deferred load `def` of storage type, whose only use is a conversion */
    VAL_NARROW,  /* deferred conversion of `src`, whose only use is a store */
} ValKind;

typedef struct Val {
    ValKind kind;
    TRef ref, src;
    Affine *aff;
    const KInst *def;
    TRef cached; uint32_t cached_block; /* slot form of a scalar or affine value, valid while that block is open */
    uint32_t born;                      /* var: mask depth of its declaration */
} Val;

typedef struct Use { uint32_t n; const KInst *user; const KBlock *def_block, *user_block; } Use;

typedef struct Compile {
    const KirKernel *k;
    TileProgram *p;
    TVariant *v;
    Arena *a;
    Error *err;
    SpmlCode code;
    Val *val;        /* by register */
    Use *use;        /* by register */
    bool *launch;    /* by scalar: known once per launch */
    bool *constant;  /* by scalar: value in v->init */
    size_t cap_info, cap_const;
    uint32_t *deps; size_t cap_deps; /* by virtual slot: axes of the open space it may depend on, ~0: all */
    TRef *region;    /* private arrays by memory id */
    TBlock *cur;
    uint32_t id, next_id; /* of cur */
    bool *open; size_t cap_open; /* by block id */
    bool fn_prims;   /* scalar functions may be called by name */
    bool rows, laned; /* a space is open */
    uint32_t space, axis0;
    TRef mask;       /* bool slot of active lanes, TREF_NONE: all */
    uint32_t mask_depth;
    bool loose;      /* inside a loop that runs further than some lanes: accesses check their range */
    bool inner;      /* inside a construct of the item */
    int depth;
    uint32_t line;
} Compile;

enum { COMPILE_DEPTH = 200 };

SpmlCode compile_fail(Compile *c, SpmlCode code, const char *key, const char *what);
bool compile_ok(Compile *c); /* also notices out of memory */

/* blocks and instructions */
typedef struct Scope { TBlock *cur; uint32_t id; } Scope;
Scope scope_open(Compile *c);            /* a new block becomes current */
TBlock *scope_close(Compile *c, Scope s); /* back to the enclosing one; gives the block */
TInst *compile_emit(Compile *c, TBlock *b, TOp op, DType type, int n_dst, const TRef *dst, int n_src, const TRef *src);
void compile_block(Compile *c, const KBlock *b);
void compile_inst(Compile *c, const KInst *i, const KBlock *in);

/* scalars */
TRef scalar_const(Compile *c, uint64_t bits);
TRef scalar_new(Compile *c);             /* written by the program */
TRef scalar_op(Compile *c, KOp op, DType type, DType from, int n, const TRef *args);
bool scalar_is_const(const Compile *c, TRef r, uint64_t *bits);
bool scalar_is_launch(const Compile *c, TRef r);
TRef scalar_add(Compile *c, TRef a, TRef b); /* i64, TREF_NONE = 0 */
TRef scalar_mul(Compile *c, TRef a, TRef b);

/* values */
TRef slot_new(Compile *c, unsigned width);
TRef slot_any(Compile *c, unsigned width); /* written more than once: may depend on all axes */
uint32_t func_axes(const TFunc *f);
TRef slot_region(Compile *c, size_t bytes);
TRef value_operand(Compile *c, KReg r);  /* scalar or slot of the register's type */
TRef value_slot(Compile *c, KReg r);
bool value_scalar(Compile *c, KReg r, TRef *out); /* true if uniform */
TRef value_i64(Compile *c, KReg r, TRef *slot); /* an index: scalar result, or *slot set */
void value_set_slot(Compile *c, KReg r, TRef slot);
void value_set_scalar(Compile *c, KReg r, TRef s);
void value_move_to(Compile *c, TRef dst, KReg r); /* register's value → slot dst */
TRef slot_prim(Compile *c, KOp op, DType type, DType from, int n, const TRef *args); /* args: slots or scalars */
TRef slot_convert(Compile *c, DType to, DType from, TRef src, bool sat);
TRef slot_select(Compile *c, DType t, TRef cond, TRef a, TRef b);
TRef mask_and(Compile *c, TRef mask, TRef cond, bool negate); /* cond: slot */
void compile_pure(Compile *c, const KInst *i, const KBlock *in);
void compile_call(Compile *c, const KInst *i);
void value_forget_vars(Compile *c, const KBlock *b);
void value_force(Compile *c, KReg r);    /* ends a deferral */

/* memory */
void compile_load(Compile *c, const KInst *i, const KBlock *in);
TRef compile_load_now(Compile *c, const KInst *i, DType compute);
void compile_store(Compile *c, const KInst *i);
void compile_scatter(Compile *c, const KInst *i);
uint32_t func_new(Compile *c);

/* constructs */
void compile_reduce(Compile *c, const KInst *i);
void compile_dot(Compile *c, const KInst *i);
void compile_scan(Compile *c, const KInst *i);
bool compile_axes(Compile *c, const KInst *i, TAxes *ax); /* serial axes; may make masks */
uint32_t compile_space(Compile *c, const KInst *i);       /* axes that become lanes */
void compile_lanes(Compile *c, const KInst *i);           /* their registers become affine in the open space */

#endif
