/* SPDX-License-Identifier: MIT
 * train: what the files data*.c share: a Dataset from inside, and the row of a kind. A kind's open() fills info and state; from then on the Dataset does not
 * change but for its list of unreadable samples, and sample() may be called by many threads. */
#ifndef SPML_TRAIN_DATA_INTERNAL_H
#define SPML_TRAIN_DATA_INTERNAL_H

#include "base/file.h"
#include "base/hash.h"
#include "media/media.h"
#include "train/data.h"

#include <pthread.h>
#include <stdatomic.h>

typedef struct DataEntry { const char *name; bool is_dir; uint64_t size; } DataEntry; /* of a folder */
typedef struct DataProbe {
    const char *path;
    bool is_dir;
    DataEntry *entry; size_t n_entry; /* of a folder: byte-sorted, hidden ones left out */
    Span head;                        /* of a file: all of it */
} DataProbe;

typedef struct DataSample {
    Image im;          /* DATA_IMAGE: p is the caller's to free unless lent */
    bool lent;         /* the pixels belong to the data set */
    DType dtype; void *x; /* DATA_TENSOR: sample() writes the elements here, as this type */
    int64_t label;     /* TARGET_CLASS */
    double *values;    /* [K] TARGET_VALUES: sample() writes them here */
} DataSample;

typedef struct DataKind {
    const char *name, *about;
    int (*probe)(const DataProbe *p); /* 0 .. 100: how surely it is this kind */
    SpmlCode (*open)(Dataset *d, const DataOptions *o, const DataProbe *p, Error *err);
    SpmlCode (*sample)(const Dataset *d, uint64_t i, DataSample *s, Error *err); /* SPML_DATA: unreadable; err says file, and line or row. NULL: DATA_TOKENS */
    SpmlCode (*fit)(Dataset *d, const DataView *train, Error *err); /* NULL: nothing to fit */
    void (*describe)(const Dataset *d, Text *out);                  /* fields of data_describe, each with a comma in front; may be NULL */
    void (*close)(Dataset *d);                                      /* what is not in the arena; may be NULL, must take half-opened ones */
} DataKind;
extern const DataKind data_folder, data_idx, data_csv, data_npy, data_text;

struct Dataset {
    DataInfo info;
    const DataKind *kind;
    Arena arena;
    void *state;             /* the kind's */
    const Dataset *like;
    double max_bad;
    int64_t *label;          /* [info.n] TARGET_CLASS */
    DType token_type;        /* DATA_TOKENS: u8, u16, u32 */
    const void *token;       /* [info.n] */
    _Atomic uint8_t *is_bad; /* [info.n]; NULL: DATA_TOKENS */
    pthread_mutex_t lock;    /* guards what follows */
    DataBad *bad; size_t n_bad, cap_bad;
    Arena bad_arena;
};

/* Folders and names. */
SpmlCode data_list(Arena *a, const char *path, DataEntry **out, size_t *n, Error *err);
char *data_join(Arena *a, const char *dir, const char *name);
/* Called by open() as soon as the number of samples is known (not for tokens). */
SpmlCode data_samples(Dataset *d, uint64_t n, Error *err);
/* Notes that sample i cannot be read; e says where (its file, and text) and why. SPML_OK, or an error when there are now too many (limit) or memory ran out. */
SpmlCode data_note(Dataset *d, uint64_t i, const Error *e, bool limit, Error *err);
SpmlCode data_limit(Dataset *d, Error *err); /* the error of too many */
static inline bool data_good(const Dataset *d, uint64_t i) { return !d->is_bad || !atomic_load_explicit(&d->is_bad[i], memory_order_relaxed); }
/* Class names: name[n] as met, without doubles; *id [n]: the number each gets. Byte-sorted, or those of `like` (−1: not among them). Into info. */
SpmlCode data_classes(Dataset *d, const char *const *name, int n, int32_t **id, Error *err);
/* Class names "0" … "n−1"; with `like`, its classes. */
SpmlCode data_numbers(Dataset *d, int64_t n, Error *err);
void data_fingerprint(Sha256 *s, const File *f);
SpmlCode data_fail(Error *err, const char *file, int64_t offset, const char *key, const char *fmt, ...) __attribute__((format(printf, 5, 6))); /* SPML_DATA */
enum { DATA_CLASSES_MAX = 65536 };

/* data_idx_read.c: arrays of bytes and big-endian numbers, packed by gzip or not. */
typedef struct IdxArray { DType dtype; int rank; int64_t dim[IR_MAX_RANK]; const uint8_t *p; /* dim elements, big-endian; in the file or in own */ uint8_t *own; } IdxArray;
bool idx_probe(Span s);
SpmlCode idx_read(Span s, const char *path, IdxArray *out, Error *err); /* own is malloc'ed */
/* Element i, as double. */
double idx_get(const IdxArray *a, uint64_t i);

/* data_csv_read.c: rows of fields. */
typedef struct CsvField { const char *p; size_t n; } CsvField; /* without quotes; "" inside is undone; in the reader's scratch or the file */
typedef struct CsvReader {
    Span s;
    const char *path;
    char delimiter;
    int64_t line;          /* where the row that was read began, from 1 */
    int64_t next_line;
    Arena arena;           /* of the fields; emptied by nobody but csv_close */
    CsvField *field; size_t n, cap;
    Text scratch;
} CsvReader;
SpmlCode csv_open(Span s, const char *path, CsvReader *out, Error *err); /* skips a byte order mark, finds the delimiter: , ; tab | */
SpmlCode csv_next(CsvReader *r, bool *end, Error *err);                  /* blank lines are skipped */
void csv_rewind(CsvReader *r);
void csv_close(CsvReader *r);
int csv_likely(Span s); /* 0 .. 100: whether the first rows have the same number of fields, more than one */

#endif
