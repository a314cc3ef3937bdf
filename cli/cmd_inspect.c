/* SPDX-License-Identifier: MIT
 * cli: inspect: what a file holds, needs, and can run on, without running anything. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

/* "1.24 M", "984 k", "66" */
static void put_count(Text *t, uint64_t n)
{
    if (n >= 999500000)
        text_printf(t, "%.3g G", (double)n / 1e9);
    else if (n >= 999500)
        text_printf(t, "%.*f M", n < 9995000 ? 2 : n < 99950000 ? 1 : 0, (double)n / 1e6);
    else if (n >= 10000)
        text_printf(t, "%.0f k", (double)n / 1e3);
    else
        text_printf(t, "%llu", (unsigned long long)n);
}

static void key(const char *k) { out_printf("%-9s", k); }

/* ── text ── */

static void port_lines(const SpmlModel *m, bool outputs)
{
    size_t n, wide = 0;
    SpmlPort *p = model_ports(m, outputs, &n);
    for (size_t i = 0; p && i < n; i++)
        if (!p[i].has_default && strlen(p[i].name) < 40 && strlen(p[i].name) > wide)
            wide = strlen(p[i].name);
    size_t other = 0, k;
    SpmlPort *q = model_ports(m, !outputs, &k); /* names of inputs and outputs stand in one column */
    for (size_t i = 0; q && i < k; i++)
        if (!q[i].has_default && strlen(q[i].name) < 40 && strlen(q[i].name) > other)
            other = strlen(q[i].name);
    wide = other > wide ? other : wide;
    for (size_t i = 0; p && i < n; i++) {
        if (p[i].has_default && !outputs)
            continue;
        key(outputs ? "output" : "input");
        out_name(p[i].name);
        out_printf("%*s  ", strlen(p[i].name) < wide ? (int)(wide - strlen(p[i].name)) : 0, "");
        out_name(p[i].type);
        out_printf("\n");
    }
    free(p);
    free(q);
}

static void counts(const SpmlCount *c, size_t n, size_t max)
{
    for (size_t i = 0; i < n && i < max; i++) {
        out_printf(i ? "  " : "");
        out_name(c[i].name);
        out_printf(" %zu", c[i].n);
    }
    if (n > max)
        out_printf("  and %zu more", n - max);
    out_printf("\n");
}

static const char *shown_path(const char *p) { return strcmp(p, "-") ? p : "stdin"; }

static void head_line(const SpmlModelInfo *f)
{
    char size[40];
    key("model");
    out_name(shown_path(f->path));
    bool comma = f->runs;
    out_printf("  %s%s ", f->format, comma ? "," : "");
    out_name(f->version ? f->version : "");
    out_printf(", %s\n", format_bytes(size, f->file_bytes));
}

/* What the optimised graph needs, for the dimensions that were said or assumed; plan.steps 0: it cannot be planned. */
typedef struct Needs { SpmlPlan plan; bool planned; SpmlRoof roof; double predicted_ms; Text dims, assumed; char *refusal; } Needs;

static void dims_line(const Needs *w)
{
    if (!w->dims.n)
        return;
    key("dims");
    for (const char *p = w->dims.p; *p;) { /* "batch":4,"x[2]":1 */
        const char *colon = p;
        while (colon[0] != '"' || colon[1] != ':')
            colon++;
        size_t n = (size_t)(colon - p) + 1, digits = strspn(colon + 2, "0123456789");
        char *name = strndup(p, n);
        bool guess = w->assumed.n && name && strstr(w->assumed.p, name);
        out_printf("%s", p == w->dims.p ? "" : "  ");
        out_text(p + 1, n - 2);
        out_printf("=%.*s%s", (int)digits, colon + 2, guess ? " (assumed)" : "");
        free(name);
        p = colon + 2 + digits;
        p += *p == ',';
    }
    out_printf("\n");
}

static void work_line(const SpmlPlan *p)
{
    if (!p->flop)
        return;
    key("work");
    if (p->flop >= 1e7)
        out_printf("%.2f GFLOP", p->flop / 1e9);
    else
        out_printf(p->flop >= 1e4 ? "%.2f MFLOP" : "%.0f FLOP", p->flop >= 1e4 ? p->flop / 1e6 : p->flop);
    out_printf("%s\n", p->flop_exact ? "" : ", and what only a run can tell");
}

static void time_line(const Needs *w)
{
    if (w->predicted_ms <= 0)
        return;
    key("time");
    out_printf(w->predicted_ms >= 0.01 ? "%.3g ms" : "%.2g ms", w->predicted_ms);
    out_printf(" predicted: every step at the roof of %d thread%s of this CPU%s\n", w->roof.threads, w->roof.threads == 1 ? "" : "s",
        w->plan.flop_exact ? "" : ", without what only a run can tell");
}

static void graph_lines(const SpmlModel *m, const SpmlModelInfo *f, const Needs *w)
{
    char size[40];
    Text t = {0};
    port_lines(m, false);
    port_lines(m, true);
    put_count(&t, f->n_parameters);
    key("graph");
    out_printf("%zu node%s, %zu weight%s, %s parameters\n", f->n_nodes, f->n_nodes == 1 ? "" : "s", f->n_weights, f->n_weights == 1 ? "" : "s", t.p);
    key("ops");
    counts(f->ops, f->n_ops, 40);
    dims_line(w);
    if (w->planned && !w->plan.fits)
        key("work"), out_printf("some extents are negative for these dimensions: give --dim or --shape\n");
    else if (w->planned)
        work_line(&w->plan), time_line(w);
    key("memory");
    out_printf("weights %s", format_bytes(size, f->weight_bytes));
    if (w->planned && w->plan.fits)
        out_printf(" + arena %s", format_bytes(size, w->plan.arena_bytes));
    out_printf("\n");
    text_free(&t);
}

static void backend_lines(const SpmlModelInfo *f, const Needs *w)
{
    key("backend");
    if (w->refusal) {
        out_printf("none\n");
        for (const char *p = w->refusal; *p;) {
            size_t n = strcspn(p, "\n");
            char *line = strndup(p, n);
            key("cannot");
            out_name(line ? line : "");
            out_printf("\n");
            free(line);
            p += n + (p[n] == '\n');
        }
        return;
    }
    if (!f->n_problems) {
        out_printf("%s: every node\n", spml_backend(0)); /* what others can do is known when they are opened */
        return;
    }
    out_printf("none: %zu of %zu nodes cannot run\n", f->n_problems, f->n_nodes);
    for (size_t i = 0; i < f->n_problems; i++) {
        key("cannot");
        out_name(f->problems[i]);
        out_printf("\n");
    }
}

/* What the shapes and the metadata say the model is for. */
static void task_text(const SpmlModel *m, Text *t)
{
    size_t n_in, n_out, n_real = 0;
    SpmlPort *in = model_ports(m, false, &n_in), *out = model_ports(m, true, &n_out), *x = NULL;
    for (size_t i = 0; i < n_in; i++)
        if (!in[i].has_default && n_real++ == 0)
            x = &in[i];
    bool picture = x && n_real == 1 && x->rank == 4 && x->dtype && (x->dim[1] == 3 || x->dim[1] == 1 || x->dim[3] == 3 || x->dim[3] == 1);
    int64_t classes = n_out == 1 && out[0].rank >= 1 && out[0].rank <= 4 ? out[0].dim[out[0].rank > 1 ? 1 : 0] : -1;
    for (int i = 2; n_out == 1 && i < out[0].rank; i++)
        classes = out[0].dim[i] == 1 ? classes : -1;
    const char *labels = spml_model_meta(m, "spml.labels"), *recipe = spml_model_meta(m, "spml.preprocess");
    if (picture && classes > 1) {
        text_printf(t, "classify: %lld classes; ", (long long)classes);
        text_puts(t, labels && recipe ? "labels and recipe in the file" : labels ? "no recipe in the file, give --preset" : recipe ? "no labels in the file, give --labels"
                                        : "no labels or recipe in the file, give --labels and --preset");
    } else if (picture && n_out == 1 && out[0].rank == 4 && (out[0].dim[1] == 3 || out[0].dim[1] == 1)) {
        text_puts(t, "picture to picture: spml run MODEL -i IN.png -o OUT.png --preset pixels|unit");
    } else {
        text_puts(t, "tensors to tensors: spml run MODEL -i INPUT=FILE -o OUTPUT=FILE");
    }
    free(in);
    free(out);
}

static void container_lines(const SpmlModelInfo *f)
{
    Text t = {0};
    char size[40];
    const struct { const char *k, *v; } rows[] = {{"arch", f->arch_line}, {"vocab", f->vocab_line}};
    for (size_t i = 0; i < 2; i++)
        if (rows[i].v) {
            key(rows[i].k);
            out_name(rows[i].v);
            out_printf("\n");
        }
    put_count(&t, f->n_parameters);
    key("weights");
    out_printf("%zu tensor%s, %s parameters", f->n_weights, f->n_weights == 1 ? "" : "s", t.p);
    if (f->n_parameters)
        out_printf(", %.3g bits each", 8.0 * (double)f->weight_bytes / (double)f->n_parameters);
    out_printf("\n");
    key("dtype");
    for (size_t i = 0; i < f->n_dtypes; i++)
        out_printf("%s%s %zu tensor%s %s", i ? "  " : "", f->dtypes[i].name, f->dtypes[i].n, f->dtypes[i].n == 1 ? "" : "s", format_bytes(size, f->dtypes[i].bytes));
    out_printf("\n");
    if (f->task_line) {
        key("task");
        out_name(f->task_line);
        out_printf("\n");
    }
    text_free(&t);
}

/* ── --tensors and --meta ── */

static void put_dims(Text *t, const SpmlTensorInfo *x)
{
    text_puts(t, "[");
    for (int i = 0; i < x->rank; i++)
        text_printf(t, "%s%lld", i ? "," : "", (long long)x->dim[i]);
    text_puts(t, "]");
}

static void tensor_line(const SpmlModel *m, size_t i, bool stats)
{
    SpmlTensorInfo x;
    SpmlStats s;
    char a[40], b[40], c[40];
    Text t = {0}, name = {0};
    spml_model_tensor(m, i, &x);
    text_escape_terminal(&name, x.name, x.name_bytes);
    put_dims(&t, &x);
    out_printf(out_is_terminal() ? "tensor   " : "tensor%s", gap());
    out_printf("%s%s%s%s%s%llu B", name.p ? name.p : "", gap(), x.dtype, t.p, gap(), (unsigned long long)x.bytes);
    if (x.offset >= 0)
        out_printf("%sat %lld", gap(), (long long)x.offset);
    if (stats && !spml_model_tensor_stats(m, i, &s, NULL))
        out_printf("%smin %s%smax %s%smean %s%snan %lld%sinf %lld", gap(), format_g4(a, s.min), gap(), format_g4(b, s.max), gap(), format_g4(c, s.mean), gap(), (long long)s.nan, gap(), (long long)s.inf);
    out_printf("\n");
    text_free(&t);
    text_free(&name);
}

static void meta_lines(const SpmlModel *m)
{
    for (size_t i = 0; i < spml_model_metas(m); i++) {
        const char *k, *v;
        spml_model_meta_at(m, i, &k, &v);
        out_printf("meta%s", out_is_terminal() ? "     " : "\t");
        out_name(k ? k : "");
        out_printf("%s", gap());
        out_name(v ? v : "");
        out_printf("\n");
    }
}

/* ── JSON ── */

static void json_dims(Text *t, int rank, const int64_t *dim)
{
    text_puts(t, rank < 0 ? "null" : "[");
    for (int i = 0; i < rank; i++)
        text_printf(t, dim[i] < 0 ? "%snull" : "%s%lld", i ? "," : "", (long long)dim[i]);
    text_puts(t, rank < 0 ? "" : "]");
}

static void json_ports(Text *t, const SpmlModel *m, bool outputs)
{
    size_t n, k = 0;
    SpmlPort *p = model_ports(m, outputs, &n);
    text_printf(t, ",\"%s\":[", outputs ? "outputs" : "inputs");
    for (size_t i = 0; i < n; i++) {
        if (p[i].has_default && !outputs)
            continue;
        text_puts(t, k++ ? ",{\"name\":" : "{\"name\":");
        json_string(t, p[i].name);
        text_puts(t, ",\"type\":");
        json_string(t, p[i].type);
        if (p[i].dtype) {
            text_printf(t, ",\"dtype\":\"%s\",\"shape\":", p[i].dtype);
            json_dims(t, p[i].rank, p[i].dim);
            text_puts(t, ",\"symbols\":[");
            for (int d = 0; d < p[i].rank; d++) {
                text_puts(t, d ? "," : "");
                if (p[i].symbol[d])
                    json_string(t, p[i].symbol[d]);
                else
                    text_puts(t, "null");
            }
            text_puts(t, "]");
        }
        text_puts(t, "}");
    }
    text_puts(t, "]");
    free(p);
}

static void json_field(Text *t, const char *k, const char *v)
{
    if (!v)
        return;
    text_printf(t, ",\"%s\":", k);
    json_string(t, v);
}

static void json_tensors(Text *t, const SpmlModel *m, bool stats)
{
    SpmlTensorInfo x;
    SpmlStats s;
    text_puts(t, ",\"tensors\":[");
    for (size_t i = 0; !spml_model_tensor(m, i, &x); i++) {
        text_puts(t, i ? ",{\"name\":\"" : "{\"name\":\"");
        text_escape_json(t, x.name, x.name_bytes);
        text_printf(t, "\",\"dtype\":\"%s\",\"shape\":", x.dtype);
        json_dims(t, x.rank, x.dim);
        text_printf(t, ",\"bytes\":%llu", (unsigned long long)x.bytes);
        if (x.offset >= 0)
            text_printf(t, ",\"offset\":%lld", (long long)x.offset);
        if (stats && !spml_model_tensor_stats(m, i, &s, NULL)) {
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
    text_puts(t, "]");
}

static void json_counts(Text *t, const char *k, const SpmlCount *c, size_t n, bool bytes)
{
    text_printf(t, ",\"%s\":{", k);
    for (size_t i = 0; i < n; i++) {
        text_puts(t, i ? "," : "");
        json_string(t, c[i].name);
        text_printf(t, ":%llu", bytes ? (unsigned long long)c[i].bytes : (unsigned long long)c[i].n);
    }
    text_puts(t, "}");
}

static void json_meta(Text *t, const SpmlModel *m)
{
    text_puts(t, ",\"meta\":{");
    for (size_t i = 0; i < spml_model_metas(m); i++) {
        const char *k, *v;
        spml_model_meta_at(m, i, &k, &v);
        text_puts(t, i ? "," : "");
        json_string(t, k ? k : "");
        text_puts(t, ":");
        json_string(t, v ? v : "");
    }
    text_puts(t, "}");
}

static void json_needs(Text *t, const Needs *w)
{
    if (!w->planned || !w->plan.fits)
        return;
    text_printf(t, ",\"dims\":{%s},\"assumed\":[%s],\"flop\":", w->dims.p ? w->dims.p : "", w->assumed.p ? w->assumed.p : "");
    json_number(t, w->plan.flop);
    text_printf(t, ",\"flop_exact\":%s,\"arena_bytes\":%llu,\"arena_least_bytes\":%llu,\"steps\":%zu", w->plan.flop_exact ? "true" : "false", (unsigned long long)w->plan.arena_bytes,
        (unsigned long long)w->plan.least_bytes, w->plan.steps);
    if (w->predicted_ms > 0)
        text_printf(t, ",\"predicted_ms\":%.4g", w->predicted_ms);
}

static void inspect_json(const Args *a, const SpmlModel *m, const SpmlModelInfo *f, const Needs *w)
{
    Text t = {0}, task = {0};
    text_puts(&t, "{\"schema\":\"spml.inspect/1\",\"file\":");
    json_string(&t, f->path);
    json_field(&t, "format", f->format);
    json_field(&t, "version", f->version);
    text_printf(&t, ",\"file_bytes\":%llu", (unsigned long long)f->file_bytes);
    if (f->runs) {
        json_ports(&t, m, false);
        json_ports(&t, m, true);
        text_printf(&t, ",\"nodes\":%zu", f->n_nodes);
        json_counts(&t, "ops", f->ops, f->n_ops, false);
        json_needs(&t, w);
        text_puts(&t, ",\"problems\":[");
        for (size_t i = 0; i < f->n_problems; i++) {
            text_puts(&t, i ? "," : "");
            json_string(&t, f->problems[i]);
        }
        if (w->refusal)
            json_string(&t, w->refusal);
        text_puts(&t, "]");
        task_text(m, &task);
    }
    json_field(&t, "arch", f->arch);
    text_printf(&t, ",\"weights\":%zu,\"parameters\":%llu,\"weight_bytes\":%llu", f->n_weights, (unsigned long long)f->n_parameters, (unsigned long long)f->weight_bytes);
    json_counts(&t, "dtype_bytes", f->dtypes, f->n_dtypes, true);
    json_field(&t, "task", f->runs ? task.p : f->task_line);
    if (given(a, O_META))
        json_meta(&t, m);
    if (given(a, O_TENSORS))
        json_tensors(&t, m, given(a, O_STATS));
    text_puts(&t, "}\n");
    out_text(t.p ? t.p : "", t.n);
    text_free(&t);
    text_free(&task);
}

/* ── the verb ── */

static int print_form(const SpmlModel *m, const char *path, const char *form)
{
    SpmlError *err = spml_error_new();
    char *text = NULL;
    size_t n = 0;
    int code = spml_model_print(m, form, &text, &n, err) ? fail_error(err, path) : 0;
    if (!code)
        out_text(text, n);
    free(text);
    spml_error_free(err);
    return code;
}

/* ── needs ── */

static int needs_of(const Args *a, SpmlModel *m, const char *path, Needs *w)
{
    SpmlError *err = spml_error_new();
    SpmlSession *s = NULL;
    size_t n;
    SpmlPort *ports = model_ports(m, false, &n);
    const SpmlSessionOptions o = {.threads = 1, .strict_math = given(a, O_STRICT_MATH), .disabled_passes = passes_disabled(a), .watch = look_watch()};
    int code = passes_check(a), status = 0;
    if (!code)
        code = ports ? inputs_shapes(a, m, path, ports, &w->dims, &w->assumed) : fail(5, "out-of-memory", "out of memory");
    if (!code) {
        status = spml_session_open(m, &o, &s, err);
        if (!status)
            look_session(a, s, NULL);
        if (!status)
            status = spml_session_plan(s, ports, n, &w->plan, err);
        w->planned = !status;
        if (w->planned && !spml_roof(0, 0, &w->roof, NULL))
            w->predicted_ms = spml_session_predict(s, &w->roof);
    }
    if (status == 4)
        w->refusal = strdup(spml_error_text(err));
    else if (status)
        code = fail_error(err, path);
    spml_session_free(s);
    free(ports);
    spml_error_free(err);
    return code;
}

static void needs_free(Needs *w)
{
    text_free(&w->dims);
    text_free(&w->assumed);
    free(w->refusal);
}

/* ── --at ── */

static const char *const at_stages[] = {"read", "infer", NULL, "optimised", "calls", "plan"}; /* NULL: the passes */

typedef struct At { const char *stage; char *text; } At;

/* A pass may come more than once: the last time that it changed anything counts. */
static void at_seen(void *ctx, const SpmlStage *st)
{
    At *at = ctx;
    if (strcmp(st->name, at->stage) || (at->text && !st->changes))
        return;
    free(at->text);
    at->text = spml_stage_text(st);
}

static int at_list(const char *stage)
{
    const char *about, *pass;
    bool found = false;
    bool list = !strcmp(stage, "list");
    for (size_t i = 0; i < sizeof at_stages / sizeof *at_stages; i++)
        for (size_t k = 0; (pass = at_stages[i] ? k ? NULL : at_stages[i] : spml_pass(k, &about)); k++) {
            if (list)
                out_printf("%s\n", pass);
            found |= !strcmp(pass, stage);
        }
    return list || found ? 0 : fail_hint(2, "stage", "spml inspect --at list", "inspect: --at %s: no such stage", stage);
}

static int at_print(const Args *a, const char *path)
{
    SpmlError *err = spml_error_new();
    SpmlModel *m = NULL;
    SpmlSession *s = NULL;
    At at = {.stage = a->o[O_AT].s};
    SpmlPlan plan;
    SpmlWatch w = {at_seen, &at};
    Text dims = {0}, assumed = {0};
    size_t n, n_text;
    SpmlLoadOptions lo = {.format = a->o[O_FORMAT].s, .data_dir = a->o[O_DATA_DIR].s, .keep_unknown = !strcmp(at.stage, "read") || !strcmp(at.stage, "infer"), .watch = &w};
    const SpmlSessionOptions so = {.threads = 1, .strict_math = given(a, O_STRICT_MATH), .disabled_passes = passes_disabled(a), .watch = &w};
    int code = passes_check(a), status = code ? 0 : spml_model_load(path, &lo, &m, err);
    SpmlPort *ports = m ? model_ports(m, false, &n) : NULL;
    if (ports && !at.text)
        code = inputs_shapes(a, m, path, ports, &dims, &assumed);
    if (ports && !code && !at.text)
        status = spml_session_open(m, &so, &s, err);
    if (s && !status && !at.text)
        status = spml_session_plan(s, ports, n, &plan, err);
    if (s && !status && !at.text)
        status = spml_session_print(s, at.stage, &at.text, &n_text, err);
    if (status)
        code = fail_error(err, path);
    else if (!code && at.text)
        out_text(at.text, strlen(at.text));
    else if (!code)
        code = fail(4, "no-stage", "%s: stage %s was not reached", path, at.stage);
    text_free(&dims);
    text_free(&assumed);
    free(at.text);
    free(ports);
    spml_session_free(s);
    spml_model_free(m);
    spml_error_free(err);
    return code;
}

static int inspect_one(const Args *a, const char *path)
{
    static const struct { OptionId id; const char *form; } forms[] = {{O_IR, "ir"}, {O_DOT, "dot"}, {O_SVG, "svg"}};
    SpmlModel *m;
    SpmlModelInfo f;
    Needs w = {0};
    if (given(a, O_AT))
        return at_print(a, path);
    int code = model_open(a, path, true, &m);
    if (code)
        return code;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (given(a, forms[i].id)) {
            code = print_form(m, path, forms[i].form);
            spml_model_free(m);
            return code;
        }
    SpmlError *err = spml_error_new();
    bool listed = !cli_json && (given(a, O_TENSORS) || given(a, O_META));
    if (spml_model_info(m, &f, err))
        code = fail_error(err, path);
    else if (f.runs && !f.n_problems && !listed)
        code = needs_of(a, m, path, &w);
    if (code) {
    } else if (cli_json) {
        inspect_json(a, m, &f, &w);
    } else if (given(a, O_TENSORS) || given(a, O_META)) {
        if (given(a, O_META))
            meta_lines(m);
        for (size_t i = 0; given(a, O_TENSORS) && i < f.n_weights; i++)
            tensor_line(m, i, given(a, O_STATS));
    } else {
        head_line(&f);
        if (f.runs) {
            Text task = {0};
            graph_lines(m, &f, &w);
            backend_lines(&f, &w);
            task_text(m, &task);
            key("task");
            out_printf("%s\n", task.p);
            text_free(&task);
        } else {
            container_lines(&f);
        }
    }
    needs_free(&w);
    spml_error_free(err);
    spml_model_free(m);
    return code;
}

int cmd_inspect(const Args *a)
{
    static const OptionId forms[] = {O_JSON, O_IR, O_DOT, O_SVG, O_AT};
    OptionId first = O_COUNT;
    int worst = 0;
    if (given(a, O_AT)) {
        int code = at_list(a->o[O_AT].s);
        if (code || !strcmp(a->o[O_AT].s, "list"))
            return code;
    }
    if (!a->n_operand)
        return fail_hint(2, "operands", "spml inspect MODEL", "inspect: no model given");
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (given(a, forms[i]) && first != O_COUNT)
            return fail(2, "option-conflict", "inspect: --%s and --%s exclude each other", option_rows[first].name, option_rows[forms[i]].name);
        if (given(a, forms[i]))
            first = forms[i];
    }
    if (first != O_COUNT && first != O_JSON && (given(a, O_TENSORS) || given(a, O_META)))
        return fail(2, "option-conflict", "inspect: --%s and --%s exclude each other", option_rows[first].name, given(a, O_META) ? "meta" : "tensors");
    if (given(a, O_STATS) && !given(a, O_TENSORS))
        return fail(2, "option-unused", "inspect: --stats has no effect without --tensors");
    for (size_t i = 0; i < a->n_operand; i++) {
        int code = inspect_one(a, a->operand[i]);
        worst = worst ? worst : code;
    }
    return worst;
}
