/* SPDX-License-Identifier: MIT
 * formats/onnx: a name for every value of the graph that is written. Names from the model stay, unless two that can see each other are equal; then the inner
 * or later one gets a new name. A new name is the first free one of BASE_hint, BASE_hint_1, …, free in the whole model, so that equal graphs get equal
 * names and a model that is exported again keeps them. */
#include "formats/onnx/export.h"

typedef struct NameUse { const Graph *g; struct NameUse *next; } NameUse;

static bool sees(const Graph *inner, const Graph *outer)
{
    while (inner && inner != outer)
        inner = inner->parent;
    return inner != NULL;
}

static bool clashes(const OnnxWriter *w, const char *name, const Graph *g)
{
    for (const NameUse *u = map_find(&w->used, name, strlen(name)); u; u = u->next)
        if (sees(g, u->g) || sees(u->g, g))
            return true;
    return false;
}

static bool use(OnnxWriter *w, const char *name, const Graph *g)
{
    NameUse *u = arena_new(w->arena, NameUse), *head = map_find(&w->used, name, strlen(name));
    if (!u)
        return false;
    *u = (NameUse){g, NULL};
    if (!head)
        return map_put(&w->used, name, strlen(name), u);
    u->next = head->next;
    head->next = u;
    return true;
}

const char *name_of(OnnxWriter *w, const Value *v)
{
    const char *name = map_find(&w->names, (const char *)&v, sizeof v);
    return name ? name : "";
}

static bool set_name(OnnxWriter *w, const Value *v, const char *name)
{
    const Value **key = arena_copy(w->arena, &v, sizeof v);
    return key && name && map_put(&w->names, (const char *)key, sizeof v, (void *)name);
}

const char *name_fresh(OnnxWriter *w, const char *base, const char *hint)
{
    const char *stem = arena_printf(w->arena, "%s%s%s", base, *hint ? "_" : "", hint), *name = stem;
    for (unsigned i = 1; name && (!*name || map_find(&w->used, name, strlen(name))); i++)
        name = arena_printf(w->arena, "%s_%u", stem, i);
    return name && use(w, name, w->g) ? name : "";
}

const char *node_name_fresh(OnnxWriter *w, GraphOut *to, const char *base)
{
    const char *name = base;
    for (unsigned i = 1; name && map_find(&to->node_names, name, strlen(name)); i++)
        name = arena_printf(w->arena, "%s_%u", base, i);
    return name && map_put(&to->node_names, name, strlen(name), to) ? name : "";
}

/* ── every value, in the order in which it is met ── */

typedef struct Naming { OnnxWriter *w; bool fresh; /* the second walk: those that have no name yet */ bool ok; } Naming;

static void value_name(Naming *s, const Value *v, const char *base, const char *hint)
{
    if (!v || map_find(&s->w->names, (const char *)&v, sizeof v))
        return;
    if (s->fresh)
        s->ok &= set_name(s->w, v, v->name && *v->name ? name_fresh(s->w, v->name, "") : name_fresh(s->w, base, hint));
    else if (v->name && *v->name && !clashes(s->w, v->name, v->graph))
        s->ok &= use(s->w, v->name, v->graph) && set_name(s->w, v, v->name);
}

static void graph_names(Naming *s, const Graph *g, int depth)
{
    for (size_t i = 0; i < g->n_in; i++)
        value_name(s, g->in[i], "input", "");
    for (size_t i = 0; i < g->n_out; i++)
        value_name(s, g->out[i], g->out[i]->producer && g->out[i]->producer->name ? g->out[i]->producer->name : "output", g->out[i]->producer ? "out" : "");
    for (const Node *n = g->first; n && s->ok; n = n->next) {
        const char *base = n->name && *n->name ? n->name : op_info[n->op].name;
        for (int i = 0; i < n->n_in; i++)
            if (n->in[i] && n->in[i]->residency == RES_CONST)
                value_name(s, n->in[i], base, "const");
        for (int i = 0; i < n->n_out; i++)
            value_name(s, n->out[i], base, "out");
        for (int i = 0; i < n->n_attrs && depth < IR_MAX_DEPTH; i++)
            if (n->attrs[i].kind == ATTR_GRAPH)
                graph_names(s, n->attrs[i].graph, depth + 1);
    }
}

SpmlCode names_make(OnnxWriter *w)
{
    Naming s = {.w = w, .ok = true};
    graph_names(&s, w->g, 0);
    s.fresh = true;
    graph_names(&s, w->g, 0);
    return s.ok && !w->arena->oom ? SPML_OK : error_oom(w->err);
}
