/* SPDX-License-Identifier: MIT
 * train: opening a source of samples: the table of kinds, the sniffing, and what all kinds need: folders, class names, unreadable samples. */
#include "train/data_internal.h"

#include "base/caps.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const DataKind *const kinds[] = {&data_folder, &data_idx, &data_npy, &data_csv, &data_text};
enum { N_KINDS = sizeof kinds / sizeof *kinds };
const char *const data_kind_names = "folder, idx, npy, csv, text";

SpmlCode data_fail(Error *err, const char *file, int64_t offset, const char *key, const char *fmt, ...)
{
    char text[2048];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    error_set(err, SPML_DATA, key, "%s", text);
    error_where(err, file, offset);
    return SPML_DATA;
}

/* ── folders ── */

char *data_join(Arena *a, const char *dir, const char *name)
{
    size_t n = strlen(dir);
    return arena_printf(a, n && dir[n - 1] == '/' ? "%s%s" : "%s/%s", dir, name);
}

static int by_name(const void *a, const void *b) { return strcmp(((const DataEntry *)a)->name, ((const DataEntry *)b)->name); }

static SpmlCode read_entries(Arena *a, DIR *dir, DataEntry **out, size_t *n, Error *err)
{
    size_t cap = 0;
    DataEntry *list = NULL;
    *n = 0;
    for (struct dirent *e; (e = readdir(dir));) {
        struct stat st;
        if (e->d_name[0] == '.' || fstatat(dirfd(dir), e->d_name, &st, 0) || (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode)))
            continue;
        list = arena_grow(a, list, *n, &cap, DataEntry);
        char *name = arena_strdup(a, e->d_name);
        if (!list || !name)
            return error_oom(err);
        list[(*n)++] = (DataEntry){name, S_ISDIR(st.st_mode), (uint64_t)st.st_size};
    }
    if (*n)
        qsort(list, *n, sizeof *list, by_name);
    *out = list;
    return SPML_OK;
}

SpmlCode data_list(Arena *a, const char *path, DataEntry **out, size_t *n, Error *err)
{
    DIR *dir = opendir(path);
    if (!dir)
        return data_fail(err, path, -1, errno == ENOENT ? "file-missing" : "file-unreadable", errno == ENOENT ? "no such folder" : "cannot be read: %s", strerror(errno));
    SpmlCode code = read_entries(a, dir, out, n, err);
    closedir(dir);
    return code;
}

/* ── samples that cannot be read ── */

SpmlCode data_samples(Dataset *d, uint64_t n, Error *err)
{
    size_t sz;
    if (n == 0)
        return data_fail(err, d->info.path, -1, "data-empty", "there is not one sample in it");
    if (n >> 47 || !size_mul((size_t)n, 1, &sz))
        return data_fail(err, d->info.path, -1, "data-large", "%llu samples are too many", (unsigned long long)n);
    d->info.n = n;
    d->is_bad = arena_array(&d->arena, _Atomic uint8_t, n);
    return d->is_bad ? SPML_OK : error_oom(err);
}

SpmlCode data_limit(Dataset *d, Error *err)
{
    pthread_mutex_lock(&d->lock);
    SpmlCode code = SPML_OK;
    if ((double)d->n_bad > d->max_bad * (double)d->info.n) {
        const DataBad *first = d->bad;
        for (size_t i = 1; i < d->n_bad; i++)
            first = d->bad[i].index < first->index ? &d->bad[i] : first;
        char share[32];
        code = error_set(err, SPML_DATA, "data-bad", "%zu of %llu samples cannot be read, the limit is %s %%; the first is %s: %s", d->n_bad, (unsigned long long)d->info.n,
                         format_g4(share, d->max_bad * 100), first->where, first->why);
        error_where(err, d->info.path, -1);
        error_hint(err, "--check-data lists them, --max-bad moves the limit");
    }
    pthread_mutex_unlock(&d->lock);
    return code;
}

static SpmlCode note_locked(Dataset *d, uint64_t i, const Error *e)
{
    if (atomic_exchange(&d->is_bad[i], 1))
        return SPML_OK;
    DataBad *list = arena_grow(&d->bad_arena, d->bad, d->n_bad, &d->cap_bad, DataBad);
    if (!list)
        return SPML_RESOURCE;
    d->bad = list;
    DataBad *b = &list[d->n_bad];
    *b = (DataBad){i, arena_strdup(&d->bad_arena, e->file[0] ? e->file : d->info.path), arena_strdup(&d->bad_arena, e->text)};
    if (!b->where || !b->why)
        return SPML_RESOURCE;
    d->n_bad++;
    return SPML_OK;
}

SpmlCode data_note(Dataset *d, uint64_t i, const Error *e, bool limit, Error *err)
{
    pthread_mutex_lock(&d->lock);
    SpmlCode code = note_locked(d, i, e);
    pthread_mutex_unlock(&d->lock);
    return code ? error_oom(err) : limit ? data_limit(d, err) : SPML_OK;
}

static int by_index(const void *a, const void *b)
{
    uint64_t x = ((const DataBad *)a)->index, y = ((const DataBad *)b)->index;
    return x < y ? -1 : x > y;
}

size_t data_bad(const Dataset *set, Arena *a, DataBad **out)
{
    Dataset *d = (Dataset *)(uintptr_t)set;
    pthread_mutex_lock(&d->lock);
    size_t n = d->n_bad;
    *out = arena_array(a, DataBad, n + 1);
    for (size_t i = 0; *out && i < n; i++)
        (*out)[i] = (DataBad){d->bad[i].index, arena_strdup(a, d->bad[i].where), arena_strdup(a, d->bad[i].why)};
    pthread_mutex_unlock(&d->lock);
    if (!*out || a->oom)
        return 0;
    qsort(*out, n, sizeof **out, by_index);
    return n;
}

/* ── classes ── */

static int by_text(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

static int find_class(const char *const *sorted, int n, const char *name)
{
    for (int lo = 0, hi = n; lo < hi;) {
        int mid = lo + (hi - lo) / 2, c = strcmp(sorted[mid], name);
        if (!c)
            return mid;
        *(c < 0 ? &lo : &hi) = c < 0 ? mid + 1 : mid;
    }
    return -1;
}

/* Numbers stand in the order of numbers, names in that of bytes; either way the names may be searched one by one. */
static int find_any(const Dataset *like, const char *name)
{
    for (int i = 0; i < like->info.n_classes; i++)
        if (!strcmp(like->info.classes[i], name))
            return i;
    return -1;
}

static SpmlCode like_mismatch(Dataset *d, Error *err)
{
    return data_fail(err, d->info.path, -1, "data-differs", "has classes, the training data '%s' has none", d->like->info.path);
}

SpmlCode data_classes(Dataset *d, const char *const *name, int n, int32_t **id, Error *err)
{
    if (n > DATA_CLASSES_MAX)
        return data_fail(err, d->info.path, -1, "data-classes", "%d classes are more than %d", n, DATA_CLASSES_MAX);
    if (d->like && d->like->info.target != TARGET_CLASS)
        return like_mismatch(d, err);
    const char **sorted = arena_array(&d->arena, const char *, n + 1);
    *id = arena_array(&d->arena, int32_t, n + 1);
    if (!sorted || !*id)
        return error_oom(err);
    if (n)
        memcpy(sorted, name, (size_t)n * sizeof *sorted);
    qsort(sorted, (size_t)n, sizeof *sorted, by_text);
    for (int i = 0; i < n; i++)
        (*id)[i] = d->like ? find_any(d->like, name[i]) : find_class(sorted, n, name[i]);
    d->info.target = TARGET_CLASS;
    d->info.classes = d->like ? d->like->info.classes : sorted;
    d->info.n_classes = d->like ? d->like->info.n_classes : n;
    return SPML_OK;
}

SpmlCode data_numbers(Dataset *d, int64_t n, Error *err)
{
    if (n > DATA_CLASSES_MAX)
        return data_fail(err, d->info.path, -1, "data-classes", "label %lld is beyond %d classes", (long long)n - 1, DATA_CLASSES_MAX);
    if (d->like && d->like->info.target != TARGET_CLASS)
        return like_mismatch(d, err);
    d->info.target = TARGET_CLASS;
    if (d->like) {
        d->info.classes = d->like->info.classes;
        d->info.n_classes = d->like->info.n_classes;
        return SPML_OK;
    }
    const char **names = arena_array(&d->arena, const char *, n + 1);
    for (int64_t i = 0; names && i < n; i++)
        names[i] = arena_printf(&d->arena, "%lld", (long long)i);
    d->info.classes = names;
    d->info.n_classes = (int)n;
    return d->arena.oom ? error_oom(err) : SPML_OK;
}

/* ── fingerprints ── */

void data_fingerprint(Sha256 *s, const File *f)
{
    enum { BLOCK = 4096, BLOCKS = 64 };
    Span all = file_span(f);
    uint8_t size[8];
    for (int i = 0; i < 8; i++)
        size[i] = (uint8_t)(all.size >> (8 * i));
    sha256_add(s, size, sizeof size);
    if (all.size <= (size_t)BLOCK * BLOCKS) {
        sha256_add(s, all.base, all.size);
        return;
    }
    for (size_t i = 0; i < BLOCKS; i++)
        sha256_add(s, all.base + (all.size - BLOCK) / (BLOCKS - 1) * i, BLOCK);
}

/* ── opening ── */

static const char *const held_names[] = {"val", "valid", "validation", "test"};

static bool is_held(const char *name)
{
    for (int i = 0; i < 4; i++)
        if (!strcmp(name, held_names[i]))
            return true;
    return false;
}

/* A folder whose folders are train and val (valid, validation, test): *path becomes the one that is meant. */
static bool enter_part(Arena *a, const DataProbe *p, bool held, const char **path)
{
    const char *train = NULL, *val = NULL;
    for (size_t i = 0; i < p->n_entry; i++) {
        const DataEntry *e = &p->entry[i];
        if (!e->is_dir)
            continue;
        if (!strcmp(e->name, "train"))
            train = e->name;
        else if (!is_held(e->name))
            return false;
    }
    for (int h = 0; h < 4 && !val; h++)
        for (size_t i = 0; i < p->n_entry && !val; i++)
            val = p->entry[i].is_dir && !strcmp(p->entry[i].name, held_names[h]) ? p->entry[i].name : NULL;
    if (!train || (held && !val))
        return false;
    *path = data_join(a, p->path, held ? val : train);
    return *path != NULL;
}

static SpmlCode look(Dataset *d, DataProbe *p, File **f, Error *err)
{
    struct stat st;
    if (stat(p->path, &st))
        return data_fail(err, p->path, -1, errno == ENOENT || errno == ENOTDIR ? "file-missing" : "file-unreadable",
                         errno == ENOENT || errno == ENOTDIR ? "no such file or folder" : "cannot be read: %s", strerror(errno));
    p->is_dir = S_ISDIR(st.st_mode);
    if (p->is_dir)
        return data_list(&d->arena, p->path, &p->entry, &p->n_entry, err);
    SpmlCode code = file_open(p->path, 0, f, err);
    if (!code)
        p->head = file_span(*f);
    return code;
}

static const DataKind *named_kind(const char *name)
{
    for (int i = 0; i < N_KINDS; i++)
        if (!strcmp(kinds[i]->name, name))
            return kinds[i];
    return NULL;
}

static SpmlCode choose(Dataset *d, const DataOptions *o, const DataProbe *p, Error *err)
{
    int best = 0;
    if (o->kind) {
        d->kind = named_kind(o->kind);
        return d->kind ? SPML_OK : error_set(err, SPML_USAGE, "data-kind", "no kind of data '%s': %s", o->kind, data_kind_names);
    }
    for (int i = 0; i < N_KINDS; i++) {
        int sure = kinds[i]->probe(p);
        if (sure > best) {
            best = sure;
            d->kind = kinds[i];
        }
    }
    if (d->kind)
        return SPML_OK;
    if (p->is_dir && !p->n_entry)
        return data_fail(err, p->path, -1, "data-empty", "the folder is empty");
    data_fail(err, p->path, -1, p->is_dir || p->head.size ? "data-kind" : "data-empty", p->is_dir || p->head.size ? "is no kind of data that can be read: %s" : "is empty", data_kind_names);
    return SPML_DATA;
}

static SpmlCode open_parts(Dataset *d, const DataOptions *o, File **f, Error *err)
{
    DataProbe p = {.path = o->path};
    const char *part = NULL;
    SpmlCode code = look(d, &p, f, err);
    if (!code && p.is_dir && enter_part(&d->arena, &p, o->held, &part)) {
        p = (DataProbe){.path = part};
        code = look(d, &p, f, err);
    }
    d->info.path = arena_strdup(&d->arena, p.path);
    if (!code)
        code = d->info.path ? choose(d, o, &p, err) : error_oom(err);
    if (code)
        return code;
    DataOptions own = *o;
    own.held = o->held && !part;
    d->info.kind = d->kind->name;
    code = d->kind->open(d, &own, &p, err);
    return code || !d->is_bad ? code : data_limit(d, err);
}

/* What validates must have the form of what trains. */
static SpmlCode check_like(const Dataset *d, Error *err)
{
    const DataInfo *a = &d->info, *b = d->like ? &d->like->info : NULL;
    if (!b)
        return SPML_OK;
    bool same = a->form == b->form && a->target == b->target && a->n_classes == b->n_classes;
    for (int i = 0; same && a->form == DATA_TENSOR && i < (a->rank > b->rank ? a->rank : b->rank); i++)
        same = a->rank == b->rank && a->dim[i] == b->dim[i];
    return same ? SPML_OK : data_fail(err, a->path, -1, "data-differs", "its samples differ in kind or shape from those of '%s'", b->path);
}

SpmlCode data_open(const DataOptions *o, Dataset **out, Error *err)
{
    Dataset *d = calloc(1, sizeof *d);
    File *f = NULL;
    *out = NULL;
    if (!d)
        return error_oom(err);
    pthread_mutex_init(&d->lock, NULL);
    d->like = o->like;
    d->max_bad = o->max_bad > 0 ? o->max_bad : o->max_bad < 0 ? 0 : 0.01;
    SpmlCode code = open_parts(d, o, &f, err);
    file_close(&f);
    if (!code)
        code = check_like(d, err);
    if (code)
        data_close(&d);
    *out = d;
    return code;
}

void data_close(Dataset **set)
{
    Dataset *d = *set;
    if (!d)
        return;
    if (d->kind && d->kind->close)
        d->kind->close(d);
    arena_free(&d->arena);
    arena_free(&d->bad_arena);
    pthread_mutex_destroy(&d->lock);
    free(d);
    *set = NULL;
}

const DataInfo *data_info(const Dataset *d) { return &d->info; }

SpmlCode data_fit(const DataView *train, Error *err) { return train->d->kind->fit ? train->d->kind->fit(train->d, train, err) : SPML_OK; }

void data_describe(const Dataset *d, Text *out)
{
    text_printf(out, "{\"kind\":\"%s\"", d->info.kind);
    if (d->info.classes) {
        text_puts(out, d->info.target == TARGET_TOKENS ? ",\"vocabulary\":[" : ",\"classes\":[");
        for (int i = 0; i < d->info.n_classes; i++) {
            text_puts(out, i ? ",\"" : "\"");
            text_escape_json(out, d->info.classes[i], strlen(d->info.classes[i]));
            text_puts(out, "\"");
        }
        text_puts(out, "]");
    }
    if (d->kind->describe)
        d->kind->describe(d, out);
    text_puts(out, "}");
}
