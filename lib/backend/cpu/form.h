/* SPDX-License-Identifier: MIT
 * cpu: what the engines ask about the form of a kernel before they take it: one each over plain axes, what its body holds besides pure
 * instructions and loads, and which instruction is behind a value. */
#ifndef SPML_BACKEND_CPU_FORM_H
#define SPML_BACKEND_CPU_FORM_H

#include "kir/kir.h"

static inline KReg form_root(KInst *const *defs, KReg r) /* through moves */
{
    while (r && defs[r] && defs[r]->op == K_move)
        r = defs[r]->args[0];
    return r;
}

static inline const KInst *form_def(KInst *const *defs, KReg r) { return r ? defs[form_root(defs, r)] : NULL; }

/* Only pure instructions and loads, but for at most one `op` and one store, which *one and *store become (NULL: there may be none). */
static inline bool form_only(const KBlock *b, KOp op, const KInst **one, const KInst **store)
{
    for (size_t n = 0; n < b->n; n++) {
        const KInst *i = b->inst[n], **slot = i->op == op ? one : i->op == K_store ? store : NULL;
        if (slot && !*slot)
            *slot = i;
        else if (kop_info[i->op].cls != KCLASS_P && i->op != K_load)
            return false;
    }
    return true;
}

static inline bool form_plain_axes(const KInst *i)
{
    for (size_t a = 0; a < i->n_axes; a++)
        if (i->axes[a].by || i->axes[a].bound)
            return false;
    return true;
}

/* The one each of an unscheduled kernel, everything before it pure; NULL: it has another form. */
static inline const KInst *form_each(const KirKernel *k)
{
    if (k->scheduled || !k->body->n)
        return NULL;
    const KBlock lets = {.inst = k->body->inst, .n = k->body->n - 1};
    const KInst *e = k->body->inst[k->body->n - 1];
    return e->op == K_each && form_plain_axes(e) && form_only(&lets, K_each, NULL, NULL) ? e : NULL;
}

#endif
