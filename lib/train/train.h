/* SPDX-License-Identifier: MIT
 * train: a Trainer: a model that learns on a device, a batch at a time. It owns the sessions that compute steps and validation, and in them, as states, the
 * parameters, moments, statistics and averages; they leave it by name, as an exported model, or in a checkpoint (checkpoint.h).
 *     trainer_open → trainer_step … trainer_eval … → trainer_model | trainer_save → trainer_close
 * What a step gives is a function of the model, the options and the batches: not of threads. Letters: B samples of a batch, K classes, N elements of an arena. */
#ifndef SPML_TRAIN_TRAIN_H
#define SPML_TRAIN_TRAIN_H

#include "pipeline.h"
#include "train/optim.h"

typedef struct Trainer Trainer;

typedef enum LossKind { LOSS_AUTO, LOSS_CROSS_ENTROPY, LOSS_NLL, LOSS_BCE, LOSS_MSE, LOSS_MAE, LOSS_HUBER, LOSS_KINDS } LossKind;
const char *loss_name(LossKind k); /* "auto" "cross-entropy" "nll" "bce" "mse" "mae" "huber"; NULL past the end */
bool loss_find(const char *name, size_t n, LossKind *out);

typedef enum TrainPrecision { TRAIN_F32, TRAIN_BF16, TRAIN_F16 } TrainPrecision; /* of products; parameters, sums and losses stay in f32 */

/* Parameters whose name matches pattern ('*' any text, '?' one byte). The last row that matches a name is the one that counts. */
typedef struct TrainGroup { const char *pattern; double rate; /* times the rate */ double decay; /* NAN: the optimiser's */ bool frozen; } TrainGroup;

struct Peers;
typedef struct TrainOptions {
    Optim optim;
    Schedule schedule;
    const TrainGroup *groups; int n_groups;
    LossKind loss;             /* AUTO: from the head (softmax, log-softmax, sigmoid), else cross-entropy for integer targets and mse for others */
    const double *class_weights; int n_class_weights; /* [K], or NULL */
    double smoothing;          /* of classes: this share over all of them */
    int64_t ignore_index;      /* class that counts nothing; INT64_MIN: none */
    double delta;              /* huber: where it turns straight; 0: 1 */
    int accumulate;            /* steps whose gradients are averaged before the parameters move; 0: 1 */
    double clip_norm, clip_value; /* 0: none */
    double ema;                /* decay of the moving average of the parameters, which evaluation and export take; 0: none */
    TrainPrecision precision;
    double loss_scale;         /* f16: to begin with; 0: 65,536. Twice after 2,000 good steps, half when a gradient is not finite */
    uint64_t seed;             /* of dropout */
    int output;                /* of the model, that the loss looks at */
    uint64_t memory_budget;    /* bytes that a step's activations may take: values of the way there are computed again on the way back. 0: any. SPML_RESOURCE "memory-budget" says the least */
    bool eval_only;            /* nothing is learned: no step is built, only evaluation */
    bool forget;               /* nobody reads the model's own contents of what learns after trainer_open: their memory is given back */
    struct Peers *peers;       /* that share each batch, each giving its part (ir/peers.h); NULL: none */
    PipelineOptions pipeline;  /* strict_math, passes … ; its device fields are not read */
} TrainOptions;
#define TRAIN_DEFAULTS .ignore_index = INT64_MIN

/* Types and extents of what a batch holds; contents are not read. x: [n_x], the model's inputs in order, weight: [B] (of the loss's type). */
typedef struct TrainPorts { const RtValue *const *x; size_t n_x; const RtValue *y; } TrainPorts;

/* model: typed, not optimised; it outlives the trainer. Parameters are its float constants at the places where ops hold weights. */
SpmlCode trainer_open(const Graph *model, const TrainOptions *o, const TrainPorts *ports, const DevicePair *on, Trainer **out, Error *err);
void trainer_close(Trainer **t);

typedef struct TrainBatch { RtValue *const *x; size_t n_x; RtValue *y, *weight; /* weight [B]: NULL is all 1, as peers want it in a step */ } TrainBatch;
typedef struct TrainResult {
    double loss, sum, count;   /* sum / count; of places that count, by their weights */
    double correct, places;    /* classes: right answers among `places`; else 0 */
    bool updated;              /* the parameters have moved (accumulate: the last of its steps; f16: all gradients finite) */
    bool skipped;              /* they would have, but a gradient was not finite */
    double rate, norm, scale;  /* of the step: rate, norm of the gradients before clipping (NAN: not asked for), loss scale */
    int64_t step;              /* updates tried so far */
} TrainResult;
SpmlCode trainer_step(Trainer *t, const TrainBatch *b, TrainResult *out, Error *err);
/* y: the model's output that the loss looks at, the caller's afterwards; NULL: not wanted. */
SpmlCode trainer_eval(Trainer *t, const TrainBatch *b, TrainResult *out, RtValue **y, Error *err);
DType trainer_dtype(const Trainer *t); /* of weights of samples and of sums: f32, or f64 for models of f64 */
LossKind trainer_loss(const Trainer *t); /* what AUTO has become */
Session *trainer_session(const Trainer *t); /* that computes steps, or with eval_only evaluates; for profiles */

/* ── what is learned ── */
typedef struct TrainParam { const char *name; DType dtype; int rank; int64_t dim[IR_MAX_RANK]; bool buffer; /* statistics of a normalisation */ int group; /* row of options.groups, −1: none */ int64_t at; /* its first element in the arenas */ } TrainParam;
size_t trainer_params(const Trainer *t);
void trainer_param(const Trainer *t, size_t i, TrainParam *out);
/* Its elements in the arena's type (trainer_dtype); valid until the next step. average: of the moving average, where there is one. */
SpmlCode trainer_param_data(Trainer *t, size_t i, bool average, const void **out, Error *err);
size_t trainer_frozen(const Trainer *t); /* constants at places of weights that do not learn */
/* The model with what has been learned, in a. */
SpmlCode trainer_model(Trainer *t, Arena *a, Graph **out, Error *err);

typedef struct TrainMemory { uint64_t params, gradients, moments, others, activations, least; } TrainMemory; /* bytes, of the plan; least: no plan of the activations can need less */
void trainer_memory(const Trainer *t, TrainMemory *out);

/* ── everything there is, for checkpoints ── */
/* With peers moments and averages lie in slices on the ranks after a step, and are refused (SPML_USAGE, "state") until all ranks have called this: */
SpmlCode trainer_whole(Trainer *t, Error *err);
typedef struct TrainCounters { int64_t step, updates, batches, good; double scale; } TrainCounters; /* batches: steps of any kind, what dropout's numbers depend on */
typedef struct TrainState { const char *name; const RtValue *value; } TrainState; /* flat arenas: "params", "mean", "square" …, "statistics", "average", "gradients" */
size_t trainer_states(const Trainer *t);
SpmlCode trainer_state(Trainer *t, size_t i, TrainState *out, Error *err);
SpmlCode trainer_state_set(Trainer *t, const char *name, const RtValue *v, Error *err);
TrainCounters trainer_counters(const Trainer *t);
void trainer_counters_set(Trainer *t, TrainCounters c);
/* Parameters, groups, optimiser: what must agree for a checkpoint to fit. A JSON object. */
void trainer_describe(const Trainer *t, Text *out);

#endif
