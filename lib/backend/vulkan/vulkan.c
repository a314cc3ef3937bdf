/* SPDX-License-Identifier: MIT
 * backend/vulkan: the vtable of run/backend.h: opening, recording launches into command buffers, submitting and waiting. A list is first resolved
 * (variant, pipeline, words) and then recorded, so that nothing runs when one of its launches cannot. Lists from prepare have command buffers and
 * parameter blocks of their own; grids too are read from the block, so that a list whose extents have changed is submitted again as it was recorded. */
#include "backend/vulkan/vulkan.h"

#include <stdlib.h>
#include <string.h>

/* ── opening ── */

static void vulkan_close(Device **device)
{
    Device *d = *device;
    if (!d)
        return;
    if (d->device && d->call.vkDeviceWaitIdle)
        d->call.vkDeviceWaitIdle(d->device);
    vulkan_pipelines_close(d);
    vulkan_slabs_free(d);
    addresses_free(&d->memory);
    vulkan_block_free(d, &d->ring);
    vulkan_block_free(d, &d->staging);
    if (d->layout)
        d->call.vkDestroyPipelineLayout(d->device, d->layout, NULL);
    if (d->pool)
        d->call.vkDestroyCommandPool(d->device, d->pool, NULL);
    if (d->timeline)
        d->call.vkDestroySemaphore(d->device, d->timeline, NULL);
    if (d->device && d->call.vkDestroyDevice)
        d->call.vkDestroyDevice(d->device, NULL);
    jit_close(&d->jit);
    free(d);
    *device = NULL;
}

static SpmlCode command_buffers(Device *d, VkCommandBuffer *out, uint32_t n, Error *err)
{
    const VkCommandBufferAllocateInfo how = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO, .commandPool = d->pool, .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY, .commandBufferCount = n};
    VkResult r = d->call.vkAllocateCommandBuffers(d->device, &how, out);
    return r ? vk_failed(r, "allocating command buffers", err) : SPML_OK;
}

static SpmlCode queue_open(Device *d, Error *err)
{
    const VkSemaphoreTypeCreateInfo type = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO, .semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE};
    const VkSemaphoreCreateInfo semaphore = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO, .pNext = &type};
    const VkCommandPoolCreateInfo pool = {.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO, .flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT, .queueFamilyIndex = d->is.family};
    const VkPushConstantRange push = {VK_SHADER_STAGE_COMPUTE_BIT, 0, sizeof(VkDeviceAddress)};
    const VkPipelineLayoutCreateInfo layout = {.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO, .pushConstantRangeCount = 1, .pPushConstantRanges = &push};
    VkCommandBuffer list[N_BATCHES];
    d->call.vkGetDeviceQueue(d->device, d->is.family, 0, &d->queue);
    VkResult r = d->call.vkCreateSemaphore(d->device, &semaphore, NULL, &d->timeline);
    if (!r)
        r = d->call.vkCreateCommandPool(d->device, &pool, NULL, &d->pool);
    if (!r)
        r = d->call.vkCreatePipelineLayout(d->device, &layout, NULL, &d->layout);
    SpmlCode code = r ? vk_failed(r, "opening a queue", err) : command_buffers(d, list, N_BATCHES, err);
    for (int i = 0; i < N_BATCHES && !code; i++)
        d->batch[i].cmd = list[i];
    return code;
}

static SpmlCode start(Device *d, const DeviceOptions *o, Error *err)
{
    Text identity = {0};
    SpmlCode code = vk_load(&d->vk, err);
    if (!code)
        code = vk_adapter(d->vk, o->index, &d->is, err);
    if (code)
        return code;
    vk_identity(&d->is, &identity);
    code = jit_open(&d->jit, d, &vulkan_runtime, &kir_emit_glsl, &d->is.target, &identity, o, err);
    d->is.info.caps = d->jit.target.caps;
    if (!code)
        code = vk_device(d->vk, &d->is, &d->device, &d->call, err);
    if (!code)
        code = queue_open(d, err);
    if (!code)
        code = vulkan_pipelines_open(d, err);
    if (!code)
        code = vulkan_block_new(d, SZ_RING, true, &d->ring, err);
    if (!code)
        memset(d->ring.host, 0, SZ_REPORT);
    d->ring_at = SZ_REPORT;
    return code;
}

static SpmlCode vulkan_open(const DeviceOptions *o, Device **out, Error *err)
{
    Device *d = calloc(1, sizeof *d);
    *out = d;
    if (!d)
        return error_oom(err);
    SpmlCode code = start(d, o, err);
    if (code)
        vulkan_close(out);
    return code;
}

static void vulkan_info(const Device *d, DeviceInfo *out) { *out = d->is.info; }
static void vulkan_counts(const Device *d, DeviceCounts *out) { *out = d->jit.counts; }

/* ── submissions ── */

static SpmlCode wait_for(Device *d, uint64_t value, Error *err)
{
    const VkSemaphoreWaitInfo how = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO, .semaphoreCount = 1, .pSemaphores = &d->timeline, .pValues = &value};
    VkResult r = value ? d->call.vkWaitSemaphores(d->device, &how, UINT64_MAX) : VK_SUCCESS;
    return r ? vk_failed(r, "waiting", err) : SPML_OK;
}

SpmlCode vulkan_wait(Device *d, Error *err)
{
    SpmlCode code = wait_for(d, d->submitted, err);
    d->ring_at = SZ_REPORT;
    return code;
}

SpmlCode vulkan_finish(Device *d, Error *err)
{
    uint64_t cut, none = 0;
    SpmlCode code = vulkan_wait(d, err);
    memcpy(&cut, d->ring.host, sizeof cut);
    if (code || !cut)
        return code;
    memcpy(d->ring.host, &none, sizeof none);
    const BackendKernel *k = d->jit.kernels;
    while (k && (uintptr_t)k != cut)
        k = k->next;
    return error_set(err, SPML_UNSUPPORTED, "loop-limit", "Vulkan device %s ended a loop of kernel %s before its end: its driver allows %d turns in all loops of an invocation",
                     d->is.info.name, k ? k->jit->name : "?", MAX_TURNS);
}

static SpmlCode submit(Device *d, VkCommandBuffer cmd, Error *err)
{
    const uint64_t value = d->submitted + 1;
    const VkTimelineSemaphoreSubmitInfo times = {.sType = VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO, .signalSemaphoreValueCount = 1, .pSignalSemaphoreValues = &value};
    const VkSubmitInfo how = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .pNext = &times, .commandBufferCount = 1, .pCommandBuffers = &cmd, .signalSemaphoreCount = 1, .pSignalSemaphores = &d->timeline};
    VkResult r = d->call.vkQueueSubmit(d->queue, 1, &how, VK_NULL_HANDLE);
    if (r)
        return vk_failed(r, "submitting", err);
    d->submitted = value;
    return SPML_OK;
}

static SpmlCode begin(Device *d, VkCommandBuffer cmd, VkCommandBufferUsageFlags usage, Error *err)
{
    const VkCommandBufferBeginInfo how = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO, .flags = usage};
    VkResult r = d->call.vkBeginCommandBuffer(cmd, &how);
    return r ? vk_failed(r, "recording", err) : SPML_OK;
}

SpmlCode vulkan_batch_begin(Device *d, Batch **out, Error *err)
{
    Batch *oldest = &d->batch[0];
    for (int i = 1; i < N_BATCHES; i++)
        if (d->batch[i].value < oldest->value)
            oldest = &d->batch[i];
    *out = oldest;
    SpmlCode code = wait_for(d, oldest->value, err);
    return code ? code : begin(d, oldest->cmd, VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT, err);
}

SpmlCode vulkan_batch_submit(Device *d, Batch *b, Error *err)
{
    VkResult r = d->call.vkEndCommandBuffer(b->cmd);
    SpmlCode code = r ? vk_failed(r, "recording", err) : submit(d, b->cmd, err);
    b->value = code ? b->value : d->submitted;
    return code;
}

void vulkan_barrier_all(Device *d, VkCommandBuffer cmd)
{
    const VkMemoryBarrier b = {.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER, .srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT,
                               .dstAccessMask = VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_READ_BIT | VK_ACCESS_TRANSFER_WRITE_BIT | VK_ACCESS_HOST_READ_BIT};
    const VkPipelineStageFlags work = VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT;
    d->call.vkCmdPipelineBarrier(cmd, work, work | VK_PIPELINE_STAGE_HOST_BIT, 0, 1, &b, 0, NULL, 0, NULL);
}

/* ── launching ── */

typedef struct Record {
    VkPipeline pipeline;
    uint32_t n_words, grid[2];
    uint64_t *words;   /* [n_words] */
} Record;

/* A recorded command buffer and what it reads. stale: the records have changed since. Two of them, so that one is written while the other runs. */
typedef struct Take { VkBlock params; VkCommandBuffer cmd; uint64_t value; bool stale; } Take;
enum { TAKES = 2 };
struct BackendList { Arena arena; Record *records; size_t n; Take take[TAKES]; unsigned at; };

/* Words, then, for prepared lists, the grid. */
static size_t at_grid(const Record *r) { return r->n_words * sizeof *r->words; }
static size_t sz_block(const Record *r) { return (at_grid(r) + sizeof(VkDispatchIndirectCommand) + 63) & ~(size_t)63; }

/* Groups as x · y, with as few more than asked for as that allows. */
static SpmlCode grid_of(const Device *d, const JitKernel *k, uint64_t groups, uint32_t grid[2], Error *err)
{
    const uint32_t *most = d->is.props.limits.maxComputeWorkGroupCount;
    const uint64_t y = groups / most[0] + (groups % most[0] != 0);
    if (y > most[1])
        return error_set(err, SPML_UNSUPPORTED, "grid", "kernel %s wants %llu groups, more than device %s can number", k->name, (unsigned long long)groups, d->is.info.name);
    grid[0] = (uint32_t)(y ? groups / y + (groups % y != 0) : 0);
    grid[1] = (uint32_t)y;
    return SPML_OK;
}

/* r, whose words are there, for this launch. */
static SpmlCode record_fill(Device *d, BackendKernel *k, const KirLaunch *l, Record *r, Error *err)
{
    const JitKernel *j = k->jit;
    uint64_t base[KIR_MAX_OPERANDS];
    uint32_t sz_shared;
    JitVariant *v;
    if (!(d->jit.target.caps & KCAP_loops) && kir_turns(j->kir, l) > MAX_TURNS)
        return error_set(err, SPML_UNSUPPORTED, "loop-limit", "kernel %s goes round its loops more often than the %d times that the driver of %s allows", j->name, MAX_TURNS, d->is.info.name);
    SpmlCode code = jit_variant(&d->jit, k, l, &v, err);
    if (!code)
        code = jit_shared(&d->jit, j, v, l, &sz_shared, err);
    if (!code)
        code = vulkan_kernel_pipeline(d, v->object, sz_shared, v->info.dynamic_shared, &r->pipeline, err);
    if (code)
        return code;
    for (size_t m = 0; m < j->kir->n_operands; m++)
        base[m] = (uint64_t)(uintptr_t)l->view[m].p;
    kir_fill_words(j->kir, l, base, r->words);
    r->words[j->n_words] = d->ring.address;
    r->words[j->n_words + 1] = (uintptr_t)k;
    return grid_of(d, j, jit_groups(v, r->words), r->grid, err);
}

static SpmlCode record(Device *d, BackendKernel *k, const KirLaunch *l, Arena *a, Record *r, Error *err)
{
    r->n_words = k->jit->n_words + 2;
    r->words = arena_array(a, uint64_t, r->n_words);
    return r->words ? record_fill(d, k, l, r, err) : error_oom(err);
}

static SpmlCode record_list(Device *d, const BackendLaunch *list, size_t n, BackendList *out, Error *err)
{
    SpmlCode code = SPML_OK;
    out->records = arena_array(&out->arena, Record, 2 * n);
    if (!out->records)
        return error_oom(err);
    for (size_t i = 0; i < n && !code; i++) {
        code = record(d, list[i].kernel, list[i].args, &out->arena, &out->records[out->n++], err);
        if (!code && list[i].post)
            code = record(d, list[i].post, list[i].post_args, &out->arena, &out->records[out->n++], err);
    }
    return code;
}

static void write_block(const Record *r, const VkBlock *params, size_t at)
{
    const VkDispatchIndirectCommand grid = {r->grid[0], r->grid[1], 1};
    memcpy(params->host + at, r->words, r->n_words * sizeof *r->words);
    memcpy(params->host + at + at_grid(r), &grid, sizeof grid);
}

/* One dispatch whose words lie at params + at; again: so does its grid, which may be another when it is run. */
static void encode(Device *d, VkCommandBuffer cmd, const Record *r, const VkBlock *params, size_t at, bool again)
{
    const VkDeviceAddress address = params->address + at;
    d->call.vkCmdBindPipeline(cmd, VK_PIPELINE_BIND_POINT_COMPUTE, r->pipeline);
    d->call.vkCmdPushConstants(cmd, d->layout, VK_SHADER_STAGE_COMPUTE_BIT, 0, sizeof address, &address);
    if (again)
        d->call.vkCmdDispatchIndirect(cmd, params->buffer, at + at_grid(r));
    else
        d->call.vkCmdDispatch(cmd, r->grid[0], r->grid[1], 1);
    vulkan_barrier_all(d, cmd);
}

/* As many records from `from` on as the ring has room for, in one submission. */
static SpmlCode submit_some(Device *d, const BackendList *l, size_t *from, Error *err)
{
    Batch *b;
    SpmlCode code = d->ring_at + sz_block(&l->records[*from]) > SZ_RING ? vulkan_wait(d, err) : SPML_OK;
    if (!code)
        code = vulkan_batch_begin(d, &b, err);
    if (code)
        return code;
    for (; *from < l->n && d->ring_at + sz_block(&l->records[*from]) <= SZ_RING; ++*from) {
        const Record *r = &l->records[*from];
        if (r->grid[0]) {
            write_block(r, &d->ring, d->ring_at);
            encode(d, b->cmd, r, &d->ring, d->ring_at, false);
            d->ring_at += sz_block(r);
            d->jit.counts.launches++;
        }
    }
    return vulkan_batch_submit(d, b, err);
}

static SpmlCode vulkan_submit(Device *d, const BackendLaunch *list, size_t n, Error *err)
{
    BackendList l = {0};
    SpmlCode code = record_list(d, list, n, &l, err);
    for (size_t i = 0; i < l.n && !code;)
        code = submit_some(d, &l, &i, err);
    arena_free(&l.arena);
    return code;
}

/* ── prepared lists ── */

static void vulkan_list_free(Device *d, BackendList *l)
{
    if (!l)
        return;
    vulkan_wait(d, NULL);
    for (int i = 0; i < TAKES; i++) {
        if (l->take[i].cmd)
            d->call.vkFreeCommandBuffers(d->device, d->pool, 1, &l->take[i].cmd);
        vulkan_block_free(d, &l->take[i].params);
    }
    arena_free(&l->arena);
    free(l);
}

static SpmlCode take_record(Device *d, const BackendList *l, Take *t, Error *err)
{
    size_t sz = 0, at = 0;
    for (size_t i = 0; i < l->n; i++)
        sz += sz_block(&l->records[i]);
    SpmlCode code = vulkan_block_new(d, sz, true, &t->params, err);
    if (!code)
        code = command_buffers(d, &t->cmd, 1, err);
    if (!code)
        code = begin(d, t->cmd, VK_COMMAND_BUFFER_USAGE_SIMULTANEOUS_USE_BIT, err);
    if (code)
        return code;
    for (size_t i = 0; i < l->n; at += sz_block(&l->records[i++]))
        encode(d, t->cmd, &l->records[i], &t->params, at, true);
    VkResult r = d->call.vkEndCommandBuffer(t->cmd);
    t->stale = true;
    return r ? vk_failed(r, "recording", err) : SPML_OK;
}

static SpmlCode vulkan_prepare(Device *d, const BackendLaunch *list, size_t n, BackendList **out, Error *err)
{
    BackendList *l = calloc(1, sizeof *l);
    *out = NULL;
    if (!l)
        return error_oom(err);
    SpmlCode code = record_list(d, list, n, l, err);
    for (int i = 0; i < TAKES && !code; i++)
        code = take_record(d, l, &l->take[i], err);
    if (code)
        vulkan_list_free(d, l);
    else
        *out = l;
    return code;
}

/* SPML_NO: a pipeline is another one now, and those are recorded. */
static SpmlCode record_again(Device *d, BackendKernel *k, const KirLaunch *l, Record *r, Error *err)
{
    const VkPipeline before = r->pipeline;
    SpmlCode code = record_fill(d, k, l, r, err);
    return code ? code : r->pipeline == before ? SPML_OK : SPML_NO;
}

static SpmlCode vulkan_update(Device *d, BackendList *l, const BackendLaunch *list, size_t n, Error *err)
{
    SpmlCode code = SPML_OK;
    Record *r = l->records;
    for (size_t i = 0; i < n && !code; i++) {
        code = record_again(d, list[i].kernel, list[i].args, r++, err);
        if (!code && list[i].post)
            code = record_again(d, list[i].post, list[i].post_args, r++, err);
    }
    for (int i = 0; i < TAKES; i++)
        l->take[i].stale = true;
    return code;
}

/* The take that holds what the records say: that of last time, or the other one, once it is done. */
static SpmlCode take_ready(Device *d, BackendList *l, Take **out, Error *err)
{
    size_t at = 0;
    if (l->take[l->at].stale)
        l->at = (l->at + 1) % TAKES;
    Take *t = *out = &l->take[l->at];
    SpmlCode code = t->stale ? wait_for(d, t->value, err) : SPML_OK;
    for (size_t i = 0; t->stale && i < l->n && !code; at += sz_block(&l->records[i++]))
        write_block(&l->records[i], &t->params, at);
    t->stale &= code != SPML_OK;
    return code;
}

static SpmlCode vulkan_replay(Device *d, BackendList *l, const atomic_bool *stop, Error *err)
{
    (void)stop;
    Take *t;
    SpmlCode code = take_ready(d, l, &t, err);
    if (!code)
        code = submit(d, t->cmd, err);
    if (code)
        return code;
    t->value = d->submitted;
    for (size_t i = 0; i < l->n; i++)
        d->jit.counts.launches += l->records[i].grid[0] > 0;
    d->jit.counts.replays++;
    return SPML_OK;
}

static const char *vulkan_engine(const BackendKernel *k) { return k->jit->variants && k->jit->variants->info.group ? "group" : "items"; }

const Backend backend_vulkan = {
    .name = "vulkan", .open = vulkan_open, .close = vulkan_close, .info = vulkan_info, .alloc = vulkan_alloc, .free = vulkan_free, .upload = vulkan_upload,
    .download = vulkan_download, .copy = vulkan_copy, .compile = vulkan_compile, .release = vulkan_release, .submit = vulkan_submit, .wait = vulkan_finish,
    .engine = vulkan_engine, .prepare = vulkan_prepare, .update = vulkan_update, .replay = vulkan_replay, .list_free = vulkan_list_free, .counts = vulkan_counts,
    .text = jit_text,
};
