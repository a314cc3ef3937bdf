/* SPDX-License-Identifier: MIT
 * kir: the printer all C-like dialects share. Takes a kernel or a function (calls need not be inlined), writes structured statements: every
 * single-assignment register is one `const` declaration, var registers are declared at the top of their body. Preserves order and meaning
 * of instructions; spells nothing itself that a dialect may want otherwise. */
#include "kir/emit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void emit_line(Emit *e, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    text_printf(e->out, "%*s", 4 * e->depth, "");
    text_vprintf(e->out, fmt, ap);
    text_puts(e->out, "\n");
    va_end(ap);
}

void emit_open(Emit *e, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    text_printf(e->out, "%*s", 4 * e->depth++, "");
    text_vprintf(e->out, fmt, ap);
    text_puts(e->out, "\n");
    va_end(ap);
}

void emit_close(Emit *e)
{
    e->depth--;
    emit_line(e, "}");
}

SpmlCode emit_fail(Emit *e, const KInst *i, const char *what)
{
    if (e->code == SPML_OK)
        e->code = error_set(e->err, SPML_UNSUPPORTED, "emit", "%s:%u: kernel %s: %s: %s", i && i->file ? i->file : e->k->file ? e->k->file : "?",
                            i ? i->line : e->k->line, e->k->name, e->d->name, what);
    return e->code;
}

void emit_name(Text *out, const char *name)
{
    char buf[41];
    size_t n = 0;
    for (; name && *name && n < sizeof buf - 1; name++) {
        const char c = *name;
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        buf[n++] = plain ? c : '_';
    }
    text_add(out, buf, n);
}

/* A file's name in a comment: nothing that could end or continue it. */
static void emit_file(Text *out, const char *name)
{
    for (; *name; name++) {
        const bool plain = (*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z') || (*name >= '.' && *name <= '9') || *name == '_' || *name == '-';
        text_puts(out, plain ? (const char[]){ *name, 0 } : "_");
    }
}

int emit_class(DType t)
{
    const DTypeClass c = dtype_info[t].cls;
    return c == DCLASS_FLOAT ? EMIT_FLOAT : c == DCLASS_INT ? EMIT_INT : c == DCLASS_BOOL ? EMIT_BOOL : EMIT_UINT;
}

static DType operand_type(const Emit *e, const KInst *i)
{
    if (i->op == K_select || !i->n_args || !i->args[0]) /* r0: the old value of a scatter */
        return i->type;
    return kir_type(e->k, i->args[0]);
}

static DType unsigned_twin(DType t)
{
    return t == DT_i8 ? DT_u8 : t == DT_i16 ? DT_u16 : t == DT_i32 ? DT_u32 : t == DT_i64 ? DT_u64 : t;
}

void emit_template(Emit *e, const char *text, const KInst *i)
{
    for (; *text; text++) {
        if (*text != '$') {
            text_add(e->out, text, 1);
            continue;
        }
        const char c = *++text;
        if (c >= '0' && c <= '9')
            text_printf(e->out, "r%u", i->args[c - '0']);
        else if (c == '*') /* all arguments */
            for (unsigned a = 0; a < i->n_args; a++)
                text_printf(e->out, a ? ", r%u" : "r%u", i->args[a]);
        else
            text_puts(e->out, c == 'U' ? e->d->type[unsigned_twin(i->type)] : c == 'T' ? dtype_name(i->type) : c == 'F' ? dtype_name(operand_type(e, i)) : c == 'S' ? e->d->type[i->type] : kop_info[i->op].name);
    }
}

static void emit_missing(Emit *e, const KInst *i)
{
    char what[80];
    snprintf(what, sizeof what, "%s of %s", kop_info[i->op].name, dtype_name(operand_type(e, i)));
    emit_fail(e, i, what);
}

void emit_expr(Emit *e, const KInst *i)
{
    const bool converts = i->op == K_cast || i->op == K_sat || i->op == K_bitcast;
    const DType from = operand_type(e, i);
    const char *text = dtype_info[from].bytes == 8 ? e->d->op64[i->op][emit_class(from)] : NULL;
    text = text ? text : e->d->op[i->op][emit_class(from)];
    text = text ? text : converts ? e->d->convert_else : e->d->op_else;
    switch (i->op) {
    case K_const: e->d->constant(e, i->type, i->bits); break;
    case K_sym: e->d->sym(e, i); break;
    case K_extent: emit_extent_of(e, i->id, i->aux); break;
    case K_move: text_printf(e->out, "r%u", i->args[0]); break;
    case K_load: emit_load(e, i); break;
    default:
        if (e->d->expr && e->d->expr(e, i))
            break;
        if (text && *text)
            emit_template(e, text, i);
        else
            emit_missing(e, i);
        break;
    }
}

/* ── declarations ── */

static const char *var_prefix(const Emit *e, DType t)
{
    const char *p = e->d->var[emit_class(t)];
    return p ? p : "";
}

static const char *value_prefix(const Emit *e, DType t)
{
    const char *p = e->d->value[emit_class(t)];
    return p ? p : "const ";
}

/* "16" of a type of 16 lanes. */
static const char *vector(Emit *e, const KInst *i, KReg r)
{
    const uint8_t n = e->k->regs[r].vec;
    if (n && !e->d->vectors)
        emit_fail(e, i, "vectors");
    return n == 16 ? "16" : n == 8 ? "8" : n == 4 ? "4" : "";
}

static void declare_var(Emit *e, KReg r, uint8_t *seen)
{
    if (seen[r])
        return;
    seen[r] = 1;
    const KInst i = { .type = kir_type(e->k, r) };
    text_printf(e->out, "%*s%s%s%s r%u = ", 4 * e->depth, "", var_prefix(e, i.type), e->d->type[i.type] ? e->d->type[i.type] : "?", vector(e, NULL, r), r);
    emit_template(e, e->d->zero, &i);
    text_puts(e->out, ";\n");
}

static void find_vars(Emit *e, const KBlock *b, uint8_t *seen, int nest)
{
    if (nest > EMIT_MAX_NEST) {
        emit_fail(e, NULL, "nested too deep");
        return;
    }
    for (size_t n = 0; b && n < b->n; n++) {
        const KInst *i = b->inst[n];
        for (unsigned d = 0; d < i->n_dst; d++)
            if (e->k->regs[i->dst[d]].var)
                declare_var(e, i->dst[d], seen);
        for (unsigned s = 0; s < i->n_blocks; s++)
            find_vars(e, i->blocks[s], seen, nest + 1);
        for (unsigned a = 0; a < i->n_axes; a++)
            find_vars(e, i->axes[a].bound, seen, nest + 1);
    }
}

void emit_vars(Emit *e, const KBlock *b)
{
    Arena scratch = { 0 };
    uint8_t *seen = arena_array(&scratch, uint8_t, e->k->n_regs);
    if (seen)
        find_vars(e, b, seen, 0);
    else
        e->code = error_oom(e->err);
    arena_free(&scratch);
}

const char *emit_type(Emit *e, const KInst *i, DType t)
{
    if (!e->d->type[t])
        emit_fail(e, i, "a type that it does not have");
    return e->d->type[t] ? e->d->type[t] : "?";
}

/* ── statements ── */

static void yield_to(Emit *e, const KBlock *b, const KReg *dst)
{
    for (unsigned n = 0; n < b->n_yield; n++)
        emit_line(e, "r%u = r%u;", dst[n], b->yield[n]);
}

static void declare_dst(Emit *e, const KInst *i)
{
    for (unsigned d = 0; d < i->n_dst; d++)
        if (!e->k->regs[i->dst[d]].var)
            emit_line(e, "%s%s r%u;", var_prefix(e, kir_type(e->k, i->dst[d])), emit_type(e, i, kir_type(e->k, i->dst[d])), i->dst[d]);
}

static void print_cond(Emit *e, const KInst *i)
{
    if (i->n_dst == 1 && !i->blocks[0]->n && !i->blocks[1]->n && i->n_blocks == 2) {
        emit_line(e, "%s%s r%u = r%u ? r%u : r%u;", value_prefix(e, i->type), emit_type(e, i, i->type), i->dst[0], i->args[0], i->blocks[0]->yield[0], i->blocks[1]->yield[0]);
        return;
    }
    declare_dst(e, i);
    emit_open(e, "if (r%u) {", i->args[0]);
    emit_block(e, i->blocks[0]);
    yield_to(e, i->blocks[0], i->dst);
    e->depth--;
    emit_open(e, "} else {");
    emit_block(e, i->blocks[1]);
    yield_to(e, i->blocks[1], i->dst);
    emit_close(e);
}

static void print_if(Emit *e, const KInst *i)
{
    emit_open(e, "if (r%u) {", i->args[0]);
    emit_block(e, i->blocks[0]);
    if (i->n_blocks > 1 && i->blocks[1] && i->blocks[1]->n) {
        e->depth--;
        emit_open(e, "} else {");
        emit_block(e, i->blocks[1]);
    }
    emit_close(e);
}

/* Watched: `on` is an array under an index that the driver's compiler does not know. Of a variable it would know the value behind the loop, which has one way out. */
static void print_while(Emit *e, const KInst *i)
{
    if (e->watch) {
        emit_open(e, "{");
        emit_line(e, "uint on[2]; on[zero] = 1u;");
    }
    emit_open(e, "for (;;) {");
    emit_block(e, i->blocks[0]);
    emit_line(e, e->watch ? "if (!r%u) { on[zero] = 0u; break; }" : "if (!r%u) break;", i->blocks[0]->yield[0]);
    emit_block(e, i->blocks[1]);
    emit_close(e);
    if (e->watch) {
        emit_line(e, "cut = cut || on[zero] != 0u;");
        emit_close(e);
    }
}

static KReg axis_end(const KAxis *x) { return x->bound ? x->bound->yield[1] : x->hi; }

/* The bounds of an axis with a bound block are computed just before it. */
void emit_axis(Emit *e, const KAxis *x, uint32_t lanes)
{
    if (x->bound)
        emit_block(e, x->bound);
    const KReg lo = x->bound ? x->bound->yield[0] : x->lo, hi = axis_end(x);
    const char *t = e->d->index_type, *in = e->watch ? "" : "for (";
    if (e->watch)
        emit_open(e, "{");
    emit_begin(e);
    if (lanes && x->by)
        text_printf(e->out, "%s%s r%u = r%u + lid * r%u; ", in, t, x->index, lo, x->by);
    else
        text_printf(e->out, lanes ? "%s%s r%u = r%u + lid; " : "%s%s r%u = r%u; ", in, t, x->index, lo);
    text_printf(e->out, e->watch ? "for (; r%u < r%u; r%u" : "r%u < r%u; r%u", x->index, hi, x->index);
    if (lanes && x->by)
        text_printf(e->out, " += r%u * %u) {\n", x->by, lanes);
    else if (lanes)
        text_printf(e->out, " += %u) {\n", lanes);
    else if (x->by)
        text_printf(e->out, " += r%u) {\n", x->by);
    else
        text_puts(e->out, "++) {\n");
    e->depth++;
}

void emit_axis_end(Emit *e, const KAxis *x)
{
    emit_close(e);
    if (e->watch) {
        emit_line(e, "cut = cut || r%u < r%u;", x->index, axis_end(x));
        emit_close(e);
    }
}

/* ── short loops, written out ── */

enum { UNROLL_INSTS = 640, UNROLL_COUNT = 9 };

static size_t count_insts(const KBlock *b)
{
    size_t n = b->n;
    for (size_t i = 0; i < b->n; i++)
        for (unsigned s = 0; s < b->inst[i]->n_blocks; s++)
            n += UNROLL_COUNT * count_insts(b->inst[i]->blocks[s]);
    return n;
}

/* How often an axis runs, 1 to UNROLL_COUNT; 0: more, or not known. */
static int64_t short_axis(const Emit *e, const KAxis *x, int64_t *lo)
{
    int64_t hi;
    if (x->by || x->bound || !emit_known(e, x->lo, lo) || !emit_known(e, x->hi, &hi) || hi <= *lo)
        return 0;
    return hi - *lo <= UNROLL_COUNT ? hi - *lo : 0;
}

static void print_axes(Emit *e, const KInst *i, unsigned a, size_t insts)
{
    int64_t lo = 0, n = a < i->n_axes && e->unroll ? short_axis(e, &i->axes[a], &lo) : 0;
    if (a == i->n_axes) {
        emit_block(e, i->blocks[0]);
        return;
    }
    if (!n || insts * (size_t)n > UNROLL_INSTS) {
        emit_axis(e, &i->axes[a], 0);
        print_axes(e, i, a + 1, insts);
        emit_axis_end(e, &i->axes[a]);
        return;
    }
    for (int64_t at = 0; at < n; at++) {
        emit_open(e, "{");
        emit_begin(e);
        text_printf(e->out, "const %s r%u = ", e->d->index_type, i->axes[a].index);
        e->d->constant(e, DT_i64, (uint64_t)(lo + at));
        text_puts(e->out, ";\n");
        print_axes(e, i, a + 1, insts * (size_t)n);
        emit_close(e);
    }
}

static void print_loop(Emit *e, const KInst *i)
{
    if (i->op != K_for && e->d->loop(e, i, true)) {
        emit_block(e, i->blocks[0]);
        e->d->loop(e, i, false);
        return;
    }
    print_axes(e, i, 0, i->op == K_for && e->unroll ? count_insts(i->blocks[0]) : UNROLL_INSTS + 1);
}

/* A call is its body in braces, parameters and results being declarations around it. */
static void print_call(Emit *e, const KInst *i)
{
    const KFn *f = &e->k->fns[i->id];
    declare_dst(e, i);
    emit_open(e, "{ /* %s */", f->name);
    for (unsigned p = 0; p < f->n_params; p++)
        emit_line(e, "%s%s r%u = r%u;", value_prefix(e, kir_type(e->k, f->params[p])), emit_type(e, i, kir_type(e->k, f->params[p])), f->params[p], i->args[p]);
    emit_vars(e, f->body);
    emit_block(e, f->body);
    yield_to(e, f->body, i->dst);
    emit_close(e);
}

/* A guarded load in a dialect whose ?: may read outside. */
static void print_guarded(Emit *e, const KInst *i)
{
    const KReg r = i->dst[0];
    emit_begin(e);
    text_printf(e->out, "%s%s r%u = ", var_prefix(e, i->type), emit_type(e, i, i->type), r);
    if (i->guard == KGUARD_ELSE)
        text_printf(e->out, "r%u", i->args[i->n_args - 1]);
    else
        emit_template(e, e->d->zero, i);
    text_puts(e->out, "; if (");
    emit_in_range(e, i);
    text_printf(e->out, ") r%u = ", r);
    e->d->get(e, i);
    text_puts(e->out, ";\n");
}

static void print_value(Emit *e, const KInst *i)
{
    const KReg r = i->dst[0];
    const DType t = kir_type(e->k, r);
    if (i->op == K_load && i->guard != KGUARD_NONE && e->d->load_statement) {
        print_guarded(e, i);
        return;
    }
    emit_begin(e);
    if (e->k->regs[r].var)
        text_printf(e->out, "r%u = ", r);
    else
        text_printf(e->out, "%s%s%s r%u = ", value_prefix(e, t), emit_type(e, i, t), vector(e, i, r), r);
    if (i->op == K_set)
        text_printf(e->out, "r%u", i->args[0]);
    else
        emit_expr(e, i);
    text_puts(e->out, ";\n");
}

/* "// kernels/x.k:7" where the template's line changes. */
static void print_line(Emit *e, const KInst *i)
{
    if (!e->d->lines || !i->line || !i->file || i->op == K_const || (i->line == e->line && i->file == e->file))
        return;
    e->line = i->line;
    e->file = i->file;
    emit_begin(e);
    text_puts(e->out, "// ");
    emit_file(e->out, i->file);
    text_printf(e->out, ":%u\n", i->line);
}

static void print_inst(Emit *e, const KInst *i)
{
    print_line(e, i);
    switch (i->op) {
    case K_cond: print_cond(e, i); break;
    case K_if: print_if(e, i); break;
    case K_while: print_while(e, i); break;
    case K_each: case K_for: case K_group: print_loop(e, i); break;
    case K_call: print_call(e, i); break;
    case K_store: emit_store(e, i); break;
    case K_scatter: (e->d->scatter ? e->d->scatter : emit_scatter)(e, i); break;
    case K_barrier: e->d->barrier(e); break;
    case K_reduce: case K_dot: case K_scan: emit_fail(e, i, "only scheduled kernels are emitted"); break;
    default: print_value(e, i); break;
    }
}

void emit_range(Emit *e, const KBlock *b, size_t from, size_t to)
{
    if (++e->nest > EMIT_MAX_NEST)
        emit_fail(e, NULL, "nested too deep");
    for (size_t n = from; !emit_failed(e) && n < to; n++)
        print_inst(e, b->inst[n]);
    e->nest--;
}

void emit_block(Emit *e, const KBlock *b) { emit_range(e, b, 0, b->n); }

void emit_float(Text *out, DType t, uint64_t bits)
{
    const int mant = t == DT_f32 ? 23 : 52, bias = t == DT_f32 ? 127 : 1023;
    const uint64_t frac = bits & (((uint64_t)1 << mant) - 1), exp = bits >> mant & (uint64_t)(2 * bias + 1);
    const char *sign = bits >> (t == DT_f32 ? 31 : 63) & 1 ? "-" : "", *f = t == DT_f32 ? "f" : "";
    if (exp == (uint64_t)(2 * bias + 1))
        text_printf(out, frac ? "__builtin_nan%s(\"\")" : "%s__builtin_inf%s()", frac ? f : sign, f);
    else
        text_printf(out, "%s0x%" PRIx64 "p%d%s", sign, exp ? frac | (uint64_t)1 << mant : frac, (exp ? (int)exp : 1) - bias - mant, f);
}

void emit_float_note(Text *out, DType t, uint64_t bits)
{
    char buf[40];
    const uint32_t low = (uint32_t)bits;
    float f;
    double d;
    memcpy(&f, &low, sizeof f);
    memcpy(&d, &bits, sizeof d);
    text_printf(out, " /* %s */", t == DT_f32 ? format_f32(buf, f) : format_f64(buf, d));
}

bool emit_known(const Emit *e, KReg r, int64_t *v)
{
    uint64_t bits;
    if (emit_const_value(e->k, e->k->body, r, &bits)) {
        *v = (int64_t)bits;
        return true;
    }
    for (size_t n = 0; n < e->k->body->n; n++) {
        const KInst *i = e->k->body->inst[n];
        if (i->op == K_sym && i->dst[0] == r && kir_fact_sym(e->facts, i->id)) {
            *v = kir_fact_sym(e->facts, i->id);
            return true;
        }
    }
    return false;
}

bool emit_const_value(const KirKernel *k, const KBlock *b, KReg r, uint64_t *bits)
{
    for (size_t n = 0; n < b->n; n++) {
        const KInst *i = b->inst[n];
        if (i->op == K_const && i->dst[0] == r) {
            *bits = i->bits;
            return true;
        }
        for (unsigned s = 0; s < i->n_blocks; s++)
            if (emit_const_value(k, i->blocks[s], r, bits))
                return true;
    }
    return false;
}
