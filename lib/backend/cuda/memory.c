/* SPDX-License-Identifier: MIT
 * backend/cuda: memory and copies. Small requests are cut from chunks (first fit, neighbours join when freed), large ones have their own. Copies to
 * and from the host go through two pinned halves, so that filling one overlaps copying the other; everything is in the device's stream. */
#include "backend/cuda/cuda.h"

#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 256 };
#define SZ_CHUNK ((size_t)64 << 20)
#define SZ_SHARED_REQUEST ((size_t)8 << 20) /* larger ones get a chunk of their own */

/* ── spans ── */

static CudaChunk *chunk_new(Device *d, size_t sz, Error *err)
{
    char want[32];
    CudaChunk *c = calloc(1, sizeof *c);
    CudaSpan *s = calloc(1, sizeof *s);
    if (!c || !s) {
        free(c);
        free(s);
        error_oom(err);
        return NULL;
    }
    const CUresult e = d->cu->cuMemAlloc_v2(&c->base, sz);
    if (e) {
        free(c);
        free(s);
        error_context(err, "allocating %s on %s", (cuda_failed(d->cu, e, "no memory", err), format_bytes(want, sz)), d->is.info.name);
        return NULL;
    }
    *s = (CudaSpan){ .sz = sz };
    c->sz = sz;
    c->spans = s;
    c->next = d->chunks;
    return d->chunks = c;
}

static void chunk_drop(Device *d, CudaChunk **at)
{
    CudaChunk *c = *at;
    *at = c->next;
    d->cu->cuMemFree_v2(c->base); /* the driver waits for work that was submitted */
    for (CudaSpan *s = c->spans, *next; s; s = next) {
        next = s->next;
        free(s);
    }
    free(c);
}

/* NULL: no span of c is free and long enough. */
static void *span_take(CudaChunk *c, size_t sz, bool *oom)
{
    CudaSpan *s = c->spans;
    while (s && (s->used || s->sz < sz))
        s = s->next;
    if (!s)
        return NULL;
    if (s->sz > sz) {
        CudaSpan *rest = calloc(1, sizeof *rest);
        *oom = !rest;
        if (!rest)
            return NULL;
        *rest = (CudaSpan){ s->next, s->at + sz, s->sz - sz, false };
        s->next = rest;
        s->sz = sz;
    }
    s->used = true;
    return (void *)(uintptr_t)(c->base + s->at);
}

static void join_next(CudaSpan *s)
{
    CudaSpan *n = s->next;
    if (!n || n->used || s->used)
        return;
    s->sz += n->sz;
    s->next = n->next;
    free(n);
}

static void span_give(CudaChunk *c, size_t at)
{
    CudaSpan *before = NULL, *s = c->spans;
    for (; s && s->at != at; s = s->next)
        before = s;
    if (!s)
        return;
    s->used = false;
    join_next(s);
    if (before)
        join_next(before);
}

/* ── alloc, free ── */

SpmlCode cuda_alloc(Device *d, size_t sz, void **out, Error *err)
{
    bool oom = false;
    *out = NULL;
    d->jit.counts.allocs++;
    if (sz > SIZE_MAX - ALIGNMENT)
        return error_oom(err);
    sz = sz ? (sz + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT : ALIGNMENT;
    SpmlCode code = cuda_current(d, err);
    if (code)
        return code;
    const bool shares = d->sz_chunk && sz <= SZ_SHARED_REQUEST;
    for (CudaChunk *c = d->chunks; c && shares && !*out && !oom; c = c->next)
        *out = c->sz == d->sz_chunk ? span_take(c, sz, &oom) : NULL;
    if (*out)
        return SPML_OK;
    CudaChunk *c = oom ? NULL : chunk_new(d, shares ? d->sz_chunk : sz, err);
    if (c)
        *out = span_take(c, sz, &oom);
    return *out ? SPML_OK : error_is(err) ? err->code : error_oom(err);
}

void cuda_free(Device *d, void *p)
{
    const CUdeviceptr at = (uintptr_t)p;
    CudaChunk **c = &d->chunks;
    while (p && *c && (at < (*c)->base || at >= (*c)->base + (*c)->sz))
        c = &(*c)->next;
    if (!p || !*c || cuda_current(d, NULL))
        return;
    span_give(*c, (size_t)(at - (*c)->base));
    if (!(*c)->spans->used && !(*c)->spans->next && ((*c)->sz != d->sz_chunk || (*c)->next)) /* empty; the oldest shared one is kept */
        chunk_drop(d, c);
}

/* ── copies ── */

static SpmlCode half_wait(Device *d, unsigned h, Error *err)
{
    if (!d->busy[h])
        return SPML_OK;
    d->busy[h] = false;
    const CUresult e = d->cu->cuEventSynchronize(d->done[h]);
    return e ? cuda_failed(d->cu, e, "waiting for a copy", err) : SPML_OK;
}

/* What was put into the current half is on its way; the other one is next. */
static SpmlCode half_turn(Device *d, Error *err)
{
    const CUresult e = d->cu->cuEventRecord(d->done[d->half], d->stream);
    if (e)
        return cuda_failed(d->cu, e, "recording an event", err);
    d->busy[d->half] = true;
    d->half = (d->half + 1) % CUDA_HALVES;
    d->filled = 0;
    return half_wait(d, d->half, err);
}

static SpmlCode upload_piece(Device *d, CUdeviceptr to, const char *from, size_t sz, Error *err)
{
    char *at = d->staging + d->half * CUDA_SZ_HALF + d->filled;
    memcpy(at, from, sz);
    d->filled += (sz + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    const CUresult e = d->cu->cuMemcpyHtoDAsync_v2(to, at, sz, d->stream);
    return e ? cuda_failed(d->cu, e, "copying to the device", err) : SPML_OK;
}

SpmlCode cuda_upload(Device *d, void *to, const void *from, size_t sz, Error *err)
{
    SpmlCode code = cuda_current(d, err);
    for (size_t done = 0; done < sz && !code;) {
        if (d->filled >= CUDA_SZ_HALF)
            code = half_turn(d, err);
        const size_t room = CUDA_SZ_HALF - d->filled, n = sz - done < room ? sz - done : room;
        if (!code)
            code = upload_piece(d, (uintptr_t)to + done, (const char *)from + done, n, err);
        done += n;
    }
    d->jit.counts.uploads++;
    d->jit.counts.bytes_up += sz;
    return code;
}

static SpmlCode download_start(Device *d, CUdeviceptr from, size_t sz, unsigned h, Error *err)
{
    CUresult e = d->cu->cuMemcpyDtoHAsync_v2(d->staging + h * CUDA_SZ_HALF, from, sz, d->stream);
    if (!e)
        e = d->cu->cuEventRecord(d->done[h], d->stream);
    d->busy[h] = !e;
    return e ? cuda_failed(d->cu, e, "copying from the device", err) : SPML_OK;
}

SpmlCode cuda_download(Device *d, void *to, const void *from, size_t sz, Error *err)
{
    size_t started = 0, taken = 0, n[CUDA_HALVES] = { 0 };
    SpmlCode code = cuda_wait(d, err); /* both halves are free then */
    for (unsigned h = 0; taken < sz && !code; h = (h + 1) % CUDA_HALVES) {
        for (unsigned ahead = 0; ahead < CUDA_HALVES && !code; ahead++) {
            const unsigned at = (h + ahead) % CUDA_HALVES;
            if (n[at] || started >= sz)
                continue;
            n[at] = sz - started < CUDA_SZ_HALF ? sz - started : CUDA_SZ_HALF;
            code = download_start(d, (uintptr_t)from + started, n[at], at, err);
            started += n[at];
        }
        if (!code)
            code = half_wait(d, h, err);
        if (!code)
            memcpy((char *)to + taken, d->staging + h * CUDA_SZ_HALF, n[h]);
        taken += n[h];
        n[h] = 0;
    }
    d->jit.counts.downloads++;
    d->jit.counts.bytes_down += sz;
    return code;
}

SpmlCode cuda_copy(Device *d, void *to, const void *from, size_t sz, Error *err)
{
    const SpmlCode code = cuda_current(d, err);
    const CUresult e = code || !sz ? CUDA_SUCCESS : d->cu->cuMemcpyDtoDAsync_v2((uintptr_t)to, (uintptr_t)from, sz, d->stream);
    return e ? cuda_failed(d->cu, e, "copying within the device", err) : code;
}

SpmlCode cuda_wait(Device *d, Error *err)
{
    const SpmlCode code = cuda_current(d, err);
    const CUresult e = code ? CUDA_SUCCESS : d->cu->cuStreamSynchronize(d->stream);
    for (unsigned h = 0; h < CUDA_HALVES; h++)
        d->busy[h] = false;
    d->filled = 0;
    return e ? cuda_failed(d->cu, e, "waiting for the device", err) : code;
}

/* ── opening ── */

SpmlCode cuda_memory_open(Device *d, Error *err)
{
    void *staging = NULL;
    d->sz_chunk = d->is.info.simulated ? 0 : SZ_CHUNK;
    CUresult e = d->cu->cuMemHostAlloc(&staging, CUDA_HALVES * CUDA_SZ_HALF, 0);
    d->staging = staging;
    for (unsigned h = 0; h < CUDA_HALVES && !e; h++)
        e = d->cu->cuEventCreate(&d->done[h], CU_EVENT_DISABLE_TIMING);
    return e ? cuda_failed(d->cu, e, "pinned memory for copies", err) : SPML_OK;
}

void cuda_memory_close(Device *d)
{
    while (d->chunks)
        chunk_drop(d, &d->chunks);
    for (unsigned h = 0; h < CUDA_HALVES; h++)
        if (d->done[h])
            d->cu->cuEventDestroy_v2(d->done[h]);
    if (d->staging)
        d->cu->cuMemFreeHost(d->staging);
}
