/* SPDX-License-Identifier: MIT
 * run: sessions: open on a typed graph, run with inputs, close. */
#include "run/run.h"

#include <stdlib.h>
#include <string.h>

void session_kernels_free(Session *s);

static void packs_free(Session *s, Step *st)
{
    for (; st; st = st->next) {
        CallState *cs = st->kind == STEP_CALL || st->kind == STEP_COPY ? st->compiled : NULL;
        if (cs)
            prepared_free(s, cs);
        if (cs && cs->pack[SIDE_DEVICE] && !cs->borrowed[SIDE_DEVICE])
            s->backend->pack_free(s->device, cs->pack[SIDE_DEVICE]);
        if (cs && cs->pack[SIDE_CPU] && !cs->borrowed[SIDE_CPU])
            s->cpu->pack_free(s->cpu_device, cs->pack[SIDE_CPU]);
        packs_free(s, st->body);
    }
}

static void blocks_free(Session *s, Graph *g, int depth)
{
    Block *b = g->plan;
    if (b) {
        if (b->n_steps)
            packs_free(s, b->steps[0]);
        block_release(s, b);
    }
    g->plan = NULL;
    for (Node *n = g->first; n && depth < IR_MAX_DEPTH; n = n->next)
        for (int i = 0; i < n->n_attrs; i++)
            if (n->attrs[i].kind == ATTR_GRAPH)
                blocks_free(s, n->attrs[i].graph, depth + 1);
}

void session_free(Session **ps)
{
    Session *s = *ps;
    if (!s)
        return;
    lone_free(s);
    blocks_free(s, s->g, 0);
    home_free(s);
    for (uint32_t i = 0; i < s->n_rv; i++)
        rt_clear(&s->rv[i]);
    free(s->rv);
    free(s->sym);
    free(s->dim_val);
    free(s->dim_epoch);
    if (!s->parent) {
        session_kernels_free(s);
        queue_free(s);
        pool_free(&s->own_pool);
    }
    arena_free(&s->arena);
    free(s);
    *ps = NULL;
}

/* The graph's arena struct has moved into the session: every graph in it learns the new address. */
static void session_adopt(Graph *g, Arena *a, int depth)
{
    g->arena = a;
    for (Node *n = g->first; n && depth < IR_MAX_DEPTH; n = n->next)
        for (int i = 0; i < n->n_attrs; i++)
            if (n->attrs[i].kind == ATTR_GRAPH)
                session_adopt(n->attrs[i].graph, a, depth + 1);
}

SpmlCode session_new(Arena *arena, Graph *g, const SessionPlace *p, Session **out, Error *err)
{
    Session *s = calloc(1, sizeof *s), *parent = p->parent;
    DeviceInfo info;
    if (!s) {
        arena_free(arena);
        return error_oom(err);
    }
    s->arena = *arena;
    session_adopt(g, &s->arena, 0);
    s->g = g;
    s->backend = p->backend;
    s->device = p->device;
    s->cpu = p->cpu;
    s->cpu_device = p->cpu_device;
    s->no_fallback = p->no_fallback;
    s->backend->info(s->device, &info);
    s->remote = s->cpu && !info.host_memory;
    s->queues = s->remote || (!s->cpu && s->backend->prepare);
    s->module = p->module;
    s->parent = parent;
    s->shared = parent ? parent->shared : s;
    s->stop = &s->own_stop;
    s->depth = parent ? parent->depth + 1 : 0;
    s->kernels = map_make(&s->arena);
    s->packs = map_make(&s->arena);
    s->lone = map_make(&s->arena);
    s->once = p->once;
    s->epoch = 1;
    graph_number(g);
    Block *block;
    s->pool = p->pool;
    SpmlCode code = queue_new(s, err);
    if (!code && s->remote && !parent && !s->pool) {
        code = pool_new(s->backend, s->device, &s->own_pool, err);
        s->pool = s->own_pool;
    }
    if (!code)
        code = block_get(s, g, &block, err);
    if (code) {
        session_free(&s);
        return code;
    }
    *out = s;
    return SPML_OK;
}

static SpmlCode check_input(Session *s, const Value *v, const RtValue *x, Error *err)
{
    const Type *t = &v->type;
    const char *name = v->name ? v->name : "";
    if (t->kind != x->kind && t->kind != TYPE_NONE)
        return error_set(err, SPML_DATA, "type", "input '%.200s' is given a value of another kind", name);
    if (t->kind == TYPE_TENSOR && t->dtype != DT_none && t->dtype != x->dtype)
        return error_set(err, SPML_DATA, "type", "input '%.200s': type %s, wants %s", name, dtype_name(x->dtype), dtype_name(t->dtype));
    return SPML_OK;
}

/* A state stays in its session from run to run: zeros, or the model's values, at first; x, if given, replaces it. */
static SpmlCode bind_state(Session *s, Value *v, const RtValue *x, Error *err)
{
    RtValue *r = run_value(s, v), *copy = NULL, first = {0};
    int64_t dim[IR_MAX_RANK];
    if (r->kind == TYPE_TENSOR && !x)
        return SPML_OK;
    if (!value_literal(v, dim) || v->type.dtype == DT_string)
        return error_set(err, SPML_UNSUPPORTED, "node-unsupported", "state '%.200s' has no fixed extents", v->name ? v->name : "");
    SpmlCode code = SPML_OK;
    if (r->kind == TYPE_NONE) {
        code = v->data ? const_value(v, &first, err) : rt_tensor(v->type.dtype, v->type.rank, dim, &copy, err);
        if (!code && !copy)
            code = rt_copy(&first, &copy, err);
        rt_clear(&first);
        if (!code)
            *r = *copy;
        free(copy);
    }
    if (!code && x)
        code = check_input(s, v, x, err);
    if (!code && x && (x->rank != r->rank || memcmp(x->dim, r->dim, (size_t)r->rank * sizeof *r->dim)))
        code = error_set(err, SPML_DATA, "shape", "state '%.200s' is given other extents than it has", v->name ? v->name : "");
    if (!code && x && r->sz) /* in place: other values are views of it */
        memcpy(r->data, x->data, r->sz);
    if (!code && s->remote) {
        home_of(s, v)->host = true;
        home_of(s, v)->device = false;
    }
    return code;
}

static SpmlCode state_at(Session *s, size_t i, Value **out, Error *err)
{
    *out = i < s->g->n_in ? s->g->in[i] : NULL;
    return *out && (*out)->residency == RES_STATE ? SPML_OK : error_set(err, SPML_USAGE, "state", "input %zu is no state", i);
}

SpmlCode session_state(Session *s, size_t i, const RtValue **out, Error *err)
{
    Value *v;
    RtValue *r = NULL;
    SpmlCode code = state_at(s, i, &v, err);
    if (!code)
        code = bind_state(s, v, NULL, err);
    if (!code)
        code = run_operand(s, v, &r, err);
    *out = r;
    return code;
}

SpmlCode session_state_set(Session *s, size_t i, const RtValue *x, Error *err)
{
    Value *v;
    SpmlCode code = state_at(s, i, &v, err);
    return code ? code : bind_state(s, v, x, err);
}

SpmlCode session_state_share(Session *s, size_t i, Session *owner, size_t j, Error *err)
{
    Value *v, *of;
    SpmlCode code = state_at(s, i, &v, err);
    if (!code)
        code = state_at(owner, j, &of, err);
    if (!code)
        code = bind_state(owner, of, NULL, err);
    if (code)
        return code;
    const RtValue *r = run_value(owner, of);
    int64_t dim[IR_MAX_RANK];
    if (s->device != owner->device || s->pool != owner->pool || v->type.dtype != r->dtype || v->type.rank != r->rank || !value_literal(v, dim) || memcmp(dim, r->dim, (size_t)r->rank * sizeof *dim))
        return error_set(err, SPML_USAGE, "state", "state '%.200s' cannot be that of another session: its type or device differs", v->name ? v->name : "");
    rt_clear(run_value(s, v));
    *run_value(s, v) = *r;
    run_value(s, v)->own = RT_BORROWED;
    if (s->remote) {
        home_end(s, v);
        s->home[v->id].outer = home_of(owner, of);
    }
    return SPML_OK;
}

void session_peers(Session *s, Peers *p) { s->shared->peers = p; }

static SpmlCode bind_inputs(Session *s, RtValue *const *in, size_t n_in, Error *err)
{
    Graph *g = s->g;
    if (n_in != g->n_in)
        return error_set(err, SPML_USAGE, "inputs", "%zu inputs given, the model has %zu", n_in, g->n_in);
    for (size_t i = 0; i < g->n_in; i++) {
        Value *v = g->in[i];
        RtValue *r = run_value(s, v);
        SpmlCode code = SPML_OK;
        if (v->residency != RES_STATE)
            rt_clear(r);
        if (v->residency == RES_STATE) {
            code = bind_state(s, v, in[i], err);
        } else if (in[i]) {
            code = check_input(s, v, in[i], err);
            *r = *in[i];
            r->own = RT_BORROWED;
            home_set(s, v);
        } else {
            code = run_operand(s, v, &r, err);
        }
        if (!code)
            code = run_bind_type(s, v, err);
        if (code)
            return code;
    }
    return SPML_OK;
}

static SpmlCode take_outputs(Session *s, RtValue **out, size_t n_out, Error *err)
{
    Graph *g = s->g;
    for (size_t i = 0; i < n_out; i++) {
        RtValue *r;
        SpmlCode code = run_operand(s, g->out[i], &r, err);
        bool again = false;
        for (size_t j = i + 1; j < n_out; j++)
            again |= g->out[j] == g->out[i];
        if (!code && r->own == RT_OWNED && !again && g->out[i]->producer) {
            out[i] = calloc(1, sizeof *out[i]);
            if (!out[i])
                return error_oom(err);
            *out[i] = *r;
            *r = (RtValue){0};
        } else if (!code) {
            code = rt_copy(r, &out[i], err);
        }
        if (code)
            return code;
    }
    return SPML_OK;
}

SpmlCode session_run(Session *s, RtValue *const *in, size_t n_in, RtValue **out, size_t n_out, Error *err)
{
    if (n_out != s->g->n_out)
        return error_set(err, SPML_USAGE, "outputs", "%zu outputs wanted, the model has %zu", n_out, s->g->n_out);
    for (size_t i = 0; i < n_out; i++) /* none: a graph of states alone */
        out[i] = NULL;
    if (!s->parent)
        s->counts = (RunCounts){.compiled = s->counts.compiled, .compile_ns = s->counts.compile_ns};
    Block *b = NULL;
    SpmlCode code = bind_inputs(s, in, n_in, err);
    if (!code)
        code = block_get(s, s->g, &b, err);
    if (!code)
        code = block_run(s, b, err);
    if (!code)
        code = queue_flush(s, err);
    if (!code)
        code = s->backend->wait(s->device, err);
    if (!code)
        code = take_outputs(s, out, n_out, err);
    if (!code && !s->parent && !s->settled && s->backend->settle)
        s->backend->settle(s->device);
    s->settled |= !code;
    for (size_t i = 0; code && i < n_out; i++)
        rt_free(&out[i]);
    if (code)
        queue_drop(s);
    for (size_t i = 0; i < s->g->n_in; i++)
        if (s->g->in[i]->residency != RES_STATE)
            rt_clear(run_value(s, s->g->in[i]));
    return code;
}
