/* SPDX-License-Identifier: MIT
 * run: one node on its own. It becomes a graph with its inputs as constants and goes the ordinary way: shape rule, lowering, plan, run.
 * Serves nodes whose shapes depend on what their inputs hold, and constant folding. */
#include "ops/ops.h"
#include "run/run.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_IN = 256, MAX_OUT = 64 };

static Value *once_input(Graph *g, const Value *v, RtValue *r)
{
    if (r->kind != TYPE_TENSOR)
        return graph_input(g, v->name, &v->type);
    Type t = type_literal(g, r->dtype, r->rank, r->dim);
    Value *c = graph_value(g, v->name, &t);
    ConstData *d = arena_new(g->arena, ConstData);
    if (!c || !d)
        return NULL;
    *d = (ConstData){.p = r->data, .sz = r->sz};
    c->residency = RES_CONST;
    c->data = d;
    return c;
}

/* The node's copy in g. Inputs that are not tensors become inputs of g, listed in fed[]. */
static Node *once_graph(const Node *n, Graph *g, RtValue *const *in, RtValue **fed, size_t *n_fed)
{
    Value **args = arena_array(g->arena, Value *, n->n_in + 1u);
    for (int i = 0; args && i < n->n_in; i++) {
        if (!in[i])
            continue;
        for (int j = 0; j < i && !args[i]; j++)
            args[i] = n->in[j] == n->in[i] ? args[j] : NULL;
        if (!args[i] && (args[i] = once_input(g, n->in[i], in[i])) && args[i]->residency == RES_INPUT)
            fed[(*n_fed)++] = in[i];
    }
    Node *c = args ? graph_node(g, NULL, n->op, n->name, n->n_in, args, n->n_out) : NULL;
    if (!c || g->arena->oom)
        return NULL;
    c->attrs = n->attrs;
    c->n_attrs = n->n_attrs;
    c->origin = n->origin;
    for (int i = 0; i < n->n_out; i++)
        if (!n->out[i])
            c->out[i] = NULL;
        else if (!graph_output(g, c->out[i]))
            return NULL;
    return c;
}

/* Constants of the lone node are values of its session: what the device has of them is used, and what goes up stays there. */
static void share_homes(Session *s, Session *sub, const Node *n, const Node *c)
{
    for (int i = 0; i < n->n_in; i++) {
        RtValue *r = n->in[i] ? run_value(s, n->in[i]) : NULL;
        if (!r || r->kind != TYPE_TENSOR || r->dtype == DT_string || c->in[i]->residency != RES_CONST)
            continue;
        sub->home[c->in[i]->id].outer = home_of(s, n->in[i]);
    }
}

/* out[k]: the k-th output that is wanted. */
static SpmlCode once_run(const SessionPlace *p, const Node *n, RtValue *const *in, RtValue **out, Error *err)
{
    Arena a = {0};
    Graph *g = graph_new(&a, "node");
    Session *sub = NULL;
    RtValue *fed[MAX_IN];
    size_t n_fed = 0;
    if (n->n_in > MAX_IN || n->n_out > MAX_OUT)
        return error_set(err, SPML_UNSUPPORTED, "node-unsupported", "node '%.200s' has %d inputs and %d outputs", n->name ? n->name : "", n->n_in, n->n_out);
    Node *c = g ? once_graph(n, g, in, fed, &n_fed) : NULL;
    SpmlCode code = c ? graph_infer(g, err) : error_oom(err);
    if (!code && c->dynamic && !(op_info[c->op].flags & OPF_CONTROL))
        code = error_set(err, SPML_UNSUPPORTED, "node-unsupported", "node '%.200s': %s: its shape cannot be told even from its inputs", n->name ? n->name : "",
                         n->origin ? n->origin : op_info[n->op].name);
    if (code)
        return arena_free(&a), code;
    code = session_new(&a, g, p, &sub, err);
    if (!code && sub->remote)
        share_homes(p->parent, sub, n, c);
    if (!code)
        code = session_run(sub, fed, n_fed, out, sub->g->n_out, err);
    session_free(&sub);
    return code;
}

SpmlCode eager_run(Session *s, const Node *n, Error *err)
{
    RtValue *in[MAX_IN] = {0}, *out[MAX_OUT] = {0};
    SpmlCode code = SPML_OK;
    for (int i = 0; i < n->n_in && i < MAX_IN && !code; i++)
        code = n->in[i] ? run_operand(s, n->in[i], &in[i], err) : SPML_OK;
    if (!code)
        code = once_run(&(SessionPlace){s->backend, s->device, s->cpu, s->cpu_device, s->module, s->no_fallback, s, NULL}, n, in, out, err);
    for (int i = 0, k = 0; i < n->n_out && !code; i++) {
        if (!n->out[i])
            continue;
        RtValue *to = run_value(s, n->out[i]);
        rt_clear(to);
        *to = *out[k];
        free(out[k++]);
        home_set(s, n->out[i]);
        code = run_bind_type(s, n->out[i], err);
    }
    return code;
}

static SpmlCode fold_take(const Node *n, int i, const RtValue *r, Value **out, Error *err)
{
    if (r->kind != TYPE_TENSOR || r->dtype == DT_string)
        return error_set(err, SPML_UNSUPPORTED, "fold", "only tensors are folded");
    out[i] = graph_const(n->graph, NULL, r->dtype, r->rank, r->dim, r->data, r->sz);
    return out[i] ? SPML_OK : error_oom(err);
}

SpmlCode session_fold(const SessionPlace *place, const Node *n, Value **out, Error *err)
{
    RtValue in[MAX_IN] = {0}, *p[MAX_IN] = {0}, *r[MAX_OUT] = {0};
    SpmlCode code = n->n_in > MAX_IN || n->n_out > MAX_OUT ? SPML_UNSUPPORTED : SPML_OK;
    for (int i = 0; i < n->n_in && !code; i++) {
        if (!n->in[i])
            continue;
        code = const_value(n->in[i], &in[i], err);
        p[i] = &in[i];
    }
    if (!code)
        code = once_run(place, n, p, r, err);
    for (int i = 0, k = 0; i < n->n_out && !code; i++) {
        out[i] = NULL;
        if (n->out[i])
            code = fold_take(n, i, r[k++], out, err);
    }
    for (int i = 0; i < MAX_OUT; i++)
        rt_free(&r[i]);
    for (int i = 0; i < MAX_IN; i++)
        rt_clear(&in[i]);
    return code;
}
