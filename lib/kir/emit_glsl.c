/* SPDX-License-Identifier: MIT
 * kir: GLSL 4.60 for Vulkan 1.2. Takes one kernel of kir_prepare, gives one compute shader without descriptors: the push constant is the address of
 * the parameter block, operands are buffer references made from the addresses in it. Every float result is `precise`. Registers of 8 and 16
 * bits are held in 32, sign- or zero-extended, so that storage of such types suffices. Group n is x + y · width of the grid. */
#include "kir/emit.h"

#include <inttypes.h>

/* ── values ── */

static bool wide(DType t) { return dtype_info[t].bytes == 8; }

static void constant(Emit *e, DType t, uint64_t bits)
{
    const unsigned width = dtype_bits(t);
    if ((t == DT_f32 && !(bits << 33)) || (t == DT_f64 && !(bits << 1))) { /* a zero the driver cannot see: llvmpipe drops x + 0, x - -0 and 0 · x whatever the signs, inf and NaN */
        text_puts(e->out, t == DT_f32 ? "uintBitsToFloat(zero" : "uint64BitsToDouble(uint64_t(zero)");
        text_puts(e->out, !bits ? ")" : t == DT_f32 ? " | 0x80000000u) /* -0 */" : " | 0x8000000000000000ul) /* -0 */");
    } else if (t == DT_f32 || t == DT_f64) {
        text_printf(e->out, t == DT_f32 ? "uintBitsToFloat(0x%08" PRIx64 "u)" : "uint64BitsToDouble(0x%016" PRIx64 "ul)", bits);
        emit_float_note(e->out, t, bits);
    } else if (t == DT_bool) {
        text_puts(e->out, bits ? "true" : "false");
    } else if (t == DT_i64) {
        text_printf(e->out, bits >> 63 ? "int64_t(0x%" PRIx64 "ul)" : "%" PRIu64 "l", bits);
    } else if (t == DT_u64) {
        text_printf(e->out, "0x%" PRIx64 "ul", bits);
    } else if (t == DT_f16) {
        text_printf(e->out, "uint16BitsToHalf(uint16_t(0x%" PRIx64 "u))", bits);
    } else if (dtype_info[t].cls == DCLASS_INT) { /* extended to 32 bits */
        text_printf(e->out, "int(0x%" PRIx32 "u)", (uint32_t)((int32_t)(uint32_t)(bits << (32 - width)) >> (32 - width)));
    } else {
        text_printf(e->out, "0x%" PRIx64 "u", bits);
    }
}

/* What becomes a float is or'ed with the zero that the driver cannot see: it may find out by itself that an integer is 0, as of x ^ x.
 * Signed words become 64 bits wide from two halves, not by int64_t(): Mesa narrows comparisons of what was extended with a constant and gets the least i32
 * wrong (nir_opt_algebraic, -0x80000000 as an unsigned number), so that int64_t(x) < 0l is never true. */
static void cast(Emit *e, const KInst *i)
{
    const DType from = kir_type(e->k, i->args[0]), to = i->type;
    const KReg r = i->args[0];
    const unsigned width = dtype_bits(to);
    if (from == to)
        text_printf(e->out, "r%u", r);
    else if ((to == DT_i8 || to == DT_i16))
        text_printf(e->out, "int(r%u) << %u >> %u", r, 32 - width, 32 - width);
    else if (to == DT_u8 || to == DT_u16)
        text_printf(e->out, "uint(r%u) & 0x%xu", r, (1u << width) - 1);
    else if ((to == DT_u64 || to == DT_i64) && dtype_info[from].cls == DCLASS_INT && !wide(from))
        text_printf(e->out, to == DT_u64 ? "uint64_t(packInt2x32(ivec2(r%u, r%u >> 31)))" : "packInt2x32(ivec2(r%u, r%u >> 31))", r, r);
    else if (dtype_is_float(to) && !dtype_is_float(from) && from != DT_bool)
        text_printf(e->out, "%s(r%u | %s(zero))", emit_type(e, i, to), r, emit_type(e, i, from));
    else
        text_printf(e->out, "%s(r%u)", emit_type(e, i, to), r);
}

static void bitcast(Emit *e, const KInst *i)
{
    static const struct { DType to, from; const char *text; } rows[] = {
        { DT_f32, DT_i32, "intBitsToFloat($0 | int(zero))" }, { DT_f32, DT_u32, "uintBitsToFloat($0 | zero)" }, { DT_i32, DT_f32, "floatBitsToInt($0)" },
        { DT_u32, DT_f32, "floatBitsToUint($0)" }, { DT_f64, DT_i64, "int64BitsToDouble($0 | int64_t(zero))" }, { DT_f64, DT_u64, "uint64BitsToDouble($0 | uint64_t(zero))" },
        { DT_i64, DT_f64, "doubleBitsToInt64($0)" }, { DT_u64, DT_f64, "doubleBitsToUint64($0)" },
        { DT_f16, DT_u16, "uint16BitsToHalf(uint16_t($0))" }, { DT_u16, DT_f16, "uint(halfBitsToUint16($0))" },
        { DT_f16, DT_i16, "int16BitsToHalf(int16_t($0))" }, { DT_i16, DT_f16, "int(halfBitsToInt16($0))" },
    };
    const DType from = kir_type(e->k, i->args[0]);
    if (!dtype_is_float(from) && !dtype_is_float(i->type)) {
        cast(e, i);
        return;
    }
    for (size_t n = 0; n < sizeof rows / sizeof *rows; n++)
        if (rows[n].to == i->type && rows[n].from == from) {
            emit_template(e, rows[n].text, i);
            return;
        }
    if (from == i->type)
        emit_template(e, "$0", i);
    else
        emit_fail(e, i, "this bitcast");
}

static bool expr(Emit *e, const KInst *i)
{
    if (i->op != K_cast && i->op != K_bitcast)
        return false;
    (i->op == K_cast ? cast : bitcast)(e, i);
    return true;
}

static void word(Emit *e, uint32_t n) { text_printf(e->out, "words.w[%u]", n); }

static void sym(Emit *e, const KInst *i)
{
    const DType t = i->type;
    text_puts(e->out, t == DT_f32 ? "uintBitsToFloat(uint(" : t == DT_f64 ? "int64BitsToDouble((" : t == DT_bool ? "bool((" : emit_type(e, i, t));
    if (t != DT_f32 && t != DT_f64 && t != DT_bool)
        text_puts(e->out, "((");
    word(e, kir_word_sym(e->k, i->id));
    text_puts(e->out, "))");
}

/* ── memory ── */

/* Elements in buffers, by type: what a reference's v is. */
static const char *const stored[DT_COUNT] = {
    [DT_bool] = "uint8_t", [DT_i8] = "int8_t", [DT_u8] = "uint8_t", [DT_i16] = "int16_t", [DT_u16] = "uint16_t", [DT_i32] = "int", [DT_u32] = "uint",
    [DT_i64] = "int64_t", [DT_u64] = "uint64_t", [DT_f16] = "float16_t", [DT_f32] = "float", [DT_f64] = "double",
};

/* Lanes of a group may see each other's stores to an operand. */
static bool coherent(const KirKernel *k, const KMem *m) { return m->kind == KMEM_INOUT && emit_top(k)->op == K_group; }

static void element(Emit *e, const KInst *i)
{
    const KMem *m = &e->k->mems[i->id];
    if (emit_is_operand(m)) {
        const uint32_t sz = emit_is_block(m) ? m->block_bytes : dtype_info[i->type].bytes;
        if (emit_is_block(m) && !i->field)
            emit_fail(e, i, "whole blocks");
        text_printf(e->out, "%c_%s(m%u + uint64_t(", coherent(e->k, m) ? 'C' : 'R', dtype_name(i->type), i->id);
        emit_offset(e, i);
        text_printf(e->out, ") * %uul", sz);
        if (i->field)
            text_printf(e->out, " + %uul", i->aux);
        if (i->field && i->field_n > 1)
            text_printf(e->out, " + uint64_t(r%u) * %uul", i->args[m->rank], dtype_info[i->type].bytes);
        text_puts(e->out, ").v");
        return;
    }
    const bool pool = emit_is_shared(m) && e->dynamic;
    if (pool)
        text_printf(e->out, "pool_%s[uint(m%u_at + ", dtype_name(m->type), i->id);
    else
        text_printf(e->out, "m%u[uint(", i->id);
    emit_offset(e, i);
    text_puts(e->out, ")]");
}

static void get_packed(Emit *e, const KInst *i)
{
    text_printf(e->out, "uint(%c_u8(m%u + uint64_t(", coherent(e->k, &e->k->mems[i->id]) ? 'C' : 'R', i->id);
    emit_packed_byte(e, i);
    text_puts(e->out, ")).v) >> ");
    emit_packed_shift(e, i);
    text_printf(e->out, " & %uu", (1u << dtype_bits(e->k->mems[i->id].type)) - 1);
}

/* Neighbours in the same byte may be stored at the same time: the element's bits are cleared, then set, in the word around it. */
static void put_packed(Emit *e, const KInst *i, const char *value)
{
    const unsigned mask = (1u << dtype_bits(e->k->mems[i->id].type)) - 1;
    text_printf(e->out, "{ const uint64_t at = m%u + uint64_t(", i->id);
    emit_packed_byte(e, i);
    text_puts(e->out, "); const uint by = (uint(at) & 3u) * 8u + ");
    emit_packed_shift(e, i);
    text_printf(e->out, "; atomicAnd(C_u32(at & ~3ul).v, ~(%uu << by)); atomicOr(C_u32(at & ~3ul).v, (%s & %uu) << by); }\n", mask, value, mask);
}

static void get(Emit *e, const KInst *i)
{
    const KMem *m = &e->k->mems[i->id];
    if (emit_is_operand(m) && emit_is_packed(m)) {
        get_packed(e, i);
        return;
    }
    const bool small = dtype_info[i->type].bytes < 4 && i->type != DT_f16 && emit_is_operand(m), bits = m->kind == KMEM_TABLE && dtype_is_float(i->type);
    if (bits)
        text_puts(e->out, wide(i->type) ? "uint64BitsToDouble(" : "uintBitsToFloat(");
    else if (small)
        text_printf(e->out, "%s(", i->type == DT_bool ? "0u != uint" : emit_type(e, i, i->type));
    element(e, i);
    text_puts(e->out, !bits ? small ? ")" : "" : wide(i->type) ? " | uint64_t(zero))" : " | zero)");
}

static void put(Emit *e, const KInst *i, const char *value)
{
    const KMem *m = &e->k->mems[i->id];
    if (emit_is_operand(m) && emit_is_packed(m)) {
        put_packed(e, i, value);
        return;
    }
    element(e, i);
    if (emit_is_operand(m) && dtype_info[i->type].bytes < 4 && i->type != DT_f16)
        text_printf(e->out, i->type == DT_bool ? " = %s(uint(%s));\n" : " = %s(%s);\n", stored[i->type], value);
    else
        text_printf(e->out, " = %s;\n", value);
}

static bool atomic(Emit *e, const KInst *i)
{
    static const char *const name[K_COUNT] = { [K_add] = "Add", [K_sub] = "Add", [K_and] = "And", [K_or] = "Or", [K_xor] = "Xor", [K_min] = "Min", [K_max] = "Max", [K_mul] = "CompSwap" };
    const KReg r = i->args[i->n_args - 1];
    if (!name[i->fn] || (wide(i->type) && !(e->t->caps & KCAP_atomic64)) || dtype_info[i->type].bytes < 4)
        return false;
    emit_begin(e);
    if (i->fn == K_mul) {
        text_printf(e->out, "%s before = ", emit_type(e, i, i->type));
        element(e, i);
        text_puts(e->out, ", seen; do { seen = before; before = ");
    }
    text_printf(e->out, "atomic%s(", name[i->fn]);
    element(e, i);
    if (i->fn == K_mul)
        text_printf(e->out, ", seen, seen * r%u); } while (before != seen);\n", r);
    else
        text_printf(e->out, i->fn == K_sub ? ", -r%u);\n" : ", r%u);\n", r);
    return true;
}

static void barrier(Emit *e) { emit_line(e, "memoryBarrierBuffer(); memoryBarrierShared(); barrier();"); }

/* ── the dialect ── */

#define ALL(text) { text, text, text, text }
#define INTS(text) { NULL, text, text }
#define NUMBERS(text) { text, text, text }
static const EmitDialect dialect = {
    .name = "GLSL",
    .type = { [DT_bool] = "bool", [DT_i8] = "int", [DT_u8] = "uint", [DT_i16] = "int", [DT_u16] = "uint", [DT_i32] = "int", [DT_u32] = "uint",
              [DT_i64] = "int64_t", [DT_u64] = "uint64_t", [DT_f16] = "float16_t", [DT_f32] = "float", [DT_f64] = "double" },
    .op = { /* abs by its bits: Mesa drops abs of what it takes for not negative, which a square root of -0 is */
        [K_add] = NUMBERS("$0 + $1"), [K_sub] = NUMBERS("$0 - $1"), [K_mul] = NUMBERS("$0 * $1"), [K_div] = NUMBERS("$0 / $1"),
        [K_rem] = { NULL, "$0 - $0 / $1 * $1", "$0 % $1" }, [K_neg] = NUMBERS("-$0"),
        [K_abs] = { "uintBitsToFloat(floatBitsToUint($0) & 0x7fffffffu)", "$0 < 0 ? -$0 : $0", "$0" }, [K_isnan] = { "(floatBitsToUint($0) & 0x7fffffffu) > 0x7f800000u" },
        [K_sqrt] = { "sqrt($0)" }, [K_floor] = { "floor($0)" }, [K_ceil] = { "ceil($0)" }, [K_trunc] = { "trunc($0)" }, [K_rint] = { "roundEven($0)" },
        [K_not] = { NULL, "~$0", "~$0", "!$0" }, [K_min] = INTS("min($0, $1)"), [K_max] = INTS("max($0, $1)"),
        [K_mulhi] = { NULL, "int(int64_t($0) * int64_t($1) >> 32)", "uint(uint64_t($0) * uint64_t($1) >> 32)" },
        [K_and] = { NULL, "$0 & $1", "$0 & $1", "$0 && $1" }, [K_or] = { NULL, "$0 | $1", "$0 | $1", "$0 || $1" }, [K_xor] = { NULL, "$0 ^ $1", "$0 ^ $1", "$0 != $1" },
        [K_shl] = INTS("$0 << int($1)"), [K_shr] = INTS("$0 >> int($1)"), [K_eq] = ALL("$0 == $1"), [K_ne] = ALL("$0 != $1"),
        [K_lt] = { "$0 < $1", "$0 < $1", "$0 < $1", "!$0 && $1" }, [K_le] = { "$0 <= $1", "$0 <= $1", "$0 <= $1", "!$0 || $1" },
        [K_gt] = { "$0 > $1", "$0 > $1", "$0 > $1", "$0 && !$1" }, [K_ge] = { "$0 >= $1", "$0 >= $1", "$0 >= $1", "$0 || !$1" },
        [K_lane] = { NULL, "lid" }, [K_fma] = { "fma($0, $1, $2)" }, [K_select] = ALL("$0 ? $1 : $2"),
        [K_clz] = INTS("$S(31 - findMSB(uint($0)))"), [K_popcount] = INTS("$S(bitCount($0))"),
    },
    .op64 = {
        [K_abs] = { "uint64BitsToDouble(doubleBitsToUint64($0) & 0x7ffffffffffffffful)" }, [K_isnan] = { "(doubleBitsToUint64($0) & 0x7ffffffffffffffful) > 0x7ff0000000000000ul" },
        [K_clz] = INTS("$S(clz64(uint64_t($0)))"), [K_popcount] = INTS("$S(uint(bitCount(uint($0)) + bitCount(uint($0 >> 32))))"), [K_mulhi] = INTS(""),
    },
    .index_type = "int64_t", .cast_u64 = { "uint64_t(", ")" }, .cast_index = { "int64_t(", ")" }, .cast_uint = { "uint(", ")" }, .zero = "$S(zero)",
    .value = { [EMIT_FLOAT] = "precise " }, .var = { [EMIT_FLOAT] = "precise " },
    .table = "const ", .table_call = true, .table_bits = true, .load_statement = true, .lines = true,
    .expr = expr, .constant = constant, .get = get, .put = put, .atomic = atomic, .sym = sym, .word = word, .loop = emit_lanes, .barrier = barrier,
};

/* ── the shader ── */

static void need(Emit *e, uint8_t *seen, DType t, bool shared)
{
    if (seen[t] & (shared ? 2 : 1))
        return;
    seen[t] |= shared ? 2 : 1;
    if (stored[t])
        text_printf(e->out, "layout(buffer_reference, std430, buffer_reference_align = %u) %sbuffer %c_%s { %s v; };\n", dtype_info[t].bytes, shared ? "coherent " : "",
                    shared ? 'C' : 'R', dtype_name(t), stored[t]);
    else
        emit_fail(e, NULL, dtype_name(t));
}

static void references(Emit *e, const KBlock *b, uint8_t *seen, int nest)
{
    for (size_t n = 0; b && nest < EMIT_MAX_NEST && n < b->n; n++) {
        const KInst *i = b->inst[n];
        if ((i->op == K_load || i->op == K_store || i->op == K_scatter) && i->id < e->k->n_operands) {
            need(e, seen, i->type, coherent(e->k, &e->k->mems[i->id]));
            if (i->op != K_load && emit_is_packed(&e->k->mems[i->id]))
                need(e, seen, DT_u32, true);
        }
        for (unsigned s = 0; s < i->n_blocks; s++)
            references(e, i->blocks[s], seen, nest + 1);
        for (unsigned a = 0; a < i->n_axes; a++)
            references(e, i->axes[a].bound, seen, nest + 1);
    }
}

/* Arrays sized at launch lie in one array per type, each of all the shared bytes: a shader has no untyped shared memory. */
static void shared_arrays(Emit *e)
{
    uint8_t pool[DT_COUNT] = { 0 };
    if (e->dynamic)
        text_puts(e->out, "layout(constant_id = 0) const uint shared_bytes = 16;\n");
    for (size_t m = e->k->n_operands; m < e->k->n_mems; m++) {
        const KMem *s = &e->k->mems[m];
        if (!emit_is_shared(s) || pool[s->type])
            continue;
        if (e->dynamic)
            text_printf(e->out, "shared %s pool_%s[shared_bytes / %uu];\n", emit_type(e, NULL, s->type), dtype_name(s->type), dtype_info[s->type].bytes);
        else
            text_printf(e->out, "shared %s m%zu[%" PRId64 "];\n", emit_type(e, NULL, s->type), m, emit_elements(e, s));
        pool[s->type] = e->dynamic;
    }
}

static void pool_offsets(Emit *e)
{
    emit_line(e, "int64_t at = 0l;");
    for (uint32_t m = (uint32_t)e->k->n_operands; m < e->k->n_mems; m++) {
        const KMem *s = &e->k->mems[m];
        if (!emit_is_shared(s))
            continue;
        emit_line(e, "const int64_t m%u_at = at / %ul;", m, dtype_info[s->type].bytes);
        emit_begin(e);
        text_printf(e->out, "at += (%ul", dtype_info[s->type].bytes);
        for (unsigned d = 0; d < s->rank; d++) {
            text_puts(e->out, " * ");
            emit_extent_of(e, m, d);
        }
        text_puts(e->out, " + 15l) & ~15l;\n");
    }
}

static void body(Emit *e, const KirEmitted *info)
{
    const KBlock *b = e->k->body;
    emit_line(e, "Words words = Words(push.at);");
    emit_line(e, "const int64_t items = words.w[0];");
    emit_line(e, "const uint zero = uint(items >> 63);");
    emit_line(e, "const int64_t lid = int64_t(gl_LocalInvocationID.x);");
    emit_line(e, "const int64_t group = int64_t(gl_WorkGroupID.x) + int64_t(gl_NumWorkGroups.x) * int64_t(gl_WorkGroupID.y);");
    emit_line(e, info->group ? "const int64_t item = group;" : "const int64_t item = group * %u + lid;", info->group_size);
    for (uint32_t m = 0; m < e->k->n_operands; m++)
        emit_line(e, "const uint64_t m%u = uint64_t(words.w[%u]);", m, kir_word_base(e->k, m));
    emit_words(e);
    if (e->watch)
        emit_line(e, "bool cut = false;");
    emit_locals(e);
    emit_vars(e, b);
    emit_range(e, b, 0, b->n - 1);
    if (info->dynamic_shared)
        pool_offsets(e);
    emit_range(e, b, b->n - 1, b->n);
    if (e->watch)
        emit_line(e, "if (cut) Report(uint64_t(words.w[%u])).v = words.w[%u];", kir_words(e->k), kir_words(e->k) + 1);
}

static SpmlCode kernel(const KirKernel *k, const KirTarget *t, const KirFacts *facts, const char *entry, Text *out, KirEmitted *info, Error *err)
{
    Emit e = { .k = k, .d = &dialect, .out = out, .err = err, .t = t, .facts = facts, .table_prefix = "m" };
    uint8_t seen[DT_COUNT] = { 0 };
    if (emit_info(&e, info))
        return e.code;
    info->by_value = false;
    e.watch = !(t->caps & KCAP_loops) && emit_has_loops(k, k->body, 0);
    text_printf(out, "// %s: ", entry);
    emit_name(out, k->name);
    text_printf(out, "\nlayout(local_size_x = %u) in;\n", info->group_size);
    text_puts(out, "layout(push_constant) uniform Push { uint64_t at; } push;\nlayout(buffer_reference, std430, buffer_reference_align = 16) readonly buffer Words { int64_t w[]; };\n");
    if (e.watch)
        text_puts(out, "layout(buffer_reference, std430, buffer_reference_align = 8) writeonly buffer Report { int64_t v; };\n");
    references(&e, k->body, seen, 0);
    shared_arrays(&e);
    emit_tables(&e);
    emit_open(&e, "void main()");
    e.depth--;
    emit_open(&e, "{");
    body(&e, info);
    emit_close(&e);
    return e.code == SPML_OK && out->oom ? error_oom(err) : e.code;
}

static void require(Text *out, bool on, const char *extension)
{
    if (on)
        text_printf(out, "#extension GL_EXT_%s : require\n", extension);
}

/* Of a whole class of float widths; 4461 SignedZeroInfNanPreserve, 4459 DenormPreserve, with their capabilities. */
static void float_control(Text *out, bool on, int capability, int mode, int width)
{
    if (on)
        text_printf(out, "spirv_execution_mode(extensions = [\"SPV_KHR_float_controls\"], capabilities = [%d], %d, %d);\n", capability, mode, width);
}

static SpmlCode prelude(const KirTarget *t, Text *out, Error *err)
{
    const uint32_t c = t->caps;
    text_puts(out, "#version 460\n");
    require(out, true, "buffer_reference");
    require(out, true, "shader_explicit_arithmetic_types_int64");
    require(out, c & KCAP_store8, "shader_8bit_storage");
    require(out, c & KCAP_store16, "shader_16bit_storage");
    require(out, c & KCAP_f16, "shader_explicit_arithmetic_types_float16");
    require(out, c & KCAP_f16, "shader_explicit_arithmetic_types_int16");
    require(out, c & KCAP_atomic64, "shader_atomic_int64");
    require(out, c & (KCAP_preserve | KCAP_denorm), "spirv_intrinsics");
    float_control(out, c & KCAP_preserve, 4466, 4461, 32);
    float_control(out, (c & KCAP_preserve) && (c & KCAP_f64), 4466, 4461, 64);
    float_control(out, c & KCAP_denorm, 4464, 4459, 32);
    float_control(out, (c & KCAP_denorm) && (c & KCAP_f64), 4464, 4459, 64);
    text_puts(out, "uint clz64(uint64_t x) { const uint high = uint(x >> 32); return uint(high != 0u ? 31 - findMSB(high) : 63 - findMSB(uint(x))); }\n");
    return out->oom ? error_oom(err) : SPML_OK;
}

const KirEmitter kir_emit_glsl = { "GLSL", ".comp", false, prelude, kernel };
