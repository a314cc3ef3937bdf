/* SPDX-License-Identifier: MIT
 * backend/vulkan: the driver's functions, looked up in libvulkan.so.1, the one instance, and what a device says of itself. <vulkan/vulkan.h> gives
 * types only; nothing links to Vulkan. */
#ifndef SPML_BACKEND_VULKAN_VK_H
#define SPML_BACKEND_VULKAN_VK_H

#define VK_NO_PROTOTYPES
#include "base/text.h"
#include "kir/target.h"
#include "run/backend.h"

#include <vulkan/vulkan.h>

#define VK_INSTANCE_FUNCTIONS(X) \
    X(vkDestroyInstance) X(vkEnumeratePhysicalDevices) X(vkGetPhysicalDeviceProperties2) X(vkGetPhysicalDeviceFeatures2) X(vkGetPhysicalDeviceMemoryProperties) \
    X(vkGetPhysicalDeviceQueueFamilyProperties) X(vkGetPhysicalDeviceProperties) X(vkCreateDevice) X(vkGetDeviceProcAddr)
#define VK_DEVICE_FUNCTIONS(X) \
    X(vkDestroyDevice) X(vkDeviceWaitIdle) X(vkGetDeviceQueue) X(vkAllocateMemory) X(vkFreeMemory) X(vkMapMemory) X(vkCreateBuffer) X(vkDestroyBuffer) \
    X(vkGetBufferMemoryRequirements) X(vkBindBufferMemory) X(vkGetBufferDeviceAddress) X(vkCreateShaderModule) X(vkDestroyShaderModule) \
    X(vkCreatePipelineLayout) X(vkDestroyPipelineLayout) X(vkCreatePipelineCache) X(vkDestroyPipelineCache) X(vkGetPipelineCacheData) \
    X(vkCreateComputePipelines) X(vkDestroyPipeline) X(vkCreateCommandPool) X(vkDestroyCommandPool) X(vkAllocateCommandBuffers) X(vkFreeCommandBuffers) \
    X(vkBeginCommandBuffer) X(vkEndCommandBuffer) X(vkCmdBindPipeline) X(vkCmdPushConstants) X(vkCmdDispatch) X(vkCmdDispatchIndirect) X(vkCmdPipelineBarrier) X(vkCmdCopyBuffer) \
    X(vkCreateSemaphore) X(vkDestroySemaphore) X(vkWaitSemaphores) X(vkQueueSubmit)

typedef struct VkInstanceCalls {
    VkInstance instance;
    PFN_vkGetInstanceProcAddr vkGetInstanceProcAddr;
    PFN_vkCreateInstance vkCreateInstance;
#define X(name) PFN_##name name;
    VK_INSTANCE_FUNCTIONS(X)
#undef X
} VkInstanceCalls;
typedef struct VkCalls {
#define X(name) PFN_##name name;
    VK_DEVICE_FUNCTIONS(X)
#undef X
} VkCalls;

/* One device as it describes itself. */
typedef struct VkAdapter {
    VkPhysicalDevice id;
    DeviceInfo info;
    KirTarget target;
    VkPhysicalDeviceProperties props;
    VkPhysicalDeviceMemoryProperties memory;
    uint64_t sz_alloc_max;
    uint32_t family;       /* of queues that compute */
    bool host_memory;      /* all memory is the host's */
    VkPhysicalDeviceFeatures2 features;           /* to be enabled, a chain of the next two */
    VkPhysicalDeviceVulkan11Features features11;
    VkPhysicalDeviceVulkan12Features features12;
} VkAdapter;

/* The instance of this process. SPML_DEVICE "device-missing": no loader, no driver. */
SpmlCode vk_load(const VkInstanceCalls **out, Error *err);
/* Device number index: discrete GPUs, integrated, virtual, other, then CPUs. SPML_DEVICE "device-missing": no such; SPML_UNSUPPORTED "capability": it lacks
 * what every kernel needs. The chain in *out points into it: it must not move afterwards. */
SpmlCode vk_adapter(const VkInstanceCalls *vk, int index, VkAdapter *out, Error *err);
SpmlCode vk_device(const VkInstanceCalls *vk, const VkAdapter *a, VkDevice *out, VkCalls *calls, Error *err);
void vk_identity(const VkAdapter *a, Text *out);
/* A memory type among the bits with all of `need` and, if there is one, of `wish` too; -1: none. */
int vk_memory_type(const VkAdapter *a, uint32_t bits, VkMemoryPropertyFlags need, VkMemoryPropertyFlags wish);
SpmlCode vk_failed(VkResult r, const char *what, Error *err);

#endif
