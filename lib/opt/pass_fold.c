/* SPDX-License-Identifier: MIT
 * opt: constant folding. A node whose inputs are all constants is evaluated by the backend that will run the rest; an integer value whose elements
 * are known literally (shape arithmetic) needs no evaluation. Large results of small nodes (Expand, ConstantOfShape) stay nodes. */
#include "opt/pass.h"

#include "base/span.h"

#include <string.h>

enum { FOLD_MAX_BYTES = 1 << 24, FOLD_GROWTH = 4, FOLD_FREE_BYTES = 1 << 16 };

static int64_t value_bytes(const Value *v)
{
    int64_t dims[IR_MAX_RANK], n = 1;
    size_t sz;
    if (!value_literal(v, dims))
        return -1;
    for (int i = 0; i < v->type.rank; i++)
        if (!i64_mul(n, dims[i], &n) || n > FOLD_MAX_BYTES)
            return -1;
    return dtype_bytes(v->type.dtype, (uint64_t)n, &sz) ? (int64_t)sz : -1;
}

static bool worth_folding(const Node *n)
{
    int64_t in = 0, out = 0;
    if (n->dynamic || (op_info[n->op].flags & (OPF_RANDOM | OPF_STATE | OPF_CONTROL)) || n->op == OP_region || n->op == OP_prepack)
        return false;
    for (int i = 0; i < n->n_in; i++) {
        if (!n->in[i])
            continue;
        int64_t b = value_bytes(n->in[i]);
        if (n->in[i]->residency != RES_CONST || !n->in[i]->data || b < 0)
            return false;
        in += b;
    }
    for (int i = 0; i < n->n_out; i++) {
        int64_t b = n->out[i] ? value_bytes(n->out[i]) : 0;
        if (b < 0 || (n->out[i] && n->out[i]->type.dtype == DT_string))
            return false;
        out += b;
    }
    return out <= FOLD_MAX_BYTES && (out <= FOLD_FREE_BYTES || out <= in * FOLD_GROWTH);
}

/* An integer tensor all of whose elements are known. */
static Value *known_const(Value *v)
{
    int64_t x[64], dims[IR_MAX_RANK];
    int n;
    uint8_t bytes[64 * 8] = {0};
    if (v->n_known < 0 || v->n_known > 64 || !dtype_is_int(v->type.dtype) || !value_literal(v, dims) || !value_ints(v, x, 64, &n))
        return NULL;
    size_t sz;
    for (int i = 0; i < n; i++)
        dtype_set_i64(v->type.dtype, bytes, (uint64_t)i, x[i]);
    if (!dtype_bytes(v->type.dtype, (uint64_t)n, &sz))
        return NULL;
    return graph_const(v->graph, NULL, v->type.dtype, v->type.rank, dims, bytes, sz);
}

static SpmlCode replace_outputs(Graph *g, Node *n, Value **now, int *n_changes)
{
    for (int i = 0; i < n->n_out; i++)
        if (n->out[i] && now[i]) {
            Value *v = n->out[i]; /* becomes the constant itself: who reads it need not be found */
            v->type = now[i]->type;
            v->residency = RES_CONST;
            v->data = now[i]->data;
            v->known = now[i]->known;
            v->n_known = now[i]->n_known;
            v->producer = NULL;
            v->out_index = 0;
        }
    graph_remove(n);
    ++*n_changes;
    return SPML_OK;
}

/* Nodes that something reads get a tag: to evaluate what `dead` will remove (weights that an earlier pass has taken over) would cost time and memory for nothing. */
static void tag_live(Graph *g)
{
    pass_count_uses(g);
    for (Node *n = g->last; n; n = n->prev) {
        bool live = op_info[n->op].flags & (OPF_STATE | OPF_CONTROL);
        for (int i = 0; i < n->n_out; i++)
            live |= n->out[i] && value_uses(n->out[i]);
        n->tag = live ? n : NULL;
        for (int i = 0; i < n->n_in && !live; i++)
            if (n->in[i])
                n->in[i]->tag = (void *)((uintptr_t)n->in[i]->tag - 1);
    }
}

SpmlCode pass_fold(Graph *g, const OptContext *c, int *n_changes, Error *err)
{
    tag_live(g);
    for (Node *n = g->first, *next; n; n = next) {
        Value *out[64] = {0};
        next = n->next;
        if (!n->tag)
            continue;
        if (n->n_out == 1 && n->out[0] && !(op_info[n->op].flags & OPF_CONTROL) && (out[0] = known_const(n->out[0]))) {
            replace_outputs(g, n, out, n_changes);
            continue;
        }
        if (!c->constants.eval || n->n_out > 64 || !worth_folding(n))
            continue;
        Error one = {0};
        SpmlCode code = c->constants.eval(c->constants.ctx, n, out, &one);
        if (code == SPML_RESOURCE)
            return *err = one, code;
        if (!code) /* a node that cannot be evaluated stays and reports itself when it is lowered */
            replace_outputs(g, n, out, n_changes);
    }
    return g->arena->oom ? error_oom(err) : SPML_OK;
}
