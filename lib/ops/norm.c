/* SPDX-License-Identifier: MIT
 * ops: normalisations: shape rules and lowerings. x as [kept…, normalised…], scale and
 * bias broadcast to it; the kernels are in kernels/norm.k. */
#include "ops/axes.h"

#include <string.h>

static CallScalar eps_of(const Node *n) { return scalar_f(node_float(n, "eps", 1e-5)); }

/* Keeps the first `axis` axes. */
static bool *mask_from(bool *mask, int axis)
{
    for (int i = 0; i < IR_MAX_RANK; i++)
        mask[i] = i >= axis;
    return mask;
}

/* ── layer_norm, rms_norm ── */

SpmlCode shape_layer_norm(Node *n, Error *err)
{
    const Type *x = in_type(n, 0);
    const Dim *dims[IR_MAX_RANK];
    int axis;
    SpmlCode code = axis_get(n, "axis", -1, x->rank, &axis, err);
    if (code)
        return code;
    for (int i = 0; i < x->rank; i++)
        dims[i] = i < axis ? x->dim[i] : dim_const(n->graph, 1);
    DType stash = node_dtype(n, "stash", DT_f32);
    out_set(n, 0, x->dtype, x->rank, x->dim);
    out_set(n, 1, stash, x->rank, dims);
    out_set(n, 2, stash, x->rank, dims);
    return SPML_OK;
}

/* Input i broadcast to x from its last axis on, or the scalar `def`. */
static Operand affine_of(Lower *l, Node *n, int i, double def, Error *err)
{
    const Type *x = &n->in[0]->type;
    Operand a = in_given(n, i) ? lower_value(l, n->in[i]) : operand_scalar(l, x->dtype, def, err);
    return a.value ? view_expand(l, a, x->rank, x->dim) : a;
}

/* A row statistic that is wanted (output i) or not (a temporary). */
static Operand stat_out(Lower *l, Node *n, int i, const Rows *r, DType t)
{
    Value *v = i < n->n_out && n->out[i] ? n->out[i] : lower_temp(l, t, r->n_kept, r->x.dim);
    return rows_kept(l, r, lower_value(l, v));
}

SpmlCode lower_layer_norm(Lower *l, Node *n, Error *err)
{
    bool mask[IR_MAX_RANK], stats = (n->n_out > 1 && n->out[1]) || (n->n_out > 2 && n->out[2]);
    DType t = n->in[0]->type.dtype, s = node_dtype(n, "stash", DT_f32);
    Rows r;
    int axis;
    SpmlCode code = axis_get(n, "axis", -1, n->in[0]->type.rank, &axis, err);
    Operand g = affine_of(l, n, 1, 1, err), b = affine_of(l, n, 2, 0, err);
    if (code || !g.value || !b.value)
        return code ? code : SPML_RESOURCE;
    if (!n->out[0])
        return lower_unsupported(n, err, "output 0 is not wanted");
    rows_make(l, lower_value(l, n->in[0]), mask_from(mask, axis), &r);
    Operand y = lower_value(l, n->out[0]);
    CallSpec c = {.kernel = stats ? "layer_norm_stats" : "layer_norm", .types = {{"T", t}, {"U", g.type}, {"V", b.type}, {stats ? "S" : NULL, s}},
                  .ranks = {{"L", r.n_kept}, {"C", r.n_reduced}}, .args = {r.x, g, b, y}, .n_args = 4, .scalars = {scalar_dim(r.count), eps_of(n)}, .n_scalars = 2};
    if (stats) {
        c.args[3] = stat_out(l, n, 1, &r, s);
        c.args[4] = stat_out(l, n, 2, &r, s);
        c.args[5] = y;
        c.n_args = 6;
    }
    return lower_call(l, &c, err);
}

SpmlCode lower_rms_norm(Lower *l, Node *n, Error *err)
{
    bool mask[IR_MAX_RANK];
    Rows r;
    int axis;
    SpmlCode code = axis_get(n, "axis", -1, n->in[0]->type.rank, &axis, err);
    Operand g = affine_of(l, n, 1, 1, err);
    if (code || !g.value)
        return code ? code : SPML_RESOURCE;
    rows_make(l, lower_value(l, n->in[0]), mask_from(mask, axis), &r);
    return lower_call(l, &(CallSpec){.kernel = "rms_norm", .types = {{"T", r.x.type}, {"U", g.type}}, .ranks = {{"L", r.n_kept}, {"C", r.n_reduced}},
                                     .args = {r.x, g, lower_value(l, n->out[0])}, .n_args = 3, .scalars = {scalar_dim(r.count), eps_of(n)}, .n_scalars = 2}, err);
}

/* ── instance_norm, group_norm ── */

SpmlCode shape_channelwise(Node *n, Error *err)
{
    const Type *x = in_type(n, 0);
    if (x->rank < 2)
        return shape_error(n, err, "rank %d has no channels", x->rank);
    out_set(n, 0, x->dtype, x->rank, x->dim);
    return SPML_OK;
}

/* x, y [N, kept, normalised..] and scale, bias placed at axis 1 of x's dims: statistics per row, then one map, whose operands other than x
 * do not change along the last axes. */
static SpmlCode grouped_norm(Lower *l, Node *n, Operand x, Operand y, Operand g, Operand b, Error *err)
{
    bool mask[IR_MAX_RANK];
    Rows r;
    DType s = dtype_info[x.type].compute;
    rows_make(l, x, mask_from(mask, 2), &r);
    Operand mean = lower_value(l, lower_temp(l, s, 2, x.dim)), inv = lower_value(l, lower_temp(l, s, 2, x.dim));
    SpmlCode code = lower_call(l, &(CallSpec){.kernel = "row_stats", .types = {{"T", x.type}, {"S", s}}, .ranks = {{"L", 2}, {"C", r.n_reduced}}, .args = {x, mean, inv},
                                              .n_args = 3, .scalars = {scalar_dim(r.count), eps_of(n)}, .n_scalars = 2}, err);
    if (code)
        return code;
    return lower_call(l, &(CallSpec){.kernel = "norm_apply_scaled", .types = {{"T", x.type}, {"K", s}, {"G", g.type}, {"B", b.type}}, .ranks = {{"I", x.rank}},
                                     .args = {x, view_place(l, mean, 0, x.rank, x.dim), view_place(l, inv, 0, x.rank, x.dim), view_place(l, g, 1, x.rank, x.dim),
                                              view_place(l, b, 1, x.rank, x.dim), y}, .n_args = 6}, err);
}

SpmlCode lower_instance_norm(Lower *l, Node *n, Error *err)
{
    return grouped_norm(l, n, lower_value(l, n->in[0]), lower_value(l, n->out[0]), lower_value(l, n->in[1]), lower_value(l, n->in[2]), err);
}

SpmlCode lower_group_norm(Lower *l, Node *n, Error *err)
{
    Graph *gr = lower_graph(l);
    Operand x = lower_value(l, n->in[0]), y = lower_value(l, n->out[0]), g = lower_value(l, n->in[1]), b = lower_value(l, n->in[2]);
    const Dim *dims[IR_MAX_RANK], *groups = dim_const(gr, node_int(n, "groups", 1)), *per = dim_div(gr, x.dim[1], groups);
    if (x.rank + 1 > IR_MAX_RANK || !dim_lit(groups, &(int64_t){0}) || node_int(n, "groups", 1) < 1)
        return lower_unsupported(n, err, "%lld groups of rank %d", (long long)node_int(n, "groups", 1), x.rank);
    dims[0] = x.dim[0];
    dims[1] = groups;
    dims[2] = per;
    memcpy(dims + 3, x.dim + 2, (size_t)(x.rank - 2) * sizeof *dims);
    if (g.dim[0] != groups) { /* per channel */
        g = view_reshape(l, g, 2, dims + 1);
        b = view_reshape(l, b, 2, dims + 1);
    }
    return grouped_norm(l, n, view_reshape(l, x, x.rank + 1, dims), view_reshape(l, y, y.rank + 1, dims), g, b, err);
}

/* ── batch_norm ── outputs: y, running mean, running variance, own mean, own variance (the last four while training) */

SpmlCode shape_batch_norm(Node *n, Error *err)
{
    SpmlCode code = shape_channelwise(n, err);
    if (!code && (n->in[3]->type.rank != 1 || n->in[4]->type.rank != 1))
        return shape_error(n, err, "mean and variance must have one dimension");
    for (int i = 1; i < n->n_out && !code; i++)
        out_set(n, i, n->in[i == 1 || i == 3 ? 3 : 4]->type.dtype, 1, n->in[3]->type.dim);
    return code;
}

static SpmlCode batch_apply(Lower *l, Node *n, Operand mean, Operand var, Error *err)
{
    Operand x = lower_value(l, n->in[0]), g = lower_value(l, n->in[1]), b = lower_value(l, n->in[2]);
    DType t = dtype_info[x.type].compute;
    Operand k = lower_value(l, lower_temp(l, t, 1, g.dim));
    SpmlCode code = lower_call(l, &(CallSpec){.kernel = "batch_scale", .types = {{"G", g.type}, {"M", var.type}, {"A", t}}, .args = {g, var, k}, .n_args = 3,
                                              .scalars = {eps_of(n)}, .n_scalars = 1}, err);
    if (code)
        return code;
    mean = channel_view(l, n, mean, x, err), k = channel_view(l, n, k, x, err), b = channel_view(l, n, b, x, err);
    if (!mean.value || !k.value || !b.value)
        return err->code;
    return lower_call(l, &(CallSpec){.kernel = "norm_apply", .types = {{"T", x.type}, {"K", t}, {"M", mean.type}, {"B", b.type}}, .ranks = {{"I", x.rank}},
                                     .args = {x, mean, k, b, lower_value(l, n->out[0])}, .n_args = 5}, err);
}

static SpmlCode batch_running(Lower *l, Node *n, int i, Operand old, Operand now, Error *err)
{
    if (i >= n->n_out || !n->out[i])
        return SPML_OK;
    return lower_call(l, &(CallSpec){.kernel = "running", .types = {{"T", old.type}}, .args = {old, now, lower_value(l, n->out[i])}, .n_args = 3,
                                     .scalars = {scalar_f(node_float(n, "momentum", 0.9))}, .n_scalars = 1}, err);
}

/* A statistic of the batch [C]: output i, or a temporary. */
static Operand own_out(Lower *l, Node *n, int i, Operand like)
{
    return lower_value(l, i < n->n_out && n->out[i] ? n->out[i] : lower_temp(l, like.type, 1, like.dim));
}

/* Mean and variance where channels lie in blocks: sums that run along memory, then of these. */
static SpmlCode lane_moments(Lower *l, Node *n, Operand x, const Rows *all, Operand m, Operand v, Error *err)
{
    bool mask[IR_MAX_RANK];
    Rows r, rm;
    channel_mask(n, x.rank, mask, true);
    rows_make(l, x, mask, &r);
    Operand sums = channel_parts(l, n, x, m), squares = channel_parts(l, n, x, v);
    SpmlCode code = lower_call(l, &(CallSpec){.kernel = "part_sums", .types = {{"T", x.type}}, .ranks = {{"K", r.n_kept}, {"R", r.n_reduced}},
                                              .args = {r.x, sums}, .n_args = 2}, err);
    if (!code)
        code = channel_total(l, n, sums, all->count, m, err);
    Operand mean = code ? (Operand){0} : channel_view(l, n, m, x, err);
    if (code || !mean.value)
        return code ? code : err->code;
    rows_make(l, mean, mask, &rm);
    code = lower_call(l, &(CallSpec){.kernel = "squares_about", .types = {{"T", x.type}, {"M", m.type}}, .ranks = {{"K", r.n_kept}, {"R", r.n_reduced}}, .args = {r.x, rm.x, squares}, .n_args = 3}, err);
    return code ? code : channel_total(l, n, squares, all->count, v, err);
}

int64_t norm_ranks(const Node *n) { return node_int(n, "ranks", 1); }

SpmlCode norm_gather(Lower *l, const Node *n, const char *kernel, const Operand own[2], const Operand all[2], Error *err)
{
    Graph *g = lower_graph(l);
    const DType t = own[0].type;
    const Dim *dims[3] = {dim_const(g, norm_ranks(n)), dim_const(g, 2), own[0].dim[0]};
    Operand pair = lower_value(l, lower_temp(l, t, 2, dims + 1)), parts = lower_value(l, lower_temp(l, t, 3, dims));
    SpmlCode code = SPML_OK;
    for (int i = 0; i < 2 && !code; i++)
        code = lower_copy(l, own[i], view_select(l, pair, 0, dim_const(g, i)), err);
    if (!code)
        code = lower_peers(l, pair, &parts, err);
    return code ? code : lower_call(l, &(CallSpec){.kernel = kernel, .types = {{strcmp(kernel, "sums_of_parts") ? "S" : "T", t}}, .args = {parts, all[0], all[1]}, .n_args = 3}, err);
}

static SpmlCode batch_training(Lower *l, Node *n, Operand mean, Operand var, Error *err)
{
    bool mask[IR_MAX_RANK];
    Rows r;
    Operand x = lower_value(l, n->in[0]), all[2] = {own_out(l, n, 3, mean), own_out(l, n, 4, var)}, m = all[0], v = all[1];
    const bool shared = norm_ranks(n) > 1;
    if (shared) { /* of this rank's part first */
        m = lower_value(l, lower_temp(l, mean.type, 1, mean.dim));
        v = lower_value(l, lower_temp(l, var.type, 1, var.dim));
    }
    channel_mask(n, x.rank, mask, false);
    rows_make(l, x, mask, &r);
    SpmlCode code = node_int(n, "lanes", 0) ? lane_moments(l, n, x, &r, m, v, err) :
        lower_call(l, &(CallSpec){.kernel = "moments", .types = {{"T", x.type}, {"S", mean.type}}, .ranks = {{"L", 1}, {"C", r.n_reduced}}, .args = {r.x, m, v}, .n_args = 3,
                                  .scalars = {scalar_dim(r.count)}, .n_scalars = 1}, err);
    if (!code && shared)
        code = norm_gather(l, n, "moments_of_parts", (Operand[2]){m, v}, all, err);
    code = code ? code : batch_apply(l, n, all[0], all[1], err);
    code = code ? code : batch_running(l, n, 1, mean, all[0], err);
    return code ? code : batch_running(l, n, 2, var, all[1], err);
}

SpmlCode lower_batch_norm(Lower *l, Node *n, Error *err)
{
    Operand mean = lower_value(l, n->in[3]), var = lower_value(l, n->in[4]);
    if (!n->out[0] || mean.type != var.type)
        return lower_unsupported(n, err, "statistics of two types, or output 0 is not wanted");
    return node_int(n, "training", 0) ? batch_training(l, n, mean, var, err) : batch_apply(l, n, mean, var, err);
}

/* ── the others ── */

SpmlCode lower_mean_variance_norm(Lower *l, Node *n, Error *err)
{
    bool mask[IR_MAX_RANK] = {0};
    int64_t n_axes;
    const int64_t *axes = node_ints(n, "axes", &n_axes);
    Operand x = lower_value(l, n->in[0]);
    Rows r, ry;
    for (int64_t i = 0; i < n_axes; i++) {
        int axis;
        if (!axis_normalise(axes[i], x.rank, &axis))
            return shape_error(n, err, "axis %lld is outside rank %d", (long long)axes[i], x.rank);
        mask[axis] = true;
    }
    rows_make(l, x, mask, &r);
    rows_make(l, lower_value(l, n->out[0]), mask, &ry);
    return lower_call(l, &(CallSpec){.kernel = "mean_variance_norm", .types = {{"T", x.type}}, .ranks = {{"L", r.n_kept}, {"C", r.n_reduced}}, .args = {r.x, ry.x}, .n_args = 2,
                                     .scalars = {scalar_dim(r.count), scalar_f(1e-9)}, .n_scalars = 2}, err);
}

SpmlCode lower_lp_norm(Lower *l, Node *n, Error *err)
{
    Operand x = lower_value(l, n->in[0]);
    int64_t p = node_int(n, "p", 2);
    Rows r, ry;
    int axis;
    SpmlCode code = axis_get(n, "axis", -1, x.rank, &axis, err);
    if (code || (p != 1 && p != 2))
        return code ? code : lower_unsupported(n, err, "p = %lld", (long long)p);
    rows_axis(l, x, axis, &r);
    rows_axis(l, lower_value(l, n->out[0]), axis, &ry);
    return lower_call(l, &(CallSpec){.kernel = "lp_norm", .types = {{"T", x.type}}, .fns = {{"f", p == 1 ? "abs_of" : "square"}, {"g", p == 1 ? "ident" : "root"}},
                                     .ranks = {{"L", r.n_kept}}, .args = {r.x, ry.x}, .n_args = 2}, err);
}

SpmlCode lower_local_response_norm(Lower *l, Node *n, Error *err)
{
    Operand x = lower_value(l, n->in[0]);
    int64_t size = node_int(n, "size", 1);
    double beta = node_float(n, "beta", 0.75);
    if (x.rank < 2 || size < 1)
        return lower_unsupported(n, err, "size %lld on rank %d", (long long)size, x.rank);
    return lower_call(l, &(CallSpec){.kernel = "local_response_norm", .types = {{"T", x.type}}, .fns = {{"g", beta == 0.75 ? "power_3_4" : "pow_float"}}, .consts = {{"SIZE", dim_const(lower_graph(l), size)}},
                                     .args = {x, lower_value(l, n->out[0])}, .n_args = 2,
                                     .scalars = {scalar_f(node_float(n, "alpha", 1e-4)), scalar_f(beta), scalar_f(node_float(n, "bias", 1))}, .n_scalars = 3}, err);
}

/* ── dropout ── outputs: y, mask (bool, or x's type under attribute `float_mask`) */

SpmlCode shape_dropout(Node *n, Error *err)
{
    (void)err;
    const Type *x = in_type(n, 0);
    out_set(n, 0, x->dtype, x->rank, x->dim);
    out_set(n, 1, node_int(n, "float_mask", 0) ? x->dtype : DT_bool, x->rank, x->dim);
    return SPML_OK;
}

/* Training is an input: known to be off, or read at launch. */
static bool training_off(const Node *n)
{
    int64_t v;
    int count;
    return !in_given(n, 2) || (value_ints(n->in[2], &v, 1, &count) && !v);
}

SpmlCode lower_dropout(Lower *l, Node *n, Error *err)
{
    Operand x = lower_value(l, n->in[0]);
    Operand y = lower_value(l, n->out[0] ? n->out[0] : lower_temp(l, x.type, x.rank, x.dim));
    bool masked = n->n_out > 1 && n->out[1];
    if (training_off(n)) {
        SpmlCode code = n->out[0] ? lower_copy(l, x, y, err) : SPML_OK;
        return code || !masked ? code : lower_fill(l, lower_value(l, n->out[1]), 1, err);
    }
    if (in_given(n, 3)) {
        const Dim *all = dim_product(lower_graph(l), x.dim, x.rank);
        if (masked || !in_given(n, 1))
            return lower_unsupported(n, err, "with a key: the mask is asked for, or no ratio is given");
        const bool part = node_find(n, "period");
        return lower_call(l, &(CallSpec){.kernel = part ? "dropout_part" : "dropout_keyed", .types = {{"T", x.type}, {"R", n->in[1]->type.dtype}}, .args = {view_reshape(l, x, 1, &all), lower_value(l, n->in[3]), view_reshape(l, y, 1, &all)}, .n_args = 3,
                                         .scalars = {scalar_i(node_int(n, "seed", 0)), scalar_value(n->in[1]), scalar_i(node_int(n, "period", 1)), scalar_i(node_int(n, "skip", 0)), scalar_i(node_int(n, "first", 0))}, .n_scalars = part ? 5 : 2}, err);
    }
    Operand flat_mask = lower_value(l, masked ? n->out[1] : lower_temp(l, DT_bool, x.rank, x.dim));
    const Dim *count = dim_product(lower_graph(l), x.dim, x.rank);
    CallScalar ratio = in_given(n, 1) ? scalar_value(n->in[1]) : scalar_f(node_float(n, "ratio", 0.5));
    return lower_call(l, &(CallSpec){.kernel = "dropout_map", .types = {{"T", x.type}, {"R", in_given(n, 1) ? n->in[1]->type.dtype : DT_f32}},
                                     .args = {view_reshape(l, x, 1, &count), view_reshape(l, flat_mask, 1, &count), view_reshape(l, y, 1, &count)}, .n_args = 3,
                                     .scalars = {scalar_i(node_int(n, "seed", 0)), ratio, scalar_value(n->in[2])}, .n_scalars = 3}, err);
}
