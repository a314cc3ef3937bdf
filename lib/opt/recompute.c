/* SPDX-License-Identifier: MIT
 * opt: recomputation under a bound of memory; see recompute.h. Greedy: at the fullest place, of all values that nobody reads there, the one goes whose copies cost
 * least per byte; a change stays if that place gets emptier and none as full comes up. What a way back makes again serves later readers too where there is room.
 * In the end copies go that the target does not need. A value that is only read later moves: its first maker becomes dead. */
#include "opt/recompute.h"

#include "opt/lives.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_CHAIN = 256 /* nodes of one way back */, MAX_TRIES = 48, SMALL = 8 /* a value this much smaller waits rather than be made again */ };
static const uint64_t max_work = 400000000; /* nodes and readers looked at, all told */

typedef struct Change { Node *n; int in; Value *was; } Change;
typedef struct Recompute {
    Lives l;
    int64_t peak;            /* of the graph as it was accepted */
    int n_peak;
    int *chain, n_chain;     /* places of the nodes to be copied, for the value at hand */
    size_t cap_chain;
    int *stamp, round;       /* by place: round in which it went into the chain */
    Change *change;
    size_t n_change, cap_change, cap_stamp;
} Recompute;

typedef struct Candidate { uint32_t value; int until; /* place of the reader it is made again for */ uint64_t cost, bytes; } Candidate;

/* ── the way back of a value ── */

static const Life *life_of(const Recompute *r, const Value *v) { return &r->l.life[lives_storage(&r->l, v)]; }

/* v, or what a copy of its node gives, that is there when place `until` comes; NULL: none. */
static Value *present(const Recompute *r, Value *v, int until)
{
    const Life *f = life_of(r, v);
    if (!f->root || f->pinned || (f->first < until && f->last >= until))
        return v;
    for (Kin *k = v->producer ? kin(kin(v->producer)->orig) : NULL; k; k = k->next) {
        Value *y = k->at >= 0 && k->at < until ? k->node->out[v->out_index] : NULL;
        const Life *h = y ? life_of(r, y) : NULL;
        if (h && h->root && h->first < until && h->last >= until)
            return y;
    }
    return NULL;
}

static bool need(Recompute *r, const Candidate *c, const Node *n, int peak_at, uint64_t *cost, uint64_t *waits, int depth);

/* Input x of a node to be copied: it is there, or made again too, or it waits. */
static bool need_input(Recompute *r, const Candidate *c, Value *x, int peak_at, uint64_t *cost, uint64_t *waits, int depth)
{
    const Life *f = life_of(r, x);
    if (f->root != c->value) {
        if (present(r, x, c->until))
            return true;
        if (f->last >= peak_at && f->first <= peak_at) /* it lies there now: it stays a little longer */
            return true;
        if (!kin(x->producer)->pure || f->bytes * SMALL < c->bytes) {
            *waits += f->bytes;
            return *waits < c->bytes;
        }
    }
    return need(r, c, x->producer, peak_at, cost, waits, depth + 1);
}

static bool need(Recompute *r, const Candidate *c, const Node *n, int peak_at, uint64_t *cost, uint64_t *waits, int depth)
{
    const Kin *k = kin(n);
    if (r->stamp[k->at] == r->round)
        return true;
    int *chain = arena_grow(r->l.scratch, r->chain, (size_t)r->n_chain, &r->cap_chain, int);
    if (!k->pure || k->at >= c->until || r->n_chain == MAX_CHAIN || depth > MAX_CHAIN || !chain)
        return false;
    r->chain = chain;
    r->chain[r->n_chain++] = k->at;
    r->stamp[k->at] = r->round;
    *cost += k->cost;
    r->l.work++;
    for (int i = 0; i < n->n_in; i++)
        if (n->in[i] && life_of(r, n->in[i])->root && !need_input(r, c, n->in[i], peak_at, cost, waits, depth))
            return false;
    return true;
}

/* Everything that later readers of the value's storage want of what was made before. */
static bool way_back(Recompute *r, Candidate *c, int peak_at)
{
    const Life *f = &r->l.life[c->value];
    uint64_t waits = 0;
    r->n_chain = 0;
    r->round++;
    c->cost = 0;
    for (size_t u = f->use; u < f->use + f->n_uses; u++) {
        const Node *maker = r->l.use[u].v->producer;
        if (r->l.use[u].at > peak_at && kin(maker)->at < peak_at && !need(r, c, maker, peak_at, &c->cost, &waits, 0))
            return false;
    }
    c->bytes -= waits;
    return r->n_chain > 0;
}

static bool is_candidate(const Recompute *r, uint32_t id, int at, Candidate *c)
{
    const Life *f = &r->l.life[id];
    if (f->root != id || f->pinned || !f->bytes || f->def >= at || f->last <= at)
        return false;
    c->until = -1;
    for (size_t u = f->use; u < f->use + f->n_uses; u++) {
        if (r->l.use[u].at == at)
            return false;
        if (r->l.use[u].at > at && c->until < 0)
            c->until = r->l.use[u].at;
    }
    c->value = id;
    c->bytes = f->bytes;
    return c->until > at;
}

static int by_worth(const void *pa, const void *pb)
{
    const Candidate *a = pa, *b = pb;
    const double x = (double)a->cost * (double)b->bytes, y = (double)b->cost * (double)a->bytes;
    return x < y ? -1 : x > y ? 1 : a->value < b->value ? -1 : a->value > b->value;
}

/* ── changes, and back ── */

static void redirect(Recompute *r, Node *n, int in, Value *to)
{
    Change *list = arena_grow(r->l.scratch, r->change, r->n_change, &r->cap_change, Change);
    r->l.oom |= !list;
    if (!list)
        return;
    r->change = list;
    r->change[r->n_change++] = (Change){n, in, n->in[in]};
    n->in[in] = to;
}

static void undo(Recompute *r, size_t from)
{
    while (r->n_change > from) {
        const Change *c = &r->change[--r->n_change];
        c->n->in[c->in] = c->was;
    }
}

static Node *copy_node(Recompute *r, const Node *o, Node *before)
{
    Graph *g = r->l.g;
    Node *n = graph_node(g, before, o->op, o->name, o->n_in, o->in, o->n_out);
    for (int i = 0; n && i < o->n_out; i++) {
        if (!o->out[i]) {
            n->out[i] = NULL;
            continue;
        }
        n->out[i]->type = o->out[i]->type;
        n->out[i]->known = o->out[i]->known;
        n->out[i]->n_known = o->out[i]->n_known;
        n->out[i]->device = o->out[i]->device;
    }
    for (int i = 0; n && i < o->n_attrs; i++) {
        Attr a = o->attrs[i];
        Graph *body = a.kind == ATTR_GRAPH ? graph_clone_body(a.graph, g) : NULL;
        if (a.kind == ATTR_GRAPH)
            a.graph = body;
        if ((a.kind == ATTR_GRAPH && !body) || !node_attr(n, &a))
            return NULL;
        if (body)
            body->owner = n;
    }
    if (n)
        n->origin = o->origin;
    return n && lives_kin(&r->l, n, kin(o)->orig) ? n : NULL;
}

static int by_place(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }

/* Copies the chain before the reader; made[i] is the copy of chain[i]. */
static bool copy_chain(Recompute *r, const Candidate *c, Node **made)
{
    Node *before = r->l.at[c->until];
    qsort(r->chain, (size_t)r->n_chain, sizeof *r->chain, by_place);
    for (int i = 0; i < r->n_chain; i++) {
        const Node *o = r->l.at[r->chain[i]];
        Node *n = made[i] = copy_node(r, o, before);
        if (!n)
            return r->l.oom = true, false;
        for (int k = 0; k < n->n_in; k++) {
            Value *x = n->in[k], *y = x && life_of(r, x)->root && life_of(r, x)->root != c->value ? present(r, x, c->until) : NULL;
            n->in[k] = y ? y : x;
            for (int j = 0; j < i && x; j++) /* what the chain itself has made is newer */
                if (r->l.at[r->chain[j]] == x->producer)
                    n->in[k] = made[j]->out[x->out_index];
        }
    }
    return true;
}

/* Readers after the place read the copies. */
static void read_copies(Recompute *r, const Candidate *c, Node *const *made, int peak_at)
{
    const Life *f = &r->l.life[c->value];
    for (size_t u = f->use; u < f->use + f->n_uses; u++) {
        Node *n = r->l.at[r->l.use[u].at];
        Value *v = r->l.use[u].v;
        if (r->l.use[u].at <= peak_at || kin(v->producer)->at >= peak_at)
            continue;
        for (int j = 0; j < r->n_chain; j++)
            for (int i = 0; i < n->n_in && r->l.at[r->chain[j]] == v->producer; i++)
                if (n->in[i] == v)
                    redirect(r, n, i, made[j]->out[v->out_index]);
    }
}

static bool is_better(const Recompute *r) { return r->l.peak < r->peak || (r->l.peak == r->peak && r->l.n_peak < r->n_peak); }

static void accept(Recompute *r)
{
    r->peak = r->l.peak;
    r->n_peak = r->l.n_peak;
    r->n_change = 0;
}

/* Readers of `from`'s outputs read those of `to`, which comes first. */
static void stand_in(Recompute *r, const Node *to, const Node *from)
{
    for (int o = 0; o < from->n_out; o++) {
        const Life *f = from->out[o] ? life_of(r, from->out[o]) : NULL;
        for (size_t u = 0; f && f->root && u < f->n_uses; u++) {
            Node *n = r->l.at[r->l.use[f->use + u].at];
            for (int i = 0; i < n->n_in && to->out[o]; i++)
                if (n->in[i] == from->out[o])
                    redirect(r, n, i, to->out[o]);
        }
    }
}

/* Copies further down that a new one, n, can stand in for. */
static bool share(Recompute *r, const Node *n)
{
    for (Kin *k = kin(kin(n)->orig); k; k = k->next) {
        if (k->at < 0 || kin(n)->at < 0 || k->at <= kin(n)->at)
            continue;
        stand_in(r, n, k->node);
        if (!lives_find(&r->l))
            return false;
        if (is_better(r) || (r->l.peak == r->peak && r->l.n_peak == r->n_peak)) {
            accept(r);
            continue;
        }
        undo(r, 0);
        if (!lives_find(&r->l))
            return false;
    }
    return true;
}

/* false: out of memory. */
static bool try_change(Recompute *r, Candidate *c, int peak_at, bool *done)
{
    Node *made[MAX_CHAIN];
    c->bytes = r->l.life[c->value].bytes;
    *done = false;
    if (!way_back(r, c, peak_at))
        return true;
    if (!copy_chain(r, c, made))
        return false;
    read_copies(r, c, made, peak_at);
    if (!lives_find(&r->l))
        return false;
    *done = is_better(r);
    const int n = r->n_chain;
    if (*done) {
        accept(r);
        for (int i = n - 1; i >= 0; i--)
            if (!share(r, made[i]))
                return false;
        return true;
    }
    undo(r, 0);
    for (int i = n - 1; i >= 0; i--) {
        Kin *orig = kin(kin(made[i])->orig);
        orig->next = kin(made[i])->next; /* the youngest is first */
        graph_remove(made[i]);
    }
    return lives_find(&r->l);
}

/* ── the search ── */

/* A stamp for each place. */
static bool stamps(Recompute *r)
{
    if ((size_t)r->l.n > r->cap_stamp)
        r->stamp = arena_array(r->l.scratch, int, r->cap_stamp = 2 * (size_t)r->l.n);
    if (r->stamp)
        memset(r->stamp, 0, r->cap_stamp * sizeof *r->stamp);
    r->round = 0;
    return r->stamp != NULL;
}

static Candidate *candidates(Recompute *r, int peak_at, size_t *n)
{
    size_t cap = 0;
    Candidate *list = NULL;
    *n = 0;
    for (uint32_t id = 1; id < r->l.n_ids; id++) {
        Candidate c;
        if (!is_candidate(r, id, peak_at, &c) || !way_back(r, &c, peak_at))
            continue;
        Candidate *grown = *n < cap ? list : realloc(list, (cap = cap ? 2 * cap : 64) * sizeof *list);
        if (!grown) {
            r->l.oom = true;
            free(list);
            return NULL;
        }
        list = grown;
        list[(*n)++] = c;
    }
    if (*n)
        qsort(list, *n, sizeof *list, by_worth);
    return list;
}

/* One change at the fullest place. false: out of memory, or nothing can be let go there. */
static bool empty_peak(Recompute *r)
{
    const int peak_at = r->l.peak_at;
    size_t n;
    bool done = false, ok = stamps(r);
    Candidate *list = ok ? candidates(r, peak_at, &n) : NULL;
    for (size_t i = 0; list && ok && !done && i < n && i < MAX_TRIES; i++)
        ok = try_change(r, &list[i], peak_at, &done) && (done || stamps(r));
    free(list);
    return ok && done;
}

/* The latest node that does what k's does and comes before it. */
static const Node *before(const Kin *k)
{
    const Kin *best = NULL;
    for (const Kin *o = kin(k->orig); o; o = o->next)
        if (o->at >= 0 && o->at < k->at && (!best || o->at > best->at))
            best = o;
    return best ? best->node : NULL;
}

static int by_cost(const void *pa, const void *pb)
{
    const Kin *a = *(Kin *const *)pa, *b = *(Kin *const *)pb;
    return a->cost != b->cost ? (a->cost < b->cost ? 1 : -1) : a->at - b->at;
}

/* Copies go that the target does not need, the dearest first. */
static bool spare(Recompute *r, int64_t target)
{
    Kin **list = arena_array(r->l.scratch, Kin *, r->l.n + 1);
    size_t n = 0;
    for (int i = 0; list && i < r->l.n; i++)
        if (kin(r->l.at[i])->orig != r->l.at[i])
            list[n++] = kin(r->l.at[i]);
    if (!list)
        return false;
    if (n)
        qsort(list, n, sizeof *list, by_cost);
    for (size_t i = 0; i < n && r->l.work < max_work; i++) {
        const Node *first = list[i]->at >= 0 ? before(list[i]) : NULL;
        if (!first)
            continue;
        stand_in(r, first, list[i]->node);
        if (!lives_find(&r->l))
            return false;
        if (r->l.peak <= target)
            r->n_change = 0;
        else
            undo(r, 0);
        if (!lives_find(&r->l))
            return false;
    }
    return true;
}

SpmlCode graph_recompute(Graph *g, uint64_t target, Recomputed *out, Error *err)
{
    Arena scratch = {0};
    Recompute r = {0};
    const int64_t most = target < INT64_MAX ? (int64_t)target : INT64_MAX;
    bool ok = lives_begin(&r.l, g, &scratch) && lives_find(&r.l);
    *out = (Recomputed){.before = (uint64_t)r.l.peak};
    accept(&r);
    while (ok && r.l.peak > most && r.l.work < max_work && empty_peak(&r))
        ;
    ok = ok && !r.l.oom && (r.l.peak > most || spare(&r, most));
    out->least = (uint64_t)r.l.peak;
    for (int i = 0; ok && i < r.l.n; i++)
        out->copies += kin(r.l.at[i])->orig != r.l.at[i];
    for (Node *x = g->last, *prev; x; x = prev) {
        prev = x->prev;
        if (ok && kin(x)->at < 0)
            graph_remove(x); /* outputs that nobody reads stay: what a node computes with may depend on which it has */
        x->tag = NULL;
    }
    arena_free(&scratch);
    return ok && !g->arena->oom ? SPML_OK : error_oom(err);
}
