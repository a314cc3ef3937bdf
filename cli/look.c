/* SPDX-License-Identifier: MIT
 * cli: looking inside: -v, SPML_DEBUG, --dump-kernels, --dump-activations. Takes what the stages and a session tell through spml.h; gives lines on
 * stderr and folders of numbered files with an index.json, the only place where names of a model file stand. */
#include "cli.h"

#include "base/file.h"
#include "base/knobs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { DEBUG_INFO = 1, DEBUG_READ, DEBUG_INFER, DEBUG_PASSES, DEBUG_CALLS, DEBUG_PLAN, DEBUG_KERNELS, MAX_PASSES = 64 };

typedef struct Looking { int level; struct { const char *name; int changes, rounds; } pass[MAX_PASSES]; size_t n_passes, n_before, n_after; } Looking;
static Looking looking;

static void seen(void *ctx, const SpmlStage *st);
static SpmlWatch watch = {seen, &looking};

static void debug_text(const char *what, const char *text)
{
    Text t = {0};
    text_printf(&t, "%s:\n", what);
    text_puts(&t, text ? text : "");
    err_text("debug", t.p ? t.p : "");
    text_free(&t);
}

static void seen(void *ctx, const SpmlStage *st)
{
    Looking *l = ctx;
    bool read = !strcmp(st->name, "read"), infer = !strcmp(st->name, "infer"), done = !strcmp(st->name, "optimised");
    char title[80];
    size_t i = 0;
    if (!read && !infer && !done) {
        while (i < l->n_passes && strcmp(l->pass[i].name, st->name))
            i++;
        if (i == l->n_passes && i < MAX_PASSES)
            l->pass[l->n_passes++].name = st->name;
        if (i < MAX_PASSES)
            l->pass[i].changes += st->changes, l->pass[i].rounds++;
    }
    l->n_before = infer ? st->nodes : l->n_before;
    l->n_after = st->nodes;
    bool wanted = read ? l->level >= DEBUG_READ : infer ? l->level >= DEBUG_INFER : l->level >= DEBUG_PASSES && (done || st->changes);
    if (!wanted)
        return;
    char *text = spml_stage_text(st);
    snprintf(title, sizeof title, read || infer || done ? "%s" : "after %s, %d changed", st->name, st->changes);
    debug_text(title, text);
    free(text);
}

/* Folders are made before anything is computed. */
static int folder_make(const char *dir)
{
    if (!dir || !mkdir(dir, 0777) || errno == EEXIST)
        return 0;
    Text why = {0};
    text_puts(&why, strerror(errno));
    if (why.p && why.p[0] >= 'A' && why.p[0] <= 'Z')
        why.p[0] += 'a' - 'A';
    int code = fail(5, "output-not-writable", "%s: %s", dir, why.p ? why.p : "");
    text_free(&why);
    return code;
}

int look_begin(const Args *a)
{
    if (given(a, O_VERBOSE) && given(a, O_QUIET))
        return fail(2, "option-conflict", "%s: --verbose and --quiet exclude each other", a->verb->name);
    int64_t level = knob_int(KNOB_DEBUG);
    looking.level = level < 0 ? 0 : level > DEBUG_KERNELS ? DEBUG_KERNELS : (int)level;
    cli_verbose = given(a, O_VERBOSE) || looking.level >= DEBUG_INFO;
    int code = folder_make(a->o[O_DUMP_KERNELS].s);
    return code ? code : folder_make(a->o[O_DUMP_ACTIVATIONS].s);
}

const SpmlWatch *look_watch(void) { return cli_verbose ? &watch : NULL; }

static void print_form(SpmlSession *s, const char *form)
{
    char *text;
    size_t n;
    if (spml_session_print(s, form, &text, &n, NULL))
        return;
    debug_text(form, text);
    free(text);
}

void look_session(const Args *a, SpmlSession *s, const char *asked)
{
    SpmlDevice d;
    Text t = {0};
    if (!cli_verbose)
        return;
    spml_session_device(s, &d);
    const char *require = a->o[O_REQUIRE].s;
    info("backend %s: %s, %s, %d thread%s: %s%s%s", d.id, d.name, d.detail, d.threads, d.threads == 1 ? "" : "s", asked && strcmp(asked, "auto") ? "named" : "the first of auto that is here",
        require ? " and has " : "", require ? require : "");
    for (size_t i = 0; i < looking.n_passes; i++)
        text_printf(&t, "%s%s %d", i ? ", " : "", looking.pass[i].name, looking.pass[i].changes);
    info("passes: %s; %zu nodes became %zu%s", t.p ? t.p : "none", looking.n_before, looking.n_after, given(a, O_STRICT_MATH) ? "; strict math: none that rounds anew" : "");
    text_free(&t);
    looking.n_passes = 0;
    if (looking.level >= DEBUG_CALLS)
        print_form(s, "calls");
}

/* "12 contraction, 3 tile" */
static void kernel_counts(SpmlSession *s, Text *t)
{
    struct { const char *engine; int n; } c[16] = {0};
    SpmlKernelInfo k;
    for (size_t i = 0; i < spml_session_kernels(s) && !spml_session_kernel(s, i, &k, NULL); i++)
        for (size_t e = 0; e < 16; e++)
            if (!c[e].engine || !strcmp(c[e].engine, k.engine)) {
                c[e].engine = k.engine;
                c[e].n++;
                break;
            }
    for (size_t e = 0; e < 16 && c[e].engine; e++)
        text_printf(t, "%s%d %s", e ? ", " : "", c[e].n, c[e].engine);
}

static void debug_kernels(SpmlSession *s)
{
    SpmlKernelInfo k;
    for (size_t i = 0; i < spml_session_kernels(s) && !spml_session_kernel(s, i, &k, NULL); i++) {
        char title[120];
        snprintf(title, sizeof title, "kernel %zu: %.60s, %s", i, k.name, k.engine);
        debug_text(title, k.text);
    }
}

/* ── folders of numbered files ── */

typedef struct Dump { const char *dir; Text index; size_t n; } Dump;

static void dump_open(Dump *d, const char *dir, const char *schema, const char *model, const char *list)
{
    d->dir = dir;
    text_printf(&d->index, "{\"schema\":\"%s\",\"model\":", schema);
    json_string(&d->index, model);
    text_printf(&d->index, ",\"%s\":[", list);
}

/* "0003_conv_1.tile": what is not [A-Za-z0-9_] becomes one _, 40 characters at most. */
static void dump_name(const Dump *d, const char *name, const char *extension, char out[64])
{
    int n = snprintf(out, 64, "%04zu_", d->n % 1000000), first = n;
    for (const char *p = name; *p && n - first < 40; p++) {
        bool plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9');
        if (plain || (n > first && out[n - 1] != '_'))
            out[n++] = plain ? *p : '_';
    }
    snprintf(out + n, 64 - (size_t)n, ".%s", extension);
}

static int dump_write(const Dump *d, const char *name, const char *p, size_t n)
{
    Error e = {0};
    FileWriter *w;
    Text path = {0};
    text_printf(&path, "%s/%s", d->dir, name);
    int code = path.oom ? 5 : writer_open(path.p, &w, &e);
    if (!code) {
        code = writer_write(w, p, n, &e);
        if (code)
            writer_abort(&w);
        else
            code = writer_commit(&w, &e);
    }
    code = code ? fail(code, *e.key ? e.key : "out-of-memory", "%s: %s", path.p ? path.p : d->dir, e.text) : 0;
    text_free(&path);
    return code;
}

static int dump_close(Dump *d, int code)
{
    text_puts(&d->index, "\n]}\n");
    if (!code)
        code = d->index.oom ? fail(5, "out-of-memory", "out of memory") : dump_write(d, "index.json", d->index.p, d->index.n);
    text_free(&d->index);
    return code;
}

static void index_field(Text *t, const char *before, const char *key, const char *value)
{
    text_printf(t, "%s\"%s\":", before, key);
    json_string(t, value);
}

static int dump_kernels(SpmlSession *s, const char *model, const char *dir)
{
    Dump d = {0};
    SpmlKernelInfo k;
    SpmlError *err = spml_error_new();
    int code = 0;
    dump_open(&d, dir, "spml.kernels/1", model, "kernels");
    for (; !code && d.n < spml_session_kernels(s); d.n++) {
        char name[64];
        if (spml_session_kernel(s, d.n, &k, err)) {
            code = fail_error(err, model);
            break;
        }
        dump_name(&d, k.name, k.extension, name);
        code = dump_write(&d, name, k.text, strlen(k.text));
        if (!code && k.binary) {
            char binary[64];
            dump_name(&d, k.name, k.binary_extension, binary);
            code = dump_write(&d, binary, k.binary, k.n_binary);
        }
        index_field(&d.index, d.n ? ",\n{" : "\n{", "file", name);
        index_field(&d.index, ",", "template", k.name);
        index_field(&d.index, ",", "instance", k.instance);
        index_field(&d.index, ",", "engine", k.engine);
        text_puts(&d.index, ",\"nodes\":[");
        for (size_t i = 0; i < k.n_nodes; i++) {
            text_puts(&d.index, i ? "," : "");
            json_string(&d.index, k.nodes[i]);
        }
        text_printf(&d.index, "]%s%s}", *k.details ? "," : "", k.details);
    }
    spml_error_free(err);
    return dump_close(&d, code);
}

static int dump_value(Dump *d, const SpmlTensor *v, const char *name, char file[64])
{
    SpmlError *err = spml_error_new();
    SpmlBundle *b = spml_bundle_new();
    SpmlTensor *copy;
    Text path = {0};
    dump_name(d, name, "npy", file);
    text_printf(&path, "%s/%s", d->dir, file);
    int code = spml_tensor_copy(v, &copy, err);
    if (!code)
        code = spml_bundle_add(b, name, copy, err);
    if (!code)
        code = spml_bundle_write(b, path.p, &(SpmlFileOptions){.kind = "npy"}, err);
    if (code == 4) /* no such type in npy: the index says it */
        *file = 0, code = 0;
    code = code ? fail_error(err, path.p) : 0;
    text_free(&path);
    spml_bundle_free(b);
    spml_error_free(err);
    return code;
}

int look_activations(const Args *a, const SpmlSession *s, const char *model, SpmlTensor *const *out, size_t n)
{
    Dump d = {0};
    if (!given(a, O_DUMP_ACTIVATIONS))
        return 0;
    int code = 0;
    dump_open(&d, a->o[O_DUMP_ACTIVATIONS].s, "spml.activations/1", model, "values");
    for (; !code && d.n < n; d.n++) {
        char file[64] = "", *type = spml_tensor_type_text(out[d.n]);
        const char *name = spml_session_output_name(s, d.n);
        code = spml_tensor_is_tensor(out[d.n]) ? dump_value(&d, out[d.n], name, file) : 0;
        index_field(&d.index, d.n ? ",\n{" : "\n{", "name", name);
        index_field(&d.index, ",", "node", spml_session_output_origin(s, d.n));
        index_field(&d.index, ",", "type", type ? type : "");
        if (*file)
            index_field(&d.index, ",", "file", file);
        text_puts(&d.index, "}");
        free(type);
    }
    return dump_close(&d, code);
}

int look_after(const Args *a, SpmlSession *s, const char *model)
{
    if (cli_verbose) {
        Text t = {0};
        char x[40], y[40];
        uint64_t arena, least;
        spml_session_memory(s, &arena, &least);
        kernel_counts(s, &t);
        info("plan: arena %s, at least %s is needed", format_bytes(x, arena), format_bytes(y, least));
        info("kernels: %zu compiled%s%s", spml_session_kernels(s), t.n ? ": " : "", t.n ? t.p : "");
        text_free(&t);
        SpmlCounts c;
        spml_session_counts(s, &c);
        info("time: device %.1f ms, plan %.1f ms, kernels %.1f ms (%llu from the cache)", c.device_ms, c.plan_ms, c.kernels_ms, (unsigned long long)c.cache_hits);
    }
    if (looking.level >= DEBUG_PLAN)
        print_form(s, "plan");
    if (looking.level >= DEBUG_KERNELS)
        debug_kernels(s);
    return given(a, O_DUMP_KERNELS) ? dump_kernels(s, model, a->o[O_DUMP_KERNELS].s) : 0;
}
