/* SPDX-License-Identifier: MIT
 * backend/interp: a test device. Its memory is its own (memory.h), kernels run in the interpreter of KIR, lists are prepared and replayed. It is found by
 * name only, and proves what the executor does for devices. SPML_INTERP, comma-separated: lanes=N schedules kernels for N lanes; checks turns the
 * interpreter's checks on; refuse=NAME refuses kernels of templates whose name begins so; submit=NAME refuses them only when launched; every=N refuses
 * every N-th launch, and lists. */
#include "backend/interp/memory.h"
#include "backend/test_backends.h"
#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct Device {
    FarMemory *memory;
    uint32_t lanes;
    bool checks;
    uint64_t every, asked;
    char refuse[64], submit[64];
    DeviceCounts counts;
};

struct BackendKernel {
    const KirKernel *kir;   /* what runs: the instance itself or its schedule */
    bool submit;            /* refused when launched */
    Arena arena;
};

struct BackendList { size_t n; BackendLaunch *list; KirLaunch *args; };

static void option_name(const char *text, const char *key, char *out, size_t sz)
{
    const char *p = text ? strstr(text, key) : NULL;
    if (p)
        snprintf(out, sz, "%.*s", (int)strcspn(p + strlen(key), ","), p + strlen(key));
}

static void interp_close(Device **d)
{
    if (*d) {
        far_close(&(*d)->memory);
        free(*d);
        *d = NULL;
    }
}

static SpmlCode interp_open(const DeviceOptions *o, Device **out, Error *err)
{
    const char *env = getenv("SPML_INTERP");
    char lanes[64] = "", every[64] = "";
    if (o->index != 0)
        return error_set(err, SPML_DEVICE, "device-missing", "there is one interp device, number 0");
    Device *d = calloc(1, sizeof *d);
    if (!d)
        return error_oom(err);
    option_name(env, "lanes=", lanes, sizeof lanes);
    option_name(env, "refuse=", d->refuse, sizeof d->refuse);
    option_name(env, "submit=", d->submit, sizeof d->submit);
    d->lanes = (uint32_t)strtoul(lanes, NULL, 10);
    option_name(env, "every=", every, sizeof every);
    d->every = strtoul(every, NULL, 10);
    d->checks = env && strstr(env, "checks");
    *out = d;
    SpmlCode code = far_open(&d->memory, err);
    if (code)
        interp_close(out);
    return code;
}

static void interp_info(const Device *d, DeviceInfo *out)
{
    *out = (DeviceInfo){.name = "interpreter", .kind = DEVICE_OTHER, .threads = 1, .software = true};
    (void)d;
}

static SpmlCode interp_alloc(Device *d, size_t sz, void **out, Error *err)
{
    d->counts.allocs++;
    return far_alloc(d->memory, sz, out, err);
}

static void interp_free(Device *d, void *p) { far_free(d->memory, p); }

static SpmlCode bad_range(Error *err, const char *what) { return error_set(err, SPML_DEVICE, "device-fault", "interp: %s outside of an allocation", what); }

static SpmlCode interp_upload(Device *d, void *to, const void *from, size_t sz, Error *err)
{
    void *p = far_find(d->memory, to, sz);
    if (!p)
        return bad_range(err, "upload");
    memcpy(p, from, sz);
    d->counts.uploads++;
    d->counts.bytes_up += sz;
    return SPML_OK;
}

static SpmlCode interp_download(Device *d, void *to, const void *from, size_t sz, Error *err)
{
    const void *p = far_find(d->memory, from, sz);
    if (!p)
        return bad_range(err, "download");
    memcpy(to, p, sz);
    d->counts.downloads++;
    d->counts.bytes_down += sz;
    return SPML_OK;
}

static SpmlCode interp_copy(Device *d, void *to, const void *from, size_t sz, Error *err)
{
    void *p = far_find(d->memory, to, sz);
    const void *q = far_find(d->memory, from, sz);
    if (!p || !q)
        return bad_range(err, "copy");
    memcpy(p, q, sz);
    return SPML_OK;
}

static void interp_release(Device *d, BackendKernel *k)
{
    (void)d;
    if (k) {
        arena_free(&k->arena);
        free(k);
    }
}

static bool begins(const char *name, const char *with) { return *with && !strncmp(name, with, strlen(with)); }

static SpmlCode compile_one(Device *d, KernelDesc *desc, BackendKernel **out, Error *err)
{
    if (begins(desc->kernel->name, d->refuse))
        return error_set(err, SPML_UNSUPPORTED, "kernel-refused", "SPML_INTERP refuses %s", d->refuse);
    BackendKernel *k = calloc(1, sizeof *k);
    if (!k)
        return error_oom(err);
    KirKernel *made = NULL;
    SpmlCode code = d->lanes ? kir_schedule(desc->kernel, d->lanes, &k->arena, &made, err) : SPML_OK;
    k->kir = made ? made : desc->kernel;
    k->submit = begins(desc->kernel->name, d->submit);
    d->counts.compiled += !code;
    *out = k;
    if (code) {
        interp_release(d, k);
        *out = NULL;
    }
    return code;
}

static SpmlCode interp_compile(Device *d, KernelDesc *list, size_t n, BackendKernel **out, Error *err)
{
    SpmlCode code = SPML_OK;
    for (size_t i = 0; i < n && !code; i++) {
        out[i] = NULL;
        code = compile_one(d, &list[i], &out[i], &list[i].why);
        if (code == SPML_UNSUPPORTED)
            code = SPML_OK;
        else if (code && err)
            *err = list[i].why;
    }
    return code;
}

/* Elements below and above element [0, 0, …] that the view reaches; false: it is empty. */
static bool reach(const KirView *w, int64_t *lo, int64_t *hi)
{
    *lo = *hi = 0;
    for (int i = 0; i < w->rank; i++) {
        if (w->dim[i] <= 0)
            return false;
        int64_t last = (w->dim[i] - 1) * w->stride[i];
        *(last < 0 ? lo : hi) += last;
    }
    return true;
}

/* The view on the bytes behind its addresses. */
static SpmlCode translate(Device *d, const KMem *m, KirView *w, Error *err)
{
    const DTypeInfo *t = &dtype_info[m->type];
    int64_t lo, hi, unit = m->block_bytes ? (int64_t)m->block_bytes : t->bytes, per = m->block_bytes ? 1 : t->block;
    if (!reach(w, &lo, &hi)) {
        w->p = NULL;
        return SPML_OK;
    }
    int64_t first = lo / per * unit, end = (hi / per + 1) * unit;
    char *p = far_find(d->memory, (char *)w->p + first, (size_t)(end - first));
    if (!p)
        return bad_range(err, m->name);
    w->p = p - first;
    return SPML_OK;
}

static SpmlCode run_kernel(Device *d, const KirKernel *k, const KirLaunch *args, Error *err)
{
    KirLaunch *l = malloc(sizeof *l);
    SpmlCode code = l ? SPML_OK : error_oom(err);
    if (l)
        kir_launch_copy(l, args, k->n_operands);
    for (size_t i = 0; i < k->n_operands && !code; i++)
        code = translate(d, &k->mems[i], &l->view[i], err);
    if (!code)
        code = kir_interpret(k, l, KORDER_SHUFFLED, d->checks, err);
    free(l);
    d->counts.launches += !code;
    return code == SPML_NO ? SPML_DEVICE : code;
}

/* As SPML_INTERP says. */
static SpmlCode refusal(Device *d, const BackendLaunch *list, size_t n, Error *err)
{
    bool refused = d->every && (n > 1 || ++d->asked % d->every == 0);
    for (size_t i = 0; i < n; i++)
        refused |= list[i].kernel->submit;
    return refused ? error_set(err, SPML_UNSUPPORTED, "launch", "SPML_INTERP refuses this launch") : SPML_OK;
}

static SpmlCode interp_submit(Device *d, const BackendLaunch *list, size_t n, Error *err)
{
    SpmlCode code = refusal(d, list, n, err);
    for (size_t i = 0; i < n && !code; i++) {
        code = run_kernel(d, list[i].kernel->kir, list[i].args, err);
        if (!code && list[i].post)
            code = run_kernel(d, list[i].post->kir, list[i].post_args, err);
    }
    return code;
}

static SpmlCode interp_wait(Device *d, Error *err)
{
    (void)d;
    (void)err;
    return SPML_OK;
}

static const char *interp_engine(const BackendKernel *k) { return k->kir->scheduled ? "scheduled" : "interpreted"; }

static void interp_list_free(Device *d, BackendList *l)
{
    (void)d;
    if (l) {
        free(l->list);
        free(l->args);
        free(l);
    }
}

static void take_arguments(BackendList *l, const BackendLaunch *list)
{
    for (size_t i = 0; i < l->n; i++) {
        kir_launch_copy(&l->args[2 * i], list[i].args, list[i].kernel->kir->n_operands);
        if (list[i].post)
            kir_launch_copy(&l->args[2 * i + 1], list[i].post_args, list[i].post->kir->n_operands);
    }
}

/* A prepared list keeps its own launches: nothing of the caller's is read again. */
static SpmlCode interp_prepare(Device *d, const BackendLaunch *list, size_t n, BackendList **out, Error *err)
{
    SpmlCode code = refusal(d, list, n, err);
    BackendList *l = code ? NULL : calloc(1, sizeof *l);
    if (code)
        return code;
    if (l) {
        l->n = n;
        l->list = calloc(n, sizeof *l->list);
        l->args = calloc(2 * n, sizeof *l->args);
    }
    if (!l || !l->list || !l->args)
        return interp_list_free(d, l), error_oom(err);
    for (size_t i = 0; i < n; i++)
        l->list[i] = (BackendLaunch){list[i].kernel, list[i].post, &l->args[2 * i], &l->args[2 * i + 1], NULL, NULL};
    take_arguments(l, list);
    *out = l;
    return SPML_OK;
}

static SpmlCode interp_update(Device *d, BackendList *l, const BackendLaunch *list, size_t n, Error *err)
{
    SpmlCode code = refusal(d, list, n, err);
    if (!code)
        take_arguments(l, list);
    return code;
}

static SpmlCode interp_replay(Device *d, BackendList *l, const atomic_bool *stop, Error *err)
{
    (void)stop;
    d->counts.replays++;
    return interp_submit(d, l->list, l->n, err);
}

static void interp_counts(const Device *d, DeviceCounts *out) { *out = d->counts; }

const Backend backend_interp = {
    .name = "interp", .open = interp_open, .close = interp_close, .info = interp_info, .alloc = interp_alloc, .free = interp_free, .upload = interp_upload,
    .download = interp_download, .copy = interp_copy, .compile = interp_compile, .release = interp_release, .submit = interp_submit, .wait = interp_wait,
    .engine = interp_engine, .prepare = interp_prepare, .update = interp_update, .replay = interp_replay, .list_free = interp_list_free, .counts = interp_counts,
};
