/* SPDX-License-Identifier: MIT
 * train: one row of a batch, inside the loader: from a sample's number to the elements of x, y and weight. */
#ifndef SPML_TRAIN_DATA_ROW_H
#define SPML_TRAIN_DATA_ROW_H

#include "train/data_internal.h"

typedef struct RowMaker { /* what stays the same for all rows */
    DataView v;              /* index is the caller's */
    Augment augment;         /* nothing when not training */
    bool train, pixels_change; /* pixels_change: some step of augment works on the picture */
    uint64_t seed;
    TargetForm target;
    DType dtype;
    int rank; int64_t dim[IR_MAX_RANK]; /* x of a row */
    uint64_t n_x;            /* its elements */
    Recipe geometry;         /* pictures: colour and size, giving bytes [H, W, C] */
    bool plain;              /* geometry does nothing to a picture of w × h with its channels */
    int w, h, channels;
    bool swap, last;         /* order of the tensor's channels is b g r; they stand last */
    uint8_t *table;          /* [C, 256] elements of dtype: what each value of a channel becomes */
} RowMaker;

typedef struct RowScratch { double *values; /* [K, 2] */ void *x; /* a second sample for mixup */ } RowScratch;

SpmlCode row_maker(const DataView *v, const LoaderOptions *o, RowMaker *out, Error *err);
void row_maker_free(RowMaker *m);
SpmlCode row_batch(const RowMaker *m, int64_t rows, Batch *out, Error *err); /* x, y, weight of this many rows */
void row_batch_free(Batch *b);
SpmlCode row_scratch(const RowMaker *m, RowScratch *out, Error *err);
void row_scratch_free(RowScratch *s);
/* Row `row` of b: sample `at` of the view; `place` is its place in the epoch (text windows). real: weight 1. */
SpmlCode row_make(const RowMaker *m, uint64_t at, uint64_t epoch, uint64_t place, int64_t row, bool real, RowScratch *s, Batch *b, Error *err);

#endif
