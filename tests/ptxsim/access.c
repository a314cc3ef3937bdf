/* SPDX-License-Identifier: MIT
 * ptxsim: every address a kernel uses goes through here. Global memory: inside a live allocation (the last one an instruction hit is remembered).
 * Shared memory: inside the block's, outside of the gaps between variables, written before it is read, not awaiting a cp.async, and no two warps
 * on the same bytes without a barrier. Everything: aligned to its size. */
#include "sim.h"

#include <stdlib.h>

void access_addresses(const Warp *w, const Inst *i, uint32_t operand, int64_t imm, uint64_t ea[WARP])
{
    const void *p = slot(w, i->o[operand]);
    const u32 *p32 = p;
    const u64 *p64 = p;
    if (i->size[operand] == 4)
        for (int l = 0; l < WARP; l++)
            ea[l] = (u32)(p32[l] + (u32)imm);
    else
        for (int l = 0; l < WARP; l++)
            ea[l] = p64[l] + (u64)imm;
}

static bool aligned(Warp *w, const Inst *i, uint32_t mask, const uint64_t ea[WARP], unsigned bytes)
{
    uint64_t low = 0;
    if (mask == UINT32_MAX)
        for (int l = 0; l < WARP; l++)
            low |= ea[l];
    else
        EACH_LANE low |= ea[l];
    if (!(low & (bytes - 1)))
        return true;
    EACH_LANE if (ea[l] & (bytes - 1)) {
        sim_fault(w, i, (int)l, PTX_MISALIGNED, "address 0x%llx of %u bytes", (unsigned long long)ea[l], bytes);
        return false;
    }
    return false;
}

/* ── global ── */

static bool find_global(Warp *w, const Inst *i, uint32_t l, uint64_t ea, unsigned bytes, Use use)
{
    Range r = {0};
    Block *b = w->b;
    if (mem_find(&b->launch->sim->mem, ea, &r) && !r.freed && !r.host && ea + bytes <= r.hi && !(r.read_only && use != USE_READ)) {
        size_t pc = (size_t)(i - b->f->code);
        if (!r.read_only) {
            b->cache[pc].lo = r.lo;
            b->cache[pc].hi = r.hi;
        }
        return true;
    }
    const char *what = use == USE_READ ? "read" : use == USE_WRITE ? "write" : "atomic";
    if (r.hi && r.freed)
        sim_fault(w, i, (int)l, PTX_USE_AFTER_FREE, "%s of %u bytes at 0x%llx, byte %llu of a freed allocation of %llu", what, bytes, (unsigned long long)ea,
            (unsigned long long)(ea - r.lo), (unsigned long long)(r.hi - r.lo));
    else if (r.hi && r.read_only && ea + bytes <= r.hi)
        sim_fault(w, i, (int)l, PTX_ILLEGAL_ADDRESS, "%s of constant memory at 0x%llx", what, (unsigned long long)ea);
    else if (r.hi)
        sim_fault(w, i, (int)l, PTX_ILLEGAL_ADDRESS, "%s of %u bytes at byte %lld of an allocation of %llu", what, bytes, (long long)(ea - r.lo),
            (unsigned long long)(r.hi - r.lo));
    else
        sim_fault(w, i, (int)l, PTX_ILLEGAL_ADDRESS, "%s of %u bytes at 0x%llx, outside of every allocation", what, bytes, (unsigned long long)ea);
    return false;
}

static bool global(Warp *w, const Inst *i, uint32_t mask, const uint64_t ea[WARP], unsigned bytes, Use use, uint8_t *host[WARP])
{
    size_t pc = (size_t)(i - w->b->f->code);
    uint64_t lo = w->b->cache[pc].lo, hi = w->b->cache[pc].hi, room = hi - lo >= bytes ? hi - lo - bytes : 0;
    bool in = hi > lo;
    if (mask == UINT32_MAX && in) {
        uint32_t bad = 0;
        for (int l = 0; l < WARP; l++)
            bad |= ea[l] - lo > room;
        in = !bad;
    } else if (in)
        EACH_LANE in &= ea[l] - lo <= room;
    if (!in)
        EACH_LANE if (!find_global(w, i, l, ea[l], bytes, use)) 
            return false;
    for (int l = 0; l < WARP; l++)
        host[l] = (uint8_t *)(uintptr_t)ea[l];
    return true;
}

/* ── shared ── */

static bool shared_fault(Warp *w, const Inst *i, uint32_t l, uint64_t at, unsigned bytes, Use use)
{
    Block *b = w->b;
    const char *what = use == USE_READ ? "read" : use == USE_WRITE ? "write" : "atomic";
    if (at > b->shared_size || bytes > b->shared_size - at) {
        sim_fault(w, i, (int)l, PTX_SHARED_OVERRUN, "%s of %u bytes at %llu of %u bytes of shared memory", what, bytes, (unsigned long long)at, b->shared_size);
        return true;
    }
    for (unsigned k = 0; k < bytes; k++) {
        uint8_t s = b->shadow[at + k];
        if (s == SH_GAP)
            sim_fault(w, i, (int)l, PTX_SHARED_OVERRUN, "%s at %llu, beyond the end of a shared variable", what, (unsigned long long)at + k);
        else if (s == SH_FLIGHT)
            sim_fault(w, i, (int)l, PTX_SHARED_IN_FLIGHT, "%s at %llu, which a cp.async has not delivered", what, (unsigned long long)at + k);
        else if (s == SH_UNINIT && use != USE_WRITE)
            sim_fault(w, i, (int)l, PTX_SHARED_UNINIT, "%s at %llu, which nobody wrote", what, (unsigned long long)at + k);
        else
            continue;
        return true;
    }
    return false;
}

static bool race(Warp *w, const Inst *i, uint32_t l, uint64_t at, unsigned bytes, Use use)
{
    Block *b = w->b;
    uint8_t me = (uint8_t)(w->index + 1);
    for (uint64_t c = at / 4; c <= (at + bytes - 1) / 4; c++) {
        RaceCell *r = &b->race[c];
        bool other_wrote = r->epoch_w == b->epoch && r->writer != me;
        bool other_read = r->epoch_r == b->epoch && (r->reader != me || r->many);
        if (bytes >= 4 && (other_wrote || (use == USE_WRITE && other_read))) {
            sim_fault(w, i, (int)l, PTX_SHARED_RACE, "%s at %llu, which warp %u %s since the last barrier", use == USE_READ ? "read" : "write",
                (unsigned long long)c * 4, other_wrote ? r->writer - 1u : r->reader - 1u, other_wrote ? "wrote" : "read");
            return true;
        }
        if (use == USE_WRITE) {
            r->epoch_w = b->epoch;
            r->writer = me;
        } else {
            r->many = r->epoch_r == b->epoch && (r->many || r->reader != me);
            r->epoch_r = b->epoch;
            r->reader = me;
        }
    }
    return false;
}

static inline bool all_init(const uint8_t *s, unsigned bytes)
{
    uint64_t a, c;
    uint32_t b;
    uint16_t h;
    switch (bytes) {
    case 1: return *s == SH_INIT;
    case 2: memcpy(&h, s, 2); return h == 0x0101;
    case 4: memcpy(&b, s, 4); return b == 0x01010101;
    case 8: memcpy(&a, s, 8); return a == 0x0101010101010101;
    default: memcpy(&a, s, 8); memcpy(&c, s + 8, 8); return (a & c) == 0x0101010101010101 && (a | c) == 0x0101010101010101;
    }
}

static bool shared_one(Warp *w, const Inst *i, uint32_t l, uint64_t at, unsigned bytes, Use use, uint8_t **host)
{
    Block *b = w->b;
    bool in = at <= b->shared_size && bytes <= b->shared_size - at;
    if ((!in || !all_init(b->shadow + at, bytes)) && shared_fault(w, i, l, at, bytes, use))
        return false;
    if (b->race && use != USE_ATOMIC && race(w, i, l, at, bytes, use))
        return false;
    if (use == USE_WRITE)
        memset(b->shadow + at, SH_INIT, bytes);
    *host = b->shared + at;
    return true;
}

/* ── the others ── */

static bool local_one(Warp *w, const Inst *i, uint32_t l, uint64_t at, unsigned bytes, uint8_t **host)
{
    uint32_t size = w->b->f->local_size;
    if (at > size || bytes > size - at) {
        sim_fault(w, i, (int)l, PTX_LOCAL_OVERRUN, "%u bytes at %llu of %u bytes of local memory", bytes, (unsigned long long)at, size);
        return false;
    }
    *host = w->b->local + (size_t)(w->index * WARP + l) * size + at;
    return true;
}

static bool param_one(Warp *w, const Inst *i, uint32_t l, uint64_t at, unsigned bytes, uint8_t **host)
{
    uint32_t size = w->b->f->params_size;
    if (at > size || bytes > size - at) {
        sim_fault(w, i, (int)l, PTX_PARAM_OVERRUN, "%u bytes at %llu of %u bytes of parameters", bytes, (unsigned long long)at, size);
        return false;
    }
    *host = w->b->launch->params + at;
    return true;
}

static bool one(Warp *w, const Inst *i, uint32_t l, Space space, uint64_t at, unsigned bytes, Use use, uint8_t **host)
{
    uint64_t window = at & WINDOW_MASK;
    if (space == SP_GENERIC && window == WINDOW_SHARED)
        return shared_one(w, i, l, at & ~WINDOW_MASK, bytes, use, host);
    if (space == SP_GENERIC && window == WINDOW_LOCAL)
        return local_one(w, i, l, at & ~WINDOW_MASK, bytes, host);
    switch (space) {
    case SP_SHARED: return shared_one(w, i, l, at, bytes, use, host);
    case SP_LOCAL: return local_one(w, i, l, at, bytes, host);
    case SP_PARAM: return param_one(w, i, l, at, bytes, host);
    default: break;
    }
    *host = (uint8_t *)(uintptr_t)at;
    return find_global(w, i, l, at, bytes, use);
}

bool access_lanes(Warp *w, const Inst *i, uint32_t mask, Space space, const uint64_t ea[WARP], unsigned bytes, Use use, uint8_t *host[WARP])
{
    if (!aligned(w, i, mask, ea, bytes))
        return false;
    if (space == SP_GLOBAL || space == SP_CONST)
        return global(w, i, mask, ea, bytes, use, host);
    EACH_LANE if (!one(w, i, l, space, ea[l], bytes, use, &host[l])) 
        return false;
    return true;
}

/* ── cp.async ── */

void access_copies(Warp *w, uint32_t mask, uint32_t keep)
{
    uint32_t left = 0;
    for (uint32_t k = 0; k < w->n_copies; k++) {
        const Copy c = w->copies[k];
        if (!(mask >> c.lane & 1) || c.group + keep >= w->committed[c.lane]) {
            w->copies[left++] = c;
            continue;
        }
        memcpy(w->b->shared + c.to, (const void *)(uintptr_t)c.from, c.bytes);
        memset(w->b->shared + c.to + c.bytes, 0, (size_t)(c.fill - c.bytes));
        memset(w->b->shadow + c.to, SH_INIT, c.fill);
    }
    w->n_copies = left;
}
