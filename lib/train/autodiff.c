/* SPDX-License-Identifier: MIT
 * train: reverse-mode differentiation; see autodiff.h. Three walks over the nodes: forward, which values depend on what is asked for; backward, which nodes the
 * gradient passes, naming those it cannot pass; backward again, running their rules. */
#include "train/autodiff.h"

#include "ops/grad.h"

#include <stdio.h>
#include <string.h>

enum { REACHED = 4 }; /* beside GRAD_*: the loss depends on it, and it on something that is asked for */
static const char prefix[] = "gradient of ";

typedef struct Walk { Grad d; Node *last; /* of the graph as it was */ Error *err; int n_errors; } Walk;

/* ── what depends on what is asked for ── */

static bool reads_wanted(const Walk *w, const Node *n, int depth);

static bool graph_reads_wanted(const Walk *w, const Graph *g, int depth)
{
    for (const Node *n = g->first; n; n = n->next)
        if (reads_wanted(w, n, depth + 1))
            return true;
    for (size_t i = 0; i < g->n_out; i++)
        if (w->d.flags[g->out[i]->id] & GRAD_WANTED)
            return true;
    return false;
}

/* Subgraphs read values of the graphs around them. */
static bool reads_wanted(const Walk *w, const Node *n, int depth)
{
    for (int i = 0; i < n->n_in; i++)
        if (n->in[i] && w->d.flags[n->in[i]->id] & GRAD_WANTED)
            return true;
    for (int i = 0; i < n->n_attrs; i++)
        if (n->attrs[i].kind == ATTR_GRAPH && depth < IR_MAX_DEPTH && graph_reads_wanted(w, n->attrs[i].graph, depth))
            return true;
    return false;
}

/* Sequences and the like may hold floats. */
static bool carries(const Type *t) { return t->kind != TYPE_TENSOR || dtype_is_float(t->dtype); }

static void mark_wanted(Walk *w)
{
    for (Node *n = w->d.g->first; n; n = n->next) {
        if (op_fns[n->op].grad == grad_none || !reads_wanted(w, n, 0))
            continue;
        for (int i = 0; i < n->n_out; i++)
            if (n->out[i] && carries(&n->out[i]->type))
                w->d.flags[n->out[i]->id] |= GRAD_WANTED;
    }
}

/* ── what the gradient passes ── */

static bool is_reached(const Walk *w, const Node *n)
{
    for (int i = 0; i < n->n_out; i++)
        if (n->out[i] && w->d.flags[n->out[i]->id] & REACHED)
            return true;
    return false;
}

static const char *obstacle(const Node *n)
{
    if (op_fns[n->op].grad == grad_backward || (n->origin && !strncmp(n->origin, prefix, sizeof prefix - 1)))
        return "is itself part of a gradient: second derivatives are not supported";
    if (op_fns[n->op].grad == grad_missing)
        return "has no gradient rule";
    for (int i = 0; i < n->n_out; i++)
        if (n->out[i] && (n->out[i]->type.kind != TYPE_TENSOR || n->out[i]->type.rank < 0))
            return "has an output whose rank only the run knows";
    return n->dynamic ? "has extents that only the run knows" : NULL;
}

static void complain(Walk *w, const Node *n, const char *why)
{
    char line[600];
    snprintf(line, sizeof line, "node '%.200s': %.100s %s", n->name ? n->name : "", op_info[n->op].name, why);
    if (w->n_errors++)
        error_line(w->err, "%s", line);
    else
        error_set(w->err, SPML_UNSUPPORTED, "gradient", "%s", line);
}

static SpmlCode mark_reached(Walk *w, Value *loss)
{
    w->d.flags[loss->id] |= w->d.flags[loss->id] & GRAD_WANTED ? REACHED : 0;
    for (Node *n = w->last; n; n = n->prev) {
        if (!is_reached(w, n))
            continue;
        const char *why = obstacle(n);
        if (why)
            complain(w, n, why);
        for (int i = 0; i < n->n_in; i++)
            if (grad_wanted(&w->d, n, i))
                w->d.flags[n->in[i]->id] |= REACHED;
    }
    return w->n_errors ? SPML_UNSUPPORTED : SPML_OK;
}

/* ── the rules ── */

/* All readers of n's outputs have had their turn: their pieces are joined. */
static bool has_gradient(Walk *w, Node *n)
{
    bool any = false;
    w->d.node = n;
    for (int i = 0; i < n->n_out; i++) {
        if (n->out[i])
            grad_settle(&w->d, n->out[i]);
        any |= grad_of(&w->d, n, i) != NULL;
    }
    return any;
}

/* Every wanted input must have been spoken of. */
static void check_given(Walk *w, const Node *n)
{
    char why[64];
    for (int i = 0; i < n->n_in; i++)
        if (grad_wanted(&w->d, n, i) && !(w->d.flags[n->in[i]->id] & GRAD_GIVEN)) {
            snprintf(why, sizeof why, "has no gradient by input %d", i);
            complain(w, n, why);
        }
}

static SpmlCode run_rule(Walk *w, Node *n)
{
    Grad *d = &w->d;
    Error one = {0};
    d->node = n;
    d->origin = arena_printf(d->g->arena, "%s%s", prefix, n->origin ? n->origin : op_info[n->op].name);
    if (!d->origin)
        return error_oom(w->err);
    for (int i = 0; i < n->n_in; i++)
        if (n->in[i])
            d->flags[n->in[i]->id] &= (uint8_t)~GRAD_GIVEN;
    SpmlCode code = op_fns[n->op].grad(d, n, &one);
    if (!code && error_is(&d->why)) {
        one = d->why;
        code = one.code;
    }
    d->why = (Error){0};
    if (code == SPML_OK)
        return check_given(w, n), SPML_OK;
    if (code == SPML_RESOURCE || !w->n_errors++)
        return error_set(w->err, code, one.key, "%s", one.text), code == SPML_RESOURCE ? code : SPML_OK;
    error_line(w->err, "%s", one.text);
    return SPML_OK;
}

static SpmlCode run_rules(Walk *w, Value *loss, Value *const *wrt, int n_wrt)
{
    Grad *d = &w->d;
    SpmlCode code = SPML_OK;
    d->origin = prefix;
    if (d->flags[loss->id] & REACHED)
        d->sum[loss->id] = grad_filled(d, loss, 1);
    for (Node *n = w->last; n && !code; n = n->prev)
        if (is_reached(w, n) && has_gradient(w, n))
            code = run_rule(w, n);
    for (int i = 0; i < n_wrt && !code; i++) {
        d->node = wrt[i]->producer;
        grad_settle(d, wrt[i]);
    }
    return code ? code : error_is(&d->why) ? (*w->err = d->why).code : w->n_errors ? w->err->code : SPML_OK;
}

/* ── the call ── */

static SpmlCode check_call(const Graph *g, const Value *loss, Value *const *wrt, int n, Error *err)
{
    bool one = loss->type.kind == TYPE_TENSOR && dtype_is_float(loss->type.dtype) && loss->type.rank >= 0;
    for (int i = 0; one && i < loss->type.rank; i++)
        one = dim_is(loss->type.dim[i], 1);
    if (!one || loss->graph != g)
        return error_set(err, SPML_DATA, "gradient", "the loss '%s' is not one number", loss->name ? loss->name : "");
    for (int i = 0; i < n; i++)
        if (wrt[i]->type.kind != TYPE_TENSOR || !dtype_is_float(wrt[i]->type.dtype) || wrt[i]->graph != g)
            return error_set(err, SPML_DATA, "gradient", "'%s', by which to differentiate, is no tensor of floats of the graph", wrt[i]->name ? wrt[i]->name : "");
    return SPML_OK;
}

SpmlCode autodiff(Graph *g, Value *loss, Value *const *wrt, int n, Value **out, Error *err)
{
    Error own = {0};
    SpmlCode code = check_call(g, loss, wrt, n, err);
    if (code)
        return code;
    for (int i = 0; i < n; i++)
        wrt[i]->id = 0; /* and so it stays if nothing reads it */
    graph_number(g->root);
    Walk w = {.d = {.g = g, .n = g->root->n_ids}, .last = g->last, .err = err ? err : &own};
    w.d.sum = arena_array(g->arena, Value *, w.d.n + 1);
    w.d.parts = arena_array(g->arena, GradPart *, w.d.n + 1);
    w.d.flags = arena_array(g->arena, uint8_t, w.d.n + 1);
    if (!w.d.sum || !w.d.parts || !w.d.flags)
        return error_oom(err);
    for (int i = 0; i < n; i++)
        w.d.flags[wrt[i]->id] |= wrt[i]->id ? GRAD_WANTED : 0;
    mark_wanted(&w);
    code = mark_reached(&w, loss);
    code = code ? code : run_rules(&w, loss, wrt, n);
    for (int i = 0; i < n && !code; i++)
        out[i] = w.d.sum[wrt[i]->id];
    return code ? code : g->arena->oom ? error_oom(err) : SPML_OK;
}
