/* SPDX-License-Identifier: MIT
 * run: executes the steps of a block in order: gives each value its memory when the step that defines it comes, runs the step, lets go of
 * what nobody reads any more. Memory is one arena per block, laid out per shape class; what has no bound lives on the heap. */
#include "base/span.h"
#include "plan/plan.h"
#include "run/run.h"

#include <stdlib.h>
#include <string.h>

enum { ARENA_ALIGN = 64, MAX_NESTING = 64 };

/* ── symbols and extents ── */

static SpmlCode memo_room(Session *s, Error *err)
{
    Graph *root = s->g->root;
    if (root->n_syms > s->n_sym) {
        size_t n = root->n_syms * 2;
        int64_t *p = realloc(s->sym, n * sizeof *p);
        if (!p)
            return error_oom(err);
        memset(p + s->n_sym, 0, (n - s->n_sym) * sizeof *p);
        s->sym = p;
        s->n_sym = n;
    }
    if (root->n_dims > s->n_dim_memo) {
        size_t n = root->n_dims * 2;
        int64_t *v = realloc(s->dim_val, n * sizeof *v);
        s->dim_val = v ? v : s->dim_val;
        uint64_t *e = realloc(s->dim_epoch, n * sizeof *e);
        s->dim_epoch = e ? e : s->dim_epoch;
        if (!v || !e)
            return error_oom(err);
        memset(e + s->n_dim_memo, 0, (n - s->n_dim_memo) * sizeof *e);
        s->n_dim_memo = n;
    }
    return SPML_OK;
}

int64_t run_dim(Session *s, const Dim *d)
{
    if (d->kind == DIM_CONST)
        return d->value;
    if (d->kind == DIM_SYM)
        return s->sym[d->sym->index];
    if (d->id >= s->n_dim_memo && memo_room(s, NULL))
        return -1;
    if (s->dim_epoch[d->id] != s->epoch) {
        s->dim_val[d->id] = dim_apply(d->kind, run_dim(s, d->a), run_dim(s, d->b));
        s->dim_epoch[d->id] = s->epoch;
    }
    return s->dim_val[d->id];
}

void run_set_sym(Session *s, const Sym *sym, int64_t value)
{
    if (s->sym[sym->index] != value) {
        s->sym[sym->index] = value;
        s->epoch++;
    }
}

SpmlCode run_bind_type(Session *s, const Value *v, Error *err)
{
    const RtValue *r = run_value(s, v);
    const Type *t = &v->type;
    if (t->kind != TYPE_TENSOR || t->rank < 0 || r->kind != TYPE_TENSOR)
        return SPML_OK;
    if (r->rank != t->rank)
        return error_set(err, SPML_DATA, "shape", "'%.200s' has %d dimensions, %d were expected", v->name ? v->name : "", r->rank, t->rank);
    for (int i = 0; i < t->rank; i++)
        if (t->dim[i]->kind == DIM_SYM)
            run_set_sym(s, t->dim[i]->sym, r->dim[i]);
    for (int i = 0; i < t->rank; i++)
        if (run_dim(s, t->dim[i]) != r->dim[i])
            return error_set(err, SPML_DATA, "shape", "'%.200s': dimension %d is %lld, wants %lld", v->name ? v->name : "", i, (long long)r->dim[i], (long long)run_dim(s, t->dim[i]));
    return SPML_OK;
}

/* ── constants ── */

SpmlCode const_value(const Value *v, RtValue *r, Error *err)
{
    int64_t dim[IR_MAX_RANK];
    if (!v->data || !value_literal(v, dim))
        return error_set(err, SPML_DATA, "input-missing", "value '%.200s' has no data", v->name ? v->name : "");
    size_t align = dtype_info[v->type.dtype].align, want;
    int64_t n = 1;
    for (int i = 0; i < v->type.rank; i++)
        n *= dim[i];
    if (!dtype_bytes(v->type.dtype, (uint64_t)n, &want) || want > v->data->sz)
        return error_set(err, SPML_DATA, "shape", "constant '%.200s' holds %zu bytes, its shape wants %zu", v->name ? v->name : "", v->data->sz, want);
    if ((uintptr_t)v->data->p % align == 0) {
        *r = (RtValue){.kind = TYPE_TENSOR, .dtype = v->type.dtype, .rank = v->type.rank, .data = (void *)v->data->p, .sz = want, .own = RT_BORROWED};
        memcpy(r->dim, dim, sizeof dim);
        return SPML_OK;
    }
    SpmlCode code = rt_alloc(r, v->type.dtype, v->type.rank, dim, err);
    if (!code)
        memcpy(r->data, v->data->p, want);
    return code;
}

/* ── blocks: which step defines and last reads each temporary ── */

typedef struct BlockBuild { Session *s; Block *b; Map seen; uint32_t *index_of /* by Value.id: index + 1 */; size_t cap; bool oom; } BlockBuild;

static uint32_t block_index(BlockBuild *k, const Value *v) { return v && v->id < k->s->n_rv ? k->index_of[v->id] : 0; }

static void block_define(BlockBuild *k, Value *v, int step)
{
    if (!v || v->graph != k->b->g || v->residency == RES_CONST || v->residency == RES_INPUT || value_state(v) || block_index(k, v)) /* captured values are defined outside */
        return;
    Block *b = k->b;
    BlockValue *list = arena_grow(&k->s->arena, b->values, b->n_values, &k->cap, BlockValue);
    if (!list) {
        k->oom = true;
        return;
    }
    b->values = list;
    b->values[b->n_values] = (BlockValue){.v = v, .first = step, .last = step, .root = b->n_values};
    k->index_of[v->id] = ++b->n_values;
}

static void block_use(BlockBuild *k, const Value *v, int step)
{
    uint32_t i = block_index(k, v);
    if (i && k->b->values[i - 1].last < step)
        k->b->values[i - 1].last = step;
}

static void block_graph_uses(BlockBuild *k, const Graph *g, int step, int depth)
{
    for (size_t i = 0; i < g->n_out; i++)
        block_use(k, g->out[i], step);
    for (const Node *n = g->first; n && depth < IR_MAX_DEPTH; n = n->next) {
        for (int i = 0; i < n->n_in; i++)
            block_use(k, n->in[i], step);
        for (int i = 0; i < n->n_attrs; i++)
            if (n->attrs[i].kind == ATTR_GRAPH)
                block_graph_uses(k, n->attrs[i].graph, step, depth + 1);
    }
}

static void block_node(BlockBuild *k, const Node *n, int step)
{
    for (int i = 0; i < n->n_out; i++)
        block_define(k, n->out[i], step);
    for (int i = 0; i < n->n_in; i++)
        block_use(k, n->in[i], step);
    for (int i = 0; i < n->n_attrs; i++)
        if (n->attrs[i].kind == ATTR_GRAPH)
            block_graph_uses(k, n->attrs[i].graph, step, 0);
}

static void block_call(BlockBuild *k, const CallSpec *c, int step)
{
    for (int i = 0; c && i < c->n_args; i++) {
        block_define(k, c->args[i].value, step);
        block_use(k, c->args[i].value, step);
    }
    for (int i = 0; c && i < c->n_scalars; i++)
        if (c->scalars[i].kind == SCALAR_VALUE)
            block_use(k, c->scalars[i].value, step);
}

static void block_step(BlockBuild *k, const Step *st, int step)
{
    block_call(k, st->call, step);
    block_call(k, st->post, step);
    for (const Step *h = st->head; h; h = h->head) { /* they run now */
        block_call(k, h->call, step);
        block_call(k, h->post, step);
    }
    if (st->kind == STEP_NODE || st->kind == STEP_HOST)
        block_node(k, st->node, step);
    for (const Step *b = st->body; b; b = b->next)
        block_step(k, b, step);
}

/* A copy of a whole plain value onto a whole plain value is no work: the second shares the first's storage. Not for outputs (the caller owns them). */
static bool whole_plain(const Operand *o)
{
    return view_is_plain(o) && dim_is(o->offset, 0);
}

static void block_alias(BlockBuild *k, Step *st)
{
    if (st->kind != STEP_COPY || st->call->args[0].type == DT_string)
        return;
    const Operand *from = &st->call->args[0], *to = &st->call->args[1];
    uint32_t f = block_index(k, from->value), t = block_index(k, to->value);
    Block *b = k->b;
    if (!f || !t || b->values[t - 1].output || b->values[f - 1].output || !whole_plain(from) || !whole_plain(to))
        return;
    const Type *x = &from->value->type, *y = &to->value->type;
    if (dim_product(b->g, x->dim, x->rank) != dim_product(b->g, y->dim, y->rank) || dim_product(b->g, from->dim, from->rank) != dim_product(b->g, x->dim, x->rank))
        return;
    uint32_t root = b->values[f - 1].root;
    b->values[t - 1].root = root;
}

static void block_merge_lives(Block *b)
{
    for (uint32_t i = 0; i < b->n_values; i++) {
        BlockValue *v = &b->values[i], *r = &b->values[v->root];
        r->last = v->last > r->last ? v->last : r->last;
    }
    for (uint32_t i = 0; i < b->n_values; i++)
        b->values[i].last = b->values[b->values[i].root].last; /* an alias goes with its storage */
}

static int32_t sort_key(const BlockValue *v, bool by_last) { return by_last ? v->last : v->first; }

/* Counting sort of value indices by step. */
static uint32_t *block_order(Session *s, const Block *b, bool by_last)
{
    uint32_t *order = arena_array(&s->arena, uint32_t, b->n_values + 1), *start = calloc((size_t)b->n_steps + 2, sizeof *start);
    for (uint32_t i = 0; order && start && i < b->n_values; i++)
        start[sort_key(&b->values[i], by_last) + 1]++;
    for (int32_t i = 0; start && i < b->n_steps; i++)
        start[i + 1] += start[i];
    for (uint32_t i = 0; order && start && i < b->n_values; i++)
        order[start[sort_key(&b->values[i], by_last)]++] = i;
    bool ok = start != NULL;
    free(start);
    return ok ? order : NULL;
}

static SpmlCode block_build(Session *s, Graph *g, Block *b, Error *err)
{
    Step *first;
    SpmlCode code = graph_lower(g, &first, err);
    if (!code && s->backend->joins) {
        DeviceInfo about;
        s->backend->info(s->device, &about);
        code = lower_joins(g, first, about.threads, err);
    }
    if (code)
        return code;
    for (Step *st = first; st; st = st->next)
        b->n_steps++;
    b->g = g;
    b->steps = arena_array(&s->arena, Step *, b->n_steps + 1);
    graph_number_temps(s->g, first);
    if (s->g->n_ids > s->n_rv) {
        RtValue *rv = realloc(s->rv, s->g->n_ids * sizeof *rv);
        if (!rv)
            return error_oom(err);
        s->rv = rv;
        memset(rv + s->n_rv, 0, (s->g->n_ids - s->n_rv) * sizeof *rv);
        Residence *h = s->remote ? realloc(s->home, s->g->n_ids * sizeof *h) : NULL;
        if (s->remote && !h)
            return error_oom(err);
        if (h)
            memset(h + s->n_rv, 0, (s->g->n_ids - s->n_rv) * sizeof *h);
        s->home = h;
        s->n_rv = s->g->n_ids;
    }
    BlockBuild k = {.s = s, .b = b, .index_of = calloc(s->n_rv + 1, sizeof(uint32_t))};
    if (!k.index_of || !b->steps) {
        free(k.index_of);
        return error_oom(err);
    }
    int32_t i = 0;
    for (Step *st = first; st; st = st->next, i++) {
        b->steps[i] = st;
        block_step(&k, st, i);
    }
    for (size_t o = 0; o < g->n_out; o++) {
        uint32_t at = block_index(&k, g->out[o]);
        if (at) {
            b->values[at - 1].output = true;
            b->values[at - 1].last = b->n_steps; /* moved out by the caller */
        }
    }
    for (Step *st = first; st; st = st->next) {
        block_alias(&k, st);
        if (st->joined)
            b->values[block_index(&k, st->call->args[st->call->n_args - 1].value) - 1].nowhere = true;
    }
    block_merge_lives(b);
    for (uint32_t v = 0; v < b->n_values && s->remote; v++)
        s->home[b->values[v].v->id].root = b->values[v].root != v ? b->values[b->values[v].root].v->id + 1 : 0;
    for (const Node *n = g->first; n && s->remote; n = n->next)
        for (int o = 0; o < n->n_out; o++)
            if (n->out[o] && value_state(n->out[o]))
                s->home[n->out[o]->id].root = value_state(n->out[o])->id + 1;
    for (uint32_t v = 0; v < b->n_values; v++)
        if (b->values[v].last >= b->n_steps)
            b->values[v].last = b->n_steps ? b->n_steps : 0;
    b->n_steps++; /* order tables have one slot past the end */
    b->def = block_order(s, b, false);
    b->die = block_order(s, b, true);
    b->n_steps--;
    free(k.index_of);
    return k.oom || s->arena.oom || !b->def || !b->die ? error_oom(err) : memo_room(s, err);
}

SpmlCode block_get(Session *s, Graph *g, Block **out, Error *err)
{
    if (!g->plan) {
        Block *b = arena_new(&s->arena, Block);
        SpmlCode code = b ? block_build(s, g, b, err) : error_oom(err);
        if (code)
            return code;
        g->plan = b;
    }
    *out = g->plan;
    return SPML_OK;
}

/* ── memory of a block, per shape class ── */

/* Powers of two up to 16, then three significant bits: at most a quarter more than asked for. */
static int64_t bucket_up(int64_t n)
{
    if (n <= 16) {
        int64_t b = 1;
        while (b < n)
            b *= 2;
        return b;
    }
    int shift = 61 - __builtin_clzll((uint64_t)(n - 1));
    int64_t step = (int64_t)1 << (shift < 0 ? 0 : shift);
    return (n + step - 1) / step * step;
}

/* What memory is laid out for while y has the value it has now: a live symbol's bound, the next class of any other. */
static int64_t sym_class(const Session *s, const Sym *y)
{
    const int64_t n = s->sym[y->index];
    return y->cls == SYM_LIVE && y->origin == SYM_INPUT && y->hi < INT64_MAX && n <= y->hi ? y->hi : bucket_up(n);
}

/* hi: NULL, then each symbol's class of now. */
static int64_t dim_bound(const Session *s, const Dim *d, const int64_t *hi, bool *ok, int depth)
{
    if (d->kind == DIM_CONST)
        return d->value;
    if (d->kind == DIM_SYM) {
        if (d->sym->origin == SYM_INPUT)
            return hi ? hi[d->sym->index] : sym_class(s, d->sym);
        if (!d->sym->bound || depth > 256)
            return *ok = false, 0;
        return dim_bound(s, d->sym->bound, hi, ok, depth + 1);
    }
    if (depth > 256)
        return *ok = false, 0;
    int64_t a = dim_bound(s, d->a, hi, ok, depth + 1), b = dim_bound(s, d->b, hi, ok, depth + 1);
    return dim_apply(d->kind, a, b);
}

bool value_room(const Session *s, const Value *v, const int64_t *hi, uint64_t *room)
{
    bool ok = v->type.kind == TYPE_TENSOR && v->type.rank >= 0 && v->type.dtype != DT_string && v->type.dtype != DT_none;
    int64_t n = 1;
    size_t sz = 0;
    for (int i = 0; ok && i < v->type.rank; i++) {
        int64_t d = dim_bound(s, v->type.dim[i], hi, &ok, 0);
        ok = ok && d >= 0 && i64_mul(n, d, &n);
    }
    ok = ok && dtype_bytes(v->type.dtype, (uint64_t)n, &sz) && sz < (size_t)1 << 46;
    *room = sz + 64; /* one spare vector: primitives may read a whole one at the end */
    return ok;
}

static SpmlCode layout_make(Session *s, Block *b, BlockLayout **out, Error *err)
{
    Graph *root = s->g->root;
    BlockLayout *l = arena_new(&s->arena, BlockLayout);
    PlanBuffer *buf = calloc(b->n_values + 1u, sizeof *buf);
    uint32_t *which = calloc(b->n_values + 1u, sizeof *which), n = 0;
    if (l) {
        l->n_syms = root->n_syms;
        l->sym_hi = arena_array(&s->arena, int64_t, root->n_syms + 1);
        l->offset = arena_array(&s->arena, uint64_t, b->n_values + 1u);
        l->room = arena_array(&s->arena, uint64_t, b->n_values + 1u);
    }
    bool ok = buf && which && !s->arena.oom;
    for (size_t i = 0; ok && i < root->n_syms; i++)
        l->sym_hi[i] = sym_class(s, root->syms[i]);
    for (uint32_t i = 0; ok && i < b->n_values; i++) {
        const BlockValue *v = &b->values[i];
        l->offset[i] = UINT64_MAX;
        if (v->root != i || v->nowhere || (v->output && (!s->remote || b->g->parent)) /* those of bodies are handed on */ || !value_room(s, v->v, l->sym_hi, &l->room[i]))
            continue;
        which[n] = i;
        buf[n++] = (PlanBuffer){v->first, v->last, l->room[i], 0};
    }
    ok = ok && plan_memory(buf, n, ARENA_ALIGN, &l->total);
    for (uint32_t i = 0; ok && i < n; i++)
        l->offset[which[i]] = buf[i].offset;
    if (ok)
        l->lower_bound = plan_lower_bound(buf, n, ARENA_ALIGN);
    free(buf);
    free(which);
    if (!ok)
        return error_oom(err);
    l->next = b->layouts;
    b->layouts = l;
    b->n_layouts++;
    *out = l;
    return SPML_OK;
}

void block_sizes(const Graph *g, uint64_t *bytes, uint64_t *least)
{
    const Block *b = g->plan;
    *bytes = b && b->layouts ? b->layouts->total : 0;
    *least = b && b->layouts ? b->layouts->lower_bound : 0;
}

static bool layout_fits(const Session *s, const BlockLayout *l)
{
    const Graph *root = s->g->root;
    for (size_t i = 0; i < root->n_syms; i++)
        if (root->syms[i]->origin == SYM_INPUT && (i >= l->n_syms || l->sym_hi[i] != sym_class(s, root->syms[i])))
            return false;
    return true;
}

SpmlCode block_layout(Session *s, Block *b, BlockLayout **out, Error *err)
{
    for (BlockLayout *l = b->layouts; l; l = l->next)
        if (layout_fits(s, l))
            return *out = l, SPML_OK;
    return layout_make(s, b, out, err);
}

void block_release(Session *s, Block *b)
{
    if (b->arena && s->remote)
        pool_give(s, b->arena, b->sz_arena);
    else
        s->backend->free(s->device, b->arena);
    free(b->host);
    b->arena = b->host = NULL;
    b->sz_arena = b->sz_host = 0;
}

void session_rest(Session *s)
{
    if (s->g->plan)
        block_release(s, s->g->plan);
}

SpmlCode session_plan(Session *s, uint64_t *bytes, Error *err)
{
    Block *b;
    BlockLayout *l;
    SpmlCode code = block_get(s, s->g, &b, err);
    if (!code)
        code = block_layout(s, b, &l, err);
    *bytes = code ? 0 : l->total;
    return code;
}

static SpmlCode block_memory(Session *s, Block *b, const BlockLayout *l, Error *err)
{
    if (l->total <= b->sz_arena)
        return SPML_OK;
    SpmlCode code = s->remote ? SPML_OK : queue_flush(s, err);
    if (code)
        return code;
    block_release(s, b);
    if (s->remote)
        return pool_take(s, l->total, &b->arena, &b->sz_arena, err);
    code = s->backend->alloc(s->device, l->total, &b->arena, err);
    b->sz_arena = code ? 0 : l->total;
    return code;
}

/* ── running ── */

/* The same where the device has memory of its own: bytes on the host come when they are read there. */
static void remote_begin(Session *s, Block *b, const BlockLayout *l, uint32_t i, size_t sz, bool made_by_host)
{
    const BlockValue *bv = &b->values[i];
    Residence *h = &s->home[bv->v->id];
    home_end(s, bv->v);
    *h = (Residence){.root = bv->root != i ? b->values[bv->root].v->id + 1 : 0};
    if (bv->root != i || l->offset[i] == UINT64_MAX || sz + 64 > l->room[i])
        return;
    h->p = (char *)b->arena + l->offset[i];
    h->room = l->room[i];
    h->block = bv->output || made_by_host ? NULL : b;
    h->offset = l->offset[i];
}

/* Lets go of the host's bytes, once no call that waits in the queue can read them. */
static SpmlCode value_drop(Session *s, const Value *v, Error *err)
{
    RtValue *r = run_value(s, v);
    SpmlCode code = r->own == RT_OWNED && r->data && !s->remote ? queue_flush(s, err) : SPML_OK;
    rt_clear(r);
    return code;
}

/* Gives value i its memory: from the arena, or the heap where it has no bound or is an output. Values that a node or host function makes
 * itself are left empty. */
static SpmlCode value_begin(Session *s, Block *b, const BlockLayout *l, uint32_t i, Error *err)
{
    const BlockValue *bv = &b->values[i];
    const Type *t = &bv->v->type;
    RtValue *r = run_value(s, bv->v);
    SpmlCode dropped = value_drop(s, bv->v, err);
    if (dropped)
        return dropped;
    const Step *st = b->steps[bv->first];
    if (st->kind == STEP_HOST || st->kind == STEP_NODE || t->kind != TYPE_TENSOR || t->rank < 0)
        return s->remote ? remote_begin(s, b, l, i, 0, true) : (void)0, SPML_OK;
    int64_t dim[IR_MAX_RANK], n = 1;
    size_t sz;
    for (int d = 0; d < t->rank; d++) {
        dim[d] = run_dim(s, t->dim[d]);
        if (dim[d] < 0 || !i64_mul(n, dim[d], &n))
            return error_set(err, SPML_DATA, "shape", "an intermediate extent is %lld", (long long)dim[d]);
    }
    if (s->remote && t->dtype != DT_string) {
        if (!dtype_bytes(t->dtype, (uint64_t)n, &sz))
            return error_oom(err);
        remote_begin(s, b, l, i, sz, false);
        *r = (RtValue){.kind = TYPE_TENSOR, .dtype = t->dtype, .rank = t->rank, .sz = sz, .own = RT_BORROWED};
    } else if (bv->root != i) {
        const RtValue *root = run_value(s, b->values[bv->root].v);
        *r = (RtValue){.kind = TYPE_TENSOR, .dtype = t->dtype, .rank = t->rank, .data = root->data, .sz = root->sz, .own = RT_BORROWED};
    } else if (bv->nowhere) {
        *r = (RtValue){.kind = TYPE_TENSOR, .dtype = t->dtype, .rank = t->rank, .own = RT_BORROWED};
    } else if (l->offset[i] != UINT64_MAX && dtype_bytes(t->dtype, (uint64_t)n, &sz) && sz + 64 <= l->room[i]) {
        *r = (RtValue){.kind = TYPE_TENSOR, .dtype = t->dtype, .rank = t->rank, .data = (char *)b->arena + l->offset[i], .sz = sz, .own = RT_BORROWED};
    } else {
        if (s->remote)
            remote_begin(s, b, l, i, 0, true);
        return rt_alloc_unset(r, t->dtype, t->rank, dim, err);
    }
    memcpy(r->dim, dim, sizeof dim);
    return SPML_OK;
}

static SpmlCode bind_run(Session *s, const Step *st, Error *err)
{
    const Operand *o = &st->call->args[0];
    RtValue *v;
    SpmlCode code = run_operand(s, o->value, &v, err);
    if (code)
        return code;
    int64_t at = run_dim(s, o->offset), n = dtype_get_i64(o->type, v->data, (uint64_t)at);
    run_set_sym(s, st->sym, n);
    return memo_room(s, err);
}

/* What was queued is done when the host's bytes are asked for. */
static SpmlCode peers_run(Session *s, const Step *st, Error *err)
{
    const CallSpec *c = st->call;
    const Operand *x = &c->args[0];
    Peers *p = s->shared->peers;
    RtValue *from, *to;
    if (!p)
        return error_set(err, SPML_USAGE, "peers", "a graph of several ranks is run by one");
    SpmlCode code = home_host(s, x->value, c->n_args == 1, &from, err);
    if (!code && c->n_args == 1)
        return p->hold ? SPML_OK : p->start(p, from->dtype, (char *)from->data + (size_t)run_dim(s, x->offset) * dtype_info[from->dtype].bytes, run_dim(s, x->dim[0]), err);
    if (!code)
        code = home_host(s, c->args[1].value, true, &to, err);
    if (!code && to->sz != from->sz * (size_t)p->n)
        code = error_set(err, SPML_USAGE, "peers", "a graph of %zu ranks is run by %d", from->sz ? to->sz / from->sz : 0, p->n);
    return code ? code : p->gather(p, from->data, from->sz, to->data, err);
}

static SpmlCode host_run(Session *s, const Step *st, Error *err)
{
    const Node *n = st->node;
    RtValue *in[256], *out[64], none = {0};
    if (n->n_in > 256 || n->n_out > 64)
        return error_set(err, SPML_UNSUPPORTED, "node-unsupported", "node '%.200s' has too many inputs", n->name ? n->name : "");
    for (int i = 0; i < n->n_in; i++) {
        in[i] = NULL;
        SpmlCode code = n->in[i] ? run_operand(s, n->in[i], &in[i], err) : SPML_OK;
        if (code)
            return code;
    }
    for (int i = 0; i < n->n_out; i++)
        out[i] = n->out[i] ? run_value(s, n->out[i]) : &none;
    SpmlCode code = st->host(&(struct RtContext){s}, n, in, out, err);
    rt_clear(&none);
    s->shared->counts.host_steps++;
    for (int i = 0; i < n->n_out && !code; i++)
        if (n->out[i]) {
            home_set(s, n->out[i]);
            code = run_bind_type(s, n->out[i], err);
        }
    return code ? error_context(err, "node '%.200s' (%s)", n->name ? n->name : "", n->origin ? n->origin : op_info[n->op].name) : SPML_OK;
}

static SpmlCode step_run(Session *s, Step *st, Error *err);

static SpmlCode repeat_run(Session *s, Step *st, Error *err)
{
    int64_t count = run_dim(s, st->count);
    SpmlCode code = SPML_OK;
    for (int64_t i = 0; i < count && !code; i++) {
        run_set_sym(s, st->sym, i);
        for (Step *b = st->body; b && !code; b = b->next)
            code = step_run(s, b, err);
    }
    return code;
}

static SpmlCode step_run(Session *s, Step *st, Error *err)
{
    if (atomic_load_explicit(s->shared->stop, memory_order_relaxed))
        return error_set(err, SPML_INTERRUPTED, "cancelled", "cancelled");
    switch (st->kind) {
    case STEP_CALL: return call_run(s, st, err);
    case STEP_COPY: return copy_run(s, st, err);
    case STEP_HOST: return host_run(s, st, err);
    case STEP_BIND: return bind_run(s, st, err);
    case STEP_REPEAT: return repeat_run(s, st, err);
    case STEP_PEERS: return peers_run(s, st, err);
    case STEP_NODE: break;
    }
    if (!(op_info[st->node->op].flags & OPF_CONTROL))
        return eager_run(s, st->node, err);
    s->shared->counts.host_steps++;
    return control_run(s, st->node, err);
}

/* Inputs and constants of its calls go up before the first of them, so that the calls follow each other. */
static SpmlCode block_upload(Session *s, const Block *b, Error *err)
{
    SpmlCode code = SPML_OK;
    void *p;
    for (uint32_t i = 0; i < b->n_fed && !code; i++)
        if (b->fed[i]->residency != RES_INPUT || run_value(s, b->fed[i])->kind == TYPE_TENSOR)
            code = home_device(s, b->fed[i], false, &p, err);
    return code;
}

SpmlCode block_run(Session *s, Block *b, Error *err)
{
    BlockLayout *l;
    if (++s->depth > MAX_NESTING)
        return error_set(err, SPML_RESOURCE, "nesting", "subgraphs are nested more than %d deep", MAX_NESTING);
    SpmlCode code = block_layout(s, b, &l, err);
    if (!code)
        code = block_memory(s, b, l, err);
    if (!code)
        code = block_compile(s, b, err);
    if (!code && s->remote)
        code = block_upload(s, b, err);
    uint32_t def = 0, die = 0;
    for (int32_t i = 0; i < b->n_steps && !code; i++) {
        for (; def < b->n_values && b->values[b->def[def]].first == i && !code; def++)
            code = value_begin(s, b, l, b->def[def], err);
        if (!code)
            code = step_run(s, b->steps[i], err);
        for (; die < b->n_values && b->values[b->die[die]].last == i && !code; die++)
            if (!b->values[b->die[die]].output) {
                code = value_drop(s, b->values[b->die[die]].v, err);
                home_end(s, b->values[b->die[die]].v);
            }
    }
    s->depth--;
    return code;
}
