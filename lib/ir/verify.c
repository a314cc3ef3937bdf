/* SPDX-License-Identifier: MIT
 * ir: the structural verifier; docs/ir.md says the same in prose. Checks that every value is defined once and before it is read (in its own graph or an
 * ancestor), that outputs point back to their node, that arities fit ops.def, that subgraphs know their owner. Knows nothing of types. */
#include "ir/graph.h"
#include "ir/ops.h"

#include <stdio.h>

typedef struct Verify { Map defined, dead /* states whose successor is made */; Arena arena; Error *err; } Verify;

static SpmlCode bad(Verify *v, const Node *n, const char *what, int i)
{
    return error_set(v->err, SPML_DATA, "graph-invalid", "node '%.200s' (%s): %s %d", n && n->name ? n->name : "", n ? op_info[n->op].name : "graph", what, i);
}

static bool is_defined(const Verify *v, const Value *x)
{
    return (x->residency == RES_CONST && !x->producer && x->data) || map_find(&v->defined, (const char *)&x, sizeof x);
}

static bool put(Verify *v, Map *m, Value *x)
{
    Value **key = arena_copy(&v->arena, &x, sizeof x);
    return key && map_put(m, (const char *)key, sizeof x, x);
}

static bool define(Verify *v, Value *x) { return put(v, &v->defined, x); }

static bool is_dead(const Verify *v, const Value *x) { return x->residency == RES_STATE && map_find(&v->dead, (const char *)&x, sizeof x); }

/* Output i, a state, is the storage of input i, which is not read again. */
static SpmlCode verify_states(Verify *v, const Node *n)
{
    for (int i = 0; i < n->n_in; i++)
        if (n->in[i] && is_dead(v, n->in[i]))
            return bad(v, n, "reads a state whose successor has been made: input", i);
    for (int i = 0; i < n->n_out; i++) {
        if (!n->out[i] || n->out[i]->residency != RES_STATE)
            continue;
        if (!(op_info[n->op].flags & OPF_STATE) || i >= n->n_in || !n->in[i] || n->in[i]->residency != RES_STATE)
            return bad(v, n, "gives a state that is none of its inputs: output", i);
        if (!put(v, &v->dead, n->in[i]))
            return error_oom(v->err);
    }
    return SPML_OK;
}

static SpmlCode verify_graph(Verify *v, const Graph *g, int depth);

static SpmlCode verify_node(Verify *v, const Node *n, int depth)
{
    if (n->op >= OP_COUNT)
        return bad(v, NULL, "no such op", n->op);
    const OpInfo *o = &op_info[n->op];
    if (n->n_in < o->min_in || (o->max_in >= 0 && n->n_in > o->max_in))
        return bad(v, n, "wrong number of inputs:", n->n_in);
    if (o->n_out >= 0 && n->n_out > o->n_out)
        return bad(v, n, "wrong number of outputs:", n->n_out);
    for (int i = 0; i < n->n_in; i++)
        if (n->in[i] && !is_defined(v, n->in[i]))
            return bad(v, n, "reads a value that is not defined before it: input", i);
    SpmlCode code = SPML_OK;
    for (int i = 0; i < n->n_attrs && !code; i++)
        if (n->attrs[i].kind == ATTR_GRAPH)
            code = verify_graph(v, n->attrs[i].graph, depth + 1);
    if (!code)
        code = verify_states(v, n);
    for (int i = 0; i < n->n_out && !code; i++) {
        if (!n->out[i])
            continue;
        if (n->out[i]->producer != n || n->out[i]->out_index != i)
            code = bad(v, n, "is not the producer of its output", i);
        else if (is_defined(v, n->out[i]))
            code = bad(v, n, "defines a value again: output", i);
        else if (!define(v, n->out[i]))
            code = error_oom(v->err);
    }
    return code;
}

static SpmlCode verify_graph(Verify *v, const Graph *g, int depth)
{
    if (depth > IR_MAX_DEPTH)
        return bad(v, NULL, "subgraphs are nested deeper than", IR_MAX_DEPTH);
    SpmlCode code = SPML_OK;
    for (size_t i = 0; i < g->n_in && !code; i++)
        if (!define(v, g->in[i]))
            code = error_oom(v->err);
    for (const Node *n = g->first; n && !code; n = n->next)
        code = verify_node(v, n, depth);
    for (size_t i = 0; i < g->n_out && !code; i++)
        if (!g->out[i] || !is_defined(v, g->out[i]))
            code = bad(v, NULL, "an output is not defined: output", (int)i);
        else if (is_dead(v, g->out[i]))
            code = bad(v, NULL, "an output is a state whose successor has been made: output", (int)i);
    return code;
}

SpmlCode graph_verify(const Graph *g, Error *err)
{
    Verify v = {.err = err};
    v.defined = map_make(&v.arena);
    v.dead = map_make(&v.arena);
    SpmlCode code = verify_graph(&v, g, 0);
    arena_free(&v.arena);
    return code;
}

static SpmlCode here(const Value *x, Error *err)
{
    if (!x || !x->data || !x->data->ref)
        return SPML_OK;
    return error_set(err, SPML_DATA, "constant-elsewhere", "constant '%.200s' is only named, %.200s: its contents are not in the graph", x->name ? x->name : "", x->data->ref);
}

static SpmlCode complete(const Graph *g, int depth, Error *err);

static SpmlCode complete_attr(const Attr *a, int depth, Error *err)
{
    SpmlCode code = a->kind == ATTR_TENSOR ? here(a->tensor, err) : a->kind == ATTR_GRAPH ? complete(a->graph, depth + 1, err) : SPML_OK;
    for (int64_t i = 0; !code && a->kind == ATTR_TENSORS && i < a->n; i++)
        code = here(a->tensors[i], err);
    for (int64_t i = 0; !code && a->kind == ATTR_GRAPHS && i < a->n; i++)
        code = complete(a->graphs[i], depth + 1, err);
    return code;
}

static SpmlCode complete(const Graph *g, int depth, Error *err)
{
    SpmlCode code = depth > IR_MAX_DEPTH ? error_set(err, SPML_DATA, "graph-invalid", "subgraphs are nested deeper than %d", IR_MAX_DEPTH) : SPML_OK;
    for (size_t i = 0; !code && i < g->n_in; i++)
        code = here(g->in[i], err);
    for (const Node *n = g->first; n && !code; n = n->next) {
        for (int i = 0; i < n->n_in && !code; i++)
            code = here(n->in[i], err);
        for (int i = 0; i < n->n_attrs && !code; i++)
            code = complete_attr(&n->attrs[i], depth, err);
    }
    for (size_t i = 0; !code && i < g->n_out; i++)
        code = here(g->out[i], err);
    return code;
}

SpmlCode graph_complete(const Graph *g, Error *err) { return complete(g, 0, err); }
