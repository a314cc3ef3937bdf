/* SPDX-License-Identifier: MIT
 * backend/vulkan: buffers and copies. Where all memory is the host's, buffers stay mapped and copies to and from the device are memcpy once it is idle; elsewhere they go
 * through one staging buffer. */
#include "backend/vulkan/vulkan.h"

#include <string.h>

/* ── buffers ── */

static SpmlCode block_bind(Device *d, VkBlock *b, bool host, Error *err)
{
    const VkMemoryPropertyFlags mapped = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
    const bool map = host || d->is.host_memory;
    VkMemoryRequirements need;
    d->call.vkGetBufferMemoryRequirements(d->device, b->buffer, &need);
    int type = vk_memory_type(&d->is, need.memoryTypeBits, map ? mapped : VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT, host ? VK_MEMORY_PROPERTY_HOST_CACHED_BIT : VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT);
    if (type < 0)
        return error_set(err, SPML_DEVICE, "driver", "Vulkan: no memory type for buffers");
    const VkMemoryAllocateFlagsInfo flags = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_FLAGS_INFO, .flags = VK_MEMORY_ALLOCATE_DEVICE_ADDRESS_BIT};
    const VkMemoryAllocateInfo how = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .pNext = &flags, .allocationSize = need.size, .memoryTypeIndex = (uint32_t)type};
    VkResult r = d->call.vkAllocateMemory(d->device, &how, NULL, &b->memory);
    if (!r)
        r = d->call.vkBindBufferMemory(d->device, b->buffer, b->memory, 0);
    if (!r && map)
        r = d->call.vkMapMemory(d->device, b->memory, 0, VK_WHOLE_SIZE, 0, (void **)&b->host);
    return r ? vk_failed(r, "allocating a buffer", err) : SPML_OK;
}

SpmlCode vulkan_block_new(Device *d, size_t sz, bool host, VkBlock *out, Error *err)
{
    const VkBufferCreateInfo how = {.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO, .size = sz ? (sz + 63) & ~(size_t)63 : 64,
                                    .usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_INDIRECT_BUFFER_BIT | VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT | VK_BUFFER_USAGE_SHADER_DEVICE_ADDRESS_BIT};
    *out = (VkBlock){0};
    d->jit.counts.allocs++;
    VkResult r = d->call.vkCreateBuffer(d->device, &how, NULL, &out->buffer);
    if (r)
        return vk_failed(r, "creating a buffer", err);
    SpmlCode code = block_bind(d, out, host, err);
    if (!code) {
        const VkBufferDeviceAddressInfo info = {.sType = VK_STRUCTURE_TYPE_BUFFER_DEVICE_ADDRESS_INFO, .buffer = out->buffer};
        out->address = d->call.vkGetBufferDeviceAddress(d->device, &info);
    } else
        vulkan_block_free(d, out);
    return code;
}

void vulkan_block_free(Device *d, VkBlock *b)
{
    if (b->buffer)
        d->call.vkDestroyBuffer(d->device, b->buffer, NULL);
    if (b->memory)
        d->call.vkFreeMemory(d->device, b->memory, NULL);
    *b = (VkBlock){0};
}

SpmlCode vulkan_alloc(Device *d, size_t sz, void **out, Error *err)
{
    char want[32], most[32];
    *out = NULL;
    if (sz > d->is.sz_alloc_max - 256)
        return error_set(err, SPML_RESOURCE, "device-allocation", "one buffer of %s is wanted; Vulkan device %s allows at most %s", format_bytes(want, sz), d->is.info.name,
                         format_bytes(most, d->is.sz_alloc_max));
    VkPiece *p;
    SpmlCode code = vulkan_piece_new(d, sz, &p, err);
    if (code)
        return code;
    const VkDeviceAddress address = p->slab->block.address + p->at;
    code = addresses_insert(&d->memory, (uintptr_t)address, sz, p, err);
    if (code) {
        vulkan_piece_free(d, p);
        return code;
    }
    *out = (void *)(uintptr_t)address;
    return SPML_OK;
}

void vulkan_free(Device *d, void *p)
{
    VkPiece *piece = p ? addresses_remove(&d->memory, p) : NULL;
    if (piece)
        vulkan_piece_free(d, piece);
}

static SpmlCode find(const Device *d, const void *p, VkBlock **b, size_t *at, Error *err)
{
    VkPiece *piece = addresses_find(&d->memory, p, at);
    if (!piece)
        return error_set(err, SPML_DEVICE, "address", "Vulkan: an address that no allocation of this device holds");
    *b = &piece->slab->block;
    *at += piece->at;
    return SPML_OK;
}

/* ── copies ── */

static SpmlCode copy_buffers(Device *d, VkBuffer from, size_t at, VkBuffer to, size_t into, size_t sz, Error *err)
{
    Batch *b;
    SpmlCode code = vulkan_batch_begin(d, &b, err);
    if (code)
        return code;
    const VkBufferCopy region = {at, into, sz};
    d->call.vkCmdCopyBuffer(b->cmd, from, to, 1, &region);
    vulkan_barrier_all(d, b->cmd);
    return vulkan_batch_submit(d, b, err);
}

static SpmlCode staging(Device *d, Error *err)
{
    return d->staging.buffer ? SPML_OK : vulkan_block_new(d, SZ_STAGING, true, &d->staging, err);
}

SpmlCode vulkan_upload(Device *d, void *to, const void *from, size_t sz, Error *err)
{
    VkBlock *b;
    size_t at;
    SpmlCode code = sz ? find(d, to, &b, &at, err) : SPML_NO;
    if (!code)
        code = vulkan_wait(d, err);
    if (code)
        return code == SPML_NO ? SPML_OK : code;
    d->jit.counts.uploads++;
    d->jit.counts.bytes_up += sz;
    if (b->host) {
        memcpy(b->host + at, from, sz);
        return SPML_OK;
    }
    code = staging(d, err);
    for (size_t done = 0; done < sz && !code;) {
        const size_t part = sz - done < SZ_STAGING ? sz - done : SZ_STAGING;
        memcpy(d->staging.host, (const char *)from + done, part);
        code = copy_buffers(d, d->staging.buffer, 0, b->buffer, at + done, part, err);
        if (!code)
            code = vulkan_wait(d, err);
        done += part;
    }
    return code;
}

SpmlCode vulkan_download(Device *d, void *to, const void *from, size_t sz, Error *err)
{
    VkBlock *b;
    size_t at;
    SpmlCode code = vulkan_finish(d, err);
    if (!code && sz)
        code = find(d, from, &b, &at, err);
    if (code || !sz)
        return code;
    d->jit.counts.downloads++;
    d->jit.counts.bytes_down += sz;
    if (b->host) {
        memcpy(to, b->host + at, sz);
        return SPML_OK;
    }
    code = staging(d, err);
    for (size_t done = 0; done < sz && !code;) {
        const size_t part = sz - done < SZ_STAGING ? sz - done : SZ_STAGING;
        code = copy_buffers(d, b->buffer, at + done, d->staging.buffer, 0, part, err);
        if (!code)
            code = vulkan_wait(d, err);
        if (!code)
            memcpy((char *)to + done, d->staging.host, part);
        done += part;
    }
    return code;
}

SpmlCode vulkan_copy(Device *d, void *to, const void *from, size_t sz, Error *err)
{
    VkBlock *a, *b;
    size_t at, into;
    SpmlCode code = sz ? find(d, from, &a, &at, err) : SPML_NO;
    if (!code)
        code = find(d, to, &b, &into, err);
    if (code)
        return code == SPML_NO ? SPML_OK : code;
    return copy_buffers(d, a->buffer, at, b->buffer, into, sz, err);
}
