/* SPDX-License-Identifier: MIT
 * train: what is learned from. A Dataset is one source (a row of data_kinds, found by content), opened and checked; a DataView is the part of it that is
 * trained or validated on; a Loader gives a view's samples as batches, prepared ahead by threads of its own.
 *     data_open_pair → data_fit → loader_open → loader_next … loader_close → data_pair_close
 * Errors name the file and the line, row or byte; a sample that cannot be read is noted and replaced, and more than max_bad of them is an error.
 * What a loader gives is a function of the data, its options and the position: never of threads, ranks or time.
 * Letters: B samples of a batch, H W C of a picture, T tokens of a window, K classes or values. */
#ifndef SPML_TRAIN_DATA_H
#define SPML_TRAIN_DATA_H

#include "base/arena.h"
#include "base/dtype.h"
#include "base/text.h"
#include "base/threads.h"
#include "ir/rtvalue.h"
#include "train/augment.h"

struct Recipe; /* media/media.h */

typedef struct Dataset Dataset;
typedef enum DataForm { DATA_NONE, DATA_IMAGE, DATA_TENSOR, DATA_TOKENS } DataForm;                                         /* x */
typedef enum TargetForm { TARGET_NONE, TARGET_CLASS, TARGET_VALUES, TARGET_TOKENS, TARGET_SOFT } TargetForm;                /* y */

typedef struct DataOptions {
    const char *path;          /* file or folder */
    const char *labels;        /* idx, npy: the file of the labels; NULL: found beside path by its name */
    const char *kind;          /* name of a row of data_kinds; NULL: by content */
    bool held;                 /* the part that the source itself holds out: val/ beside train/, t10k-…, x_test; "no-held-part" when it has none */
    TargetForm target;         /* TARGET_CLASS or TARGET_VALUES where the source leaves it open; NONE: by content */
    const char *label_column;  /* csv: by name, or by number from 1; NULL: the last */
    const char *const *ignore; /* [n_ignore] csv: columns that are not used */
    int n_ignore;
    int header;                /* csv: 1 the first row names the columns, −1 it does not, 0 by content */
    int64_t ctx;               /* text: T; 0: 256 */
    bool bytes;                /* text: tokens are bytes; else the characters that occur */
    double max_bad;            /* share of samples that may be unreadable; 0: 1 %, below 0: none */
    const Dataset *like;       /* classes, columns, vocabulary and statistics are this one's; it outlives the new one */
    Pool *pool;                /* for looking at the files; NULL: the calling thread */
} DataOptions;

typedef struct DataBad { uint64_t index; char *where, *why; } DataBad; /* where: a path, or "FILE line 12" */

typedef struct DataInfo {
    const char *kind, *path;
    DataForm form;
    TargetForm target;
    uint64_t n;                      /* samples, unreadable ones too; tokens: of the text */
    int rank;
    int64_t dim[IR_MAX_RANK];        /* x of one sample: pictures [H, W, C] (0: they differ); tensors: theirs; tokens [T] */
    int n_classes;                   /* K of TARGET_CLASS; the vocabulary of TARGET_TOKENS; the values of TARGET_VALUES */
    const char *const *classes;      /* [n_classes]; byte-sorted where they were names; the characters of a vocabulary; NULL: TARGET_VALUES, and a vocabulary of bytes */
    uint8_t fingerprint[32];         /* of names, sizes and samples of the contents: tells other data apart */
} DataInfo;

SpmlCode data_open(const DataOptions *o, Dataset **out, Error *err);
void data_close(Dataset **d);
const DataInfo *data_info(const Dataset *d);
/* The unreadable samples that are known by now, in order of their index. *out is a copy in a. */
size_t data_bad(const Dataset *d, Arena *a, DataBad **out);
/* Columns with kind, mean, deviation and categories; classes; vocabulary: what a model's metadata must say about its input, as a JSON object. */
void data_describe(const Dataset *d, Text *out);
extern const char *const data_kind_names; /* "folder, idx, …" for messages */

typedef struct DataView {
    Dataset *d;
    uint64_t n;          /* samples; tokens: windows of T + 1 */
    uint64_t *index;     /* [n], ascending, malloc'ed; NULL: tokens */
    uint64_t from, to;   /* tokens: the windows lie in [from, to) */
} DataView;
typedef struct DataPair { Dataset *set, *own; DataView train, val; } DataPair; /* own: where val lies in a source of its own; val.n may be 0 */

/* All readable samples. */
SpmlCode data_view(Dataset *d, DataView *out, Error *err);
/* The share held out (0 ≤ share < 1): those samples whose hash of index and seed is smallest, so many that the share is met; of a text its end. */
SpmlCode data_split(Dataset *d, double share, uint64_t seed, DataView *train, DataView *held, Error *err);
/* val: NULL (what the source itself holds out, else 10 %), "10%", "none", or a path; labels of a val path are found beside it. */
SpmlCode data_open_pair(const DataOptions *o, const char *val, uint64_t seed, DataPair *out, Error *err);
void data_view_free(DataView *v);
void data_pair_close(DataPair *p);
/* Statistics of the training part, once before the first loader: mean and deviation of numeric columns. A no-op for other kinds. */
SpmlCode data_fit(const DataView *train, Error *err);
/* For pictures: "rgb; resize WxH bilinear; x 1/255; mean …; std …", mean and deviation over the view (of a folder at most 512 pictures). channels: 1 or 3; w, h: 0
 * for the data's own size. SPML_DATA, "image-shape", when the pictures differ in size and none is given. */
SpmlCode data_recipe(const DataView *train, int w, int h, int channels, struct Recipe *out, Error *err);
SpmlCode data_count_class(const DataView *v, uint64_t *count /* [n_classes] */, Error *err); /* readable samples by class */

/* ── --check-data: every sample is read ── */
typedef struct DataReport { Arena arena; const DataInfo *info; uint64_t n, n_good, n_bad; uint64_t *count; /* [n_classes], of good ones */
    int w[2], h[2]; /* pictures: smallest and largest */ DataBad *bad; /* [n_bad] */ } DataReport;
SpmlCode data_check(Dataset *d, Pool *pool, DataReport *out, Error *err);
void data_report_print(const DataReport *r, Text *out);
void data_report_json(const DataReport *r, Text *out); /* {"schema":"spml.data/1",…} */
void data_report_free(DataReport *r);

/* ── batches ── */
typedef struct LoaderOptions {
    int64_t batch;                /* B of the global batch */
    int rank, n_ranks;            /* this process gives samples [rank·B/n, (rank+1)·B/n) of each global batch; n_ranks 0 is 1 */
    bool train;                   /* shuffled anew each epoch, augmented, text windows at random places; a last batch of fewer than B is left out.
                                     Otherwise in order; a last batch is filled up with its last sample, at weight 0 */
    uint64_t seed;
    Augment augment;              /* train only */
    DType dtype;                  /* of x (but tokens), soft and value targets, weights; DT_none: f32 */
    const struct Recipe *recipe;  /* pictures, fitted or not; NULL: x 1/255. Copied */
    int rank_x; int64_t dim_x[4]; /* pictures: x of one sample: [C,H,W] or [H,W,C] or [H,W]; rank_x 0: [C,H,W] of the data's own size */
    int threads;                  /* that prepare, 0: 1 */
    int depth;                    /* batches prepared ahead, 0: 3 */
} LoaderOptions;

typedef struct Batch {
    RtValue x;      /* [B/n, …]; tokens i64[B/n, T] */
    RtValue y;      /* class i64[B/n]; values [B/n, K]; tokens i64[B/n, T], one further than x; soft [B/n, K] (mixup): sums to 1 */
    RtValue weight; /* [B/n]: 1, or 0 for what fills up */
    int64_t n;      /* rows of weight 1 */
    uint64_t epoch, index; /* where it stands: global batch `index` of `epoch` */
} Batch;

typedef struct DataPosition { uint64_t epoch, batch; } DataPosition; /* the batch that comes next: all the state there is */
typedef struct Loader Loader;
SpmlCode loader_open(const DataView *v, const LoaderOptions *o, Loader **out, Error *err); /* the view outlives it */
void loader_close(Loader **l);
TargetForm loader_target(const Loader *l); /* TARGET_SOFT with mixup, else the data's */
uint64_t loader_batches(const Loader *l);  /* of an epoch */
/* The next batch, NULL at an epoch's end (the call after that begins the next epoch). Valid until the next call on l. */
SpmlCode loader_next(Loader *l, const Batch **out, Error *err);
DataPosition loader_position(const Loader *l);
void loader_seek(Loader *l, DataPosition at); /* batch ≤ loader_batches */

#endif
