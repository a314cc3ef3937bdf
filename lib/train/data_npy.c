/* SPDX-License-Identifier: MIT
 * train: arrays of NumPy: x [N, …] and y [N] or [N, K], in one npz, in two npy files, or in a folder of npy files. Bytes shaped like pictures ([N, H, W],
 * [N, H, W, 1 or 3], [N, 1 or 3, H, W]) are pictures; whole numbers and texts in y are classes, other numbers are values to be met. */
#include "train/data_internal.h"

#include "base/caps.h"
#include "formats/tensor/tensor.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct Npy { ValueList l; const RtValue *x, *y; bool first; /* pictures with their channels first */ uint64_t each; /* elements of a sample */ } Npy;

/* Names of the arrays, in pairs. */
static const struct { const char *x, *y; bool held; } names[] = {
    {"x", "y"}, {"X", "y"}, {"X", "Y"}, {"x_train", "y_train"}, {"X_train", "y_train"}, {"images", "labels"}, {"train_images", "train_labels"},
    {"data", "labels"}, {"data", "target"}, {"arr_0", "arr_1"},
    {"x_test", "y_test", true}, {"X_test", "y_test", true}, {"x_val", "y_val", true}, {"X_val", "y_val", true}, {"test_images", "test_labels", true},
};
enum { N_NAMES = sizeof names / sizeof *names };

static const char *entry(Arena *a, const DataProbe *p, const char *name)
{
    for (size_t i = 0; i < p->n_entry; i++) {
        size_t n = strlen(name);
        if (!p->entry[i].is_dir && !strncmp(p->entry[i].name, name, n) && !strcmp(p->entry[i].name + n, ".npy"))
            return data_join(a, p->path, p->entry[i].name);
    }
    return NULL;
}

static int probe(const DataProbe *p)
{
    Arena a = {0};
    int sure = 0;
    if (!p->is_dir)
        return npy_probe(p->head) || zip_probe(p->head) ? 90 : 0;
    for (int i = 0; i < N_NAMES && !sure; i++)
        sure = !names[i].held && entry(&a, p, names[i].x) && entry(&a, p, names[i].y) ? 91 : 0;
    arena_free(&a);
    return sure;
}

static SpmlCode read_file(Npy *s, const char *path, Sha256 *sha, Error *err)
{
    File *f = NULL;
    SpmlCode code = file_open(path, 0, &f, err);
    if (!code) {
        data_fingerprint(sha, f);
        code = (zip_probe(file_span(f)) ? npz_read : npy_read)(f, &(ValueWant){.rank = -1}, &s->l, err);
    }
    file_close(&f);
    return code;
}

static const RtValue *named(const Npy *s, const char *name)
{
    for (size_t i = 0; i < s->l.n; i++)
        if (!strcmp(s->l.v[i].name, name))
            return s->l.v[i].value;
    return NULL;
}

static SpmlCode from_archive(Dataset *d, const DataOptions *o, Sha256 *sha, Error *err)
{
    Npy *s = d->state;
    SpmlCode code = read_file(s, d->info.path, sha, err);
    for (int i = 0; !code && i < N_NAMES && !s->x; i++)
        if (names[i].held == o->held && named(s, names[i].x) && named(s, names[i].y)) {
            s->x = named(s, names[i].x);
            s->y = named(s, names[i].y);
        }
    if (code || s->x)
        return code;
    if (o->held)
        return error_set(err, SPML_DATA, "no-held-part", "%s: holds no x_test and y_test", d->info.path);
    data_fail(err, d->info.path, -1, "data-names", "holds no pair of arrays named x and y (x_train and y_train, images and labels, data and target)");
    for (size_t i = 0; i < s->l.n && i < 8; i++)
        error_line(err, "it holds '%s'", s->l.v[i].name);
    return SPML_DATA;
}

/* x.npy → y.npy, images → labels, data → labels, in the last part of the path. */
static const char *beside(Arena *a, const char *path)
{
    static const char *const pairs[][2] = {{"images", "labels"}, {"x.npy", "y.npy"}, {"X.npy", "y.npy"}, {"x_", "y_"}, {"X_", "y_"}, {"data", "labels"}, {"data", "target"}};
    const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
    for (int i = 0; i < 7; i++) {
        struct stat st;
        const char *at = strstr(file, pairs[i][0]);
        char *other = at ? arena_printf(a, "%.*s%s%s", (int)(at - path), path, pairs[i][1], at + strlen(pairs[i][0])) : NULL;
        if (other && !stat(other, &st))
            return other;
    }
    return NULL;
}

static SpmlCode from_files(Dataset *d, const DataOptions *o, const DataProbe *p, Sha256 *sha, Error *err)
{
    Npy *s = d->state;
    const char *x = NULL, *y = NULL;
    for (int i = 0; p->is_dir && i < N_NAMES && !(x && y); i++)
        if (names[i].held == o->held) {
            x = entry(&d->arena, p, names[i].x);
            y = entry(&d->arena, p, names[i].y);
        }
    if (o->held && !(x && y))
        return error_set(err, SPML_DATA, "no-held-part", "%s: no x_test.npy with y_test.npy", d->info.path);
    x = p->is_dir ? x : d->info.path;
    y = p->is_dir ? y : o->labels ? o->labels : beside(&d->arena, d->info.path);
    if (!x || !y) {
        data_fail(err, d->info.path, -1, "data-labels", "its labels are not beside it");
        error_hint(err, "x.npy and y.npy, or images and labels in the names; or name the file of the labels");
        return SPML_DATA;
    }
    SpmlCode code = read_file(s, x, sha, err);
    size_t n = s->l.n;
    if (!code)
        code = read_file(s, y, sha, err);
    if (!code && (n != 1 || s->l.n != 2))
        code = data_fail(err, y, -1, "data-labels", "is no single array");
    if (code)
        return code;
    s->x = s->l.v[0].value;
    s->y = s->l.v[1].value;
    return SPML_OK;
}

static bool is_number(DType t) { return (dtype_is_float(t) || dtype_is_int(t) || t == DT_bool) && dtype_info[t].block == 1; }

static SpmlCode set_x(Dataset *d, Error *err)
{
    Npy *s = d->state;
    const RtValue *x = s->x;
    if (x->rank < 1 || !is_number(x->dtype))
        return data_fail(err, d->info.path, -1, "data-shape", "x is %s of rank %d: samples are numbers along the first axis", dtype_name(x->dtype), x->rank);
    SpmlCode code = data_samples(d, (uint64_t)x->dim[0], err);
    if (code)
        return code;
    d->info.rank = x->rank - 1;
    s->each = 1;
    for (int i = 1; i < x->rank; i++) {
        d->info.dim[i - 1] = x->dim[i];
        s->each *= (uint64_t)x->dim[i]; /* rt_tensor has checked the product */
    }
    bool last = x->rank == 4 && (x->dim[3] == 1 || x->dim[3] == 3);
    s->first = x->rank == 4 && !last && (x->dim[1] == 1 || x->dim[1] == 3);
    if (!s->each)
        return data_fail(err, d->info.path, -1, "data-shape", "the samples of x have no elements");
    d->info.form = x->dtype == DT_u8 && (x->rank == 3 || last || s->first) ? DATA_IMAGE : DATA_TENSOR;
    if (d->info.form != DATA_IMAGE)
        return SPML_OK;
    int64_t h = x->dim[s->first ? 2 : 1], w = x->dim[s->first ? 3 : 2], c = x->rank == 3 ? 1 : x->dim[s->first ? 1 : 3];
    if (h > CAP_IMAGE_SIDE || w > CAP_IMAGE_SIDE)
        return data_fail(err, d->info.path, -1, "data-shape", "pictures of %lldx%lld", (long long)w, (long long)h);
    d->info.rank = 3;
    memcpy(d->info.dim, (int64_t[]){h, w, c}, 3 * sizeof(int64_t));
    return SPML_OK;
}

static SpmlCode text_labels(Dataset *d, const RtValue *y, Error *err)
{
    Map ids = map_make(&d->arena);
    const StringRef *s = y->data;
    const char **met = NULL;
    size_t n = 0, cap = 0;
    int32_t *id;
    for (uint64_t i = 0; i < d->info.n; i++) {
        void *known = map_find(&ids, s[i].p, s[i].n);
        if (!known) {
            char *copy = arena_strndup(&d->arena, s[i].p, s[i].n);
            const char **list = arena_grow(&d->arena, met, n, &cap, const char *);
            if (!copy || !list)
                return error_oom(err);
            met = list;
            met[n++] = copy;
            known = (void *)(uintptr_t)n;
            if (!map_put(&ids, copy, s[i].n, known))
                return error_oom(err);
        }
        d->label[i] = (int64_t)(uintptr_t)known - 1;
    }
    SpmlCode code = n > DATA_CLASSES_MAX ? data_fail(err, d->info.path, -1, "data-classes", "%zu different labels", n) : data_classes(d, met, (int)n, &id, err);
    for (uint64_t i = 0; !code && i < d->info.n; i++) {
        int64_t of = d->label[i];
        d->label[i] = id[of];
        if (id[of] < 0)
            code = data_fail(err, d->info.path, -1, "data-class", "y[%llu]: '%s' is not a class of '%s'", (unsigned long long)i, met[of], d->like->info.path);
    }
    return code;
}

static SpmlCode number_labels(Dataset *d, const RtValue *y, Error *err)
{
    int64_t most = -1;
    for (uint64_t i = 0; i < d->info.n; i++) {
        double v = dtype_get_f64(y->dtype, y->data, i);
        if (!(v >= 0 && v < DATA_CLASSES_MAX) || v != (double)(int64_t)v)
            return data_fail(err, d->info.path, -1, "data-labels", "y[%llu] is %g: classes are whole numbers from 0 on", (unsigned long long)i, v);
        d->label[i] = (int64_t)v;
        most = d->label[i] > most ? d->label[i] : most;
    }
    if (d->like && most >= d->like->info.n_classes)
        return data_fail(err, d->info.path, -1, "data-class", "label %lld, '%s' has %d classes", (long long)most, d->like->info.path, d->like->info.n_classes);
    return data_numbers(d, most + 1, err);
}

static SpmlCode set_y(Dataset *d, const DataOptions *o, Error *err)
{
    Npy *s = d->state;
    const RtValue *y = s->y;
    bool column = y->rank == 1 || (y->rank == 2 && y->dim[1] == 1), text = y->dtype == DT_string;
    if (y->rank < 1 || (uint64_t)y->dim[0] != d->info.n)
        return data_fail(err, d->info.path, -1, "data-labels", "%lld labels for %llu samples", y->rank < 1 ? 1LL : (long long)y->dim[0], (unsigned long long)d->info.n);
    if ((!text && !is_number(y->dtype)) || y->rank > 2 || (text && !column) || (y->rank == 2 && (y->dim[1] < 1 || y->dim[1] > INT32_MAX)))
        return data_fail(err, d->info.path, -1, "data-labels", "y is %s of rank %d: one class, or a row of values, for each sample", dtype_name(y->dtype), y->rank);
    TargetForm want = d->like ? d->like->info.target : o->target;
    bool classes = text || want == TARGET_CLASS || (want != TARGET_VALUES && !dtype_is_float(y->dtype) && column);
    if (!classes || (text && want == TARGET_VALUES)) {
        d->info.target = TARGET_VALUES;
        d->info.n_classes = y->rank == 2 ? (int)y->dim[1] : 1;
        return text ? data_fail(err, d->info.path, -1, "data-labels", "y holds texts, not values") : SPML_OK;
    }
    if (!column)
        return data_fail(err, d->info.path, -1, "data-labels", "y has %lld columns: classes need one", (long long)y->dim[1]);
    d->label = arena_array(&d->arena, int64_t, d->info.n);
    return !d->label ? error_oom(err) : text ? text_labels(d, y, err) : number_labels(d, y, err);
}

static SpmlCode open_npy(Dataset *d, const DataOptions *o, const DataProbe *p, Error *err)
{
    Sha256 sha;
    d->state = arena_new(&d->arena, Npy);
    if (!d->state)
        return error_oom(err);
    sha256_init(&sha);
    SpmlCode code = !p->is_dir && zip_probe(p->head) ? from_archive(d, o, &sha, err) : from_files(d, o, p, &sha, err);
    sha256_final(&sha, d->info.fingerprint);
    if (!code)
        code = set_x(d, err);
    return code ? code : set_y(d, o, err);
}

/* x[i] of channels first → a picture of its own. */
static SpmlCode interleave(const Dataset *d, const uint8_t *p, Image *im, Error *err)
{
    SpmlCode code = image_new((int)d->info.dim[1], (int)d->info.dim[0], (int)d->info.dim[2], 0, im, err);
    size_t n = (size_t)im->w * (size_t)im->h, channels = (size_t)im->channels;
    for (size_t c = 0; !code && c < channels; c++)
        for (size_t i = 0; i < n; i++)
            im->p[i * channels + c] = p[c * n + i];
    return code;
}

static SpmlCode sample(const Dataset *d, uint64_t i, DataSample *s, Error *err)
{
    const Npy *a = d->state;
    s->label = d->label ? d->label[i] : 0;
    for (int k = 0; d->info.target == TARGET_VALUES && k < d->info.n_classes; k++)
        s->values[k] = dtype_get_f64(a->y->dtype, a->y->data, i * (uint64_t)d->info.n_classes + (uint64_t)k);
    const uint8_t *x = (const uint8_t *)a->x->data + i * a->each * dtype_info[a->x->dtype].bytes;
    if (d->info.form == DATA_IMAGE && a->first && d->info.dim[2] > 1)
        return interleave(d, x, &s->im, err);
    if (d->info.form == DATA_IMAGE) {
        s->lent = true;
        s->im = (Image){.w = (int)d->info.dim[1], .h = (int)d->info.dim[0], .channels = (int)d->info.dim[2], .p = (uint8_t *)(uintptr_t)x};
    } else if (s->dtype == a->x->dtype)
        memcpy(s->x, x, a->each * dtype_info[s->dtype].bytes);
    else
        for (uint64_t k = 0; k < a->each; k++)
            dtype_set_f64(s->dtype, s->x, k, dtype_get_f64(a->x->dtype, x, k));
    return SPML_OK;
}

static void close_npy(Dataset *d)
{
    if (d->state)
        values_clear(&((Npy *)d->state)->l);
}

const DataKind data_npy = {.name = "npy", .about = "arrays x and y of NumPy, npz or npy", .probe = probe, .open = open_npy, .sample = sample, .close = close_npy};
