/* SPDX-License-Identifier: MIT
 * tests/ops: shapes, slices, gathers, scatters. */
#include "gen.h"

#include <stdio.h>
#include <string.h>

#define ANY "f32 f32 f16 bf16 f64 i8 i16 i32 i64 u8 u16 u32 u64 bool"

static GenShape filled(Gen *g, int lo, int hi)
{
    GenShape s = gen_shape(g, lo, hi);
    for (int i = 0; i < s.rank; i++)
        s.dim[i] = s.dim[i] ? s.dim[i] : 1;
    return s;
}

static int data(Gen *g, DType t, GenShape s) { return gen_data(g, t, s, FILL_RANGE, dtype_info[t].cls == DCLASS_INT || dtype_is_float(t) ? -90 : 0, t == DT_bool ? 1 : 90); }
static int any(Gen *g, GenShape s) { return data(g, gen_one_of(g, ANY), s); }
static int signed_axis(Gen *g, int axis, int rank) { return gen_chance(g, 2) ? axis : axis - rank; }

/* ── views ── */

void gen_reshape(Gen *g)
{
    GenShape s = gen_shape(g, 0, 5);
    int64_t to[GEN_RANK], n = gen_count(&s);
    int rank = 0;
    for (int i = 0; i < s.rank && n; i++) /* neighbours joined */
        if (rank && gen_chance(g, 2))
            to[rank - 1] *= s.dim[i];
        else
            to[rank++] = s.dim[i];
    if (!n)
        to[rank++] = -1, to[rank++] = 3;
    else if (rank && gen_chance(g, 3))
        to[gen_pick(g, (uint32_t)rank)] = -1;
    else if (gen_chance(g, 3))
        to[rank++] = 1;
    if (!n)
        s = gen_dims(2, (int64_t)0, (int64_t)3);
    int x = any(g, s);
    gen_node(g, 2, (int[]){x, gen_ints(g, DT_i64, rank, to)}, 1, "%s", "");
}

void gen_flatten(Gen *g)
{
    GenShape s = gen_shape(g, 1, 5);
    int x = any(g, s);
    gen_node(g, 1, &x, 1, "\"axis\" = %lld", (long long)gen_between(g, 0, s.rank));
}

static int ones(Gen *g, GenShape *s, int64_t *axes)
{
    int n = 0;
    for (int i = 0; i < s->rank; i++)
        if (gen_chance(g, 2)) {
            s->dim[i] = 1;
            axes[n++] = i;
        }
    return n;
}

void gen_squeeze(Gen *g)
{
    int64_t axes[GEN_RANK];
    GenShape s = gen_shape(g, 1, 5);
    int n = ones(g, &s, axes), x = any(g, s);
    if (n && gen_chance(g, 2))
        gen_node(g, 2, (int[]){x, gen_ints(g, DT_i64, n, axes)}, 1, "%s", "");
    else
        gen_node(g, 1, &x, 1, "%s", "");
}

void gen_unsqueeze(Gen *g)
{
    int64_t axes[3] = {0, 2, -1};
    GenShape s = gen_shape(g, 1, 3);
    int x = any(g, s), n = 1 + (int)gen_pick(g, 3);
    gen_node(g, 2, (int[]){x, gen_ints(g, DT_i64, n, axes)}, 1, "%s", "");
}

void gen_transpose(Gen *g)
{
    GenShape s = gen_shape(g, 1, 6);
    int64_t perm[GEN_RANK];
    char list[100];
    for (int i = 0; i < s.rank; i++)
        perm[i] = i;
    for (int i = s.rank - 1; i > 0; i--) {
        int k = (int)gen_pick(g, (uint32_t)i + 1);
        int64_t t = perm[i];
        perm[i] = perm[k];
        perm[k] = t;
    }
    gen_list(list, sizeof list, s.rank, perm);
    int x = any(g, s);
    gen_node(g, 1, &x, 1, gen_chance(g, 5) ? "%.0s" : "\"perm\" = %s", list);
}

/* ── copies ── */

void gen_expand(Gen *g)
{
    GenShape s = gen_shape(g, 1, 4), from = s;
    int cut = (int)gen_pick(g, (uint32_t)s.rank);
    for (int i = 0; i + cut < s.rank; i++)
        from.dim[i] = gen_chance(g, 2) ? 1 : s.dim[i + cut];
    from.rank -= cut;
    int x = any(g, from);
    gen_node(g, 2, (int[]){x, gen_ints(g, DT_i64, s.rank, s.dim)}, 1, "%s", "");
}

void gen_tile(Gen *g)
{
    GenShape s = gen_shape(g, 1, 4);
    int64_t by[GEN_RANK];
    for (int i = 0; i < s.rank; i++)
        by[i] = gen_chance(g, 12) ? 0 : gen_between(g, 1, 3);
    int x = any(g, s);
    gen_node(g, 2, (int[]){x, gen_ints(g, DT_i64, s.rank, by)}, 1, "%s", "");
}

void gen_concat(Gen *g)
{
    DType t = gen_one_of(g, ANY);
    GenShape s = gen_shape(g, 1, 4);
    int in[5], n = (int)gen_between(g, 1, 5), axis = (int)gen_pick(g, (uint32_t)s.rank);
    for (int i = 0; i < n; i++) {
        s.dim[axis] = gen_chance(g, 8) ? 0 : gen_extent(g, 9);
        in[i] = data(g, t, s);
    }
    gen_node(g, n, in, 1, "\"axis\" = %d", signed_axis(g, axis, s.rank));
}

void gen_split(Gen *g)
{
    GenShape s = gen_shape(g, 1, 4);
    int axis = (int)gen_pick(g, (uint32_t)s.rank), n = (int)gen_between(g, 1, 4);
    int64_t part[4];
    s.dim[axis] = 0;
    for (int i = 0; i < n; i++)
        s.dim[axis] += part[i] = gen_between(g, 0, 6);
    int x = any(g, s), at = signed_axis(g, axis, s.rank);
    gen_node(g, 2, (int[]){x, gen_ints(g, DT_i64, n, part)}, n, "\"axis\" = %d", at);
}

void gen_slice(Gen *g)
{
    GenShape s = gen_shape(g, 1, 4);
    int64_t starts[GEN_RANK], ends[GEN_RANK], axes[GEN_RANK], steps[GEN_RANK];
    int n = 0;
    for (int i = 0; i < s.rank; i++) {
        if (gen_chance(g, 3))
            continue;
        int64_t d = s.dim[i], step = gen_between(g, 1, 3);
        bool back = gen_chance(g, 3);
        starts[n] = gen_between(g, -d - 2, d + 2);
        ends[n] = gen_chance(g, 4) ? (back ? INT64_MIN : INT64_MAX) : gen_between(g, -d - 2, d + 2);
        axes[n] = gen_chance(g, 2) ? i : i - s.rank;
        steps[n++] = back ? -step : step;
    }
    int x = any(g, s);
    gen_node(g, 5, (int[]){x, gen_ints(g, DT_i64, n, starts), gen_ints(g, DT_i64, n, ends), gen_ints(g, DT_i64, n, axes), gen_ints(g, DT_i64, n, steps)}, 1, "%s", "");
}

/* A slice within its axis, and a tensor of its extents to put there. */
void gen_slice_grad(Gen *g)
{
    GenShape s = filled(g, 1, 4), part = s;
    int64_t starts[GEN_RANK], ends[GEN_RANK], axes[GEN_RANK], steps[GEN_RANK];
    int n = 0;
    for (int i = 0; i < s.rank; i++) {
        if (gen_chance(g, 3))
            continue;
        const bool back = gen_chance(g, 3);
        int64_t step = gen_between(g, 1, 3), start = gen_between(g, 0, s.dim[i] - 1), count = gen_between(g, 1, (back ? start : s.dim[i] - 1 - start) / step + 1), last = start + (back ? -step : step) * (count - 1);
        starts[n] = gen_chance(g, 2) ? start : start - s.dim[i];
        ends[n] = !back ? last + 1 : last ? last - 1 : INT64_MIN;
        axes[n] = gen_chance(g, 2) ? i : i - s.rank;
        steps[n++] = back ? -step : step;
        part.dim[i] = count;
    }
    int x = data(g, gen_one_of(g, "f32 f16 bf16 f64"), part);
    gen_node(g, 6, (int[]){x, gen_ints(g, DT_i64, n, starts), gen_ints(g, DT_i64, n, ends), gen_ints(g, DT_i64, n, axes), gen_ints(g, DT_i64, n, steps), gen_ints(g, DT_i64, s.rank, s.dim)}, 1, "%s", "");
}

void gen_pad(Gen *g)
{
    static const char *const modes[] = {"constant", "reflect", "edge", "wrap"};
    DType t = gen_one_of(g, ANY);
    GenShape s = filled(g, 1, 4);
    const int mode = (int)gen_pick(g, 4);
    int64_t pads[2 * GEN_RANK];
    for (int i = 0; i < 2 * s.rank; i++) {
        int64_t most = mode == 1 ? s.dim[i % s.rank] - 1 : s.dim[i % s.rank];
        pads[i] = gen_between(g, 0, most > 4 ? 4 : most);
        if (mode == 0 && s.dim[i % s.rank] > 4 && gen_chance(g, 5))
            pads[i] = -gen_between(g, 0, 2);
    }
    int in[3] = {data(g, t, s), gen_ints(g, DT_i64, 2 * s.rank, pads), -1};
    if (mode == 0 && gen_chance(g, 2))
        in[2] = gen_scalar(g, t, 1);
    gen_node(g, in[2] >= 0 ? 3 : 2, in, 1, "\"mode\" = \"%s\"", modes[mode]);
}

void gen_center_crop_pad(Gen *g)
{
    GenShape s = filled(g, 1, 4);
    int64_t to[GEN_RANK];
    for (int i = 0; i < s.rank; i++)
        to[i] = gen_between(g, 1, 12);
    int x = any(g, s);
    gen_node(g, 2, (int[]){x, gen_ints(g, DT_i64, s.rank, to)}, 1, "%s", "");
}

/* ── gathers: indices stand in the range of their axis, some counted from its end ── */

static int indices(Gen *g, GenShape s, int64_t extent) { return gen_data(g, gen_one_of(g, "i64 i32"), s, FILL_RANGE, -(double)extent, (double)extent - 1); }

void gen_gather(Gen *g)
{
    GenShape s = filled(g, 1, 4);
    int axis = (int)gen_pick(g, (uint32_t)s.rank), x = any(g, s), at = signed_axis(g, axis, s.rank);
    GenShape ix = gen_dims(1, gen_between(g, 0, 6));
    if (gen_chance(g, 3))
        ix = gen_dims(2, gen_between(g, 1, 3), gen_between(g, 1, 4));
    gen_node(g, 2, (int[]){x, indices(g, gen_chance(g, 4) ? (GenShape){0} : ix, s.dim[axis])}, 1, "\"axis\" = %d", at);
}

void gen_gather_grad(Gen *g)
{
    GenShape s = filled(g, 1, 4), part = {0};
    int axis = (int)gen_pick(g, (uint32_t)s.rank), at = signed_axis(g, axis, s.rank);
    int64_t n = gen_between(g, 0, 6);
    for (int i = 0; i < s.rank; i++)
        part.dim[part.rank++] = i == axis ? n : s.dim[i];
    int extents = gen_ints(g, DT_i64, s.rank, s.dim), ix = indices(g, gen_dims(1, n), s.dim[axis]), x = data(g, gen_one_of(g, "f32 f16 bf16 f64"), part);
    gen_node(g, 3, (int[]){extents, ix, x}, 1, "\"axis\" = %d", at);
}

void gen_gather_elements(Gen *g)
{
    GenShape s = filled(g, 1, 4), ix = s;
    int axis = (int)gen_pick(g, (uint32_t)s.rank), x = any(g, s), at = signed_axis(g, axis, s.rank);
    ix.dim[axis] = gen_between(g, 1, 6);
    gen_node(g, 2, (int[]){x, indices(g, ix, s.dim[axis])}, 1, "\"axis\" = %d", at);
}

/* A shape whose extents from `from` on, q of them, are one another's: any tuple of indices fits. */
static GenShape cubic(Gen *g, int batch, int q, int rest, int64_t *extent)
{
    GenShape s = {.rank = batch + q + rest};
    *extent = gen_between(g, 1, 6);
    for (int i = 0; i < s.rank; i++)
        s.dim[i] = i >= batch && i < batch + q ? *extent : gen_between(g, 1, 4);
    return s;
}

void gen_gather_nd(Gen *g)
{
    int batch = (int)gen_pick(g, 2), q = (int)gen_between(g, 1, 2), rest = (int)gen_pick(g, 3);
    int64_t e;
    GenShape s = cubic(g, batch, q, rest, &e), ix = {.rank = batch + 2};
    for (int i = 0; i < batch; i++)
        ix.dim[i] = s.dim[i];
    ix.dim[batch] = gen_between(g, 1, 6);
    ix.dim[batch + 1] = q;
    int x = any(g, s);
    gen_node(g, 2, (int[]){x, indices(g, ix, e)}, 1, "\"batch_dims\" = %d", batch);
}

static const char *const reductions[] = {"none", "add", "mul", "min", "max"};

void gen_scatter_elements(Gen *g)
{
    const int how = (int)gen_pick(g, 5);
    DType t = gen_one_of(g, how ? "f32 f32 f16 f64 i32 i64" : ANY);
    GenShape s = filled(g, 1, 3), u = s;
    int axis = (int)gen_pick(g, (uint32_t)s.rank);
    u.dim[axis] = how ? gen_between(g, 1, 5) : gen_between(g, 1, s.dim[axis] > 4 ? 4 : s.dim[axis]);
    int x = data(g, t, s), ix = indices(g, u, s.dim[axis]), v = gen_data(g, t, u, FILL_RANGE, 0, t == DT_bool ? 1 : 9);
    gen_node(g, 3, (int[]){x, ix, v}, 1, "\"axis\" = %d, \"reduction\" = \"%s\"", signed_axis(g, axis, s.rank), reductions[how]);
}

void gen_scatter_nd(Gen *g)
{
    const int how = (int)gen_pick(g, 5), q = (int)gen_between(g, 1, 2), rest = (int)gen_pick(g, 3);
    DType t = gen_one_of(g, how ? "f32 f32 f16 f64 i32 i64" : ANY);
    int64_t e, k = gen_between(g, 1, 6);
    GenShape s = cubic(g, 0, q, rest, &e), u = gen_dims(1, k);
    for (int i = q; i < s.rank; i++)
        u.dim[u.rank++] = s.dim[i];
    int x = data(g, t, s), ix = indices(g, gen_dims(2, k, (int64_t)q), e), v = gen_data(g, t, u, FILL_RANGE, 0, t == DT_bool ? 1 : 9);
    gen_node(g, 3, (int[]){x, ix, v}, 1, "\"reduction\" = \"%s\"", reductions[how]);
}

void gen_tensor_scatter(Gen *g)
{
    DType t = gen_one_of(g, ANY);
    int64_t b = gen_between(g, 1, 3), h = gen_between(g, 1, 3), l = gen_between(g, 3, 9), d = gen_between(g, 1, 4), n = gen_between(g, 1, 3);
    bool circular = gen_chance(g, 2), at = gen_chance(g, 2);
    int in[3] = {data(g, t, gen_dims(4, b, h, l, d)), data(g, t, gen_dims(4, b, h, n, d)), -1};
    if (at)
        in[2] = gen_data(g, DT_i64, gen_dims(1, b), FILL_RANGE, 0, (double)(circular ? l - 1 : l - n));
    gen_node(g, at ? 3 : 2, in, 1, "\"axis\" = -2, \"mode\" = \"%s\"", circular ? "circular" : "linear");
}

/* ── others ── */

void gen_extents(Gen *g)
{
    int x = any(g, gen_shape(g, 0, 5));
    gen_node(g, 1, &x, 1, "%s", g->op == OP_shape && gen_chance(g, 2) ? "\"start\" = 1" : "");
}

static int run_time_ints(Gen *g, DType t, int n, const int64_t *v)
{
    const bool was = g->shapes_too;
    g->shapes_too = true;
    int x = gen_ints(g, t, n, v);
    g->shapes_too = was;
    return x;
}

/* What these make depends on their inputs alone, which are run-time tensors: constants would be folded. */
void gen_constant_of_shape(Gen *g)
{
    GenShape s = gen_shape(g, 1, 4);
    DType t = gen_one_of(g, ANY);
    text_printf(&g->text, "let %%%d: %s[1] const = [1]\n", g->n_values, dtype_name(t));
    int v = g->n_values++, d = run_time_ints(g, DT_i64, s.rank, s.dim);
    gen_node(g, 1, &d, 1, "\"value\" = %%%d", v);
}

void gen_range(Gen *g)
{
    DType t = gen_one_of(g, "i64 i32 f32 f64");
    int64_t a = gen_between(g, -9, 9), n = gen_between(g, 0, 40), by = gen_chance(g, 2) ? 1 : -3;
    if (dtype_is_float(t)) {
        int in[3] = {gen_data(g, t, (GenShape){0}, FILL_RANGE, (double)a, (double)a), gen_data(g, t, (GenShape){0}, FILL_RANGE, (double)(a + n * by), (double)(a + n * by)), gen_data(g, t, (GenShape){0}, FILL_RANGE, (double)by, (double)by)};
        gen_node(g, 3, in, 1, "%s", "");
        return;
    }
    int64_t end = a + n * by;
    int in[3] = {run_time_ints(g, t, -1, &a), run_time_ints(g, t, -1, &end), run_time_ints(g, t, -1, &by)};
    gen_node(g, 3, in, 1, "%s", "");
}

void gen_eye_like(Gen *g)
{
    int x = any(g, gen_dims(2, gen_extent(g, 20), gen_extent(g, 20)));
    gen_node(g, 1, &x, 1, "\"k\" = %lld, \"to\" = type %s", (long long)gen_between(g, -3, 3), dtype_name(gen_one_of(g, ANY)));
}

void gen_one_hot(Gen *g)
{
    GenShape s = gen_shape(g, 1, 3);
    int64_t depth = gen_between(g, 1, 9);
    DType t = gen_one_of(g, "f32 f16 i32 i64 u8 bool");
    int in[3] = {gen_data(g, gen_one_of(g, "i64 i32"), s, FILL_RANGE, -(double)depth - 1, (double)depth + 1), gen_ints(g, DT_i64, -1, &depth), gen_weight(g, t, gen_dims(1, (int64_t)2), 0, t == DT_bool ? 1 : 9)};
    gen_node(g, 3, in, 1, "\"axis\" = %lld", (long long)gen_between(g, -s.rank - 1, s.rank));
}

void gen_trilu(Gen *g)
{
    GenShape s = filled(g, 2, 4);
    int64_t k = gen_between(g, -4, 4);
    int x = any(g, s);
    gen_node(g, 2, (int[]){x, gen_ints(g, DT_i64, -1, &k)}, 1, "\"upper\" = %u", gen_pick(g, 2));
}

void gen_depth_to_space(Gen *g)
{
    int64_t b = gen_between(g, 1, 3), c = gen_between(g, 1, 3), h = gen_between(g, 1, 5), w = gen_between(g, 1, 5), n = gen_between(g, 1, 2);
    bool depth = g->op == OP_depth_to_space;
    int x = any(g, depth ? gen_dims(4, n, c * b * b, h, w) : gen_dims(4, n, c, h * b, w * b));
    gen_node(g, 1, &x, 1, "\"blocksize\" = %lld%s", (long long)b, depth && gen_chance(g, 2) ? ", \"mode\" = \"CRD\"" : "");
}

void gen_reverse_sequence(Gen *g)
{
    GenShape s = filled(g, 2, 4);
    bool batch_first = gen_chance(g, 2);
    int x = any(g, s), n = gen_data(g, DT_i64, gen_dims(1, s.dim[batch_first ? 0 : 1]), FILL_RANGE, 1, (double)s.dim[batch_first ? 1 : 0]);
    gen_node(g, 2, (int[]){x, n}, 1, "\"batch_axis\" = %d, \"time_axis\" = %d", !batch_first, batch_first);
}
