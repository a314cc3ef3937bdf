/* SPDX-License-Identifier: MIT
 * ptxsim: instructions that move the pc: branches, exits and barriers. A branch splits the running group; lanes that exit leave it; a barrier parks
 * it until the block lets it go (sched.c). Handlers get the lanes whose guard holds and advance w->pc themselves. */
#include "exec.h"

static void add_group(Warp *w, uint32_t pc, uint32_t mask)
{
    for (uint32_t k = 0; k < w->n_others; k++)
        if (w->others[k].pc == pc) {
            w->others[k].mask |= mask;
            return;
        }
    w->others[w->n_others++] = (Group){pc, mask};
    w->merge = pc < w->merge ? pc : w->merge;
}

void warp_settle(Warp *w)
{
    if (w->mask)
        add_group(w, w->pc, w->mask);
    w->mask = 0;
    w->merge = UINT32_MAX;
    if (!w->n_others) {
        w->yield = true;
        w->state = w->n_parked ? W_BARRIER : W_DONE;
        return;
    }
    uint32_t low = 0;
    for (uint32_t k = 1; k < w->n_others; k++)
        low = w->others[k].pc < w->others[low].pc ? k : low;
    w->pc = w->others[low].pc;
    w->mask = w->others[low].mask;
    w->others[low] = w->others[--w->n_others];
    for (uint32_t k = 0; k < w->n_others; k++)
        w->merge = w->others[k].pc < w->merge ? w->others[k].pc : w->merge;
}

void exec_branch(Warp *w, const Inst *i, uint32_t mask)
{
    uint32_t stay = w->mask & ~mask;
    if (!mask)
        w->pc++;
    else if (!stay)
        w->pc = i->target;
    else {
        add_group(w, i->target, mask);
        w->mask = stay;
        w->pc++;
    }
}

HANDLER(branch_uni)
{
    if (mask && mask != w->mask)
        sim_fault(w, i, __builtin_ctz(mask), PTX_DIVERGENT_WARP_OP, "bra.uni: lanes %08x of %08x", mask, w->mask);
    exec_branch(w, i, mask);
}

HANDLER(leave)
{
    w->live &= ~mask;
    w->mask &= ~mask;
    w->pc++;
    if (!w->mask)
        warp_settle(w);
}

HANDLER(trap)
{
    if (mask)
        sim_fault(w, i, __builtin_ctz(mask), PTX_TRAP, "trap");
    w->pc++;
}

/* ── barriers: {a [, b]}: barrier a of b threads ── */

static bool barrier_numbers(Warp *w, const Inst *i, uint32_t mask, uint32_t first, uint32_t *id, uint32_t *threads)
{
    *id = *threads = 0;
    for (uint32_t k = 0; k < 2; k++) {
        uint32_t at = first + k, lane = (uint32_t)__builtin_ctz(mask);
        if (at >= i->n_o || i->o[at] == NO_SLOT || i->size[at] != 4)
            continue;
        const u32 *p = slot(w, i->o[at]);
        EACH_LANE if (p[l] != p[lane]) {
            sim_fault(w, i, (int)l, PTX_DIVERGENT_BARRIER, "lanes name different barriers");
            return false;
        }
        *(k ? threads : id) = p[lane];
    }
    if (*id < N_BARRIERS && *threads % WARP == 0)
        return true;
    sim_fault(w, i, __builtin_ctz(mask), PTX_INVALID, "barrier %u of %u threads", *id, *threads);
    return false;
}

static void arrive(Warp *w, const Inst *i, uint32_t mask, uint32_t first, bool wait)
{
    uint32_t id, threads;
    if (!barrier_numbers(w, i, mask, first, &id, &threads))
        return;
    Barrier *b = &w->b->bar[id];
    b->expected = threads;
    b->arrived += w->n_parked ? 0 : WARP;
    if (!wait) {
        w->pc++;
        return;
    }
    if (w->n_parked && w->bar_id != id) {
        sim_fault(w, i, __builtin_ctz(mask), PTX_DIVERGENT_BARRIER, "lanes of a warp wait at barriers %u and %u", w->bar_id, id);
        return;
    }
    w->bar_id = id;
    w->bar_inst = i;
    w->parked[w->n_parked++] = (Group){w->pc + 1, mask};
    w->mask &= ~mask;
    w->pc++;
    if (!w->mask)
        warp_settle(w);
}

/* bar is aligned by definition, barrier only with .aligned. */
static bool together(Warp *w, const Inst *i, uint32_t mask)
{
    if (mask == w->live)
        return true;
    int missing = __builtin_ctz(w->live & ~mask);
    sim_fault(w, i, missing, PTX_DIVERGENT_BARRIER, "lanes %08x of the warp are here, %08x live", mask, w->live);
    return false;
}

static void reduce(Warp *w, const Inst *i, uint32_t mask)
{
    uint32_t k = i->n_o - 1u, id, threads;
    if (!barrier_numbers(w, i, mask, 1, &id, &threads))
        return;
    uint32_t p = pred_mask(w, i->o[k]);
    p = (i->neg >> k & 1 ? ~p : p) & mask;
    w->b->bar[id].n_true += (uint32_t)__builtin_popcount(p);
    w->b->bar[id].n_red += (uint32_t)__builtin_popcount(mask);
}

HANDLER(bar_sync)
{
    if (!mask)
        w->pc++;
    else if (together(w, i, mask))
        arrive(w, i, mask, 0, true);
}
HANDLER(barrier_sync)
{
    if (!mask)
        w->pc++;
    else
        arrive(w, i, mask, 0, true);
}
HANDLER(bar_arrive)
{
    if (!mask)
        w->pc++;
    else if (together(w, i, mask))
        arrive(w, i, mask, 0, false);
}
HANDLER(bar_red)
{
    if (!mask)
        w->pc++;
    else if (together(w, i, mask)) {
        reduce(w, i, mask);
        if (!w->yield)
            arrive(w, i, mask, 1, true);
    }
}

HANDLER(nothing)
{
    (void)w, (void)i, (void)mask;
}

bool control_handler(ExecFn f)
{
    static const ExecFn all[] = {exec_branch, branch_uni, leave, trap, bar_sync, barrier_sync, bar_arrive, bar_red};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        if (f == all[k])
            return true;
    return false;
}

const OpRow rows_control[] = {
    {"bra", "", "", "", "l", exec_branch}, {"bra", "uni", "", "", "l", branch_uni}, {"exit", "", "", "", "", leave}, {"ret", "", "uni", "", "", leave},
    {"trap", "", "", "", "", trap},
    {"bar", "sync", "cta aligned", "", "w ?w", bar_sync}, {"barrier", "sync aligned", "cta", "", "w ?w", bar_sync, 0, 60},
    {"barrier", "sync", "cta", "", "w ?w", barrier_sync, 70, 60}, {"bar", "arrive", "cta aligned", "", "w w", bar_arrive},
    {"barrier", "arrive aligned", "cta", "", "w w", bar_arrive, 0, 60},
    {"bar", "red popc", "cta aligned", "u32", "=0 w p", bar_red}, {"bar", "red popc", "cta aligned", "u32", "=0 w w p", bar_red},
    {"bar", "red and|or", "cta aligned", "pred", "=0 w p", bar_red}, {"bar", "red and|or", "cta aligned", "pred", "=0 w w p", bar_red},
    {"barrier", "red popc aligned", "cta", "u32", "=0 w p", bar_red, 0, 60}, {"barrier", "red and|or aligned", "cta", "pred", "=0 w p", bar_red, 0, 60},
    {"membar", "cta|gl|sys", "", "", "", nothing}, {"fence", "cta|gpu|sys", "sc acq_rel", "", "", nothing, 70, 60},
    {"nanosleep", "", "", "u32", "0", nothing, 70, 63}, END_ROWS,
};
