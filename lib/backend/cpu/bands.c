/* SPDX-License-Identifier: MIT
 * cpu: convolutions by bands of rows; see bands.h. The scratch of a task is [blocks of a group][rows][padding, pixels, padding][16 lanes]. A group is
 * the blocks that a column panel of the first convolution fills; it goes down its rows band by band, and the rows that two bands share are moved, not made
 * again. Tasks are cut by groups and by rows, where the rows that both sides of a cut read are made twice. With a third convolution a task has all groups, each
 * with scratch of its own, a band is that of all of them, and what the windows give lies in [blocks][rows of the band][pixels][16 lanes]. */
#include "backend/cpu/bands.h"
#include "backend/cpu/image.h"
#include "backend/cpu/winograd.h"
#include "base/hard.h"

#include <stdlib.h>
#include <string.h>

enum { LANES = 16, DIMS = 5, MAX_TAPS = 128, BUFFER = HARD(128 << 10, 1) /* bytes of a group's band */ };
enum { DIM_N, DIM_C, DIM_H, DIM_W, DIM_LANE };

struct Bands {
    uint64_t id[BANDS_PARTS - 1]; /* of the nests but the last */
    const ContractWork *work;
    int threads;
    NestMade *line;             /* the first nest over one row of pixels, into the scratch */
    NestMade *last;             /* the third so, out of the scratch; NULL: there is none */
    Image image;                /* n 0: it reads its operand in place */
    NestOperand a;              /* that, or the image */
    int first[DIMS], second[DIMS], third[DIMS]; /* output axes of the nests by dimension of the tensor between; −1: of one point */
    int64_t N, CB, H, W, P, Q;  /* of the tensor between; rows and columns of the result */
    int64_t row0, row_step, reach; /* row p of the result reads rows row0 + row_step · p … + reach of the tensor between */
    int64_t left, col0, col_step;  /* pixels of padding on the left; the first that is read, from there; from column to column */
    int64_t pitch, rows, block;    /* pixels of a scratch row, rows, floats from block to block */
    int64_t blocks, groups, panels; /* blocks and column panels of a group */
    int64_t made;               /* what the windows give in scratch: floats from block to block */
    int64_t part, parts, band;  /* rows of the result of a task, of a band; tasks down an image */
    int64_t each, cuts;         /* groups of a task; tasks across the groups */
    int n_taps;
    int32_t tap[MAX_TAPS];
};

void bands_free(Bands **b)
{
    if (*b) {
        nest_made_free(&(*b)->line);
        nest_made_free(&(*b)->last);
    }
    free(*b);
    *b = NULL;
}

/* ── making ── */

/* The axis that moves dimension d, one position a step, and no other one; all of the dimension where whole. */
static bool axis_of(const NestIndex *x, const Nest *n, int d, bool whole, int *axis)
{
    *axis = -1;
    for (int i = 0; i < n->n_out; i++) {
        if (!x->coef[d][i])
            continue;
        if (*axis >= 0 || x->coef[d][i] < 0)
            return false;
        for (int o = 0; o < DIMS; o++)
            if (o != d && x->coef[o][i])
                return false;
        *axis = i;
    }
    for (int i = n->n_out; i < n->n_axes; i++)
        if (x->coef[d][i] && (whole || x->coef[d][i] < 0))
            return false;
    return !whole || (x->first[d] == 0 && (*axis < 0 ? x->extent[d] == 1 : x->coef[d][*axis] == 1 && n->extent[*axis] == x->extent[d]));
}

/* x: of the third nest's operand and of its output. It sums the channels of one pixel. */
static bool third_axes(Bands *b, const Nest *n, const NestIndex x[2], const NestIndex *between)
{
    int n_known = 0, axis;
    const int64_t extent[DIMS] = {between->extent[DIM_N], between->extent[DIM_C], b->P, b->Q, LANES};
    if (x[0].rank != DIMS || x[1].rank != DIMS || memcmp(x[0].extent, extent, sizeof extent) || x[1].extent[DIM_LANE] != LANES || n->a.n_guards)
        return false;
    for (int d = 0; d < DIMS; d++) {
        const bool summed = d == DIM_C || d == DIM_LANE;
        if (!axis_of(&x[1], n, d, true, &b->third[d]) || (!summed && (!axis_of(&x[0], n, d, true, &axis) || axis != b->third[d])))
            return false;
        n_known += b->third[d] >= 0;
        for (int i = 0; i < n->n_axes && summed; i++)
            if (x[0].first[d] || (x[0].coef[d][i] && (i < n->n_out || x[0].coef[d][i] != 1)))
                return false;
    }
    return n_known == n->n_out && n->out.coef[b->third[DIM_LANE]] == 1 && (!n->add.p || n->add.coef[b->third[DIM_LANE]] == 1);
}

static bool axes(Bands *b, const Nest *const *n, const NestIndex *x)
{
    if (x[0].rank != DIMS || x[1].rank != DIMS || memcmp(x[0].extent, x[1].extent, DIMS * sizeof *x[0].extent) || x[0].extent[DIM_LANE] != LANES)
        return false;
    for (int d = 0; d < DIMS; d++)
        if (!axis_of(&x[0], n[0], d, true, &b->first[d]) || !axis_of(&x[1], n[1], d, d != DIM_H && d != DIM_W, &b->second[d]))
            return false;
    int known[2] = {0};
    for (int d = 0; d < DIMS; d++)
        known[0] += b->first[d] >= 0, known[1] += b->second[d] >= 0;
    return known[0] == n[0]->n_out && known[1] == n[1]->n_out;
}

static int64_t coef_at(const NestOperand *o, int ax) { return ax < 0 || !o->p ? 0 : o->coef[ax]; }

static bool floats(const Nest *n) { return n->a.type == DT_f32 && n->b.type == DT_f32 && n->out.type == DT_f32 && (!n->init.p || n->init.type == DT_f32) && (!n->add.p || n->add.type == DT_f32); }

/* The second nest is a window over each channel. */
static bool is_window(const Bands *b, const Nest *n)
{
    const int lane = b->second[DIM_LANE], c = b->second[DIM_C];
    bool ok = lane >= 0 && n->out.coef[lane] == 1 && n->b.coef[lane] && (c < 0 || n->b.coef[c]) && (!n->add.p || n->add.coef[lane] == 1) && (!n->init.p || n->init.coef[lane] == 1 || n->init.coef[lane] == 0);
    for (int d = 0; d < DIMS && ok; d++)
        ok = d == DIM_C || d == DIM_LANE || b->second[d] < 0 || (!coef_at(&n->b, b->second[d]) && !coef_at(&n->init, b->second[d]));
    return ok;
}

/* How far the taps reach in dimension d. */
static int64_t reach_of(const NestIndex *x, const Nest *n, int d)
{
    int64_t most = 0;
    for (int i = n->n_out; i < n->n_axes; i++)
        most += x->coef[d][i] * (n->extent[i] - 1);
    return most;
}

static bool window(Bands *b, const Nest *n, const NestIndex *x)
{
    const int p = b->second[DIM_H], q = b->second[DIM_W];
    const int64_t reach = reach_of(x, n, DIM_W);
    b->N = x->extent[DIM_N], b->CB = x->extent[DIM_C], b->H = x->extent[DIM_H], b->W = x->extent[DIM_W];
    b->P = p < 0 ? 1 : n->extent[p], b->Q = q < 0 ? 1 : n->extent[q];
    b->row0 = x->first[DIM_H], b->row_step = p < 0 ? 1 : x->coef[DIM_H][p], b->reach = reach_of(x, n, DIM_H);
    b->col_step = q < 0 ? 1 : x->coef[DIM_W][q];
    b->left = x->first[DIM_W] < 0 ? -x->first[DIM_W] : 0;
    b->col0 = x->first[DIM_W] + b->left;
    const int64_t end = x->first[DIM_W] + (b->Q - 1) * b->col_step + reach + 1;
    b->pitch = b->left + (end > b->W ? end : b->W);
    b->n_taps = 1;
    for (int i = n->n_out; i < n->n_axes; i++)
        if (n->extent[i] > MAX_TAPS || (b->n_taps *= (int)n->extent[i]) > MAX_TAPS)
            return false;
    for (int t = 0; t < b->n_taps; t++) {
        int64_t rest = t, off = 0;
        for (int i = n->n_axes - 1; i >= n->n_out; i--) {
            off += rest % n->extent[i] * (x->coef[DIM_H][i] * b->pitch + x->coef[DIM_W][i]);
            rest /= n->extent[i];
        }
        if (off > INT32_MAX / LANES)
            return false;
        b->tap[t] = (int32_t)(off * LANES);
    }
    return b->pitch < INT32_MAX && b->reach < INT32_MAX;
}

/* Rows of the tensor between that `rows` rows of the result read. */
static int64_t rows_of(const Bands *b, int64_t rows) { return (rows - 1) * b->row_step + b->reach + 1; }

/* Cuts the rows and the groups for the threads. What a task reads of the first operand stays in L2 from group to group. */
static void cut(Bands *b, const Nest *n, bool third, const ContractWork *w, int threads)
{
    const int64_t cols = b->blocks * LANES;
    int64_t terms = 1, best = INT64_MAX, least = 1;
    for (int i = n->n_out; i < n->n_axes; i++)
        terms *= n->extent[i];
    while (least < b->P && rows_of(b, div_up(b->P, least)) * b->W * terms * (int64_t)sizeof(float) > w->l2 / 2)
        least++;
    for (int64_t parts = least; parts <= min_i64(b->P, least + 4 * threads) && (parts == least || threads > 1); parts++)
        for (int64_t cuts = 1; cuts <= min_i64(b->groups, threads > 1 && !third ? 4 * threads : 1); cuts++) {
            const int64_t part = div_up(b->P, parts), each = div_up(b->groups, cuts), rows = min_i64(b->H, rows_of(b, part));
            const int64_t one = each * cols * (rows * b->W * terms + part * b->Q * b->n_taps) + CUT_READ * (each * cols * terms + rows * b->W * terms);
            const int64_t cost = cut_rounds(b->N * div_up(b->P, part) * div_up(b->groups, each), threads, one);
            if (cost < best)
                best = cost, b->part = part, b->each = each;
        }
    b->parts = div_up(b->P, b->part), b->cuts = div_up(b->groups, b->each);
    const int64_t width = third ? b->groups * b->blocks : b->blocks, row = width * b->pitch * LANES * (int64_t)sizeof(float), made = third ? width * b->Q * LANES * (int64_t)sizeof(float) : 0;
    const int64_t fit = ((third ? w->l2 / 4 : BUFFER) - (b->reach + 1 - b->row_step) * row) / (b->row_step * row + made);
    b->band = div_up(b->part, div_up(b->part, fit < 1 ? 1 : fit));
    b->rows = rows_of(b, b->band);
    b->block = b->rows * b->pitch * LANES;
    b->made = b->band * b->Q * LANES;
}

/* A nest over the pixels of one row: axis[]: its output axes. */
static SpmlCode line_plan(NestMade **out, const Nest *n, const NestOperand *a, const NestOperand *to, const int *axis, int64_t pixels, int64_t channels, ContractWork *w, Error *err)
{
    NestMade *m = *out = malloc(sizeof *m);
    if (!m)
        return error_oom(err);
    m->engine = &engine_direct, m->own = NULL, m->pack = NULL, m->work = w, m->threads = 1, m->alone = true;
    m->nest = *n;
    m->nest.a = *a;
    m->nest.out = *to;
    m->nest.post = NULL;
    for (int d = DIM_N; d <= DIM_H; d++)
        if (d != DIM_C && axis[d] >= 0)
            m->nest.extent[axis[d]] = 1;
    SpmlCode code = nest_plan(&m->nest, w, &m->plan, err);
    const Plan *p = &m->plan;
    if (!code && (p->row_operand || p->M != pixels || p->N != channels || p->n_batch != 1))
        code = SPML_NO;
    return code ? code : engine_direct.make(m, w, err);
}

/* Their pointers only must not be NULL: they are given row by row. */
static SpmlCode line_make(Bands *b, const Nest *n, ContractWork *w, Error *err)
{
    NestOperand out = {.p = n->a.p, .type = DT_f32};
    const int64_t step[DIMS] = {[DIM_C] = b->block, [DIM_W] = LANES, [DIM_LANE] = 1};
    for (int d = 0; d < DIMS; d++)
        if (b->first[d] >= 0)
            out.coef[b->first[d]] = step[d];
    return line_plan(&b->line, n, &b->a, &out, b->first, b->W, b->CB * LANES, w, err);
}

static SpmlCode last_make(Bands *b, const Nest *n, const NestIndex *x, const NestIndex *y, ContractWork *w, Error *err)
{
    NestOperand a = {.p = n->out.p, .type = DT_f32};
    const int64_t step[DIMS] = {[DIM_C] = b->made, [DIM_W] = LANES, [DIM_LANE] = 1};
    for (int d = 0; d < DIMS; d++)
        for (int i = 0; i < n->n_axes; i++)
            a.coef[i] += x->coef[d][i] * step[d];
    return line_plan(&b->last, n, &a, &n->out, b->third, b->Q, y->extent[DIM_C] * LANES, w, err);
}

/* x: of the first output, of the second operand, of the third operand and output */
static SpmlCode make(Bands *b, const Nest *const *n, int n_parts, const NestIndex *x, ContractWork *w, int threads, Error *err)
{
    UNINIT Winograd g;
    if (!axes(b, n, x) || !floats(n[0]) || !floats(n[1]) || n[0]->extremum || n[1]->extremum || !is_window(b, n[1]) || !window(b, n[1], &x[1]) || !b->N || !b->P || !b->Q || !b->CB ||
        winograd_fits(n[0], w, false, &g) || lanes_fits(n[0]))
        return SPML_NO;
    if (n_parts > 2 && (!floats(n[2]) || !third_axes(b, n[2], &x[2], &x[1])))
        return SPML_NO;
    b->a = n[0]->a;
    b->image.n = 0;
    if (n[0]->a.n_guards) {
        if (!image_make(n[0], &b->image))
            return SPML_NO;
        b->a = image_operand(n[0], &b->image, n[0]->a.p);
    }
    const int64_t nr = w->u->nr;
    b->blocks = nr > LANES ? nr / LANES : 1, b->panels = nr < LANES ? LANES / nr : 1;
    b->groups = div_up(b->CB, b->blocks);
    cut(b, n[0], n_parts > 2, w, threads);
    SpmlCode code = line_make(b, n[0], w, err);
    return code || n_parts < 3 ? code : last_make(b, n[2], &x[2], &x[3], w, err);
}

/* ── running ── */

typedef struct BRun {
    const Bands *b;
    const Nest *first, *second, *third; /* third: or NULL */
    const BandsPart *part;
    const float *x, *cols, *weights, *last_cols;
    char *mem;
    size_t sz;
} BRun;

typedef struct Task { /* at one group: rows from … to − 1 of the tensor between are in the scratch, the first of them in its row 0 */
    const BRun *r;
    int thread;
    float *buf, *made;              /* made: for a third nest, from row `band` of the result on */
    int64_t band, n, g, c0, c1, from, to; /* blocks c0 … c1 − 1 */
} Task;

static void boxes(const Nest *n, const int *axis, const Task *t, int64_t from, int64_t to)
{
    NestBox box = {.thread = t->thread};
    const int64_t lo[] = {t->n, t->c0, from}, hi[] = {t->n + 1, t->c1, to};
    for (int i = 0; i < n->n_out; i++)
        box.hi[i] = n->extent[i];
    for (int d = DIM_N; d <= DIM_H; d++)
        if (axis[d] >= 0)
            box.lo[axis[d]] = lo[d], box.hi[axis[d]] = hi[d];
    n->post(n->post_ctx, &box);
}

static float *scratch_row(const Task *t, int64_t row) { return t->buf + (row - t->from) * t->r->b->pitch * LANES; }

/* The epilogue of a nest whose output is in scratch, on its rows from … to − 1: row `row` of block c0 lies at p. */
static void scratch_post(const Task *t, const ContractEpilogue *e, const Nest *n, const int *axis, const float *p, int64_t row, int64_t row_step, int64_t block, int64_t from, int64_t to)
{
    const int64_t stride[DIMS] = {[DIM_C] = block, [DIM_H] = row_step, [DIM_W] = LANES, [DIM_LANE] = 1};
    /* where element 0 of the tensor would be: a pointer to it is made as a number only */
    const uintptr_t zero = (uintptr_t)p - (uintptr_t)((row * row_step + t->c0 * block) * (int64_t)sizeof(float));
    e->tail_begin(e->ctx, t->thread, (void *)zero, stride);
    boxes(n, axis, t, from, to);
}

/* Rows t->to … end − 1 of the tensor between; those beyond its edges are zero. */
static void first_rows(Task *t, int64_t end)
{
    const BRun *r = t->r;
    const Bands *b = r->b;
    const Nest *n = r->first;
    const int h = b->first[DIM_H], image = b->first[DIM_N];
    const int64_t nr = b->line->plan.u->nr, top = t->to > 0 ? t->to : 0, low = min_i64(end, b->H);
    const float *x = r->x + b->a.offset + t->n * coef_at(&b->a, image), *add = n->add.p ? (const float *)n->add.p + n->add.offset + t->n * coef_at(&n->add, image) : NULL;
    for (int64_t row = t->to; row < end; row++)
        for (int64_t c = 0; c < t->c1 - t->c0 && (row < 0 || row >= b->H); c++)
            memset(scratch_row(t, row) + c * b->block, 0, (size_t)(b->pitch * LANES) * sizeof(float));
    for (int64_t j = 0; j < b->panels && top < low; j++)
        direct_panel(b->line, &(DirectLines){.cols = r->cols, .panel = t->g * b->panels + j, .n = low - top, .a = x + top * coef_at(&b->a, h), .a_step = coef_at(&b->a, h),
            .add = add ? add + top * coef_at(&n->add, h) + t->c0 * coef_at(&n->add, b->first[DIM_C]) + j * nr : NULL, .add_step = coef_at(&n->add, h),
            .out = scratch_row(t, top) + b->left * LANES + j * nr, .out_step = b->pitch * LANES});
    if (n->post && top < low)
        scratch_post(t, r->part[0].e, n, b->first, t->buf + b->left * LANES, t->from, b->pitch * LANES, b->block, top, low);
    t->to = end;
}

/* Rows p0 … p1 − 1 of the result. */
static void second_rows(const Task *t, int64_t p0, int64_t p1)
{
    const BRun *r = t->r;
    const Bands *b = r->b;
    const Nest *n = r->second;
    const int *ax = b->second;
    float same[LANES];
    ULanes l = {.tap = b->tap, .n_taps = b->n_taps, .lanes = LANES, .xs = b->col_step * LANES, .ys = t->made ? LANES : coef_at(&n->out, ax[DIM_W]), .adds = coef_at(&n->add, ax[DIM_W]), .clamp = n->clamp, .lo = n->lo, .hi = n->hi, .n = b->Q};
    for (int64_t c = t->c0; c < t->c1; c++) {
        l.w = r->weights + c * b->n_taps * LANES;
        l.init = n->init.p ? (const float *)n->init.p + n->init.offset + c * coef_at(&n->init, ax[DIM_C]) : NULL;
        if (l.init && !n->init.coef[ax[DIM_LANE]]) {
            for (int i = 0; i < LANES; i++)
                same[i] = *l.init;
            l.init = same;
        }
        float *y = t->made ? t->made + c * b->made : (float *)n->out.p + n->out.offset + t->n * coef_at(&n->out, ax[DIM_N]) + c * coef_at(&n->out, ax[DIM_C]);
        const float *add = n->add.p ? (const float *)n->add.p + n->add.offset + t->n * coef_at(&n->add, ax[DIM_N]) + c * coef_at(&n->add, ax[DIM_C]) : NULL;
        for (int64_t p = p0; p < p1; p++) {
            l.x = scratch_row(t, b->row0 + p * b->row_step) + (c - t->c0) * b->block + b->col0 * LANES;
            l.y = y + (t->made ? (p - t->band) * b->Q * LANES : p * coef_at(&n->out, ax[DIM_H]));
            l.add = add ? add + p * coef_at(&n->add, ax[DIM_H]) : NULL;
            b->line->plan.u->lanes(&l);
        }
    }
    if (n->post && t->made)
        scratch_post(t, r->part[1].e, n, ax, t->made + t->c0 * b->made, t->band, b->Q * LANES, b->made, p0, p1);
    else if (n->post)
        boxes(n, ax, t, p0, p1);
}

static const float *rows_start(const NestOperand *o, const int *ax, int64_t image, int64_t block, int64_t row) /* NULL: it is absent */
{
    return o->p ? (const float *)o->p + o->offset + image * coef_at(o, ax[DIM_N]) + block * coef_at(o, ax[DIM_C]) + row * coef_at(o, ax[DIM_H]) : NULL;
}

/* Rows p0 … p1 − 1 of the third nest. */
static void third_rows(Task *t, int64_t p0, int64_t p1)
{
    const BRun *r = t->r;
    const Bands *b = r->b;
    const Nest *n = r->third;
    const Plan *p = &b->last->plan;
    const int *ax = b->third;
    for (int64_t j = 0; j < p->col_panels; j++) {
        const int64_t col = j * p->u->nr, c = col / LANES, lane = col % LANES;
        const float *add = rows_start(&n->add, ax, t->n, c, p0), *out = rows_start(&n->out, ax, t->n, c, p0);
        direct_panel(b->last, &(DirectLines){.cols = r->last_cols, .panel = j, .n = p1 - p0, .a = t->made, .a_step = b->Q * LANES, .add = add ? add + lane : NULL,
            .add_step = coef_at(&n->add, ax[DIM_H]), .out = (float *)(uintptr_t)out + lane, .out_step = coef_at(&n->out, ax[DIM_H])});
    }
    t->c0 = 0, t->c1 = p->N / LANES;
    if (n->post)
        boxes(n, ax, t, p0, p1);
}

/* The rows that the last band and the next one, which begins at row from, both read. */
static void keep_rows(Task *t, int64_t from)
{
    const Bands *b = t->r->b;
    for (int64_t c = 0; c < t->c1 - t->c0 && from < t->to; c++)
        memmove(t->buf + c * b->block, scratch_row(t, from) + c * b->block, (size_t)((t->to - from) * b->pitch * LANES) * sizeof(float));
    t->from = from;
    t->to = t->to < from ? from : t->to;
}

static void set_group(Task *t, int64_t g)
{
    t->g = g;
    t->c0 = g * t->r->b->blocks, t->c1 = min_i64(t->c0 + t->r->b->blocks, t->r->b->CB);
}

/* Rows p0 … p1 − 1 of the result of a group. */
static void band(Task *t, int64_t p0, int64_t p1)
{
    const Bands *b = t->r->b;
    keep_rows(t, b->row0 + p0 * b->row_step);
    first_rows(t, b->row0 + (p1 - 1) * b->row_step + b->reach + 1);
    second_rows(t, p0, p1);
}

static void group(Task *t, int64_t g, int64_t p0, int64_t p1)
{
    const Bands *b = t->r->b;
    set_group(t, g);
    t->from = t->to = b->row0 + p0 * b->row_step;
    for (int64_t p = p0; p < p1; p += b->band)
        band(t, p, min_i64(p + b->band, p1));
}

/* With a third nest: band by band, all groups. */
static void groups(Task *t, int64_t p0, int64_t p1)
{
    const Bands *b = t->r->b;
    float *buf = t->buf;
    int64_t from = b->row0 + p0 * b->row_step, to = from;
    t->made = buf + b->groups * b->blocks * b->block;
    for (int64_t p = p0; p < p1; p += b->band) {
        const int64_t end = min_i64(p + b->band, p1);
        t->band = p;
        for (int64_t g = 0; g < b->groups; g++) {
            set_group(t, g);
            t->buf = buf + g * b->blocks * b->block, t->from = from, t->to = to;
            band(t, p, end);
        }
        from = t->from, to = t->to;
        third_rows(t, p, end);
    }
}

/* Padding on both sides of every row of the scratch; it stays. */
static void clear_sides(const Bands *b, float *buf)
{
    const int64_t right = b->pitch - b->left - b->W;
    for (int64_t i = 0; i < (b->last ? b->groups : 1) * b->blocks * b->rows; i++, buf += b->pitch * LANES) {
        memset(buf, 0, (size_t)(b->left * LANES) * sizeof *buf);
        memset(buf + (b->left + b->W) * LANES, 0, (size_t)(right * LANES) * sizeof *buf);
    }
}

static void task(void *ctx, int64_t chunk, int thread)
{
    const BRun *r = ctx;
    const Bands *b = r->b;
    const int64_t p0 = chunk / b->cuts % b->parts * b->part, g0 = chunk % b->cuts * b->each;
    Task t = {.r = r, .thread = thread, .buf = (float *)(void *)(r->mem + (size_t)thread * r->sz), .n = chunk / b->cuts / b->parts};
    clear_sides(b, t.buf);
    const int64_t p1 = min_i64(p0 + b->part, b->P);
    if (b->last)
        groups(&t, p0, p1);
    for (int64_t g = g0; g < min_i64(g0 + b->each, b->groups) && !b->last; g++)
        group(&t, g, p0, p1);
}

static bool packed(const Bands *b, const BandsPart *part)
{
    const ContractPack *k = part[1].pack;
    return pack_serves(part[0].pack, &b->line->plan, true) && k && k->form == PACK_LANES && k->K == b->n_taps && k->lines == LANES && k->n_batch == b->CB &&
        (!b->last || pack_serves(part[2].pack, &b->last->plan, true));
}

static void line_pointers(NestMade *m, const Nest *n)
{
    nest_pointers(&m->nest, n);
    m->nest.a.p = m->nest.out.p = m->nest.b.p; /* given row by row; only not NULL */
    m->nest.post = NULL;
}

static SpmlCode run(BRun *r, ContractWork *w, Pool *pool, Error *err)
{
    const Bands *b = r->b;
    const int64_t all = b->last ? b->groups * b->blocks * b->block + b->CB * b->made : b->blocks * b->block;
    r->sz = ((size_t)all * sizeof(float) + 63) & ~(size_t)63;
    r->mem = work_reserve(w, WORK_LOCAL, r->sz * (size_t)b->threads);
    float *copy = b->image.n ? work_reserve(w, WORK_SHARED, (size_t)b->image.floats * sizeof(float)) : NULL;
    if (!r->mem || (b->image.n && !copy))
        return error_oom(err);
    if (copy)
        image_fill(&b->image, r->first->a.p, 0, copy, pool);
    r->x = copy ? copy : r->first->a.p;
    line_pointers(b->line, r->first);
    if (b->last)
        line_pointers(b->last, r->third);
    pool_run(pool, b->N * b->parts * b->cuts, task, r);
    return SPML_OK;
}

static SpmlCode bands_make(const BandsPart *part, int n, const ContractBound *bound, ContractWork *w, int threads, Error *err)
{
    const Nest *nest[BANDS_PARTS] = {0};
    NestIndex *x = malloc(4 * sizeof *x);
    Bands *b = calloc(1, sizeof *b);
    SpmlCode code = x && b ? SPML_OK : error_oom(err);
    for (int i = 0; i < n && b; i++) {
        nest[i] = bound[i].nest;
        if (i < n - 1)
            b->id[i] = bound[i].id;
    }
    if (!code && (!contract_index(part[0].c, part[0].l, true, &x[0]) || !contract_index(part[1].c, part[1].l, false, &x[1]) ||
                  (n > 2 && (!contract_index(part[2].c, part[2].l, false, &x[2]) || !contract_index(part[2].c, part[2].l, true, &x[3])))))
        code = SPML_NO;
    if (!code) {
        b->work = w, b->threads = threads;
        code = make(b, nest, n, x, w, threads, err);
    }
    free(x);
    if (code)
        bands_free(&b);
    *bound[n - 1].bands = b;
    return code;
}

static bool made_of(const Bands *b, const ContractBound *bound, int n, const ContractWork *w, int threads)
{
    bool same = b && b->work == w && b->threads == threads && (b->last != NULL) == (n > 2);
    for (int i = 0; i < n - 1 && same; i++)
        same = b->id[i] == bound[i].id;
    return same;
}

SpmlCode bands_run(const BandsPart *part, int n, ContractWork *w, Pool *pool, Error *err)
{
    ContractBound bound[BANDS_PARTS];
    const int threads = pool ? pool_threads(pool) : 1;
    SpmlCode code = SPML_OK;
    for (int i = 0; i < n; i++) {
        if (!contract_bound(part[i].c, part[i].l, part[i].e, &bound[i]))
            return SPML_NO;
        for (int j = 0; j < i; j++)
            if (bound[j].nest == bound[i].nest) /* the later one has taken its place */
                return SPML_NO;
    }
    Bands **at = bound[n - 1].bands;
    if (!made_of(*at, bound, n, w, threads)) {
        bands_free(at);
        code = bands_make(part, n, bound, w, threads, err);
    }
    if (code || !packed(*at, part))
        return code ? code : SPML_NO;
    BRun r = {.b = *at, .first = bound[0].nest, .second = bound[1].nest, .third = n > 2 ? bound[2].nest : NULL, .part = part, .cols = part[0].pack->data, .weights = part[1].pack->data,
        .last_cols = n > 2 ? part[2].pack->data : NULL};
    return run(&r, w, pool, err);
}
