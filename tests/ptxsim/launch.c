/* SPDX-License-Identifier: MIT
 * ptxsim: a launch. Checks the configuration, gives each worker the storage of one block, and hands the blocks out in an order drawn from the seed. */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAX_THREADS = 1024, POISON = 0xa5 };

int warp_thread(const Warp *w, int lane) { return (int)(w->index * WARP) + lane; }

/* ── storage of a worker ── */

static void block_close(Block *b)
{
    for (uint32_t k = 0; b->warps && k < b->n_warps; k++)
        free(b->warps[k].copies);
    free(b->warps ? b->warps[0].base[0] : NULL);
    free(b->warps);
    free(b->shared);
    free(b->shadow);
    free(b->race);
    free(b->local);
    free(b->consts);
    free(b->cache);
}

static void set_lanes(void *base, uint32_t at, const uint32_t v[WARP])
{
    if (at != NO_SLOT)
        memcpy((uint8_t *)base + (at & ~1u), v, WARP * 4);
}

static void constants(Block *b, const Launch *x)
{
    const uint32_t *at = b->f->special;
    uint32_t same[S_COUNT] = {[S_NTID_X] = x->block[0], [S_NTID_Y] = x->block[1], [S_NTID_Z] = x->block[2], [S_NCTAID_X] = x->grid[0],
        [S_NCTAID_Y] = x->grid[1], [S_NCTAID_Z] = x->grid[2], [S_NWARP] = b->n_warps, [S_DYN_SMEM] = x->dynamic, [S_TOTAL_SMEM] = b->f->shared_static + x->dynamic};
    for (uint32_t s = S_LANE; s < S_COUNT; s++) {
        uint32_t v[WARP];
        for (uint32_t l = 0; l < WARP; l++) {
            uint32_t bit = 1u << l;
            v[l] = s == S_LANE ? l : s == S_MASK_EQ ? bit : s == S_MASK_LT ? bit - 1 : s == S_MASK_LE ? bit | (bit - 1) : s == S_MASK_GT ? ~(bit | (bit - 1)) :
                s == S_MASK_GE ? ~(bit - 1) : same[s];
        }
        set_lanes(b->consts, at[s], v);
    }
}

static void threads(Warp *w, const Launch *x)
{
    uint32_t v[4][WARP];
    for (uint32_t l = 0; l < WARP; l++) {
        uint32_t t = w->index * WARP + l;
        v[0][l] = t % x->block[0];
        v[1][l] = t / x->block[0] % x->block[1];
        v[2][l] = t / x->block[0] / x->block[1];
        v[3][l] = w->index;
    }
    for (uint32_t k = 0; k < 4; k++)
        set_lanes(w->base[0], w->b->f->special[k], v[k]);
}

static bool block_open(Block *b, Launch *x)
{
    const Func *f = x->f;
    uint32_t n = x->block[0] * x->block[1] * x->block[2], regs = (f->regs_size + 63) / 64 * 64;
    *b = (Block){.launch = x, .f = f, .n_threads = n, .n_warps = (n + WARP - 1) / WARP, .shared_size = f->shared_base + x->dynamic};
    uint8_t *files = aligned_alloc(64, (size_t)regs * b->n_warps);
    b->warps = calloc(b->n_warps, sizeof *b->warps);
    b->shared = malloc(b->shared_size + 16);
    b->shadow = malloc(b->shared_size + 16);
    b->race = x->sim->cfg.races > 0 ? calloc(b->shared_size / 4 + 4, sizeof *b->race) : NULL;
    b->local = calloc((size_t)f->local_size * WARP * b->n_warps + 16, 1);
    b->consts = aligned_alloc(64, (f->consts_size + 127) / 64 * 64);
    b->cache = calloc(f->n_code, sizeof *b->cache);
    if (b->warps && files)
        b->warps[0].base[0] = files;
    else
        free(files);
    if (!files || !b->warps || !b->shared || !b->shadow || !b->local || !b->consts || !b->cache || (x->sim->cfg.races > 0 && !b->race))
        return false;
    memset(files, POISON, (size_t)regs * b->n_warps);
    if (f->consts_size)
        memcpy(b->consts, f->consts, f->consts_size);
    constants(b, x);
    for (uint32_t k = 0; k < b->n_warps; k++) {
        Warp *w = &b->warps[k];
        uint32_t here = n - k * WARP;
        w->base[0] = files + (size_t)k * regs;
        w->base[1] = b->consts;
        w->b = b;
        w->index = k;
        w->exists = here >= WARP ? UINT32_MAX : (1u << here) - 1;
        threads(w, x);
    }
    return true;
}

/* ── workers ── */

static void *worker(void *arg)
{
    Launch *x = arg;
    Block b;
    uint64_t blocks = 0;
    if (!block_open(&b, x)) {
        pthread_mutex_lock(&x->lock);
        x->error = x->error ? x->error : 2;
        pthread_mutex_unlock(&x->lock);
        block_close(&b);
        return NULL;
    }
    while (!__atomic_load_n(&x->error, __ATOMIC_RELAXED)) {
        uint64_t k = __atomic_fetch_add(&x->next, 1, __ATOMIC_RELAXED);
        if (k >= x->n_blocks)
            break;
        block_start(&b, (x->start + (uint64_t)((unsigned __int128)k * x->stride % x->n_blocks)) % x->n_blocks);
        block_run(&b);
        blocks++;
    }
    report_launch(blocks, 0, b.lanes);
    block_close(&b);
    return NULL;
}

static uint64_t gcd(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t t = a % b;
        a = b;
        b = t;
    }
    return a;
}

static void shuffle(Launch *x)
{
    uint64_t r = x->sim->cfg.seed * 0x9e3779b97f4a7c15u, n = x->n_blocks;
    r ^= r >> 29;
    x->start = r % n;
    x->stride = (r >> 20) % n;
    while (gcd(x->stride ? x->stride : n, n) != 1 && n > 1)
        x->stride = (x->stride + 1) % n;
}

/* NULL: fine */
static const char *refuse(const Launch *x)
{
    static const uint32_t shared_max[] = {64 << 10, 163 << 10, 227 << 10};
    const Func *f = x->f;
    const uint32_t *g = x->grid, *b = x->block;
    uint32_t most = shared_max[x->sim->cfg.sm >= 90 ? 2 : x->sim->cfg.sm >= 80 ? 1 : 0];
    if (!g[0] || !g[1] || !g[2] || !b[0] || !b[1] || !b[2])
        return "a grid or block size is zero";
    if (g[0] > INT32_MAX || g[1] > 65535 || g[2] > 65535)
        return "grid too large";
    if (b[0] > MAX_THREADS || b[1] > MAX_THREADS || b[2] > 64 || b[0] * b[1] * b[2] > MAX_THREADS)
        return "block too large";
    if (f->reqntid[0] && memcmp(f->reqntid, b, sizeof f->reqntid))
        return "block size differs from .reqntid";
    if (f->maxntid && b[0] * b[1] * b[2] > f->maxntid)
        return "block larger than .maxntid";
    if (x->dynamic > f->max_dynamic || f->shared_static + x->dynamic > most)
        return "too much dynamic shared memory";
    return NULL;
}

static void run_workers(Launch *x)
{
    uint64_t n = x->n_blocks < (uint64_t)x->sim->cfg.threads ? x->n_blocks : (uint64_t)x->sim->cfg.threads;
    pthread_t t[64];
    uint64_t made = 0;
    while (made + 1 < n && made < 63 && !pthread_create(&t[made], NULL, worker, x))
        made++;
    worker(x);
    for (uint64_t k = 0; k < made; k++)
        pthread_join(t[k], NULL);
}

int launch_run(PtxSim *s, const Func *f, const uint32_t grid[3], const uint32_t block[3], uint32_t dynamic, const uint8_t *params, char *log, size_t n_log)
{
    Launch x = {.sim = s, .f = f, .dynamic = dynamic};
    memcpy(x.grid, grid, sizeof x.grid);
    memcpy(x.block, block, sizeof x.block);
    if (log && n_log)
        *log = 0;
    const char *why = refuse(&x);
    if (why) {
        if (log)
            snprintf(log, n_log, "kernel %s, grid %u %u %u, block %u %u %u, %u bytes: %s", f->name, grid[0], grid[1], grid[2], block[0], block[1], block[2], dynamic, why);
        return 1;
    }
    x.params = malloc(f->params_size + 8);
    if (!x.params)
        return 2;
    if (f->params_size)
        memcpy(x.params, params, f->params_size);
    x.n_blocks = (uint64_t)grid[0] * grid[1] * grid[2];
    pthread_mutex_init(&x.lock, NULL);
    shuffle(&x);
    run_workers(&x);
    report_launch(0, x.used, 0);
    pthread_mutex_destroy(&x.lock);
    free(x.params);
    if (log && n_log)
        snprintf(log, n_log, "%s", x.log);
    return x.error;
}
