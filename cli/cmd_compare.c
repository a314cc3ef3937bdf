/* SPDX-License-Identifier: MIT
 * cli: compare: two models, two devices, or saved outputs. A is the reference. --layers runs both with every named value as an output and finds the
 * first node whose values differ. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

typedef struct Side {
    const char *arg;
    char *path, *device;     /* device: NULL when none is named */
    SpmlModel *m;            /* NULL: saved outputs */
    SpmlSession *s;
    SpmlBundle *b;           /* what came out */
    size_t *origin;          /* [count] output of the session */
} Side;
typedef struct Compare { const Args *a; Side side[2]; double rtol, atol; Text json; size_t n_json; } Compare;

/* Only what devices lists counts as a device; other @ belong to the path. */
static int side_split(Side *s, const char *arg)
{
    const char *at = strrchr(arg, '@');
    size_t n = at ? strcspn(at + 1, ":") : 0;
    s->arg = arg;
    s->path = strdup(arg);
    if (!s->path)
        return fail(5, "out-of-memory", "out of memory");
    static const char *const known[] = {"cpu", "cuda", "opencl", "vulkan", NULL};
    for (size_t i = 0; at && known[i]; i++)
        if (strlen(known[i]) == n && !memcmp(known[i], at + 1, n)) {
            s->path[at - arg] = 0;
            s->device = s->path + (at - arg) + 1;
        }
    return 0;
}

/* A file of tensors by its extension; everything else is a model. safetensors are tensors here. */
static bool is_saved(const Side *s) { return !s->device && spml_file_kind_of(s->path) != NULL; }

static int side_load(Compare *c, Side *s)
{
    SpmlError *err = spml_error_new();
    int code = 0;
    if (!is_saved(s))
        code = model_open(c->a, s->path, false, &s->m);
    else if (spml_bundle_read(s->path, NULL, &s->b, err))
        code = fail_error(err, s->path);
    spml_error_free(err);
    return code;
}

static int side_run(Compare *c, Side *s, const Inputs *in)
{
    static const char *const every[] = {"*", NULL};
    SpmlError *err = spml_error_new();
    int code = session_open(c->a, s->m, s->path, s->device, given(c->a, O_LAYERS) ? every : NULL, &s->s);
    size_t n = code ? 0 : spml_session_outputs(s->s);
    SpmlTensor **out = calloc(n + 1, sizeof *out);
    s->b = spml_bundle_new();
    guard_session(s->s);
    if (!code && spml_session_run(s->s, in->v, in->n, out, n, err))
        code = spml_error_status(err) == 130 ? guard_status(130) : fail_error(err, s->path);
    guard_session(NULL);
    for (size_t i = 0; !code && i < n; i++)
        code = spml_bundle_add(s->b, spml_session_output_name(s->s, i), out[i], err);
    free(out);
    spml_error_free(err);
    return code;
}

/* ── reports ── */

static int report(Compare *c, const char *what, const SpmlTensor *got, const SpmlDifference *d)
{
    if (cli_json) {
        text_puts(&c->json, c->n_json++ ? "," : "");
        difference_json(&c->json, what, got, d);
    } else {
        difference_line(what, got, d, c->rtol, c->atol);
    }
    return d->equal ? 0 : 1;
}

static int report_missing(Compare *c, const char *name, const char *where)
{
    if (cli_json) {
        text_puts(&c->json, c->n_json++ ? ",{\"name\":" : "{\"name\":");
        json_string(&c->json, name);
        text_puts(&c->json, ",\"equal\":false,\"reason\":\"missing\"}");
    } else {
        out_printf("FAIL  ");
        out_name(name);
        out_printf("  not in ");
        out_name(where);
        out_printf("\n");
    }
    return 1;
}

static size_t find_name(const SpmlBundle *b, const char *name, size_t position)
{
    size_t n = spml_bundle_count(b);
    for (size_t i = 0; i < n; i++)
        if (!strcmp(spml_bundle_name(b, i), name))
            return i;
    return position < n && (!*name || !*spml_bundle_name(b, position)) ? position : n;
}

/* The outputs of both sides: the models' own, or all there is in files. */
static int compare_outputs(Compare *c)
{
    Side *want = &c->side[0], *got = &c->side[1];
    size_t n = want->m ? spml_model_outputs(want->m) : spml_bundle_count(want->b), n_got = got->m ? spml_model_outputs(got->m) : spml_bundle_count(got->b);
    int worst = 0;
    for (size_t i = 0; i < n; i++) {
        const char *name = spml_bundle_name(want->b, i);
        size_t k = find_name(got->b, name, i);
        if (k == spml_bundle_count(got->b) && i < n_got && n == n_got && want->m && got->m)
            k = i; /* two models whose outputs have other names */
        if (k == spml_bundle_count(got->b)) {
            worst = report_missing(c, name, got->arg);
            continue;
        }
        SpmlDifference d;
        spml_tensor_compare(spml_bundle_tensor(got->b, k), spml_bundle_tensor(want->b, i), c->rtol, c->atol, &d);
        int code = report(c, *name ? name : spml_bundle_name(got->b, k), spml_bundle_tensor(got->b, k), &d);
        worst = code ? code : worst;
    }
    return worst;
}

static void layers_ok(Compare *c, size_t first, size_t last, size_t n, double most)
{
    if (first > last || cli_json)
        return;
    if (first == last)
        out_printf("ok    node %zu of %zu  max abs %.1e\n", first, n, most);
    else
        out_printf("ok    nodes %zu-%zu of %zu  max abs %.1e\n", first, last, n, most);
}

/* Values that both have, in the order of A's nodes; ends at the first that differs. */
static int compare_layers(Compare *c)
{
    Side *want = &c->side[0], *got = &c->side[1];
    size_t own = spml_model_outputs(want->m), all = spml_bundle_count(want->b), at = 0;
    double most = 0;
    int worst = 0;
    for (size_t j = own; j < all + own && !worst; j++) {
        size_t i = j % all; /* inner values first, then the outputs */
        size_t k = find_name(got->b, spml_bundle_name(want->b, i), all);
        at++;
        if (k == spml_bundle_count(got->b))
            continue;
        SpmlDifference d;
        spml_tensor_compare(spml_bundle_tensor(got->b, k), spml_bundle_tensor(want->b, i), c->rtol, c->atol, &d);
        if (d.equal) {
            most = d.max_abs > most ? d.max_abs : most;
            continue;
        }
        Text what = {0};
        layers_ok(c, 1, at - 1, all, most);
        text_printf(&what, "node %zu  %s", at, spml_session_output_origin(want->s, i));
        worst = report(c, what.p ? what.p : "", spml_bundle_tensor(got->b, k), &d);
        text_free(&what);
    }
    if (!worst)
        layers_ok(c, 1, all, all, most);
    return worst;
}

static void json_end(Compare *c, int code)
{
    Text t = {0};
    text_puts(&t, "{\"schema\":\"spml.compare/1\",\"a\":");
    json_string(&t, c->side[0].arg);
    text_puts(&t, ",\"b\":");
    json_string(&t, c->side[1].arg);
    text_printf(&t, ",\"equal\":%s,\"outputs\":[%s]}\n", code ? "false" : "true", c->json.p ? c->json.p : "");
    out_text(t.p ? t.p : "", t.n);
    text_free(&t);
}

static int compare_sides(Compare *c)
{
    Inputs in = {0};
    bool models = c->side[0].m || c->side[1].m;
    int code = 0;
    if (!models && (given(c->a, O_INPUT) || given(c->a, O_SET) || given(c->a, O_FILL) || given(c->a, O_SEED) || given(c->a, O_DIM)))
        return fail(2, "option-unused", "compare: inputs have no effect on saved outputs");
    if (given(c->a, O_LAYERS) && !(c->side[0].m && c->side[1].m))
        return fail(2, "option-unused", "compare: --layers needs two models");
    if (models) {
        Side *first = c->side[0].m ? &c->side[0] : &c->side[1];
        note_hold();
        code = inputs_gather(c->a, first->m, first->path, 0, NULL, NULL, true, &in);
    }
    for (int i = 0; !code && i < 2; i++)
        if (c->side[i].m && spml_model_inputs(c->side[i].m) != in.n)
            code = fail(3, "inputs-differ", "%s and %s do not have the same inputs", c->side[0].path, c->side[1].path);
        else if (c->side[i].m)
            code = side_run(c, &c->side[i], &in);
    inputs_free(&in);
    if (code)
        return code;
    int layers = given(c->a, O_LAYERS) ? compare_layers(c) : 0, outputs = compare_outputs(c);
    code = layers ? layers : outputs;
    if (cli_json)
        json_end(c, code);
    return code;
}

int cmd_compare(const Args *a)
{
    Compare c = {.a = a, .rtol = given(a, O_RTOL) ? a->o[O_RTOL].f : 1e-3, .atol = given(a, O_ATOL) ? a->o[O_ATOL].f : 1e-5};
    if (a->n_operand != 2)
        return fail_hint(2, "operands", "spml compare A B", "compare: two sides, not %zu", a->n_operand);
    int code = side_split(&c.side[0], a->operand[0]);
    if (!code)
        code = side_split(&c.side[1], a->operand[1]);
    for (int i = 0; !code && i < 2; i++)
        code = side_load(&c, &c.side[i]);
    if (!code)
        code = compare_sides(&c);
    for (int i = 0; i < 2; i++) {
        spml_bundle_free(c.side[i].b);
        spml_session_free(c.side[i].s);
        spml_model_free(c.side[i].m);
        free(c.side[i].path);
    }
    text_free(&c.json);
    return code;
}
