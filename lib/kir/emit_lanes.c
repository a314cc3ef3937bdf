/* SPDX-License-Identifier: MIT
 * kir: what device dialects share: strides and extents out of the parameter block, items of the top level by their number, loops of a group's
 * lanes. Takes a scheduled and legalised kernel; every lane runs uniform code, lane `lid` of `lanes` takes each lanes-th item of a lane loop. */
#include "kir/emit.h"

#include <string.h>

const KInst *emit_top(const KirKernel *k)
{
    const KInst *i = k->body && k->body->n ? k->body->inst[k->body->n - 1] : NULL;
    return i && (i->op == K_each || i->op == K_group) ? i : NULL;
}

bool emit_has_loops(const KirKernel *k, const KBlock *b, int nest)
{
    for (size_t n = 0; b && nest < EMIT_MAX_NEST && n < b->n; n++) {
        const KInst *i = b->inst[n];
        if (i->op == K_while || i->op == K_for || ((i->op == K_each || i->op == K_group) && i != emit_top(k)))
            return true;
        for (unsigned s = 0; s < i->n_blocks; s++)
            if (emit_has_loops(k, i->blocks[s], nest + 1))
                return true;
    }
    return false;
}

/* ── the parameter block ── */

typedef struct Uses { uint32_t strides, extents; } Uses; /* a bit per operand */

static void find_uses(Emit *e, const KBlock *b, Uses *u, int nest)
{
    for (size_t n = 0; b && nest < EMIT_MAX_NEST && n < b->n; n++) {
        const KInst *i = b->inst[n];
        const bool access = i->op == K_load || i->op == K_store || i->op == K_scatter;
        if ((access || i->op == K_extent) && i->id < e->k->n_operands) {
            u->strides |= access ? 1u << i->id : 0;
            u->extents |= i->op != K_load && i->op != K_store ? 1u << i->id : i->guard != KGUARD_NONE ? 1u << i->id : 0;
        }
        for (unsigned s = 0; s < i->n_blocks; s++)
            find_uses(e, i->blocks[s], u, nest + 1);
        for (unsigned a = 0; a < i->n_axes; a++)
            find_uses(e, i->axes[a].bound, u, nest + 1);
    }
}

static void declare_word(Emit *e, const char *what, size_t m, unsigned d, uint32_t word)
{
    emit_begin(e);
    text_printf(e->out, "const %s m%zu_%s%u = ", e->d->index_type, m, what, d);
    e->d->word(e, word);
    text_puts(e->out, ";\n");
}

void emit_words(Emit *e)
{
    Uses u = { 0 };
    find_uses(e, e->k->body, &u, 0);
    for (uint32_t m = 0; m < e->k->n_operands; m++) {
        for (unsigned d = 0; d < e->k->mems[m].rank && u.extents >> m & 1; d++)
            declare_word(e, "d", m, d, kir_word_dim(e->k, m, d));
        for (unsigned d = 0; d < e->k->mems[m].rank && u.strides >> m & 1; d++)
            if (kir_fact(e->facts, m, d) == KFACT_ANY)
                declare_word(e, "s", m, d, kir_word_stride(e->k, m, d));
    }
}

/* ── items ── */

/* How many indices an axis has: n<index>. */
static void axis_count(Emit *e, const KAxis *x, bool small, bool positive)
{
    const char *t = small ? "uint" : e->d->index_type, *open = small ? e->d->cast_uint[0] : "", *close = small ? e->d->cast_uint[1] : "";
    emit_begin(e);
    text_printf(e->out, "const %s n%u = %s", t, x->index, open);
    if (!positive)
        text_printf(e->out, "r%u <= r%u ? 0 : ", x->hi, x->lo);
    if (x->by)
        text_printf(e->out, "(r%u - r%u + r%u - 1) / r%u", x->hi, x->lo, x->by, x->by);
    else
        text_printf(e->out, "r%u - r%u", x->hi, x->lo);
    text_printf(e->out, "%s;\n", close);
}

/* `from` counts points of the first n axes row-major; afterwards their index registers are set. */
static void axes_of(Emit *e, const KInst *i, unsigned n, bool small)
{
    const char *open = small ? e->d->cast_index[0] : "", *close = small ? e->d->cast_index[1] : "";
    for (unsigned a = n; a-- > 0;) {
        const KAxis *x = &i->axes[a];
        char rest[24] = "";
        if (a)
            snprintf(rest, sizeof rest, " %% n%u", x->index);
        emit_begin(e);
        text_printf(e->out, "const %s r%u = r%u + %s%sfrom%s%s%s", e->d->index_type, x->index, x->lo, open, a && !small ? "(" : "", rest, a && !small ? ")" : "", close);
        if (x->by)
            text_printf(e->out, " * r%u", x->by);
        text_puts(e->out, ";");
        text_printf(e->out, a ? " from /= n%u;\n" : "\n", x->index);
    }
}

static void open_top(Emit *e, const KInst *i)
{
    const bool small = e->facts && e->facts->small;
    for (unsigned a = 0; a < i->n_axes; a++)
        if (i->axes[a].bound)
            emit_fail(e, i, "bounds of the top level that depend on its axes");
    const bool exact = i->op == K_group && e->t->language == KLANG_OPENCL; /* never more groups; PoCL is weak at barriers under a condition */
    emit_open(e, exact ? "{" : "if (item < items) {");
    for (unsigned a = 1; a < i->n_axes; a++)
        axis_count(e, &i->axes[a], small, true);
    if (i->n_axes)
        emit_line(e, small ? "uint from = %sitem%s;" : "%s from = item;", small ? e->d->cast_uint[0] : e->d->index_type, e->d->cast_uint[1]);
    axes_of(e, i, i->n_axes, small);
}

/* One work-item a group: group `item` of `groups` takes its share of the items, and of each row of them the inner loop is over the last axis alone, which
 * compilers make vectors of. */
static void open_share(Emit *e, const KInst *i)
{
    const bool small = e->facts && e->facts->small;
    const char *t = small ? "uint" : e->d->index_type;
    const unsigned n = i->n_axes;
    for (unsigned a = 0; a < n; a++) {
        if (i->axes[a].bound)
            emit_fail(e, i, "bounds of the top level that depend on its axes");
        if (a)
            axis_count(e, &i->axes[a], small, true);
    }
    emit_line(e, "const long until = items * (item + 1) / groups;");
    emit_open(e, "for (long at = items * item / groups; at < until;) {");
    if (n == 0) {
        emit_line(e, "at++;");
        return;
    }
    const KAxis *x = &i->axes[n - 1];
    emit_line(e, "%s from = (%s)at;", t, t);
    if (n > 1)
        emit_line(e, "const long first = from %% n%u, run = min((long)n%u - first, until - at); from /= n%u;", x->index, x->index, x->index);
    else
        emit_line(e, "const long first = from, run = until - at;");
    axes_of(e, i, n - 1, small);
    emit_line(e, "at += run;");
    emit_open(e, "for (long j = first; j < first + run; j++) {");
    emit_begin(e);
    text_printf(e->out, "const long r%u = r%u + j", x->index, x->lo);
    if (x->by)
        text_printf(e->out, " * r%u", x->by);
    text_puts(e->out, ";\n");
}

/* ── lanes ── */

static bool flat(const KInst *i) /* several axes whose bounds do not depend on each other */
{
    for (unsigned a = 0; a < i->n_axes; a++)
        if (i->axes[a].bound)
            return false;
    return i->n_axes > 1;
}

static void counts(Emit *e, const KInst *i) /* their product */
{
    for (unsigned a = 0; a < i->n_axes; a++)
        text_printf(e->out, a ? " * n%u" : "n%u", i->axes[a].index);
}

static void open_flat(Emit *e, const KInst *i, uint32_t lanes)
{
    emit_open(e, "{");
    for (unsigned a = 0; a < i->n_axes; a++)
        axis_count(e, &i->axes[a], false, false);
    emit_begin(e);
    text_printf(e->out, e->watch ? "%s at = lid; for (; at < " : "for (%s at = lid; at < ", e->d->index_type);
    counts(e, i);
    text_printf(e->out, "; at += %u) {\n", lanes);
    e->depth++;
    emit_line(e, "%s from = at;", e->d->index_type);
    axes_of(e, i, i->n_axes, false);
}

static void open_lanes(Emit *e, const KInst *i, uint32_t lanes)
{
    if (!i->n_axes)
        emit_open(e, lanes > 1 ? "if (lid == 0) {" : "{");
    else if (flat(i) && lanes > 1)
        open_flat(e, i, lanes);
    else
        for (unsigned a = 0; a < i->n_axes; a++)
            emit_axis(e, &i->axes[a], lanes > 1 && a + 1 == i->n_axes ? lanes : 0);
}

static void close_lanes(Emit *e, const KInst *i, uint32_t lanes)
{
    if (!i->n_axes) {
        emit_close(e);
    } else if (flat(i) && lanes > 1) {
        emit_close(e);
        if (e->watch) {
            emit_begin(e);
            text_puts(e->out, "cut = cut || at < ");
            counts(e, i);
            text_puts(e->out, ";\n");
        }
        emit_close(e);
    } else {
        for (unsigned a = i->n_axes; a-- > 0;)
            emit_axis_end(e, &i->axes[a]);
    }
}

bool emit_lanes(Emit *e, const KInst *i, bool open)
{
    const uint32_t lanes = e->k->group_size;
    const bool top = i == emit_top(e->k);
    if (open && top && e->share)
        open_share(e, i);
    else if (open && top)
        open_top(e, i);
    else if (open)
        open_lanes(e, i, lanes);
    else if (top)
        for (unsigned n = e->share && i->n_axes ? 2 : 1; n > 0; n--)
            emit_close(e);
    else
        close_lanes(e, i, lanes);
    return true;
}

/* Is register r set before the top level? */
static bool among_lets(const KirKernel *k, KReg r)
{
    for (size_t n = 0; n + 1 < k->body->n; n++)
        for (unsigned d = 0; d < k->body->inst[n]->n_dst; d++)
            if (k->body->inst[n]->dst[d] == r)
                return true;
    return false;
}

/* Does the launch decide how large a shared array is? */
static bool live_shared(Emit *e)
{
    int64_t n;
    bool live = false;
    for (size_t m = e->k->n_operands; m < e->k->n_mems; m++) {
        const KMem *s = &e->k->mems[m];
        for (unsigned d = 0; emit_is_shared(s) && d < s->rank; d++) {
            if (emit_const_dim(e->k, s, d, &n))
                continue;
            live = true;
            if (!s->dims || !among_lets(e->k, s->dims[d]))
                emit_fail(e, NULL, "a shared array whose size is calculated inside the group");
        }
    }
    return live;
}

static bool has_loop(const KBlock *b)
{
    for (size_t n = 0; n < b->n; n++) {
        if (b->inst[n]->op == K_for || b->inst[n]->op == K_while)
            return true;
        for (unsigned s = 0; s < b->inst[n]->n_blocks; s++)
            if (has_loop(b->inst[n]->blocks[s]))
                return true;
    }
    return false;
}

SpmlCode emit_info(Emit *e, KirEmitted *info)
{
    enum { LIGHT_ITEMS = 1024 };
    const KInst *top = emit_top(e->k);
    memset(info, 0, sizeof *info);
    if (!e->k->scheduled || !top)
        return emit_fail(e, NULL, "only scheduled kernels are emitted");
    info->group = top->op == K_group;
    e->share = !info->group && e->t->language == KLANG_OPENCL && e->t->lanes == 1;
    e->unroll = e->t->language == KLANG_OPENCL && e->t->lanes == 1;
    info->share = !e->share ? 0 : has_loop(top->blocks[0]) ? 1 : LIGHT_ITEMS;
    info->group_size = info->group ? e->k->group_size : e->share ? 1 : e->t->items;
    info->by_value = kir_words(e->k) <= e->t->max_by_value;
    info->dynamic_shared = live_shared(e);
    e->dynamic = info->dynamic_shared;
    return e->code;
}
