/* SPDX-License-Identifier: MIT
 * tests: what a run writes about itself: rows in all three files, the same bytes after stopping and resuming anywhere (a torn last line too), event records
 * that check, curves and matrices that stand by their contracts. SPML_KEEP_LOG=DIR leaves a sample log there for other readers. */
#include "train/log_internal.h"

#include "data_files.h"

#include <math.h>

static const char *const names[] = {"loss", "accuracy", "val_loss", "rate"};

static LogRow row(int step)
{
    LogRow r = {.step = step, .epoch = step / 10.0, .seconds = step * 0.25, .wall = 1.7e9 + step, .v = {2.5 * exp(-step / 40.0) + 0.2 + 0.05 * sin(step), 1 - exp(-step / 30.0), 0, 0.1 / (1 + step)},
                .has = 1 | 2 | 8};
    if (step % 10 == 0) {
        r.v[2] = 2.4 * exp(-step / 45.0) + 0.3;
        r.has |= 4;
    }
    if (step == 33)
        r.v[0] = NAN;
    return r;
}

static TrainLog *must_log(const char *dir, int64_t at)
{
    Error e = {0};
    TrainLog *l;
    if (log_open(dir, names, 4, at, &l, &e))
        fail_msg("%s: %s", e.file, e.text);
    return l;
}

static void put_rows(TrainLog *l, int from, int to)
{
    for (int i = from; i < to; i++) {
        LogRow r = row(i);
        assert_int_equal(log_row(l, &r, NULL), SPML_OK);
    }
}

static Text slurp(const char *dir, const char *name)
{
    char path[1024];
    File *f;
    Text t = {0};
    snprintf(path, sizeof path, "%s/%s", dir, name);
    assert_int_equal(file_open(path, 0, &f, NULL), SPML_OK);
    text_add(&t, (const char *)file_span(f).base, file_span(f).size);
    file_close(&f);
    return t;
}

static const char *const files[] = {"metrics.csv", "metrics.jsonl", "events.out.tfevents.spml"};

static void same_files(const char *a, const char *b)
{
    for (int i = 0; i < 3; i++) {
        Text x = slurp(a, files[i]), y = slurp(b, files[i]);
        if (x.n != y.n || memcmp(x.p, y.p, x.n))
            fail_msg("%s differs: %zu and %zu bytes", files[i], x.n, y.n);
        text_free(&x);
        text_free(&y);
    }
}

static void resumes(void **state)
{
    char one[512], two[512];
    snprintf(one, sizeof one, "%s", in_root("deep/er/one"));
    snprintf(two, sizeof two, "%s", in_root("two"));
    TrainLog *l = must_log(one, -1);
    put_rows(l, 0, 60);
    log_close(&l);
    for (int at = 0; at < 40; at += 13) {
        l = must_log(two, -1);
        put_rows(l, 0, 40); /* stopped at 39, resumed from a checkpoint at `at`, twice */
        log_close(&l);
        l = must_log(two, at);
        put_rows(l, at + 1, at + 5);
        log_close(&l);
        for (int i = 0; i < 3; i++) { /* the end of each file is torn */
            char path[1024];
            Text t = slurp(two, files[i]);
            snprintf(path, sizeof path, "%s/%s", two, files[i]);
            assert_int_equal(truncate(path, (off_t)t.n - 3), 0);
            text_free(&t);
        }
        l = must_log(two, at);
        put_rows(l, at + 1, 60);
        log_close(&l);
        same_files(one, two);
    }
    Text t = slurp(one, "metrics.jsonl");
    assert_int_equal(strncmp(t.p, "{\"schema\":\"spml.train/1\",\"step\":0,\"epoch\":0,\"seconds\":0,\"loss\":2.7,\"accuracy\":0,\"val_loss\":2.7,\"rate\":0.1}\n", 40), 0);
    assert_non_null(strstr(t.p, "\"step\":33,\"epoch\":3.3,\"seconds\":8.25,\"loss\":\"NaN\""));
    text_free(&t);
    t = slurp(one, "metrics.csv");
    assert_int_equal(strncmp(t.p, "step,epoch,seconds,loss,accuracy,val_loss,rate\n0,0,0,2.7", 56), 0);
    text_free(&t);
    /* Other columns are not mixed in. */
    Error e = {0};
    assert_int_equal(log_open(one, names, 3, 10, &l, &e), SPML_DATA);
    assert_string_equal(e.key, "log-columns");
    error_clear(&e);
    assert_int_equal(log_open(put_text("file", "x"), names, 3, -1, &l, &e), SPML_RESOURCE);
    error_clear(&e);
    if (!access("/dev/full", W_OK)) { /* a full disk is exit 5 */
        LogFile full = {(char *)(uintptr_t)"/dev/full", -1};
        assert_int_equal(logfile_open(&full, NULL), SPML_OK);
        assert_int_equal(logfile_add(&full, "x", 1, &e), SPML_RESOURCE);
        assert_string_equal(e.key, "disk-full");
        close(full.fd);
    }
}

static void records(void **state)
{
    assert_int_equal(crc32c("123456789", 9), 0xe3069283);
    assert_int_equal(crc32c("", 0), 0);
    Text t = {0};
    event_version(1.5, &t);
    size_t first = t.n, second;
    event_scalar("loss", 0.5f, 300, 2.5, &t);
    second = t.n;
    event_scalar("loss", 0.25f, 301, 3.5, &t);
    for (size_t n = 0; n <= t.n; n++) { /* every prefix, and every byte changed */
        size_t want = n < first ? 0 : n < second ? first : n < t.n ? second : t.n;
        uint8_t *copy = malloc(n + 1);
        memcpy(copy, t.p, n);
        assert_int_equal(events_until(copy, n, 1000), want);
        free(copy);
    }
    assert_int_equal(events_until((const uint8_t *)t.p, t.n, 300), second);
    assert_int_equal(events_until((const uint8_t *)t.p, t.n, 299), first);
    for (size_t i = 0; i < t.n; i++) {
        t.p[i] ^= 0x10;
        assert_int_equal(events_until((const uint8_t *)t.p, t.n, 1000), i < first ? 0 : i < second ? first : second);
        t.p[i] ^= 0x10;
    }
    text_free(&t);
}

static void dots(void **state)
{
    Text t = {0};
    curve_braille((const double[]){0, 1, 2, 3, NAN, 0}, 6, 8, &t);
    assert_string_equal(t.p, "\xe2\xa1\xa0\xe2\xa0\x8a\xe2\xa2\x80"); /* ⡠ ⠊ ⢀ */
    t.n = 0;
    double many[1000];
    for (int i = 0; i < 1000; i++)
        many[i] = i;
    curve_braille(many, 1000, 10, &t);
    assert_int_equal(t.n, 30);
    t.n = 0;
    curve_braille(many, 0, 10, &t);
    curve_braille(many, 3, 0, &t);
    curve_braille((const double[]){NAN, INFINITY}, 2, 3, &t);
    assert_int_equal(t.n, 3);
    text_free(&t);
}

static void curves(void **state)
{
    static const CurvePoint odd[] = {{0, NAN}, {1, INFINITY}, {2, 1e308}, {3, -1e308}};
    static const CurvePoint one[] = {{5, 0}}, flat[] = {{0, 3}, {1, 3}, {2, 3}};
    Curve c[] = {{"odd", odd, 4}, {"a<b&c", one, 1}, {"flat", flat, 3}, {"none", NULL, 0}};
    for (int from = 0; from < 4; from++)
        for (int n = 0; from + n <= 4; n++) {
            Text svg = {0}, png = {0};
            Error e = {0};
            curve_svg(c + from, n, "step", "loss", &svg);
            assert_null(strstr(svg.p, "nan"));
            assert_null(strstr(svg.p, "inf"));
            assert_null(strstr(svg.p, "a<b"));
            assert_int_equal(curve_png(c + from, n, "step", "loss", &png, &e), SPML_OK);
            assert_int_equal(image_probe(png.p, png.n), IMAGE_PNG);
            text_free(&svg);
            text_free(&png);
        }
}

static void confusions(void **state)
{
    static const char *const animals[] = {"cat", "a \"dog\", <big>", "zebra"};
    Confusion c;
    Text t = {0};
    assert_int_equal(confusion_open(3, animals, &c, NULL), SPML_OK);
    confusion_add(&c, 0, 0);
    confusion_add(&c, 0, 1);
    confusion_add(&c, 1, 1);
    confusion_print(&c, &t);
    assert_string_equal(t.p, "                      0      1      2    right\n"
                             "  0 cat               1      1      0   50.0 %\n"
                             "  1 a \"dog\", <bi      0      1      0  100.0 %\n"
                             "  2 zebra             0      0      0        -\n");
    t.n = 0;
    confusion_csv(&c, &t);
    assert_string_equal(t.p, "wanted,cat,\"a \"\"dog\"\", <big>\",zebra\ncat,1,1,0\n\"a \"\"dog\"\", <big>\",0,1,0\nzebra,0,0,0\n");
    t.n = 0;
    confusion_svg(&c, &t);
    assert_null(strstr(t.p, "<big>"));
    confusion_free(&c);
    const char *many[30];
    for (int i = 0; i < 30; i++)
        many[i] = animals[i % 3];
    assert_int_equal(confusion_open(30, many, &c, NULL), SPML_OK);
    for (int i = 0; i < 30; i++)
        for (int k = 0; k < 30; k++)
            c.count[i * 30 + k] = (uint64_t)(i * k);
    t.n = 0;
    confusion_print(&c, &t);
    assert_int_equal(strncmp(t.p, "     812  a \"dog\", <big> taken for zebra\n", 40), 0);
    confusion_free(&c);
    text_free(&t);
}

static void sample(void **state)
{
    const char *keep = getenv("SPML_KEEP_LOG"), *dir = keep ? keep : in_root("sample");
    static const char *const digits[] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
    Confusion c;
    TrainLog *l = must_log(dir, -1);
    put_rows(l, 0, 160);
    assert_int_equal(log_curves(l, NULL), SPML_OK);
    assert_int_equal(confusion_open(10, digits, &c, NULL), SPML_OK);
    for (int i = 0; i < 2000; i++)
        confusion_add(&c, i % 10, i % 7 == 0 ? (i * i) % 10 : i % 10);
    assert_int_equal(log_confusion(l, &c, NULL), SPML_OK);
    confusion_free(&c);
    log_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(resumes), cmocka_unit_test(records), cmocka_unit_test(dots), cmocka_unit_test(curves), cmocka_unit_test(confusions), cmocka_unit_test(sample)};
    return cmocka_run_group_tests(tests, data_setup, data_teardown);
}
