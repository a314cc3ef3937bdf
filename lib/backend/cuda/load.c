/* SPDX-License-Identifier: MIT
 * backend/cuda: loading the driver, naming its errors, and turning a device's description into a KirTarget: its tier of PTX follows from the compute capability
 * and from what the driver can read. Every string is the driver's and may hold anything. */
#include "backend/cuda/cuda.h"
#include "kir/emit_ptx.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

/* ── loading ── */

static Cuda functions;
static char problem[200]; /* "" when functions can be used */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void find_functions(void *lib)
{
    static const struct { const char *name; size_t at; bool optional; } row[] = {
#define X(name, ...) { #name, offsetof(Cuda, name), false },
        CUDA_FUNCTIONS(X)
#undef X
#define X(name, ...) { #name, offsetof(Cuda, name), true },
        CUDA_OPTIONAL(X)
#undef X
    };
    for (size_t i = 0; i < sizeof row / sizeof *row && !*problem; i++) {
        void *p = dlsym(lib, row[i].name);
        memcpy((char *)&functions + row[i].at, &p, sizeof p);
        if (!p && !row[i].optional)
            snprintf(problem, sizeof problem, "libcuda.so.1 has no %s", row[i].name);
    }
}

static const char *name_of(CUresult e)
{
    const char *name = NULL;
    return functions.cuGetErrorName && !functions.cuGetErrorName(e, &name) && name ? name : "unknown error";
}

static void load(void)
{
    void *lib = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL); /* stays: drivers keep threads of their own */
    if (!lib) {
        snprintf(problem, sizeof problem, "%s", dlerror());
        return;
    }
    find_functions(lib);
    if (*problem)
        return;
    const CUresult e = functions.cuInit(0);
    if (e == CUDA_ERROR_STUB_LIBRARY)
        snprintf(problem, sizeof problem, "libcuda.so.1 is the toolkit's stub, not a driver");
    else if (e)
        snprintf(problem, sizeof problem, "the driver does not start: %s", name_of(e));
}

SpmlCode cuda_load(const Cuda **out, Error *err)
{
    pthread_once(&once, load);
    *out = &functions;
    return *problem ? error_set(err, SPML_DEVICE, "device-missing", "no driver: %s", problem) : SPML_OK;
}

/* ── errors ── */

SpmlCode cuda_failed(const Cuda *cu, CUresult e, const char *what, Error *err)
{
    static const struct { CUresult from, to; SpmlCode code; const char *key; } row[] = {
        { CUDA_ERROR_OUT_OF_MEMORY, CUDA_ERROR_OUT_OF_MEMORY, SPML_RESOURCE, "device-memory" },
        { CUDA_ERROR_DEVICE_UNAVAILABLE, CUDA_ERROR_DEVICE_UNAVAILABLE, SPML_DEVICE, "device-lost" },
        { CUDA_ERROR_ECC_UNCORRECTABLE, CUDA_ERROR_ECC_UNCORRECTABLE, SPML_DEVICE, "device-lost" },
        { CUDA_ERROR_INVALID_IMAGE, CUDA_ERROR_NO_BINARY_FOR_GPU, SPML_UNSUPPORTED, "kernel-build" },
        { CUDA_ERROR_INVALID_PTX, CUDA_ERROR_UNSUPPORTED_PTX_VERSION, SPML_UNSUPPORTED, "kernel-build" },
        { CUDA_ERROR_ILLEGAL_ADDRESS, CUDA_ERROR_LAUNCH_TIMEOUT, SPML_DEVICE, "launch-failed" },
        { CUDA_ERROR_CONTEXT_IS_DESTROYED, CUDA_ERROR_CONTEXT_IS_DESTROYED, SPML_DEVICE, "device-lost" },
        { CUDA_ERROR_ASSERT, CUDA_ERROR_LAUNCH_FAILED, SPML_DEVICE, "launch-failed" },
        { CUDA_ERROR_SYSTEM_NOT_READY, CUDA_ERROR_UNKNOWN, SPML_DEVICE, "device-lost" },
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        if (e >= row[i].from && e <= row[i].to)
            return error_set(err, row[i].code, row[i].key, "CUDA: %s: %s (%d)", what, name_of(e), e);
    (void)cu;
    return error_set(err, SPML_DEVICE, "driver", "CUDA: %s: %s (%d)", what, name_of(e), e);
}

SpmlCode cuda_current(Device *d, Error *err)
{
    const CUresult e = d->cu->cuCtxSetCurrent(d->context);
    return e ? cuda_failed(d->cu, e, "using the device", err) : SPML_OK;
}

/* ── devices ── */

static int attribute(const Cuda *cu, CUdevice id, int which)
{
    int v = 0;
    return cu->cuDeviceGetAttribute(&v, which, id) ? 0 : v;
}

/* Simulators say so in their name. */
static bool says_simulated(const char *name) { return strcasestr(name, "simulated") != NULL; }

static SpmlCode describe(const Cuda *cu, CudaDevice *d, Error *err)
{
    size_t memory = 0;
    d->info = (DeviceInfo){ .kind = DEVICE_GPU };
    cu->cuDriverGetVersion(&d->version);
    if (cu->cuDeviceGetName(d->info.name, sizeof d->info.name, d->id))
        snprintf(d->info.name, sizeof d->info.name, "CUDA device");
    d->info.name[sizeof d->info.name - 1] = 0;
    d->major = attribute(cu, d->id, CU_ATTRIBUTE_MAJOR);
    d->minor = attribute(cu, d->id, CU_ATTRIBUTE_MINOR);
    if (!kir_ptx_target((unsigned)(d->major * 10 + d->minor), (unsigned)(d->version / 1000 * 10 + d->version % 1000 / 10), &d->target))
        return error_set(err, SPML_DEVICE, "device-missing", "%s has compute capability %d.%d, driver CUDA %d.%d; 7.5 and 10.0 are the least that is supported", d->info.name,
                         d->major, d->minor, d->version / 1000, d->version % 1000 / 10);
    const int optin = attribute(cu, d->id, CU_ATTRIBUTE_MAX_SHARED_OPTIN), shared = attribute(cu, d->id, CU_ATTRIBUTE_MAX_SHARED);
    d->target.max_shared = (uint32_t)(optin > shared ? optin : shared);
    cu->cuDeviceTotalMem_v2(&memory, d->id);
    d->info.sz_memory = memory;
    d->info.threads = attribute(cu, d->id, CU_ATTRIBUTE_MULTIPROCESSORS);
    d->info.simulated = d->info.software = says_simulated(d->info.name);
    d->info.caps = d->target.caps;
    snprintf(d->info.driver, sizeof d->info.driver, "CUDA %d.%d, compute capability %d.%d, code for sm_%u", d->version / 1000, d->version % 1000 / 10, d->major, d->minor, d->target.sm);
    return SPML_OK;
}

SpmlCode cuda_device(const Cuda *cu, int index, CudaDevice *out, Error *err)
{
    int n = 0;
    CUresult e = cu->cuDeviceGetCount(&n);
    *out = (CudaDevice){ 0 };
    if (e && e != CUDA_ERROR_NO_DEVICE)
        return cuda_failed(cu, e, "counting devices", err);
    if (n <= 0)
        return error_set(err, SPML_DEVICE, "device-missing", "the CUDA driver is installed, but there is no device");
    if (index < 0 || index >= n)
        return error_set(err, SPML_DEVICE, "device-missing", "there are %d CUDA devices, numbers 0 to %d", n, n - 1);
    e = cu->cuDeviceGet(&out->id, index);
    return e ? cuda_failed(cu, e, "finding the device", err) : describe(cu, out, err);
}

void cuda_identity(const CudaDevice *d, Text *out)
{
    text_printf(out, "spml %s cuda %d\n%s\n%d.%d sm_%u\n", SPML_VERSION, d->version, d->info.name, d->major, d->minor, d->target.sm);
}
