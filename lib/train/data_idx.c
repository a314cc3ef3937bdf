/* SPDX-License-Identifier: MIT
 * train: MNIST's kind of data: one idx file of pictures (or of other samples), one of labels beside it: images ↔ labels, idx3 ↔ idx1 in the name, with or
 * without .gz. A folder of them holds out the files with t10k, test or val in their names. Bytes of rank 3, or rank 4 with 1 or 3 channels last, are pictures. */
#include "train/data_internal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct Idx { File *x_file; IdxArray x; } Idx;

static bool held_name(const char *name) { return strstr(name, "t10k") || strstr(name, "test") || strstr(name, "val"); }

static bool probe_path(const char *path)
{
    File *f = NULL;
    bool is = !file_open(path, 0, &f, NULL) && idx_probe(file_span(f));
    file_close(&f);
    return is;
}

/* The name without ".gz", for comparing: X and X.gz are the same thing twice. */
static size_t plain_length(const char *name)
{
    size_t n = strlen(name);
    return n > 3 && !strcmp(name + n - 3, ".gz") ? n - 3 : n;
}

/* The pictures with such names. NULL: none; *twice: more than one. */
static const char *find_named(const DataProbe *p, bool held, bool *twice)
{
    const char *found = NULL;
    *twice = false;
    for (size_t i = 0; i < p->n_entry; i++) {
        const char *name = p->entry[i].name;
        if (p->entry[i].is_dir || !strstr(name, "images") || held_name(name) != held)
            continue;
        if (!found)
            found = name;
        else if (plain_length(found) != plain_length(name) || strncmp(found, name, plain_length(name)))
            *twice = true;
    }
    return found;
}

/* The pictures of a part. Where there are none to train on, those of the test are, and nothing is held out. */
static const char *find_images(const DataProbe *p, bool held, bool *twice)
{
    bool other;
    const char *train = find_named(p, false, held ? &other : twice);
    if (held)
        return train ? find_named(p, true, twice) : NULL;
    return train ? train : find_named(p, true, twice);
}

static int probe(const DataProbe *p)
{
    bool twice;
    if (!p->is_dir)
        return idx_probe(p->head) ? 95 : 0;
    const char *name = find_images(p, false, &twice);
    Arena a = {0};
    char *path = name ? data_join(&a, p->path, name) : NULL;
    int sure = path && probe_path(path) ? 92 : 0;
    arena_free(&a);
    return sure;
}

/* `from` in the last part of the path becomes `to`; NULL: it is not in it. */
static char *renamed(Arena *a, const char *path, const char *from, const char *to)
{
    const char *slash = strrchr(path, '/'), *at = strstr(slash ? slash + 1 : path, from);
    return at ? arena_printf(a, "%.*s%s%s", (int)(at - path), path, to, at + strlen(from)) : NULL;
}

static SpmlCode find_labels(Dataset *d, const char *images, const char **out, Error *err)
{
    struct stat st;
    char *path = renamed(&d->arena, images, "images", "labels");
    for (int rank = 2; path && rank <= 4; rank++) {
        char *one = renamed(&d->arena, path, ((const char *const[]){"idx2", "idx3", "idx4"})[rank - 2], "idx1");
        path = one ? one : path;
    }
    if (path && !stat(path, &st))
        return *out = path, SPML_OK;
    char *other = path ? plain_length(path) < strlen(path) ? arena_strndup(&d->arena, path, plain_length(path)) : arena_printf(&d->arena, "%s.gz", path) : NULL;
    if (other && !stat(other, &st))
        return *out = other, SPML_OK;
    data_fail(err, images, -1, "data-labels", "its labels are not beside it%s%s", path ? ": no file " : "", path ? path : "");
    error_hint(err, "pictures and labels are told apart by 'images' and 'labels' in their names; or name the file of the labels");
    return SPML_DATA;
}

static SpmlCode read_labels(Dataset *d, const char *path, Error *err)
{
    File *f = NULL;
    IdxArray y = {0};
    int64_t most = -1;
    SpmlCode code = file_open(path, 0, &f, err);
    if (!code)
        code = idx_read(file_span(f), path, &y, err);
    if (!code && (y.rank != 1 || !dtype_is_int(y.dtype)))
        code = data_fail(err, path, 2, "data-labels", "labels are integers of rank 1, these are %s of rank %d", dtype_name(y.dtype), y.rank);
    if (!code && (uint64_t)y.dim[0] != d->info.n)
        code = data_fail(err, path, 4, "data-labels", "%lld labels for the %llu samples of '%s'", (long long)y.dim[0], (unsigned long long)d->info.n, d->info.path);
    d->label = arena_array(&d->arena, int64_t, d->info.n);
    if (!code && !d->label)
        code = error_oom(err);
    for (uint64_t i = 0; !code && i < d->info.n; i++) {
        d->label[i] = (int64_t)idx_get(&y, i);
        most = d->label[i] > most ? d->label[i] : most;
        if (d->label[i] < 0)
            code = data_fail(err, path, -1, "data-labels", "sample %llu has the label %lld", (unsigned long long)i, (long long)d->label[i]);
    }
    if (!code)
        code = data_numbers(d, most + 1, err);
    for (uint64_t i = 0; !code && i < d->info.n; i++)
        if (d->label[i] >= d->info.n_classes)
            code = data_fail(err, path, -1, "data-class", "sample %llu has the label %lld, '%s' has %d classes", (unsigned long long)i, (long long)d->label[i], d->like->info.path, d->like->info.n_classes);
    free(y.own);
    file_close(&f);
    return code;
}

static void set_form(Dataset *d, const IdxArray *x)
{
    bool grey = x->rank == 3, last = x->rank == 4 && (x->dim[3] == 1 || x->dim[3] == 3);
    d->info.form = x->dtype == DT_u8 && (grey || last) ? DATA_IMAGE : DATA_TENSOR;
    d->info.rank = x->rank - 1;
    memcpy(d->info.dim, x->dim + 1, (size_t)(x->rank - 1) * sizeof *x->dim);
    if (d->info.form == DATA_IMAGE) {
        d->info.rank = 3;
        d->info.dim[2] = grey ? 1 : x->dim[3];
    }
}

static SpmlCode check_extents(const IdxArray *x, const char *path, Error *err)
{
    for (int i = 1; i < x->rank; i++)
        if (!x->dim[i] || x->dim[i] > INT32_MAX)
            return data_fail(err, path, 4 + 4 * i, "idx-header", "idx: an extent of %lld", (long long)x->dim[i]);
    return x->rank > 1 ? SPML_OK : data_fail(err, path, 3, "idx-header", "idx: samples of rank 0; are these the labels?");
}

static SpmlCode open_idx(Dataset *d, const DataOptions *o, const DataProbe *p, Error *err)
{
    bool twice = false;
    const char *name = p->is_dir ? find_images(p, o->held, &twice) : NULL, *labels = o->labels;
    if (o->held && !name)
        return error_set(err, SPML_DATA, "no-held-part", "%s: no file of test pictures", p->path);
    if (p->is_dir && (!name || twice))
        return data_fail(err, p->path, -1, "data-kind", name ? "holds more than one file of pictures to train on: name one" : "holds no idx file with 'images' in its name");
    Idx *x = d->state = arena_new(&d->arena, Idx);
    char *path = name ? data_join(&d->arena, p->path, name) : arena_strdup(&d->arena, p->path);
    if (!x || !path)
        return error_oom(err);
    d->info.path = path;
    SpmlCode code = file_open(path, 0, &x->x_file, err);
    if (!code)
        code = idx_read(file_span(x->x_file), path, &x->x, err);
    if (!code)
        code = check_extents(&x->x, path, err);
    if (!code)
        code = data_samples(d, (uint64_t)x->x.dim[0], err);
    if (!code && !labels)
        code = find_labels(d, path, &labels, err);
    if (!code)
        code = read_labels(d, labels, err);
    if (code)
        return code;
    Sha256 s;
    sha256_init(&s);
    data_fingerprint(&s, x->x_file);
    sha256_add(&s, d->label, (size_t)d->info.n * sizeof *d->label);
    sha256_final(&s, d->info.fingerprint);
    set_form(d, &x->x);
    return SPML_OK;
}

static SpmlCode sample(const Dataset *d, uint64_t i, DataSample *s, Error *err)
{
    const Idx *x = d->state;
    uint64_t n = 1;
    for (int k = 0; k < d->info.rank; k++)
        n *= (uint64_t)d->info.dim[k];
    s->label = d->label[i];
    if (d->info.form == DATA_IMAGE) {
        s->lent = true;
        s->im = (Image){.w = (int)d->info.dim[1], .h = (int)d->info.dim[0], .channels = (int)d->info.dim[2], .p = (uint8_t *)(uintptr_t)(x->x.p + i * n)};
        return SPML_OK;
    }
    for (uint64_t k = 0; k < n; k++)
        dtype_set_f64(s->dtype, s->x, k, idx_get(&x->x, i * n + k));
    return SPML_OK;
}

static void close_idx(Dataset *d)
{
    Idx *x = d->state;
    if (!x)
        return;
    file_close(&x->x_file);
    free(x->x.own);
}

const DataKind data_idx = {.name = "idx", .about = "idx files of pictures and labels, as MNIST's, also .gz", .probe = probe, .open = open_idx, .sample = sample, .close = close_idx};
