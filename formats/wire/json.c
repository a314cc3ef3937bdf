/* SPDX-License-Identifier: MIT
 * formats/wire: the strict JSON pull reader; see json.h. A table-free recursive-descent would recurse on input: the stack is an array instead. */
#include "formats/wire/json.h"

#include <cjson/cJSON.h>
#include <stdarg.h>
#include <stdio.h>

enum { AT_VALUE, AT_FIRST, AT_KEY, AT_COMMA, AT_DONE }; /* FIRST: right behind { or [ */

SpmlCode json_fail(const Json *j, uint64_t at, const char *key, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    error_set(j->err, SPML_DATA, key, "%s", text);
    error_where(j->err, j->path, (int64_t)at);
    return SPML_DATA;
}

SpmlCode json_open(Json *j, Span s, const char *path, Arena *a, Error *err)
{
    *j = (Json){.s = s, .arena = a, .path = path, .err = err, .state = AT_VALUE};
    j->frame = arena_array(a, JsonFrame, JSON_MAX_DEPTH);
    return j->frame ? SPML_OK : error_oom(err);
}

static int peek(const Span *s) { return span_rest(s) ? s->base[s->pos] : -1; }

static void skip_space(Span *s)
{
    for (int c = peek(s); c == ' ' || c == '\t' || c == '\n' || c == '\r'; c = peek(s))
        s->pos++;
}

/* Bytes of the UTF-8 sequence at the cursor, 0 if it is not one. */
static size_t utf8_length(const Span *s)
{
    static const struct { uint8_t lo, hi, n, first_lo, first_hi; } rows[] = {
        {0xc2, 0xdf, 2, 0x80, 0xbf}, {0xe0, 0xe0, 3, 0xa0, 0xbf}, {0xe1, 0xec, 3, 0x80, 0xbf}, {0xed, 0xed, 3, 0x80, 0x9f}, {0xee, 0xef, 3, 0x80, 0xbf},
        {0xf0, 0xf0, 4, 0x90, 0xbf}, {0xf1, 0xf3, 4, 0x80, 0xbf}, {0xf4, 0xf4, 4, 0x80, 0x8f},
    };
    const uint8_t *p = s->base + s->pos;
    if (p[0] < 0x80)
        return 1;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (p[0] < rows[i].lo || p[0] > rows[i].hi)
            continue;
        if (span_rest(s) < rows[i].n || p[1] < rows[i].first_lo || p[1] > rows[i].first_hi)
            return 0;
        for (size_t k = 2; k < rows[i].n; k++)
            if (p[k] < 0x80 || p[k] > 0xbf)
                return 0;
        return rows[i].n;
    }
    return 0;
}

static int hex4(Span *s)
{
    const uint8_t *p = span_take(s, 4);
    int v = 0;
    for (int i = 0; p && i < 4; i++) {
        int c = p[i] | 0x20, d = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (d < 0 || (p[i] < '0'))
            return -1;
        v = v * 16 + d;
    }
    return p ? v : -1;
}

/* The code point of \uXXXX (the u is read), with its low surrogate; -1: not valid. */
static int32_t escape_unicode(Span *s)
{
    int hi = hex4(s);
    if (hi < 0xd800 || hi > 0xdfff)
        return hi;
    const uint8_t *p = hi < 0xdc00 ? span_take(s, 2) : NULL;
    int lo = p && p[0] == '\\' && p[1] == 'u' ? hex4(s) : -1;
    return lo >= 0xdc00 && lo <= 0xdfff ? 0x10000 + ((hi - 0xd800) << 10) + (lo - 0xdc00) : -1;
}

static char *put_utf8(char *to, int32_t c)
{
    if (c < 0x80) {
        *to++ = (char)c;
        return to;
    }
    int n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    *to++ = (char)((c >> (6 * (n - 1))) | (0xf00 >> n));
    for (int i = n - 2; i >= 0; i--)
        *to++ = (char)(0x80 | ((c >> (6 * i)) & 0x3f));
    return to;
}

/* Walks to the closing quote and notes whether there are escapes. */
static SpmlCode string_scan(Json *j, bool *escapes)
{
    Span *s = &j->s;
    for (;;) {
        int c = peek(s);
        uint64_t at = span_offset(s);
        if (c < 0)
            return json_fail(j, at, "json-truncated", "a string has no end");
        if (c == '"')
            return s->pos++, SPML_OK;
        if (c < 0x20)
            return json_fail(j, at, "json-string", "control character 0x%02x in a string", (unsigned)c);
        if (c != '\\') {
            size_t n = utf8_length(s);
            if (!n)
                return json_fail(j, at, "json-utf8", "not UTF-8");
            s->pos += n;
            continue;
        }
        *escapes = true;
        s->pos++;
        c = peek(s);
        s->pos += c >= 0;
        if (c == 'u') {
            int32_t u = escape_unicode(s);
            if (u <= 0)
                return json_fail(j, at, "json-escape", u == 0 ? "\\u0000 is not accepted" : "no valid \\u escape");
        } else if (c <= 0 || !strchr("\"\\/bfnrt", c)) {
            return json_fail(j, at, "json-escape", "no valid escape");
        }
    }
}

static const char *string_decode(Json *j, Span s, size_t *n)
{
    char *text = arena_alloc(j->arena, s.size + 1, 1), *to = text;
    while (text && span_rest(&s)) {
        char c = (char)span_u8(&s);
        if (c != '\\') {
            *to++ = c;
            continue;
        }
        c = (char)span_u8(&s);
        static const char from[] = "bfnrt", into[] = "\b\f\n\r\t";
        const char *k = strchr(from, c);
        to = c == 'u' ? put_utf8(to, escape_unicode(&s)) : (*to = k ? into[k - from] : c, to + 1);
    }
    if (text)
        *to = 0;
    *n = (size_t)(to - text);
    return text;
}

static SpmlCode read_string(Json *j, JsonItem *it)
{
    bool escapes = false;
    size_t from = ++j->s.pos;
    SpmlCode c = string_scan(j, &escapes);
    if (c)
        return c;
    it->s = (const char *)j->s.base + from;
    it->n = j->s.pos - 1 - from;
    if (escapes && !(it->s = string_decode(j, span_make(j->s.base + from, it->n, 0), &it->n)))
        return error_oom(j->err);
    return SPML_OK;
}

static bool digits(Span *s)
{
    size_t from = s->pos;
    while (peek(s) >= '0' && peek(s) <= '9')
        s->pos++;
    return s->pos > from;
}

static SpmlCode read_number(Json *j, JsonItem *it)
{
    Span *s = &j->s;
    size_t from = s->pos;
    s->pos += peek(s) == '-';
    bool ok = peek(s) == '0' ? (s->pos++, true) : digits(s);
    if (ok && peek(s) == '.') {
        s->pos++;
        ok = digits(s);
    }
    if (ok && (peek(s) == 'e' || peek(s) == 'E')) {
        s->pos++;
        s->pos += peek(s) == '+' || peek(s) == '-';
        ok = digits(s);
    }
    it->kind = JSON_NUMBER;
    it->s = (const char *)s->base + from;
    it->n = s->pos - from;
    return ok ? SPML_OK : json_fail(j, it->at, "json-number", "no valid number");
}

static SpmlCode read_word(Json *j, JsonItem *it)
{
    static const struct { const char *text; JsonKind kind; } words[] = {{"true", JSON_TRUE}, {"false", JSON_FALSE}, {"null", JSON_NULL}};
    for (size_t i = 0; i < 3; i++) {
        size_t n = strlen(words[i].text);
        if (span_rest(&j->s) >= n && !memcmp(j->s.base + j->s.pos, words[i].text, n)) {
            it->kind = words[i].kind;
            j->s.pos += n;
            return SPML_OK;
        }
    }
    return span_rest(&j->s) ? json_fail(j, it->at, "json-syntax", "a value is expected here") : json_fail(j, it->at, "json-truncated", "the document ends in the middle");
}

static SpmlCode open_frame(Json *j, JsonItem *it, bool object)
{
    if (j->depth >= JSON_MAX_DEPTH)
        return json_fail(j, it->at, "too-deep", "nested deeper than %d", JSON_MAX_DEPTH);
    j->frame[j->depth].object = object;
    j->frame[j->depth].n = 0;
    j->frame[j->depth++].keys = map_make(j->arena);
    it->kind = object ? JSON_OBJECT : JSON_ARRAY;
    j->s.pos++;
    j->state = AT_FIRST;
    return SPML_OK;
}

/* A handful of keys is compared one by one; more of them go into a map. */
static SpmlCode note_key(Json *j, const JsonItem *it)
{
    JsonFrame *f = &j->frame[j->depth - 1];
    bool twice = f->n > JSON_FEW_KEYS && map_find(&f->keys, it->s, it->n);
    for (size_t i = 0; i < f->n && f->n <= JSON_FEW_KEYS; i++)
        twice |= f->few[i].n == it->n && !memcmp(f->few[i].p, it->s, it->n);
    if (twice)
        return json_fail(j, it->at, "duplicate", "key '%.*s' is there twice", it->n > 200 ? 200 : (int)it->n, it->s);
    bool ok = true;
    if (f->n < JSON_FEW_KEYS)
        f->few[f->n] = (StringRef){it->s, it->n};
    for (size_t i = 0; ok && f->n == JSON_FEW_KEYS && i < JSON_FEW_KEYS; i++)
        ok = map_put(&f->keys, f->few[i].p, f->few[i].n, f);
    if (ok && f->n >= JSON_FEW_KEYS)
        ok = map_put(&f->keys, it->s, it->n, f);
    f->n++;
    return ok ? SPML_OK : error_oom(j->err);
}

static SpmlCode read_key(Json *j, JsonItem *it)
{
    if (peek(&j->s) != '"')
        return json_fail(j, it->at, span_rest(&j->s) ? "json-syntax" : "json-truncated", "a key is expected here");
    SpmlCode c = read_string(j, it);
    it->kind = JSON_KEY;
    if (!c)
        c = note_key(j, it);
    skip_space(&j->s);
    if (!c && peek(&j->s) != ':')
        return json_fail(j, span_offset(&j->s), "json-syntax", "':' is expected here");
    j->s.pos += !c;
    j->state = AT_VALUE;
    return c;
}

static SpmlCode close_frame(Json *j, JsonItem *it)
{
    j->s.pos++;
    j->state = --j->depth ? AT_COMMA : AT_DONE;
    it->kind = JSON_CLOSE;
    return SPML_OK;
}

static SpmlCode read_value(Json *j, JsonItem *it)
{
    int c = peek(&j->s);
    if (c == '{' || c == '[')
        return open_frame(j, it, c == '{');
    j->state = j->depth ? AT_COMMA : AT_DONE;
    if (c == '"')
        return it->kind = JSON_STRING, read_string(j, it);
    return c == '-' || (c >= '0' && c <= '9') ? read_number(j, it) : read_word(j, it);
}

SpmlCode json_next(Json *j, JsonItem *it)
{
    skip_space(&j->s);
    *it = (JsonItem){.kind = JSON_END, .at = span_offset(&j->s)};
    if (j->state == AT_DONE)
        return span_rest(&j->s) ? json_fail(j, it->at, "json-trailing", "text behind the end of the document") : SPML_OK;
    if (j->state == AT_FIRST || j->state == AT_COMMA) {
        bool object = j->frame[j->depth - 1].object;
        int c = peek(&j->s);
        if (c == (object ? '}' : ']'))
            return close_frame(j, it);
        if (j->state == AT_COMMA) {
            if (c != ',')
                return json_fail(j, it->at, c < 0 ? "json-truncated" : "json-syntax", "',' or '%c' is expected here", object ? '}' : ']');
            j->s.pos++;
            skip_space(&j->s);
            it->at = span_offset(&j->s);
        }
        j->state = object ? AT_KEY : AT_VALUE;
    }
    return j->state == AT_KEY ? read_key(j, it) : read_value(j, it);
}

SpmlCode json_skip(Json *j, const JsonItem *it)
{
    JsonItem skip;
    int depth = j->depth;
    SpmlCode c = SPML_OK;
    if (it->kind == JSON_OBJECT || it->kind == JSON_ARRAY)
        while (!c && j->depth >= depth)
            c = json_next(j, &skip);
    return c;
}

bool json_is(const JsonItem *it, const char *text) { return it->n == strlen(text) && !memcmp(it->s, text, it->n); }

bool json_u64(const JsonItem *it, uint64_t *out)
{
    uint64_t v = 0;
    for (size_t i = 0; i < it->n; i++)
        if (it->s[i] < '0' || it->s[i] > '9' || __builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, (uint64_t)(it->s[i] - '0'), &v))
            return false;
    *out = v;
    return it->kind == JSON_NUMBER && it->n > 0;
}

SpmlCode json_tree(Span s, const char *path, struct cJSON **out, Error *err)
{
    Arena a = {0};
    Json j;
    JsonItem it = {.kind = JSON_NULL};
    *out = NULL;
    SpmlCode c = json_open(&j, s, path, &a, err);
    if (!c && s.size > JSON_MAX_SIZE)
        c = json_fail(&j, s.origin, "json-too-large", "a JSON document of %zu bytes; the cap is %d", s.size, JSON_MAX_SIZE);
    while (!c && it.kind != JSON_END)
        c = json_next(&j, &it);
    arena_free(&a);
    if (!c && !(*out = cJSON_ParseWithLength((const char *)s.base, s.size)))
        c = error_oom(err);
    return c;
}
