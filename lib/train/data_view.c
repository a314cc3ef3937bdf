/* SPDX-License-Identifier: MIT
 * train: parts of a data set: all of it, the two of a split, the two of a pair of sources; what can be counted over one: classes, pixel statistics. */
#include "train/data_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void data_view_free(DataView *v)
{
    free(v->index);
    *v = (DataView){0};
}

static void token_view(Dataset *d, uint64_t from, uint64_t to, DataView *out)
{
    uint64_t ctx = (uint64_t)d->info.dim[0];
    *out = (DataView){.d = d, .n = to - from > ctx ? (to - from - 1) / ctx : 0, .from = from, .to = to};
}

SpmlCode data_view(Dataset *d, DataView *out, Error *err)
{
    *out = (DataView){.d = d};
    if (d->info.form == DATA_TOKENS) {
        token_view(d, 0, d->info.n, out);
        return SPML_OK;
    }
    out->index = malloc((size_t)d->info.n * sizeof *out->index);
    if (!out->index)
        return error_oom(err);
    for (uint64_t i = 0; i < d->info.n; i++)
        if (data_good(d, i))
            out->index[out->n++] = i;
    return SPML_OK;
}

typedef struct Draw { uint64_t hash, index; } Draw;

static int by_hash(const void *a, const void *b)
{
    const Draw *x = a, *y = b;
    return x->hash != y->hash ? (x->hash < y->hash ? -1 : 1) : x->index < y->index ? -1 : x->index > y->index;
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* The samples of v in the order of their hashes. */
static Draw *draws(const DataView *v, RngUse use, uint64_t seed)
{
    Draw *list = malloc((size_t)(v->n + 1) * sizeof *list);
    for (uint64_t i = 0; list && i < v->n; i++) {
        Rng r = rng_make(seed, use, 0, v->index[i]);
        list[i] = (Draw){rng_u64(&r), v->index[i]};
    }
    if (list)
        qsort(list, (size_t)v->n, sizeof *list, by_hash);
    return list;
}

/* x · share rounded, but at least 1 and at most n − 1 when there is a share at all. */
static uint64_t portion(uint64_t n, double share)
{
    uint64_t k = (uint64_t)((double)n * share + 0.5);
    return share <= 0 || n < 2 ? 0 : k < 1 ? 1 : k > n - 1 ? n - 1 : k;
}

static SpmlCode split_list(DataView *all, double share, uint64_t seed, DataView *train, DataView *held, Error *err)
{
    uint64_t n = portion(all->n, share);
    Draw *list = draws(all, RNG_SPLIT, seed);
    train->index = malloc((size_t)(all->n - n + 1) * sizeof *train->index);
    held->index = malloc((size_t)(n + 1) * sizeof *held->index);
    bool ok = list && train->index && held->index;
    for (uint64_t i = 0; ok && i < all->n; i++) {
        DataView *to = i < n ? held : train;
        to->index[to->n++] = list[i].index;
    }
    free(list);
    if (!ok)
        return error_oom(err);
    qsort(train->index, (size_t)train->n, sizeof *train->index, by_number);
    qsort(held->index, (size_t)held->n, sizeof *held->index, by_number);
    return SPML_OK;
}

SpmlCode data_split(Dataset *d, double share, uint64_t seed, DataView *train, DataView *held, Error *err)
{
    DataView all;
    *train = *held = (DataView){.d = d};
    if (!(share >= 0 && share < 1))
        return error_set(err, SPML_USAGE, "data-split", "a share of %g cannot be held out", share);
    if (d->info.form == DATA_TOKENS) {
        uint64_t n = portion(d->info.n, share);
        token_view(d, 0, d->info.n - n, train);
        token_view(d, d->info.n - n, d->info.n, held);
        return SPML_OK;
    }
    SpmlCode code = data_view(d, &all, err);
    if (!code)
        code = split_list(&all, share, seed, train, held, err);
    data_view_free(&all);
    if (code) {
        data_view_free(train);
        data_view_free(held);
    }
    return code;
}

/* ── pairs ── */

/* "10%" → 0.1, "none" → 0; false: a path. */
static bool parse_share(const char *val, double *share)
{
    const char *end;
    *share = 0;
    if (!strcmp(val, "none"))
        return true;
    if (!parse_f64(val, &end, share) || strcmp(end, "%"))
        return false;
    *share /= 100;
    return true;
}

static SpmlCode open_own(const DataOptions *o, const char *val, DataPair *out, Error *err)
{
    DataOptions own = *o;
    own.path = val ? val : o->path;
    own.held = !val;
    own.labels = NULL;
    own.like = out->set;
    own.kind = out->set->info.kind; /* what trains and what validates are of one kind */
    SpmlCode code = data_open(&own, &out->own, err);
    return code ? code : data_view(out->own, &out->val, err);
}

static SpmlCode open_held(const DataOptions *o, const char *val, uint64_t seed, DataPair *out, Error *err)
{
    double share = 0.1;
    Error none = {0};
    if (val && parse_share(val, &share))
        return data_split(out->set, share, seed, &out->train, &out->val, err);
    SpmlCode code = open_own(o, val, out, val ? err : &none);
    if (!val && code && !strcmp(none.key, "no-held-part"))
        return data_split(out->set, share, seed, &out->train, &out->val, err);
    if (code && !val) {
        error_set(err, none.code, none.key, "%s", none.text);
        return error_where(err, none.file, none.offset);
    }
    return code ? code : data_view(out->set, &out->train, err);
}

SpmlCode data_open_pair(const DataOptions *o, const char *val, uint64_t seed, DataPair *out, Error *err)
{
    *out = (DataPair){0};
    SpmlCode code = data_open(o, &out->set, err);
    if (!code)
        code = open_held(o, val, seed, out, err);
    if (code)
        data_pair_close(out);
    return code;
}

void data_pair_close(DataPair *p)
{
    data_view_free(&p->train);
    data_view_free(&p->val);
    data_close(&p->own);
    data_close(&p->set);
}

/* ── counting ── */

SpmlCode data_count_class(const DataView *v, uint64_t *count, Error *err)
{
    const DataInfo *info = &v->d->info;
    memset(count, 0, (size_t)info->n_classes * sizeof *count);
    if (info->target != TARGET_CLASS)
        return error_set(err, SPML_USAGE, "data-classes", "the data has no classes to count");
    for (uint64_t i = 0; i < v->n; i++)
        if (data_good(v->d, v->index[i]))
            count[v->d->label[v->index[i]]]++;
    return SPML_OK;
}

typedef struct Moments { uint64_t n, sum[3], squares[3]; } Moments;

static void add_pixels(Moments *m, const Image *im)
{
    size_t c = (size_t)im->channels, n = (size_t)im->w * (size_t)im->h;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < c; k++) {
            uint64_t v = im->p[i * c + k];
            m->sum[k] += v;
            m->squares[k] += v * v;
        }
    m->n += n;
}

static SpmlCode add_sample(const DataView *v, uint64_t i, int channels, Moments *m, Error *err)
{
    DataSample s = {0};
    Image im;
    Error e = {0};
    SpmlCode code = v->d->kind->sample(v->d, i, &s, &e);
    if (code == SPML_DATA)
        return data_note(v->d, i, &e, true, err);
    if (code)
        return error_set(err, e.code, e.key, "%s", e.text);
    code = image_recolour(&s.im, channels, &im, err);
    if (!code)
        add_pixels(m, &im);
    image_free(&im);
    if (!s.lent)
        image_free(&s.im);
    return code;
}

/* Mean and deviation of v/255 by channel, to four places: a model's metadata shows them. */
static void put_moments(const Moments *m, int channels, Text *out)
{
    char number[32];
    for (int what = 0; what < 2; what++) {
        text_puts(out, what ? "; std " : "; mean ");
        for (int k = 0; k < channels; k++) {
            double n = (double)m->n * 255, mean = (double)m->sum[k] / n, var = (double)m->squares[k] / (n * 255) - mean * mean;
            double x = what ? sqrt(var > 0 ? var : 0) : mean;
            x = rint(x * 1e4) / 1e4;
            text_printf(out, "%s%s", k ? "," : "", format_f64(number, what && x < 1e-4 ? 1 : x));
        }
    }
}

SpmlCode data_recipe(const DataView *train, int w, int h, int channels, Recipe *out, Error *err)
{
    enum { MOST = 512 };
    const DataInfo *info = &train->d->info;
    Moments m = {0};
    Text t = {0};
    if (info->form != DATA_IMAGE)
        return error_set(err, SPML_USAGE, "image-shape", "%s: the data is no pictures", info->path);
    w = w ? w : (int)info->dim[1];
    h = h ? h : (int)info->dim[0];
    if (!w || !h) {
        data_fail(err, info->path, -1, "image-shape", "the pictures differ in size");
        error_hint(err, "give the size that all shall have");
        return SPML_DATA;
    }
    Draw *list = draws(train, RNG_STATS, 0);
    SpmlCode code = list ? SPML_OK : error_oom(err);
    uint64_t n = train->d->kind == &data_folder && train->n > MOST ? MOST : train->n; /* pixels that are at hand are all counted */
    for (uint64_t i = 0; !code && i < n; i++)
        code = add_sample(train, list[i].index, channels, &m, err);
    free(list);
    if (!code && !m.n)
        code = data_fail(err, info->path, -1, "data-empty", "there is no picture to take mean and deviation of");
    text_printf(&t, "%s; resize %dx%d bilinear; x 1/255", channels == 1 ? "grey" : "rgb", w, h);
    if (!code)
        put_moments(&m, channels, &t);
    if (!code)
        code = t.oom ? error_oom(err) : recipe_parse(t.p, out, err);
    text_free(&t);
    return code;
}
