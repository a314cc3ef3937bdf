/* SPDX-License-Identifier: MIT
 * base: files. Opening is beneath a directory handle (openat2 RESOLVE_BENEATH | NO_MAGICLINKS, else a component walk with
 * O_NOFOLLOW; regular files only; hub links from snapshots/ to the same repository's blobs/ are allowed). Reading maps; a
 * mapped file that shrinks under us becomes exit 3 through a SIGBUS guard. Writing goes to a temporary, is synced, renamed. */
#ifndef SPML_BASE_FILE_H
#define SPML_BASE_FILE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/span.h"

typedef struct File File; /* an open, mapped (or, for pipes, slurped) read-only file */

/* path "-" is stdin; a pipe or FIFO is read to its end (cap: sz_max, 0 = 80 % of memory). A user-given path may be a symlink. */
SpmlCode file_open(const char *path, uint64_t sz_max, File **out, Error *err);
/* name comes from a model file: must be relative, stay beneath dir, without "..", NUL, links out; see above. */
SpmlCode file_open_beneath(const char *dir, const char *name, File **out, Error *err);
/* A copy of n bytes as a file: models that are in memory already, and tests. path is for messages and for finding files beside it. */
SpmlCode file_memory(const char *path, const void *p, size_t n, File **out, Error *err);
void file_close(File **f);
const char *file_path(const File *f);
Span file_span(const File *f);   /* the whole file */
uint64_t file_size(const File *f);
/* Tells the kernel that pages [off, off+n) will not be needed again (after prepack). */
void file_drop(const File *f, uint64_t off, uint64_t n);
/* The mapped file in which address p lies, and where in it; NULL: none. Only while nobody closes it. */
const File *file_at(const void *p, uint64_t *offset);
/* What tells a file from any other: SHA-256 of device, inode, size, time of change and 64 samples of its contents. */
void file_identity(const File *f, uint8_t out[32]);
/* An open regular file, mapped; path is for messages. fd stays the caller's. */
SpmlCode file_of_fd(int fd, const char *path, File **out, Error *err);
char *file_dirname(Arena *a, const char *path); /* "." when there is none */

/* Atomic writing. kind of target: regular path → temporary + rename; "-" → stdout; existing FIFO or device → direct. */
typedef struct FileWriter FileWriter;
SpmlCode writer_open(const char *path, FileWriter **out, Error *err);
SpmlCode writer_write(FileWriter *w, const void *p, size_t n, Error *err);
SpmlCode writer_printf(FileWriter *w, Error *err, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
SpmlCode writer_commit(FileWriter **w, Error *err); /* sync, rename, close; *w = NULL in any case */
void writer_abort(FileWriter **w);                  /* removes the temporary; NULL is fine */

/* SIGBUS guard for mapped files: installs the handler once (cli start). A fault inside a mapping prints
 * `spml: error: FILE: shrank while it was being read` and _exits 3. Library embedders may leave it out. */
void file_guard_install(void);
void file_reserve_std_fds(void); /* opens /dev/null on closed descriptors 0-2 */

#endif
