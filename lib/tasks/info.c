/* SPDX-License-Identifier: MIT
 * tasks: what a model file holds: counts, weights, work, what cannot run. Nothing is executed and no kernel is read; weights are looked at only
 * when statistics are asked for. */
#include "tasks.h"

#include "ir/ops.h"

#include <stdlib.h>
#include <string.h>

struct Weights;
typedef struct Weights { const Value **v; size_t n, cap; Map seen; } Weights;
typedef struct Survey {
    SpmlModel *m;
    SpmlModelInfo *out;
    Map ops;
    SpmlCount *op;
    size_t n_op, cap_op;
    const char **problems;
    size_t cap_problems;
} Survey;

/* ── weights ── */

static void weight_add(Arena *a, Weights *w, const Value *v)
{
    const Value **key = arena_new(a, const Value *);
    if (!key || v->type.kind != TYPE_TENSOR || map_find(&w->seen, (const char *)&v, sizeof v))
        return;
    *key = v;
    map_put(&w->seen, (const char *)key, sizeof *key, (void *)v);
    w->v = arena_grow(a, w->v, w->n, &w->cap, const Value *);
    if (w->v)
        w->v[w->n++] = v;
}

static void weights_of(Arena *a, const Graph *g, int depth, Weights *w)
{
    for (size_t i = 0; i < g->n_in; i++)
        if (g->in[i]->data)
            weight_add(a, w, g->in[i]);
    for (const Node *n = g->first; n && depth < IR_MAX_DEPTH; n = n->next) {
        for (int i = 0; i < n->n_in; i++)
            if (n->in[i] && n->in[i]->data)
                weight_add(a, w, n->in[i]);
        for (int i = 0; i < n->n_attrs; i++)
            if (n->attrs[i].kind == ATTR_GRAPH)
                weights_of(a, n->attrs[i].graph, depth + 1, w);
    }
}

/* ── nodes ── */

static void count_op(Survey *s, const char *origin, size_t n)
{
    Arena *a = &s->m->arena;
    size_t at = (size_t)(uintptr_t)map_find(&s->ops, origin, n);
    if (!at) {
        s->op = arena_grow(a, s->op, s->n_op, &s->cap_op, SpmlCount);
        if (!s->op)
            return;
        s->op[s->n_op++] = (SpmlCount){.name = arena_strndup(a, origin, n)};
        at = s->n_op;
        map_put(&s->ops, s->op[at - 1].name, n, (void *)(uintptr_t)at);
    }
    s->op[at - 1].n++;
}

/* "com.acme GridWarp 1" → the operator without its version */
static size_t origin_name(const char *o)
{
    const char *space = strrchr(o, ' ');
    return space ? (size_t)(space - o) : strlen(o);
}

static void add_problem(Survey *s, const char *why)
{
    s->problems = arena_grow(&s->m->arena, s->problems, s->out->n_problems, &s->cap_problems, const char *);
    if (s->problems)
        s->problems[s->out->n_problems++] = why;
}

static void survey_graph(Survey *s, const Graph *g, int depth)
{
    const char *last = NULL;
    for (const Node *n = g->first; n && depth < IR_MAX_DEPTH; n = n->next) {
        const char *o = n->origin ? n->origin : op_info[n->op].name;
        bool same = n->origin && n->origin == last; /* one foreign node may have become several of ours */
        last = n->origin;
        if (!same && strcmp(o, "graph output")) {
            count_op(s, o, n->origin ? origin_name(o) : strlen(o));
            s->out->n_nodes++;
        }
        if (n->op == OP_unknown)
            add_problem(s, node_str(n, "reason", "unknown operator"));
        for (int i = 0; i < n->n_attrs; i++)
            if (n->attrs[i].kind == ATTR_GRAPH)
                survey_graph(s, n->attrs[i].graph, depth + 1);
    }
}

static int by_count(const void *a, const void *b)
{
    const SpmlCount *x = a, *y = b;
    return x->n != y->n ? (x->n < y->n ? 1 : -1) : strcmp(x->name, y->name);
}

static int by_bytes(const void *a, const void *b)
{
    const SpmlCount *x = a, *y = b;
    return x->bytes != y->bytes ? (x->bytes < y->bytes ? 1 : -1) : strcmp(x->name, y->name);
}

/* ── tensors as one list, whether a graph's weights or a container's ── */

static void tensor_row(const SpmlModel *m, size_t i, const Weights *w, SpmlTensorInfo *t)
{
    *t = (SpmlTensorInfo){.offset = -1, .name = ""};
    if (m->container) {
        const TensorInfo *c = &m->container->tensors[i];
        *t = (SpmlTensorInfo){.name = c->name, .name_bytes = c->n_name, .dtype = c->dtype == DT_none ? c->dtype_name : dtype_name(c->dtype), .rank = c->rank, .bytes = c->sz, .offset = (int64_t)c->offset, .file = c->file ? file_path(c->file) : NULL};
        memcpy(t->dim, c->dim, sizeof c->dim);
        return;
    }
    const Value *v = w->v[i];
    t->name = v->name ? v->name : "";
    t->name_bytes = strlen(t->name);
    t->dtype = dtype_name(v->type.dtype);
    t->rank = v->type.rank;
    for (int d = 0; d < t->rank; d++)
        if (!dim_lit(v->type.dim[d], &t->dim[d]))
            t->dim[d] = -1;
    t->bytes = v->data->sz;
    if (v->data->file) {
        t->offset = (int64_t)v->data->offset;
        t->file = file_path(v->data->file);
    }
}

static const Weights *model_weights(const SpmlModel *m)
{
    Arena *a = (Arena *)&m->arena;
    Weights *w = m->weights;
    if (!w && m->g && (w = arena_new(a, Weights))) {
        w->seen = map_make(a);
        weights_of(a, m->g, 0, w);
        ((SpmlModel *)m)->weights = w;
    }
    return w;
}

size_t spml_model_tensors(const SpmlModel *m)
{
    const Weights *w = m->container ? NULL : model_weights(m);
    return m->container ? m->container->n_tensors : w ? w->n : 0;
}

SpmlStatus spml_model_tensor(const SpmlModel *m, size_t i, SpmlTensorInfo *out)
{
    if (i >= spml_model_tensors(m))
        return SPML_USAGE;
    tensor_row(m, i, m->container ? NULL : model_weights(m), out);
    return SPML_OK;
}

SpmlStatus spml_model_tensor_stats(const SpmlModel *m, size_t i, SpmlStats *out, SpmlError *err)
{
    SpmlTensorInfo t;
    DType d;
    if (spml_model_tensor(m, i, &t))
        return error_set(handle_error(err), SPML_USAGE, "tensor", "no tensor %zu", i);
    const void *p = m->container ? file_span(m->container->tensors[i].file).base + t.offset : model_weights(m)->v[i]->data->p;
    d = dtype_find(t.dtype, strlen(t.dtype));
    int64_t n = 1;
    for (int k = 0; k < t.rank; k++)
        n *= t.dim[k];
    if (value_stats(d, p, n, out))
        return SPML_OK;
    return error_set(handle_error(err), SPML_UNSUPPORTED, "stats", "no statistics of %s", t.dtype);
}

static void count_weights(Survey *s)
{
    SpmlModelInfo *o = s->out;
    const Weights *w = s->m->container ? NULL : model_weights(s->m);
    SpmlCount *d = arena_array(&s->m->arena, SpmlCount, DT_COUNT);
    o->n_weights = spml_model_tensors(s->m);
    for (size_t i = 0; d && i < o->n_weights; i++) {
        SpmlTensorInfo t;
        size_t k = 0;
        uint64_t n = 1;
        tensor_row(s->m, i, w, &t);
        for (int a = 0; a < t.rank; a++)
            n *= (uint64_t)t.dim[a];
        o->n_parameters += n;
        o->weight_bytes += t.bytes;
        while (k < o->n_dtypes && strcmp(d[k].name, t.dtype))
            k++;
        if (k == o->n_dtypes) {
            if (k == DT_COUNT)
                continue;
            d[o->n_dtypes++] = (SpmlCount){.name = t.dtype};
        }
        d[k].n++;
        d[k].bytes += t.bytes;
    }
    if (d)
        qsort(d, o->n_dtypes, sizeof *d, by_bytes);
    o->dtypes = d;
}

SpmlStatus spml_model_info(SpmlModel *m, SpmlModelInfo *out, SpmlError *err)
{
    Survey s = {.m = m, .out = out, .ops = map_make(&m->arena)};
    const File *f = m->g && m->g->n_files ? m->g->files[0] : m->container && m->container->n_files ? m->container->files[0] : NULL;
    *out = (SpmlModelInfo){.path = m->path, .runs = m->g != NULL, .file_bytes = f ? file_size(f) : 0};
    out->format = m->g ? m->g->format : m->container->format;
    out->version = m->g ? m->g->summary : m->container->version;
    if (m->g) {
        survey_graph(&s, m->g, 0);
        if (s.op)
            qsort(s.op, s.n_op, sizeof *s.op, by_count);
    } else {
        out->arch = m->container->arch;
        out->arch_line = m->container->arch_line;
        out->vocab_line = m->container->vocab_line;
        out->task_line = m->container->task_line;
    }
    count_weights(&s);
    out->ops = s.op;
    out->n_ops = s.n_op;
    out->problems = s.problems;
    return m->arena.oom ? error_oom(handle_error(err)) : SPML_OK;
}

size_t spml_model_metas(const SpmlModel *m) { return m->g ? m->g->n_meta : m->container->n_meta; }

void spml_model_meta_at(const SpmlModel *m, size_t i, const char **key, const char **value)
{
    *key = m->g ? m->g->meta[i].key : m->container->meta[i].key;
    *value = m->g ? m->g->meta[i].value : m->container->meta[i].text;
}

SpmlStatus spml_model_print(const SpmlModel *m, const char *form, char **out, size_t *n, SpmlError *err)
{
    static const struct { const char *name; void (*fn)(const Graph *g, Text *t); } rows[] = {{"ir", graph_print}, {"dot", model_draw_dot}, {"svg", model_draw_svg}};
    Text t = {0};
    if (!m->g)
        return error_set(handle_error(err), SPML_UNSUPPORTED, "no-graph", "%s holds weights but no graph", m->container->format);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!strcmp(rows[i].name, form)) {
            rows[i].fn(m->g, &t);
            text_puts(&t, "");
            if (t.oom)
                return text_free(&t), error_oom(handle_error(err));
            *out = t.p;
            *n = t.n;
            return SPML_OK;
        }
    return error_set(handle_error(err), SPML_USAGE, "form", "no form is called '%.40s'; ir, dot, svg", form);
}

void spml_session_memory(const SpmlSession *s, uint64_t *arena, uint64_t *lower_bound)
{
    const Session *r = s->running ? s->running : s->symbolic;
    const Block *b = r ? r->g->plan : NULL;
    *arena = b && b->layouts ? b->layouts->total : 0;
    *lower_bound = b && b->layouts ? b->layouts->lower_bound : 0;
}

const char *spml_model_format(size_t i, const char **extensions, const char **about)
{
    for (size_t k = 0; formats[k]; k++)
        if (k == i) {
            *extensions = formats[k]->extensions;
            *about = formats[k]->text;
            return formats[k]->name;
        }
    return NULL;
}

const char *spml_op(size_t i, const char **about)
{
    *about = i < OP_COUNT ? op_info[i].text : NULL;
    return i < OP_COUNT ? op_info[i].name : NULL;
}
