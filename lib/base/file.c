/* SPDX-License-Identifier: MIT
 * base: reading files; see file.h. Regular files are mapped privately and read-only; pipes, and files that say they are empty
 * (as in /proc), are read into anonymous pages. Mapped files stand in a fixed table which the SIGBUS handler searches. */
#include "base/file.h"

#include "base/beneath.h"
#include "base/hash.h"
#include "base/system.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct File {
    char *path;
    uint8_t *base; /* [size] bytes, 0 when empty; page-aligned, or (sz_map = 0) from malloc */
    size_t size, sz_map;
    bool mapped;   /* file pages, which can be dropped and can vanish */
    char *shrank;  /* what the SIGBUS handler writes */
    int slot;      /* in guarded, or -1 */
    uint64_t identity[4]; /* of a mapped file: device, inode, time of change in seconds and nanoseconds */
};

enum { N_GUARDED = 4096, FIRST_SLURP = 1 << 16 };
static _Atomic(File *) guarded[N_GUARDED];

static SpmlCode unreadable(const char *path, int error, Error *err)
{
    error_where(err, path, -1);
    if (error == ENOENT || error == ENOTDIR)
        return error_set(err, SPML_DATA, "file-missing", "no such file");
    if (error == ENOMEM)
        return error_oom(err);
    return error_set(err, SPML_DATA, "file-unreadable", "cannot be read: %s", strerror(error));
}

static SpmlCode too_large(const char *path, uint64_t cap, Error *err)
{
    char text[32];
    error_where(err, path, -1);
    return error_set(err, SPML_RESOURCE, "file-too-large", "is larger than the limit of %s", format_bytes(text, cap));
}

static void guard_add(File *f)
{
    f->slot = -1;
    for (int i = 0; i < N_GUARDED && f->slot < 0; i++) {
        File *none = NULL;
        if (!atomic_load_explicit(&guarded[i], memory_order_relaxed) && atomic_compare_exchange_strong(&guarded[i], &none, f))
            f->slot = i;
    }
}

static void guard_remove(File *f)
{
    if (f->slot >= 0)
        atomic_store(&guarded[f->slot], NULL);
}

static SpmlCode file_new(const char *path, File **out, Error *err)
{
    Text shrank = {0};
    text_puts(&shrank, "spml: error: ");
    text_escape_terminal(&shrank, path, strlen(path));
    text_puts(&shrank, ": shrank while it was being read\n");
    File *f = calloc(1, sizeof *f);
    char *copy = strdup(path);
    if (!f || !copy || shrank.oom) {
        free(f);
        free(copy);
        text_free(&shrank);
        return error_oom(err);
    }
    *f = (File){.path = copy, .shrank = shrank.p, .slot = -1};
    *out = f;
    return SPML_OK;
}

void file_close(File **file)
{
    File *f = *file;
    if (!f)
        return;
    guard_remove(f);
    if (f->sz_map)
        munmap(f->base, f->sz_map);
    else
        free(f->base);
    free(f->shrank);
    free(f->path);
    free(f);
    *file = NULL;
}

/* Makes room for at least one more byte, without passing cap + 1 bytes of contents. */
static bool slurp_grow(File *f, uint64_t cap)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), want = f->sz_map ? f->sz_map * 2 : FIRST_SLURP;
    if (want < f->sz_map)
        return false;
    if (want - 1 > cap && cap < SIZE_MAX - page)
        want = ((size_t)cap + page) & ~(page - 1);
    void *p = f->base ? mremap(f->base, f->sz_map, want, MREMAP_MAYMOVE)
                      : mmap(NULL, want, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return false;
    f->base = p;
    f->sz_map = want;
    return true;
}

static SpmlCode slurp(File *f, int fd, uint64_t sz_max, Error *err)
{
    uint64_t cap = sz_max ? sz_max : system_memory_cap();
    for (;;) {
        if (f->size == f->sz_map && !slurp_grow(f, cap))
            return error_oom(err);
        ssize_t n = read(fd, f->base + f->size, f->sz_map - f->size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return unreadable(f->path, errno, err);
        if (n == 0)
            return SPML_OK;
        f->size += (size_t)n;
        if (f->size > cap)
            return too_large(f->path, cap, err);
    }
}

static SpmlCode map(File *f, int fd, uint64_t size, Error *err)
{
    struct stat after;
    if (size > SIZE_MAX / 2)
        return too_large(f->path, SIZE_MAX / 2, err);
    void *p = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED)
        return errno == ENODEV ? slurp(f, fd, size, err) : unreadable(f->path, errno, err); /* ENODEV: a file system without mapping */
    f->base = p;
    f->size = f->sz_map = (size_t)size;
    f->mapped = true;
    guard_add(f);
    if (fstat(fd, &after))
        return unreadable(f->path, errno, err);
    if ((uint64_t)after.st_size < size) {
        error_where(err, f->path, -1);
        return error_set(err, SPML_DATA, "file-unreadable", "shrank while it was being read");
    }
    return SPML_OK;
}

static SpmlCode load(File *f, int fd, uint64_t sz_max, bool is_stdin, Error *err)
{
    struct stat st;
    if (fstat(fd, &st))
        return unreadable(f->path, errno, err);
    if (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) || (is_stdin && S_ISCHR(st.st_mode)))
        return slurp(f, fd, sz_max, err);
    if (!S_ISREG(st.st_mode)) {
        error_where(err, f->path, -1);
        return error_set(err, SPML_DATA, "not-a-file", "is %s, not a file", S_ISDIR(st.st_mode) ? "a directory" : "a device");
    }
    if (sz_max && (uint64_t)st.st_size > sz_max)
        return too_large(f->path, sz_max, err);
    const uint64_t identity[4] = {st.st_dev, st.st_ino, (uint64_t)st.st_mtim.tv_sec, (uint64_t)st.st_mtim.tv_nsec};
    memcpy(f->identity, identity, sizeof identity);
    bool partly_read = is_stdin && lseek(fd, 0, SEEK_CUR) > 0;
    return st.st_size == 0 || partly_read ? slurp(f, fd, sz_max, err) : map(f, fd, (uint64_t)st.st_size, err);
}

SpmlCode file_open(const char *path, uint64_t sz_max, File **out, Error *err)
{
    bool is_stdin = !strcmp(path, "-");
    int fd;
    *out = NULL;
    while ((fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)) < 0 && errno == EINTR)
        ;
    if (fd < 0)
        return unreadable(path, errno, err);
    SpmlCode code = file_new(is_stdin ? "<stdin>" : path, out, err);
    if (!code)
        code = load(*out, fd, sz_max, is_stdin, err);
    if (!is_stdin)
        close(fd);
    if (code)
        file_close(out);
    return code;
}

SpmlCode file_memory(const char *path, const void *p, size_t n, File **out, Error *err)
{
    *out = NULL;
    SpmlCode code = file_new(path, out, err);
    if (code || !n)
        return code;
    File *f = *out;
    if (!(f->base = malloc(n))) {
        file_close(out);
        return error_oom(err);
    }
    memcpy(f->base, p, n);
    f->size = n;
    return SPML_OK;
}

SpmlCode file_open_beneath(const char *dir, const char *name, File **out, Error *err)
{
    Text path = {0};
    *out = NULL;
    int fd = beneath_open(dir, name, err);
    if (fd < 0)
        return err ? err->code : SPML_DATA;
    text_printf(&path, "%s/%s", dir, name);
    SpmlCode code = path.oom ? error_oom(err) : file_new(!strcmp(dir, ".") ? name : path.p, out, err);
    if (!code)
        code = load(*out, fd, 0, false, err);
    close(fd);
    text_free(&path);
    if (code)
        file_close(out);
    return code;
}

const char *file_path(const File *f) { return f->path; }
uint64_t file_size(const File *f) { return f->size; }
Span file_span(const File *f) { return span_make(f->base ? f->base : (const uint8_t *)"", f->size, 0); }

void file_drop(const File *f, uint64_t off, uint64_t n)
{
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    if (!f->mapped || off >= f->size)
        return;
    uint64_t end = n > f->size - off ? f->size : off + n, first = (off + page - 1) & ~(page - 1);
    if (end < f->size)
        end &= ~(page - 1); /* only whole pages; the last one of the file is whole */
    if (first < end)
        madvise(f->base + first, end - first, MADV_DONTNEED);
}

const File *file_at(const void *p, uint64_t *offset)
{
    for (int i = 0; i < N_GUARDED; i++) {
        const File *f = atomic_load_explicit(&guarded[i], memory_order_acquire);
        const uintptr_t at = (uintptr_t)p, base = f ? (uintptr_t)f->base : 0;
        if (f && at >= base && at - base < f->size) {
            *offset = at - base;
            return f;
        }
    }
    return NULL;
}

void file_identity(const File *f, uint8_t out[32])
{
    enum { SAMPLES = 64, SAMPLE = 256 };
    Sha256 s;
    const uint64_t size = f->size, step = size / SAMPLES;
    sha256_init(&s);
    sha256_add(&s, f->identity, sizeof f->identity);
    sha256_add(&s, &size, sizeof size);
    for (uint64_t i = 0; i < SAMPLES && size; i++) {
        const uint64_t at = i * step, n = size - at < SAMPLE ? size - at : SAMPLE;
        sha256_add(&s, f->base + at, (size_t)n);
    }
    sha256_add(&s, f->base + (size < SAMPLE ? 0 : size - SAMPLE), size < SAMPLE ? (size_t)size : SAMPLE);
    sha256_final(&s, out);
}

SpmlCode file_of_fd(int fd, const char *path, File **out, Error *err)
{
    SpmlCode code = file_new(path, out, err);
    if (!code)
        code = load(*out, fd, 0, false, err);
    if (code)
        file_close(out);
    return code;
}

char *file_dirname(Arena *a, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return arena_strdup(a, ".");
    while (slash > path && slash[-1] == '/')
        slash--;
    return arena_strndup(a, path, slash == path ? 1 : (size_t)(slash - path));
}

/* Only async-signal-safe calls. A fault elsewhere gets the default action when the instruction runs again. */
static void on_sigbus(int number, siginfo_t *info, void *context)
{
    const uint8_t *at = info->si_addr;
    for (int i = 0; i < N_GUARDED; i++) {
        const File *f = atomic_load(&guarded[i]);
        if (!f || at < f->base || at >= f->base + f->sz_map)
            continue;
        ssize_t ignored = write(STDERR_FILENO, f->shrank, strlen(f->shrank));
        (void)ignored;
        _exit(SPML_DATA);
    }
    signal(number, SIG_DFL);
}

void file_guard_install(void)
{
    struct sigaction action = {.sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO};
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, NULL);
}

void file_reserve_std_fds(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd > STDERR_FILENO)
        close(fd);
}
