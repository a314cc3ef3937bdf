/* SPDX-License-Identifier: MIT
 * backend/opencl: programs → the driver's programs and kernels. Batches are programs because most of a compilation is reading OpenCL's own header. A binary from
 * the cache that the driver refuses counts as a miss. */
#include "backend/opencl/opencl.h"

#include <stdlib.h>
#include <string.h>

/* ── programs ── */

static void store(Device *d, const ClProgram *p)
{
    size_t n = 0;
    if (!d->jit.cache || !p->launched || !p->text.p || d->cl->clGetProgramInfo(p->program, CL_PROGRAM_BINARY_SIZES, sizeof n, &n, NULL) || !n)
        return;
    unsigned char *binary = malloc(n), *list[1] = {binary};
    if (binary && !d->cl->clGetProgramInfo(p->program, CL_PROGRAM_BINARIES, sizeof list, list, NULL))
        jit_store(&d->jit, &p->text, binary, n);
    free(binary);
}

void opencl_program_drop(Device *d, ClProgram *p)
{
    for (ClProgram **at = &d->programs; *at; at = &(*at)->next)
        if (*at == p) {
            *at = p->next;
            break;
        }
    store(d, p);
    d->cl->clReleaseProgram(p->program);
    text_free(&p->text);
    free(p);
}

static cl_program from_binary(Device *d, const void *binary, size_t n)
{
    const unsigned char *list[1] = {binary};
    cl_int status = CL_SUCCESS, e;
    cl_program p = d->cl->clCreateProgramWithBinary(d->context, 1, &d->is.id, &n, list, &status, &e);
    if (p && !status && !d->cl->clBuildProgram(p, 1, &d->is.id, d->is.options, NULL, NULL))
        return p;
    if (p)
        d->cl->clReleaseProgram(p);
    return NULL;
}

static SpmlCode build_failed(Device *d, cl_program p, cl_int e, Error *err)
{
    size_t n = 0;
    if (e == CL_OUT_OF_HOST_MEMORY)
        return error_oom(err);
    SpmlCode code = error_set(err, SPML_UNSUPPORTED, "kernel-build", "OpenCL device %s does not compile it: %s", d->is.info.name, cl_error_name(e));
    char *log = !d->cl->clGetProgramBuildInfo(p, d->is.id, CL_PROGRAM_BUILD_LOG, 0, NULL, &n) && n ? malloc(n) : NULL;
    if (log && !d->cl->clGetProgramBuildInfo(p, d->is.id, CL_PROGRAM_BUILD_LOG, n, log, NULL))
        error_line(err, "%.*s", n > 1500 ? 1500 : (int)n - 1, log);
    free(log);
    return code;
}

static SpmlCode from_source(Device *d, const Text *text, cl_program *out, Error *err)
{
    const char *source = text->p;
    cl_int e;
    cl_program p = d->cl->clCreateProgramWithSource(d->context, 1, &source, &text->n, &e);
    if (!p)
        return cl_failed(e, "creating a program", err);
    e = d->cl->clBuildProgram(p, 1, &d->is.id, d->is.options, NULL, NULL);
    SpmlCode code = e ? build_failed(d, p, e, err) : SPML_OK;
    if (code)
        d->cl->clReleaseProgram(p);
    else
        *out = p;
    return code;
}

static SpmlCode program_new(Device *d, JitProgram *j, ClProgram **out, Error *err)
{
    size_t n;
    const uint64_t start = jit_now();
    ClProgram *p = calloc(1, sizeof *p);
    if (!p)
        return error_oom(err);
    void *binary = jit_load(&d->jit, &j->text, &n);
    SpmlCode code = binary && (p->program = from_binary(d, binary, n)) ? SPML_OK : SPML_NO;
    free(binary);
    if (code == SPML_NO) {
        code = from_source(d, &j->text, &p->program, err);
        d->jit.counts.compiled += code ? 0 : j->n;
        d->jit.counts.compile_ns += jit_now() - start;
        if (!code && d->jit.cache)
            text_add(&p->text, j->text.p, j->text.n);
    }
    if (!code) {
        p->next = d->programs;
        *out = d->programs = p;
    } else
        free(p);
    return code;
}

/* ── kernels ── */

static void kernel_drop(Device *d, void *object)
{
    ClKernel *k = object;
    d->cl->clReleaseKernel(k->kernel);
    if (!--k->program->n_kernels)
        opencl_program_drop(d, k->program);
    free(k);
}

static SpmlCode kernel_take(Device *d, ClProgram *p, JitEntry *e, Error *err)
{
    cl_int error;
    ClKernel *k = calloc(1, sizeof *k);
    if (!k)
        return error_oom(err);
    k->kernel = d->cl->clCreateKernel(p->program, e->name, &error);
    if (!k->kernel) {
        free(k);
        return cl_failed(error, "creating a kernel", err);
    }
    k->program = p;
    p->n_kernels++;
    jit_adopt(e, k);
    return SPML_OK;
}

/* Builds the program's text; each entry becomes a variant of its kernel. */
static SpmlCode program_build(Device *d, JitProgram *j, Error *err)
{
    ClProgram *p;
    SpmlCode code = program_new(d, j, &p, err);
    for (size_t i = 0; i < j->n && !code; i++)
        code = kernel_take(d, p, &j->entry[i], err);
    return code;
}

const JitRuntime opencl_runtime = {program_build, kernel_drop};

void opencl_release(Device *d, BackendKernel *k) { jit_release(&d->jit, k); }

SpmlCode opencl_compile(Device *d, KernelDesc *list, size_t n, BackendKernel **out, Error *err) { return jit_compile(&d->jit, list, n, out, err); }
