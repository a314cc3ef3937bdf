/* SPDX-License-Identifier: MIT
 * tests: runs of training through spml.h: a run that is cancelled and resumed gives the losses and the file of one that is not, wherever it is cut; numbers that are not
 * finite stop it with step and tensor named; early stopping; the best epoch is the result; run.json runs again; what does not fit is said. */
#include "data_files.h"
#include "spml.h"

#include <math.h>

enum { STEPS = 24, MOST = 64 };

/* 90 rows of three clouds in four columns. */
static const char *flowers(const char *name, bool nan)
{
    Text t = {0};
    uint32_t s = 7;
    text_puts(&t, "a,b,c,d,kind\n");
    for (int i = 0; i < 90; i++) {
        for (int k = 0; k < 4; k++) {
            s = s * 1664525u + 1013904223u;
            text_printf(&t, "%.3f,", (double)(s >> 16) / 65536 + (k == i % 3 ? 2.5 : 0));
        }
        text_printf(&t, "%s\n", (const char *const[]){"iris", "lily", "rose"}[i % 3]);
    }
    const char *path = put_file(name, t.p, t.n);
    text_free(&t);
    return path;
}

typedef struct Watched { SpmlTrain *t; int64_t cut; double loss[MOST]; int64_t n_epochs, first; char text[2000]; } Watched;

static void watch(void *ctx, const SpmlTrainEvent *e)
{
    Watched *w = ctx;
    if (!strcmp(e->moment, "step")) {
        w->first = w->first ? w->first : e->step;
        if (e->step < MOST)
            w->loss[e->step] = e->loss;
        if (e->step == w->cut)
            spml_train_cancel(w->t);
    }
    w->n_epochs += !strcmp(e->moment, "epoch");
}

typedef struct Option { const char *name, *value; } Option;

/* The status; *r (may be NULL) gets the report. */
static SpmlStatus go(const Option *o, Watched *w, SpmlTrainReport *r, char text[2000])
{
    SpmlError *err = spml_error_new();
    SpmlStatus code = spml_train_new(&w->t, err);
    w->n_epochs = w->first = 0;
    for (; !code && o->name; o++)
        code = strcmp(o->name, "replay") ? spml_train_set(w->t, o->name, o->value, err) : spml_train_replay(w->t, o->value, err);
    if (!code)
        code = spml_train_run(w->t, &(SpmlTrainWatch){watch, w}, err);
    if (r)
        spml_train_report(w->t, r);
    snprintf(text, 2000, "%s: %s", spml_error_key(err), spml_error_text(err));
    spml_train_free(w->t);
    spml_error_free(err);
    return code;
}

static char *contents(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        fail_msg("%s is missing", path);
    char *p = malloc(1 << 20);
    *n = fread(p, 1, 1 << 20, f);
    fclose(f);
    return p;
}

static void assert_same_file(const char *a, const char *b)
{
    size_t n, m;
    char *p = contents(a, &n), *q = contents(b, &m);
    assert_int_equal(n, m);
    assert_memory_equal(p, q, n);
    free(p);
    free(q);
}

static const char *const model = SPML_SOURCE "/testdata/net.onnx";

static void resumed(int64_t cut, const Option *more)
{
    char text[2000], out[2][600], dir[600], data[600];
    Watched whole = {0}, part = {.cut = cut};
    SpmlTrainReport r;
    snprintf(data, sizeof data, "%s", flowers("flowers.csv", false));
    snprintf(out[0], 600, "%s", in_root("whole.onnx"));
    snprintf(out[1], 600, "%s", in_root("part.onnx"));
    snprintf(dir, 600, "%s/ck-%lld-%s", data_root, (long long)cut, more[0].name);
    Option o[16] = {{"model", model}, {"data", data}, {"batch", "9"}, {"steps", "24"}, {"lr", "0.05"}, {"seed", "3"}, {"out", out[0]}, more[0], more[1]};
    int n = 9 - !more[1].name;
    if (go(o, &whole, NULL, text))
        fail_msg("%s", text);
    o[6].value = out[1];
    o[n] = (Option){"checkpoint", dir};
    o[n + 1] = (Option){"resume", "auto"};
    assert_int_equal(go(o, &part, &r, text), 130);
    assert_true(r.interrupted);
    assert_int_equal(r.step, cut);
    assert_int_not_equal(access(out[1], F_OK), 0); /* what is kept is the checkpoint */
    part.cut = 0;
    if (go(o, &part, &r, text))
        fail_msg("%s", text);
    assert_int_equal(part.first, cut + 1);
    for (int i = 1; i <= STEPS; i++)
        if (memcmp(&whole.loss[i], &part.loss[i], sizeof(double)))
            fail_msg("cut at %lld: step %d: %.17g, without a break %.17g", (long long)cut, i, part.loss[i], whole.loss[i]);
    assert_same_file(out[0], out[1]);
    remove(out[1]);
}

/* 81 samples in 9 batches an epoch: within an epoch, at its end, one after; the last epoch is not complete. */
static void test_resume(void **state)
{
    static const int64_t cuts[] = {1, 8, 9, 10, 20};
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++)
        resumed(cuts[i], (const Option[]){{"optim", "adamw"}, {0}});
    resumed(5, (const Option[]){{"accumulate", "2"}, {"ema", "0.9"}});
    resumed(6, (const Option[]){{"optim", "sgd,momentum=0.9"}, {"schedule", "one-cycle"}});
}

static void test_not_finite(void **state)
{
    char text[2000];
    Watched w = {0};
    const Option o[] = {{"model", model}, {"data", flowers("flowers.csv", false)}, {"batch", "9"}, {"optim", "sgd"}, {"lr", "1e9"}, {"log", in_root("log")}, {0}};
    assert_int_equal(go(o, &w, NULL, text), 1);
    if (strncmp(text, "not-finite: step ", 17) || !strstr(text, "the first that are not: "))
        fail_msg("%s", text);
}

static void test_early_stopping(void **state)
{
    char text[2000];
    Watched w = {0};
    SpmlTrainReport r;
    const Option o[] = {{"model", model}, {"data", flowers("flowers.csv", false)}, {"batch", "9"}, {"lr", "0"}, {"epochs", "20"}, {"patience", "3"}, {"out", in_root("m.onnx")}, {0}};
    if (go(o, &w, &r, text))
        fail_msg("%s", text);
    assert_int_equal(w.n_epochs, 4); /* the first is the best, and three are not better */
    assert_true(r.stopped_early);
    assert_int_equal(r.best_epoch, 1);
}

/* What is written has the labels and is as good as the report says. */
static void test_result(void **state)
{
    char text[2000];
    Watched w = {0};
    SpmlTrainReport r, again;
    SpmlModel *m;
    const char *data = flowers("flowers.csv", false), *out = in_root("m.onnx"), *log = in_root("log");
    const Option o[] = {{"model", model}, {"data", data}, {"batch", "9"}, {"lr", "0.05"}, {"epochs", "12"}, {"log", log}, {"out", out}, {0}};
    if (go(o, &w, &r, text))
        fail_msg("%s", text);
    assert_true(r.val_accuracy > 0.85);
    assert_int_equal(r.n_val, 9);
    assert_int_equal(spml_model_load(out, NULL, &m, NULL), 0);
    assert_string_equal(spml_model_meta(m, "spml.labels"), "iris\nlily\nrose");
    assert_non_null(spml_model_meta(m, "spml.data"));
    spml_model_free(m);
    const Option eval[] = {{"model", out}, {"data", data}, {"val", "10%"}, {"batch", "9"}, {"eval-only", "true"}, {0}};
    if (go(eval, &w, &again, text))
        fail_msg("%s", text);
    assert_memory_equal(&r.val_loss, &again.val_loss, sizeof(double));
    char json[600];
    snprintf(json, sizeof json, "%s/run.json", log);
    const char *second = in_root("again.onnx");
    const Option replay[] = {{"replay", json}, {"out", second}, {"log", in_root("log2")}, {0}};
    if (go(replay, &w, NULL, text))
        fail_msg("%s", text);
    assert_same_file(out, second);
    put_file("flowers.csv", "a,b,c,d,kind\n1,2,3,4,x\n2,3,4,5,y\n", 34);
    assert_int_equal(go(replay, &w, NULL, text), 3);
}

static void test_refused(void **state)
{
    static const struct { const char *name, *value, *says; int code; } rows[] = {
        {"optim", "adamw,beta9=1", "there is no 'beta9'", 2}, {"schedule", "cosine,warmup=x", "is no number", 2}, {"loss", "fun", "there is no 'fun'", 2},
        {"precision", "f8", "there is no 'f8'", 2}, {"group", "w1", "PATTERN", 2}, {"label-column", "zz", "no column 'zz'", 3}, {"batch", "1000", "no batch", 3}, {"augment", "flip", "augment", 2},
        {"epochs", "0", "whole number", 2}, {"max-bad", "x", "share", 2}, {"accumulate", "50", "batches", 2}, {"class-weights", "1,2", "numbers", 2}};
    const char *data = flowers("flowers.csv", false);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[2000];
        Watched w = {0};
        const Option o[] = {{"model", model}, {"data", data}, {rows[i].name, rows[i].value}, {0}};
        int code = go(o, &w, NULL, text);
        if (code != rows[i].code || !strstr(text, rows[i].says))
            fail_msg("%s=%s: %d %s", rows[i].name, rows[i].value, code, text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_resume, data_setup, data_teardown),        cmocka_unit_test_setup_teardown(test_not_finite, data_setup, data_teardown),
        cmocka_unit_test_setup_teardown(test_early_stopping, data_setup, data_teardown), cmocka_unit_test_setup_teardown(test_result, data_setup, data_teardown),
        cmocka_unit_test_setup_teardown(test_refused, data_setup, data_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
