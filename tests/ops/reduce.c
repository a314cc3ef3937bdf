/* SPDX-License-Identifier: MIT
 * tests/ops: reductions, norms, prefixes, quantisation. */
#include "gen.h"

#include <stdio.h>

#define FLOATS "f32 f32 f32 f16 bf16 f64"

static GenShape not_empty(Gen *g, int lo, int hi)
{
    GenShape s = gen_shape(g, lo, hi);
    for (int i = 0; i < s.rank; i++)
        s.dim[i] = s.dim[i] ? s.dim[i] : 1;
    return s;
}

static int signed_axis(Gen *g, int rank, int *axis)
{
    *axis = (int)gen_pick(g, (uint32_t)rank);
    return gen_chance(g, 2) ? *axis : *axis - rank;
}

void gen_reduce(Gen *g)
{
    bool real = g->op == OP_reduce_l2 || g->op == OP_reduce_log_sum || g->op == OP_reduce_log_sum_exp;
    DType t = gen_one_of(g, real ? FLOATS : FLOATS " i32 i64 u32 u64");
    GenShape s = not_empty(g, 1, 5);
    int64_t axes[GEN_RANK];
    int n = 0;
    bool positive = g->op == OP_reduce_log_sum || g->op == OP_reduce_prod || dtype_info[t].cls == DCLASS_UINT;
    if (gen_chance(g, 6)) /* long rows: chunks and their tree */
        s = gen_dims(2, gen_between(g, 1, 2), gen_between(g, 2000, 20000));
    for (int i = 0; i < s.rank; i++)
        if (gen_chance(g, 2))
            axes[n++] = gen_chance(g, 2) ? i : i - s.rank;
    int x = gen_chance(g, 4) && !positive ? gen_data(g, t, s, FILL_WIDE, 0, 0) : gen_data(g, t, s, FILL_RANGE, positive ? 0.5 : -4, g->op == OP_reduce_prod ? 1.5 : 4);
    bool input = n && gen_chance(g, 2);
    char list[100];
    gen_list(list, sizeof list, n, axes);
    if (input)
        gen_node(g, 2, (int[]){x, gen_ints(g, DT_i64, n, axes)}, 1, "\"keepdims\" = %u", gen_pick(g, 2));
    else if (n)
        gen_node(g, 1, &x, 1, "\"axes\" = %s, \"keepdims\" = %u", list, gen_pick(g, 2));
    else
        gen_node(g, 1, &x, 1, "\"keepdims\" = %u, \"noop\" = %d", gen_pick(g, 2), gen_chance(g, 4));
}

void gen_arg(Gen *g)
{
    GenShape s = not_empty(g, 1, 5);
    DType t = gen_one_of(g, FLOATS " i32 i64 u8 i8");
    int axis, at = signed_axis(g, s.rank, &axis), x = gen_data(g, t, s, FILL_RANGE, dtype_info[t].cls == DCLASS_UINT ? 0 : -6, 6);
    gen_node(g, 1, &x, 1, "\"axis\" = %d, \"keepdims\" = %u, \"last\" = %u", at, gen_pick(g, 2), gen_pick(g, 2));
}

void gen_rowwise(Gen *g)
{
    GenShape s = gen_shape(g, 1, 5);
    const bool back = g->op == OP_softmax_grad || g->op == OP_log_softmax_grad;
    const DType t = gen_one_of(g, FLOATS);
    int axis, at = signed_axis(g, s.rank, &axis), in[2] = {gen_data(g, t, s, FILL_RANGE, -8, back ? 1 : 8), -1};
    in[1] = back ? gen_data(g, t, s, FILL_RANGE, -2, 2) : -1;
    gen_node(g, back ? 2 : 1, in, 1, "\"axis\" = %d%s", at, gen_chance(g, 4) ? ", \"flatten\" = 1" : "");
}

void gen_prefix(Gen *g)
{
    DType t = gen_one_of(g, FLOATS " i32 i64");
    GenShape s = gen_shape(g, 1, 5);
    int axis;
    int64_t at = signed_axis(g, s.rank, &axis);
    int x = gen_data(g, t, s, FILL_RANGE, g->op == OP_cumprod && dtype_is_float(t) ? 0.5 : -3, g->op == OP_cumprod ? 1.5 : 3);
    gen_node(g, 2, (int[]){x, gen_ints(g, gen_chance(g, 2) ? DT_i32 : DT_i64, -1, &at)}, 1, "\"exclusive\" = %u, \"reverse\" = %u", gen_pick(g, 2), gen_pick(g, 2));
}

void gen_layer_norm(Gen *g)
{
    DType t = gen_one_of(g, FLOATS);
    GenShape s = not_empty(g, 1, 4), tail = {0};
    int axis, at = signed_axis(g, s.rank, &axis), in[3] = {-1, -1, -1}, n = 1;
    for (int i = axis; i < s.rank; i++)
        tail.dim[tail.rank++] = s.dim[i];
    in[0] = gen_data(g, t, s, FILL_RANGE, -3, 5);
    if (gen_count(&tail) <= 600 && gen_chance(g, 2))
        in[n++] = gen_weight(g, t, tail, 0.5, 2);
    if (n == 2 && g->op == OP_layer_norm && gen_chance(g, 2))
        in[n++] = gen_weight(g, t, tail, -1, 1);
    gen_node(g, n, in, g->op == OP_layer_norm ? (int)gen_between(g, 1, 3) : 1, "\"axis\" = %d, \"eps\" = f 0.001", at);
}

void gen_channel_norm(Gen *g)
{
    DType t = gen_one_of(g, FLOATS);
    const int64_t groups = gen_between(g, 1, 4), c = groups * gen_between(g, 1, 5);
    GenShape s = not_empty(g, 3, 5);
    s.dim[0] = gen_between(g, 1, 3);
    s.dim[1] = c;
    for (int i = 2; i < s.rank; i++)
        s.dim[i] = gen_extent(g, s.rank > 4 ? 5 : 12);
    const int64_t n = g->op == OP_group_norm && gen_chance(g, 3) ? groups : c;
    int in[] = {gen_data(g, t, s, FILL_RANGE, -3, 5), gen_weight(g, t, gen_dims(1, n), 0.5, 2), gen_weight(g, t, gen_dims(1, n), -1, 1)};
    gen_node(g, 3, in, 1, "\"eps\" = f 0.001, \"groups\" = %lld", (long long)groups);
}

/* Extents of images and of their channels, which lie in blocks of the last axis (with attribute `lanes`) now and then. */
static bool channel_shapes(Gen *g, GenShape *s, GenShape *c)
{
    const bool lanes = gen_chance(g, 3);
    *s = lanes ? gen_dims(4, gen_between(g, 1, 3), gen_between(g, 1, 2), gen_between(g, 1, 7), (int64_t)16) : not_empty(g, 2, 4);
    *c = gen_dims(1, lanes ? 16 * s->dim[1] : s->dim[1]);
    return lanes;
}

void gen_batch_norm(Gen *g)
{
    DType t = gen_one_of(g, "f32 f32 f16 f64");
    GenShape s, c;
    const bool lanes = channel_shapes(g, &s, &c), training = lanes || gen_chance(g, 3);
    int in[] = {gen_data(g, t, s, FILL_RANGE, -3, 5), gen_weight(g, t, c, 0.5, 2), gen_weight(g, t, c, -1, 1), gen_weight(g, t, c, -1, 1), gen_weight(g, t, c, 0.5, 2)};
    gen_node(g, 5, in, training ? 3 : 1, "\"eps\" = f 0.001, \"momentum\" = f 0.75, \"training\" = %d, \"lanes\" = %d", training, lanes);
}

void gen_mean_variance(Gen *g)
{
    GenShape s = not_empty(g, 3, 4);
    int x = gen_data(g, gen_one_of(g, FLOATS), s, FILL_RANGE, -3, 5);
    gen_node(g, 1, &x, 1, "\"axes\" = %s", s.rank == 4 && gen_chance(g, 2) ? "[0, 2, 3]" : gen_chance(g, 2) ? "[0, 2]" : "[1]");
}

void gen_lp_norm(Gen *g)
{
    GenShape s = not_empty(g, 1, 4);
    int axis, at = signed_axis(g, s.rank, &axis), x = gen_data(g, gen_one_of(g, FLOATS), s, FILL_RANGE, -3, 5);
    gen_node(g, 1, &x, 1, "\"axis\" = %d, \"p\" = %u", at, 1 + gen_pick(g, 2));
}

void gen_local_response(Gen *g)
{
    GenShape s = not_empty(g, 3, 4);
    int x = gen_data(g, gen_one_of(g, "f32 f16 f64"), s, FILL_RANGE, -3, 5);
    gen_node(g, 1, &x, 1, "\"size\" = %u, \"alpha\" = f 0.25, \"beta\" = f 0.75, \"bias\" = f 1.5", 1 + 2 * gen_pick(g, 3));
}

/* ── quantisation ── */

/* Scale of one element, one an index of the axis, or one a block. */
static GenShape scale_shape(Gen *g, GenShape s, int axis, int64_t *block)
{
    *block = 0;
    if (gen_chance(g, 3) || !s.rank)
        return (GenShape){0};
    if (gen_chance(g, 2) || s.dim[axis] < 2)
        return gen_dims(1, s.dim[axis]);
    *block = gen_between(g, 1, s.dim[axis]);
    s.dim[axis] = (s.dim[axis] + *block - 1) / *block;
    return s;
}

void gen_quantize(Gen *g)
{
    DType t = gen_one_of(g, "f32 f32 f16 bf16"), to = gen_one_of(g, "u8 i8 u16 i16 f8e4m3fn f8e5m2 i4 u4");
    GenShape s = not_empty(g, 1, 4);
    int axis, at = signed_axis(g, s.rank, &axis);
    int64_t block;
    GenShape sc = scale_shape(g, s, axis, &block);
    int in[] = {gen_data(g, t, s, FILL_RANGE, -40, 40), gen_weight(g, t, sc, 0.25, 2), -1};
    bool zero = !dtype_is_float(to) && gen_chance(g, 2);
    if (zero)
        in[2] = gen_weight(g, to, sc, 0, 6);
    gen_node(g, zero ? 3 : 2, in, 1, "\"to\" = type %s, \"axis\" = %d, \"block\" = %lld", dtype_name(to), at, (long long)block);
}

void gen_dequantize(Gen *g)
{
    DType t = gen_one_of(g, "u8 i8 u16 i16 i32 f8e4m3fn f8e5m2 i4 u4"), to = gen_one_of(g, "f32 f32 f16 bf16");
    GenShape s = not_empty(g, 1, 4);
    int axis, at = signed_axis(g, s.rank, &axis);
    int64_t block;
    GenShape sc = scale_shape(g, s, axis, &block);
    int in[] = {gen_data(g, t, s, FILL_RANGE, dtype_info[t].cls == DCLASS_UINT ? 0 : -7, 7), gen_weight(g, to, sc, 0.25, 2), -1};
    bool zero = !dtype_is_float(t) && gen_chance(g, 2);
    if (zero)
        in[2] = gen_weight(g, t, sc, 0, 6);
    gen_node(g, zero ? 3 : 2, in, 1, "\"axis\" = %d, \"block\" = %lld", at, (long long)block);
}

void gen_qlinear_add(Gen *g)
{
    const DType a = gen_one_of(g, "u8 i8"), b = gen_one_of(g, "u8 i8"), y = gen_one_of(g, "u8 i8");
    const GenShape s = not_empty(g, 1, 4);
    int in[8] = {gen_data(g, a, s, FILL_RANGE, 0, 100), gen_scalar(g, DT_f32, 0.5), gen_scalar(g, a, 3), gen_data(g, b, gen_chance(g, 3) ? gen_dims(1, s.dim[s.rank - 1]) : s, FILL_RANGE, 0, 100),
        gen_scalar(g, DT_f32, 0.75), gen_scalar(g, b, 7), gen_scalar(g, DT_f32, 0.625), gen_scalar(g, y, 5)};
    gen_node(g, 8, in, 1, "%s", "");
}

void gen_dynamic_quantize(Gen *g)
{
    int x = gen_data(g, DT_f32, not_empty(g, 1, 4), FILL_RANGE, -6, 40);
    gen_node(g, 1, &x, 3, "%s", "");
}

void gen_dropout(Gen *g)
{
    DType t = gen_one_of(g, "f32 f16 f64");
    int in[] = {gen_data(g, t, gen_shape(g, 1, 4), FILL_RANGE, -3, 3), gen_scalar(g, t, 0.5), -1};
    if (g->mode == MODE_RUNTIME)
        in[2] = gen_data(g, DT_bool, (GenShape){0}, FILL_RANGE, 1, 1);
    else
        in[2] = gen_scalar(g, DT_bool, 1);
    gen_node(g, 3, in, 2, "\"seed\" = %u", gen_pick(g, 1000));
}

/* ── gradients: x and dy of the same extents, then the scale ── */

void gen_layer_norm_back(Gen *g)
{
    DType t = gen_one_of(g, FLOATS);
    GenShape s = not_empty(g, 1, 4), tail = {0};
    int axis, at = signed_axis(g, s.rank, &axis), in[3] = {-1, -1, -1}, n = 2;
    for (int i = axis; i < s.rank; i++)
        tail.dim[tail.rank++] = s.dim[i];
    in[0] = gen_data(g, t, s, FILL_RANGE, -3, 5);
    in[1] = gen_data(g, t, s, FILL_RANGE, -2, 2);
    if (gen_count(&tail) <= 600 && gen_chance(g, 2))
        in[n++] = gen_weight(g, t, tail, 0.5, 2);
    gen_node(g, n, in, gen_chance(g, 2) ? 3 : 1, "\"axis\" = %d, \"eps\" = f 0.001, \"center\" = %u", at, gen_pick(g, 2));
}

void gen_group_norm_back(Gen *g)
{
    DType t = gen_one_of(g, FLOATS);
    const int64_t groups = gen_between(g, 1, 4), c = groups * gen_between(g, 1, 5);
    GenShape s = not_empty(g, 3, 5);
    s.dim[0] = gen_between(g, 1, 3);
    s.dim[1] = c;
    for (int i = 2; i < s.rank; i++)
        s.dim[i] = gen_extent(g, s.rank > 4 ? 5 : 12);
    const bool each = gen_chance(g, 3);
    int in[] = {gen_data(g, t, s, FILL_RANGE, -3, 5), gen_data(g, t, s, FILL_RANGE, -2, 2), gen_weight(g, t, gen_dims(1, !each && gen_chance(g, 3) ? groups : c), 0.5, 2)};
    gen_node(g, 3, in, gen_chance(g, 2) ? 3 : 1, "\"eps\" = f 0.001, \"groups\" = %lld", each ? 0 : (long long)groups);
}

void gen_batch_norm_back(Gen *g)
{
    DType t = gen_one_of(g, "f32 f32 f16 f64");
    GenShape s, c;
    const bool lanes = channel_shapes(g, &s, &c);
    int in[] = {gen_data(g, t, s, FILL_RANGE, -3, 5), gen_data(g, t, s, FILL_RANGE, -2, 2), gen_weight(g, t, c, 0.5, 2), gen_weight(g, t, c, -1, 1), gen_weight(g, t, c, 0.5, 2)};
    gen_node(g, 5, in, 3, "\"eps\" = f 0.001, \"training\" = %u, \"lanes\" = %d", gen_pick(g, 2), lanes);
}

void gen_local_response_back(Gen *g)
{
    GenShape s = not_empty(g, 3, 4);
    DType t = gen_one_of(g, "f32 f16 f64");
    int in[] = {gen_data(g, t, s, FILL_RANGE, -3, 5), gen_data(g, t, s, FILL_RANGE, -2, 2)};
    gen_node(g, 2, in, 1, "\"size\" = %u, \"alpha\" = f 0.25, \"beta\" = f 0.75, \"bias\" = f 1.5", 1 + gen_pick(g, 6));
}
