/* SPDX-License-Identifier: MIT
 * ops: resize(x, roi?, scales?, sizes?) of ONNX 10 to 19 and upsample: axis by axis, a table of positions and weights and a pass over the data
 * (kernels/resize.k). Here only extents are computed: out = floor(in · scale), or the sizes given. */
#include "ops/grad.h"
#include "ops/moves.h"
#include "ops/window.h"

#include <string.h>

typedef struct Resize { int rank; bool axis[IR_MAX_RANK]; double scale[IR_MAX_RANK], start[IR_MAX_RANK], end[IR_MAX_RANK]; int64_t in[IR_MAX_RANK], out[IR_MAX_RANK]; } Resize;

static int64_t floor_to_int(double v) { int64_t i = (int64_t)v; return (double)i > v ? i - 1 : i; }

/* The axes that scales, sizes and roi speak of. */
static SpmlCode resize_axes(const Node *n, int rank, int *axes, int *count, Error *err)
{
    int64_t given;
    const int64_t *list = node_ints(n, "axes", &given);
    *count = list ? (int)given : rank;
    if (*count > rank)
        return shape_error(n, err, "%d axes for %d dimensions", *count, rank);
    for (int i = 0; i < *count; i++)
        if (!axis_normalise(list ? list[i] : i, rank, &axes[i]))
            return shape_error(n, err, "axis %lld is outside rank %d", (long long)list[i], rank);
    return SPML_OK;
}

static SpmlCode from_sizes(const Node *n, Resize *r, const int *axes, int count, const int64_t *sizes, Error *err)
{
    const char *policy = node_str(n, "keep_aspect_ratio_policy", "stretch");
    bool stretch = !strcmp(policy, "stretch"), larger = !strcmp(policy, "not_smaller");
    double one = 0;
    for (int i = 0; i < count; i++) {
        int at = axes[i];
        if (sizes[i] < 0)
            return shape_error(n, err, "size %lld of axis %d", (long long)sizes[i], at);
        r->out[at] = sizes[i];
        r->scale[at] = r->in[at] ? (double)sizes[i] / (double)r->in[at] : 1;
        if (i == 0 || (larger ? r->scale[at] > one : r->scale[at] < one))
            one = r->scale[at];
    }
    for (int i = 0; i < count && !stretch; i++) {
        r->scale[axes[i]] = one;
        r->out[axes[i]] = floor_to_int(one * (double)r->in[axes[i]] + 0.5);
    }
    return SPML_OK;
}

static bool has_elements(const Node *n, int i)
{
    return in_given(n, i) && !(n->in[i]->type.kind == TYPE_TENSOR && n->in[i]->type.rank == 1 && dim_is(n->in[i]->type.dim[0], 0));
}

/* *known false: scales, sizes or the extents themselves are not literal yet. */
static SpmlCode resize_of(const Node *n, Resize *r, bool *known, Error *err)
{
    const Type *x = in_type(n, 0);
    int axes[IR_MAX_RANK], count, have;
    double scales[IR_MAX_RANK], roi[2 * IR_MAX_RANK];
    int64_t sizes[IR_MAX_RANK];
    r->rank = x->rank;
    SpmlCode code = resize_axes(n, x->rank, axes, &count, err);
    *known = !code && value_literal(n->in[0], r->in);
    for (int i = 0; i < x->rank; i++) {
        r->axis[i] = false;
        r->scale[i] = r->end[i] = 1;
        r->start[i] = 0;
        r->out[i] = r->in[i];
    }
    if (code || !*known)
        return code;
    if (has_elements(n, 3)) {
        *known = value_ints(n->in[3], sizes, IR_MAX_RANK, &have);
        if (*known && have != count)
            return shape_error(n, err, "%d sizes for %d axes", have, count);
        code = *known ? from_sizes(n, r, axes, count, sizes, err) : SPML_OK;
    } else if (has_elements(n, 2)) {
        *known = value_floats(n->in[2], scales, IR_MAX_RANK, &have);
        if (*known && have != count)
            return shape_error(n, err, "%d scales for %d axes", have, count);
    } else {
        return shape_error(n, err, "neither scales nor sizes are given");
    }
    bool crop = !strcmp(node_str(n, "coordinate_transformation_mode", "half_pixel"), "tf_crop_and_resize");
    if (crop && *known && has_elements(n, 1)) {
        *known = value_floats(n->in[1], roi, 2 * IR_MAX_RANK, &have);
        if (*known && have != 2 * count)
            return shape_error(n, err, "%d values of roi for %d axes", have, count);
    }
    for (int i = 0; i < count && *known && !code; i++) {
        int at = axes[i];
        if (crop && has_elements(n, 1)) {
            r->start[at] = roi[i];
            r->end[at] = roi[count + i];
        }
        if (!has_elements(n, 3)) {
            if (!(scales[i] > 0 && scales[i] < 1e9))
                return shape_error(n, err, "a scale is not positive");
            r->scale[at] = scales[i];
            r->out[at] = floor_to_int((double)r->in[at] * (crop ? r->end[at] - r->start[at] : 1) * scales[i]);
        }
        r->axis[at] = r->out[at] != r->in[at] || r->scale[at] != 1 || (crop && (r->start[at] != 0 || r->end[at] != 1));
    }
    return code;
}

SpmlCode shape_resize(Node *n, Error *err)
{
    Resize r;
    bool known;
    SpmlCode code = resize_of(n, &r, &known, err);
    const Type *x = in_type(n, 0);
    if (code || !known)
        return code ? code : shape_dynamic(n, 1, &x->dtype, &x->rank);
    if (n->out[0])
        n->out[0]->type = type_literal(n->graph, x->dtype, r.rank, r.out);
    return SPML_OK;
}

static int64_t index_of(const char *name, const char *const *names)
{
    for (int i = 0; names[i]; i++)
        if (!strcmp(name, names[i]))
            return i;
    return -1;
}

typedef struct Axis { Lower *l; Node *n; const Resize *r; int at; int64_t mode, round; bool cubic, smooth; } Axis;

static Operand int_table(Axis *a, DType t, int rank, const Dim *const *d) { return lower_value(a->l, lower_temp(a->l, t, rank, d)); }

/* Where each of m elements comes from. */
static SpmlCode nearest_table(Axis *a, const Dim *m, Operand *ix, Error *err)
{
    *ix = int_table(a, DT_i64, 1, &m);
    CallSpec t = {.kernel = "resize_nearest_table", .consts = {{"CM", dim_const(lower_graph(a->l), a->mode)}, {"RM", dim_const(lower_graph(a->l), a->round)}}, .args = {*ix}, .n_args = 1,
                  .scalars = {scalar_f(a->r->scale[a->at]), scalar_i(a->r->in[a->at]), scalar_f(a->r->start[a->at]), scalar_f(a->r->end[a->at])}, .n_scalars = 4};
    return lower_call(a->l, &t, err);
}

static SpmlCode move_axis(Axis *a, Operand x, Operand y, Error *err)
{
    Operand ix;
    SpmlCode code = nearest_table(a, y.dim[a->at], &ix, err);
    return code ? code : lower_call(a->l, &(CallSpec){.kernel = "resize_move", .types = {{"T", x.type}}, .ranks = {{"L", a->at}, {"R", x.rank - 1 - a->at}}, .args = {x, ix, y}, .n_args = 3,
                                                      .scalars = {scalar_f(node_float(a->n, "extrapolation_value", 0))}, .n_scalars = 1}, err);
}

/* Nearest by a whole factor with positions floor(x / factor): every element is repeated. */
static bool repeats(const Axis *a)
{
    int64_t in = a->r->in[a->at], out = a->r->out[a->at];
    bool whole = in > 0 && out % in == 0 && out / in <= 8 && a->r->scale[a->at] == (double)(out / in);
    return whole && ((a->mode == 4 && a->round == 2) || ((a->mode == 0 || a->mode == 2) && a->round == 0));
}

/* One copy of the input per repetition, each to every factor-th position: contiguous reads, strided writes. */
static SpmlCode repeat_axis(Axis *a, Operand x, Operand y, Error *err)
{
    Graph *g = lower_graph(a->l);
    int64_t factor = a->r->out[a->at] / a->r->in[a->at];
    SpmlCode code = SPML_OK;
    for (int64_t f = 0; f < factor && !code; f++)
        code = lower_copy(a->l, x, view_slice(a->l, y, a->at, dim_const(g, f), x.dim[a->at], factor), err);
    return code;
}

/* Positions and weights of the sources of each of `extent` elements. */
static SpmlCode sum_table(Axis *a, DType type, const Dim *extent, Operand *ix, Operand *w, Error *err)
{
    Graph *g = lower_graph(a->l);
    DType acc = dtype_info[type].compute;
    double scale = a->r->scale[a->at], narrow = a->smooth && scale < 1 ? scale : 1;
    int64_t start = floor_to_int((a->cubic ? -2.0 : -1.0) / narrow) + 1;
    bool exclude = node_int(a->n, "exclude_outside", 0);
    if (!dtype_is_float(acc))
        return lower_unsupported(a->n, err, "interpolation of %s", dtype_name(type));
    const Dim *m[2] = {extent, dim_const(g, 2 - 2 * start)};
    *ix = int_table(a, DT_i64, 1, m), *w = int_table(a, acc, 2, m);
    CallSpec t = {.kernel = "resize_table", .types = {{"A", acc}}, .args = {*ix, *w}, .n_args = 2,
                  .consts = {{"CM", dim_const(g, a->mode)}, {"START", dim_const(g, start)}, {"CUBIC", dim_const(g, a->cubic)}, {"NORM", dim_const(g, exclude || narrow != 1)}, {"EXCLUDE", dim_const(g, exclude)}},
                  .scalars = {scalar_f(scale), scalar_f(narrow), scalar_i(a->r->in[a->at]), scalar_f(a->r->start[a->at]), scalar_f(a->r->end[a->at]), scalar_f(node_float(a->n, "cubic_coeff_a", -0.75))},
                  .n_scalars = 6};
    return lower_call(a->l, &t, err);
}

static SpmlCode sum_axis(Axis *a, Operand x, Operand y, Error *err)
{
    Operand ix, w;
    SpmlCode code = sum_table(a, x.type, y.dim[a->at], &ix, &w, err);
    return code ? code : lower_call(a->l, &(CallSpec){.kernel = "resize_sum", .types = {{"T", x.type}}, .ranks = {{"L", a->at}, {"R", x.rank - 1 - a->at}}, .args = {x, ix, w, y}, .n_args = 4,
                                                      .scalars = {scalar_f(node_float(a->n, "extrapolation_value", 0))}, .n_scalars = 1}, err);
}

/* What the attributes of n say for every axis. */
static SpmlCode axis_of(Lower *l, Node *n, const Resize *r, Axis *a, bool *nearest, Error *err)
{
    static const char *const modes[] = {"half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric", "tf_crop_and_resize", NULL};
    static const char *const rounds[] = {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil", NULL};
    const char *mode = node_str(n, "mode", "nearest"), *cm = node_str(n, "coordinate_transformation_mode", "half_pixel"), *nm = node_str(n, "nearest_mode", "round_prefer_floor");
    *a = (Axis){.l = l, .n = n, .r = r, .mode = index_of(cm, modes), .round = index_of(nm, rounds), .cubic = !strcmp(mode, "cubic"), .smooth = node_int(n, "antialias", 0)};
    *nearest = !strcmp(mode, "nearest");
    if (a->mode < 0 || a->round < 0 || (!*nearest && !a->cubic && strcmp(mode, "linear")))
        return lower_unsupported(n, err, "mode '%.40s', '%.40s', '%.40s'", mode, cm, nm);
    return SPML_OK;
}

SpmlCode lower_resize(Lower *l, Node *n, Error *err)
{
    Resize r;
    Axis a;
    bool known, nearest;
    SpmlCode code = resize_of(n, &r, &known, err);
    if (!code && !known)
        code = lower_unsupported(n, err, "scales are not known");
    if (!code)
        code = axis_of(l, n, &r, &a, &nearest, err);
    if (code)
        return code;
    Operand x = lower_value(l, n->in[0]), y = lower_value(l, n->out[0]);
    int last = -1;
    for (int i = 0; i < r.rank; i++)
        last = r.axis[i] ? i : last;
    for (int i = 0; i < r.rank && !code; i++) {
        if (!r.axis[i])
            continue;
        const Dim *d[IR_MAX_RANK];
        memcpy(d, x.dim, sizeof d);
        d[i] = y.dim[i];
        Operand to = i == last ? y : lower_value(l, lower_temp(l, x.type, r.rank, d));
        a.at = i;
        code = nearest && repeats(&a) ? repeat_axis(&a, x, to, err) : nearest ? move_axis(&a, x, to, err) : sum_axis(&a, x, to, err);
        x = to;
    }
    return code || last >= 0 ? code : lower_copy(l, x, y, err);
}

/* ── gradient ── resize_grad(dy, shape, roi?, scales?, sizes?): the transpose of every axis in turn, the last one first. In the type sums are made in. */

SpmlCode shape_resize_grad(Node *n, Error *err) { return shape_from_input(n, 1, err); }

/* dx += the parts of dy that repeat_axis made. */
static SpmlCode unrepeat_axis(Axis *a, Operand dy, Operand dx, Error *err)
{
    SpmlCode code = SPML_OK;
    for (int64_t f = 0, factor = a->r->out[a->at] / a->r->in[a->at]; f < factor && !code; f++)
        code = lower_call(a->l, &(CallSpec){.kernel = "pool_add", .types = {{"A", dx.type}}, .args = {view_slice(a->l, dy, a->at, dim_const(lower_graph(a->l), f), dx.dim[a->at], factor), dx}, .n_args = 2}, err);
    return code;
}

static SpmlCode back_axis(Axis *a, bool nearest, Operand dy, Operand dx, Error *err)
{
    Operand ix, w = {0};
    SpmlCode code = lower_fill(a->l, dx, 0, err);
    if (code || (nearest && repeats(a)))
        return code ? code : unrepeat_axis(a, dy, dx, err);
    code = nearest ? nearest_table(a, dy.dim[a->at], &ix, err) : sum_table(a, dy.type, dy.dim[a->at], &ix, &w, err);
    CallSpec c = {.kernel = nearest ? "resize_unmove" : "resize_unsum", .types = {{"A", dx.type}}, .ranks = {{"L", a->at}, {"R", dx.rank - 1 - a->at}}, .args = {dy, ix, w, dx}, .n_args = 4};
    if (nearest) {
        c.args[2] = dx;
        c.n_args = 3;
    }
    return code ? code : lower_call(a->l, &c, err);
}

SpmlCode lower_resize_grad(Lower *l, Node *n, Error *err)
{
    Resize r;
    Axis a;
    bool known, nearest;
    Value x = *n->out[0], *in[4] = {&x}; /* the node whose gradient this is, as far as its extents go */
    Node forward = *n;
    forward.in = in, forward.n_in = 4;
    for (int i = 2; i < n->n_in; i++)
        in[i - 1] = n->in[i];
    SpmlCode code = resize_of(&forward, &r, &known, err);
    if (!code && !known)
        code = lower_unsupported(n, err, "scales are not known");
    if (!code)
        code = axis_of(l, n, &r, &a, &nearest, err);
    if (code)
        return code;
    Graph *g = lower_graph(l);
    Operand dy = lower_value(l, n->in[0]), dx = lower_value(l, n->out[0]);
    const DType acc = dtype_info[dy.type].compute;
    if (!dtype_is_float(acc))
        return lower_unsupported(n, err, "%s", dtype_name(dy.type));
    if (dy.type != acc) {
        Operand wide = lower_value(l, lower_temp(l, acc, dy.rank, dy.dim));
        code = lower_cast_to(l, dy, wide, err);
        dy = wide;
    }
    int first = r.rank;
    for (int i = r.rank - 1; i >= 0; i--)
        first = r.axis[i] ? i : first;
    for (int i = r.rank - 1; i >= 0 && !code; i--) {
        if (!r.axis[i])
            continue;
        const Dim *d[IR_MAX_RANK];
        memcpy(d, dy.dim, sizeof d);
        d[i] = dim_const(g, r.in[i]);
        Operand to = i == first && dx.type == acc ? dx : lower_value(l, lower_temp(l, acc, r.rank, d));
        a.at = i;
        code = back_axis(&a, nearest, dy, to, err);
        dy = to;
    }
    return code || dy.value == dx.value ? code : lower_cast_to(l, dy, dx, err);
}

SpmlCode grad_resize(Grad *d, Node *n, Error *err)
{
    (void)err;
    Value *in[5] = {grad_of(d, n, 0), grad_shape(d, n->in[0])};
    for (int i = 1; i < n->n_in && i < 4; i++)
        in[i + 1] = n->in[i];
    grad_give(d, n, 0, grad_with(d, OP_resize_grad, 5, in, n));
    for (int i = 1; i < 4; i++) /* extents are jumps */
        grad_give(d, n, i, NULL);
    return SPML_OK;
}
