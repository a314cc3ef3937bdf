/* SPDX-License-Identifier: MIT
 * opt: dequantize → convolution or product → quantize becomes one integer op, as the QDQ form of ONNX means it (QLinearConv, QLinearMatMul):
 *     y = sat(rint((Σ (x − zx)(w − zw) + bias) · sx·sw / sy) + zy)
 * The sum is exact where the float one was rounded, so a result may be one step of the output's scale away. Needs scales of f32, one zero point and scale for
 * x and y, per output channel for w. The bias becomes i32 of scale sx·sw, which in the usual files it was. A relu before
 * quantize is dropped where the zero point is the least value: saturation does the same. Max pools of dequantized bytes are pools of bytes, and what is
 * quantized as it was before is itself. Runs before `fold`, which would turn weights into floats. */
#include "opt/pass.h"
#include "ops/pool.h"

#include <string.h>

typedef struct Scaled { Value *x, *scale, *zero; } Scaled; /* zero NULL: 0 */

static bool is_const(const Value *v) { return v && v->residency == RES_CONST && v->data; }
static bool byte_type(DType t) { return t == DT_i8 || t == DT_u8; }

static bool one_element(const Value *v)
{
    int64_t n;
    return v->type.rank == 0 || (v->type.rank == 1 && dim_lit(v->type.dim[0], &n) && n == 1);
}

/* v = dequantize(x): per tensor, or along `axis` (−1: per tensor only). */
static bool dequantized(const Value *v, int axis, Scaled *q)
{
    const Node *n = v ? v->producer : NULL;
    if (!n || n->op != OP_dequantize || n->dynamic || n->in[0]->type.rank < 0 || n->in[1]->type.dtype != DT_f32 || node_int(n, "block", 0))
        return false;
    *q = (Scaled){n->in[0], n->in[1], in_given(n, 2) ? n->in[2] : NULL};
    if (one_element(q->scale))
        return !q->zero || one_element(q->zero);
    int64_t along = node_int(n, "axis", 1);
    along += along < 0 ? q->x->type.rank : 0;
    return q->scale->type.rank == 1 && axis >= 0 && along == axis && (!q->zero || q->zero->type.rank == 1);
}

/* The zero point is the least value of its type: quantize cuts what relu would. */
static bool zero_is_least(const Value *zero, DType t)
{
    if (!zero)
        return t == DT_u8;
    return is_const(zero) && zero->data->p && dtype_get_i64(t, zero->data->p, 0) == (t == DT_u8 ? 0 : -128);
}

static Value *op2(Graph *g, Node *at, int op, Value *x, Value *y) { return x && y ? pass_build(g, at, op, 2, (Value *const[]){x, y}, NULL, 0) : NULL; }

/* The bias as i32 of scale sx·sw. NULL: it cannot be. */
static Value *integer_bias(Graph *g, Node *at, Value *b, const Scaled *x, const Scaled *w)
{
    const Attr to = {.name = "to", .kind = ATTR_TYPE, .dtype = DT_i32};
    Value *steps = op2(g, at, OP_div, b, op2(g, at, OP_mul, w->scale, x->scale)), *whole = steps ? pass_build(g, at, OP_round, 1, &steps, NULL, 0) : NULL;
    return whole ? pass_build(g, at, OP_cast, 1, &whole, &to, 1) : NULL;
}

static Value *zero_or(Graph *g, const Scaled *q)
{
    static const uint8_t none = 0;
    return q->zero ? q->zero : graph_const(g, NULL, q->x->type.dtype, 0, NULL, &none, 1);
}

static bool type_same_dims(const Type *a, const Type *b)
{
    for (int i = 0; i < a->rank && a->rank == b->rank; i++)
        if (a->dim[i] != b->dim[i])
            return false;
    return a->rank == b->rank;
}

/* now takes the place of q; the types are those q gave. */
static bool replace(Graph *g, Node *q, Node *now, const Node *origin)
{
    Value *y = q->out[0];
    Error ignored = {0};
    for (int i = 0; now && i < now->n_in && i < 8; i++)
        if (!now->in[i])
            now = NULL;
    if (!now)
        return false;
    now->origin = origin->origin;
    if (node_infer(now, &ignored) || !type_equal(&now->out[0]->type, &y->type)) {
        graph_remove(now);
        return false;
    }
    now->out[0]->name = y->name;
    graph_replace(g, y, now->out[0]);
    graph_remove(q);
    return true;
}

/* quantize(dequantize + dequantize), both per tensor and of the result's shape. */
static bool rewrite_sum(Graph *g, Node *q, Node *p)
{
    Scaled a, b;
    Value *zero = in_given(q, 2) ? q->in[2] : NULL, *y = q->out[0];
    if (!byte_type(y->type.dtype) || q->in[1]->type.dtype != DT_f32 || !one_element(q->in[1]) || (zero && !one_element(zero)))
        return false;
    if (!dequantized(p->in[0], -1, &a) || !dequantized(p->in[1], -1, &b) || !byte_type(a.x->type.dtype) || !byte_type(b.x->type.dtype))
        return false;
    const Scaled out = {y, q->in[1], zero};
    Value *in[8] = {a.x, a.scale, zero_or(g, &a), b.x, b.scale, zero_or(g, &b), q->in[1], zero_or(g, &out)};
    return replace(g, q, graph_node(g, q, OP_qlinear_add, p->name, 8, in, 1), p);
}

/* qlinear_add of what a qlinear_conv made for it alone, in the same scale. */
static bool rewrite_conv_sum(Graph *g, Node *add)
{
    for (int side = 0; side < 6; side += 3) {
        Value *t = add->in[side], *r = add->in[3 - side];
        Node *p = t->producer;
        if (!p || p->op != OP_qlinear_conv || p->graph != g || value_uses(t) != 1 || add->in[side + 1] != p->in[6] || add->in[side + 2] != p->in[7] || !type_same_dims(&r->type, &add->out[0]->type))
            continue;
        static const int32_t none = 0;
        Value *in[14] = {p->in[0], p->in[1], p->in[2], p->in[3], p->in[4], p->in[5], p->in[6], p->in[7], in_given(p, 8) ? p->in[8] : graph_const(g, NULL, DT_i32, 0, NULL, &none, sizeof none),
            r, add->in[4 - side], add->in[5 - side], add->in[6], add->in[7]};
        Node *now = in[8] ? graph_node(g, add, OP_qlinear_conv_add, p->name, 14, in, 1) : NULL;
        if (now) {
            now->attrs = p->attrs;
            now->n_attrs = p->n_attrs;
        }
        return replace(g, add, now, p);
    }
    return false;
}

/* Constant, and each of a size with which bytes dequantize to different floats in ascending order that quantize takes back to them. */
static bool plain_scale(const Value *v)
{
    if (!is_const(v) || v->type.dtype != DT_f32 || !v->data->p)
        return false;
    for (uint64_t i = 0; i < v->data->sz / sizeof(float); i++) {
        uint32_t bits;
        memcpy(&bits, (const char *)v->data->p + i * sizeof bits, sizeof bits);
        if (bits >> 23 < 1 || bits >> 23 > 246) /* positive, normal, and so are 256 of it */
            return false;
    }
    return true;
}

/* Every window has some element that is not padding. */
static bool windows_meet(const Node *n)
{
    Window w;
    Error ignored = {0};
    if (pool_window(n, &n->in[0]->type, &w, &ignored))
        return false;
    for (int i = 0; i < w.n; i++) {
        int64_t k, lo, hi;
        if (!dim_is(w.dilation[i], 1) || !dim_lit(w.kernel[i], &k) || !dim_lit(w.lo[i], &lo) || !dim_lit(w.hi[i], &hi) || lo >= k || hi >= k)
            return false;
    }
    return true;
}

/* max_pool(dequantize(x)): the order of bytes is that of the floats. */
static bool rewrite_pool(Graph *g, Node *n)
{
    Scaled q;
    if (n->dynamic || (n->n_out > 1 && n->out[1]) || !dequantized(n->in[0], 1, &q) || !byte_type(q.x->type.dtype) || !plain_scale(q.scale) || !windows_meet(n))
        return false;
    const Node *d = n->in[0]->producer;
    Value *in[3] = {pass_build(g, n, OP_max_pool, 1, &q.x, n->attrs, n->n_attrs), q.scale, q.zero};
    Node *now = in[0] ? graph_node(g, n, OP_dequantize, n->name, q.zero ? 3 : 2, in, 1) : NULL;
    if (!now)
        return false;
    now->attrs = d->attrs;
    now->n_attrs = d->n_attrs;
    return replace(g, n, now, n);
}

static bool same_constant(const Value *a, const Value *b)
{
    return a == b || (is_const(a) && is_const(b) && type_equal(&a->type, &b->type) && a->data->p && b->data->p && a->data->sz == b->data->sz && !memcmp(a->data->p, b->data->p, a->data->sz));
}

/* quantize(dequantize(x)) by the same scale and zero point is x. */
static bool rewrite_same(Graph *g, Node *q)
{
    Scaled x;
    Value *zero = in_given(q, 2) ? q->in[2] : NULL, *y = q->out[0];
    if (!dequantized(q->in[0], -1, &x) || q->in[0]->type.dtype != DT_f32 || !byte_type(y->type.dtype) || !type_equal(&x.x->type, &y->type) || value_is_output(g, y))
        return false;
    if (!plain_scale(x.scale) || !same_constant(x.scale, q->in[1]) || !same_constant(zero, x.zero))
        return false;
    graph_replace(g, y, x.x);
    graph_remove(q);
    return true;
}

/* One value, or one per column of y. */
static bool per_column(const Value *v, const Value *y)
{
    const Type *t = &v->type;
    int64_t n;
    if (t->dtype != DT_f32 || t->rank < 0 || t->rank > y->type.rank)
        return false;
    for (int i = 0; i < t->rank - 1; i++)
        if (!dim_lit(t->dim[i], &n) || n != 1)
            return false;
    return t->rank == 0 || t->dim[t->rank - 1] == y->type.dim[y->type.rank - 1] || (dim_lit(t->dim[t->rank - 1], &n) && n == 1);
}

/* The other operand of `n`, whose one is v. */
static Value *other_operand(const Node *n, const Value *v) { return n->in[0] == v ? n->in[1] : n->in[0]; }

static Node *only_reader(Graph *g, Node *from, const Value *v, int op)
{
    if (value_uses(v) != 1 || value_is_output(g, v))
        return NULL;
    for (Node *n = from->next; n; n = n->next)
        for (int i = 0; i < n->n_in; i++)
            if (n->in[i] == v)
                return n->op == op && !n->dynamic && n->n_in == (op == OP_cast ? 1 : 2) && n->out[0]->type.dtype == DT_f32 ? n : NULL;
    return NULL;
}

/* f32(matmul_integer) · scale + bias. */
static bool rewrite_scaled(Graph *g, Node *p)
{
    const Value *y = p->out[0];
    if (p->dynamic || y->type.rank < 2 || p->in[0]->type.rank < 2 || p->in[1]->type.rank < 2)
        return false;
    Node *cast = only_reader(g, p, y, OP_cast), *mul = cast ? only_reader(g, cast, cast->out[0], OP_mul) : NULL, *add = mul ? only_reader(g, mul, mul->out[0], OP_add) : NULL;
    Value *scale = mul ? other_operand(mul, cast->out[0]) : NULL, *bias = add ? other_operand(add, mul->out[0]) : NULL;
    if (!add || !per_column(scale, y) || !per_column(bias, y) || !type_equal(&mul->out[0]->type, &add->out[0]->type))
        return false;
    const Scaled a = {p->in[0], NULL, in_given(p, 2) ? p->in[2] : NULL}, b = {p->in[1], NULL, in_given(p, 3) ? p->in[3] : NULL};
    Value *in[6] = {p->in[0], p->in[1], zero_or(g, &a), zero_or(g, &b), scale, bias};
    return replace(g, add, graph_node(g, add, OP_matmul_integer_float, p->name, 6, in, 1), p);
}

static bool rewrite(Graph *g, Node *q, Node *p)
{
    const bool conv = p->op == OP_conv;
    Scaled x, w;
    Value *zero = in_given(q, 2) ? q->in[2] : NULL, *y = q->out[0];
    if (!byte_type(y->type.dtype) || q->in[1]->type.dtype != DT_f32 || !one_element(q->in[1]) || (zero && !one_element(zero)) || p->in[0]->type.dtype != DT_f32)
        return false;
    if (!conv && (in_given(p, 2) || node_int(p, "trans_a", 0) || node_int(p, "trans_b", 0)))
        return false;
    if (!dequantized(p->in[0], -1, &x) || !dequantized(p->in[1], conv ? 0 : p->in[1]->type.rank - 1, &w) || !byte_type(x.x->type.dtype) || !byte_type(w.x->type.dtype))
        return false;
    Value *bias = conv && in_given(p, 2) ? integer_bias(g, q, p->in[2], &x, &w) : NULL;
    if (conv && in_given(p, 2) && !bias)
        return false;
    const Scaled out = {y, q->in[1], zero};
    Value *in[9] = {x.x, x.scale, zero_or(g, &x), w.x, w.scale, zero_or(g, &w), q->in[1], zero_or(g, &out), bias};
    Node *now = graph_node(g, q, conv ? OP_qlinear_conv : OP_qlinear_matmul, p->name, bias ? 9 : 8, in, 1);
    if (!now)
        return false;
    now->attrs = p->attrs;
    now->n_attrs = p->n_attrs;
    return replace(g, q, now, p);
}

SpmlCode pass_qdq(Graph *g, const OptContext *c, int *n_changes, Error *err)
{
    (void)c;
    pass_count_uses(g);
    for (Node *n = g->first, *next; n; n = next) {
        next = n->next;
        if (n->op == OP_qlinear_add && !n->dynamic)
            *n_changes += rewrite_conv_sum(g, n);
        if (n->op == OP_matmul_integer)
            *n_changes += rewrite_scaled(g, n);
        if (n->op == OP_max_pool)
            *n_changes += rewrite_pool(g, n);
        if (n->op != OP_quantize || n->dynamic || !n->in[0] || node_int(n, "block", 0))
            continue;
        Node *p = n->in[0]->producer;
        if (p && p->op == OP_dequantize) {
            *n_changes += rewrite_same(g, n);
            continue;
        }
        if (p && p->op == OP_relu && value_uses(p->out[0]) == 1 && zero_is_least(in_given(n, 2) ? n->in[2] : NULL, n->out[0]->type.dtype))
            p = p->in[0]->producer;
        if (p && (p->op == OP_conv || p->op == OP_matmul) && p->graph == g && !p->dynamic && value_uses(p->out[0]) == 1)
            *n_changes += rewrite(g, n, p);
        else if (p && p->op == OP_add && p->graph == g && !p->dynamic && value_uses(p->out[0]) == 1)
            *n_changes += rewrite_sum(g, n, p);
    }
    return g->arena->oom ? error_oom(err) : SPML_OK;
}
