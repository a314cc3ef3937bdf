/* SPDX-License-Identifier: MIT
 * base: hashing. `hash64` (seeded, for tables; not for security), SHA-256 (cache entries, content keys), and a string map. */
#ifndef SPML_BASE_HASH_H
#define SPML_BASE_HASH_H

#include "base/arena.h"

uint64_t hash64(const void *p, size_t n, uint64_t seed);
typedef struct Sha256 { uint32_t h[8]; uint64_t n; uint8_t buf[64]; } Sha256;
void sha256_init(Sha256 *s);
void sha256_add(Sha256 *s, const void *p, size_t n);
void sha256_final(Sha256 *s, uint8_t out[32]);

/* Open-addressing map from byte strings to pointers, seeded per process. Keys are not copied. In an arena. */
typedef struct MapSlot { const char *key; size_t n; void *value; } MapSlot;
typedef struct Map { Arena *arena; MapSlot *slots; size_t n, cap; } Map;
static inline Map map_make(Arena *a) { return (Map){.arena = a}; }
void *map_find(const Map *m, const char *key, size_t n); /* NULL if absent */
bool map_put(Map *m, const char *key, size_t n, void *value); /* replaces; false on out of memory */

#endif
