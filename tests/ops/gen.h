/* SPDX-License-Identifier: MIT
 * tests/ops: random graphs of one operator as IR text (docs/ir.md). A case is a function of op, seed and mode alone. Inputs of the graph come with what
 * their elements are drawn from; now and then an operand reaches the operator through a transpose, a slice or an expand, so that it is a view. */
#ifndef SPML_TESTS_OPS_GEN_H
#define SPML_TESTS_OPS_GEN_H

#include "base/text.h"
#include "ir/ops.h"

enum { GEN_RANK = 6, GEN_INPUTS = 48, GEN_ELEMENTS = 3000 };

/* What elements are drawn from. WIDE: any size, with NaN, infinities, zeros of both signs, subnormals and borders of integers among them. */
typedef enum GenFill { FILL_RANGE, FILL_WIDE, FILL_DISTINCT } GenFill;
typedef enum GenMode { MODE_CONST, MODE_RUNTIME, MODES } GenMode; /* initializers are constants | inputs */

typedef struct GenShape { int rank; int64_t dim[GEN_RANK]; } GenShape;
typedef struct GenInput { DType t; GenShape s; GenFill fill; double lo, hi; bool given; int64_t v[64]; /* given: the elements */ } GenInput;

typedef struct Gen {
    uint64_t state;
    int op;
    GenMode mode;
    bool shapes_too;        /* axes, extents and the like are inputs too */
    bool plain;             /* no views about the operands */
    Text text;
    int n_values;
    GenInput in[GEN_INPUTS];
    int n_in;
    bool broken;            /* more inputs than there is room for */
} Gen;

/* choices */
uint32_t gen_pick(Gen *g, uint32_t n);                    /* 0 … n − 1 */
int64_t gen_between(Gen *g, int64_t lo, int64_t hi);
bool gen_chance(Gen *g, uint32_t one_in);
DType gen_one_of(Gen *g, const char *names);              /* "f32 f16 i64" */
int64_t gen_extent(Gen *g, int64_t most);                 /* 1 … most, odd sizes and powers of two; never 0 */
GenShape gen_shape(Gen *g, int rank_lo, int rank_hi);     /* few elements; one in 16 has an extent of 0 */
GenShape gen_dims(int rank, ...);                         /* of int64_t */
int64_t gen_count(const GenShape *s);

/* operands: each gives the number of a value */
int gen_data(Gen *g, DType t, GenShape s, GenFill fill, double lo, double hi);  /* always an input */
int gen_weight(Gen *g, DType t, GenShape s, double lo, double hi);              /* an initializer: constant or input by mode */
int gen_ints(Gen *g, DType t, int n /* -1: scalar */, const int64_t *v);        /* an initializer that shapes depend on */
int gen_scalar(Gen *g, DType t, double v);                                      /* an initializer */

/* The operator itself: attrs as IR text, "\"axis\" = 1"; in[i] -1: not given. All outputs become outputs of the graph. */
void gen_node(Gen *g, int n_in, const int *in, int n_out, const char *attrs, ...) __attribute__((format(printf, 5, 6)));
/* Another node, by name, of one output: its value. */
int gen_other(Gen *g, const char *op, int n_in, const int *in, const char *attrs, ...) __attribute__((format(printf, 5, 6)));
void gen_list(char *buf, size_t sz, int n, const int64_t *v); /* "[1, 2]" */

/* The generator of an operator; NULL: see suite.c. */
typedef void GenFn(Gen *g);
GenFn *gen_of(int op);
/* The whole case. false: broken. */
bool gen_case(Gen *g, int op, uint64_t seed, GenMode mode);

/* families */
#define GEN_OP(op, fn) void gen_##fn(Gen *g);
#include "families.def"
#undef GEN_OP

#endif
