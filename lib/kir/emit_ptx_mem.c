/* SPDX-License-Identifier: MIT
 * kir: PTX of memories. Operands are global memory addressed by words of the parameter block (strides known to be 0 or 1 cost nothing; with
 * small facts offsets are 32-bit), shared arrays are static or lie in dynamic shared memory, private arrays lie in registers where every index is
 * known while writing, else in local memory, tables in constant memory. A guarded access tests its indices and is predicated. State spaces
 * are always explicit. Scatters that commute become atomics. */
#include "kir/core.h"
#include "kir/emit.h"
#include "kir/emit_ptx.h"

#include <inttypes.h>
#include <string.h>

enum { STATIC_SHARED = 48 << 10, MAX_CONST_TABLE = 4 << 10, MAX_TABLE = 1 << 20 };

static bool is_sub_byte(const KMem *m) { return m->type != DT_none && dtype_info[m->type].block > 1; }
static bool is_shared(const KMem *m) { return m->kind == KMEM_SHARED || m->kind == KMEM_TILE; }
static unsigned element_bytes(const KMem *m) { return m->type == DT_none ? m->block_bytes : dtype_info[m->type].bytes; }

static uint32_t home(const KMem *m, uint32_t id) { return m->over ? m->over : id; }

/* ── extents ── */

static bool local_dim(const Ptx *p, const KMem *m, unsigned d, uint64_t *bits)
{
    if (kir_mem_is_operand(m->kind))
        return false;
    if (m->const_dims && m->const_dims[d] >= 0) {
        *bits = (uint64_t)m->const_dims[d];
        return true;
    }
    return m->dims && m->dims[d] && (ptx_known(p, m->dims[d], bits) || emit_const_value(p->k, p->k->body, m->dims[d], bits));
}

int64_t ptx_elements(const Ptx *p, const KMem *m)
{
    int64_t n = 1;
    uint64_t extent;
    for (unsigned d = 0; d < m->rank; d++) {
        if (!local_dim(p, m, d, &extent) || extent > 1 << 24 || n > 1 << 24)
            return -1;
        n *= (int64_t)extent;
    }
    return n;
}

/* Extent d as a 64-bit operand. */
static const char *dim_of(Ptx *p, uint32_t id, unsigned d)
{
    const KMem *m = &p->k->mems[id];
    uint64_t bits;
    if (kir_mem_is_operand(m->kind))
        return ptx_word(p, kir_word_dim(p->k, id, d), false);
    return local_dim(p, m, d, &bits) ? ptx_imm(p, DT_i64, bits) : ptx_arg(p, m->dims ? m->dims[d] : 0);
}

void ptx_extent(Ptx *p, const KInst *i)
{
    const KMem *m = &p->k->mems[i->id];
    uint64_t bits;
    if (p->k->regs[i->dst[0]].var)
        ptx_line(p, "mov.b64 %s, %s;", ptx_def(p, i->dst[0]), dim_of(p, i->id, i->aux));
    else if (local_dim(p, m, i->aux, &bits))
        ptx_know(p, i->dst[0], bits);
    else if (kir_mem_is_operand(m->kind)) {
        dim_of(p, i->id, i->aux);
        p->vals[i->dst[0]] = (PtxVal){ .n = p->words[kir_word_dim(p->k, i->id, i->aux)].wide };
    } else
        p->vals[i->dst[0]] = p->vals[m->dims[i->aux]];
}

static const char *space_of(const Ptx *p, const KMem *m)
{
    return kir_mem_is_operand(m->kind) ? "global" : is_shared(m) ? "shared" : m->kind == KMEM_PRIVATE ? "local"
         : ptx_elements(p, m) * element_bytes(m) <= MAX_CONST_TABLE ? "const" : "global";
}

/* ── guards ── */

typedef enum Inside { INSIDE, OUTSIDE, TESTED } Inside;

static bool test_index(Ptx *p, KReg index, const char *extent, bool known, uint64_t extent_bits, const char **pred)
{
    uint64_t bits;
    if (known && ptx_known(p, index, &bits))
        return bits < extent_bits;
    const char *x = ptx_arg(p, index), *q = ptx_temp(p, PTX_p);
    ptx_line(p, "setp.lt.u64 %s, %s, %s;", q, x, extent);
    if (*pred)
        ptx_line(p, "and.pred %s, %s, %s;", q, q, *pred);
    *pred = q;
    return true;
}

/* *pred: set where it is TESTED. */
static Inside in_range(Ptx *p, const KInst *i, const char **pred)
{
    const KMem *m = &p->k->mems[i->id];
    *pred = NULL;
    for (unsigned d = 0; d < m->rank; d++) {
        uint64_t extent = 0;
        const bool known = local_dim(p, m, d, &extent);
        if (!test_index(p, i->args[d], dim_of(p, i->id, d), known, extent, pred))
            return OUTSIDE;
    }
    if (i->field && i->field_n > 1 && !test_index(p, i->args[m->rank], ptx_imm(p, DT_i64, i->field_n), true, i->field_n, pred))
        return OUTSIDE;
    return *pred ? TESTED : INSIDE;
}

/* ── addresses ── */

typedef struct Offset { const char *reg; int64_t bytes; } Offset; /* reg counts elements; NULL: none */

/* acc + x · stride, in elements. w: "32" or "64". */
static const char *accumulate(Ptx *p, const char *acc, const char *x, const char *stride, bool narrow)
{
    if (!acc && !stride)
        return x;
    const char *d = ptx_temp(p, narrow ? PTX_r : PTX_rd), *w = narrow ? "32" : "64";
    if (!acc)
        ptx_line(p, "mul.lo.s%s %s, %s, %s;", w, d, x, stride);
    else if (!stride)
        ptx_line(p, "add.s%s %s, %s, %s;", w, d, acc, x);
    else
        ptx_line(p, "mad.lo.s%s %s, %s, %s, %s;", w, d, x, stride, acc);
    return d;
}

static Offset operand_offset(Ptx *p, const KInst *i, bool narrow)
{
    const KMem *m = &p->k->mems[i->id];
    Offset o = { 0 };
    for (unsigned d = 0; d < m->rank; d++) {
        const unsigned fact = kir_fact(p->facts, i->id, d);
        uint64_t bits;
        const bool known = ptx_known(p, i->args[d], &bits);
        if (fact == KFACT_ZERO || (known && !bits))
            continue;
        if (fact == KFACT_ONE && known && (int64_t)bits < 1 << 20 && (int64_t)bits > -(1 << 20)) {
            o.bytes += (int64_t)bits * element_bytes(m);
            continue;
        }
        const char *x = narrow ? ptx_low(p, i->args[d]) : ptx_arg(p, i->args[d]);
        o.reg = accumulate(p, o.reg, x, fact == KFACT_ONE ? NULL : ptx_word(p, kir_word_stride(p->k, i->id, d), narrow), narrow);
    }
    return o;
}

/* Row-major strides are known from the right up to the first extent that is not. */
static Offset local_offset(Ptx *p, const KInst *i)
{
    const KMem *m = &p->k->mems[i->id];
    Offset o = { 0 };
    uint64_t bits, extent, stride = 1;
    const char *live = NULL; /* run-time part of the stride */
    for (unsigned d = m->rank; d-- > 0;) {
        if (ptx_known(p, i->args[d], &bits) && !live)
            o.bytes += (int64_t)(bits * stride) * element_bytes(m);
        else if (live || stride != 1)
            o.reg = accumulate(p, o.reg, ptx_low(p, i->args[d]), live ? live : ptx_imm(p, DT_i32, stride), true);
        else
            o.reg = accumulate(p, o.reg, ptx_low(p, i->args[d]), NULL, true);
        if (!d)
            break;
        if (local_dim(p, m, d, &extent) && !live) {
            stride *= extent;
        } else {
            const char *x = local_dim(p, m, d, &extent) ? ptx_imm(p, DT_i32, extent) : ptx_low(p, m->dims ? m->dims[d] : 0), *by = ptx_temp(p, PTX_r);
            ptx_line(p, "mul.lo.s32 %s, %s, %s;", by, x, live ? live : ptx_imm(p, DT_i32, stride));
            live = by;
        }
    }
    return o;
}

typedef struct Place { const char *space; char at[64]; } Place;

static void place_operand(Ptx *p, const KInst *i, Place *at)
{
    const KMem *m = &p->k->mems[i->id];
    const bool narrow = p->facts && p->facts->small;
    Offset o = operand_offset(p, i, narrow);
    const char *a = ptx_word(p, kir_word_base(p->k, i->id), false);
    uint64_t bits;
    if (o.reg) {
        const char *d = ptx_temp(p, PTX_rd);
        ptx_line(p, narrow ? "mad.wide.s32 %s, %s, %u, %s;" : "mad.lo.s64 %s, %s, %u, %s;", d, o.reg, element_bytes(m), a);
        a = d;
    }
    if (i->field)
        o.bytes += i->aux;
    if (i->field && i->field_n > 1) {
        if (ptx_known(p, i->args[m->rank], &bits)) {
            o.bytes += (int64_t)bits * dtype_info[i->type].bytes;
        } else {
            const char *d = ptx_temp(p, PTX_rd);
            ptx_line(p, "mad.lo.s64 %s, %s, %u, %s;", d, ptx_arg(p, i->args[m->rank]), dtype_info[i->type].bytes, a);
            a = d;
        }
    }
    snprintf(at->at, sizeof at->at, o.bytes ? "[%s%+" PRId64 "]" : "[%s]", a, o.bytes);
}

/* The start of an array: m<id>, or an offset in dynamic shared memory. */
static void place_local(Ptx *p, const KInst *i, Place *at)
{
    const KMem *m = &p->k->mems[i->id];
    const PtxArray *a = &p->arrays[i->id];
    const bool dynamic = is_shared(m) && p->dynamic, table = m->kind == KMEM_TABLE;
    Offset o = local_offset(p, i);
    char name[64], start[64];
    if (dynamic)
        snprintf(name, sizeof name, "shared");
    else if (table)
        snprintf(name, sizeof name, "%.40s_m%u", p->entry, i->id);
    else
        snprintf(name, sizeof name, "m%u", home(m, i->id));
    o.bytes += dynamic && !a->at ? a->offset : 0;
    snprintf(start, sizeof start, "%s", name);
    if (o.reg || (dynamic && a->at)) {
        const bool wide = !is_shared(m); /* addresses of shared memory fit 32 bits */
        const char *d = ptx_temp(p, wide ? PTX_rd : PTX_r);
        ptx_line(p, "mov.u%s %s, %s;", wide ? "64" : "32", d, name);
        if (dynamic && a->at)
            ptx_line(p, "add.s32 %s, %s, %s;", d, d, ptx_reg(p, PTX_r, a->at));
        if (o.reg && wide)
            ptx_line(p, "mad.wide.s32 %s, %s, %u, %s;", d, o.reg, element_bytes(m), d);
        else if (o.reg)
            ptx_line(p, "mad.lo.s32 %s, %s, %u, %s;", d, o.reg, element_bytes(m), d);
        snprintf(start, sizeof start, "%s", d);
    }
    snprintf(at->at, sizeof at->at, o.bytes ? "[%s%+" PRId64 "]" : "[%s]", start, o.bytes);
}

void ptx_place(Ptx *p, const KInst *i, char *out, size_t n)
{
    Place at;
    place_operand(p, i, &at);
    const char *plus = strchr(at.at, '+'), *minus = strchr(at.at, '-'), *bytes = plus ? plus : minus;
    if (!bytes) {
        snprintf(out, n, "%.*s", (int)strlen(at.at) - 2, at.at + 1);
        return;
    }
    const char *d = ptx_temp(p, PTX_rd);
    ptx_line(p, "add.s64 %s, %.*s, %.*s;", d, (int)(bytes - at.at) - 1, at.at + 1, (int)strlen(bytes) - 1, bytes);
    snprintf(out, n, "%s", d);
}

void ptx_shared(Ptx *p, uint32_t id, KReg index, char *out, size_t n)
{
    const KMem *m = &p->k->mems[id];
    const PtxArray *a = &p->arrays[id];
    const char *start = ptx_temp(p, PTX_r), *d = ptx_temp(p, PTX_r);
    char name[40] = "shared";
    if (!p->dynamic)
        snprintf(name, sizeof name, "m%u", home(m, id));
    ptx_line(p, "mov.u32 %s, %s;", start, name);
    ptx_line(p, "mad.lo.s32 %s, %s, %u, %s;", d, ptx_low(p, index), element_bytes(m), start);
    if (p->dynamic && a->offset)
        ptx_line(p, "add.s32 %s, %s, %" PRId64 ";", d, d, a->offset);
    snprintf(out, n, "%s", d);
}

static Place place(Ptx *p, const KInst *i)
{
    const KMem *m = &p->k->mems[i->id];
    Place at = { .space = space_of(p, m) };
    if (kir_mem_is_operand(m->kind))
        place_operand(p, i, &at);
    else
        place_local(p, i, &at);
    return at;
}

/* ── arrays in registers ── */

/* Row-major number of the element; every index is known. */
static bool element_number(Ptx *p, const KInst *i, int64_t *n)
{
    const KMem *m = &p->k->mems[i->id];
    *n = 0;
    for (unsigned d = 0; d < m->rank; d++) {
        uint64_t bits, extent;
        if (!ptx_known(p, i->args[d], &bits) || !local_dim(p, m, d, &extent)) {
            ptx_fail(p, i, "an index that was to be known");
            return false;
        }
        if (bits >= extent)
            return false;
        *n = *n * (int64_t)extent + (int64_t)bits;
    }
    return true;
}

static void load_register(Ptx *p, const KInst *i)
{
    const KMem *m = &p->k->mems[i->id];
    const char *d = ptx_def(p, i->dst[0]), *t = i->type == DT_bool ? "pred" : ptx_mem_type(i->type);
    int64_t n;
    if (element_number(p, i, &n))
        ptx_line(p, "mov.%s %s, %s;", i->type == DT_bool ? "pred" : ptx_file(m->type) == PTX_rs ? "b16" : t, d, ptx_reg(p, ptx_file(m->type), p->arrays[i->id].first + (uint32_t)n));
    else if (i->guard == KGUARD_ELSE)
        ptx_copy(p, d, i->args[i->n_args - 1]);
    else
        ptx_line(p, "mov.%s %s, %s;", i->type == DT_bool ? "pred" : ptx_file(m->type) == PTX_rs ? "b16" : t, d, ptx_imm(p, i->type, 0));
}

static void store_register(Ptx *p, const KInst *i)
{
    int64_t n;
    if (element_number(p, i, &n))
        ptx_copy(p, ptx_reg(p, ptx_file(i->type), p->arrays[i->id].first + (uint32_t)n), i->args[i->n_args - 1]);
}

/* ── loads and stores ── */

/* One access of memory type t; bools are bytes. */
static void read_element(Ptx *p, const Place *at, DType t, bool only_read, const char *pred, const char *d)
{
    char guard[48] = "";
    if (pred)
        snprintf(guard, sizeof guard, "@%s ", pred);
    ptx_line(p, "%sld.%s%s.%s %s, %s;", guard, at->space, only_read && !strcmp(at->space, "global") ? ".nc" : "", ptx_mem_type(t), d, at->at);
}

static void set_default(Ptx *p, const KInst *i, const char *d)
{
    if (i->guard == KGUARD_ELSE)
        ptx_copy(p, d, i->args[i->n_args - 1]);
    else
        ptx_line(p, "mov.%s %s, %s;", ptx_file(i->type) == PTX_rs ? "b16" : ptx_mem_type(i->type), d, ptx_imm(p, i->type, 0));
}

static void load_bool(Ptx *p, const KInst *i, Inside in, const char *pred)
{
    const KMem *m = &p->k->mems[i->id];
    const char *byte = ptx_temp(p, PTX_rs), *d;
    if (in == TESTED && i->guard == KGUARD_ELSE)
        ptx_line(p, "selp.b16 %s, 1, 0, %s;", byte, ptx_pred(p, i->args[i->n_args - 1]));
    else if (in == TESTED)
        ptx_line(p, "mov.b16 %s, 0;", byte);
    const Place at = place(p, i);
    read_element(p, &at, DT_bool, m->kind == KMEM_IN || m->kind == KMEM_TABLE, pred, byte);
    d = ptx_def(p, i->dst[0]);
    ptx_line(p, "setp.ne.s16 %s, %s, 0;", d, byte);
}

/* The address of the byte that holds an element, and the place of its bits in it; the first elements of a byte are its low bits. */
static void packed_place(Ptx *p, const KInst *i, const char **byte, const char **shift)
{
    const unsigned per = dtype_info[p->k->mems[i->id].type].block, bits = 8 / per;
    Offset o = operand_offset(p, i, false);
    const char *at = ptx_temp(p, PTX_rd), *base = ptx_word(p, kir_word_base(p->k, i->id), false);
    *byte = ptx_temp(p, PTX_rd);
    *shift = ptx_temp(p, PTX_r);
    ptx_line(p, "add.s64 %s, %s, %" PRId64 ";", at, o.reg ? o.reg : "0", o.bytes);
    ptx_line(p, "shr.s64 %s, %s, %u;", *byte, at, per == 4 ? 2 : 1);
    ptx_line(p, "add.s64 %s, %s, %s;", *byte, *byte, base);
    ptx_line(p, "cvt.u32.u64 %s, %s;", *shift, at);
    ptx_line(p, "and.b32 %s, %s, %u;", *shift, *shift, per - 1);
    ptx_line(p, "mul.lo.u32 %s, %s, %u;", *shift, *shift, bits);
}

/* A u8 with the bits of one element. */
static void load_bits(Ptx *p, const KInst *i, Inside in, const char *pred)
{
    const unsigned bits = dtype_bits(p->k->mems[i->id].type);
    const char *byte, *shift, *raw = ptx_temp(p, PTX_rs), *wide = ptx_temp(p, PTX_r);
    packed_place(p, i, &byte, &shift);
    Place place = { .space = "global" };
    snprintf(place.at, sizeof place.at, "[%s]", byte);
    if (in == TESTED)
        ptx_line(p, "mov.b16 %s, 0;", raw);
    read_element(p, &place, DT_u8, p->k->mems[i->id].kind == KMEM_IN, pred, raw);
    ptx_line(p, "cvt.u32.u16 %s, %s;", wide, raw);
    ptx_line(p, "shr.u32 %s, %s, %s;", wide, wide, shift);
    ptx_line(p, "and.b32 %s, %s, %u;", wide, wide, (1u << bits) - 1);
    const char *other = in == TESTED && i->guard == KGUARD_ELSE ? ptx_arg(p, i->args[i->n_args - 1]) : NULL, *d = ptx_def(p, i->dst[0]);
    ptx_line(p, "cvt.u16.u32 %s, %s;", d, wide);
    if (other)
        ptx_line(p, "selp.b16 %s, %s, %s, %s;", d, d, other, pred);
}

void ptx_load(Ptx *p, const KInst *i)
{
    const KMem *m = &p->k->mems[i->id];
    const char *pred = NULL, *d;
    if (p->arrays[i->id].regs) {
        load_register(p, i);
        return;
    }
    const Inside in = i->guard == KGUARD_NONE ? INSIDE : in_range(p, i, &pred);
    if (in == OUTSIDE && i->guard == KGUARD_ELSE)
        ptx_copy(p, ptx_def(p, i->dst[0]), i->args[i->n_args - 1]);
    else if (in == OUTSIDE)
        ptx_know(p, i->dst[0], 0);
    else if (is_sub_byte(m))
        load_bits(p, i, in, pred);
    else if (i->type == DT_bool)
        load_bool(p, i, in, pred);
    else {
        const Place at = place(p, i);
        d = ptx_def(p, i->dst[0]);
        if (in == TESTED)
            set_default(p, i, d);
        read_element(p, &at, i->type, m->kind == KMEM_IN || m->kind == KMEM_TABLE, pred, d);
    }
}

/* The value as a store writes it. */
static const char *stored(Ptx *p, KReg r)
{
    if (kir_type(p->k, r) != DT_bool)
        return ptx_arg(p, r);
    const char *q = ptx_pred(p, r), *byte = ptx_temp(p, PTX_rs);
    ptx_line(p, "selp.b16 %s, 1, 0, %s;", byte, q);
    return byte;
}

static void write_element(Ptx *p, const Place *at, DType t, const char *pred, const char *value)
{
    char guard[48] = "";
    if (pred)
        snprintf(guard, sizeof guard, "@%s ", pred);
    ptx_line(p, "%sst.%s.%s %s, %s;", guard, at->space, t == DT_i8 ? "u8" : t == DT_i16 ? "u16" : ptx_mem_type(t), at->at, value);
}

/* Neighbours in the same byte may be stored at the same time: the element's bits are cleared, then set, in the word around it. */
static void store_bits(Ptx *p, const KInst *i, const char *pred)
{
    const unsigned mask = (1u << dtype_bits(p->k->mems[i->id].type)) - 1;
    const char *byte, *shift, *in_word = ptx_temp(p, PTX_r), *clear = ptx_temp(p, PTX_r), *set = ptx_temp(p, PTX_r), *value = stored(p, i->args[i->n_args - 1]);
    char guard[48] = "";
    if (pred)
        snprintf(guard, sizeof guard, "@%s ", pred);
    packed_place(p, i, &byte, &shift);
    ptx_line(p, "cvt.u32.u64 %s, %s;", in_word, byte);
    ptx_line(p, "and.b32 %s, %s, 3;", in_word, in_word);
    ptx_line(p, "shl.b32 %s, %s, 3;", in_word, in_word);
    ptx_line(p, "add.u32 %s, %s, %s;", shift, shift, in_word);
    ptx_line(p, "and.b64 %s, %s, -4;", byte, byte);
    ptx_line(p, "mov.b32 %s, %u;", clear, mask);
    ptx_line(p, "shl.b32 %s, %s, %s;", clear, clear, shift);
    ptx_line(p, "not.b32 %s, %s;", clear, clear);
    ptx_line(p, "cvt.u32.u16 %s, %s;", set, value);
    ptx_line(p, "and.b32 %s, %s, %u;", set, set, mask);
    ptx_line(p, "shl.b32 %s, %s, %s;", set, set, shift);
    ptx_line(p, "%sred.global.and.b32 [%s], %s;", guard, byte, clear);
    ptx_line(p, "%sred.global.or.b32 [%s], %s;", guard, byte, set);
}

void ptx_store(Ptx *p, const KInst *i)
{
    const char *pred = NULL;
    if (i->field || p->k->mems[i->id].type == DT_none) {
        ptx_fail(p, i, "stores to blocks");
        return;
    }
    if (p->arrays[i->id].regs) {
        store_register(p, i);
        return;
    }
    if (i->guard != KGUARD_NONE && in_range(p, i, &pred) == OUTSIDE)
        return;
    if (is_sub_byte(&p->k->mems[i->id])) {
        store_bits(p, i, pred);
        return;
    }
    const Place at = place(p, i);
    write_element(p, &at, i->type, pred, stored(p, i->args[i->n_args - 1]));
}

/* ── scatters ── */

/* Updates whose order does not matter, so that items may meet; the others the schedule has put in order. $t: type of the reduction. */
static const struct { const char *name; bool is_signed, bits; } atomics[K_COUNT] = {
    [K_add] = { "add", false, false }, [K_sub] = { "add", false, false }, [K_and] = { "and", false, true }, [K_or] = { "or", false, true },
    [K_xor] = { "xor", false, true }, [K_min] = { "min", true, false }, [K_max] = { "max", true, false },
};

static bool meets(const Ptx *p, const KInst *i)
{
    const KMem *m = &p->k->mems[i->id];
    return i->rule == KSCATTER_ORDERED && dtype_is_int(i->type) && (atomics[i->fn].name || i->fn == K_mul) && !i->n_dst && m->kind != KMEM_PRIVATE
        && p->k->group_size > 1;
}

static void reduction(Ptx *p, const KInst *i, const Place *at, const char *value)
{
    const unsigned bits = dtype_bits(i->type);
    const char *type = atomics[i->fn].bits ? "b" : atomics[i->fn].is_signed && dtype_info[i->type].cls == DCLASS_INT ? "s" : "u";
    if (i->fn == K_sub) {
        const char *d = ptx_temp(p, ptx_file(i->type));
        ptx_line(p, "neg.s%u %s, %s;", bits, d, value);
        value = d;
    }
    ptx_line(p, "red.%s.%s.%s%u %s, %s;", at->space, atomics[i->fn].name, type, bits, at->at, value);
}

/* Any update, by compare and swap. */
static void swap_loop(Ptx *p, const KInst *i, const Place *at, const char *value)
{
    const unsigned bits = dtype_bits(i->type);
    const PtxFile f = ptx_file(i->type);
    const char *old = ptx_temp(p, f), *next = ptx_temp(p, f), *seen = ptx_temp(p, f), *same = ptx_temp(p, PTX_p);
    const uint32_t again = ++p->n_labels;
    ptx_line(p, "ld.%s.u%u %s, %s;", at->space, bits, old, at->at);
    text_printf(&p->body, "$L%u:\n", again);
    ptx_update(p, i, (KOp)i->fn, i->type, next, old, value);
    ptx_line(p, "atom.%s.cas.b%u %s, %s, %s, %s;", at->space, bits, seen, at->at, old, next);
    ptx_line(p, "setp.eq.b%u %s, %s, %s;", bits, same, seen, old);
    ptx_line(p, "mov.b%u %s, %s;", bits, old, seen);
    ptx_line(p, "@!%s bra $L%u;", same, again);
}

static void plain_scatter(Ptx *p, const KInst *i, const Place *at, const char *value)
{
    const PtxFile f = ptx_file(i->type);
    const char *old, *next;
    if (i->fn == K_move && !i->n_dst) {
        write_element(p, at, i->type, NULL, value);
        return;
    }
    old = i->n_dst ? ptx_def(p, i->dst[0]) : ptx_temp(p, f);
    read_element(p, at, i->type, false, NULL, old);
    next = value;
    if (i->fn != K_move) {
        next = ptx_temp(p, f);
        ptx_update(p, i, (KOp)i->fn, i->type, next, old, value);
    }
    write_element(p, at, i->type, NULL, next);
}

void ptx_scatter(Ptx *p, const KInst *i)
{
    const KMem *m = &p->k->mems[i->id];
    const char *pred = NULL;
    const uint32_t end = ++p->n_labels;
    if (p->arrays[i->id].regs || m->type == DT_none || is_sub_byte(m) || (i->n_dst && i->type == DT_bool)) {
        ptx_fail(p, i, "a scatter to this memory");
        return;
    }
    const Inside in = in_range(p, i, &pred);
    if (i->n_dst) {
        const char *d = ptx_def(p, i->dst[0]); /* 0 when the store is dropped */
        ptx_line(p, "mov.%s %s, 0;", ptx_mem_type(i->type), d);
        p->vals[i->dst[0]].known = false;
    }
    if (in == OUTSIDE)
        return;
    if (in == TESTED)
        ptx_line(p, "@!%s bra $L%u;", pred, end);
    const uint32_t dst = i->n_dst ? p->vals[i->dst[0]].n : 0;
    const Place at = place(p, i);
    const char *value = stored(p, i->args[i->n_args - 1]);
    if (!meets(p, i)) {
        plain_scatter(p, i, &at, value);
        if (dst && p->vals[i->dst[0]].n != dst) { /* one register for both ways */
            ptx_line(p, "mov.%s %s, %s;", ptx_mem_type(i->type), ptx_reg(p, ptx_file(i->type), dst), ptx_reg(p, ptx_file(i->type), p->vals[i->dst[0]].n));
            p->vals[i->dst[0]].n = dst;
        }
    } else if (dtype_bits(i->type) < 32 || (dtype_bits(i->type) == 64 && !(p->t->caps & KCAP_atomic64)))
        ptx_fail(p, i, "atomics on this type");
    else if (i->fn == K_mul)
        swap_loop(p, i, &at, value);
    else
        reduction(p, i, &at, value);
    if (in == TESTED)
        text_printf(&p->body, "$L%u:\n", end);
}

/* ── declarations ── */

static void declare_private(Ptx *p, uint32_t id, Text *out)
{
    const KMem *m = &p->k->mems[id];
    const int64_t n = ptx_elements(p, m);
    if (n < 0)
        ptx_fail(p, NULL, "a private array whose size is not a small constant");
    else if (p->arrays[id].regs) {
        p->arrays[id].first = p->n_file[ptx_file(m->type)] + 1;
        p->n_file[ptx_file(m->type)] += (uint32_t)n;
    } else
        text_printf(out, "    .local .align 16 .b8 m%u[%" PRId64 "];\n", id, n ? n * element_bytes(m) : 16);
}

void ptx_layout(Ptx *p, Text *out)
{
    int64_t shared = 0;
    bool live = false;
    for (uint32_t m = (uint32_t)p->k->n_operands; m < p->k->n_mems; m++) {
        const KMem *s = &p->k->mems[m];
        if (s->kind == KMEM_PRIVATE)
            declare_private(p, m, out);
        if (!is_shared(s))
            continue;
        const int64_t n = ptx_elements(p, s);
        p->arrays[m] = s->over ? p->arrays[s->over] : (PtxArray){ .n = n, .offset = shared };
        if (s->over)
            continue;
        live |= n < 0;
        shared += n < 0 ? 0 : (n * element_bytes(s) + 15) & ~(int64_t)15;
    }
    p->dynamic = live || shared > STATIC_SHARED;
    for (uint32_t m = (uint32_t)p->k->n_operands; m < p->k->n_mems && !p->dynamic; m++)
        if (is_shared(&p->k->mems[m]) && !p->k->mems[m].over)
            text_printf(out, "    .shared .align 16 .b8 m%u[%" PRId64 "];\n", m, p->arrays[m].n ? p->arrays[m].n * element_bytes(&p->k->mems[m]) : 16);
}

/* In the order of kir_shared_bytes, each aligned to 16. */
void ptx_layout_live(Ptx *p)
{
    uint32_t at_n = 0;
    int64_t fixed = 0;
    for (uint32_t m = (uint32_t)p->k->n_operands; m < p->k->n_mems && p->dynamic; m++) {
        const KMem *s = &p->k->mems[m];
        if (!is_shared(s) || s->over) /* arrays over others are in kernels of constant sizes only */
            continue;
        p->arrays[m].offset = fixed;
        p->arrays[m].at = at_n;
        if (p->arrays[m].n >= 0 && !at_n) {
            fixed += (p->arrays[m].n * element_bytes(s) + 15) & ~(int64_t)15;
            continue;
        }
        const uint32_t bytes = ptx_new(p, PTX_r);
        ptx_line(p, "mov.b32 %s, %u;", ptx_reg(p, PTX_r, bytes), element_bytes(s));
        for (unsigned d = 0; d < s->rank; d++) {
            uint64_t extent;
            const char *x = local_dim(p, s, d, &extent) ? ptx_imm(p, DT_i32, extent) : ptx_low(p, s->dims ? s->dims[d] : 0);
            ptx_line(p, "mul.lo.s32 %s, %s, %s;", ptx_reg(p, PTX_r, bytes), ptx_reg(p, PTX_r, bytes), x);
        }
        ptx_line(p, "add.s32 %s, %s, 15;", ptx_reg(p, PTX_r, bytes), ptx_reg(p, PTX_r, bytes));
        ptx_line(p, "and.b32 %s, %s, -16;", ptx_reg(p, PTX_r, bytes), ptx_reg(p, PTX_r, bytes));
        if (at_n)
            ptx_line(p, "add.s32 %s, %s, %s;", ptx_reg(p, PTX_r, bytes), ptx_reg(p, PTX_r, bytes), ptx_reg(p, PTX_r, at_n));
        else
            ptx_line(p, "add.s32 %s, %s, %" PRId64 ";", ptx_reg(p, PTX_r, bytes), ptx_reg(p, PTX_r, bytes), fixed);
        at_n = bytes;
    }
}

void ptx_tables(Ptx *p, Text *out)
{
    for (uint32_t m = 0; m < p->k->n_mems; m++) {
        const KMem *t = &p->k->mems[m];
        if (t->kind != KMEM_TABLE)
            continue;
        const int64_t n = ptx_elements(p, t);
        if (n <= 0 || n * element_bytes(t) > MAX_TABLE) {
            ptx_fail(p, NULL, "a table of this size");
            return;
        }
        text_printf(out, ".%s .align 8 .b%u %.40s_m%u[%" PRId64 "] = {", space_of(p, t), element_bytes(t) * 8, p->entry, m, n);
        for (int64_t i = 0; i < n; i++)
            text_printf(out, i ? ", 0x%" PRIx64 : " 0x%" PRIx64, t->table[i]);
        text_puts(out, " };\n");
    }
}
