/* SPDX-License-Identifier: MIT
 * cli: train: a model learns. Options go to the library by name; here are the line that is redrawn, or a line an epoch, and what is said at the end. */
#include "cli.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CURVE = 24, POINTS = 384 };

typedef struct Train {
    const Args *a;
    SpmlTrain *t;
    double drawn, told;            /* when a line was last drawn, or told; seconds of the run */
    double point[POINTS], sum;     /* losses for the curve, each the mean of `every` steps */
    size_t n, every, in_sum;
    bool eval;
} Train;

/* ── numbers ── */

static void put_time(Text *t, double s)
{
    long long n = s > 0 && s < 1e12 ? (long long)(s + 0.5) : 0;
    if (n >= 3600)
        text_printf(t, "%lld:%02lld:%02lld", n / 3600, n / 60 % 60, n % 60);
    else
        text_printf(t, "%lld:%02lld", n / 60, n % 60);
}

static void put_metric(Text *t, const char *name, double v)
{
    char buf[40];
    if (!isnan(v))
        text_printf(t, "  %s %s", name, format_g4(buf, v));
}

static void put_share(Text *t, const char *name, double v)
{
    if (!isnan(v))
        text_printf(t, "  %s %.2f %%", name, 100 * v);
}

/* ── progress ── */

static void add_point(Train *x, double loss)
{
    x->sum += loss;
    if (++x->in_sum < x->every)
        return;
    x->point[x->n++] = x->sum / (double)x->in_sum;
    x->sum = 0;
    x->in_sum = 0;
    if (x->n < POINTS)
        return;
    for (size_t i = 0; i < POINTS / 2; i++) /* the whole run stays in sight: each point stands for twice as many steps */
        x->point[i] = (x->point[2 * i] + x->point[2 * i + 1]) / 2;
    x->n /= 2;
    x->every *= 2;
}

static void step_line(const SpmlTrainEvent *e, Text *t)
{
    text_printf(t, "epoch %lld/%lld  step %lld/%lld", (long long)e->epoch + (e->epoch < e->epochs), (long long)e->epochs, (long long)e->step, (long long)e->steps);
    put_metric(t, "loss", e->loss);
    put_share(t, "accuracy", e->accuracy);
    put_metric(t, "rate", e->rate);
    if (e->samples_per_s > 0) {
        char buf[40];
        text_printf(t, "  %s/s  left ", format_g4(buf, e->samples_per_s));
        put_time(t, e->left_s);
    }
}

static void redraw(Train *x, const SpmlTrainEvent *e)
{
    Text t = {0};
    char *curve = spml_curve(x->point, x->n, CURVE);
    step_line(e, &t);
    if (curve && x->n > 1)
        text_printf(&t, "  %s", curve);
    if (t.p)
        err_redraw(t.p);
    x->drawn = e->seconds;
    free(curve);
    text_free(&t);
}

static void on_step(Train *x, const SpmlTrainEvent *e)
{
    add_point(x, e->loss);
    if (err_is_terminal() && e->seconds - x->drawn >= 0.1 && e->seconds >= 1)
        redraw(x, e);
    if (err_is_terminal() || e->seconds - x->told < 30)
        return;
    Text t = {0};
    step_line(e, &t);
    note("%s", t.p ? t.p : "");
    text_free(&t);
    x->told = e->seconds;
}

static void json_field(Text *t, const char *name, double v)
{
    if (isnan(v))
        return;
    text_printf(t, ",\"%s\":", name);
    json_number(t, v);
}

static void epoch_json(const SpmlTrainEvent *e)
{
    Text t = {0};
    text_printf(&t, "{\"schema\":\"spml.train/1\",\"event\":\"epoch\",\"epoch\":%lld,\"step\":%lld,\"steps\":%lld,\"seconds\":", (long long)e->epoch, (long long)e->step, (long long)e->steps);
    json_number(&t, e->seconds);
    json_field(&t, "loss", e->loss);
    json_field(&t, "accuracy", e->accuracy);
    json_field(&t, "val_loss", e->val_loss);
    json_field(&t, "val_accuracy", e->val_accuracy);
    json_field(&t, "rate", e->rate);
    json_field(&t, "samples_per_s", e->samples_per_s);
    text_printf(&t, ",\"best\":%s}\n", e->best ? "true" : "false");
    out_text(t.p ? t.p : "", t.n);
    out_flush();
    text_free(&t);
}

static void on_epoch(Train *x, const SpmlTrainEvent *e)
{
    Text t = {0};
    char buf[40];
    x->told = e->seconds;
    if (cli_json) {
        epoch_json(e);
        return;
    }
    text_printf(&t, "epoch %lld/%lld", (long long)e->epoch, (long long)e->epochs);
    put_metric(&t, "loss", e->loss);
    put_share(&t, "accuracy", e->accuracy);
    put_metric(&t, "val loss", e->val_loss);
    put_share(&t, "val accuracy", e->val_accuracy);
    if (e->samples_per_s > 0)
        text_printf(&t, "  %s/s", format_g4(buf, e->samples_per_s));
    text_puts(&t, "  ");
    put_time(&t, e->seconds);
    note("%s%s", t.p ? t.p : "", e->best ? "  best" : "");
    text_free(&t);
}

static void on_event(void *ctx, const SpmlTrainEvent *e)
{
    Train *x = ctx;
    if (!strcmp(e->moment, "step"))
        on_step(x, e);
    else if (!strcmp(e->moment, "epoch"))
        on_epoch(x, e);
    else if (!strcmp(e->moment, "text") && !cli_quiet && !cli_json)
        err_text("text", e->text);
    else if (e->text && strcmp(e->moment, "text"))
        note("%s", e->text);
}

/* ── options ── */

/* Those that one way of calling has no use for. */
static int check_unused(const Args *a)
{
    static const OptionId learning[] = {O_EPOCHS, O_STEPS, O_ACCUMULATE, O_OPTIM, O_LR, O_SCHEDULE, O_CLIP, O_CLIP_VALUE, O_PATIENCE, O_MIN_DELTA, O_KEEP, O_LOG, O_LOG_EVERY, O_CHECKPOINT, O_CHECKPOINT_EVERY,
        O_KEEP_CHECKPOINTS, O_FREEZE, O_GROUP, O_REPLACE_HEAD, O_AUGMENT, O_OUT, O_SAMPLE};
    for (size_t i = 0; i < sizeof learning / sizeof *learning; i++)
        if (given(a, learning[i]) && (given(a, O_EVAL_ONLY) || given(a, O_CHECK_DATA)))
            return fail(2, "option-unused", "train: --%s has no effect with --%s", option_rows[learning[i]].name, given(a, O_EVAL_ONLY) ? "eval-only" : "check-data");
    const struct { OptionId id, needs; } rows[] = {{O_LOG_EVERY, O_LOG}, {O_CHECKPOINT_EVERY, O_CHECKPOINT}, {O_KEEP_CHECKPOINTS, O_CHECKPOINT}, {O_MIN_DELTA, O_PATIENCE}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (given(a, rows[i].id) && !given(a, rows[i].needs) && !given(a, O_REPLAY))
            return fail(2, "option-unused", "train: --%s has no effect without --%s", option_rows[rows[i].id].name, option_rows[rows[i].needs].name);
    return 0;
}

static int check_operands(const Args *a)
{
    const bool check = given(a, O_CHECK_DATA), replay = given(a, O_REPLAY);
    if (a->n_operand > 1)
        return fail_hint(2, "operands", "spml train MODEL --data PATH -o OUT.onnx", "train: one model, not %zu operands", a->n_operand);
    if (a->n_operand && given(a, O_ARCH))
        return fail(2, "option-conflict", "train: a model and --arch exclude each other");
    if (!check && !replay && !a->n_operand && !given(a, O_ARCH))
        return fail_hint(2, "operands", "spml train MODEL --data PATH -o OUT.onnx, or --arch NAME", "train: no model given");
    if (!replay && !given(a, O_DATA))
        return fail_hint(2, "data-missing", "--data PATH", "train: nothing to learn from");
    if (!check && !replay && !given(a, O_EVAL_ONLY) && !given(a, O_OUT) && !given(a, O_CHECKPOINT) && !given(a, O_LOG))
        return fail_hint(2, "output-missing", "-o model.onnx", "train: what is learned would be lost");
    if (given(a, O_PRESET) && given(a, O_RECIPE))
        return fail(2, "option-conflict", "train: --preset and --recipe exclude each other");
    return check_unused(a);
}

static OptionId row_named(const char *name)
{
    for (int i = 0; i < O_COUNT; i++)
        if ((option_rows[i].verbs & TRAIN) && !strcmp(option_rows[i].name, name))
            return (OptionId)i;
    return O_COUNT;
}

static int set_one(Train *x, const char *name, const char *value)
{
    SpmlError *err = spml_error_new();
    int code = 0;
    if (spml_train_set(x->t, name, value, err))
        code = fail_hint(spml_error_status(err), spml_error_key(err), spml_error_hint(err), "train: --%s", spml_error_text(err));
    spml_error_free(err);
    return code;
}

static int set_options(Train *x)
{
    const Args *a = x->a;
    const char *name;
    int code = 0;
    for (size_t i = 0; !code && (name = spml_train_option(i, NULL)); i++) {
        OptionId id = row_named(name);
        const OptionValue *o = id < O_COUNT ? &a->o[id] : NULL;
        if (!o || !o->given)
            continue;
        for (size_t k = 0; !code && k < o->n; k++)
            code = set_one(x, name, o->list[k]);
        if (!o->n)
            code = set_one(x, name, option_rows[id].type == OPT_FLAG ? "true" : o->s);
    }
    return code || !a->n_operand ? code : set_one(x, "model", a->operand[0]);
}

/* ── the end ── */

static void report_json(const Train *x, const SpmlTrainReport *r)
{
    Text t = {0};
    text_printf(&t, "{\"schema\":\"spml.train/1\",\"event\":\"%s\",\"step\":%lld,\"epoch\":%lld,\"best_epoch\":%lld,\"parameters\":%lld,\"samples\":%lld,\"held_out\":%lld,\"seconds\":", x->eval ? "evaluation" : "end",
        (long long)r->step, (long long)r->epoch, (long long)r->best_epoch, (long long)r->n_parameters, (long long)r->n_samples, (long long)r->n_val);
    json_number(&t, r->seconds);
    json_field(&t, "loss", r->loss);
    json_field(&t, "val_loss", r->val_loss);
    json_field(&t, "val_accuracy", r->val_accuracy);
    if (r->samples_per_s > 0)
        json_field(&t, "samples_per_s", r->samples_per_s);
    text_printf(&t, ",\"stopped_early\":%s,\"interrupted\":%s", r->stopped_early ? "true" : "false", r->interrupted ? "true" : "false");
    if (r->out) {
        text_puts(&t, ",\"file\":");
        json_string(&t, r->out);
        text_printf(&t, ",\"bytes\":%llu", (unsigned long long)r->out_bytes);
    }
    if (r->checkpoint) {
        text_puts(&t, ",\"checkpoint\":");
        json_string(&t, r->checkpoint);
    }
    text_puts(&t, "}\n");
    out_text(t.p ? t.p : "", t.n);
    text_free(&t);
}

static void report_measured(const SpmlTrainReport *r)
{
    Text t = {0};
    put_metric(&t, "loss", r->val_loss);
    put_share(&t, "accuracy", r->val_accuracy);
    if (t.n)
        out_printf("measured %s  on %lld %s\n", t.p + 1, (long long)r->n_val, "samples");
    text_free(&t);
}

static void report(const Train *x)
{
    SpmlTrainReport r;
    char buf[40];
    spml_train_report(x->t, &r);
    if (cli_json) {
        report_json(x, &r);
        return;
    }
    if (!x->eval) {
        Text t = {0};
        put_time(&t, r.seconds);
        out_printf("trained   %lld parameters, %lld step%s, %lld epoch%s in %s%s\n", (long long)r.n_parameters, (long long)r.step, r.step == 1 ? "" : "s", (long long)r.epoch, r.epoch == 1 ? "" : "s", t.p ? t.p : "",
            r.stopped_early ? ", stopped early" : "");
        text_free(&t);
    }
    report_measured(&r);
    if (x->eval && r.confusion)
        out_printf("%s", r.confusion);
    if (r.out) {
        out_printf("wrote     ");
        out_name(r.out);
        out_printf("  %s\n", format_bytes(buf, r.out_bytes));
    }
}

static void profile(const Train *x)
{
    SpmlDevice device;
    size_t n = spml_train_profile(x->t, &device, NULL, 0);
    SpmlProfileRow *row = calloc(n + 1, sizeof *row);
    if (row && n)
        profile_print(row, spml_train_profile(x->t, &device, row, n), &device);
    free(row);
}

static int check_data(Train *x)
{
    SpmlError *err = spml_error_new();
    char *text = NULL;
    int code = spml_train_check(x->t, cli_json, &text, err) ? fail_error(err, NULL) : 0;
    if (!code)
        out_printf("%s%s", text, cli_json ? "\n" : "");
    free(text);
    spml_error_free(err);
    return code;
}

static int train(Train *x)
{
    SpmlError *err = spml_error_new();
    SpmlTrainWatch watch = {on_event, x};
    SpmlTrainReport r;
    guard_train(x->t);
    int code = spml_train_run(x->t, &watch, err);
    guard_train(NULL);
    spml_train_report(x->t, &r);
    if ((!code || code == 130) && !r.told_elsewhere)
        report(x);
    if ((!code || code == 130) && !r.told_elsewhere && given(x->a, O_PROFILE))
        profile(x);
    if (code == 130 && !r.told_elsewhere)
        note("%s", spml_error_text(err));
    code = code == 130 ? guard_status(130) : code && !r.told_elsewhere ? fail_error(err, NULL) : code;
    spml_error_free(err);
    return code;
}

int cmd_train(const Args *a)
{
    Train x = {.a = a, .every = 1, .eval = given(a, O_EVAL_ONLY)};
    SpmlError *err = spml_error_new();
    int code = check_operands(a);
    if (!code && spml_train_new(&x.t, err))
        code = fail_error(err, NULL);
    if (!code && given(a, O_REPLAY) && spml_train_replay(x.t, a->o[O_REPLAY].s, err))
        code = fail_error(err, NULL);
    if (!code)
        code = set_options(&x);
    if (!code)
        code = given(a, O_CHECK_DATA) ? check_data(&x) : train(&x);
    spml_train_free(x.t);
    spml_error_free(err);
    return code;
}
