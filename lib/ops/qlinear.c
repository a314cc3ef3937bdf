/* SPDX-License-Identifier: MIT
 * ops: integer products: matmul_integer, matmul_integer_float, qlinear_matmul, conv_integer, qlinear_conv, qlinear_conv_add. Zero points and scales become views with one element a row,
 * a column or an output channel, whatever their rank in the file; absent zero points are 0. Kernels: kernels/quant.k. */
#include "ops/axes.h"
#include "ops/window.h"

#include <string.h>

/* Where the inputs stand: x, its scale and zero point, w, its own, the result's, bias; −1: none. */
typedef struct Places { int x, sx, zx, w, sw, zw, sy, zy, bias; } Places;
static const Places integer_places = {0, -1, 2, 1, -1, 3, -1, -1, -1};
static const Places qlinear_places = {0, 1, 2, 3, 4, 5, 6, 7, 8};

static bool is_qlinear(const Node *n) { return n->op == OP_qlinear_matmul || n->op == OP_qlinear_conv || n->op == OP_qlinear_conv_add; }
static const Places *places(const Node *n) { return is_qlinear(n) ? &qlinear_places : &integer_places; }
static DType result_type(const Node *n) { return n->op == OP_qlinear_conv_add ? n->in[13]->type.dtype : is_qlinear(n) ? n->in[7]->type.dtype : n->op == OP_matmul_integer_float ? DT_f32 : DT_i32; }

static bool byte_type(DType t) { return t == DT_i8 || t == DT_u8; }

static SpmlCode types_check(const Node *n, Error *err)
{
    const Places *p = places(n);
    if (!in_given(n, p->x) || !in_given(n, p->w) || (is_qlinear(n) && (!in_given(n, 1) || !in_given(n, 4) || !in_given(n, 6) || !in_given(n, 7))))
        return shape_error(n, err, "an input is missing");
    DType x = n->in[p->x]->type.dtype, w = n->in[p->w]->type.dtype;
    if (!byte_type(x) || !byte_type(w) || (is_qlinear(n) && !byte_type(result_type(n))))
        return lower_unsupported(n, err, "operands of %s and %s", dtype_name(x), dtype_name(w));
    for (int i = 0; n->op == OP_qlinear_conv_add && i < 14; i++)
        if (!in_given(n, i))
            return shape_error(n, err, "an input is missing");
    for (int i = 4; n->op == OP_matmul_integer_float && i < 6; i++)
        if (!in_given(n, i) || n->in[i]->type.dtype != DT_f32)
            return lower_unsupported(n, err, "a scale or bias other than f32");
    if ((in_given(n, p->zx) && n->in[p->zx]->type.dtype != x) || (in_given(n, p->zw) && n->in[p->zw]->type.dtype != w))
        return shape_error(n, err, "a zero point is of another type than its tensor");
    return SPML_OK;
}

/* ── matrices ── */

typedef struct Product { int n_batch; const Dim *batch[IR_MAX_RANK], *m, *n, *k; bool vec_x, vec_w; } Product;

static SpmlCode product_of(Node *n, Product *p, Error *err)
{
    const Places *at = places(n);
    SpmlCode code = types_check(n, err);
    if (code)
        return code;
    const Type *x = in_type(n, at->x), *w = in_type(n, at->w);
    int64_t a, b;
    if (x->rank < 1 || w->rank < 1)
        return shape_error(n, err, "an operand is a scalar");
    p->vec_x = x->rank == 1;
    p->vec_w = w->rank == 1;
    p->m = p->vec_x ? dim_const(n->graph, 1) : x->dim[x->rank - 2];
    p->k = x->dim[x->rank - 1];
    const Dim *k = w->dim[p->vec_w ? 0 : w->rank - 2];
    p->n = p->vec_w ? dim_const(n->graph, 1) : w->dim[w->rank - 1];
    if (dim_lit(p->k, &a) && dim_lit(k, &b) && a != b)
        return shape_error(n, err, "inner dimensions are %lld and %lld", (long long)a, (long long)b);
    Type bx = *x, bw = *w;
    bx.rank = p->vec_x ? 0 : x->rank - 2;
    bw.rank = p->vec_w ? 0 : w->rank - 2;
    return broadcast_dims(n, err, 2, (const Type *const[]){&bx, &bw}, &p->n_batch, p->batch);
}

SpmlCode shape_qlinear_matmul(Node *n, Error *err)
{
    Product p = {0};
    const Dim *d[IR_MAX_RANK];
    SpmlCode code = product_of(n, &p, err);
    if (code)
        return code;
    int rank = p.n_batch;
    memcpy(d, p.batch, (size_t)rank * sizeof *d);
    if (!p.vec_x)
        d[rank++] = p.m;
    if (!p.vec_w)
        d[rank++] = p.n;
    out_set(n, 0, result_type(n), rank, d);
    return SPML_OK;
}

/* A parameter as [batch…, along]: a scalar, one per row or column, or with batches and a 1 at `unit` (counted from the end). */
static Operand per_line(Lower *l, const Node *n, int input, DType zero, const Product *p, const Dim *along, bool rows, Error *err)
{
    const Dim *d[IR_MAX_RANK];
    memcpy(d, p->batch, (size_t)p->n_batch * sizeof *d);
    d[p->n_batch] = along;
    Operand v = in_given(n, input) ? lower_value(l, n->in[input]) : operand_scalar(l, zero, 0, err);
    if (v.rank >= 2)
        v = view_drop(l, v, rows ? v.rank - 1 : v.rank - 2);
    return view_expand(l, v, p->n_batch + 1, d);
}

static Operand matrix_view(Lower *l, Operand x, bool vector, int unit, const Product *p, const Dim *rows, const Dim *cols)
{
    const Dim *d[IR_MAX_RANK];
    memcpy(d, p->batch, (size_t)p->n_batch * sizeof *d);
    d[p->n_batch] = rows;
    d[p->n_batch + 1] = cols;
    return view_expand(l, vector ? view_insert(l, x, unit) : x, p->n_batch + 2, d);
}

SpmlCode lower_qlinear_matmul(Lower *l, Node *n, Error *err)
{
    Product p = {0};
    const Places *at = places(n);
    SpmlCode code = product_of(n, &p, err);
    if (code)
        return code;
    DType x = n->in[at->x]->type.dtype, w = n->in[at->w]->type.dtype, y = result_type(n);
    const Dim *d[IR_MAX_RANK];
    memcpy(d, p.batch, (size_t)p.n_batch * sizeof *d);
    d[p.n_batch] = p.m;
    d[p.n_batch + 1] = p.n;
    CallSpec c = {.kernel = "matmul_integer", .types = {{"X", x}, {"W", w}}, .ranks = {{"B", p.n_batch}}};
    c.args[c.n_args++] = matrix_view(l, lower_value(l, n->in[at->x]), p.vec_x, 0, &p, p.m, p.k);
    c.args[c.n_args++] = matrix_view(l, lower_value(l, n->in[at->w]), p.vec_w, 1, &p, p.k, p.n);
    c.args[c.n_args++] = per_line(l, n, at->zx, x, &p, p.m, true, err);
    c.args[c.n_args++] = per_line(l, n, at->zw, w, &p, p.n, false, err);
    if (is_qlinear(n)) {
        DType s = n->in[at->sx]->type.dtype;
        if (n->in[at->sw]->type.dtype != s || n->in[at->sy]->type.dtype != s)
            return lower_unsupported(n, err, "scales of different types");
        c.kernel = "qlinear_matmul";
        memcpy(&c.types[2], (CallSpec){.types = {{"S", s}, {"Y", y}}}.types, 2 * sizeof c.types[0]);
        c.args[c.n_args++] = per_line(l, n, at->sx, s, &p, p.m, true, err);
        c.args[c.n_args++] = per_line(l, n, at->sw, s, &p, p.n, false, err);
        c.args[c.n_args++] = per_line(l, n, at->sy, s, &p, p.m, true, err);
        c.args[c.n_args++] = per_line(l, n, at->zy, y, &p, p.m, true, err);
    }
    if (n->op == OP_matmul_integer_float) {
        c.kernel = "matmul_integer_float";
        for (int i = 4; i < 6; i++)
            c.args[c.n_args++] = per_line(l, n, i, DT_f32, &p, p.n, false, err);
    }
    c.args[c.n_args++] = view_reshape(l, lower_value(l, n->out[0]), p.n_batch + 2, d);
    return lower_call(l, &c, err);
}

/* ── convolutions ── */

static SpmlCode conv_window(Node *n, Window *w, int64_t *groups, Error *err)
{
    SpmlCode code = types_check(n, err);
    if (code)
        return code;
    return window_conv(n, in_type(n, 0), in_type(n, places(n)->w), w, groups, err);
}

SpmlCode shape_qlinear_conv(Node *n, Error *err)
{
    Window w;
    int64_t groups;
    const Dim *d[IR_MAX_RANK];
    SpmlCode code = conv_window(n, &w, &groups, err);
    if (code)
        return code;
    d[0] = n->in[0]->type.dim[0];
    d[1] = n->in[places(n)->w]->type.dim[0];
    memcpy(d + 2, w.out, (size_t)w.n * sizeof *d);
    out_set(n, 0, result_type(n), w.n + 2, d);
    return SPML_OK;
}

/* A parameter as [along], repeated if it has one element; `type` 0 where it is absent. */
static Operand along(Lower *l, const Node *n, int input, DType type, const Dim *extent, Error *err)
{
    return view_expand(l, in_given(n, input) ? lower_value(l, n->in[input]) : operand_scalar(l, type, 0, err), 1, &extent);
}

SpmlCode lower_qlinear_conv(Lower *l, Node *n, Error *err)
{
    Window win;
    int64_t groups;
    const Places *at = places(n);
    SpmlCode code = conv_window(n, &win, &groups, err);
    if (code)
        return code;
    Operand x = lower_value(l, n->in[at->x]), w = lower_value(l, n->in[at->w]), y = lower_value(l, n->out[0]);
    const Dim *images = x.dim[0], *channels = w.dim[0];
    CallSpec c = {.kernel = "conv_integer", .types = {{"X", x.type}, {"W", w.type}}, .consts = {{"G", dim_const(lower_graph(l), groups)}}, .args = {x, w}, .n_args = 2};
    c.args[c.n_args++] = along(l, n, at->zx, x.type, images, err);
    c.args[c.n_args++] = along(l, n, at->zw, w.type, channels, err);
    if (is_qlinear(n)) {
        if (n->in[at->sx]->type.dtype != DT_f32 || n->in[at->sw]->type.dtype != DT_f32 || n->in[at->sy]->type.dtype != DT_f32)
            return lower_unsupported(n, err, "scales other than f32");
        c.kernel = "qlinear_conv";
        c.types[2].name = "Y";
        c.types[2].type = y.type;
        c.args[c.n_args++] = along(l, n, at->bias, DT_i32, channels, err);
        c.args[c.n_args++] = along(l, n, at->sx, DT_f32, images, err);
        c.args[c.n_args++] = along(l, n, at->sw, DT_f32, channels, err);
        c.args[c.n_args++] = along(l, n, at->sy, DT_f32, images, err);
        c.args[c.n_args++] = along(l, n, at->zy, n->in[at->zy]->type.dtype, images, err);
    }
    if (n->op == OP_qlinear_conv_add) {
        const DType types[] = {n->in[at->zy]->type.dtype, n->in[9]->type.dtype, y.type};
        c.kernel = "qlinear_conv_add";
        for (int i = 0; i < 3; i++) {
            c.types[2 + i].name = (const char *const[]){"T", "R", "Y"}[i];
            c.types[2 + i].type = types[i];
        }
        c.args[c.n_args++] = view_expand(l, lower_value(l, n->in[9]), y.rank, y.dim);
        for (int i = 10; i < 14; i++)
            c.args[c.n_args++] = along(l, n, i, n->in[i]->type.dtype, images, err);
    }
    c.args[c.n_args++] = y;
    int next = window_consts(&c, 1, "ST", win.n, win.stride);
    next = window_consts(&c, next, "DL", win.n, win.dilation);
    window_consts(&c, next, "PD", win.n, win.lo);
    return lower_call(l, &c, err);
}
