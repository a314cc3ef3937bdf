/* SPDX-License-Identifier: MIT
 * kir: a scalar function as a tile primitive in C (prelude isa/fn.h, vectors isa/simd.h). Control flow becomes data flow: both sides of a choice
 * are computed and selected, a var is set under a mask, a loop whose trip count depends on data runs while any lane is in it; a long
 * side that no lane takes is skipped. What vectors cannot hold (private arrays, storage types) makes the function run one lane at a
 * time in the scalar form. Bits are those of the interpreter in either form. */
#include "kir/emit.h"

#include <inttypes.h>
#include <stdio.h>

enum { LONG_SIDE = 12, MAX_FORM_PARAMS = 4 }; /* instructions from which a branch costs less than computing for nobody */

static const EmitDialect dialect_vec = {
    .name = "C vectors",
    .type = { [DT_f32] = "v_f32", [DT_f64] = "v_f64", [DT_i32] = "v_i32", [DT_u32] = "v_u32", [DT_i64] = "v_i64", [DT_u64] = "v_u64", [DT_bool] = "v_bool" },
    .zero = "V_$T(0)",
    .op_else = "v_$O_$F($*)",
    .convert_else = "v_$O_$T_$F($*)",
};

/* ── can it be vectors? ── */

static bool fits(const KirKernel *k, const KBlock *b, int nest)
{
    if (nest > EMIT_MAX_NEST)
        return false;
    for (size_t n = 0; n < b->n; n++) {
        const KInst *i = b->inst[n];
        for (unsigned d = 0; d < i->n_dst; d++)
            if (!dialect_vec.type[kir_type(k, i->dst[d])])
                return false;
        if (i->op == K_load ? k->mems[i->id].kind != KMEM_TABLE || k->mems[i->id].rank != 1 : kop_info[i->op].cls == KCLASS_W)
            return false;
        if (i->op == K_each || i->op == K_reduce || i->op == K_dot || i->op == K_scan || i->op == K_sym || i->op == K_extent)
            return false;
        if (i->op == K_for && (i->n_axes != 1 || i->axes[0].bound || i->axes[0].by))
            return false;
        if (i->op == K_call && !fits(k, k->fns[i->id].body, nest + 1))
            return false;
        for (unsigned s = 0; s < i->n_blocks; s++)
            if (!fits(k, i->blocks[s], nest + 1))
                return false;
    }
    return true;
}

static size_t block_size(const KirKernel *k, const KBlock *b, int nest)
{
    size_t size = 0;
    for (size_t n = 0; nest < EMIT_MAX_NEST && n < b->n; n++) {
        const KInst *i = b->inst[n];
        size += i->op == K_const || i->op == K_move ? 0 : i->op == K_load ? LONG_SIDE : i->op == K_for || i->op == K_while ? LONG_SIDE : 1;
        for (unsigned s = 0; s < i->n_blocks; s++)
            size += block_size(k, i->blocks[s], nest + 1);
        if (i->op == K_call)
            size += block_size(k, k->fns[i->id].body, nest + 1);
    }
    return size;
}

/* ── statements; mask: text of the v_bool of lanes that are here, NULL: all ── */

static void vec_block(Emit *e, const KBlock *b, const char *mask);

static const char *type_of(Emit *e, KReg r) { return dtype_name(kir_type(e->k, r)); }

static void vec_assign(Emit *e, KReg dst, KReg value, const char *mask)
{
    if (mask && e->k->regs[dst].var)
        emit_line(e, "r%u = v_select_%s(%s, r%u, r%u);", dst, type_of(e, dst), mask, value, dst);
    else
        emit_line(e, "r%u = r%u;", dst, value);
}

static void declare_zero(Emit *e, const char *prefix, KReg r)
{
    emit_line(e, "v_%s %s%u = V_%s(0);", type_of(e, r), prefix, r, type_of(e, r));
}

/* one side of a cond: its values in <side><dst> */
static void vec_side(Emit *e, const KInst *i, const KBlock *b, const char *side, const char *test)
{
    const bool branch = block_size(e->k, b, 0) >= LONG_SIDE;
    for (unsigned d = 0; d < i->n_dst; d++)
        declare_zero(e, side, i->dst[d]);
    emit_open(e, branch ? "if (v_any(%s)) {" : "{", test);
    vec_block(e, b, NULL);
    for (unsigned d = 0; d < i->n_dst; d++)
        emit_line(e, "%s%u = r%u;", side, i->dst[d], b->yield[d]);
    emit_close(e);
}

static void vec_cond(Emit *e, const KInst *i)
{
    char test[40], other[60];
    snprintf(test, sizeof test, "r%u", i->args[0]);
    snprintf(other, sizeof other, "v_not_bool(r%u)", i->args[0]);
    const bool plain = !i->blocks[0]->n && !i->blocks[1]->n;
    if (!plain) {
        vec_side(e, i, i->blocks[0], "a", test);
        vec_side(e, i, i->blocks[1], "b", other);
    }
    for (unsigned d = 0; d < i->n_dst; d++) {
        const KReg r = i->dst[d];
        if (plain)
            emit_line(e, "const v_%s r%u = v_select_%s(r%u, r%u, r%u);", type_of(e, r), r, type_of(e, r), i->args[0], i->blocks[0]->yield[d], i->blocks[1]->yield[d]);
        else
            emit_line(e, "const v_%s r%u = v_select_%s(r%u, a%u, b%u);", type_of(e, r), r, type_of(e, r), i->args[0], r, r);
    }
}

static void vec_if_side(Emit *e, const KInst *i, const KBlock *b, const char *mask, bool negate)
{
    char m[24];
    if (!b || !b->n)
        return;
    snprintf(m, sizeof m, "m%d", e->depth);
    emit_open(e, "{");
    emit_line(e, mask ? "const v_bool %s = v_and_bool(%s%u%s, %s);" : "const v_bool %s = %s%u%s;", m, negate ? "v_not_bool(r" : "r", i->args[0], negate ? ")" : "", mask);
    const bool branch = block_size(e->k, b, 0) >= LONG_SIDE;
    if (branch)
        emit_open(e, "if (v_any(%s)) {", m);
    vec_block(e, b, m);
    if (branch)
        emit_close(e);
    emit_close(e);
}

static void vec_while(Emit *e, const KInst *i, const char *mask)
{
    char m[24];
    snprintf(m, sizeof m, "m%d", e->depth);
    emit_open(e, "{");
    emit_line(e, "v_bool %s = %s;", m, mask ? mask : "V_bool(1)");
    emit_open(e, "for (;;) {");
    vec_block(e, i->blocks[0], m);
    emit_line(e, "%s = v_and_bool(%s, r%u);", m, m, i->blocks[0]->yield[0]);
    emit_line(e, "if (!v_any(%s)) break;", m);
    vec_block(e, i->blocks[1], m);
    emit_close(e);
    emit_close(e);
}

/* Bounds may differ between lanes: the index is a vector and lanes leave one by one. */
static void vec_for(Emit *e, const KInst *i, const char *mask)
{
    const KAxis *x = &i->axes[0];
    char m[24];
    snprintf(m, sizeof m, "m%d", e->depth);
    emit_open(e, "{");
    emit_open(e, "for (v_i64 r%u = r%u;; r%u = v_add_i64(r%u, V_i64(1))) {", x->index, x->lo, x->index, x->index);
    emit_line(e, mask ? "const v_bool %s = v_and_bool(v_lt_i64(r%u, r%u), %s);" : "const v_bool %s = v_lt_i64(r%u, r%u);", m, x->index, x->hi, mask);
    emit_line(e, "if (!v_any(%s)) break;", m);
    vec_block(e, i->blocks[0], m);
    emit_close(e);
    emit_close(e);
}

/* Constant bounds: every lane runs every trip. */
static void vec_counted(Emit *e, const KInst *i, int64_t lo, int64_t hi, const char *mask)
{
    const KReg r = i->axes[0].index;
    emit_open(e, "for (int64_t i%u = %" PRId64 "; i%u < %" PRId64 "; i%u++) {", r, lo, r, hi, r);
    emit_line(e, "const v_i64 r%u = v_set_i64(i%u);", r, r);
    vec_block(e, i->blocks[0], mask);
    emit_close(e);
}

static void vec_loop(Emit *e, const KInst *i, const char *mask)
{
    uint64_t lo, hi;
    const KBlock *body = e->k->fns[0].body;
    if (emit_const_value(e->k, body, i->axes[0].lo, &lo) && emit_const_value(e->k, body, i->axes[0].hi, &hi))
        vec_counted(e, i, (int64_t)lo, (int64_t)hi, mask);
    else
        vec_for(e, i, mask);
}

static void vec_call(Emit *e, const KInst *i)
{
    const KFn *f = &e->k->fns[i->id];
    for (unsigned d = 0; d < i->n_dst; d++)
        emit_line(e, "v_%s r%u;", type_of(e, i->dst[d]), i->dst[d]);
    emit_open(e, "{ /* %s */", f->name);
    for (unsigned p = 0; p < f->n_params; p++)
        emit_line(e, "const v_%s r%u = r%u;", type_of(e, f->params[p]), f->params[p], i->args[p]);
    emit_vars(e, f->body);
    vec_block(e, f->body, NULL);
    for (unsigned d = 0; d < i->n_dst; d++)
        emit_line(e, "r%u = r%u;", i->dst[d], f->body->yield[d]);
    emit_close(e);
}

static void vec_constant(Emit *e, const KInst *i)
{
    const char *u = dtype_info[i->type].bytes == 8 ? "u" : "";
    text_printf(e->out, "V_%s(0x%" PRIx64 "%s)", dtype_name(i->type), i->bits, u);
    if (dtype_is_float(i->type))
        emit_float_note(e->out, i->type, i->bits);
}

static void vec_value(Emit *e, const KInst *i)
{
    const KReg r = i->dst[0];
    text_printf(e->out, "%*sconst v_%s r%u = ", 4 * e->depth, "", type_of(e, r), r);
    if (i->op == K_const)
        vec_constant(e, i);
    else if (i->op == K_load)
        text_printf(e->out, "v_table_%s(t%u, %" PRId64 "u, r%u)", dtype_name(i->type), i->id, e->k->mems[i->id].const_dims[0], i->args[0]);
    else
        emit_expr(e, i);
    text_puts(e->out, ";\n");
}

static void vec_block(Emit *e, const KBlock *b, const char *mask)
{
    if (++e->nest > EMIT_MAX_NEST)
        emit_fail(e, NULL, "nested too deep");
    for (size_t n = 0; !emit_failed(e) && n < b->n; n++) {
        const KInst *i = b->inst[n];
        switch (i->op) {
        case K_set: vec_assign(e, i->dst[0], i->args[0], mask); break;
        case K_cond: vec_cond(e, i); break;
        case K_if:
            vec_if_side(e, i, i->blocks[0], mask, false);
            vec_if_side(e, i, i->n_blocks > 1 ? i->blocks[1] : NULL, mask, true);
            break;
        case K_while: vec_while(e, i, mask); break;
        case K_for: vec_loop(e, i, mask); break;
        case K_call: vec_call(e, i); break;
        default: vec_value(e, i); break;
        }
    }
    e->nest--;
}

/* ── the function around them ── */

static void vector_body(Emit *e, const KFn *f)
{
    for (unsigned p = 0; p < f->n_params; p++)
        emit_line(e, "FN_ARG(%s, %u)", type_of(e, f->params[p]), p);
    for (unsigned r = 0; r < f->n_results; r++)
        emit_line(e, "FN_OUT(%s, %u)", type_of(e, f->body->yield[r]), r);
    emit_open(e, "FN_LOOP {");
    for (unsigned p = 0; p < f->n_params; p++)
        emit_line(e, "const v_%s r%u = v_ld_%s(p%u); p%u += d%u;", type_of(e, f->params[p]), f->params[p], type_of(e, f->params[p]), p, p, p);
    emit_vars(e, f->body);
    vec_block(e, f->body, NULL);
    for (unsigned r = 0; r < f->n_results; r++)
        emit_line(e, "v_st_%s(y%u + i, r%u);", type_of(e, f->body->yield[r]), r, f->body->yield[r]);
    emit_close(e);
}

static void lane_body(Emit *e, const KFn *f)
{
    for (unsigned p = 0; p < f->n_params; p++)
        emit_line(e, "FN_ARG_LANE(%s, %u)", type_of(e, f->params[p]), p);
    for (unsigned r = 0; r < f->n_results; r++)
        emit_line(e, "FN_OUT(%s, %u)", type_of(e, f->body->yield[r]), r);
    emit_open(e, "FN_LOOP_LANE {");
    for (unsigned p = 0; p < f->n_params; p++)
        emit_line(e, "const s_%s r%u = *p%u; p%u += d%u;", type_of(e, f->params[p]), f->params[p], p, p, p);
    emit_vars(e, f->body);
    emit_locals(e);
    emit_block(e, f->body);
    for (unsigned r = 0; r < f->n_results; r++)
        emit_line(e, "y%u[i] = r%u;", r, f->body->yield[r]);
    emit_close(e);
}

SpmlCode emit_c_primitive(const KirKernel *k, const char *name, Text *out, Error *err)
{
    if (!k->n_fns)
        return error_set(err, SPML_UNSUPPORTED, "emit", "%s: no function", k->name);
    const KFn *f = &k->fns[0];
    Emit e = { .k = k, .d = &emit_dialect_c, .out = out, .err = err };
    const bool vectors = fits(k, f->body, 0);
    text_printf(out, "/* %s:%u: %s(", k->file ? k->file : "?", k->line, f->name);
    for (unsigned p = 0; p < f->n_params; p++)
        text_printf(out, p ? ", %s" : "%s", type_of(&e, f->params[p]));
    text_puts(out, ") */\n");
    emit_open(&e, "FN %s(FN_PARAMS, unsigned form)", name);
    e.depth--;
    emit_open(&e, "{");
    e.table_prefix = vectors ? "t" : "m";
    emit_tables(&e);
    if (vectors) {
        e.d = &dialect_vec;
        vector_body(&e, f);
    } else {
        lane_body(&e, f);
    }
    emit_close(&e);
    emit_line(&e, "FN_FORMS_%u(%s)\n", f->n_params <= MAX_FORM_PARAMS ? f->n_params : 0, name);
    return e.code == SPML_OK && out->oom ? error_oom(err) : e.code;
}
