/* SPDX-License-Identifier: MIT
 * tests/ops: op_suite [--backend NAME] [--cases N] [--seed S] [--op NAME] [--one SEED] [--fallback] [--ulp N] [--verbose]
 * Random graphs of every operator (gen.h) on the CPU and on a device, which must launch something, leave nothing to the CPU and give the same bits (NaN
 * equals NaN; floats within --ulp where a device does not divide exactly). Every second case has its initializers as inputs. Operators that only the host
 * runs are named, with the reason: any other refusal is a failure, as is an operator of which no case ran. A case that fails is printed as IR text;
 * --op NAME --one SEED repeats it. Work is done in a child process, so a crash costs one case. The last line is "N passed, N failed, N skipped". */
#include "gen.h"
#include "run.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_REPORTS = 20, ANY_OP = -1 };
static struct { const char *backend, *op; uint64_t seed, one, ulp; uint32_t cases; unsigned seconds; bool verbose, fallback, alone; } opt = {.backend = "interp", .seed = 1, .cases = 4, .seconds = 120};

/* Operators without cases of their own, and why. Those of flag OPF_HOST need no row. */
static const struct { int op; const char *why; } no_cases[] = {
    {OP_region, "made by fusion: every elementwise case is one"},
    {OP_relayout, "made by no pass yet; only its shape rule and lowering are tested (tests/unit/ops_move.c)"},
    {OP_prepack, "made by no pass yet"},
    {OP_state_read, "made by no reader yet"},
    {OP_sgd_update, "on states: tests/unit/update.c"},
    {OP_adam_update, "on states: tests/unit/update.c"},
    {OP_rmsprop_update, "on states: tests/unit/update.c"},
    {OP_adagrad_update, "on states: tests/unit/update.c"},
    {OP_lion_update, "on states: tests/unit/update.c"},
    {OP_average_update, "on states: tests/unit/update.c"},
    {OP_accumulate, "on states: tests/unit/update.c"},
    {OP_grad_factor, "on states: tests/unit/update.c"},
    {OP_state_write, "made by no reader yet"},
    {OP_rank_gather, "of several processes: tests/unit/ranks.c"},
    {OP_rank_sum, "of several processes: tests/unit/ranks.c"},
    {OP_unknown, "cannot run anywhere"},
    {OP_sequence_map, "its inputs and outputs are sequences, which live on the host"},
};

/* What a device may refuse though it is no operator of the host. text: part of the refusal. */
static const struct { int op; const char *backend, *text, *why; } host_only[] = {
    {ANY_OP, "", "no scatters of less than a byte", "elements of 4 and 2 bits share bytes; PTX only stores such"},
};

static const char *why_no_cases(int op)
{
    for (size_t i = 0; i < sizeof no_cases / sizeof *no_cases; i++)
        if (no_cases[i].op == op)
            return no_cases[i].why;
    return op_info[op].flags & OPF_HOST ? "strings, sequences, optionals and maps live on the host" : NULL;
}

static const char *listed(int op, const char *refusal)
{
    for (size_t i = 0; i < sizeof host_only / sizeof *host_only; i++)
        if ((host_only[i].op == op || host_only[i].op == ANY_OP) && strstr(opt.backend, host_only[i].backend) && strstr(refusal, host_only[i].text))
            return host_only[i].why;
    return NULL;
}

/* ── children: a line before each case and one after ── */

typedef struct Tally { uint32_t passed, failed, no_cpu, host; const char *why; char cpu_says[300]; } Tally;
static Tally tally[OP_COUNT];
static uint32_t n_reports;

static uint64_t case_seed(uint32_t i) { return opt.alone ? opt.one : opt.seed * 1000 + i; }
static GenMode case_mode(uint32_t i) { return (GenMode)(case_seed(i) % MODES); }
static uint32_t n_cases(void) { return opt.alone ? 1 : opt.cases; }
static bool wanted(int op) { return gen_of(op) && (!opt.op || !strcmp(opt.op, op_info[op].name)); }

static void one_line(char *s)
{
    for (; *s; s++)
        *s = (unsigned char)*s < 0x20 ? ' ' : *s;
}

static void child_case(FILE *to, const RunOn *on, int op, uint32_t i)
{
    Gen g;
    RunResult r = {0};
    fprintf(to, "S %d %u\n", op, i);
    fflush(to);
    alarm(opt.seconds);
    if (gen_case(&g, op, case_seed(i), case_mode(i)))
        run_case(on, &g, &r);
    else
        r = (RunResult){.verdict = RUN_FAILED, .text = "the generator is broken"};
    one_line(r.text);
    fprintf(to, "%c %d %u %s\n", r.verdict, op, i, r.text);
    fflush(to);
    text_free(&g.text);
}

static void child_main(int fd, int op, uint32_t i)
{
    FILE *to = fdopen(fd, "w");
    RunOn on;
    Error err = {0};
    if (run_open(opt.backend, !opt.fallback, opt.ulp, &on, &err)) {
        fprintf(to, "X 0 0 %s\n", err.text);
        fflush(to);
        _exit(1);
    }
    for (; op < OP_COUNT; op++, i = 0)
        for (; wanted(op) && i < n_cases(); i++)
            child_case(to, &on, op, i);
    run_close(&on);
    _exit(0);
}

static void report(int op, uint32_t i, const char *text)
{
    Gen g;
    tally[op].failed++;
    printf("FAILED %s: %s\n  op_suite --backend %s --op %s --one %llu\n", op_info[op].name, text, opt.backend, op_info[op].name, (unsigned long long)case_seed(i));
    if (n_reports++ >= MAX_REPORTS && !opt.verbose)
        return;
    gen_case(&g, op, case_seed(i), case_mode(i));
    printf("%.4000s", g.text.p ? g.text.p : "");
    text_free(&g.text);
}

static void verdict(char kind, int op, uint32_t i, const char *text)
{
    Tally *t = &tally[op];
    const char *why = kind == RUN_REFUSED ? listed(op, text) : NULL;
    if (kind == RUN_PASSED)
        t->passed++;
    else if (kind == RUN_NO_CPU)
        t->no_cpu++, snprintf(t->cpu_says, sizeof t->cpu_says, "%s", text);
    else if (why)
        t->host++, t->why = why;
    else
        report(op, i, text);
    if (opt.verbose && kind != RUN_FAILED)
        printf("%s %s %llu: %s\n", kind == RUN_PASSED ? "ok" : kind == RUN_NO_CPU ? "not on the CPU" : "refused", op_info[op].name, (unsigned long long)case_seed(i), text);
}

/* Runs cases from op, i on until the child ends. false: it died in a case, which op and i then name. *opened: false when there is no device. */
static bool run_child(int *op, uint32_t *i, bool *opened, char *why, size_t n_why)
{
    int fd[2], status;
    char line[2000], kind = 0;
    if (pipe(fd))
        return false;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        close(fd[0]);
        child_main(fd[1], *op, *i);
    }
    close(fd[1]);
    FILE *from = fdopen(fd[0], "r");
    bool inside = false;
    while (fgets(line, sizeof line, from)) {
        int at = 0, o;
        unsigned k;
        line[strcspn(line, "\n")] = 0;
        if (sscanf(line, "%c %d %u %n", &kind, &o, &k, &at) < 3)
            continue;
        if (kind == 'X')
            *opened = false, snprintf(why, n_why, "%s", line + at);
        else if (kind == 'S')
            *op = o, *i = k, inside = true;
        else
            verdict(kind, o, k, line + at), inside = false;
    }
    fclose(from);
    waitpid(pid, &status, 0);
    if (!inside)
        return *opened = *opened && (kind == 'X' || WIFEXITED(status)), true;
    snprintf(why, n_why, "crashed or took more than %u s (status %#x)", opt.seconds, (unsigned)status);
    return false;
}

/* ── the whole ── */

static int summary(void)
{
    uint32_t passed = 0, failed = 0, none = 0, ops = 0;
    for (int op = 0; op < OP_COUNT; op++) {
        const Tally *t = &tally[op];
        const char *why = gen_of(op) ? NULL : why_no_cases(op);
        if (opt.op && strcmp(opt.op, op_info[op].name))
            continue;
        if (why && opt.verbose)
            printf("no cases of %s: %s\n", op_info[op].name, why);
        if (!gen_of(op) && !why)
            failed++, printf("FAILED %s: it has neither a generator nor a reason to have none\n", op_info[op].name);
        if (gen_of(op) && !t->passed && !t->failed && !t->host)
            failed++, printf("FAILED %s: the CPU took no case: %s\n", op_info[op].name, t->cpu_says);
        if (t->host)
            printf("%s: %u cases only on the host: %s\n", op_info[op].name, t->host, t->why);
        ops += t->passed > 0;
        passed += t->passed;
        failed += t->failed;
        none += t->no_cpu;
    }
    printf("%s: %u operators, seed %llu; %u cases the CPU does not take either\n%u passed, %u failed, 0 skipped\n", opt.backend, ops, (unsigned long long)opt.seed, none, passed, failed);
    return failed > 0;
}

static bool required(const char *backend)
{
    const char *list = getenv("SPML_REQUIRE"), *name = !strcmp(backend, "cuda") ? "ptxsim" : backend, *p = list ? strstr(list, name) : NULL;
    return p && (p == list || p[-1] == ',' || p[-1] == ' ') && !strchr("abcdefghijklmnopqrstuvwxyz", p[strlen(name)] ? p[strlen(name)] : 'a') ? true : p && !p[strlen(name)];
}

static bool parse_options(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (!strcmp(argv[i], "--backend") && value)
            opt.backend = value, i++;
        else if (!strcmp(argv[i], "--op") && value)
            opt.op = value, i++;
        else if (!strcmp(argv[i], "--cases") && value)
            opt.cases = (uint32_t)atoi(value), i++;
        else if (!strcmp(argv[i], "--seconds") && value)
            opt.seconds = (unsigned)atoi(value), i++;
        else if (!strcmp(argv[i], "--seed") && value)
            opt.seed = strtoull(value, NULL, 10), i++;
        else if (!strcmp(argv[i], "--ulp") && value)
            opt.ulp = strtoull(value, NULL, 10), i++;
        else if (!strcmp(argv[i], "--one") && value)
            opt.one = strtoull(value, NULL, 10), opt.alone = opt.verbose = true, i++;
        else if (!strcmp(argv[i], "--fallback"))
            opt.fallback = true;
        else if (!strcmp(argv[i], "--verbose"))
            opt.verbose = true;
        else
            return false;
    }
    return !opt.op || op_find(opt.op, strlen(opt.op)) >= 0;
}

int main(int argc, char **argv)
{
    int op = 0;
    uint32_t i = 0;
    bool opened = true;
    char why[600] = "";
    if (!parse_options(argc, argv)) {
        fprintf(stderr, "usage: op_suite [--backend NAME] [--cases N] [--seed S] [--op NAME] [--one SEED] [--fallback] [--ulp N] [--seconds N] [--verbose]\n");
        return 2;
    }
    while (!run_child(&op, &i, &opened, why, sizeof why)) {
        report(op, i, why);
        if (++i >= n_cases())
            op++, i = 0;
    }
    if (!opened) {
        printf("%s is not here: %s\n0 passed, %d failed, %d skipped\n", opt.backend, why, required(opt.backend), !required(opt.backend));
        return required(opt.backend);
    }
    return summary();
}
