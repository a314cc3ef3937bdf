/* SPDX-License-Identifier: MIT
 * opt: convolutions of f16 or bf16 compute in f32, and so does what reads them, for backends whose arithmetic is f32 whatever the storage: nothing is converted
 * or rounded between such nodes, and they go the way of f32 (blocks of channels, Winograd). Weights are cast once, by folding. What is read elsewhere is cast
 * back; a cast that the graph holds rounds as ever. Weights too large to fold leave a node as it is. */
#include "opt/pass.h"

#include "base/span.h"

#include <string.h>

enum { LARGEST = 1 << 22 /* elements of a constant; pass_fold.c makes no larger ones */ };

typedef struct Widen {
    Graph *g;
    Map form;    /* Value * → its f32 form */
    int n_changes;
} Widen;

/* Nodes of one float type, whose results may be f32 where their inputs are; besides elementwise ones. */
static const uint16_t followers[] = {OP_conv, OP_conv_transpose, OP_matmul, OP_max_pool, OP_average_pool, OP_reduce_mean, OP_reduce_max, OP_reduce_sum, OP_softmax, OP_log_softmax,
    OP_batch_norm, OP_instance_norm, OP_group_norm, OP_layer_norm, OP_concat, OP_split, OP_slice, OP_resize, OP_pad, OP_reshape, OP_flatten, OP_squeeze, OP_unsqueeze, OP_transpose, OP_expand,
    OP_depth_to_space, OP_space_to_depth, OP_identity};

static bool is_narrow(const Value *v) { return v && v->type.kind == TYPE_TENSOR && (v->type.dtype == DT_f16 || v->type.dtype == DT_bf16); }
static bool is_const(const Value *v) { return v->residency == RES_CONST; }
static Value *form_of(const Widen *w, const Value *v) { return map_find(&w->form, (const char *)&v, sizeof v); }

static bool remember(Widen *w, Value *v, Value *form)
{
    Value **key = arena_copy(w->g->arena, &v, sizeof v); /* the map keeps it */
    return key && map_put(&w->form, (const char *)key, sizeof v, form);
}

static bool is_small(const Value *v)
{
    int64_t dims[IR_MAX_RANK], n = 1;
    if (!value_literal(v, dims))
        return false;
    for (int i = 0; i < v->type.rank; i++)
        if (!i64_mul(n, dims[i], &n) || n > LARGEST)
            return false;
    return true;
}

static bool follows(const Node *n)
{
    if (n->op == OP_dropout) /* while training other numbers would be drawn */
        return !in_given(n, 2);
    if (op_info[n->op].space == SPACE_MAP)
        return n->op != OP_cast && !(op_info[n->op].flags & (OPF_RANDOM | OPF_HOST | OPF_STATE | OPF_CONTROL));
    for (size_t i = 0; i < sizeof followers / sizeof *followers; i++)
        if (n->op == followers[i])
            return true;
    return false;
}

static bool wanted(const Widen *w, const Node *n)
{
    bool any = n->op == OP_conv && n->n_in > 1 && is_narrow(n->in[0]) && is_narrow(n->in[1]) && is_const(n->in[1]);
    if (n->dynamic || !follows(n))
        return false;
    for (int i = 0; i < n->n_in; i++) {
        if (is_narrow(n->in[i]) && is_const(n->in[i]) && !is_small(n->in[i]))
            return false;
        any = any || (n->in[i] && form_of(w, n->in[i]));
    }
    return any;
}

/* The f32 form of v, made before `at` where it is first wanted: nodes are in order, so later readers find it. */
static Value *widened(Widen *w, Value *v, Node *at)
{
    const Attr to = {.name = "to", .kind = ATTR_TYPE, .dtype = DT_f32};
    Value *form = form_of(w, v);
    if (!form && (form = pass_build(w->g, at, OP_cast, 1, &v, &to, 1)) && !remember(w, v, form))
        return NULL;
    return form;
}

/* v, an output of n until now, is made by a cast of the f32 value that n makes instead. */
static SpmlCode cast_back(Widen *w, Node *n, int i, Value *v, Error *err)
{
    const Attr to = {.name = "to", .kind = ATTR_TYPE, .dtype = v->type.dtype};
    Value *form = graph_value(w->g, NULL, &v->type);
    if (!form)
        return error_oom(err);
    form->type.dtype = DT_f32;
    node_take_output(n, i, form);
    Node *c = graph_node(w->g, n->next, OP_cast, n->name, 1, &form, 1);
    if (!c || !node_attr(c, &to) || !remember(w, v, form))
        return error_oom(err);
    node_take_output(c, 0, v);
    return SPML_OK;
}

static SpmlCode node_widen(Widen *w, Node *n, Error *err)
{
    Value **in = arena_copy(w->g->arena, n->in, n->n_in * sizeof *in), **out = arena_copy(w->g->arena, n->out, n->n_out * sizeof *out);
    Type *types = arena_array(w->g->arena, Type, n->n_out + 1);
    if (!in || !out || !types)
        return error_oom(err);
    for (int i = 0; i < n->n_out; i++)
        types[i] = out[i] ? out[i]->type : (Type){0};
    for (int i = 0; i < n->n_in; i++)
        if (is_narrow(in[i]) && !(n->in[i] = widened(w, in[i], n)))
            return error_oom(err);
    Error ignored = {0};
    SpmlCode code = SPML_OK;
    const bool fits = !node_infer(n, &ignored);
    for (int i = 0; i < n->n_out; i++) {
        const bool now = fits && out[i] && out[i]->type.kind == TYPE_TENSOR && out[i]->type.dtype == DT_f32 && types[i].kind == TYPE_TENSOR && types[i].dtype != DT_f32;
        if (out[i])
            out[i]->type = types[i];
        if (now && !code)
            code = cast_back(w, n, i, out[i], err);
    }
    w->n_changes += fits;
    if (fits || code)
        return code;
    memcpy(n->in, in, n->n_in * sizeof *in); /* no rule for f32: as it was */
    return node_infer(n, err);
}

SpmlCode pass_widen(Graph *g, const OptContext *c, int *n_changes, Error *err)
{
    Widen w = {.g = g, .form = map_make(g->arena)};
    SpmlCode code = SPML_OK;
    Node *last = g->last;
    bool done = !c->wide || !last;
    for (Node *n = g->first, *next; n && !code && !done; n = next) {
        next = n->next;
        done = n == last;
        if (wanted(&w, n))
            code = node_widen(&w, n, err);
    }
    *n_changes += w.n_changes;
    return code ? code : g->arena->oom ? error_oom(err) : SPML_OK;
}
