/* SPDX-License-Identifier: MIT
 * opt: batch normalisation with constant statistics after a convolution goes into its weights and bias:
 *     s = scale / sqrt(var + eps),  w' = w·s (per output channel),  b' = (b − mean)·s + bias.
 * The arithmetic is written as nodes on constants, which `fold` evaluates. */
#include "opt/pass.h"

#include <string.h>

static bool is_const(const Value *v) { return v && v->residency == RES_CONST && v->data; }

static Value *op1(Graph *g, Node *at, int op, Value *x, const Attr *a, int n_attrs) { return x ? pass_build(g, at, op, 1, &x, a, n_attrs) : NULL; }
static Value *op2(Graph *g, Node *at, int op, Value *x, Value *y) { return x && y ? pass_build(g, at, op, 2, (Value *const[]){x, y}, NULL, 0) : NULL; }

static bool foldable(const Graph *g, const Node *conv, const Node *bn)
{
    if (conv->op != OP_conv || conv->graph != g || value_uses(conv->out[0]) != 1 || !is_const(conv->in[1]) || (in_given(conv, 2) && !is_const(conv->in[2])))
        return false;
    for (int i = 1; i < 5; i++)
        if (!in_given(bn, i) || !is_const(bn->in[i]) || bn->in[i]->type.dtype != conv->in[1]->type.dtype || bn->in[i]->type.rank != 1)
            return false;
    for (int i = 1; i < bn->n_out; i++)
        if (bn->out[i] && value_uses(bn->out[i]))
            return false;
    return !node_int(bn, "training", 0) && node_int(bn, "spatial", 1) && dtype_is_float(conv->in[1]->type.dtype);
}

static bool fold_one(Graph *g, Node *conv, Node *bn)
{
    Value *w = conv->in[1], *b = in_given(conv, 2) ? conv->in[2] : NULL;
    int64_t shape[IR_MAX_RANK] = {-1}, n_shape = w->type.rank;
    for (int i = 1; i < n_shape; i++)
        shape[i] = 1;
    Attr eps[2] = {{.name = "alpha", .kind = ATTR_FLOAT, .f = 1}, {.name = "beta", .kind = ATTR_FLOAT, .f = node_float(bn, "eps", 1e-5)}};
    Value *s = op2(g, conv, OP_div, bn->in[1], op1(g, conv, OP_sqrt, op1(g, conv, OP_affine, bn->in[4], eps, 2), NULL, 0));
    Value *per_channel = op2(g, conv, OP_reshape, s, graph_const_i64(g, (int)n_shape, shape)), *w2 = op2(g, conv, OP_mul, w, per_channel);
    Value *shift = b ? op2(g, conv, OP_sub, b, bn->in[3]) : op1(g, conv, OP_neg, bn->in[3], NULL, 0), *b2 = op2(g, conv, OP_add, op2(g, conv, OP_mul, shift, s), bn->in[2]);
    if (!w2 || !b2)
        return false;
    Value *in[3] = {conv->in[0], w2, b2};
    Node *now = graph_node(g, conv, OP_conv, conv->name, 3, in, 1);
    if (!now)
        return false;
    now->attrs = conv->attrs;
    now->n_attrs = conv->n_attrs;
    now->origin = conv->origin;
    node_take_output(now, 0, bn->out[0]);
    graph_remove(bn);
    graph_remove(conv);
    return true;
}

SpmlCode pass_batch_norm(Graph *g, const OptContext *c, int *n_changes, Error *err)
{
    (void)c;
    pass_count_uses(g);
    for (Node *n = g->first, *next; n; n = next) {
        next = n->next;
        Node *conv = n->op == OP_batch_norm && n->in[0] ? n->in[0]->producer : NULL;
        if (conv && foldable(g, conv, n))
            *n_changes += fold_one(g, conv, n);
    }
    return g->arena->oom ? error_oom(err) : SPML_OK;
}
