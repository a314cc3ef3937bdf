/* SPDX-License-Identifier: MIT
 * backend/vulkan: instances → GLSL → SPIR-V → pipelines. The cache holds SPIR-V by text, and the driver's own pipeline cache by device. */
#include "backend/vulkan/vulkan.h"

#include <stdlib.h>
#include <string.h>

/* ── the driver's pipeline cache ── */

static const Text pipelines_key = {.p = "pipelines", .n = 9};

SpmlCode vulkan_pipelines_open(Device *d, Error *err)
{
    size_t n = 0;
    void *saved = d->jit.cache ? jit_load(&d->jit, &pipelines_key, &n) : NULL;
    VkPipelineCacheCreateInfo how = {.sType = VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO, .initialDataSize = n, .pInitialData = saved};
    VkResult r = d->call.vkCreatePipelineCache(d->device, &how, NULL, &d->pipelines);
    free(saved);
    d->jit.counts.cache_hits = d->jit.counts.cache_misses = 0; /* those count kernels */
    return r ? vk_failed(r, "creating a pipeline cache", err) : SPML_OK;
}

void vulkan_pipelines_close(Device *d)
{
    size_t n = 0;
    if (!d->pipelines)
        return;
    if (d->new_pipelines && d->jit.cache && !d->call.vkGetPipelineCacheData(d->device, d->pipelines, &n, NULL) && n) {
        void *p = malloc(n);
        if (p && !d->call.vkGetPipelineCacheData(d->device, d->pipelines, &n, p))
            jit_store(&d->jit, &pipelines_key, p, n);
        free(p);
    }
    d->call.vkDestroyPipelineCache(d->device, d->pipelines, NULL);
}

/* ── kernels ── */

static void kernel_drop(Device *d, void *object)
{
    VkKernel *k = object;
    for (VkPipe *p = k->pipes, *next; p; p = next) {
        next = p->next;
        d->call.vkDestroyPipeline(d->device, p->pipeline, NULL);
        free(p);
    }
    if (k->module)
        d->call.vkDestroyShaderModule(d->device, k->module, NULL);
    free(k);
}

SpmlCode vulkan_kernel_pipeline(Device *d, VkKernel *k, uint32_t sz_shared, bool dynamic, VkPipeline *out, Error *err)
{
    for (const VkPipe *p = k->pipes; p; p = p->next)
        if (p->sz_shared == sz_shared)
            return *out = p->pipeline, SPML_OK;
    VkPipe *p = calloc(1, sizeof *p);
    if (!p)
        return error_oom(err);
    const VkSpecializationMapEntry entry = {.constantID = 0, .offset = 0, .size = sizeof sz_shared};
    const VkSpecializationInfo constants = {1, &entry, sizeof sz_shared, &sz_shared};
    const VkComputePipelineCreateInfo how = {.sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO, .layout = d->layout,
                                             .stage = {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO, .stage = VK_SHADER_STAGE_COMPUTE_BIT, .module = k->module, .pName = "main",
                                                       .pSpecializationInfo = dynamic ? &constants : NULL}};
    VkResult r = d->call.vkCreateComputePipelines(d->device, d->pipelines, 1, &how, NULL, &p->pipeline);
    if (r) {
        free(p);
        return vk_failed(r, "creating a pipeline", err);
    }
    d->new_pipelines = true;
    p->sz_shared = sz_shared;
    p->next = k->pipes;
    k->pipes = p;
    *out = p->pipeline;
    return SPML_OK;
}

static SpmlCode module_new(Device *d, const void *spirv, size_t sz, VkKernel **out, Error *err)
{
    VkKernel *k = calloc(1, sizeof *k);
    if (!k)
        return error_oom(err);
    const VkShaderModuleCreateInfo how = {.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO, .codeSize = sz, .pCode = spirv};
    VkResult r = d->call.vkCreateShaderModule(d->device, &how, NULL, &k->module);
    if (r) {
        free(k);
        return vk_failed(r, "creating a shader module", err);
    }
    *out = k;
    return SPML_OK;
}

/* The program's SPIR-V, malloc'ed, from the cache or the compiler. */
static SpmlCode spirv_of(Device *d, const JitProgram *p, void **spirv, size_t *sz, Error *err)
{
    const uint64_t start = jit_now();
    *spirv = jit_load(&d->jit, &p->text, sz);
    SpmlCode code = SPML_OK;
    if (!*spirv) {
        code = vulkan_glsl(p->text.p, spirv, sz, err);
        d->jit.counts.compiled += !code;
        d->jit.counts.compile_ns += jit_now() - start;
        if (!code)
            jit_store(&d->jit, &p->text, *spirv, *sz);
    }
    return code;
}

/* p holds one entry: a module of GLSL has one. */
static SpmlCode program_build(Device *d, JitProgram *p, Error *err)
{
    void *spirv = NULL;
    size_t sz;
    VkKernel *object = NULL;
    VkPipeline first;
    SpmlCode code = spirv_of(d, p, &spirv, &sz, err);
    if (!code)
        code = module_new(d, spirv, sz, &object, err);
    if (!code && !p->entry[0].variant->info.dynamic_shared)
        code = vulkan_kernel_pipeline(d, object, 0, false, &first, err);
    free(spirv);
    if (!code)
        return jit_adopt(&p->entry[0], object), SPML_OK;
    error_context(err, "kernel %s", p->entry[0].kernel->name);
    if (object)
        kernel_drop(d, object);
    return code;
}

const JitRuntime vulkan_runtime = {program_build, kernel_drop, vulkan_glsl, "spv"};

void vulkan_release(Device *d, BackendKernel *k)
{
    if (k)
        vulkan_wait(d, NULL);
    jit_release(&d->jit, k);
}

SpmlCode vulkan_compile(Device *d, KernelDesc *list, size_t n, BackendKernel **out, Error *err) { return jit_compile(&d->jit, list, n, out, err); }
