/* SPDX-License-Identifier: MIT
 * ops: sorting and selection: topk, compress, nonzero, unique, non_max_suppression: shape rules and lowerings. What the data decides is a data
 * symbol with a bound, bound from a count that a kernel writes. Kernels are in kernels/sort.k; unique runs on the host. */
#include "base/span.h"
#include "ops/known.h"
#include "ops/moves.h"
#include "ir/rtvalue.h"

#include <stdlib.h>
#include <string.h>

/* The data symbol that an output's extent is. NULL: it is something else by now. */
static Sym *extent_sym(const Value *v, int axis)
{
    const Dim *d = v->type.dim[axis];
    return d->kind == DIM_SYM && d->sym->origin == SYM_DATA ? (Sym *)d->sym : NULL;
}

static const Dim *new_extent(Node *n, const Dim *bound)
{
    Sym *s = graph_data_sym(n->graph, bound);
    return s ? dim_sym(n->graph, s) : NULL;
}

static Operand temp_i64(Lower *l, const Dim *extent) { return lower_value(l, lower_temp(l, DT_i64, 1, &extent)); }

/* ── topk ── */

SpmlCode shape_topk(Node *n, Error *err)
{
    const Type *x = in_type(n, 0);
    const Dim *d[IR_MAX_RANK], *k;
    int axis, count;
    int64_t have = 0, want;
    SpmlCode code = axis_get(n, "axis", -1, x->rank, &axis, err);
    if (code)
        return code;
    if (!known_dims(n->in[1], &k, 1, &count) || count != 1)
        return shape_dynamic(n, 2, (DType[]){x->dtype, DT_i64}, (int[]){x->rank, x->rank});
    if (dim_lit(k, &want) && (want < 0 || (dim_lit(x->dim[axis], &have) && want > have)))
        return shape_error(n, err, "%lld of %lld elements are wanted", (long long)want, (long long)have);
    memcpy(d, x->dim, (size_t)x->rank * sizeof *d);
    d[axis] = k;
    out_set(n, 0, x->dtype, x->rank, d);
    out_set(n, 1, DT_i64, x->rank, d);
    return SPML_OK;
}

/* Indices of the rows of x[L…, C] in order, as many as ix[L…, K] has room for. */
static SpmlCode lower_sort(Lower *l, Operand x, Operand ix, bool desc, Error *err)
{
    const Dim *d[IR_MAX_RANK + 1];
    int rank = x.rank;
    memcpy(d, x.dim, (size_t)rank * sizeof *d);
    d[rank - 1] = dim_const(lower_graph(l), 2);
    d[rank] = x.dim[rank - 1];
    if (rank >= IR_MAX_RANK)
        rank = IR_MAX_RANK - 1; /* such a view is refused by the launch */
    Operand s = lower_value(l, lower_temp(l, DT_i64, rank + 1, d));
    return lower_call(l, &(CallSpec){.kernel = "sort_rows", .types = {{"T", x.type}}, .consts = {{"DESC", dim_const(lower_graph(l), desc)}}, .ranks = {{"L", rank - 1}},
                                     .args = {x, s, ix}, .n_args = 3}, err);
}

static Operand axis_last(Lower *l, Operand x, int axis)
{
    int perm[IR_MAX_RANK], k = 0;
    for (int i = 0; i < x.rank; i++)
        if (i != axis)
            perm[k++] = i;
    perm[k] = axis;
    return view_permute(l, x, perm);
}

SpmlCode lower_topk(Lower *l, Node *n, Error *err)
{
    int axis;
    Operand x = lower_value(l, n->in[0]);
    SpmlCode code = axis_get(n, "axis", -1, x.rank, &axis, err);
    if (!code)
        code = move_check(n, x.type, err);
    if (code)
        return code;
    const Type *t = n->out[0] ? &n->out[0]->type : &n->out[1]->type;
    Operand ix = lower_value(l, n->n_out > 1 && n->out[1] ? n->out[1] : lower_temp(l, DT_i64, x.rank, t->dim));
    x = axis_last(l, x, axis);
    ix = axis_last(l, ix, axis);
    code = lower_sort(l, x, ix, node_int(n, "largest", 1) != 0, err);
    if (code || !n->out[0])
        return code;
    DType w = move_type(x.type);
    return lower_call(l, &(CallSpec){.kernel = "gather_axis", .types = {{"T", w}, {"I", DT_i64}}, .ranks = {{"L", x.rank - 1}, {"R", 0}},
                                     .args = {view_cast(l, x, w), ix, axis_last(l, view_cast(l, lower_value(l, n->out[0]), w), axis)}, .n_args = 3}, err);
}

/* ── compress, nonzero ── */

SpmlCode shape_compress(Node *n, Error *err)
{
    const Type *x = in_type(n, 0), *c = in_type(n, 1);
    const Dim *d[IR_MAX_RANK];
    int axis = 0, rank = node_find(n, "axis") ? x->rank : 1;
    SpmlCode code = node_find(n, "axis") ? axis_get(n, "axis", 0, x->rank, &axis, err) : SPML_OK;
    if (!code && (c->rank != 1 || c->dtype != DT_bool))
        code = shape_error(n, err, "the condition must be bool of rank 1");
    if (code)
        return code;
    for (int i = 0; i < rank; i++)
        d[i] = i == axis ? new_extent(n, c->dim[0]) : x->dim[i];
    if (!d[axis])
        return error_oom(err);
    out_set(n, 0, x->dtype, rank, d);
    return SPML_OK;
}

/* Binds sym to the number of non-zero elements of flat; *ix gets their indices. */
static SpmlCode lower_select(Lower *l, Operand flat, Sym *sym, Operand *ix, Error *err)
{
    Graph *g = lower_graph(l);
    Operand count = temp_i64(l, dim_const(g, 1)), all = temp_i64(l, flat.dim[0]);
    SpmlCode code = lower_call(l, &(CallSpec){.kernel = "nonzero_index", .types = {{"T", flat.type}}, .args = {flat, count, all}, .n_args = 3}, err);
    if (!code)
        code = lower_bind(l, sym, count, err);
    *ix = view_slice(l, all, 0, dim_const(g, 0), dim_sym(g, sym), 1);
    return code;
}

SpmlCode lower_compress(Lower *l, Node *n, Error *err)
{
    int axis = 0;
    Operand x = lower_value(l, n->in[0]), y = lower_value(l, n->out[0]), ix;
    SpmlCode code = node_find(n, "axis") ? axis_get(n, "axis", 0, x.rank, &axis, err) : SPML_OK;
    Sym *sym = extent_sym(n->out[0], axis);
    if (!code)
        code = move_check(n, x.type, err);
    if (code || !sym)
        return code ? code : lower_unsupported(n, err, "its length is fixed");
    if (!node_find(n, "axis"))
        x = view_flat(l, x);
    code = lower_select(l, lower_value(l, n->in[1]), sym, &ix, err);
    if (code)
        return code;
    DType w = move_type(x.type);
    return lower_call(l, &(CallSpec){.kernel = "gather", .types = {{"T", w}, {"I", DT_i64}}, .ranks = {{"L", 1}, {"J", 1}, {"R", 1}},
                                     .args = {view_around(l, view_cast(l, x, w), axis), ix, view_around(l, view_cast(l, y, w), axis)}, .n_args = 3}, err);
}

SpmlCode shape_nonzero(Node *n, Error *err)
{
    const Type *x = in_type(n, 0);
    const Dim *d[2] = {dim_const(n->graph, x->rank ? x->rank : 1), new_extent(n, dim_product(n->graph, x->dim, x->rank))};
    if (!d[1])
        return error_oom(err);
    out_set(n, 0, DT_i64, 2, d);
    return SPML_OK;
}

SpmlCode lower_nonzero(Lower *l, Node *n, Error *err)
{
    Operand x = lower_value(l, n->in[0]), y = lower_value(l, n->out[0]), ix;
    Graph *g = lower_graph(l);
    Sym *sym = extent_sym(n->out[0], 1);
    SpmlCode code = sym ? lower_select(l, view_flat(l, x), sym, &ix, err) : lower_unsupported(n, err, "its length is fixed");
    for (int i = 0; i < (x.rank ? x.rank : 1) && !code; i++)
        code = lower_call(l, &(CallSpec){.kernel = "offset_coordinate", .args = {ix, view_select(l, y, 0, dim_const(g, i))}, .n_args = 2,
                                         .scalars = {scalar_dim(x.rank ? x.stride[i] : dim_const(g, 1)), scalar_dim(x.rank ? x.dim[i] : dim_const(g, 1))}, .n_scalars = 2}, err);
    return code;
}

/* ── non_max_suppression(boxes [B, N, 4], scores [B, C, N], most?, overlap?, least?) → [S, 3] ── */

static const Dim *nms_most(const Node *n)
{
    const Dim *most, *boxes = n->in[0]->type.dim[1];
    int count;
    if (!in_given(n, 2))
        return dim_const(n->graph, 0);
    if (!known_dims(n->in[2], &most, 1, &count) || count != 1)
        return boxes;
    return dim_make(n->graph, DIM_MIN, dim_make(n->graph, DIM_MAX, most, dim_const(n->graph, 0)), boxes);
}

SpmlCode shape_nms(Node *n, Error *err)
{
    const Type *b = in_type(n, 0), *s = in_type(n, 1);
    Graph *g = n->graph;
    if (b->rank != 3 || s->rank != 3 || b->dtype != DT_f32 || s->dtype != DT_f32)
        return shape_error(n, err, "boxes and scores must be f32 of rank 3");
    const Dim *bound = dim_mul(g, dim_mul(g, s->dim[0], s->dim[1]), nms_most(n));
    const Dim *d[2] = {new_extent(n, bound), dim_const(g, 3)};
    if (!d[0])
        return error_oom(err);
    out_set(n, 0, DT_i64, 2, d);
    return SPML_OK;
}

SpmlCode lower_nms(Lower *l, Node *n, Error *err)
{
    Graph *g = lower_graph(l);
    Operand box = lower_value(l, n->in[0]), score = lower_value(l, n->in[1]), y = lower_value(l, n->out[0]);
    Sym *sym = extent_sym(n->out[0], 0);
    if (!sym)
        return lower_unsupported(n, err, "its length is fixed");
    const Dim *rows = dim_mul(g, score.dim[0], score.dim[1]);
    Operand corners = lower_value(l, lower_temp(l, DT_f32, 3, box.dim)), order = lower_value(l, lower_temp(l, DT_i64, 3, score.dim));
    Operand keep = lower_value(l, lower_temp(l, DT_i64, 3, (const Dim *[]){score.dim[0], score.dim[1], nms_most(n)}));
    Operand count = lower_value(l, lower_temp(l, DT_i64, 2, score.dim)), base = lower_value(l, lower_temp(l, DT_i64, 2, score.dim)), total = temp_i64(l, dim_const(g, 1));
    SpmlCode code = lower_call(l, &(CallSpec){.kernel = "box_corners", .consts = {{"CENTER", dim_const(g, node_int(n, "center_point_box", 0) != 0)}}, .args = {box, corners}, .n_args = 2}, err);
    if (!code)
        code = lower_sort(l, score, order, true, err);
    if (!code)
        code = lower_call(l, &(CallSpec){.kernel = "nms_rows", .consts = {{"LEAST", dim_const(g, in_given(n, 4))}}, .args = {corners, score, order, count, keep}, .n_args = 5,
                                         .scalars = {in_given(n, 2) ? scalar_value(n->in[2]) : scalar_i(0), in_given(n, 3) ? scalar_value(n->in[3]) : scalar_f(0),
                                                     in_given(n, 4) ? scalar_value(n->in[4]) : scalar_f(0)}, .n_scalars = 3}, err);
    if (!code)
        code = lower_call(l, &(CallSpec){.kernel = "prefix_total", .args = {view_reshape(l, count, 1, &rows), total, view_reshape(l, base, 1, &rows)}, .n_args = 3}, err);
    if (!code)
        code = lower_bind(l, sym, total, err);
    return code ? code : lower_call(l, &(CallSpec){.kernel = "nms_write", .args = {keep, count, base, y}, .n_args = 4}, err);
}

/* ── unique ── on the host: comparisons and moves of whole slices */

SpmlCode shape_unique(Node *n, Error *err)
{
    const Type *x = in_type(n, 0);
    bool flat = !node_find(n, "axis");
    int axis = 0, rank = flat ? 1 : x->rank;
    const Dim *d[IR_MAX_RANK];
    if (x->rank < 0) {
        DType t[4] = {x->dtype, DT_i64, DT_i64, DT_i64};
        return shape_dynamic(n, 4, t, (int[]){flat ? 1 : -1, 1, 1, 1});
    }
    SpmlCode code = flat ? SPML_OK : axis_get(n, "axis", 0, x->rank, &axis, err);
    if (code)
        return code;
    const Dim *items = flat ? dim_product(n->graph, x->dim, x->rank) : x->dim[axis], *count = new_extent(n, items);
    if (!count)
        return error_oom(err);
    for (int i = 0; i < rank; i++)
        d[i] = i == axis ? count : x->dim[i];
    out_set(n, 0, x->dtype, rank, d);
    out_set(n, 1, DT_i64, 1, &count);
    out_set(n, 2, DT_i64, 1, &items);
    out_set(n, 3, DT_i64, 1, &count);
    return SPML_OK;
}

/* x as [outer, items, inner]; item i is the elements (o, i, k) in order. */
typedef struct Items { const RtValue *x; int64_t outer, n, inner; int64_t *tmp; } Items;

static int compare_element(const RtValue *x, int64_t a, int64_t b)
{
    if (x->dtype == DT_string) {
        const StringRef *s = x->data;
        size_t m = s[a].n < s[b].n ? s[a].n : s[b].n;
        int c = m ? memcmp(s[a].p, s[b].p, m) : 0;
        return c ? c : (s[a].n > s[b].n) - (s[a].n < s[b].n);
    }
    if (x->dtype == DT_u64) {
        const uint64_t *u = x->data;
        return (u[a] > u[b]) - (u[a] < u[b]);
    }
    if (!dtype_is_float(x->dtype)) {
        int64_t u = dtype_get_i64(x->dtype, x->data, (uint64_t)a), v = dtype_get_i64(x->dtype, x->data, (uint64_t)b);
        return (u > v) - (u < v);
    }
    double u = dtype_get_f64(x->dtype, x->data, (uint64_t)a), v = dtype_get_f64(x->dtype, x->data, (uint64_t)b);
    bool nu = u != u, nv = v != v;
    return nu || nv ? nu - nv : (u > v) - (u < v);
}

static int compare_items(const Items *t, int64_t a, int64_t b)
{
    int c = 0;
    for (int64_t o = 0; o < t->outer && !c; o++)
        for (int64_t k = 0; k < t->inner && !c; k++)
            c = compare_element(t->x, (o * t->n + a) * t->inner + k, (o * t->n + b) * t->inner + k);
    return c;
}

static void merge_sort(const Items *t, int64_t *v)
{
    int64_t *from = v, *to = t->tmp;
    for (int64_t run = 1; run < t->n; run *= 2) {
        for (int64_t lo = 0; lo < t->n; lo += 2 * run) {
            int64_t mid = lo + run < t->n ? lo + run : t->n, hi = lo + 2 * run < t->n ? lo + 2 * run : t->n, i = lo, j = mid;
            for (int64_t o = lo; o < hi; o++)
                to[o] = j < hi && (i >= mid || compare_items(t, from[j], from[i]) < 0) ? from[j++] : from[i++];
        }
        int64_t *swap = from;
        from = to;
        to = swap;
    }
    if (from != v)
        memcpy(v, from, (size_t)t->n * sizeof *v);
}

/* Groups equal items: order[] sorted, first[g] the first item of group g, inverse[i] its group, counts[g]. Groups by value, or as met. */
typedef struct Groups { int64_t *order, *first, *inverse, *counts, *rename, n; } Groups;

static int compare_index(const void *a, const void *b) { return (*(const int64_t *const *)a)[0] < (*(const int64_t *const *)b)[0] ? -1 : 1; }

static SpmlCode group_items(const Items *t, bool sorted, Groups *r, Error *err)
{
    for (int64_t i = 0; i < t->n; i++)
        r->order[i] = i;
    merge_sort(t, r->order);
    for (int64_t i = 0; i < t->n; i++) {
        bool fresh = i == 0 || compare_items(t, r->order[i - 1], r->order[i]) != 0;
        if (fresh) {
            r->first[r->n] = r->order[i]; /* the sort is stable: the first of equals comes first */
            r->counts[r->n++] = 0;
        }
        r->inverse[r->order[i]] = r->n - 1;
        r->counts[r->n - 1]++;
    }
    if (sorted || !r->n)
        return SPML_OK;
    const int64_t **by = malloc((size_t)r->n * sizeof *by);
    int64_t *old = malloc((size_t)r->n * 2 * sizeof *old);
    if (!by || !old) {
        free(by);
        free(old);
        return error_oom(err);
    }
    for (int64_t g = 0; g < r->n; g++) {
        old[g] = r->first[g];
        old[r->n + g] = r->counts[g];
        by[g] = &old[g];
    }
    qsort(by, (size_t)r->n, sizeof *by, compare_index);
    for (int64_t g = 0; g < r->n; g++) {
        int64_t was = by[g] - old;
        r->first[g] = old[was];
        r->counts[g] = old[r->n + was];
        r->rename[was] = g;
    }
    for (int64_t i = 0; i < t->n; i++)
        r->inverse[i] = r->rename[r->inverse[i]];
    free(by);
    free(old);
    return SPML_OK;
}

static SpmlCode write_i64(RtValue *out, const int64_t *v, int64_t n, Error *err)
{
    SpmlCode code = rt_alloc(out, DT_i64, 1, &n, err);
    if (!code && n)
        memcpy(out->data, v, (size_t)n * sizeof *v);
    return code;
}

static SpmlCode write_items(const Items *t, const Groups *r, int axis, RtValue *out, Error *err)
{
    int64_t dim[IR_MAX_RANK];
    bool flat = axis < 0;
    const RtValue *x = t->x;
    memcpy(dim, x->dim, sizeof dim);
    dim[flat ? 0 : axis] = r->n;
    SpmlCode code = rt_alloc(out, x->dtype, flat ? 1 : x->rank, dim, err);
    size_t w = dtype_info[x->dtype].bytes * (size_t)t->inner;
    for (int64_t o = 0; o < t->outer && !code; o++)
        for (int64_t g = 0; g < r->n; g++)
            memcpy((char *)out->data + (size_t)(o * r->n + g) * w, (const char *)x->data + (size_t)(o * t->n + r->first[g]) * w, w);
    return !code && x->dtype == DT_string ? rt_strings(out, flat ? 1 : x->rank, dim, out->data, err) : code;
}

static SpmlCode host_unique(struct RtContext *rt, const Node *n, RtValue **in, RtValue **out, Error *err)
{
    (void)rt;
    const RtValue *x = in[0];
    Items t = {.x = x, .outer = 1, .inner = 1, .n = 1};
    int axis = -1;
    SpmlCode code = node_find(n, "axis") ? axis_get(n, "axis", 0, x->rank, &axis, err) : SPML_OK;
    if (code || dtype_info[x->dtype].block > 1 || dtype_info[x->dtype].cls == DCLASS_COMPLEX)
        return code ? code : error_set(err, SPML_UNSUPPORTED, "dtype-unsupported", "unique of %s", dtype_name(x->dtype));
    for (int i = 0; i < x->rank; i++)
        *(axis < 0 || i == axis ? &t.n : i < axis ? &t.outer : &t.inner) *= x->dim[i];
    size_t room = (size_t)t.n + 1;
    int64_t *block = calloc(room, 6 * sizeof *block);
    if (!block)
        return error_oom(err);
    Groups r = {block, block + room, block + 2 * room, block + 3 * room, block + 4 * room, 0};
    t.tmp = block + 5 * room;
    code = group_items(&t, node_int(n, "sorted", 1) != 0, &r, err);
    if (!code && n->out[0])
        code = write_items(&t, &r, axis, out[0], err);
    if (!code && n->out[1])
        code = write_i64(out[1], r.first, r.n, err);
    if (!code && n->out[2])
        code = write_i64(out[2], r.inverse, t.n, err);
    if (!code && n->out[3])
        code = write_i64(out[3], r.counts, r.n, err);
    free(block);
    return code;
}

SpmlCode lower_unique(Lower *l, Node *n, Error *err) { return lower_host(l, n, host_unique, err); }
