/* SPDX-License-Identifier: MIT
 * train: rows of a CSV file (RFC 4180: fields may be quoted, hold the delimiter, line ends and "" for a quote), one after the other, with the line each began
 * at. Takes a span, gives fields that point into it or into scratch; a row's fields live until the next row. */
#include "train/data_internal.h"

#include <string.h>

static const char delimiters[] = ",;\t|";

/* How often c stands outside quotes in the first line. */
static size_t count_first(Span s, char c)
{
    size_t n = 0;
    bool quoted = false;
    for (size_t i = s.pos; i < s.size && (quoted || (s.base[i] != '\n' && s.base[i] != '\r')); i++) {
        quoted ^= s.base[i] == '"';
        n += !quoted && s.base[i] == (uint8_t)c;
    }
    return n;
}

SpmlCode csv_open(Span s, const char *path, CsvReader *out, Error *err)
{
    size_t best = 0;
    *out = (CsvReader){.s = s, .path = path, .delimiter = ','};
    csv_rewind(out);
    if (span_rest(&out->s) && memchr(s.base, 0, s.size))
        return data_fail(err, path, (int64_t)((const uint8_t *)memchr(s.base, 0, s.size) - s.base), "csv-nul", "csv: a NUL byte is no text");
    for (const char *c = delimiters; *c; c++) {
        size_t n = count_first(out->s, *c);
        if (n > best) {
            best = n;
            out->delimiter = *c;
        }
    }
    return SPML_OK;
}

void csv_rewind(CsvReader *r)
{
    r->s.pos = 0;
    r->s.bad = false;
    if (r->s.size >= 3 && !memcmp(r->s.base, "\xef\xbb\xbf", 3))
        r->s.pos = 3;
    r->next_line = 1;
    r->line = 0;
}

void csv_close(CsvReader *r)
{
    arena_free(&r->arena);
    text_free(&r->scratch);
    *r = (CsvReader){0};
}

static bool is_end(uint8_t c) { return c == '\n' || c == '\r'; }

/* The line's end at the cursor, if it stands there: \n, \r\n or \r. */
static void skip_end(CsvReader *r)
{
    Span *s = &r->s;
    if (s->pos >= s->size || !is_end(s->base[s->pos]))
        return;
    s->pos += s->base[s->pos] == '\r' && s->pos + 1 < s->size && s->base[s->pos + 1] == '\n' ? 2 : 1;
    r->next_line++;
}

/* The cursor stands behind the opening quote. The field goes to scratch, as an offset: scratch may move. */
static SpmlCode read_quoted(CsvReader *r, CsvField *f, Error *err)
{
    Span *s = &r->s;
    size_t from = r->scratch.n;
    int64_t began = r->next_line;
    for (;;) {
        const uint8_t *p = s->base + s->pos, *q = memchr(p, '"', s->size - s->pos);
        if (!q)
            return data_fail(err, r->path, (int64_t)s->origin + (int64_t)s->pos - 1, "csv-quote", "line %lld: a quote is never closed", (long long)began);
        for (const uint8_t *c = p; c < q; c++)
            r->next_line += *c == '\n';
        text_add(&r->scratch, (const char *)p, (size_t)(q - p));
        s->pos += (size_t)(q - p) + 1;
        if (s->pos >= s->size || s->base[s->pos] != '"')
            break;
        text_add(&r->scratch, "\"", 1);
        s->pos++;
    }
    if (s->pos < s->size && s->base[s->pos] != (uint8_t)r->delimiter && !is_end(s->base[s->pos]))
        return data_fail(err, r->path, (int64_t)span_offset(s), "csv-quote", "line %lld: text after a closing quote", (long long)r->next_line);
    *f = (CsvField){NULL, r->scratch.n - from};
    return r->scratch.oom ? error_oom(err) : SPML_OK;
}

static SpmlCode read_plain(CsvReader *r, CsvField *f, Error *err)
{
    Span *s = &r->s;
    size_t from = s->pos;
    while (s->pos < s->size && s->base[s->pos] != (uint8_t)r->delimiter && !is_end(s->base[s->pos]))
        s->pos++;
    *f = (CsvField){(const char *)s->base + from, s->pos - from};
    while (f->n && (*f->p == ' ' || *f->p == '\t')) {
        f->p++;
        f->n--;
    }
    while (f->n && (f->p[f->n - 1] == ' ' || f->p[f->n - 1] == '\t'))
        f->n--;
    return SPML_OK;
}

static SpmlCode read_row(CsvReader *r, Error *err)
{
    Span *s = &r->s;
    for (;;) {
        CsvField *list = arena_grow(&r->arena, r->field, r->n, &r->cap, CsvField);
        if (!list)
            return error_oom(err);
        r->field = list;
        while (s->pos < s->size && s->base[s->pos] == ' ' && r->delimiter != ' ')
            s->pos++; /* blanks before a quote are not part of it */
        bool quoted = s->pos < s->size && s->base[s->pos] == '"';
        s->pos += quoted;
        SpmlCode code = quoted ? read_quoted(r, &list[r->n], err) : read_plain(r, &list[r->n], err);
        if (code)
            return code;
        r->n++;
        if (s->pos >= s->size || s->base[s->pos] != (uint8_t)r->delimiter)
            return SPML_OK;
        s->pos++;
    }
}

SpmlCode csv_next(CsvReader *r, bool *end, Error *err)
{
    Span *s = &r->s;
    r->n = 0;
    r->scratch.n = 0;
    while (s->pos < s->size && is_end(s->base[s->pos]))
        skip_end(r);
    r->line = r->next_line;
    *end = s->pos >= s->size;
    if (*end)
        return SPML_OK;
    SpmlCode code = read_row(r, err);
    size_t at = 0;
    for (size_t i = 0; !code && i < r->n; i++)
        if (!r->field[i].p) {
            r->field[i].p = r->scratch.p ? r->scratch.p + at : "";
            at += r->field[i].n;
        }
    skip_end(r);
    return code;
}

int csv_likely(Span s)
{
    CsvReader r;
    size_t columns = 0, rows = 0;
    bool end = false;
    bool same = s.size && !csv_open(span_make(s.base, s.size < 1 << 16 ? s.size : 1 << 16, 0), "", &r, NULL);
    bool cut = s.size > 1 << 16;
    if (!same)
        return 0;
    for (; same && rows < 20; rows++) {
        if (csv_next(&r, &end, NULL)) {
            same = cut && rows > 3;
            break;
        }
        if (end || (cut && r.s.pos >= r.s.size))
            break;
        columns = rows ? columns : r.n;
        same = r.n == columns;
    }
    csv_close(&r);
    return same && columns > 1 && rows > 1 ? 85 : 0;
}
