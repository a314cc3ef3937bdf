/* SPDX-License-Identifier: MIT
 * formats/onnx: GraphProto → Graph. Initializers become constants, inputs become inputs (with a default where an initializer has their
 * name), nodes go through the import rows in file order, which must be topological; a node that no row takes is noted and becomes an
 * `unknown` node, so that the whole model is looked at before the reader fails with all of them. Names live in scopes: a subgraph sees
 * its ancestors' names, a function body only its own. */
#include "formats/onnx/onnx.h"

static Value not_given; /* mark: a function's input that the call leaves out */
static Value hidden;    /* mark: the name is taken in this graph by a value inside a function */

Value *onnx_find(const Scope *s, const char *name)
{
    size_t n = strlen(name);
    for (; s; s = s->up) {
        Value *v = map_find(&s->names, name, n);
        if (v && v != &hidden)
            return v == &not_given ? NULL : v;
    }
    return NULL;
}

static bool is_known(const Scope *s, const char *name)
{
    size_t n = strlen(name);
    for (; s; s = s->up) {
        Value *v = map_find(&s->names, name, n);
        if (v && v != &hidden)
            return true;
    }
    return false;
}

SpmlCode onnx_define(Onnx *r, Scope *s, const char *name, Value *v, const void *at)
{
    if (map_find(&s->names, name, strlen(name)))
        return pb_fail(&r->src.pb, at, "duplicate", "'%s' is defined twice", name);
    return map_put(&s->names, name, strlen(name), v ? v : &not_given) ? SPML_OK : error_oom(r->err);
}

Value *onnx_const(Onnx *r, Graph *g, const char *name, const OnnxTensor *t)
{
    Type type = type_literal(g, t->dtype, t->rank, t->dim);
    Value *v = graph_value(g, name, &type);
    ConstData *d = arena_new(r->arena, ConstData);
    if (!v || !d || r->arena->oom)
        return NULL;
    *d = t->data;
    v->residency = RES_CONST;
    v->data = d;
    return v;
}

static SpmlCode read_initializers(Onnx *r, Scope *s, const PbList *list, bool sparse, int depth)
{
    for (size_t i = 0; i < list->n; i++) {
        OnnxTensor t;
        SpmlCode c = sparse ? onnx_sparse(&r->src, list->v[i], depth, &t) : onnx_tensor(&r->src, list->v[i], depth, &t);
        if (c)
            return c;
        if (!*t.name)
            return pb_fail(&r->src.pb, list->v[i].p, "name-missing", "an initializer without a name");
        Value *v = onnx_const(r, s->g, t.name, &t);
        if ((c = v ? onnx_define(r, s, t.name, v, list->v[i].p) : error_oom(r->err)))
            return c;
    }
    return SPML_OK;
}

/* Up to IR version 3 every initializer had to be listed among the inputs; they are constants all the same. */
static SpmlCode read_input(Onnx *r, Scope *s, PbBytes msg, int depth)
{
    PValueInfo p = {0};
    const Pb *pb = &r->src.pb;
    Type type = {0};
    SpmlCode c = pb_read(pb, msg, depth, &proto_value_info, &p);
    if (c)
        return c;
    const char *name = onnx_name(pb, p.name);
    if (!name)
        return r->err->code;
    Value *first = map_find(&s->names, name, strlen(name));
    if (first && first->residency == RES_CONST && r->ir_version < 4)
        return SPML_OK;
    if (p.type.p && (c = onnx_type(r, s->g, p.type, depth + 1, s->up ? NULL : name, &type)))
        return c;
    bool untyped = type.kind == TYPE_NONE || (type.kind == TYPE_TENSOR && type.dtype == DT_none);
    if (!s->up && untyped)
        return pb_fail(pb, msg.p, "input-type", "input '%s' has no type", name);
    Value *v = graph_input(s->g, name, untyped ? NULL : &type);
    if (!v)
        return error_oom(r->err);
    if (!first || first->residency != RES_CONST)
        return onnx_define(r, s, name, v, msg.p);
    v->type = first->type;
    v->data = first->data;
    return map_put(&s->names, name, strlen(name), v) ? SPML_OK : error_oom(r->err);
}

static SpmlCode read_inputs(Onnx *r, Scope *s, const PbList *list, int depth)
{
    SpmlCode c = SPML_OK;
    for (size_t i = 0; !c && i < list->n; i++)
        c = read_input(r, s, list->v[i], depth);
    return c;
}

static SpmlCode read_output(Onnx *r, Scope *s, PbBytes msg, int depth)
{
    PValueInfo p = {0};
    const Pb *pb = &r->src.pb;
    SpmlCode c = pb_read(pb, msg, depth, &proto_value_info, &p);
    if (c)
        return c;
    const char *name = onnx_name(pb, p.name);
    Value *v = name ? onnx_find(s, name) : NULL;
    if (!name)
        return r->err->code;
    if (!v)
        return pb_fail(pb, msg.p, "undefined", "output '%s' is not defined", name);
    for (size_t i = 0; i < s->g->n_out; i++)
        if (s->g->out[i]->name && !strcmp(s->g->out[i]->name, name))
            return pb_fail(pb, msg.p, "duplicate", "output '%s' is listed twice", name);
    if (v->graph != s->g || !v->name || strcmp(v->name, name)) {
        Node *n = graph_node(s->g, NULL, OP_identity, name, 1, &v, 1);
        if (!n)
            return error_oom(r->err);
        n->origin = "graph output";
        v = n->out[0];
        v->name = name;
    }
    v->declared = p.type.p;
    v->sz_declared = p.type.n;
    return graph_output(s->g, v) ? SPML_OK : error_oom(r->err);
}

/* Declared types are hints only: they are read for what we cannot infer, the outputs of unknown nodes. */
static SpmlCode read_hints(Onnx *r, Scope *s, const PbList *list, int depth)
{
    for (size_t i = 0; i < list->n; i++) {
        PValueInfo p = {0};
        SpmlCode c = pb_read(&r->src.pb, list->v[i], depth, &proto_value_info, &p);
        if (c)
            return c;
        const char *name = onnx_name(&r->src.pb, p.name);
        Value *v = name ? map_find(&s->names, name, strlen(name)) : NULL;
        if (!name)
            return r->err->code;
        if (v && p.type.p && v->producer && v->producer->op == OP_unknown && v->type.kind == TYPE_NONE &&
            (c = onnx_type(r, s->g, p.type, depth + 1, NULL, &v->type)))
            return c;
    }
    return SPML_OK;
}

SpmlCode onnx_graph(Onnx *r, PbBytes msg, int depth, Scope *up, Graph *g)
{
    PGraph p = {0};
    Scope s = {.up = up, .g = g, .names = map_make(r->arena), .opsets = up ? up->opsets : &r->opsets, .depth = up ? up->depth + 1 : 0};
    s.host = &s;
    size_t before = r->n_unknown;
    if (s.depth > IR_MAX_DEPTH)
        return pb_fail(&r->src.pb, msg.p, "too-deep", "functions and subgraphs nested deeper than %d", IR_MAX_DEPTH);
    SpmlCode c = pb_read(&r->src.pb, msg, depth, &proto_graph, &p);
    if (c)
        return c;
    if (!(g->name = onnx_name(&r->src.pb, p.name)))
        return r->err->code;
    if ((c = read_initializers(r, &s, &p.tensors, false, depth + 1)) || (c = read_initializers(r, &s, &p.sparse, true, depth + 1)) ||
        (c = read_inputs(r, &s, &p.in, depth + 1)) || (c = onnx_nodes(r, &s, &p.nodes, depth + 1)))
        return c;
    if (r->n_unknown > before && ((c = read_hints(r, &s, &p.hints, depth + 1)) || (c = read_hints(r, &s, &p.out, depth + 1))))
        return c;
    for (size_t i = 0; !c && i < p.out.n; i++)
        c = read_output(r, &s, p.out.v[i], depth + 1);
    return c;
}

/* ── nodes ── */

typedef struct NodeJob { ForeignNode f; PNode p; PbBytes msg; const PbList *nodes; size_t index; } NodeJob;

/* Which later node makes `name`, to tell an order error from a missing definition. NULL: none. */
static const char *later_maker(Onnx *r, const NodeJob *j, const char *name, int depth)
{
    for (size_t i = j->index; i < j->nodes->n; i++) {
        PNode p = {0};
        if (pb_read(&r->src.pb, j->nodes->v[i], depth, &proto_node, &p))
            return NULL;
        for (size_t k = 0; k < p.out.n; k++)
            if (pb_is(p.out.v[k], name))
                return p.name.n ? onnx_name(&r->src.pb, p.name) : onnx_name(&r->src.pb, p.op);
    }
    return NULL;
}

static SpmlCode node_inputs(Onnx *r, const Scope *s, NodeJob *j, int depth)
{
    const Pb *pb = &r->src.pb;
    j->f.n_in = (int)j->p.in.n;
    if (!(j->f.in = arena_array(r->arena, Value *, j->p.in.n + IMPORT_ROOM)))
        return error_oom(r->err);
    for (size_t i = 0; i < j->p.in.n; i++) {
        const char *name = onnx_name(pb, j->p.in.v[i]);
        if (!name)
            return r->err->code;
        if (!*name || (j->f.in[i] = onnx_find(s, name)) || is_known(s, name))
            continue;
        const char *maker = later_maker(r, j, name, depth);
        if (maker)
            return pb_fail(pb, j->p.in.v[i].p, "node-order", "node '%s': input '%s' is made by '%s', which comes later", j->f.name, name, maker);
        return pb_fail(pb, j->p.in.v[i].p, "undefined", "node '%s': input '%s' is not defined", j->f.name, name);
    }
    return SPML_OK;
}

static SpmlCode node_names(Onnx *r, NodeJob *j)
{
    const Pb *pb = &r->src.pb;
    const PNode *p = &j->p;
    if (p->in.n > UINT16_MAX || p->out.n > UINT16_MAX)
        return pb_fail(pb, j->msg.p, "node-arity", "a node with %zu inputs and %zu outputs; the cap is %d", p->in.n, p->out.n, UINT16_MAX);
    j->f.n_out = (int)p->out.n;
    if (!(j->f.out = arena_array(r->arena, const char *, p->out.n + IMPORT_ROOM)))
        return error_oom(r->err);
    for (size_t i = 0; i < p->out.n; i++)
        if (p->out.v[i].n && !(j->f.out[i] = onnx_name(pb, p->out.v[i])))
            return r->err->code;
    PbBytes name = p->name.n || !p->out.n ? p->name : p->out.v[0]; /* a node without a name is called by its output */
    if (!(j->f.name = onnx_name(pb, name)) || !(j->f.op = onnx_name(pb, p->op)) || !(j->f.domain = onnx_name(pb, p->domain)))
        return r->err->code;
    if (!strcmp(j->f.domain, "ai.onnx"))
        j->f.domain = "";
    return SPML_OK;
}

/* The name under which a scope's value is known in its graph. */
static const char *value_name(Onnx *r, Scope *s, const char *name)
{
    if (!s->in_function)
        return name;
    const char *full = arena_printf(r->arena, "%s%s", s->prefix, name);
    if (!full || map_find(&s->host->names, full, strlen(full)) || !map_put(&s->host->names, full, strlen(full), &hidden))
        return NULL;
    return full;
}

static SpmlCode define_outputs(Onnx *r, Scope *s, const NodeJob *j, Value *const *out)
{
    for (int i = 0; i < j->f.n_out; i++) {
        if (!j->f.out[i])
            continue;
        if (!out[i])
            return error_set(r->err, SPML_UNSUPPORTED, "node-unsupported", "node '%s': %s: output %d ('%s') is not available", j->f.name, r->origin, i, j->f.out[i]);
        SpmlCode c = onnx_define(r, s, j->f.out[i], out[i], j->msg.p);
        if (c)
            return c;
        if (!out[i]->name && out[i]->graph == s->g)
            out[i]->name = value_name(r, s, j->f.out[i]);
    }
    return SPML_OK;
}

/* Subgraphs learn which node they belong to; nodes that a builder made get a name. */
static void own_subgraphs(const Graph *g, Node *after)
{
    for (Node *n = after ? after->next : g->first; n; n = n->next)
        for (int i = 0; i < n->n_attrs; i++)
            if (n->attrs[i].kind == ATTR_GRAPH)
                n->attrs[i].graph->owner = n;
}

static SpmlCode unknown_node(Onnx *r, Scope *s, const NodeJob *j, const char *why, Value **out)
{
    if (!r->n_unknown++)
        error_set(&r->unknown, SPML_UNSUPPORTED, "node-unsupported", "%s", ""); /* the first line is written at the end */
    if (r->n_unknown <= ONNX_MAX_LINES)
        error_line(&r->unknown, "%s", why);
    Node *n = graph_node(s->g, NULL, OP_unknown, j->f.name, j->f.n_in, j->f.in, j->f.n_out);
    const char *reason = arena_strdup(r->arena, why);
    if (!n || !reason || !node_attr(n, &(Attr){.name = "reason", .kind = ATTR_STRING, .n = (int64_t)strlen(reason), .s = reason}))
        return error_oom(r->err);
    n->origin = r->origin;
    for (int i = 0; i < n->n_out; i++)
        out[i] = n->out[i];
    return SPML_OK;
}

static SpmlCode run_builder(Onnx *r, Scope *s, const NodeJob *j, const ImportRow *row, int opset, Value **out)
{
    Error one = {0};
    Import im = {.g = s->g, .opset = opset, .err = &one, .reader = r, .row = row};
    Node *last = s->g->last;
    SpmlCode c = row->fn(&im, &j->f, out);
    if (!c && r->arena->oom)
        c = error_oom(&one);
    if (c != SPML_UNSUPPORTED) {
        if (c && !one.code)
            error_set(&one, c, "import", "node '%s': %s cannot be imported", j->f.name, r->origin);
        if (c && r->err)
            *r->err = one;
        return c;
    }
    while (s->g->last != last) /* what the builder made before it gave up */
        graph_remove(s->g->last);
    memset(out, 0, (size_t)j->f.n_out * sizeof *out);
    return unknown_node(r, s, j, one.text, out);
}

static SpmlCode node_build(Onnx *r, Scope *s, const NodeJob *j, Value **out)
{
    const ForeignNode *f = &j->f;
    int opset = onnx_opset(s->opsets, f->domain);
    const ImportRow *row = opset ? import_find(f->domain, f->op, opset) : NULL;
    if (row && onnx_outdated(row, opset))
        row = NULL;
    r->origin = arena_printf(r->arena, "%s%s%s %d", f->domain, *f->domain ? " " : "", f->op, row ? row->since : opset);
    if (!r->origin)
        return error_oom(r->err);
    if (row)
        return run_builder(r, s, j, row, opset, out);
    const char *why = arena_printf(r->arena, opset ? "node '%s': %s: unknown operator" : "node '%s': %s: unknown operator, and its domain is not imported", f->name, r->origin);
    return why ? unknown_node(r, s, j, why, out) : error_oom(r->err);
}

static SpmlCode read_node(Onnx *r, Scope *s, NodeJob *j, int depth)
{
    SpmlCode c = pb_read(&r->src.pb, j->msg, depth, &proto_node, &j->p);
    if (c)
        return c;
    if (++r->n_nodes > ONNX_MAX_NODES)
        return error_set(r->err, SPML_RESOURCE, "too-many-nodes", "more than %d nodes", ONNX_MAX_NODES);
    if (r->call_depth && ++r->n_inlined > ONNX_MAX_INLINED)
        return error_set(r->err, SPML_RESOURCE, "too-many-nodes", "its functions expand to more than %d nodes", ONNX_MAX_INLINED);
    if ((c = node_names(r, j)) || (c = node_inputs(r, s, j, depth)) || (c = onnx_attrs(r, s, &j->p, depth + 1, &j->f.attrs, &j->f.n_attrs)))
        return c;
    Value **out = arena_array(r->arena, Value *, j->p.out.n + IMPORT_ROOM);
    if (!out)
        return error_oom(r->err);
    const PFunction *fn = onnx_function(r, j->f.domain, j->f.op, j->p.overload);
    Node *last = s->g->last;
    c = fn ? onnx_call(r, s, fn, &j->f, out) : node_build(r, s, j, out);
    if (c)
        return c;
    own_subgraphs(s->g, last);
    return define_outputs(r, s, j, out);
}

SpmlCode onnx_nodes(Onnx *r, Scope *s, const PbList *nodes, int depth)
{
    if (nodes->n > ONNX_MAX_NODES)
        return error_set(r->err, SPML_RESOURCE, "too-many-nodes", "%zu nodes; the cap is %d", nodes->n, ONNX_MAX_NODES);
    SpmlCode c = SPML_OK;
    for (size_t i = 0; !c && i < nodes->n; i++) {
        NodeJob j = {.msg = nodes->v[i], .nodes = nodes, .index = i};
        c = read_node(r, s, &j, depth);
        if (c)
            error_where(r->err, r->src.pb.path, j.msg.p - r->src.pb.base);
    }
    return c;
}
