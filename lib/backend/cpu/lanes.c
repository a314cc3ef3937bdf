/* SPDX-License-Identifier: MIT
 * cpu: the direct path of nests whose innermost output axis is one of both operands and has stride 1 in output and input: depthwise convolutions with
 * channels in blocks, and the windows of max pooling over them. A vector is some channels of one pixel; a run of pixels goes through the taps together. Pixels of which no tap falls into the padding
 * read in place, of the others each tap outside reads zeros. */
#include "backend/cpu/nest.h"
#include "base/hard.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_TAPS = 128, MAX_LANES = 64 };

typedef struct Tap { int64_t off, g[NEST_GUARDS]; } Tap; /* of the input, from the place of the output pixel */

typedef struct Shape {
    int lane, q;              /* axes; q −1: one pixel a line */
    int guard;                /* of the input that q moves, or −1 */
    int64_t lanes, Q, stride; /* positions of the guard per q */
    Walk lines, init, add, out, weight; /* the other output axes, in the input, the planes, and as numbers of packed weights */
    int n_taps;
} Shape;

typedef struct LRun {
    const Nest *nest;
    const ULevel *u;
    Shape s;
    Tap tap[MAX_TAPS];
    const float *weights;     /* [n_weights][n_taps][lanes] */
    const float *outside;     /* a line of what is read beyond the guards */
    int64_t chunk;            /* lines of a task */
} LRun;

static bool plain_lane(const NestOperand *o, int ax)
{
    for (int g = 0; g < o->n_guards; g++)
        if (o->guard[g].coef[ax])
            return false;
    return o->coef[ax] == 1;
}

/* The output axis along pixels: it moves the input and the output by least, not the weights. */
static int pixel_axis(const Nest *n, int lane)
{
    int q = -1;
    for (int i = 0; i < n->n_out; i++)
        if (i != lane && n->a.coef[i] > 0 && !n->b.coef[i] && n->out.coef[i] > 0 && (q < 0 || n->out.coef[i] < n->out.coef[q]))
            q = i;
    return q;
}

static bool guard_of_q(const Nest *n, Shape *s)
{
    s->guard = -1, s->stride = 0;
    for (int g = 0; g < n->a.n_guards; g++) {
        if (n->a.guard[g].div > 1 || (s->q >= 0 && n->a.guard[g].coef[s->q] && s->guard >= 0))
            return false;
        if (s->q >= 0 && n->a.guard[g].coef[s->q])
            s->guard = g, s->stride = n->a.guard[g].coef[s->q];
    }
    return s->stride >= 0;
}

/* Weights are numbered by the axes that move them. */
static void weight_walk(const Nest *n, const int *axes, int n_axes, Walk *w)
{
    NestOperand index = {0};
    int64_t count = 1;
    for (int i = n_axes - 1; i >= 0; i--)
        if (n->b.coef[axes[i]]) {
            index.coef[axes[i]] = count;
            count *= n->extent[axes[i]];
        }
    walk_axes(w, n, &index, axes, n_axes, false);
}

static bool float_or_none(const NestOperand *o) { return !o->p || o->type == DT_f32; }

static bool shape_make(const Nest *n, Shape *s)
{
    int axes[NEST_AXES], n_axes = 0;
    memset(s, 0, sizeof *s); /* it is hashed */
    s->lane = -1, s->n_taps = 1;
    if (n->a.type != DT_f32 || n->out.type != DT_f32 || !float_or_none(&n->init) || !float_or_none(&n->add) || n->tail.box)
        return false;
    for (int i = 0; i < n->n_out; i++)
        if (n->out.coef[i] == 1)
            s->lane = i;
    if (s->lane < 0 || (!n->extremum && !n->b.coef[s->lane]) || !plain_lane(&n->a, s->lane) || (n->init.p && n->init.coef[s->lane] && !plain_lane(&n->init, s->lane)) || (n->add.p && !plain_lane(&n->add, s->lane)))
        return false;
    s->lanes = n->extent[s->lane];
    s->q = pixel_axis(n, s->lane);
    s->Q = s->q < 0 ? 1 : n->extent[s->q];
    if (s->lanes % 16 || s->lanes > MAX_LANES || !guard_of_q(n, s) || (s->q >= 0 && n->init.p && n->init.coef[s->q]))
        return false;
    for (int i = 0; i < n->n_out; i++)
        if (i != s->lane && i != s->q)
            axes[n_axes++] = i;
    for (int i = n->n_out; i < n->n_axes; i++) {
        if (n->extent[i] > MAX_TAPS || (s->n_taps *= (int)n->extent[i]) > MAX_TAPS)
            return false;
    }
    for (int g = 0; g < n->b.n_guards; g++) /* lanes beyond the channels are zero */
        if (n->b.guard[g].div > 1)
            return false;
    walk_axes(&s->lines, n, &n->a, axes, n_axes, false);
    walk_axes(&s->out, n, &n->out, axes, n_axes, false);
    walk_axes(&s->init, n, n->init.p ? &n->init : NULL, axes, n_axes, false);
    walk_axes(&s->add, n, n->add.p ? &n->add : NULL, axes, n_axes, false);
    weight_walk(n, axes, n_axes, &s->weight);
    return true;
}

bool lanes_fits(const Nest *n)
{
    Shape s;
    return shape_make(n, &s);
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

static void taps_make(LRun *r)
{
    const Nest *n = r->nest;
    const NestOperand *a = &n->a;
    for (int t = 0; t < r->s.n_taps; t++) {
        Tap *p = &r->tap[t];
        int64_t rest = t;
        *p = (Tap){0};
        for (int ax = n->n_axes - 1; ax >= n->n_out; ax--) {
            const int64_t at = rest % n->extent[ax];
            rest /= n->extent[ax];
            p->off += at * a->coef[ax];
            for (int g = 0; g < a->n_guards; g++)
                p->g[g] += at * a->guard[g].coef[ax];
        }
    }
}

/* One run of pixels of a line, all taps as given. */
static void run(const LRun *r, ULanes *l, const float *const *tap, int64_t q, int64_t n, const float *y, const float *add)
{
    const float *at[MAX_TAPS];
    for (int t = 0; t < r->s.n_taps; t++)
        at[t] = tap[t] + q * l->xs;
    l->tap = at;
    l->n = n;
    l->y = (float *)(uintptr_t)(y + q * l->ys);
    l->add = add ? add + q * l->adds : NULL;
    r->u->lanes(l);
}

static void line(const LRun *r, int64_t i)
{
    const Shape *s = &r->s;
    const Nest *n = r->nest;
    const NestOperand *a = &n->a;
    const WalkAt at = walk_at(&s->lines, i);
    const float *tap[MAX_TAPS], *edge[MAX_TAPS], *x = (const float *)a->p + a->offset + at.off;
    int64_t from[MAX_TAPS], q0 = 0, q1 = s->Q; /* position of q = 0 per tap; pixels inside for all taps */
    for (int t = 0; t < s->n_taps; t++) {
        bool inside = true;
        for (int g = 0; g < a->n_guards; g++) {
            const int64_t pos = a->guard[g].start + at.g[g] + r->tap[t].g[g];
            if (g == s->guard)
                from[t] = pos;
            else
                inside = inside && pos >= 0 && pos < a->guard[g].extent;
        }
        tap[t] = inside ? x + r->tap[t].off : NULL;
        if (!inside || s->guard < 0) {
            from[t] = 0;
            continue;
        }
        const int64_t lo = from[t] < 0 ? div_up(-from[t], s->stride) : 0, end = a->guard[s->guard].extent - from[t], hi = end <= 0 ? 0 : div_up(end, s->stride);
        q0 = lo > q0 ? lo : q0, q1 = hi < q1 ? hi : q1;
    }
    q0 = min_i64(q0, s->Q), q1 = q1 < q0 ? q0 : q1;
    const int64_t xs = s->q < 0 ? 0 : a->coef[s->q];
    ULanes l = {.w = r->weights ? r->weights + walk_at(&s->weight, i).off * s->n_taps * s->lanes : NULL, .extremum = n->extremum, .n_taps = s->n_taps, .lanes = (int)s->lanes, .xs = xs, .ys = s->q < 0 ? 0 : n->out.coef[s->q],
        .adds = s->q < 0 ? 0 : n->add.coef[s->q], .clamp = n->clamp, .lo = n->lo, .hi = n->hi};
    const float *y = (const float *)n->out.p + n->out.offset + walk_at(&s->out, i).off, *add = n->add.p ? (const float *)n->add.p + n->add.offset + walk_at(&s->add, i).off : NULL;
    float same[MAX_LANES];
    l.init = n->init.p ? (const float *)n->init.p + n->init.offset + walk_at(&s->init, i).off : NULL;
    for (int k = 0; l.init && !n->init.coef[s->lane] && k < s->lanes; k++)
        same[k] = *l.init;
    l.init = l.init && !n->init.coef[s->lane] ? same : l.init;
    for (int t = 0; t < s->n_taps; t++)
        edge[t] = tap[t] ? tap[t] : r->outside;
    if (q1 > q0)
        run(r, &l, edge, q0, q1 - q0, y, add);
    for (int64_t q = 0; q < s->Q; q = q + 1 == q0 ? q1 : q + 1) { /* the pixels at the ends, each on its own */
        if (q >= q0 && q < q1) {
            q = q1 - 1;
            continue;
        }
        for (int t = 0; t < s->n_taps; t++) {
            const int64_t pos = from[t] + q * s->stride;
            const bool in = tap[t] && (s->guard < 0 || (pos >= 0 && pos < a->guard[s->guard].extent));
            edge[t] = in ? tap[t] : r->outside - q * xs;
        }
        run(r, &l, edge, q, 1, y, add);
    }
}

static void task(void *ctx, int64_t chunk, int thread)
{
    const LRun *r = ctx;
    const Nest *n = r->nest;
    const int64_t i0 = chunk * r->chunk, i1 = min_i64(i0 + r->chunk, r->s.lines.count);
    for (int64_t i = i0; i < i1; i++)
        line(r, i);
    for (int64_t i = i0; n->post && i < i1; i++) {
        NestBox box = {.thread = thread};
        int64_t rest = i;
        for (int ax = n->n_out - 1; ax >= 0; ax--) {
            const bool across = ax == r->s.lane || ax == r->s.q;
            box.lo[ax] = across ? 0 : rest % n->extent[ax];
            box.hi[ax] = across ? n->extent[ax] : box.lo[ax] + 1;
            rest = across ? rest : rest / n->extent[ax];
        }
        n->post(n->post_ctx, &box);
    }
}

SpmlCode lanes_run(const Nest *n, const ContractPack *pack, ContractWork *w, Pool *pool, Error *err)
{
    LRun r = {.nest = n, .u = w->u};
    shape_make(n, &r.s);
    const bool packed = pack && pack->form == PACK_LANES && pack->K == r.s.n_taps && pack->lines == r.s.lanes && pack->n_batch == n_weights(n, &r.s);
    const int64_t xs = r.s.q < 0 ? 0 : n->a.coef[r.s.q], line = r.s.Q * xs + r.s.lanes, weights = packed || n->extremum ? 0 : n_weights(n, &r.s) * r.s.n_taps * r.s.lanes;
    if (!n->extremum && n->b.type != DT_f32)
        return SPML_NO;
    float *mem = work_reserve(w, WORK_SHARED, (size_t)(line + weights) * sizeof(float));
    if (!mem)
        return error_oom(err);
    for (int64_t i = 0; i < line; i++)
        mem[i] = n->extremum ? n->outside : 0;
    if (weights)
        weights_fill(n, &r.s, mem + line);
    r.outside = mem;
    r.weights = n->extremum ? NULL : packed ? pack->data : mem + line;
    taps_make(&r);
    r.chunk = 2048 / (r.s.Q * r.s.n_taps) + 1;
    pool_run(pool, div_up(r.s.lines.count, r.chunk), task, &r);
    return SPML_OK;
}
