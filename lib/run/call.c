/* SPDX-License-Identifier: MIT
 * run: calls: from operands to a launch (again only when extents change; addresses always), then to the device's queue, or to the CPU where the device
 * does not run it. */
#include "base/file.h"
#include "base/hard.h"
#include "kir/prims.h"
#include "run/run.h"

#include <string.h>
#include <time.h>

SpmlCode step_context(const Step *st, Error *err)
{
    return error_context(err, "node '%.200s' (%s)", st->node->name ? st->node->name : "", st->node->origin ? st->node->origin : op_info[st->node->op].name);
}

uint64_t run_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static KirLaunch *launch_new(Session *s, const Kernel *k) { return arena_alloc(&s->arena, kir_launch_bytes(k->kir->n_operands), _Alignof(KirLaunch)); }

/* A kernel that wrote elements of another type than the operand's would write beyond its end. */
static SpmlCode check_types(const CallSpec *c, const Kernel *k, Error *err)
{
    for (size_t i = 0; i < (size_t)c->n_args && i < k->kir->n_operands; i++) {
        const DType t = k->kir->mems[i].type;
        if (t != DT_none && t != c->args[i].type)
            return error_set(err, SPML_DATA, "internal-type", "kernel %s: operand %zu (%s) is of %s, the kernel's is of %s", k->name, i, k->kir->mems[i].name, dtype_name(c->args[i].type), dtype_name(t));
    }
    return SPML_OK;
}

SpmlCode call_prepare(Session *s, Step *st, Error *err)
{
    CallState *cs = arena_new(&s->arena, CallState);
    if (!cs)
        return error_oom(err);
    SpmlCode code = kernel_get(s, st->call, &cs->k, err);
    if (!code)
        code = check_types(st->call, cs->k, err);
    if (!code && st->post)
        code = kernel_get(s, st->post, &cs->post, err);
    if (!code && st->post)
        code = check_types(st->post, cs->post, err);
    if (code)
        return step_context(st, err);
    cs->lone = s->parent;
    cs->launch = launch_new(s, cs->k);
    if (cs->post)
        cs->post_launch = launch_new(s, cs->post);
    if (s->remote)
        cs->span = arena_array(&s->arena, Backing, st->call->n_args + (st->post ? st->post->n_args : 0));
    if (st->head) {
        CallState *head = st->head->compiled; /* it comes first */
        cs->head = head ? &head->as_head : NULL;
        if (!head)
            return error_set(err, SPML_UNSUPPORTED, "internal-order", "a call comes before its head");
    }
    if (s->arena.oom)
        return error_oom(err);
    st->compiled = cs;
    return SPML_OK;
}

/* ── launches ── */

static uint64_t scalar_bits(DType t, double f, int64_t i, bool is_int)
{
    uint64_t bits = 0;
    if (is_int)
        dtype_set_i64(t, &bits, 0, i);
    else
        dtype_set_f64(t, &bits, 0, f);
    return bits;
}

static SpmlCode scalar_read(Session *s, Value *from, DType t, uint64_t *bits, Error *err)
{
    RtValue *v;
    SpmlCode code = run_operand(s, from, &v, err);
    if (code)
        return code;
    if (v->kind != TYPE_TENSOR || rt_count(v) < 1)
        return error_set(err, SPML_DATA, "shape", "a scalar operand is empty");
    bool is_int = dtype_info[v->dtype].cls != DCLASS_FLOAT;
    *bits = is_int ? scalar_bits(t, 0, dtype_get_i64(v->dtype, v->data, 0), true) : scalar_bits(t, dtype_get_f64(v->dtype, v->data, 0), 0, false);
    return SPML_OK;
}

static SpmlCode launch_scalar(Session *s, const CallScalar *c, DType t, bool values, uint64_t *bits, Error *err)
{
    switch (c->kind) {
    case SCALAR_F64: *bits = scalar_bits(t, c->f, 0, false); return SPML_OK;
    case SCALAR_I64: *bits = scalar_bits(t, 0, c->i, true); return SPML_OK;
    case SCALAR_DIM: *bits = scalar_bits(t, 0, run_dim(s, c->dim), true); return SPML_OK;
    case SCALAR_VALUE: break;
    }
    return values ? scalar_read(s, c->value, t, bits, err) : SPML_OK;
}

/* values: scalars that are read from values too. */
static SpmlCode launch_symbols(Session *s, const CallSpec *c, const KirKernel *k, KirLaunch *l, bool values, Error *err)
{
    int n_scalar = 0;
    SpmlCode code = SPML_OK;
    for (size_t i = 0; i < k->n_syms && !code; i++) {
        const KSym *y = &k->syms[i];
        if (y->kind == KSYM_SCALAR) {
            if (n_scalar == c->n_scalars)
                return error_set(err, SPML_UNSUPPORTED, "launch", "launch: scalar %s is not given", y->name);
            code = launch_scalar(s, &c->scalars[n_scalar++], y->type, values, &l->sym[i], err);
        } else if (y->kind == KSYM_CONST) {
            for (int j = 0; j < CALL_CONSTS && c->consts[j].name; j++)
                if (!strcmp(c->consts[j].name, y->name))
                    l->sym[i] = (uint64_t)run_dim(s, c->consts[j].value);
        }
    }
    return code;
}

static void launch_views(Session *s, const CallSpec *c, KirLaunch *l)
{
    for (int i = 0; i < c->n_args; i++) {
        const Operand *o = &c->args[i];
        KirView *w = &l->view[i];
        w->rank = o->rank;
        for (int d = 0; d < o->rank; d++) {
            w->dim[d] = run_dim(s, o->dim[d]);
            w->stride[d] = run_dim(s, o->stride[d]);
        }
    }
}

SpmlCode launch_extents(Session *s, const CallSpec *c, const KirKernel *k, KirLaunch *l, bool values, Error *err)
{
    launch_views(s, c, l);
    SpmlCode code = launch_symbols(s, c, k, l, values, err);
    return code ? code : kir_bind(k, l, err);
}

static bool dim_known(const Dim *d)
{
    if (!d || d->kind == DIM_CONST)
        return d != NULL;
    if (d->kind == DIM_SYM)
        return d->sym->origin == SYM_INPUT;
    return dim_known(d->a) && dim_known(d->b);
}

bool call_known(const CallSpec *c)
{
    bool ok = true;
    for (int i = 0; i < c->n_args && ok; i++)
        for (int d = 0; d < c->args[i].rank && ok; d++)
            ok = dim_known(c->args[i].dim[d]) && dim_known(c->args[i].stride[d]);
    for (int i = 0; i < CALL_CONSTS && c->consts[i].name && ok; i++)
        ok = dim_known(c->consts[i].value);
    for (int i = 0; i < c->n_scalars && ok; i++)
        ok = c->scalars[i].kind != SCALAR_DIM || dim_known(c->scalars[i].dim);
    return ok;
}

enum { RAW_LEAST = HARD(16 << 10, 16) }; /* bytes of a constant from which a copy is worth avoiding */

/* A large constant that the file holds at an address no element may have is not copied, where the kernel can read it as it is. */
static bool raw_constant(const Session *s, const Value *v, const BackendKernel *k, RunSide side, Backing *out)
{
    const Backend *on = side == SIDE_CPU ? s->cpu : s->backend;
    int64_t dim[IR_MAX_RANK];
    if (s->remote || s->cpu || v->residency != RES_CONST || !v->data || !v->data->file || v->data->sz < RAW_LEAST || !on->unaligned || !on->unaligned(k) ||
        s->rv[v->id].kind != TYPE_NONE || (uintptr_t)v->data->p % dtype_info[v->type.dtype].align == 0 || !value_literal(v, dim))
        return false;
    size_t want;
    int64_t n = 1;
    for (int i = 0; i < v->type.rank; i++)
        n *= dim[i];
    if (!dtype_bytes(v->type.dtype, (uint64_t)n, &want) || want > v->data->sz)
        return false;
    *out = (Backing){(char *)(uintptr_t)v->data->p, want};
    return true;
}

/* Where the operand's value lies on that side; what is written there is current there alone from now on. */
static SpmlCode operand_base(Session *s, Value *v, const BackendKernel *k, RunSide side, bool write, Backing *out, Error *err)
{
    RtValue *r;
    void *p = NULL;
    if (!write && k && raw_constant(s, v, k, side, out))
        return SPML_OK;
    const bool device = s->remote && side == SIDE_DEVICE;
    SpmlCode code = s->queues && side == SIDE_DEVICE ? run_materialise(s, v, &r, err) : home_host(s, v, write, &r, err);
    if (!code && r->kind != TYPE_TENSOR)
        return error_set(err, SPML_DATA, "type", "an operand is not a tensor");
    if (!code && device)
        code = home_device(s, v, write, &p, err);
    if (!code)
        *out = (Backing){device ? p : r->data, r->sz};
    return code;
}

static bool is_empty(Session *s, const Operand *o)
{
    for (int d = 0; d < o->rank; d++)
        if (run_dim(s, o->dim[d]) <= 0)
            return true;
    return false;
}

static SpmlCode launch_pointers(Session *s, const CallSpec *c, const Kernel *made, RunSide side, KirLaunch *l, Backing *span, bool *changed, Error *err)
{
    const KirKernel *k = made->kir;
    SpmlCode code = SPML_OK;
    for (int i = 0; i < c->n_args && !code; i++) {
        const Operand *o = &c->args[i];
        const DTypeInfo *t = &dtype_info[o->type];
        Backing base = {0};
        code = operand_base(s, o->value, made->made[side], side, k->mems[i].kind != KMEM_IN, &base, err);
        const int64_t first = s->remote && is_empty(s, o) ? 0 : run_dim(s, o->offset); /* where nothing lies may be anywhere, which devices do not know */
        if (!code && first % t->block)
            code = error_set(err, SPML_UNSUPPORTED, "view-unaligned", "%s: a part of a tensor of %s begins at element %lld, inside a byte", made->kir->name, t->name, (long long)first);
        char *p = !code && base.p ? base.p + first / t->block * t->bytes : NULL; /* an empty tensor has no memory */
        *changed |= l->view[i].p != p;
        l->view[i].p = p;
        if (span)
            span[i] = base;
    }
    return code;
}

/* Scalars again: those that come from values may differ. */
static SpmlCode launch_scalars(Session *s, const CallSpec *c, const KirKernel *k, KirLaunch *l, bool *changed, Error *err)
{
    uint64_t before[sizeof l->sym / sizeof *l->sym];
    memcpy(before, l->sym, k->n_syms * sizeof *before);
    SpmlCode code = launch_symbols(s, c, k, l, true, err);
    *changed |= memcmp(before, l->sym, k->n_syms * sizeof *before) != 0;
    return code;
}

static SpmlCode launch_fill(Session *s, const CallSpec *c, const Kernel *made, RunSide side, KirLaunch *l, Backing *span, bool extents, bool *changed, Error *err)
{
    const KirKernel *k = made->kir;
    SpmlCode code = SPML_OK;
    *changed |= extents;
    if (extents)
        code = launch_extents(s, c, k, l, true, err);
    else if (c->n_scalars)
        code = launch_scalars(s, c, k, l, changed, err);
    return code ? code : launch_pointers(s, c, made, side, l, span, changed, err);
}

/* Operands that hold weights; the backend prepares them once. */
static uint32_t const_mask(const CallSpec *c)
{
    uint32_t mask = 0;
    for (int i = 0; i < c->n_args; i++)
        if (c->args[i].value->residency == RES_CONST)
            mask |= 1u << i;
    return mask;
}

/* ── packed weights ── */

typedef struct PackKey { const Kernel *k; const void *p; uint64_t side; } PackKey;

static PackKey pack_key(const CallState *cs, uint32_t mask, RunSide side)
{
    return (PackKey){cs->k, cs->launch->view[__builtin_ctz(mask)].p, (uint64_t)side};
}

static bool same_view(const KirView *a, const KirView *b)
{
    bool same = a->rank == b->rank;
    for (int d = 0; d < a->rank && same; d++)
        same = a->dim[d] == b->dim[d] && a->stride[d] == b->stride[d];
    return same;
}

/* Constants made for a call alone, such as the zero that a sum starts from, lie elsewhere for each. */
static bool same_constant(const KirView *a, const KirView *b, DType type)
{
    int64_t n = 1;
    for (int d = 0; d < a->rank; d++)
        n = a->stride[d] && a->dim[d] != 1 ? 0 : n;
    return a->p == b->p || (n == 1 && dtype_info[type].block == 1 && !memcmp(a->p, b->p, dtype_info[type].bytes));
}

/* Would both calls pack the same? The same kernel over the same extents and constants. */
static bool packs_alike(const CallState *a, const CallState *b, uint32_t mask, const CallSpec *c)
{
    bool same = true;
    for (int i = 0; i < c->n_args && same; i++)
        same = same_view(&a->launch->view[i], &b->launch->view[i]) && (!(mask >> i & 1) || same_constant(&a->launch->view[i], &b->launch->view[i], c->args[i].type));
    return same;
}

/* Nodes that share weights share their pack. */
static bool pack_borrow(Session *s, CallState *cs, uint32_t mask, const CallSpec *c, RunSide side)
{
    const PackKey key = pack_key(cs, mask, side);
    for (const CallState *o = map_find(&s->packs, (const char *)&key, sizeof key); o; o = o->same)
        if (packs_alike(o, cs, mask, c)) {
            cs->pack[side] = o->pack[side];
            return cs->borrowed[side] = true;
        }
    return false;
}

static bool pack_lend(Session *s, CallState *cs, uint32_t mask, RunSide side)
{
    const PackKey at = pack_key(cs, mask, side);
    PackKey *key = arena_new(&s->arena, PackKey);
    if (!key)
        return false;
    *key = at;
    cs->same = map_find(&s->packs, (const char *)key, sizeof *key);
    return map_put(&s->packs, (const char *)key, sizeof *key, cs);
}

/* What was packed is not read from its file again. */
static void sources_drop(const CallSpec *c, uint32_t mask)
{
    for (int i = 0; i < c->n_args; i++) {
        const ConstData *from = mask >> i & 1 ? c->args[i].value->data : NULL;
        if (from && from->file)
            file_drop(from->file, from->offset, from->sz);
    }
}

static SpmlCode call_pack(Session *s, const Step *st, CallState *cs, RunSide side, Error *err)
{
    const Backend *on = side == SIDE_CPU ? s->cpu : s->backend;
    uint32_t mask = cs->packed[side] || !on->prepack || s->once ? 0 : const_mask(st->call);
    SpmlCode code = SPML_OK;
    if (mask && !pack_borrow(s, cs, mask, st->call, side))
        code = on->prepack(side == SIDE_CPU ? s->cpu_device : s->device, cs->k->made[side], cs->launch, mask, &cs->pack[side], err);
    if (!code && cs->pack[side] && mask && !cs->borrowed[side]) {
        sources_drop(st->call, mask);
        code = pack_lend(s, cs, mask, side) ? SPML_OK : error_oom(err);
    }
    cs->packed[side] = !code;
    return code;
}

SpmlCode call_fill(Session *s, const Step *st, RunSide side, Error *err)
{
    CallState *cs = st->compiled;
    bool extents = cs->epoch != s->epoch, changed = false;
    SpmlCode code = launch_fill(s, st->call, cs->k, side, cs->launch, cs->span, extents, &changed, err);
    if (!code && cs->post)
        code = launch_fill(s, st->post, cs->post, side, cs->post_launch, cs->span ? cs->span + st->call->n_args : NULL, extents, &changed, err);
    if (!code)
        code = call_pack(s, st, cs, side, err);
    if (code)
        return step_context(st, err);
    cs->epoch = s->epoch;
    cs->version += changed;
    return SPML_OK;
}

BackendLaunch call_launch(const CallState *cs, RunSide side)
{
    return (BackendLaunch){cs->k->made[side], cs->post ? cs->post->made[side] : NULL, cs->launch, cs->post_launch, cs->pack[side], cs->head};
}

SpmlCode call_compile(Session *s, const Step *st, RunSide side, Error *err)
{
    CallState *cs = st->compiled;
    SpmlCode code = kernel_compile(s, cs->k, side, err);
    if (!code && cs->post)
        code = kernel_compile(s, cs->post, side, err);
    return code ? step_context(st, err) : SPML_OK;
}

/* A device that is not the CPU may refuse: then the CPU runs it, with host memory once the device has done what it was given. */
static bool falls_back(Session *s, const CallState *cs)
{
    return s->cpu && (cs->refused == s->epoch || !cs->k->made[SIDE_DEVICE] || (cs->post && !cs->post->made[SIDE_DEVICE]));
}

static SpmlCode call_submit(Session *s, Step *st, Error *err)
{
    CallState *cs = st->compiled;
    uint64_t t0 = s->profile ? run_now() : 0;
    BackendLaunch l = call_launch(cs, SIDE_DEVICE);
    SpmlCode code = s->backend->submit(s->device, &l, 1, err);
    s->shared->counts.launches += !code;
    if (s->profile) {
        cs->ns += run_now() - t0;
        cs->n_runs++;
    }
    return code;
}

/* Is it the head of a call that waits? */
static bool heads_queued(const Step *st)
{
    bool queued = false;
    for (const Step *j = st->joined; j; j = j->joined)
        queued = queued || (j->compiled && ((const CallState *)j->compiled)->queued);
    return queued;
}

SpmlCode call_run(Session *s, Step *st, Error *err)
{
    SpmlCode code = st->compiled ? SPML_OK : call_prepare(s, st, err);
    CallState *cs = st->compiled;
    if (!code && (cs->queued || heads_queued(st)))
        code = queue_flush(s, err);
    if (!code && (!cs->k->made[SIDE_DEVICE] || (cs->post && !cs->post->made[SIDE_DEVICE]))) {
        Error why = {0};
        code = call_compile(s, st, SIDE_DEVICE, &why);
        if (code == SPML_UNSUPPORTED && s->cpu)
            code = SPML_OK;
        else if (code && err)
            *err = why;
    }
    if (code)
        return code;
    if (falls_back(s, cs))
        return fallback_run(s, st, err);
    code = call_fill(s, st, SIDE_DEVICE, err);
    if (code || st->joined) {
        cs->as_head = call_launch(cs, SIDE_DEVICE);
        return code;
    }
    if (s->queues)
        return queue_add(s, st, err);
    if (!s->cpu)
        return call_submit(s, st, err);
    Error why = {0};
    code = call_submit(s, st, &why);
    if (code == SPML_UNSUPPORTED) {
        cs->refused = s->epoch;
        return fallback_run(s, st, err);
    }
    if (code && err)
        *err = why;
    return code;
}
