/* SPDX-License-Identifier: MIT
 * tasks: time by step of a session that was opened with profile. Sums over steps exceed the time of a run when steps overlap. */
#include "tasks.h"

#include "ir/ops.h"

#include <stdlib.h>
#include <string.h>

static int64_t extent(Session *s, const Type *t, int i) { return run_dim(s, t->dim[i]); }

static int64_t count(Session *s, const Type *t)
{
    int64_t n = 1;
    for (int i = 0; i < t->rank; i++)
        n *= extent(s, t, i);
    return n;
}

int64_t node_flop(Session *s, const Node *n)
{
    if (n->op == OP_conv_dx || n->op == OP_conv_dw || n->op == OP_conv_blocked_dx || n->op == OP_conv_blocked_weights) /* several steps, each a part of the work */
        return 0;
    if (op_info[n->op].space != SPACE_CONTRACT || n->n_in < 2 || !n->in[0] || !n->in[1] || !n->n_out || !n->out[0])
        return 0;
    const Value *second = n->in[n->op == OP_qlinear_conv || n->op == OP_qlinear_conv_add || n->op == OP_qlinear_matmul ? 3 : 1]; /* after the first one's scale and zero point */
    const Type *a = &n->in[0]->type, *w = &second->type;
    int64_t k = w->rank > 0 ? extent(s, w, 0) : 0;
    if (n->op == OP_conv || n->op == OP_conv_blocked || n->op == OP_conv_integer || n->op == OP_qlinear_conv || n->op == OP_qlinear_conv_add)
        return k ? 2 * count(s, &n->out[0]->type) * (count(s, w) / k) : 0;
    if (n->op == OP_conv_transpose)
        return k ? 2 * count(s, a) * (count(s, w) / k) : 0;
    return a->rank > 0 ? 2 * count(s, &n->out[0]->type) * extent(s, a, a->rank - (node_int(n, "trans_a", 0) && a->rank > 1 ? 2 : 1)) : 0;
}

const Node *region_root(const Node *n)
{
    for (int i = 0; n->op == OP_region && i < n->n_attrs; i++)
        for (const Node *b = n->attrs[i].kind == ATTR_GRAPH ? n->attrs[i].graph->first : NULL; b; b = b->next)
            if (op_info[b->op].space == SPACE_CONTRACT)
                return b;
    return n;
}

static double operand_bytes(Session *s, const Operand *o)
{
    double n = dtype_info[o->type].bytes;
    for (int d = 0; d < o->rank; d++)
        n *= dim_is(o->stride[d], 0) ? 1 : (double)run_dim(s, o->dim[d]);
    return n / dtype_info[o->type].block;
}

/* Each operand once. Of a gather the rows that it takes, not the table. */
static double call_bytes(Session *s, const CallSpec *c)
{
    double sum = 0, last = c && c->n_args ? operand_bytes(s, &c->args[c->n_args - 1]) : 0;
    for (int i = 0; c && i < c->n_args; i++) {
        const double b = operand_bytes(s, &c->args[i]);
        sum += c->kernel && !strncmp(c->kernel, "gather", 6) && b > last ? last : b;
    }
    return sum;
}

/* What lies between a call and its head never gets to memory. */
int64_t step_bytes(Session *s, const Step *st)
{
    const CallSpec *c = st->call;
    const double sum = call_bytes(s, c) + call_bytes(s, st->post);
    double between = st->head ? operand_bytes(s, &c->args[0]) : 0;
    if (st->joined)
        between += operand_bytes(s, &c->args[c->n_args - 1]) + (st->post ? operand_bytes(s, &st->post->args[0]) : 0);
    return (int64_t)(sum - between);
}

static bool of_bytes(const Node *root)
{
    const Value *x = root->n_in ? root->in[0] : NULL;
    return x && x->type.kind == TYPE_TENSOR && dtype_is_int(x->type.dtype) && dtype_info[x->type.dtype].bytes == 1;
}

/* Seconds that the roof allows. */
static double least_seconds(const SpmlRoof *r, double flop, double bytes, bool of_bytes)
{
    const double rate = of_bytes && r->byte_ops > 0 ? r->byte_ops : r->flops, compute = rate > 0 ? flop / rate : 0, read = r->read_bytes > 0 ? bytes / r->read_bytes : 0;
    return compute > read ? compute : read;
}

double spml_roof_share(const SpmlRoof *r, const SpmlProfileRow *row)
{
    return row->ms > 0 ? least_seconds(r, (double)row->flop, (double)row->bytes, row->of_bytes) * 1e3 / row->ms : 0;
}

double spml_session_predict(SpmlSession *h, const SpmlRoof *r)
{
    Session *s = h->running ? h->running : h->symbolic;
    const Block *b = s ? s->g->plan : NULL;
    const double launch = 1e-6; /* about what a step costs whatever it does */
    double seconds = 0;
    for (int32_t i = 0; b && i < b->n_steps; i++) {
        const Step *st = b->steps[i];
        const Node *root = st->kind == STEP_CALL || st->kind == STEP_COPY ? region_root(st->node) : NULL;
        if (root && call_known(st->call) && (!st->post || call_known(st->post)))
            seconds += launch + least_seconds(r, st->kind == STEP_CALL ? (double)node_flop(s, root) : 0, (double)step_bytes(s, st), of_bytes(root));
    }
    return b && b->layouts ? seconds * 1e3 : -1;
}

static void put_extents(Session *s, const Value *v, Text *t)
{
    if (!v || v->type.kind != TYPE_TENSOR || v->type.rank < 0)
        return;
    int first = v->type.rank > 1 && extent(s, &v->type, 0) == 1; /* a batch of one says nothing */
    for (int i = first; i < v->type.rank; i++)
        text_printf(t, "%s%lld", i > first ? "x" : "", (long long)extent(s, &v->type, i));
    if (first == v->type.rank)
        text_puts(t, "1");
}

/* "conv3x3s2_f32", "add_f32"; with its engine where a contraction is not packed. */
static const char *kernel_name(Session *s, const Node *n, const char *engine)
{
    Text t = {0};
    const Value *y = n->n_out ? n->out[0] : NULL;
    int64_t n_strides = 0;
    const int64_t *stride = node_ints(n, "strides", &n_strides);
    text_puts(&t, op_info[n->op == OP_conv_blocked ? OP_conv : n->op].name); /* blocks show in the extents */
    const Type *w = (n->op == OP_conv || n->op == OP_conv_blocked) && n->n_in > 1 && n->in[1] ? &n->in[1]->type : NULL;
    for (int i = 2; w && i < w->rank; i++)
        text_printf(&t, "%s%lld", i > 2 ? "x" : "", (long long)extent(s, w, i));
    if (w && n_strides && stride[0] != 1)
        text_printf(&t, "s%lld", (long long)stride[0]);
    text_printf(&t, "_%s", y && y->type.kind == TYPE_TENSOR ? dtype_name(y->type.dtype) : "any");
    if (op_info[n->op].space == SPACE_CONTRACT && strcmp(engine, "contraction"))
        text_printf(&t, "_%s", engine);
    const char *name = t.oom ? NULL : arena_strndup(&s->arena, t.p, t.n);
    text_free(&t);
    return name;
}

static const char *node_name(const Node *n) { return n->name && *n->name ? n->name : n->n_out && n->out[0] && n->out[0]->name ? n->out[0]->name : op_info[n->op].name; }

static const char *pair(Arena *a, const char *x, const char *y)
{
    Text t = {0};
    text_printf(&t, "%s + %s", x ? x : "", y ? y : "");
    const char *both = t.oom ? NULL : arena_strndup(a, t.p, t.n);
    text_free(&t);
    return both;
}

/* A call and its head are one row. */
static void add_head(Session *s, const Step *head, const char *engine, SpmlProfileRow *r)
{
    r->kernel = pair(&s->arena, kernel_name(s, region_root(head->node), engine), r->kernel);
    r->node = pair(&s->arena, node_name(head->node), r->node);
    r->flop += node_flop(s, region_root(head->node));
    r->bytes += step_bytes(s, head);
}

static void fill_row(Session *s, const DevicePair *on, const Step *st, SpmlProfileRow *r)
{
    Arena *a = &s->arena;
    const CallState *cs = st->compiled;
    const Node *n = st->node;
    Text shape = {0};
    const Node *from = n;
    for (const Step *h = st->head; h; h = h->head)
        from = h->node;
    put_extents(s, from->n_in ? from->in[0] : NULL, &shape);
    text_puts(&shape, " -> ");
    put_extents(s, n->n_out ? n->out[0] : NULL, &shape);
    const char *engine = cs->k->made[SIDE_CPU] ? on->cpu->engine(cs->k->made[SIDE_CPU]) : on->backend->engine(cs->k->made[SIDE_DEVICE]);
    const Node *root = region_root(n);
    r->kernel = kernel_name(s, root, engine);
    r->node = node_name(n);
    r->shape = shape.p ? arena_strndup(a, shape.p, shape.n) : "";
    r->runs = cs->n_runs;
    r->ms = cs->n_runs ? (double)cs->ns / 1e6 / (double)cs->n_runs : 0;
    r->flop = node_flop(s, root);
    r->bytes = step_bytes(s, st);
    r->of_bytes = of_bytes(root);
    for (const Step *h = st->head; h; h = h->head)
        add_head(s, h, engine, r);
    if (!r->kernel || !r->node || !r->shape)
        *r = (SpmlProfileRow){.kernel = "", .node = "", .shape = ""};
    text_free(&shape);
}

static int by_time(const void *a, const void *b)
{
    const SpmlProfileRow *x = a, *y = b;
    return x->ms < y->ms ? 1 : x->ms > y->ms ? -1 : 0;
}

static size_t timeline(Session *s, const DevicePair *on, SpmlProfileRow *out, size_t max)
{
    const Block *b = s ? s->g->plan : NULL;
    size_t n = 0;
    for (int32_t i = 0; b && i < b->n_steps; i++) {
        const Step *st = b->steps[i];
        const CallState *cs = st->compiled;
        if ((st->kind != STEP_CALL && st->kind != STEP_COPY) || !cs || !cs->n_runs)
            continue;
        if (n < max)
            fill_row(s, on, st, &out[n]);
        n++;
    }
    return n;
}

size_t spml_session_timeline(SpmlSession *h, SpmlProfileRow *out, size_t max) { return timeline(h->running ? h->running : h->symbolic, &h->on, out, max); }

size_t profile_steps(Session *s, const DevicePair *on, SpmlProfileRow *out, size_t max)
{
    size_t n = timeline(s, on, out, max);
    if (out && max)
        qsort(out, n < max ? n : max, sizeof *out, by_time);
    return n;
}

size_t spml_session_profile(SpmlSession *h, SpmlProfileRow *out, size_t max) { return profile_steps(h->running ? h->running : h->symbolic, &h->on, out, max); }
