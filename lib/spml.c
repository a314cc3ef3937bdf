/* SPDX-License-Identifier: MIT
 * spml: the public interface (spml.h) over the pipeline. */
#include "spml.h"

#include "pipeline.h"

#include <stdlib.h>
#include <string.h>

struct SpmlError { Error e; };

struct SpmlModel {
    Arena arena;
    Graph *g;             /* NULL: a container */
    Container *container;
};

/* A plan with literal extents, for inputs that the symbolic plan cannot take. */
typedef struct Concrete { struct Concrete *next; Session *s; int n_in; int64_t *extents; } Concrete;

struct SpmlSession {
    const SpmlModel *model;
    PipelineOptions options;
    const Backend *backend;
    Device *device;
    Session *symbolic;    /* NULL once it has proved not to fit */
    Concrete *concrete;
    Session *running;
};

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

static Error *inner(SpmlError *e) { return e ? &e->e : NULL; }

/* ── models ── */
SpmlStatus spml_model_load(const char *path, const SpmlLoadOptions *o, SpmlModel **out, SpmlError *err)
{
    SpmlModel *m = calloc(1, sizeof *m);
    if (!m)
        return error_oom(inner(err));
    ReadOptions r = {.data_dir = o ? o->data_dir : NULL};
    SpmlCode code = pipeline_load(path, o ? o->format : NULL, &r, &m->arena, &m->g, &m->container, inner(err));
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
    free(m);
}

static SpmlStatus port_of(const SpmlModel *m, const Value *v, SpmlPort *p)
{
    Text t = {0};
    type_print(&v->type, &t);
    *p = (SpmlPort){.name = v->name ? v->name : "", .type = t.oom ? "" : arena_strndup((Arena *)&m->arena, t.p ? t.p : "", t.n), .rank = -1, .has_default = v->data != NULL};
    text_free(&t);
    if (v->type.kind != TYPE_TENSOR)
        return p->type ? SPML_OK : SPML_RESOURCE;
    p->dtype = dtype_name(v->type.dtype);
    p->rank = v->type.rank;
    for (int i = 0; i < v->type.rank; i++) {
        if (!dim_lit(v->type.dim[i], &p->dim[i]))
            p->dim[i] = -1;
        p->symbol[i] = v->type.dim[i]->kind == DIM_SYM && v->type.dim[i]->sym->name[0] != '?' ? v->type.dim[i]->sym->name : NULL;
    }
    return p->type ? SPML_OK : SPML_RESOURCE;
}

size_t spml_model_inputs(const SpmlModel *m) { return m->g ? m->g->n_in : 0; }
size_t spml_model_outputs(const SpmlModel *m) { return m->g ? m->g->n_out : 0; }

SpmlStatus spml_model_input(const SpmlModel *m, size_t i, SpmlPort *out)
{
    return i < spml_model_inputs(m) ? port_of(m, m->g->in[i], out) : SPML_USAGE;
}

SpmlStatus spml_model_output(const SpmlModel *m, size_t i, SpmlPort *out)
{
    return i < spml_model_outputs(m) ? port_of(m, m->g->out[i], out) : SPML_USAGE;
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
void *spml_tensor_data(SpmlTensor *t) { return rt(t)->data; }
size_t spml_tensor_bytes(const SpmlTensor *t) { return rt(t)->sz; }

/* ── sessions ── */
SpmlStatus spml_session_open(const SpmlModel *m, const SpmlSessionOptions *o, SpmlSession **out, SpmlError *err)
{
    if (!m->g)
        return error_set(inner(err), SPML_UNSUPPORTED, "no-graph", "%s holds weights but no graph that can be run", m->container->format);
    SpmlSession *s = calloc(1, sizeof *s);
    if (!s)
        return error_oom(inner(err));
    s->model = m;
    if (o)
        s->options = (PipelineOptions){o->backend, o->threads, o->no_fallback, o->strict_math, o->profile, o->disabled_passes};
    SpmlCode code = pipeline_backend(s->options.backend, &s->backend, inner(err));
    if (!code)
        code = s->backend->open(0, s->options.threads, &s->device, inner(err));
    if (!code)
        code = pipeline_open(m->g, &s->options, NULL, s->backend, s->device, &s->symbolic, inner(err));
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
    session_free(&s->symbolic);
    for (Concrete *c = s->concrete, *next; c; c = next) {
        next = c->next;
        session_free(&c->s);
        free(c->extents);
        free(c);
    }
    if (s->device)
        s->backend->close(&s->device);
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
    SpmlCode code = c ? pipeline_open(s->model->g, &s->options, (const RtValue *const *)in, s->backend, s->device, &c->s, err) : error_oom(err);
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

SpmlStatus spml_session_run(SpmlSession *s, SpmlTensor *const *in, size_t n_in, SpmlTensor **out, size_t n_out, SpmlError *err)
{
    SpmlCode code = SPML_DATA;
    Error first = {0};
    if (n_in != s->model->g->n_in)
        return error_set(inner(err), SPML_USAGE, "inputs", "%zu inputs given, the model has %zu", n_in, s->model->g->n_in);
    if (s->symbolic)
        code = session_run(s->running = s->symbolic, (RtValue *const *)in, n_in, (RtValue **)out, n_out, &first);
    /* What a plan over symbols cannot express (an extent that is 1 here and broadcasts) a plan over literals can. */
    bool again = code && (!strcmp(first.key, "launch") || !strcmp(first.key, "shape") || !s->symbolic) && s->model->g->n_syms;
    if (!again) {
        if (code && err)
            err->e = first;
        return code;
    }
    Session *c;
    code = concrete_get(s, in, n_in, &c, inner(err));
    if (!code)
        code = session_run(s->running = c, (RtValue *const *)in, n_in, (RtValue **)out, n_out, inner(err));
    return code;
}

void spml_session_cancel(SpmlSession *s)
{
    Session *r = s->running;
    if (r)
        atomic_store(&r->cancel, true);
}
