/* SPDX-License-Identifier: MIT
 * opt: graph → graph. Passes are rows of passes.def, run in order until nothing changes; each can be printed, switched off by name. Constants are evaluated
 * through one function pointer given by the pipeline. */
#ifndef SPML_OPT_OPT_H
#define SPML_OPT_OPT_H

#include "ir/ops.h"

/* Evaluates node n, whose inputs are all constants, and gives constants in n->graph's arena (out[n_out]; NULL where n->out is NULL). */
typedef struct ConstEval { SpmlCode (*eval)(void *ctx, const Node *n, Value **out, Error *err); void *ctx; } ConstEval;

/* Sees a graph after a stage (or NULL). n_changes: of a pass. */
typedef struct GraphTrace { void (*fn)(void *ctx, const char *stage, int n_changes, const Graph *g); void *ctx; } GraphTrace;

typedef struct OptContext {
    ConstEval constants;                 /* eval NULL: folding is off */
    const char *const *disabled;         /* names of passes, NULL-terminated, or NULL */
    int max_level;                       /* passes of a higher level stay out; 0: all run */
    bool blocked;                        /* the backend is faster with channels in blocks */
    bool wide;                           /* its arithmetic is f32 whatever the storage */
    bool running;                        /* the backend runs attention over blocks of keys */
    const char *stop_after;              /* name of the last pass to run, or NULL */
    GraphTrace trace;                    /* after each pass */
} OptContext;

typedef enum PassBits { KEEPS_BITS, ROUNDS_ANEW } PassBits; /* the latter stay out under strict math */
typedef struct PassInfo { const char *name, *text; SpmlCode (*run)(Graph *g, const OptContext *c, int *n_changes, Error *err); int level; PassBits bits; } PassInfo;
extern const PassInfo passes[]; /* ended by name == NULL */
/* g is typed and stays typed (inference runs after passes that ask for it). */
SpmlCode graph_optimise(Graph *g, const OptContext *c, Error *err);

#endif
