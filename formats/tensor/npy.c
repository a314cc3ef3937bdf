/* SPDX-License-Identifier: MIT
 * formats/tensor: NumPy arrays. Byte order and Fortran order are undone on reading; written files are version 1.0, C order, the header padded to 64
 * bytes. Strings are <U (UTF-32) or |S; objects (pickle) are refused. */
#include "formats/tensor/tensor.h"

#include "base/caps.h"

#include <stdlib.h>
#include <string.h>

typedef struct NpyHead { char descr[32]; bool fortran, structured; int rank; int64_t dim[IR_MAX_RANK]; } NpyHead;

static const struct { const char *descr; DType type; } npy_types[] = {
    {"b1", DT_bool}, {"i1", DT_i8}, {"i2", DT_i16}, {"i4", DT_i32}, {"i8", DT_i64}, {"u1", DT_u8}, {"u2", DT_u16}, {"u4", DT_u32}, {"u8", DT_u64},
    {"f2", DT_f16}, {"f4", DT_f32}, {"f8", DT_f64}, {"c8", DT_c64}, {"c16", DT_c128},
};

bool npy_probe(Span head) { return head.size >= 10 && !memcmp(head.base, "\x93NUMPY", 6); }

static SpmlCode bad(const char *path, uint64_t at, Error *err, const char *what)
{
    error_set(err, SPML_DATA, "npy-header", "npy: %s", what);
    return error_where(err, path, (int64_t)at);
}

static const char *blank(const char *p) { return p + strspn(p, " \t\n"); }

/* A quoted text without escapes, shorter than sz. The readers below give what follows the thing they read, or NULL. */
static const char *head_string(const char *p, char *to, size_t sz)
{
    size_t n = strcspn(p + (*p != 0), *p == '"' ? "\"\\\n" : "'\\\n");
    if ((*p != '\'' && *p != '"') || p[n + 1] != *p || n >= sz)
        return NULL;
    memcpy(to, p + 1, n);
    to[n] = 0;
    return p + n + 2;
}

static const char *head_descr(const char *p, NpyHead *h)
{
    h->structured = *p == '[';
    const char *end = head_string(p, h->descr, sizeof h->descr);
    return end && *h->descr ? end : NULL;
}

static const char *head_order(const char *p, NpyHead *h)
{
    h->fortran = !strncmp(p, "True", 4);
    return h->fortran ? p + 4 : strncmp(p, "False", 5) ? NULL : p + 5;
}

static const char *head_shape(const char *p, NpyHead *h)
{
    if (*p != '(')
        return NULL;
    for (p = blank(p + 1); *p != ')'; p = blank(p)) {
        const char *end;
        if (h->rank == IR_MAX_RANK || !parse_i64(p, &end, &h->dim[h->rank]) || h->dim[h->rank++] < 0)
            return NULL;
        p = blank(*end == 'L' ? end + 1 : end); /* Python 2 */
        if (*p != ',' && *p != ')')
            return NULL;
        p += *p == ',';
    }
    return p + 1;
}

static const char *head_pair(const char *p, NpyHead *h, unsigned *seen)
{
    static const struct { const char *key; const char *(*read)(const char *, NpyHead *); } keys[] = {{"descr", head_descr}, {"fortran_order", head_order}, {"shape", head_shape}};
    char key[16];
    p = head_string(p, key, sizeof key);
    p = p ? blank(p) : NULL;
    for (unsigned i = 0; p && *p == ':' && i < 3; i++)
        if (!strcmp(key, keys[i].key) && !(*seen >> i & 1)) {
            *seen |= 1u << i;
            return keys[i].read(blank(p + 1), h);
        }
    return NULL;
}

/* A dict of exactly the three keys, once each. text: n bytes, NUL-terminated. */
static bool head_parse(const char *text, size_t n, NpyHead *h)
{
    unsigned seen = 0;
    const char *p = blank(text);
    if (*p != '{')
        return false;
    for (p = blank(p + 1); p && *p != '}';) {
        p = head_pair(p, h, &seen);
        p = p ? blank(p) : NULL;
        if (p && *p == ',')
            p = blank(p + 1);
        else if (p && *p != '}')
            return false;
    }
    return p && seen == 7 && blank(p + 1) == text + n;
}

static SpmlCode read_head(Span *s, const char *path, NpyHead *h, Error *err)
{
    span_take(s, 6);
    unsigned major = span_u8(s);
    span_u8(s);
    size_t n = major == 1 ? span_u16(s) : span_u32(s);
    if (major < 1 || major > 3)
        return error_set(err, SPML_UNSUPPORTED, "npy-version", "npy: version %u", major), error_where(err, path, (int64_t)s->origin + 6);
    uint64_t at = span_offset(s);
    const uint8_t *p = n <= CAP_STRING ? span_take(s, n) : NULL;
    if (!p)
        return bad(path, at, err, "the header ends after the file");
    char *text = strndup((const char *)p, n);
    bool ok = text && head_parse(text, n, h);
    free(text);
    if (!ok && h->structured)
        return error_set(err, SPML_UNSUPPORTED, "npy-type", "npy: arrays of records are not supported"), error_where(err, path, (int64_t)at);
    return ok ? SPML_OK : bad(path, at, err, "the header is not a dict of descr, fortran_order and shape");
}

static void swap_bytes(uint8_t *p, size_t n, size_t width)
{
    for (size_t i = 0; i + width <= n; i += width)
        for (size_t a = 0, b = width - 1; a < b; a++, b--) {
            uint8_t t = p[i + a];
            p[i + a] = p[i + b];
            p[i + b] = t;
        }
}

/* src in Fortran order → dst row-major. */
static void from_fortran(const NpyHead *h, size_t width, const uint8_t *src, uint8_t *dst, int64_t count)
{
    int64_t at[IR_MAX_RANK] = {0}, stride[IR_MAX_RANK], step = 1;
    for (int i = 0; i < h->rank; i++) {
        stride[i] = step;
        step *= h->dim[i];
    }
    for (int64_t i = 0, off = 0; i < count; i++) {
        memcpy(dst + (size_t)i * width, src + (size_t)off * width, width);
        for (int d = h->rank - 1; d >= 0; d--) {
            off += stride[d];
            if (++at[d] < h->dim[d])
                break;
            off -= stride[d] * at[d];
            at[d] = 0;
        }
    }
}

static SpmlCode head_count(const NpyHead *h, const char *path, Error *err, int64_t *count)
{
    *count = 1;
    for (int i = 0; i < h->rank; i++)
        if (!i64_mul(*count, h->dim[i], count) || *count > (int64_t)CAP_ELEMENTS)
            return bad(path, 0, err, "the shape is too large");
    return SPML_OK;
}

/* n UTF-32 code points, or bytes, without the zeros at the end → UTF-8 */
static size_t put_utf8(char *to, uint32_t c)
{
    if (c < 0x80)
        return to[0] = (char)c, 1;
    if (c < 0x800)
        return to[0] = (char)(0xc0 | c >> 6), to[1] = (char)(0x80 | (c & 63)), 2;
    if (c < 0x10000)
        return to[0] = (char)(0xe0 | c >> 12), to[1] = (char)(0x80 | (c >> 6 & 63)), to[2] = (char)(0x80 | (c & 63)), 3;
    return to[0] = (char)(0xf0 | (c >> 18 & 7)), to[1] = (char)(0x80 | (c >> 12 & 63)), to[2] = (char)(0x80 | (c >> 6 & 63)), to[3] = (char)(0x80 | (c & 63)), 4;
}

static size_t one_string(const uint8_t *p, size_t units, bool wide, bool big, char *to, bool *ok)
{
    size_t n = 0, last = 0;
    for (size_t i = 0; i < units; i++) {
        const uint8_t *q = p + 4 * i;
        uint32_t c = !wide ? p[i] : big ? (uint32_t)q[0] << 24 | q[1] << 16 | q[2] << 8 | q[3] : (uint32_t)q[3] << 24 | q[2] << 16 | q[1] << 8 | q[0];
        *ok = *ok && c <= 0x10ffff && (!wide || c < 0xd800 || c > 0xdfff);
        if (wide)
            n += put_utf8(to + n, c);
        else
            to[n++] = (char)c;
        if (c)
            last = n;
    }
    return last;
}

static SpmlCode read_strings(Span *s, const char *path, const NpyHead *h, int64_t count, RtValue **out, Error *err)
{
    bool wide = h->descr[1] == 'U', big = h->descr[0] == '>';
    const char *end;
    int64_t units;
    size_t width, total;
    if (!parse_i64(h->descr + 2, &end, &units) || *end || units < (count > 0) || !size_mul((size_t)units, wide ? 4 : 1, &width) || !size_mul(width, (size_t)count, &total))
        return bad(path, s->origin, err, "the width of the strings is wrong");
    uint64_t at = span_offset(s);
    const uint8_t *p = span_take(s, total);
    if (!p)
        return bad(path, at, err, "fewer bytes than the shape asks for");
    if (h->fortran && h->rank > 1)
        return error_set(err, SPML_UNSUPPORTED, "npy-order", "npy: strings in Fortran order");
    StringRef *refs = calloc((size_t)count + 1, sizeof *refs);
    char *bytes = malloc(total + 1), *to = bytes;
    RtValue *v = calloc(1, sizeof *v);
    bool ok = true;
    for (int64_t i = 0; refs && bytes && i < count; i++) {
        refs[i] = (StringRef){to, one_string(p + (size_t)i * width, (size_t)units, wide, big, to, &ok)};
        to += width;
    }
    SpmlCode code = !refs || !bytes || !v ? error_oom(err) : ok ? rt_strings(v, h->rank, h->dim, refs, err) : error_set(err, SPML_DATA, "npy-string", "npy: a string holds what is no code point");
    free(refs);
    free(bytes);
    if (code)
        free(v);
    else
        *out = v;
    return code;
}

static SpmlCode read_numbers(Span *s, const char *path, const NpyHead *h, DType t, int64_t count, RtValue **out, Error *err)
{
    size_t sz, width = dtype_info[t].bytes;
    uint64_t at = span_offset(s);
    if (!dtype_bytes(t, (uint64_t)count, &sz) || span_rest(s) < sz) {
        error_set(err, SPML_DATA, "file-truncated", "npy: %zu bytes of data, the shape asks for %lld elements of %zu", span_rest(s), (long long)count, width);
        return error_where(err, path, (int64_t)at);
    }
    const uint8_t *p = span_take(s, sz);
    RtValue *v;
    SpmlCode code = rt_tensor(t, h->rank, h->dim, &v, err);
    if (code)
        return code;
    if (h->fortran && h->rank > 1)
        from_fortran(h, width, p, v->data, count);
    else if (sz)
        memcpy(v->data, p, sz);
    if (h->descr[0] == '>')
        swap_bytes(v->data, sz, t == DT_c64 || t == DT_c128 ? width / 2 : width);
    *out = v;
    return SPML_OK;
}

SpmlCode npy_read_span(Span s, const char *path, const char *name, size_t n_name, ValueList *out, Error *err)
{
    NpyHead h = {0};
    int64_t count;
    if (!npy_probe(s))
        return bad(path, s.origin, err, "no NumPy magic");
    SpmlCode code = read_head(&s, path, &h, err);
    if (!code)
        code = head_count(&h, path, err, &count);
    if (code)
        return code;
    RtValue *v;
    const char *d = strchr("<>|=", h.descr[0]) ? h.descr + 1 : h.descr;
    DType t = DT_none;
    for (size_t i = 0; i < sizeof npy_types / sizeof *npy_types; i++)
        if (!strcmp(d, npy_types[i].descr))
            t = npy_types[i].type;
    if (t)
        code = read_numbers(&s, path, &h, t, count, &v, err);
    else if (d == h.descr + 1 && (*d == 'U' || *d == 'S'))
        code = read_strings(&s, path, &h, count, &v, err);
    else
        code = error_set(err, SPML_UNSUPPORTED, "npy-type", "npy: arrays of type '%s' are not supported%s", h.descr, *d == 'O' ? ": objects would be unpickled" : "");
    if (!code && span_rest(&s)) {
        rt_free(&v);
        code = error_set(err, SPML_DATA, "npy-size", "npy: %zu bytes follow the array", span_rest(&s));
    }
    return code ? error_where(err, path, -1), code : values_add(out, name, n_name, v, err);
}

SpmlCode npy_read(const File *f, const ValueWant *want, ValueList *out, Error *err)
{
    return npy_read_span(file_span(f), file_path(f), "", 0, out, err);
}

/* ── writing ── */

/* UTF-8 → code points; bytes that are not UTF-8 stand for themselves. */
static size_t code_points(const char *s, size_t n, uint32_t *to)
{
    size_t k = 0;
    for (size_t i = 0; i < n; k++) {
        unsigned char c = (unsigned char)s[i];
        size_t len = c < 0x80 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
        uint32_t v = len == 1 ? c : c & (0x7fu >> len);
        if (i + len > n)
            v = c, len = 1;
        for (size_t j = 1; j < len; j++)
            v = v << 6 | ((unsigned char)s[i + j] & 0x3f);
        if (to)
            to[k] = v;
        i += len;
    }
    return k;
}

static size_t widest(const RtValue *v)
{
    size_t most = 1;
    const StringRef *s = v->data;
    for (int64_t i = 0; i < rt_count(v); i++) {
        size_t n = code_points(s[i].p, s[i].n, NULL);
        most = n > most ? n : most;
    }
    return most;
}

SpmlCode npy_header(const RtValue *v, Text *out, Error *err)
{
    const char *descr = NULL;
    Text d = {0};
    for (size_t i = 0; i < sizeof npy_types / sizeof *npy_types; i++)
        if (npy_types[i].type == v->dtype)
            descr = npy_types[i].descr;
    if (v->kind != TYPE_TENSOR || (!descr && v->dtype != DT_string)) {
        error_set(err, SPML_UNSUPPORTED, "npy-type", "npy cannot hold %s", v->kind == TYPE_TENSOR ? dtype_name(v->dtype) : "sequences, optionals and maps");
        return error_hint(err, "a .pb file can"), SPML_UNSUPPORTED;
    }
    if (descr)
        text_printf(&d, "{'descr': '%c%s', 'fortran_order': False, 'shape': (", dtype_info[v->dtype].bytes == 1 ? '|' : '<', descr);
    else
        text_printf(&d, "{'descr': '<U%zu', 'fortran_order': False, 'shape': (", widest(v));
    for (int i = 0; i < v->rank; i++)
        text_printf(&d, "%s%lld%s", i ? ", " : "", (long long)v->dim[i], v->rank == 1 ? "," : "");
    text_puts(&d, "), }");
    while ((10 + d.n + 1) % 64 && !d.oom)
        text_puts(&d, " ");
    text_puts(&d, "\n");
    uint8_t head[10] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (uint8_t)d.n, (uint8_t)(d.n >> 8)};
    text_add(out, (char *)head, 10);
    text_add(out, d.p ? d.p : "", d.n);
    out->oom |= d.oom;
    text_free(&d);
    return out->oom ? error_oom(err) : SPML_OK;
}

SpmlCode npy_payload(const RtValue *v, const void **p, size_t *n, Text *scratch, Error *err)
{
    *p = v->data;
    *n = v->sz;
    if (v->dtype != DT_string)
        return SPML_OK;
    size_t units = widest(v), sz;
    uint32_t *row = size_mul(units, 4, &sz) ? calloc(units, 4) : NULL;
    const StringRef *s = v->data;
    for (int64_t i = 0; row && i < rt_count(v); i++) {
        memset(row, 0, sz);
        code_points(s[i].p, s[i].n, row);
        text_add(scratch, (char *)row, sz);
    }
    bool ok = row && !scratch->oom;
    free(row);
    *p = scratch->p;
    *n = scratch->n;
    return ok ? SPML_OK : error_oom(err);
}

SpmlCode npy_write(const ValueList *l, FileWriter *w, Error *err)
{
    Text head = {0}, scratch = {0};
    const void *p;
    size_t n;
    SpmlCode code = npy_header(l->v[0].value, &head, err);
    if (!code)
        code = npy_payload(l->v[0].value, &p, &n, &scratch, err);
    if (!code)
        code = writer_write(w, head.p, head.n, err);
    if (!code && n)
        code = writer_write(w, p, n, err);
    text_free(&head);
    text_free(&scratch);
    return code;
}
