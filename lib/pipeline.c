/* SPDX-License-Identifier: MIT
 * pipeline: the way of the data, read top to bottom: load → verify → infer → (clone) → optimise → lower → plan → run. Each arrow's contract is in
 * the header of its stage. */
#include "pipeline.h"

#include "kir/prims.h"
#include "ops/ops.h"
#include "opt/opt.h"
#include "opt/recompute.h"

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

/* Folding runs the node the way any node is run. */
static SpmlCode fold_eval(void *ctx, const Node *n, Value **out, Error *err)
{
    return session_fold(ctx, n, out, err);
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

/* Weights that a file holds in few bits stay so. */
static SpmlCode fold_small(void *ctx, const Node *n, Value **out, Error *err)
{
    return n->op == OP_dequantize ? SPML_UNSUPPORTED : session_fold(ctx, n, out, err);
}

SpmlCode pipeline_simplify(Graph *g, int level, Error *err)
{
    static const char *const shown[] = {"qdq", "blocked", "fuse", NULL}, *const least[] = {"qdq", "batch_norm", "pow", "reshape", "identity", "blocked", "fuse", NULL};
    const KModule *m;
    DevicePair on;
    SpmlCode code = pipeline_device(&(PipelineOptions){.backend = "cpu"}, &on, err);
    if (code)
        return code;
    code = kernels_module(&m, err);
    SessionPlace fold = {.backend = on.backend, .device = on.device, .module = m};
    if (!code)
        code = optimise(g, &(OptContext){.constants = {fold_small, &fold}, .disabled = level ? shown : least}, err);
    pipeline_device_close(&on);
    return code ? code : graph_verify(g, err);
}

/* ── a bound of memory ── */

enum { BUDGET_TRIES = 8 };

/* What a plan of g takes once it is computed again under the target; UINT64_MAX: as g is. */
static SpmlCode planned(const Graph *g, uint64_t target, const SessionPlace *place, Recomputed *r, uint64_t *bytes, Error *err)
{
    Arena a = {0};
    Session *s = NULL;
    Graph *own = graph_clone(g, &a, NULL);
    SpmlCode code = own ? SPML_OK : error_oom(err);
    if (own)
        own->strict_math = g->strict_math;
    if (!code)
        code = graph_recompute(own, target, r, err);
    if (code)
        return arena_free(&a), code;
    code = session_new(&a, own, place, &s, err);
    if (!code)
        code = session_plan(s, bytes, err);
    session_free(&s);
    return code;
}

/* The estimate that the pass goes by is not the plan: what the plan is above the budget, the next try aims below it. */
static SpmlCode within_budget(Graph *g, const PipelineOptions *o, const SessionPlace *place, Error *err)
{
    const uint64_t budget = o->memory_budget + o->memory_beside;
    uint64_t target = UINT64_MAX, bytes = 0;
    Recomputed r = {0};
    for (int i = 0; i < BUDGET_TRIES; i++) {
        SpmlCode code = planned(g, target, place, &r, &bytes, err);
        if (code)
            return code;
        if (bytes <= budget)
            return target == UINT64_MAX ? SPML_OK : graph_recompute(g, target, &r, err);
        if (r.least > target)
            break;
        const uint64_t over = bytes - budget;
        target = i == BUDGET_TRIES - 2 || r.least <= over ? 0 : r.least - over;
    }
    const uint64_t least = bytes > o->memory_beside ? bytes - o->memory_beside : 0; /* of the last try, in which nothing more could be let go */
    char want[32], have[32];
    error_set(err, SPML_RESOURCE, "memory-budget", "the activations of a step take %s at least, with all recomputed that can be; the budget is %s", format_bytes(have, least), format_bytes(want, o->memory_budget));
    error_hint(err, "--memory-budget %llu, or a smaller batch", (unsigned long long)least);
    return SPML_RESOURCE;
}

SpmlCode pipeline_open(const Graph *model, const PipelineOptions *o, const RtValue *const *concrete, const DevicePair *on, Session **out, Error *err)
{
    const KModule *m;
    Arena a = {0};
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
    SessionPlace fold = {.backend = on->cpu ? on->cpu : on->backend, .device = on->cpu ? on->cpu_device : on->device, .module = m};
    for (size_t i = 0; !code && concrete && i < g->n_in; i++)
        if (concrete[i] && concrete[i]->kind == TYPE_TENSOR)
            g->in[i]->type = type_literal(g, concrete[i]->dtype, concrete[i]->rank, concrete[i]->dim);
    if (!code && concrete)
        code = graph_infer(g, err);
    if (!code)
        code = optimise(g, &(OptContext){.constants = {fold_eval, &fold}, .disabled = o->disabled_passes, .blocked = on->backend->blocked, .wide = on->backend->wide && !o->memory /* low: weights stay as they are stored */, .running = on->backend->running, .trace = o->trace}, err);
    if (!code)
        traced(&o->trace, "optimised", g);
    const SessionPlace place = {on->backend, on->device, on->cpu, on->cpu_device, m, o->no_fallback, NULL, on->pool};
    if (!code && o->memory_budget)
        code = within_budget(g, o, &place, err);
    if (code)
        return arena_free(&a), code;
    code = session_new(&a, g, &place, out, err);
    if (!code)
        (*out)->profile = o->profile;
    return code;
}
