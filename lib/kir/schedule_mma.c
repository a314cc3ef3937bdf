/* SPDX-License-Identifier: MIT
 * kir: contractions as a pipeline, for targets with 16-byte copies and matrix units (PTX). Blocks of both operands travel through a ring of stages in shared
 * memory: where an operand is plain rows it is copied 16 bytes at a time, asynchronously if the target can; else (im2col, dilation, odd indices) lanes read elements one by one
 * into registers ahead of the arithmetic and put them into the ring behind it. Between two barriers warps multiply one stage: by fma chains, ascending as everywhere,
 * or on matrix units, whose order of summation is their own. Finished sums go through shared memory, a band of rows at a time, so that neighbouring lanes run what
 * follows the dot for neighbouring elements. Takes and gives what schedule_dot.c does. Technique: CUTLASS' multistage GEMM; m16n8 fragments as the PTX manual gives them. */
#include "kir/schedule_dot.h"

#include <string.h>

enum { WARP = 32, SZ_COPY = 16, MAX_PIECES = 64, BAND_PAD = 8 };

typedef struct Part { /* one operand on its way */
    KFn load;                      /* (out axes…, dot axes…) → an element as it lies in shared memory */
    DType type;
    bool along_k;                  /* in shared memory k runs along lines, which are rows or columns of the output; else the other way round */
    bool fast_k;                   /* neighbours in the operand's own memory are neighbours along k */
    const KInst *access;           /* copied: its load; else NULL */
    unsigned dim;                  /*   and the dimension that lines lie along */
    int own_dim, k_dim;            /*   dimensions of its own output axis and of k */
    int line, n_lines, first;      /* elements from line to line; lines; first element in a stage */
    int n_pieces;                  /* copies or elements a lane brings per stage */
    KReg to, k, at;                /* of the first: where it goes within a stage; its place along k within the block; its row or column */
    int to_step, k_step, at_step;  /* from piece to piece; k_step or at_step is 0 */
    KReg axes[KIR_MAX_AXES];       /* gathered, at_step 0: its output axes */
    KReg value[MAX_PIECES];        /* read ahead */
    KReg place;                    /* of this lane's first fragment or quad, within a stage */
} Part;

typedef struct Pipe {
    Dot d;
    Part part[2];
    const KirLaunch *like;
    bool matrix;
    int warp[2];                   /* rows and columns of a warp's tile */
    uint32_t ring, band;           /* shared memories: stages; sums of a band of rows */
    int kc, sz_stage, n_stages;    /* kc: steps of the dot in a stage */
    KReg batch[KIR_MAX_AXES];
    KReg lane, in_warp, warp_at[2]; /* lane of its warp; the warp's place in the tile, in warps */
    KReg own[2];                   /* of this lane's first sum, within its warp's tile */
    int n_acc;
    struct { KReg r; int at[2]; } acc[MAX_PER_LANE * MAX_PER_LANE]; /* sums, and where from own[] on they belong */
} Pipe;

/* ── builders ── */

static KReg num(Pipe *p, int64_t v) { return sched_i64(&p->d.s, v); }
static KReg op2(Pipe *p, KOp o, KReg x, KReg y) { return dot_index(&p->d, sched_op2(&p->d.s, o, DT_i64, x, y)); }
static KReg is_less(Pipe *p, KReg x, KReg y) { return dot_index(&p->d, sched_op2(&p->d.s, K_lt, DT_bool, x, y)); }
static KReg pick(Pipe *p, KReg c, KReg x, KReg y) { return dot_index(&p->d, sched_op(&p->d.s, K_select, DT_i64, 3, (KReg[]){c, x, y})); }
static KReg both(Pipe *p, KReg x, KReg y) { return sched_op2(&p->d.s, K_and, DT_bool, x, y); }
static KReg plus(Pipe *p, KReg x, int64_t v) { return v ? op2(p, K_add, x, num(p, v)) : x; }
static KReg times(Pipe *p, KReg x, int64_t v) { return op2(p, K_mul, x, num(p, v)); }

static int log2_of(int n)
{
    int l = 0;
    while (1 << l < n)
        l++;
    return l;
}

/* x, which is not negative, by a power of two */
static KReg over(Pipe *p, KReg x, int n) { return op2(p, K_shr, x, num(p, log2_of(n))); }
static KReg within(Pipe *p, KReg x, int n) { return op2(p, K_and, x, num(p, n - 1)); }

/* o with 4 results of type t (or none) */
static KInst *tile_op(Pipe *p, KOp o, DType t, int n_dst, KReg *dst, int n, const KReg *args)
{
    Sched *s = &p->d.s;
    KInst *i = s->at ? kir_add(s->k, s->at, o, t, 0, n, args) : NULL;
    KReg *out = i ? arena_array(s->k->arena, KReg, n_dst + 1) : NULL;
    if (!out) {
        s->failed = true;
        memset(dst, 0, (size_t)n_dst * sizeof *dst);
        return &s->spare;
    }
    for (int d = 0; d < n_dst; d++)
        dst[d] = out[d] = kir_reg(s->k, t, false, NULL);
    i->dst = out;
    i->n_dst = (uint16_t)n_dst;
    return i;
}

static int tile_of(const Pipe *p, int side) { return side == SIDE_Y ? p->d.tile->y : p->d.tile->x; }
static int lanes_of(const Pipe *p) { return WARP * (tile_of(p, SIDE_Y) / p->warp[SIDE_Y]) * (tile_of(p, SIDE_X) / p->warp[SIDE_X]); }
static int bytes_of(const Part *q) { return dtype_info[q->type].bytes; }
static int per_copy(const Part *q) { return SZ_COPY / bytes_of(q); }

/* ── what the operands are ── */

static bool is_zero(const Pipe *p, KReg r)
{
    const KInst *i = p->d.s.defs[r];
    return i && i->op == K_const && !i->bits;
}

static bool one_axis(uint32_t set) { return set && !(set & (set - 1)); }

/* The operand's elements as they are stored, where the dot takes them through no more than a cast to its type. */
static bool take_raw(Pipe *p, int side, DType *type)
{
    Part *q = &p->part[side];
    KReg value = p->d.side[side].load.body->yield[0];
    const KInst *i = p->d.s.defs[value];
    if (i && i->op == K_cast)
        value = i->args[0];
    i = p->d.s.defs[value];
    if (!i || i->op != K_load || i->id >= p->d.s.k->n_operands || i->field || p->d.s.k->mems[i->id].type != i->type)
        return false;
    KBlock *b = kir_block(p->d.s.k);
    KReg *yield = arena_copy(p->d.s.k->arena, &value, sizeof value);
    if (!b || !yield)
        return p->d.s.failed = true, false;
    *b = *p->d.side[side].load.body;
    b->yield = yield;
    q->load = p->d.side[side].load;
    q->load.body = b;
    q->access = i;
    *type = i->type;
    return true;
}

/* Plain rows: every index is an axis of its own, a batch axis or a constant, one of them the row or column and one k, both from 0 on. */
static bool find_rows(Pipe *p, int side)
{
    const Dot *d = &p->d;
    Part *q = &p->part[side];
    const KMem *m = q->access ? &d->s.k->mems[q->access->id] : NULL;
    if (!m || m->kind != KMEM_IN || q->access->guard != KGUARD_NONE || d->dot->n_axes != 1 || !one_axis(d->own[side]) || !is_zero(p, d->dot->axes[0].lo))
        return false;
    q->own_dim = q->k_dim = -1;
    for (unsigned i = 0; i < m->rank; i++) {
        const KReg r = q->access->args[i];
        unsigned a = 0;
        while (a < d->each->n_axes && d->each->axes[a].index != r)
            a++;
        int *dim = r == d->dot->axes[0].index ? &q->k_dim : a < d->each->n_axes && d->own[side] >> a & 1 ? &q->own_dim : NULL;
        const bool known = a < d->each->n_axes || (d->s.defs[r] && d->s.defs[r]->op == K_const);
        if (dim ? *dim >= 0 || (dim == &q->own_dim && !is_zero(p, d->each->axes[a].lo)) : !known)
            return false;
        if (dim)
            *dim = (int)i;
    }
    return q->own_dim >= 0 && q->k_dim >= 0;
}

static void lay_out(Pipe *p, int side)
{
    Part *q = &p->part[side];
    const bool rows = find_rows(p, side);
    const KirView *v = p->like && q->access ? &p->like->view[q->access->id] : NULL;
    q->fast_k = q->along_k = rows ? (v && (v->stride[q->k_dim] == 1 || v->stride[q->own_dim] == 1) ? v->stride[q->k_dim] == 1 : q->k_dim + 1 == p->d.s.k->mems[q->access->id].rank)
                                  : !dot_moves(&p->d, &q->load, p->d.own[side]) && dot_along_k(&p->d, &q->load);
    if (p->matrix && bytes_of(q) == 1)
        q->along_k = true; /* there is no transposing load of bytes */
    if (!rows || q->along_k != q->fast_k)
        q->access = NULL;
    if (q->access) {
        q->dim = (unsigned)(q->along_k ? q->k_dim : q->own_dim);
        p->d.s.k->copied |= 1u << q->access->id;
    }
    /* lines shifted against each other by 16 bytes fall on different banks; transposed words are read four lines at a time */
    const int pad = p->matrix && bytes_of(q) == 4 && !q->along_k ? 8 : per_copy(q), t = tile_of(p, side), kc = p->kc;
    q->line = (q->along_k ? kc : t) + pad;
    q->n_lines = q->along_k ? t : kc;
    q->n_pieces = t * kc / (q->access ? per_copy(q) : 1) / lanes_of(p);
    q->first = p->sz_stage;
    p->sz_stage += q->line * q->n_lines;
}

/* Elements that the matrix units take. Sums of bytes are exact in any order and wrap as everywhere. */
static bool unit_takes(const KirTarget *t, DType type, DType sum)
{
    static const struct { DType type, sum; uint32_t caps; } all[] = {
        {DT_f16, DT_f32, KCAP_mma}, {DT_bf16, DT_f32, KCAP_mma | KCAP_bf16}, {DT_f32, DT_f32, KCAP_mma | KCAP_tf32},
        {DT_i8, DT_i32, KCAP_mma | KCAP_dot4i8}, {DT_u8, DT_i32, KCAP_mma | KCAP_dot4i8}, {DT_i8, DT_u32, KCAP_mma | KCAP_dot4i8}, {DT_u8, DT_u32, KCAP_mma | KCAP_dot4i8},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i].type == type && all[i].sum == sum && (t->caps & all[i].caps) == all[i].caps)
            return true;
    return false;
}

/* Both of one type; bytes may differ in their sign. */
static bool unit_multiplies(const KirTarget *t, const DType *raw, DType sum)
{
    return unit_takes(t, raw[0], sum) && unit_takes(t, raw[1], sum) && (raw[0] == raw[1] || dtype_info[raw[0]].bytes == 1);
}

static bool find_parts(Pipe *p, const KirTarget *t)
{
    DType raw[2] = {DT_none, DT_none};
    const DType sum = p->d.dot->type;
    const bool is_raw[2] = {take_raw(p, SIDE_Y, &raw[0]), take_raw(p, SIDE_X, &raw[1])};
    if (p->matrix && !(is_raw[0] && is_raw[1] && unit_multiplies(t, raw, sum)))
        return false;
    if (!p->matrix && sum != DT_f32 && sum != DT_i32 && sum != DT_u32)
        return false;
    p->kc = p->matrix ? p->d.tile->kc * 2 / dtype_info[raw[0]].bytes : p->d.tile->kc;
    for (int side = 0; side < 2; side++) {
        Part *q = &p->part[side];
        q->type = p->matrix ? raw[side] : sum;
        if (!is_raw[side] || q->type != raw[side]) { /* what lies in shared memory is what the dot takes */
            q->load = p->d.side[side].load;
            q->access = NULL;
        }
        lay_out(p, side);
        if (q->n_pieces < 1 || q->n_pieces > MAX_PIECES)
            return false;
    }
    return true;
}

/* ── bringing blocks ── */

static void find_pieces(Pipe *p, int side)
{
    Part *q = &p->part[side];
    Dot *d = &p->d;
    const int n = q->access ? per_copy(q) : 1, run = (q->fast_k ? p->kc : tile_of(p, side)) / n, step = lanes_of(p) / run; /* both are powers of two, the run is the less */
    KReg low = times(p, within(p, p->lane, run), n), high = over(p, p->lane, run), m = q->fast_k ? high : low;
    q->k = q->fast_k ? low : high;
    q->k_step = q->fast_k ? 0 : step;
    q->at_step = q->fast_k ? step : 0;
    q->at = op2(p, K_add, d->base[side], m);
    q->to = plus(p, op2(p, K_add, times(p, q->along_k ? m : q->k, q->line), q->along_k ? q->k : m), q->first);
    q->to_step = step * (q->along_k == q->fast_k ? q->line : 1);
    memcpy(q->axes, p->batch, sizeof p->batch);
    if (!q->access)
        dot_axes(d, q->at, d->each->axes, d->extent, d->each->n_axes, d->own[side], q->axes);
}

/* How many of a copy from k and row or column `at` on exist. What does not change from stage to stage stands in its own instructions. */
static KReg copied_elements(Pipe *p, int side, KReg k, KReg at)
{
    const Part *q = &p->part[side];
    KReg zero = num(p, 0), all = num(p, per_copy(q)), left = op2(p, K_sub, p->d.k_total, k), room = op2(p, K_sub, p->d.side[side].total, at);
    if (q->along_k)
        return op2(p, K_min, op2(p, K_max, left, zero), pick(p, is_less(p, zero, room), all, zero));
    return pick(p, is_less(p, zero, left), op2(p, K_min, op2(p, K_max, room, zero), all), zero);
}

static void copy_piece(Pipe *p, int side, int i, KReg k0, KReg stage)
{
    Part *q = &p->part[side];
    Dot *d = &p->d;
    const KInst *from = q->access;
    const unsigned rank = d->s.k->mems[from->id].rank;
    KReg args[KIR_MAX_RANK + 2], k = op2(p, K_add, k0, plus(p, q->k, (int64_t)i * q->k_step)), at = plus(p, q->at, (int64_t)i * q->at_step);
    for (unsigned r = 0; r < rank; r++) {
        args[r] = (int)r == q->k_dim ? k : (int)r == q->own_dim ? at : from->args[r];
        for (unsigned a = 0; a < d->each->n_axes; a++)
            if (d->batch >> a & 1 && d->each->axes[a].index == from->args[r])
                args[r] = p->batch[a];
    }
    args[rank] = op2(p, K_add, stage, q->to);
    args[rank + 1] = copied_elements(p, side, k, at);
    KInst *c = tile_op(p, K_copy, q->type, 0, args, (int)rank + 2, args);
    c->id = from->id;
    c->aux = p->ring;
    c->bits = (uint64_t)i * (uint64_t)q->to_step;
    c->field_n = q->dim;
}

static void fetch_piece(Pipe *p, int side, int i, KReg k0)
{
    Part *q = &p->part[side];
    Dot *d = &p->d;
    KReg args[2 * KIR_MAX_AXES], k = op2(p, K_add, k0, plus(p, q->k, (int64_t)i * q->k_step)), at = plus(p, q->at, (int64_t)i * q->at_step);
    memcpy(args, q->axes, d->each->n_axes * sizeof *args);
    if (i && q->at_step)
        dot_axes(d, at, d->each->axes, d->extent, d->each->n_axes, d->own[side], args);
    dot_axes(d, k, d->dot->axes, d->k_extent, d->dot->n_axes, (1u << d->dot->n_axes) - 1, args + d->each->n_axes);
    q->value[i] = sched_var(&d->s, q->type, "v", sched_const(&d->s, q->type, 0));
    KBlock *outer = sched_if(&d->s, both(p, is_less(p, at, d->side[side].total), is_less(p, k, d->k_total)));
    sched_set(&d->s, q->value[i], dot_inline(d, &q->load, args));
    d->s.at = outer;
}

static void put_piece(Pipe *p, const Part *q, int i, KReg stage)
{
    const DType t = p->part[0].type; /* of the ring */
    KReg v = q->type == t ? q->value[i] : sched_op(&p->d.s, K_bitcast, t, 1, &q->value[i]);
    sched_store(&p->d.s, p->ring, op2(p, K_add, stage, plus(p, q->to, (int64_t)i * q->to_step)), v);
}

typedef enum Bring { BRING_COPIES, BRING_FETCH, BRING_PUT } Bring;

/* One step for all pieces of the block from k0 on, whose stage starts at `stage`. */
static void bring(Pipe *p, Bring what, KReg k0, KReg stage)
{
    for (int side = 0; side < 2; side++)
        for (int i = 0; i < p->part[side].n_pieces && !p->d.s.failed; i++) {
            const Part *q = &p->part[side];
            if (what == BRING_COPIES && q->access)
                copy_piece(p, side, i, k0, stage);
            else if (what == BRING_FETCH && !q->access)
                fetch_piece(p, side, i, k0);
            else if (what == BRING_PUT && !q->access)
                put_piece(p, q, i, stage);
        }
    KReg none;
    if (what == BRING_COPIES && (p->part[0].access || p->part[1].access))
        tile_op(p, K_commit, DT_none, 0, &none, 0, NULL);
}

static void await(Pipe *p, int groups)
{
    KReg none;
    if (p->part[0].access || p->part[1].access)
        tile_op(p, K_await, DT_none, 0, &none, 0, NULL)->bits = (uint64_t)groups;
    sched_barrier(&p->d.s);
}

/* ── matrix units ── a warp multiplies 16 rows by 8 columns over 32 bytes of k at a time */

static void place_matrix(Pipe *p, int side)
{
    Part *q = &p->part[side];
    const int w = per_copy(q);
    KReg l = p->in_warp, own = times(p, p->warp_at[side], p->warp[side]), low = within(p, l, 8), l8 = within(p, over(p, l, 8), 2), l16 = over(p, l, 16);
    KReg own8 = side == SIDE_Y ? l8 : l16, k8 = side == SIDE_Y ? l16 : l8; /* which of the 2 × 2 matrices this lane addresses a line of */
    KReg line, along;
    if (q->along_k) {
        line = op2(p, K_add, own, op2(p, K_add, times(p, own8, 8), low));
        along = times(p, k8, w);
    } else if (bytes_of(q) == 4) {
        line = within(p, l, 4);
        along = op2(p, K_add, own, over(p, l, 4));
    } else {
        line = op2(p, K_add, times(p, k8, 8), low);
        along = op2(p, K_add, own, times(p, own8, 8));
    }
    q->place = plus(p, op2(p, K_add, times(p, line, q->line), along), q->first);
}

static void start_matrix(Pipe *p)
{
    const KReg zero = sched_const(&p->d.s, p->d.dot->type, 0);
    for (int side = 0; side < 2; side++)
        place_matrix(p, side);
    p->own[SIDE_Y] = over(p, p->in_warp, 4);
    p->own[SIDE_X] = times(p, within(p, p->in_warp, 4), 2);
    for (int y = 0; y < p->warp[SIDE_Y]; y += 16)
        for (int x = 0; x < p->warp[SIDE_X]; x += 8)
            for (int e = 0; e < 4; e++, p->n_acc++) {
                p->acc[p->n_acc].r = sched_var(&p->d.s, p->d.dot->type, "acc", zero);
                p->acc[p->n_acc].at[SIDE_Y] = y + e / 2 * 8;
                p->acc[p->n_acc].at[SIDE_X] = x + e % 2;
            }
}

static void load_fragments(Pipe *p, int side, KReg stage, int k, KReg (*to)[4])
{
    const Part *q = &p->part[side];
    KReg at = op2(p, K_add, stage, q->place);
    for (int i = 0; i < p->warp[side] / 16; i++) {
        KInst *f = tile_op(p, K_fragment, DT_u32, 4, to[i], 1, &at);
        f->id = p->ring;
        f->bits = (uint64_t)(q->along_k ? i * 16 * q->line + k : i * 16 + k * q->line);
        f->aux = !q->along_k;
        f->field_n = (uint32_t)q->line;
        f->rule = (uint8_t)side;
    }
}

static void multiply_matrix(Pipe *p, KReg stage)
{
    enum { MAX_STRIPS = 8 };
    const int step = 2 * per_copy(&p->part[0]), nx = p->warp[SIDE_X] / 8;
    KReg f[2][MAX_STRIPS][4], none;
    for (int k = 0; k < p->kc && !p->d.s.failed; k += step) {
        for (int side = 0; side < 2; side++)
            load_fragments(p, side, stage, k, f[side]);
        for (int y = 0; y < p->warp[SIDE_Y] / 16; y++)
            for (int x = 0; x < nx; x++) {
                KReg args[10], *b = &f[SIDE_X][x / 2][x % 2 * 2];
                for (int e = 0; e < 4; e++) {
                    args[e] = p->acc[(y * nx + x) * 4 + e].r;
                    args[4 + e] = f[SIDE_Y][y][e];
                }
                memcpy(args + 8, b, 2 * sizeof *b);
                tile_op(p, K_mma, p->d.dot->type, 0, &none, 10, args)->id = p->part[0].type | (uint32_t)p->part[1].type << 8;
            }
    }
}

/* ── fma chains ── the lanes of a warp stand 4 × 8; a lane's rows (columns) lie in quads, or as far apart as there are lanes where quads run along k */

static const int warp_lanes[2] = {4, 8};

static int place_of(const Pipe *p, int side, int i)
{
    const int n = warp_lanes[side];
    return p->part[side].along_k ? i * n : i / 4 * 4 * n + i % 4;
}

static void start_chains(Pipe *p)
{
    for (int side = 0; side < 2; side++) {
        Part *q = &p->part[side];
        KReg l = side == SIDE_Y ? over(p, p->in_warp, warp_lanes[SIDE_X]) : within(p, p->in_warp, warp_lanes[SIDE_X]);
        p->own[side] = q->along_k ? l : times(p, l, 4);
        KReg own = op2(p, K_add, times(p, p->warp_at[side], p->warp[side]), p->own[side]);
        q->place = plus(p, q->along_k ? times(p, own, q->line) : own, q->first);
    }
    for (int y = 0; y < p->d.tile->ry; y++)
        for (int x = 0; x < p->d.tile->rx; x++, p->n_acc++) {
            p->acc[p->n_acc].r = sched_var(&p->d.s, p->d.dot->type, "acc", sched_const(&p->d.s, p->d.dot->type, 0));
            p->acc[p->n_acc].at[SIDE_Y] = place_of(p, SIDE_Y, y);
            p->acc[p->n_acc].at[SIDE_X] = place_of(p, SIDE_X, x);
        }
}

static KReg chained(Pipe *p, KReg acc, KReg y, KReg x)
{
    const DType t = p->d.dot->type;
    return dtype_is_float(t) ? sched_op(&p->d.s, K_fma, t, 3, (KReg[]){y, x, acc}) : sched_op2(&p->d.s, K_add, t, acc, sched_op2(&p->d.s, K_mul, t, y, x));
}

/* Quads of a side at k (along k: k … k + 3 of each row, else rows at k). */
static void load_quads(Pipe *p, int side, KReg at, int k, KReg (*to)[4])
{
    const Part *q = &p->part[side];
    const int n = side == SIDE_Y ? p->d.tile->ry : p->d.tile->rx;
    for (int i = 0; i < (q->along_k ? n : n / 4); i++) {
        KInst *f = tile_op(p, K_quad, q->type, 4, to[i], 1, &at);
        f->id = p->ring;
        f->bits = (uint64_t)(q->along_k ? place_of(p, side, i) * q->line + k : place_of(p, side, 4 * i) + k * q->line);
    }
}

static void multiply_chains(Pipe *p, KReg stage)
{
    const KirTile *t = p->d.tile;
    KReg f[2][MAX_PER_LANE][4], at[2];
    for (int side = 0; side < 2; side++)
        at[side] = op2(p, K_add, stage, p->part[side].place);
    for (int k = 0; k < p->kc && !p->d.s.failed; k++) {
        for (int side = 0; side < 2; side++)
            if (!p->part[side].along_k || k % 4 == 0)
                load_quads(p, side, at[side], k, f[side]);
        for (int y = 0; y < t->ry; y++)
            for (int x = 0; x < t->rx; x++) {
                KReg acc = p->acc[y * t->rx + x].r, a = p->part[SIDE_Y].along_k ? f[SIDE_Y][y][k % 4] : f[SIDE_Y][y / 4][y % 4];
                sched_set(&p->d.s, acc, chained(p, acc, a, p->part[SIDE_X].along_k ? f[SIDE_X][x][k % 4] : f[SIDE_X][x / 4][x % 4]));
            }
    }
}

/* The last block of a chain that does not start at +0, step by step: a product of zeros would turn −0 into +0. */
static void multiply_rest(Pipe *p, KReg stage, KReg steps)
{
    const KirTile *t = p->d.tile;
    KReg k, value[2][MAX_PER_LANE];
    KBlock *outer = sched_loop(&p->d.s, K_for, num(p, 0), steps, 0, "kk", &k);
    for (int side = 0; side < 2; side++) {
        const Part *q = &p->part[side];
        KReg at = op2(p, K_add, op2(p, K_add, stage, q->place), q->along_k ? k : times(p, k, q->line));
        for (int i = 0; i < (side == SIDE_Y ? t->ry : t->rx); i++)
            value[side][i] = sched_load(&p->d.s, p->ring, plus(p, at, place_of(p, side, i) * (q->along_k ? q->line : 1)));
    }
    for (int y = 0; y < t->ry; y++)
        for (int x = 0; x < t->rx; x++) {
            KReg acc = p->acc[y * t->rx + x].r;
            sched_set(&p->d.s, acc, chained(p, acc, value[SIDE_Y][y], value[SIDE_X][x]));
        }
    p->d.s.at = outer;
}

static void multiply(Pipe *p, KReg stage, KReg k0)
{
    if (p->matrix) {
        multiply_matrix(p, stage);
        return;
    }
    if (dot_from_zero(&p->d)) {
        multiply_chains(p, stage);
        return;
    }
    KReg left = op2(p, K_sub, p->d.k_total, k0), kc = num(p, p->kc);
    KBlock *in = sched_if(&p->d.s, sched_op2(&p->d.s, K_ge, DT_bool, left, kc));
    multiply_chains(p, stage);
    p->d.s.at = in && in->n ? in->inst[in->n - 1]->blocks[1] : NULL;
    multiply_rest(p, stage, left);
    p->d.s.at = in;
}

/* ── the ring ── */

static KReg next_stage(Pipe *p, KReg at)
{
    KReg n = plus(p, at, p->sz_stage);
    return pick(p, is_less(p, n, num(p, (int64_t)p->sz_stage * p->n_stages)), n, num(p, 0));
}

static void run_ring(Pipe *p)
{
    const int kc = p->kc, ahead = p->n_stages - 1;
    KReg k0, zero = num(p, 0), at = sched_var(&p->d.s, DT_i64, "write", zero), from = sched_var(&p->d.s, DT_i64, "read", zero);
    KBlock *outer = sched_loop(&p->d.s, K_for, zero, num(p, (int64_t)ahead * kc), num(p, kc), "k0", &k0);
    bring(p, BRING_COPIES, k0, at);
    bring(p, BRING_FETCH, k0, at);
    bring(p, BRING_PUT, k0, at);
    sched_set(&p->d.s, at, plus(p, at, p->sz_stage));
    p->d.s.at = outer;
    outer = sched_loop(&p->d.s, K_for, zero, p->d.k_total, num(p, kc), "k0", &k0);
    await(p, ahead - 1); /* this lane's part of the stage; the barrier: everyone's, and all have left the one that is filled now */
    KReg next = plus(p, k0, (int64_t)ahead * kc);
    bring(p, BRING_COPIES, next, at);
    bring(p, BRING_FETCH, next, at);
    multiply(p, from, k0);
    bring(p, BRING_PUT, next, at);
    sched_set(&p->d.s, at, next_stage(p, at));
    sched_set(&p->d.s, from, next_stage(p, from));
    p->d.s.at = outer;
    await(p, 0);
}

/* ── sums ── */

/* Moves the sums of the warps of row `row` of the tile to the band or from there. */
static void move_sums(Pipe *p, KReg row, bool to_band)
{
    const int line = tile_of(p, SIDE_X) + BAND_PAD;
    Sched *s = &p->d.s;
    KReg x = op2(p, K_add, times(p, p->warp_at[SIDE_X], p->warp[SIDE_X]), p->own[SIDE_X]), at = op2(p, K_add, times(p, p->own[SIDE_Y], line), x);
    KBlock *outer = sched_if(s, sched_op2(s, K_eq, DT_bool, p->warp_at[SIDE_Y], row));
    for (int i = 0; i < p->n_acc && !s->failed; i++) {
        KReg place = plus(p, at, (int64_t)p->acc[i].at[SIDE_Y] * line + p->acc[i].at[SIDE_X]);
        if (to_band)
            sched_store(s, p->band, place, p->acc[i].r);
        else
            sched_set(s, p->acc[i].r, sched_load(s, p->band, place));
    }
    s->at = outer;
}

/* Every element of the band once: what a chain starts from goes there, or sums from there to their end. */
static void run_band(Pipe *p, KReg row, bool start)
{
    Dot *d = &p->d;
    const int x = tile_of(p, SIDE_X), n = p->warp[SIDE_Y] * x, lanes = lanes_of(p);
    const unsigned n_out = d->each->n_axes;
    KReg e, args[KIR_MAX_AXES + 1];
    KBlock *outer = sched_loop(&d->s, K_for, p->lane, num(p, n), num(p, lanes), "e", &e);
    KReg y_in = over(p, e, x), x_in = within(p, e, x), place = op2(p, K_add, times(p, y_in, x + BAND_PAD), x_in);
    KReg y_at = op2(p, K_add, op2(p, K_add, d->base[SIDE_Y], times(p, row, p->warp[SIDE_Y])), y_in), x_at = op2(p, K_add, d->base[SIDE_X], x_in);
    KReg value = start ? sched_var(&d->s, d->dot->type, "start", sched_const(&d->s, d->dot->type, 0)) : 0; /* beyond the edge chains run too */
    KBlock *in = sched_if(&d->s, both(p, is_less(p, y_at, d->side[SIDE_Y].total), is_less(p, x_at, d->side[SIDE_X].total)));
    memcpy(args, p->batch, n_out * sizeof *args);
    dot_axes(d, y_at, d->each->axes, d->extent, n_out, d->own[SIDE_Y], args);
    dot_axes(d, x_at, d->each->axes, d->extent, n_out, d->own[SIDE_X], args);
    if (start) {
        sched_set(&d->s, value, dot_inline(d, &d->init, args));
    } else {
        args[n_out] = sched_load(&d->s, p->band, place);
        if (p->matrix && !dot_from_zero(d)) /* the start is added last */
            args[n_out] = sched_op2(&d->s, K_add, d->dot->type, args[n_out], dot_inline(d, &d->init, args));
        d->s.failed |= !d->s.at || !kir_inline(d->s.k, d->s.k, &d->s.scratch, d->s.at, &d->finish, args, NULL);
    }
    d->s.at = in;
    if (start)
        sched_store(&d->s, p->band, place, value);
    d->s.at = outer;
}

static void sums(Pipe *p, bool start)
{
    Sched *s = &p->d.s;
    KReg row;
    KBlock *outer = sched_loop(s, K_for, num(p, 0), num(p, tile_of(p, SIDE_Y) / p->warp[SIDE_Y]), 0, "row", &row);
    if (start)
        run_band(p, row, true);
    else
        move_sums(p, row, true);
    sched_barrier(s);
    if (start)
        move_sums(p, row, false);
    else
        run_band(p, row, false);
    sched_barrier(s);
    s->at = outer;
}

/* ── the kernel ── */

/* The ring, and the band over it. false: more than the target has. */
static bool make_memories(Pipe *p, const KirTarget *t)
{
    const int64_t bytes = bytes_of(&p->part[0]), band = (int64_t)p->warp[SIDE_Y] * (tile_of(p, SIDE_X) + BAND_PAD) * dtype_info[p->d.dot->type].bytes;
    int64_t n = (int64_t)p->sz_stage * p->n_stages;
    n = n * bytes < band ? (band + bytes - 1) / bytes : n;
    if (n * bytes > t->max_shared)
        return false;
    p->ring = sched_mem(&p->d.s, "ring", KMEM_SHARED, p->part[0].type, n);
    p->band = sched_mem(&p->d.s, "band", KMEM_SHARED, p->d.dot->type, band / dtype_info[p->d.dot->type].bytes);
    if (!p->d.s.failed)
        p->d.s.k->mems[p->band].over = p->ring;
    return true;
}

/* Of a lane. Groups of 256 lanes: two at a time where that does not spill, else one that may have all there are; of 128: three. */
static uint16_t registers(const Pipe *p)
{
    const bool copied = p->matrix && p->part[0].access && p->part[1].access;
    return lanes_of(p) < 256 ? 168 : copied ? 128 : 255;
}

static void body(Pipe *p, const KReg *group)
{
    Dot *d = &p->d;
    unsigned g = 0;
    for (unsigned a = 0; a < d->each->n_axes; a++)
        if (d->batch >> a & 1)
            p->batch[a] = group[g++];
    d->base[SIDE_Y] = group[g++];
    d->base[SIDE_X] = group[g];
    p->lane = sched_op(&d->s, K_lane, DT_i64, 0, NULL);
    p->in_warp = within(p, p->lane, WARP);
    const int nx = tile_of(p, SIDE_X) / p->warp[SIDE_X];
    KReg warp = over(p, p->lane, WARP);
    p->warp_at[SIDE_X] = within(p, warp, nx);
    p->warp_at[SIDE_Y] = over(p, warp, nx);
    for (int side = 0; side < 2; side++)
        find_pieces(p, side);
    if (p->matrix)
        start_matrix(p);
    else
        start_chains(p);
    if (!p->matrix && !dot_from_zero(d))
        sums(p, true);
    run_ring(p);
    sums(p, false);
}

SpmlCode kir_schedule_mma(const KirKernel *k, const KirTile *tile, const KirTarget *t, const KirLaunch *like, Arena *a, KirKernel **out, Error *err)
{
    Pipe *p = arena_new(a, Pipe);
    KBlock *lets;
    KReg group[KIR_MAX_AXES];
    *out = NULL;
    if (!p)
        return error_oom(err);
    p->like = like;
    p->d.exact = true;
    p->matrix = tile->form == KFORM_MMA;
    p->n_stages = tile->stages;
    p->warp[SIDE_Y] = p->matrix ? tile->ry : tile->ry * warp_lanes[SIDE_Y];
    p->warp[SIDE_X] = p->matrix ? tile->rx : tile->rx * warp_lanes[SIDE_X];
    SpmlCode code = dot_begin(&p->d, k, tile, a, &lets, err);
    if (!code && !find_parts(p, t))
        code = p->d.s.failed ? error_oom(err) : SPML_NO;
    if (!code) {
        dot_lets(&p->d, lets);
        code = make_memories(p, t) ? SPML_OK : SPML_NO;
    }
    if (!code) {
        p->d.s.k->group_size = (uint32_t)lanes_of(p);
        p->d.s.k->max_registers = registers(p);
        dot_open(&p->d, group);
        body(p, group);
    }
    return dot_end(&p->d, code, out, err);
}
