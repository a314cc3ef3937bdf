/* SPDX-License-Identifier: MIT
 * kir front end: kir_check_all. Bodies are checked by making instances and throwing them away: every fn and kernel with type
 * parameters bound to a few compute types that their classes allow; it passes if one instance does. fn parameters are tried with
 * fns of the module, reducers with sum and any, packs with ranks 1 and 2, constants with small numbers. */
#include "kir/ast.h"

#include <string.h>

static const DType tried[] = {DT_f32, DT_u32, DT_i64, DT_bool, DT_f64, DT_i32, DT_u8};
enum { N_TRIED = sizeof tried / sizeof *tried, MAX_PARAMS = 64 };

typedef struct Trial { KModule *m; const Decl *d; DType type; const char *fn, *red; int64_t konst; int rank; } Trial;

static SpmlCode try_kernel(const Trial *t, Error *err)
{
    KBindType types[MAX_PARAMS];
    KBindFn fns[MAX_PARAMS];
    KBindConst consts[MAX_PARAMS];
    KBindRank ranks[MAX_PARAMS];
    KirBinding b = {types, 0, fns, 0, consts, 0, ranks, 0, NULL, 0};
    const Decl *d = t->d;
    for (unsigned i = 0; i < d->n_tparams && i < MAX_PARAMS; i++) {
        const TParam *p = &d->tparams[i];
        if (p->kind == TP_TYPE && !p->dflt)
            types[b.n_types++] = (KBindType){p->name, t->type, NULL};
        else if (p->kind != TP_TYPE)
            fns[b.n_fns++] = (KBindFn){p->name, p->kind == TP_FN ? t->fn : t->red};
    }
    for (unsigned i = 0; i < d->n_params && b.n_ranks < MAX_PARAMS && b.n_consts < MAX_PARAMS; i++) {
        const Param *p = &d->params[i];
        if (p->pack)
            ranks[b.n_ranks++] = (KBindRank){p->name, t->rank};
        else if (p->kind == PK_CONST)
            consts[b.n_consts++] = (KBindConst){p->name, t->konst, false};
    }
    for (unsigned i = 0; i < d->n_dims && b.n_ranks < MAX_PARAMS; i++)
        if (d->dims[i].pack)
            ranks[b.n_ranks++] = (KBindRank){d->dims[i].name, t->rank};
    Arena a = {0};
    KirKernel *k;
    SpmlCode c = kir_instantiate(t->m, d->name, &b, &a, &k, err);
    if (!c)
        c = kir_verify(k, err);
    arena_free(&a);
    return c;
}

static SpmlCode try_fn(const Trial *t, Error *err)
{
    KBindType types[MAX_PARAMS];
    size_t n = 0;
    for (unsigned i = 0; i < t->d->n_tparams && n < MAX_PARAMS; i++)
        if (!t->d->tparams[i].dflt)
            types[n++] = (KBindType){t->d->tparams[i].name, t->type, NULL};
    Arena a = {0};
    KirKernel *k;
    SpmlCode c = kir_instantiate_fn(t->m, t->d->name, types, n, &a, &k, err);
    if (!c)
        c = kir_verify(k, err);
    arena_free(&a);
    return c;
}

static bool takes(const Decl *d, TParamKind kind)
{
    for (unsigned i = 0; i < d->n_tparams; i++)
        if (d->tparams[i].kind == kind)
            return true;
    return false;
}

/* One fn and reducer, all types; true: an instance was made, or memory ran out (then err says so). */
static bool try_types(Trial *t, Error *err, Error *first)
{
    bool plain = t->d->kind == D_FN && !t->d->n_tparams; /* nothing to vary */
    for (int i = 0; i < (plain ? 1 : N_TRIED); i++)
        for (int n = 1; n < (plain ? 2 : 3); n++) {
            Error e = {0};
            t->type = tried[i];
            t->konst = n - 1;
            t->rank = n;
            SpmlCode c = t->d->kind == D_FN ? try_fn(t, &e) : try_kernel(t, &e);
            if (c == SPML_RESOURCE)
                error_oom(err);
            if (!c || c == SPML_RESOURCE)
                return true;
            if (!error_is(first))
                *first = e;
        }
    return false;
}

/* Candidate i for a reducer parameter, NULL past the last. */
static const char *reducer_at(const KModule *m, size_t i)
{
    static const char *const built[] = {"sum", "any"};
    if (i < 2)
        return built[i];
    for (size_t n = 0, k = 2; n < m->n_decls; n++)
        if (m->decls[n]->kind == D_REDUCER && k++ == i)
            return m->decls[n]->name;
    return NULL;
}

static SpmlCode try_all(Trial *t, Error *err)
{
    Error first = {0};
    bool kernel = t->d->kind == D_KERNEL, reds = kernel && takes(t->d, TP_REDUCER), fns = kernel && takes(t->d, TP_FN);
    for (size_t r = 0; (t->red = reducer_at(t->m, r)) && (!r || reds); r++)
        for (size_t f = 0; !f || (fns && f < t->m->n_fns); f++) {
            t->fn = t->m->n_fns ? t->m->fns[f] : "abs";
            if (try_types(t, err, &first))
                return err->code;
        }
    *err = first;
    return first.code;
}

static bool takes_block(const Decl *d)
{
    for (unsigned i = 0; i < d->n_params; i++)
        if (d->params[i].type && d->params[i].type->kind == TREF_DECL && d->params[i].type->decl->kind == D_BLOCK)
            return true;
    return false;
}

SpmlCode kir_check_all(KModule *m, Error *err)
{
    Error own = {0};
    err = err ? err : &own;
    for (size_t i = 0; i < m->n_decls; i++) {
        Trial t = {.m = m, .d = m->decls[i]};
        bool alone = t.d->kind == D_KERNEL || (t.d->kind == D_FN && !takes_block(t.d)); /* others by their users */
        if (alone && try_all(&t, err))
            return err->code;
    }
    return SPML_OK;
}
