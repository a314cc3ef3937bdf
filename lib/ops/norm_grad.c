/* SPDX-License-Identifier: MIT
 * ops: gradients of normalisations. Compound ops over the kernels of norm.k: layer_norm_grad(x, dy, scale?), group_norm_grad(x, dy, scale) and
 * batch_norm_grad(x, dy, scale, mean, variance) give dx, dscale, dbias, the latter two in the type sums are made in; two passes over the data each.
 * The rest is written with elementwise ops and reductions. */
#include "ops/axes.h"
#include "ops/grad.h"

#include <string.h>

static CallScalar eps_of(const Node *n) { return scalar_f(node_float(n, "eps", 1e-5)); }
static DType acc_of(const Node *n) { return dtype_info[in_type(n, 0)->dtype].compute; }

/* Output i, or a temporary where nobody wants it. */
static Operand out_or_temp(Lower *l, const Node *n, int i, DType t, int rank, const Dim *const *dims)
{
    return lower_value(l, i < n->n_out && n->out[i] ? n->out[i] : lower_temp(l, t, rank, dims));
}

static bool wants_params(const Node *n) { return (n->n_out > 1 && n->out[1]) || (n->n_out > 2 && n->out[2]); }

/* dscale and dbias: sums over the axes of `reduced`; mean and inv are views with x's extents, dg and db have those of the others. */
static SpmlCode params_sums(Lower *l, Operand x, Operand dy, Operand mean, Operand inv, const bool *reduced, Operand dg, Operand db, Error *err)
{
    Rows r, s, m, k;
    rows_make(l, x, reduced, &r);
    rows_make(l, dy, reduced, &s);
    rows_make(l, mean, reduced, &m);
    rows_make(l, inv, reduced, &k);
    return lower_call(l, &(CallSpec){.kernel = "norm_dparams", .types = {{"T", x.type}, {"G", dg.type}, {"M", inv.type}}, .ranks = {{"K", r.n_kept}, {"R", r.n_reduced}},
                                     .args = {r.x, s.x, m.x, k.x, rows_kept(l, &r, dg), rows_kept(l, &r, db)}, .n_args = 6}, err);
}

/* dx of rows [n_kept | the others] of x; g as x's extents. *mean, *inv: of the rows. */
static SpmlCode rows_dx(Lower *l, Node *n, Operand x, Operand dy, Operand g, Operand dx, int n_kept, bool center, Operand *mean, Operand *inv, Error *err)
{
    Graph *gr = lower_graph(l);
    DType a = dtype_info[x.type].compute;
    *mean = lower_value(l, lower_temp(l, a, n_kept, x.dim)), *inv = lower_value(l, lower_temp(l, a, n_kept, x.dim));
    return lower_call(l, &(CallSpec){.kernel = "norm_dx", .types = {{"T", x.type}, {"G", g.type}}, .ranks = {{"L", n_kept}, {"C", x.rank - n_kept}},
                                     .consts = {{"CENTER", dim_const(gr, center)}}, .args = {x, dy, g, *mean, *inv, dx}, .n_args = 6,
                                     .scalars = {scalar_dim(dim_product(gr, x.dim + n_kept, x.rank - n_kept)), eps_of(n)}, .n_scalars = 2}, err);
}

/* ── rows: layer_norm, rms_norm ── */

SpmlCode shape_layer_norm_grad(Node *n, Error *err)
{
    const Type *x = in_type(n, 0);
    int axis;
    SpmlCode code = axis_get(n, "axis", -1, x->rank, &axis, err);
    if (code)
        return code;
    out_set(n, 0, x->dtype, x->rank, x->dim);
    for (int i = 1; i < 3; i++)
        out_set(n, i, dtype_info[x->dtype].compute, x->rank - axis, x->dim + axis);
    return SPML_OK;
}

SpmlCode lower_layer_norm_grad(Lower *l, Node *n, Error *err)
{
    Operand x = lower_value(l, n->in[0]), dy = lower_value(l, n->in[1]), mean, inv, dx = out_or_temp(l, n, 0, x.type, x.rank, x.dim);
    Operand g = in_given(n, 2) ? lower_value(l, n->in[2]) : operand_scalar(l, x.type, 1, err);
    bool rows[IR_MAX_RANK];
    int axis;
    SpmlCode code = axis_get(n, "axis", -1, x.rank, &axis, err);
    if (code || !g.value)
        return code ? code : SPML_RESOURCE;
    for (int i = 0; i < IR_MAX_RANK; i++)
        rows[i] = i < axis;
    code = rows_dx(l, n, x, dy, view_expand(l, g, x.rank, x.dim), dx, axis, node_int(n, "center", 1), &mean, &inv, err);
    if (code || !wants_params(n))
        return code;
    const Dim *const *dims = x.dim + axis;
    if (!node_int(n, "center", 1))
        mean = operand_scalar(l, inv.type, 0, err);
    return params_sums(l, x, dy, view_place(l, mean, 0, x.rank, x.dim), view_place(l, inv, 0, x.rank, x.dim), rows, out_or_temp(l, n, 1, inv.type, x.rank - axis, dims),
                       out_or_temp(l, n, 2, inv.type, x.rank - axis, dims), err);
}

static SpmlCode give_rows(Grad *d, Node *n, bool center, Error *err)
{
    Value *dy = grad_of(d, n, 0), *scale = in_given(n, 1) ? n->in[1] : NULL;
    const Type *x = in_type(n, 0);
    const bool more = grad_wanted(d, n, 1);
    int axis;
    SpmlCode code = axis_get(n, "axis", -1, x->rank, &axis, err);
    if (code)
        return code;
    if (grad_of(d, n, 1) || grad_of(d, n, 2))
        return grad_unsupported(n, err, "by its mean or deviation");
    if (scale && more && scale->type.rank > x->rank - axis)
        return grad_unsupported(n, err, "a scale that differs from row to row");
    Attr a[3] = {GRAD_INT("axis", axis), GRAD_FLOAT("eps", node_float(n, "eps", 1e-5)), GRAD_INT("center", center)};
    Node *b = dy ? grad_node(d, OP_layer_norm_grad, scale ? 3 : 2, (Value *const[]){n->in[0], dy, scale}, more ? 3 : 1, 3, a) : NULL;
    grad_give(d, n, 0, b ? b->out[0] : NULL);
    if (more)
        grad_give(d, n, 1, b ? grad_cast(d, b->out[1], scale->type.dtype) : NULL);
    if (grad_wanted(d, n, 2)) {
        const bool row = b && more && n->in[2]->type.rank <= x->rank - axis;
        grad_give(d, n, 2, grad_cast(d, row ? b->out[2] : grad_cast(d, dy, dtype_info[x->dtype].compute), n->in[2]->type.dtype));
    }
    return SPML_OK;
}

SpmlCode grad_layer_norm(Grad *d, Node *n, Error *err) { return give_rows(d, n, true, err); }
SpmlCode grad_rms_norm(Grad *d, Node *n, Error *err) { return give_rows(d, n, false, err); }

/* ── channels: instance_norm, group_norm ── */

SpmlCode shape_group_norm_grad(Node *n, Error *err)
{
    const Type *x = in_type(n, 0), *g = in_type(n, 2);
    if (x->rank < 2 || g->rank != 1)
        return shape_error(n, err, "x has rank %d, the scale %d", x->rank, g->rank);
    out_set(n, 0, x->dtype, x->rank, x->dim);
    for (int i = 1; i < 3; i++)
        out_set(n, i, dtype_info[x->dtype].compute, 1, g->dim);
    return SPML_OK;
}

/* groups 0: each channel is a group. Else x [N, C, S…] is seen as [N, G, C/G, S…]. */
SpmlCode lower_group_norm_grad(Lower *l, Node *n, Error *err)
{
    Graph *gr = lower_graph(l);
    Operand x = lower_value(l, n->in[0]), dy = lower_value(l, n->in[1]), g = lower_value(l, n->in[2]), mean, inv, dx = out_or_temp(l, n, 0, x.type, x.rank, x.dim);
    const int64_t groups = node_int(n, "groups", 0);
    bool reduced[IR_MAX_RANK];
    int g_rank = 1;
    Operand dg = out_or_temp(l, n, 1, acc_of(n), 1, g.dim), db = out_or_temp(l, n, 2, acc_of(n), 1, g.dim);
    if (groups < 0 || x.rank + 1 > IR_MAX_RANK)
        return lower_unsupported(n, err, "%lld groups of rank %d", (long long)groups, x.rank);
    if (groups) {
        const Dim *dims[IR_MAX_RANK], *count = dim_const(gr, groups);
        dims[0] = x.dim[0], dims[1] = count, dims[2] = dim_div(gr, x.dim[1], count);
        memcpy(dims + 3, x.dim + 2, (size_t)(x.rank - 2) * sizeof *dims);
        g_rank = g.dim[0] == count ? 1 : 2;
        const int rank = x.rank + 1;
        x = view_reshape(l, x, rank, dims), dy = view_reshape(l, dy, rank, dims), dx = view_reshape(l, dx, rank, dims);
        g = view_reshape(l, g, g_rank, dims + 1), dg = view_reshape(l, dg, g_rank, dims + 1), db = view_reshape(l, db, g_rank, dims + 1);
    }
    for (int i = 0; i < IR_MAX_RANK; i++)
        reduced[i] = i < 1 || i > g_rank;
    SpmlCode code = rows_dx(l, n, x, dy, view_place(l, g, 1, x.rank, x.dim), dx, 2, true, &mean, &inv, err);
    if (code || !wants_params(n))
        return code;
    return params_sums(l, x, dy, view_place(l, mean, 0, x.rank, x.dim), view_place(l, inv, 0, x.rank, x.dim), reduced, dg, db, err);
}

static SpmlCode give_groups(Grad *d, Node *n, int64_t groups)
{
    Value *dy = grad_of(d, n, 0);
    const bool more = grad_wanted(d, n, 1) || grad_wanted(d, n, 2);
    Attr a[2] = {GRAD_INT("groups", groups), GRAD_FLOAT("eps", node_float(n, "eps", 1e-5))};
    Node *b = dy ? grad_node(d, OP_group_norm_grad, 3, (Value *const[]){n->in[0], dy, n->in[1]}, more ? 3 : 1, 2, a) : NULL;
    grad_give(d, n, 0, b ? b->out[0] : NULL);
    for (int i = 1; i < 3; i++)
        if (grad_wanted(d, n, i))
            grad_give(d, n, i, b ? grad_cast(d, b->out[i], n->in[i]->type.dtype) : NULL);
    return SPML_OK;
}

SpmlCode grad_instance_norm(Grad *d, Node *n, Error *err) { return (void)err, give_groups(d, n, 0); }
SpmlCode grad_group_norm(Grad *d, Node *n, Error *err) { return (void)err, give_groups(d, n, node_int(n, "groups", 1)); }

/* ── batch_norm ── */

SpmlCode shape_batch_norm_grad(Node *n, Error *err)
{
    const Type *x = in_type(n, 0), *g = in_type(n, 2);
    if (x->rank < 2 || g->rank != 1 || in_type(n, 3)->rank != 1 || in_type(n, 4)->rank != 1)
        return shape_error(n, err, "scale, mean and variance must have one dimension");
    out_set(n, 0, x->dtype, x->rank, x->dim);
    for (int i = 1; i < 3; i++)
        out_set(n, i, dtype_info[x->dtype].compute, 1, g->dim);
    return SPML_OK;
}

/* mean, 1 / deviation and the gradients of scale and shift, each [C]. */
static SpmlCode batch_sums(Lower *l, Node *n, Operand x, Operand dy, Operand mean, Operand inv, Operand dg, Operand db, Error *err)
{
    bool reduced[IR_MAX_RANK];
    Operand m = channel_view(l, n, mean, x, err), k = channel_view(l, n, inv, x, err), pg = channel_parts(l, n, x, dg), pb = channel_parts(l, n, x, db);
    if (!m.value || !k.value)
        return err->code;
    channel_mask(n, x.rank, reduced, true);
    SpmlCode code = params_sums(l, x, dy, m, k, reduced, pg, pb, err);
    if (!code)
        code = channel_total(l, n, pg, NULL, dg, err);
    return code ? code : channel_total(l, n, pb, NULL, db, err);
}

/* dx = k·(dy - p - (x - mean)·q) */
static SpmlCode batch_apply_dx(Lower *l, Node *n, Operand x, Operand dy, Operand mean, const Operand *c, Error *err)
{
    Operand in[4];
    for (int i = 0; i < 4; i++)
        if (!(in[i] = channel_view(l, n, i ? c[i - 1] : mean, x, err)).value)
            return err->code;
    return lower_call(l, &(CallSpec){.kernel = "batch_dx", .types = {{"T", x.type}, {"M", mean.type}}, .ranks = {{"I", x.rank}}, .args = {x, dy, in[0], in[1], in[2], in[3], lower_value(l, n->out[0])}, .n_args = 7}, err);
}

SpmlCode lower_batch_norm_grad(Lower *l, Node *n, Error *err)
{
    Graph *gr = lower_graph(l);
    Operand x = lower_value(l, n->in[0]), dy = lower_value(l, n->in[1]), g = lower_value(l, n->in[2]), mean = lower_value(l, n->in[3]), var = lower_value(l, n->in[4]);
    const DType a = acc_of(n);
    Operand inv = lower_value(l, lower_temp(l, a, 1, g.dim)), dg = out_or_temp(l, n, 1, a, 1, g.dim), db = out_or_temp(l, n, 2, a, 1, g.dim), c[3];
    const Dim *count = dim_const(gr, 1);
    bool reduced[IR_MAX_RANK];
    channel_mask(n, x.rank, reduced, false);
    for (int i = 0; i < x.rank; i++)
        count = reduced[i] ? dim_mul(gr, count, x.dim[i]) : count;
    for (int i = 0; i < 3; i++)
        c[i] = lower_value(l, lower_temp(l, a, 1, g.dim));
    SpmlCode code = lower_call(l, &(CallSpec){.kernel = "batch_deviation", .types = {{"M", var.type}, {"A", a}}, .args = {var, inv}, .n_args = 2, .scalars = {eps_of(n)}, .n_scalars = 1}, err);
    if (mean.type != a && !code) { /* statistics of x's own type are widened */
        Operand wide = lower_value(l, lower_temp(l, a, 1, g.dim));
        code = lower_call(l, &(CallSpec){.kernel = "cast", .types = {{"T", mean.type}, {"U", a}}, .args = {mean, wide}, .n_args = 2}, err);
        mean = wide;
    }
    if (!code)
        code = batch_sums(l, n, x, dy, mean, inv, dg, db, err);
    if (code || !n->out[0])
        return code;
    if (norm_ranks(n) > 1) { /* dx depends on the sums of all, the parameters' own gradients are of this part */
        const Operand all[2] = {lower_value(l, lower_temp(l, a, 1, g.dim)), lower_value(l, lower_temp(l, a, 1, g.dim))};
        if ((code = norm_gather(l, n, "sums_of_parts", (Operand[2]){dg, db}, all, err)))
            return code;
        dg = all[0];
        db = all[1];
        count = dim_mul(gr, count, dim_const(gr, norm_ranks(n)));
    }
    code = lower_call(l, &(CallSpec){.kernel = "batch_coefs", .types = {{"G", g.type}, {"A", a}}, .args = {g, inv, dg, db, c[0], c[1], c[2]}, .n_args = 7,
                                     .scalars = {scalar_dim(node_int(n, "training", 0) ? count : dim_const(gr, 0))}, .n_scalars = 1}, err);
    return code ? code : batch_apply_dx(l, n, x, dy, mean, c, err);
}

/* Given statistics: their own gradients from those of scale and shift. */
static void give_statistics(Grad *d, Node *n, Value *dg, Value *db)
{
    const DType t = dg ? dg->type.dtype : DT_f32;
    GradVar v[] = {{"s", dg ? grad_cast(d, n->in[1], t) : NULL}, {"v", dg ? grad_cast(d, n->in[4], t) : NULL}, {"dg", dg}, {"db", db}, {"e", grad_scalar(d, t, node_float(n, "eps", 1e-5))}};
    if (grad_wanted(d, n, 3))
        grad_give(d, n, 3, grad_cast(d, grad_expr(d, NULL, t, "db s mul v e add sqrt div neg", v, 5), n->in[3]->type.dtype));
    if (grad_wanted(d, n, 4))
        grad_give(d, n, 4, grad_cast(d, grad_expr(d, NULL, t, "dg s mul v e add div -0.5 mul", v, 5), n->in[4]->type.dtype));
}

SpmlCode grad_batch_norm(Grad *d, Node *n, Error *err)
{
    const bool training = node_int(n, "training", 0);
    Value *dy = grad_of(d, n, 0);
    for (int i = 1; i < n->n_out; i++)
        if (grad_of(d, n, i))
            return grad_unsupported(n, err, "by its statistics");
    if (!dy)
        return grad_unsupported(n, err, "by nothing but its statistics");
    Value *mean = training ? grad_saved(d, n, 3) : n->in[3], *var = training ? grad_saved(d, n, 4) : n->in[4];
    Attr a[3] = {GRAD_INT("training", training), GRAD_FLOAT("eps", node_float(n, "eps", 1e-5)), GRAD_INT("ranks", norm_ranks(n))};
    Node *b = grad_node(d, OP_batch_norm_grad, 5, (Value *const[]){n->in[0], dy, n->in[1], mean, var}, 3, norm_ranks(n) > 1 ? 3 : 2, a);
    grad_give(d, n, 0, b ? b->out[0] : NULL);
    for (int i = 1; i < 3; i++)
        if (grad_wanted(d, n, i))
            grad_give(d, n, i, b ? grad_cast(d, b->out[i], n->in[i]->type.dtype) : NULL);
    if (training) { /* y does not depend on the statistics that were */
        grad_give(d, n, 3, NULL);
        grad_give(d, n, 4, NULL);
    } else {
        give_statistics(d, n, b ? b->out[1] : NULL, b ? b->out[2] : NULL);
    }
    return SPML_OK;
}

/* ── local_response_norm ── */

SpmlCode lower_local_response_norm_grad(Lower *l, Node *n, Error *err)
{
    Operand x = lower_value(l, n->in[0]), dy = lower_value(l, n->in[1]);
    const DType a = acc_of(n);
    const int64_t size = node_int(n, "size", 1);
    const double beta = node_float(n, "beta", 0.75), alpha = node_float(n, "alpha", 1e-4);
    const Dim *extent = dim_const(lower_graph(l), size);
    if (x.rank < 2 || size < 1)
        return lower_unsupported(n, err, "size %lld on rank %d", (long long)size, x.rank);
    Operand u = lower_value(l, lower_temp(l, a, x.rank, x.dim)), t = lower_value(l, lower_temp(l, a, x.rank, x.dim));
    SpmlCode code = lower_call(l, &(CallSpec){.kernel = "response_parts", .types = {{"T", x.type}}, .fns = {{"g", beta == 0.75 ? "power_3_4" : "pow_float"}}, .consts = {{"SIZE", extent}},
                                              .args = {x, dy, u, t}, .n_args = 4, .scalars = {scalar_f(alpha), scalar_f(beta), scalar_f(node_float(n, "bias", 1))}, .n_scalars = 3}, err);
    return code ? code : lower_call(l, &(CallSpec){.kernel = "response_dx", .types = {{"T", x.type}}, .consts = {{"SIZE", extent}}, .args = {x, u, t, lower_value(l, n->out[0])}, .n_args = 4,
                                                   .scalars = {scalar_f(alpha), scalar_f(beta)}, .n_scalars = 2}, err);
}

SpmlCode grad_local_response_norm(Grad *d, Node *n, Error *err)
{
    (void)err;
    grad_give(d, n, 0, grad_with(d, OP_local_response_norm_grad, 2, (Value *const[]){n->in[0], grad_of(d, n, 0)}, n));
    return SPML_OK;
}

/* ── by elementwise ops and reductions ── */

/* (g - y·sum(g·y)) / |x| for the 2-norm, sign(x) for the first y of the 1-norm; nothing flows where the norm is 0. */
SpmlCode grad_lp_norm(Grad *d, Node *n, Error *err)
{
    Value *x = n->in[0], *g = grad_of(d, n, 0), *y = n->out[0];
    const bool one = node_int(n, "p", 2) == 1;
    int axis;
    SpmlCode code = axis_get(n, "axis", -1, x->type.rank, &axis, err);
    if (code || !g)
        return code ? code : (grad_give(d, n, 0, NULL), SPML_OK);
    const int64_t along = axis;
    GradVar v[] = {{"g", g}, {"y", y}, {"x", x}, {"m", grad_reduce(d, one ? OP_reduce_l1 : OP_reduce_l2, x, 1, &along, true)}, {"s", grad_reduce(d, OP_reduce_sum, grad_mul(d, g, y), 1, &along, true)}};
    grad_give(d, n, 0, grad_expr(d, NULL, x->type.dtype, one ? "m 0 eq 0 g x sign s mul sub m div where" : "m 0 eq 0 g y s mul sub m div where", v, 5));
    return SPML_OK;
}

/* y = (x - m) / s with s the deviation q and a little: (g - mean(g) - y·mean(g·y)·s/q) / s */
SpmlCode grad_mean_variance_norm(Grad *d, Node *n, Error *err)
{
    Value *x = n->in[0], *g = grad_of(d, n, 0), *y = n->out[0];
    int64_t count, axes[IR_MAX_RANK];
    const int64_t *given = node_ints(n, "axes", &count);
    const DType t = x->type.dtype;
    for (int64_t i = 0; i < count; i++) {
        int axis;
        if (!axis_normalise(given[i], x->type.rank, &axis))
            return shape_error(n, err, "axis %lld is outside rank %d", (long long)given[i], x->type.rank);
        axes[i] = axis;
    }
    if (!g)
        return grad_give(d, n, 0, NULL), SPML_OK;
    Value *c = grad_sub(d, x, grad_reduce(d, OP_reduce_mean, x, (int)count, axes, true));
    Value *q = grad_op1(d, OP_sqrt, grad_reduce(d, OP_reduce_mean, c ? grad_mul(d, c, c) : NULL, (int)count, axes, true));
    GradVar v[] = {{"g", g}, {"y", y}, {"q", q}, {"s", q ? grad_add(d, q, grad_scalar(d, t, 1e-9)) : NULL}, {"m", grad_reduce(d, OP_reduce_mean, g, (int)count, axes, true)},
                   {"p", grad_reduce(d, OP_reduce_mean, grad_mul(d, g, y), (int)count, axes, true)}};
    grad_give(d, n, 0, grad_expr(d, NULL, t, "g m sub y p mul s mul q 0 eq 1 q where div sub s div", v, 6));
    return SPML_OK;
}

/* ── dropout ── the mask that was drawn, over what was kept */

SpmlCode grad_dropout(Grad *d, Node *n, Error *err)
{
    (void)err;
    Value *g = grad_of(d, n, 0);
    const DType t = in_type(n, 0)->dtype;
    int64_t off;
    int count;
    if (!g || !in_given(n, 2) || (value_ints(n->in[2], &off, 1, &count) && !off))
        return grad_give(d, n, 0, g), SPML_OK;
    if (in_given(n, 3)) { /* a key draws the same numbers again, so no mask is kept */
        Value *in[4] = {g, n->in[1], n->in[2], n->in[3]};
        return grad_give(d, n, 0, grad_with(d, OP_dropout, 4, in, n)), SPML_OK;
    }
    Value *mask = grad_saved(d, n, 1), *ratio = in_given(n, 1) ? grad_cast(d, n->in[1], t) : grad_scalar(d, t, node_float(n, "ratio", 0.5));
    if (mask && mask->type.dtype != DT_bool)
        mask = grad_cast(d, mask, DT_bool);
    GradVar v[] = {{"g", g}, {"on", n->in[2]}, {"r", ratio}, {"m", mask}};
    grad_give(d, n, 0, grad_expr(d, NULL, t, "m on g 1 r sub div g where 0 where", v, 4));
    return SPML_OK;
}
