/* SPDX-License-Identifier: MIT
 * kir: legalisation: rewrites what a target lacks into what every target has (target.h says precisely what is left), without changing a bit, or
 * refuses by name. Takes a scheduled kernel, works in place; conversions and the like are functions of kernels/legal.k, inlined here. */
#include "kir/core.h"
#include "kir/target.h"

#include <stdio.h>
#include <string.h>

enum { MAX_IMPORTS = 40 };

typedef struct Legal {
    KirKernel *k;
    const KModule *m;
    const KirTarget *t;
    Arena scratch;
    KBlock *at;              /* new instructions go here */
    const KInst *cur;
    const DType *was;        /* [n_was] types of registers before */
    size_t n_was;
    KInst **defs;            /* [n_was] */
    struct { const char *name; KirKernel *k; } import[MAX_IMPORTS];
    Error *err;
    SpmlCode code;           /* the first failure */
} Legal;

static void block(Legal *l, KBlock *b);

static bool has(const Legal *l, uint32_t cap) { return l->t->caps & cap; }

static void refuse(Legal *l, const char *what)
{
    if (l->code)
        return;
    const KInst *i = l->cur;
    l->code = error_set(l->err, SPML_UNSUPPORTED, "capability", "%s:%u: kernel %s: the device has no %s", i && i->file ? i->file : l->k->file ? l->k->file : "?",
                        i ? i->line : l->k->line, l->k->name, what);
}

static void out_of_memory(Legal *l)
{
    if (!l->code)
        l->code = error_oom(l->err);
}

/* ── builders ── */

static KReg op(Legal *l, KOp o, DType t, int n, const KReg *args)
{
    KReg r = kir_reg(l->k, t, false, NULL);
    KInst *i = r ? kir_add(l->k, l->at, o, t, r, n, args) : NULL;
    if (!i) {
        out_of_memory(l);
        return 0;
    }
    if (l->cur) {
        i->line = l->cur->line;
        i->file = l->cur->file;
    }
    return r;
}
static KReg op1(Legal *l, KOp o, DType t, KReg a) { return op(l, o, t, 1, &a); }
static KReg op2(Legal *l, KOp o, DType t, KReg a, KReg b) { return op(l, o, t, 2, (KReg[]){a, b}); }
static KReg pick(Legal *l, DType t, KReg c, KReg a, KReg b) { return op(l, K_select, t, 3, (KReg[]){c, a, b}); }

static KReg bits(Legal *l, DType t, uint64_t v)
{
    KReg r = op(l, K_const, t, 0, NULL);
    if (r)
        l->at->inst[l->at->n - 1]->bits = v;
    return r;
}

/* The value of an integer or a float constant of type t, by the interpreter's own conversion. */
static KReg number(Legal *l, DType t, DType from, uint64_t v)
{
    return bits(l, t, kir_eval(K_cast, t, from, &v));
}

static const KirKernel *import(Legal *l, const char *name)
{
    int i = 0;
    for (; i < MAX_IMPORTS && l->import[i].name; i++)
        if (!strcmp(l->import[i].name, name))
            return l->import[i].k;
    KirKernel *k = NULL;
    if (i == MAX_IMPORTS || l->code)
        return refuse(l, name), NULL;
    l->code = kir_instantiate_fn(l->m, name, NULL, 0, l->k->arena, &k, l->err);
    l->import[i].name = arena_strdup(&l->scratch, name);
    l->import[i].k = k;
    return l->code ? NULL : k;
}

/* name(args…) of kernels/legal.k, itself legalised. */
static KReg call(Legal *l, const char *name, const KReg *args)
{
    const KirKernel *f = import(l, name);
    KBlock *body = f ? kir_block(l->k) : NULL;
    KReg result = 0;
    if (!body || !kir_inline(l->k, f, &l->scratch, body, &f->fns[0], args, &result)) {
        out_of_memory(l);
        return 0;
    }
    block(l, body); /* appends */
    return result;
}

/* ── types ── */

static bool sub_byte(DType t) { return dtype_info[t].block > 1 && dtype_info[t].cls != DCLASS_BLOCK; }
static bool small_float(DType t) { return dtype_is_float(t) && t != DT_f32 && t != DT_f64; }

/* What holds values of t in registers. */
static DType carrier(const Legal *l, DType t)
{
    if ((t == DT_f16 && has(l, KCAP_f16)) || (t == DT_bf16 && has(l, KCAP_bf16)))
        return t;
    if (t == DT_f16 || t == DT_bf16)
        return DT_u16;
    return sub_byte(t) || small_float(t) ? DT_u8 : t;
}

static DType was(const Legal *l, KReg r) { return r < l->n_was ? l->was[r] : kir_type(l->k, r); }

/* ── conversions ── */

static KReg float_name(Legal *l, const char *prefix, DType t, const KReg *args)
{
    char name[40];
    snprintf(name, sizeof name, "%s_%s", prefix, dtype_name(t));
    return call(l, name, args);
}

/* r, once of type t, in t's compute type. */
static KReg widen(Legal *l, KReg r, DType t)
{
    if (small_float(t) && carrier(l, t) == t)
        return op1(l, K_cast, DT_f32, r);
    if (small_float(t))
        return float_name(l, "up", t, (KReg[]){op1(l, K_cast, DT_u32, r)});
    if (!sub_byte(t))
        return t == dtype_info[t].compute ? r : op1(l, K_cast, dtype_info[t].compute, r);
    KReg u = op1(l, K_cast, DT_u32, r);
    if (dtype_info[t].cls == DCLASS_UINT)
        return u;
    KReg n = bits(l, DT_u32, 32 - dtype_bits(t));
    return op2(l, K_shr, DT_i32, op1(l, K_bitcast, DT_i32, op2(l, K_shl, DT_u32, u, n)), op1(l, K_bitcast, DT_i32, n));
}

/* r clamped to [lo, hi], values of type `from`, in r's type t; NaN stays. */
static KReg clamped(Legal *l, KReg r, DType t, DType from, uint64_t lo, uint64_t hi)
{
    KReg a = number(l, t, from, lo), b = number(l, t, from, hi);
    KReg c = pick(l, t, op2(l, K_gt, DT_bool, r, b), b, r);
    return pick(l, t, op2(l, K_lt, DT_bool, c, a), a, c);
}

static uint64_t int_max(DType t) { return ~(uint64_t)0 >> (64 - dtype_bits(t)) >> (dtype_info[t].cls == DCLASS_INT); }
static uint64_t int_min(DType t) { return dtype_info[t].cls == DCLASS_INT ? ~int_max(t) : 0; } /* as an i64 */

/* An integer r of compute type t as `to`; the low bits. */
static KReg narrow(Legal *l, KReg r, DType t, DType to)
{
    if (sub_byte(to))
        return op1(l, K_cast, DT_u8, op2(l, K_and, t, r, bits(l, t, (1u << dtype_bits(to)) - 1)));
    return t == to ? r : op1(l, K_cast, to, r);
}

static KReg int_to_int(Legal *l, KReg r, DType t, DType to, bool sat)
{
    bool from_signed = dtype_info[t].cls == DCLASS_INT;
    if (sat && from_signed && (dtype_info[to].cls != DCLASS_INT || dtype_bits(to) < dtype_bits(t))) {
        KReg lo = bits(l, t, int_min(to) & (dtype_bits(t) == 64 ? ~UINT64_C(0) : 0xffffffffu));
        r = pick(l, t, op2(l, K_lt, DT_bool, r, lo), lo, r);
    }
    if (sat && int_max(to) < int_max(t)) {
        KReg hi = bits(l, t, int_max(to));
        r = pick(l, t, op2(l, K_gt, DT_bool, r, hi), hi, r);
    }
    return narrow(l, r, t, to);
}

/* Truncates, saturates, NaN → 0: the conversion itself only sees values inside the range. */
static KReg float_to_int(Legal *l, KReg r, DType t, DType to)
{
    const bool is_signed = dtype_info[to].cls == DCLASS_INT;
    const DType wide = dtype_bits(to) <= 32 ? (is_signed ? DT_i32 : DT_u32) : to;
    const uint64_t mask = dtype_bits(wide) == 64 ? ~UINT64_C(0) : 0xffffffffu, min = int_min(to);
    const uint64_t power = (uint64_t)(1023 + dtype_bits(to) - is_signed) << 52; /* the first power of two beyond the range, as an f64 */
    KReg limit = number(l, t, DT_f64, power), floor = number(l, t, DT_i64, min), zero = number(l, t, DT_i64, 0);
    KReg below = op2(l, K_lt, DT_bool, r, limit), above = op2(l, K_gt, DT_bool, r, floor);
    KReg v = op1(l, K_cast, wide, pick(l, t, op2(l, K_and, DT_bool, below, above), r, zero));
    v = pick(l, wide, op2(l, K_ge, DT_bool, r, limit), bits(l, wide, int_max(to)), v);
    v = pick(l, wide, op2(l, K_le, DT_bool, r, floor), bits(l, wide, min & mask), v);
    return narrow(l, v, wide, to);
}

static KReg to_small_float(Legal *l, KReg r, DType t, DType to, bool sat)
{
    if (t == DT_f64)
        r = call(l, "odd_f64", &r);
    else if (dtype_info[t].cls == DCLASS_INT)
        r = call(l, "odd_i64", (KReg[]){t == DT_i64 ? r : op1(l, K_cast, DT_i64, r)});
    else if (dtype_info[t].cls == DCLASS_UINT)
        r = call(l, "odd_u64", (KReg[]){t == DT_u64 ? r : op1(l, K_cast, DT_u64, r)});
    if (carrier(l, to) != to)
        return op1(l, K_cast, carrier(l, to), float_name(l, "down", to, (KReg[]){r, bits(l, DT_bool, sat)}));
    if (sat) {
        const uint64_t max = to == DT_f16 ? 0x7bff : 0x7f7f;
        r = clamped(l, r, DT_f32, to, max | 0x8000, max);
    }
    return op1(l, K_cast, to, r);
}

static KReg to_float(Legal *l, KReg r, DType t, DType to, bool sat)
{
    const bool clamp = sat && dtype_is_float(t);
    if (clamp && to == DT_f32)
        r = clamped(l, r, t, DT_f32, 0xff7fffff, 0x7f7fffff);
    r = t == to ? r : op1(l, K_cast, to, r);
    return clamp && to == DT_f64 ? clamped(l, r, to, DT_f64, 0xffefffffffffffff, 0x7fefffffffffffff) : r;
}

/* r, once of type `from`, as `to`. */
static KReg convert(Legal *l, KReg r, DType from, DType to, bool sat)
{
    if (from == to && !sat)
        return r;
    DType t = dtype_info[from].compute;
    r = widen(l, r, from);
    if (to == DT_bool)
        return from == DT_bool ? r : op2(l, K_ne, DT_bool, r, bits(l, t, 0));
    if (t == DT_bool) {
        t = dtype_info[to].compute == DT_f32 || dtype_info[to].compute == DT_bool ? DT_u32 : dtype_is_float(to) ? DT_u32 : dtype_info[to].compute;
        r = pick(l, t, r, bits(l, t, 1), bits(l, t, 0));
    }
    if (small_float(to))
        return to_small_float(l, r, t, to, sat);
    if (dtype_is_float(to))
        return to_float(l, r, t, to, sat);
    return dtype_is_float(t) ? float_to_int(l, r, t, to) : int_to_int(l, r, t, to, sat);
}

/* ── opcodes ── */

static void keep(Legal *l, KInst *i)
{
    if (!kir_append(l->k, l->at, i))
        out_of_memory(l);
}

/* dst of the current instruction becomes r. */
static void give(Legal *l, KReg r)
{
    KReg dst = l->cur->dst[0];
    KInst *i = r ? kir_add(l->k, l->at, K_move, kir_type(l->k, dst), dst, 1, &r) : NULL;
    if (!i)
        out_of_memory(l);
}

static bool constant(const Legal *l, KReg r, uint64_t *v)
{
    const KInst *i = r < l->n_was ? l->defs[r] : NULL;
    return i && i->op == K_const ? (*v = i->bits, true) : false;
}

static void divide(Legal *l, KInst *i)
{
    const DType t = i->type;
    const bool is_signed = dtype_info[t].cls == DCLASS_INT;
    uint64_t v, minus_one = dtype_bits(t) == 64 ? ~UINT64_C(0) : 0xffffffffu;
    if (constant(l, i->args[1], &v) && v && (!is_signed || v != minus_one)) {
        keep(l, i);
        return;
    }
    KReg a = i->args[0], b = i->args[1], one = bits(l, t, 1), zero = bits(l, t, 0);
    KReg none = op2(l, K_eq, DT_bool, b, zero), minus = is_signed ? op2(l, K_eq, DT_bool, b, bits(l, t, minus_one)) : 0;
    KReg q = op2(l, i->op, t, a, pick(l, t, is_signed ? op2(l, K_or, DT_bool, none, minus) : none, one, b));
    if (i->op == K_div && is_signed)
        q = pick(l, t, minus, op2(l, K_sub, t, zero, a), q);
    give(l, i->op == K_div ? pick(l, t, none, zero, q) : q); /* a % 1 is 0 */
}

static void shift(Legal *l, KInst *i)
{
    const unsigned width = dtype_bits(i->type);
    const DType t = kir_type(l->k, i->args[1]);
    uint64_t v;
    if (!constant(l, i->args[1], &v) || v >= width)
        i->args[1] = op2(l, K_and, t, i->args[1], bits(l, t, width - 1));
    keep(l, i);
}

static void named(Legal *l, const KInst *i, const char *prefix) /* a function of legal.k by opcode and type */
{
    give(l, float_name(l, prefix, i->type, i->args));
}

static void compare(Legal *l, KInst *i)
{
    for (unsigned a = 0; a < i->n_args; a++) {
        DType t = was(l, i->args[a]);
        if (t != dtype_info[t].compute)
            i->args[a] = widen(l, i->args[a], t);
    }
    keep(l, i);
}

static void bitcast(Legal *l, KInst *i)
{
    const DType from = kir_type(l->k, i->args[0]), to = carrier(l, i->type);
    i->type = to;
    if (from == to)
        i->op = K_move;
    else if (dtype_is_int(from) && dtype_is_int(to) && dtype_bits(to) < 32)
        i->op = K_cast; /* of the same width: wraps */
    keep(l, i);
}

/* ── memory ── */

/* A field wider than its block's alignment: byte by byte. */
static void load_bytes(Legal *l, const KInst *i, const KMem *m)
{
    const unsigned width = dtype_info[i->type].bytes;
    const DType t = width == 8 ? DT_u64 : DT_u32;
    KReg sum = bits(l, t, 0), base = bits(l, DT_i64, 0);
    if (i->field_n > 1)
        base = op2(l, K_mul, DT_i64, i->args[m->rank], bits(l, DT_i64, width));
    for (unsigned b = 0; b < width && !l->code; b++) {
        KReg args[KIR_MAX_RANK + 2];
        memcpy(args, i->args, m->rank * sizeof *args);
        args[m->rank] = op2(l, K_add, DT_i64, base, bits(l, DT_i64, b));
        KReg byte = op(l, K_load, DT_u8, m->rank + 1, args);
        KInst *x = l->at->inst[l->at->n - 1];
        x->id = i->id;
        x->aux = i->aux;
        x->field = true;
        x->field_n = i->field_n * width;
        x->guard = i->guard == KGUARD_ELSE ? KGUARD_ZERO : i->guard;
        sum = op2(l, K_or, t, sum, op2(l, K_shl, t, op1(l, K_cast, t, byte), bits(l, t, 8 * b)));
    }
    DType to = carrier(l, i->type);
    KReg r = width == 2 ? op1(l, K_cast, DT_u16, sum) : sum;
    give(l, kir_type(l->k, r) == to ? r : op1(l, K_bitcast, to, r));
}

static void load(Legal *l, KInst *i)
{
    const KMem *m = &l->k->mems[i->id];
    if (i->field && sub_byte(i->type))
        refuse(l, "fields of less than a byte");
    if (i->field && dtype_info[i->type].bytes > 1 && (m->block_align < dtype_info[i->type].bytes || i->aux % dtype_info[i->type].bytes || m->block_bytes % dtype_info[i->type].bytes)
        && i->guard != KGUARD_ELSE) {
        load_bytes(l, i, m);
        return;
    }
    i->type = carrier(l, i->type);
    keep(l, i);
}

/* An update of floats as a load, the operation and a scatter of its result: the schedule has put those in order. */
static void update(Legal *l, KInst *i)
{
    const unsigned rank = l->k->mems[i->id].rank;
    KReg at[KIR_MAX_RANK + 1];
    memcpy(at, i->args, rank * sizeof *at);
    at[rank] = bits(l, i->type, 0);
    KReg old = op(l, K_load, i->type, (int)rank + 1, at);
    if (!old)
        return;
    KInst *x = l->at->inst[l->at->n - 1];
    x->id = i->id;
    x->guard = KGUARD_ELSE;
    i->args[rank] = float_name(l, i->fn == K_min ? "min" : "max", i->type, (KReg[]){old, i->args[rank]});
    i->fn = K_move;
    i->rule = i->rule == KSCATTER_ORDERED ? KSCATTER_LAST : i->rule;
    keep(l, i);
}

static void store(Legal *l, KInst *i)
{
    const KMem *m = &l->k->mems[i->id];
    const unsigned width = dtype_info[m->type].bytes;
    if (sub_byte(m->type) && i->op == K_scatter && l->t->language == KLANG_PTX)
        refuse(l, "scatters of less than a byte");
    if (m->type != DT_none && ((width == 1 && !has(l, KCAP_store8)) || (width == 2 && !has(l, KCAP_store16))))
        refuse(l, width == 1 ? "stores of bytes (store8)" : "stores of 16 bits (store16)");
    if (i->op == K_scatter && i->fn != K_move && i->type != dtype_info[i->type].compute)
        refuse(l, "updates of storage types in place");
    i->type = carrier(l, i->type);
    if (i->op == K_scatter && (i->fn == K_min || i->fn == K_max) && dtype_is_float(i->type) && !has(l, KCAP_minmax)) {
        update(l, i);
        return;
    }
    keep(l, i);
}

/* ── walking ── */

static void inst(Legal *l, KInst *i)
{
    const DType t = i->type;
    const bool is_float = dtype_is_float(t);
    l->cur = i;
    switch (i->op) {
    case K_cast: case K_sat: give(l, convert(l, i->args[0], was(l, i->args[0]), t, i->op == K_sat)); return;
    case K_bitcast: bitcast(l, i); return;
    case K_eq: case K_ne: case K_lt: case K_le: case K_gt: case K_ge: case K_isnan: compare(l, i); return;
    case K_div: case K_rem:
        if (!is_float && !i->rule)
            divide(l, i);
        else if (is_float && i->op == K_rem)
            named(l, i, "rem");
        else
            keep(l, i);
        return;
    case K_shl: case K_shr: shift(l, i); return;
    case K_min: case K_max:
        if (is_float && !has(l, KCAP_minmax))
            named(l, i, i->op == K_min ? "min" : "max");
        else
            keep(l, i);
        return;
    case K_mulhi:
        if (dtype_bits(t) == 64 && !has(l, KCAP_mulhi64))
            named(l, i, "mulhi");
        else
            keep(l, i);
        return;
    case K_fma:
        if (is_float && !has(l, KCAP_fma) && has(l, KCAP_f64)) {
            named(l, i, "fma");
            return;
        }
        if (is_float && !has(l, KCAP_fma))
            refuse(l, "fused multiply-add (fma)");
        keep(l, i);
        return;
    case K_load: load(l, i); return;
    case K_store: case K_scatter: store(l, i); return;
    default:
        if (i->n_dst)
            i->type = carrier(l, t);
        for (size_t x = 0; kir_sub_block(i, x); x++) {
            KBlock *sub = kir_sub_block(i, x), *outer = l->at;
            KBlock from = *sub;
            *sub = (KBlock){.yield = from.yield, .n_yield = from.n_yield};
            l->at = sub;
            block(l, &from);
            l->at = outer;
        }
        keep(l, i);
    }
}

static void block(Legal *l, KBlock *b)
{
    const KInst *outer = l->cur;
    for (size_t n = 0; n < b->n && !l->code; n++)
        inst(l, b->inst[n]);
    l->cur = outer;
}

static void types(Legal *l)
{
    KirKernel *k = l->k;
    for (size_t r = 1; r < k->n_regs; r++) {
        DType t = k->regs[r].type;
        if (t == DT_f64 && !has(l, KCAP_f64))
            refuse(l, "f64");
        if ((t == DT_i64 || t == DT_u64) && !has(l, KCAP_int64))
            refuse(l, "64-bit integers (int64)");
        k->regs[r].type = carrier(l, t);
    }
    for (size_t m = 0; m < k->n_mems; m++)
        if (k->mems[m].type != DT_none && !(m < k->n_operands && sub_byte(k->mems[m].type)))
            k->mems[m].type = carrier(l, k->mems[m].type);
    for (size_t s = 0; s < k->n_syms; s++)
        k->syms[s].type = carrier(l, k->syms[s].type);
}

SpmlCode kir_legalise(KirKernel *k, const KModule *m, const KirTarget *t, Error *err)
{
    Legal l = {.k = k, .m = m, .t = t, .err = err, .n_was = k->n_regs};
    DType *types_before = arena_array(&l.scratch, DType, k->n_regs);
    KSym *syms = arena_copy(k->arena, k->syms, k->n_syms * sizeof *syms); /* shared with the source */
    l.defs = kir_defs(k, &l.scratch);
    if (!types_before || !l.defs || (k->n_syms && !syms)) {
        out_of_memory(&l);
    } else {
        for (size_t r = 0; r < k->n_regs; r++)
            types_before[r] = k->regs[r].type;
        l.was = types_before;
        k->syms = syms;
        types(&l);
        KBlock from = *k->body;
        *k->body = (KBlock){0};
        l.at = k->body;
        block(&l, &from);
    }
    if (!l.code && k->arena->oom)
        out_of_memory(&l);
    arena_free(&l.scratch);
    return l.code;
}

SpmlCode kir_finish(KirKernel *k, const KModule *m, const KirTarget *t, Error *err)
{
    SpmlCode code = kir_legalise(k, m, t, err);
    if (!code)
        code = kir_simplify(k, KPASS_FOLD | KPASS_CSE | KPASS_DCE, err);
    return code ? code : kir_verify(k, err);
}

SpmlCode kir_prepare(const KirKernel *k, const KModule *m, const KirTarget *t, const KirLaunch *like, Arena *a, KirKernel **out, Error *err)
{
    KirKernel *s, *fit;
    *out = NULL;
    SpmlCode code = kir_fit(k, a, &fit, err);
    if (code)
        return code;
    k = fit;
    code = kir_schedule_variant(k, t, like, a, &s, err);
    if (code == SPML_NO)
        code = kir_schedule(k, t->lanes, a, &s, err);
    if (!code)
        code = kir_finish(s, m, t, err);
    if (!code)
        *out = s;
    return code;
}
