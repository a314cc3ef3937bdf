/* SPDX-License-Identifier: MIT
 * backend/cpu: chooses an engine for each kernel instance when it is compiled, from what the kernel is, never from its name:
 * ahead-of-time C (cooperative kernels), packed contraction (a dot whose accesses are affine), tile program (everything else). */
#include "backend/cpu/contract.h"
#include "kir/core.h"
#include "kir/tile/tile.h"
#include "run/backend.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct Device {
    Pool *pool;
    CpuLevel level;
    ContractWork *work;
    char *post;      /* one scratch per thread for tile programs run on finished boxes */
    size_t sz_post;  /* of all */
};

struct BackendKernel {
    const KirKernel *kir; /* simplified copy */
    const KAot *aot;
    Contract *contract;
    ContractPost *free_post; /* as a post: what the contraction's store can do */
    TileProgram *tile;
    Arena arena;
};

static SpmlCode cpu_open(int index, int threads, Device **out, Error *err)
{
    if (index != 0)
        return error_set(err, SPML_DEVICE, "device-missing", "there is one cpu device, number 0");
    Device *d = calloc(1, sizeof *d);
    if (!d)
        return error_oom(err);
    prims_init();
    d->level = cpu_level();
    SpmlCode code = pool_open(threads, &d->pool, err);
    if (!code)
        code = contract_work_new(d->level, &d->work, err);
    if (code) {
        if (d->pool)
            pool_close(&d->pool);
        free(d);
    } else {
        *out = d;
    }
    return code;
}

static void cpu_close(Device **d)
{
    if (*d) {
        pool_close(&(*d)->pool);
        contract_work_free(&(*d)->work);
        free((*d)->post);
        free(*d);
        *d = NULL;
    }
}

static void cpu_info(const Device *d, DeviceInfo *out)
{
    *out = (DeviceInfo){.threads = pool_threads(d->pool), .host_memory = true};
    snprintf(out->name, sizeof out->name, "%s", cpu_level_name(d->level));
}

static SpmlCode cpu_alloc(Device *d, size_t sz, void **out, Error *err)
{
    (void)d;
    if (sz > SIZE_MAX - 64 || !(*out = aligned_alloc(64, (sz + 63) & ~(size_t)63)))
        return error_oom(err);
    return SPML_OK;
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
        arena_free(&k->arena);
        free(k);
    }
}

static bool is_group(const KirKernel *k) { return k->body->n && k->body->inst[k->body->n - 1]->op == K_group; }

/* Every engine that can run k; a launch takes the first that can run it with its extents and strides. */
static SpmlCode choose_engines(const KernelDesc *desc, BackendKernel *k, Error *err)
{
    KirKernel *kir = kir_clone(desc->kernel, &k->arena);
    SpmlCode code = kir ? kir_simplify(kir, KPASS_ALL, err) : error_oom(err);
    if (code)
        return code;
    k->kir = kir;
    if (is_group(kir)) {
        k->aot = kaot_find(desc->key);
        return k->aot ? SPML_OK : error_set(err, SPML_UNSUPPORTED, "kernel-class", "cooperative kernel %s is not among those compiled ahead of time", desc->key);
    }
    k->contract = contract_match(kir, &k->arena);
    k->free_post = contract_match_post(kir, &k->arena);
    Error why = {0};
    code = tile_compile(desc->module, kir, &k->arena, &k->tile, &why);
    if (code == SPML_UNSUPPORTED) /* the interpreter runs it, and engine() says so */
        k->tile = NULL, code = SPML_OK;
    return code ? error_set(err, code, why.key, "%s", why.text) : k->arena.oom ? error_oom(err) : SPML_OK;
}

static SpmlCode cpu_compile_one(const KernelDesc *desc, BackendKernel **out, Error *err)
{
    BackendKernel *k = calloc(1, sizeof *k);
    if (!k)
        return error_oom(err);
    SpmlCode code = choose_engines(desc, k, err);
    if (code)
        cpu_release(NULL, k);
    else
        *out = k;
    return code;
}

static SpmlCode cpu_compile(Device *d, const KernelDesc *list, size_t n, BackendKernel **out, Error *err)
{
    SpmlCode code = SPML_OK;
    for (size_t i = 0; i < n && !code; i++)
        code = cpu_compile_one(&list[i], &out[i], err);
    (void)d;
    return code;
}

static SpmlCode run_alone(Device *d, const BackendKernel *k, const KirLaunch *l, Error *err)
{
    return k->tile ? tile_run(k->tile, l, d->pool, err) : kir_interpret(k->kir, l, KORDER_ASCENDING, false, err);
}

/* ── contractions with what follows them ── */
typedef struct Boxes { const TileProgram *tile; const KirLaunch *l; char *scratch; size_t size; } Boxes;

static void post_box(void *ctx, int thread, const int64_t *lo, const int64_t *hi)
{
    const Boxes *b = ctx;
    tile_run_box(b->tile, b->l, lo, hi, b->scratch + (size_t)thread * b->size);
}

static SpmlCode boxes_open(Device *d, const BackendLaunch *l, Boxes *b, Error *err)
{
    size_t n = (size_t)pool_threads(d->pool);
    *b = (Boxes){l->post->tile, l->post_args, d->post, (tile_scratch(l->post->tile) + 63) & ~(size_t)63};
    if (b->size * n > d->sz_post) {
        free(d->post);
        d->sz_post = 0;
        d->post = b->scratch = aligned_alloc(64, b->size * n);
        if (!d->post)
            return error_oom(err);
        d->sz_post = b->size * n;
    }
    for (size_t t = 0; t < n; t++)
        tile_prepare(b->tile, b->l, b->scratch + t * b->size);
    return SPML_OK;
}

/* Do the items of the post kernel number the elements of y as its launch sees them? */
static bool post_follows(const BackendLaunch *l)
{
    const KirView *y = &l->args->view[l->kernel->kir->n_operands - 1], *z = &l->post_args->view[0];
    bool same = l->post->tile && y->p == z->p && y->rank == z->rank && tile_axes(l->post->tile) == y->rank;
    for (int i = 0; same && i < y->rank; i++)
        same = y->dim[i] == z->dim[i] && y->stride[i] == z->stride[i];
    return same;
}

/* SPML_NO: not a nest with these extents. *done_post: the post kernel ran too. */
static SpmlCode run_contract(Device *d, const BackendLaunch *l, bool *done_post, Error *err)
{
    const Contract *c = l->kernel->contract;
    ContractEpilogue e = {0};
    Boxes b;
    if (l->post && l->post->free_post && contract_post_fits(c, l->args, l->post->free_post, l->post_args)) {
        e = (ContractEpilogue){.free = l->post->free_post, .free_args = l->post_args};
    } else if (l->post && post_follows(l)) {
        SpmlCode code = boxes_open(d, l, &b, err);
        if (code)
            return code;
        e = (ContractEpilogue){.post = post_box, .ctx = &b};
    }
    *done_post = e.free || e.post;
    return contract_run(c, l->args, l->pack, &e, d->work, d->pool, err);
}

static SpmlCode cpu_launch(Device *d, const BackendLaunch *l, Error *err)
{
    bool done_post = false;
    SpmlCode code = l->kernel->contract ? run_contract(d, l, &done_post, err) : SPML_NO;
    if (code == SPML_NO) {
        done_post = false;
        code = run_alone(d, l->kernel, l->args, err);
    }
    return code || !l->post || done_post ? code : run_alone(d, l->post, l->post_args, err);
}

static SpmlCode cpu_prepack(Device *d, BackendKernel *k, const KirLaunch *l, uint32_t const_mask, void **pack, Error *err)
{
    ContractPack *p = NULL;
    SpmlCode code = SPML_OK;
    for (uint32_t i = 0; k->contract && i < 32 && !p && !code; i++)
        if (const_mask >> i & 1)
            code = contract_prepare(k->contract, l, i, d->work, d->pool, &p, err);
    *pack = p;
    return code;
}

static SpmlCode cpu_submit(Device *d, const BackendLaunch *list, size_t n, Error *err)
{
    SpmlCode code = SPML_OK;
    for (size_t i = 0; i < n && !code; i++)
        code = cpu_launch(d, &list[i], err);
    return code;
}

static SpmlCode cpu_wait(Device *d, Error *err)
{
    (void)d;
    (void)err;
    return SPML_OK;
}

static const char *cpu_engine(const BackendKernel *k) { return k->aot ? "aot" : k->contract ? "contraction" : k->tile ? "tile program" : "interpreter"; }

static void cpu_pack_free(Device *d, void *pack)
{
    ContractPack *p = pack;
    (void)d;
    contract_pack_free(&p);
}

const Backend backend_cpu = {
    .name = "cpu", .open = cpu_open, .close = cpu_close, .info = cpu_info, .alloc = cpu_alloc, .free = cpu_free, .compile = cpu_compile,
    .release = cpu_release, .prepack = cpu_prepack, .pack_free = cpu_pack_free, .submit = cpu_submit, .wait = cpu_wait, .engine = cpu_engine,
};
