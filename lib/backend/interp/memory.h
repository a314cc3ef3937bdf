/* SPDX-License-Identifier: MIT
 * backend/interp: device memory that the host cannot see. Addresses lie in a range that is reserved and never mapped, so reading through one is a
 * fault; what they stand for is found here. */
#ifndef SPML_BACKEND_INTERP_MEMORY_H
#define SPML_BACKEND_INTERP_MEMORY_H

#include "base/error.h"

#include <stddef.h>

typedef struct FarMemory FarMemory;

SpmlCode far_open(FarMemory **out, Error *err);
void far_close(FarMemory **m);
SpmlCode far_alloc(FarMemory *m, size_t sz, void **out, Error *err);
void far_free(FarMemory *m, void *p);
/* The bytes behind lo … hi, which must lie in one allocation; NULL: they do not. */
void *far_find(const FarMemory *m, const void *lo, size_t sz);
size_t far_count(const FarMemory *m); /* allocations that live */

#endif
