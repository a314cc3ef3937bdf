/* SPDX-License-Identifier: MIT
 * train: the graphs of training. A StepPlan says which constants of a model learn and where they lie in flat arenas; from it come three graphs on the same states:
 * the step (forward, backward and, unless gradients are summed over several batches, the update), the update alone, and evaluation. Each parameter starts at a
 * multiple of STEP_ALIGN elements; parameters of one group lie together, so that one launch updates them. */
#ifndef SPML_TRAIN_STEP_H
#define SPML_TRAIN_STEP_H

#include "train/train.h"

enum { STEP_ALIGN = 16, STEP_STATS = 4, STEP_KEYS = 2 };

typedef struct StepParam {
    Value *of;               /* constant of the model */
    const char *name;        /* unique */
    int group, rank;
    int64_t dim[IR_MAX_RANK], n, at; /* elements; first element in the arena */
    bool frozen, unused;     /* unused: the loss does not depend on it */
} StepParam;

/* mean and variance of a batch_norm: a buffer each */
typedef struct StepNorm { const Node *of; int mean, var; /* in buffer */ } StepNorm;
typedef struct StepRange { int group; int64_t start, count; } StepRange;

typedef struct StepPlan {
    const Graph *model;
    const TrainOptions *o;
    Arena *arena;
    DType dtype;             /* of the arenas */
    StepParam *param; size_t n_params, cap_params;
    StepParam *buffer; size_t n_buffers, cap_buffers;
    StepNorm *norm; size_t n_norms, cap_norms;
    StepRange *range; int n_ranges; /* [n_groups + 1] of groups that learn */
    int64_t n, n_buffer;     /* elements of the arenas, gaps included */
    bool split;              /* step and update are two graphs */
    bool bucketed;           /* gradients are added up over ranks while the way back still runs, and each rank updates its slices of the arenas only (shard.h) */
    LossKind loss;
} StepPlan;

/* Inputs of a graph by index; −1: it has none. The model's own come first. */
typedef struct StepPorts { int y, weight, params, buffers, moment[OPTIM_STATES], average, sum, rates, control, gain, key, keep; } StepPorts;

SpmlCode step_plan(const Graph *model, const TrainOptions *o, Arena *a, StepPlan *out, Error *err);
SpmlCode step_layout(StepPlan *p, Error *err); /* again, after parameters were found unused */
size_t step_learning(const StepPlan *p, size_t *index /* [n_params] */); /* those that learn, by their place in the arenas */

/* Outputs: stats [4] {sum, count, correct, places}; then, unless split, and where norms or scales are asked for, factor [3] of grad_factor. May mark parameters
 * of p as unused, with *again set: lay out anew and build anew. */
SpmlCode step_train(StepPlan *p, const TrainPorts *x, Arena *a, Graph **out, StepPorts *ports, bool *again, Error *err);
/* Outputs: factor [3], where asked for. */
SpmlCode step_update(const StepPlan *p, Arena *a, Graph **out, StepPorts *ports, Error *err);
/* Outputs: stats [4], the model's output. */
SpmlCode step_eval(const StepPlan *p, const TrainPorts *x, Arena *a, Graph **out, StepPorts *ports, Error *err);
bool step_has_factor(const TrainOptions *o);

/* loss.c: from the model's output (in training form, head and all) to the loss; nodes go to the end of d's graph. stats: [4]; the loss is sum / count. */
struct Grad;
typedef struct StepLoss { Value *sum, *count, *stats; } StepLoss;
SpmlCode loss_build(struct Grad *d, const StepPlan *p, LossKind kind, Value *y, Value *target, Value *weight, StepLoss *out, Error *err);
LossKind loss_choose(const TrainOptions *o, const Value *output, const RtValue *target);
bool pattern_match(const char *pattern, const char *name);

#endif
