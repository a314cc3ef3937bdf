/* SPDX-License-Identifier: MIT
 * cli: the two streams. stdout holds results and nothing else, is buffered here, and ends the process when it cannot be written; stderr holds lines
 * "spml: LEVEL: text", or with --json an spml.error/1 object a line. Everything printed is made safe for terminals. */
#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { FLUSH_AT = 1 << 16 };
bool cli_json, cli_quiet, cli_verbose;
char cli_last_key[64];
static Text pending;

static bool drawn; /* a line of progress stands on stderr */

static void write_all(int fd, const char *p, size_t n)
{
    if (drawn && fd == STDERR_FILENO) {
        drawn = false;
        write_all(fd, "\r\x1b[K", 4);
    }
    while (n) {
        ssize_t k = write(fd, p, n);
        if (k < 0 && errno == EINTR)
            continue;
        if (k < 0 && fd == STDOUT_FILENO) {
            if (errno == EPIPE)
                _exit(141);
            int e = errno;
            pending.n = 0;
            Text why = {0};
            text_puts(&why, strerror(e));
            if (why.p && why.p[0] >= 'A' && why.p[0] <= 'Z')
                why.p[0] += 'a' - 'A';
            _exit(fail(5, e == ENOSPC ? "disk-full" : "output-not-writable", "stdout: %s", why.p ? why.p : ""));
        }
        if (k < 0)
            return; /* nobody is told that stderr is gone */
        p += k;
        n -= (size_t)k;
    }
}

void out_flush(void)
{
    size_t n = pending.n;
    if (pending.oom)
        _exit(fail(5, "out-of-memory", "out of memory"));
    pending.n = 0;
    if (n)
        write_all(STDOUT_FILENO, pending.p, n);
}

void out_text(const char *s, size_t n)
{
    text_add(&pending, s, n);
    if (pending.n >= FLUSH_AT || pending.oom)
        out_flush();
}

void out_printf(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    text_vprintf(&pending, fmt, ap);
    va_end(ap);
    if (pending.n >= FLUSH_AT || pending.oom)
        out_flush();
}

void out_name(const char *s)
{
    text_escape_terminal(&pending, s, strlen(s));
}

bool out_is_terminal(void)
{
    static int known = -1;
    if (known < 0)
        known = isatty(STDOUT_FILENO);
    return known;
}

bool err_is_terminal(void)
{
    static int known = -1;
    if (known < 0)
        known = isatty(STDERR_FILENO);
    return known && !cli_json && !cli_quiet;
}

/* Bytes of s that fill at most `columns` places; each character takes one. */
static size_t cut(const char *s, size_t columns)
{
    size_t i = 0;
    for (size_t n = 0; s[i] && (n < columns || ((unsigned char)s[i] & 0xc0) == 0x80); i++)
        n += ((unsigned char)s[i] & 0xc0) != 0x80;
    return i;
}

void err_redraw(const char *line)
{
    struct winsize w = {0};
    size_t columns = !ioctl(STDERR_FILENO, TIOCGWINSZ, &w) && w.ws_col > 1 ? w.ws_col - 1u : 79;
    write_all(STDERR_FILENO, line, cut(line, columns)); /* a line that wraps could not be taken back */
    drawn = *line != 0;
}

const char *gap(void) { return out_is_terminal() ? "  " : "\t"; }

void run_counts_json(Text *t, const SpmlCounts *c)
{
    const struct { const char *name; uint64_t n; } rows[] = {
        {"launches", c->launches}, {"replays", c->replays}, {"fallback", c->fallback}, {"host_steps", c->host_steps}, {"uploads", c->uploads}, {"downloads", c->downloads},
        {"upload_bytes", c->upload_bytes}, {"download_bytes", c->download_bytes}, {"compiled", c->compiled}, {"cache_hits", c->cache_hits},
        {"packed_bytes", c->packed_bytes}, {"cached_bytes", c->cached_bytes}, {"arena_bytes", c->arena_bytes}, {"arena_least", c->arena_least},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        text_printf(t, ",\"%s\":%llu", rows[i].name, (unsigned long long)rows[i].n);
}

void json_string(Text *t, const char *s)
{
    text_puts(t, "\"");
    text_escape_json(t, s, strlen(s));
    text_puts(t, "\"");
}

void json_number(Text *t, double v)
{
    char buf[40];
    format_f64(buf, v);
    bool word = buf[0] == 'N' || buf[0] == 'I' || buf[1] == 'I';
    text_printf(t, word ? "\"%s\"" : "%s", buf);
}

/* One or more lines of a message: each gets its level and, when given, the file. */
static void say_lines(const char *level, const char *file, const char *text)
{
    Text t = {0};
    for (const char *p = text; *p;) {
        size_t n = strcspn(p, "\n");
        text_printf(&t, "spml: %s: ", level);
        if (*file) {
            text_escape_terminal(&t, file, strlen(file));
            text_puts(&t, ": ");
        }
        text_escape_terminal(&t, p, n);
        text_puts(&t, "\n");
        p += n + (p[n] == '\n');
    }
    if (t.p)
        write_all(STDERR_FILENO, t.p, t.n);
    text_free(&t);
}

static void say_v(const char *level, const char *fmt, va_list ap)
{
    Text t = {0};
    text_vprintf(&t, fmt, ap);
    if (t.p)
        say_lines(level, "", t.p);
    text_free(&t);
}

static Text held;
static bool holding;

void note_hold(void) { holding = true; }

void note_release(void)
{
    if (held.n)
        say_lines("note", "", held.p);
    text_free(&held);
    holding = false;
}

void note(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    if (cli_quiet || cli_json) {
    } else if (holding) {
        text_vprintf(&held, fmt, ap);
        text_puts(&held, "\n");
    } else {
        say_v("note", fmt, ap);
    }
    va_end(ap);
}

void info(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    if (cli_verbose)
        say_v("info", fmt, ap);
    va_end(ap);
}

void err_text(const char *level, const char *text)
{
    Text t = {0};
    text_printf(&t, "spml: %s: ", level);
    for (const char *p = text; *p;) {
        size_t n = strcspn(p, "\n");
        text_escape_terminal(&t, p, n);
        text_puts(&t, "\n");
        p += n + (p[n] == '\n');
    }
    if (t.p)
        write_all(STDERR_FILENO, t.p, t.n);
    text_free(&t);
}

void warn(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    if (!cli_quiet && !cli_json)
        say_v("warning", fmt, ap);
    va_end(ap);
}

typedef struct Failure { int code; const char *key, *file, *text, *hint; int64_t offset; } Failure;

static void say_json(const Failure *f)
{
    Text t = {0};
    text_printf(&t, "{\"schema\":\"spml.error/1\",\"code\":");
    json_string(&t, f->key);
    text_printf(&t, ",\"exit\":%d", f->code);
    if (*f->file) {
        text_puts(&t, ",\"file\":");
        json_string(&t, f->file);
    }
    if (*f->file && f->offset >= 0)
        text_printf(&t, ",\"offset\":%lld", (long long)f->offset);
    text_puts(&t, ",\"message\":");
    json_string(&t, f->text);
    if (*f->hint) {
        text_puts(&t, ",\"hint\":");
        json_string(&t, f->hint);
    }
    text_puts(&t, "}\n");
    if (t.p)
        write_all(STDERR_FILENO, t.p, t.n);
    text_free(&t);
}

static int say_failure(const Failure *f)
{
    out_flush();
    text_free(&held);
    snprintf(cli_last_key, sizeof cli_last_key, "%s", f->key);
    if (cli_json) {
        say_json(f);
        return f->code;
    }
    Text t = {0};
    if (*f->file && f->offset >= 0 && strncmp(f->text, "byte ", 5))
        text_printf(&t, "byte %lld: ", (long long)f->offset);
    text_puts(&t, f->text);
    say_lines("error", f->file, t.p ? t.p : f->text);
    if (*f->hint && !cli_quiet)
        say_lines("hint", "", f->hint);
    text_free(&t);
    return f->code;
}

int fail(int code, const char *key, const char *fmt, ...)
{
    Text t = {0};
    va_list ap;
    va_start(ap, fmt);
    text_vprintf(&t, fmt, ap);
    va_end(ap);
    code = say_failure(&(Failure){code, key, "", t.p ? t.p : fmt, "", -1});
    text_free(&t);
    return code;
}

int fail_hint(int code, const char *key, const char *hint, const char *fmt, ...)
{
    Text t = {0};
    va_list ap;
    va_start(ap, fmt);
    text_vprintf(&t, fmt, ap);
    va_end(ap);
    code = say_failure(&(Failure){code, key, "", t.p ? t.p : fmt, hint ? hint : "", -1});
    text_free(&t);
    return code;
}

int fail_error(const SpmlError *e, const char *file)
{
    const char *own = spml_error_file(e);
    if (!strcmp(spml_error_key(e), "output-closed") && !strcmp(own, "-"))
        _exit(141);
    if (!strcmp(own, "-") || (!*own && file && !strcmp(file, "-")))
        own = spml_error_status(e) == 5 && (strstr(spml_error_key(e), "output") || !strcmp(spml_error_key(e), "disk-full")) ? "stdout" : "stdin";
    const char *text = spml_error_text(e);
    char low[200];
    if (!strcmp(own, "stdout") && !strncmp(text, "cannot be written: ", 19)) { /* as the other writes to stdout say it */
        snprintf(low, sizeof low, "%s", text + 19);
        low[0] |= 'a' - 'A';
        text = low;
    }
    return say_failure(&(Failure){guard_status(spml_error_status(e)), spml_error_key(e), *own ? own : file ? file : "", text, spml_error_hint(e), spml_error_offset(e)});
}
