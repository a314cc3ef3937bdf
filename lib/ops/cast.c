/* SPDX-License-Identifier: MIT
 * ops: conversions of element types (cast, cast_like, bitcast), align, and the elementwise ops on strings, which run on the host.
 * Conversions of numbers are the region's; see kernel-language.md section 2 for their rounding and saturation. */
#include "ops/elementwise.h"

#include "base/text.h"
#include "ir/rtvalue.h"

#include <stdlib.h>
#include <string.h>

Value *cast_before(Node *n, Value *v, DType to)
{
    Node *c = graph_node(n->graph, n, OP_cast, NULL, 1, &v, 1);
    if (!c || !node_attr(c, &(Attr){.name = "to", .kind = ATTR_TYPE, .dtype = to}) || shape_cast(c, NULL))
        return NULL;
    return c->out[0];
}

/* ── shape rules ── */

/* f8e8m0 holds powers of two: attribute `round` (up, down) puts a rounding before the cast, once. */
static SpmlCode round_before(Node *n, Error *err)
{
    const char *round = node_str(n, "round", "nearest");
    bool up = !strcmp(round, "up");
    if (!strcmp(round, "nearest"))
        return SPML_OK;
    if (!up && strcmp(round, "down"))
        return shape_error(n, err, "rounding '%.40s' is not up, down or nearest", round);
    Value *x = n->in[0]->type.dtype == DT_f64 ? cast_before(n, n->in[0], DT_f32) : n->in[0];
    Node *r = x ? graph_node(n->graph, n, up ? OP_pow2_up : OP_pow2_down, NULL, 1, &x, 1) : NULL;
    if (!r || !node_attr(n, &(Attr){.name = "round", .kind = ATTR_STRING, .s = "nearest", .n = 7}))
        return error_oom(err);
    n->in[0] = r->out[0];
    return shape_map(r, err);
}

/* Floats reach integers below 8 bits through i32, so that they wrap as integers do instead of saturating. */
SpmlCode shape_cast(Node *n, Error *err)
{
    DType to = node_dtype(n, "to", DT_none), from = n->in[0]->type.dtype;
    SpmlCode code = to == DT_none ? shape_error(n, err, "no target type") : to == DT_f8e8m0 && dtype_is_float(from) ? round_before(n, err) : SPML_OK;
    if (code)
        return code;
    if (dtype_is_int(to) && dtype_info[to].block > 1 && dtype_is_float(from) && !(n->in[0] = cast_before(n, n->in[0], DT_i32)))
        return error_oom(err);
    return map_as(n, to, err);
}

/* Becomes cast: the second input gives its type only. */
SpmlCode shape_cast_like(Node *n, Error *err)
{
    if (!node_attr(n, &(Attr){.name = "to", .kind = ATTR_TYPE, .dtype = n->in[1]->type.dtype}))
        return error_oom(err);
    n->op = OP_cast;
    n->n_in = 1;
    return shape_cast(n, err);
}

SpmlCode shape_bitcast(Node *n, Error *err)
{
    const Type *x = in_type(n, 0);
    DType to = node_dtype(n, "to", DT_none);
    if (dtype_info[to].bytes != dtype_info[x->dtype].bytes || dtype_info[to].block != dtype_info[x->dtype].block)
        return shape_error(n, err, "%s and %s differ in width", dtype_name(x->dtype), dtype_name(to));
    out_set(n, 0, to, x->rank, x->dim);
    return SPML_OK;
}

/* axis -1: suffix matching, nothing is appended. */
SpmlCode shape_align(Node *n, Error *err)
{
    const Type *x = in_type(n, 0), *like = in_type(n, 1);
    int64_t axis = node_int(n, "axis", -1);
    const Dim *dims[IR_MAX_RANK];
    int rank = axis < 0 ? x->rank : like->rank - (int)axis;
    if (axis > like->rank || rank > IR_MAX_RANK || x->rank > (rank > 0 ? rank : 0)) {
        if (x->rank > 1 || axis < 0 || axis > IR_MAX_RANK)
            return shape_error(n, err, "axis %lld does not place rank %d in rank %d", (long long)axis, x->rank, like->rank);
        rank = x->rank; /* a single element beside a scalar */
    }
    for (int i = 0; i < rank; i++)
        dims[i] = i < x->rank ? x->dim[i] : dim_const(n->graph, 1);
    out_set(n, 0, x->dtype, rank, dims);
    return SPML_OK;
}

/* ── lowering ── */

SpmlCode lower_bitcast(Lower *l, Node *n, Error *err)
{
    return lower_copy(l, view_cast(l, lower_value(l, n->in[0]), n->out[0]->type.dtype), lower_value(l, n->out[0]), err);
}

SpmlCode lower_reshape_view(Lower *l, Node *n, Error *err)
{
    Operand y = lower_value(l, n->out[0]);
    return lower_copy(l, view_reshape(l, lower_value(l, n->in[0]), y.rank, y.dim), y, err);
}

/* ── strings ── */

/* Numbers as numpy writes them: the shortest text that reads back, 1 as "1". */
static void number_text(const RtValue *x, int64_t i, char *buf)
{
    double v = dtype_is_int(x->dtype) || x->dtype == DT_bool ? 0 : dtype_get_f64(x->dtype, x->data, (uint64_t)i);
    if (dtype_is_int(x->dtype) || x->dtype == DT_bool)
        snprintf(buf, 40, "%lld", (long long)dtype_get_i64(x->dtype, x->data, (uint64_t)i));
    else if (x->dtype == DT_f64)
        format_f64(buf, v);
    else
        format_f32(buf, (float)v);
}

static SpmlCode strings_of(const RtValue *x, RtValue *y, Error *err)
{
    int64_t n = rt_count(x);
    StringRef *s = calloc((size_t)n + 1, sizeof *s);
    char *text = calloc((size_t)n + 1, 40);
    SpmlCode code = s && text ? SPML_OK : error_oom(err);
    for (int64_t i = 0; i < n && !code; i++) {
        number_text(x, i, text + 40 * i);
        s[i] = (StringRef){text + 40 * i, strlen(text + 40 * i)};
    }
    if (!code)
        code = rt_strings(y, x->rank, x->dim, s, err);
    free(s);
    free(text);
    return code;
}

static SpmlCode number_of(const StringRef *s, RtValue *y, int64_t i, Error *err)
{
    char buf[64];
    double v;
    int64_t k;
    const char *end = NULL;
    size_t n = s->n < sizeof buf ? s->n : sizeof buf - 1;
    memcpy(buf, s->p, n);
    buf[n] = 0;
    if (dtype_is_int(y->dtype) && parse_i64(buf, &end, &k) && !*end)
        return dtype_set_i64(y->dtype, y->data, (uint64_t)i, k), SPML_OK;
    if (!parse_f64(buf, &end, &v) || *end)
        return error_set(err, SPML_DATA, "cast", "'%s' is not a number", buf);
    dtype_set_f64(y->dtype, y->data, (uint64_t)i, v);
    return SPML_OK;
}

static SpmlCode host_string_cast(struct RtContext *rt, const Node *n, RtValue **in, RtValue **out, Error *err)
{
    (void)rt;
    DType to = node_dtype(n, "to", DT_none);
    if (in[0]->dtype != DT_string)
        return strings_of(in[0], out[0], err);
    if (to == DT_string)
        return rt_strings(out[0], in[0]->rank, in[0]->dim, in[0]->data, err);
    SpmlCode code = rt_alloc(out[0], to, in[0]->rank, in[0]->dim, err);
    for (int64_t i = 0; !code && i < rt_count(in[0]); i++)
        code = number_of((const StringRef *)in[0]->data + i, out[0], i, err);
    return code;
}

/* Element of x for element `at` of an output of the given rank and dims, numpy broadcasting. */
static int64_t broadcast_index(const RtValue *x, const RtValue *y, int64_t at)
{
    int64_t index = 0, stride = 1;
    for (int i = y->rank - 1; i >= y->rank - x->rank; i--) {
        int64_t d = x->dim[i - (y->rank - x->rank)];
        index += d == 1 ? 0 : at % y->dim[i] * stride;
        stride *= d;
        at /= y->dim[i];
    }
    return index;
}

/* Rank and dims of the broadcast of n values, into y (no data). */
static void broadcast_into(RtValue *y, RtValue **x, int n)
{
    for (int i = 0; i < n; i++)
        y->rank = x[i]->rank > y->rank ? x[i]->rank : y->rank;
    for (int d = 0; d < y->rank; d++) {
        y->dim[d] = 1;
        for (int i = 0; i < n; i++) {
            int at = d - (y->rank - x[i]->rank);
            if (at >= 0 && x[i]->dim[at] != 1)
                y->dim[d] = x[i]->dim[at];
        }
    }
}

static SpmlCode host_string_eq(struct RtContext *rt, const Node *n, RtValue **in, RtValue **out, Error *err)
{
    (void)rt, (void)n;
    RtValue shape = {0};
    broadcast_into(&shape, in, 2);
    SpmlCode code = rt_alloc(out[0], DT_bool, shape.rank, shape.dim, err);
    for (int64_t i = 0; !code && i < rt_count(out[0]); i++) {
        const StringRef *a = (const StringRef *)in[0]->data + broadcast_index(in[0], out[0], i), *b = (const StringRef *)in[1]->data + broadcast_index(in[1], out[0], i);
        ((uint8_t *)out[0]->data)[i] = a->n == b->n && (!a->n || !memcmp(a->p, b->p, a->n));
    }
    return code;
}

static SpmlCode host_string_where(struct RtContext *rt, const Node *n, RtValue **in, RtValue **out, Error *err)
{
    (void)rt, (void)n;
    RtValue shape = {.kind = TYPE_TENSOR};
    broadcast_into(&shape, in, 3);
    int64_t count = rt_count(&shape);
    StringRef *s = calloc((size_t)count + 1, sizeof *s);
    if (!s)
        return error_oom(err);
    for (int64_t i = 0; i < count; i++) {
        const RtValue *from = ((const uint8_t *)in[0]->data)[broadcast_index(in[0], &shape, i)] ? in[1] : in[2];
        s[i] = ((const StringRef *)from->data)[broadcast_index(from, &shape, i)];
    }
    SpmlCode code = rt_strings(out[0], shape.rank, shape.dim, s, err);
    free(s);
    return code;
}

SpmlCode lower_cast(Lower *l, Node *n, Error *err)
{
    bool text = n->in[0]->type.dtype == DT_string || n->out[0]->type.dtype == DT_string;
    return text ? lower_host(l, n, host_string_cast, err) : lower_region(l, n, err);
}

SpmlCode lower_eq(Lower *l, Node *n, Error *err)
{
    return n->in[0]->type.dtype == DT_string ? lower_host(l, n, host_string_eq, err) : lower_region(l, n, err);
}

SpmlCode lower_where(Lower *l, Node *n, Error *err)
{
    return n->in[1]->type.dtype == DT_string ? lower_host(l, n, host_string_where, err) : lower_region(l, n, err);
}
