/* SPDX-License-Identifier: MIT
 * base: the on-disk cache; see cache.h. An entry is the file <SHA-256 of the key>.spml: header, key, payload. Names, owner and mode keep others
 * out; the hash finds truncation and rot. Writers make a temporary in the directory and rename it, so readers see whole entries or none;
 * nothing is synced, since an entry torn by a power cut is a miss. A hit touches the file's time, by which eviction chooses. */
#include "base/cache.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/knobs.h"
#include "base/span.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

enum { VERSION = 1, SZ_HEADER = 64, N_NAME = 64 + 6, STALE_S = 3600 };
static const uint64_t SZ_LIMIT = UINT64_C(1) << 30, SZ_ENTRY_MAX = UINT64_C(256) << 20, SZ_LARGE_LIMIT = UINT64_C(8) << 30;

/* The first SZ_HEADER bytes of an entry. sum covers the 32 bytes before it, the key and the payload. */
typedef struct Header { char magic[8]; uint32_t version, zero; uint64_t n_key, n_payload; uint8_t sum[32]; } Header;
_Static_assert(sizeof(Header) == SZ_HEADER, "the header has no gaps");

struct Cache {
    int fd;              /* the directory */
    uint64_t sz_limit;
    uint64_t sz_used;    /* bytes of entries when last counted, plus what was stored since */
    bool counted;
    CacheCounts counts;
};

/* ── the directory ── */

bool cache_trusts(const struct stat *st, uid_t uid)
{
    return st->st_uid == uid && !(st->st_mode & (S_IWGRP | S_IWOTH));
}

static SpmlCode no_cache(Error *err, const char *dir, const char *why)
{
    error_where(err, dir, -1);
    return error_set(err, SPML_RESOURCE, "cache", "cannot be the cache directory: %s", why);
}

static bool is_temporary(const char *dir) { return !strncmp(dir, "/tmp/", 5) || !strncmp(dir, "/var/tmp/", 9); }

SpmlCode cache_dir(Text *out, Error *err)
{
    const char *own = knob_str(KNOB_CACHE_DIR), *xdg = secure_getenv("XDG_CACHE_HOME"), *home = secure_getenv("HOME");
    size_t at = out->n;
    if (getauxval(AT_SECURE))
        return error_set(err, SPML_RESOURCE, "cache", "no cache for a program with more rights than its caller");
    if (*own)
        text_puts(out, own);
    else if (xdg && *xdg == '/') /* the XDG rules: relative ones are ignored */
        text_printf(out, "%s/spml", xdg);
    else if (home && *home == '/')
        text_printf(out, "%s/.cache/spml", home);
    else
        return error_set(err, SPML_RESOURCE, "cache", "no cache: neither SPML_CACHE_DIR nor XDG_CACHE_HOME nor HOME is an absolute path");
    if (out->oom)
        return error_oom(err);
    if (out->p[at] != '/')
        return no_cache(err, out->p + at, "SPML_CACHE_DIR must be an absolute path");
    return !*own && is_temporary(out->p + at) ? no_cache(err, out->p + at, "/tmp is used only if SPML_CACHE_DIR says so") : SPML_OK;
}

/* Makes the components of path that are not there yet. */
static int make_path(char *path)
{
    for (char *slash = path; *slash; slash++) {
        if (*slash != '/' || slash == path)
            continue;
        *slash = 0;
        int result = mkdir(path, 0700);
        *slash = '/';
        if (result && errno != EEXIST)
            return errno;
    }
    return mkdir(path, 0700) && errno != EEXIST ? errno : 0;
}

static SpmlCode dir_open(char *path, int *fd, Error *err)
{
    struct stat st;
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/') /* a link with a slash behind it would be followed */
        path[--n] = 0;
    int error = make_path(path);
    if (error)
        return no_cache(err, path, strerror(error));
    *fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (*fd < 0)
        return no_cache(err, path, errno == ELOOP || errno == ENOTDIR ? "is a link or no directory" : strerror(errno));
    if (fstat(*fd, &st))
        return no_cache(err, path, strerror(errno));
    if (!cache_trusts(&st, geteuid()))
        return no_cache(err, path, st.st_uid != geteuid() ? "belongs to another user" : "others may write to it");
    return SPML_OK;
}

SpmlCode cache_open(const char *dir, uint64_t sz_limit, Cache **out, Error *err)
{
    Text path = {0};
    *out = NULL;
    Cache *c = calloc(1, sizeof *c);
    if (!c)
        return error_oom(err);
    *c = (Cache){.fd = -1, .sz_limit = sz_limit ? sz_limit : SZ_LIMIT};
    if (dir)
        text_puts(&path, dir);
    SpmlCode code = dir ? SPML_OK : cache_dir(&path, err);
    if (!code)
        code = path.oom ? error_oom(err) : dir_open(path.p, &c->fd, err);
    text_free(&path);
    if (code)
        cache_close(&c);
    *out = c;
    return code;
}

void cache_close(Cache **c)
{
    if (*c) {
        if ((*c)->fd >= 0)
            close((*c)->fd);
        free(*c);
        *c = NULL;
    }
}

void cache_counts(const Cache *c, CacheCounts *out) { *out = c ? c->counts : (CacheCounts){0}; }

/* ── entries ── */

static void entry_name(const void *key, size_t n, const char *extension, char out[N_NAME + 1])
{
    Sha256 s;
    uint8_t sum[32];
    sha256_init(&s);
    sha256_add(&s, key, n);
    sha256_final(&s, sum);
    for (int i = 0; i < 32; i++)
        snprintf(out + 2 * i, 3, "%02x", sum[i]);
    snprintf(out + 64, N_NAME + 1 - 64, "%s", extension);
}

static void entry_sum(const Header *h, const void *key, const void *payload, uint8_t out[32])
{
    Sha256 s;
    sha256_init(&s);
    sha256_add(&s, h, offsetof(Header, sum));
    sha256_add(&s, key, h->n_key);
    sha256_add(&s, payload, h->n_payload);
    sha256_final(&s, out);
}

static Header header_make(size_t n_key, size_t n)
{
    return (Header){.magic = "SPMLcach", .version = VERSION, .n_key = n_key, .n_payload = n};
}

static bool read_all(int fd, void *p, size_t n)
{
    for (size_t at = 0; at < n;) {
        ssize_t got = read(fd, (char *)p + at, n - at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        at += (size_t)got;
    }
    return true;
}

/* The payload if every byte is as it was written under this key. */
static void *entry_read(int fd, size_t size, const void *key, size_t n_key, size_t *n)
{
    Header h, want = header_make(n_key, 0);
    uint8_t sum[32];
    if (size < SZ_HEADER + n_key || !read_all(fd, &h, sizeof h) || h.n_payload != size - SZ_HEADER - n_key)
        return NULL;
    want.n_payload = h.n_payload;
    if (memcmp(&h, &want, offsetof(Header, sum)))
        return NULL;
    char *p = malloc(size - SZ_HEADER + 1); /* key, payload */
    if (!p || !read_all(fd, p, size - SZ_HEADER) || memcmp(p, key, n_key))
        return free(p), NULL;
    entry_sum(&h, p, p + n_key, sum);
    if (memcmp(sum, h.sum, sizeof sum))
        return free(p), NULL;
    *n = (size_t)h.n_payload;
    memmove(p, p + n_key, *n);
    return p;
}

static void *entry_find(Cache *c, const void *key, size_t n_key, size_t *n)
{
    char name[N_NAME + 1];
    struct stat st;
    entry_name(key, n_key, ".spml", name);
    int fd = openat(c->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC); /* NONBLOCK: a FIFO of that name must not stop us */
    if (fd < 0)
        return NULL;
    void *p = NULL;
    if (!fstat(fd, &st) && S_ISREG(st.st_mode) && cache_trusts(&st, geteuid()) && (uint64_t)st.st_size <= SZ_ENTRY_MAX)
        p = entry_read(fd, (size_t)st.st_size, key, n_key, n);
    if (p)
        futimens(fd, NULL);
    close(fd);
    return p;
}

void *cache_find(Cache *c, const void *key, size_t n_key, size_t *n)
{
    *n = 0;
    if (!c)
        return NULL;
    void *p = entry_find(c, key, n_key, n);
    c->counts.hits += p != NULL;
    c->counts.misses += p == NULL;
    return p;
}

/* ── eviction ── */

typedef struct Entry { char name[N_NAME + 1]; struct timespec used; uint64_t size; } Entry;
typedef struct Listing { Entry *entry; size_t n, cap; uint64_t sz; } Listing;

static bool is_entry(const char *name, const char *extension) { return strspn(name, "0123456789abcdef") == 64 && !strcmp(name + 64, extension); }
static bool is_temp(const char *name) { return !strncmp(name, ".spml-", 6) && strlen(name) == 26 && !strcmp(name + 22, ".tmp"); }

static bool listing_add(Listing *l, const char *name, const struct stat *st)
{
    if (l->n == l->cap) {
        size_t cap = l->cap ? l->cap * 2 : 64;
        Entry *grown = realloc(l->entry, cap * sizeof *grown);
        if (!grown)
            return false;
        l->entry = grown;
        l->cap = cap;
    }
    Entry *e = &l->entry[l->n++];
    memcpy(e->name, name, strlen(name) + 1); /* an entry is not longer */
    e->used = st->st_mtim;
    e->size = (uint64_t)st->st_size;
    l->sz += e->size;
    return true;
}

/* All entries of that extension; temporaries older than stale seconds, which nobody is writing any more, are removed on the way. */
static bool list_entries(const Cache *c, const char *extension, time_t stale, Listing *l)
{
    int fd = openat(c->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    struct stat st;
    bool ok = d != NULL;
    if (!d && fd >= 0)
        close(fd);
    for (struct dirent *e; ok && (e = readdir(d));) {
        const bool temp = is_temp(e->d_name);
        if ((!temp && !is_entry(e->d_name, extension)) || fstatat(c->fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW))
            continue;
        if (!temp)
            ok = listing_add(l, e->d_name, &st);
        else if (time(NULL) - st.st_mtime >= stale)
            unlinkat(c->fd, e->d_name, 0);
    }
    if (d)
        closedir(d);
    return ok;
}

static int by_use(const void *a, const void *b)
{
    const struct timespec *x = &((const Entry *)a)->used, *y = &((const Entry *)b)->used;
    return x->tv_sec != y->tv_sec ? (x->tv_sec > y->tv_sec) - (x->tv_sec < y->tv_sec) : (x->tv_nsec > y->tv_nsec) - (x->tv_nsec < y->tv_nsec);
}

/* Down to 7/8 of the limit, so that not every store has to look again. */
static bool evict(Cache *c, const char *extension, uint64_t limit, uint64_t *left)
{
    Listing l = {0};
    bool ok = list_entries(c, extension, STALE_S, &l);
    if (ok) {
        qsort(l.entry, l.n, sizeof *l.entry, by_use);
        const uint64_t goal = l.sz > limit ? limit - limit / 8 : l.sz;
        for (size_t i = 0; i < l.n && l.sz > goal; i++)
            if (!unlinkat(c->fd, l.entry[i].name, 0)) {
                l.sz -= l.entry[i].size;
                c->counts.evicted++;
            }
        *left = l.sz;
    }
    free(l.entry);
    return ok;
}

static bool clear_kind(Cache *c, const char *extension, uint64_t *n_entries, uint64_t *sz)
{
    Listing l = {0};
    bool ok = list_entries(c, extension, 0, &l);
    for (size_t i = 0; i < l.n; i++)
        if (!unlinkat(c->fd, l.entry[i].name, 0)) {
            ++*n_entries;
            *sz += l.entry[i].size;
        }
    free(l.entry);
    return ok;
}

SpmlCode cache_clear(Cache *c, uint64_t *n_entries, uint64_t *sz, Error *err)
{
    *n_entries = *sz = 0;
    bool ok = clear_kind(c, ".spml", n_entries, sz);
    ok = clear_kind(c, ".spmlw", n_entries, sz) && ok;
    c->sz_used = 0;
    return ok ? SPML_OK : error_set(err, SPML_RESOURCE, "cache", "the cache directory cannot be read");
}

/* ── storing ── */

static bool write_all(int fd, const void *p, size_t n)
{
    for (size_t at = 0; at < n;) {
        ssize_t put = write(fd, (const char *)p + at, n - at);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        at += (size_t)put;
    }
    return true;
}

static int temp_make(const Cache *c, char name[32])
{
    uint64_t r;
    if (getrandom(&r, sizeof r, GRND_NONBLOCK) != sizeof r)
        return -1;
    snprintf(name, 32, ".spml-%016llx.tmp", (unsigned long long)r);
    return openat(c->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

bool cache_put(Cache *c, const void *key, size_t n_key, const void *p, size_t n)
{
    char temp[32], name[N_NAME + 1];
    uint64_t size = SZ_HEADER + (uint64_t)n_key + n;
    Header h = header_make(n_key, n);
    if (!c || n_key > SZ_ENTRY_MAX || n > SZ_ENTRY_MAX || size > SZ_ENTRY_MAX || size > c->sz_limit)
        return false;
    int fd = temp_make(c, temp);
    if (fd < 0)
        return false;
    entry_sum(&h, key, p, h.sum);
    entry_name(key, n_key, ".spml", name);
    bool ok = write_all(fd, &h, sizeof h) && write_all(fd, key, n_key) && write_all(fd, p, n);
    ok = !close(fd) && ok && !renameat(c->fd, temp, c->fd, name);
    if (!ok)
        unlinkat(c->fd, temp, 0);
    c->counts.stored += ok;
    c->sz_used += ok ? size : 0;
    if (ok && (!c->counted || c->sz_used > c->sz_limit))
        c->counted = evict(c, ".spml", c->sz_limit, &c->sz_used) || c->counted;
    return ok;
}

/* ── large entries ── */

static size_t page_up(size_t n) { return (n + CACHE_PAGE - 1) & ~(size_t)(CACHE_PAGE - 1); }

static Header large_header(size_t n_key, size_t n_head)
{
    return (Header){.magic = "SPMLwght", .version = VERSION, .n_key = n_key, .n_payload = n_head};
}

static bool large_valid(Span all, const void *key, size_t n_key, CacheMap *m)
{
    Header h;
    uint8_t sum[32];
    if (all.size < SZ_HEADER + n_key)
        return false;
    memcpy(&h, all.base, sizeof h);
    const Header want = large_header(n_key, (size_t)h.n_payload);
    if (memcmp(&h, &want, offsetof(Header, sum)) || h.n_payload > all.size - SZ_HEADER - n_key || memcmp(all.base + SZ_HEADER, key, n_key))
        return false;
    m->head = all.base + SZ_HEADER + n_key;
    m->n_head = (size_t)h.n_payload;
    const size_t body = page_up(SZ_HEADER + n_key + m->n_head);
    entry_sum(&h, all.base + SZ_HEADER, m->head, sum);
    if (body > all.size || memcmp(sum, h.sum, sizeof sum))
        return false;
    m->body = all.base + body;
    m->n_body = all.size - body;
    return true;
}

bool cache_map(Cache *c, const void *key, size_t n_key, CacheMap *m)
{
    char name[N_NAME + 1];
    struct stat st;
    *m = (CacheMap){0};
    if (!c)
        return false;
    entry_name(key, n_key, ".spmlw", name);
    int fd = openat(c->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    bool ok = fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode) && cache_trusts(&st, geteuid()) && !file_of_fd(fd, name, &m->file, NULL);
    if (ok && !large_valid(file_span(m->file), key, n_key, m)) {
        cache_unmap(m);
        ok = false;
    }
    if (ok)
        futimens(fd, NULL);
    if (fd >= 0)
        close(fd);
    c->counts.hits += ok;
    c->counts.misses += !ok;
    return ok;
}

void cache_unmap(CacheMap *m)
{
    if (m->file)
        file_close(&m->file);
    *m = (CacheMap){0};
}

static bool write_padded(int fd, const void *p, size_t n, size_t at)
{
    static const char zeros[CACHE_PAGE];
    return write_all(fd, p, n) && write_all(fd, zeros, page_up(at + n) - at - n);
}

bool cache_put_large(Cache *c, const void *key, size_t n_key, const void *head, size_t n_head, const CachePiece *piece, size_t n)
{
    char temp[32], name[N_NAME + 1];
    Header h = large_header(n_key, n_head);
    uint64_t size = SZ_HEADER + (uint64_t)n_key + n_head, left;
    for (size_t i = 0; i < n; i++)
        size += piece[i].n;
    int fd = c && n_key <= SZ_ENTRY_MAX && n_head <= SZ_ENTRY_MAX && size <= SZ_LARGE_LIMIT ? temp_make(c, temp) : -1;
    if (fd < 0)
        return false;
    entry_sum(&h, key, head, h.sum);
    entry_name(key, n_key, ".spmlw", name);
    bool ok = write_all(fd, &h, sizeof h) && write_all(fd, key, n_key) && write_padded(fd, head, n_head, SZ_HEADER + n_key);
    for (size_t i = 0; i < n && ok; i++)
        ok = write_padded(fd, piece[i].p, piece[i].n, 0);
    ok = !close(fd) && ok && !renameat(c->fd, temp, c->fd, name);
    if (!ok)
        unlinkat(c->fd, temp, 0);
    c->counts.stored += ok;
    if (ok)
        evict(c, ".spmlw", SZ_LARGE_LIMIT, &left);
    return ok;
}
