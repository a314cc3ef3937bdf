/* SPDX-License-Identifier: MIT
 * cli: run: tensors in, tensors out. Gathers inputs, runs once (or by items, run_loop.c), and writes, checks or summarises what comes out. */
#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ── the set of outputs ── */

static int outputs_select(Run *r)
{
    const char *list = r->a->o[O_OUTPUTS].s;
    r->n_all = spml_session_outputs(r->s);
    r->out = calloc(r->n_all + 1, sizeof *r->out);
    r->shown = calloc(r->n_all + 1, sizeof *r->shown);
    if (!r->out || !r->shown)
        return fail(5, "out-of-memory", "out of memory");
    if (!list || !strcmp(list, "all")) {
        for (size_t i = 0; i < (list ? r->n_all : r->n_ports); i++)
            r->shown[r->n_shown++] = i;
        return 0;
    }
    for (size_t k = 0; r->wanted[k]; k++)
        for (size_t i = 0; i < r->n_all; i++)
            if (!strcmp(r->wanted[k], spml_session_output_name(r->s, i))) {
                r->shown[r->n_shown++] = i;
                break;
            }
    return 0;
}

/* "a,b" → names; those that are no outputs of the model are asked from the session. */
static int outputs_wanted(Run *r)
{
    const char *list = r->a->o[O_OUTPUTS].s;
    static const char *const every[] = {"*", NULL};
    if (list && !strcmp(list, "all"))
        return r->extra = every, 0;
    if (!list) {
        r->extra = given(r->a, O_DUMP_ACTIVATIONS) ? every : NULL;
        return 0;
    }
    char *copy = strdup(list), *save = NULL;
    size_t max = strlen(list) + 2, n = 0, n_extra = 0;
    const char **extra = calloc(max, sizeof *extra);
    r->wanted = calloc(max, sizeof *r->wanted);
    r->names = copy;
    r->own_extra = extra;
    if (!copy || !r->wanted || !extra)
        return fail(5, "out-of-memory", "out of memory");
    for (char *w = strtok_r(copy, ",", &save); w; w = strtok_r(NULL, ",", &save)) {
        bool own = false;
        for (size_t i = 0; i < r->n_ports; i++)
            own |= !strcmp(r->ports[i].name, w);
        r->wanted[n++] = w;
        if (!own)
            extra[n_extra++] = w;
    }
    r->extra = given(r->a, O_DUMP_ACTIVATIONS) ? every : extra;
    return n ? 0 : fail(2, "option-value", "run: --outputs: no name");
}

const char *run_name(const Run *r, size_t k) { return spml_session_output_name(r->s, r->shown[k]); }
SpmlTensor *run_tensor(const Run *r, size_t k) { return r->out[r->shown[k]]; }

/* ── summary ── */

enum { FIRST = 3 };

static void first_values(const SpmlTensor *t, Text *x)
{
    char buf[40];
    int64_t n = spml_tensor_count(t);
    text_puts(x, "[");
    for (int64_t i = 0; i < n && i < FIRST; i++) {
        char *e = spml_tensor_element_text(t, i);
        const char *d = spml_tensor_dtype(t);
        bool real = d[0] == 'f' || d[0] == 'b';
        if (!strcmp(d, "string")) {
            json_string(x, e ? e : "");
            x->n -= 0;
        } else {
            text_printf(x, "%s", real && strcmp(d, "bool") ? format_g4(buf, spml_tensor_get(t, i)) : e ? e : "");
        }
        text_puts(x, i + 1 < n ? " " : "");
        free(e);
    }
    text_puts(x, n > FIRST ? "...]" : "]");
}

static void summary_line(const char *name, const SpmlTensor *t)
{
    char a[40], b[40], c[40], *type = spml_tensor_type_text(t);
    SpmlStats s;
    Text x = {0};
    out_name(name);
    out_printf("  %s", type ? type : "");
    if (spml_tensor_stats(t, &s))
        out_printf("  min %s  max %s  mean %s  nan %lld  inf %lld", format_g4(a, s.min), format_g4(b, s.max), format_g4(c, s.mean), (long long)s.nan, (long long)s.inf);
    if (spml_tensor_is_tensor(t)) {
        first_values(t, &x);
        out_printf("  ");
        out_name(x.p ? x.p : "");
    }
    out_printf("\n");
    text_free(&x);
    free(type);
}

static void shape_json(Text *t, const SpmlTensor *v)
{
    text_puts(t, "[");
    for (int i = 0; i < spml_tensor_rank(v); i++)
        text_printf(t, "%s%lld", i ? "," : "", (long long)spml_tensor_dim(v, i));
    text_puts(t, "]");
}

static void output_json(Text *t, const char *name, const SpmlTensor *v)
{
    SpmlStats s;
    text_puts(t, "{\"name\":");
    json_string(t, name);
    if (!spml_tensor_is_tensor(v)) {
        char *whole = spml_tensor_json(v);
        text_printf(t, ",\"value\":%s}", whole ? whole : "null");
        free(whole);
        return;
    }
    text_printf(t, ",\"dtype\":\"%s\",\"shape\":", spml_tensor_dtype(v));
    shape_json(t, v);
    if (spml_tensor_stats(v, &s)) {
        text_puts(t, ",\"min\":");
        json_number(t, s.min);
        text_puts(t, ",\"max\":");
        json_number(t, s.max);
        text_puts(t, ",\"mean\":");
        json_number(t, s.mean);
        text_printf(t, ",\"nan\":%lld,\"inf\":%lld", (long long)s.nan, (long long)s.inf);
    }
    text_puts(t, "}");
}

static void summary_json(const Run *r)
{
    SpmlDevice d;
    Text t = {0};
    spml_session_device(r->s, &d);
    text_puts(&t, "{\"schema\":\"spml.run/1\",\"model\":");
    json_string(&t, r->path);
    text_printf(&t, ",\"backend\":\"%s\",\"threads\":%d,", d.id, d.threads);
    if (r->items > 1 || r->item_name) {
        text_printf(&t, "\"item\":%llu,", (unsigned long long)r->item);
        if (r->item_name) {
            text_puts(&t, "\"file\":");
            json_string(&t, r->item_name);
            text_puts(&t, ",");
        }
    }
    text_puts(&t, "\"outputs\":[");
    for (size_t k = 0; k < r->n_shown; k++) {
        text_puts(&t, k ? "," : "");
        output_json(&t, run_name(r, k), run_tensor(r, k));
    }
    SpmlCounts c;
    char ms[40];
    spml_session_counts(r->s, &c);
    text_puts(&t, "]");
    run_counts_json(&t, &c);
    snprintf(ms, sizeof ms, "%.4f", c.compile_ms);
    text_printf(&t, ",\"compile_ms\":%s}\n", ms);
    out_text(t.p ? t.p : "", t.n);
    text_free(&t);
}

void run_summary(const Run *r)
{
    if (cli_json) {
        summary_json(r);
        return;
    }
    if (r->item_name) {
        out_name(r->item_name);
        out_printf(":\n");
    }
    for (size_t k = 0; k < r->n_shown; k++)
        summary_line(run_name(r, k), run_tensor(r, k));
}

/* ── -o ── */

static int shown_index(const Run *r, const FileSpec *s, const char *option, size_t *k)
{
    for (*k = 0; *k < r->n_shown; ++*k)
        if (s->name && strlen(run_name(r, *k)) == s->n_name && !memcmp(run_name(r, *k), s->name, s->n_name))
            return 0;
    if (!s->name && r->n_shown == 1)
        return *k = 0, 0;
    char *hint = port_hint(r->ports, r->n_ports);
    int code = fail_hint(2, "output-name", hint, "%s: %zu outputs, and '%s' holds one; say OUTPUT=%s", option, r->n_shown, s->path, s->path);
    free(hint);
    return code;
}

static int add_copy(SpmlBundle *b, const char *name, const SpmlTensor *t, SpmlError *err)
{
    SpmlTensor *copy;
    int code = spml_tensor_copy(t, &copy, err);
    return code ? code : spml_bundle_add(b, name, copy, err);
}

static bool holds_many(const char *kind)
{
    const char *ext, *about, *name;
    bool many;
    for (size_t i = 0; (name = spml_file_kind(i, &ext, &about, &many)); i++)
        if (!strcmp(name, kind))
            return many;
    return false;
}

/* {} in a name is the item's own, without folder and extension. */
static void item_path(const Run *r, const char *path, char *out, size_t sz)
{
    const char *at = r->item_name ? strstr(path, "{}") : NULL, *slash = r->item_name ? strrchr(r->item_name, '/') : NULL;
    const char *base = slash ? slash + 1 : r->item_name ? r->item_name : "", *dot = strrchr(base, '.');
    if (at)
        snprintf(out, sz, "%.*s%.*s%s", (int)(at - path), path, dot && dot > base ? (int)(dot - base) : (int)strlen(base), base, at + 2);
    else
        snprintf(out, sz, "%s", path);
}

int run_write(const Run *r, const char *arg)
{
    FileSpec s;
    int code = spec_parse(arg, r->ports, r->n_ports, "output", r->path, &s);
    if (code)
        return code;
    char item[4096];
    item_path(r, s.path, item, sizeof item);
    s.path = item;
    bool media = spml_media_kind(*s.kind ? s.kind : s.path);
    const char *kind = *s.kind ? s.kind : strcmp(s.path, "-") && !media ? spml_file_kind_of(s.path) : NULL;
    if (!kind && !media)
        return fail_hint(2, "tensor-kind", "npy npz pb safetensors raw csv json txt; write KIND:PATH", "-o %s: what kind of file?", arg);
    SpmlError *err = spml_error_new();
    SpmlBundle *b = spml_bundle_new();
    size_t k = 0;
    if (kind && holds_many(kind) && !s.name)
        for (; !code && k < r->n_shown; k++)
            code = add_copy(b, run_name(r, k), run_tensor(r, k), err) ? fail_error(err, s.path) : 0;
    else if (!(code = shown_index(r, &s, "-o", &k)))
        code = add_copy(b, run_name(r, k), run_tensor(r, k), err) ? fail_error(err, s.path) : 0;
    char *how = NULL;
    SpmlFileOptions o = {.kind = kind, .recipe = recipe_of(r->a, r->m), .note = &how};
    if (!code && spml_bundle_write(b, s.path, &o, err))
        code = fail_error(err, s.path);
    if (!code && how && !r->item)
        note("%s: %s", strcmp(s.path, "-") ? s.path : "stdout", how);
    free(how);
    spml_bundle_free(b);
    spml_error_free(err);
    return code;
}

/* ── --expect ── */

static int expect_one(const Run *r, size_t k, const SpmlTensor *want, Text *json)
{
    SpmlDifference d;
    double rtol = given(r->a, O_RTOL) ? r->a->o[O_RTOL].f : 1e-3, atol = given(r->a, O_ATOL) ? r->a->o[O_ATOL].f : 1e-5;
    spml_tensor_compare(run_tensor(r, k), want, rtol, atol, &d);
    if (cli_json) {
        text_puts(json, json->n ? "," : "");
        difference_json(json, run_name(r, k), run_tensor(r, k), &d);
    } else {
        difference_line(run_name(r, k), run_tensor(r, k), &d, rtol, atol);
    }
    return d.equal ? 0 : 1;
}

static int expect_missing(const char *name, Text *json)
{
    if (cli_json) {
        text_puts(json, json->n ? ",{\"name\":" : "{\"name\":");
        json_string(json, name);
        text_puts(json, ",\"equal\":false,\"reason\":\"no such output\"}");
    } else {
        out_printf("FAIL  ");
        out_name(name);
        out_printf("  no such output\n");
    }
    return 1;
}

static int expect_bundle(const Run *r, const SpmlBundle *b, const FileSpec *s, Text *json)
{
    size_t n = spml_bundle_count(b), k;
    int worst = 0;
    if (s->name || (n == 1 && r->n_shown == 1)) {
        int code = shown_index(r, s, "--expect", &k);
        return code ? code : n == 1 ? expect_one(r, k, spml_bundle_tensor(b, 0), json) : fail(2, "expect", "%s holds %zu tensors; give it without OUTPUT=", s->path, n);
    }
    for (size_t i = 0; i < n; i++) {
        const char *name = spml_bundle_name(b, i);
        for (k = 0; k < r->n_shown && strcmp(run_name(r, k), name); k++) {}
        if (k == r->n_shown && !*name && i < r->n_shown)
            k = i;
        int code = k < r->n_shown ? expect_one(r, k, spml_bundle_tensor(b, i), json) : expect_missing(name, json);
        worst = code > worst ? code : worst;
    }
    return worst;
}

static int run_expect(const Run *r, const char *arg, Text *json)
{
    FileSpec s;
    int code = spec_parse(arg, r->ports, r->n_ports, "output", r->path, &s);
    if (code)
        return code;
    const SpmlPort *p = r->ports;
    size_t n = r->n_ports;
    for (size_t i = 0; s.name && i < r->n_ports; i++)
        if (strlen(r->ports[i].name) == s.n_name && !memcmp(r->ports[i].name, s.name, s.n_name))
            p = &r->ports[i], n = 1;
    SpmlFileOptions o = {.kind = *s.kind ? s.kind : NULL, .ports = s.own_port ? &s.port : p, .n_ports = s.own_port ? 1 : n, .stem = "output"};
    SpmlError *err = spml_error_new();
    SpmlBundle *b = NULL;
    code = spml_bundle_read(s.path, &o, &b, err) ? fail_error(err, s.path) : expect_bundle(r, b, &s, json);
    spml_bundle_free(b);
    spml_error_free(err);
    return code;
}

static int run_expects(const Run *r)
{
    const OptionValue *o = &r->a->o[O_EXPECT];
    Text json = {0};
    int worst = 0;
    for (size_t i = 0; i < o->n; i++) {
        int code = run_expect(r, o->list[i], &json);
        worst = code > worst ? code : worst;
    }
    if (cli_json && worst < 2) {
        Text t = {0};
        text_puts(&t, "{\"schema\":\"spml.run/1\",\"model\":");
        json_string(&t, r->path);
        text_printf(&t, ",\"equal\":%s,\"expect\":[%s]}\n", worst ? "false" : "true", json.p ? json.p : "");
        out_text(t.p ? t.p : "", t.n);
        text_free(&t);
    }
    text_free(&json);
    return worst;
}

/* ── one run ── */

int run_once(Run *r, Inputs *in)
{
    SpmlError *err = spml_error_new();
    for (size_t i = 0; i < r->n_all; i++) {
        if (r->out[i])
            spml_tensor_free(r->out[i]);
        r->out[i] = NULL;
    }
    guard_session(r->s);
    int code = spml_session_run(r->s, in->v, in->n, r->out, r->n_all, err);
    guard_session(NULL);
    if (code && guard_status(code) == 5 && code == 130)
        code = fail(5, "time-out", "%s: not done after %s s", r->path, r->a->o[O_TIMEOUT].s);
    else if (code)
        code = code == 130 ? guard_status(code) : fail_error(err, r->path);
    spml_error_free(err);
    return code;
}

int run_results(Run *r)
{
    const OptionValue *o = &r->a->o[O_OUTPUT];
    int code = 0;
    for (size_t i = 0; !code && i < o->n; i++)
        code = run_write(r, o->list[i]);
    if (!code && given(r->a, O_EXPECT))
        code = run_expects(r);
    else if (!code && !o->n)
        run_summary(r);
    return code;
}

/* What can be refused before anything is computed. */
static int check_early(const Run *r)
{
    const OptionValue *o = &r->a->o[O_OUTPUT];
    const struct { OptionId id; bool useful; const char *needs; } rows[] = {
        {O_RTOL, given(r->a, O_EXPECT), "--expect"}, {O_ATOL, given(r->a, O_EXPECT), "--expect"}, {O_CARRY, given(r->a, O_WINDOW), "--window"},
        {O_DUMP_ACTIVATIONS, !given(r->a, O_WINDOW) && !given(r->a, O_BATCH), "a single run"},
        {O_ORIENT, given(r->a, O_INPUT) || given(r->a, O_BATCH), "a picture"},
    };
    if (given(r->a, O_WINDOW) && given(r->a, O_BATCH))
        return fail(2, "option-conflict", "run: --window and --batch exclude each other");
    if (given(r->a, O_PRESET) && given(r->a, O_RECIPE))
        return fail(2, "option-conflict", "run: --preset and --recipe exclude each other");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (given(r->a, rows[i].id) && !rows[i].useful)
            return fail(2, "option-unused", "run: --%s has no effect without %s", option_rows[rows[i].id].name, rows[i].needs);
    for (size_t i = 0; i < o->n; i++) {
        FileSpec s;
        int code = spec_parse(o->list[i], r->ports, r->n_ports, "output", r->path, &s);
        if (code)
            return code;
        if (!*s.kind && (!strcmp(s.path, "-") || (!spml_file_kind_of(s.path) && !spml_media_kind(s.path))))
            return fail_hint(2, "tensor-kind", "npy npz pb safetensors raw csv json txt; write KIND:PATH", "-o %s: what kind of file?", o->list[i]);
    }
    return 0;
}

static void run_close(Run *r)
{
    for (size_t i = 0; r->out && i < r->n_all; i++)
        if (r->out[i])
            spml_tensor_free(r->out[i]);
    free(r->out);
    free(r->shown);
    free(r->names);
    free(r->wanted);
    free(r->own_extra);
    free(r->ports);
    spml_session_free(r->s);
    spml_model_free(r->m);
}

int run_open(Run *r)
{
    int code = session_open(r->a, r->m, r->path, NULL, r->extra, &r->s);
    if (!code)
        note_backend(r->s);
    return code ? code : outputs_select(r);
}

static int run_single(Run *r)
{
    Inputs in = {0};
    note_hold();
    int code = inputs_gather(r->a, r->m, r->path, 0, NULL, NULL, true, &in);
    if (!code)
        code = run_open(r);
    if (!code) {
        inputs_say(&in);
        code = run_once(r, &in);
    }
    if (!code)
        code = look_activations(r->a, r->s, r->path, r->out, r->n_all);
    if (!code)
        code = run_results(r);
    inputs_free(&in);
    return code;
}

static int run_model(Run *r)
{
    r->ports = model_ports(r->m, true, &r->n_ports);
    int code = check_early(r);
    if (!code)
        code = outputs_wanted(r);
    if (!code)
        code = given(r->a, O_WINDOW) ? run_windows(r) : given(r->a, O_BATCH) ? run_batch(r) : run_single(r);
    int reports = r->s && code < 2 ? run_reports(r) : 0;
    if (r->s && code < 2 && !reports)
        reports = look_after(r->a, r->s, r->path);
    return code ? code : reports;
}

int cmd_run(const Args *a)
{
    Run r = {.a = a, .items = 1};
    if (!a->n_operand)
        return fail_hint(2, "operands", "spml run MODEL", "run: no model given");
    if (a->n_operand > 1 && !given(a, O_BATCH))
        return fail_hint(2, "operands", "-i FILE, or --batch for many", "run: one model, not %zu operands", a->n_operand);
    r.path = a->operand[0];
    int code = model_open(a, r.path, false, &r.m);
    if (!code)
        code = run_model(&r);
    run_close(&r);
    return code;
}
