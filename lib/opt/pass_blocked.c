/* SPDX-License-Identifier: MIT
 * opt: channels in blocks of 16 (lib/ops/blocked.c), for backends whose vectors are along channels. A convolution gives its result in blocks; elementwise nodes,
 * pools, concatenations and the like take them as they are, so that relayout nodes stand only where something else reads or writes the tensor. Every result
 * has the bits of the plain form.
 *
 * A value that exists in blocks has a twin. Nodes are taken in order: one with a blocked form gets it, beside the plain node; in the end plain nodes that are
 * still read become a relayout of the twin, the others go. Pad lanes hold whatever elementwise nodes make of zero: convolutions multiply them by zero, so
 * nodes that make no number of it are left plain where a block is not full. */
#include "opt/pass.h"

#include <string.h>

enum { BLOCK = 16, MAX_CONCAT = 64 };

typedef struct Blocks {
    Graph *g;
    Node *at;      /* the node at hand; new ones stand before it */
    Map twins;     /* Value * → Value * */
} Blocks;

static Value *twin_of(const Blocks *b, const Value *v) { return map_find(&b->twins, (const char *)&v, sizeof v); }
static bool set_twin(Blocks *b, const Value *v, Value *t)
{
    const char *key = t ? arena_copy(b->g->arena, &v, sizeof v) : NULL; /* the map keeps it */
    return key && map_put(&b->twins, key, sizeof v, t);
}
static bool is_image(const Value *v) { return v && v->type.kind == TYPE_TENSOR && v->type.dtype == DT_f32 && v->type.rank >= 3 && v->type.rank <= 5; }
static bool channels_of(const Value *v, int64_t *c) { return dim_lit(v->type.dim[1], c) && *c > 0; }
static bool whole(int64_t c) { return c % BLOCK == 0; }

static bool only_output(const Node *n)
{
    for (int i = 1; i < n->n_out; i++)
        if (n->out[i] && value_uses(n->out[i]))
            return false;
    return n->n_out > 0 && n->out[0] && !n->dynamic;
}

static Value *build(Blocks *b, int op, int n_in, Value *const *in, const Attr *a, int n_attrs) { return pass_build(b->g, b->at, op, n_in, in, a, n_attrs); }

/* v in blocks: its twin, or a relayout made now. */
static Value *blocked(Blocks *b, Value *v)
{
    const Attr block = {.name = "block", .kind = ATTR_INT, .i = BLOCK};
    Value *t = twin_of(b, v);
    if (!t && !set_twin(b, v, t = build(b, OP_relayout, 1, &v, &block, 1)))
        return NULL;
    return t;
}

/* ── convolutions ── */

static int64_t literal_points(const Value *v) /* of the spatial extents; those not literal count as many */
{
    int64_t n = 1, e;
    for (int i = 2; i < v->type.rank && n < INT32_MAX; i++)
        n *= dim_lit(v->type.dim[i], &e) ? e : 64;
    return n;
}

static Value *whole_bias(Blocks *b, Value *bias, int64_t o)
{
    const int64_t pads[2] = {0, -o & (BLOCK - 1)};
    Value *p = pads[1] ? graph_const_i64(b->g, 2, pads) : NULL;
    return p ? build(b, OP_pad, 2, (Value *const[]){bias, p}, NULL, 0) : bias;
}

enum { LEAST_CHANNELS = 12, LEAST_OF_FEW = 6 /* where x is read as it is: plain, or in blocks */, LEAST_OF_POINTS = 4 /* and only at one place, in blocks */, LEAST_POINTS = 8 /* below, lanes or rows of the tiles would stay empty */, LEAST_PLACES = 256, FEW_CHANNELS = 4 };

/* Weights that are no constant are packed in every run. */
static bool pays_packing(const Value *w, const Value *y)
{
    int64_t n;
    return w->residency == RES_CONST || (dim_lit(y->type.dim[0], &n) ? n : 64) * literal_points(y) >= LEAST_PLACES;
}

static bool one_place(const Value *w)
{
    for (int i = 2; i < w->type.rank; i++)
        if (!dim_is(w->type.dim[i], 1))
            return false;
    return true;
}

static Value *block_conv(Blocks *b, Node *n)
{
    Value *x = n->in[0], *w = n->in[1], *bias = in_given(n, 2) ? n->in[2] : NULL;
    int64_t o, c, groups = node_int(n, "group", 1), given;
    if (!is_image(x) || w->type.kind != TYPE_TENSOR || w->type.dtype != DT_f32 || (bias && bias->type.dtype != DT_f32) || !dim_lit(w->type.dim[0], &o) || !dim_lit(w->type.dim[1], &c) || !channels_of(x, &given))
        return NULL;
    if (w->type.rank != x->type.rank || o > INT32_MAX || c > INT32_MAX || groups < 1 || groups > INT32_MAX || given != c * groups)
        return NULL;
    const bool depthwise = groups > 1 && c == 1 && o == groups, plain = !twin_of(b, x) && groups == 1 && c < BLOCK;
    if (depthwise ? !twin_of(b, x) : groups > 1 && (!whole(c) || !whole(o / groups)))
        return NULL;
    const int64_t least = twin_of(b, x) && one_place(w) ? LEAST_OF_POINTS : plain || twin_of(b, x) ? LEAST_OF_FEW : LEAST_CHANNELS;
    if (o < least || literal_points(n->out[0]) < LEAST_POINTS || !pays_packing(w, n->out[0]))
        return NULL;
    Value *in[3] = {plain ? x : blocked(b, x), w, bias ? whole_bias(b, bias, o) : NULL};
    return in[0] && (!bias || in[2]) ? build(b, OP_conv_blocked, bias ? 3 : 2, in, n->attrs, n->n_attrs) : NULL;
}

/* ── their gradients ── */

/* One group of enough channels, and a window that is literal. */
static bool one_group(const Node *n, const Value *w)
{
    int64_t o, c, k;
    for (int i = 2; i < w->type.rank; i++)
        if (!dim_lit(w->type.dim[i], &k))
            return false;
    return w->type.rank >= 3 && node_int(n, "group", 1) == 1 && dim_lit(w->type.dim[0], &o) && dim_lit(w->type.dim[1], &c) && o >= FEW_CHANNELS && !node_find(n, "auto_pad");
}

static Value *block_conv_dx(Blocks *b, Node *n)
{
    Value *dy = n->in[0], *dx = n->out[0];
    int64_t c;
    if (!channels_of(dx, &c) || c < FEW_CHANNELS || !is_image(dy) || !is_image(dx) || !one_group(n, n->in[1]) || literal_points(dx) < LEAST_POINTS || !pays_packing(n->in[1], dx))
        return NULL;
    Value *in[3] = {blocked(b, dy), n->in[1], n->in[2]};
    return in[0] ? build(b, OP_conv_blocked_dx, 3, in, n->attrs, n->n_attrs) : NULL;
}

/* The result is plain: it takes the node's place at once. */
static bool block_conv_dw(Blocks *b, Node *n)
{
    Value *x = n->in[0], *dy = n->in[1], *w = n->out[0];
    int64_t c;
    if (!is_image(x) || !is_image(dy) || n->dynamic || !one_group(n, w) || literal_points(dy) < LEAST_POINTS || !pays_packing(w, dy))
        return false;
    const bool plain = !twin_of(b, x) && dim_lit(x->type.dim[1], &c) && c < LEAST_CHANNELS;
    Value *in[3] = {plain ? x : blocked(b, x), blocked(b, dy), n->in[2]}, *y = in[0] && in[1] ? build(b, OP_conv_blocked_weights, 3, in, n->attrs, n->n_attrs) : NULL;
    if (!y)
        return false;
    y->name = w->name;
    w->name = NULL;
    y->producer->origin = n->origin;
    graph_replace(b->g, w, y);
    return true;
}

/* ── batch_norm in training, and its gradient ── */

/* Its statistics, or gradients of its parameters, are plain: they take the node's place at once. */
static bool block_batch_norm(Blocks *b, Node *n)
{
    const Attr lanes = {.name = "lanes", .kind = ATTR_INT, .i = 1};
    const bool back = n->op == OP_batch_norm_grad;
    int64_t c;
    Value *in[5];
    if (!is_image(n->out[0]) || n->dynamic || n->n_in != 5 || !node_int(n, "training", 0) || b->g->root->strict_math /* sums are of other parts */ || !channels_of(n->out[0], &c) || !whole(c) || !(twin_of(b, n->in[0]) || (back && twin_of(b, n->in[1]))))
        return false;
    for (int i = 0; i < 5; i++)
        if (n->in[i]->type.dtype != DT_f32 || !(in[i] = i <= back ? blocked(b, n->in[i]) : n->in[i]))
            return false;
    Node *y = graph_node(b->g, n, n->op, n->name, 5, in, n->n_out);
    Error err = {0};
    for (int i = 0; y && i < n->n_attrs; i++)
        if (!node_attr(y, &n->attrs[i]))
            return false;
    if (!y || !node_attr(y, &lanes) || node_infer(y, &err))
        return false;
    y->origin = n->origin;
    for (int i = 1; i < n->n_out; i++) {
        if (!n->out[i]) {
            y->out[i] = NULL;
            continue;
        }
        y->out[i]->name = n->out[i]->name;
        n->out[i]->name = NULL;
        graph_replace(b->g, n->out[i], y->out[i]);
    }
    return set_twin(b, n->out[0], y->out[0]);
}

/* ── elementwise ── */

/* Finite for finite inputs, whatever they are. */
static const uint16_t safe_ops[] = {OP_add, OP_sub, OP_mul, OP_min, OP_max, OP_neg, OP_abs, OP_relu, OP_clip, OP_affine, OP_sigmoid, OP_tanh, OP_swish, OP_hard_swish, OP_hard_sigmoid,
    OP_leaky_relu, OP_prelu, OP_elu, OP_gelu, OP_gelu_tanh, OP_mish, OP_softplus, OP_softsign, OP_eq, OP_lt, OP_le, OP_where};

static bool is_safe(const Node *n)
{
    for (size_t i = 0; i < sizeof safe_ops / sizeof *safe_ops; i++)
        if (n->op == safe_ops[i])
            return true;
    return false;
}

static bool same_extents(const Value *a, const Value *b)
{
    for (int i = 0; i < a->type.rank && a->type.rank == b->type.rank; i++)
        if (a->type.dim[i] != b->type.dim[i])
            return false;
    return a->type.rank == b->type.rank;
}

static bool all_ones(const Value *v, int except) /* every extent but one is 1 */
{
    for (int i = 0; i < v->type.rank; i++)
        if (i != except && !dim_is(v->type.dim[i], 1))
            return false;
    return true;
}

/* An input that broadcasts: one number, or one for each channel, [1, C, 1…] or [C, 1…]. */
static Value *broadcast_in(Blocks *b, Value *v, const Value *out)
{
    const int lead = out->type.rank - v->type.rank;
    static const int64_t first = 0;
    const Attr axes = {.name = "axes", .kind = ATTR_INTS, .n = 1, .ints = &first};
    if (v->type.rank < 0 || v->type.dtype != DT_f32 || lead < 0)
        return NULL;
    if (all_ones(v, -1))
        return v;
    if (lead > 1 || !all_ones(v, 1 - lead) || v->type.dim[1 - lead] != out->type.dim[1])
        return NULL;
    Value *r = lead ? build(b, OP_unsqueeze, 1, &v, &axes, 1) : v;
    return r ? blocked(b, r) : NULL;
}

/* Conditions between floats stay in blocks where these are whole. */
static bool is_condition(const Value *v) { return v && v->type.kind == TYPE_TENSOR && v->type.dtype == DT_bool && v->type.rank >= 3 && v->type.rank <= 5; }

static Value *block_map(Blocks *b, Node *n)
{
    Value *y = n->out[0], *in[8];
    int64_t c;
    bool any = false;
    if (n->n_in > 8 || (!is_image(y) && !is_condition(y)) || !channels_of(y, &c) || (!whole(c) && !is_safe(n)))
        return NULL;
    for (int i = 0; i < n->n_in; i++) {
        if (!n->in[i] || (n->in[i]->type.dtype != DT_f32 && !is_condition(n->in[i])))
            return NULL;
        any = any || (twin_of(b, n->in[i]) && same_extents(n->in[i], y));
    }
    for (int i = 0; i < n->n_in && any; i++)
        if (!(in[i] = same_extents(n->in[i], y) ? blocked(b, n->in[i]) : broadcast_in(b, n->in[i], y)))
            return NULL;
    return any ? build(b, n->op, n->n_in, in, n->attrs, n->n_attrs) : NULL;
}

/* ── windows, reductions ── */

/* The node's attributes, lists over spatial dimensions with one entry more for the lanes. */
static bool wider_attrs(Blocks *b, const Node *n, int spatial, Attr *to)
{
    static const struct { const char *name; int64_t lane; } lists[] = {{"kernel_shape", 1}, {"strides", 1}, {"dilations", 1}, {"pads", 0}};
    for (int i = 0; i < n->n_attrs; i++) {
        to[i] = n->attrs[i];
        for (size_t k = 0; k < sizeof lists / sizeof *lists; k++) {
            if (strcmp(to[i].name, lists[k].name) || to[i].kind != ATTR_INTS)
                continue;
            const int64_t parts = to[i].n / spatial;
            int64_t *v = arena_array(b->g->arena, int64_t, (size_t)(to[i].n + parts) + 1);
            if (!v || to[i].n % spatial)
                return false;
            for (int64_t p = 0; p < parts; p++) {
                memcpy(v + p * (spatial + 1), to[i].ints + p * spatial, (size_t)spatial * sizeof *v);
                v[p * (spatial + 1) + spatial] = lists[k].lane;
            }
            to[i].ints = v, to[i].n += parts;
        }
    }
    return true;
}

static Value *block_pool(Blocks *b, Node *n)
{
    Attr a[32];
    Value *t = twin_of(b, n->in[0]);
    return t && n->n_attrs <= 32 && wider_attrs(b, n, n->in[0]->type.rank - 2, a) ? build(b, n->op, 1, &t, a, n->n_attrs) : NULL;
}

static Value *block_pool_dx(Blocks *b, Node *n)
{
    Attr a[32];
    Value *in[3];
    if (!twin_of(b, n->in[0]) || !is_image(n->in[0]) || n->n_attrs > 32 || !wider_attrs(b, n, n->in[0]->type.rank - 2, a))
        return NULL;
    for (int i = 0; i < 3; i++)
        if (!(in[i] = blocked(b, n->in[i])))
            return NULL;
    return build(b, n->op, 3, in, a, n->n_attrs);
}

/* Bit d: the reduction takes dimension d. */
static bool reduced_dims(const Node *n, int64_t *bits)
{
    const int rank = n->in[0]->type.rank;
    int64_t axes[IR_MAX_RANK], count;
    const int64_t *given = node_ints(n, "axes", &count);
    int have = (int)count;
    *bits = 0;
    if (count > rank || (!given && (!in_given(n, 1) || !value_ints(n->in[1], axes, IR_MAX_RANK, &have))))
        return false;
    for (int i = 0; i < have; i++) {
        int64_t d = given ? given[i] : axes[i];
        d += d < 0 ? rank : 0;
        if (d < 0 || d >= rank)
            return false;
        *bits |= (int64_t)1 << d;
    }
    return true;
}

static Value *reduce_over(Blocks *b, int op, Value *x, int n, const int64_t *axes, bool keep)
{
    const int64_t *kept = arena_copy(b->g->arena, axes, (size_t)n * sizeof *axes);
    const Attr a[] = {{.name = "axes", .kind = ATTR_INTS, .n = n, .ints = kept}, {.name = "keepdims", .kind = ATTR_INT, .i = keep}};
    return kept ? build(b, op, 1, &x, a, 2) : NULL;
}

/* Over all spatial dimensions, which stay as ones. */
static Value *block_reduce(Blocks *b, Node *n)
{
    Value *x = n->in[0], *t = twin_of(b, x);
    int64_t axes[IR_MAX_RANK], bits;
    if (!t || !node_int(n, "keepdims", 1) || !reduced_dims(n, &bits) || bits != ((int64_t)1 << x->type.rank) - 4)
        return NULL;
    for (int i = 2; i < x->type.rank; i++)
        axes[i - 2] = i;
    return reduce_over(b, n->op, t, x->type.rank - 2, axes, true);
}

/* Sums over everything but channels, as gradients of biases are: lines of pixels are added first, since their lanes lie together. The result is plain. */
static bool block_channel_sums(Blocks *b, Node *n)
{
    Value *x = n->in[0], *t = twin_of(b, x), *y = n->out[0];
    const int64_t line = 1, zero = 0;
    int64_t axes[IR_MAX_RANK] = {0}, bits, c;
    const int rank = x->type.rank;
    if (!t || !is_image(x) || n->dynamic || node_int(n, "keepdims", 1) || b->g->root->strict_math /* sums are of other parts */ || !channels_of(x, &c) || !reduced_dims(n, &bits) || bits != ((int64_t)1 << rank) - 3)
        return false;
    for (int i = 2; i < rank - 1; i++)
        axes[i - 1] = i;
    const int64_t whole_c = c + (-c & (BLOCK - 1));
    Value *sums = reduce_over(b, OP_reduce_sum, t, rank - 2, axes, false); /* [C/16, W, 16] */
    sums = sums ? reduce_over(b, OP_reduce_sum, sums, 1, &line, false) : NULL;
    sums = sums ? build(b, OP_reshape, 2, (Value *const[]){sums, graph_const_i64(b->g, 1, &whole_c)}, NULL, 0) : NULL;
    if (sums && c != whole_c)
        sums = build(b, OP_slice, 3, (Value *const[]){sums, graph_const_i64(b->g, 1, &zero), graph_const_i64(b->g, 1, &c)}, NULL, 0);
    if (!sums)
        return false;
    sums->name = y->name;
    y->name = NULL;
    sums->producer->origin = n->origin;
    graph_replace(b->g, y, sums);
    return true;
}

/* ── moves ── */

static Value *block_concat(Blocks *b, Node *n)
{
    Value *in[MAX_CONCAT];
    int64_t c, axis = node_int(n, "axis", 0);
    int twins = 0;
    const Attr to = {.name = "axis", .kind = ATTR_INT, .i = 1};
    if (n->n_in > MAX_CONCAT || !is_image(n->out[0]) || (axis != 1 && axis != 1 - n->out[0]->type.rank))
        return NULL;
    for (int i = 0; i < n->n_in; i++) {
        if (!is_image(n->in[i]) || !channels_of(n->in[i], &c) || !whole(c))
            return NULL;
        twins += twin_of(b, n->in[i]) != NULL;
    }
    for (int i = 0; i < n->n_in && 2 * twins > n->n_in; i++)
        if (!(in[i] = blocked(b, n->in[i])))
            return NULL;
    return 2 * twins > n->n_in ? build(b, OP_concat, n->n_in, in, &to, 1) : NULL;
}

static bool has_elements(const Node *n, int i) { return in_given(n, i) && !(n->in[i]->type.rank == 1 && dim_is(n->in[i]->type.dim[0], 0)); }

/* Constant factors or extents of all dimensions, those of N and C as they are. */
static Value *block_resize(Blocks *b, Node *n)
{
    Value *t = twin_of(b, n->in[0]), *in[4] = {t};
    const int rank = n->in[0]->type.rank;
    if (!t || n->n_in > 4 || node_find(n, "axes") || has_elements(n, 1))
        return NULL;
    for (int i = 2; i < n->n_in; i++) {
        double f[IR_MAX_RANK];
        int64_t d[IR_MAX_RANK], extent[1] = {rank + 1};
        float s[IR_MAX_RANK];
        int have;
        if (!has_elements(n, i))
            continue;
        if (i == 2 && value_floats(n->in[2], f, IR_MAX_RANK, &have) && have == rank && f[0] == 1 && f[1] == 1) {
            for (int k = 0; k < rank; k++)
                s[k] = (float)f[k];
            s[rank] = 1;
            in[2] = graph_const(b->g, NULL, DT_f32, 1, extent, s, (size_t)(rank + 1) * sizeof *s);
        } else if (i == 3 && value_ints(n->in[3], d, IR_MAX_RANK, &have) && have == rank && dim_is(n->in[0]->type.dim[0], d[0]) && dim_is(n->in[0]->type.dim[1], d[1])) {
            if (!dim_lit(t->type.dim[1], &d[1]))
                return NULL;
            d[rank] = BLOCK;
            in[3] = graph_const_i64(b->g, rank + 1, d);
        } else {
            return NULL;
        }
    }
    return in[2] || in[3] ? build(b, OP_resize, in[3] ? 4 : 3, in, n->attrs, n->n_attrs) : NULL;
}

/* One step along channels between whole blocks. */
static Value *block_slice(Blocks *b, Node *n)
{
    Value *t = twin_of(b, n->in[0]);
    int64_t from, to, axis, step = 1, c;
    int one[4] = {0};
    if (!t || !in_given(n, 3) || !value_ints(n->in[1], &from, 1, &one[0]) || !value_ints(n->in[2], &to, 1, &one[1]) || !value_ints(n->in[3], &axis, 1, &one[2]) ||
        (in_given(n, 4) && !value_ints(n->in[4], &step, 1, &one[3])) || !channels_of(n->in[0], &c))
        return NULL;
    to = to > c ? c : to;
    if (one[0] != 1 || one[1] != 1 || one[2] != 1 || (axis != 1 && axis != 1 - n->in[0]->type.rank) || step != 1 || from < 0 || to < from || !whole(from) || !whole(to))
        return NULL;
    const int64_t lo = from / BLOCK, hi = to / BLOCK, at = 1;
    return build(b, OP_slice, 4, (Value *const[]){t, graph_const_i64(b->g, 1, &lo), graph_const_i64(b->g, 1, &hi), graph_const_i64(b->g, 1, &at)}, NULL, 0);
}

static const struct { uint16_t op; Value *(*fn)(Blocks *b, Node *n); } forms[] = {
    {OP_conv, block_conv}, {OP_conv_dx, block_conv_dx}, {OP_max_pool, block_pool}, {OP_max_pool_dx, block_pool_dx}, {OP_average_pool, block_pool}, {OP_reduce_mean, block_reduce}, {OP_reduce_max, block_reduce}, {OP_concat, block_concat},
    {OP_resize, block_resize}, {OP_slice, block_slice},
};

/* Parts along channels, each of whole blocks: every output gets its twin. */
static bool block_split(Blocks *b, Node *n)
{
    Value *t = twin_of(b, n->in[0]);
    int64_t axis = node_int(n, "axis", 0), from = 0, c;
    if (!t || n->dynamic || (axis != 1 && axis != 1 - n->in[0]->type.rank))
        return false;
    for (int i = 0; i < n->n_out; i++)
        if (!n->out[i] || !channels_of(n->out[i], &c) || !whole(c))
            return false;
    for (int i = 0; i < n->n_out; i++) {
        const int64_t at = 1, lo = from, hi = from += (channels_of(n->out[i], &c), c / BLOCK);
        Value *y = build(b, OP_slice, 4, (Value *const[]){t, graph_const_i64(b->g, 1, &lo), graph_const_i64(b->g, 1, &hi), graph_const_i64(b->g, 1, &at)}, NULL, 0);
        if (!set_twin(b, n->out[i], y))
            return false;
    }
    return true;
}

static bool take(Blocks *b, Node *n)
{
    Value *y = NULL;
    b->at = n;
    if (n->op == OP_split)
        return block_split(b, n);
    if (n->op == OP_conv_dw)
        return block_conv_dw(b, n);
    if (n->op == OP_batch_norm || n->op == OP_batch_norm_grad)
        return block_batch_norm(b, n);
    if (n->op == OP_reduce_sum)
        return block_channel_sums(b, n);
    if (n->n_in < 1 || !n->in[0] || !only_output(n))
        return false;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (forms[i].op == n->op)
            y = forms[i].fn(b, n);
    if (op_info[n->op].space == SPACE_MAP && !(op_info[n->op].flags & (OPF_RANDOM | OPF_HOST)))
        y = block_map(b, n);
    if (y)
        y->producer->origin = n->origin;
    return set_twin(b, n->out[0], y);
}

/* The plain form of v, from its twin. */
static bool replace_plain(Blocks *b, Value *v)
{
    Value *t = twin_of(b, v), *plain;
    int64_t c, ends[IR_MAX_RANK] = {0};
    const Attr channels = {.name = "channels", .kind = ATTR_INT, .i = channels_of(v, &c) ? c : 0};
    if (whole(c) && all_ones(v, 1)) {
        for (int i = 0; i < v->type.rank; i++)
            ends[i] = i == 1 ? c : 1;
        plain = build(b, OP_reshape, 2, (Value *const[]){t, graph_const_i64(b->g, v->type.rank, ends)}, NULL, 0);
    } else {
        plain = build(b, OP_relayout, 1, &t, &channels, 1);
    }
    if (!plain)
        return false;
    plain->name = v->name;
    v->name = NULL;
    graph_replace(b->g, v, plain);
    return true;
}

SpmlCode pass_blocked(Graph *g, const OptContext *c, int *n_changes, Error *err)
{
    Blocks b = {.g = g, .twins = map_make(g->arena)};
    if (!c->blocked)
        return SPML_OK;
    pass_count_uses(g);
    Node **taken = arena_array(g->arena, Node *, g->n_nodes + 1);
    size_t n_taken = 0;
    for (Node *n = g->first, *next; n && taken; n = next) {
        next = n->next;
        if (take(&b, n))
            taken[n_taken++] = n;
    }
    if (!taken || g->arena->oom)
        return error_oom(err);
    pass_count_uses(g);
    while (n_taken > 0) {
        Node *n = b.at = taken[--n_taken];
        bool kept = false;
        for (int i = 0; i < n->n_out; i++)
            if (n->out[i] && value_uses(n->out[i]) && !replace_plain(&b, n->out[i]))
                kept = true;
        if (kept)
            continue;
        for (int i = 0; i < n->n_in; i++)
            if (n->in[i])
                n->in[i]->tag = (void *)(value_uses(n->in[i]) - 1);
        graph_remove(n);
        ++*n_changes;
    }
    return g->arena->oom ? error_oom(err) : SPML_OK;
}
