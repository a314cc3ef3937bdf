/* SPDX-License-Identifier: MIT
 * backend/cuda: programs → modules → functions. The driver's linker gives a cubin, which the cache keeps; one that the driver refuses later counts as a miss. */
#include "backend/cuda/cuda.h"

#include <stdlib.h>
#include <string.h>

enum { SZ_LOG = 8192, MAX_LOGGED = 1500 };

/* ── modules ── */

typedef struct JitLog { char info[SZ_LOG], error[SZ_LOG]; int options[4]; void *values[4]; } JitLog;

static JitLog *log_new(void)
{
    JitLog *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    static const int options[4] = { CU_JIT_INFO_LOG_BUFFER, CU_JIT_INFO_LOG_BUFFER_SIZE_BYTES, CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES };
    memcpy(l->options, options, sizeof options);
    l->values[0] = l->info;
    l->values[2] = l->error;
    l->values[1] = l->values[3] = (void *)(uintptr_t)(SZ_LOG - 1);
    return l;
}

/* The log is text of the driver: escaped when it is printed. */
static SpmlCode build_failed(Device *d, CUresult e, const JitLog *l, Error *err)
{
    Error own = { 0 };
    SpmlCode code = cuda_failed(d->cu, e, "loading kernels", &own);
    code = code == SPML_DEVICE && !strcmp(own.key, "driver") ? SPML_UNSUPPORTED : code;
    error_set(err, code, code == SPML_UNSUPPORTED ? "kernel-build" : own.key, "%s", own.text);
    if (l && l->error[0])
        error_line(err, "%.*s", MAX_LOGGED, l->error);
    return code;
}

/* The module of a text through the linker, whose cubin is kept. SPML_NO: there is no linker. */
static SpmlCode link_text(Device *d, const Text *text, CUmodule *out, Error *err)
{
    CUlinkState state = NULL;
    void *cubin = NULL;
    size_t n = 0;
    const Cuda *cu = d->cu;
    if (!d->jit.cache || !cu->cuLinkCreate_v2 || !cu->cuLinkAddData_v2 || !cu->cuLinkComplete || !cu->cuLinkDestroy)
        return SPML_NO;
    JitLog *l = log_new();
    if (!l)
        return error_oom(err);
    CUresult e = cu->cuLinkCreate_v2(4, l->options, l->values, &state);
    if (!e)
        e = cu->cuLinkAddData_v2(state, CU_JIT_INPUT_PTX, text->p, text->n + 1, "spml", 0, NULL, NULL);
    if (!e)
        e = cu->cuLinkComplete(state, &cubin, &n);
    if (!e)
        e = cu->cuModuleLoadDataEx(out, cubin, 0, NULL, NULL);
    SpmlCode code = e ? build_failed(d, e, l, err) : SPML_OK;
    if (!code)
        jit_store(&d->jit, text, cubin, n);
    if (state)
        cu->cuLinkDestroy(state);
    free(l);
    return code;
}

static SpmlCode load_text(Device *d, const Text *text, CUmodule *out, Error *err)
{
    SpmlCode code = link_text(d, text, out, err);
    if (code != SPML_NO)
        return code;
    JitLog *l = log_new();
    if (!l)
        return error_oom(err);
    const CUresult e = d->cu->cuModuleLoadDataEx(out, text->p, 4, l->options, l->values);
    code = e ? build_failed(d, e, l, err) : SPML_OK;
    free(l);
    return code;
}

void cuda_program_drop(Device *d, CudaProgram *p)
{
    for (CudaProgram **at = &d->programs; *at; at = &(*at)->next)
        if (*at == p) {
            *at = p->next;
            break;
        }
    d->cu->cuModuleUnload(p->module);
    free(p);
}

static SpmlCode program_new(Device *d, JitProgram *j, CudaProgram **out, Error *err)
{
    size_t n = 0;
    const uint64_t start = jit_now();
    CudaProgram *p = calloc(1, sizeof *p);
    if (!p)
        return error_oom(err);
    void *cubin = jit_load(&d->jit, &j->text, &n);
    SpmlCode code = cubin && !d->cu->cuModuleLoadDataEx(&p->module, cubin, 0, NULL, NULL) ? SPML_OK : SPML_NO;
    free(cubin);
    if (code == SPML_NO) {
        code = load_text(d, &j->text, &p->module, err);
        d->jit.counts.compiled += code ? 0 : j->n;
        d->jit.counts.compile_ns += jit_now() - start;
    }
    if (code) {
        free(p);
        return code;
    }
    p->next = d->programs;
    *out = d->programs = p;
    return SPML_OK;
}

/* ── kernels ── */

static void kernel_drop(Device *d, void *object)
{
    CudaKernel *k = object;
    if (!--k->program->n_kernels)
        cuda_program_drop(d, k->program);
    free(k);
}

static SpmlCode kernel_take(Device *d, CudaProgram *p, JitEntry *e, Error *err)
{
    CudaKernel *k = calloc(1, sizeof *k);
    if (!k)
        return error_oom(err);
    const CUresult error = d->cu->cuModuleGetFunction(&k->function, p->module, e->name);
    if (error) {
        free(k);
        return cuda_failed(d->cu, error, "finding a kernel", err);
    }
    k->program = p;
    p->n_kernels++;
    jit_adopt(e, k);
    return SPML_OK;
}

/* Loads the program's text; each entry becomes a variant of its kernel. */
static SpmlCode program_build(Device *d, JitProgram *j, Error *err)
{
    CudaProgram *p = NULL;
    SpmlCode code = program_new(d, j, &p, err);
    for (size_t i = 0; i < j->n && !code; i++)
        code = kernel_take(d, p, &j->entry[i], err);
    if (p && !p->n_kernels)
        cuda_program_drop(d, p);
    return code;
}

const JitRuntime cuda_runtime = { program_build, kernel_drop };

void cuda_release(Device *d, BackendKernel *k)
{
    cuda_current(d, NULL);
    jit_release(&d->jit, k);
}

SpmlCode cuda_compile(Device *d, KernelDesc *list, size_t n, BackendKernel **out, Error *err)
{
    memset(out, 0, n * sizeof *out);
    const SpmlCode code = cuda_current(d, err);
    return code ? code : jit_compile(&d->jit, list, n, out, err);
}
