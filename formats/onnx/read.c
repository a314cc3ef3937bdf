/* SPDX-License-Identifier: MIT
 * formats/onnx: ModelProto → Graph: opsets, functions, metadata, then the graph (graph.c). Gives a graph whose constants are views into the
 * mapped files, or one error; operators that nobody knows are all listed in it. */
#include "formats/onnx/onnx.h"

#include <stdio.h>

/* The newest version of each operator set whose semantics the import rows follow. */
static const struct { const char *domain; int newest; } known_sets[] = {{"", 28}, {"ai.onnx.ml", 5}};
/* Operators that mean something else since these versions (after 26; most others only took more types): only a row of that version serves. */
static const struct { const char *op; int since; } changed[] = {{"Range", 27}, {"Mod", 28}, {"BitShift", 28}, {"SpaceToDepth", 28}};

bool onnx_outdated(const ImportRow *row, int opset)
{
    for (size_t i = 0; i < sizeof changed / sizeof *changed; i++)
        if (!*row->domain && opset >= changed[i].since && row->since < changed[i].since && !strcmp(row->name, changed[i].op))
            return true;
    return false;
}

static SpmlCode opset_check(Onnx *r, const char *domain, int64_t version, const void *at)
{
    const char *shown = *domain ? domain : "ai.onnx";
    if (version < 1 || version > INT32_MAX)
        return pb_fail(&r->src.pb, at, "opset", "operator set '%s' has version %lld", shown, (long long)version);
    for (size_t i = 0; i < sizeof known_sets / sizeof *known_sets; i++)
        if (!strcmp(domain, known_sets[i].domain) && version > known_sets[i].newest) {
            error_set(r->err, SPML_UNSUPPORTED, "opset-unsupported", "operator set '%s' %lld is newer than %d, the newest that is known here", shown,
                      (long long)version, known_sets[i].newest);
            return error_where(r->err, r->src.pb.path, (const uint8_t *)at - r->src.pb.base);
        }
    return SPML_OK;
}

SpmlCode onnx_opsets(Onnx *r, const PbList *list, int depth, Opsets *out)
{
    Opset *v = arena_array(r->arena, Opset, list->n);
    if (!v)
        return error_oom(r->err);
    *out = (Opsets){v, list->n};
    for (size_t i = 0; i < list->n; i++) {
        POpset p = {0};
        SpmlCode c = pb_read(&r->src.pb, list->v[i], depth, &proto_opset, &p);
        if (c)
            return c;
        const char *domain = onnx_name(&r->src.pb, p.domain);
        if (!domain)
            return r->err->code;
        if (!strcmp(domain, "ai.onnx"))
            domain = "";
        if ((c = opset_check(r, domain, p.version, list->v[i].p)))
            return c;
        v[i] = (Opset){domain, (int)p.version};
    }
    return SPML_OK;
}

int onnx_opset(const Opsets *o, const char *domain)
{
    int best = 0;
    for (size_t i = 0; i < o->n; i++)
        if (!strcmp(o->v[i].domain, domain) && o->v[i].version > best)
            best = o->v[i].version;
    return best || *domain ? best : 1; /* the first files named no operator set: version 1 */
}

/* ── metadata ── */

static bool meta_add(Graph *g, const char *key, size_t n_key, const char *value, size_t n_value)
{
    MetaEntry *m = &g->meta[g->n_meta];
    *m = (MetaEntry){arena_strndup(g->arena, key, n_key), arena_strndup(g->arena, value, n_value), n_key, n_value};
    g->n_meta++;
    return m->key && m->value;
}

static bool meta_has(const Graph *g, const char *key)
{
    for (size_t i = 0; i < g->n_meta; i++)
        if (g->meta[i].n_key == strlen(key) && !memcmp(g->meta[i].key, key, g->meta[i].n_key))
            return true;
    return false;
}

static bool meta_fields(Graph *g, const PModel *p)
{
    char version[24] = "";
    if (p->model_version)
        snprintf(version, sizeof version, "%lld", (long long)p->model_version);
    const struct { const char *key; PbBytes v; } f[] = {
        {"producer_name", p->producer}, {"producer_version", p->producer_version}, {"domain", p->domain}, {"doc_string", p->doc},
        {"model_version", {(const uint8_t *)version, strlen(version)}},
    };
    for (size_t i = 0; i < sizeof f / sizeof *f; i++)
        if (f[i].v.n && !meta_has(g, f[i].key) && !meta_add(g, f[i].key, strlen(f[i].key), (const char *)f[i].v.p, f[i].v.n))
            return false;
    return true;
}

static SpmlCode read_meta(Onnx *r, const PModel *p)
{
    Graph *g = r->g;
    if (!(g->meta = arena_array(r->arena, MetaEntry, p->meta.n + 5)))
        return error_oom(r->err);
    for (size_t i = 0; i < p->meta.n; i++) {
        PPair e = {0};
        SpmlCode c = pb_read(&r->src.pb, p->meta.v[i], 2, &proto_pair, &e);
        if (c)
            return c;
        if (!meta_add(g, e.key.p ? (const char *)e.key.p : "", e.key.n, e.value.p ? (const char *)e.value.p : "", e.value.n))
            return error_oom(r->err);
    }
    return meta_fields(g, p) ? SPML_OK : error_oom(r->err);
}

static bool summarise(Onnx *r)
{
    char text[256];
    int n = snprintf(text, sizeof text, "opset %d", onnx_opset(&r->opsets, ""));
    int ml = onnx_opset(&r->opsets, "ai.onnx.ml");
    if (ml)
        snprintf(text + n, sizeof text - (size_t)n, ", ml %d", ml);
    r->g->format = "ONNX";
    return (r->g->summary = arena_strdup(r->arena, text)) != NULL;
}

/* ── the model ── */

static SpmlCode report_unknown(Onnx *r)
{
    if (!r->n_unknown || (r->opt && r->opt->keep_unknown))
        return SPML_OK;
    size_t more = r->n_unknown > ONNX_MAX_LINES ? r->n_unknown - ONNX_MAX_LINES : 0;
    error_set(r->err, SPML_UNSUPPORTED, "node-unsupported", "%zu of %zu nodes cannot run\n%s", r->n_unknown, r->n_nodes, r->unknown.text);
    if (more)
        error_line(r->err, "and %zu more", more);
    return error_where(r->err, r->src.pb.path, -1);
}

static SpmlCode read_model(Onnx *r, Span file)
{
    PModel p = {0};
    PbBytes msg = {file.base, file.size};
    SpmlCode c = pb_read(&r->src.pb, msg, 0, &proto_model, &p);
    if (c)
        return c;
    if (!p.graph.p)
        return pb_fail(&r->src.pb, msg.p, "no-graph", "the model holds no graph");
    r->ir_version = p.ir_version;
    if ((c = onnx_opsets(r, &p.opsets, 1, &r->opsets)) || (c = onnx_functions(r, &p.functions, 1)) || (c = read_meta(r, &p)) ||
        (c = onnx_graph(r, p.graph, 1, NULL, r->g)))
        return c;
    return summarise(r) && !r->arena->oom ? report_unknown(r) : error_oom(r->err);
}

static SpmlCode keep_file(Graph *g, File *f, Error *err)
{
    File **files = arena_grow(g->arena, g->files, g->n_files, &g->cap_files, File *);
    if (!files)
        return error_oom(err);
    g->files = files;
    g->files[g->n_files++] = f;
    return SPML_OK;
}

static SpmlCode onnx_read(File *f, const ReadOptions *o, Arena *a, Graph **out, Error *err)
{
    Error local = {0};
    Onnx r = {.opt = o, .arena = a, .err = err ? err : &local, .g = graph_new(a, NULL)};
    Span file = file_span(f);
    const char *path = file_path(f);
    if (!r.g) {
        file_close(&f);
        return error_oom(err);
    }
    r.external = (OnnxExternal){strcmp(path, "<stdin>") ? file_dirname(a, path) : NULL, o ? o->data_dir : NULL, map_make(a), r.g};
    r.src = (OnnxSource){{file.base, path, a, r.err}, f, &r.external};
    SpmlCode c = read_model(&r, file);
    if (!c)
        c = keep_file(r.g, f, err);
    if (c) {
        error_where(r.err, path, -1);
        graph_close_files(r.g);
        file_close(&f);
        return c;
    }
    *out = r.g;
    return SPML_OK;
}

/* There is no magic: the top-level fields must be those of ModelProto. A TensorProto has a varint where the producer's name would be. */
static int onnx_probe(Span head, uint64_t sz_file, const char *path)
{
    static const struct { uint8_t number, wire; } fields[] = {{1, 0}, {2, 2}, {3, 2}, {4, 2}, {5, 0}, {6, 2}, {7, 2}, {8, 2}, {14, 2}, {20, 2}, {25, 2}, {26, 2}};
    bool graph = false, version = false, known = true;
    while (known && span_rest(&head) && !graph) {
        uint64_t tag = 0, v = 0;
        known = pb_varint(&head, &tag) && pb_varint(&head, &v);
        bool listed = false;
        for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
            listed |= tag == (uint64_t)(fields[i].number << 3 | fields[i].wire);
        known &= listed;
        version |= tag == 8 || tag == 66;
        graph |= tag == 58;
        if (known && (tag & 7) == 2)
            span_take(&head, v < head.size ? (size_t)v : head.size);
    }
    size_t n = path ? strlen(path) : 0;
    bool named = n > 5 && !strcmp(path + n - 5, ".onnx");
    return known && graph && version ? 90 : known && graph ? 60 : named ? 30 : 0;
}

const Format format_onnx = {
    .name = "onnx", .title = "ONNX", .extensions = "onnx", .probe = onnx_probe, .read_graph = onnx_read, .write_graph = onnx_write,
    .text = "ONNX models, operator sets 1 to 28, with external data",
};
