/* SPDX-License-Identifier: MIT
 * opt: softmax(q·kT, scaled and masked)·v, written out, becomes `attention`; attention whose scores nobody wants runs over blocks of keys, where the backend can.
 * Found by form: scale on the scores, on q, on k or on several; one mask added or chosen by (`where`), of any broadcast; a constant mask that only hides what
 * comes later is time's order. k is turned by a view. A mask that hides a whole row gives NaN, as the softmax would. */
#include "opt/pass.h"

enum { SHORTEST = 4 }; /* queries: fewer are products of a vector */
#define HIDDEN (-1e30)  /* a mask that adds as little or less leaves nothing */

typedef struct Found { Node *scores, *values; Value *q, *k, *mask; double scale, fill; bool keep, turned, not_mask, causal; } Found;

static bool is_const(const Value *v) { return v && v->residency == RES_CONST && v->data && v->data->p; }

/* v is one constant number. */
static bool number(const Value *v, double *x)
{
    int64_t n = 1, d;
    for (int i = 0; i < v->type.rank; i++)
        n = dim_lit(v->type.dim[i], &d) ? n * d : 0;
    if (!is_const(v) || n != 1 || !dtype_is_float(v->type.dtype))
        return false;
    *x = dtype_get_f64(v->type.dtype, v->data->p, 0);
    return true;
}

static Node *made_by(const Graph *g, const Value *v, int op)
{
    Node *n = v ? v->producer : NULL;
    return n && n->graph == g && n->op == op && !n->dynamic && v->graph == g && value_uses(v) == 1 ? n : NULL;
}

/* x without the products and quotients by a number behind it, of its own shape. */
static Value *without_scale(const Graph *g, Value *x, double *scale)
{
    for (;;) {
        Node *m = made_by(g, x, OP_mul), *d = m ? NULL : made_by(g, x, OP_div), *n = m ? m : d;
        double c;
        const int side = n && number(n->in[1], &c) ? 1 : m && number(m->in[0], &c) ? 0 : -1;
        if (side < 0 || !type_equal(&n->in[!side]->type, &x->type))
            return x;
        *scale = d ? *scale / c : *scale * c;
        x = n->in[!side];
    }
}

static bool same_dims(const Type *a, const Type *b)
{
    for (int i = 0; i < a->rank && a->rank == b->rank; i++)
        if (a->dim[i] != b->dim[i])
            return false;
    return a->rank == b->rank;
}

/* The product behind x, its output of x's extents. */
static bool product(const Graph *g, Value *x, Found *f)
{
    f->scale = 1;
    Value *y = without_scale(g, x, &f->scale);
    f->scores = made_by(g, y, OP_matmul);
    return f->scores && same_dims(&y->type, &x->type) && !in_given(f->scores, 2) && !node_int(f->scores, "trans_a", 0);
}

/* x: what the softmax takes. */
static bool masked(const Graph *g, Value *x, Found *f)
{
    Node *a = made_by(g, x, OP_add), *w = a ? NULL : made_by(g, x, OP_where);
    if (product(g, x, f))
        return true;
    for (int i = 0; a && i < 2; i++)
        if (same_dims(&a->in[i]->type, &x->type) && product(g, a->in[i], f)) {
            f->mask = a->in[!i];
            return f->mask->type.dtype == x->type.dtype;
        }
    for (int i = 1; w && i < 3; i++)
        if (same_dims(&w->in[i]->type, &x->type) && number(w->in[3 - i], &f->fill) && product(g, w->in[i], f)) {
            f->mask = w->in[0], f->keep = true, f->not_mask = i == 2;
            return true;
        }
    return false;
}

/* A constant mask [.., S, S] that adds nothing up to the diagonal and hides the rest. */
static bool only_order(const Found *f)
{
    const Type *t = &f->mask->type;
    int64_t n, m, lead = 1, d;
    if (!is_const(f->mask) || t->rank < 2 || !dim_lit(t->dim[t->rank - 1], &n) || !dim_lit(t->dim[t->rank - 2], &m) || n != m || n < 2)
        return false;
    for (int i = 0; i + 2 < t->rank; i++)
        lead = dim_lit(t->dim[i], &d) ? lead * d : 0;
    for (int64_t i = 0; i < n * n && lead == 1; i++) {
        const bool later = i % n > i / n;
        if (f->keep ? (dtype_get_i64(t->dtype, f->mask->data->p, (uint64_t)i) != 0) == (later != f->not_mask) || !(f->fill <= HIDDEN)
                    : later ? !(dtype_get_f64(t->dtype, f->mask->data->p, (uint64_t)i) <= HIDDEN) : dtype_get_f64(t->dtype, f->mask->data->p, (uint64_t)i) != 0)
            return false;
    }
    return lead == 1;
}

static bool heads_fit(const Found *f)
{
    const Type *q = &f->q->type, *k = &f->k->type, *v = &f->values->in[1]->type;
    const int r = q->rank;
    int64_t s;
    if ((r != 3 && r != 4) || k->rank != r || v->rank != r || k->dtype != q->dtype || v->dtype != q->dtype || dtype_info[q->dtype].compute != DT_f32)
        return false;
    for (int i = 0; i < r - 2; i++)
        if (q->dim[i] != k->dim[i] || k->dim[i] != v->dim[i])
            return false;
    if (f->mask && f->mask->type.rank > r)
        return false;
    return !dim_lit(q->dim[r - 2], &s) || s >= SHORTEST;
}

static bool find(const Graph *g, Node *soft, Found *f)
{
    Value *p = soft->out[0];
    const int64_t axis = node_int(soft, "axis", -1);
    *f = (Found){.scale = 1};
    if (value_uses(p) != 1 || p->type.rank < 3 || (axis != -1 && axis != p->type.rank - 1) || value_is_output(g, p) || soft->dynamic || !masked(g, soft->in[0], f))
        return false;
    for (f->values = soft->next; f->values && !(f->values->op == OP_matmul && f->values->in[0] == p); f->values = f->values->next)
        ;
    if (!f->values || f->values->dynamic || in_given(f->values, 2) || node_int(f->values, "trans_a", 0) || node_int(f->values, "trans_b", 0))
        return false;
    f->q = without_scale(g, f->scores->in[0], &f->scale);
    f->k = without_scale(g, f->scores->in[1], &f->scale);
    f->turned = !node_int(f->scores, "trans_b", 0);
    f->causal = f->mask && only_order(f);
    return f->scale - f->scale == 0 && heads_fit(f);
}

static Value *view(Graph *g, Node *at, int op, Value *x, Value *how, const Attr *a) { return x ? pass_build(g, at, op, how ? 2 : 1, (Value *const[]){x, how}, a, a ? 1 : 0) : NULL; }

static Value *as_rank4(Graph *g, Node *at, Value *x)
{
    const int64_t zero = 0;
    return x && x->type.rank == 3 ? view(g, at, OP_unsqueeze, x, NULL, &(Attr){.name = "axes", .kind = ATTR_INTS, .ints = &zero, .n = 1}) : x;
}

static bool replace(Graph *g, const Found *f)
{
    static const int64_t last3[] = {0, 2, 1}, last4[] = {0, 1, 3, 2}, zero = 0;
    Node *at = f->values;
    const int r = f->q->type.rank;
    Value *k = f->turned ? view(g, at, OP_transpose, f->k, NULL, &(Attr){.name = "perm", .kind = ATTR_INTS, .ints = (r == 3 ? last3 : last4), .n = r}) : f->k;
    Value *mask = f->causal ? NULL : f->mask;
    if (mask && f->not_mask)
        mask = view(g, at, OP_not, mask, NULL, NULL);
    if (mask && mask->type.rank == 3 && r == 3)
        mask = as_rank4(g, at, mask);
    Value *in[4] = {as_rank4(g, at, f->q), as_rank4(g, at, k), as_rank4(g, at, f->values->in[1]), mask};
    if (!in[0] || !in[1] || !in[2] || (f->mask && !f->causal && !mask))
        return false;
    const Attr a[] = {{.name = "scale", .kind = ATTR_FLOAT, .f = f->scale}, {.name = "hidden_nan", .kind = ATTR_INT, .i = 1}, {.name = "is_causal", .kind = ATTR_INT, .i = f->causal}, {.name = "fill", .kind = ATTR_FLOAT, .f = f->fill}};
    Value *y = pass_build(g, at, OP_attention, mask ? 4 : 3, in, a, f->keep && mask ? 4 : 3);
    if (y)
        y->producer->origin = f->values->origin;
    if (y && r == 3)
        y = view(g, at, OP_squeeze, y, NULL, &(Attr){.name = "axes", .kind = ATTR_INTS, .ints = &zero, .n = 1});
    if (!y || !type_equal(&y->type, &at->out[0]->type))
        return false;
    y->name = at->out[0]->name;
    graph_replace(g, at->out[0], y);
    graph_remove(at);
    return true;
}

SpmlCode pass_attention(Graph *g, const OptContext *c, int *n_changes, Error *err)
{
    Found f;
    int unused;
    if (!c->running)
        return SPML_OK;
    pass_count_uses(g);
    for (Node *n = g->first; n; n = n->next)
        if (n->op == OP_softmax && n->in[0] && find(g, n, &f) && replace(g, &f)) {
            ++*n_changes;
            pass_count_uses(g);
        }
    for (Node *n = g->first; n; n = n->next)
        if ((n->op == OP_attention || n->op == OP_attention_grad) && !node_find(n, "running")) {
            node_attr(n, &(Attr){.name = "running", .kind = ATTR_INT, .i = 1});
            ++*n_changes;
        }
    return g->arena->oom ? error_oom(err) : pass_dead(g, c, &unused, err);
}
