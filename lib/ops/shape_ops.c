/* SPDX-License-Identifier: MIT
 * ops: tensors made of extents (shape, size, constant_of_shape, range, eye_like, one_hot) and moves by arithmetic on indices (pad, center_crop_pad, trilu,
 * depth_to_space, space_to_depth, reverse_sequence): shape rules and lowerings. Kernels are in kernels/move.k. */
#include "ops/known.h"
#include "ops/moves.h"

#include <string.h>

/* ── known values on the device ── */

/* An output whose elements are known symbolically, written element by element. */
SpmlCode lower_known(Lower *l, Node *n, Error *err)
{
    const Value *v = n->out[0];
    Operand y = lower_value(l, n->out[0]);
    SpmlCode code = v->n_known < 0 ? lower_unsupported(n, err, "its value is not known") : SPML_OK;
    for (int i = 0; i < v->n_known && !code; i++) {
        Operand at = y.rank ? view_slice(l, y, 0, dim_const(lower_graph(l), i), dim_const(lower_graph(l), 1), 1) : y;
        code = lower_call(l, &(CallSpec){.kernel = "fill", .types = {{"T", y.type}}, .args = {at}, .n_args = 1, .scalars = {scalar_dim(v->known[i])}, .n_scalars = 1}, err);
    }
    return code;
}

static int64_t clamp_axis(int64_t a, int rank)
{
    a += a < 0 ? rank : 0;
    return a < 0 ? 0 : a > rank ? rank : a;
}

SpmlCode shape_shape(Node *n, Error *err)
{
    (void)err;
    const Type *x = in_type(n, 0);
    int64_t start = clamp_axis(node_int(n, "start", 0), x->rank), end = clamp_axis(node_int(n, "end", INT32_MAX), x->rank);
    int64_t len = end > start ? end - start : 0;
    const Dim *d = dim_const(n->graph, len);
    out_set(n, 0, DT_i64, 1, &d);
    known_set(n, (int)len, x->dim + start);
    return SPML_OK;
}

SpmlCode shape_size(Node *n, Error *err)
{
    (void)err;
    const Type *x = in_type(n, 0);
    const Dim *count = dim_product(n->graph, x->dim, x->rank);
    out_set(n, 0, DT_i64, 0, NULL);
    known_set(n, 1, &count);
    return SPML_OK;
}

/* ── constant_of_shape ── */

static const Value *fill_value(const Node *n)
{
    const Attr *a = node_find(n, "value");
    return a && a->kind == ATTR_TENSOR && a->tensor->data ? a->tensor : NULL;
}

SpmlCode shape_constant_of_shape(Node *n, Error *err)
{
    const Value *v = fill_value(n);
    DType t = v ? v->type.dtype : DT_f32;
    const Dim *d[IR_MAX_RANK], *same[256];
    int64_t len, x;
    int rank, one;
    if (!known_dims(n->in[0], d, IR_MAX_RANK, &rank)) {
        const Type *s = in_type(n, 0);
        int r = s->rank == 1 && dim_lit(s->dim[0], &len) && len <= IR_MAX_RANK ? (int)len : -1;
        return shape_dynamic(n, 1, &t, &r);
    }
    for (int i = 0; i < rank; i++)
        if (dim_lit(d[i], &len) && len < 0)
            return shape_error(n, err, "extent %d is %lld", i, (long long)len);
    out_set(n, 0, t, rank, d);
    if (rank != 1 || !dim_lit(d[0], &len) || len > 256 || !dtype_is_int(t) || !v || !value_ints(v, &x, 1, &one))
        return SPML_OK;
    for (int i = 0; i < len; i++)
        same[i] = dim_const(n->graph, x);
    known_set(n, (int)len, same);
    return SPML_OK;
}

SpmlCode lower_constant_of_shape(Lower *l, Node *n, Error *err)
{
    const Value *v = fill_value(n);
    Operand y = lower_value(l, n->out[0]);
    if (!v)
        return lower_fill(l, y, 0, err);
    if (v->data->sz < dtype_info[y.type].bytes || y.type == DT_string)
        return lower_unsupported(n, err, "a value of %zu bytes of %s", v->data->sz, dtype_name(y.type));
    CallScalar c = dtype_is_float(y.type) ? scalar_f(dtype_get_f64(y.type, v->data->p, 0)) : scalar_i(dtype_get_i64(y.type, v->data->p, 0));
    return lower_call(l, &(CallSpec){.kernel = "fill", .types = {{"T", y.type}}, .args = {y}, .n_args = 1, .scalars = {c}, .n_scalars = 1}, err);
}

/* ── range ── */

/* The number of items when all three are known integers. NULL: only the run will tell. */
static const Dim *range_length(const Node *n, const Dim **start, int64_t *delta)
{
    Graph *g = n->graph;
    const Dim *limit, *span;
    int one;
    if (!known_dims(n->in[0], start, 1, &one) || one != 1 || !known_dims(n->in[1], &limit, 1, &one) || one != 1 || !value_ints(n->in[2], delta, 1, &one) || one != 1 || *delta == 0 || *delta == INT64_MIN)
        return NULL;
    span = *delta > 0 ? dim_sub(g, limit, *start) : dim_sub(g, *start, limit);
    return dim_make(g, DIM_MAX, dim_ceil_div(g, span, dim_const(g, *delta > 0 ? *delta : -*delta)), dim_const(g, 0));
}

SpmlCode shape_range(Node *n, Error *err)
{
    const Dim *start, *d[256], *len;
    DType t = n->in[0]->type.dtype;
    int64_t delta = 0, count;
    for (int i = 0; i < 3; i++)
        if (n->in[i]->type.dtype != t)
            return shape_error(n, err, "start, limit and delta have different types");
    len = range_length(n, &start, &delta);
    if (!len) {
        Sym *s = graph_data_sym(n->graph, NULL);
        if (!s)
            return error_oom(err);
        len = dim_sym(n->graph, s);
        out_set(n, 0, t, 1, &len);
        return SPML_OK;
    }
    out_set(n, 0, t, 1, &len);
    if (!dim_lit(len, &count) || count > 256)
        return SPML_OK;
    for (int64_t i = 0; i < count; i++)
        d[i] = dim_add(n->graph, start, dim_mul(n->graph, dim_const(n->graph, i), dim_const(n->graph, delta)));
    known_set(n, (int)count, d);
    return SPML_OK;
}

SpmlCode lower_range(Lower *l, Node *n, Error *err)
{
    Operand y = lower_value(l, n->out[0]);
    Graph *g = lower_graph(l);
    const Dim *start, *one = dim_const(g, 1);
    int64_t delta;
    SpmlCode code = SPML_OK;
    if (range_length(n, &start, &delta) != y.dim[0]) { /* not known, or not yet when its type was made: folding came between */
        Operand count = lower_value(l, lower_temp(l, DT_i64, 1, &one));
        if (y.dim[0]->kind != DIM_SYM)
            return lower_unsupported(n, err, "its length is not known");
        code = lower_call(l, &(CallSpec){.kernel = dtype_is_float(y.type) ? "range_count_float" : "range_count_int", .types = {{"T", y.type}}, .args = {count}, .n_args = 1,
                                         .scalars = {scalar_value(n->in[0]), scalar_value(n->in[1]), scalar_value(n->in[2])}, .n_scalars = 3}, err);
        if (!code)
            code = lower_bind(l, (Sym *)y.dim[0]->sym, count, err);
    }
    return code ? code : lower_call(l, &(CallSpec){.kernel = "range", .types = {{"T", y.type}}, .args = {y}, .n_args = 1,
                                                   .scalars = {scalar_value(n->in[0]), scalar_value(n->in[2])}, .n_scalars = 2}, err);
}

/* ── eye_like, one_hot, trilu ── */

SpmlCode shape_eye_like(Node *n, Error *err)
{
    const Type *x = in_type(n, 0);
    if (x->rank != 2)
        return shape_error(n, err, "rank %d, not 2", x->rank);
    out_set(n, 0, node_dtype(n, "to", x->dtype), 2, x->dim);
    return SPML_OK;
}

SpmlCode lower_eye_like(Lower *l, Node *n, Error *err)
{
    Operand y = lower_value(l, n->out[0]);
    return lower_call(l, &(CallSpec){.kernel = "eye", .types = {{"T", y.type}}, .args = {y}, .n_args = 1, .scalars = {scalar_i(node_int(n, "k", 0))}, .n_scalars = 1}, err);
}

static bool one_hot_depth(const Node *n, const Dim **depth)
{
    double f;
    int count;
    if (known_dims(n->in[1], depth, 1, &count))
        return count == 1;
    if (!value_floats(n->in[1], &f, 1, &count) || count != 1 || !(f >= 0 && f < 9e15))
        return false;
    *depth = dim_const(n->graph, (int64_t)f);
    return true;
}

SpmlCode shape_one_hot(Node *n, Error *err)
{
    const Type *x = in_type(n, 0), *v = in_type(n, 2);
    const Dim *d[IR_MAX_RANK + 1], *depth;
    int axis, rank = x->rank + 1;
    SpmlCode code = axis_get(n, "axis", -1, rank, &axis, err);
    if (!code && rank > IR_MAX_RANK)
        code = shape_error(n, err, "more than %d dimensions", IR_MAX_RANK);
    if (code)
        return code;
    if (!one_hot_depth(n, &depth))
        return shape_dynamic(n, 1, &v->dtype, &rank);
    for (int i = 0; i < rank; i++)
        d[i] = i < axis ? x->dim[i] : i == axis ? depth : x->dim[i - 1];
    out_set(n, 0, v->dtype, rank, d);
    return SPML_OK;
}

SpmlCode lower_one_hot(Lower *l, Node *n, Error *err)
{
    int axis;
    Operand x = lower_value(l, n->in[0]), v = lower_value(l, n->in[2]), y = lower_value(l, n->out[0]);
    SpmlCode code = axis_get(n, "axis", -1, y.rank, &axis, err);
    if (!code)
        code = move_check(n, v.type, err);
    if (code)
        return code;
    v = view_cast(l, v, move_type(v.type));
    y = view_around(l, view_cast(l, y, v.type), axis);
    x = view_reshape(l, x, 2, (const Dim *[]){y.dim[0], y.dim[2]});
    return lower_call(l, &(CallSpec){.kernel = "one_hot", .types = {{"T", v.type}, {"I", x.type}}, .args = {x, v, y}, .n_args = 3}, err);
}

SpmlCode shape_trilu(Node *n, Error *err)
{
    const Type *x = in_type(n, 0);
    if (x->rank < 2)
        return shape_error(n, err, "rank %d, at least 2 is wanted", x->rank);
    out_set(n, 0, x->dtype, x->rank, x->dim);
    return SPML_OK;
}

SpmlCode lower_trilu(Lower *l, Node *n, Error *err)
{
    Operand x = lower_value(l, n->in[0]), y = lower_value(l, n->out[0]);
    Graph *g = lower_graph(l);
    SpmlCode code = move_check(n, x.type, err);
    if (code)
        return code;
    const Dim *d[3] = {dim_product(g, x.dim, x.rank - 2), x.dim[x.rank - 2], x.dim[x.rank - 1]};
    x = view_reshape(l, view_cast(l, x, move_type(x.type)), 3, d);
    y = view_reshape(l, view_cast(l, y, x.type), 3, d);
    return lower_call(l, &(CallSpec){.kernel = "trilu", .types = {{"T", x.type}}, .consts = {{"UPPER", dim_const(g, node_int(n, "upper", 1) != 0)}}, .args = {x, y}, .n_args = 2,
                                     .scalars = {in_given(n, 1) ? scalar_value(n->in[1]) : scalar_i(0)}, .n_scalars = 1}, err);
}

/* ── pad(x, pads, value?, axes?) ── */

typedef struct PadAxes { const Dim *lo[IR_MAX_RANK], *hi[IR_MAX_RANK]; } PadAxes;

static bool pad_axes(const Node *n, PadAxes *p, SpmlCode *code, Error *err)
{
    const Dim *d[2 * IR_MAX_RANK];
    int64_t axes[IR_MAX_RANK];
    int count, n_axes, rank = n->in[0]->type.rank;
    *code = SPML_OK;
    if (!known_dims(n->in[1], d, 2 * IR_MAX_RANK, &count) || (in_given(n, 3) && !value_ints(n->in[3], axes, IR_MAX_RANK, &n_axes)))
        return false;
    if (!in_given(n, 3))
        n_axes = rank;
    if (count != 2 * n_axes)
        return *code = shape_error(n, err, "%d pads for %d axes", count, n_axes), true;
    for (int i = 0; i < rank; i++)
        p->lo[i] = p->hi[i] = dim_const(n->graph, 0);
    for (int i = 0; i < n_axes; i++) {
        int at = i;
        if (in_given(n, 3) && !axis_normalise(axes[i], rank, &at))
            return *code = shape_error(n, err, "axis %lld is outside rank %d", (long long)axes[i], rank), true;
        p->lo[at] = d[i];
        p->hi[at] = d[n_axes + i];
    }
    return true;
}

SpmlCode shape_pad(Node *n, Error *err)
{
    const Type *x = in_type(n, 0);
    const Dim *d[IR_MAX_RANK];
    PadAxes p;
    SpmlCode code;
    int64_t len;
    if (!pad_axes(n, &p, &code, err))
        return shape_dynamic(n, 1, &x->dtype, &x->rank);
    for (int i = 0; i < x->rank && !code; i++) {
        d[i] = dim_add(n->graph, dim_add(n->graph, x->dim[i], p.lo[i]), p.hi[i]);
        if (!d[i] || (dim_lit(d[i], &len) && len < 0))
            code = shape_error(n, err, "axis %d: the pads leave a negative extent", i);
    }
    if (!code)
        out_set(n, 0, x->dtype, x->rank, d);
    return code;
}

/* y[i] = x[i - lo], `fill` outside */
static SpmlCode pad_constant(Lower *l, Operand x, Operand y, const Dim *const *lo, CallScalar fill, Error *err)
{
    CallSpec c = {.kernel = "pad", .types = {{"T", x.type}}, .ranks = {{"LO", x.rank}, {"STEP", x.rank}}, .args = {x, y}, .n_args = 2};
    for (int i = 0; i < x.rank; i++) {
        c.scalars[c.n_scalars + i] = scalar_dim(lo[i]);
        c.scalars[c.n_scalars + x.rank + i] = scalar_i(1);
    }
    c.n_scalars = 2 * x.rank;
    c.scalars[c.n_scalars++] = fill;
    return lower_call(l, &c, err);
}

static SpmlCode pad_by_index(Lower *l, Operand x, Operand y, const PadAxes *p, const char *fn, Error *err)
{
    const Dim *d[IR_MAX_RANK];
    int last = -1;
    SpmlCode code = SPML_OK;
    memcpy(d, x.dim, sizeof d);
    for (int i = 0; i < x.rank; i++)
        if (!dim_is(p->lo[i], 0) || !dim_is(p->hi[i], 0))
            last = i;
    for (int i = 0; i <= last && !code; i++) {
        if (dim_is(p->lo[i], 0) && dim_is(p->hi[i], 0))
            continue;
        d[i] = y.dim[i];
        Operand to = i == last ? y : lower_value(l, lower_temp(l, x.type, x.rank, d));
        code = lower_call(l, &(CallSpec){.kernel = "pad_axis", .types = {{"T", x.type}}, .fns = {{"f", fn}}, .args = {view_around(l, x, i), view_around(l, to, i)}, .n_args = 2,
                                         .scalars = {scalar_dim(p->lo[i])}, .n_scalars = 1}, err);
        x = to;
    }
    return code || last >= 0 ? code : lower_copy(l, x, y, err);
}

/* ── the same by copies: the middle first, then the borders of each axis from the last on, out of y itself ── */

typedef enum PadMode { PAD_REFLECT, PAD_EDGE, PAD_WRAP } PadMode;

/* Literal, non-negative pads that one extent can serve. */
static bool pad_copies(Operand x, const PadAxes *p, PadMode mode)
{
    for (int i = 0; i < x.rank; i++) {
        int64_t lo, hi, d;
        if (!dim_lit(p->lo[i], &lo) || !dim_lit(p->hi[i], &hi) || !dim_lit(x.dim[i], &d))
            return false;
        int64_t most = lo > hi ? lo : hi, room = mode == PAD_REFLECT ? d - 1 : mode == PAD_WRAP ? d : d > 0 ? INT64_MAX : 0;
        if (lo < 0 || hi < 0 || most > room)
            return false;
    }
    return true;
}

/* len positions of axis i of the region from `to` on, taken from `from` on in direction step (0: one position again and again). */
static SpmlCode pad_border(Lower *l, Operand region, int i, int64_t to, int64_t from, int64_t step, int64_t len, Error *err)
{
    Graph *g = lower_graph(l);
    if (len == 0)
        return SPML_OK;
    Operand src = view_slice(l, region, i, dim_const(g, from), dim_const(g, len), step);
    return lower_copy(l, src, view_slice(l, region, i, dim_const(g, to), dim_const(g, len), 1), err);
}

static SpmlCode pad_by_copy(Lower *l, Operand x, Operand y, const PadAxes *p, PadMode mode, Error *err)
{
    Operand middle = y;
    for (int i = 0; i < x.rank; i++)
        middle = view_slice(l, middle, i, p->lo[i], x.dim[i], 1);
    SpmlCode code = lower_copy(l, x, middle, err);
    for (int i = x.rank - 1; i >= 0 && !code; i--) {
        int64_t lo = p->lo[i]->value, hi = p->hi[i]->value, d = x.dim[i]->value;
        static const int steps[] = {-1, 0, 1};
        const int64_t low[] = {2 * lo, lo, d}, high[] = {lo + d - 2, lo + d - 1, lo};
        Operand region = y; /* the middle of earlier axes, all of later ones */
        for (int k = 0; k < i; k++)
            region = view_slice(l, region, k, p->lo[k], x.dim[k], 1);
        code = pad_border(l, region, i, 0, low[mode], steps[mode], lo, err);
        if (!code)
            code = pad_border(l, region, i, lo + d, high[mode], steps[mode], hi, err);
    }
    return code;
}

SpmlCode lower_pad(Lower *l, Node *n, Error *err)
{
    static const char *const modes[][2] = {{"reflect", "at_reflect"}, {"edge", "at_edge"}, {"wrap", "at_wrap"}};
    Operand x = lower_value(l, n->in[0]), y = lower_value(l, n->out[0]);
    const char *mode = node_str(n, "mode", "constant");
    PadAxes p;
    SpmlCode code = move_check(n, x.type, err);
    if (code || !pad_axes(n, &p, &code, err) || code)
        return code ? code : lower_unsupported(n, err, "pads are not known");
    if (!strcmp(mode, "constant"))
        return pad_constant(l, x, y, p.lo, in_given(n, 2) ? scalar_value(n->in[2]) : scalar_i(0), err);
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (!strcmp(mode, modes[i][0])) {
            Operand from = view_cast(l, x, move_type(x.type)), to = view_cast(l, y, move_type(x.type));
            return pad_copies(x, &p, (PadMode)i) ? pad_by_copy(l, from, to, &p, (PadMode)i, err) : pad_by_index(l, from, to, &p, modes[i][1], err);
        }
    return lower_unsupported(n, err, "mode '%.40s'", mode);
}

/* ── center_crop_pad ── */

/* lo[i]: elements before (negative: cut). */
static bool center_axes(const Node *n, const Dim **want, const Dim **lo, SpmlCode *code, Error *err)
{
    const Type *x = in_type(n, 0);
    Graph *g = n->graph;
    const Dim *d[IR_MAX_RANK], *zero = dim_const(g, 0), *two = dim_const(g, 2);
    int count;
    int64_t n_axes;
    const int64_t *axes = node_ints(n, "axes", &n_axes);
    *code = SPML_OK;
    if (!known_dims(n->in[1], d, IR_MAX_RANK, &count))
        return false;
    if (count != (axes ? n_axes : x->rank))
        return *code = shape_error(n, err, "%d extents for %d axes", count, axes ? (int)n_axes : x->rank), true;
    for (int i = 0; i < x->rank; i++) {
        want[i] = x->dim[i];
        lo[i] = zero;
    }
    for (int i = 0; i < count; i++) {
        int at;
        if (!axis_normalise(axes ? axes[i] : i, x->rank, &at))
            return *code = shape_error(n, err, "axis %lld is outside rank %d", (long long)axes[i], x->rank), true;
        want[at] = d[i];
        lo[at] = dim_sub(g, dim_div(g, dim_make(g, DIM_MAX, dim_sub(g, d[i], x->dim[at]), zero), two), dim_div(g, dim_make(g, DIM_MAX, dim_sub(g, x->dim[at], d[i]), zero), two));
    }
    return true;
}

SpmlCode shape_center_crop_pad(Node *n, Error *err)
{
    const Type *x = in_type(n, 0);
    const Dim *want[IR_MAX_RANK], *lo[IR_MAX_RANK];
    SpmlCode code;
    if (!center_axes(n, want, lo, &code, err))
        return shape_dynamic(n, 1, &x->dtype, &x->rank);
    if (!code)
        out_set(n, 0, x->dtype, x->rank, want);
    return code;
}

SpmlCode lower_center_crop_pad(Lower *l, Node *n, Error *err)
{
    const Dim *want[IR_MAX_RANK], *lo[IR_MAX_RANK];
    Operand x = lower_value(l, n->in[0]), y = lower_value(l, n->out[0]);
    SpmlCode code = move_check(n, x.type, err);
    if (code || !center_axes(n, want, lo, &code, err) || code)
        return code ? code : lower_unsupported(n, err, "extents are not known");
    return pad_constant(l, x, y, lo, scalar_i(0), err);
}

/* ── depth_to_space, space_to_depth ── */

static SpmlCode block_size(const Node *n, int64_t *b, Error *err)
{
    *b = node_int(n, "blocksize", 0);
    if (*b < 1 || *b > 1 << 15 || n->in[0]->type.rank != 4)
        return shape_error(n, err, "blocksize %lld, rank %d", (long long)*b, n->in[0]->type.rank);
    return SPML_OK;
}

SpmlCode shape_depth_to_space(Node *n, Error *err)
{
    const Type *x = in_type(n, 0);
    int64_t b, c;
    SpmlCode code = block_size(n, &b, err);
    if (code)
        return code;
    if (dim_lit(x->dim[1], &c) && c % (b * b))
        return shape_error(n, err, "%lld channels are no multiple of %lld", (long long)c, (long long)(b * b));
    Graph *g = n->graph;
    const Dim *k = dim_const(g, b);
    out_set(n, 0, x->dtype, 4, (const Dim *[]){x->dim[0], dim_div(g, x->dim[1], dim_const(g, b * b)), dim_mul(g, x->dim[2], k), dim_mul(g, x->dim[3], k)});
    return SPML_OK;
}

SpmlCode lower_depth_to_space(Lower *l, Node *n, Error *err)
{
    static const int dcr[6] = {0, 3, 4, 1, 5, 2}, crd[6] = {0, 1, 4, 2, 5, 3};
    Operand x = lower_value(l, n->in[0]), y = lower_value(l, n->out[0]);
    bool columns = !strcmp(node_str(n, "mode", "DCR"), "CRD");
    const Dim *b = dim_const(lower_graph(l), node_int(n, "blocksize", 0)), *c = y.dim[1];
    x = view_reshape(l, x, 6, columns ? (const Dim *[]){x.dim[0], c, b, b, x.dim[2], x.dim[3]} : (const Dim *[]){x.dim[0], b, b, c, x.dim[2], x.dim[3]});
    x = view_permute(l, x, columns ? crd : dcr);
    return lower_copy(l, x, view_reshape(l, y, 6, x.dim), err);
}

SpmlCode shape_space_to_depth(Node *n, Error *err)
{
    const Type *x = in_type(n, 0);
    int64_t b, h, w;
    SpmlCode code = block_size(n, &b, err);
    if (code)
        return code;
    if ((dim_lit(x->dim[2], &h) && h % b) || (dim_lit(x->dim[3], &w) && w % b))
        return shape_error(n, err, "height and width must be multiples of %lld", (long long)b);
    Graph *g = n->graph;
    const Dim *k = dim_const(g, b);
    out_set(n, 0, x->dtype, 4, (const Dim *[]){x->dim[0], dim_mul(g, x->dim[1], dim_const(g, b * b)), dim_div(g, x->dim[2], k), dim_div(g, x->dim[3], k)});
    return SPML_OK;
}

SpmlCode lower_space_to_depth(Lower *l, Node *n, Error *err)
{
    static const int dcr[6] = {0, 3, 5, 1, 2, 4}, crd[6] = {0, 1, 3, 5, 2, 4};
    const int *perm = !strcmp(node_str(n, "mode", "DCR"), "CRD") ? crd : dcr;
    Operand x = lower_value(l, n->in[0]), y = lower_value(l, n->out[0]);
    const Dim *b = dim_const(lower_graph(l), node_int(n, "blocksize", 0));
    x = view_permute(l, view_reshape(l, x, 6, (const Dim *[]){x.dim[0], x.dim[1], y.dim[2], b, y.dim[3], b}), perm);
    return lower_copy(l, x, view_reshape(l, y, 6, x.dim), err);
}

/* ── reverse_sequence ── */

static SpmlCode sequence_axes(const Node *n, int *batch, int *time, Error *err)
{
    int rank = n->in[0]->type.rank;
    SpmlCode code = rank < 2 ? shape_error(n, err, "rank %d, at least 2 is wanted", rank) : axis_get(n, "batch_axis", 1, rank, batch, err);
    if (!code)
        code = axis_get(n, "time_axis", 0, rank, time, err);
    return code ? code : *batch == *time ? shape_error(n, err, "batch and time axis are both %d", *time) : SPML_OK;
}

SpmlCode shape_reverse_sequence(Node *n, Error *err)
{
    const Type *x = in_type(n, 0);
    int batch, time;
    SpmlCode code = sequence_axes(n, &batch, &time, err);
    if (!code)
        out_set(n, 0, x->dtype, x->rank, x->dim);
    return code;
}

SpmlCode lower_reverse_sequence(Lower *l, Node *n, Error *err)
{
    int batch, time, perm[IR_MAX_RANK], k = 2;
    Operand x = lower_value(l, n->in[0]), len = lower_value(l, n->in[1]), y = lower_value(l, n->out[0]);
    SpmlCode code = sequence_axes(n, &batch, &time, err);
    if (!code)
        code = move_check(n, x.type, err);
    if (code)
        return code;
    perm[0] = batch;
    perm[1] = time;
    for (int i = 0; i < x.rank; i++)
        if (i != batch && i != time)
            perm[k++] = i;
    DType t = move_type(x.type);
    return lower_call(l, &(CallSpec){.kernel = "reverse_rows", .types = {{"T", t}, {"I", len.type}},
                                     .args = {view_permute(l, view_cast(l, x, t), perm), len, view_permute(l, view_cast(l, y, t), perm)}, .n_args = 3}, err);
}
