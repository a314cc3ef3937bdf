/* SPDX-License-Identifier: MIT
 * ops: nll_loss(x [N, C, D…] log-probabilities, target [N, D…], weight [C]?): −x[target]·weight, per place, summed, or divided by the weights
 * that took part; places of class `ignore_index` take no part. Kernels: kernels/loss.k. */
#include "ops/axes.h"
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
