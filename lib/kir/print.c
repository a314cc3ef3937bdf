/* SPDX-License-Identifier: MIT
 * kir: readable, stable text of a kernel in either form, and the texts of dimensions and index expressions that messages
 * use. A register prints as %number.name; a constant as its value and, for floats, its bit pattern. Changes nothing. */
#include "kir/core.h"

#include <inttypes.h>
#include <string.h>

static void indent(Text *out, int depth)
{
    text_printf(out, "%*s", 4 * depth, "");
}

static void reg(const KirKernel *k, KReg r, Text *out)
{
    const char *name = r < k->n_regs ? k->regs[r].name : NULL;
    text_printf(out, name ? "%%%u.%s" : "%%%u", r, name);
}

static void reg_list(const KirKernel *k, const KReg *r, size_t n, Text *out)
{
    for (size_t i = 0; i < n; i++) {
        text_puts(out, i ? ", " : "");
        reg(k, r[i], out);
    }
}

static void constant(DType t, uint64_t bits, Text *out)
{
    char buf[40];
    float f;
    double d;
    uint32_t low = (uint32_t)bits;
    memcpy(&f, &low, sizeof f);
    memcpy(&d, &bits, sizeof d);
    if (t == DT_f32)
        text_printf(out, "%s [0x%08" PRIx32 "]", format_f32(buf, f), low);
    else if (t == DT_f64)
        text_printf(out, "%s [0x%016" PRIx64 "]", format_f64(buf, d), bits);
    else if (dtype_info[t].cls == DCLASS_INT && t == DT_i64)
        text_printf(out, "%" PRId64, (int64_t)bits);
    else if (dtype_info[t].cls == DCLASS_INT && t == DT_i32)
        text_printf(out, "%" PRId32, (int32_t)low);
    else if (dtype_info[t].cls == DCLASS_FLOAT)
        text_printf(out, "[0x%" PRIx64 "]", bits);
    else
        text_printf(out, "%" PRIu64, bits);
}

static const char dim_op[] = {[KDIM_ADD] = '+', [KDIM_SUB] = '-', [KDIM_MUL] = '*', [KDIM_DIV] = '/'};

static void dim_print(const KirKernel *k, const KDim *d, int outer, bool right, Text *out)
{
    if (!d || d->kind == KDIM_CONST) {
        text_printf(out, "%" PRId64, d ? d->value : 0);
        return;
    }
    if (d->kind == KDIM_SYM) {
        text_puts(out, d->sym < k->n_syms ? k->syms[d->sym].name : "?");
        return;
    }
    int level = d->kind == KDIM_ADD || d->kind == KDIM_SUB ? 1 : 2;
    bool paren = level < outer || (right && level == outer);
    text_puts(out, paren ? "(" : "");
    dim_print(k, d->a, level, false, out);
    text_printf(out, " %c ", dim_op[d->kind]);
    dim_print(k, d->b, level, true, out);
    text_puts(out, paren ? ")" : "");
}

void kir_dim_print(const KirKernel *k, const KDim *d, Text *out)
{
    dim_print(k, d, 0, false, out);
}

void kir_where(const KirKernel *k, const KInst *i, Text *out)
{
    const char *file = i && i->file ? i->file : k->file;
    if (file)
        text_printf(out, "%s:%u: ", file, i && i->line ? i->line : k->line);
}

SpmlCode kir_error(Error *err, SpmlCode code, const char *key, const KirKernel *k, const KInst *i, const char *kind, const char *fmt, va_list ap)
{
    char text[1024];
    Text where = {0};
    vsnprintf(text, sizeof text, fmt, ap);
    kir_where(k, i, &where);
    error_set(err, code, key, "%s%s%s", where.p ? where.p : "", kind, text);
    text_free(&where);
    return code;
}

/* ── index expressions for messages ── */

typedef struct BinaryText { const char *text; int level; } BinaryText;
static const BinaryText binary_text[K_COUNT] = {
    [K_add] = {" + ", 1}, [K_sub] = {" - ", 1}, [K_mul] = {" * ", 2}, [K_div] = {" / ", 2}, [K_rem] = {" % ", 2},
};

static void expr_print(const KirKernel *k, KInst *const *defs, KReg r, int outer, bool right, int depth, Text *out);

static void expr_call(const KirKernel *k, KInst *const *defs, const KInst *i, int depth, Text *out)
{
    bool load = i->op == K_load;
    size_t n = i->n_args - (load && i->guard == KGUARD_ELSE);
    text_puts(out, load ? k->mems[i->id].name : i->op == K_cast ? dtype_name(i->type) : kop_info[i->op].name);
    text_puts(out, load ? "[" : "(");
    for (size_t a = 0; a < n; a++) {
        text_puts(out, a ? ", " : "");
        expr_print(k, defs, i->args[a], 0, false, depth + 1, out);
    }
    text_puts(out, load ? "]" : ")");
}

static void expr_print(const KirKernel *k, KInst *const *defs, KReg r, int outer, bool right, int depth, Text *out)
{
    const KInst *i = r < k->n_regs ? defs[r] : NULL;
    if (k->regs[r].name) {
        text_puts(out, k->regs[r].name);
    } else if (!i || depth > 16) {
        text_puts(out, "…");
    } else if (i->op == K_const) {
        text_printf(out, "%" PRId64, (int64_t)i->bits);
    } else if (i->op == K_sym) {
        text_puts(out, k->syms[i->id].name);
    } else if (i->op == K_move || (i->op == K_cast && i->type == DT_i64)) {
        expr_print(k, defs, i->args[0], outer, right, depth + 1, out);
    } else if (binary_text[i->op].text) {
        int level = binary_text[i->op].level;
        bool paren = level < outer || (right && level == outer);
        text_puts(out, paren ? "(" : "");
        expr_print(k, defs, i->args[0], level, false, depth + 1, out);
        text_puts(out, binary_text[i->op].text);
        expr_print(k, defs, i->args[1], level, true, depth + 1, out);
        text_puts(out, paren ? ")" : "");
    } else if (kop_info[i->op].cls == KCLASS_P || i->op == K_load) {
        expr_call(k, defs, i, depth, out);
    } else {
        text_puts(out, "…");
    }
}

void kir_expr_print(const KirKernel *k, KInst *const *defs, KReg r, Text *out)
{
    expr_print(k, defs, r, 0, false, 0, out);
}

KBlock *kir_sub_block(const KInst *i, size_t n)
{
    if (n < i->n_blocks)
        return i->blocks[n];
    size_t left = n - i->n_blocks;
    for (size_t a = 0; a < i->n_axes; a++)
        if (i->axes[a].bound && left-- == 0)
            return i->axes[a].bound;
    return NULL;
}

static void find_defs(KInst **defs, const KirKernel *k, const KBlock *b, int depth)
{
    for (size_t n = 0; b && depth < KIR_MAX_DEPTH && n < b->n; n++) {
        KInst *i = b->inst[n];
        for (size_t d = 0; d < i->n_dst; d++)
            if (i->dst[d] < k->n_regs && !k->regs[i->dst[d]].var)
                defs[i->dst[d]] = i;
        for (size_t s = 0; kir_sub_block(i, s); s++)
            find_defs(defs, k, kir_sub_block(i, s), depth + 1);
    }
}

void kir_defs_into(const KirKernel *k, KInst **defs)
{
    memset(defs, 0, k->n_regs * sizeof(KInst *));
    find_defs(defs, k, k->body, 0);
    for (size_t f = 0; f < k->n_fns; f++)
        find_defs(defs, k, k->fns[f].body, 0);
    for (size_t r = 0; r < k->n_reds; r++) {
        find_defs(defs, k, k->reds[r].step.body, 0);
        find_defs(defs, k, k->reds[r].merge.body, 0);
    }
}

KInst **kir_defs(const KirKernel *k, Arena *scratch)
{
    KInst **defs = arena_array(scratch, KInst *, k->n_regs);
    if (defs)
        kir_defs_into(k, defs);
    return defs;
}

/* ── the kernel ── */

static const char *const mem_kind[] = {"in", "out", "inout", "private", "shared", "tile", "table"};
static const char *const scatter_rule[] = {"unique", "last", "ordered"};
static const char *const guard_name[] = {"", " else", " guarded"};

static void block(const KirKernel *k, const KBlock *b, int depth, Text *out);

static void axes(const KirKernel *k, const KInst *i, int depth, Text *out)
{
    for (size_t a = 0; a < i->n_axes; a++) {
        const KAxis *x = &i->axes[a];
        text_puts(out, a ? ", " : " ");
        reg(k, x->index, out);
        text_puts(out, " in ");
        if (x->bound) {
            block(k, x->bound, depth + 1, out);
        } else {
            reg(k, x->lo, out);
            text_puts(out, "..");
            reg(k, x->hi, out);
        }
        if (x->by) {
            text_puts(out, " by ");
            reg(k, x->by, out);
        }
    }
}

static void memory(const KirKernel *k, const KInst *i, Text *out)
{
    const char *name = i->id < k->n_mems ? k->mems[i->id].name : "?";
    if (i->op == K_scatter)
        text_printf(out, " %s %s", scatter_rule[i->rule], kop_info[i->fn].name);
    text_printf(out, " %s[", name);
    size_t values = i->op == K_load ? i->guard == KGUARD_ELSE : 1;
    size_t n = i->n_args < values ? 0 : i->n_args - values;
    reg_list(k, i->args, n, out);
    text_puts(out, "]");
    if (i->field)
        text_printf(out, " field +%u x%u", i->aux, i->field_n);
    if (i->op != K_load)
        text_puts(out, " =");
    text_puts(out, guard_name[i->guard]);
    text_puts(out, values ? " " : "");
    reg_list(k, i->args + n, i->n_args - n, out);
}

static void operands(const KirKernel *k, const KInst *i, Text *out)
{
    switch (i->op) {
    case K_const: text_puts(out, " "), constant(i->type, i->bits, out); return;
    case K_sym: text_printf(out, " %s", i->id < k->n_syms ? k->syms[i->id].name : "?"); return;
    case K_extent: text_printf(out, " %s %u", i->id < k->n_mems ? k->mems[i->id].name : "?", i->aux); return;
    case K_load: case K_store: case K_scatter: memory(k, i, out); return;
    case K_call: text_printf(out, " %s(", i->id < k->n_fns ? k->fns[i->id].name : "?"); break;
    case K_reduce: case K_scan: text_printf(out, " %s", i->id < k->n_reds ? k->reds[i->id].name : "?"); break;
    default: break;
    }
    text_puts(out, i->n_args && i->op != K_call ? " " : "");
    reg_list(k, i->args, i->n_args, out);
    text_puts(out, i->op == K_call ? ")" : "");
}

static void inst(const KirKernel *k, const KInst *i, int depth, Text *out)
{
    indent(out, depth);
    for (size_t d = 0; d < i->n_dst; d++) {
        text_puts(out, d ? ", " : "");
        reg(k, i->dst[d], out);
        if (i->dst[d] < k->n_regs)
            text_printf(out, ": %s", dtype_name(kir_type(k, i->dst[d])));
    }
    text_puts(out, i->n_dst ? " = " : "");
    text_puts(out, kop_info[i->op].name);
    operands(k, i, out);
    axes(k, i, depth, out);
    for (size_t b = 0; b < i->n_blocks; b++) {
        text_puts(out, b ? "," : "");
        text_puts(out, " ");
        block(k, i->blocks[b], depth + 1, out);
    }
    text_puts(out, "\n");
}

static void block(const KirKernel *k, const KBlock *b, int depth, Text *out)
{
    if (!b || depth > KIR_MAX_DEPTH) {
        text_puts(out, "{…}");
        return;
    }
    text_puts(out, "{\n");
    for (size_t n = 0; n < b->n; n++)
        inst(k, b->inst[n], depth, out);
    if (b->n_yield) {
        indent(out, depth);
        text_puts(out, "yield ");
        reg_list(k, b->yield, b->n_yield, out);
        text_puts(out, "\n");
    }
    indent(out, depth - 1);
    text_puts(out, "}");
}

static void function(const KirKernel *k, const char *what, const KFn *f, Text *out)
{
    text_printf(out, "  %s %s(", what, f->name ? f->name : "");
    for (size_t p = 0; p < f->n_params; p++) {
        text_puts(out, p ? ", " : "");
        reg(k, f->params[p], out);
        text_printf(out, ": %s", dtype_name(kir_type(k, f->params[p])));
    }
    text_puts(out, ") ");
    block(k, f->body, 2, out);
    text_puts(out, "\n");
}

static void mem_print(const KirKernel *k, size_t m, Text *out)
{
    const KMem *mem = &k->mems[m];
    text_printf(out, "  %s %s: %s[", mem_kind[mem->kind], mem->name, mem->block_bytes ? mem->block_name : dtype_name(mem->type));
    for (int d = 0; d < mem->rank; d++) {
        text_puts(out, d ? ", " : "");
        if (m < k->n_operands)
            kir_dim_print(k, &k->dims[m][d], out);
        else if (mem->const_dims && mem->const_dims[d] >= 0)
            text_printf(out, "%" PRId64, mem->const_dims[d]);
        else if (mem->dims)
            reg(k, mem->dims[d], out);
    }
    text_puts(out, "]");
    if (mem->block_bytes)
        text_printf(out, " block %u in %u bytes align %u", mem->block_n, mem->block_bytes, mem->block_align);
    text_puts(out, "\n");
}

static const char *const sym_kind[] = {"dim", "const", "scalar"};

void kir_print(const KirKernel *k, Text *out)
{
    text_printf(out, "kernel %s", k->name);
    if (k->file)
        text_printf(out, " // %s:%u", k->file, k->line);
    if (k->scheduled)
        text_printf(out, " scheduled %u", k->group_size);
    text_puts(out, "\n");
    for (size_t s = 0; s < k->n_syms; s++)
        text_printf(out, "  %s %s: %s\n", sym_kind[k->syms[s].kind], k->syms[s].name, dtype_name(k->syms[s].type));
    for (size_t m = 0; m < k->n_mems; m++)
        mem_print(k, m, out);
    for (size_t f = 0; f < k->n_fns; f++)
        function(k, "fn", &k->fns[f], out);
    for (size_t r = 0; r < k->n_reds; r++) {
        text_printf(out, "  %sreducer %s\n", k->reds[r].ordered ? "ordered " : "", k->reds[r].name);
        function(k, "step", &k->reds[r].step, out);
        function(k, "merge", &k->reds[r].merge, out);
    }
    text_puts(out, "  ");
    block(k, k->body, 2, out);
    text_puts(out, "\n");
}
