/* SPDX-License-Identifier: MIT
 * cpu: finds kernels of rows with running values; see running.h. Takes the unscheduled kernel, turns every `each` of its group and of the loop in it into a
 * list of primitives and at most one contraction; takes none that it cannot run as a whole. */
#include "backend/cpu/form.h"
#include "backend/cpu/running.h"
#include "kir/core.h"

#include <string.h>

static KReg root(const Running *r, KReg x) { return form_root(r->defs, x); }

/* x = min(add(first, by), end): where a block that begins at `first` ends. */
static bool ends_block(const Running *r, KReg x, const KAxis *a)
{
    const KInst *m = form_def(r->defs, x);
    for (int i = 0; m && m->op == K_min && i < 2; i++) {
        const KInst *s = form_def(r->defs, m->args[i]);
        if (s && s->op == K_add && root(r, s->args[0]) == a->index && root(r, s->args[1]) == root(r, a->by) && root(r, m->args[1 - i]) == root(r, a->hi))
            return true;
    }
    return false;
}

static bool in_block(const Running *r, const KAxis *x, const KAxis *block)
{
    return !x->by && !x->bound && root(r, x->lo) == block->index && ends_block(r, x->hi, block);
}

static bool from_zero(const Running *r, const KAxis *x)
{
    const KInst *lo = form_def(r->defs, x->lo);
    return !x->by && !x->bound && lo && lo->op == K_const && !lo->bits;
}

static const KAxis *row_axis(const Running *r) { return &r->group->axes[r->group->n_axes - 1]; }
static const KAxis *key_axis(const Running *r) { return r->loop ? &r->loop->axes[0] : NULL; }

/* index = axis − first, the place in a tile. */
static bool is_place(const Running *r, KReg index, KReg axis, KReg first)
{
    const KInst *s = form_def(r->defs, index);
    return s && s->op == K_sub && root(r, s->args[0]) == axis && root(r, s->args[1]) == first;
}

static bool lanes_of(const Running *r, const KAxis *x, RunLanes *lanes, KReg *extent)
{
    *lanes = key_axis(r) && in_block(r, x, key_axis(r)) ? RUN_BLOCK : RUN_ALL;
    *extent = *lanes == RUN_ALL ? root(r, x->hi) : 0;
    return *lanes == RUN_BLOCK || from_zero(r, x);
}

/* Tile memory of a load or store that stands in s (in loop: a reduction or sum over more lanes), its row that of s; −1: something else. */
static int tile_of(const Running *r, const KInst *i, const KInst *each, const KAxis *lane)
{
    const KMem *m = &r->k->mems[i->id];
    if (m->kind != KMEM_TILE || m->type != DT_f32 || m->rank < 1 || m->rank > 2 || !is_place(r, i->args[0], each->axes[0].index, row_axis(r)->index))
        return -1;
    const int t = (int)(i->id - r->k->n_operands);
    if (m->rank == 1)
        return t;
    RunLanes lanes;
    KReg extent;
    if (!lane || !lanes_of(r, lane, &lanes, &extent))
        return -1;
    const bool placed = lanes == RUN_BLOCK ? is_place(r, i->args[1], lane->index, key_axis(r)->index) : root(r, i->args[1]) == lane->index;
    return placed ? t : -1;
}

/* The tile's columns are those of the axis; the first use says which. */
static bool tile_fits(Running *r, int t, const KAxis *lane)
{
    RunTile *x = &r->tile[t];
    RunLanes lanes;
    KReg extent;
    if (r->k->mems[r->k->n_operands + (size_t)t].rank == 1)
        return true;
    if (!lane || !lanes_of(r, lane, &lanes, &extent))
        return false;
    if (x->cols == RUN_ROWS)
        *x = (RunTile){lanes, extent};
    return x->cols == lanes && x->extent == extent;
}

static int access_add(Running *r, const KInst *i, const KInst *each, const KInst *dot)
{
    if (r->n_accesses == RUN_ACCESSES || i->id >= r->k->n_operands || i->field || i->guard == KGUARD_ELSE)
        return -1;
    r->access[r->n_accesses] = (RunAccess){i, each, dot};
    return r->n_accesses++;
}

static RunStep *step_add(RunStatement *s, RunKind kind)
{
    if (s->n_steps == RUN_STEPS)
        return NULL;
    s->step[s->n_steps] = (RunStep){.kind = kind, .access = -1, .to = -1};
    return &s->step[s->n_steps++];
}

static const KAxis *lane_axis(const RunStatement *s) { return &s->each->axes[s->each->n_axes - 1]; }

typedef struct Body { Running *r; RunStatement *s; int n_slots; } Body;

static bool slot(Body *b, RunStep *s, KReg to, bool single)
{
    if (!s || b->n_slots == RUN_SLOTS)
        return false;
    s->to = b->n_slots++, s->single = single;
    b->r->value[to] = (RunArg){RUN_SLOT, s->to, single};
    return true;
}

static bool instruction(Body *b, const KInst *i);

/* Made where it is wanted first: indices never are. Depth: that of one expression of the kernel's text. */
static RunArg value_of(Body *b, KReg x)
{
    Running *r = b->r;
    x = root(r, x);
    if (r->value[x].kind)
        return r->value[x];
    const KInst *d = r->defs[x];
    const bool lane = x == lane_axis(b->s)->index, row = x == b->s->each->axes[0].index;
    if ((lane || row) && slot(b, step_add(b->s, lane ? RUN_LANE : RUN_ROW), x, !lane))
        return r->value[x];
    if (d && (d->op == K_const || d->op == K_sym) && r->n_uniforms < RUN_UNIFORMS) {
        r->uniform[r->n_uniforms] = d;
        return r->value[x] = (RunArg){RUN_UNIFORM, r->n_uniforms++, true};
    }
    return d && instruction(b, d) ? r->value[x] : (RunArg){0};
}

static bool load(Body *b, const KInst *i)
{
    Running *r = b->r;
    if (!kir_mem_is_operand(r->k->mems[i->id].kind)) {
        const KAxis *lane = b->s->lanes == RUN_ROWS ? NULL : lane_axis(b->s);
        const int t = tile_of(r, i, b->s->each, lane);
        if (t < 0 || !tile_fits(r, t, lane))
            return false;
        r->value[i->dst[0]] = (RunArg){RUN_TILE, t, r->tile[t].cols == RUN_ROWS && b->s->lanes != RUN_ROWS};
        return true;
    }
    const DType storage = r->k->mems[i->id].type;
    RunStep *s = step_add(b->s, RUN_LOAD);
    if (!slot(b, s, i->dst[0], false) || (s->access = access_add(r, i, b->s->each, NULL)) < 0)
        return false;
    s->load = kprim_load(storage, dtype_info[storage].compute);
    s->in_place = dtype_info[storage].compute == storage && storage != DT_bool;
    return s->load != NULL;
}

static bool prim(Body *b, KReg to, KPrimFn (*find)(const void *ctx, unsigned form), const void *ctx, int n_args, const KReg *args)
{
    RunArg a[RUN_ARGS];
    bool all = true;
    unsigned form = 0;
    if (n_args < 1 || n_args > RUN_ARGS)
        return false;
    for (int n = 0; n < n_args; n++) {
        a[n] = value_of(b, args[n]);
        if (!a[n].kind)
            return false;
        form |= a[n].single ? 1u << n : 0;
        all = all && a[n].single;
    }
    RunStep *s = step_add(b->s, RUN_PRIM);
    if (!slot(b, s, to, all))
        return false;
    for (int n = 0; n < n_args; n++)
        s->arg[n] = a[n], s->arg_size[n] = dtype_info[kir_type(b->r->k, args[n])].bytes;
    s->n_args = n_args, s->size = dtype_info[kir_type(b->r->k, to)].bytes;
    s->fn = find(ctx, all ? 0 : form); /* all single: lanes of which only the first counts */
    return s->fn != NULL;
}

static KPrimFn find_op(const void *ctx, unsigned form)
{
    const KPrimFn *of = ctx;
    return of[form];
}

static bool op(Body *b, KOp o, DType type, DType from, KReg to, int n_args, const KReg *args)
{
    KPrimFn of[1 << RUN_ARGS];
    for (unsigned f = 0; f < 1u << RUN_ARGS; f++)
        of[f] = kprim_op(o, type, from, f);
    return prim(b, to, find_op, of, n_args, args);
}

static bool call(Body *b, const KInst *i)
{
    const Running *r = b->r;
    const KFn *f = &r->k->fns[i->id];
    KPrimFn of[1 << RUN_ARGS];
    for (unsigned form = 0; form < 1u << RUN_ARGS; form++)
        of[form] = kprim_fn(f->name, i->type, form);
    for (int n = 0; n < i->n_args; n++)
        if (kir_type(r->k, i->args[n]) != i->type)
            return false;
    return f->n_results == 1 && prim(b, i->dst[0], find_op, of, i->n_args, i->args);
}

/* Both sides are made, one is taken: neither can fail. */
static bool either(Body *b, const KInst *i)
{
    return i->n_dst == 1 && op(b, K_select, i->type, i->type, i->dst[0], 3, (const KReg[]){i->args[0], i->blocks[0]->yield[0], i->blocks[1]->yield[0]});
}

/* Of a row of a tile, for every row. */
static bool reduce(Body *b, const KInst *i)
{
    Running *r = b->r;
    const KReducer *red = &r->k->reds[i->id];
    const KBlock *body = i->blocks[0];
    const KInst *x = body->n ? form_def(r->defs, body->yield[0]) : NULL;
    if (b->s->lanes != RUN_ROWS || i->n_blocks != 1 || i->n_axes != 1 || i->n_dst != 1 || red->kind == KRED_USER || red->state_types[0] != DT_f32 || !x || x->op != K_load || !form_only(body, K_load, NULL, NULL))
        return false;
    const int t = tile_of(r, x, b->s->each, &i->axes[0]);
    RunStep *s = step_add(b->s, RUN_REDUCE);
    if (t < 0 || !tile_fits(r, t, &i->axes[0]) || r->tile[t].cols == RUN_ROWS || !slot(b, s, i->dst[0], false))
        return false;
    s->arg[0] = (RunArg){RUN_TILE, t, false}, s->n_args = 1;
    const KOp merge = red->kind == KRED_SUM ? K_add : red->kind == KRED_PROD ? K_mul : red->kind == KRED_MAX ? K_max : K_min;
    s->fn = kprim_reduce_step(red->kind, DT_f32), s->merge = kprim_op(merge, DT_f32, DT_f32, 0), s->ident = red->identity[0];
    return s->fn && s->merge;
}

static bool store(Body *b, const KInst *i)
{
    Running *r = b->r;
    KReg x = i->args[i->n_args - 1];
    const KMem *m = &r->k->mems[i->id];
    const bool operand = kir_mem_is_operand(m->kind);
    const KInst *cast = form_def(r->defs, x);
    if (operand && cast && cast->op == K_cast && dtype_info[m->type].compute != m->type)
        x = cast->args[0];
    const RunArg v = value_of(b, x);
    RunStep *s = v.kind ? step_add(b->s, operand ? RUN_STORE : RUN_STORE_TILE) : NULL;
    if (!s || kir_type(r->k, root(r, x)) != (operand ? dtype_info[m->type].compute : m->type))
        return false;
    s->arg[0] = v, s->n_args = 1;
    if (operand) {
        s->access = access_add(r, i, b->s->each, NULL);
        s->store = kprim_store(m->type, dtype_info[m->type].compute, false);
        return s->access >= 0 && s->store && !v.single && m->kind == KMEM_OUT;
    }
    const KAxis *lane = b->s->lanes == RUN_ROWS ? NULL : lane_axis(b->s);
    s->to = tile_of(r, i, b->s->each, lane);
    if (s->to < 0 || !tile_fits(r, s->to, lane) || (r->tile[s->to].cols == RUN_ROWS) != (b->s->lanes == RUN_ROWS))
        return false;
    return true;
}

/* tile[i, x] = x <= a ? itself : c, where a is the row's and c a number: what lies beyond a is filled, the rest stays. */
static bool cut(Body *b, const KInst *st)
{
    Running *r = b->r;
    const KInst *x = form_def(r->defs, st->args[st->n_args - 1]);
    const bool cond = x && x->op == K_cond && x->n_dst == 1;
    if (!x || (!cond && x->op != K_select) || b->s->lanes == RUN_ROWS || kir_mem_is_operand(r->k->mems[st->id].kind))
        return false;
    const KInst *c = form_def(r->defs, x->args[0]), *kept = form_def(r->defs, cond ? x->blocks[0]->yield[0] : x->args[1]), *other = form_def(r->defs, cond ? x->blocks[1]->yield[0] : x->args[2]);
    const KAxis *lane = lane_axis(b->s);
    const int t = tile_of(r, st, b->s->each, lane);
    if (!c || c->op != K_le || root(r, c->args[0]) != lane->index || !kept || kept->op != K_load || kept->id != st->id || tile_of(r, kept, b->s->each, lane) != t || !other || other->op != K_const || t < 0 || !tile_fits(r, t, lane))
        return false;
    const RunArg end = value_of(b, c->args[1]), fill = value_of(b, other->dst[0]);
    RunStep *s = end.single && fill.kind == RUN_UNIFORM ? step_add(b->s, RUN_CUT) : NULL;
    if (!s)
        return false;
    s->to = t, s->n_args = 3;
    s->arg[0] = end, s->arg[1] = fill, s->arg[2] = (RunArg){RUN_TILE, t, false};
    return true;
}

static bool instruction(Body *b, const KInst *i)
{
    const Running *r = b->r;
    switch (i->op) {
    case K_load: return load(b, i);
    case K_call: return call(b, i);
    case K_cond: return either(b, i);
    case K_reduce: return reduce(b, i);
    case K_cast: {
        const DType from = kir_type(r->k, i->args[0]);
        if (dtype_info[from].compute == i->type && from != i->type) { /* loaded as that already */
            const RunArg v = value_of(b, i->args[0]);
            b->r->value[i->dst[0]] = v;
            return v.kind != RUN_NONE;
        }
    }   /* fall through */
    default:
        return kop_info[i->op].cls == KCLASS_P && i->n_dst == 1 && i->n_args >= 1 && i->n_args <= RUN_ARGS &&
            op(b, i->op, i->type, kir_type(r->k, root(r, i->args[i->op == K_select])), i->dst[0], i->n_args, i->args);
    }
}

/* ── contractions ── */

static const KInst *behind_cast(const Running *r, KReg x)
{
    const KInst *i = form_def(r->defs, x);
    return i && i->op == K_cast && i->type == DT_f32 ? form_def(r->defs, i->args[0]) : i;
}

static bool uses(const Running *r, const KInst *load, KReg axis)
{
    for (int n = 0; n < load->n_args; n++) {
        KReg x = root(r, load->args[n]);
        const KInst *s = form_def(r->defs, x);
        if (x == axis || (s && s->op == K_sub && root(r, s->args[0]) == axis))
            return true;
    }
    return false;
}

static bool only_loads(const KBlock *b)
{
    for (size_t n = 0; n < b->n; n++)
        if (kop_info[b->inst[n]->op].cls != KCLASS_P && b->inst[n]->op != K_load)
            return false;
    return true;
}

/* tile[i, x] = dot(a[i, k], b[k, x] over k from init) */
static bool contraction(Body *b, const KInst *d, const KInst *to)
{
    Running *r = b->r;
    RunStatement *s = b->s;
    RunLanes k;
    const KInst *x[2], *zero = form_def(r->defs, d->args[0]);
    if (s->lanes == RUN_ROWS || d->type != DT_f32 || d->n_blocks != 1 || d->n_axes != 1 || !lanes_of(r, &d->axes[0], &k, &s->dot.k_extent) || !only_loads(d->blocks[0]))
        return false;
    for (int n = 0; n < 2; n++)
        if (!(x[n] = behind_cast(r, d->blocks[0]->yield[n])) || x[n]->op != K_load)
            return false;
    const KReg row = s->each->axes[0].index, lane = lane_axis(s)->index;
    const int a = uses(r, x[0], row) ? 0 : 1;
    if (!uses(r, x[a], row) || uses(r, x[a], lane) || uses(r, x[!a], row) || !kir_mem_is_operand(r->k->mems[x[!a]->id].kind))
        return false;
    s->dot.on = true, s->dot.k_block = k == RUN_BLOCK;
    s->dot.tile_a = !kir_mem_is_operand(r->k->mems[x[a]->id].kind);
    s->dot.a = s->dot.tile_a ? tile_of(r, x[a], s->each, &d->axes[0]) : access_add(r, x[a], s->each, d);
    if (s->dot.a < 0 || (s->dot.tile_a && (!tile_fits(r, s->dot.a, &d->axes[0]) || r->tile[s->dot.a].cols == RUN_ROWS)))
        return false;
    s->dot.b = access_add(r, x[!a], s->each, d);
    s->dot.to = tile_of(r, to, s->each, lane_axis(s));
    if (s->dot.b < 0 || s->dot.to < 0 || !tile_fits(r, s->dot.to, lane_axis(s)) || r->tile[s->dot.to].cols == RUN_ROWS)
        return false;
    s->dot.init = !(zero && zero->op == K_const && !zero->bits);
    return dtype_is_float(r->k->mems[x[!a]->id].type) && r->k->mems[x[!a]->id].type != DT_f64;
}

/* ── statements ── */

static void find_last(RunStatement *s)
{
    for (int n = 0; n + 1 < s->n_steps; n++) {
        RunStep *x = &s->step[n], *y = x + 1;
        int uses = 0;
        for (int m = 0; m < s->n_steps; m++)
            for (int i = 0; i < s->step[m].n_args; i++)
                uses += s->step[m].arg[i].kind == RUN_SLOT && s->step[m].arg[i].index == x->to;
        x->last = s->lanes != RUN_ROWS && x->kind == RUN_PRIM && !x->single && y->kind == RUN_STORE_TILE && y->arg[0].kind == RUN_SLOT && y->arg[0].index == x->to && uses == 1;
    }
}

/* No tile is read after the statement has stored it: values are looked at when they are wanted. */
static bool reads_before(const RunStatement *s)
{
    for (int n = 0; n < s->n_steps; n++)
        for (int m = n + 1; m < s->n_steps && s->step[n].kind == RUN_STORE_TILE; m++)
            for (int a = 0; a < s->step[m].n_args; a++)
                if (s->step[m].arg[a].kind == RUN_TILE && s->step[m].arg[a].index == s->step[n].to)
                    return false;
    return true;
}

/* A sum and its start, which goes where the sum will be. */
static bool summed(Body *b, const KInst *dot, const KInst *to)
{
    RunStatement *s = b->s;
    if (!contraction(b, dot, to))
        return false;
    if (!s->dot.init)
        return true;
    const RunArg v = value_of(b, dot->args[0]);
    RunStep *start = v.kind && !v.single ? step_add(s, RUN_STORE_TILE) : NULL;
    if (start)
        start->arg[0] = v, start->to = s->dot.to, start->n_args = 1;
    return start != NULL;
}

static bool statement(Running *r, const KInst *e)
{
    if (r->n_statements == RUN_STATEMENTS || e->n_axes < 1 || e->n_axes > 2 || !in_block(r, &e->axes[0], row_axis(r)))
        return false;
    RunStatement *s = &r->statement[r->n_statements++];
    Body b = {r, s, 0};
    *s = (RunStatement){.each = e};
    if (e->n_axes == 2 && !lanes_of(r, &e->axes[1], &s->lanes, &s->extent))
        return false;
    for (size_t n = 0; n < e->blocks[0]->n; n++) {
        const KInst *i = e->blocks[0]->inst[n];
        const KInst *x = i->op == K_store ? form_def(r->defs, i->args[i->n_args - 1]) : NULL;
        if (x && x->op == K_dot ? s->dot.on || !summed(&b, x, i) : i->op == K_store ? s->dot.on || (!cut(&b, i) && !store(&b, i)) : kop_info[i->op].cls == KCLASS_W)
            return false;
    }
    find_last(s);
    return reads_before(s);
}

static bool statements(Running *r, const KBlock *b, bool inner)
{
    for (size_t n = 0; n < b->n; n++) {
        const KInst *i = b->inst[n];
        if (kop_info[i->op].cls == KCLASS_P)
            continue;
        if (i->op == K_each ? !statement(r, i) : inner || i->op != K_for || r->loop || i->n_axes != 1 || !i->axes[0].by || i->axes[0].bound || !from_zero(r, &(KAxis){.lo = i->axes[0].lo}))
            return false;
        if (i->op == K_for) {
            r->loop = i;
            r->from = r->n_statements;
            if (!statements(r, i->blocks[0], true))
                return false;
            r->to = r->n_statements;
        }
    }
    return true;
}

/* Tiles of the loop's columns live for some rows at a time: written before they are read, in each round anew. */
static bool block_tiles_fresh(const Running *r)
{
    bool made[RUN_TILES] = {false};
    for (int n = 0; n < r->n_statements; n++) {
        const RunStatement *s = &r->statement[n];
        for (int i = 0; i < s->n_steps; i++) {
            for (int a = 0; a < s->step[i].n_args; a++) {
                const RunArg *x = &s->step[i].arg[a];
                if (x->kind == RUN_TILE && r->tile[x->index].cols == RUN_BLOCK && (!made[x->index] || n < r->from || n >= r->to))
                    return false;
            }
            if (s->step[i].kind == RUN_STORE_TILE)
                made[s->step[i].to] = true;
        }
        if (s->dot.on && s->dot.tile_a && r->tile[s->dot.a].cols == RUN_BLOCK && !made[s->dot.a])
            return false;
        if (s->dot.on)
            made[s->dot.to] = true;
    }
    return true;
}

static bool match(Running *r)
{
    const KirKernel *k = r->k;
    const KBlock lets = {.inst = k->body->inst, .n = k->body->n ? k->body->n - 1 : 0};
    r->group = k->body->n ? k->body->inst[k->body->n - 1] : NULL;
    if (k->scheduled || !r->group || r->group->op != K_group || !r->group->n_axes || !form_only(&lets, K_group, NULL, NULL) || k->n_mems - k->n_operands > RUN_TILES || k->n_operands > KIR_MAX_OPERANDS)
        return false;
    for (size_t a = 0; a < r->group->n_axes; a++) {
        KAxis x = r->group->axes[a];
        const bool last = a + 1 == r->group->n_axes;
        if ((x.by != 0) != last || x.bound || !from_zero(r, &(KAxis){.lo = x.lo}))
            return false;
    }
    r->n_tiles = (int)(k->n_mems - k->n_operands);
    return statements(r, r->group->blocks[0], false) && r->loop && block_tiles_fresh(r);
}

Running *running_match(const KirKernel *whole, Arena *a)
{
    Running *r = arena_new(a, Running);
    if (!r)
        return NULL;
    *r = (Running){.k = kir_clone(whole, a)};
    if (!r->k || kir_simplify(r->k, KPASS_FOLD | KPASS_CSE | KPASS_DCE, NULL))
        return NULL;
    r->defs = kir_defs(r->k, a);
    r->value = arena_array(a, RunArg, r->k->n_regs);
    return r->defs && r->value && match(r) ? r : NULL;
}
