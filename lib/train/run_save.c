/* SPDX-License-Identifier: MIT
 * train: what a run leaves on disk: checkpoints with the loop's state, from which it goes on; the model, with all that others need to use it in its metadata;
 * run.json, from which it can be run again. Also the best parameters so far, in memory. */
#include "formats/wire/json.h"
#include "train/run_internal.h"

#include <cJSON.h>
#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

enum { KEEP = 3 };

/* ── the loop's state as JSON ── */

static void put_number(Text *t, const char *name, double v)
{
    char buf[32];
    text_printf(t, ",\"%s\":", name);
    text_printf(t, isfinite(v) ? "%s" : "\"%s\"", format_f64(buf, v));
}

static void state_json(const TrainRun *r, Text *t)
{
    const RunState *s = &r->s;
    char print[65];
    fingerprint_text(data_info(r->data.set)->fingerprint, print);
    text_printf(t, "{\"data\":\"%s\",\"epoch\":%lld,\"at_epoch\":%llu,\"at_batch\":%llu,\"best_epoch\":%lld,\"best_step\":%lld,\"stale\":%lld", print, (long long)s->epoch, (unsigned long long)s->at.epoch,
        (unsigned long long)s->at.batch, (long long)s->best_epoch, (long long)s->best_step, (long long)s->stale);
    const struct { const char *name; double v; } numbers[] = {{"sum", s->sum}, {"count", s->count}, {"correct", s->correct}, {"places", s->places}, {"best", s->best}, {"best_loss", s->best_loss}, {"seconds", run_seconds(r)}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        put_number(t, numbers[i].name, numbers[i].v);
    text_puts(t, ",\"options\":");
    run_options_json(r, t);
    text_puts(t, "}");
}

/* NaN where it is a word. */
static bool get_number(const cJSON *j, const char *name, double *out)
{
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(j, name);
    const char *end;
    if (cJSON_IsString(v))
        return parse_f64(v->valuestring, &end, out) && !*end;
    *out = cJSON_IsNumber(v) ? v->valuedouble : 0;
    return cJSON_IsNumber(v);
}

static bool get_count(const cJSON *j, const char *name, int64_t *out)
{
    double v;
    bool ok = get_number(j, name, &v) && v >= 0 && v < 9e15 && v == floor(v);
    *out = ok ? (int64_t)v : 0;
    return ok;
}

static bool read_state(const cJSON *j, RunState *s)
{
    int64_t epoch, batch;
    bool ok = get_count(j, "epoch", &s->epoch) && get_count(j, "at_epoch", &epoch) && get_count(j, "at_batch", &batch) && get_count(j, "best_epoch", &s->best_epoch) && get_count(j, "best_step", &s->best_step) &&
        get_count(j, "stale", &s->stale) && get_number(j, "sum", &s->sum) && get_number(j, "count", &s->count) && get_number(j, "correct", &s->correct) && get_number(j, "places", &s->places) &&
        get_number(j, "best", &s->best) && get_number(j, "best_loss", &s->best_loss) && get_number(j, "seconds", &s->seconds);
    s->at = (DataPosition){ok ? (uint64_t)epoch : 0, ok ? (uint64_t)batch : 0};
    return ok;
}

/* ── checkpoints ── */

SpmlCode run_checkpoint(TrainRun *r, bool best, Error *err)
{
    Text loop = {0};
    SpmlCode code = ro(r, RO_CHECKPOINT) ? trainer_whole(r->trainer, err) : SPML_OK;
    if (code || !ro(r, RO_CHECKPOINT) || !run_first(r))
        return code;
    state_json(r, &loop);
    code = loop.oom ? error_oom(err) : checkpoint_save(r->trainer, r->o[RO_CHECKPOINT].s, loop.p, best, (int)ro_int(r, RO_KEEP_CHECKPOINTS, KEEP), err);
    text_free(&loop);
    if (!code)
        r->report.checkpoint = r->o[RO_CHECKPOINT].s;
    return code;
}

static SpmlCode fits(const TrainRun *r, const cJSON *j, const char *file, Error *err)
{
    const cJSON *data = cJSON_GetObjectItemCaseSensitive(j, "data");
    char print[65];
    fingerprint_text(data_info(r->data.set)->fingerprint, print);
    if (!cJSON_IsString(data))
        error_set(err, SPML_DATA, "checkpoint-other", "the checkpoint is not of such a run");
    else if (strcmp(data->valuestring, print))
        error_set(err, SPML_DATA, "data-other", "the data has changed since this checkpoint was written");
    else
        return SPML_OK;
    return error_where(err, file, -1);
}

/* Options that the run had then and has otherwise now, as notes: they may be meant. */
static void say_changes(TrainRun *r, const cJSON *j)
{
    static const RunOptionId matter[] = {RO_LR, RO_OPTIM, RO_SCHEDULE, RO_BATCH, RO_SEED, RO_AUGMENT, RO_VAL, RO_EPOCHS, RO_STEPS, RO_CLIP, RO_SMOOTHING, RO_EMA, RO_PRECISION};
    const cJSON *options = cJSON_GetObjectItemCaseSensitive(j, "options");
    for (size_t i = 0; i < sizeof matter / sizeof *matter; i++) {
        const char *name = run_option_name(matter[i]), *now = ro(r, matter[i]) ? r->o[matter[i]].s : "not given";
        const cJSON *was = cJSON_GetObjectItemCaseSensitive(options, name);
        if (strcmp(cJSON_IsString(was) ? was->valuestring : "not given", now))
            run_note(r, "%s is %s, and was %s when the checkpoint was written", name, now, cJSON_IsString(was) ? was->valuestring : "not given");
    }
}

static SpmlCode load_best(TrainRun *r, const char *file, Error *err)
{
    Arena a = {0};
    const char *dir = file_dirname(&a, file), *path = arena_printf(&a, "%s/best.safetensors", dir), *text;
    Error none = {0};
    cJSON *j = NULL;
    int64_t step = -1;
    SpmlCode code = !path ? error_oom(err) : SPML_OK;
    if (!code && !checkpoint_read(path, &a, &text, &none) && !json_tree(span_make(text, strlen(text), 0), path, &j, &none))
        get_count(j, "best_step", &step);
    cJSON_Delete(j);
    if (!code && step == r->s.best_step && !checkpoint_load(r->trainer, path, &none)) {
        code = run_keep_best(r, err); /* the newest is loaded after it */
    } else if (!code) {
        run_note(r, "the best parameters so far, of epoch %lld, are not beside the checkpoint", (long long)r->s.best_epoch);
        r->s.best = r->s.best_loss = NAN;
        r->s.best_epoch = r->s.best_step = 0;
    }
    arena_free(&a);
    return code;
}

static SpmlCode go_on(TrainRun *r, const char *file, Error *err)
{
    Arena a = {0};
    const char *text;
    cJSON *j = NULL;
    SpmlCode code = checkpoint_read(file, &a, &text, err);
    if (!code)
        code = json_tree(span_make(text, strlen(text), 0), file, &j, err);
    if (!code)
        code = fits(r, j, file, err);
    if (!code && !read_state(j, &r->s))
        code = (error_set(err, SPML_DATA, "checkpoint-other", "the loop's state does not read"), error_where(err, file, -1));
    if (!code && r->s.best_epoch)
        code = load_best(r, file, err);
    if (!code)
        code = checkpoint_load(r->trainer, file, err);
    if (!code && r->train) {
        say_changes(r, j);
        r->before = r->s.seconds;
        loader_seek(r->train, r->s.at);
        run_note(r, "going on after step %lld of %s", (long long)trainer_counters(r->trainer).step, file);
    }
    cJSON_Delete(j);
    arena_free(&a);
    return code;
}

SpmlCode run_resume(TrainRun *r, Error *err)
{
    const char *from = r->o[RO_RESUME].s, *file;
    Error none = {0};
    if (!ro(r, RO_RESUME))
        return SPML_OK;
    const bool at_will = !strcmp(from, "auto");
    if (at_will && !ro(r, RO_CHECKPOINT))
        return error_set(err, SPML_USAGE, "resume", "resume auto: the newest of which folder? checkpoint is not given");
    SpmlCode code = checkpoint_find(at_will ? r->o[RO_CHECKPOINT].s : from, &r->arena, &file, at_will ? &none : err);
    struct stat st;
    if (at_will && (code || stat(file, &st) || S_ISDIR(st.st_mode)))
        return SPML_OK; /* there is none yet: the run begins */
    return code ? code : go_on(r, file, err);
}

/* ── the best so far ── */

static RunBest *best_named(TrainRun *r, const char *name)
{
    for (int i = 0; i < r->n_best; i++)
        if (!strcmp(r->best[i].name, name))
            return &r->best[i];
    return NULL;
}

SpmlCode run_keep_best(TrainRun *r, Error *err)
{
    static const char *const names[] = {"params", "statistics", "average"};
    SpmlCode code = SPML_OK;
    for (size_t k = 0; k < trainer_states(r->trainer) && !code; k++) {
        TrainState s;
        code = trainer_state(r->trainer, k, &s, err);
        for (size_t i = 0; i < sizeof names / sizeof *names && !code; i++) {
            if (strcmp(s.name, names[i]))
                continue;
            RunBest *b = best_named(r, names[i]);
            if (!b) {
                b = &r->best[r->n_best++];
                *b = (RunBest){names[i], NULL};
            }
            rt_free(&b->value);
            code = rt_copy(s.value, &b->value, err);
        }
    }
    return code;
}

SpmlCode run_restore_best(TrainRun *r, Error *err)
{
    SpmlCode code = SPML_OK;
    for (int i = 0; i < r->n_best && !code; i++)
        code = trainer_state_set(r->trainer, r->best[i].name, r->best[i].value, err);
    return code ? code : run_validate(r, err);
}

/* ── the model ── */

static char *label_lines(TrainRun *r)
{
    const DataInfo *d = data_info(r->data.set);
    Text t = {0};
    for (int i = 0; i < d->n_classes; i++)
        text_printf(&t, "%s%s", i ? "\n" : "", d->classes[i]);
    char *s = arena_strdup(&r->arena, t.p ? t.p : "");
    text_free(&t);
    return s;
}

static bool ends_in_scores(const TrainRun *r)
{
    const Node *n = r->model->out[0]->producer;
    return n && n->op == OP_softmax;
}

static void add_meta(WriteOptions *w, MetaEntry *list, const char *key, const char *value)
{
    if (value)
        list[w->n_meta++] = (MetaEntry){key, value, strlen(key), strlen(value)};
}

/* Labels, the way from a picture to numbers, what is known of columns and characters. */
static SpmlCode make_meta(TrainRun *r, WriteOptions *w, MetaEntry *list, Error *err)
{
    const DataInfo *d = data_info(r->data.set);
    Text data = {0};
    if (d->form != DATA_IMAGE)
        data_describe(r->data.set, &data);
    const bool classes = d->target == TARGET_CLASS && d->classes && !r->class_of;
    *w = (WriteOptions){.meta = list};
    add_meta(w, list, "spml.labels", classes ? label_lines(r) : NULL);
    add_meta(w, list, "spml.preprocess", r->recipe_text);
    add_meta(w, list, "spml.scores", d->target == TARGET_CLASS ? ends_in_scores(r) ? "none" : "softmax" : NULL);
    add_meta(w, list, "spml.data", data.n ? arena_strdup(&r->arena, data.p) : NULL);
    const bool oom = data.oom || r->arena.oom;
    text_free(&data);
    return oom ? error_oom(err) : SPML_OK;
}

SpmlCode run_write_model(TrainRun *r, Error *err)
{
    Arena a = {0};
    Graph *g;
    WriteOptions w;
    WriteReport report = {0};
    MetaEntry list[8];
    const char *path = r->o[RO_OUT].s;
    SpmlCode code = ro(r, RO_OUT) ? trainer_whole(r->trainer, err) : SPML_OK;
    if (code || !ro(r, RO_OUT) || !run_first(r))
        return code;
    code = trainer_model(r->trainer, &a, &g, err);
    if (!code)
        code = make_meta(r, &w, list, err);
    if (!code) {
        w.producer = SPML_VERSION;
        code = format_write("onnx", g, path, &w, &report, err);
    }
    if (!code) {
        r->report.out = path;
        r->report.out_bytes = report.bytes;
    }
    arena_free(&a);
    return code;
}

/* ── run.json ── */

static void put_string(Text *t, const char *name, const char *s)
{
    text_printf(t, "\"%s\":\"", name);
    text_escape_json(t, s, strlen(s));
    text_puts(t, "\"");
}

static void run_json(const TrainRun *r, Text *t)
{
    const DataInfo *d = data_info(r->data.set);
    DeviceInfo dev = {0};
    char print[65];
    r->on.backend->info(r->on.device, &dev);
    fingerprint_text(d->fingerprint, print);
    text_puts(t, "{\"schema\":\"spml.training/1\",");
    put_string(t, "version", SPML_VERSION);
    text_printf(t, ",\"seed\":%llu,\"options\":", (unsigned long long)r->t.seed);
    run_options_json(r, t);
    text_puts(t, ",\"data\":{");
    put_string(t, "path", d->path);
    text_puts(t, ",");
    put_string(t, "kind", d->kind);
    text_printf(t, ",\"fingerprint\":\"%s\",\"samples\":%llu,\"held_out\":%llu},\"device\":{", print, (unsigned long long)r->data.train.n, (unsigned long long)r->eval.n);
    put_string(t, "backend", r->on.backend->name);
    text_puts(t, ",");
    put_string(t, "name", dev.name);
    text_puts(t, ",");
    put_string(t, "driver", dev.driver);
    text_printf(t, ",\"threads\":%d,\"ranks\":%d},\"parameters\":%lld,\"steps\":%lld,\"training\":", dev.threads, r->n_ranks, (long long)r->report.n_params, (long long)r->steps);
    trainer_describe(r->trainer, t);
    if (r->report.step) {
        text_printf(t, ",\"result\":{\"step\":%lld,\"epoch\":%lld,\"best_epoch\":%lld,\"stopped_early\":%s,\"interrupted\":%s", (long long)r->report.step, (long long)r->report.epoch, (long long)r->report.best_epoch,
            r->report.stopped_early ? "true" : "false", r->report.interrupted ? "true" : "false");
        put_number(t, "seconds", r->report.seconds);
        put_number(t, "loss", r->report.loss);
        put_number(t, "val_loss", r->report.val_loss);
        put_number(t, "val_accuracy", r->report.val_accuracy);
        text_puts(t, "}");
    }
    text_puts(t, "}\n");
}

static SpmlCode write_text(const char *dir, const Text *t, Arena *a, Error *err)
{
    FileWriter *w;
    const char *path = arena_printf(a, "%s/run.json", dir);
    if (!path)
        return error_oom(err);
    if (mkdir(dir, 0777) && errno != EEXIST)
        return error_where(err, dir, -1), error_set(err, SPML_RESOURCE, "output-not-writable", "the folder cannot be made: %s", strerror(errno));
    SpmlCode code = writer_open(path, &w, err);
    if (code)
        return code;
    code = writer_write(w, t->p, t->n, err);
    if (!code)
        return writer_commit(&w, err);
    writer_abort(&w);
    return code;
}

SpmlCode run_write_json(TrainRun *r, Error *err)
{
    Text t = {0};
    SpmlCode code = SPML_OK;
    if ((!ro(r, RO_LOG) && !ro(r, RO_CHECKPOINT)) || !run_first(r))
        return SPML_OK;
    run_json(r, &t);
    if (t.oom)
        code = error_oom(err);
    if (!code && ro(r, RO_LOG))
        code = write_text(r->o[RO_LOG].s, &t, &r->arena, err);
    if (!code && ro(r, RO_CHECKPOINT))
        code = write_text(r->o[RO_CHECKPOINT].s, &t, &r->arena, err);
    text_free(&t);
    return code;
}
