/* SPDX-License-Identifier: MIT
 * tasks: training as spml.h gives it: a run of lib/train behind a handle. */
#include "tasks.h"

#include "train/run.h"

#include <stdlib.h>

struct SpmlTrain { TrainRun *run; const SpmlTrainWatch *watch; };

const char *spml_train_option(size_t i, const char **about) { return train_run_option(i, about); }

const char *spml_train_arch(size_t i, const char **about) { return train_run_arch(i, about); }

SpmlStatus spml_train_new(SpmlTrain **out, SpmlError *err)
{
    SpmlTrain *t = calloc(1, sizeof *t);
    if (!t)
        return error_oom(handle_error(err));
    SpmlCode code = train_run_new(&t->run, handle_error(err));
    if (code)
        free(t);
    else
        *out = t;
    return code;
}

void spml_train_free(SpmlTrain *t)
{
    if (!t)
        return;
    train_run_free(&t->run);
    free(t);
}

SpmlStatus spml_train_set(SpmlTrain *t, const char *option, const char *value, SpmlError *err) { return train_run_set(t->run, option, value, handle_error(err)); }
SpmlStatus spml_train_replay(SpmlTrain *t, const char *path, SpmlError *err) { return train_run_replay(t->run, path, handle_error(err)); }
void spml_train_cancel(SpmlTrain *t) { train_run_cancel(t->run); }

static void tell(void *ctx, const RunEvent *e)
{
    static const char *const moments[] = {[RUN_BEGIN] = "begin", [RUN_STEP] = "step", [RUN_EPOCH] = "epoch", [RUN_TEXT] = "text", [RUN_NOTE] = "note"};
    const SpmlTrainWatch *w = ((SpmlTrain *)ctx)->watch;
    w->fn(w->ctx, &(SpmlTrainEvent){.moment = moments[e->moment], .step = e->step, .steps = e->steps, .epoch = e->epoch, .epochs = e->epochs, .loss = e->loss, .accuracy = e->accuracy,
        .val_loss = e->val_loss, .val_accuracy = e->val_accuracy, .rate = e->rate, .samples_per_s = e->speed, .seconds = e->seconds, .left_s = e->left, .best = e->best, .text = e->text});
}

SpmlStatus spml_train_run(SpmlTrain *t, const SpmlTrainWatch *watch, SpmlError *err)
{
    RunWatch w = {watch && watch->fn ? tell : NULL, t};
    t->watch = watch;
    return train_run(t->run, &w, handle_error(err));
}

SpmlStatus spml_train_check(SpmlTrain *t, bool json, char **out, SpmlError *err)
{
    Text text = {0};
    SpmlCode code = train_run_check(t->run, json, &text, handle_error(err));
    *out = code ? NULL : text.p;
    if (code)
        text_free(&text);
    return code;
}

char *spml_curve(const double *v, size_t n, int columns)
{
    Text t = {0};
    train_run_curve(v, n, columns, &t);
    return t.p;
}

void spml_train_report(const SpmlTrain *t, SpmlTrainReport *out)
{
    const RunReport *r = train_run_report(t->run);
    *out = (SpmlTrainReport){.step = r->step, .epoch = r->epoch, .best_epoch = r->best_epoch, .n_parameters = r->n_params, .n_samples = r->n_samples, .n_val = r->n_val, .loss = r->loss,
        .val_loss = r->val_loss, .val_accuracy = r->val_accuracy, .stopped_early = r->stopped_early, .interrupted = r->interrupted, .seconds = r->seconds, .samples_per_s = r->speed,
        .out = r->out, .out_bytes = r->out_bytes, .checkpoint = r->checkpoint, .confusion = r->confusion, .told_elsewhere = r->told_elsewhere};
}

size_t spml_train_profile(SpmlTrain *t, SpmlDevice *device, SpmlProfileRow *out, size_t max)
{
    const DevicePair *on;
    Session *s = train_run_session(t->run, &on);
    *device = (SpmlDevice){0};
    if (!s)
        return 0;
    device_tell(on, device);
    return profile_steps(s, on, out, max);
}
