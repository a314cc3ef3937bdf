/* SPDX-License-Identifier: MIT
 * ops: gradients of attention and rotary embedding. attention_grad(the inputs of attention, dy, y) makes the probabilities p anew, then dp = dy·vT,
 * ds = p·(dp - sum(p·dp)), dq = ds·k, dk = dsT·q, dv = pT·dy; key heads that several query heads read get one sum over them all. Where the backend has rows with
 * running values nothing of the size of the scores is kept: two kernels, one by blocks of keys, one by blocks of queries. */
#include "ops/attention.h"
#include "ops/axes.h"
#include "ops/grad.h"
#include "ops/moves.h"

#include <string.h>

enum { Q, K, V, MASK, PAST_K, PAST_V, LENGTHS, DY, Y, N_IN };

SpmlCode shape_attention_grad(Node *n, Error *err)
{
    const Type *q = in_type(n, Q), *k = in_type(n, K), *v = in_type(n, V), *dy = in_type(n, DY);
    Graph *g = n->graph;
    if (n->n_in < DY + 1 || in_given(n, PAST_K) || in_given(n, PAST_V))
        return shape_error(n, err, "the inputs are not those of a gradient without past keys");
    out_set(n, 0, q->dtype, q->rank, q->dim);
    out_set(n, 1, k->dtype, k->rank, k->dim);
    out_set(n, 2, v->dtype, v->rank, v->dim);
    if (q->rank == 4 && dy->rank == 4)
        out_set(n, 3, dtype_info[q->dtype].compute, 4, (const Dim *const[]){q->dim[0], q->dim[1], q->dim[2], k->dim[2]});
    else
        out_set(n, 3, dtype_info[q->dtype].compute, 4, (const Dim *const[]){q->dim[0], dim_const(g, node_int(n, "q_num_heads", 1)), q->dim[1], k->dim[1]});
    return SPML_OK;
}

/* Axis 1 of all heads cut into [G, R]. */
static Operand grouped(Lower *l, const AttentionParts *p, Operand x)
{
    x = view_insert(l, x, 2);
    x.dim[1] = p->groups, x.dim[2] = p->each;
    x.stride[2] = x.stride[1];
    x.stride[1] = dim_mul(lower_graph(l), x.stride[1], p->each);
    return x;
}

static Operand of_groups(Lower *l, const AttentionParts *p, Operand x)
{
    x = view_insert(l, x, 2);
    return view_expand(l, x, 5, (const Dim *const[]){x.dim[0], x.dim[1], p->each, x.dim[3], x.dim[4]});
}

static Operand transposed(Lower *l, Operand x) { return view_permute(l, x, (const int[]){0, 1, 2, 4, 3}); }

/* y [B, G, R, S, ·] = a·b per head */
static SpmlCode product(Lower *l, Operand a, Operand b, Operand y, Error *err)
{
    Operand zero = operand_scalar(l, y.type, 0, err);
    if (!zero.value)
        return SPML_RESOURCE;
    return lower_call(l, &(CallSpec){.kernel = "matmul", .types = {{"T", y.type}}, .ranks = {{"B", 3}}, .args = {a, b, view_expand(l, zero, 5, y.dim), y}, .n_args = 4}, err);
}

/* y [B, G, L, ·] = the sum over the queries of a group, [B, G, R, S, L] and [B, G, R, S, ·] */
static SpmlCode gather_queries(Lower *l, Operand a, Operand b, Operand y, Error *err)
{
    return lower_call(l, &(CallSpec){.kernel = "contract", .types = {{"T", y.type}}, .ranks = {{"B", 2}, {"M", 1}, {"K", 2}, {"N", 1}}, .args = {view_permute(l, a, (const int[]){0, 1, 4, 2, 3}), b, y}, .n_args = 3}, err);
}

static SpmlCode scores_back(Lower *l, Node *n, const AttentionParts *p, Operand dp, bool inside, Operand ds, Error *err)
{
    Graph *g = lower_graph(l);
    const bool cap = inside && node_float(n, "softcap", 0) > 0, given = !inside || node_find(n, "scale");
    return lower_call(l, &(CallSpec){.kernel = "attend_dscores", .types = {{"A", p->acc}}, .ranks = {{"L", 3}}, .consts = {{"GIVEN", dim_const(g, given)}, {"CAP", dim_const(g, cap)}},
                                     .args = {p->probs, dp, p->raw, ds}, .n_args = 4, .scalars = {scalar_f(inside ? node_float(n, "scale", 1) : 1), scalar_f(node_float(n, "softcap", 0)), scalar_dim(p->d)}, .n_scalars = 3}, err);
}

/* Where output i is summed: by heads, itself or a temporary in the type of sums. */
static Operand sums_for(Lower *l, Node *n, int i, DType acc, const Dim *heads, const Dim *size, Operand *out)
{
    *out = attention_heads(l, lower_value(l, n->out[i]), heads, size);
    return out->type == acc ? *out : lower_value(l, lower_temp(l, acc, 4, out->dim));
}

static bool wanted(const Node *n, int i) { return i < n->n_out && n->out[i]; }

/* ── by blocks ── */

typedef struct Blocks { AttentionParts p; Operand mask, y, dy, lse, own; } Blocks;

static CallSpec blocks_call(Lower *l, Node *n, const Blocks *b, const char *kernel)
{
    Graph *g = lower_graph(l);
    return (CallSpec){.kernel = kernel, .types = {{"T", b->p.q.type}, {"M", b->mask.type}},
        .consts = {{"TM", dim_const(g, 32)}, {"TN", dim_const(g, 512)}, {"GIVEN", dim_const(g, node_find(n, "scale") != NULL)}, {"ADD", dim_const(g, b->mask.type != DT_bool)}, {"CAUSAL", dim_const(g, node_int(n, "is_causal", 0) != 0)}},
        .scalars = {scalar_f(node_float(n, "scale", 1)), scalar_dim(dim_const(g, 0))}, .n_scalars = 2};
}

/* Gradient i [B, G, L, ·] of all query heads; where several read a key head, of each of them [B, G, R, L, ·], in the type of sums. */
static Operand of_each(Lower *l, const Blocks *b, Operand out, bool one)
{
    const Dim *d[] = {b->p.b, b->p.groups, b->p.each, out.dim[2], out.dim[3]};
    return one ? view_insert(l, out, 2) : lower_value(l, lower_temp(l, b->p.acc, 5, d));
}

static SpmlCode sum_each(Lower *l, Operand all, Operand out, Error *err)
{
    const DType acc = all.type;
    Operand to = out.type == acc ? out : lower_value(l, lower_temp(l, acc, 4, out.dim));
    SpmlCode code = lower_call(l, &(CallSpec){.kernel = "reduce_map", .types = {{"T", acc}}, .fns = {{"f", "ident"}, {"F", "sum"}, {"g", "ident"}}, .ranks = {{"L", 4}, {"C", 1}},
                                              .args = {view_permute(l, all, (const int[]){0, 1, 3, 4, 2}), to}, .n_args = 2}, err);
    return code || out.type == acc ? code : lower_cast_to(l, to, out, err);
}

static Operand output_or(Lower *l, Node *n, int i, DType t, const Dim *heads, const Dim *rows, const Dim *size)
{
    const Dim *d[] = {in_type(n, Q)->dim[0], heads, rows, size};
    return wanted(n, i) ? attention_heads(l, lower_value(l, n->out[i]), heads, size) : lower_value(l, lower_temp(l, t, 4, d));
}

static SpmlCode lower_blocks(Lower *l, Node *n, Blocks *b, Error *err)
{
    AttentionParts *p = &b->p;
    const Dim *d[] = {p->b, p->groups, p->each, p->rows};
    const DType t = p->q.type;
    b->y = grouped(l, p, attention_heads(l, lower_value(l, n->in[Y]), p->heads, p->e));
    b->dy = grouped(l, p, attention_heads(l, lower_value(l, n->in[DY]), p->heads, p->e));
    b->mask = grouped(l, p, b->mask);
    b->lse = lower_value(l, lower_temp(l, p->acc, 4, d)), b->own = lower_value(l, lower_temp(l, p->acc, 4, d));
    Operand q = grouped(l, p, p->q), dq = grouped(l, p, output_or(l, n, 0, t, p->heads, p->rows, p->d));
    CallSpec by_query = blocks_call(l, n, b, "attend_dq"), by_key = blocks_call(l, n, b, "attend_dkv");
    const Operand query[] = {q, p->k, p->v, b->mask, b->y, b->dy, dq, b->lse, b->own};
    memcpy(by_query.args, query, sizeof query);
    by_query.n_args = 9;
    SpmlCode code = lower_call(l, &by_query, err);
    if (code || (!wanted(n, 1) && !wanted(n, 2)))
        return code;
    const bool one = dim_is(p->each, 1);
    Operand dk = output_or(l, n, 1, t, p->groups, p->keys, p->d), dv = output_or(l, n, 2, t, p->groups, p->keys, p->e), each_k = of_each(l, b, dk, one), each_v = of_each(l, b, dv, one);
    const Operand key[] = {q, p->k, p->v, b->mask, b->dy, b->lse, b->own, each_k, each_v};
    memcpy(by_key.args, key, sizeof key);
    by_key.n_args = 9;
    by_key.types[2].name = "U", by_key.types[2].type = each_k.type;
    code = lower_call(l, &by_key, err);
    if (!code && !one && wanted(n, 1))
        code = sum_each(l, each_k, dk, err);
    return code || one || !wanted(n, 2) ? code : sum_each(l, each_v, dv, err);
}

SpmlCode lower_attention_grad(Lower *l, Node *n, Error *err)
{
    AttentionParts p;
    Blocks b;
    bool running;
    SpmlCode code = attention_blocks(l, n, &b.p, &running, &b.mask, err);
    if (code || (running && in_given(n, Y)))
        return code ? code : lower_blocks(l, n, &b, err);
    code = attention_parts(l, n, &p, err);
    if (code)
        return code;
    const Dim *d[] = {p.b, p.heads, p.rows, p.keys};
    Operand dy = attention_heads(l, lower_value(l, n->in[DY]), p.heads, p.e), dp = lower_value(l, lower_temp(l, p.acc, 4, d)), ds = lower_value(l, lower_temp(l, p.acc, 4, d)), out, sum;
    if (dy.type != p.acc) {
        Operand wide = lower_value(l, lower_temp(l, p.acc, 4, dy.dim));
        code = lower_cast_to(l, dy, wide, err);
        dy = wide;
    }
    dy = grouped(l, &p, dy);
    if (!code && wanted(n, 2)) {
        sum = sums_for(l, n, 2, p.acc, p.groups, p.e, &out);
        code = gather_queries(l, grouped(l, &p, p.probs), dy, sum, err);
        code = code || sum.value == out.value ? code : lower_cast_to(l, sum, out, err);
    }
    if (!code)
        code = product(l, dy, transposed(l, of_groups(l, &p, p.v)), grouped(l, &p, dp), err);
    if (!code && wanted(n, 3))
        code = scores_back(l, n, &p, dp, false, lower_value(l, n->out[3]), err);
    if (!code)
        code = scores_back(l, n, &p, dp, true, ds, err);
    if (!code && wanted(n, 0)) {
        sum = sums_for(l, n, 0, p.acc, p.heads, p.d, &out);
        code = product(l, grouped(l, &p, ds), of_groups(l, &p, p.k), grouped(l, &p, sum), err);
        code = code || sum.value == out.value ? code : lower_cast_to(l, sum, out, err);
    }
    if (!code && wanted(n, 1)) {
        sum = sums_for(l, n, 1, p.acc, p.groups, p.d, &out);
        code = gather_queries(l, grouped(l, &p, ds), grouped(l, &p, p.q), sum, err);
        code = code || sum.value == out.value ? code : lower_cast_to(l, sum, out, err);
    }
    return code;
}

/* ── rules ── */

SpmlCode grad_attention(Grad *d, Node *n, Error *err)
{
    static const int given_by[4] = {Q, K, V, MASK};
    Value *in[N_IN] = {0}, *dy = grad_of(d, n, 0);
    for (int i = 1; i < n->n_out; i++)
        if (grad_of(d, n, i))
            return grad_unsupported(n, err, "by its scores or present keys and values");
    if (in_given(n, PAST_K) || in_given(n, PAST_V))
        return grad_unsupported(n, err, "with past keys");
    for (int i = 0; i < n->n_in && i < DY; i++)
        in[i] = n->in[i];
    in[DY] = dy;
    in[Y] = n->out[0];
    Node *b = grad_node(d, OP_attention_grad, N_IN, in, 4, n->n_attrs, n->attrs);
    for (int i = 0; i < 4 && b; i++) {
        if (!grad_wanted(d, n, given_by[i])) {
            b->out[i] = NULL;
            continue;
        }
        grad_give(d, n, given_by[i], grad_cast(d, b->out[i], n->in[given_by[i]]->type.dtype));
    }
    return SPML_OK;
}

/* x [B, G·R, S, L] as [B, G, L, R·S], and y [B, G·R, S, ·] as [B, G, R·S, ·]: attend_values of both sums over the queries of a group. */
static Value *over_queries(Grad *d, Value *x, Value *y, const Value *kv)
{
    static const int64_t perm[5] = {0, 1, 4, 2, 3};
    if (!x || !y)
        return NULL;
    Graph *g = d->g;
    const Dim **a = x->type.dim, *groups = kv->type.dim[1], *each = dim_div(g, a[1], groups), *all = dim_mul(g, each, a[2]);
    const Dim *cut[5] = {a[0], groups, each, a[2], a[3]}, *joined[4] = {a[0], groups, a[3], all}, *flat[4] = {a[0], groups, all, y->type.dim[3]};
    Value *t = grad_reshape(d, grad_permute(d, grad_reshape(d, x, 5, cut), perm), 4, joined);
    return grad_op2(d, OP_attend_values, t, grad_reshape(d, y, 4, flat));
}

SpmlCode grad_attend_scores(Grad *d, Node *n, Error *err)
{
    (void)err;
    Value *g = grad_of(d, n, 0), *q = n->in[0], *k = n->in[1];
    const DType t = n->out[0]->type.dtype;
    GradVar v[] = {{"g", g}, {"d", grad_count(d, q, 1, (const int64_t[]){3}, t)}, {"s", grad_scalar(d, t, node_float(n, "scale", 1))}};
    Value *s = grad_expr(d, NULL, t, node_find(n, "scale") ? "g s mul" : "g d sqrt div", v, 3);
    if (grad_wanted(d, n, 0))
        grad_give(d, n, 0, grad_op2(d, OP_attend_values, s, k));
    if (grad_wanted(d, n, 1))
        grad_give(d, n, 1, over_queries(d, s, q, k));
    return SPML_OK;
}

SpmlCode grad_attend_values(Grad *d, Node *n, Error *err)
{
    (void)err;
    Value *g = grad_of(d, n, 0), *p = n->in[0], *v = n->in[1];
    if (grad_wanted(d, n, 0))
        grad_give(d, n, 0, grad_cast(d, grad_op(d, OP_attend_scores, 2, (Value *const[]){g, v}, 1, (Attr[]){GRAD_FLOAT("scale", 1)}), p->type.dtype));
    if (grad_wanted(d, n, 1))
        grad_give(d, n, 1, over_queries(d, p, g, v));
    return SPML_OK;
}

/* Turned back by the same angles. */
SpmlCode grad_rotary(Grad *d, Node *n, Error *err)
{
    if (grad_wanted(d, n, 1) || grad_wanted(d, n, 2))
        return grad_unsupported(n, err, "by the cosines and sines");
    Value *in[4] = {grad_of(d, n, 0), n->in[1], grad_op1(d, OP_neg, n->in[2]), in_given(n, 3) ? n->in[3] : NULL};
    grad_give(d, n, 0, grad_with(d, OP_rotary, in[3] ? 4 : 3, in, n));
    return SPML_OK;
}

/* ── causal_conv: y = act(conv of z = state and x), the state that leaves is z's end ── */

/* By the sums before the activation: g, or g·silu'(z ∗ w + b). */
static Value *before_activation(Grad *d, const Node *n, Value *z, Value *g, const Attr *group)
{
    if (!strcmp(node_str(n, "activation", "none"), "none"))
        return g;
    Value *in[3] = {z, n->in[1], in_given(n, 2) ? n->in[2] : NULL}, *p = grad_op(d, OP_conv, 3, in, 1, group);
    return grad_expr(d, NULL, g->type.dtype, "p sigmoid =s g s p s mul 1 s sub mul add mul", (GradVar[]){{"p", p}, {"g", g}}, 2);
}

static Value *with_state(Grad *d, const Node *n, int64_t lead)
{
    const Type *x = &n->in[0]->type;
    const Dim *dims[3] = {x->dim[0], x->dim[1], dim_const(d->g, lead)};
    Value *state = in_given(n, 3) ? n->in[3] : grad_filled_shape(d, x->dtype, grad_dims(d, 3, dims), 0);
    return grad_op(d, OP_concat, 2, (Value *const[]){state, n->in[0]}, 1, (Attr[]){GRAD_INT("axis", 2)});
}

SpmlCode grad_causal_conv(Grad *d, Node *n, Error *err)
{
    static const int64_t rows[2] = {0, 2};
    const Type *x = &n->in[0]->type;
    int64_t channels, taps;
    if (!dim_lit(x->dim[1], &channels) || !dim_lit(n->in[1]->type.dim[2], &taps))
        return grad_unsupported(n, err, "channels or taps that are symbols");
    const Attr group = GRAD_INT("group", channels);
    const int64_t lead = taps - 1, zero = 0;
    Value *z = with_state(d, n, lead), *g = before_activation(d, n, z, grad_of_or_zeros(d, n, 0), &group), *length = grad_dims(d, 1, &x->dim[2]);
    Value *dz = grad_op(d, OP_conv_dx, 3, (Value *const[]){g, n->in[1], grad_shape(d, z)}, 1, &group);
    if (n->n_out > 1 && n->out[1] && grad_of(d, n, 1)) {
        Value *before = grad_op(d, OP_concat, 2, (Value *const[]){grad_i64(d, 2, (int64_t[]){0, 0}), length}, 1, (Attr[]){GRAD_INT("axis", 0)});
        Value *pads = grad_op(d, OP_concat, 2, (Value *const[]){before, grad_i64(d, 3, (int64_t[]){0, 0, 0})}, 1, (Attr[]){GRAD_INT("axis", 0)});
        dz = grad_add(d, dz, grad_op2(d, OP_pad, grad_of(d, n, 1), pads));
    }
    grad_give(d, n, 0, grad_slice(d, dz, 2, grad_int(d, lead), grad_add(d, length, grad_int(d, lead))));
    grad_give(d, n, 1, grad_op(d, OP_conv_dw, 3, (Value *const[]){z, g, grad_shape(d, n->in[1])}, 1, &group));
    if (grad_wanted(d, n, 2))
        grad_give(d, n, 2, grad_cast(d, grad_reduce(d, OP_reduce_sum, g, 2, rows, false), n->in[2]->type.dtype));
    if (grad_wanted(d, n, 3))
        grad_give(d, n, 3, grad_slice(d, dz, 2, grad_int(d, zero), grad_int(d, lead)));
    return SPML_OK;
}
