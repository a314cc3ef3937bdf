/* SPDX-License-Identifier: MIT
 * run: memory of a device that the plans of one session share: constants, packed into slabs and uploaded once for all plans, and buffers that come back when their
 * value is dead and are handed out again. Work of a device is in order, so a buffer may be written by what comes after its last reader; it is given
 * back to the device only when nothing waits in the queue. */
#include "run/run.h"

#include <stdlib.h>
#include <string.h>

enum { SLAB_ALIGN = 256 };
static const uint64_t slab_max = (uint64_t)1 << 30, spare_least = (uint64_t)64 << 20;

typedef struct Slab { struct Slab *next; char *p; uint64_t sz, used; } Slab;
typedef struct Buffer { void *p; uint64_t room; } Buffer;
typedef struct ConstKey { const void *p; size_t sz; } ConstKey;

struct Pool {
    const Backend *backend;
    Device *device;
    Arena arena;
    Map constants;         /* ConstKey → Buffer */
    Slab *slabs;
    Buffer *spare;         /* [n_spare] handed back; cap counts those in use too, so that handing back cannot fail */
    size_t n_spare, n_used, cap;
    uint64_t sz_spare, sz_used, freed; /* freed: times that memory went back to the device */
};

SpmlCode pool_new(const Backend *b, Device *d, Pool **out, Error *err)
{
    Pool *p = *out = calloc(1, sizeof *p);
    if (!p)
        return error_oom(err);
    p->backend = b;
    p->device = d;
    p->constants = map_make(&p->arena);
    return SPML_OK;
}

static void spare_free(Pool *p)
{
    for (size_t i = 0; i < p->n_spare; i++)
        p->backend->free(p->device, p->spare[i].p);
    p->n_spare = 0;
    p->sz_spare = 0;
    p->freed++;
}

uint64_t pool_freed(const Pool *p) { return p ? p->freed : 0; }

void pool_free(Pool **pool)
{
    Pool *p = *pool;
    if (!p)
        return;
    spare_free(p);
    for (Slab *l = p->slabs, *next; l; l = next) {
        next = l->next;
        p->backend->free(p->device, l->p);
        free(l);
    }
    free(p->spare);
    arena_free(&p->arena);
    free(p);
    *pool = NULL;
}

/* ── constants ── */

bool pool_const(const Pool *p, const ConstData *c, void **at, uint64_t *room)
{
    const ConstKey key = {c->p, c->sz};
    const Buffer *b = map_find(&p->constants, (const char *)&key, sizeof key);
    if (b) {
        *at = b->p;
        *room = b->room;
    }
    return b != NULL;
}

bool pool_const_put(Pool *p, const ConstData *c, void *at, uint64_t room)
{
    ConstKey *key = arena_new(&p->arena, ConstKey);
    Buffer *b = arena_new(&p->arena, Buffer);
    if (!key || !b)
        return false;
    *key = (ConstKey){c->p, c->sz};
    *b = (Buffer){at, room};
    return map_put(&p->constants, (const char *)key, sizeof *key, b);
}

SpmlCode pool_slab_reserve(Pool *p, uint64_t bytes, Error *err)
{
    while (bytes) {
        Slab *l = calloc(1, sizeof *l);
        if (!l)
            return error_oom(err);
        l->sz = bytes < slab_max ? bytes : slab_max;
        void *at;
        SpmlCode code = p->backend->alloc(p->device, l->sz, &at, err);
        if (code)
            return free(l), code;
        l->p = at;
        l->next = p->slabs;
        p->slabs = l;
        bytes -= l->sz;
    }
    return SPML_OK;
}

bool pool_slab_take(Pool *p, uint64_t need, void **at)
{
    for (Slab *l = p->slabs; l; l = l->next)
        if (need <= l->sz - l->used) {
            *at = l->p + l->used;
            l->used += (need + SLAB_ALIGN - 1) / SLAB_ALIGN * SLAB_ALIGN;
            l->used = l->used < l->sz ? l->used : l->sz;
            return true;
        }
    return false;
}

/* ── buffers ── */

/* What is asked for again and again grows by an eighth at least, up to a size where that would be dear. */
static uint64_t rounded(uint64_t need)
{
    uint64_t step = 256;
    while (step * 8 < need && step < spare_least / 8)
        step *= 2;
    return (need + step - 1) / step * step;
}

static bool spare_room(Pool *p)
{
    const size_t want = p->n_spare + p->n_used + 1;
    if (want <= p->cap)
        return true;
    Buffer *grown = realloc(p->spare, 2 * want * sizeof *grown);
    if (!grown)
        return false;
    p->spare = grown;
    p->cap = 2 * want;
    return true;
}

/* The least spare buffer that is large enough and not twice too large. */
static bool spare_take(Pool *p, uint64_t need, Buffer *out)
{
    size_t best = p->n_spare;
    for (size_t i = 0; i < p->n_spare; i++)
        if (p->spare[i].room >= need && p->spare[i].room <= 2 * need + 4096 && (best == p->n_spare || p->spare[i].room < p->spare[best].room))
            best = i;
    if (best == p->n_spare)
        return false;
    *out = p->spare[best];
    p->spare[best] = p->spare[--p->n_spare];
    p->sz_spare -= out->room;
    return true;
}

static SpmlCode buffer_new(Session *s, Pool *p, uint64_t need, Buffer *out, Error *err)
{
    Error why = {0};
    SpmlCode code = SPML_OK;
    if (p->sz_spare > spare_least && p->sz_spare > p->sz_used && !(code = queue_flush(s, err)))
        spare_free(p);
    out->room = rounded(need);
    if (!code && (code = p->backend->alloc(p->device, out->room, &out->p, &why)) == SPML_RESOURCE && p->n_spare && !queue_flush(s, NULL)) {
        spare_free(p);
        why = (Error){0};
        code = p->backend->alloc(p->device, out->room, &out->p, &why);
    }
    if (code && err && why.code)
        *err = why;
    return code;
}

SpmlCode pool_take(Session *s, uint64_t need, void **at, uint64_t *room, Error *err)
{
    Pool *p = s->shared->pool;
    Buffer b = {0};
    SpmlCode code = spare_room(p) ? SPML_OK : error_oom(err);
    if (!code && !spare_take(p, need, &b))
        code = buffer_new(s, p, need, &b, err);
    if (code)
        return code;
    p->n_used++;
    p->sz_used += b.room;
    *at = b.p;
    *room = b.room;
    return SPML_OK;
}

void pool_give(Session *s, void *at, uint64_t room)
{
    Pool *p = s->shared->pool;
    p->spare[p->n_spare++] = (Buffer){at, room};
    p->sz_spare += room;
    p->n_used--;
    p->sz_used -= room;
}
