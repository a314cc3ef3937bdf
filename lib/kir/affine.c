/* SPDX-License-Identifier: MIT
 * kir: index expressions as affine forms over the axes of enclosing loops, evaluated for one launch: r = c0 + Σ coef[i]·axis[i].
 * Follows single-assignment registers through + − negation, multiplication by a launch constant, exact division, moves,
 * casts of i64 and lazy choices whose condition is a launch constant. What depends on data, vars or wraps is not affine. */
#include "kir/core.h"

enum { MAX_CHAIN = 200 }; /* instructions followed one below another */

typedef struct Affine { bool constant; int64_t c0, coef[KIR_MAX_AXES]; } Affine; /* constant: c0 holds any type's bits */
typedef struct Walk { const KirKernel *k; const KirLaunch *l; KInst *const *defs; const KReg *axes; size_t n; } Walk;

static bool affine(const Walk *w, KReg r, int depth, Affine *out);

static bool combine(const Walk *w, const Affine *a, const Affine *b, bool minus, Affine *out)
{
    for (size_t i = 0; i < w->n; i++)
        if (minus ? __builtin_sub_overflow(a->coef[i], b->coef[i], &out->coef[i]) : __builtin_add_overflow(a->coef[i], b->coef[i], &out->coef[i]))
            return false;
    return minus ? !__builtin_sub_overflow(a->c0, b->c0, &out->c0) : !__builtin_add_overflow(a->c0, b->c0, &out->c0);
}

static bool scale(const Walk *w, const Affine *a, int64_t by, Affine *out)
{
    for (size_t i = 0; i < w->n; i++)
        if (__builtin_mul_overflow(a->coef[i], by, &out->coef[i]))
            return false;
    return !__builtin_mul_overflow(a->c0, by, &out->c0);
}

static bool divide(const Walk *w, const Affine *a, int64_t by, Affine *out) /* exact ones only */
{
    if (by <= 0 || a->c0 % by)
        return false;
    for (size_t i = 0; i < w->n; i++) {
        if (a->coef[i] % by)
            return false;
        out->coef[i] = a->coef[i] / by;
    }
    out->c0 = a->c0 / by;
    return true;
}

static bool constant(const Walk *w, const KInst *i, int depth, Affine *out) /* every argument is a launch constant */
{
    uint64_t args[3] = {0};
    bool pure = kop_info[i->op].cls == KCLASS_P && i->op != K_call && i->n_args && i->n_args <= 3;
    for (size_t a = 0; pure && a < i->n_args; a++) {
        Affine x;
        if (!affine(w, i->args[a], depth + 1, &x) || !x.constant)
            return false;
        args[a] = (uint64_t)x.c0;
    }
    if (!pure)
        return false;
    *out = (Affine){true, (int64_t)kir_eval(i->op, i->type, kir_type(w->k, i->args[0]), args), {0}};
    return true;
}

static bool choice(const Walk *w, const KInst *i, KReg r, int depth, Affine *out)
{
    Affine c;
    if (!affine(w, i->args[0], depth + 1, &c) || !c.constant)
        return false;
    if (i->op == K_select)
        return affine(w, i->args[c.c0 & 1 ? 1 : 2], depth + 1, out);
    for (size_t d = 0; d < i->n_dst; d++)
        if (i->dst[d] == r)
            return affine(w, i->blocks[c.c0 & 1 ? 0 : 1]->yield[d], depth + 1, out);
    return false;
}

static bool linear(const Walk *w, const KInst *i, int depth, Affine *out)
{
    Affine a, b = {0};
    if (kir_type(w->k, i->args[0]) != DT_i64 || i->type != DT_i64 || i->n_args > 2 || !affine(w, i->args[0], depth + 1, &a)
        || (i->n_args == 2 && !affine(w, i->args[1], depth + 1, &b)))
        return false;
    *out = (Affine){0};
    switch (i->op) {
    case K_cast: *out = a; return true;
    case K_neg: return scale(w, &a, -1, out);
    case K_add: return combine(w, &a, &b, false, out);
    case K_sub: return combine(w, &a, &b, true, out);
    case K_mul: return a.constant ? scale(w, &b, a.c0, out) : b.constant && scale(w, &a, b.c0, out);
    case K_shl: return b.constant && b.c0 >= 0 && b.c0 < 62 && scale(w, &a, (int64_t)1 << b.c0, out);
    case K_div: return b.constant && divide(w, &a, b.c0, out);
    default: return false;
    }
}

static bool affine(const Walk *w, KReg r, int depth, Affine *out)
{
    if (depth > MAX_CHAIN || !r || r >= w->k->n_regs)
        return false;
    for (size_t i = 0; i < w->n; i++)
        if (w->axes[i] == r) {
            *out = (Affine){0};
            out->coef[i] = 1;
            return true;
        }
    const KInst *i = w->defs[r];
    if (!i)
        return false;
    switch (i->op) {
    case K_const: *out = (Affine){true, (int64_t)i->bits, {0}}; return true;
    case K_sym: *out = (Affine){true, (int64_t)w->l->sym[i->id], {0}}; return true;
    case K_extent:
        *out = (Affine){true, i->id < w->k->n_operands ? w->l->view[i->id].dim[i->aux] : 0, {0}};
        return i->id < w->k->n_operands;
    case K_move: return affine(w, i->args[0], depth + 1, out);
    case K_cond: return choice(w, i, r, depth, out);
    case K_select: return constant(w, i, depth, out) || choice(w, i, r, depth, out);
    default: return constant(w, i, depth, out) || linear(w, i, depth, out);
    }
}

bool kir_affine_in(const KirKernel *k, const KirLaunch *l, KInst *const *defs, KReg r, const KReg *axes, size_t n, int64_t *coef, int64_t *c0)
{
    Walk w = {k, l, defs, axes, n};
    Affine a;
    if (n > KIR_MAX_AXES || kir_type(k, r) != DT_i64 || !affine(&w, r, 0, &a))
        return false;
    for (size_t i = 0; i < n; i++)
        coef[i] = a.coef[i];
    *c0 = a.c0;
    return true;
}

bool kir_affine(const KirKernel *k, const KirLaunch *l, KReg r, const KReg *axes, size_t n, int64_t *coef, int64_t *c0)
{
    Arena scratch = {0};
    KInst **defs = kir_defs(k, &scratch);
    bool ok = defs && kir_affine_in(k, l, defs, r, axes, n, coef, c0);
    arena_free(&scratch);
    return ok;
}
