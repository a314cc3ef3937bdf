/* SPDX-License-Identifier: MIT
 * train: what the files log*.c share: appending files, records of TensorBoard. */
#ifndef SPML_TRAIN_LOG_INTERNAL_H
#define SPML_TRAIN_LOG_INTERNAL_H

#include "base/arena.h"
#include "base/file.h"
#include "train/log.h"

typedef struct LogFile { char *path; int fd; } LogFile; /* fd −1: not open */

/* Opens for appending what writer_commit has just put in place. */
SpmlCode logfile_open(LogFile *f, Error *err);
SpmlCode logfile_add(LogFile *f, const void *p, size_t n, Error *err); /* all of it, or SPML_RESOURCE */
void logfile_close(LogFile *f);

/* log_events.c */
void event_version(double wall, Text *out);                       /* the first record of a file */
void event_scalar(const char *tag, float v, int64_t step, double wall, Text *out);
/* The whole records at the beginning of p that are of steps ≤ at: how many bytes. */
size_t events_until(const uint8_t *p, size_t n, int64_t at);

#endif
