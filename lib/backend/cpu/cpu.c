/* SPDX-License-Identifier: MIT
 * backend/cpu: chooses an engine for each kernel instance when it is compiled, from what the kernel is, never from its name:
 * ahead-of-time C (cooperative kernels), packed contraction (a dot whose accesses are affine), moves, tile program (everything else). */
#include "backend/cpu/bands.h"
#include "backend/cpu/move.h"
#include "backend/cpu/nest.h"
#include "backend/cpu/roof.h"
#include "backend/cpu/rows.h"
#include "backend/cpu/running.h"
#include "backend/cpu/window.h"
#include "base/hard.h"
#include "base/span.h"
#include "base/threads.h"
#include "kir/core.h" /* kir_clone */
#include "kir/emit.h"
#include "kir/prims.h"
#include "kir/target.h"
#include "kir/tile/tile.h"
#include "run/backend.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct Device {
    Pool *pool;
    CpuLevel level;
    ContractWork *work;
    void *scratch;         /* of tile epilogues and ahead-of-time kernels: one part per thread */
    size_t sz_part;
    void *between[BANDS_PARTS]; /* tensors between launches that cannot be run as one */
    size_t sz_between[BANDS_PARTS];
};

struct BackendKernel {
    const KirKernel *kir;
    const KAot *aot;
    Contract *contract;    /* packed contraction, where the kernel has that form */
    bool move;             /* it only moves elements */
    Window *window;        /* sliding maximum, where the kernel has that form */
    Rows *rows;            /* rows at a time, where the kernel has that form */
    Running *running;      /* blocks of rows with running values, where the kernel has that form */
    ContractPost *free;    /* this kernel is a clamp or an addition that another's store can do */
    TileProgram *tile;
    TileProgram *tail;     /* what the contraction leaves to do with its sums */
    Arena arena;
};

static void cpu_close(Device **d)
{
    if (*d) {
        contract_work_free(&(*d)->work);
        pool_close(&(*d)->pool);
        free((*d)->scratch);
        for (int i = 0; i < BANDS_PARTS; i++)
            free((*d)->between[i]);
        free(*d);
        *d = NULL;
    }
}

static SpmlCode cpu_open(const DeviceOptions *o, Device **out, Error *err)
{
    if (o->index != 0)
        return error_set(err, SPML_DEVICE, "device-missing", "there is one cpu device, number 0");
    Device *d = calloc(1, sizeof *d);
    if (!d)
        return error_oom(err);
    prims_init();
    d->level = cpu_level();
    SpmlCode code = pool_open(o->threads, &d->pool, err);
    if (!code)
        code = contract_work_new(d->level, o->strict, &d->work, err);
    if (!code)
        contract_work_weights(d->work, o->low_memory, o->cache_weights);
    *out = d;
    if (code)
        cpu_close(out);
    return code;
}

static void cpu_info(const Device *d, DeviceInfo *out)
{
    *out = (DeviceInfo){.kind = DEVICE_CPU, .threads = pool_threads(d->pool), .host_memory = true,
        .caps = KCAP_f64 | KCAP_int64 | KCAP_store8 | KCAP_store16 | KCAP_f16 | KCAP_bf16 | KCAP_minmax | KCAP_div | KCAP_sqrt | KCAP_denorm | KCAP_mulhi64 | KCAP_fma};
    snprintf(out->name, sizeof out->name, "%s", cpu_level_name(d->level));
}

static SpmlCode cpu_alloc(Device *d, size_t sz, void **out, Error *err)
{
    (void)d;
    return (*out = page_alloc(sz)) ? SPML_OK : error_oom(err);
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
        contract_close(k->contract);
        window_close(k->window);
        arena_free(&k->arena);
        free(k);
    }
}

static bool is_group(const KirKernel *k) { return k->body->n && k->body->inst[k->body->n - 1]->op == K_group; }

/* Engines that look at the arithmetic want calls inlined; the tile compiler wants them kept: they are its primitives. */
static SpmlCode match_contraction(BackendKernel *k, Error *err)
{
    KirKernel *flat = kir_clone(k->kir, &k->arena);
    SpmlCode code = flat ? kir_simplify(flat, KPASS_ALL, err) : error_oom(err);
    if (!code && k->kir->n_operands && k->kir->mems[0].kind == KMEM_INOUT)
        k->free = contract_match_post(flat, &k->arena);
    else if (!code && !(k->contract = contract_match(flat, k->kir, &k->arena)))
        k->window = window_match(flat, &k->arena);
    if (!code && !k->contract && !k->window) {
        KInst **defs = kir_defs(flat, &k->arena);
        k->move = defs && move_match(flat, defs);
    }
    return code ? code : k->arena.oom ? error_oom(err) : SPML_OK;
}

static SpmlCode cpu_compile_one(const KernelDesc *desc, BackendKernel **out, Error *err)
{
    BackendKernel *k = calloc(1, sizeof *k);
    if (!k)
        return error_oom(err);
    k->kir = desc->kernel;
    k->aot = kaot_find(desc->key);
    SpmlCode code = SPML_OK;
    if (is_group(desc->kernel)) {
        if (!k->aot && !(k->running = running_match(desc->kernel, &k->arena)))
            code = k->arena.oom ? error_oom(err) : error_set(err, SPML_UNSUPPORTED, "kernel-class", "cooperative kernel %s is not among those compiled ahead of time", desc->key);
    } else {
        code = match_contraction(k, err);
        if (!code)
            code = tile_compile(desc->module, desc->kernel, &k->arena, &k->tile, err);
        if (!code && !k->contract && !k->window && !(k->rows = rows_match(desc->kernel, &k->arena)) && k->arena.oom)
            code = error_oom(err);
        const KirKernel *tail = !code && k->contract ? contract_tail(k->contract) : NULL;
        if (tail)
            code = tile_compile(desc->module, tail, &k->arena, &k->tail, err);
    }
    if (code)
        cpu_release(NULL, k);
    else
        *out = k;
    return code;
}

static SpmlCode cpu_compile(Device *d, KernelDesc *list, size_t n, BackendKernel **out, Error *err)
{
    SpmlCode code = SPML_OK;
    (void)d;
    for (size_t i = 0; i < n && !code; i++) {
        out[i] = NULL;
        code = cpu_compile_one(&list[i], &out[i], &list[i].why);
        if (code == SPML_UNSUPPORTED)
            code = SPML_OK;
        else if (code && err)
            *err = list[i].why;
    }
    return code;
}

/* ── packed constants ── */

static SpmlCode cpu_prepack(Device *d, BackendKernel *k, const KirLaunch *l, uint32_t const_mask, void **pack, Error *err)
{
    ContractPack *p = NULL;
    *pack = NULL;
    SpmlCode code = SPML_OK;
    for (uint32_t i = 0; k->contract && i < k->kir->n_operands && !p && !code; i++)
        if (const_mask >> i & 1 && contract_constant(k->contract, i, const_mask))
            code = contract_prepare(k->contract, l, i, d->work, d->pool, &p, err);
    *pack = p;
    return code == SPML_NO ? SPML_OK : code; /* not affine after all: the launch finds another engine */
}

static SpmlCode cpu_roof(Device *d, double seconds, DeviceRoof *out, Error *err) { return roof_measure(d->level, d->pool, seconds, out, err); }

static void cpu_settle(Device *d) { contract_work_save(d->work, d->pool); }

static void cpu_counts(const Device *d, DeviceCounts *out)
{
    *out = (DeviceCounts){0};
    contract_work_packed(d->work, &out->packed_bytes, &out->cached_bytes);
}

static void cpu_pack_free(Device *d, void *pack)
{
    ContractPack *p = pack;
    (void)d;
    contract_pack_free(&p);
}

/* ── launching ── */

static SpmlCode cpu_launch(Device *d, const BackendLaunch *l, Error *err);

static SpmlCode scratch_reserve(Device *d, size_t part, Error *err)
{
    size_t all;
    if (part <= d->sz_part)
        return SPML_OK;
    free(d->scratch);
    d->sz_part = 0;
    if (!size_align(part, 64, &part) || !size_mul(part, (size_t)pool_threads(d->pool), &all) || !(d->scratch = aligned_alloc(64, all)))
        return error_oom(err);
    d->sz_part = part;
    return SPML_OK;
}

/* Do the items of the post kernel number the elements of the output as this launch sees them? */
static bool post_follows(const BackendLaunch *l)
{
    const KirView *y = &l->args->view[l->kernel->kir->n_operands - 1], *z = &l->post_args->view[0];
    bool same = l->post->tile && y->p == z->p && y->rank == z->rank && tile_axes(l->post->tile) == y->rank;
    for (int i = 0; same && i < y->rank; i++)
        same = y->dim[i] == z->dim[i] && y->stride[i] == z->stride[i];
    return same;
}

typedef struct PostRun { Device *d; const TileProgram *tile; const KirLaunch *args; size_t at; /* in the scratch of a thread */ } PostRun;

static void post_box(void *ctx, int thread, const int64_t *lo, const int64_t *hi)
{
    const PostRun *p = ctx;
    tile_run_box(p->tile, p->args, lo, hi, (char *)p->d->scratch + (size_t)thread * p->d->sz_part + p->at);
}

/* Per thread: the launch with the view of the thread's sums, then the scratch of the tile program. */
enum { TAIL_LAUNCH = (sizeof(KirLaunch) + 63) / 64 * 64 };
typedef struct TailRun { Device *d; const BackendKernel *k; const KirLaunch *args; } TailRun;

static KirLaunch *tail_args(const TailRun *r, int thread) { return (KirLaunch *)(void *)((char *)r->d->scratch + (size_t)thread * r->d->sz_part); }

static void tail_begin(void *ctx, int thread, void *sum, const int64_t *stride)
{
    const TailRun *r = ctx;
    KirLaunch *args = tail_args(r, thread);
    kir_launch_copy(args, r->args, r->k->kir->n_operands);
    KirView *v = &args->view[r->k->kir->n_operands];
    *v = (KirView){.p = sum, .rank = tile_axes(r->k->tail)};
    for (int d = 0; d < v->rank; d++)
        v->dim[d] = INT64_MAX, v->stride[d] = stride[d];
    tile_prepare(r->k->tail, args, (char *)args + TAIL_LAUNCH);
}

static void tail_box(void *ctx, int thread, const int64_t *lo, const int64_t *hi)
{
    const TailRun *r = ctx;
    KirLaunch *args = tail_args(r, thread);
    tile_run_box(r->k->tail, args, lo, hi, (char *)args + TAIL_LAUNCH);
}

/* Integers: sums go through the tail; an epilogue of elementwise nodes runs after it as a launch of its own. */
static SpmlCode tail_launch(Device *d, const BackendLaunch *l, Error *err)
{
    TailRun run = {d, l->kernel, l->args};
    const ContractEpilogue e = {.tail_begin = tail_begin, .tail_box = tail_box, .ctx = &run};
    SpmlCode code = scratch_reserve(d, TAIL_LAUNCH + tile_scratch(l->kernel->tail), err);
    return code ? code : contract_run(l->kernel->contract, l->args, l->pack, &e, d->work, d->pool, err);
}

/* The epilogue rides on the contraction: free at the store where it is a clamp or a sum, else on each finished block. */
static SpmlCode contract_launch(Device *d, const BackendLaunch *l, bool *fused, Error *err)
{
    PostRun run = {d, l->post ? l->post->tile : NULL, l->post_args, 0};
    ContractEpilogue e = {0};
    SpmlCode code = SPML_OK;
    if (l->post && l->post->free && contract_post_fits(l->kernel->contract, l->args, l->post->free, l->post_args)) {
        e.free = l->post->free;
        e.free_args = l->post_args;
    } else if (l->post && post_follows(l)) {
        e.post = post_box;
        e.ctx = &run;
        code = scratch_reserve(d, tile_scratch(run.tile), err);
        for (int t = 0; t < pool_threads(d->pool) && !code; t++)
            tile_prepare(run.tile, run.args, (char *)d->scratch + (size_t)t * d->sz_part);
    }
    *fused = e.free || e.post;
    return code ? code : contract_run(l->kernel->contract, l->args, l->pack, &e, d->work, d->pool, err);
}

static SpmlCode window_launch(Device *d, const BackendLaunch *l, Error *err)
{
    WindowPlan *p;
    size_t part;
    SpmlCode code = window_plan(l->kernel->window, l->args, &p, &part, err);
    NestMade **made;
    const Nest *n = code ? NULL : window_nest(p, &made);
    if (n)
        return nest_run(n, made, NULL, d->work, d->pool, err);
    if (!code)
        code = scratch_reserve(d, part, err);
    if (!code)
        window_run(p, d->scratch, d->sz_part, d->pool);
    return code;
}

static SpmlCode rows_launch(Device *d, const BackendLaunch *l, Error *err)
{
    const RowsPlan *p;
    size_t part;
    SpmlCode code = rows_plan(l->kernel->rows, l->args, &p, &part);
    if (!code)
        code = scratch_reserve(d, part, err);
    if (!code)
        rows_run(p, d->scratch, d->sz_part, d->pool);
    return code;
}

static SpmlCode running_launch(Device *d, const BackendLaunch *l, Error *err)
{
    const RunningPlan *p;
    size_t part;
    SpmlCode code = kir_top_items(l->kernel->kir, l->args) > 0 ? running_plan(l->kernel->running, l->args, ulevel(d->level), pool_threads(d->pool), &p, &part) : SPML_OK;
    if (code == SPML_NO)
        return error_set(err, SPML_UNSUPPORTED, "launch", "kernel %s: no engine for these extents", l->kernel->kir->name);
    if (!code && kir_top_items(l->kernel->kir, l->args) > 0) {
        code = scratch_reserve(d, part, err);
        if (!code)
            running_run(p, d->scratch, d->sz_part, d->pool);
    }
    return code;
}

typedef struct AotRun { Device *d; const KAot *aot; const KirLaunch *l; int64_t items, grain; } AotRun;

static void aot_chunk(void *ctx, int64_t chunk, int thread)
{
    const AotRun *r = ctx;
    int64_t lo = chunk * r->grain, hi = lo + r->grain < r->items ? lo + r->grain : r->items;
    r->aot->fn(r->l, lo, hi, (char *)r->d->scratch + (size_t)thread * r->d->sz_part);
}

static SpmlCode aot_launch(Device *d, const BackendLaunch *l, Error *err)
{
    AotRun r = {d, l->kernel->aot, l->args, kir_top_items(l->kernel->kir, l->args), 1};
    const int64_t parts = HARD((int64_t)pool_threads(d->pool) * 8, r.items);
    r.grain = r.aot->serial ? r.items : r.items / parts > 0 ? r.items / parts : 1;
    const size_t sz = r.aot->sz_live ? r.aot->sz_live(l->args) : r.aot->sz_scratch;
    SpmlCode code = r.items > 0 ? scratch_reserve(d, sz ? sz : 64, err) : SPML_NO;
    if (code == SPML_NO)
        return SPML_OK;
    if (!code)
        pool_run(d->pool, (r.items + r.grain - 1) / r.grain, aot_chunk, &r);
    return code;
}

/* ── a launch and its heads ── */

/* The epilogue of a head sees scratch. Per thread, from `at` on: its launch, then the scratch of its tile program. */
typedef struct HeadRun { Device *d; const BackendLaunch *l; size_t at; } HeadRun;

static KirLaunch *head_args(const HeadRun *r, int thread) { return (KirLaunch *)(void *)((char *)r->d->scratch + (size_t)thread * r->d->sz_part + r->at); }

static void head_begin(void *ctx, int thread, void *y, const int64_t *stride)
{
    const HeadRun *r = ctx;
    KirLaunch *args = head_args(r, thread);
    kir_launch_copy(args, r->l->post_args, r->l->post->kir->n_operands);
    args->view[0].p = y;
    memcpy(args->view[0].stride, stride, (size_t)args->view[0].rank * sizeof *stride);
    tile_prepare(r->l->post->tile, args, (char *)args + TAIL_LAUNCH);
}

static void head_box(void *ctx, int thread, const int64_t *lo, const int64_t *hi)
{
    const HeadRun *r = ctx;
    KirLaunch *args = head_args(r, thread);
    tile_run_box(r->l->post->tile, args, lo, hi, (char *)args + TAIL_LAUNCH);
}

typedef struct Joined { BandsPart part[BANDS_PARTS]; ContractEpilogue e[BANDS_PARTS]; HeadRun head[BANDS_PARTS]; PostRun post; size_t used; } Joined;

static SpmlCode join_part(Device *d, const BackendLaunch *l, bool last, Joined *j, int i)
{
    ContractEpilogue *e = &j->e[i];
    if (!l->kernel->contract || l->kernel->tail)
        return SPML_NO;
    *e = (ContractEpilogue){0};
    if (l->post && l->post->free && contract_post_fits(l->kernel->contract, l->args, l->post->free, l->post_args)) {
        *e = (ContractEpilogue){.free = l->post->free, .free_args = l->post_args};
    } else if (l->post) {
        if (!post_follows(l))
            return SPML_NO;
        j->head[i] = (HeadRun){d, l, j->used};
        j->post = (PostRun){d, l->post->tile, l->post_args, j->used};
        *e = last ? (ContractEpilogue){.post = post_box, .ctx = &j->post} : (ContractEpilogue){.post = head_box, .tail_begin = head_begin, .ctx = &j->head[i]};
        j->used += (last ? 0 : TAIL_LAUNCH) + ((tile_scratch(l->post->tile) + 63) & ~(size_t)63);
    }
    j->part[i] = (BandsPart){l->kernel->contract, l->args, l->pack, e};
    return SPML_OK;
}

/* All as one. */
static SpmlCode bands_launch(Device *d, const BackendLaunch *l, Error *err)
{
    const BackendLaunch *part[BANDS_PARTS];
    UNINIT Joined j;
    SpmlCode code = SPML_OK;
    int n = 0;
    j.used = 0;
    for (const BackendLaunch *h = l; h; h = h->head)
        if (n++ == BANDS_PARTS)
            return SPML_NO;
    for (int i = n - 1; i >= 0; i--, l = l->head)
        part[i] = l;
    for (int i = 0; i < n && !code; i++)
        code = join_part(d, part[i], i == n - 1, &j, i);
    if (!code && j.used)
        code = scratch_reserve(d, j.used, err);
    for (int t = 0; t < pool_threads(d->pool) && !code && j.e[n - 1].post; t++)
        tile_prepare(j.post.tile, j.post.args, (char *)d->scratch + (size_t)t * d->sz_part + j.post.at);
    return code ? code : bands_run(j.part, n, d->work, d->pool, err);
}

static SpmlCode between_reserve(Device *d, int depth, const KirView *v, DType type, Error *err)
{
    size_t sz = dtype_info[type].bytes;
    for (int i = 0; i < v->rank; i++)
        if (!size_mul(sz, (size_t)v->dim[i], &sz))
            return error_oom(err);
    if (!size_add(sz, 128, &sz)) /* a spare vector: primitives may read a whole one at the end */
        return error_oom(err);
    if (sz <= d->sz_between[depth])
        return SPML_OK;
    free(d->between[depth]);
    d->sz_between[depth] = 0;
    if (!(d->between[depth] = aligned_alloc(64, sz & ~(size_t)63)))
        return error_oom(err);
    d->sz_between[depth] = sz;
    return SPML_OK;
}

/* The head, into memory of the device, then the other. */
static SpmlCode apart_launch(Device *d, const BackendLaunch *l, Error *err)
{
    const BackendLaunch *h = l->head;
    const size_t out = h->kernel->kir->n_operands - 1;
    int depth = 0; /* each has a tensor of its own */
    for (const BackendLaunch *b = h->head; b; b = b->head)
        depth++;
    if (depth == BANDS_PARTS)
        return error_set(err, SPML_UNSUPPORTED, "launch", "more launches in a row than %d", BANDS_PARTS);
    SpmlCode code = between_reserve(d, depth, &h->args->view[out], h->kernel->kir->mems[out].type, err);
    KirLaunch *args = code ? NULL : malloc(3 * sizeof *args);
    if (!args)
        return code ? code : error_oom(err);
    kir_launch_copy(&args[0], h->args, out + 1);
    args[0].view[out].p = d->between[depth];
    if (h->post) {
        kir_launch_copy(&args[1], h->post_args, h->post->kir->n_operands);
        args[1].view[0].p = d->between[depth];
    }
    kir_launch_copy(&args[2], l->args, l->kernel->kir->n_operands);
    args[2].view[0].p = d->between[depth];
    code = cpu_launch(d, &(BackendLaunch){h->kernel, h->post, &args[0], &args[1], h->pack, h->head}, err);
    if (!code)
        code = cpu_launch(d, &(BackendLaunch){l->kernel, l->post, &args[2], l->post_args, l->pack, NULL}, err);
    free(args);
    return code;
}

static SpmlCode joined_launch(Device *d, const BackendLaunch *l, Error *err)
{
    SpmlCode code = bands_launch(d, l, err);
    return code == SPML_NO ? apart_launch(d, l, err) : code;
}

static SpmlCode cpu_launch(Device *d, const BackendLaunch *l, Error *err)
{
    if (l->head)
        return joined_launch(d, l, err);
    bool fused = false;
    SpmlCode code = SPML_NO;
    if (l->kernel->tail && !contract_scales(l->kernel->contract, l->args))
        code = tail_launch(d, l, err);
    else if (l->kernel->contract)
        code = contract_launch(d, l, &fused, err);
    if (l->kernel->window)
        code = window_launch(d, l, err);
    if (l->kernel->rows)
        code = rows_launch(d, l, err);
    if (l->kernel->move) {
        move_run(l->args, l->kernel->kir->mems[0].type, ulevel(d->level), d->pool);
        code = SPML_OK;
    }
    if (l->kernel->running)
        return running_launch(d, l, err);
    if (code == SPML_NO) { /* no such form, or not affine for these extents */
        fused = false;
        code = l->kernel->tile ? tile_run(l->kernel->tile, l->args, d->pool, err) : aot_launch(d, l, err);
    }
    return code || !l->post || fused ? code : tile_run(l->post->tile, l->post_args, d->pool, err);
}

static SpmlCode cpu_submit(Device *d, const BackendLaunch *list, size_t n, Error *err)
{
    SpmlCode code = SPML_OK;
    for (size_t i = 0; i < n && !code; i++)
        code = cpu_launch(d, &list[i], err);
    return code;
}

/* ── prepared lists: the launches where the caller keeps them, run one after the other without the executor between ── */

struct BackendList { size_t n; BackendLaunch launch[]; };

static SpmlCode cpu_update(Device *d, BackendList *l, const BackendLaunch *list, size_t n, Error *err)
{
    (void)d;
    (void)err;
    memcpy(l->launch, list, n * sizeof *list);
    return SPML_OK;
}

static SpmlCode cpu_prepare(Device *d, const BackendLaunch *list, size_t n, BackendList **out, Error *err)
{
    BackendList *l = *out = malloc(sizeof *l + n * sizeof *list);
    if (!l)
        return error_oom(err);
    l->n = n;
    return cpu_update(d, l, list, n, err);
}

static SpmlCode cpu_replay(Device *d, BackendList *l, const atomic_bool *stop, Error *err)
{
    SpmlCode code = SPML_OK;
    for (size_t i = 0; i < l->n && !code; i++)
        code = stop && atomic_load_explicit(stop, memory_order_relaxed) ? error_set(err, SPML_INTERRUPTED, "cancelled", "cancelled") : cpu_launch(d, &l->launch[i], err);
    return code;
}

static void cpu_list_free(Device *d, BackendList *l)
{
    (void)d;
    free(l);
}

static SpmlCode cpu_wait(Device *d, Error *err)
{
    (void)d;
    (void)err;
    return SPML_OK;
}

/* Packing copies from any address, and so do the loads of tile programs. */
static bool cpu_unaligned(const BackendKernel *k) { return k->tile && !k->window; }

static const char *cpu_engine(const BackendKernel *k) { return k->contract ? "contraction" : k->window ? "window" : k->rows ? "rows" : k->move ? "move" : k->running ? "running" : k->tile ? "tile" : "aot"; }

/* Ahead-of-time kernels: the C they were compiled from, made again. Others: the tile program, and before it, where a packed engine may run in its place, the
 * contraction or window as KIR. */
static const char *cpu_text(const BackendKernel *k, Text *out, BackendDetails *details)
{
    (void)details;
    if (k->contract || k->window) {
        text_printf(out, "// %s: the packed engine runs what this says\n", k->contract ? "contraction" : "window");
        kir_print(k->kir, out);
        text_puts(out, k->tile ? "// for extents and strides which it does not take, this tile program runs\n" : "");
    } else if (!k->tile) {
        kir_print(k->kir, out);
    }
    if (k->tile) {
        tile_print(k->tile, out);
        return k->contract || k->window ? "kir" : "tile";
    }
    Arena a = {0};
    KirKernel *scheduled;
    EmitKernelInfo info;
    SpmlCode code = kir_schedule(k->kir, 1, &a, &scheduled, NULL);
    out->n = code ? out->n : 0;
    if (!code)
        code = emit_c_kernel(scheduled, k->kir->name, out, &info, NULL);
    arena_free(&a);
    return code == SPML_RESOURCE ? NULL : code ? "kir" : "c";
}

const Backend backend_cpu = {
    .name = "cpu", .wide = true, .blocked = true, .joins = true, .running = true, .open = cpu_open, .close = cpu_close, .info = cpu_info, .alloc = cpu_alloc, .free = cpu_free, .compile = cpu_compile,
    .release = cpu_release, .prepack = cpu_prepack, .pack_free = cpu_pack_free, .settle = cpu_settle, .counts = cpu_counts, .roof = cpu_roof, .submit = cpu_submit, .wait = cpu_wait, .unaligned = cpu_unaligned, .engine = cpu_engine,
    .text = cpu_text, .prepare = cpu_prepare, .update = cpu_update, .replay = cpu_replay, .list_free = cpu_list_free,
};
