/* SPDX-License-Identifier: MIT
 * lower: the builder behind the lower_* and view_* functions of ir/calls.h. Takes nodes, appends steps to a list in the graph's arena.
 * A view function that fails marks the builder; the next lower_call then fails, so that lowerings read as straight lines. */
#include "base/span.h"
#include "lower/lower.h"
#include "ops/ops.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { REPEAT_DEPTH = 8 };

struct Lower {
    Graph *g;
    const Node *node;
    Step *last;                                               /* the newest step */
    StepList list;                                            /* where steps go now */
    struct { Step *step; StepList outer; } repeat[REPEAT_DEPTH];
    int depth;
    const char *bad;                                          /* the first view that could not be made */
};

Graph *lower_graph(Lower *l) { return l->g; }

static const Dim *d_mul(Lower *l, const Dim *a, const Dim *b) { return dim_mul(l->g, a, b); }

Operand lower_value(Lower *l, Value *v)
{
    Operand x = {.value = v, .type = v->type.dtype, .rank = v->type.rank, .offset = dim_const(l->g, 0)};
    const Dim *stride = dim_const(l->g, 1);
    if (v->type.kind != TYPE_TENSOR || x.rank < 0) {
        l->bad = "a value that is not a tensor of known rank";
        x.rank = 0;
    }
    for (int i = x.rank - 1; i >= 0; i--) {
        x.dim[i] = v->type.dim[i];
        x.stride[i] = stride;
        stride = d_mul(l, stride, x.dim[i]);
    }
    return x;
}

Value *lower_temp(Lower *l, DType t, int rank, const Dim *const *dims)
{
    Type type = type_tensor(l->g, t, rank, dims);
    return graph_value(l->g, NULL, &type);
}

Operand view_permute(Lower *l, Operand x, const int *perm)
{
    (void)l;
    Operand y = x;
    for (int i = 0; i < x.rank; i++) {
        y.dim[i] = x.dim[perm[i]];
        y.stride[i] = x.stride[perm[i]];
    }
    return y;
}

Operand view_expand(Lower *l, Operand x, int rank, const Dim *const *dims)
{
    Operand y = x;
    if (rank < x.rank || rank > IR_MAX_RANK) {
        l->bad = "expand to a smaller rank";
        return x;
    }
    y.rank = rank;
    for (int i = 0; i < rank; i++) {
        int from = i - (rank - x.rank);
        bool wide = from < 0 || (dim_is(x.dim[from], 1) && !dim_is(dims[i], 1));
        y.dim[i] = wide ? dims[i] : x.dim[from];
        y.stride[i] = wide ? dim_const(l->g, 0) : x.stride[from];
    }
    return y;
}

/* Literal slices stay inside their axis. */
static bool slice_fits(const Dim *extent, const Dim *start, const Dim *len, int64_t step)
{
    int64_t n, a, count, last;
    if (!dim_lit(extent, &n) || !dim_lit(start, &a) || !dim_lit(len, &count) || !count)
        return true;
    if (count < 0 || __builtin_mul_overflow(count - 1, step, &last) || __builtin_add_overflow(a, last, &last))
        return false;
    return a >= 0 && a < n && last >= 0 && last < n;
}

Operand view_slice(Lower *l, Operand x, int axis, const Dim *start, const Dim *len, int64_t step)
{
    if (!slice_fits(x.dim[axis], start, len, step))
        l->bad = "slice beyond its axis";
    x.offset = dim_add(l->g, x.offset, d_mul(l, start, x.stride[axis]));
    x.stride[axis] = d_mul(l, x.stride[axis], dim_const(l->g, step));
    x.dim[axis] = len;
    return x;
}

Operand view_drop(Lower *l, Operand x, int axis)
{
    (void)l;
    for (int i = axis; i + 1 < x.rank; i++) {
        x.dim[i] = x.dim[i + 1];
        x.stride[i] = x.stride[i + 1];
    }
    x.rank--;
    return x;
}

Operand view_select(Lower *l, Operand x, int axis, const Dim *index)
{
    x.offset = dim_add(l->g, x.offset, d_mul(l, index, x.stride[axis]));
    return view_drop(l, x, axis);
}

Operand view_insert(Lower *l, Operand x, int axis)
{
    if (x.rank >= IR_MAX_RANK) {
        l->bad = "more than 16 dimensions";
        return x;
    }
    for (int i = x.rank; i > axis; i--) {
        x.dim[i] = x.dim[i - 1];
        x.stride[i] = x.stride[i - 1];
    }
    x.dim[axis] = dim_const(l->g, 1);
    x.stride[axis] = dim_const(l->g, 0);
    x.rank++;
    return x;
}

bool view_is_plain(const Operand *x)
{
    Graph *g = x->value->graph;
    const Dim *want = dim_const(g, 1);
    for (int i = x->rank - 1; i >= 0; i--) {
        if (x->stride[i] != want && !dim_is(x->dim[i], 1))
            return false;
        want = dim_mul(g, want, x->dim[i]);
    }
    return true;
}

Operand view_reshape(Lower *l, Operand x, int rank, const Dim *const *dims)
{
    if (!view_is_plain(&x))
        l->bad = "reshape of a strided view";
    int64_t before, after;
    if (dim_lit(dim_product(l->g, x.dim, x.rank), &before) && dim_lit(dim_product(l->g, dims, rank), &after) && before != after)
        l->bad = "reshape to another number of elements";
    Operand y = x;
    y.rank = rank;
    const Dim *stride = dim_const(l->g, 1);
    for (int i = rank - 1; i >= 0; i--) {
        y.dim[i] = dims[i];
        y.stride[i] = stride;
        stride = d_mul(l, stride, dims[i]);
    }
    return y;
}

Operand view_cast(Lower *l, Operand x, DType same_width)
{
    if (dtype_info[x.type].bytes != dtype_info[same_width].bytes || dtype_info[x.type].block != dtype_info[same_width].block)
        l->bad = "reinterpretation at another width";
    x.type = same_width;
    return x;
}

Operand lower_plain(Lower *l, Operand x)
{
    if (view_is_plain(&x))
        return x;
    Operand y = lower_value(l, lower_temp(l, x.type, x.rank, x.dim));
    Error err = {0};
    if (lower_copy(l, x, y, &err))
        l->bad = "a copy that could not be made";
    return y;
}

static SpmlCode step_add(Lower *l, Step **out, StepKind kind, Error *err)
{
    if (l->bad)
        return lower_unsupported(l->node, err, "%s", l->bad);
    Step *s = arena_new(l->g->arena, Step);
    if (!s || l->g->arena->oom)
        return error_oom(err);
    s->kind = kind;
    s->node = l->node;
    *l->list.tail = s;
    l->list.tail = &s->next;
    l->last = s;
    *out = s;
    return SPML_OK;
}

/* A step of that kind with a copy of the call, without the operands that it does not have: most calls have three of two dozen. */
static SpmlCode call_add(Lower *l, Step **s, StepKind kind, const CallSpec *c, Error *err)
{
    SpmlCode code = step_add(l, s, kind, err);
    if (!code && !((*s)->call = call_copy(l->g->arena, c)))
        code = error_oom(err);
    return code;
}

SpmlCode lower_call(Lower *l, const CallSpec *c, Error *err)
{
    Step *s;
    return call_add(l, &s, STEP_CALL, c, err);
}

static bool same_space(const Operand *a, const Operand *b)
{
    for (int i = 0; i < a->rank && a->rank == b->rank; i++)
        if (a->dim[i] != b->dim[i])
            return false;
    return a->rank == b->rank && a->value == b->value;
}

/* x [d0, …, n] as [d0·…, n] = dim, where its leading axes are one: contiguous, or broadcast. */
static bool merge_rows(Graph *g, Operand *x, const Dim *const *dim)
{
    Operand y = *x;
    const Dim *rows = dim_const(g, 1), *stride = NULL;
    y.rank = 2;
    for (int i = x->rank - 2; i >= 0; i--) {
        if (dim_is(x->dim[i], 1))
            continue;
        if (stride && x->stride[i] != dim_mul(g, stride, rows))
            return false;
        stride = stride ? stride : x->stride[i];
        rows = dim_mul(g, rows, x->dim[i]);
    }
    y.dim[0] = rows, y.stride[0] = stride ? stride : dim_const(g, 0);
    y.dim[1] = x->dim[x->rank - 1], y.stride[1] = x->stride[x->rank - 1];
    if (rows != dim[0] || y.dim[1] != dim[1])
        return false;
    *x = y;
    return true;
}

/* Where the last call made its output as a matrix of all rows (matmul), the elementwise kernel sees its operands so too. */
static void follow_rows(Lower *l, const Operand *made, CallSpec *post)
{
    Operand to[CALL_ARGS];
    if (made->rank != 2 || post->args[0].rank <= 2 || made->value != post->args[0].value)
        return;
    memcpy(to, post->args, (size_t)post->n_args * sizeof *to);
    for (int i = 0; i < post->n_args; i++)
        if (to[i].rank != post->args[0].rank || !merge_rows(l->g, &to[i], made->dim))
            return;
    memcpy(post->args, to, (size_t)post->n_args * sizeof *to);
    post->ranks[0].rank = 2;
}

SpmlCode lower_post(Lower *l, CallSpec *post, Error *err)
{
    const Operand *out = &post->args[0];
    CallSpec *last = l->last && l->last->kind == STEP_CALL && !l->last->post && l->depth == 0 ? l->last->call : NULL;
    if (last && last->n_args)
        follow_rows(l, &last->args[last->n_args - 1], post);
    if (last && last->n_args && same_space(&last->args[last->n_args - 1], out) && view_is_plain(&last->args[last->n_args - 1])) {
        l->last->post = call_copy(l->g->arena, post);
        return l->last->post ? SPML_OK : error_oom(err);
    }
    return lower_call(l, post, err);
}

SpmlCode lower_copy(Lower *l, Operand from, Operand to, Error *err)
{
    Step *s;
    return call_add(l, &s, STEP_COPY, &(CallSpec){.args = {from, to}, .n_args = 2}, err);
}

SpmlCode lower_fill(Lower *l, Operand to, double value, Error *err)
{
    return lower_call(l, &(CallSpec){.kernel = "fill", .types = {{"T", to.type}}, .args = {to}, .n_args = 1,
                                     .scalars = {scalar_f(value)}, .n_scalars = 1}, err);
}

SpmlCode lower_host(Lower *l, Node *n, HostFn fn, Error *err)
{
    (void)n;
    Step *s;
    SpmlCode code = step_add(l, &s, fn ? STEP_HOST : STEP_NODE, err);
    if (!code)
        s->host = fn;
    return code;
}

SpmlCode lower_peers(Lower *l, Operand from, const Operand *to, Error *err)
{
    Step *s;
    if (!view_is_plain(&from) || (to && (!view_is_plain(to) || !dim_is(to->offset, 0) || !dim_is(from.offset, 0))))
        return lower_unsupported(l->node, err, "what ranks exchange is no plain value");
    return call_add(l, &s, STEP_PEERS, &(CallSpec){.args = {from, to ? *to : (Operand){0}}, .n_args = to ? 2 : 1}, err);
}

SpmlCode lower_bind(Lower *l, Sym *sym, Operand count, Error *err)
{
    Step *s;
    SpmlCode code = call_add(l, &s, STEP_BIND, &(CallSpec){.args = {count}, .n_args = 1}, err);
    if (!code)
        s->sym = sym;
    return code;
}

const Dim *lower_repeat_begin(Lower *l, const Dim *count, Error *err)
{
    Step *s;
    if (l->depth == REPEAT_DEPTH || step_add(l, &s, STEP_REPEAT, err))
        return NULL;
    s->count = count;
    s->sym = graph_data_sym(l->g, count);
    l->repeat[l->depth].step = s;
    l->repeat[l->depth++].outer = l->list;
    l->list = (StepList){.tail = &s->body};
    return s->sym ? dim_sym(l->g, s->sym) : (error_oom(err), NULL);
}

SpmlCode lower_repeat_end(Lower *l, Error *err)
{
    (void)err;
    l->list = l->repeat[--l->depth].outer;
    return SPML_OK;
}

SpmlCode lower_unsupported(const Node *n, Error *err, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return error_set(err, SPML_UNSUPPORTED, "node-unsupported", "node '%.200s': %s: %s", n->name ? n->name : "",
                     n->origin ? n->origin : op_info[n->op].name, text);
}

SpmlCode node_lower(Node *n, Step **out, Error *err)
{
    Lower l = {.g = n->graph, .node = n};
    l.list.tail = out;
    *out = NULL;
    if (n->dynamic && !(op_info[n->op].flags & OPF_CONTROL))
        return lower_host(&l, n, NULL, err);
    SpmlCode code = op_fns[n->op].lower(&l, n, err);
    if (!code && l.bad)
        code = lower_unsupported(n, err, "%s", l.bad);
    return code ? code : n->graph->arena->oom ? error_oom(err) : SPML_OK;
}

SpmlCode graph_lower(Graph *g, Step **out, Error *err)
{
    SpmlCode first = SPML_OK;
    Step **tail = out;
    *out = NULL;
    for (Node *n = g->first; n; n = n->next) {
        Error one = {0};
        SpmlCode code = node_lower(n, tail, &one);
        if (code && !first) {
            first = code;
            if (err)
                *err = one;
        } else if (code) {
            error_line(err, "%s", one.text);
        }
        if (code == SPML_RESOURCE)
            break;
        while (*tail)
            tail = &(*tail)->next;
    }
    return first ? first : lower_views(g, out, err);
}

static void number_call(Graph *root, const CallSpec *c)
{
    for (int i = 0; c && i < c->n_args; i++)
        if (!c->args[i].value->id)
            c->args[i].value->id = root->n_ids++;
    for (int i = 0; c && i < c->n_scalars; i++)
        if (c->scalars[i].kind == SCALAR_VALUE && !c->scalars[i].value->id)
            c->scalars[i].value->id = root->n_ids++;
}

void graph_number_temps(Graph *root, Step *steps)
{
    for (Step *s = steps; s; s = s->next) {
        number_call(root->root, s->call);
        number_call(root->root, s->post);
        graph_number_temps(root, s->body);
    }
}
