/* SPDX-License-Identifier: MIT
 * ops: gradients of reductions, of the softmax family and of cumsum. A reduction's gradient is an expression of x, of y and g with extents of 1 on the reduced
 * axes. As in PyTorch, equal extrema share evenly, the 2-norm has slope 0 at 0, and a product may hold zeros. */
#include "ops/axes.h"
#include "ops/grad.h"

#include <string.h>

/* ── reduce_* ── */

typedef struct Reduced { bool mask[IR_MAX_RANK]; int64_t axes[IR_MAX_RANK]; int n_axes; Value *x, *y, *g; } Reduced;

static Value *expression(Grad *d, const Node *n, const Reduced *r, const char *text)
{
    const GradVar vars[] = {{"g", r->g}, {"y", r->y}, {"x", r->x}};
    return grad_expr(d, n, r->x->type.dtype, text, vars, 3);
}

static Value *mean_rule(Grad *d, const Node *n, const Reduced *r)
{
    return grad_div(d, r->g, grad_count(d, r->x, r->n_axes, r->axes, r->x->type.dtype));
}

/* g / (how many are equal to y) where x is y */
static Value *extremum_rule(Grad *d, const Node *n, const Reduced *r)
{
    Value *is = grad_cast(d, grad_op2(d, OP_eq, r->x, r->y), r->x->type.dtype);
    return grad_mul(d, is, grad_div(d, r->g, grad_reduce(d, OP_reduce_sum, is, r->n_axes, r->axes, true)));
}

static Value *log_sum_rule(Grad *d, const Node *n, const Reduced *r) { return grad_div(d, r->g, grad_reduce(d, OP_reduce_sum, r->x, r->n_axes, r->axes, true)); }

static Value *running_product(Grad *d, Value *x, int axis, bool reverse)
{
    Value *in[2] = {x, grad_i64(d, -1, (int64_t[]){axis})};
    return grad_op(d, OP_cumprod, 2, in, 2, (Attr[]){GRAD_INT("exclusive", 1), GRAD_INT("reverse", reverse)});
}

/* The product of the others is that of those before and that of those after: no division, so zeros may be among them. */
static Value *product_rule(Grad *d, const Node *n, const Reduced *r)
{
    int64_t perm[IR_MAX_RANK], back[IR_MAX_RANK];
    const Dim *dims[IR_MAX_RANK], *moved[IR_MAX_RANK];
    int rank = r->x->type.rank, kept = 0, at = rank - r->n_axes;
    for (int i = 0; i < rank; i++)
        perm[r->mask[i] ? at++ : kept++] = i;
    for (int i = 0; i < rank; i++) {
        back[perm[i]] = i;
        moved[i] = r->x->type.dim[perm[i]];
        dims[i] = i < kept ? moved[i] : NULL;
    }
    dims[kept] = dim_product(d->g, moved + kept, rank - kept);
    Value *x = grad_reshape(d, grad_permute(d, r->x, perm), kept + 1, dims);
    Value *others = grad_mul(d, running_product(d, x, kept, false), running_product(d, x, kept, true));
    return grad_mul(d, r->g, grad_permute(d, grad_reshape(d, others, rank, moved), back));
}

typedef struct ReduceGrad { const char *text; Value *(*rule)(Grad *d, const Node *n, const Reduced *r); } ReduceGrad;
static const ReduceGrad rules[OP_COUNT] = {
    [OP_reduce_sum] = {"g"},
    [OP_reduce_mean] = {NULL, mean_rule},
    [OP_reduce_prod] = {NULL, product_rule},
    [OP_reduce_max] = {NULL, extremum_rule},
    [OP_reduce_min] = {NULL, extremum_rule},
    [OP_reduce_l1] = {"x sign g mul"},
    [OP_reduce_l2] = {"y 0 eq 0 g y div where x mul"},
    [OP_reduce_sum_square] = {"g g add x mul"},
    [OP_reduce_log_sum] = {NULL, log_sum_rule},
    [OP_reduce_log_sum_exp] = {"x y sub exp g mul"},
};

SpmlCode grad_reduce_axes(Grad *d, Node *n, Error *err)
{
    Reduced r = {.x = n->in[0]};
    bool known;
    SpmlCode code = reduced_axes(n, r.mask, &known, err);
    if (code || !known)
        return code ? code : grad_unsupported(n, err, "the axes are known only to the run");
    for (int i = 0; i < r.x->type.rank; i++)
        if (r.mask[i])
            r.axes[r.n_axes++] = i;
    const ReduceGrad *rule = &rules[n->op];
    bool reads_y = !rule->text || strchr(rule->text, 'y'); /* a reshape that nobody reads would be one node more */
    r.y = reads_y ? grad_like_reduced(d, n->out[0], r.x, r.mask) : NULL;
    r.g = grad_like_reduced(d, grad_of(d, n, 0), r.x, r.mask);
    grad_give(d, n, 0, rule->text ? expression(d, n, &r, rule->text) : rule->rule(d, n, &r));
    return SPML_OK;
}

/* ── softmax, log_softmax ── */

SpmlCode grad_softmax(Grad *d, Node *n, Error *err)
{
    Value *in[2] = {n->out[0], grad_of(d, n, 0)};
    grad_give(d, n, 0, grad_with(d, n->op == OP_softmax ? OP_softmax_grad : OP_log_softmax_grad, 2, in, n));
    return SPML_OK;
}

/* ── cumsum ── */

/* The running sum the other way. */
SpmlCode grad_cumsum(Grad *d, Node *n, Error *err)
{
    Attr a[2] = {GRAD_INT("exclusive", node_int(n, "exclusive", 0)), GRAD_INT("reverse", !node_int(n, "reverse", 0))};
    grad_give(d, n, 0, grad_op(d, OP_cumsum, 2, (Value *const[]){grad_of(d, n, 0), n->in[1]}, 2, a));
    return SPML_OK;
}
