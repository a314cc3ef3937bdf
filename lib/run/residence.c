/* SPDX-License-Identifier: MIT
 * run: where the bytes of values are, for devices with memory of their own. Copies go up and down only when the side that reads is stale; a side that is
 * written is made current first, so that partial writes (slices, pieces of a concat) keep the rest. Constants and memory of their own are pool.c's;
 * inputs keep theirs from run to run. */
#include "base/span.h"
#include "ops/ops.h"
#include "run/run.h"

#include <stdlib.h>
#include <string.h>

enum { SPARE = 64 }; /* one spare vector: primitives may read a whole one at the end */

Residence *home_of(Session *s, const Value *v)
{
    Residence *h = &s->home[v->id];
    if (!h->outer && h->root)
        h = &s->home[h->root - 1];
    return h->outer ? h->outer : h;
}

/* The runtime value that holds the host bytes of v's storage. */
static RtValue *host_value(Session *s, const Value *v)
{
    const Residence *h = &s->home[v->id];
    return h->root && !h->outer ? &s->rv[h->root - 1] : &s->rv[v->id];
}

bool home_shared(Session *s, const Value *a, const Value *b) { return s->remote && home_of(s, a) == home_of(s, b); }

SpmlCode run_materialise(Session *s, Value *v, RtValue **out, Error *err)
{
    RtValue *r = run_value(s, v);
    const Value *state = r->kind == TYPE_NONE ? value_state(v) : NULL;
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

static void drop_memory(Session *s, Residence *h)
{
    if (h->own)
        pool_give(s, h->p, h->room);
    h->p = NULL;
    h->room = 0;
    h->own = false;
}

void home_end(Session *s, const Value *v)
{
    if (!s->remote)
        return;
    drop_memory(s, &s->home[v->id]);
    s->home[v->id] = (Residence){0};
}

void home_free(Session *s)
{
    for (uint32_t i = 0; s->home && i < s->n_rv; i++)
        drop_memory(s, &s->home[i]);
    free(s->home);
    s->home = NULL;
}

/* ── memory on the device ── */

static bool is_const(Session *s, const Value *v) { return v->residency == RES_CONST && v->data && !s->home[v->id].outer; }

/* Constants that live as long as the pool are brought once: those of files and of plans, not those of a node that is run alone, whose addresses come again with other
 * contents. */
bool home_pooled(const Session *s, const Value *v) { return v->data->file || !s->parent; }

static SpmlCode device_room(Session *s, const Value *v, Residence *h, size_t sz, Error *err)
{
    uint64_t need = (uint64_t)sz + SPARE, room;
    if (h->p && need <= h->room)
        return SPML_OK;
    drop_memory(s, h);
    if (is_const(s, v) && home_pooled(s, v) && pool_const(s->shared->pool, v->data, &h->p, &h->room) && h->room >= need) {
        h->device = true; /* another plan has brought it */
        return SPML_OK;
    }
    h->room = need;
    if (is_const(s, v) && home_pooled(s, v) && pool_slab_take(s->shared->pool, need, &h->p))
        return SPML_OK;
    if (v->residency == RES_INPUT && value_room(s, v, NULL, &room) && room > need) /* within a shape class it stays */
        need = room;
    SpmlCode code = pool_take(s, need, &h->p, &h->room, err);
    if (code)
        return h->p = NULL, h->room = 0, code;
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
        if (!code && is_const(s, v) && !h->own && !pool_const_put(s->shared->pool, v->data, h->p, h->room))
            code = error_oom(err);
    }
    if (code)
        return code;
    h->device = h->device || h->host || write;
    h->host = h->host && !write;
    *p = h->p;
    return SPML_OK;
}

SpmlCode home_copy(Session *s, void *to, const void *from, size_t sz, Error *err)
{
    SpmlCode code = sz ? queue_flush(s, err) : SPML_OK;
    if (!code && sz)
        code = s->backend->copy(s->device, to, (void *)from, sz, err);
    s->shared->counts.launches += !code && sz;
    return code;
}

SpmlCode home_download(Session *s, void *to, const void *from, size_t sz, Error *err)
{
    SpmlCode code = queue_flush(s, err);
    if (!code)
        code = s->backend->download(s->device, to, from, sz, err);
    s->shared->counts.downloads += !code;
    s->shared->counts.bytes_down += code ? 0 : sz;
    return code;
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
    if (!code && !s->remote && !s->parent && !write && (v->residency == RES_CONST || (v->residency == RES_INPUT && !v->graph->parent))) /* nothing that waits writes it */
        return SPML_OK;
    if (!s->remote || code || r->kind != TYPE_TENSOR || r->dtype == DT_string)
        return code ? code : s->queues && !s->remote ? queue_flush(s, err) : s->cpu && !s->remote ? s->backend->wait(s->device, err) : SPML_OK;
    Residence *h = home_of(s, v);
    RtValue *to = host_value(s, v);
    code = host_room(s, h, to, err);
    if (!code && !h->host && h->device && to->sz)
        code = home_download(s, to->data, h->p, to->sz, err);
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
