/* SPDX-License-Identifier: MIT
 * tasks: a graph as one JSON object, docs/json/graph-1.json: inputs, outputs, constants (their type and contents' digest, not the contents), nodes with
 * attributes, subgraphs nested. For programs that look at models. */
#include "tasks.h"

#include "ir/ops.h"

#include <stdio.h>
#include <string.h>

typedef struct JsonOut { Text t; Map names; Arena arena; size_t n_unnamed; } JsonOut;

static void put_string(Text *t, const char *s, size_t n)
{
    text_puts(t, "\"");
    text_escape_json(t, s, n);
    text_puts(t, "\"");
}

static void put_text(Text *t, const char *s) { put_string(t, s ? s : "", s ? strlen(s) : 0); }

/* A value's own name, or %N in the order in which values are met. */
static void put_name(JsonOut *j, const Value *v)
{
    char own[24];
    if (!v) {
        text_puts(&j->t, "null");
        return;
    }
    if (v->name && *v->name) {
        put_text(&j->t, v->name);
        return;
    }
    uintptr_t n = (uintptr_t)map_find(&j->names, (const char *)&v, sizeof v);
    const Value **key = n ? NULL : arena_copy(&j->arena, &v, sizeof v);
    if (key && map_put(&j->names, (const char *)key, sizeof v, (void *)(uintptr_t)(j->n_unnamed + 1)))
        n = ++j->n_unnamed;
    snprintf(own, sizeof own, "%%%zu", (size_t)n);
    put_text(&j->t, own);
}

static void put_names(JsonOut *j, Value *const *v, int n)
{
    text_puts(&j->t, "[");
    for (int i = 0; i < n; i++) {
        text_puts(&j->t, i ? "," : "");
        put_name(j, v[i]);
    }
    text_puts(&j->t, "]");
}

static void put_type(JsonOut *j, const Type *t)
{
    Text x = {0};
    type_print(t, &x);
    put_string(&j->t, x.p ? x.p : "", x.n);
    text_free(&x);
}

static void put_number(Text *t, double v)
{
    char buf[40];
    format_f64(buf, v);
    text_printf(t, v - v == 0 ? "%s" : "\"%s\"", buf);
}

static void put_value(JsonOut *j, const Value *v)
{
    text_puts(&j->t, "{\"name\":");
    put_name(j, v);
    text_puts(&j->t, ",\"type\":");
    put_type(j, &v->type);
    text_puts(&j->t, "}");
}

static void put_digest(JsonOut *j, const Value *v)
{
    Sha256 s;
    uint8_t d[32];
    sha256_init(&s);
    if (v->type.dtype != DT_string)
        sha256_add(&s, v->data->p, v->data->sz);
    for (size_t i = 0; v->type.dtype == DT_string && i < v->data->sz / sizeof(StringRef); i++) {
        const StringRef *r = (const StringRef *)v->data->p + i;
        sha256_add(&s, &(uint64_t){r->n}, 8);
        sha256_add(&s, r->p, r->n);
    }
    sha256_final(&s, d);
    text_printf(&j->t, ",\"bytes\":%zu,\"sha256\":\"", v->data->sz);
    for (int i = 0; i < 32; i++)
        text_printf(&j->t, "%02x", d[i]);
    text_puts(&j->t, "\"}");
}

static void put_graph(JsonOut *j, const Graph *g, int depth);

static void put_attr(JsonOut *j, const Attr *a, int depth)
{
    Text *t = &j->t;
    put_text(t, a->name);
    text_puts(t, ":");
    bool list = a->kind == ATTR_INTS || a->kind == ATTR_FLOATS || a->kind == ATTR_STRINGS;
    text_puts(t, list ? "[" : "");
    for (int64_t i = 0; list && i < a->n; i++) {
        text_puts(t, i ? "," : "");
        if (a->kind == ATTR_INTS)
            text_printf(t, "%lld", (long long)a->ints[i]);
        else if (a->kind == ATTR_FLOATS)
            put_number(t, a->floats[i]);
        else
            put_string(t, a->strings[i].p, a->strings[i].n);
    }
    text_puts(t, list ? "]" : "");
    switch (a->kind) {
    case ATTR_INT: text_printf(t, "%lld", (long long)a->i); break;
    case ATTR_FLOAT: put_number(t, a->f); break;
    case ATTR_STRING: put_string(t, a->s, (size_t)a->n); break;
    case ATTR_TYPE: put_text(t, dtype_name(a->dtype)); break;
    case ATTR_TENSOR: put_name(j, a->tensor); break;
    case ATTR_GRAPH: put_graph(j, a->graph, depth + 1); break;
    default:
        if (!list)
            text_puts(t, "null");
    }
}

static void put_node(JsonOut *j, const Node *n, int depth)
{
    Text *t = &j->t;
    text_puts(t, "{\"op\":");
    put_text(t, op_info[n->op].name);
    if (n->name && *n->name) {
        text_puts(t, ",\"name\":");
        put_text(t, n->name);
    }
    if (n->origin) {
        text_puts(t, ",\"origin\":");
        put_text(t, n->origin);
    }
    text_puts(t, ",\"inputs\":");
    put_names(j, n->in, n->n_in);
    text_puts(t, ",\"outputs\":");
    put_names(j, n->out, n->n_out);
    text_puts(t, ",\"types\":[");
    for (int i = 0; i < n->n_out; i++) {
        text_puts(t, i ? "," : "");
        if (n->out[i])
            put_type(j, &n->out[i]->type);
        else
            text_puts(t, "null");
    }
    text_puts(t, "],\"attributes\":{");
    for (int i = 0; i < n->n_attrs; i++) {
        text_puts(t, i ? "," : "");
        put_attr(j, &n->attrs[i], depth);
    }
    text_puts(t, "}}");
}

static void put_constants(JsonOut *j, const Graph *g)
{
    Map seen = map_make(&j->arena);
    size_t k = 0;
    for (const Node *n = g->first; n; n = n->next)
        for (int i = 0; i < n->n_in; i++) {
            const Value *v = n->in[i];
            if (!v || v->residency != RES_CONST || !v->data || v->data->ref || v->graph != g || map_find(&seen, (const char *)&v, sizeof v))
                continue;
            const Value **key = arena_copy(&j->arena, &v, sizeof v);
            if (key)
                map_put(&seen, (const char *)key, sizeof v, (void *)v);
            text_puts(&j->t, k++ ? ",\n{\"name\":" : "\n{\"name\":");
            put_name(j, v);
            text_puts(&j->t, ",\"type\":");
            put_type(j, &v->type);
            put_digest(j, v);
        }
}

static void put_list(JsonOut *j, const char *key, Value *const *v, size_t n)
{
    text_printf(&j->t, ",\n\"%s\":[", key);
    for (size_t i = 0; i < n; i++) {
        text_puts(&j->t, i ? "," : "");
        put_value(j, v[i]);
    }
    text_puts(&j->t, "]");
}

static void put_body(JsonOut *j, const Graph *g, int depth)
{
    size_t k = 0;
    text_puts(&j->t, "\"name\":");
    put_text(&j->t, g->name);
    put_list(j, "inputs", g->in, g->n_in);
    put_list(j, "outputs", g->out, g->n_out);
    text_puts(&j->t, ",\n\"constants\":[");
    put_constants(j, g);
    text_puts(&j->t, "],\n\"nodes\":[");
    for (const Node *n = g->first; n; n = n->next) {
        text_puts(&j->t, k++ ? ",\n" : "\n");
        put_node(j, n, depth);
    }
    text_puts(&j->t, "]");
}

static void put_graph(JsonOut *j, const Graph *g, int depth)
{
    if (depth > IR_MAX_DEPTH) {
        text_puts(&j->t, "null");
        return;
    }
    text_puts(&j->t, "{");
    put_body(j, g, depth);
    text_puts(&j->t, "}");
}

SpmlCode export_json(const Graph *g, const char *path, uint64_t *bytes, Error *err)
{
    JsonOut j = {0};
    FileWriter *w;
    j.names = map_make(&j.arena);
    text_puts(&j.t, "{\"schema\":\"spml.graph/1\",");
    put_body(&j, g, 0);
    text_puts(&j.t, ",\n\"metadata\":{");
    for (size_t i = 0; i < g->n_meta; i++) {
        text_puts(&j.t, i ? "," : "");
        put_string(&j.t, g->meta[i].key, g->meta[i].n_key);
        text_puts(&j.t, ":");
        put_string(&j.t, g->meta[i].value, g->meta[i].n_value);
    }
    text_puts(&j.t, "}}\n");
    SpmlCode code = j.t.oom || j.arena.oom ? error_oom(err) : writer_open(path, &w, err);
    if (!code) {
        *bytes = j.t.n;
        code = writer_write(w, j.t.p, j.t.n, err);
        if (code)
            writer_abort(&w);
        else
            code = writer_commit(&w, err);
    }
    text_free(&j.t);
    arena_free(&j.arena);
    return code;
}
