/* SPDX-License-Identifier: MIT
 * kir/tile: runs the blocks of a tile program on the open tile: scalars through kir_eval, slots through primitives, control flow here. */
#include "kir/core.h"
#include "kir/tile/internal.h"

#include <string.h>

#if defined(__GNUC__) && !defined(__clang__)
#define VECTORISE __attribute__((optimize("O3"))) /* clang does at -O2 */
#else
#define VECTORISE
#endif

/* ── elements of slots, by width ── */
uint64_t tile_get(const void *p, DType t, size_t i)
{
    uint64_t v = 0;
    unsigned w = tile_width(t);
    memcpy(&v, (const char *)p + i * w, w > 8 ? 8 : w);
    return v;
}

void tile_put(void *p, DType t, size_t i, uint64_t bits)
{
    unsigned w = tile_width(t);
    memcpy((char *)p + i * w, &bits, w > 8 ? 8 : w);
}

#define BY_WIDTH(w, DO) \
    switch (w) { \
    case 1: DO(uint8_t) break; \
    case 2: DO(uint16_t) break; \
    case 4: DO(uint32_t) break; \
    default: DO(uint64_t) break; \
    }

typedef uint64_t Line __attribute__((vector_size(64), aligned(1), may_alias));

void tile_fill(void *p, unsigned width, uint64_t bits, int n)
{
    for (unsigned have = width; have < 8; have *= 2)
        bits = (bits & ((1ull << 8 * have) - 1)) | bits << 8 * have;
    const Line line = {bits, bits, bits, bits, bits, bits, bits, bits};
    const size_t all = (size_t)n * width;
    size_t at = 0;
    for (; at + sizeof line <= all; at += sizeof line)
        *(Line *)((char *)p + at) = line;
    memcpy((char *)p + at, &line, all - at);
}

typedef struct Wide { uint64_t a, b; } Wide;

VECTORISE void tile_select(void *dst, const uint8_t *c, const void *a, int64_t as, const void *b, int64_t bs, unsigned width, int n) /* steps: 0 or 1 */
{
#define SELECT(T) { T *d = dst; const T *x = a, *y = b; for (int i = 0; i < n; i++) d[i] = c[i] ? x[i * as] : y[i * bs]; }
    if (width == 16)
        SELECT(Wide)
    else
        BY_WIDTH(width, SELECT)
#undef SELECT
}

VECTORISE static void blend(void *dst, const uint8_t *c, const void *a, int64_t as, unsigned width, int n)
{
#define BLEND(T) { T *d = dst; const T *x = a; for (int i = 0; i < n; i++) d[i] = c[i] ? x[i * as] : d[i]; }
    if (width == 16)
        BLEND(Wide)
    else
        BY_WIDTH(width, BLEND)
#undef BLEND
}

/* ── instructions ── */
static void run_scalar(TVm *vm, const TInst *in)
{
    uint64_t *s = vm->sval, *d = &s[~in->dst[0]];
    if (in->n_src == 2 && in->type == DT_i64) { /* index arithmetic */
        uint64_t a = s[~in->src[0]], b = s[~in->src[1]];
        if (in->kop == K_add) {
            *d = a + b;
            return;
        }
        if (in->kop == K_mul) {
            *d = a * b;
            return;
        }
    }
    if (in->kop == K_move) {
        *d = s[~in->src[0]];
    } else if (in->kop == K_sym) {
        *d = vm->t->l->sym[in->space];
    } else if (in->kop == K_extent) {
        *d = (uint64_t)vm->t->view[in->space].dim[in->func];
    } else {
        uint64_t a[4];
        for (int i = 0; i < in->n_src; i++)
            a[i] = s[~in->src[i]];
        *d = kir_eval((KOp)in->kop, in->type, in->from, a);
    }
}

static void operands(TVm *vm, const TInst *in, void **d, const void **s)
{
    for (int i = 0; i < in->n_dst; i++)
        d[i] = vm->slots + in->dst[i];
    for (int i = 0; i < in->n_src; i++)
        s[i] = vm_ptr(vm, in->src[i]);
    void *place = in->access ? vm_store_place(vm, in->access) : NULL;
    if (place)
        d[0] = place, vm->stored = true;
}

static void run_prim(TVm *vm, const TInst *in)
{
    UNINIT void *d[TILE_FN_RESULTS];
    UNINIT const void *s[TILE_FN_PARAMS];
    operands(vm, in, d, s);
    in->fn.prim(d, s, vm->n);
}

static void run_call(TVm *vm, const TInst *in)
{
    UNINIT void *d[TILE_FN_RESULTS];
    UNINIT const void *s[TILE_FN_PARAMS];
    operands(vm, in, d, s);
    in->fn.any(d, s, vm->n, in->form);
}

static void run_eval(TVm *vm, const TInst *in)
{
    void *d = vm->slots + in->dst[0];
    for (int i = 0; i < vm->n; i++) {
        uint64_t a[4];
        for (int s = 0; s < in->n_src; s++) {
            DType t = in->kop == K_select ? (s ? in->type : DT_bool) : in->from;
            a[s] = in->src[s] < 0 ? vm->sval[~in->src[s]] : tile_get(vm_ptr(vm, in->src[s]), t, (size_t)i);
        }
        tile_put(d, in->type, (size_t)i, kir_eval((KOp)in->kop, in->type, in->from, a));
    }
}

static void run_widen(TVm *vm, const TInst *in)
{
    void *d = vm->slots + in->dst[0];
    const void *s = vm_ptr(vm, in->src[0]);
    if (in->fn.load) {
        in->fn.load(d, s, 1, vm->n);
        return;
    }
    for (int i = 0; i < vm->n; i++) {
        uint64_t v = tile_get(s, in->from, (size_t)i);
        tile_put(d, in->type, (size_t)i, kir_eval(K_cast, in->type, in->from, &v));
    }
}

static void run_narrow(TVm *vm, const TInst *in)
{
    void *d = vm->slots + in->dst[0];
    const void *s = vm_ptr(vm, in->src[0]);
    if (in->fn.store) {
        in->fn.store(d, s, 1, vm->n);
        return;
    }
    for (int i = 0; i < vm->n; i++) {
        uint64_t v = tile_get(s, in->from, (size_t)i);
        tile_put(d, in->type, (size_t)i, kir_eval(in->form ? K_sat : K_cast, in->type, in->from, &v));
    }
}

static void run_move(TVm *vm, const TInst *in)
{
    void *d = vm->slots + in->dst[0];
    if (in->src[0] < 0)
        tile_fill(d, in->width, vm->sval[~in->src[0]], vm->n);
    else if (in->src[0] != in->dst[0])
        memcpy(d, vm_ptr(vm, in->src[0]), (size_t)vm->n * in->width);
}

static void run_select(TVm *vm, const TInst *in)
{
    const TRef *s = in->src;
    tile_select(vm->slots + in->dst[0], vm_ptr(vm, s[0]), vm_ptr(vm, s[1]), s[1] >= 0, vm_ptr(vm, s[2]), s[2] >= 0, in->width, vm->n);
}

static void run_blend(TVm *vm, const TInst *in)
{
    blend(vm->slots + in->dst[0], vm_ptr(vm, in->src[0]), vm_ptr(vm, in->src[1]), in->src[1] >= 0, in->width, vm->n);
}

static void run_iota(TVm *vm, const TInst *in)
{
    vm_iota(vm, vm_i64(vm, in->src[0]), in->func, (int64_t *)(vm->slots + in->dst[0]));
}

static bool any(const uint8_t *m, int n)
{
    return memchr(m, 1, (size_t)n) != NULL;
}

static void run_if(TVm *vm, const TInst *in)
{
    vm_run(vm, in->block[vm->sval[~in->src[0]] & 1 ? 0 : 1]);
}

static void run_ifany(TVm *vm, const TInst *in)
{
    if (any(vm_ptr(vm, in->src[0]), vm->n))
        vm_run(vm, in->block[0]);
}

static void run_while(TVm *vm, const TInst *in)
{
    uint8_t *active = in->n_dst ? vm_ptr(vm, in->dst[0]) : NULL;
    if (active && in->n_src > 1)
        memcpy(active, vm_ptr(vm, in->src[1]), (size_t)vm->n);
    else if (active)
        memset(active, 1, (size_t)vm->n);
    for (;;) {
        vm_run(vm, in->block[0]);
        const uint8_t *cond = vm_ptr(vm, in->src[0]);
        if (!active && !(*cond & 1))
            return;
        for (int i = 0; active && i < vm->n; i++)
            active[i] &= cond[i];
        if (active && !any(active, vm->n))
            return;
        vm_run(vm, in->block[1]);
    }
}

static void loop_body(TVm *vm, void *ctx) { vm_run(vm, ctx); }
static void run_loop(TVm *vm, const TInst *in) { vm_loop(vm, in->axes, loop_body, in->block[0]); }

typedef void (*RunFn)(TVm *, const TInst *);
static const RunFn run_table[T_COUNT] = {
    [T_SCALAR] = run_scalar, [T_PRIM] = run_prim, [T_CALL] = run_call, [T_EVAL] = run_eval, [T_WIDEN] = run_widen, [T_NARROW] = run_narrow, [T_MOVE] = run_move,
    [T_SELECT] = run_select, [T_BLEND] = run_blend, [T_IOTA] = run_iota, [T_LOAD] = vm_load, [T_STORE] = vm_store, [T_SCATTER] = vm_scatter,
    [T_SLOAD] = vm_sload, [T_SSTORE] = vm_sstore, [T_IF] = run_if, [T_IFANY] = run_ifany, [T_WHILE] = run_while, [T_LOOP] = run_loop,
    [T_EACH] = vm_each, [T_REDUCE] = vm_reduce, [T_REDUCE_LANES] = vm_reduce_lanes, [T_DOT] = vm_dot, [T_SCAN] = vm_scan,
};

void vm_run(TVm *vm, const TBlock *b)
{
    for (const TInst *in = b->inst, *end = b->n ? in + b->n : in; in < end; in++) /* an empty block has no list at all */
        run_table[in->op](vm, in);
}

/* ── serial loops ── */
typedef struct Bounds { int64_t lo, hi; } Bounds;

/* Of one axis: where a bound is a slot, the widest range over the lanes inside `mask`. */
static Bounds axis_range(TVm *vm, const TAxes *ax, int n, const uint8_t *mask)
{
    Bounds b = {INT64_MAX, INT64_MIN};
    if (ax->lo[n] < 0 && ax->hi[n] < 0)
        return (Bounds){vm_i64(vm, ax->lo[n]), vm_i64(vm, ax->hi[n])};
    const int64_t *lo = vm_ptr(vm, ax->lo[n]), *hi = vm_ptr(vm, ax->hi[n]);
    for (int i = 0; i < vm->n; i++) {
        int64_t l = ax->lo[n] < 0 ? *lo : lo[i], h = ax->hi[n] < 0 ? *hi : hi[i];
        if (mask && !mask[i])
            continue;
        b.lo = l < b.lo ? l : b.lo;
        b.hi = h > b.hi ? h : b.hi;
    }
    return b;
}

static void axis_mask(TVm *vm, const TAxes *ax, int n, int64_t at, const uint8_t *in, uint8_t *out)
{
    const int64_t *lo = vm_ptr(vm, ax->lo[n]), *hi = vm_ptr(vm, ax->hi[n]);
    for (int i = 0; i < vm->n; i++) {
        int64_t l = ax->lo[n] < 0 ? *lo : lo[i], h = ax->hi[n] < 0 ? *hi : hi[i];
        out[i] = (!in || in[i]) && at >= l && at < h;
    }
}

typedef struct Loop { const TAxes *ax; void (*fn)(TVm *, void *); void *ctx; } Loop;

static void loop_axis(TVm *vm, const Loop *l, int n, const uint8_t *mask)
{
    const TAxes *ax = l->ax;
    if (n == ax->n) {
        if (ax->mask != TREF_NONE && mask)
            memcpy(vm->slots + ax->mask, mask, (size_t)vm->n);
        else if (ax->mask != TREF_NONE)
            memset(vm->slots + ax->mask, 1, (size_t)vm->n);
        l->fn(vm, l->ctx);
        return;
    }
    if (ax->bound[n])
        vm_run(vm, ax->bound[n]);
    bool divergent = ax->lo[n] >= 0 || ax->hi[n] >= 0;
    Bounds b = axis_range(vm, ax, n, mask);
    UNINIT uint8_t own[KTILE];
    for (int64_t i = b.lo; i < b.hi; i++) {
        vm->sval[~ax->index[n]] = (uint64_t)i;
        if (divergent)
            axis_mask(vm, ax, n, i, mask, own);
        loop_axis(vm, l, n + 1, divergent ? own : mask);
    }
}

void vm_loop(TVm *vm, const TAxes *ax, void (*fn)(TVm *, void *), void *ctx)
{
    Loop l = {ax, fn, ctx};
    UNINIT uint8_t outer[KTILE]; /* a copy: the body may compute it anew */
    if (ax->mask != TREF_NONE && ax->outer != TREF_NONE)
        memcpy(outer, vm_ptr(vm, ax->outer), (size_t)vm->n);
    loop_axis(vm, &l, 0, ax->mask != TREF_NONE && ax->outer != TREF_NONE ? outer : NULL);
}

void vm_each(TVm *vm, const TInst *in)
{
    UNINIT TWalk w;
    tile_walk_space(vm, in->space, &w);
    for (int64_t t = 0; t < w.n_tiles; t++) {
        tile_walk_open(&w, t, vm);
        vm_run(vm, in->block[0]);
    }
}
