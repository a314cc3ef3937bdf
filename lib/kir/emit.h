/* SPDX-License-Identifier: MIT
 * kir: what the emitters share. One printer (emit_text.c) walks a kernel's or function's blocks and writes C-like text; a dialect is a table
 * of spellings plus a few hooks for what differs in kind (memory, barriers, loops over items). emit_mem.c spells accesses, locals and tables
 * for all dialects, emit_lanes.c the parameter block, items and lanes for device dialects. emit_c.c is the C dialect and whole kernels
 * for the CPU, emit_c_fn.c functions as tile primitives on vectors, emit_opencl.c and emit_glsl.c the device dialects. Emitted names are
 * r<register>, m<memory>, f<function>: no byte of a model file or of a template's identifiers can reach generated text except through emit_name. */
#ifndef SPML_KIR_EMIT_H
#define SPML_KIR_EMIT_H

#include "kir/target.h"

typedef struct Emit Emit;

enum { EMIT_FLOAT, EMIT_INT, EMIT_UINT, EMIT_BOOL, EMIT_CLASSES };
typedef struct EmitDialect {
    const char *name;
    const char *type[DT_COUNT];            /* how a register's type is written; NULL: the dialect has no such type */
    const char *element_type[DT_COUNT];    /* of elements of local arrays, where it is not type[] */
    const char *op[K_COUNT][EMIT_CLASSES]; /* by the class of the operands: $0 $1 $2 arguments, $T result type, $F operand type, $S spelled result type, $U its unsigned twin */
    const char *op64[K_COUNT][EMIT_CLASSES]; /* what goes before op where operands have 64 bits; "": refused */
    const char *op_else;                   /* where op has no entry: template with $O the opcode's name too; NULL: refused */
    const char *convert_else;              /* the same for cast, sat, bitcast */
    const char *index_type;
    const char *both;                      /* between conditions; NULL: " && " */
    const char *cast_u64[2];               /* around an index: as an unsigned number */
    const char *cast_index[2], *cast_uint[2]; /* device dialects: around an expression: as index_type, as a 32-bit unsigned number */
    const char *zero;                      /* template: a zero of type $S or $T, that var registers start from */
    const char *value[EMIT_CLASSES];       /* before the type in the declaration of a result; NULL: "const " */
    const char *var[EMIT_CLASSES];         /* before the type of what is assigned later; NULL: nothing */
    const char *table;                     /* before the type of a constant table */
    bool table_call;                       /* its values are written T[n](…), not {…} */
    bool table_bits;                       /* floats in it are unsigned bit patterns */
    bool load_statement;                   /* a guarded load is an if, because ?: may evaluate both sides */
    bool lines;                            /* comments with the template's file and line */
    bool (*expr)(Emit *e, const KInst *i);               /* a pure opcode that tables cannot spell; false: by the tables. May be NULL */
    bool vectors;                                          /* types like float16, with conversion from one scalar */
    void (*constant)(Emit *e, DType t, uint64_t bits);   /* an expression */
    void (*get)(Emit *e, const KInst *i);                /* the element of an access as a register's value */
    void (*put)(Emit *e, const KInst *i, const char *value); /* a statement without indentation: the element takes value */
    void (*scatter)(Emit *e, const KInst *i);            /* statements; NULL: emit_scatter */
    bool (*atomic)(Emit *e, const KInst *i);             /* the update of a scatter whose items meet, a statement; false: the dialect has none */
    void (*sym)(Emit *e, const KInst *i);                /* an expression */
    void (*word)(Emit *e, uint32_t n);                   /* device dialects: word n of the parameter block, of index_type */
    bool (*loop)(Emit *e, const KInst *i, bool open);    /* each, group: true if the dialect wrote it; false: serial loops */
    void (*barrier)(Emit *e);
} EmitDialect;

struct Emit {
    const KirKernel *k;
    const EmitDialect *d;
    Text *out;
    Error *err;
    const KirTarget *t;       /* device dialects */
    const KirFacts *facts;    /* NULL: none */
    const char *table_prefix; /* of the names of constant tables */
    const char *file;         /* of the last line comment */
    uint32_t line;
    bool unroll;              /* short loops are written out: compilers make vectors of a loop without loops inside */
    bool share;               /* a work-item runs a range of items */
    bool dynamic;             /* shared arrays lie in memory sized at launch */
    bool watch;               /* a loop that ends before its condition does sets `cut` */
    SpmlCode code;    /* first failure; printing goes on so that callers test once */
    int depth;        /* of braces */
    int nest;         /* of blocks and calls, capped */
};

enum { EMIT_MAX_NEST = 200 };

/* The printer. */
void emit_line(Emit *e, const char *fmt, ...) __attribute__((format(printf, 2, 3))); /* indented, with newline */
void emit_open(Emit *e, const char *fmt, ...) __attribute__((format(printf, 2, 3))); /* line, then one deeper */
void emit_close(Emit *e);                                                            /* "}" one less deep */
static inline void emit_begin(Emit *e) { text_printf(e->out, "%*s", 4 * e->depth, ""); }
void emit_block(Emit *e, const KBlock *b);              /* statements of a block in the scalar form */
void emit_range(Emit *e, const KBlock *b, size_t from, size_t to); /* instructions from ≤ n < to of it */
void emit_vars(Emit *e, const KBlock *b);               /* declares the var registers set in b, calls apart */
void emit_expr(Emit *e, const KInst *i);                /* a pure opcode as an expression, by the dialect's table */
void emit_template(Emit *e, const char *text, const KInst *i);
void emit_axis(Emit *e, const KAxis *x, uint32_t lanes); /* opens a loop over one axis; lanes: this lane's share of it (0: all) */
void emit_axis_end(Emit *e, const KAxis *x);
void emit_float(Text *out, DType t, uint64_t bits);     /* an exact literal of f32 or f64: hexadecimal mantissa and exponent */
void emit_float_note(Text *out, DType t, uint64_t bits);/* its value as a comment */
const char *emit_type(Emit *e, const KInst *i, DType t);/* spelled; fails where the dialect has no such type */
SpmlCode emit_fail(Emit *e, const KInst *i, const char *what); /* SPML_UNSUPPORTED "emit" naming kernel, line, dialect */
static inline bool emit_failed(const Emit *e) { return e->code != SPML_OK; }
/* [A-Za-z0-9_]{0,40} of name: for names in generated text. */
void emit_name(Text *out, const char *name);
/* Class of a compute or storage type's arithmetic. */
int emit_class(DType t);
/* The value of register r where a K_const inside b defines it; else false. */
bool emit_const_value(const KirKernel *k, const KBlock *b, KReg r, uint64_t *bits);
/* The value of r at every launch that keeps the facts, where that is known. */
bool emit_known(const Emit *e, KReg r, int64_t *v);

/* ── accesses, locals, tables (emit_mem.c) ── */
static inline bool emit_is_block(const KMem *m) { return m->type == DT_none; }
static inline bool emit_is_operand(const KMem *m) { return m->kind <= KMEM_INOUT; }
static inline bool emit_is_packed(const KMem *m) { return m->type != DT_none && dtype_info[m->type].block > 1; } /* elements of less than a byte; accesses are u8 */
static inline bool emit_is_shared(const KMem *m) { return m->kind == KMEM_SHARED || m->kind == KMEM_TILE; }
bool emit_const_dim(const KirKernel *k, const KMem *m, unsigned d, int64_t *out); /* of a local: constant, or a register that a K_const defines */
void emit_extent_of(Emit *e, uint32_t mem, unsigned d);
void emit_offset(Emit *e, const KInst *i);              /* element (or block) offset from the memory's first */
void emit_packed_byte(Emit *e, const KInst *i);         /* offset of the byte that holds the element, */
void emit_packed_shift(Emit *e, const KInst *i);        /* and of its bits in that byte: the first element has the low bits */
void emit_in_range(Emit *e, const KInst *i);            /* a condition */
void emit_load(Emit *e, const KInst *i);                /* an expression: guard and element */
void emit_store(Emit *e, const KInst *i);
void emit_scatter(Emit *e, const KInst *i);             /* an atomic where items meet, else read, update, write */
int64_t emit_elements(Emit *e, const KMem *m);          /* of a local whose dimensions are small constants; else fails */
void emit_locals(Emit *e);                              /* private arrays of the kernel */
void emit_tables(Emit *e);                              /* its constant tables, named <table_prefix><memory> */

/* ── device dialects (emit_lanes.c) ── */
void emit_words(Emit *e);                               /* strides and extents that the kernel uses, as constants */
const KInst *emit_top(const KirKernel *k);              /* its each or group */
bool emit_has_loops(const KirKernel *k, const KBlock *b, int nest); /* b, at depth `nest`, has a loop below the top */
bool emit_lanes(Emit *e, const KInst *i, bool open);    /* the loop hook: items of the top level, lanes of a group */
/* Fills info for k; fails where k is not what an emitter takes. */
SpmlCode emit_info(Emit *e, KirEmitted *info);

/* ── C for the CPU ── */
extern const EmitDialect emit_dialect_c;
/* Function 0 of k (kir_instantiate_fn) as a tile primitive named `name`, in the text that isa/fn.h is the prelude of. */
SpmlCode emit_c_primitive(const KirKernel *k, const char *name, Text *out, Error *err);
/* A whole scheduled kernel as a KAotFn named `name`. */
typedef struct EmitKernelInfo { size_t scratch; bool live, group, serial; } EmitKernelInfo; /* fields of KAot; live: name_size(launch) says how much */
SpmlCode emit_c_kernel(const KirKernel *k, const char *name, Text *out, EmitKernelInfo *info, Error *err);

#endif
