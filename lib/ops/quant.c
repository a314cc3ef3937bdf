/* SPDX-License-Identifier: MIT
 * ops: quantize, dequantize, dynamic_quantize: shape rules and lowerings. Scale and zero point become views of x's shape: a scalar, one per
 * index of `axis`, or one per block of `block` indices of `axis` (kernels/quant.k). */
#include "ops/axes.h"

#include <string.h>

static SpmlCode quant_shape(Node *n, DType t, Error *err)
{
    const Type *x = in_type(n, 0), *s = in_type(n, 1), *z = in_type(n, 2);
    if (z && z->rank != s->rank && s->rank + z->rank != 1) /* a scalar and one element are the same */
        return shape_error(n, err, "scale has rank %d, the zero point %d", s->rank, z->rank);
    out_set(n, 0, t, x->rank, x->dim);
    return SPML_OK;
}

SpmlCode shape_quantize(Node *n, Error *err)
{
    DType to = node_dtype(n, "to", in_given(n, 2) ? n->in[2]->type.dtype : DT_u8);
    if (in_given(n, 2) && n->in[2]->type.dtype != to)
        return shape_error(n, err, "zero point is %s, the output %s", dtype_name(n->in[2]->type.dtype), dtype_name(to));
    return quant_shape(n, to, err);
}

SpmlCode shape_dequantize(Node *n, Error *err)
{
    if (in_given(n, 2) && n->in[2]->type.dtype != n->in[0]->type.dtype)
        return shape_error(n, err, "x is %s, its zero point %s", dtype_name(n->in[0]->type.dtype), dtype_name(n->in[2]->type.dtype));
    return quant_shape(n, node_dtype(n, "to", n->in[1]->type.dtype), err);
}

/* ── lowering ── */

/* Axis `axis` of x cut into [extent / inner, inner]. */
static Operand split_axis(Lower *l, Operand x, int axis, const Dim *inner)
{
    Graph *g = lower_graph(l);
    Operand y = view_insert(l, x, axis + 1);
    if (y.rank == x.rank)
        return x;
    y.dim[axis] = dim_div(g, x.dim[axis], inner);
    y.stride[axis] = dim_mul(g, x.stride[axis], inner);
    y.dim[axis + 1] = inner;
    y.stride[axis + 1] = x.stride[axis];
    return y;
}

static CallSpec quant_call(const Node *n, Operand x, Operand s, Operand z, Operand y)
{
    bool quantize = n->op == OP_quantize, real = dtype_is_float(quantize ? y.type : x.type), wrap = quantize && !node_int(n, "saturate", 1);
    CallSpec c = {.types = {{"X", x.type}, {"S", s.type}, {"Y", y.type}}, .ranks = {{"I", x.rank - (real ? 0 : s.rank)}}};
    if (!real)
        memcpy(&c.ranks[1], (CallSpec){.ranks = {{"L", s.rank}}}.ranks, sizeof c.ranks[1]);
    c.kernel = !real ? (quantize ? "quantize" : "dequantize") : !quantize ? "dequantize_float" : wrap ? "quantize_float_wrap" : "quantize_float";
    if (quantize && !real)
        memcpy(&c.types[3], &(CallSpec){.types = {{"Z", z.type}}}.types[0], sizeof c.types[3]);
    c.args[c.n_args++] = x;
    c.args[c.n_args++] = s;
    if (!real)
        c.args[c.n_args++] = z;
    c.args[c.n_args++] = y;
    return c;
}

static SpmlCode quant_apply(Lower *l, const Node *n, Operand x, Operand s, Operand z, Operand y, Error *err)
{
    const bool one = s.rank == 0 && z.rank == 0 && !dtype_is_float(n->op == OP_quantize ? y.type : x.type);
    CallSpec c = quant_call(n, x, one ? s : view_expand(l, s, x.rank, x.dim), one ? z : view_expand(l, z, x.rank, x.dim), y);
    return lower_call(l, &c, err);
}

/* Parts of packed elements begin anywhere in a byte, where no view can: whole tensors of a type with bytes of its own stand in for them. */
static Operand unpacked(Lower *l, Operand x, bool read, Error *err, SpmlCode *code)
{
    if (dtype_info[x.type].block == 1 || *code)
        return x;
    const DType wide = dtype_is_float(x.type) ? DT_f32 : dtype_info[x.type].cls == DCLASS_INT ? DT_i8 : DT_u8;
    Value *v = lower_temp(l, wide, x.rank, x.dim);
    const Operand y = lower_value(l, v);
    *code = !v ? error_oom(err) : !read ? SPML_OK : lower_call(l, &(CallSpec){.kernel = "cast", .types = {{"T", x.type}, {"U", wide}}, .args = {x, y}, .n_args = 2}, err);
    return y;
}

/* Whole blocks of `axis`, then what remains of its last block. */
static SpmlCode quant_blocked(Lower *l, const Node *n, int axis, Operand x, Operand s, Operand z, Operand to, Error *err)
{
    Graph *g = lower_graph(l);
    const Dim *block = dim_const(g, node_int(n, "block", 0)), *zero = dim_const(g, 0);
    const Dim *whole = dim_div(g, x.dim[axis], block), *covered = dim_mul(g, whole, block), *rest = dim_sub(g, x.dim[axis], covered);
    Operand y = to;
    SpmlCode code = SPML_OK;
    if (!dim_is(rest, 0)) {
        x = unpacked(l, x, true, err, &code);
        z = unpacked(l, z, true, err, &code);
        y = unpacked(l, to, false, err, &code);
    }
    if (code)
        return code;
    Operand sw = view_insert(l, view_slice(l, s, axis, zero, whole, 1), axis + 1), zw = view_insert(l, z.rank ? view_slice(l, z, axis, zero, whole, 1) : z, z.rank ? axis + 1 : 0);
    code = quant_apply(l, n, split_axis(l, view_slice(l, x, axis, zero, covered, 1), axis, block), sw, zw, split_axis(l, view_slice(l, y, axis, zero, covered, 1), axis, block), err);
    if (code || dim_is(rest, 0))
        return code;
    const Dim *one = dim_const(g, 1);
    code = quant_apply(l, n, view_slice(l, x, axis, covered, rest, 1), view_slice(l, s, axis, whole, one, 1), z.rank ? view_slice(l, z, axis, whole, one, 1) : z,
                       view_slice(l, y, axis, covered, rest, 1), err);
    if (code || y.value == to.value)
        return code;
    return lower_call(l, &(CallSpec){.kernel = node_int(n, "saturate", 1) ? "cast_sat" : "cast", .types = {{"T", y.type}, {"U", to.type}}, .args = {y, to}, .n_args = 2}, err);
}

/* A scale of one element is a scalar; of rank 1 it runs along `axis`. */
static Operand scale_view(Lower *l, Operand s, int axis, const Operand *x)
{
    bool single = true;
    for (int i = 0; i < s.rank; i++)
        single = single && dim_is(s.dim[i], 1);
    if (single)
        return view_reshape(l, s, 0, s.dim);
    return s.rank == 1 && x->rank > 1 ? view_place(l, s, axis, x->rank, x->dim) : s;
}

static SpmlCode lower_quant(Lower *l, Node *n, Error *err)
{
    Operand x = lower_value(l, n->in[0]), y = lower_value(l, n->out[0]), s = lower_value(l, n->in[1]);
    Operand z = in_given(n, 2) ? lower_value(l, n->in[2]) : operand_scalar(l, n->op == OP_quantize ? y.type : x.type, 0, err);
    int64_t block = node_int(n, "block", 0), attr = node_int(n, "axis", 1);
    int axis = 0;
    bool whole = s.rank == 0 || (s.rank == 1 && dim_is(s.dim[0], 1));
    if (!z.value)
        return SPML_RESOURCE;
    if (!whole && !axis_normalise(attr, x.rank, &axis))
        return shape_error(n, err, "axis %lld is outside rank %d", (long long)attr, x.rank);
    if (block && s.rank == x.rank && !whole)
        return quant_blocked(l, n, axis, x, s, z, y, err);
    if (!whole && s.rank != 1)
        return lower_unsupported(n, err, "a scale of rank %d without block size", s.rank);
    return quant_apply(l, n, x, scale_view(l, s, axis, &x), scale_view(l, z, axis, &x), y, err);
}

SpmlCode lower_quantize(Lower *l, Node *n, Error *err) { return lower_quant(l, n, err); }
SpmlCode lower_dequantize(Lower *l, Node *n, Error *err) { return lower_quant(l, n, err); }

/* ── qlinear_add ── */

SpmlCode shape_qlinear_add(Node *n, Error *err)
{
    const Type *a = in_type(n, 0), *b = in_type(n, 3), *z = in_type(n, 7);
    for (int i = 0; i < 8; i++)
        if (!in_given(n, i))
            return shape_error(n, err, "an input is missing");
    if (in_type(n, 2)->dtype != a->dtype || in_type(n, 5)->dtype != b->dtype)
        return shape_error(n, err, "a zero point is of another type than its tensor");
    const Dim *d[IR_MAX_RANK];
    int rank;
    SpmlCode code = broadcast_dims(n, err, 2, (const Type *const[]){a, b}, &rank, d);
    if (!code)
        out_set(n, 0, z->dtype, rank, d);
    return code;
}

SpmlCode lower_qlinear_add(Lower *l, Node *n, Error *err)
{
    const Operand y = lower_value(l, n->out[0]);
    CallSpec c = {.kernel = "qlinear_add", .types = {{"A", n->in[0]->type.dtype}, {"B", n->in[3]->type.dtype}, {"Y", y.type}}, .ranks = {{"I", y.rank}, {"L", 0}}};
    for (int i = 0; i < 8; i++) {
        const Operand x = lower_value(l, n->in[i]);
        c.args[c.n_args++] = i == 0 || i == 3 ? view_expand(l, x, y.rank, y.dim) : view_reshape(l, x, 0, y.dim);
    }
    c.args[c.n_args++] = y;
    return lower_call(l, &c, err);
}

/* ── dynamic_quantize ── */

SpmlCode shape_dynamic_quantize(Node *n, Error *err)
{
    const Type *x = in_type(n, 0);
    if (x->dtype != DT_f32)
        return shape_error(n, err, "x is %s, not f32", dtype_name(x->dtype));
    out_set(n, 0, DT_u8, x->rank, x->dim);
    out_set(n, 1, DT_f32, 0, NULL);
    out_set(n, 2, DT_u8, 0, NULL);
    return SPML_OK;
}

static Operand out_or_temp(Lower *l, Node *n, int i, DType t)
{
    return lower_value(l, i < n->n_out && n->out[i] ? n->out[i] : lower_temp(l, t, 0, NULL));
}

SpmlCode lower_dynamic_quantize(Lower *l, Node *n, Error *err)
{
    Operand x = lower_value(l, n->in[0]), s = out_or_temp(l, n, 1, DT_f32), z = out_or_temp(l, n, 2, DT_u8);
    Operand lo = x, hi = x;
    SpmlCode code = SPML_OK;
    if (x.rank > 1) { /* rows first: threads share them */
        lo = lower_value(l, lower_temp(l, DT_f32, x.rank - 1, x.dim)), hi = lower_value(l, lower_temp(l, DT_f32, x.rank - 1, x.dim));
        code = lower_call(l, &(CallSpec){.kernel = "ranges", .ranks = {{"L", lo.rank}}, .args = {x, lo, hi}, .n_args = 3}, err);
    }
    if (!code)
        code = lower_call(l, &(CallSpec){.kernel = "quantize_range", .ranks = {{"L", 0}, {"C", lo.rank}}, .args = {lo, hi, s, z}, .n_args = 4}, err);
    if (code || !n->out[0])
        return code;
    CallSpec c = {.kernel = "quantize", .types = {{"X", x.type}, {"S", DT_f32}, {"Z", DT_u8}, {"Y", DT_u8}}, .ranks = {{"I", x.rank}, {"L", 0}},
                  .args = {x, s, z, lower_value(l, n->out[0])}, .n_args = 4};
    return lower_call(l, &c, err);
}
