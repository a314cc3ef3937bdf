/* SPDX-License-Identifier: MIT
 * train: the loop. A step takes the batches of one update; an epoch ends with validation, a row in the log, a sampled text and a checkpoint. What the loop knows
 * besides the trainer is RunState, so that a run which goes on from a checkpoint does what one without a break does. */
#include "train/run_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

SpmlCode train_run_new(TrainRun **out, Error *err)
{
    *out = calloc(1, sizeof **out);
    return *out ? SPML_OK : error_oom(err);
}

void train_run_free(TrainRun **pr)
{
    TrainRun *r = *pr;
    if (!r)
        return;
    ranks_close(&r->ranks, r->report.code, r->agreed); /* its thread may still write into sums */
    train_close(r);
    arena_free(&r->arena);
    free(r);
    *pr = NULL;
}

void train_run_cancel(TrainRun *r) { atomic_store(&r->stop, true); }
const RunReport *train_run_report(const TrainRun *r) { return &r->report; }
Session *train_run_session(const TrainRun *r, const DevicePair **on)
{
    *on = &r->on;
    return r->trainer ? trainer_session(r->trainer) : NULL;
}

void train_run_curve(const double *v, size_t n, int columns, Text *out) { curve_braille(v, n, columns, out); }

/* ── telling ── */

double run_seconds(const TrainRun *r) { return r->before + (double)(run_now() - r->began_ns) / 1e9; }

void run_tell(TrainRun *r, RunEvent e)
{
    if (!r->watch || !r->watch->fn)
        return;
    e.step = r->trainer ? trainer_counters(r->trainer).step : 0;
    e.steps = r->steps;
    e.epoch = r->s.epoch;
    e.epochs = r->epochs;
    e.seconds = run_seconds(r);
    e.speed = r->speed;
    e.left = r->speed > 0 ? (double)(r->steps - e.step) * (double)r->load.batch * r->t.accumulate / r->speed : NAN;
    r->watch->fn(r->watch->ctx, &e);
}

void run_note(TrainRun *r, const char *fmt, ...)
{
    Text t = {0};
    va_list ap;
    va_start(ap, fmt);
    text_vprintf(&t, fmt, ap);
    va_end(ap);
    run_tell(r, (RunEvent){.moment = RUN_NOTE, .text = t.p ? t.p : ""});
    text_free(&t);
}

/* ── batches ── */

/* Classes of the data as outputs of the model; a row of shares where training has such targets. */
static SpmlCode convert_target(TrainRun *r, const Batch *b, RunFeed *f, Error *err)
{
    const bool soft = r->target == TARGET_SOFT, given = b->y.rank == 2;
    const int64_t rows = b->y.dim[0], dims[2] = {rows, r->n_out}, k = given ? b->y.dim[1] : 0;
    SpmlCode code = rt_tensor(soft ? r->load.dtype : DT_i64, soft ? 2 : 1, dims, &f->own, err);
    for (int64_t i = 0; i < rows && !code; i++) {
        const int64_t c = given ? 0 : dtype_get_i64(b->y.dtype, b->y.data, (uint64_t)i), at = r->class_of ? r->class_of[c] : c;
        if (!soft)
            dtype_set_i64(DT_i64, f->own->data, (uint64_t)i, at);
        else if (!given)
            dtype_set_f64(r->load.dtype, f->own->data, (uint64_t)(i * r->n_out + at), 1);
        for (int64_t j = 0; j < k; j++)
            dtype_set_f64(r->load.dtype, f->own->data, (uint64_t)(i * r->n_out + (r->class_of ? r->class_of[j] : j)), dtype_get_f64(b->y.dtype, b->y.data, (uint64_t)(i * k + j)));
    }
    f->y = f->own;
    return code;
}

SpmlCode run_feed(TrainRun *r, const Batch *b, RunFeed *f, Error *err)
{
    *f = (RunFeed){.x = b->x, .y = (RtValue *)&b->y};
    f->x.own = RT_BORROWED;
    f->x.rank = r->rank_x;
    memcpy(f->x.dim, r->dim_x, (size_t)r->rank_x * sizeof *r->dim_x);
    f->px = &f->x;
    const bool classes = b->y.kind == TYPE_TENSOR && (r->target == TARGET_CLASS || r->target == TARGET_SOFT);
    SpmlCode code = classes && (r->class_of || (r->target == TARGET_SOFT && b->y.rank == 1)) ? convert_target(r, b, f, err) : SPML_OK;
    f->batch = (TrainBatch){&f->px, 1, f->y, b->n == r->rows ? NULL : (RtValue *)&b->weight};
    return code;
}

void run_feed_end(RunFeed *f) { rt_free(&f->own); }

static SpmlCode next_batch(TrainRun *r, const Batch **out, Error *err)
{
    SpmlCode code = loader_next(r->train, out, err);
    return code || *out ? code : loader_next(r->train, out, err); /* an epoch's end comes once */
}

/* ── the log ── */

enum { M_LOSS, M_TRAIN_LOSS, M_VAL_LOSS, M_RATE, M_NORM, M_SPEED, M_ACCURACY, M_VAL_ACCURACY, METRICS };
static const char *const metric_names[METRICS] = {"loss", "train_loss", "val_loss", "rate", "norm", "samples_per_s", "train_accuracy", "val_accuracy"};

static SpmlCode open_log(TrainRun *r, Error *err)
{
    const int64_t step = trainer_counters(r->trainer).step;
    return ro(r, RO_LOG) && r->train && run_first(r) ? log_open(r->o[RO_LOG].s, metric_names, r->n_out ? METRICS : M_ACCURACY, step ? step : -1, &r->log, err) : SPML_OK;
}

static void put(LogRow *row, int metric, double v)
{
    row->v[metric] = v;
    row->has |= 1u << metric;
}

static SpmlCode add_row(TrainRun *r, LogRow *row, Error *err)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    row->step = trainer_counters(r->trainer).step;
    row->epoch = (double)r->s.epoch + (double)r->s.at.batch / (double)(r->per_epoch * r->t.accumulate);
    row->seconds = run_seconds(r);
    row->wall = (double)now.tv_sec + (double)now.tv_nsec / 1e9;
    return log_row(r->log, row, err);
}

static SpmlCode log_step(TrainRun *r, const TrainResult *s, Error *err)
{
    LogRow row = {0};
    if (!r->log || s->step % r->log_every)
        return SPML_OK;
    put(&row, M_LOSS, s->loss);
    put(&row, M_RATE, s->rate);
    if (!isnan(s->norm))
        put(&row, M_NORM, s->norm);
    if (r->speed > 0)
        put(&row, M_SPEED, r->speed);
    return add_row(r, &row, err);
}

static SpmlCode log_epoch(TrainRun *r, const RunEvent *e, Error *err)
{
    LogRow row = {0};
    const struct { int metric; double v; } all[] = {{M_TRAIN_LOSS, e->loss}, {M_VAL_LOSS, e->val_loss}, {M_ACCURACY, e->accuracy}, {M_VAL_ACCURACY, e->val_accuracy}};
    if (!r->log)
        return SPML_OK;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (r->n_out || all[i].metric < M_ACCURACY)
            if (!isnan(all[i].v) || all[i].metric == M_TRAIN_LOSS)
                put(&row, all[i].metric, all[i].v);
    SpmlCode code = add_row(r, &row, err);
    if (!code && r->confusion.count && r->eval.n)
        code = log_confusion(r->log, &r->confusion, err);
    return code ? code : log_curves(r->log, err);
}

/* ── a step ── */

/* Samples a second over the last half second and, less and less, before. */
static void measure(TrainRun *r, int64_t samples)
{
    const double dt = (double)(run_now() - r->window_ns) / 1e9;
    r->window_samples += samples;
    if (dt < 0.5)
        return;
    const double now = (double)r->window_samples / dt;
    r->speed = r->speed > 0 ? 0.6 * r->speed + 0.4 * now : now;
    r->window_samples = 0;
    r->window_ns = run_now();
}

static bool went_wrong(const TrainRun *r, const TrainResult *s)
{
    if (r->t.precision == TRAIN_F16) /* such steps are left out; when no scale helps, it is not the scale */
        return s->scale < 1e-6;
    return !isfinite(s->loss) || s->skipped;
}

static SpmlCode one_batch(TrainRun *r, TrainResult *s, Error *err)
{
    const Batch *b;
    RunFeed f;
    SpmlCode code = next_batch(r, &b, err);
    if (code)
        return code;
    code = run_feed(r, b, &f, err);
    if (!code)
        code = trainer_step(r->trainer, &f.batch, s, err);
    if (!code && went_wrong(r, s))
        code = run_not_finite(r, &f, trainer_counters(r->trainer).step, s->skipped, err);
    run_feed_end(&f);
    if (code)
        return code;
    if (isfinite(s->sum)) {
        r->s.sum += s->sum;
        r->s.count += s->count;
        r->s.correct += s->correct;
        r->s.places += s->places;
    }
    r->s.at.batch++;
    measure(r, r->load.batch);
    return SPML_OK;
}

static SpmlCode one_step(TrainRun *r, Error *err)
{
    TrainResult s = {0};
    double sum = 0, count = 0;
    SpmlCode code = SPML_OK;
    for (int i = 0; i < r->t.accumulate && !code; i++) {
        code = one_batch(r, &s, err);
        sum += s.sum;
        count += s.count;
    }
    if (code)
        return code;
    s.loss = sum / count;
    run_tell(r, (RunEvent){.moment = RUN_STEP, .loss = s.loss, .accuracy = s.places > 0 ? s.correct / s.places : NAN, .val_loss = NAN, .val_accuracy = NAN, .rate = s.rate});
    code = log_step(r, &s, err);
    const bool end = r->s.at.batch >= (uint64_t)(r->per_epoch * r->t.accumulate);
    return code || end || !ro(r, RO_CHECKPOINT_EVERY) || s.step % r->o[RO_CHECKPOINT_EVERY].i ? code : run_checkpoint(r, false, err);
}

/* ── an epoch's end ── */

static double share(double part, double of) { return of > 0 ? part / of : NAN; }

/* Classifiers are as good as their accuracy, and their loss where that is the same; others as their loss. */
static bool is_best(TrainRun *r)
{
    const TrainResult *v = &r->last_eval;
    const double delta = ro_num(r, RO_MIN_DELTA, 0), now = v->places > 0 ? v->correct / v->places : -v->loss;
    if (!r->eval.n || isnan(now))
        return false;
    const bool best = isnan(r->s.best) || now > r->s.best + delta || (now >= r->s.best && v->loss < r->s.best_loss - delta);
    if (!best)
        return false;
    r->s.best = now;
    r->s.best_loss = v->loss;
    return true;
}

static RunEvent epoch_event(const TrainRun *r)
{
    const TrainResult *v = &r->last_eval;
    const bool val = r->eval.n > 0;
    return (RunEvent){.moment = RUN_EPOCH, .loss = share(r->s.sum, r->s.count), .accuracy = share(r->s.correct, r->s.places), .val_loss = val ? v->loss : NAN,
        .val_accuracy = val ? share(v->correct, v->places) : NAN, .rate = r->t.optim.rate * schedule_factor(&r->t.schedule, trainer_counters(r->trainer).step > 0 ? trainer_counters(r->trainer).step - 1 : 0)};
}

/* Validation comes first: when it is interrupted, nothing has changed and the run goes on with it. */
static SpmlCode end_epoch(TrainRun *r, Error *err)
{
    SpmlCode code = trainer_whole(r->trainer, err);
    if (!code && r->eval.n)
        code = run_validate(r, err);
    if (code)
        return code;
    RunEvent e = epoch_event(r);
    e.best = is_best(r);
    code = log_epoch(r, &e, err);
    r->report.loss = e.loss;
    const uint64_t epoch = r->s.at.epoch + 1;
    r->s.epoch = (int64_t)epoch;
    r->s.at = (DataPosition){epoch, 0};
    r->s.sum = r->s.count = r->s.correct = r->s.places = 0;
    r->s.stale = e.best ? 0 : r->s.stale + 1;
    if (e.best) {
        r->s.best_epoch = r->s.epoch;
        r->s.best_step = trainer_counters(r->trainer).step;
    }
    if ((int64_t)loader_batches(r->train) != r->per_epoch * r->t.accumulate)
        loader_seek(r->train, r->s.at);
    run_tell(r, e);
    if (!code && e.best && !(ro(r, RO_KEEP) && !strcmp(r->o[RO_KEEP].s, "last")))
        code = run_keep_best(r, err);
    if (!code)
        code = run_ranks_same(r, err);
    if (!code)
        code = run_sample_text(r, err);
    if (!code)
        code = run_checkpoint(r, e.best, err);
    r->window_ns = run_now();
    r->window_samples = 0;
    return code;
}

static bool at_end_of_epoch(const TrainRun *r) { return r->s.at.batch >= (uint64_t)(r->per_epoch * r->t.accumulate); }

static SpmlCode loop(TrainRun *r, Error *err)
{
    SpmlCode code = SPML_OK;
    r->window_ns = run_now();
    while (!code) {
        if (run_stopped(r))
            return SPML_INTERRUPTED;
        r->report.stopped_early = ro(r, RO_PATIENCE) && r->eval.n && r->s.stale >= r->o[RO_PATIENCE].i;
        if (at_end_of_epoch(r))
            code = end_epoch(r, err);
        else if (trainer_counters(r->trainer).step >= r->steps || r->report.stopped_early)
            return SPML_OK;
        else
            code = one_step(r, err);
    }
    return code;
}

/* ── the way ── */

/* Steps that end within an epoch: what they gave is kept as it is, then measured. */
static SpmlCode end_of_steps(TrainRun *r, Error *err)
{
    if (!r->s.at.batch)
        return SPML_OK;
    SpmlCode code = trainer_whole(r->trainer, err);
    if (!code)
        code = run_checkpoint(r, false, err);
    if (!code && r->eval.n)
        code = run_validate(r, err);
    if (code)
        return code;
    RunEvent e = epoch_event(r);
    e.best = is_best(r);
    r->report.loss = e.loss;
    code = log_epoch(r, &e, err);
    run_tell(r, e);
    if (!code && e.best) {
        r->s.best_step = trainer_counters(r->trainer).step;
        r->s.best_epoch = r->s.epoch + 1;
    }
    return code ? code : run_sample_text(r, err);
}

static SpmlCode finish(TrainRun *r, Error *err)
{
    SpmlCode code = end_of_steps(r, err);
    const bool last = ro(r, RO_KEEP) && !strcmp(r->o[RO_KEEP].s, "last");
    if (!code && !last && r->n_best && r->s.best_step != trainer_counters(r->trainer).step) {
        run_note(r, "the result is that of epoch %lld, the best on the validation part", (long long)r->s.best_epoch);
        code = run_restore_best(r, err);
    }
    return code ? code : run_write_model(r, err);
}

static void report(TrainRun *r)
{
    const TrainResult *v = &r->last_eval;
    r->report.step = trainer_counters(r->trainer).step;
    r->report.epoch = r->s.epoch;
    r->report.best_epoch = r->s.best_epoch;
    r->report.seconds = run_seconds(r);
    r->report.speed = r->speed;
    if (r->report.interrupted) /* the last validation was of an earlier step */
        return;
    r->report.val_loss = r->eval.n && v->count > 0 ? v->loss : NAN;
    r->report.val_accuracy = r->eval.n ? share(v->correct, v->places) : NAN;
    if (r->confusion.count && r->eval.n && v->count > 0) {
        confusion_print(&r->confusion, &r->confusion_text);
        r->report.confusion = r->confusion_text.p;
    }
}

/* It was asked to stop: what there is is kept. */
static SpmlCode interrupted(TrainRun *r, Error *err)
{
    r->report.interrupted = true;
    SpmlCode code = run_checkpoint(r, false, err);
    if (!code && !ro(r, RO_CHECKPOINT))
        code = run_write_model(r, err);
    return code ? code : error_set(err, SPML_INTERRUPTED, "interrupted", "training was interrupted after step %lld", (long long)trainer_counters(r->trainer).step);
}

/* What a step is planned to take. */
static void say_memory(const TrainRun *r, Text *t)
{
    TrainMemory m;
    char all[32], act[32];
    trainer_memory(r->trainer, &m);
    text_printf(t, "; %s of memory, %s of it activations", format_bytes(all, m.params + m.gradients + m.moments + m.others + m.activations), format_bytes(act, m.activations));
}

static void say_begin(TrainRun *r)
{
    const DataInfo *d = data_info(r->data.set);
    Text t = {0};
    text_printf(&t, "%s, %llu %s", d->kind, (unsigned long long)(r->train ? r->data.train.n : r->eval.n), d->form == DATA_TOKENS ? "windows" : "samples");
    if (r->train && r->eval.n)
        text_printf(&t, " + %llu held out", (unsigned long long)r->eval.n);
    if (d->target == TARGET_CLASS || d->target == TARGET_TOKENS)
        text_printf(&t, ", %d %s", d->n_classes, d->target == TARGET_CLASS ? "classes" : "tokens");
    text_printf(&t, "; %lld parameters, %s", (long long)r->report.n_params, loss_name(trainer_loss(r->trainer)));
    if (r->train)
        text_printf(&t, ", %s, %lld steps of %lld", optim_name(r->t.optim.kind), (long long)r->steps, (long long)(r->load.batch * r->t.accumulate));
    say_memory(r, &t);
    run_tell(r, (RunEvent){.moment = RUN_BEGIN, .text = t.p ? t.p : ""});
    text_free(&t);
}

static SpmlCode work(TrainRun *r, Error *err)
{
    SpmlCode code = open_log(r, err);
    if (code)
        return code;
    say_begin(r);
    if (!r->train)
        return run_validate(r, err);
    code = run_write_json(r, err);
    if (!code)
        code = loop(r, err);
    if (!code)
        code = finish(r, err);
    return code == SPML_INTERRUPTED ? interrupted(r, err) : code;
}

static SpmlCode open_all(TrainRun *r, Error *err)
{
    SpmlCode code = run_ranks_open(r, err);
    if (code)
        return code;
    r->watch = run_first(r) ? r->watch : NULL;
    code = train_open(r, err);
    if (!code)
        code = run_resume(r, err);
    return run_ranks_begin(r, code, err);
}

SpmlCode train_run(TrainRun *r, const RunWatch *w, Error *err)
{
    r->watch = w;
    r->began_ns = run_now();
    r->s.best = r->s.best_loss = r->report.loss = r->report.val_loss = r->report.val_accuracy = NAN;
    SpmlCode code = open_all(r, err);
    if (!code)
        code = run_ranks_end(r, work(r, err), err);
    r->report.code = code;
    if (!r->trainer)
        return code;
    report(r);
    if (!code && r->train)
        r->report.code = code = run_write_json(r, err);
    return code;
}

SpmlCode train_run_check(TrainRun *r, bool json, Text *out, Error *err)
{
    DataReport report;
    Pool *pool = NULL;
    SpmlCode code = run_train_options(r, err);
    if (!code)
        code = run_open_data(r, err);
    if (!code)
        code = pool_open((int)ro_int(r, RO_THREADS, 0), &pool, err);
    if (!code)
        code = data_check(r->data.set, pool, &report, err);
    pool_close(&pool);
    if (code)
        return code;
    if (json)
        data_report_json(&report, out);
    else
        data_report_print(&report, out);
    data_report_free(&report);
    return out->oom ? error_oom(err) : SPML_OK;
}
