/* SPDX-License-Identifier: MIT
 * cpu: running a Winograd convolution (see winograd.h). An image is done in blocks of whole rows of tiles: inputs are transformed to V[36][c][tile], 36 matrix
 * products with the transformed weights give M[36][o][tile], and these are transformed to outputs. A block's V and M should stay in L2. Where there are too few
 * blocks for the threads, they share the three phases of each. */
#include "backend/cpu/winograd.h"
#include "base/hard.h"

#include <stdlib.h>
#include <string.h>

enum { POINTS = 36, IN_COST = 500, OUT_COST = 500, LINE = 16 /* floats; between the 36 matrices, so that they do not fall into the same cache sets */ };

/* ── which nests ── */

static bool moves_guard(const NestOperand *o, int ax)
{
    for (int g = 0; g < o->n_guards; g++)
        if (o->guard[g].coef[ax])
            return true;
    return false;
}

/* The sum axis of extent 3 that moves x as output axis ax does: a window of stride and dilation 1. −1: none. */
static int window_axis(const Nest *n, int ax)
{
    for (int k = n->n_out; k < n->n_axes; k++) {
        bool same = n->extent[k] == 3 && n->a.coef[k] == n->a.coef[ax] && n->b.coef[k];
        for (int g = 0; g < n->a.n_guards && same; g++)
            same = n->a.guard[g].coef[k] == n->a.guard[g].coef[ax] && (n->a.guard[g].coef[k] == 0 || n->a.guard[g].coef[k] == 1);
        if (same)
            return k;
    }
    return -1;
}

/* Position of the first row (or column) read, and how many there are, as if it were guarded. */
static bool bounds_of(const Nest *n, int ax, int64_t *start, int64_t *extent)
{
    int found = 0;
    *start = 0, *extent = n->extent[ax] + 2;
    for (int g = 0; g < n->a.n_guards; g++)
        if (n->a.guard[g].coef[ax]) {
            *start = n->a.guard[g].start, *extent = n->a.guard[g].extent;
            found += 1 + (n->a.guard[g].div > 1);
        }
    return found <= 1;
}

static bool find_axes(const Nest *n, Winograd *g)
{
    g->o = g->p = g->q = g->c = -1;
    if (n->n_axes != n->n_out + 3)
        return false;
    for (int i = 0; i < n->n_out; i++) {
        const bool a = n->a.coef[i] || moves_guard(&n->a, i), b = n->b.coef[i] != 0, window = a && !b && window_axis(n, i) >= 0;
        if (b && (a || g->o >= 0))
            return false;
        int *at = b ? &g->o : window ? (n->a.coef[i] == 1 ? &g->q : &g->p) : NULL;
        if (at && *at >= 0)
            return false;
        if (at)
            *at = i;
        else if (moves_guard(&n->a, i))
            return false;
        else
            g->batch[g->n_batch++] = i;
    }
    if (g->o < 0 || g->p < 0 || g->q < 0)
        return false;
    g->kh = window_axis(n, g->p), g->kw = window_axis(n, g->q);
    for (int k = n->n_out; k < n->n_axes; k++)
        if (k != g->kh && k != g->kw)
            g->c = g->c < 0 ? k : g->c;
    return g->kh != g->kw && g->c >= 0 && !moves_guard(&n->a, g->c);
}

static bool only_along_o(const NestOperand *x, const Nest *n, int o)
{
    for (int i = 0; x->p && i < n->n_axes; i++)
        if (i != o && n->extent[i] > 1 && x->coef[i])
            return false;
    return true;
}

/* Multiplications, weighed: a transform counts as what its arithmetic and moves cost beside a multiplication in a micro-kernel (measured), for 16 tiles of a row at a
 * time however few there are; fewer than 8 tiles leave the products waiting for weights. */
static bool pays(const Winograd *g)
{
    const int64_t tiles = g->TH * g->TW, lanes = div_up(tiles, 16) * 16, rows = g->TH * div_up(g->TW, 16) * 16, direct = 9 * g->C * g->O * g->P * g->Q;
    const int64_t transformed = POINTS * g->C * g->O * lanes + rows * (IN_COST * g->C + OUT_COST * g->O);
    return g->C >= 16 && g->O >= 16 && tiles >= 8 && transformed < direct - direct / 5;
}

bool winograd_fits(const Nest *n, const ContractWork *w, Winograd *g)
{
    *g = (Winograd){.nest = n, .u = w->u};
    if (w->strict || w->frugal /* weights of 4 times the size */ || n->a.type != DT_f32 || n->b.type != DT_f32 || n->out.type != DT_f32 || n->b.n_guards || (n->init.p && n->init.type != DT_f32) ||
        (n->add.p && n->add.type != DT_f32) || !find_axes(n, g))
        return false;
    if (n->out.coef[g->q] != 1 || (n->add.p && n->add.coef[g->q] != 1) || !only_along_o(&n->init, n, g->o))
        return false;
    if (!bounds_of(n, g->p, &g->top, &g->H) || !bounds_of(n, g->q, &g->left, &g->W))
        return false;
    g->C = n->extent[g->c], g->O = n->extent[g->o], g->P = n->extent[g->p], g->Q = n->extent[g->q];
    g->TH = div_up(g->P, 4), g->TW = div_up(g->Q, 4);
    g->batches = 1;
    for (int i = 0; i < g->n_batch; i++)
        g->batches *= n->extent[g->batch[i]];
    g->h = div_up(g->O, div_up(g->O, g->u->mr));
    g->panels = div_up(g->O, g->h);
    return pays(g);
}

/* ── weights ── */

static size_t weight_floats(const Winograd *g) { return (size_t)POINTS * (size_t)g->O * (size_t)g->C; }
static int64_t rows_of(const Winograd *g, int64_t panel) { return min_i64(g->h, g->O - panel * g->h); }

static float float_at(const float *p) /* at any address: weights of a file are not aligned */
{
    float x;
    memcpy(&x, (const void *)p, sizeof x);
    return x;
}

/* G · three values */
static void filter_line(const float *w, int64_t step, float *out, int64_t out_step)
{
    const float a = float_at(w), b = float_at(w + step), c = float_at(w + 2 * step), even_a = (2 * a + c) * (-1.0f / 3), odd_a = b * (-2.0f / 3 * WINOGRAD_A);
    const float even_b = (a + 2 * c) * (1.0f / 6), odd_b = b * (WINOGRAD_B / 6);
    out[0] = a;
    out[out_step] = even_a + odd_a;
    out[2 * out_step] = even_a - odd_a;
    out[3 * out_step] = even_b + odd_b;
    out[4 * out_step] = even_b - odd_b;
    out[5 * out_step] = c;
}

typedef struct PackRun { const Winograd *g; float *data; } PackRun;

static void pack_panel(void *ctx, int64_t panel, int thread)
{
    const PackRun *r = ctx;
    const Winograd *g = r->g;
    const NestOperand *b = &g->nest->b;
    const int64_t rows = rows_of(g, panel), all = g->O * g->C;
    (void)thread;
    for (int64_t c = 0; c < g->C; c++)
        for (int64_t i = 0; i < rows; i++) {
            const float *w = (const float *)b->p + b->offset + (panel * g->h + i) * b->coef[g->o] + c * b->coef[g->c];
            float half[18], u[POINTS], *dst = r->data + panel * g->h * g->C + c * rows + i;
            for (int x = 0; x < 3; x++) /* columns: half[6][3] */
                filter_line(w + x * b->coef[g->kw], b->coef[g->kh], half + x, 3);
            for (int y = 0; y < 6; y++)
                filter_line(half + 3 * y, 1, u + 6 * y, 1);
            for (int k = 0; k < POINTS; k++)
                dst[k * all] = u[k];
        }
}

SpmlCode winograd_pack(const Winograd *g, ContractWork *w, Pool *pool, ContractPack **out, Error *err)
{
    ContractPack *k = calloc(1, sizeof *k);
    const NestOperand *b = &g->nest->b;
    const int64_t how[] = {'w', 1, g->h, g->C, g->O, b->offset, b->coef[g->o], b->coef[g->c], b->coef[g->kh], b->coef[g->kw]};
    Sha256 sum;
    bool ready = false;
    *out = NULL;
    if (!k)
        return error_oom(err);
    *k = (ContractPack){.which = 1, .winograd = true, .u = g->u, .h = g->h, .K = g->C, .lines = g->O, .bytes = weight_floats(g) * sizeof(float)};
    sha256_init(&sum);
    sha256_add(&sum, how, sizeof how);
    if (w ? !pack_memory(w, k, &sum, b->p, pool, &ready) : !(k->data = page_alloc(k->bytes + 64)))
        return free(k), error_oom(err);
    if (!ready)
        pool_run(pool, g->panels, pack_panel, &(PackRun){g, k->data});
    *out = k;
    return SPML_OK;
}

/* ── a block: rows of tiles r0 … r1 of one image ── */

typedef struct Run {
    const Winograd *g;
    const float *weights;
    int64_t rows, blocks;      /* rows of tiles of a block; blocks of an image */
    int64_t ld, v_step, m_step; /* tiles of a line of V and M; between their 36 matrices */
    int64_t ld_in;             /* of the rows of pixels in scratch */
    int64_t kc;
    char *mem;                 /* of all threads, sz each */
    size_t sz;
} Run;

typedef struct Block { const Run *r; int64_t batch, r0, r1; float *v, *m; } Block;

static float *lines_of(const Run *r, int thread) { return (float *)(void *)(r->mem + (size_t)thread * r->sz); }

static int64_t batch_offset(const Winograd *g, const NestOperand *o, int64_t batch)
{
    int64_t off = o->offset;
    for (int i = g->n_batch - 1; i >= 0; i--) {
        const int64_t n = g->nest->extent[g->batch[i]];
        off += batch % n * o->coef[g->batch[i]];
        batch /= n;
    }
    return off;
}

/* Row y of channel c, as tiles see it from column `left`: padded with zeros, ld_in floats. */
static void read_row(const Run *r, const float *channel, int64_t y, float *dst)
{
    const Winograd *g = r->g;
    const int64_t first = g->left < 0 ? -g->left : 0, end = min_i64(g->W - g->left, 4 * g->TW + 2);
    if (y < 0 || y >= g->H || end <= first) {
        memset(dst, 0, (size_t)r->ld_in * sizeof *dst);
        return;
    }
    memset(dst, 0, (size_t)first * sizeof *dst);
    memcpy(dst + first, channel + (y - g->top) * g->nest->a.coef[g->p] + first, (size_t)(end - first) * sizeof *dst);
    memset(dst + end, 0, (size_t)(r->ld_in - end) * sizeof *dst);
}

static void transform_inputs(const Block *b, int64_t c0, int64_t c1, float *lines)
{
    const Run *r = b->r;
    const Winograd *g = r->g;
    const NestOperand *a = &g->nest->a;
    const float *image = (const float *)a->p + batch_offset(g, a, b->batch);
    for (int64_t c = c0; c < c1; c++)
        for (int64_t t = b->r0; t < b->r1; t++) {
            for (int i = 0; i < 6; i++)
                read_row(r, image + c * a->coef[g->c], g->top + 4 * t + i, lines + i * r->ld_in);
            g->u->winograd_in(lines, r->ld_in, (int)g->TW, b->v + c * r->ld + (t - b->r0) * g->TW, r->v_step);
        }
}

/* M = weights · V at one of the 36 points. */
static void multiply(const Block *b, int64_t point)
{
    const Run *r = b->r;
    const Winograd *g = r->g;
    const int64_t tiles = (b->r1 - b->r0) * g->TW, nr = g->u->nr;
    const float *u = r->weights + point * g->O * g->C, *v = b->v + point * r->v_step;
    float *m = b->m + point * r->m_step;
    for (int64_t k = 0; k < g->C; k += r->kc)
        for (int64_t j = 0; j < tiles; j += nr)
            for (int64_t i = 0; i < g->panels; i++) {
                const int64_t rows = rows_of(g, i);
                UTile t = {.a = u + i * g->h * g->C + k * rows, .b = v + k * r->ld + j, .ldb = r->ld, .kc = min_i64(r->kc, g->C - k), .c = m + i * g->h * r->ld + j, .crs = r->ld,
                    .n = (int)min_i64(nr, tiles - j)};
                if (k)
                    t.init = (UPlane){t.c, t.crs, false};
                g->u->gemm[t.n > nr / 2][rows - 1](&t);
            }
}

static void transform_outputs(const Block *b, int64_t o0, int64_t o1)
{
    const Run *r = b->r;
    const Winograd *g = r->g;
    const Nest *n = g->nest;
    float *image = (float *)n->out.p + batch_offset(g, &n->out, b->batch);
    const float *add = n->add.p ? (const float *)n->add.p + batch_offset(g, &n->add, b->batch) : NULL;
    UPixels to = {.rs = n->out.coef[g->p], .add_rs = n->add.coef[g->p], .cols = (int)g->Q, .clamp = n->clamp, .lo = n->lo, .hi = n->hi};
    for (int64_t o = o0; o < o1; o++) {
        to.bias = n->init.p ? ((const float *)n->init.p)[n->init.offset + o * n->init.coef[g->o]] : 0;
        for (int64_t t = b->r0; t < b->r1; t++) {
            to.y = image + o * n->out.coef[g->o] + 4 * t * to.rs;
            to.add = add ? add + o * n->add.coef[g->o] + 4 * t * to.add_rs : NULL;
            to.rows = (int)min_i64(4, g->P - 4 * t);
            g->u->winograd_out(b->m + o * r->ld + (t - b->r0) * g->TW, r->m_step, (int)g->TW, &to);
        }
    }
}

static void post(const Block *b, int64_t o0, int64_t o1, int thread)
{
    const Winograd *g = b->r->g;
    const Nest *n = g->nest;
    NestBox box = {.thread = thread};
    int64_t batch = b->batch;
    if (!n->post)
        return;
    for (int i = g->n_batch - 1; i >= 0; i--) {
        const int ax = g->batch[i];
        box.lo[ax] = batch % n->extent[ax], box.hi[ax] = box.lo[ax] + 1;
        batch /= n->extent[ax];
    }
    box.lo[g->o] = o0, box.hi[g->o] = o1;
    box.lo[g->p] = 4 * b->r0, box.hi[g->p] = min_i64(4 * b->r1, g->P);
    box.hi[g->q] = g->Q;
    n->post(n->post_ctx, &box);
}

/* ── a thread a block ── */

static Block block_at(const Run *r, int64_t chunk)
{
    Block b = {.r = r, .batch = chunk / r->blocks, .r0 = chunk % r->blocks * r->rows};
    b.r1 = min_i64(b.r0 + r->rows, r->g->TH);
    return b;
}

static size_t lines_floats(const Run *r) { return (6 * (size_t)r->ld_in + LINE - 1) / LINE * LINE; }

static void whole_block(void *ctx, int64_t chunk, int thread)
{
    const Run *r = ctx;
    Block b = block_at(r, chunk);
    float *lines = lines_of(r, thread);
    b.v = lines + lines_floats(r), b.m = b.v + POINTS * r->v_step;
    transform_inputs(&b, 0, r->g->C, lines);
    for (int64_t k = 0; k < POINTS; k++)
        multiply(&b, k);
    transform_outputs(&b, 0, r->g->O);
    post(&b, 0, r->g->O, thread);
}

/* ── all threads a block ── */

enum { CHANNELS = 8 }; /* of a task */

static void input_task(void *ctx, int64_t chunk, int thread)
{
    const Block *b = ctx;
    transform_inputs(b, chunk * CHANNELS, min_i64((chunk + 1) * CHANNELS, b->r->g->C), lines_of(b->r, thread));
}

static void multiply_task(void *ctx, int64_t chunk, int thread)
{
    (void)thread;
    multiply(ctx, chunk);
}

static void output_task(void *ctx, int64_t chunk, int thread)
{
    const Block *b = ctx;
    const int64_t o0 = chunk * CHANNELS, o1 = min_i64(o0 + CHANNELS, b->r->g->O);
    transform_outputs(b, o0, o1);
    post(b, o0, o1, thread);
}

static void shared_block(const Run *r, int64_t chunk, float *v, Pool *pool)
{
    Block b = block_at(r, chunk);
    b.v = v, b.m = v + POINTS * r->v_step;
    pool_run(pool, div_up(r->g->C, CHANNELS), input_task, &b);
    pool_run(pool, POINTS, multiply_task, &b);
    pool_run(pool, div_up(r->g->O, CHANNELS), output_task, &b);
}

/* Rows of tiles of a block: V and M in three quarters of L2, but no fewer than 32 tiles, which the products need to be worth the reading of the weights. */
static int64_t block_rows(const Winograd *g, const ContractWork *w)
{
    const int64_t row = POINTS * (g->C + g->O) * g->TW * (int64_t)sizeof(float), fit = w->l2 / 4 * 3 / row, least = HARD(div_up(32, g->TW), 1), most = fit > least ? fit : least;
    return div_up(g->TH, div_up(g->TH, min_i64(most, g->TH)));
}

SpmlCode winograd_run(const Winograd *g, const ContractPack *pack, ContractWork *w, Pool *pool, Error *err)
{
    const int64_t vw = g->u->nr / 2, across = div_up(g->TW, vw) * vw;
    Run r = {.g = g, .rows = block_rows(g, w), .ld_in = 4 * across + 8};
    ContractPack *made = NULL;
    if (!pack || !pack->winograd || pack->u != g->u || pack->K != g->C || pack->lines != g->O) {
        SpmlCode code = winograd_pack(g, NULL, pool, &made, err);
        if (code)
            return code;
        pack = made;
    }
    r.weights = pack->data;
    r.blocks = div_up(g->TH, r.rows);
    r.ld = div_up(r.rows * g->TW, vw) * vw;
    r.v_step = g->C * r.ld + LINE, r.m_step = g->O * r.ld + LINE;
    r.kc = div_up(g->C, div_up(g->C, pack_kc(w)));
    const int threads = pool ? pool_threads(pool) : 1;
    const bool alone = threads == 1 || g->batches * r.blocks >= HARD(2, 1) * threads;
    const size_t matrices = (size_t)POINTS * (size_t)(r.v_step + r.m_step);
    r.sz = (lines_floats(&r) + (alone ? matrices : 0)) * sizeof(float);
    r.mem = work_reserve(w, WORK_LOCAL, r.sz * (size_t)threads);
    float *shared = alone ? NULL : work_reserve(w, WORK_SHARED, matrices * sizeof(float));
    if (r.mem && alone)
        pool_run(pool, g->batches * r.blocks, whole_block, &r);
    for (int64_t i = 0; r.mem && shared && i < g->batches * r.blocks; i++)
        shared_block(&r, i, shared, pool);
    contract_pack_free(&made);
    return r.mem && (alone || shared) ? SPML_OK : error_oom(err);
}
