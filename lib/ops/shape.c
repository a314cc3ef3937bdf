/* SPDX-License-Identifier: MIT
 * ops: helpers of shape rules; see ops.h. */
#include "base/span.h"
#include "ops/ops.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

SpmlCode shape_error(const Node *n, Error *err, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return error_set(err, SPML_DATA, "shape", "node '%.200s': %s: %s", n->name ? n->name : "", n->origin ? n->origin : op_info[n->op].name, text);
}

SpmlCode shape_dynamic(Node *n, int n_out, const DType *types, const int *ranks)
{
    Graph *g = n->graph;
    n->dynamic = true;
    for (int i = 0; i < n_out && i < n->n_out; i++) {
        if (!n->out[i])
            continue;
        const Dim *dims[IR_MAX_RANK];
        for (int d = 0; d < ranks[i]; d++) {
            Sym *s = graph_data_sym(g, NULL);
            dims[d] = s ? dim_sym(g, s) : NULL;
        }
        if (ranks[i] < 0)
            n->out[i]->type = (Type){.kind = TYPE_TENSOR, .dtype = types[i], .rank = -1};
        else
            out_set(n, i, types[i], ranks[i], dims);
    }
    return SPML_OK;
}

void out_set(Node *n, int i, DType t, int rank, const Dim *const *dims)
{
    if (i >= n->n_out || !n->out[i])
        return;
    n->out[i]->type = type_tensor(n->graph, t, rank, dims);
    n->out[i]->known = NULL;
    n->out[i]->n_known = -1;
}

/* One dimension of numpy broadcasting. A symbol against a literal other than 1 is taken to be equal to it: the launch compares, and the
 * session then plans again with literal extents. */
static const Dim *broadcast_dim(const Dim *a, const Dim *b)
{
    if (a == b || dim_is(b, 1))
        return a;
    if (dim_is(a, 1))
        return b;
    if (a->kind == DIM_CONST && b->kind == DIM_CONST)
        return NULL;
    return b->kind == DIM_CONST ? b : a;
}

static bool has_data_sym(const Dim *d, int depth)
{
    if (d->kind == DIM_CONST)
        return false;
    if (d->kind == DIM_SYM)
        return d->sym->origin == SYM_DATA;
    return depth > 256 || has_data_sym(d->a, depth + 1) || has_data_sym(d->b, depth + 1);
}

/* Only the run tells which of the two is 1, if any. */
static bool undecided(const Dim *a, const Dim *b)
{
    return a != b && !dim_is(a, 1) && !dim_is(b, 1) && (has_data_sym(a, 0) || has_data_sym(b, 0));
}

/* Extents that depend on data against others: the node waits for the run and its extent is a symbol of its own. */
SpmlCode broadcast_dims(Node *n, Error *err, int n_types, const Type *const *types, int *rank, const Dim **dims)
{
    int r = 0;
    unsigned open = 0;
    for (int i = 0; i < n_types; i++)
        r = types[i] && types[i]->rank > r ? types[i]->rank : r;
    const Dim *one = dim_const(n->graph, 1);
    for (int d = 0; d < r; d++)
        dims[d] = one;
    for (int i = 0; i < n_types; i++) {
        for (int d = 0; types[i] && d < types[i]->rank; d++) {
            int at = r - types[i]->rank + d;
            if (dims[at] && types[i]->dim[d] && undecided(dims[at], types[i]->dim[d]))
                open |= 1u << at;
            const Dim *both = dims[at] ? broadcast_dim(dims[at], types[i]->dim[d]) : NULL;
            if (!both)
                return shape_error(n, err, "input %d: dimension %d does not broadcast with the others", i, d);
            dims[at] = both;
        }
    }
    for (int d = 0; open && d < r; d++) {
        Sym *s = open >> d & 1 ? graph_data_sym(n->graph, NULL) : NULL;
        if (s)
            dims[d] = dim_sym(n->graph, s);
        n->dynamic = true;
    }
    *rank = r;
    return SPML_OK;
}

bool axis_normalise(int64_t axis, int rank, int *out)
{
    if (axis < -(int64_t)rank || axis >= rank)
        return false;
    *out = (int)(axis < 0 ? axis + rank : axis);
    return true;
}

SpmlCode axis_get(const Node *n, const char *attr, int64_t def, int rank, int *out, Error *err)
{
    int64_t axis = node_int(n, attr, def);
    return axis_normalise(axis, rank, out) ? SPML_OK : shape_error(n, err, "%s %lld is outside rank %d", attr, (long long)axis, rank);
}
