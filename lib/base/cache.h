/* SPDX-License-Identifier: MIT
 * base: the one on-disk cache of what drivers compile. An entry is found by its whole key and trusted only after its SHA-256; anything
 * off about an entry is a miss, and it is written again. Directory: SPML_CACHE_DIR, else XDG_CACHE_HOME/spml, else ~/.cache/spml, made 0700,
 * opened by handle, used only if it belongs to the effective user and nobody else may write to it; none under AT_SECURE. One Cache
 * serves one thread; any number of processes may share the directory. */
#ifndef SPML_BASE_CACHE_H
#define SPML_BASE_CACHE_H

#include "base/error.h"
#include "base/text.h"

#include <sys/stat.h>

typedef struct Cache Cache;
typedef struct CacheCounts { uint64_t hits, misses, stored, evicted; } CacheCounts;

/* dir NULL: the default. sz_limit 0: 1 GiB. SPML_RESOURCE "cache": there is no directory that can be used, *out is NULL; go on without. */
SpmlCode cache_open(const char *dir, uint64_t sz_limit, Cache **out, Error *err);
void cache_close(Cache **c);
/* The default directory, or SPML_RESOURCE "cache". */
SpmlCode cache_dir(Text *out, Error *err);

/* c NULL: a miss. The payload is malloc'ed; NULL is a miss, *n is then 0. */
void *cache_find(Cache *c, const void *key, size_t n_key, size_t *n);
/* Stores or replaces; then the least recently used entries go until the limit is kept. false: not stored (disk full, too large, c NULL), which is no error. */
bool cache_put(Cache *c, const void *key, size_t n_key, const void *p, size_t n);

/* Large entries (packed weights) are mapped instead of read. The SHA-256 covers header, key and head; what it says of the body, such as sums of its
 * pieces, is the caller's to check. Their names end in .spmlw; they have a limit of their own, 8 GiB, and go by last use too. */
typedef struct CachePiece { const void *p; size_t n; } CachePiece;
typedef struct CacheMap { struct File *file; const uint8_t *head, *body; size_t n_head, n_body; } CacheMap; /* body starts on a page */
enum { CACHE_PAGE = 4096 };
bool cache_map(Cache *c, const void *key, size_t n_key, CacheMap *out);
void cache_unmap(CacheMap *m);
/* Each piece begins on a page of the body. */
bool cache_put_large(Cache *c, const void *key, size_t n_key, const void *head, size_t n_head, const CachePiece *piece, size_t n);
void cache_counts(const Cache *c, CacheCounts *out); /* c NULL: zeros */
/* Removes all entries and what broken-off writers left. Counts what was there. */
SpmlCode cache_clear(Cache *c, uint64_t *n_entries, uint64_t *sz, Error *err);

/* May a file or directory with this status be trusted by user `uid`? For tests, which cannot always make foreign files. */
bool cache_trusts(const struct stat *st, uid_t uid);

#endif
