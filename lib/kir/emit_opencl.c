/* SPDX-License-Identifier: MIT
 * kir: OpenCL C 1.2. Takes kernels of kir_prepare, gives __kernel functions that may share a program. Arguments in order: the parameter block
 * (a struct of longs by value, or a __constant pointer to one where it is too long), one buffer per operand (its word `base` is a byte
 * offset), and, with dynamic_shared, local memory of kir_shared_bytes. Launched in one dimension. Floats are never contracted; integers wrap because
 * they are calculated unsigned; conversions never see a value outside the target (kir_legalise). */
#include "kir/emit.h"

#include <inttypes.h>

/* ── values ── */

static void constant(Emit *e, DType t, uint64_t bits)
{
    if (t == DT_f32) {
        text_printf(e->out, "as_float(0x%08" PRIx64 "u)", bits);
        emit_float_note(e->out, t, bits);
    } else if (t == DT_f64) {
        text_printf(e->out, "as_double(0x%016" PRIx64 "ul)", bits);
        emit_float_note(e->out, t, bits);
    } else if (t == DT_bool) {
        text_puts(e->out, bits ? "true" : "false");
    } else if (t == DT_i64 || t == DT_u64) {
        text_printf(e->out, t == DT_u64 || bits >> 63 ? "(%s)0x%" PRIx64 "ul" : "%s%" PRIu64 "l", t == DT_i64 && !(bits >> 63) ? "" : emit_type(e, NULL, t), bits);
    } else {
        text_printf(e->out, "(%s)0x%" PRIx64 "u", emit_type(e, NULL, t), bits);
    }
}

/* A library may round through an integer, which is undefined where the float does not fit: PoCL's code then ends nowhere for a NaN that it sees at compile
 * time. Floats of 2^23 (2^52) and beyond are whole, so the function is asked for smaller ones only. */
static bool round_small(Emit *e, const KInst *i)
{
    static const char *const name[K_COUNT] = { [K_rint] = "rint", [K_floor] = "floor", [K_ceil] = "ceil", [K_trunc] = "trunc" };
    const KReg r = i->args[0];
    if (!name[i->op] || !dtype_is_float(i->type) || e->k->regs[r].vec)
        return false;
    text_printf(e->out, "fabs(r%u) < %s ? %s(r%u) : r%u", r, i->type == DT_f64 ? "0x1p52" : "0x1p23f", name[i->op], r, r);
    return true;
}

static bool convert(Emit *e, const KInst *i)
{
    if (i->n_args && round_small(e, i))
        return true;
    if (i->op != K_cast && i->op != K_bitcast)
        return false;
    const DType from = kir_type(e->k, i->args[0]), to = i->type;
    const KReg r = i->args[0];
    if (i->op == K_bitcast) /* f16 and bf16 are held as ushort */
        text_printf(e->out, "as_%s(r%u)", emit_type(e, i, to), r);
    else if (from == to)
        text_printf(e->out, "r%u", r);
    else if (to == DT_bool)
        text_printf(e->out, "r%u != 0", r);
    else if (from == DT_f16 || to == DT_f16)
        text_printf(e->out, from == DT_f16 ? "(%s)f32_of_f16(r%u)" : "f16_of_%s(r%u)", from == DT_f16 ? emit_type(e, i, to) : dtype_name(from), r);
    else if (from == DT_bf16 || to == DT_bf16)
        emit_fail(e, i, "bf16 in registers");
    else if (to == DT_f32 || to == DT_f64)
        text_printf(e->out, "convert_%s_rte(r%u)", emit_type(e, i, to), r);
    else
        text_printf(e->out, "(%s)r%u", emit_type(e, i, to), r);
    return true;
}

static void sym(Emit *e, const KInst *i)
{
    const uint32_t w = kir_word_sym(e->k, i->id);
    if (kir_fact_sym(e->facts, i->id)) {
        constant(e, i->type, (uint64_t)kir_fact_sym(e->facts, i->id));
        return;
    }
    text_puts(e->out, i->type == DT_f32 ? "as_float((uint)" : i->type == DT_f64 ? "as_double(" : i->type == DT_bool ? "(" : "(");
    if (i->type != DT_f32 && i->type != DT_f64 && i->type != DT_bool)
        text_printf(e->out, "%s)(", emit_type(e, i, i->type));
    e->d->word(e, w);
    text_puts(e->out, i->type == DT_bool ? " != 0)" : ")");
}

static void word(Emit *e, uint32_t n) { text_printf(e->out, "w[%u]", n); }

/* ── memory ── */

static const char *element_type(Emit *e, const KInst *i, DType t)
{
    return e->d->element_type[t] ? e->d->element_type[t] : emit_type(e, i, t);
}

static const char *space(const KMem *m)
{
    return emit_is_shared(m) ? "__local" : emit_is_operand(m) ? "__global" : "__private";
}

static void field(Emit *e, const KInst *i)
{
    const KMem *m = &e->k->mems[i->id];
    if (!i->field) {
        emit_fail(e, i, "whole blocks");
        return;
    }
    text_printf(e->out, "*(const __global %s *)(m%u + (", element_type(e, i, i->type), i->id);
    emit_offset(e, i);
    text_printf(e->out, ") * %u + %u", m->block_bytes, i->aux);
    if (i->field_n > 1)
        text_printf(e->out, " + r%u * %u", i->args[m->rank], dtype_info[i->type].bytes);
    text_puts(e->out, ")");
}

static void element(Emit *e, const KInst *i)
{
    const KMem *m = &e->k->mems[i->id];
    if (emit_is_block(m)) {
        field(e, i);
        return;
    }
    text_printf(e->out, "%s%u[", m->kind == KMEM_TABLE ? e->table_prefix : "m", i->id);
    emit_offset(e, i);
    text_puts(e->out, "]");
}

static void get_packed(Emit *e, const KInst *i)
{
    text_printf(e->out, "(uchar)(m%u[", i->id);
    emit_packed_byte(e, i);
    text_puts(e->out, "] >> ");
    emit_packed_shift(e, i);
    text_printf(e->out, " & %uu)", (1u << dtype_bits(e->k->mems[i->id].type)) - 1);
}

/* Neighbours in the same byte may be stored at the same time: the element's bits are cleared, then set, in the word around it. */
static void put_packed(Emit *e, const KInst *i, const char *value)
{
    const unsigned mask = (1u << dtype_bits(e->k->mems[i->id].type)) - 1;
    text_printf(e->out, "{ const size_t at = (size_t)(m%u + ", i->id);
    emit_packed_byte(e, i);
    text_puts(e->out, "); const uint by = (uint)(at & 3) * 8u + ");
    emit_packed_shift(e, i);
    text_printf(e->out, "; volatile __global uint *const to = (volatile __global uint *)(at & ~(size_t)3); atomic_and(to, ~(%uu << by)); atomic_or(to, (%s & %uu) << by); }\n", mask, value, mask);
}

static void get(Emit *e, const KInst *i)
{
    const KMem *m = &e->k->mems[i->id];
    if (emit_is_operand(m) && emit_is_packed(m)) {
        get_packed(e, i);
        return;
    }
    const unsigned vec = e->k->regs[i->dst[0]].vec;
    if (vec) {
        text_printf(e->out, "vload%u(0, &", vec);
        element(e, i);
        text_puts(e->out, ")");
        return;
    }
    const bool bits = e->k->mems[i->id].kind == KMEM_TABLE && dtype_is_float(i->type);
    if (bits)
        text_printf(e->out, "as_%s(", emit_type(e, i, i->type));
    element(e, i);
    text_puts(e->out, bits ? ")" : i->type == DT_bool ? " != 0" : "");
}

static void put(Emit *e, const KInst *i, const char *value)
{
    if (emit_is_block(&e->k->mems[i->id]))
        emit_fail(e, i, "stores to blocks");
    if (emit_is_operand(&e->k->mems[i->id]) && emit_is_packed(&e->k->mems[i->id])) {
        put_packed(e, i, value);
        return;
    }
    const unsigned vec = e->k->regs[i->args[i->n_args - 1]].vec;
    if (vec) {
        text_printf(e->out, "vstore%u(%s, 0, &", vec, value);
        element(e, i);
        text_puts(e->out, ");\n");
        return;
    }
    element(e, i);
    text_printf(e->out, " = %s;\n", value);
}

static void atomic_mul(Emit *e, const KInst *i, const char *t, const char *prefix)
{
    emit_line(e, "%s before = *at, seen;", t);
    emit_line(e, "do { seen = before; before = %s_cmpxchg(at, seen, seen * (%s)r%u); } while (before != seen);", prefix, t, i->args[i->n_args - 1]);
}

static bool atomic(Emit *e, const KInst *i)
{
    static const char *const name[K_COUNT] = { [K_add] = "add", [K_sub] = "sub", [K_and] = "and", [K_or] = "or", [K_xor] = "xor", [K_min] = "min", [K_max] = "max", [K_mul] = "cmpxchg" };
    const bool wide = i->type == DT_i64 || i->type == DT_u64;
    if (!name[i->fn] || (wide && !(e->t->caps & KCAP_atomic64)) || (!wide && i->type != DT_i32 && i->type != DT_u32))
        return false;
    const char *prefix = wide ? "atom" : "atomic", *t = i->fn == K_mul ? wide ? "ulong" : "uint" : emit_type(e, i, i->type);
    emit_begin(e);
    text_printf(e->out, "volatile %s %s *const at = (volatile %s %s *)&", space(&e->k->mems[i->id]), t, space(&e->k->mems[i->id]), t);
    element(e, i);
    text_puts(e->out, ";\n");
    if (i->fn == K_mul)
        atomic_mul(e, i, t, prefix);
    else
        emit_line(e, "%s_%s(at, r%u);", prefix, name[i->fn], i->args[i->n_args - 1]);
    return true;
}

static void barrier(Emit *e) { emit_line(e, "barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);"); }

/* ── the dialect ── */

#define WRAP(op) "($S)(($U)$0 " op " ($U)$1)"
#define COMPARE(op) { "$0 " op " $1", "$0 " op " $1", "$0 " op " $1", "$0 " op " $1" }
#define INTS(text) { NULL, text, text }
static const EmitDialect dialect = {
    .name = "OpenCL C",
    .type = { [DT_bool] = "bool", [DT_i8] = "char", [DT_u8] = "uchar", [DT_i16] = "short", [DT_u16] = "ushort", [DT_i32] = "int", [DT_u32] = "uint",
              [DT_i64] = "long", [DT_u64] = "ulong", [DT_f16] = "ushort", [DT_bf16] = "ushort", [DT_f32] = "float", [DT_f64] = "double" },
    .element_type = { [DT_bool] = "uchar" },
    .op = {
        [K_add] = { "$0 + $1", WRAP("+"), "$0 + $1" }, [K_sub] = { "$0 - $1", WRAP("-"), "$0 - $1" }, [K_mul] = { "$0 * $1", WRAP("*"), "$0 * $1" },
        [K_div] = { "$0 / $1", "$0 / $1", "$0 / $1" }, [K_rem] = INTS("$0 % $1"), [K_neg] = { "-$0", "($S)(0 - ($U)$0)", "0 - $0" },
        [K_abs] = { "fabs($0)", "$0 < 0 ? ($S)(0 - ($U)$0) : $0", "$0" }, [K_sqrt] = { "sqrt($0)" }, [K_floor] = { "floor($0)" }, [K_ceil] = { "ceil($0)" },
        [K_trunc] = { "trunc($0)" }, [K_rint] = { "rint($0)" }, [K_not] = { NULL, "~$0", "~$0", "!$0" }, [K_isnan] = { "$0 != $0" },
        [K_lane] = { NULL, "lid" }, [K_clz] = INTS("clz($0)"), [K_popcount] = INTS("popcount($0)"), [K_min] = INTS("min($0, $1)"), [K_max] = INTS("max($0, $1)"), [K_mulhi] = INTS("mul_hi($0, $1)"),
        [K_and] = { NULL, "$0 & $1", "$0 & $1", "$0 & $1" }, [K_or] = { NULL, "$0 | $1", "$0 | $1", "$0 | $1" }, [K_xor] = { NULL, "$0 ^ $1", "$0 ^ $1", "$0 ^ $1" },
        [K_shl] = INTS("($S)(($U)$0 << (uint)$1)"), [K_shr] = INTS("$0 >> (uint)$1"),
        [K_eq] = COMPARE("=="), [K_ne] = COMPARE("!="), [K_lt] = COMPARE("<"), [K_le] = COMPARE("<="), [K_gt] = COMPARE(">"), [K_ge] = COMPARE(">="),
        [K_fma] = { "fma($0, $1, $2)" }, [K_select] = { "$0 ? $1 : $2", "$0 ? $1 : $2", "$0 ? $1 : $2", "$0 ? $1 : $2" },
    },
    .index_type = "long", .both = " & ", .cast_u64 = { "(ulong)", "" }, .cast_index = { "(long)(", ")" }, .cast_uint = { "(uint)(", ")" }, .zero = "0",
    .table = "__constant ", .table_bits = true, .lines = true, .vectors = true,
    .expr = convert, .constant = constant, .get = get, .put = put, .atomic = atomic, .sym = sym, .word = word, .loop = emit_lanes, .barrier = barrier,
};

/* ── whole kernels ── */

static void arguments(Emit *e, const char *entry, const KirEmitted *info)
{
    text_printf(e->out, "__kernel __attribute__((reqd_work_group_size(%u, 1, 1)))\nvoid %s(", info->group_size, entry);
    text_printf(e->out, info->by_value ? "const %s_words block" : "__constant long *restrict w", entry);
    for (size_t m = 0; m < e->k->n_operands; m++)
        text_printf(e->out, ", __global uchar *restrict b%zu", m);
    text_puts(e->out, info->dynamic_shared ? ", __local uchar *scratch)\n" : ")\n");
}

static void operands(Emit *e)
{
    for (uint32_t m = 0; m < e->k->n_operands; m++) {
        const KMem *o = &e->k->mems[m];
        const char *t = emit_is_block(o) || emit_is_packed(o) ? "uchar" : element_type(e, NULL, o->type), *c = o->kind == KMEM_IN ? "const " : "";
        emit_line(e, "__global %s%s *const m%u = (__global %s%s *)(b%u + w[%u]);", c, t, m, c, t, m, kir_word_base(e->k, m));
    }
}

static void shared_arrays(Emit *e)
{
    for (size_t m = e->k->n_operands; m < e->k->n_mems && !e->dynamic; m++)
        if (emit_is_shared(&e->k->mems[m]))
            emit_line(e, "__local %s m%zu[%" PRId64 "];", element_type(e, NULL, e->k->mems[m].type), m, emit_elements(e, &e->k->mems[m]));
}

/* After the lets: extents of arrays may be registers. */
static void dynamic_arrays(Emit *e)
{
    emit_line(e, "size_t at = 0;");
    for (uint32_t m = (uint32_t)e->k->n_operands; m < e->k->n_mems; m++) {
        const KMem *s = &e->k->mems[m];
        if (!emit_is_shared(s))
            continue;
        const char *t = element_type(e, NULL, s->type);
        emit_line(e, "__local %s *const m%u = (__local %s *)(scratch + at);", t, m, t);
        emit_begin(e);
        text_printf(e->out, "at += (%uul", dtype_info[s->type].bytes);
        for (unsigned d = 0; d < s->rank; d++) {
            text_puts(e->out, " * (ulong)");
            emit_extent_of(e, m, d);
        }
        text_puts(e->out, " + 15) & ~15ul;\n");
    }
}

static void body(Emit *e, const KirEmitted *info)
{
    const KBlock *b = e->k->body;
    if (info->by_value)
        emit_line(e, "const long *const w = block.w;");
    emit_line(e, "const long items = w[0];");
    emit_line(e, "const long item = (long)%s(0);", info->group ? "get_group_id" : "get_global_id");
    if (info->share)
        emit_line(e, "const long groups = (long)get_num_groups(0);");
    if (info->group && info->group_size > 1)
        emit_line(e, "const long lid = (long)get_local_id(0);");
    operands(e);
    emit_words(e);
    emit_locals(e);
    shared_arrays(e);
    emit_vars(e, b);
    emit_range(e, b, 0, b->n - 1);
    if (info->dynamic_shared)
        dynamic_arrays(e);
    emit_range(e, b, b->n - 1, b->n);
}

static SpmlCode kernel(const KirKernel *k, const KirTarget *t, const KirFacts *facts, const char *entry, Text *out, KirEmitted *info, Error *err)
{
    Text prefix = { 0 };
    Emit e = { .k = k, .d = &dialect, .out = out, .err = err, .t = t, .facts = facts };
    if (emit_info(&e, info))
        return e.code;
    text_printf(&prefix, "%s_m", entry);
    e.table_prefix = prefix.p ? prefix.p : "m";
    text_puts(out, "// ");
    emit_name(out, k->name);
    text_puts(out, "\n");
    if (info->by_value)
        text_printf(out, "typedef struct { long w[%u]; } %s_words;\n", kir_words(k), entry);
    emit_tables(&e);
    arguments(&e, entry, info);
    emit_open(&e, "{");
    body(&e, info);
    emit_close(&e);
    text_puts(out, "\n");
    const bool oom = out->oom || prefix.oom;
    text_free(&prefix);
    return e.code == SPML_OK && oom ? error_oom(err) : e.code;
}

static SpmlCode prelude(const KirTarget *t, Text *out, Error *err)
{
    text_puts(out, "#pragma OPENCL FP_CONTRACT OFF\n");
    if (t->caps & KCAP_f64)
        text_puts(out, "#pragma OPENCL EXTENSION cl_khr_fp64 : enable\n");
    if (t->caps & KCAP_atomic64)
        text_puts(out, "#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable\n#pragma OPENCL EXTENSION cl_khr_int64_extended_atomics : enable\n");
    if (t->caps & KCAP_f16) /* half in memory is core; in registers it is its bits */
        text_puts(out, "float f32_of_f16(ushort h) { return vload_half(0, (const __private half *)&h); }\n"
                       "ushort f16_of_f32(float f) { ushort h; vstore_half_rte(f, 0, (__private half *)&h); return h; }\n");
    if ((t->caps & (KCAP_f16 | KCAP_f64)) == (KCAP_f16 | KCAP_f64))
        text_puts(out, "ushort f16_of_f64(double f) { ushort h; vstore_half_rte(f, 0, (__private half *)&h); return h; }\n");
    text_puts(out, "\n");
    return out->oom ? error_oom(err) : SPML_OK;
}

const KirEmitter kir_emit_opencl = { "OpenCL", ".cl", true, prelude, kernel };
