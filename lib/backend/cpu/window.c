/* SPDX-License-Identifier: MIT
 * cpu: sliding minima and maxima; see window.h. A batch of output rows is one task: each row's line is the extremum over its input rows,
 * with what lies outside as its padding; lines lie one after the other, split by phase of the stride, so a tap along the row is one
 * pass over the whole batch. */
#include "backend/cpu/window.h"
#include "backend/cpu/form.h"
#include "backend/cpu/nest.h"
#include "base/hard.h"
#include "kir/core.h"
#include "kir/prims.h"

#include <string.h>

enum { SLACK = 64, BATCH = HARD(4096, 1), LONGEST = 1 << 16, MAX_PHASES = 8, MAX_TAPS = 4096, PLANS = HARD(8, 1), SMALL = HARD(16384, 0) };

typedef struct Axis { int64_t lo, extent, x[KIR_MAX_RANK], out; } Axis; /* what a step moves: dimensions of x, elements of y */

struct WindowPlan {
    size_t n_key;
    int64_t key[2 * KIR_MAX_RANK * 2 + 64];
    const char *x;
    char *y;
    int rank, along;             /* dimensions of x; the one that the row walks */
    int64_t dim[KIR_MAX_RANK], stride[KIR_MAX_RANK], x0[KIR_MAX_RANK], y0;
    int n_out, n_line, n_row;    /* axes of output rows, taps of other dimensions, taps along the row */
    Axis out[KIR_MAX_AXES], line[KIR_MAX_AXES], row[KIR_MAX_AXES];
    int64_t Q, step;             /* columns; input positions per column */
    int64_t span, inside0, inside1; /* positions of a line, and those that exist */
    int64_t pitch, rows, n_rows; /* of lines, a multiple of step; rows per task; of all */
    int64_t n_taps;
    int width;
    uint64_t outside;
    KPrimFn op;                  /* NULL: of bytes */
    uint8_t turn;
    bool by_lanes;               /* nest is what runs */
    Nest nest;
    NestMade *made;
};

struct Window {
    const KirKernel *k;
    KInst **defs;
    const KInst *each, *reduce, *load, *store;
    int extremum;                /* of f32: 1 the greatest, −1 the least; else 0 */
    uint64_t outside;
    KPrimFn op;                  /* NULL: of bytes, which xored with `turn` are in ascending order as signed ones, the extremum greatest */
    uint8_t turn;
    Arena *arena;                /* of the kernel */
    WindowPlan *plan[PLANS];     /* of recent launches, by hash of their extents */
};

/* ── form ── */
static bool byte_type(DType t) { return t == DT_u8 || t == DT_i8; }

/* What r converts, where the conversion of bytes to wider integers or back changes no value; else r. */
static const KInst *converted(KInst *const *defs, KReg r, bool bytes)
{
    const KInst *i = form_def(defs, r);
    return bytes && i && i->op == K_cast ? form_def(defs, i->args[0]) : i;
}

static bool match(Window *w)
{
    const KirKernel *k = w->k;
    const KInst *e = form_each(k);
    if (!e || !form_only(e->blocks[0], K_reduce, &w->reduce, &w->store))
        return false;
    const KInst *r = w->reduce, *s = w->store;
    if (!r || !s || r->n_blocks != 1 || !form_plain_axes(r) || r->blocks[0]->n_yield != 1 || e->n_axes + r->n_axes > KIR_MAX_AXES)
        return false;
    const KReducer *red = &k->reds[r->id];
    const bool bytes = s->id < k->n_operands && byte_type(k->mems[s->id].type);
    const KInst *x = converted(w->defs, r->blocks[0]->yield[0], bytes);
    if ((red->kind != KRED_MIN && red->kind != KRED_MAX) || !form_only(r->blocks[0], K_reduce, NULL, NULL) || !x || x->op != K_load || x->field || x->id >= k->n_operands)
        return false;
    const DType t = k->mems[x->id].type;
    if (red->state_types[0] != (bytes ? dtype_info[t].compute : t) || s->id >= k->n_operands || k->mems[s->id].type != t || s->guard != KGUARD_NONE || s->field ||
        converted(w->defs, s->args[s->n_args - 1], bytes) != r)
        return false;
    if (x->guard == KGUARD_ELSE) {
        const KInst *v = form_def(w->defs, x->args[x->n_args - 1]);
        if (!v || v->op != K_const)
            return false;
        w->outside = v->bits;
    }
    w->each = e, w->load = x;
    w->extremum = t != DT_f32 ? 0 : red->kind == KRED_MIN ? -1 : 1;
    w->op = bytes ? NULL : kprim_op(red->kind == KRED_MIN ? K_min : K_max, t, t, KFORM_V);
    w->turn = (uint8_t)((t == DT_u8 ? 0x80 : 0) ^ (red->kind == KRED_MIN ? 0xff : 0));
    return x->guard != KGUARD_ZERO && (bytes || (w->op && (dtype_info[t].bytes == 4 || dtype_info[t].bytes == 8)));
}

Window *window_match(const KirKernel *k, Arena *a)
{
    Window *w = arena_new(a, Window);
    if (!w)
        return NULL;
    *w = (Window){.k = k, .defs = kir_defs(k, a), .arena = a};
    return w->defs && match(w) ? w : NULL;
}

/* ── one launch ── */
typedef struct Bind { const Window *w; const KirLaunch *l; KReg reg[KIR_MAX_AXES]; Axis ax[KIR_MAX_AXES]; size_t n; } Bind;

static bool constant(const Bind *b, KReg r, int64_t *v) { return kir_affine_in(b->w->k, b->l, b->w->defs, r, NULL, 0, NULL, v); }

static bool add_axes(Bind *b, const KInst *i)
{
    for (size_t a = 0; a < i->n_axes; a++) {
        Axis *x = &b->ax[b->n];
        int64_t hi;
        *x = (Axis){0};
        if (!constant(b, i->axes[a].lo, &x->lo) || !constant(b, i->axes[a].hi, &hi) || hi <= x->lo)
            return false;
        x->extent = hi - x->lo;
        b->reg[b->n++] = i->axes[a].index;
    }
    return true;
}

static bool indices(Bind *b, WindowPlan *p)
{
    const Window *w = b->w;
    const KirView *x = &b->l->view[w->load->id], *y = &b->l->view[w->store->id];
    int64_t c[KIR_MAX_AXES], c0;
    p->rank = x->rank;
    for (int d = 0; d < x->rank; d++) {
        if (!kir_affine_in(w->k, b->l, w->defs, w->load->args[d], b->reg, b->n, c, &p->x0[d]))
            return false;
        p->dim[d] = x->dim[d], p->stride[d] = x->stride[d];
        for (size_t a = 0; a < b->n; a++) {
            b->ax[a].x[d] = c[a];
            p->x0[d] += c[a] * b->ax[a].lo;
        }
    }
    for (int d = 0; d < y->rank; d++) {
        if (!kir_affine_in(w->k, b->l, w->defs, w->store->args[d], b->reg, b->n, c, &c0))
            return false;
        p->y0 += c0 * y->stride[d];
        for (size_t a = 0; a < b->n; a++) {
            b->ax[a].out += c[a] * y->stride[d];
            p->y0 += c[a] * b->ax[a].lo * y->stride[d];
        }
    }
    return true;
}

static bool moves_only(const WindowPlan *p, const Axis *a, int d)
{
    for (int i = 0; i < p->rank; i++)
        if (i != d && a->x[i])
            return false;
    return true;
}

/* The dimension that the last output axis moves; all else is sorted by whether it moves that one. */
static bool sort_axes(const Bind *b, WindowPlan *p)
{
    size_t n_each = b->w->each->n_axes;
    if (!n_each)
        return false;
    const Axis *q = &b->ax[n_each - 1];
    p->along = -1;
    for (int d = 0; d < p->rank; d++)
        if (q->x[d] > 0)
            p->along = d;
    if (p->along < 0 || !moves_only(p, q, p->along) || q->out != 1 || p->stride[p->along] != 1)
        return false;
    p->Q = q->extent, p->step = q->x[p->along], p->span = p->step * (p->Q - 1) + 1, p->n_taps = p->n_rows = 1;
    for (size_t a = 0; a < b->n; a++) {
        const Axis *x = &b->ax[a];
        int64_t s = x->x[p->along];
        if (a < n_each - 1) {
            p->out[p->n_out++] = *x;
            p->n_rows *= x->extent;
            if (s)
                return false;
        } else if (a >= n_each && s) {
            p->row[p->n_row++] = *x;
            p->span += s * (x->extent - 1);
            p->n_taps *= x->extent;
            if (s < 0 || !moves_only(p, x, p->along))
                return false;
        } else if (a >= n_each) {
            p->line[p->n_line++] = *x;
        }
    }
    return true;
}

static bool size_rows(WindowPlan *p)
{
    int64_t x0 = p->x0[p->along], ext = p->dim[p->along];
    if (p->step > MAX_PHASES || p->span > LONGEST || p->n_taps > MAX_TAPS)
        return false;
    p->inside0 = x0 < 0 ? -x0 : 0;
    p->inside1 = ext - x0 < p->span ? ext - x0 : p->span;
    if (p->inside1 <= p->inside0)
        return false;
    p->pitch = (p->span + p->step - 1) / p->step * p->step;
    p->rows = BATCH / p->pitch > 1 ? BATCH / p->pitch : 1;
    p->rows = p->rows > p->n_rows ? p->n_rows : p->rows;
    return true;
}

static size_t buffer(const WindowPlan *p, int64_t n) { return ((size_t)(n + 2 * SLACK) * (size_t)p->width + 63) & ~(size_t)63; }
static int64_t phase_len(const WindowPlan *p) { return (p->rows + 1) * p->pitch / p->step; } /* a tap of the last row's padding reads on */

static bool key_of(const Window *w, const KirLaunch *l, int64_t *key, size_t cap, size_t *n)
{
    *n = 0;
    for (size_t i = 0; i < w->k->n_operands; i++)
        for (int d = 0; d < l->view[i].rank; d++) {
            if (*n + 2 > cap)
                return false;
            key[(*n)++] = l->view[i].dim[d];
            key[(*n)++] = l->view[i].stride[d];
        }
    for (size_t i = 0; i < w->k->n_syms; i++) {
        if (*n == cap)
            return false;
        key[(*n)++] = (int64_t)l->sym[i];
    }
    return true;
}

/* A nest without weights, where the last axis is one of channels (lanes.c). */
static bool lanes_nest(const Window *w, const WindowPlan *p, const Bind *b, Nest *n)
{
    const uint32_t outside = (uint32_t)w->outside;
    *n = (Nest){.extremum = w->extremum, .a = {.type = DT_f32, .offset = 0}, .out = {.type = DT_f32, .offset = p->y0}};
    memcpy(&n->outside, &outside, sizeof outside);
    const Axis *of[NEST_AXES];
    for (size_t a = 0; a < b->n; a++) {
        if (b->ax[a].extent == 1)
            continue;
        if (n->n_axes == NEST_AXES)
            return false;
        of[n->n_axes] = &b->ax[a];
        n->extent[n->n_axes] = b->ax[a].extent;
        n->out.coef[n->n_axes++] = b->ax[a].out;
        n->n_out += a < w->each->n_axes;
    }
    for (int d = 0; d < p->rank; d++) {
        NestGuard g = {.start = p->x0[d], .extent = p->dim[d], .div = 1, .stride = p->stride[d]};
        int64_t lo = g.start, hi = g.start;
        n->a.offset += p->x0[d] * p->stride[d];
        for (int i = 0; i < n->n_axes; i++) {
            g.coef[i] = of[i]->x[d];
            n->a.coef[i] += g.coef[i] * p->stride[d];
            *(g.coef[i] < 0 ? &lo : &hi) += g.coef[i] * (n->extent[i] - 1);
        }
        if (lo >= 0 && hi < g.extent)
            continue;
        if (n->a.n_guards == NEST_GUARDS)
            return false;
        n->a.guard[n->a.n_guards++] = g;
    }
    return w->extremum && lanes_fits(n);
}

void window_close(Window *w)
{
    for (int i = 0; w && i < PLANS; i++)
        if (w->plan[i])
            nest_made_free(&w->plan[i]->made);
}

const Nest *window_nest(WindowPlan *p, NestMade ***made)
{
    *made = &p->made;
    if (!p->by_lanes)
        return NULL;
    p->nest.a.p = (void *)(uintptr_t)p->x, p->nest.out.p = p->y;
    return &p->nest;
}

SpmlCode window_plan(Window *w, const KirLaunch *l, WindowPlan **out, size_t *sz_scratch, Error *err)
{
    int64_t key[sizeof (*out)->key / sizeof *(*out)->key];
    size_t n;
    if (!key_of(w, l, key, sizeof key / sizeof *key, &n))
        return SPML_NO;
    uint64_t h = 0;
    for (size_t i = 0; i < n; i++)
        h = (h ^ (uint64_t)key[i]) * 0x9E3779B97F4A7C15u;
    WindowPlan **slot = &w->plan[(h >> 32) % PLANS], *p = *slot;
    if (!p && !(p = *slot = arena_new(w->arena, WindowPlan)))
        return error_oom(err);
    if (!p->n_rows || n != p->n_key || memcmp(key, p->key, n * sizeof *key)) {
        Bind b = {.w = w, .l = l};
        nest_made_free(&p->made);
        *p = (WindowPlan){.width = dtype_info[w->k->mems[w->load->id].type].bytes, .outside = w->outside, .op = w->op, .turn = w->turn, .n_key = n};
        memcpy(p->key, key, n * sizeof *key);
        if (!add_axes(&b, w->each) || !add_axes(&b, w->reduce) || !indices(&b, p) || !sort_axes(&b, p) || !size_rows(p)) {
            p->n_rows = 0;
            return SPML_NO;
        }
        p->by_lanes = lanes_nest(w, p, &b, &p->nest);
    }
    p->x = l->view[w->load->id].p;
    p->y = l->view[w->store->id].p;
    *sz_scratch = 2 * buffer(p, (p->rows + 1) * p->pitch) + (size_t)p->step * buffer(p, phase_len(p)) + (size_t)SLACK * 8;
    *out = p;
    return SPML_OK;
}

/* ── running ── */
typedef struct Task { const WindowPlan *p; char *scratch; size_t sz_part; } Task;

static void fill(void *dst, int width, uint64_t bits, int64_t n)
{
    uint32_t *d4 = dst;
    uint64_t *d8 = dst;
    if (width == 1) {
        memset(dst, (int)(bits & 0xff), (size_t)n);
        return;
    }
    for (int64_t i = 0; i < n; i++)
        if (width == 4)
            d4[i] = (uint32_t)bits;
        else
            d8[i] = bits;
}

typedef int8_t Bytes __attribute__((vector_size(16)));

static inline void bytes_vector(uint8_t *dst, const uint8_t *a, const uint8_t *b, uint8_t turn)
{
    Bytes x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    const Bytes flip = (Bytes){0} + (int8_t)turn, greater = (x ^ flip) > (y ^ flip);
    x = (x & greater) | (y & ~greater);
    memcpy(dst, &x, sizeof x);
}

/* dst = a ⊕ b over n bytes, none beyond. dst may be a: what overlaps comes out the same the second time. */
static void bytes_combine(uint8_t *dst, const uint8_t *a, const uint8_t *b, int64_t n, uint8_t turn)
{
    const int64_t w = (int64_t)sizeof(Bytes);
    int64_t i = 0;
    for (; i + w <= n; i += w)
        bytes_vector(dst + i, a + i, b + i, turn);
    if (i < n && n >= w)
        bytes_vector(dst + n - w, a + n - w, b + n - w, turn);
    else
        for (; i < n; i++)
            dst[i] = (int8_t)(a[i] ^ turn) > (int8_t)(b[i] ^ turn) ? a[i] : b[i];
}

/* dst = a ⊕ b over n ≤ KTILE elements, of wider types up to the next multiple of 64. */
static void apply(const WindowPlan *p, char *dst, const char *a, const char *b, int64_t n)
{
    if (p->op)
        p->op(&(void *){dst}, (const void *[]){a, b}, (int)n);
    else
        bytes_combine((uint8_t *)dst, (const uint8_t *)a, (const uint8_t *)b, n, p->turn);
}

/* dst = dst ⊕ src over n elements; lanes of dst up to the next multiple of 64 may be spoilt, those of src are not read past n. */
static void combine(const WindowPlan *p, char *dst, const char *src, int64_t n, char *tmp)
{
    size_t w = (size_t)p->width;
    int64_t i = 0;
    if (!p->op) {
        apply(p, dst, dst, src, n);
        return;
    }
    for (; n - i >= SLACK; i += SLACK) {
        int64_t take = n - i < KTILE ? (n - i) / SLACK * SLACK : KTILE;
        p->op(&(void *){dst + (size_t)i * w}, (const void *[]){dst + (size_t)i * w, src + (size_t)i * w}, (int)take);
        i += take - SLACK;
    }
    if (i == n)
        return;
    memcpy(tmp, src + (size_t)i * w, (size_t)(n - i) * w);
    p->op(&(void *){dst + (size_t)i * w}, (const void *[]){dst + (size_t)i * w, tmp}, (int)(n - i));
}

static bool next_point(const Axis *ax, int n, int64_t *at) /* counts at[0 … n) up, last fastest */
{
    for (int i = n - 1; i >= 0; i--) {
        if (++at[i] < ax[i].extent)
            return true;
        at[i] = 0;
    }
    return false;
}

typedef struct RowAt { int64_t at[KIR_MAX_AXES], x[KIR_MAX_RANK], y; } RowAt; /* indices of its first tap; offset in y */

static RowAt row_at(const WindowPlan *p, int64_t row)
{
    RowAt r = {.y = p->y0};
    memcpy(r.x, p->x0, sizeof r.x);
    for (int i = p->n_out - 1; i >= 0; i--) {
        int64_t v = r.at[i] = row % p->out[i].extent;
        row /= p->out[i].extent;
        r.y += v * p->out[i].out;
        for (int d = 0; d < p->rank; d++)
            r.x[d] += v * p->out[i].x[d];
    }
    return r;
}

static void row_next(const WindowPlan *p, RowAt *r)
{
    for (int i = p->n_out - 1; i >= 0; i--) {
        const Axis *a = &p->out[i];
        int64_t by = ++r->at[i] < a->extent ? 1 : 1 - a->extent;
        r->y += by * a->out;
        for (int d = 0; d < p->rank; d++)
            r->x[d] += by * a->x[d];
        if (by == 1)
            return;
        r->at[i] = 0;
    }
}

/* Where the input row of this tap has position inside0; NULL: outside. */
static const char *input_row(const WindowPlan *p, const int64_t *x, const int64_t *tap)
{
    int64_t off = 0;
    for (int d = 0; d < p->rank; d++) {
        int64_t at = d == p->along ? p->x0[d] + p->inside0 : x[d];
        for (int t = 0; t < p->n_line && d != p->along; t++)
            at += tap[t] * p->line[t].x[d];
        if (at < 0 || at >= p->dim[d])
            return NULL;
        off += at * p->stride[d];
    }
    return p->x + off * p->width;
}

/* The extremum over the row's input rows, position by position, with its padding. */
static void make_line(const WindowPlan *p, const int64_t *x, char *line, char *tmp)
{
    size_t w = (size_t)p->width;
    int64_t tap[KIR_MAX_AXES] = {0}, n = p->inside1 - p->inside0;
    char *inner = line + (size_t)p->inside0 * w;
    bool some = false, outside = false;
    do {
        const char *src = input_row(p, x, tap);
        if (!src)
            outside = true;
        else if (some)
            combine(p, inner, src, n, tmp);
        else
            memcpy(inner, src, (size_t)n * w);
        some |= src != NULL;
    } while (next_point(p->line, p->n_line, tap));
    if (!some)
        fill(inner, p->width, p->outside, n);
    else if (outside) {
        fill(tmp, p->width, p->outside, SLACK);
        for (int64_t i = 0; i < n; i += SLACK)
            apply(p, inner + (size_t)i * w, inner + (size_t)i * w, tmp, n - i < SLACK ? n - i : SLACK);
    }
    fill(line, p->width, p->outside, p->inside0);
    fill(line + (size_t)p->inside1 * w, p->width, p->outside, p->pitch - p->inside1);
}

#if defined(__GNUC__) && !defined(__clang__)
__attribute__((optimize("O3")))
#endif
static void split_phase(void *dst, const void *src, int width, int64_t step, int64_t n)
{
    uint32_t *d4 = dst;
    const uint32_t *s4 = src;
    uint64_t *d8 = dst;
    const uint64_t *s8 = src;
    uint8_t *d1 = dst;
    const uint8_t *s1 = src;
    if (width == 1 && step == 2)
        for (int64_t i = 0; i < n; i++)
            d1[i] = s1[2 * i];
    else if (width == 1)
        for (int64_t i = 0; i < n; i++)
            d1[i] = s1[step * i];
    else if (width == 4 && step == 2)
        for (int64_t i = 0; i < n; i++)
            d4[i] = s4[2 * i];
    else if (width == 4)
        for (int64_t i = 0; i < n; i++)
            d4[i] = s4[step * i];
    else
        for (int64_t i = 0; i < n; i++)
            d8[i] = s8[step * i];
}

/* acc = the extremum over taps along the row, for all lines of the batch at once. */
static void sum_taps(const WindowPlan *p, const char *phases, size_t sz_phase, char *acc, int64_t n)
{
    int64_t tap[KIR_MAX_AXES] = {0};
    const char *first = NULL;
    size_t w = (size_t)p->width;
    bool started = false;
    do {
        int64_t at = 0;
        for (int t = 0; t < p->n_row; t++)
            at += tap[t] * p->row[t].x[p->along];
        const char *src = phases + (size_t)(at % p->step) * sz_phase + (size_t)(at / p->step) * w;
        for (int64_t i = 0; first && i < n; i += KTILE) {
            const char *a = started ? acc : first;
            apply(p, acc + (size_t)i * w, a + (size_t)i * w, src + (size_t)i * w, n - i < KTILE ? n - i : KTILE);
        }
        started = first != NULL;
        first = first ? first : src;
    } while (next_point(p->row, p->n_row, tap));
    if (!started)
        memcpy(acc, first, (size_t)n * w);
}

static void run_batch(void *ctx, int64_t chunk, int thread)
{
    const Task *t = ctx;
    const WindowPlan *p = t->p;
    size_t w = (size_t)p->width, sz_lines = buffer(p, (p->rows + 1) * p->pitch), sz_phase = buffer(p, phase_len(p));
    char *lines = t->scratch + (size_t)thread * t->sz_part, *acc = lines + sz_lines, *tmp = acc + sz_lines, *phases = tmp + SLACK * 8;
    int64_t from = chunk * p->rows, rows = p->n_rows - from < p->rows ? p->n_rows - from : p->rows;
    RowAt first = row_at(p, from), at = first;
    for (int64_t r = 0; r < rows; r++, row_next(p, &at))
        make_line(p, at.x, lines + (size_t)(r * p->pitch) * w, tmp);
    int64_t n = rows * p->pitch / p->step;
    fill(lines + (size_t)(rows * p->pitch) * w, p->width, p->outside, SLACK);
    for (int64_t s = 0; s < p->step && p->step > 1; s++)
        split_phase(phases + (size_t)s * sz_phase, lines + (size_t)s * w, p->width, p->step, n);
    sum_taps(p, p->step > 1 ? phases : lines, p->step > 1 ? sz_phase : 0, acc, n);
    at = first;
    for (int64_t r = 0; r < rows; r++, row_next(p, &at))
        memcpy(p->y + at.y * p->width, acc + (size_t)(r * p->pitch / p->step) * w, (size_t)p->Q * w);
}

void window_run(const WindowPlan *p, char *scratch, size_t sz_part, Pool *pool)
{
    Task t = {p, scratch, sz_part};
    bool small = p->n_rows * p->span < SMALL;
    pool_run(small ? NULL : pool, (p->n_rows + p->rows - 1) / p->rows, run_batch, &t);
}
