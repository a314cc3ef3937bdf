/* SPDX-License-Identifier: MIT
 * cpu: packing of 8-bit operands into panels of words (see ILevel): the bytes of a group of terms side by side, padding as the zero point, so that it
 * adds nothing once zero points are subtracted; the terms that fill the last group are packed as nothing at all. */
#include "backend/cpu/pack.h"
#include "base/uninit.h"

#include <string.h>

static int32_t byte_value(DType t, const uint8_t *p, int64_t i) { return t == DT_i8 ? (int8_t)p[i] : p[i]; }

void side_zero(const Side *s, const SideAt *at, int64_t l0, int64_t n, int32_t *dst)
{
    const int32_t moved = !s->flip ? 0 : s->op->type == DT_u8 ? -128 : 128;
    for (int64_t i = 0; i < n; i++)
        dst[i] = (s->zero->p ? byte_value(s->zero->type, s->zero->p, at->zero + walk_at(&s->zero_line, l0 + i).off) : 0) + moved;
}

void panel_sums(const uint32_t *panel, int64_t kc, int64_t ld, int n, bool is_signed, int32_t *sum)
{
    for (int64_t k = 0; k < kc; k++, panel += ld)
        for (int i = 0; i < n; i++) {
            const uint32_t w = panel[i];
            if (is_signed)
                sum[i] += (int8_t)w + (int8_t)(w >> 8) + (int8_t)(w >> 16) + (int8_t)(w >> 24);
            else
                sum[i] += (int32_t)((w & 255) + (w >> 8 & 255) + (w >> 16 & 255) + (w >> 24));
        }
}

/* One packing: what all its runs share. zero: of the lines, as in the file. */
typedef struct Words {
    const ULevel *u;
    const Side *s;
    const SideAt *at;
    PackScratch *t;
    int32_t zero[UK_MAX_NR];
    int64_t terms; /* of the sum */
} Words;

static uint8_t nothing(const Words *w) { return w->s->flip; } /* what a byte must be to be packed as 0 by a group of 4 */

/* ── runs of lines, term by term ── */

/* The bytes of one term over a run of m lines from line l of the panel: in place where they lie so, else in tmp. */
static const uint8_t *term_bytes(const Words *w, const WalkAt *run, int64_t k, int l, int m, uint8_t *tmp)
{
    const Side *s = w->s;
    const PackScratch *t = w->t;
    const int64_t step = walk_step(&s->line);
    const uint8_t *src = (const uint8_t *)s->op->p + (w->at->off + run->off + t->koff[k]);
    int lo = s->op->n_guards ? t->lo[k] : 0, hi = s->op->n_guards ? t->hi[k] : m;
    if (step == 1 && lo == 0 && hi == m)
        return src;
    hi = hi < lo ? lo : hi;
    for (int i = 0; i < lo; i++)
        tmp[i] = (uint8_t)w->zero[l + i];
    if (step == 1 && hi > lo)
        memcpy(tmp + lo, src + lo, (size_t)(hi - lo));
    else
        for (int i = lo; i < hi; i++)
            tmp[i] = src[i * step];
    for (int i = hi; i < m; i++)
        tmp[i] = (uint8_t)w->zero[l + i];
    return tmp;
}

/* A term beyond the sum. */
static const uint8_t *no_term(const Words *w, int l, int m, uint8_t *tmp)
{
    for (int i = 0; i < m; i++)
        tmp[i] = w->s->il->group == 4 ? nothing(w) : (uint8_t)w->zero[l + i];
    return tmp;
}

static void pack_run(const Words *w, const WalkAt *run, int64_t k0, int64_t kc, int l, int m, uint32_t *dst, int64_t ld)
{
    const Side *s = w->s;
    const int group = s->il->group;
    UNINIT uint8_t tmp[4][UK_MAX_NR];
    UNINIT int64_t pos[NEST_GUARDS];
    for (int g = 0; g < s->op->n_guards; g++)
        pos[g] = w->at->g[g] + run->g[g];
    if (s->op->n_guards)
        side_bounds(s, w->t, pos, m);
    for (int64_t k = 0; k < kc; k++) {
        const uint8_t *rows[4];
        for (int j = 0; j < group; j++) {
            const int64_t term = k * group + j;
            rows[j] = k0 * group + term < w->terms ? term_bytes(w, run, term, l, m, tmp[j]) : no_term(w, l, m, tmp[j]);
        }
        s->il->weave(dst + k * ld + l, rows, w->zero + l, s->op->type == DT_i8, s->flip, m);
    }
}

static void pack_lines(const Words *w, int64_t l0, int n, int64_t k0, int64_t kc, uint32_t *dst, int64_t ld)
{
    const int64_t first = k0 * w->s->il->group, left = w->terms - first, all = kc * w->s->il->group;
    side_terms(w->s, w->t, first, left < all ? left : all);
    for (int l = 0; l < n;) {
        const WalkAt run = walk_at(&w->s->line, l0 + l);
        const int m = run.left < n - l ? (int)run.left : n - l;
        pack_run(w, &run, k0, kc, l, m, dst, ld);
        l += m;
    }
}

/* ── runs of terms, line by line ── */

static void line_bytes(const Words *w, const WalkAt *line, int l, int64_t first, int64_t n, uint8_t *dst)
{
    const Side *s = w->s;
    const int64_t step = walk_step(&s->sum);
    for (int64_t k = 0; k < n;) {
        const WalkAt at = walk_at(&s->sum, first + k);
        const int64_t m = at.left < n - k ? at.left : n - k;
        int64_t lo = 0, hi = m;
        UNINIT int64_t pos[NEST_GUARDS];
        for (int g = 0; g < s->op->n_guards; g++)
            pos[g] = w->at->g[g] + line->g[g] + at.g[g];
        side_inside(s, pos, &s->sum, m, &lo, &hi);
        const uint8_t *src = (const uint8_t *)s->op->p + (w->at->off + line->off + at.off);
        memset(dst + k, w->zero[l], (size_t)m);
        if (step == 1 && lo < hi)
            memcpy(dst + k + lo, src + lo, (size_t)(hi - lo));
        else
            for (int64_t i = lo; i < hi; i++)
                dst[k + i] = src[i * step];
        k += m;
    }
}

/* The words of a line from its bytes. */
static void line_words(const Words *w, int l, const uint8_t *bytes, int64_t kc, uint32_t *dst)
{
    const Side *s = w->s;
    if (s->il->group == 4) {
        memcpy(dst, bytes, (size_t)kc * 4);
        for (int64_t k = 0; s->flip && k < kc; k++)
            dst[k] ^= s->flip * 0x01010101u;
        return;
    }
    for (int64_t k = 0; k < kc; k++) {
        const int32_t a = byte_value(s->op->type, bytes, 2 * k) - w->zero[l], b = byte_value(s->op->type, bytes, 2 * k + 1) - w->zero[l];
        dst[k] = ((uint32_t)a & 0xffff) | (uint32_t)b << 16;
    }
}

static void pack_terms(const Words *w, int64_t l0, int n, int64_t k0, int64_t kc, uint32_t *dst, int64_t ld)
{
    const int group = w->s->il->group;
    const int64_t first = k0 * group, all = kc * group, given = w->terms - first < all ? w->terms - first : all;
    UNINIT uint8_t bytes[PACK_TERMS * 4];
    UNINIT const float *rows[UK_MAX_NR];
    for (int i = 0; i < n; i++) {
        const WalkAt line = walk_at(&w->s->line, l0 + i);
        uint32_t *words = (uint32_t *)(void *)(w->t->rows + i * kc);
        line_bytes(w, &line, i, first, given, bytes);
        memset(bytes + given, group == 4 ? nothing(w) : w->zero[i], (size_t)(all - given));
        line_words(w, i, bytes, kc, words);
        rows[i] = (const float *)(const void *)words;
    }
    w->u->transpose((float *)(void *)dst, ld, rows, n, kc); /* moves bits */
}

void side_pack_words(const ULevel *u, const Side *s, const SideAt *at, int64_t l0, int n, int64_t k0, int64_t kc, PackScratch *t, uint32_t *dst, int64_t ld)
{
    const int64_t most = s->by_terms ? PACK_TERMS : PACK_TERMS / s->il->group;
    UNINIT Words w;
    w.u = u, w.s = s, w.at = at, w.t = t, w.terms = s->sum.count;
    for (int i = 0; i < n; i++)
        w.zero[i] = s->zero->p ? byte_value(s->zero->type, s->zero->p, at->zero + walk_at(&s->zero_line, l0 + i).off) : 0;
    for (int64_t k = 0; k < kc; k += most)
        (s->by_terms ? pack_terms : pack_lines)(&w, l0, n, k0 + k, kc - k < most ? kc - k : most, dst + k * ld, ld);
}
