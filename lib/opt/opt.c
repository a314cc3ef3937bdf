/* SPDX-License-Identifier: MIT
 * opt: the driver: runs the rows of passes.def over a graph and its subgraphs until a round changes nothing. */
#include "opt/opt.h"

#include "base/knobs.h"
#include "opt/pass.h"

#include <stdio.h>
#include <string.h>

enum { MAX_ROUNDS = 8 };

const PassInfo passes[] = {
#define PASS(name, level, bits, text) {#name, text, pass_##name, level, bits},
#include "opt/passes.def"
#undef PASS
    {0},
};

static bool is_disabled(const OptContext *c, const char *name)
{
    for (const char *const *d = c->disabled; d && *d; d++)
        if (!strcmp(*d, name) || !strcmp(*d, "all"))
            return true;
    return false;
}

static SpmlCode optimise_one(Graph *g, const OptContext *c, int *n_changes, Error *err)
{
    SpmlCode code = SPML_OK;
    for (const PassInfo *p = passes; p->name && !code; p++) {
        int n = 0;
        if (is_disabled(c, p->name) || (c->max_level && p->level > c->max_level) || (g->root->strict_math && p->bits == ROUNDS_ANEW))
            continue;
        code = p->run(g, c, &n, err);
        if (c->trace.fn)
            c->trace.fn(c->trace.ctx, p->name, n, g);
        *n_changes += n;
        if (c->stop_after && !strcmp(c->stop_after, p->name))
            break;
    }
    return code;
}

static SpmlCode optimise_tree(Graph *g, const OptContext *c, int depth, Error *err)
{
    SpmlCode code = SPML_OK;
    int n_changes = 1;
    for (int round = 0; round < MAX_ROUNDS && n_changes && !code; round++) {
        n_changes = 0;
        code = optimise_one(g, c, &n_changes, err);
    }
    for (Node *n = g->first; n && !code && depth < IR_MAX_DEPTH; n = n->next)
        for (int i = 0; i < n->n_attrs && !code && n->op != OP_region; i++)
            if (n->attrs[i].kind == ATTR_GRAPH)
                code = optimise_tree(n->attrs[i].graph, c, depth + 1, err);
    return code;
}

SpmlCode graph_optimise(Graph *g, const OptContext *c, Error *err)
{
    return optimise_tree(g, c, 0, err);
}

Value *pass_build(Graph *g, Node *at, int op, int n_in, Value *const *in, const Attr *a, int n_attrs)
{
    Node *n = graph_node(g, at, op, at->name, n_in, in, 1);
    for (int i = 0; n && i < n_attrs; i++)
        if (!node_attr(n, &a[i]))
            return NULL;
    Error ignored = {0};
    return n && !node_infer(n, &ignored) ? n->out[0] : NULL;
}
