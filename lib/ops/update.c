/* SPDX-License-Identifier: MIT
 * ops: steps of optimisers and sums of gradients on states: flat arenas of parameters, moments and gradients, each a state [N] that is changed in place. One op is
 * one launch over elements `start` … `start` + `count` of every arena it names. Inputs: the states (the parameters first), the gradients [N], the factor of
 * grad_factor, and a matrix [G, R] of numbers of which row `row` is this step's. Outputs: the states. What the numbers mean stands in kernels/optim.k. */
#include "ops/moves.h"
#include "ops/ops.h"

#include <string.h>

/* The elements that n changes. */
static SpmlCode part_of(const Node *n, int64_t *start, int64_t *count, Error *err)
{
    const Type *s = in_type(n, 0);
    int64_t total;
    if (s->rank != 1 || !dim_lit(s->dim[0], &total))
        return shape_error(n, err, "a state that is not flat, or whose extent is not known");
    *start = node_int(n, "start", 0);
    *count = node_int(n, "count", total - *start);
    return *start >= 0 && *count >= 0 && *start <= total && *count <= total - *start ? SPML_OK : shape_error(n, err, "elements %lld and %lld more of %lld", (long long)*start, (long long)*count, (long long)total);
}

static SpmlCode states_out(Node *n, int n_states, Error *err)
{
    int64_t start, count;
    SpmlCode code = part_of(n, &start, &count, err);
    for (int i = 0; i < n_states && !code; i++) {
        const Type *s = in_type(n, i), *first = in_type(n, 0);
        if (s->rank != 1 || s->dim[0] != first->dim[0] || s->dtype != first->dtype || n->in[i]->residency != RES_STATE)
            return shape_error(n, err, "input %d is not a state like the first", i);
        out_set(n, i, s->dtype, 1, (const Dim *const *)s->dim);
        if (i < n->n_out && n->out[i])
            n->out[i]->residency = RES_STATE;
    }
    return code;
}

SpmlCode shape_update(Node *n, Error *err)
{
    const int n_states = n->n_in - 3;
    SpmlCode code = states_out(n, n_states, err);
    if (code)
        return code;
    const Type *p = in_type(n, 0), *g = in_type(n, n_states), *f = in_type(n, n_states + 1), *r = in_type(n, n_states + 2);
    if (g->rank != 1 || g->dim[0] != p->dim[0] || g->dtype != p->dtype || f->rank != 1 || f->dtype != p->dtype || r->rank != 2 || r->dtype != p->dtype || n->n_out != n_states)
        return shape_error(n, err, "gradients, factor or numbers do not fit the state");
    return SPML_OK;
}

SpmlCode shape_average(Node *n, Error *err)
{
    const Type *e = in_type(n, 0), *p = in_type(n, 1), *r = in_type(n, 2);
    int64_t start, count;
    SpmlCode code = part_of(n, &start, &count, err);
    if (code)
        return code;
    if (p->rank != 1 || (p->dim[0] != e->dim[0] && !dim_is(p->dim[0], count)) || p->dtype != e->dtype || r->rank != 1 || r->dtype != e->dtype)
        return shape_error(n, err, "parameters or numbers do not fit the state");
    return states_out(n, 1, err);
}

SpmlCode shape_accumulate(Node *n, Error *err)
{
    const Type *s = in_type(n, 0), *x = in_type(n, 1), *k = in_given(n, 2) ? in_type(n, 2) : NULL;
    int64_t start, count, have;
    SpmlCode code = part_of(n, &start, &count, err);
    if (code)
        return code;
    if (x->dtype != s->dtype || (k && (k->dtype != s->dtype || k->rank != 1)) || !dim_lit(dim_product(n->graph, x->dim, x->rank), &have) || have != count)
        return shape_error(n, err, "what is added does not fit the part of the state");
    return states_out(n, 1, err);
}

SpmlCode shape_grad_factor(Node *n, Error *err)
{
    const Type *s = in_type(n, 0), *c = in_type(n, 1);
    const Dim *three = dim_const(n->graph, 3);
    if (s->rank != 0 || c->rank != 1 || c->dtype != s->dtype)
        return shape_error(n, err, "a sum and two numbers of one type are wanted");
    out_set(n, 0, s->dtype, 1, &three);
    return SPML_OK;
}

/* ── lowering ── */

static Operand part(Lower *l, Value *v, int64_t start, int64_t count)
{
    Graph *g = lower_graph(l);
    return view_slice(l, lower_value(l, v), 0, dim_const(g, start), dim_const(g, count), 1);
}

static SpmlCode float_state(const Node *n, Error *err)
{
    const DType t = n->in[0]->type.dtype;
    return t == DT_f32 || t == DT_f64 ? SPML_OK : lower_unsupported(n, err, "a state of %s", dtype_name(t));
}

static const char *update_kernel(const Node *n)
{
    const int n_states = n->n_in - 3;
    const bool centered = node_int(n, "centered", 0);
    if (n->op == OP_sgd_update)
        return n_states == 1 ? "sgd_update" : "sgd_momentum_update";
    if (n->op != OP_rmsprop_update)
        return op_info[n->op].name;
    if (n_states == 2 + centered)
        return centered ? "rmsprop_centered_update" : "rmsprop_update";
    return n_states == 3 + centered ? centered ? "rmsprop_centered_momentum_update" : "rmsprop_momentum_update" : NULL;
}

SpmlCode lower_update(Lower *l, Node *n, Error *err)
{
    const int n_states = n->n_in - 3;
    const char *kernel = update_kernel(n);
    int64_t start, count, row = node_int(n, "row", 0), rows;
    SpmlCode code = part_of(n, &start, &count, err);
    code = code ? code : float_state(n, err);
    if (code)
        return code;
    Operand r = lower_value(l, n->in[n_states + 2]);
    if (!kernel || !dim_lit(r.dim[0], &rows) || row < 0 || row >= rows)
        return lower_unsupported(n, err, "%d states, row %lld", n_states, (long long)row);
    CallSpec c = {.kernel = kernel, .types = {{"T", n->in[0]->type.dtype}}};
    for (int i = 0; i <= n_states; i++)
        c.args[c.n_args++] = part(l, n->in[i], start, count);
    c.args[c.n_args++] = lower_value(l, n->in[n_states + 1]);
    c.args[c.n_args++] = view_select(l, r, 0, dim_const(lower_graph(l), row));
    for (int i = 0; i < n_states; i++) {
        if (!n->out[i])
            return lower_unsupported(n, err, "state %d has no successor", i);
        c.args[c.n_args++] = part(l, n->out[i], start, count);
    }
    if (n->op == OP_sgd_update && n_states == 2) {
        c.consts[0].name = "NESTEROV";
        c.consts[0].value = dim_const(lower_graph(l), node_int(n, "nesterov", 0) != 0);
    }
    return lower_call(l, &c, err);
}

/* s1 is s0's storage: the kernel changes it where it lies. */
static SpmlCode lower_two(Lower *l, Node *n, const char *kernel, Operand x, Error *err)
{
    int64_t start, count;
    SpmlCode code = part_of(n, &start, &count, err);
    code = code ? code : float_state(n, err);
    if (code)
        return code;
    return lower_call(l, &(CallSpec){.kernel = kernel, .types = {{"T", x.type}}, .args = {part(l, n->in[0], start, count), x, lower_value(l, n->in[2]), part(l, n->out[0], start, count)}, .n_args = 4}, err);
}

/* x itself: a copy, for lower_views to let x be made where it goes to. */
SpmlCode lower_accumulate(Lower *l, Node *n, Error *err)
{
    int64_t start, count;
    const Operand x = view_flat(l, lower_value(l, n->in[1]));
    if (in_given(n, 2))
        return lower_two(l, n, "accumulate", x, err);
    SpmlCode code = part_of(n, &start, &count, err);
    code = code ? code : float_state(n, err);
    return code || !count ? code : lower_copy(l, x, part(l, n->out[0], start, count), err);
}

SpmlCode lower_average(Lower *l, Node *n, Error *err)
{
    int64_t start, count;
    SpmlCode code = part_of(n, &start, &count, err);
    const bool whole = n->in[1]->type.dim[0] == n->in[0]->type.dim[0];
    return code ? code : lower_two(l, n, "average_update", whole ? part(l, n->in[1], start, count) : lower_value(l, n->in[1]), err);
}

SpmlCode lower_grad_factor(Lower *l, Node *n, Error *err)
{
    Operand s = view_insert(l, lower_value(l, n->in[0]), 0);
    return lower_call(l, &(CallSpec){.kernel = "grad_factor", .types = {{"T", s.type}}, .args = {s, lower_value(l, n->in[1]), lower_value(l, n->out[0])}, .n_args = 3}, err);
}
