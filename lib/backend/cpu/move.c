/* SPDX-License-Identifier: MIT
 * cpu: moves; see move.h. Dimensions that continue each other on both sides are merged first. Of what is left, `a` is the one along which y is contiguous and
 * `b` the one along which x is; the others are walked around tiles of the two. */
#include "backend/cpu/move.h"
#include "backend/cpu/form.h"
#include "base/hard.h"

#include <string.h>

enum { FEW_ROWS = 4, FEW_TERMS = 8, TILE = HARD(64, 3), RUN = HARD(4096, 5), TASK_BYTES = HARD(1 << 16, 64), SMALL_BYTES = HARD(1 << 15, 0) };

typedef struct Dims { int n; int64_t ext[KIR_MAX_RANK], x[KIR_MAX_RANK], y[KIR_MAX_RANK]; } Dims; /* strides in bytes */
typedef struct Move {
    const char *x;
    char *y;
    Dims outer;
    int64_t a, xa, ya, b, xb, yb; /* extents, and strides in bytes; b = 1: there is one dimension */
    int64_t ta, tb, n_a, n_b, n_tiles, per_task; /* extents of a tile; tiles */
    unsigned width;
    const ULevel *u;
} Move;

bool move_match(const KirKernel *k, KInst *const *defs)
{
    const KInst *e = form_each(k), *store = NULL, *load = NULL;
    if (!e || k->n_operands != 2 || !form_only(e->blocks[0], K_load, &load, &store) || !load || !store)
        return false;
    const DType t = k->mems[0].type;
    const KInst *v = form_def(defs, store->args[store->n_args - 1]);
    if (v && v->op == K_cast && v->type == t)
        v = form_def(defs, v->args[0]);
    if (load->id != 0 || store->id != 1 || k->mems[1].type != t || dtype_info[t].block != 1 || dtype_info[t].bytes > 8 || load->guard != KGUARD_NONE || store->guard != KGUARD_NONE ||
        load->field || store->field || load->n_args != e->n_axes || store->n_args != e->n_axes + 1u || v != load || t == DT_bool)
        return false;
    for (size_t i = 0; i < e->n_axes; i++) {
        const KInst *lo = form_def(defs, e->axes[i].lo), *hi = form_def(defs, e->axes[i].hi);
        const KReg index = e->axes[i].index;
        if (!lo || lo->op != K_const || lo->bits || !hi || (hi->op != K_sym && hi->op != K_extent) || form_root(defs, load->args[i]) != index || form_root(defs, store->args[i]) != index)
            return false;
    }
    return true;
}

/* ── one launch ── */

static int64_t size_of(int64_t stride) { return stride < 0 ? -stride : stride; }

static void dims_insert(Dims *d, int64_t ext, int64_t x, int64_t y)
{
    int i = d->n++;
    for (; i > 0 && (size_of(d->y[i - 1]) < size_of(y) || (size_of(d->y[i - 1]) == size_of(y) && size_of(d->x[i - 1]) < size_of(x))); i--)
        d->ext[i] = d->ext[i - 1], d->x[i] = d->x[i - 1], d->y[i] = d->y[i - 1];
    d->ext[i] = ext, d->x[i] = x, d->y[i] = y;
}

static void dims_take(Dims *d, int i)
{
    d->n--;
    for (; i < d->n; i++)
        d->ext[i] = d->ext[i + 1], d->x[i] = d->x[i + 1], d->y[i] = d->y[i + 1];
}

/* By falling strides of y, merged. */
static void dims_make(Dims *d, const KirView *x, const KirView *y, int64_t width)
{
    *d = (Dims){0};
    for (int i = 0; i < y->rank; i++)
        if (y->dim[i] != 1)
            dims_insert(d, y->dim[i], x->stride[i] * width, y->stride[i] * width);
    for (int i = d->n - 1; i > 0; i--)
        if (d->x[i - 1] == d->x[i] * d->ext[i] && d->y[i - 1] == d->y[i] * d->ext[i]) {
            d->ext[i - 1] *= d->ext[i], d->x[i - 1] = d->x[i], d->y[i - 1] = d->y[i];
            dims_take(d, i);
        }
}

static int unit_dim(const Dims *d, const int64_t *stride, int64_t width)
{
    for (int i = d->n - 1; i >= 0; i--)
        if (stride[i] == width)
            return i;
    return -1;
}

static void choose(Move *m)
{
    Dims *d = &m->outer;
    const int64_t width = m->width;
    m->a = m->b = 1, m->xa = m->ya = width, m->xb = m->yb = 0;
    if (d->n) {
        const int i = d->n - 1; /* y is contiguous along it, if along any */
        m->a = d->ext[i], m->xa = d->x[i], m->ya = d->y[i];
        dims_take(d, i);
    }
    const int j = m->xa == width ? -1 : unit_dim(d, d->x, width);
    if (j >= 0) {
        m->b = d->ext[j], m->xb = d->x[j], m->yb = d->y[j];
        dims_take(d, j);
    } else if (d->n && m->a < RUN) { /* short runs: some in a tile */
        m->b = d->ext[d->n - 1], m->xb = d->x[d->n - 1], m->yb = d->y[d->n - 1];
        dims_take(d, d->n - 1);
    }
}

/* ── tiles ── */

#define BY_WIDTH(DO) \
    switch (m->width) { \
    case 1: DO(uint8_t) break; \
    case 2: DO(uint16_t) break; \
    case 4: DO(uint32_t) break; \
    default: DO(uint64_t) break; \
    }

/* A run of n elements; any strides. */
static void run_one(const Move *m, char *y, const char *x, int64_t n)
{
    const int64_t xs = m->xa, ys = m->ya, width = m->width;
    if (xs == width && ys == width) {
        memcpy(y, x, (size_t)(n * width));
        return;
    }
#define STEP(T) \
    { \
        T v; \
        if (ys == (int64_t)sizeof(T)) \
            for (int64_t i = 0; i < n; i++) \
                memcpy(&v, x + i * xs, sizeof v), memcpy(y + i * (int64_t)sizeof(T), &v, sizeof v); \
        else \
            for (int64_t i = 0; i < n; i++) \
                memcpy(&v, x + i * xs, sizeof v), memcpy(y + i * ys, &v, sizeof v); \
    }
    BY_WIDTH(STEP)
#undef STEP
}

static void transpose_tile(const Move *m, char *y, const char *x, int64_t na, int64_t nb)
{
    const float *rows[TILE];
    for (int64_t i = 0; i < na; i++)
        rows[i] = (const float *)(const void *)(x + i * m->xa);
    m->u->transpose((float *)(void *)y, m->yb / 4, rows, (int)na, nb);
}

static bool transposes(const Move *m)
{
    return m->width == 4 && m->ya == 4 && m->xb == 4 && m->xa != 4 && m->a >= HARD(FEW_ROWS, 1) && m->b >= HARD(FEW_TERMS, 1) && m->yb % 4 == 0;
}

static void tile(const Move *m, char *y, const char *x, int64_t na, int64_t nb)
{
    if (transposes(m))
        transpose_tile(m, y, x, na, nb);
    else
        for (int64_t j = 0; j < nb; j++)
            run_one(m, y + j * m->yb, x + j * m->xb, na);
}

static void task(void *ctx, int64_t chunk, int thread)
{
    const Move *m = ctx;
    const int64_t end = (chunk + 1) * m->per_task < m->n_tiles ? (chunk + 1) * m->per_task : m->n_tiles;
    (void)thread;
    for (int64_t t = chunk * m->per_task; t < end; t++) {
        const int64_t j = t / m->n_a % m->n_b * m->tb, i = t % m->n_a * m->ta;
        int64_t rest = t / m->n_a / m->n_b, x = i * m->xa + j * m->xb, y = i * m->ya + j * m->yb;
        for (int d = m->outer.n - 1; d >= 0; d--) {
            const int64_t at = rest % m->outer.ext[d];
            rest /= m->outer.ext[d];
            x += at * m->outer.x[d], y += at * m->outer.y[d];
        }
        tile(m, m->y + y, m->x + x, m->a - i < m->ta ? m->a - i : m->ta, m->b - j < m->tb ? m->b - j : m->tb);
    }
}

void move_run(const KirLaunch *l, DType type, const ULevel *u, Pool *pool)
{
    const KirView *x = &l->view[0], *y = &l->view[1];
    Move m = {.x = x->p, .y = y->p, .width = dtype_info[type].bytes, .u = u};
    int64_t count = 1;
    for (int i = 0; i < y->rank; i++)
        count *= y->dim[i];
    if (!count)
        return;
    dims_make(&m.outer, x, y, m.width);
    choose(&m);
    const bool blocks = m.xa != (int64_t)m.width && m.xb == (int64_t)m.width; /* both sides are read and written in lines of cache */
    m.ta = blocks ? TILE : RUN;
    m.ta = m.a < m.ta ? m.a : m.ta;
    m.tb = blocks ? TILE : RUN / m.ta;
    m.tb = m.b < m.tb ? m.b : m.tb > 0 ? m.tb : 1;
    m.n_a = (m.a + m.ta - 1) / m.ta, m.n_b = (m.b + m.tb - 1) / m.tb;
    m.n_tiles = m.n_a * m.n_b;
    for (int i = 0; i < m.outer.n; i++)
        m.n_tiles *= m.outer.ext[i];
    m.per_task = TASK_BYTES / (m.ta * m.tb * (int64_t)m.width) + 1;
    pool_run(count * m.width < SMALL_BYTES ? NULL : pool, (m.n_tiles + m.per_task - 1) / m.per_task, task, &m);
}
