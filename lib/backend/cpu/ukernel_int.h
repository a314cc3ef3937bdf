/* SPDX-License-Identifier: MIT
 * cpu: the integer micro-kernels, written once. The including file defines the words (vi, vi_zero vi_set1 vi_load vi_store vi_loadm vi_storem
 * vi_shl vi_add vi_sub and what ukernel_bytes.h asks for), vm_range, VW, MR and ROWS as for ukernel_impl.h, IGROUP and vi_dot(acc, r, c): acc + Σ of the products of the
 * IGROUP parts of a word of rows and one of columns; with IGROUP 4 also ISUMS (see ILevel.sums). With IGROUP 4 the parts are bytes, those of rows unsigned and those of columns signed; vi_dot_swapped is the other way round.
 * With IGROUP 2 they are signed halves. Sums wrap, so their order does not matter. */
#include "backend/cpu/ukernel_bytes.h"

#if IGROUP == 2
#define vi_dot_swapped(acc, r, c) vi_dot(acc, r, c) /* never asked for */
#endif

/* mr, nv and swapped are constants in every instance. */
static inline __attribute__((always_inline)) void itile(const int mr, const int nv, const bool swapped, const UTile *t)
{
    const vm m0 = vm_range(0, nv > 1 ? VW : t->n), m1 = vm_range(0, t->n - VW);
    const uint32_t *a = (const void *)t->a, *b = (const void *)t->b;
    int32_t *c = (int32_t *)(void *)t->c;
    const int64_t ldb = t->ldb, next_step = t->next ? t->next_step : 0;
    const char *next = t->next ? t->next : (const char *)a;
#define IDECLARE(i) vi x##i = vi_zero(), y##i = vi_zero();
    ROWS(IDECLARE)
#define ISTART(i) \
    if (mr > i) { \
        x##i = vi_loadm(c + i * t->crs, m0); \
        if (nv > 1) \
            y##i = vi_loadm(c + i * t->crs + VW, m1); \
    }
    if (t->init.p) {
        ROWS(ISTART)
    }
    for (int64_t k = t->kc; k > 0; k--) {
        const vi b0 = vi_load(b), b1 = nv > 1 ? vi_load(b + VW) : b0;
        b += ldb;
        __builtin_prefetch(next, 0, 2);
        next += next_step;
#define ISTEP(i) \
    if (mr > i) { \
        const vi s = vi_set1(a[i]); \
        x##i = swapped ? vi_dot_swapped(x##i, s, b0) : vi_dot(x##i, s, b0); \
        if (nv > 1) \
            y##i = swapped ? vi_dot_swapped(y##i, s, b1) : vi_dot(y##i, s, b1); \
    }
        ROWS(ISTEP)
        a += mr;
    }
#define ISTORE(i) \
    if (mr > i) { \
        vi_storem(c + i * t->crs, m0, x##i); \
        if (nv > 1) \
            vi_storem(c + i * t->crs + VW, m1, y##i); \
    }
    ROWS(ISTORE)
}

#define IHALF(i) static void itile_half_##i(const UTile *t) { itile(i + 1, 1, false, t); }
#define IFULL(i) static void itile_full_##i(const UTile *t) { itile(i + 1, 2, false, t); }
#define INAME_HALF(i) itile_half_##i,
#define INAME_FULL(i) itile_full_##i,
#if IGROUP == 4
#define ISWAPPED_HALF(i) static void iswapped_half_##i(const UTile *t) { itile(i + 1, 1, true, t); }
#define ISWAPPED_FULL(i) static void iswapped_full_##i(const UTile *t) { itile(i + 1, 2, true, t); }
#define INAME_SWAPPED_HALF(i) iswapped_half_##i,
#define INAME_SWAPPED_FULL(i) iswapped_full_##i,
#else
#define ISWAPPED_HALF(i)
#define ISWAPPED_FULL(i)
#define INAME_SWAPPED_HALF(i) itile_half_##i,
#define INAME_SWAPPED_FULL(i) itile_full_##i,
#endif
ROWS(IHALF)
ROWS(IFULL)
ROWS(ISWAPPED_HALF)
ROWS(ISWAPPED_FULL)

const ILevel ILEVEL_NAME = {
    .level = ILEVEL,
    .group = IGROUP,
    .gemm = {{{ROWS(INAME_HALF)}, {ROWS(INAME_FULL)}}, {{ROWS(INAME_SWAPPED_HALF)}, {ROWS(INAME_SWAPPED_FULL)}}},
    .depth = 1,
    .weave = iweave,
#ifdef ISUMS
    .sums = {ISUMS, ISUMS},
#endif
    .store = istore,
};
