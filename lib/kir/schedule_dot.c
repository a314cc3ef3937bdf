/* SPDX-License-Identifier: MIT
 * kir: contractions for machines with many lanes: an each whose items hold one dot becomes a group per tile of the output. Lanes bring blocks of
 * both operands into shared memory, each lane keeps a small tile of sums in registers and adds products in ascending order of the dot's axes, so
 * every element is the same fma chain as everywhere else, whatever the tile. Output axes that only one operand reads are the tile's rows (y) or columns
 * (x), those of both are batches; x holds the innermost axis, whose elements neighbouring lanes store. Takes an unscheduled kernel, gives a scheduled
 * copy that uses K_lane (emitters only: lanes keep values across barriers, which the interpreter's groups do not have). Technique: the register-blocked
 * shared-memory product of Volkov and Demmel (2008) and its descendants. */
#include "kir/schedule_dot.h"

#include <string.h>

/* ── what an instruction uses ── */

typedef void (*UseFn)(void *ctx, KReg r);

static void uses(const KInst *i, UseFn fn, void *ctx)
{
    for (unsigned a = 0; a < i->n_args; a++)
        fn(ctx, i->args[a]);
    for (unsigned a = 0; a < i->n_axes; a++) {
        fn(ctx, i->axes[a].lo);
        fn(ctx, i->axes[a].hi);
    }
    for (size_t x = 0; kir_sub_block(i, x); x++) {
        const KBlock *b = kir_sub_block(i, x);
        for (size_t n = 0; n < b->n; n++)
            uses(b->inst[n], fn, ctx);
        for (unsigned y = 0; y < b->n_yield; y++)
            fn(ctx, b->yield[y]);
    }
}

typedef struct Marks { uint8_t *set; bool any; } Marks;
static void mark(void *ctx, KReg r) { ((Marks *)ctx)->set[r] = 1; }
static void ask(void *ctx, KReg r) { ((Marks *)ctx)->any |= ((Marks *)ctx)->set[r]; }

static bool uses_any(const KInst *i, uint8_t *set)
{
    Marks m = {set, false};
    uses(i, ask, &m);
    return m.any;
}

/* Only values, loads and lazy choices of such. */
static bool is_pure(const KInst *i)
{
    if (kop_info[i->op].cls != KCLASS_P && i->op != K_load && i->op != K_cond)
        return false;
    for (size_t x = 0; kir_sub_block(i, x); x++)
        for (size_t n = 0; n < kir_sub_block(i, x)->n; n++)
            if (!is_pure(kir_sub_block(i, x)->inst[n]))
                return false;
    return i->op != K_call;
}

static bool plain_axes(const KInst *i)
{
    for (unsigned a = 0; a < i->n_axes; a++)
        if (i->axes[a].by || i->axes[a].bound)
            return false;
    return i->n_axes > 0;
}

/* ── form ── */

/* The instructions of list that the registers in `set` follow from, in order, as a body; set grows by all they use. */
static KBlock *slice(Dot *d, KInst *const *list, size_t n, uint8_t *set)
{
    KBlock *b = kir_block(d->s.k);
    uint8_t *keep = arena_array(&d->s.scratch, uint8_t, n + 1);
    Marks m = {set, false};
    for (size_t i = n; keep && i-- > 0;) {
        for (unsigned r = 0; r < list[i]->n_dst; r++)
            keep[i] |= set[list[i]->dst[r]];
        if (keep[i])
            uses(list[i], mark, &m);
    }
    for (size_t i = 0; b && keep && i < n; i++)
        if (keep[i] && !kir_append(d->s.k, b, list[i]))
            return NULL;
    return keep ? b : NULL;
}

/* f: params → the value of `result`, computed by what of list it needs; *axes: output axes among that. */
static bool make_fn(Dot *d, KFn *f, KInst *const *list, size_t n, KReg *params, size_t n_params, KReg result, uint32_t *axes)
{
    uint8_t *set = arena_array(&d->s.scratch, uint8_t, d->s.k->n_regs);
    KReg *yield = arena_copy(d->s.k->arena, &result, sizeof result);
    if (!set || !yield)
        return false;
    set[result] = 1;
    *f = (KFn){.name = "slice", .n_params = (uint16_t)n_params, .n_results = 1, .params = params, .body = slice(d, list, n, set)};
    for (unsigned a = 0; a < d->each->n_axes; a++)
        *axes |= (uint32_t)(set[d->each->axes[a].index] != 0) << a;
    if (!f->body)
        return false;
    f->body->yield = yield;
    f->body->n_yield = 1;
    return true;
}

/* Does the last index of the operand's first load move with the dot's last axis? */
static bool moves_with(Dot *d, const KFn *f, KReg axis)
{
    for (size_t n = 0; n < f->body->n; n++) {
        const KInst *i = f->body->inst[n];
        const unsigned rank = i->op == K_load ? d->s.k->mems[i->id].rank : 0;
        if (!rank || i->id >= d->s.k->n_operands)
            continue;
        uint8_t *set = arena_array(&d->s.scratch, uint8_t, d->s.k->n_regs);
        if (!set)
            return false;
        set[i->args[rank - 1]] = 1;
        return slice(d, f->body->inst, n, set) && set[axis];
    }
    return false;
}

bool dot_along_k(Dot *d, const KFn *f) { return moves_with(d, f, d->dot->axes[d->dot->n_axes - 1].index); }

bool dot_moves(Dot *d, const KFn *f, uint32_t set)
{
    for (unsigned a = d->each->n_axes; a-- > 0;)
        if (set >> a & 1)
            return moves_with(d, f, d->each->axes[a].index);
    return false;
}

/* Values that follow from nothing in the loops move in front of them. */
static bool hoist(Dot *d, KBlock *b, KBlock *lets, uint8_t *inner)
{
    size_t kept = 0;
    for (size_t n = 0; n < b->n; n++) {
        KInst *i = b->inst[n];
        bool free = kop_info[i->op].cls == KCLASS_P && !i->n_blocks && !uses_any(i, inner);
        for (unsigned r = 0; r < i->n_dst; r++)
            free &= !d->s.k->regs[i->dst[r]].var;
        if (free && !kir_append(d->s.k, lets, i))
            return false;
        if (free)
            continue;
        for (unsigned r = 0; r < i->n_dst; r++)
            inner[i->dst[r]] = 1;
        b->inst[kept++] = i;
    }
    b->n = kept;
    return true;
}

static bool find_dot(Dot *d, const KBlock *b)
{
    for (size_t n = 0; n < b->n; n++) {
        const KInst *i = b->inst[n];
        if (i->op == K_dot && d->dot)
            return false;
        if (i->op == K_dot)
            d->dot = i;
        else if (!is_pure(i) && i->op != K_store)
            return false;
    }
    return d->dot && d->dot->n_blocks == 1 && plain_axes(d->dot) && (!d->tile->simd || dtype_is_float(d->dot->type));
}

/* The form above, its parts as functions; false: another form (or out of memory, which s.failed says). */
bool dot_match(Dot *d, KBlock *lets)
{
    KirKernel *k = d->s.k;
    KInst *top = k->body->inst[k->body->n - 1];
    if (top->op != K_each || !plain_axes(top) || top->n_axes > 31 || !find_dot(d, top->blocks[0]))
        return false;
    d->each = top;
    const KInst *dot = d->dot;
    KBlock *items = top->blocks[0], *terms = dot->blocks[0];
    uint8_t *inner = arena_array(&d->s.scratch, uint8_t, k->n_regs);
    KInst **list = arena_array(&d->s.scratch, KInst *, items->n + terms->n + 1);
    d->outs = arena_array(&d->s.scratch, KReg, top->n_axes + dot->n_axes + 1u);
    d->all = arena_array(&d->s.scratch, KReg, top->n_axes + dot->n_axes + 1u);
    if (!inner || !list || !d->outs || !d->all)
        return d->s.failed = true, false;
    for (unsigned a = 0; a < top->n_axes; a++)
        inner[d->outs[a] = d->all[a] = top->axes[a].index] = 1;
    for (unsigned a = 0; a < dot->n_axes; a++)
        inner[d->all[top->n_axes + a] = dot->axes[a].index] = 1;
    inner[dot->dst[0]] = 1;
    if (!hoist(d, items, lets, inner) || !hoist(d, terms, lets, inner))
        return d->s.failed = true, false;
    for (unsigned a = 0; a < dot->n_axes; a++)
        if (inner[dot->axes[a].lo] || inner[dot->axes[a].hi])
            return false;
    for (size_t i = 0; i < terms->n; i++)
        if (!is_pure(terms->inst[i]))
            return false;
    size_t n = 0;
    for (; items->inst[n] != dot; n++) {
        if (items->inst[n]->op == K_store)
            return false;
        list[n] = items->inst[n];
    }
    const size_t before = n;
    memcpy(list + n, terms->inst, terms->n * sizeof *list);
    n += terms->n;
    uint32_t none = 0;
    const size_t n_out = top->n_axes, n_all = n_out + dot->n_axes;
    d->s.failed = !make_fn(d, &d->side[0].load, list, n, d->all, n_all, terms->yield[0], &d->side[0].axes) ||
                  !make_fn(d, &d->side[1].load, list, n, d->all, n_all, terms->yield[1], &d->side[1].axes) || !make_fn(d, &d->init, list, before, d->outs, n_out, dot->args[0], &none);
    KBlock *rest = kir_block(k);
    for (size_t i = 0; rest && i < items->n; i++)
        if (items->inst[i] != dot)
            d->s.failed |= !kir_append(k, rest, items->inst[i]);
    d->outs[n_out] = dot->dst[0];
    d->finish = (KFn){.name = "finish", .n_params = (uint16_t)(n_out + 1), .params = d->outs, .body = rest};
    return !d->s.failed && rest;
}

/* ── emission ── */

KReg dot_index(Dot *d, KReg r)
{
    if (d->exact && d->s.at && d->s.at->n)
        d->s.at->inst[d->s.at->n - 1]->rule = 1;
    return r;
}

static KReg op2(Dot *d, KOp o, KReg x, KReg y) { return dot_index(d, sched_op2(&d->s, o, DT_i64, x, y)); }
static KReg is_less(Dot *d, KReg x, KReg y) { return sched_op2(&d->s, K_lt, DT_bool, x, y); }
static KReg num(Dot *d, int64_t v) { return sched_i64(&d->s, v); }

/* index → the axes in `set` (bits), last fastest; to[position] gets lo + its part. */
void dot_axes(Dot *d, KReg index, const KAxis *axes, const KReg *extent, unsigned n, uint32_t set, KReg *to)
{
    uint32_t first = set & -set;
    for (unsigned a = n; a-- > 0;) {
        if (!(set >> a & 1))
            continue;
        KReg part = index;
        if (1u << a != first) {
            part = op2(d, K_rem, index, extent[a]);
            index = op2(d, K_div, index, extent[a]);
        }
        to[a] = op2(d, K_add, axes[a].lo, part);
    }
}

KReg dot_product(Dot *d, const KReg *extent, unsigned n, uint32_t set)
{
    KReg p = 0;
    for (unsigned a = 0; a < n; a++)
        if (set >> a & 1)
            p = p ? op2(d, K_mul, p, extent[a]) : extent[a];
    return p ? p : num(d, 1);
}

KReg dot_inline(Dot *d, const KFn *f, const KReg *args)
{
    KReg result = 0;
    d->s.failed |= !d->s.at || !kir_inline(d->s.k, d->s.k, &d->s.scratch, d->s.at, f, args, &result);
    return result;
}

static int tile_of(const Dot *d, int side) { return side == SIDE_Y ? d->tile->y : d->tile->x; }
static int per_lane(const Dot *d, int side) { return side == SIDE_Y ? d->tile->ry : d->tile->rx; }
static int lanes(const Dot *d) { return d->tile->simd ? 1 : d->tile->y / d->tile->ry * (d->tile->x / d->tile->rx); }

typedef struct Element { KReg place /* in shared memory */, k /* within the block */, inside; KReg axes[KIR_MAX_AXES]; } Element;

/* The elements of a side's block that this lane brings: which, and their output axes, once per tile. */
static void elements(Dot *d, int side, const KReg *batch, Element *e)
{
    const int t = tile_of(d, side), all = t * d->tile->kc, n = all / lanes(d);
    const Side *sd = &d->side[side];
    for (int i = 0; i < n; i++) {
        KReg number = op2(d, K_add, d->lane, num(d, (int64_t)i * lanes(d)));
        KReg fast = num(d, sd->along_k ? d->tile->kc : t), low = op2(d, K_rem, number, fast), high = op2(d, K_div, number, fast);
        KReg k = sd->along_k ? low : high, m = sd->along_k ? high : low, at = op2(d, K_add, d->base[side], m);
        memcpy(e[i].axes, batch, sizeof e[i].axes);
        dot_axes(d, at, d->each->axes, d->extent, d->each->n_axes, d->own[side], e[i].axes);
        e[i].k = k;
        e[i].inside = is_less(d, at, sd->total);
        e[i].place = op2(d, K_add, op2(d, K_mul, k, num(d, t + d->tile->pad)), m);
    }
}

static void bring(Dot *d, int side, const Element *e, KReg k0)
{
    const int n = tile_of(d, side) * d->tile->kc / lanes(d);
    const DType type = d->dot->type;
    const unsigned n_out = d->each->n_axes;
    for (int i = 0; i < n && !d->s.failed; i++) {
        KReg args[2 * KIR_MAX_AXES], v = sched_var(&d->s, type, "v", sched_const(&d->s, type, 0)), k = op2(d, K_add, k0, e[i].k);
        KReg inside = sched_op2(&d->s, K_and, DT_bool, e[i].inside, is_less(d, k, d->k_total));
        KBlock *outer = sched_if(&d->s, inside);
        memcpy(args, e[i].axes, n_out * sizeof *args);
        dot_axes(d, k, d->dot->axes, d->k_extent, d->dot->n_axes, (1u << d->dot->n_axes) - 1, args + n_out);
        sched_set(&d->s, v, dot_inline(d, &d->side[side].load, args));
        d->s.at = outer;
        sched_store(&d->s, d->side[side].shared, e[i].place, v);
    }
}

/* One step of every chain. own[side][i]: place of the lane's i-th row or column within a line of shared memory. */
static void step(Dot *d, KReg kk, KReg (*own)[MAX_PER_LANE])
{
    KReg value[2][MAX_PER_LANE];
    for (int side = 0; side < 2; side++) {
        KReg line = op2(d, K_mul, kk, num(d, tile_of(d, side) + d->tile->pad));
        for (int i = 0; i < per_lane(d, side); i++)
            value[side][i] = sched_load(&d->s, d->side[side].shared, op2(d, K_add, line, own[side][i]));
    }
    const DType t = d->dot->type;
    for (int y = 0; y < d->tile->ry; y++)
        for (int x = 0; x < d->tile->rx; x++) {
            KReg *acc = &d->acc[y * d->tile->rx + x];
            KReg sum = dtype_is_float(t) ? sched_op(&d->s, K_fma, t, 3, (KReg[]){value[SIDE_Y][y], value[SIDE_X][x], *acc})
                                         : sched_op2(&d->s, K_add, t, *acc, sched_op2(&d->s, K_mul, t, value[SIDE_Y][y], value[SIDE_X][x]));
            sched_set(&d->s, *acc, sum);
        }
}

static void steps(Dot *d, KReg hi, KReg (*own)[MAX_PER_LANE])
{
    KReg kk;
    KBlock *outer = sched_loop(&d->s, K_for, num(d, 0), hi, 0, "kk", &kk);
    step(d, kk, own);
    d->s.at = outer;
}

static void chain(Dot *d, const KReg *batch, KReg (*own)[MAX_PER_LANE])
{
    Element *e[2];
    for (int side = 0; side < 2; side++) {
        e[side] = arena_array(&d->s.scratch, Element, tile_of(d, side) * d->tile->kc / lanes(d));
        if (!e[side]) {
            d->s.failed = true;
            return;
        }
        elements(d, side, batch, e[side]);
    }
    KReg kc = num(d, d->tile->kc), k0;
    KBlock *outer = sched_loop(&d->s, K_for, num(d, 0), d->k_total, kc, "k0", &k0);
    for (int side = 0; side < 2; side++)
        bring(d, side, e[side], k0);
    sched_barrier(&d->s);
    KReg left = op2(d, K_sub, d->k_total, k0);
    KBlock *in = sched_if(&d->s, sched_op2(&d->s, K_ge, DT_bool, left, kc));
    steps(d, kc, own); /* a constant count: compilers unroll it */
    d->s.at = in && in->n ? in->inst[in->n - 1]->blocks[1] : NULL;
    steps(d, left, own);
    d->s.at = in;
    sched_barrier(&d->s);
    d->s.at = outer;
}

static void sums(Dot *d, KReg (*axes)[MAX_PER_LANE][KIR_MAX_AXES], KReg (*inside)[MAX_PER_LANE], bool start)
{
    const unsigned n_out = d->each->n_axes;
    for (int y = 0; y < d->tile->ry; y++)
        for (int x = 0; x < d->tile->rx && !d->s.failed; x++) {
            KReg args[KIR_MAX_AXES + 1], *acc = &d->acc[y * d->tile->rx + x];
            for (unsigned a = 0; a < n_out; a++)
                args[a] = axes[d->own[SIDE_Y] >> a & 1 ? SIDE_Y : SIDE_X][d->own[SIDE_Y] >> a & 1 ? y : x][a];
            if (start)
                *acc = sched_var(&d->s, d->dot->type, "acc", sched_const(&d->s, d->dot->type, 0));
            args[n_out] = *acc;
            KBlock *outer = sched_if(&d->s, sched_op2(&d->s, K_and, DT_bool, inside[SIDE_Y][y], inside[SIDE_X][x]));
            if (start)
                sched_set(&d->s, *acc, dot_inline(d, &d->init, args));
            else
                d->s.failed |= !d->s.at || !kir_inline(d->s.k, d->s.k, &d->s.scratch, d->s.at, &d->finish, args, NULL);
            d->s.at = outer;
        }
}

bool dot_from_zero(const Dot *d)
{
    const KFn *f = &d->init;
    for (const KInst *i = d->s.defs[d->dot->args[0]]; i && !f->body->n; i = i->op == K_move ? d->s.defs[i->args[0]] : NULL)
        if (i->op == K_const)
            return i->bits == 0;
    return false;
}

static void body(Dot *d, const KReg *group)
{
    KReg batch[KIR_MAX_AXES] = {0}, own[2][MAX_PER_LANE], inside[2][MAX_PER_LANE];
    KReg axes[2][MAX_PER_LANE][KIR_MAX_AXES];
    unsigned g = 0;
    for (unsigned a = 0; a < d->each->n_axes; a++)
        if (d->batch >> a & 1)
            batch[a] = group[g++];
    d->base[SIDE_Y] = group[g++];
    d->base[SIDE_X] = group[g];
    d->lane = sched_op(&d->s, K_lane, DT_i64, 0, NULL);
    const int nx = d->tile->x / d->tile->rx;
    KReg tx = op2(d, K_rem, d->lane, num(d, nx)), ty = op2(d, K_div, d->lane, num(d, nx));
    for (int side = 0; side < 2; side++)
        for (int i = 0; i < per_lane(d, side); i++) { /* a lane's rows lie together, its columns nx apart: lanes side by side store side by side */
            own[side][i] = side == SIDE_Y ? op2(d, K_add, op2(d, K_mul, ty, num(d, d->tile->ry)), num(d, i)) : op2(d, K_add, tx, num(d, (int64_t)i * nx));
            KReg at = op2(d, K_add, d->base[side], own[side][i]);
            memcpy(axes[side][i], batch, sizeof batch);
            dot_axes(d, at, d->each->axes, d->extent, d->each->n_axes, d->own[side], axes[side][i]);
            inside[side][i] = is_less(d, at, d->side[side].total);
        }
    if (dot_from_zero(d))
        for (int i = 0; i < d->tile->ry * d->tile->rx; i++)
            d->acc[i] = sched_var(&d->s, d->dot->type, "acc", sched_const(&d->s, d->dot->type, 0));
    else
        sums(d, axes, inside, true);
    chain(d, batch, own);
    sums(d, axes, inside, false);
}

/* Which operand is the side of rows: the one that does not read the innermost output axis. */
bool dot_sides(Dot *d)
{
    const uint32_t a = d->side[0].axes, b = d->side[1].axes, all = (1u << d->each->n_axes) - 1;
    uint32_t last = 1u << (d->each->n_axes - 1);
    if (!(a & ~b) || !(b & ~a))
        return false;
    if (a & ~b & last) {
        Side t = d->side[0];
        d->side[0] = d->side[1];
        d->side[1] = t;
    }
    d->own[SIDE_Y] = d->side[0].axes & ~d->side[1].axes;
    d->own[SIDE_X] = d->side[1].axes & ~d->side[0].axes;
    d->batch = all & ~(d->own[0] | d->own[1]);
    return true;
}

void dot_lets(Dot *d, KBlock *lets)
{
    const unsigned n = d->each->n_axes;
    d->s.at = d->s.k->body = lets;
    for (unsigned a = 0; a < n; a++)
        d->extent[a] = op2(d, K_sub, d->each->axes[a].hi, d->each->axes[a].lo);
    for (unsigned a = 0; a < d->dot->n_axes; a++)
        d->k_extent[a] = op2(d, K_sub, d->dot->axes[a].hi, d->dot->axes[a].lo);
    d->k_total = dot_product(d, d->k_extent, d->dot->n_axes, (1u << d->dot->n_axes) - 1);
    for (int side = 0; side < 2; side++)
        d->side[side].total = dot_product(d, d->extent, n, d->own[side]);
}

void dot_open(Dot *d, KReg *group)
{
    KAxis axes[KIR_MAX_AXES];
    size_t n = 0;
    KReg zero = num(d, 0);
    for (unsigned a = 0; a < d->each->n_axes; a++)
        if (d->batch >> a & 1)
            axes[n++] = (KAxis){kir_reg(d->s.k, DT_i64, false, "batch"), d->each->axes[a].lo, d->each->axes[a].hi, 0, NULL};
    for (int side = SIDE_Y; side <= SIDE_X; side++)
        axes[n++] = (KAxis){kir_reg(d->s.k, DT_i64, false, "block"), zero, d->side[side].total, num(d, tile_of(d, side)), NULL};
    for (size_t a = 0; a < n; a++)
        group[a] = axes[a].index;
    sched_axes(&d->s, K_group, axes, n);
}

static void build(Dot *d, KBlock *lets)
{
    KReg group[KIR_MAX_AXES];
    dot_lets(d, lets);
    if (d->tile->simd) {
        dot_panel(d);
        return;
    }
    for (int side = SIDE_Y; side <= SIDE_X; side++) {
        d->side[side].along_k = dot_along_k(d, &d->side[side].load);
        d->side[side].shared = sched_mem(&d->s, side == SIDE_Y ? "rows" : "columns", KMEM_SHARED, d->dot->type, (int64_t)d->tile->kc * (tile_of(d, side) + d->tile->pad));
    }
    dot_open(d, group);
    body(d, group);
}

SpmlCode dot_begin(Dot *d, const KirKernel *k, const KirTile *tile, Arena *a, KBlock **lets, Error *err)
{
    d->tile = tile;
    d->s.k = kir_clone(k, a);
    SpmlCode code = d->s.k ? kir_simplify(d->s.k, KPASS_ALL, err) : error_oom(err);
    if (code)
        return code;
    KirKernel *s = d->s.k;
    *lets = kir_block(s);
    s->source = k;
    for (size_t n = 0; *lets && n + 1 < s->body->n; n++)
        d->s.failed |= !kir_append(s, *lets, s->body->inst[n]);
    d->s.defs = kir_defs(s, &d->s.scratch);
    d->s.failed |= !*lets || !d->s.defs;
    return d->s.failed ? error_oom(err) : dot_match(d, *lets) && dot_sides(d) ? SPML_OK : d->s.failed ? error_oom(err) : SPML_NO;
}

SpmlCode dot_end(Dot *d, SpmlCode code, KirKernel **out, Error *err)
{
    if (!code) {
        d->s.k->scheduled = d->s.k->tiled = true;
        d->s.k->n_fns = d->s.k->n_reds = 0;
        code = d->s.failed || d->s.scratch.oom || d->s.k->arena->oom ? error_oom(err) : kir_simplify(d->s.k, KPASS_FOLD | KPASS_CSE | KPASS_DCE, err);
    }
    arena_free(&d->s.scratch);
    *out = code ? NULL : d->s.k;
    return code;
}

SpmlCode kir_schedule_dot(const KirKernel *k, const KirTile *tile, Arena *a, KirKernel **out, Error *err)
{
    Dot *d = arena_new(a, Dot);
    KBlock *lets;
    *out = NULL;
    if (!d)
        return error_oom(err);
    SpmlCode code = dot_begin(d, k, tile, a, &lets, err);
    if (!code) {
        d->s.k->group_size = (uint32_t)lanes(d);
        build(d, lets);
    }
    return dot_end(d, code, out, err);
}
