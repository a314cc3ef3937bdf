/* SPDX-License-Identifier: MIT
 * tests/ops: products, convolutions, recurrent layers, attention. Weights as constants are small: they stand in the text. */
#include "gen.h"

#include <stdio.h>
#include <string.h>

#define FLOATS "f32 f32 f32 f16 bf16 f64"

static GenShape with(GenShape s, int64_t a, int64_t b)
{
    s.dim[s.rank++] = a;
    s.dim[s.rank++] = b;
    return s;
}

/* Batches of the two operands, which broadcast. */
static void batches(Gen *g, GenShape *a, GenShape *b)
{
    *a = *b = (GenShape){.rank = (int)gen_pick(g, 3)};
    for (int i = 0; i < a->rank; i++) {
        int64_t n = gen_between(g, 1, 3);
        a->dim[i] = gen_chance(g, 4) ? 1 : n;
        b->dim[i] = gen_chance(g, 4) ? 1 : n;
    }
    if (gen_chance(g, 3))
        b->rank = 0;
}

void gen_matmul(Gen *g)
{
    DType t = gen_one_of(g, FLOATS);
    int64_t m = gen_extent(g, 40), k = gen_chance(g, 20) ? 0 : gen_extent(g, 90), n = gen_extent(g, 40);
    bool ta = gen_chance(g, 4), tb = gen_chance(g, 4);
    GenShape a, b, c;
    batches(g, &a, &b);
    a = with(a, ta ? k : m, ta ? m : k);
    b = with(b, tb ? n : k, tb ? k : n);
    c = gen_chance(g, 2) ? gen_dims(1, n) : gen_dims(2, gen_chance(g, 2) ? m : (int64_t)1, n);
    int in[3] = {gen_data(g, t, a, FILL_RANGE, -2, 2), gen_count(&b) <= 600 ? gen_weight(g, t, b, -2, 2) : gen_data(g, t, b, FILL_RANGE, -2, 2), -1}, n_in = 2;
    if (gen_chance(g, 3))
        in[n_in++] = gen_weight(g, t, c, -2, 2);
    gen_node(g, n_in, in, 1, "\"trans_a\" = %d, \"trans_b\" = %d", ta, tb);
}

/* ── convolutions ── */

typedef struct Conv { int64_t n, groups, ci, co, in[3], k[3], stride[3], dil[3], pad[6]; int spatial; bool same; } Conv;

static Conv draw_conv(Gen *g, bool small)
{
    Conv c = {.n = gen_between(g, 1, 3), .groups = gen_chance(g, 3) ? gen_between(g, 2, 4) : 1, .ci = gen_between(g, 1, small ? 3 : 6), .co = gen_between(g, 1, small ? 3 : 9), .spatial = (int)gen_between(g, 1, 3)};
    if (gen_chance(g, 4)) /* depthwise */
        c.ci = 1, c.groups = gen_between(g, 2, 9), c.co = gen_between(g, 1, 2);
    for (int i = 0; i < c.spatial; i++) {
        c.k[i] = gen_between(g, 1, c.spatial == 3 ? 2 : 3);
        c.stride[i] = gen_between(g, 1, 3);
        c.dil[i] = gen_chance(g, 4) ? 2 : 1;
        c.in[i] = (c.k[i] - 1) * c.dil[i] + 1 + gen_between(g, 0, c.spatial == 3 ? 4 : 11);
        c.pad[i] = gen_between(g, 0, c.k[i] - 1);
        c.pad[i + c.spatial] = gen_between(g, 0, c.k[i] - 1);
    }
    c.same = gen_chance(g, 6);
    return c;
}

static GenShape image(const Conv *c)
{
    GenShape s = gen_dims(2, c->n, c->groups * c->ci);
    for (int i = 0; i < c->spatial; i++)
        s.dim[s.rank++] = c->in[i];
    return s;
}

static GenShape filter(const Conv *c, bool transposed)
{
    GenShape s = transposed ? gen_dims(2, c->groups * c->ci, c->co) : gen_dims(2, c->groups * c->co, c->ci);
    for (int i = 0; i < c->spatial; i++)
        s.dim[s.rank++] = c->k[i];
    return s;
}

static void conv_attrs(const Conv *c, char *buf, size_t sz)
{
    char st[80], dl[80], pd[160];
    gen_list(st, sizeof st, c->spatial, c->stride);
    gen_list(dl, sizeof dl, c->spatial, c->dil);
    gen_list(pd, sizeof pd, 2 * c->spatial, c->pad);
    snprintf(buf, sz, "\"strides\" = %s, \"dilations\" = %s, \"group\" = %lld, %s%s", st, dl, (long long)c->groups, c->same ? "\"auto_pad\" = \"SAME_UPPER\"" : "\"pads\" = ", c->same ? "" : pd);
}

void gen_conv(Gen *g)
{
    DType t = gen_one_of(g, FLOATS);
    Conv c = draw_conv(g, false);
    if (gen_chance(g, 2) && c.groups == 1 && c.spatial < 3) /* enough channels for blocks */
        c.n = 1, c.ci = gen_between(g, 1, 20), c.co = gen_between(g, 12, 36);
    char attrs[500];
    int in[3] = {gen_data(g, t, image(&c), FILL_RANGE, -2, 2), gen_weight(g, t, filter(&c, false), -2, 2)}, n = 2;
    if (gen_chance(g, 2))
        in[n++] = gen_weight(g, t, gen_dims(1, c.groups * c.co), -2, 2);
    conv_attrs(&c, attrs, sizeof attrs);
    gen_node(g, n, in, 1, "%s", attrs);
}

/* x plain with one group, or in blocks; the blocks of a group are whole, or there is one channel each. */
void gen_conv_blocked(Gen *g)
{
    DType t = gen_one_of(g, "f32 f32 f64");
    Conv c = draw_conv(g, false);
    char attrs[500];
    const bool depthwise = c.groups > 1 && gen_chance(g, 2), plain = c.groups == 1 && gen_chance(g, 2);
    if (depthwise)
        c.groups = gen_between(g, 2, 37), c.ci = c.co = 1;
    else if (c.groups > 1)
        c.groups = 2, c.ci = 16, c.co = 16 * gen_between(g, 1, 2);
    else
        c.ci = gen_between(g, 1, 20), c.co = gen_between(g, 1, 40);
    GenShape x = image(&c), b = gen_dims(1, (c.groups * c.co + 15) / 16 * 16);
    if (!plain)
        x.dim[1] = (x.dim[1] + 15) / 16, x.dim[x.rank++] = 16;
    int in[3] = {gen_data(g, t, x, FILL_RANGE, -2, 2), gen_weight(g, t, filter(&c, false), -2, 2)}, n = 2;
    if (gen_chance(g, 2))
        in[n++] = gen_weight(g, t, b, -2, 2);
    conv_attrs(&c, attrs, sizeof attrs);
    gen_node(g, n, in, 1, "%s", attrs);
}

void gen_relayout(Gen *g)
{
    DType t = gen_one_of(g, "f32 f16 u8 i64");
    int64_t channels = gen_between(g, 1, 40);
    GenShape s = gen_dims(2, gen_between(g, 1, 2), channels);
    const bool in_blocks = gen_chance(g, 2);
    for (int i = (int)gen_between(g, 1, 2); i > 0; i--)
        s.dim[s.rank++] = gen_between(g, 1, 6);
    if (in_blocks)
        s.dim[1] = (channels + 15) / 16, s.dim[s.rank++] = 16;
    int x = gen_data(g, t, s, FILL_WIDE, 0, 0);
    if (in_blocks)
        gen_node(g, 1, &x, 1, "\"channels\" = %lld", (long long)channels);
    else
        gen_node(g, 1, &x, 1, "\"block\" = 16");
}

void gen_conv_transpose(Gen *g)
{
    DType t = gen_one_of(g, FLOATS);
    Conv c = draw_conv(g, true);
    char attrs[500], extra[80];
    int64_t more[3] = {0};
    int in[3] = {gen_data(g, t, image(&c), FILL_RANGE, -2, 2), gen_weight(g, t, filter(&c, true), -2, 2)}, n = 2;
    if (gen_chance(g, 2))
        in[n++] = gen_weight(g, t, gen_dims(1, c.groups * c.co), -2, 2);
    for (int i = 0; i < c.spatial; i++)
        more[i] = gen_chance(g, 3) ? gen_between(g, 0, c.stride[i] - 1) : 0;
    gen_list(extra, sizeof extra, c.spatial, more);
    conv_attrs(&c, attrs, sizeof attrs);
    gen_node(g, n, in, 1, "%s, \"output_padding\" = %s", attrs, extra);
}

/* The results of the convolution. */
static GenShape results(const Conv *c)
{
    GenShape s = gen_dims(2, c->n, c->groups * c->co);
    for (int i = 0; i < c->spatial; i++) {
        const int64_t span = (c->k[i] - 1) * c->dil[i] + 1, pads = c->pad[i] + c->pad[i + c->spatial];
        s.dim[s.rank++] = c->same ? (c->in[i] + c->stride[i] - 1) / c->stride[i] : (c->in[i] + pads - span) / c->stride[i] + 1;
    }
    return s;
}

/* Gradients of a convolution: dy and w, or x and dy, and the extents of the other. */
void gen_conv_back(Gen *g)
{
    DType t = gen_one_of(g, FLOATS);
    Conv c = draw_conv(g, true);
    char attrs[500];
    const bool by_input = g->op == OP_conv_dx;
    GenShape x = image(&c), w = filter(&c, false), y = results(&c), *to = by_input ? &x : &w;
    int in[3] = {gen_data(g, t, by_input ? y : x, FILL_RANGE, -2, 2)};
    in[1] = by_input ? gen_weight(g, t, w, -2, 2) : gen_data(g, t, y, FILL_RANGE, -2, 2);
    in[2] = gen_ints(g, DT_i64, to->rank, to->dim);
    conv_attrs(&c, attrs, sizeof attrs);
    gen_node(g, 3, in, 1, "%s", attrs);
}

/* The same with channels in blocks; the extents of the result are the plain ones. */
void gen_conv_blocked_back(Gen *g)
{
    DType t = gen_one_of(g, "f32 f32 f64");
    Conv c = draw_conv(g, false);
    char attrs[500];
    const bool by_input = g->op == OP_conv_blocked_dx, each = by_input && gen_chance(g, 4);
    c.groups = each ? gen_between(g, 2, 37) : 1, c.ci = each ? 1 : gen_between(g, 1, 20), c.co = each ? 1 : gen_between(g, 1, 20);
    GenShape x = image(&c), w = filter(&c, false), y = results(&c), to = by_input ? x : w;
    if (by_input || gen_chance(g, 2))
        x.dim[1] = (x.dim[1] + 15) / 16, x.dim[x.rank++] = 16;
    y.dim[1] = (y.dim[1] + 15) / 16, y.dim[y.rank++] = 16;
    int in[3] = {gen_data(g, t, by_input ? y : x, FILL_RANGE, -2, 2)};
    in[1] = by_input ? gen_weight(g, t, w, -2, 2) : gen_data(g, t, y, FILL_RANGE, -2, 2);
    in[2] = gen_ints(g, DT_i64, to.rank, to.dim);
    conv_attrs(&c, attrs, sizeof attrs);
    gen_node(g, 3, in, 1, "%s", attrs);
}

void gen_conv_integer(Gen *g)
{
    Conv c = draw_conv(g, true);
    char attrs[500];
    DType x = gen_one_of(g, "u8 i8"), w = gen_one_of(g, "u8 i8"), y = gen_one_of(g, "u8 i8");
    conv_attrs(&c, attrs, sizeof attrs);
    int a = gen_data(g, x, image(&c), FILL_RANGE, 0, 100), b = gen_weight(g, w, filter(&c, false), 0, 100);
    if (g->op == OP_conv_integer) {
        int in[4] = {a, b, gen_scalar(g, x, 3), gen_chance(g, 2) ? gen_scalar(g, w, 2) : -1};
        gen_node(g, 4, in, 1, "%s", attrs);
        return;
    }
    GenShape per = gen_chance(g, 2) ? gen_dims(1, c.groups * c.co) : (GenShape){0};
    int in[14] = {a, gen_scalar(g, DT_f32, 0.5), gen_scalar(g, x, 3), b, gen_weight(g, DT_f32, per, 0.25, 1), gen_weight(g, w, per, 0, 3), gen_scalar(g, DT_f32, 40), gen_scalar(g, y, 5)}, n = 8;
    if (gen_chance(g, 2) || g->op == OP_qlinear_conv_add)
        in[n++] = gen_weight(g, DT_i32, gen_dims(1, c.groups * c.co), -90, 90);
    if (g->op == OP_qlinear_conv_add) {
        GenShape other = {.rank = c.spatial + 1, .dim = {c.groups * c.co, 1, 1, 1}};
        const DType r = gen_one_of(g, "u8 i8");
        const int more[5] = {gen_data(g, r, other, FILL_RANGE, 0, 100), gen_scalar(g, DT_f32, 0.5), gen_scalar(g, r, 3), gen_scalar(g, DT_f32, 1.5), gen_scalar(g, y, 7)};
        for (int i = 0; i < 5; i++)
            in[n++] = more[i];
    }
    gen_node(g, n, in, 1, "%s", attrs);
}

void gen_matmul_integer(Gen *g)
{
    DType x = gen_one_of(g, "u8 i8"), w = gen_one_of(g, "u8 i8"), y = gen_one_of(g, "u8 i8");
    int64_t m = gen_extent(g, 33), k = gen_extent(g, 65), n = gen_extent(g, 17);
    GenShape a, b;
    batches(g, &a, &b);
    a = with(a, m, k);
    b = with(b, k, n);
    int p = gen_data(g, x, a, FILL_RANGE, 0, 100), q = gen_count(&b) <= 600 ? gen_weight(g, w, b, 0, 100) : gen_data(g, w, b, FILL_RANGE, 0, 100);
    GenShape cols = gen_chance(g, 2) ? gen_dims(1, n) : (GenShape){0};
    if (g->op == OP_matmul_integer)
        gen_node(g, 4, (int[]){p, q, gen_scalar(g, x, 3), gen_weight(g, w, cols, 0, 4)}, 1, "%s", "");
    else if (g->op == OP_matmul_integer_float)
        gen_node(g, 6, (int[]){p, q, gen_scalar(g, x, 3), gen_weight(g, w, cols, 0, 4), gen_weight(g, DT_f32, cols, 0.25, 1), gen_weight(g, DT_f32, cols, -9, 9)}, 1, "%s", "");
    else
        gen_node(g, 8, (int[]){p, gen_scalar(g, DT_f32, 0.5), gen_scalar(g, x, 3), q, gen_weight(g, DT_f32, cols, 0.25, 1), gen_weight(g, w, cols, 0, 4), gen_scalar(g, DT_f32, 60), gen_scalar(g, y, 9)}, 1, "%s", "");
}

void gen_deform_conv(Gen *g)
{
    int64_t n = gen_between(g, 1, 2), groups = gen_between(g, 1, 2), og = gen_between(g, 1, 2), ci = 2 * gen_between(g, 1, 2), co = groups * gen_between(g, 1, 3), k = gen_between(g, 1, 3), h = gen_between(g, 3, 7), w = gen_between(g, 3, 7);
    int64_t oh = h - k + 1, ow = w - k + 1;
    DType t = gen_one_of(g, "f32 f32 f16 f64");
    int in[5] = {gen_data(g, t, gen_dims(4, n, ci, h, w), FILL_RANGE, -2, 2), gen_weight(g, t, gen_dims(4, co, ci / groups, k, k), -2, 2), gen_data(g, t, gen_dims(4, n, og * k * k * 2, oh, ow), FILL_RANGE, -2, 2), -1, -1}, n_in = 3;
    if (gen_chance(g, 2)) {
        in[3] = gen_weight(g, t, gen_dims(1, co), -1, 1);
        n_in = 4;
    }
    if (n_in == 4 && gen_chance(g, 2))
        in[n_in++] = gen_data(g, t, gen_dims(4, n, og * k * k, oh, ow), FILL_RANGE, 0, 1);
    gen_node(g, n_in, in, 1, "\"group\" = %lld, \"offset_group\" = %lld", (long long)groups, (long long)og);
}

/* ── recurrent ── */

void gen_recurrent(Gen *g)
{
    const int gates = g->op == OP_lstm ? 4 : g->op == OP_gru ? 3 : 1;
    const char *const dirs[] = {"forward", "reverse", "bidirectional"};
    const int way = (int)gen_pick(g, 3);
    DType t = gen_one_of(g, "f32 f32 f16");
    int64_t d = way == 2 ? 2 : 1, steps = gen_between(g, 1, 5), n = gen_between(g, 1, 3), i = gen_between(g, 1, 6), h = gen_between(g, 1, 6), layout = gen_chance(g, 4);
    GenShape x = layout ? gen_dims(3, n, steps, i) : gen_dims(3, steps, n, i), state = layout ? gen_dims(3, n, d, h) : gen_dims(3, d, n, h);
    int in[8] = {gen_data(g, t, x, FILL_RANGE, -2, 2), gen_weight(g, t, gen_dims(3, d, gates * h, i), -1, 1), gen_weight(g, t, gen_dims(3, d, gates * h, h), -1, 1), -1, -1, -1, -1, -1}, n_in = 3;
    if (gen_chance(g, 2)) {
        in[3] = gen_weight(g, t, gen_dims(2, d, 2 * gates * h), -1, 1);
        n_in = 4;
    }
    if (n_in == 4 && gen_chance(g, 2)) {
        in[4] = gen_data(g, DT_i32, gen_dims(1, n), FILL_RANGE, 1, (double)steps);
        in[5] = gen_data(g, t, state, FILL_RANGE, -1, 1);
        n_in = 6;
        if (g->op == OP_lstm) {
            in[6] = gen_data(g, t, state, FILL_RANGE, -1, 1);
            in[7] = gen_weight(g, t, gen_dims(2, d, 3 * h), -1, 1);
            n_in = 8;
        }
    }
    gen_node(g, n_in, in, g->op == OP_lstm ? 3 : 2, "\"direction\" = \"%s\", \"layout\" = %lld%s%s", dirs[way], (long long)layout, g->op == OP_gru && gen_chance(g, 2) ? ", \"linear_before_reset\" = 1" : "", gen_chance(g, 4) ? ", \"clip\" = f 1.5" : "");
}

/* The layer's inputs, what it kept, gradients of its outputs. */
void gen_recurrent_back(Gen *g)
{
    const int gates = g->op == OP_lstm_grad ? 4 : g->op == OP_gru_grad ? 3 : 1;
    const char *const dirs[] = {"forward", "reverse", "bidirectional"};
    const int way = (int)gen_pick(g, 3);
    DType t = gen_one_of(g, "f32 f32 f16"), a = DT_f32;
    int64_t d = way == 2 ? 2 : 1, steps = gen_between(g, 1, 5), n = gen_between(g, 1, 3), i = gen_between(g, 1, 6), h = gen_between(g, 1, 6), layout = gen_chance(g, 4);
    GenShape x = layout ? gen_dims(3, n, steps, i) : gen_dims(3, steps, n, i), state = layout ? gen_dims(3, n, d, h) : gen_dims(3, d, n, h), y = layout ? gen_dims(4, n, steps, d, h) : gen_dims(4, steps, d, n, h);
    int in[14] = {gen_data(g, t, x, FILL_RANGE, -2, 2), gen_weight(g, t, gen_dims(3, d, gates * h, i), -1, 1), gen_weight(g, t, gen_dims(3, d, gates * h, h), -1, 1)};
    for (int k = 3; k < 14; k++)
        in[k] = -1;
    in[3] = gen_weight(g, t, gen_dims(2, d, 2 * gates * h), -1, 1);
    if (gen_chance(g, 2)) {
        in[4] = gen_data(g, DT_i32, gen_dims(1, n), FILL_RANGE, 1, (double)steps);
        in[5] = gen_data(g, t, state, FILL_RANGE, -1, 1);
        in[7] = gates == 4 ? gen_weight(g, t, gen_dims(2, d, 3 * h), -1, 1) : -1;
    }
    if (gates > 1)
        in[8] = gen_data(g, a, gen_dims(4, d, steps, n, 4 * h), FILL_RANGE, 0, 1);
    if (gates == 4)
        in[9] = gen_data(g, a, gen_dims(4, d, steps + 1, n, h), FILL_RANGE, -1, 1);
    in[10] = gen_data(g, a, gen_dims(4, d, steps + 1, n, h), FILL_RANGE, -1, 1);
    in[11] = gen_chance(g, 4) ? -1 : gen_data(g, t, y, FILL_RANGE, -1, 1);
    in[12] = gen_chance(g, 2) ? -1 : gen_data(g, t, state, FILL_RANGE, -1, 1);
    in[13] = gates < 4 || gen_chance(g, 2) ? -1 : gen_data(g, t, state, FILL_RANGE, -1, 1);
    gen_node(g, 14, in, 4, "\"direction\" = \"%s\", \"layout\" = %lld%s", dirs[way], (long long)layout, gates == 3 && gen_chance(g, 2) ? ", \"linear_before_reset\" = 1" : "");
}

void gen_einsum(Gen *g)
{
    static const struct { const char *eq; int n; } rows[] = {{"ij,jk->ik", 2}, {"bij,bjk->bik", 2}, {"ii->i", 1}, {"ij->ji", 1}, {"ij->", 1}, {"i,j->ij", 2}, {"bij,bkj->bik", 2}, {"ij,ij->i", 2}, {"bi,i,bk->bk", 3}, {"iij->j", 1}};
    int64_t e[26];
    for (int i = 0; i < 26; i++)
        e[i] = gen_extent(g, 9);
    const int r = (int)gen_pick(g, sizeof rows / sizeof *rows);
    DType t = gen_one_of(g, FLOATS " i32 i64");
    const char *p = rows[r].eq;
    int in[3];
    for (int k = 0; k < rows[r].n; k++) {
        GenShape s = {0};
        for (; *p >= 'a' && *p <= 'z'; p++)
            s.dim[s.rank++] = e[*p - 'a'];
        p += *p == ',';
        in[k] = gen_data(g, t, s, FILL_RANGE, -3, 3);
    }
    gen_node(g, rows[r].n, in, 1, "\"equation\" = \"%s\"", rows[r].eq);
}

void gen_nll_loss(Gen *g)
{
    static const char *const how[] = {"none", "mean", "sum"};
    DType t = gen_one_of(g, "f32 f32 f16 f64");
    int64_t n = gen_between(g, 1, 5), c = gen_between(g, 1, 7), d = gen_between(g, 1, 5);
    bool deep = gen_chance(g, 2);
    int in[3] = {gen_data(g, t, deep ? gen_dims(3, n, c, d) : gen_dims(2, n, c), FILL_RANGE, -4, 0), gen_data(g, gen_one_of(g, "i64 i32"), deep ? gen_dims(2, n, d) : gen_dims(1, n), FILL_RANGE, 0, (double)c - 1)}, n_in = 2;
    if (gen_chance(g, 2))
        in[n_in++] = gen_weight(g, t, gen_dims(1, c), 0.25, 2);
    gen_node(g, n_in, in, 1, "\"reduction\" = \"%s\"%s", how[gen_pick(g, 3)], gen_chance(g, 3) ? ", \"ignore_index\" = 0" : "");
}

void gen_cross_entropy(Gen *g)
{
    DType t = gen_one_of(g, "f32 f32 f64");
    const bool grad = g->op == OP_cross_entropy_grad, deep = gen_chance(g, 2), last = gen_chance(g, 2);
    int64_t n = gen_between(g, 1, 5), c = gen_between(g, 1, 40), d = gen_between(g, 1, 5);
    GenShape place = deep ? gen_dims(2, n, d) : gen_dims(1, n);
    int in[5] = {gen_data(g, t, !deep ? gen_dims(2, n, c) : last ? gen_dims(3, n, d, c) : gen_dims(3, n, c, d), FILL_RANGE, -4, 4), gen_data(g, gen_one_of(g, "i64 i32"), place, FILL_RANGE, 0, (double)c - 1)}, n_in = 2;
    if (grad) {
        in[n_in++] = gen_data(g, t, place, FILL_RANGE, 1, 5);
        in[n_in++] = gen_data(g, t, place, FILL_RANGE, -1, 1);
    }
    if (gen_chance(g, 2))
        in[n_in++] = gen_weight(g, t, gen_dims(1, c), 0.25, 2);
    gen_node(g, n_in, in, grad ? 1 : 3, "\"axis\" = %d, \"smooth\" = f %s%s", last ? -1 : 1, gen_chance(g, 2) ? "0.1" : "0", gen_chance(g, 3) ? ", \"ignore_index\" = 0" : "");
}

/* ── attention ── */

void gen_attention(Gen *g)
{
    DType t = gen_one_of(g, FLOATS);
    int64_t b = gen_between(g, 1, 2), kv = gen_between(g, 1, 3), h = kv * gen_between(g, 1, 3), s = gen_between(g, 1, 9), l = gen_between(g, 1, 12), d = 2 * gen_between(g, 1, 9), e = gen_between(g, 1, 9), past = gen_chance(g, 3) ? gen_between(g, 1, 5) : 0;
    bool packed = gen_chance(g, 3), causal = gen_chance(g, 3), back = g->op == OP_attention_grad;
    past = back ? 0 : past;
    GenShape q = packed ? gen_dims(3, b, s, h * d) : gen_dims(4, b, h, s, d), k = packed ? gen_dims(3, b, l, kv * d) : gen_dims(4, b, kv, l, d), v = packed ? gen_dims(3, b, l, kv * e) : gen_dims(4, b, kv, l, e);
    int in[8] = {gen_data(g, t, q, FILL_RANGE, -1, 1), gen_data(g, t, k, FILL_RANGE, -1, 1), gen_data(g, t, v, FILL_RANGE, -1, 1), -1, -1, -1, -1, -1}, n = 3;
    if (gen_chance(g, 3)) {
        DType m = gen_chance(g, 2) ? DT_bool : t;
        in[3] = gen_data(g, m, gen_dims(2, s, past + l), FILL_RANGE, m == DT_bool ? 0 : -3, 1);
        n = 4;
    }
    if (past) {
        in[4] = gen_data(g, t, gen_dims(4, b, kv, past, d), FILL_RANGE, -1, 1);
        in[5] = gen_data(g, t, gen_dims(4, b, kv, past, e), FILL_RANGE, -1, 1);
        n = 6;
    }
    if (back) {
        in[7] = gen_data(g, t, packed ? gen_dims(3, b, s, h * e) : gen_dims(4, b, h, s, e), FILL_RANGE, -1, 1);
        n = 8;
    }
    gen_node(g, n, in, back ? 4 : past ? 3 : 1, "\"q_num_heads\" = %lld, \"kv_num_heads\" = %lld, \"is_causal\" = %d%s", (long long)h, (long long)kv, causal, gen_chance(g, 3) ? ", \"softcap\" = f 2, \"scale\" = f 0.5" : "");
}

void gen_attend(Gen *g)
{
    DType t = gen_one_of(g, FLOATS), acc = dtype_info[t].compute;
    int64_t b = gen_between(g, 1, 2), kv = gen_between(g, 1, 3), h = kv * gen_between(g, 1, 3), s = gen_between(g, 1, 9), l = gen_between(g, 1, 12), d = gen_between(g, 1, 17);
    if (g->op == OP_attend_scores)
        gen_node(g, 2, (int[]){gen_data(g, t, gen_dims(4, b, h, s, d), FILL_RANGE, -1, 1), gen_data(g, t, gen_dims(4, b, kv, l, d), FILL_RANGE, -1, 1)}, 1, "\"scale\" = f 0.25");
    else
        gen_node(g, 2, (int[]){gen_data(g, acc, gen_dims(4, b, h, s, l), FILL_RANGE, 0, 1), gen_data(g, t, gen_dims(4, b, kv, l, d), FILL_RANGE, -1, 1)}, 1, "%s", "");
}

void gen_rotary(Gen *g)
{
    DType t = gen_one_of(g, "f32 f32 f16 bf16");
    int64_t b = gen_between(g, 1, 3), h = gen_between(g, 1, 3), s = gen_between(g, 1, 7), half = gen_between(g, 1, 5), m = 16;
    bool packed = gen_chance(g, 2), table = gen_chance(g, 2), part = gen_chance(g, 3);
    int64_t d = 2 * half + (part ? 4 : 0);
    GenShape c = table ? gen_dims(2, m, half) : gen_dims(3, b, s, half);
    int in[4] = {gen_data(g, t, packed ? gen_dims(3, b, s, h * d) : gen_dims(4, b, h, s, d), FILL_RANGE, -2, 2), gen_data(g, t, c, FILL_RANGE, -1, 1), gen_data(g, t, c, FILL_RANGE, -1, 1), -1};
    if (table)
        in[3] = gen_data(g, DT_i64, gen_dims(2, b, s), FILL_RANGE, 0, (double)m - 1);
    gen_node(g, table ? 4 : 3, in, 1, "\"num_heads\" = %lld, \"interleaved\" = %u, \"rotary_embedding_dim\" = %lld", (long long)h, gen_pick(g, 2), part ? (long long)(2 * half) : 0);
}

void gen_linear_attention(Gen *g)
{
    static const char *const rules[] = {"linear", "gated", "delta", "gated_delta"};
    const int r = (int)gen_pick(g, 4);
    DType t = gen_one_of(g, "f32 f32 f16");
    int64_t b = gen_between(g, 1, 2), kv = gen_between(g, 1, 3), h = kv * gen_between(g, 1, 2), s = gen_between(g, 1, 6), d = gen_between(g, 1, 5), e = gen_between(g, 1, 5);
    int in[6] = {gen_data(g, t, gen_dims(3, b, s, h * d), FILL_RANGE, -1, 1), gen_data(g, t, gen_dims(3, b, s, kv * d), FILL_RANGE, -1, 1), gen_data(g, t, gen_dims(3, b, s, kv * e), FILL_RANGE, -1, 1), -1, -1, -1};
    if (gen_chance(g, 2))
        in[3] = gen_data(g, t, gen_dims(4, b, kv, d, e), FILL_RANGE, -1, 1);
    if (r & 1)
        in[4] = gen_data(g, t, gen_dims(3, b, s, kv * (gen_chance(g, 2) ? d : 1)), FILL_RANGE, -1, 0);
    if (r & 2)
        in[5] = gen_data(g, t, gen_dims(3, b, s, kv), FILL_RANGE, 0, 1);
    gen_node(g, r & 2 ? 6 : r & 1 ? 5 : in[3] >= 0 ? 4 : 3, in, 2, "\"update_rule\" = \"%s\", \"q_num_heads\" = %lld, \"kv_num_heads\" = %lld%s", rules[r], (long long)h, (long long)kv, gen_chance(g, 2) ? ", \"scale\" = f 0.5" : "");
}

void gen_causal_conv(Gen *g)
{
    DType t = gen_one_of(g, FLOATS);
    int64_t b = gen_between(g, 1, 3), c = gen_between(g, 1, 9), l = gen_between(g, 1, 17), k = gen_between(g, 2, 5);
    int in[4] = {gen_data(g, t, gen_dims(3, b, c, l), FILL_RANGE, -2, 2), gen_weight(g, t, gen_dims(3, c, (int64_t)1, k), -1, 1), gen_chance(g, 2) ? gen_weight(g, t, gen_dims(1, c), -1, 1) : -1, -1};
    if (gen_chance(g, 2))
        in[3] = gen_data(g, t, gen_dims(3, b, c, k - 1), FILL_RANGE, -2, 2);
    gen_node(g, in[3] >= 0 ? 4 : in[2] >= 0 ? 3 : 2, in, 2, "\"activation\" = \"%s\"", gen_chance(g, 2) ? "silu" : "none");
}
