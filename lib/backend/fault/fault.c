/* SPDX-License-Identifier: MIT
 * backend/fault: a test device that wraps another ("fault:interp") and fails as SPML_FAULT says: "KIND:N" fails the N-th call of that kind, from 1. Kinds:
 * alloc, upload, download, copy, compile, prepare, update, launch, wait; lost: from the N-th call of any kind on everything fails, as when a device is gone. */
#include "backend/test_backends.h"

#include <stdlib.h>
#include <string.h>

typedef enum FaultKind { FAULT_NONE, FAULT_ALLOC, FAULT_UPLOAD, FAULT_DOWNLOAD, FAULT_COPY, FAULT_COMPILE, FAULT_PREPARE, FAULT_UPDATE, FAULT_LAUNCH, FAULT_WAIT, FAULT_LOST } FaultKind;
static const char *const kind_name[] = {"none", "alloc", "upload", "download", "copy", "compile", "prepare", "update", "launch", "wait", "lost"};

struct Device {
    const Backend *b;
    Device *d;
    FaultKind kind;
    uint64_t n, seen; /* fails the n-th; calls of its kind so far */
};

static const Backend *wrapped(const char *name)
{
    for (int i = 0; name && backends[i]; i++)
        if (!strcmp(backends[i]->name, name))
            return backends[i];
    return name && !strcmp(name, backend_interp.name) ? &backend_interp : NULL;
}

static SpmlCode fault_plan(Device *d, const char *text, Error *err)
{
    const char *colon = text ? strchr(text, ':') : NULL;
    if (!text || !*text)
        return SPML_OK;
    for (size_t i = 1; colon && i < sizeof kind_name / sizeof *kind_name; i++)
        if (strlen(kind_name[i]) == (size_t)(colon - text) && !memcmp(kind_name[i], text, (size_t)(colon - text))) {
            d->kind = (FaultKind)i;
            d->n = strtoull(colon + 1, NULL, 10);
        }
    return d->n ? SPML_OK : error_set(err, SPML_USAGE, "fault", "SPML_FAULT: KIND:N, not '%.40s'", text);
}

static SpmlCode fault_open(const DeviceOptions *o, Device **out, Error *err)
{
    Device *d = calloc(1, sizeof *d);
    if (!d)
        return error_oom(err);
    DeviceOptions inner = *o;
    inner.wraps = NULL;
    d->b = wrapped(o->wraps);
    SpmlCode code = d->b ? fault_plan(d, getenv("SPML_FAULT"), err) : error_set(err, SPML_USAGE, "backend", "fault: wraps a backend by name, as in fault:interp");
    if (!code)
        code = d->b->open(&inner, &d->d, err);
    if (code)
        free(d);
    else
        *out = d;
    return code;
}

static void fault_close(Device **d)
{
    if (*d) {
        (*d)->b->close(&(*d)->d);
        free(*d);
        *d = NULL;
    }
}

/* Is it now? */
static SpmlCode fault_now(Device *d, FaultKind kind, Error *err)
{
    bool lost = d->kind == FAULT_LOST;
    if (d->kind != kind && !lost)
        return SPML_OK;
    d->seen++;
    if (lost ? d->seen < d->n : d->seen != d->n)
        return SPML_OK;
    if (lost)
        return error_set(err, SPML_DEVICE, "device-lost", "the device is lost");
    return error_set(err, kind == FAULT_ALLOC ? SPML_RESOURCE : SPML_DEVICE, kind == FAULT_ALLOC ? "out-of-memory" : "device-failed", "%s number %llu fails",
                     kind_name[kind], (unsigned long long)d->n);
}

static void fault_info(const Device *d, DeviceInfo *out)
{
    d->b->info(d->d, out);
    out->software = true;
}

static SpmlCode fault_alloc(Device *d, size_t sz, void **out, Error *err)
{
    SpmlCode code = fault_now(d, FAULT_ALLOC, err);
    return code ? code : d->b->alloc(d->d, sz, out, err);
}

static void fault_free(Device *d, void *p) { d->b->free(d->d, p); }

static SpmlCode fault_upload(Device *d, void *to, const void *from, size_t sz, Error *err)
{
    SpmlCode code = fault_now(d, FAULT_UPLOAD, err);
    return code ? code : d->b->upload(d->d, to, from, sz, err);
}

static SpmlCode fault_download(Device *d, void *to, const void *from, size_t sz, Error *err)
{
    SpmlCode code = fault_now(d, FAULT_DOWNLOAD, err);
    return code ? code : d->b->download(d->d, to, from, sz, err);
}

static SpmlCode fault_copy(Device *d, void *to, const void *from, size_t sz, Error *err)
{
    SpmlCode code = fault_now(d, FAULT_COPY, err);
    return code ? code : d->b->copy(d->d, to, from, sz, err);
}

static SpmlCode fault_compile(Device *d, KernelDesc *list, size_t n, BackendKernel **out, Error *err)
{
    SpmlCode code = fault_now(d, FAULT_COMPILE, err);
    return code ? code : d->b->compile(d->d, list, n, out, err);
}

static void fault_release(Device *d, BackendKernel *k) { d->b->release(d->d, k); }

static SpmlCode fault_prepack(Device *d, BackendKernel *k, const KirLaunch *l, uint32_t const_mask, void **pack, Error *err)
{
    *pack = NULL;
    return d->b->prepack ? d->b->prepack(d->d, k, l, const_mask, pack, err) : SPML_OK;
}

static void fault_pack_free(Device *d, void *pack)
{
    if (d->b->pack_free)
        d->b->pack_free(d->d, pack);
}

static SpmlCode fault_submit(Device *d, const BackendLaunch *list, size_t n, Error *err)
{
    SpmlCode code = fault_now(d, FAULT_LAUNCH, err);
    return code ? code : d->b->submit(d->d, list, n, err);
}

static SpmlCode fault_wait(Device *d, Error *err)
{
    SpmlCode code = fault_now(d, FAULT_WAIT, err);
    return code ? code : d->b->wait(d->d, err);
}

static const char *fault_engine(const BackendKernel *k)
{
    (void)k;
    return "fault";
}

static SpmlCode fault_prepare(Device *d, const BackendLaunch *list, size_t n, BackendList **out, Error *err)
{
    if (!d->b->prepare)
        return error_set(err, SPML_UNSUPPORTED, "prepare", "%s prepares no lists", d->b->name);
    SpmlCode code = fault_now(d, FAULT_PREPARE, err);
    return code ? code : d->b->prepare(d->d, list, n, out, err);
}

static SpmlCode fault_update(Device *d, BackendList *l, const BackendLaunch *list, size_t n, Error *err)
{
    SpmlCode code = fault_now(d, FAULT_UPDATE, err);
    return code ? code : d->b->update(d->d, l, list, n, err);
}

static SpmlCode fault_replay(Device *d, BackendList *l, const atomic_bool *stop, Error *err)
{
    SpmlCode code = fault_now(d, FAULT_LAUNCH, err);
    return code ? code : d->b->replay(d->d, l, stop, err);
}

static void fault_list_free(Device *d, BackendList *l) { d->b->list_free(d->d, l); }

static void fault_counts(const Device *d, DeviceCounts *out)
{
    if (d->b->counts)
        d->b->counts(d->d, out);
}

const Backend backend_fault = {
    .name = "fault", .open = fault_open, .close = fault_close, .info = fault_info, .alloc = fault_alloc, .free = fault_free, .upload = fault_upload,
    .download = fault_download, .copy = fault_copy, .compile = fault_compile, .release = fault_release, .prepack = fault_prepack, .pack_free = fault_pack_free,
    .submit = fault_submit, .wait = fault_wait, .engine = fault_engine, .prepare = fault_prepare, .update = fault_update, .replay = fault_replay, .list_free = fault_list_free,
    .counts = fault_counts,
};
