/* SPDX-License-Identifier: MIT
 * train: optimisers and schedules: what a user chooses, and the few numbers that a step's kernels (kernels/optim.k) want of it. All of this is host arithmetic on
 * scalars in double; no tensor is touched. */
#ifndef SPML_TRAIN_OPTIM_H
#define SPML_TRAIN_OPTIM_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum OptimKind { OPTIM_SGD, OPTIM_ADAM, OPTIM_ADAMW, OPTIM_RMSPROP, OPTIM_ADAGRAD, OPTIM_LION, OPTIM_KINDS } OptimKind;
enum { OPTIM_NUMBERS = 9, OPTIM_STATES = 3 /* besides the parameters, at most */ };

/* PyTorch's parameters under short names. optim_default gives PyTorch's defaults (for Lion those of Chen et al., 2023). */
typedef struct Optim {
    OptimKind kind;
    double rate, decay;            /* decay: of weights; decoupled in AdamW and Lion, added to the gradient in the others */
    double momentum, dampening;    /* SGD; momentum: RMSprop too */
    double beta1, beta2, eps;      /* Adam, AdamW, Lion (no eps) */
    double alpha;                  /* RMSprop */
    double rate_decay, first_sum;  /* Adagrad */
    bool nesterov, centered;
} Optim;

const char *optim_name(OptimKind k);           /* "sgd" … ; NULL past the end */
bool optim_find(const char *name, size_t n, OptimKind *out);
Optim optim_default(OptimKind k);
SpmlCode optim_check(const Optim *o, Error *err);
int optim_op(const Optim *o);                  /* the op of ir/ops.def that makes its step */
/* Its states besides the parameters, in the op's order: names ("momentum", "mean", "square", "average") and the value they begin with. */
int optim_states(const Optim *o, const char *names[OPTIM_STATES], double first[OPTIM_STATES]);
/* The row of numbers of step t = 1, 2 … : rate and decay as they are for the group and the step, clip: bound of each gradient (0: none). */
void optim_numbers(const Optim *o, double rate, double decay, double clip, int64_t t, double row[OPTIM_NUMBERS]);

/* ── schedules: what the rate of a group is multiplied by in step 0, 1 … of `total` ── */
typedef enum ScheduleKind { SCHEDULE_CONSTANT, SCHEDULE_STEP, SCHEDULE_LINEAR, SCHEDULE_COSINE, SCHEDULE_ONE_CYCLE, SCHEDULE_KINDS } ScheduleKind;
typedef struct Schedule {
    ScheduleKind kind;
    int64_t warmup;                /* steps from 1/warmup to 1, before the rest begins; not for one-cycle, which has its own */
    int64_t total;                 /* steps altogether */
    int64_t every;                 /* step: multiplied by gamma each time */
    double gamma;                  /* step */
    double last;                   /* linear, cosine: what it ends at, a share of the rate */
    double rise, from, to;         /* one-cycle: share of steps that rises; begins at 1/from, ends at 1/(from·to) */
} Schedule;
const char *schedule_name(ScheduleKind k);     /* "constant" "step" "linear" "cosine" "one-cycle"; NULL past the end */
bool schedule_find(const char *name, size_t n, ScheduleKind *out);
Schedule schedule_default(ScheduleKind k, int64_t total);
double schedule_factor(const Schedule *s, int64_t step);

#endif
