/* SPDX-License-Identifier: MIT
 * base: growing text and escaping; see text.h. Each escaper is one small function that writes one UTF-8 character or one stray
 * byte; the walk over the string is shared, so that no destination can forget invalid UTF-8 or bidi controls. */
#include "base/text.h"

#include "base/span.h"

#include <stdlib.h>
#include <string.h>

/* Room for n more bytes and the NUL; false sets oom. */
static bool text_reserve(Text *t, size_t n)
{
    size_t need, want;
    if (t->oom)
        return false;
    if (!size_add(t->n, n, &need) || !size_add(need, 1, &need) || !size_mul(t->cap, 2, &want))
        return t->oom = true, false;
    if (need <= t->cap)
        return true;
    if (want < need)
        want = need < 64 ? 64 : need;
    char *p = realloc(t->p, want);
    if (!p)
        return t->oom = true, false;
    t->p = p;
    t->cap = want;
    return true;
}

void text_add(Text *t, const char *s, size_t n)
{
    if (!text_reserve(t, n))
        return;
    if (n)
        memcpy(t->p + t->n, s, n);
    t->n += n;
    t->p[t->n] = 0;
}

void text_puts(Text *t, const char *s)
{
    text_add(t, s, strlen(s));
}

void text_vprintf(Text *t, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    if (n >= 0 && text_reserve(t, (size_t)n)) {
        vsnprintf(t->p + t->n, (size_t)n + 1, fmt, again);
        t->n += (size_t)n;
    }
    va_end(again);
    if (n < 0)
        t->oom = true;
}

void text_printf(Text *t, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    text_vprintf(t, fmt, ap);
    va_end(ap);
}

void text_free(Text *t)
{
    free(t->p);
    *t = (Text){0};
}

/* Length of the UTF-8 character at s (n > 0 bytes there), 0 if it is not one: stray byte, overlong, surrogate, past U+10FFFF. */
static size_t utf8_decode(const unsigned char *s, size_t n, uint32_t *code)
{
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    if (s[0] < 0x80)
        return *code = s[0], 1;
    size_t len = s[0] >= 0xf0 && s[0] < 0xf8 ? 4 : s[0] >= 0xe0 && s[0] < 0xf0 ? 3 : s[0] >= 0xc0 && s[0] < 0xe0 ? 2 : 0;
    if (!len || len > n)
        return 0;
    uint32_t c = s[0] & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (s[i] & 0x3fu);
    }
    if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
        return 0;
    return *code = c, len;
}

/* Characters that move, hide or recolour other text: C0, DEL, C1, bidi controls, line and paragraph separators. */
static bool code_is_unsafe(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069);
}

/* Writes the character c, whose bytes are s[0..n); n is 0 for a byte that is not UTF-8, which is then c. */
typedef void (*EscapeFn)(Text *t, uint32_t c, const char *s, size_t n);

static void escape_walk(Text *t, const char *s, size_t n, EscapeFn escape)
{
    for (size_t i = 0; i < n;) {
        uint32_t c = (unsigned char)s[i];
        size_t len = utf8_decode((const unsigned char *)s + i, n - i, &c);
        escape(t, c, s + i, len);
        i += len ? len : 1;
    }
}

static void put_bytes_hex(Text *t, const char *slash, const char *s, size_t n)
{
    for (size_t i = 0; i < (n ? n : 1); i++)
        text_printf(t, "%sx%02x", slash, (unsigned char)s[i]);
}

/* The text that c stands for in `table`: pairs of a character and its replacement; NULL if none. */
typedef struct Replace { char c; const char *text; } Replace;
static const char *replace_find(const Replace *table, uint32_t c)
{
    for (; table->text; table++)
        if ((unsigned char)table->c == c)
            return table->text;
    return NULL;
}

static void put_replaced(Text *t, uint32_t c, const char *s, size_t n, const Replace *table, const char *slash)
{
    const char *r = n ? replace_find(table, c) : NULL;
    if (r)
        text_puts(t, r);
    else if (!n || code_is_unsafe(c))
        put_bytes_hex(t, slash, s, n);
    else
        text_add(t, s, n);
}

static void put_terminal(Text *t, uint32_t c, const char *s, size_t n)
{
    static const Replace none[] = {{0, NULL}};
    put_replaced(t, c, s, n, none, "\\");
}

static void put_json(Text *t, uint32_t c, const char *s, size_t n)
{
    static const Replace table[] = {{'"', "\\\""}, {'\\', "\\\\"}, {'\b', "\\b"}, {'\f', "\\f"}, {'\n', "\\n"}, {'\r', "\\r"}, {'\t', "\\t"}, {0, NULL}};
    const char *r = n ? replace_find(table, c) : NULL;
    if (r)
        text_puts(t, r);
    else if (!n || code_is_unsafe(c)) /* all of them are below U+10000 */
        text_printf(t, "\\u%04x", (unsigned)c);
    else
        text_add(t, s, n);
}

static void put_xml(Text *t, uint32_t c, const char *s, size_t n)
{
    static const Replace table[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}, {'\t', "&#9;"}, {'\n', "&#10;"}, {'\r', "&#13;"}, {0, NULL}};
    if (c == 0xfffe || c == 0xffff) /* valid UTF-8, but not a character of XML 1.0 */
        put_bytes_hex(t, "\\", s, n);
    else
        put_replaced(t, c, s, n, table, "\\");
}

static void put_dot(Text *t, uint32_t c, const char *s, size_t n)
{
    static const Replace table[] = {{'"', "\\\""}, {'\\', "\\\\"}, {'\n', "\\n"}, {0, NULL}};
    put_replaced(t, c, s, n, table, "\\\\");
}

static void put_csv(Text *t, uint32_t c, const char *s, size_t n)
{
    static const Replace table[] = {{'"', "\"\""}, {'\t', "\t"}, {'\n', "\n"}, {'\r', "\r"}, {0, NULL}};
    put_replaced(t, c, s, n, table, "\\");
}

static void put_tsv(Text *t, uint32_t c, const char *s, size_t n)
{
    static const Replace table[] = {{'\t', "\\t"}, {'\n', "\\n"}, {'\r', "\\r"}, {'\\', "\\\\"}, {0, NULL}};
    put_replaced(t, c, s, n, table, "\\");
}

void text_escape_terminal(Text *t, const char *s, size_t n) { escape_walk(t, s, n, put_terminal); }
void text_escape_json(Text *t, const char *s, size_t n) { escape_walk(t, s, n, put_json); }
void text_escape_xml(Text *t, const char *s, size_t n) { escape_walk(t, s, n, put_xml); }
void text_escape_dot(Text *t, const char *s, size_t n) { escape_walk(t, s, n, put_dot); }
void text_escape_tsv(Text *t, const char *s, size_t n) { escape_walk(t, s, n, put_tsv); }

void text_escape_csv(Text *t, const char *s, size_t n)
{
    bool quote = n && (s[0] == ' ' || s[n - 1] == ' ');
    for (size_t i = 0; i < n && !quote; i++)
        quote = s[i] && strchr(",\"\t\r\n", s[i]);
    if (quote)
        text_add(t, "\"", 1);
    escape_walk(t, s, n, put_csv);
    if (quote)
        text_add(t, "\"", 1);
}
