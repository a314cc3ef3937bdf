/* SPDX-License-Identifier: MIT
 * ops: dft, stft, window, mel_weights, det. Tables of cosines are made by kernels (kernels/signal.k) once per run; frames of a signal are an
 * overlapping view. Complex values are a last axis of extent 2. */
#include "ops/axes.h"
#include "ops/known.h"
#include "ops/moves.h"

#include <string.h>

static SpmlCode float_check(const Node *n, DType t, Error *err)
{
    return dtype_is_float(dtype_info[t].compute) ? SPML_OK : lower_unsupported(n, err, "%s", dtype_name(t));
}

/* One integer from input i. false: not known yet. */
static bool known_one(const Node *n, int i, const Dim **out)
{
    int count;
    return known_dims(n->in[i], out, 1, &count) && count == 1;
}

static const Dim *half_up(Graph *g, const Dim *m) { return dim_add(g, dim_div(g, m, dim_const(g, 2)), dim_const(g, 1)); }

/* ── transforms ── */

typedef struct Dft { int axis; bool inverse, onesided; const Dim *length, *used; } Dft; /* `used` items of the axis enter a transform of `length` */

/* Inputs x, length?, axis?. *known false: they are not constants yet. */
static SpmlCode dft_of(const Node *n, Dft *t, bool *known, Error *err)
{
    const Type *x = in_type(n, 0);
    Graph *g = n->graph;
    const Dim *at;
    int64_t axis = node_int(n, "axis", -2), lit;
    *known = true;
    if (x->rank < 2)
        return shape_error(n, err, "x has rank %d", x->rank);
    if (in_given(n, 2)) {
        *known = known_one(n, 2, &at) && dim_lit(at, &axis);
        if (!*known)
            return SPML_OK;
    }
    if (!axis_normalise(axis, x->rank, &t->axis) || t->axis == x->rank - 1)
        return shape_error(n, err, "axis %lld is outside the signal of rank %d", (long long)axis, x->rank);
    t->inverse = node_int(n, "inverse", 0);
    t->onesided = node_int(n, "onesided", 0);
    const Dim *extent = x->dim[t->axis];
    t->length = t->inverse && t->onesided ? dim_mul(g, dim_const(g, 2), dim_sub(g, extent, dim_const(g, 1))) : extent;
    if (in_given(n, 1) && !known_one(n, 1, &t->length)) {
        *known = false;
        return SPML_OK;
    }
    if (dim_lit(t->length, &lit) && lit < 1)
        return shape_error(n, err, "length %lld", (long long)lit);
    t->used = dim_make(g, DIM_MIN, extent, t->inverse && t->onesided ? half_up(g, t->length) : t->length);
    return SPML_OK;
}

SpmlCode shape_dft(Node *n, Error *err)
{
    Dft t;
    bool known;
    const Type *x = in_type(n, 0);
    const Dim *d[IR_MAX_RANK];
    SpmlCode code = dft_of(n, &t, &known, err);
    if (code || !known)
        return code ? code : shape_dynamic(n, 1, &x->dtype, &x->rank);
    memcpy(d, x->dim, (size_t)x->rank * sizeof *d);
    d[t.axis] = t.onesided && !t.inverse ? half_up(n->graph, t.length) : t.length;
    d[x->rank - 1] = dim_const(n->graph, t.onesided && t.inverse ? 1 : 2);
    out_set(n, 0, x->dtype, x->rank, d);
    return SPML_OK;
}

/* Element `part` of the last axis; a zero where the signal is real. */
static Operand part_of(Lower *l, Operand x, int part, Error *err)
{
    Graph *g = lower_graph(l);
    Operand y = view_select(l, x, x.rank - 1, dim_const(g, 0));
    if (!part)
        return y;
    return dim_is(x.dim[x.rank - 1], 2) ? view_select(l, x, x.rank - 1, dim_const(g, 1)) : view_expand(l, operand_scalar(l, x.type, 0, err), y.rank, y.dim);
}

/* Lengths of 2^n from 32 on take n passes instead of a sum per element. */
static bool is_fast(const Dft *t, const Operand *x, int64_t *length)
{
    enum { SHORTEST = 32 };
    return !(t->inverse && t->onesided) && x->type == dtype_info[x->type].compute && dim_lit(t->length, length) && *length >= SHORTEST && !(*length & (*length - 1));
}

/* The items that enter as complex values, followed by zeros up to the length; x itself where it is that already. */
static Operand complex_items(Lower *l, const Dft *t, Operand x, Operand to, Error *err, SpmlCode *code)
{
    const Dim *zero = dim_const(lower_graph(l), 0);
    if (t->used == t->length && x.dim[x.rank - 2] == t->length && dim_is(x.dim[x.rank - 1], 2))
        return x;
    if (t->used != t->length)
        *code = lower_fill(l, to, 0, err);
    for (int i = 0; i < 2 && !*code; i++)
        *code = lower_copy(l, view_slice(l, part_of(l, x, i, err), x.rank - 2, zero, t->used, 1), view_slice(l, part_of(l, to, i, err), x.rank - 2, zero, t->used, 1), err);
    return to;
}

static SpmlCode fast_transform(Lower *l, const Dft *t, int64_t length, Operand x, Operand table, Operand y, Error *err)
{
    Graph *g = lower_graph(l);
    const Dim *d[IR_MAX_RANK];
    SpmlCode code = SPML_OK;
    memcpy(d, x.dim, (size_t)x.rank * sizeof *d);
    d[x.rank - 2] = t->length;
    d[x.rank - 1] = dim_const(g, 2);
    bool whole = y.dim[y.rank - 2] == t->length;
    Operand work[] = {lower_value(l, lower_temp(l, x.type, x.rank, d)), lower_value(l, lower_temp(l, x.type, x.rank, d))};
    x = complex_items(l, t, x, work[1], err, &code);
    for (int64_t stride = 1, pass = 0; stride < length && !code; stride *= 2, pass++) {
        bool last = stride * 2 == length;
        Operand to = last && whole ? y : work[pass % 2];
        code = lower_call(l, &(CallSpec){.kernel = "fft_pass", .types = {{"T", x.type}}, .ranks = {{"L", x.rank - 2}}, .consts = {{"SCALE", dim_const(g, last && t->inverse)}},
                                         .args = {x, table, to}, .n_args = 3, .scalars = {scalar_i(stride)}, .n_scalars = 1}, err);
        x = to;
    }
    return code || whole ? code : lower_copy(l, view_slice(l, x, x.rank - 2, dim_const(g, 0), y.dim[y.rank - 2], 1), y, err);
}

/* Along the last axis but one of x and y. */
static SpmlCode transform(Lower *l, const Dft *t, Operand x, Operand y, Error *err)
{
    Graph *g = lower_graph(l);
    DType acc = dtype_info[x.type].compute;
    Operand table = lower_value(l, lower_temp(l, acc, 2, (const Dim *const[]){t->length, dim_const(g, 2)}));
    SpmlCode code = lower_call(l, &(CallSpec){.kernel = "dft_table", .types = {{"A", acc}}, .args = {table}, .n_args = 1, .scalars = {scalar_f(t->inverse ? 1 : -1)}, .n_scalars = 1}, err);
    if (code)
        return code;
    int64_t length;
    if (is_fast(t, &x, &length))
        return fast_transform(l, t, length, x, table, y, err);
    bool real = t->inverse && t->onesided;
    CallSpec c = {.kernel = real ? "dft_real_inverse" : "dft", .types = {{"T", x.type}}, .ranks = {{"L", x.rank - 2}}, .n_args = 4,
                  .args = {part_of(l, x, 0, err), part_of(l, x, 1, err), table, real ? part_of(l, y, 0, err) : y}, .scalars = {scalar_dim(t->used)}, .n_scalars = 1};
    if (!real) {
        c.consts[0].name = "INV";
        c.consts[0].value = dim_const(g, t->inverse);
    }
    return lower_call(l, &c, err);
}

SpmlCode lower_dft(Lower *l, Node *n, Error *err)
{
    Dft t;
    bool known;
    int perm[IR_MAX_RANK], at = 0;
    SpmlCode code = dft_of(n, &t, &known, err);
    Operand x = lower_value(l, n->in[0]), y = lower_value(l, n->out[0]);
    if (!code)
        code = float_check(n, x.type, err);
    if (code || !known)
        return code ? code : lower_unsupported(n, err, "length or axis are not known");
    for (int i = 0; i < x.rank - 1; i++)
        if (i != t.axis)
            perm[at++] = i;
    perm[at++] = t.axis;
    perm[at] = x.rank - 1;
    return transform(l, &t, view_permute(l, x, perm), view_permute(l, y, perm), err);
}

/* Inputs signal [B, N, 1 or 2], step, window?, length?. */
typedef struct Frames { const Dim *step, *length, *count; } Frames;

static SpmlCode frames_of(const Node *n, Frames *f, bool *known, Error *err)
{
    const Type *x = in_type(n, 0), *w = in_type(n, 2);
    Graph *g = n->graph;
    int64_t step, len, have;
    *known = known_one(n, 1, &f->step);
    if (x->rank != 3 || (w && w->rank != 1) || (!w && !in_given(n, 3)))
        return shape_error(n, err, "the signal has rank %d, or neither window nor length are given", x->rank);
    f->length = w ? w->dim[0] : NULL;
    if (in_given(n, 3) && !known_one(n, 3, &f->length))
        *known = false;
    if (!*known)
        return SPML_OK;
    if ((dim_lit(f->step, &step) && step < 1) || (dim_lit(f->length, &len) && (len < 1 || (dim_lit(x->dim[1], &have) && have < len) || (w && dim_lit(w->dim[0], &have) && have != len))))
        return shape_error(n, err, "step or length do not fit the signal");
    f->count = dim_add(g, dim_div(g, dim_sub(g, x->dim[1], f->length), f->step), dim_const(g, 1));
    return SPML_OK;
}

SpmlCode shape_stft(Node *n, Error *err)
{
    Frames f;
    bool known;
    const Type *x = in_type(n, 0);
    SpmlCode code = frames_of(n, &f, &known, err);
    int rank = 4;
    if (code || !known)
        return code ? code : shape_dynamic(n, 1, &x->dtype, &rank);
    out_set(n, 0, x->dtype, 4, (const Dim *const[]){x->dim[0], f.count, node_int(n, "onesided", 1) ? half_up(n->graph, f.length) : f.length, dim_const(n->graph, 2)});
    return SPML_OK;
}

SpmlCode lower_stft(Lower *l, Node *n, Error *err)
{
    Frames f;
    bool known;
    Graph *g = lower_graph(l);
    SpmlCode code = frames_of(n, &f, &known, err);
    Operand x = lower_value(l, n->in[0]), y = lower_value(l, n->out[0]);
    if (!code)
        code = float_check(n, x.type, err);
    if (code || !known)
        return code ? code : lower_unsupported(n, err, "step or length are not known");
    if (in_given(n, 2) && n->in[2]->type.dtype != x.type)
        return lower_unsupported(n, err, "window of %s, signal of %s", dtype_name(n->in[2]->type.dtype), dtype_name(x.type));
    Operand s = view_insert(l, x, 1); /* [B, frames, length, parts], frames overlapping */
    s.dim[1] = f.count;
    s.stride[1] = dim_mul(g, x.stride[1], f.step);
    s.dim[2] = f.length;
    if (in_given(n, 2)) {
        Operand z = lower_value(l, lower_temp(l, x.type, 4, s.dim));
        Operand w = view_expand(l, view_insert(l, lower_value(l, n->in[2]), 1), 4, s.dim);
        code = lower_call(l, &(CallSpec){.kernel = "frames", .types = {{"T", x.type}}, .ranks = {{"L", 3}}, .args = {s, w, z}, .n_args = 3}, err);
        s = z;
    }
    Dft t = {.length = f.length, .used = f.length};
    return code ? code : transform(l, &t, s, y, err);
}

/* ── windows, mel weights ── */

static SpmlCode table_shape(Node *n, int first, int count, const Dim **d, Error *err)
{
    DType t = node_dtype(n, "to", DT_f32);
    int64_t lit;
    for (int i = 0; i < count; i++) {
        if (!known_one(n, first + i, &d[i]))
            return shape_dynamic(n, 1, &t, &count);
        if (dim_lit(d[i], &lit) && lit < 0)
            return shape_error(n, err, "size %lld", (long long)lit);
    }
    return SPML_OK;
}

SpmlCode shape_window(Node *n, Error *err)
{
    const Dim *d[1] = {NULL};
    SpmlCode code = table_shape(n, 0, 1, d, err);
    if (!code && d[0])
        out_set(n, 0, node_dtype(n, "to", DT_f32), 1, d);
    return code;
}

SpmlCode lower_window(Lower *l, Node *n, Error *err)
{
    Graph *g = lower_graph(l);
    Operand y = lower_value(l, n->out[0]);
    const Dim *period = node_int(n, "periodic", 1) ? y.dim[0] : dim_sub(g, y.dim[0], dim_const(g, 1));
    return lower_call(l, &(CallSpec){.kernel = "window_table", .types = {{"T", y.type}}, .consts = {{"KIND", dim_const(g, node_int(n, "kind", 0))}}, .args = {y}, .n_args = 1,
                                     .scalars = {scalar_dim(period)}, .n_scalars = 1}, err);
}

SpmlCode shape_mel_weights(Node *n, Error *err)
{
    const Dim *d[2] = {NULL, NULL};
    SpmlCode code = table_shape(n, 0, 2, d, err);
    if (!code && d[0] && d[1])
        out_set(n, 0, node_dtype(n, "to", DT_f32), 2, (const Dim *const[]){half_up(n->graph, d[1]), d[0]});
    return code;
}

SpmlCode lower_mel_weights(Lower *l, Node *n, Error *err)
{
    const Dim *length, *rate;
    if (!known_one(n, 1, &length) || !known_one(n, 2, &rate))
        return lower_unsupported(n, err, "a size that is not known");
    if (n->in[3]->type.dtype != DT_f32 || n->in[4]->type.dtype != DT_f32)
        return lower_unsupported(n, err, "edges of %s", dtype_name(n->in[3]->type.dtype));
    Operand y = lower_value(l, n->out[0]);
    return lower_call(l, &(CallSpec){.kernel = "mel_weights", .types = {{"T", y.type}}, .args = {y}, .n_args = 1,
                                     .scalars = {scalar_dim(length), scalar_dim(rate), scalar_value(n->in[3]), scalar_value(n->in[4])}, .n_scalars = 4}, err);
}

/* ── determinant ── */

SpmlCode shape_det(Node *n, Error *err)
{
    const Type *x = in_type(n, 0);
    int64_t a, b;
    if (x->rank < 2 || (dim_lit(x->dim[x->rank - 1], &a) && dim_lit(x->dim[x->rank - 2], &b) && a != b))
        return shape_error(n, err, "not square matrices");
    out_set(n, 0, x->dtype, x->rank - 2, (const Dim *const *)x->dim);
    return SPML_OK;
}

SpmlCode lower_det(Lower *l, Node *n, Error *err)
{
    Operand x = lower_value(l, n->in[0]);
    SpmlCode code = float_check(n, x.type, err);
    if (code)
        return code;
    DType acc = dtype_info[x.type].compute;
    Operand a = lower_value(l, lower_temp(l, acc, x.rank, x.dim));
    code = lower_cast_to(l, x, a, err);
    return code ? code : lower_call(l, &(CallSpec){.kernel = "det", .types = {{"T", x.type}}, .ranks = {{"L", x.rank - 2}}, .args = {a, lower_value(l, n->out[0])}, .n_args = 2}, err);
}
