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

SpmlCode pass_identity(Graph *g, const OptContext *c, int *n_changes, Error *err)
{
    (void)c;
    (void)err;
    for (Node *n = g->first, *next; n; n = next) {
        next = n->next;
        if (!gives_input(n) || (value_is_output(g, n->out[0]) && (n->in[0]->residency != RES_TEMP || n->in[0]->graph != g || value_is_output(g, n->in[0]))))
            continue;
        Value *kept = n->in[0];
        if (value_is_output(g, n->out[0]))
            kept->name = n->out[0]->name;
        graph_replace(g, n->out[0], kept);
        graph_remove(n);
        ++*n_changes;
    }
    return SPML_OK;
}
