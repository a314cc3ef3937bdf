/* SPDX-License-Identifier: MIT
 * ptxsim's libcuda.so.1: the device, contexts, modules, functions and linker. There is one device, "ptxsim simulated sm_NN". */
#include "driver.h"

#include <stdio.h>
#include <stdlib.h>

pthread_mutex_t driver_lock = PTHREAD_MUTEX_INITIALIZER;
PtxSim *driver_sim;
static Ctx primary = {.primary = true, .null.ctx = &primary};
static __thread Ctx *stack[16];
static __thread int depth;
static const uint64_t default_memory = (uint64_t)8 << 30;

Ctx *driver_current(void) { return depth ? stack[depth - 1] : NULL; }

CUresult driver_enter(Ctx **c)
{
    *c = driver_current();
    pthread_mutex_lock(&driver_lock);
    CUresult rc = !driver_sim ? CU_NOT_INITIALIZED : !*c || !(*c)->refs ? CU_INVALID_CONTEXT : (*c)->error;
    if (rc)
        pthread_mutex_unlock(&driver_lock);
    return rc;
}

CUresult driver_leave(CUresult rc)
{
    Ctx *c = driver_current();
    rc = rc ? rc : c ? c->error : 0;
    pthread_mutex_unlock(&driver_lock);
    return rc;
}

static uint64_t total_memory(void)
{
    const char *s = getenv("SPML_PTXSIM_MEMORY"); /* MiB */
    return s && *s ? strtoull(s, NULL, 0) << 20 : default_memory;
}

/* ── device ── */

CU CUresult cuInit(unsigned flags)
{
    pthread_mutex_lock(&driver_lock);
    if (!driver_sim && !flags)
        driver_sim = ptxsim_open(NULL);
    pthread_mutex_unlock(&driver_lock);
    return flags ? CU_INVALID_VALUE : driver_sim ? CU_OK : CU_OUT_OF_MEMORY;
}

CU CUresult cuDriverGetVersion(int *v)
{
    *v = 13000;
    return CU_OK;
}

static CUresult device_ok(CUdevice d) { return !driver_sim ? CU_NOT_INITIALIZED : d ? CU_INVALID_DEVICE : CU_OK; }

CU CUresult cuDeviceGetCount(int *n)
{
    *n = 1;
    return driver_sim ? CU_OK : CU_NOT_INITIALIZED;
}

CU CUresult cuDeviceGet(CUdevice *d, int ordinal)
{
    *d = 0;
    return device_ok(ordinal);
}

CU CUresult cuDeviceGetName(char *name, int n, CUdevice d)
{
    CUresult rc = device_ok(d);
    if (!rc && n > 0)
        snprintf(name, (size_t)n, "ptxsim simulated sm_%d", ptxsim_sm(driver_sim));
    return rc;
}

CU CUresult cuDeviceGetUuid(void *uuid, CUdevice d)
{
    memcpy(uuid, "ptxsim simulated", 16);
    return device_ok(d);
}
CU CUresult cuDeviceGetUuid_v2(void *uuid, CUdevice d) { return cuDeviceGetUuid(uuid, d); }

CU CUresult cuDeviceTotalMem_v2(size_t *n, CUdevice d)
{
    *n = total_memory();
    return device_ok(d);
}

static int attribute(int id)
{
    enum { OTHER = -1 };
    int sm = ptxsim_sm(driver_sim), optin = (sm >= 90 ? 227 : sm >= 80 ? 163 : 64) << 10;
    const int table[][2] = {
        {1, 1024}, {2, 1024}, {3, 1024}, {4, 64}, {5, INT32_MAX}, {6, 65535}, {7, 65535}, {8, 48 << 10}, {9, 64 << 10}, {10, WARP}, {11, INT32_MAX}, {12, 65536},
        {13, 1000000}, {14, 512}, {15, 1}, {16, 4}, {17, 0}, {18, 0}, {19, 1}, {20, 0}, {31, 1}, {32, 0}, {33, 0}, {34, 0}, {35, 0}, {36, 1000000}, {37, 256},
        {38, 4 << 20}, {39, sm >= 80 ? 2048 : 1024}, {40, 1}, {41, 1}, {50, 0}, {75, sm / 10}, {76, sm % 10}, {78, 0}, {79, 1}, {80, 1},
        {81, optin + (sm >= 80 ? 1024 : 0)}, {82, 65536}, {83, 0}, {84, 0}, {85, 0}, {86, 0}, {87, 32}, {88, 0}, {89, 0}, {90, 0}, {91, 0}, {95, 0}, {97, optin},
        {99, 1}, {100, 0}, {101, 0}, {102, 0}, {106, sm >= 90 ? 32 : sm >= 80 ? 32 : 16}, {111, sm >= 80 ? 1024 : 0}, {115, 0},
    };
    for (size_t k = 0; k < sizeof table / sizeof *table; k++)
        if (table[k][0] == id)
            return table[k][1];
    return OTHER;
}

CU CUresult cuDeviceGetAttribute(int *out, int id, CUdevice d)
{
    CUresult rc = device_ok(d);
    if (rc)
        return rc;
    *out = attribute(id);
    return *out < 0 ? CU_INVALID_VALUE : CU_OK;
}

CU CUresult cuDeviceComputeCapability(int *major, int *minor, CUdevice d)
{
    CUresult rc = device_ok(d);
    if (!rc) {
        *major = ptxsim_sm(driver_sim) / 10;
        *minor = ptxsim_sm(driver_sim) % 10;
    }
    return rc;
}

/* ── contexts ── */

static void reset(Ctx *c)
{
    driver_drain(c);
    while (c->streams) {
        Stream *s = c->streams;
        c->streams = s->next;
        queue_close(&s->q);
        free(s);
    }
    queue_close(&c->null.q);
    c->null = (Stream){.ctx = c};
    c->error = 0;
}

CU CUresult cuDevicePrimaryCtxRetain(Ctx **out, CUdevice d)
{
    CUresult rc = device_ok(d);
    if (rc)
        return rc;
    pthread_mutex_lock(&driver_lock);
    primary.refs++;
    pthread_mutex_unlock(&driver_lock);
    *out = &primary;
    return CU_OK;
}

CU CUresult cuDevicePrimaryCtxRelease_v2(CUdevice d)
{
    CUresult rc = device_ok(d);
    pthread_mutex_lock(&driver_lock);
    rc = rc ? rc : primary.refs ? CU_OK : CU_INVALID_CONTEXT;
    if (!rc && !--primary.refs)
        reset(&primary);
    pthread_mutex_unlock(&driver_lock);
    return rc;
}

CU CUresult cuDevicePrimaryCtxReset_v2(CUdevice d)
{
    CUresult rc = device_ok(d);
    pthread_mutex_lock(&driver_lock);
    if (!rc)
        reset(&primary);
    pthread_mutex_unlock(&driver_lock);
    return rc;
}

CU CUresult cuDevicePrimaryCtxGetState(CUdevice d, unsigned *flags, int *active)
{
    *flags = 0;
    *active = primary.refs > 0;
    return device_ok(d);
}
CU CUresult cuDevicePrimaryCtxSetFlags_v2(CUdevice d, unsigned flags) { return flags > 0x1f ? CU_INVALID_VALUE : device_ok(d); }

CU CUresult cuCtxPushCurrent_v2(Ctx *c)
{
    if (!c || depth == 16)
        return CU_INVALID_CONTEXT;
    stack[depth++] = c;
    return CU_OK;
}

CU CUresult cuCtxPopCurrent_v2(Ctx **out)
{
    if (!depth)
        return CU_INVALID_CONTEXT;
    depth--;
    if (out)
        *out = stack[depth];
    return CU_OK;
}

CU CUresult cuCtxSetCurrent(Ctx *c)
{
    depth = depth ? depth - 1 : 0;
    return c ? cuCtxPushCurrent_v2(c) : CU_OK;
}

CU CUresult cuCtxGetCurrent(Ctx **out)
{
    *out = driver_current();
    return driver_sim ? CU_OK : CU_NOT_INITIALIZED;
}

CU CUresult cuCtxCreate_v2(Ctx **out, unsigned flags, CUdevice d)
{
    CUresult rc = device_ok(d);
    Ctx *c = rc || flags > 0x1f ? NULL : calloc(1, sizeof *c);
    if (!c)
        return rc ? rc : CU_INVALID_VALUE;
    c->refs = 1;
    c->null.ctx = c;
    *out = c;
    return cuCtxPushCurrent_v2(c);
}

CU CUresult cuCtxDestroy_v2(Ctx *c)
{
    if (!c || c->primary)
        return CU_INVALID_CONTEXT;
    if (driver_current() == c)
        depth--;
    pthread_mutex_lock(&driver_lock);
    reset(c);
    pthread_mutex_unlock(&driver_lock);
    free(c);
    return CU_OK;
}

CU CUresult cuCtxGetDevice(CUdevice *d)
{
    *d = 0;
    return driver_current() ? CU_OK : CU_INVALID_CONTEXT;
}

CU CUresult cuCtxGetFlags(unsigned *f)
{
    *f = 0;
    return driver_current() ? CU_OK : CU_INVALID_CONTEXT;
}

CU CUresult cuCtxGetStreamPriorityRange(int *least, int *greatest)
{
    *least = *greatest = 0;
    return driver_current() ? CU_OK : CU_INVALID_CONTEXT;
}

CU CUresult cuCtxSynchronize(void)
{
    Ctx *c;
    CUresult rc = driver_enter(&c);
    if (rc)
        return rc;
    if (driver_capturing(c))
        return driver_leave(CU_CAPTURE_UNSUPPORTED);
    driver_drain(c);
    return driver_leave(CU_OK);
}

/* ── modules: PTX text, or what cuLinkComplete made: this head and the text ── */

typedef struct Image {
    char magic[16];
    uint64_t n;
    uint64_t sum;
} Image;
static const char magic[16] = "ptxsim cubin 1\n";

static uint64_t checksum(const char *s, size_t n)
{
    uint64_t h = 14695981039346656037u;
    for (size_t k = 0; k < n; k++)
        h = (h ^ (unsigned char)s[k]) * 1099511628211u;
    return h;
}

typedef struct JitLogs {
    char *info, *error;
    size_t n_info, n_error;
} JitLogs;

static JitLogs jit_logs(unsigned n, const int *options, void **values)
{
    enum { INFO_LOG = 3, INFO_SIZE, ERROR_LOG, ERROR_SIZE };
    JitLogs l = {0};
    for (unsigned k = 0; k < n; k++)
        switch (options[k]) {
        case INFO_LOG: l.info = values[k]; break;
        case INFO_SIZE: l.n_info = (size_t)(uintptr_t)values[k]; break;
        case ERROR_LOG: l.error = values[k]; break;
        case ERROR_SIZE: l.n_error = (size_t)(uintptr_t)values[k]; break;
        default: break;
        }
    return l;
}

static CUresult load_text(const char *text, size_t n, JitLogs *l, Module **out)
{
    char log[512] = "";
    CUresult rc = ptxsim_load(driver_sim, text, n, out, log, sizeof log);
    if (rc && l->error && l->n_error)
        snprintf(l->error, l->n_error, "ptxsim: %s\n", log);
    if (!rc && l->info && l->n_info) {
        size_t at = 0;
        l->info[0] = 0;
        for (size_t k = 0; k < (*out)->n_funcs && at < l->n_info; k++) {
            const Func *f = (*out)->funcs[k];
            at += (size_t)snprintf(l->info + at, l->n_info - at, "ptxsim info: %s: %u instructions, %u bytes shared, %u bytes local\n", f->name, f->n_code,
                f->shared_static, f->local_size);
        }
    }
    return rc;
}

CU CUresult cuModuleLoadDataEx(Module **out, const void *image, unsigned n, int *options, void **values)
{
    static const char elf[4] = {0x7f, 'E', 'L', 'F'};
    Ctx *c;
    CUresult rc = driver_enter(&c);
    if (rc)
        return rc;
    JitLogs l = jit_logs(n, options, values);
    if (!memcmp(image, magic, 4) && !strncmp(image, magic, sizeof magic)) {
        Image head;
        memcpy(&head, image, sizeof head);
        const char *text = (const char *)image + sizeof head;
        return driver_leave(checksum(text, head.n) == head.sum ? load_text(text, head.n, &l, out) : CU_INVALID_IMAGE);
    }
    if (!memcmp(image, elf, 4))
        return driver_leave(CU_NO_BINARY);
    return driver_leave(load_text(image, strlen(image), &l, out));
}
CU CUresult cuModuleLoadData(Module **out, const void *image) { return cuModuleLoadDataEx(out, image, 0, NULL, NULL); }

CU CUresult cuModuleUnload(Module *m)
{
    Ctx *c;
    CUresult rc = driver_enter(&c);
    if (rc)
        return rc;
    driver_drain(c);
    ptxsim_unload(&m);
    return driver_leave(CU_OK);
}

CU CUresult cuModuleGetFunction(Func **out, Module *m, const char *name)
{
    Ctx *c;
    CUresult rc = driver_enter(&c);
    if (rc)
        return rc;
    *out = m && name ? module_func(m, name) : NULL;
    return driver_leave(*out ? CU_OK : !m || !name ? CU_INVALID_VALUE : CU_NOT_FOUND);
}

CU CUresult cuModuleGetGlobal_v2(CUdeviceptr *p, size_t *n, Module *m, const char *name)
{
    uint64_t at;
    size_t size;
    Ctx *c;
    CUresult rc = driver_enter(&c);
    if (rc)
        return rc;
    if (!module_global(m, name, &at, &size))
        return driver_leave(CU_NOT_FOUND);
    if (p)
        *p = at;
    if (n)
        *n = size;
    return driver_leave(CU_OK);
}

CU CUresult cuFuncGetAttribute(int *out, int id, Func *f)
{
    int sm = ptxsim_sm(driver_sim);
    const int table[] = {f->maxntid ? (int)f->maxntid : 1024, (int)f->shared_static, 0, (int)f->local_size, (int)(f->n_regs < 255 ? f->n_regs : 255),
        f->mod->version / 10 * 10 + f->mod->version % 10, sm, 0, (int)f->max_dynamic, -1};
    if (id < 0 || id >= (int)(sizeof table / sizeof *table))
        return CU_INVALID_VALUE;
    *out = table[id];
    return CU_OK;
}

CU CUresult cuFuncSetAttribute(Func *f, int id, int value)
{
    enum { MAX_DYNAMIC = 8, CARVEOUT = 9 };
    if (id == CARVEOUT)
        return value < -1 || value > 100 ? CU_INVALID_VALUE : CU_OK;
    if (id != MAX_DYNAMIC || value < 0 || (uint32_t)value + f->shared_static > (uint32_t)attribute(97))
        return CU_INVALID_VALUE;
    f->max_dynamic = (uint32_t)value;
    return CU_OK;
}
CU CUresult cuFuncSetCacheConfig(Func *f, int config) { return f && config >= 0 && config <= 3 ? CU_OK : CU_INVALID_VALUE; }

CU CUresult cuOccupancyMaxActiveBlocksPerMultiprocessor(int *out, Func *f, int block, size_t dynamic)
{
    if (block < 1 || block > 1024)
        return CU_INVALID_VALUE;
    int by_threads = attribute(39) / block, shared = (int)(f->shared_static + dynamic + (size_t)attribute(111)), by_shared = shared ? attribute(81) / shared : 32;
    int n = by_threads < by_shared ? by_threads : by_shared;
    *out = n < attribute(106) ? n : attribute(106);
    return CU_OK;
}

/* ── linker: checks the text and wraps it ── */

typedef struct Linker {
    Image *image;
    size_t n;
    JitLogs logs;
} Linker;

CU CUresult cuLinkCreate_v2(unsigned n, int *options, void **values, Linker **out)
{
    Linker *l = calloc(1, sizeof *l);
    if (!l)
        return CU_OUT_OF_MEMORY;
    l->logs = jit_logs(n, options, values);
    *out = l;
    return CU_OK;
}

CU CUresult cuLinkAddData_v2(Linker *l, int type, void *data, size_t n, const char *name, unsigned n_options, int *options, void **values)
{
    enum { INPUT_PTX = 1 };
    Ctx *c;
    Module *m;
    (void)name, (void)n_options, (void)options, (void)values;
    CUresult rc = driver_enter(&c);
    if (rc)
        return rc;
    n -= n && !((const char *)data)[n - 1];
    if (type != INPUT_PTX || l->image)
        return driver_leave(CU_INVALID_IMAGE);
    rc = load_text(data, n, &l->logs, &m);
    if (rc)
        return driver_leave(rc);
    ptxsim_unload(&m);
    l->n = sizeof(Image) + n;
    l->image = malloc(l->n + 1);
    if (!l->image)
        return driver_leave(CU_OUT_OF_MEMORY);
    memcpy(l->image->magic, magic, sizeof magic);
    l->image->n = n;
    l->image->sum = checksum(data, n);
    memcpy(l->image + 1, data, n);
    return driver_leave(CU_OK);
}

CU CUresult cuLinkComplete(Linker *l, void **image, size_t *n)
{
    *image = l->image;
    *n = l->n;
    return l->image ? CU_OK : CU_INVALID_VALUE;
}

CU CUresult cuLinkDestroy(Linker *l)
{
    if (l)
        free(l->image);
    free(l);
    return CU_OK;
}

CU CUresult cuMemGetInfo_v2(size_t *unused, size_t *total)
{
    Ctx *c;
    CUresult rc = driver_enter(&c);
    if (rc)
        return rc;
    *total = total_memory();
    *unused = *total - (driver_sim->mem.live < *total ? driver_sim->mem.live : *total);
    return driver_leave(CU_OK);
}
