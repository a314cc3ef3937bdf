/* SPDX-License-Identifier: MIT
 * cpu: running a Winograd convolution (see winograd.h). Images are done in blocks of whole rows of tiles, of one or several of them: inputs are transformed to
 * V[points][cb][tile][16], as many matrix products with the transformed weights give M[points][ob][tile][16], and these are transformed to outputs; a vector holds 16 channels
 * throughout. A block's V and M should stay in L2. A task is a block, or some output channels of it: then each
 * thread that has tasks of the block transforms its inputs for itself, once.
 * Weights that are not constant are transformed for as many output channels at a time as take little memory: a pass. */
#include "backend/cpu/winograd.h"
#include "base/hard.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_POINTS = 36, LANES = 16, READ_COST = 24, NEAR_COST = 12, NEAR_FLOATS = 1 << 18, GAP = 16 /* floats; between the matrices, so that they do not fall into the same cache sets */, PASS_BYTES = HARD(8 << 20, 1) /* of weights, unless one panel has more */ };

/* Outputs of a tile along an axis; what transforms of a tile cost in multiplications, per channel, and of the weights (measured: arithmetic and moves beside
 * multiplications in a micro-kernel). */
typedef struct Form { int64_t tile, in_cost, out_cost, weight_cost; } Form;
static const Form forms[] = {{4, 200, 200, 600}, {2, 80, 80, 270}}; /* in the order of ULevel's functions */

/* ── which nests ── */

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

static bool set_once(int *at, int ax) { return *at < 0 && (*at = ax, true); }

static bool output_axes(const Nest *n, Winograd *g)
{
    for (int i = 0; i < n->n_out; i++) {
        const bool a = n->a.coef[i] || operand_guards(&n->a, i), b = n->b.coef[i] != 0;
        if (a && b)
            return false;
        if (b) {
            if (!set_once(n->out.coef[i] == 1 ? &g->oi : &g->ob, i))
                return false;
        } else if (a && window_axis(n, i) >= 0) {
            if (!set_once(n->a.coef[i] == LANES ? &g->q : &g->p, i))
                return false;
        } else if (operand_guards(&n->a, i)) {
            return false;
        } else {
            g->batch[g->n_batch++] = i;
        }
    }
    return g->oi >= 0 && g->p >= 0 && g->q >= 0;
}

static bool find_axes(const Nest *n, Winograd *g)
{
    g->ob = g->oi = g->p = g->q = g->cb = g->ci = -1;
    if (!output_axes(n, g))
        return false;
    g->kh = window_axis(n, g->p), g->kw = window_axis(n, g->q);
    for (int k = n->n_out; k < n->n_axes; k++)
        if (k != g->kh && k != g->kw && (operand_guards(&n->a, k) || !set_once(n->a.coef[k] == 1 ? &g->ci : &g->cb, k)))
            return false;
    return g->kh != g->kw && g->ci >= 0 && n->extent[g->ci] == LANES && n->extent[g->oi] == LANES && (g->cb < 0 || n->b.coef[g->cb] == LANES * n->b.coef[g->ci]) &&
        (g->ob < 0 || n->b.coef[g->ob] == LANES * n->b.coef[g->oi]);
}

/* Channels of the blocks, and those of them that the weights have. */
static bool channels(const Nest *n, Winograd *g)
{
    g->CB = g->cb < 0 ? 1 : n->extent[g->cb], g->OB = g->ob < 0 ? 1 : n->extent[g->ob];
    g->C = g->CB * LANES, g->O = g->OB * LANES;
    for (int i = 0; i < n->b.n_guards; i++) {
        const NestGuard *x = &n->b.guard[i];
        const bool out = x->coef[g->oi] == 1, in = x->coef[g->ci] == 1;
        if (x->div > 1 || x->start || out == in)
            return false;
        for (int ax = 0; ax < n->n_axes; ax++)
            if (x->coef[ax] && ax != (out ? g->oi : g->ci) && (ax != (out ? g->ob : g->cb) || x->coef[ax] != LANES))
                return false;
        *(out ? &g->O : &g->C) = x->extent;
    }
    return true;
}

static bool only_along_o(const NestOperand *x, const Nest *n, const Winograd *g)
{
    for (int i = 0; x->p && i < n->n_axes; i++)
        if (i != g->ob && i != g->oi && n->extent[i] > 1 && x->coef[i])
            return false;
    return !x->p || x->coef[g->oi] == 1 || (x->coef[g->oi] == 0 && (g->ob < 0 || x->coef[g->ob] == 0)); /* the latter: one value for all */
}

static void set_form(Winograd *g, int form)
{
    g->form = form;
    g->tile = forms[form].tile, g->reads = g->tile + 2, g->points = g->reads * g->reads;
    g->TH = div_up(g->P, g->tile), g->TW = div_up(g->Q, g->tile);
}

/* Multiplications, weighed: a weight takes at least the time of READ_COST of them to come from memory, NEAR_COST where all of them stay in a cache (measured),
 * however few products it serves. */
static int64_t products_cost(const Winograd *g, int64_t points, int64_t rows)
{
    const int64_t weights = points * g->C * g->O, least = weights <= NEAR_FLOATS ? NEAR_COST : READ_COST;
    return weights * (rows > least ? rows : least);
}

/* Constant weights: one sample decides, so that its results are the same in every batch. fresh: they are transformed at every launch. */
static bool choose_form(Winograd *g, bool fresh)
{
    const int64_t samples = fresh ? g->batches : 1, direct = products_cost(g, 9, samples * g->P * g->Q);
    int64_t least = direct - direct / (fresh ? 5 : 10);
    int best = -1;
    for (int i = 0; i < (int)(sizeof forms / sizeof *forms); i++) {
        set_form(g, i);
        const Form *f = &forms[i];
        const int64_t tiles = samples * g->TH * g->TW, once = fresh ? f->weight_cost * g->C * g->O : 0, cost = products_cost(g, g->points, tiles) + tiles * (f->in_cost * g->C + f->out_cost * g->O) + once;
        if (cost < least)
            least = cost, best = i;
    }
    if (best >= 0)
        set_form(g, best);
    return best >= 0 && g->C >= LANES && g->O >= LANES;
}

bool winograd_fits(const Nest *n, const ContractWork *w, bool fresh, Winograd *g)
{
    *g = (Winograd){.nest = n, .u = w->u};
    if (n->extremum || w->strict || w->frugal /* weights of 4 times the size */ || n->a.type != DT_f32 || n->b.type != DT_f32 || n->out.type != DT_f32 || (n->init.p && n->init.type != DT_f32) ||
        (n->add.p && n->add.type != DT_f32) || !find_axes(n, g) || !channels(n, g))
        return false;
    if ((n->add.p && n->add.coef[g->oi] != 1) || !only_along_o(&n->init, n, g))
        return false;
    if (!bounds_of(n, g->p, &g->top, &g->H) || !bounds_of(n, g->q, &g->left, &g->W))
        return false;
    g->P = n->extent[g->p], g->Q = n->extent[g->q];
    g->batches = 1;
    for (int i = 0; i < g->n_batch; i++)
        g->batches *= n->extent[g->batch[i]];
    g->panels = div_up(g->OB * LANES, w->u->nr);
    return choose_form(g, fresh) && g->CB * g->TH * g->TW * LANES < INT32_MAX;
}

/* ── weights ── */

static int64_t point_step(const Winograd *g) { return g->panels * g->u->nr * g->C + GAP; }
static size_t weight_floats(const Winograd *g) { return (size_t)g->points * (size_t)point_step(g); }

static float float_at(const float *p) /* at any address: weights of a file are not aligned */
{
    float x;
    memcpy(&x, (const void *)p, sizeof x);
    return x;
}

/* G · three values, of n lanes; out[k]: the k-th result. */
static void filter_lanes(int64_t tile, const float *restrict w0, const float *restrict w1, const float *restrict w2, int64_t n, float *const *out)
{
    float *restrict y0 = out[0], *restrict y1 = out[1], *restrict y2 = out[2], *restrict y3 = out[3], *restrict y4 = out[4], *restrict y5 = out[5];
    for (int64_t i = 0; i < n; i++) {
        const float a = w0[i], b = w1[i], c = w2[i], even_a = (2 * a + c) * (-1.0f / 3), odd_a = b * (-2.0f / 3 * WINOGRAD_A);
        const float even_b = (a + 2 * c) * (1.0f / 6), odd_b = b * (WINOGRAD_B / 6), half = (a + c) * 0.5f, odd = b * 0.5f;
        y0[i] = a;
        if (tile == 2) {
            y1[i] = half + odd;
            y2[i] = half - odd;
            y3[i] = c;
            continue;
        }
        y1[i] = even_a + odd_a;
        y2[i] = even_a - odd_a;
        y3[i] = even_b + odd_b;
        y4[i] = even_b - odd_b;
        y5[i] = c;
    }
}

typedef struct PackRun { const Winograd *g; float *data; int64_t first, step; } PackRun; /* panels from the first on; from point to point */

enum { PACK_CHANNELS = 16 }; /* read at a time: taps of channels that follow each other lie together */

/* taps[c − c0][tap][o − o0] */
static void gather_taps(const Winograd *g, int64_t o0, int64_t some, int64_t c0, int64_t n, float taps[PACK_CHANNELS][9][UK_MAX_NR])
{
    const NestOperand *b = &g->nest->b;
    const float *w = (const float *)b->p + b->offset + o0 * b->coef[g->oi] + c0 * b->coef[g->ci];
    int64_t at[9];
    for (int t = 0; t < 9; t++)
        at[t] = t / 3 * b->coef[g->kh] + t % 3 * b->coef[g->kw];
    for (int64_t i = 0; i < some; i++)
        for (int64_t c = 0; c < n; c++)
            for (int t = 0; t < 9; t++)
                taps[c][t][i] = float_at(w + i * b->coef[g->oi] + c * b->coef[g->ci] + at[t]);
}

static void pack_panel(void *ctx, int64_t panel, int thread)
{
    const PackRun *r = ctx;
    const Winograd *g = r->g;
    const int64_t nr = g->u->nr, all = r->step, o0 = (r->first + panel) * nr, some = min_i64(nr, g->O - o0);
    (void)thread;
    float taps[PACK_CHANNELS][9][UK_MAX_NR] = {{{0}}}, half[18][UK_MAX_NR], *out[6] = {0};
    for (int64_t c = 0; c < g->C; c++) {
        float *dst = r->data + (panel * g->C + c) * nr, (*tap)[UK_MAX_NR] = taps[c % PACK_CHANNELS];
        if (c % PACK_CHANNELS == 0)
            gather_taps(g, o0, some, c, min_i64(PACK_CHANNELS, g->C - c), taps);
        for (int x = 0; x < 3; x++) { /* columns: half[reads][3] */
            for (int y = 0; y < g->reads; y++)
                out[y] = half[3 * y + x];
            filter_lanes(g->tile, tap[x], tap[3 + x], tap[6 + x], nr, out);
        }
        for (int y = 0; y < g->reads; y++) {
            for (int k = 0; k < g->reads; k++)
                out[k] = dst + (g->reads * y + k) * all;
            filter_lanes(g->tile, half[3 * y], half[3 * y + 1], half[3 * y + 2], nr, out);
        }
    }
}

SpmlCode winograd_pack(const Winograd *g, ContractWork *w, Pool *pool, ContractPack **out, Error *err)
{
    ContractPack *k = calloc(1, sizeof *k);
    const NestOperand *b = &g->nest->b;
    const int64_t how[] = {'w', 3, g->tile, g->u->nr, g->C, g->O, b->offset, b->coef[g->oi], b->coef[g->ci], b->coef[g->kh], b->coef[g->kw]};
    Sha256 sum;
    bool ready = false;
    *out = NULL;
    if (!k)
        return error_oom(err);
    *k = (ContractPack){.which = 1, .form = PACK_WINOGRAD, .u = g->u, .K = g->C, .lines = g->O, .bytes = weight_floats(g) * sizeof(float)};
    sha256_init(&sum);
    sha256_add(&sum, how, sizeof how);
    if (!pack_memory(w, k, &sum, b->p, pool, &ready))
        return free(k), error_oom(err);
    if (!ready)
        pool_run(pool, g->panels, pack_panel, &(PackRun){g, k->data, 0, point_step(g)});
    *out = k;
    return SPML_OK;
}

/* ── a block: rows of tiles r0 … r1, counted through all images ── */

typedef struct Run {
    const Winograd *g;
    const float *weights;       /* [points][panels from j0 on][C][nr] */
    int64_t j0, w_step;         /* between their matrices */
    int64_t rows, blocks;       /* rows of tiles of a block; blocks */
    int64_t cols, cuts;         /* panels of weights of a task; tasks of a block */
    int64_t pass, cut0, now;    /* cuts of a pass, where weights are not constant; the first of this one, and how many it has */
    int64_t tiles;              /* room for so many in a line of V and M */
    int64_t v_step, m_step;     /* between their matrices */
    int64_t kc;
    const int32_t *koff;        /* [C] of a channel in V */
    char *mem;                  /* of all threads, sz each: Held, V, M */
    size_t sz;
} Run;

typedef struct Held { _Alignas(64) int64_t block; } Held; /* whose V a thread has: tasks that follow each other are of one block; −1: none */

typedef struct Block { const Run *r; int64_t r0, r1, j0, j1 /* panels */, o0, o1 /* their blocks of channels */; float *v, *m /* [points][o1 − o0][tile][16] */; } Block;

static int64_t rows_of(const Winograd *g) { return g->batches * g->TH; }

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

static int64_t block_step(const NestOperand *o, int ax) { return ax < 0 ? 0 : o->coef[ax]; }

/* The pixels of a tile that reaches beyond the image, with zeros. */
static void border_tile(const Winograd *g, const float *x, int64_t y0, int64_t x0, float *dst)
{
    const NestOperand *a = &g->nest->a;
    for (int i = 0; i < g->reads; i++)
        for (int j = 0; j < g->reads; j++, dst += LANES) {
            const bool inside = y0 + i >= 0 && y0 + i < g->H && x0 + j >= 0 && x0 + j < g->W;
            if (inside)
                memcpy(dst, x + i * a->coef[g->p] + j * a->coef[g->q], LANES * sizeof *dst);
            else
                memset(dst, 0, LANES * sizeof *dst);
        }
}

/* A row of tiles of one block of channels. */
static void transform_inputs(const Block *b, int64_t cb, int64_t t)
{
    const Run *r = b->r;
    const Winograd *g = r->g;
    const NestOperand *a = &g->nest->a;
    const int64_t rs = a->coef[g->p], ps = a->coef[g->q], at = t % g->TH, y0 = g->top + g->tile * at;
    const float *row = (const float *)a->p + batch_offset(g, a, t / g->TH) + cb * block_step(a, g->cb) + g->tile * at * rs;
    float *v = b->v + (cb * r->tiles + (t - b->r0) * g->TW) * LANES, border[MOST_POINTS * LANES];
    for (int64_t i = 0; i < g->TW; i++, v += LANES) {
        const int64_t x0 = g->left + g->tile * i;
        const float *x = row + g->tile * i * ps;
        if (y0 >= 0 && y0 + g->reads <= g->H && x0 >= 0 && x0 + g->reads <= g->W) {
            g->u->winograd_in[g->form](x, rs, ps, v, r->v_step);
        } else {
            border_tile(g, x, y0, x0, border);
            g->u->winograd_in[g->form](border, g->reads * LANES, LANES, v, r->v_step);
        }
    }
}

/* M = V · weights at one of the points: rows are tiles, columns output channels. */
static void multiply(const Block *b, int64_t point)
{
    const Run *r = b->r;
    const Winograd *g = r->g;
    const int64_t tiles = (b->r1 - b->r0) * g->TW, nr = g->u->nr, vw = nr / 2, mr = g->u->mr, parts = div_up(tiles, mr), h = tiles / parts, tall = tiles % parts;
    const float *u = r->weights + point * r->w_step, *v = b->v + point * r->v_step;
    float *m = b->m + point * r->m_step;
    for (int64_t k = 0; k < g->C; k += r->kc)
        for (int64_t j = b->j0; j < b->j1; j++) {
            const int64_t o = j * nr, at_o = o - b->o0 * LANES;
            UTile t = {.koff = r->koff + k, .ars = LANES, .b = u + ((j - r->j0) * g->C + k) * nr, .ldb = nr, .kc = min_i64(r->kc, g->C - k), .crs = LANES, .n = (int)min_i64(nr, g->OB * LANES - o),
                .cvs = vw >= LANES ? r->tiles * LANES : vw};
            const float *first = u + (b->j0 - r->j0) * g->C * nr, *next = j + 1 < b->j1 ? t.b + g->C * nr : k + r->kc < g->C ? first + (k + r->kc) * nr : point + 1 < g->points ? first + r->w_step : NULL;
            float *line = m + at_o / LANES * r->tiles * LANES + at_o % LANES;
            for (int64_t i = 0, at = 0; i < parts; i++) {
                const int64_t rows = h + (i < tall);
                utile_next(&t, next, t.kc, nr, i, parts);
                t.a = v + at * LANES;
                t.c = line + at * LANES;
                if (k)
                    t.init = (UPlane){t.c, t.crs, t.cvs, false};
                g->u->direct[t.n > vw][rows - 1](&t);
                at += rows;
            }
        }
}

/* A row of tiles of one block of channels. */
static void transform_outputs(const Block *b, int64_t ob, int64_t t)
{
    const Run *r = b->r;
    const Winograd *g = r->g;
    const Nest *n = g->nest;
    UPixels to = {.rs = n->out.coef[g->p], .ps = n->out.coef[g->q], .add_rs = n->add.coef[g->p], .add_ps = n->add.coef[g->q], .clamp = n->clamp, .lo = n->lo, .hi = n->hi};
    const int64_t batch = t / g->TH, at = t % g->TH;
    float *y = (float *)n->out.p + batch_offset(g, &n->out, batch) + ob * block_step(&n->out, g->ob) + g->tile * at * to.rs;
    const float *add = n->add.p ? (const float *)n->add.p + batch_offset(g, &n->add, batch) + ob * block_step(&n->add, g->ob) + g->tile * at * to.add_rs : NULL;
    const float *m = b->m + ((ob - b->o0) * r->tiles + (t - b->r0) * g->TW) * LANES;
    float same[LANES];
    to.bias = n->init.p ? (const float *)n->init.p + n->init.offset + ob * block_step(&n->init, g->ob) : NULL;
    for (int i = 0; to.bias && !n->init.coef[g->oi] && i < LANES; i++)
        same[i] = *to.bias;
    to.bias = to.bias && !n->init.coef[g->oi] ? same : to.bias;
    to.rows = (int)min_i64(g->tile, g->P - g->tile * at);
    for (int64_t i = 0; i < g->TW; i++) {
        to.cols = (int)min_i64(g->tile, g->Q - g->tile * i);
        to.y = y + g->tile * i * to.ps;
        to.add = add ? add + g->tile * i * to.add_ps : NULL;
        g->u->winograd_out[g->form](m + i * LANES, r->m_step, &to);
    }
}

/* Rows r0 … r1 of one image. */
static void post_image(const Block *b, int64_t o, int64_t batch, int64_t r0, int64_t r1, int thread)
{
    const Winograd *g = b->r->g;
    const Nest *n = g->nest;
    NestBox box = {.thread = thread};
    for (int i = g->n_batch - 1; i >= 0; i--) {
        const int ax = g->batch[i];
        box.lo[ax] = batch % n->extent[ax], box.hi[ax] = box.lo[ax] + 1;
        batch /= n->extent[ax];
    }
    if (g->ob >= 0)
        box.lo[g->ob] = o, box.hi[g->ob] = o + 1;
    box.hi[g->oi] = LANES;
    box.lo[g->p] = g->tile * r0, box.hi[g->p] = min_i64(g->tile * r1, g->P);
    box.hi[g->q] = g->Q;
    n->post(n->post_ctx, &box);
}

/* Blocks of channels are finished one by one, while they are hot. */
static void post(const Block *b, int64_t o, int thread)
{
    const int64_t up = b->r->g->TH;
    for (int64_t r = b->r0, end; r < b->r1; r = end) {
        const int64_t batch = r / up;
        end = min_i64(b->r1, (batch + 1) * up);
        post_image(b, o, batch, r - batch * up, end - batch * up, thread);
    }
}

static void task(void *ctx, int64_t chunk, int thread)
{
    const Run *r = ctx;
    const Winograd *g = r->g;
    const int64_t block = chunk / r->now, cut = r->cut0 + chunk % r->now;
    Held *held = (Held *)(void *)(r->mem + (size_t)thread * r->sz);
    Block b = {.r = r, .r0 = block * r->rows, .j0 = cut * r->cols};
    b.r1 = min_i64(b.r0 + r->rows, rows_of(g));
    b.j1 = min_i64(b.j0 + r->cols, g->panels);
    b.o0 = b.j0 * g->u->nr / LANES, b.o1 = min_i64(div_up(b.j1 * g->u->nr, LANES), g->OB);
    b.v = (float *)(void *)(held + 1), b.m = b.v + g->points * r->v_step;
    for (int64_t c = 0; c < g->CB && held->block != block; c++)
        for (int64_t t = b.r0; t < b.r1; t++)
            transform_inputs(&b, c, t);
    held->block = block;
    for (int64_t k = 0; k < g->points; k++)
        multiply(&b, k);
    for (int64_t o = b.o0; o < b.o1; o++) {
        for (int64_t t = b.r0; t < b.r1; t++)
            transform_outputs(&b, o, t);
        if (g->nest->post)
            post(&b, o, thread);
    }
}

/* V and M of a block lie in three quarters of L2, unless weights that do not stay there would be read again for the next one: then it has MANY_TILES, as long as V and M
 * are no more than a few times L2 (they pass it once, the weights with each block). It has never fewer than FEW_TILES. */
enum { FEW_TILES = 32, MANY_TILES = 96, SPILL = 4 };
static int64_t blocks_least(const Winograd *g, const ContractWork *w, int64_t cols)
{
    const int64_t size = (int64_t)sizeof(float), o = cols * g->u->nr, row = g->points * (g->C + o) * g->TW * size, few = HARD(div_up(FEW_TILES, g->TW), 1);
    const bool stay = g->points * g->C * o * size <= w->l2 / 2;
    int64_t most = w->l2 / 4 * 3 / row;
    if (!stay && most < HARD(div_up(MANY_TILES, g->TW), 1))
        most = min_i64(HARD(div_up(MANY_TILES, g->TW), 1), SPILL * w->l2 / row);
    return div_up(rows_of(g), min_i64(most > few ? most : few, rows_of(g)));
}

static int64_t cut_cost(const Winograd *g, int threads, int64_t rows, int64_t cols)
{
    const int64_t o = min_i64(cols * g->u->nr, g->O), tiles = rows * g->TW, cuts = div_up(g->panels, cols), tasks = div_up(rows_of(g), rows) * cuts, each = div_up(tasks, threads);
    const int64_t blocks = div_up(each, cuts) + (each % cuts && cuts % each); /* that a thread has tasks of */
    return cut_rounds(tasks, threads, tiles * (g->points * g->C * o + forms[g->form].out_cost * o) + CUT_READ * g->points * g->C * (o + tiles)) + blocks * tiles * forms[g->form].in_cost * g->C;
}

static int64_t panel_bytes(const Winograd *g) { return g->points * g->C * g->u->nr * (int64_t)sizeof(float); }

static void cut(Run *r, const ContractWork *w, int threads, bool fresh)
{
    const Winograd *g = r->g;
    const int64_t step = g->u->nr < LANES ? LANES / g->u->nr : 1, groups = div_up(g->panels, step); /* panels of a block of channels stay together */
    const int64_t fit = PASS_BYTES / panel_bytes(g) / step, first = fresh ? div_up(groups, fit > 1 ? fit : 1) : 1, most = threads > 1 ? min_i64(groups, 4 * threads) : 1;
    int64_t best = INT64_MAX;
    for (int64_t n_cols = first; n_cols == first || n_cols <= most; n_cols *= 2)
        for (int64_t each = 1; each <= (threads > 1 ? 4 : 1); each *= 2) {
            const int64_t cols = div_up(groups, n_cols) * step, least = blocks_least(g, w, cols), want = div_up(each * threads, n_cols);
            const int64_t n_rows = min_i64(rows_of(g), threads > 1 && want > least ? want : least), rows = div_up(rows_of(g), n_rows), cost = cut_cost(g, threads, rows, cols);
            if (cost < best)
                best = cost, r->rows = rows, r->cols = cols;
        }
    r->blocks = div_up(rows_of(g), r->rows), r->cuts = div_up(g->panels, r->cols);
}

typedef struct Made { Winograd g; Run run; int32_t koff[]; } Made;

static SpmlCode make(NestMade *m, ContractWork *w, Error *err)
{
    UNINIT Winograd g;
    if (!winograd_fits(&m->nest, w, !m->pack, &g))
        return SPML_NO;
    Made *d = m->own = malloc(sizeof *d + (size_t)g.C * sizeof(int32_t));
    if (!d)
        return error_oom(err);
    d->g = g;
    d->run = (Run){.g = &d->g, .koff = d->koff};
    Run *r = &d->run;
    cut(r, w, m->threads, !m->pack);
    r->pass = min_i64(r->cuts, PASS_BYTES / (panel_bytes(&g) * r->cols) > 1 ? PASS_BYTES / (panel_bytes(&g) * r->cols) : 1);
    r->tiles = r->rows * g.TW;
    r->v_step = g.CB * r->tiles * LANES + GAP, r->m_step = min_i64(div_up(r->cols * g.u->nr, LANES), g.OB) * r->tiles * LANES + GAP;
    r->kc = div_up(g.C, div_up(g.C, pack_kc(w)));
    r->sz = (sizeof(Held) + (size_t)g.points * (size_t)(r->v_step + r->m_step) * sizeof(float) + 63) & ~(size_t)63;
    for (int64_t c = 0; c < g.C; c++)
        d->koff[c] = (int32_t)(c / LANES * r->tiles * LANES + c % LANES);
    return SPML_OK;
}

static SpmlCode run(NestMade *m, ContractWork *w, Pool *pool, Error *err)
{
    Made *d = m->own;
    const Winograd *g = &d->g;
    const ContractPack *pack = m->pack;
    const bool packed = pack && pack->form == PACK_WINOGRAD && pack->u == g->u && pack->K == g->C && pack->lines == g->O && pack->bytes == weight_floats(g) * sizeof(float);
    Run *r = &d->run;
    const int64_t panels = packed ? g->panels : min_i64(r->pass * r->cols, g->panels);
    float *fresh = packed ? NULL : work_reserve(w, WORK_SHARED, (size_t)(g->points * (panels * g->C * g->u->nr + GAP)) * sizeof(float));
    r->mem = work_reserve(w, WORK_LOCAL, r->sz * (size_t)m->threads);
    if (!r->mem || (!packed && !fresh))
        return error_oom(err);
    r->weights = packed ? pack->data : fresh;
    r->w_step = packed ? point_step(g) : panels * g->C * g->u->nr + GAP;
    for (int i = 0; i < m->threads; i++)
        ((Held *)(void *)(r->mem + (size_t)i * r->sz))->block = -1;
    for (r->cut0 = 0; r->cut0 < r->cuts; r->cut0 += r->now) {
        r->now = packed ? r->cuts : min_i64(r->pass, r->cuts - r->cut0);
        r->j0 = r->cut0 * r->cols;
        if (fresh)
            pool_run(pool, min_i64(panels, g->panels - r->j0), pack_panel, &(PackRun){g, fresh, r->j0, r->w_step});
        pool_run(pool, r->blocks * r->now, task, r);
    }
    return SPML_OK;
}

const NestEngine engine_winograd = {make, run, .planned = false};
