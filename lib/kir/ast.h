/* SPDX-License-Identifier: MIT
 * kir front end, internal: tokens, syntax tree and module of the kernel language (kernel-language.md sections 1, 3, 10).
 * lex.c and parse*.c make the tree, check.c resolves every name to a slot or a declaration and enforces the rules that need no
 * types, inst*.c binds types and emits KIR. A module is immutable once kir_parse returned it. All names are interned: equal
 * pointers are equal names. The first error leaves through Diag.jump; memory is the arena's, so nothing needs unwinding. */
#ifndef SPML_KIR_AST_H
#define SPML_KIR_AST_H

#include <setjmp.h>
#include "kir/kir.h"

enum { KPARSE_DEPTH = 200 };

typedef struct Pos { uint32_t line; uint16_t col, file; } Pos; /* from 1; file: index of the source */

typedef struct Diag { /* where errors go */
    const KModule *m;
    Error *err;
    SpmlCode code;
    const char *key;
    jmp_buf jump;
} Diag;
_Noreturn void diag_fail(Diag *d, Pos pos, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
_Noreturn void diag_oom(Diag *d);
_Noreturn void diag_plain(Diag *d, const char *fmt, ...) __attribute__((format(printf, 2, 3))); /* without a position */

/* ── tokens ── */
#define KEYWORDS(X) \
    X(const) X(struct) X(block) X(reducer) X(fn) X(kernel) X(in) X(out) X(inout) X(let) X(var) X(shared) X(tile) X(each) X(group) X(for) \
    X(by) X(while) X(if) X(else) X(static) X(scan) X(scatter) X(over) X(from) X(return) X(true) X(false) X(inf) X(nan)
/* longest first within a common first character */
#define PUNCTS(X) \
    X(ELLIPSIS, "...") X(SHLEQ, "<<=") X(SHREQ, ">>=") X(DOTDOT, "..") X(SHL, "<<") X(SHR, ">>") X(LE, "<=") X(GE, ">=") X(EQ, "==") X(NE, "!=") \
    X(ANDAND, "&&") X(OROR, "||") X(PLUSEQ, "+=") X(MINUSEQ, "-=") X(STAREQ, "*=") X(SLASHEQ, "/=") X(PERCENTEQ, "%=") X(ANDEQ, "&=") X(OREQ, "|=") \
    X(XOREQ, "^=") X(LPAREN, "(") X(RPAREN, ")") X(LBRACKET, "[") X(RBRACKET, "]") X(LBRACE, "{") X(RBRACE, "}") X(COMMA, ",") X(SEMI, ";") \
    X(COLON, ":") X(DOT, ".") X(ASSIGN, "=") X(LT, "<") X(GT, ">") X(PLUS, "+") X(MINUS, "-") X(STAR, "*") X(SLASH, "/") X(PERCENT, "%") \
    X(AND, "&") X(OR, "|") X(XOR, "^") X(NOT, "!") X(TILDE, "~") X(QUESTION, "?")
typedef enum TokKind {
    TK_EOF, TK_NAME, TK_INT, TK_FLOAT,
#define X(name) TK_##name,
    KEYWORDS(X)
#undef X
#define X(name, text) TK_##name,
    PUNCTS(X)
#undef X
    TK_COUNT
} TokKind;

typedef struct Token {
    TokKind kind;
    Pos pos;
    uint32_t off, n;  /* bytes of the source */
    const char *name; /* TK_NAME and keywords, interned */
    uint64_t ival;
    double fval;
} Token;
typedef struct Lexer { const KModule *m; Diag *d; const char *text; uint32_t at, n, line, line_at; uint16_t file; } Lexer;
void lex_next(Lexer *l, Token *out);
const char *tok_text(TokKind k); /* "';'" as messages print it */

/* ── types as written ── */
typedef struct Decl Decl;
typedef enum TypeRefKind { TREF_NONE, TREF_SCALAR, TREF_PARAM, TREF_DECL, TREF_ACC, TREF_BITS } TypeRefKind;
typedef struct TypeRef {
    const char *name;
    Pos pos;
    struct TypeRef *arg; /* acc(arg), bits(arg) */
    TypeRefKind kind;    /* filled by check.c */
    DType dt;
    unsigned param;      /* index of the type parameter */
    const Decl *decl;    /* struct or block */
} TypeRef;

/* ── expressions ── */
typedef struct Expr Expr;
typedef struct Axis {
    const char *name, *upper; /* upper: the dimension's name when no bound is written */
    Pos pos;
    bool pack;
    bool dep;         /* bound uses an earlier axis of the same list */
    Expr *lo, *hi, *by;
    int slot;         /* of the axis; a pack axis holds several registers */
    int reopen;       /* slot of the block axis that this re-opens, or -1 */
    int dim;          /* slot of the dimension or const it ranges over, or -1 */
    const Decl *konst; /* module constant it ranges over, or NULL */
} Axis;

typedef enum ExprKind { EX_INT, EX_FLOAT, EX_BOOL, EX_NAME, EX_PACK, EX_CALL, EX_REDUCE, EX_INDEX, EX_FIELD, EX_UNARY, EX_BINARY, EX_COND } ExprKind;
typedef enum LitKind { LIT_NO, LIT_INT, LIT_FLOAT } LitKind; /* made of literals only: takes its type from outside */
/* What a called name is. */
typedef enum CallKind { CALL_NONE, CALL_CONVERT, CALL_STRUCT, CALL_FN, CALL_FNPARAM, CALL_BUILTIN, CALL_RED, CALL_REDPARAM, CALL_REDBUILTIN, CALL_DOT } CallKind;
struct Expr {
    ExprKind kind;
    LitKind lit;
    bool has_pack;        /* holds i... at this level of indexing */
    uint16_t depth;
    TokKind op;           /* unary, binary */
    CallKind call;
    Pos pos;              /* of the operator or name */
    uint32_t off, len;    /* bytes of the source */
    uint16_t file;
    const char *name;     /* name, call, field */
    uint64_t ival;
    double fval;
    Expr *a, *b, *c;      /* operands; base of index and field; cond: a ? b : c */
    Expr **args;          /* call: arguments; index: indices; reduce: items */
    unsigned n_args;
    Expr *els;            /* index, field */
    Axis *axes;           /* reduce */
    unsigned n_axes;
    Expr *guard, *from;
    TypeRef *type;        /* conversion, bitcast, sat, lowest, highest */
    int slot;             /* name: its slot, or -1 */
    const Decl *decl;     /* name: module constant; call: struct, fn, reducer */
    unsigned index;       /* call: built-in number, fn or reducer parameter */
};

/* ── statements ── */
typedef enum StmtKind { ST_BLOCK, ST_LET, ST_VAR, ST_SHARED, ST_TILE, ST_EACH, ST_GROUP, ST_FOR, ST_WHILE, ST_IF, ST_SCAN, ST_SCATTER, ST_RETURN, ST_ASSIGN } StmtKind;
typedef struct Stmt Stmt;
struct Stmt {
    StmtKind kind;
    Pos pos;
    const char *name, *name2; /* declared names; scan: before, after (NULL for _) */
    Pos pos2;
    int slot, slot2;
    TypeRef *type;
    Expr *e;              /* value, condition, items of a scan */
    Expr *target;         /* assign, scatter */
    TokKind op;           /* assign, scatter: TK_ASSIGN or the binary operator's token; min=, max=: see opname */
    const char *opname;   /* "min", "max" or NULL */
    KScatter rule;
    bool is_static;
    Expr **dims;          /* var array: 1; shared */
    unsigned n_dims;
    Axis *axes;
    unsigned n_axes;
    Stmt **body;          /* block */
    unsigned n_body;
    Stmt *then, *els;     /* if; then: body of loops and scan; let = scatter: then is the scatter */
};

/* ── declarations ── */
typedef enum DeclKind { D_CONST, D_STRUCT, D_BLOCK, D_REDUCER, D_FN, D_KERNEL } DeclKind;
typedef enum TParamKind { TP_TYPE, TP_FN, TP_REDUCER } TParamKind;
typedef enum TClass { TC_ANY, TC_FLOAT, TC_INT, TC_UINT, TC_NUM } TClass;
typedef struct TParam { const char *name; Pos pos; TParamKind kind; TClass cls; TypeRef *dflt; } TParam;
typedef enum ParamKind { PK_FORMAL, PK_IN, PK_OUT, PK_INOUT, PK_CONST } ParamKind;
typedef struct Param { const char *name; Pos pos; ParamKind kind; bool pack, tensor; TypeRef *type; Expr **dims; unsigned n_dims; int slot; } Param;
typedef struct Field { const char *name; Pos pos; TypeRef *type; Expr *e; /* size, or identity of a reducer */ int slot; uint32_t n, offset; } Field;
typedef struct DimName { const char *name; int slot; bool pack; } DimName; /* names bound by a kernel's operands */
struct Decl {
    DeclKind kind;
    const char *name;
    Pos pos;
    unsigned order;
    TParam *tparams; unsigned n_tparams;
    Param *params;   unsigned n_params;  /* formals of fn and step; parameters of a kernel */
    Field *fields;   unsigned n_fields;  /* struct, block, reducer */
    TypeRef *type;                       /* const, result of fn */
    Expr *e;                             /* const, fn with '='; block: elements */
    Expr *align;
    Expr **items;    unsigned n_items;   /* const array */
    Expr **extents;  unsigned n_extents; /* const array */
    int64_t *shape;                      /* its extents, once known */
    bool array, ordered;
    Stmt *body;                          /* fn, kernel; reducer: step */
    Stmt *merge; const char *other; Pos other_pos; int other_slot;
    DimName *dims;   unsigned n_dims;    /* kernel */
    int n_slots, n_slots_merge;
    uint8_t mark;                        /* search for recursion */
    bool in_place;                       /* fn with a block parameter or private arrays: expanded where it is called */
    DType dt; uint64_t *bits;            /* const: value or table, row-major */
    uint32_t block_n, block_bytes, block_align;
};

typedef struct Intern { const char *s; uint32_t n, hash; } Intern;
struct KModule {
    Arena *a;
    const KModule *base;                 /* whose names may be used (kir_parse_text), or NULL; names are interned together */
    KSource *src; size_t n_src, own_src; /* the base's sources come first, own ones from own_src on */
    Decl **decls; size_t n_decls, cap_decls;
    Decl **map; size_t n_map;            /* hash by interned name: all but kernels, then kernels (check.c) */
    Decl **kmap;
    const char **fns, **kernels; size_t n_fns, n_kernels;
    Intern *names; size_t n_names, cap_names;
};
const char *module_intern(KModule *m, const char *s, size_t n); /* NULL: out of memory */
const Decl *module_find(const KModule *m, const char *name);    /* interned name */
const Decl *module_kernel(const KModule *m, const char *name);
const Decl *module_find_text(const KModule *m, const char *name, bool kernel); /* any text */

void parse_module(KModule *m, Diag *d);  /* parse.c: fills m->decls */
void check_module(KModule *m, Diag *d);  /* check.c */
void inst_consts(KModule *m, Diag *d);   /* inst.c: values of constants, layouts of blocks */

/* Built-in functions (section 6): the index is Expr.index. */
#define BUILTINS(X) \
    X(min, 2) X(max, 2) X(abs, 1) X(sqrt, 1) X(floor, 1) X(ceil, 1) X(trunc, 1) X(rint, 1) X(isnan, 1) X(mulhi, 2) X(clz, 1) X(popcount, 1) \
    X(bitcast, 1) X(sat, 1) X(lowest, 0) X(highest, 0)
typedef enum Builtin {
#define X(name, n) BI_##name,
    BUILTINS(X)
#undef X
    BI_COUNT
} Builtin;
int builtin_find(const char *name);      /* -1: none */
int builtin_arity(int b);
int builtin_reducer(const char *name);   /* KRedKind, or -1 */

/* ── parser, shared by parse.c and parse_expr.c ── */
typedef struct Parser { KModule *m; Diag *d; Lexer lex; Token tok, ahead; bool has_ahead; uint32_t prev_end; unsigned depth; } Parser;
typedef struct PtrList { void **p; size_t n, cap; } PtrList;
void *parse_alloc(Parser *p, size_t n);
void list_add(Parser *p, PtrList *l, void *x);
void parse_next(Parser *p);
const Token *parse_peek(Parser *p);
bool parse_accept(Parser *p, TokKind k);
void parse_expect(Parser *p, TokKind k);
const char *parse_name(Parser *p, Pos *pos);
bool parse_word(Parser *p, const char *word); /* the next token is this name */
void parse_enter(Parser *p);
TypeRef *parse_type(Parser *p);
Expr *parse_expr(Parser *p);
Expr *parse_postfix(Parser *p);
Expr **parse_list(Parser *p, TokKind close, unsigned *n); /* up to and with close; may be empty */
Axis *parse_axes(Parser *p, unsigned *n);
#endif
