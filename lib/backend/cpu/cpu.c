/* SPDX-License-Identifier: MIT
 * backend/cpu: chooses an engine for each kernel instance when it is compiled, from what the kernel is, never from its name:
 * ahead-of-time C (cooperative kernels), packed contraction (a dot whose accesses are affine), tile program (everything else). */
#include "base/threads.h"
#include "kir/prims.h"
#include "run/backend.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct Device { Pool *pool; CpuLevel level; };

struct BackendKernel {
    const KirKernel *kir;
    const KAot *aot;
    Arena arena;
};

static SpmlCode cpu_open(int index, int threads, Device **out, Error *err)
{
    if (index != 0)
        return error_set(err, SPML_DEVICE, "device-missing", "there is one cpu device, number 0");
    Device *d = calloc(1, sizeof *d);
    if (!d)
        return error_oom(err);
    prims_init();
    d->level = cpu_level();
    SpmlCode code = pool_open(threads, &d->pool, err);
    if (code)
        free(d);
    else
        *out = d;
    return code;
}

static void cpu_close(Device **d)
{
    if (*d) {
        pool_close(&(*d)->pool);
        free(*d);
        *d = NULL;
    }
}

static void cpu_info(const Device *d, DeviceInfo *out)
{
    *out = (DeviceInfo){.threads = pool_threads(d->pool), .host_memory = true};
    snprintf(out->name, sizeof out->name, "%s", cpu_level_name(d->level));
}

static SpmlCode cpu_alloc(Device *d, size_t sz, void **out, Error *err)
{
    (void)d;
    if (sz > SIZE_MAX - 64 || !(*out = aligned_alloc(64, (sz + 63) & ~(size_t)63)))
        return error_oom(err);
    return SPML_OK;
}

static void cpu_free(Device *d, void *p)
{
    (void)d;
    free(p);
}

static void cpu_release(Device *d, BackendKernel *k)
{
    (void)d;
    if (k) {
        arena_free(&k->arena);
        free(k);
    }
}

static bool is_group(const KirKernel *k) { return k->body->n && k->body->inst[k->body->n - 1]->op == K_group; }

static SpmlCode cpu_compile_one(const KernelDesc *desc, BackendKernel **out, Error *err)
{
    BackendKernel *k = calloc(1, sizeof *k);
    if (!k)
        return error_oom(err);
    k->kir = desc->kernel;
    SpmlCode code = SPML_OK;
    if (is_group(desc->kernel) && !(k->aot = kaot_find(desc->key)))
        code = error_set(err, SPML_UNSUPPORTED, "kernel-class", "cooperative kernel %s is not among those compiled ahead of time", desc->key);
    if (code)
        cpu_release(NULL, k);
    else
        *out = k;
    return code;
}

static SpmlCode cpu_compile(Device *d, const KernelDesc *list, size_t n, BackendKernel **out, Error *err)
{
    SpmlCode code = SPML_OK;
    for (size_t i = 0; i < n && !code; i++)
        code = cpu_compile_one(&list[i], &out[i], err);
    (void)d;
    return code;
}

static SpmlCode cpu_launch(Device *d, const BackendLaunch *l, Error *err)
{
    (void)d;
    SpmlCode code = kir_interpret(l->kernel->kir, l->args, KORDER_ASCENDING, false, err);
    return code || !l->post ? code : kir_interpret(l->post->kir, l->post_args, KORDER_ASCENDING, false, err);
}

static SpmlCode cpu_submit(Device *d, const BackendLaunch *list, size_t n, Error *err)
{
    SpmlCode code = SPML_OK;
    for (size_t i = 0; i < n && !code; i++)
        code = cpu_launch(d, &list[i], err);
    return code;
}

static SpmlCode cpu_wait(Device *d, Error *err)
{
    (void)d;
    (void)err;
    return SPML_OK;
}

static const char *cpu_engine(const BackendKernel *k) { return k->aot ? "aot" : "interpreter"; }

static void cpu_pack_free(Device *d, void *pack)
{
    (void)d;
    (void)pack;
}

const Backend backend_cpu = {
    .name = "cpu", .open = cpu_open, .close = cpu_close, .info = cpu_info, .alloc = cpu_alloc, .free = cpu_free, .compile = cpu_compile,
    .release = cpu_release, .pack_free = cpu_pack_free, .submit = cpu_submit, .wait = cpu_wait, .engine = cpu_engine,
};
