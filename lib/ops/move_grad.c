/* SPDX-License-Identifier: MIT
 * ops: gradients of reshapes and copies between views (move.c) and of moves by arithmetic on indices (shape_ops.c): what was copied out is copied back, what was
 * repeated is summed. Padding by reflection, edges or wrapping is a gather along each axis, so its gradient adds up what each element was copied to. */
#include "ops/grad.h"

#include <string.h>

/* The same elements in the same order. Of the tensor beside which `align` puts it only the rank matters. */
SpmlCode grad_reshape_back(Grad *d, Node *n, Error *err)
{
    grad_give(d, n, 0, grad_reshape_like(d, grad_of(d, n, 0), n->in[0]));
    grad_give(d, n, 1, NULL);
    return SPML_OK;
}

SpmlCode grad_transpose(Grad *d, Node *n, Error *err)
{
    int64_t back[IR_MAX_RANK], count;
    const int64_t *perm = node_ints(n, "perm", &count);
    int rank = n->in[0]->type.rank;
    for (int i = 0; i < rank; i++)
        back[perm ? perm[i] < 0 ? perm[i] + rank : perm[i] : rank - 1 - i] = i;
    grad_give(d, n, 0, grad_permute(d, grad_of(d, n, 0), back));
    return SPML_OK;
}

SpmlCode grad_expand(Grad *d, Node *n, Error *err)
{
    grad_give(d, n, 0, grad_of(d, n, 0));
    return SPML_OK;
}

/* g [r0·d0, r1·d1, …] as [r0, d0, r1, d1, …], summed over the repeats. */
SpmlCode grad_tile(Grad *d, Node *n, Error *err)
{
    const Value *x = n->in[0], *y = n->out[0];
    const Dim *dims[IR_MAX_RANK];
    int64_t axes[IR_MAX_RANK];
    int rank = 0, n_axes = 0;
    for (int i = 0; i < x->type.rank; i++) {
        if (rank + 2 > IR_MAX_RANK)
            return grad_unsupported(n, err, "more than 8 dimensions");
        if (y->type.dim[i] != x->type.dim[i]) {
            axes[n_axes++] = rank;
            dims[rank++] = dim_div(d->g, y->type.dim[i], x->type.dim[i]);
        }
        dims[rank++] = x->type.dim[i];
    }
    Value *g = grad_reduce(d, OP_reduce_sum, grad_reshape(d, grad_of(d, n, 0), rank, dims), n_axes, axes, false);
    grad_give(d, n, 0, grad_reshape_like(d, g, x));
    return SPML_OK;
}

/* Its gradient cut into as many parts. */
SpmlCode grad_concat(Grad *d, Node *n, Error *err)
{
    const Dim *size[IR_MAX_RANK];
    int axis;
    SpmlCode code = axis_get(n, "axis", 1, n->in[0]->type.rank, &axis, err);
    if (code)
        return code;
    Value **sizes = arena_array(d->g->arena, Value *, n->n_in);
    if (!sizes)
        return error_oom(err);
    for (int i = 0; i < n->n_in; i++) {
        size[0] = n->in[i]->type.dim[axis];
        sizes[i] = grad_dims(d, 1, size);
    }
    Value *all = n->n_in == 1 ? sizes[0] : grad_op(d, OP_concat, n->n_in, sizes, 1, (Attr[]){GRAD_INT("axis", 0)});
    Node *cut = grad_node(d, OP_split, 2, (Value *const[]){grad_of(d, n, 0), all}, n->n_in, 1, (Attr[]){GRAD_INT("axis", axis)});
    for (int i = 0; i < n->n_in && cut; i++)
        grad_give(d, n, i, grad_reshape_like(d, cut->out[i], n->in[i])); /* other extents may be written otherwise */
    return SPML_OK;
}

/* Outputs in a row, each a piece; where extents are symbols, all joined, with zeros for what nobody read. */
SpmlCode grad_split(Grad *d, Node *n, Error *err)
{
    int axis, known = 0;
    int64_t len, start = 0;
    SpmlCode code = axis_get(n, "axis", 0, n->in[0]->type.rank, &axis, err);
    Value **parts = arena_array(d->g->arena, Value *, n->n_out);
    if (code || !parts)
        return code ? code : error_oom(err);
    for (int i = 0; i < n->n_out; i++) {
        Value *y = grad_saved(d, n, i);
        if (!y)
            return SPML_OK;
        known += dim_lit(y->type.dim[axis], &len);
    }
    for (int i = 0; i < n->n_out; i++) {
        if (known == n->n_out && dim_lit(n->out[i]->type.dim[axis], &len)) {
            grad_give_part(d, n, 0, axis, start, grad_of(d, n, i));
            start += len;
        } else {
            parts[i] = grad_of_or_zeros(d, n, i);
        }
    }
    if (known < n->n_out)
        grad_give(d, n, 0, grad_op(d, OP_concat, n->n_out, parts, 1, (Attr[]){GRAD_INT("axis", axis)}));
    return SPML_OK;
}

/* Cut along one axis of known extent in steps of 1: where it begins. */
static bool cut_once(const Node *n, int *axis, int64_t *start)
{
    const Type *x = &n->in[0]->type, *y = &n->out[0]->type;
    int64_t s[IR_MAX_RANK], axes[IR_MAX_RANK], steps[IR_MAX_RANK], extent;
    int n_s, n_axes, n_steps, cuts = 0;
    if (!value_ints(n->in[1], s, IR_MAX_RANK, &n_s) || (in_given(n, 3) && !value_ints(n->in[3], axes, IR_MAX_RANK, &n_axes)) || (in_given(n, 4) && !value_ints(n->in[4], steps, IR_MAX_RANK, &n_steps)))
        return false;
    for (int i = 0; i < n_s; i++) {
        int at = i;
        if ((in_given(n, 3) && !axis_normalise(axes[i], x->rank, &at)) || (in_given(n, 4) && steps[i] != 1))
            return false;
        if (y->dim[at] == x->dim[at])
            continue;
        if (!dim_lit(x->dim[at], &extent) || y->dim[at]->kind != DIM_CONST || s[i] < -extent || s[i] > extent)
            return false;
        *axis = at;
        *start = s[i] < 0 ? s[i] + extent : s[i];
        cuts++;
    }
    return cuts == 1;
}

SpmlCode grad_slice_back(Grad *d, Node *n, Error *err)
{
    int axis;
    int64_t start;
    if (cut_once(n, &axis, &start)) {
        grad_give_part(d, n, 0, axis, start, grad_of(d, n, 0));
        return SPML_OK;
    }
    Value *in[6] = {grad_of(d, n, 0), n->in[1], n->in[2], in_given(n, 3) ? n->in[3] : NULL, in_given(n, 4) ? n->in[4] : NULL, grad_shape(d, n->in[0])};
    grad_give(d, n, 0, grad_op(d, OP_slice_grad, 6, in, 0, NULL));
    return SPML_OK;
}

/* ── pad ── */

/* Which element of the axis, x's, place p of the padded one, y's, holds: at_reflect, at_edge, at_wrap of kernels/move.k in integer ops. NULL after a failure. */
static Value *pad_index(Grad *d, const Node *n, const char *mode, Value *lo, const Dim *from, const Dim *to)
{
    static const struct { const char *mode, *text; } rows[] = {
        {"reflect", "c 2 mul 2 sub 1 max =q i q mod =r r c lt r q r sub where"},
        {"edge", "i 0 max c 1 sub min"},
        {"wrap", "i c mod"},
    };
    const GradVar vars[] = {{"i", grad_sub(d, grad_iota(d, to), lo)}, {"c", grad_dims(d, 1, &from)}};
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
        if (!strcmp(rows[k].mode, mode))
            return grad_expr(d, NULL, DT_i64, rows[k].text, vars, 2);
    return NULL;
}

/* Axis by axis from the last padded one back: from y's extents to x's. */
static Value *pad_fold(Grad *d, const Node *n, const char *mode, Value *g)
{
    const Type *x = &n->in[0]->type, *y = &n->out[0]->type;
    const Dim *dims[IR_MAX_RANK];
    int rank = x->rank;
    for (int i = 0; i < rank; i++)
        dims[i] = y->dim[i];
    int64_t axes[IR_MAX_RANK];
    int n_axes = rank;
    if (in_given(n, 3) && !value_ints(n->in[3], axes, IR_MAX_RANK, &n_axes))
        return NULL;
    for (int k = n_axes - 1; k >= 0; k--) {
        int at = k;
        if (in_given(n, 3) && !axis_normalise(axes[k], rank, &at))
            return NULL;
        Value *lo = grad_slice(d, n->in[1], 0, grad_int(d, k), grad_int(d, k + 1));
        Value *index = pad_index(d, n, mode, lo, x->dim[at], y->dim[at]);
        dims[at] = x->dim[at];
        g = grad_op(d, OP_gather_grad, 3, (Value *const[]){grad_dims(d, rank, dims), index, g}, 1, (Attr[]){GRAD_INT("axis", at)});
    }
    return g;
}

SpmlCode grad_pad(Grad *d, Node *n, Error *err)
{
    const char *mode = node_str(n, "mode", "constant");
    bool constant = !strcmp(mode, "constant");
    Value *g = grad_of(d, n, 0), *in[4] = {g, grad_op1(d, OP_neg, n->in[1]), NULL, in_given(n, 3) ? n->in[3] : NULL};
    Value *gx = constant ? grad_op(d, OP_pad, 4, in, 0, NULL) : pad_fold(d, n, mode, g);
    if (!gx && !error_is(&d->why))
        return grad_unsupported(n, err, "mode '%.40s'", mode);
    grad_give(d, n, 0, gx);
    if (grad_wanted(d, n, 2)) { /* what did not come from x came from the value */
        Value *all = grad_sum_to(d, g, n->in[2]), *inside = grad_sum_to(d, gx, n->in[2]);
        grad_give(d, n, 2, constant ? grad_sub(d, all, inside) : NULL);
    }
    return SPML_OK;
}

/* The offset of cutting is minus the offset of padding. */
SpmlCode grad_center_crop_pad(Grad *d, Node *n, Error *err)
{
    const Type *x = &n->in[0]->type;
    const Dim *dims[IR_MAX_RANK];
    int64_t count = x->rank;
    const int64_t *axes = node_ints(n, "axes", &count);
    for (int i = 0, at; i < (axes ? count : x->rank); i++) {
        if (!axis_normalise(axes ? axes[i] : i, x->rank, &at))
            return grad_unsupported(n, err, "axis %d is outside", i);
        dims[i] = x->dim[at];
    }
    Value *in[2] = {grad_of(d, n, 0), grad_dims(d, axes ? (int)count : x->rank, dims)};
    grad_give(d, n, 0, grad_with(d, OP_center_crop_pad, 2, in, n));
    return SPML_OK;
}

/* ── moves that are their own transpose, or each other's ── */

static SpmlCode same_move(Grad *d, Node *n, int op)
{
    Value *in[2] = {grad_of(d, n, 0), n->n_in > 1 ? n->in[1] : NULL};
    grad_give(d, n, 0, grad_with(d, op, n->n_in, in, n));
    return SPML_OK;
}

SpmlCode grad_same(Grad *d, Node *n, Error *err) { return same_move(d, n, n->op); }
SpmlCode grad_depth_to_space(Grad *d, Node *n, Error *err) { return same_move(d, n, OP_space_to_depth); }
SpmlCode grad_space_to_depth(Grad *d, Node *n, Error *err) { return same_move(d, n, OP_depth_to_space); }
