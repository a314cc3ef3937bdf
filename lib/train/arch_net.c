/* SPDX-License-Identifier: MIT
 * train: layers of architectures (arch_net.h) and the numbers their parameters begin with: PyTorch's distributions, drawn by counter with nothing but
 * correctly rounded operations, so that a seed gives the same net everywhere. */
#include "ops/ops.h"
#include "train/arch_net.h"
#include "train/rng.h"

#include <math.h>
#include <string.h>

void *net_fail(Net *n, SpmlCode code, const char *key, const char *fmt, ...)
{
    if (n->code)
        return NULL;
    Text t = {0};
    va_list ap;
    va_start(ap, fmt);
    text_vprintf(&t, fmt, ap);
    va_end(ap);
    n->code = error_set(n->err, code, key, "%s", t.p ? t.p : "");
    text_free(&t);
    return NULL;
}

static void *no_memory(Net *n)
{
    if (!n->code)
        n->code = error_oom(n->err);
    return NULL;
}

/* ── numbers ── */

double net_root(double x) { return 1 / sqrt(x); }

/* ln x of a finite x > 0, within 2^-49 of it: libraries differ in the last bits of theirs. */
static double natural_log(double x)
{
    int e;
    double m = frexp(x, &e), sum = 0;
    if (m < 0.70710678118654752) {
        m *= 2;
        e--;
    }
    const double s = (m - 1) / (m + 1), q = s * s;
    for (int k = 27; k > 0; k -= 2)
        sum = sum * q + 1.0 / k;
    return 2 * s * sum + e * 0.69314718055994531;
}

/* (−1, 1), symmetric */
static double symmetric(Rng *r) { return ((double)rng_u32(r) + 0.5) * 0x1p-31 - 1; }

/* By Marsaglia's polar method; its other half is dropped. */
static double normal(Rng *r)
{
    for (;;) {
        const double u = symmetric(r), v = symmetric(r), s = u * u + v * v;
        if (s < 1 && s > 0)
            return u * sqrt(-2 * natural_log(s) / s);
    }
}

static void draw(Net *n, DType t, void *p, int64_t count, Init init)
{
    Rng r = rng_make(n->seed, RNG_INIT, n->drawn++, 0);
    for (int64_t i = 0; i < count; i++)
        dtype_set_f64(t, p, (uint64_t)i, init.kind == INIT_FILL ? init.by : init.by * (init.kind == INIT_NORMAL ? normal(&r) : symmetric(&r)));
}

Value *net_param(Net *n, const char *name, DType t, int rank, const int64_t *dim, Init init)
{
    uint64_t count = 1;
    for (int i = 0; i < rank; i++)
        if (dim[i] < 0 || __builtin_mul_overflow(count, (uint64_t)dim[i], &count) || count > (uint64_t)1 << 40)
            return net_fail(n, SPML_USAGE, "arch", "parameter %s has too many elements", name);
    if (n->code)
        return NULL;
    const size_t sz = (size_t)count * dtype_info[t].bytes;
    const Type type = type_literal(n->g, t, rank, dim);
    Value *v = graph_value(n->g, name, &type);
    ConstData *d = arena_new(n->g->arena, ConstData);
    void *p = arena_alloc(n->g->arena, sz, 64);
    if (!v || !d || !p || n->g->arena->oom)
        return no_memory(n);
    draw(n, t, p, (int64_t)count, init);
    *d = (ConstData){.p = p, .sz = sz};
    v->residency = RES_CONST;
    v->data = d;
    return v;
}

/* ── nodes ── */

Attr net_int(const char *name, int64_t v) { return (Attr){.name = name, .kind = ATTR_INT, .i = v}; }
Attr net_float(const char *name, double v) { return (Attr){.name = name, .kind = ATTR_FLOAT, .f = v}; }
Attr net_list(const char *name, int64_t count, const int64_t *v) { return (Attr){.name = name, .kind = ATTR_INTS, .n = count, .ints = v}; }

const char *net_name(Net *n, const char *fmt, ...)
{
    char buf[120];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(buf, sizeof buf, fmt, ap);
    va_end(ap);
    const char *s = arena_strdup(n->g->arena, buf);
    return s ? s : (no_memory(n), "");
}

Node *net_node(Net *n, int op, const char *name, int n_in, Value *const *in, int n_out, int n_attrs, const Attr *attrs)
{
    if (n->code)
        return NULL;
    Node *node = graph_node(n->g, NULL, op, name, n_in, in, n_out);
    for (int i = 0; node && i < n_attrs; i++) {
        Attr a = attrs[i];
        if (a.kind == ATTR_INTS)
            a.ints = arena_copy(n->g->arena, a.ints, (size_t)a.n * sizeof *a.ints);
        if ((a.kind == ATTR_INTS && !a.ints) || !node_attr(node, &a))
            node = NULL;
    }
    if (!node)
        return no_memory(n);
    n->code = node_infer(node, n->err);
    return n->code ? NULL : node;
}

Value *net_op(Net *n, int op, const char *name, int n_in, Value *const *in, int n_attrs, const Attr *attrs)
{
    Node *node = net_node(n, op, name, n_in, in, 1, n_attrs, attrs);
    return node ? node->out[0] : NULL;
}

int64_t net_extent(Net *n, const Value *x, int axis)
{
    const Dim *d = n->code || !x || axis >= x->type.rank ? NULL : x->type.dim[axis];
    if (d && d->kind == DIM_CONST && d->value > 0)
        return d->value;
    net_fail(n, SPML_USAGE, "arch-data", "the samples are too small for this net");
    return 0;
}

Value *net_ints(Net *n, int count, const int64_t *v)
{
    Value *c = n->code ? NULL : graph_const_i64(n->g, count, v);
    return c || n->code ? c : no_memory(n);
}

/* ── layers ── */

Value *net_linear(Net *n, const char *name, Value *x, int64_t out, bool bias)
{
    const int64_t in = n->code ? 0 : net_extent(n, x, x->type.rank - 1), dim[2] = {out, in};
    if (n->code)
        return NULL;
    const Init w = n->std > 0 ? (Init){INIT_NORMAL, n->std} : (Init){INIT_UNIFORM, net_root((double)in)};
    Value *args[3] = {x, net_param(n, net_name(n, "%s.weight", name), DT_f32, 2, dim, w)};
    if (bias)
        args[2] = net_param(n, net_name(n, "%s.bias", name), DT_f32, 1, dim, n->std > 0 ? (Init){INIT_FILL, 0} : w);
    return net_op(n, OP_matmul, name, bias ? 3 : 2, args, 1, &(Attr){.name = "trans_b", .kind = ATTR_INT, .i = 1});
}

Value *net_conv(Net *n, const char *name, Value *x, ConvShape s)
{
    const int64_t group = s.group ? s.group : 1, in = net_extent(n, x, 1), dim[4] = {s.out, in / group, s.kernel, s.kernel};
    if (n->code)
        return NULL;
    const int64_t area = s.kernel * s.kernel; /* PyTorch counts the outputs of all groups as reached by a weight */
    const Init b = {INIT_UNIFORM, net_root((double)(dim[1] * area))}, w = n->fan_out ? (Init){INIT_NORMAL, net_root((double)(s.out * area) / 2)} : b;
    Value *args[3] = {x, net_param(n, net_name(n, "%s.weight", name), DT_f32, 4, dim, w)};
    if (s.bias)
        args[2] = net_param(n, net_name(n, "%s.bias", name), DT_f32, 1, dim, b);
    const Attr a[] = {net_list("strides", 2, (int64_t[]){s.stride, s.stride}), net_list("pads", 4, (int64_t[]){s.pad, s.pad, s.pad, s.pad}), net_int("group", group)};
    return net_op(n, OP_conv, name, s.bias ? 3 : 2, args, group > 1 ? 3 : 2, a);
}

Value *net_batch_norm(Net *n, const char *name, Value *x)
{
    static const struct { const char *name; double value; } parts[4] = {{"weight", 1}, {"bias", 0}, {"running_mean", 0}, {"running_var", 1}};
    const int64_t c = net_extent(n, x, 1);
    Value *args[5] = {x};
    for (int i = 0; i < 4 && !n->code; i++)
        args[i + 1] = net_param(n, net_name(n, "%s.%s", name, parts[i].name), DT_f32, 1, &c, (Init){INIT_FILL, parts[i].value});
    return net_op(n, OP_batch_norm, name, 5, args, 2, (Attr[]){net_float("eps", 1e-5), net_float("momentum", 0.9)});
}

Value *net_layer_norm(Net *n, const char *name, Value *x, bool bias)
{
    const int64_t f = n->code ? 0 : net_extent(n, x, x->type.rank - 1);
    if (n->code)
        return NULL;
    Value *args[3] = {x, net_param(n, net_name(n, "%s.weight", name), DT_f32, 1, &f, (Init){INIT_FILL, 1})};
    if (bias)
        args[2] = net_param(n, net_name(n, "%s.bias", name), DT_f32, 1, &f, (Init){INIT_FILL, 0});
    return net_op(n, OP_layer_norm, name, bias ? 3 : 2, args, 2, (Attr[]){net_int("axis", -1), net_float("eps", 1e-5)});
}

Value *net_relu(Net *n, Value *x) { return net_op(n, OP_relu, NULL, 1, &x, 0, NULL); }

Value *net_max_pool(Net *n, Value *x, int64_t kernel, int64_t stride, int64_t pad)
{
    if (net_extent(n, x, 2) + 2 * pad < kernel || net_extent(n, x, 3) + 2 * pad < kernel)
        return net_fail(n, SPML_USAGE, "arch-data", "the samples are too small for this net");
    const Attr a[] = {net_list("kernel_shape", 2, (int64_t[]){kernel, kernel}), net_list("strides", 2, (int64_t[]){stride, stride}), net_list("pads", 4, (int64_t[]){pad, pad, pad, pad})};
    return net_op(n, OP_max_pool, NULL, 1, &x, 3, a);
}

Value *net_mean_pool(Net *n, Value *x)
{
    return net_flatten(n, net_op(n, OP_reduce_mean, NULL, 1, &x, 2, (Attr[]){net_int("keepdims", 1), net_int("spatial", 1)}));
}

Value *net_flatten(Net *n, Value *x)
{
    return n->code || x->type.rank == 2 ? x : net_op(n, OP_flatten, NULL, 1, &x, 1, &(Attr){.name = "axis", .kind = ATTR_INT, .i = 1});
}

Value *net_dropout(Net *n, Value *x, double ratio)
{
    return ratio > 0 ? net_op(n, OP_dropout, NULL, 1, &x, 1, &(Attr){.name = "ratio", .kind = ATTR_FLOAT, .f = ratio}) : x;
}

Value *net_embedding(Net *n, const char *name, Value *ids, int64_t count, int64_t size, double std, Value **table)
{
    Value *t = net_param(n, net_name(n, "%s.weight", name), DT_f32, 2, (int64_t[]){count, size}, (Init){INIT_NORMAL, std});
    if (table)
        *table = t;
    return net_op(n, OP_gather, name, 2, (Value *const[]){t, ids}, 1, &(Attr){.name = "axis", .kind = ATTR_INT, .i = 0});
}
