/* SPDX-License-Identifier: MIT
 * kir/tile: reads and stores. Each index is a uniform scalar, affine in the lane axes (then ranges are resolved row by row when it runs), or a
 * slot (gather, with a per-lane range check). Reads whose indices are known per launch move to the prologue. */
#include "kir/core.h"
#include "kir/tile/compile.h"

#include <string.h>

static bool packed(DType t) { return dtype_info[t].block > 1; }

uint32_t func_new(Compile *c)
{
    TVariant *v = c->v;
    TFunc *list = arena_grow(c->a, v->funcs, v->n_funcs, &v->cap_funcs, TFunc);
    if (!list)
        return 0;
    v->funcs = list;
    TFunc *f = &list[v->n_funcs];
    f->space = c->space;
    f->access = NULL;
    for (int i = 0; i < KIR_MAX_AXES; i++)
        f->coef[i] = TREF_NONE;
    return (uint32_t)v->n_funcs++;
}

typedef struct Shape { bool uniform, launch, gather, lanes; } Shape; /* of an access: what its indices are */

static void compile_dim(Compile *c, KReg r, TDim *d, Shape *s)
{
    *d = (TDim){TREF_NONE, -1, TREF_NONE};
    value_force(c, r);
    if (c->val[r].kind == VAL_AFFINE) {
        const Affine *f = c->val[r].aff;
        uint32_t id = func_new(c);
        if (!compile_ok(c))
            return;
        memcpy(c->v->funcs[id].coef, f->coef, sizeof f->coef);
        d->base = f->base;
        d->func = (int32_t)id;
        s->uniform = s->launch = false;
        s->lanes = true;
        return;
    }
    d->base = value_i64(c, r, &d->slot);
    s->gather |= d->slot != TREF_NONE;
    s->uniform &= d->slot == TREF_NONE;
    s->launch &= d->slot == TREF_NONE && scalar_is_launch(c, d->base);
}

static void storage_of(Compile *c, const KInst *i, const KMem *m, TAccess *x)
{
    x->storage = i->field ? i->type : m->type;
    x->width = (uint16_t)tile_width(x->storage);
    x->packed = packed(x->storage) && !i->field;
    if (i->field) {
        x->offset = i->aux;
        x->field_n = i->field_n;
        x->field = i->field_n > 1;
    }
    x->priv = m->kind == KMEM_PRIVATE;
    if (x->priv && c->region[i->id] == TREF_NONE) {
        size_t n = 1;
        for (int d = 0; d < m->rank; d++)
            if (__builtin_mul_overflow(n, (size_t)m->const_dims[d], &n) || n > (1 << 20)) {
                compile_fail(c, SPML_UNSUPPORTED, "tile-size", "a private array is too large");
                return;
            }
        c->region[i->id] = slot_region(c, (n ? n : 1) * KTILE * x->width);
    }
    if (m->kind == KMEM_SHARED || m->kind == KMEM_TILE)
        compile_fail(c, SPML_UNSUPPORTED, "kernel-class", "group code runs ahead-of-time compiled only");
}

static TAccess *compile_access(Compile *c, const KInst *i, Shape *s)
{
    const KMem *m = &c->k->mems[i->id];
    TAccess *x = arena_new(c->a, TAccess), **list = arena_grow(c->a, c->v->accesses, c->v->n_accesses, &c->v->cap_accesses, TAccess *);
    *s = (Shape){.uniform = true, .launch = true};
    if (!x || !list)
        return NULL;
    c->v->accesses = list;
    list[c->v->n_accesses++] = x;
    *x = (TAccess){.mem = i->id, .total = -1, .value = TREF_NONE, .mask = TREF_NONE, .stage = TREF_NONE, .region = TREF_NONE, .op_type = i->type};
    storage_of(c, i, m, x);
    x->n_dims = (uint8_t)(m->rank + x->field);
    x->region = c->region[i->id];
    for (int d = 0; d < x->n_dims && compile_ok(c); d++)
        compile_dim(c, i->args[d], &x->dim[d], s);
    x->gather = s->gather;
    for (int d = 0; d < x->n_dims && compile_ok(c); d++)
        x->deps |= x->dim[d].slot != TREF_NONE ? c->deps[tile_slot(c->v, x->dim[d].slot)] : 0;
    x->guarded = i->guard != KGUARD_NONE || c->loose || x->gather;
    x->compute = x->storage;
    if (s->lanes && compile_ok(c)) {
        uint32_t id = func_new(c);
        if (compile_ok(c)) {
            c->v->funcs[id].access = x;
            x->total = (int32_t)id;
        }
    }
    return compile_ok(c) ? x : NULL;
}

/* Slots that the instruction reads beyond its own src list are appended there, so that alloc.c sees them. */
static TInst *emit_access(Compile *c, TBlock *b, TOp op, TAccess *x, DType type, TRef dst)
{
    TRef src[KIR_MAX_RANK + 6];
    int n = 0;
    for (int d = 0; d < x->n_dims; d++)
        if (x->dim[d].slot != TREF_NONE)
            src[n++] = x->dim[d].slot;
    if (x->value != TREF_NONE && x->value >= 0)
        src[n++] = x->value;
    if (x->mask != TREF_NONE)
        src[n++] = x->mask;
    if (x->stage != TREF_NONE)
        src[n++] = x->stage;
    if (x->priv)
        src[n++] = x->region;
    TInst *in = compile_emit(c, b, op, type, dst != TREF_NONE, &dst, n, src);
    if (in)
        in->access = x;
    return in;
}

static TRef load_uniform(Compile *c, const KInst *i, TAccess *x, const Shape *s, DType compute)
{
    KMemKind kind = c->k->mems[i->id].kind;
    bool hoist = s->launch && (kind == KMEM_IN || kind == KMEM_TABLE) && (x->value == TREF_NONE || scalar_is_launch(c, x->value));
    TRef dst = scalar_new(c);
    x->guarded = true; /* may run where no lane would: ranges are always checked */
    x->compute = compute;
    emit_access(c, hoist ? c->v->pre : c->cur, T_SLOAD, x, compute, dst);
    if (compile_ok(c))
        c->launch[~dst] = hoist || c->cur == c->v->pre;
    return dst;
}

static TRef load_pointer(Compile *c, TInst *in, TRef slot) /* the value may stay where it is */
{
    TVariant *v = c->v;
    TRef *list = arena_grow(c->a, v->ptr_slot, v->n_ptrs, &v->cap_ptrs, TRef);
    if (!list)
        return slot;
    v->ptr_slot = list;
    list[v->n_ptrs] = slot;
    in->ptr = (int32_t)v->n_ptrs;
    return TREF_PTR + (TRef)v->n_ptrs++;
}

/* Is memory `id` read only, or written by the last instruction alone, at the indices of this load? Then what was loaded lies there as long as it is needed. */
static bool load_stays(const Compile *c, const KInst *i)
{
    if (c->k->mems[i->id].kind != KMEM_INOUT)
        return c->k->mems[i->id].kind == KMEM_IN;
    const KBlock *b = c->k->body->inst[c->k->body->n - 1]->blocks[0];
    const KInst *last = b->n ? b->inst[b->n - 1] : NULL;
    bool stays = last && last->op == K_store && last->id == i->id && last->n_args == i->n_args + 1 && !last->field && !i->field;
    for (int d = 0; d < i->n_args && stays; d++)
        stays = last->args[d] == i->args[d];
    for (size_t n = 0; n + 1 < b->n && stays; n++)
        stays = !b->inst[n]->n_blocks && b->inst[n]->op != K_store && b->inst[n]->op != K_scatter;
    return stays;
}

TRef compile_load_now(Compile *c, const KInst *i, DType compute)
{
    Shape s;
    DType t = kir_type(c->k, i->dst[0]);
    TAccess *x = compile_access(c, i, &s);
    if (!x)
        return 0;
    if (i->guard == KGUARD_ELSE) {
        KReg e = i->args[i->n_args - 1];
        TRef v = value_operand(c, e);
        if (compute != t)
            v = v < 0 ? scalar_op(c, K_cast, compute, t, 1, &v) : slot_convert(c, compute, t, v, false);
        x->value = v;
    }
    bool wide_else = x->value != TREF_NONE && x->value >= 0;
    if (s.uniform && !x->priv && !wide_else && x->width <= 8)
        return load_uniform(c, i, x, &s, compute);
    if (!c->laned) {
        compile_fail(c, SPML_UNSUPPORTED, "tile", "private arrays and 16-byte elements need lanes");
        return 0;
    }
    x->compute = compute;
    if (compute != x->storage) {
        x->load = x->packed ? NULL : kprim_load(x->storage, compute);
        x->stage = slot_new(c, x->width);
    }
    TRef dst = slot_new(c, tile_width(compute));
    for (int d = 0; d < x->n_dims && compile_ok(c); d++)
        c->deps[dst] |= x->priv ? UINT32_MAX : x->dim[d].func >= 0 ? func_axes(&c->v->funcs[x->dim[d].func]) : 0;
    TInst *in = emit_access(c, c->cur, T_LOAD, x, compute, dst);
    if (in && compute == x->storage && !x->priv && !x->packed && x->total >= 0 && load_stays(c, i))
        dst = load_pointer(c, in, dst);
    if (c->inner && c->v->hint < 0 && x->total >= 0)
        c->v->hint = x->total;
    return dst;
}

void compile_load(Compile *c, const KInst *i, const KBlock *in)
{
    const Use *u = &c->use[i->dst[0]];
    KMemKind kind = c->k->mems[i->id].kind;
    if (c->laned && !tile_is_compute(i->type) && u->n == 1 && u->user && u->user->op == K_cast && u->user_block == in && (kind == KMEM_IN || kind == KMEM_TABLE) &&
        i->guard != KGUARD_ELSE && dtype_info[i->type].compute != DT_none) {
        c->val[i->dst[0]] = (Val){.kind = VAL_LOAD, .def = i, .cached = TREF_NONE};
        return;
    }
    TRef r = compile_load_now(c, i, i->type);
    r < 0 ? value_set_scalar(c, i->dst[0], r) : value_set_slot(c, i->dst[0], r);
}

static void store_value(Compile *c, KReg r, TAccess *x)
{
    Val *v = &c->val[r];
    if (v->kind == VAL_NARROW && !x->priv) {
        DType from = kir_type(c->k, v->def->args[0]);
        x->value = v->src;
        x->compute = from;
        x->sat = v->def->op == K_sat;
        x->store = x->packed ? NULL : kprim_store(x->storage, from, x->sat);
        x->stage = slot_new(c, x->width);
        return;
    }
    x->value = c->laned ? value_slot(c, r) : value_operand(c, r);
}

void compile_store(Compile *c, const KInst *i)
{
    Shape s;
    KReg value = i->args[i->n_args - 1];
    if (c->val[value].kind == VAL_LOAD)
        value_force(c, value);
    TAccess *x = compile_access(c, i, &s);
    if (!x)
        return;
    if (!c->laned) {
        x->value = value_operand(c, value);
        x->guarded = true;
        if (x->priv || x->value >= 0) {
            compile_fail(c, SPML_UNSUPPORTED, "tile", "private arrays and 16-byte elements need lanes");
            return;
        }
        emit_access(c, c->cur, T_SSTORE, x, x->storage, TREF_NONE);
        c->v->serial |= x->packed;
        return;
    }
    store_value(c, value, x);
    x->mask = c->mask;
    c->v->serial |= x->packed; /* neighbours share a byte */
    emit_access(c, c->cur, T_STORE, x, x->storage, TREF_NONE);
}

void compile_scatter(Compile *c, const KInst *i)
{
    Shape s;
    TAccess *x = compile_access(c, i, &s);
    if (!x)
        return;
    if (!c->laned) {
        compile_fail(c, SPML_UNSUPPORTED, "tile", "scatter needs lanes");
        return;
    }
    if (i->n_dst || x->priv) {
        compile_fail(c, SPML_UNSUPPORTED, "kernel-class", "scatter on shared memory runs ahead-of-time compiled only");
        return;
    }
    x->value = value_slot(c, i->args[i->n_args - 1]);
    x->mask = c->mask;
    x->rule = i->rule;
    x->fn = i->fn;
    x->guarded = true;
    x->compute = kir_type(c->k, i->args[i->n_args - 1]);
    bool ordered = i->rule != KSCATTER_UNIQUE;
    x->update = x->compute == x->storage && x->op_type == x->storage && x->fn != K_move && x->fn != K_set ? kprim_op((KOp)x->fn, x->op_type, x->op_type, 0) : NULL;
    c->v->serial |= x->packed;
    c->v->ordered |= ordered;
    c->v->single |= ordered && c->inner; /* items first, then the loops inside an item */
    emit_access(c, c->cur, T_SCATTER, x, x->storage, TREF_NONE);
}
