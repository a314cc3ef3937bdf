/* SPDX-License-Identifier: MIT
 * emit tests: PTX on the first device that libcuda.so.1 finds (LD_LIBRARY_PATH=build/tests/ptxsim: the simulator), without the CUDA backend. Memory is exactly
 * as long as each operand, so that the simulator sees every overrun. */
#include "backend/cuda/cuda.h"
#include "device.h"
#include "kir/emit_ptx.h"

#include <stdio.h>
#include <string.h>

static const Cuda *cu;
static CudaDevice is;
static CUcontext context;

static bool cuda_emit_open(EmitDevice *d, char *why, size_t n)
{
    Error e = { 0 };
    if (cuda_load(&cu, &e) || cuda_device(cu, 0, &is, &e)) {
        snprintf(why, n, "%s", e.text);
        return false;
    }
    d->target = is.target;
    d->target.caps &= ~KCAP_tf32; /* only where it is asked for */
    d->target.lanes = 32; /* cases are small: several turns of each lane loop */
    d->target.items = 64;
    return !cu->cuDevicePrimaryCtxRetain(&context, is.id) && !cu->cuCtxSetCurrent(context);
}

static void cuda_emit_close(EmitDevice *d) { cu->cuDevicePrimaryCtxRelease_v2(is.id); }

static SpmlCode build(const char *text, CUmodule *out, Error *err)
{
    static char log[8192];
    int options[] = { CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES };
    void *values[] = { log, (void *)(uintptr_t)(sizeof log - 1) };
    if (kir_ptx_check(text, strlen(text), err))
        return err->code;
    log[0] = 0;
    const CUresult e = cu->cuModuleLoadDataEx(out, text, 2, options, values);
    return e ? error_set(err, SPML_DEVICE, "cuda", "module: %d %s", e, log) : SPML_OK;
}

static CUresult buffer(size_t sz, const void *from, CUdeviceptr *out)
{
    CUresult e = cu->cuMemAlloc_v2(out, sz ? sz : 1);
    return e || !sz ? e : cu->cuMemcpyHtoDAsync_v2(*out, from, sz, NULL);
}

static CUresult launch(CUfunction f, const EmitRun *r, CUdeviceptr *buffers)
{
    uint64_t base[KIR_MAX_OPERANDS], words[1024];
    CUresult e = kir_words(r->k) > 1024;
    for (size_t m = 0; m < r->k->n_operands && !e; m++) {
        e = buffer(r->bytes[m], r->start[m], &buffers[m]);
        base[m] = buffers[m] + (uint64_t)((uint8_t *)r->l->view[m].p - (uint8_t *)r->start[m]);
    }
    if (e)
        return e;
    kir_fill_words(r->k, r->l, base, words);
    const uint64_t size = r->info.group_size, groups = r->info.group ? words[0] : (words[0] + size - 1) / size;
    if (!r->info.by_value)
        e = buffer(8 * kir_words(r->k), words, &buffers[KIR_MAX_OPERANDS]);
    void *params[] = { r->info.by_value ? (void *)words : (void *)&buffers[KIR_MAX_OPERANDS] };
    const unsigned shared = r->info.dynamic_shared ? (unsigned)kir_shared_bytes(r->k, r->l) : 0;
    if (!e && shared > 48u << 10)
        e = cu->cuFuncSetAttribute(f, CU_FUNC_MAX_DYNAMIC_SHARED, (int)shared);
    if (!e && (int64_t)words[0] > 0)
        e = cu->cuLaunchKernel(f, (unsigned)groups, 1, 1, (unsigned)size, 1, 1, shared, NULL, params, NULL);
    for (size_t m = 0; m < r->k->n_operands && !e; m++)
        if (r->bytes[m] && r->k->mems[m].kind != KMEM_IN)
            e = cu->cuMemcpyDtoHAsync_v2(r->start[m], buffers[m], r->bytes[m], NULL);
    return e ? e : cu->cuStreamSynchronize(NULL);
}

static SpmlCode cuda_emit_run(EmitDevice *d, const char *text, EmitRun *runs, size_t n, Error *err)
{
    CUmodule module = NULL;
    SpmlCode code = build(text, &module, err);
    for (size_t i = 0; i < n && !code; i++) {
        CUdeviceptr buffers[KIR_MAX_OPERANDS + 1] = { 0 };
        CUfunction f;
        CUresult e = cu->cuModuleGetFunction(&f, module, runs[i].entry);
        if (!e)
            e = launch(f, &runs[i], buffers);
        for (size_t m = 0; m <= KIR_MAX_OPERANDS; m++)
            if (buffers[m])
                cu->cuMemFree_v2(buffers[m]);
        code = e ? cuda_failed(cu, e, runs[i].entry, err) : SPML_OK;
    }
    if (module)
        cu->cuModuleUnload(module);
    return code;
}

EmitDevice emit_device_cuda = { .name = "cuda", .emitter = &kir_emit_ptx, .open = cuda_emit_open, .run = cuda_emit_run, .close = cuda_emit_close };
