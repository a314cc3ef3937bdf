/* SPDX-License-Identifier: MIT
 * cpu: what integer levels do beside products, written once: weaving bytes into words of terms, and finishing rows of sums. The including file defines the
 * vectors of ukernel_int.h and vi_row (VW bytes `step` apart, widened; lanes outside lo ≤ lane < hi are pad), vf_of (i32 → f32), vf_rint (to nearest even),
 * vi_clamped (f32 → i32 in lo … hi, NaN 0) and vi_store_bytes (the low bytes of n lanes); IFMA: vf_fma is one instruction; vi_store_u8, where it
 * is cheaper: f32, saturated; vi_weave4: VW bytes of four rows `step` apart, a row a byte of each word. IGROUP as there. */
#ifndef SPML_BACKEND_CPU_UKERNEL_BYTES_H
#define SPML_BACKEND_CPU_UKERNEL_BYTES_H

#include "backend/cpu/ukernel.h"

#include <string.h>

#define BYTES_INLINE static inline __attribute__((always_inline))

/* step is a constant where it is 1 or 2. */
BYTES_INLINE void iweave_by(const IWeave *w, const int64_t step)
{
    const int64_t whole = w->words - (w->terms < IGROUP);
    for (int i = 0; i < w->n; i += VW) {
        const vm some = vm_range(0, w->n - i);
        const int lo = w->lo - i, hi = w->hi - i < w->n - i ? w->hi - i : w->n - i;
        const uint8_t *src = w->src + i * step;
        uint32_t *dst = w->dst + i;
#if IGROUP == 4
        const vi flip = vi_set1(w->flip * 0x01010101u);
        int64_t k = whole;
#ifdef vi_weave4
        for (; step == 1 && lo <= 0 && hi >= VW && k > 0; k--, src += 4 * w->term_step, dst += w->ld)
            vi_store(dst, vi_weave4(src, w->term_step) ^ flip);
#endif
        for (; k > 0; k--, src += 4 * w->term_step, dst += w->ld) {
            const vi a = vi_row(src, step, lo, hi, w->pad), b = vi_row(src + w->term_step, step, lo, hi, w->pad);
            const vi c = vi_row(src + 2 * w->term_step, step, lo, hi, w->pad), d = vi_row(src + 3 * w->term_step, step, lo, hi, w->pad);
            vi_storem((int32_t *)dst, some, (a | vi_shl(b, 8) | vi_shl(c, 16) | vi_shl(d, 24)) ^ flip);
        }
        if (whole < w->words) {
            const vi none = vi_set1(w->none), a = vi_row(src, step, lo, hi, w->pad), b = w->terms > 1 ? vi_row(src + w->term_step, step, lo, hi, w->pad) : none;
            const vi c = w->terms > 2 ? vi_row(src + 2 * w->term_step, step, lo, hi, w->pad) : none;
            vi_storem((int32_t *)dst, some, (a | vi_shl(b, 8) | vi_shl(c, 16) | vi_shl(none, 24)) ^ flip);
        }
#else
        const vi zero = vi_loadm(w->zero + i, some), top = vi_set1(w->is_signed ? 0x80 : 0); /* (x ^ 0x80) − 0x80 widens a signed byte */
        for (int64_t k = 0; k < w->words; k++, src += 2 * w->term_step, dst += w->ld) {
            const vi a = vi_sub(vi_sub(vi_row(src, step, lo, hi, w->pad) ^ top, top), zero);
            const vi b = k < whole ? vi_sub(vi_sub(vi_row(src + w->term_step, step, lo, hi, w->pad) ^ top, top), zero) : vi_zero();
            vi_storem((int32_t *)dst, some, (a & vi_set1(0xffff)) | vi_shl(b, 16));
        }
#endif
    }
}

static void iweave(const IWeave *w)
{
    if (w->step == 1)
        iweave_by(w, 1);
    else if (w->step == 2)
        iweave_by(w, 2);
    else
        iweave_by(w, w->step);
}

/* ── finished rows ── */

BYTES_INLINE vf addend(const float *p, int step, int64_t i, vm some) { return step ? vf_loadm(p + i, some) : vf_set1(*p); }

/* What a row of stores reads and writes, from its first column. */
typedef struct IRow { const int32_t *sum, *col_add; const float *mul, *bias, *zero; const uint8_t *other; uint8_t *dst; vi row_add; } IRow;
/* NestScale.term, and 1 / scale. */
typedef struct ITerms { vf zero_a, scale_a, zero_b, scale_b, scale, inverse, zero_y; bool by_inverse; float least; vi top; } ITerms;

/* x / scale, rounded once: with a correctly rounded inverse, two steps from the product give what division does (Markstein); far from the ends of the range only. */
BYTES_INLINE vf quotient(vf x, const ITerms *t)
{
#ifdef IFMA
    if (t->by_inverse) {
        const vf none = vf_zero(), minus = none - t->scale;
        vf q = x * t->inverse;
        q = vf_fma(vf_fma(q, minus, x), t->inverse, q);
        return vf_fma(vf_fma(q, minus, x), t->inverse, q);
    }
#endif
    return x / t->scale;
}

static bool far_from_ends(float x) { return x > 0x1p-30f && x < 0x1p30f; }

BYTES_INLINE ITerms terms_of(const IStore *s)
{
    const float *t = s->term;
    return (ITerms){vf_set1(t[0]), vf_set1(t[1]), vf_set1(t[2]), vf_set1(t[3]), vf_set1(t[4]), vf_set1(1.0f / t[4]), vf_set1(t[5]),
        far_from_ends(t[1]) && far_from_ends(t[3]) && far_from_ends(t[4]), s->between == DT_i8 ? -128 : 0, vi_set1(s->other_signed ? 0x80 : 0)};
}

/* n ≤ VW columns from i; type and other are constants, and n is where it is VW. */
BYTES_INLINE void istore_vector(const IStore *s, const IRow *r, const ITerms *t, const DType type, const bool other, const int64_t i, const int n)
{
    const vm some = vm_range(0, n);
    vi sum = vi_add(n == VW ? vi_load(r->sum + i) : vi_loadm(r->sum + i, some), r->row_add);
    if (r->col_add)
        sum = vi_add(sum, vi_loadm(r->col_add + i, some));
    if (type == DT_i32) {
        vi_storem((int32_t *)(void *)r->dst + i, some, sum);
        return;
    }
    vf v = vf_of(sum) * addend(r->mul, s->mul_step, i, some);
    if (r->bias)
        v = v + addend(r->bias, s->bias_step, i, some);
    if (s->whole)
        v = vf_rint(v);
    if (r->zero)
        v = v + addend(r->zero, s->zero_step, i, some);
    if (other) {
        const vf a = vf_of(vi_clamped(v, t->least, t->least + 255)), b = vf_of(vi_sub(vi_row(r->other + i, 1, 0, n, 0) ^ t->top, t->top));
        v = vf_rint(quotient((a - t->zero_a) * t->scale_a + (b - t->zero_b) * t->scale_b, t)) + t->zero_y;
    }
    if (type == DT_f32)
        vf_storem((float *)(void *)r->dst + i, some, v);
#ifdef vi_store_u8
    else if (type == DT_u8)
        vi_store_u8(r->dst + i, v, n);
#endif
    else
        vi_store_bytes(r->dst + i, vi_clamped(v, type == DT_u8 ? 0 : -128, type == DT_u8 ? 255 : 127), n);
}

/* The next tile of columns goes on where this one ends: no prefetcher of the processor follows so many rows at a time. */
BYTES_INLINE void fetch_ahead(const IRow *r, const int64_t bytes, const bool other)
{
    const int64_t from = bytes < 64 ? 64 : bytes;
    for (int64_t o = from; o < from + bytes && bytes <= 128; o += 64) {
        __builtin_prefetch(r->dst + o, 1, 3);
        if (other)
            __builtin_prefetch(r->other + o, 0, 3);
    }
}

/* The fields are copied: bytes that are stored may be anything's. */
BYTES_INLINE void istore_as(const IStore *from, const DType type, const bool other)
{
    const IStore s = *from;
    const ITerms t = other ? terms_of(&s) : (ITerms){0};
    const bool zero = s.zero && (type == DT_f32 || s.zero_step || s.zero_rs || *s.zero != 0); /* bytes are the same without adding 0 */
    for (int64_t m = 0; m < s.m; m++) {
        const IRow r = {s.sum + m * s.sum_rs, s.col_add, s.mul ? s.mul + m * s.mul_rs : NULL, s.bias ? s.bias + m * s.bias_rs : NULL, zero ? s.zero + m * s.zero_rs : NULL,
            other ? s.other + m * s.other_rs : NULL, (uint8_t *)s.dst + m * s.dst_rs, vi_set1(s.row_add[m])};
        int64_t i = 0;
        fetch_ahead(&r, s.n * (type == DT_f32 || type == DT_i32 ? 4 : 1), other);
        for (; i + VW <= s.n; i += VW)
            istore_vector(&s, &r, &t, type, other, i, VW);
        if (i < s.n)
            istore_vector(&s, &r, &t, type, other, i, (int)(s.n - i));
    }
}

static void istore(const IStore *s)
{
    if (s->type == DT_i32)
        istore_as(s, DT_i32, false);
    else if (s->type == DT_f32)
        istore_as(s, DT_f32, false);
    else if (s->type == DT_u8 && s->other)
        istore_as(s, DT_u8, true);
    else if (s->type == DT_u8)
        istore_as(s, DT_u8, false);
    else if (s->other)
        istore_as(s, DT_i8, true);
    else
        istore_as(s, DT_i8, false);
}

#endif
