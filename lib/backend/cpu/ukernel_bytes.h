/* SPDX-License-Identifier: MIT
 * cpu: what integer levels do beside products, written once: weaving bytes into words of terms, and finishing rows of sums. The including file defines the
 * vectors of ukernel_int.h and vi_row (VW bytes `step` apart, widened; lanes outside lo ≤ lane < hi are pad), vf_of (i32 → f32), vf_rint (to nearest even),
 * vi_clamped (f32 → i32 in lo … hi, NaN 0) and vi_store_bytes (the low bytes of n lanes). IGROUP as there. */
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
        for (int64_t k = whole; k > 0; k--, src += 4 * w->term_step, dst += w->ld) {
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

/* type is a constant in every instance. The fields are copied: bytes that are stored may be anything's. */
BYTES_INLINE void istore_as(const IStore *s, const DType type)
{
    const int32_t *sums = s->sum, *col_add = s->col_add;
    const float *mul = s->mul, *bias = s->bias, *zero = s->zero;
    const int mul_step = s->mul_step, bias_step = s->bias_step, zero_step = s->zero_step;
    const bool whole = s->whole;
    const vi row_add = vi_set1(s->row_add);
    const int64_t all = s->n;
    void *const dst = s->dst;
    const uint8_t *other = s->other;
    const vi other_top = vi_set1(s->other_signed ? 0x80 : 0);
    const float least = s->between == DT_i8 ? -128 : 0;
    const vf zero_a = vf_set1(s->term[0]), scale_a = vf_set1(s->term[1]), zero_b = vf_set1(s->term[2]), scale_b = vf_set1(s->term[3]), scale = vf_set1(s->term[4]), zero_y = vf_set1(s->term[5]);
    for (int64_t i = 0; i < all; i += VW) {
        const int n = all - i < VW ? (int)(all - i) : VW;
        const vm some = vm_range(0, n);
        vi sum = vi_add(vi_loadm(sums + i, some), row_add);
        if (col_add)
            sum = vi_add(sum, vi_loadm(col_add + i, some));
        if (type == DT_i32) {
            vi_storem((int32_t *)dst + i, some, sum);
            continue;
        }
        vf v = vf_of(sum) * addend(mul, mul_step, i, some);
        if (bias)
            v = v + addend(bias, bias_step, i, some);
        if (whole)
            v = vf_rint(v);
        if (zero)
            v = v + addend(zero, zero_step, i, some);
        if (type != DT_f32 && other) {
            const vf a = vf_of(vi_clamped(v, least, least + 255)), b = vf_of(vi_sub(vi_row(other + i, 1, 0, n, 0) ^ other_top, other_top));
            v = vf_rint(((a - zero_a) * scale_a + (b - zero_b) * scale_b) / scale) + zero_y;
        }
        if (type == DT_f32)
            vf_storem((float *)dst + i, some, v);
        else
            vi_store_bytes((uint8_t *)dst + i, vi_clamped(v, type == DT_u8 ? 0 : -128, type == DT_u8 ? 255 : 127), n);
    }
}

static void istore(const IStore *s)
{
    if (s->type == DT_i32)
        istore_as(s, DT_i32);
    else if (s->type == DT_f32)
        istore_as(s, DT_f32);
    else if (s->type == DT_u8)
        istore_as(s, DT_u8);
    else
        istore_as(s, DT_i8);
}

#endif
