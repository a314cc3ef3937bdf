/* SPDX-License-Identifier: MIT
 * kir: what all other machines share about a launch: the parameter block, facts about strides, the number of items. Takes a kernel and a bound
 * launch, gives words; knows no language. */
#include "kir/target.h"

#include "base/span.h"
#include "kir/core.h"

#include <string.h>

static const char *const cap_names[KIR_CAP_COUNT] = {
#define X(name) #name,
    KIR_CAPS(X)
#undef X
};

const char *kir_cap_name(KirCap c) { return c < KIR_CAP_COUNT ? cap_names[c] : "?"; }

uint32_t kir_cap_find(const char *name, size_t n)
{
    for (unsigned c = 0; c < KIR_CAP_COUNT; c++)
        if (strlen(cap_names[c]) == n && !memcmp(cap_names[c], name, n))
            return 1u << c;
    return 0;
}

/* ── the parameter block ── */

uint32_t kir_word_base(const KirKernel *k, uint32_t operand)
{
    uint32_t w = 1;
    for (uint32_t m = 0; m < operand; m++)
        w += 1 + 2u * k->mems[m].rank;
    return w;
}

uint32_t kir_word_sym(const KirKernel *k, uint32_t sym) { return kir_word_base(k, (uint32_t)k->n_operands) + sym; }
uint32_t kir_words(const KirKernel *k) { return kir_word_sym(k, (uint32_t)k->n_syms); }

void kir_fill_words(const KirKernel *k, const KirLaunch *l, const uint64_t *base, uint64_t *words)
{
    uint64_t *w = words;
    *w++ = (uint64_t)kir_top_items(k, l);
    for (size_t m = 0; m < k->n_operands; m++) {
        const KirView *v = &l->view[m];
        *w++ = base[m];
        for (unsigned d = 0; d < k->mems[m].rank; d++)
            *w++ = (uint64_t)v->dim[d];
        for (unsigned d = 0; d < k->mems[m].rank; d++)
            *w++ = (uint64_t)v->stride[d];
    }
    memcpy(w, l->sym, k->n_syms * sizeof *w);
}

/* ── facts ── */

enum { SMALL = INT32_MAX - (1 << 16) }; /* room for a tile beyond the end */

/* The least and greatest element offset of a view fit 31 bits, the extents too. */
static bool is_small(const KirView *v)
{
    int64_t lo = 0, hi = 0, reach;
    for (int d = 0; d < v->rank; d++) {
        if (v->dim[d] > SMALL || !i64_mul(v->dim[d] > 0 ? v->dim[d] - 1 : 0, v->stride[d], &reach))
            return false;
        if (reach > SMALL || reach < -SMALL)
            return false;
        lo += reach < 0 ? reach : 0;
        hi += reach > 0 ? reach : 0;
    }
    return hi <= SMALL && lo >= -SMALL;
}

/* Every row of elements along a dimension of stride 1, whichever that is, starts at a multiple of 16 bytes. */
static bool is_aligned(const KirView *v, unsigned bytes)
{
    bool all = (uintptr_t)v->p % 16 == 0, moves = false;
    int rows = 0;
    for (int d = 0; d < v->rank; d++) {
        all &= v->stride[d] == 1 || v->dim[d] == 1 || v->stride[d] % (int64_t)(16 / bytes) == 0;
        rows += v->stride[d] == 1;
        moves |= v->stride[d] == 1 && v->dim[d] != 1;
    }
    return all && !(rows > 1 && moves);
}

/* Sides of windows: what bounds an axis of a dot or reduction, but for its first axis. */
static void window_facts(const KirKernel *k, KInst *const *defs, const KBlock *b, const KirLaunch *l, KirFacts *out)
{
    for (size_t n = 0; n < b->n; n++) {
        const KInst *i = b->inst[n];
        for (unsigned a = 1; a < i->n_axes && (i->op == K_dot || i->op == K_reduce); a++) {
            const KInst *hi = defs[i->axes[a].hi];
            if (hi && hi->op == K_sym && hi->id < KIR_FACT_SYMS && l->sym[hi->id] >= 1 && l->sym[hi->id] <= KIR_FACT_WINDOW)
                out->sym[hi->id] = (uint8_t)l->sym[hi->id];
        }
        for (size_t x = 0; kir_sub_block(i, x); x++)
            window_facts(k, defs, kir_sub_block(i, x), l, out);
    }
}

void kir_facts(const KirKernel *k, const KirLaunch *l, KirFacts *out)
{
    memset(out, 0, sizeof *out);
    out->small = kir_top_items(k, l) <= SMALL;
    for (size_t m = 0; m < k->n_operands; m++) {
        const KirView *v = &l->view[m];
        out->small &= is_small(v);
        if (k->copied >> m & 1)
            out->aligned |= (uint32_t)is_aligned(v, dtype_info[k->mems[m].type].bytes) << m;
        for (int d = 0; d < v->rank; d++)
            out->stride[m] |= (v->stride[d] == 0 ? (uint32_t)KFACT_ZERO : v->stride[d] == 1 ? (uint32_t)KFACT_ONE : (uint32_t)KFACT_ANY) << 2 * d;
    }
    if (k->group_size == 1 && k->source) {
        Arena scratch = {0};
        KInst **defs = kir_defs(k->source, &scratch);
        if (defs)
            window_facts(k->source, defs, k->source->body, l, out);
        arena_free(&scratch);
    }
}

/* ── the top level ── */

int64_t kir_top_items(const KirKernel *k, const KirLaunch *l)
{
    const KInst *top = k->body->n ? k->body->inst[k->body->n - 1] : NULL;
    Arena scratch = {0};
    KInst **defs = kir_defs(k, &scratch); /* once a launch: it walks the whole kernel */
    int64_t n = defs ? 1 : 0;
    for (int i = 0; defs && top && i < top->n_axes; i++) {
        int64_t lo = 0, hi = 0, by = 1;
        kir_affine_in(k, l, defs, top->axes[i].lo, NULL, 0, NULL, &lo);
        kir_affine_in(k, l, defs, top->axes[i].hi, NULL, 0, NULL, &hi);
        if (top->axes[i].by)
            kir_affine_in(k, l, defs, top->axes[i].by, NULL, 0, NULL, &by);
        n *= hi > lo ? (hi - lo + by - 1) / by : 0;
    }
    arena_free(&scratch);
    return n;
}

/* ── shared memory ── */

int64_t kir_shared_bytes(const KirKernel *k, const KirLaunch *l)
{
    int64_t all = 0;
    for (size_t m = k->n_operands; m < k->n_mems; m++) {
        const KMem *s = &k->mems[m];
        int64_t n = dtype_info[s->type].bytes, dim;
        if ((s->kind != KMEM_SHARED && s->kind != KMEM_TILE) || s->over)
            continue;
        for (unsigned d = 0; d < s->rank; d++) {
            if (s->const_dims && s->const_dims[d] >= 0)
                dim = s->const_dims[d];
            else if (!s->dims || !l || !kir_affine(k, l, s->dims[d], NULL, 0, NULL, &dim))
                return -1;
            if (!i64_mul(n, dim, &n))
                return -1;
        }
        all += n ? (n + 15) & ~(int64_t)15 : 16; /* no driver takes none */
    }
    return all;
}
