/* SPDX-License-Identifier: MIT
 * train: one row of a batch: reads the sample (the next one of the view in place of one that cannot be read), augments it, writes it by a table of what each
 * pixel value becomes under the recipe, which is made by the recipe itself: a model that is given the picture later sees the same bits. */
#include "train/data_row.h"

#include <stdlib.h>
#include <string.h>

/* ── making the maker ── */

static bool is_sized(StepKind k) { return k == STEP_RESIZE || k == STEP_CROP || k == STEP_LETTERBOX; }

static const Step *last_sized(const Recipe *r)
{
    const Step *last = NULL;
    for (int i = 0; i < r->n; i++)
        last = is_sized(r->step[i].kind) ? &r->step[i] : last;
    return last;
}

/* The recipe, fitted to the tensor that is asked for, or to the data's own size. */
static SpmlCode fit_recipe(const DataInfo *info, const LoaderOptions *o, DType dtype, Recipe *out, Error *err)
{
    static const Recipe unit = {.n = 1, .step = {{.kind = STEP_SCALE, .mul = 1, .div = 255}}};
    const Recipe *r = o->recipe ? o->recipe : &unit;
    Colour colour = COLOUR_ANY;
    for (int i = 0; i < r->n; i++)
        colour = r->step[i].kind == STEP_COLOUR ? r->step[i].colour : colour;
    bool sized = last_sized(r) != NULL, free_channels = colour != COLOUR_ANY;
    int64_t own[4] = {1, free_channels ? -1 : info->dim[2], sized ? -1 : info->dim[0], sized ? -1 : info->dim[1]};
    if (!o->rank_x && !sized && (!info->dim[0] || !info->dim[1])) {
        data_fail(err, info->path, -1, "image-shape", "the pictures differ in size");
        error_hint(err, "give the size that all shall have");
        return SPML_DATA;
    }
    if (!o->rank_x)
        return recipe_fit(r, dtype, 4, own, out, err);
    if (o->rank_x != 2 && o->rank_x != 3)
        return error_set(err, SPML_USAGE, "image-shape", "a picture is no tensor of rank %d", o->rank_x);
    int64_t given[4] = {1, o->dim_x[0], o->dim_x[1], o->dim_x[2]};
    return o->rank_x == 3 ? recipe_fit(r, dtype, 4, given, out, err) : recipe_fit(r, dtype, 2, o->dim_x, out, err);
}

/* What every value of every channel becomes, in the tensor's order of channels: a picture of all values sent through the arithmetic. */
static SpmlCode make_table(RowMaker *m, const Recipe *fitted, Error *err)
{
    Recipe r = {0}, ready;
    Image im;
    MediaTensor t = {0};
    int64_t dim[4] = {1, m->channels, 16, 16};
    for (int i = 0; i < fitted->n; i++)
        if (!is_sized(fitted->step[i].kind) && fitted->step[i].kind != STEP_LAYOUT && fitted->step[i].kind != STEP_ORIENT)
            r.step[r.n++] = fitted->step[i];
    r.step[r.n++] = (Step){.kind = STEP_LAYOUT, .layout = PIXELS_NCHW};
    SpmlCode code = image_new(16, 16, m->channels, 0, &im, err);
    for (int i = 0; !code && i < 256 * m->channels; i++)
        im.p[i] = (uint8_t)(i / m->channels);
    if (!code)
        code = recipe_fit(&r, m->dtype, 4, dim, &ready, err);
    if (!code)
        code = recipe_run(&ready, &im, m->dtype, 4, NULL, 0, &t, NULL, err);
    m->table = t.p; /* malloc'ed; ours now */
    image_free(&im);
    return code;
}

static SpmlCode picture_maker(RowMaker *m, const LoaderOptions *o, Error *err)
{
    const DataInfo *info = &m->v.d->info;
    Recipe fitted;
    SpmlCode code = fit_recipe(info, o, m->dtype, &fitted, err);
    if (code)
        return code;
    const Step *size = last_sized(&fitted);
    int n_sized = 0;
    for (int i = 0; i < fitted.n; i++) {
        const Step *s = &fitted.step[i];
        if (s->kind == STEP_COLOUR) {
            m->channels = s->colour == COLOUR_GREY ? 1 : 3;
            m->swap = s->colour == COLOUR_BGR;
        }
        m->last = s->kind == STEP_LAYOUT ? s->layout == PIXELS_NHWC : m->last;
        n_sized += is_sized(s->kind);
        if (is_sized(s->kind))
            m->geometry.step[m->geometry.n++] = *s;
    }
    if (size && size->is_short)
        return error_set(err, SPML_DATA, "image-shape", "the recipe leaves the picture's size open: centre-crop after the resize");
    m->w = size ? size->w : (int)info->dim[1];
    m->h = size ? size->h : (int)info->dim[0];
    m->plain = n_sized == 0 || (n_sized == 1 && size->kind == STEP_RESIZE);
    m->geometry.step[m->geometry.n++] = (Step){.kind = STEP_COLOUR, .colour = m->channels == 1 ? COLOUR_GREY : COLOUR_RGB};
    m->geometry.step[m->geometry.n++] = (Step){.kind = STEP_LAYOUT, .layout = PIXELS_NHWC};
    m->rank = o->rank_x ? o->rank_x : 3;
    int64_t first[3] = {m->channels, m->h, m->w}, last[3] = {m->h, m->w, m->channels};
    memcpy(m->dim, o->rank_x ? o->dim_x : m->last ? last : first, sizeof first);
    return make_table(m, &fitted, err);
}

static SpmlCode check_augment(RowMaker *m, const LoaderOptions *o, Error *err)
{
    Augment a = o->train ? o->augment : (Augment){0};
    DataForm form = m->v.d->info.form;
    m->augment = a;
    m->pixels_change = a.flip > 0 || a.vflip > 0 || a.crop > 0 || a.rotate > 0 || a.brightness > 0 || a.contrast > 0 || a.saturation > 0 || a.erase > 0;
    if ((m->pixels_change || a.rcrop > 0) && form != DATA_IMAGE)
        return error_set(err, SPML_USAGE, "augment", "%s: only pictures can be augmented so; other samples by mixup", m->v.d->info.path);
    if (a.mixup > 0 && form == DATA_TOKENS)
        return error_set(err, SPML_USAGE, "augment", "%s: tokens cannot be mixed", m->v.d->info.path);
    if (a.mixup > 0 && m->target == TARGET_CLASS)
        m->target = TARGET_SOFT;
    return SPML_OK;
}

SpmlCode row_maker(const DataView *v, const LoaderOptions *o, RowMaker *out, Error *err)
{
    const DataInfo *info = &v->d->info;
    *out = (RowMaker){.v = *v, .train = o->train, .seed = o->seed, .target = info->target, .dtype = o->dtype ? o->dtype : DT_f32};
    if (!dtype_is_float(out->dtype) || dtype_info[out->dtype].block != 1)
        return error_set(err, SPML_USAGE, "data-dtype", "batches of %s cannot be made", dtype_name(out->dtype));
    SpmlCode code = check_augment(out, o, err);
    if (!code && info->form == DATA_IMAGE)
        code = picture_maker(out, o, err);
    else if (!code) {
        out->rank = info->rank;
        memcpy(out->dim, info->dim, sizeof out->dim);
    }
    out->n_x = 1;
    for (int i = 0; i < out->rank; i++)
        out->n_x *= (uint64_t)out->dim[i];
    return code;
}

void row_maker_free(RowMaker *m)
{
    free(m->table);
    m->table = NULL;
}

SpmlCode row_batch(const RowMaker *m, int64_t rows, Batch *out, Error *err)
{
    int64_t dim[IR_MAX_RANK + 1] = {rows};
    bool tokens = m->target == TARGET_TOKENS, many = m->target != TARGET_CLASS && m->target != TARGET_NONE;
    if (m->rank + 1 > IR_MAX_RANK)
        return error_set(err, SPML_UNSUPPORTED, "data-shape", "samples of rank %d", m->rank);
    memcpy(dim + 1, m->dim, (size_t)m->rank * sizeof *dim);
    SpmlCode code = rt_alloc(&out->x, tokens ? DT_i64 : m->dtype, m->rank + 1, dim, err);
    dim[1] = tokens ? m->dim[0] : m->v.d->info.n_classes;
    if (!code)
        code = rt_alloc(&out->y, tokens || m->target == TARGET_CLASS ? DT_i64 : m->dtype, many ? 2 : 1, dim, err);
    return code ? code : rt_alloc(&out->weight, m->dtype, 1, dim, err);
}

void row_batch_free(Batch *b)
{
    rt_clear(&b->x);
    rt_clear(&b->y);
    rt_clear(&b->weight);
}

SpmlCode row_scratch(const RowMaker *m, RowScratch *out, Error *err)
{
    size_t sz = 0;
    if (m->augment.mixup > 0 && dtype_bytes(m->dtype, m->n_x, &sz))
        out->x = malloc(sz + 1);
    out->values = calloc(2 * (size_t)m->v.d->info.n_classes + 1, sizeof *out->values);
    return out->values && (out->x || m->augment.mixup <= 0) ? SPML_OK : error_oom(err);
}

void row_scratch_free(RowScratch *s)
{
    free(s->values);
    free(s->x);
}

/* ── pictures ── */

static void emit(const RowMaker *m, const Image *im, uint8_t *to)
{
    size_t n = (size_t)im->w * (size_t)im->h, channels = (size_t)m->channels, width = dtype_info[m->dtype].bytes;
    for (size_t c = 0; c < channels; c++) {
        const uint8_t *p = im->p + (m->swap ? channels - 1 - c : c), *t = m->table + c * 256 * width;
        uint8_t *q = to + c * (m->last ? width : n * width);
        size_t step = m->last ? channels * width : width;
        if (width == 4)
            for (size_t i = 0; i < n; i++, p += channels, q += step)
                memcpy(q, t + 4 * (size_t)*p, 4);
        else
            for (size_t i = 0; i < n; i++, p += channels, q += step)
                memcpy(q, t + width * *p, width);
    }
}

/* *im, which is owned, becomes what the recipe's geometry makes of it. */
static SpmlCode run_geometry(const RowMaker *m, Image *im, Error *err)
{
    MediaTensor t;
    if (m->plain && im->w == m->w && im->h == m->h)
        return SPML_OK;
    SpmlCode code = recipe_run(&m->geometry, im, DT_u8, 4, NULL, 0, &t, NULL, err);
    if (code)
        return code;
    image_free(im);
    *im = (Image){.w = m->w, .h = m->h, .channels = m->channels, .p = t.p};
    return SPML_OK;
}

static SpmlCode put_picture(const RowMaker *m, uint64_t i, uint64_t epoch, DataSample *s, uint8_t *to, Error *err)
{
    bool change = m->pixels_change || m->augment.rcrop > 0;
    if (!change && m->plain && s->im.w == m->w && s->im.h == m->h && s->im.channels == m->channels) {
        emit(m, &s->im, to);
        return SPML_OK;
    }
    Image im;
    Rng r = rng_make(m->seed, RNG_AUGMENT, epoch, i);
    SpmlCode code = image_recolour(&s->im, m->channels, &im, err); /* a copy in any case */
    if (!code)
        code = m->augment.rcrop > 0 ? augment_part(&m->augment, &r, &im, m->w, m->h, err) : run_geometry(m, &im, err);
    if (!code && m->pixels_change)
        code = augment_picture(&m->augment, &r, &im, err);
    if (!code)
        emit(m, &im, to);
    image_free(&im);
    return code;
}

/* ── one sample ── */

static SpmlCode read_one(const RowMaker *m, uint64_t i, uint64_t epoch, DataSample *s, void *x, Error *err)
{
    s->x = x;
    s->dtype = m->dtype;
    s->im = (Image){0};
    s->lent = false;
    SpmlCode code = m->v.d->kind->sample(m->v.d, i, s, err);
    if (!code && m->v.d->info.form == DATA_IMAGE)
        code = put_picture(m, i, epoch, s, x, err);
    if (!s->lent)
        image_free(&s->im);
    return code;
}

/* Sample `at` of the view into x and s; where it cannot be read, the next that can. *i: its number in the data. */
static SpmlCode read_any(const RowMaker *m, uint64_t at, uint64_t epoch, DataSample *s, void *x, uint64_t *i, Error *err)
{
    for (uint64_t tries = 0; tries < m->v.n; tries++) {
        Error e = {0};
        *i = m->v.index[(at + tries) % m->v.n];
        if (!data_good(m->v.d, *i))
            continue;
        SpmlCode code = read_one(m, *i, epoch, s, x, &e);
        if (!code)
            return SPML_OK;
        if (code != SPML_DATA) {
            error_set(err, code, e.key, "%s", e.text);
            return error_where(err, e.file, e.offset);
        }
        code = data_note(m->v.d, *i, &e, true, err);
        if (code)
            return code;
    }
    return data_fail(err, m->v.d->info.path, -1, "data-bad", "not one sample can be read");
}

/* ── mixup ── */

/* a[n] ← part · a + (1 − part) · b */
static void mix(DType t, void *a, const void *b, uint64_t n, double part)
{
    float *x = a;
    const float *y = b;
    for (uint64_t i = 0; t == DT_f32 && i < n; i++)
        x[i] = (float)(part * (double)x[i] + (1 - part) * (double)y[i]);
    for (uint64_t i = 0; t != DT_f32 && i < n; i++)
        dtype_set_f64(t, a, i, part * dtype_get_f64(t, a, i) + (1 - part) * dtype_get_f64(t, b, i));
}

/* A partner drawn from the whole view, augmented as in its own place; s->label and values of both in target and values. */
static SpmlCode mix_partner(const RowMaker *m, uint64_t i, uint64_t epoch, RowScratch *w, void *x, DataSample *other, double *part, Error *err)
{
    Rng r = rng_make(m->seed, RNG_MIXUP, epoch, i);
    uint64_t at = rng_below(&r, m->v.n), j;
    *part = augment_mix(m->augment.mixup, &r);
    other->values = w->values + m->v.d->info.n_classes;
    SpmlCode code = read_any(m, at, epoch, other, w->x, &j, err);
    if (!code)
        mix(m->dtype, x, w->x, m->n_x, *part);
    return code;
}

/* ── rows ── */

static void put_target(const RowMaker *m, const DataSample *s, const DataSample *other, double part, int64_t row, Batch *b)
{
    uint64_t k = (uint64_t)m->v.d->info.n_classes, at = (uint64_t)row * k;
    if (m->target == TARGET_CLASS)
        ((int64_t *)b->y.data)[row] = s->label;
    for (uint64_t i = 0; m->target == TARGET_VALUES && i < k; i++)
        dtype_set_f64(m->dtype, b->y.data, at + i, other ? part * s->values[i] + (1 - part) * other->values[i] : s->values[i]);
    for (uint64_t i = 0; m->target == TARGET_SOFT && i < k; i++)
        dtype_set_f64(m->dtype, b->y.data, at + i, part * (i == (uint64_t)s->label) + (1 - part) * (i == (uint64_t)other->label));
}

static void put_tokens(const RowMaker *m, uint64_t epoch, uint64_t place, int64_t row, Batch *b)
{
    const DataView *v = &m->v;
    uint64_t ctx = (uint64_t)m->dim[0], from = v->from + place * ctx;
    if (m->train) {
        Rng r = rng_make(m->seed, RNG_WINDOW, epoch, place);
        from = v->from + rng_below(&r, v->to - v->from - ctx);
    }
    int64_t *x = (int64_t *)b->x.data + (uint64_t)row * ctx, *y = (int64_t *)b->y.data + (uint64_t)row * ctx;
    for (uint64_t i = 0; i < ctx; i++) {
        x[i] = dtype_get_i64(v->d->token_type, v->d->token, from + i);
        y[i] = dtype_get_i64(v->d->token_type, v->d->token, from + i + 1);
    }
}

SpmlCode row_make(const RowMaker *m, uint64_t at, uint64_t epoch, uint64_t place, int64_t row, bool real, RowScratch *w, Batch *b, Error *err)
{
    dtype_set_f64(m->dtype, b->weight.data, (uint64_t)row, real);
    if (m->v.d->info.form == DATA_TOKENS) {
        put_tokens(m, epoch, place, row, b);
        return SPML_OK;
    }
    DataSample s = {.values = w->values}, other = {0};
    uint8_t *x = (uint8_t *)b->x.data + (uint64_t)row * m->n_x * dtype_info[m->dtype].bytes;
    uint64_t i;
    double part = 1;
    bool mixed = m->augment.mixup > 0;
    SpmlCode code = read_any(m, at, epoch, &s, x, &i, err);
    if (!code && mixed)
        code = mix_partner(m, i, epoch, w, x, &other, &part, err);
    if (!code)
        put_target(m, &s, mixed ? &other : NULL, part, row, b);
    return code;
}
