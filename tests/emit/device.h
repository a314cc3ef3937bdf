/* SPDX-License-Identifier: MIT
 * emit tests: what runs emitted text. A device makes one module of a text, runs its kernels on host memory and says how it differs from the
 * interpreter where it may. The generator (gen.h), the comparison (check.h) and the programs diff.c and cases.c know nothing else of a target. */
#ifndef SPML_TESTS_EMIT_DEVICE_H
#define SPML_TESTS_EMIT_DEVICE_H

#include "kir/target.h"

typedef struct EmitRun {  /* one kernel and one launch of it */
    const KirKernel *k;   /* from kir_prepare */
    const char *text;     /* its own text, where the emitter is not `many` */
    char entry[40];
    KirEmitted info;
    KirLaunch *l;         /* views of host memory, each of bytes[] from start[]; run reads and writes them */
    void *start[KIR_MAX_OPERANDS];
    size_t bytes[KIR_MAX_OPERANDS];
    bool cut;             /* the driver ended a loop early and the text said so */
} EmitRun;

typedef struct EmitDevice EmitDevice;
struct EmitDevice {
    const char *name;           /* "opencl" */
    const KirEmitter *emitter;
    KirTarget target;           /* open fills it from the driver */
    bool (*open)(EmitDevice *d, char *why, size_t n);  /* false: not on this machine, and why */
    /* Builds text and runs all. A build log or a driver's error is the text of err. */
    SpmlCode (*run)(EmitDevice *d, const char *text, EmitRun *runs, size_t n, Error *err);
    void (*close)(EmitDevice *d);
};
extern EmitDevice emit_device_cuda, emit_device_opencl, emit_device_vulkan;

/* Every device that the programs know, ended by NULL; more are added here. */
extern EmitDevice *const emit_devices[];

#endif
