/* SPDX-License-Identifier: MIT
 * kir: PTX text of whole kernels. Takes prepared KIR (scheduled, legalised), writes one .entry per kernel: structured control becomes labels and predicated
 * branches, the top level becomes one thread per item or one block per group, lane loops step by the size of the block, barriers are bar.sync.
 * Preserves order and meaning of instructions. Text depends on ranks, types and facts only. */
#include "kir/core.h"
#include "kir/emit.h"
#include "kir/emit_ptx.h"

#include <inttypes.h>
#include <string.h>

SpmlCode ptx_fail(Ptx *p, const KInst *i, const char *what)
{
    if (p->code == SPML_OK)
        p->code = error_set(p->err, SPML_UNSUPPORTED, "emit", "%s:%u: kernel %s: PTX: %s", i && i->file ? i->file : p->k->file ? p->k->file : "?",
                            i ? i->line : p->k->line, p->k->name, what);
    return p->code;
}

void ptx_line(Ptx *p, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    text_puts(&p->body, "    ");
    text_vprintf(&p->body, fmt, ap);
    text_puts(&p->body, "\n");
    va_end(ap);
}

/* ── registers and immediates ── */

static const struct { const char *prefix, *type; } files[PTX_FILE_COUNT] = {
#define X(name, type) { "%" #name, #type },
    PTX_FILES(X)
#undef X
};

PtxFile ptx_file(DType t)
{
    static const PtxFile wide[] = { [1] = PTX_rs, [2] = PTX_rs, [4] = PTX_r, [8] = PTX_rd };
    if (t == DT_bool)
        return PTX_p;
    if (t == DT_f32 || t == DT_f64)
        return t == DT_f32 ? PTX_f : PTX_fd;
    return wide[dtype_info[t].bytes <= 8 ? dtype_info[t].bytes : 8];
}

static char *spelling(Ptx *p) { return p->spelling[p->n_spelled++ % PTX_SPELLINGS]; }

const char *ptx_reg(Ptx *p, PtxFile f, uint32_t n)
{
    char *s = spelling(p);
    snprintf(s, sizeof p->spelling[0], "%s%u", files[f].prefix, n);
    return s;
}

const char *ptx_temp(Ptx *p, PtxFile f) { return ptx_reg(p, f, ptx_new(p, f)); }

const char *ptx_imm(Ptx *p, DType t, uint64_t bits)
{
    char *s = spelling(p);
    const size_t n = sizeof p->spelling[0];
    if (t == DT_f32)
        snprintf(s, n, "0f%08" PRIX32, (uint32_t)bits);
    else if (t == DT_f64)
        snprintf(s, n, "0d%016" PRIX64, bits);
    else if (dtype_info[t].cls == DCLASS_INT && dtype_bits(t) < 64)
        snprintf(s, n, "%" PRId64, (int64_t)(bits << (64 - dtype_bits(t))) >> (64 - dtype_bits(t)));
    else if (t == DT_i64 && bits != (uint64_t)1 << 63)
        snprintf(s, n, "%" PRId64, (int64_t)bits);
    else
        snprintf(s, n, bits > INT64_MAX ? "0x%" PRIX64 : "%" PRIu64, bits);
    return s;
}

bool ptx_known(const Ptx *p, KReg r, uint64_t *bits)
{
    *bits = p->vals[r].bits;
    return p->vals[r].known;
}

void ptx_know(Ptx *p, KReg r, uint64_t bits)
{
    if (p->k->regs[r].var) { /* a var has a register of its own */
        const DType t = kir_type(p->k, r);
        ptx_line(p, "mov.%s %s, %s;", files[ptx_file(t)].type, ptx_def(p, r), ptx_imm(p, t, bits));
        return;
    }
    p->vals[r] = (PtxVal){ .bits = bits, .known = true };
}

const char *ptx_def(Ptx *p, KReg r)
{
    const PtxFile f = ptx_file(kir_type(p->k, r));
    PtxVal *v = &p->vals[r];
    if (!p->k->regs[r].var || !v->n)
        *v = (PtxVal){ .n = ptx_new(p, f) };
    return ptx_reg(p, f, v->n);
}

const char *ptx_arg(Ptx *p, KReg r)
{
    const PtxVal *v = &p->vals[r];
    const DType t = kir_type(p->k, r);
    if (v->known)
        return ptx_imm(p, t, v->bits);
    if (!v->n)
        ptx_fail(p, NULL, "a register that has no value");
    return ptx_reg(p, ptx_file(t), v->n);
}

const char *ptx_pred(Ptx *p, KReg r)
{
    if (!p->vals[r].known)
        return ptx_arg(p, r);
    const char *d = ptx_temp(p, PTX_p);
    ptx_line(p, "setp.ne.u32 %s, %u, 0;", d, p->vals[r].bits & 1 ? 1u : 0u);
    return d;
}

const char *ptx_low(Ptx *p, KReg r)
{
    if (p->vals[r].known)
        return ptx_imm(p, DT_i32, p->vals[r].bits);
    if (p->vals[r].low)
        return ptx_reg(p, PTX_r, p->vals[r].low);
    const char *x = ptx_arg(p, r), *d = ptx_temp(p, PTX_r);
    ptx_line(p, "cvt.u32.u64 %s, %s;", d, x);
    return d;
}

void ptx_copy(Ptx *p, const char *to, KReg from)
{
    const DType t = kir_type(p->k, from);
    const char *x = t == DT_bool ? ptx_pred(p, from) : ptx_arg(p, from);
    if (strcmp(to, x))
        ptx_line(p, "mov.%s %s, %s;", files[ptx_file(t)].type, to, x);
}

const char *ptx_word(Ptx *p, uint32_t word, bool low)
{
    uint32_t *n = low ? &p->words[word].low : &p->words[word].wide;
    const PtxFile f = low ? PTX_r : PTX_rd;
    if (!*n) {
        *n = ptx_new(p, f);
        text_printf(&p->head, p->by_value ? "    ld.param.u%u %s, [p+%u];\n" : "    ld.global.u%u %s, [%%rd1+%u];\n", low ? 32 : 64, ptx_reg(p, f, *n), 8 * word);
    }
    return ptx_reg(p, f, *n);
}

/* ── control ── */

static void put_blk(Ptx *p, const KBlock *b);
static uint32_t label(Ptx *p) { return ++p->n_labels; }
static void put_label(Ptx *p, uint32_t l) { text_printf(&p->body, "$L%u:\n", l); }

static void put_cond(Ptx *p, const KInst *i)
{
    uint64_t bits;
    if (ptx_known(p, i->args[0], &bits)) {
        const KBlock *b = i->blocks[!(bits & 1)];
        put_blk(p, b);
        for (unsigned d = 0; d < i->n_dst; d++)
            ptx_copy(p, ptx_def(p, i->dst[d]), b->yield[d]);
        return;
    }
    const uint32_t other = label(p), end = label(p);
    ptx_line(p, "@!%s bra $L%u;", ptx_pred(p, i->args[0]), other);
    put_blk(p, i->blocks[0]);
    for (unsigned d = 0; d < i->n_dst; d++)
        ptx_copy(p, ptx_def(p, i->dst[d]), i->blocks[0]->yield[d]);
    ptx_line(p, "bra $L%u;", end);
    put_label(p, other);
    put_blk(p, i->blocks[1]);
    for (unsigned d = 0; d < i->n_dst; d++)
        ptx_copy(p, ptx_reg(p, ptx_file(kir_type(p->k, i->dst[d])), p->vals[i->dst[d]].n), i->blocks[1]->yield[d]);
    put_label(p, end);
}

static void put_if(Ptx *p, const KInst *i)
{
    const KBlock *other = i->n_blocks > 1 && i->blocks[1] && i->blocks[1]->n ? i->blocks[1] : NULL;
    uint64_t bits;
    if (ptx_known(p, i->args[0], &bits)) {
        put_blk(p, bits & 1 ? i->blocks[0] : other);
        return;
    }
    const uint32_t skip = label(p), end = other ? label(p) : skip;
    ptx_line(p, "@!%s bra $L%u;", ptx_pred(p, i->args[0]), skip);
    put_blk(p, i->blocks[0]);
    if (other) {
        ptx_line(p, "bra $L%u;", end);
        put_label(p, skip);
        put_blk(p, other);
    }
    put_label(p, end);
}

static void put_while(Ptx *p, const KInst *i)
{
    const uint32_t again = label(p), end = label(p);
    put_label(p, again);
    put_blk(p, i->blocks[0]);
    ptx_line(p, "@!%s bra $L%u;", ptx_pred(p, i->blocks[0]->yield[0]), end);
    put_blk(p, i->blocks[1]);
    ptx_line(p, "bra $L%u;", again);
    put_label(p, end);
}

static void bounds_of(Ptx *p, const KAxis *x, KReg *lo, KReg *hi)
{
    *lo = x->lo;
    *hi = x->hi;
    if (!x->bound)
        return;
    put_blk(p, x->bound);
    *lo = x->bound->yield[0];
    *hi = x->bound->yield[1];
}

/* Axes from a on, the body inside. Tested at the bottom; at the top too unless it surely runs once. */
static void put_axes(Ptx *p, const KInst *i, unsigned a)
{
    if (a == i->n_axes) {
        put_blk(p, i->blocks[0]);
        return;
    }
    KReg lo, hi;
    uint64_t from, to;
    const KAxis *x = &i->axes[a];
    bounds_of(p, x, &lo, &hi);
    const bool sure = ptx_known(p, lo, &from) && ptx_known(p, hi, &to) && (int64_t)from < (int64_t)to;
    const uint32_t again = label(p), end = label(p);
    if (!sure) {
        const char *none = ptx_temp(p, PTX_p);
        ptx_line(p, "setp.ge.s64 %s, %s, %s;", none, ptx_arg(p, lo), ptx_arg(p, hi));
        ptx_line(p, "@%s bra $L%u;", none, end);
    }
    const char *start = ptx_arg(p, lo);
    ptx_line(p, "mov.b64 %s, %s;", ptx_def(p, x->index), start);
    put_label(p, again);
    put_axes(p, i, a + 1);
    const char *more = ptx_temp(p, PTX_p), *index = ptx_arg(p, x->index);
    ptx_line(p, "add.s64 %s, %s, %s;", index, index, x->by ? ptx_arg(p, x->by) : "1");
    ptx_line(p, "setp.lt.s64 %s, %s, %s;", more, index, ptx_arg(p, hi));
    ptx_line(p, "@%s bra $L%u;", more, again);
    if (!sure)
        put_label(p, end);
}

static void unroll_axes(Ptx *p, const KInst *i, unsigned a)
{
    if (a == i->n_axes) {
        put_blk(p, i->blocks[0]);
        return;
    }
    const KAxis *x = &i->axes[a];
    const int64_t by = x->by ? (int64_t)p->vals[x->by].bits : 1, lo = (int64_t)p->vals[x->lo].bits, hi = (int64_t)p->vals[x->hi].bits;
    for (int64_t at = lo; !ptx_failed(p) && at < hi; at += by) {
        ptx_know(p, x->index, (uint64_t)at);
        unroll_axes(p, i, a + 1);
    }
}

/* ── items ── */

/* Iterations of axis a as a 64-bit operand (or known). */
static const char *count_of(Ptx *p, const KAxis *x, bool *known, uint64_t *n)
{
    uint64_t lo, hi, by = 1;
    const bool lo_known = ptx_known(p, x->lo, &lo);
    *known = lo_known && ptx_known(p, x->hi, &hi) && (!x->by || ptx_known(p, x->by, &by)) && (int64_t)by > 0;
    if (*known) {
        *n = (int64_t)hi > (int64_t)lo ? (hi - lo + by - 1) / by : 0;
        return ptx_imm(p, DT_i64, *n);
    }
    const char *d = ptx_arg(p, x->hi);
    if (!lo_known || lo) {
        const char *span = ptx_temp(p, PTX_rd);
        ptx_line(p, "sub.s64 %s, %s, %s;", span, d, ptx_arg(p, x->lo));
        d = span;
    }
    if (x->by) {
        const char *q = ptx_temp(p, PTX_rd), *step = ptx_arg(p, x->by);
        ptx_line(p, "add.s64 %s, %s, %s;", q, d, step);
        ptx_line(p, "sub.s64 %s, %s, 1;", q, q);
        ptx_line(p, "div.s64 %s, %s, %s;", q, q, step);
        d = q;
    }
    return d;
}

/* index = lo + number · by; number: a 64-bit register, low: the same in 32 bits or 0. */
static void set_index(Ptx *p, const KAxis *x, uint32_t number, uint32_t low)
{
    uint64_t lo;
    const bool from_zero = ptx_known(p, x->lo, &lo) && !lo;
    if (!x->by && from_zero) {
        p->vals[x->index] = (PtxVal){ .n = number, .low = low };
        return;
    }
    const char *step = x->by ? ptx_arg(p, x->by) : NULL, *from = from_zero ? "0" : ptx_arg(p, x->lo), *d = ptx_def(p, x->index);
    if (step)
        ptx_line(p, "mad.lo.s64 %s, %s, %s, %s;", d, ptx_reg(p, PTX_rd, number), step, from);
    else
        ptx_line(p, "add.s64 %s, %s, %s;", d, ptx_reg(p, PTX_rd, number), from);
}

/* Splits the item number over axes 0 … n−1, the last varying fastest. narrow: the number fits 31 bits and so do all counts. */
static void split_number(Ptx *p, const KInst *i, unsigned n, uint32_t number, bool narrow)
{
    const PtxFile f = narrow ? PTX_r : PTX_rd;
    const char *type = narrow ? "u32" : "u64";
    uint32_t rest = number;
    if (narrow) {
        rest = ptx_new(p, f);
        ptx_line(p, "cvt.u32.u64 %s, %s;", ptx_reg(p, f, rest), ptx_reg(p, PTX_rd, number));
    }
    for (unsigned a = n; a-- > 0;) {
        bool known;
        uint64_t count_bits = 0;
        uint32_t part = rest, wide;
        const char *count = a ? count_of(p, &i->axes[a], &known, &count_bits) : "";
        if (a) {
            if (narrow && known)
                count = ptx_imm(p, DT_u32, count_bits);
            else if (narrow) {
                const char *low = ptx_temp(p, PTX_r);
                ptx_line(p, "cvt.u32.u64 %s, %s;", low, count);
                count = low;
            }
            const uint32_t q = ptx_new(p, f);
            const char *back = ptx_temp(p, f);
            part = ptx_new(p, f);
            ptx_line(p, "div.%s %s, %s, %s;", type, ptx_reg(p, f, q), ptx_reg(p, f, rest), count);
            ptx_line(p, "mul.lo.%s %s, %s, %s;", type, back, ptx_reg(p, f, q), count);
            ptx_line(p, "sub.%s %s, %s, %s;", type, ptx_reg(p, f, part), ptx_reg(p, f, rest), back);
            rest = q;
        }
        wide = part;
        if (narrow) {
            wide = ptx_new(p, PTX_rd);
            ptx_line(p, "cvt.u64.u32 %s, %s;", ptx_reg(p, PTX_rd, wide), ptx_reg(p, PTX_r, part));
        }
        set_index(p, &i->axes[a], wide, narrow ? part : 0);
    }
}

static bool is_small(const Ptx *p) { return p->facts && p->facts->small; }

/* The top level: one block a group, or one thread an item; threads beyond the last item are done. Their number is never 0 in a group, so that
 * barriers are met by all. */
static void put_top(Ptx *p, const KInst *i)
{
    for (unsigned a = 0; a < i->n_axes; a++)
        if (i->axes[a].bound)
            ptx_fail(p, i, "bounds of the top level that depend on its axes");
    const uint32_t item = ptx_new(p, PTX_rd);
    const char *number = ptx_reg(p, PTX_rd, item), *block = ptx_temp(p, PTX_r);
    ptx_line(p, "mov.u32 %s, %%ctaid.x;", block);
    if (p->lanes) {
        ptx_line(p, "cvt.u64.u32 %s, %s;", number, block);
    } else {
        const char *size = ptx_temp(p, PTX_r), *thread = ptx_temp(p, PTX_r), *beyond = ptx_temp(p, PTX_p), *wide = ptx_temp(p, PTX_rd);
        ptx_line(p, "mov.u32 %s, %%ntid.x;", size);
        ptx_line(p, "mov.u32 %s, %%tid.x;", thread);
        ptx_line(p, "cvt.u64.u32 %s, %s;", wide, thread);
        ptx_line(p, "mad.wide.u32 %s, %s, %s, %s;", number, block, size, wide);
        ptx_line(p, "setp.ge.u64 %s, %s, %s;", beyond, number, ptx_word(p, 0, false));
        ptx_line(p, "@%s bra $done;", beyond);
    }
    if (i->n_axes)
        split_number(p, i, i->n_axes, item, is_small(p));
    put_blk(p, i->blocks[0]);
}

/* Product of the iterations of the leading n axes. */
static const char *product(Ptx *p, const KInst *i, unsigned n, bool *known, uint64_t *bits)
{
    const char *all = NULL;
    *known = true;
    *bits = 1;
    for (unsigned a = 0; a < n; a++) {
        bool one;
        uint64_t count = 0;
        const char *x = count_of(p, &i->axes[a], &one, &count);
        if (one && *known) {
            *bits *= count;
            all = ptx_imm(p, DT_i64, *bits);
        } else {
            const char *d = ptx_temp(p, PTX_rd);
            if (all)
                ptx_line(p, "mul.lo.s64 %s, %s, %s;", d, all, x);
            else
                ptx_line(p, "mov.b64 %s, %s;", d, x);
            all = d;
            *known = false;
        }
    }
    return all ? all : "1";
}

/* A lane loop: items dealt to the threads of the block; axes whose bounds depend on others run inside. */
static void put_lanes(Ptx *p, const KInst *i)
{
    unsigned n = 0;
    while (n < i->n_axes && !i->axes[n].bound)
        n++;
    bool known;
    uint64_t items;
    const uint32_t again = label(p), end = label(p);
    char all[40];
    snprintf(all, sizeof all, "%s", product(p, i, n, &known, &items));
    const char *thread = ptx_temp(p, PTX_r), *none = ptx_temp(p, PTX_p);
    const uint32_t at = ptx_new(p, PTX_rd);
    ptx_line(p, "mov.u32 %s, %%tid.x;", thread);
    ptx_line(p, "cvt.u64.u32 %s, %s;", ptx_reg(p, PTX_rd, at), thread);
    if (!known || items < p->t->lanes) {
        ptx_line(p, "setp.ge.s64 %s, %s, %s;", none, ptx_reg(p, PTX_rd, at), all);
        ptx_line(p, "@%s bra $L%u;", none, end);
    }
    const bool loops = !known || items > p->t->lanes;
    if (loops)
        put_label(p, again);
    if (n)
        split_number(p, i, n, at, known && items <= INT32_MAX);
    put_axes(p, i, n);
    if (loops) {
        const char *more = ptx_temp(p, PTX_p), *x = ptx_reg(p, PTX_rd, at);
        ptx_line(p, "add.s64 %s, %s, %u;", x, x, p->t->lanes);
        ptx_line(p, "setp.lt.s64 %s, %s, %s;", more, x, all);
        ptx_line(p, "@%s bra $L%u;", more, again);
    }
    put_label(p, end);
}

static void put_loop(Ptx *p, const KInst *i)
{
    const KBlock *b = p->k->body;
    if (b->inst[b->n - 1] == i)
        put_top(p, i);
    else if (i->op == K_each && p->lanes && p->t->lanes > 1)
        put_lanes(p, i);
    else if (ptx_unrolled(p, i))
        unroll_axes(p, i, 0);
    else
        put_axes(p, i, 0);
}

/* ── blocks ── */

static void note_line(Ptx *p, const KInst *i)
{
    if (!i->line || !i->file || (i->line == p->line && i->file == p->file))
        return;
    p->line = i->line;
    p->file = i->file;
    text_printf(&p->body, "    // %s:%u\n", i->file, i->line);
}

static void put_inst(Ptx *p, const KInst *i)
{
    if (i->op != K_const)
        note_line(p, i);
    switch (i->op) {
    case K_cond: put_cond(p, i); break;
    case K_if: put_if(p, i); break;
    case K_while: put_while(p, i); break;
    case K_each: case K_for: case K_group: put_loop(p, i); break;
    case K_load: ptx_load(p, i); break;
    case K_store: ptx_store(p, i); break;
    case K_scatter: ptx_scatter(p, i); break;
    case K_barrier: ptx_line(p, "bar.sync 0;"); break;
    case K_copy: case K_commit: case K_await: case K_quad: case K_fragment: case K_mma: ptx_matrix(p, i); break;
    case K_call: case K_sat: case K_reduce: case K_dot: case K_scan: ptx_fail(p, i, "only scheduled and legalised kernels are emitted"); break;
    default: ptx_value(p, i); break;
    }
}

static void put_blk(Ptx *p, const KBlock *b)
{
    if (++p->nest > PTX_NEST)
        ptx_fail(p, NULL, "nested too deep");
    for (size_t n = 0; b && !ptx_failed(p) && n < b->n; n++) {
        if (p->nest == 1 && n + 1 == b->n)
            ptx_layout_live(p);
        put_inst(p, b->inst[n]);
    }
    p->nest--;
}

/* ── kernels ── */

static bool begin(Ptx *p)
{
    const KirKernel *k = p->k;
    const KInst *top = k->body->n ? k->body->inst[k->body->n - 1] : NULL;
    if (!k->scheduled || !top || (top->op != K_each && top->op != K_group)) {
        ptx_fail(p, NULL, "only scheduled kernels are emitted");
        return false;
    }
    p->lanes = top->op == K_group;
    p->by_value = kir_words(k) <= p->t->max_by_value;
    p->n_file[PTX_rd] = p->by_value ? 0 : 1;
    p->vals = arena_array(&p->scratch, PtxVal, k->n_regs + 1);
    p->words = arena_array(&p->scratch, PtxWord, kir_words(k));
    p->arrays = arena_array(&p->scratch, PtxArray, k->n_mems + 1);
    if (p->scratch.oom) {
        p->code = error_oom(p->err);
        return false;
    }
    memset(p->vals, 0, k->n_regs * sizeof *p->vals);
    memset(p->words, 0, kir_words(k) * sizeof *p->words);
    memset(p->arrays, 0, k->n_mems * sizeof *p->arrays);
    return true;
}

static void write_entry(Ptx *p, const Text *locals, const Text *tables, uint32_t size, Text *out)
{
    text_printf(out, "\n// %s:%u: ", p->k->file ? p->k->file : "?", p->k->line);
    emit_name(out, p->k->name);
    text_printf(out, "\n%s.visible .entry %s(\n", tables->n ? tables->p : "", p->entry);
    if (p->by_value)
        text_printf(out, "    .param .align 8 .b8 p[%u]\n)\n", 8 * kir_words(p->k));
    else
        text_puts(out, "    .param .u64 p\n)\n");
    text_printf(out, ".reqntid %u, 1, 1\n", size);
    if (p->k->tiled) /* sums live in registers: without a bound ptxas aims at more groups at a time and spills */
        text_printf(out, ".maxnreg %u\n", p->k->max_registers ? p->k->max_registers : 168u);
    text_puts(out, "{\n");
    for (unsigned f = 0; f < PTX_FILE_COUNT; f++)
        if (p->n_file[f])
            text_printf(out, "    .reg .%s %s<%u>;\n", files[f].type, files[f].prefix, p->n_file[f] + 1);
    text_add(out, locals->p, locals->n);
    if (!p->by_value)
        text_puts(out, "    ld.param.u64 %rd1, [p];\n");
    text_add(out, p->head.p, p->head.n);
    text_add(out, p->body.p, p->body.n);
    text_puts(out, "$done:\n    ret;\n}\n");
    if (out->oom || p->head.oom || p->body.oom || locals->oom || tables->oom)
        p->code = error_oom(p->err);
}

static SpmlCode ptx_kernel(const KirKernel *k, const KirTarget *t, const KirFacts *facts, const char *entry, Text *out, KirEmitted *info, Error *err)
{
    Ptx p = { .k = k, .t = t, .facts = facts, .entry = entry, .err = err };
    Text locals = { 0 }, tables = { 0 };
    if (begin(&p)) {
        ptx_plan(&p);
        ptx_layout(&p, &locals);
        ptx_tables(&p, &tables);
        put_blk(&p, k->body);
    }
    const uint32_t size = k->tiled ? k->group_size : p.lanes ? t->lanes : t->items;
    *info = (KirEmitted){ .group_size = size, .group = p.lanes, .by_value = p.by_value, .dynamic_shared = p.dynamic };
    if (p.code == SPML_OK)
        write_entry(&p, &locals, &tables, size, out);
    text_free(&locals);
    text_free(&tables);
    text_free(&p.head);
    text_free(&p.body);
    arena_free(&p.scratch);
    return p.code;
}

static SpmlCode ptx_prelude(const KirTarget *t, Text *out, Error *err)
{
    if (!t->sm || !t->ptx)
        return error_set(err, SPML_UNSUPPORTED, "emit", "PTX: no tier of the device is given");
    text_printf(out, ".version %u.%u\n.target sm_%u\n.address_size 64\n.extern .shared .align 16 .b8 shared[];\n", t->ptx / 10u, t->ptx % 10u, t->sm);
    return out->oom ? error_oom(err) : SPML_OK;
}

const KirEmitter kir_emit_ptx = { .name = "PTX", .extension = ".ptx", .many = true, .prelude = ptx_prelude, .kernel = ptx_kernel };

/* ── tiers ── */

enum {
    CAPS_75 = KCAP_f64 | KCAP_int64 | KCAP_store8 | KCAP_store16 | KCAP_f16 | KCAP_div | KCAP_sqrt | KCAP_denorm | KCAP_mulhi64 | KCAP_fma | KCAP_atomic64
        | KCAP_subgroups | KCAP_dot4i8,
    CAPS_75_MMA = CAPS_75 | KCAP_mma,
    CAPS_80 = CAPS_75_MMA | KCAP_bf16 | KCAP_minmax | KCAP_tf32,
};

bool kir_ptx_target(unsigned capability, unsigned driver, KirTarget *out)
{
    static const struct { uint16_t sm, ptx, driver; uint32_t caps, shared; } tiers[] = {
        { 90, 78, 118, CAPS_80, 227 << 10 }, { 80, 70, 110, CAPS_80, 99 << 10 }, { 75, 65, 102, CAPS_75_MMA, 64 << 10 }, { 75, 63, 100, CAPS_75, 64 << 10 },
    };
    for (size_t t = 0; t < sizeof tiers / sizeof *tiers; t++)
        if (capability >= tiers[t].sm && driver >= tiers[t].driver) {
            *out = (KirTarget){ .language = KLANG_PTX, .caps = tiers[t].caps, .lanes = 128, .items = 256, .max_shared = tiers[t].shared, .max_by_value = 512,
                                .sm = tiers[t].sm, .ptx = tiers[t].ptx };
            return true;
        }
    return false;
}

/* ── the text check ── */

static bool has(const char *word, const char *part) { return strstr(word, part) != NULL; }

static const char *refuse(const char *word)
{
    static const char *const rounded[] = { "add.", "sub.", "mul.", "div.", "sqrt.", "fma.", "mad.", "rcp." };
    const size_t n = strlen(word);
    const bool is_float = n > 4 && (has(word, ".f32") || has(word, ".f64") || has(word, ".f16") || has(word, ".bf16"));
    if (has(word, ".approx") || has(word, ".ftz"))
        return "is not exact";
    for (size_t r = 0; is_float && r < sizeof rounded / sizeof *rounded; r++)
        if (!strncmp(word, rounded[r], strlen(rounded[r])) && !has(word, ".rn"))
            return "is a float operation without .rn";
    if ((!strncmp(word, "ld.", 3) || !strncmp(word, "st.", 3) || !strncmp(word, "atom.", 5) || !strncmp(word, "red.", 4)) && !has(word, ".global")
        && !has(word, ".shared") && !has(word, ".local") && !has(word, ".const") && !has(word, ".param"))
        return "has no state space";
    return NULL;
}

SpmlCode kir_ptx_check(const char *text, size_t n, Error *err)
{
    unsigned line = 1;
    for (size_t at = 0; at < n; line++) {
        const char *end = memchr(text + at, '\n', n - at);
        const size_t stop = end ? (size_t)(end - text) : n;
        char word[64];
        while (at < stop && (text[at] == ' ' || text[at] == '\t'))
            at++;
        if (at < stop && text[at] == '@') /* the guard */
            while (at < stop && text[at++] != ' ') { }
        size_t w = 0;
        while (at + w < stop && w + 1 < sizeof word && text[at + w] != ' ' && text[at + w] != ';') {
            word[w] = text[at + w];
            w++;
        }
        word[w] = 0;
        const char *why = refuse(word);
        if (why)
            return error_set(err, SPML_DATA, "ptx-check", "line %u: %s %s", line, word, why);
        at = stop + 1;
    }
    return SPML_OK;
}
