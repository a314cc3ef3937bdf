/* SPDX-License-Identifier: MIT
 * kir: what every device can do without, found before scheduling. Takes an unscheduled kernel, gives a simplified copy: axes of one item are constants, and the
 * dimensions in which a guarded access cannot leave its operand, because its index is an axis that runs over that very dimension, are marked as proven. Every bit
 * of every result stays. */
#include "kir/core.h"
#include "kir/target.h"

typedef struct Fit { KirKernel *k; Arena scratch; KInst **defs; const KAxis **axis; /* [n_regs] of an index register, or NULL */ bool failed; } Fit;

static const KInst *definition(const Fit *f, KReg r)
{
    const KInst *i = f->defs[r];
    while (i && i->op == K_move && !f->k->regs[i->args[0]].var)
        r = i->args[0], i = f->defs[r];
    return i;
}

static bool constant(const Fit *f, KReg r, int64_t *v)
{
    const KInst *i = r ? definition(f, r) : NULL;
    if (!i || i->op != K_const)
        return false;
    *v = (int64_t)i->bits;
    return true;
}

/* ── axes of one item ── */

static bool one_item(const Fit *f, const KAxis *x)
{
    int64_t lo, hi;
    return !x->by && !x->bound && constant(f, x->lo, &lo) && constant(f, x->hi, &hi) && lo < INT64_MAX && hi == lo + 1;
}

/* Their index is a move in front of the loop; one axis stays in any case. */
static void drop_axes(Fit *f, KInst *i, KBlock *before)
{
    uint16_t kept = 0;
    for (unsigned a = 0; a < i->n_axes; a++) {
        const KAxis *x = &i->axes[a];
        if (i->n_axes - a + kept > 1 && one_item(f, x))
            f->failed |= !kir_add(f->k, before, K_move, DT_i64, x->index, 1, &x->lo);
        else
            i->axes[kept++] = *x;
    }
    i->n_axes = kept;
}

static void narrow(Fit *f, KBlock *b)
{
    KBlock out = {.yield = b->yield, .n_yield = b->n_yield};
    for (size_t n = 0; n < b->n && !f->failed; n++) {
        KInst *i = b->inst[n];
        if (i->op == K_each || i->op == K_for || i->op == K_reduce || i->op == K_dot)
            drop_axes(f, i, &out);
        for (size_t x = 0; kir_sub_block(i, x); x++)
            narrow(f, kir_sub_block(i, x));
        f->failed |= !kir_append(f->k, &out, i);
    }
    *b = out;
}

/* ── guards ── */

/* Is d at least what r holds (a symbol or a constant)? */
static bool reaches(const Fit *f, const KDim *d, KReg r)
{
    const KInst *i = definition(f, r);
    if (d->kind == KDIM_MUL && (d->a->kind == KDIM_CONST || d->b->kind == KDIM_CONST)) {
        const KDim *factor = d->a->kind == KDIM_CONST ? d->a : d->b;
        return factor->value == 1 && reaches(f, factor == d->a ? d->b : d->a, r);
    }
    if (d->kind == KDIM_SYM)
        return i && i->op == K_sym && i->id == d->sym;
    return d->kind == KDIM_CONST && i && i->op == K_const && (int64_t)i->bits <= d->value;
}

static bool inside(const Fit *f, const KDim *d, KReg r)
{
    int64_t lo;
    const KInst *i = f->defs[r];
    while (i && i->op == K_move)
        r = i->args[0], i = f->defs[r];
    const KAxis *x = f->axis[r];
    if (x)
        return !x->bound && constant(f, x->lo, &lo) && lo >= 0 && reaches(f, d, x->hi);
    return d->kind == KDIM_CONST && constant(f, r, &lo) && lo >= 0 && lo < d->value;
}

static void prove(Fit *f, KInst *i)
{
    const unsigned rank = f->k->mems[i->id].rank;
    if (i->guard == KGUARD_NONE || i->id >= f->k->n_operands)
        return;
    for (unsigned d = 0; d < rank; d++)
        i->proven |= (uint32_t)inside(f, &f->k->dims[i->id][d], i->args[d]) << d;
    if (i->proven != (1u << rank) - 1 || i->field)
        return;
    i->n_args -= i->op == K_load && i->guard == KGUARD_ELSE;
    i->guard = KGUARD_NONE;
}

static void note_axes(Fit *f, const KInst *i)
{
    for (unsigned a = 0; a < i->n_axes; a++)
        f->axis[i->axes[a].index] = &i->axes[a];
}

static void guards(Fit *f, KBlock *b)
{
    for (size_t n = 0; n < b->n; n++) {
        KInst *i = b->inst[n];
        note_axes(f, i);
        if (i->op == K_load || i->op == K_store)
            prove(f, i);
        for (size_t x = 0; kir_sub_block(i, x); x++)
            guards(f, kir_sub_block(i, x));
    }
}

static bool define(Fit *f)
{
    f->defs = kir_defs(f->k, &f->scratch);
    f->axis = arena_array(&f->scratch, const KAxis *, f->k->n_regs);
    f->failed |= !f->defs || !f->axis;
    return !f->failed;
}

SpmlCode kir_fit(const KirKernel *k, Arena *a, KirKernel **out, Error *err)
{
    Fit f = {.k = kir_clone(k, a)};
    *out = NULL;
    SpmlCode code = f.k ? kir_simplify(f.k, KPASS_ALL, err) : error_oom(err);
    if (!code && define(&f))
        narrow(&f, f.k->body);
    if (!code && !f.failed)
        code = kir_simplify(f.k, KPASS_FOLD | KPASS_CSE | KPASS_DCE, err);
    if (!code && define(&f))
        guards(&f, f.k->body);
    if (!code && (f.failed || f.scratch.oom || a->oom))
        code = error_oom(err);
    arena_free(&f.scratch);
    *out = code ? NULL : f.k;
    return code;
}
