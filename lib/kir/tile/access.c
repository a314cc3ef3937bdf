/* SPDX-License-Identifier: MIT
 * kir/tile: reads and stores of the open tile. Affine accesses are resolved row by row to a range of lanes that lie inside the operand (no masks);
 * gathers compute a byte offset and a range flag per lane. Conversions run over whole tiles through a staging slot. */
#include "kir/core.h"
#include "kir/tile/internal.h"

#include <string.h>

typedef struct Wide { uint64_t a, b; } Wide;

/* ── copies of one row ── */
#define COPY(T) \
    for (int i = 0; i < n; i++, d += dstride, s += sstride) { \
        T v; \
        memcpy(&v, s, sizeof v); \
        memcpy(d, &v, sizeof v); \
    }
void tile_copy(void *dst, int64_t dstride, const void *src, int64_t sstride, unsigned width, int n)
{
    char *d = dst;
    const char *s = src;
    if (dstride == (int64_t)width && sstride == (int64_t)width) {
        memcpy(d, s, (size_t)n * width);
        return;
    }
    if (sstride == 0 && dstride == (int64_t)width && width <= 8) {
        uint64_t v = 0;
        memcpy(&v, s, width);
        tile_fill(d, width, v, n);
        return;
    }
    switch (width) {
    case 1: COPY(uint8_t) break;
    case 2: COPY(uint16_t) break;
    case 4: COPY(uint32_t) break;
    case 8: COPY(uint64_t) break;
    default: COPY(Wide) break;
    }
}

/* ── packed (sub-byte) elements: e counts elements from the view's first one ── */
static uint64_t packed_get(const char *p, DType t, int64_t e)
{
    unsigned bits = dtype_bits(t);
    uint64_t at = (uint64_t)e * bits;
    return (uint64_t)((uint8_t)p[at / 8] >> at % 8) & ((1u << bits) - 1);
}

static void packed_put(char *p, DType t, int64_t e, uint64_t v)
{
    unsigned bits = dtype_bits(t), mask = (1u << bits) - 1;
    uint64_t at = (uint64_t)e * bits;
    uint8_t *b = (uint8_t *)p + at / 8;
    *b = (uint8_t)((*b & ~(mask << at % 8)) | ((v & mask) << at % 8));
}

/* The last dimension of a block field's access runs over the field's elements. */
static inline int64_t dim_of(const TAccess *x, const TView *v, int d) { return d == v->rank ? x->field_n : v->dim[d]; }
static inline int64_t stride_of(const TAccess *x, const TView *v, int d) { return d == v->rank ? x->width : v->stride[d]; }

/* ── functionals on the open tile ── */
static inline const int64_t *coefs(const TVm *vm, int32_t func) { return vm->t->coef + (size_t)func * KIR_MAX_AXES; }

static inline int64_t row_value(const TVm *vm, const int64_t *coef, int r) /* at the row's first lane */
{
    int64_t v = vm->nd ? coef[vm->nd - 1] * vm->col0 : 0;
    for (int c = 0; c < vm->nd - 1; c++)
        v += coef[c] * vm->row[r][c];
    return v;
}
static inline int64_t lane_step(const TVm *vm, const int64_t *coef) { return vm->nd ? coef[vm->nd - 1] : 0; }

void vm_iota(TVm *vm, int64_t base, int32_t func, int64_t *out)
{
    const int64_t *coef = coefs(vm, func), step = lane_step(vm, coef);
    for (int r = 0; r < vm->rows; r++, out += vm->cols) {
        int64_t v = base + row_value(vm, coef, r);
        for (int i = 0; i < vm->cols; i++)
            out[i] = v + i * step;
    }
}

/* ── ranges ── */
typedef struct Range { int lo, hi; } Range; /* lanes of a row */

static int64_t div_ceil(int64_t a, int64_t b) { return a / b + (a % b > 0); } /* b > 0 */
static int64_t div_floor(int64_t a, int64_t b) { return a / b - (a % b < 0); }

static void clip(Range *r, int64_t b, int64_t k, int64_t dim) /* keep lanes j with 0 ≤ b + k·j < dim */
{
    int64_t lo = r->lo, hi = r->hi, l = lo, h = hi;
    if (k == 0) {
        if (b < 0 || b >= dim)
            h = l;
    } else if (k > 0) {
        l = b < 0 ? div_ceil(-b, k) : 0;
        h = div_ceil(dim - b, k);
    } else {
        l = div_floor(b - dim, -k) + 1;
        h = div_floor(b, -k) + 1;
    }
    lo = l > lo ? l : lo;
    hi = h < hi ? h : hi;
    *r = (Range){(int)(lo < hi ? lo : hi < 0 ? 0 : hi), (int)(hi > lo ? hi : hi < 0 ? 0 : hi)};
    if (r->hi < r->lo)
        r->hi = r->lo;
}

/* Index slots that are equal along each row count as uniform. */
static bool rowwise(const TVm *vm, const TAccess *x) { return !(x->deps & vm->last_axes); }

static int64_t row_index(const TVm *vm, const TAccess *x, int d, int r) /* of an index slot */
{
    return ((const int64_t *)vm_ptr(vm, x->dim[d].slot))[r * vm->cols];
}

static int64_t row_gathered(const TVm *vm, const TAccess *x, const TView *v, int r) /* their part of the byte offset */
{
    int64_t at = 0;
    for (int d = 0; x->gather && d < x->n_dims; d++)
        if (x->dim[d].slot != TREF_NONE)
            at += row_index(vm, x, d, r) * stride_of(x, v, d);
    return at;
}

static Range row_range(const TVm *vm, const TAccess *x, const TView *v, int r)
{
    Range g = {0, vm->cols};
    for (int d = 0; d < x->n_dims && g.lo < g.hi; d++) {
        int64_t b = x->dim[d].slot != TREF_NONE ? row_index(vm, x, d, r) : vm_i64(vm, x->dim[d].base), k = 0;
        if (x->dim[d].func >= 0) {
            const int64_t *coef = coefs(vm, x->dim[d].func);
            b += row_value(vm, coef, r);
            k = lane_step(vm, coef);
        }
        clip(&g, b, k, dim_of(x, v, d));
    }
    return g;
}

static int64_t base_offset(const TVm *vm, const TAccess *x, const TView *v)
{
    int64_t at = x->offset;
    for (int d = 0; d < x->n_dims; d++)
        at += vm_i64(vm, x->dim[d].base) * stride_of(x, v, d);
    return at;
}

/* Byte offsets (packed: element offsets) and range flags of all lanes; true if all are inside. */
static bool lane_offsets(TVm *vm, const TAccess *x, const TView *v)
{
    int64_t at = x->offset;
    bool all = true;
    int n = vm->n;
    memset(vm->ok, 1, (size_t)n);
    memset(vm->offset, 0, (size_t)n * sizeof *vm->offset);
    for (int d = 0; d < x->n_dims; d++) {
        int64_t b = vm_i64(vm, x->dim[d].base), dim = dim_of(x, v, d), stride = stride_of(x, v, d);
        UNINIT int64_t tmp[KTILE];
        const int64_t *index = tmp;
        if (x->dim[d].slot != TREF_NONE) {
            index = vm_ptr(vm, x->dim[d].slot);
        } else if (x->dim[d].func >= 0) {
            vm_iota(vm, b, x->dim[d].func, tmp);
        } else {
            at += b * stride;
            if (b < 0 || b >= dim)
                memset(vm->ok, 0, (size_t)n), all = false;
            continue;
        }
        uint8_t bad = 0;
        for (int i = 0; i < n; i++) {
            uint8_t inside = (uint64_t)index[i] < (uint64_t)dim;
            vm->ok[i] &= inside;
            bad |= !inside;
            vm->offset[i] += (int64_t)((uint64_t)index[i] * (uint64_t)stride);
        }
        all &= !bad;
    }
    for (int i = 0; i < n && at; i++)
        vm->offset[i] += at;
    return all;
}

/* ── else values ── */
static void fill_else(TVm *vm, const TAccess *x, char *dst, int at, int n)
{
    unsigned w = tile_width(x->compute);
    if (n <= 0)
        return;
    dst += (size_t)at * w;
    if (x->value == TREF_NONE)
        memset(dst, 0, (size_t)n * w);
    else if (x->value < 0)
        tile_fill(dst, w, vm->sval[~x->value], n);
    else
        memcpy(dst, (const char *)vm_ptr(vm, x->value) + (size_t)at * w, (size_t)n * w);
}

static void widen_stage(TVm *vm, const TAccess *x, char *dst, const char *stage)
{
    if (x->load) {
        x->load(dst, stage, 1, vm->n);
        return;
    }
    for (int i = 0; i < vm->n; i++) {
        uint64_t v = tile_get(stage, x->storage, (size_t)i);
        tile_put(dst, x->compute, (size_t)i, kir_eval(K_cast, x->compute, x->storage, &v));
    }
}

/* ── rows of few lanes: most of the time would go into calls, one for each ── */
enum { SHORT_ROW = HARD(8, 2) }; /* lanes that are moved one by one */
typedef struct Half { char bytes[32]; } Half;
typedef struct Line { char bytes[64]; } Line; /* a block of channels */

/* May rows be moved as one element each? */
static bool whole_rows(const TVm *vm, const TAccess *x, int64_t step)
{
    const size_t bytes = (size_t)vm->cols * x->width;
    return step == x->width && bytes <= sizeof(Line) && !(bytes & (bytes - 1));
}

static bool short_rows(const TVm *vm, const TAccess *x, int64_t step)
{
    return vm->rows > 1 && (vm->cols <= SHORT_ROW || whole_rows(vm, x, step)) && !x->guarded && !x->packed && !x->gather;
}

static void row_offsets(const TVm *vm, const int64_t *coef, int64_t *at)
{
    const bool plain = vm->nd == 2; /* then the next row is one step on */
    const int64_t first = coef ? row_value(vm, coef, 0) : 0, next = coef && plain ? coef[0] : 0;
    for (int r = 0; r < vm->rows; r++)
        at[r] = coef && !plain ? row_value(vm, coef, r) : first + r * next;
}

#define LOAD_ROWS(T) \
    for (int r = 0; r < vm->rows; r++) { \
        const char *m = mem + at[r]; \
        for (int i = 0; i < cols; i++, m += step, slot += sizeof(T)) \
            memcpy(slot, m, sizeof(T)); \
    }
#define STORE_ROWS(T) \
    for (int r = 0; r < vm->rows; r++) { \
        char *m = mem + at[r]; \
        for (int i = 0; i < cols; i++, m += step, slot += sizeof(T)) \
            memcpy(m, slot, sizeof(T)); \
    }
#define BY_ROW_WIDTH(DO) \
    switch (width) { \
    case 1: DO(uint8_t) break; \
    case 2: DO(uint16_t) break; \
    case 4: DO(uint32_t) break; \
    case 8: DO(uint64_t) break; \
    case 16: DO(Wide) break; \
    case 32: DO(Half) break; \
    default: DO(Line) break; \
    }
/* Between a slot and rows in memory; a row in one piece is one wide element. */
static void move_short_rows(const TVm *vm, const TAccess *x, const int64_t *coef, char *mem, int64_t step, char *slot, bool store)
{
    UNINIT int64_t at[KTILE];
    unsigned width = x->width;
    int cols = vm->cols;
    if (whole_rows(vm, x, step))
        width *= (unsigned)cols, cols = 1;
    row_offsets(vm, coef, at);
    if (store)
        BY_ROW_WIDTH(STORE_ROWS)
    else
        BY_ROW_WIDTH(LOAD_ROWS)
}

/* ── loads ── */
static void load_rows(TVm *vm, const TAccess *x, const TView *v, char *out, Range *range, bool *all)
{
    const int64_t *coef = x->total >= 0 ? coefs(vm, x->total) : NULL;
    int64_t step = coef ? lane_step(vm, coef) : 0, base = base_offset(vm, x, v);
    if (short_rows(vm, x, step)) {
        move_short_rows(vm, x, coef, v->p + base, step, out, false);
        return;
    }
    for (int r = 0; r < vm->rows; r++) {
        Range g = {0, vm->cols};
        if (x->guarded) {
            g = range[r] = row_range(vm, x, v, r);
            *all &= g.lo == 0 && g.hi == vm->cols;
            if (g.lo >= g.hi)
                continue;
        }
        int64_t at = base + (coef ? row_value(vm, coef, r) : 0) + row_gathered(vm, x, v, r) + g.lo * step;
        char *d = out + (size_t)(r * vm->cols + g.lo) * x->width;
        if (x->packed)
            for (int i = 0; i < g.hi - g.lo; i++)
                d[i] = (char)packed_get(v->p, x->storage, at + i * step);
        else
            tile_copy(d, x->width, v->p + at, step, x->width, g.hi - g.lo);
    }
}

static bool load_direct(TVm *vm, const TAccess *x, const TView *v, char *dst) /* one row, converted straight from memory */
{
    if (!x->load || vm->rows != 1)
        return false;
    const int64_t *coef = x->total >= 0 ? coefs(vm, x->total) : NULL;
    int64_t step = coef ? lane_step(vm, coef) : 0;
    Range g = {0, vm->cols};
    if (x->guarded)
        g = row_range(vm, x, v, 0);
    if (g.lo != 0 || step % x->width)
        return false;
    if (g.hi > 0)
        x->load(dst, v->p + base_offset(vm, x, v) + row_gathered(vm, x, v, 0) + (coef ? row_value(vm, coef, 0) : 0), step / x->width, g.hi);
    fill_else(vm, x, dst, g.hi, vm->cols - g.hi);
    return true;
}

/* One whole row that lies in memory as a slot would: the lanes are read in place. */
static bool load_in_place(TVm *vm, const TInst *in, const TAccess *x, const TView *v)
{
    if (vm->rows != 1 || vm->n % TILE_LANES_RED) /* primitives read multiples of 64 */
        return false;
    const int64_t *coef = x->total >= 0 ? coefs(vm, x->total) : NULL;
    if ((coef ? lane_step(vm, coef) : 0) != x->width)
        return false;
    if (x->guarded) {
        Range g = row_range(vm, x, v, 0);
        if (g.lo || g.hi != vm->cols)
            return false;
    }
    char *row = v->p + base_offset(vm, x, v) + row_gathered(vm, x, v, 0) + row_value(vm, coef, 0);
    if (x->width > 1 && (uintptr_t)row % x->width) /* weights of a file lie at any address */
        return false;
    vm->ptr[in->ptr] = row;
    return true;
}

#define GATHER(T) \
    for (int i = 0; i < n; i++) { \
        T e = {0}; \
        if (ok[i]) \
            memcpy(&e, p + off[i], sizeof e); \
        memcpy(out + (size_t)i * sizeof e, &e, sizeof e); \
    }
static void gather(const TVm *vm, const TAccess *x, const char *p, char *out)
{
    const int64_t *off = vm->offset;
    const uint8_t *ok = vm->ok;
    int n = vm->n;
    if (x->packed) {
        for (int i = 0; i < n; i++)
            out[i] = ok[i] ? (char)packed_get(p, x->storage, off[i]) : 0;
        return;
    }
    switch (x->width) {
    case 1: GATHER(uint8_t) break;
    case 2: GATHER(uint16_t) break;
    case 4: GATHER(uint32_t) break;
    case 8: GATHER(uint64_t) break;
    default: GATHER(Wide) break;
    }
}

static bool one_stride(const TVm *vm, int64_t *step) /* all lanes lie on one stride: rows picked by an index */
{
    const int64_t *o = vm->offset;
    *step = vm->n > 1 ? o[1] - o[0] : 0;
    for (int i = 2; i < vm->n; i++)
        if (o[i] - o[i - 1] != *step)
            return false;
    return true;
}

static void load_gather(TVm *vm, const TAccess *x, const TView *v, char *dst)
{
    bool convert = x->compute != x->storage, all = lane_offsets(vm, x, v);
    char *out = convert ? vm->slots + x->stage : dst;
    int64_t step;
    if (all && !x->packed && one_stride(vm, &step))
        tile_copy(out, x->width, v->p + vm->offset[0], step, x->width, vm->n);
    else
        gather(vm, x, v->p, out);
    if (convert)
        widen_stage(vm, x, dst, out);
    if (all || x->value == TREF_NONE)
        return; /* bit pattern 0 is 0 in every storage type */
    unsigned w = tile_width(x->compute);
    const void *e = vm_ptr(vm, x->value);
    tile_select(dst, vm->ok, dst, 1, e, x->value >= 0, w, vm->n);
}

static void load_private(TVm *vm, const TAccess *x, const TView *v, char *dst)
{
    const char *p = vm->slots + x->region;
    bool all = lane_offsets(vm, x, v);
    for (int i = 0; i < vm->n; i++) {
        if (all || vm->ok[i])
            memcpy(dst + (size_t)i * x->width, p + ((size_t)vm->offset[i] * KTILE + (size_t)i) * x->width, x->width);
        else
            memset(dst + (size_t)i * x->width, 0, x->width);
    }
    if (!all && x->value != TREF_NONE)
        tile_select(dst, vm->ok, dst, 1, vm_ptr(vm, x->value), x->value >= 0, x->width, vm->n);
}

void vm_load(TVm *vm, const TInst *in)
{
    const TAccess *x = in->access;
    const TView *v = &vm->t->view[x->mem];
    char *dst = vm->slots + in->dst[0];
    UNINIT Range range[KTILE];
    bool all = true;
    if (x->priv) {
        load_private(vm, x, v, dst);
        return;
    }
    if (x->gather && !rowwise(vm, x)) {
        if (in->ptr >= 0)
            vm->ptr[in->ptr] = dst;
        load_gather(vm, x, v, dst);
        return;
    }
    if (in->ptr >= 0) {
        if (load_in_place(vm, in, x, v))
            return;
        vm->ptr[in->ptr] = dst;
    } else if (load_direct(vm, x, v, dst)) {
        return;
    }
    char *out = x->compute != x->storage ? vm->slots + x->stage : dst;
    load_rows(vm, x, v, out, range, &all);
    if (out != dst)
        widen_stage(vm, x, dst, out);
    for (int r = 0; r < vm->rows && !all; r++) {
        fill_else(vm, x, dst, r * vm->cols, range[r].lo);
        fill_else(vm, x, dst, r * vm->cols + range[r].hi, vm->cols - range[r].hi);
    }
}

/* ── stores ── */
static const char *narrowed(TVm *vm, const TAccess *x)
{
    const char *src = vm_ptr(vm, x->value);
    if (x->compute == x->storage && !x->store)
        return src;
    char *stage = vm->slots + x->stage;
    if (x->store) {
        x->store(stage, src, 1, vm->n);
        return stage;
    }
    for (int i = 0; i < vm->n; i++) {
        uint64_t v = tile_get(src, x->compute, (size_t)i);
        tile_put(stage, x->storage, (size_t)i, kir_eval(x->sat ? K_sat : K_cast, x->storage, x->compute, &v));
    }
    return stage;
}

static void store_lanes(TVm *vm, const TAccess *x, const TView *v)
{
    const uint8_t *mask = x->mask == TREF_NONE ? NULL : vm_ptr(vm, x->mask);
    const char *src = narrowed(vm, x);
    lane_offsets(vm, x, v);
    for (int i = 0; i < vm->n; i++) {
        if (!vm->ok[i] || (mask && !mask[i]))
            continue;
        if (x->packed)
            packed_put(v->p, x->storage, vm->offset[i], (uint8_t)src[i]);
        else
            memcpy(v->p + vm->offset[i], src + (size_t)i * x->width, x->width);
    }
}

static void store_private(TVm *vm, const TAccess *x, const TView *v)
{
    const uint8_t *mask = x->mask == TREF_NONE ? NULL : vm_ptr(vm, x->mask);
    const char *src = vm_ptr(vm, x->value);
    char *p = vm->slots + x->region;
    lane_offsets(vm, x, v);
    for (int i = 0; i < vm->n; i++)
        if (vm->ok[i] && (!mask || mask[i]))
            memcpy(p + ((size_t)vm->offset[i] * KTILE + (size_t)i) * x->width, src + (size_t)i * x->width, x->width);
}

void *vm_store_place(const TVm *vm, const TAccess *x)
{
    const TView *v = &vm->t->view[x->mem];
    const int64_t *coef = coefs(vm, x->total);
    if (vm->rows != 1 || vm->n % TILE_LANES_RED || lane_step(vm, coef) != x->width) /* primitives write multiples of 64 */
        return NULL;
    char *row = v->p + base_offset(vm, x, v) + row_value(vm, coef, 0);
    return (uintptr_t)row % x->width ? NULL : row;
}

void vm_store(TVm *vm, const TInst *in)
{
    if (vm->stored) {
        vm->stored = false;
        return;
    }
    const TAccess *x = in->access;
    const TView *v = &vm->t->view[x->mem];
    if (x->priv) {
        store_private(vm, x, v);
        return;
    }
    if ((x->gather && !rowwise(vm, x)) || x->packed || x->mask != TREF_NONE) {
        store_lanes(vm, x, v);
        return;
    }
    const int64_t *coef = x->total >= 0 ? coefs(vm, x->total) : NULL;
    int64_t step = coef ? lane_step(vm, coef) : 0, base = base_offset(vm, x, v);
    if (x->store && vm->rows == 1 && !x->guarded && step % x->width == 0) {
        x->store(v->p + base + (coef ? row_value(vm, coef, 0) : 0), vm_ptr(vm, x->value), step / x->width, vm->n);
        return;
    }
    const char *src = narrowed(vm, x);
    if (short_rows(vm, x, step)) {
        move_short_rows(vm, x, coef, v->p + base, step, (char *)(uintptr_t)src, true);
        return;
    }
    for (int r = 0; r < vm->rows; r++) {
        Range g = {0, vm->cols};
        if (x->guarded)
            g = row_range(vm, x, v, r);
        if (g.lo < g.hi)
            tile_copy(v->p + base + (coef ? row_value(vm, coef, r) : 0) + row_gathered(vm, x, v, r) + g.lo * step, step, src + (size_t)(r * vm->cols + g.lo) * x->width,
                x->width, x->width, g.hi - g.lo);
    }
}

/* Rows whose index slots are the same along them: their lanes never meet, so a row is updated at once. */
static void scatter_rows(TVm *vm, const TAccess *x, const TView *v)
{
    _Alignas(64) UNINIT char was[KTILE * 8], by[KTILE * 8];
    const int64_t *coef = coefs(vm, x->total), step = lane_step(vm, coef), base = base_offset(vm, x, v);
    const char *src = vm_ptr(vm, x->value);
    for (int r = 0; r < vm->rows; r++) {
        const Range g = row_range(vm, x, v, r);
        const int n = g.hi - g.lo;
        if (n <= 0)
            continue;
        char *y = v->p + base + row_value(vm, coef, r) + row_gathered(vm, x, v, r) + g.lo * step;
        tile_copy(was, x->width, y, step, x->width, n);
        memcpy(by, src + (size_t)(r * vm->cols + g.lo) * x->width, (size_t)n * x->width);
        x->update(&(void *){was}, (const void *[]){was, by}, n);
        tile_copy(y, step, was, x->width, x->width, n);
    }
}

void vm_scatter(TVm *vm, const TInst *in) /* ascending lanes: the order that last and ordered ask for */
{
    const TAccess *x = in->access;
    const TView *v = &vm->t->view[x->mem];
    const uint8_t *mask = x->mask == TREF_NONE ? NULL : vm_ptr(vm, x->mask);
    const char *src = vm_ptr(vm, x->value);
    if (x->fn == K_move || x->fn == K_set) {
        store_lanes(vm, x, v);
        return;
    }
    if (x->update && !mask && x->value >= 0 && x->total >= 0 && rowwise(vm, x) && vm->nd && lane_step(vm, coefs(vm, x->total))) {
        scatter_rows(vm, x, v);
        return;
    }
    KirEvalFn fn = kir_eval_fn((KOp)x->fn, x->op_type, x->op_type);
    lane_offsets(vm, x, v);
    for (int i = 0; i < vm->n; i++) {
        if (!vm->ok[i] || (mask && !mask[i]))
            continue;
        uint64_t a[2] = {tile_get(v->p + vm->offset[i], x->storage, 0), tile_get(src, x->compute, (size_t)i)};
        tile_put(v->p + vm->offset[i], x->storage, 0, fn ? fn(a) : kir_eval((KOp)x->fn, x->op_type, x->op_type, a));
    }
}

/* ── scalars ── */
static bool scalar_offset(const TVm *vm, const TAccess *x, const TView *v, int64_t *at)
{
    *at = x->offset;
    for (int d = 0; d < x->n_dims; d++) {
        int64_t i = vm_i64(vm, x->dim[d].base);
        if (i < 0 || i >= dim_of(x, v, d))
            return false;
        *at += i * stride_of(x, v, d);
    }
    return true;
}

void vm_sload(TVm *vm, const TInst *in)
{
    const TAccess *x = in->access;
    const TView *v = &vm->t->view[x->mem];
    uint64_t *d = &vm->sval[~in->dst[0]];
    int64_t at;
    if (!scalar_offset(vm, x, v, &at)) {
        *d = x->value == TREF_NONE ? 0 : vm->sval[~x->value];
        return;
    }
    *d = x->packed ? packed_get(v->p, x->storage, at) : tile_get(v->p + at, x->storage, 0);
    if (x->compute != x->storage)
        *d = kir_eval(K_cast, x->compute, x->storage, d);
}

void vm_sstore(TVm *vm, const TInst *in)
{
    const TAccess *x = in->access;
    const TView *v = &vm->t->view[x->mem];
    int64_t at;
    if (!scalar_offset(vm, x, v, &at))
        return;
    if (x->packed)
        packed_put(v->p, x->storage, at, vm->sval[~x->value]);
    else
        tile_put(v->p + at, x->storage, 0, vm->sval[~x->value]);
}
