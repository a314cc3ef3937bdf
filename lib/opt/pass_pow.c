/* SPDX-License-Identifier: MIT
 * opt: small powers become products: x² = x·x, x³ = x·x·x. Exported graphs write the tanh form of gelu so. A product of three rounds twice, where
 * the power itself is accurate to an ulp or so of its own. */
#include "opt/pass.h"

/* The exponent, where it is one constant number. */
static double exponent(const Value *v)
{
    int64_t n = 1, d;
    for (int i = 0; i < v->type.rank; i++)
        n = dim_lit(v->type.dim[i], &d) ? n * d : 0;
    return v->residency == RES_CONST && v->data && v->data->p && n == 1 && dtype_is_float(v->type.dtype) ? dtype_get_f64(v->type.dtype, v->data->p, 0) : 0;
}

static Value *product(Graph *g, Node *at, Value *x, Value *y) { return x && y ? pass_build(g, at, OP_mul, 2, (Value *const[]){x, y}, NULL, 0) : NULL; }

SpmlCode pass_pow(Graph *g, const OptContext *c, int *n_changes, Error *err)
{
    (void)c;
    for (Node *n = g->first, *next; n; n = next) {
        next = n->next;
        if (n->op != OP_pow || n->dynamic || !n->out[0] || !dtype_is_float(n->in[0]->type.dtype))
            continue;
        const double e = exponent(n->in[1]);
        Value *x = n->in[0], *now = e == 2 || e == 3 ? product(g, n, x, x) : NULL;
        if (now && e == 3)
            now = product(g, n, now, x);
        if (!now || !type_equal(&now->type, &n->out[0]->type))
            continue;
        now->name = n->out[0]->name;
        graph_replace(g, n->out[0], now);
        graph_remove(n);
        ++*n_changes;
    }
    return g->arena->oom ? error_oom(err) : SPML_OK;
}
