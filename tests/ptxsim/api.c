/* SPDX-License-Identifier: MIT
 * ptxsim: the direct interface (ptxsim.h): a device, its modules and memory, and a launch that runs to its end. */
#include "sim.h"

#include <stdlib.h>
#include <unistd.h>

static uint64_t from_env(const char *name, uint64_t otherwise)
{
    const char *s = getenv(name);
    return s && *s ? strtoull(s, NULL, 0) : otherwise;
}

PtxSim *ptxsim_open(const PtxSimConfig *c)
{
    PtxSim *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->cfg = c ? *c : (PtxSimConfig){0};
    PtxSimConfig *g = &s->cfg;
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    g->sm = g->sm ? g->sm : (int)from_env("SPML_PTXSIM_SM", 80);
    g->threads = g->threads > 0 ? g->threads : (int)from_env("SPML_PTXSIM_THREADS", (uint64_t)(cpus < 1 ? 1 : cpus > 4 ? 4 : cpus));
    g->threads = g->threads < 1 ? 1 : g->threads > 64 ? 64 : g->threads;
    g->seed = g->seed ? g->seed : from_env("SPML_PTXSIM_SEED", 1);
    g->budget = g->budget ? g->budget : from_env("SPML_PTXSIM_BUDGET", 4000000000u);
    g->races = g->races ? g->races : from_env("SPML_PTXSIM_RACES", 1) ? 1 : -1;
    pthread_mutex_init(&s->mem.lock, NULL);
    return s;
}

void ptxsim_close(PtxSim **s)
{
    if (!*s)
        return;
    mem_close(&(*s)->mem);
    free(*s);
    *s = NULL;
}

int ptxsim_sm(const PtxSim *s) { return s->cfg.sm; }

int ptxsim_load(PtxSim *s, const char *text, size_t n, PtxModule **out, char *log, size_t n_log)
{
    if (log && n_log)
        *log = 0;
    return module_parse(s, text, n, out, log, n_log);
}

void ptxsim_unload(PtxModule **m) { module_close(m); }

int ptxsim_alloc(PtxSim *s, size_t n, uint64_t *out) { return mem_alloc(&s->mem, n, false, out); }
int ptxsim_free(PtxSim *s, uint64_t p) { return p ? mem_free(&s->mem, p) : 0; }

static bool valid(PtxSim *s, uint64_t p, size_t n)
{
    Range r = {0};
    return !n || (mem_find(&s->mem, p, &r) && !r.freed && n <= r.hi - p);
}

int ptxsim_write(PtxSim *s, uint64_t to, const void *from, size_t n)
{
    if (!valid(s, to, n))
        return 1;
    if (n)
        memcpy((void *)(uintptr_t)to, from, n);
    return 0;
}

int ptxsim_read(PtxSim *s, void *to, uint64_t from, size_t n)
{
    if (!valid(s, from, n))
        return 1;
    if (n)
        memcpy(to, (const void *)(uintptr_t)from, n);
    return 0;
}

int ptxsim_launch(PtxModule *m, const char *kernel, const unsigned grid[3], const unsigned block[3], unsigned shared, void **params, char *log, size_t n_log)
{
    Func *f = module_func(m, kernel);
    if (!f)
        return 500;
    uint8_t *all = calloc(1, f->params_size + 8u);
    if (!all)
        return 2;
    for (uint32_t k = 0; k < f->n_params; k++)
        memcpy(all + f->params[k].offset, params[k], f->params[k].size);
    if (shared > f->max_dynamic)
        f->max_dynamic = shared;
    int rc = launch_run(m->sim, f, grid, block, shared, all, log, n_log);
    free(all);
    return rc;
}
