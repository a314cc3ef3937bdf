/* SPDX-License-Identifier: MIT
 * pipeline: the way of the data, read top to bottom: load → verify → infer → (clone) → optimise → lower → plan → run. Each arrow's contract is in
 * the header of its stage. */
#include "pipeline.h"

#include "kir/prims.h"
#include "kir/target.h"
#include "ops/ops.h"
#include "opt/opt.h"

#include <string.h>

static void traced(const GraphTrace *t, const char *stage, const Graph *g)
{
    if (t && t->fn)
        t->fn(t->ctx, stage, 0, g);
}

SpmlCode pipeline_load(const char *path, const char *format, const ReadOptions *o, const GraphTrace *trace, Arena *a, Graph **out, Container **container, Error *err)
{
    File *f;
    const Format *fmt;
    *out = NULL;
    *container = NULL;
    SpmlCode code = file_open(path, 0, &f, err);
    if (code)
        return code;
    code = (fmt = format_probe(f, format, err)) ? SPML_OK : err ? err->code : SPML_DATA;
    if (!code && fmt->read_graph)
        code = fmt->read_graph(f, o, a, out, err); /* owns f from here, also when it fails */
    else if (!code)
        code = fmt->read_container(f, o, a, container, err);
    else
        file_close(&f);
    if (!code && *out)
        traced(trace, "read", *out);
    if (!code && *out)
        code = graph_verify(*out, err);
    if (!code && *out)
        code = graph_infer(*out, err);
    if (!code && *out)
        traced(trace, "infer", *out);
    return code ? error_where(err, path, -1), code : SPML_OK;
}

/* "f16,int64" → bits. */
static SpmlCode caps_parse(const char *list, uint32_t *caps, Error *err)
{
    *caps = 0;
    for (const char *p = list; p && *p;) {
        size_t n = strcspn(p, ",");
        uint32_t bit = kir_cap_find(p, n);
        if (!bit)
            return error_set(err, SPML_USAGE, "capability-unknown", "no capability is called '%.*s' (spml help capabilities)", (int)(n < 40 ? n : 40), p);
        *caps |= bit;
        p += n + (p[n] == ',');
    }
    return SPML_OK;
}

static SpmlCode caps_refuse(const char *device, uint32_t missing, Error *err)
{
    Text t = {0};
    for (int i = 0; i < KIR_CAP_COUNT; i++)
        if (missing >> i & 1)
            text_printf(&t, "%s%s", t.n ? ", " : "", kir_cap_name((KirCap)i));
    SpmlCode code = error_set(err, SPML_UNSUPPORTED, "capability-missing", "device %s lacks what is required: %s", device, t.p ? t.p : "");
    text_free(&t);
    return code;
}

SpmlCode pipeline_device(const PipelineOptions *o, const Backend **b, Device **d, Error *err)
{
    bool any = !o->backend || !strcmp(o->backend, "auto");
    uint32_t want;
    SpmlCode code = caps_parse(o->require, &want, err);
    Error first = {0};
    for (int i = 0; backends[i] && !code; i++) {
        DeviceInfo info = {0};
        Error one = {0};
        if (!any && strcmp(backends[i]->name, o->backend))
            continue;
        SpmlCode failed = backends[i]->open(&(DeviceOptions){.threads = o->threads}, d, &one);
        if (!failed) {
            backends[i]->info(*d, &info);
            failed = want & ~info.caps ? caps_refuse(backends[i]->name, want & ~info.caps, &one) : SPML_OK;
            if (!failed)
                return *b = backends[i], SPML_OK;
            backends[i]->close(d);
        }
        first = first.code ? first : one;
    }
    if (!code && first.code && err)
        *err = first;
    return code ? code : first.code ? first.code : error_set(err, SPML_UNSUPPORTED, "backend-missing", "backend %s is not built in", o->backend);
}

/* Folding runs the node the way any node is run. */
typedef struct FoldContext { const Backend *b; Device *d; const KModule *m; } FoldContext;

static SpmlCode fold_eval(void *ctx, const Node *n, Value **out, Error *err)
{
    FoldContext *f = ctx;
    return session_fold(f->b, f->d, f->m, n, out, err);
}

static int count_dynamic(const Graph *g)
{
    int n = 0;
    for (const Node *x = g->first; x; x = x->next)
        n += x->dynamic;
    return n;
}

/* Folding may make literal what a shape rule had to leave to the run: rules and folding take turns while that helps, then regions are built. */
static SpmlCode optimise(Graph *g, const OptContext *c, Error *err)
{
    OptContext first = *c;
    first.max_level = 1;
    int before, after = count_dynamic(g);
    SpmlCode code;
    do {
        before = after;
        code = graph_optimise(g, &first, err);
        if (!code && before)
            code = graph_infer(g, err);
        after = count_dynamic(g);
    } while (!code && after < before);
    return code ? code : graph_optimise(g, c, err);
}

SpmlCode pipeline_open(const Graph *model, const PipelineOptions *o, const RtValue *const *concrete, const Backend *b, Device *d, Session **out, Error *err)
{
    const KModule *m;
    Arena a = {0};
    FoldContext f = {b, d, NULL};
    SpmlCode code = graph_complete(model, err);
    if (!code)
        code = kernels_module(&m, err);
    Map values = map_make(&a);
    Graph *g = code ? NULL : graph_clone(model, &a, o->outputs ? &values : NULL);
    if (!code && !g)
        code = error_oom(err);
    if (g)
        g->strict_math = o->strict_math;
    for (size_t i = 0; !code && o->outputs && o->outputs[i]; i++) {
        Value *v = map_find(&values, (const char *)&o->outputs[i], sizeof(Value *));
        if (!v || !graph_output(g, v))
            code = error_set(err, SPML_UNSUPPORTED, "output", "value '%.200s' cannot be given", o->outputs[i]->name ? o->outputs[i]->name : "");
    }
    f.m = m;
    for (size_t i = 0; !code && concrete && i < g->n_in; i++)
        if (concrete[i] && concrete[i]->kind == TYPE_TENSOR)
            g->in[i]->type = type_literal(g, concrete[i]->dtype, concrete[i]->rank, concrete[i]->dim);
    if (!code && concrete)
        code = graph_infer(g, err);
    if (!code)
        code = optimise(g, &(OptContext){.constants = {fold_eval, &f}, .disabled = o->disabled_passes, .trace = o->trace}, err);
    if (!code)
        traced(&o->trace, "optimised", g);
    if (code)
        return arena_free(&a), code;
    code = session_new(&a, g, b, d, m, NULL, out, err);
    if (!code)
        (*out)->profile = o->profile;
    return code;
}
