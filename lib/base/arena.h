/* SPDX-License-Identifier: MIT
 * base: arenas, one per lifetime (model, plan, run). No individual frees. A failed allocation returns
 * NULL and sets the sticky flag `oom`, which a stage tests at its end; callers that write through a
 * pointer test it at once. Memory is zeroed. Not thread-safe. */
#ifndef SPML_BASE_ARENA_H
#define SPML_BASE_ARENA_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ArenaBlock ArenaBlock;
typedef struct Arena {
    ArenaBlock *head;
    size_t sz_used;  /* bytes handed out */
    size_t sz_limit; /* 0: none; beyond it allocations fail as if memory had run out */
    bool oom;
} Arena;

void *arena_alloc(Arena *a, size_t size, size_t align); /* align: power of two ≤ 4096; size 0 gives a valid pointer */
void *arena_array_(Arena *a, size_t n, size_t size, size_t align); /* n × size, checked */
#define arena_new(a, T) ((T *)arena_alloc((a), sizeof(T), _Alignof(T)))
#define arena_array(a, T, n) ((T *)arena_array_((a), (size_t)(n), sizeof(T), _Alignof(T)))
char *arena_strdup(Arena *a, const char *s);
char *arena_strndup(Arena *a, const char *s, size_t n); /* NUL-terminated copy; embedded NULs are kept */
char *arena_printf(Arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void *arena_copy(Arena *a, const void *p, size_t n);    /* 16-byte aligned copy */
/* Grows an arena array by doubling: returns the (possibly moved) array with room for `want` items.
 *     list = arena_grow(a, list, n, &cap, T); list[n++] = x; */
void *arena_grow_(Arena *a, void *p, size_t n, size_t *cap, size_t want, size_t size, size_t align);
#define arena_grow(a, p, n, cap, T) ((T *)arena_grow_((a), (p), (n), (cap), (n) + 1, sizeof(T), _Alignof(T)))
void arena_free(Arena *a);  /* frees everything; the arena is empty and usable again */

#endif
