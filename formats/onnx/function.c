/* SPDX-License-Identifier: MIT
 * formats/onnx: model-local functions. A call is inlined: the body's nodes go to the caller's graph under names of their own, with the
 * function's opsets; attribute references find the call's attributes, else the function's defaults. */
#include "formats/onnx/onnx.h"

static const char *function_key(Arena *a, const char *domain, const char *name, PbBytes overload, size_t *n)
{
    size_t nd = strlen(domain) + 1, nn = strlen(name) + 1;
    *n = nd + nn + overload.n;
    char *key = arena_alloc(a, *n + 1, 1);
    if (key) {
        memcpy(key, domain, nd);
        memcpy(key + nd, name, nn);
        if (overload.n)
            memcpy(key + nd + nn, overload.p, overload.n);
    }
    return key;
}

static const char *domain_of(const Pb *pb, PbBytes b)
{
    const char *d = onnx_name(pb, b);
    return d && !strcmp(d, "ai.onnx") ? "" : d;
}

SpmlCode onnx_functions(Onnx *r, const PbList *list, int depth)
{
    const Pb *pb = &r->src.pb;
    r->functions = map_make(r->arena);
    for (size_t i = 0; i < list->n; i++) {
        PFunction *f = arena_new(r->arena, PFunction);
        SpmlCode c = f ? pb_read(pb, list->v[i], depth, &proto_function, f) : error_oom(r->err);
        if (c)
            return c;
        const char *domain = domain_of(pb, f->domain), *name = domain ? onnx_name(pb, f->name) : NULL;
        if (!name)
            return r->err->code;
        size_t n;
        const char *key = function_key(r->arena, domain, name, f->overload, &n);
        if (key && map_find(&r->functions, key, n))
            return pb_fail(pb, list->v[i].p, "duplicate", "function '%s' of domain '%s' is defined twice", name, domain);
        if (!key || !map_put(&r->functions, key, n, f))
            return error_oom(r->err);
    }
    return SPML_OK;
}

const PFunction *onnx_function(Onnx *r, const char *domain, const char *name, PbBytes overload)
{
    size_t n;
    if (!r->functions.n)
        return NULL;
    const char *key = function_key(r->arena, domain, name, overload, &n);
    return key ? map_find(&r->functions, key, n) : NULL;
}

/* The call's attributes, then the defaults of those that it leaves out. */
static SpmlCode call_attrs(Onnx *r, Scope *s, const PFunction *f, const ForeignNode *node, Scope *body)
{
    Attr *list = arena_array(r->arena, Attr, (size_t)node->n_attrs + f->defaults.n);
    if (!list)
        return error_oom(r->err);
    if (node->n_attrs)
        memcpy(list, node->attrs, (size_t)node->n_attrs * sizeof *list);
    body->attrs = list;
    body->n_attrs = node->n_attrs;
    for (size_t i = 0; i < f->defaults.n; i++) {
        bool given;
        Attr a;
        SpmlCode c = onnx_attr(r, s, f->defaults.v[i], 2, &a, &given);
        if (c)
            return c;
        if (given && !foreign_attr(node, a.name))
            list[body->n_attrs++] = a;
    }
    return SPML_OK;
}

static SpmlCode call_inputs(Onnx *r, const PFunction *f, const ForeignNode *node, Scope *body)
{
    const Pb *pb = &r->src.pb;
    if ((size_t)node->n_in > f->in.n)
        return error_set(r->err, SPML_DATA, "function-arity", "node '%s': %d inputs for function '%s', which has %zu", node->name, node->n_in, node->op, f->in.n);
    for (size_t i = 0; i < f->in.n; i++) {
        const char *name = onnx_name(pb, f->in.v[i]);
        SpmlCode c = name ? onnx_define(r, body, name, foreign_in(node, (int)i), f->in.v[i].p) : r->err->code;
        if (c)
            return c;
    }
    return SPML_OK;
}

static SpmlCode call_outputs(Onnx *r, const PFunction *f, const ForeignNode *node, const Scope *body, Value **out)
{
    if ((size_t)node->n_out > f->out.n)
        return error_set(r->err, SPML_DATA, "function-arity", "node '%s': %d outputs of function '%s', which has %zu", node->name, node->n_out, node->op, f->out.n);
    for (int i = 0; i < node->n_out; i++) {
        const char *name = onnx_name(&r->src.pb, f->out.v[i]);
        if (!name)
            return r->err->code;
        out[i] = onnx_find(body, name);
        if (!out[i] && node->out[i])
            return pb_fail(&r->src.pb, f->out.v[i].p, "undefined", "function '%s' does not define its output '%s'", node->op, name);
        if (out[i] && out[i]->name && !strncmp(out[i]->name, body->prefix, strlen(body->prefix)))
            out[i]->name = NULL; /* made inside: the caller's name is the better one */
    }
    return SPML_OK;
}

SpmlCode onnx_call(Onnx *r, Scope *s, const PFunction *f, const ForeignNode *node, Value **out)
{
    Opsets opsets = *s->opsets;
    if (s->depth >= IR_MAX_DEPTH)
        return error_set(r->err, SPML_DATA, "too-deep", "node '%s': functions and subgraphs nested deeper than %d", node->name, IR_MAX_DEPTH);
    SpmlCode c = f->opsets.n ? onnx_opsets(r, &f->opsets, 2, &opsets) : SPML_OK;
    if (c)
        return c;
    Scope body = {.host = s->host, .g = s->g, .names = map_make(r->arena), .opsets = &opsets, .in_function = true, .depth = s->depth + 1};
    body.prefix = arena_printf(r->arena, "%s%s#%zu/", s->prefix ? s->prefix : "", node->op, ++r->n_calls);
    if (!body.prefix)
        return error_oom(r->err);
    if ((c = call_attrs(r, s, f, node, &body)) || (c = call_inputs(r, f, node, &body)))
        return c;
    r->call_depth++;
    c = onnx_nodes(r, &body, &f->nodes, 2);
    r->call_depth--;
    return c ? c : call_outputs(r, f, node, &body, out);
}
