/* SPDX-License-Identifier: MIT
 * ops: losses of classifiers. cross_entropy(x, class, weight?): per place, from scores, with its gradient as one kernel; nll_loss(x [N, C, D…] log-probabilities, target [N, D…], weight [C]?): −x[target]·weight, per place, summed, or divided by the weights
 * that took part; places of class `ignore_index` take no part. Kernels: kernels/loss.k. */
#include "ops/axes.h"
#include "ops/grad.h"
#include "ops/moves.h"

#include <string.h>

SpmlCode shape_nll_loss(Node *n, Error *err)
{
    const Type *x = in_type(n, 0), *t = in_type(n, 1), *w = in_type(n, 2);
    bool none = !strcmp(node_str(n, "reduction", "mean"), "none");
    if (x->rank < 2 || t->rank != x->rank - 1 || (w && w->rank != 1))
        return shape_error(n, err, "scores have %d dimensions, targets %d", x->rank, t->rank);
    out_set(n, 0, x->dtype, none ? t->rank : 0, (const Dim *const *)t->dim);
    return SPML_OK;
}

SpmlCode lower_nll_loss(Lower *l, Node *n, Error *err)
{
    Operand x = lower_value(l, n->in[0]), t = lower_value(l, n->in[1]), y = lower_value(l, n->out[0]);
    Operand w = in_given(n, 2) ? lower_value(l, n->in[2]) : operand_scalar(l, x.type, 1, err);
    const char *reduction = node_str(n, "reduction", "mean");
    bool mean = !strcmp(reduction, "mean"), none = !strcmp(reduction, "none");
    if (!w.value)
        return SPML_RESOURCE;
    if (!mean && !none && strcmp(reduction, "sum"))
        return lower_unsupported(n, err, "reduction '%.40s'", reduction);
    if (!dtype_is_float(x.type) || !index_type(t.type) || w.type != x.type)
        return lower_unsupported(n, err, "scores of %s, targets of %s, weights of %s", dtype_name(x.type), dtype_name(t.type), dtype_name(w.type));
    CallSpec c = {.kernel = none ? "nll" : "nll_total", .types = {{"T", x.type}, {"I", t.type}}, .ranks = {{"D", x.rank - 2}},
                  .args = {x, t, view_expand(l, w, 1, &x.dim[1]), none ? y : view_insert(l, y, 0)}, .n_args = 4,
                  .scalars = {scalar_i(node_int(n, "ignore_index", INT64_MIN))}, .n_scalars = 1};
    if (!none) {
        c.consts[0].name = "MEAN";
        c.consts[0].value = dim_const(lower_graph(l), mean);
    }
    return lower_call(l, &c, err);
}

/* ── cross_entropy: places are the axes of x without `axis` ── */

static SpmlCode class_axis(const Node *n, int *axis, Error *err) { return axis_get(n, "axis", 1, in_type(n, 0)->rank, axis, err); }

static void place_dims(const Type *x, int axis, const Dim **d)
{
    for (int i = 0, k = 0; i < x->rank; i++)
        if (i != axis)
            d[k++] = x->dim[i];
}

static SpmlCode check_places(Node *n, int weight, int *axis, Error *err)
{
    const Type *x = in_type(n, 0), *t = in_type(n, 1), *w = in_type(n, weight);
    SpmlCode code = x->rank ? class_axis(n, axis, err) : shape_error(n, err, "a scalar has no classes");
    if (!code && (t->rank != x->rank - 1 || (w && w->rank != 1)))
        return shape_error(n, err, "scores have %d dimensions, classes %d", x->rank, t->rank);
    return code;
}

SpmlCode shape_cross_entropy(Node *n, Error *err)
{
    const Type *x = in_type(n, 0);
    const Dim *d[IR_MAX_RANK];
    int axis;
    SpmlCode code = check_places(n, 2, &axis, err);
    if (code)
        return code;
    place_dims(x, axis, d);
    for (int i = 0; i < 3; i++)
        out_set(n, i, x->dtype, x->rank - 1, d);
    return SPML_OK;
}

SpmlCode shape_cross_entropy_grad(Node *n, Error *err)
{
    int axis;
    SpmlCode code = check_places(n, 4, &axis, err);
    if (!code)
        out_set(n, 0, in_type(n, 0)->dtype, in_type(n, 0)->rank, (const Dim *const *)in_type(n, 0)->dim);
    return code;
}

static Operand classes_last(Lower *l, Operand x, int axis)
{
    int perm[IR_MAX_RANK];
    for (int i = 0, k = 0; i < x.rank; i++)
        if (i != axis)
            perm[k++] = i;
    perm[x.rank - 1] = axis;
    return view_permute(l, x, perm);
}

static Operand place_out(Lower *l, const Node *n, int i, const Operand *x)
{
    return lower_value(l, i < n->n_out && n->out[i] ? n->out[i] : lower_temp(l, x->type, x->rank - 1, x->dim));
}

static SpmlCode lower_entropy(Lower *l, Node *n, bool grad, Error *err)
{
    int axis;
    SpmlCode code = class_axis(n, &axis, err);
    if (code)
        return code;
    Operand x = classes_last(l, lower_value(l, n->in[0]), axis), t = lower_value(l, n->in[1]);
    const int weight = grad ? 4 : 2;
    Operand w = in_given(n, weight) ? lower_value(l, n->in[weight]) : operand_scalar(l, x.type, 1, err);
    if (!w.value)
        return SPML_RESOURCE;
    if (!dtype_is_float(x.type) || dtype_info[x.type].compute != x.type || !index_type(t.type) || w.type != x.type)
        return lower_unsupported(n, err, "scores of %s, classes of %s, weights of %s", dtype_name(x.type), dtype_name(t.type), dtype_name(w.type));
    const double smooth = node_float(n, "smooth", 0);
    const bool flat = grad && !(smooth > 0);
    CallSpec c = {.kernel = flat ? "cross_entropy_dx" : grad ? "cross_entropy_smooth_dx" : "cross_entropy", .types = {{"T", x.type}, {"I", t.type}}, .ranks = {{"L", x.rank - 1}}, .args = {x, t, view_expand(l, w, 1, &x.dim[x.rank - 1])}, .n_args = 3,
                  .scalars = {scalar_i(node_int(n, "ignore_index", INT64_MIN)), scalar_f(smooth)}, .n_scalars = flat ? 1 : 2};
    if (!grad)
        c.consts[0].name = "SMOOTH", c.consts[0].value = dim_const(lower_graph(l), smooth > 0);
    if (grad) {
        c.args[c.n_args++] = lower_value(l, n->in[2]);
        c.args[c.n_args++] = lower_value(l, n->in[3]);
        c.args[c.n_args++] = classes_last(l, lower_value(l, n->out[0]), axis);
    } else {
        for (int i = 2; i >= 0; i--)
            c.args[c.n_args++] = place_out(l, n, i, &x);
        code = lower_call(l, &(CallSpec){.kernel = "reduce_log_sum_exp", .types = {{"T", x.type}}, .ranks = {{"L", x.rank - 1}, {"C", 1}}, .args = {x, c.args[3]}, .n_args = 2}, err);
        if (code)
            return code;
    }
    return lower_call(l, &c, err);
}

SpmlCode lower_cross_entropy(Lower *l, Node *n, Error *err) { return lower_entropy(l, n, false, err); }
SpmlCode lower_cross_entropy_grad(Lower *l, Node *n, Error *err) { return lower_entropy(l, n, true, err); }

/* The weights of places are no function of x; nothing differentiable reads the sums. */
SpmlCode grad_cross_entropy(Grad *d, Node *n, Error *err)
{
    if (grad_of(d, n, 2) || grad_wanted(d, n, 2))
        return grad_unsupported(n, err, "by its sums, or by the weights of classes");
    Value *g = grad_of(d, n, 0), *sum = g ? grad_saved(d, n, 2) : NULL;
    Value *in[5] = {n->in[0], n->in[1], sum, g, in_given(n, 2) ? n->in[2] : NULL};
    grad_give(d, n, 0, g ? grad_with(d, OP_cross_entropy_grad, 5, in, n) : NULL);
    return SPML_OK;
}
