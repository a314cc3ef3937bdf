/* SPDX-License-Identifier: MIT
 * tests/pack: cases on a device: what its counts must say, how near the CPU its outputs must be, how much a case costs, and models whose weights are
 * run-time tensors. Sees more than spml.h: a graph is changed before a session takes it. */
#include "device.h"

#include "handles.h"

#include <stdlib.h>
#include <string.h>

enum { WEIGHT_MIN = 16 };

bool device_counts(PackCase *c, const SpmlSession *s, bool no_fallback)
{
    SpmlCounts n;
    spml_session_counts(s, &n);
    c->launches += n.launches;
    c->fallback += n.fallback;
    if (!n.launches)
        return case_fail(c, "nothing was launched");
    return !n.fallback || !no_fallback || case_fail(c, "%llu calls ran on the CPU", (unsigned long long)n.fallback);
}

static bool same_type(const SpmlTensor *a, const SpmlTensor *b)
{
    bool same = !strcmp(spml_tensor_dtype(a), spml_tensor_dtype(b)) && spml_tensor_rank(a) == spml_tensor_rank(b);
    for (int i = 0; same && i < spml_tensor_rank(a); i++)
        same = spml_tensor_dim(a, i) == spml_tensor_dim(b, i);
    return same;
}

bool device_agrees(PackCase *c, SpmlTensor *const *got, SpmlTensor *const *want, size_t n, bool exact, double *worst)
{
    char buf[CASE_REASON];
    for (size_t i = 0; i < n; i++) {
        size_t sz = spml_tensor_bytes(want[i]);
        if (!same_type(got[i], want[i]))
            return case_fail(c, "output %zu: another type than on the CPU", i);
        if (!strcmp(spml_tensor_dtype(want[i]), "string") || !sz || !memcmp(spml_tensor_data(got[i]), spml_tensor_data(want[i]), sz))
            continue;
        c->inexact = true;
        const char *why = limit_check(got[i], want[i], 0, worst, buf, sizeof buf);
        if (*why || exact)
            return case_fail(c, "output %zu against the CPU: %.300s", i, *why ? why : "other bits");
    }
    return true;
}

double device_flop(const SpmlModel *m, SpmlSession *s, SpmlTensor *const *in)
{
    size_t n = spml_model_inputs(m);
    SpmlPort *p = calloc(n + 1, sizeof *p);
    SpmlPlan plan = {0};
    for (size_t i = 0; p && i < n; i++) {
        spml_model_input(m, i, &p[i]);
        for (int d = 0; in[i] && d < (p[i].rank = spml_tensor_rank(in[i])); d++)
            p[i].dim[d] = spml_tensor_dim(in[i], d);
    }
    bool ok = p && !spml_session_plan(s, p, n, &plan, NULL);
    free(p);
    return ok ? plan.flop : 0;
}

static bool is_weight(const Value *v)
{
    int64_t n = 1;
    for (int i = 0; v && v->type.kind == TYPE_TENSOR && i < v->type.rank; i++) {
        int64_t d;
        n *= dim_lit(v->type.dim[i], &d) ? d : 0;
    }
    return v && v->residency == RES_CONST && v->type.kind == TYPE_TENSOR && dtype_is_float(v->type.dtype) && n >= WEIGHT_MIN;
}

/* A constant becomes an input whose default it is. */
static bool promote(Graph *g, Value *v)
{
    if (g->n_in == g->cap_in) {
        Value **in = arena_array(g->arena, Value *, 2 * g->cap_in + 8);
        if (!in)
            return false;
        memcpy(in, g->in, g->n_in * sizeof *in);
        g->in = in;
        g->cap_in = 2 * g->cap_in + 8;
    }
    v->residency = RES_INPUT;
    v->graph = g;
    g->in[g->n_in++] = v;
    return true;
}

static bool promote_all(Graph *root, const Graph *g, int depth)
{
    bool ok = true;
    for (const Node *n = g->first; n && ok; n = n->next) {
        for (int i = 0; i < n->n_in && ok; i++)
            ok = !is_weight(n->in[i]) || promote(root, n->in[i]);
        for (int i = 0; i < n->n_attrs && ok && depth < IR_MAX_DEPTH; i++)
            ok = n->attrs[i].kind != ATTR_GRAPH || promote_all(root, n->attrs[i].graph, depth + 1);
    }
    return ok;
}

bool device_weights_as_inputs(PackCase *c, SpmlModel *m)
{
    const size_t n_in = m->g->n_in, n_out = m->g->n_out;
    SpmlPort *old = m->ports;
    bool ok = promote_all(m->g, m->g, 0);
    const size_t n = m->g->n_in;
    m->ports = arena_array(&m->arena, SpmlPort, n + n_out + 1);
    if (!ok || !m->ports)
        return case_fail(c, "out of memory");
    memcpy(m->ports, old, n_in * sizeof *old);
    for (size_t i = n_in; i < n; i++)
        m->ports[i] = (SpmlPort){.name = "", .type = "", .rank = -1, .has_default = true};
    memcpy(m->ports + n, old + n_in, n_out * sizeof *old);
    return true;
}
