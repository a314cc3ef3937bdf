/* SPDX-License-Identifier: MIT
 * run: one node on its own. It becomes a graph with its inputs as constants and goes the ordinary way: shape rule, lowering, plan, run.
 * Serves nodes whose shapes depend on what their inputs hold, and constant folding. What comes again with inputs of the same extents keeps its session. */
#include "base/uninit.h"
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

/* n in g, on args, its outputs those of g. NULL: out of memory. */
static Node *node_copy(const Node *n, Graph *g, Value *const *args)
{
    Node *c = graph_node(g, NULL, n->op, n->name, n->n_in, args, n->n_out);
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
    return args ? node_copy(n, g, args) : NULL;
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
static SpmlCode once_run(const SessionPlace *place, const Node *n, RtValue *const *in, RtValue **out, Error *err)
{
    Arena a = {0};
    Graph *g = graph_new(&a, "node");
    Session *sub = NULL;
    RtValue *fed[MAX_IN];
    size_t n_fed = 0;
    SessionPlace p = *place;
    p.once = true;
    if (n->n_in > MAX_IN || n->n_out > MAX_OUT)
        return error_set(err, SPML_UNSUPPORTED, "node-unsupported", "node '%.200s' has %d inputs and %d outputs", n->name ? n->name : "", n->n_in, n->n_out);
    Node *c = g ? once_graph(n, g, in, fed, &n_fed) : NULL;
    SpmlCode code = c ? graph_infer(g, err) : error_oom(err);
    if (!code && c->dynamic && !(op_info[c->op].flags & OPF_CONTROL))
        code = error_set(err, SPML_UNSUPPORTED, "node-unsupported", "node '%.200s': %s: its shape cannot be told even from its inputs", n->name ? n->name : "",
                         n->origin ? n->origin : op_info[n->op].name);
    if (code)
        return arena_free(&a), code;
    code = session_new(&a, g, &p, &sub, err);
    if (!code && sub->remote)
        share_homes(p.parent, sub, n, c);
    if (!code)
        code = session_run(sub, fed, n_fed, out, sub->g->n_out, err);
    session_free(&sub);
    return code;
}

/* ── what is kept ── */

/* A node whose inputs have certain extents, and small integers certain values: seen once, it is noted; seen again, its session is made and kept. */
enum { MOST_KEPT = 4, KEY = 1024, SMALL = 128 };
typedef struct Kept { Session *sub; bool refused; size_t n_key; uint8_t key[KEY]; } Kept;
typedef struct LoneNode { struct LoneNode *next; int n, oldest; Kept *kept[MOST_KEPT]; } LoneNode;

void lone_free(Session *s)
{
    for (LoneNode *l = s->lone_list; l; l = l->next)
        for (int i = 0; i < l->n; i++) {
            session_free(&l->kept[i]->sub);
            free(l->kept[i]);
        }
    s->lone_list = NULL;
}

/* Integers that may be extents, axes, positions: part of the key. */
static bool by_value(const RtValue *r) { return r->sz <= SMALL && (r->dtype == DT_i64 || r->dtype == DT_i32 || r->dtype == DT_bool); }
static bool is_const(const Value *v) { return v->residency == RES_CONST; }

/* false: nothing is kept for such inputs. */
static bool key_make(const Node *n, RtValue *const *in, Kept *k)
{
    k->n_key = 0;
    for (int i = 0; i < n->n_in; i++) {
        const RtValue *r = in[i];
        if (!r || is_const(n->in[i]))
            continue;
        const size_t extents = sizeof r->dim[0] * (size_t)(r->kind == TYPE_TENSOR ? r->rank : 0);
        if (r->kind != TYPE_TENSOR || r->dtype == DT_string || k->n_key + 4 + extents + SMALL > KEY)
            return false;
        const uint8_t head[4] = {(uint8_t)i, (uint8_t)r->dtype, (uint8_t)r->rank, by_value(r)};
        memcpy(k->key + k->n_key, head, sizeof head);
        memcpy(k->key + k->n_key + sizeof head, r->dim, extents);
        k->n_key += sizeof head + extents;
        if (by_value(r) && r->sz) {
            memcpy(k->key + k->n_key, r->data, r->sz);
            k->n_key += r->sz;
        }
    }
    return true;
}

static LoneNode *lone_of(Session *s, const Node *n)
{
    LoneNode *l = map_find(&s->lone, (const char *)&n, sizeof n);
    const char *key = l ? NULL : arena_copy(&s->arena, &n, sizeof n);
    if (l || !key || !(l = arena_new(&s->arena, LoneNode)) || !map_put(&s->lone, key, sizeof n, l))
        return l;
    l->next = s->lone_list;
    return s->lone_list = l;
}

/* The entry of that key; *again: it was there before. NULL: out of memory. */
static Kept *kept_at(LoneNode *l, const Kept *want, bool *again)
{
    for (int i = 0; i < l->n; i++)
        if (l->kept[i]->n_key == want->n_key && !memcmp(l->kept[i]->key, want->key, want->n_key))
            return *again = true, l->kept[i];
    Kept *k = l->n < MOST_KEPT ? malloc(sizeof *k) : l->kept[l->oldest];
    *again = false;
    if (!k)
        return NULL;
    if (l->n < MOST_KEPT)
        l->kept[l->n++] = k;
    else
        session_free(&k->sub), l->oldest = (l->oldest + 1) % MOST_KEPT;
    k->sub = NULL, k->refused = false, k->n_key = want->n_key;
    memcpy(k->key, want->key, want->n_key);
    return k;
}

/* What changes from run to run is an input of the graph; constants stay, and so do integers of the key. */
static Value *kept_input(Graph *g, const Value *v, const RtValue *r)
{
    Type t = type_literal(g, r->dtype, r->rank, r->dim);
    if (!is_const(v) && !by_value(r))
        return graph_input(g, v->name, &t);
    void *copy = is_const(v) ? r->data : arena_copy(g->arena, r->data, r->sz);
    RtValue own = *r;
    own.data = copy;
    return copy || !r->sz ? once_input(g, v, &own) : NULL;
}

static bool literal_outputs(const Graph *g)
{
    int64_t dim[IR_MAX_RANK];
    bool all = true;
    for (size_t i = 0; i < g->n_out; i++)
        all = all && g->out[i]->type.kind == TYPE_TENSOR && value_literal(g->out[i], dim);
    return all;
}

/* Makes k->sub; where shapes depend on more than the key holds, k is refused. */
static SpmlCode kept_make(const SessionPlace *p, const Node *n, RtValue *const *in, Kept *k, Error *err)
{
    Arena a = {0};
    Error why = {0};
    Graph *g = graph_new(&a, "node");
    Value **args = g ? arena_array(&a, Value *, n->n_in + 1u) : NULL;
    for (int i = 0; args && i < n->n_in; i++) {
        for (int j = 0; j < i && in[i] && !args[i]; j++)
            args[i] = n->in[j] == n->in[i] ? args[j] : NULL;
        if (in[i] && !args[i] && !(args[i] = kept_input(g, n->in[i], in[i])))
            args = NULL;
    }
    Node *c = args ? node_copy(n, g, args) : NULL;
    if (!c)
        return arena_free(&a), error_oom(err);
    k->refused = graph_infer(g, &why) || c->dynamic || !literal_outputs(g);
    if (k->refused)
        return arena_free(&a), SPML_OK;
    return session_new(&a, g, p, &k->sub, err);
}

static SpmlCode kept_run(Kept *k, const Node *n, RtValue *const *in, RtValue **out, Error *err)
{
    RtValue *fed[MAX_IN];
    size_t n_fed = 0;
    for (int i = 0; i < n->n_in; i++) {
        bool first = in[i] && !is_const(n->in[i]) && !by_value(in[i]);
        for (int j = 0; j < i && first; j++)
            first = n->in[j] != n->in[i];
        if (first)
            fed[n_fed++] = in[i];
    }
    return session_run(k->sub, fed, n_fed, out, k->sub->g->n_out, err);
}

/* With host memory alone: what a device holds of the inputs is not known to a session of its own. */
static SpmlCode lone_run(Session *s, const Node *n, RtValue *const *in, RtValue **out, Error *err)
{
    const SessionPlace p = {s->backend, s->device, s->cpu, s->cpu_device, s->module, s->no_fallback, s, NULL, false};
    UNINIT Kept want;
    Kept *k = NULL;
    bool again = false;
    SpmlCode code = SPML_OK;
    if (!s->remote && n->n_in <= MAX_IN && n->n_out <= MAX_OUT && !(op_info[n->op].flags & (OPF_CONTROL | OPF_RANDOM)) && key_make(n, in, &want)) {
        LoneNode *l = lone_of(s, n);
        k = l ? kept_at(l, &want, &again) : NULL;
        if (!k)
            return error_oom(err);
    }
    if (again && !k->sub && !k->refused)
        code = kept_make(&p, n, in, k, err);
    if (code)
        return code;
    return k && k->sub ? kept_run(k, n, in, out, err) : once_run(&p, n, in, out, err);
}

SpmlCode eager_run(Session *s, const Node *n, Error *err)
{
    RtValue *in[MAX_IN] = {0}, *out[MAX_OUT] = {0};
    SpmlCode code = SPML_OK;
    for (int i = 0; i < n->n_in && i < MAX_IN && !code; i++)
        code = n->in[i] ? run_operand(s, n->in[i], &in[i], err) : SPML_OK;
    if (!code)
        code = lone_run(s, n, in, out, err);
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
