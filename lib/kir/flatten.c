/* SPDX-License-Identifier: MIT
 * kir: a launch over fewer and longer axes. Takes an unscheduled kernel (once) and a bound launch, gives a launch of the same kernel in which axes that every operand
 * steps through as one are one: of [64, 55, 55] in one piece it makes [1, 1, 193600]. Words of the parameter block change, texts do not. Neither the elements that
 * are read and written nor what is calculated from them changes; items only get other numbers. An axis can take part if it runs from 0 to a symbol that nothing
 * else uses and its index is used in indices of operands alone. */
#include "kir/core.h"
#include "kir/target.h"

#include "base/span.h"

enum { MAX_ACCESSES = 24 };

typedef struct Axis { KReg index; KReg lo, hi; uint32_t sym; bool top; } Axis; /* top: it may be merged */
struct KirFlat {
    const KirKernel *k;
    KInst **defs;
    uint8_t *taint;      /* [n_regs]: 1: follows from the axis under test */
    Axis axis[KIR_MAX_AXES];
    size_t n_axes;
    const KInst *access[MAX_ACCESSES];
    size_t n_accesses;
    bool ok;
};

/* ── once a kernel ── */

static bool index_op(const KInst *i)
{
    return i->type == DT_i64 && (i->op == K_add || i->op == K_sub || i->op == K_mul || i->op == K_move || i->op == K_neg);
}

static void note_axes(KirFlat *f, const KInst *i)
{
    for (unsigned a = 0; a < i->n_axes; a++) {
        f->ok &= f->n_axes < KIR_MAX_AXES && !i->axes[a].bound;
        if (f->ok)
            f->axis[f->n_axes++] = (Axis){i->axes[a].index, i->axes[a].lo, i->axes[a].hi, 0, false};
    }
}

static void note(KirFlat *f, const KBlock *b)
{
    for (size_t n = 0; n < b->n && f->ok; n++) {
        const KInst *i = b->inst[n];
        const bool access = i->op == K_load || i->op == K_store;
        note_axes(f, i);
        f->ok &= i->op != K_scatter && i->op != K_extent && i->op != K_scan && i->op != K_group && !(access && i->field);
        if (access && i->id < f->k->n_operands) {
            f->ok &= f->n_accesses < MAX_ACCESSES;
            if (f->ok)
                f->access[f->n_accesses++] = i;
        }
        for (size_t x = 0; kir_sub_block(i, x); x++)
            note(f, kir_sub_block(i, x));
    }
}

/* How often register r is used in b; taints what follows from tainted registers, and counts *bad where such a one is more than an index. */
static size_t spread(KirFlat *f, const KBlock *b, KReg r, size_t *bad)
{
    size_t uses = 0;
    for (size_t n = 0; n < b->n; n++) {
        const KInst *i = b->inst[n];
        const bool access = (i->op == K_load || i->op == K_store) && i->id < f->k->n_operands;
        for (unsigned a = 0; a < i->n_args; a++) {
            const bool tainted = f->taint[i->args[a]];
            uses += i->args[a] == r;
            if (tainted && index_op(i) && !f->k->regs[i->dst[0]].var)
                f->taint[i->dst[0]] = 1;
            else
                *bad += tainted && !(access && a < f->k->mems[i->id].rank);
        }
        for (unsigned a = 0; a < i->n_axes; a++) {
            uses += (i->axes[a].lo == r) + (i->axes[a].hi == r);
            *bad += f->taint[i->axes[a].lo] || f->taint[i->axes[a].hi];
        }
        for (size_t x = 0; kir_sub_block(i, x); x++)
            uses += spread(f, kir_sub_block(i, x), r, bad);
    }
    for (unsigned y = 0; y < b->n_yield; y++) {
        uses += b->yield[y] == r;
        *bad += f->taint[b->yield[y]];
    }
    return uses;
}

static bool mergeable_axis(KirFlat *f, Axis *x)
{
    const KInst *lo = f->defs[x->lo], *hi = f->defs[x->hi];
    size_t bad = 0;
    if (!lo || lo->op != K_const || lo->bits || !hi || hi->op != K_sym || f->k->syms[hi->id].kind != KSYM_DIM)
        return false;
    for (size_t r = 0; r < f->k->n_regs; r++) {
        f->taint[r] = r == x->index;
        bad += f->defs[r] && f->defs[r] != hi && f->defs[r]->op == K_sym && f->defs[r]->id == hi->id;
    }
    x->sym = hi->id;
    return !bad && spread(f, f->k->body, x->hi, &bad) == 1 && !bad;
}

KirFlat *kir_flat_new(const KirKernel *k, Arena *a)
{
    KirFlat *f = arena_new(a, KirFlat);
    const KInst *top = k->body->n ? k->body->inst[k->body->n - 1] : NULL;
    if (!f || k->scheduled || !top || top->op != K_each)
        return NULL;
    f->k = k;
    f->ok = true;
    f->defs = kir_defs(k, a);
    f->taint = arena_array(a, uint8_t, k->n_regs);
    if (!f->defs || !f->taint)
        return NULL;
    note(f, k->body); /* the top level's axes come first */
    size_t able = 0;
    for (unsigned x = 0; f->ok && x < top->n_axes; x++)
        able += f->axis[x].top = mergeable_axis(f, &f->axis[x]);
    return f->ok && able > 1 ? f : NULL;
}

/* ── every launch ── */

typedef struct Form { int64_t coef[KIR_MAX_AXES], c0; } Form;
typedef struct Flatten {
    const KirFlat *f;
    KirLaunch *l;
    int64_t extent[KIR_MAX_AXES];
    Form form[MAX_ACCESSES][4];  /* of the last dimensions */
    unsigned first[MAX_ACCESSES]; /* dimension of form[…][0] */
} Flatten;

/* The dimension of access i whose index is axis x itself, as far as other axes have more than one item. −1: none; −2: x is used otherwise. */
static int dimension(const Flatten *p, size_t i, size_t x)
{
    const unsigned rank = p->f->k->mems[p->f->access[i]->id].rank;
    int found = -1;
    for (unsigned d = p->first[i]; d < rank; d++) {
        const Form *m = &p->form[i][d - p->first[i]];
        if (!m->coef[x])
            continue;
        if (found != -1 || m->coef[x] != 1 || m->c0)
            return -2;
        for (size_t o = 0; o < p->f->n_axes; o++)
            if (o != x && m->coef[o] && p->extent[o] != 1)
                return -2;
        found = (int)d;
    }
    return found;
}

/* Do all accesses step through axes a and t, extents ea and et, as through one? */
static bool as_one(const Flatten *p, size_t a, size_t t)
{
    for (size_t i = 0; i < p->f->n_accesses; i++) {
        const int da = dimension(p, i, a), dt = dimension(p, i, t);
        const uint32_t id = p->f->access[i]->id;
        const KirView *v = &p->l->view[id];
        int64_t step;
        if (da == -1 && dt == -1) { /* another access of the same operand may: then its view cannot change */
            for (size_t o = 0; o < p->f->n_accesses; o++)
                if (p->f->access[o]->id == id && (dimension(p, o, a) >= 0 || dimension(p, o, t) >= 0))
                    return false;
            continue;
        }
        if (da < 0 || dt < 0 || da == dt || v->dim[da] < p->extent[a] || v->dim[dt] < p->extent[t])
            return false;
        if (!i64_mul(v->stride[dt], p->extent[t], &step) || step != v->stride[da])
            return false;
        for (size_t o = 0; o < i; o++)
            if (p->f->access[o]->id == id && (dimension(p, o, a) != da || dimension(p, o, t) != dt))
                return false;
    }
    return true;
}

static void merge(Flatten *p, size_t a, size_t t)
{
    const int64_t n = p->extent[a] * p->extent[t];
    for (size_t i = 0; i < p->f->n_accesses; i++) {
        const int da = dimension(p, i, a), dt = dimension(p, i, t);
        KirView *v = &p->l->view[p->f->access[i]->id];
        if (da < 0)
            continue;
        v->dim[da] = 1;
        v->dim[dt] = n;
    }
    p->l->sym[p->f->axis[a].sym] = 1;
    p->l->sym[p->f->axis[t].sym] = (uint64_t)n;
    p->extent[a] = 1;
    p->extent[t] = n;
}

/* Extents of all axes, and every index as a form over them; false: one is none. */
static bool measure(Flatten *p)
{
    const KirFlat *f = p->f;
    KReg index[KIR_MAX_AXES];
    for (size_t x = 0; x < f->n_axes; x++) {
        int64_t lo, hi;
        if (!kir_affine_in(f->k, p->l, f->defs, f->axis[x].lo, NULL, 0, NULL, &lo) || !kir_affine_in(f->k, p->l, f->defs, f->axis[x].hi, NULL, 0, NULL, &hi))
            return false;
        p->extent[x] = lo == 0 ? hi : 2; /* an only index that is not 0 counts as many */
        index[x] = f->axis[x].index;
    }
    for (size_t i = 0; i < f->n_accesses; i++) {
        const KInst *at = f->access[i];
        const unsigned rank = f->k->mems[at->id].rank;
        p->first[i] = rank > 4 ? rank - 4 : 0;
        for (unsigned d = 0; d < rank; d++) {
            Form m;
            if (!kir_affine_in(f->k, p->l, f->defs, at->args[d], index, f->n_axes, m.coef, &m.c0))
                return false;
            for (size_t x = 0; d < p->first[i] && x < f->n_axes; x++)
                if (m.coef[x] && f->axis[x].top && p->extent[x] != 1)
                    return false;
            if (d >= p->first[i])
                p->form[i][d - p->first[i]] = m;
        }
    }
    return true;
}

bool kir_flatten(const KirFlat *f, const KirLaunch *l, KirLaunch *out)
{
    Flatten p = {.f = f, .l = out};
    bool any = false;
    kir_launch_copy(out, l, f->k->n_operands);
    if (!measure(&p))
        return false;
    for (size_t t = f->n_axes; t-- > 1;)
        for (size_t a = t; f->axis[t].top && a-- > 0;)
            if (f->axis[a].top && p.extent[a] > 1 && p.extent[t] > 0 && p.extent[a] <= INT64_MAX / p.extent[t] && as_one(&p, a, t)) {
                merge(&p, a, t);
                any = true;
            }
    return any;
}
