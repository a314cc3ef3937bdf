/* SPDX-License-Identifier: MIT
 * kir/tile: a program meets a launch. Evaluates the prologue, collapses axes that all accesses walk alike, picks the schedule, cuts the top each
 * into tiles and hands chunks of them to the pool. */
#include "kir/core.h"
#include "kir/tile/internal.h"

#include <stdlib.h>
#include <string.h>

/* ── memory of a launch and of a thread ── */
static size_t up(size_t n) { return (n + 63) & ~(size_t)63; }

static size_t launch_bytes(const TVariant *v, const KirKernel *k)
{
    return up(sizeof(TLaunch)) + up(v->n_scalars * 8 + 8) + 2 * up(v->n_funcs * KIR_MAX_AXES * 8) + up(v->n_spaces * sizeof(TGroups)) + up(k->n_mems * sizeof(TView));
}

static size_t vm_bytes(const TVariant *v)
{
    return up(sizeof(TVm)) + up(v->n_scalars * 8 + 8) + up(sizeof(int64_t) * KTILE * KIR_MAX_AXES) + up(KTILE * 8) + up(KTILE) + up(v->n_ptrs * sizeof(char *) + 8) + up(v->sz_slots);
}

static void *take(char **p, size_t n)
{
    void *r = *p;
    *p += up(n);
    return r;
}

static TVm *vm_place(const TLaunch *t, char *p)
{
    const TVariant *v = t->v;
    TVm *vm = take(&p, sizeof *vm);
    vm->t = t;
    vm->sval = take(&p, v->n_scalars * 8 + 8);
    vm->row = take(&p, sizeof(int64_t) * KTILE * KIR_MAX_AXES);
    vm->offset = take(&p, KTILE * 8);
    vm->ok = take(&p, KTILE);
    vm->ptr = take(&p, v->n_ptrs * sizeof(char *) + 8);
    vm->slots = p;
    vm->n = vm->rows = vm->cols = 1;
    vm->nd = 0;
    vm->col0 = 0;
    vm->last_axes = 0;
    vm->stored = false;
    return vm;
}

/* Lanes beyond the last one are computed too: what memory holds from elsewhere may be numbers below the normal ones, a hundred cycles each. */
static void clear_slots(const TVm *vm) { memset(vm->slots, 0, vm->t->v->sz_slots); }

/* ── views ── */
static void row_major(TView *v, const int64_t *dims, int64_t unit)
{
    for (int d = v->rank - 1; d >= 0; d--) {
        v->dim[d] = dims[d];
        v->stride[d] = unit;
        unit *= dims[d];
    }
}

static void set_view(TView *v, const TileProgram *p, const KirLaunch *l, size_t id)
{
    const KMem *m = &p->k->mems[id];
    v->rank = m->rank;
    if (m->kind == KMEM_PRIVATE || m->kind == KMEM_TABLE) {
        v->p = p->table[id];
        row_major(v, m->const_dims, m->kind == KMEM_PRIVATE ? 1 : tile_width(m->type));
        return;
    }
    if (id >= p->k->n_operands)
        return;
    const KirView *from = &l->view[id];
    int64_t unit = m->block_bytes ? m->block_bytes : dtype_info[m->type].block > 1 ? 1 : tile_width(m->type);
    v->p = from->p;
    for (int d = 0; d < m->rank; d++) {
        v->dim[d] = from->dim[d];
        v->stride[d] = from->stride[d] * unit;
    }
}

/* ── collapsing ── */
static int64_t scalar(const TLaunch *t, TRef r) { return r == TREF_NONE ? 0 : (int64_t)t->sval[~r]; }

static void raw_coefs(const TLaunch *t, int64_t (*raw)[KIR_MAX_AXES])
{
    const TVariant *v = t->v;
    for (size_t f = 0; f < v->n_funcs; f++)
        for (int a = 0; a < KIR_MAX_AXES; a++)
            raw[f][a] = v->funcs[f].access ? 0 : scalar(t, v->funcs[f].coef[a]);
    for (size_t f = 0; f < v->n_funcs; f++) {
        const TAccess *x = v->funcs[f].access;
        for (int d = 0; x && d < x->n_dims; d++) {
            int64_t stride = d == t->view[x->mem].rank ? x->width : t->view[x->mem].stride[d];
            for (int a = 0; a < KIR_MAX_AXES && x->dim[d].func >= 0; a++)
                raw[f][a] += raw[x->dim[d].func][a] * stride;
        }
    }
}

static bool joins(const TLaunch *t, int64_t (*raw)[KIR_MAX_AXES], size_t space, int outer, int inner, int64_t extent)
{
    const TVariant *v = t->v;
    for (size_t f = 0; f < v->n_funcs; f++)
        if (v->funcs[f].space == space && !v->funcs[f].relaxed && raw[f][outer] != raw[f][inner] * extent)
            return false;
    return true;
}

static void group_axes(const TLaunch *t, int64_t (*raw)[KIR_MAX_AXES], size_t space, bool collapse)
{
    const TSpace *s = &t->v->spaces[space];
    TGroups g = {0};
    int8_t first[KIR_MAX_AXES], last[KIR_MAX_AXES];
    int64_t extent = 0;
    for (int a = s->n - 1; a >= 0; a--) {
        int64_t lo = scalar(t, s->lo[a]), hi = scalar(t, s->hi[a]);
        bool fixed = s->fixed && collapse;
        if (fixed && lo == 0 && hi == 1)
            continue; /* its index is 0 */
        if (fixed && g.n && scalar(t, s->lo[first[g.n - 1]]) == 0 && joins(t, raw, space, a, last[g.n - 1], extent)) {
            first[g.n - 1] = (int8_t)a;
        } else {
            first[g.n] = last[g.n] = (int8_t)a;
            extent = 1;
            g.n++;
        }
        extent *= hi > lo ? hi - lo : 0;
    }
    for (int i = 0; i < g.n; i++) {
        g.first[i] = first[g.n - 1 - i];
        g.last[i] = last[g.n - 1 - i];
    }
    for (int a = g.n ? g.first[g.n - 1] : 1; a <= (g.n ? g.last[g.n - 1] : 0); a++)
        g.last_axes |= 1u << a;
    t->groups[space] = g;
}

/* Where some read steps far along the last dimension but near along another one, that one becomes the last but one and tiles are 2-D: every cache
 * line is used whole while it is there. */
static void block_axes(const TLaunch *t, int64_t (*raw)[KIR_MAX_AXES], TGroups *g)
{
    const TVariant *v = t->v;
    for (size_t f = 0; f < v->n_funcs && !g->blocked && g->n > 1; f++) {
        const TAccess *x = v->funcs[f].access;
        if (!x || x->gather || v->funcs[f].space != v->top || llabs(raw[f][g->last[g->n - 1]]) < 64)
            continue;
        int best = -1;
        for (int i = 0; i < g->n - 1; i++) {
            int64_t s = llabs(raw[f][g->last[i]]);
            if (s && s < 64 && (best < 0 || s < llabs(raw[f][g->last[best]])))
                best = i;
        }
        if (best < 0)
            continue;
        int8_t first = g->first[best], last = g->last[best];
        for (int i = best; i < g->n - 2; i++) {
            g->first[i] = g->first[i + 1];
            g->last[i] = g->last[i + 1];
        }
        g->first[g->n - 2] = first;
        g->last[g->n - 2] = last;
        g->blocked = true;
    }
}

static void prepare(TLaunch *t, int64_t (*raw)[KIR_MAX_AXES], bool collapse)
{
    raw_coefs(t, raw);
    for (size_t s = 0; s < t->v->n_spaces; s++)
        group_axes(t, raw, s, collapse);
    if (!t->v->serial && !t->v->ordered && !t->v->rows)
        block_axes(t, raw, &t->groups[t->v->top]);
    for (size_t f = 0; f < t->v->n_funcs; f++) {
        const TGroups *g = &t->groups[t->v->funcs[f].space];
        for (int i = 0; i < g->n; i++)
            t->coef[f * KIR_MAX_AXES + i] = raw[f][g->last[i]];
    }
}

/* mem: launch_bytes; vm_mem: vm_bytes. Runs the prologue. */
static TLaunch *launch_make(const TileProgram *p, const TVariant *v, const KirLaunch *l, bool collapse, char *mem, char *vm_mem)
{
    TLaunch *t = take(&mem, sizeof *t);
    *t = (TLaunch){.p = p, .v = v, .l = l};
    t->sval = take(&mem, v->n_scalars * 8 + 8);
    t->coef = take(&mem, v->n_funcs * KIR_MAX_AXES * 8);
    int64_t(*raw)[KIR_MAX_AXES] = t->raw = take(&mem, v->n_funcs * KIR_MAX_AXES * 8);
    t->groups = take(&mem, v->n_spaces * sizeof(TGroups));
    t->view = take(&mem, p->k->n_mems * sizeof(TView));
    memset(t->view, 0, p->k->n_mems * sizeof(TView));
    memcpy(t->sval, v->init, v->n_scalars * 8);
    for (size_t i = 0; i < p->k->n_mems; i++)
        set_view(&t->view[i], p, l, i);
    TVm *vm = vm_place(t, vm_mem);
    vm->sval = t->sval;
    bool simple = true; /* scalars only: coefficients are not needed yet */
    for (size_t i = 0; i < v->pre->n; i++)
        simple &= v->pre->inst[i].op == T_SCALAR || v->pre->inst[i].op == T_SLOAD;
    if (!simple) { /* lets with reductions: coefficients come from scalars before them, which a second pass completes */
        size_t n = 0;
        for (; n < v->pre->n; n++) {
            TBlock one = {.inst = &v->pre->inst[n], .n = 1};
            if (v->pre->inst[n].op != T_SCALAR && v->pre->inst[n].op != T_SLOAD)
                prepare(t, raw, collapse);
            vm_run(vm, &one);
        }
    } else {
        vm_run(vm, v->pre);
    }
    prepare(t, raw, collapse);
    return t;
}

/* ── walks ── */
static void walk_columns(TWalk *w, int64_t n)
{
    if (n > TILE_LANES / 2) {
        w->n_segs = (n + TILE_LANES - 1) / TILE_LANES;
        w->cols = ((n + w->n_segs - 1) / w->n_segs + 63) / 64 * 64;
        w->cols = w->cols > TILE_LANES ? TILE_LANES : w->cols;
        w->n_segs = (n + w->cols - 1) / w->cols;
    } else {
        w->rows = n ? TILE_LANES / n : 1;
        w->cols = n;
        w->n_segs = n > 0;
    }
}

void tile_walk_make(const TLaunch *t, uint32_t space, const int64_t *lo, const int64_t *hi, TWalkKind kind, TWalk *w)
{
    const TGroups *g = &t->groups[space];
    w->n = g->n;
    w->last_axes = g->last_axes;
    w->n_outer = w->n_segs = w->rows = w->cols = 1;
    for (int i = 0; i < g->n; i++) {
        int64_t extent = 1;
        for (int a = g->first[i] + 1; a <= g->last[i]; a++)
            extent *= hi[a] - lo[a];
        w->lo[i] = lo[g->first[i]] * extent;
        w->hi[i] = hi[g->first[i]] * extent;
        int64_t n = w->hi[i] > w->lo[i] ? w->hi[i] - w->lo[i] : 0;
        if (i < g->n - 1)
            w->n_outer *= n;
        else if (kind == WALK_SINGLE)
            w->n_segs = n;
        else if (kind == WALK_BLOCKS && g->blocked && n >= TILE_BLOCK) {
            w->rows = w->cols = TILE_BLOCK;
            w->n_segs = (n + w->cols - 1) / w->cols;
        }
        else
            walk_columns(w, n);
    }
    w->n_tiles = (w->n_outer + w->rows - 1) / w->rows * w->n_segs;
}

void tile_walk_open(const TWalk *w, int64_t tile, TVm *vm)
{
    vm->nd = w->n;
    vm->last_axes = w->last_axes;
    if (!w->n) {
        vm->n = vm->rows = vm->cols = 1;
        vm->col0 = 0;
        return;
    }
    int last = w->n - 1;
    int64_t block = tile / w->n_segs, first = block * w->rows, rest = first;
    vm->col0 = w->lo[last] + (tile - block * w->n_segs) * w->cols;
    vm->cols = (int)(w->hi[last] - vm->col0 < w->cols ? w->hi[last] - vm->col0 : w->cols);
    vm->rows = (int)(w->n_outer - first < w->rows ? w->n_outer - first : w->rows);
    vm->n = vm->rows * vm->cols;
    for (int i = last - 1; i >= 0; i--) {
        int64_t n = w->hi[i] - w->lo[i];
        vm->row[0][i] = w->lo[i] + (i ? rest % n : rest);
        rest /= n;
    }
    for (int r = 1; r < vm->rows; r++) {
        const int64_t *was = vm->row[r - 1];
        int64_t *row = vm->row[r];
        for (int i = last - 1, carry = 1; i >= 0; i--) {
            const int64_t at = was[i] + carry;
            carry = at == w->hi[i];
            row[i] = carry ? w->lo[i] : at;
        }
    }
}

static void space_bounds(const uint64_t *sval, const TSpace *s, int64_t *lo, int64_t *hi)
{
    for (int a = 0; a < s->n; a++) {
        lo[a] = (int64_t)sval[~s->lo[a]];
        hi[a] = (int64_t)sval[~s->hi[a]];
        hi[a] = hi[a] > lo[a] ? hi[a] : lo[a];
    }
}

void tile_walk_space(TVm *vm, uint32_t space, TWalk *w)
{
    UNINIT int64_t lo[KIR_MAX_AXES], hi[KIR_MAX_AXES];
    space_bounds(vm->sval, &vm->t->v->spaces[space], lo, hi);
    tile_walk_make(vm->t, space, lo, hi, WALK_ROWS, w);
}

/* ── items one by one (rows) ── */
static int64_t count_items(const TSpace *s, const int64_t *lo, const int64_t *hi)
{
    int64_t n = 1;
    for (int a = 0; a < s->n; a++)
        n *= hi[a] - lo[a];
    return n;
}

static void run_item(TVm *vm, const TSpace *s, const int64_t *lo, const int64_t *hi, int64_t item)
{
    for (int a = s->n - 1; a >= 0; a--) {
        int64_t n = hi[a] - lo[a];
        vm->sval[~s->index[a]] = (uint64_t)(lo[a] + item % n);
        item /= n;
    }
    vm_run(vm, vm->t->v->body);
}

/* ── running ── */
typedef struct Job {
    const TLaunch *t;
    char *mem;          /* vm_bytes per thread */
    size_t sz;
    int64_t lo[KIR_MAX_AXES], hi[KIR_MAX_AXES], n, per_chunk; /* n: tiles or items */
    TWalk w;
} Job;

static void run_range(TVm *vm, const Job *j, int64_t from, int64_t to)
{
    const TVariant *v = j->t->v;
    for (int64_t i = from; i < to; i++) {
        if (v->rows) {
            run_item(vm, &v->spaces[v->top], j->lo, j->hi, i);
            continue;
        }
        tile_walk_open(&j->w, i, vm);
        vm_run(vm, v->body);
    }
}

/* Columns of the last dimension for each thread, whole lines of memory. */
static void run_columns(void *ctx, int64_t part, int thread)
{
    Job j = *(const Job *)ctx;
    TVm *vm = vm_place(j.t, j.mem + (size_t)thread * j.sz);
    const int last = j.w.n - 1;
    const int64_t from = j.w.lo[last] + part * j.per_chunk, to = from + j.per_chunk;
    memcpy(vm->sval, j.t->sval, j.t->v->n_scalars * 8);
    j.w.lo[last] = from;
    j.w.hi[last] = to < j.w.hi[last] ? to : j.w.hi[last];
    j.w.rows = 1;
    walk_columns(&j.w, j.w.hi[last] - from);
    run_range(vm, &j, 0, (j.w.n_outer + j.w.rows - 1) / j.w.rows * j.w.n_segs);
}

/* Do items of different columns of the last dimension never meet in an ordered scatter? Each axis of it is an index of its own. */
static bool columns_apart(const TLaunch *t)
{
    const TVariant *v = t->v;
    const TGroups *g = &t->groups[v->top];
    const int axes = v->spaces[v->top].n;
    if (v->rows || v->single || !g->n)
        return false;
    for (size_t i = 0; i < v->n_accesses; i++) {
        const TAccess *x = v->accesses[i];
        uint32_t own = 0;
        if (!x->fn || x->rule == KSCATTER_UNIQUE)
            continue;
        for (int d = 0; d < x->n_dims; d++) {
            const int32_t f = x->dim[d].func;
            int moves = 0, by = 0;
            for (int a = 0; a < axes && f >= 0; a++)
                if (t->raw[f][a])
                    moves++, by = a;
            own |= moves == 1 && x->dim[d].slot == TREF_NONE && v->funcs[f].space == v->top ? 1u << by : 0;
        }
        if (g->last_axes & ~own)
            return false;
    }
    return true;
}

static void run_chunk(void *ctx, int64_t chunk, int thread)
{
    const Job *j = ctx;
    TVm *vm = vm_place(j->t, j->mem + (size_t)thread * j->sz);
    clear_slots(vm);
    memcpy(vm->sval, j->t->sval, j->t->v->n_scalars * 8);
    int64_t from = chunk * j->per_chunk, to = from + j->per_chunk;
    run_range(vm, j, from, to < j->n ? to : j->n);
}

static int64_t space_extent(const TLaunch *t, uint32_t space) /* −1: not known per launch */
{
    UNINIT int64_t lo[KIR_MAX_AXES], hi[KIR_MAX_AXES];
    const TSpace *s = &t->v->spaces[space];
    if (!s->fixed)
        return -1;
    space_bounds(t->sval, s, lo, hi);
    return count_items(s, lo, hi);
}

static int64_t hint_step(const TLaunch *t) /* bytes between neighbouring lanes of the first inner read; −1 unknown */
{
    if (t->v->hint < 0)
        return -1;
    const TGroups *g = &t->groups[t->v->funcs[t->v->hint].space];
    int64_t s = g->n ? t->coef[(size_t)t->v->hint * KIR_MAX_AXES + (size_t)g->n - 1] : 0;
    return s < 0 ? -s : s;
}

static bool prefer_rows(const TLaunch *items, const TLaunch *rows)
{
    int64_t n = space_extent(items, items->v->top), inner = space_extent(rows, rows->v->inner_space);
    if (inner < 0)
        inner = 1024;
    if (HARD(false, true))
        return (n ^ inner) & 1; /* either must do */
    if (inner < 32 || n == 0)
        return false;
    if (n < 16)
        return true;
    int64_t a = hint_step(items), b = hint_step(rows);
    return b >= 0 && (a < 0 || b <= a);
}

/* How often the longest loop of the body runs, as far as its bounds are known now. */
static int64_t loop_items(const TLaunch *t)
{
    int64_t most = 1;
    for (size_t i = 0; i < t->v->body->n; i++) {
        const TInst *x = &t->v->body->inst[i];
        const TAxes *axes = x->axes ? x->axes : x->red ? &x->red->axes : NULL;
        int64_t n = 1;
        for (int a = 0; axes && a < axes->n; a++) {
            const bool known = axes->lo[a] < 0 && axes->hi[a] < 0 && !axes->bound[a];
            const int64_t extent = known ? (int64_t)(t->sval[~axes->hi[a]] - t->sval[~axes->lo[a]]) : 1;
            if (extent > 1 && extent < INT32_MAX && n < INT32_MAX)
                n *= extent;
        }
        most = n > most ? n : most;
    }
    return most;
}

static int64_t grain(const Job *j, int threads) /* tiles or items of a chunk */
{
    const TVariant *v = j->t->v;
    int64_t each = (int64_t)v->n_insts * (v->rows ? 64 : j->w.rows * j->w.cols);
    if (!v->rows && each < INT32_MAX)
        each *= loop_items(j->t);
    if (v->rows) {
        int64_t inner = space_extent(j->t, v->inner_space);
        each = (int64_t)v->n_insts * (inner < 64 ? 64 : inner);
    }
    int64_t least = TILE_GRAIN * 8 / (each ? each : 1), even = HARD(j->n / (threads * 8), 1);
    least = least < 1 ? 1 : least;
    return even > least ? even : least;
}

static SpmlCode out_of_memory(Error *err) { return error_oom(err); }

SpmlCode tile_run(const TileProgram *p, const KirLaunch *l, Pool *pool, Error *err)
{
    int threads = pool ? pool_threads(pool) : 1;
    const TVariant *vi = p->items, *vr = p->rows;
    size_t sz_l = launch_bytes(vi, p->k), sz_lr = vr ? launch_bytes(vr, p->k) : 0;
    size_t sz_vm = vm_bytes(vi), sz_vmr = vr ? vm_bytes(vr) : 0;
    size_t sz = sz_vm > sz_vmr ? sz_vm : sz_vmr;
    char *mem = aligned_alloc(64, sz_l + sz_lr + sz * (size_t)threads);
    if (!mem)
        return out_of_memory(err);
    Job j = {.mem = mem + sz_l + sz_lr, .sz = sz};
    const TLaunch *t = launch_make(p, vi, l, true, mem, j.mem);
    if (vr) {
        const TLaunch *r = launch_make(p, vr, l, true, mem + sz_l, j.mem);
        t = prefer_rows(t, r) ? r : t;
    }
    j.t = t;
    const TSpace *s = &t->v->spaces[t->v->top];
    space_bounds(t->sval, s, j.lo, j.hi);
    tile_walk_make(t, t->v->top, j.lo, j.hi, t->v->single ? WALK_SINGLE : WALK_BLOCKS, &j.w);
    j.n = t->v->rows ? count_items(s, j.lo, j.hi) : j.w.n_tiles;
    j.per_chunk = t->v->serial || t->v->ordered ? j.n : grain(&j, threads);
    if (j.n > 0 && t->v->ordered && !t->v->serial && columns_apart(t)) {
        const int64_t cols = j.w.hi[j.w.n - 1] - j.w.lo[j.w.n - 1], parts = j.n * TILE_LANES < TILE_GRAIN ? 1 : threads;
        j.per_chunk = ((cols + parts - 1) / parts + 15) / 16 * 16;
        pool_run(pool, (cols + j.per_chunk - 1) / j.per_chunk, run_columns, &j);
    } else if (j.n > 0) {
        pool_run(pool, (j.n + j.per_chunk - 1) / j.per_chunk, run_chunk, &j);
    }
    free(mem);
    return SPML_OK;
}

/* ── boxes ── */
int tile_axes(const TileProgram *p) { return p->items->spaces[p->items->top].n; }

size_t tile_scratch(const TileProgram *p)
{
    return launch_bytes(p->items, p->k) + vm_bytes(p->items);
}

/* Which neighbouring axes are one in memory, whatever box of them is asked for. */
static uint32_t joined_axes(const TLaunch *t)
{
    const TSpace *s = &t->v->spaces[t->v->top];
    uint32_t joined = 0;
    if (!s->fixed || t->groups[t->v->top].blocked || t->groups[t->v->top].n != s->n)
        return 0;
    for (int a = 0; a + 1 < s->n; a++)
        if (scalar(t, s->lo[a + 1]) == 0 && joins(t, t->raw, t->v->top, a, a + 1, scalar(t, s->hi[a + 1])))
            joined |= 1u << a;
    return joined;
}

void tile_prepare(const TileProgram *p, const KirLaunch *l, void *scratch)
{
    char *mem = scratch, *vm_mem = mem + launch_bytes(p->items, p->k);
    TLaunch *t = launch_make(p, p->items, l, false, mem, vm_mem);
    TVm *vm = vm_place(t, vm_mem);
    clear_slots(vm);
    memcpy(vm->sval, t->sval, p->items->n_scalars * 8);
    t->joined = joined_axes(t);
}

/* Collapses what lies in one piece: an axis joins the next one where the box has all of that, or one step of the axis. Bounds of a group are
 * counted in steps of its last axis. */
static void collapse_box(TLaunch *t, const int64_t *lo, const int64_t *hi, int64_t *flat_lo, int64_t *flat_hi)
{
    const TSpace *s = &t->v->spaces[t->v->top];
    TGroups g = {0}, *kept = &t->groups[t->v->top];
    for (int a = 0; a < s->n; a++) {
        int64_t n = a ? scalar(t, s->hi[a]) : 0;
        bool join = a && (t->joined >> (a - 1) & 1) && (flat_hi[a - 1] - flat_lo[a - 1] == 1 || (lo[a] == 0 && hi[a] == n));
        if (join) {
            bool whole = lo[a] == 0 && hi[a] == n;
            flat_lo[a] = flat_lo[a - 1] * n + (whole ? 0 : lo[a]);
            flat_hi[a] = whole ? flat_hi[a - 1] * n : flat_lo[a - 1] * n + hi[a];
            g.last_axes |= 1u << a;
        } else {
            flat_lo[a] = lo[a], flat_hi[a] = hi[a];
            g.last_axes = 1u << a;
            g.n++;
        }
        g.first[g.n - 1] = g.last[g.n - 1] = (int8_t)a;
    }
    if (g.n == kept->n && !memcmp(g.last, kept->last, sizeof g.last))
        return;
    *kept = g;
    for (size_t f = 0; f < t->v->n_funcs; f++)
        for (int i = 0; i < g.n && t->v->funcs[f].space == t->v->top; i++)
            t->coef[f * KIR_MAX_AXES + (size_t)i] = t->raw[f][g.last[i]];
}

void tile_run_box(const TileProgram *p, const KirLaunch *l, const int64_t *lo, const int64_t *hi, void *scratch)
{
    char *mem = scratch;
    TLaunch *t = scratch;
    TVm *vm = (TVm *)(mem + launch_bytes(p->items, p->k));
    UNINIT TWalk w;
    int64_t flat_lo[KIR_MAX_AXES], flat_hi[KIR_MAX_AXES];
    t->l = l;
    if (t->joined) {
        collapse_box(t, lo, hi, flat_lo, flat_hi);
        lo = flat_lo, hi = flat_hi;
    }
    tile_walk_make(t, p->items->top, lo, hi, p->items->single ? WALK_SINGLE : WALK_BLOCKS, &w);
    for (int64_t i = 0; i < w.n_tiles; i++) {
        tile_walk_open(&w, i, vm);
        vm_run(vm, p->items->body);
    }
}
