/* SPDX-License-Identifier: MIT
 * backend/vulkan: memory for tensors. Drivers may allow as few as 4096 allocations, so tensors are pieces of slabs: one buffer and one allocation each, the first
 * of 16 MiB, each twice the last up to 256 MiB, or as large as a single piece that wants more. First fit; pieces of a slab stand in order of their offsets. A slab without pieces
 * goes back unless it is the only such. */
#include "backend/vulkan/vulkan.h"

#include <stdlib.h>

enum { SZ_SLAB = 16 << 20, MAX_DOUBLINGS = 4, SZ_PIECE = 256 /* sizes are multiples of it */ };

static void slab_free(Device *d, VkSlab *s)
{
    VkSlab **at = &d->slabs;
    while (*at != s)
        at = &(*at)->next;
    *at = s->next;
    vulkan_block_free(d, &s->block);
    free(s);
}

static SpmlCode slab_new(Device *d, size_t sz, Error *err)
{
    size_t n = 0, grown;
    for (const VkSlab *s = d->slabs; s; s = s->next)
        n++;
    grown = (size_t)SZ_SLAB << (n < MAX_DOUBLINGS ? n : MAX_DOUBLINGS);
    VkSlab *s = calloc(1, sizeof *s);
    if (!s)
        return error_oom(err);
    s->sz = sz > grown || grown > d->is.sz_alloc_max - 64 ? sz : grown;
    SpmlCode code = vulkan_block_new(d, s->sz, false, &s->block, err);
    if (code == SPML_RESOURCE && s->sz > sz) { /* full: then no more than is wanted */
        s->sz = sz;
        if (err)
            *err = (Error){0};
        code = vulkan_block_new(d, s->sz, false, &s->block, err);
    }
    if (code) {
        free(s);
        return code;
    }
    s->left = s->sz;
    s->next = d->slabs;
    d->slabs = s;
    return SPML_OK;
}

/* Where a piece of sz bytes can be linked in, and its offset; NULL: nowhere in this slab. */
static VkPiece **gap(VkSlab *s, size_t sz, size_t *at)
{
    VkPiece **link = &s->first;
    size_t end = 0;
    if (s->left < sz)
        return NULL;
    for (; *link; link = &(*link)->next) {
        if ((*link)->at - end >= sz)
            break;
        end = (*link)->at + (*link)->sz;
    }
    *at = end;
    return *link || s->sz - end >= sz ? link : NULL;
}

SpmlCode vulkan_piece_new(Device *d, size_t sz, VkPiece **out, Error *err)
{
    size_t at = 0;
    VkPiece **link = NULL;
    VkSlab *s;
    sz = sz ? (sz + SZ_PIECE - 1) & ~(size_t)(SZ_PIECE - 1) : SZ_PIECE;
    *out = NULL;
    for (s = d->slabs; s; s = s->next)
        if ((link = gap(s, sz, &at)))
            break;
    SpmlCode code = s ? SPML_OK : slab_new(d, sz, err);
    if (code)
        return code;
    if (!s)
        link = gap(s = d->slabs, sz, &at);
    VkPiece *p = malloc(sizeof *p);
    if (!p)
        return error_oom(err);
    *p = (VkPiece){.slab = s, .at = at, .sz = sz, .next = *link};
    *link = p;
    s->left -= sz;
    *out = p;
    return SPML_OK;
}

void vulkan_piece_free(Device *d, VkPiece *p)
{
    VkSlab *s = p->slab;
    VkPiece **at = &s->first;
    while (*at != p)
        at = &(*at)->next;
    *at = p->next;
    s->left += p->sz;
    free(p);
    for (VkSlab *other = d->slabs; other && !s->first; other = other->next)
        if (other != s && !other->first) {
            vulkan_wait(d, NULL);
            slab_free(d, s);
            return;
        }
}

void vulkan_slabs_free(Device *d)
{
    while (d->slabs) {
        VkSlab *s = d->slabs;
        for (VkPiece *p = s->first, *next; p; p = next) {
            next = p->next;
            free(p);
        }
        slab_free(d, s);
    }
}
