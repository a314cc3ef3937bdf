/* SPDX-License-Identifier: MIT
 * train: a run: from options to a trained model on disk. It opens data and model, trains epoch by epoch, validates, keeps the best, logs, writes checkpoints, and
 * goes on where one was written.
 *     train_run_new → train_run_set … → train_run → train_run_report → train_run_free
 * Everything but times is a function of the options and the data; a run that is interrupted and resumed gives the bits of one that is not. */
#ifndef SPML_TRAIN_RUN_H
#define SPML_TRAIN_RUN_H

#include "base/error.h"
#include "base/text.h"
#include "pipeline.h"

#include <stdint.h>

typedef struct TrainRun TrainRun;

typedef enum RunMoment { RUN_BEGIN, RUN_STEP, RUN_EPOCH /* done and validated */, RUN_TEXT /* a text was made */, RUN_NOTE } RunMoment;
typedef struct RunEvent {
    RunMoment moment;
    int64_t step, steps;        /* updates done, to do altogether */
    int64_t epoch, epochs;      /* complete ones */
    double loss, accuracy;      /* STEP: of the step; EPOCH: means over the epoch. NAN: there is none, also below */
    double val_loss, val_accuracy;
    double rate, speed;         /* samples a second */
    double seconds, left;       /* of work, expected still */
    bool best;                  /* EPOCH: none before was as good */
    const char *text;           /* BEGIN, TEXT, NOTE */
} RunEvent;
typedef struct RunWatch { void (*fn)(void *ctx, const RunEvent *e); void *ctx; } RunWatch;

typedef struct RunReport {
    int64_t step, epoch, n_params, n_samples, n_val; /* n_params: elements that learn */
    double loss, val_loss, val_accuracy;             /* of what the result is; NAN: none */
    int64_t best_epoch;                              /* 0: none */
    SpmlCode code;                                   /* how it ended */
    bool stopped_early, interrupted;
    double seconds, speed;
    const char *out;                                 /* what was written, NULL: nothing */
    uint64_t out_bytes;
    const char *checkpoint;                          /* the last one */
    const char *confusion;                           /* as text; NULL: no classifier */
    bool told_elsewhere;                             /* another rank tells how it ended */
} RunReport;

SpmlCode train_run_new(TrainRun **out, Error *err);
void train_run_free(TrainRun **r);
const char *train_run_option(size_t i, const char **about); /* rows of run.def; NULL past the end */
const char *train_run_arch(size_t i, const char **about);   /* arch_name of arch.h */
SpmlCode train_run_set(TrainRun *r, const char *name, const char *value, Error *err);
/* All options of a run.json; what is set afterwards counts instead. The data must be the same. */
SpmlCode train_run_replay(TrainRun *r, const char *path, Error *err);
/* In a process that mpirun has started it is one rank of a training (mpi.h); train_run_free then ends all of them where one has failed.
 * SPML_INTERRUPTED: it was cancelled and has saved. SPML_NO, "not-finite": step and tensor are named. */
SpmlCode train_run(TrainRun *r, const RunWatch *w, Error *err);
/* Reads every sample; nothing is trained. json: one object, spml.data/1. */
SpmlCode train_run_check(TrainRun *r, bool json, Text *out, Error *err);
void train_run_cancel(TrainRun *r); /* from any thread or a signal handler: it ends after the step in progress */
const RunReport *train_run_report(const TrainRun *r);
Session *train_run_session(const TrainRun *r, const DevicePair **on); /* that computes steps, and where; NULL: it has not come to that */
void train_run_curve(const double *v, size_t n, int columns, Text *out); /* curve_braille of log.h */

#endif
