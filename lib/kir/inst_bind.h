/* SPDX-License-Identifier: MIT
 * kir front end, internal: a binding resolved against a declaration (inst_bind.c). */
#ifndef SPML_KIR_INST_BIND_H
#define SPML_KIR_INST_BIND_H

#include "kir/inst.h"

typedef struct PackRank { const char *name; int rank; } PackRank; /* -1: unknown */
typedef struct Bound { const Decl *decl; const KirBinding *b; PackRank *packs; unsigned n_packs; } Bound;

void bind_types(Inst *c, const Decl *d, const KirBinding *b, Frame *f, Bound *out); /* types, fns, reducers, ranks */
const KBindConst *bound_const(const Bound *b, const char *name);                   /* NULL: open */
int bound_rank(const Bound *b, const char *pack);
void inst_start(Inst *c, Diag *d, const KModule *m, const char *name, Pos pos, Arena *a);
#endif
