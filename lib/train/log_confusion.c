/* SPDX-License-Identifier: MIT
 * train: what a classifier takes for what: a matrix of counts, wanted by rows, got by columns, as text, CSV and a picture. */
#include "base/span.h"
#include "train/log.h"

#include <stdlib.h>
#include <string.h>

enum { SHOWN = 20, NAME = 12 };

SpmlCode confusion_open(int n, const char *const *names, Confusion *out, Error *err)
{
    size_t cells;
    *out = (Confusion){n, names, NULL};
    if (n < 1 || !size_mul((size_t)n, (size_t)n, &cells))
        return error_set(err, SPML_USAGE, "confusion", "a matrix of %d classes", n);
    out->count = calloc(cells, sizeof *out->count);
    return out->count ? SPML_OK : error_oom(err);
}

void confusion_free(Confusion *c)
{
    free(c->count);
    *c = (Confusion){0};
}

static uint64_t at(const Confusion *c, int want, int got) { return c->count[(size_t)want * (size_t)c->n + (size_t)got]; }

static uint64_t row_sum(const Confusion *c, int want)
{
    uint64_t n = 0;
    for (int i = 0; i < c->n; i++)
        n += at(c, want, i);
    return n;
}

/* At most NAME characters, filled up with blanks. */
static void put_name(Text *out, const char *name)
{
    Text t = {0};
    text_escape_terminal(&t, name, strlen(name));
    size_t n = 0, bytes = 0;
    while (bytes < t.n && n < NAME) {
        bytes++;
        while (bytes < t.n && ((uint8_t)t.p[bytes] & 0xc0) == 0x80)
            bytes++;
        n++;
    }
    text_add(out, t.p ? t.p : "", bytes);
    text_printf(out, "%*s", (int)(NAME - n), "");
    text_free(&t);
}

static void put_recall(Text *out, const Confusion *c, int want)
{
    uint64_t sum = row_sum(c, want);
    if (sum)
        text_printf(out, "  %5.1f %%\n", 100.0 * (double)at(c, want, want) / (double)sum);
    else
        text_puts(out, "        -\n");
}

static void print_matrix(const Confusion *c, Text *out)
{
    text_printf(out, "%*s", NAME + 4, "");
    for (int k = 0; k < c->n; k++)
        text_printf(out, " %6d", k);
    text_puts(out, "    right\n");
    for (int i = 0; i < c->n; i++) {
        text_printf(out, "%3d ", i);
        put_name(out, c->names[i]);
        for (int k = 0; k < c->n; k++)
            text_printf(out, " %6llu", (unsigned long long)at(c, i, k));
        put_recall(out, c, i);
    }
}

typedef struct Pair { uint64_t count; int want, got; } Pair;

static int by_count(const void *a, const void *b)
{
    const Pair *x = a, *y = b;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return x->want != y->want ? (x->want < y->want ? -1 : 1) : x->got - y->got;
}

/* The SHOWN largest errors. */
static void print_largest(const Confusion *c, Text *out)
{
    Pair top[SHOWN + 1];
    int n = 0;
    for (int i = 0; i < c->n; i++)
        for (int k = 0; k < c->n; k++) {
            if (i == k || !at(c, i, k))
                continue;
            top[n++] = (Pair){at(c, i, k), i, k};
            qsort(top, (size_t)n, sizeof *top, by_count);
            n = n > SHOWN ? SHOWN : n;
        }
    for (int i = 0; i < n; i++) {
        text_printf(out, "%8llu  ", (unsigned long long)top[i].count);
        text_escape_terminal(out, c->names[top[i].want], strlen(c->names[top[i].want]));
        text_puts(out, " taken for ");
        text_escape_terminal(out, c->names[top[i].got], strlen(c->names[top[i].got]));
        text_puts(out, "\n");
    }
}

void confusion_print(const Confusion *c, Text *out) { (c->n <= SHOWN ? print_matrix : print_largest)(c, out); }

void confusion_csv(const Confusion *c, Text *out)
{
    text_puts(out, "wanted");
    for (int i = 0; i < c->n; i++) {
        text_puts(out, ",");
        text_escape_csv(out, c->names[i], strlen(c->names[i]));
    }
    text_puts(out, "\n");
    for (int i = 0; i < c->n; i++) {
        text_escape_csv(out, c->names[i], strlen(c->names[i]));
        for (int k = 0; k < c->n; k++)
            text_printf(out, ",%llu", (unsigned long long)at(c, i, k));
        text_puts(out, "\n");
    }
}

static void svg_name(Text *out, int x, int y, const char *turn, const char *name)
{
    text_printf(out, "<text x=\"%d\" y=\"%d\"%s>", x, y, turn);
    text_escape_xml(out, name, strlen(name));
    text_puts(out, "</text>\n");
}

static void svg_cell(Text *out, const Confusion *c, int i, int k, int side, int left, int top)
{
    uint64_t n = at(c, i, k), sum = row_sum(c, i);
    int x = left + k * side, y = top + i * side, shade = sum ? (int)(255.0 * (double)n / (double)sum) : 0;
    if (!n)
        return;
    text_printf(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#%02x%02x%02x\"/>\n", x, y, side, side, i == k ? 255 - shade * 3 / 4 : 255,
                i == k ? 255 - shade * 2 / 5 : 255 - shade * 3 / 4, i == k ? 255 - shade / 8 : 255 - shade * 3 / 4);
    if (side >= 24)
        text_printf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%llu</text>\n", x + side / 2, y + side / 2 + 4, (unsigned long long)n);
}

/* Cells are shaded by their share of the row: right ones blue, wrong ones red. */
void confusion_svg(const Confusion *c, Text *out)
{
    int side = c->n <= SHOWN ? 44 : c->n <= 100 ? 10 : 3, left = 130, top = 130, span = side * c->n;
    text_printf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"11\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
                left + span + 20, top + span + 20);
    for (int i = 0; i < c->n; i++)
        for (int k = 0; k < c->n; k++)
            svg_cell(out, c, i, k, side, left, top);
    text_printf(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"none\" stroke=\"#888\"/>\n", left, top, span, span);
    for (int i = 0; i < c->n && side >= 10; i++) {
        char turn[64];
        int x = left + i * side + side / 2 + 4;
        snprintf(turn, sizeof turn, " transform=\"rotate(-60 %d %d)\"", x, top - 6);
        svg_name(out, x, top - 6, turn, c->names[i]);
        svg_name(out, left - 6, top + i * side + side / 2 + 4, " text-anchor=\"end\"", c->names[i]);
    }
    text_printf(out, "<text x=\"%d\" y=\"%d\" fill=\"#555\">wanted by row, got by column</text>\n</svg>\n", left, top + span + 14);
}
