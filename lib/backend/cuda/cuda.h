/* SPDX-License-Identifier: MIT
 * backend/cuda: what its files share: the device, its memory and its programs. load.c finds driver and device, memory.c hands out memory and copies through pinned
 * staging, program.c makes modules of texts, cuda.c launches. All work of a device is in one stream, so memory freed may be handed out again at once. */
#ifndef SPML_BACKEND_CUDA_CUDA_H
#define SPML_BACKEND_CUDA_CUDA_H

#include "backend/cuda/cuda_api.h"
#include "backend/jit.h"

enum { CUDA_HALVES = 2 };
#define CUDA_SZ_HALF ((size_t)4 << 20)

typedef struct CudaDevice { /* as the driver describes it */
    CUdevice id;
    KirTarget target;
    DeviceInfo info;
    int version, major, minor; /* of the driver, 12040; compute capability */
} CudaDevice;

typedef struct CudaProgram { CUmodule module; size_t n_kernels; struct CudaProgram *next; } CudaProgram;
typedef struct CudaKernel { CUfunction function; CudaProgram *program; uint32_t sz_shared; } CudaKernel; /* object of a JitVariant; dynamic shared memory allowed so far */

/* A piece of a chunk, sorted by address; neighbours are never both free. */
typedef struct CudaSpan { struct CudaSpan *next; size_t at, sz; bool used; } CudaSpan;
typedef struct CudaChunk { struct CudaChunk *next; CUdeviceptr base; size_t sz; CudaSpan *spans; } CudaChunk;

struct Device {
    const Cuda *cu;
    CudaDevice is;
    CUcontext context;
    CUstream stream;
    Jit jit;
    CudaChunk *chunks;
    size_t sz_chunk;       /* small requests share chunks of this size; 0: each has its own, so that a simulator sees every overrun */
    char *staging;         /* pinned, CUDA_HALVES · CUDA_SZ_HALF */
    CUevent done[CUDA_HALVES]; /* copies out of that half */
    bool busy[CUDA_HALVES];
    unsigned half;         /* being filled, so far: */
    size_t filled;
    CudaProgram *programs;
};

/* The driver's functions, loaded once. SPML_DEVICE "device-missing". */
SpmlCode cuda_load(const Cuda **out, Error *err);
SpmlCode cuda_device(const Cuda *cu, int index, CudaDevice *out, Error *err);
void cuda_identity(const CudaDevice *d, Text *out);
/* The error object for e: out of memory is SPML_RESOURCE "device-memory", else SPML_DEVICE "launch-failed", "device-lost" or "driver". */
SpmlCode cuda_failed(const Cuda *cu, CUresult e, const char *what, Error *err);
SpmlCode cuda_current(Device *d, Error *err);  /* the calling thread uses d's context */

SpmlCode cuda_alloc(Device *d, size_t sz, void **out, Error *err);
void cuda_free(Device *d, void *p);
SpmlCode cuda_upload(Device *d, void *to, const void *from, size_t sz, Error *err);
SpmlCode cuda_download(Device *d, void *to, const void *from, size_t sz, Error *err);
SpmlCode cuda_copy(Device *d, void *to, const void *from, size_t sz, Error *err);
SpmlCode cuda_wait(Device *d, Error *err);
SpmlCode cuda_memory_open(Device *d, Error *err);
void cuda_memory_close(Device *d);

SpmlCode cuda_compile(Device *d, KernelDesc *list, size_t n, BackendKernel **out, Error *err);
void cuda_release(Device *d, BackendKernel *k);
extern const JitRuntime cuda_runtime;
void cuda_program_drop(Device *d, CudaProgram *p);

#endif
