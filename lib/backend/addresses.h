/* SPDX-License-Identifier: MIT
 * backend: device addresses for runtimes that have buffer objects instead of pointers (OpenCL). An address is a number from a reservation of address
 * space as long as the allocation, which nothing can read; arithmetic inside it is as with pointers. Finding is a binary search. */
#ifndef SPML_BACKEND_ADDRESSES_H
#define SPML_BACKEND_ADDRESSES_H

#include "base/error.h"

#include <stddef.h>

typedef struct AddressRange { uintptr_t base; size_t sz, sz_reserved; void *object; } AddressRange;
typedef struct Addresses { AddressRange *list; size_t n, cap; } Addresses; /* zero-initialise; sorted by base */

/* *out: the address of byte 0 of object, which has sz bytes. Page-aligned. */
SpmlCode addresses_add(Addresses *a, size_t sz, void *object, void **out, Error *err);
/* The same for an object that has an address already. */
SpmlCode addresses_insert(Addresses *a, uintptr_t base, size_t sz, void *object, Error *err);
/* The object that holds p, and where; the byte behind the last counts as inside. NULL: no object. */
void *addresses_find(const Addresses *a, const void *p, size_t *offset);
/* Forgets the object whose byte 0 is p and gives it back; NULL: no such. */
void *addresses_remove(Addresses *a, void *p);
void addresses_free(Addresses *a); /* forgets all; objects are the caller's */

#endif
