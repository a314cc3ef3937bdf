/* SPDX-License-Identifier: MIT
 * tests/pack: pack [--filter TEXT] [--same] [--verbose] [--threads N] [--digest FILE] [--seconds N] [--backend NAME [--no-fallback] [--exact | --exact-strict]
 * [--max-gflop X]] [--weights-as-inputs] PACK [EXTRA]
 * Runs every case of the model pack (and the *_meta.json of EXTRA) through spml.h against its references; every output is compared a second time
 * with one element moved by 10 times its limit, which must fail. --same: instead, equal bytes from 1, 2, 3, 4 and 8 threads, from run to run, and from two
 * sessions in two threads. --digest appends "CASE<tab>hash of the bytes of all outputs".
 * --backend: the outputs of that device, which must have launched something, against the references and against the CPU (--exact: bit for bit; --exact-strict: in strict
 * math, where the CPU rounds otherwise by choice); cases of more than X GFLOP are left out. --weights-as-inputs: weights are run-time tensors. Each case has a process of its own, so a crash costs one. The last line is "N passed, N failed, N skipped". */
#include "device.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct { const char *pack, *extra, *filter, *digest, *backend; bool same, verbose, no_fallback, exact, exact_strict, weights; int threads; double max_gflop; unsigned seconds; } opt = {.threads = 2, .seconds = 170, .max_gflop = INFINITY};

typedef struct Run { SpmlTensor *out[64]; size_t n_out; } Run;

static void run_free(Run *r)
{
    for (size_t i = 0; i < r->n_out; i++)
        spml_tensor_free(r->out[i]);
    r->n_out = 0;
}

static bool fail_with(PackCase *c, const char *when, SpmlError *e)
{
    case_fail(c, "%s [%s] %.300s", when, spml_error_key(e), spml_error_text(e));
    return false;
}

/* A name of the references stands for "name" or "name:0". */
static bool name_is(const char *port, const char *name)
{
    size_t n = strlen(name);
    return !strcmp(port, name) || (!strncmp(port, name, n) && !strcmp(port + n, ":0"));
}

/* The case's tensors in the order of the model's inputs, malloc'ed; NULL: c->reason. */
static SpmlTensor **inputs_of(PackCase *c, const SpmlModel *m)
{
    size_t n = spml_model_inputs(m);
    SpmlTensor **in = calloc(n + 1, sizeof *in);
    SpmlPort p;
    bool ok = in != NULL;
    for (size_t i = 0; ok && i < n; i++) {
        for (size_t k = 0; !spml_model_input(m, i, &p) && k < c->n_in; k++)
            if (name_is(p.name, c->in[k].name))
                in[i] = c->in[k].t;
        ok = in[i] || p.has_default || case_fail(c, "no value for input '%.100s'", p.name);
    }
    return ok ? in : (free(in), NULL);
}

static bool run_once(PackCase *c, const SpmlModel *m, SpmlSession *s, Run *r, SpmlError *err)
{
    size_t n = spml_model_inputs(m), n_out = spml_model_outputs(m);
    SpmlTensor **in = inputs_of(c, m);
    bool ok = in && (n_out <= 64 || case_fail(c, "%zu outputs", n_out));
    if (ok && spml_session_run(s, in, n, r->out, n_out, err))
        ok = fail_with(c, "run", err);
    r->n_out = ok ? n_out : 0;
    free(in);
    return ok;
}

static SpmlTensor *output_named(const PackCase *c, const SpmlModel *m, const Run *r, size_t k)
{
    SpmlPort p;
    for (size_t i = 0; i < r->n_out; i++)
        if (!spml_model_output(m, i, &p) && name_is(p.name, c->want[k].name))
            return r->out[i];
    return c->flat && r->n_out == c->n_want ? r->out[k] : NULL;
}

static bool check_one(PackCase *c, SpmlTensor *got, SpmlTensor *want, const char *name, double *worst)
{
    char buf[CASE_REASON];
    double ignored = 0;
    if (*limit_check(got, want, c->share, worst, buf, sizeof buf))
        return case_fail(c, "output '%.60s': %.300s", name, buf);
    limit_perturb(got, want, c->share);
    if (tensor_count(got) && !*limit_check(got, want, c->share, &ignored, buf, sizeof buf))
        return case_fail(c, "negative control: a perturbed '%.100s' passed", name);
    return true;
}

static bool check(PackCase *c, const SpmlModel *m, Run *r, double *worst)
{
    bool ok = true;
    for (size_t k = 0; ok && k < c->n_want; k++) {
        SpmlTensor *got = output_named(c, m, r, k), *like = got && c->flat ? tensor_like(c->want[k].t, got) : NULL;
        ok = got ? check_one(c, got, like ? like : c->want[k].t, c->want[k].name, worst) : case_fail(c, "no output '%.100s'", c->want[k].name);
        spml_tensor_free(like);
    }
    return ok;
}

static bool open_as(PackCase *c, const char *backend, bool strict, int threads, SpmlModel **m, SpmlSession **s, SpmlError *err)
{
    SpmlSessionOptions o = {.threads = threads, .backend = backend, .no_fallback = backend && opt.no_fallback, .strict_math = strict};
    bool fresh = !*m;
    if (fresh && spml_model_load(c->model, NULL, m, err))
        return fail_with(c, "load", err);
    if (fresh && opt.weights && !device_weights_as_inputs(c, *m))
        return false;
    if (spml_session_open(*m, &o, s, err))
        return fail_with(c, "open", err);
    return true;
}

static bool open_on(PackCase *c, const char *backend, int threads, SpmlModel **m, SpmlSession **s, SpmlError *err) { return open_as(c, backend, false, threads, m, s, err); }
static bool open_model(PackCase *c, int threads, SpmlModel **m, SpmlSession **s, SpmlError *err) { return open_on(c, opt.backend, threads, m, s, err); }

/* The name of the case ends in the label that the model must give. */
static bool check_label(PackCase *c, SpmlTensor *scores)
{
    char path[CASE_PATH];
    size_t n, best = 0;
    snprintf(path, sizeof path, "%s/references/magika/config.min.json", opt.pack);
    char *text = file_slurp(path, &n);
    cJSON *j = text ? cJSON_ParseWithLength(text, n) : NULL;
    for (size_t i = 1; i < tensor_count(scores); i++)
        best = tensor_get(scores, i) > tensor_get(scores, best) ? i : best;
    const char *label = cJSON_GetStringValue(cJSON_GetArrayItem(cJSON_GetObjectItem(j, "target_labels_space"), (int)best));
    bool ok = label && !strcmp(label, strrchr(c->name, '_') + 1);
    if (!ok)
        case_fail(c, "label %s", label ? label : "none");
    cJSON_Delete(j);
    free(text);
    return ok;
}

static void write_digest(const PackCase *c, const Run *r)
{
    uint64_t h = 0xcbf29ce484222325u;
    FILE *f = fopen(opt.digest, "a");
    for (size_t i = 0; i < r->n_out; i++) {
        const uint8_t *p = spml_tensor_data(r->out[i]);
        for (size_t k = 0; k < spml_tensor_bytes(r->out[i]) && strcmp(spml_tensor_dtype(r->out[i]), "string"); k++)
            h = (h ^ p[k]) * 0x100000001b3u;
    }
    if (!f)
        return;
    fprintf(f, "%s\t%016llx\n", c->name, (unsigned long long)h);
    fclose(f);
}

/* Too much work for this device? */
static bool too_big(PackCase *c, const SpmlModel *m, SpmlSession *on_cpu)
{
    SpmlTensor **in = inputs_of(c, m);
    c->skipped = in && device_flop(m, on_cpu, in) > opt.max_gflop * 1e9;
    free(in);
    return c->skipped;
}

/* What the CPU makes of the case, before a device does. *go: false when the case is left out. */
static bool run_cpu(PackCase *c, SpmlModel **m, Run *r, bool *go, SpmlError *err)
{
    SpmlSession *s = NULL;
    bool ok = open_on(c, NULL, opt.threads, m, &s, err);
    *go = ok && !too_big(c, *m, s);
    ok = ok && (!*go || run_once(c, *m, s, r, err));
    spml_session_free(s);
    return ok;
}

/* Where the CPU rounds otherwise by choice (Winograd, attention in blocks), strict math has the bits that all devices share. */
static bool agrees_strictly(PackCase *c, SpmlModel *m, SpmlError *err)
{
    Run r[2] = {0};
    bool ok = true;
    for (int i = 0; i < 2 && ok; i++) {
        SpmlSession *s = NULL;
        ok = open_as(c, i ? opt.backend : NULL, true, opt.threads, &m, &s, err) && run_once(c, m, s, &r[i], err) && (!i || device_counts(c, s, opt.no_fallback));
        spml_session_free(s);
    }
    ok = ok && device_agrees(c, r[1].out, r[0].out, r[0].n_out, true, &c->from_cpu);
    run_free(&r[0]);
    run_free(&r[1]);
    return ok;
}

static bool run_references(PackCase *c, double *worst)
{
    SpmlError *err = spml_error_new();
    SpmlModel *m = NULL;
    SpmlSession *s = NULL;
    Run r = {0}, cpu = {0};
    bool go = true, ok = case_load(c, opt.pack, opt.extra) && (!opt.backend || run_cpu(c, &m, &cpu, &go, err));
    if (ok && go)
        ok = open_model(c, opt.threads, &m, &s, err) && run_once(c, m, s, &r, err);
    if (ok && go && opt.backend)
        ok = device_counts(c, s, opt.no_fallback) && device_agrees(c, r.out, cpu.out, cpu.n_out, opt.exact, &c->from_cpu) && (!opt.exact_strict || !c->inexact || agrees_strictly(c, m, err));
    run_free(&cpu);
    if (!go) {
        spml_model_free(m);
        spml_error_free(err);
        return ok;
    }
    if (ok && opt.digest)
        write_digest(c, &r);
    if (ok && !strncmp(c->name, "ort/magika_", 11))
        ok = check_label(c, r.out[0]);
    ok = ok && check(c, m, &r, worst);
    run_free(&r);
    spml_session_free(s);
    spml_model_free(m);
    spml_error_free(err);
    return ok;
}

/* ── Silero VAD: windows of a recording, each with the state the last one gave ── */

static float *wav_read(const char *path, size_t *n)
{
    size_t sz;
    char *p = file_slurp(path, &sz);
    char *data = p && sz > 44 ? memmem(p, sz, "data", 4) : NULL;
    *n = data ? (sz - (size_t)(data + 8 - p)) / 2 : 0;
    float *x = calloc(*n + 1, sizeof *x);
    for (size_t i = 0; x && i < *n; i++)
        x[i] = (float)(int16_t)((uint8_t)data[8 + 2 * i] | (uint8_t)data[9 + 2 * i] << 8) / 32768.0f;
    free(p);
    return x;
}

static SpmlTensor **vad_port(const SpmlModel *m, SpmlTensor **v, const char *name)
{
    SpmlPort p;
    for (size_t i = 0; i < spml_model_inputs(m); i++)
        if (!spml_model_input(m, i, &p) && !strcmp(p.name, name))
            return &v[i];
    return NULL;
}

typedef struct Vad { float *wav; size_t n; int window, context; const cJSON *prob; double state_sum; } Vad;

/* The same window on the CPU; out[2] is what the device gave. */
static bool vad_agrees(PackCase *c, SpmlSession *on_cpu, SpmlTensor *const *in, SpmlTensor *const *out, SpmlError *err)
{
    SpmlTensor *want[2] = {0};
    if (spml_session_run(on_cpu, in, 3, want, 2, err))
        return fail_with(c, "run on the CPU", err);
    bool ok = device_agrees(c, out, want, 2, opt.exact || opt.exact_strict, &c->from_cpu);
    spml_tensor_free(want[0]);
    spml_tensor_free(want[1]);
    return ok;
}

static bool vad_windows(PackCase *c, const SpmlModel *m, SpmlSession *s, SpmlSession *on_cpu, const Vad *v, double *worst, SpmlError *err)
{
    SpmlTensor *in[8] = {0}, *out[2] = {0};
    SpmlTensor **x = vad_port(m, in, "input"), **state = vad_port(m, in, "state"), **rate = vad_port(m, in, "sr");
    if (!x || !state || !rate || spml_model_inputs(m) > 8 || spml_model_outputs(m) != 2)
        return case_fail(c, "inputs are not input, state, sr");
    spml_tensor_new("f32", 2, (int64_t[]){1, v->context + v->window}, x, NULL);
    spml_tensor_new("f32", 3, (int64_t[]){2, 1, 128}, state, NULL);
    *rate = tensor_of("i64", 0, NULL, &(int64_t){16000}, 8);
    float *data = spml_tensor_data(*x);
    bool ok = true;
    size_t k = 0;
    const cJSON *want;
    cJSON_ArrayForEach(want, v->prob) {
        memmove(data, data + v->window, (size_t)v->context * sizeof *data);
        for (int i = 0; i < v->window; i++)
            data[v->context + i] = k * (size_t)v->window + (size_t)i < v->n ? v->wav[k * (size_t)v->window + (size_t)i] : 0;
        if (spml_session_run(s, in, 3, out, 2, err)) {
            ok = fail_with(c, "run", err);
            break;
        }
        if (opt.backend)
            ok = device_counts(c, s, opt.no_fallback) && vad_agrees(c, on_cpu, in, out, err);
        double got = tensor_get(out[0], 0), used = fabs(got - want->valuedouble) / fmax(1e-6 + 1e-3 * want->valuedouble, 1e-4);
        spml_tensor_free(out[0]);
        spml_tensor_free(*state);
        *state = out[1];
        *worst = fmax(*worst, used);
        if (ok && !(used <= 1)) {
            ok = case_fail(c, "window %zu: %.6f, want %.6f", k, got, want->valuedouble);
        }
        if (!ok)
            break;
        k++;
    }
    double sum = 0;
    for (size_t i = 0; i < tensor_count(*state); i++)
        sum += tensor_get(*state, i);
    if (ok && !(k > 100 && fabs(sum - v->state_sum) <= 1e-2))
        ok = case_fail(c, "%zu windows, final state sums to %.6f, want %.6f", k, sum, v->state_sum);
    spml_tensor_free(*x);
    spml_tensor_free(*state);
    spml_tensor_free(*rate);
    return ok;
}

static double number_of(const cJSON *j, const char *key) { const cJSON *x = cJSON_GetObjectItem(j, key); return x ? x->valuedouble : NAN; }

static bool run_vad(PackCase *c, double *worst)
{
    char path[CASE_PATH];
    size_t n;
    snprintf(path, sizeof path, "%s/references/ort/%s.json", opt.pack, strchr(c->name, '/') + 1);
    char *text = file_slurp(path, &n);
    cJSON *j = text ? cJSON_ParseWithLength(text, n) : NULL;
    Vad v = {.window = (int)number_of(j, "window"), .context = (int)number_of(j, "context"), .prob = cJSON_GetObjectItem(j, "prob"), .state_sum = number_of(j, "final_state_sum")};
    const char *model = cJSON_GetStringValue(cJSON_GetObjectItem(j, "model")), *wav = cJSON_GetStringValue(cJSON_GetObjectItem(j, "wav"));
    snprintf(c->model, sizeof c->model, "%s/%s", opt.pack, model ? model : "");
    snprintf(path, sizeof path, "%s/%s", opt.pack, wav ? wav : "");
    v.wav = wav_read(path, &v.n);
    SpmlError *err = spml_error_new();
    SpmlModel *m = NULL;
    SpmlSession *s = NULL, *on_cpu = NULL;
    bool ok = j && v.n ? open_model(c, opt.threads, &m, &s, err) && (!opt.backend || open_on(c, NULL, 1, &m, &on_cpu, err)) : case_fail(c, "%s: cannot be read", path);
    ok = ok && vad_windows(c, m, s, on_cpu, &v, worst, err);
    spml_session_free(s);
    spml_session_free(on_cpu);
    spml_model_free(m);
    spml_error_free(err);
    cJSON_Delete(j);
    free(text);
    free(v.wav);
    return ok;
}

/* ── --same ── */

static bool same_bytes(PackCase *c, const Run *a, const Run *b, const char *what, int n)
{
    for (size_t i = 0; i < a->n_out; i++) {
        if (!spml_tensor_dtype(a->out[i])[0] || !strcmp(spml_tensor_dtype(a->out[i]), "string"))
            continue;
        size_t sz = spml_tensor_bytes(a->out[i]);
        if (sz != spml_tensor_bytes(b->out[i]) || (sz && memcmp(spml_tensor_data(a->out[i]), spml_tensor_data(b->out[i]), sz)))
            return case_fail(c, "output %zu differs: %s %d", i, what, n);
    }
    return true;
}

typedef struct Lane { PackCase c; const SpmlModel *m; Run r; bool ok; } Lane;

static void *lane_run(void *arg)
{
    Lane *l = arg;
    SpmlModel *m = (SpmlModel *)l->m;
    SpmlSession *s = NULL;
    SpmlError *err = spml_error_new();
    l->ok = open_model(&l->c, 2, &m, &s, err) && run_once(&l->c, m, s, &l->r, err);
    spml_session_free(s);
    spml_error_free(err);
    return NULL;
}

/* One model, two sessions, two threads at once. */
static bool same_lanes(PackCase *c, const SpmlModel *m, const Run *first)
{
    Lane *l = calloc(2, sizeof *l);
    pthread_t t[2];
    bool ok = true;
    for (int i = 0; i < 2; i++) {
        l[i].c = *c;
        l[i].m = m;
        pthread_create(&t[i], NULL, lane_run, &l[i]);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(t[i], NULL);
        ok = ok && (l[i].ok || case_fail(c, "%.300s", l[i].c.reason)) && same_bytes(c, first, &l[i].r, "session in thread", i);
        run_free(&l[i].r);
    }
    free(l);
    return ok;
}

static bool run_same(PackCase *c, double *worst)
{
    static const int counts[] = {1, 2, 3, 4, 8};
    SpmlError *err = spml_error_new();
    SpmlModel *m = NULL;
    Run first = {0};
    bool ok = case_load(c, opt.pack, opt.extra);
    for (size_t i = 0; ok && i < sizeof counts / sizeof *counts; i++) {
        SpmlSession *s = NULL;
        Run r = {0}, again = {0};
        ok = open_model(c, counts[i], &m, &s, err) && run_once(c, m, s, &r, err);
        if (ok && i == 0)
            first = r;
        ok = ok && same_bytes(c, &first, &r, "threads", counts[i]);
        if (ok && i < 2)
            ok = run_once(c, m, s, &again, err) && same_bytes(c, &first, &again, "second run, threads", counts[i]);
        run_free(&again);
        if (i)
            run_free(&r);
        spml_session_free(s);
    }
    ok = ok && same_lanes(c, m, &first);
    run_free(&first);
    spml_model_free(m);
    spml_error_free(err);
    *worst = 0;
    return ok;
}

/* ── a process for each ── */

static bool run_case(PackCase *c, double *worst)
{
    if (opt.same)
        return run_same(c, worst);
    return strncmp(c->name, "vad/", 4) ? run_references(c, worst) : run_vad(c, worst);
}

/* The child writes 1 or 0 and the reason or the share of the limit used. */
static bool run_apart(PackCase *c, double *worst)
{
    int fd[2], status = 0;
    struct { int ok; double worst, from_cpu; unsigned long long launches, fallback; bool inexact, skipped; char reason[CASE_REASON]; } r = {0};
    if (pipe(fd))
        return case_fail(c, "no pipe");
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        alarm(opt.seconds);
        r.ok = run_case(c, &r.worst);
        r.from_cpu = c->from_cpu, r.launches = c->launches, r.fallback = c->fallback, r.inexact = c->inexact, r.skipped = c->skipped;
        memcpy(r.reason, c->reason, sizeof r.reason);
        case_unload(c);
        _exit(write(fd[1], &r, sizeof r) == sizeof r ? 0 : 1);
    }
    close(fd[1]);
    bool got = read(fd[0], &r, sizeof r) == sizeof r;
    close(fd[0]);
    waitpid(pid, &status, 0);
    if (!got)
        return case_fail(c, "crashed or timed out (status %#x)", (unsigned)status);
    memcpy(c->reason, r.reason, sizeof c->reason);
    *worst = r.worst;
    c->from_cpu = r.from_cpu, c->launches = r.launches, c->fallback = r.fallback, c->inexact = r.inexact, c->skipped = r.skipped;
    return r.ok;
}

static void verdict(const PackCase *c, bool ok, double worst)
{
    if (!ok)
        printf("FAILED %s: %s\n", c->name, c->reason);
    else if (c->skipped && opt.verbose)
        printf("skipped %s: more than %g GFLOP\n", c->name, opt.max_gflop);
    else if (opt.verbose && opt.backend)
        printf("ok %s: %.3f of the limit, %s CPU (%.3f of the limit), %llu launches, %llu on the CPU\n", c->name, worst, !c->inexact ? "bits of the" : opt.exact_strict ? "in strict math bits of the, else near the" : "near the", c->from_cpu, c->launches, c->fallback);
    else if (opt.verbose)
        printf("ok %s: %.3f of the limit\n", c->name, worst);
}

static int by_name(const void *a, const void *b) { return strcmp(((const PackCase *)a)->name, ((const PackCase *)b)->name); }

static bool parse_options(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--filter") && i + 1 < argc)
            opt.filter = argv[++i];
        else if (!strcmp(argv[i], "--digest") && i + 1 < argc)
            opt.digest = argv[++i];
        else if (!strcmp(argv[i], "--threads") && i + 1 < argc)
            opt.threads = atoi(argv[++i]);
        else if (!strcmp(argv[i], "--backend") && i + 1 < argc)
            opt.backend = argv[++i];
        else if (!strcmp(argv[i], "--max-gflop") && i + 1 < argc)
            opt.max_gflop = atof(argv[++i]);
        else if (!strcmp(argv[i], "--seconds") && i + 1 < argc)
            opt.seconds = (unsigned)atoi(argv[++i]);
        else if (!strcmp(argv[i], "--no-fallback"))
            opt.no_fallback = true;
        else if (!strcmp(argv[i], "--exact"))
            opt.exact = true;
        else if (!strcmp(argv[i], "--exact-strict"))
            opt.exact_strict = true;
        else if (!strcmp(argv[i], "--weights-as-inputs"))
            opt.weights = true;
        else if (!strcmp(argv[i], "--same"))
            opt.same = true;
        else if (!strcmp(argv[i], "--verbose"))
            opt.verbose = true;
        else if (argv[i][0] != '-' && !opt.pack)
            opt.pack = argv[i];
        else if (argv[i][0] != '-' && !opt.extra)
            opt.extra = argv[i];
        else
            return false;
    }
    return opt.pack;
}

int main(int argc, char **argv)
{
    char dir[CASE_PATH];
    CaseList l = {0};
    size_t passed = 0, failed = 0, skipped = 0;
    if (!parse_options(argc, argv)) {
        fprintf(stderr, "usage: pack [--filter TEXT] [--same] [--verbose] [--threads N] [--digest FILE] [--backend NAME [--no-fallback] [--exact | --exact-strict] [--max-gflop X]] [--weights-as-inputs] [--seconds N] PACK [EXTRA]\n");
        return 2;
    }
    snprintf(dir, sizeof dir, "%s/references/ort", opt.pack);
    cases_add_metas(&l, opt.pack, dir);
    if (opt.extra)
        cases_add_metas(&l, opt.pack, opt.extra);
    cases_add_others(&l, opt.pack);
    if (!opt.same && !opt.weights) { /* whose windows know the inputs of the model by heart */
        cases_add(&l, "vad/silero_vad_v5_jfk");
        cases_add(&l, "vad/silero_vad_v6_jfk");
    }
    qsort(l.v, l.n, sizeof *l.v, by_name);
    for (size_t i = 0; i < l.n; i++) {
        double worst = 0;
        if (opt.filter && !strstr(l.v[i].name, opt.filter))
            continue;
        bool ok = run_apart(&l.v[i], &worst);
        passed += ok && !l.v[i].skipped;
        skipped += ok && l.v[i].skipped;
        failed += !ok;
        verdict(&l.v[i], ok, worst);
        fflush(stdout);
    }
    cases_free(&l);
    if (opt.backend && skipped)
        printf("%zu cases of more than %g GFLOP left out on %s\n", skipped, opt.max_gflop, opt.backend);
    printf("%zu passed, %zu failed, 0 skipped\n", passed, failed);
    return failed > 0;
}
