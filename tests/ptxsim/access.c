/* SPDX-License-Identifier: MIT
 * ptxsim: every address a kernel uses goes through here. Global memory: inside a live allocation (the last one an instruction hit is remembered).
 * Shared memory: inside the block's, outside of the gaps between variables, written before it is read, not awaiting a cp.async, and no two warps
 * on the same bytes without a barrier. Everything: aligned to its size. */
#include "sim.h"

#include <stdio.h>

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

static bool global(Warp *w, const Inst *i, uint32_t mask, const uint64_t ea[WARP], unsigned bytes, Use use)
{
    size_t pc = (size_t)(i - w->b->f->code);
    uint64_t lo = w->b->cache[pc].lo, hi = w->b->cache[pc].hi, room = hi - lo >= bytes ? hi - lo - bytes : 0;
    bool in = hi > lo;
    if (mask == UINT32_MAX && in) {
        uint64_t bad = 0;
        for (int l = 0; l < WARP; l++)
            bad |= ea[l] - lo > room;
        in = !bad;
    } else if (in)
        EACH_LANE in &= ea[l] - lo <= room;
    if (!in)
        EACH_LANE if (!find_global(w, i, l, ea[l], bytes, use)) 
            return false;
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

static inline bool same_epoch(uint32_t cell, uint32_t key) { return (cell ^ key) >> RACE_SHIFT == 0; }
/* 1: another warp's mark of this epoch. The difference to key is then 1 to 63. */
static inline uint32_t foreign(uint32_t cell, uint32_t key) { return (cell ^ key) - 1 < RACE_MANY; }
static inline uint32_t conflict(const RaceCell *r, uint32_t key, Use use)
{
    return foreign(r->written, key) | (use == USE_WRITE ? foreign(r->read, key) : 0);
}
static inline void touch(RaceCell *r, uint32_t key, Use use)
{
    if (use == USE_WRITE)
        r->written = key;
    else
        r->read = same_epoch(r->read, key) && r->read != key ? key | RACE_MANY : key;
}

/* Bytes beside each other, of several warps, are no race: less than four bytes are noted but not judged. */
static bool race(Warp *w, const Inst *i, uint32_t l, uint64_t at, unsigned bytes, Use use)
{
    Block *b = w->b;
    uint32_t key = b->epoch << RACE_SHIFT | (w->index + 1);
    for (uint64_t c = at / 4; c <= (at + bytes - 1) / 4; c++) {
        RaceCell *r = &b->race[c];
        if (bytes >= 4 && conflict(r, key, use)) {
            bool wrote = same_epoch(r->written, key) && r->written != key;
            uint32_t who = (wrote ? r->written : r->read) & RACE_MANY;
            char name[16] = "more than one";
            if (who != RACE_MANY)
                snprintf(name, sizeof name, "%u", who - 1);
            sim_fault(w, i, (int)l, PTX_SHARED_RACE, "%s at %llu, which warp %s %s since the last barrier", use == USE_READ ? "read" : "write",
                (unsigned long long)c * 4, name, wrote ? "wrote" : "read");
            return true;
        }
        touch(r, key, use);
    }
    return false;
}

/* A run of bytes from the warp's lanes in order: true when all is well and marked; false: look at each lane. */
static bool shared_run(Warp *w, uint64_t at, unsigned n, Use use)
{
    Block *b = w->b;
    uint64_t bad = 0, v;
    uint32_t key = b->epoch << RACE_SHIFT | (w->index + 1);
    if (at > b->shared_size || n > b->shared_size - at || (b->race && at % 4) || use == USE_ATOMIC)
        return false;
    for (unsigned k = 0; k < n; k += 8) {
        memcpy(&v, b->shadow + at + k, 8);
        bad |= use == USE_READ ? v ^ 0x0101010101010101 : v & 0x0202020202020202; /* SH_FLIGHT and SH_GAP have bit 1 */
    }
    if (bad)
        return false;
    RaceCell *r = b->race ? b->race + at / 4 : NULL;
    uint32_t clash = 0;
    for (unsigned k = 0; r && k < n / 4; k++)
        clash |= conflict(&r[k], key, use);
    if (clash)
        return false;
    for (unsigned k = 0; r && k < n / 4; k++)
        touch(&r[k], key, use);
    if (use == USE_WRITE)
        memset(b->shadow + at, SH_INIT, n);
    return true;
}

/* Whole words of every lane, anywhere: the common case of shared_one for the whole warp. Words are gathered, so that AVX2 does eight at once.
 * False: look at each lane. */
static inline bool shared_words(Warp *w, const uint64_t ea[WARP], uint32_t words, Use use)
{
    Block *b = w->b;
    const uint32_t *shadow = (const uint32_t *)(const void *)b->shadow;
    uint32_t key = b->epoch << RACE_SHIFT | (w->index + 1), at[WARP], bad = 0, want = use == USE_READ ? 0x01010101 : 0;
    uint32_t care = use == USE_READ ? UINT32_MAX : 0x02020202;
    uint64_t high = 0;
    for (int l = 0; l < WARP; l++) {
        high = ea[l] > high ? ea[l] : high;
        at[l] = (uint32_t)ea[l] / 4;
    }
    if (high > b->shared_size || 4 * words > b->shared_size - high)
        return false;
    for (uint32_t k = 0; k < words; k++)
        for (int l = 0; l < WARP; l++)
            bad |= (shadow[at[l] + k] ^ want) & care;
    if (!bad && b->race) {
        const uint32_t *written = &b->race->written, *read = &b->race->read;
        for (uint32_t k = 0; k < words; k++)
            for (int l = 0; l < WARP; l++)
                bad |= foreign(written[2 * (at[l] + k)], key) | (use == USE_WRITE ? foreign(read[2 * (at[l] + k)], key) : 0);
    }
    if (bad)
        return false;
    for (uint32_t k = 0; k < words; k++)
        for (int l = 0; l < WARP; l++) {
            if (b->race)
                touch(&b->race[at[l] + k], key, use);
            if (use == USE_WRITE)
                memset(b->shadow + 4 * (at[l] + k), SH_INIT, 4);
        }
    return true;
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
        for (unsigned k = 0; k < bytes; k++)
            b->shadow[at + k] = SH_INIT;
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

static Pattern pattern(const uint64_t ea[WARP], uint32_t mask, unsigned bytes)
{
    uint64_t run = 0, same = 0;
    if (mask != UINT32_MAX)
        return AT_ANY;
    for (uint64_t l = 0; l < WARP; l++) {
        run |= ea[l] ^ (ea[0] + l * bytes);
        same |= ea[l] ^ ea[0];
    }
    return !same ? AT_ONE : !run ? AT_RUN : AT_ANY;
}

static void from_base(uint8_t *host[WARP], uint8_t *base, const uint64_t ea[WARP])
{
    for (int l = 0; l < WARP; l++)
        host[l] = base + ea[l];
}

Pattern access_lanes(Warp *w, const Inst *i, uint32_t mask, Space space, const uint64_t ea[WARP], unsigned bytes, Use use, uint8_t *host[WARP])
{
    if (!aligned(w, i, mask, ea, bytes))
        return AT_FAULT;
    Pattern p = space == SP_GENERIC || space == SP_LOCAL ? AT_ANY : pattern(ea, mask, bytes);
    if (space == SP_GLOBAL || space == SP_CONST) {
        if (!global(w, i, mask, ea, bytes, use))
            return AT_FAULT;
        for (int l = 0; l < WARP; l++)
            host[l] = (uint8_t *)(uintptr_t)ea[l];
        return p;
    }
    if (p == AT_RUN && space == SP_SHARED && shared_run(w, ea[0], WARP * bytes, use)) {
        from_base(host, w->b->shared, ea);
        return AT_RUN;
    }
    if (p == AT_ANY && space == SP_SHARED && mask == UINT32_MAX && use != USE_ATOMIC &&
        (bytes == 4 ? shared_words(w, ea, 1, use) : bytes == 16 ? shared_words(w, ea, 4, use) : bytes == 8 && shared_words(w, ea, 2, use))) {
        from_base(host, w->b->shared, ea);
        return AT_ANY;
    }
    if (p == AT_ONE && use == USE_READ) {
        if (!one(w, i, 0, space, ea[0], bytes, use, &host[0]))
            return AT_FAULT;
        for (int l = 1; l < WARP; l++)
            host[l] = host[0];
        return AT_ONE;
    }
    EACH_LANE if (!one(w, i, l, space, ea[l], bytes, use, &host[l])) 
        return AT_FAULT;
    return p;
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
