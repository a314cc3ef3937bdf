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

static void borrow(RtValue *to, const RtValue *from)
{
    rt_clear(to);
    *to = *from;
    to->own = RT_BORROWED;
}

static void take(RtValue *to, RtValue *from)
{
    rt_clear(to);
    *to = *from;
    *from = (RtValue){0};
}

/* Output i of a body that has just run, as an owned value: moved if the body made it, copied if it is an outer value, an input or a constant, or if a later
 * output is the same value. */
static SpmlCode body_output(Session *s, const Graph *g, size_t i, RtValue *to, Error *err)
{
    RtValue *r, *copy;
    SpmlCode code = run_operand(s, g->out[i], &r, err);
    if (code)
        return code;
    bool again = false;
    for (size_t j = i + 1; j < g->n_out; j++)
        again |= g->out[j] == g->out[i];
    if (r->own == RT_OWNED && !again && g->out[i]->graph == g && g->out[i]->producer) {
        take(to, r);
        return SPML_OK;
    }
    code = rt_copy(r, &copy, err);
    if (!code) {
        take(to, copy);
        free(copy);
    }
    return code;
}

static SpmlCode body_run(Session *s, Graph *g, Error *err)
{
    Block *b;
    SpmlCode code = SPML_OK;
    for (size_t i = 0; i < g->n_in && !code; i++) {
        home_set(s, g->in[i]);
        code = run_bind_type(s, g->in[i], err);
    }
    if (!code)
        code = block_get(s, g, &b, err);
    if (!code)
        code = block_run(s, b, err);
    return code || s->remote ? code : queue_flush(s, err); /* the caller lets go of its inputs */
}

static SpmlCode out_set_value(Session *s, const Node *n, int i, RtValue *from, Error *err)
{
    if (!n->out[i])
        return rt_clear(from), SPML_OK;
    take(run_value(s, n->out[i]), from);
    home_set(s, n->out[i]);
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
        RtValue v = {0};
        code = body_output(s, g, (size_t)i, &v, err);
        if (!code)
            code = out_set_value(s, n, i, &v, err);
    }
    return code;
}

/* ── stacking and slicing along an axis (data movement by bytes) ── */

typedef struct Stack { RtValue **item; size_t n, cap; } Stack;

static void stack_free(Stack *k)
{
    for (size_t i = 0; i < k->n; i++)
        rt_free(&k->item[i]);
    free(k->item);
    *k = (Stack){0};
}

static SpmlCode stack_add(Stack *k, RtValue *v, Error *err)
{
    if (k->n == k->cap) {
        size_t cap = k->cap ? k->cap * 2 : 8;
        RtValue **p = realloc(k->item, cap * sizeof *p);
        if (!p)
            return error_oom(err);
        k->item = p;
        k->cap = cap;
    }
    RtValue *own = calloc(1, sizeof *own);
    if (!own)
        return error_oom(err);
    take(own, v);
    k->item[k->n++] = own;
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

/* out[.., i of axis, ..] = items in order (reversed when rev). */
static SpmlCode stack_join(const Stack *k, int axis, bool rev, const Value *like, RtValue *out, Error *err)
{
    int64_t dim[IR_MAX_RANK] = {0};
    const Type *t = &like->type;
    int rank = k->n ? k->item[0]->rank + 1 : t->rank > 0 ? t->rank : 1;
    DType type = k->n ? k->item[0]->dtype : t->dtype;
    if (rank > IR_MAX_RANK || (k->n && k->item[0]->kind != TYPE_TENSOR))
        return error_set(err, SPML_UNSUPPORTED, "rank", "stacking values of this kind");
    if (axis < 0)
        axis += rank;
    if (axis < 0 || axis >= rank)
        return error_set(err, SPML_DATA, "shape", "stacking axis is outside rank %d", rank);
    for (int i = 0, j = 0; i < rank; i++) {
        int64_t lit = 0;
        if (k->n)
            dim[i] = i == axis ? (int64_t)k->n : k->item[0]->dim[j++];
        else
            dim[i] = i != axis && t->rank == rank && dim_lit(t->dim[i], &lit) ? lit : 0;
    }
    SpmlCode code = rt_alloc(out, type, rank, dim, err);
    if (code || !k->n)
        return code;
    size_t outer, inner, elem = dtype_info[type].bytes;
    slice_sizes(out, axis, elem, &outer, &inner);
    for (size_t i = 0; i < k->n; i++) {
        const RtValue *x = k->item[rev ? k->n - 1 - i : i];
        if (x->rank != rank - 1 || x->dtype != type || x->sz != outer * inner || dtype_info[type].block != 1)
            return error_set(err, SPML_DATA, "shape", "iterations give outputs of different shapes");
        for (size_t o = 0; o < outer; o++)
            memcpy((char *)out->data + (o * k->n + i) * inner, (const char *)x->data + o * inner, inner);
    }
    return type == DT_string ? rt_strings(out, rank, dim, out->data, err) : SPML_OK;
}

static SpmlCode slice_at(const RtValue *v, int axis, int64_t at, RtValue *out, Error *err)
{
    int64_t dim[IR_MAX_RANK];
    size_t outer, inner;
    for (int i = 0, j = 0; i < v->rank; i++)
        if (i != axis)
            dim[j++] = v->dim[i];
    SpmlCode code = rt_alloc(out, v->dtype, v->rank - 1, dim, err);
    if (code)
        return code;
    slice_sizes(v, axis, dtype_info[v->dtype].bytes, &outer, &inner);
    for (size_t o = 0; o < outer; o++)
        memcpy((char *)out->data + o * inner, (const char *)v->data + (o * (size_t)v->dim[axis] + (size_t)at) * inner, inner);
    return v->dtype == DT_string ? rt_strings(out, v->rank - 1, dim, out->data, err) : SPML_OK;
}

static SpmlCode set_scalar(RtValue *v, DType t, int64_t x, Error *err)
{
    SpmlCode code = rt_alloc(v, t, 0, NULL, err);
    if (!code)
        dtype_set_i64(t, v->data, 0, x);
    return code;
}

/* ── loop: in {M?, cond?, carried…}, body in {i, cond, carried…}, body out {cond, carried…, scanned…} ── */

typedef struct LoopState { RtValue *carried; int n_carried, n_scan; Stack *scan; } LoopState;

static void loop_free(LoopState *st)
{
    for (int i = 0; i < st->n_carried; i++)
        rt_clear(&st->carried[i]);
    for (int i = 0; i < st->n_scan; i++)
        stack_free(&st->scan[i]);
    free(st->carried);
    free(st->scan);
}

static SpmlCode loop_init(Session *s, const Node *n, int first, LoopState *st, Error *err)
{
    st->carried = calloc((size_t)st->n_carried + 1, sizeof *st->carried);
    st->scan = calloc((size_t)st->n_scan + 1, sizeof *st->scan);
    SpmlCode code = st->carried && st->scan ? SPML_OK : error_oom(err);
    for (int i = 0; i < st->n_carried && !code; i++) {
        RtValue *r, *copy;
        code = run_operand(s, n->in[first + i], &r, err);
        if (!code)
            code = rt_copy(r, &copy, err);
        if (!code) {
            take(&st->carried[i], copy);
            free(copy);
        }
    }
    return code;
}

static SpmlCode loop_step(Session *s, Graph *g, LoopState *st, int64_t i, bool *go, Error *err)
{
    SpmlCode code = set_scalar(run_value(s, g->in[0]), DT_i64, i, err);
    if (!code)
        code = set_scalar(run_value(s, g->in[1]), DT_bool, *go, err);
    for (int k = 0; k < st->n_carried; k++)
        borrow(run_value(s, g->in[2 + k]), &st->carried[k]);
    if (!code)
        code = body_run(s, g, err);
    if (!code)
        code = read_bool(s, g->out[0], go, err);
    RtValue *made = calloc(g->n_out + 1, sizeof *made);
    if (!made)
        code = error_oom(err);
    for (size_t k = 1; k < g->n_out && !code; k++)
        code = body_output(s, g, k, &made[k], err);
    for (int k = 0; k < st->n_carried && !code; k++)
        take(&st->carried[k], &made[1 + k]);
    for (int k = 0; k < st->n_scan && !code; k++)
        code = stack_add(&st->scan[k], &made[1 + st->n_carried + k], err);
    for (size_t k = 0; made && k < g->n_out; k++)
        rt_clear(&made[k]);
    free(made);
    for (size_t k = 0; k < g->n_in; k++)
        rt_clear(run_value(s, g->in[k]));
    return code;
}

static SpmlCode loop_finish(Session *s, const Node *n, LoopState *st, Error *err)
{
    SpmlCode code = SPML_OK;
    for (int i = 0; i < st->n_carried && !code; i++)
        code = out_set_value(s, n, i, &st->carried[i], err);
    for (int i = 0; i < st->n_scan && !code; i++) {
        RtValue v = {0};
        int o = st->n_carried + i;
        if (!n->out[o])
            continue;
        code = stack_join(&st->scan[i], 0, false, n->out[o], &v, err);
        if (!code)
            code = out_set_value(s, n, o, &v, err);
        rt_clear(&v);
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
    if (!code)
        code = loop_finish(s, n, &st, err);
    loop_free(&st);
    return code;
}

/* ── scan: in {state…, scanned…}, body out {state…, slices…} ── */

static int64_t nth(const int64_t *list, int64_t n, int i) { return i < n ? list[i] : 0; }

static SpmlCode scan_inputs(Session *s, const Node *n, Graph *g, const LoopState *st, int64_t t, int64_t count, Error *err)
{
    int64_t n_axes, n_dirs;
    const int64_t *axes = node_ints(n, "scan_input_axes", &n_axes), *dirs = node_ints(n, "scan_input_directions", &n_dirs);
    SpmlCode code = SPML_OK;
    for (int k = 0; k < st->n_carried; k++)
        borrow(run_value(s, g->in[k]), &st->carried[k]);
    for (int k = st->n_carried; k < n->n_in && !code; k++) {
        RtValue *r;
        int m = k - st->n_carried;
        code = run_operand(s, n->in[k], &r, err);
        if (code)
            break;
        int64_t axis = nth(axes, n_axes, m);
        axis += axis < 0 ? r->rank : 0;
        if (r->kind != TYPE_TENSOR || axis < 0 || axis >= r->rank || r->dim[axis] != count || dtype_info[r->dtype].block != 1)
            return bad_body(n, err);
        code = slice_at(r, (int)axis, nth(dirs, n_dirs, m) ? count - 1 - t : t, run_value(s, g->in[k]), err);
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
    SpmlCode code = run_operand(s, n->in[st.n_carried], &x, err);
    int64_t axis = nth(in_axes, n_in_axes, 0);
    if (!code && (axis += axis < 0 ? x->rank : 0, axis < 0 || axis >= x->rank))
        code = bad_body(n, err);
    int64_t count = code ? 0 : x->dim[axis];
    if (!code)
        code = loop_init(s, n, 0, &st, err);
    for (int64_t t = 0; t < count && !code; t++) {
        code = scan_inputs(s, n, g, &st, t, count, err);
        if (!code)
            code = body_run(s, g, err);
        RtValue *made = calloc(g->n_out + 1, sizeof *made);
        for (size_t k = 0; k < g->n_out && !code; k++)
            code = made ? body_output(s, g, k, &made[k], err) : error_oom(err);
        for (int k = 0; k < st.n_carried && !code; k++)
            take(&st.carried[k], &made[k]);
        for (int k = 0; k < st.n_scan && !code; k++)
            code = stack_add(&st.scan[k], &made[st.n_carried + k], err);
        for (size_t k = 0; made && k < g->n_out; k++)
            rt_clear(&made[k]);
        free(made);
    }
    for (size_t k = 0; k < g->n_in; k++)
        rt_clear(run_value(s, g->in[k]));
    for (int k = 0; k < st.n_carried && !code; k++)
        code = out_set_value(s, n, k, &st.carried[k], err);
    for (int k = 0; k < st.n_scan && !code; k++) {
        RtValue v = {0};
        int o = st.n_carried + k;
        if (!n->out[o])
            continue;
        code = stack_join(&st.scan[k], (int)nth(axes, n_axes, k), nth(dirs, n_dirs, k) != 0, n->out[o], &v, err);
        if (!code)
            code = out_set_value(s, n, o, &v, err);
        rt_clear(&v);
    }
    loop_free(&st);
    return code;
}

/* ── sequence_map: in {sequence, sequence or tensor…}; one body run per item; every output is a sequence ── */

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
                borrow(run_value(s, g->in[k]), r->kind == TYPE_SEQUENCE ? r->item[i] : r);
        }
        if (!code)
            code = body_run(s, g, err);
        for (int o = 0; o < n->n_out && !code; o++) {
            RtValue *v = calloc(1, sizeof *v);
            code = v ? body_output(s, g, (size_t)o, v, err) : error_oom(err);
            if (!code && n->out[o])
                code = rt_sequence_add(run_value(s, n->out[o]), v, err);
            if (code || !n->out[o])
                rt_free(&v);
        }
    }
    for (size_t k = 0; k < g->n_in; k++)
        rt_clear(run_value(s, g->in[k]));
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
    for (int64_t i = 0; i < count && !code; i++) {
        RtValue *r;
        code = set_scalar(run_value(s, g->in[0]), DT_i64, i, err);
        for (int k = 0; k < n->n_in && !code; k++) {
            code = run_operand(s, n->in[k], &r, err);
            if (!code)
                borrow(run_value(s, g->in[k + 1]), k < st.n_carried ? &st.carried[k] : r);
        }
        if (!code)
            code = body_run(s, g, err);
        for (int k = 0; k < n->n_out && !code; k++) {
            RtValue v = {0};
            code = body_output(s, g, (size_t)k, &v, err);
            if (!code && k >= st.n_carried)
                code = stack_add(&st.scan[k - st.n_carried], &v, err);
            else if (!code)
                take(&st.carried[k], &v);
            rt_clear(&v);
        }
    }
    for (size_t k = 0; k < g->n_in; k++)
        rt_clear(run_value(s, g->in[k]));
    if (!code)
        code = loop_finish(s, n, &st, err);
    loop_free(&st);
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
