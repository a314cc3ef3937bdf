/* SPDX-License-Identifier: MIT
 * backend/interp: device memory that the host cannot see; see memory.h. */
#include "backend/interp/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { GUARD = 4096, ALIGN = 64, JUNK = 0xa5 };
static const size_t sz_range = (size_t)1 << 35;

typedef struct Far { uintptr_t at; size_t sz; void *bytes; } Far;
struct FarMemory { char *base; size_t used; Far *list; size_t n, cap; /* by address, which only grows */ };

SpmlCode far_open(FarMemory **out, Error *err)
{
    FarMemory *m = calloc(1, sizeof *m);
    if (!m)
        return error_oom(err);
    m->base = mmap(NULL, sz_range, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (m->base == MAP_FAILED) {
        free(m);
        return error_set(err, SPML_DEVICE, "device-missing", "interp: no range of addresses");
    }
    *out = m;
    return SPML_OK;
}

void far_close(FarMemory **pm)
{
    FarMemory *m = *pm;
    if (!m)
        return;
    for (size_t i = 0; i < m->n; i++)
        free(m->list[i].bytes);
    free(m->list);
    munmap(m->base, sz_range);
    free(m);
    *pm = NULL;
}

SpmlCode far_alloc(FarMemory *m, size_t sz, void **out, Error *err)
{
    size_t room = (sz + GUARD + ALIGN - 1) / ALIGN * ALIGN;
    if (sz > sz_range || room > sz_range - m->used)
        return error_set(err, SPML_RESOURCE, "out-of-memory", "interp: no addresses left");
    if (m->n == m->cap) {
        size_t cap = m->cap ? 2 * m->cap : 64;
        Far *l = realloc(m->list, cap * sizeof *l);
        if (!l)
            return error_oom(err);
        m->list = l;
        m->cap = cap;
    }
    void *bytes = aligned_alloc(ALIGN, (sz + ALIGN) / ALIGN * ALIGN);
    if (!bytes)
        return error_oom(err);
    memset(bytes, JUNK, sz);
    m->list[m->n++] = (Far){(uintptr_t)m->base + m->used, sz, bytes};
    *out = m->base + m->used;
    m->used += room;
    return SPML_OK;
}

static size_t find(const FarMemory *m, uintptr_t at) /* the last that begins at or before `at`; n: none */
{
    size_t lo = 0, hi = m->n;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (m->list[mid].at <= at)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo ? lo - 1 : m->n;
}

void far_free(FarMemory *m, void *p)
{
    size_t i = p ? find(m, (uintptr_t)p) : m->n;
    if (i == m->n || m->list[i].at != (uintptr_t)p)
        return;
    free(m->list[i].bytes);
    memmove(&m->list[i], &m->list[i + 1], (m->n - i - 1) * sizeof *m->list);
    if (!--m->n)
        m->used = 0;
}

void *far_find(const FarMemory *m, const void *lo, size_t sz)
{
    size_t i = find(m, (uintptr_t)lo);
    if (i == m->n)
        return NULL;
    const Far *f = &m->list[i];
    size_t off = (uintptr_t)lo - f->at;
    return off <= f->sz && sz <= f->sz - off ? (char *)f->bytes + off : NULL;
}

size_t far_count(const FarMemory *m) { return m->n; }
