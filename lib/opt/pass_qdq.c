/* SPDX-License-Identifier: MIT
 * opt: dequantize → convolution or product → quantize becomes one integer op, as the QDQ form of ONNX means it (QLinearConv, QLinearMatMul):
 *     y = sat(rint((Σ (x − zx)(w − zw) + bias) · sx·sw / sy) + zy)
 * The sum is exact where the float one was rounded, so a result may be one step of the output's scale away. Needs scales of f32, one zero point and scale for
 * x and y, per output channel for w. The bias becomes i32 of scale sx·sw, which in the usual files it was. A relu before
 * quantize is dropped where the zero point is the least value: saturation does the same. Runs before `fold`, which would turn weights into floats. */
#include "opt/pass.h"

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
    Error ignored = {0};
    if (!now || !in[2] || !in[5] || !in[7])
        return false;
    now->attrs = p->attrs;
    now->n_attrs = p->n_attrs;
    now->origin = p->origin;
    if (node_infer(now, &ignored) || !type_equal(&now->out[0]->type, &y->type)) {
        graph_remove(now);
        return false;
    }
    now->out[0]->name = y->name;
    graph_replace(g, y, now->out[0]);
    graph_remove(q);
    return true;
}

SpmlCode pass_qdq(Graph *g, const OptContext *c, int *n_changes, Error *err)
{
    (void)c;
    pass_count_uses(g);
    for (Node *n = g->first, *next; n; n = next) {
        next = n->next;
        if (n->op != OP_quantize || n->dynamic || !n->in[0] || node_int(n, "block", 0))
            continue;
        Node *p = n->in[0]->producer;
        if (p && p->op == OP_relu && value_uses(p->out[0]) == 1 && zero_is_least(in_given(n, 2) ? n->in[2] : NULL, n->out[0]->type.dtype))
            p = p->in[0]->producer;
        if (p && (p->op == OP_conv || p->op == OP_matmul) && p->graph == g && !p->dynamic && value_uses(p->out[0]) == 1)
            *n_changes += rewrite(g, n, p);
    }
    return g->arena->oom ? error_oom(err) : SPML_OK;
}
