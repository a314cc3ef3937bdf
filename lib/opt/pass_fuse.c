/* SPDX-License-Identifier: MIT
 * opt: region building. Elementwise nodes over one iteration space become one region; a contraction, reduction or window whose only readers are
 * such nodes is the region's root, and they its epilogue. A group grows at node m by the groups that made m's inputs, as long as nothing they made is read outside, so
 * every region has one output and stands where its last node stood. Runs last: other passes see plain nodes. */
#include "opt/pass.h"

enum { MAX_IN = 12, MAX_NODES = 32 };

typedef struct Group { Node *node[MAX_NODES]; int n; bool rooted; } Group; /* in execution order; node[0] is the root when rooted */

static bool same_dims(const Type *a, const Type *b)
{
    for (int i = 0; i < a->rank && a->rank == b->rank; i++)
        if (a->dim[i] != b->dim[i])
            return false;
    return a->rank == b->rank;
}

static bool has_space(const Node *n, OpSpace space)
{
    if (n->n_out < 1 || !n->out[0] || n->dynamic || op_info[n->op].space != space || (op_info[n->op].flags & (OPF_RANDOM | OPF_HOST | OPF_CONTROL)))
        return false;
    for (int i = 1; i < n->n_out; i++)
        if (n->out[i])
            return false;
    const Type *t = &n->out[0]->type;
    return t->kind == TYPE_TENSOR && t->rank >= 0 && dtype_info[t->dtype].compute != DT_none;
}

static bool can_join(const Node *n)
{
    if (!has_space(n, SPACE_MAP) || n->n_in > 8)
        return false;
    for (int i = 0; i < n->n_in; i++)
        if (!n->in[i] || n->in[i]->type.rank < 0 || dtype_info[n->in[i]->type.dtype].compute == DT_none)
            return false;
    return true;
}

static bool in_group(const Group *g, const Node *n)
{
    for (int i = 0; i < g->n; i++)
        if (g->node[i] == n)
            return true;
    return false;
}

static size_t uses_inside(const Group *g, const Value *v)
{
    size_t n = 0;
    for (int i = 0; i < g->n; i++)
        for (int k = 0; k < g->node[i]->n_in; k++)
            n += g->node[i]->in[k] == v;
    return n;
}

/* Values from outside that the group reads; −1: too many. */
static int group_inputs(const Group *g, Value **in)
{
    int n = 0;
    for (int i = 0; i < g->n; i++) {
        for (int k = 0; k < g->node[i]->n_in; k++) {
            Value *v = g->node[i]->in[k];
            bool seen = !v || (v->producer && in_group(g, v->producer));
            for (int j = 0; j < n && !seen; j++)
                seen = in[j] == v;
            if (!seen && n == MAX_IN)
                return -1;
            if (!seen)
                in[n++] = v;
        }
    }
    return n;
}

static bool merge(Group *to, const Group *from)
{
    if (to->n + from->n > MAX_NODES || (to->rooted && from->rooted))
        return false;
    if (from->rooted) { /* the root comes first */
        Group both = *from;
        for (int i = 0; i < to->n; i++)
            both.node[both.n++] = to->node[i];
        *to = both;
        return true;
    }
    for (int i = 0; i < from->n; i++)
        to->node[to->n++] = from->node[i];
    return true;
}

/* Execution order inside a merged group: by position in the graph, root first. Positions are in node->tag. */
static void group_sort(Group *g)
{
    for (int i = g->rooted ? 2 : 1; i < g->n; i++)
        for (int j = i; j > (g->rooted ? 1 : 0) && (uintptr_t)g->node[j]->tag < (uintptr_t)g->node[j - 1]->tag; j--) {
            Node *t = g->node[j];
            g->node[j] = g->node[j - 1];
            g->node[j - 1] = t;
        }
}

/* Does the union hold together: one value leaves it, all outputs have m's extents, a root's epilogue keeps the element type and does not feed the root? */
static bool is_region(const Group *g, const Node *m)
{
    Value *in[MAX_IN];
    if (group_inputs(g, in) < 0)
        return false;
    for (int i = 0; i < g->n; i++) {
        const Value *v = g->node[i]->out[0];
        if (g->node[i] != m && value_uses(v) != uses_inside(g, v))
            return false;
        if (!same_dims(&v->type, &m->out[0]->type))
            return false;
    }
    if (g->rooted) {
        DType t = m->out[0]->type.dtype;
        if (g->node[0]->out[0]->type.dtype != t || (m->graph->root->strict_math && dtype_info[t].compute != t && !(g->n == 2 && m->op == OP_relu)))
            return false; /* an epilogue may start from what has not been rounded yet: a clamp at zero alone gives the same bits */
        for (int k = 0; k < g->node[0]->n_in; k++)
            if (g->node[0]->in[k] && g->node[0]->in[k]->producer && in_group(g, g->node[0]->in[k]->producer))
                return false;
    }
    return true;
}

static SpmlCode region_make(Graph *g, const Group *p, Error *err)
{
    Node *m = p->node[p->n - 1];
    Value *in[MAX_IN], *last = m->out[0];
    int n_in = group_inputs(p, in);
    Node *r = graph_node(g, m, OP_region, m->name, n_in, in, 1);
    Graph *body = r ? graph_sub(g, "region") : NULL;
    if (!body)
        return error_oom(err);
    body->owner = r;
    r->origin = p->rooted ? p->node[0]->origin : m->origin;
    if (p->rooted)
        r->name = p->node[0]->name;
    Value *inner = r->out[0];
    inner->type = last->type;
    node_take_output(r, 0, last);
    node_take_output(m, 0, inner);
    for (int i = 0; i < n_in; i++) {
        Value *v = graph_input(body, NULL, &in[i]->type);
        for (int k = 0; v && k < p->n; k++)
            for (int a = 0; a < p->node[k]->n_in; a++)
                p->node[k]->in[a] = p->node[k]->in[a] == in[i] ? v : p->node[k]->in[a];
    }
    for (int i = 0; i < p->n; i++) {
        graph_remove(p->node[i]);
        node_append(body, p->node[i]);
    }
    if (!graph_output(body, inner) || !node_attr(r, &(Attr){.name = "body", .kind = ATTR_GRAPH, .graph = body}) || g->arena->oom)
        return error_oom(err);
    return SPML_OK;
}

static Group *group_of(Group **groups, const Node *n) { return groups[(uintptr_t)n->tag]; }

static Group *group_behind(const Graph *g, Group **groups, const Value *v)
{
    return v->producer && v->producer->graph == g && v->graph == g ? group_of(groups, v->producer) : NULL;
}

static bool try_with(Group *mine, const Group *theirs, const Node *m)
{
    Group tried = *mine;
    if (!theirs || in_group(mine, theirs->node[0]) || !merge(&tried, theirs))
        return false;
    tried.rooted = mine->rooted || theirs->rooted;
    group_sort(&tried);
    if (!is_region(&tried, m))
        return false;
    *mine = tried;
    return true;
}

/* What several nodes of the group read (the sum behind a gelu written out) may come in once all of them are there. */
static void take_shared(Graph *g, Group **groups, Group *mine, const Node *m)
{
    Value *in[MAX_IN];
    for (int i = 0, n = group_inputs(mine, in); i < n; i++)
        if (try_with(mine, group_behind(g, groups, in[i]), m)) {
            n = group_inputs(mine, in);
            i = -1;
        }
}

static void join_node(Graph *g, Group **groups, Node *m)
{
    Group *mine = arena_new(g->arena, Group);
    if (!mine)
        return;
    *mine = (Group){.node = {m}, .n = 1};
    for (int tries = 0; tries <= m->n_in; tries++) { /* a second input's group may be what the first one needed */
        Group all = *mine;
        for (int i = 0; i < m->n_in; i++) {
            Group *theirs = group_behind(g, groups, m->in[i]);
            if (!theirs || in_group(&all, m->in[i]->producer) || (tries && i != tries - 1))
                continue;
            Group tried = all;
            bool rooted = all.rooted || theirs->rooted;
            if (merge(&tried, theirs)) {
                tried.rooted = rooted;
                all = tried;
            }
        }
        group_sort(&all);
        if (all.n > 1 && is_region(&all, m)) {
            *mine = all;
            break;
        }
    }
    take_shared(g, groups, mine, m);
    for (int i = 0; i < mine->n; i++)
        groups[(uintptr_t)mine->node[i]->tag] = mine;
}

SpmlCode pass_fuse(Graph *g, const OptContext *c, int *n_changes, Error *err)
{
    (void)c;
    uintptr_t at = 0;
    pass_count_uses(g);
    for (Node *n = g->first; n; n = n->next)
        n->tag = (void *)++at;
    Group **groups = arena_array(g->arena, Group *, at + 1);
    for (Node *n = g->first; groups && n; n = n->next) {
        if (can_join(n)) {
            join_node(g, groups, n);
        } else if (has_space(n, SPACE_CONTRACT) || has_space(n, SPACE_REDUCE) || has_space(n, SPACE_WINDOW)) {
            Group *alone = arena_new(g->arena, Group);
            if (alone)
                *alone = (Group){.node = {n}, .n = 1, .rooted = true};
            groups[(uintptr_t)n->tag] = alone;
        }
    }
    if (!groups || g->arena->oom)
        return error_oom(err);
    SpmlCode code = SPML_OK;
    for (uintptr_t i = at; i > 0 && !code; i--) {
        Group *p = groups[i];
        if (!p || p->n < 2 || (uintptr_t)p->node[p->n - 1]->tag != i)
            continue;
        code = region_make(g, p, err);
        ++*n_changes;
    }
    return code;
}
