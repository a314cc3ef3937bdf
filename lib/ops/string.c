/* SPDX-License-Identifier: MIT
 * ops: texts: string_concat, string_split, string_normalizer, regex_full_match: shape rules and host functions. Text is UTF-8 bytes; case changes are ASCII's, other
 * letters are refused by name. Patterns are those of RE2 that POSIX extended expressions can say. */
#include "base/text.h"
#include "ops/types.h"
#include "ir/rtvalue.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

enum { PATTERN_MAX = 4096 };

static SpmlCode want_strings(const Node *n, int i, Error *err)
{
    const Type *t = in_type(n, i);
    return t->kind == TYPE_TENSOR && t->dtype == DT_string ? SPML_OK : shape_error(n, err, "input %d is not text", i);
}

/* ── concat ── */

SpmlCode shape_string_concat(Node *n, Error *err)
{
    const Type *x = in_type(n, 0), *y = in_type(n, 1);
    const Dim *d[IR_MAX_RANK];
    int rank;
    SpmlCode code = want_strings(n, 0, err);
    if (!code)
        code = want_strings(n, 1, err);
    if (code)
        return code;
    if (x->rank < 0 || y->rank < 0)
        return out_type(n, 0, type_unranked(DT_string)), SPML_OK;
    code = broadcast_dims(n, err, 2, (const Type *const[]){x, y}, &rank, d);
    if (!code)
        out_set(n, 0, DT_string, rank, d);
    return code;
}

/* Offset in x of the element that stands at flat offset i of the broadcast shape. */
static int64_t broadcast_at(const RtValue *x, int rank, const int64_t *dim, int64_t i)
{
    int64_t at = 0, stride = 1;
    for (int d = rank - 1, k = x->rank - 1; d >= 0; d--, k--) {
        int64_t c = i % dim[d];
        i /= dim[d];
        if (k < 0)
            continue;
        at += x->dim[k] == 1 ? 0 : c * stride;
        stride *= x->dim[k];
    }
    return at;
}

static bool broadcast_now(const RtValue *x, const RtValue *y, int *rank, int64_t *dim)
{
    *rank = x->rank > y->rank ? x->rank : y->rank;
    for (int d = 0; d < *rank; d++) {
        int i = d - (*rank - x->rank), k = d - (*rank - y->rank);
        int64_t a = i < 0 ? 1 : x->dim[i], b = k < 0 ? 1 : y->dim[k];
        if (a != b && a != 1 && b != 1)
            return false;
        dim[d] = a == 1 ? b : a;
    }
    return true;
}

static SpmlCode host_concat(struct RtContext *rt, const Node *n, RtValue **in, RtValue **out, Error *err)
{
    (void)rt;
    (void)n;
    int rank;
    int64_t dim[IR_MAX_RANK];
    size_t total = 0;
    RtValue refs = {0};
    if (!broadcast_now(in[0], in[1], &rank, dim))
        return error_set(err, SPML_DATA, "shape", "the shapes do not broadcast");
    SpmlCode code = rt_alloc(&refs, DT_string, rank, dim, err);
    StringRef *s = refs.data;
    const StringRef *x = in[0]->data, *y = in[1]->data;
    int64_t count = code ? 0 : rt_count(&refs);
    for (int64_t i = 0; i < count; i++)
        total += s[i].n = x[broadcast_at(in[0], rank, dim, i)].n + y[broadcast_at(in[1], rank, dim, i)].n;
    char *text = code ? NULL : malloc(total + 1), *at = text;
    if (!code && !text)
        code = error_oom(err);
    for (int64_t i = 0; i < count && !code; i++) {
        StringRef a = x[broadcast_at(in[0], rank, dim, i)], b = y[broadcast_at(in[1], rank, dim, i)];
        s[i].p = at;
        if (a.n)
            memcpy(at, a.p, a.n);
        if (b.n)
            memcpy(at + a.n, b.p, b.n);
        at += s[i].n;
    }
    if (!code)
        code = rt_strings(out[0], rank, dim, s, err);
    free(text);
    rt_clear(&refs);
    return code;
}

SpmlCode lower_string_concat(Lower *l, Node *n, Error *err) { return lower_host(l, n, host_concat, err); }

/* ── split ── */

SpmlCode shape_string_split(Node *n, Error *err)
{
    const Type *x = in_type(n, 0);
    const Dim *d[IR_MAX_RANK];
    SpmlCode code = want_strings(n, 0, err);
    if (code)
        return code;
    if (x->rank < 0 || x->rank >= IR_MAX_RANK) {
        out_type(n, 0, type_unranked(DT_string));
        out_type(n, 1, type_unranked(DT_i64));
        return SPML_OK;
    }
    for (int i = 0; i < x->rank; i++)
        d[i] = x->dim[i];
    out_set(n, 1, DT_i64, x->rank, d);
    if (!(d[x->rank] = type_new_dim(n->graph)))
        return error_oom(err);
    out_set(n, 0, DT_string, x->rank + 1, d);
    return SPML_OK;
}

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/* The parts of s; out may be NULL (count only). Without a delimiter: runs of white space, and the rest after the last cut keeps its inner ones. */
static int64_t split_text(StringRef s, StringRef by, int64_t most, StringRef *out)
{
    int64_t n = 0;
    size_t at = 0;
    while (!by.n) {
        while (at < s.n && is_space(s.p[at]))
            at++;
        if (at == s.n)
            return n;
        size_t from = at, end = s.n;
        while (at < s.n && !is_space(s.p[at]))
            at++;
        if (most >= 0 && n == most) {
            while (end > from && is_space(s.p[end - 1]))
                end--;
            at = end;
        }
        if (out)
            out[n] = (StringRef){s.p + from, at - from};
        n++;
        if (most >= 0 && n > most)
            return n;
    }
    for (;;) {
        const char *hit = most >= 0 && n == most ? NULL : memmem(s.p + at, s.n - at, by.p, by.n);
        size_t len = hit ? (size_t)(hit - (s.p + at)) : s.n - at;
        if (out)
            out[n] = (StringRef){s.p + at, len};
        n++;
        if (!hit)
            return n;
        at += len + by.n;
    }
}

static SpmlCode host_split(struct RtContext *rt, const Node *n, RtValue **in, RtValue **out, Error *err)
{
    (void)rt;
    const RtValue *x = in[0];
    const Attr *a = node_find(n, "delimiter"), *m = node_find(n, "maxsplit");
    StringRef by = a && a->kind == ATTR_STRING ? (StringRef){a->s, (size_t)a->n} : (StringRef){0};
    int64_t count = rt_count(x), widest = 0, dim[IR_MAX_RANK], most = m ? m->i : -1;
    const StringRef *s = x->data;
    RtValue refs = {0}, sizes = {0};
    if (x->rank >= IR_MAX_RANK)
        return error_set(err, SPML_UNSUPPORTED, "rank", "rank %d", x->rank);
    memcpy(dim, x->dim, sizeof dim);
    SpmlCode code = rt_alloc(&sizes, DT_i64, x->rank, dim, err);
    for (int64_t i = 0; i < count && !code; i++) {
        int64_t k = split_text(s[i], by, most, NULL);
        ((int64_t *)sizes.data)[i] = k;
        widest = k > widest ? k : widest;
    }
    dim[x->rank] = widest;
    if (!code)
        code = rt_alloc(&refs, DT_string, x->rank + 1, dim, err);
    for (int64_t i = 0; i < count && !code; i++)
        split_text(s[i], by, most, (StringRef *)refs.data + i * widest);
    if (!code && n->out[0])
        code = rt_strings(out[0], x->rank + 1, dim, refs.data, err);
    rt_clear(&refs);
    if (!code && n->n_out > 1 && n->out[1]) {
        rt_clear(out[1]);
        *out[1] = sizes;
        sizes = (RtValue){0};
    }
    rt_clear(&sizes);
    return code;
}

SpmlCode lower_string_split(Lower *l, Node *n, Error *err) { return lower_host(l, n, host_split, err); }

/* ── normalizer: [C] or [1, C] ── */

SpmlCode shape_string_normalizer(Node *n, Error *err)
{
    const Type *x = in_type(n, 0);
    SpmlCode code = want_strings(n, 0, err);
    if (code)
        return code;
    if (x->rank < 1 || x->rank > 2)
        return x->rank < 0 ? (out_type(n, 0, type_unranked(DT_string)), SPML_OK) : shape_error(n, err, "rank %d", x->rank);
    const Dim *d[2] = {dim_const(n->graph, 1), dim_const(n->graph, 1)};
    if (!(d[x->rank - 1] = type_new_dim(n->graph)))
        return error_oom(err);
    out_set(n, 0, DT_string, x->rank, d);
    return SPML_OK;
}

static char fold(char c, bool upper)
{
    return upper && c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : !upper && c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same_text(StringRef a, StringRef b, bool sensitive)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (sensitive ? a.p[i] != b.p[i] : fold(a.p[i], false) != fold(b.p[i], false))
            return false;
    return true;
}

static bool is_ascii(StringRef s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] > 127)
            return false;
    return true;
}

static bool is_stopword(const Node *n, StringRef s, bool sensitive)
{
    const Attr *stop = node_find(n, "stopwords");
    for (int64_t i = 0; stop && stop->kind == ATTR_STRINGS && i < stop->n; i++)
        if (same_text(s, stop->strings[i], sensitive))
            return true;
    return false;
}

/* kept[]: what is left of x, in its case; changed texts are in *text. */
static SpmlCode normalize(const Node *n, const RtValue *x, StringRef *kept, int64_t *n_kept, char **text, Error *err)
{
    const char *to = node_str(n, "case", "NONE");
    bool sensitive = node_int(n, "sensitive", 0) != 0, change = strcmp(to, "NONE") != 0, upper = !strcmp(to, "UPPER");
    const StringRef *s = x->data;
    size_t total = 0;
    if (change && !upper && strcmp(to, "LOWER"))
        return error_set(err, SPML_UNSUPPORTED, "node-unsupported", "case '%.40s'", to);
    for (int64_t i = 0; i < rt_count(x); i++) {
        if ((change || !sensitive) && !is_ascii(s[i]))
            return error_set(err, SPML_UNSUPPORTED, "node-unsupported", "changing the case of letters outside ASCII");
        if (is_stopword(n, s[i], sensitive))
            continue;
        kept[(*n_kept)++] = s[i];
        total += s[i].n;
    }
    if (!change)
        return SPML_OK;
    char *at = *text = malloc(total + 1);
    if (!at)
        return error_oom(err);
    for (int64_t i = 0; i < *n_kept; i++) {
        for (size_t k = 0; k < kept[i].n; k++)
            at[k] = fold(kept[i].p[k], upper);
        kept[i].p = at;
        at += kept[i].n;
    }
    return SPML_OK;
}

static SpmlCode host_normalizer(struct RtContext *rt, const Node *n, RtValue **in, RtValue **out, Error *err)
{
    (void)rt;
    const RtValue *x = in[0];
    char *text = NULL;
    int64_t n_kept = 0;
    if (x->rank < 1 || x->rank > 2 || (x->rank == 2 && x->dim[0] != 1))
        return error_set(err, SPML_DATA, "shape", "the input must be [C] or [1, C]");
    StringRef *kept = calloc((size_t)rt_count(x) + 1, sizeof *kept);
    SpmlCode code = kept ? normalize(n, x, kept, &n_kept, &text, err) : error_oom(err);
    int64_t dim[2] = {1, 1};
    dim[x->rank - 1] = n_kept ? n_kept : 1; /* nothing left: one empty text */
    if (!code)
        code = rt_strings(out[0], x->rank, dim, kept, err);
    free(kept);
    free(text);
    return code;
}

SpmlCode lower_string_normalizer(Lower *l, Node *n, Error *err) { return lower_host(l, n, host_normalizer, err); }

/* ── regular expressions ── */

SpmlCode shape_regex_full_match(Node *n, Error *err)
{
    const Type *x = in_type(n, 0);
    SpmlCode code = want_strings(n, 0, err);
    if (code)
        return code;
    if (x->rank < 0)
        return out_type(n, 0, type_unranked(DT_bool)), SPML_OK;
    out_set(n, 0, DT_bool, x->rank, x->dim);
    return SPML_OK;
}

/* Character classes of RE2 as bracket contents. */
static const char *class_text(char c)
{
    return c == 'd' ? "0-9" : c == 'w' ? "[:alnum:]_" : c == 's' ? " \t\n\f\r" : NULL;
}

/* One bracket expression from p[*at] = '[' on. POSIX has no escapes inside: classes are spelled out, a literal ']' moves to the front, '-' to the end. */
static bool bracket_text(const char *p, size_t n, size_t *at, Text *out)
{
    Text in = {0};
    bool not = false, close = false, dash = false, ok = false;
    size_t i = *at + 1;
    if (i < n && p[i] == '^')
        not = true, i++;
    for (size_t first = i; i < n; i++) {
        char c = p[i];
        if (c == ']' && i > first) {
            ok = true;
            break;
        }
        if (c == '[' && i + 1 < n && p[i + 1] == ':') {
            const char *end = memmem(p + i, n - i, ":]", 2);
            if (!end)
                break;
            text_add(&in, p + i, (size_t)(end + 2 - (p + i)));
            i = (size_t)(end + 1 - p);
            continue;
        }
        if (c == '\\') {
            if (++i == n)
                break;
            c = p[i];
            if (class_text(c)) {
                text_puts(&in, class_text(c));
                continue;
            }
            if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
                break;
        }
        bool literal_dash = c == '-' && (p[i - 1] == '\\' || i == first || i + 1 >= n || p[i + 1] == ']');
        close |= c == ']';
        dash |= literal_dash;
        if (c != ']' && !literal_dash)
            text_add(&in, &c, 1);
    }
    *at = i;
    if (ok && !in.oom)
        text_printf(out, "[%s%s%s%s]", not ? "^" : "", close ? "]" : "", in.p ? in.p : "", dash ? "-" : "");
    ok &= !in.oom;
    text_free(&in);
    return ok;
}

/* The pattern as a POSIX extended expression; false: it says something that has no such form. */
static bool posix_pattern(const char *p, size_t n, Text *out)
{
    text_puts(out, "^(");
    for (size_t i = 0; i < n; i++) {
        char c = p[i];
        if (c == '[') {
            if (!bracket_text(p, n, &i, out))
                return false;
        } else if (c == '(' && i + 1 < n && p[i + 1] == '?') {
            if (i + 2 >= n || p[i + 2] != ':')
                return false;
            i += 2;
            text_add(out, "(", 1);
        } else if (c == '\\') {
            if (++i == n)
                return false;
            c = p[i];
            if (class_text(c))
                text_printf(out, "[%s]", class_text(c));
            else if (c == 'D' || c == 'W' || c == 'S')
                text_printf(out, "[^%s]", class_text((char)(c - 'A' + 'a')));
            else if (c == 'b' || c == 'B')
                text_printf(out, "\\%c", c);
            else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
                return false;
            else
                text_printf(out, "\\%c", c);
        } else if (c == '?' && i && strchr("*+?}", p[i - 1]) && !(i > 1 && p[i - 2] == '\\')) {
            continue; /* lazy or greedy: the whole text matches alike */
        } else if (!c) {
            return false;
        } else {
            text_add(out, &c, 1);
        }
    }
    text_puts(out, ")$");
    return !out->oom;
}

static SpmlCode host_regex(struct RtContext *rt, const Node *n, RtValue **in, RtValue **out, Error *err)
{
    (void)rt;
    const Attr *a = node_find(n, "pattern");
    const RtValue *x = in[0];
    int64_t dim[IR_MAX_RANK];
    regex_t re;
    Text t = {0};
    bool ok = a && a->kind == ATTR_STRING && a->n <= PATTERN_MAX && posix_pattern(a->s, (size_t)a->n, &t) && !regcomp(&re, t.p, REG_EXTENDED | REG_NOSUB);
    text_free(&t);
    if (!ok)
        return error_set(err, SPML_UNSUPPORTED, "node-unsupported", "pattern '%.100s' cannot be matched here", a && a->kind == ATTR_STRING ? a->s : "");
    memcpy(dim, x->dim, sizeof dim);
    SpmlCode code = rt_alloc(out[0], DT_bool, x->rank, dim, err);
    const StringRef *s = x->data;
    for (int64_t i = 0; i < rt_count(x) && !code; i++) {
        char *text = malloc(s[i].n + 1);
        if (!text) {
            code = error_oom(err);
            break;
        }
        if (s[i].n)
            memcpy(text, s[i].p, s[i].n);
        text[s[i].n] = 0;
        ((uint8_t *)out[0]->data)[i] = strlen(text) == s[i].n && regexec(&re, text, 0, NULL, 0) == 0;
        free(text);
    }
    regfree(&re);
    return code;
}

SpmlCode lower_regex_full_match(Lower *l, Node *n, Error *err) { return lower_host(l, n, host_regex, err); }
