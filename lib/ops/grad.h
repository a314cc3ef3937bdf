/* SPDX-License-Identifier: MIT
 * ops: what gradient rules are written with. The column `grad` of ir/ops.def names a rule, `SpmlCode grad_<rule>(Grad *d, Node *n, Error *err)`, defined beside the
 * op's shape rule in lib/ops/<family>.c or in <family>_grad.c; or one of
 *     none       nothing flows: the outputs are integers or bools, or constant but for jumps
 *     missing    no rule yet: a named error where a gradient would have to pass
 *     backward   the op serves gradients only: a second derivative, which is refused
 * A rule takes n, whose outputs' gradients are complete, and gives one to each input that is wanted. It writes ops of our IR only, at the end of the graph, typed
 * at once, so passes, planner and backends see one graph. Extents may be symbols; where a shape is wanted as a value, grad_dims gives it.
 *
 * Failure is sticky: when a builder fails it returns NULL, notes why, and all that follow return NULL and do nothing; rules need no tests on the way. NULL in an
 * input list is otherwise an optional input that is not given. A rule returns an error of its own (grad_unsupported) for attributes it cannot do. An input that is
 * wanted and given nothing is an error in the driver's hand (train/autodiff.c), so that nothing is zero by oversight: zero is said by grad_give(…, NULL). */
#ifndef SPML_OPS_GRAD_H
#define SPML_OPS_GRAD_H

#include "ops/ops.h"

/* The graph and the gradient that has reached each of its values so far. Rules use the functions only. */
typedef struct GradPart GradPart; /* grad_part.c */
struct Grad {
    Graph *g;
    Node *node;              /* whose rule is running */
    Value **sum;             /* [n] by Value.id: dL/d value, of its type; NULL: nothing yet */
    GradPart **parts;        /* [n] by Value.id: what reached pieces of it and is not in its sum yet */
    uint8_t *flags;          /* [n] by Value.id: GRAD_* */
    uint32_t n;              /* ids known when differentiation began; younger values have id 0 */
    const char *origin;      /* of the nodes being made: "gradient of Conv 11" */
    Error why;               /* of the first failure */
};
enum { GRAD_WANTED = 1, GRAD_GIVEN = 2 }; /* something that is asked for lies above, or it is that | the rule that runs has spoken of it */

/* The rules that are none, told by their address. */
SpmlCode grad_none(Grad *d, Node *n, Error *err);
SpmlCode grad_missing(Grad *d, Node *n, Error *err);
SpmlCode grad_backward(Grad *d, Node *n, Error *err);

/* ── the gradients ── */
Value *grad_of(Grad *d, const Node *n, int out);              /* dL/d out[out], of its type; NULL: nothing depends on it */
Value *grad_of_or_zeros(Grad *d, const Node *n, int out);     /* n->out[out] is not NULL */
bool grad_wanted(const Grad *d, const Node *n, int in);       /* does something that is asked for lie above in[in]? false for inputs that are not given */
void grad_give(Grad *d, const Node *n, int in, Value *g);     /* adds g to dL/d in[in], summed down where g has the shape of a broadcast of it; NULL: zero. No-op unless wanted */
/* grad_give to the piece of in[in] from `start` on along axis, as long as g is there; start and in's extent along axis are literal. Pieces are joined once all are there. */
void grad_give_part(Grad *d, const Node *n, int in, int axis, int64_t start, Value *g);
void grad_settle(Grad *d, Value *x);                          /* the pieces go into the sum: the driver, before x's gradient is read */
void *grad_fail(Grad *d, const char *why);                    /* notes a failure of the rule that runs; NULL */
SpmlCode grad_unsupported(const Node *n, Error *err, const char *fmt, ...) __attribute__((format(printf, 3, 4))); /* SPML_UNSUPPORTED, names the node */

/* ── nodes ── */
#define GRAD_INT(name_, v) ((Attr){.name = (name_), .kind = ATTR_INT, .i = (v)})
#define GRAD_FLOAT(name_, v) ((Attr){.name = (name_), .kind = ATTR_FLOAT, .f = (v)})
#define GRAD_INTS(name_, n_, p) ((Attr){.name = (name_), .kind = ATTR_INTS, .n = (n_), .ints = (p)})
#define GRAD_STR(name_, v) ((Attr){.name = (name_), .kind = ATTR_STRING, .n = (int64_t)strlen(v), .s = (v)})
#define GRAD_TYPE(name_, v) ((Attr){.name = (name_), .kind = ATTR_TYPE, .dtype = (v)})
/* Output i of n, made where nobody wanted it: what the way back needs and the op itself has. NULL after a failure. */
Value *grad_saved(Grad *d, Node *n, int i);
/* A typed node with n_out outputs; NULL after a failure. */
Node *grad_node(Grad *d, int op, int n_in, Value *const *in, int n_out, int n_attrs, const Attr *a);
/* Its only output. */
Value *grad_op(Grad *d, int op, int n_in, Value *const *in, int n_attrs, const Attr *a);
static inline Value *grad_op1(Grad *d, int op, Value *x) { return grad_op(d, op, 1, (Value *const[]){x}, 0, NULL); }
static inline Value *grad_op2(Grad *d, int op, Value *x, Value *y) { return grad_op(d, op, 2, (Value *const[]){x, y}, 0, NULL); }
static inline Value *grad_op3(Grad *d, int op, Value *x, Value *y, Value *z) { return grad_op(d, op, 3, (Value *const[]){x, y, z}, 0, NULL); }
#define grad_add(d, x, y) grad_op2(d, OP_add, x, y)
#define grad_sub(d, x, y) grad_op2(d, OP_sub, x, y)
#define grad_mul(d, x, y) grad_op2(d, OP_mul, x, y)
#define grad_div(d, x, y) grad_op2(d, OP_div, x, y)
Value *grad_with(Grad *d, int op, int n_in, Value *const *in, const Node *like); /* a node with all attributes of another */
/* The value of an expression in postfix order, a word at a time: names of vars, numbers, attributes of n among its op's params ("alpha"), names of ops, which take
 * their least number of inputs from the stack, and "=u", which takes the top and calls it u from there on. "y y mul =u g 1 u sub mul" is g·(1 − y²). Numbers are
 * scalars of type t; n may be NULL. */
typedef struct GradVar { const char *name; Value *v; } GradVar;
Value *grad_expr(Grad *d, const Node *n, DType t, const char *text, const GradVar *vars, int n_vars);

/* ── constants and shapes ── */
Value *grad_scalar(Grad *d, DType t, double v);               /* [] */
Value *grad_i64(Grad *d, int n /* -1: scalar */, const int64_t *v);
Value *grad_int(Grad *d, int64_t v);                          /* [1] */
Value *grad_dims(Grad *d, int n, const Dim *const *dims);     /* i64[n] whose elements are these extents, literal or not. From the shapes of values of the graph */
Value *grad_iota(Grad *d, const Dim *count);                  /* i64[count]: 0, 1, 2 … */
Value *grad_shape(Grad *d, Value *x);                         /* i64[rank] */
Value *grad_count(Grad *d, Value *x, int n_axes, const int64_t *axes, DType t); /* [] the number of elements along these axes of x, of type t */
Value *grad_filled(Grad *d, const Value *like, double v);     /* of like's type, every element v */
Value *grad_filled_shape(Grad *d, DType t, Value *shape /* i64[rank] */, double v);
Value *grad_zeros(Grad *d, const Value *like);
Value *grad_reshape(Grad *d, Value *x, int n, const Dim *const *dims);
Value *grad_reshape_like(Grad *d, Value *x, const Value *like);
Value *grad_expand_like(Grad *d, Value *x, const Value *like);
Value *grad_sum_to(Grad *d, Value *x, const Value *like);     /* x, a broadcast of like's shape, summed down to it */
Value *grad_cast(Grad *d, Value *x, DType t);                 /* x itself where it has the type */
Value *grad_permute(Grad *d, Value *x, const int64_t *perm /* [rank] */);
Value *grad_reduce(Grad *d, int op, Value *x, int n_axes, const int64_t *axes, bool keepdims);
Value *grad_unsqueeze(Grad *d, Value *x, int n_axes, const int64_t *axes);
Value *grad_slice(Grad *d, Value *x, int axis, Value *start /* i64[1] */, Value *end);
/* g, of the shape of like reduced over the axes of mask, with extents of 1 there, whether or not the reduction kept them: it broadcasts with like */
Value *grad_like_reduced(Grad *d, Value *g, const Value *like, const bool *mask);

#endif
