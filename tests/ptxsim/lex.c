/* SPDX-License-Identifier: MIT
 * ptxsim: text to tokens. Identifiers take their dotted parts along (ld.global.f32, %tid.x); directives begin with a dot. Comments and blank
 * space are skipped, lines counted. Also the symbol tables and the sticky error of the parser. */
#include "parse.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void parse_fail(Parser *ps, uint32_t line, const char *fmt, ...)
{
    if (ps->error)
        return;
    char text[400];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    ps->error = 218;
    if (ps->log && ps->n_log)
        snprintf(ps->log, ps->n_log, "line %u: %s", line, text);
    ps->t = (Token){.kind = TK_END, .s = "", .line = line};
    ps->p = ps->end;
}

void *parse_grow(Parser *ps, void *array, size_t n, size_t each)
{
    if (n & (n - 1))
        return array;
    void *r = realloc(array, (n ? 2 * n : 1) * each);
    if (!r)
        parse_fail(ps, ps->line, "out of memory");
    return r;
}

static bool name_start(int c) { return isalpha(c) || c == '_' || c == '$' || c == '%'; }
static bool name_char(int c) { return isalnum(c) || c == '_' || c == '$'; }

static void skip_blank(Parser *ps)
{
    while (ps->p < ps->end) {
        if (*ps->p == '\n')
            ps->line++, ps->p++;
        else if (isspace((unsigned char)*ps->p))
            ps->p++;
        else if (ps->end - ps->p > 1 && ps->p[0] == '/' && ps->p[1] == '/')
            while (ps->p < ps->end && *ps->p != '\n')
                ps->p++;
        else if (ps->end - ps->p > 1 && ps->p[0] == '/' && ps->p[1] == '*') {
            for (ps->p += 2; ps->p < ps->end && !(ps->end - ps->p > 1 && ps->p[0] == '*' && ps->p[1] == '/'); ps->p++)
                ps->line += *ps->p == '\n';
            ps->p += ps->end - ps->p > 1 ? 2 : ps->end - ps->p;
        } else
            return;
    }
}

/* A dotted part may hold :: (shared::cta). */
static const char *dotted(const char *p, const char *end)
{
    while (end - p > 1 && *p == '.' && name_char((unsigned char)p[1])) {
        p++;
        while (p < end && (name_char((unsigned char)*p) || (*p == ':' && end - p > 2 && p[1] == ':' && name_char((unsigned char)p[2])))) 
            p += *p == ':' ? 2 : 1;
    }
    return p;
}

static const char *number_end(const char *p, const char *end)
{
    bool decimal = !(end - p > 1 && p[0] == '0' && isalpha((unsigned char)p[1]));
    const char *s = p;
    while (p < end && (isalnum((unsigned char)*p) || (decimal && *p == '.') || (decimal && p > s && (*p == '+' || *p == '-') && (p[-1] == 'e' || p[-1] == 'E'))))
        p++;
    return p;
}

void lex_next(Parser *ps)
{
    if (ps->error)
        return;
    skip_blank(ps);
    const char *s = ps->p, *p = s;
    ps->t = (Token){.kind = TK_END, .s = s, .line = ps->line};
    if (s >= ps->end)
        return;
    unsigned char c = (unsigned char)*s;
    if (name_start(c)) {
        ps->t.kind = TK_IDENT;
        while (p < ps->end && (p == s || name_char((unsigned char)*p)))
            p++;
        p = dotted(p, ps->end);
    } else if (c == '.' && ps->end - s > 1 && name_start((unsigned char)s[1])) {
        ps->t.kind = TK_DIRECTIVE;
        for (p++; p < ps->end && name_char((unsigned char)*p); p++) {
        }
    } else if (isdigit(c)) {
        ps->t.kind = TK_NUMBER;
        p = number_end(p, ps->end);
    } else if (c == '"') {
        ps->t.kind = TK_STRING;
        for (p++; p < ps->end && *p != '"' && *p != '\n'; p++) {
        }
        p += p < ps->end;
    } else {
        ps->t.kind = TK_PUNCT;
        p++;
    }
    ps->t.n = (uint32_t)(p - s);
    ps->p = p;
}

bool tok_is(const Token *t, const char *s) { return t->kind != TK_END && strlen(s) == t->n && !memcmp(t->s, s, t->n); }

bool lex_accept(Parser *ps, const char *s)
{
    if (!tok_is(&ps->t, s))
        return false;
    lex_next(ps);
    return true;
}

bool lex_expect(Parser *ps, const char *s)
{
    if (lex_accept(ps, s))
        return true;
    parse_fail(ps, ps->t.line, "expected '%s' at '%.*s'", s, (int)ps->t.n, ps->t.s);
    return false;
}

void lex_goto(Parser *ps, const char *p, uint32_t line)
{
    ps->p = p;
    ps->line = line;
    lex_next(ps);
}

void lex_skip_braces(Parser *ps)
{
    for (int depth = 0; ps->t.kind != TK_END; lex_next(ps)) {
        depth += tok_is(&ps->t, "{");
        depth -= tok_is(&ps->t, "}");
        if (!depth) {
            lex_next(ps);
            return;
        }
    }
    parse_fail(ps, ps->line, "no matching }");
}

static bool hex_bits(const Token *t, unsigned digits, uint64_t *out)
{
    *out = 0;
    if (t->n != digits + 2)
        return false;
    for (uint32_t k = 2; k < t->n; k++) {
        if (!isxdigit((unsigned char)t->s[k]))
            return false;
        *out = *out << 4 | (uint64_t)(isdigit((unsigned char)t->s[k]) ? t->s[k] - '0' : (t->s[k] | 32) - 'a' + 10);
    }
    return true;
}

static bool integer(const Token *t, uint64_t *out)
{
    char text[72], *end;
    if (t->n >= sizeof text)
        return false;
    memcpy(text, t->s, t->n);
    text[t->n] = 0;
    bool binary = text[0] == '0' && (text[1] == 'b' || text[1] == 'B');
    *out = strtoull(text + (binary ? 2 : 0), &end, binary ? 2 : 0);
    return *end == 0 || (*end == 'U' && end[1] == 0);
}

static bool decimal_float(const Token *t, double *out)
{
    char text[72], *end;
    if (t->n >= sizeof text || !memchr(t->s, '.', t->n))
        return false;
    memcpy(text, t->s, t->n);
    text[t->n] = 0;
    *out = strtod(text, &end);
    return *end == 0;
}

bool lex_number(Parser *ps, Number *out)
{
    *out = (Number){0};
    bool neg = false, invert = false;
    for (;; ) {
        if (lex_accept(ps, "-"))
            neg = !neg;
        else if (lex_accept(ps, "~"))
            invert = true;
        else
            break;
    }
    Token t = ps->t;
    double d;
    if (t.kind == TK_NUMBER && t.n > 1 && t.s[0] == '0' && (t.s[1] | 32) == 'f')
        out->is_float = out->single = true;
    else if (t.kind == TK_NUMBER && t.n > 1 && t.s[0] == '0' && (t.s[1] | 32) == 'd')
        out->is_float = true;
    bool ok = t.kind == TK_NUMBER;
    if (ok && out->is_float) {
        ok = hex_bits(&t, out->single ? 8 : 16, &out->bits);
        out->bits ^= neg ? (uint64_t)1 << (out->single ? 31 : 63) : 0;
    } else if (ok && decimal_float(&t, &d)) {
        d = neg ? -d : d;
        out->is_float = true;
        memcpy(&out->bits, &d, 8);
    } else if (ok) {
        ok = integer(&t, &out->bits);
        out->bits = neg ? -out->bits : out->bits;
        out->bits = invert ? ~out->bits : out->bits;
        out->negative = neg;
    }
    if (!ok)
        parse_fail(ps, t.line, "bad number '%.*s'", (int)t.n, t.s);
    lex_next(ps);
    return ok;
}

bool lex_uint(Parser *ps, uint64_t *out)
{
    Number n;
    *out = 0;
    uint32_t line = ps->t.line;
    if (!lex_number(ps, &n))
        return false;
    if (n.is_float || n.negative)
        parse_fail(ps, line, "expected an unsigned integer");
    *out = n.bits;
    return !ps->error;
}

/* ── symbols ── */

static uint32_t hash(const char *s, uint32_t n)
{
    uint32_t h = 2166136261u;
    for (uint32_t k = 0; k < n; k++)
        h = (h ^ (unsigned char)s[k]) * 16777619u;
    return h % N_BUCKETS;
}

Symbol *table_add(Parser *ps, Table *t, SymbolKind kind, const Token *name)
{
    Symbol *s = calloc(1, sizeof *s);
    char *copy = s ? strndup(name->s, name->n) : NULL;
    if (!copy) {
        free(s);
        parse_fail(ps, name->line, "out of memory");
        return NULL;
    }
    Symbol **b = &t->bucket[hash(name->s, name->n)];
    *s = (Symbol){.next = *b, .older = t->newest, .name = copy, .n = name->n, .scope = ps->scope, .kind = kind};
    *b = t->newest = s;
    return s;
}

Symbol *table_find(const Table *t, const char *s, uint32_t n)
{
    for (Symbol *y = t->bucket[hash(s, n)]; y; y = y->next)
        if (y->n == n && !memcmp(y->name, s, n))
            return y;
    return NULL;
}

void table_pop(Table *t, uint32_t scope)
{
    while (t->newest && t->newest->scope > scope) {
        Symbol *y = t->newest;
        t->bucket[hash(y->name, y->n)] = y->next;
        t->newest = y->older;
        free(y->name);
        free(y);
    }
}

void table_clear(Table *t)
{
    while (t->newest) {
        Symbol *y = t->newest;
        t->newest = y->older;
        free(y->name);
        free(y);
    }
    memset(t->bucket, 0, sizeof t->bucket);
}
