/* SPDX-License-Identifier: MIT
 * cli: classify: names what is in pictures, sound or bytes. One load, many files; one bad file does not stop the others. */
#include "cli.h"

#include "base/file.h"

#include <stdlib.h>
#include <string.h>

enum { BAR = 40, MANY = 1000 };

typedef struct Classify {
    const Args *a;
    const char *path;
    SpmlModel *m;
    SpmlSession *s;
    char *text;             /* of the labels */
    const char **label;
    size_t n_labels, n_out;
    bool said;
} Classify;

/* ── labels ── */

/* Lines of text, which is changed. */
static int split_labels(Classify *c)
{
    size_t cap = 1;
    for (const char *p = c->text; *p; p++)
        cap += *p == '\n';
    c->label = calloc(cap + 1, sizeof *c->label);
    if (!c->label)
        return fail(5, "out-of-memory", "out of memory");
    for (char *p = c->text; *p;) {
        size_t n = strcspn(p, "\n");
        bool more = p[n] == '\n';
        p[n] = 0;
        if (n && p[n - 1] == '\r')
            p[n - 1] = 0;
        c->label[c->n_labels++] = p;
        p += n + more;
    }
    return 0;
}

static int labels_file(Classify *c, const char *path)
{
    Error e = {0};
    File *f;
    if (file_open(path, 1 << 26, &f, &e))
        return fail(e.code, e.key, "%s: %s", path, e.text);
    c->text = strndup((const char *)file_span(f).base, file_size(f));
    file_close(&f);
    return c->text ? split_labels(c) : fail(5, "out-of-memory", "out of memory");
}

static int labels_load(Classify *c)
{
    const char *meta = spml_model_meta(c->m, "spml.labels");
    if (given(c->a, O_LABELS))
        return labels_file(c, c->a->o[O_LABELS].s);
    if (!meta)
        return 0;
    c->text = strdup(meta);
    return c->text ? split_labels(c) : fail(5, "out-of-memory", "out of memory");
}

static void label_of(const Classify *c, int64_t i, Text *t)
{
    if (i < (int64_t)c->n_labels)
        text_puts(t, c->label[i]);
    else
        text_printf(t, "%lld", (long long)i);
}

/* ── results ── */

static void print_terminal(const Classify *c, const char *file, const SpmlClass *top, size_t n)
{
    size_t wide = 1;
    for (size_t i = 0; i < n; i++) {
        Text l = {0};
        label_of(c, top[i].index, &l);
        wide = l.n > wide && l.n <= 40 ? l.n : wide;
        text_free(&l);
    }
    out_name(file);
    out_printf("\n");
    for (size_t i = 0; i < n; i++) {
        Text l = {0};
        label_of(c, top[i].index, &l);
        int full = top[i].score >= 0 && top[i].score <= 1 ? (int)(top[i].score * BAR + 0.5) : 0;
        out_printf("  ");
        out_name(l.p ? l.p : "");
        out_printf("%*s  ", l.n < wide ? (int)(wide - l.n) : 0, "");
        for (int k = 0; k < BAR; k++)
            out_printf(k < full ? "#" : ".");
        out_printf("  %4.1f %%\n", top[i].score * 100);
        text_free(&l);
    }
}

static void print_tsv(const Classify *c, const char *file, const SpmlClass *top, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        Text t = {0}, l = {0};
        char buf[40];
        label_of(c, top[i].index, &l);
        text_escape_tsv(&t, file, strlen(file));
        text_puts(&t, "\t");
        text_escape_tsv(&t, l.p ? l.p : "", l.n);
        text_printf(&t, "\t%s\n", format_g4(buf, top[i].score));
        out_text(t.p ? t.p : "", t.n);
        text_free(&t);
        text_free(&l);
    }
}

static void print_json(const Classify *c, const char *file, const SpmlClass *top, size_t n, int failed)
{
    Text t = {0};
    text_puts(&t, "{\"schema\":\"spml.classify/1\",\"file\":");
    json_string(&t, file);
    if (failed) {
        text_puts(&t, ",\"error\":{\"code\":");
        json_string(&t, cli_last_key);
        text_printf(&t, ",\"exit\":%d}}\n", failed);
    } else {
        text_puts(&t, ",\"top\":[");
        for (size_t i = 0; i < n; i++) {
            Text l = {0};
            char buf[40];
            label_of(c, top[i].index, &l);
            text_printf(&t, "%s{\"index\":%lld,\"label\":", i ? "," : "", (long long)top[i].index);
            json_string(&t, l.p ? l.p : "");
            text_puts(&t, ",\"score\":");
            if (top[i].score - top[i].score == 0)
                text_puts(&t, format_g4(buf, top[i].score));
            else
                json_number(&t, top[i].score);
            text_puts(&t, "}");
            text_free(&l);
        }
        text_puts(&t, "]}\n");
    }
    out_text(t.p ? t.p : "", t.n);
    text_free(&t);
}

/* "FILE: 28x28 grey; STEPS; input f32[…]" → what happens between the two ends, said once */
static void say_recipe(Classify *c, const Inputs *in, const char *scores)
{
    const char *from = given(c->a, O_RECIPE) ? "--recipe" : given(c->a, O_PRESET) ? "--preset" : "the model";
    const char *how = in->n_notes ? in->note[0] : "", *a = strstr(how, "; "), *b = NULL;
    Text t = {0};
    if (c->said)
        return;
    c->said = true;
    for (const char *p = a ? a + 2 : NULL; p && (p = strstr(p, "; ")); p += 2)
        b = p;
    for (const char *p = a ? a + 2 : how; *p && p != b; p++)
        text_add(&t, *p == ';' ? "," : p, 1);
    size_t len = strlen(how);
    const char *order = len > 4 && !strcmp(how + len - 4, "grey") ? "grey, " : len > 3 && !strcmp(how + len - 3, "bgr") ? "bgr, " : "";
    if (t.n)
        note("recipe from %s: %s%s; scores: %s", from, order, t.p, scores);
    else
        note("scores: %s", scores);
    text_free(&t);
}

/* The first output that is a tensor of floats. */
static SpmlTensor *scores_of(SpmlTensor **out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (spml_tensor_is_tensor(out[i]) && strchr("fb", spml_tensor_dtype(out[i])[0]) && strcmp(spml_tensor_dtype(out[i]), "bool"))
            return out[i];
    return out[0];
}

static int classify_inputs(Classify *c, const char *file, Inputs *in)
{
    SpmlError *err = spml_error_new();
    SpmlTensor **out = calloc(c->n_out + 1, sizeof *out);
    SpmlClass top[MANY];
    size_t n = 0, k = given(c->a, O_TOP) ? (size_t)c->a->o[O_TOP].i : 3;
    const char *used = "none";
    guard_session(c->s);
    int code = spml_session_run(c->s, in->v, in->n, out, c->n_out, err);
    guard_session(NULL);
    if (code)
        code = code == 130 ? guard_status(code) : fail_error(err, c->path);
    else if (spml_classify(scores_of(out, c->n_out), c->a->o[O_SCORES].s, k < MANY ? k : MANY, top, &n, &used, err))
        code = fail_error(err, c->path);
    if (!code) {
        say_recipe(c, in, used);
        if (cli_json)
            print_json(c, file, top, n, 0);
        else if (out_is_terminal())
            print_terminal(c, file, top, n);
        else
            print_tsv(c, file, top, n);
    }
    for (size_t i = 0; i < c->n_out; i++)
        if (out[i])
            spml_tensor_free(out[i]);
    free(out);
    spml_error_free(err);
    return code;
}

static int classify_file(Classify *c, const char *file)
{
    Inputs in;
    int code = inputs_gather(c->a, c->m, c->path, 0, file, NULL, false, &in);
    if (!code) {
        code = classify_inputs(c, file, &in);
        inputs_free(&in);
    }
    if (code && cli_json && code < 100)
        print_json(c, file, NULL, 0, code);
    return code;
}

int cmd_classify(const Args *a)
{
    Classify c = {.a = a, .path = a->n_operand ? a->operand[0] : ""};
    int worst = 0;
    if (a->n_operand < 2)
        return fail_hint(2, "operands", "spml classify MODEL FILE...", a->n_operand ? "classify: no file to look at" : "classify: no model given");
    if (given(a, O_PRESET) && given(a, O_RECIPE))
        return fail(2, "option-conflict", "classify: --preset and --recipe exclude each other");
    int code = model_open(a, c.path, false, &c.m);
    if (!code)
        code = labels_load(&c);
    if (!code)
        code = session_open(a, c.m, c.path, NULL, NULL, &c.s);
    c.n_out = code ? 0 : spml_session_outputs(c.s);
    if (!code && !c.n_out)
        code = fail(3, "scores", "%s: no output", c.path);
    for (size_t i = 1; !code && i < a->n_operand; i++) {
        int one = classify_file(&c, a->operand[i]);
        worst = worst ? worst : one;
        if (one >= 100)
            break;
        if (one == 2)
            break; /* the command line is wrong for every file */
    }
    if (c.s && !code && worst < 100) {
        int looked = look_after(a, c.s, c.path);
        worst = worst ? worst : looked;
    }
    free(c.text);
    free(c.label);
    spml_session_free(c.s);
    spml_model_free(c.m);
    return code ? code : worst;
}
