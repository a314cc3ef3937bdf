/* SPDX-License-Identifier: MIT
 * train: what a run tells: rows of named numbers, written into a folder as
 *     metrics.csv      step, epoch, seconds, then one column a metric; empty where a row has no value
 *     metrics.jsonl    {"schema":"spml.train/1","step":…,"epoch":…,"seconds":…,"loss":…}
 *     events.out.tfevents.spml   for TensorBoard
 *     curve.svg, curve.png       each metric named loss or …_loss over the steps; written by log_curves
 *     confusion.csv, confusion.svg
 * Each row is in the files when log_row returns. A run that resumes at step s cuts off rows beyond s (and a torn last one) and goes on. */
#ifndef SPML_TRAIN_LOG_H
#define SPML_TRAIN_LOG_H

#include "base/error.h"
#include "base/text.h"

typedef struct TrainLog TrainLog;
enum { LOG_METRICS = 32 };

typedef struct LogRow {
    int64_t step;          /* never less than the row before */
    double epoch;          /* epochs done, with the fraction */
    double seconds;        /* since the run began */
    double wall;           /* seconds since 1970, for TensorBoard */
    double v[LOG_METRICS]; /* by the order of the names; NAN with its bit in `has` unset: no value */
    uint32_t has;          /* bit i: v[i] is there (and may well be NaN) */
} LogRow;

/* names: [n], e.g. "loss", "accuracy", "val_loss", "rate". at: −1 begins anew (what is in the folder is replaced), else the step resumed at. The
 * folder is made. SPML_DATA when the files there have other columns; SPML_RESOURCE (exit 5) when they cannot be written. */
SpmlCode log_open(const char *dir, const char *const *names, int n, int64_t at, TrainLog **out, Error *err);
SpmlCode log_row(TrainLog *l, const LogRow *row, Error *err);
SpmlCode log_curves(TrainLog *l, Error *err); /* now and then, and at the end */
void log_close(TrainLog **l);

/* ── confusion of a classifier ── */
typedef struct Confusion { int n; const char *const *names; /* [n], not owned */ uint64_t *count; /* [n wanted, n got] */ } Confusion;
SpmlCode confusion_open(int n, const char *const *names, Confusion *out, Error *err);
static inline void confusion_add(Confusion *c, int64_t want, int64_t got) { c->count[want * c->n + got]++; }
void confusion_print(const Confusion *c, Text *out);  /* for a terminal: with n > 20 only the largest errors */
void confusion_csv(const Confusion *c, Text *out);
void confusion_svg(const Confusion *c, Text *out);
void confusion_free(Confusion *c);
SpmlCode log_confusion(TrainLog *l, const Confusion *c, Error *err); /* both files, replaced */

/* ── curves ── */
typedef struct CurvePoint { double x, y; } CurvePoint;
typedef struct Curve { const char *name; const CurvePoint *p; size_t n; } Curve;
void curve_svg(const Curve *c, int n, const char *x_name, const char *y_name, Text *out);
SpmlCode curve_png(const Curve *c, int n, const char *x_name, const char *y_name, Text *out, Error *err);
/* n values as one line of `columns` characters of 2 × 4 dots (UTF-8), the range being theirs; values that are no numbers leave a gap. */
void curve_braille(const double *v, size_t n, int columns, Text *out);

uint32_t crc32c(const void *p, size_t n); /* Castagnoli */

#endif
