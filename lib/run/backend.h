/* SPDX-License-Identifier: MIT
 * run: what a backend is. Every pointer is required unless marked optional. Calls on one device come from one thread at a time. A device
 * address is a void * made by alloc: with host_memory an ordinary pointer, else a number that only the device's own functions understand; arithmetic inside
 * an allocation is allowed, reading through it is not. Work is submitted in order and complete after wait (or a download, which waits by itself). */
#ifndef SPML_RUN_BACKEND_H
#define SPML_RUN_BACKEND_H

#include "kir/kir.h"

#include <stdatomic.h>

typedef struct Device Device;
typedef struct BackendKernel BackendKernel;
typedef struct BackendList BackendList; /* a prepared list: CUDA graph, Vulkan command buffer, pool-wide run */

typedef enum DeviceKind { DEVICE_CPU, DEVICE_GPU, DEVICE_OTHER } DeviceKind;
typedef struct DeviceInfo {
    char name[128], driver[128]; /* as the driver says them: escape before printing */
    DeviceKind kind;
    uint64_t sz_memory;
    int threads;
    bool host_memory;          /* kernels read and write ordinary pointers */
    bool software;             /* a simulated or software device: only used when named */
    bool simulated;            /* no figure measured on it means anything */
    uint32_t caps;             /* KCAP_* of kir/target.h */
} DeviceInfo;

/* How a device is opened. emulate: KCAP_* that the text must do without (--force-emulation). math: those that lose precision and are used only if asked for:
 * KCAP_tf32. strict: no algorithm that rounds otherwise than the kernel says. no_cache: nothing is kept on disk. cache_weights: what prepack makes is.
 * low_memory: nothing that needs much more memory than the weights.
 * wraps: what a wrapping backend (fault) wraps, by name. */
typedef struct DeviceOptions { int index, threads; uint32_t emulate, math; bool no_cache, strict, cache_weights, low_memory; const char *wraps; } DeviceOptions;

/* An instance to compile. key is its canonical text (kir_binding_key, or the generated kernel text); kernel is unscheduled and outlives the compiled form. like: a launch
 * it will see (extents and strides, no addresses), or NULL where none is known yet. why: set where the device cannot run it. */
typedef struct KernelDesc { const char *key; const KModule *module; const KirKernel *kernel; const KirLaunch *like; Error why; } KernelDesc;

/* One launch. post: an elementwise kernel whose operand 0 is this launch's output (the last operand), applied to finished parts or after it. pack: from `prepack`. */
typedef struct BackendLaunch {
    BackendKernel *kernel, *post;
    const KirLaunch *args, *post_args; /* bound by kir_bind; addresses are the device's */
    void *pack;
    const struct BackendLaunch *head; /* with `joins`: NULL, or a launch to run before, whose output this one alone reads, as its first operand: that has no address */
} BackendLaunch;

/* What a device has done since it was opened. */
typedef struct DeviceCounts { uint64_t launches, compiled, cache_hits, cache_misses, uploads, downloads, bytes_up, bytes_down, replays; uint64_t compile_ns, allocs, packed_bytes, cached_bytes /* of these, from disk */; } DeviceCounts;

/* The most a device can do in a second: floating-point operations (a fused multiply-add is 2), operations on bytes (0: no instruction for them), bytes read. */
typedef struct DeviceRoof { int threads; double flops, byte_ops, read_bytes; } DeviceRoof;

/* What else there is to say of a compiled kernel: members of a JSON object (launch, operands, compile time), and what the text became. */
typedef struct BackendDetails { Text json; void *binary; size_t n_binary; const char *binary_extension; } BackendDetails;
typedef struct Backend {
    const char *name;                                                        /* "cpu" */
    bool wide;                                                               /* arithmetic on f16 and bf16 is f32 and storage costs more than it saves (opt/pass_widen.c) */
    bool blocked;                                                            /* faster with channels in blocks (opt/pass_blocked.c) */
    bool joins;                                                              /* takes launches with a head (lower_joins) */
    bool running;                                                            /* faster with attention over blocks of keys (opt/pass_attention.c) */
    SpmlCode (*open)(const DeviceOptions *o, Device **out, Error *err);      /* SPML_DEVICE "device-missing" says why there is none */
    void (*close)(Device **d);
    void (*info)(const Device *d, DeviceInfo *out);
    SpmlCode (*alloc)(Device *d, size_t sz, void **out, Error *err);         /* 64-byte aligned, not cleared */
    void (*free)(Device *d, void *p);                                        /* after all work that was submitted; NULL is nothing */
    /* NULL where host_memory. The ranges lie in one allocation. upload may return before the copy is done only if it has taken the bytes. */
    SpmlCode (*upload)(Device *d, void *to, const void *from, size_t sz, Error *err);
    SpmlCode (*download)(Device *d, void *to, const void *from, size_t sz, Error *err);
    SpmlCode (*copy)(Device *d, void *to, const void *from, size_t sz, Error *err); /* within the device, no overlap */
    /* Batch. out[i] NULL with list[i].why set: this device cannot run that kernel (SPML_UNSUPPORTED); other failures end the batch. */
    SpmlCode (*compile)(Device *d, KernelDesc *list, size_t n, BackendKernel **out /* [n] */, Error *err);
    void (*release)(Device *d, BackendKernel *k);
    /* optional: prepares constant operands (weights) of a bound launch once; *pack NULL when there is nothing to prepare. const_mask: bit i = operand i is constant. */
    SpmlCode (*prepack)(Device *d, BackendKernel *k, const KirLaunch *l, uint32_t const_mask, void **pack, Error *err);
    void (*pack_free)(Device *d, void *pack);
    void (*settle)(Device *d);                                               /* optional: the first run is over; what was prepared may be written to disk */
    SpmlCode (*submit)(Device *d, const BackendLaunch *list, size_t n, Error *err); /* SPML_UNSUPPORTED: not for these extents, nothing was done */
    SpmlCode (*wait)(Device *d, Error *err);                                 /* SPML_DEVICE: lost, launch failed */
    /* optional: constants that it reads may lie at any address (they stay in the mapped file); false, or no function: at addresses aligned as their type. */
    bool (*unaligned)(const BackendKernel *k);
    const char *(*engine)(const BackendKernel *k);                           /* which variant was chosen, for plans and profiles */
    /* optional, all of them: the list as one thing that is run again. prepare may say SPML_UNSUPPORTED: the list is then submitted. What list[i] points to stays where it
     * is, and as it is but for update, while the prepared list lives. */
    SpmlCode (*prepare)(Device *d, const BackendLaunch *list, size_t n, BackendList **out, Error *err);
    /* The same kernels in the same order with other extents, addresses or scalars: parameters are written again, nothing is recorded or allocated.
     * SPML_NO: it must be prepared anew (other variants of its kernels). After a failure the list may only be freed. */
    SpmlCode (*update)(Device *d, BackendList *l, const BackendLaunch *list, size_t n, Error *err);
    SpmlCode (*replay)(Device *d, BackendList *l, const atomic_bool *stop, Error *err); /* stop (may be NULL) set: SPML_INTERRUPTED, or all of it */
    void (*list_free)(Device *d, BackendList *l);
    void (*counts)(const Device *d, DeviceCounts *out);                      /* optional */
    SpmlCode (*roof)(Device *d, double seconds, DeviceRoof *out, Error *err); /* optional: measured; seconds: of each of 60 moments */
    const char *(*text)(const BackendKernel *k, Text *out, BackendDetails *details); /* optional: what runs, readable; gives the extension of a file of it ("tile", "c"). details: NULL or zeroed. NULL: out of memory */
} Backend;

extern const Backend backend_cpu, backend_cuda, backend_opencl, backend_vulkan;
extern const Backend *const backends[]; /* NULL-terminated, best first */

#endif
