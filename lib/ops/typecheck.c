/* SPDX-License-Identifier: MIT
 * ops: type and shape inference over a graph: runs each op's shape rule in execution order. Takes a structurally valid graph whose inputs
 * have types; gives types to every value, or one error that lists every node that failed. */
#include "ops/ops.h"

#include <string.h>

/* An input whose rank is known only while running makes its readers wait for the run too: their outputs have unknown rank. */
static bool node_waits(const Node *n)
{
    if (op_info[n->op].flags & (OPF_CONTROL | OPF_HOST)) /* their rules take any rank */
        return false;
    for (int i = 0; i < n->n_in; i++) {
        const Type *t = in_type(n, i);
        if (t && t->kind == TYPE_TENSOR && t->rank < 0)
            return true;
        if (t && t->kind == TYPE_NONE)
            return true;
    }
    return false;
}

static SpmlCode node_wait(Node *n)
{
    n->dynamic = true;
    const Type *first = in_type(n, 0);
    DType t = n->op == OP_cast ? node_dtype(n, "to", DT_none) : first && first->kind == TYPE_TENSOR ? first->dtype : DT_none;
    for (int i = 0; i < n->n_out; i++)
        if (n->out[i])
            n->out[i]->type = (Type){.kind = TYPE_TENSOR, .dtype = t, .rank = -1};
    return SPML_OK;
}

static SpmlCode node_arity(const Node *n, Error *err)
{
    const OpInfo *o = &op_info[n->op];
    if (n->n_in < o->min_in || (o->max_in >= 0 && n->n_in > o->max_in))
        return shape_error(n, err, "%d inputs given", n->n_in);
    for (int i = 0; i < o->min_in; i++)
        if (!n->in[i])
            return shape_error(n, err, "input %d is missing", i);
    if (o->n_out >= 0 && n->n_out > o->n_out)
        return shape_error(n, err, "%d outputs wanted", n->n_out);
    return SPML_OK;
}

/* Sequences, optionals and maps go to ops of the host and of control, and through identity; the rules of the others read tensors only. */
static SpmlCode node_kinds(const Node *n, Error *err)
{
    if (op_info[n->op].flags & (OPF_CONTROL | OPF_HOST) || n->op == OP_identity || n->op == OP_unknown)
        return SPML_OK;
    for (int i = 0; i < n->n_in; i++) {
        const Type *t = in_type(n, i);
        if (t && t->kind != TYPE_TENSOR && t->kind != TYPE_NONE)
            return shape_error(n, err, "input %d is no tensor", i);
    }
    return SPML_OK;
}

/* No rule may leave an extent that overflowed (NULL) or is negative; what lies behind trusts them. */
static SpmlCode extents_check(const Node *n, Error *err)
{
    int64_t v;
    for (int i = 0; i < n->n_out; i++) {
        const Type *t = n->out[i] ? &n->out[i]->type : NULL;
        for (int d = 0; t && t->kind == TYPE_TENSOR && d < t->rank; d++)
            if (!t->dim[d] || (dim_lit(t->dim[d], &v) && v < 0))
                return shape_error(n, err, t->dim[d] ? "extent %d of output %d is negative" : "extent %d of output %d overflows", d, i);
    }
    return SPML_OK;
}

SpmlCode node_infer(Node *n, Error *err)
{
    SpmlCode code = node_arity(n, err);
    code = code ? code : node_kinds(n, err);
    if (code)
        return code;
    n->dynamic = false;
    if (node_waits(n))
        return node_wait(n);
    code = op_fns[n->op].shape(n, err);
    return code ? code : n->graph->arena->oom ? error_oom(err) : extents_check(n, err);
}

SpmlCode graph_infer(Graph *g, Error *err)
{
    SpmlCode first = SPML_OK;
    for (Node *n = g->first; n; n = n->next) {
        Error one = {0};
        SpmlCode code = node_infer(n, &one);
        if (!code)
            continue;
        if (!first) {
            first = code;
            if (err)
                *err = one;
        } else {
            error_line(err, "%s", one.text);
        }
        node_wait(n);
        if (code == SPML_RESOURCE)
            break;
    }
    return first;
}
