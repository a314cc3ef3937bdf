/* SPDX-License-Identifier: MIT
 * run: probing drivers in a child process; see probe.h. The child answers with one fixed-size struct through a pipe; what a driver prints goes nowhere. */
#include "run/probe.h"

#include "base/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

typedef struct Answer { SpmlCode code; DeviceInfo info; Error why; } Answer;

/* ── the child ── */

static void quiet(void)
{
    static const int ends[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTERM, SIGINT};
    const struct rlimit none = {0, 0};
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        signal(ends[i], SIG_DFL);
    setrlimit(RLIMIT_CORE, &none);
    if (null >= 0) {
        dup2(null, STDIN_FILENO);
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
    }
}

static _Noreturn void child(const Backend *b, int index, int out)
{
    static Answer a; /* zeroed: padding too goes through the pipe */
    Device *d;
    quiet();
    a.code = b->open(&(DeviceOptions){.index = index, .no_cache = true}, &d, &a.why);
    if (!a.code)
        b->info(d, &a.info);
    const char *p = (const char *)&a;
    for (size_t at = 0; at < sizeof a;) {
        ssize_t n = write(out, p + at, sizeof a - at);
        if (n <= 0)
            break;
        at += (size_t)n;
    }
    _exit(0); /* not through the driver's handlers: the answer is given */
}

/* ── the parent ── */

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The whole answer, or false: end of file before it (gone) or no time left (hung). */
static bool read_answer(int fd, int ms, Answer *a, bool *hung)
{
    const int64_t end = now_ms() + ms;
    size_t at = 0;
    *hung = false;
    while (at < sizeof *a) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        const int64_t left = end - now_ms();
        int ready = left > 0 ? poll(&wait, 1, (int)left) : 0;
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return *hung = true, false;
        ssize_t n = read(fd, (char *)a + at, sizeof *a - at);
        if (n <= 0 && !(n < 0 && errno == EINTR))
            return false;
        at += n > 0 ? (size_t)n : 0;
    }
    return true;
}

/* The child's exit status; it is killed first unless it has ended or answered. */
static int reap(pid_t pid, bool kill_it)
{
    int status = 0;
    if (kill_it)
        kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

static void take(const Backend *b, int ms, Answer *a, bool answered, bool hung, int status, Probe *out)
{
    if (answered) {
        out->state = a->code ? PROBE_MISSING : PROBE_HERE;
        out->info = a->info;
        out->why = a->why;
    } else if (hung) {
        out->state = PROBE_HUNG;
        error_set(&out->why, SPML_DEVICE, "driver-hangs", "the %s driver did not answer within %d s", b->name, ms / 1000);
    } else {
        out->state = PROBE_CRASHED;
        if (WIFSIGNALED(status))
            error_set(&out->why, SPML_DEVICE, "driver-crashes", "the %s driver crashed (signal %d)", b->name, WTERMSIG(status));
        else
            error_set(&out->why, SPML_DEVICE, "driver-crashes", "the %s driver ended the process (status %d)", b->name, WEXITSTATUS(status));
    }
}

/* ── the record ── */

static Text record_key(const Backend *b)
{
    Text t = {0};
    text_printf(&t, "spml %s probe %s", SPML_VERSION, b->name);
    return t;
}

static void record(const Backend *b, const Probe *p)
{
    Cache *c;
    Text key = record_key(b);
    if (!key.oom && !cache_open(NULL, 0, &c, NULL)) {
        const char *text = p->state == PROBE_CRASHED || p->state == PROBE_HUNG ? p->why.text : "";
        size_t n;
        void *before = cache_find(c, key.p, key.n, &n);
        if (*text || before) /* good news only where bad news stood */
            cache_put(c, key.p, key.n, text, strlen(text));
        free(before);
        cache_close(&c);
    }
    text_free(&key);
}

SpmlCode probe_recorded(const Backend *b, Error *err)
{
    Cache *c;
    Text key = record_key(b);
    SpmlCode code = SPML_OK;
    if (!key.oom && !cache_open(NULL, 0, &c, NULL)) {
        size_t n;
        char *text = cache_find(c, key.p, key.n, &n);
        if (text && n)
            code = error_set(err, SPML_DEVICE, "driver-crashes", "%.*s when it was probed last (spml devices probes again)", n < 200 ? (int)n : 200, text);
        free(text);
        cache_close(&c);
    }
    text_free(&key);
    return code;
}

/* ── both ── */

void probe_device(const Backend *b, int index, int ms, Probe *out)
{
    int pipes[2];
    bool hung = false;
    Answer *a = calloc(1, sizeof *a);
    *out = (Probe){.state = PROBE_MISSING};
    if (!a || pipe2(pipes, O_CLOEXEC)) {
        error_set(&out->why, SPML_RESOURCE, "probe", "a probe of %s cannot be started: %s", b->name, strerror(errno));
        free(a);
        return;
    }
    pid_t pid = fork();
    if (!pid) {
        close(pipes[0]);
        child(b, index, pipes[1]);
    }
    close(pipes[1]);
    if (pid > 0) {
        const bool answered = read_answer(pipes[0], ms, a, &hung);
        take(b, ms, a, answered, hung, reap(pid, answered || hung), out);
        if (index == 0)
            record(b, out);
    } else
        error_set(&out->why, SPML_RESOURCE, "probe", "a probe of %s cannot be started: %s", b->name, strerror(errno));
    close(pipes[0]);
    free(a);
}

bool probe_gpu_nodes(void)
{
    static const char *const nodes[] = {"/dev/nvidiactl", "/dev/kfd", "/dev/dxg", "/dev/mali0", "/dev/kgsl-3d0"};
    glob_t found;
    for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++)
        if (!access(nodes[i], F_OK))
            return true;
    const bool any = !glob("/dev/dri/renderD*", 0, NULL, &found) && found.gl_pathc;
    globfree(&found);
    return any;
}
