/* SPDX-License-Identifier: MIT
 * cpu: packing (see pack.h). Lines are cut into runs along the innermost axis; for each run and term the part inside the guards is an
 * interval, so padding costs no test per element. */
#include "backend/cpu/pack.h"
#include "base/uninit.h"

#include <string.h>

enum { SHORT_RUN = 8 };
static bool axis_guarded(const Nest *n, int ax)
{
    for (int g = 0; g < n->a.n_guards; g++)
        if (n->a.guard[g].coef[ax])
            return true;
    for (int g = 0; g < n->b.n_guards; g++)
        if (n->b.guard[g].coef[ax])
            return true;
    return false;
}

static void longest_last(const Nest *n, int *ax, int k)
{
    int best = k - 1;
    for (int i = k - 1; i >= 0; i--)
        if (n->extent[ax[i]] > n->extent[ax[best]] && !axis_guarded(n, ax[i]))
            best = i;
    const int a = ax[best];
    for (int i = best; i < k - 1; i++)
        ax[i] = ax[i + 1];
    ax[k - 1] = a;
}

/* Sum axes, outermost first. Of integers those that move no guard come last: a padded tap is then a long run of channels (sums wrap, so any order does). */
static int sum_axes(const Nest *n, bool bytes, int *ax, int64_t *inner)
{
    int k = 0;
    *inner = 1;
    for (int free = 0; free < 2; free++)
        for (int i = n->n_out; i < n->n_axes; i++) {
            const bool guarded = axis_guarded(n, i);
            if (bytes ? free == !guarded : !free)
                ax[k++] = i, *inner *= free ? n->extent[i] : 1;
        }
    if (bytes && *inner > 1 && n->extent[ax[k - 1]] < SHORT_RUN)
        longest_last(n, ax, k);
    return k;
}

static int64_t run_length(const Walk *w)
{
    if (!w->n)
        return 1;
    int64_t step = w->step[w->n - 1], ext = w->ext[w->n - 1];
    return step == 1 ? ext : ext / 8;
}

/* Runs that fill lines of memory beat any that stride. */
static bool fills_lines(const Walk *w) { return w->n && walk_step(w) == 1 && w->ext[w->n - 1] >= 16; }

static bool along_terms(const Walk *sum, const Walk *line)
{
    const bool a = fills_lines(sum), b = fills_lines(line);
    return a == b ? run_length(sum) > run_length(line) : a;
}

void side_make(Side *s, const Nest *n, const NestOperand *op, const int *lines, int n_lines, const int *batch, int n_batch)
{
    int sum[NEST_AXES], n_sum = sum_axes(n, s->bytes, sum, &s->inner);
    s->op = op;
    walk_axes(&s->line, n, op, lines, n_lines, true);
    walk_axes(&s->sum, n, op, sum, n_sum, true);
    walk_axes(&s->batch, n, op, batch, n_batch, true);
    s->divided = false;
    for (int g = 0; g < op->n_guards; g++)
        s->divided = s->divided || op->guard[g].div > 1;
    s->by_terms = !s->divided && (!s->bytes || walk_step(&s->sum) == 1) && along_terms(&s->sum, &s->line);
    s->period = 1;
    int first = 0; /* the outermost sum axis that moves a guard */
    for (; first < s->sum.n; first++) {
        bool moves = false;
        for (int g = 0; g < op->n_guards; g++)
            moves = moves || s->sum.g[g][first];
        if (moves)
            break;
    }
    for (int d = first; d < s->sum.n; d++)
        s->period *= s->sum.ext[d];
}

void side_set_level(Side *s, const ILevel *il)
{
    s->il = il;
    s->inner_words = s->inner ? (s->inner + il->group - 1) / il->group : 1;
}

SideAt side_at(const Side *s, int64_t batch)
{
    WalkAt w = walk_at(&s->batch, batch);
    SideAt at = {.off = s->op->offset + w.off, .zero = s->il && s->zero->p ? s->zero->offset + walk_at(&s->zero_batch, batch).off : 0};
    for (int g = 0; g < s->op->n_guards; g++)
        at.g[g] = s->op->guard[g].start + w.g[g];
    return at;
}

/* Offsets and guard positions of terms k0 .. k0+kc. */
void side_terms(const Side *s, PackScratch *t, int64_t k0, int64_t kc)
{
    if (t->side == s && t->k0 == k0 && t->kc == kc)
        return;
    for (int64_t k = 0; k < kc;) {
        WalkAt at = walk_at(&s->sum, k0 + k);
        int64_t step = walk_step(&s->sum);
        int64_t n = at.left < kc - k ? at.left : kc - k;
        for (int64_t i = 0; i < n; i++)
            t->koff[k + i] = at.off + i * step;
        for (int g = 0; g < s->op->n_guards; g++)
            for (int64_t i = 0; i < n; i++)
                t->kg[g][k + i] = at.g[g] + i * walk_gstep(&s->sum, g);
        k += n;
    }
    t->side = s, t->k0 = k0, t->kc = kc;
}

static int64_t ceil_div(int64_t a, int64_t b) /* a, b > 0 */
{
    return b == 1 ? a : (a + b - 1) / b;
}

/* Narrows [*lo, *hi) to the t with 0 ≤ pos + step·t < ext. */
static void clip(int64_t pos, int64_t step, int64_t ext, int64_t *lo, int64_t *hi)
{
    int64_t l = 0, h = *hi;
    if (step == 0) {
        if (pos < 0 || pos >= ext)
            h = 0;
    } else if (step > 0) {
        l = pos < 0 ? ceil_div(-pos, step) : 0;
        h = pos >= ext ? 0 : ceil_div(ext - pos, step);
    } else {
        l = pos >= ext ? (pos - ext) / -step + 1 : 0;
        h = pos < 0 ? 0 : pos / -step + 1;
    }
    *lo = l > *lo ? l : *lo;
    *hi = h < *hi ? h : *hi;
    if (*lo > *hi)
        *lo = *hi;
}

/* The part of a run of n points that lies inside all guards; pos per guard at its first point. */
void side_inside(const Side *s, const int64_t *pos, const Walk *w, int64_t n, int64_t *lo, int64_t *hi)
{
    *lo = 0, *hi = n;
    for (int g = 0; g < s->op->n_guards; g++)
        clip(pos[g], walk_gstep(w, g), s->op->guard[g].extent * (s->op->guard[g].div > 1 ? s->op->guard[g].div : 1), lo, hi);
}

void side_bounds(const Side *s, PackScratch *t, const int64_t *g0, int64_t n)
{
    int64_t m = s->period < t->kc ? s->period : t->kc;
    for (int64_t k = 0; k < m; k++) {
        int64_t lo, hi;
        UNINIT int64_t pos[NEST_GUARDS];
        for (int g = 0; g < s->op->n_guards; g++)
            pos[g] = g0[g] + t->kg[g][k];
        side_inside(s, pos, &s->line, n, &lo, &hi);
        t->lo[k] = (int32_t)lo, t->hi[k] = (int32_t)hi;
    }
    for (int64_t k = m; k < t->kc; k++)
        t->lo[k] = t->lo[k - m], t->hi[k] = t->hi[k - m];
}

static void zero_lanes(float *dst, int64_t ld, int n, int64_t kc)
{
    if (n < ld)
        for (int64_t k = 0; k < kc; k++)
            memset(dst + k * ld + n, 0, (size_t)(ld - n) * sizeof *dst);
}

/* The points of a run inside guards with divisors: every `every`-th from `first`, `step` elements apart, from element `at`. */
typedef struct Comb { int64_t first, every, at, step; } Comb;

static bool comb_guard(const NestGuard *g, int64_t pos, int64_t gstep, int64_t hi, Comb *c)
{
    if (gstep == 0) {
        c->at += pos / g->div * g->stride;
        return pos % g->div == 0;
    }
    while (c->first < hi && (pos + gstep * c->first) % g->div)
        c->first++;
    for (c->every = 1; gstep * c->every % g->div; c->every++)
        ;
    c->at += (pos + gstep * c->first) / g->div * g->stride;
    c->step += gstep * c->every / g->div * g->stride;
    return c->first < hi;
}

/* One row of a run of n lines whose first has guard positions pos and element offset `at`. */
static void comb_row(const ULevel *u, const Side *s, const int64_t *pos, int64_t at, int64_t n, float *tmp, float *dst)
{
    const NestOperand *o = s->op;
    int64_t lo, hi, line = walk_step(&s->line);
    memset(dst, 0, (size_t)n * sizeof *dst);
    side_inside(s, pos, &s->line, n, &lo, &hi);
    Comb c = {.first = lo, .every = 1};
    bool some = lo < hi;
    for (int g = 0; g < o->n_guards && some; g++)
        if (o->guard[g].div > 1)
            some = comb_guard(&o->guard[g], pos[g], walk_gstep(&s->line, g), hi, &c);
    if (!some)
        return;
    int64_t m = (hi - c.first + c.every - 1) / c.every;
    u->load(tmp, (const char *)o->p + (at + c.first * line + c.at) * (int64_t)dtype_info[o->type].bytes, o->type, c.every * line + c.step, m);
    for (int64_t i = 0; i < m; i++)
        dst[c.first + i * c.every] = tmp[i];
}

static void pack_combs(const ULevel *u, const Side *s, const SideAt *at, int64_t l0, int n, PackScratch *t, float *dst, int64_t ld)
{
    for (int64_t l = 0; l < n;) {
        WalkAt w = walk_at(&s->line, l0 + l);
        int64_t m = w.left < n - l ? w.left : n - l;
        UNINIT int64_t pos[NEST_GUARDS];
        for (int64_t k = 0; k < t->kc; k++) {
            for (int g = 0; g < s->op->n_guards; g++)
                pos[g] = at->g[g] + w.g[g] + t->kg[g][k];
            comb_row(u, s, pos, at->off + w.off + t->koff[k], m, t->rows, dst + k * ld + l);
        }
        l += m;
    }
}

static void pack_lines(const ULevel *u, const Side *s, const SideAt *at, int64_t l0, int n, PackScratch *t, float *dst, int64_t ld)
{
    for (int64_t l = 0; l < n;) {
        WalkAt w = walk_at(&s->line, l0 + l);
        int64_t m = w.left < n - l ? w.left : n - l;
        UNINIT int64_t pos[NEST_GUARDS];
        for (int g = 0; g < s->op->n_guards; g++)
            pos[g] = at->g[g] + w.g[g];
        if (s->op->n_guards)
            side_bounds(s, t, pos, m);
        UCopy c = {dst + l, ld, t->kc, s->op->p, s->op->type, at->off + w.off, walk_step(&s->line), t->koff,
            s->op->n_guards ? t->lo : NULL, t->hi, (int)m};
        u->copy(&c);
        l += m;
    }
}

/* Line l as a contiguous row of kc floats. */
static void gather_line(const ULevel *u, const Side *s, const SideAt *at, const WalkAt *line, int64_t k0, int64_t kc, float *row)
{
    size_t size = dtype_info[s->op->type].bytes;
    for (int64_t k = 0; k < kc;) {
        WalkAt w = walk_at(&s->sum, k0 + k);
        int64_t n = w.left < kc - k ? w.left : kc - k, lo, hi;
        UNINIT int64_t pos[NEST_GUARDS];
        for (int g = 0; g < s->op->n_guards; g++)
            pos[g] = at->g[g] + line->g[g] + w.g[g];
        side_inside(s, pos, &s->sum, n, &lo, &hi);
        memset(row + k, 0, (size_t)lo * sizeof *row);
        if (lo < hi)
            u->load(row + k + lo, (const char *)s->op->p + (at->off + line->off + w.off + lo * walk_step(&s->sum)) * (int64_t)size, s->op->type,
                walk_step(&s->sum), hi - lo);
        memset(row + k + hi, 0, (size_t)(n - hi) * sizeof *row);
        k += n;
    }
}

static void pack_terms(const ULevel *u, const Side *s, const SideAt *at, int64_t l0, int n, int64_t k0, int64_t kc, PackScratch *t, float *dst, int64_t ld)
{
    UNINIT const float *rows[UK_MAX_NR];
    bool plain = s->op->type == DT_f32 && !s->op->n_guards && s->sum.n <= 1 && walk_step(&s->sum) == 1;
    for (int i = 0; i < n; i++) {
        WalkAt w = walk_at(&s->line, l0 + i);
        if (plain) {
            rows[i] = (const float *)s->op->p + (at->off + w.off + k0);
        } else {
            gather_line(u, s, at, &w, k0, kc, t->rows + i * kc);
            rows[i] = t->rows + i * kc;
        }
    }
    u->transpose(dst, ld, rows, n, kc);
}

void side_pack(const ULevel *u, const Side *s, const SideAt *at, int64_t l0, int n, int64_t k0, int64_t kc, PackScratch *t, float *dst, int64_t ld)
{
    zero_lanes(dst, ld, n, kc);
    if (s->il) {
        side_pack_words(u, s, at, l0, n, k0, kc, t, (uint32_t *)(void *)dst, ld);
        return;
    }
    for (int64_t k = 0; k < kc; k += PACK_TERMS) {
        int64_t m = kc - k < PACK_TERMS ? kc - k : PACK_TERMS;
        if (s->by_terms) {
            pack_terms(u, s, at, l0, n, k0 + k, m, t, dst + k * ld, ld);
            continue;
        }
        side_terms(s, t, k0 + k, m);
        (s->divided ? pack_combs : pack_lines)(u, s, at, l0, n, t, dst + k * ld, ld);
    }
}

/* One contiguous run of lines: rows are copied whole, so that memory is read in long pieces. */
static bool pack_plain(const ULevel *u, const Side *s, const SideAt *at, int64_t l0, int64_t l1, int64_t k0, int64_t kc, PackScratch *t, float *dst, int64_t ld,
    int64_t panel)
{
    WalkAt w = walk_at(&s->line, l0);
    if (s->by_terms || s->op->n_guards || s->op->type != DT_f32 || walk_step(&s->line) != 1 || w.left < l1 - l0)
        return false;
    for (int64_t k = 0; k < kc; k += PACK_TERMS) {
        int64_t m = kc - k < PACK_TERMS ? kc - k : PACK_TERMS;
        side_terms(s, t, k0 + k, m);
        UCopy c = {.dst = dst + k * ld, .ld = ld, .kc = m, .src = s->op->p, .type = DT_f32, .at = at->off + w.off, .step = 1, .koff = t->koff, .n = (int)(l1 - l0),
            .panel = panel};
        u->copy(&c);
    }
    int64_t tail = (l1 - l0) % ld;
    if (tail)
        zero_lanes(dst + (l1 - l0) / ld * panel, ld, (int)tail, kc);
    return true;
}

void side_pack_panels(const ULevel *u, const Side *s, const SideAt *at, int64_t l0, int64_t l1, int64_t k0, int64_t kc, PackScratch *t, float *dst, int64_t ld,
    int64_t panel)
{
    if (pack_plain(u, s, at, l0, l1, k0, kc, t, dst, ld, panel))
        return;
    for (; l0 < l1; l0 += ld, dst += panel)
        side_pack(u, s, at, l0, (int)(l1 - l0 < ld ? l1 - l0 : ld), k0, kc, t, dst, ld);
}
