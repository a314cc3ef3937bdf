/* SPDX-License-Identifier: MIT
 * cpu: memory of packed weights (see packs.h). The head of an entry is a table of its packs with a sum of each one's bytes, which is checked before it is
 * first used: hash64 runs at the speed of memory, where SHA-256 of all weights would take longer than packing them. */
#include "backend/cpu/packs.h"

#include "base/cache.h"
#include "base/file.h"
#include "base/hash.h"

#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { ALIGN = 64, HUGE = 2 << 20, SLAB = 16 * HUGE };
static const char entry_version[] = "packs 1";

typedef struct Slab { struct Slab *next; char *p; size_t sz, used, live; } Slab;
/* Of the table of an entry, found by its first three fields. at: in its body. */
typedef struct Row { uint8_t key[32]; uint64_t source, bytes, at, sum; } Row;
enum { N_ROW_KEY = offsetof(Row, at) };

typedef struct Source { /* a file of weights and what is kept of it */
    struct Source *next;
    const File *file;
    uint8_t identity[32];
    CacheMap map;
    Map rows; /* of the entry */
} Source;

struct Pack { PackStore *store; Pack *next, *before; float *p; size_t bytes; Slab *slab; Source *source; Row row; };

struct PackStore {
    pthread_mutex_t lock; /* sessions of several threads may share a device's weights */
    Slab *slabs;
    Pack *packs;
    Source *sources;
    Cache *cache; /* NULL: nothing is kept on disk */
    Arena arena;
    uint64_t bytes, cached, n_new;
};

PackStore *packs_new(void)
{
    PackStore *s = calloc(1, sizeof *s);
    if (s)
        pthread_mutex_init(&s->lock, NULL);
    return s;
}

void packs_keep(PackStore *s)
{
    if (!s->cache)
        cache_open(NULL, 0, &s->cache, NULL); /* without a directory that can be used, all goes on as if there were none */
}

void packs_free(PackStore **store)
{
    PackStore *s = *store;
    if (!s)
        return;
    for (Slab *l = s->slabs, *next; l; l = next) {
        next = l->next;
        munmap(l->p, l->sz);
        free(l);
    }
    for (Source *f = s->sources, *next; f; f = next) {
        next = f->next;
        cache_unmap(&f->map);
        free(f);
    }
    for (Pack *p = s->packs, *next; p; p = next) {
        next = p->next;
        free(p);
    }
    cache_close(&s->cache);
    arena_free(&s->arena);
    pthread_mutex_destroy(&s->lock);
    free(s);
    *store = NULL;
}

void packs_bytes(const PackStore *s, uint64_t *bytes, uint64_t *cached)
{
    *bytes = s->bytes;
    *cached = s->cached;
}

/* ── slabs ── */

/* Mapped memory that begins on a huge page. */
static char *huge_map(size_t sz)
{
    char *p = mmap(NULL, sz + HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return NULL;
    const size_t before = (HUGE - (size_t)(uintptr_t)p % HUGE) % HUGE;
    if (before)
        munmap(p, before);
    munmap(p + before + sz, HUGE - before);
#ifdef MADV_HUGEPAGE
    madvise(p + before, sz, MADV_HUGEPAGE);
#endif
    return p + before;
}

static Slab *slab_new(PackStore *s, size_t n)
{
    Slab *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    l->sz = n > SLAB ? (n + HUGE - 1) & ~(size_t)(HUGE - 1) : SLAB;
    l->p = huge_map(l->sz);
    if (!l->p)
        return free(l), NULL;
    l->next = s->slabs;
    return s->slabs = l;
}

static bool slab_take(PackStore *s, Pack *p, size_t n)
{
    const size_t room = (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    Slab *l = s->slabs;
    for (int tries = 0; l && l->sz - l->used < room && tries < 4; tries++) /* what the newest few have left */
        l = l->next;
    if (!l || l->sz - l->used < room)
        l = slab_new(s, room);
    if (!l)
        return false;
    p->p = (float *)(void *)(l->p + l->used);
    p->slab = l;
    l->used += room;
    l->live++;
    return true;
}

static void slab_give(PackStore *s, Slab *l)
{
    if (--l->live)
        return;
    Slab **at = &s->slabs;
    while (*at != l)
        at = &(*at)->next;
    *at = l->next;
    munmap(l->p, l->sz);
    free(l);
}

/* ── on disk ── */

enum { PART = 1 << 20 }; /* bytes of a part, which has a sum of its own */

typedef struct SumRun { const char *p; size_t n; uint64_t *sum; } SumRun;

static void sum_chunk(void *ctx, int64_t chunk, int thread)
{
    const SumRun *r = ctx;
    const size_t at = (size_t)chunk * PART;
    (void)thread;
    r->sum[chunk] = hash64(r->p + at, r->n - at < PART ? r->n - at : PART, 0);
}

/* false: out of memory */
static bool sum_bytes(const void *p, size_t n, Pool *pool, uint64_t *out)
{
    const size_t parts = (n + PART - 1) / PART;
    SumRun r = {p, n, calloc(parts + 1, sizeof *r.sum)};
    if (!r.sum)
        return false;
    pool_run(pool, (int64_t)parts, sum_chunk, &r);
    *out = hash64(r.sum, parts * sizeof *r.sum, n);
    free(r.sum);
    return true;
}

static void entry_key(const Source *f, uint8_t key[32])
{
    Sha256 s;
    sha256_init(&s);
    sha256_add(&s, entry_version, sizeof entry_version);
    sha256_add(&s, SPML_VERSION, sizeof SPML_VERSION);
    sha256_add(&s, f->identity, sizeof f->identity);
    sha256_final(&s, key);
}

static Source *source_of(PackStore *s, const void *p, uint64_t *offset)
{
    const File *file = s->cache ? file_at(p, offset) : NULL;
    Source *f = s->sources;
    while (f && f->file != file)
        f = f->next;
    if (f || !file || !(f = calloc(1, sizeof *f)))
        return f;
    uint8_t key[32];
    f->file = file;
    file_identity(file, f->identity);
    entry_key(f, key);
    f->rows = map_make(&s->arena);
    if (cache_map(s->cache, key, sizeof key, &f->map))
        for (size_t at = 0; at + sizeof(Row) <= f->map.n_head; at += sizeof(Row))
            map_put(&f->rows, (const char *)f->map.head + at, N_ROW_KEY, (void *)(uintptr_t)(f->map.head + at));
    f->next = s->sources;
    return s->sources = f;
}

/* The pack that row describes, as an earlier run left it; NULL: there is none, or its bytes are others. */
static const float *kept(const Source *f, const Row *want, Pool *pool)
{
    const void *at = map_find(&f->rows, (const char *)want, N_ROW_KEY);
    Row row;
    uint64_t sum;
    if (!at)
        return NULL;
    memcpy(&row, at, sizeof row);
    if (row.at > f->map.n_body || row.bytes > f->map.n_body - row.at || row.at % CACHE_PAGE)
        return NULL;
    const void *p = f->map.body + row.at;
    return sum_bytes(p, (size_t)row.bytes, pool, &sum) && sum == row.sum ? p : NULL;
}

static bool entry_write(PackStore *s, const Source *f, Pool *pool)
{
    size_t n = 0, i = 0;
    uint8_t key[32];
    uint64_t at = 0;
    for (const Pack *p = s->packs; p; p = p->next)
        n += p->source == f;
    Row *row = calloc(n + 1, sizeof *row);
    CachePiece *piece = calloc(n + 1, sizeof *piece);
    bool ok = row && piece;
    for (const Pack *p = s->packs; ok && p; p = p->next) {
        if (p->source != f)
            continue;
        row[i] = p->row;
        row[i].at = at;
        ok = sum_bytes(p->p, p->bytes, pool, &row[i].sum);
        piece[i++] = (CachePiece){p->p, p->bytes};
        at += (p->bytes + CACHE_PAGE - 1) & ~(uint64_t)(CACHE_PAGE - 1);
    }
    entry_key(f, key);
    ok = ok && cache_put_large(s->cache, key, sizeof key, row, n * sizeof *row, piece, n);
    free(row);
    free(piece);
    return ok;
}

void packs_save(PackStore *s, Pool *pool)
{
    if (!s || !s->cache || !s->n_new)
        return;
    pthread_mutex_lock(&s->lock);
    for (Source *f = s->sources; f; f = f->next) {
        bool some = false;
        for (const Pack *p = s->packs; p && !some; p = p->next)
            some = p->source == f && p->slab;
        if (some)
            entry_write(s, f, pool);
    }
    s->n_new = 0;
    pthread_mutex_unlock(&s->lock);
}

/* ── packs ── */

static bool pack_place(PackStore *s, Pack *p, const PackKey *key, const void *source, Pool *pool, bool *ready)
{
    uint64_t offset = 0;
    Source *f = p->source = source_of(s, source, &offset);
    p->row = (Row){.source = offset, .bytes = p->bytes};
    memcpy(p->row.key, key->sum, sizeof p->row.key);
    const float *old = f ? kept(f, &p->row, pool) : NULL;
    *ready = old;
    p->p = (float *)(uintptr_t)old;
    s->n_new += f && !old;
    return old || slab_take(s, p, p->bytes);
}

Pack *packs_take(PackStore *s, const PackKey *key, const void *source, size_t n, Pool *pool, float **at, bool *ready)
{
    Pack *p = calloc(1, sizeof *p);
    *ready = false;
    if (!p)
        return NULL;
    p->store = s;
    p->bytes = n;
    pthread_mutex_lock(&s->lock);
    if (!pack_place(s, p, key, source, pool, ready)) {
        pthread_mutex_unlock(&s->lock);
        return free(p), NULL;
    }
    p->next = s->packs;
    if (p->next)
        p->next->before = p;
    s->packs = p;
    s->bytes += n;
    s->cached += *ready ? n : 0;
    pthread_mutex_unlock(&s->lock);
    *at = p->p;
    return p;
}

void packs_give(Pack *p)
{
    PackStore *s = p->store;
    pthread_mutex_lock(&s->lock);
    *(p->before ? &p->before->next : &s->packs) = p->next;
    if (p->next)
        p->next->before = p->before;
    s->bytes -= p->bytes;
    s->cached -= p->slab ? 0 : p->bytes;
    if (p->slab)
        slab_give(s, p->slab);
    pthread_mutex_unlock(&s->lock);
    free(p);
}
