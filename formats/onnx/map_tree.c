/* SPDX-License-Identifier: MIT
 * formats/onnx: tree ensembles of ai.onnx.ml: the two older forms (parallel lists by tree and node number) and TreeEnsemble 5 become one table of nodes with
 * indices for children, as op tree_ensemble reads it. Classifiers add what makes labels and probabilities of scores. */
#include "formats/onnx/export.h"
#include "formats/onnx/map_ml.h"

#include <string.h>

enum { COLUMNS = 7, FEATURE = 0, MODE, YES, NO, NAN_YES, FIRST, COUNT, LEAF = 7 };

/* Tables of an ensemble; numbers[] of the float tables hold elements of `type`. */
typedef struct Trees {
    DType type;
    int64_t n_nodes, n_leaves /* weights */, n_roots, n_members;
    int64_t *node;   /* [n_nodes, COLUMNS] */
    const int64_t *tree; /* [n_nodes] tree numbers; NULL: not listed */
    int64_t *root, *target;
    void *split, *weight, *member;
} Trees;

/* A list of numbers given as floats or as a tensor; elements of type t in the arena. NULL: absent, or out of memory. */
static void *numbers(Import *im, const ForeignNode *f, const char *name, const char *tensor, DType t, int64_t *n)
{
    const Attr *a = foreign_attr(f, name), *b = tensor ? foreign_attr(f, tensor) : NULL;
    const Value *v = b && b->kind == ATTR_TENSOR ? b->tensor : a && a->kind == ATTR_TENSOR ? a->tensor : NULL;
    int64_t dims[IR_MAX_RANK], count = a && a->kind == ATTR_FLOATS ? a->n : 0;
    if (v && value_literal(v, dims) && v->data) {
        count = 1;
        for (int i = 0; i < v->type.rank; i++)
            count *= dims[i];
        count = (size_t)count * dtype_info[v->type.dtype].bytes <= v->data->sz ? count : 0;
    }
    *n = count;
    void *p = arena_array_(im->g->arena, (size_t)count + 1, dtype_info[t].bytes, 8);
    for (int64_t i = 0; p && i < count; i++)
        dtype_set_f64(t, p, (uint64_t)i, v ? dtype_get_f64(v->type.dtype, v->data->p, (uint64_t)i) : a->floats[i]);
    return p;
}

static DType tensor_type(const ForeignNode *f, const char *name)
{
    const Attr *a = foreign_attr(f, name);
    return a && a->kind == ATTR_TENSOR ? a->tensor->type.dtype : DT_f32;
}

static Value *const_vector(Import *im, DType t, int64_t n, const void *p)
{
    return graph_const(im->g, NULL, t, 1, &n, p, (size_t)n * dtype_info[t].bytes);
}

/* ── the lists of versions 1 and 3 ── */

typedef struct Lists { const int64_t *tree, *id, *feature, *yes, *no, *nan_yes; const StringRef *mode; int64_t n, n_nan; } Lists;

static bool node_lists(const ForeignNode *f, Lists *l)
{
    static const char *const names[] = {"nodes_treeids", "nodes_nodeids", "nodes_featureids", "nodes_truenodeids", "nodes_falsenodeids"};
    const int64_t **to[] = {&l->tree, &l->id, &l->feature, &l->yes, &l->no};
    const Attr *mode = foreign_attr(f, "nodes_modes");
    if (!mode || mode->kind != ATTR_STRINGS)
        return false;
    l->n = mode->n;
    l->mode = mode->strings;
    for (int i = 0; i < 5; i++) {
        int64_t n;
        *to[i] = foreign_ints(f, names[i], &n);
        if (!*to[i] || n != l->n)
            return false;
    }
    l->nan_yes = foreign_ints(f, "nodes_missing_value_tracks_true", &l->n_nan);
    return l->n > 0;
}

static int mode_of(StringRef s)
{
    static const char *const modes[] = {"BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ", "BRANCH_MEMBER", "LEAF"};
    for (int i = 0; i < 8; i++)
        if (i != 6 && s.n == strlen(modes[i]) && !memcmp(s.p, modes[i], s.n))
            return i;
    return -1;
}

/* (tree, node) → index + 1 */
static bool index_nodes(Arena *a, const Lists *l, Map *m)
{
    *m = map_make(a);
    for (int64_t i = 0; i < l->n; i++) {
        int64_t *key = arena_array(a, int64_t, 2);
        if (!key)
            return false;
        key[0] = l->tree[i];
        key[1] = l->id[i];
        if (!map_put(m, (const char *)key, 2 * sizeof *key, (void *)(uintptr_t)(i + 1)))
            return false;
    }
    return true;
}

static int64_t find_node(const Map *m, int64_t tree, int64_t id)
{
    int64_t key[2] = {tree, id};
    return (int64_t)(uintptr_t)map_find(m, (const char *)key, sizeof key) - 1;
}

static SpmlCode list_nodes(Import *im, const ForeignNode *f, const Lists *l, const Map *m, Trees *t)
{
    uint8_t *child = arena_array(im->g->arena, uint8_t, l->n + 1);
    t->node = arena_array(im->g->arena, int64_t, l->n * COLUMNS);
    t->root = arena_array(im->g->arena, int64_t, l->n);
    if (!child || !t->node || !t->root)
        return error_oom(im->err);
    t->n_nodes = l->n;
    t->tree = l->tree;
    for (int64_t i = 0; i < l->n; i++) {
        int64_t *row = t->node + i * COLUMNS;
        int mode = mode_of(l->mode[i]);
        if (mode < 0)
            return import_unsupported(im, f, "node mode %lld", (long long)i);
        row[FEATURE] = l->feature[i];
        row[MODE] = mode;
        if (mode == LEAF)
            continue;
        row[YES] = find_node(m, l->tree[i], l->yes[i]);
        row[NO] = find_node(m, l->tree[i], l->no[i]);
        row[NAN_YES] = i < l->n_nan && l->nan_yes[i] != 0;
        if (row[YES] < 0 || row[NO] < 0)
            return error_set(im->err, SPML_DATA, "attribute", "node '%s': a child of tree node %lld is missing", f->name, (long long)i);
        child[row[YES]] = child[row[NO]] = 1;
    }
    for (int64_t i = 0; i < l->n; i++)
        if (!child[i])
            t->root[t->n_roots++] = i;
    return SPML_OK;
}

/* Weights of leaves, listed in any order, next to each other by leaf. prefix: class or target. */
static SpmlCode list_weights(Import *im, const ForeignNode *f, const char *prefix, const Map *m, Trees *t)
{
    char name[4][64];
    static const char *const ends[] = {"_treeids", "_nodeids", "_ids", "_weights"};
    int64_t n[4];
    Arena *a = im->g->arena;
    for (int i = 0; i < 4; i++)
        snprintf(name[i], sizeof name[i], "%s%s", prefix, ends[i]);
    const int64_t *tree = foreign_ints(f, name[0], &n[0]), *node = foreign_ints(f, name[1], &n[1]), *id = foreign_ints(f, name[2], &n[2]);
    const char *tensor = arena_printf(a, "%s_weights_as_tensor", prefix);
    char *w = numbers(im, f, name[3], tensor, t->type, &n[3]);
    size_t width = dtype_info[t->type].bytes;
    if (!tree || !node || !id || !w || n[0] != n[1] || n[1] != n[2] || n[2] != n[3])
        return import_unsupported(im, f, "lists of %s have different lengths", prefix);
    t->n_leaves = n[0];
    t->target = arena_array(a, int64_t, n[0] + 1);
    char *weight = t->weight = arena_array_(a, (size_t)n[0] + 1, width, 8);
    int64_t *at = arena_array(a, int64_t, n[0] + 1), first = 0;
    if (!t->target || !weight || !at)
        return error_oom(im->err);
    for (int64_t i = 0; i < n[0]; i++) {
        at[i] = find_node(m, tree[i], node[i]);
        if (at[i] < 0)
            return error_set(im->err, SPML_DATA, "attribute", "node '%s': %s %lld names no tree node", f->name, prefix, (long long)i);
        t->node[at[i] * COLUMNS + COUNT]++;
    }
    for (int64_t i = 0; i < t->n_nodes; i++) {
        t->node[i * COLUMNS + FIRST] = first;
        first += t->node[i * COLUMNS + COUNT];
        t->node[i * COLUMNS + COUNT] = 0;
    }
    for (int64_t i = 0; i < n[0]; i++) {
        int64_t *row = t->node + at[i] * COLUMNS, to = row[FIRST] + row[COUNT]++;
        t->target[to] = id[i];
        memcpy(weight + (size_t)to * width, w + (size_t)i * width, width);
    }
    return SPML_OK;
}

static SpmlCode trees_of_lists(Import *im, const ForeignNode *f, const char *prefix, Trees *t)
{
    Lists l = {0};
    Map m;
    int64_t n;
    if (!node_lists(f, &l))
        return import_unsupported(im, f, "lists of nodes have different lengths or are missing");
    t->type = tensor_type(f, "nodes_values_as_tensor");
    if (!index_nodes(im->g->arena, &l, &m))
        return error_oom(im->err);
    SpmlCode code = list_nodes(im, f, &l, &m, t);
    if (!code)
        code = list_weights(im, f, prefix, &m, t);
    t->split = numbers(im, f, "nodes_values", "nodes_values_as_tensor", t->type, &n);
    if (!code && (!t->split || n != l.n))
        code = import_unsupported(im, f, "nodes_values has %lld items for %lld nodes", (long long)n, (long long)l.n);
    return code;
}

static Node *ensemble(Import *im, const ForeignNode *f, const Trees *t, int64_t targets, int64_t how, Value *base)
{
    Graph *g = im->g;
    int64_t shape[2] = {t->n_nodes, COLUMNS};
    int64_t none = 0;
    Value *in[8] = {foreign_in(f, 0), graph_const(g, NULL, DT_i64, 2, shape, t->node, (size_t)(t->n_nodes * COLUMNS) * sizeof *t->node),
                    const_vector(im, t->type, t->n_nodes, t->split), const_vector(im, t->type, t->n_members, t->member ? t->member : &none),
                    const_vector(im, DT_i64, t->n_roots, t->root), const_vector(im, DT_i64, t->n_leaves, t->target), const_vector(im, t->type, t->n_leaves, t->weight), base};
    for (int i = 0; i < 7; i++)
        if (!in[i])
            return NULL;
    Node *n = import_node(im, f, OP_tree_ensemble, base ? 8 : 7, in, 1);
    return n && import_attr_int(n, "n_targets", targets) && import_attr_int(n, "aggregate", how) ? n : NULL;
}

static bool ids_fit(const Trees *t, int64_t n)
{
    for (int64_t i = 0; i < t->n_leaves; i++)
        if (t->target[i] < 0 || t->target[i] >= n)
            return false;
    return true;
}

static SpmlCode import_regressor(Import *im, const ForeignNode *f, Value **out)
{
    static const char *const hows[] = {"AVERAGE", "SUM", "MIN", "MAX"};
    int64_t targets = foreign_int(f, "n_targets", 1), how = -1, n_base;
    Trees t = {0};
    SpmlCode code = trees_of_lists(im, f, "target", &t);
    for (int i = 0; i < 4; i++)
        if (!strcmp(hows[i], foreign_str(f, "aggregate_function", "SUM")))
            how = i;
    if (!code && (how < 0 || targets < 1 || !ids_fit(&t, targets)))
        code = import_unsupported(im, f, "aggregate function, or target numbers beyond n_targets");
    if (code)
        return code;
    void *base = numbers(im, f, "base_values", "base_values_as_tensor", t.type, &n_base);
    if (!base || (n_base && n_base != targets))
        return import_unsupported(im, f, "%lld base values for %lld targets", (long long)n_base, (long long)targets);
    Node *n = ensemble(im, f, &t, targets, how, n_base ? const_vector(im, t.type, n_base, base) : NULL);
    return n ? ml_transform(im, f, n->out[0], foreign_str(f, "post_transform", "NONE"), &out[0]) : error_oom(im->err);
}

static bool all_positive(const Trees *t)
{
    for (int64_t i = 0; i < t->n_leaves; i++)
        if (dtype_get_f64(t->type, t->weight, (uint64_t)i) < 0)
            return false;
    return true;
}

/* Of two classes: the leaves vote for the first alone (its score is then taken as the second's), for the second alone, or for both. */
static int class_choice(const Trees *t)
{
    int64_t seconds = 0;
    int limit = all_positive(t) ? ML_HALF | ML_COMPLEMENT : 0;
    for (int64_t i = 0; i < t->n_leaves; i++)
        seconds += t->target[i];
    return !seconds ? ML_ONE | limit : ML_SECOND | (seconds == t->n_leaves ? limit : 0);
}

/* Does every class get a vote whatever the input: is there for each a tree all of whose leaves vote for it? */
static bool all_voted(Import *im, const Trees *t, int64_t classes)
{
    Map m = map_make(im->g->arena);
    int64_t n_trees = 0, certain = 0;
    if (t->n_roots > ((int64_t)1 << 24) / classes)
        return false;
    int64_t *leaves = arena_array(im->g->arena, int64_t, t->n_roots + 1), *votes = arena_array(im->g->arena, int64_t, t->n_roots * classes + 1);
    uint8_t *seen = arena_array(im->g->arena, uint8_t, classes);
    for (int64_t i = 0; leaves && votes && seen && i < t->n_nodes; i++) {
        const int64_t *row = t->node + i * COLUMNS;
        int64_t tree = (int64_t)(uintptr_t)map_find(&m, (const char *)&t->tree[i], sizeof *t->tree) - 1;
        if (tree < 0 && (n_trees == t->n_roots || !map_put(&m, (const char *)&t->tree[i], sizeof *t->tree, (void *)(uintptr_t)(n_trees + 1))))
            return false;
        tree = tree < 0 ? n_trees++ : tree;
        leaves[tree] += row[MODE] == LEAF;
        for (int64_t k = 0; row[MODE] == LEAF && k < row[COUNT]; k++)
            votes[tree * classes + t->target[row[FIRST] + k]]++;
    }
    for (int64_t i = 0; leaves && votes && seen && i < n_trees * classes; i++)
        if (votes[i] >= leaves[i / classes] && !seen[i % classes]) {
            seen[i % classes] = 1;
            certain++;
        }
    return certain == classes;
}

static SpmlCode import_classifier(Import *im, const ForeignNode *f, Value **out)
{
    Trees t = {0};
    int64_t n_base, classes;
    Value *labels = ml_labels(im, f, "classlabels_int64s", "classlabels_strings", &classes);
    SpmlCode code = labels ? trees_of_lists(im, f, "class", &t) : import_unsupported(im, f, "class labels are missing");
    if (!code && !ids_fit(&t, classes))
        code = import_unsupported(im, f, "class numbers beyond the labels");
    if (code)
        return code;
    void *base = numbers(im, f, "base_values", "base_values_as_tensor", t.type, &n_base);
    int choice = classes == 2 ? class_choice(&t) : ML_MANY;
    int64_t scores = choice & ML_ONE ? 1 : classes;
    if (!base || (n_base && n_base != scores))
        return import_unsupported(im, f, "%lld base values for %lld scores", (long long)n_base, (long long)scores);
    Node *n = ensemble(im, f, &t, scores, 1, n_base ? const_vector(im, t.type, n_base, base) : NULL), *votes = NULL;
    if (n && choice == ML_MANY && !all_voted(im, &t, classes)) {
        for (int64_t i = 0; i < t.n_leaves; i++)
            dtype_set_f64(t.type, t.weight, (uint64_t)i, 1);
        if (!(votes = ensemble(im, f, &t, scores, 1, NULL)))
            return error_oom(im->err);
    }
    return n ? ml_classify(im, f, n->out[0], votes ? votes->out[0] : NULL, labels, choice, out) : error_oom(im->err);
}

/* ── TreeEnsemble 5 ── */

typedef struct Forest { const int64_t *feature, *yes, *no, *yes_leaf, *no_leaf, *nan_yes, *roots, *target; int64_t n, n_nan, n_roots, n_leaves; const Attr *mode; } Forest;

static bool forest_lists(const ForeignNode *f, Forest *l)
{
    static const char *const names[] = {"nodes_featureids", "nodes_truenodeids", "nodes_falsenodeids", "nodes_trueleafs", "nodes_falseleafs"};
    const int64_t **to[] = {&l->feature, &l->yes, &l->no, &l->yes_leaf, &l->no_leaf};
    l->mode = foreign_attr(f, "nodes_modes");
    l->roots = foreign_ints(f, "tree_roots", &l->n_roots);
    l->target = foreign_ints(f, "leaf_targetids", &l->n_leaves);
    l->nan_yes = foreign_ints(f, "nodes_missing_value_tracks_true", &l->n_nan);
    foreign_ints(f, names[0], &l->n);
    for (int i = 0; i < 5; i++) {
        int64_t n;
        *to[i] = foreign_ints(f, names[i], &n);
        if (!*to[i] || n != l->n)
            return false;
    }
    return l->roots && l->target && l->n > 0 && l->mode && l->mode->kind == ATTR_TENSOR && l->mode->tensor->data && l->mode->tensor->type.dtype == DT_u8 && l->mode->tensor->data->sz >= (size_t)l->n;
}

/* The members of each member node in order, lists ended by NaN. */
static bool forest_members(Trees *t, int64_t n)
{
    int64_t at = 0;
    for (int64_t i = 0; i < n; i++) {
        int64_t *row = t->node + i * COLUMNS;
        if (row[MODE] != 6)
            continue;
        row[FIRST] = at;
        for (double v = 0; at < t->n_members; at++, row[COUNT]++)
            if (v = dtype_get_f64(t->type, t->member, (uint64_t)at), v != v)
                break;
        at++;
    }
    return at <= t->n_members + 1;
}

static SpmlCode forest_nodes(Import *im, const ForeignNode *f, const Forest *l, Trees *t)
{
    const uint8_t *mode = l->mode->tensor->data->p;
    t->n_nodes = l->n + l->n_leaves;
    t->node = arena_array(im->g->arena, int64_t, t->n_nodes * COLUMNS);
    if (!t->node)
        return error_oom(im->err);
    for (int64_t i = 0; i < l->n; i++) {
        int64_t *row = t->node + i * COLUMNS;
        memcpy(row, (int64_t[COLUMNS]){l->feature[i], mode[i], l->yes[i] + (l->yes_leaf[i] ? l->n : 0), l->no[i] + (l->no_leaf[i] ? l->n : 0), i < l->n_nan && l->nan_yes[i]}, COLUMNS * sizeof *row);
        if (mode[i] > 6 || row[YES] < 0 || row[NO] < 0 || row[YES] >= t->n_nodes || row[NO] >= t->n_nodes)
            return error_set(im->err, SPML_DATA, "attribute", "node '%s': tree node %lld has a bad mode or child", f->name, (long long)i);
    }
    for (int64_t i = 0; i < l->n_leaves; i++)
        memcpy(t->node + (l->n + i) * COLUMNS, (int64_t[COLUMNS]){0, LEAF, 0, 0, 0, i, 1}, COLUMNS * sizeof *t->node);
    return SPML_OK;
}

static SpmlCode import_ensemble(Import *im, const ForeignNode *f, Value **out)
{
    static const char *const posts[] = {"NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT"};
    Forest l = {0};
    Trees t = {.type = tensor_type(f, "nodes_splits")};
    int64_t n_split, n_weight, targets = foreign_int(f, "n_targets", 1), how = foreign_int(f, "aggregate_function", 1), post = foreign_int(f, "post_transform", 0);
    if (!forest_lists(f, &l) || how < 0 || how > 3 || post < 0 || post > 4 || (t.type != DT_f32 && t.type != DT_f64))
        return import_unsupported(im, f, "lists of nodes have different lengths, are missing, or hold unknown codes");
    SpmlCode code = forest_nodes(im, f, &l, &t);
    if (code)
        return code;
    const char *split = numbers(im, f, "nodes_splits", NULL, t.type, &n_split);
    char *all = arena_array_(im->g->arena, (size_t)t.n_nodes, dtype_info[t.type].bytes, 8);
    t.weight = numbers(im, f, "leaf_weights", NULL, t.type, &n_weight);
    t.member = numbers(im, f, "membership_values", NULL, t.type, &t.n_members);
    if (!split || !all || !t.weight || !t.member)
        return error_oom(im->err);
    t.split = memcpy(all, split, (size_t)(n_split < l.n ? n_split : l.n) * dtype_info[t.type].bytes);
    t.target = (int64_t *)l.target;
    t.root = (int64_t *)l.roots;
    t.n_roots = l.n_roots;
    t.n_leaves = l.n_leaves;
    if (n_split != l.n || n_weight != l.n_leaves || !ids_fit(&t, targets) || !forest_members(&t, l.n))
        return import_unsupported(im, f, "lists of splits, leaves or members do not fit the nodes");
    Node *n = ensemble(im, f, &t, targets, how, NULL);
    return n ? ml_transform(im, f, n->out[0], posts[post], &out[0]) : error_oom(im->err);
}

/* ── and back: the lists of version 3, which hold several weights per leaf ── */

typedef struct Table { /* the constants of a tree_ensemble; n: elements */
    const Value *v[8];
    int64_t n_nodes, n_leaves, n_roots, n_members, n_base;
    int64_t *node, *root, *target; /* [n_nodes, COLUMNS], [n_roots], [n_leaves] */
} Table;

/* 64-bit integers of a constant, aligned. NULL: no constant. */
static int64_t *table_ints(Export *x, const Value *v, int64_t *n)
{
    if (!v->data || !v->data->p || v->type.dtype != DT_i64)
        return NULL;
    *n = (int64_t)(v->data->sz / sizeof(int64_t));
    return arena_copy(x->w->arena, v->data->p, v->data->sz);
}

static bool table_read(Export *x, Table *t)
{
    int64_t n, dims[IR_MAX_RANK];
    for (int i = 1; i < 8; i++) {
        t->v[i] = i < x->n->n_in ? x->n->in[i] : NULL;
        if (t->v[i] && (!t->v[i]->data || !t->v[i]->data->p || !value_literal(t->v[i], dims)))
            return false;
    }
    t->node = table_ints(x, t->v[1], &n);
    t->root = table_ints(x, t->v[4], &t->n_roots);
    t->target = table_ints(x, t->v[5], &t->n_leaves);
    if (!t->node || !t->root || !t->target)
        return false;
    const size_t width = dtype_info[t->v[2]->type.dtype].bytes;
    t->n_nodes = n / COLUMNS;
    t->n_members = (int64_t)(t->v[3]->data->sz / width);
    t->n_base = t->v[7] ? (int64_t)(t->v[7]->data->sz / width) : 0;
    return t->v[2]->data->sz / width >= (size_t)t->n_nodes && t->v[6]->data->sz / width >= (size_t)t->n_leaves;
}

/* The tree that each node belongs to, -1: none; false: two trees share a node. */
static bool trees_walk(Export *x, const Table *t, int64_t *tree)
{
    int64_t *stack = arena_array(x->w->arena, int64_t, t->n_nodes + 1), n;
    for (int64_t i = 0; stack && i < t->n_nodes; i++)
        tree[i] = -1;
    for (int64_t r = 0; stack && r < t->n_roots; r++) {
        for (stack[0] = t->root[r], n = 1; n > 0;) {
            const int64_t at = stack[--n], *row = t->node + at * COLUMNS;
            if (at < 0 || at >= t->n_nodes || tree[at] >= 0 || n + 2 > t->n_nodes)
                return false;
            tree[at] = r;
            if (row[MODE] != LEAF) {
                stack[n++] = row[YES];
                stack[n++] = row[NO];
            }
        }
    }
    return stack != NULL;
}

static double *table_floats(Export *x, const Value *v, int64_t n)
{
    double *p = arena_array(x->w->arena, double, n + 1);
    for (int64_t i = 0; p && i < n; i++)
        p[i] = dtype_get_f64(v->type.dtype, v->data->p, (uint64_t)i);
    return p;
}

/* A vector of v's type. */
static Attr tensor_of(Export *x, const char *tensor, const Value *v, const double *p, int64_t n)
{
    Value *w = arena_new(x->w->arena, Value);
    ConstData *d = arena_new(x->w->arena, ConstData);
    Dim *dim = arena_new(x->w->arena, Dim);
    const Dim **dims = arena_array(x->w->arena, const Dim *, 1);
    char *bytes = arena_array_(x->w->arena, (size_t)n + 1, dtype_info[v->type.dtype].bytes, 8);
    if (!w || !d || !dim || !dims || !bytes)
        return attr_int(tensor, 0);
    for (int64_t i = 0; i < n; i++)
        dtype_set_f64(v->type.dtype, bytes, (uint64_t)i, p[i]);
    *dim = (Dim){.kind = DIM_CONST, .value = n};
    dims[0] = dim;
    *d = (ConstData){.p = bytes, .sz = (size_t)n * dtype_info[v->type.dtype].bytes};
    *w = (Value){.type = {.kind = TYPE_TENSOR, .dtype = v->type.dtype, .rank = 1, .dim = dims}, .residency = RES_CONST, .data = d};
    return (Attr){.name = tensor, .kind = ATTR_TENSOR, .tensor = w};
}

typedef struct NodeLists { int64_t *tree, *id, *feature, *yes, *no, *nan_yes, n; StringRef *mode; double *value; } NodeLists;
typedef struct LeafLists { int64_t *tree, *id, *target, n; double *weight; } LeafLists;

static bool lists_make(Export *x, const Table *t, const int64_t *tree, NodeLists *l, LeafLists *f)
{
    static const char *const modes[] = {"BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ", "BRANCH_MEMBER", "LEAF"};
    Arena *a = x->w->arena;
    const size_t n = (size_t)t->n_nodes + 1, m = (size_t)t->n_leaves + 1;
    *l = (NodeLists){arena_array(a, int64_t, n), arena_array(a, int64_t, n), arena_array(a, int64_t, n), arena_array(a, int64_t, n), arena_array(a, int64_t, n), arena_array(a, int64_t, n), 0, arena_array(a, StringRef, n), arena_array(a, double, n)};
    *f = (LeafLists){arena_array(a, int64_t, m), arena_array(a, int64_t, m), arena_array(a, int64_t, m), 0, arena_array(a, double, m)};
    if (a->oom)
        return false;
    for (int64_t i = 0; i < t->n_nodes; i++) {
        const int64_t *row = t->node + i * COLUMNS, k = l->n;
        if (tree[i] < 0)
            continue;
        if (row[MODE] < 0 || row[MODE] > LEAF || (row[MODE] == LEAF && (row[FIRST] < 0 || row[COUNT] < 0 || row[FIRST] > t->n_leaves - row[COUNT])))
            return false;
        const bool leaf = row[MODE] == LEAF;
        l->tree[k] = tree[i];
        l->id[k] = i;
        l->feature[k] = row[FEATURE];
        l->yes[k] = leaf ? 0 : row[YES];
        l->no[k] = leaf ? 0 : row[NO];
        l->nan_yes[k] = row[NAN_YES];
        l->mode[k] = (StringRef){modes[row[MODE]], strlen(modes[row[MODE]])};
        l->value[l->n++] = dtype_get_f64(t->v[2]->type.dtype, t->v[2]->data->p, (uint64_t)i);
        for (int64_t j = row[FIRST]; leaf && j < row[FIRST] + row[COUNT] && f->n < t->n_leaves; j++, f->n++) {
            f->tree[f->n] = tree[i];
            f->id[f->n] = i;
            f->target[f->n] = t->target[j];
            f->weight[f->n] = dtype_get_f64(t->v[6]->type.dtype, t->v[6]->data->p, (uint64_t)j);
        }
    }
    return true;
}

static void export_lists(Export *x, const Table *t)
{
    static const char *const how[] = {"AVERAGE", "SUM", "MIN", "MAX"};
    int64_t *tree = arena_array(x->w->arena, int64_t, t->n_nodes + 1), sum = node_int(x->n, "aggregate", 1);
    NodeLists l;
    LeafLists f;
    if (!tree || sum < 0 || sum > 3 || !trees_walk(x, t, tree) || !lists_make(x, t, tree, &l, &f)) {
        export_unsupported(x, "trees that share nodes, or a table that does not fit together");
        return;
    }
    Attr a[EXPORT_MAX_ATTRS] = {
        attr_str("aggregate_function", how[sum]), attr_int("n_targets", node_int(x->n, "n_targets", 1)), attr_ints("nodes_treeids", l.n, l.tree), attr_ints("nodes_nodeids", l.n, l.id),
        attr_ints("nodes_featureids", l.n, l.feature), attr_ints("nodes_truenodeids", l.n, l.yes), attr_ints("nodes_falsenodeids", l.n, l.no),
        attr_ints("nodes_missing_value_tracks_true", l.n, l.nan_yes), {.name = "nodes_modes", .kind = ATTR_STRINGS, .n = l.n, .strings = l.mode},
        {.name = "nodes_values", .kind = ATTR_FLOATS, .n = l.n, .floats = l.value}, attr_ints("target_treeids", f.n, f.tree), attr_ints("target_nodeids", f.n, f.id),
        attr_ints("target_ids", f.n, f.target), {.name = "target_weights", .kind = ATTR_FLOATS, .n = f.n, .floats = f.weight},
    };
    int n = 14;
    if (t->n_base)
        a[n++] = (Attr){.name = "base_values", .kind = ATTR_FLOATS, .n = t->n_base, .floats = table_floats(x, t->v[7], t->n_base)};
    Ref in = export_in(x, 0);
    export_last_of(x, "ai.onnx.ml", 3, "TreeEnsembleRegressor", 1, &in, n, a, 1);
}

/* ── TreeEnsemble 5: leaves are numbered apart and have one weight each ── */

typedef struct ForestLists { int64_t *feature, *yes, *no, *yes_leaf, *no_leaf, *nan_yes, *target, *root, n, n_leaves; uint8_t *mode; double *split, *weight; } ForestLists;

static bool forest_make(Export *x, const Table *t, ForestLists *l)
{
    Arena *a = x->w->arena;
    const size_t n = (size_t)t->n_nodes + 1;
    int64_t *at = arena_array(a, int64_t, n); /* the number of a node among its kind */
    *l = (ForestLists){arena_array(a, int64_t, n), arena_array(a, int64_t, n), arena_array(a, int64_t, n), arena_array(a, int64_t, n), arena_array(a, int64_t, n), arena_array(a, int64_t, n),
        arena_array(a, int64_t, n), arena_array(a, int64_t, (size_t)t->n_roots + 1), 0, 0, arena_array(a, uint8_t, n), arena_array(a, double, n), arena_array(a, double, n)};
    if (a->oom)
        return false;
    for (int64_t i = 0; i < t->n_nodes; i++) {
        const int64_t *row = t->node + i * COLUMNS;
        if (row[MODE] < 0 || row[MODE] > LEAF || (row[MODE] == LEAF && (row[COUNT] != 1 || row[FIRST] < 0 || row[FIRST] >= t->n_leaves)) ||
            (row[MODE] != LEAF && (row[YES] < 0 || row[NO] < 0 || row[YES] >= t->n_nodes || row[NO] >= t->n_nodes)))
            return false;
        at[i] = row[MODE] == LEAF ? l->n_leaves++ : l->n++;
    }
    for (int64_t i = 0; i < t->n_nodes; i++) {
        const int64_t *row = t->node + i * COLUMNS, k = at[i];
        if (row[MODE] == LEAF) {
            l->target[k] = t->target[row[FIRST]];
            l->weight[k] = dtype_get_f64(t->v[6]->type.dtype, t->v[6]->data->p, (uint64_t)row[FIRST]);
            continue;
        }
        l->feature[k] = row[FEATURE];
        l->mode[k] = (uint8_t)row[MODE];
        l->yes[k] = at[row[YES]];
        l->no[k] = at[row[NO]];
        l->yes_leaf[k] = t->node[row[YES] * COLUMNS + MODE] == LEAF;
        l->no_leaf[k] = t->node[row[NO] * COLUMNS + MODE] == LEAF;
        l->nan_yes[k] = row[NAN_YES];
        l->split[k] = dtype_get_f64(t->v[2]->type.dtype, t->v[2]->data->p, (uint64_t)i);
    }
    for (int64_t i = 0; i < t->n_roots; i++) {
        if (t->root[i] < 0 || t->root[i] >= t->n_nodes || t->node[t->root[i] * COLUMNS + MODE] == LEAF)
            return false;
        l->root[i] = at[t->root[i]];
    }
    return true;
}

static Attr tensor_attr(Export *x, const char *name, DType t, int64_t n, const double *p)
{
    const Value like = {.type = {.kind = TYPE_TENSOR, .dtype = t}};
    return tensor_of(x, name, &like, p, n);
}

static void export_forest(Export *x, const Table *t)
{
    const DType type = t->v[2]->type.dtype;
    ForestLists l;
    if (t->n_base || !forest_make(x, t, &l)) {
        export_unsupported(x, "trees in %s with several weights in a leaf, or of a leaf alone", dtype_name(type));
        return;
    }
    double *mode = arena_array(x->w->arena, double, l.n + 1), *member = table_floats(x, t->v[3], t->n_members);
    for (int64_t i = 0; mode && i < l.n; i++)
        mode[i] = l.mode[i];
    if (!mode || !member)
        return;
    Attr a[EXPORT_MAX_ATTRS] = {
        attr_int("aggregate_function", node_int(x->n, "aggregate", 1)), attr_int("n_targets", node_int(x->n, "n_targets", 1)), attr_ints("tree_roots", t->n_roots, l.root),
        attr_ints("nodes_featureids", l.n, l.feature), attr_ints("nodes_truenodeids", l.n, l.yes), attr_ints("nodes_falsenodeids", l.n, l.no), attr_ints("nodes_trueleafs", l.n, l.yes_leaf),
        attr_ints("nodes_falseleafs", l.n, l.no_leaf), attr_ints("nodes_missing_value_tracks_true", l.n, l.nan_yes), tensor_attr(x, "nodes_modes", DT_u8, l.n, mode),
        tensor_attr(x, "nodes_splits", type, l.n, l.split), attr_ints("leaf_targetids", l.n_leaves, l.target), tensor_attr(x, "leaf_weights", type, l.n_leaves, l.weight),
    };
    int n = 13;
    if (t->n_members)
        a[n++] = tensor_attr(x, "membership_values", type, t->n_members, member);
    Ref in = export_in(x, 0);
    export_last_of(x, "ai.onnx.ml", 5, "TreeEnsemble", 1, &in, n, a, 1);
}

static void export_tree(Export *x)
{
    Table t = {0};
    if (!table_read(x, &t)) {
        export_unsupported(x, "trees that are no constants");
        return;
    }
    bool members = false;
    for (int64_t i = 0; i < t.n_nodes; i++)
        members |= t.node[i * COLUMNS + MODE] == 6;
    if (members || t.v[2]->type.dtype != DT_f32) /* the older lists give f32 */
        export_forest(x, &t);
    else
        export_lists(x, &t);
}

const ImportRow import_map_tree[] = {
    {"ai.onnx.ml", "TreeEnsembleRegressor", 1, import_regressor, NULL, NULL},
    {"ai.onnx.ml", "TreeEnsembleClassifier", 1, import_classifier, NULL, NULL},
    {"ai.onnx.ml", "TreeEnsemble", 5, import_ensemble, NULL, NULL},
    {NULL, NULL, 0, NULL, NULL, NULL},
};

const ExportRow export_map_tree[] = {
    {OP_tree_ensemble, export_tree, NULL},
    {0, NULL, NULL},
};
