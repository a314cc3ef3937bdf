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

static void add_init(const Plan *p, const IntBlock *b)
{
    const int64_t cols = b->n1 - b->n0, base = plane_at(&p->init, b->batch);
    if (walk_still(&p->init.col)) {
        for (int64_t m = b->m0; m < b->m1; m++)
            b->row_add[m - b->m0] = ((const int32_t *)p->init.op->p)[base + walk_at(&p->init.row, m).off];
    } else if (walk_still(&p->init.row)) {
        plane_load_row(p, &p->init, base, b->m0, b->n0, b->n1, (float *)(void *)b->col_add);
    } else {
        for (int64_t m = b->m0; m < b->m1; m++) {
            uint32_t *sum = (uint32_t *)(void *)(b->sum + (m - b->m0) * b->ld), *init = b->line;
            plane_load_row(p, &p->init, base, m, b->n0, b->n1, b->line);
            for (int64_t n = 0; n < cols; n++)
                sum[n] += init[n];
        }
    }
}

static void store_block(const Plan *p, const IntBlock *b)
{
    const int64_t base = plane_at(&p->out, b->batch);
    IStore s = {.col_add = b->col_add, .type = DT_i32, .n = b->n1 - b->n0};
    for (int64_t m = b->m0; m < b->m1; m++) {
        s.sum = b->sum + (m - b->m0) * b->ld;
        s.row_add = b->row_add[m - b->m0];
        s.dst = p->out.direct && walk_step(&p->out.col) == 1 ? (void *)plane_element(&p->out, base, m, b->n0) : b->line;
        p->il->store(&s);
        if (s.dst == b->line)
            plane_store_row(p, &p->out, base, m, b->n0, b->n1, b->line);
    }
}

/* Sums for a tail are finished where they stand. */
static void finish_in_place(const Plan *p, const IntBlock *b)
{
    IStore s = {.col_add = b->col_add, .type = DT_i32, .n = b->n1 - b->n0};
    for (int64_t m = 0; m < b->m1 - b->m0; m++) {
        s.sum = s.dst = b->sum + m * b->ld;
        s.row_add = b->row_add[m];
        p->il->store(&s);
    }
}

void nest_int_finish(const Plan *p, IntBlock *b)
{
    const int64_t rows = b->m1 - b->m0, cols = b->n1 - b->n0;
    memset(b->row_add, 0, (size_t)rows * sizeof *b->row_add);
    memset(b->col_add, 0, (size_t)cols * sizeof *b->col_add);
    if (p->nest->init.p)
        add_init(p, b);
    if (p->row_zeros || p->col_zeros) {
        const SideAt row = side_at(&p->rows, b->batch), col = side_at(&p->cols, b->batch);
        side_zero(&p->rows, &row, b->m0, rows, b->row_zero);
        side_zero(&p->cols, &col, b->n0, cols, b->col_zero);
        add_shared(p, b);
        if ((p->row_zeros && !p->row_one) || (p->col_zeros && !p->col_one))
            subtract_each(p, b);
    }
    if (!p->nest->tail.box) {
        store_block(p, b);
        return;
    }
    finish_in_place(p, b);
    nest_tail(p, b->thread, b->batch, b->m0, b->m1, b->n0, b->n1, b->sum, b->ld);
}
