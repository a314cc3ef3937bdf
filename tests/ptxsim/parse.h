/* SPDX-License-Identifier: MIT
 * ptxsim parser internals: tokens, symbols and the state of a module being read. Errors are sticky: the first one is written to the log with
 * its line, and from then on every token is TK_END, so that loops end by themselves. */
#ifndef PTXSIM_PARSE_H
#define PTXSIM_PARSE_H

#include "sim.h"

enum { MAX_RAW = 96, MAX_VECTOR = 8, MAX_INLINE = 16, MAX_SCOPES = 256, N_BUCKETS = 1024, MAX_CODE = 4 << 20, MAX_FILE_BYTES = 64 << 20 };

typedef enum TokenKind { TK_END, TK_IDENT, TK_DIRECTIVE, TK_NUMBER, TK_STRING, TK_PUNCT } TokenKind;
typedef struct Token {
    TokenKind kind;
    const char *s;
    uint32_t n, line;
} Token;

typedef enum SymbolKind { SY_REG, SY_VAR, SY_FUNC } SymbolKind;
struct Symbol {
    Symbol *next;     /* in its bucket, newest first */
    Symbol *older;    /* in order of making */
    char *name;
    uint32_t n, scope;
    SymbolKind kind;
    Type type;
    Space space;
    uint32_t count;   /* registers name<count>; 0: one register */
    uint32_t stride;  /* bytes of one register's slot */
    uint64_t addr;    /* slot offset, or address in its space */
    uint64_t size;    /* bytes of a variable */
    bool dynamic;     /* extern shared: starts where the static ones end */
};
typedef struct Table {
    Symbol *bucket[N_BUCKETS];
    Symbol *newest;
} Table;

typedef struct Formal { /* a parameter or result of a function */
    Token name;
    bool reg;
    Type type;
    uint32_t size, align;
} Formal;
typedef struct FuncText { /* where a function's body is */
    Token name;
    bool entry, defined;
    Formal *in, *out;
    uint32_t n_in, n_out;
    const char *body;
    uint32_t body_line;
    uint32_t reqntid[3], maxntid;
} FuncText;

typedef struct Label {
    const char *s;
    uint32_t n, instance, pc;
} Label;
typedef struct Fixup {
    const char *s;
    uint32_t n, instance, inst, line;
} Fixup;
typedef struct ConstKey {
    uint64_t bits;
    uint32_t size, off;
    int64_t dynamic; /* ≥ 0: dynamic shared memory's start is added at the end */
} ConstKey;

typedef struct Parser {
    PtxSim *sim;
    PtxModule *m;
    const char *p, *end;
    uint32_t line;
    Token t; /* the current token */
    int error;
    char *log;
    size_t n_log;
    Table globals;
    FuncText *texts;
    size_t n_texts;
    /* the function being compiled */
    Func *f;
    Table locals;
    uint32_t scope, visible; /* symbols of scopes below visible belong to a caller */
    uint32_t regs_top, local_top;
    uint32_t instance, n_instances, depth;
    Label *labels;
    size_t n_labels;
    Fixup *fixups;
    size_t n_fixups;
    ConstKey *keys;
    size_t n_keys;
    uint32_t regs_mark[MAX_SCOPES], local_mark[MAX_SCOPES]; /* tops at the start of each scope */
} Parser;

void parse_fail(Parser *ps, uint32_t line, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void *parse_grow(Parser *ps, void *array, size_t n, size_t each); /* room for one more; sets the error and returns NULL */

void lex_next(Parser *ps);
bool tok_is(const Token *t, const char *s);
bool lex_accept(Parser *ps, const char *s);
bool lex_expect(Parser *ps, const char *s);
void lex_goto(Parser *ps, const char *p, uint32_t line);
void lex_skip_braces(Parser *ps); /* the current token is { ; ends behind the matching } */
/* A number token's value: integers as bits, floats as the bits of a double and is_float. single: written as 0f…, already bits of an f32. */
typedef struct Number {
    uint64_t bits;
    bool is_float, single, negative;
} Number;
bool lex_number(Parser *ps, Number *out); /* with sign; moves on */
bool lex_uint(Parser *ps, uint64_t *out);

Symbol *table_add(Parser *ps, Table *t, SymbolKind kind, const Token *name);
Symbol *table_find(const Table *t, const char *s, uint32_t n);
void table_pop(Table *t, uint32_t scope); /* removes symbols of scopes above */
void table_clear(Table *t);

/* One variable declaration after its state space: .align .type name[size] = …, …; the storage is made by make(). */
typedef struct Decl {
    Token name;
    Type type;
    uint32_t align;
    uint64_t count, size; /* elements, bytes */
    bool sized;           /* brackets empty: false */
} Decl;
bool parse_decl_type(Parser *ps, Decl *d);
bool parse_decl_name(Parser *ps, Decl *d);

const FuncText *parse_find_func(const Parser *ps, const char *s, uint32_t n);
bool func_compile(Parser *ps, const FuncText *t);
/* A register, variable or NULL; of a register range name<n>, index is the register's number. */
Symbol *func_find(Parser *ps, const char *s, uint32_t n, uint32_t *index);
uint64_t func_address(Parser *ps, Symbol *var); /* lays module-level shared variables out on first use */
uint32_t func_const(Parser *ps, uint64_t bits, uint32_t size, bool dynamic);
uint32_t func_special(Parser *ps, const char *s, uint32_t n); /* NO_SLOT: no such special register */
uint32_t func_new_reg(Parser *ps, Type t);
Inst *func_emit(Parser *ps, uint32_t line);
void func_jump(Parser *ps, Inst *i, const char *s, uint32_t n, uint32_t instance);

/* decode.c */
bool decode_inst(Parser *ps, uint32_t guard, bool guard_neg);
bool decode_move(Parser *ps, Type t, uint32_t to, uint32_t from, uint32_t line);
bool decode_branch(Parser *ps, const char *label, uint32_t n, uint32_t instance, uint32_t line, uint32_t guard, bool neg);

#endif
