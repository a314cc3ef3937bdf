/* SPDX-License-Identifier: MIT
 * run: where the bytes of values are, for devices with memory of their own. Copies go up and down only when the side that reads is stale; a side that is
 * written is made current first, so that partial writes (slices, pieces of a concat) keep the rest. Constants are packed into slabs and stay;
 * inputs keep their memory from run to run. */
#include "base/span.h"
#include "ops/ops.h"
#include "run/run.h"

#include <stdlib.h>
#include <string.h>

enum { SPARE = 64, SLAB_ALIGN = 256 }; /* one spare vector: primitives may read a whole one at the end */
static const uint64_t slab_max = (uint64_t)1 << 30;

typedef struct Slab { struct Slab *next; char *p; uint64_t sz, used; } Slab;

Residence *home_of(Session *s, const Value *v)
{
    Residence *h = &s->home[v->id];
    if (h->outer)
        return h->outer;
    return h->root ? &s->home[h->root - 1] : h;
}

/* The runtime value that holds the host bytes of v's storage. */
static RtValue *host_value(Session *s, const Value *v)
{
    const Residence *h = &s->home[v->id];
    return h->root && !h->outer ? &s->rv[h->root - 1] : &s->rv[v->id];
}

bool home_shared(Session *s, const Value *a, const Value *b) { return s->remote && home_of(s, a) == home_of(s, b); }

const Value *run_state(const Value *v)
{
    while (v && v->residency == RES_STATE && v->producer)
        v = v->producer->op == OP_state_write ? v->producer->in[0] : NULL;
    return v && v->residency == RES_STATE && !v->graph->parent ? v : NULL;
}

SpmlCode run_materialise(Session *s, Value *v, RtValue **out, Error *err)
{
    RtValue *r = run_value(s, v);
    const Value *state = r->kind == TYPE_NONE ? run_state(v) : NULL;
    *out = r;
    if (r->kind != TYPE_NONE)
        return SPML_OK;
    if (state && state != v) {
        *r = *run_value(s, state);
        r->own = RT_BORROWED;
        return SPML_OK;
    }
    if (!v->data)
        return error_set(err, SPML_DATA, "internal-order", "value '%.200s' is read before it is made", v->name ? v->name : "");
    SpmlCode code = const_value(v, r, err);
    if (!code && s->remote && !s->home[v->id].outer)
        home_set(s, v);
    return code;
}

void home_set(Session *s, const Value *v)
{
    if (!s->remote)
        return;
    Residence *h = &s->home[v->id];
    h->outer = NULL;
    h->root = 0;
    h->block = NULL;
    h->host = true;
    h->device = false;
}

static SpmlCode drop_memory(Session *s, Residence *h, Error *err)
{
    SpmlCode code = h->own ? queue_flush(s, err) : SPML_OK; /* launches that wait in the queue may read it */
    if (h->own)
        s->backend->free(s->device, h->p);
    h->p = NULL;
    h->room = 0;
    h->own = false;
    return code;
}

SpmlCode home_end(Session *s, const Value *v, Error *err)
{
    if (!s->remote)
        return SPML_OK;
    Residence *h = &s->home[v->id];
    SpmlCode code = drop_memory(s, h, err);
    *h = (Residence){0};
    return code;
}

void home_free(Session *s)
{
    for (uint32_t i = 0; s->home && i < s->n_rv; i++)
        if (s->home[i].own)
            s->backend->free(s->device, s->home[i].p);
    for (Slab *l = s->slabs, *next; l; l = next) {
        next = l->next;
        s->backend->free(s->device, l->p);
        free(l);
    }
    s->slabs = NULL;
    free(s->home);
    s->home = NULL;
}

/* ── memory on the device ── */

SpmlCode slab_reserve(Session *s, uint64_t bytes, Error *err)
{
    while (bytes) {
        Slab *l = calloc(1, sizeof *l);
        if (!l)
            return error_oom(err);
        l->sz = bytes < slab_max ? bytes : slab_max;
        void *p;
        SpmlCode code = s->backend->alloc(s->device, l->sz, &p, err);
        if (code)
            return free(l), code;
        l->p = p;
        l->next = s->slabs;
        s->slabs = l;
        bytes -= l->sz;
    }
    return SPML_OK;
}

static bool slab_take(Session *s, Residence *h, uint64_t need)
{
    for (Slab *l = s->slabs; l; l = l->next)
        if (need <= l->sz - l->used) {
            h->p = l->p + l->used;
            h->room = need;
            l->used += (need + SLAB_ALIGN - 1) / SLAB_ALIGN * SLAB_ALIGN;
            l->used = l->used < l->sz ? l->used : l->sz;
            return true;
        }
    return false;
}

/* What is asked for again and again grows by a quarter at least. */
static uint64_t rounded(uint64_t need)
{
    uint64_t step = 256;
    while (step * 8 < need)
        step *= 2;
    return (need + step - 1) / step * step;
}

static SpmlCode device_room(Session *s, const Value *v, Residence *h, size_t sz, Error *err)
{
    uint64_t need = (uint64_t)sz + SPARE, room;
    if (h->p && need <= h->room)
        return SPML_OK;
    SpmlCode code = drop_memory(s, h, err);
    if (code)
        return code;
    if (v->residency == RES_CONST && !s->home[v->id].outer && slab_take(s, h, need))
        return SPML_OK;
    if (v->residency == RES_INPUT) /* within a shape class it stays */
        need = value_room(s, v, NULL, &room) && room > need ? room : rounded(need);
    code = s->backend->alloc(s->device, need, &h->p, err);
    if (code)
        return h->p = NULL, code;
    h->room = need;
    h->own = true;
    return SPML_OK;
}

SpmlCode home_device(Session *s, Value *v, bool write, void **p, Error *err)
{
    RtValue *r;
    SpmlCode code = run_materialise(s, v, &r, err);
    if (code)
        return code;
    Residence *h = home_of(s, v);
    const RtValue *from = host_value(s, v);
    code = device_room(s, v, h, from->sz, err);
    if (!code && !h->device && h->host && from->sz) {
        code = queue_flush(s, err); /* its memory may be read by launches before */
        if (!code)
            code = s->backend->upload(s->device, h->p, from->data, from->sz, err);
        s->shared->counts.uploads += !code;
        s->shared->counts.bytes_up += code ? 0 : from->sz;
    }
    if (code)
        return code;
    h->device = h->device || h->host || write;
    h->host = h->host && !write;
    *p = h->p;
    return SPML_OK;
}

/* ── memory on the host ── */

static SpmlCode host_room(Session *s, Residence *h, RtValue *r, Error *err)
{
    Block *b = h->block;
    if (r->data)
        return SPML_OK;
    if (!b) {
        RtValue t = {0};
        SpmlCode code = rt_alloc(&t, r->dtype, r->rank, r->dim, err);
        if (code)
            return code;
        r->data = t.data;
        r->own = RT_OWNED;
        return SPML_OK;
    }
    if (!b->host) {
        size_t sz;
        if (!size_align(b->sz_arena, 64, &sz) || !(b->host = aligned_alloc(64, sz)))
            return error_oom(err);
        b->sz_host = b->sz_arena;
    }
    r->data = (char *)b->host + h->offset;
    return SPML_OK;
}

SpmlCode home_host(Session *s, Value *v, bool write, RtValue **out, Error *err)
{
    SpmlCode code = run_materialise(s, v, out, err);
    RtValue *r = *out;
    if (!s->remote || code || r->kind != TYPE_TENSOR || r->dtype == DT_string)
        return code ? code : s->queues && !s->remote ? queue_flush(s, err) : s->cpu && !s->remote ? s->backend->wait(s->device, err) : SPML_OK;
    Residence *h = home_of(s, v);
    RtValue *to = host_value(s, v);
    code = host_room(s, h, to, err);
    if (!code && !h->host && h->device && to->sz) {
        code = queue_flush(s, err);
        if (!code)
            code = s->backend->download(s->device, to->data, h->p, to->sz, err);
        s->shared->counts.downloads += !code;
        s->shared->counts.bytes_down += code ? 0 : to->sz;
    }
    if (code)
        return code;
    h->host = h->host || h->device || write;
    h->device = h->device && !write;
    r->data = to->data;
    return SPML_OK;
}

SpmlCode run_operand(Session *s, Value *v, RtValue **out, Error *err) { return home_host(s, v, false, out, err); }

/* ── what a block's calls read from outside ── */

static SpmlCode feed_add(Session *s, Block *b, Value *v, size_t *cap, Error *err)
{
    if ((v->residency != RES_INPUT && v->residency != RES_CONST && v->residency != RES_STATE) || v->type.kind != TYPE_TENSOR || v->type.dtype == DT_string)
        return SPML_OK;
    for (uint32_t i = 0; i < b->n_fed; i++)
        if (b->fed[i] == v)
            return SPML_OK;
    Value **l = arena_grow(&s->arena, b->fed, b->n_fed, cap, Value *);
    if (!l)
        return error_oom(err);
    b->fed = l;
    b->fed[b->n_fed++] = v;
    return SPML_OK;
}

static SpmlCode feeds_of(Session *s, Block *b, const Step *st, size_t *cap, Error *err)
{
    SpmlCode code = SPML_OK;
    for (; st && !code; st = st->next) {
        const CallState *cs = st->kind == STEP_CALL || (st->kind == STEP_COPY && st->call->kernel) ? st->compiled : NULL;
        code = feeds_of(s, b, st->body, cap, err);
        if (!cs || !cs->k->made[SIDE_DEVICE] || (cs->post && !cs->post->made[SIDE_DEVICE]))
            continue;
        for (int i = 0; i < st->call->n_args && !code; i++)
            code = feed_add(s, b, st->call->args[i].value, cap, err);
        for (int i = 0; st->post && i < st->post->n_args && !code; i++)
            code = feed_add(s, b, st->post->args[i].value, cap, err);
    }
    return code;
}

SpmlCode block_feeds(Session *s, Block *b, Error *err)
{
    size_t cap = 0;
    b->n_fed = 0;
    b->fed = NULL;
    return b->n_steps ? feeds_of(s, b, b->steps[0], &cap, err) : SPML_OK;
}
