/* SPDX-License-Identifier: MIT
 * formats/onnx: elementwise operators, of one, two and many inputs, and casts. Before opset 7 binary operators broadcast only when told to,
 * at attribute `axis`; that becomes align. */
#include "formats/onnx/import.h"
#include "formats/onnx/onnx.h"

#include <string.h>

static Value *binary(Import *im, const ForeignNode *f, int op, Value *a, Value *b)
{
    return import_op(im, f, op, 2, (Value *[]){a, b});
}

static Value *with_float(Import *im, const ForeignNode *f, int op, Value *x, const char *name, double v)
{
    Node *n = import_node(im, f, op, 1, &x, 1);
    return n && import_attr_float(n, name, v) ? n->out[0] : NULL;
}

static SpmlCode want_inputs(Import *im, const ForeignNode *f, int n)
{
    SpmlCode code = import_want(im, f, n);
    return !code && f->n_in > n ? import_unsupported(im, f, "%d inputs", f->n_in) : code;
}

/* b with ones appended, so that its first dimension stands at `axis` of a. */
static Value *align(Import *im, const ForeignNode *f, Value *a, Value *b, int64_t axis)
{
    Node *n = import_node(im, f, OP_align, 2, (Value *[]){b, a}, 1);
    return n && import_attr_int(n, "axis", axis) ? n->out[0] : NULL;
}

static SpmlCode import_binary_old(Import *im, const ForeignNode *f, Value **out)
{
    SpmlCode c = want_inputs(im, f, 2);
    if (c)
        return c;
    Value *b = f->in[1];
    const Attr *axis = foreign_attr(f, "axis");
    if (foreign_int(f, "broadcast", 0) && axis && axis->kind == ATTR_INT && !(b = align(im, f, f->in[0], b, axis->i)))
        return error_oom(im->err);
    return import_give(im, binary(im, f, op_find(im->row->op, strlen(im->row->op)), f->in[0], b), out);
}

/* Slopes of before opset 7 are per channel. */
static SpmlCode import_prelu_old(Import *im, const ForeignNode *f, Value **out)
{
    SpmlCode c = want_inputs(im, f, 2);
    Value *slope = c ? NULL : align(im, f, f->in[0], f->in[1], 1);
    return c ? c : import_give(im, slope ? binary(im, f, OP_prelu, f->in[0], slope) : NULL, out);
}

/* Max, Min, Sum: left to right. */
static Value *chain(Import *im, const ForeignNode *f, int op)
{
    Value *v = f->n_in == 1 ? import_op(im, f, OP_identity, 1, f->in) : f->in[0];
    for (int i = 1; i < f->n_in && v; i++)
        v = binary(im, f, op, v, f->in[i]);
    return v;
}

static SpmlCode import_variadic(Import *im, const ForeignNode *f, Value **out)
{
    SpmlCode c = f->n_in ? want_inputs(im, f, f->n_in) : import_unsupported(im, f, "no inputs");
    return c ? c : import_give(im, chain(im, f, op_find(im->row->op, strlen(im->row->op))), out);
}

static SpmlCode import_mean(Import *im, const ForeignNode *f, Value **out)
{
    SpmlCode c = f->n_in ? want_inputs(im, f, f->n_in) : import_unsupported(im, f, "no inputs");
    Value *v = c ? NULL : chain(im, f, OP_add);
    return c ? c : import_give(im, v && f->n_in > 1 ? with_float(im, f, OP_div_by, v, "n", f->n_in) : v, out);
}

/* A bound that is a constant float scalar becomes an attribute. */
static bool const_bound(const Value *v, double def, double *out)
{
    int n = 0;
    *out = def;
    return !v || (v->data && dtype_is_float(v->type.dtype) && value_floats(v, out, 1, &n) && n == 1);
}

static SpmlCode import_clip(Import *im, const ForeignNode *f, Value **out)
{
    Value *x = foreign_in(f, 0), *lo = foreign_in(f, 1), *hi = foreign_in(f, 2);
    double a, b, inf;
    parse_f64("inf", NULL, &inf);
    if (!x || f->n_in > 3)
        return import_unsupported(im, f, "%d inputs", f->n_in);
    if (!lo && !hi)
        return import_give(im, import_op(im, f, OP_identity, 1, &x), out);
    if (const_bound(lo, -inf, &a) && const_bound(hi, inf, &b)) {
        Node *n = import_node(im, f, OP_clip, 1, &x, 1);
        return import_give(im, n && import_attr_float(n, "lo", a) && import_attr_float(n, "hi", b) ? n->out[0] : NULL, out);
    }
    if (lo && !(x = binary(im, f, OP_max, x, lo)))
        return error_oom(im->err);
    return import_give(im, hi ? binary(im, f, OP_min, x, hi) : x, out);
}

static SpmlCode import_shift(Import *im, const ForeignNode *f, Value **out)
{
    SpmlCode c = want_inputs(im, f, 2);
    const char *dir = foreign_str(f, "direction", "");
    if (!c && strcmp(dir, "LEFT") && strcmp(dir, "RIGHT"))
        c = import_unsupported(im, f, "direction '%s'", dir);
    return c ? c : import_give(im, binary(im, f, *dir == 'L' ? OP_shift_left : OP_shift_right, f->in[0], f->in[1]), out);
}

static SpmlCode import_mod(Import *im, const ForeignNode *f, Value **out)
{
    SpmlCode c = want_inputs(im, f, 2);
    return c ? c : import_give(im, binary(im, f, foreign_int(f, "fmod", 0) ? OP_fmod : OP_mod, f->in[0], f->in[1]), out);
}

static SpmlCode import_gelu(Import *im, const ForeignNode *f, Value **out)
{
    SpmlCode c = want_inputs(im, f, 1);
    const char *how = foreign_str(f, "approximate", "none");
    if (!c && strcmp(how, "none") && strcmp(how, "tanh"))
        c = import_unsupported(im, f, "approximate '%s'", how);
    return c ? c : import_give(im, import_op(im, f, *how == 't' ? OP_gelu_tanh : OP_gelu, 1, f->in), out);
}

/* BiasGelu, FastGelu: gelu(x + bias) */
static SpmlCode import_bias_gelu(Import *im, const ForeignNode *f, Value **out)
{
    Value *x = foreign_in(f, 0), *bias = foreign_in(f, 1);
    if (!x || f->n_in > 2)
        return import_unsupported(im, f, "%d inputs", f->n_in);
    if (bias && !(x = binary(im, f, OP_add, x, bias)))
        return error_oom(im->err);
    return import_give(im, import_op(im, f, op_find(im->row->op, strlen(im->row->op)), 1, &x), out);
}

/* swish(a) · b */
static SpmlCode import_swiglu(Import *im, const ForeignNode *f, Value **out)
{
    SpmlCode c = want_inputs(im, f, 2);
    Value *gate = c ? NULL : with_float(im, f, OP_swish, f->in[0], "alpha", foreign_float(f, "alpha", 1));
    return c ? c : import_give(im, gate ? binary(im, f, OP_mul, gate, f->in[1]) : NULL, out);
}

/* Cast-1 names its target. */
static DType named_dtype(const char *name)
{
    static const char *const names[] = {"", "FLOAT", "UINT8", "INT8", "UINT16", "INT16", "INT32", "INT64", "STRING", "BOOL", "FLOAT16", "DOUBLE", "UINT32", "UINT64"};
    for (int i = 1; i < (int)(sizeof names / sizeof *names); i++)
        if (!strcmp(names[i], name))
            return onnx_dtype(i);
    return DT_none;
}

static SpmlCode import_cast(Import *im, const ForeignNode *f, Value **out)
{
    SpmlCode c = want_inputs(im, f, 1);
    const Attr *to = foreign_attr(f, "to");
    DType t = !to ? DT_none : to->kind == ATTR_STRING ? named_dtype(to->s) : to->kind == ATTR_INT ? onnx_dtype(to->i) : DT_none;
    if (!c && t == DT_none)
        c = import_unsupported(im, f, "attribute 'to': no such data type");
    Node *n = c ? NULL : import_node(im, f, OP_cast, 1, f->in, 1);
    bool ok = n && import_attr_dtype(n, "to", t) && import_attr_int(n, "saturate", foreign_int(f, "saturate", 1)) && import_attr_str(n, "round", foreign_str(f, "round_mode", "up"));
    return c ? c : import_give(im, ok ? n->out[0] : NULL, out);
}

/* x · scale + bias of its channel; x is NCHW */
static SpmlCode import_image_scaler(Import *im, const ForeignNode *f, Value **out)
{
    const Attr *bias = foreign_attr(f, "bias");
    SpmlCode c = want_inputs(im, f, 1);
    Value *v = c ? NULL : with_float(im, f, OP_affine, f->in[0], "alpha", foreign_float(f, "scale", 1));
    if (c || !bias || bias->kind != ATTR_FLOATS)
        return c ? c : import_give(im, v, out);
    float *p = arena_array(im->g->arena, float, bias->n);
    for (int64_t i = 0; p && i < bias->n; i++)
        dtype_set_f64(DT_f32, p, (uint64_t)i, bias->floats[i]);
    Value *b = p ? graph_const(im->g, NULL, DT_f32, 3, (int64_t[]){bias->n, 1, 1}, p, (size_t)bias->n * sizeof *p) : NULL;
    return import_give(im, v && b ? binary(im, f, OP_add, v, b) : NULL, out);
}

#define UNARY(since, foreign, ours) {"", foreign, since, import_direct, ours, "-consumed_inputs"}
#define UNARY_ATTRS(since, foreign, ours, list) {"", foreign, since, import_direct, ours, list ",-consumed_inputs"}
/* broadcast and axis attributes before opset 7 */
#define BINARY(foreign, ours) {"", foreign, 1, import_binary_old, ours, NULL}, {"", foreign, 7, import_direct, ours, NULL}
#define DIRECT(since, foreign, ours, list) {"", foreign, since, import_direct, ours, list}
#define BUILD(since, foreign, fn, ours) {"", foreign, since, fn, ours, NULL}
#define MICROSOFT(foreign, fn, ours, list) {"com.microsoft", foreign, 1, fn, ours, list}

const ImportRow import_map_math[] = {
    UNARY(1, "Abs", "abs"), UNARY(7, "Acos", "acos"), UNARY(9, "Acosh", "acosh"), UNARY(7, "Asin", "asin"), UNARY(9, "Asinh", "asinh"),
    UNARY(7, "Atan", "atan"), UNARY(9, "Atanh", "atanh"), UNARY(1, "Ceil", "ceil"), UNARY(7, "Cos", "cos"), UNARY(9, "Cosh", "cosh"),
    UNARY(9, "Erf", "erf"), UNARY(1, "Exp", "exp"), UNARY(1, "Floor", "floor"), UNARY(1, "Log", "log"), UNARY(1, "Neg", "neg"),
    UNARY(1, "Not", "not"), UNARY(1, "Reciprocal", "reciprocal"), UNARY(1, "Relu", "relu"), UNARY(11, "Round", "round"), UNARY(1, "Sigmoid", "sigmoid"),
    UNARY(9, "Sign", "sign"), UNARY(7, "Sin", "sin"), UNARY(9, "Sinh", "sinh"), UNARY(1, "Softplus", "softplus"), UNARY(1, "Softsign", "softsign"),
    UNARY(1, "Sqrt", "sqrt"), UNARY(7, "Tan", "tan"), UNARY(1, "Tanh", "tanh"), UNARY(18, "BitwiseNot", "bitnot"), UNARY(14, "HardSwish", "hard_swish"),
    UNARY(18, "Mish", "mish"), UNARY(9, "IsNaN", "is_nan"),
    DIRECT(10, "IsInf", "is_inf", "detect_negative:neg=1,detect_positive:pos=1"),
    UNARY_ATTRS(1, "Elu", "elu", "alpha=1.0"), UNARY_ATTRS(12, "Celu", "celu", "alpha=1.0"), UNARY_ATTRS(1, "LeakyRelu", "leaky_relu", "alpha=0.01"),
    UNARY_ATTRS(1, "Selu", "selu", "alpha=1.6732,gamma=1.0507"),
    DIRECT(6, "Selu", "selu", "alpha=1.67326319217681884765625,gamma=1.05070102214813232421875"),
    UNARY_ATTRS(1, "HardSigmoid", "hard_sigmoid", "alpha=0.2,beta=0.5"), DIRECT(9, "Shrink", "shrink", "bias=0.0,lambd=0.5"),
    DIRECT(24, "Swish", "swish", "alpha=1.0"), BUILD(28, "SwiGLU", import_swiglu, NULL), DIRECT(1, "ThresholdedRelu", "thresholded_relu", "alpha=1.0"),
    DIRECT(1, "Affine", "affine", "alpha=1.0,beta=0.0"), DIRECT(1, "ScaledTanh", "scaled_tanh", "alpha=1.0,beta=1.0"),
    DIRECT(1, "ParametricSoftplus", "parametric_softplus", "alpha=1.0,beta=1.0"), BUILD(1, "ImageScaler", import_image_scaler, NULL),
    BUILD(20, "Gelu", import_gelu, NULL), MICROSOFT("Gelu", import_direct, "gelu", NULL), MICROSOFT("BiasGelu", import_bias_gelu, "gelu", NULL),
    MICROSOFT("FastGelu", import_bias_gelu, "gelu_tanh", NULL), MICROSOFT("QuickGelu", import_direct, "swish", "alpha=1.702"),

    BINARY("Add", "add"), BINARY("Sub", "sub"), BINARY("Mul", "mul"), BINARY("Div", "div"), BINARY("Pow", "pow"), BINARY("And", "and"), BINARY("Or", "or"),
    BINARY("Xor", "xor"), BINARY("Equal", "eq"), BINARY("Less", "lt"), BINARY("Greater", "gt"), DIRECT(12, "LessOrEqual", "le", NULL),
    DIRECT(12, "GreaterOrEqual", "ge", NULL), DIRECT(18, "BitwiseAnd", "and", NULL), DIRECT(18, "BitwiseOr", "or", NULL), DIRECT(18, "BitwiseXor", "xor", NULL),
    BUILD(11, "BitShift", import_shift, NULL), BUILD(28, "BitShift", import_shift, NULL), BUILD(10, "Mod", import_mod, NULL), BUILD(28, "Mod", import_mod, NULL), BUILD(1, "PRelu", import_prelu_old, NULL), DIRECT(7, "PRelu", "prelu", NULL),
    DIRECT(9, "Where", "where", NULL), BUILD(1, "Max", import_variadic, "max"), BUILD(1, "Min", import_variadic, "min"), BUILD(1, "Sum", import_variadic, "add"),
    BUILD(1, "Mean", import_mean, NULL),
    UNARY_ATTRS(1, "Clip", "clip", "min:lo=-inf,max:hi=inf"), BUILD(11, "Clip", import_clip, NULL),
    BUILD(1, "Cast", import_cast, NULL), DIRECT(15, "CastLike", "cast_like", "saturate=1,round_mode:round=up"), DIRECT(26, "BitCast", "bitcast", "@to"),
    {NULL, NULL, 0, NULL, NULL, NULL},
};
