/* SPDX-License-Identifier: MIT
 * cpu: memory of packed weights. Packs lie in slabs of huge pages; where weights are cached on disk, in a mapped entry of an earlier run. An entry belongs
 * to one file of weights (its identity and samples of its content); a pack in it is found by where its source lies in that file and how it was packed. */
#ifndef SPML_BACKEND_CPU_PACKS_H
#define SPML_BACKEND_CPU_PACKS_H

#include "base/error.h"
#include "base/threads.h"

#include <stddef.h>

typedef struct PackStore PackStore;
typedef struct Pack Pack;
typedef struct PackKey { uint8_t sum[32]; } PackKey; /* of all that decides the bytes of a pack but its source */

PackStore *packs_new(void);           /* NULL: out of memory */
void packs_keep(PackStore *s);        /* from now on packs are looked for on disk */
void packs_free(PackStore **s);       /* when all packs have been given back */
/* n bytes, aligned to 64; NULL: no memory. *ready: they hold that pack already, for reading only. source: the first element that is packed. */
Pack *packs_take(PackStore *s, const PackKey *key, const void *source, size_t n, Pool *pool, float **p, bool *ready);
void packs_give(Pack *p);
void packs_bytes(const PackStore *s, uint64_t *bytes, uint64_t *cached); /* in use; of these, from disk */
/* Writes what was packed since to disk, if that was asked for; a disk that is full or read-only is no error. */
void packs_save(PackStore *s, Pool *pool);

#endif
