/* SPDX-License-Identifier: MIT
 * ptxsim: ld, st, cvta, prefetch, atomics, cp.async and ldmatrix. Addresses are checked in access.c. */
#include "exec.h"

#include <stdlib.h>

/* ── ld and st: a lane of mem bytes to or from a register of reg bytes ── */

static inline uint64_t fetch(const uint8_t *p, unsigned mem)
{
    uint64_t v = 0;
    memcpy(&v, p, mem);
    return v;
}

#define MOVE_LANES(T) \
    EACH_LANE \
    { \
        T v; \
        memcpy(&v, host[l] + at, sizeof v); \
        ((T *)reg)[l] = v; \
    }
#define EXTEND_LANES(T) \
    EACH_LANE \
    { \
        uint64_t v = fetch(host[l] + at, mem); \
        v = sign ? (uint64_t)((int64_t)(v << drop) >> drop) : v; \
        ((T *)reg)[l] = (T)v; \
    }
static void load_lanes(void *reg, unsigned have, unsigned mem, bool sign, uint8_t *const host[WARP], unsigned at, uint32_t mask)
{
    unsigned drop = 64 - 8 * mem;
    switch (have << 4 | mem) {
    case 0x22: MOVE_LANES(u16) return;
    case 0x44: MOVE_LANES(u32) return;
    case 0x88: MOVE_LANES(u64) return;
    default: break;
    }
    if (have == 2)
        EXTEND_LANES(u16)
    else if (have == 4)
        EXTEND_LANES(u32)
    else
        EXTEND_LANES(u64)
}

static void store_lanes(const void *reg, unsigned have, unsigned mem, uint8_t *const host[WARP], unsigned at, uint32_t mask)
{
    const uint8_t *r = reg;
    switch (mem) {
    case 1: EACH_LANE memcpy(host[l] + at, r + l * have, 1); break;
    case 2: EACH_LANE memcpy(host[l] + at, r + l * have, 2); break;
    case 4: EACH_LANE memcpy(host[l] + at, r + l * have, 4); break;
    default: EACH_LANE memcpy(host[l] + at, r + l * have, 8); break;
    }
}

HANDLER(ld)
{
    uint64_t ea[WARP];
    uint8_t *host[WARP];
    unsigned mem = type_info[i->type[0]].size, vec = i->vec;
    access_addresses(w, i, vec, i->imm, ea);
    Pattern p = access_lanes(w, i, mask, (Space)i->space, ea, mem * vec, USE_READ, host);
    if (p == AT_FAULT)
        return;
    if (p == AT_RUN && vec == 1 && i->size[0] == mem) {
        memcpy(slot(w, i->o[0]), host[0], (size_t)mem * WARP);
        return;
    }
    if (p == AT_ONE && mem == 4 && i->size[0] == 4) {
        for (unsigned k = 0; k < vec; k++) {
            u32 v, *d = slot(w, i->o[k]);
            memcpy(&v, host[0] + 4 * k, 4);
            for (int l = 0; l < WARP; l++)
                d[l] = v;
        }
        return;
    }
    for (unsigned k = 0; k < vec; k++)
        load_lanes(slot(w, i->o[k]), i->size[k], mem, i->sign_extend, host, k * mem, mask);
}

HANDLER(st)
{
    uint64_t ea[WARP];
    uint8_t *host[WARP];
    unsigned mem = type_info[i->type[0]].size, vec = i->vec;
    access_addresses(w, i, 0, i->imm, ea);
    Pattern p = access_lanes(w, i, mask, (Space)i->space, ea, mem * vec, USE_WRITE, host);
    if (p == AT_FAULT)
        return;
    if (p == AT_RUN && vec == 1 && i->size[1] == mem) {
        memcpy(host[0], slot(w, i->o[1]), (size_t)mem * WARP);
        return;
    }
    for (unsigned k = 0; k < vec; k++)
        store_lanes(slot(w, i->o[1 + k]), i->size[1 + k], mem, host, k * mem, mask);
}

HANDLER(cvta)
{
    DST(u64, d);
    SRC(u64, a, 1);
    Space s = (Space)i->space;
    uint64_t window = s == SP_SHARED ? WINDOW_SHARED : s == SP_LOCAL ? WINDOW_LOCAL : 0;
    uint64_t add = mod_has(&i->mods, M_TO) ? 0 - window : window;
    EACH(u64, d, a[l] + add);
}

HANDLER(nothing)
{
    (void)w, (void)i, (void)mask;
}

/* ── atomics: lanes in rotated order, so that nothing relies on theirs ── */

typedef struct Atomic {
    Mod op;
    Type type;
    unsigned bytes;
} Atomic;

static Atomic atomic_of(const Inst *i)
{
    Mod op = M_ADD;
    while (op < M_DEC && !mod_has(&i->mods, op))
        op = (Mod)(op + 1);
    Type t = (Type)i->type[0];
    return (Atomic){op, t, type_info[t].size};
}

static uint64_t add_halves(uint64_t a, uint64_t b, bool bf16, unsigned n)
{
    uint64_t r = 0;
    for (unsigned k = 0; k < n; k++) {
        uint16_t x = (uint16_t)(a >> 16 * k), y = (uint16_t)(b >> 16 * k);
        uint16_t s = bf16 ? bf16_of_f32(f32_of_bf16(x) + f32_of_bf16(y)) : f16_of_f32(f32_of_f16(x) + f32_of_f16(y));
        r |= (uint64_t)s << 16 * k;
    }
    return r;
}

static uint64_t atomic_add(Type t, uint64_t a, uint64_t b)
{
    switch (t) {
    case T_F32: return bits_of(canon(f32_of((u32)a) + f32_of((u32)b)));
    case T_F64: return bits_of64(f64_of(a) + f64_of(b));
    case T_F16: case T_F16X2: return add_halves(a, b, false, type_info[t].size / 2);
    case T_BF16: case T_BF16X2: return add_halves(a, b, true, type_info[t].size / 2);
    default: return a + b;
    }
}

static bool less(Type t, uint64_t a, uint64_t b)
{
    switch (t) {
    case T_S32: return (s32)a < (s32)b;
    case T_S64: return (s64)a < (s64)b;
    default: return a < b;
    }
}

static uint64_t atomic_apply(Atomic x, uint64_t old, uint64_t b, uint64_t c)
{
    switch (x.op) {
    case M_ADD: return atomic_add(x.type, old, b);
    case M_MIN: return less(x.type, b, old) ? b : old;
    case M_MAX: return less(x.type, old, b) ? b : old;
    case M_AND: return old & b;
    case M_OR: return old | b;
    case M_XOR: return old ^ b;
    case M_EXCH: return b;
    case M_CAS: return old == b ? c : old;
    case M_INC: return (u32)old >= (u32)b ? 0 : old + 1;
    default: return (u32)old == 0 || (u32)old > (u32)b ? b : old - 1;
    }
}

#define SWAP(T) \
    { \
        T *q = (T *)(void *)p, was = __atomic_load_n(q, __ATOMIC_SEQ_CST); \
        while (!__atomic_compare_exchange_n(q, &was, (T)atomic_apply(x, was, b, c), false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) { \
        } \
        return was; \
    }
static uint64_t atomic_do(Atomic x, uint8_t *p, uint64_t b, uint64_t c)
{
    switch (x.bytes) {
    case 2: SWAP(u16)
    case 4: SWAP(u32)
    default: SWAP(u64)
    }
}

static uint64_t operand_bits(const Warp *w, const Inst *i, uint32_t k, uint32_t l)
{
    return k < i->n_o ? fetch((const uint8_t *)slot(w, i->o[k]) + (size_t)l * i->size[k], i->size[k]) : 0;
}

static void atomic(Warp *w, const Inst *i, uint32_t mask, bool result)
{
    uint64_t ea[WARP];
    uint8_t *host[WARP];
    Atomic x = atomic_of(i);
    uint32_t at = result, turn = (uint32_t)(mix(w->b->rng++) >> 40);
    access_addresses(w, i, at, i->imm, ea);
    if (!access_lanes(w, i, mask, (Space)i->space, ea, x.bytes, USE_ATOMIC, host))
        return;
    for (uint32_t k = 0; k < WARP; k++) {
        uint32_t l = (k + turn) % WARP;
        if (!(mask >> l & 1))
            continue;
        uint64_t was = atomic_do(x, host[l], operand_bits(w, i, at + 1, l), operand_bits(w, i, at + 2, l));
        if (result)
            memcpy((uint8_t *)slot(w, i->o[0]) + (size_t)l * i->size[0], &was, i->size[0]);
    }
}
HANDLER(atom) { atomic(w, i, mask, true); }
HANDLER(red) { atomic(w, i, mask, false); }

#define ANY_MEMORY "weak volatile relaxed acquire release cta gpu sys"
#define LD_CACHE " ca cg cs lu cv v2 v4 L1::no_allocate L1::evict_first L1::evict_last L2::64B L2::128B L2::256B"
#define ST_CACHE " wb cg cs wt v2 v4 L1::no_allocate L1::evict_first L1::evict_last"
#define MEM_TYPES "b8|b16|b32|b64|u8|u16|u32|u64|s8|s16|s32|s64|f32|f64"
ROWS(rows_mem) = {
    {"ld", "global|shared|shared::cta|local", ANY_MEMORY LD_CACHE, MEM_TYPES, "=~0v m", ld}, {"ld", "global nc", LD_CACHE, MEM_TYPES, "=~0v m", ld},
    {"ld", "const|param|param::entry", "v2 v4", MEM_TYPES, "=~0v m", ld}, {"ld", "", ANY_MEMORY LD_CACHE, MEM_TYPES, "=~0v m", ld},
    {"ldu", "global", "v2 v4", MEM_TYPES, "=~0v m", ld},
    {"st", "global|shared|shared::cta|local", ANY_MEMORY ST_CACHE, MEM_TYPES, "m ~0v", st}, {"st", "param", "v2 v4", MEM_TYPES, "m ~0v", st},
    {"st", "", ANY_MEMORY ST_CACHE, MEM_TYPES, "m ~0v", st},
    {"cvta", "global|shared|local|const", "", "u64", "=0 0", cvta}, {"cvta", "to global|shared|local|const", "", "u64", "=0 0", cvta},
    {"prefetch", "global L1|L2", "", "", "m", nothing}, END_ROWS,
};

#define ATOM(need, may, types, extra, sm, ptx) \
    {"atom", need, may " relaxed acquire release acq_rel cta gpu sys global shared shared::cta", types, "=0 m 0" extra, atom, sm, ptx}
#define RED(need, may, types, sm, ptx) {"red", need, may " relaxed release cta gpu sys global shared shared::cta", types, "m 0", red, sm, ptx}
#define BOTH(need, may, types, sm, ptx) ATOM(need, may, types, "", sm, ptx), RED(need, may, types, sm, ptx)
ROWS(rows_atom) = {
    BOTH("add", "", "u32|s32|u64|f32", 0, 0), BOTH("add", "", "f64", 60, 50), BOTH("add noftz", "", "f16", 70, 63), BOTH("add noftz", "", "f16x2", 60, 62),
    BOTH("add noftz", "", "bf16|bf16x2", 90, 78), BOTH("min|max", "", "u32|s32|u64|s64", 0, 0), BOTH("and|or|xor", "", "b32|b64", 0, 0),
    BOTH("inc|dec", "", "u32", 0, 0), ATOM("exch", "", "b32|b64|u32|s32|u64|f32", "", 0, 0), ATOM("cas", "", "b32|b64|u32|s32|u64", " 0", 0, 0),
    ATOM("cas", "", "b16", " 0", 70, 63), END_ROWS,
};

/* ── cp.async: the copy happens when it is waited for ── */

static Copy *new_copies(Warp *w, uint32_t n)
{
    if (w->n_copies + n > w->cap_copies) {
        uint32_t cap = 2 * w->cap_copies + n;
        Copy *p = realloc(w->copies, cap * sizeof *p);
        if (!p)
            return NULL;
        w->copies = p;
        w->cap_copies = cap;
    }
    return w->copies + w->n_copies;
}

HANDLER(cp_async)
{
    uint64_t to[WARP], from[WARP];
    uint8_t *host_to[WARP], *host_from[WARP];
    uint64_t bytes = *(const u64 *)slot(w, i->o[2]);
    if (!(bytes == 16 || ((bytes == 4 || bytes == 8) && mod_has(&i->mods, M_CA)))) {
        sim_fault(w, i, __builtin_ctz(mask), PTX_INVALID, "cp.async of %llu bytes", (unsigned long long)bytes);
        return;
    }
    const u32 *src_size = i->o[3] == NO_SLOT ? NULL : slot(w, i->o[3]);
    access_addresses(w, i, 0, i->imm, to);
    access_addresses(w, i, 1, i->imm2, from);
    uint32_t reads = 0;
    EACH_LANE reads |= (u32)!src_size || src_size[l] ? 1u << l : 0;
    bool ok = access_lanes(w, i, mask, SP_SHARED, to, (unsigned)bytes, USE_WRITE, host_to) &&
        access_lanes(w, i, reads, SP_GLOBAL, from, src_size ? 1 : (unsigned)bytes, USE_READ, host_from);
    if (!ok)
        return;
    Copy *c = new_copies(w, WARP);
    if (!c) {
        sim_fault(w, i, __builtin_ctz(mask), PTX_INVALID, "out of memory");
        return;
    }
    EACH_LANE {
        uint32_t n = src_size && src_size[l] < bytes ? src_size[l] : (u32)bytes;
        uint8_t *last[WARP] = {0};
        uint64_t tail[WARP] = {[0] = 0};
        tail[l] = from[l] + (n ? n - 1 : 0);
        if (n && (from[l] % bytes ? (sim_fault(w, i, (int)l, PTX_MISALIGNED, "address 0x%llx of cp.async", (unsigned long long)from[l]), true)
                                  : !access_lanes(w, i, 1u << l, SP_GLOBAL, tail, 1, USE_READ, last)))
            return;
        *c++ = (Copy){from[l], (u32)to[l], w->committed[l], (uint8_t)n, (uint8_t)bytes, (uint8_t)l};
        w->n_copies++;
        memset(w->b->shadow + to[l], SH_FLIGHT, bytes);
    }
}

HANDLER(cp_commit) { EACH_LANE w->committed[l]++; }
HANDLER(cp_wait_group) { access_copies(w, mask, (uint32_t) * (const u64 *)slot(w, i->o[0])); }
HANDLER(cp_wait_all)
{
    EACH_LANE w->committed[l]++;
    access_copies(w, mask, 0);
}

/* ── ldmatrix, stmatrix: eight rows of 16 bytes a matrix; lane r of group k holds the address of row r of matrix k ── */

static int matrices(const Inst *i) { return mod_has(&i->mods, M_X4) ? 4 : mod_has(&i->mods, M_X2) ? 2 : 1; }

static bool matrix_rows(Warp *w, const Inst *i, uint32_t mask, int operand, Use use, uint8_t *host[WARP])
{
    uint64_t ea[WARP];
    int n = matrices(i);
    if (mask != UINT32_MAX) {
        sim_fault(w, i, __builtin_ctz(mask), PTX_DIVERGENT_WARP_OP, "lanes %08x of the warp take part, all must", mask);
        return false;
    }
    access_addresses(w, i, (uint32_t)operand, i->imm, ea);
    return access_lanes(w, i, n == 4 ? UINT32_MAX : (1u << 8 * n) - 1, SP_SHARED, ea, 16, use, host);
}

HANDLER(ldmatrix)
{
    uint8_t *row[WARP];
    int n = matrices(i);
    bool trans = mod_has(&i->mods, M_TRANS);
    if (!matrix_rows(w, i, mask, n, USE_READ, row))
        return;
    for (int k = 0; k < n; k++) {
        u32 *d = slot(w, i->o[k]);
        for (int l = 0; l < WARP; l++) {
            int g = l / 4, t = 2 * (l % 4);
            const uint8_t *lo = trans ? row[8 * k + t] + 2 * g : row[8 * k + g] + 2 * t, *hi = trans ? row[8 * k + t + 1] + 2 * g : lo + 2;
            d[l] = (u32)(fetch(lo, 2) | fetch(hi, 2) << 16);
        }
    }
}

HANDLER(stmatrix)
{
    uint8_t *row[WARP];
    int n = matrices(i);
    bool trans = mod_has(&i->mods, M_TRANS);
    if (!matrix_rows(w, i, mask, 0, USE_WRITE, row))
        return;
    for (int k = 0; k < n; k++) {
        const u32 *a = slot(w, i->o[1 + k]);
        for (int l = 0; l < WARP; l++) {
            int g = l / 4, t = 2 * (l % 4);
            uint8_t *lo = trans ? row[8 * k + t] + 2 * g : row[8 * k + g] + 2 * t, *hi = trans ? row[8 * k + t + 1] + 2 * g : lo + 2;
            memcpy(lo, &a[l], 2);
            memcpy(hi, (const uint8_t *)&a[l] + 2, 2);
        }
    }
}

#define CP_MAY "L2::64B L2::128B L2::256B"
#define LDM(x, form) {"ldmatrix", "sync aligned m8n8 shared|shared::cta " x, "trans", "b16", form, ldmatrix, 75, 65}
#define STM(x, form) {"stmatrix", "sync aligned m8n8 shared|shared::cta " x, "trans", "b16", form, stmatrix, 90, 78}
ROWS(rows_async) = {
    {"cp", "async ca global shared|shared::cta", CP_MAY, "", "m m i ?w", cp_async, 80, 70}, {"cp", "async cg global shared|shared::cta", CP_MAY, "", "m m i ?w", cp_async, 80, 70},
    {"cp", "async commit_group", "", "", "", cp_commit, 80, 70}, {"cp", "async wait_group", "", "", "i", cp_wait_group, 80, 70},
    {"cp", "async wait_all", "", "", "", cp_wait_all, 80, 70}, LDM("x1", "=w1 m"), LDM("x2", "=w2 m"), LDM("x4", "=w4 m"), STM("x1", "m w1"), STM("x2", "m w2"),
    STM("x4", "m w4"), END_ROWS,
};
