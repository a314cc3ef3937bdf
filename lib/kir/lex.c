/* SPDX-License-Identifier: MIT
 * kir front end: tokens of the kernel language (section 1) and the text of diagnostics. Takes a copy of the source that ends in NUL;
 * gives one token per call. Any bytes are survived: what is not a token is an error with its place. */
#include "kir/ast.h"

#include <string.h>

static const struct { const char *text; uint8_t n; } punct[] = {
#define X(name, text) {text, sizeof text - 1},
    PUNCTS(X)
#undef X
};
static const char *const quoted[TK_COUNT] = {
    [TK_EOF] = "end of file", [TK_NAME] = "a name", [TK_INT] = "a number", [TK_FLOAT] = "a number",
#define X(name) [TK_##name] = "'" #name "'",
    KEYWORDS(X)
#undef X
#define X(name, text) [TK_##name] = "'" text "'",
    PUNCTS(X)
#undef X
};
const char *tok_text(TokKind k) { return quoted[k]; }

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
static bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

/* ── diagnostics ── */

/* The source line of pos, or an empty text. */
static const char *source_line(const KModule *m, Pos pos, size_t *n)
{
    *n = 0;
    if (pos.file >= m->n_src || !pos.line)
        return "";
    const char *p = m->src[pos.file].text, *end = p + m->src[pos.file].n;
    for (uint32_t line = 1; line < pos.line; line++) {
        const char *q = memchr(p, '\n', (size_t)(end - p));
        if (!q)
            return "";
        p = q + 1;
    }
    const char *q = memchr(p, '\n', (size_t)(end - p));
    *n = (size_t)((q ? q : end) - p);
    return p;
}

/* The line (a window of it, where it is long) and a caret under the column. */
static void add_caret(Error *e, const KModule *m, Pos pos)
{
    enum { WIDTH = 150 };
    size_t n, from = 0, col = pos.col ? pos.col - 1u : 0;
    const char *line = source_line(m, pos, &n);
    if (col > n)
        col = n;
    if (col > WIDTH - 30)
        from = col - (WIDTH - 30);
    char text[WIDTH + 1], caret[WIDTH + 2];
    size_t w = n - from < WIDTH ? n - from : WIDTH;
    for (size_t i = 0; i < w; i++) {
        text[i] = line[from + i] ? line[from + i] : ' ';
        caret[i] = text[i] == '\t' ? '\t' : ' ';
    }
    text[w] = 0;
    caret[col - from] = '^';
    caret[col - from + 1] = 0;
    error_line(e, "%s", text);
    error_line(e, "%s", caret);
}

_Noreturn void diag_fail(Diag *d, Pos pos, const char *fmt, ...)
{
    char msg[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(msg, sizeof msg, fmt, ap);
    va_end(ap);
    bool first = !error_is(d->err);
    const char *file = pos.file < d->m->n_src ? d->m->src[pos.file].file : "?";
    error_set(d->err, d->code, d->key, "%s:%u:%u: %s", file, pos.line, pos.col, msg);
    if (first && d->err)
        add_caret(d->err, d->m, pos);
    longjmp(d->jump, 1);
}

_Noreturn void diag_plain(Diag *d, const char *fmt, ...)
{
    char msg[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(msg, sizeof msg, fmt, ap);
    va_end(ap);
    error_set(d->err, d->code, d->key, "%s", msg);
    longjmp(d->jump, 1);
}

_Noreturn void diag_oom(Diag *d)
{
    d->code = error_oom(d->err);
    longjmp(d->jump, 1);
}

/* ── names ── */

static uint32_t hash_text(const char *s, size_t n)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < n; i++)
        h = (h ^ (uint8_t)s[i]) * 16777619u;
    return h ? h : 1;
}

static bool names_grow(KModule *m)
{
    size_t cap = m->cap_names ? m->cap_names * 2 : 512;
    Intern *t = arena_array(m->a, Intern, cap);
    if (!t)
        return false;
    for (size_t i = 0; i < m->cap_names; i++) {
        if (!m->names[i].s)
            continue;
        size_t j = m->names[i].hash & (cap - 1);
        while (t[j].s)
            j = (j + 1) & (cap - 1);
        t[j] = m->names[i];
    }
    m->names = t;
    m->cap_names = cap;
    return true;
}

/* The slot of s, empty if it is not there; NULL for an empty table. */
static Intern *names_slot(const KModule *m, const char *s, size_t n, uint32_t h)
{
    if (!m->cap_names)
        return NULL;
    size_t i = h & (m->cap_names - 1);
    while (m->names[i].s && !(m->names[i].hash == h && m->names[i].n == n && !memcmp(m->names[i].s, s, n)))
        i = (i + 1) & (m->cap_names - 1);
    return &m->names[i];
}

/* The interned name in m or what it stands on; NULL: nowhere. */
static const char *names_find(const KModule *m, const char *s, size_t n, uint32_t h)
{
    for (; m; m = m->base) {
        const Intern *e = names_slot(m, s, n, h);
        if (e && e->s)
            return e->s;
    }
    return NULL;
}

const char *module_intern(KModule *m, const char *s, size_t n)
{
    uint32_t h = hash_text(s, n);
    const char *known = m->base ? names_find(m->base, s, n, h) : NULL;
    if (known)
        return known;
    if (m->n_names * 2 >= m->cap_names && !names_grow(m))
        return NULL;
    Intern *e = names_slot(m, s, n, h);
    if (!e->s) {
        char *copy = arena_strndup(m->a, s, n);
        if (!copy)
            return NULL;
        *e = (Intern){copy, (uint32_t)n, h};
        m->n_names++;
    }
    return e->s;
}

const Decl *module_find_text(const KModule *m, const char *name, bool kernel)
{
    size_t n = strlen(name);
    const char *s = names_find(m, name, n, hash_text(name, n));
    if (!s)
        return NULL;
    return kernel ? module_kernel(m, s) : module_find(m, s);
}

static const struct { const char *s; TokKind k; } keywords[] = {
#define X(name) {#name, TK_##name},
    KEYWORDS(X)
#undef X
};

static TokKind keyword(const char *s, size_t n)
{
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
        if (keywords[i].s[0] == s[0] && strlen(keywords[i].s) == n && !memcmp(keywords[i].s, s, n))
            return keywords[i].k;
    return TK_NAME;
}

/* ── tokens ── */

static void skip_space(Lexer *l)
{
    for (; l->at < l->n; l->at++) {
        char c = l->text[l->at];
        if (c == '/' && l->text[l->at + 1] == '/') {
            while (l->at < l->n && l->text[l->at] != '\n')
                l->at++;
            c = l->at < l->n ? '\n' : ' ';
        }
        if (c == '\n') {
            l->line++;
            l->line_at = l->at + 1;
        } else if (c != ' ' && c != '\t' && c != '\r') {
            return;
        }
        if (l->at >= l->n)
            return;
    }
}

static _Noreturn void bad(Lexer *l, const Token *t)
{
    uint32_t end = t->off + 1;
    while (end < l->n && end - t->off < 40 && (is_alpha(l->text[end]) || is_digit(l->text[end])))
        end++;
    diag_fail(l->d, t->pos, "bad character or number near '%.*s'", (int)(end - t->off), l->text + t->off);
}

static uint32_t digits(const Lexer *l, uint32_t i, bool hex)
{
    while (hex ? is_hex(l->text[i]) : is_digit(l->text[i]))
        i++;
    return i;
}

/* [.digits][e[+-]digits] after the integer part that ends at i; the new end, or i if nothing of a float follows. */
static uint32_t float_tail(const Lexer *l, uint32_t i, bool hex)
{
    const char *s = l->text;
    if (s[i] == '.' && (hex ? is_hex(s[i + 1]) : is_digit(s[i + 1])))
        i = digits(l, i + 1, hex);
    char c = (char)(s[i] | 32);
    if (c == (hex ? 'p' : 'e')) {
        uint32_t j = i + 1 + (s[i + 1] == '+' || s[i + 1] == '-');
        if (is_digit(s[j]))
            i = digits(l, j, false);
    }
    return i;
}

static bool int_value(const char *s, uint32_t n, bool hex, uint64_t *out)
{
    uint64_t v = 0;
    for (uint32_t i = 0; i < n; i++) {
        unsigned d = is_digit(s[i]) ? (unsigned)(s[i] - '0') : (unsigned)((s[i] | 32) - 'a' + 10);
        if (__builtin_mul_overflow(v, hex ? 16u : 10u, &v) || __builtin_add_overflow(v, d, &v))
            return false;
    }
    *out = v;
    return true;
}

static void number(Lexer *l, Token *t)
{
    const char *s = l->text;
    bool hex = s[t->off] == '0' && (s[t->off + 1] | 32) == 'x' && is_hex(s[t->off + 2]);
    uint32_t first = t->off + (hex ? 2 : 0), i = digits(l, first, hex), end = float_tail(l, i, hex);
    if (is_alpha(s[end]) || is_digit(s[end]))
        bad(l, t);
    if (end == i) {
        t->kind = TK_INT;
        if (!int_value(s + first, i - first, hex, &t->ival))
            bad(l, t);
    } else {
        t->kind = TK_FLOAT;
        const char *stop;
        if (!parse_f64(s + t->off, &stop, &t->fval) || stop != s + end)
            bad(l, t);
    }
    l->at = end;
}

void lex_next(Lexer *l, Token *t)
{
    skip_space(l);
    *t = (Token){.off = l->at};
    uint32_t col = l->at - l->line_at + 1;
    t->pos = (Pos){l->line, (uint16_t)(col < 65535 ? col : 65535), l->file};
    if (l->at >= l->n)
        return;
    const char *s = l->text + l->at;
    if (is_alpha(*s)) {
        uint32_t n = 1;
        while (is_alpha(s[n]) || is_digit(s[n]))
            n++;
        t->kind = keyword(s, n);
        t->name = module_intern((KModule *)l->m, s, n);
        if (!t->name)
            diag_oom(l->d);
        l->at += n;
    } else if (is_digit(*s)) {
        number(l, t);
    } else {
        size_t i = 0, n = sizeof punct / sizeof *punct;
        while (i < n && (punct[i].text[0] != *s || strncmp(s, punct[i].text, punct[i].n)))
            i++;
        if (i == n)
            bad(l, t);
        t->kind = (TokKind)(TK_nan + 1 + i);
        l->at += punct[i].n;
    }
    t->n = l->at - t->off;
}
