/* SPDX-License-Identifier: MIT
 * kir: which form of a contraction a target gets: the rows of variants.def, tried in order. Takes an unscheduled kernel, gives the scheduled copy of the first form
 * that takes it; knows no language's text. */
#include "kir/core.h"
#include "kir/target.h"

static const KirVariant rows[] = {
#define VARIANT(name, languages, lanes, simd, sm, caps, items, form, ...) {name, languages, lanes, simd, sm, caps, items, {form, __VA_ARGS__, simd}},
#include "kir/variants.def"
#undef VARIANT
};

const KirVariant *kir_variants(size_t *n)
{
    *n = sizeof rows / sizeof *rows;
    return rows;
}

bool kir_variant_fits(const KirVariant *v, const KirTarget *t, int64_t items)
{
    return v->languages >> t->language & 1 && (!v->lanes || v->lanes == t->lanes) && v->simd == (v->lanes == 1 ? t->simd : 0) && t->sm >= v->sm && (t->caps & v->caps) == v->caps &&
        items >= v->items * v->items;
}

/* A dot in the items of the top level: what all forms need. */
static bool holds_dot(const KirKernel *k)
{
    const KInst *top = k->body->n ? k->body->inst[k->body->n - 1] : NULL;
    for (size_t n = 0; top && top->op == K_each && n < top->blocks[0]->n; n++)
        if (top->blocks[0]->inst[n]->op == K_dot)
            return true;
    return false;
}

SpmlCode kir_schedule_as(const KirKernel *k, const KirVariant *v, const KirTarget *t, const KirLaunch *like, Arena *a, KirKernel **out, Error *err)
{
    return v->tile.form >= KFORM_PIPE ? kir_schedule_mma(k, &v->tile, t, like, a, out, err) : kir_schedule_dot(k, &v->tile, a, out, err);
}

SpmlCode kir_schedule_variant(const KirKernel *k, const KirTarget *t, const KirLaunch *like, Arena *a, KirKernel **out, Error *err)
{
    const int64_t items = like ? kir_top_items(k, like) : INT64_MAX;
    SpmlCode code = SPML_NO;
    const bool any = holds_dot(k);
    for (size_t i = 0; any && i < sizeof rows / sizeof *rows && code == SPML_NO; i++)
        if (kir_variant_fits(&rows[i], t, items))
            code = kir_schedule_as(k, &rows[i], t, like, a, out, err);
    return code;
}
