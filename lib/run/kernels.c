/* SPDX-License-Identifier: MIT
 * run: kernels of a session: from a CallSpec to an instance (kept by key in the outermost session) and to what each device makes of it. The kernels
 * of a block are asked for in one batch before it first runs; those whose binding waits for data come one by one. A refusal is remembered. */
#include "kir/prims.h"
#include "run/run.h"

#include <stdlib.h>
#include <string.h>

typedef struct BindingRows { KBindType t[CALL_TYPES]; KBindFn f[CALL_FNS]; KBindConst c[CALL_CONSTS]; KBindRank r[CALL_RANKS]; int rank[CALL_ARGS]; } BindingRows;

static KirBinding binding_of(const CallSpec *c, BindingRows *rows)
{
    KirBinding b = {.types = rows->t, .fns = rows->f, .consts = rows->c, .ranks = rows->r, .operand_ranks = rows->rank, .n_operands = (size_t)c->n_args};
    for (; b.n_types < CALL_TYPES && c->types[b.n_types].name; b.n_types++)
        rows->t[b.n_types] = (KBindType){c->types[b.n_types].name, c->types[b.n_types].type, c->types[b.n_types].block};
    for (; b.n_fns < CALL_FNS && c->fns[b.n_fns].name; b.n_fns++)
        rows->f[b.n_fns] = (KBindFn){c->fns[b.n_fns].name, c->fns[b.n_fns].fn};
    for (; b.n_consts < CALL_CONSTS && c->consts[b.n_consts].name; b.n_consts++) {
        int64_t v = 0;
        bool literal = dim_lit(c->consts[b.n_consts].value, &v);
        rows->c[b.n_consts] = (KBindConst){c->consts[b.n_consts].name, v, !literal};
    }
    for (; b.n_ranks < CALL_RANKS && c->ranks[b.n_ranks].name; b.n_ranks++)
        rows->r[b.n_ranks] = (KBindRank){c->ranks[b.n_ranks].name, c->ranks[b.n_ranks].rank};
    for (int i = 0; i < c->n_args; i++)
        rows->rank[i] = c->args[i].rank;
    return b;
}

static SpmlCode kernel_make(Session *s, const CallSpec *c, const KirBinding *b, char *key, Kernel **out, Error *err)
{
    Arena *a = &s->shared->arena;
    Kernel *k = arena_new(a, Kernel);
    KModule *own = NULL;
    if (!key || !k)
        return error_oom(err);
    *k = (Kernel){.key = key, .name = c->text ? "map" : c->kernel, .module = s->module};
    SpmlCode code = c->text ? kir_parse_text(s->module, c->text, a, &own, err) : SPML_OK;
    k->module = own ? own : s->module;
    if (!code)
        code = kir_instantiate(k->module, k->name, b, a, &k->kir, err);
    if (code)
        return error_context(err, "kernel %s", k->name);
    *out = k;
    return SPML_OK;
}

SpmlCode kernel_get(Session *s, const CallSpec *c, Kernel **out, Error *err)
{
    Session *owner = s->shared;
    BindingRows rows;
    KirBinding b = binding_of(c, &rows);
    Text key = {0};
    if (c->text)
        text_puts(&key, c->text);
    else
        kir_binding_key(s->module, c->kernel, &b, &key);
    for (int i = 0; i < c->n_args; i++)
        text_printf(&key, "/%d", c->args[i].rank);
    SpmlCode code = key.oom ? error_oom(err) : SPML_OK;
    if (!code && !(*out = map_find(&owner->kernels, key.p, key.n))) {
        char *kept = arena_strndup(&owner->arena, key.p, key.n);
        code = kernel_make(s, c, &b, kept, out, err);
        if (!code && !map_put(&owner->kernels, kept, key.n, *out))
            code = error_oom(err);
        if (!code) {
            (*out)->next = owner->kernel_list;
            owner->kernel_list = *out;
        }
    }
    text_free(&key);
    return code;
}

void session_kernels_free(Session *s);
void session_kernels_free(Session *s)
{
    for (Kernel *k = s->kernel_list; k; k = k->next) {
        if (k->made[SIDE_DEVICE])
            s->backend->release(s->device, k->made[SIDE_DEVICE]);
        if (k->made[SIDE_CPU])
            s->cpu->release(s->cpu_device, k->made[SIDE_CPU]);
    }
    s->kernel_list = NULL;
}

/* ── compiling ── */

typedef struct Batch { Kernel **k; KernelDesc *desc; BackendKernel **made; size_t n; } Batch;

/* What came of kernel i; a device that refused it says why. */
static SpmlCode batch_take(Session *s, Batch *b, size_t i, RunSide side, Error *err)
{
    Kernel *k = b->k[i];
    k->made[side] = b->made[i];
    k->tried[side] = true;
    if (k->made[side]) {
        s->shared->n_kernels += !k->made[SIDES - 1 - side]; /* each once */
        s->shared->counts.compiled++;
        return SPML_OK;
    }
    if (!k->why || side == SIDE_CPU)
        k->why = arena_copy(&s->shared->arena, &b->desc[i].why, sizeof *k->why);
    if (k->why && !k->why->code)
        error_set(k->why, SPML_UNSUPPORTED, "kernel-refused", "the device gives no reason");
    return k->why ? SPML_OK : error_oom(err);
}

static SpmlCode batch_compile(Session *s, Batch *b, RunSide side, Error *err)
{
    const Backend *on = side == SIDE_CPU ? s->cpu : s->backend;
    uint64_t t0 = run_now();
    SpmlCode code = b->n ? on->compile(side == SIDE_CPU ? s->cpu_device : s->device, b->desc, b->n, b->made, err) : SPML_OK;
    s->shared->counts.compile_ns += run_now() - t0;
    for (size_t i = 0; i < b->n; i++) {
        if (code && b->made[i])
            on->release(side == SIDE_CPU ? s->cpu_device : s->device, b->made[i]);
        else if (!code)
            code = batch_take(s, b, i, side, err);
    }
    return code;
}

SpmlCode kernel_compile(Session *s, Kernel *k, RunSide side, Error *err)
{
    if (!k->tried[side]) {
        KernelDesc *desc = calloc(1, sizeof *desc); /* an Error is too large for a stack that recursion shares */
        BackendKernel *made = NULL;
        if (!desc)
            return error_oom(err);
        *desc = (KernelDesc){.key = k->key, .module = k->module, .kernel = k->kir};
        SpmlCode code = batch_compile(s, &(Batch){&k, desc, &made, 1}, side, err);
        free(desc);
        if (code)
            return error_context(err, "kernel %s", k->name);
    }
    if (k->made[side])
        return SPML_OK;
    if (err)
        *err = *k->why;
    error_context(err, "kernel %s", k->name);
    return k->why->code;
}

/* ── all kernels of a block ── */

static SpmlCode batch_add(Batch *b, Kernel *k, const KirLaunch *like, Error *err)
{
    if (k->tried[SIDE_DEVICE])
        return SPML_OK;
    for (size_t i = 0; i < b->n; i++)
        if (b->k[i] == k) {
            b->desc[i].like = b->desc[i].like ? b->desc[i].like : like;
            return SPML_OK;
        }
    if (!(b->n & (b->n - 1))) { /* full at each power of two */
        size_t cap = b->n ? 2 * b->n : 1;
        Kernel **l = realloc(b->k, cap * sizeof *l);
        b->k = l ? l : b->k;
        KernelDesc *d = l ? realloc(b->desc, cap * sizeof *d) : NULL;
        b->desc = d ? d : b->desc;
        if (!l || !d)
            return error_oom(err);
    }
    b->k[b->n] = k;
    b->desc[b->n++] = (KernelDesc){.key = k->key, .module = k->module, .kernel = k->kir, .like = like};
    return SPML_OK;
}

/* A launch it will see, where its extents are known by now. What cannot be bound fails when it is run. */
static const KirLaunch *like_of(Session *s, const CallSpec *c, const Kernel *k, KirLaunch *l)
{
    Error e = {0};
    return call_known(c) && !launch_extents(s, c, k->kir, l, false, &e) ? l : NULL;
}

static SpmlCode batch_steps(Session *s, Batch *b, Step *st, Error *err)
{
    SpmlCode code = SPML_OK;
    for (; st && !code; st = st->next) {
        if (st->kind == STEP_REPEAT)
            code = batch_steps(s, b, st->body, err);
        if (st->kind == STEP_COPY && s->remote)
            code = copy_kernel(s, st, err);
        if (code || !(st->kind == STEP_CALL || (st->kind == STEP_COPY && st->call->kernel)))
            continue;
        Error e = {0};
        code = st->compiled ? SPML_OK : call_prepare(s, st, &e);
        CallState *cs = st->compiled;
        if (code == SPML_RESOURCE && err)
            *err = e;
        if (code || !cs) { /* said again when the step comes, in the order of steps */
            code = code == SPML_RESOURCE ? code : SPML_OK;
            continue;
        }
        code = batch_add(b, cs->k, like_of(s, st->call, cs->k, cs->launch), err);
        if (!code && cs->post)
            code = batch_add(b, cs->post, like_of(s, st->post, cs->post, cs->post_launch), err);
    }
    return code;
}

static bool refused(const Kernel *k) { return k && k->tried[SIDE_DEVICE] && !k->made[SIDE_DEVICE]; }

/* --no-fallback: every call that the device cannot run, in one error. */
static size_t list_refused(Session *s, const Step *st, Error *err)
{
    size_t n = 0;
    for (; st; st = st->next) {
        const CallState *cs = st->kind == STEP_CALL || st->kind == STEP_COPY ? st->compiled : NULL;
        n += list_refused(s, st->body, err);
        if (!cs || !(refused(cs->k) || refused(cs->post)))
            continue;
        n++;
        fallback_refuse(s, st, refused(cs->k) ? cs->k->why : cs->post->why, err);
    }
    return n;
}

static uint64_t constant_bytes(Session *s, const Block *b)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < b->n_fed; i++) {
        const Value *v = b->fed[i];
        void *p;
        uint64_t room;
        if (v->residency == RES_CONST && !s->home[v->id].p && !s->home[v->id].outer && v->data && home_pooled(s, v) && !pool_const(s->shared->pool, v->data, &p, &room))
            sum += (v->data->sz + 64 + 255) / 256 * 256;
    }
    return sum;
}

SpmlCode block_compile(Session *s, Block *b, Error *err)
{
    Batch batch = {0};
    if (b->compiled || !b->n_steps)
        return SPML_OK;
    SpmlCode code = batch_steps(s, &batch, b->steps[0], err);
    if (!code && batch.n && !(batch.made = calloc(batch.n, sizeof *batch.made)))
        code = error_oom(err);
    if (!code)
        code = batch_compile(s, &batch, SIDE_DEVICE, err);
    free(batch.k);
    free(batch.desc);
    free(batch.made);
    if (!code && s->cpu && s->no_fallback && list_refused(s, b->steps[0], err))
        code = SPML_UNSUPPORTED;
    if (!code && s->remote)
        code = block_feeds(s, b, err);
    if (!code && s->remote)
        code = pool_slab_reserve(s->shared->pool, constant_bytes(s, b), err);
    b->compiled = !code;
    return code;
}
