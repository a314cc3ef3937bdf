/* SPDX-License-Identifier: MIT
 * run: control flow. Bodies are blocks of the same session: their values have their own ids, captured values are read where they are.
 * Body inputs are set to borrowed or owned runtime values, the block is run, its outputs are taken over. */
#include "base/span.h"
#include "run/run.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_ITERATIONS = 10000000 }; /* reliability.md section 4 */

static SpmlCode bad_body(const Node *n, Error *err)
{
    return error_set(err, SPML_DATA, "shape", "node '%.200s': the body does not fit the node", n->name ? n->name : "");
}

static Graph *body_of(const Node *n, const char *name)
{
    const Attr *a = node_find(n, name);
    return a && a->kind == ATTR_GRAPH ? a->graph : NULL;
}

/* A value between blocks: its description and host bytes, and, where the device has memory of its own, what it holds there. */
typedef struct Held { RtValue v; Residence h; } Held;

static void take(RtValue *to, RtValue *from)
{
    rt_clear(to);
    *to = *from;
    *from = (RtValue){0};
}

static void held_clear(Session *s, Held *x)
{
    rt_clear(&x->v);
    if (x->h.own)
        pool_give(s, x->h.p, x->h.room);
    *x = (Held){0};
}

static void held_move(Session *s, Held *to, Held *from)
{
    held_clear(s, to);
    *to = *from;
    *from = (Held){0};
}

static bool on_device(Session *s, const Value *v)
{
    const RtValue *r = run_value(s, v);
    return s->remote && r->kind == TYPE_TENSOR && r->dtype != DT_string && home_of(s, v)->device;
}

/* A copy of v's bytes on the device. */
static SpmlCode device_copy(Session *s, Value *v, Held *out, Error *err)
{
    const RtValue *r = run_value(s, v);
    void *from;
    SpmlCode code = home_device(s, v, false, &from, err);
    if (!code)
        code = pool_take(s, (uint64_t)r->sz + 64, &out->h.p, &out->h.room, err);
    if (code)
        return code;
    out->v = *r;
    out->v.data = NULL;
    out->v.own = RT_BORROWED;
    out->h.own = out->h.device = true;
    return home_copy(s, out->h.p, from, r->sz, err);
}

static SpmlCode host_copy(Session *s, Value *v, Held *out, Error *err)
{
    RtValue *r, *copy;
    SpmlCode code = run_operand(s, v, &r, err);
    if (!code)
        code = rt_copy(r, &copy, err);
    if (code)
        return code;
    take(&out->v, copy);
    free(copy);
    out->h.host = true;
    return SPML_OK;
}

static SpmlCode value_copy(Session *s, Value *v, Held *out, Error *err) { return on_device(s, v) ? device_copy(s, v, out, err) : host_copy(s, v, out, err); }

/* Output i of a body that has just run: moved if the body made it, copied if it is an outer value, an input or a constant, or if a later output is the same
 * value. */
static SpmlCode body_output(Session *s, const Graph *g, size_t i, Held *to, Error *err)
{
    Value *v = g->out[i];
    RtValue *r;
    bool again = v->graph != g || !v->producer;
    for (size_t j = i + 1; j < g->n_out; j++)
        again |= g->out[j] == v;
    SpmlCode code = run_materialise(s, v, &r, err);
    if (code)
        return code;
    Residence *h = s->remote ? &s->home[v->id] : NULL;
    if (on_device(s, v) && !again && h->own && !h->root && !h->outer) {
        *to = (Held){*r, *h};
        to->v.data = NULL;
        to->v.own = RT_BORROWED;
        to->h.host = false;
        rt_clear(r);
        *h = (Residence){0};
        return SPML_OK;
    }
    if (on_device(s, v))
        return device_copy(s, v, to, err);
    code = run_operand(s, v, &r, err);
    if (code || again || r->own != RT_OWNED)
        return code ? code : host_copy(s, v, to, err);
    take(&to->v, r);
    to->h.host = true;
    return SPML_OK;
}

/* v, an input of a body, is x until the next call. */
static SpmlCode bind_held(Session *s, Value *v, const Held *x, Error *err)
{
    RtValue *r = run_value(s, v);
    rt_clear(r);
    *r = x->v;
    r->own = RT_BORROWED;
    home_end(s, v);
    home_set(s, v);
    if (s->remote && x->h.device)
        s->home[v->id] = (Residence){.p = x->h.p, .room = x->h.room, .device = true};
    return run_bind_type(s, v, err);
}

/* v is what `from` is, a value that does not change while the body runs. */
static SpmlCode bind_value(Session *s, Value *v, Value *from, Error *err)
{
    Held x = {0};
    void *p;
    RtValue *r;
    SpmlCode code = run_materialise(s, from, &r, err);
    if (!code && s->remote && r->kind == TYPE_TENSOR && r->dtype != DT_string)
        code = home_device(s, from, false, &p, err); /* once, not in every turn */
    else if (!code)
        code = run_operand(s, from, &r, err);
    if (code)
        return code;
    x.v = *r;
    if (on_device(s, from)) {
        x.h = (Residence){.p = home_of(s, from)->p, .room = home_of(s, from)->room, .device = true};
        x.v.data = NULL;
    }
    return bind_held(s, v, &x, err);
}

/* Inputs that the host has just made. */
static SpmlCode bind_made(Session *s, Value *v, Error *err)
{
    home_set(s, v);
    return run_bind_type(s, v, err);
}

/* Its inputs are bound. */
static SpmlCode body_run(Session *s, Graph *g, Error *err)
{
    Block *b;
    SpmlCode code = block_get(s, g, &b, err);
    if (!code)
        code = block_run(s, b, err);
    return code || s->remote ? code : queue_flush(s, err); /* the caller lets go of its inputs */
}

/* They refer to memory of others. */
static void inputs_clear(Session *s, const Graph *g)
{
    for (size_t k = 0; k < g->n_in; k++) {
        rt_clear(run_value(s, g->in[k]));
        home_end(s, g->in[k]);
    }
}

static SpmlCode out_set_value(Session *s, const Node *n, int i, Held *from, Error *err)
{
    if (!n->out[i])
        return held_clear(s, from), SPML_OK;
    take(run_value(s, n->out[i]), &from->v);
    home_end(s, n->out[i]);
    home_set(s, n->out[i]);
    if (s->remote && from->h.device)
        s->home[n->out[i]->id] = from->h;
    *from = (Held){0};
    return run_bind_type(s, n->out[i], err);
}

static SpmlCode read_bool(Session *s, Value *v, bool *out, Error *err)
{
    RtValue *r;
    SpmlCode code = run_operand(s, v, &r, err);
    if (code)
        return code;
    if (r->kind != TYPE_TENSOR || r->dtype != DT_bool || rt_count(r) != 1)
        return error_set(err, SPML_DATA, "shape", "a condition must be one bool");
    *out = *(const uint8_t *)r->data != 0;
    return SPML_OK;
}

static SpmlCode run_if(Session *s, const Node *n, Error *err)
{
    bool yes;
    SpmlCode code = read_bool(s, n->in[0], &yes, err);
    if (code)
        return code;
    Graph *g = body_of(n, yes ? "then_branch" : "else_branch");
    const char *fails = node_str(n, yes ? "then_fails" : "else_fails", "");
    if (!g || g->n_out != n->n_out)
        return bad_body(n, err);
    if (*fails)
        return error_set(err, SPML_DATA, "shape", "%.500s", fails);
    code = body_run(s, g, err);
    for (int i = 0; i < n->n_out && !code; i++) {
        Held x = {0};
        code = body_output(s, g, (size_t)i, &x, err);
        if (!code)
            code = out_set_value(s, n, i, &x, err);
        held_clear(s, &x);
    }
    return code;
}

/* ── stacking and slicing along an axis (data movement by bytes) ── */

typedef struct Stack { Held *item; size_t n, cap; } Stack;

static void stack_free(Session *s, Stack *k)
{
    for (size_t i = 0; i < k->n; i++)
        held_clear(s, &k->item[i]);
    free(k->item);
    *k = (Stack){0};
}

static SpmlCode stack_add(Session *s, Stack *k, Held *x, Error *err)
{
    if (k->n == k->cap) {
        size_t cap = k->cap ? k->cap * 2 : 8;
        Held *p = realloc(k->item, cap * sizeof *p);
        if (!p)
            return error_oom(err);
        k->item = p;
        k->cap = cap;
    }
    k->item[k->n] = (Held){0};
    held_move(s, &k->item[k->n++], x);
    return SPML_OK;
}

static void slice_sizes(const RtValue *v, int axis, size_t elem, size_t *outer, size_t *inner)
{
    *outer = 1;
    *inner = elem;
    for (int i = 0; i < axis; i++)
        *outer *= (size_t)v->dim[i];
    for (int i = axis + 1; i < v->rank; i++)
        *inner *= (size_t)v->dim[i];
}

/* Extents of the items side by side along a new axis; *axis from the begin. */
static SpmlCode stack_dims(const Stack *k, const Value *like, int *axis, int *out_rank, int64_t *dim /* [IR_MAX_RANK] */, Error *err)
{
    const Type *t = &like->type;
    const RtValue *first = k->n ? &k->item[0].v : NULL;
    const int rank = first ? first->rank + 1 : t->rank > 0 ? t->rank : 1;
    if (rank > IR_MAX_RANK || (first && first->kind != TYPE_TENSOR))
        return error_set(err, SPML_UNSUPPORTED, "rank", "stacking values of this kind");
    *axis += *axis < 0 ? rank : 0;
    if (*axis < 0 || *axis >= rank)
        return error_set(err, SPML_DATA, "shape", "stacking axis is outside rank %d", rank);
    for (int i = 0, j = 0; i < rank; i++) {
        int64_t lit = 0;
        if (first)
            dim[i] = i == *axis ? (int64_t)k->n : first->dim[j++];
        else
            dim[i] = i != *axis && t->rank == rank && dim_lit(t->dim[i], &lit) ? lit : 0;
    }
    for (size_t i = 1; i < k->n; i++)
        if (k->item[i].v.rank != first->rank || k->item[i].v.dtype != first->dtype || memcmp(k->item[i].v.dim, first->dim, (size_t)first->rank * sizeof *first->dim))
            return error_set(err, SPML_DATA, "shape", "iterations give outputs of different shapes");
    *out_rank = rank;
    return first && dtype_info[first->dtype].block != 1 ? error_set(err, SPML_UNSUPPORTED, "dtype", "stacking values of %s", dtype_name(first->dtype)) : SPML_OK;
}

enum { PIECES_MAX = 1 << 14 }; /* copies on the device for one value; more are better done by the host */

static bool stack_on_device(const Stack *k, size_t outer)
{
    bool all = k->n && outer * k->n <= PIECES_MAX;
    for (size_t i = 0; i < k->n && all; i++)
        all = k->item[i].h.device;
    return all;
}

/* out, described already, on the device. */
static SpmlCode join_on_device(Session *s, const Stack *k, bool rev, size_t outer, size_t inner, Held *out, Error *err)
{
    SpmlCode code = pool_take(s, (uint64_t)out->v.sz + 64, &out->h.p, &out->h.room, err);
    if (code)
        return code;
    out->h.own = out->h.device = true;
    for (size_t i = 0; i < k->n && !code; i++)
        for (size_t o = 0; o < outer && !code; o++)
            code = home_copy(s, (char *)out->h.p + (o * k->n + i) * inner, (char *)k->item[rev ? k->n - 1 - i : i].h.p + o * inner, inner, err);
    return code;
}

/* The host's bytes of x. */
static SpmlCode held_host(Session *s, Held *x, Error *err)
{
    RtValue t = {0};
    if (x->v.data || !x->h.device)
        return SPML_OK;
    SpmlCode code = rt_alloc(&t, x->v.dtype, x->v.rank, x->v.dim, err);
    if (!code && t.sz)
        code = home_download(s, t.data, x->h.p, t.sz, err);
    if (!code)
        take(&x->v, &t);
    rt_clear(&t);
    return code;
}

/* out[.., i of axis, ..] = items in order (reversed when rev). */
static SpmlCode stack_join(Session *s, const Stack *k, int axis, bool rev, const Value *like, Held *out, Error *err)
{
    int64_t dim[IR_MAX_RANK] = {0};
    const DType type = k->n ? k->item[0].v.dtype : like->type.dtype;
    int rank = 0;
    size_t outer, inner, n = 1;
    SpmlCode code = stack_dims(k, like, &axis, &rank, dim, err);
    if (code)
        return code;
    RtValue shape = {.kind = TYPE_TENSOR, .dtype = type, .rank = rank, .own = RT_BORROWED};
    memcpy(shape.dim, dim, sizeof dim);
    slice_sizes(&shape, axis, dtype_info[type].bytes, &outer, &inner);
    if (stack_on_device(k, outer) && size_mul(outer * k->n, inner, &n)) {
        out->v = shape;
        out->v.sz = n;
        return join_on_device(s, k, rev, outer, inner, out, err);
    }
    code = rt_alloc(&out->v, type, rank, dim, err);
    out->h.host = true;
    for (size_t i = 0; i < k->n && !code; i++) {
        Held *x = &k->item[rev ? k->n - 1 - i : i];
        code = held_host(s, x, err);
        for (size_t o = 0; o < outer && !code; o++)
            memcpy((char *)out->v.data + (o * k->n + i) * inner, (const char *)x->v.data + o * inner, inner);
    }
    return code || type != DT_string || !k->n ? code : rt_strings(&out->v, rank, dim, out->v.data, err);
}

/* Slice `at` of x along axis into v, an input of a body. */
static SpmlCode slice_on_device(Session *s, Value *x, size_t row /* bytes from one slice's row to the next */, size_t outer, size_t inner, size_t at, Value *v, Error *err)
{
    void *from, *to;
    SpmlCode code = home_device(s, x, false, &from, err);
    s->home[v->id].host = s->home[v->id].device = false;
    if (!code)
        code = home_device(s, v, true, &to, err);
    for (size_t o = 0; o < outer && !code; o++)
        code = home_copy(s, (char *)to + o * inner, (char *)from + o * row + at * inner, inner, err);
    return code;
}

static SpmlCode slice_at(Session *s, Value *x, int axis, int64_t at, Value *to, Error *err)
{
    int64_t dim[IR_MAX_RANK];
    size_t outer, inner;
    const RtValue *v = run_value(s, x);
    RtValue *out = run_value(s, to), *host;
    for (int i = 0, j = 0; i < v->rank; i++)
        if (i != axis)
            dim[j++] = v->dim[i];
    slice_sizes(v, axis, dtype_info[v->dtype].bytes, &outer, &inner);
    const size_t row = (size_t)v->dim[axis] * inner;
    if (s->remote && v->dtype != DT_string && outer <= PIECES_MAX) {
        rt_clear(out);
        *out = (RtValue){.kind = TYPE_TENSOR, .dtype = v->dtype, .rank = v->rank - 1, .sz = outer * inner, .own = RT_BORROWED};
        memcpy(out->dim, dim, sizeof dim);
        SpmlCode code = slice_on_device(s, x, row, outer, inner, (size_t)at, to, err);
        return code ? code : run_bind_type(s, to, err);
    }
    SpmlCode code = run_operand(s, x, &host, err);
    if (!code)
        code = rt_alloc(out, v->dtype, v->rank - 1, dim, err);
    for (size_t o = 0; o < outer && !code; o++)
        memcpy((char *)out->data + o * inner, (const char *)host->data + o * row + (size_t)at * inner, inner);
    if (!code && v->dtype == DT_string)
        code = rt_strings(out, v->rank - 1, dim, out->data, err);
    return code ? code : bind_made(s, to, err);
}

static SpmlCode bind_scalar(Session *s, Value *v, DType t, int64_t x, Error *err)
{
    RtValue *r = run_value(s, v);
    SpmlCode code = rt_alloc(r, t, 0, NULL, err);
    if (code)
        return code;
    dtype_set_i64(t, r->data, 0, x);
    return bind_made(s, v, err);
}

/* ── loop: in {M?, cond?, carried…}, body in {i, cond, carried…}, body out {cond, carried…, scanned…} ── */

typedef struct LoopState { Held *carried; int n_carried, n_scan; Stack *scan; } LoopState;

static void loop_free(Session *s, LoopState *st)
{
    for (int i = 0; st->carried && i < st->n_carried; i++)
        held_clear(s, &st->carried[i]);
    for (int i = 0; st->scan && i < st->n_scan; i++)
        stack_free(s, &st->scan[i]);
    free(st->carried);
    free(st->scan);
}

static int64_t nth(const int64_t *list, int64_t n, int i) { return i < n ? list[i] : 0; }

static SpmlCode loop_init(Session *s, const Node *n, int first, LoopState *st, Error *err)
{
    st->carried = calloc((size_t)st->n_carried + 1, sizeof *st->carried);
    st->scan = calloc((size_t)st->n_scan + 1, sizeof *st->scan);
    SpmlCode code = st->carried && st->scan ? SPML_OK : error_oom(err);
    for (int i = 0; i < st->n_carried && !code; i++) {
        RtValue *r;
        code = run_materialise(s, n->in[first + i], &r, err);
        if (!code)
            code = value_copy(s, n->in[first + i], &st->carried[i], err);
    }
    return code;
}

/* The outputs of a body that has just run, from `first` on: carried ones, then scanned ones. All are there before one of the old ones goes: they may be copies of these. */
static SpmlCode loop_take(Session *s, const Graph *g, size_t first, LoopState *st, Error *err)
{
    Held *made = calloc(g->n_out + 1, sizeof *made);
    SpmlCode code = made ? SPML_OK : error_oom(err);
    for (size_t k = first; k < g->n_out && !code; k++)
        code = body_output(s, g, k, &made[k], err);
    for (int k = 0; k < st->n_carried && !code; k++)
        held_move(s, &st->carried[k], &made[first + (size_t)k]);
    for (int k = 0; k < st->n_scan && !code; k++)
        code = stack_add(s, &st->scan[k], &made[first + (size_t)(st->n_carried + k)], err);
    for (size_t k = 0; made && k < g->n_out; k++)
        held_clear(s, &made[k]);
    free(made);
    return code;
}

static SpmlCode loop_step(Session *s, Graph *g, LoopState *st, int64_t i, bool *go, Error *err)
{
    SpmlCode code = bind_scalar(s, g->in[0], DT_i64, i, err);
    if (!code)
        code = bind_scalar(s, g->in[1], DT_bool, *go, err);
    for (int k = 0; k < st->n_carried && !code; k++)
        code = bind_held(s, g->in[2 + k], &st->carried[k], err);
    if (!code)
        code = body_run(s, g, err);
    if (!code)
        code = read_bool(s, g->out[0], go, err);
    return code ? code : loop_take(s, g, 1, st, err);
}

/* The carried values, then the scanned ones: along axes[i], reversed where dirs[i] says so. */
static SpmlCode loop_finish(Session *s, const Node *n, LoopState *st, const int64_t *axes, int64_t n_axes, const int64_t *dirs, int64_t n_dirs, Error *err)
{
    SpmlCode code = SPML_OK;
    for (int i = 0; i < st->n_carried && !code; i++)
        code = out_set_value(s, n, i, &st->carried[i], err);
    for (int i = 0; i < st->n_scan && !code; i++) {
        Held x = {0};
        int o = st->n_carried + i;
        if (!n->out[o])
            continue;
        code = stack_join(s, &st->scan[i], (int)nth(axes, n_axes, i), nth(dirs, n_dirs, i) != 0, n->out[o], &x, err);
        if (!code)
            code = out_set_value(s, n, o, &x, err);
        held_clear(s, &x);
    }
    return code;
}

static SpmlCode run_loop(Session *s, const Node *n, Error *err)
{
    Graph *g = body_of(n, "body");
    LoopState st = {.n_carried = n->n_in - 2, .n_scan = n->n_out - (n->n_in - 2)};
    if (!g || n->n_in < 2 || st.n_scan < 0 || g->n_in != (size_t)n->n_in || g->n_out != (size_t)n->n_out + 1)
        return bad_body(n, err);
    int64_t trips = INT64_MAX;
    bool go = true;
    SpmlCode code = SPML_OK;
    if (n->in[0]) {
        RtValue *r;
        code = run_operand(s, n->in[0], &r, err);
        if (!code && (r->kind != TYPE_TENSOR || rt_count(r) != 1))
            code = bad_body(n, err);
        if (!code)
            trips = dtype_get_i64(r->dtype, r->data, 0);
    }
    if (!code && n->in[1])
        code = read_bool(s, n->in[1], &go, err);
    if (!code)
        code = loop_init(s, n, 2, &st, err);
    for (int64_t i = 0; i < trips && go && !code; i++) {
        if (i == MAX_ITERATIONS)
            code = error_set(err, SPML_RESOURCE, "iterations", "node '%.200s': more than %d iterations", n->name ? n->name : "", MAX_ITERATIONS);
        if (!code && atomic_load(s->shared->stop))
            code = error_set(err, SPML_INTERRUPTED, "cancelled", "cancelled");
        if (!code)
            code = loop_step(s, g, &st, i, &go, err);
    }
    inputs_clear(s, g);
    if (!code)
        code = loop_finish(s, n, &st, NULL, 0, NULL, 0, err);
    loop_free(s, &st);
    return code;
}

/* ── scan: in {state…, scanned…}, body out {state…, slices…} ── */

static SpmlCode scan_inputs(Session *s, const Node *n, Graph *g, const LoopState *st, int64_t t, int64_t count, Error *err)
{
    int64_t n_axes, n_dirs;
    const int64_t *axes = node_ints(n, "scan_input_axes", &n_axes), *dirs = node_ints(n, "scan_input_directions", &n_dirs);
    SpmlCode code = SPML_OK;
    for (int k = 0; k < st->n_carried && !code; k++)
        code = bind_held(s, g->in[k], &st->carried[k], err);
    for (int k = st->n_carried; k < n->n_in && !code; k++) {
        RtValue *r;
        int m = k - st->n_carried;
        code = run_materialise(s, n->in[k], &r, err);
        if (code)
            break;
        int64_t axis = nth(axes, n_axes, m);
        axis += axis < 0 ? r->rank : 0;
        if (r->kind != TYPE_TENSOR || axis < 0 || axis >= r->rank || r->dim[axis] != count || dtype_info[r->dtype].block != 1)
            return bad_body(n, err);
        code = slice_at(s, n->in[k], (int)axis, nth(dirs, n_dirs, m) ? count - 1 - t : t, g->in[k], err);
    }
    return code;
}

static SpmlCode run_scan(Session *s, const Node *n, Error *err)
{
    Graph *g = body_of(n, "body");
    int64_t n_scan_in = node_int(n, "num_scan_inputs", 0), n_axes, n_dirs, n_in_axes;
    const int64_t *axes = node_ints(n, "scan_output_axes", &n_axes), *dirs = node_ints(n, "scan_output_directions", &n_dirs);
    const int64_t *in_axes = node_ints(n, "scan_input_axes", &n_in_axes);
    LoopState st = {.n_carried = n->n_in - (int)n_scan_in};
    st.n_scan = n->n_out - st.n_carried;
    if (!g || n_scan_in < 1 || st.n_carried < 0 || st.n_scan < 0 || g->n_in != (size_t)n->n_in || g->n_out != (size_t)n->n_out)
        return bad_body(n, err);
    RtValue *x;
    SpmlCode code = run_materialise(s, n->in[st.n_carried], &x, err);
    int64_t axis = nth(in_axes, n_in_axes, 0);
    if (!code && (axis += axis < 0 ? x->rank : 0, axis < 0 || axis >= x->rank))
        code = bad_body(n, err);
    int64_t count = code ? 0 : x->dim[axis];
    if (!code)
        code = loop_init(s, n, 0, &st, err);
    for (int64_t t = 0; t < count && !code; t++) {
        if (atomic_load(s->shared->stop))
            code = error_set(err, SPML_INTERRUPTED, "cancelled", "cancelled");
        if (!code)
            code = scan_inputs(s, n, g, &st, t, count, err);
        if (!code)
            code = body_run(s, g, err);
        if (!code)
            code = loop_take(s, g, 0, &st, err);
    }
    inputs_clear(s, g);
    if (!code)
        code = loop_finish(s, n, &st, axes, n_axes, dirs, n_dirs, err);
    loop_free(s, &st);
    return code;
}

/* ── sequence_map: in {sequence, sequence or tensor…}; one body run per item; every output is a sequence ── */

/* Output o of the body becomes an item of the sequence `to` (NULL: nobody wants it). */
static SpmlCode item_add(Session *s, const Graph *g, int o, const Value *to, Error *err)
{
    Held x = {0};
    RtValue *v = calloc(1, sizeof *v);
    SpmlCode code = v ? body_output(s, g, (size_t)o, &x, err) : error_oom(err);
    if (!code)
        code = held_host(s, &x, err);
    if (!code && to) {
        take(v, &x.v);
        code = rt_sequence_add(run_value(s, to), v, err);
    }
    held_clear(s, &x);
    if (code || !to)
        rt_free(&v);
    return code;
}

static SpmlCode run_sequence_map(Session *s, const Node *n, Error *err)
{
    Graph *g = body_of(n, "body");
    RtValue *seq, *r;
    if (!g || g->n_in != n->n_in || g->n_out != n->n_out)
        return bad_body(n, err);
    SpmlCode code = run_operand(s, n->in[0], &seq, err);
    if (!code && seq->kind != TYPE_SEQUENCE)
        code = bad_body(n, err);
    for (int o = 0; o < n->n_out && !code; o++)
        if (n->out[o]) {
            rt_clear(run_value(s, n->out[o]));
            run_value(s, n->out[o])->kind = TYPE_SEQUENCE;
        }
    for (size_t i = 0; !code && i < seq->n_item; i++) {
        for (int k = 0; k < n->n_in && !code; k++) {
            code = run_operand(s, n->in[k], &r, err);
            if (!code && r->kind == TYPE_SEQUENCE && i >= r->n_item)
                code = bad_body(n, err);
            if (!code)
                code = bind_held(s, g->in[k], &(Held){.v = r->kind == TYPE_SEQUENCE ? *r->item[i] : *r}, err);
        }
        if (!code)
            code = body_run(s, g, err);
        for (int o = 0; o < n->n_out && !code; o++)
            code = item_add(s, g, o, n->out[o], err);
    }
    inputs_clear(s, g);
    return code;
}

/* ── repeat of the IR: body in {i, inputs…}; the first `carried` are carried, other outputs are stacked on a new axis 0 ── */

static SpmlCode run_repeat(Session *s, const Node *n, Error *err)
{
    Graph *g = body_of(n, "body");
    int64_t count = node_int(n, "count", 0);
    LoopState st = {.n_carried = (int)node_int(n, "carried", 0)};
    st.n_scan = n->n_out - st.n_carried;
    if (!g || st.n_scan < 0)
        return bad_body(n, err);
    SpmlCode code = loop_init(s, n, 0, &st, err);
    for (int k = st.n_carried; k < n->n_in && !code; k++)
        code = bind_value(s, g->in[k + 1], n->in[k], err);
    for (int64_t i = 0; i < count && !code; i++) {
        code = bind_scalar(s, g->in[0], DT_i64, i, err);
        for (int k = 0; k < st.n_carried && !code; k++)
            code = bind_held(s, g->in[k + 1], &st.carried[k], err);
        if (!code)
            code = body_run(s, g, err);
        if (!code)
            code = loop_take(s, g, 0, &st, err);
    }
    inputs_clear(s, g);
    if (!code)
        code = loop_finish(s, n, &st, NULL, 0, NULL, 0, err);
    loop_free(s, &st);
    return code;
}

static const struct { const char *name; SpmlCode (*run)(Session *, const Node *, Error *); } controls[] = {
    {"if", run_if}, {"loop", run_loop}, {"scan", run_scan}, {"sequence_map", run_sequence_map}, {"repeat", run_repeat},
};

SpmlCode control_run(Session *s, const Node *n, Error *err)
{
    for (size_t i = 0; i < sizeof controls / sizeof *controls; i++)
        if (!strcmp(controls[i].name, op_info[n->op].name))
            return controls[i].run(s, n, err);
    return error_set(err, SPML_UNSUPPORTED, "node-unsupported", "node '%.200s': %s cannot be run", n->name ? n->name : "", op_info[n->op].name);
}
