/* SPDX-License-Identifier: MIT
 * backend/opencl: loading the ICD loader, choosing a device, and turning its description into a KirTarget. Every string is the driver's and
 * may hold anything. */
#include "backend/opencl/cl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#ifndef CL_DEVICE_DOUBLE_FP_CONFIG
#define CL_DEVICE_DOUBLE_FP_CONFIG 0x1032
#endif

enum { MAX_PLATFORMS = 16, MAX_DEVICES = 64 };

/* ── loading ── */

static Cl functions;
static char load_problem[200]; /* "" when functions can be used */
static pthread_once_t load_once = PTHREAD_ONCE_INIT;

static void load(void)
{
    static const struct { const char *name; size_t at; } row[] = {
#define X(name) {#name, offsetof(Cl, name)},
        CL_FUNCTIONS(X)
#undef X
    };
    void *lib = dlopen("libOpenCL.so.1", RTLD_NOW | RTLD_LOCAL); /* stays: drivers keep threads of their own */
    if (!lib) {
        snprintf(load_problem, sizeof load_problem, "%s", dlerror());
        return;
    }
    for (size_t i = 0; i < sizeof row / sizeof *row && !*load_problem; i++) {
        void *p = dlsym(lib, row[i].name);
        memcpy((char *)&functions + row[i].at, &p, sizeof p);
        if (!p)
            snprintf(load_problem, sizeof load_problem, "libOpenCL.so.1 has no %s", row[i].name);
    }
}

SpmlCode cl_load(const Cl **out, Error *err)
{
    pthread_once(&load_once, load);
    *out = &functions;
    return *load_problem ? error_set(err, SPML_DEVICE, "device-missing", "no driver: %s", load_problem) : SPML_OK;
}

/* ── errors ── */

const char *cl_error_name(cl_int e)
{
    static const struct { cl_int e; const char *name; } row[] = {
#define X(name) {name, #name}
        X(CL_DEVICE_NOT_FOUND), X(CL_DEVICE_NOT_AVAILABLE), X(CL_COMPILER_NOT_AVAILABLE), X(CL_MEM_OBJECT_ALLOCATION_FAILURE), X(CL_OUT_OF_RESOURCES),
        X(CL_OUT_OF_HOST_MEMORY), X(CL_BUILD_PROGRAM_FAILURE), X(CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST), X(CL_INVALID_VALUE), X(CL_INVALID_DEVICE),
        X(CL_INVALID_CONTEXT), X(CL_INVALID_COMMAND_QUEUE), X(CL_INVALID_MEM_OBJECT), X(CL_INVALID_BINARY), X(CL_INVALID_BUILD_OPTIONS), X(CL_INVALID_PROGRAM),
        X(CL_INVALID_PROGRAM_EXECUTABLE), X(CL_INVALID_KERNEL_NAME), X(CL_INVALID_KERNEL), X(CL_INVALID_ARG_INDEX), X(CL_INVALID_ARG_VALUE), X(CL_INVALID_ARG_SIZE),
        X(CL_INVALID_KERNEL_ARGS), X(CL_INVALID_WORK_GROUP_SIZE), X(CL_INVALID_WORK_ITEM_SIZE), X(CL_INVALID_GLOBAL_WORK_SIZE), X(CL_INVALID_EVENT),
        X(CL_INVALID_OPERATION), X(CL_INVALID_BUFFER_SIZE),
#undef X
        {-1001, "CL_PLATFORM_NOT_FOUND_KHR"},
    };
    static _Thread_local char other[32];
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        if (row[i].e == e)
            return row[i].name;
    snprintf(other, sizeof other, "error %d", (int)e);
    return other;
}

SpmlCode cl_failed(cl_int e, const char *what, Error *err)
{
    if (e == CL_OUT_OF_HOST_MEMORY)
        return error_oom(err);
    if (e == CL_MEM_OBJECT_ALLOCATION_FAILURE)
        return error_set(err, SPML_RESOURCE, "device-memory", "OpenCL: %s: the device's memory is full", what);
    return error_set(err, SPML_DEVICE, "driver", "OpenCL: %s: %s", what, cl_error_name(e));
}

/* ── what a device says ── */

static uint64_t number(const Cl *cl, cl_device_id d, cl_device_info what)
{
    uint64_t v = 0; /* answers are of 4 or 8 bytes, little-endian like the machines with OpenCL */
    return cl->clGetDeviceInfo(d, what, sizeof v, &v, NULL) ? 0 : v;
}

static void device_string(const Cl *cl, cl_device_id d, cl_device_info what, char *out, size_t sz)
{
    size_t n = 0;
    out[0] = 0;
    if (!cl->clGetDeviceInfo(d, what, 0, NULL, &n) && n && n < 1 << 20) {
        char *all = malloc(n);
        if (all && !cl->clGetDeviceInfo(d, what, n, all, NULL)) {
            all[n - 1] = 0;
            snprintf(out, sz, "%s", all);
        }
        free(all);
    }
}

static void platform_string(const Cl *cl, cl_platform_id p, cl_platform_info what, char *out, size_t sz)
{
    if (cl->clGetPlatformInfo(p, what, sz, out, NULL))
        out[0] = 0;
    out[sz - 1] = 0;
}

/* Is the word in the space-separated list? */
static bool listed(const char *list, const char *word)
{
    const size_t n = strlen(word);
    for (const char *p = list; (p = strstr(p, word)); p += n)
        if ((p == list || p[-1] == ' ') && (!p[n] || p[n] == ' '))
            return true;
    return false;
}

static uint32_t caps_of(const Cl *cl, cl_device_id d)
{
    static const struct { uint32_t cap; const char *ext[2]; } row[] = {
        {KCAP_atomic64, {"cl_khr_int64_base_atomics", "cl_khr_int64_extended_atomics"}},
    };
    char extensions[8192];
    const uint64_t single = number(cl, d, CL_DEVICE_SINGLE_FP_CONFIG), twice = number(cl, d, CL_DEVICE_DOUBLE_FP_CONFIG);
    uint32_t caps = KCAP_int64 | KCAP_store8 | KCAP_store16 | KCAP_f16 | KCAP_mulhi64 | KCAP_fma; /* core of OpenCL C 1.2; f16 by vload_half, vstore_half_rte */
    device_string(cl, d, CL_DEVICE_EXTENSIONS, extensions, sizeof extensions);
    caps |= twice & CL_FP_DENORM ? KCAP_f64 : 0;
    caps |= single & CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT ? KCAP_div | KCAP_sqrt : 0;
    caps |= single & CL_FP_DENORM ? KCAP_denorm : 0;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        if (listed(extensions, row[i].ext[0]) && listed(extensions, row[i].ext[1]))
            caps |= row[i].cap;
    return caps;
}

static uint32_t at_most(uint64_t wish, uint64_t limit)
{
    while (wish > 1 && wish > limit)
        wish /= 2;
    return (uint32_t)wish;
}

static KirTarget target_of(const Cl *cl, cl_device_id d, bool cpu)
{
    const uint64_t group = number(cl, d, CL_DEVICE_MAX_WORK_GROUP_SIZE), shared = number(cl, d, CL_DEVICE_LOCAL_MEM_SIZE);
    const uint64_t args = number(cl, d, CL_DEVICE_MAX_PARAMETER_SIZE), pointers = 8 * (KIR_MAX_OPERANDS + 1);
    return (KirTarget){
        .language = KLANG_OPENCL, .caps = caps_of(cl, d), .lanes = cpu ? 1 : at_most(64, group), .items = at_most(cpu ? 64 : 256, group),
        .max_shared = shared > UINT32_MAX ? UINT32_MAX : (uint32_t)shared, .max_by_value = args > pointers ? (uint32_t)((args - pointers) / 8) : 0,
        .simd = cpu ? (uint32_t)number(cl, d, CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT) : 0,
    };
}

static void describe(const Cl *cl, ClDevice *d)
{
    char version[96], driver[64];
    const cl_device_type type = number(cl, d->id, CL_DEVICE_TYPE);
    const bool cpu = type & CL_DEVICE_TYPE_CPU;
    d->target = target_of(cl, d->id, cpu);
    d->info = (DeviceInfo){.kind = cpu ? DEVICE_CPU : type & CL_DEVICE_TYPE_GPU ? DEVICE_GPU : DEVICE_OTHER, .software = cpu,
                           .sz_memory = number(cl, d->id, CL_DEVICE_GLOBAL_MEM_SIZE), .threads = (int)number(cl, d->id, CL_DEVICE_MAX_COMPUTE_UNITS), .caps = d->target.caps};
    d->sz_alloc_max = number(cl, d->id, CL_DEVICE_MAX_MEM_ALLOC_SIZE);
    device_string(cl, d->id, CL_DEVICE_NAME, d->info.name, sizeof d->info.name);
    device_string(cl, d->id, CL_DRIVER_VERSION, driver, sizeof driver);
    platform_string(cl, d->platform, CL_PLATFORM_NAME, version, sizeof version);
    snprintf(d->info.driver, sizeof d->info.driver, "%.60s %s", version, driver);
    snprintf(d->options, sizeof d->options, "-cl-std=CL1.2%s", d->target.caps & KCAP_div ? " -cl-fp32-correctly-rounded-divide-sqrt" : "");
}

void cl_identity(const Cl *cl, const ClDevice *d, Text *out)
{
    char text[256];
    text_printf(out, "spml %s opencl %s\n", SPML_VERSION, d->options);
    platform_string(cl, d->platform, CL_PLATFORM_NAME, text, sizeof text);
    text_printf(out, "%s\n", text);
    platform_string(cl, d->platform, CL_PLATFORM_VERSION, text, sizeof text);
    text_printf(out, "%s\n", text);
    static const cl_device_info what[] = {CL_DEVICE_NAME, CL_DEVICE_VENDOR, CL_DEVICE_VERSION, CL_DRIVER_VERSION};
    for (size_t i = 0; i < sizeof what / sizeof *what; i++) {
        device_string(cl, d->id, what[i], text, sizeof text);
        text_printf(out, "%s\n", text);
    }
}

/* ── choosing ── */

/* Devices that can compile, in the loader's order. */
static size_t list_devices(const Cl *cl, ClDevice list[MAX_DEVICES])
{
    cl_platform_id platform[MAX_PLATFORMS];
    cl_device_id id[MAX_DEVICES];
    cl_uint n_platforms = 0;
    size_t n = 0;
    if (cl->clGetPlatformIDs(MAX_PLATFORMS, platform, &n_platforms))
        return 0;
    for (cl_uint p = 0; p < n_platforms && p < MAX_PLATFORMS; p++) {
        cl_uint found = 0;
        if (cl->clGetDeviceIDs(platform[p], CL_DEVICE_TYPE_ALL, MAX_DEVICES, id, &found))
            continue;
        for (cl_uint i = 0; i < found && i < MAX_DEVICES && n < MAX_DEVICES; i++)
            if ((cl_bool)number(cl, id[i], CL_DEVICE_AVAILABLE) && (cl_bool)number(cl, id[i], CL_DEVICE_COMPILER_AVAILABLE))
                list[n++] = (ClDevice){.platform = platform[p], .id = id[i]};
    }
    return n;
}

SpmlCode cl_device(const Cl *cl, int index, ClDevice *out, Error *err)
{
    ClDevice list[MAX_DEVICES];
    const size_t n = list_devices(cl, list);
    int seen = 0;
    for (int cpu = 0; cpu < 2; cpu++)
        for (size_t i = 0; i < n; i++) {
            if (!(number(cl, list[i].id, CL_DEVICE_TYPE) & CL_DEVICE_TYPE_CPU) == !cpu && seen++ == index) {
                *out = list[i];
                describe(cl, out);
                return SPML_OK;
            }
        }
    return n ? error_set(err, SPML_DEVICE, "device-missing", "there are %zu OpenCL devices, numbers 0 to %zu", n, n - 1)
             : error_set(err, SPML_DEVICE, "device-missing", "OpenCL is installed, but no platform has a device that compiles kernels");
}
