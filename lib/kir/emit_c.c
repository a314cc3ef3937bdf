/* SPDX-License-Identifier: MIT
 * kir: the C dialect in its scalar form (opcodes are isa/scalar.h, storage types isa/storage.h) and whole scheduled kernels as KAotFn: operands
 * are restrict pointers with run-time strides, shared memory lies in the caller's scratch, private arrays on the stack, the top level runs
 * flattened items lo ≤ item < hi in ascending order. */
#include "kir/emit.h"

#include <inttypes.h>

#define NAMES(X) \
    X(bool) X(i8) X(i16) X(i32) X(i64) X(u8) X(u16) X(u32) X(u64) X(f16) X(bf16) X(f32) X(f64) X(f8e4m3fn) X(f8e4m3fnuz) X(f8e5m2) X(f8e5m2fnuz) X(f8e8m0) \
    X(f4e2m1) X(i4) X(u4) X(i2) X(u2)

static bool is_sub_byte(DType t) { return dtype_info[t].block > 1; }

static void c_constant(Emit *e, DType t, uint64_t bits)
{
    if (t == DT_f32 || t == DT_f64)
        emit_float(e->out, t, bits);
    else if (t == DT_bool)
        text_puts(e->out, bits ? "1" : "0");
    else if (t == DT_i64 && (int64_t)bits > INT32_MIN && (int64_t)bits < INT32_MAX)
        text_printf(e->out, "%" PRId64, (int64_t)bits);
    else
        text_printf(e->out, "(s_%s)0x%" PRIx64 "u", dtype_name(t), bits);
}

/* ── memory ── */

static void element(Emit *e, const KInst *i)
{
    const KMem *m = &e->k->mems[i->id];
    if (emit_is_block(m) && i->field) {
        text_printf(e->out, "s_field_%s(m%u + (", dtype_name(i->type), i->id);
        emit_offset(e, i);
        text_printf(e->out, ") * %u + %u", m->block_bytes, i->aux);
        if (i->field_n > 1)
            text_printf(e->out, ", r%u)", i->args[m->rank]);
        else
            text_puts(e->out, ", 0)");
    } else if (emit_is_block(m)) {
        emit_fail(e, i, "whole blocks");
    } else if (is_sub_byte(m->type) && m->kind != KMEM_PRIVATE) {
        text_printf(e->out, "s_field_%s(m%u, ", dtype_name(m->type), i->id);
        emit_offset(e, i);
        text_puts(e->out, ")");
    } else {
        text_printf(e->out, "m%u[", i->id);
        emit_offset(e, i);
        text_puts(e->out, "]");
    }
}

static void c_put(Emit *e, const KInst *i, const char *value)
{
    const KMem *m = &e->k->mems[i->id];
    if (emit_is_block(m)) {
        emit_fail(e, i, "stores to blocks");
    } else if (is_sub_byte(m->type) && m->kind != KMEM_PRIVATE) {
        text_printf(e->out, "s_put_%s(m%u, ", dtype_name(m->type), i->id);
        emit_offset(e, i);
        text_printf(e->out, ", %s);\n", value);
    } else {
        element(e, i);
        text_printf(e->out, " = %s;\n", value);
    }
}

/* Items run in order here, so the three rules are one: the old value, if wanted, then the new one. */
static void c_scatter(Emit *e, const KInst *i)
{
    const KMem *m = &e->k->mems[i->id];
    const KReg value = i->args[i->n_args - 1];
    const char *t = dtype_name(m->type);
    if (i->n_dst)
        emit_line(e, "s_%s r%u = 0;", t, i->dst[0]);
    emit_begin(e);
    text_puts(e->out, "if (");
    emit_in_range(e, i);
    text_puts(e->out, ") {\n");
    e->depth++;
    emit_begin(e);
    text_printf(e->out, "s_%s *const p = &", t);
    element(e, i);
    text_puts(e->out, ";\n");
    if (i->n_dst)
        emit_line(e, "r%u = *p;", i->dst[0]);
    if (i->fn == K_move)
        emit_line(e, "*p = r%u;", value);
    else
        emit_line(e, "*p = s_%s_%s(*p, r%u);", kop_info[i->fn].name, t, value);
    emit_close(e);
}

static void c_sym(Emit *e, const KInst *i)
{
    const DType t = i->type;
    if (dtype_is_float(t))
        text_printf(e->out, t == DT_f64 ? "s_bitcast_f64_u64(l->sym[%u])" : "s_bitcast_f32_u32((s_u32)l->sym[%u])", i->id);
    else
        text_printf(e->out, "(s_%s)l->sym[%u]", dtype_name(t), i->id);
}

static void c_barrier(Emit *e) { (void)e; }

/* ── the top level: flattened items ── */

static bool is_top(const Emit *e, const KInst *i)
{
    const KBlock *b = e->k->body;
    return b->n && b->inst[b->n - 1] == i;
}

static void open_items(Emit *e, const KInst *i)
{
    emit_line(e, "int64_t from = lo;");
    for (int a = i->n_axes - 1; a >= 0; a--) {
        const KAxis *x = &i->axes[a];
        if (x->bound)
            emit_fail(e, i, "bounds of the top level that depend on its axes");
        if (x->by)
            emit_line(e, "const int64_t n%d = (r%u - r%u + r%u - 1) / r%u;", a, x->hi, x->lo, x->by, x->by);
        else
            emit_line(e, "const int64_t n%d = r%u - r%u;", a, x->hi, x->lo);
        if (a)
            emit_line(e, "int64_t i%d = n%d > 0 ? from %% n%d : 0; from /= n%d > 0 ? n%d : 1;", a, a, a, a, a);
        else
            emit_line(e, "int64_t i%d = from;", a);
    }
    emit_open(e, "for (int64_t item = lo; item < hi; item++) {");
    for (int a = 0; a < i->n_axes; a++) {
        const KAxis *x = &i->axes[a];
        if (x->by)
            emit_line(e, "const int64_t r%u = r%u + i%d * r%u;", x->index, x->lo, a, x->by);
        else
            emit_line(e, "const int64_t r%u = r%u + i%d;", x->index, x->lo, a);
    }
}

static void close_items(Emit *e, const KInst *i)
{
    emit_begin(e);
    for (int a = i->n_axes - 1; a >= 0; a--)
        text_printf(e->out, a ? "if (++i%d == n%d) { i%d = 0; " : "++i%d;", a, a, a);
    for (int a = 1; a < i->n_axes; a++)
        text_puts(e->out, " }");
    text_puts(e->out, "\n");
    emit_close(e);
}

static bool c_loop(Emit *e, const KInst *i, bool open)
{
    if (!is_top(e, i))
        return false;
    if (open)
        open_items(e, i);
    else
        close_items(e, i);
    return true;
}

const EmitDialect emit_dialect_c = {
    .name = "C",
#define X(t) [DT_##t] = "s_" #t,
    .type = { NAMES(X) },
#undef X
    .op = {
        [K_add] = { "$0 + $1", NULL, "$0 + $1" }, [K_sub] = { "$0 - $1", NULL, "$0 - $1" }, [K_mul] = { "$0 * $1", NULL, "$0 * $1" }, [K_div] = { "$0 / $1" },
        [K_neg] = { "-$0" }, [K_and] = { NULL, "$0 & $1", "$0 & $1", "$0 & $1" }, [K_or] = { NULL, "$0 | $1", "$0 | $1", "$0 | $1" },
        [K_xor] = { NULL, "$0 ^ $1", "$0 ^ $1", "$0 ^ $1" }, [K_not] = { NULL, "~$0", "~$0", "!$0" },
        [K_select] = { "$0 ? $1 : $2", "$0 ? $1 : $2", "$0 ? $1 : $2", "$0 ? $1 : $2" },
    },
    .op_else = "s_$O_$F($*)",
    .convert_else = "s_$O_$T_$F($*)",
    .index_type = "int64_t",
    .zero = "0",
    .cast_u64 = { "(s_u64)", "" },
    .table = "static const ",
    .constant = c_constant, .get = element, .put = c_put, .scatter = c_scatter, .sym = c_sym, .loop = c_loop, .barrier = c_barrier,
};

/* ── operands and shared memory ── */

/* −1: only the launch says. A constant may be defined where the array is declared, inside the group. */
static int64_t shared_extent(const KirKernel *k, const KMem *m, unsigned d)
{
    uint64_t bits;
    if (m->const_dims && m->const_dims[d] >= 0)
        return m->const_dims[d];
    return m->dims && emit_const_value(k, k->body, m->dims[d], &bits) ? (int64_t)bits : -1;
}

/* Bytes of a shared array where its dimensions are constants, else −1. */
static int64_t shared_bytes(const KirKernel *k, const KMem *m)
{
    int64_t n = dtype_info[m->type].bytes;
    for (unsigned d = 0; d < m->rank; d++) {
        const int64_t extent = shared_extent(k, m, d);
        if (extent < 0 || extent > 1 << 24 || n > (int64_t)1 << 32)
            return -1;
        n *= extent;
    }
    return (n + 63) & ~(int64_t)63;
}

/* `at` walks through the scratch: the arrays, or (pointers false) only their sizes. */
static void shared_arrays(Emit *e, bool pointers)
{
    for (size_t m = e->k->n_operands; m < e->k->n_mems; m++) {
        const KMem *s = &e->k->mems[m];
        if (!emit_is_shared(s))
            continue;
        if (pointers)
            emit_line(e, "s_%s *restrict const m%zu = (void *)((char *)scratch + at);", dtype_name(s->type), m);
        emit_begin(e);
        text_printf(e->out, "at += ((size_t)%u", dtype_info[s->type].bytes);
        for (unsigned d = 0; d < s->rank; d++) {
            text_puts(e->out, " * (size_t)");
            const int64_t extent = shared_extent(e->k, s, d);
            if (extent >= 0)
                text_printf(e->out, "%lld", (long long)extent);
            else
                emit_extent_of(e, (uint32_t)m, d);
        }
        text_puts(e->out, " + 63) & ~(size_t)63;\n");
    }
}

/* the same lets again, for the size alone */
static void size_function(Emit *e, const char *name)
{
    emit_open(e, "static size_t %s_size(const KirLaunch *l)", name);
    e->depth--;
    emit_open(e, "{");
    emit_line(e, "size_t at = 0;");
    emit_vars(e, e->k->body);
    emit_range(e, e->k->body, 0, e->k->body->n - 1);
    shared_arrays(e, false);
    emit_line(e, "return at;");
    emit_close(e);
}

static void operands(Emit *e)
{
    for (size_t m = 0; m < e->k->n_operands; m++) {
        const KMem *o = &e->k->mems[m];
        const char *c = o->kind == KMEM_IN ? "const " : "";
        if (emit_is_block(o) || is_sub_byte(o->type))
            emit_line(e, "%suint8_t *restrict const m%zu = l->view[%zu].p; /* %s */", c, m, m, o->name);
        else
            emit_line(e, "%ss_%s *restrict const m%zu = l->view[%zu].p; /* %s */", c, dtype_name(o->type), m, m, o->name);
        for (unsigned d = 0; d < o->rank; d++)
            emit_line(e, "const int64_t m%zu_s%u = l->view[%zu].stride[%u], m%zu_d%u = l->view[%zu].dim[%u];", m, d, m, d, m, d, m, d);
    }
}

static void find_shared(const KirKernel *k, EmitKernelInfo *info, bool *any)
{
    for (size_t m = k->n_operands; m < k->n_mems; m++) {
        if (!emit_is_shared(&k->mems[m]))
            continue;
        const int64_t n = shared_bytes(k, &k->mems[m]);
        *any = true;
        info->live |= n < 0;
        info->scratch += n < 0 ? 0 : (size_t)n;
    }
}

/* Does an operand take stores of different items in order? */
static bool is_serial(const KirKernel *k, const KBlock *b, int nest)
{
    for (size_t n = 0; b && nest < EMIT_MAX_NEST && n < b->n; n++) {
        const KInst *i = b->inst[n];
        if (i->op == K_scatter && i->rule != KSCATTER_UNIQUE && emit_is_operand(&k->mems[i->id]))
            return true;
        for (unsigned s = 0; s < i->n_blocks; s++)
            if (is_serial(k, i->blocks[s], nest + 1))
                return true;
    }
    return false;
}

SpmlCode emit_c_kernel(const KirKernel *k, const char *name, Text *out, EmitKernelInfo *info, Error *err)
{
    Emit e = { .k = k, .d = &emit_dialect_c, .out = out, .err = err, .table_prefix = "m" };
    bool shared = false;
    *info = (EmitKernelInfo){ 0 };
    if (!k->scheduled || !k->body->n)
        return emit_fail(&e, NULL, "only scheduled kernels are emitted");
    info->group = k->body->inst[k->body->n - 1]->op == K_group;
    info->serial = is_serial(k, k->body, 0);
    find_shared(k, info, &shared);
    text_printf(out, "/* %s:%u: %s */\n", k->file ? k->file : "?", k->line, k->name);
    if (info->live)
        size_function(&e, name);
    emit_open(&e, "AOT %s(const KirLaunch *l, int64_t lo, int64_t hi, void *scratch)", name);
    e.depth--;
    emit_open(&e, "{");
    operands(&e);
    emit_locals(&e);
    emit_tables(&e);
    emit_vars(&e, k->body);
    emit_range(&e, k->body, 0, k->body->n - 1);
    if (shared)
        emit_line(&e, "size_t at = 0;");
    shared_arrays(&e, true);
    emit_range(&e, k->body, k->body->n - 1, k->body->n);
    emit_close(&e);
    text_puts(out, "\n");
    return e.code == SPML_OK && out->oom ? error_oom(err) : e.code;
}
