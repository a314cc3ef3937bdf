/* SPDX-License-Identifier: MIT
 * train: folders of pictures. Either each folder inside is a class and holds pictures, in folders of its own if it likes; or the pictures lie flat beside
 * one CSV file whose first column names them and whose last is the label. Hidden entries are skipped, classes and files stand in the order of their
 * bytes. Every file's structure is read once when the folder is opened; pixels are decoded when they are asked for. */
#include "train/data_internal.h"

#include "base/caps.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { DEPTH = 8, CHUNK = 16 };

typedef struct Picture { const char *path; int w, h, channels; } Picture;
typedef struct Folder { Picture *picture; size_t n, cap; size_t cap_label; } Folder;

static bool is_table(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot && (!strcmp(dot, ".csv") || !strcmp(dot, ".tsv"));
}

static int count_tables(const DataProbe *p, size_t *at)
{
    int n = 0;
    for (size_t i = 0; i < p->n_entry; i++)
        if (!p->entry[i].is_dir && is_table(p->entry[i].name)) {
            *at = i;
            n++;
        }
    return n;
}

static bool starts_as_picture(const char *path)
{
    File *f = NULL;
    bool is = !file_open(path, 0, &f, NULL) && image_probe(file_span(f).base, file_span(f).size) != IMAGE_NONE;
    file_close(&f);
    return is;
}

/* One of the first files inside is a picture. */
static bool holds_picture(const char *dir, const DataEntry *entry, size_t n, int depth)
{
    Arena a = {0};
    bool found = false;
    for (size_t i = 0, seen = 0; !found && i < n && seen < 16; i++) {
        char *path = data_join(&a, dir, entry[i].name);
        DataEntry *inside;
        size_t n_inside;
        if (path && !entry[i].is_dir && !is_table(entry[i].name)) {
            found = starts_as_picture(path);
            seen++;
        } else if (path && entry[i].is_dir && depth && !data_list(&a, path, &inside, &n_inside, NULL))
            found = holds_picture(path, inside, n_inside, depth - 1);
    }
    arena_free(&a);
    return found;
}

static int probe(const DataProbe *p)
{
    size_t at;
    if (!p->is_dir || !p->n_entry || !holds_picture(p->path, p->entry, p->n_entry, 3))
        return 0;
    for (size_t i = 0; i < p->n_entry; i++)
        if (p->entry[i].is_dir)
            return 90;
    return count_tables(p, &at) == 1 ? 80 : 20;
}

static SpmlCode add_picture(Dataset *d, const char *path, int64_t label, Error *err)
{
    Folder *f = d->state;
    f->picture = arena_grow(&d->arena, f->picture, f->n, &f->cap, Picture);
    d->label = arena_grow(&d->arena, d->label, f->n, &f->cap_label, int64_t);
    if (!f->picture || !d->label || !path)
        return error_oom(err);
    f->picture[f->n] = (Picture){.path = path};
    d->label[f->n++] = label;
    return SPML_OK;
}

/* All files beneath dir. Linked folders inside a class are not followed: they may lead back. */
static SpmlCode walk(Dataset *d, const char *dir, int64_t label, int depth, Error *err)
{
    DataEntry *entry;
    size_t n;
    SpmlCode code = data_list(&d->arena, dir, &entry, &n, err);
    for (size_t i = 0; !code && i < n; i++) {
        struct stat st;
        char *path = data_join(&d->arena, dir, entry[i].name);
        if (!path)
            return error_oom(err);
        if (!entry[i].is_dir)
            code = add_picture(d, path, label, err);
        else if (!lstat(path, &st) && S_ISDIR(st.st_mode))
            code = depth ? walk(d, path, label, depth - 1, err) : data_fail(err, path, -1, "data-deep", "folders are nested deeper than %d", DEPTH);
    }
    return code;
}

static SpmlCode open_classes(Dataset *d, const DataProbe *p, Error *err)
{
    const char **name = arena_array(&d->arena, const char *, p->n_entry + 1);
    int32_t *id;
    int n = 0;
    if (!name)
        return error_oom(err);
    for (size_t i = 0; i < p->n_entry && n <= DATA_CLASSES_MAX; i++)
        if (p->entry[i].is_dir)
            name[n++] = p->entry[i].name;
    SpmlCode code = data_classes(d, name, n, &id, err);
    for (int i = 0; !code && i < n; i++) {
        char *dir = data_join(&d->arena, p->path, name[i]);
        code = dir ? walk(d, dir, id[i], DEPTH, err) : error_oom(err);
    }
    return code;
}

/* ── flat: labels from a table ── */

static SpmlCode table_row(const CsvReader *r, Arena *a, Map *ids, const char ***name, size_t *n, size_t *cap, int64_t *id, Error *err)
{
    const CsvField *label = &r->field[r->n - 1];
    void *known = map_find(ids, label->p, label->n);
    if (!known) {
        char *copy = arena_strndup(a, label->p, label->n);
        *name = arena_grow(a, *name, *n, cap, const char *);
        if (!copy || !*name || memchr(copy, 0, label->n))
            return copy && *name ? data_fail(err, r->path, -1, "csv-label", "line %lld: the label holds a NUL", (long long)r->line) : error_oom(err);
        (*name)[(*n)++] = copy;
        known = (void *)(uintptr_t)*n;
        if (!map_put(ids, copy, label->n, known))
            return error_oom(err);
    }
    *id = (int64_t)(uintptr_t)known - 1;
    return SPML_OK;
}

/* The file a row names: beneath the folder, never by an absolute path or "..". */
static const char *row_path(Arena *a, const char *dir, const CsvField *f)
{
    char *name = arena_strndup(a, f->p, f->n);
    if (!name || !*name || *name == '/' || memchr(name, 0, f->n))
        return NULL;
    for (const char *p = name; p; p = strchr(p, '/') ? strchr(p, '/') + 1 : NULL)
        if (!strncmp(p, "..", 2) && (p[2] == '/' || !p[2]))
            return NULL;
    return data_join(a, dir, name);
}

static SpmlCode read_table(Dataset *d, const DataProbe *p, CsvReader *r, const char ***name, size_t *n, Error *err)
{
    Map ids = map_make(&d->arena);
    size_t cap = 0;
    bool end = false;
    for (bool first = true;; first = false) {
        int64_t id = 0;
        struct stat st;
        SpmlCode code = csv_next(r, &end, err);
        if (code || end)
            return code;
        if (r->n < 2)
            return data_fail(err, r->path, -1, "csv-ragged", "line %lld has %zu field, two or more are needed: a file and its label", (long long)r->line, r->n);
        const char *path = row_path(&d->arena, p->path, &r->field[0]);
        if (first && (!path || stat(path, &st)))
            continue; /* the names of the columns */
        if (!path)
            return data_fail(err, r->path, -1, "csv-path", "line %lld names a file outside the folder", (long long)r->line);
        code = table_row(r, &d->arena, &ids, name, n, &cap, &id, err);
        if (!code)
            code = add_picture(d, path, id, err);
        if (code)
            return code;
    }
}

static SpmlCode open_flat(Dataset *d, const DataProbe *p, Error *err)
{
    size_t at = 0, n = 0;
    const char **name = NULL;
    File *f = NULL;
    CsvReader r = {0};
    int32_t *id;
    int tables = count_tables(p, &at);
    if (tables != 1)
        return data_fail(err, p->path, -1, "data-folder", "holds neither folders, which would be classes, nor one CSV file with labels, but %d", tables);
    char *path = data_join(&d->arena, p->path, p->entry[at].name);
    SpmlCode code = path ? file_open(path, 0, &f, err) : error_oom(err);
    if (!code)
        code = csv_open(file_span(f), path, &r, err);
    if (!code)
        code = read_table(d, p, &r, &name, &n, err);
    csv_close(&r);
    file_close(&f);
    if (!code)
        code = n > DATA_CLASSES_MAX ? data_fail(err, path, -1, "data-classes", "%zu different labels", n) : data_classes(d, name, (int)n, &id, err);
    for (size_t i = 0; !code && i < ((Folder *)d->state)->n; i++)
        d->label[i] = id[d->label[i]];
    return code;
}

/* ── looking at every file ── */

typedef struct Scan { Dataset *d; atomic_int code; pthread_mutex_t lock; Error err; } Scan;

static SpmlCode look_at(Picture *p, Error *err)
{
    File *f = NULL;
    ImageInfo info;
    SpmlCode code = file_open(p->path, 0, &f, err);
    if (!code && !file_size(f))
        code = data_fail(err, p->path, -1, "data-empty", "is empty");
    if (!code)
        code = image_info(file_span(f), &info, err);
    error_where(err, p->path, -1);
    file_close(&f);
    if (!code) {
        bool turned = info.orientation >= 5; /* rows become columns */
        p->w = turned ? info.h : info.w;
        p->h = turned ? info.w : info.h;
        p->channels = info.channels;
    }
    return code;
}

static void scan_chunk(void *ctx, int64_t chunk, int thread)
{
    Scan *s = ctx;
    Folder *f = s->d->state;
    for (size_t i = (size_t)chunk * CHUNK; i < f->n && i < ((size_t)chunk + 1) * CHUNK && !atomic_load(&s->code); i++) {
        Error e = {0}, out = {0};
        SpmlCode code = look_at(&f->picture[i], &e);
        if (!code && s->d->label[i] < 0)
            code = data_fail(&e, f->picture[i].path, -1, "data-class", "its class is not among those of '%s'", s->d->like->info.path);
        if (code && code != SPML_RESOURCE) /* another kind of picture is as unreadable as a broken one */
            code = data_note(s->d, i, &e, false, &out);
        else if (code)
            out = e;
        if (!code)
            continue;
        pthread_mutex_lock(&s->lock);
        if (!atomic_exchange(&s->code, (int)code))
            s->err = out;
        pthread_mutex_unlock(&s->lock);
    }
}

static SpmlCode scan(Dataset *d, Pool *pool, Error *err)
{
    Folder *f = d->state;
    Scan s = {.d = d};
    pthread_mutex_init(&s.lock, NULL);
    pool_run(pool, (int64_t)((f->n + CHUNK - 1) / CHUNK), scan_chunk, &s);
    pthread_mutex_destroy(&s.lock);
    SpmlCode code = (SpmlCode)atomic_load(&s.code);
    if (code) {
        error_set(err, code, s.err.key, "%s", s.err.text);
        return error_where(err, s.err.file, s.err.offset);
    }
    return data_limit(d, err);
}

/* The size that all have in common; 0: none. Grey and colour together are colour. */
static void common_size(Dataset *d)
{
    Folder *f = d->state;
    int64_t h = -1, w = -1, c = 1;
    for (size_t i = 0; i < f->n; i++) {
        const Picture *p = &f->picture[i];
        if (!data_good(d, i))
            continue;
        h = h < 0 || h == p->h ? p->h : 0;
        w = w < 0 || w == p->w ? p->w : 0;
        c = p->channels > c ? p->channels : c;
    }
    d->info.form = DATA_IMAGE;
    d->info.rank = 3;
    d->info.dim[0] = h < 0 ? 0 : h;
    d->info.dim[1] = w < 0 ? 0 : w;
    d->info.dim[2] = c;
}

static void fingerprint(Dataset *d, const DataProbe *p)
{
    Folder *f = d->state;
    Sha256 s;
    sha256_init(&s);
    for (size_t i = 0; i < f->n; i++) {
        const char *name = f->picture[i].path + strlen(p->path);
        struct stat st;
        uint64_t sz = stat(f->picture[i].path, &st) ? 0 : (uint64_t)st.st_size;
        sha256_add(&s, name, strlen(name) + 1);
        sha256_add(&s, &sz, sizeof sz);
        sha256_add(&s, &d->label[i], sizeof d->label[i]);
    }
    sha256_final(&s, d->info.fingerprint);
}

static SpmlCode open_folder(Dataset *d, const DataOptions *o, const DataProbe *p, Error *err)
{
    bool folders = false;
    if (!p->is_dir)
        return data_fail(err, p->path, -1, "data-kind", "is no folder");
    if (o->held)
        return error_set(err, SPML_DATA, "no-held-part", "%s: the folder holds nothing out itself", p->path);
    Folder *f = d->state = arena_new(&d->arena, Folder);
    if (!f)
        return error_oom(err);
    for (size_t i = 0; i < p->n_entry; i++)
        folders = folders || p->entry[i].is_dir;
    SpmlCode code = folders ? open_classes(d, p, err) : open_flat(d, p, err);
    if (!code)
        code = data_samples(d, f->n, err);
    if (!code)
        code = scan(d, o->pool, err);
    if (code)
        return code;
    common_size(d);
    fingerprint(d, p);
    return SPML_OK;
}

static SpmlCode sample(const Dataset *d, uint64_t i, DataSample *s, Error *err)
{
    const Folder *f = d->state;
    File *file = NULL;
    s->label = d->label[i];
    SpmlCode code = file_open(f->picture[i].path, 0, &file, err);
    if (!code)
        code = image_decode(file_span(file), 0, &s->im, err);
    if (!code)
        code = image_orient(&s->im, err);
    file_close(&file);
    error_where(err, f->picture[i].path, -1);
    if (code)
        image_free(&s->im);
    return code == SPML_UNSUPPORTED ? SPML_DATA : code;
}

const DataKind data_folder = {.name = "folder", .about = "pictures in one folder a class, or flat beside a CSV file of labels", .probe = probe, .open = open_folder, .sample = sample};
