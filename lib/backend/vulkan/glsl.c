/* SPDX-License-Identifier: MIT
 * backend/vulkan: GLSL → SPIR-V through glslang, which is linked in. Its first compilation in a process builds symbol tables for 70 ms and more, so nothing
 * here is touched while the cache answers. */
#include "backend/vulkan/vulkan.h"

#include <glslang/Include/glslang_c_interface.h>
#include <glslang/Public/resource_limits_c.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void init(void) { glslang_initialize_process(); }

static SpmlCode refused(const char *log, Error *err)
{
    SpmlCode code = error_set(err, SPML_UNSUPPORTED, "kernel-build", "glslang does not compile it");
    error_line(err, "%.1500s", log ? log : "");
    return code;
}

static SpmlCode take(glslang_program_t *p, void **spirv, size_t *sz, Error *err)
{
    glslang_program_SPIRV_generate(p, GLSLANG_STAGE_COMPUTE);
    *sz = glslang_program_SPIRV_get_size(p) * sizeof(uint32_t);
    if (!*sz)
        return refused(glslang_program_SPIRV_get_messages(p), err);
    if (!(*spirv = malloc(*sz)))
        return error_oom(err);
    glslang_program_SPIRV_get(p, *spirv);
    return SPML_OK;
}

static SpmlCode link(glslang_shader_t *s, int messages, void **spirv, size_t *sz, Error *err)
{
    glslang_program_t *p = glslang_program_create();
    if (!p)
        return error_oom(err);
    glslang_program_add_shader(p, s);
    SpmlCode code = glslang_program_link(p, messages) ? take(p, spirv, sz, err) : refused(glslang_program_get_info_log(p), err);
    glslang_program_delete(p);
    return code;
}

SpmlCode vulkan_glsl(const char *text, void **spirv, size_t *sz, Error *err)
{
    const glslang_input_t in = {
        .language = GLSLANG_SOURCE_GLSL, .stage = GLSLANG_STAGE_COMPUTE, .client = GLSLANG_CLIENT_VULKAN, .client_version = GLSLANG_TARGET_VULKAN_1_2,
        .target_language = GLSLANG_TARGET_SPV, .target_language_version = GLSLANG_TARGET_SPV_1_5, .code = text, .default_version = 450, .default_profile = GLSLANG_NO_PROFILE,
        .messages = GLSLANG_MSG_SPV_RULES_BIT | GLSLANG_MSG_VULKAN_RULES_BIT, .resource = glslang_default_resource(),
    };
    pthread_once(&once, init);
    *spirv = NULL;
    glslang_shader_t *s = glslang_shader_create(&in);
    if (!s)
        return error_oom(err);
    SpmlCode code = glslang_shader_preprocess(s, &in) && glslang_shader_parse(s, &in) ? link(s, in.messages, spirv, sz, err) : refused(glslang_shader_get_info_log(s), err);
    glslang_shader_delete(s);
    return code;
}
