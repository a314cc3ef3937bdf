/* SPDX-License-Identifier: MIT
 * spml: the public interface (spml.h) over the pipeline. */
#include "handles.h"

#include "base/hard.h"

#include <stdlib.h>
#include <string.h>

const char *spml_version(void) { return SPML_VERSION; }

/* ── errors ── */
SpmlError *spml_error_new(void) { return calloc(1, sizeof(SpmlError)); }
void spml_error_free(SpmlError *e) { free(e); }
void spml_error_clear(SpmlError *e) { error_clear(e ? &e->e : NULL); }
SpmlStatus spml_error_status(const SpmlError *e) { return e->e.code; }
const char *spml_error_key(const SpmlError *e) { return e->e.key; }
const char *spml_error_text(const SpmlError *e) { return e->e.text; }
const char *spml_error_hint(const SpmlError *e) { return e->e.hint; }
const char *spml_error_file(const SpmlError *e) { return e->e.file; }
int64_t spml_error_offset(const SpmlError *e) { return e->e.file[0] ? e->e.offset : -1; }

static Error *inner(SpmlError *e) { return handle_error(e); }

/* ── models ── */
/* Dimensions without a name of their own, and those that follow from others, are "?". */
static const char *dim_symbol(const Dim *d) { return d->kind == DIM_SYM && d->sym->name[0] != '?' && d->sym->origin == SYM_INPUT ? d->sym->name : NULL; }

static void port_type(const Type *type, Text *t)
{
    if (type->kind != TYPE_TENSOR || type->rank < 0) {
        type_print(type, t);
        return;
    }
    text_printf(t, "%s[", dtype_name(type->dtype));
    for (int i = 0; i < type->rank; i++) {
        int64_t n;
        text_puts(t, i ? "," : "");
        if (dim_lit(type->dim[i], &n))
            text_printf(t, "%lld", (long long)n);
        else
            text_puts(t, dim_symbol(type->dim[i]) ? dim_symbol(type->dim[i]) : "?");
    }
    text_puts(t, "]");
}

static SpmlStatus port_of(SpmlModel *m, const Value *v, SpmlPort *p)
{
    Text t = {0};
    port_type(&v->type, &t);
    *p = (SpmlPort){.name = v->name ? v->name : "", .type = t.oom ? "" : arena_strndup(&m->arena, t.p ? t.p : "", t.n), .rank = -1, .has_default = v->data != NULL};
    text_free(&t);
    if (!p->type)
        return SPML_RESOURCE;
    if (v->type.kind != TYPE_TENSOR)
        return SPML_OK;
    p->dtype = dtype_name(v->type.dtype);
    p->rank = v->type.rank;
    for (int i = 0; i < v->type.rank; i++) {
        if (!dim_lit(v->type.dim[i], &p->dim[i]))
            p->dim[i] = -1;
        p->symbol[i] = dim_symbol(v->type.dim[i]);
    }
    return SPML_OK;
}

static SpmlCode ports_make(SpmlModel *m, Error *err)
{
    size_t n_in = m->g ? m->g->n_in : 0, n_out = m->g ? m->g->n_out : 0;
    m->ports = arena_array(&m->arena, SpmlPort, n_in + n_out + 1);
    for (size_t i = 0; m->ports && i < n_in + n_out; i++)
        if (port_of(m, i < n_in ? m->g->in[i] : m->g->out[i - n_in], &m->ports[i]))
            return error_oom(err);
    return m->ports ? SPML_OK : error_oom(err);
}

/* A stage as the caller's watch sees it. */
static void stage_seen(void *ctx, const char *stage, int n_changes, const Graph *g)
{
    const SpmlWatch *w = ctx;
    w->fn(w->ctx, &(SpmlStage){.name = stage, .changes = n_changes, .nodes = g->root->n_nodes, .graph = g->root});
}

static GraphTrace stage_trace(const SpmlWatch *w) { return w && w->fn ? (GraphTrace){stage_seen, (void *)w} : (GraphTrace){0}; }

SpmlStatus spml_model_load(const char *path, const SpmlLoadOptions *o, SpmlModel **out, SpmlError *err)
{
    SpmlModel *m = calloc(1, sizeof *m);
    if (!m)
        return error_oom(inner(err));
    ReadOptions r = {.data_dir = o ? o->data_dir : NULL, .keep_unknown = o && o->keep_unknown};
    GraphTrace trace = stage_trace(o ? o->watch : NULL);
    SpmlCode code = pipeline_load(path, o ? o->format : NULL, &r, &trace, &m->arena, &m->g, &m->container, inner(err));
    if (!code && !(m->path = strdup(path)))
        code = error_oom(inner(err));
    if (!code)
        code = ports_make(m, inner(err));
    if (!code)
        spml_model_tensors(m); /* lists the weights now: a loaded model is never written again */
    if (code)
        spml_model_free(m);
    else
        *out = m;
    return code;
}

void spml_model_free(SpmlModel *m)
{
    if (!m)
        return;
    if (m->g)
        graph_close_files(m->g);
    for (size_t i = 0; m->container && i < m->container->n_files; i++)
        file_close(&m->container->files[i]);
    arena_free(&m->arena);
    free(m->path);
    free(m);
}

size_t spml_model_inputs(const SpmlModel *m) { return m->g ? m->g->n_in : 0; }
size_t spml_model_outputs(const SpmlModel *m) { return m->g ? m->g->n_out : 0; }

SpmlStatus spml_model_input(const SpmlModel *m, size_t i, SpmlPort *out)
{
    return i < spml_model_inputs(m) ? (*out = m->ports[i], SPML_OK) : SPML_USAGE;
}

SpmlStatus spml_model_output(const SpmlModel *m, size_t i, SpmlPort *out)
{
    return i < spml_model_outputs(m) ? (*out = m->ports[m->g->n_in + i], SPML_OK) : SPML_USAGE;
}

const char *spml_model_meta(const SpmlModel *m, const char *key)
{
    size_t n = strlen(key);
    for (size_t i = 0; m->g && i < m->g->n_meta; i++)
        if (m->g->meta[i].n_key == n && !memcmp(m->g->meta[i].key, key, n))
            return m->g->meta[i].value;
    return NULL;
}

/* ── tensors: an SpmlTensor is an RtValue ── */
static RtValue *rt(const SpmlTensor *t) { return (RtValue *)t; }

SpmlStatus spml_tensor_new(const char *dtype, int rank, const int64_t *dim, SpmlTensor **out, SpmlError *err)
{
    DType t = dtype_find(dtype, strlen(dtype));
    RtValue *v;
    if (t == DT_none || rank < 0 || rank > SPML_MAX_RANK)
        return error_set(inner(err), SPML_USAGE, "dtype", "no tensor of type '%.40s' and rank %d", dtype, rank);
    SpmlCode code = rt_tensor(t, rank, dim, &v, inner(err));
    if (!code)
        *out = (SpmlTensor *)v;
    return code;
}

void spml_tensor_free(SpmlTensor *t)
{
    RtValue *v = rt(t);
    rt_free(&v);
}

const char *spml_tensor_dtype(const SpmlTensor *t) { return dtype_name(rt(t)->dtype); }
int spml_tensor_rank(const SpmlTensor *t) { return rt(t)->rank; }
int64_t spml_tensor_dim(const SpmlTensor *t, int i) { return i >= 0 && i < rt(t)->rank ? rt(t)->dim[i] : -1; }
SpmlStatus spml_tensor_for(const SpmlModel *m, size_t i, SpmlTensor **out, SpmlError *err)
{
    SpmlPort p;
    if (spml_model_input(m, i, &p))
        return error_set(inner(err), SPML_USAGE, "inputs", "no input %zu", i);
    if (!p.dtype || p.rank < 0)
        return error_set(inner(err), SPML_UNSUPPORTED, "inputs", "input '%.200s' is %.200s: its shape must be given", p.name, p.type);
    for (int d = 0; d < p.rank; d++)
        p.dim[d] = p.dim[d] < 0 ? 1 : p.dim[d];
    return spml_tensor_new(p.dtype, p.rank, p.dim, out, err);
}

void *spml_tensor_data(SpmlTensor *t) { return rt(t)->data; }
size_t spml_tensor_bytes(const SpmlTensor *t) { return rt(t)->sz; }

/* ── sessions ── */

static SpmlCode extra_add(SpmlSession *s, Value *v, size_t *cap, Error *err)
{
    const Graph *g = s->model->g;
    for (size_t i = 0; i < g->n_out; i++)
        if (g->out[i] == v)
            return SPML_OK;
    if (s->n_extra + 1 >= *cap) {
        Value **p = realloc(s->extra, (*cap = *cap ? 2 * *cap : HARD(16, 1)) * sizeof *p);
        if (!p)
            return error_oom(err);
        s->extra = p;
    }
    s->extra[s->n_extra++] = v;
    s->extra[s->n_extra] = NULL;
    return SPML_OK;
}

/* One name, or "*". Values of subgraphs have no one value in a run. */
static SpmlCode extra_named(SpmlSession *s, const char *name, size_t *cap, Error *err)
{
    const Graph *g = s->model->g;
    bool all = !strcmp(name, "*"), found = all;
    SpmlCode code = SPML_OK;
    for (const Node *n = g->first; n && !code; n = n->next)
        for (int i = 0; i < n->n_out && !code; i++)
            if (n->out[i] && n->out[i]->name && (all || !strcmp(n->out[i]->name, name))) {
                code = extra_add(s, n->out[i], cap, err);
                found = true;
            }
    for (size_t i = 0; !found && !code && i < g->n_in; i++)
        if (!strcmp(g->in[i]->name, name)) {
            code = extra_add(s, g->in[i], cap, err);
            found = true;
        }
    return code ? code : found ? SPML_OK : error_set(err, SPML_USAGE, "output", "no value '%.200s'", name);
}

static SpmlCode extra_outputs(SpmlSession *s, const char *const *names, Error *err)
{
    size_t cap = 0;
    SpmlCode code = SPML_OK;
    for (; *names && !code; names++)
        code = extra_named(s, *names, &cap, err);
    s->options.outputs = s->extra;
    return code;
}

size_t spml_session_outputs(const SpmlSession *s) { return s->model->g->n_out + s->n_extra; }

static const Value *output_value(const SpmlSession *s, size_t i)
{
    const Graph *g = s->model->g;
    return i < g->n_out ? g->out[i] : i - g->n_out < s->n_extra ? s->extra[i - g->n_out] : NULL;
}

const char *spml_session_output_name(const SpmlSession *s, size_t i)
{
    const Value *v = output_value(s, i);
    return v && v->name ? v->name : "";
}

const char *spml_session_output_origin(const SpmlSession *s, size_t i)
{
    const Value *v = output_value(s, i);
    const Node *n = v ? v->producer : NULL;
    const char *o = n && n->origin ? n->origin : "";
    char *text = n ? arena_printf((Arena *)&s->model->arena, "%s (%.*s)", n->name && *n->name ? n->name : spml_session_output_name(s, i), (int)strcspn(o, " "), o) : NULL;
    return text ? text : "";
}
SpmlStatus spml_session_open(const SpmlModel *m, const SpmlSessionOptions *o, SpmlSession **out, SpmlError *err)
{
    if (!m->g)
        return error_set(inner(err), SPML_UNSUPPORTED, "no-graph", "%s holds weights but no graph that can be run", m->container->format);
    const uint64_t start = run_now();
    SpmlSession *s = calloc(1, sizeof *s);
    if (!s)
        return error_oom(inner(err));
    s->model = m;
    if (o)
        s->options = (PipelineOptions){.backend = o->backend, .threads = o->threads, .no_fallback = o->no_fallback, .profile = o->profile, .strict_math = o->strict_math,
            .require = o->require, .disabled_passes = o->disabled_passes, .trace = stage_trace(o->watch), .no_cache = o->no_cache, .force_emulation = o->force_emulation,
            .math = o->math, .cache_weights = o->cache_weights, .memory = o->memory};
    SpmlCode code = o && o->outputs ? extra_outputs(s, o->outputs, inner(err)) : SPML_OK;
    if (!code)
        code = pipeline_device(&s->options, &s->on, inner(err));
    s->device_ns = run_now() - start;
    if (!code)
        code = pipeline_open(m->g, &s->options, NULL, &s->on, &s->symbolic, inner(err));
    s->plan_ns = run_now() - start - s->device_ns;
    if (code)
        spml_session_free(s);
    else
        *out = s;
    return code;
}

void spml_session_free(SpmlSession *s)
{
    if (!s)
        return;
    for (Concrete *c = s->concrete, *next; c; c = next) {
        next = c->next;
        session_free(&c->s);
        free(c->extents);
        free(c);
    }
    session_free(&s->symbolic);
    pipeline_device_close(&s->on);
    free(s->extra);
    free(s);
}

enum { EXTENTS = IR_MAX_RANK + 1 };

static void extents_of(SpmlTensor *const *in, size_t n_in, int64_t *e)
{
    memset(e, 0, n_in * EXTENTS * sizeof *e);
    for (size_t i = 0; i < n_in; i++)
        if (in[i] && rt(in[i])->kind == TYPE_TENSOR) {
            e[i * EXTENTS] = rt(in[i])->rank;
            memcpy(&e[i * EXTENTS + 1], rt(in[i])->dim, (size_t)rt(in[i])->rank * sizeof *e);
        }
}

/* The plan for exactly these extents. */
static SpmlCode concrete_get(SpmlSession *s, SpmlTensor *const *in, size_t n_in, Session **out, Error *err)
{
    int64_t *e = malloc((n_in * EXTENTS + 1) * sizeof *e);
    if (!e)
        return error_oom(err);
    extents_of(in, n_in, e);
    for (Concrete *c = s->concrete; c; c = c->next)
        if (!memcmp(c->extents, e, n_in * EXTENTS * sizeof *e))
            return free(e), *out = c->s, SPML_OK;
    Concrete *c = calloc(1, sizeof *c);
    SpmlCode code = c ? pipeline_open(s->model->g, &s->options, (const RtValue *const *)in, &s->on, &c->s, err) : error_oom(err);
    if (code) {
        free(e);
        free(c);
        return code;
    }
    *c = (Concrete){s->concrete, c->s, (int)n_in, e};
    s->concrete = c;
    *out = c->s;
    return SPML_OK;
}

static SpmlCode run_session(SpmlSession *s, Session *r, SpmlTensor *const *in, size_t n_in, SpmlTensor **out, size_t n_out, Error *err)
{
    s->running = r;
    r->stop = &s->stop;
    SpmlCode code = session_run(r, (RtValue *const *)in, n_in, (RtValue **)out, n_out, err);
    if (code == SPML_INTERRUPTED)
        atomic_store(&s->stop, false);
    return code;
}

SpmlStatus spml_session_run(SpmlSession *s, SpmlTensor *const *in, size_t n_in, SpmlTensor **out, size_t n_out, SpmlError *err)
{
    SpmlCode code = SPML_DATA;
    Error first = {0};
    if (n_in != s->model->g->n_in)
        return error_set(inner(err), SPML_USAGE, "inputs", "%zu inputs given, the model has %zu", n_in, s->model->g->n_in);
    if (s->symbolic)
        code = run_session(s, s->symbolic, in, n_in, out, n_out, &first);
    /* What a plan over symbols cannot express (an extent that is 1 here and broadcasts) a plan over literals can. */
    bool again = code && (!strcmp(first.key, "launch") || !strcmp(first.key, "shape") || !s->symbolic) && s->model->g->n_syms;
    if (!again) {
        if (code && err)
            err->e = first;
        return code;
    }
    Session *c;
    code = concrete_get(s, in, n_in, &c, inner(err));
    return code ? code : run_session(s, c, in, n_in, out, n_out, inner(err));
}

void spml_session_cancel(SpmlSession *s) { atomic_store(&s->stop, true); }

void spml_session_counts(const SpmlSession *s, SpmlCounts *out)
{
    const Session *r = s->running ? s->running : s->symbolic;
    const RunCounts *c = &r->counts;
    DeviceCounts d = {0};
    if (s->on.backend->counts)
        s->on.backend->counts(s->on.device, &d);
    *out = (SpmlCounts){.launches = c->launches, .fallback = c->fallback, .host_steps = c->host_steps, .uploads = c->uploads, .downloads = c->downloads,
        .upload_bytes = c->bytes_up, .download_bytes = c->bytes_down, .replays = c->replays, .compiled = c->compiled, .compile_ms = (double)c->compile_ns / 1e6,
        .device_ms = (double)s->device_ns / 1e6, .plan_ms = (double)s->plan_ns / 1e6, .kernels_ms = (double)c->compile_ns / 1e6};
    out->packed_bytes = d.packed_bytes;
    out->cached_bytes = d.cached_bytes;
    block_sizes(r->g, &out->arena_bytes, &out->arena_least);
    if (s->on.backend->counts && s->on.backend != &backend_cpu) {
        out->compiled = d.compiled;
        out->cache_hits = d.cache_hits;
        out->compile_ms = (double)d.compile_ns / 1e6;
    }
}

const char *spml_session_why(const SpmlSession *s) { return s->on.why; }
