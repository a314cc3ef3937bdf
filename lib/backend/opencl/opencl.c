/* SPDX-License-Identifier: MIT
 * backend/opencl: the vtable of run/backend.h on one in-order queue. Memory is buffer objects behind the numbers of addresses.h; a launch is recorded
 * (variant, words, buffers, grid) and then enqueued, so that nothing of a list runs when one of its launches cannot. Errors of kernels are found in
 * their events at the next wait. Compiling is in program.c. */
#include "backend/opencl/opencl.h"

#include <stdlib.h>
#include <string.h>

/* ── opening ── */

static void opencl_close(Device **device)
{
    Device *d = *device;
    if (!d)
        return;
    if (d->queue)
        d->cl->clFinish(d->queue);
    for (size_t i = 0; i < d->n_events; i++)
        d->cl->clReleaseEvent(d->events[i]);
    while (d->programs)
        opencl_program_drop(d, d->programs);
    for (size_t i = 0; i < d->memory.n; i++)
        d->cl->clReleaseMemObject(d->memory.list[i].object);
    addresses_free(&d->memory);
    if (d->block)
        d->cl->clReleaseMemObject(d->block);
    if (d->queue)
        d->cl->clReleaseCommandQueue(d->queue);
    if (d->context)
        d->cl->clReleaseContext(d->context);
    jit_close(&d->jit);
    free(d->ring);
    free(d);
    *device = NULL;
}

static SpmlCode start(Device *d, const DeviceOptions *o, Error *err)
{
    Text identity = {0};
    cl_int e;
    SpmlCode code = cl_load(&d->cl, err);
    if (!code)
        code = cl_device(d->cl, o->index, &d->is, err);
    if (code)
        return code;
    cl_identity(d->cl, &d->is, &identity);
    code = jit_open(&d->jit, d, &opencl_runtime, &kir_emit_opencl, &d->is.target, &identity, o, err);
    if (code)
        return code;
    d->is.info.caps = d->jit.target.caps;
    d->context = d->cl->clCreateContext(NULL, 1, &d->is.id, NULL, NULL, &e);
    if (!d->context)
        return cl_failed(e, "creating a context", err);
    d->queue = d->cl->clCreateCommandQueue(d->context, d->is.id, 0, &e);
    return d->queue ? SPML_OK : cl_failed(e, "creating a queue", err);
}

static SpmlCode opencl_open(const DeviceOptions *o, Device **out, Error *err)
{
    Device *d = calloc(1, sizeof *d);
    *out = d;
    if (!d)
        return error_oom(err);
    SpmlCode code = start(d, o, err);
    if (code)
        opencl_close(out);
    return code;
}

static void opencl_info(const Device *d, DeviceInfo *out) { *out = d->is.info; }
static void opencl_counts(const Device *d, DeviceCounts *out) { *out = d->jit.counts; }

/* ── memory ── */

static SpmlCode opencl_alloc(Device *d, size_t sz, void **out, Error *err)
{
    char want[32], most[32];
    cl_int e;
    *out = NULL;
    d->jit.counts.allocs++;
    if (sz > d->is.sz_alloc_max)
        return error_set(err, SPML_RESOURCE, "device-allocation", "one buffer of %s is wanted; OpenCL device %s allows at most %s", format_bytes(want, sz), d->is.info.name,
                         format_bytes(most, d->is.sz_alloc_max));
    cl_mem m = d->cl->clCreateBuffer(d->context, CL_MEM_READ_WRITE, sz ? sz : 64, NULL, &e);
    if (!m)
        return cl_failed(e, "allocating a buffer", err);
    SpmlCode code = addresses_add(&d->memory, sz, m, out, err);
    if (code)
        d->cl->clReleaseMemObject(m);
    return code;
}

static void opencl_free(Device *d, void *p)
{
    cl_mem m = p ? addresses_remove(&d->memory, p) : NULL;
    if (m)
        d->cl->clReleaseMemObject(m); /* the driver keeps it until what was enqueued is done */
}

static SpmlCode find(const Device *d, const void *p, cl_mem *m, size_t *offset, Error *err)
{
    *m = addresses_find(&d->memory, p, offset);
    return *m ? SPML_OK : error_set(err, SPML_DEVICE, "address", "OpenCL: an address that no allocation of this device holds");
}

static SpmlCode opencl_upload(Device *d, void *to, const void *from, size_t sz, Error *err)
{
    cl_mem m;
    size_t at;
    SpmlCode code = sz ? find(d, to, &m, &at, err) : SPML_NO;
    if (code)
        return code == SPML_NO ? SPML_OK : code;
    cl_int e = d->cl->clEnqueueWriteBuffer(d->queue, m, CL_TRUE, at, sz, from, 0, NULL, NULL);
    d->jit.counts.uploads++;
    d->jit.counts.bytes_up += sz;
    return e ? cl_failed(e, "copying to the device", err) : SPML_OK;
}

/* The first of the oldest n commands that failed; they are done. */
static SpmlCode retire_events(Device *d, size_t n, Error *err)
{
    SpmlCode code = SPML_OK;
    for (size_t i = 0; i < n; i++) {
        cl_int status = CL_COMPLETE;
        cl_int e = d->cl->clGetEventInfo(d->events[i], CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof status, &status, NULL);
        if (!code && (e || status < 0))
            code = error_set(err, SPML_DEVICE, "launch-failed", "OpenCL: a kernel failed on %s: %s", d->is.info.name, cl_error_name(e ? e : status));
        d->cl->clReleaseEvent(d->events[i]);
    }
    d->n_events -= n;
    memmove(d->events, d->events + n, d->n_events * sizeof *d->events);
    return code;
}

static SpmlCode check_events(Device *d, Error *err)
{
    d->ring_at = 0;
    return retire_events(d, d->n_events, err);
}

/* Room for events, while the later half of the work goes on. */
static SpmlCode events_room(Device *d, Error *err)
{
    if (d->n_events < MAX_EVENTS)
        return SPML_OK;
    const cl_int e = d->cl->clWaitForEvents(1, &d->events[MAX_EVENTS / 2 - 1]); /* says that it failed, too: found again when it is retired */
    return e && e != CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST ? cl_failed(e, "waiting", err) : retire_events(d, MAX_EVENTS / 2, err);
}

static SpmlCode opencl_wait(Device *d, Error *err)
{
    cl_int e = d->cl->clFinish(d->queue);
    SpmlCode code = check_events(d, err);
    return code ? code : e ? cl_failed(e, "waiting", err) : SPML_OK;
}

static SpmlCode opencl_download(Device *d, void *to, const void *from, size_t sz, Error *err)
{
    cl_mem m;
    size_t at;
    SpmlCode code = sz ? find(d, from, &m, &at, err) : opencl_wait(d, err);
    if (code || !sz)
        return code;
    cl_int e = d->cl->clEnqueueReadBuffer(d->queue, m, CL_TRUE, at, sz, to, 0, NULL, NULL);
    d->jit.counts.downloads++;
    d->jit.counts.bytes_down += sz;
    code = check_events(d, err);
    return code ? code : e ? cl_failed(e, "copying from the device", err) : SPML_OK;
}

static SpmlCode opencl_copy(Device *d, void *to, const void *from, size_t sz, Error *err)
{
    cl_mem a, b;
    size_t at, into;
    SpmlCode code = sz ? find(d, from, &a, &at, err) : SPML_NO;
    if (!code)
        code = find(d, to, &b, &into, err);
    if (code)
        return code == SPML_NO ? SPML_OK : code;
    cl_int e = d->cl->clEnqueueCopyBuffer(d->queue, a, b, at, into, sz, 0, NULL, NULL);
    return e ? cl_failed(e, "copying within the device", err) : SPML_OK;
}

/* ── launching ── */

typedef struct Record {
    const ClKernel *kernel;
    const JitKernel *of;
    bool by_value;
    uint32_t n_words, n_mems, sz_shared;
    size_t groups, group_size;
    uint64_t *words;  /* [n_words] */
    cl_mem *mems;     /* [n_mems], NULL for an operand without elements */
} Record;

struct BackendList { Arena arena; Record *records; size_t n; };

/* r, whose arrays are there, for this launch. */
static SpmlCode record_fill(Device *d, BackendKernel *k, const KirLaunch *l, Record *r, Error *err)
{
    const JitKernel *j = k->jit;
    uint64_t base[KIR_MAX_OPERANDS] = {0};
    JitVariant *v;
    KirLaunch flat;
    l = jit_launch(j, l, &flat);
    SpmlCode code = jit_variant(&d->jit, k, l, &v, err);
    if (!code)
        code = jit_shared(&d->jit, j, v, l, &r->sz_shared, err);
    if (code)
        return code;
    r->kernel = v->object;
    r->by_value = v->info.by_value;
    r->group_size = v->info.group_size;
    for (uint32_t m = 0; m < r->n_mems && !code; m++) {
        size_t at = 0;
        r->mems[m] = NULL;
        if (l->view[m].p)
            code = find(d, l->view[m].p, &r->mems[m], &at, err);
        base[m] = at;
    }
    kir_fill_words(j->kir, l, base, r->words);
    r->groups = jit_groups(v, r->words);
    return code;
}

static SpmlCode record(Device *d, BackendKernel *k, const KirLaunch *l, Arena *a, Record *r, Error *err)
{
    *r = (Record){.of = k->jit, .n_words = k->jit->n_words, .n_mems = (uint32_t)k->jit->kir->n_operands};
    r->words = arena_array(a, uint64_t, r->n_words);
    r->mems = arena_array(a, cl_mem, r->n_mems);
    return r->words && r->mems ? record_fill(d, k, l, r, err) : error_oom(err);
}

static SpmlCode record_list(Device *d, const BackendLaunch *list, size_t n, BackendList *out, Error *err)
{
    SpmlCode code = SPML_OK;
    out->records = arena_array(&out->arena, Record, 2 * n);
    if (!out->records)
        return error_oom(err);
    for (size_t i = 0; i < n && !code; i++) {
        code = record(d, list[i].kernel, list[i].args, &out->arena, &out->records[out->n++], err);
        if (!code && list[i].post)
            code = record(d, list[i].post, list[i].post_args, &out->arena, &out->records[out->n++], err);
    }
    return code;
}

/* A parameter block that is too long to travel by value: through the one buffer for it, in order; the bytes stay in the ring until the next wait. */
static SpmlCode send_block(Device *d, const Record *r, Error *err)
{
    const size_t sz = r->n_words * sizeof *r->words;
    cl_int e = CL_SUCCESS;
    if (!d->block)
        d->block = d->cl->clCreateBuffer(d->context, CL_MEM_READ_ONLY, JIT_MAX_WORDS * sizeof(uint64_t), NULL, &e);
    if (!d->block)
        return cl_failed(e, "allocating the parameter block", err);
    if (!d->ring && !(d->ring = malloc(SZ_RING)))
        return error_oom(err);
    if (d->ring_at + sz > SZ_RING) {
        SpmlCode code = opencl_wait(d, err);
        if (code)
            return code;
    }
    memcpy(d->ring + d->ring_at, r->words, sz);
    e = d->cl->clEnqueueWriteBuffer(d->queue, d->block, CL_FALSE, 0, sz, d->ring + d->ring_at, 0, NULL, NULL);
    d->ring_at += sz;
    return e ? cl_failed(e, "sending parameters", err) : SPML_OK;
}

static cl_int set_args(Device *d, const Record *r)
{
    cl_kernel k = r->kernel->kernel;
    cl_int e = r->by_value ? d->cl->clSetKernelArg(k, 0, r->n_words * sizeof *r->words, r->words) : d->cl->clSetKernelArg(k, 0, sizeof d->block, &d->block);
    for (uint32_t m = 0; m < r->n_mems && !e; m++)
        e = d->cl->clSetKernelArg(k, m + 1, sizeof(cl_mem), r->mems[m] ? &r->mems[m] : NULL);
    return e || !r->sz_shared ? e : d->cl->clSetKernelArg(k, r->n_mems + 1, r->sz_shared, NULL);
}

static SpmlCode enqueue(Device *d, const Record *r, Error *err)
{
    const size_t global = r->groups * r->group_size;
    SpmlCode code = SPML_OK;
    if (!r->groups)
        return SPML_OK;
    code = events_room(d, err);
    if (!code && !r->by_value)
        code = send_block(d, r, err);
    cl_int e = code ? CL_SUCCESS : set_args(d, r);
    if (!code && !e)
        e = d->cl->clEnqueueNDRangeKernel(d->queue, r->kernel->kernel, 1, NULL, &global, &r->group_size, 0, NULL, &d->events[d->n_events]);
    if (code || e)
        return code ? code : error_context(err, "kernel %s", (cl_failed(e, "launching", err), r->of->name));
    d->n_events++;
    d->jit.counts.launches++;
    r->kernel->program->launched = true;
    return SPML_OK;
}

static SpmlCode enqueue_all(Device *d, const BackendList *l, Error *err)
{
    SpmlCode code = SPML_OK;
    for (size_t i = 0; i < l->n && !code; i++)
        code = enqueue(d, &l->records[i], err);
    if (!code)
        d->cl->clFlush(d->queue);
    return code;
}

static SpmlCode opencl_submit(Device *d, const BackendLaunch *list, size_t n, Error *err)
{
    BackendList l = {0};
    SpmlCode code = record_list(d, list, n, &l, err);
    if (!code)
        code = enqueue_all(d, &l, err);
    arena_free(&l.arena);
    return code;
}

static void opencl_list_free(Device *d, BackendList *l)
{
    (void)d;
    if (l) {
        arena_free(&l->arena);
        free(l);
    }
}

static SpmlCode opencl_prepare(Device *d, const BackendLaunch *list, size_t n, BackendList **out, Error *err)
{
    BackendList *l = calloc(1, sizeof *l);
    *out = NULL;
    if (!l)
        return error_oom(err);
    SpmlCode code = record_list(d, list, n, l, err);
    if (code)
        opencl_list_free(d, l);
    else
        *out = l;
    return code;
}

static SpmlCode opencl_update(Device *d, BackendList *l, const BackendLaunch *list, size_t n, Error *err)
{
    SpmlCode code = SPML_OK;
    Record *r = l->records;
    for (size_t i = 0; i < n && !code; i++) {
        code = record_fill(d, list[i].kernel, list[i].args, r++, err);
        if (!code && list[i].post)
            code = record_fill(d, list[i].post, list[i].post_args, r++, err);
    }
    return code;
}

static SpmlCode opencl_replay(Device *d, BackendList *l, const atomic_bool *stop, Error *err)
{
    (void)stop;
    d->jit.counts.replays++;
    return enqueue_all(d, l, err);
}

static const char *opencl_engine(const BackendKernel *k)
{
    return k->jit->variants && k->jit->variants->info.group ? "group" : "items";
}

const Backend backend_opencl = {
    .name = "opencl", .open = opencl_open, .close = opencl_close, .info = opencl_info, .alloc = opencl_alloc, .free = opencl_free, .upload = opencl_upload,
    .download = opencl_download, .copy = opencl_copy, .compile = opencl_compile, .release = opencl_release, .submit = opencl_submit, .wait = opencl_wait,
    .engine = opencl_engine, .prepare = opencl_prepare, .update = opencl_update, .replay = opencl_replay, .list_free = opencl_list_free, .counts = opencl_counts,
    .text = jit_text,
};
