/* SPDX-License-Identifier: MIT
 * backend/cuda: the vtable of run/backend.h on the primary context of one device and one stream. A launch is recorded first (variant, words, grid), so that nothing of
 * a list runs when one of its launches cannot. A prepared list is a graph where the driver has them (from CUDA 12 on); other arguments are written into the nodes of
 * the executable graph, which stays as it was made. Errors of kernels show at the next wait. */
#include "backend/cuda/cuda.h"

#include <stdlib.h>
#include <string.h>

/* ── opening ── */

static void cuda_close(Device **device)
{
    Device *d = *device;
    if (!d)
        return;
    if (d->context && !cuda_current(d, NULL)) {
        if (d->stream)
            d->cu->cuStreamSynchronize(d->stream);
        while (d->programs)
            cuda_program_drop(d, d->programs);
        cuda_memory_close(d);
        if (d->stream)
            d->cu->cuStreamDestroy_v2(d->stream);
        d->cu->cuCtxSetCurrent(NULL);
    }
    if (d->context)
        d->cu->cuDevicePrimaryCtxRelease_v2(d->is.id);
    jit_close(&d->jit);
    free(d);
    *device = NULL;
}

static SpmlCode start(Device *d, const DeviceOptions *o, Error *err)
{
    Text identity = { 0 };
    SpmlCode code = cuda_load(&d->cu, err);
    if (!code)
        code = cuda_device(d->cu, o->index, &d->is, err);
    if (code)
        return code;
    cuda_identity(&d->is, &identity);
    code = jit_open(&d->jit, d, &cuda_runtime, &kir_emit_ptx, &d->is.target, &identity, o, err);
    if (code)
        return code;
    d->is.info.caps = d->jit.target.caps;
    CUresult e = d->cu->cuDevicePrimaryCtxRetain(&d->context, d->is.id);
    if (!e)
        e = d->cu->cuCtxSetCurrent(d->context);
    if (!e)
        e = d->cu->cuStreamCreate(&d->stream, CU_STREAM_NON_BLOCKING);
    return e ? cuda_failed(d->cu, e, "starting the device", err) : cuda_memory_open(d, err);
}

static SpmlCode cuda_open(const DeviceOptions *o, Device **out, Error *err)
{
    Device *d = calloc(1, sizeof *d);
    *out = d;
    if (!d)
        return error_oom(err);
    const SpmlCode code = start(d, o, err);
    if (code)
        cuda_close(out);
    return code;
}

static void cuda_info(const Device *d, DeviceInfo *out) { *out = d->is.info; }
static void cuda_counts(const Device *d, DeviceCounts *out) { *out = d->jit.counts; }

/* ── recording ── */

typedef struct Record {
    CudaKernel *kernel;
    const JitKernel *of;
    uint64_t *words;       /* [n_words]; by value */
    void *block;           /* or their copy on the device */
    bool by_value;
    uint32_t sz_shared, groups, group_size;
    CUgraphNode node;      /* NULL: no graph, or nothing to do */
} Record;

struct BackendList { Arena arena; Record *records; size_t n; uint64_t *before /* [JIT_MAX_WORDS] */; CUgraph graph; CUgraphExec made; };

/* More shared memory than a kernel may have without asking. */
static SpmlCode allow_shared(Device *d, const Record *r, Error *err)
{
    if (r->sz_shared <= 48u << 10 || r->sz_shared <= r->kernel->sz_shared)
        return SPML_OK;
    const CUresult e = d->cu->cuFuncSetAttribute(r->kernel->function, CU_FUNC_MAX_DYNAMIC_SHARED, (int)r->sz_shared);
    if (e)
        return cuda_failed(d->cu, e, "asking for shared memory", err);
    r->kernel->sz_shared = r->sz_shared;
    return SPML_OK;
}

static SpmlCode send_words(Device *d, Record *r, Error *err)
{
    const size_t sz = r->of->n_words * sizeof *r->words;
    const SpmlCode code = r->block ? SPML_OK : cuda_alloc(d, sz, &r->block, err);
    return code ? code : cuda_upload(d, r->block, r->words, sz, err);
}

/* r, whose words are there, for this launch. */
static SpmlCode record_fill(Device *d, BackendKernel *k, const KirLaunch *l, Record *r, Error *err)
{
    const JitKernel *j = k->jit;
    uint64_t base[KIR_MAX_OPERANDS];
    JitVariant *v;
    SpmlCode code = jit_variant(&d->jit, k, l, &v, err);
    if (!code)
        code = jit_shared(&d->jit, j, v, l, &r->sz_shared, err);
    if (code)
        return code;
    r->kernel = v->object;
    r->by_value = v->info.by_value;
    r->group_size = v->info.group_size;
    for (size_t m = 0; m < j->kir->n_operands; m++)
        base[m] = (uintptr_t)l->view[m].p;
    kir_fill_words(j->kir, l, base, r->words);
    const uint64_t groups = jit_groups(v, r->words);
    if (groups > INT32_MAX)
        return error_set(err, SPML_UNSUPPORTED, "grid", "kernel %s would need %llu groups, a CUDA grid has at most %d", j->name, (unsigned long long)groups, INT32_MAX);
    r->groups = (uint32_t)groups;
    code = allow_shared(d, r, err);
    return code || r->by_value || !groups ? code : send_words(d, r, err);
}

static SpmlCode record(Device *d, BackendKernel *k, const KirLaunch *l, Arena *a, Record *r, Error *err)
{
    *r = (Record){ .of = k->jit, .words = arena_array(a, uint64_t, k->jit->n_words) };
    return r->words ? record_fill(d, k, l, r, err) : error_oom(err);
}

static void list_clear(Device *d, BackendList *l)
{
    for (size_t i = 0; i < l->n; i++)
        cuda_free(d, l->records[i].block);
    if (l->made)
        d->cu->cuGraphExecDestroy(l->made);
    if (l->graph)
        d->cu->cuGraphDestroy(l->graph);
    arena_free(&l->arena);
}

static SpmlCode record_list(Device *d, const BackendLaunch *list, size_t n, BackendList *out, Error *err)
{
    SpmlCode code = cuda_current(d, err);
    out->records = arena_array(&out->arena, Record, 2 * n);
    if (!out->records)
        return error_oom(err);
    memset(out->records, 0, 2 * n * sizeof *out->records);
    for (size_t i = 0; i < n && !code; i++) {
        code = record(d, list[i].kernel, list[i].args, &out->arena, &out->records[out->n++], err);
        if (!code && list[i].post)
            code = record(d, list[i].post, list[i].post_args, &out->arena, &out->records[out->n++], err);
    }
    return code;
}

/* ── launching ── */

static SpmlCode enqueue(Device *d, const Record *r, Error *err)
{
    void *block = r->block, *params[1] = { r->by_value ? (void *)r->words : (void *)&block };
    if (!r->groups)
        return SPML_OK;
    const CUresult e = d->cu->cuLaunchKernel(r->kernel->function, r->groups, 1, 1, r->group_size, 1, 1, r->sz_shared, d->stream, params, NULL);
    if (e)
        return error_context(err, "kernel %s", (cuda_failed(d->cu, e, "launching", err), r->of->name));
    d->jit.counts.launches++;
    return SPML_OK;
}

static SpmlCode enqueue_all(Device *d, const BackendList *l, Error *err)
{
    SpmlCode code = SPML_OK;
    for (size_t i = 0; i < l->n && !code; i++)
        code = enqueue(d, &l->records[i], err);
    return code;
}

static SpmlCode cuda_submit(Device *d, const BackendLaunch *list, size_t n, Error *err)
{
    BackendList l = { 0 };
    SpmlCode code = record_list(d, list, n, &l, err);
    if (!code)
        code = enqueue_all(d, &l, err);
    list_clear(d, &l); /* blocks are handed out again to later work of the stream only */
    return code;
}

/* ── prepared lists ── */

static void cuda_list_free(Device *d, BackendList *l)
{
    if (!l)
        return;
    cuda_current(d, NULL);
    list_clear(d, l);
    free(l);
}

static bool has_graphs(const Cuda *cu)
{
    return cu->cuGraphCreate && cu->cuGraphAddKernelNode_v2 && cu->cuGraphExecKernelNodeSetParams_v2 && cu->cuGraphInstantiateWithFlags && cu->cuGraphLaunch && cu->cuGraphExecDestroy
        && cu->cuGraphDestroy;
}

static CudaKernelNode node_of(const Record *r, void **params)
{
    return (CudaKernelNode){ .function = r->kernel->function, .grid = { r->groups, 1, 1 }, .block = { r->group_size, 1, 1 }, .shared = r->sz_shared, .params = params };
}

static SpmlCode graph_make(Device *d, BackendList *l, Error *err)
{
    const Cuda *cu = d->cu;
    CUgraphNode last = NULL;
    if (!has_graphs(cu))
        return SPML_OK;
    CUresult e = cu->cuGraphCreate(&l->graph, 0);
    for (size_t i = 0; i < l->n && !e; i++) {
        Record *r = &l->records[i];
        void *params[1] = { r->by_value ? (void *)r->words : (void *)&r->block };
        const CudaKernelNode node = node_of(r, params);
        if (!r->groups)
            continue;
        e = cu->cuGraphAddKernelNode_v2(&r->node, l->graph, last ? &last : NULL, last != NULL, &node);
        last = r->node;
    }
    if (!e)
        e = cu->cuGraphInstantiateWithFlags(&l->made, l->graph, 0);
    return e ? cuda_failed(cu, e, "making a graph", err) : SPML_OK;
}

static SpmlCode cuda_prepare(Device *d, const BackendLaunch *list, size_t n, BackendList **out, Error *err)
{
    BackendList *l = calloc(1, sizeof *l);
    *out = NULL;
    if (!l)
        return error_oom(err);
    SpmlCode code = record_list(d, list, n, l, err);
    if (!code && !(l->before = arena_array(&l->arena, uint64_t, JIT_MAX_WORDS)))
        code = error_oom(err);
    if (!code)
        code = graph_make(d, l, err);
    if (code)
        cuda_list_free(d, l);
    else
        *out = l;
    return code;
}

/* SPML_NO: a launch that had nothing to do has something now, or the other way round. */
static SpmlCode record_again(Device *d, BackendKernel *k, const KirLaunch *launch, BackendList *l, Record *r, Error *err)
{
    const Record was = *r;
    memcpy(l->before, r->words, r->of->n_words * sizeof *r->words);
    SpmlCode code = record_fill(d, k, launch, r, err);
    if (code || !l->made)
        return code;
    if (!r->groups != !r->node)
        return SPML_NO;
    const bool same = r->kernel == was.kernel && r->sz_shared == was.sz_shared && r->by_value == was.by_value && r->block == was.block && r->groups == was.groups;
    if (!r->node || (same && (!r->by_value || !memcmp(l->before, r->words, r->of->n_words * sizeof *r->words))))
        return SPML_OK;
    void *params[1] = { r->by_value ? (void *)r->words : (void *)&r->block };
    const CudaKernelNode node = node_of(r, params);
    const CUresult e = d->cu->cuGraphExecKernelNodeSetParams_v2(l->made, r->node, &node);
    return e ? cuda_failed(d->cu, e, "writing arguments into a graph", err) : SPML_OK;
}

static SpmlCode cuda_update(Device *d, BackendList *l, const BackendLaunch *list, size_t n, Error *err)
{
    SpmlCode code = cuda_current(d, err);
    Record *r = l->records;
    for (size_t i = 0; i < n && !code; i++) {
        code = record_again(d, list[i].kernel, list[i].args, l, r++, err);
        if (!code && list[i].post)
            code = record_again(d, list[i].post, list[i].post_args, l, r++, err);
    }
    return code;
}

static SpmlCode cuda_replay(Device *d, BackendList *l, const atomic_bool *stop, Error *err)
{
    (void)stop;
    SpmlCode code = cuda_current(d, err);
    d->jit.counts.replays++;
    if (code || !l->made)
        return code ? code : enqueue_all(d, l, err);
    const CUresult e = d->cu->cuGraphLaunch(l->made, d->stream);
    for (size_t i = 0; i < l->n && !e; i++)
        d->jit.counts.launches += l->records[i].groups != 0;
    return e ? cuda_failed(d->cu, e, "launching a graph", err) : SPML_OK;
}

static const char *cuda_engine(const BackendKernel *k)
{
    return k->jit->variants && k->jit->variants->info.group ? "group" : "items";
}

const Backend backend_cuda = {
    .name = "cuda", .open = cuda_open, .close = cuda_close, .info = cuda_info, .alloc = cuda_alloc, .free = cuda_free, .upload = cuda_upload,
    .download = cuda_download, .copy = cuda_copy, .compile = cuda_compile, .release = cuda_release, .submit = cuda_submit, .wait = cuda_wait,
    .engine = cuda_engine, .prepare = cuda_prepare, .update = cuda_update, .replay = cuda_replay, .list_free = cuda_list_free, .counts = cuda_counts,
    .text = jit_text,
};
