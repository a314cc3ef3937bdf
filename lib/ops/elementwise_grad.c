/* SPDX-License-Identifier: MIT
 * ops: gradients of the elementwise ops: one expression per input, in the words of grad_expr, of which `fuse` makes one kernel. At kinks and ties they follow
 * PyTorch: relu'(0) = 0, |0|' = 0, sign and rounding are flat, a clip is flat at its bounds, equal operands of min and max share, leaky and parametric
 * slopes hold at 0, 0^0 has no slope. Broadcast inputs are summed down by grad_give. */
#include "ops/grad.h"

#include <string.h>

#define SQRT_2_PI "0.79788456080286536"

/* dL/dx of y = op(x), dL/da and dL/db of y = op(a, b); g is dL/dy. y rather than x where both do: then x need not live. */
typedef struct Derivative { const char *a, *b; } Derivative;
static const Derivative derivatives[OP_COUNT] = {
    [OP_neg] = {"g neg"},
    [OP_abs] = {"g x sign mul"},
    [OP_reciprocal] = {"g y y mul mul neg"},
    [OP_sqrt] = {"g y y add div"},
    [OP_exp] = {"g y mul"},
    [OP_log] = {"g x div"},
    [OP_erf] = {"g x x mul neg exp mul 1.1283791670955126 mul"},
    [OP_sin] = {"g x cos mul"},
    [OP_cos] = {"g x sin mul neg"},
    [OP_tan] = {"g 1 y y mul add mul"},
    [OP_asin] = {"g 1 x x mul sub sqrt div"},
    [OP_acos] = {"g 1 x x mul sub sqrt div neg"},
    [OP_atan] = {"g 1 x x mul add div"},
    [OP_sinh] = {"g x cosh mul"},
    [OP_cosh] = {"g x sinh mul"},
    [OP_tanh] = {"g 1 y y mul sub mul"},
    [OP_asinh] = {"g x x mul 1 add sqrt div"},
    [OP_acosh] = {"g x x mul 1 sub sqrt div"},
    [OP_atanh] = {"g 1 x x mul sub div"},
    [OP_relu] = {"y 0 le 0 g where"},
    [OP_sigmoid] = {"g y mul 1 y sub mul"},
    [OP_hard_swish] = {"x -3 le 0 x 3 lt g x 3 div 0.5 add mul g where where"},
    [OP_softplus] = {"g x sigmoid mul"},
    [OP_softsign] = {"1 x abs add =u g u u mul div"},
    [OP_mish] = {"x softplus tanh =t g t x x sigmoid mul 1 t t mul sub mul add mul"},
    [OP_gelu] = {"g x gelu_grad"},
    [OP_gelu_tanh] = {"x x mul =q q 0.044715 mul 1 add x mul " SQRT_2_PI " mul tanh =t "
                      "g t 1 add x 1 t t mul sub mul q 0.134145 mul 1 add mul " SQRT_2_PI " mul add 0.5 mul mul"},
    [OP_clip] = {"x lo le 0 x hi ge 0 g where where"},
    [OP_affine] = {"g alpha mul"},
    [OP_div_by] = {"g n div"},
    [OP_leaky_relu] = {"x 0 gt g g alpha mul where"},
    [OP_thresholded_relu] = {"x alpha le 0 g where"},
    [OP_elu] = {"x 0 gt g g y alpha add mul where"},
    [OP_celu] = {"x 0 gt g g x alpha div exp mul where"},
    [OP_selu] = {"g gamma mul =u x 0 gt u u alpha mul x exp mul where"},
    [OP_swish] = {"x alpha mul sigmoid =s g s y alpha mul 1 s sub mul add mul"},
    [OP_hard_sigmoid] = {"y 0 le 0 y 1 ge 0 g alpha mul where where"},
    [OP_shrink] = {"x abs lambd le 0 g where"},
    [OP_scaled_tanh] = {"x beta mul tanh =t g 1 t t mul sub mul alpha beta mul mul"},
    [OP_parametric_softplus] = {"g x beta mul sigmoid mul alpha beta mul mul"},
    [OP_add] = {"g", "g"},
    [OP_sub] = {"g", "g neg"},
    [OP_mul] = {"g b mul", "g a mul"},
    [OP_div] = {"g b div", "g y mul b div neg"},
    [OP_min] = {"a b eq g 0.5 mul a b gt 0 g where where", "a b eq g 0.5 mul a b lt 0 g where where"},
    [OP_max] = {"a b eq g 0.5 mul a b lt 0 g where where", "a b eq g 0.5 mul a b gt 0 g where where"},
    [OP_mod] = {"g", "g a y sub b div round mul neg"},
    [OP_fmod] = {"g", "g a y sub b div round mul neg"},
    [OP_prelu] = {"a 0 gt g g b mul where", "a 0 gt 0 g a mul where"},
    [OP_pow] = {"b 0 eq 0 g b a b 1 sub pow mul mul where", "a 0 eq b 0 ge and 0 g y a log mul mul where"},
};

/* What stands for x^e where e is one constant number: no power is taken. */
static const char *small_power(const Value *e)
{
    static const struct { double e; const char *text; } rows[] = {{1, "g"}, {2, "g a a add mul"}, {3, "g a a mul 3 mul mul"}, {0.5, "g y y add div"}, {-1, "g y y mul mul neg"}};
    double v;
    int n;
    if (e->residency != RES_CONST || e->type.rank > 1 || !value_floats(e, &v, 1, &n) || n != 1)
        return NULL;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].e == v)
            return rows[i].text;
    return NULL;
}

SpmlCode grad_map(Grad *d, Node *n, Error *err)
{
    const Derivative *r = &derivatives[n->op];
    const GradVar vars[] = {{"g", grad_of(d, n, 0)}, {"y", n->out[0]}, {"x", n->in[0]}, {"a", n->in[0]}, {"b", n->n_in > 1 ? n->in[1] : NULL}};
    for (int i = 0; i < n->n_in; i++) {
        const char *text = i ? r->b : r->a, *power = n->op == OP_pow && !i ? small_power(n->in[1]) : NULL;
        if (!grad_wanted(d, n, i))
            continue;
        if (!text)
            return grad_unsupported(n, err, "no derivative by input %d", i);
        grad_give(d, n, i, grad_expr(d, n, n->in[i]->type.dtype, power ? power : text, vars, n->n_in > 1 ? 5 : 4));
    }
    return SPML_OK;
}

SpmlCode grad_where(Grad *d, Node *n, Error *err)
{
    const GradVar vars[] = {{"g", grad_of(d, n, 0)}, {"c", n->in[0]}};
    DType t = n->out[0]->type.dtype;
    for (int i = 1; i < 3; i++)
        if (grad_wanted(d, n, i))
            grad_give(d, n, i, grad_expr(d, n, t, i == 1 ? "c g 0 where" : "c 0 g where", vars, 2));
    return SPML_OK;
}

SpmlCode grad_identity(Grad *d, Node *n, Error *err)
{
    grad_give(d, n, 0, grad_of(d, n, 0));
    return SPML_OK;
}

/* A saturating cast passes everything: what it cuts off is not seen, as in PyTorch. cast_like: nothing by input 1, of which only the type matters. */
SpmlCode grad_cast_back(Grad *d, Node *n, Error *err)
{
    grad_give(d, n, 0, grad_cast(d, grad_of(d, n, 0), n->in[0]->type.dtype));
    if (n->n_in > 1)
        grad_give(d, n, 1, NULL);
    return SPML_OK;
}
