/* SPDX-License-Identifier: MIT
 * ops: attention(q, k, v, mask?, past_k?, past_v?, lengths?) of ONNX 23 to 25, rotary embedding, linear attention, causal convolution with state.
 * Heads are views: H query heads over G key heads are [B, G, R, S, D] against [B, G, 1, L, D] broadcast. Kernels: kernels/attention.k. */
#include "ops/attention.h"
#include "ops/axes.h"
#include "ops/moves.h"

#include <string.h>

enum { Q, K, V, MASK, PAST_K, PAST_V, LENGTHS };

typedef struct Heads { Graph *g; bool packed; const Dim *b, *h, *kv, *r, *s, *l, *past, *total, *d, *e; } Heads;

/* An extent of heads·size cut by the number of heads in attribute `attr`. */
static SpmlCode head_split(const Node *n, const Type *x, const char *attr, const Dim **heads, const Dim **size, Error *err)
{
    int64_t count = node_int(n, attr, 0), extent;
    if (x->rank == 4) {
        *heads = x->dim[1];
        *size = x->dim[3];
        return SPML_OK;
    }
    if (count < 1 || (dim_lit(x->dim[2], &extent) && extent % count))
        return shape_error(n, err, "%s = %lld does not divide the last dimension", attr, (long long)count);
    *heads = dim_const(n->graph, count);
    *size = dim_div(n->graph, x->dim[2], *heads);
    return SPML_OK;
}

static SpmlCode heads_of(const Node *n, Heads *h, Error *err)
{
    const Type *q = in_type(n, Q), *k = in_type(n, K), *v = in_type(n, V), *past = in_type(n, PAST_K);
    const Dim *same, *size;
    int64_t a, b;
    if (!q || !k || !v || (q->rank != 3 && q->rank != 4) || k->rank != q->rank || v->rank != q->rank)
        return shape_error(n, err, "query, key and value are not all of rank 3 or 4");
    if (q->dtype != k->dtype || q->dtype != v->dtype)
        return lower_unsupported(n, err, "query, key and value are %s, %s and %s", dtype_name(q->dtype), dtype_name(k->dtype), dtype_name(v->dtype));
    if (in_given(n, PAST_K) != in_given(n, PAST_V) || (past && (past->rank != 4 || in_type(n, PAST_V)->rank != 4 || past->dtype != q->dtype || in_type(n, PAST_V)->dtype != q->dtype)))
        return shape_error(n, err, "past key and value do not fit");
    *h = (Heads){.g = n->graph, .packed = q->rank == 3, .b = q->dim[0], .s = q->dim[q->rank - 2], .l = k->dim[k->rank - 2]};
    if (h->packed) {
        h->s = q->dim[1];
        h->l = k->dim[1];
    }
    SpmlCode code = head_split(n, q, "q_num_heads", &h->h, &h->d, err);
    if (!code)
        code = head_split(n, k, "kv_num_heads", &h->kv, &size, err);
    if (!code)
        code = head_split(n, v, "kv_num_heads", &same, &h->e, err);
    if (code)
        return code;
    if (dim_lit(h->h, &a) && dim_lit(h->kv, &b) && (b < 1 || a % b))
        return shape_error(n, err, "%lld query heads over %lld key heads", (long long)a, (long long)b);
    if (dim_lit(h->d, &a) && dim_lit(size, &b) && a != b)
        return shape_error(n, err, "query heads have %lld elements, key heads %lld", (long long)a, (long long)b);
    h->r = dim_div(h->g, h->h, h->kv);
    h->past = past ? past->dim[2] : dim_const(h->g, 0);
    h->total = dim_add(h->g, h->past, h->l);
    return SPML_OK;
}

SpmlCode shape_attention(Node *n, Error *err)
{
    Heads h;
    SpmlCode code = heads_of(n, &h, err);
    if (code)
        return code;
    DType t = n->in[Q]->type.dtype;
    const Dim *y4[] = {h.b, h.h, h.s, h.e}, *y3[] = {h.b, h.s, dim_mul(h.g, h.h, h.e)};
    out_set(n, 0, t, h.packed ? 3 : 4, h.packed ? y3 : y4);
    out_set(n, 1, t, 4, (const Dim *const[]){h.b, h.kv, h.total, h.d});
    out_set(n, 2, t, 4, (const Dim *const[]){h.b, h.kv, h.total, h.e});
    out_set(n, 3, t, 4, (const Dim *const[]){h.b, h.h, h.s, h.total});
    return SPML_OK;
}

/* [B, T, heads·size] or [B, heads, T, size] as the latter. */
static Operand by_heads(Lower *l, Operand x, const Dim *heads, const Dim *size)
{
    if (x.rank == 4)
        return x;
    x = view_reshape(l, x, 4, (const Dim *const[]){x.dim[0], x.dim[1], heads, size});
    return view_permute(l, x, (const int[]){0, 2, 1, 3});
}

/* Axis 1 of H heads cut into [G, R]. */
static Operand grouped(Lower *l, Operand x, const Heads *h)
{
    x = view_insert(l, x, 2);
    x.dim[1] = h->kv;
    x.dim[2] = h->r;
    x.stride[2] = x.stride[1];
    x.stride[1] = dim_mul(h->g, x.stride[1], h->r);
    return x;
}

/* x of G heads repeated for the R query heads that read it. */
static Operand repeated(Lower *l, Operand x, const Heads *h)
{
    x = view_insert(l, x, 2);
    const Dim *d[] = {x.dim[0], x.dim[1], h->r, x.dim[3], x.dim[4]};
    return view_expand(l, x, 5, d);
}

/* The past followed by x, in output `out` or a temporary; x itself where there is neither. */
static Operand with_past(Lower *l, Node *n, Operand x, int past, int out, const Heads *h, Error *err, SpmlCode *code)
{
    bool wanted = out < n->n_out && n->out[out];
    if (!wanted && !in_given(n, past))
        return x;
    const Dim *d[] = {x.dim[0], x.dim[1], h->total, x.dim[3]};
    Operand y = lower_value(l, wanted ? n->out[out] : lower_temp(l, x.type, 4, d));
    if (in_given(n, past))
        *code = lower_copy(l, lower_value(l, n->in[past]), view_slice(l, y, 2, dim_const(h->g, 0), h->past, 1), err);
    if (!*code)
        *code = lower_copy(l, x, view_slice(l, y, 2, h->past, h->l, 1), err);
    return y;
}

/* ── the two products, in the accumulator's type `acc` whatever the tensors are stored in ── */

/* x, or a copy of it as acc. */
static Operand as_acc(Lower *l, Operand x, DType acc, Error *err, SpmlCode *code)
{
    if (x.type == acc || *code)
        return x;
    Operand y = lower_value(l, lower_temp(l, acc, x.rank, x.dim));
    *code = lower_cast_to(l, x, y, err);
    return y;
}

/* y [B, G, R, rows, cols] = a·b */
static SpmlCode head_product(Lower *l, Operand a, Operand b, Operand y, Error *err)
{
    Operand zero = operand_scalar(l, y.type, 0, err);
    if (!zero.value)
        return SPML_RESOURCE;
    return lower_call(l, &(CallSpec){.kernel = "matmul", .types = {{"T", y.type}}, .ranks = {{"B", 3}}, .args = {a, b, view_expand(l, zero, 5, y.dim), y}, .n_args = 4}, err);
}

/* y [B, G, R, S, L] = scale · q·kT; q, k by heads */
static SpmlCode scores_of(Lower *l, const Node *n, const Heads *h, Operand q, Operand k, Operand y, Error *err)
{
    SpmlCode code = SPML_OK;
    k = repeated(l, as_acc(l, k, y.type, err, &code), h);
    Operand scaled = lower_value(l, lower_temp(l, y.type, 4, q.dim));
    if (!code)
        code = lower_call(l, &(CallSpec){.kernel = "attend_query", .types = {{"T", q.type}}, .ranks = {{"L", 3}}, .consts = {{"GIVEN", dim_const(h->g, node_find(n, "scale") != NULL)}},
                                         .args = {q, scaled}, .n_args = 2, .scalars = {scalar_f(node_float(n, "scale", 1))}, .n_scalars = 1}, err);
    return code ? code : head_product(l, grouped(l, scaled, h), view_permute(l, k, (const int[]){0, 1, 2, 4, 3}), y, err);
}

/* y = p·v; p and y of all heads, v of its own */
static SpmlCode values_of(Lower *l, const Heads *h, Operand p, Operand v, Operand y, Error *err)
{
    SpmlCode code = SPML_OK;
    DType acc = dtype_info[v.type].compute;
    v = repeated(l, as_acc(l, v, acc, err, &code), h);
    p = grouped(l, as_acc(l, p, acc, err, &code), h);
    Operand to = y.type == acc ? y : lower_value(l, lower_temp(l, acc, 4, y.dim));
    if (!code)
        code = head_product(l, p, v, grouped(l, to, h), err);
    return code || y.type == acc ? code : lower_cast_to(l, to, y, err);
}

typedef struct Scores { Operand raw, masked, probs; DType acc; } Scores;

static Operand mask_view(Lower *l, Node *n, const Heads *h, DType acc, Error *err)
{
    const Dim *d[] = {h->b, h->h, h->s, h->total};
    Operand m = in_given(n, MASK) ? lower_value(l, n->in[MASK]) : operand_scalar(l, acc, 0, err);
    if (m.rank)
        d[3] = dim_is(m.dim[m.rank - 1], 1) ? h->total : m.dim[m.rank - 1];
    return view_expand(l, m, 4, d);
}

static SpmlCode apply_mask(Lower *l, Node *n, const Heads *h, const Scores *s, Error *err)
{
    Graph *g = h->g;
    bool lens = in_given(n, LENGTHS), cap = node_float(n, "softcap", 0) > 0;
    Operand mask = mask_view(l, n, h, s->acc, err), len = lens ? lower_value(l, n->in[LENGTHS]) : operand_scalar(l, DT_i64, 0, err);
    if (!mask.value || !len.value)
        return SPML_RESOURCE;
    if (len.type != DT_i64 || (mask.type != DT_bool && !dtype_is_float(mask.type)))
        return lower_unsupported(n, err, "mask of %s, lengths of %s", dtype_name(mask.type), dtype_name(len.type));
    return lower_call(l, &(CallSpec){.kernel = "attend_mask", .types = {{"M", mask.type}, {"A", s->acc}}, .fns = {{"f", mask.type == DT_bool ? "mask_keep" : "mask_add"}},
        .consts = {{"CAUSAL", dim_const(g, node_int(n, "is_causal", 0) != 0)}, {"LENS", dim_const(g, lens)}, {"CAP", dim_const(g, cap)}, {"LEFT", dim_const(g, node_int(n, "left_window_size", -1))}, {"RIGHT", dim_const(g, node_int(n, "right_window_size", -1))}},
        .args = {s->raw, mask, view_expand(l, len, 1, &h->b), s->masked}, .n_args = 4, .scalars = {scalar_dim(h->past), scalar_f(node_float(n, "softcap", 0))}, .n_scalars = 2}, err);
}

/* Nothing changes the scores before the softmax. */
static bool is_plain(const Node *n)
{
    return !in_given(n, MASK) && !in_given(n, LENGTHS) && !node_int(n, "is_causal", 0) && node_int(n, "left_window_size", -1) < 0 && node_int(n, "right_window_size", -1) < 0 && !(node_float(n, "softcap", 0) > 0);
}

/* Output 3: the scores, after the cap, after the mask, or the probabilities. */
static SpmlCode score_output(Lower *l, Node *n, const Scores *s, Error *err)
{
    if (n->n_out < 4 || !n->out[3])
        return SPML_OK;
    int64_t mode = node_int(n, "qk_matmul_output_mode", 0);
    Operand y = lower_value(l, n->out[3]);
    if (mode == 1)
        return lower_call(l, &(CallSpec){.kernel = "attend_cap", .types = {{"A", s->acc}, {"T", y.type}}, .ranks = {{"I", 4}}, .args = {s->raw, y}, .n_args = 2,
                                         .scalars = {scalar_f(node_float(n, "softcap", 0))}, .n_scalars = 1}, err);
    if (mode < 0 || mode > 3)
        return lower_unsupported(n, err, "qk_matmul_output_mode %lld", (long long)mode);
    return lower_cast_to(l, mode == 3 ? s->probs : mode == 0 ? s->raw : s->masked, y, err);
}

/* One kernel over blocks of keys, where the pass `attention` asks for it: what lies between the scores and the softmax is a scale, a mask, the order of time. */
static bool is_running(const Node *n, const Heads *h, DType acc, DType soft)
{
    const Type *m = in_type(n, MASK);
    bool whole = !m || (m->rank >= 1 && (dim_is(m->dim[m->rank - 1], 1) || m->dim[m->rank - 1] == h->total));
    return node_int(n, "running", 0) && acc == DT_f32 && soft == DT_f32 && whole && !in_given(n, LENGTHS) && node_int(n, "left_window_size", -1) < 0 && node_int(n, "right_window_size", -1) < 0 &&
        !(node_float(n, "softcap", 0) > 0) && (n->n_out < 4 || !n->out[3]) && (!m || m->dtype == DT_bool || dtype_info[m->dtype].compute == DT_f32);
}

static SpmlCode lower_running(Lower *l, Node *n, const Heads *h, Operand q, Operand k, Operand v, Operand y, Error *err)
{
    Graph *g = h->g;
    Operand mask = mask_view(l, n, h, DT_f32, err);
    if (!mask.value)
        return SPML_RESOURCE;
    return lower_call(l, &(CallSpec){.kernel = "attend", .types = {{"T", q.type}, {"M", mask.type}},
        .consts = {{"TM", dim_const(g, 32)}, {"TN", dim_const(g, 512)}, {"GIVEN", dim_const(g, node_find(n, "scale") != NULL)}, {"ADD", dim_const(g, mask.type != DT_bool)},
                   {"CAUSAL", dim_const(g, node_int(n, "is_causal", 0) != 0)}, {"ZERO", dim_const(g, !node_int(n, "hidden_nan", 0))}},
        .args = {grouped(l, q, h), k, v, grouped(l, mask, h), grouped(l, y, h)}, .n_args = 5,
        .scalars = {scalar_f(node_float(n, "scale", 1)), scalar_f(node_float(n, "fill", -__builtin_inf())), scalar_dim(h->past)}, .n_scalars = 3}, err);
}

SpmlCode lower_attention(Lower *l, Node *n, Error *err)
{
    Heads h;
    SpmlCode code = heads_of(n, &h, err);
    if (code)
        return code;
    DType t = n->in[Q]->type.dtype, acc = dtype_info[t].compute, soft = node_dtype(n, "softmax_precision", acc);
    if (!dtype_is_float(acc) || !dtype_is_float(soft))
        return lower_unsupported(n, err, "attention over %s", dtype_name(t));
    const Dim *d[] = {h.b, h.h, h.s, h.total};
    Operand q = by_heads(l, lower_value(l, n->in[Q]), h.h, h.d);
    Operand k = with_past(l, n, by_heads(l, lower_value(l, n->in[K]), h.kv, h.d), PAST_K, 1, &h, err, &code);
    Operand v = code ? k : with_past(l, n, by_heads(l, lower_value(l, n->in[V]), h.kv, h.e), PAST_V, 2, &h, err, &code);
    Operand y = by_heads(l, lower_value(l, n->out[0] ? n->out[0] : lower_temp(l, t, 4, (const Dim *const[]){h.b, h.h, h.s, h.e})), h.h, h.e);
    if (code || is_running(n, &h, acc, soft))
        return code ? code : lower_running(l, n, &h, q, k, v, y, err);
    Scores s = {.raw = lower_value(l, lower_temp(l, acc, 4, d)), .probs = lower_value(l, lower_temp(l, acc, 4, d)), .acc = acc};
    s.masked = is_plain(n) ? s.raw : lower_value(l, lower_temp(l, acc, 4, d));
    if (!code)
        code = scores_of(l, n, &h, q, k, grouped(l, s.raw, &h), err);
    if (!code && !is_plain(n))
        code = apply_mask(l, n, &h, &s, err);
    if (!code)
        code = lower_call(l, &(CallSpec){.kernel = "attend_softmax", .types = {{"A", acc}, {"P", dtype_info[soft].compute}, {"T", acc}}, .ranks = {{"L", 3}}, .args = {s.masked, s.probs}, .n_args = 2}, err);
    if (!code)
        code = score_output(l, n, &s, err);
    return code ? code : values_of(l, &h, s.probs, v, y, err);
}

/* ── for its gradient ── */

SpmlCode attention_blocks(Lower *l, Node *n, AttentionParts *p, bool *running, Operand *mask, Error *err)
{
    Heads h;
    SpmlCode code = heads_of(n, &h, err);
    if (code)
        return code;
    const DType acc = dtype_info[n->in[Q]->type.dtype].compute;
    *running = is_running(n, &h, acc, node_dtype(n, "softmax_precision", acc)) && !node_find(n, "fill");
    if (!*running)
        return SPML_OK;
    *p = (AttentionParts){.b = h.b, .heads = h.h, .groups = h.kv, .each = h.r, .rows = h.s, .keys = h.total, .d = h.d, .e = h.e, .acc = acc};
    p->q = by_heads(l, lower_value(l, n->in[Q]), h.h, h.d);
    p->k = by_heads(l, lower_value(l, n->in[K]), h.kv, h.d);
    p->v = by_heads(l, lower_value(l, n->in[V]), h.kv, h.e);
    *mask = mask_view(l, n, &h, DT_f32, err);
    return mask->value ? SPML_OK : SPML_RESOURCE;
}

SpmlCode attention_parts(Lower *l, Node *n, AttentionParts *p, Error *err)
{
    Heads h;
    SpmlCode code = heads_of(n, &h, err);
    if (code)
        return code;
    const DType t = n->in[Q]->type.dtype, acc = dtype_info[t].compute, soft = node_dtype(n, "softmax_precision", acc);
    if (!dtype_is_float(acc) || !dtype_is_float(soft))
        return lower_unsupported(n, err, "attention over %s", dtype_name(t));
    const Dim *d[] = {h.b, h.h, h.s, h.total};
    Scores s = {.raw = lower_value(l, lower_temp(l, acc, 4, d)), .probs = lower_value(l, lower_temp(l, acc, 4, d)), .acc = acc};
    s.masked = is_plain(n) ? s.raw : lower_value(l, lower_temp(l, acc, 4, d));
    *p = (AttentionParts){.b = h.b, .heads = h.h, .groups = h.kv, .each = h.r, .rows = h.s, .keys = h.total, .d = h.d, .e = h.e, .acc = acc, .raw = s.raw, .probs = s.probs};
    p->q = as_acc(l, by_heads(l, lower_value(l, n->in[Q]), h.h, h.d), acc, err, &code);
    p->k = as_acc(l, by_heads(l, lower_value(l, n->in[K]), h.kv, h.d), acc, err, &code);
    p->v = as_acc(l, by_heads(l, lower_value(l, n->in[V]), h.kv, h.e), acc, err, &code);
    if (!code)
        code = scores_of(l, n, &h, p->q, p->k, grouped(l, s.raw, &h), err);
    if (!code && !is_plain(n))
        code = apply_mask(l, n, &h, &s, err);
    return code ? code : lower_call(l, &(CallSpec){.kernel = "attend_softmax", .types = {{"A", acc}, {"P", dtype_info[soft].compute}, {"T", acc}}, .ranks = {{"L", 3}}, .args = {s.masked, s.probs}, .n_args = 2}, err);
}

Operand attention_heads(Lower *l, Operand x, const Dim *heads, const Dim *size) { return by_heads(l, x, heads, size); }

/* ── the two products apart: attend_scores(q, k) in the accumulator's type, attend_values(probabilities, v) ── */

static SpmlCode parts_check(const Node *n, Heads *h, Error *err)
{
    const Type *a = in_type(n, 0), *b = in_type(n, 1);
    int64_t x, y;
    if (a->rank != 4 || b->rank != 4)
        return shape_error(n, err, "operands of rank %d and %d", a->rank, b->rank);
    *h = (Heads){.g = n->graph, .b = a->dim[0], .h = a->dim[1], .kv = b->dim[1], .s = a->dim[2], .r = dim_div(n->graph, a->dim[1], b->dim[1])};
    if (dim_lit(h->h, &x) && dim_lit(h->kv, &y) && (y < 1 || x % y))
        return shape_error(n, err, "%lld query heads over %lld key heads", (long long)x, (long long)y);
    return dtype_is_float(dtype_info[b->dtype].compute) ? SPML_OK : lower_unsupported(n, err, "attention over %s", dtype_name(b->dtype));
}

SpmlCode shape_attend_scores(Node *n, Error *err)
{
    Heads h;
    SpmlCode code = parts_check(n, &h, err);
    const Type *q = in_type(n, 0), *k = in_type(n, 1);
    int64_t a, b;
    if (!code && (q->dtype != k->dtype || (dim_lit(q->dim[3], &a) && dim_lit(k->dim[3], &b) && a != b)))
        code = shape_error(n, err, "queries and keys do not fit");
    if (!code)
        out_set(n, 0, dtype_info[q->dtype].compute, 4, (const Dim *const[]){h.b, h.h, h.s, k->dim[2]});
    return code;
}

SpmlCode lower_attend_scores(Lower *l, Node *n, Error *err)
{
    Heads h;
    SpmlCode code = parts_check(n, &h, err);
    if (code)
        return code;
    return scores_of(l, n, &h, lower_value(l, n->in[0]), lower_value(l, n->in[1]), grouped(l, lower_value(l, n->out[0]), &h), err);
}

SpmlCode shape_attend_values(Node *n, Error *err)
{
    Heads h;
    SpmlCode code = parts_check(n, &h, err);
    if (!code)
        out_set(n, 0, n->in[1]->type.dtype, 4, (const Dim *const[]){h.b, h.h, h.s, n->in[1]->type.dim[3]});
    return code;
}

SpmlCode lower_attend_values(Lower *l, Node *n, Error *err)
{
    Heads h;
    SpmlCode code = parts_check(n, &h, err);
    if (code)
        return code;
    return values_of(l, &h, lower_value(l, n->in[0]), lower_value(l, n->in[1]), lower_value(l, n->out[0]), err);
}

/* ── rotary ── */

SpmlCode shape_rotary(Node *n, Error *err)
{
    const Type *x = in_type(n, 0), *c = in_type(n, 1), *s = in_type(n, 2);
    int want = in_given(n, 3) ? 2 : 3;
    if ((x->rank != 3 && x->rank != 4) || c->rank != want || s->rank != want || c->dtype != x->dtype || s->dtype != x->dtype)
        return shape_error(n, err, "x has rank %d, the caches %d and %d, or their types differ", x->rank, c->rank, s->rank);
    out_set(n, 0, x->dtype, x->rank, (const Dim *const *)x->dim);
    return SPML_OK;
}

/* A cache [M, K] at the positions [B, S], or [B, S, K] as it is. */
static Operand cache_view(Lower *l, Node *n, int input, Error *err, SpmlCode *code)
{
    Operand c = lower_value(l, n->in[input]);
    if (!in_given(n, 3) || *code)
        return c;
    Operand at = lower_value(l, n->in[3]);
    const Dim *d[] = {at.dim[0], at.dim[1], c.dim[1]};
    Operand y = lower_value(l, lower_temp(l, c.type, 3, d));
    *code = lower_call(l, &(CallSpec){.kernel = "rotary_table", .types = {{"T", c.type}, {"I", at.type}}, .args = {c, at, y}, .n_args = 3}, err);
    return y;
}

SpmlCode lower_rotary(Lower *l, Node *n, Error *err)
{
    Graph *g = lower_graph(l);
    SpmlCode code = SPML_OK;
    Operand x = lower_value(l, n->in[0]), y = lower_value(l, n->out[0]);
    int64_t heads = node_int(n, "num_heads", 0), part = node_int(n, "rotary_embedding_dim", 0);
    if (x.rank == 3) {
        if (heads < 1)
            return shape_error(n, err, "num_heads is needed for an input of rank 3");
        const Dim *h = dim_const(g, heads), *d = dim_div(g, x.dim[2], h);
        x = by_heads(l, x, h, d);
        y = by_heads(l, y, h, d);
    }
    const Dim *half = part > 0 ? dim_const(g, part / 2) : dim_div(g, x.dim[3], dim_const(g, 2));
    int64_t size, pairs, have;
    for (int i = 1; i < 3; i++)
        if (dim_lit(half, &pairs) && ((dim_lit(n->in[i]->type.dim[n->in[i]->type.rank - 1], &have) && have != pairs) || (dim_lit(x.dim[3], &size) && 2 * pairs > size)))
            return shape_error(n, err, "%lld pairs do not fit heads or caches", (long long)pairs);
    Operand c = cache_view(l, n, 1, err, &code), s = cache_view(l, n, 2, err, &code);
    const Dim *d[] = {x.dim[0], x.dim[2], half};
    if (code)
        return code;
    return lower_call(l, &(CallSpec){.kernel = "rotary", .types = {{"T", x.type}}, .consts = {{"INTER", dim_const(g, node_int(n, "interleaved", 0) != 0)}},
                                     .args = {x, view_expand(l, c, 3, d), view_expand(l, s, 3, d), y}, .n_args = 4}, err);
}

/* ── linear attention: inputs q k v state? decay? beta? ── */

static SpmlCode linear_heads(const Node *n, Heads *h, Error *err)
{
    const Type *q = in_type(n, 0), *k = in_type(n, 1), *v = in_type(n, 2);
    const Dim *same;
    if (!q || !k || !v || q->rank != 3 || k->rank != 3 || v->rank != 3)
        return shape_error(n, err, "query, key and value are not all of rank 3");
    *h = (Heads){.g = n->graph, .packed = true, .b = q->dim[0], .s = q->dim[1]};
    SpmlCode code = head_split(n, q, "q_num_heads", &h->h, &h->d, err);
    if (!code)
        code = head_split(n, k, "kv_num_heads", &h->kv, &same, err);
    if (!code)
        code = head_split(n, v, "kv_num_heads", &same, &h->e, err);
    if (!code && node_int(n, "q_num_heads", 0) % node_int(n, "kv_num_heads", 1))
        code = shape_error(n, err, "query heads are not a multiple of key heads");
    h->r = code ? NULL : dim_div(h->g, h->h, h->kv);
    return code;
}

SpmlCode shape_linear_attention(Node *n, Error *err)
{
    Heads h;
    SpmlCode code = linear_heads(n, &h, err);
    if (code)
        return code;
    DType t = n->in[0]->type.dtype;
    out_set(n, 0, t, 3, (const Dim *const[]){h.b, h.s, dim_mul(h.g, h.h, h.e)});
    out_set(n, 1, in_given(n, 3) ? n->in[3]->type.dtype : t, 4, (const Dim *const[]){h.b, h.kv, h.d, h.e});
    return SPML_OK;
}

/* Decay as [B, G, T, D]: per element, or one per head. */
static Operand decay_view(Lower *l, Node *n, const Heads *h, DType t, Error *err)
{
    const Dim *d[] = {h->b, h->kv, h->s, h->d};
    if (!in_given(n, 4))
        return view_expand(l, operand_scalar(l, t, 0, err), 4, d);
    Operand g = lower_value(l, n->in[4]);
    return view_expand(l, by_heads(l, g, h->kv, g.dim[2] == h->kv ? dim_const(h->g, 1) : h->d), 4, d);
}

static Operand beta_view(Lower *l, Node *n, const Heads *h, DType t, Error *err)
{
    const Dim *d[] = {h->b, h->kv, h->s};
    if (!in_given(n, 5))
        return view_expand(l, operand_scalar(l, t, 0, err), 3, d);
    return view_expand(l, view_permute(l, lower_value(l, n->in[5]), (const int[]){0, 2, 1}), 3, d);
}

SpmlCode lower_linear_attention(Lower *l, Node *n, Error *err)
{
    Heads h;
    SpmlCode code = linear_heads(n, &h, err);
    if (code)
        return code;
    DType t = n->in[0]->type.dtype;
    const char *rule = node_str(n, "update_rule", "gated_delta");
    bool gated = !strncmp(rule, "gated", 5), delta = strstr(rule, "delta") != NULL;
    double scale = node_float(n, "scale", 0);
    if (dtype_info[t].compute != DT_f32 || (!gated && !delta && strcmp(rule, "linear")))
        return lower_unsupported(n, err, "rule '%.40s' over %s", rule, dtype_name(t));
    if (gated != in_given(n, 4) || delta != in_given(n, 5))
        return shape_error(n, err, "rule '%.40s' does not go with the inputs given", rule);
    const Dim *d[] = {h.b, h.kv, h.d, h.e};
    bool keep = n->n_out > 1 && n->out[1], direct = keep && n->out[1]->type.dtype == DT_f32;
    Operand st = lower_value(l, direct ? n->out[1] : lower_temp(l, DT_f32, 4, d));
    code = in_given(n, 3) ? lower_cast_to(l, lower_value(l, n->in[3]), st, err) : lower_fill(l, st, 0, err);
    Operand q = grouped(l, by_heads(l, lower_value(l, n->in[0]), h.h, h.d), &h), k = by_heads(l, lower_value(l, n->in[1]), h.kv, h.d), v = by_heads(l, lower_value(l, n->in[2]), h.kv, h.e);
    Operand y = lower_value(l, n->out[0] ? n->out[0] : lower_temp(l, t, 3, (const Dim *const[]){h.b, h.s, dim_mul(h.g, h.h, h.e)}));
    if (!code)
        code = lower_call(l, &(CallSpec){.kernel = "linear_attention", .types = {{"X", t}},
            .consts = {{"GATED", dim_const(h.g, gated)}, {"DELTA", dim_const(h.g, delta)}, {"GIVEN", dim_const(h.g, scale != 0)}},
            .args = {q, k, v, decay_view(l, n, &h, t, err), beta_view(l, n, &h, t, err), st, grouped(l, by_heads(l, y, h.h, h.e), &h)}, .n_args = 7, .scalars = {scalar_f(scale)}, .n_scalars = 1}, err);
    return code || !keep || direct ? code : lower_cast_to(l, st, lower_value(l, n->out[1]), err);
}

/* ── causal depthwise convolution of [state, x]: inputs x [B, C, L], w [C, 1, k], bias?, state? [B, C, k − 1] ── */

SpmlCode shape_causal_conv(Node *n, Error *err)
{
    const Type *x = in_type(n, 0), *w = in_type(n, 1);
    if (x->rank != 3 || w->rank != 3 || x->dtype != w->dtype)
        return shape_error(n, err, "x has rank %d, the weights %d", x->rank, w->rank);
    out_set(n, 0, x->dtype, 3, (const Dim *const *)x->dim);
    out_set(n, 1, x->dtype, 3, (const Dim *const[]){x->dim[0], x->dim[1], dim_sub(n->graph, w->dim[2], dim_const(n->graph, 1))});
    return SPML_OK;
}

SpmlCode lower_causal_conv(Lower *l, Node *n, Error *err)
{
    Graph *g = lower_graph(l);
    Operand x = lower_value(l, n->in[0]), w = lower_value(l, n->in[1]);
    DType acc = dtype_info[x.type].compute;
    const char *act = node_str(n, "activation", "none");
    bool silu = !strcmp(act, "silu") || !strcmp(act, "swish");
    if (!dtype_is_float(acc) || (!silu && strcmp(act, "none")))
        return lower_unsupported(n, err, "activation '%.40s' over %s", act, dtype_name(x.type));
    const Dim *zero = dim_const(g, 0), *one = dim_const(g, 1), *lead = dim_sub(g, w.dim[2], one);
    const Dim *d[] = {x.dim[0], x.dim[1], dim_add(g, lead, x.dim[2])};
    Operand z = lower_value(l, lower_temp(l, x.type, 3, d)), head = view_slice(l, z, 2, zero, lead, 1);
    SpmlCode code = in_given(n, 3) ? lower_copy(l, lower_value(l, n->in[3]), head, err) : lower_fill(l, head, 0, err);
    if (!code)
        code = lower_copy(l, x, view_slice(l, z, 2, lead, x.dim[2], 1), err);
    Operand bias = in_given(n, 2) ? lower_value(l, n->in[2]) : operand_scalar(l, acc, 0, err), b = bias;
    if (!code && b.type != acc) {
        b = lower_value(l, lower_temp(l, acc, 1, &x.dim[1]));
        code = lower_cast_to(l, bias, b, err);
    }
    Operand y = lower_value(l, n->out[0] ? n->out[0] : lower_temp(l, x.type, 3, x.dim)), made = silu ? lower_value(l, lower_temp(l, x.type, 3, x.dim)) : y;
    if (!code)
        code = lower_call(l, &(CallSpec){.kernel = "convnd", .types = {{"X", x.type}}, .consts = {{"G", x.dim[1]}, {"ST.0", one}, {"DL.0", one}, {"PD.0", zero}},
                                         .args = {z, w, view_expand(l, b, 1, &x.dim[1]), made}, .n_args = 4}, err);
    if (!code && silu)
        code = lower_map(l, "silu", NULL, 1, &made, y, err);
    if (code || n->n_out < 2 || !n->out[1])
        return code;
    return lower_copy(l, view_slice(l, z, 2, x.dim[2], lead, 1), lower_value(l, n->out[1]), err);
}
