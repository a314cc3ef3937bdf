/* SPDX-License-Identifier: MIT
 * base: writing files; see file.h. A regular target is written to a new temporary in its own directory, synced, renamed over the
 * target, and the directory synced: readers see the old file or the whole new one. Pipes and devices are written directly. The
 * first failure stays with the writer, so that commit can never put an incomplete file in place. */
#include "base/file.h"

#include "base/hard.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SZ_BUFFER = HARD(1 << 16, 8) };

struct FileWriter {
    char *path;         /* as given, for messages */
    char *base;         /* name in its directory; NULL when written directly */
    char temp[40];      /* name of the temporary in that directory */
    int fd, dir_fd;     /* dir_fd -1 when written directly */
    int error;          /* errno of the first failure */
    size_t n;
    uint8_t buf[SZ_BUFFER];
};

static SpmlCode failed(const char *path, int error, Error *err)
{
    error_where(err, path, -1);
    if (error == ENOSPC || error == EDQUOT)
        return error_set(err, SPML_RESOURCE, "disk-full", "cannot be written: %s", strerror(error));
    if (error == EPIPE)
        return error_set(err, SPML_RESOURCE, "output-closed", "the reader closed the pipe");
    return error_set(err, SPML_RESOURCE, "output-not-writable", "cannot be written: %s", strerror(error));
}

static SpmlCode writer_failed(FileWriter *w, int error, Error *err)
{
    if (!w->error)
        w->error = error;
    return failed(w->path, w->error, err);
}

/* Links in /dev and /proc lead to what is already open (a redirected /dev/stdout); replacing them is never meant. */
static bool is_direct(const char *path, const struct stat *st)
{
    if (!S_ISREG(st->st_mode))
        return true;
    return !strncmp(path, "/dev/", 5) || !strncmp(path, "/proc/", 6);
}

static SpmlCode direct_open(FileWriter *w, Error *err)
{
    bool is_stdout = !strcmp(w->path, "-");
    do
        w->fd = is_stdout ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3) : open(w->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    while (w->fd < 0 && errno == EINTR);
    return w->fd < 0 ? writer_failed(w, errno, err) : SPML_OK;
}

static bool temp_open(FileWriter *w)
{
    for (int i = 0; i < 100; i++) {
        uint64_t r;
        if (getrandom(&r, sizeof r, 0) != sizeof r)
            return false;
        snprintf(w->temp, sizeof w->temp, ".spml-%016llx.tmp", (unsigned long long)r);
        w->fd = openat(w->dir_fd, w->temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
        if (w->fd >= 0)
            return true;
        w->temp[0] = 0;
        if (errno != EEXIST && errno != EINTR)
            return false;
    }
    return false;
}

/* old: the file that will be replaced, whose permission bits are kept, or NULL. */
static SpmlCode replace_open(FileWriter *w, const struct stat *old, Error *err)
{
    const char *slash = strrchr(w->path, '/');
    Arena a = {0};
    char *dir = file_dirname(&a, w->path);
    w->base = strdup(slash ? slash + 1 : w->path);
    if (!dir || !w->base) {
        arena_free(&a);
        return error_oom(err);
    }
    w->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int error = errno;
    arena_free(&a);
    if (!*w->base)
        return writer_failed(w, EISDIR, err);
    if (w->dir_fd < 0)
        return writer_failed(w, error, err);
    if (old && faccessat(w->dir_fd, w->base, W_OK, AT_EACCESS))
        return writer_failed(w, errno, err);
    if (!temp_open(w))
        return writer_failed(w, errno, err);
    if (old && fchmod(w->fd, old->st_mode & 0777))
        return writer_failed(w, errno, err);
    return SPML_OK;
}

SpmlCode writer_open(const char *path, FileWriter **out, Error *err)
{
    struct stat st;
    *out = NULL;
    FileWriter *w = calloc(1, sizeof *w);
    if (!w)
        return error_oom(err);
    w->fd = w->dir_fd = -1;
    SpmlCode code = SPML_OK;
    if (!(w->path = strdup(path)))
        code = error_oom(err);
    else if (!strcmp(path, "-"))
        code = direct_open(w, err);
    else if (!*path)
        code = writer_failed(w, ENOENT, err);
    else if (stat(path, &st))
        code = errno == ENOENT ? replace_open(w, NULL, err) : writer_failed(w, errno, err);
    else
        code = is_direct(path, &st) ? direct_open(w, err) : replace_open(w, &st, err);
    if (code)
        writer_abort(&w);
    *out = w;
    return code;
}

/* All n bytes, through interruptions, short writes and non-blocking pipes; errno or 0. */
static int write_all(int fd, const uint8_t *p, size_t n)
{
    while (n) {
        ssize_t put = write(fd, p, n < (1u << 30) ? n : 1u << 30);
        if (put > 0) {
            p += put;
            n -= (size_t)put;
        } else if (put == 0) {
            return ENOSPC;
        } else if (errno == EAGAIN) {
            struct pollfd wait = {.fd = fd, .events = POLLOUT};
            poll(&wait, 1, -1);
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

static SpmlCode put(FileWriter *w, const void *p, size_t n, Error *err)
{
    int error = write_all(w->fd, p, n);
    return error ? writer_failed(w, error, err) : SPML_OK;
}

static SpmlCode flush(FileWriter *w, Error *err)
{
    size_t n = w->n;
    w->n = 0;
    return put(w, w->buf, n, err);
}

SpmlCode writer_write(FileWriter *w, const void *p, size_t n, Error *err)
{
    if (w->error)
        return writer_failed(w, w->error, err);
    if (n > sizeof w->buf - w->n) {
        SpmlCode code = flush(w, err);
        if (code)
            return code;
    }
    if (n >= sizeof w->buf)
        return put(w, p, n, err);
    if (n)
        memcpy(w->buf + w->n, p, n);
    w->n += n;
    return SPML_OK;
}

SpmlCode writer_printf(FileWriter *w, Error *err, const char *fmt, ...)
{
    Text t = {0};
    va_list ap;
    va_start(ap, fmt);
    text_vprintf(&t, fmt, ap);
    va_end(ap);
    if (t.oom)
        w->error = ENOMEM;
    SpmlCode code = t.oom ? error_oom(err) : writer_write(w, t.p, t.n, err);
    text_free(&t);
    return code;
}

static int sync_retry(int fd)
{
    while (fsync(fd))
        if (errno != EINTR)
            return errno == EINVAL || errno == ENOTSUP ? 0 : errno; /* a file system that has no sync */
    return 0;
}

/* close reports late write errors (NFS, quota); after EINTR Linux has closed the descriptor. */
static int close_checked(int *fd)
{
    int result = close(*fd);
    *fd = -1;
    return result && errno != EINTR ? errno : 0;
}

static SpmlCode replace_commit(FileWriter *w, Error *err)
{
    int error = sync_retry(w->fd);
    if (!error)
        error = close_checked(&w->fd);
    if (!error && renameat(w->dir_fd, w->temp, w->dir_fd, w->base))
        error = errno;
    if (error)
        return writer_failed(w, error, err);
    w->temp[0] = 0;
    error = sync_retry(w->dir_fd);
    return error ? writer_failed(w, error, err) : SPML_OK;
}

SpmlCode writer_commit(FileWriter **writer, Error *err)
{
    FileWriter *w = *writer;
    SpmlCode code = w->error ? writer_failed(w, w->error, err) : flush(w, err);
    if (!code && w->base)
        code = replace_commit(w, err);
    else if (!code) {
        int error = close_checked(&w->fd);
        code = error ? writer_failed(w, error, err) : SPML_OK;
    }
    writer_abort(writer);
    return code;
}

void writer_abort(FileWriter **writer)
{
    FileWriter *w = *writer;
    if (!w)
        return;
    if (w->fd >= 0)
        close(w->fd);
    if (w->temp[0])
        unlinkat(w->dir_fd, w->temp, 0);
    if (w->dir_fd >= 0)
        close(w->dir_fd);
    free(w->base);
    free(w->path);
    free(w);
    *writer = NULL;
}
