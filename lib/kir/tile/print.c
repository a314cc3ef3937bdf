/* SPDX-License-Identifier: MIT
 * kir/tile: prints a program, one instruction a line: name, results ← operands. %123 is the slot at byte 123, $4 scalar 4, #x a constant. */
#include "kir/tile/internal.h"

static const char *const names[T_COUNT] = {
    "scalar", "prim", "call", "eval", "widen", "narrow", "move", "select", "blend", "iota", "lane0", "load", "store", "scatter", "sload", "sstore", "if",
    "if-any", "while", "loop", "each", "reduce", "reduce-lanes", "dot", "scan",
};

static void print_ref(const TVariant *v, TRef r, Text *out)
{
    if (r == TREF_NONE)
        text_puts(out, " -");
    else if (r >= 0)
        r < TREF_PTR ? text_printf(out, " %%%d", r) : text_printf(out, " &%d", r - TREF_PTR);
    else if (v->init[~r])
        text_printf(out, " #%llx", (unsigned long long)v->init[~r]);
    else
        text_printf(out, " $%d", ~r);
}

static void print_block(const TVariant *v, const TBlock *b, int depth, Text *out);

static void print_inst(const TVariant *v, const TInst *in, int depth, Text *out)
{
    text_printf(out, "%*s%s", depth * 2, "", names[in->op]);
    if (in->op == T_SCALAR)
        text_printf(out, ".%s", kop_info[in->kop].name);
    else if (in->name)
        text_printf(out, ".%s", in->name);
    if (in->type != DT_none)
        text_printf(out, " %s", dtype_name(in->type));
    if (in->form)
        text_printf(out, " form %u", in->form);
    for (int i = 0; i < in->n_dst; i++)
        print_ref(v, in->dst[i], out);
    if (in->ptr >= 0)
        text_printf(out, " &%d", in->ptr);
    text_puts(out, " <-");
    for (int i = 0; i < in->n_src; i++)
        print_ref(v, in->src[i], out);
    if (in->access) {
        const TAccess *x = in->access;
        text_printf(out, " mem %u %s%s%s [", x->mem, dtype_name(x->storage), x->guarded ? " guarded" : "", x->gather ? " gather" : "");
        for (int d = 0; d < x->n_dims; d++)
            text_puts(out, x->dim[d].slot != TREF_NONE ? " slot" : x->dim[d].func >= 0 ? " affine" : " uniform");
        text_puts(out, " ]");
    }
    text_puts(out, "\n");
    const TReduce *r = in->red;
    for (int i = 0; i < 2; i++)
        if (in->block[i])
            print_block(v, in->block[i], depth + 1, out);
    if (r && r->step)
        text_printf(out, "%*sstep\n", depth * 2, ""), print_block(v, r->step, depth + 1, out);
    if (r && r->merge)
        text_printf(out, "%*smerge\n", depth * 2, ""), print_block(v, r->merge, depth + 1, out);
}

static void print_block(const TVariant *v, const TBlock *b, int depth, Text *out)
{
    for (size_t i = 0; i < b->n; i++)
        print_inst(v, &b->inst[i], depth, out);
}

static void print_variant(const TVariant *v, Text *out)
{
    text_printf(out, "%s: %zu instructions, %zu scalars, %zu bytes of slots%s%s\n", v->rows ? "rows" : "items", v->n_insts, v->n_scalars, v->sz_slots,
        v->single ? ", one lane" : "", v->serial ? ", one thread" : "");
    text_puts(out, " launch\n");
    print_block(v, v->pre, 1, out);
    text_puts(out, " body\n");
    print_block(v, v->body, 1, out);
}

void tile_print(const TileProgram *p, Text *out)
{
    print_variant(p->items, out);
    if (p->rows)
        print_variant(p->rows, out);
}
