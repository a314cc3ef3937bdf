/* SPDX-License-Identifier: MIT
 * kir: binding arguments: dimensions of the operands are solved where an expression has one unknown symbol, exactly, and
 * compared otherwise; then bind_range.c checks the accesses. Takes views, scalars and open constants; gives the launch's
 * symbols. Errors are the `launch:` texts of kernel-language.md section 11. */
#include "kir/core.h"

#include <inttypes.h>

typedef struct Bind { const KirKernel *k; KirLaunch *l; Error *err; bool known[64]; } Bind;

static SpmlCode refuse(const Bind *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static SpmlCode refuse(const Bind *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    kir_error(b->err, SPML_UNSUPPORTED, "launch", b->k, NULL, "launch: ", fmt, ap);
    va_end(ap);
    return SPML_UNSUPPORTED;
}

static int unknowns(const Bind *b, const KDim *d) /* occurrences of symbols without a value */
{
    if (d->kind == KDIM_CONST)
        return 0;
    return d->kind == KDIM_SYM ? !b->known[d->sym] : unknowns(b, d->a) + unknowns(b, d->b);
}

static bool value(const Bind *b, const KDim *d, int64_t *out)
{
    int64_t x, y;
    if (d->kind == KDIM_CONST || d->kind == KDIM_SYM) {
        *out = d->kind == KDIM_CONST ? d->value : (int64_t)b->l->sym[d->sym];
        return true;
    }
    if (!value(b, d->a, &x) || !value(b, d->b, &y))
        return false;
    switch (d->kind) {
    case KDIM_ADD: return !__builtin_add_overflow(x, y, out);
    case KDIM_SUB: return !__builtin_sub_overflow(x, y, out);
    case KDIM_MUL: return !__builtin_mul_overflow(x, y, out);
    default: *out = y ? x / y : 0; return y != -1 || x != INT64_MIN;
    }
}

typedef enum Solve { SOLVED, LATER, NO_SOLUTION } Solve;

/* d has one unknown and must become v. Division loses its remainder, so it is undone only when nothing else helps. */
static Solve solve(Bind *b, const KDim *d, int64_t v, bool through_div)
{
    if (d->kind == KDIM_SYM) {
        b->l->sym[d->sym] = (uint64_t)v;
        b->known[d->sym] = true;
        return SOLVED;
    }
    bool left = unknowns(b, d->a) != 0;
    const KDim *open = left ? d->a : d->b;
    int64_t other, want;
    if (!value(b, left ? d->b : d->a, &other))
        return NO_SOLUTION;
    switch (d->kind) {
    case KDIM_ADD: return __builtin_sub_overflow(v, other, &want) ? NO_SOLUTION : solve(b, open, want, through_div);
    case KDIM_SUB:
        if (left ? __builtin_add_overflow(v, other, &want) : __builtin_sub_overflow(other, v, &want))
            return NO_SOLUTION;
        return solve(b, open, want, through_div);
    case KDIM_MUL:
        if (other == 0)
            return v == 0 ? LATER : NO_SOLUTION;
        return other == -1 || v % other ? NO_SOLUTION : solve(b, open, v / other, through_div);
    default:
        if (!through_div || !left)
            return LATER;
        return __builtin_mul_overflow(v, other, &want) ? NO_SOLUTION : solve(b, open, want, through_div);
    }
}

static SpmlCode mismatch(const Bind *b, size_t operand, const KDim *d, int64_t has)
{
    Text t = {0};
    int64_t is;
    kir_dim_print(b->k, d, &t);
    const char *name = b->k->mems[operand].name, *text = t.p ? t.p : "";
    SpmlCode c = unknowns(b, d) || !value(b, d, &is) ? refuse(b, "%s: %s cannot be %" PRId64, name, text, has)
                                                     : refuse(b, "%s: %s is %" PRId64 ", the argument has %" PRId64, name, text, is, has);
    text_free(&t);
    return c;
}

static SpmlCode sweep(Bind *b, bool through_div, bool *progress)
{
    *progress = false;
    for (size_t o = 0; o < b->k->n_operands; o++)
        for (int d = 0; d < b->k->mems[o].rank; d++) {
            const KDim *dim = &b->k->dims[o][d];
            if (unknowns(b, dim) != 1)
                continue;
            Solve s = solve(b, dim, b->l->view[o].dim[d], through_div);
            if (s == NO_SOLUTION)
                return mismatch(b, o, dim, b->l->view[o].dim[d]);
            *progress |= s == SOLVED;
            if (s == SOLVED && through_div)
                return SPML_OK; /* first try what this one made known */
        }
    return SPML_OK;
}

static SpmlCode solve_all(Bind *b)
{
    bool progress = true, through_div = false;
    while (progress || !through_div) {
        through_div = !progress;
        if (sweep(b, through_div, &progress))
            return SPML_UNSUPPORTED;
    }
    return SPML_OK;
}

static SpmlCode compare_all(Bind *b)
{
    for (size_t o = 0; o < b->k->n_operands; o++)
        for (int d = 0; d < b->k->mems[o].rank; d++) {
            const KDim *dim = &b->k->dims[o][d];
            int64_t v;
            if (unknowns(b, dim)) {
                Text t = {0};
                kir_dim_print(b->k, dim, &t);
                refuse(b, "cannot solve %s from the arguments", t.p ? t.p : "");
                text_free(&t);
                return SPML_UNSUPPORTED;
            }
            if (!value(b, dim, &v) || v != b->l->view[o].dim[d])
                return mismatch(b, o, dim, b->l->view[o].dim[d]);
        }
    for (size_t s = 0; s < b->k->n_syms; s++) {
        if (!b->known[s])
            return refuse(b, "cannot solve %s from the arguments", b->k->syms[s].name);
        if (b->k->syms[s].kind == KSYM_DIM && (int64_t)b->l->sym[s] < 0)
            return refuse(b, "%s is %" PRId64, b->k->syms[s].name, (int64_t)b->l->sym[s]);
    }
    return SPML_OK;
}

static SpmlCode check_views(const Bind *b)
{
    if (b->k->n_syms > sizeof b->known || b->k->n_operands > KIR_MAX_OPERANDS)
        return refuse(b, "%zu symbols, %zu operands", b->k->n_syms, b->k->n_operands);
    for (size_t o = 0; o < b->k->n_operands; o++) {
        const KMem *m = &b->k->mems[o];
        const KirView *v = &b->l->view[o];
        if (v->rank != m->rank)
            return refuse(b, "%s has %d dimensions, the argument has %d", m->name, m->rank, v->rank);
        bool empty = false;
        for (int d = 0; d < v->rank; d++)
            empty |= v->dim[d] == 0;
        for (int d = 0; d < v->rank; d++) {
            if (v->dim[d] < 0)
                return refuse(b, "%s: dimension %d is %" PRId64, m->name, d, v->dim[d]);
            if (m->kind != KMEM_IN && v->stride[d] == 0 && v->dim[d] > 1 && !empty)
                return refuse(b, "%s: only an in can be broadcast", m->name);
        }
    }
    return SPML_OK;
}

SpmlCode kir_bind(const KirKernel *k, KirLaunch *l, Error *err)
{
    Bind b = {.k = k, .l = l, .err = err};
    SpmlCode c = check_views(&b);
    for (size_t s = 0; !c && s < k->n_syms; s++)
        b.known[s] = k->syms[s].kind != KSYM_DIM;
    if (!c)
        c = solve_all(&b);
    if (!c)
        c = compare_all(&b);
    return c ? c : kir_check_ranges(k->source ? k->source : k, l, err);
}
