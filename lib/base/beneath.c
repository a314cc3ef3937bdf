/* SPDX-License-Identifier: MIT
 * base: names from model files; see file.h. The kernel resolves the name beneath a directory handle (openat2); where it cannot,
 * each component is opened without following links. What was opened is then examined, never the name again, so there is no
 * gap between the check and the use. One link may leave the directory: the model hub's snapshots/REV/… → ../../blobs/HASH. */
#include "base/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { OPEN_FILE = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, OPEN_DIR = O_PATH | O_DIRECTORY | O_CLOEXEC };

static SpmlCode outside(const char *name, Error *err)
{
    return error_set(err, SPML_DATA, "outside-directory", "'%s' is outside the model's directory", name);
}

/* Relative, not empty, no component "..". */
static bool name_is_plain(const char *name)
{
    if (!*name || *name == '/')
        return false;
    for (const char *p = name; p; p = (p = strchr(p, '/')) ? p + 1 : NULL)
        if (p[0] == '.' && p[1] == '.' && (p[2] == '/' || !p[2]))
            return false;
    return true;
}

/* Opens name beneath dir_fd one component at a time; a link anywhere fails with ELOOP. */
static int walk_open(int dir_fd, const char *name, int flags)
{
    char part[256];
    int at = dir_fd;
    for (;;) {
        size_t n = strcspn(name, "/");
        const char *rest = name + n + strspn(name + n, "/");
        if (n >= sizeof part) {
            errno = ENAMETOOLONG;
            break;
        }
        memcpy(part, name, n);
        part[n] = 0;
        int next = openat(at, part, (*rest ? O_PATH | O_CLOEXEC : flags) | O_NOFOLLOW);
        struct stat st;
        if (next >= 0 && !fstat(next, &st) && S_ISLNK(st.st_mode)) { /* O_PATH opens the link itself */
            close(next);
            next = -1;
            errno = ELOOP;
        }
        if (next < 0)
            break;
        if (at != dir_fd)
            close(at);
        if (!*rest)
            return next;
        at = next;
        name = rest;
    }
    int saved = errno;
    if (at != dir_fd)
        close(at);
    errno = saved;
    return -1;
}

static int resolve_open(int dir_fd, const char *name, int flags)
{
    struct open_how how = {.flags = (uint64_t)flags, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    for (int i = 0; i < 64; i++) { /* EAGAIN: something was renamed meanwhile */
        long fd = syscall(SYS_openat2, dir_fd, name, &how, sizeof how);
        if (fd >= 0)
            return (int)fd;
        if (errno == ENOSYS || errno == EPERM) /* an old kernel, or a filter that does not know the call */
            return walk_open(dir_fd, name, flags);
        if (errno != EAGAIN)
            return -1;
    }
    return walk_open(dir_fd, name, flags);
}

/* The number of leading "../" when link is exactly ../…/../blobs/LEAF with a plain LEAF, else 0. */
static int hub_link_parse(const char *link, const char **leaf)
{
    int ups = 0;
    for (; !strncmp(link, "../", 3); link += 3)
        ups++;
    if (ups < 2 || ups > 32 || strncmp(link, "blobs/", 6))
        return 0;
    *leaf = link + 6;
    size_t n = strlen(*leaf);
    static const char allowed[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";
    return n && strspn(*leaf, allowed) == n ? ups : 0;
}

static int up_open(int fd, int ups)
{
    char path[3 * 33] = "";
    for (int i = 0; i < ups; i++)
        memcpy(path + 3 * i, "../", 4);
    return openat(fd, path, OPEN_DIR);
}

static bool same_dir(int a, int b)
{
    struct stat x, y;
    return a >= 0 && b >= 0 && !fstat(a, &x) && !fstat(b, &y) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* The blob that a hub link in the directory parent_fd names: `ups` above must be a repository whose snapshots/ is `ups - 1` above. */
static int blob_open(int parent_fd, int ups, const char *leaf)
{
    int repo = up_open(parent_fd, ups), above = up_open(parent_fd, ups - 1);
    int snapshots = repo < 0 ? -1 : openat(repo, "snapshots", OPEN_DIR | O_NOFOLLOW);
    int blobs = same_dir(snapshots, above) ? openat(repo, "blobs", OPEN_DIR | O_NOFOLLOW) : -1;
    int fd = blobs < 0 ? -1 : openat(blobs, leaf, OPEN_FILE | O_NOFOLLOW), saved = blobs < 0 ? ENOTSUP : errno;
    int done[] = {repo, above, snapshots, blobs};
    for (int i = 0; i < 4; i++)
        if (done[i] >= 0)
            close(done[i]);
    errno = saved;
    return fd;
}

/* Follows name as a hub link, if it is one; -1 with ENOTSUP if it is not. */
static int hub_open(int dir_fd, const char *name)
{
    char parent[1024], link[512];
    const char *slash = strrchr(name, '/'), *base = slash ? slash + 1 : name, *leaf;
    if (snprintf(parent, sizeof parent, "%.*s", slash ? (int)(slash - name) : 1, slash ? name : ".") >= (int)sizeof parent)
        return errno = ENOTSUP, -1;
    int parent_fd = resolve_open(dir_fd, parent, OPEN_DIR), ups = 0;
    if (parent_fd < 0)
        return errno = ENOTSUP, -1;
    ssize_t n = readlinkat(parent_fd, base, link, sizeof link - 1);
    if (n > 0 && (size_t)n < sizeof link - 1) {
        link[n] = 0;
        ups = hub_link_parse(link, &leaf);
    }
    int fd = ups ? blob_open(parent_fd, ups, leaf) : -1, saved = ups ? errno : ENOTSUP;
    close(parent_fd);
    errno = saved;
    return fd;
}

static SpmlCode open_failed(const char *name, int error, Error *err)
{
    if (error == EXDEV || error == ELOOP || error == ENOTSUP)
        return outside(name, err);
    if (error == ENOENT || error == ENOTDIR)
        return error_set(err, SPML_DATA, "file-missing", "'%s': no such file in the model's directory", name);
    if (error == ENXIO) /* a socket, or a FIFO without a writer */
        return error_set(err, SPML_DATA, "not-a-file", "'%s' is not a regular file", name);
    return error_set(err, SPML_DATA, "file-unreadable", "'%s': %s", name, strerror(error));
}

/* Regular, and no other name: a second hard link may be a file that the model could not have named. */
static SpmlCode file_check(int fd, const char *name, bool hub, Error *err)
{
    struct stat st;
    if (fstat(fd, &st))
        return open_failed(name, errno, err);
    if (!S_ISREG(st.st_mode))
        return error_set(err, SPML_DATA, "not-a-file", "'%s' is not a regular file", name);
    if (st.st_nlink <= 1 || hub)
        return SPML_OK;
    error_hint(err, "copy the file, so that it has one name");
    return error_set(err, SPML_DATA, "outside-directory", "'%s' is outside the model's directory: it has %ju hard links", name, (uintmax_t)st.st_nlink);
}

int beneath_open(const char *dir, const char *name, Error *err)
{
    if (!name_is_plain(name)) {
        outside(name, err);
        return -1;
    }
    int dir_fd = open(dir, OPEN_DIR);
    if (dir_fd < 0) {
        error_set(err, SPML_DATA, errno == ENOENT ? "file-missing" : "file-unreadable", "directory %s: %s", dir, strerror(errno));
        return -1;
    }
    bool hub = false;
    int fd = resolve_open(dir_fd, name, OPEN_FILE), error = errno;
    if (fd < 0 && (error == EXDEV || error == ELOOP)) {
        fd = hub_open(dir_fd, name);
        hub = fd >= 0;
        if (fd < 0)
            error = errno == ENOTSUP ? error : errno;
    }
    close(dir_fd);
    if (fd < 0) {
        open_failed(name, error, err);
    } else if (file_check(fd, name, hub, err)) {
        close(fd);
        fd = -1;
    }
    return fd;
}
