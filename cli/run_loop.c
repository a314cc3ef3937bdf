/* SPDX-License-Identifier: MIT
 * cli: run in a loop, one load: --batch over files or frames of a stream, --window over a long sound or array, --carry from step to step; and the
 * reports of --profile and --trace. */
#include "run.h"

#include "base/file.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ── --carry OUT=IN ── */

static int carry_find(const Run *r, const char *arg, size_t *out, size_t *in)
{
    size_t n_in;
    SpmlPort *p = model_ports(r->m, false, &n_in);
    bool found = false;
    for (size_t i = 0; i < r->n_ports; i++)
        for (size_t k = 0; k < n_in; k++) {
            size_t n = strlen(r->ports[i].name);
            if (!strncmp(arg, r->ports[i].name, n) && arg[n] == '=' && !strcmp(arg + n + 1, p[k].name)) {
                *out = i;
                *in = k;
                found = true;
            }
        }
    free(p);
    return found ? 0 : fail(2, "carry", "--carry %s: no output and input of these names", arg);
}

static int carry_check(const Run *r)
{
    size_t o, i;
    int code = 0;
    for (size_t k = 0; !code && k < r->a->o[O_CARRY].n; k++)
        code = carry_find(r, r->a->o[O_CARRY].list[k], &o, &i);
    return code;
}

/* After a run: outputs become inputs of the next. */
static int carry(Run *r, Inputs *in)
{
    SpmlError *err = spml_error_new();
    int code = 0;
    for (size_t k = 0; !code && k < r->a->o[O_CARRY].n; k++) {
        size_t o, i;
        SpmlTensor *t;
        code = carry_find(r, r->a->o[O_CARRY].list[k], &o, &i);
        if (!code && spml_tensor_copy(r->out[o], &t, err))
            code = fail_error(err, r->path);
        if (!code) {
            if (in->v[i])
                spml_tensor_free(in->v[i]);
            in->v[i] = t;
        }
    }
    spml_error_free(err);
    return code;
}

/* ── --window ── */

typedef struct Window {
    int64_t n, hop, total, steps;
    size_t input;
    SpmlTensor *whole;
    SpmlBundle *gathered;       /* outputs stacked along a new first dimension */
} Window;

static int window_parse(const Run *r, Window *w)
{
    const char *s = r->a->o[O_WINDOW].s, *end;
    bool ok = parse_i64(s, &end, &w->n) && w->n > 0;
    w->hop = w->n;
    if (ok && *end == ':')
        ok = parse_i64(end + 1, &end, &w->hop) && w->hop > 0;
    return ok && !*end ? 0 : fail(2, "option-value", "run: --window: '%s' is not N or N:HOP", s);
}

/* The file of -i, read without the port's extents, so that its length is free. */
static int window_read(Run *r, Window *w)
{
    size_t n_in;
    SpmlPort *p = model_ports(r->m, false, &n_in);
    FileSpec s;
    if (r->a->o[O_INPUT].n != 1)
        return free(p), fail(2, "window", "run: --window needs one -i, the file it moves over");
    int code = spec_parse(r->a->o[O_INPUT].list[0], p, n_in, "input", r->path, &s);
    for (size_t i = 0; i < n_in && !code; i++)
        if (s.name ? strlen(p[i].name) == s.n_name && !memcmp(p[i].name, s.name, s.n_name) : !p[i].has_default) {
            w->input = i;
            break;
        }
    SpmlPort free_port = p[w->input];
    free_port.rank = 1;
    free_port.dim[0] = -1;
    char *how = NULL;
    SpmlFileOptions o = {.kind = *s.kind ? s.kind : NULL, .ports = s.own_port ? &s.port : &free_port, .n_ports = 1, .note = &how};
    SpmlError *err = spml_error_new();
    SpmlBundle *b = NULL;
    if (!code && spml_bundle_read(s.path, &o, &b, err))
        code = fail_error(err, s.path);
    if (!code && (spml_bundle_count(b) != 1 || !spml_tensor_is_tensor(spml_bundle_tensor(b, 0)) || strcmp(spml_tensor_dtype(spml_bundle_tensor(b, 0)), p[w->input].dtype ? p[w->input].dtype : "")))
        code = fail(3, "input-mismatch", "%s: --window moves over one %s tensor", s.path, p[w->input].dtype ? p[w->input].dtype : "");
    if (!code) {
        w->whole = spml_bundle_take(b, 0);
        w->total = spml_tensor_count(w->whole);
        w->steps = w->total <= w->n ? 1 : 1 + (w->total - w->n + w->hop - 1) / w->hop;
        if (how)
            note("%s: %s; %lld windows of %lld every %lld", s.path, how, (long long)w->steps, (long long)w->n, (long long)w->hop);
    }
    free(how);
    free(p);
    spml_bundle_free(b);
    spml_error_free(err);
    return code;
}

/* Window k as the input wants it: its samples in the last dimension, or in the one whose extent is N. */
static int window_take(Run *r, const Window *w, int64_t k, SpmlTensor **out, SpmlError *err)
{
    SpmlPort p;
    int64_t dim[SPML_MAX_RANK];
    spml_model_input(r->m, w->input, &p);
    int rank = p.rank > 0 ? p.rank : 1, axis = rank - 1;
    for (int i = 0; i < p.rank; i++)
        axis = p.dim[i] == w->n ? i : axis;
    for (int i = 0; i < rank; i++)
        dim[i] = i == axis ? w->n : 1;
    if (spml_tensor_new(p.dtype, rank, dim, out, err))
        return fail_error(err, r->path);
    size_t width = spml_tensor_bytes(*out) / (size_t)w->n;
    int64_t at = k * w->hop, left = w->total - at < w->n ? w->total - at : w->n;
    if (left > 0)
        memcpy(spml_tensor_data(*out), (char *)spml_tensor_data(w->whole) + (size_t)at * width, (size_t)left * width);
    return 0;
}

/* Outputs of window k into row k of the stacked ones. */
static int window_keep(Run *r, Window *w, int64_t k, SpmlError *err)
{
    for (size_t i = 0; i < r->n_shown; i++) {
        SpmlTensor *t = run_tensor(r, i), *all;
        int64_t dim[SPML_MAX_RANK] = {w->steps};
        int rank = spml_tensor_rank(t);
        if (!spml_tensor_is_tensor(t) || rank + 1 > SPML_MAX_RANK || !strcmp(spml_tensor_dtype(t), "string"))
            return fail(4, "window", "run: --window cannot stack output %s", run_name(r, i));
        for (int d = 0; d < rank; d++)
            dim[d + 1] = spml_tensor_dim(t, d);
        if (!k && (spml_tensor_new(spml_tensor_dtype(t), rank + 1, dim, &all, err) || spml_bundle_add(w->gathered, run_name(r, i), all, err)))
            return fail_error(err, r->path);
        all = spml_bundle_tensor(w->gathered, i);
        if (spml_tensor_bytes(all) != spml_tensor_bytes(t) * (size_t)w->steps)
            return fail(4, "window", "run: --window: output %s changes its size", run_name(r, i));
        if (spml_tensor_bytes(t))
            memcpy((char *)spml_tensor_data(all) + (size_t)k * spml_tensor_bytes(t), spml_tensor_data(t), spml_tensor_bytes(t));
    }
    return 0;
}

/* The stacked outputs take the places of the last step's. */
static void window_present(Run *r, Window *w)
{
    for (size_t i = 0; i < r->n_shown; i++) {
        spml_tensor_free(r->out[r->shown[i]]);
        r->out[r->shown[i]] = spml_bundle_take(w->gathered, i);
    }
}

static int window_steps(Run *r, Window *w, Inputs *in, SpmlError *err)
{
    int code = 0;
    for (int64_t k = 0; !code && k < w->steps; k++) {
        if (in->v[w->input])
            spml_tensor_free(in->v[w->input]);
        in->v[w->input] = NULL;
        code = window_take(r, w, k, &in->v[w->input], err);
        if (!code)
            code = run_once(r, in);
        if (!code)
            code = carry(r, in);
        if (!code)
            code = window_keep(r, w, k, err);
    }
    return code;
}

int run_windows(Run *r)
{
    Window w = {.gathered = spml_bundle_new()};
    SpmlError *err = spml_error_new();
    Inputs in = {0};
    SpmlTensor *first = NULL;
    int code = window_parse(r, &w);
    if (!code)
        code = carry_check(r);
    if (!code)
        code = window_read(r, &w);
    if (!code)
        code = window_take(r, &w, 0, &first, err);
    if (!code)
        code = inputs_with(r->a, r->m, r->path, w.input, first, &in);
    if (!code)
        code = run_open(r);
    if (!code)
        code = window_steps(r, &w, &in, err);
    if (!code) {
        window_present(r, &w);
        code = run_results(r);
    }
    inputs_free(&in);
    if (w.whole)
        spml_tensor_free(w.whole);
    spml_bundle_free(w.gathered);
    spml_error_free(err);
    return code;
}

/* ── --batch ── */

static int batch_files(Run *r)
{
    int worst = 0, code = run_open(r);
    for (size_t i = 1; !code && i < r->a->n_operand; i++) {
        Inputs in;
        r->item_name = r->a->operand[i];
        int one = inputs_gather(r->a, r->m, r->path, 0, r->item_name, NULL, i == 1, &in);
        if (!one) {
            if (i == 1)
                inputs_say(&in);
            one = run_once(r, &in);
            if (!one)
                one = run_results(r);
            inputs_free(&in);
        }
        r->item++;
        worst = worst ? worst : one;
        if (one >= 100 || one == 2)
            break;
    }
    return code ? code : worst;
}

static int frame_inputs(Run *r, SpmlTensor *t, size_t input, Inputs *in)
{
    return inputs_with(r->a, r->m, r->path, input, t, in);
}

static int batch_frames(Run *r, const FileSpec *s, size_t input)
{
    SpmlError *err = spml_error_new();
    SpmlFrames *f = NULL;
    SpmlPort p;
    int code = run_open(r), fd = STDIN_FILENO;
    spml_model_input(r->m, input, &p);
    if (!code && spml_frames_open(fd, &f, err))
        code = fail_error(err, s->path);
    while (!code) {
        SpmlTensor *t;
        char *how = NULL;
        Inputs in = {0};
        if (spml_frames_next(f, &p, recipe_of(r->a, r->m), &t, &how, err))
            code = fail_error(err, "stdin");
        if (!code && !t)
            break;
        if (!code && !r->item)
            note("stdin: %s", how ? how : "");
        free(how);
        if (!code)
            code = frame_inputs(r, t, input, &in);
        if (!code)
            code = run_once(r, &in);
        if (!code)
            code = run_results(r);
        inputs_free(&in);
        r->item++;
    }
    spml_frames_close(f);
    spml_error_free(err);
    return code;
}

/* What a loop writes must be able to hold many: a stream, or a name with {} for the item's. */
static int batch_outputs(const Run *r)
{
    const OptionValue *o = &r->a->o[O_OUTPUT];
    for (size_t i = 0; i < o->n; i++) {
        size_t n = strlen(o->list[i]);
        bool stream = n >= 2 && !strcmp(o->list[i] + n - 2, ":-");
        if (!stream && !strstr(o->list[i], "{}"))
            return fail_hint(2, "batch-output", "-o 'out-{}.npy', -o ppm:-", "run: --batch: -o %s would be written again by every item", o->list[i]);
    }
    return 0;
}

int run_batch(Run *r)
{
    const OptionValue *o = &r->a->o[O_INPUT];
    size_t n_in, input = 0;
    FileSpec s = {0};
    int code = batch_outputs(r);
    r->items = 2;
    if (code || r->a->n_operand > 1)
        return code ? code : batch_files(r);
    if (o->n != 1)
        return fail_hint(2, "batch", "spml run MODEL --batch FILE..., or -i ppm:-", "run: --batch: no items");
    SpmlPort *p = model_ports(r->m, false, &n_in);
    code = spec_parse(o->list[0], p, n_in, "input", r->path, &s);
    for (size_t i = 0; i < n_in; i++)
        if (s.name ? strlen(p[i].name) == s.n_name && !memcmp(p[i].name, s.name, s.n_name) : !p[i].has_default) {
            input = i;
            break;
        }
    free(p);
    if (!code && (strcmp(s.kind, "ppm") || strcmp(s.path, "-")))
        code = fail_hint(2, "batch", "spml run MODEL --batch FILE...", "run: --batch: -i %s is no stream of pictures", o->list[0]);
    return code ? code : batch_frames(r, &s, input);
}

/* ── --profile, --trace ── */

static int trace_rows(FileWriter *w, const SpmlProfileRow *row, size_t n, Error *e)
{
    double at = 0;
    int code = writer_printf(w, e, "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n");
    for (size_t i = 0; !code && i < n; i++) {
        Text t = {0};
        text_puts(&t, i ? ",\n{\"name\":" : "{\"name\":");
        json_string(&t, row[i].node);
        text_puts(&t, ",\"cat\":");
        json_string(&t, row[i].kernel);
        text_printf(&t, ",\"ph\":\"X\",\"pid\":1,\"tid\":1,\"ts\":%.3f,\"dur\":%.3f,\"args\":{\"shape\":", at, row[i].ms * 1e3);
        json_string(&t, row[i].shape);
        text_puts(&t, "}}");
        code = writer_write(w, t.p, t.n, e);
        at += row[i].ms * 1e3;
        text_free(&t);
    }
    if (!code)
        code = writer_printf(w, e, "\n]}\n");
    return code;
}

static int trace_write(Run *r)
{
    Error e = {0};
    FileWriter *w;
    size_t n = spml_session_profile(r->s, NULL, 0);
    SpmlProfileRow *row = calloc(n + 1, sizeof *row);
    if (!row)
        return fail(5, "out-of-memory", "out of memory");
    n = spml_session_timeline(r->s, row, n);
    const char *path = r->a->o[O_TRACE].s;
    int code = writer_open(path, &w, &e);
    if (!code) {
        code = trace_rows(w, row, n, &e);
        if (code)
            writer_abort(&w);
        else
            code = writer_commit(&w, &e);
    }
    free(row);
    return code ? fail(e.code, e.key, "%s: %s", path, e.text) : 0;
}

int run_reports(Run *r)
{
    if (given(r->a, O_PROFILE))
        profile_lines(r->s);
    return given(r->a, O_TRACE) ? trace_write(r) : 0;
}
