/* SPDX-License-Identifier: MIT
 * cpu: running a Nest (see contract.h). A task is one batch × a block of row panels × a block of column panels. It goes through the sum in
 * slabs of kc terms (BLIS: the column panel stays in L1, the row slab in L2); accumulators start from init, then from the output itself,
 * and the last slab's store adds the residual and clamps. A side that several tasks share is packed once before them. */
#include "backend/cpu/nest.h"
#include "backend/cpu/winograd.h"
#include "base/hard.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SHARED_LIMIT = HARD(256 << 20, 4096), /* bytes of a side packed for all tasks at once; larger ones are packed by each task */
    SMALL_WORK = HARD(200000, 0) };       /* multiplications below which waking workers costs more than it gives */

typedef struct Run {
    const Plan *p;
    const float *row_data, *col_data; /* NULL: each task packs its part */
    char *locals;
    size_t sz_local;
} Run;

typedef struct Local { /* scratch of one task */
    float *rows, *cols, *buf, *line;
    int32_t *row_sums, *col_sums, *row_zero, *col_zero, *row_add, *col_add; /* of integers: of the block's lines */
    PackScratch *pack;
} Local;

typedef struct Block {
    int thread;
    int64_t batch, p0, p1, q0, q1; /* row panels, column panels */
    int64_t m0, m1, n0, n1;        /* rows, columns */
    SideAt row_at, col_at;
    const float *row_data, *col_data;
    const int32_t *row_sums, *col_sums; /* of integers: from line 0 of the batch, where the side is packed already */
    int64_t out, init, add;        /* offsets of the batch in the planes */
    int64_t ld;                    /* of buf */
    Local l;
} Block;

void plane_load_row(const Plan *p, const Plane *pl, int64_t base, int64_t m, int64_t n0, int64_t n1, float *dst)
{
    const DType type = pl->op->type == DT_i32 ? DT_f32 : pl->op->type; /* f32 is only moved */
    size_t size = dtype_info[type].bytes;
    base += walk_at(&pl->row, m).off;
    for (int64_t n = n0; n < n1;) {
        WalkAt w = walk_at(&pl->col, n);
        int64_t k = pl->col.n ? min_i64(w.left, n1 - n) : n1 - n;
        p->u->load(dst + (n - n0), (const char *)pl->op->p + (base + w.off) * (int64_t)size, type, walk_step(&pl->col), k);
        n += k;
    }
}

void plane_store_row(const Plan *p, const Plane *pl, int64_t base, int64_t m, int64_t n0, int64_t n1, const float *src)
{
    const DType type = pl->op->type == DT_i32 ? DT_f32 : pl->op->type;
    size_t size = dtype_info[type].bytes;
    base += walk_at(&pl->row, m).off;
    for (int64_t n = n0; n < n1;) {
        WalkAt w = walk_at(&pl->col, n);
        int64_t k = min_i64(w.left, n1 - n);
        p->u->store((char *)pl->op->p + (base + w.off) * (int64_t)size, src + (n - n0), type, walk_step(&pl->col), k);
        n += k;
    }
}

static float *block_row(const Plan *p, const Block *b, int64_t m) /* columns n0 .. n1 of row m, while they are summed */
{
    return p->buffered ? b->l.buf + (m - b->m0) * b->ld : plane_element(&p->out, b->out, m, b->n0);
}

static void prefill(const Plan *p, const Block *b)
{
    for (int64_t m = b->m0; m < b->m1; m++)
        plane_load_row(p, &p->init, b->init, m, b->n0, b->n1, block_row(p, b, m));
}

static void pack_block(const Plan *p, Block *b, int64_t k0, int64_t kc)
{
    int64_t nr = p->u->nr;
    if (!b->row_data)
        for (int64_t i = b->p0; i < b->p1; i++) {
            float *panel = b->l.rows + (i - b->p0) * panel_most(p) * kc;
            const int64_t rows = panel_rows(p, i), lines = row_lines(p, rows);
            side_pack(p->u, &p->rows, &b->row_at, panel_at(p, i), (int)rows, k0, kc, b->l.pack, panel, lines);
            if (p->il && p->col_zeros)
                p->il->sums[0]((const uint32_t *)(const void *)panel, kc, lines, (int)rows, p->row_signed, b->l.row_sums + panel_at(p, i) - b->m0);
        }
    if (!b->col_data) {
        side_pack_panels(p->u, &p->cols, &b->col_at, b->n0, b->n1, k0, kc, b->l.pack, b->l.cols, nr, nr * kc);
        for (int64_t n = b->n0; p->il && p->row_zeros && n < b->n1; n += nr)
            p->il->sums[1]((const uint32_t *)(const void *)(b->l.cols + (n - b->n0) * kc), kc, nr, (int)min_i64(nr, b->n1 - n), p->col_signed, b->l.col_sums + n - b->n0);
    }
}

/* What tiles of the block have in common for terms k0 .. k0+kc; the rest is filled per tile. */
typedef struct Slab {
    int64_t k0, kc;
    bool first, last;
    const IntBlock *ints; /* integers, the last slab: tiles are finished while they are hot; else NULL */
} Slab;

static void tile_at(UTile *t, const Plan *p, const Block *b, const Slab *s, int64_t i, int64_t j)
{
    int64_t nr = p->u->nr, m = panel_at(p, i), n = j * nr, rows = row_lines(p, panel_rows(p, i));
    *t = (UTile){.kc = s->kc, .ldb = nr, .n = (int)min_i64(nr, b->n1 - n), .m = (int)rows};
    t->a = b->row_data ? b->row_data + m * p->K + s->k0 * rows : b->l.rows + (i - b->p0) * panel_most(p) * s->kc;
    t->b = b->col_data ? b->col_data + j * nr * p->K + s->k0 * nr : b->l.cols + (j - b->q0) * nr * s->kc;
    t->b_panel = nr * (b->col_data ? p->K : s->kc);
    t->c = p->buffered ? b->l.buf + (m - b->m0) * b->ld + (n - b->n0) : plane_element(&p->out, b->out, m, n);
    t->crs = p->buffered ? b->ld : walk_step(&p->out.row);
    t->cvs = p->buffered ? nr / 2 : plane_vector(&p->out, n, nr / 2);
    if (!s->first || p->prefill)
        t->init.p = t->c, t->init.rs = t->crs, t->init.vs = t->cvs;
    else if (p->nest->init.p && !p->il)
        plane_tile(&t->init, &p->init, b->init, m, n, nr / 2);
    if (s->last && !p->late) {
        if (p->nest->add.p)
            plane_tile(&t->add, &p->add, b->add, m, n, nr / 2);
        t->clamp = p->nest->clamp, t->lo = p->nest->lo, t->hi = p->nest->hi;
    }
}

static void sum_wide(const Plan *p, const Block *b, const Slab *s, int64_t i, int64_t *j) /* as many gemv tiles as fit */
{
    int64_t rows = panel_rows(p, i), g = p->u->gemv_panels[rows - 1];
    for (; *j + g <= b->q1; *j += g) {
        UNINIT UTile t;
        tile_at(&t, p, b, s, i, *j);
        t.n = (int)min_i64(g * p->u->nr, b->n1 - *j * p->u->nr);
        p->u->gemv[rows - 1](&t);
    }
}

/* Where the columns that follow panel j are: the next panel of the slab, or the first one of the next slab, or of the next block. NULL: there are none. */
static const float *panel_after(const Plan *p, const Block *b, const Slab *s, int64_t j)
{
    const int64_t nr = p->u->nr;
    if (!b->col_data && p->il) /* packed just now, and the tiles of bytes have no load to spare */
        return NULL;
    if (!b->col_data)
        return j + 1 < b->q1 ? b->l.cols + (j + 1 - b->q0) * nr * s->kc : NULL;
    if (j + 1 < b->q1)
        return b->col_data + (j + 1) * nr * p->K + s->k0 * nr;
    if (!s->last)
        return b->col_data + b->q0 * nr * p->K + (s->k0 + s->kc) * nr;
    return j + 1 < p->col_panels ? b->col_data + (j + 1) * nr * p->K : NULL;
}

static UTileFn tile_fn(const Plan *p, const UTile *t)
{
    if (p->il && p->il->depth > 1)
        return p->il->tiles[p->row_signed][p->col_signed];
    return (p->il ? p->il->gemm[p->row_signed] : p->u->gemm)[t->n > p->u->nr / 2][t->m - 1];
}

/* Rows from which on finishing a column of tiles costs no more than what it does. */
enum { FINISH_ROWS = 32 };

/* The sums of row panels i0 … i1 with column panel j. */
static void finish_tiles(const Plan *p, const Block *b, const Slab *s, int64_t i0, int64_t i1, int64_t j, const UTile *first)
{
    const int64_t nr = p->u->nr;
    const IntPart part = {panel_at(p, i0), panel_at(p, i1), j * nr, min_i64(j * nr + nr, b->n1), first->crs, (int32_t *)(void *)first->c};
    nest_int_finish(p, s->ints, &part);
}

static void sum_and_finish(const Plan *p, const Block *b, const Slab *s, int64_t i0, int64_t i1, int64_t j)
{
    const float *next = panel_after(p, b, s, j);
    const int64_t group = div_up(FINISH_ROWS, p->h), nr = p->u->nr;
    UTile first = {0};
    for (int64_t i = i0; i < i1; i++) {
        const int64_t at = (i - i0) % group;
        UNINIT UTile t;
        tile_at(&t, p, b, s, i, j);
        if (s->first) /* and last: into a few lines of scratch */
            t.c = b->l.buf + (panel_at(p, i) - panel_at(p, i - at)) * nr, t.crs = nr;
        utile_next(&t, next, s->kc, nr, i - i0, i1 - i0);
        if (!at)
            first = t;
        tile_fn(p, &t)(&t);
        if (at == group - 1 || i + 1 == i1)
            finish_tiles(p, b, s, i - at, i + 1, j, &first);
    }
}

/* Row panels i0 .. i1 with column panel j. Each tile fetches its part of the next columns: panels of weights come from memory, and no prefetcher of the
 * processor starts on one before the tile that wants it. */
static void sum_column(const Plan *p, const Block *b, const Slab *s, int64_t i0, int64_t i1, int64_t j)
{
    const float *next = panel_after(p, b, s, j);
    for (int64_t i = i0; i < i1; i++) {
        UNINIT UTile t;
        tile_at(&t, p, b, s, i, j);
        utile_next(&t, next, s->kc, p->u->nr, i - i0, i1 - i0);
        tile_fn(p, &t)(&t);
    }
}

static void sum_slab(const Plan *p, const Block *b, const Slab *s)
{
    int64_t j0 = b->q0;
    if (p->il && p->il->enter)
        p->il->enter();
    if (!p->il && !p->split && b->p1 - b->p0 == 1 && panel_rows(p, b->p0) <= 4)
        sum_wide(p, b, s, b->p0, &j0);
    for (int64_t ic = b->p0; ic < b->p1; ic += p->mc)
        for (int64_t j = j0; j < b->q1; j++)
            (s->ints ? sum_and_finish : sum_column)(p, b, s, ic, min_i64(ic + p->mc, b->p1), j);
    if (p->il && p->il->leave)
        p->il->leave();
}

static IntBlock int_block(const Block *b)
{
    return (IntBlock){b->thread, b->batch, b->m0, b->m1, b->n0, b->n1, b->ld, (int32_t *)(void *)b->l.buf, b->row_sums ? b->row_sums + b->m0 : b->l.row_sums,
        b->col_sums ? b->col_sums + b->n0 : b->l.col_sums, b->l.row_zero, b->l.col_zero, b->l.row_add, b->l.col_add, (char *)b->l.line, false, {0}};
}

/* The last slab of integers. */
static void sum_last(const Plan *p, const Block *b, Slab *s)
{
    IntBlock ints = int_block(b);
    nest_int_begin(p, &ints);
    s->ints = p->nest->tail.box ? NULL : &ints;
    sum_slab(p, b, s);
    if (p->nest->tail.box)
        nest_int_finish(p, &ints, &(IntPart){b->m0, b->m1, b->n0, b->n1, b->ld, ints.sum});
}

/* What the store could not do: residual and clamp, conversion, scattered columns. */
static void finish_block(const Plan *p, const Block *b)
{
    const Nest *n = p->nest;
    for (int64_t m = b->m0; m < b->m1 && (p->late || p->buffered) && !p->il; m++) {
        float *row = block_row(p, b, m);
        if (p->late) {
            plane_load_row(p, &p->add, b->add, m, b->n0, b->n1, b->l.line);
            p->u->finish(row, b->l.line, false, n->clamp, n->lo, n->hi, b->n1 - b->n0);
        }
        if (p->buffered)
            plane_store_row(p, &p->out, b->out, m, b->n0, b->n1, row);
    }
    if (n->post)
        nest_post(p, n->post, n->post_ctx, b->thread, b->batch, b->m0, b->m1, b->n0, b->n1);
}

enum { LOCAL_PARTS = 10 };
static size_t local_bytes(const Plan *p, bool rows, bool cols, Local *l, char *mem)
{
    const size_t nr = (size_t)p->u->nr, height = (size_t)(p->mb * panel_most(p)), width = (size_t)p->nb * nr, ints = p->il != NULL;
    const size_t n[] = {rows ? height * (size_t)p->kc : 0, cols ? width * (size_t)p->kc : 0, p->buffered ? height * width : 0, p->il ? INT_LINES * width : p->late ? width : 0,
        ints * height, ints * width, ints * height, ints * width, ints * height, ints * width}; /* of 4 bytes */
    char *at[LOCAL_PARTS];
    size_t used = 0;
    for (int i = 0; i < LOCAL_PARTS; i++) {
        at[i] = l ? mem + used : NULL;
        used += (n[i] * sizeof(float) + 63) & ~(size_t)63;
    }
    if (l) {
        *l = (Local){(float *)(void *)at[0], (float *)(void *)at[1], (float *)(void *)at[2], (float *)(void *)at[3],
            (int32_t *)(void *)at[4], (int32_t *)(void *)at[5], (int32_t *)(void *)at[6], (int32_t *)(void *)at[7], (int32_t *)(void *)at[8], (int32_t *)(void *)at[9], NULL};
        memset(at[4], 0, (size_t)(at[6] - at[4])); /* the sums */
        l->pack = (PackScratch *)(void *)(mem + used);
        l->pack->side = NULL;
    }
    return (used + sizeof(PackScratch) + 4095) & ~(size_t)4095;
}

/* A batch of a packed side, and its sums. */
static void packed_at(const Plan *p, bool cols, const float *data, int64_t batch, const float **panels, const int32_t **sums)
{
    const int64_t i = walk_at(cols ? &p->col_pack : &p->row_pack, batch).off, lines = side_lines(p, cols), all = (cols ? p->n_col_pack : p->n_row_pack) * lines * p->K;
    *panels = data + i * lines * p->K;
    *sums = p->il ? (const int32_t *)(const void *)(data + all) + i * lines : NULL;
}

static void task(void *ctx, int64_t chunk, int thread)
{
    const Run *r = ctx;
    const Plan *p = r->p;
    int64_t nr = p->u->nr, nbi = chunk % p->n_nb, mbi = chunk / p->n_nb % p->n_mb;
    Block b = {.thread = thread, .batch = chunk / p->n_nb / p->n_mb, .p0 = mbi * p->mb, .q0 = nbi * p->nb};
    b.p1 = min_i64(b.p0 + p->mb, p->row_panels), b.q1 = min_i64(b.q0 + p->nb, p->col_panels);
    b.m0 = panel_at(p, b.p0), b.m1 = panel_at(p, b.p1);
    b.n0 = b.q0 * nr, b.n1 = min_i64(b.q1 * nr, p->N);
    b.ld = p->nb * nr;
    b.row_at = side_at(&p->rows, b.batch), b.col_at = side_at(&p->cols, b.batch);
    if (r->row_data)
        packed_at(p, false, r->row_data, b.batch, &b.row_data, &b.row_sums);
    if (r->col_data)
        packed_at(p, true, r->col_data, b.batch, &b.col_data, &b.col_sums);
    b.out = plane_at(&p->out, b.batch), b.init = plane_at(&p->init, b.batch), b.add = plane_at(&p->add, b.batch);
    local_bytes(p, !r->row_data, !r->col_data, &b.l, r->locals + (size_t)thread * r->sz_local);
    if (p->prefill)
        prefill(p, &b);
    Slab s = {.first = true};
    do {
        s.kc = min_i64(p->kc, p->K - s.k0);
        s.last = s.k0 + s.kc >= p->K;
        pack_block(p, &b, s.k0, s.kc);
        if (p->il && s.last)
            sum_last(p, &b, &s);
        else
            sum_slab(p, &b, &s);
        s.k0 += s.kc;
        s.first = false;
    } while (!s.last);
    finish_block(p, &b);
}

/* ── packing a whole side ── */
typedef struct PackRun { const Plan *p; bool cols; const PackPart *part; float *dst; char *locals; size_t sz_local; } PackRun;

size_t side_floats(const Plan *p, bool cols)
{
    return ((size_t)p->K + (p->il ? 1 : 0)) * (size_t)(cols ? p->n_col_pack : p->n_row_pack) * (size_t)side_lines(p, cols);
}

/* The batch offset of packed batch i: the first batch that maps to it. */
static int64_t batch_of(const Walk *index, int64_t i)
{
    int64_t batch = 0, weight = 1;
    for (int d = index->n - 1; d >= 0; d--) {
        if (index->step[d])
            batch += i / index->step[d] % index->ext[d] * weight;
        weight *= index->ext[d];
    }
    return batch;
}

static void pack_task(void *ctx, int64_t i, int thread)
{
    const PackRun *r = ctx;
    const int64_t chunk = r->part->first + i;
    const Plan *p = r->p;
    const Side *s = r->cols ? &p->cols : &p->rows;
    int64_t panels = r->cols ? p->col_panels : p->row_panels, panel = chunk % panels, first = r->cols ? panel * p->u->nr : panel_at(p, panel);
    int64_t n = r->cols ? min_i64(p->u->nr, s->line.count - first) : panel_rows(p, panel), ld = r->cols ? p->u->nr : row_lines(p, n), batch = chunk / panels;
    SideAt at = side_at(s, batch_of(r->cols ? &p->col_pack : &p->row_pack, batch));
    const int64_t from = r->part->alone ? r->part->k0 : 0;
    float *dst = r->dst + (batch * side_lines(p, r->cols) + first) * (r->part->alone ? r->part->kc : p->K);
    PackScratch *t = (PackScratch *)(void *)(r->locals + (size_t)thread * r->sz_local);
    t->side = NULL;
    side_pack(p->u, s, &at, first, (int)n, r->part->k0, r->part->kc, t, dst + (r->part->k0 - from) * ld, ld);
    if (p->il && p->il->group == 4) {
        const int64_t all = side_lines(p, r->cols), batches = r->cols ? p->n_col_pack : p->n_row_pack;
        int32_t *sums = (int32_t *)(void *)(r->dst + batches * all * p->K) + batch * all + first;
        memset(sums, 0, (size_t)ld * sizeof *sums);
        p->il->sums[r->cols]((const uint32_t *)(const void *)dst, p->K, ld, (int)n, r->cols ? p->col_signed : p->row_signed, sums);
    }
}

void pack_part(const Plan *p, bool cols, const PackPart *part, float *dst, char *locals, size_t sz_local, Pool *pool)
{
    PackRun r = {p, cols, part, dst, locals, sz_local};
    pool_run(pool, part->n, pack_task, &r);
}

void pack_side(const Plan *p, bool cols, float *dst, char *locals, size_t sz_local, Pool *pool)
{
    const PackPart all = {0, cols ? p->n_col_pack * p->col_panels : p->n_row_pack * p->row_panels, 0, p->K, false};
    pack_part(p, cols, &all, dst, locals, sz_local, pool);
}

enum { PACK_LOCAL = (sizeof(PackScratch) + 63) / 64 * 64 };

/* ── work space and packs ── */
void *page_alloc(size_t bytes)
{
    size_t align = bytes >= 4u << 20 ? 2u << 20 : 4096;
    if (bytes > SIZE_MAX / 2)
        return NULL;
    bytes = (bytes + align - 1) & ~(align - 1);
    void *p = aligned_alloc(align, bytes);
#ifdef MADV_HUGEPAGE
    if (p && align > 4096)
        madvise(p, bytes, MADV_HUGEPAGE);
#endif
    return p;
}

void *work_reserve(ContractWork *w, int which, size_t bytes)
{
    if (bytes <= w->sz[which] && w->mem[which])
        return w->mem[which];
    free(w->mem[which]);
    w->mem[which] = page_alloc(bytes ? bytes : 1);
    w->sz[which] = w->mem[which] ? bytes : 0;
    return w->mem[which];
}

static int64_t cache_bytes(int name, int64_t otherwise)
{
    long v = sysconf(name);
    return v > 0 ? v : otherwise;
}

SpmlCode contract_work_new(CpuLevel level, bool strict, ContractWork **out, Error *err)
{
    ContractWork *w = calloc(1, sizeof *w);
    *out = w;
    if (!w)
        return error_oom(err);
    w->strict = strict;
    w->packs = packs_new();
    w->u = ulevel(level);
    w->il = ilevel(level);
    w->l1 = 32 << 10, w->l2 = 512 << 10;
#ifdef _SC_LEVEL1_DCACHE_SIZE
    w->l1 = cache_bytes(_SC_LEVEL1_DCACHE_SIZE, w->l1);
    w->l2 = cache_bytes(_SC_LEVEL2_CACHE_SIZE, w->l2);
#endif
    if (HARD(false, true))
        w->l1 = w->l2 = 0; /* the smallest blocks */
    return w->packs ? SPML_OK : error_oom(err);
}

void contract_work_weights(ContractWork *w, bool frugal, bool keep)
{
    w->frugal = frugal;
    if (keep)
        packs_keep(w->packs);
}

void contract_work_packed(const ContractWork *w, uint64_t *bytes, uint64_t *cached) { packs_bytes(w->packs, bytes, cached); }
void contract_work_save(ContractWork *w, Pool *pool) { packs_save(w->packs, pool); }

void contract_work_free(ContractWork **w)
{
    if (!*w)
        return;
    for (int i = 0; i < WORK_PARTS; i++)
        free((*w)->mem[i]);
    packs_free(&(*w)->packs);
    free(*w);
    *w = NULL;
}

void contract_pack_free(ContractPack **p)
{
    if (!*p)
        return;
    if ((*p)->memory)
        packs_give((*p)->memory);
    else
        free((*p)->data);
    free(*p);
    *p = NULL;
}

size_t contract_pack_bytes(const ContractPack *p) { return p->bytes; }

void nest_simplify(Nest *dst, const Nest *src);

static bool is_empty(const Nest *n)
{
    for (int i = 0; i < n->n_out; i++)
        if (n->extent[i] == 0)
            return true;
    return false;
}

SpmlCode nest_prepare(const Nest *n, int which, ContractWork *w, Pool *pool, ContractPack **out, Error *err)
{
    UNINIT Nest nest;
    UNINIT Plan p;
    UNINIT Winograd g;
    *out = NULL;
    nest_simplify(&nest, n);
    if (winograd_fits(&nest, w, false, &g))
        return which == 1 ? winograd_pack(&g, w, pool, out, err) : SPML_OK;
    if (lanes_fits(&nest))
        return which == 1 ? lanes_pack(&nest, w, pool, out, err) : SPML_OK;
    SpmlCode code = nest_plan(&nest, w, &p, err);
    if (code)
        return code;
    bool cols = p.row_operand != which;
    const Side *s = cols ? &p.cols : &p.rows;
    ContractPack *k = calloc(1, sizeof *k);
    char *locals = work_reserve(w, WORK_LOCAL, (size_t)PACK_LOCAL * (size_t)(pool ? pool_threads(pool) : 1));
    if (!k || !locals) {
        free(k);
        return error_oom(err);
    }
    *k = (ContractPack){.which = which, .is_col = cols, .u = w->u, .flip = s->flip, .il = p.il, .h = cols ? w->u->nr : p.h, .n_batch = cols ? p.n_col_pack : p.n_row_pack, .K = p.K,
        .lines = s->line.count, .line = s->line, .sum = s->sum, .batch = cols ? p.col_pack : p.row_pack};
    k->bytes = is_empty(&nest) ? 0 : side_floats(&p, cols) * sizeof(float);
    Sha256 sum;
    bool ready;
    const int64_t how[] = {'n', w->u->level, p.il ? p.il->group : 0, p.il ? p.il->level : 0, p.row_signed, row_lines(&p, 1), k->is_col, k->h, k->n_batch, k->K, k->lines};
    sha256_init(&sum);
    sha256_add(&sum, how, sizeof how);
    side_key(&sum, s);
    if (!pack_allowed(w, k->bytes, s->op->type, (uint64_t)(s->line.count * s->sum.count * k->n_batch)))
        return free(k), SPML_OK;
    if (!pack_memory(w, k, &sum, s->op->p, pool, &ready))
        return free(k), error_oom(err);
    if (k->bytes && !ready)
        pack_constant(&p, cols, k->data, locals, (size_t)PACK_LOCAL, pool);
    *out = k;
    return SPML_OK;
}

/* ── running ── */
static bool same_walk(const Walk *a, const Walk *b)
{
    if (a->n != b->n || a->count != b->count)
        return false;
    for (int d = 0; d < a->n; d++)
        if (a->ext[d] != b->ext[d] || a->step[d] != b->step[d])
            return false;
    return true;
}

/* Does the pack hold that side as this plan wants it? */
bool pack_serves(const ContractPack *k, const Plan *p, bool cols)
{
    if (!k || k->form != PACK_PANELS || k->is_col != cols || (p->row_operand != k->which) != cols || k->u != p->u)
        return false;
    const Side *s = cols ? &p->cols : &p->rows;
    return k->il == p->il && k->flip == s->flip && k->K == p->K && k->h == (cols ? p->u->nr : p->h) && k->n_batch == (cols ? p->n_col_pack : p->n_row_pack) && same_walk(&k->line, &s->line) &&
        same_walk(&k->sum, &s->sum);
}

/* Packs the sides that several tasks would each pack again. */
static SpmlCode share(const Plan *p, Run *r, ContractWork *w, Pool *pool, Error *err)
{
    bool want[2] = {!r->row_data && p->n_nb * p->n_batch > p->n_row_pack, !r->col_data && p->n_mb * p->n_batch > p->n_col_pack};
    size_t n[2] = {side_floats(p, false), side_floats(p, true)}, total = 0;
    for (int s = 0; s < 2; s++) {
        want[s] = want[s] && n[s] <= SHARED_LIMIT / sizeof(float);
        total += want[s] ? (n[s] + 15) & ~(size_t)15 : 0;
    }
    if (!total)
        return SPML_OK;
    float *mem = work_reserve(w, WORK_SHARED, (total + 16) * sizeof(float));
    if (!mem)
        return error_oom(err);
    for (int s = 0; s < 2; s++)
        if (want[s]) {
            pack_side(p, s, mem, r->locals, r->sz_local, pool);
            *(s ? &r->col_data : &r->row_data) = mem;
            mem += (n[s] + 15) & ~(size_t)15;
        }
    return SPML_OK;
}

void nest_pointers(Nest *dst, const Nest *src)
{
    NestOperand *to[] = {&dst->a, &dst->b, &dst->init, &dst->out, &dst->add, &dst->zero_a, &dst->zero_b, &dst->scale.mul, &dst->scale.bias, &dst->scale.zero, &dst->scale.other};
    const NestOperand *from[] = {&src->a, &src->b, &src->init, &src->out, &src->add, &src->zero_a, &src->zero_b, &src->scale.mul, &src->scale.bias, &src->scale.zero, &src->scale.other};
    for (size_t i = 0; i < sizeof to / sizeof *to; i++)
        to[i]->p = from[i]->p;
    for (size_t i = 0; i < sizeof dst->scale.term / sizeof *dst->scale.term; i++)
        dst->scale.term[i].p = src->scale.term[i].p;
    dst->tail = src->tail;
    dst->post = src->post, dst->post_ctx = src->post_ctx;
}

static SpmlCode packed_make(NestMade *m, ContractWork *w, Error *err) /* it takes every plan */
{
    (void)m;
    (void)w;
    (void)err;
    return SPML_OK;
}

static SpmlCode packed_run(NestMade *m, ContractWork *w, Pool *pool, Error *err)
{
    const Plan *p = &m->plan;
    Run r = {.p = p};
    if (pack_serves(m->pack, p, false))
        r.row_data = m->pack->data;
    if (pack_serves(m->pack, p, true))
        r.col_data = m->pack->data;
    plan_blocks(&m->plan, w, m->alone ? 1 : m->threads, r.row_data, r.col_data);
    r.sz_local = local_bytes(p, !r.row_data, !r.col_data, NULL, NULL);
    r.locals = work_reserve(w, WORK_LOCAL, r.sz_local * (size_t)m->threads);
    if (!r.locals)
        return error_oom(err);
    SpmlCode code = share(p, &r, w, pool, err);
    if (!code)
        pool_run(pool, p->n_batch * p->n_mb * p->n_nb, task, &r);
    return code;
}

static const NestEngine engine_packed = {packed_make, packed_run, .planned = true};

/* Fills m but for what was asked: the first engine that takes the nest. */
static SpmlCode make(NestMade *m, ContractWork *w, Error *err)
{
    static const NestEngine *const engines[] = {&engine_winograd, &engine_lanes, &engine_depthwise, &engine_direct, &engine_packed};
    bool planned = false;
    SpmlCode code = SPML_NO;
    for (size_t i = 0; i < sizeof engines / sizeof *engines && code == SPML_NO; i++) {
        if (engines[i]->planned && !planned) {
            const Plan *p = &m->plan;
            if (m->nest.extremum)
                return SPML_NO;
            code = nest_plan(&m->nest, w, &m->plan, err);
            if (code)
                return code;
            planned = true;
            m->alone = p->M * p->N * p->n_batch * (p->K + 1) < SMALL_WORK;
        }
        m->engine = engines[i];
        code = m->engine->make(m, w, err);
        if (code) {
            free(m->own);
            m->own = NULL;
        }
    }
    return code;
}

static SpmlCode made_new(const Nest *n, const ContractPack *pack, ContractWork *w, int threads, NestMade **out, Error *err)
{
    NestMade *m = malloc(sizeof *m);
    *out = m;
    if (!m)
        return error_oom(err);
    m->engine = NULL, m->own = NULL, m->pack = pack, m->work = w, m->threads = threads, m->alone = false;
    nest_simplify(&m->nest, n);
    SpmlCode code = is_empty(&m->nest) ? nest_plan(&m->nest, w, &m->plan, err) : make(m, w, err);
    if (code)
        nest_made_free(out);
    return code;
}

void nest_made_free(NestMade **made)
{
    if (*made)
        free((*made)->own);
    free(*made);
    *made = NULL;
}

SpmlCode nest_run(const Nest *n, NestMade **made, const ContractPack *pack, ContractWork *w, Pool *pool, Error *err)
{
    NestMade *own = NULL, **at = made ? made : &own;
    const int threads = pool ? pool_threads(pool) : 1;
    const bool again = *at && (*at)->work == w && (*at)->threads == threads;
    SpmlCode code = SPML_OK;
    if (!again) {
        nest_made_free(at);
        code = made_new(n, pack, w, threads, at, err);
    }
    NestMade *m = *at;
    if (!code) {
        nest_pointers(&m->nest, n);
        m->pack = pack;
    }
    if (again && m->engine && m->engine->planned)
        nest_zero_points(&m->plan);
    if (!code && m->engine)
        code = m->engine->run(m, w, m->alone ? NULL : pool, err);
    nest_made_free(&own);
    return code;
}
