/* SPDX-License-Identifier: MIT
 * backend/vulkan: loading the loader, choosing a device, and turning features and limits into a KirTarget. Every string is the driver's and may hold
 * anything. */
#include "backend/vulkan/vk.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEVICES = 32, MAX_FAMILIES = 32 };

/* ── loading ── */

static VkInstanceCalls calls;
static char load_problem[200]; /* "" when calls can be used */
static pthread_once_t load_once = PTHREAD_ONCE_INIT;

static void instance_new(void)
{
    static const struct { const char *name; size_t at; } row[] = {
#define X(name) {#name, offsetof(VkInstanceCalls, name)},
        VK_INSTANCE_FUNCTIONS(X)
#undef X
    };
    const VkApplicationInfo app = {.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO, .pApplicationName = "spml", .apiVersion = VK_API_VERSION_1_2};
    const VkInstanceCreateInfo how = {.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO, .pApplicationInfo = &app};
    VkResult r = calls.vkCreateInstance(&how, NULL, &calls.instance);
    if (r) {
        snprintf(load_problem, sizeof load_problem, r == VK_ERROR_INCOMPATIBLE_DRIVER ? "no driver for Vulkan 1.2" : "an instance cannot be created: result %d", (int)r);
        return;
    }
    for (size_t i = 0; i < sizeof row / sizeof *row && !*load_problem; i++) {
        PFN_vkVoidFunction f = calls.vkGetInstanceProcAddr(calls.instance, row[i].name);
        memcpy((char *)&calls + row[i].at, &f, sizeof f);
        if (!f)
            snprintf(load_problem, sizeof load_problem, "libvulkan.so.1 has no %s", row[i].name);
    }
}

static void load(void)
{
    void *lib = dlopen("libvulkan.so.1", RTLD_NOW | RTLD_LOCAL); /* stays, as the instance does: drivers keep threads of their own */
    void *p = lib ? dlsym(lib, "vkGetInstanceProcAddr") : NULL;
    if (!p) {
        snprintf(load_problem, sizeof load_problem, "%s", dlerror());
        return;
    }
    memcpy(&calls.vkGetInstanceProcAddr, &p, sizeof p);
    PFN_vkVoidFunction f = calls.vkGetInstanceProcAddr(NULL, "vkCreateInstance");
    memcpy(&calls.vkCreateInstance, &f, sizeof f);
    if (f)
        instance_new();
    else
        snprintf(load_problem, sizeof load_problem, "libvulkan.so.1 has no vkCreateInstance");
}

SpmlCode vk_load(const VkInstanceCalls **out, Error *err)
{
    pthread_once(&load_once, load);
    *out = &calls;
    return *load_problem ? error_set(err, SPML_DEVICE, "device-missing", "no driver: %s", load_problem) : SPML_OK;
}

/* ── errors ── */

SpmlCode vk_failed(VkResult r, const char *what, Error *err)
{
    static const struct { VkResult r; const char *name; } row[] = {
#define X(name) {name, #name}
        X(VK_ERROR_INITIALIZATION_FAILED), X(VK_ERROR_MEMORY_MAP_FAILED), X(VK_ERROR_LAYER_NOT_PRESENT), X(VK_ERROR_EXTENSION_NOT_PRESENT),
        X(VK_ERROR_FEATURE_NOT_PRESENT), X(VK_ERROR_INCOMPATIBLE_DRIVER), X(VK_ERROR_TOO_MANY_OBJECTS), X(VK_ERROR_FRAGMENTATION), X(VK_ERROR_INVALID_EXTERNAL_HANDLE),
        X(VK_ERROR_UNKNOWN),
#undef X
    };
    if (r == VK_ERROR_OUT_OF_HOST_MEMORY)
        return error_oom(err);
    if (r == VK_ERROR_OUT_OF_DEVICE_MEMORY)
        return error_set(err, SPML_RESOURCE, "device-memory", "Vulkan: %s: the device's memory is full", what);
    if (r == VK_ERROR_TOO_MANY_OBJECTS)
        return error_set(err, SPML_RESOURCE, "device-memory", "Vulkan: %s: the driver allows no more allocations", what);
    if (r == VK_ERROR_DEVICE_LOST)
        return error_set(err, SPML_DEVICE, "device-lost", "Vulkan: %s: the device was lost", what);
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        if (row[i].r == r)
            return error_set(err, SPML_DEVICE, "driver", "Vulkan: %s: %s", what, row[i].name);
    return error_set(err, SPML_DEVICE, "driver", "Vulkan: %s: result %d", what, (int)r);
}

/* ── what a device says ── */

typedef struct Said {
    VkPhysicalDeviceProperties2 props;
    VkPhysicalDeviceVulkan11Properties props11;
    VkPhysicalDeviceVulkan12Properties props12;
} Said;

static void ask(const VkInstanceCalls *vk, VkPhysicalDevice id, Said *s)
{
    memset(s, 0, sizeof *s);
    s->props12.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_PROPERTIES;
    s->props11.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_PROPERTIES;
    s->props11.pNext = &s->props12;
    s->props.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2;
    s->props.pNext = &s->props11;
    vk->vkGetPhysicalDeviceProperties2(id, &s->props);
}

static void chain_features(VkAdapter *a)
{
    a->features12.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES;
    a->features11.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES;
    a->features11.pNext = &a->features12;
    a->features.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2;
    a->features.pNext = &a->features11;
}

/* Asks for the features and keeps those that kernels may use. */
static void take_features(const VkInstanceCalls *vk, VkAdapter *a)
{
    chain_features(a);
    vk->vkGetPhysicalDeviceFeatures2(a->id, &a->features);
    const VkPhysicalDeviceFeatures f = a->features.features;
    const VkPhysicalDeviceVulkan11Features f11 = a->features11;
    const VkPhysicalDeviceVulkan12Features f12 = a->features12;
    a->features.features = (VkPhysicalDeviceFeatures){.shaderInt64 = f.shaderInt64, .shaderInt16 = f.shaderInt16, .shaderFloat64 = f.shaderFloat64};
    a->features11 = (VkPhysicalDeviceVulkan11Features){.storageBuffer16BitAccess = f11.storageBuffer16BitAccess};
    a->features12 = (VkPhysicalDeviceVulkan12Features){
        .storageBuffer8BitAccess = f12.storageBuffer8BitAccess, .shaderInt8 = f12.shaderInt8, .shaderFloat16 = f12.shaderFloat16, .bufferDeviceAddress = f12.bufferDeviceAddress,
        .timelineSemaphore = f12.timelineSemaphore, .shaderBufferInt64Atomics = f12.shaderBufferInt64Atomics, .shaderSharedInt64Atomics = f12.shaderSharedInt64Atomics,
        .vulkanMemoryModel = f12.vulkanMemoryModel, .vulkanMemoryModelDeviceScope = f12.vulkanMemoryModelDeviceScope,
    };
    chain_features(a);
}

/* Vulkan promises correct rounding of neither division nor square root, nor that fma rounds once: llvmpipe multiplies, then adds. It ends all loops once an
 * invocation has taken 65535 turns in them. */
static uint32_t caps_of(const VkAdapter *a, const Said *s)
{
    const VkPhysicalDeviceVulkan12Properties *p = &s->props12;
    const VkPhysicalDeviceVulkan12Features *f = &a->features12;
    const bool shuffles = s->props11.subgroupSupportedOperations & VK_SUBGROUP_FEATURE_SHUFFLE_BIT && s->props11.subgroupSupportedStages & VK_SHADER_STAGE_COMPUTE_BIT;
    return (a->features.features.shaderInt64 ? KCAP_int64 : 0u) | (a->features.features.shaderFloat64 ? KCAP_f64 : 0u) | (f->storageBuffer8BitAccess && f->shaderInt8 ? KCAP_store8 : 0u) |
           (a->features11.storageBuffer16BitAccess && a->features.features.shaderInt16 ? KCAP_store16 : 0u) | (p->shaderDenormPreserveFloat32 && p->shaderDenormPreserveFloat64 ? KCAP_denorm : 0u) |
           (p->shaderSignedZeroInfNanPreserveFloat32 && p->shaderSignedZeroInfNanPreserveFloat64 ? KCAP_preserve : 0u) |
           (f->shaderFloat16 && p->shaderRoundingModeRTEFloat16 && p->shaderDenormPreserveFloat16 ? KCAP_f16 : 0u) |
           (f->shaderBufferInt64Atomics && f->shaderSharedInt64Atomics ? KCAP_atomic64 : 0u) | (shuffles ? KCAP_subgroups : 0u) | (p->driverID == VK_DRIVER_ID_MESA_LLVMPIPE ? 0u : KCAP_fma | KCAP_loops);
}

static uint32_t at_most(uint32_t wish, uint32_t limit)
{
    while (wish > 1 && wish > limit)
        wish /= 2;
    return wish;
}

static uint64_t local_memory(const VkAdapter *a)
{
    uint64_t most = 0;
    for (uint32_t i = 0; i < a->memory.memoryHeapCount; i++)
        if (a->memory.memoryHeaps[i].flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT && a->memory.memoryHeaps[i].size > most)
            most = a->memory.memoryHeaps[i].size;
    return most;
}

static bool find_family(const VkInstanceCalls *vk, VkAdapter *a)
{
    VkQueueFamilyProperties family[MAX_FAMILIES];
    uint32_t n = MAX_FAMILIES;
    vk->vkGetPhysicalDeviceQueueFamilyProperties(a->id, &n, family);
    for (a->family = 0; a->family < n; a->family++)
        if (family[a->family].queueFlags & VK_QUEUE_COMPUTE_BIT)
            return true;
    return false;
}

static SpmlCode describe(const VkInstanceCalls *vk, VkAdapter *a, Error *err)
{
    Said s;
    ask(vk, a->id, &s);
    vk->vkGetPhysicalDeviceMemoryProperties(a->id, &a->memory);
    const VkPhysicalDeviceLimits *l = &s.props.properties.limits;
    const VkPhysicalDeviceType type = s.props.properties.deviceType;
    a->props = s.props.properties;
    a->sz_alloc_max = s.props11.maxMemoryAllocationSize;
    a->host_memory = type == VK_PHYSICAL_DEVICE_TYPE_CPU || type == VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU;
    take_features(vk, a);
    const uint32_t group = l->maxComputeWorkGroupInvocations < l->maxComputeWorkGroupSize[0] ? l->maxComputeWorkGroupInvocations : l->maxComputeWorkGroupSize[0];
    const bool cpu = type == VK_PHYSICAL_DEVICE_TYPE_CPU;
    a->target = (KirTarget){.language = KLANG_GLSL, .caps = caps_of(a, &s), .lanes = at_most(64, group), .items = at_most(cpu ? 64 : 256, group), .max_shared = l->maxComputeSharedMemorySize};
    a->info = (DeviceInfo){.kind = cpu ? DEVICE_CPU : type == VK_PHYSICAL_DEVICE_TYPE_OTHER ? DEVICE_OTHER : DEVICE_GPU, .software = cpu, .sz_memory = local_memory(a), .caps = a->target.caps};
    snprintf(a->info.name, sizeof a->info.name, "%.127s", s.props.properties.deviceName);
    snprintf(a->info.driver, sizeof a->info.driver, "%.60s %.60s", s.props12.driverName, s.props12.driverInfo);
    if (!find_family(vk, a))
        return error_set(err, SPML_UNSUPPORTED, "capability", "Vulkan device %s has no queue that computes", a->info.name);
    if (!a->features12.bufferDeviceAddress || !a->features12.timelineSemaphore || !a->features.features.shaderInt64)
        return error_set(err, SPML_UNSUPPORTED, "capability", "Vulkan device %s lacks %s", a->info.name,
                         !a->features12.bufferDeviceAddress ? "bufferDeviceAddress" : !a->features12.timelineSemaphore ? "timelineSemaphore" : "shaderInt64");
    return SPML_OK;
}

void vk_identity(const VkAdapter *a, Text *out)
{
    text_printf(out, "spml %s vulkan\n%.255s\n%s\n%08x %08x %08x %08x\n", SPML_VERSION, a->props.deviceName, a->info.driver, a->props.vendorID, a->props.deviceID, a->props.driverVersion,
                a->props.apiVersion);
    for (unsigned i = 0; i < VK_UUID_SIZE; i++)
        text_printf(out, "%02x", a->props.pipelineCacheUUID[i]);
    text_puts(out, "\n");
}

int vk_memory_type(const VkAdapter *a, uint32_t bits, VkMemoryPropertyFlags need, VkMemoryPropertyFlags wish)
{
    for (int turn = 0; turn < 2; turn++)
        for (uint32_t i = 0; i < a->memory.memoryTypeCount; i++) {
            const VkMemoryPropertyFlags want = need | (turn ? 0 : wish);
            if (bits >> i & 1 && (a->memory.memoryTypes[i].propertyFlags & want) == want)
                return (int)i;
        }
    return -1;
}

/* ── choosing ── */

/* Where a type stands in the order of choice. */
static int rank_of(VkPhysicalDeviceType t)
{
    static const VkPhysicalDeviceType order[] = {VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU, VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU, VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU, VK_PHYSICAL_DEVICE_TYPE_OTHER};
    for (int i = 0; i < 4; i++)
        if (order[i] == t)
            return i;
    return 4;
}

SpmlCode vk_adapter(const VkInstanceCalls *vk, int index, VkAdapter *out, Error *err)
{
    VkPhysicalDevice id[MAX_DEVICES];
    uint32_t n = MAX_DEVICES;
    int seen = 0;
    VkResult r = vk->vkEnumeratePhysicalDevices(vk->instance, &n, id);
    if ((r && r != VK_INCOMPLETE) || !n)
        return error_set(err, SPML_DEVICE, "device-missing", "Vulkan is installed, but no driver has a device");
    for (int rank = 0; rank < 5; rank++)
        for (uint32_t i = 0; i < n; i++) {
            VkPhysicalDeviceProperties p;
            vk->vkGetPhysicalDeviceProperties(id[i], &p);
            if (p.apiVersion < VK_API_VERSION_1_2 || rank_of(p.deviceType) != rank || seen++ != index)
                continue;
            *out = (VkAdapter){.id = id[i]};
            return describe(vk, out, err);
        }
    return error_set(err, SPML_DEVICE, "device-missing", seen ? "there are %d Vulkan devices" : "no device has Vulkan 1.2", seen);
}

SpmlCode vk_device(const VkInstanceCalls *vk, const VkAdapter *a, VkDevice *out, VkCalls *device, Error *err)
{
    static const struct { const char *name; size_t at; } row[] = {
#define X(name) {#name, offsetof(VkCalls, name)},
        VK_DEVICE_FUNCTIONS(X)
#undef X
    };
    const float priority = 1;
    const VkDeviceQueueCreateInfo queue = {.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO, .queueFamilyIndex = a->family, .queueCount = 1, .pQueuePriorities = &priority};
    const VkDeviceCreateInfo how = {.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO, .pNext = &a->features, .queueCreateInfoCount = 1, .pQueueCreateInfos = &queue};
    VkResult r = vk->vkCreateDevice(a->id, &how, NULL, out);
    if (r)
        return vk_failed(r, "opening the device", err);
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        PFN_vkVoidFunction f = vk->vkGetDeviceProcAddr(*out, row[i].name);
        memcpy((char *)device + row[i].at, &f, sizeof f);
        if (!f)
            return error_set(err, SPML_DEVICE, "driver", "Vulkan: the driver has no %s", row[i].name);
    }
    return SPML_OK;
}
