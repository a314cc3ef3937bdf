/* SPDX-License-Identifier: MIT
 * kir: copies of kernels and of function bodies. A body is inlined with fresh registers, so the result is single-assignment
 * again; a kernel keeps its register numbers. Works in the target kernel's arena; NULL or false: out of memory. */
#include "kir/core.h"

#include <string.h>

typedef struct Clone { KirKernel *k; const KirKernel *from; KReg *map; size_t n; bool same; } Clone; /* map: 0 = itself; same: keep all numbers */

static KReg use(const Clone *c, KReg r)
{
    return r < c->n && c->map[r] ? c->map[r] : r;
}

static KReg define(Clone *c, KReg r)
{
    if (c->same || r >= c->n)
        return r;
    if (!c->map[r]) {
        KRegInfo info = c->from->regs[r];
        c->map[r] = kir_reg(c->k, info.type, info.var, info.name);
    }
    return c->map[r];
}

static KBlock *clone_block(Clone *c, const KBlock *b);

static KAxis *clone_axes(Clone *c, const KInst *i)
{
    KAxis *axes = arena_array(c->k->arena, KAxis, i->n_axes);
    for (size_t a = 0; axes && a < i->n_axes; a++) {
        const KAxis *x = &i->axes[a];
        axes[a] = (KAxis){0, use(c, x->lo), use(c, x->hi), use(c, x->by), x->bound ? clone_block(c, x->bound) : NULL};
        axes[a].index = define(c, x->index);
        if (x->bound && !axes[a].bound)
            return NULL;
    }
    return axes;
}

static KReg *clone_regs(Clone *c, const KReg *r, size_t n, KReg (*fn)(const Clone *, KReg))
{
    KReg *out = arena_array(c->k->arena, KReg, n);
    for (size_t i = 0; out && i < n; i++)
        out[i] = fn(c, r[i]);
    return out;
}

static bool results_first(const KInst *i) /* scan: its blocks see its results */
{
    return i->op == K_scan;
}

static KInst *clone_inst(Clone *c, const KInst *i)
{
    KInst *out = arena_copy(c->k->arena, i, sizeof *i);
    if (!out)
        return NULL;
    out->args = clone_regs(c, i->args, i->n_args, use);
    out->dst = arena_array(c->k->arena, KReg, i->n_dst ? i->n_dst : 1);
    out->blocks = i->n_blocks ? arena_array(c->k->arena, KBlock *, i->n_blocks) : NULL;
    if (!out->args || !out->dst || (i->n_blocks && !out->blocks) || !(out->axes = clone_axes(c, i)))
        return NULL;
    for (size_t d = 0; results_first(i) && d < i->n_dst; d++)
        define(c, i->dst[d]);
    for (size_t b = 0; b < i->n_blocks; b++)
        if (!(out->blocks[b] = clone_block(c, i->blocks[b])))
            return NULL;
    for (size_t d = 0; d < i->n_dst; d++)
        out->dst[d] = define(c, i->dst[d]);
    return out;
}

static bool clone_into(Clone *c, const KBlock *from, KBlock *to)
{
    for (size_t n = 0; n < from->n; n++) {
        KInst *i = clone_inst(c, from->inst[n]);
        if (!i || !kir_append(c->k, to, i))
            return false;
    }
    return true;
}

static KBlock *clone_block(Clone *c, const KBlock *b)
{
    KBlock *out = kir_block(c->k);
    if (!out || !clone_into(c, b, out))
        return NULL;
    out->n_yield = b->n_yield;
    out->yield = clone_regs(c, b->yield, b->n_yield, use);
    return out->yield ? out : NULL;
}

bool kir_inline(KirKernel *k, const KirKernel *from, Arena *scratch, KBlock *to, const KFn *f, const KReg *args, KReg *results)
{
    Clone c = {.k = k, .from = from, .n = from->n_regs, .map = arena_array(scratch, KReg, from->n_regs)};
    if (!c.map)
        return false;
    for (size_t p = 0; p < f->n_params; p++) {
        c.map[f->params[p]] = args[p];
        if (!from->regs[f->params[p]].var)
            continue;
        c.map[f->params[p]] = 0;
        if (!kir_add(k, to, K_set, kir_type(k, args[p]), define(&c, f->params[p]), 1, &args[p]))
            return false;
    }
    if (!clone_into(&c, f->body, to))
        return false;
    for (size_t r = 0; r < f->body->n_yield; r++)
        results[r] = use(&c, f->body->yield[r]);
    return !k->arena->oom;
}

static bool clone_fn(Clone *c, KFn *f)
{
    f->body = clone_block(c, f->body);
    return f->body;
}

KirKernel *kir_clone(const KirKernel *k, Arena *a)
{
    KirKernel *out = arena_copy(a, k, sizeof *k);
    if (!out)
        return NULL;
    Clone c = {.k = out, .from = out, .same = true};
    out->arena = a;
    out->regs = arena_copy(a, k->regs, k->n_regs * sizeof *k->regs);
    out->cap_regs = k->n_regs;
    out->mems = arena_copy(a, k->mems, k->n_mems * sizeof *k->mems);
    out->fns = arena_copy(a, k->fns, k->n_fns * sizeof *k->fns);
    out->reds = arena_copy(a, k->reds, k->n_reds * sizeof *k->reds);
    if (!out->regs || !out->mems || !out->fns || !out->reds || !(out->body = clone_block(&c, k->body)))
        return NULL;
    bool ok = true;
    for (size_t f = 0; f < out->n_fns; f++)
        ok = ok && clone_fn(&c, &out->fns[f]);
    for (size_t r = 0; r < out->n_reds; r++)
        ok = ok && clone_fn(&c, &out->reds[r].step) && clone_fn(&c, &out->reds[r].merge);
    return ok && !a->oom ? out : NULL;
}
