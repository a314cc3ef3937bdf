/* SPDX-License-Identifier: MIT
 * cli: a comparison as a line or as JSON; run --expect, compare and bench print it alike. */
#include "cli.h"

#include <stdlib.h>

static void put_at(const int64_t *at, int rank, Text *t)
{
    text_puts(t, "[");
    for (int i = 0; i < rank; i++)
        text_printf(t, "%s%lld", i ? "," : "", (long long)at[i]);
    text_puts(t, "]");
}

void difference_line(const char *what, const SpmlTensor *got, const SpmlDifference *d, double rtol, double atol)
{
    char *type = spml_tensor_type_text(got);
    Text t = {0}, at = {0};
    text_puts(&t, d->equal ? "ok    " : "FAIL  ");
    text_puts(&t, what);
    text_printf(&t, "  %s", type ? type : "");
    put_at(d->equal ? d->at_max : d->at, d->rank, &at);
    if (*d->reason)
        text_printf(&t, "  %s%s", d->n_item >= 0 ? "an item: " : "", d->reason);
    else if (d->equal)
        text_printf(&t, "  max abs %.1e at %s  limit %.0e + %.0e * |want|", d->max_abs, at.p, atol, rtol);
    else
        text_printf(&t, "  %lld of %lld differ  worst %s: got %.5g, want %.5g, off %.1e, limit %.1e", (long long)d->n_differ, (long long)d->n, at.p, d->got, d->want, d->got > d->want ? d->got - d->want : d->want - d->got, d->limit);
    out_name(t.p ? t.p : "");
    out_printf("\n");
    text_free(&t);
    text_free(&at);
    free(type);
}

void difference_json(Text *t, const char *name, const SpmlTensor *got, const SpmlDifference *d)
{
    char *type = spml_tensor_type_text(got);
    text_puts(t, "{\"name\":");
    json_string(t, name);
    text_printf(t, ",\"type\":\"%s\",\"equal\":%s,\"n\":%lld,\"differ\":%lld,\"max_abs\":", type ? type : "", d->equal ? "true" : "false", (long long)d->n, (long long)d->n_differ);
    json_number(t, d->max_abs);
    if (*d->reason) {
        text_puts(t, ",\"reason\":");
        json_string(t, d->reason);
    } else if (!d->equal) {
        text_puts(t, ",\"worst\":");
        put_at(d->at, d->rank, t);
        text_puts(t, ",\"got\":");
        json_number(t, d->got);
        text_puts(t, ",\"want\":");
        json_number(t, d->want);
        text_puts(t, ",\"limit\":");
        json_number(t, d->limit);
    }
    text_puts(t, "}");
    free(type);
}
