/* SPDX-License-Identifier: MIT
 * kir: the canonical text of an instance, by which compiled kernels are cached and found: KERNEL<NAME=VALUE,…>/PACK=RANK… with the bindings
 * in order of their names, so that it depends on what is bound and not on how the caller listed it. */
#include "kir/prims.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_KEY_ROWS = 128 };
typedef struct KeyRow { const char *name, *text; int64_t value; } KeyRow; /* text NULL: value */

static int by_name(const void *a, const void *b)
{
    return strcmp(((const KeyRow *)a)->name, ((const KeyRow *)b)->name);
}

static void add_row(KeyRow *rows, size_t *n, const char *name, const char *text, int64_t value)
{
    if (*n < MAX_KEY_ROWS)
        rows[(*n)++] = (KeyRow){ name, text, value };
}

static void print_rows(KeyRow *rows, size_t n, const char *open, const char *between, const char *close, Text *out)
{
    qsort(rows, n, sizeof *rows, by_name);
    for (size_t i = 0; i < n; i++) {
        text_printf(out, "%s%s=", i ? between : open, rows[i].name);
        if (rows[i].text)
            text_puts(out, rows[i].text);
        else
            text_printf(out, "%" PRId64, rows[i].value);
    }
    text_puts(out, n ? close : "");
}

void kir_binding_key(const KModule *m, const char *kernel, const KirBinding *b, Text *out)
{
    KeyRow rows[MAX_KEY_ROWS];
    size_t n = 0;
    text_puts(out, kernel);
    for (size_t i = 0; i < b->n_types; i++)
        add_row(rows, &n, b->types[i].name, b->types[i].block ? b->types[i].block : dtype_name(b->types[i].type), 0);
    for (size_t i = 0; i < b->n_fns; i++)
        add_row(rows, &n, b->fns[i].name, b->fns[i].fn, 0);
    for (size_t i = 0; i < b->n_consts; i++)
        add_row(rows, &n, b->consts[i].name, b->consts[i].live ? "live" : NULL, b->consts[i].value);
    print_rows(rows, n, "<", ",", ">", out);
    n = 0;
    for (size_t i = 0; i < b->n_ranks; i++)
        add_row(rows, &n, b->ranks[i].name, NULL, b->ranks[i].rank);
    print_rows(rows, n, "/", "/", "", out);
    for (size_t i = 0; b->operand_ranks && i < b->n_operands; i++)
        text_printf(out, i ? ",%d" : "/%d", b->operand_ranks[i]);
}
