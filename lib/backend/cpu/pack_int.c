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
    for (int64_t i = 0, m; i < n; i += m) {
        const WalkAt w = s->zero->p ? walk_at(&s->zero_line, l0 + i) : (WalkAt){.left = n};
        m = w.left < n - i ? w.left : n - i;
        for (int64_t j = 0; j < m; j++)
            dst[i + j] = (s->zero->p ? byte_value(s->zero->type, s->zero->p, at->zero + w.off + j * walk_step(&s->zero_line)) : 0) + moved;
    }
}

static int64_t min_words(int64_t a, int64_t b) { return a < b ? a : b; }

/* One packing: what all its runs share. zero: of the lines, as in the file. */
typedef struct Words {
    const ULevel *u;
    const Side *s;
    const SideAt *at;
    PackScratch *t;
    int32_t zero[UK_MAX_NR];
    int64_t terms; /* of the sum */
} Words;

/* What a byte beyond the sum is packed from, to add nothing to any product: 0 as the micro-kernel sees it. */
static uint8_t nothing(const Words *w, int l) { return w->s->il->group == 4 ? w->s->flip : (uint8_t)w->zero[l]; }

/* ── runs of lines, term by term ── */

/* Terms that continue each other, over a run of lines: all inside the guards for the lines lo ≤ i < hi. */
typedef struct TermRun { const uint8_t *src; int64_t left, lo, hi; } TermRun;

static TermRun term_run(const Words *w, const WalkAt *line, int64_t term, int m)
{
    const Side *s = w->s;
    const WalkAt at = walk_at(&s->sum, term);
    TermRun r = {(const uint8_t *)s->op->p + (w->at->off + line->off + at.off), at.left, 0, m};
    UNINIT int64_t pos[NEST_GUARDS];
    for (int g = 0; g < s->op->n_guards; g++)
        pos[g] = w->at->g[g] + line->g[g] + at.g[g];
    if (s->op->n_guards)
        side_inside(s, pos, &s->line, m, &r.lo, &r.hi);
    return r;
}

/* A word whose terms do not continue each other. */
static void mixed_word(const Words *w, const WalkAt *line, int64_t term, int64_t terms, int l, int m, const IWeave *to)
{
    UNINIT uint8_t bytes[4 * UK_MAX_NR];
    const int64_t step = walk_step(&w->s->line);
    for (int j = 0; j < terms && j < w->s->il->group; j++) {
        const TermRun r = term_run(w, line, term + j, m);
        for (int i = 0; i < m; i++)
            bytes[j * UK_MAX_NR + i] = i >= r.lo && i < r.hi ? r.src[i * step] : (uint8_t)w->zero[l + i];
    }
    IWeave one = *to;
    one.words = 1, one.src = bytes, one.term_step = UK_MAX_NR, one.step = 1, one.lo = 0, one.hi = m, one.terms = (int)min_words(terms, w->s->il->group);
    w->s->il->weave(&one);
}

/* Words of one tap: `terms` of them from `term`, in at most kc words, to v->dst. */
static void pack_tap(const Words *w, const WalkAt *line, int64_t term, int64_t terms, int64_t kc, int l, int m, IWeave *v)
{
    const int group = w->s->il->group;
    uint32_t *const dst = v->dst;
    for (int64_t k = 0; k < kc; k += v->words, term += v->words * group, terms -= v->words * group) {
        const TermRun r = term_run(w, line, term, m);
        const int64_t left = min_words(r.left, terms);
        v->dst = dst + k * v->ld;
        v->words = min_words(left == terms ? (left + group - 1) / group : left / group, kc - k);
        v->terms = (int)min_words(left - (v->words - 1) * group, group);
        v->src = r.src, v->lo = (int)r.lo, v->hi = (int)r.hi;
        if (v->words) {
            w->s->il->weave(v);
            continue;
        }
        v->words = 1;
        mixed_word(w, line, term, terms, l, m, v);
    }
}

static void pack_run(const Words *w, const WalkAt *line, int64_t k0, int64_t kc, int l, int m, uint32_t *dst, int64_t ld)
{
    const Side *s = w->s;
    IWeave v = {.ld = ld, .term_step = walk_step(&s->sum), .step = walk_step(&s->line), .n = m, .pad = (uint8_t)w->zero[l], .none = nothing(w, l), .flip = s->flip,
        .is_signed = s->op->type == DT_i8, .zero = w->zero + l};
    int64_t tap = k0 / s->inner_words, at = k0 - tap * s->inner_words;
    for (int64_t k = 0, n; k < kc; k += n, tap++, at = 0) {
        n = min_words(s->inner_words - at, kc - k);
        v.dst = dst + k * ld + l;
        if (tap * s->inner < w->terms) {
            pack_tap(w, line, tap * s->inner + at * s->il->group, s->inner - at * s->il->group, n, l, m, &v);
            continue;
        }
        n = kc - k;
        for (int64_t j = 0; j < n; j++)
            memset(v.dst + j * ld, 0, (size_t)m * sizeof *dst);
    }
}

static void pack_lines(const Words *w, int64_t l0, int n, int64_t k0, int64_t kc, uint32_t *dst, int64_t ld)
{
    for (int l = 0; l < n;) {
        const WalkAt line = walk_at(&w->s->line, l0 + l);
        const int m = (int)min_words(line.left, n - l);
        pack_run(w, &line, k0, kc, l, m, dst, ld);
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

/* The bytes of kc words of line i of the panel, from word k0. */
static void line_pieces(const Words *w, int64_t l0, int i, int64_t k0, int64_t kc, uint8_t *bytes)
{
    const Side *s = w->s;
    const int group = s->il->group;
    const WalkAt line = walk_at(&s->line, l0 + i);
    int64_t tap = k0 / s->inner_words, at = k0 - tap * s->inner_words;
    for (int64_t k = 0, n; k < kc; k += n, tap++, at = 0) {
        n = min_words(s->inner_words - at, kc - k);
        n = tap * s->inner < w->terms ? n : kc - k;
        const int64_t given = tap * s->inner < w->terms ? min_words(s->inner - at * group, n * group) : 0;
        line_bytes(w, &line, i, tap * s->inner + at * group, given, bytes + k * group);
        memset(bytes + k * group + given, nothing(w, i), (size_t)(n * group - given));
    }
}

static void pack_terms(const Words *w, int64_t l0, int n, int64_t k0, int64_t kc, uint32_t *dst, int64_t ld)
{
    UNINIT uint8_t bytes[PACK_TERMS * 4];
    UNINIT const float *rows[UK_MAX_NR];
    for (int i = 0; i < n; i++) {
        uint32_t *words = (uint32_t *)(void *)(w->t->rows + i * kc);
        line_pieces(w, l0, i, k0, kc, bytes);
        line_words(w, i, bytes, kc, words);
        rows[i] = (const float *)(const void *)words;
    }
    w->u->transpose((float *)(void *)dst, ld, rows, n, kc); /* moves bits */
}

/* [kc / depth][ld][depth]; the lines that fill the panel are 0. */
static void pack_deep(const Words *w, int64_t l0, int n, int64_t k0, int64_t kc, uint32_t *dst, int64_t ld)
{
    const int64_t depth = w->s->il->depth;
    const size_t piece = (size_t)depth * sizeof *dst;
    enum { PIECES = 256 };
    UNINIT uint8_t bytes[4 * PIECES];
    for (int i = 0; i < ld; i++)
        for (int64_t k = 0; k < kc; k += PIECES) {
            const int64_t m = min_words(kc - k, PIECES);
            if (i < n)
                line_pieces(w, l0, i, k0 + k, m, bytes);
            for (int64_t j = 0; j < m; j += depth) {
                uint32_t *to = dst + (k + j) * ld + i * depth;
                if (i < n)
                    memcpy(to, bytes + j * 4, piece);
                else
                    memset(to, 0, piece);
            }
        }
}

void side_pack_words(const ULevel *u, const Side *s, const SideAt *at, int64_t l0, int n, int64_t k0, int64_t kc, PackScratch *t, uint32_t *dst, int64_t ld)
{
    UNINIT Words w;
    w.u = u, w.s = s, w.at = at, w.t = t, w.terms = s->sum.count;
    for (int i = 0; i < n; i++)
        w.zero[i] = s->zero->p ? byte_value(s->zero->type, s->zero->p, at->zero + walk_at(&s->zero_line, l0 + i).off) : 0;
    if (s->deep) {
        pack_deep(&w, l0, n, k0, kc, dst, ld);
        return;
    }
    if (!s->by_terms) {
        pack_lines(&w, l0, n, k0, kc, dst, ld);
        return;
    }
    for (int64_t k = 0; k < kc; k += PACK_TERMS)
        pack_terms(&w, l0, n, k0 + k, min_words(kc - k, PACK_TERMS), dst + k * ld, ld);
}
