/* SPDX-License-Identifier: MIT
 * ptxsim's libcuda.so.1: memory. Copies and fills from or to pinned memory happen when their stream is waited for; pageable sources are taken at the
 * call, pageable destinations make it wait, as the driver's manual has it. */
#include "driver.h"

#include <stdlib.h>

static CUresult allocate(size_t n, bool host, uint64_t *out)
{
    Ctx *c;
    CUresult rc = driver_enter(&c);
    if (rc)
        return rc;
    size_t total = 0, room = 0;
    CU CUresult cuMemGetInfo_v2(size_t *, size_t *);
    pthread_mutex_unlock(&driver_lock);
    rc = cuMemGetInfo_v2(&room, &total);
    pthread_mutex_lock(&driver_lock);
    if (!rc && driver_capturing(c))
        rc = CU_CAPTURE_UNSUPPORTED;
    if (!rc)
        rc = !n ? CU_INVALID_VALUE : n > room && !host ? CU_OUT_OF_MEMORY : mem_alloc(&driver_sim->mem, n, host, out);
    return driver_leave(rc);
}

static CUresult release(uint64_t p)
{
    Ctx *c;
    CUresult rc = driver_enter(&c);
    if (rc)
        return rc;
    if (driver_capturing(c))
        return driver_leave(CU_CAPTURE_UNSUPPORTED);
    driver_drain(c);
    return driver_leave(ptxsim_free(driver_sim, p));
}

CU CUresult cuMemAlloc_v2(CUdeviceptr *p, size_t n)
{
    uint64_t at = 0;
    CUresult rc = allocate(n, false, &at);
    *p = at;
    return rc;
}
CU CUresult cuMemFree_v2(CUdeviceptr p) { return release(p); }

CU CUresult cuMemHostAlloc(void **p, size_t n, unsigned flags)
{
    uint64_t at = 0;
    CUresult rc = flags > 7 ? CU_INVALID_VALUE : allocate(n, true, &at);
    *p = (void *)(uintptr_t)at;
    return rc;
}
CU CUresult cuMemAllocHost_v2(void **p, size_t n) { return cuMemHostAlloc(p, n, 0); }
CU CUresult cuMemFreeHost(void *p) { return release((uint64_t)(uintptr_t)p); }

CU CUresult cuMemGetAddressRange_v2(CUdeviceptr *base, size_t *n, CUdeviceptr p)
{
    Range r = {0};
    if (!driver_sim || !mem_find(&driver_sim->mem, p, &r) || r.freed)
        return CU_INVALID_VALUE;
    if (base)
        *base = r.lo;
    if (n)
        *n = r.hi - r.lo;
    return CU_OK;
}

/* ── copies ── */

static bool device_range(uint64_t p, size_t n)
{
    Range r = {0};
    return !n || (mem_find(&driver_sim->mem, p, &r) && !r.freed && !r.host && n <= r.hi - p);
}

static bool pinned(const void *p)
{
    Range r = {0};
    return mem_find(&driver_sim->mem, (uint64_t)(uintptr_t)p, &r) && r.host && !r.freed;
}

typedef enum Way { TO_DEVICE, TO_HOST, ON_DEVICE } Way;
#define PTR(x) ((void *)(uintptr_t)(x))

static CUresult copy(Way way, void *to, const void *from, size_t n, void *stream, bool async)
{
    Ctx *c;
    CUresult rc = driver_enter(&c);
    if (rc)
        return rc;
    Stream *s = stream_of(c, stream);
    bool ok = s && (way == TO_HOST || device_range((uint64_t)(uintptr_t)to, n)) && (way == TO_DEVICE || device_range((uint64_t)(uintptr_t)from, n));
    if (!ok)
        return driver_leave(CU_INVALID_VALUE);
    if (!async && driver_capturing(c))
        return driver_leave(CU_CAPTURE_UNSUPPORTED);
    Op op = {.kind = OP_COPY, .copy = {to, from, n, NULL}};
    if (async && way == TO_DEVICE && !pinned(from) && n) {
        op.copy.staged = malloc(n);
        if (!op.copy.staged)
            return driver_leave(CU_OUT_OF_MEMORY);
        memcpy(op.copy.staged, from, n);
    }
    bool wait = !async || (way == TO_HOST && !pinned(to));
    if (wait && s->capture)
        return driver_leave(CU_CAPTURE_UNSUPPORTED);
    rc = stream_give(c, s, &op);
    if (!rc && wait)
        stream_drain(s);
    return driver_leave(rc);
}

CU CUresult cuMemcpyHtoD_v2(CUdeviceptr to, const void *from, size_t n) { return copy(TO_DEVICE, PTR(to), from, n, NULL, false); }
CU CUresult cuMemcpyDtoH_v2(void *to, CUdeviceptr from, size_t n) { return copy(TO_HOST, to, PTR(from), n, NULL, false); }
CU CUresult cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from, size_t n) { return copy(ON_DEVICE, PTR(to), PTR(from), n, NULL, true); }
CU CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void *from, size_t n, void *s) { return copy(TO_DEVICE, PTR(to), from, n, s, true); }
CU CUresult cuMemcpyDtoHAsync_v2(void *to, CUdeviceptr from, size_t n, void *s) { return copy(TO_HOST, to, PTR(from), n, s, true); }
CU CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t n, void *s) { return copy(ON_DEVICE, PTR(to), PTR(from), n, s, true); }

static CUresult fill(CUdeviceptr to, uint64_t value, unsigned width, size_t n, void *stream)
{
    Ctx *c;
    CUresult rc = driver_enter(&c);
    if (rc)
        return rc;
    Stream *s = stream_of(c, stream);
    if (!s || to % width || n > SIZE_MAX / width || !device_range(to, n * width))
        return driver_leave(CU_INVALID_VALUE);
    Op op = {.kind = OP_FILL, .fill = {PTR(to), value, n, width}};
    return driver_leave(stream_give(c, s, &op));
}
CU CUresult cuMemsetD8_v2(CUdeviceptr to, unsigned char v, size_t n) { return fill(to, v, 1, n, NULL); }
CU CUresult cuMemsetD16_v2(CUdeviceptr to, unsigned short v, size_t n) { return fill(to, v, 2, n, NULL); }
CU CUresult cuMemsetD32_v2(CUdeviceptr to, unsigned v, size_t n) { return fill(to, v, 4, n, NULL); }
CU CUresult cuMemsetD8Async(CUdeviceptr to, unsigned char v, size_t n, void *s) { return fill(to, v, 1, n, s); }
CU CUresult cuMemsetD16Async(CUdeviceptr to, unsigned short v, size_t n, void *s) { return fill(to, v, 2, n, s); }
CU CUresult cuMemsetD32Async(CUdeviceptr to, unsigned v, size_t n, void *s) { return fill(to, v, 4, n, s); }
