/* SPDX-License-Identifier: MIT
 * train: the rows of a run, appended to CSV, JSON lines and an event file, each row by one write per file. Resuming reads the CSV, cuts it at the step, and
 * writes CSV and JSON lines anew from it (numbers are printed so that they read back equal); the event file is cut at the same step. */
#include "train/log_internal.h"

#include "train/data_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct TrainLog {
    Arena arena;
    char *dir;
    const char **name; /* [n] */
    int n;
    LogFile csv, jsonl, events;
    struct { CurvePoint *p; size_t n, cap; } series[LOG_METRICS]; /* of the losses, for the curves; malloc'ed */
};

/* ── files ── */

static SpmlCode not_written(const char *path, int error, Error *err)
{
    bool full = error == ENOSPC || error == EDQUOT;
    error_set(err, SPML_RESOURCE, full ? "disk-full" : "output-not-writable", "cannot be written: %s", strerror(error));
    error_where(err, path, -1);
    return SPML_RESOURCE;
}

SpmlCode logfile_open(LogFile *f, Error *err)
{
    do
        f->fd = open(f->path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY);
    while (f->fd < 0 && errno == EINTR);
    return f->fd < 0 ? not_written(f->path, errno, err) : SPML_OK;
}

SpmlCode logfile_add(LogFile *f, const void *p, size_t n, Error *err)
{
    for (const char *at = p; n;) {
        ssize_t k = write(f->fd, at, n);
        if (k < 0 && errno == EINTR)
            continue;
        if (k < 0)
            return not_written(f->path, errno, err);
        at += k;
        n -= (size_t)k;
    }
    return SPML_OK;
}

void logfile_close(LogFile *f)
{
    if (f->fd >= 0) {
        fsync(f->fd);
        close(f->fd);
    }
    f->fd = -1;
}

static SpmlCode replace(const char *path, const void *p, size_t n, Error *err)
{
    FileWriter *w;
    SpmlCode code = writer_open(path, &w, err);
    if (code)
        return code;
    code = n ? writer_write(w, p, n, err) : SPML_OK;
    if (!code)
        return writer_commit(&w, err);
    writer_abort(&w);
    return code;
}

static SpmlCode replace_text(const char *path, Text *t, Error *err)
{
    SpmlCode code = t->oom ? error_oom(err) : replace(path, t->p, t->n, err);
    text_free(t);
    return code;
}

/* The folder and those above it. */
static SpmlCode make_folder(const char *dir, Error *err)
{
    char *path = strdup(dir);
    if (!path)
        return error_oom(err);
    int error = 0;
    for (char *p = path + 1; *p && !error; p++)
        if (*p == '/') {
            *p = 0;
            error = mkdir(path, 0777) && errno != EEXIST ? errno : 0;
            *p = '/';
        }
    if (!error && mkdir(path, 0777) && errno != EEXIST)
        error = errno;
    free(path);
    return error ? not_written(dir, error, err) : SPML_OK;
}

/* ── rows as text ── */

static void put_header(const TrainLog *l, Text *out)
{
    text_puts(out, "step,epoch,seconds");
    for (int i = 0; i < l->n; i++) {
        text_puts(out, ",");
        text_escape_csv(out, l->name[i], strlen(l->name[i]));
    }
    text_puts(out, "\n");
}

static void put_csv(const TrainLog *l, const LogRow *r, Text *out)
{
    char a[32], b[32];
    text_printf(out, "%lld,%s,%s", (long long)r->step, format_f64(a, r->epoch), format_f64(b, r->seconds));
    for (int i = 0; i < l->n; i++)
        text_printf(out, ",%s", r->has >> i & 1 ? format_f64(a, r->v[i]) : "");
    text_puts(out, "\n");
}

static void put_number(Text *out, double v)
{
    char a[32];
    text_printf(out, isfinite(v) ? "%s" : "\"%s\"", format_f64(a, v));
}

static void put_json(const TrainLog *l, const LogRow *r, Text *out)
{
    text_printf(out, "{\"schema\":\"spml.train/1\",\"step\":%lld,\"epoch\":", (long long)r->step);
    put_number(out, r->epoch);
    text_puts(out, ",\"seconds\":");
    put_number(out, r->seconds);
    for (int i = 0; i < l->n; i++) {
        if (!(r->has >> i & 1))
            continue;
        text_puts(out, ",\"");
        text_escape_json(out, l->name[i], strlen(l->name[i]));
        text_puts(out, "\":");
        put_number(out, r->v[i]);
    }
    text_puts(out, "}\n");
}

static void put_events(const TrainLog *l, const LogRow *r, Text *out)
{
    for (int i = 0; i < l->n; i++)
        if (r->has >> i & 1)
            event_scalar(l->name[i], (float)r->v[i], r->step, r->wall, out);
}

static bool is_loss(const char *name)
{
    size_t n = strlen(name);
    return n >= 4 && !strcmp(name + n - 4, "loss") && (n == 4 || name[n - 5] == '_');
}

static SpmlCode keep_point(TrainLog *l, int i, CurvePoint p, Error *err)
{
    size_t n = l->series[i].n;
    if (n == l->series[i].cap) {
        size_t cap = n ? n * 2 : 64;
        CurvePoint *more = realloc(l->series[i].p, cap * sizeof *more);
        if (!more)
            return error_oom(err);
        l->series[i].p = more;
        l->series[i].cap = cap;
    }
    l->series[i].p[l->series[i].n++] = p;
    return SPML_OK;
}

static SpmlCode keep(TrainLog *l, const LogRow *r, Error *err)
{
    SpmlCode code = SPML_OK;
    for (int i = 0; !code && i < l->n; i++)
        if (r->has >> i & 1 && is_loss(l->name[i]))
            code = keep_point(l, i, (CurvePoint){(double)r->step, r->v[i]}, err);
    return code;
}

/* ── resuming ── */

static bool cell(const CsvField *f, double *v)
{
    char text[64];
    const char *end;
    if (f->n >= sizeof text)
        return false;
    memcpy(text, f->p, f->n);
    text[f->n] = 0;
    return parse_f64(text, &end, v) && !*end;
}

static SpmlCode check_header(const TrainLog *l, const CsvReader *r, Error *err)
{
    static const char *const first[] = {"step", "epoch", "seconds"};
    bool same = r->n == (size_t)l->n + 3;
    for (size_t i = 0; same && i < r->n; i++) {
        const char *want = i < 3 ? first[i] : l->name[i - 3];
        same = r->field[i].n == strlen(want) && !memcmp(r->field[i].p, want, r->field[i].n);
    }
    if (same)
        return SPML_OK;
    data_fail(err, r->path, -1, "log-columns", "has other columns than this run writes");
    error_hint(err, "log into another folder");
    return SPML_DATA;
}

static bool read_row(const TrainLog *l, const CsvReader *r, LogRow *out)
{
    double step;
    *out = (LogRow){0};
    if (r->n != (size_t)l->n + 3 || !cell(&r->field[0], &step) || !(step >= 0 && step < 0x1p53) || !cell(&r->field[1], &out->epoch) || !cell(&r->field[2], &out->seconds))
        return false;
    out->step = (int64_t)step;
    for (int i = 0; i < l->n; i++) {
        const CsvField *f = &r->field[i + 3];
        if (f->n && !cell(f, &out->v[i]))
            return false;
        out->has |= f->n ? 1u << i : 0;
    }
    return true;
}

/* The rows up to step `at`, printed again; the last line may be torn. */
static SpmlCode read_rows(TrainLog *l, Span s, int64_t at, Text *csv, Text *jsonl, Error *err)
{
    CsvReader r = {0};
    bool end = false;
    SpmlCode code = csv_open(s, l->csv.path, &r, err);
    r.delimiter = ',';
    if (!code)
        code = csv_next(&r, &end, err);
    if (!code && !end)
        code = check_header(l, &r, err);
    while (!code && !end) {
        LogRow row;
        code = csv_next(&r, &end, err);
        if (code || end)
            break;
        bool torn = r.s.pos >= r.s.size && s.base[s.size - 1] != '\n';
        if (torn)
            break;
        if (!read_row(l, &r, &row))
            code = data_fail(err, l->csv.path, -1, "log-row", "line %lld is no row of a log", (long long)r.line);
        else if (row.step <= at) {
            code = keep(l, &row, err);
            put_csv(l, &row, csv);
            put_json(l, &row, jsonl);
        }
    }
    csv_close(&r);
    return code;
}

static SpmlCode open_if_there(const char *path, File **f, Error *err)
{
    *f = NULL;
    return access(path, F_OK) ? SPML_OK : file_open(path, 0, f, err);
}

static SpmlCode resume_rows(TrainLog *l, int64_t at, Error *err)
{
    File *f = NULL;
    Text csv = {0}, jsonl = {0};
    put_header(l, &csv);
    SpmlCode code = at < 0 ? SPML_OK : open_if_there(l->csv.path, &f, err);
    if (!code && f)
        code = read_rows(l, file_span(f), at, &csv, &jsonl, err);
    file_close(&f);
    if (!code)
        code = csv.oom || jsonl.oom ? error_oom(err) : replace(l->csv.path, csv.p, csv.n, err);
    if (!code)
        code = replace(l->jsonl.path, jsonl.p, jsonl.n, err);
    text_free(&csv);
    text_free(&jsonl);
    return code;
}

static SpmlCode resume_events(TrainLog *l, int64_t at, Error *err)
{
    File *f = NULL;
    SpmlCode code = at < 0 ? SPML_OK : open_if_there(l->events.path, &f, err);
    size_t n = !code && f ? events_until(file_span(f).base, file_span(f).size, at) : 0;
    Text t = {0};
    if (n)
        text_add(&t, (const char *)file_span(f).base, n);
    else
        event_version(0, &t);
    file_close(&f);
    if (code) {
        text_free(&t);
        return code;
    }
    return replace_text(l->events.path, &t, err);
}

/* ── the log ── */

static SpmlCode name_files(TrainLog *l, const char *dir, const char *const *names, int n, Error *err)
{
    l->dir = arena_strdup(&l->arena, dir);
    l->name = arena_array(&l->arena, const char *, n + 1);
    for (int i = 0; l->name && i < n; i++)
        l->name[i] = arena_strdup(&l->arena, names[i]);
    l->n = n;
    l->csv.path = data_join(&l->arena, dir, "metrics.csv");
    l->jsonl.path = data_join(&l->arena, dir, "metrics.jsonl");
    l->events.path = data_join(&l->arena, dir, "events.out.tfevents.spml");
    return l->arena.oom ? error_oom(err) : SPML_OK;
}

SpmlCode log_open(const char *dir, const char *const *names, int n, int64_t at, TrainLog **out, Error *err)
{
    *out = NULL;
    if (n < 1 || n > LOG_METRICS || !*dir)
        return error_set(err, SPML_USAGE, "log", "a log of %d metrics cannot be written to '%s'", n, dir);
    TrainLog *l = calloc(1, sizeof *l);
    if (!l)
        return error_oom(err);
    l->csv.fd = l->jsonl.fd = l->events.fd = -1;
    SpmlCode code = name_files(l, dir, names, n, err);
    if (!code)
        code = make_folder(dir, err);
    if (!code)
        code = resume_rows(l, at, err);
    if (!code)
        code = resume_events(l, at, err);
    LogFile *files[] = {&l->csv, &l->jsonl, &l->events};
    for (int i = 0; !code && i < 3; i++)
        code = logfile_open(files[i], err);
    if (code)
        log_close(&l);
    *out = l;
    return code;
}

SpmlCode log_row(TrainLog *l, const LogRow *row, Error *err)
{
    Text t = {0};
    SpmlCode code = keep(l, row, err);
    for (int i = 0; !code && i < 3; i++) {
        LogFile *f = i == 0 ? &l->csv : i == 1 ? &l->jsonl : &l->events;
        t.n = 0;
        (i == 0 ? put_csv : i == 1 ? put_json : put_events)(l, row, &t);
        code = t.oom ? error_oom(err) : logfile_add(f, t.p, t.n, err);
    }
    text_free(&t);
    return code;
}

SpmlCode log_curves(TrainLog *l, Error *err)
{
    Curve c[LOG_METRICS];
    int n = 0;
    for (int i = 0; i < l->n; i++)
        if (l->series[i].n)
            c[n++] = (Curve){l->name[i], l->series[i].p, l->series[i].n};
    Text svg = {0}, png = {0};
    Arena a = {0};
    char *svg_path = data_join(&a, l->dir, "curve.svg"), *png_path = data_join(&a, l->dir, "curve.png");
    curve_svg(c, n, "step", "loss", &svg);
    SpmlCode code = curve_png(c, n, "step", "loss", &png, err);
    if (!code)
        code = svg_path && png_path ? replace_text(svg_path, &svg, err) : error_oom(err);
    if (!code)
        code = replace_text(png_path, &png, err);
    text_free(&svg);
    text_free(&png);
    arena_free(&a);
    return code;
}

SpmlCode log_confusion(TrainLog *l, const Confusion *c, Error *err)
{
    Text csv = {0}, svg = {0};
    Arena a = {0};
    char *csv_path = data_join(&a, l->dir, "confusion.csv"), *svg_path = data_join(&a, l->dir, "confusion.svg");
    confusion_csv(c, &csv);
    confusion_svg(c, &svg);
    SpmlCode code = csv_path && svg_path ? replace_text(csv_path, &csv, err) : error_oom(err);
    if (!code)
        code = replace_text(svg_path, &svg, err);
    text_free(&csv);
    text_free(&svg);
    arena_free(&a);
    return code;
}

void log_close(TrainLog **log)
{
    TrainLog *l = *log;
    if (!l)
        return;
    logfile_close(&l->csv);
    logfile_close(&l->jsonl);
    logfile_close(&l->events);
    for (int i = 0; i < LOG_METRICS; i++)
        free(l->series[i].p);
    arena_free(&l->arena);
    free(l);
    *log = NULL;
}
