/* SPDX-License-Identifier: MIT
 * ops: what gradient rules are written with; see grad.h. Takes calls of rules, writes typed nodes at the end of the graph and keeps the sum of what reached each
 * value. Computes nothing itself: numbers are constants, arithmetic is nodes. */
#include "ops/grad.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ── rules that are none: told by their address, never run ── */

SpmlCode grad_none(Grad *d, Node *n, Error *err) { return grad_unsupported(n, err, "nothing flows through it"); }
SpmlCode grad_missing(Grad *d, Node *n, Error *err) { return grad_unsupported(n, err, "no gradient rule"); }
SpmlCode grad_backward(Grad *d, Node *n, Error *err) { return grad_unsupported(n, err, "it is part of a gradient: second derivatives are not supported"); }

SpmlCode grad_unsupported(const Node *n, Error *err, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return error_set(err, SPML_UNSUPPORTED, "gradient", "node '%.200s': gradient of %s: %s", n->name ? n->name : "", op_info[n->op].name, text);
}

void *grad_fail(Grad *d, const char *why)
{
    grad_unsupported(d->node, &d->why, "%s", why);
    return NULL;
}

/* ── the gradients ── */

Value *grad_of(Grad *d, const Node *n, int out) { return out < n->n_out && n->out[out] ? d->sum[n->out[out]->id] : NULL; }

Value *grad_of_or_zeros(Grad *d, const Node *n, int out)
{
    Value *g = grad_of(d, n, out);
    return g ? g : grad_zeros(d, n->out[out]);
}

bool grad_wanted(const Grad *d, const Node *n, int in) { return in_given(n, in) && d->flags[n->in[in]->id] & GRAD_WANTED; }

void grad_give(Grad *d, const Node *n, int in, Value *g)
{
    if (!grad_wanted(d, n, in))
        return;
    Value *x = n->in[in];
    d->flags[x->id] |= GRAD_GIVEN;
    g = g ? grad_sum_to(d, g, x) : NULL;
    if (!g)
        return;
    if (g->type.dtype != x->type.dtype) {
        grad_fail(d, "its type is not the input's");
        return;
    }
    d->sum[x->id] = d->sum[x->id] ? grad_add(d, d->sum[x->id], g) : g;
}

/* ── nodes ── */

Value *grad_saved(Grad *d, Node *n, int i)
{
    if (error_is(&d->why))
        return NULL;
    if (i >= n->n_out) {
        Value **outs = arena_array(d->g->arena, Value *, (size_t)i + 1);
        for (int k = 0; outs && k <= i; k++)
            outs[k] = k < n->n_out ? n->out[k] : NULL;
        n->n_out = outs ? (uint16_t)(i + 1) : n->n_out;
        n->out = outs ? outs : n->out;
    }
    if (i < n->n_out && !n->out[i] && (n->out[i] = graph_value(d->g, NULL, NULL))) {
        n->out[i]->producer = n;
        n->out[i]->out_index = i;
        if (node_infer(n, &d->why))
            return NULL;
    }
    if (i < n->n_out && n->out[i])
        return n->out[i];
    error_oom(&d->why);
    return NULL;
}

/* Lists of a are copied: a rule may have them on its stack. */
static bool attr_add(Node *n, Attr a)
{
    Arena *arena = n->graph->arena;
    if (a.kind == ATTR_INTS)
        a.ints = arena_copy(arena, a.ints, (size_t)a.n * sizeof *a.ints);
    else if (a.kind == ATTR_FLOATS)
        a.floats = arena_copy(arena, a.floats, (size_t)a.n * sizeof *a.floats);
    else if (a.kind == ATTR_STRING)
        a.s = arena_strndup(arena, a.s, (size_t)a.n);
    return !arena->oom && node_attr(n, &a);
}

/* *y: its first output, which a cast that the shape rule puts behind the node may come to make. */
static Node *node_typed(Grad *d, int op, int n_in, Value *const *in, int n_out, int n_attrs, const Attr *a, Value **y)
{
    if (error_is(&d->why))
        return NULL;
    Node *n = graph_node(d->g, NULL, op, d->node ? d->node->name : NULL, n_in, in, n_out);
    bool made = n;
    for (int i = 0; made && i < n_attrs; i++)
        made = attr_add(n, a[i]);
    if (!made) {
        error_oom(&d->why);
        return NULL;
    }
    n->origin = d->origin;
    *y = n->out[0];
    if (node_infer(n, &d->why) == SPML_OK)
        return n;
    error_context(&d->why, "%s", d->origin);
    return NULL;
}

Node *grad_node(Grad *d, int op, int n_in, Value *const *in, int n_out, int n_attrs, const Attr *a)
{
    Value *y;
    return node_typed(d, op, n_in, in, n_out, n_attrs, a, &y);
}

Value *grad_op(Grad *d, int op, int n_in, Value *const *in, int n_attrs, const Attr *a)
{
    Value *y;
    return node_typed(d, op, n_in, in, 1, n_attrs, a, &y) ? y : NULL;
}

Value *grad_with(Grad *d, int op, int n_in, Value *const *in, const Node *like) { return grad_op(d, op, n_in, in, like->n_attrs, like->attrs); }

/* ── expressions ── */

/* The attribute as `params` of n's op names it, its default beside it ("alpha=0.01,beta=0"). */
static bool param_find(const Node *n, const char *name, size_t len, double *v)
{
    char key[32];
    for (const char *p = n ? op_info[n->op].params : ""; *p; p += strcspn(p, ","), p += *p == ',') {
        size_t k = strcspn(p, "=,");
        if (k != len || strncmp(p, name, len) || k >= sizeof key)
            continue;
        memcpy(key, p, k);
        key[k] = 0;
        double def = 0;
        if (p[k] == '=')
            parse_f64(p + k + 1, NULL, &def);
        *v = node_float(n, key, def);
        return true;
    }
    return false;
}

enum { EXPR_MAX = 16 };
typedef struct Expr { Grad *d; const Node *n; DType t; GradVar var[EXPR_MAX]; size_t len[EXPR_MAX]; int n_vars, top; Value *stack[EXPR_MAX]; } Expr;

static Value *word_value(Expr *x, const char *w, size_t len)
{
    double v;
    const char *end;
    for (int i = 0; i < x->n_vars; i++)
        if (x->len[i] == len && !strncmp(x->var[i].name, w, len))
            return x->var[i].v;
    return param_find(x->n, w, len, &v) || (parse_f64(w, &end, &v) && end == w + len) ? grad_scalar(x->d, x->t, v) : NULL;
}

/* One word. false: it does not read. */
static bool expr_word(Expr *x, const char *w, size_t len)
{
    if (*w == '=') {
        if (!x->top || x->n_vars == EXPR_MAX)
            return false;
        x->len[x->n_vars] = len - 1;
        x->var[x->n_vars++] = (GradVar){w + 1, x->stack[--x->top]};
        return true;
    }
    Value *v = word_value(x, w, len);
    int op = v ? -1 : op_find(w, len), take = op < 0 ? 0 : op_info[op].min_in;
    if ((!v && op < 0) || take > x->top || (!take && x->top == EXPR_MAX))
        return false;
    x->top -= take;
    x->stack[x->top] = v ? v : grad_op(x->d, op, take, x->stack + x->top, 0, NULL);
    x->top++;
    return true;
}

Value *grad_expr(Grad *d, const Node *n, DType t, const char *text, const GradVar *vars, int n_vars)
{
    Expr x = {.d = d, .n = n, .t = t};
    for (int i = 0; i < n_vars && i < EXPR_MAX; i++) {
        x.len[x.n_vars] = strlen(vars[i].name);
        x.var[x.n_vars++] = vars[i];
    }
    for (const char *w = text; *w && !error_is(&d->why); w += strspn(w, " ")) {
        size_t len = strcspn(w, " ");
        if (!expr_word(&x, w, len) && !error_is(&d->why))
            return grad_fail(d, "an expression of its rule does not read");
        w += len;
    }
    return error_is(&d->why) ? NULL : x.top == 1 ? x.stack[0] : grad_fail(d, "an expression of its rule does not end");
}

/* ── constants and shapes ── */

Value *grad_scalar(Grad *d, DType t, double v)
{
    char bytes[16] = {0};
    if (error_is(&d->why))
        return NULL;
    dtype_set_f64(t, bytes, 0, v);
    Value *c = graph_const(d->g, NULL, t, 0, NULL, bytes, dtype_info[t].bytes);
    if (!c)
        error_oom(&d->why);
    return c;
}

Value *grad_i64(Grad *d, int n, const int64_t *v)
{
    Value *c = error_is(&d->why) ? NULL : graph_const_i64(d->g, n, v);
    if (!c)
        error_oom(&d->why); /* the first failure stays */
    return c;
}

Value *grad_int(Grad *d, int64_t v) { return grad_i64(d, 1, &v); }

static Value *extent_of(Grad *d, Value *x, int axis)
{
    return grad_op(d, OP_shape, 1, &x, 2, (Attr[]){GRAD_INT("start", axis), GRAD_INT("end", axis + 1)});
}

/* One of the values has the extent e somewhere. */
static Value *extent_among(Grad *d, const Dim *e, Value *const *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (int k = 0; v[i] && v[i]->type.kind == TYPE_TENSOR && k < v[i]->type.rank; k++)
            if (v[i]->type.dim[k] == e)
                return extent_of(d, v[i], k);
    return NULL;
}

/* e as i64[1]: a literal, an extent of what the node at hand or the graph reads, or arithmetic on such. */
static Value *extent_value(Grad *d, const Dim *e, int depth)
{
    static const uint8_t ops[] = {[DIM_ADD] = OP_add, [DIM_SUB] = OP_sub, [DIM_MUL] = OP_mul, [DIM_DIV] = OP_div, [DIM_MOD] = OP_mod, [DIM_MIN] = OP_min, [DIM_MAX] = OP_max};
    int64_t v;
    if (dim_lit(e, &v))
        return grad_int(d, v);
    Value *x = d->node ? extent_among(d, e, d->node->in, d->node->n_in) : NULL;
    x = x || !d->node ? x : extent_among(d, e, d->node->out, d->node->n_out);
    x = x ? x : extent_among(d, e, d->g->root->in, d->g->root->n_in);
    if (x || error_is(&d->why))
        return x;
    if (!e || e->kind == DIM_SYM || depth > 64)
        return grad_fail(d, "an extent is not that of a value at hand");
    Value *a = extent_value(d, e->a, depth + 1), *b = extent_value(d, e->b, depth + 1);
    return grad_op2(d, ops[e->kind], a, b);
}

Value *grad_dims(Grad *d, int n, const Dim *const *dims)
{
    int64_t lit[IR_MAX_RANK];
    Value *part[IR_MAX_RANK];
    int n_lit = 0;
    while (n_lit < n && dim_lit(dims[n_lit], &lit[n_lit]))
        n_lit++;
    if (n_lit == n)
        return grad_i64(d, n, lit);
    for (int i = 0; i < n; i++)
        part[i] = extent_value(d, dims[i], 0);
    return n == 1 ? part[0] : grad_op(d, OP_concat, n, part, 1, (Attr[]){GRAD_INT("axis", 0)});
}

Value *grad_iota(Grad *d, const Dim *count)
{
    static const int64_t zero = 0, one = 1;
    int64_t v;
    Value *end = dim_lit(count, &v) ? grad_i64(d, -1, &v) : grad_reshape(d, grad_dims(d, 1, &count), 0, NULL);
    return grad_op3(d, OP_range, grad_i64(d, -1, &zero), end, grad_i64(d, -1, &one));
}

Value *grad_shape(Grad *d, Value *x)
{
    int64_t dims[IR_MAX_RANK];
    if (!x)
        return NULL;
    return value_literal(x, dims) ? grad_i64(d, x->type.rank, dims) : grad_op1(d, OP_shape, x);
}

Value *grad_count(Grad *d, Value *x, int n_axes, const int64_t *axes, DType t)
{
    const Dim *part[IR_MAX_RANK];
    int64_t v;
    for (int i = 0; x && i < n_axes; i++)
        part[i] = x->type.dim[axes[i]];
    const Dim *count = x ? dim_product(d->g, part, n_axes) : NULL;
    if (count && dim_lit(count, &v))
        return grad_scalar(d, t, (double)v);
    Value *all = NULL;
    for (int i = 0; x && i < n_axes; i++) {
        Value *one = dim_lit(part[i], &v) ? grad_int(d, v) : extent_of(d, x, (int)axes[i]);
        all = all ? grad_mul(d, all, one) : one;
    }
    return grad_cast(d, grad_reshape(d, all, 0, NULL), t);
}

Value *grad_filled_shape(Grad *d, DType t, Value *shape, double v)
{
    char bytes[16] = {0};
    if (error_is(&d->why))
        return NULL;
    dtype_set_f64(t, bytes, 0, v);
    Value *c = graph_const(d->g, NULL, t, 1, (int64_t[]){1}, bytes, dtype_info[t].bytes);
    return grad_op(d, OP_constant_of_shape, 1, &shape, 1, (Attr[]){{.name = "value", .kind = ATTR_TENSOR, .tensor = c}});
}

Value *grad_filled(Grad *d, const Value *like, double v) { return grad_filled_shape(d, like->type.dtype, grad_shape(d, (Value *)like), v); }

Value *grad_zeros(Grad *d, const Value *like) { return grad_filled(d, like, 0); }

static bool same_dims(const Type *t, int n, const Dim *const *dims)
{
    bool same = t->rank == n;
    for (int i = 0; i < n && same; i++)
        same = t->dim[i] == dims[i];
    return same;
}

Value *grad_reshape(Grad *d, Value *x, int n, const Dim *const *dims)
{
    if (!x || same_dims(&x->type, n, dims))
        return x;
    Value *in[2] = {x, grad_dims(d, n, dims)};
    return grad_op(d, OP_reshape, 2, in, 1, (Attr[]){GRAD_INT("allowzero", 1)});
}

Value *grad_reshape_like(Grad *d, Value *x, const Value *like)
{
    if (!x || same_dims(&x->type, like->type.rank, (const Dim *const *)like->type.dim))
        return x;
    Value *in[2] = {x, grad_shape(d, (Value *)like)};
    return grad_op(d, OP_reshape, 2, in, 1, (Attr[]){GRAD_INT("allowzero", 1)});
}

Value *grad_expand_like(Grad *d, Value *x, const Value *like)
{
    if (!x || same_dims(&x->type, like->type.rank, (const Dim *const *)like->type.dim))
        return x;
    return grad_op2(d, OP_expand, x, grad_shape(d, (Value *)like));
}

/* Where only the run tells whether an extent e of x is that of like, f, or f is 1: x with e as [f, e / f], so that the sum over the latter is right in both cases. */
static Value *sum_undecided(Grad *d, Value *x, const Value *like)
{
    const Dim *dims[2 * IR_MAX_RANK];
    int64_t axes[IR_MAX_RANK];
    int rank = 0, n = 0, more = x->type.rank - like->type.rank;
    for (int i = 0; i < x->type.rank; i++) {
        const Dim *e = x->type.dim[i], *f = i < more ? e : like->type.dim[i - more];
        const bool same = e == f || f->kind == DIM_CONST || dim_is(e, 1);
        dims[rank++] = same ? e : f;
        if (same)
            continue;
        axes[n++] = rank;
        dims[rank++] = dim_div(d->g, e, f);
    }
    if (rank > IR_MAX_RANK)
        return grad_fail(d, "a broadcast of too many dimensions");
    return n ? grad_reduce(d, OP_reduce_sum, grad_reshape(d, x, rank, dims), n, axes, false) : x;
}

Value *grad_sum_to(Grad *d, Value *x, const Value *like)
{
    int64_t axes[IR_MAX_RANK];
    int n = 0;
    x = x && x->type.rank >= like->type.rank ? sum_undecided(d, x, like) : x;
    if (!x)
        return NULL;
    int more = x->type.rank - like->type.rank;
    if (more < 0)
        return grad_expand_like(d, x, like);
    for (int i = 0; i < x->type.rank; i++)
        if (i < more || (dim_is(like->type.dim[i - more], 1) && !dim_is(x->type.dim[i], 1)))
            axes[n++] = i;
    Value *y = n ? grad_reduce(d, OP_reduce_sum, x, n, axes, more == 0) : x;
    return grad_expand_like(d, more && n ? grad_reshape_like(d, y, like) : y, like);
}

Value *grad_cast(Grad *d, Value *x, DType t) { return !x || x->type.dtype == t ? x : grad_op(d, OP_cast, 1, &x, 1, (Attr[]){GRAD_TYPE("to", t)}); }

Value *grad_permute(Grad *d, Value *x, const int64_t *perm) { return !x ? NULL : grad_op(d, OP_transpose, 1, &x, 1, (Attr[]){GRAD_INTS("perm", x->type.rank, perm)}); }

Value *grad_reduce(Grad *d, int op, Value *x, int n_axes, const int64_t *axes, bool keepdims)
{
    return !x || !n_axes ? x : grad_op(d, op, 1, &x, 2, (Attr[]){GRAD_INTS("axes", n_axes, axes), GRAD_INT("keepdims", keepdims)});
}

Value *grad_unsqueeze(Grad *d, Value *x, int n_axes, const int64_t *axes) { return !x || !n_axes ? x : grad_op(d, OP_unsqueeze, 1, &x, 1, (Attr[]){GRAD_INTS("axes", n_axes, axes)}); }

Value *grad_slice(Grad *d, Value *x, int axis, Value *start, Value *end)
{
    Value *in[4] = {x, start, end, x ? grad_int(d, axis) : NULL};
    return x && start && end ? grad_op(d, OP_slice, 4, in, 0, NULL) : NULL;
}

Value *grad_like_reduced(Grad *d, Value *g, const Value *like, const bool *mask)
{
    const Dim *dims[IR_MAX_RANK];
    for (int i = 0; i < like->type.rank; i++)
        dims[i] = mask[i] ? dim_const(d->g, 1) : like->type.dim[i];
    return grad_reshape(d, g, like->type.rank, dims);
}
