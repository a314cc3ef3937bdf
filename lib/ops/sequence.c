/* SPDX-License-Identifier: MIT
 * ops: sequences and optionals: shape rules and host functions, which copy and move whole values. Inputs may have any rank, known or not. */
#include "base/span.h"
#include "ops/types.h"
#include "ir/rtvalue.h"

#include <stdlib.h>
#include <string.h>

/* ── helpers ── */

static SpmlCode copy_value(const RtValue *from, RtValue *to, Error *err)
{
    RtValue *c;
    SpmlCode code = rt_copy(from, &c, err);
    if (code)
        return code;
    rt_clear(to);
    *to = *c;
    free(c);
    return SPML_OK;
}

static SpmlCode add_copy(RtValue *seq, const RtValue *item, Error *err)
{
    RtValue *c;
    SpmlCode code = rt_copy(item, &c, err);
    if (!code && (code = rt_sequence_add(seq, c, err)))
        rt_free(&c);
    return code;
}

/* Position from an integer scalar; negative ones count from the end; 0 ≤ *at < limit. */
static SpmlCode position(const RtValue *v, int64_t len, int64_t limit, int64_t *at, Error *err)
{
    if (v->kind != TYPE_TENSOR || rt_count(v) != 1)
        return error_set(err, SPML_DATA, "shape", "a position must be one integer");
    *at = dtype_get_i64(v->dtype, v->data, 0);
    *at += *at < 0 ? len : 0;
    return *at >= 0 && *at < limit ? SPML_OK : error_set(err, SPML_DATA, "index", "position %lld is outside a sequence of %lld", (long long)*at, (long long)len);
}

static SpmlCode want_sequence(const RtValue *v, Error *err)
{
    return v->kind == TYPE_SEQUENCE ? SPML_OK : error_set(err, SPML_DATA, "type", "a sequence is wanted");
}

static SpmlCode seq_elem(const Node *n, int i, const Type **elem, Error *err)
{
    const Type *t = in_type(n, i);
    if (t && t->kind == TYPE_OPTIONAL && t->elem)
        t = t->elem;
    *elem = t ? t->elem : NULL;
    return t && t->kind == TYPE_SEQUENCE && t->elem ? SPML_OK : shape_error(n, err, "input %d is no sequence", i);
}

/* ── construct, empty ── */

SpmlCode shape_sequence_construct(Node *n, Error *err)
{
    Type t = {.kind = TYPE_NONE}, both;
    for (int i = 0; i < n->n_in; i++) {
        if (!type_merge(n->graph, &t, in_type(n, i), SIZE_MAX, &both))
            return shape_error(n, err, "input %d has another type", i);
        t = both;
    }
    out_type(n, 0, type_wrap(n->graph, TYPE_SEQUENCE, &t));
    return SPML_OK;
}

SpmlCode shape_sequence_empty(Node *n, Error *err)
{
    (void)err;
    Type t = type_unranked(node_dtype(n, "to", DT_f32));
    out_type(n, 0, type_wrap(n->graph, TYPE_SEQUENCE, &t));
    return SPML_OK;
}

static SpmlCode host_construct(struct RtContext *rt, const Node *n, RtValue **in, RtValue **out, Error *err)
{
    (void)rt;
    SpmlCode code = SPML_OK;
    rt_clear(out[0]);
    out[0]->kind = TYPE_SEQUENCE;
    for (int i = 0; i < n->n_in && !code; i++)
        code = add_copy(out[0], in[i], err);
    return code;
}

SpmlCode lower_sequence_construct(Lower *l, Node *n, Error *err) { return lower_host(l, n, host_construct, err); }

/* ── at, insert, erase, length ── */

SpmlCode shape_sequence_at(Node *n, Error *err)
{
    const Type *elem;
    SpmlCode code = seq_elem(n, 0, &elem, err);
    if (!code)
        out_type(n, 0, type_fresh(n->graph, elem));
    return code;
}

SpmlCode shape_sequence_insert(Node *n, Error *err)
{
    const Type *elem;
    Type t;
    SpmlCode code = seq_elem(n, 0, &elem, err);
    if (code)
        return code;
    if (!type_merge(n->graph, elem, in_type(n, 1), SIZE_MAX, &t))
        return shape_error(n, err, "the element has another type than the sequence's");
    out_type(n, 0, type_wrap(n->graph, TYPE_SEQUENCE, &t));
    return SPML_OK;
}

SpmlCode shape_sequence_erase(Node *n, Error *err)
{
    const Type *elem;
    SpmlCode code = seq_elem(n, 0, &elem, err);
    if (!code)
        out_type(n, 0, type_wrap(n->graph, TYPE_SEQUENCE, elem));
    return code;
}

SpmlCode shape_host_i64(Node *n, Error *err)
{
    (void)err;
    out_type(n, 0, type_tensor(n->graph, DT_i64, 0, NULL));
    return SPML_OK;
}

static SpmlCode host_at(struct RtContext *rt, const Node *n, RtValue **in, RtValue **out, Error *err)
{
    (void)rt;
    (void)n;
    int64_t at, len = (int64_t)in[0]->n_item;
    SpmlCode code = want_sequence(in[0], err);
    if (!code)
        code = position(in[1], len, len, &at, err);
    return code ? code : copy_value(in[0]->item[at], out[0], err);
}

static SpmlCode host_insert(struct RtContext *rt, const Node *n, RtValue **in, RtValue **out, Error *err)
{
    (void)rt;
    int64_t len = (int64_t)in[0]->n_item, at = len;
    SpmlCode code = want_sequence(in[0], err);
    if (!code && in_given(n, 2))
        code = position(in[2], len, len + 1, &at, err);
    rt_clear(out[0]);
    out[0]->kind = TYPE_SEQUENCE;
    for (int64_t i = 0; i <= len && !code; i++) {
        if (i == at)
            code = add_copy(out[0], in[1], err);
        if (i < len && !code)
            code = add_copy(out[0], in[0]->item[i], err);
    }
    return code;
}

static SpmlCode host_erase(struct RtContext *rt, const Node *n, RtValue **in, RtValue **out, Error *err)
{
    (void)rt;
    int64_t len = (int64_t)in[0]->n_item, at = len - 1;
    SpmlCode code = want_sequence(in[0], err);
    if (!code && in_given(n, 1))
        code = position(in[1], len, len, &at, err);
    else if (!code && !len)
        code = error_set(err, SPML_DATA, "index", "nothing to erase from an empty sequence");
    rt_clear(out[0]);
    out[0]->kind = TYPE_SEQUENCE;
    for (int64_t i = 0; i < len && !code; i++)
        if (i != at)
            code = add_copy(out[0], in[0]->item[i], err);
    return code;
}

static SpmlCode host_length(struct RtContext *rt, const Node *n, RtValue **in, RtValue **out, Error *err)
{
    (void)rt;
    (void)n;
    SpmlCode code = want_sequence(in[0], err);
    if (!code)
        code = rt_alloc(out[0], DT_i64, 0, NULL, err);
    if (!code)
        *(int64_t *)out[0]->data = (int64_t)in[0]->n_item;
    return code;
}

SpmlCode lower_sequence_at(Lower *l, Node *n, Error *err) { return lower_host(l, n, host_at, err); }
SpmlCode lower_sequence_insert(Lower *l, Node *n, Error *err) { return lower_host(l, n, host_insert, err); }
SpmlCode lower_sequence_erase(Lower *l, Node *n, Error *err) { return lower_host(l, n, host_erase, err); }
SpmlCode lower_sequence_length(Lower *l, Node *n, Error *err) { return lower_host(l, n, host_length, err); }

/* ── parts along an axis ── */

/* Copies `len` rows from row `at` of x's axis to row `to` of y's axis; ranks may differ by axes of extent 1. outer: product of the extents before the axis. */
static void copy_rows(const RtValue *x, int64_t rows_x, int64_t at, RtValue *y, int64_t rows_y, int64_t to, int64_t len, int64_t outer, size_t row)
{
    for (int64_t o = 0; o < outer; o++)
        memcpy((char *)y->data + (size_t)(o * rows_y + to) * row, (const char *)x->data + (size_t)(o * rows_x + at) * row, (size_t)len * row);
}

static void around(const RtValue *x, int axis, int64_t *outer, size_t *row)
{
    *outer = 1;
    *row = dtype_info[x->dtype].bytes;
    for (int i = 0; i < x->rank; i++) {
        if (i < axis)
            *outer *= x->dim[i];
        else if (i > axis)
            *row *= (size_t)x->dim[i];
    }
}

/* String parts own their text. */
static SpmlCode own_strings(RtValue *v, Error *err)
{
    int64_t dim[IR_MAX_RANK];
    memcpy(dim, v->dim, sizeof dim);
    return v->dtype == DT_string ? rt_strings(v, v->rank, dim, v->data, err) : SPML_OK;
}

static SpmlCode add_part(RtValue *seq, const RtValue *x, int axis, int64_t at, int64_t len, bool drop, Error *err)
{
    int64_t dim[IR_MAX_RANK], outer;
    size_t row;
    int rank = 0;
    for (int i = 0; i < x->rank; i++)
        if (i != axis || !drop)
            dim[rank++] = i == axis ? len : x->dim[i];
    RtValue *v;
    SpmlCode code = rt_tensor(x->dtype, rank, dim, &v, err);
    if (code)
        return code;
    around(x, axis, &outer, &row);
    copy_rows(x, x->dim[axis], at, v, len, 0, len, outer, row);
    code = own_strings(v, err);
    if (!code)
        code = rt_sequence_add(seq, v, err);
    if (code)
        rt_free(&v);
    return code;
}

SpmlCode shape_split_to_sequence(Node *n, Error *err)
{
    const Type *x = in_type(n, 0);
    const Dim *d[IR_MAX_RANK];
    int axis, rank = 0;
    bool drop = !in_given(n, 1) && !node_int(n, "keepdims", 1);
    if (x->kind != TYPE_TENSOR)
        return shape_error(n, err, "the input is no tensor");
    Type t = type_unranked(x->dtype);
    SpmlCode code = x->rank < 0 ? SPML_OK : axis_get(n, "axis", 0, x->rank, &axis, err);
    for (int i = 0; i < x->rank && !code; i++)
        if (i != axis || !drop)
            d[rank++] = i != axis ? x->dim[i] : in_given(n, 1) ? type_new_dim(n->graph) : dim_const(n->graph, 1);
    if (!code && x->rank >= 0)
        t = type_tensor(n->graph, x->dtype, rank, d);
    if (!code)
        out_type(n, 0, type_wrap(n->graph, TYPE_SEQUENCE, &t));
    return code;
}

static SpmlCode host_split(struct RtContext *rt, const Node *n, RtValue **in, RtValue **out, Error *err)
{
    (void)rt;
    const RtValue *x = in[0], *s = in_given(n, 1) ? in[1] : NULL;
    int axis;
    SpmlCode code = axis_get(n, "axis", 0, x->rank, &axis, err);
    if (!code && dtype_info[x->dtype].block > 1)
        code = error_set(err, SPML_UNSUPPORTED, "dtype-unsupported", "parts of %s", dtype_name(x->dtype));
    rt_clear(out[0]);
    out[0]->kind = TYPE_SEQUENCE;
    int64_t total = code ? 0 : x->dim[axis], at = 0;
    for (int64_t i = 0; !code && (s && s->rank ? i < rt_count(s) : at < total); i++) {
        int64_t len = s ? dtype_get_i64(s->dtype, s->data, s->rank ? (uint64_t)i : 0) : 1;
        if (len < (s && s->rank ? 0 : 1) || (s && s->rank && len > total - at))
            return error_set(err, SPML_DATA, "shape", "part %lld has size %lld of %lld", (long long)i, (long long)len, (long long)(total - at));
        len = len < total - at ? len : total - at;
        code = add_part(out[0], x, axis, at, len, !s && !node_int(n, "keepdims", 1), err);
        at += len;
    }
    if (!code && at != total)
        code = error_set(err, SPML_DATA, "shape", "the parts hold %lld of %lld", (long long)at, (long long)total);
    return code;
}

SpmlCode lower_split_to_sequence(Lower *l, Node *n, Error *err) { return lower_host(l, n, host_split, err); }

SpmlCode shape_concat_from_sequence(Node *n, Error *err)
{
    const Type *e;
    const Dim *d[IR_MAX_RANK];
    bool new_axis = node_int(n, "new_axis", 0);
    int axis;
    SpmlCode code = seq_elem(n, 0, &e, err);
    if (code)
        return code;
    if (e->kind != TYPE_TENSOR)
        return shape_error(n, err, "the elements are no tensors");
    if (e->rank < 0 || (e->rank + new_axis > IR_MAX_RANK))
        return out_type(n, 0, type_unranked(e->dtype)), SPML_OK;
    code = axis_get(n, "axis", 0, e->rank + new_axis, &axis, err);
    for (int i = 0, k = 0; i < e->rank + new_axis && !code; i++) {
        const Dim *from = i == axis && new_axis ? NULL : e->dim[k++];
        d[i] = i == axis || from->kind != DIM_CONST ? type_new_dim(n->graph) : from;
    }
    if (!code)
        out_type(n, 0, type_tensor(n->graph, e->dtype, e->rank + new_axis, d));
    return code;
}

static SpmlCode joined_shape(const Node *n, const RtValue *seq, int *axis, int *rank, int64_t *dim, Error *err)
{
    bool new_axis = node_int(n, "new_axis", 0);
    const RtValue *x = seq->n_item ? seq->item[0] : NULL;
    if (!x || x->kind != TYPE_TENSOR || x->rank + new_axis > IR_MAX_RANK || dtype_info[x->dtype].block > 1)
        return error_set(err, SPML_DATA, "shape", "joining an empty sequence, or elements that are no plain tensors");
    *rank = x->rank + new_axis;
    SpmlCode code = axis_get(n, "axis", 0, *rank, axis, err);
    if (code)
        return code;
    for (int i = 0, k = 0; i < *rank; i++)
        dim[i] = i == *axis && new_axis ? 0 : x->dim[k++];
    dim[*axis] = 0;
    for (size_t e = 0; e < seq->n_item; e++) {
        const RtValue *y = seq->item[e];
        bool fits = y->kind == TYPE_TENSOR && y->dtype == x->dtype && y->rank == x->rank;
        for (int i = 0; i < x->rank && fits; i++)
            fits = y->dim[i] == x->dim[i] || (!new_axis && i == *axis);
        if (!fits || !i64_add(dim[*axis], new_axis ? 1 : y->dim[*axis], &dim[*axis]))
            return error_set(err, SPML_DATA, "shape", "element %zu does not fit the others", e);
    }
    return SPML_OK;
}

static SpmlCode host_concat(struct RtContext *rt, const Node *n, RtValue **in, RtValue **out, Error *err)
{
    (void)rt;
    int axis = 0, rank = 0;
    int64_t dim[IR_MAX_RANK], outer, at = 0;
    size_t row;
    bool new_axis = node_int(n, "new_axis", 0);
    SpmlCode code = want_sequence(in[0], err);
    if (!code)
        code = joined_shape(n, in[0], &axis, &rank, dim, err);
    if (!code)
        code = rt_alloc(out[0], in[0]->item[0]->dtype, rank, dim, err);
    if (code)
        return code;
    around(out[0], axis, &outer, &row);
    for (size_t e = 0; e < in[0]->n_item; e++) {
        const RtValue *x = in[0]->item[e];
        int64_t len = new_axis ? 1 : x->dim[axis];
        copy_rows(x, len, 0, out[0], dim[axis], at, len, outer, row);
        at += len;
    }
    return own_strings(out[0], err);
}

SpmlCode lower_concat_from_sequence(Lower *l, Node *n, Error *err) { return lower_host(l, n, host_concat, err); }

/* ── optionals ── */

SpmlCode shape_optional(Node *n, Error *err)
{
    const Type *x = in_type(n, 0);
    Type t = {.kind = TYPE_NONE};
    if (x && x->kind == TYPE_OPTIONAL)
        return shape_error(n, err, "an optional of an optional");
    if (x)
        t = *x;
    out_type(n, 0, type_wrap(n->graph, TYPE_OPTIONAL, &t));
    return SPML_OK;
}

SpmlCode shape_host_bool(Node *n, Error *err)
{
    (void)err;
    out_type(n, 0, type_tensor(n->graph, DT_bool, 0, NULL));
    return SPML_OK;
}

SpmlCode shape_optional_get_element(Node *n, Error *err)
{
    const Type *x = in_type(n, 0);
    if (x->kind == TYPE_OPTIONAL && !x->elem)
        return shape_error(n, err, "an optional of no known type");
    out_type(n, 0, x->kind == TYPE_OPTIONAL ? type_fresh(n->graph, x->elem) : *x);
    return SPML_OK;
}

static SpmlCode host_optional(struct RtContext *rt, const Node *n, RtValue **in, RtValue **out, Error *err)
{
    (void)rt;
    rt_clear(out[0]);
    out[0]->kind = TYPE_OPTIONAL;
    return in_given(n, 0) ? add_copy(out[0], in[0], err) : SPML_OK;
}

static SpmlCode host_has_element(struct RtContext *rt, const Node *n, RtValue **in, RtValue **out, Error *err)
{
    (void)rt;
    SpmlCode code = rt_alloc(out[0], DT_bool, 0, NULL, err);
    if (!code)
        *(uint8_t *)out[0]->data = in_given(n, 0) && (in[0]->kind != TYPE_OPTIONAL || in[0]->n_item);
    return code;
}

static SpmlCode host_get_element(struct RtContext *rt, const Node *n, RtValue **in, RtValue **out, Error *err)
{
    (void)rt;
    (void)n;
    if (in[0]->kind != TYPE_OPTIONAL)
        return copy_value(in[0], out[0], err);
    return in[0]->n_item ? copy_value(in[0]->item[0], out[0], err) : error_set(err, SPML_DATA, "optional", "the optional holds nothing");
}

SpmlCode lower_optional(Lower *l, Node *n, Error *err) { return lower_host(l, n, host_optional, err); }
SpmlCode lower_optional_has_element(Lower *l, Node *n, Error *err) { return lower_host(l, n, host_has_element, err); }
SpmlCode lower_optional_get_element(Lower *l, Node *n, Error *err) { return lower_host(l, n, host_get_element, err); }
