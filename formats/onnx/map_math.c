/* SPDX-License-Identifier: MIT
 * formats/onnx: elementwise operators, of one, two and many inputs, and casts. Before opset 7 binary operators broadcast only when told to,
 * at attribute `axis`; that becomes align. */
#include "formats/onnx/export.h"
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

/* ── and back ── */

static const Type bool_scalar = {.kind = TYPE_TENSOR, .dtype = DT_bool};

static Ref one(Export *x, const char *op, const char *hint, Ref a) { return export_op(x, op, hint, 1, &a, 0, NULL, NULL); }
static Ref two(Export *x, const char *op, const char *hint, Ref a, Ref b) { return export_op(x, op, hint, 2, (Ref[]){a, b}, 0, NULL, NULL); }
static void last_two(Export *x, const char *op, Ref a, Ref b) { export_last(x, op, 2, (Ref[]){a, b}, 0, NULL, 1); }
static Ref number(Export *x, const char *hint, double v) { return export_scalar(x, hint, export_in(x, 0).type->dtype, v); }

/* What is asked for first is written first: no two of these calls in one expression, whose order would be the compiler's. */
static Ref by_number(Export *x, const char *op, const char *hint, Ref v, const char *name, double n)
{
    Ref c = number(x, name, n);
    return two(x, op, hint, v, c);
}

static void last_by(Export *x, const char *op, Ref v, const char *name, double n)
{
    Ref c = number(x, name, n);
    last_two(x, op, v, c);
}

static void export_affine(Export *x)
{
    double alpha = node_float(x->n, "alpha", 1), beta = node_float(x->n, "beta", 0);
    Ref v = export_in(x, 0);
    if (alpha == 1 && beta == 0)
        export_last(x, "Identity", 1, &v, 0, NULL, 1);
    else if (beta == 0)
        last_by(x, "Mul", v, "alpha", alpha);
    if (beta == 0)
        return;
    if (alpha != 1)
        v = by_number(x, "Mul", "mul", v, "alpha", alpha);
    last_by(x, "Add", v, "beta", beta);
}

static void export_div_by(Export *x)
{
    Ref v = export_in(x, 0);
    last_by(x, "Div", v, "n", node_float(x->n, "n", 1));
}

/* alpha · f(beta · x) */
static void export_scaled(Export *x)
{
    Ref v = by_number(x, "Mul", "mul", export_in(x, 0), "beta", node_float(x->n, "beta", 1));
    v = one(x, x->row->name, "fn", v);
    last_by(x, "Mul", v, "alpha", node_float(x->n, "alpha", 1));
}

static void export_swish(Export *x)
{
    double alpha = node_float(x->n, "alpha", 1);
    Ref v = export_in(x, 0), scaled = v;
    if (x->opset >= 24) {
        export_direct(x);
        return;
    }
    if (alpha != 1)
        scaled = by_number(x, "Mul", "mul", v, "alpha", alpha);
    scaled = one(x, "Sigmoid", "sigmoid", scaled);
    last_two(x, "Mul", v, scaled);
}

static void export_mish(Export *x)
{
    Ref v = export_in(x, 0), t;
    if (x->opset >= 18) {
        export_direct(x);
        return;
    }
    t = one(x, "Softplus", "softplus", v);
    t = one(x, "Tanh", "tanh", t);
    last_two(x, "Mul", v, t);
}

/* Before 20: x · (1 + erf(x / sqrt 2)) · 1/2, or x · (1 + tanh(sqrt(2/pi) · (x + 0.044715 · x³))) · 1/2. */
static void export_gelu(Export *x)
{
    const bool smooth = x->n->op == OP_gelu_tanh;
    const Attr how = attr_str("approximate", "tanh");
    Ref v = export_in(x, 0), s;
    if (x->opset >= 20) {
        export_last(x, "Gelu", 1, &v, smooth, &how, 1);
        return;
    }
    if (smooth) {
        s = two(x, "Mul", "square", v, v);
        s = two(x, "Mul", "cube", s, v);
        s = by_number(x, "Mul", "part", s, "k", 0.044715);
        s = two(x, "Add", "sum", v, s);
        s = by_number(x, "Mul", "arg", s, "sqrt2pi", 0.7978845608028654);
        s = one(x, "Tanh", "tanh", s);
    } else {
        s = by_number(x, "Div", "arg", v, "sqrt2", 1.4142135623730951);
        s = one(x, "Erf", "erf", s);
    }
    s = by_number(x, "Add", "gate", s, "one", 1);
    s = two(x, "Mul", "mul", v, s);
    last_by(x, "Mul", s, "half", 0.5);
}

static void export_clip(Export *x)
{
    double inf;
    parse_f64("inf", NULL, &inf);
    double lo = node_float(x->n, "lo", -inf), hi = node_float(x->n, "hi", inf);
    Ref in[3] = {export_in(x, 0), {"", &bool_scalar}, {"", &bool_scalar}};
    if (lo != -inf)
        in[1] = number(x, "min", lo);
    if (hi != inf)
        in[2] = number(x, "max", hi);
    export_last(x, lo == -inf && hi == inf ? "Identity" : "Clip", 3, in, 0, NULL, 1);
}

static void export_mod(Export *x)
{
    Ref in[2];
    export_ins(x, in, 2);
    const Attr fmod = attr_int("fmod", 1);
    if (x->n->op == OP_mod && dtype_is_float(in[0].type->dtype) && x->opset < 28)
        export_needs(x, 28, "Mod of floats with the sign of the divisor");
    export_last(x, "Mod", 2, in, x->n->op == OP_fmod, &fmod, 1);
}

static void export_shift(Export *x)
{
    Ref in[2];
    export_ins(x, in, 2);
    const Attr dir = attr_str("direction", x->row->name);
    export_last(x, "BitShift", 2, in, 1, &dir, 1);
}

/* row->name: "And"; of integers "BitwiseAnd" */
static void export_logic(Export *x)
{
    Ref in[2];
    export_ins(x, in, 2);
    export_last(x, in[0].type->dtype == DT_bool ? x->row->name : arena_printf(x->w->arena, "Bitwise%s", x->row->name), 2, in, 0, NULL, 1);
}

/* Said by the cast that reads it: see export_cast. */
static void export_nothing(Export *x) { (void)x; }

/* Rounding to a power of two, up or down, stands as a node of its own before a cast to f8e8m0. */
static void export_cast(Export *x)
{
    const DType to = node_dtype(x->n, "to", DT_none);
    const Node *before = to == DT_f8e8m0 ? x->n->in[0]->producer : NULL;
    const char *round = !before ? "nearest" : before->op == OP_pow2_up ? "up" : before->op == OP_pow2_down ? "down" : "nearest";
    Ref v = export_in(x, 0);
    Attr a[3] = {attr_type("to", to)};
    int n = 1;
    if (strcmp(round, "nearest"))
        v = (Ref){name_of(x->w, before->in[0]), &before->in[0]->type};
    if (!node_int(x->n, "saturate", 1))
        a[n++] = attr_int("saturate", 0);
    if (to == DT_f8e8m0 && dtype_is_float(v.type->dtype) && strcmp(round, "up"))
        a[n++] = attr_str("round_mode", round);
    if (!onnx_data_type(to))
        export_unsupported(x, "there is no ONNX data type for %s", dtype_name(to));
    export_last(x, "Cast", 1, &v, n, a, 1);
}

/* b gets ones behind, until its first axis stands at `axis` of a. */
static void export_align(Export *x)
{
    Ref b = export_in(x, 0), a = export_in(x, 1);
    int rb = export_need_rank(x, b), ra = export_need_rank(x, a);
    int64_t axis = node_int(x->n, "axis", 0), axes[IR_MAX_RANK];
    int n = 0;
    axis = axis < 0 ? axis + ra : axis;
    for (int i = rb; !x->code && i < ra - axis && n < IR_MAX_RANK; i++)
        axes[n++] = i;
    if (n)
        last_two(x, "Unsqueeze", b, export_ints(x, "axes", n, axes));
    else
        export_last(x, "Identity", 1, &b, 0, NULL, 1);
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

const ExportRow export_map_math[] = {
    {OP_affine, export_affine, NULL}, {OP_div_by, export_div_by, NULL}, {OP_scaled_tanh, export_scaled, "Tanh"}, {OP_parametric_softplus, export_scaled, "Softplus"},
    {OP_swish, export_swish, NULL}, {OP_mish, export_mish, NULL}, {OP_gelu, export_gelu, NULL}, {OP_gelu_tanh, export_gelu, NULL}, {OP_clip, export_clip, NULL},
    {OP_max, export_as, "Max"}, {OP_min, export_as, "Min"}, {OP_mod, export_mod, NULL}, {OP_fmod, export_mod, NULL}, {OP_shift_left, export_shift, "LEFT"},
    {OP_shift_right, export_shift, "RIGHT"}, {OP_and, export_logic, "And"}, {OP_or, export_logic, "Or"}, {OP_xor, export_logic, "Xor"}, {OP_cast, export_cast, NULL}, {OP_pow2_up, export_nothing, NULL}, {OP_pow2_down, export_nothing, NULL},
    {OP_align, export_align, NULL},
    {0, NULL, NULL},
};
