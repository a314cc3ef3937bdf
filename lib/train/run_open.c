/* SPDX-License-Identifier: MIT
 * train: a run's parts are opened: the model's file, the data in the shape that the model wants, loaders, device, trainer. What does not fit is said here, before
 * the first step. */
#include "train/arch.h"
#include "train/run_internal.h"
#include "train/run_recipe.h"

#include "base/system.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 64, EPOCHS = 10, ROWS_AN_EPOCH = 50, DECODERS = 4 };

/* ── the model's file ── */

/* Inputs that have a value are weights: old files list those among the inputs. */
static void drop_defaults(Graph *g)
{
    size_t n = 0;
    for (size_t i = 0; i < g->n_in; i++) {
        Value *v = g->in[i];
        if (v->data)
            v->residency = RES_CONST;
        else
            g->in[n++] = v;
    }
    g->n_in = n;
}

static SpmlCode load_model(TrainRun *r, Error *err)
{
    const char *path = r->o[RO_MODEL].s;
    SpmlCode code = pipeline_load(path, NULL, &(ReadOptions){0}, NULL, &r->arena, &r->model, &r->container, err);
    if (!code && !r->model)
        code = error_set(err, SPML_UNSUPPORTED, "no-graph", "it holds weights but no graph that could learn"), error_where(err, path, -1);
    if (!code)
        drop_defaults(r->model);
    return code;
}

static SpmlCode check_model(TrainRun *r, Error *err)
{
    const Graph *g = r->model;
    if (g->n_in != 1 || g->in[0]->type.kind != TYPE_TENSOR || g->in[0]->type.rank < 1)
        return error_set(err, SPML_UNSUPPORTED, "inputs", "a model of %zu inputs: data gives one tensor of known rank", g->n_in);
    if (!g->n_out || g->out[0]->type.kind != TYPE_TENSOR)
        return error_set(err, SPML_UNSUPPORTED, "output", "the model's first output is no tensor");
    return SPML_OK;
}

static const char *meta_of(TrainRun *r, const char *key)
{
    const Graph *g = r->model;
    for (size_t i = 0; g && i < g->n_meta; i++)
        if (g->meta[i].n_key == strlen(key) && !memcmp(g->meta[i].key, key, g->meta[i].n_key))
            return arena_strndup(&r->arena, g->meta[i].value, g->meta[i].n_value);
    return NULL;
}

/* Extent i of the model's input; 0: not fixed. */
static int64_t extent(const TrainRun *r, int i)
{
    int64_t n;
    const Type *t = &r->model->in[0]->type;
    return i < t->rank && dim_lit(t->dim[i], &n) ? n : 0;
}

/* ── the data ── */

/* Tokens of a window: --ctx, what the model takes, what the name of the net says. */
static int64_t context(const TrainRun *r)
{
    const char *arch = ro(r, RO_ARCH) ? r->o[RO_ARCH].s : "", *at = strstr(arch, "ctx="), *end;
    int64_t n;
    if (ro(r, RO_CTX))
        return r->o[RO_CTX].i;
    if (at && parse_i64(at + 4, &end, &n) && n > 0)
        return n;
    return r->model && r->model->n_in == 1 && r->model->in[0]->type.rank == 2 ? extent(r, 1) : 0;
}

static SpmlCode check_print(TrainRun *r, Error *err)
{
    char print[65];
    fingerprint_text(data_info(r->data.set)->fingerprint, print);
    if (!r->replay_print || !strcmp(print, r->replay_print))
        return SPML_OK;
    error_set(err, SPML_DATA, "data-other", "the data is not that of the run to be replayed");
    return error_where(err, r->o[RO_DATA].s, -1);
}

SpmlCode run_open_data(TrainRun *r, Error *err)
{
    const bool eval = ro(r, RO_EVAL_ONLY);
    static const char *const targets[] = {"none", "class", "values"};
    DataOptions o = {.path = r->o[RO_DATA].s, .labels = r->o[RO_DATA_LABELS].s, .kind = r->o[RO_DATA_KIND].s, .label_column = r->o[RO_LABEL_COLUMN].s, .ignore = r->o[RO_IGNORE_COLUMN].list,
        .n_ignore = (int)r->o[RO_IGNORE_COLUMN].n, .ctx = context(r), .bytes = ro(r, RO_BYTES)};
    for (int i = 1; ro(r, RO_TARGET) && i < 3; i++)
        o.target = !strcmp(r->o[RO_TARGET].s, targets[i]) ? (TargetForm)i : o.target;
    if (ro(r, RO_MAX_BAD))
        o.max_bad = r->o[RO_MAX_BAD].f > 0 ? r->o[RO_MAX_BAD].f : -1;
    if (!ro(r, RO_DATA))
        return error_set(err, SPML_USAGE, "data-missing", "nothing to learn from: data is not given");
    const char *val = ro(r, RO_VAL) ? r->o[RO_VAL].s : eval ? "none" : NULL;
    SpmlCode code = data_open_pair(&o, val, (uint64_t)ro_int(r, RO_SEED, 0), &r->data, err);
    if (code)
        return code;
    r->eval = eval && !r->data.val.n ? r->data.train : r->data.val;
    code = check_print(r, err);
    return code ? code : data_fit(&r->data.train, err);
}

/* ── what the model is given ── */

static SpmlCode picture_size(const TrainRun *r, int64_t *w, int64_t *h, Error *err)
{
    const char *s = r->o[RO_SIZE].s, *end;
    if (!ro(r, RO_SIZE))
        return SPML_OK;
    bool ok = parse_i64(s, &end, w) && *end == 'x' && parse_i64(end + 1, &end, h) && !*end && *w > 0 && *h > 0 && *w <= 16384 && *h <= 16384;
    return ok ? SPML_OK : error_set(err, SPML_USAGE, "option-value", "size: '%.80s' is not WIDTHxHEIGHT", s);
}

static SpmlCode differs(const TrainRun *r, Error *err)
{
    const DataInfo *d = data_info(r->data.set);
    Text have = {0}, want = {0};
    for (int i = 0; i < d->rank; i++)
        text_printf(&have, "%s%lld", i ? "," : "", (long long)d->dim[i]);
    type_print(&r->model->in[0]->type, &want);
    error_set(err, SPML_DATA, "shape", "a sample of the data is [%s], the model's input is %s", have.p ? have.p : "", want.p ? want.p : "");
    text_free(&have);
    text_free(&want);
    return SPML_DATA;
}

/* Pictures: [C,H,W], [H,W,C] or [H,W] as the model's input is; a model of rows takes them as one row of [C,H,W]. */
static SpmlCode picture_shape(TrainRun *r, Error *err)
{
    const DataInfo *d = data_info(r->data.set);
    const int rank = r->model->in[0]->type.rank;
    int64_t w = d->dim[1], h = d->dim[0], c = d->dim[2] ? d->dim[2] : 3;
    SpmlCode code = picture_size(r, &w, &h, err);
    if (code)
        return code;
    const bool last = rank == 4 && extent(r, 1) != 1 && extent(r, 1) != 3 && (extent(r, 3) == 1 || extent(r, 3) == 3);
    if (rank == 4) {
        c = extent(r, last ? 3 : 1) ? extent(r, last ? 3 : 1) : c;
        h = extent(r, last ? 1 : 2) ? extent(r, last ? 1 : 2) : h;
        w = extent(r, last ? 2 : 3) ? extent(r, last ? 2 : 3) : w;
    } else if (rank == 3) {
        c = 1;
        h = extent(r, 1) ? extent(r, 1) : h;
        w = extent(r, 2) ? extent(r, 2) : w;
    }
    if (!w || !h) {
        error_set(err, SPML_DATA, "image-shape", "the pictures differ in size, and the model takes any");
        error_hint(err, "--size 224x224");
        return error_where(err, d->path, -1);
    }
    r->load.rank_x = rank == 3 ? 2 : 3;
    memcpy(r->load.dim_x, rank == 3 ? (int64_t[4]){h, w} : last ? (int64_t[4]){h, w, c} : (int64_t[4]){c, h, w}, sizeof r->load.dim_x);
    if (rank == 2 && extent(r, 1) && extent(r, 1) != c * h * w)
        return differs(r, err);
    if (rank < 2 || rank > 4)
        return differs(r, err);
    r->rank_x = rank;
    if (rank == 2)
        r->dim_x[1] = c * h * w;
    else
        memcpy(r->dim_x + 1, r->load.dim_x, (size_t)r->load.rank_x * sizeof(int64_t));
    return SPML_OK;
}

/* Rows and windows: as they are, or with the same elements in the model's extents. */
static SpmlCode plain_shape(TrainRun *r, Error *err)
{
    const DataInfo *d = data_info(r->data.set);
    const Type *t = &r->model->in[0]->type;
    int64_t have = 1, want = 1;
    bool fixed = true;
    for (int i = 0; i < d->rank; i++)
        have *= d->dim[i];
    for (int i = 1; i < t->rank; i++) {
        fixed = fixed && extent(r, i);
        want *= extent(r, i);
    }
    r->rank_x = t->rank;
    if (fixed && want == have) {
        for (int i = 1; i < t->rank; i++)
            r->dim_x[i] = extent(r, i);
        return SPML_OK;
    }
    bool same = t->rank == d->rank + 1;
    for (int i = 1; same && i < t->rank; i++)
        same = !extent(r, i) || extent(r, i) == d->dim[i - 1];
    memcpy(r->dim_x + 1, d->dim, (size_t)(same ? d->rank : 0) * sizeof *d->dim);
    return same ? SPML_OK : differs(r, err);
}

static SpmlCode make_recipe(TrainRun *r, Error *err)
{
    const char *meta = meta_of(r, "spml.preprocess");
    const bool last = r->rank_x == 4 && r->dim_x[3] == r->load.dim_x[2] && (r->dim_x[3] == 1 || r->dim_x[3] == 3) && r->dim_x[1] != 1 && r->dim_x[1] != 3;
    const int64_t *x = r->load.dim_x;
    const int w = (int)(r->load.rank_x == 2 || last ? x[1] : x[2]), h = (int)(r->load.rank_x == 2 || last ? x[0] : x[1]), c = (int)(r->load.rank_x == 2 ? 1 : last ? x[2] : x[0]);
    const RecipeWish wish = {r->o[RO_RECIPE].s, r->o[RO_PRESET].s, meta, ro(r, RO_EVAL_ONLY) ? NULL : &r->data.train, w, h, c};
    if (c != 1 && c != 3)
        return differs(r, err);
    SpmlCode code = run_recipe(&wish, &r->arena, &r->recipe, &r->recipe_text, err);
    r->load.recipe = r->recipe;
    return code;
}

static SpmlCode fit_input(TrainRun *r, Error *err)
{
    const DataInfo *d = data_info(r->data.set);
    const DType in = r->model->in[0]->type.dtype, out = r->model->out[0]->type.dtype;
    const bool tokens = d->form == DATA_TOKENS;
    if (tokens ? in != DT_i64 : in != DT_f32 && in != DT_f64)
        return error_set(err, tokens ? SPML_DATA : SPML_UNSUPPORTED, "dtype", "the model's input is %s, the data gives %s", dtype_name(in), tokens ? "i64 tokens" : "f32 or f64");
    r->load.dtype = tokens ? out == DT_f64 ? DT_f64 : DT_f32 : in;
    SpmlCode code = d->form == DATA_IMAGE ? picture_shape(r, err) : plain_shape(r, err);
    return code || d->form != DATA_IMAGE ? code : make_recipe(r, err);
}

/* ── classes ── */

/* Classes that the model's output tells apart; 0: not known. */
static int64_t output_classes(const TrainRun *r)
{
    const Type *t = &r->model->out[0]->type;
    int64_t n = 0;
    if (t->rank >= 2 && !dim_lit(t->dim[data_info(r->data.set)->target == TARGET_TOKENS ? t->rank - 1 : 1], &n))
        n = 0;
    return n;
}

/* Line `name` of labels, −1: none; *n: how many lines there are. */
static int64_t line_named(const char *labels, const char *name, int64_t *n)
{
    int64_t found = -1;
    *n = 0;
    for (const char *p = labels; *p; ++*n) {
        size_t len = strcspn(p, "\n"), bare = len && p[len - 1] == '\r' ? len - 1 : len;
        if (found < 0 && strlen(name) == bare && !memcmp(p, name, bare))
            found = *n;
        p += len + (p[len] == '\n');
    }
    return found;
}

/* A model that names its classes learns and is measured by name. */
static SpmlCode match_labels(TrainRun *r, const char *labels, Error *err)
{
    const DataInfo *d = data_info(r->data.set);
    r->class_of = arena_array(&r->arena, int64_t, d->n_classes + 1);
    if (!r->class_of)
        return error_oom(err);
    for (int i = 0; i < d->n_classes; i++) {
        int64_t n, at = line_named(labels, d->classes[i], &n);
        if (at < 0 || at >= r->n_out) {
            error_set(err, SPML_DATA, "labels", "class '%.200s' of the data is none of the model's %lld labels", d->classes[i], (long long)n);
            error_hint(err, "--replace-head %d learns new classes", d->n_classes);
            return SPML_DATA;
        }
        r->class_of[i] = at;
    }
    return SPML_OK;
}

static SpmlCode fit_classes(TrainRun *r, Error *err)
{
    const DataInfo *d = data_info(r->data.set);
    const char *labels = ro(r, RO_REPLACE_HEAD) ? NULL : meta_of(r, "spml.labels");
    if (d->target != TARGET_CLASS && d->target != TARGET_TOKENS)
        return d->target == TARGET_VALUES ? SPML_OK : error_set(err, SPML_DATA, "target", "the data has nothing to learn: no classes, values or text");
    r->n_out = (int)output_classes(r);
    r->n_out = r->n_out ? r->n_out : d->n_classes;
    if (labels && d->target == TARGET_CLASS)
        return match_labels(r, labels, err);
    if (r->n_out == d->n_classes)
        return SPML_OK;
    error_set(err, SPML_DATA, "classes", "the data has %d %s, the model tells %d apart", d->n_classes, d->target == TARGET_TOKENS ? "tokens" : "classes", r->n_out);
    if (d->target == TARGET_CLASS)
        error_hint(err, "--replace-head %d", d->n_classes);
    return SPML_DATA;
}

static SpmlCode balanced(TrainRun *r, double *w, Error *err)
{
    const DataInfo *d = data_info(r->data.set);
    uint64_t *count = arena_array(&r->arena, uint64_t, d->n_classes + 1);
    SpmlCode code = count ? data_count_class(&r->data.train, count, err) : error_oom(err);
    for (int i = 0; i < d->n_classes && !code; i++)
        w[r->class_of ? r->class_of[i] : i] = count[i] ? (double)r->data.train.n / ((double)d->n_classes * (double)count[i]) : 1;
    return code;
}

/* A model that says what it was given before: the same characters, or it reads nonsense; columns with other statistics are said. */
static SpmlCode match_data(TrainRun *r, Error *err)
{
    const DataInfo *d = data_info(r->data.set);
    const char *was = meta_of(r, "spml.data");
    Text now = {0};
    if (!was || d->form == DATA_IMAGE)
        return SPML_OK;
    data_describe(r->data.set, &now);
    const bool same = now.p && !strcmp(now.p, was), oom = now.oom;
    text_free(&now);
    if (oom || same)
        return oom ? error_oom(err) : SPML_OK;
    if (d->form == DATA_TOKENS)
        return error_set(err, SPML_DATA, "vocabulary", "the text has not the characters that the model has learned, in their order"), error_where(err, d->path, -1);
    run_note(r, "the model has learned with other columns or statistics (spml.data) than this data has");
    return SPML_OK;
}

static SpmlCode class_weights(TrainRun *r, Error *err)
{
    const char *s = r->o[RO_CLASS_WEIGHTS].s, *end;
    int n = 0;
    if (!ro(r, RO_CLASS_WEIGHTS))
        return SPML_OK;
    if (!r->n_out || data_info(r->data.set)->target != TARGET_CLASS)
        return error_set(err, SPML_USAGE, "class-weights", "the data has no classes that could have weights");
    double *w = arena_array(&r->arena, double, r->n_out);
    if (!w)
        return error_oom(err);
    for (int i = 0; i < r->n_out; i++)
        w[i] = 1;
    r->t.class_weights = w;
    r->t.n_class_weights = r->n_out;
    if (!strcmp(s, "balanced"))
        return balanced(r, w, err);
    for (; *s && n < r->n_out && parse_f64(s, &end, &w[n]) && w[n] >= 0; n++)
        s = *end == ',' ? end + 1 : end;
    return *s || n != r->n_out ? error_set(err, SPML_USAGE, "class-weights", "class-weights: not balanced, nor %d numbers", r->n_out) : SPML_OK;
}

/* ── loaders and trainer ── */

static SpmlCode open_loaders(TrainRun *r, Error *err)
{
    const DataInfo *d = data_info(r->data.set);
    const uint64_t n = ro(r, RO_EVAL_ONLY) ? r->eval.n : r->data.train.n;
    const int cpus = system_cpus() / (r->ranks ? ranks_beside(r->ranks) : 1);
    SpmlCode code = SPML_OK;
    r->load.batch = ro_int(r, RO_BATCH, n < BATCH && n ? (int64_t)n : BATCH);
    r->load.rank = r->rank;
    r->load.n_ranks = r->n_ranks;
    r->rows = r->load.batch / r->n_ranks;
    r->load.train = true;
    r->load.seed = (uint64_t)ro_int(r, RO_SEED, 0);
    r->load.threads = d->form != DATA_IMAGE || !strcmp(d->kind, "idx") ? 1 : cpus < 1 ? 1 : cpus < DECODERS ? cpus : DECODERS;
    r->target = d->target;
    if (!ro(r, RO_EVAL_ONLY))
        code = loader_open(&r->data.train, &r->load, &r->train, err);
    r->target = r->train ? loader_target(r->train) : r->target;
    LoaderOptions val = r->load;
    val.train = false;
    if (!code && r->eval.n)
        code = loader_open(&r->eval, &val, &r->val, err);
    return code;
}

static SpmlCode count_steps(TrainRun *r, Error *err)
{
    if (!r->train)
        return SPML_OK;
    const int64_t batches = (int64_t)loader_batches(r->train);
    r->per_epoch = batches / r->t.accumulate;
    if (!r->per_epoch)
        return error_set(err, SPML_USAGE, "accumulate", "%d batches make an update, and an epoch has %lld", r->t.accumulate, (long long)batches);
    if (ro(r, RO_EPOCHS) && ro(r, RO_STEPS))
        return error_set(err, SPML_USAGE, "option-conflict", "epochs and steps exclude each other");
    r->steps = ro(r, RO_STEPS) ? r->o[RO_STEPS].i : ro_int(r, RO_EPOCHS, EPOCHS) * r->per_epoch;
    r->epochs = (r->steps + r->per_epoch - 1) / r->per_epoch;
    r->log_every = ro_int(r, RO_LOG_EVERY, r->per_epoch > ROWS_AN_EPOCH ? r->per_epoch / ROWS_AN_EPOCH : 1);
    return run_schedule(r, err);
}

static RtValue header(DType t, int rank, const int64_t *dim)
{
    RtValue v = {.kind = TYPE_TENSOR, .dtype = t, .rank = rank, .own = RT_BORROWED};
    memcpy(v.dim, dim, (size_t)rank * sizeof *dim);
    return v;
}

static RtValue target_port(const TrainRun *r)
{
    const DataInfo *d = data_info(r->data.set);
    const int64_t b = r->rows;
    switch (r->target) {
    case TARGET_TOKENS: return header(DT_i64, 2, (int64_t[]){b, d->dim[0]});
    case TARGET_VALUES: return header(r->load.dtype, 2, (int64_t[]){b, d->n_classes});
    case TARGET_SOFT: return header(r->load.dtype, 2, (int64_t[]){b, r->n_out});
    case TARGET_CLASS:
    case TARGET_NONE: break;
    }
    return header(DT_i64, 1, &b);
}

static SpmlCode open_trainer(TrainRun *r, Error *err)
{
    r->dim_x[0] = r->rows;
    if (r->target == TARGET_SOFT && r->t.loss == LOSS_AUTO)
        r->t.loss = LOSS_CROSS_ENTROPY; /* shares of classes, no values */
    r->t.eval_only = ro(r, RO_EVAL_ONLY) && !ro(r, RO_RESUME); /* a checkpoint has states of the optimiser */
    r->t.forget = true;
    const RtValue x = header(r->model->in[0]->type.dtype, r->rank_x, r->dim_x), y = target_port(r);
    SpmlCode code = pipeline_device(&r->t.pipeline, &r->on, err);
    r->on_open = !code;
    if (!code)
        code = trainer_open(r->model, &r->t, &(TrainPorts){(const RtValue *const[]){&x}, 1, &y}, &r->on, &r->trainer, err);
    if (code && r->o[RO_MODEL].s && err && !err->file[0])
        error_where(err, r->o[RO_MODEL].s, -1);
    return code;
}

static void count_what_learns(TrainRun *r)
{
    for (size_t i = 0; i < trainer_params(r->trainer); i++) {
        TrainParam p;
        int64_t n = 1;
        trainer_param(r->trainer, i, &p);
        for (int k = 0; k < p.rank; k++)
            n *= p.dim[k];
        r->report.n_params += p.buffer ? 0 : n;
    }
    r->report.n_samples = r->train ? (int64_t)r->data.train.n : 0;
    r->report.n_val = (int64_t)r->eval.n;
}

const char *train_run_arch(size_t i, const char **about) { return arch_name(i, about); }

/* What a net by name is made for: a sample as it will be given. */
static SpmlCode build_arch(TrainRun *r, Error *err)
{
    const DataInfo *d = data_info(r->data.set);
    ArchPorts p = {.rank = d->rank, .tokens = d->form == DATA_TOKENS, .n_out = d->n_classes};
    int64_t w = d->dim[1], h = d->dim[0];
    SpmlCode code = d->form == DATA_IMAGE ? picture_size(r, &w, &h, err) : SPML_OK;
    memcpy(p.dim, d->dim, (size_t)d->rank * sizeof *d->dim);
    if (d->form == DATA_IMAGE)
        memcpy(p.dim, (int64_t[3]){d->dim[2] ? d->dim[2] : 3, h, w}, 3 * sizeof *p.dim);
    if (!code && d->form == DATA_IMAGE && (!w || !h)) {
        error_set(err, SPML_DATA, "image-shape", "the pictures differ in size");
        error_hint(err, "--size 224x224");
        code = error_where(err, d->path, -1);
    }
    return code ? code : arch_build(r->o[RO_ARCH].s, &p, (uint64_t)ro_int(r, RO_SEED, 0), &r->arena, &r->model, err);
}

/* The head is new, whatever is frozen. */
static SpmlCode new_head(TrainRun *r, Error *err)
{
    const char *head;
    SpmlCode code = arch_replace_head(r->model, (int)r->o[RO_REPLACE_HEAD].i, (uint64_t)ro_int(r, RO_SEED, 0), &head, err);
    if (!code)
        ((TrainGroup *)r->t.groups)[r->t.n_groups++] = (TrainGroup){head, 1, NAN, false};
    return code;
}

/* A file says what the data is to be like; a net by name is made for the data. */
static SpmlCode open_both(TrainRun *r, Error *err)
{
    if (ro(r, RO_MODEL) == ro(r, RO_ARCH))
        return error_set(err, SPML_USAGE, "model-missing", ro(r, RO_ARCH) ? "a model and an arch exclude each other" : "nothing that could learn: neither model nor arch is given");
    SpmlCode code = ro(r, RO_MODEL) ? load_model(r, err) : SPML_OK;
    if (!code)
        code = run_open_data(r, err);
    if (!code && ro(r, RO_ARCH))
        code = build_arch(r, err);
    if (!code)
        code = check_model(r, err);
    return code || !ro(r, RO_REPLACE_HEAD) ? code : new_head(r, err);
}

SpmlCode train_open(TrainRun *r, Error *err)
{
    SpmlCode code = run_train_options(r, err);
    if (!code)
        run_ranks_threads(r);
    if (!code)
        code = open_both(r, err);
    if (!code)
        code = fit_input(r, err);
    if (!code)
        code = fit_classes(r, err);
    if (!code)
        code = match_data(r, err);
    if (!code)
        code = class_weights(r, err);
    if (!code)
        code = open_loaders(r, err);
    if (!code)
        code = count_steps(r, err);
    if (!code)
        code = open_trainer(r, err);
    if (!code && r->target != TARGET_VALUES && r->target != TARGET_TOKENS && r->n_out <= 1000)
        code = confusion_open(r->n_out, NULL, &r->confusion, err);
    if (!code)
        count_what_learns(r);
    return code;
}

void train_close(TrainRun *r)
{
    loader_close(&r->train);
    loader_close(&r->val);
    trainer_close(&r->trainer);
    log_close(&r->log);
    for (int i = 0; i < r->n_best; i++)
        rt_free(&r->best[i].value);
    r->n_best = 0;
    confusion_free(&r->confusion);
    if (r->on_open)
        pipeline_device_close(&r->on);
    r->on_open = false;
    data_pair_close(&r->data);
    if (r->model)
        graph_close_files(r->model);
    for (size_t i = 0; r->container && i < r->container->n_files; i++)
        file_close(&r->container->files[i]);
    text_free(&r->confusion_text);
}
