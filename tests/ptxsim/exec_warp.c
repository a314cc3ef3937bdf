/* SPDX-License-Identifier: MIT
 * ptxsim: instructions that look at other lanes of the warp. All with .sync: the lanes their mask names must be here together. */
#include "exec.h"

/* The member mask of the executing lanes, the same in all; 0: a finding was reported. Lanes that have exited do not count. */
static uint32_t members(Warp *w, const Inst *i, uint32_t mask, uint32_t operand)
{
    const u32 *p = slot(w, i->o[operand]);
    uint32_t first = (uint32_t)__builtin_ctz(mask), m = p[first];
    EACH_LANE if (p[l] != m || !(m >> l & 1)) {
        sim_fault(w, i, (int)l, PTX_DIVERGENT_WARP_OP, "member mask %08x of lane %u", p[l], l);
        return 0;
    }
    if (m & w->live & ~mask) {
        sim_fault(w, i, __builtin_ctz(m & w->live & ~mask), PTX_DIVERGENT_WARP_OP, "lanes %08x are here, the member mask names %08x", mask, m);
        return 0;
    }
    return m;
}

/* ── shfl: o = d, p, a, b, c, members ── */

static bool source_lane(const Inst *i, u32 lane, u32 b, u32 c, u32 *from)
{
    u32 clamp = c & 31, seg = c >> 8 & 31, max = (lane & seg) | (clamp & ~seg), min = lane & seg;
    s32 j;
    bool ok;
    b &= 31;
    if (mod_has(&i->mods, M_UP)) {
        j = (s32)lane - (s32)b;
        ok = j >= (s32)max;
    } else if (mod_has(&i->mods, M_DOWN)) {
        j = (s32)(lane + b);
        ok = j <= (s32)max;
    } else if (mod_has(&i->mods, M_BFLY)) {
        j = (s32)(lane ^ b);
        ok = j <= (s32)max;
    } else {
        j = (s32)(min | (b & ~seg));
        ok = j <= (s32)max;
    }
    *from = ok ? (u32)j : lane;
    return ok;
}

HANDLER(shfl)
{
    SRC(u32, a, 2);
    SRC(u32, b, 3);
    SRC(u32, c, 4);
    u32 r[WARP];
    pred p[WARP];
    if (!members(w, i, mask, 5))
        return;
    EACH_LANE {
        u32 from;
        p[l] = source_lane(i, l, b[l], c[l], &from);
        if (!(mask >> from & 1)) {
            sim_fault(w, i, (int)l, PTX_INACTIVE_LANE, "shfl reads lane %u, which does not take part (%08x does)", from, mask);
            return;
        }
        r[l] = a[from];
    }
    DST(u32, d);
    EACH_LANE d[l] = r[l];
    if (i->o[1] != NO_SLOT) {
        pred *q = slot(w, i->o[1]);
        EACH_LANE q[l] = p[l];
    }
}

/* ── votes ── */

static uint32_t true_lanes(Warp *w, const Inst *i, uint32_t mask, uint32_t operand)
{
    uint32_t p = pred_mask(w, i->o[operand]);
    return (i->neg >> operand & 1 ? ~p : p) & mask;
}

HANDLER(vote_pred)
{
    if (!members(w, i, mask, 2))
        return;
    uint32_t t = true_lanes(w, i, mask, 1);
    bool r = mod_has(&i->mods, M_ALL) ? t == mask : mod_has(&i->mods, M_ANY) ? t != 0 : t == mask || !t;
    DST(pred, d);
    EACH_LANE d[l] = r;
}

HANDLER(vote_ballot)
{
    if (!members(w, i, mask, 2))
        return;
    uint32_t t = true_lanes(w, i, mask, 1);
    DST(u32, d);
    EACH_LANE d[l] = t;
}

HANDLER(activemask)
{
    DST(u32, d);
    EACH_LANE d[l] = mask;
}

HANDLER(warp_sync)
{
    members(w, i, mask, 0);
}

HANDLER(match)
{
    bool wide = i->size[2] == 8, all = mod_has(&i->mods, M_ALL);
    const void *a = slot(w, i->o[2]);
    u32 r[WARP];
    if (!members(w, i, mask, 3))
        return;
    EACH_LANE {
        r[l] = 0;
        for (u32 k = 0; k < WARP; k++) {
            bool same = wide ? ((const u64 *)a)[k] == ((const u64 *)a)[l] : ((const u32 *)a)[k] == ((const u32 *)a)[l];
            r[l] |= (u32)(same && mask >> k & 1) << k;
        }
    }
    DST(u32, d);
    EACH_LANE {
        d[l] = all && r[l] != mask ? 0 : r[l];
        if (i->o[1] != NO_SLOT)
            ((pred *)slot(w, i->o[1]))[l] = r[l] == mask;
    }
}

HANDLER(redux)
{
    SRC(u32, a, 1);
    if (!members(w, i, mask, 2))
        return;
    u32 r = a[__builtin_ctz(mask)];
    bool sign = i->type[0] == T_S32;
    uint32_t rest = mask & (mask - 1);
    for (uint32_t m = rest; m; m &= m - 1) {
        u32 x = a[__builtin_ctz(m)];
        bool lower = sign ? (s32)x < (s32)r : x < r;
        if (mod_has(&i->mods, M_ADD))
            r += x;
        else if (mod_has(&i->mods, M_MIN))
            r = lower ? x : r;
        else if (mod_has(&i->mods, M_MAX))
            r = lower ? r : x;
        else
            r = mod_has(&i->mods, M_AND) ? r & x : mod_has(&i->mods, M_OR) ? r | x : r ^ x;
    }
    DST(u32, d);
    EACH_LANE d[l] = r;
}

const OpRow rows_warp[] = {
    {"shfl", "sync up|down|bfly|idx", "", "b32", "=0| 0 w w w", shfl, 30, 60}, {"vote", "sync all|any|uni", "", "pred", "=p p w", vote_pred, 30, 60},
    {"vote", "sync ballot", "", "b32", "=0 p w", vote_ballot, 30, 60}, {"activemask", "", "", "b32", "=0", activemask, 30, 62},
    {"bar", "warp sync", "", "", "w", warp_sync, 30, 60}, {"match", "any sync", "", "b32|b64", "=w| 0 w", match, 70, 60},
    {"match", "all sync", "", "b32|b64", "=w| 0 w", match, 70, 60}, {"redux", "sync add|min|max", "", "u32|s32", "=0 0 w", redux, 80, 70},
    {"redux", "sync and|or|xor", "", "b32", "=0 0 w", redux, 80, 70}, END_ROWS,
};
