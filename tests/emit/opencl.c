/* SPDX-License-Identifier: MIT
 * emit tests: OpenCL C on the first device that the ICD loader finds, without the OpenCL backend. One program a module; every launch waits. */
#include "device.h"

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALLS(X) \
    X(clGetPlatformIDs) X(clGetDeviceIDs) X(clGetDeviceInfo) X(clCreateContext) X(clCreateCommandQueue) X(clCreateProgramWithSource) X(clBuildProgram) \
    X(clGetProgramBuildInfo) X(clCreateKernel) X(clSetKernelArg) X(clCreateBuffer) X(clEnqueueNDRangeKernel) X(clEnqueueReadBuffer) X(clFinish) \
    X(clReleaseMemObject) X(clReleaseKernel) X(clReleaseProgram) X(clReleaseCommandQueue) X(clReleaseContext)
static struct {
    void *so;
#define X(name) __typeof__(name) *name;
    CALLS(X)
#undef X
} cl;
static cl_device_id device;
static cl_context context;
static cl_command_queue queue;
static char kept[64]; /* where PoCL keeps what it compiles: some 100 kB a kernel, which nobody asks for again */

static bool load(void)
{
    cl.so = dlopen("libOpenCL.so.1", RTLD_NOW | RTLD_LOCAL);
#define X(name) *(void **)&cl.name = cl.so ? dlsym(cl.so, #name) : NULL;
    CALLS(X)
#undef X
    return cl.so && cl.clGetPlatformIDs && cl.clReleaseContext;
}

static void keep_apart(void)
{
    snprintf(kept, sizeof kept, "/tmp/spml-emit-XXXXXX");
    if (getenv("POCL_CACHE_DIR") || !mkdtemp(kept))
        *kept = 0;
    else
        setenv("POCL_CACHE_DIR", kept, 1);
}

static void forget(void)
{
    char command[100];
    snprintf(command, sizeof command, "rm -rf '%s'", kept);
    if (*kept && system(command))
        perror(command);
}

static bool cl_open(EmitDevice *d, char *why, size_t n)
{
    cl_platform_id p;
    cl_uint found = 0;
    cl_int rc = 0;
    snprintf(why, n, "no libOpenCL.so.1");
    if (!load())
        return false;
    snprintf(why, n, "no OpenCL device");
    keep_apart();
    if (cl.clGetPlatformIDs(1, &p, &found) || !found || cl.clGetDeviceIDs(p, CL_DEVICE_TYPE_ALL, 1, &device, &found) || !found) {
        forget();
        return false;
    }
    char ext[4096] = "";
    cl.clGetDeviceInfo(device, CL_DEVICE_EXTENSIONS, sizeof ext - 1, ext, NULL);
    context = cl.clCreateContext(NULL, 1, &device, NULL, NULL, &rc);
    queue = rc ? NULL : cl.clCreateCommandQueue(context, device, 0, &rc);
    d->target.caps = KCAP_int64 | KCAP_store8 | KCAP_store16 | KCAP_denorm | KCAP_div | KCAP_sqrt | KCAP_mulhi64 | KCAP_fma;
    d->target.caps |= strstr(ext, "cl_khr_fp64") ? KCAP_f64 : 0;
    d->target.caps |= strstr(ext, "cl_khr_int64_base_atomics") ? KCAP_atomic64 : 0;
    return !rc;
}

static void cl_close(EmitDevice *d)
{
    cl.clReleaseCommandQueue(queue);
    cl.clReleaseContext(context);
    forget();
}

static SpmlCode failed(Error *err, const char *what, cl_int rc) { return error_set(err, SPML_DEVICE, "opencl", "%s: %d", what, rc); }

static SpmlCode build(const char *text, cl_program *out, Error *err)
{
    cl_int rc;
    *out = cl.clCreateProgramWithSource(context, 1, &text, NULL, &rc);
    if (rc)
        return failed(err, "clCreateProgramWithSource", rc);
    rc = cl.clBuildProgram(*out, 1, &device, "-cl-std=CL1.2", NULL, NULL);
    if (!rc)
        return SPML_OK;
    static char log[16384];
    cl.clGetProgramBuildInfo(*out, device, CL_PROGRAM_BUILD_LOG, sizeof log - 1, log, NULL);
    return error_set(err, SPML_DEVICE, "opencl", "build: %s", log);
}

typedef struct Args { cl_mem buffer[KIR_MAX_OPERANDS + 1]; uint64_t words[512]; } Args;

static cl_int buffer_arg(cl_kernel kernel, cl_uint at, size_t bytes, void *p, cl_mem *out)
{
    cl_int rc;
    *out = cl.clCreateBuffer(context, bytes ? CL_MEM_COPY_HOST_PTR | CL_MEM_READ_WRITE : CL_MEM_READ_WRITE, bytes ? bytes : 16, bytes ? p : NULL, &rc);
    return rc ? rc : cl.clSetKernelArg(kernel, at, sizeof *out, out);
}

static cl_int set_args(cl_kernel kernel, const EmitRun *r, Args *a)
{
    uint64_t base[KIR_MAX_OPERANDS];
    const size_t n_words = kir_words(r->k);
    cl_int rc = n_words > 512 ? CL_INVALID_VALUE : 0;
    for (size_t m = 0; m < r->k->n_operands; m++)
        base[m] = (uint64_t)((uint8_t *)r->l->view[m].p - (uint8_t *)r->start[m]);
    if (!rc)
        kir_fill_words(r->k, r->l, base, a->words);
    if (!rc && r->info.by_value)
        rc = cl.clSetKernelArg(kernel, 0, n_words * 8, a->words);
    else if (!rc)
        rc = buffer_arg(kernel, 0, n_words * 8, a->words, &a->buffer[KIR_MAX_OPERANDS]);
    for (size_t m = 0; m < r->k->n_operands && !rc; m++)
        rc = buffer_arg(kernel, 1 + (cl_uint)m, r->bytes[m], r->start[m], &a->buffer[m]);
    if (!rc && r->info.dynamic_shared)
        rc = cl.clSetKernelArg(kernel, 1 + (cl_uint)r->k->n_operands, (size_t)kir_shared_bytes(r->k, r->l), NULL);
    return rc;
}

static cl_int launch(cl_kernel kernel, const EmitRun *r, const Args *a)
{
    const size_t items = (size_t)a->words[0], local = r->info.group_size;
    const size_t global = r->info.group ? items * local : r->info.share ? (items + 6) / 7 : (items + local - 1) / local * local;
    cl_int rc = global ? cl.clEnqueueNDRangeKernel(queue, kernel, 1, NULL, &global, &local, 0, NULL, NULL) : 0;
    for (size_t m = 0; m < r->k->n_operands && !rc; m++)
        if (r->bytes[m] && r->k->mems[m].kind != KMEM_IN)
            rc = cl.clEnqueueReadBuffer(queue, a->buffer[m], CL_TRUE, 0, r->bytes[m], r->start[m], 0, NULL, NULL);
    return rc ? rc : cl.clFinish(queue);
}

static SpmlCode run_one(cl_program program, EmitRun *r, Error *err)
{
    Args a = { 0 };
    cl_int rc;
    cl_kernel kernel = cl.clCreateKernel(program, r->entry, &rc);
    if (rc)
        return failed(err, r->entry, rc);
    rc = set_args(kernel, r, &a);
    if (!rc)
        rc = launch(kernel, r, &a);
    for (size_t m = 0; m <= KIR_MAX_OPERANDS; m++)
        if (a.buffer[m])
            cl.clReleaseMemObject(a.buffer[m]);
    cl.clReleaseKernel(kernel);
    return rc ? failed(err, "launch", rc) : SPML_OK;
}

static SpmlCode cl_run(EmitDevice *d, const char *text, EmitRun *runs, size_t n, Error *err)
{
    cl_program program = NULL;
    SpmlCode code = build(text, &program, err);
    for (size_t i = 0; i < n && !code; i++)
        code = run_one(program, &runs[i], err);
    if (program)
        cl.clReleaseProgram(program);
    return code;
}

EmitDevice emit_device_opencl = {
    .name = "opencl", .emitter = &kir_emit_opencl,
    .target = { .language = KLANG_OPENCL, .lanes = 16, .items = 64, .simd = 16, .max_shared = 32768, .max_by_value = 100 },
    .open = cl_open, .run = cl_run, .close = cl_close,
};
