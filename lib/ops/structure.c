/* SPDX-License-Identifier: MIT
 * ops: structural ops: identity, region, prepack, repeat, state. */
#include "ops/known.h"
#include "ir/rtvalue.h"

#include <stdlib.h>
#include <string.h>

static void out_like(Node *n, int out, const Value *x)
{
    if (!n->out[out])
        return;
    n->out[out]->type = x->type;
    n->out[out]->known = x->known;
    n->out[out]->n_known = x->n_known;
}

SpmlCode shape_identity(Node *n, Error *err)
{
    (void)err;
    out_like(n, 0, n->in[0]);
    return SPML_OK;
}

/* The body has one input per region input, in order, and one output per region output. */
SpmlCode shape_region(Node *n, Error *err)
{
    const Attr *a = node_find(n, "body");
    if (!a || a->kind != ATTR_GRAPH || a->graph->n_in != n->n_in || a->graph->n_out != n->n_out)
        return shape_error(n, err, "the body does not fit the region's inputs and outputs");
    for (int i = 0; i < n->n_in; i++)
        a->graph->in[i]->type = n->in[i] ? n->in[i]->type : (Type){0};
    SpmlCode code = graph_infer(a->graph, err);
    for (int i = 0; !code && i < n->n_out; i++)
        out_like(n, i, a->graph->out[i]);
    return code;
}

SpmlCode shape_prepack(Node *n, Error *err)
{
    if (!node_str(n, "recipe", NULL))
        return shape_error(n, err, "no recipe");
    out_like(n, 0, n->in[0]);
    return SPML_OK;
}

/* Body inputs: iteration number i64[], then the node's inputs; the first `carried` inputs and outputs are carried, further outputs are stacked. */
SpmlCode shape_repeat(Node *n, Error *err)
{
    const Attr *a = node_find(n, "body");
    int64_t count = node_int(n, "count", -1), carried = node_int(n, "carried", 0);
    if (!a || a->kind != ATTR_GRAPH || count < 0 || carried < 0 || carried > n->n_in || carried > n->n_out ||
        a->graph->n_in != (size_t)n->n_in + 1 || a->graph->n_out != (size_t)n->n_out)
        return shape_error(n, err, "the body does not fit count, carried, inputs and outputs");
    Graph *b = a->graph;
    b->in[0]->type = type_tensor(n->graph, DT_i64, 0, NULL);
    for (int i = 0; i < n->n_in; i++)
        b->in[i + 1]->type = n->in[i] ? n->in[i]->type : (Type){0};
    SpmlCode code = graph_infer(b, err);
    for (int i = 0; !code && i < n->n_out; i++) {
        const Type *t = &b->out[i]->type;
        const Dim *dims[IR_MAX_RANK] = {dim_const(n->graph, count)};
        if (i < carried || t->kind != TYPE_TENSOR || t->rank < 0 || t->rank >= IR_MAX_RANK) {
            out_like(n, i, b->out[i]);
            continue;
        }
        for (int d = 0; d < t->rank; d++)
            dims[d + 1] = t->dim[d];
        out_set(n, i, t->dtype, t->rank + 1, dims);
    }
    return code;
}

SpmlCode shape_state_read(Node *n, Error *err) { return shape_identity(n, err); }
SpmlCode shape_state_write(Node *n, Error *err) { return shape_identity(n, err); }

/* Sequences, optionals, maps. */
static SpmlCode host_identity(struct RtContext *rt, const Node *n, RtValue **in, RtValue **out, Error *err)
{
    (void)rt;
    (void)n;
    RtValue *c;
    SpmlCode code = rt_copy(in[0], &c, err);
    if (code)
        return code;
    rt_clear(out[0]);
    *out[0] = *c;
    free(c);
    return SPML_OK;
}

SpmlCode lower_identity(Lower *l, Node *n, Error *err)
{
    if (n->in[0]->type.kind != TYPE_TENSOR)
        return lower_host(l, n, host_identity, err);
    return lower_copy(l, lower_value(l, n->in[0]), lower_value(l, n->out[0]), err);
}

SpmlCode lower_prepack(Lower *l, Node *n, Error *err)
{
    if (strcmp(node_str(n, "recipe", ""), "plain"))
        return lower_unsupported(n, err, "prepack recipe '%.40s'", node_str(n, "recipe", ""));
    return lower_identity(l, n, err);
}

/* x is a part of s along axis: the other extents are the same, this one is no longer. */
static SpmlCode state_part(const Node *n, const Operand *x, const Operand *s, int axis, Error *err)
{
    int64_t part, whole;
    bool ok = x->rank == s->rank && x->type == s->type && dim_lit(x->dim[axis], &part) && dim_lit(s->dim[axis], &whole) && part <= whole;
    for (int i = 0; ok && i < x->rank; i++)
        ok = i == axis || x->dim[i] == s->dim[i];
    return ok ? SPML_OK : shape_error(n, err, "what is written is no part of the state");
}

/* s1 is the storage of s0; where it is not, the old content is copied first. offset: input 2 (an integer, default 0), along attribute axis; a part that
 * would reach beyond the end is written at the end. */
SpmlCode lower_state_write(Lower *l, Node *n, Error *err)
{
    int axis;
    SpmlCode code = axis_get(n, "axis", 0, n->in[0]->type.rank, &axis, err);
    if (code)
        return code;
    Graph *g = lower_graph(l);
    const Dim *at = dim_const(g, 0);
    int count = 0;
    if (in_given(n, 2) && !(known_dims(n->in[2], &at, 1, &count) && count == 1))
        return lower_unsupported(n, err, "a state offset known only at run time");
    Operand s0 = lower_value(l, n->in[0]), s1 = lower_value(l, n->out[0]), x = lower_value(l, n->in[1]);
    code = state_part(n, &x, &s0, axis, err);
    if (!code)
        code = lower_copy(l, s0, s1, err);
    const Dim *last = dim_sub(g, s1.dim[axis], x.dim[axis]), *from = dim_make(g, DIM_MAX, dim_make(g, DIM_MIN, at, last), dim_const(g, 0));
    return code ? code : lower_copy(l, x, view_slice(l, s1, axis, from, x.dim[axis], 1), err);
}

/* Control flow is run by the executor: the whole node is one step. */
SpmlCode lower_control(Lower *l, Node *n, Error *err)
{
    return lower_host(l, n, NULL, err);
}
