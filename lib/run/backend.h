/* SPDX-License-Identifier: MIT
 * run: what a backend is. Every pointer is required unless marked optional. Calls on one device come from one thread at a time. Host memory is
 * plain pointers; a device whose memory the host cannot see says so in DeviceInfo and gets copies. */
#ifndef SPML_RUN_BACKEND_H
#define SPML_RUN_BACKEND_H

#include "kir/kir.h"

typedef struct Device Device;
typedef struct BackendKernel BackendKernel;

typedef struct DeviceInfo {
    char name[128], driver[128];
    uint64_t sz_memory;
    int threads;
    bool host_memory;          /* kernels read and write ordinary pointers */
    bool software;             /* only used when named */
} DeviceInfo;

/* An instance to compile. key is its canonical text (kir_binding_key, or the generated kernel text); kernel is unscheduled and outlives the compiled form. */
typedef struct KernelDesc { const char *key; const KModule *module; const KirKernel *kernel; } KernelDesc;

/* One launch. post: an elementwise kernel whose operand 0 is this launch's output (the last operand), applied to finished parts. pack: from `prepack`. */
typedef struct BackendLaunch {
    BackendKernel *kernel, *post;
    const KirLaunch *args, *post_args; /* bound by kir_bind */
    void *pack;
} BackendLaunch;

typedef struct Backend {
    const char *name;                                                        /* "cpu" */
    SpmlCode (*open)(int index, int threads, Device **out, Error *err);      /* the index-th device */
    void (*close)(Device **d);
    void (*info)(const Device *d, DeviceInfo *out);
    SpmlCode (*alloc)(Device *d, size_t sz, void **out, Error *err);         /* 64-byte aligned, not cleared */
    void (*free)(Device *d, void *p);
    SpmlCode (*compile)(Device *d, const KernelDesc *list, size_t n, BackendKernel **out /* [n] */, Error *err); /* batch */
    void (*release)(Device *d, BackendKernel *k);
    /* optional: prepares constant operands (weights) of a bound launch once; *pack NULL when there is nothing to prepare. const_mask: bit i = operand i is constant. */
    SpmlCode (*prepack)(Device *d, BackendKernel *k, const KirLaunch *l, uint32_t const_mask, void **pack, Error *err);
    void (*pack_free)(Device *d, void *pack);
    SpmlCode (*submit)(Device *d, const BackendLaunch *list, size_t n, Error *err); /* in order; complete after wait */
    SpmlCode (*wait)(Device *d, Error *err);
    const char *(*engine)(const BackendKernel *k);                           /* which variant was chosen, for plans and profiles */
} Backend;

extern const Backend backend_cpu;
extern const Backend *const backends[]; /* NULL-terminated */

#endif
