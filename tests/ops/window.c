/* SPDX-License-Identifier: MIT
 * tests/ops: pools, resizing, regions, transforms, optimiser steps. */
#include "gen.h"

#include <stdio.h>
#include <string.h>

#define FLOATS "f32 f32 f32 f16 bf16 f64"

static GenShape image(Gen *g, int rank, int64_t lo, int64_t hi)
{
    GenShape s = gen_dims(2, gen_between(g, 1, 3), gen_between(g, 1, 4));
    while (s.rank < rank)
        s.dim[s.rank++] = gen_between(g, lo, rank > 4 && hi > 6 ? 6 : hi);
    return s;
}

/* The attributes of a pool over images of extents s, and the extents of its result. */
static GenShape pool_attrs(Gen *g, const GenShape *s, char *buf, size_t sz)
{
    const int n = s->rank - 2;
    int64_t k[3], st[3], dl[3], pd[6];
    char ks[80], ss[80], ds[80], ps[160];
    const bool same = gen_chance(g, 6), ceil = gen_chance(g, 2);
    GenShape y = *s;
    for (int i = 0; i < n; i++) {
        k[i] = gen_between(g, 1, n == 2 && gen_chance(g, 4) ? 4 : 3);
        st[i] = gen_between(g, 1, 3);
        dl[i] = k[i] <= 2 && gen_chance(g, 4) ? 2 : 1;
        pd[i] = gen_between(g, 0, k[i] - 1);
        pd[i + n] = gen_between(g, 0, k[i] - 1);
        const int64_t room = s->dim[i + 2] + pd[i] + pd[i + n] - (k[i] - 1) * dl[i] - 1;
        y.dim[i + 2] = same ? (s->dim[i + 2] + st[i] - 1) / st[i] : (room + (ceil ? st[i] - 1 : 0)) / st[i] + 1;
        if (ceil && !same && (y.dim[i + 2] - 1) * st[i] >= s->dim[i + 2] + pd[i])
            y.dim[i + 2]--;
    }
    gen_list(ks, sizeof ks, n, k);
    gen_list(ss, sizeof ss, n, st);
    gen_list(ds, sizeof ds, n, dl);
    gen_list(ps, sizeof ps, 2 * n, pd);
    snprintf(buf, sz, "\"kernel_shape\" = %s, \"strides\" = %s, \"dilations\" = %s, \"ceil_mode\" = %d, %s%s", ks, ss, ds, ceil && !same, same ? "\"auto_pad\" = \"SAME_LOWER\"" : "\"pads\" = ", same ? "" : ps);
    return y;
}

void gen_pool(Gen *g)
{
    DType t = gen_one_of(g, g->op == OP_max_pool ? FLOATS " i8 u8" : FLOATS);
    GenShape s = image(g, (int)gen_between(g, 3, 5), 4, 14);
    char attrs[500];
    pool_attrs(g, &s, attrs, sizeof attrs);
    int x = gen_data(g, t, s, FILL_RANGE, dtype_info[t].cls == DCLASS_UINT ? 0 : -20, 20);
    gen_node(g, 1, &x, g->op == OP_max_pool ? 1 + (int)gen_pick(g, 2) : 1, "%s%s%s", attrs, g->op == OP_average_pool && gen_chance(g, 2) ? ", \"count_include_pad\" = 1" : "",
             g->op == OP_lp_pool && gen_chance(g, 2) ? ", \"p\" = 1" : "");
}

/* Gradients of pools: dy and the extents of x, or x, its maxima, dy. */
void gen_pool_back(Gen *g)
{
    DType t = gen_one_of(g, FLOATS);
    GenShape s = image(g, (int)gen_between(g, 3, 5), 4, 14);
    char attrs[500];
    GenShape y = pool_attrs(g, &s, attrs, sizeof attrs);
    if (g->op == OP_max_pool_dx) {
        int x = gen_data(g, t, s, FILL_RANGE, -20, 20), of = gen_other(g, "max_pool", 1, &x, "%s", attrs);
        gen_node(g, 3, (int[]){x, of, gen_data(g, t, y, FILL_RANGE, -20, 20)}, 1, "%s", attrs);
        return;
    }
    int in[2] = {gen_data(g, t, y, FILL_RANGE, -20, 20), gen_ints(g, DT_i64, s.rank, s.dim)};
    gen_node(g, 2, in, 1, "%s%s", attrs, gen_chance(g, 3) ? ", \"sum\" = 1" : gen_chance(g, 2) ? ", \"count_include_pad\" = 1" : "");
}

void gen_resize(Gen *g)
{
    static const char *const modes[] = {"nearest", "linear", "cubic"}, *const coord[] = {"half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel", "half_pixel_symmetric"},
                      *const near[] = {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"};
    const int mode = (int)gen_pick(g, 3);
    GenShape s = image(g, mode == 2 ? 4 : (int)gen_between(g, 3, 5), 2, 9);
    DType t = gen_one_of(g, mode || g->op == OP_resize_grad ? "f32 f32 f16 f64" : "f32 f16 u8 i32");
    int64_t to[GEN_RANK];
    memcpy(to, s.dim, sizeof to);
    for (int i = 2; i < s.rank; i++)
        to[i] = gen_between(g, 1, 12);
    const bool back = g->op == OP_resize_grad;
    const GenShape result = {.rank = s.rank, .dim = {to[0], to[1], to[2], to[3], to[4]}};
    int in[5] = {gen_data(g, t, back ? result : s, FILL_RANGE, 0, 9), -1, -1, -1, -1};
    if (back)
        in[1] = gen_ints(g, DT_i64, s.rank, s.dim);
    in[3 + back] = gen_ints(g, DT_i64, s.rank, to);
    gen_node(g, 4 + back, in, 1, "\"mode\" = \"%s\", \"coordinate_transformation_mode\" = \"%s\", \"nearest_mode\" = \"%s\"%s%s", modes[mode], coord[gen_pick(g, 5)], near[gen_pick(g, 4)],
             mode && gen_chance(g, 4) ? ", \"antialias\" = 1" : "", mode == 2 && gen_chance(g, 3) ? ", \"exclude_outside\" = 1" : "");
}

void gen_max_unpool(Gen *g)
{
    DType t = gen_one_of(g, "f32 f16 f64");
    int64_t n = gen_between(g, 1, 2), c = gen_between(g, 1, 3), h = gen_between(g, 1, 5), w = gen_between(g, 1, 5);
    GenShape s = gen_dims(4, n, c, h, w);
    g->plain = true;
    int x = gen_data(g, t, s, FILL_RANGE, 0, 9), at = gen_data(g, DT_i64, s, FILL_DISTINCT, 0, (double)(n * c * 4 * h * w) - 1);
    gen_node(g, 2, (int[]){x, at}, 1, "\"kernel_shape\" = [2, 2], \"strides\" = [2, 2]");
}

/* Regions {image, x1, y1, x2, y2} or {x1, y1, x2, y2}; numbers a multiple of a quarter. */
void gen_max_roi_pool(Gen *g)
{
    DType t = gen_one_of(g, "f32 f32 f64");
    GenShape s = image(g, 4, 4, 9);
    s.dim[0] = 1; /* the image of a region stands among its numbers */
    int64_t r = gen_between(g, 1, 4);
    int in[] = {gen_data(g, t, s, FILL_RANGE, -9, 9), gen_data(g, t, gen_dims(2, r, (int64_t)5), FILL_RANGE, 0, 0.9)};
    gen_node(g, 2, in, 1, "\"pooled_shape\" = [%u, %u], \"spatial_scale\" = f %g", 1 + gen_pick(g, 3), 1 + gen_pick(g, 3), 1 + gen_pick(g, 8) * 0.5);
}

void gen_roi_align(Gen *g)
{
    DType t = gen_one_of(g, "f32 f32 f16 f64");
    GenShape s = image(g, 4, 4, 9);
    int64_t r = gen_between(g, 1, 4);
    int in[] = {gen_data(g, t, s, FILL_RANGE, -9, 9), gen_data(g, t, gen_dims(2, r, (int64_t)4), FILL_RANGE, 0, 8), gen_data(g, DT_i64, gen_dims(1, r), FILL_RANGE, 0, (double)s.dim[0] - 1)};
    gen_node(g, 3, in, 1, "\"output_height\" = %u, \"output_width\" = %u, \"sampling_ratio\" = %u, \"mode\" = \"%s\", \"coordinate_transformation_mode\" = \"%s\"", 1 + gen_pick(g, 3), 1 + gen_pick(g, 3), gen_pick(g, 4),
             gen_chance(g, 2) ? "avg" : "max", gen_chance(g, 2) ? "half_pixel" : "output_half_pixel");
}

void gen_grid_sample(Gen *g)
{
    static const char *const modes[] = {"nearest", "linear", "cubic"}, *const pads[] = {"zeros", "border", "reflection"};
    DType t = gen_one_of(g, "f32 f32 f16 f64");
    const int rank = gen_chance(g, 3) ? 5 : 4;
    GenShape s = image(g, rank, 1, 6), grid = gen_dims(1, s.dim[0]);
    for (int i = 2; i < rank; i++)
        grid.dim[grid.rank++] = gen_between(g, 1, 5);
    grid.dim[grid.rank++] = rank - 2;
    int in[] = {gen_data(g, t, s, FILL_RANGE, -9, 9), gen_data(g, gen_chance(g, 2) ? t : DT_f32, grid, FILL_RANGE, -1.5, 1.5)};
    gen_node(g, 2, in, 1, "\"mode\" = \"%s\", \"padding_mode\" = \"%s\", \"align_corners\" = %u", modes[gen_pick(g, rank == 5 ? 2 : 3)], pads[gen_pick(g, 3)], gen_pick(g, 2));
}

void gen_affine_grid(Gen *g)
{
    const bool deep = gen_chance(g, 2);
    int64_t size[5] = {gen_between(g, 1, 3), 2, gen_between(g, 1, 5), gen_between(g, 1, 5), gen_between(g, 1, 4)};
    int theta = gen_data(g, gen_one_of(g, "f32 f64"), gen_dims(3, size[0], deep ? (int64_t)3 : (int64_t)2, deep ? (int64_t)4 : (int64_t)3), FILL_RANGE, -1, 1);
    gen_node(g, 2, (int[]){theta, gen_ints(g, DT_i64, deep ? 5 : 4, size)}, 1, "\"align_corners\" = %u", gen_pick(g, 2));
}

void gen_col2im(Gen *g)
{
    int64_t image_of[2] = {gen_between(g, 3, 8), gen_between(g, 3, 8)}, block[2] = {gen_between(g, 1, 3), gen_between(g, 1, 3)}, places = (image_of[0] - block[0] + 1) * (image_of[1] - block[1] + 1);
    int x = gen_data(g, gen_one_of(g, FLOATS), gen_dims(3, gen_between(g, 1, 2), gen_between(g, 1, 3) * block[0] * block[1], places), FILL_RANGE, -3, 3);
    gen_node(g, 3, (int[]){x, gen_ints(g, DT_i64, 2, image_of), gen_ints(g, DT_i64, 2, block)}, 1, "%s", "");
}

/* ── signal ── */

void gen_dft(Gen *g)
{
    int64_t n = gen_extent(g, 33), axis = 1;
    const bool real = gen_chance(g, 2), inverse = !real && gen_chance(g, 2);
    int in[3] = {gen_data(g, gen_one_of(g, "f32 f32 f64"), gen_dims(4, gen_between(g, 1, 3), n, gen_between(g, 1, 3), real ? (int64_t)1 : (int64_t)2), FILL_RANGE, -2, 2), -1, gen_ints(g, DT_i64, -1, &axis)};
    gen_node(g, 3, in, 1, "\"inverse\" = %d, \"onesided\" = %d", inverse, real && gen_chance(g, 2));
}

void gen_stft(Gen *g)
{
    int64_t length = gen_between(g, 2, 16), n = length + gen_between(g, 0, 40), step = gen_between(g, 1, 8);
    DType t = gen_one_of(g, "f32 f32 f64");
    int in[4] = {gen_data(g, t, gen_dims(3, gen_between(g, 1, 2), n, (int64_t)1), FILL_RANGE, -2, 2), gen_ints(g, DT_i64, -1, &step), -1, -1};
    if (gen_chance(g, 2))
        in[2] = gen_weight(g, t, gen_dims(1, length), 0, 1);
    else
        in[3] = gen_ints(g, DT_i64, -1, &length);
    gen_node(g, in[2] >= 0 ? 3 : 4, in, 1, "\"onesided\" = %u", gen_pick(g, 2));
}

/* Sizes decide everything, so they are inputs in each mode: constants would be folded. */
static int input_int(Gen *g, int64_t v)
{
    const bool was = g->shapes_too;
    g->shapes_too = true;
    int x = gen_ints(g, DT_i64, -1, &v);
    g->shapes_too = was;
    return x;
}

void gen_window(Gen *g)
{
    int n = input_int(g, gen_between(g, 1, 40));
    gen_node(g, 1, &n, 1, "\"kind\" = %u, \"periodic\" = %u", gen_pick(g, 3), gen_pick(g, 2));
}

void gen_mel_weights(Gen *g)
{
    int in[5] = {input_int(g, gen_between(g, 1, 12)), input_int(g, 2 * gen_between(g, 4, 32)), input_int(g, 8000), gen_data(g, DT_f32, (GenShape){0}, FILL_RANGE, 0, 100), gen_data(g, DT_f32, (GenShape){0}, FILL_RANGE, 2000, 4000)};
    gen_node(g, 5, in, 1, "%s", "");
}

void gen_det(Gen *g)
{
    int64_t n = gen_between(g, 1, 6);
    int x = gen_data(g, gen_one_of(g, "f32 f32 f64"), gen_chance(g, 2) ? gen_dims(2, n, n) : gen_dims(4, gen_between(g, 1, 3), gen_between(g, 1, 3), n, n), FILL_RANGE, -2, 2);
    gen_node(g, 1, &x, 1, "%s", "");
}

void gen_optim(Gen *g)
{
    const int n = g->op == OP_adam_step ? 6 : 5;
    DType t = gen_one_of(g, "f32 f64");
    GenShape s = gen_shape(g, 0, 3);
    int in[6] = {gen_data(g, t, (GenShape){0}, FILL_RANGE, 0.01, 0.2), gen_data(g, DT_i64, (GenShape){0}, FILL_RANGE, 0, 3)};
    for (int i = 2; i < n; i++)
        in[i] = gen_data(g, t, s, FILL_RANGE, i > 3 ? 0.1 : -1, 1);
    gen_node(g, n, in, g->op == OP_adam_step ? 3 : 2, "\"alpha\" = f 0.5, \"beta\" = f 0.75, \"epsilon\" = f 1e-3, \"decay_factor\" = f 0.1, \"norm_coefficient\" = f 0.01%s", g->op == OP_momentum_step && gen_chance(g, 2) ? ", \"mode\" = \"nesterov\"" : "");
}
