/* SPDX-License-Identifier: MIT
 * ops: classical models: tree_ensemble, tfidf (kernels/tree.k), lookup and zip_map (host): shape rules and lowerings. Other operators of ai.onnx.ml are made of
 * ordinary ops when they are imported. */
#include "base/hash.h"
#include "ops/moves.h"
#include "ops/types.h"
#include "ir/rtvalue.h"

#include <stdlib.h>
#include <string.h>

/* ── tree_ensemble(x [N, F], nodes [V, 7], splits [V], members [E], roots [T], targets [M], weights [M], base? [C]) ── */

static const Dim *tree_targets(const Node *n) { return dim_const(n->graph, node_int(n, "n_targets", 1)); }

SpmlCode shape_tree_ensemble(Node *n, Error *err)
{
    const Type *x = in_type(n, 0);
    if (x->rank < 1 || x->rank > 2 || node_int(n, "n_targets", 1) < 1)
        return shape_error(n, err, "input of rank %d", x->rank);
    const Dim *d[2] = {x->rank == 2 ? x->dim[0] : dim_const(n->graph, 1), tree_targets(n)};
    out_set(n, 0, in_type(n, 2)->dtype, 2, d);
    return SPML_OK;
}

SpmlCode lower_tree_ensemble(Lower *l, Node *n, Error *err)
{
    Operand x = lower_value(l, n->in[0]), y = lower_value(l, n->out[0]), args[9];
    const Dim *c = tree_targets(n);
    SpmlCode code = SPML_OK;
    args[0] = x.rank == 1 ? view_insert(l, x, 0) : x;
    for (int i = 1; i < 7; i++)
        args[i] = lower_value(l, n->in[i]);
    if (in_given(n, 7)) {
        args[7] = lower_value(l, n->in[7]);
    } else {
        args[7] = lower_value(l, lower_temp(l, y.type, 1, &c));
        code = lower_fill(l, args[7], 0, err);
    }
    args[8] = y;
    CallSpec s = {.kernel = "tree_ensemble", .types = {{"X", x.type}, {"A", y.type}}, .consts = {{"HOW", dim_const(lower_graph(l), node_int(n, "aggregate", 1))}}, .n_args = 9};
    memcpy(s.args, args, sizeof args);
    return code ? code : lower_call(l, &s, err);
}

/* ── tfidf(x [L] or [B, L], pool [P], grams [G, 3], weights [G]) ── */

SpmlCode shape_tfidf(Node *n, Error *err)
{
    const Type *x = in_type(n, 0);
    const Dim *out = dim_const(n->graph, node_int(n, "columns", 0)), *d[2] = {x->dim && x->rank == 2 ? x->dim[0] : out, out};
    if (x->rank < 1 || x->rank > 2 || !dtype_is_int(x->dtype))
        return shape_error(n, err, "input %s of rank %d", dtype_name(x->dtype), x->rank);
    out_set(n, 0, DT_f32, x->rank, d);
    return SPML_OK;
}

SpmlCode lower_tfidf(Lower *l, Node *n, Error *err)
{
    static const char *const modes[] = {"TF", "IDF", "TFIDF"};
    Operand x = lower_value(l, n->in[0]), y = lower_value(l, n->out[0]);
    Graph *g = lower_graph(l);
    int mode = -1;
    for (int i = 0; i < 3; i++)
        if (!strcmp(modes[i], node_str(n, "mode", "TF")))
            mode = i;
    SpmlCode code = mode < 0 ? lower_unsupported(n, err, "mode '%.40s'", node_str(n, "mode", "")) : lower_fill(l, y, 0, err);
    if (x.rank == 1) {
        x = view_insert(l, x, 0);
        y = view_insert(l, y, 0);
    }
    return code ? code : lower_call(l, &(CallSpec){.kernel = "tfidf", .types = {{"X", x.type}}, .consts = {{"SKIP", dim_const(g, node_int(n, "skip", 0))}, {"MODE", dim_const(g, mode)}},
                                                   .args = {x, lower_value(l, n->in[1]), lower_value(l, n->in[2]), lower_value(l, n->in[3]), y}, .n_args = 5}, err);
}

/* ── lookup(x, keys [K], values [K], default) ── */

SpmlCode shape_lookup(Node *n, Error *err)
{
    const Type *x = in_type(n, 0), *keys = in_type(n, 1), *values = in_type(n, 2), *def = in_type(n, 3);
    if (x->kind != TYPE_TENSOR || x->dtype != keys->dtype || values->dtype != def->dtype)
        return shape_error(n, err, "x is %s, keys are %s", dtype_name(x->dtype), dtype_name(keys->dtype));
    if (x->rank < 0)
        return out_type(n, 0, type_unranked(values->dtype)), SPML_OK;
    out_set(n, 0, values->dtype, x->rank, x->dim);
    return SPML_OK;
}

/* What elements of equal value share: text, integer, or float bits with one zero and one NaN. */
static StringRef key_of(const RtValue *v, int64_t i, uint64_t *bits)
{
    if (v->dtype == DT_string)
        return ((const StringRef *)v->data)[i];
    if (dtype_is_float(v->dtype)) {
        double f = dtype_get_f64(v->dtype, v->data, (uint64_t)i);
        memcpy(bits, &f, sizeof f);
        if (f != f || *bits == (uint64_t)1 << 63)
            *bits = f != f;
    } else {
        *bits = (uint64_t)dtype_get_i64(v->dtype, v->data, (uint64_t)i);
    }
    return (StringRef){(const char *)bits, sizeof *bits};
}

static SpmlCode host_lookup(struct RtContext *rt, const Node *n, RtValue **in, RtValue **out, Error *err)
{
    (void)rt;
    (void)n;
    const RtValue *x = in[0], *keys = in[1], *values = in[2], *def = in[3];
    Arena a = {0};
    Map m = map_make(&a);
    uint64_t bits;
    int64_t count = rt_count(keys), dim[IR_MAX_RANK];
    size_t w = dtype_info[values->dtype].bytes;
    if (count > rt_count(values) || rt_count(def) < 1 || dtype_info[values->dtype].block > 1)
        return error_set(err, SPML_DATA, "shape", "%lld keys, %lld values", (long long)count, (long long)rt_count(values));
    SpmlCode code = SPML_OK;
    for (int64_t i = 0; i < count && !code; i++) {
        StringRef k = key_of(keys, i, &bits);
        const char *kept = arena_strndup(&a, k.p, k.n);
        if (map_find(&m, k.p, k.n))
            continue;
        code = kept && map_put(&m, kept, k.n, (char *)values->data + (size_t)i * w) ? SPML_OK : error_oom(err);
    }
    memcpy(dim, x->dim, sizeof dim);
    if (!code)
        code = rt_alloc(out[0], values->dtype, x->rank, dim, err);
    for (int64_t i = 0; !code && i < rt_count(x); i++) {
        StringRef k = key_of(x, i, &bits);
        const void *hit = map_find(&m, k.p, k.n);
        memcpy((char *)out[0]->data + (size_t)i * w, hit ? hit : def->data, w);
    }
    arena_free(&a);
    return !code && values->dtype == DT_string ? rt_strings(out[0], x->rank, dim, out[0]->data, err) : code;
}

SpmlCode lower_lookup(Lower *l, Node *n, Error *err) { return lower_host(l, n, host_lookup, err); }

/* ── zip_map(x [N, C] or [C], labels [C]) ── */

SpmlCode shape_zip_map(Node *n, Error *err)
{
    const Type *x = in_type(n, 0), *labels = in_type(n, 1);
    if (x->kind != TYPE_TENSOR || x->rank > 2)
        return shape_error(n, err, "input of rank %d", x->rank);
    Type elem = {.kind = TYPE_TENSOR, .dtype = x->dtype, .rank = 0};
    Type map = {.kind = TYPE_MAP, .dtype = x->dtype, .key = labels->dtype, .elem = arena_copy(n->graph->arena, &elem, sizeof elem)};
    out_type(n, 0, type_wrap(n->graph, TYPE_SEQUENCE, &map));
    return SPML_OK;
}

static SpmlCode map_row(const RtValue *x, const RtValue *labels, int64_t row, RtValue *seq, Error *err)
{
    RtValue *m = calloc(1, sizeof *m), *keys = NULL, *values = NULL;
    int64_t c = rt_count(labels);
    SpmlCode code = m ? rt_copy(labels, &keys, err) : error_oom(err);
    if (m)
        *m = (RtValue){.kind = TYPE_MAP, .dtype = x->dtype};
    if (!code && (code = rt_sequence_add(m, keys, err)))
        rt_free(&keys);
    if (!code)
        code = rt_tensor(x->dtype, 1, &c, &values, err);
    if (!code) {
        size_t w = dtype_info[x->dtype].bytes * (size_t)c;
        memcpy(values->data, (const char *)x->data + (size_t)row * w, w);
        if ((code = rt_sequence_add(m, values, err)))
            rt_free(&values);
    }
    if (!code)
        code = rt_sequence_add(seq, m, err);
    if (code)
        rt_free(&m);
    return code;
}

static SpmlCode host_zip_map(struct RtContext *rt, const Node *n, RtValue **in, RtValue **out, Error *err)
{
    (void)rt;
    (void)n;
    const RtValue *x = in[0];
    int64_t c = x->rank ? x->dim[x->rank - 1] : 1, rows = x->rank == 2 ? x->dim[0] : 1;
    if (c != rt_count(in[1]) || dtype_info[x->dtype].block > 1 || x->dtype == DT_string)
        return error_set(err, SPML_DATA, "shape", "%lld scores for %lld labels", (long long)c, (long long)rt_count(in[1]));
    rt_clear(out[0]);
    out[0]->kind = TYPE_SEQUENCE;
    SpmlCode code = SPML_OK;
    for (int64_t i = 0; i < rows && !code; i++)
        code = map_row(x, in[1], i, out[0], err);
    return code;
}

SpmlCode lower_zip_map(Lower *l, Node *n, Error *err) { return lower_host(l, n, host_zip_map, err); }
