/* SPDX-License-Identifier: MIT
 * backend: address ranges of buffer objects; see addresses.h. A reservation is at least a byte longer than its object, so that the address behind the
 * last byte is never the first of another. */
#include "backend/addresses.h"

#include "base/span.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* The first range that begins behind p. */
static size_t behind(const Addresses *a, uintptr_t p)
{
    size_t lo = 0, hi = a->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (a->list[mid].base <= p)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static SpmlCode insert(Addresses *a, AddressRange r, Error *err)
{
    if (a->n == a->cap) {
        size_t cap = a->cap ? a->cap * 2 : 32;
        AddressRange *grown = realloc(a->list, cap * sizeof *grown);
        if (!grown)
            return error_oom(err);
        a->list = grown;
        a->cap = cap;
    }
    size_t at = behind(a, r.base);
    memmove(a->list + at + 1, a->list + at, (a->n++ - at) * sizeof *a->list);
    a->list[at] = r;
    return SPML_OK;
}

SpmlCode addresses_insert(Addresses *a, uintptr_t base, size_t sz, void *object, Error *err)
{
    return insert(a, (AddressRange){.base = base, .sz = sz, .object = object}, err);
}

SpmlCode addresses_add(Addresses *a, size_t sz, void *object, void **out, Error *err)
{
    size_t reserve;
    if (!size_add(sz, 1, &reserve) || !size_align(reserve, (size_t)sysconf(_SC_PAGESIZE), &reserve))
        return error_oom(err);
    void *p = mmap(NULL, reserve, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED)
        return error_oom(err);
    SpmlCode code = insert(a, (AddressRange){(uintptr_t)p, sz, reserve, object}, err);
    if (code)
        munmap(p, reserve);
    else
        *out = p;
    return code;
}

void *addresses_find(const Addresses *a, const void *p, size_t *offset)
{
    size_t at = behind(a, (uintptr_t)p);
    const AddressRange *r = at ? &a->list[at - 1] : NULL;
    if (!r || (uintptr_t)p - r->base > r->sz)
        return NULL;
    *offset = (uintptr_t)p - r->base;
    return r->object;
}

void *addresses_remove(Addresses *a, void *p)
{
    size_t at = behind(a, (uintptr_t)p);
    if (!at || a->list[at - 1].base != (uintptr_t)p)
        return NULL;
    void *object = a->list[at - 1].object;
    if (a->list[at - 1].sz_reserved)
        munmap(p, a->list[at - 1].sz_reserved);
    memmove(a->list + at - 1, a->list + at, (a->n-- - at) * sizeof *a->list);
    return object;
}

void addresses_free(Addresses *a)
{
    for (size_t i = 0; i < a->n; i++)
        if (a->list[i].sz_reserved)
            munmap((void *)a->list[i].base, a->list[i].sz_reserved);
    free(a->list);
    *a = (Addresses){0};
}
