/* SPDX-License-Identifier: MIT
 * ir: a whole graph as text; docs/ir.md is the specification, parse.c reads it back. Values are numbered in the order in which they are
 * printed; a constant is printed before its first use. Extents that are large expressions get names, as they are shared and would explode. */
#include "ir/graph.h"
#include "ir/ops.h"

#include <stdlib.h>
#include <string.h>

enum { INLINE_ELEMENTS = 64, INLINE_BYTES = 512, DIM_SIZE = 12, MAX_DIM_DEPTH = 200, COMPARE_DEPTH = 8 };

typedef struct Printer {
    Text *out;
    Arena arena;
    Map ids;            /* pointer → number + 1: values, and extents that have a name */
    uint32_t n_values, n_dims;
    int depth;          /* of subgraphs: indentation */
} Printer;

static const char *const dim_op[] = {[DIM_ADD] = "+", [DIM_SUB] = "-", [DIM_MUL] = "*", [DIM_DIV] = "/", [DIM_MOD] = "%", [DIM_MIN] = "min", [DIM_MAX] = "max"};

static void number(Printer *p, const void *what, uint32_t n)
{
    const void **key = arena_copy(&p->arena, &what, sizeof what);
    if (!key || !map_put(&p->ids, (const char *)key, sizeof what, (void *)(uintptr_t)(n + 1)))
        p->out->oom = true;
}

static uint32_t numbered(const Printer *p, const void *what) /* number + 1, or 0 */
{
    return (uint32_t)(uintptr_t)map_find(&p->ids, (const char *)&what, sizeof what);
}

static void quote(Text *out, const char *s, size_t n)
{
    text_puts(out, "\"");
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c < 0x20 || c >= 0x7f)
            text_printf(out, "\\x%02x", c);
        else
            text_printf(out, c == '"' || c == '\\' ? "\\%c" : "%c", c);
    }
    text_puts(out, "\"");
}

static void line(Printer *p) { text_printf(p->out, "\n%*s", 2 * (p->depth + 1), ""); }

/* ── extents ── */

/* A structural order, so that the text does not depend on which extent was made first; deep expressions fall back to that. */
static int dim_compare(const Dim *x, const Dim *y, int depth);

/* The operands in the order in which they are printed: sorted where the operator commutes, literals last. */
static void dim_parts(const Dim *d, const Dim **a, const Dim **b, int depth)
{
    bool commutes = d->kind == DIM_ADD || d->kind == DIM_MUL || d->kind == DIM_MIN || d->kind == DIM_MAX;
    bool swap = commutes && d->b->kind != DIM_CONST && dim_compare(d->a, d->b, depth) > 0;
    *a = swap ? d->b : d->a;
    *b = swap ? d->a : d->b;
}

static int dim_compare(const Dim *x, const Dim *y, int depth)
{
    const Dim *xa, *xb, *ya, *yb;
    if (x == y)
        return 0;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    if (x->kind == DIM_CONST)
        return x->value < y->value ? -1 : 1;
    if (x->kind == DIM_SYM)
        return x->sym->index < y->sym->index ? -1 : 1;
    if (depth <= 0)
        return x->id < y->id ? -1 : 1;
    dim_parts(x, &xa, &xb, depth - 1);
    dim_parts(y, &ya, &yb, depth - 1);
    int c = dim_compare(xa, ya, depth - 1);
    return c ? c : dim_compare(xb, yb, depth - 1);
}

/* Nodes of the expression as it would be printed, counted up to a limit. */
static int dim_size(const Printer *p, const Dim *d, int limit)
{
    if (d->kind == DIM_CONST || d->kind == DIM_SYM || numbered(p, d) || limit <= 0)
        return 1;
    int a = dim_size(p, d->a, limit - 1);
    return a >= limit ? a : 1 + a + dim_size(p, d->b, limit - 1 - a);
}

static void dim_text(Printer *p, const Dim *d, bool inner)
{
    uint32_t id = numbered(p, d);
    if (d->kind == DIM_CONST) {
        text_printf(p->out, "%lld", (long long)d->value);
    } else if (d->kind == DIM_SYM) {
        text_printf(p->out, "$%u", d->sym->index);
    } else if (id) {
        text_printf(p->out, "@%u", id - 1);
    } else {
        bool word = d->kind == DIM_MIN || d->kind == DIM_MAX;
        const Dim *a, *b;
        dim_parts(d, &a, &b, COMPARE_DEPTH);
        text_puts(p->out, word ? dim_op[d->kind] : "");
        text_puts(p->out, word || inner ? "(" : "");
        dim_text(p, a, !word);
        text_printf(p->out, word ? ", " : " %s ", dim_op[d->kind]);
        dim_text(p, b, !word);
        text_puts(p->out, word || inner ? ")" : "");
    }
}

/* Names d if it is large, its parts first. */
static void name_dim(Printer *p, const Dim *d, int depth)
{
    if (!d || dim_size(p, d, DIM_SIZE + 1) <= DIM_SIZE)
        return;
    const Dim *a, *b;
    dim_parts(d, &a, &b, COMPARE_DEPTH);
    if (depth < MAX_DIM_DEPTH) {
        name_dim(p, a, depth + 1);
        name_dim(p, b, depth + 1);
    }
    line(p);
    text_printf(p->out, "dim @%u = ", p->n_dims);
    dim_text(p, d, false);
    number(p, d, p->n_dims++);
}

static void name_type(Printer *p, const Type *t, int depth)
{
    for (int i = 0; t->kind == TYPE_TENSOR && i < t->rank; i++)
        name_dim(p, t->dim[i], 0);
    if (t->kind != TYPE_TENSOR && t->elem && depth < IR_MAX_DEPTH)
        name_type(p, t->elem, depth + 1);
}

static void type_text(Printer *p, const Type *t, int depth)
{
    static const char *const kind[] = {[TYPE_NONE] = "?", [TYPE_SEQUENCE] = "seq(", [TYPE_OPTIONAL] = "optional(", [TYPE_MAP] = "map("};
    if (t->kind != TYPE_TENSOR) {
        text_puts(p->out, kind[t->kind]);
        if (t->kind == TYPE_MAP)
            text_printf(p->out, "%s%s", dtype_name(t->key), t->elem ? ", " : "");
        if (t->elem && depth < IR_MAX_DEPTH)
            type_text(p, t->elem, depth + 1);
        text_puts(p->out, t->kind == TYPE_NONE ? "" : ")");
        return;
    }
    text_printf(p->out, "%s[%s", dtype_name(t->dtype), t->rank < 0 ? "..." : "");
    for (int i = 0; i < t->rank; i++) {
        text_puts(p->out, i ? ", " : "");
        dim_text(p, t->dim[i], false);
    }
    text_puts(p->out, "]");
}

/* ── values ── */

static void ref(Printer *p, const Value *v)
{
    uint32_t id = v ? numbered(p, v) : 0;
    if (id)
        text_printf(p->out, "%%%u", id - 1);
    else
        text_puts(p->out, "_");
}

static void numbers(Text *out, const char *head, const double *v, int64_t n)
{
    char buf[32];
    text_puts(out, head);
    for (int64_t i = 0; i < n; i++)
        text_printf(out, "%s%s", i ? ", " : "", format_f64(buf, v[i]));
    text_puts(out, "]");
}

/* `%7 "name": type` and what else is not usual of it. */
static void define(Printer *p, const Value *v)
{
    static const char *const residency[] = {[RES_TEMP] = "", [RES_INPUT] = " input", [RES_CONST] = " const", [RES_STATE] = " state"};
    Text *t = p->out;
    number(p, v, p->n_values);
    text_printf(t, "%%%u", p->n_values++);
    if (v->name) {
        text_puts(t, " ");
        quote(t, v->name, strlen(v->name));
    }
    text_puts(t, ": ");
    type_text(p, &v->type, 0);
    text_puts(t, residency[v->residency]);
    if (v->device)
        text_printf(t, " device(%d)", v->device);
    if (v->quant) {
        text_printf(t, " quant(%d, [", v->quant->axis);
        for (int i = 0; i < v->quant->n; i++) {
            char buf[32];
            text_printf(t, "%s%s, %d", i ? ", " : "", format_f32(buf, v->quant->scale[i]), v->quant->zero ? v->quant->zero[i] : 0);
        }
        text_puts(t, "])");
    }
    for (int i = 0; i < v->n_known; i++) {
        text_puts(t, i ? ", " : " known(");
        dim_text(p, v->known[i], false);
    }
    text_puts(t, v->n_known > 0 ? ")" : v->n_known == 0 ? " known()" : "");
}

static void name_value(Printer *p, const Value *v)
{
    name_type(p, &v->type, 0);
    for (int i = 0; i < v->n_known; i++)
        name_dim(p, v->known[i], 0);
}

static void hex(Text *out, const uint8_t *b, size_t n)
{
    text_puts(out, n ? "hex " : "hex");
    for (size_t i = 0; i < n; i++)
        text_printf(out, "%02x", b[i]);
}

static void strings(Text *out, const StringRef *s, int64_t n)
{
    text_puts(out, "s[");
    for (int64_t i = 0; i < n; i++) {
        text_puts(out, i ? ", " : "");
        quote(out, s[i].p ? s[i].p : "", s[i].n);
    }
    text_puts(out, "]");
}

/* The shortest text that gives an f64, or an f32 and what is narrower, back. */
static char *element_text(char *buf, DType t, double v) { return t == DT_f64 ? format_f64(buf, v) : format_f32(buf, (float)v); }

static bool is_plain(DType t) /* numbers that have a text */
{
    DTypeClass c = dtype_info[t].cls;
    return dtype_info[t].block == 1 && (c == DCLASS_INT || c == DCLASS_UINT || c == DCLASS_BOOL || c == DCLASS_FLOAT);
}

/* n elements as [1, 2]; false, and nothing printed, when that would lose something. */
static bool elements(Text *out, DType t, const ConstData *c, uint64_t n)
{
    uint8_t back[INLINE_BYTES + 8];
    char buf[32];
    bool whole = dtype_info[t].cls != DCLASS_FLOAT;
    for (uint64_t i = 0; i < n; i++) {
        double f = 0;
        if (whole)
            dtype_set_i64(t, back, i, dtype_get_i64(t, c->p, i));
        else if (parse_f64(element_text(buf, t, dtype_get_f64(t, c->p, i)), NULL, &f))
            dtype_set_f64(t, back, i, f);
        else
            return false;
    }
    if (n * dtype_info[t].bytes != c->sz || (n && memcmp(back, c->p, c->sz)))
        return false;
    text_puts(out, "[");
    for (uint64_t i = 0; i < n; i++)
        if (whole)
            text_printf(out, "%s%lld", i ? ", " : "", (long long)dtype_get_i64(t, c->p, i));
        else
            text_printf(out, "%s%s", i ? ", " : "", element_text(buf, t, dtype_get_f64(t, c->p, i)));
    text_puts(out, "]");
    return true;
}

/* Where large contents are, or their hash. */
static void elsewhere(Text *out, const ConstData *c)
{
    Sha256 h;
    uint8_t sum[32];
    if (c->file) {
        text_printf(out, "file(%zu, %llu, ", c->sz, (unsigned long long)c->offset);
        quote(out, file_path(c->file), strlen(file_path(c->file)));
    } else {
        sha256_init(&h);
        sha256_add(&h, c->p, c->sz);
        sha256_final(&h, sum);
        text_printf(out, "sha256(%zu, ", c->sz);
        for (int i = 0; i < 32; i++)
            text_printf(out, "%02x", sum[i]);
    }
    text_puts(out, ")");
}

/* Small numbers as numbers when that loses nothing, else their bytes; large ones by where they are or by their hash. */
static void data(Printer *p, const Value *v)
{
    const ConstData *c = v->data;
    const DTypeInfo *t = &dtype_info[v->type.dtype];
    uint64_t n = t->bytes ? c->sz / t->bytes : 0;
    bool plain = is_plain(v->type.dtype);
    text_puts(p->out, " = ");
    if (c->ref)
        text_puts(p->out, c->ref);
    else if (t->cls == DCLASS_STRING)
        strings(p->out, c->p, (int64_t)n);
    else if (c->sz > INLINE_BYTES || (plain && n > INLINE_ELEMENTS))
        elsewhere(p->out, c);
    else if (!plain || !elements(p->out, v->type.dtype, c, n))
        hex(p->out, c->p, c->sz);
}

/* A constant (or a value from nowhere, such as a state) on its own line before what uses it. */
static void need(Printer *p, const Value *v)
{
    if (!v || v->producer || numbered(p, v))
        return;
    name_value(p, v);
    line(p);
    text_puts(p->out, "let ");
    define(p, v);
    if (v->data)
        data(p, v);
}

/* ── attributes and nodes ── */

static void graph_text(Printer *p, const Graph *g);

static void need_attr(Printer *p, const Attr *a)
{
    if (a->kind == ATTR_TENSOR)
        need(p, a->tensor);
    for (int64_t i = 0; a->kind == ATTR_TENSORS && i < a->n; i++)
        need(p, a->tensors[i]);
    for (int64_t i = 0; (a->kind == ATTR_VALUE_TYPE || a->kind == ATTR_VALUE_TYPES) && i < (a->kind == ATTR_VALUE_TYPE ? 1 : a->n); i++)
        name_type(p, &a->types[i], 0);
}

static void attr_text(Printer *p, const Attr *a)
{
    Text *t = p->out;
    char buf[32];
    quote(t, a->name, strlen(a->name));
    text_puts(t, " = ");
    switch (a->kind) {
    case ATTR_INT: text_printf(t, "%lld", (long long)a->i); break;
    case ATTR_FLOAT: text_printf(t, "f %s", format_f64(buf, a->f)); break;
    case ATTR_STRING: quote(t, a->s ? a->s : "", (size_t)a->n); break;
    case ATTR_TENSOR: ref(p, a->tensor); break;
    case ATTR_GRAPH: graph_text(p, a->graph); break;
    case ATTR_INTS:
        text_puts(t, "[");
        for (int64_t i = 0; i < a->n; i++)
            text_printf(t, "%s%lld", i ? ", " : "", (long long)a->ints[i]);
        text_puts(t, "]");
        break;
    case ATTR_FLOATS: numbers(t, "f[", a->floats, a->n); break;
    case ATTR_STRINGS: strings(t, a->strings, a->n); break;
    case ATTR_TYPE: text_printf(t, "type %s", dtype_name(a->dtype)); break;
    default: /* lists of foreign nodes */
        text_puts(t, a->kind == ATTR_VALUE_TYPE ? "shape(" : a->kind == ATTR_VALUE_TYPES ? "shapes(" : a->kind == ATTR_TENSORS ? "tensors(" : "graphs(");
        for (int64_t i = 0; i < (a->kind == ATTR_VALUE_TYPE ? 1 : a->n); i++) {
            text_puts(t, i ? ", " : "");
            if (a->kind == ATTR_TENSORS)
                ref(p, a->tensors[i]);
            else if (a->kind == ATTR_GRAPHS)
                graph_text(p, a->graphs[i]);
            else
                type_text(p, &a->types[i], 0);
        }
        text_puts(t, ")");
    }
}

static void node_text(Printer *p, const Node *n)
{
    for (int i = 0; i < n->n_in; i++)
        need(p, n->in[i]);
    for (int i = 0; i < n->n_attrs; i++)
        need_attr(p, &n->attrs[i]);
    for (int i = 0; i < n->n_out; i++)
        if (n->out[i])
            name_value(p, n->out[i]);
    line(p);
    text_puts(p->out, op_info[n->op].name);
    if (n->name) {
        text_puts(p->out, " ");
        quote(p->out, n->name, strlen(n->name));
    }
    if (n->origin) {
        text_puts(p->out, " from ");
        quote(p->out, n->origin, strlen(n->origin));
    }
    text_puts(p->out, n->dynamic ? " dynamic (" : " (");
    for (int i = 0; i < n->n_in; i++) {
        text_puts(p->out, i ? ", " : "");
        ref(p, n->in[i]);
    }
    text_puts(p->out, ")");
    for (int i = 0; i < n->n_attrs; i++) {
        text_puts(p->out, i ? ", " : " {");
        attr_text(p, &n->attrs[i]);
    }
    text_puts(p->out, n->n_attrs ? "}" : "");
    for (int i = 0; i < n->n_out; i++) { /* after the attributes: a subgraph cannot read what its owner makes */
        text_puts(p->out, i ? ", " : " -> ");
        if (n->out[i])
            define(p, n->out[i]);
        else
            text_puts(p->out, "_");
    }
}

static void head(Printer *p, const Graph *g)
{
    Text *t = p->out;
    for (size_t i = 0; i < g->n_syms; i++) {
        static const char *const cls[] = {[SYM_FIXED] = "fixed", [SYM_BUCKET] = "bucket", [SYM_LIVE] = "live"};
        const Sym *s = g->syms[i];
        if (s->bound)
            name_dim(p, s->bound, 0);
        line(p);
        text_printf(t, "sym $%zu ", i);
        quote(t, s->name, strlen(s->name));
        text_printf(t, " %s %s %lld %lld", s->origin == SYM_DATA ? "data" : "input", cls[s->cls], (long long)s->lo, (long long)s->hi);
        if (s->bound) {
            text_puts(t, " bound ");
            dim_text(p, s->bound, false);
        }
    }
    for (size_t i = 0; i < g->n_meta; i++) {
        line(p);
        text_puts(t, "meta ");
        quote(t, g->meta[i].key, g->meta[i].n_key);
        text_puts(t, " ");
        quote(t, g->meta[i].value, g->meta[i].n_value);
    }
}

static void graph_text(Printer *p, const Graph *g)
{
    Text *t = p->out;
    text_puts(t, "graph");
    const struct { const char *word, *s; } words[] = {{" ", g->name}, {" format ", g->format}, {" summary ", g->summary}};
    for (int i = 0; i < 3; i++)
        if (words[i].s) {
            text_puts(t, words[i].word);
            quote(t, words[i].s, strlen(words[i].s));
        }
    if (p->depth >= IR_MAX_DEPTH) {
        text_puts(t, " {}");
        return;
    }
    text_puts(t, " {");
    p->depth++;
    if (g->root == g)
        head(p, g);
    for (size_t i = 0; i < g->n_in; i++) {
        name_value(p, g->in[i]);
        line(p);
        text_puts(t, "in ");
        define(p, g->in[i]);
        if (g->in[i]->data)
            data(p, g->in[i]);
    }
    for (const Node *n = g->first; n; n = n->next)
        node_text(p, n);
    for (size_t i = 0; i < g->n_out; i++)
        need(p, g->out[i]);
    for (size_t i = 0; i < g->n_out; i++) {
        line(p);
        text_puts(t, "out ");
        ref(p, g->out[i]);
    }
    p->depth--;
    line(p);
    text_puts(t, "}");
}

void graph_print(const Graph *g, Text *out)
{
    Printer p = {.out = out, .depth = -1};
    p.ids = map_make(&p.arena);
    graph_text(&p, g);
    text_puts(out, "\n");
    arena_free(&p.arena);
}
