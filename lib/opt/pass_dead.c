/* SPDX-License-Identifier: MIT
 * opt: dead code: from the end, nodes none of whose outputs is read go; one sweep is enough because readers come later in the order. */
#include "opt/pass.h"

static void count_value(Value *v, uintptr_t by)
{
    if (v)
        v->tag = (void *)((uintptr_t)v->tag + by);
}

static void count_graph(Graph *g, bool reset, int depth)
{
    for (Node *n = g->first; n; n = n->next) {
        for (int i = 0; i < n->n_in; i++)
            if (n->in[i] && reset)
                n->in[i]->tag = NULL;
        for (int i = 0; i < n->n_out; i++)
            if (n->out[i] && reset)
                n->out[i]->tag = NULL;
    }
    for (size_t i = 0; reset && i < g->n_out; i++)
        g->out[i]->tag = NULL;
    for (size_t i = 0; reset && i < g->n_in; i++)
        g->in[i]->tag = NULL;
    for (Node *n = g->first; n && depth < IR_MAX_DEPTH; n = n->next)
        for (int i = 0; i < n->n_attrs; i++)
            if (n->attrs[i].kind == ATTR_GRAPH)
                count_graph(n->attrs[i].graph, reset, depth + 1);
    if (reset)
        return;
    for (Node *n = g->first; n; n = n->next)
        for (int i = 0; i < n->n_in; i++)
            count_value(n->in[i], 1);
    for (size_t i = 0; i < g->n_out; i++)
        count_value(g->out[i], 1);
}

void pass_count_uses(Graph *g)
{
    count_graph(g, true, 0);
    count_graph(g, false, 0);
}

bool value_is_output(const Graph *g, const Value *v)
{
    for (size_t i = 0; i < g->n_out; i++)
        if (g->out[i] == v)
            return true;
    return false;
}

static void uncount_body(Graph *g, int depth)
{
    for (Node *n = g->first; n && depth < IR_MAX_DEPTH; n = n->next) {
        for (int i = 0; i < n->n_in; i++)
            count_value(n->in[i], (uintptr_t)-1);
        for (int i = 0; i < n->n_attrs; i++)
            if (n->attrs[i].kind == ATTR_GRAPH)
                uncount_body(n->attrs[i].graph, depth + 1);
    }
    for (size_t i = 0; i < g->n_out; i++)
        count_value(g->out[i], (uintptr_t)-1);
}

SpmlCode pass_dead(Graph *g, const OptContext *c, int *n_changes, Error *err)
{
    (void)c;
    (void)err;
    pass_count_uses(g);
    for (Node *n = g->last, *prev; n; n = prev) {
        bool used = false;
        prev = n->prev;
        for (int i = 0; i < n->n_out; i++)
            used |= n->out[i] && (value_uses(n->out[i]) || n->out[i]->residency == RES_STATE); /* a state is read by the next run */
        for (int i = 1; i < n->n_out && used; i++) /* outputs nobody reads are not made */
            if (n->out[i] && !value_uses(n->out[i]) && n->out[i]->residency != RES_STATE && !(op_info[n->op].flags & OPF_CONTROL))
                n->out[i] = NULL;
        if (used)
            continue;
        for (int i = 0; i < n->n_in; i++)
            count_value(n->in[i], (uintptr_t)-1);
        for (int i = 0; i < n->n_attrs; i++)
            if (n->attrs[i].kind == ATTR_GRAPH)
                uncount_body(n->attrs[i].graph, 0);
        graph_remove(n);
        ++*n_changes;
    }
    return SPML_OK;
}
