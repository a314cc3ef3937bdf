/* SPDX-License-Identifier: MIT
 * base: the one error object. The caller owns an Error (zero-initialised: {0}); whoever fails fills it
 * with error_set and returns the code; whoever is on the way up adds context. The first failure wins:
 * error_set on an error that is already set keeps the first text. An Error may be NULL everywhere.
 * Text that comes from files is escaped when it is printed, not here. */
#ifndef SPML_BASE_ERROR_H
#define SPML_BASE_ERROR_H

#include <stdbool.h>
#include <stdint.h>

/* Exit codes of the command line and status codes of the library (design section 7). */
typedef enum SpmlCode {
    SPML_OK = 0,
    SPML_NO = 1,          /* the answer is no: compare, --expect, --assert */
    SPML_USAGE = 2,       /* command line or call is wrong */
    SPML_DATA = 3,        /* bad or missing file, data that disagrees with the model */
    SPML_UNSUPPORTED = 4, /* op, dtype, capability or backend that is not there */
    SPML_RESOURCE = 5,    /* memory, disk, cap, time-out, output not writable */
    SPML_DEVICE = 6,      /* driver or device */
    SPML_NETWORK = 7,     /* network or checksum */
    SPML_INTERRUPTED = 130,
} SpmlCode;

typedef struct Error {
    SpmlCode code;
    char key[48];   /* machine-readable kind for --json: "file-missing", "file-truncated", "node-unsupported" */
    char file[1024]; /* the file concerned, or "" */
    int64_t offset; /* byte in that file, or -1; meaningful only when file is set */
    char text[4096]; /* one or more lines; each becomes a line `spml: error: …` */
    char hint[1024]; /* "" or one line */
} Error;

/* Fills e (if it is not NULL and not yet set) and returns code, so that failing is one line:
 *     return error_set(e, SPML_DATA, "bad-magic", "byte %zu: magic is %08x", pos, magic); */
SpmlCode error_set(Error *e, SpmlCode code, const char *key, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* Puts "<context>: " before the text; for code that passes a failure up. Returns e's code. */
SpmlCode error_context(Error *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Appends another line to the text (several unsupported nodes in one error). */
void error_line(Error *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void error_hint(Error *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Notes the file and byte offset (-1: none) if none is noted yet. Returns e's code. */
SpmlCode error_where(Error *e, const char *file, int64_t offset);
SpmlCode error_oom(Error *e); /* SPML_RESOURCE, "out-of-memory" */
void error_clear(Error *e);
static inline bool error_is(const Error *e) { return e && e->code != SPML_OK; }

#endif
