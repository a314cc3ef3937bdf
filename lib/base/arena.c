/* SPDX-License-Identifier: MIT
 * base: arenas; see arena.h. Blocks grow geometrically from 16 KiB; a large request gets its own block. Under AddressSanitizer a block's bytes
 * are poisoned until they are handed out, with a gap behind each piece, so that overruns inside a block are seen too. */
#include "base/arena.h"

#include "base/hard.h"
#include "base/span.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __has_feature
#if __has_feature(address_sanitizer) && !defined(__SANITIZE_ADDRESS__)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
enum { GAP = 16 };
#else
#define ASAN_POISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
enum { GAP = 0 };
#endif

struct ArenaBlock {
    ArenaBlock *next;
    size_t size, used; /* bytes of data[] */
    _Alignas(64) unsigned char data[];
};

enum { FIRST_BLOCK = HARD(16384, 64), MAX_BLOCK = HARD(1 << 22, 256), FIRST_CAP = HARD(8, 1) };

static void *block_take(ArenaBlock *b, size_t size, size_t align)
{
    uintptr_t base = (uintptr_t)b->data, at = (base + b->used + align - 1) & ~(uintptr_t)(align - 1);
    size_t offset = at - base;
    if (offset > b->size || size > b->size - offset)
        return NULL;
    b->used = size + GAP > b->size - offset ? b->size : offset + size + GAP;
    ASAN_UNPOISON_MEMORY_REGION(b->data + offset, size);
    return b->data + offset;
}

static ArenaBlock *block_new(Arena *a, size_t size, size_t align)
{
    size_t want = a->head ? a->head->size * 2 : FIRST_BLOCK, need;
    if (want > MAX_BLOCK)
        want = MAX_BLOCK;
    if (!size_add(size, align, &need) || !size_add(need, sizeof(ArenaBlock), &(size_t){0}))
        return NULL;
    if (want < need)
        want = need;
    ArenaBlock *b = calloc(1, sizeof *b + want);
    if (b) {
        b->size = want;
        ASAN_POISON_MEMORY_REGION(b->data, want);
    }
    return b;
}

void *arena_alloc(Arena *a, size_t size, size_t align)
{
    if (a->sz_limit && (size > a->sz_limit || a->sz_used > a->sz_limit - size)) {
        a->oom = true;
        return NULL;
    }
    void *p = a->head ? block_take(a->head, size, align) : NULL;
    if (!p) {
        ArenaBlock *b = block_new(a, size, align);
        if (!b) {
            a->oom = true;
            return NULL;
        }
        b->next = a->head;
        a->head = b;
        p = block_take(b, size, align);
    }
    a->sz_used += size;
    return p;
}

void *arena_array_(Arena *a, size_t n, size_t size, size_t align)
{
    size_t total;
    if (!size_mul(n, size, &total)) {
        a->oom = true;
        return NULL;
    }
    return arena_alloc(a, total, align);
}

char *arena_strndup(Arena *a, const char *s, size_t n)
{
    char *p = n == SIZE_MAX ? NULL : arena_alloc(a, n + 1, 1);
    if (p && n)
        memcpy(p, s, n);
    return p;
}

char *arena_strdup(Arena *a, const char *s)
{
    return arena_strndup(a, s, strlen(s));
}

char *arena_printf(Arena *a, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    char *p = n < 0 ? NULL : arena_alloc(a, (size_t)n + 1, 1);
    if (!p)
        return NULL;
    va_start(ap, fmt);
    vsnprintf(p, (size_t)n + 1, fmt, ap);
    va_end(ap);
    return p;
}

void *arena_copy(Arena *a, const void *p, size_t n)
{
    void *q = arena_alloc(a, n, 16);
    if (q && n)
        memcpy(q, p, n);
    return q;
}

void *arena_grow_(Arena *a, void *p, size_t n, size_t *cap, size_t want, size_t size, size_t align)
{
    if (want <= *cap)
        return p;
    size_t twice = *cap ? *cap * 2 : FIRST_CAP;
    if (twice < want)
        twice = want;
    void *q = arena_array_(a, twice, size, align);
    if (!q)
        return NULL;
    if (n)
        memcpy(q, p, n * size);
    *cap = twice;
    return q;
}

void arena_free(Arena *a)
{
    for (ArenaBlock *b = a->head, *next; b; b = next) {
        next = b->next;
        free(b);
    }
    *a = (Arena){.sz_limit = a->sz_limit};
}
