/* SPDX-License-Identifier: MIT
 * lower: copies that only rearrange go away. Takes the steps of a graph; where a copy makes the whole of a temporary, the calls that read it see the copy's source
 * through the composed view (transposes, reshapes, splits and slices in front of a product); where a temporary has no reader but one copy, the calls that make
 * it write to the copy's target (reshapes and transposes behind it, parts of a concat or of a state); a temporary that is a part of a concat lives there, its other
 * readers read it there. The same elements in the same order of writing: bits are kept. What is not a plain map of axes keeps its copy. */
#include "base/hard.h"
#include "kir/prims.h"
#include "lower/lower.h"
#include "ops/ops.h"

#include <string.h>

enum { MOVED_MAX = 16 }; /* uses of a value that goes away */

/* An operand of a call or copy; at: the number of the step. */
typedef struct Use { Operand *o; Step *step; int at; const Node *part; /* the concat whose part it writes, where a copy of it has gone */ bool writes; /* of a state's */ } Use;
typedef struct Uses { int n; size_t cap; Use *use; } Uses;
/* What is done with a value; Value.tag points to it. */
typedef struct Seen {
    Uses read, write;
    int first_read, last_write; /* steps; −1: none */
    Uses touch;                 /* of a state: who reads and writes its storage, whatever it is called by then */
    bool held;                  /* of a state: by any of its names it is pinned */
    const Node *parts;          /* the concat whose copies are all that writes it, at first; NULL: something else writes it */
    bool pinned;                /* something else looks at it: a node the executor runs, an output, a scalar */
} Seen;

typedef struct Views { Graph *g; const KModule *m; bool oom; } Views;

static Seen *seen(const Value *v) { return v->tag; }

static Seen *see(Views *w, Value *v)
{
    if (!v->tag) {
        Seen *s = v->tag = arena_new(w->g->arena, Seen);
        w->oom = w->oom || !s;
        if (s)
            *s = (Seen){.first_read = -1, .last_write = -1};
    }
    return v->tag;
}

static void pin(Views *w, Value *v)
{
    const Value *root = v ? value_state(v) : NULL;
    Seen *s = v ? see(w, v) : NULL, *state = root ? see(w, (Value *)root) : NULL;
    if (s)
        s->pinned = true;
    if (state)
        state->held = true;
}

/* ── which operands a kernel writes ── */

/* Of a generated text: parameters in order, each with its direction in front; those with brackets are tensors. */
static uint32_t text_writes(const char *text)
{
    uint32_t bits = 0, at = 0;
    for (const char *p = strchr(text, '('), *end; p && *p != ')'; p = end) {
        int depth = 0;
        bool tensor = false;
        for (p += strspn(p, "(, \n"), end = p; *end && (depth || (*end != ',' && *end != ')')); end++) {
            depth += (*end == '[') - (*end == ']');
            tensor = tensor || *end == '[';
        }
        if (tensor && (!strncmp(p, "out ", 4) || !strncmp(p, "inout ", 6)))
            bits |= 1u << at;
        at += tensor;
    }
    return bits;
}

static uint32_t call_writes(const Views *w, const CallSpec *c)
{
    return c->text ? text_writes(c->text) : kir_kernel_writes(w->m, c->kernel);
}

/* ── what the steps do with each value ── */

static void use_add(Views *w, Uses *u, Use one)
{
    Use *l = arena_grow(w->g->arena, u->use, (size_t)u->n, &u->cap, Use);
    w->oom = w->oom || !l;
    if (l) {
        u->use = l;
        u->use[u->n++] = one;
    }
}

static void note_state(Views *w, Use one, bool writes)
{
    const Value *root = value_state(one.o->value);
    Seen *s = root ? see(w, (Value *)root) : NULL;
    one.writes = writes;
    if (s)
        use_add(w, &s->touch, one);
}

static void note(Views *w, Step *st, Operand *o, bool writes, int at)
{
    Seen *s = see(w, o->value);
    if (!s)
        return;
    use_add(w, writes ? &s->write : &s->read, (Use){.o = o, .step = st, .at = at});
    note_state(w, (Use){.o = o, .step = st, .at = at}, writes);
    if (writes)
        s->parts = st->kind == STEP_COPY && st->node->op == OP_concat && (s->write.n == 1 || s->parts == st->node) ? st->node : NULL;
    if (writes)
        s->last_write = at;
    else if (s->first_read < 0)
        s->first_read = at;
}

static void pin_call(Views *w, const CallSpec *c)
{
    for (int i = 0; c && i < c->n_args; i++)
        pin(w, c->args[i].value);
    for (int i = 0; c && i < c->n_scalars; i++)
        if (c->scalars[i].kind == SCALAR_VALUE)
            pin(w, c->scalars[i].value);
}

static void note_call(Views *w, Step *st, CallSpec *c, uint32_t writes, int at)
{
    if (!writes) /* a kernel of no module: nothing is known */
        pin_call(w, c);
    for (int i = 0; i < c->n_args; i++)
        note(w, st, &c->args[i], writes >> i & 1, at);
    for (int i = 0; i < c->n_scalars; i++)
        if (c->scalars[i].kind == SCALAR_VALUE)
            pin(w, c->scalars[i].value);
}

static void pin_graph(Views *w, const Graph *g, int depth)
{
    for (size_t i = 0; i < g->n_out; i++)
        pin(w, g->out[i]);
    for (const Node *n = g->first; n && depth < IR_MAX_DEPTH; n = n->next) {
        for (int i = 0; i < n->n_in; i++)
            pin(w, n->in[i]);
        for (int i = 0; i < n->n_attrs; i++)
            if (n->attrs[i].kind == ATTR_GRAPH)
                pin_graph(w, n->attrs[i].graph, depth + 1);
    }
}

static void pin_node(Views *w, const Node *n)
{
    for (int i = 0; i < n->n_in; i++)
        pin(w, n->in[i]);
    for (int i = 0; i < n->n_out; i++)
        pin(w, n->out[i]);
    for (int i = 0; i < n->n_attrs; i++)
        if (n->attrs[i].kind == ATTR_GRAPH)
            pin_graph(w, n->attrs[i].graph, 0);
}

static void pin_steps(Views *w, const Step *st)
{
    for (; st; st = st->next) {
        pin_call(w, st->call);
        pin_call(w, st->post);
        if (st->kind == STEP_NODE || st->kind == STEP_HOST)
            pin_node(w, st->node);
        pin_steps(w, st->body);
    }
}

static void note_step(Views *w, Step *st, int at)
{
    if (st->kind == STEP_CALL) {
        note_call(w, st, st->call, call_writes(w, st->call), at);
        if (st->post)
            note_call(w, st, st->post, 1, at);
    } else if (st->kind == STEP_COPY) {
        note_call(w, st, st->call, 2, at);
    } else if (st->kind == STEP_PEERS && st->call->n_args == 1) { /* a part of a state, known as no call is that other steps may move */
        note_state(w, (Use){.o = &st->call->args[0], .step = st, .at = at}, true);
        if (see(w, st->call->args[0].value))
            seen(st->call->args[0].value)->pinned = true;
    } else {
        Step alone = *st;
        alone.next = NULL;
        pin_steps(w, &alone);
    }
}

static void forget_call(const CallSpec *c)
{
    for (int i = 0; c && i < c->n_args; i++)
        c->args[i].value->tag = NULL;
    for (int i = 0; c && i < c->n_scalars; i++)
        if (c->scalars[i].kind == SCALAR_VALUE)
            c->scalars[i].value->tag = NULL;
}

static void forget_graph(const Graph *g, int depth)
{
    for (size_t i = 0; i < g->n_out; i++)
        g->out[i]->tag = NULL;
    for (const Node *n = g->first; n && depth < IR_MAX_DEPTH; n = n->next) {
        for (int i = 0; i < n->n_in + n->n_out; i++) {
            Value *v = i < n->n_in ? n->in[i] : n->out[i - n->n_in];
            if (v)
                v->tag = NULL;
        }
        for (int i = 0; i < n->n_attrs; i++)
            if (n->attrs[i].kind == ATTR_GRAPH)
                forget_graph(n->attrs[i].graph, depth + 1);
    }
}

static void forget_steps(const Step *st)
{
    for (; st; st = st->next) {
        forget_call(st->call);
        forget_call(st->post);
        forget_steps(st->body);
    }
}

static void note_all(Views *w, Step *first)
{
    forget_steps(first);
    forget_graph(w->g, 0);
    for (size_t i = 0; i < w->g->n_out; i++)
        pin(w, w->g->out[i]);
    int at = 0;
    for (Step *st = first; st; st = st->next)
        note_step(w, st, at++);
}

/* ── composing views ── */

/* A plain value cut into digits, and what a step of each is in the other value. */
typedef struct Digits { int n; const Dim *extent[IR_MAX_RANK], *weight[IR_MAX_RANK], *stride[IR_MAX_RANK]; } Digits;

/* plain: all of a value; other: where its elements are. Axes that continue each other in both are one digit. */
static void digits_make(Graph *g, const Operand *plain, const Operand *other, Digits *d)
{
    d->n = 0;
    const Dim *weight = dim_const(g, 1);
    for (int i = plain->rank - 1; i >= 0; i--) {
        const Dim *extent = plain->dim[i];
        if (dim_is(extent, 1))
            continue;
        if (d->n && other->stride[i] == dim_mul(g, d->stride[d->n - 1], d->extent[d->n - 1])) {
            d->extent[d->n - 1] = dim_mul(g, d->extent[d->n - 1], extent);
        } else {
            d->extent[d->n] = extent;
            d->weight[d->n] = weight;
            d->stride[d->n++] = other->stride[i];
        }
        weight = dim_mul(g, weight, extent);
    }
}

/* The digit that axis i of o walks along, and how many of its steps one of the axis is. −1: none. */
static int digit_of(const Digits *d, const Operand *o, int i, int64_t *steps)
{
    int64_t s, w, e;
    for (int j = 0; j < d->n; j++) {
        if (o->stride[i] == d->weight[j] && (*steps = 1))
            return j;
        if (dim_lit(o->stride[i], &s) && dim_lit(d->weight[j], &w) && dim_lit(d->extent[j], &e) && s > 0 && w > 0 && s % w == 0 && s / w < e) {
            *steps = s / w;
            return j;
        }
    }
    return -1;
}

/* o, a view of the plain value, as a view of the other one. false: it is not a map of axes. */
static bool compose(Graph *g, const Digits *d, const Operand *other, const Operand *o, Operand *out)
{
    int64_t first, used[IR_MAX_RANK] = {0}, at[IR_MAX_RANK] = {0}, w, e, n, steps;
    bool whole[IR_MAX_RANK] = {0};
    if (!dim_lit(o->offset, &first) || first < 0)
        return false;
    *out = *o;
    out->value = other->value;
    out->offset = other->offset;
    for (int j = d->n - 1; j >= 0 && first; j--) {
        if (!dim_lit(d->weight[j], &w) || !dim_lit(d->extent[j], &e) || !w)
            return false;
        at[j] = first / w;
        first -= at[j] * w;
        if (at[j] >= e)
            return false;
        out->offset = dim_add(g, out->offset, dim_mul(g, dim_const(g, at[j]), d->stride[j]));
    }
    for (int i = 0; i < o->rank; i++) {
        if (dim_is(o->dim[i], 1) || dim_is(o->stride[i], 0)) {
            out->stride[i] = dim_const(g, 0);
            continue;
        }
        int j = digit_of(d, o, i, &steps);
        if (j < 0 || whole[j])
            return false;
        out->stride[i] = dim_mul(g, dim_const(g, steps), d->stride[j]);
        if (dim_lit(o->dim[i], &n) && dim_lit(d->extent[j], &e)) {
            used[j] += n ? steps * (n - 1) : 0;
            if (at[j] + used[j] >= e)
                return false;
        } else {
            whole[j] = steps == 1 && !at[j] && !used[j] && o->dim[i] == d->extent[j];
            if (!whole[j])
                return false;
        }
    }
    return !g->arena->oom;
}

/* ── where a view is as good as a copy ── */

/* Kernels that gather their operands into panels anyway. */
static bool is_product(const CallSpec *c) { return c->kernel && (!strcmp(c->kernel, "matmul") || !strcmp(c->kernel, "contract")); }

static bool unit_axis(const Operand *o)
{
    for (int i = 0; i < o->rank; i++)
        if (dim_is(o->stride[i], 1))
            return true;
    return false;
}

/* The stride of the last axis that has one. */
static const Dim *last_stride(const Operand *o)
{
    for (int i = o->rank - 1; i >= 0; i--)
        if (!dim_is(o->dim[i], 1))
            return o->stride[i];
    return NULL;
}

/* only: nobody else has this view; elementwise kernels see each element once, as the copy does. */
static bool worth(const Step *st, const Operand *was, const Operand *now, bool only)
{
    const Dim *a = last_stride(was), *b = last_stride(now);
    if (a == b || (a && !dim_is(a, 1)))
        return true;
    return st->kind == STEP_CALL && ((is_product(st->call) && unit_axis(now)) || (st->call->text && only));
}

/* ── copies ── */

static bool owned(const Views *w, const Value *v) { return v->residency == RES_TEMP && v->graph == w->g && v->type.kind == TYPE_TENSOR; }

static bool whole(const Views *w, const Operand *o)
{
    const Type *t = &o->value->type;
    return view_is_plain(o) && dim_is(o->offset, 0) && o->type == t->dtype && dim_product(w->g, o->dim, o->rank) == dim_product(w->g, t->dim, t->rank);
}

/* Some other copy of f may share its storage and be written later. Parts of a concat do not overlap. */
static bool shared_later(const Seen *f)
{
    for (int i = 0; i < f->read.n; i++) {
        const Seen *t = f->read.use[i].step->kind == STEP_COPY ? seen(f->read.use[i].step->call->args[1].value) : NULL;
        if (t && t->write.n > 1 && !t->parts)
            return true;
    }
    return false;
}

/* Is v a state that nothing writes from the copy `at` on until all uses are past? */
static bool quiet_state(const Value *v, int at, const Uses *u)
{
    const Value *root = value_state(v);
    const Seen *s = root ? seen(root) : NULL;
    int last = at;
    for (int i = 0; i < u->n; i++)
        last = u->use[i].at > last ? u->use[i].at : last;
    for (int i = 0; s && i < s->touch.n; i++)
        if (s->touch.use[i].writes && s->touch.use[i].at >= at && s->touch.use[i].at <= last)
            return false;
    return root && v->type.kind == TYPE_TENSOR;
}

/* Between two views of one type, of elements that have addresses. */
static bool movable(const Operand *from, const Operand *to)
{
    const DType t = from->type;
    return t == to->type && t == from->value->type.dtype && t == to->value->type.dtype && t != DT_string && dtype_info[t].block == 1 && from->value != to->value && from->rank == to->rank;
}

/* Every use sees `other` where it saw all of the plain value. */
static bool compose_all(Views *w, const Operand *plain, const Operand *other, const Uses *u, Operand *now)
{
    Digits d;
    digits_make(w->g, plain, other, &d);
    for (int i = 0; i < u->n; i++)
        if (i == MOVED_MAX || u->use[i].o->type != plain->type || !compose(w->g, &d, other, u->use[i].o, &now[i]) || !worth(u->use[i].step, u->use[i].o, &now[i], u->n == 1))
            return false;
    return true;
}

static void move_uses(Views *w, const Uses *from, Uses *to, const Operand *now)
{
    for (int i = 0; i < from->n; i++) {
        *from->use[i].o = now[i];
        use_add(w, to, from->use[i]);
    }
}

static void use_drop(Uses *u, const Operand *o)
{
    int k = 0;
    for (int i = 0; i < u->n; i++)
        if (u->use[i].o != o)
            u->use[k++] = u->use[i];
    u->n = k;
}

/* The readers of the copy's target read its source. */
static bool read_source(Views *w, Step *c, int at)
{
    Operand *from = &c->call->args[0], *to = &c->call->args[1], now[MOVED_MAX];
    Seen *t = seen(to->value), *f = seen(from->value);
    const Residency r = from->value->residency;
    if (t->pinned || t->write.n != 1 || !t->read.n || !owned(w, to->value) || !whole(w, to) || !movable(from, to))
        return false;
    if ((r != RES_CONST && r != RES_INPUT && !owned(w, from->value) && !quiet_state(from->value, at, &t->read)) || f->last_write >= at || (r != RES_STATE && shared_later(f)))
        return false;
    if (!compose_all(w, to, from, &t->read, now))
        return false;
    use_drop(&f->read, from);
    move_uses(w, &t->read, &f->read, now);
    return true;
}

/* Nothing else is written to t while f is made, but other parts of the same concat. */
static bool free_to_write(const Seen *t, const Seen *f, const Step *c, int at)
{
    if (t->first_read >= 0 && t->first_read < at)
        return false;
    for (int i = 0; i < t->write.n; i++) {
        const Use *u = &t->write.use[i];
        const Node *by = u->part ? u->part : u->step->node;
        if (u->at < at && u->at > f->write.use[0].at && (by != c->node || c->node->op != OP_concat))
            return false;
    }
    return true;
}

/* Elements of a state, in a row. */
static bool state_range(const Operand *o, int64_t *from, int64_t *to)
{
    int64_t n;
    if (!view_is_plain(o) || !dim_lit(o->offset, from) || !dim_lit(dim_product(o->value->graph, o->dim, o->rank), &n))
        return false;
    *to = *from + n;
    return true;
}

/* Nobody else looks at these elements of a state while f is made. */
static bool free_state(const Operand *to, const Seen *f, int at)
{
    const Value *root = value_state(to->value);
    const Seen *s = root ? seen(root) : NULL;
    int64_t from, end, a, b;
    int first = at;
    if (!s || s->held || !state_range(to, &from, &end))
        return false;
    for (int i = 0; i < f->write.n; i++)
        first = f->write.use[i].at < first ? f->write.use[i].at : first;
    for (int i = 0; i < s->touch.n; i++) {
        const Use *u = &s->touch.use[i];
        if (u->o != to && u->at >= first && u->at <= at && (!state_range(u->o, &a, &b) || (a < end && from < b)))
            return false;
    }
    return true;
}

/* Both with their axes in an order in which x is row-major, where there is one. */
static void order_axes(Graph *g, Operand *x, Operand *y)
{
    const Dim *want = dim_const(g, 1);
    for (int last = x->rank - 1; last > 0; last--) {
        int i = last;
        while (i > 0 && x->stride[i] != want)
            i--;
        const Dim *dim = x->dim[i], *sx = x->stride[i], *sy = y->stride[i];
        for (; i < last; i++)
            x->dim[i] = y->dim[i] = x->dim[i + 1], x->stride[i] = x->stride[i + 1], y->stride[i] = y->stride[i + 1];
        x->dim[last] = y->dim[last] = dim, x->stride[last] = sx, y->stride[last] = sy;
        want = dim_mul(g, want, dim);
    }
}

/* The calls that make the copy's source write to its target, and who else reads the source reads it there, where nothing overwrites it: in a concat. */
static bool write_target(Views *w, Step *c, int at)
{
    Operand *from = &c->call->args[0], *to = &c->call->args[1], plain = *from, other = *to, now[MOVED_MAX], read[MOVED_MAX];
    Seen *t = seen(to->value), *f = seen(from->value);
    Uses others = f->read;
    if (f->pinned || !f->write.n || !owned(w, from->value) || !movable(from, to))
        return false;
    order_axes(w->g, &plain, &other);
    if (!whole(w, &plain) || f->last_write >= at || (owned(w, to->value) ? !free_to_write(t, f, c, at) : !free_state(to, f, at)))
        return false;
    use_drop(&others, from); /* in place: if the rest fails, the copy is put back */
    const bool fits = (!others.n || (t->parts && !t->pinned)) && compose_all(w, &plain, &other, &f->write, now) && compose_all(w, &plain, &other, &others, read);
    if (!fits) {
        others.use[others.n] = (Use){.o = from, .step = c, .at = at};
        return false;
    }
    f->read = others;
    use_drop(&t->write, to);
    const int old = t->write.n;
    move_uses(w, &f->write, &t->write, now);
    for (int i = old; i < t->write.n; i++) {
        t->write.use[i].part = c->node;
        note_state(w, t->write.use[i], true);
    }
    move_uses(w, &f->read, &t->read, read);
    return true;
}

static bool literal_view(const Operand *o, int64_t *dim, int64_t *stride, int64_t *offset)
{
    bool ok = dim_lit(o->offset, offset);
    for (int i = 0; i < o->rank && ok; i++)
        ok = dim_lit(o->dim[i], &dim[i]) && dim_lit(o->stride[i], &stride[i]);
    return ok;
}

/* Does y go on where x ends, along axis k? *step: from x's last index to y's first, of which there is none yet where both have one index. */
static bool goes_on(const int64_t *dim_x, const int64_t *dim_y, const int64_t *sx, const int64_t *sy, int64_t apart, int rank, int k, int64_t *step)
{
    for (int i = 0; i < rank; i++)
        if (i != k && (dim_x[i] != dim_y[i] || (dim_x[i] > 1 && sx[i] != sy[i])))
            return false;
    *step = dim_x[k] > 1 ? sx[k] : dim_y[k] > 1 ? sy[k] : apart;
    return apart > 0 && (dim_x[k] <= 1 || sx[k] == *step) && (dim_y[k] <= 1 || sy[k] == *step) && *step * dim_x[k] == apart;
}

/* Parts of a concat that are neighbours in one source too (what a split had cut) are copied as one. */
static bool join(Views *w, Step *c, int at)
{
    Step *d = c->next;
    (void)at;
    if (!d || d->kind != STEP_COPY || d->node != c->node || c->node->op != OP_concat)
        return false;
    Operand *x[2] = {&c->call->args[0], &c->call->args[1]}, *y[2] = {&d->call->args[0], &d->call->args[1]};
    int64_t dim[2][2][IR_MAX_RANK], stride[2][2][IR_MAX_RANK], first[2][2], step[2];
    for (int o = 0; o < 2; o++)
        if (x[o]->value != y[o]->value || x[o]->type != y[o]->type || x[o]->rank != y[o]->rank || !literal_view(x[o], dim[o][0], stride[o][0], &first[o][0]) ||
            !literal_view(y[o], dim[o][1], stride[o][1], &first[o][1]))
            return false;
    for (int k = x[0]->rank - 1; k >= 0; k--)
        if (goes_on(dim[0][0], dim[0][1], stride[0][0], stride[0][1], first[0][1] - first[0][0], x[0]->rank, k, &step[0]) &&
            goes_on(dim[1][0], dim[1][1], stride[1][0], stride[1][1], first[1][1] - first[1][0], x[1]->rank, k, &step[1])) {
            for (int o = 0; o < 2; o++) { /* the second takes in the first */
                y[o]->offset = x[o]->offset;
                y[o]->dim[k] = dim_const(w->g, dim[o][0][k] + dim[o][1][k]);
                y[o]->stride[k] = dim_const(w->g, step[o]);
            }
            return true;
        }
    return false;
}

static void each_copy(Views *w, Step **first, bool (*drop)(Views *, Step *, int))
{
    int at = 0;
    for (Step **s = first; *s; at++)
        if ((*s)->kind == STEP_COPY && drop(w, *s, at))
            *s = (*s)->next;
        else
            s = &(*s)->next;
}

SpmlCode lower_views(Graph *g, Step **first, Error *err)
{
    Views w = {.g = g};
    SpmlCode code = kernels_module(&w.m, err);
    if (code)
        return code;
    note_all(&w, *first);
    if (!w.oom)
        each_copy(&w, first, read_source);
    each_copy(&w, first, join);
    note_all(&w, *first); /* steps have new numbers */
    if (!w.oom)
        each_copy(&w, first, write_target);
    return w.oom || g->arena->oom ? error_oom(err) : SPML_OK;
}

/* ── calls that run as one ── */

static bool window_of(const CallSpec *c, int64_t *stride, const Dim *const **size, int *n)
{
    const Operand *w = &c->args[1];
    *n = 0, *stride = 1;
    for (int i = 0; i < CALL_CONSTS && c->consts[i].name; i++) {
        int64_t v;
        if (!strncmp(c->consts[i].name, "ST.", 3) && (!dim_lit(c->consts[i].value, &v) || v != 1))
            *stride = 2;
        if (!strcmp(c->consts[i].name, "G") && !dim_is(c->consts[i].value, 1))
            return false;
    }
    *size = w->dim + 2, *n = w->rank - 2;
    return w->value->residency == RES_CONST;
}

/* Windows that no other algorithm than the sum itself is worth while for: single pixels, or with steps. */
static bool head_fits(const CallSpec *c, bool *single /* a pixel for each */)
{
    int64_t stride;
    const Dim *const *size;
    int n;
    if (!c->kernel || strcmp(c->kernel, "conv_blocked") || c->types[0].type != DT_f32 || c->n_args != 4 || !window_of(c, &stride, &size, &n))
        return false;
    bool ones = true;
    for (int i = 0; i < n; i++)
        ones = ones && dim_is(size[i], 1);
    *single = ones && stride == 1;
    return ones || stride > 1;
}

enum { JOIN_RANK = 5 /* images: N, C/16, H, W, 16 */, JOIN_LINE = 4 /* pixels of a line, at least */, JOIN_ROWS = 14 /* of each thread */, JOIN_BYTES = HARD(1 << 20, 1) };

/* Nobody else looks at what a makes and b reads first, whole. */
static bool between(const Step *a, const Step *b)
{
    const Operand *y = &a->call->args[3], *x = &b->call->args[0];
    const Seen *s = seen(y->value);
    int64_t d;
    if (x->value != y->value || b->call->args[1].value->residency != RES_CONST || y->rank != JOIN_RANK || x->rank != JOIN_RANK || y->value->type.rank != JOIN_RANK)
        return false;
    for (int i = 0; i < JOIN_RANK; i++)
        if (y->dim[i] != x->dim[i] || y->value->type.dim[i] != y->dim[i] || (i && !dim_lit(y->dim[i], &d)))
            return false;
    bool ok = s && !s->pinned && s->read.n == 1 && view_is_plain(y) && view_is_plain(x) && dim_is(y->offset, 0) && dim_is(x->offset, 0) && d == 16;
    for (int i = 0; ok && i < s->write.n; i++)
        ok = s->write.use[i].step == a;
    return ok && !value_state(y->value) && y->value->residency == RES_TEMP;
}

static int64_t extent_of(const Operand *o, int d)
{
    int64_t n = 0;
    return dim_lit(o->dim[d], &n) ? n : 0;
}

static bool window_follows(const Step *a, const Step *b) { return b->call->kernel && !strcmp(b->call->kernel, "conv_blocked_dw") && b->call->types[0].type == DT_f32 && between(a, b) && extent_of(&a->call->args[3], 3) >= JOIN_LINE; }

/* A window over an image so large that what it gives would leave the caches, and so tall that cutting it for the threads costs little. */
static bool sum_follows(const Step *a, const Step *b, int threads)
{
    const Operand *y = &a->call->args[3];
    int64_t bytes = (int64_t)sizeof(float);
    bool single;
    if (!head_fits(b->call, &single) || !single || !between(a, b) || extent_of(y, 3) < JOIN_LINE || extent_of(y, 2) < (int64_t)JOIN_ROWS * threads)
        return false;
    for (int i = 1; i < JOIN_RANK; i++)
        if (__builtin_mul_overflow(bytes, extent_of(y, i), &bytes))
            return false;
    return bytes >= JOIN_BYTES;
}

static bool calls(const Step *s) { return s->kind == STEP_CALL && s->next && s->next->kind == STEP_CALL; }

static void join_to_next(Step *s) { s->joined = s->next, s->next->head = s; }

SpmlCode lower_joins(Graph *g, Step *first, int threads, Error *err)
{
    Views w = {.g = g};
    SpmlCode code = kernels_module(&w.m, err);
    if (code)
        return code;
    bool single;
    note_all(&w, first);
    for (Step *s = first; s && !w.oom; s = s->next)
        if (calls(s) && head_fits(s->call, &single) && window_follows(s, s->next))
            join_to_next(s);
    for (Step *s = first; s && !w.oom; s = s->next)
        if (calls(s) && s->head && !s->joined && !s->next->joined && sum_follows(s, s->next, threads))
            join_to_next(s);
    return w.oom || g->arena->oom ? error_oom(err) : SPML_OK;
}
