/* SPDX-License-Identifier: MIT
 * kir: accesses, private arrays and constant tables as all C-like dialects write them: offsets by strides m<i>_s<d> and extents m<i>_d<d>,
 * guards, updates of scatter. How an element is named is the dialect's. Facts about a launch turn strides into literals. */
#include "kir/emit.h"

#include <inttypes.h>
#include <stdio.h>

bool emit_const_dim(const KirKernel *k, const KMem *m, unsigned d, int64_t *out)
{
    uint64_t bits;
    if (m->const_dims && m->const_dims[d] >= 0)
        *out = m->const_dims[d];
    else if (m->dims && emit_const_value(k, k->body, m->dims[d], &bits))
        *out = (int64_t)bits;
    else
        return false;
    return true;
}

void emit_extent_of(Emit *e, uint32_t id, unsigned d)
{
    const KMem *m = &e->k->mems[id];
    int64_t n;
    if (emit_is_operand(m))
        text_printf(e->out, "m%u_d%u", id, d);
    else if (emit_const_dim(e->k, m, d, &n))
        text_printf(e->out, "%" PRId64, n);
    else if (m->dims)
        text_printf(e->out, "r%u", m->dims[d]);
    else
        emit_fail(e, NULL, "a local array of unknown size");
}

static void operand_offset(Emit *e, const KInst *i, unsigned rank)
{
    bool any = false;
    for (unsigned d = 0; d < rank; d++) {
        const unsigned fact = kir_fact(e->facts, i->id, d);
        if (fact == KFACT_ZERO)
            continue;
        text_printf(e->out, any ? " + r%u" : "r%u", i->args[d]);
        if (fact == KFACT_ANY)
            text_printf(e->out, " * m%u_s%u", i->id, d);
        any = true;
    }
    if (!any)
        text_puts(e->out, "0");
}

void emit_offset(Emit *e, const KInst *i)
{
    const KMem *m = &e->k->mems[i->id];
    if (emit_is_operand(m) || !m->rank) {
        operand_offset(e, i, m->rank);
        return;
    }
    for (unsigned d = 1; d < m->rank; d++)
        text_puts(e->out, "(");
    text_printf(e->out, "r%u", i->args[0]);
    for (unsigned d = 1; d < m->rank; d++) {
        text_puts(e->out, " * ");
        emit_extent_of(e, i->id, d);
        text_printf(e->out, " + r%u)", i->args[d]);
    }
}

void emit_packed_byte(Emit *e, const KInst *i)
{
    text_puts(e->out, "(");
    emit_offset(e, i);
    text_printf(e->out, " >> %u)", dtype_info[e->k->mems[i->id].type].block == 2 ? 1 : dtype_info[e->k->mems[i->id].type].block == 4 ? 2 : 3);
}

void emit_packed_shift(Emit *e, const KInst *i)
{
    const DType t = e->k->mems[i->id].type;
    text_printf(e->out, "%s", e->d->cast_uint[0]);
    text_puts(e->out, "((");
    emit_offset(e, i);
    text_printf(e->out, ") & %u)%s * %uu", dtype_info[t].block - 1u, e->d->cast_uint[1], dtype_bits(t));
}

void emit_in_range(Emit *e, const KInst *i)
{
    const KMem *m = &e->k->mems[i->id];
    const char *const *u = e->d->cast_u64;
    const char *const also = e->d->both ? e->d->both : " && ";
    const bool field = i->field && i->field_n > 1;
    bool any = false;
    for (unsigned d = 0; d < m->rank; d++) {
        if (i->proven >> d & 1)
            continue;
        text_printf(e->out, "%s%sr%u%s < %s", any ? also : "", u[0], i->args[d], u[1], u[0]);
        emit_extent_of(e, i->id, d);
        text_puts(e->out, u[1]);
        any = true;
    }
    if (field)
        text_printf(e->out, "%s%sr%u%s < %uu", any ? also : "", u[0], i->args[m->rank], u[1], i->field_n);
    if (!any && !field)
        text_puts(e->out, "true");
}

void emit_load(Emit *e, const KInst *i)
{
    if (i->guard != KGUARD_NONE) {
        emit_in_range(e, i);
        text_puts(e->out, " ? ");
    }
    e->d->get(e, i);
    if (i->guard == KGUARD_ELSE)
        text_printf(e->out, " : r%u", i->args[i->n_args - 1]);
    else if (i->guard == KGUARD_ZERO)
        text_puts(e->out, " : 0");
}

void emit_store(Emit *e, const KInst *i)
{
    char value[16];
    snprintf(value, sizeof value, "r%u", i->args[i->n_args - 1]);
    if (i->guard != KGUARD_NONE) {
        emit_begin(e);
        text_puts(e->out, "if (");
        emit_in_range(e, i);
        text_puts(e->out, ")\n");
        e->depth++;
    }
    emit_begin(e);
    e->d->put(e, i, value);
    e->depth -= i->guard != KGUARD_NONE;
}

/* ── scatter ── */

/* Items or lanes that run beside each other meet in an element. Updates that do not commute were put in order by the schedule. */
static bool meets(const KirKernel *k, const KInst *i)
{
    return k->group_size > 1 && i->rule == KSCATTER_ORDERED && i->fn != K_move && dtype_is_int(i->type) && !i->n_dst && k->mems[i->id].kind != KMEM_PRIVATE;
}

/* r0: the element before */
static void update(Emit *e, const KInst *i)
{
    const KReg args[2] = { 0, i->args[i->n_args - 1] };
    const KInst op = { .op = (KOp)i->fn, .type = i->type, .n_args = 2, .args = (KReg *)args, .line = i->line, .file = i->file };
    const char *t = emit_type(e, i, i->type), *v = e->d->value[emit_class(i->type)];
    char value[16];
    emit_begin(e);
    text_printf(e->out, "%s%s r0 = ", v ? v : "const ", t);
    e->d->get(e, i);
    text_puts(e->out, ";\n");
    if (i->n_dst)
        emit_line(e, "r%u = r0;", i->dst[0]);
    snprintf(value, sizeof value, "r%u", args[1]);
    if (i->fn != K_move) {
        emit_begin(e);
        text_printf(e->out, "%s%s u0 = ", v ? v : "const ", t);
        emit_expr(e, &op);
        text_puts(e->out, ";\n");
    }
    emit_begin(e);
    e->d->put(e, i, i->fn == K_move ? value : "u0");
}

void emit_scatter(Emit *e, const KInst *i)
{
    if (i->n_dst) {
        const KInst old = { .type = i->type };
        const char *v = e->d->var[emit_class(i->type)];
        emit_begin(e);
        text_printf(e->out, "%s%s r%u = ", v ? v : "", emit_type(e, i, i->type), i->dst[0]);
        emit_template(e, e->d->zero, &old);
        text_puts(e->out, ";\n");
    }
    emit_begin(e);
    text_puts(e->out, "if (");
    emit_in_range(e, i);
    text_puts(e->out, ") {\n");
    e->depth++;
    if (!meets(e->k, i))
        update(e, i);
    else if (!e->d->atomic(e, i))
        emit_fail(e, i, "this atomic update");
    emit_close(e);
}

/* ── locals ── */

int64_t emit_elements(Emit *e, const KMem *m)
{
    int64_t n = 1, dim;
    for (unsigned d = 0; d < m->rank; d++) {
        if (!emit_const_dim(e->k, m, d, &dim) || dim < 0 || dim > 1 << 24 || n > 1 << 24) {
            emit_fail(e, NULL, "a local array whose size is not a small constant");
            return 0;
        }
        n *= dim;
    }
    return n;
}

void emit_locals(Emit *e)
{
    for (size_t m = e->k->n_operands; m < e->k->n_mems; m++) {
        const KMem *p = &e->k->mems[m];
        if (p->kind != KMEM_PRIVATE)
            continue;
        const char *t = e->d->element_type[p->type] ? e->d->element_type[p->type] : emit_type(e, NULL, p->type);
        emit_line(e, "%s m%zu[%" PRId64 "];", t, m, emit_elements(e, p));
    }
}

void emit_tables(Emit *e)
{
    for (size_t m = 0; m < e->k->n_mems; m++) {
        const KMem *t = &e->k->mems[m];
        if (t->kind != KMEM_TABLE)
            continue;
        const DType as = !e->d->table_bits || !dtype_is_float(t->type) ? t->type : dtype_info[t->type].bytes == 8 ? DT_u64 : DT_u32;
        const char *name = e->d->element_type[as] ? e->d->element_type[as] : emit_type(e, NULL, as);
        const int64_t n = emit_elements(e, t);
        emit_begin(e);
        text_printf(e->out, "%s%s %s%zu[%" PRId64 "] = ", e->d->table, name, e->table_prefix, m, n);
        if (e->d->table_call)
            text_printf(e->out, "%s[%" PRId64 "](", name, n);
        else
            text_puts(e->out, "{ ");
        for (int64_t i = 0; i < n; i++) {
            text_puts(e->out, i ? ", " : "");
            e->d->constant(e, as, t->table[i]);
        }
        text_puts(e->out, e->d->table_call ? ");\n" : " };\n");
    }
}
