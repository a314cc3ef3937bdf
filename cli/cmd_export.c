/* SPDX-License-Identifier: MIT
 * cli: export: writes a model in another format or form, opens what it wrote, runs both on the same inputs and says how far they are apart. */
#include "cli.h"

#include "base/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SAMPLES = 4, HALF_LIMIT = 200 /* f16 keeps 11 bits: outputs may be off by 2 % of their range, or by a fifth */ };

typedef struct Export {
    const Args *a;
    const char *path;       /* of the model */
    const char *to, *kind;  /* kind NULL: by extension */
    char *temp;             /* what goes to stdout is looked at first */
    SpmlModel *m, *back;
    Inputs sample[64];
    size_t n_samples;
    SpmlExportReport report;
    double worst, max_abs, range;
    bool compared;
} Export;

/* ── what to write ── */

static int parse_to(Export *x)
{
    const char *arg = x->a->o[O_TO].s, *colon = arg ? strpbrk(arg, ":/") : NULL, *ext, *about;
    if (!arg)
        return fail_hint(2, "output-missing", "spml export MODEL -o OUT.onnx", "export: -o is missing");
    x->to = arg;
    for (size_t i = 0; colon && *colon == ':' && spml_export_format(i, &ext, &about); i++) {
        const char *name = spml_export_format(i, &ext, &about);
        if (strlen(name) == (size_t)(colon - arg) && !memcmp(name, arg, strlen(name))) {
            x->kind = name;
            x->to = colon + 1;
        }
    }
    if (!x->kind)
        x->kind = spml_export_format_of(x->to);
    if (!*x->to)
        return fail(2, "path-empty", "no path in '%s'", arg);
    if (!x->kind && !strcmp(x->to, "-"))
        return fail_hint(2, "export-kind", "-o onnx:-", "-o -: what kind of file?");
    return 0;
}

static int check_options(const Export *x)
{
    const Args *a = x->a;
    bool onnx = !x->kind || !strcmp(x->kind, "onnx");
    const struct { OptionId id; bool useful; const char *needs; } rows[] = {
        {O_FP16_IO, given(a, O_FP16), "--fp16"}, {O_OPSET, onnx, "-o onnx"}, {O_EXTERNAL_DATA, onnx, "-o onnx"}, {O_FP16, onnx, "-o onnx"},
        {O_JSON, strcmp(x->to, "-"), "a file for -o"}, {O_VERIFY_SAMPLES, onnx, "-o onnx"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (given(a, rows[i].id) && !rows[i].useful)
            return fail(2, "option-unused", "export: --%s has no effect without %s", option_rows[rows[i].id].name, rows[i].needs);
    if (given(a, O_VERIFY_SAMPLES) && a->o[O_VERIFY_SAMPLES].i > 64)
        return fail(2, "option-value", "export: --verify-samples: at most 64");
    if (given(a, O_OPSET) && (a->o[O_OPSET].i < 13 || a->o[O_OPSET].i > 28))
        return fail(2, "option-value", "export: --opset: '%s' is not 13 to 28", a->o[O_OPSET].s);
    return 0;
}

/* Inputs that are given are the same in every sample: one is enough. */
static int gather_samples(Export *x)
{
    const Args *a = x->a;
    size_t want = given(a, O_VERIFY_SAMPLES) ? (size_t)a->o[O_VERIFY_SAMPLES].i : SAMPLES;
    bool fixed = given(a, O_INPUT) || (given(a, O_SET) && !given(a, O_FILL)) || !spml_model_inputs(x->m);
    want = fixed && want > 1 ? 1 : want;
    int code = 0;
    for (size_t i = 0; !code && i < want; i++) {
        code = inputs_gather(a, x->m, x->path, i, NULL, NULL, i == 0, &x->sample[i]);
        x->n_samples += !code;
    }
    return code;
}

/* ── writing ── */

static int temp_make(Export *x)
{
    const char *dir = getenv("TMPDIR");
    Text t = {0};
    text_printf(&t, "%s/spml-export-XXXXXX", dir && *dir ? dir : "/tmp");
    x->temp = t.p;
    int fd = t.oom ? -1 : mkstemp(t.p);
    if (fd < 0)
        return fail(5, "output-not-writable", "%s: %s", t.p ? t.p : "", strerror(errno));
    close(fd);
    return 0;
}

static int write_it(Export *x)
{
    const Args *a = x->a;
    SpmlTensor *const *sets[64];
    SpmlError *err = spml_error_new();
    for (size_t i = 0; i < x->n_samples; i++)
        sets[i] = x->sample[i].v;
    SpmlExportOptions o = {.format = x->kind, .opset = (int)a->o[O_OPSET].i, .simplify = given(a, O_SIMPLIFY), .external_data = given(a, O_EXTERNAL_DATA), .fp16 = given(a, O_FP16),
        .fp16_io = given(a, O_FP16_IO), .samples = x->n_samples ? sets : NULL, .n_samples = x->n_samples};
    int code = strcmp(x->to, "-") ? 0 : temp_make(x);
    if (!code && spml_model_export(x->m, x->temp ? x->temp : x->to, &o, &x->report, err))
        code = fail_error(err, *spml_error_file(err) ? NULL : x->path);
    spml_error_free(err);
    return code;
}

/* What was looked at goes to stdout. */
static int send_temp(const Export *x)
{
    Error e = {0};
    File *f = NULL;
    FileWriter *w = NULL;
    int code = file_open(x->temp, 0, &f, &e);
    if (!code)
        code = writer_open("-", &w, &e);
    if (!code)
        code = writer_write(w, file_span(f).base, file_size(f), &e);
    if (!code)
        code = writer_commit(&w, &e);
    writer_abort(&w);
    file_close(&f);
    return code ? fail(code, e.key, "stdout: %s", e.text) : 0;
}

/* ── looking at it ── */

/* A tensor of the type that the other model has there; the same one where it is that already. NULL: failed. */
static SpmlTensor *typed(const SpmlTensor *t, const char *dtype, bool *own, SpmlError *err)
{
    SpmlTensor *cast = NULL;
    *own = spml_tensor_is_tensor(t) && dtype && strcmp(spml_tensor_dtype(t), dtype);
    if (!*own)
        return (SpmlTensor *)t;
    return spml_tensor_cast(t, dtype, &cast, err) ? NULL : cast;
}

static int run_side(Export *x, SpmlModel *m, SpmlSession *s, const Inputs *in, SpmlTensor **out)
{
    SpmlError *err = spml_error_new();
    SpmlTensor **v = calloc(in->n + 1, sizeof *v);
    bool *own = calloc(in->n + 1, sizeof *own);
    int code = v && own ? 0 : fail(5, "out-of-memory", "out of memory");
    for (size_t i = 0; !code && i < in->n; i++) {
        SpmlPort p;
        spml_model_input(m, i, &p);
        if (in->v[i] && !(v[i] = typed(in->v[i], p.dtype, &own[i], err)))
            code = fail_error(err, x->path);
    }
    guard_session(s);
    if (!code && spml_session_run(s, v, in->n, out, spml_model_outputs(m), err)) {
        code = spml_error_status(err);
        code = code == 130 ? guard_status(130) : m == x->m ? fail_hint(code, spml_error_key(err), "other inputs with -i, --set, --fill or --dim; --verify-samples 0 does not look", "%s: %s", x->path, spml_error_text(err)) : fail_error(err, x->to);
    }
    guard_session(NULL);
    for (size_t i = 0; own && i < in->n; i++)
        if (own[i] && v[i])
            spml_tensor_free(v[i]);
    free(v);
    free(own);
    spml_error_free(err);
    return code;
}

static int compare_output(Export *x, size_t i, const SpmlTensor *got, const SpmlTensor *want)
{
    SpmlError *err = spml_error_new();
    SpmlAgreement d;
    bool own;
    SpmlTensor *same = typed(got, spml_tensor_is_tensor(want) ? spml_tensor_dtype(want) : NULL, &own, err);
    int code = same ? 0 : fail_error(err, x->to);
    if (same) {
        spml_tensor_agree(same, want, &d);
        x->worst = d.worst > x->worst ? d.worst : x->worst;
        x->max_abs = d.max_abs > x->max_abs ? d.max_abs : x->max_abs;
        x->range = d.range > x->range ? d.range : x->range;
        if (*d.reason) {
            SpmlPort p;
            spml_model_output(x->m, i, &p);
            warn("%s: output %s has %s", x->to, p.name, d.reason);
        }
    }
    if (own && same)
        spml_tensor_free(same);
    spml_error_free(err);
    return code;
}

static void drop(SpmlTensor **v, size_t n)
{
    for (size_t i = 0; v && i < n; i++)
        if (v[i])
            spml_tensor_free(v[i]);
    free(v);
}

static int compare_sample(Export *x, SpmlSession *s, SpmlSession *back, const Inputs *in)
{
    size_t n = spml_model_outputs(x->m);
    SpmlTensor **want = calloc(n + 1, sizeof *want), **got = calloc(n + 1, sizeof *got);
    int code = want && got ? 0 : fail(5, "out-of-memory", "out of memory");
    if (!code)
        code = run_side(x, x->m, s, in, want);
    if (!code)
        code = run_side(x, x->back, back, in, got);
    for (size_t i = 0; !code && i < n; i++)
        code = compare_output(x, i, got[i], want[i]);
    drop(want, n);
    drop(got, n);
    return code;
}

/* The same inputs and outputs, by name. */
static int compare_ports(const Export *x)
{
    for (int side = 0; side < 2; side++) {
        size_t n, n_back;
        SpmlPort *p = model_ports(x->m, side, &n), *q = model_ports(x->back, side, &n_back);
        bool same = p && q && n == n_back;
        for (size_t i = 0; same && i < n; i++)
            same = !strcmp(p[i].name, q[i].name) || !*p[i].name;
        free(p);
        free(q);
        if (!same)
            return fail(1, "export-differs", "%s: %s are not those of %s", x->to, side ? "outputs" : "inputs", x->path);
    }
    return 0;
}

static int look_back(Export *x)
{
    SpmlSession *s = NULL, *back = NULL;
    SpmlError *err = spml_error_new();
    int code = spml_model_load(x->temp ? x->temp : x->to, &(SpmlLoadOptions){.format = x->kind}, &x->back, err) ? fail_error(err, x->to) : compare_ports(x);
    if (!code)
        code = session_open(x->a, x->m, x->path, NULL, NULL, &s);
    if (!code)
        code = session_open(x->a, x->back, x->to, NULL, NULL, &back);
    for (size_t i = 0; !code && i < x->n_samples; i++)
        code = compare_sample(x, s, back, &x->sample[i]);
    x->compared = !code;
    spml_session_free(s);
    spml_session_free(back);
    spml_error_free(err);
    return code;
}

/* ── the report ── */

static double limit_of(const Export *x) { return given(x->a, O_FP16) ? HALF_LIMIT : 1; }

static void report_lines(const Export *x, Text *t)
{
    char a[40], b[40], c[40];
    const SpmlExportReport *r = &x->report;
    text_printf(t, "wrote    %s  %s", x->to, r->format);
    if (r->opset)
        text_printf(t, ", opset %d", r->opset);
    text_printf(t, ", %s%s\n", format_bytes(a, r->bytes), r->external ? ", weights in a second file" : "");
    if (!r->weights)
        text_printf(t, "nodes    %zu", r->nodes_before);
    if (!r->weights && r->nodes != r->nodes_before)
        text_printf(t, " -> %zu", r->nodes);
    text_puts(t, r->weights ? "" : "\n");
    for (const char *p = r->kept; *p;) {
        size_t n = strcspn(p, "\n");
        text_printf(t, "kept     f32  %.*s\n", (int)n, p);
        p += n + (p[n] == '\n');
    }
    if (x->compared)
        text_printf(t, "verify   %zu sample%s  max abs %s  range %s  %s of the limit\n", x->n_samples, x->n_samples == 1 ? "" : "s", format_g4(a, x->max_abs), format_g4(b, x->range), format_g4(c, x->worst / limit_of(x)));
    else if (r->weights)
        text_printf(t, "verify   %zu weights read back equal\n", r->weights);
    else
        text_puts(t, "verify   nothing was run\n");
}

static void report_json(const Export *x, Text *t)
{
    const SpmlExportReport *r = &x->report;
    text_puts(t, "{\"schema\":\"spml.export/1\",\"model\":");
    json_string(t, x->path);
    text_puts(t, ",\"file\":");
    json_string(t, x->to);
    text_printf(t, ",\"format\":\"%s\",\"bytes\":%llu,\"external_data\":%s,\"nodes_before\":%zu,\"nodes\":%zu", r->format, (unsigned long long)r->bytes, r->external ? "true" : "false", r->nodes_before, r->nodes);
    if (r->opset)
        text_printf(t, ",\"opset\":%d", r->opset);
    if (r->weights)
        text_printf(t, ",\"weights\":%zu", r->weights);
    text_printf(t, ",\"kept_f32\":%zu,\"samples\":%zu", r->n_kept, x->compared ? x->n_samples : 0);
    if (x->compared) {
        text_puts(t, ",\"max_abs\":");
        json_number(t, x->max_abs);
        text_puts(t, ",\"range\":");
        json_number(t, x->range);
        text_puts(t, ",\"of_limit\":");
        json_number(t, x->worst / limit_of(x));
        text_printf(t, ",\"agree\":%s", x->worst <= limit_of(x) ? "true" : "false");
    }
    text_puts(t, "}\n");
}

static void report_lines_to(const Export *x, const Text *t)
{
    for (const char *p = t->p ? t->p : ""; *p;) {
        size_t n = strcspn(p, "\n");
        char *line = strndup(p, n);
        if (x->temp)
            note("%s", line ? line : "");
        else
            out_name(line ? line : ""), out_printf("\n");
        free(line);
        p += n + (p[n] == '\n');
    }
}

static int report(const Export *x)
{
    Text t = {0};
    if (cli_json) {
        report_json(x, &t);
        out_text(t.p ? t.p : "", t.n);
    } else {
        report_lines(x, &t);
        report_lines_to(x, &t);
    }
    text_free(&t);
    if (!x->compared || x->worst <= limit_of(x))
        return 0;
    char a[40], b[40];
    return fail(1, "export-differs", "%s: differs from %s by up to %s, %s times what it may", x->to, x->path, format_g4(a, x->max_abs), format_g4(b, x->worst / limit_of(x)));
}

static int export_model(Export *x)
{
    int code = model_open(x->a, x->path, false, &x->m);
    bool runs = x->kind && spml_export_runs(x->kind);
    note_hold();
    if (!code && runs)
        code = gather_samples(x);
    if (!code)
        code = write_it(x);
    if (!code && x->n_samples)
        code = look_back(x);
    note_release();
    int shown = code ? code : report(x);
    if (!code && x->temp)
        code = send_temp(x);
    return shown ? shown : code;
}

int cmd_export(const Args *a)
{
    Export x = {.a = a};
    if (a->n_operand != 1)
        return fail_hint(2, "operands", "spml export MODEL -o OUT.onnx", "export: one model, not %zu operands", a->n_operand);
    x.path = a->operand[0];
    int code = parse_to(&x);
    if (!code)
        code = check_options(&x);
    if (!code)
        code = export_model(&x);
    if (x.temp)
        unlink(x.temp);
    for (size_t i = 0; i < x.n_samples; i++)
        inputs_free(&x.sample[i]);
    free(x.temp);
    spml_model_free(x.back);
    spml_model_free(x.m);
    return code;
}
