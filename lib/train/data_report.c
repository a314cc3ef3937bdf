/* SPDX-License-Identifier: MIT
 * train: --check-data: reads every sample of a data set once and tells what is there: kind, shapes, classes with their counts, what cannot be read and why. */
#include "train/data_internal.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK = 16, LISTED = 20 };

typedef struct Check {
    Dataset *d;
    DataReport *r;
    pthread_mutex_t lock;
    SpmlCode code;
    Error err;
} Check;

static void keep_error(Check *c, SpmlCode code, const Error *e)
{
    pthread_mutex_lock(&c->lock);
    if (!c->code) {
        c->code = code;
        c->err = *e;
    }
    pthread_mutex_unlock(&c->lock);
}

static void count_sample(Check *c, const DataSample *s)
{
    pthread_mutex_lock(&c->lock);
    DataReport *r = c->r;
    if (c->d->info.form == DATA_IMAGE) {
        r->w[0] = r->n_good && r->w[0] < s->im.w ? r->w[0] : s->im.w;
        r->h[0] = r->n_good && r->h[0] < s->im.h ? r->h[0] : s->im.h;
        r->w[1] = r->w[1] > s->im.w ? r->w[1] : s->im.w;
        r->h[1] = r->h[1] > s->im.h ? r->h[1] : s->im.h;
    }
    r->n_good++;
    if (c->d->info.target == TARGET_CLASS)
        r->count[s->label]++;
    pthread_mutex_unlock(&c->lock);
}

static bool check_sample(Check *c, uint64_t i, DataSample *s)
{
    Error e = {0}, out = {0};
    s->im = (Image){0};
    s->lent = false;
    if (!data_good(c->d, i))
        return true;
    SpmlCode code = c->d->kind->sample(c->d, i, s, &e);
    if (!code)
        count_sample(c, s);
    else if (code == SPML_DATA)
        code = data_note(c->d, i, &e, false, &out);
    else
        out = e;
    if (!s->lent)
        image_free(&s->im);
    if (code)
        keep_error(c, code, &out);
    return !code;
}

static void check_chunk(void *ctx, int64_t chunk, int thread)
{
    Check *c = ctx;
    const DataInfo *info = &c->d->info;
    size_t n = 1;
    for (int i = 0; info->form == DATA_TENSOR && i < info->rank; i++)
        n *= (size_t)info->dim[i];
    DataSample s = {.dtype = DT_f32, .x = info->form == DATA_TENSOR ? malloc(n * 4 + 1) : NULL, .values = calloc((size_t)info->n_classes + 1, sizeof(double))};
    Error e = {0};
    bool ok = s.values && (s.x || info->form != DATA_TENSOR);
    if (!ok)
        keep_error(c, error_oom(&e), &e);
    for (uint64_t i = (uint64_t)chunk * CHUNK; ok && i < info->n && i < ((uint64_t)chunk + 1) * CHUNK; i++)
        ok = check_sample(c, i, &s);
    free(s.x);
    free(s.values);
}

SpmlCode data_check(Dataset *d, Pool *pool, DataReport *out, Error *err)
{
    *out = (DataReport){.info = &d->info, .n = d->info.n};
    Check c = {.d = d, .r = out};
    out->count = arena_array(&out->arena, uint64_t, d->info.n_classes + 1);
    if (!out->count)
        return error_oom(err);
    pthread_mutex_init(&c.lock, NULL);
    if (d->info.form == DATA_TOKENS)
        out->n_good = d->info.n;
    else
        pool_run(pool, (int64_t)((d->info.n + CHUNK - 1) / CHUNK), check_chunk, &c);
    for (uint64_t i = 0; d->info.form == DATA_TOKENS && i < d->info.n; i++)
        out->count[dtype_get_i64(d->token_type, d->token, i)]++;
    pthread_mutex_destroy(&c.lock);
    out->n_bad = data_bad(d, &out->arena, &out->bad);
    if (!c.code)
        return SPML_OK;
    data_report_free(out);
    error_set(err, c.code, c.err.key, "%s", c.err.text);
    return error_where(err, c.err.file, c.err.offset);
}

void data_report_free(DataReport *r)
{
    arena_free(&r->arena);
    *r = (DataReport){0};
}

static void put_shape(const DataReport *r, Text *out)
{
    const DataInfo *i = r->info;
    if (i->form == DATA_IMAGE && r->w[0] == r->w[1] && r->h[0] == r->h[1])
        text_printf(out, "pictures of %dx%d, %s", r->w[0], r->h[0], i->dim[2] == 1 ? "grey" : "colour");
    else if (i->form == DATA_IMAGE)
        text_printf(out, "pictures of %dx%d to %dx%d, %s", r->w[0], r->h[0], r->w[1], r->h[1], i->dim[2] == 1 ? "grey" : "colour");
    else if (i->form == DATA_TOKENS)
        text_printf(out, "windows of %lld %s", (long long)i->dim[0], i->classes ? "characters" : "bytes");
    else {
        text_puts(out, "tensors [");
        for (int k = 0; k < i->rank; k++)
            text_printf(out, "%s%lld", k ? "," : "", (long long)i->dim[k]);
        text_puts(out, "]");
    }
}

static void put_classes(const DataReport *r, Text *out)
{
    const DataInfo *i = r->info;
    if (i->target == TARGET_VALUES)
        text_printf(out, "target: %d value%s\n", i->n_classes, i->n_classes == 1 ? "" : "s");
    else
        text_printf(out, "%s: %d\n", i->target == TARGET_TOKENS ? "vocabulary" : "classes", i->n_classes);
    for (int k = 0; i->target == TARGET_CLASS && k < i->n_classes; k++) {
        if (k == 100) {
            text_printf(out, "  and %d more\n", i->n_classes - k);
            return;
        }
        text_printf(out, "  %8llu  ", (unsigned long long)r->count[k]);
        text_escape_terminal(out, i->classes[k], strlen(i->classes[k]));
        text_puts(out, r->count[k] ? "\n" : "  (no sample)\n");
    }
}

void data_report_print(const DataReport *r, Text *out)
{
    const DataInfo *i = r->info;
    text_escape_terminal(out, i->path, strlen(i->path));
    text_printf(out, ": %s, %llu %s\n", i->kind, (unsigned long long)r->n, i->form == DATA_TOKENS ? "tokens" : r->n == 1 ? "sample" : "samples");
    put_shape(r, out);
    text_puts(out, "\n");
    put_classes(r, out);
    text_printf(out, "unreadable: %llu\n", (unsigned long long)r->n_bad);
    for (uint64_t k = 0; k < r->n_bad; k++) {
        if (k == LISTED) {
            text_printf(out, "  and %llu more\n", (unsigned long long)(r->n_bad - k));
            return;
        }
        text_puts(out, "  ");
        text_escape_terminal(out, r->bad[k].where, strlen(r->bad[k].where));
        text_puts(out, ": ");
        text_escape_terminal(out, r->bad[k].why, strlen(r->bad[k].why));
        text_puts(out, "\n");
    }
}

static void put_json(Text *out, const char *name, const char *value)
{
    text_printf(out, "\"%s\":\"", name);
    text_escape_json(out, value, strlen(value));
    text_puts(out, "\"");
}

void data_report_json(const DataReport *r, Text *out)
{
    static const char *const forms[] = {"", "image", "tensor", "tokens"}, *const targets[] = {"none", "class", "values", "tokens", "soft"};
    const DataInfo *i = r->info;
    text_puts(out, "{\"schema\":\"spml.data/1\",");
    put_json(out, "path", i->path);
    text_printf(out, ",\"kind\":\"%s\",\"form\":\"%s\",\"target\":\"%s\",\"samples\":%llu,\"readable\":%llu,\"unreadable\":%llu,\"shape\":[", i->kind, forms[i->form], targets[i->target],
                (unsigned long long)r->n, (unsigned long long)r->n_good, (unsigned long long)r->n_bad);
    for (int k = 0; k < i->rank; k++)
        text_printf(out, "%s%lld", k ? "," : "", (long long)i->dim[k]);
    text_puts(out, "]");
    if (i->form == DATA_IMAGE)
        text_printf(out, ",\"smallest\":[%d,%d],\"largest\":[%d,%d]", r->w[0], r->h[0], r->w[1], r->h[1]);
    text_puts(out, ",\"classes\":[");
    for (int k = 0; i->classes && k < i->n_classes; k++) {
        text_puts(out, k ? ",{" : "{");
        put_json(out, "name", i->classes[k]);
        text_printf(out, ",\"count\":%llu}", (unsigned long long)r->count[k]);
    }
    text_puts(out, "],\"bad\":[");
    for (uint64_t k = 0; k < r->n_bad; k++) {
        text_printf(out, "%s{\"index\":%llu,", k ? "," : "", (unsigned long long)r->bad[k].index);
        put_json(out, "where", r->bad[k].where);
        text_puts(out, ",");
        put_json(out, "why", r->bad[k].why);
        text_puts(out, "}");
    }
    text_puts(out, "]}");
}
