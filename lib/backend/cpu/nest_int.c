/* SPDX-License-Identifier: MIT
 * cpu: what integer sums need once a block of them stands in cache: zero points, init, conversion, the store. What depends on the row alone or the column
 * alone is one addend a line, so that a block is passed once. Takes sums of bytes as packed, gives what contract.h says, modulo 2^32. */
#include "backend/cpu/nest.h"

#include <string.h>

/* Σ(a − za)(b − zb) = Σab − zb·Σa − za·Σb + K·za·zb, for zero points that differ along their lines. */
static void subtract_each(const Plan *p, const IntBlock *b)
{
    const int64_t rows = b->m1 - b->m0, cols = b->n1 - b->n0;
    const uint32_t terms = (uint32_t)p->rows.sum.count;
    for (int64_t m = 0; m < rows; m++) {
        uint32_t *sum = (uint32_t *)(void *)(b->sum + m * b->ld);
        const uint32_t za = (uint32_t)b->row_zero[m], sa = (uint32_t)b->row_sums[m] - terms * za;
        for (int64_t n = 0; p->col_zeros && !p->col_one && n < cols; n++)
            sum[n] -= sa * (uint32_t)b->col_zero[n];
        for (int64_t n = 0; p->row_zeros && !p->row_one && n < cols; n++)
            sum[n] -= za * (uint32_t)b->col_sums[n];
    }
}

/* The same for those that all lines share, as an addend a line. */
static void add_shared(const Plan *p, const IntBlock *b)
{
    const uint32_t terms = (uint32_t)p->rows.sum.count, za = (uint32_t)b->row_zero[0], zb = (uint32_t)b->col_zero[0];
    for (int64_t m = 0; p->col_zeros && p->col_one && m < b->m1 - b->m0; m++)
        b->row_add[m] = (int32_t)((uint32_t)b->row_add[m] - zb * ((uint32_t)b->row_sums[m] - terms * (uint32_t)b->row_zero[m]));
    for (int64_t n = 0; p->row_zeros && p->row_one && n < b->n1 - b->n0; n++)
        b->col_add[n] = (int32_t)((uint32_t)b->col_add[n] - za * (uint32_t)b->col_sums[n]);
}

static bool init_moves_both(const Plan *p) { return p->nest->init.p && !walk_still(&p->init.col) && !walk_still(&p->init.row); }

static void add_init_lines(const Plan *p, const IntBlock *b)
{
    const int64_t base = plane_at(&p->init, b->batch);
    if (walk_still(&p->init.col)) {
        for (int64_t m = b->m0; m < b->m1; m++)
            b->row_add[m - b->m0] = ((const int32_t *)p->init.op->p)[base + walk_at(&p->init.row, m).off];
    } else if (walk_still(&p->init.row)) {
        plane_load_row(p, &p->init, base, b->m0, b->n0, b->n1, (float *)(void *)b->col_add);
    }
}

static void add_init(const Plan *p, const IntBlock *b)
{
    const int64_t cols = b->n1 - b->n0, base = plane_at(&p->init, b->batch);
    for (int64_t m = b->m0; m < b->m1; m++) {
        uint32_t *sum = (uint32_t *)(void *)(b->sum + (m - b->m0) * b->ld), *init = (uint32_t *)(void *)b->lines;
        plane_load_row(p, &p->init, base, m, b->n0, b->n1, (float *)(void *)b->lines);
        for (int64_t n = 0; n < cols; n++)
            sum[n] += init[n];
    }
}

/* Row m of an addend, columns n0 … of the block: its values one after the other (*step 1) or one for all (0). NULL: there is none. */
static const float *addend_row(const Plan *p, const IntBlock *b, const Plane *pl, int64_t base, int64_t m, int line, int *step)
{
    if (!pl->op->p)
        return NULL;
    if (pl->direct) {
        *step = (int)walk_step(&pl->col);
        return plane_element(pl, base, m, b->n0);
    }
    float *at = (float *)(void *)(b->lines + (size_t)line * (size_t)b->ld * sizeof(float));
    *step = 1;
    plane_load_row(p, pl, base, m, b->n0, b->n1, at);
    return at;
}

/* The same of the bytes that are added. */
static const uint8_t *other_row(const Plan *p, const IntBlock *b, int64_t m)
{
    const Plane *pl = &p->other;
    if (!pl->op->p)
        return NULL;
    const int64_t step = walk_step(&pl->col), base = plane_at(pl, b->batch) + walk_at(&pl->row, m).off;
    const uint8_t *src = pl->op->p;
    if (pl->col.n <= 1 && (step == 1 || pl->col.n == 0))
        return src + (base + b->n0 * step);
    uint8_t *dst = (uint8_t *)b->lines + 4 * (size_t)b->ld * sizeof(float);
    for (int64_t n = b->n0; n < b->n1;) {
        const WalkAt w = walk_at(&pl->col, n);
        for (int64_t left = min_i64(w.left, b->n1 - n), i = 0; left > 0; left--, i++, n++)
            dst[n - b->n0] = src[base + w.off + i * step];
    }
    return dst;
}

static void scatter(char *dst, const char *src, size_t size, int64_t step, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        memcpy(dst + i * step * (int64_t)size, src + i * (int64_t)size, size);
}

/* s on by m rows and n columns; but for its sums and what it stores to. */
static void store_skip(IStore *s, int64_t m, int64_t n)
{
    s->row_add += m;
    s->other = s->other ? s->other + m * s->other_rs + n : NULL;
    s->col_add = s->col_add ? s->col_add + n : NULL;
    s->mul = s->mul ? s->mul + m * s->mul_rs + n * s->mul_step : NULL;
    s->bias = s->bias ? s->bias + m * s->bias_rs + n * s->bias_step : NULL;
    s->zero = s->zero ? s->zero + m * s->zero_rs + n * s->zero_step : NULL;
}

/* The n columns that s stands at to `dst`, `step` apart. */
static void store_run(const Plan *p, const IntBlock *b, IStore *s, char *dst, int64_t step, int64_t n)
{
    const size_t size = dtype_info[p->out.op->type].bytes;
    s->dst = step == 1 ? dst : b->lines;
    s->n = n;
    p->il->store(s);
    if (step != 1)
        scatter(dst, b->lines, size, step, n);
}

/* What all stores of the block have in common. */
static IStore store_form(const Plan *p, const IntBlock *b)
{
    const NestScale *scale = &p->nest->scale;
    IStore s = {.type = scale->mul.p ? p->out.op->type : DT_i32, .whole = scale->whole, .between = scale->between, .other_signed = scale->other.type == DT_i8, .m = 1};
    for (int i = 0; i < 6 && scale->other.p; i++)
        s.term[i] = *(const float *)scale->term[i].p;
    s.col_add = (p->row_zeros && p->row_one) || (p->init.op->p && !walk_still(&p->init.col)) ? b->col_add : NULL;
    return s;
}

/* Rows and columns one after the other. */
static bool even(const Plane *pl) { return !pl->op->p || (pl->row.n <= 1 && pl->col.n <= 1 && (walk_step(&pl->col) == 1 || pl->col.n == 0)); }

/* b->all, where one store can take all rows. */
static bool store_whole(const Plan *p, IntBlock *b)
{
    const Plane *planes[] = {&p->mul, &p->bias, &p->zero};
    IStore *s = &b->all;
    if (p->nest->tail.box || init_moves_both(p) || (p->row_zeros && !p->row_one) || (p->col_zeros && !p->col_one) || !even(&p->out) || walk_step(&p->out.col) != 1 || !even(&p->other))
        return false;
    *s = store_form(p, b);
    const float **value[] = {&s->mul, &s->bias, &s->zero};
    int *step[] = {&s->mul_step, &s->bias_step, &s->zero_step};
    int64_t *rs[] = {&s->mul_rs, &s->bias_rs, &s->zero_rs};
    for (int i = 0; i < 3 && s->type != DT_i32; i++)
        if (planes[i]->op->p) {
            if (!planes[i]->direct || planes[i]->col.n > 1)
                return false;
            *value[i] = plane_element(planes[i], plane_at(planes[i], b->batch), b->m0, b->n0);
            *step[i] = (int)walk_step(&planes[i]->col);
            *rs[i] = walk_step(&planes[i]->row);
        }
    const int64_t size = (int64_t)dtype_info[p->out.op->type].bytes;
    if (p->other.op->p) {
        if (walk_step(&p->other.col) != 1)
            return false;
        s->other_rs = walk_step(&p->other.row);
        s->other = (const uint8_t *)p->other.op->p + plane_at(&p->other, b->batch) + b->m0 * s->other_rs + b->n0;
    }
    s->row_add = b->row_add;
    s->dst_rs = walk_step(&p->out.row) * size;
    s->dst = (char *)p->out.op->p + plane_at(&p->out, b->batch) * size + b->m0 * s->dst_rs + b->n0 * size;
    return true;
}

static void store_part(const Plan *p, const IntBlock *b, const IntPart *part)
{
    const int64_t m = part->m0 - b->m0, n = part->n0 - b->n0;
    IStore s = b->all;
    store_skip(&s, m, n);
    s.sum = part->sum, s.sum_rs = part->ld;
    s.dst = (char *)s.dst + m * s.dst_rs + n * (int64_t)dtype_info[p->out.op->type].bytes;
    s.m = part->m1 - part->m0, s.n = part->n1 - part->n0;
    p->il->store(&s);
}

static void store_block(const Plan *p, const IntBlock *b)
{
    const Plane *out = &p->out;
    const int64_t size = (int64_t)dtype_info[out->op->type].bytes, step = walk_step(&out->col), base = plane_at(out, b->batch), mul = plane_at(&p->mul, b->batch),
                  bias = plane_at(&p->bias, b->batch), zero = plane_at(&p->zero, b->batch);
    const IStore form = store_form(p, b);
    for (int64_t m = b->m0; m < b->m1; m++) {
        IStore s = form;
        s.sum = b->sum + (m - b->m0) * b->ld;
        s.row_add = b->row_add + (m - b->m0);
        if (s.type != DT_i32) {
            s.mul = addend_row(p, b, &p->mul, mul, m, 1, &s.mul_step);
            s.bias = addend_row(p, b, &p->bias, bias, m, 2, &s.bias_step);
            s.zero = addend_row(p, b, &p->zero, zero, m, 3, &s.zero_step);
            s.other = other_row(p, b, m);
        }
        const int64_t row = base + walk_at(&out->row, m).off;
        for (int64_t n = b->n0, k; n < b->n1; n += k) {
            const WalkAt w = walk_at(&out->col, n);
            k = out->col.n ? min_i64(w.left, b->n1 - n) : b->n1 - n;
            store_run(p, b, &s, (char *)out->op->p + (row + w.off) * size, step, k);
            s.sum += k;
            store_skip(&s, 0, k);
        }
    }
}

/* Sums for a tail are finished where they stand. */
static void finish_in_place(const Plan *p, const IntBlock *b)
{
    const IStore s = {.sum = b->sum, .sum_rs = b->ld, .row_add = b->row_add, .col_add = b->col_add, .type = DT_i32, .dst = b->sum,
        .dst_rs = b->ld * (int64_t)sizeof *b->sum, .m = b->m1 - b->m0, .n = b->n1 - b->n0};
    p->il->store(&s);
}

static void line_zeros(const Side *s, const SideAt *at, int64_t l0, int64_t n, bool one, int32_t *dst)
{
    side_zero(s, at, l0, one ? 1 : n, dst);
    for (int64_t i = 1; one && i < n; i++)
        dst[i] = dst[0];
}

void nest_int_begin(const Plan *p, IntBlock *b)
{
    const int64_t rows = b->m1 - b->m0, cols = b->n1 - b->n0;
    memset(b->row_add, 0, (size_t)rows * sizeof *b->row_add);
    memset(b->col_add, 0, (size_t)cols * sizeof *b->col_add);
    if (p->nest->init.p && !init_moves_both(p))
        add_init_lines(p, b);
    if (p->row_zeros || p->col_zeros) {
        const SideAt row = side_at(&p->rows, b->batch), col = side_at(&p->cols, b->batch);
        line_zeros(&p->rows, &row, b->m0, rows, p->row_one, b->row_zero);
        line_zeros(&p->cols, &col, b->n0, cols, p->col_one, b->col_zero);
        add_shared(p, b);
    }
    b->plain = store_whole(p, b);
}

void nest_int_finish(const Plan *p, const IntBlock *block, const IntPart *part)
{
    if (block->plain) {
        store_part(p, block, part);
        return;
    }
    const int64_t m = part->m0 - block->m0, n = part->n0 - block->n0;
    IntBlock b = *block;
    b.m0 = part->m0, b.m1 = part->m1, b.n0 = part->n0, b.n1 = part->n1, b.sum = part->sum, b.ld = part->ld;
    b.row_sums += m, b.row_zero += m, b.row_add += m;
    b.col_sums += n, b.col_zero += n, b.col_add += n;
    if (init_moves_both(p))
        add_init(p, &b);
    if ((p->row_zeros && !p->row_one) || (p->col_zeros && !p->col_one))
        subtract_each(p, &b);
    if (!p->nest->tail.box) {
        store_block(p, &b);
        return;
    }
    finish_in_place(p, &b);
    nest_tail(p, b.thread, b.batch, b.m0, b.m1, b.n0, b.n1, b.sum, b.ld);
}
