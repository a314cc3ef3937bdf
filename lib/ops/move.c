/* SPDX-License-Identifier: MIT
 * ops: reshapes and moves whose lowering is a copy between views: reshape, flatten, squeeze, unsqueeze, transpose, expand, tile, concat, split, slice,
 * slice_grad.
 * Small integer tensors carry their elements symbolically (`known`), so shape arithmetic never runs on a device for static graphs. */
#include "ops/known.h"
#include "ops/ops.h"

#include <string.h>

/* ── reshape, flatten, squeeze, unsqueeze: the same elements in the same order ── */

static void keep_known(Node *n)
{
    if (n->out[0] && n->in[0]->n_known >= 0 && n->out[0]->type.rank <= 1) {
        n->out[0]->known = n->in[0]->known;
        n->out[0]->n_known = n->in[0]->n_known;
    }
}

SpmlCode shape_reshape(Node *n, Error *err)
{
    const Type *x = in_type(n, 0);
    const Dim *want[IR_MAX_RANK], *rest = NULL;
    int rank, infer = -1;
    Graph *g = n->graph;
    if (!known_dims(n->in[1], want, IR_MAX_RANK, &rank)) {
        const Type *s = in_type(n, 1);
        int64_t len;
        int r = s->rank == 1 && dim_lit(s->dim[0], &len) && len <= IR_MAX_RANK ? (int)len : -1;
        return shape_dynamic(n, 1, &x->dtype, &r);
    }
    const Dim *used = dim_const(g, 1), *total = dim_product(g, x->dim, x->rank);
    for (int i = 0; i < rank; i++) {
        if (dim_is(want[i], -1)) {
            if (infer >= 0)
                return shape_error(n, err, "two extents are -1");
            infer = i;
            continue;
        }
        if (dim_is(want[i], 0) && !node_int(n, "allowzero", 0)) {
            if (i >= x->rank)
                return shape_error(n, err, "extent %d is 0 (copied) but the input has %d dimensions", i, x->rank);
            want[i] = x->dim[i];
        }
        used = dim_mul(g, used, want[i]);
    }
    if (infer >= 0) {
        rest = dim_div(g, total, used);
        want[infer] = rest;
    }
    int64_t a, b;
    const Dim *made = infer >= 0 ? dim_mul(g, used, rest) : used;
    if (!made || !total || (dim_lit(made, &a) && dim_lit(total, &b) && a != b))
        return shape_error(n, err, "the element count does not fit the new shape");
    out_set(n, 0, x->dtype, rank, want);
    keep_known(n);
    return SPML_OK;
}

SpmlCode shape_flatten(Node *n, Error *err)
{
    const Type *x = in_type(n, 0);
    int64_t axis = node_int(n, "axis", 1);
    if (axis < -x->rank || axis > x->rank)
        return shape_error(n, err, "axis %lld is outside rank %d", (long long)axis, x->rank);
    int at = (int)(axis < 0 ? axis + x->rank : axis);
    const Dim *d[2] = {dim_product(n->graph, x->dim, at), dim_product(n->graph, x->dim + at, x->rank - at)};
    out_set(n, 0, x->dtype, 2, d);
    return SPML_OK;
}

/* axes: attribute, or input 1; *n_axes = -1 when neither is given. false: the input is not known. */
static bool axes_of(const Node *n, int64_t *axes, int *n_axes)
{
    int64_t count;
    const int64_t *a = node_ints(n, "axes", &count);
    *n_axes = -1;
    if (a && count <= IR_MAX_RANK) {
        memcpy(axes, a, (size_t)count * sizeof *a);
        *n_axes = (int)count;
        return true;
    }
    return !in_given(n, 1) || value_ints(n->in[1], axes, IR_MAX_RANK, n_axes);
}

SpmlCode shape_squeeze(Node *n, Error *err)
{
    const Type *x = in_type(n, 0);
    int64_t axes[IR_MAX_RANK];
    bool drop[IR_MAX_RANK] = {0};
    const Dim *d[IR_MAX_RANK];
    int n_axes, rank = 0;
    if (!axes_of(n, axes, &n_axes))
        return shape_dynamic(n, 1, &x->dtype, &(int){-1});
    for (int i = 0; i < x->rank && n_axes < 0; i++)
        if (x->dim[i]->kind != DIM_CONST) /* only the run tells whether it is 1 */
            return shape_dynamic(n, 1, &x->dtype, &(int){-1});
    for (int i = 0; i < n_axes; i++) {
        int at;
        if (!axis_normalise(axes[i], x->rank, &at))
            return shape_error(n, err, "axis %lld is outside rank %d", (long long)axes[i], x->rank);
        if (x->dim[at]->kind == DIM_CONST && !dim_is(x->dim[at], 1))
            return shape_error(n, err, "dimension %d is %lld, not 1", at, (long long)x->dim[at]->value);
        drop[at] = true;
    }
    for (int i = 0; i < x->rank; i++)
        if (!(n_axes < 0 ? dim_is(x->dim[i], 1) : drop[i]))
            d[rank++] = x->dim[i];
    out_set(n, 0, x->dtype, rank, d);
    keep_known(n);
    return SPML_OK;
}

SpmlCode shape_unsqueeze(Node *n, Error *err)
{
    const Type *x = in_type(n, 0);
    int64_t axes[IR_MAX_RANK], len;
    const Dim *d[IR_MAX_RANK] = {0};
    int n_axes;
    if (!axes_of(n, axes, &n_axes) || n_axes < 0) {
        const Type *s = in_type(n, 1);
        int r = s && s->rank == 1 && dim_lit(s->dim[0], &len) && len >= 0 && len <= IR_MAX_RANK - x->rank ? (int)len + x->rank : -1;
        return shape_dynamic(n, 1, &x->dtype, &r);
    }
    int rank = x->rank + n_axes;
    if (rank > IR_MAX_RANK)
        return shape_error(n, err, "more than %d dimensions", IR_MAX_RANK);
    for (int i = 0; i < n_axes; i++) {
        int at;
        if (!axis_normalise(axes[i], rank, &at) || d[at])
            return shape_error(n, err, "axis %lld is outside rank %d, or given twice", (long long)axes[i], rank);
        d[at] = dim_const(n->graph, 1);
    }
    for (int i = 0, k = 0; i < rank; i++)
        if (!d[i])
            d[i] = x->dim[k++];
    out_set(n, 0, x->dtype, rank, d);
    keep_known(n);
    return SPML_OK;
}

SpmlCode lower_reshape(Lower *l, Node *n, Error *err)
{
    Operand x = lower_value(l, n->in[0]), y = lower_value(l, n->out[0]);
    return lower_copy(l, view_reshape(l, x, y.rank, y.dim), y, err);
}

/* ── transpose ── */

static SpmlCode perm_of(const Node *n, int rank, int *perm, Error *err)
{
    int64_t count;
    const int64_t *p = node_ints(n, "perm", &count);
    unsigned seen = 0;
    for (int i = 0; i < rank; i++) {
        int64_t v = p ? (i < count ? p[i] : -1) : rank - 1 - i;
        v += v < 0 && p && i < count ? rank : 0;
        if (v < 0 || v >= rank || (p && count != rank) || seen >> v & 1)
            return shape_error(n, err, "perm is not a permutation of %d dimensions", rank);
        seen |= 1u << v;
        perm[i] = (int)v;
    }
    return SPML_OK;
}

SpmlCode shape_transpose(Node *n, Error *err)
{
    const Type *x = in_type(n, 0);
    int perm[IR_MAX_RANK];
    const Dim *d[IR_MAX_RANK];
    SpmlCode code = perm_of(n, x->rank, perm, err);
    for (int i = 0; i < x->rank && !code; i++)
        d[i] = x->dim[perm[i]];
    if (!code)
        out_set(n, 0, x->dtype, x->rank, d);
    return code;
}

SpmlCode lower_transpose(Lower *l, Node *n, Error *err)
{
    int perm[IR_MAX_RANK];
    SpmlCode code = perm_of(n, n->in[0]->type.rank, perm, err);
    return code ? code : lower_copy(l, view_permute(l, lower_value(l, n->in[0]), perm), lower_value(l, n->out[0]), err);
}

/* ── expand, tile ── */

SpmlCode shape_expand(Node *n, Error *err)
{
    const Type *x = in_type(n, 0);
    const Dim *want[IR_MAX_RANK], *d[IR_MAX_RANK];
    int rank, out_rank;
    if (!known_dims(n->in[1], want, IR_MAX_RANK, &rank)) {
        const Type *s = in_type(n, 1);
        int64_t len;
        int r = s->rank == 1 && dim_lit(s->dim[0], &len) && len <= IR_MAX_RANK ? (x->rank > len ? x->rank : (int)len) : -1;
        return shape_dynamic(n, 1, &x->dtype, &r);
    }
    Type t = {.kind = TYPE_TENSOR, .rank = rank, .dim = want};
    SpmlCode code = broadcast_dims(n, err, 2, (const Type *const[]){x, &t}, &out_rank, d);
    if (!code)
        out_set(n, 0, x->dtype, out_rank, d);
    return code;
}

SpmlCode lower_expand(Lower *l, Node *n, Error *err)
{
    Operand y = lower_value(l, n->out[0]);
    return lower_copy(l, view_expand(l, lower_value(l, n->in[0]), y.rank, y.dim), y, err);
}

SpmlCode shape_tile(Node *n, Error *err)
{
    const Type *x = in_type(n, 0);
    const Dim *rep[IR_MAX_RANK], *d[IR_MAX_RANK];
    int count;
    if (!known_dims(n->in[1], rep, IR_MAX_RANK, &count))
        return shape_dynamic(n, 1, &x->dtype, &x->rank);
    if (count != x->rank)
        return shape_error(n, err, "%d repeats for %d dimensions", count, x->rank);
    for (int i = 0; i < x->rank; i++)
        d[i] = dim_mul(n->graph, x->dim[i], rep[i]);
    out_set(n, 0, x->dtype, x->rank, d);
    return SPML_OK;
}

/* y[r0, i0, r1, i1, …] = x[i0, i1, …]: the output seen with each dimension split, the input expanded. */
SpmlCode lower_tile(Lower *l, Node *n, Error *err)
{
    Operand x = lower_value(l, n->in[0]), y = lower_value(l, n->out[0]);
    const Dim *d[IR_MAX_RANK], *rep[IR_MAX_RANK];
    int count, rank = 0;
    Operand from = x;
    if (!known_dims(n->in[1], rep, IR_MAX_RANK, &count))
        return lower_unsupported(n, err, "repeats are not known");
    from.rank = 0;
    for (int i = 0; i < x.rank; i++) {
        bool once = dim_is(rep[i], 1);
        if (rank + 2 > IR_MAX_RANK)
            return lower_unsupported(n, err, "more than 8 tiled dimensions");
        if (!once) {
            d[rank] = rep[i];
            from.dim[rank] = rep[i];
            from.stride[rank++] = dim_const(lower_graph(l), 0);
        }
        d[rank] = x.dim[i];
        from.dim[rank] = x.dim[i];
        from.stride[rank++] = x.stride[i];
    }
    from.rank = rank;
    return lower_copy(l, from, view_reshape(l, y, rank, d), err);
}

/* ── concat, split ── */

SpmlCode shape_concat(Node *n, Error *err)
{
    const Type *x = in_type(n, 0);
    const Dim *d[IR_MAX_RANK];
    int axis;
    SpmlCode code = axis_get(n, "axis", 1, x->rank, &axis, err);
    if (code)
        return code;
    memcpy(d, x->dim, (size_t)x->rank * sizeof *d);
    for (int i = 1; i < n->n_in; i++) {
        const Type *t = in_type(n, i);
        if (!t || t->rank != x->rank || t->dtype != x->dtype)
            return shape_error(n, err, "input %d has another rank or type", i);
        for (int k = 0; k < x->rank; k++) {
            if (k != axis && t->dim[k]->kind == DIM_CONST && d[k]->kind == DIM_CONST && t->dim[k] != d[k])
                return shape_error(n, err, "input %d: dimension %d is %lld, wants %lld", i, k, (long long)t->dim[k]->value, (long long)d[k]->value);
            if (k != axis && t->dim[k]->kind == DIM_CONST)
                d[k] = t->dim[k];
        }
        d[axis] = dim_add(n->graph, d[axis], t->dim[axis]);
    }
    out_set(n, 0, x->dtype, x->rank, d);
    if (x->rank == 1)
        known_concat(n);
    return SPML_OK;
}

SpmlCode lower_concat(Lower *l, Node *n, Error *err)
{
    Operand y = lower_value(l, n->out[0]);
    const Dim *at = dim_const(lower_graph(l), 0);
    int axis;
    SpmlCode code = axis_get(n, "axis", 1, y.rank, &axis, err);
    for (int i = 0; i < n->n_in && !code; i++) {
        Operand x = lower_value(l, n->in[i]);
        if (!dim_is(x.dim[axis], 0) || (!i && dim_is(y.dim[axis], 0))) /* a whole of empty parts is made too */
            code = lower_copy(l, x, view_slice(l, y, axis, at, x.dim[axis], 1), err);
        at = dim_add(lower_graph(l), at, x.dim[axis]);
    }
    return code;
}

/* Extents of the parts along axis. false: they depend on data. */
static bool split_parts(Node *n, const Dim *total, const Dim **part, Error *err, SpmlCode *code)
{
    int64_t count, lit;
    const int64_t *sizes = node_ints(n, "split", &count);
    int n_known;
    Graph *g = n->graph;
    *code = SPML_OK;
    if (n->n_out > 256)
        return *code = shape_error(n, err, "more than 256 parts"), true;
    if (in_given(n, 1)) {
        if (!known_dims(n->in[1], part, 256, &n_known))
            return false;
        if (n_known != n->n_out)
            *code = shape_error(n, err, "%d sizes for %d outputs", n_known, n->n_out);
        return true;
    }
    for (int i = 0; i < n->n_out && sizes; i++) {
        if (count != n->n_out)
            return *code = shape_error(n, err, "%lld sizes for %d outputs", (long long)count, n->n_out), true;
        part[i] = dim_const(g, sizes[i]);
    }
    if (sizes)
        return true;
    /* equal parts, the last ones shorter or empty where they do not come out even; a symbolic extent is taken to do so */
    const Dim *each = dim_ceil_div(g, total, dim_const(g, n->n_out));
    for (int i = 0; i < n->n_out; i++) {
        part[i] = each;
        if (dim_lit(total, &lit) && lit % n->n_out)
            part[i] = dim_make(g, DIM_MIN, each, dim_make(g, DIM_MAX, dim_sub(g, total, dim_mul(g, each, dim_const(g, i))), dim_const(g, 0)));
    }
    return true;
}

SpmlCode shape_split(Node *n, Error *err)
{
    const Type *x = in_type(n, 0);
    const Dim *part[256], *d[IR_MAX_RANK];
    int axis;
    SpmlCode code = axis_get(n, "axis", 0, x->rank, &axis, err);
    if (code)
        return code;
    if (!split_parts(n, x->dim[axis], part, err, &code)) {
        DType types[256];
        int ranks[256];
        for (int i = 0; i < n->n_out; i++) {
            types[i] = x->dtype;
            ranks[i] = x->rank;
        }
        return shape_dynamic(n, n->n_out, types, ranks);
    }
    memcpy(d, x->dim, (size_t)x->rank * sizeof *d);
    for (int i = 0; i < n->n_out && !code; i++) {
        d[axis] = part[i];
        if (!part[i] || (part[i]->kind == DIM_CONST && part[i]->value < 0))
            return shape_error(n, err, "part %d has a negative size", i);
        out_set(n, i, x->dtype, x->rank, d);
    }
    return code;
}

SpmlCode lower_split(Lower *l, Node *n, Error *err)
{
    Operand x = lower_value(l, n->in[0]);
    const Dim *at = dim_const(lower_graph(l), 0), *part[256];
    int axis;
    SpmlCode code = axis_get(n, "axis", 0, x.rank, &axis, err), split;
    if (code || !split_parts(n, x.dim[axis], part, err, &split) || split)
        return code ? code : split ? split : lower_unsupported(n, err, "sizes are not known");
    for (int i = 0; i < n->n_out && !code; i++) {
        if (n->out[i])
            code = lower_copy(l, view_slice(l, x, axis, at, part[i], 1), lower_value(l, n->out[i]), err);
        at = dim_add(lower_graph(l), at, part[i]);
    }
    return code;
}

/* ── slice(x, starts, ends, axes?, steps?) ── */

typedef struct SliceAxis { const Dim *start, *len; int64_t step; } SliceAxis;

static const Dim *clamp_dim(Graph *g, const Dim *v, const Dim *lo, const Dim *hi)
{
    return dim_make(g, DIM_MIN, dim_make(g, DIM_MAX, v, lo), hi);
}

/* One bound: negative counts from the end; clamped to [lo, hi]. A symbolic bound is taken to be non-negative. */
static const Dim *slice_bound(Graph *g, const Dim *v, const Dim *extent, const Dim *lo, const Dim *hi)
{
    int64_t x;
    if (dim_lit(v, &x)) {
        if (x >= (int64_t)1 << 31)
            return hi;
        if (x < -((int64_t)1 << 31))
            return lo;
        if (x < 0)
            v = dim_add(g, extent, v);
        else if (x == 0 && dim_is(lo, 0))
            return lo;
    }
    if (v == hi || v == lo)
        return v;
    return clamp_dim(g, v, lo, hi);
}

static void slice_axis(Graph *g, const Dim *extent, const Dim *start, const Dim *end, int64_t step, SliceAxis *out)
{
    const Dim *zero = dim_const(g, 0), *one = dim_const(g, 1), *s, *e;
    if (step > 0) {
        s = slice_bound(g, start, extent, zero, extent);
        e = slice_bound(g, end, extent, zero, extent);
        const Dim *span = dim_sub(g, e, s);
        out->len = step == 1 ? span : dim_ceil_div(g, span, dim_const(g, step));
    } else {
        s = slice_bound(g, start, extent, zero, dim_sub(g, extent, one));
        e = slice_bound(g, end, extent, dim_const(g, -1), dim_sub(g, extent, one));
        out->len = dim_ceil_div(g, dim_sub(g, s, e), dim_const(g, -step));
    }
    bool whole = s == zero || e == extent; /* then the length cannot be negative */
    if (!whole || out->len->kind == DIM_CONST)
        out->len = dim_make(g, DIM_MAX, out->len, zero);
    out->start = s;
    out->step = step;
}

/* Inputs 1 to 4 of n as a slice of x. */
static bool slice_axes(Node *n, const Type *x, SliceAxis *axes, Error *err, SpmlCode *code)
{
    const Dim *starts[IR_MAX_RANK], *ends[IR_MAX_RANK];
    int64_t at[IR_MAX_RANK], step[IR_MAX_RANK];
    int ns, ne, na = 0, nt = 0;
    Graph *g = n->graph;
    *code = SPML_OK;
    if (!known_dims(n->in[1], starts, IR_MAX_RANK, &ns) || !known_dims(n->in[2], ends, IR_MAX_RANK, &ne))
        return false;
    if ((in_given(n, 3) && !value_ints(n->in[3], at, IR_MAX_RANK, &na)) || (in_given(n, 4) && !value_ints(n->in[4], step, IR_MAX_RANK, &nt)))
        return false;
    if (ns != ne || (in_given(n, 3) && na != ns) || (in_given(n, 4) && nt != ns) || ns > x->rank)
        return *code = shape_error(n, err, "starts, ends, axes and steps have different lengths"), true;
    for (int i = 0; i < x->rank; i++)
        axes[i] = (SliceAxis){dim_const(g, 0), x->dim[i], 1};
    for (int i = 0; i < ns; i++) {
        int axis;
        int64_t st = in_given(n, 4) ? step[i] : 1;
        if (!axis_normalise(in_given(n, 3) ? at[i] : i, x->rank, &axis))
            return *code = shape_error(n, err, "axis %lld is outside rank %d", (long long)at[i], x->rank), true;
        if (st == 0)
            return *code = shape_error(n, err, "a step is 0"), true;
        if (st == INT64_MIN)
            return *code = shape_error(n, err, "a step is out of range"), true;
        slice_axis(g, x->dim[axis], starts[i], ends[i], st, &axes[axis]);
    }
    return true;
}

SpmlCode shape_slice(Node *n, Error *err)
{
    const Type *x = in_type(n, 0);
    SliceAxis axes[IR_MAX_RANK];
    const Dim *d[IR_MAX_RANK];
    SpmlCode code;
    if (!slice_axes(n, x, axes, err, &code))
        return shape_dynamic(n, 1, &x->dtype, &x->rank);
    if (code)
        return code;
    for (int i = 0; i < x->rank; i++)
        d[i] = axes[i].len;
    out_set(n, 0, x->dtype, x->rank, d);
    if (x->rank == 1)
        known_slice(n, axes[0].start, axes[0].step);
    return SPML_OK;
}

SpmlCode lower_slice(Lower *l, Node *n, Error *err)
{
    SliceAxis axes[IR_MAX_RANK];
    Operand x = lower_value(l, n->in[0]);
    SpmlCode code;
    if (!slice_axes(n, in_type(n, 0), axes, err, &code) || code)
        return code ? code : lower_unsupported(n, err, "bounds are not known");
    for (int i = 0; i < x.rank; i++)
        x = view_slice(l, x, i, axes[i].start, axes[i].len, axes[i].step);
    return lower_copy(l, x, lower_value(l, n->out[0]), err);
}

/* ── slice_grad(g, starts, ends, axes?, steps?, extents): zeros of these extents with g where the slice is ── */

static bool sliced_type(Node *n, const Dim **d, Type *t)
{
    *t = (Type){.kind = TYPE_TENSOR, .dtype = in_type(n, 0)->dtype, .dim = d};
    return known_dims(n->in[5], d, IR_MAX_RANK, &t->rank);
}

SpmlCode shape_slice_grad(Node *n, Error *err)
{
    SliceAxis axes[IR_MAX_RANK];
    const Dim *d[IR_MAX_RANK];
    Type t;
    SpmlCode code;
    if (!in_given(n, 5))
        return shape_error(n, err, "input 5 is missing");
    if (!sliced_type(n, d, &t) || !slice_axes(n, &t, axes, err, &code))
        return shape_dynamic(n, 1, &t.dtype, &in_type(n, 0)->rank);
    if (!code && t.rank != in_type(n, 0)->rank)
        code = shape_error(n, err, "rank %d, %d is wanted", in_type(n, 0)->rank, t.rank);
    if (!code)
        out_set(n, 0, t.dtype, t.rank, d);
    return code;
}

SpmlCode lower_slice_grad(Lower *l, Node *n, Error *err)
{
    SliceAxis axes[IR_MAX_RANK];
    Operand x = lower_value(l, n->in[0]), y = lower_value(l, n->out[0]);
    SpmlCode code = SPML_OK;
    if (!slice_axes(n, &n->out[0]->type, axes, err, &code) || code)
        return code ? code : lower_unsupported(n, err, "bounds are not known");
    code = lower_fill(l, y, 0, err);
    for (int i = 0; i < y.rank; i++)
        y = view_slice(l, y, i, axes[i].start, x.dim[i], axes[i].step);
    return code ? code : lower_copy(l, x, y, err);
}
