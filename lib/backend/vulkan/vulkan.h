/* SPDX-License-Identifier: MIT
 * backend/vulkan: what its files share. Every buffer has a 64-bit address and shaders reach memory only through those: no descriptors. A launch's words lie in
 * a ring in host-visible memory; their address is the push constant. One queue; its progress is one timeline semaphore, whose value n says that the
 * n-th submission is done. */
#ifndef SPML_BACKEND_VULKAN_VULKAN_H
#define SPML_BACKEND_VULKAN_VULKAN_H

#include "backend/addresses.h"
#include "backend/jit.h"
#include "backend/vulkan/vk.h"

enum { N_BATCHES = 16, SZ_RING = 1 << 22, SZ_STAGING = 1 << 24, MAX_TURNS = 65535 /* that llvmpipe allows */, SZ_REPORT = 64 /* at the start of the ring: the kernel in which the driver ended a loop early, or 0 */ };

typedef struct VkBlock { VkBuffer buffer; VkDeviceMemory memory; VkDeviceAddress address; char *host; /* NULL: not mapped */ } VkBlock;

typedef struct VkSlab VkSlab;
typedef struct VkPiece { VkSlab *slab; size_t at, sz; struct VkPiece *next; } VkPiece; /* a tensor's memory, in a slab */
struct VkSlab { VkBlock block; size_t sz, left; VkPiece *first; VkSlab *next; };

typedef struct VkPipe { uint32_t sz_shared; VkPipeline pipeline; struct VkPipe *next; } VkPipe;
typedef struct VkKernel { VkShaderModule module; VkPipe *pipes; } VkKernel; /* object of a JitVariant: a pipeline per size of shared memory */

typedef struct Batch { VkCommandBuffer cmd; uint64_t value; /* of the submission it was part of */ } Batch;

struct Device {
    const VkInstanceCalls *vk;
    VkAdapter is;
    VkDevice device;
    VkCalls call;
    VkQueue queue;
    VkSemaphore timeline;
    uint64_t submitted;        /* value of the last submission */
    VkCommandPool pool;
    Batch batch[N_BATCHES];
    VkPipelineLayout layout;
    VkPipelineCache pipelines;
    bool new_pipelines;
    Jit jit;
    Addresses memory;          /* objects: VkPiece */
    VkSlab *slabs;
    VkBlock ring, staging;
    size_t ring_at;
};

/* heap.c */
SpmlCode vulkan_piece_new(Device *d, size_t sz, VkPiece **out, Error *err);
void vulkan_piece_free(Device *d, VkPiece *p); /* work that was submitted may still use it: whoever takes that memory next comes later in the queue */
void vulkan_slabs_free(Device *d);

/* memory.c */
SpmlCode vulkan_block_new(Device *d, size_t sz, bool host, VkBlock *out, Error *err);
void vulkan_block_free(Device *d, VkBlock *b);
SpmlCode vulkan_alloc(Device *d, size_t sz, void **out, Error *err);
void vulkan_free(Device *d, void *p);
SpmlCode vulkan_upload(Device *d, void *to, const void *from, size_t sz, Error *err);
SpmlCode vulkan_download(Device *d, void *to, const void *from, size_t sz, Error *err);
SpmlCode vulkan_copy(Device *d, void *to, const void *from, size_t sz, Error *err);

/* vulkan.c: a command buffer that is being recorded, its submission, and waiting for all of them */
SpmlCode vulkan_batch_begin(Device *d, Batch **out, Error *err);
SpmlCode vulkan_batch_submit(Device *d, Batch *b, Error *err);
SpmlCode vulkan_wait(Device *d, Error *err);
SpmlCode vulkan_finish(Device *d, Error *err); /* waits and says whether all loops came to their ends */
void vulkan_barrier_all(Device *d, VkCommandBuffer cmd); /* what comes later, host reads too, sees what was written before */

/* program.c */
SpmlCode vulkan_compile(Device *d, KernelDesc *list, size_t n, BackendKernel **out, Error *err);
void vulkan_release(Device *d, BackendKernel *k);
extern const JitRuntime vulkan_runtime;
SpmlCode vulkan_kernel_pipeline(Device *d, VkKernel *k, uint32_t sz_shared, bool dynamic, VkPipeline *out, Error *err);
SpmlCode vulkan_pipelines_open(Device *d, Error *err);
void vulkan_pipelines_close(Device *d);

/* glsl.c: GLSL → SPIR-V, malloc'ed words. SPML_UNSUPPORTED "kernel-build" with the compiler's log. */
SpmlCode vulkan_glsl(const char *text, void **spirv, size_t *sz, Error *err);

#endif
