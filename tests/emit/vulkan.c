/* SPDX-License-Identifier: MIT
 * emit tests: GLSL on the first Vulkan device that the loader finds, without the Vulkan backend except its GLSL compiler, which takes half the time
 * that glslangValidator would need for as many small texts. A text is checked for precise first. All memory of a launch lies in one host-visible buffer; every launch waits. */
#include "device.h"
#include "precise.h"

#include "backend/vulkan/vulkan.h"

#define VK_NO_PROTOTYPES
#include <vulkan/vulkan.h>

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GLOBAL(X) X(vkCreateInstance)
#define CALLS(X) \
    X(vkEnumeratePhysicalDevices) X(vkGetPhysicalDeviceProperties2) X(vkGetPhysicalDeviceFeatures2) X(vkGetPhysicalDeviceMemoryProperties) X(vkCreateDevice) X(vkGetDeviceQueue) \
    X(vkCreateBuffer) X(vkGetBufferMemoryRequirements) X(vkAllocateMemory) X(vkBindBufferMemory) X(vkMapMemory) X(vkGetBufferDeviceAddress) X(vkCreateCommandPool) \
    X(vkAllocateCommandBuffers) X(vkBeginCommandBuffer) X(vkEndCommandBuffer) X(vkCmdBindPipeline) X(vkCmdPushConstants) X(vkCmdDispatch) X(vkQueueSubmit) \
    X(vkQueueWaitIdle) X(vkCreateShaderModule) X(vkDestroyShaderModule) X(vkCreatePipelineLayout) X(vkCreateComputePipelines) X(vkDestroyPipeline) X(vkDestroyDevice) \
    X(vkDestroyInstance) X(vkDestroyBuffer) X(vkFreeMemory) X(vkDestroyCommandPool) X(vkDestroyPipelineLayout)
static struct {
#define X(name) PFN_##name name;
    GLOBAL(X) CALLS(X)
#undef X
} vk;

enum { HEAP = 64 << 20 };
static VkInstance instance;
static VkPhysicalDevice physical;
static VkDevice device;
static VkQueue queue;
static VkBuffer buffer;
static VkDeviceMemory memory;
static uint8_t *host;
static uint64_t address;
static VkCommandPool pool;
static VkCommandBuffer commands;
static VkPipelineLayout layout;

static bool make_instance(void)
{
    void *so = dlopen("libvulkan.so.1", RTLD_NOW | RTLD_LOCAL);
    PFN_vkGetInstanceProcAddr get = NULL;
    if (so)
        *(void **)&get = dlsym(so, "vkGetInstanceProcAddr");
    if (!get)
        return false;
    const VkApplicationInfo app = { .sType = VK_STRUCTURE_TYPE_APPLICATION_INFO, .apiVersion = VK_API_VERSION_1_2 };
    const VkInstanceCreateInfo info = { .sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO, .pApplicationInfo = &app };
    uint32_t n = 1;
    vk.vkCreateInstance = (PFN_vkCreateInstance)get(NULL, "vkCreateInstance");
    if (!vk.vkCreateInstance || vk.vkCreateInstance(&info, NULL, &instance))
        return false;
#define X(name) vk.name = (PFN_##name)get(instance, #name);
    CALLS(X)
#undef X
    return vk.vkEnumeratePhysicalDevices(instance, &n, &physical) >= 0 && n;
}

/* All features that the device has are switched on. */
static bool make_device(EmitDevice *d)
{
    VkPhysicalDeviceVulkan12Features f12 = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES };
    VkPhysicalDeviceVulkan11Features f11 = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES, .pNext = &f12 };
    VkPhysicalDeviceFeatures2 f = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2, .pNext = &f11 };
    VkPhysicalDeviceVulkan12Properties p12 = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_PROPERTIES };
    VkPhysicalDeviceProperties2 p = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &p12 };
    const float one = 1;
    const VkDeviceQueueCreateInfo q = { .sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO, .queueCount = 1, .pQueuePriorities = &one };
    const VkDeviceCreateInfo info = { .sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO, .pNext = &f, .queueCreateInfoCount = 1, .pQueueCreateInfos = &q };
    vk.vkGetPhysicalDeviceFeatures2(physical, &f);
    vk.vkGetPhysicalDeviceProperties2(physical, &p);
    uint32_t c = KCAP_div | KCAP_sqrt; /* of lavapipe: nothing in Vulkan says so, and its fma rounds twice */
    c |= f.features.shaderInt64 ? KCAP_int64 : 0;
    c |= f.features.shaderFloat64 ? KCAP_f64 : 0;
    c |= f12.storageBuffer8BitAccess ? KCAP_store8 : 0;
    c |= f11.storageBuffer16BitAccess ? KCAP_store16 : 0;
    c |= p12.shaderSignedZeroInfNanPreserveFloat32 && p12.shaderSignedZeroInfNanPreserveFloat64 ? KCAP_preserve : 0;
    c |= p12.shaderDenormPreserveFloat32 && p12.shaderDenormPreserveFloat64 ? KCAP_denorm : 0;
    c |= f12.shaderBufferInt64Atomics && f12.shaderSharedInt64Atomics ? KCAP_atomic64 : 0;
    d->target.caps = c;
    return f12.bufferDeviceAddress && !vk.vkCreateDevice(physical, &info, NULL, &device);
}

static bool make_memory(void)
{
    const VkBufferCreateInfo b = { .sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO, .size = HEAP, .usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_SHADER_DEVICE_ADDRESS_BIT };
    const VkMemoryAllocateFlagsInfo flags = { .sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_FLAGS_INFO, .flags = VK_MEMORY_ALLOCATE_DEVICE_ADDRESS_BIT };
    VkMemoryAllocateInfo a = { .sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .pNext = &flags };
    const VkMemoryPropertyFlags want = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
    VkPhysicalDeviceMemoryProperties types;
    VkMemoryRequirements need;
    if (vk.vkCreateBuffer(device, &b, NULL, &buffer))
        return false;
    vk.vkGetBufferMemoryRequirements(device, buffer, &need);
    vk.vkGetPhysicalDeviceMemoryProperties(physical, &types);
    while (a.memoryTypeIndex < types.memoryTypeCount
           && (!(need.memoryTypeBits >> a.memoryTypeIndex & 1) || (types.memoryTypes[a.memoryTypeIndex].propertyFlags & want) != want))
        a.memoryTypeIndex++;
    a.allocationSize = need.size;
    if (vk.vkAllocateMemory(device, &a, NULL, &memory) || vk.vkBindBufferMemory(device, buffer, memory, 0) || vk.vkMapMemory(device, memory, 0, VK_WHOLE_SIZE, 0, (void **)&host))
        return false;
    const VkBufferDeviceAddressInfo at = { .sType = VK_STRUCTURE_TYPE_BUFFER_DEVICE_ADDRESS_INFO, .buffer = buffer };
    address = vk.vkGetBufferDeviceAddress(device, &at);
    return address;
}

static bool make_commands(void)
{
    const VkCommandPoolCreateInfo p = { .sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO, .flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT };
    const VkPushConstantRange range = { VK_SHADER_STAGE_COMPUTE_BIT, 0, 8 };
    const VkPipelineLayoutCreateInfo l = { .sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO, .pushConstantRangeCount = 1, .pPushConstantRanges = &range };
    vk.vkGetDeviceQueue(device, 0, 0, &queue);
    if (vk.vkCreateCommandPool(device, &p, NULL, &pool) || vk.vkCreatePipelineLayout(device, &l, NULL, &layout))
        return false;
    const VkCommandBufferAllocateInfo a = { .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO, .commandPool = pool, .commandBufferCount = 1 };
    return !vk.vkAllocateCommandBuffers(device, &a, &commands);
}

static bool vk_open(EmitDevice *d, char *why, size_t n)
{
    snprintf(why, n, "no Vulkan device");
    return make_instance() && make_device(d) && make_memory() && make_commands();
}

static void vk_close(EmitDevice *d)
{
    (void)d;
    vk.vkDestroyPipelineLayout(device, layout, NULL);
    vk.vkDestroyCommandPool(device, pool, NULL);
    vk.vkDestroyBuffer(device, buffer, NULL);
    vk.vkFreeMemory(device, memory, NULL);
    vk.vkDestroyDevice(device, NULL);
    vk.vkDestroyInstance(instance, NULL);
}

/* ── texts ── */

/* SPIR-V of text, malloc'ed. */
static SpmlCode compile(const char *text, void **spirv, size_t *sz, Error *err)
{
    char why[2300];
    if (!precise_check(text, why, sizeof why))
        return error_set(err, SPML_DEVICE, "vulkan", "not precise: %s", why);
    Error build = { 0 };
    const SpmlCode code = vulkan_glsl(text, spirv, sz, &build);
    return code ? error_set(err, SPML_DEVICE, "vulkan", "build: %s", build.text) : SPML_OK; /* not SPML_UNSUPPORTED: nothing is refused here */
}

static VkResult make_pipeline(const void *spirv, size_t sz, uint32_t shared_bytes, VkPipeline *out)
{
    const VkShaderModuleCreateInfo m = { .sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO, .codeSize = sz, .pCode = spirv };
    const VkSpecializationMapEntry entry = { 0, 0, 4 };
    const VkSpecializationInfo special = { 1, &entry, 4, &shared_bytes };
    VkShaderModule module;
    VkResult rc = vk.vkCreateShaderModule(device, &m, NULL, &module);
    if (rc)
        return rc;
    const VkComputePipelineCreateInfo p = {
        .sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO, .layout = layout,
        .stage = { .sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO, .stage = VK_SHADER_STAGE_COMPUTE_BIT, .module = module, .pName = "main", .pSpecializationInfo = &special },
    };
    rc = vk.vkCreateComputePipelines(device, NULL, 1, &p, NULL, out);
    vk.vkDestroyShaderModule(device, module, NULL);
    return rc;
}

/* ── launches ── */

static VkResult dispatch(VkPipeline p, uint64_t block, uint32_t groups)
{
    const VkCommandBufferBeginInfo begin = { .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO };
    const VkSubmitInfo submit = { .sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .commandBufferCount = 1, .pCommandBuffers = &commands };
    const uint32_t y = groups > 2 ? 2 : 1; /* two rows, so that both parts of a group's number are used */
    VkResult rc = vk.vkBeginCommandBuffer(commands, &begin);
    vk.vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, p);
    vk.vkCmdPushConstants(commands, layout, VK_SHADER_STAGE_COMPUTE_BIT, 0, 8, &block);
    vk.vkCmdDispatch(commands, (groups + y - 1) / y, y, 1);
    if (!rc)
        rc = vk.vkEndCommandBuffer(commands);
    if (!rc)
        rc = vk.vkQueueSubmit(queue, 1, &submit, VK_NULL_HANDLE);
    return rc ? rc : vk.vkQueueWaitIdle(queue);
}

static SpmlCode launch(VkPipeline p, EmitRun *r, Error *err)
{
    uint64_t base[KIR_MAX_OPERANDS], n = kir_words(r->k), at = (n * 8 + 24 + 255) & ~(uint64_t)255, place[KIR_MAX_OPERANDS];
    for (size_t m = 0; m < r->k->n_operands; m++) {
        place[m] = at;
        base[m] = address + at + (uint64_t)((uint8_t *)r->l->view[m].p - (uint8_t *)r->start[m]);
        at = (at + r->bytes[m] + 255) & ~(uint64_t)255;
        if (at > HEAP)
            return error_set(err, SPML_RESOURCE, "vulkan", "operands are too large for the test");
        memcpy(host + place[m], r->start[m], r->bytes[m]);
    }
    uint64_t *words = (uint64_t *)(void *)host;
    kir_fill_words(r->k, r->l, base, words);
    words[n] = address + (n + 2) * 8;
    words[n + 1] = 1;
    words[n + 2] = 0;
    const uint64_t items = words[0], size = r->info.group_size;
    const VkResult rc = items ? dispatch(p, address, (uint32_t)(r->info.group ? items : (items + size - 1) / size)) : VK_SUCCESS;
    for (size_t m = 0; m < r->k->n_operands; m++)
        memcpy(r->start[m], host + place[m], r->bytes[m]);
    r->cut = words[n + 2];
    return rc ? error_set(err, SPML_DEVICE, "vulkan", "launch: %d", rc) : SPML_OK;
}

static SpmlCode run_one(EmitRun *r, Error *err)
{
    void *spirv;
    size_t sz;
    VkPipeline p;
    SpmlCode code = compile(r->text, &spirv, &sz, err);
    if (code)
        return code;
    const VkResult rc = make_pipeline(spirv, sz, r->info.dynamic_shared ? (uint32_t)kir_shared_bytes(r->k, r->l) : 16, &p);
    free(spirv);
    if (rc)
        return error_set(err, SPML_DEVICE, "vulkan", "pipeline: %d", rc);
    code = launch(p, r, err);
    vk.vkDestroyPipeline(device, p, NULL);
    return code;
}

static SpmlCode vk_run(EmitDevice *d, const char *text, EmitRun *runs, size_t n, Error *err)
{
    SpmlCode code = SPML_OK;
    for (size_t i = 0; i < n && !code; i++)
        code = run_one(&runs[i], err);
    return code;
}

EmitDevice emit_device_vulkan = {
    .name = "vulkan", .emitter = &kir_emit_glsl,
    .target = { .language = KLANG_GLSL, .lanes = 16, .items = 64, .max_shared = 32768 },
    .open = vk_open, .run = vk_run, .close = vk_close,
};
