/* SPDX-License-Identifier: MIT
 * opt: what is alive when; see lives.h. */
#include "opt/lives.h"

#include <string.h>

enum { FLOPS_A_BYTE = 8 };

/* ── sizes and costs ── */

static uint64_t elements(const Value *v)
{
    int64_t d[IR_MAX_RANK], n = 1;
    if (!v || v->type.kind != TYPE_TENSOR || v->type.rank < 0 || !value_literal(v, d))
        return 0;
    for (int i = 0; i < v->type.rank; i++)
        if (__builtin_mul_overflow(n, d[i], &n) || n < 0)
            return 0;
    return (uint64_t)n;
}

/* As the executor lays it out: one spare vector, whole lines. */
uint64_t lives_bytes(const Value *v)
{
    size_t sz;
    return v && v->type.kind == TYPE_TENSOR && v->type.dtype != DT_string && dtype_bytes(v->type.dtype, elements(v), &sz) ? (sz + 127) / 64 * 64 : 0;
}

static double square_root(double x)
{
    double r = x > 1 ? x : 1;
    for (int i = 0; i < 64 && x > 0; i++)
        r = (r + x / r) / 2;
    return x > 0 ? r : 0;
}

/* Of a product of two tensors: the root of the product of the three sizes is the number of multiplications, for matrices exactly. */
static uint64_t product_cost(const Node *n)
{
    uint64_t most[2] = {0, 0};
    for (int i = 0; i < n->n_in; i++) {
        const uint64_t e = elements(n->in[i]);
        most[1] = e > most[0] ? most[0] : e > most[1] ? e : most[1];
        most[0] = e > most[0] ? e : most[0];
    }
    return (uint64_t)square_root((double)most[0] * (double)most[1] * (double)(n->n_out ? elements(n->out[0]) : 0)) * 2 / FLOPS_A_BYTE;
}

static uint64_t node_cost(const Node *n)
{
    const OpSpace s = op_info[n->op].space;
    const Attr *body = n->op == OP_region ? node_find(n, "body") : NULL;
    uint64_t cost = 0;
    if (op_info[n->op].flags & OPF_VIEW)
        return 0;
    for (int i = 0; i < n->n_in; i++)
        cost += lives_bytes(n->in[i]);
    cost *= s == SPACE_REDUCE ? 2 : 1;
    for (int i = 0; i < n->n_out; i++)
        cost += lives_bytes(n->out[i]);
    for (const Node *m = body ? body->graph->first : NULL; m; m = m->next)
        cost += op_info[m->op].space == SPACE_CONTRACT ? product_cost(m) : 0;
    return cost + (s == SPACE_CONTRACT || s == SPACE_GROUP || (s == SPACE_NONE && !body) ? product_cost(n) : 0);
}

/* Dropout with a key draws by place. */
static bool is_pure(const Node *n)
{
    const int flags = op_info[n->op].flags;
    if (n->dynamic || flags & (OPF_HOST | OPF_STATE | OPF_CONTROL) || (flags & OPF_RANDOM && !(n->op == OP_dropout && in_given(n, 3))))
        return false;
    for (int i = 0; i < n->n_attrs; i++)
        if (n->attrs[i].kind == ATTR_GRAPH && n->op != OP_region)
            return false;
    for (int i = 0; i < n->n_out; i++)
        if (n->out[i] && (n->out[i]->residency != RES_TEMP || value_state(n->out[i]) || (n->out[i]->type.rank && !elements(n->out[i]))))
            return false;
    return true;
}

Kin *lives_kin(Lives *l, Node *n, const Node *orig)
{
    Kin *k = arena_new(l->scratch, Kin);
    l->oom |= !k;
    if (!k)
        return NULL;
    *k = (Kin){.node = n, .orig = orig, .at = -1, .cost = orig == n ? node_cost(n) : kin(orig)->cost, .pure = orig == n ? is_pure(n) : true};
    n->tag = k;
    if (orig == n)
        return k;
    k->next = kin(orig)->next;
    kin(orig)->next = k;
    for (int i = 0; i < n->n_out; i++)
        if (n->out[i])
            n->out[i]->id = l->n_ids++;
    return k;
}

bool lives_begin(Lives *l, Graph *g, Arena *scratch)
{
    *l = (Lives){.g = g, .scratch = scratch};
    graph_number(g->root);
    l->n_ids = g->root->n_ids + 1;
    for (Node *n = g->first; n; n = n->next)
        if (!lives_kin(l, n, n))
            return false;
    return true;
}

/* ── readers ── */

uint32_t lives_storage(const Lives *l, const Value *v)
{
    uint32_t r = v && v->id < l->n_ids ? v->id : 0;
    while (r && l->life[r].root != r)
        r = l->life[r].root;
    return r;
}

/* Values of g and the graphs around it that g reads: counted, or pinned. */
static void captured_value(Lives *l, const Value *v, bool pin)
{
    if (v && pin)
        l->life[lives_storage(l, v)].pinned = true;
    else if (v && v->id < l->n_ids)
        l->reads[v->id]++;
}

static void captured(Lives *l, const Graph *g, bool pin, int depth)
{
    for (size_t i = 0; i < g->n_out; i++)
        captured_value(l, g->out[i], pin);
    for (const Node *n = g->first; n && depth < IR_MAX_DEPTH; n = n->next) {
        for (int i = 0; i < n->n_in; i++)
            captured_value(l, n->in[i], pin);
        for (int i = 0; i < n->n_attrs; i++)
            if (n->attrs[i].kind == ATTR_GRAPH)
                captured(l, n->attrs[i].graph, pin, depth + 1);
    }
}

static void captured_by(Lives *l, const Node *n, bool pin)
{
    for (int i = 0; i < n->n_attrs && n->op != OP_region; i++)
        if (n->attrs[i].kind == ATTR_GRAPH)
            captured(l, n->attrs[i].graph, pin, 0);
}

static bool is_needed(const Lives *l, const Node *n)
{
    bool needed = !n->n_out || op_info[n->op].flags & (OPF_STATE | OPF_CONTROL);
    for (int i = 0; i < n->n_out; i++)
        needed |= n->out[i] && (l->reads[n->out[i]->id] || n->out[i]->residency == RES_STATE);
    return needed;
}

/* From the end: nodes that something reads, or that do something else than give values. */
static void find_needed(Lives *l)
{
    memset(l->reads, 0, l->n_ids * sizeof *l->reads);
    for (size_t i = 0; i < l->g->n_out; i++)
        l->reads[l->g->out[i]->id]++;
    for (Node *n = l->g->last; n; n = n->prev) {
        const bool needed = is_needed(l, n);
        kin(n)->at = needed ? 0 : -1;
        for (int i = 0; i < n->n_in && needed; i++)
            if (n->in[i])
                l->reads[n->in[i]->id]++;
        if (needed)
            captured_by(l, n, false);
    }
    l->n = 0;
    for (Node *n = l->g->first; n; n = n->next)
        if (kin(n)->at >= 0) {
            kin(n)->at = l->n;
            l->at[l->n++] = n;
        }
}

/* ── storage ── */

/* Slices of what lies elsewhere are views of it. */
static bool is_view(const Lives *l, const Node *n)
{
    const bool elsewhere = (n->op == OP_slice || n->op == OP_split) && !lives_storage(l, n->in[0]);
    return n->n_in > 0 && n->in[0] && (op_info[n->op].flags & OPF_VIEW || elsewhere);
}

static void define(Lives *l, const Node *n, const Value *v, int at)
{
    const uint32_t of = is_view(l, n) ? lives_storage(l, n->in[0]) : 0;
    Life *f = &l->life[v->id];
    const bool own = !is_view(l, n) && v->residency != RES_STATE && !value_state(v);
    *f = (Life){.root = own ? v->id : of, .def = at, .first = at, .last = at, .bytes = own ? lives_bytes(v) : 0};
}

static void define_all(Lives *l)
{
    memset(l->life, 0, l->n_ids * sizeof *l->life);
    for (int p = 0; p < l->n; p++)
        for (int i = 0; i < l->at[p]->n_out; i++)
            if (l->at[p]->out[i])
                define(l, l->at[p], l->at[p]->out[i], p);
    for (int p = l->n - 1; p >= 0; p--) { /* parts of a concat lie in it from the first on */
        const uint32_t whole = l->at[p]->op == OP_concat ? lives_storage(l, l->at[p]->out[0]) : 0;
        for (int i = 0; i < l->at[p]->n_in && whole; i++) {
            Life *part = &l->life[lives_storage(l, l->at[p]->in[i])];
            if (!part->root || part->root == whole)
                continue;
            l->life[whole].first = part->first < l->life[whole].first ? part->first : l->life[whole].first;
            part->root = whole;
        }
    }
    for (size_t i = 0; i < l->g->n_out; i++)
        l->life[lives_storage(l, l->g->out[i])].pinned = true;
}

static void find_uses(Lives *l)
{
    size_t n = 0;
    for (int p = 0; p < l->n; p++)
        for (int i = 0; i < l->at[p]->n_in; i++) {
            Life *f = &l->life[lives_storage(l, l->at[p]->in[i])];
            f->n_uses += f->root != 0;
            f->last = p;
        }
    for (uint32_t i = 1; i < l->n_ids; i++) {
        l->life[i].use = n;
        n += l->life[i].n_uses;
        l->life[i].n_uses = 0;
    }
    for (int p = 0; p < l->n; p++) {
        for (int i = 0; i < l->at[p]->n_in; i++) {
            Life *f = &l->life[lives_storage(l, l->at[p]->in[i])];
            if (f->root)
                l->use[f->use + f->n_uses++] = (LifeUse){p, l->at[p]->in[i]};
        }
        captured_by(l, l->at[p], true);
    }
}

static void find_peak(Lives *l)
{
    int64_t now = 0;
    memset(l->mem, 0, ((size_t)l->n + 1) * sizeof *l->mem);
    for (uint32_t i = 1; i < l->n_ids; i++) {
        const Life *f = &l->life[i];
        if (f->root != i || !f->bytes)
            continue;
        l->mem[f->first] += (int64_t)f->bytes;
        l->mem[(f->pinned ? l->n - 1 : f->last) + 1] -= (int64_t)f->bytes;
    }
    l->peak = l->n_peak = l->peak_at = 0;
    for (int p = 0; p < l->n; p++) {
        now = l->mem[p] += now;
        l->n_peak = now > l->peak ? 1 : l->n_peak + (now == l->peak);
        l->peak_at = now > l->peak ? p : l->peak_at;
        l->peak = now > l->peak ? now : l->peak;
    }
}

#define ROOM(p, n, cap, type) ((n) <= (cap) ? (p) : arena_array(l->scratch, type, (cap) = 2 * (n)))

static bool make_room(Lives *l)
{
    size_t nodes = 1, uses = 1;
    for (const Node *n = l->g->first; n; n = n->next, nodes++)
        uses += n->n_in;
    size_t cap = l->cap_nodes;
    l->at = ROOM(l->at, nodes, cap, Node *);
    l->mem = ROOM(l->mem, nodes, l->cap_nodes, int64_t);
    l->use = ROOM(l->use, uses, l->cap_uses, LifeUse);
    cap = l->cap_ids;
    l->life = ROOM(l->life, (size_t)l->n_ids, cap, Life);
    l->reads = ROOM(l->reads, (size_t)l->n_ids, l->cap_ids, uint32_t);
    l->work += nodes + uses;
    return !(l->oom |= l->scratch->oom);
}

bool lives_find(Lives *l)
{
    if (!make_room(l))
        return false;
    find_needed(l);
    define_all(l);
    find_uses(l);
    find_peak(l);
    return true;
}
