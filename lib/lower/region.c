/* SPDX-License-Identifier: MIT
 * lower: elementwise nodes and regions become the text of one kernel of the kernel language, which is what the compiler prints and
 * compiles. A lone op is a region of one. Inside a region floats stay in their compute type (f16 in f32) and are rounded at the store; under strict math, and
 * for integers always, each result takes the node's own type at once, as it would between kernels. */
#include "lower/lower.h"
#include "ops/ops.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

enum { MAP_MAX_IN = CALL_ARGS - 4, MAP_MAX_OPS = 64 };

static void index_text(Text *t, const char *name, int i) { text_printf(t, "%s%d[i...]", name, i); }

static bool is_scalar(const MapText *m, int i) { return m->scalar && m->scalar[i]; }

/* x3[i...] converted to its compute type when it is a storage type. */
static void load_text(Text *t, const MapText *m, int i)
{
    DType type = m->in_types[i];
    if (is_scalar(m, i)) {
        text_printf(t, "x%d", i);
        return;
    }
    bool convert = dtype_info[type].compute != type && dtype_info[type].compute != DT_none;
    if (convert)
        text_printf(t, "%s(", dtype_name(dtype_info[type].compute));
    index_text(t, "x", i);
    if (convert)
        text_puts(t, ")");
}

/* "alpha=0.5,0.25" → ", 0.5, 0.25": literals take the type of the function's parameter. */
static void params_text(Text *t, const char *params)
{
    for (const char *p = params; p && *p;) {
        const char *end = strchr(p, ','), *eq = memchr(p, '=', end ? (size_t)(end - p) : strlen(p));
        const char *from = eq ? eq + 1 : p;
        text_puts(t, ", ");
        text_add(t, from, end ? (size_t)(end - from) : strlen(from));
        p = end ? end + 1 : NULL;
    }
}

/* How often later rows read a slot; none: the store rounds it. */
static int slot_uses(const MapText *m, int slot)
{
    int n = 0;
    for (int i = 0; i < m->n_ops; i++)
        for (int k = 0; k < m->ops[i].n_in; k++)
            n += m->ops[i].in[k] == slot;
    return n;
}

/* Is the result of row i rounded to the node's own type, below what it was calculated in? */
static bool is_narrowed(const MapText *m, int i)
{
    DType t = m->ops[i].type, up = dtype_info[t].compute;
    return up != t && up != DT_none && (m->strict || dtype_is_int(t)) && slot_uses(m, m->n_in + i);
}

/* Compositions of kernels/fuse.def: the result of `first` is argument `at` of `second`. The same operations on the same operands, one primitive: equal bits. */
typedef struct Pair { const char *first, *second; int at; const char *both; } Pair;
static const Pair pairs[] = {
    {"mul", "add", 0, "mul_add"}, {"mul", "add", 1, "add_product"}, {"add", "mul", 0, "add_mul"}, {"sub", "mul", 0, "sub_mul"},
    {"add", "relu", 0, "add_relu"}, {"add", "add", 0, "add_add"}, {"mul", "mul", 0, "mul_mul"}, {"sigmoid", "mul", 1, "mul_sigmoid"},
};

/* Can row j take in the row that makes its argument p->at? */
static bool pair_fits(const MapText *m, int j, const Pair *p)
{
    const MapOp *b = &m->ops[j];
    int slot = p->at < b->n_in ? b->in[p->at] : 0, i = slot - m->n_in;
    if (i < 0 || i >= j || strcmp(b->fn, p->second) || strcmp(m->ops[i].fn, p->first))
        return false;
    for (int k = 0; k < m->n_out; k++)
        if (m->out[k] == slot)
            return false;
    return m->ops[i].type == b->type && slot_uses(m, slot) == 1 && !is_narrowed(m, i);
}

/* Which rows go into others: from the end, each in one pair at most. with[j]: what row j does with the row that it takes in. */
static void pair_rows(const MapText *m, const Pair **with, bool *gone)
{
    for (int j = m->n_ops - 1; j >= 0; j--)
        for (size_t p = 0; p < sizeof pairs / sizeof *pairs && !gone[j] && !with[j]; p++)
            if (pair_fits(m, j, &pairs[p])) {
                with[j] = &pairs[p];
                gone[m->ops[j].in[pairs[p].at] - m->n_in] = true;
            }
}

static void pair_text(Text *t, const MapText *m, int j, const Pair *p)
{
    const MapOp *b = &m->ops[j], *a = &m->ops[b->in[p->at] - m->n_in];
    text_printf(t, "        let t%d = %s(", m->n_in + j, p->both);
    for (int k = 0; k < a->n_in; k++)
        text_printf(t, "%st%d", k ? ", " : "", a->in[k]);
    for (int k = 0; k < b->n_in; k++)
        if (k != p->at)
            text_printf(t, ", t%d", b->in[k]);
    text_puts(t, ");\n");
}

static void op_text(Text *t, const MapText *m, int i)
{
    const MapOp *o = &m->ops[i];
    text_printf(t, "        let t%d = ", m->n_in + i);
    if (o->fn[0] == '@') { /* @cast, @sat: to the node's own type, then up to its compute type */
        const char *up = dtype_name(dtype_info[o->type].compute);
        text_printf(t, !strcmp(o->fn, "@sat") ? "%s(sat(%s, t%d));\n" : "%s(%s(t%d));\n", up, dtype_name(o->type), o->in[0]);
        return;
    }
    bool narrow = is_narrowed(m, i);
    if (narrow)
        text_printf(t, "%s(%s(", dtype_name(dtype_info[o->type].compute), dtype_name(o->type));
    text_printf(t, "%s(", o->fn);
    for (int k = 0; k < o->n_in; k++)
        text_printf(t, "%st%d", k ? ", " : "", o->in[k]);
    params_text(t, o->params);
    text_puts(t, narrow ? ")));\n" : ");\n");
}

char *map_text(Arena *a, const MapText *m)
{
    Text t = {0};
    text_puts(&t, "kernel map(");
    for (int i = 0; i < m->n_in; i++)
        text_printf(&t, is_scalar(m, i) ? "%s%s x%d: %s" : "%s%s x%d: %s[I...]", i ? ", " : "", m->inout0 && i == 0 ? "inout" : "in", i,
            dtype_name(is_scalar(m, i) ? dtype_info[m->in_types[i]].compute : m->in_types[i]));
    for (int i = 0; i < m->n_out && !m->inout0; i++)
        text_printf(&t, "%sout y%d: %s[I...]", m->n_in + i ? ", " : "", i, dtype_name(m->out_types[i]));
    text_puts(&t, ") {\n    each (i...) {\n");
    for (int i = 0; i < m->n_in; i++) {
        text_printf(&t, "        let t%d = ", i);
        load_text(&t, m, i);
        text_puts(&t, ";\n");
    }
    const Pair *with[MAP_MAX_OPS] = {0};
    bool gone[MAP_MAX_OPS] = {0};
    pair_rows(m, with, gone);
    for (int i = 0; i < m->n_ops; i++)
        if (with[i])
            pair_text(&t, m, i, with[i]);
        else if (!gone[i])
            op_text(&t, m, i);
    for (int i = 0; i < m->n_out; i++) {
        text_puts(&t, "        ");
        index_text(&t, m->inout0 ? "x" : "y", i);
        text_printf(&t, " = %s(t%d);\n", dtype_name(m->out_types[i]), m->out[i]);
    }
    text_puts(&t, "    }\n}\n");
    char *copy = t.oom ? NULL : arena_strndup(a, t.p, t.n);
    text_free(&t);
    return copy;
}

/* A literal of the kernel language: no plus sign in the exponent, words for what is not finite. */
static const char *map_literal(char *buf, double v)
{
    if (v != v || v - v != 0)
        return v != v ? "nan" : v > 0 ? "inf" : "-inf";
    format_f64(buf, v);
    char *plus = strchr(buf, '+');
    if (plus)
        memmove(plus, plus + 1, strlen(plus));
    return buf;
}

/* Is v a number of type t? Integer ops take their attributes in the type that they calculate in. */
static bool is_number_of(DType t, double v)
{
    uint64_t element = 0;
    dtype_set_f64(t, &element, 0, v);
    return dtype_is_float(t) || (t != DT_bool && v < 0x1p63 && dtype_get_f64(t, &element, 0) == v);
}

/* The float attributes a row names, as literals: params "alpha=0.01,beta=1" → "0.5,1". */
static SpmlCode node_params(const Node *n, const char **out, Error *err)
{
    const DType as = n->n_in && n->in[0] ? dtype_info[n->in[0]->type.dtype].compute : DT_none;
    const char *p = op_info[n->op].params;
    Text t = {0};
    while (p && *p) {
        char name[32], number[40];
        const char *end = strchr(p, ','), *eq = strchr(p, '=');
        size_t len = end ? (size_t)(end - p) : strlen(p), n_name = eq && eq < p + len ? (size_t)(eq - p) : len;
        snprintf(name, sizeof name, "%.*s", (int)(n_name < 31 ? n_name : 31), p);
        double def = 0;
        if (n_name < len)
            parse_f64(p + n_name + 1, NULL, &def);
        const Attr *a = node_find(n, name);
        double v = a && a->kind == ATTR_FLOAT ? a->f : a && a->kind == ATTR_INT ? (double)a->i : def;
        if (as != DT_none && !is_number_of(as, v)) {
            text_free(&t);
            return lower_unsupported(n, err, "attribute '%s' = %s is not a number of %s", name, map_literal(number, v), dtype_name(as));
        }
        text_printf(&t, "%s%s", t.n ? "," : "", map_literal(number, v));
        p = end ? end + 1 : NULL;
    }
    *out = t.oom ? NULL : arena_strndup(n->graph->arena, t.p ? t.p : "", t.n);
    text_free(&t);
    return *out ? SPML_OK : error_oom(err);
}

static SpmlCode map_call(Lower *l, const MapText *m, const Operand *args, int n_args, CallSpec *c, Error *err)
{
    for (int i = 0; i < n_args; i++)
        if (dtype_info[args[i].type].compute == DT_none)
            return error_set(err, SPML_UNSUPPORTED, "dtype-unsupported", "elementwise on %s is not supported", dtype_name(args[i].type));
    *c = (CallSpec){.text = map_text(lower_graph(l)->arena, m), .n_args = n_args, .ranks = {{"I", args[0].rank}}};
    if (!c->text || n_args > CALL_ARGS)
        return error_oom(err);
    memcpy(c->args, args, (size_t)n_args * sizeof *args);
    return SPML_OK;
}

SpmlCode lower_map(Lower *l, const char *fn, const char *params, int n, const Operand *x, Operand y, Error *err)
{
    MapOp op = {.fn = fn, .params = params, .type = y.type, .n_in = n};
    DType types[8];
    Operand args[9];
    for (int i = 0; i < n && i < 8; i++) {
        op.in[i] = i;
        types[i] = x[i].type;
        args[i] = x[i];
    }
    args[n] = y;
    int out = n;
    MapText m = {.n_in = n, .in_types = types, .n_ops = 1, .ops = &op, .n_out = 1, .out = &out, .out_types = &y.type};
    CallSpec c;
    SpmlCode code = map_call(l, &m, args, n + 1, &c, err);
    return code ? code : lower_call(l, &c, err);
}

/* ── nodes ── */

typedef struct MapBuild { /* a straight-line program under construction */
    MapOp ops[MAP_MAX_OPS];
    int n_ops, n_in;
    Value *slot_value[MAP_MAX_IN + MAP_MAX_OPS]; /* value of t<i>: inputs first */
    DType in_types[MAP_MAX_IN];
} MapBuild;

static int slot_of(const MapBuild *b, const Value *v)
{
    for (int i = 0; i < b->n_in + b->n_ops; i++)
        if (b->slot_value[i] == v)
            return i;
    return -1;
}

static SpmlCode build_op(MapBuild *b, const Node *n, Error *err)
{
    const OpInfo *o = &op_info[n->op];
    if (o->space != SPACE_MAP || b->n_ops == MAP_MAX_OPS || n->n_in > 8)
        return lower_unsupported(n, err, "not an elementwise op of at most 8 inputs");
    MapOp *op = &b->ops[b->n_ops];
    *op = (MapOp){.fn = o->fn, .type = n->out[0]->type.dtype, .n_in = n->n_in};
    const SpmlCode code = node_params(n, &op->params, err);
    if (code)
        return code;
    if (n->op == OP_cast && node_int(n, "saturate", 0) && dtype_is_float(op->type) && dtype_info[op->type].bytes == 1)
        op->fn = "@sat";
    for (int i = 0; i < n->n_in; i++)
        if (!n->in[i] || (op->in[i] = slot_of(b, n->in[i])) < 0)
            return lower_unsupported(n, err, "input %d is not part of the region", i);
    b->slot_value[b->n_in + b->n_ops++] = n->out[0];
    return SPML_OK;
}

static SpmlCode build_input(MapBuild *b, Value *v, const Node *n, Error *err)
{
    if (slot_of(b, v) >= 0)
        return SPML_OK;
    if (b->n_in == MAP_MAX_IN)
        return lower_unsupported(n, err, "more than %d inputs", MAP_MAX_IN);
    b->in_types[b->n_in] = v->type.dtype;
    b->slot_value[b->n_in++] = v;
    return SPML_OK;
}

/* A constant of one element is no tensor to read but a number of the launch: the kernel then holds it in a register. */
static bool scalar_const(const Value *v, CallScalar *s)
{
    int64_t dims[IR_MAX_RANK], n = 1;
    DType t = v->type.dtype;
    if (v->residency != RES_CONST || !v->data || !v->data->p || !value_literal(v, dims) || dtype_info[t].block > 1 || !(dtype_is_float(t) || dtype_is_int(t)))
        return false;
    for (int i = 0; i < v->type.rank; i++)
        n *= dims[i];
    if (n != 1 || v->data->sz < dtype_info[t].bytes)
        return false;
    *s = dtype_is_float(t) ? scalar_f(dtype_get_f64(t, v->data->p, 0)) : scalar_i(dtype_get_i64(t, v->data->p, 0));
    return true;
}

/* One map call: inputs expanded to the dims of outs[0]. inout0: the first input is the output. */
static SpmlCode build_call(Lower *l, const MapBuild *b, Value *const *inner_out, Value *const *outs, int n_out, bool inout0,
                           Value *const *in_values, CallSpec *c, Error *err)
{
    Operand args[CALL_ARGS];
    int out[8], n = 0, n_scalars = 0;
    DType out_types[8];
    CallScalar scalars[MAP_MAX_IN];
    bool scalar[MAP_MAX_IN] = {0};
    const Type *space = &outs[0]->type;
    bool may = !inout0 || b->n_ops > 2; /* a sum and a clamp are free at a contraction's store, where they read tensors */
    for (int i = 0; i < b->n_in; i++)
        if (may && n_scalars < CALL_SCALARS && (scalar[i] = !(inout0 && i == 0) && scalar_const(in_values[i], &scalars[n_scalars])))
            n_scalars++;
        else
            args[n++] = view_expand(l, lower_value(l, in_values[i]), space->rank, space->dim);
    for (int i = 0; i < n_out; i++) {
        out[i] = slot_of(b, inner_out[i]);
        out_types[i] = outs[i]->type.dtype;
        if (!inout0)
            args[n++] = view_expand(l, lower_value(l, outs[i]), space->rank, space->dim);
    }
    MapText m = {.n_in = b->n_in, .in_types = b->in_types, .n_ops = b->n_ops, .ops = b->ops, .n_out = n_out, .out = out, .out_types = out_types, .inout0 = inout0,
        .strict = lower_graph(l)->root->strict_math, .scalar = scalar};
    SpmlCode code = map_call(l, &m, args, n, c, err);
    memcpy(c->scalars, scalars, (size_t)n_scalars * sizeof *scalars);
    c->n_scalars = n_scalars;
    return code;
}

static SpmlCode lower_single(Lower *l, Node *n, Error *err)
{
    MapBuild made = {0}, *const b = &made;
    CallSpec c;
    SpmlCode code = SPML_OK;
    for (int i = 0; i < n->n_in && !code; i++)
        code = n->in[i] ? build_input(b, n->in[i], n, err) : lower_unsupported(n, err, "input %d is missing", i);
    if (!code)
        code = build_op(b, n, err);
    if (!code)
        code = build_call(l, b, n->out, n->out, 1, false, b->slot_value, &c, err);
    return code ? code : lower_call(l, &c, err);
}

static Value *outer_of(const Node *region, const Graph *body, Value *v)
{
    for (int i = 0; i < region->n_in; i++)
        if (body->in[i] == v)
            return region->in[i];
    return v;
}

/* A region with a root that is not elementwise: the root is lowered straight into the region's output, what follows it becomes the call's
 * `post`, applied to each finished block while it is hot. */
static SpmlCode lower_rooted(Lower *l, Node *n, Graph *body, Error *err)
{
    Node *root = body->first, saved = *root;
    MapBuild made = {0}, *const b = &made;
    Value **in = arena_array(n->graph->arena, Value *, (size_t)root->n_in + 1), *inner = root->out[0], *ends[1] = {body->out[0]};
    Value **outs = arena_array(n->graph->arena, Value *, (size_t)root->n_out); /* zeros: it has no others */
    if (!in || !outs)
        return error_oom(err);
    outs[0] = n->out[0];
    for (int i = 0; i < root->n_in; i++)
        in[i] = root->in[i] ? outer_of(n, body, root->in[i]) : NULL;
    root->in = in;
    root->out = outs;
    root->n_out = 1; /* its other outputs are not wanted */
    SpmlCode code = op_fns[root->op].lower(l, root, err);
    *root = saved;
    if (!code)
        code = build_input(b, inner, n, err);
    for (Node *m = root->next; m && !code; m = m->next) {
        for (int i = 0; i < m->n_in && !code; i++)
            if (m->in[i] && m->in[i]->producer == NULL)
                code = build_input(b, m->in[i], n, err);
    }
    for (Node *m = root->next; m && !code; m = m->next)
        code = build_op(b, m, err);
    Value *values[MAP_MAX_IN] = {n->out[0]};
    for (int i = 1; i < b->n_in && !code; i++)
        values[i] = outer_of(n, body, b->slot_value[i]);
    CallSpec post;
    if (!code)
        code = build_call(l, b, ends, outs, 1, true, values, &post, err);
    return code ? code : lower_post(l, &post, err);
}

SpmlCode lower_region(Lower *l, Node *n, Error *err)
{
    const Attr *a = n->op == OP_region ? node_find(n, "body") : NULL;
    if (!a)
        return lower_single(l, n, err);
    Graph *body = a->graph;
    if (body->first && op_info[body->first->op].space != SPACE_MAP)
        return lower_rooted(l, n, body, err);
    MapBuild made = {0}, *const b = &made;
    CallSpec c;
    SpmlCode code = SPML_OK;
    for (size_t i = 0; i < body->n_in && !code; i++)
        code = build_input(b, body->in[i], n, err);
    for (Node *m = body->first; m && !code; m = m->next)
        code = build_op(b, m, err);
    if (!code && b->n_in != n->n_in)
        code = lower_unsupported(n, err, "an input is given twice");
    if (!code)
        code = build_call(l, b, body->out, n->out, n->n_out, false, n->in, &c, err);
    return code ? code : lower_call(l, &c, err);
}
