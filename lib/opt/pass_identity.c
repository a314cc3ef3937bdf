/* SPDX-License-Identifier: MIT
 * opt: identity removal: identity nodes, casts to the same type, and moves that give back the same shape. A graph output keeps its own
 * value when the input is a graph input or constant (the caller owns outputs). */
#include "opt/pass.h"

#include <string.h>

static bool gives_input(const Node *n)
{
    if (n->n_out < 1 || !n->out[0] || n->n_in < 1 || !n->in[0] || !type_equal(&n->in[0]->type, &n->out[0]->type) || n->in[0]->type.rank < 0)
        return false;
    for (int i = 1; i < n->n_out; i++)
        if (n->out[i])
            return false;
    return n->op == OP_identity || n->op == OP_cast || (op_info[n->op].flags & OPF_VIEW && op_info[n->op].space == SPACE_MOVE && !strcmp(op_info[n->op].name, "reshape"));
}

/* The value that stands for v: tag is the input of the identity that made it. */
static Value *standing(Value *v)
{
    while (v && v->tag)
        v = v->tag;
    return v;
}

static void inputs_stand(Node *n)
{
    for (int i = 0; i < n->n_in; i++)
        n->in[i] = standing(n->in[i]);
}

typedef void (*ValueFn)(Value **v);
static void no_tag(Value **v)
{
    if (*v)
        (*v)->tag = NULL;
}
static void stand(Value **v) { *v = standing(*v); }

static void each_value(Graph *g, ValueFn fn, int depth)
{
    for (Node *n = g->first; n; n = n->next) {
        for (int i = 0; i < n->n_in; i++)
            fn(&n->in[i]);
        for (int i = 0; i < n->n_out; i++)
            fn(&n->out[i]);
        for (int i = 0; i < n->n_attrs && depth < IR_MAX_DEPTH; i++)
            if (n->attrs[i].kind == ATTR_GRAPH)
                each_value(n->attrs[i].graph, fn, depth + 1);
    }
    for (size_t i = 0; i < g->n_out; i++)
        fn(&g->out[i]);
}

static void outputs_stand(Graph *g)
{
    for (size_t i = 0; i < g->n_out; i++)
        g->out[i] = standing(g->out[i]);
}

/* Values are replaced in one sweep at the end: each on its own would look at every node again. */
SpmlCode pass_identity(Graph *g, const OptContext *c, int *n_changes, Error *err)
{
    const int before = *n_changes;
    (void)c;
    (void)err;
    each_value(g, no_tag, 0);
    for (Node *n = g->first, *next; n; n = next) {
        next = n->next;
        inputs_stand(n);
        if (!gives_input(n) || (value_is_output(g, n->out[0]) && (n->in[0]->residency != RES_TEMP || n->in[0]->graph != g || value_is_output(g, n->in[0]))))
            continue;
        Value *kept = n->in[0], *gone = n->out[0];
        const bool output = value_is_output(g, gone);
        if (output)
            kept->name = gone->name;
        gone->tag = kept;
        if (output)
            outputs_stand(g);
        graph_remove(n);
        ++*n_changes;
    }
    if (*n_changes > before)
        each_value(g, stand, 0);
    return SPML_OK;
}
