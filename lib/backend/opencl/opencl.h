/* SPDX-License-Identifier: MIT
 * backend/opencl: what its files share: the device and its programs. A program lives until its last kernel is released; its binary goes into the
 * cache then (drivers finish compiling at the first launch, so a binary taken earlier would be half of one). */
#ifndef SPML_BACKEND_OPENCL_OPENCL_H
#define SPML_BACKEND_OPENCL_OPENCL_H

#include "backend/addresses.h"
#include "backend/jit.h"
#include "backend/opencl/cl.h"

enum { MAX_EVENTS = 512, SZ_RING = 1 << 20 };

typedef struct ClProgram {
    cl_program program;
    Text text;             /* to store its binary under; empty when the binary came from there */
    size_t n_kernels;      /* that refer to it */
    bool launched;
    struct ClProgram *next;
} ClProgram;

typedef struct ClKernel { cl_kernel kernel; ClProgram *program; } ClKernel; /* object of a JitVariant */

struct Device {
    const Cl *cl;
    ClDevice is;
    cl_context context;
    cl_command_queue queue;
    Jit jit;
    Addresses memory;
    ClProgram *programs;
    cl_event events[MAX_EVENTS]; /* of launches since the last wait */
    size_t n_events;
    cl_mem block;          /* for parameter blocks that do not travel by value */
    char *ring;            /* [SZ_RING] their bytes until the next wait */
    size_t ring_at;
};


SpmlCode opencl_compile(Device *d, KernelDesc *list, size_t n, BackendKernel **out, Error *err);
void opencl_release(Device *d, BackendKernel *k);
extern const JitRuntime opencl_runtime;
void opencl_program_drop(Device *d, ClProgram *p); /* stores its binary, releases it */

#endif
