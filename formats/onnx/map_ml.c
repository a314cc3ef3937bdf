/* SPDX-License-Identifier: MIT
 * formats/onnx: ai.onnx.ml but trees (map_tree.c), and TfIdfVectorizer: made of ordinary ops wherever that is possible. */
#include "formats/onnx/export.h"
#include "formats/onnx/map_ml.h"

#include <string.h>

/* ── building blocks ── */

static Value *op1(Import *im, const ForeignNode *f, int op, Value *x) { return x ? import_op(im, f, op, 1, &x) : NULL; }
static Value *op2(Import *im, const ForeignNode *f, int op, Value *x, Value *y) { return x && y ? import_op(im, f, op, 2, (Value *const[]){x, y}) : NULL; }

static Value *with_int(Value *v, const char *name, int64_t i) { return v && import_attr_int(v->producer, name, i) ? v : NULL; }

static Value *f32_const(Import *im, double v)
{
    float x;
    dtype_set_f64(DT_f32, &x, 0, v);
    return graph_const(im->g, NULL, DT_f32, 0, NULL, &x, sizeof x);
}

static Value *least_const(Import *im)
{
    static const uint32_t minus_infinity = 0xFF800000;
    return graph_const(im->g, NULL, DT_f32, 0, NULL, &minus_infinity, sizeof minus_infinity);
}

/* A floats attribute as f32[n]. */
static Value *f32_list(Import *im, const ForeignNode *f, const char *name, int rank, const int64_t *dims, int64_t want)
{
    const Attr *a = foreign_attr(f, name);
    if (!a || a->kind != ATTR_FLOATS || (want >= 0 && a->n != want))
        return NULL;
    float *p = arena_array(im->g->arena, float, a->n + 1);
    for (int64_t i = 0; p && i < a->n; i++)
        dtype_set_f64(DT_f32, p, (uint64_t)i, a->floats[i]);
    return p ? graph_const(im->g, NULL, DT_f32, rank, rank == 1 ? &a->n : dims, p, (size_t)a->n * sizeof *p) : NULL;
}

Value *ml_labels(Import *im, const ForeignNode *f, const char *ints, const char *strings, int64_t *n)
{
    const Attr *i = foreign_attr(f, ints), *s = foreign_attr(f, strings);
    if (i && i->kind == ATTR_INTS && i->n)
        return graph_const(im->g, NULL, DT_i64, 1, &(int64_t){*n = i->n}, i->ints, (size_t)i->n * sizeof *i->ints);
    if (s && s->kind == ATTR_STRINGS && s->n)
        return graph_const(im->g, NULL, DT_string, 1, &(int64_t){*n = s->n}, s->strings, (size_t)s->n * sizeof *s->strings);
    *n = 0;
    return NULL;
}

SpmlCode ml_transform(Import *im, const ForeignNode *f, Value *scores, const char *how, Value **y)
{
    if (!strcmp(how, "NONE"))
        return import_give(im, scores, y);
    if (!strcmp(how, "SOFTMAX"))
        return import_give(im, with_int(op1(im, f, OP_softmax, scores), "axis", -1), y);
    if (!strcmp(how, "LOGISTIC"))
        return import_give(im, op1(im, f, OP_sigmoid, scores), y);
    return import_unsupported(im, f, "post_transform '%.40s'", how);
}

/* One score s as two: {1 - s, s}, {-s, s} or {sigmoid(-s), sigmoid(s)}. */
static Value *two_scores(Import *im, const ForeignNode *f, Value *s, int choice, bool logistic)
{
    Value *other = choice & ML_COMPLEMENT && !logistic ? op2(im, f, OP_sub, op2(im, f, OP_cast_like, f32_const(im, 1), s), s) : op1(im, f, OP_neg, s);
    if (logistic) {
        other = op1(im, f, OP_sigmoid, other);
        s = op1(im, f, OP_sigmoid, s);
    }
    return with_int(op2(im, f, OP_concat, other, s), "axis", 1);
}

/* The number of the greatest score of each row; without votes a score counts as -inf. */
static Value *greatest(Import *im, const ForeignNode *f, Value *scores, Value *votes)
{
    if (votes) {
        Value *zero = op2(im, f, OP_cast_like, f32_const(im, 0), votes), *least = op2(im, f, OP_cast_like, least_const(im), scores);
        Value *voted = op2(im, f, OP_gt, votes, zero);
        scores = voted && least ? import_op(im, f, OP_where, 3, (Value *const[]){voted, scores, least}) : NULL;
    }
    return with_int(with_int(op1(im, f, OP_argmax, scores), "axis", 1), "keepdims", 0);
}

/* 1 where the score of the second class is above the limit, else 0, as i64[N]. */
static Value *above_limit(Import *im, const ForeignNode *f, Value *scores, int choice)
{
    static const int64_t flat = -1, second = 1;
    Value *s = choice & ML_SECOND ? with_int(op2(im, f, OP_gather, scores, graph_const_i64(im->g, 1, &second)), "axis", 1) : scores;
    Value *limit = op2(im, f, OP_cast_like, f32_const(im, choice & ML_HALF ? 0.5 : 0), s), *above = op2(im, f, OP_gt, s, limit);
    return op2(im, f, OP_reshape, above ? import_to(im, f, above, DT_i64) : NULL, graph_const_i64(im->g, 1, &flat));
}

SpmlCode ml_classify(Import *im, const ForeignNode *f, Value *scores, Value *votes, Value *labels, int choice, Value **out)
{
    const char *post = foreign_str(f, "post_transform", "NONE");
    Value *index = choice == ML_MANY ? greatest(im, f, scores, votes) : above_limit(im, f, scores, choice), *y;
    bool logistic = !strcmp(post, "LOGISTIC");
    SpmlCode code = SPML_OK;
    if (choice & ML_ONE && !logistic && strcmp(post, "NONE"))
        return import_unsupported(im, f, "post_transform '%.40s' of one score", post);
    if (choice & ML_ONE)
        y = two_scores(im, f, scores, choice, logistic);
    else
        code = ml_transform(im, f, scores, post, &y);
    if (code)
        return code;
    Value *label = with_int(op2(im, f, OP_gather, labels, index), "axis", 0);
    if (!label || !y)
        return error_oom(im->err);
    out[0] = label;
    if (f->n_out > 1)
        out[1] = y;
    return SPML_OK;
}

/* ── linear models ── */

/* x · coefficientsᵀ + intercepts, rows of coefficients per target */
static SpmlCode linear_scores(Import *im, const ForeignNode *f, int64_t targets, Value **y)
{
    const Attr *c = foreign_attr(f, "coefficients");
    int64_t dims[2] = {targets, 0};
    if (!c || c->kind != ATTR_FLOATS || targets < 1 || c->n % targets)
        return import_unsupported(im, f, "coefficients do not fit %lld targets", (long long)targets);
    dims[1] = c->n / targets;
    Value *w = f32_list(im, f, "coefficients", 2, dims, c->n), *x = import_to(im, f, foreign_in(f, 0), DT_f32), *p = with_int(op2(im, f, OP_matmul, x, w), "trans_b", 1);
    const Attr *b = foreign_attr(f, "intercepts");
    if (p && b && b->kind == ATTR_FLOATS && b->n) {
        Value *bias = f32_list(im, f, "intercepts", 1, NULL, targets);
        if (!bias)
            return import_unsupported(im, f, "%lld intercepts for %lld targets", (long long)b->n, (long long)targets);
        p = op2(im, f, OP_add, p, bias);
    }
    return import_give(im, p, y);
}

static SpmlCode import_linear_regressor(Import *im, const ForeignNode *f, Value **out)
{
    Value *y;
    SpmlCode code = linear_scores(im, f, foreign_int(f, "targets", 1), &y);
    return code ? code : ml_transform(im, f, y, foreign_str(f, "post_transform", "NONE"), &out[0]);
}

static SpmlCode import_linear_classifier(Import *im, const ForeignNode *f, Value **out)
{
    const Attr *b = foreign_attr(f, "intercepts");
    int64_t classes, targets;
    Value *labels = ml_labels(im, f, "classlabels_ints", "classlabels_strings", &classes), *y;
    if (!labels)
        return import_unsupported(im, f, "class labels are missing");
    targets = b && b->kind == ATTR_FLOATS && b->n ? b->n : classes;
    if (targets != classes && !(targets == 1 && classes == 2))
        return import_unsupported(im, f, "%lld scores for %lld classes", (long long)targets, (long long)classes);
    SpmlCode code = linear_scores(im, f, targets, &y);
    return code ? code : ml_classify(im, f, y, NULL, labels, targets == classes ? ML_MANY : ML_ONE | ML_COMPLEMENT, out);
}

/* ── scaling of features ── */

/* x / n, where n is the row's norm, or x where that is 0 */
static SpmlCode import_normalizer(Import *im, const ForeignNode *f, Value **out)
{
    static const struct { const char *name; int op; } norms[] = {{"MAX", OP_reduce_max}, {"L1", OP_reduce_l1}, {"L2", OP_reduce_l2}};
    static const int64_t last = -1;
    int op = -1;
    for (int i = 0; i < 3; i++)
        if (!strcmp(norms[i].name, foreign_str(f, "norm", "MAX")))
            op = norms[i].op;
    if (op < 0)
        return import_unsupported(im, f, "norm '%.40s'", foreign_str(f, "norm", ""));
    Value *x = import_to(im, f, foreign_in(f, 0), DT_f32), *norm = op1(im, f, op, x), *zero = f32_const(im, 0), *one = f32_const(im, 1);
    if (!norm || !import_attr_ints(norm->producer, "axes", 1, &last) || !import_attr_int(norm->producer, "keepdims", 1) || !zero || !one)
        return error_oom(im->err);
    Value *none = op2(im, f, OP_eq, norm, zero), *by = none ? import_op(im, f, OP_where, 3, (Value *const[]){none, one, norm}) : NULL;
    return import_give(im, op2(im, f, OP_div, x, by), out);
}

static SpmlCode import_scaler(Import *im, const ForeignNode *f, Value **out)
{
    Value *x = import_to(im, f, foreign_in(f, 0), DT_f32), *offset = f32_list(im, f, "offset", 1, NULL, -1), *scale = f32_list(im, f, "scale", 1, NULL, -1);
    if (!offset || !scale)
        return import_unsupported(im, f, "attributes 'offset' and 'scale' are needed");
    return import_give(im, op2(im, f, OP_mul, op2(im, f, OP_sub, x, offset), scale), out);
}

static SpmlCode import_binarizer(Import *im, const ForeignNode *f, Value **out)
{
    Value *x = foreign_in(f, 0), *limit = op2(im, f, OP_cast_like, f32_const(im, foreign_float(f, "threshold", 0)), x);
    return import_give(im, op2(im, f, OP_cast_like, op2(im, f, OP_gt, x, limit), x), out);
}

/* Items equal to the replaced one (floats: NaN too, when that is what is replaced) take the imputed value of their column. */
static SpmlCode import_imputer(Import *im, const ForeignNode *f, Value **out)
{
    Value *x = foreign_in(f, 0), *with = f32_list(im, f, "imputed_value_floats", 1, NULL, -1), *bad;
    int64_t n;
    double replaced = foreign_float(f, "replaced_value_float", 0);
    if (with) {
        bad = replaced != replaced ? op1(im, f, OP_is_nan, x) : op2(im, f, OP_eq, x, f32_const(im, replaced));
    } else {
        with = ml_labels(im, f, "imputed_value_int64s", "", &n);
        if (!with)
            return import_unsupported(im, f, "imputed values are missing");
        int64_t old = foreign_int(f, "replaced_value_int64", 0);
        bad = op2(im, f, OP_eq, x, graph_const_i64(im->g, -1, &old));
    }
    return import_give(im, bad ? import_op(im, f, OP_where, 3, (Value *const[]){bad, with, x}) : NULL, out);
}

static SpmlCode import_feature_vectorizer(Import *im, const ForeignNode *f, Value **out)
{
    Value **in = arena_array(im->g->arena, Value *, f->n_in + 1);
    for (int i = 0; in && i < f->n_in; i++)
        if (!(in[i] = import_to(im, f, foreign_in(f, i), DT_f32)))
            return error_oom(im->err);
    return import_give(im, in ? with_int(import_op(im, f, OP_concat, f->n_in, in), "axis", 1) : NULL, out);
}

/* Columns of the last axis by number; a vector becomes one row. */
static SpmlCode import_array_feature(Import *im, const ForeignNode *f, Value **out)
{
    static const int64_t flat = -1, first = 0;
    Value *x = foreign_in(f, 0), *ix = op2(im, f, OP_reshape, foreign_in(f, 1), graph_const_i64(im->g, 1, &flat));
    if (x && x->type.kind == TYPE_TENSOR && x->type.rank == 1)
        x = op2(im, f, OP_unsqueeze, x, graph_const_i64(im->g, 1, &first));
    return import_give(im, with_int(op2(im, f, OP_gather, x, ix), "axis", -1), out);
}

static SpmlCode import_one_hot_encoder(Import *im, const ForeignNode *f, Value **out)
{
    static const int64_t last = -1;
    int64_t n;
    Value *x = foreign_in(f, 0), *cats = ml_labels(im, f, "cats_int64s", "cats_strings", &n);
    if (!cats || !foreign_int(f, "zeros", 1))
        return import_unsupported(im, f, "no categories, or zeros = 0");
    if (cats->type.dtype == DT_i64)
        x = import_to(im, f, x, DT_i64);
    Value *wide = op2(im, f, OP_unsqueeze, x, graph_const_i64(im->g, 1, &last)), *same = op2(im, f, OP_eq, wide, cats);
    return import_give(im, same ? import_to(im, f, same, DT_f32) : NULL, out);
}

static SpmlCode import_zip_map(Import *im, const ForeignNode *f, Value **out)
{
    int64_t n;
    Value *labels = ml_labels(im, f, "classlabels_int64s", "classlabels_strings", &n);
    if (!labels)
        return import_unsupported(im, f, "class labels are missing");
    return import_give(im, op2(im, f, OP_zip_map, foreign_in(f, 0), labels), out);
}

/* ── tables from keys to values ── */

/* `stem`_tensor, _strings, _int64s or _floats as a constant vector. */
static Value *column(Import *im, const ForeignNode *f, const char *stem)
{
    char name[3][64];
    static const char *const ends[] = {"tensor", "int64s", "strings"};
    int64_t n;
    for (int i = 0; i < 3; i++)
        snprintf(name[i], sizeof name[i], "%s_%s", stem, ends[i]);
    const Attr *t = foreign_attr(f, name[0]);
    if (t && t->kind == ATTR_TENSOR)
        return t->tensor;
    Value *v = ml_labels(im, f, name[1], name[2], &n);
    snprintf(name[0], sizeof name[0], "%s_floats", stem);
    return v ? v : f32_list(im, f, name[0], 1, NULL, -1);
}

static Value *default_for(Import *im, const ForeignNode *f, DType t)
{
    const Attr *a = foreign_attr(f, "default_tensor"), *s = foreign_attr(f, "default_string");
    int64_t i = foreign_int(f, "default_int64", -1), one = 1;
    float v;
    if (a && a->kind == ATTR_TENSOR && a->tensor->type.dtype == t)
        return a->tensor;
    if (t == DT_string)
        return graph_const(im->g, NULL, t, 1, &one, &(StringRef){s ? s->s : "_Unused", s ? (size_t)s->n : 7}, sizeof(StringRef));
    uint8_t bytes[8] = {0};
    dtype_set_f64(DT_f32, &v, 0, foreign_float(f, "default_float", -0.0));
    if (dtype_is_float(t))
        dtype_set_f64(t, bytes, 0, v);
    else
        dtype_set_i64(t, bytes, 0, i);
    return graph_const(im->g, NULL, t, 1, &one, bytes, dtype_info[t].bytes);
}

static SpmlCode lookup(Import *im, const ForeignNode *f, Value *keys, Value *values, Value **out)
{
    Value *def = default_for(im, f, values->type.dtype);
    return import_give(im, def ? import_op(im, f, OP_lookup, 4, (Value *const[]){foreign_in(f, 0), keys, values, def}) : NULL, out);
}

static SpmlCode import_label_encoder(Import *im, const ForeignNode *f, Value **out)
{
    Value *keys = column(im, f, "keys"), *values = column(im, f, "values");
    return keys && values ? lookup(im, f, keys, values, out) : import_unsupported(im, f, "keys or values are missing");
}

/* Two lists, or a list and its positions; the direction follows from the type of x, text to number or number to text. */
static SpmlCode both_ways(Import *im, const ForeignNode *f, Value *names, Value *numbers, Value **out)
{
    const Value *x = foreign_in(f, 0);
    if (!x || x->type.kind != TYPE_TENSOR || !names || !numbers || (x->type.dtype != DT_string && x->type.dtype != DT_i64))
        return import_unsupported(im, f, "the type of the input is not known here, or the lists are missing");
    return x->type.dtype == DT_string ? lookup(im, f, names, numbers, out) : lookup(im, f, numbers, names, out);
}

static SpmlCode import_label_encoder_1(Import *im, const ForeignNode *f, Value **out)
{
    int64_t n;
    Value *names = ml_labels(im, f, "", "classes_strings", &n);
    int64_t *v = arena_array(im->g->arena, int64_t, n + 1);
    for (int64_t i = 0; v && i < n; i++)
        v[i] = i;
    return both_ways(im, f, names, v ? graph_const_i64(im->g, (int)n, v) : NULL, out);
}

static SpmlCode import_category_mapper(Import *im, const ForeignNode *f, Value **out)
{
    int64_t n;
    return both_ways(im, f, ml_labels(im, f, "", "cats_strings", &n), ml_labels(im, f, "cats_int64s", "", &n), out);
}

/* ── TfIdfVectorizer ── */

typedef struct Grams { int64_t *row /* [n, 3]: start, length, column */, n, columns; int64_t n_pool; } Grams;

/* Group k of the pool (from ngram_counts[k - 1] on) holds the k-grams. */
static bool grams_read(Import *im, const ForeignNode *f, Grams *g)
{
    int64_t n_counts, n_index, lo = foreign_int(f, "min_gram_length", 1), hi = foreign_int(f, "max_gram_length", 1), seen = 0, kept = 0;
    const int64_t *counts = foreign_ints(f, "ngram_counts", &n_counts), *index = foreign_ints(f, "ngram_indexes", &n_index);
    g->row = arena_array(im->g->arena, int64_t, 3 * (n_index + 1));
    if (!counts || !index || !g->row)
        return false;
    for (int64_t i = 0; i < n_index; i++) {
        if (index[i] < 0 || index[i] >= INT32_MAX)
            return false;
        g->columns = index[i] >= g->columns ? index[i] + 1 : g->columns;
    }
    for (int64_t k = 0; k < n_counts; k++) {
        int64_t end = k + 1 < n_counts ? counts[k + 1] : g->n_pool;
        if (counts[k] < 0 || end < counts[k] || end > g->n_pool || (end - counts[k]) % (k + 1))
            return false;
        for (int64_t at = counts[k]; at < end; at += k + 1, seen++) {
            if (seen >= n_index)
                return false;
            if (k + 1 >= lo && k + 1 <= hi)
                memcpy(g->row + 3 * kept++, (int64_t[3]){at, k + 1, index[seen]}, 3 * sizeof *g->row);
        }
    }
    g->n = kept;
    return true;
}

/* Weights go with the n-gram of the same number: those that are kept, in order. */
static Value *gram_weights(Import *im, const ForeignNode *f, const Grams *g)
{
    const Attr *w = foreign_attr(f, "weights");
    int64_t n_index;
    const int64_t *index = foreign_ints(f, "ngram_indexes", &n_index);
    float *p = arena_array(im->g->arena, float, g->n + 1);
    for (int64_t i = 0; p && i < g->n; i++) {
        double v = 1;
        for (int64_t k = 0; w && w->kind == ATTR_FLOATS && k < n_index && k < w->n; k++)
            if (index[k] == g->row[3 * i + 2])
                v = w->floats[k];
        dtype_set_f64(DT_f32, p, (uint64_t)i, v);
    }
    return p ? graph_const(im->g, NULL, DT_f32, 1, &g->n, p, (size_t)g->n * sizeof *p) : NULL;
}

static SpmlCode import_tfidf(Import *im, const ForeignNode *f, Value **out)
{
    Grams g = {0};
    int64_t absent = -1, one = 1;
    Value *x = foreign_in(f, 0), *pool = ml_labels(im, f, "pool_int64s", "pool_strings", &g.n_pool);
    if (!pool || !grams_read(im, f, &g))
        return import_unsupported(im, f, "the pool or its n-gram lists do not fit");
    if (pool->type.dtype == DT_string) { /* texts become their first position in the pool */
        const StringRef *s = pool->data->p;
        Map m = map_make(im->g->arena);
        int64_t *id = arena_array(im->g->arena, int64_t, g.n_pool + 1);
        for (int64_t i = 0; id && i < g.n_pool; i++) {
            uintptr_t hit = (uintptr_t)map_find(&m, s[i].p, s[i].n);
            id[i] = hit ? (int64_t)hit - 1 : i;
            if (!hit && !map_put(&m, s[i].p, s[i].n, (void *)(uintptr_t)(i + 1)))
                return error_oom(im->err);
        }
        Value *ids = id ? graph_const_i64(im->g, (int)g.n_pool, id) : NULL, *def = graph_const(im->g, NULL, DT_i64, 1, &one, &absent, sizeof absent);
        x = ids && def ? import_op(im, f, OP_lookup, 4, (Value *const[]){x, pool, ids, def}) : NULL;
        pool = ids;
    }
    Value *rows = graph_const(im->g, NULL, DT_i64, 2, (int64_t[2]){g.n, 3}, g.row, (size_t)g.n * 3 * sizeof *g.row), *w = gram_weights(im, f, &g);
    Value *y = x && pool && rows && w ? import_op(im, f, OP_tfidf, 4, (Value *const[]){x, pool, rows, w}) : NULL;
    if (!y || !import_attr_int(y->producer, "columns", g.columns) || !import_attr_int(y->producer, "skip", foreign_int(f, "max_skip_count", 0)) ||
        !import_attr_str(y->producer, "mode", foreign_str(f, "mode", "TF")))
        return error_oom(im->err);
    out[0] = y;
    return SPML_OK;
}

/* ── and back ── */

static void export_zip_map(Export *x)
{
    Ref in = export_in(x, 0);
    const Value *l = x->n->in[1];
    int64_t n;
    if (!l->data || !l->data->p || l->type.rank != 1 || !dim_lit(l->type.dim[0], &n) || (l->type.dtype != DT_i64 && l->type.dtype != DT_string)) {
        export_unsupported(x, "labels that are no constant list of texts or 64-bit integers");
        return;
    }
    Attr a = {.name = "classlabels_strings", .kind = ATTR_STRINGS, .n = n, .strings = l->data->p};
    if (l->type.dtype == DT_i64) {
        int64_t *v = arena_copy(x->w->arena, l->data->p, l->data->sz); /* a view of a file is not aligned */
        a = v ? attr_ints("classlabels_int64s", n, v) : a;
    }
    export_last_of(x, "ai.onnx.ml", 1, "ZipMap", 1, &in, 1, &a, 1);
}

/* Keys, values and default as tensors, which LabelEncoder takes from 4 on. */
static void export_lookup(Export *x)
{
    static const char *const names[] = {"keys_tensor", "values_tensor", "default_tensor"};
    Ref in = export_in(x, 0);
    Attr a[3];
    for (int i = 0; i < 3; i++) {
        Value *v = x->n->in[i + 1];
        if (!v->data || !v->data->p)
            export_unsupported(x, "keys or values that are no constants");
        a[i] = (Attr){.name = names[i], .kind = ATTR_TENSOR, .tensor = v};
    }
    export_last_of(x, "ai.onnx.ml", 4, "LabelEncoder", 1, &in, 3, a, 1);
}

/* ── TfIdfVectorizer, back: grams {start, length, column} of the pool, laid out anew by length ── */

typedef struct GramLists { int64_t *pool, *counts, *index, n_pool, n_counts, n_index, lo, hi; double *weight; } GramLists;

static int64_t *aligned_ints(Export *x, const Value *v, int64_t *n)
{
    *n = v->data ? (int64_t)(v->data->sz / sizeof(int64_t)) : 0;
    return v->data && v->data->p && v->type.dtype == DT_i64 ? arena_copy(x->w->arena, v->data->p, v->data->sz) : NULL;
}

/* A gram of the pool, or one that is never counted: it only says how many columns there are. */
static void put_gram(GramLists *l, const int64_t *items, int64_t length, int64_t column, double weight)
{
    for (int64_t i = 0; i < length; i++)
        l->pool[l->n_pool++] = items ? items[i] : 0;
    l->weight[l->n_index] = weight;
    l->index[l->n_index++] = column;
}

static bool grams_back(Export *x, GramLists *l)
{
    int64_t n_pool, n_rows, items = 0, most = -1, columns = node_int(x->n, "columns", 0);
    const Value *w = x->n->in[3];
    const int64_t *pool = aligned_ints(x, x->n->in[1], &n_pool), *row = aligned_ints(x, x->n->in[2], &n_rows);
    n_rows /= 3;
    if (!pool || !row || !w->data || !w->data->p || w->data->sz / sizeof(float) < (size_t)n_rows)
        return false;
    for (int64_t i = 0; i < n_rows; i++) {
        const int64_t *r = row + 3 * i;
        if (r[1] < 1 || r[1] > n_pool || r[0] < 0 || r[0] > n_pool - r[1] || (items += r[1]) > 1 << 28)
            return false;
        l->lo = !i || r[1] < l->lo ? r[1] : l->lo;
        l->hi = r[1] > l->hi ? r[1] : l->hi;
        most = r[2] > most ? r[2] : most;
    }
    l->lo = n_rows ? l->lo : 1;
    l->hi = n_rows ? l->hi : 1;
    Arena *a = x->w->arena;
    l->pool = arena_array(a, int64_t, items + l->hi + 2);
    l->counts = arena_array(a, int64_t, l->hi + 2);
    l->index = arena_array(a, int64_t, n_rows + 2);
    l->weight = arena_array(a, double, n_rows + 2);
    if (a->oom)
        return false;
    for (int64_t k = 1; k <= l->hi + 1; k++) {
        l->counts[l->n_counts++] = l->n_pool;
        for (int64_t i = 0; i < n_rows; i++)
            if (row[3 * i + 1] == k)
                put_gram(l, pool + row[3 * i], k, row[3 * i + 2], dtype_get_f64(DT_f32, w->data->p, (uint64_t)i));
        if (k == l->hi + 1 && most < columns - 1)
            put_gram(l, NULL, k, columns - 1, 1);
    }
    return true;
}

static void export_tfidf(Export *x)
{
    GramLists l = {0};
    Ref in = export_in(x, 0);
    const char *mode = node_str(x->n, "mode", "TF");
    if (!grams_back(x, &l)) {
        export_unsupported(x, "a pool that is no constant, or n-grams beyond it");
        return;
    }
    Attr a[9] = {attr_int("max_gram_length", l.hi), attr_int("max_skip_count", node_int(x->n, "skip", 0)), attr_int("min_gram_length", l.lo), attr_str("mode", mode),
        attr_ints("ngram_counts", l.n_counts, l.counts), attr_ints("ngram_indexes", l.n_index, l.index), attr_ints("pool_int64s", l.n_pool, l.pool)};
    int n = 7;
    if (strcmp(mode, "TF"))
        a[n++] = (Attr){.name = "weights", .kind = ATTR_FLOATS, .n = l.n_index, .floats = l.weight};
    export_last(x, "TfIdfVectorizer", 1, &in, n, a, 1);
}

const ImportRow import_map_ml[] = {
    {"ai.onnx.ml", "LinearRegressor", 1, import_linear_regressor, NULL, NULL},
    {"ai.onnx.ml", "LinearClassifier", 1, import_linear_classifier, NULL, NULL},
    {"ai.onnx.ml", "Normalizer", 1, import_normalizer, NULL, NULL},
    {"ai.onnx.ml", "Scaler", 1, import_scaler, NULL, NULL},
    {"ai.onnx.ml", "Binarizer", 1, import_binarizer, NULL, NULL},
    {"ai.onnx.ml", "Imputer", 1, import_imputer, NULL, NULL},
    {"ai.onnx.ml", "FeatureVectorizer", 1, import_feature_vectorizer, NULL, NULL},
    {"ai.onnx.ml", "ArrayFeatureExtractor", 1, import_array_feature, NULL, NULL},
    {"ai.onnx.ml", "OneHotEncoder", 1, import_one_hot_encoder, NULL, NULL},
    {"ai.onnx.ml", "ZipMap", 1, import_zip_map, NULL, NULL},
    {"ai.onnx.ml", "LabelEncoder", 1, import_label_encoder_1, NULL, NULL},
    {"ai.onnx.ml", "LabelEncoder", 2, import_label_encoder, NULL, NULL},
    {"ai.onnx.ml", "CategoryMapper", 1, import_category_mapper, NULL, NULL},
    {"", "TfIdfVectorizer", 9, import_tfidf, NULL, NULL},
    {NULL, NULL, 0, NULL, NULL, NULL},
};

const ExportRow export_map_ml[] = {
    {OP_zip_map, export_zip_map, NULL}, {OP_lookup, export_lookup, NULL}, {OP_tfidf, export_tfidf, NULL},
    {0, NULL, NULL},
};
