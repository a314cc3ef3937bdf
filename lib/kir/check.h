/* SPDX-License-Identifier: MIT
 * kir front end, internal: state of the name check, shared by check.c (declarations), check_stmt.c and check_expr.c. */
#ifndef SPML_KIR_CHECK_H
#define SPML_KIR_CHECK_H

#include "kir/ast.h"

typedef enum NameKind { NM_LET, NM_VAR, NM_ARRAY, NM_AXIS, NM_BLOCK_AXIS, NM_TENSOR, NM_SCALAR, NM_CONST, NM_DIM, NM_SHARED, NM_TILE, NM_FORMAL, NM_STATE } NameKind;
typedef struct Name {
    const char *name;
    NameKind kind;
    bool pack, used;
    int slot;
    Pos pos;
    unsigned owner;    /* the each (numbered) it was declared in */
    const Axis *axis;  /* NM_AXIS, NM_BLOCK_AXIS */
    const Stmt *tile;  /* NM_TILE */
} Name;
typedef enum Where { W_FN, W_TOP, W_GROUP, W_EACH } Where;
typedef struct Check {
    KModule *m;
    Diag *d;
    Decl *decl;
    Name *names; size_t n, cap; /* innermost last */
    int n_slots;
    unsigned owner, n_owners;
    Where where;
    bool in_scan;
    size_t watch; bool hit;     /* a look-up reached names[watch] or later */
    unsigned depth;             /* of fn inside fn */
} Check;

Name *check_declare(Check *c, const char *name, Pos pos, NameKind kind); /* next slot; no shadowing */
Name *check_lookup(Check *c, const char *name); /* innermost, NULL if unknown */
Name *check_require(Check *c, const char *name, Pos pos);
void check_close(Check *c, size_t mark);        /* leaves a scope; unused lets are errors */
void check_type(Check *c, TypeRef *t, bool structs, bool blocks);
void check_axes(Check *c, Axis *x, unsigned n, bool by); /* resolves bounds, declares the axes */
void check_expr(Check *c, Expr *e);
void check_exprs(Check *c, Expr **e, unsigned n);
void check_reduction(Check *c, Expr *e, bool scan);
void check_stmt(Check *c, Stmt *s);
void check_body(Check *c, Stmt *s);             /* a statement in a scope of its own */
void check_fn(KModule *m, Diag *d, Decl *f, unsigned depth);
#endif
