/* SPDX-License-Identifier: MIT
 * cpu: the direct path of nests whose innermost output axis is one of both operands and has stride 1 in output and input: depthwise convolutions with
 * channels in blocks, and the windows of max pooling over them. A vector is some channels of one pixel; a run of pixels goes through the taps together, each
 * tap one offset. Where guards can fail, a task first copies that part of the input with what lies beyond them around it, small enough to stay in cache: the
 * rim of an image, or, of small images and those with guards of other forms, the whole part of the task. */
#include "backend/cpu/image.h"
#include "base/hard.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_TAPS = 128, MAX_LANES = 64, IMAGE_FLOATS = HARD(16384, 1), /* of a task's copy, about */
    SPLIT_PIXELS = HARD(12, 3) /* lines shorter than that are copied whole */ };

/* Output axes: lane, q (pixels of a line), lines (those that move a guard of the input; `band` is the outermost of them. Where none does, the axis along the
 * input next to q), the others (planes). */
typedef struct Shape {
    int lane, q, band;          /* q, band −1: none */
    int n_line, n_plane, line[NEST_AXES], plane[NEST_AXES];
    int64_t lanes, Q;
    int n_taps;
} Shape;

static bool plain_lane(const NestOperand *o, int ax) { return !operand_guards(o, ax) && o->coef[ax] == 1; }

/* The output axis along pixels: it moves the input and the output by least, not the weights. */
static int pixel_axis(const Nest *n, int lane)
{
    int q = -1;
    for (int i = 0; i < n->n_out; i++)
        if (i != lane && n->a.coef[i] > 0 && !n->b.coef[i] && n->out.coef[i] > 0 && (q < 0 || n->out.coef[i] < n->out.coef[q]))
            q = i;
    return q;
}

/* Without guards: the axis along which lines of pixels follow each other. */
static int line_axis(const Nest *n, const Shape *s)
{
    int p = -1;
    for (int i = 0; i < n->n_out && !n->a.n_guards && s->q >= 0; i++)
        if (i != s->lane && i != s->q && n->a.coef[i] > n->a.coef[s->q] && !n->b.coef[i] && (!n->init.p || !n->init.coef[i]) && n->out.coef[i] > n->out.coef[s->q] && (p < 0 || n->out.coef[i] < n->out.coef[p]))
            p = i;
    return p;
}

static bool float_or_none(const NestOperand *o) { return !o->p || o->type == DT_f32; }

static bool sort_axes(const Nest *n, Shape *s)
{
    const int next = line_axis(n, s);
    for (int i = 0; i < n->n_out; i++) {
        const bool line = operand_guards(&n->a, i) || i == next;
        if (i == s->lane)
            continue;
        if ((i == s->q || line) && (n->b.coef[i] || (n->init.p && n->init.coef[i])))
            return false; /* weights and bias are those of a plane */
        if (i == s->q)
            continue;
        if (line && (s->band < 0 || n->out.coef[i] > n->out.coef[s->band]))
            s->band = i;
        if (line)
            s->line[s->n_line++] = i;
        else
            s->plane[s->n_plane++] = i;
    }
    for (int g = 0; g < n->a.n_guards; g++)
        if (n->a.guard[g].div > 1)
            return false;
    return true;
}

static bool shape_make(const Nest *n, Shape *s)
{
    memset(s, 0, sizeof *s); /* it is hashed */
    s->lane = s->band = -1, s->n_taps = 1;
    if (n->a.type != DT_f32 || n->out.type != DT_f32 || !float_or_none(&n->init) || !float_or_none(&n->add) || n->tail.box)
        return false;
    for (int i = 0; i < n->n_out; i++)
        if (n->out.coef[i] == 1)
            s->lane = i;
    if (s->lane < 0 || (!n->extremum && !n->b.coef[s->lane]) || !plain_lane(&n->a, s->lane) || (n->init.p && n->init.coef[s->lane] && !plain_lane(&n->init, s->lane)) ||
        (n->add.p && !plain_lane(&n->add, s->lane)))
        return false;
    s->lanes = n->extent[s->lane];
    s->q = pixel_axis(n, s->lane);
    s->Q = s->q < 0 ? 1 : n->extent[s->q];
    for (int i = n->n_out; i < n->n_axes; i++)
        if (n->extent[i] > MAX_TAPS || (s->n_taps *= (int)n->extent[i]) > MAX_TAPS)
            return false;
    for (int g = 0; g < n->b.n_guards; g++) /* lanes beyond the channels are zero */
        if (n->b.guard[g].div > 1)
            return false;
    return s->lanes % 16 == 0 && s->lanes <= MAX_LANES && sort_axes(n, s);
}

bool lanes_fits(const Nest *n)
{
    Shape s;
    Image im;
    return shape_make(n, &s) && (!n->a.n_guards || image_make(n, &im));
}

/* ── weights ── */

static int64_t n_weights(const Nest *n, const Shape *s)
{
    int64_t c = 1;
    for (int i = 0; i < n->n_out; i++)
        c *= i != s->lane && n->b.coef[i] ? n->extent[i] : 1;
    return c;
}

static float weight(const Nest *n, const int64_t *at) /* by axis */
{
    int64_t off = n->b.offset;
    float v;
    for (int i = 0; i < n->n_axes; i++)
        off += n->b.coef[i] * at[i];
    for (int g = 0; g < n->b.n_guards; g++) {
        int64_t pos = n->b.guard[g].start;
        for (int i = 0; i < n->n_axes; i++)
            pos += n->b.guard[g].coef[i] * at[i];
        if (pos < 0 || pos >= n->b.guard[g].extent)
            return 0;
    }
    memcpy(&v, (const float *)n->b.p + off, sizeof v);
    return v;
}

static void weights_fill(const Nest *n, const Shape *s, float *dst)
{
    const int64_t count = n_weights(n, s);
    for (int64_t w = 0; w < count; w++)
        for (int64_t t = 0; t < s->n_taps; t++)
            for (int64_t l = 0; l < s->lanes; l++) {
                int64_t at[NEST_AXES] = {0}, rest = w;
                for (int i = n->n_out - 1; i >= 0; i--)
                    if (i != s->lane && n->b.coef[i])
                        at[i] = rest % n->extent[i], rest /= n->extent[i];
                rest = t;
                for (int i = n->n_axes - 1; i >= n->n_out; i--)
                    at[i] = rest % n->extent[i], rest /= n->extent[i];
                at[s->lane] = l;
                *dst++ = weight(n, at);
            }
}

SpmlCode lanes_pack(const Nest *n, ContractWork *w, Pool *pool, ContractPack **out, Error *err)
{
    Shape s;
    Sha256 sum;
    bool ready = false;
    *out = NULL;
    shape_make(n, &s);
    if (n->b.type != DT_f32)
        return SPML_OK;
    ContractPack *k = calloc(1, sizeof *k);
    if (!k)
        return error_oom(err);
    *k = (ContractPack){.which = 1, .form = PACK_LANES, .u = w->u, .K = s.n_taps, .lines = s.lanes, .n_batch = n_weights(n, &s)};
    k->bytes = (size_t)(k->n_batch * k->K * k->lines) * sizeof(float);
    sha256_init(&sum);
    sha256_add(&sum, "lanes 1", 8);
    sha256_add(&sum, &s, sizeof s);
    sha256_add(&sum, &n->b.coef, sizeof n->b.coef);
    sha256_add(&sum, n->b.guard, (size_t)n->b.n_guards * sizeof *n->b.guard);
    if (!pack_memory(w, k, &sum, n->b.p, pool, &ready))
        return free(k), error_oom(err);
    if (!ready)
        weights_fill(n, &s, k->data);
    *out = k;
    return SPML_OK;
}

/* ── running ── */

/* How a box of lines × pixels is read: in place, or from a copy. */
typedef struct Piece {
    Image image;              /* of a box that begins at line and pixel 0; n 0: in place */
    int64_t offset, xs;       /* of its first point; from pixel to pixel */
    Walk line;
    int32_t tap[MAX_TAPS];
} Piece;

typedef struct LRun {
    const Nest *nest;
    const ULevel *u;
    Shape s;
    Walk x, init, out, add, weight; /* of planes */
    Walk line_out, line_add;
    const float *weights;     /* [n_weights][n_taps][lanes] */
    int64_t rows, bands;      /* of the band axis: points of a band; bands of a plane */
    int64_t tasks, inner;     /* inner: planes of one sample: tasks go through these, band by band, as other kernels cut an image for the threads */
    bool split;               /* inside lines p0 … p1 and pixels q0 … q1 no guard fails */
    int64_t p0, p1, q0, q1, edge_rows;
    Piece whole, inside, edge, sides; /* bands; or, split: that box, some lines above and below, the pixels left and right */
    char *mem;
    size_t sz;                /* of a thread's image */
} LRun;

static void lines(const LRun *r, const Piece *p, ULanes *l, const float *x, float *y, const float *add, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        l->x = x + walk_at(&p->line, i).off;
        l->y = y + walk_at(&r->line_out, i).off;
        l->add = add ? add + walk_at(&r->line_add, i).off : NULL;
        r->u->lanes(l);
    }
}

static void post(const LRun *r, int64_t plane, int64_t from, int64_t to, int thread)
{
    const Nest *n = r->nest;
    NestBox box = {.thread = thread};
    for (int i = 0; i < n->n_out; i++)
        box.hi[i] = n->extent[i];
    for (int i = r->s.n_plane - 1; i >= 0; i--) {
        const int ax = r->s.plane[i];
        box.lo[ax] = plane % n->extent[ax], box.hi[ax] = box.lo[ax] + 1;
        plane /= n->extent[ax];
    }
    if (r->s.band >= 0)
        box.lo[r->s.band] = from, box.hi[r->s.band] = to;
    n->post(n->post_ctx, &box);
}

static int64_t coef_of(const NestOperand *o, int ax) { return ax < 0 || !o->p ? 0 : o->coef[ax]; }

typedef struct Lanes { const float *x, *add; float *y; ULanes l; float *copy; } Lanes; /* a plane's first point, and what all its boxes have in common */

/* Lines p0 … p1 (of the band), pixels q0 … q1. */
static void box(const LRun *r, const Piece *piece, Lanes *t, int64_t p0, int64_t p1, int64_t q0, int64_t q1)
{
    const Shape *s = &r->s;
    const Nest *n = r->nest;
    ULanes l = t->l;
    const float *x = t->x + piece->offset;
    if (p0 >= p1 || q0 >= q1)
        return;
    if (piece->image.n) {
        Image im = piece->image;
        image_move(&im, n, 2, (int[]){s->band, s->q}, (int64_t[]){p0, q0});
        image_fill(&im, t->x, n->extremum ? n->outside : 0, t->copy, NULL);
        x = t->copy + piece->offset;
    } else {
        x += p0 * coef_of(&n->a, s->band) + q0 * piece->xs;
    }
    int64_t count = 1;
    for (int i = 0; i < s->n_line; i++)
        count *= s->line[i] == s->band ? p1 - p0 : n->extent[s->line[i]];
    l.tap = piece->tap, l.xs = piece->xs, l.n = q1 - q0;
    lines(r, piece, &l, x, t->y + p0 * coef_of(&n->out, s->band) + q0 * l.ys, t->add ? t->add + p0 * coef_of(&n->add, s->band) + q0 * l.adds : NULL, count);
}

static void band_split(const LRun *r, Lanes *t, int64_t from, int64_t to)
{
    const int64_t Q = r->s.Q, top = min_i64(r->p0 > from ? r->p0 : from, to), end = r->p1 < top ? top : min_i64(r->p1, to);
    for (int64_t p = from; p < top; p += r->edge_rows)
        box(r, &r->edge, t, p, min_i64(p + r->edge_rows, top), 0, Q);
    box(r, &r->inside, t, top, end, r->q0, r->q1);
    box(r, &r->sides, t, top, end, 0, r->q0);
    box(r, &r->sides, t, top, end, r->q1, Q);
    for (int64_t p = end; p < to; p += r->edge_rows)
        box(r, &r->edge, t, p, min_i64(p + r->edge_rows, to), 0, Q);
}

static void task(void *ctx, int64_t chunk, int thread)
{
    const LRun *r = ctx;
    const Shape *s = &r->s;
    const Nest *n = r->nest;
    const int64_t plane = chunk / (r->bands * r->inner) * r->inner + chunk % r->inner, from = chunk / r->inner % r->bands * r->rows, to = s->band < 0 ? 1 : min_i64(from + r->rows, n->extent[s->band]);
    float same[MAX_LANES];
    Lanes t = {.x = (const float *)n->a.p + walk_at(&r->x, plane).off, .y = (float *)n->out.p + n->out.offset + walk_at(&r->out, plane).off, .copy = (float *)(void *)(r->mem + (size_t)thread * r->sz)};
    t.add = n->add.p ? (const float *)n->add.p + n->add.offset + walk_at(&r->add, plane).off : NULL;
    ULanes *l = &t.l;
    *l = (ULanes){.w = r->weights ? r->weights + walk_at(&r->weight, plane).off * s->n_taps * s->lanes : NULL, .extremum = n->extremum, .n_taps = s->n_taps, .lanes = (int)s->lanes,
        .ys = coef_of(&n->out, s->q), .adds = coef_of(&n->add, s->q), .clamp = n->clamp, .lo = n->lo, .hi = n->hi};
    l->init = n->init.p ? (const float *)n->init.p + n->init.offset + walk_at(&r->init, plane).off : NULL;
    for (int k = 0; l->init && !n->init.coef[s->lane] && k < s->lanes; k++)
        same[k] = *l->init;
    l->init = l->init && !n->init.coef[s->lane] ? same : l->init;
    if (r->split)
        band_split(r, &t, from, to);
    else
        box(r, &r->whole, &t, from, to, 0, s->Q);
    if (n->post)
        post(r, plane, from, to, thread);
}

/* A box of so many lines and pixels. false: it cannot be copied. */
static bool piece_make(const LRun *r, int64_t rows, int64_t cols, bool copy, Piece *p)
{
    const Nest *n = r->nest;
    const Shape *s = &r->s;
    UNINIT Nest part;
    part = *n;
    for (int i = 0; i < s->n_plane; i++) /* they move the whole image */
        part.a.coef[s->plane[i]] = 0;
    if (s->band >= 0)
        part.extent[s->band] = rows;
    if (s->q >= 0)
        part.extent[s->q] = cols;
    p->image.n = 0;
    if (copy && !image_make(&part, &p->image))
        return false;
    if (copy)
        part.a = image_operand(&part, &p->image, NULL);
    p->offset = part.a.offset, p->xs = s->q < 0 ? 0 : part.a.coef[s->q];
    walk_axes(&p->line, &part, &part.a, s->line, s->n_line, false);
    for (int t = 0; t < s->n_taps; t++) {
        int64_t rest = t, off = 0;
        for (int ax = n->n_axes - 1; ax >= n->n_out; ax--) {
            off += rest % n->extent[ax] * part.a.coef[ax];
            rest /= n->extent[ax];
        }
        if (off < INT32_MIN || off > INT32_MAX)
            return false;
        p->tap[t] = (int32_t)off;
    }
    return true;
}

/* Where along output axis ax no guard fails, for guards that only it and taps move. false: a guard is moved by another axis too, or backwards. */
static bool safe_range(const Nest *n, int ax, int64_t *from, int64_t *to)
{
    *from = 0, *to = n->extent[ax];
    for (int g = 0; g < n->a.n_guards; g++) {
        const NestGuard *d = &n->a.guard[g];
        int64_t lo = d->start, hi = d->start;
        if (!d->coef[ax])
            continue;
        for (int i = 0; i < n->n_axes; i++) {
            if (i < n->n_out && i != ax && d->coef[i])
                return false;
            if (i >= n->n_out)
                *(d->coef[i] < 0 ? &lo : &hi) += d->coef[i] * (n->extent[i] - 1);
        }
        if (d->coef[ax] < 0 || d->div > 1)
            return false;
        const int64_t first = lo < 0 ? div_up(-lo, d->coef[ax]) : 0, end = d->extent > hi ? (d->extent - 1 - hi) / d->coef[ax] + 1 : 0;
        *from = first > *from ? first : *from, *to = min_i64(*to, end);
    }
    return *from < *to;
}

enum { BAND_ROWS = 4 }; /* fewer are not worth what bands of a window have in common */

/* A plane is cut for the threads where it is tall. */
static int64_t bands_wanted(int64_t rows, int threads) { return threads > 1 && rows >= BAND_ROWS * threads ? threads : 1; }

/* Bands of a plane whose image is not too large: it grows evenly with the rows. */
static bool bands_whole(LRun *r, int64_t all, int64_t want)
{
    Piece *one = &r->inside, *two = &r->edge; /* not in use */
    if (!piece_make(r, 1, r->s.Q, true, one) || !piece_make(r, 2, r->s.Q, true, two))
        return false;
    const int64_t each = two->image.floats - one->image.floats, fit = each > 0 ? (IMAGE_FLOATS - one->image.floats) / each + 1 : all;
    r->bands = div_up(div_up(all, min_i64(fit < 1 ? 1 : fit, all)), want) * want;
    r->rows = div_up(all, r->bands);
    r->bands = div_up(all, r->rows);
    return piece_make(r, r->rows, r->s.Q, true, &r->whole);
}

static bool bands_split(LRun *r)
{
    const Nest *n = r->nest;
    const Shape *s = &r->s;
    if (s->band < 0 || s->q < 0 || s->n_line != 1 || s->Q < SPLIT_PIXELS || !safe_range(n, s->band, &r->p0, &r->p1) || !safe_range(n, s->q, &r->q0, &r->q1))
        return false;
    const int64_t above = r->p0, below = n->extent[s->band] - r->p1, left = r->q0, right = s->Q - r->q1, side = left > right ? left : right;
    r->edge_rows = HARD(above > below ? above : below, 1);
    r->edge_rows = r->edge_rows < 1 ? 1 : r->edge_rows;
    if (!piece_make(r, 1, 1, false, &r->inside) || !piece_make(r, min_i64(r->edge_rows, r->rows), s->Q, true, &r->edge) || !piece_make(r, r->rows, side > 0 ? side : 1, true, &r->sides))
        return false;
    return r->edge.image.floats <= IMAGE_FLOATS && r->sides.image.floats <= IMAGE_FLOATS;
}

static bool bands(LRun *r, int threads)
{
    const int64_t all = r->s.band < 0 ? 1 : r->nest->extent[r->s.band], want = r->s.band < 0 ? 1 : bands_wanted(all, threads);
    r->rows = div_up(all, want);
    r->bands = div_up(all, r->rows);
    if (!r->nest->a.n_guards)
        return piece_make(r, r->rows, r->s.Q, false, &r->whole);
    r->split = bands_split(r);
    return r->split || bands_whole(r, all, want);
}

/* Weights are numbered by the axes that move them. */
static void weight_walk(const Nest *n, const Shape *s, Walk *w)
{
    NestOperand index = {0};
    int64_t count = 1;
    for (int i = s->n_plane - 1; i >= 0; i--)
        if (n->b.coef[s->plane[i]]) {
            index.coef[s->plane[i]] = count;
            count *= n->extent[s->plane[i]];
        }
    walk_axes(w, n, &index, s->plane, s->n_plane, false);
}

static bool run_make(LRun *r, int threads)
{
    const Nest *n = r->nest;
    Shape *s = &r->s;
    for (int i = 0; i < s->n_line && s->line[0] != s->band; i++) /* counted first, so that the last band is a part of the count */
        if (s->line[i] == s->band)
            s->line[i] = s->line[0], s->line[0] = s->band;
    walk_axes(&r->x, n, &n->a, s->plane, s->n_plane, false);
    walk_axes(&r->out, n, &n->out, s->plane, s->n_plane, false);
    walk_axes(&r->init, n, n->init.p ? &n->init : NULL, s->plane, s->n_plane, false);
    walk_axes(&r->add, n, n->add.p ? &n->add : NULL, s->plane, s->n_plane, false);
    weight_walk(n, s, &r->weight);
    if (!bands(r, threads))
        return false;
    walk_axes(&r->line_out, n, &n->out, s->line, s->n_line, false);
    walk_axes(&r->line_add, n, &n->add, s->line, s->n_line, false);
    const int64_t whole = r->whole.image.n ? r->whole.image.floats : 0, edge = r->edge.image.floats > r->sides.image.floats ? r->edge.image.floats : r->sides.image.floats;
    r->sz = ((size_t)(r->split ? edge : whole) * sizeof(float) + 63) & ~(size_t)63;
    return true;
}

static SpmlCode make(NestMade *m, ContractWork *w, Error *err)
{
    const Nest *n = &m->nest;
    UNINIT Shape s;
    if (!shape_make(n, &s) || (!n->extremum && n->b.type != DT_f32))
        return SPML_NO;
    LRun *r = m->own = malloc(sizeof *r);
    if (!r)
        return error_oom(err);
    memset(r, 0, sizeof *r);
    r->nest = n, r->u = w->u, r->s = s;
    if (!run_make(r, m->threads))
        return SPML_NO;
    r->tasks = r->bands;
    for (int i = 0; i < s.n_plane; i++)
        r->tasks *= n->extent[s.plane[i]];
    r->inner = s.n_plane ? n->extent[s.plane[s.n_plane - 1]] : 1;
    return SPML_OK;
}

static SpmlCode run(NestMade *m, ContractWork *w, Pool *pool, Error *err)
{
    LRun *r = m->own;
    const Nest *n = &m->nest;
    const ContractPack *k = m->pack;
    const int64_t count = n->extremum ? 0 : n_weights(n, &r->s);
    const bool packed = k && k->form == PACK_LANES && k->K == r->s.n_taps && k->lines == r->s.lanes && k->n_batch == count, fill = count && !packed;
    r->mem = work_reserve(w, WORK_LOCAL, r->sz * (size_t)m->threads);
    float *made = fill ? work_reserve(w, WORK_SHARED, (size_t)(count * r->s.n_taps * r->s.lanes) * sizeof(float)) : NULL;
    if (!r->mem || (fill && !made))
        return error_oom(err);
    if (fill)
        weights_fill(n, &r->s, made);
    r->weights = packed && count ? k->data : made;
    pool_run(pool, r->tasks, task, r);
    return SPML_OK;
}

const NestEngine engine_lanes = {make, run, .planned = false};
