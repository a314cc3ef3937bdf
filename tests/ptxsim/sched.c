/* SPDX-License-Identifier: MIT
 * ptxsim: one block. Warps take turns in an order drawn from the seed; each runs until it waits at a barrier, ends, or its turn is over. A barrier
 * opens when all warps that still live wait at it (or the number it names arrived); nobody able to move means a barrier that not all reach. */
#include "sim.h"

enum { TURN = 20000 }; /* warp instructions, so that a warp may wait for another by looking at memory */

static uint64_t next_random(Block *b)
{
    uint64_t x = b->rng += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

static void run_warp(Warp *w)
{
    const Inst *code = w->b->f->code;
    uint32_t n = 0;
    uint64_t lanes = 0;
    w->yield = false;
    while (!w->yield && n < TURN) {
        const Inst *i = &code[w->pc];
        uint32_t m = w->mask;
        if (i->guard != NO_SLOT) {
            uint32_t p = pred_mask(w, i->guard);
            m &= i->guard_neg ? ~p : p;
        }
        n++;
        lanes += m == UINT32_MAX ? WARP : (uint32_t)__builtin_popcount(m);
        if (i->control)
            i->run(w, i, m);
        else {
            if (m)
                i->run(w, i, m);
            w->pc++;
        }
        if (w->pc >= w->merge)
            warp_settle(w);
    }
    w->b->instructions += n;
    w->b->lanes += lanes;
}

/* ── barriers ── */

static void finish_red(Warp *w, const Barrier *b)
{
    const Inst *i = w->bar_inst;
    if (!mod_has(&i->mods, M_RED))
        return;
    bool popc = mod_has(&i->mods, M_POPC), yes = mod_has(&i->mods, M_AND) ? b->n_true == b->n_red : b->n_true > 0;
    for (int l = 0; l < WARP; l++)
        if (w->live >> l & 1) {
            if (popc)
                ((u32 *)slot(w, i->o[0]))[l] = b->n_true;
            else
                ((pred *)slot(w, i->o[0]))[l] = yes;
        }
}

static void release(Block *b, uint32_t id)
{
    for (uint32_t k = 0; k < b->n_warps; k++) {
        Warp *w = &b->warps[k];
        if (w->state != W_BARRIER || w->bar_id != id)
            continue;
        finish_red(w, &b->bar[id]);
        memcpy(w->others, w->parked, w->n_parked * sizeof *w->parked);
        w->n_others = w->n_parked;
        w->n_parked = 0;
        w->state = W_READY;
        w->mask = 0;
        warp_settle(w);
    }
    b->bar[id] = (Barrier){0};
    b->epoch++;
}

static bool try_release(Block *b, uint32_t id)
{
    const Barrier *x = &b->bar[id];
    if (x->expected && x->arrived < x->expected)
        return false;
    uint32_t here = 0;
    for (uint32_t k = 0; k < b->n_warps; k++) {
        const Warp *w = &b->warps[k];
        here += w->state == W_BARRIER && w->bar_id == id;
        if (!x->expected && w->state != W_DONE && !(w->state == W_BARRIER && w->bar_id == id))
            return false;
    }
    if (here || x->expected)
        release(b, id);
    return here;
}

static bool stuck(Block *b)
{
    for (uint32_t k = 0; k < b->n_warps; k++) {
        Warp *w = &b->warps[k];
        if (w->state == W_BARRIER) {
            sim_fault(w, w->bar_inst, __builtin_ctz(w->live), PTX_DIVERGENT_BARRIER, "barrier %u is not reached by all threads it waits for", w->bar_id);
            return true;
        }
    }
    return false;
}

/* ── the block ── */

static void start_warp(Warp *w)
{
    w->pc = 0;
    w->mask = w->live = w->exists;
    w->merge = UINT32_MAX;
    w->n_others = w->n_parked = w->n_copies = 0;
    w->state = W_READY;
    memset(w->committed, 0, sizeof w->committed);
}

static void set_const(Block *b, Special s, uint32_t v)
{
    uint32_t at = b->f->special[s];
    u32 *p = (u32 *)(void *)(b->consts + (at & ~1u));
    for (int l = 0; l < WARP && at != NO_SLOT; l++)
        p[l] = v;
}

void block_start(Block *b, uint64_t index)
{
    const Launch *x = b->launch;
    b->ctaid[0] = (uint32_t)(index % x->grid[0]);
    b->ctaid[1] = (uint32_t)(index / x->grid[0] % x->grid[1]);
    b->ctaid[2] = (uint32_t)(index / x->grid[0] / x->grid[1]);
    for (uint32_t k = 0; k < 3; k++)
        set_const(b, (Special)(S_CTAID_X + k), b->ctaid[k]);
    for (uint32_t k = 0; k < b->n_warps; k++)
        start_warp(&b->warps[k]);
    memset(b->bar, 0, sizeof b->bar);
    b->rng = x->sim->cfg.seed * 0x9e3779b97f4a7c15u + index;
    if (++b->epoch >= 1u << (32 - RACE_SHIFT - 1)) { /* room for the barriers of a block */
        b->epoch = 1;
        if (b->race)
            memset(b->race, 0, (b->shared_size / 4 + 4) * sizeof *b->race);
    }
    if (b->shared_size) {
        memset(b->shared, 0xff, b->shared_size);
        memset(b->shadow, SH_UNINIT, b->shared_size);
        for (uint32_t k = 0; k < b->f->n_gaps; k++)
            memset(b->shadow + b->f->gaps[k], SH_GAP, SHARED_GAP);
    }
}

static bool over_budget(Block *b, Warp *w)
{
    Launch *x = b->launch;
    uint64_t used = __atomic_add_fetch(&x->used, b->instructions, __ATOMIC_RELAXED);
    b->instructions = 0;
    if (used <= x->sim->cfg.budget)
        return false;
    if (w->state == W_READY)
        sim_fault(w, &b->f->code[w->pc], w->mask ? __builtin_ctz(w->mask) : 0, PTX_BUDGET, "more than %llu warp instructions in one launch",
            (unsigned long long)x->sim->cfg.budget);
    return w->state == W_READY;
}

bool block_run(Block *b)
{
    for (;;) {
        bool moved = false, done = true;
        uint64_t r = next_random(b);
        uint32_t first = (uint32_t)(r % b->n_warps), backward = (uint32_t)(r >> 40 & 1);
        for (uint32_t k = 0; k < b->n_warps; k++) {
            uint32_t at = (first + (backward ? b->n_warps - k : k)) % b->n_warps;
            Warp *w = &b->warps[at];
            if (w->state != W_READY)
                continue;
            run_warp(w);
            moved = true;
            if (__atomic_load_n(&b->launch->error, __ATOMIC_RELAXED) || over_budget(b, w))
                return false;
        }
        for (uint32_t id = 0; id < N_BARRIERS; id++)
            moved |= try_release(b, id);
        for (uint32_t k = 0; k < b->n_warps; k++)
            done &= b->warps[k].state == W_DONE;
        if (done)
            return true;
        if (!moved)
            return !stuck(b);
    }
}
