/* SPDX-License-Identifier: MIT
 * ops: einsum(inputs…) by `equation`. Every operand is a view with one axis per label (a repeated label is a diagonal); products are taken from left
 * to right, each on views: labels of both and of the rest are batches, of one and the rest rows or columns, the others are summed.
 * Kernels: matmul, contract (kernels/contract.k), reduce_map (kernels/reduce.k). */
#include "ops/axes.h"
#include "ops/grad.h"

#include <string.h>

/* Labels: A–Z, a–z, then the axes of the ellipsis, the last of which is always LABELS − 1. */
enum { EINSUM_MAX = 32, LETTERS = 52, LABELS = 64 };
typedef struct Term { int rank; uint8_t label[IR_MAX_RANK]; } Term;
typedef struct Equation { int n; Term in[EINSUM_MAX], out; const Dim *dim[LABELS]; } Equation;

static int letter(char c) { return c >= 'A' && c <= 'Z' ? c - 'A' : c >= 'a' && c <= 'z' ? c - 'a' + 26 : -1; }
static uint64_t bit(int label) { return (uint64_t)1 << label; }
static uint64_t labels_of(const Term *t)
{
    uint64_t m = 0;
    for (int i = 0; i < t->rank; i++)
        m |= bit(t->label[i]);
    return m;
}

/* One term up to a comma, "->" or the end. ellipsis: how many axes "…" stands for (−1: none may stand). false: not well-formed, too long. */
static bool parse_term(const char **at, int ellipsis, Term *t)
{
    *t = (Term){0};
    for (; **at && **at != ',' && strncmp(*at, "->", 2); ++*at) {
        int id = letter(**at);
        if (**at == ' ')
            continue;
        if (id < 0 && (strncmp(*at, "...", 3) || ellipsis < 0 || ellipsis > LABELS - LETTERS))
            return false;
        int count = id < 0 ? ellipsis : 1;
        if (t->rank + count > IR_MAX_RANK)
            return false;
        for (int i = 0; i < count; i++)
            t->label[t->rank++] = (uint8_t)(id < 0 ? LABELS - ellipsis + i : id);
        if (id < 0) {
            *at += 2;
            ellipsis = -1;
        }
    }
    return true;
}

/* The axes that stand for "…" in a term of a tensor of this rank. */
static int ellipsis_rank(const char *at, int rank)
{
    int letters = 0;
    for (; *at && *at != ',' && strncmp(at, "->", 2); at++)
        letters += letter(*at) >= 0;
    return rank - letters;
}

/* false: more labels than a tensor has dimensions. */
static bool implicit_out(Equation *e)
{
    int seen[LABELS] = {0};
    e->out.rank = 0;
    for (int i = 0; i < e->n; i++)
        for (int k = 0; k < e->in[i].rank; k++)
            seen[e->in[i].label[k]]++;
    for (int pass = 0; pass < 2; pass++) /* the ellipsis comes first, then the letters that stand once */
        for (int c = pass ? 0 : LETTERS; c < (pass ? LETTERS : LABELS); c++)
            if (pass ? seen[c] == 1 : seen[c] > 0) {
                if (e->out.rank == IR_MAX_RANK)
                    return false;
                e->out.label[e->out.rank++] = (uint8_t)c;
            }
    return true;
}

static SpmlCode label_dims(const Node *n, Equation *e, Error *err)
{
    for (int i = 0; i < e->n; i++)
        for (int k = 0; k < e->in[i].rank; k++) {
            const Dim *d = n->in[i]->type.dim[k], **have = &e->dim[e->in[i].label[k]];
            int64_t a, b;
            if (*have && dim_lit(*have, &a) && dim_lit(d, &b) && a != b && a != 1 && b != 1)
                return shape_error(n, err, "input %d: extent %lld where another input has %lld", i, (long long)b, (long long)a);
            if (!*have || dim_is(*have, 1))
                *have = d;
        }
    return SPML_OK;
}

static SpmlCode equation_of(const Node *n, Equation *e, Error *err)
{
    const char *text = node_str(n, "equation", ""), *at = text;
    int most = 0;
    uint64_t known = 0, placed = 0;
    memset(e, 0, sizeof *e);
    e->n = n->n_in;
    if (e->n < 1 || e->n > EINSUM_MAX)
        return shape_error(n, err, "%d inputs", e->n);
    for (int i = 0; i < e->n; i++) {
        if (!n->in[i])
            return shape_error(n, err, "input %d is missing", i);
        int rank = n->in[i]->type.rank, dots = ellipsis_rank(at, rank);
        most = dots > most ? dots : most;
        if (!parse_term(&at, dots, &e->in[i]) || e->in[i].rank != rank || (i + 1 < e->n ? *at++ != ',' : *at == ','))
            return shape_error(n, err, "equation '%.200s' does not fit input %d of %d dimensions", text, i, rank);
        known |= labels_of(&e->in[i]);
    }
    if (*at) {
        at += 2;
        if (!parse_term(&at, most, &e->out) || *at)
            return shape_error(n, err, "equation '%.200s': the result is not well-formed", text);
    } else if (!implicit_out(e)) {
        return shape_error(n, err, "equation '%.200s': the result has more than %d dimensions", text, IR_MAX_RANK);
    }
    for (int k = 0; k < e->out.rank; k++) {
        if ((placed & bit(e->out.label[k])) || !(known & bit(e->out.label[k])))
            return shape_error(n, err, "equation '%.200s': label %d of the result is repeated or unknown", text, k);
        placed |= bit(e->out.label[k]);
    }
    return label_dims(n, e, err);
}

SpmlCode shape_einsum(Node *n, Error *err)
{
    Equation e;
    const Dim *d[IR_MAX_RANK];
    SpmlCode code = equation_of(n, &e, err);
    if (code)
        return code;
    for (int i = 1; i < n->n_in; i++)
        if (n->in[i]->type.dtype != n->in[0]->type.dtype)
            return shape_error(n, err, "operands are %s and %s", dtype_name(n->in[0]->type.dtype), dtype_name(n->in[i]->type.dtype));
    for (int k = 0; k < e.out.rank; k++)
        d[k] = e.dim[e.out.label[k]];
    out_set(n, 0, n->in[0]->type.dtype, e.out.rank, d);
    return SPML_OK;
}

/* ── lowering ── */

typedef struct Factor { Operand x; Term t; } Factor;
typedef struct Work { Lower *l; const Node *n; Equation e; Error *err; } Work;

/* Repeated labels become one axis that walks the diagonal. */
static Factor factor_of(Work *w, int input)
{
    Graph *g = lower_graph(w->l);
    Factor f = {.x = lower_value(w->l, w->n->in[input]), .t = w->e.in[input]};
    int n = 0;
    for (int i = 0; i < f.t.rank; i++) {
        int same = 0;
        while (same < n && f.t.label[same] != f.t.label[i])
            same++;
        if (same < n) {
            f.x.stride[same] = dim_add(g, f.x.stride[same], f.x.stride[i]);
            continue;
        }
        f.x.dim[n] = f.x.dim[i];
        f.x.stride[n] = f.x.stride[i];
        f.t.label[n++] = f.t.label[i];
    }
    f.x.rank = f.t.rank = n;
    return f;
}

static Term term_of(const uint64_t *groups, int n)
{
    Term t = {0};
    for (int i = 0; i < n; i++)
        for (int c = 0; c < LABELS; c++)
            if (groups[i] & bit(c))
                t.label[t.rank++] = (uint8_t)c;
    return t;
}

/* f with its axes in the order of t, extents of 1 broadcast. Every label of t stands in f. */
static Operand arranged(Work *w, const Factor *f, const Term *t)
{
    int perm[IR_MAX_RANK];
    const Dim *d[IR_MAX_RANK];
    for (int i = 0; i < t->rank; i++) {
        d[i] = w->e.dim[t->label[i]];
        for (int k = 0; k < f->t.rank; k++)
            if (f->t.label[k] == t->label[i])
                perm[i] = k;
    }
    return view_expand(w->l, view_permute(w->l, f->x, perm), t->rank, d);
}

static Factor temp_factor(Work *w, DType type, const Term *t)
{
    const Dim *d[IR_MAX_RANK];
    for (int i = 0; i < t->rank; i++)
        d[i] = w->e.dim[t->label[i]];
    return (Factor){lower_value(w->l, lower_temp(w->l, type, t->rank, d)), *t};
}

static int count(uint64_t m) { return __builtin_popcountll(m); }

/* Sums f over the labels outside `keep`, into `to` (a factor whose labels are the rest) or a temporary. */
static SpmlCode sum_out(Work *w, Factor *f, uint64_t keep, const Factor *to)
{
    uint64_t all = labels_of(&f->t), groups[2] = {all & keep, all & ~keep};
    if (!groups[1] && !to)
        return SPML_OK;
    Term both = term_of(groups, 2), kept = term_of(groups, 1);
    Factor out = to ? *to : temp_factor(w, f->x.type, &kept);
    Operand x = arranged(w, f, &both), y = arranged(w, &out, &kept);
    *f = out;
    if (!groups[1])
        return lower_copy(w->l, x, y, w->err);
    return lower_call(w->l, &(CallSpec){.kernel = "reduce_map", .types = {{"T", x.type}}, .fns = {{"f", "ident"}, {"F", "sum"}, {"g", "ident"}},
                                        .ranks = {{"L", count(groups[0])}, {"C", count(groups[1])}}, .args = {x, y}, .n_args = 2}, w->err);
}

/* An axis of extent 1 at `at` where there is none. */
static Operand at_least(Work *w, Operand x, int have, int at) { return have ? x : view_insert(w->l, x, at); }

static SpmlCode product(Work *w, Factor *a, Factor *b, uint64_t need, const Factor *to)
{
    uint64_t in_b = labels_of(&b->t), in_a = labels_of(&a->t);
    SpmlCode code = sum_out(w, a, in_b | need, NULL);
    if (!code)
        code = sum_out(w, b, in_a | need, NULL);
    if (code)
        return code;
    uint64_t batch = in_a & in_b & need, rows = in_a & ~in_b & need, cols = in_b & ~in_a & need, inner = in_a & in_b & ~need;
    if (count(batch | rows | cols) > IR_MAX_RANK)
        return lower_unsupported(w->n, w->err, "a product of more than %d dimensions", IR_MAX_RANK);
    Term ta = term_of((uint64_t[]){batch, rows, inner}, 3), tb = term_of((uint64_t[]){batch, inner, cols}, 3), ty = term_of((uint64_t[]){batch, rows, cols}, 3);
    Factor out = to ? *to : temp_factor(w, a->x.type, &ty);
    Operand x = arranged(w, a, &ta), k = arranged(w, b, &tb), y = arranged(w, &out, &ty);
    int nb = count(batch), m = count(rows), n = count(cols), c = count(inner);
    *a = out;
    if (m > 1 || n > 1 || c > 1 || nb + 2 > IR_MAX_RANK)
        return lower_call(w->l, &(CallSpec){.kernel = "contract", .types = {{"T", x.type}}, .ranks = {{"B", nb}, {"M", m}, {"N", n}, {"K", c}}, .args = {x, k, y}, .n_args = 3}, w->err);
    x = at_least(w, at_least(w, x, m, nb), c, nb + 1);
    k = at_least(w, at_least(w, k, c, nb), n, nb + 1);
    y = at_least(w, at_least(w, y, m, nb), n, nb + 1);
    Operand zero = operand_scalar(w->l, dtype_info[x.type].compute, 0, w->err);
    if (!zero.value)
        return SPML_RESOURCE;
    return lower_call(w->l, &(CallSpec){.kernel = "matmul", .types = {{"T", x.type}}, .ranks = {{"B", nb}}, .args = {x, k, view_expand(w->l, zero, y.rank, y.dim), y}, .n_args = 4}, w->err);
}

SpmlCode lower_einsum(Lower *l, Node *n, Error *err)
{
    Work w = {.l = l, .n = n, .err = err};
    SpmlCode code = equation_of(n, &w.e, err);
    DType acc = dtype_info[n->in[0]->type.dtype].compute;
    if (code || acc == DT_none || acc == DT_bool)
        return code ? code : lower_unsupported(n, err, "%s operands", dtype_name(n->in[0]->type.dtype));
    Factor to = {lower_value(l, n->out[0]), w.e.out}, have = factor_of(&w, 0);
    for (int i = 1; i < w.e.n && !code; i++) {
        uint64_t need = labels_of(&w.e.out);
        for (int k = i + 1; k < w.e.n; k++)
            need |= labels_of(&w.e.in[k]);
        Factor next = factor_of(&w, i);
        code = product(&w, &have, &next, need, i + 1 == w.e.n ? &to : NULL);
    }
    return code || w.e.n > 1 ? code : sum_out(&w, &have, labels_of(&w.e.out), &to);
}

/* ── gradient: by an input it is the einsum of the result's gradient and the other inputs that leaves that input's labels ── */

enum { TEXT_MAX = EINSUM_MAX * (IR_MAX_RANK + 1) + 8 };
typedef struct Writer { char text[TEXT_MAX]; size_t n; int n_names; char name[2 * LABELS]; } Writer; /* name: of a label, and from LABELS on of those that stand for repeated ones */

static void put_char(Writer *w, char c)
{
    if (w->n + 1 < sizeof w->text)
        w->text[w->n++] = c;
}

static void put_label(Writer *w, int label)
{
    static const char names[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    if (!w->name[label])
        w->name[label] = w->n_names < LETTERS ? names[w->n_names++] : '?'; /* refused when it is read */
    put_char(w, w->name[label]);
}

static void put_term(Writer *w, const Term *t)
{
    for (int i = 0; i < t->rank; i++)
        put_label(w, t->label[i]);
}

/* The unit matrix [d, d]: what holds two axes together that have one label. */
static Value *diagonal(Grad *d, const Dim *extent, DType t)
{
    const Dim *dims[2] = {extent, extent};
    Value *zeros = grad_op1(d, OP_constant_of_shape, grad_dims(d, 2, dims));
    return grad_op(d, OP_eye_like, 1, &zeros, 1, (Attr[]){GRAD_TYPE("to", t)});
}

static Value *input_gradient(Grad *d, const Node *n, const Equation *e, int input, Value *g)
{
    Writer w = {0};
    Value *in[EINSUM_MAX + IR_MAX_RANK] = {g};
    const Term *t = &e->in[input];
    const Value *x = n->in[input];
    int64_t alone[IR_MAX_RANK];
    uint64_t there = labels_of(&e->out), seen = 0;
    int n_in = 1, n_alone = 0, out[IR_MAX_RANK];
    put_term(&w, &e->out);
    for (int i = 0; i < e->n; i++) {
        if (i == input)
            continue;
        put_char(&w, ',');
        put_term(&w, &e->in[i]);
        there |= labels_of(&e->in[i]);
        in[n_in++] = n->in[i];
    }
    for (int i = 0; i < t->rank; i++) {
        int label = out[i] = t->label[i];
        if (seen & bit(label)) {
            out[i] = LABELS + i;
            in[n_in++] = diagonal(d, x->type.dim[i], x->type.dtype);
            put_char(&w, ',');
            put_label(&w, label);
            put_label(&w, out[i]);
            there |= bit(label);
        }
        seen |= bit(label);
    }
    put_char(&w, '-');
    put_char(&w, '>');
    for (int i = 0; i < t->rank; i++) { /* a label of this input alone was summed over: all along it have the same */
        if (out[i] >= LABELS || there & bit(out[i]))
            put_label(&w, out[i]);
        else
            alone[n_alone++] = i;
    }
    return grad_unsqueeze(d, grad_op(d, OP_einsum, n_in, in, 1, (Attr[]){GRAD_STR("equation", w.text)}), n_alone, alone);
}

SpmlCode grad_einsum(Grad *d, Node *n, Error *err)
{
    Equation e;
    SpmlCode code = equation_of(n, &e, err);
    for (int i = 0; i < n->n_in && !code; i++)
        if (grad_wanted(d, n, i))
            grad_give(d, n, i, input_gradient(d, n, &e, i, grad_of(d, n, 0)));
    return code;
}
