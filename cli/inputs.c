/* SPDX-License-Identifier: MIT
 * cli: where the tensors of a run come from: files (-i), literals (--set), generators (--fill), or, when nothing at all is given, seeded random
 * numbers. Takes a model and the options; gives one tensor per input (NULL where the model has a default) or says what is wrong, exit 2 or 3. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

SpmlPort *model_ports(const SpmlModel *m, bool outputs, size_t *n)
{
    *n = outputs ? spml_model_outputs(m) : spml_model_inputs(m);
    SpmlPort *p = calloc(*n + 1, sizeof *p);
    for (size_t i = 0; p && i < *n; i++)
        if (outputs)
            spml_model_output(m, i, &p[i]);
        else
            spml_model_input(m, i, &p[i]);
    return p;
}

/* "state f32[2,?,128], sr i64[]" */
char *port_hint(const SpmlPort *ports, size_t n)
{
    Text t = {0};
    for (size_t i = 0; i < n; i++)
        if (!ports[i].has_default)
            text_printf(&t, "%s%s %s", t.n ? ", " : "", ports[i].name, ports[i].type);
    text_puts(&t, "");
    return t.p;
}

static const SpmlPort *port_find(const SpmlPort *ports, size_t n, const char *name, size_t len)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(ports[i].name) == len && !memcmp(ports[i].name, name, len))
            return &ports[i];
    return NULL;
}

static int no_port(const SpmlPort *ports, size_t n, const char *what, const char *model, const char *name, size_t len)
{
    char *hint = port_hint(ports, n);
    int code = fail_hint(2, "name-unknown", hint, "%s: no %s '%.*s'", model, what, (int)len, name);
    free(hint);
    return code;
}

/* ── "[NAME=][KIND:]PATH" ── */

static bool kind_known(const char *s, size_t n)
{
    static const char *const media[] = {"png", "jpg", "jpeg", "bmp", "ppm", "wav"};
    const char *ext, *about;
    bool many;
    for (size_t i = 0; spml_file_kind(i, &ext, &about, &many); i++)
        if (strlen(spml_file_kind(i, &ext, &about, &many)) == n && !memcmp(spml_file_kind(i, &ext, &about, &many), s, n))
            return true;
    for (size_t i = 0; i < sizeof media / sizeof *media; i++)
        if (strlen(media[i]) == n && !memcmp(media[i], s, n))
            return true;
    return false;
}

/* "f32,1x3x224x224" or "1x3x_x_" after the type; false when it is no shape. */
static bool shape_parse(const char *s, const char *end, SpmlPort *p)
{
    for (p->rank = 0; s < end && p->rank < SPML_MAX_RANK; s++) {
        const char *stop = s + 1;
        if (*s == '_')
            p->dim[p->rank++] = -1;
        else if (*s < '0' || *s > '9' || !parse_i64(s, &stop, &p->dim[p->rank++]))
            return false;
        s = stop;
        if (s < end && *s != 'x')
            return false;
    }
    return s >= end;
}

static int raw_port(const char *s, const char *end, FileSpec *out)
{
    static char dtype[16]; /* named by the port as long as the spec is used */
    const char *comma = memchr(s, ',', (size_t)(end - s));
    size_t n = (size_t)((comma ? comma : end) - s);
    out->own_port = true;
    out->port = (SpmlPort){.name = "", .type = "", .dtype = dtype, .rank = -1};
    if (n >= sizeof dtype || !comma || !shape_parse(comma + 1, end, &out->port))
        return fail_hint(2, "raw-shape", "raw,f32,1x3x224x224:PATH", "'%.*s' is no type and shape", (int)(end - s), s);
    memcpy(dtype, s, n);
    dtype[n] = 0;
    return 0;
}

int spec_parse(const char *arg, const SpmlPort *ports, size_t n, const char *what, const char *model, FileSpec *out)
{
    *out = (FileSpec){0};
    const char *equals = NULL;
    for (size_t i = 0; i < n; i++) {
        size_t len = strlen(ports[i].name);
        if (!strncmp(arg, ports[i].name, len) && arg[len] == '=' && (!equals || arg + len > equals))
            equals = arg + len;
    }
    const char *first = strpbrk(arg, "=/");
    if (!equals && first && *first == '=')
        return no_port(ports, n, what, model, arg, (size_t)(first - arg));
    if (equals) {
        out->name = arg;
        out->n_name = (size_t)(equals - arg);
        arg = equals + 1;
    }
    const char *colon = strpbrk(arg, ":/"), *comma = strpbrk(arg, ",:/");
    if (colon && *colon == ':' && !strncmp(arg, "raw,", 4) && comma) {
        strcpy(out->kind, "raw");
        out->path = colon + 1;
        return raw_port(arg + 4, colon, out);
    }
    out->path = arg;
    if (colon && *colon == ':' && kind_known(arg, (size_t)(colon - arg))) {
        memcpy(out->kind, arg, (size_t)(colon - arg));
        out->path = colon + 1;
    }
    return *out->path ? 0 : fail(2, "path-empty", "no path in '%s'", arg);
}

/* ── gathering ── */

typedef struct Gathering {
    const Args *a;
    const SpmlModel *m;
    const char *model, *dims;
    SpmlPort *ports;
    size_t n;
    Inputs *in;
    bool say, stdin_read, *dim_used;
    Text *dims_json, *assumed; /* of inputs_shapes: what the free dimensions are, which of them nobody said */
    size_t which;        /* the input that `held` is for */
    SpmlTensor *held;    /* given by a loop, in place of -i */
    uint64_t item;
} Gathering;

static size_t port_index(const Gathering *g, const SpmlPort *p) { return (size_t)(p - g->ports); }

/* "type f64, wants f32; dimension 2 is 32, wants 224": appended to t when t differs. */
static void mismatch(const SpmlTensor *t, const SpmlPort *p, Text *why)
{
    if (!spml_tensor_is_tensor(t) || !p->dtype) {
        if (spml_tensor_is_tensor(t) != (p->dtype != NULL))
            text_puts(why, "another kind of value");
        return;
    }
    if (strcmp(spml_tensor_dtype(t), p->dtype))
        text_printf(why, "type %s, wants %s", spml_tensor_dtype(t), p->dtype);
    if (p->rank >= 0 && spml_tensor_rank(t) != p->rank)
        text_printf(why, "%s%d dimensions, wants %d", why->n ? "; " : "", spml_tensor_rank(t), p->rank);
    for (int i = 0; i < p->rank && spml_tensor_rank(t) == p->rank; i++)
        if (p->dim[i] >= 0 && p->dim[i] != spml_tensor_dim(t, i)) { /* the first one tells enough */
            text_printf(why, "%sdimension %d is %lld, wants %lld", why->n ? "; " : "", i, (long long)spml_tensor_dim(t, i), (long long)p->dim[i]);
            break;
        }
}

/* Takes t as the value of p, cast when that is asked for. */
static int give(Gathering *g, const SpmlPort *p, SpmlTensor *t, const char *from)
{
    Text why = {0};
    int code = 0;
    size_t i = port_index(g, p);
    if (g->in->v[i]) {
        spml_tensor_free(t);
        return fail(2, "input-twice", "input '%s' is given twice", p->name);
    }
    if (given(g->a, O_CAST) && spml_tensor_is_tensor(t) && p->dtype && strcmp(spml_tensor_dtype(t), p->dtype)) {
        SpmlError *err = spml_error_new();
        SpmlTensor *cast;
        code = spml_tensor_cast(t, p->dtype, &cast, err);
        if (code) {
            code = fail_error(err, from);
        } else {
            if (g->say)
                note("%s: %s: cast from %s to %s", from, p->name, spml_tensor_dtype(t), p->dtype);
            spml_tensor_free(t);
            t = cast;
        }
        spml_error_free(err);
    }
    mismatch(t, p, &why);
    if (!code && why.n) {
        char *type = spml_tensor_type_text(t);
        bool only_type = !strncmp(why.p, "type ", 5) && !strchr(why.p, ';');
        code = fail_hint(3, "input-mismatch", only_type ? "--cast" : "", "%s: %s for input %s %s: %s", from, type, p->name, p->type, why.p);
        free(type);
    }
    text_free(&why);
    if (code)
        spml_tensor_free(t);
    else
        g->in->v[i] = t;
    return code;
}

static size_t open_ports(const Gathering *g, const SpmlPort **only)
{
    size_t n = 0;
    for (size_t i = 0; i < g->n; i++)
        if (!g->in->v[i] && !g->ports[i].has_default) {
            if (!n++)
                *only = &g->ports[i];
        }
    return n;
}

static const char *shown_path(const char *p) { return strcmp(p, "-") ? p : "stdin"; }

/* A bundle whose tensors are matched by name, or by position where the file has no names. */
static int give_bundle(Gathering *g, SpmlBundle *b, const char *path)
{
    size_t n = spml_bundle_count(b), taken = 0;
    const SpmlPort *only = NULL;
    if (n == 1 && open_ports(g, &only) == 1 && !port_find(g->ports, g->n, spml_bundle_name(b, 0), strlen(spml_bundle_name(b, 0))))
        return give(g, only, spml_bundle_take(b, 0), path);
    for (size_t i = 0; i < n; i++) {
        const char *name = spml_bundle_name(b, i);
        const SpmlPort *p = *name ? port_find(g->ports, g->n, name, strlen(name)) : n > 1 && i < g->n ? &g->ports[i] : NULL;
        int code = p ? give(g, p, spml_bundle_take(b, i), path) : 0;
        taken += p != NULL;
        if (code)
            return code;
    }
    if (taken)
        return 0;
    char *hint = port_hint(g->ports, g->n);
    int code = fail_hint(2, "input-name", hint, "%s: none of its names is an input; say INPUT=%s", path, path);
    free(hint);
    return code;
}

/* The way from a picture to numbers: said here, else in the model. */
const char *recipe_of(const Args *a, const SpmlModel *m)
{
    return given(a, O_RECIPE) ? a->o[O_RECIPE].s : given(a, O_PRESET) ? a->o[O_PRESET].s : spml_model_meta(m, "spml.preprocess");
}

static void inputs_note(Inputs *in, const char *path, const char *how)
{
    Text t = {0};
    char **p = realloc(in->note, (in->n_notes + 1) * sizeof *p);
    if (!p)
        return;
    in->note = p;
    text_printf(&t, "%s: %s", path, how);
    if (t.p)
        in->note[in->n_notes++] = t.p;
}

void inputs_say(const Inputs *in)
{
    for (size_t i = 0; i < in->n_notes; i++)
        note("%s", in->note[i]);
}

static int give_spec(Gathering *g, FileSpec s)
{
    int code;
    if (!strcmp(s.path, "-") && (g->stdin_read || !strcmp(g->model, "-")))
        return fail(2, "stdin-twice", "stdin can be read only once");
    g->stdin_read |= !strcmp(s.path, "-");
    const SpmlPort *p = s.name ? port_find(g->ports, g->n, s.name, s.n_name) : NULL, *only = NULL;
    size_t open = open_ports(g, &only);
    char *how = NULL;
    SpmlFileOptions o = {.kind = *s.kind ? s.kind : NULL, .ports = s.own_port ? &s.port : p ? p : open == 1 ? only : g->ports, .n_ports = s.own_port || p || open == 1 ? 1 : g->n,
        .recipe = recipe_of(g->a, g->m), .orient = given(g->a, O_ORIENT), .fit = g->a->verb->bit == CLASSIFY, .note = &how};
    SpmlError *err = spml_error_new();
    SpmlBundle *b = NULL;
    code = spml_bundle_read(s.path, &o, &b, err) ? fail_error(err, s.path) : 0;
    if (!code && how)
        inputs_note(g->in, shown_path(s.path), how);
    free(how);
    if (code) {
        spml_error_free(err);
        return code;
    }
    if (!p)
        code = give_bundle(g, b, shown_path(s.path));
    else if (spml_bundle_count(b) == 1)
        code = give(g, p, spml_bundle_take(b, 0), shown_path(s.path));
    else
        code = fail(2, "input-bundle", "%s holds %zu tensors; give it without '%.*s='", shown_path(s.path), spml_bundle_count(b), (int)s.n_name, s.name);
    spml_bundle_free(b);
    spml_error_free(err);
    return code;
}

static int give_file(Gathering *g, const char *arg)
{
    FileSpec s;
    int code = spec_parse(arg, g->ports, g->n, "input", g->model, &s);
    return code ? code : give_spec(g, s);
}

/* NAME=REST of --set, --fill, --shape. */
static int split_named(const Gathering *g, const char *arg, const SpmlPort **p, const char **rest)
{
    *p = NULL;
    for (size_t i = 0; i < g->n; i++) {
        size_t len = strlen(g->ports[i].name);
        if (!strncmp(arg, g->ports[i].name, len) && arg[len] == '=') {
            *p = &g->ports[i];
            *rest = arg + len + 1;
        }
    }
    return *p ? 0 : no_port(g->ports, g->n, "input", g->model, arg, strcspn(arg, "="));
}

static int give_literal(Gathering *g, const char *arg)
{
    const SpmlPort *p;
    const char *text;
    int code = split_named(g, arg, &p, &text);
    if (code)
        return code;
    SpmlError *err = spml_error_new();
    SpmlTensor *t;
    if (spml_tensor_parse(text, p, &t, err))
        code = fail_hint(2, "literal", p->type, "--set %s: %s", p->name, spml_error_text(err));
    else
        code = give(g, p, t, "--set");
    spml_error_free(err);
    return code;
}

/* ── shapes of what is made here ── */

static bool dim_option(Gathering *g, const char *symbol, int64_t *v)
{
    size_t len = strlen(symbol);
    const OptionValue *o = &g->a->o[O_DIM];
    const char *end;
    for (size_t i = 0; i < o->n; i++)
        if (!strncmp(o->list[i], symbol, len) && o->list[i][len] == '=') {
            const char *value = g->dims && !strncmp(g->dims, o->list[i], len + 1) ? g->dims : o->list[i];
            g->dim_used[i] = true;
            return parse_i64(value + len + 1, &end, v) && !*end && *v >= 0;
        }
    return false;
}

/* The extent that a given input has for the same symbol. */
static bool dim_known(const Gathering *g, const char *symbol, int64_t *v)
{
    for (size_t i = 0; i < g->n; i++)
        for (int d = 0; g->in->v[i] && spml_tensor_is_tensor(g->in->v[i]) && d < g->ports[i].rank; d++)
            if (g->ports[i].symbol[d] && !strcmp(g->ports[i].symbol[d], symbol))
                return *v = spml_tensor_dim(g->in->v[i], d), true;
    return false;
}

static int shape_option(Gathering *g, const SpmlPort *p, SpmlPort *out)
{
    const OptionValue *o = &g->a->o[O_SHAPE];
    for (size_t i = 0; i < o->n; i++) {
        const SpmlPort *q;
        const char *rest;
        SpmlPort s = {0};
        int code = split_named(g, o->list[i], &q, &rest);
        if (code)
            return code;
        if (q != p)
            continue;
        if (!shape_parse(rest, rest + strlen(rest), &s) || (p->rank >= 0 && s.rank != p->rank))
            return fail_hint(2, "shape", p->type, "--shape %s: '%s' is not its shape", p->name, rest);
        for (int d = 0; d < s.rank; d++) {
            if (s.dim[d] >= 0 && p->rank >= 0 && p->dim[d] >= 0 && s.dim[d] != p->dim[d])
                return fail_hint(2, "shape", p->type, "--shape %s: dimension %d is %lld, the model has %lld", p->name, d, (long long)s.dim[d], (long long)p->dim[d]);
            out->dim[d] = s.dim[d] >= 0 ? s.dim[d] : p->rank >= 0 ? p->dim[d] : -1;
        }
        out->rank = s.rank;
    }
    return 0;
}

/* For inputs_shapes: "batch":1, once for each name; x[2] where there is none. */
static void dim_record(const Gathering *g, const SpmlPort *p, int i, const char *symbol, int64_t v, bool guess)
{
    Text name = {0};
    if (!g->dims_json)
        return;
    text_puts(&name, symbol ? symbol : p->name);
    if (!symbol)
        text_printf(&name, "[%d]", i);
    Text quoted = {0};
    json_string(&quoted, name.p ? name.p : "");
    text_puts(&quoted, ":");
    if (quoted.p && !(g->dims_json->p && strstr(g->dims_json->p, quoted.p))) {
        text_printf(g->dims_json, "%s%s%lld", g->dims_json->n ? "," : "", quoted.p, (long long)v);
        if (guess)
            text_printf(g->assumed, "%s%.*s", g->assumed->n ? "," : "", (int)quoted.n - 1, quoted.p);
    }
    text_free(&quoted);
    text_free(&name);
}

static int shape_of(Gathering *g, const SpmlPort *p, int *rank, int64_t *dim)
{
    SpmlPort s = *p;
    int code = shape_option(g, p, &s);
    if (code)
        return code;
    if (s.rank < 0)
        return fail_hint(2, "shape-unknown", "--shape INPUT=1x3", "%s: the rank of input '%s' is not known", g->model, p->name);
    for (int i = 0; i < s.rank; i++) {
        const char *symbol = p->rank == s.rank ? p->symbol[i] : NULL;
        dim[i] = s.dim[i];
        bool free_dim = p->rank != s.rank || p->dim[i] < 0;
        if (dim[i] >= 0 || (symbol && (dim_option(g, symbol, &dim[i]) || dim_known(g, symbol, &dim[i])))) {
            if (free_dim)
                dim_record(g, p, i, symbol, dim[i], false);
            continue;
        }
        dim[i] = 1;
        dim_record(g, p, i, symbol, 1, true);
        if (g->say && symbol)
            note("%s: dimension '%s' has no value; taking 1", p->name, symbol);
        else if (g->say)
            note("%s: dimension %d has no name and no value; taking 1", p->name, i);
    }
    *rank = s.rank;
    return 0;
}

static int make(Gathering *g, const SpmlPort *p, const char *gen, bool random)
{
    int rank;
    int64_t dim[SPML_MAX_RANK];
    if (!p->dtype)
        return fail(2, "input-kind", "%s: input '%s' is %s, which cannot be generated; give a .pb file", g->model, p->name, p->type);
    int code = shape_of(g, p, &rank, dim);
    if (code)
        return code;
    SpmlError *err = spml_error_new();
    SpmlTensor *t;
    uint64_t seed = (uint64_t)g->a->o[O_SEED].i;
    if (spml_tensor_fill(p->dtype, rank, dim, gen, seed, port_index(g, p) + (g->item << 32), &t, err)) {
        code = fail_error(err, random ? g->model : "--fill");
    } else {
        char *type = spml_tensor_type_text(t);
        if (random && g->say)
            note("%s: not given; %s %s, seed %llu", p->name, gen, type, (unsigned long long)seed);
        free(type);
        code = give(g, p, t, "--fill");
    }
    spml_error_free(err);
    return code;
}

static int missing(Gathering *g)
{
    Text what = {0}, hint = {0};
    for (size_t i = 0; i < g->n; i++) {
        const SpmlPort *p = &g->ports[i];
        if (g->in->v[i] || p->has_default)
            continue;
        text_printf(&what, "%s%s %s", what.n ? ", " : "", p->name, p->type);
        text_printf(&hint, p->rank == 0 ? "%s--set %s=JSON" : p->dtype ? "%s--fill %s=zeros" : "%s-i %s=FILE", hint.n ? ", " : "", p->name);
    }
    int code = what.n ? fail_hint(2, "input-missing", hint.p, "%s: inputs not given: %s", g->model, what.p) : 0;
    text_free(&what);
    text_free(&hint);
    return code;
}

/* --dim and --shape name what the model has; checked before anything is read. */
static int check_names(const Gathering *g)
{
    const OptionValue *o = &g->a->o[O_DIM];
    for (size_t i = 0; i < o->n; i++) {
        size_t n = strcspn(o->list[i], "=");
        bool exists = false;
        const char *end, *value = g->dims && !strncmp(g->dims, o->list[i], n + 1) ? g->dims : o->list[i];
        int64_t v;
        for (size_t k = 0; k < g->n; k++)
            for (int d = 0; d < g->ports[k].rank; d++)
                exists |= g->ports[k].symbol[d] && strlen(g->ports[k].symbol[d]) == n && !memcmp(g->ports[k].symbol[d], o->list[i], n);
        if (!exists) {
            char *hint = port_hint(g->ports, g->n);
            int code = fail_hint(2, "dim", hint, "%s: no dimension '%.*s'", g->model, (int)n, o->list[i]);
            free(hint);
            return code;
        }
        if (!value[n] || !parse_i64(value + n + 1, &end, &v) || *end || v < 0)
            return fail(2, "dim", "--dim %s: not SYMBOL=N", o->list[i]);
    }
    for (size_t i = 0; i < g->a->o[O_SHAPE].n; i++) {
        const SpmlPort *p;
        const char *rest;
        if (split_named(g, g->a->o[O_SHAPE].list[i], &p, &rest))
            return 2;
    }
    return 0;
}

/* An option that cannot take effect is an error. */
static int unused(const Gathering *g)
{
    for (size_t i = 0; i < g->a->o[O_DIM].n; i++)
        if (!g->dim_used[i])
            return fail(2, "option-unused", "--dim %s has no effect: the inputs given say it", g->a->o[O_DIM].list[i]);
    return 0;
}

static int gather(Gathering *g, const char *extra)
{
    const Args *a = g->a;
    int code = check_names(g);
    if (!code && extra)
        code = give_spec(g, (FileSpec){.path = extra});
    SpmlTensor *held = g->held;
    g->held = NULL;
    if (held)
        code = give(g, &g->ports[g->which], held, "the loop");
    for (size_t i = 0; !code && !held && i < a->o[O_INPUT].n; i++)
        code = give_file(g, a->o[O_INPUT].list[i]);
    for (size_t i = 0; !code && i < a->o[O_SET].n; i++)
        code = give_literal(g, a->o[O_SET].list[i]);
    for (size_t i = 0; !code && i < a->o[O_FILL].n; i++) {
        const SpmlPort *p;
        const char *gen;
        code = split_named(g, a->o[O_FILL].list[i], &p, &gen);
        if (!code)
            code = make(g, p, gen, false);
    }
    bool none = !extra && !held && !a->o[O_INPUT].n && !a->o[O_SET].n && !a->o[O_FILL].n;
    for (size_t i = 0; !code && none && i < g->n; i++)
        if (!g->ports[i].has_default)
            code = make(g, &g->ports[i], "uniform:0,1", true);
    if (!code)
        code = missing(g);
    return code ? code : unused(g);
}

static int gather_all(Gathering g, const char *extra, Inputs *out)
{
    *out = (Inputs){0};
    g.in = out;
    g.dim_used = calloc(g.a->o[O_DIM].n + 1, sizeof *g.dim_used);
    g.ports = model_ports(g.m, false, &g.n);
    out->v = calloc(g.n + 1, sizeof *out->v);
    out->n = g.n;
    int code = g.ports && out->v && g.dim_used ? gather(&g, extra) : fail(5, "out-of-memory", "out of memory");
    free(g.ports);
    free(g.dim_used);
    if (code)
        inputs_free(out);
    return code;
}

int inputs_gather(const Args *a, const SpmlModel *m, const char *path, uint64_t item, const char *extra, const char *dims, bool say, Inputs *out)
{
    return gather_all((Gathering){.a = a, .m = m, .model = path, .dims = dims, .say = say, .item = item}, extra, out);
}

int inputs_with(const Args *a, const SpmlModel *m, const char *path, size_t which, SpmlTensor *t, Inputs *out)
{
    return gather_all((Gathering){.a = a, .m = m, .model = path, .which = which, .held = t}, NULL, out);
}

int inputs_shapes(const Args *a, const SpmlModel *m, const char *path, SpmlPort *ports, Text *dims, Text *assumed)
{
    Inputs none = {0};
    Gathering g = {.a = a, .m = m, .model = path, .in = &none, .dims_json = dims, .assumed = assumed};
    g.dim_used = calloc(a->o[O_DIM].n + 1, sizeof *g.dim_used);
    g.ports = model_ports(m, false, &g.n);
    none.v = calloc(g.n + 1, sizeof *none.v);
    none.n = g.n;
    int code = g.ports && none.v && g.dim_used ? check_names(&g) : fail(5, "out-of-memory", "out of memory");
    for (size_t i = 0; !code && i < g.n; i++) {
        bool named = g.ports[i].rank >= 0;
        for (size_t k = 0; k < a->o[O_SHAPE].n && !named; k++)
            named = !strncmp(a->o[O_SHAPE].list[k], g.ports[i].name, strlen(g.ports[i].name)) && a->o[O_SHAPE].list[k][strlen(g.ports[i].name)] == '=';
        if (g.ports[i].dtype && named)
            code = shape_of(&g, &g.ports[i], &ports[i].rank, ports[i].dim);
    }
    free(g.ports);
    free(g.dim_used);
    inputs_free(&none);
    return code;
}

void inputs_free(Inputs *in)
{
    for (size_t i = 0; i < in->n; i++)
        if (in->v[i])
            spml_tensor_free(in->v[i]);
    for (size_t i = 0; i < in->n_notes; i++)
        free(in->note[i]);
    free(in->note);
    free(in->v);
    *in = (Inputs){0};
}

/* ── models and sessions ── */

int model_open(const Args *a, const char *path, bool keep_unknown, SpmlModel **out)
{
    SpmlError *err = spml_error_new();
    SpmlLoadOptions o = {.format = a->o[O_FORMAT].s, .data_dir = a->o[O_DATA_DIR].s, .keep_unknown = keep_unknown, .watch = look_watch()};
    int code = spml_model_load(path, &o, out, err) ? fail_error(err, path) : 0;
    spml_error_free(err);
    return code;
}

/* --disable-pass: the list itself, ended. */
const char *const *passes_disabled(const Args *a)
{
    static const char *list[65];
    size_t n = 0;
    for (; n < a->o[O_DISABLE_PASS].n && n < 64; n++)
        list[n] = a->o[O_DISABLE_PASS].list[n];
    list[n] = NULL;
    return n ? list : NULL;
}

int passes_check(const Args *a)
{
    const char *names[65] = {"all"}, *about;
    size_t n = 1;
    for (size_t i = 0; n < 64 && spml_pass(i, &about); i++)
        names[n++] = spml_pass(i, &about);
    for (size_t i = 0; i < a->o[O_DISABLE_PASS].n; i++) {
        const char *word = a->o[O_DISABLE_PASS].list[i];
        size_t k = 0;
        while (k < n && strcmp(names[k], word))
            k++;
        if (k == n)
            return fail_hint(2, "pass-unknown", nearest(word, names) ? nearest(word, names) : "spml help passes", "--disable-pass %s: no such pass", word);
    }
    return a->o[O_DISABLE_PASS].n < 64 ? 0 : fail(2, "option-value", "--disable-pass: more than 64");
}

/* What has to do with devices is not the model's fault; it is told what there is. */
static int session_refused(const SpmlError *err, const char *path)
{
    const char *key = spml_error_key(err);
    SpmlDevice d[16];
    Text here = {0};
    if (strcmp(key, "backend-missing") && strcmp(key, "device-missing"))
        return fail_error(err, strncmp(key, "capability", 10) ? path : NULL);
    for (size_t i = 0, n = spml_devices(d, 16); i < n && i < 16; i++)
        if (d[i].here)
            text_printf(&here, "%s%s", here.n ? ", " : "here: ", d[i].id);
    text_puts(&here, " (spml devices)");
    int code = fail_hint(spml_error_status(err), key, here.p, "%s", spml_error_text(err));
    text_free(&here);
    return code;
}

int session_open(const Args *a, SpmlModel *m, const char *path, const char *backend, const char *const *outputs, SpmlSession **out)
{
    SpmlError *err = spml_error_new();
    SpmlSessionOptions o = {.backend = backend ? backend : a->o[O_BACKEND].s, .threads = (int)a->o[O_THREADS].i, .no_fallback = given(a, O_NO_FALLBACK),
        .profile = given(a, O_PROFILE) || given(a, O_TRACE), .outputs = outputs, .strict_math = given(a, O_STRICT_MATH), .require = a->o[O_REQUIRE].s,
        .disabled_passes = passes_disabled(a), .watch = look_watch(), .no_cache = given(a, O_NO_CACHE), .force_emulation = a->o[O_FORCE_EMULATION].s,
        .math = a->o[O_MATH].s, .cache_weights = given(a, O_CACHE_WEIGHTS), .memory = a->o[O_MEMORY].s};
    int code = passes_check(a);
    if (code) {
        spml_error_free(err);
        return code;
    }
    if (spml_session_open(m, &o, out, err))
        code = session_refused(err, path);
    if (!code) {
        note_release();
        look_session(a, *out, o.backend);
    }
    spml_error_free(err);
    return code;
}

void note_backend(const SpmlSession *s)
{
    SpmlDevice d;
    spml_session_device(s, &d);
    const char *why = spml_session_why(s);
    char threads[40] = "";
    if (d.threads > 0)
        snprintf(threads, sizeof threads, ", %d thread%s", d.threads, d.threads == 1 ? "" : "s");
    const bool say = *why && strcmp(why, "named");
    note("backend %s: %s%s%s%s", d.id, d.detail, threads, say ? "; " : "", say ? why : "");
}
