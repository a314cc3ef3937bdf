/* SPDX-License-Identifier: MIT
 * tasks: a graph as a picture: Graphviz text, and SVG drawn here: one column, nodes in the order they run, edges that skip nodes bend to the right. */
#include "tasks.h"

#include "ir/ops.h"

#include <string.h>

enum { BOX_W = 260, BOX_H = 34, STEP_Y = 58, LEFT = 40, LANE = 10, LANES = 24 };

static const char *title(const Node *n) { return n->origin ? n->origin : op_info[n->op].name; }

static void number_nodes(const Graph *g, Map *at, Arena *a)
{
    uintptr_t i = 1;
    for (const Node *n = g->first; n; n = n->next, i++)
        for (int k = 0; k < n->n_out; k++)
            if (n->out[k]) {
                const Value **key = arena_new(a, const Value *);
                if (key) {
                    *key = n->out[k];
                    map_put(at, (const char *)key, sizeof *key, (void *)i);
                }
            }
}

static uintptr_t producer(const Map *at, const Value *v) { return (uintptr_t)map_find(at, (const char *)&v, sizeof v); }

static void put_type(const Value *v, void (*escape)(Text *, const char *, size_t), Text *out)
{
    Text t = {0};
    type_print(&v->type, &t);
    escape(out, t.p ? t.p : "", t.n);
    text_free(&t);
}

static void put_name(const char *s, void (*escape)(Text *, const char *, size_t), Text *out)
{
    size_t n = s ? strlen(s) : 0;
    escape(out, s ? s : "", n > 200 ? 200 : n);
}

/* ── Graphviz ── */

static void dot_edges(const Node *n, uintptr_t i, const Graph *g, const Map *at, Text *out)
{
    for (int k = 0; k < n->n_in; k++) {
        uintptr_t from = n->in[k] ? producer(at, n->in[k]) : 0;
        for (size_t j = 0; n->in[k] && !from && j < g->n_in; j++)
            if (g->in[j] == n->in[k] && !n->in[k]->data)
                text_printf(out, "  i%zu -> n%zu", j, (size_t)i);
        if (from)
            text_printf(out, "  n%zu -> n%zu", (size_t)from, (size_t)i);
        bool drawn = out->n && out->p[out->n - 1] != '\n';
        if (drawn) {
            text_puts(out, " [label=\"");
            put_type(n->in[k], text_escape_dot, out);
            text_puts(out, "\"];\n");
        }
    }
}

void model_draw_dot(const Graph *g, Text *out)
{
    Arena a = {0};
    Map at = map_make(&a);
    uintptr_t i = 1;
    number_nodes(g, &at, &a);
    text_puts(out, "digraph model {\n  node [shape=box, fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\", fontsize=9];\n");
    for (size_t k = 0; k < g->n_in; k++)
        if (!g->in[k]->data) {
            text_printf(out, "  i%zu [shape=ellipse, label=\"", k);
            put_name(g->in[k]->name, text_escape_dot, out);
            text_puts(out, "\"];\n");
        }
    for (const Node *n = g->first; n; n = n->next, i++) {
        text_printf(out, "  n%zu [label=\"", (size_t)i);
        put_name(title(n), text_escape_dot, out);
        text_puts(out, "\\n");
        put_name(n->name, text_escape_dot, out);
        text_puts(out, "\"];\n");
        dot_edges(n, i, g, &at, out);
    }
    for (size_t k = 0; k < g->n_out; k++) {
        text_printf(out, "  o%zu [shape=ellipse, label=\"", k);
        put_name(g->out[k]->name, text_escape_dot, out);
        text_puts(out, "\"];\n");
        if (producer(&at, g->out[k]))
            text_printf(out, "  n%zu -> o%zu;\n", (size_t)producer(&at, g->out[k]), k);
    }
    text_puts(out, "}\n");
    out->oom |= a.oom;
    arena_free(&a);
}

/* ── SVG ── */

static void svg_box(size_t row, const char *class, const char *head, const char *name, const Value *v, Text *out)
{
    size_t y = 20 + row * STEP_Y;
    text_printf(out, "<g class=\"%s\"><rect x=\"%d\" y=\"%zu\" width=\"%d\" height=\"%d\" rx=\"4\"/><text x=\"%d\" y=\"%zu\">", class, LEFT, y, BOX_W, BOX_H, LEFT + 8, y + 14);
    put_name(head, text_escape_xml, out);
    text_printf(out, "</text><text class=\"small\" x=\"%d\" y=\"%zu\">", LEFT + 8, y + 28);
    if (v)
        put_type(v, text_escape_xml, out);
    text_puts(out, "</text><title>");
    put_name(name, text_escape_xml, out);
    text_puts(out, "</title></g>\n");
}

static void svg_edge(size_t from, size_t to, Text *out)
{
    size_t y1 = 20 + from * STEP_Y + BOX_H, y2 = 20 + to * STEP_Y;
    if (to == from + 1) {
        text_printf(out, "<path d=\"M%d %zuV%zu\"/>\n", LEFT + BOX_W / 2, y1, y2);
        return;
    }
    size_t bend = LEFT + BOX_W + 14 + LANE * ((to - from) % LANES);
    text_printf(out, "<path d=\"M%d %zuC%zu %zu %zu %zu %d %zu\"/>\n", LEFT + BOX_W, y1 - BOX_H / 2, bend, y1, bend, y2, LEFT + BOX_W, y2 + BOX_H / 2);
}

static void svg_edges(const Node *n, size_t row, size_t first, const Graph *g, const Map *at, Text *out)
{
    for (int k = 0; k < n->n_in; k++) {
        uintptr_t from = n->in[k] ? producer(at, n->in[k]) : 0;
        size_t j = 0, shown = 0;
        if (from)
            svg_edge(first + from - 1, row, out);
        for (; n->in[k] && !from && j < g->n_in; j++) {
            if (g->in[j] == n->in[k] && !n->in[k]->data)
                svg_edge(shown, row, out);
            shown += !g->in[j]->data;
        }
    }
}

void model_draw_svg(const Graph *g, Text *out)
{
    Arena a = {0};
    Map at = map_make(&a);
    size_t n_in = 0, row = 0;
    number_nodes(g, &at, &a);
    for (size_t i = 0; i < g->n_in; i++)
        n_in += !g->in[i]->data;
    text_printf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%zu\">\n"
        "<style>rect{fill:#eef3fb;stroke:#5b7db1}.io rect{fill:#f6f1e4;stroke:#a08a50}.bad rect{fill:#fbe9e7;stroke:#c0392b}path{fill:none;stroke:#888}"
        "text{font:12px sans-serif;fill:#222}.small{font-size:10px;fill:#555}</style>\n", LEFT + BOX_W + LANE * LANES + 60, 40 + STEP_Y * (n_in + g->n_nodes + g->n_out));
    for (size_t i = 0; i < g->n_in; i++)
        if (!g->in[i]->data)
            svg_box(row++, "io", g->in[i]->name, g->in[i]->name, g->in[i], out);
    for (const Node *n = g->first; n; n = n->next, row++) {
        svg_edges(n, row, n_in, g, &at, out);
        svg_box(row, n->op == OP_unknown ? "bad" : "op", title(n), n->name, n->n_out ? n->out[0] : NULL, out);
    }
    for (size_t i = 0; i < g->n_out; i++, row++) {
        if (producer(&at, g->out[i]))
            svg_edge(n_in + producer(&at, g->out[i]) - 1, row, out);
        svg_box(row, "io", g->out[i]->name, g->out[i]->name, g->out[i], out);
    }
    text_puts(out, "</svg>\n");
    out->oom |= a.oom;
    arena_free(&a);
}
