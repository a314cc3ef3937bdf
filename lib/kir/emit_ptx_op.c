/* SPDX-License-Identifier: MIT
 * kir: PTX of pure opcodes. Takes an instruction of legalised KIR, writes one line or a few by a table over opcode and operand type: every float
 * operation rounds to nearest even and is never contracted, integer ones wrap. Integers whose arguments are known are folded by
 * kir_eval, which is also what the interpreter runs. */
#include "kir/core.h"
#include "kir/emit_ptx.h"

#include <inttypes.h>
#include <string.h>

enum { C_f32, C_f64, C_i32, C_u32, C_i64, C_u64, C_bool, C_COUNT };
static const int8_t column[DT_COUNT] = { /* + 1 */
    [DT_f32] = C_f32 + 1, [DT_f64] = C_f64 + 1, [DT_i32] = C_i32 + 1, [DT_u32] = C_u32 + 1, [DT_i64] = C_i64 + 1, [DT_u64] = C_u64 + 1, [DT_bool] = C_bool + 1,
};

/* How a type is spelled: .t in arithmetic, .m in memory, .b untyped. */
static const struct { const char *t, *m, *b; } spelled[DT_COUNT] = {
    [DT_bool] = { "pred", "u8", "pred" }, [DT_i8] = { "s8", "s8", "b16" }, [DT_u8] = { "u8", "u8", "b16" }, [DT_i16] = { "s16", "s16", "b16" },
    [DT_u16] = { "u16", "u16", "b16" }, [DT_f16] = { "f16", "b16", "b16" }, [DT_bf16] = { "bf16", "b16", "b16" }, [DT_i32] = { "s32", "u32", "b32" },
    [DT_u32] = { "u32", "u32", "b32" }, [DT_i64] = { "s64", "u64", "b64" }, [DT_u64] = { "u64", "u64", "b64" }, [DT_f32] = { "f32", "f32", "b32" },
    [DT_f64] = { "f64", "f64", "b64" },
};

const char *ptx_mem_type(DType t) { return spelled[t].m; }

/* $d result, $0 $1 $2 arguments, $t operand type, $b untyped of its width, $B untyped of the result; fresh registers: $P $Q predicates, $V $W of the
 * operand's type, $N of b32. Lines end with ';'. */
#define FLOATS(text) [C_f32] = text, [C_f64] = text
#define INTS(text) [C_i32] = text, [C_u32] = text, [C_i64] = text, [C_u64] = text
#define SIGNED(text) [C_i32] = text, [C_i64] = text
#define UNSIGNED(text) [C_u32] = text, [C_u64] = text
#define NARROW(text) [C_i32] = text, [C_u32] = text
#define WIDE(text) [C_i64] = text, [C_u64] = text
#define COMPARE(op, fop) { FLOATS("setp." fop ".$t $d, $0, $1;"), INTS("setp." op ".$t $d, $0, $1;")
#define TWO(name) name ".$t $d, $0, $1;"
/* NaN wins; of equal values, which differ in the sign of zero at most, min has any sign bit set and max only a common one */
#define MINMAX64(op, bits) \
    "setp." op ".f64 $P, $0, $1;selp.f64 $V, $0, $1, $P;setp.nan.f64 $P, $0, $0;selp.f64 $V, $0, $V, $P;" \
    "mov.b64 $K, $0;mov.b64 $L, $1;" bits ".b64 $K, $K, $L;mov.b64 $W, $K;setp.eq.f64 $Q, $0, $1;selp.f64 $d, $W, $V, $Q;"
static const char *const ops[K_COUNT][C_COUNT] = {
    [K_neg] = { FLOATS("neg.$t $d, $0;"), NARROW("neg.s32 $d, $0;"), WIDE("neg.s64 $d, $0;") },
    [K_abs] = { FLOATS("abs.$t $d, $0;"), SIGNED("abs.$t $d, $0;"), UNSIGNED("mov.$b $d, $0;") },
    [K_sqrt] = { FLOATS("sqrt.rn.$t $d, $0;") },
    [K_floor] = { FLOATS("cvt.rmi.$t.$t $d, $0;") },
    [K_ceil] = { FLOATS("cvt.rpi.$t.$t $d, $0;") },
    [K_trunc] = { FLOATS("cvt.rzi.$t.$t $d, $0;") },
    [K_rint] = { FLOATS("cvt.rni.$t.$t $d, $0;") },
    [K_not] = { INTS("not.$b $d, $0;"), [C_bool] = "not.pred $d, $0;" },
    [K_isnan] = { FLOATS("setp.nan.$t $d, $0, $0;") },
    [K_lane] = { WIDE("mov.u32 $N, %tid.x;cvt.u64.u32 $d, $N;") },
    [K_clz] = { NARROW("clz.b32 $d, $0;"), WIDE("clz.b64 $N, $0;cvt.u64.u32 $d, $N;") },
    [K_popcount] = { NARROW("popc.b32 $d, $0;"), WIDE("popc.b64 $N, $0;cvt.u64.u32 $d, $N;") },
    [K_add] = { FLOATS("add.rn.$t $d, $0, $1;"), INTS(TWO("add")) },
    [K_sub] = { FLOATS("sub.rn.$t $d, $0, $1;"), INTS(TWO("sub")) },
    [K_mul] = { FLOATS("mul.rn.$t $d, $0, $1;"), INTS(TWO("mul.lo")) },
    [K_div] = { FLOATS("div.rn.$t $d, $0, $1;"), INTS(TWO("div")) },
    [K_rem] = { INTS(TWO("rem")) },
    [K_min] = { [C_f32] = "min.NaN.f32 $d, $0, $1;", [C_f64] = MINMAX64("lt", "or"), INTS(TWO("min")) },
    [K_max] = { [C_f32] = "max.NaN.f32 $d, $0, $1;", [C_f64] = MINMAX64("gt", "and"), INTS(TWO("max")) },
    [K_mulhi] = { INTS(TWO("mul.hi")) },
    [K_and] = { INTS("and.$b $d, $0, $1;"), [C_bool] = "and.pred $d, $0, $1;" },
    [K_or] = { INTS("or.$b $d, $0, $1;"), [C_bool] = "or.pred $d, $0, $1;" },
    [K_xor] = { INTS("xor.$b $d, $0, $1;"), [C_bool] = "xor.pred $d, $0, $1;" },
    [K_shl] = { INTS("shl.$b $d, $0, $1;") },
    [K_shr] = { INTS("shr.$t $d, $0, $1;") },
    [K_eq] = COMPARE("eq", "eq"), [C_bool] = "xor.pred $P, $0, $1;not.pred $d, $P;" },
    [K_ne] = COMPARE("ne", "neu"), [C_bool] = "xor.pred $d, $0, $1;" },
    [K_lt] = COMPARE("lt", "lt"), [C_bool] = "not.pred $P, $0;and.pred $d, $P, $1;" },
    [K_le] = COMPARE("le", "le"), [C_bool] = "not.pred $P, $0;or.pred $d, $P, $1;" },
    [K_gt] = COMPARE("gt", "gt"), [C_bool] = "not.pred $P, $1;and.pred $d, $P, $0;" },
    [K_ge] = COMPARE("ge", "ge"), [C_bool] = "not.pred $P, $1;or.pred $d, $P, $0;" },
    [K_fma] = { FLOATS("fma.rn.$t $d, $0, $1, $2;"), INTS("mad.lo.$t $d, $0, $1, $2;") },
    [K_select] = { FLOATS("selp.$t $d, $1, $2, $0;"), INTS("selp.$b $d, $1, $2, $0;"),
                   [C_bool] = "and.pred $P, $0, $1;not.pred $Q, $0;and.pred $Q, $Q, $2;or.pred $d, $P, $Q;" },
};

static bool is_shift(KOp op) { return op == K_shl || op == K_shr; }

/* ── folding ── */

static bool folds(const KirKernel *k, const KInst *i)
{
    const DType t = i->n_dst == 1 ? kir_type(k, i->dst[0]) : DT_none;
    if (!column[t] || dtype_is_float(t) || k->regs[i->dst[0]].var || kop_info[i->op].cls != KCLASS_P || i->op == K_call || !i->n_args)
        return false;
    for (unsigned a = 0; a < i->n_args; a++) {
        const DType from = kir_type(k, i->args[a]);
        if (!column[from] || dtype_is_float(from))
            return false;
    }
    return true;
}

bool ptx_fold(Ptx *p, const KInst *i)
{
    uint64_t args[3] = { 0 }, bits;
    if (i->op == K_const) {
        ptx_know(p, i->dst[0], i->bits);
        return true;
    }
    if (!folds(p->k, i) || i->n_args > 3)
        return false;
    for (unsigned a = 0; a < i->n_args; a++)
        if (!ptx_known(p, i->args[a], &args[a]))
            return false;
    bits = kir_eval(i->op, i->type, kir_type(p->k, i->args[i->op == K_select]), args);
    ptx_know(p, i->dst[0], bits);
    return true;
}

/* ── templates ── */

typedef struct Fill { const char *dst, *arg[3]; DType from, to; const char *fresh[8]; } Fill;

static const char *fresh(Ptx *p, Fill *f, char c)
{
    static const char names[] = "PQVWNKL";
    const size_t n = (size_t)(strchr(names, c) - names);
    if (!f->fresh[n])
        f->fresh[n] = ptx_temp(p, c == 'P' || c == 'Q' ? PTX_p : c == 'N' ? PTX_r : c == 'K' || c == 'L' ? PTX_rd : ptx_file(f->from));
    return f->fresh[n];
}

static void fill(Ptx *p, const char *text, Fill *f)
{
    Text line = { 0 };
    for (; *text; text++) {
        if (*text == ';') {
            ptx_line(p, "%s;", line.p ? line.p : "");
            line.n = 0;
        } else if (*text != '$') {
            text_add(&line, text, 1);
        } else {
            const char c = *++text;
            text_puts(&line, c >= '0' && c <= '2' ? f->arg[c - '0'] : c == 'd' ? f->dst : c == 't' ? spelled[f->from].t : c == 'b' ? spelled[f->from].b
                                 : c == 'B'      ? spelled[f->to].b : fresh(p, f, c));
        }
    }
    if (line.oom)
        p->code = error_oom(p->err);
    text_free(&line);
}

/* ── conversions ── */

typedef enum Kind { KIND_BOOL, KIND_INT, KIND_FLOAT } Kind;
static Kind kind_of(DType t) { return t == DT_bool ? KIND_BOOL : dtype_is_float(t) ? KIND_FLOAT : KIND_INT; }
static bool same_file(DType a, DType b) { return ptx_file(a) == ptx_file(b) && dtype_bits(a) == dtype_bits(b); }

static void upper_half(Ptx *p, const char *d, const char *x)
{
    const char *wide = ptx_temp(p, PTX_r);
    ptx_line(p, "cvt.u32.u16 %s, %s;", wide, x);
    ptx_line(p, "shl.b32 %s, %s, 16;", wide, wide);
    ptx_line(p, "mov.b32 %s, %s;", d, wide);
}

static void cast_bf16(Ptx *p, const KInst *i, DType from)
{
    const char *d = ptx_def(p, i->dst[0]), *x = ptx_arg(p, i->args[0]);
    if (i->type == DT_bf16 && from == DT_f32 && p->t->caps & KCAP_bf16)
        ptx_line(p, "cvt.rn.bf16.f32 %s, %s;", d, x);
    else if (i->type == DT_f32) /* its upper half */
        upper_half(p, d, x);
    else
        ptx_fail(p, i, "a conversion of bf16 other than from and to f32");
}

static void cast(Ptx *p, const KInst *i)
{
    const DType from = kir_type(p->k, i->args[0]), to = i->type;
    if (from == DT_bf16 || to == DT_bf16) {
        cast_bf16(p, i, from);
        return;
    }
    const Kind a = kind_of(from), b = kind_of(to);
    const char *x = a == KIND_BOOL ? ptx_pred(p, i->args[0]) : ptx_arg(p, i->args[0]), *d = ptx_def(p, i->dst[0]);
    const char *f = spelled[from].t, *t = spelled[to].t;
    if (from == to || (a == KIND_INT && b == KIND_INT && same_file(from, to) && dtype_bits(to) >= 16))
        ptx_line(p, "mov.%s %s, %s;", spelled[to].b, d, x);
    else if (a == KIND_FLOAT && b == KIND_BOOL)
        ptx_line(p, "setp.neu.%s %s, %s, %s;", f, d, x, from == DT_f64 ? "0d0000000000000000" : "0f00000000");
    else if (a == KIND_BOOL && b == KIND_FLOAT)
        ptx_line(p, "selp.%s %s, %s, %s, %s;", spelled[to].b, d, to == DT_f64 ? "0x3FF0000000000000" : to == DT_f16 ? "0x3C00" : "0x3F800000", "0", x);
    else if (a == KIND_FLOAT && b == KIND_FLOAT && dtype_bits(to) > dtype_bits(from))
        ptx_line(p, "cvt.%s.%s %s, %s;", t, f, d, x);
    else if (a == KIND_BOOL)
        ptx_line(p, "selp.%s %s, 1, 0, %s;", spelled[to].b, d, x);
    else {
        static const char *const mode[3][3] = { [KIND_INT] = { NULL, "cvt", "cvt.rn" }, [KIND_FLOAT] = { NULL, "cvt.rzi", "cvt.rn" } };
        if (b == KIND_BOOL)
            ptx_line(p, "setp.ne.%s %s, %s, 0;", dtype_bits(from) == 8 ? dtype_info[from].cls == DCLASS_INT ? "s16" : "u16" : f, d, x);
        else
            ptx_line(p, "%s.%s.%s %s, %s;", mode[a][b], t, f, d, x);
    }
}

/* 8-bit values lie sign- or zero-extended in 16 bits, so a change of sign is a conversion. */
static void bitcast(Ptx *p, const KInst *i)
{
    const DType from = kir_type(p->k, i->args[0]);
    const char *x = ptx_arg(p, i->args[0]), *d = ptx_def(p, i->dst[0]);
    if (dtype_bits(from) == 8 && from != i->type)
        ptx_line(p, "cvt.%s.%s %s, %s;", spelled[i->type].t, spelled[from].t, d, x);
    else
        ptx_line(p, "mov.%s %s, %s;", spelled[i->type].b, d, x);
}

/* ── values ── */

static void sym(Ptx *p, const KInst *i)
{
    const uint32_t w = kir_word_sym(p->k, i->id);
    const bool wide = dtype_bits(i->type) == 64;
    const char *x = ptx_word(p, w, !wide), *d;
    if (i->type == DT_i64 && !p->k->regs[i->dst[0]].var) { /* the word itself */
        p->vals[i->dst[0]] = (PtxVal){ .n = p->words[w].wide };
        return;
    }
    d = ptx_def(p, i->dst[0]);
    if (i->type == DT_bool)
        ptx_line(p, "setp.ne.u32 %s, %s, 0;", d, x);
    else if (ptx_file(i->type) == PTX_rs)
        ptx_line(p, "cvt.%s.u32 %s, %s;", dtype_is_float(i->type) ? "u16" : spelled[i->type].t, d, x);
    else
        ptx_line(p, "mov.%s %s, %s;", spelled[i->type].b, d, x);
}

void ptx_update(Ptx *p, const KInst *i, KOp op, DType t, const char *dst, const char *old, const char *arg)
{
    Fill f = { .dst = dst, .arg = { old, arg, "" }, .from = t, .to = t };
    const char *text = column[t] ? ops[op][column[t] - 1] : NULL;
    if (!text || ((op == K_min || op == K_max) && dtype_is_float(t) && !(p->t->caps & KCAP_minmax)))
        ptx_fail(p, i, "no such update");
    else
        fill(p, text, &f);
}

static void table_op(Ptx *p, const KInst *i)
{
    const DType from = i->n_args ? kir_type(p->k, i->args[i->op == K_select ? 1 : 0]) : i->type;
    const char *text = column[from] ? ops[i->op][column[from] - 1] : NULL;
    Fill f = { .from = from, .to = i->type };
    if (i->op == K_select && ptx_file(from) == PTX_rs)
        text = "selp.$b $d, $1, $2, $0;";
    if (!text || ((i->op == K_min || i->op == K_max) && dtype_is_float(from) && !(p->t->caps & KCAP_minmax))) {
        ptx_fail(p, i, "an opcode that legalisation should have removed");
        return;
    }
    for (unsigned a = 0; a < i->n_args && a < 3; a++) {
        const DType t = kir_type(p->k, i->args[a]);
        f.arg[a] = t == DT_bool ? ptx_pred(p, i->args[a]) : is_shift(i->op) && a == 1 && dtype_bits(t) == 64 ? ptx_low(p, i->args[a]) : ptx_arg(p, i->args[a]);
    }
    f.dst = ptx_def(p, i->dst[0]);
    fill(p, text, &f);
}

/* Arithmetic on indices (KInst.rule): of 32 bits where all of them are small; the wide form is there for who wants it. */
static bool index_op(Ptx *p, const KInst *i)
{
    static const struct { KOp op; const char *small, *wide; } forms[] = {
        { K_add, "add.s32", NULL }, { K_sub, "sub.s32", NULL }, { K_mul, "mul.lo.s32", NULL }, { K_min, "min.s32", NULL }, { K_max, "max.s32", NULL },
        { K_and, "and.b32", NULL }, { K_shr, "shr.s32", NULL }, { K_lt, "setp.lt.s32", NULL }, { K_ge, "setp.ge.s32", NULL }, { K_eq, "setp.eq.s32", NULL },
        { K_div, "div.u32", "div.u64" }, { K_rem, "rem.u32", "rem.u64" }, { K_select, "selp.b32", NULL },
    };
    const bool small = p->facts && p->facts->small;
    size_t f = 0;
    while (f < sizeof forms / sizeof *forms && forms[f].op != i->op)
        f++;
    if (f == sizeof forms / sizeof *forms || (!small && !forms[f].wide) || (i->n_dst == 1 && p->k->regs[i->dst[0]].var))
        return false;
    char arg[3][40];
    for (unsigned a = 0; a < i->n_args; a++)
        snprintf(arg[a], sizeof arg[a], "%s", kir_type(p->k, i->args[a]) == DT_bool ? ptx_pred(p, i->args[a]) : small ? ptx_low(p, i->args[a]) : ptx_arg(p, i->args[a]));
    if (i->type == DT_bool) {
        ptx_line(p, "%s %s, %s, %s;", forms[f].small, ptx_def(p, i->dst[0]), arg[0], arg[1]);
        return true;
    }
    const char *d = ptx_def(p, i->dst[0]);
    if (!small) {
        ptx_line(p, "%s %s, %s, %s;", forms[f].wide, d, arg[0], arg[1]);
        return true;
    }
    const uint32_t low = ptx_new(p, PTX_r);
    if (i->op == K_select)
        ptx_line(p, "selp.b32 %s, %s, %s, %s;", ptx_reg(p, PTX_r, low), arg[1], arg[2], arg[0]);
    else
        ptx_line(p, "%s %s, %s, %s;", forms[f].small, ptx_reg(p, PTX_r, low), arg[0], arg[1]);
    ptx_line(p, "cvt.s64.s32 %s, %s;", d, ptx_reg(p, PTX_r, low));
    p->vals[i->dst[0]].low = low;
    return true;
}

void ptx_value(Ptx *p, const KInst *i)
{
    if (ptx_fold(p, i))
        return;
    if (i->rule && kop_info[i->op].cls == KCLASS_P && index_op(p, i))
        return;
    switch (i->op) {
    case K_sym: sym(p, i); break;
    case K_extent: ptx_extent(p, i); break;
    case K_cast: cast(p, i); break;
    case K_bitcast: bitcast(p, i); break;
    case K_move: ptx_copy(p, ptx_def(p, i->dst[0]), i->args[0]); break;
    case K_set: ptx_copy(p, ptx_def(p, i->dst[0]), i->args[0]); break;
    default: table_op(p, i); break;
    }
}
