/* SPDX-License-Identifier: MIT
 * tests: the ONNX conformance runner: onnx_cases [--filter TEXT] [--list-failures] [--json FILE] [--known FILE] [--write-known FILE] [--jobs N]
 * [--threads N] [--digest FILE] [--backend NAME] [--no-fallback] FOLDER
 * FOLDER holds KIND/CASE/{model.onnx, tolerance.json, test_data_set_N/{input,output}_I.pb}, as the PyPI package onnx describes its cases.
 * Each case is loaded and run through spml.h in a child process, which does a batch of them, so a crash costs one case. One case in 20 that
 * passes is compared again with one output element perturbed: that must fail. Failures that --known lists ("KIND/CASE<tab>reason") count as
 * skipped, and listed cases that pass are named. --digest appends "KIND/CASE<tab>hash of the bits of
 * all outputs" for each case that runs. With --backend every run must launch something on that device, unless all its work is the host's (strings,
 * sequences, control flow, constants), and with --no-fallback nothing may run on the CPU instead. The last line is "N passed, N failed, N skipped". */
#include "compare.h"
#include "formats/tensor/pb.h"
#include "spml.h"

#include <cjson/cJSON.h>
#include <dirent.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BATCH = 16, MAX_JOBS = 16, MAX_PORTS = 256, CASE_SECONDS = 180, CONTROL_EVERY = 20, REASON = 400 };

typedef enum Verdict { WAITING, RUNNING, PASSED, FAILED } Verdict;
typedef struct Case { char *kind, *name, *dir; Verdict verdict; bool controlled, known; uint64_t digest, launches, fallback; char reason[REASON]; } Case;
static struct { Case *v; size_t n, cap; } cases;
static struct { const char *folder, *filter, *json, *known, *write_known, *digest, *backend; bool list, no_fallback; int jobs, threads; } opt = {.jobs = 2, .threads = 1};

/* ── one case ── */

typedef struct Ports { SpmlTensor *v[MAX_PORTS]; size_t n; } Ports;

static void ports_free(Ports *p)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->v[i])
            spml_tensor_free(p->v[i]);
    *p = (Ports){0};
}

static bool fail(Case *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static bool fail(Case *c, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(c->reason, sizeof c->reason, fmt, ap);
    va_end(ap);
    return false;
}

/* "2 of 57 nodes cannot run" tells less than the first of them. */
static bool fail_error(Case *c, const char *when, const SpmlError *e)
{
    const char *text = spml_error_text(e), *line = strchr(text, '\n');
    const char *shown = line && strstr(text, "cannot run") ? line + 1 : text;
    if (!strncmp(shown, "node '", 6) && strstr(shown, "': "))
        shown = strstr(shown, "': ") + 3;
    return fail(c, "%s [%s] %.*s", when, spml_error_key(e), (int)strcspn(shown, "\n"), shown);
}

static Tolerance tolerance_of(const Case *c)
{
    char path[4096], text[4096];
    Tolerance t = {1e-3, 1e-7};
    snprintf(path, sizeof path, "%s/tolerance.json", c->dir);
    FILE *f = fopen(path, "r");
    size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
    if (f)
        fclose(f);
    cJSON *j = cJSON_ParseWithLength(text, n);
    const cJSON *rtol = cJSON_GetObjectItem(j, "rtol"), *atol = cJSON_GetObjectItem(j, "atol");
    if (cJSON_IsNumber(rtol) && cJSON_IsNumber(atol))
        t = (Tolerance){rtol->valuedouble, atol->valuedouble};
    cJSON_Delete(j);
    return t;
}

static TypeKind kind_of(const SpmlPort *p)
{
    static const struct { const char *prefix; TypeKind kind; } rows[] = {{"seq(", TYPE_SEQUENCE}, {"optional(", TYPE_OPTIONAL}, {"map(", TYPE_MAP}};
    for (size_t i = 0; i < 3; i++)
        if (!strncmp(p->type, rows[i].prefix, strlen(rows[i].prefix)))
            return rows[i].kind;
    return TYPE_TENSOR;
}

/* 1: read, 0: no such file, -1: failed */
static int read_value(Case *c, const char *dir, const char *stem, size_t i, TypeKind kind, SpmlTensor **out)
{
    char path[4200];
    Error e = {0};
    File *f;
    RtValue *v;
    snprintf(path, sizeof path, "%s/%s_%zu.pb", dir, stem, i);
    if (access(path, R_OK))
        return 0;
    if (file_open(path, 0, &f, &e))
        return fail(c, "data file: %s", e.text), -1;
    SpmlCode code = pb_value_read(f, kind, &v, NULL, &e);
    file_close(&f);
    if (code)
        return fail(c, "data file %s_%zu.pb: %s", stem, i, e.text), -1;
    *out = (SpmlTensor *)v;
    return 1;
}

static bool read_inputs(Case *c, const SpmlModel *m, const char *dir, Ports *in)
{
    in->n = spml_model_inputs(m);
    if (in->n > MAX_PORTS)
        return fail(c, "more than %d inputs", MAX_PORTS);
    for (size_t i = 0; i < in->n; i++) {
        SpmlPort p;
        spml_model_input(m, i, &p);
        if (read_value(c, dir, "input", i, kind_of(&p), &in->v[i]) < 0)
            return false;
    }
    return true;
}

static bool control(Case *c, RtValue *got, const RtValue *want, Tolerance tol)
{
    char buf[REASON];
    if (!compare_perturb(got, tol))
        return true;
    c->controlled = true;
    return *compare_values(got, want, tol, buf, sizeof buf) ? true : fail(c, "negative control: a perturbed output passed");
}

static bool check_outputs(Case *c, const char *dir, Ports *out, Tolerance tol, bool controlled)
{
    char buf[REASON];
    for (size_t i = 0; i < out->n; i++) {
        SpmlTensor *want = NULL;
        RtValue *got = (RtValue *)out->v[i];
        int found = read_value(c, dir, "output", i, got->kind, &want);
        if (found <= 0)
            return found < 0 ? false : fail(c, "output_%zu.pb is missing", i);
        const char *why = compare_values(got, (RtValue *)want, tol, buf, sizeof buf);
        bool ok = *why ? fail(c, "%s", why) : !controlled || control(c, got, (RtValue *)want, tol);
        spml_tensor_free(want);
        if (!ok)
            return false;
    }
    return true;
}

/* Did the device do what it was there for? */
static bool check_counts(Case *c, const SpmlSession *s)
{
    SpmlCounts n;
    spml_session_counts(s, &n);
    c->launches = n.launches;
    c->fallback = n.fallback;
    if (n.fallback && opt.no_fallback)
        return fail(c, "counts: %llu calls ran on the CPU", (unsigned long long)n.fallback);
    if (!n.launches && !n.fallback && !n.host_steps && n.uploads)
        return fail(c, "counts: uploads, but no launch");
    return true;
}

static bool run_set(Case *c, const SpmlModel *m, SpmlSession *s, const char *dir, Tolerance tol, bool controlled, SpmlError *err)
{
    Ports in = {0}, out = {.n = spml_model_outputs(m)};
    bool ok = out.n <= MAX_PORTS && read_inputs(c, m, dir, &in);
    if (ok && spml_session_run(s, in.v, in.n, out.v, out.n, err)) {
        ok = fail_error(c, "run", err);
        out.n = 0;
    }
    for (size_t i = 0; ok && i < out.n; i++)
        c->digest = compare_digest((RtValue *)out.v[i], c->digest);
    if (ok && opt.backend)
        ok = check_counts(c, s);
    if (ok)
        ok = check_outputs(c, dir, &out, tol, controlled);
    ports_free(&in);
    ports_free(&out);
    return ok;
}

static bool run_sets(Case *c, const SpmlModel *m, SpmlSession *s, bool controlled, SpmlError *err)
{
    Tolerance tol = tolerance_of(c);
    bool ok = true;
    char dir[4096];
    struct stat st;
    for (int n = 0; ok; n++) {
        snprintf(dir, sizeof dir, "%s/test_data_set_%d", c->dir, n);
        if (stat(dir, &st))
            return n > 0 || fail(c, "no test data");
        ok = run_set(c, m, s, dir, tol, controlled, err);
    }
    return ok;
}

static bool run_case(Case *c, bool controlled)
{
    char path[4096];
    SpmlError *err = spml_error_new();
    SpmlModel *m = NULL;
    SpmlSession *s = NULL;
    SpmlSessionOptions o = {.threads = opt.threads, .backend = opt.backend, .no_fallback = opt.no_fallback};
    snprintf(path, sizeof path, "%s/model.onnx", c->dir);
    bool ok = spml_model_load(path, NULL, &m, err) ? fail_error(c, "load", err) : true;
    if (ok && spml_session_open(m, &o, &s, err))
        ok = fail_error(c, "open", err);
    if (ok)
        ok = run_sets(c, m, s, controlled, err);
    spml_session_free(s);
    spml_model_free(m);
    spml_error_free(err);
    return ok;
}

/* ── children: "S index", then "P index" or "C index" (passed, control too) or "F index reason", one line each ── */

typedef struct Child { pid_t pid; FILE *from; size_t first, end, current; bool running; } Child;

static void write_digest(const Case *c)
{
    FILE *f = c->digest ? fopen(opt.digest, "a") : NULL;
    if (!f)
        return;
    fprintf(f, "%s/%s\t%016llx\n", c->kind, c->name, (unsigned long long)c->digest);
    fclose(f); /* one write: children append side by side */
}

static void child_main(int fd, size_t first, size_t end)
{
    FILE *to = fdopen(fd, "w");
    for (size_t i = first; i < end; i++) {
        Case *c = &cases.v[i];
        fprintf(to, "S %zu\n", i);
        fflush(to);
        alarm(CASE_SECONDS);
        bool ok = run_case(c, i % CONTROL_EVERY == 0);
        for (char *p = c->reason; *p; p++)
            *p = (unsigned char)*p < 0x20 ? ' ' : *p;
        if (opt.digest)
            write_digest(c);
        fprintf(to, "%c %zu %llu %llu %s\n", !ok ? 'F' : c->controlled ? 'C' : 'P', i, (unsigned long long)c->launches, (unsigned long long)c->fallback, c->reason);
        fflush(to);
    }
    _exit(0);
}

static bool child_start(Child *ch, size_t first, size_t end)
{
    int fd[2];
    if (pipe(fd))
        return false;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        close(fd[0]);
        child_main(fd[1], first, end);
    }
    close(fd[1]);
    *ch = (Child){pid, fdopen(fd[0], "r"), first, end, first, true};
    return pid > 0;
}

static void child_line(Child *ch, char *line)
{
    size_t i;
    int used = 0;
    unsigned long long launches = 0, fallback = 0;
    if (sscanf(line + 1, " %zu%n", &i, &used) != 1 || i < ch->first || i >= ch->end)
        return;
    if (*line != 'S')
        sscanf(line + 1, " %zu %llu %llu%n", &i, &launches, &fallback, &used);
    Case *c = &cases.v[i];
    c->launches = launches;
    c->fallback = fallback;
    ch->current = i;
    c->verdict = *line == 'S' ? RUNNING : *line == 'F' ? FAILED : PASSED;
    c->controlled = *line == 'C';
    line[strcspn(line, "\n")] = 0;
    if (*line == 'F')
        snprintf(c->reason, sizeof c->reason, "%s", line + 1 + used + 1);
}

/* The child is gone: a case that was running crashed; what it had not begun runs in a new one. */
static bool child_end(Child *ch)
{
    int status;
    fclose(ch->from);
    waitpid(ch->pid, &status, 0);
    ch->running = false;
    Case *c = &cases.v[ch->current];
    if (c->verdict == RUNNING) {
        c->verdict = FAILED;
        if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
            snprintf(c->reason, sizeof c->reason, "timed out after %d s", CASE_SECONDS);
        else
            snprintf(c->reason, sizeof c->reason, "crashed (%s %d)", WIFSIGNALED(status) ? "signal" : "exit", WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
        if (ch->current + 1 < ch->end)
            return child_start(ch, ch->current + 1, ch->end);
    }
    return true;
}

static void run_all(void)
{
    Child ch[MAX_JOBS] = {0};
    size_t next = 0;
    char line[REASON + 64];
    for (;;) {
        struct pollfd p[MAX_JOBS];
        int live = 0;
        for (int i = 0; i < opt.jobs; i++) {
            if (!ch[i].running && next < cases.n) {
                size_t end = next + BATCH < cases.n ? next + BATCH : cases.n;
                child_start(&ch[i], next, end);
                next = end;
            }
            live += ch[i].running;
            p[i] = (struct pollfd){ch[i].running ? fileno(ch[i].from) : -1, POLLIN, 0};
        }
        if (!live)
            return;
        poll(p, (nfds_t)opt.jobs, -1);
        for (int i = 0; i < opt.jobs; i++) {
            if (!p[i].revents)
                continue;
            if (fgets(line, sizeof line, ch[i].from))
                child_line(&ch[i], line);
            else
                child_end(&ch[i]);
        }
    }
}

/* ── cases and report ── */

static char *join(const char *a, const char *b)
{
    size_t n = strlen(a) + strlen(b) + 2;
    char *s = malloc(n);
    snprintf(s, n, "%s/%s", a, b);
    return s;
}

static void add_cases(const char *kind)
{
    char *dir = join(opt.folder, kind);
    DIR *d = opendir(dir);
    for (struct dirent *e; d && (e = readdir(d));) {
        char label[1024];
        snprintf(label, sizeof label, "%s/%s", kind, e->d_name);
        if (e->d_name[0] == '.' || (opt.filter && !strstr(label, opt.filter)))
            continue;
        if (cases.n == cases.cap)
            cases.v = realloc(cases.v, (cases.cap = cases.cap ? 2 * cases.cap : 1024) * sizeof *cases.v);
        cases.v[cases.n++] = (Case){.kind = strdup(kind), .name = strdup(e->d_name), .dir = join(dir, e->d_name)};
    }
    if (d)
        closedir(d);
    free(dir);
}

static int by_name(const void *a, const void *b)
{
    const Case *x = a, *y = b;
    int k = strcmp(x->kind, y->kind);
    return k ? k : strcmp(x->name, y->name);
}

static int by_reason(const void *a, const void *b)
{
    const Case *const *x = a, *const *y = b;
    int k = strcmp((*x)->reason, (*y)->reason);
    return k ? k : by_name(*x, *y);
}

/* What stands before details in parentheses. */
static int reason_head(const Case *c) { return (int)strcspn(c->reason, "("); }

typedef struct Group { const Case *first; size_t n; } Group;
static int by_size(const void *a, const void *b) { const Group *x = a, *y = b; return x->n == y->n ? 0 : x->n < y->n ? 1 : -1; }

static void report_groups(const Case **failed, size_t n)
{
    Group *g = calloc(n + 1, sizeof *g);
    size_t n_groups = 0;
    for (size_t i = 0; i < n; i++) {
        const Group *last = n_groups ? &g[n_groups - 1] : NULL;
        int head = reason_head(failed[i]);
        if (!last || head != reason_head(last->first) || strncmp(failed[i]->reason, last->first->reason, (size_t)head))
            g[n_groups++] = (Group){failed[i], 0};
        g[n_groups - 1].n++;
    }
    qsort(g, n_groups, sizeof *g, by_size);
    for (size_t i = 0; i < n_groups; i++)
        printf("%5zu  %.*s  e.g. %s/%s\n", g[i].n, reason_head(g[i].first), g[i].first->reason, g[i].first->kind, g[i].first->name);
    free(g);
}

static void write_json(const Case *const *failed, size_t n_failed)
{
    cJSON *j = cJSON_CreateObject(), *pass = NULL, *miss = NULL;
    FILE *f = fopen(opt.json, "w");
    cJSON_AddStringToObject(j, "schema", "spml.onnx-cases/1");
    pass = cJSON_AddArrayToObject(j, "passed");
    miss = cJSON_AddArrayToObject(j, "failed");
    for (size_t i = 0; i < cases.n; i++)
        if (cases.v[i].verdict == PASSED) {
            char *label = join(cases.v[i].kind, cases.v[i].name);
            cJSON_AddItemToArray(pass, cJSON_CreateString(label));
            free(label);
        }
    for (size_t i = 0; i < n_failed; i++) {
        cJSON *one = cJSON_CreateObject();
        char *label = join(failed[i]->kind, failed[i]->name);
        cJSON_AddStringToObject(one, "case", label);
        cJSON_AddStringToObject(one, "reason", failed[i]->reason);
        cJSON_AddItemToArray(miss, one);
        free(label);
    }
    char *text = cJSON_PrintUnformatted(j);
    if (!f || fprintf(f, "%s\n", text) < 0)
        fprintf(stderr, "onnx_cases: cannot write %s\n", opt.json);
    if (f)
        fclose(f);
    free(text);
    cJSON_Delete(j);
}

static Case *find_case(const char *label)
{
    const char *slash = strchr(label, '/');
    Case key = {0}, *c = NULL;
    if (slash) {
        key.kind = strndup(label, (size_t)(slash - label));
        key.name = (char *)slash + 1;
        c = bsearch(&key, cases.v, cases.n, sizeof key, by_name);
        free(key.kind);
    }
    return c;
}

static void read_known(void)
{
    char line[2048];
    FILE *f = fopen(opt.known, "r");
    while (f && fgets(line, sizeof line, f)) {
        line[strcspn(line, "\t\n")] = 0;
        Case *c = *line == '#' ? NULL : find_case(line);
        if (c)
            c->known = true;
    }
    if (f)
        fclose(f);
    else
        fprintf(stderr, "onnx_cases: cannot read %s\n", opt.known);
}

static void write_known(void)
{
    FILE *f = fopen(opt.write_known, "w");
    if (!f) {
        fprintf(stderr, "onnx_cases: cannot write %s\n", opt.write_known);
        return;
    }
    fprintf(f, "# Cases that do not pass yet, with the reason. Written by onnx_cases --write-known; a case that passes must be taken out.\n");
    for (size_t i = 0; i < cases.n; i++)
        if (cases.v[i].verdict != PASSED)
            fprintf(f, "%s/%s\t%s\n", cases.v[i].kind, cases.v[i].name, cases.v[i].reason);
    fclose(f);
}

static int report(void)
{
    const Case **failed = calloc(cases.n + 1, sizeof *failed);
    size_t n = 0, passed = 0, controls = 0, skipped = 0, launched = 0, fell = 0;
    for (size_t i = 0; i < cases.n; i++) {
        const Case *c = &cases.v[i];
        passed += c->verdict == PASSED;
        controls += c->controlled;
        launched += c->launches != 0;
        fell += c->fallback != 0;
        skipped += c->known && c->verdict != PASSED;
        if (c->verdict != PASSED)
            failed[n++] = c;
        else if (c->known)
            printf("now passes, take it out of %s: %s/%s\n", opt.known, c->kind, c->name);
    }
    for (size_t i = 0; i < n; i++)
        if (opt.list || (opt.known && !failed[i]->known))
            printf("%s%s/%s: %s\n", opt.known && !failed[i]->known ? "FAILED " : "", failed[i]->kind, failed[i]->name, failed[i]->reason);
    qsort(failed, n, sizeof *failed, by_reason);
    report_groups(failed, n);
    if (opt.json)
        write_json(failed, n);
    if (opt.write_known)
        write_known();
    if (opt.backend)
        printf("%zu cases launched on %s, %zu ran calls on the CPU instead\n", launched, opt.backend, fell);
    printf("%zu negative controls failed as they must\n%zu passed, %zu failed, %zu skipped\n", controls, passed, n - skipped, skipped);
    free(failed);
    return n > skipped;
}

static bool parse_options(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (!strcmp(argv[i], "--list-failures"))
            opt.list = true;
        else if (!strcmp(argv[i], "--filter") && value)
            opt.filter = argv[++i];
        else if (!strcmp(argv[i], "--json") && value)
            opt.json = argv[++i];
        else if (!strcmp(argv[i], "--known") && value)
            opt.known = argv[++i];
        else if (!strcmp(argv[i], "--write-known") && value)
            opt.write_known = argv[++i];
        else if (!strcmp(argv[i], "--jobs") && value)
            opt.jobs = atoi(argv[++i]);
        else if (!strcmp(argv[i], "--threads") && value)
            opt.threads = atoi(argv[++i]);
        else if (!strcmp(argv[i], "--digest") && value)
            opt.digest = argv[++i];
        else if (!strcmp(argv[i], "--backend") && value)
            opt.backend = argv[++i];
        else if (!strcmp(argv[i], "--no-fallback"))
            opt.no_fallback = true;
        else if (argv[i][0] != '-' && !opt.folder)
            opt.folder = argv[i];
        else
            return false;
    }
    return opt.folder && opt.jobs >= 1 && opt.jobs <= MAX_JOBS && opt.threads >= 1;
}

int main(int argc, char **argv)
{
    static const char *const kinds[] = {"light", "node", "pytorch-converted", "pytorch-operator", "simple"};
    if (!parse_options(argc, argv)) {
        fprintf(stderr, "usage: onnx_cases [--filter TEXT] [--list-failures] [--json FILE] [--known FILE] [--write-known FILE] [--jobs N] [--threads N] [--digest FILE] [--backend NAME] [--no-fallback] FOLDER\n");
        return 2;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        add_cases(kinds[i]);
    if (!cases.n) {
        fprintf(stderr, "onnx_cases: no cases in %s\n", opt.folder);
        return 2;
    }
    qsort(cases.v, cases.n, sizeof *cases.v, by_name);
    if (opt.known)
        read_known();
    run_all();
    return report();
}
