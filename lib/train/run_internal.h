/* SPDX-License-Identifier: MIT
 * train: what the files of a run share: run_options.c (what it is told), train_open.c (data, model, device, trainer), run.c (the loop), run_eval.c (validation, sampled
 * text, what is not finite), run_save.c (checkpoints, the model, run.json). */
#ifndef SPML_TRAIN_RUN_INTERNAL_H
#define SPML_TRAIN_RUN_INTERNAL_H

#include "train/checkpoint.h"
#include "train/data.h"
#include "train/log.h"
#include "train/mpi.h"
#include "train/run.h"

#include <stdatomic.h>

typedef enum RunOptionId {
#define RUN_OPTION(id, ...) RO_##id,
#include "train/run.def"
#undef RUN_OPTION
    RUN_OPTIONS
} RunOptionId;

typedef struct RunOption { bool given; const char *s; const char **list; size_t n, cap; int64_t i; double f; } RunOption;

/* What a checkpoint keeps besides the trainer's states. */
typedef struct RunState {
    int64_t epoch;                         /* complete ones */
    DataPosition at;                       /* the batch that comes next */
    double sum, count, correct, places;    /* of this epoch so far */
    double best, best_loss;                /* of the best validation: accuracy or −loss; NAN: none yet */
    int64_t best_epoch, best_step, stale;  /* stale: epochs since */
    double seconds;                        /* of work */
} RunState;

/* Parameters, statistics and average of the best epoch. */
typedef struct RunBest { const char *name; RtValue *value; } RunBest;

struct TrainRun {
    RunOption o[RUN_OPTIONS];
    Arena arena;
    atomic_bool stop;
    const RunWatch *watch;
    const char *replay_print;              /* fingerprint of the data of a run.json, or NULL */
    /* opened */
    Ranks *ranks;                          /* that this process trains with; NULL: alone */
    int rank, n_ranks;                     /* 0 of 1 */
    int64_t rows;                          /* of a batch, that are this rank's */
    bool agreed, sure;                     /* agreed: all ranks know the end; sure: this one has found why numbers are not finite */
    DataPair data;
    DataView eval;                         /* what is validated on: data.val, or with eval-only all there is; not owned */
    struct Recipe *recipe; const char *recipe_text; /* pictures */
    Graph *model;
    Container *container;
    DevicePair on;
    bool on_open;
    LoaderOptions load;
    Loader *train, *val;
    TargetForm target;
    int rank_x; int64_t dim_x[IR_MAX_RANK]; /* x of a batch as the model wants it */
    int64_t *class_of;                     /* [classes of the data] → output of the model; NULL: the same */
    int n_out;                             /* classes of the model; 0: no classes */
    TrainOptions t;
    Trainer *trainer;
    TrainLog *log;
    int64_t per_epoch, steps, epochs, log_every; /* updates of an epoch, of all; epochs begun at most */
    RunState s;
    RunBest best[3];
    int n_best;
    Confusion confusion;
    Text confusion_text;
    TrainResult last_eval;
    uint64_t began_ns;                     /* of this process's part */
    double before;                         /* seconds of the parts before it */
    double speed;                          /* samples a second */
    uint64_t window_ns; int64_t window_samples; /* what it is measured over */
    RunReport report;
};

static inline bool ro(const TrainRun *r, RunOptionId i) { return r->o[i].given; }
static inline int64_t ro_int(const TrainRun *r, RunOptionId i, int64_t otherwise) { return r->o[i].given ? r->o[i].i : otherwise; }
static inline double ro_num(const TrainRun *r, RunOptionId i, double otherwise) { return r->o[i].given ? r->o[i].f : otherwise; }

/* run_options.c */
const char *run_option_name(RunOptionId i);
void run_options_json(const TrainRun *r, Text *out);  /* {"epochs":"3","freeze":["a","b"]} */
SpmlCode run_train_options(TrainRun *r, Error *err);  /* r->t from the texts, but for what needs data and model */
SpmlCode run_schedule(TrainRun *r, Error *err);       /* r->steps is known */
void fingerprint_text(const uint8_t print[32], char out[65]);

/* train_open.c */
SpmlCode run_open_data(TrainRun *r, Error *err);
SpmlCode train_open(TrainRun *r, Error *err);
void train_close(TrainRun *r);

/* run_ranks.c: alone, all of them do nothing and take nothing away. */
SpmlCode run_ranks_open(TrainRun *r, Error *err);     /* before anything else */
void run_ranks_threads(TrainRun *r);                  /* CPUs that other ranks use are theirs */
SpmlCode run_ranks_begin(TrainRun *r, SpmlCode code, Error *err); /* code: of this rank's opening. All have the same options, data and parameters, or nothing begins */
SpmlCode run_ranks_same(TrainRun *r, Error *err);     /* parameters have not gone apart */
SpmlCode run_ranks_eval(TrainRun *r, TrainResult *total, Error *err); /* sums of a validation, and the confusion */
SpmlCode run_ranks_end(TrainRun *r, SpmlCode code, Error *err);
SpmlCode run_ranks_meet(TrainRun *r, Error *err);     /* wishes to end are told */
bool run_stopped(TrainRun *r);                        /* the same answer on all ranks */
static inline bool run_first(const TrainRun *r) { return !r->rank; } /* it alone tells and writes */

/* run.c */
double run_seconds(const TrainRun *r);
void run_note(TrainRun *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void run_tell(TrainRun *r, RunEvent e);               /* steps, epochs and seconds are filled in */
/* A batch as the trainer takes it. x and y are views unless owned. */
typedef struct RunFeed { RtValue x, *px, *y, *own; TrainBatch batch; } RunFeed;
SpmlCode run_feed(TrainRun *r, const Batch *b, RunFeed *out, Error *err);
void run_feed_end(RunFeed *f);

/* run_eval.c */
SpmlCode run_validate(TrainRun *r, Error *err);       /* r->last_eval, r->confusion */
SpmlCode run_sample_text(TrainRun *r, Error *err);
SpmlCode run_not_finite(TrainRun *r, const RunFeed *f, int64_t step, bool skipped, Error *err); /* names the tensor; SPML_NO */

/* run_save.c */
SpmlCode run_checkpoint(TrainRun *r, bool best, Error *err);
SpmlCode run_resume(TrainRun *r, Error *err);
SpmlCode run_keep_best(TrainRun *r, Error *err);
SpmlCode run_restore_best(TrainRun *r, Error *err);
SpmlCode run_write_model(TrainRun *r, Error *err);
SpmlCode run_write_json(TrainRun *r, Error *err);

#endif
