/* SPDX-License-Identifier: MIT
 * kir: what the emitters share. One printer (emit_text.c) walks a kernel's or function's blocks and writes C-like text; a dialect is a table
 * of spellings plus a few hooks for what differs in kind (memory, barriers, loops over items). emit_c.c is the C dialect and whole kernels
 * for the CPU, emit_c_fn.c functions as tile primitives on vectors. Emitted names are r<register>, m<memory>, f<function>: no byte of a
 * model file or of a template's identifiers can reach generated text except through emit_name. */
#ifndef SPML_KIR_EMIT_H
#define SPML_KIR_EMIT_H

#include "kir/kir.h"

typedef struct Emit Emit;

enum { EMIT_FLOAT, EMIT_INT, EMIT_UINT, EMIT_BOOL, EMIT_CLASSES };
typedef struct EmitDialect {
    const char *name;
    const char *type[DT_COUNT];            /* how a register's type is written; NULL: the dialect has no such type */
    const char *op[K_COUNT][EMIT_CLASSES]; /* by the class of the operands: $0 $1 $2 arguments, $T result type, $F operand type, $S spelled result type */
    const char *op_else;                   /* where op has no entry: template with $O the opcode's name too */
    const char *convert_else;              /* the same for cast, sat, bitcast */
    const char *index_type;
    const char *zero;                      /* template: a zero of type $S or $T, that var registers start from */
    void (*constant)(Emit *e, DType t, uint64_t bits);   /* an expression */
    void (*load)(Emit *e, const KInst *i);               /* an expression */
    void (*store)(Emit *e, const KInst *i);              /* statements */
    void (*scatter)(Emit *e, const KInst *i);            /* statements */
    void (*sym)(Emit *e, const KInst *i);                /* an expression */
    void (*extent)(Emit *e, const KInst *i);             /* an expression */
    bool (*loop)(Emit *e, const KInst *i, bool open);    /* each, group: true if the dialect wrote it; false: serial loops */
    void (*barrier)(Emit *e);
} EmitDialect;

struct Emit {
    const KirKernel *k;
    const EmitDialect *d;
    Text *out;
    Error *err;
    SpmlCode code;    /* first failure; printing goes on so that callers test once */
    int depth;        /* of braces */
    int nest;         /* of blocks and calls, capped */
};

enum { EMIT_MAX_NEST = 200 };

/* The printer. */
void emit_line(Emit *e, const char *fmt, ...) __attribute__((format(printf, 2, 3))); /* indented, with newline */
void emit_open(Emit *e, const char *fmt, ...) __attribute__((format(printf, 2, 3))); /* line, then one deeper */
void emit_close(Emit *e);                                                            /* "}" one less deep */
void emit_block(Emit *e, const KBlock *b);              /* statements of a block in the scalar form */
void emit_range(Emit *e, const KBlock *b, size_t from, size_t to); /* instructions from ≤ n < to of it */
void emit_vars(Emit *e, const KBlock *b);               /* declares the var registers set in b, calls apart */
void emit_expr(Emit *e, const KInst *i);                /* a pure opcode as an expression, by the dialect's table */
void emit_template(Emit *e, const char *text, const KInst *i);
void emit_float(Text *out, DType t, uint64_t bits);     /* an exact literal of f32 or f64: hexadecimal mantissa and exponent */
void emit_c_locals(Emit *e);                            /* private arrays of the kernel */
void emit_c_tables(Emit *e, const char *prefix);        /* its constant tables, named <prefix><memory> */
SpmlCode emit_fail(Emit *e, const KInst *i, const char *what); /* SPML_UNSUPPORTED "emit" naming kernel, line, dialect */
static inline bool emit_failed(const Emit *e) { return e->code != SPML_OK; }
/* [A-Za-z0-9_]{0,40} of name: for names in generated text. */
void emit_name(Text *out, const char *name);
/* Class of a compute or storage type's arithmetic. */
int emit_class(DType t);
/* The value of register r where a K_const inside b defines it; else false. */
bool emit_const_value(const KirKernel *k, const KBlock *b, KReg r, uint64_t *bits);

/* ── C for the CPU ── */
extern const EmitDialect emit_dialect_c;
/* Function 0 of k (kir_instantiate_fn) as a tile primitive named `name`, in the text that isa/fn.h is the prelude of. */
SpmlCode emit_c_primitive(const KirKernel *k, const char *name, Text *out, Error *err);
/* A whole scheduled kernel as a KAotFn named `name`. */
typedef struct EmitKernelInfo { size_t scratch; bool live, group, serial; } EmitKernelInfo; /* fields of KAot; live: name_size(launch) says how much */
SpmlCode emit_c_kernel(const KirKernel *k, const char *name, Text *out, EmitKernelInfo *info, Error *err);

#endif
