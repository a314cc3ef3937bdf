/* SPDX-License-Identifier: MIT
 * opt: reshapes out of the way of fusion. A product of matrices whose rows a reshape cuts into several dimensions makes them itself:
 *     reshape(matmul(a [M, K], b [K, N], c?), [D…, N])  →  matmul(reshape(a, [D…, K]), b, c?)
 * and a reshape of a reshape is one. What follows (a bias, an activation, a residual) then stands behind the product, and reshapes that went back and
 * forth between two and three dimensions are identities. */
#include "opt/pass.h"

static bool same_order(const Node *n)
{
    return (n->op == OP_reshape || n->op == OP_flatten || n->op == OP_squeeze || n->op == OP_unsqueeze) && !n->dynamic && n->out[0] && n->out[0]->type.rank >= 0 && n->in[0]->type.rank >= 0;
}

/* The extents as the second input of reshape; at most one that only the run knows. NULL: more. */
static Value *shape_of(Graph *g, int rank, const Dim *const *dim)
{
    int64_t v[IR_MAX_RANK];
    int open = 0;
    for (int i = 0; i < rank; i++)
        if (!dim_lit(dim[i], &v[i])) {
            v[i] = -1;
            open++;
        }
    for (int i = 0; i < rank && open; i++)
        if (v[i] == 0)
            return NULL;
    return open < 2 ? graph_const_i64(g, rank, v) : NULL;
}

static Value *reshaped(Graph *g, Node *at, Value *x, int rank, const Dim *const *dim)
{
    static const Attr zero = {.name = "allowzero", .kind = ATTR_INT, .i = 1};
    Value *shape = shape_of(g, rank, dim);
    return shape ? pass_build(g, at, OP_reshape, 2, (Value *const[]){x, shape}, &zero, 1) : NULL;
}

static bool put_in_place(Graph *g, Node *old, Value *now)
{
    if (!now || !type_equal(&now->type, &old->out[0]->type)) {
        if (now)
            graph_remove(now->producer);
        return false;
    }
    now->name = old->out[0]->name;
    graph_replace(g, old->out[0], now);
    graph_remove(old);
    return true;
}

static bool join(Graph *g, Node *n)
{
    const Node *first = n->in[0]->producer;
    const Type *t = &n->out[0]->type;
    return first && first->graph == g && same_order(first) && put_in_place(g, n, reshaped(g, n, first->in[0], t->rank, (const Dim *const *)t->dim));
}

static bool cut_rows(Graph *g, Node *n)
{
    Node *p = n->in[0]->producer;
    const Type *t = &n->out[0]->type;
    if (!p || p->op != OP_matmul || p->graph != g || p->dynamic || value_uses(p->out[0]) != 1 || t->rank < 3 || node_int(p, "trans_a", 0))
        return false;
    Value *a = p->in[0], *b = p->in[1], *c = in_given(p, 2) ? p->in[2] : NULL;
    if (a->type.rank != 2 || b->type.rank != 2 || (c && c->type.rank > 1) || t->dim[t->rank - 1] != p->out[0]->type.dim[1])
        return false;
    const Dim *d[IR_MAX_RANK];
    for (int i = 0; i < t->rank - 1; i++)
        d[i] = t->dim[i];
    d[t->rank - 1] = a->type.dim[1];
    Value *rows = reshaped(g, n, a, t->rank, d);
    if (!rows)
        return false;
    Node *now = graph_node(g, n, OP_matmul, p->name, c ? 3 : 2, (Value *const[]){rows, b, c}, 1);
    Error ignored = {0};
    if (!now)
        return false;
    now->attrs = p->attrs;
    now->n_attrs = p->n_attrs;
    now->origin = p->origin;
    if (node_infer(now, &ignored)) {
        graph_remove(now);
        return false;
    }
    return put_in_place(g, n, now->out[0]);
}

SpmlCode pass_reshape(Graph *g, const OptContext *c, int *n_changes, Error *err)
{
    (void)c;
    pass_count_uses(g);
    for (Node *n = g->first, *next; n; n = next) {
        next = n->next;
        if (same_order(n))
            *n_changes += join(g, n) || cut_rows(g, n);
    }
    return g->arena->oom ? error_oom(err) : SPML_OK;
}
