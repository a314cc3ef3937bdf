/* SPDX-License-Identifier: MIT
 * train: plain text for a language model over bytes or characters. Tokens are kept in the narrowest type; the vocabulary is the characters that occur, in the
 * order of their code points, or all 256 bytes. */
#include "train/data_internal.h"

#include <stdlib.h>
#include <string.h>

enum { CODES = 0x110000, PROBE = 1 << 16 };

/* The character at p (n ≥ 1 bytes remain) and its length; 0: no UTF-8 (overlong, a surrogate, cut off), or NUL. */
static size_t get_char(const uint8_t *p, size_t n, uint32_t *c)
{
    static const uint32_t least[5] = {0, 1, 0x80, 0x800, 0x10000};
    size_t len = *p < 0x80 ? 1 : (*p & 0xe0) == 0xc0 ? 2 : (*p & 0xf0) == 0xe0 ? 3 : (*p & 0xf8) == 0xf0 ? 4 : 0;
    if (!len || len > n)
        return 0;
    *c = len == 1 ? *p : *p & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        *c = *c << 6 | (p[i] & 0x3f);
    }
    return *c < least[len] || *c >= CODES || (*c >= 0xd800 && *c < 0xe000) ? 0 : len;
}

/* Text without control characters but tabs and line ends. */
static int probe(const DataProbe *p)
{
    size_t n = p->head.size < PROBE ? p->head.size : PROBE;
    uint32_t c;
    if (p->is_dir || !n)
        return 0;
    for (size_t i = 0, len; i < n; i += len) {
        len = get_char(p->head.base + i, p->head.size - i, &c);
        if (!len || (c < 32 && c != '\t' && c != '\n' && c != '\r' && c != '\f'))
            return 0;
    }
    return 40;
}

static size_t put_char(char *to, uint32_t c)
{
    if (c < 0x80)
        return to[0] = (char)c, 1;
    size_t len = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = len; i-- > 1; c >>= 6)
        to[i] = (char)(0x80 | (c & 0x3f));
    to[0] = (char)((0xf00u >> len & 0xffu) | c);
    return len;
}

static int64_t line_of(const uint8_t *p, size_t at)
{
    int64_t line = 1;
    for (size_t i = 0; i < at; i++)
        line += p[i] == '\n';
    return line;
}

/* rank[code point]: 1 + its token; 0: does not occur. */
static SpmlCode count_chars(Span s, const char *path, uint32_t *rank, uint64_t *n, Error *err)
{
    uint32_t c;
    for (size_t i = 0, len; i < s.size; i += len, ++*n) {
        len = get_char(s.base + i, s.size - i, &c);
        if (!len || !c) {
            data_fail(err, path, (int64_t)i, "text-utf8", "line %lld: %s", (long long)line_of(s.base, i), len ? "a NUL is no character" : "the bytes are no UTF-8");
            error_hint(err, "a model over bytes takes any file");
            return SPML_DATA;
        }
        rank[c] = 1;
    }
    return SPML_OK;
}

static SpmlCode make_vocabulary(Dataset *d, uint32_t *rank, Error *err)
{
    uint32_t n = 0;
    for (uint32_t c = 0; c < CODES; c++)
        if (rank[c])
            rank[c] = ++n;
    const char **names = arena_array(&d->arena, const char *, n + 1);
    for (uint32_t c = 0; names && c < CODES; c++)
        if (rank[c]) {
            char text[5] = {0};
            put_char(text, c);
            names[rank[c] - 1] = arena_strdup(&d->arena, text);
        }
    d->info.classes = names;
    d->info.n_classes = (int)n;
    return d->arena.oom ? error_oom(err) : SPML_OK;
}

static SpmlCode like_vocabulary(Dataset *d, uint32_t *rank)
{
    memset(rank, 0, CODES * sizeof *rank);
    d->info.classes = d->like->info.classes;
    d->info.n_classes = d->like->info.n_classes;
    for (int i = 0; i < d->info.n_classes; i++) {
        uint32_t c = 0;
        get_char((const uint8_t *)d->info.classes[i], strlen(d->info.classes[i]), &c);
        rank[c] = (uint32_t)i + 1;
    }
    return SPML_OK;
}

static SpmlCode put_tokens(Dataset *d, Span s, const uint32_t *rank, void *to, Error *err)
{
    uint64_t n = 0;
    uint32_t c = 0;
    for (size_t i = 0; i < s.size; n++) {
        size_t len = get_char(s.base + i, s.size - i, &c);
        if (!rank[c])
            return data_fail(err, d->info.path, (int64_t)i, "text-character", "line %lld: the character '%.*s' does not occur in the training data", (long long)line_of(s.base, i), (int)len, s.base + i);
        dtype_set_i64(d->token_type, to, n, rank[c] - 1);
        i += len;
    }
    return SPML_OK;
}

static SpmlCode read_chars(Dataset *d, Span s, uint32_t *rank, Error *err)
{
    uint64_t n = 0;
    SpmlCode code = count_chars(s, d->info.path, rank, &n, err);
    if (!code)
        code = d->like ? like_vocabulary(d, rank) : make_vocabulary(d, rank, err);
    if (code)
        return code;
    d->info.n = n;
    d->token_type = d->info.n_classes <= 256 ? DT_u8 : d->info.n_classes <= 65536 ? DT_u16 : DT_u32;
    void *to = arena_array_(&d->arena, n, dtype_info[d->token_type].bytes, 8);
    d->token = to;
    return to ? put_tokens(d, s, rank, to, err) : error_oom(err);
}

static SpmlCode read_bytes(Dataset *d, Span s, Error *err)
{
    d->info.n = s.size;
    d->info.n_classes = 256;
    d->token_type = DT_u8;
    d->token = arena_copy(&d->arena, s.base, s.size);
    return d->token ? SPML_OK : error_oom(err);
}

static SpmlCode open_text(Dataset *d, const DataOptions *o, const DataProbe *p, Error *err)
{
    Sha256 s;
    if (o->held)
        return error_set(err, SPML_DATA, "no-held-part", "%s: a text holds nothing out itself", p->path);
    if (p->is_dir || !p->head.size)
        return data_fail(err, p->path, -1, p->is_dir ? "data-kind" : "data-empty", p->is_dir ? "is a folder, not a text" : "is empty");
    if (o->ctx < 0 || o->ctx > 1 << 24)
        return error_set(err, SPML_USAGE, "data-context", "windows of %lld tokens cannot be made", (long long)o->ctx);
    if (d->like && d->like->kind != &data_text)
        return data_fail(err, p->path, -1, "data-differs", "is a text, the training data is not");
    d->info.form = DATA_TOKENS;
    d->info.target = TARGET_TOKENS;
    d->info.rank = 1;
    d->info.dim[0] = d->like ? d->like->info.dim[0] : o->ctx ? o->ctx : 256;
    bool bytes = d->like ? !d->like->info.classes : o->bytes;
    uint32_t *rank = bytes ? NULL : calloc(CODES, sizeof *rank);
    SpmlCode code = bytes ? read_bytes(d, p->head, err) : rank ? read_chars(d, p->head, rank, err) : error_oom(err);
    free(rank);
    sha256_init(&s);
    sha256_add(&s, p->head.base, p->head.size);
    sha256_final(&s, d->info.fingerprint);
    if (!code && d->info.n <= (uint64_t)d->info.dim[0])
        code = data_fail(err, p->path, -1, "data-empty", "%llu tokens are no window of %lld and the one that follows", (unsigned long long)d->info.n, (long long)d->info.dim[0]);
    return code;
}

static void describe(const Dataset *d, Text *out) { text_printf(out, ",\"tokens\":\"%s\",\"context\":%lld", d->info.classes ? "characters" : "bytes", (long long)d->info.dim[0]); }

const DataKind data_text = {.name = "text", .about = "plain text: bytes or characters for a language model", .probe = probe, .open = open_text, .describe = describe};
