/* SPDX-License-Identifier: MIT
 * cpu: packing of constants: where their packs lie, what their contents depend on, and packing in parts, so that the pages of a large source can be given
 * back while the pack grows and both are never in memory whole. */
#include "backend/cpu/nest.h"
#include "base/file.h"
#include "base/hard.h"

enum { PART_BYTES = HARD(16 << 20, 4096) }; /* of a source, packed before its pages are given back */

bool pack_allowed(const ContractWork *w, size_t bytes, DType type, uint64_t n)
{
    size_t source;
    return !w->frugal || (dtype_bytes(type, n, &source) && bytes <= source + source / 4 + 4096);
}

bool pack_memory(ContractWork *w, ContractPack *k, Sha256 *sum, const void *source, Pool *pool, bool *ready)
{
    PackKey key;
    sha256_final(sum, key.sum);
    k->memory = packs_take(w->packs, &key, source, k->bytes + 64, pool, &k->data, ready);
    return k->memory != NULL;
}

/* ── what decides the contents ── */

static void walk_key(Sha256 *sum, const Walk *w)
{
    sha256_add(sum, &w->n, sizeof w->n);
    sha256_add(sum, w->ext, (size_t)w->n * sizeof *w->ext);
    sha256_add(sum, w->step, (size_t)w->n * sizeof *w->step);
    for (int g = 0; g < NEST_GUARDS; g++)
        sha256_add(sum, w->g[g], (size_t)w->n * sizeof **w->g);
}

/* Padding of integers is the zero point. */
static void zeros_key(Sha256 *sum, const Side *s)
{
    for (int64_t b = 0; b < s->batch.count; b++) {
        const SideAt at = side_at(s, b);
        for (int64_t l = 0; l < s->line.count; l++) {
            int32_t zero;
            side_zero(s, &at, l, 1, &zero);
            sha256_add(sum, &zero, sizeof zero);
        }
    }
}

void side_key(Sha256 *sum, const Side *s)
{
    const int64_t how[] = {s->op->type, s->op->offset, s->op->n_guards, s->flip};
    sha256_add(sum, how, sizeof how);
    for (int g = 0; g < s->op->n_guards; g++) {
        const NestGuard *x = &s->op->guard[g];
        const int64_t of[] = {x->start, x->extent, x->div, x->stride};
        sha256_add(sum, of, sizeof of);
    }
    walk_key(sum, &s->line);
    walk_key(sum, &s->sum);
    walk_key(sum, &s->batch);
    if (s->il && s->zero->p)
        zeros_key(sum, s);
}

/* ── in parts ── */

/* Gives back the pages of elements at .. at + n of the source, where they are those of a file. */
static void source_drop(const NestOperand *op, int64_t at, int64_t n)
{
    const int64_t size = dtype_info[op->type].bytes;
    uint64_t offset;
    const File *f = file_at((const char *)op->p + at * size, &offset);
    if (f)
        file_drop(f, offset, (uint64_t)(n * size));
}

/* Which axis walks the source from its beginning to its end, step elements at a time? */
static int64_t outer_step(const Walk *outer, const Walk *inner)
{
    const int64_t step = outer->n == 1 ? outer->step[0] : 0;
    return inner->n == 1 && inner->step[0] == 1 && step >= inner->ext[0] ? step : 0;
}

void pack_constant(const Plan *p, bool cols, float *dst, char *locals, size_t sz_local, Pool *pool)
{
    const Side *s = cols ? &p->cols : &p->rows;
    const int64_t panels = cols ? p->col_panels : p->row_panels, batches = cols ? p->n_col_pack : p->n_row_pack, h = cols ? p->u->nr : p->h;
    const int64_t lines = outer_step(&s->line, &s->sum), terms = outer_step(&s->sum, &s->line), size = dtype_info[s->op->type].bytes;
    if (batches != 1 || p->il || s->op->n_guards || dtype_info[s->op->type].block > 1 || !(lines || terms) ||
        s->line.count * s->sum.count * size < 2 * PART_BYTES) {
        pack_side(p, cols, dst, locals, sz_local, pool);
        return;
    }
    const int64_t unit = lines ? h : 1, all = lines ? panels : p->K, step = lines ? lines * h : terms, per = PART_BYTES / (step * size) > 0 ? PART_BYTES / (step * size) : 1;
    for (int64_t i = 0; i < all; i += per) {
        const int64_t n = min_i64(per, all - i);
        const PackPart part = lines ? (PackPart){i, n, 0, p->K} : (PackPart){0, panels, i, n};
        pack_part(p, cols, &part, dst, locals, sz_local, pool);
        source_drop(s->op, s->op->offset + i * step, min_i64(n * step, (lines ? s->line.count : p->K) * (step / unit) - i * step));
    }
}
