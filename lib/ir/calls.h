/* SPDX-License-Identifier: MIT
 * ir: what lowering makes of nodes: steps. A Step is a call of a kernel template on views of values, a host function, a repeat of steps, a
 * symbol bound from device data, or a node the executor runs itself (control flow, shapes known only now). Every operand says which range of which value it
 * touches and whether it writes, so streams, memory planning and the verifier derive from the step list. Built by the lower_* functions below
 * (lower/builder.c) from the `lower` functions of lib/ops; consumed by plan/ and run/. */
#ifndef SPML_IR_CALLS_H
#define SPML_IR_CALLS_H

#include "ir/graph.h"
#include "ir/ops.h"

/* A strided view of (part of) a value. Strides and offset in elements; 0 strides broadcast. */
typedef struct Operand {
    Value *value;
    DType type;               /* element type the kernel sees */
    int rank;
    const Dim *dim[IR_MAX_RANK], *stride[IR_MAX_RANK], *offset;
} Operand;

typedef struct CallScalar { enum { SCALAR_F64, SCALAR_I64, SCALAR_DIM, SCALAR_VALUE } kind; union { double f; int64_t i; const Dim *dim; Value *value; }; } CallScalar; /* value: its element 0 is read at launch */
#define scalar_f(x) ((CallScalar){.kind = SCALAR_F64, .f = (x)})
#define scalar_i(x) ((CallScalar){.kind = SCALAR_I64, .i = (x)})
#define scalar_dim(x) ((CallScalar){.kind = SCALAR_DIM, .dim = (x)})
#define scalar_value(x) ((CallScalar){.kind = SCALAR_VALUE, .value = (x)})

enum { CALL_TYPES = 8, CALL_FNS = 4, CALL_CONSTS = 32, CALL_RANKS = 6, CALL_ARGS = 24, CALL_SCALARS = 40 };
/* What to call. Unused rows stay zero (name NULL ends each list). Used as a compound literal:
 *   lower_call(l, &(CallSpec){ .kernel = "reduce", .types = {{"T", x.type}}, .fns = {{"F", "sum"}}, .ranks = {{"L", 2}, {"C", 1}, {"R", 0}},
 *                              .args = {x, y}, .n_args = 2 }, err); */
typedef struct CallSpec {
    const char *kernel;       /* template of kernels/; NULL: text holds one generated kernel */
    const char *text;
    struct { const char *name; DType type; const char *block; } types[CALL_TYPES];
    struct { const char *name, *fn; } fns[CALL_FNS];            /* fn and reducer parameters */
    struct { const char *name; const Dim *value; } consts[CALL_CONSTS]; /* const parameters; literal values are folded, others stay live. packs: "ST.0" … */
    struct { const char *name; int rank; } ranks[CALL_RANKS];   /* packs whose rank does not follow from one operand alone */
    CallScalar scalars[CALL_SCALARS]; /* run-time scalars (and in-packs, element by element) in order of declaration */
    int n_scalars;
    const char *variant;      /* numerics tag, NULL = canonical */
    int n_args;
    Operand args[CALL_ARGS];  /* tensor operands in order of declaration; last: a step keeps n_args of them, and no room for more */
} CallSpec;
static inline CallSpec *call_copy(Arena *a, const CallSpec *c) { return arena_copy(a, c, offsetof(CallSpec, args) + (size_t)c->n_args * sizeof *c->args); }

typedef enum StepKind { STEP_CALL, STEP_HOST, STEP_REPEAT, STEP_BIND, STEP_NODE, STEP_COPY, STEP_PEERS } StepKind;
typedef struct Step Step;
/* Host functions see runtime values (ir/rtvalue.h); outputs are allocated by them through rt_alloc. */
struct RtValue;
struct RtContext;
typedef SpmlCode (*HostFn)(struct RtContext *rt, const Node *n, struct RtValue **in, struct RtValue **out, Error *err);

struct Step {
    StepKind kind;
    Step *next;
    const Node *node;         /* for messages, profile */
    CallSpec *call;           /* CALL; COPY: args[0] → args[1]; PEERS: args[1] is gathered from args[0] of all ranks, or args[0] alone is added up */
    CallSpec *post;           /* CALL: an elementwise kernel applied to each finished block of the output (operand 0 is that output, inout); or NULL */
    Step *head, *joined;      /* CALL: the call before, whose output this one alone reads and which runs with it: nothing has memory between them; the call that this one is the head of */
    HostFn host;
    Sym *sym;                 /* BIND: gets element 0 of operand call->args[0]; REPEAT: the iteration number 0 … count-1 */
    const Dim *count;         /* REPEAT */
    Step *body;               /* REPEAT */
    void *compiled;           /* run: what the backend made of it */
};

typedef struct StepList { Step *first, **tail; } StepList;

typedef struct Lower Lower;   /* opaque: lower/builder.c */

/* Whole value, plain layout. */
Operand lower_value(Lower *l, Value *v);
/* A temporary of the plan. */
Value *lower_temp(Lower *l, DType t, int rank, const Dim *const *dims);
Graph *lower_graph(Lower *l); /* for dim_* and graph_const */
/* Views; none of them moves data. Axes negative from the end are NOT accepted here. Errors are recorded in l and surface at the next lower_call. */
Operand view_permute(Lower *l, Operand x, const int *perm);            /* perm[rank]: dim i of the result is dim perm[i] of x */
Operand view_expand(Lower *l, Operand x, int rank, const Dim *const *dims); /* numpy broadcasting: missing or 1 → stride 0 */
Operand view_slice(Lower *l, Operand x, int axis, const Dim *start, const Dim *len, int64_t step); /* step may be negative */
Operand view_select(Lower *l, Operand x, int axis, const Dim *index);  /* drops the axis */
Operand view_insert(Lower *l, Operand x, int axis);                    /* a new axis of extent 1 before `axis` */
Operand view_drop(Lower *l, Operand x, int axis);                      /* removes an axis of extent 1 */
bool view_is_plain(const Operand *x);                                  /* row-major, gap-free */
Operand view_reshape(Lower *l, Operand x, int rank, const Dim *const *dims); /* x must be plain (else lower_plain it first) */
Operand view_cast(Lower *l, Operand x, DType same_width);              /* reinterpret: bool as u8, c64 as [.., 2] f32 is view_reshape's business */
Operand lower_plain(Lower *l, Operand x);                              /* x itself if plain, else a copy in a temp */

SpmlCode lower_call(Lower *l, const CallSpec *c, Error *err);
SpmlCode lower_copy(Lower *l, Operand from, Operand to, Error *err);   /* same dims, same type; by element width */
SpmlCode lower_fill(Lower *l, Operand to, double value, Error *err);
SpmlCode lower_host(Lower *l, Node *n, HostFn fn, Error *err);         /* whole node on the host */
SpmlCode lower_bind(Lower *l, Sym *s, Operand count, Error *err);
/* to [ranks, …]: from, a whole plain value, of every rank; to too is one. NULL: `from`, elements of a state, are added up over the ranks (ir/peers.h). */
SpmlCode lower_peers(Lower *l, Operand from, const Operand *to, Error *err);
/* Elementwise on views: y = fn(x0, x1, …) with broadcasting by the caller's view_expand; params as in ops.def ("alpha=0.5" literals already formatted, or NULL). */
SpmlCode lower_map(Lower *l, const char *fn, const char *params, int n, const Operand *x, Operand y, Error *err);
/* steps between begin and end form the body; dims given to views inside may use the returned symbol's Dim */
const Dim *lower_repeat_begin(Lower *l, const Dim *count, Error *err); /* NULL on failure */
SpmlCode lower_repeat_end(Lower *l, Error *err);
/* Lowers an op of our own on given operands as if a node had been there (composition: gemm uses matmul). */
SpmlCode lower_unsupported(const Node *n, Error *err, const char *fmt, ...) __attribute__((format(printf, 3, 4))); /* SPML_UNSUPPORTED "node-unsupported" with node name and op */

#endif
