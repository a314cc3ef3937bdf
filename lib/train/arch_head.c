/* SPDX-License-Identifier: MIT
 * train: a model's head made anew: back from its output through what keeps or pools the classes to the product or convolution that makes them, which gets new
 * weights and a new bias; extents that were written down on the way follow. Everything else of the graph stays. */
#include "ops/ops.h"
#include "train/arch_net.h"

#include <string.h>

enum { HEAD_DEPTH = 64 };

/* Nodes that a head's scores pass on their way out, by input 0. */
static const uint16_t passed[] = {OP_softmax, OP_log_softmax, OP_sigmoid, OP_identity, OP_cast, OP_flatten, OP_reshape, OP_squeeze, OP_unsqueeze, OP_transpose, OP_dropout, OP_relu, OP_clip,
    OP_reduce_mean, OP_reduce_max, OP_average_pool, OP_max_pool};

typedef struct Head {
    Net net;
    Graph *g;
    int64_t old, now;     /* outputs */
    DType dtype;
    const char *prefix;   /* of the names of what is new */
    Node *product;
    Node *add; int add_in;
    Node *path[HEAD_DEPTH]; int n_path; /* passed by, from the output back */
} Head;

static void *no_head(Head *h, const char *why)
{
    return net_fail(&h->net, SPML_UNSUPPORTED, "head", "the head cannot be replaced: %s", why);
}

static bool is_passed(int op)
{
    for (size_t i = 0; i < sizeof passed / sizeof *passed; i++)
        if (passed[i] == op)
            return true;
    return false;
}

static bool is_product(int op) { return op == OP_matmul || op == OP_conv; }

static bool is_constant(const Value *v) { return v && !v->producer && v->residency == RES_CONST && v->data && !v->data->ref; }

/* The constant that v is or is a move of. */
static bool constant_behind(const Value *v)
{
    for (int depth = 0; v && v->producer && depth < 8; depth++)
        v = v->producer->op == OP_transpose || v->producer->op == OP_identity || v->producer->op == OP_reshape || v->producer->op == OP_cast ? v->producer->in[0] : NULL;
    return is_constant(v);
}

/* Which input of an addition is its constant: 0, 1; −1: not one of them alone. */
static int bias_input(const Node *n)
{
    const bool a = constant_behind(n->in[0]), b = constant_behind(n->in[1]);
    return n->op != OP_add || a == b ? -1 : b;
}

/* From output 0 back to the product. */
static void find(Head *h)
{
    Node *n = h->g->n_out ? h->g->out[0]->producer : NULL;
    while (n && !is_product(n->op) && h->n_path < HEAD_DEPTH) {
        const int bias = n->n_in == 2 ? bias_input(n) : -1;
        if (bias >= 0 && !h->add) {
            h->add = n;
            h->add_in = bias;
        } else if (!is_passed(n->op)) {
            char why[80];
            snprintf(why, sizeof why, "behind the last product stands %s", op_info[n->op].name);
            no_head(h, why);
            return;
        }
        h->path[h->n_path++] = n;
        n = n->in[bias == 0 ? 1 : 0]->producer;
    }
    if (!n || h->n_path == HEAD_DEPTH)
        no_head(h, "no product or convolution stands before the output");
    else
        h->product = n;
}

/* The axis of the weight (input 1) along which its outputs lie. */
static int out_axis(const Node *n) { return n->op == OP_conv || node_int(n, "trans_b", 0) ? 0 : n->in[1]->type.rank - 1; }

/* Is any constant or value that the graph reads called PREFIX.…? */
static bool is_used(const Graph *g, const char *prefix)
{
    const size_t len = strlen(prefix);
    for (const Node *n = g->first; n; n = n->next)
        for (int i = 0; i < n->n_in; i++)
            if (n->in[i] && n->in[i]->name && !strncmp(n->in[i]->name, prefix, len) && n->in[i]->name[len] == '.')
                return true;
    return false;
}

static void choose_prefix(Head *h)
{
    h->prefix = "head";
    for (int i = 2; i < 100 && is_used(h->g, h->prefix); i++)
        h->prefix = net_name(&h->net, "head%d", i);
}

/* ── what is new ── */

static void new_weight(Head *h)
{
    Node *n = h->product;
    const int axis = out_axis(n), rank = n->in[1]->type.rank;
    int64_t dim[IR_MAX_RANK], fan_in = 1;
    if (!constant_behind(n->in[1]) || !value_literal(n->in[1], dim) || rank < 2 || !dtype_is_float(n->in[1]->type.dtype) || node_int(n, "group", 1) != 1)
        return (void)no_head(h, "its weights are not a float constant in one group");
    h->old = dim[axis];
    h->dtype = n->in[1]->type.dtype;
    for (int i = 0; i < rank; i++)
        fan_in *= i == axis ? 1 : dim[i];
    dim[axis] = h->now;
    const Init u = {INIT_UNIFORM, net_root((double)(fan_in > 0 ? fan_in : 1))};
    Value *w = net_param(&h->net, net_name(&h->net, "%s.weight", h->prefix), h->dtype, rank, dim, u);
    Value **slot = n->n_in > 2 && n->in[2] ? &n->in[2] : h->add ? &h->add->in[h->add_in] : NULL;
    n->in[1] = w;
    if (h->net.code || !slot)
        return;
    int64_t b[IR_MAX_RANK], count = 1;
    int at = -1;
    if (!constant_behind(*slot) || !value_literal(*slot, b))
        return (void)no_head(h, "its bias is not a constant");
    for (int i = 0; i < (*slot)->type.rank; i++) {
        count *= b[i];
        at = b[i] == h->old ? i : at;
    }
    if (count != h->old || at < 0)
        return (void)no_head(h, "its bias has another number of elements");
    b[at] = h->now;
    *slot = net_param(&h->net, net_name(&h->net, "%s.bias", h->prefix), h->dtype, (*slot)->type.rank, b, u);
}

/* A reshape behind the product may hold the old number of outputs. */
static void new_shape(Head *h, Node *n)
{
    int64_t v[IR_MAX_RANK];
    int count, at = -1;
    if (n->op != OP_reshape || !is_constant(n->in[1]) || !value_ints(n->in[1], v, IR_MAX_RANK, &count))
        return;
    for (int i = 0; i < count; i++)
        at = v[i] == h->old ? i : at;
    if (at < 0)
        return;
    v[at] = h->now;
    n->in[1] = net_ints(&h->net, count, v);
}

/* Does anything read v, in g or in a subgraph? */
static bool is_read(const Graph *g, const Value *v, int depth)
{
    bool read = depth > IR_MAX_DEPTH;
    for (const Node *n = g->first; n && !read; n = n->next) {
        for (int i = 0; i < n->n_in; i++)
            read |= n->in[i] == v;
        for (int i = 0; i < n->n_attrs && !read; i++)
            read = n->attrs[i].kind == ATTR_GRAPH && is_read(n->attrs[i].graph, v, depth + 1);
    }
    for (size_t i = 0; i < g->n_out; i++)
        read |= g->out[i] == v;
    return read;
}

/* Nodes that only the old weights went through. */
static void remove_moves(Graph *g, Value *v)
{
    for (int depth = 0; depth < 8 && v && v->producer && v->producer->n_out == 1 && !is_read(g, v, 0); depth++) {
        Node *n = v->producer;
        v = n->in[0];
        graph_remove(n);
    }
}

static void check_output(Head *h)
{
    const Value *y = h->g->out[0];
    bool has = false;
    for (int i = 0; y->type.kind == TYPE_TENSOR && i < y->type.rank; i++)
        has |= dim_is(y->type.dim[i], h->now);
    if (!has)
        no_head(h, "behind it the number of outputs is fixed");
}

SpmlCode arch_replace_head(Graph *g, int n_out, uint64_t seed, const char **head, Error *err)
{
    Head h = {.net = {.g = g, .seed = seed, .err = err, .drawn = (uint64_t)1 << 32}, .g = g, .now = n_out};
    if (n_out < 1)
        return error_set(err, SPML_USAGE, "head", "a head of %d outputs", n_out);
    find(&h);
    if (h.net.code)
        return h.net.code;
    Node *n = h.product;
    Value *old[3] = {n->in[1], n->n_in > 2 ? n->in[2] : NULL, h.add ? h.add->in[h.add_in] : NULL};
    choose_prefix(&h);
    new_weight(&h);
    for (int i = 0; i < h.n_path && !h.net.code; i++)
        new_shape(&h, h.path[i]);
    if (h.net.code)
        return h.net.code;
    for (int i = 0; i < 3; i++)
        remove_moves(g, old[i]);
    for (size_t i = 0; i < g->n_out; i++)
        g->out[i]->declared = NULL;
    SpmlCode code = graph_infer(g, err);
    if (code)
        return error_context(err, "with a head of %d outputs", n_out), code;
    check_output(&h);
    *head = net_name(&h.net, "%s.*", h.prefix);
    return h.net.code;
}
