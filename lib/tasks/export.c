/* SPDX-License-Identifier: MIT
 * tasks: a model → a file of another format or form. What a format writes is its own (formats/); here the graph is cloned and changed as asked for
 * (simplified, in f16), weights alone become SafeTensors or npz, and the formats that can be written are one table. */
#include "tasks.h"

#include "ir/ops.h"
#include "opt/half.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEPT_LINES = 12 };

typedef struct ExportJob {
    const SpmlModel *m;
    const char *path;
    const SpmlExportOptions *o;
    SpmlExportReport *report;
    Arena arena;             /* of the clone */
    const Graph *g;          /* what is written */
    Map large;               /* names of values that grow beyond f16 */
    Error *err;
} ExportJob;

typedef struct ExportKind {
    const char *name, *extensions, *about;
    bool graph, runs;        /* needs a graph; gives one that runs */
    SpmlCode (*write)(ExportJob *j);
} ExportKind;

/* ── graphs ── */

/* Metadata as the writer takes it. */
static SpmlCode meta_list(ExportJob *j, WriteOptions *w)
{
    size_t n = 0;
    while (j->o->meta && j->o->meta[n].key)
        n++;
    MetaEntry *v = arena_array(&j->arena, MetaEntry, n + 1);
    if (!v)
        return error_oom(j->err);
    for (size_t i = 0; i < n; i++)
        v[i] = (MetaEntry){j->o->meta[i].key, j->o->meta[i].value, strlen(j->o->meta[i].key), strlen(j->o->meta[i].value)};
    w->meta = v;
    w->n_meta = n;
    return SPML_OK;
}

static SpmlCode write_onnx(ExportJob *j)
{
    WriteOptions w = {.opset = j->o->opset, .external = j->o->external_data, .producer = spml_version()};
    WriteReport r = {0};
    SpmlCode code = meta_list(j, &w);
    if (!code)
        code = format_write("onnx", j->g, j->path, &w, &r, j->err);
    j->report->opset = r.opset;
    j->report->bytes = r.bytes;
    j->report->external = r.external;
    return code;
}

static SpmlCode write_json(ExportJob *j) { return export_json(j->g, j->path, &j->report->bytes, j->err); }

/* ── weights alone ── */

static SpmlCode weight_value(const SpmlTensorInfo *t, const void *p, size_t sz, RtValue **out, Error *err)
{
    DType d = t->dtype ? dtype_find(t->dtype, strlen(t->dtype)) : DT_none;
    size_t want;
    uint64_t n = 1;
    for (int i = 0; i < t->rank; i++)
        n *= (uint64_t)t->dim[i];
    if (d == DT_none || t->rank < 0 || t->rank > IR_MAX_RANK)
        return error_set(err, SPML_UNSUPPORTED, "dtype-unsupported", "weight '%.200s': type %s", t->name, t->dtype ? t->dtype : "?");
    if (!dtype_bytes(d, n, &want) || want > sz)
        return error_set(err, SPML_DATA, "tensor-size", "weight '%.200s': %zu bytes", t->name, sz);
    if (d == DT_bool) { /* the list makes 1 of any true byte, which a mapped file does not take */
        SpmlCode code = rt_tensor(d, t->rank, t->dim, out, err);
        if (!code)
            memcpy((*out)->data, p, want);
        return code;
    }
    RtValue *v = calloc(1, sizeof *v);
    if (!v)
        return error_oom(err);
    *v = (RtValue){.kind = TYPE_TENSOR, .dtype = d, .rank = t->rank, .data = (void *)p, .sz = want, .own = RT_BORROWED};
    memcpy(v->dim, t->dim, (size_t)t->rank * sizeof *t->dim);
    *out = v;
    return SPML_OK;
}

static void weights_walk(const Graph *g, ValueList *l, Map *seen, Arena *a, SpmlCode *code, Error *err, int depth);

static void weight_add(const Value *v, ValueList *l, Map *seen, Arena *a, SpmlCode *code, Error *err)
{
    RtValue *x;
    SpmlTensorInfo t = {.name = v->name ? v->name : "", .dtype = dtype_name(v->type.dtype), .rank = v->type.rank};
    if (*code || !v->data || v->data->ref || map_find(seen, (const char *)&v, sizeof v) || !value_literal(v, t.dim))
        return;
    const Value **key = arena_copy(a, &v, sizeof v);
    if (!key || !map_put(seen, (const char *)key, sizeof v, (void *)v)) {
        *code = error_oom(err);
        return;
    }
    if (!*t.name) /* a number of the graph's own: nobody could ask for it by name */
        return;
    *code = weight_value(&t, v->data->p, v->data->sz, &x, err);
    if (!*code)
        *code = values_add(l, t.name, strlen(t.name), x, err);
}

static void weights_walk(const Graph *g, ValueList *l, Map *seen, Arena *a, SpmlCode *code, Error *err, int depth)
{
    for (size_t i = 0; i < g->n_in; i++)
        weight_add(g->in[i], l, seen, a, code, err);
    for (const Node *n = g->first; n && depth < IR_MAX_DEPTH; n = n->next) {
        for (int i = 0; i < n->n_in; i++)
            if (n->in[i])
                weight_add(n->in[i], l, seen, a, code, err);
        for (int i = 0; i < n->n_attrs; i++)
            if (n->attrs[i].kind == ATTR_GRAPH)
                weights_walk(n->attrs[i].graph, l, seen, a, code, err, depth + 1);
    }
}

static SpmlCode weights_list(ExportJob *j, ValueList *l)
{
    SpmlCode code = SPML_OK;
    Map seen = map_make(&j->arena);
    if (j->g) {
        weights_walk(j->g, l, &seen, &j->arena, &code, j->err, 0);
        return code;
    }
    for (size_t i = 0; !code && i < j->m->container->n_tensors; i++) {
        const TensorInfo *c = &j->m->container->tensors[i];
        SpmlTensorInfo t;
        RtValue *v;
        spml_model_tensor(j->m, i, &t);
        code = weight_value(&t, file_span(c->file).base + c->offset, (size_t)c->sz, &v, j->err);
        if (!code)
            code = values_add(l, c->name, c->n_name, v, j->err);
    }
    return code;
}

/* What was written, read again: the same names, types, shapes and bytes. */
static SpmlCode weights_check(ExportJob *j, const ValueList *l, const char *kind, Error *err)
{
    SpmlError local = {0};
    SpmlBundle *b = NULL;
    SpmlCode code = (SpmlCode)spml_bundle_read(j->path, &(SpmlFileOptions){.kind = kind}, &b, &local);
    if (code)
        return *err = local.e, code;
    Map names = map_make(&j->arena);
    for (size_t i = 0; i < b->l.n; i++)
        map_put(&names, b->l.v[i].name, strlen(b->l.v[i].name), b->l.v[i].value);
    for (size_t i = 0; i < l->n && !code; i++) {
        const RtValue *want = l->v[i].value, *got = map_find(&names, l->v[i].name, strlen(l->v[i].name));
        bool same = got && got->dtype == want->dtype && got->rank == want->rank && !memcmp(got->dim, want->dim, (size_t)want->rank * sizeof *want->dim);
        same = same && (want->dtype == DT_string || (got->sz == want->sz && (!want->sz || !memcmp(got->data, want->data, want->sz))));
        if (!same)
            code = error_set(err, SPML_NO, "export-differs", "weight '%.200s' reads back different", l->v[i].name);
    }
    spml_bundle_free(b);
    return code;
}

static SpmlCode write_weights(ExportJob *j, const char *kind)
{
    SpmlBundle b = {0};
    SpmlError local = {0};
    SpmlCode code = weights_list(j, &b.l);
    if (!code && !b.l.n)
        code = error_set(j->err, SPML_DATA, "no-weights", "the model has no weights");
    if (!code && (code = (SpmlCode)spml_bundle_write(&b, j->path, &(SpmlFileOptions){.kind = kind}, &local)))
        *j->err = local.e;
    if (!code && strcmp(j->path, "-"))
        code = weights_check(j, &b.l, kind, j->err);
    j->report->weights = b.l.n;
    for (size_t i = 0; i < b.l.n; i++)
        j->report->bytes += b.l.v[i].value->sz;
    values_clear(&b.l);
    return code;
}

static SpmlCode write_safetensors(ExportJob *j) { return write_weights(j, "safetensors"); }
static SpmlCode write_npz(ExportJob *j) { return write_weights(j, "npz"); }

/* ── the table ── */

static const ExportKind kinds[] = {
    {"onnx", "onnx", "ONNX, operator sets 13 to 28", true, true, write_onnx},
    {"safetensors", "safetensors", "the weights by name, as SafeTensors", false, false, write_safetensors},
    {"npz", "npz", "the weights by name, as a NumPy archive", false, false, write_npz},
    {"json", "json", "the graph without its weights, schema spml.graph/1", true, false, write_json},
    {0},
};

/* Formats whose writers are still to come: the verb knows them, so that nobody takes them for typing errors. */
static const char *const later[] = {"gguf", "tflite", "c", "torch", "ncnn", "openvino", NULL};

static const ExportKind *kind_find(const char *name, size_t n)
{
    for (const ExportKind *k = kinds; k->name; k++)
        if (strlen(k->name) == n && !memcmp(k->name, name, n))
            return k;
    return NULL;
}

static const ExportKind *kind_of(const char *path)
{
    const char *slash = strrchr(path, '/'), *dot = strrchr(slash ? slash : path, '.');
    return dot ? kind_find(dot + 1, strlen(dot + 1)) : NULL;
}

const char *spml_export_format(size_t i, const char **extensions, const char **about)
{
    if (i >= sizeof kinds / sizeof *kinds - 1)
        return NULL;
    *extensions = kinds[i].extensions;
    *about = kinds[i].about;
    return kinds[i].name;
}

const char *spml_export_format_of(const char *path)
{
    const ExportKind *k = kind_of(path);
    return k ? k->name : NULL;
}

bool spml_export_runs(const char *format)
{
    const ExportKind *k = kind_find(format, strlen(format));
    return k && k->runs;
}

static SpmlCode no_kind(const char *name, Error *err)
{
    for (const char *const *l = later; *l; l++)
        if (!strcmp(*l, name))
            return error_set(err, SPML_UNSUPPORTED, "export-unsupported", "writing %s is not supported", name);
    error_set(err, SPML_USAGE, "export-kind", "'%.200s' does not say what to write", name);
    error_hint(err, "onnx safetensors npz json; write KIND:PATH");
    return SPML_USAGE;
}

/* ── the way ── */

static size_t count_nodes(const Graph *g, int depth)
{
    size_t n = g->n_nodes;
    for (const Node *x = g->first; x && depth < IR_MAX_DEPTH; x = x->next)
        for (int i = 0; i < x->n_attrs; i++)
            if (x->attrs[i].kind == ATTR_GRAPH)
                n += count_nodes(x->attrs[i].graph, depth + 1);
    return n;
}

/* ── f16: what grows too large is found by running ── */

static bool beyond_f16(const SpmlStats *s) { return fmax(fabs(s->min), fabs(s->max)) > 65504; }

static SpmlCode note_large(ExportJob *j, const SpmlSession *s, SpmlTensor **out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        SpmlStats st;
        const char *name = spml_session_output_name(s, i);
        if (!out[i] || !*name || !spml_tensor_is_tensor(out[i]) || strcmp(spml_tensor_dtype(out[i]), "f32") || !spml_tensor_stats(out[i], &st) || !beyond_f16(&st))
            continue;
        const char *key = arena_strdup(&j->arena, name);
        if (!key || !map_put(&j->large, key, strlen(key), (void *)key))
            return error_oom(j->err);
    }
    return SPML_OK;
}

/* Every named value of the model as it is, for each sample. */
static SpmlCode measure_large(ExportJob *j)
{
    static const char *const every[] = {"*", NULL};
    SpmlError local = {0};
    SpmlSession *s = NULL;
    SpmlCode code = j->o->n_samples && j->o->samples ? (SpmlCode)spml_session_open(j->m, &(SpmlSessionOptions){.backend = "cpu", .outputs = every}, &s, &local) : SPML_OK;
    size_t n = s ? spml_session_outputs(s) : 0;
    for (size_t i = 0; !code && s && i < j->o->n_samples; i++) {
        SpmlTensor **out = calloc(n + 1, sizeof *out);
        code = out ? (SpmlCode)spml_session_run(s, j->o->samples[i], j->m->g->n_in, out, n, &local) : error_oom(&local.e);
        if (!code)
            code = note_large(j, s, out, n);
        for (size_t k = 0; out && k < n; k++)
            if (out[k])
                spml_tensor_free(out[k]);
        free(out);
    }
    spml_session_free(s);
    if (code && local.e.code)
        *j->err = local.e;
    return code;
}

static bool is_large(void *ctx, const Value *v)
{
    const ExportJob *j = ctx;
    int64_t n = 1, dims[IR_MAX_RANK];
    SpmlStats s;
    if (v->residency != RES_CONST || !v->data || !v->data->p || !value_literal(v, dims))
        return v->name && map_find(&j->large, v->name, strlen(v->name));
    for (int i = 0; i < v->type.rank; i++)
        n *= dims[i];
    return value_stats(v->type.dtype, v->data->p, n, &s) && beyond_f16(&s);
}

static void keep_note(void *ctx, const Node *n, const char *why)
{
    SpmlExportReport *r = ((ExportJob *)ctx)->report;
    size_t at = strlen(r->kept);
    if (r->n_kept++ < KEPT_LINES)
        snprintf(r->kept + at, sizeof r->kept - at, "%s%.60s (%.40s): %s", at ? "\n" : "", n->name ? n->name : "", n->origin ? n->origin : op_info[n->op].name, why);
    else if (r->n_kept == KEPT_LINES + 1)
        snprintf(r->kept + at, sizeof r->kept - at, "\nand more");
}

static SpmlCode to_half(ExportJob *j, Graph *g)
{
    j->large = map_make(&j->arena);
    SpmlCode code = measure_large(j);
    if (!code)
        code = graph_half(g, &(HalfOptions){.io = j->o->fp16_io, .large = is_large, .kept = keep_note, .ctx = j}, j->err);
    return code ? code : pipeline_simplify(g, 0, j->err);
}

static SpmlCode change(ExportJob *j)
{
    if (!j->o->simplify && !j->o->fp16)
        return SPML_OK;
    Graph *g = graph_clone(j->m->g, &j->arena, NULL);
    SpmlCode code = !g ? error_oom(j->err) : j->o->simplify ? pipeline_simplify(g, 1, j->err) : SPML_OK;
    if (!code && j->o->fp16)
        code = to_half(j, g);
    j->g = g;
    return code;
}

SpmlStatus spml_model_export(const SpmlModel *m, const char *path, const SpmlExportOptions *o, SpmlExportReport *report, SpmlError *err)
{
    static const SpmlExportOptions none;
    SpmlExportReport own;
    Error local = {0};
    ExportJob j = {.m = m, .path = path, .o = o ? o : &none, .report = report ? report : &own, .g = m->g, .err = err ? &err->e : &local};
    const char *dot = strrchr(path, '.'), *name = j.o->format ? j.o->format : dot ? dot + 1 : path;
    const ExportKind *k = j.o->format ? kind_find(name, strlen(name)) : kind_of(path);
    *j.report = (SpmlExportReport){.format = k ? k->name : ""};
    if (!k)
        return no_kind(name, j.err);
    if (k->graph && !m->g)
        return error_set(j.err, SPML_UNSUPPORTED, "no-graph", "%s holds weights but no graph", m->container->format);
    j.report->nodes_before = m->g ? count_nodes(m->g, 0) : 0;
    SpmlCode code = m->g ? change(&j) : SPML_OK;
    if (!code) {
        j.report->nodes = j.g ? count_nodes(j.g, 0) : 0;
        code = k->write(&j);
    }
    arena_free(&j.arena);
    return code;
}
