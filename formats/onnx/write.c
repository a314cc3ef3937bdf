/* SPDX-License-Identifier: MIT
 * formats/onnx: Graph → ModelProto. Takes a typed graph of operators that have foreign names (export.h); gives a file that reads back as that graph. Names of
 * inputs, outputs, values, nodes and symbols, labels and other metadata stay; producer is spml. A graph may be written several times: at the usual operator
 * set, at the newer one that a node needs, and again with its weights in a second file. Equal graphs give equal bytes. */
#include "formats/onnx/export.h"
#include "formats/onnx/onnx.h"

#include <stdio.h>
#include <stdlib.h>

enum { SZ_INSIDE_MAX = 0x7fffffff - 4096 /* protobuf readers stop at 2 GiB */ };

/* ── graphs ── */

static void put_value_info(OnnxWriter *w, PbOut *to, uint32_t field, const char *name, const Value *v)
{
    const Type *t = &v->type;
    PbOut m = pb_out(w->arena);
    pb_put_text(&m, 1, name);
    if (v->declared && (t->kind != TYPE_TENSOR || t->rank < 0))
        pb_put_bytes(&m, 2, v->declared, v->sz_declared);
    else if (t->kind != TYPE_NONE && !(t->kind == TYPE_TENSOR && t->dtype == DT_none))
        write_type(w, &m, 2, t, 0);
    pb_put_msg(to, field, &m);
}

static bool listed_before(const Graph *g, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (g->out[k] == g->out[i])
            return true;
    return false;
}

/* An output that another graph has, or that is listed twice, gets a node of its own. */
static const char *output_name(OnnxWriter *w, GraphOut *at, size_t i)
{
    const Graph *g = at->g;
    const Value *v = g->out[i];
    if (v->residency == RES_CONST && !v->producer)
        write_initializer(w, at, v);
    if (v->graph == g && !listed_before(g, i))
        return name_of(w, v);
    const char *name = name_fresh(w, name_of(w, v), "out");
    PbOut m = pb_out(w->arena);
    pb_put_text(&m, 1, name_of(w, v));
    pb_put_text(&m, 2, name);
    pb_put_text(&m, 3, node_name_fresh(w, at, name));
    pb_put_text(&m, 4, "Identity");
    pb_put_msg(&at->nodes, 1, &m);
    return name;
}

void write_graph(OnnxWriter *w, GraphOut *up, const Graph *g, PbOut *to, uint32_t field, int depth)
{
    GraphOut at = {.up = up, .g = g, .nodes = pb_out(w->arena), .tensors = pb_out(w->arena), .node_names = map_make(w->arena)};
    PbOut m = pb_out(w->arena), ends = pb_out(w->arena);
    if (depth > IR_MAX_DEPTH) {
        error_set(w->err, SPML_UNSUPPORTED, "too-deep", "subgraphs nested deeper than %d", IR_MAX_DEPTH);
        return;
    }
    for (size_t i = 0; i < g->n_in; i++) {
        put_value_info(w, &ends, 11, name_of(w, g->in[i]), g->in[i]);
        if (g->in[i]->data)
            write_initializer(w, &at, g->in[i]);
    }
    for (const Node *n = g->first; n; n = n->next)
        write_node(w, &at, n, depth);
    for (size_t i = 0; i < g->n_out; i++)
        put_value_info(w, &ends, 12, output_name(w, &at, i), g->out[i]);
    pb_add(&m, &at.nodes);
    pb_put_text(&m, 2, g->name && *g->name ? g->name : "graph");
    pb_add(&m, &at.tensors);
    pb_add(&m, &ends);
    pb_put_msg(to, field, &m);
}

/* ── the model around it ── */

static bool meta_is(const MetaEntry *m, const char *key) { return m->n_key == strlen(key) && !memcmp(m->key, key, m->n_key); }

/* What the options say about an entry of the graph: the same key, or NULL. */
static const MetaEntry *meta_instead(const WriteOptions *o, const MetaEntry *m)
{
    for (size_t i = 0; i < o->n_meta; i++)
        if (o->meta[i].n_key == m->n_key && !memcmp(o->meta[i].key, m->key, m->n_key))
            return &o->meta[i];
    return NULL;
}

/* Fields of the model that the reader puts among the metadata. */
static const struct { const char *key; uint32_t field; bool number; } model_fields[] = {
    {"producer_name", 2, false}, {"producer_version", 3, false}, {"domain", 4, false}, {"model_version", 5, true}, {"doc_string", 6, false},
};

static bool is_model_field(const MetaEntry *m)
{
    for (size_t i = 0; i < sizeof model_fields / sizeof *model_fields; i++)
        if (meta_is(m, model_fields[i].key))
            return true;
    return false;
}

static const MetaEntry *meta_find(const OnnxWriter *w, const char *key)
{
    for (size_t i = 0; i < w->o->n_meta; i++)
        if (meta_is(&w->o->meta[i], key))
            return &w->o->meta[i];
    for (size_t i = 0; i < w->g->n_meta; i++)
        if (meta_is(&w->g->meta[i], key))
            return &w->g->meta[i];
    return NULL;
}

static void put_fields(OnnxWriter *w, PbOut *m)
{
    pb_put_text(m, 2, "spml");
    pb_put_text(m, 3, w->o->producer ? w->o->producer : "");
    for (size_t i = 2; i < sizeof model_fields / sizeof *model_fields; i++) {
        const MetaEntry *e = meta_find(w, model_fields[i].key);
        int64_t v = 0;
        const char *end;
        if (!e || !e->n_value)
            continue;
        if (!model_fields[i].number)
            pb_put_bytes(m, model_fields[i].field, e->value, e->n_value);
        else if (parse_i64(e->value, &end, &v) && !*end)
            pb_put_int(m, model_fields[i].field, v);
    }
}

static void put_entry(OnnxWriter *w, PbOut *m, const MetaEntry *e)
{
    PbOut pair = pb_out(w->arena);
    if (is_model_field(e))
        return;
    pb_put_bytes(&pair, 1, e->key, e->n_key);
    pb_put_bytes(&pair, 2, e->value, e->n_value);
    pb_put_msg(m, 14, &pair);
}

static void put_meta(OnnxWriter *w, PbOut *m)
{
    for (size_t i = 0; i < w->g->n_meta; i++) {
        const MetaEntry *now = meta_instead(w->o, &w->g->meta[i]);
        if (!now)
            put_entry(w, m, &w->g->meta[i]);
    }
    for (size_t i = 0; i < w->o->n_meta; i++)
        if (w->o->meta[i].n_value)
            put_entry(w, m, &w->o->meta[i]);
}

static void put_opset(OnnxWriter *w, PbOut *m, const char *domain, int version)
{
    PbOut o = pb_out(w->arena);
    pb_put_text(&o, 1, domain);
    pb_put_int(&o, 2, version);
    pb_put_msg(m, 8, &o);
}

static int ir_version(int opset)
{
    static const struct { int version, since; } rows[] = {
#define IR(version, since) {version, since},
#define NAME(...)
#define GONE(...)
#define ATTR(...)
#define INPUTS(...)
#define TYPE_IN(...)
#define TYPE_OUT(...)
#include "formats/onnx/since.def"
#undef IR
#undef NAME
#undef GONE
#undef ATTR
#undef INPUTS
#undef TYPE_IN
#undef TYPE_OUT
    };
    int v = rows[0].version;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].since <= opset)
            v = rows[i].version;
    return v;
}

static SpmlCode report_bad(OnnxWriter *w)
{
    error_set(w->err, SPML_UNSUPPORTED, "node-unsupported", "%zu node%s cannot be written as ONNX %d\n%s", w->n_bad, w->n_bad == 1 ? "" : "s", w->opset, w->bad.text);
    if (w->n_bad > ONNX_MAX_LINES)
        error_line(w->err, "and %zu more", w->n_bad - ONNX_MAX_LINES);
    return SPML_UNSUPPORTED;
}

static SpmlCode build(OnnxWriter *w, PbOut *m)
{
    PbOut graph = pb_out(w->arena);
    *m = pb_out(w->arena);
    w->names = w->used = w->written = map_make(w->arena);
    SpmlCode code = names_make(w);
    if (code)
        return code;
    write_graph(w, NULL, w->g, &graph, 7, 0);
    if (w->err->code)
        return w->err->code;
    if (w->n_bad)
        return report_bad(w);
    pb_put_int(m, 1, ir_version(w->opset));
    put_fields(w, m);
    pb_add(m, &graph);
    put_opset(w, m, "", w->opset);
    if (w->ml)
        put_opset(w, m, "ai.onnx.ml", w->ml);
    if (w->training)
        put_opset(w, m, "ai.onnx.preview.training", w->training);
    put_meta(w, m);
    return m->bad || w->arena->oom ? error_oom(w->err) : SPML_OK;
}

/* ── choosing the operator set, and writing ── */

/* Of the file that the graph was read from; 0: from none. */
static int own_opset(const Graph *g)
{
    const char *end;
    int64_t v;
    if (!g->summary || strncmp(g->summary, "opset ", 6) || !parse_i64(g->summary + 6, &end, &v))
        return 0;
    return v > 0 && v <= EXPORT_OPSET_MAX ? (int)v : 0;
}

static SpmlCode build_at(OnnxWriter *w, int opset, FileWriter *data, PbOut *m)
{
    arena_free(w->arena);
    error_clear(w->err);
    *w = (OnnxWriter){.arena = w->arena, .err = w->err, .g = w->g, .o = w->o, .location = w->location, .opset = opset, .data = data};
    return build(w, m);
}

static SpmlCode build_any(OnnxWriter *w, PbOut *m)
{
    int own = own_opset(w->g), opset = w->o->opset ? w->o->opset : own > EXPORT_OPSET_USUAL ? own : EXPORT_OPSET_USUAL;
    if (opset < EXPORT_OPSET_MIN || opset > EXPORT_OPSET_MAX)
        return error_set(w->err, SPML_UNSUPPORTED, "opset-unsupported", "operator set %d: %d to %d can be written", opset, EXPORT_OPSET_MIN, EXPORT_OPSET_MAX);
    SpmlCode code;
    while ((code = build_at(w, opset, NULL, m)) == SPML_UNSUPPORTED && w->need > opset && !w->o->opset)
        opset = w->need;
    if (code && w->need > opset && !w->o->opset)
        error_hint(w->err, "operator set %d has it", w->need);
    return code;
}

static SpmlCode put_pieces(FileWriter *f, const PbOut *m, Error *err)
{
    SpmlCode code = SPML_OK;
    for (const PbPiece *p = m->first; p && !code; p = p->next)
        code = writer_write(f, p->p, p->n, err);
    return code;
}

static SpmlCode write_one(const PbOut *m, const char *path, Error *err)
{
    FileWriter *f;
    SpmlCode code = writer_open(path, &f, err);
    if (code)
        return code;
    code = put_pieces(f, m, err);
    if (code)
        writer_abort(&f);
    return code ? code : writer_commit(&f, err);
}

/* The weights first: a model never stands beside weights of another. */
static SpmlCode write_two(OnnxWriter *w, PbOut *m, const char *path)
{
    Text data = {0};
    FileWriter *f = NULL;
    const char *slash = strrchr(path, '/');
    if (!strcmp(path, "-"))
        return error_set(w->err, SPML_UNSUPPORTED, "external-data", "weights in a file of their own need a path for the model");
    text_printf(&data, "%s.data", path);
    char *location = data.oom ? NULL : strdup(slash ? data.p + (slash + 1 - path) : data.p);
    SpmlCode code = location ? writer_open(data.p, &f, w->err) : error_oom(w->err);
    w->location = location;
    if (!code)
        code = build_at(w, w->opset, f, m);
    if (!code && w->sz_data) /* nothing was large enough: no second file */
        code = writer_commit(&f, w->err);
    writer_abort(&f);
    if (!code)
        code = write_one(m, path, w->err);
    text_free(&data);
    free(location);
    return code;
}

SpmlCode onnx_write(const Graph *g, const char *path, const WriteOptions *o, WriteReport *report, Error *err)
{
    static const WriteOptions none;
    Arena a = {0};
    Error local = {0};
    PbOut m;
    OnnxWriter w = {.arena = &a, .err = &local, .g = g, .o = o ? o : &none};
    SpmlCode code = graph_complete(g, &local);
    if (!code)
        code = build_any(&w, &m);
    bool outside = !code && (w.o->external || m.n > SZ_INSIDE_MAX);
    if (!code)
        code = outside ? write_two(&w, &m, path) : write_one(&m, path, &local);
    if (!code && report)
        *report = (WriteReport){.opset = w.opset, .bytes = m.n, .external = outside && w.sz_data};
    if (code && err)
        *err = local;
    arena_free(&a);
    return code;
}
