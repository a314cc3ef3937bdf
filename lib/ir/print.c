/* SPDX-License-Identifier: MIT
 * ir: types as text. */
#include "ir/graph.h"

static void dim_print(const Dim *d, Text *out, int depth)
{
    static const char *const op[] = {[DIM_ADD] = "+", [DIM_SUB] = "-", [DIM_MUL] = "*", [DIM_DIV] = "/", [DIM_MOD] = "%", [DIM_MIN] = "min", [DIM_MAX] = "max"};
    if (d->kind == DIM_CONST) {
        text_printf(out, "%lld", (long long)d->value);
    } else if (d->kind == DIM_SYM) {
        text_puts(out, d->sym->origin == SYM_DATA ? "?" : d->sym->name);
    } else if (depth > 8) {
        text_puts(out, "?");
    } else {
        bool word = d->kind == DIM_MIN || d->kind == DIM_MAX;
        text_puts(out, word ? op[d->kind] : depth ? "(" : "");
        text_puts(out, word ? "(" : "");
        dim_print(d->a, out, depth + 1);
        text_puts(out, word ? ", " : op[d->kind]);
        dim_print(d->b, out, depth + 1);
        text_puts(out, word || depth ? ")" : "");
    }
}

static void type_print_at(const Type *t, Text *out, int depth)
{
    static const char *const kind[] = {[TYPE_NONE] = "?", [TYPE_SEQUENCE] = "seq(", [TYPE_OPTIONAL] = "optional(", [TYPE_MAP] = "map("};
    if (t->kind != TYPE_TENSOR) {
        text_puts(out, kind[t->kind]);
        if (t->kind == TYPE_MAP)
            text_printf(out, "%s, ", dtype_name(t->key));
        if (t->elem && depth < IR_MAX_DEPTH)
            type_print_at(t->elem, out, depth + 1);
        if (t->kind != TYPE_NONE)
            text_puts(out, ")");
        return;
    }
    text_puts(out, t->dtype == DT_none ? "?" : dtype_name(t->dtype));
    if (t->rank < 0) {
        text_puts(out, "[...]");
        return;
    }
    text_puts(out, "[");
    for (int i = 0; i < t->rank; i++) {
        if (i)
            text_puts(out, ",");
        dim_print(t->dim[i], out, 0);
    }
    text_puts(out, "]");
}

void type_print(const Type *t, Text *out) { type_print_at(t, out, 0); }
