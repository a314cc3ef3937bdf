/* SPDX-License-Identifier: MIT
 * formats/tensor: NumPy archives: a zip whose entries are NAME.npy, stored or deflated. Central directory and local headers must agree. Written
 * archives are stored, with the time stamp of the zip epoch, so equal tensors give equal bytes. */
#include "formats/tensor/tensor.h"

#include "base/caps.h"
#include "base/hash.h"
#include "base/system.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

typedef struct ZipEntry { const char *name; size_t n_name; unsigned method, flags; uint32_t crc; uint64_t packed, size, local, end; const uint8_t *data; } ZipEntry;

bool zip_probe(Span head) { return head.size >= 22 && (!memcmp(head.base, "PK\3\4", 4) || !memcmp(head.base, "PK\5\6", 4)); }

/* Names go into archives so that whoever unpacks them stays where he is: the dots of "." and "..", control bytes and a '%' before two digits are
 * written %XX; reading undoes just these. */
static bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); }

static void name_encode(const char *p, Text *out)
{
    static const char digits[] = "0123456789ABCDEF";
    for (const char *part = p; *p; p++) {
        size_t n = strcspn(part, "/\\");
        bool dots = *p == '.' && n <= 2 && strspn(part, ".") == n;
        if (dots || (unsigned char)*p < 0x20 || *p == 0x7f || (*p == '%' && is_hex(p[1]) && is_hex(p[2])))
            text_add(out, (char[3]){'%', digits[*p >> 4 & 15], digits[*p & 15]}, 3);
        else
            text_add(out, p, 1);
        part = *p == '/' || *p == '\\' ? p + 1 : part;
    }
}

static int hex_value(char c) { return c <= '9' ? c - '0' : c - 'A' + 10; }

static void name_decode(const char *p, size_t n, Text *out)
{
    for (size_t i = 0; i < n; i++) {
        int c = i + 2 < n && p[i] == '%' && is_hex(p[i + 1]) && is_hex(p[i + 2]) ? hex_value(p[i + 1]) * 16 + hex_value(p[i + 2]) : -1;
        bool ours = c == '.' || c == '%' || c == 0x7f || (c > 0 && c < 0x20);
        text_add(out, ours ? &(char){(char)c} : p + i, 1);
        i += ours ? 2 : 0;
    }
}

static SpmlCode bad(const char *path, uint64_t at, Error *err, const char *what)
{
    error_set(err, SPML_DATA, "zip", "zip: %s", what);
    return error_where(err, path, (int64_t)at);
}

/* The central directory: n entries in [at, at + sz). Its end record is the last thing of the file but for a comment of at most 64 KiB. */
typedef struct ZipEnd { uint64_t n, sz, at; } ZipEnd;

static bool end_record(Span s, size_t i, ZipEnd *z)
{
    Span e = span_make(s.base + i, s.size - i, i);
    span_take(&e, 4);
    uint64_t disks = span_u32(&e), here = span_u16(&e);
    *z = (ZipEnd){span_u16(&e), span_u32(&e), span_u32(&e)};
    size_t comment = span_u16(&e), limit = i;
    if (i >= 20 && !memcmp(s.base + i - 20, "PK\6\7", 4)) {
        Span l = span_make(s.base + i - 12, 8, 0);
        uint64_t off = span_u64(&l);
        if (off > s.size || s.size - off < 56 || memcmp(s.base + off, "PK\6\6", 4))
            return false;
        Span w = span_make(s.base + off, 56, off);
        span_take(&w, 16);
        disks = span_u64(&w);
        here = span_u64(&w);
        *z = (ZipEnd){span_u64(&w), span_u64(&w), span_u64(&w)};
        limit = (size_t)off;
    }
    return comment == span_rest(&e) && !disks && here == z->n && z->at <= limit && z->sz <= limit - z->at && z->n <= z->sz / 46;
}

static bool find_end(Span s, ZipEnd *z)
{
    size_t last = s.size < 22 ? 0 : s.size - 22 + 1, stop = last > 65536 ? last - 65536 : 0;
    for (size_t i = last; i-- > stop;)
        if (!memcmp(s.base + i, "PK\5\6", 4) && end_record(s, i, z))
            return true;
    return false;
}

/* zip64 sizes stand in the extra field, in this order, for those that are 0xffffffff. */
static void extra_sizes(Span x, ZipEntry *e)
{
    while (span_rest(&x) >= 4) {
        unsigned id = span_u16(&x);
        Span one = span_sub(&x, span_u16(&x));
        uint64_t *field[] = {&e->size, &e->packed, &e->local};
        for (int i = 0; id == 1 && i < 3; i++)
            if (*field[i] == UINT32_MAX)
                *field[i] = span_u64(&one);
    }
}

static bool next_entry(Span *c, ZipEntry *e)
{
    if (span_u32(c) != 0x02014b50)
        return false;
    span_take(c, 4);
    e->flags = span_u16(c);
    e->method = span_u16(c);
    span_take(c, 4);
    e->crc = span_u32(c);
    e->packed = span_u32(c);
    e->size = span_u32(c);
    e->n_name = span_u16(c);
    unsigned extra = span_u16(c), comment = span_u16(c);
    span_take(c, 8);
    e->local = span_u32(c);
    e->name = (const char *)span_take(c, e->n_name);
    extra_sizes(span_sub(c, extra), e);
    span_take(c, comment);
    return !c->bad;
}

static SpmlCode inflate_entry(const ZipEntry *e, const uint8_t *p, const char *path, uint8_t **out, Error *err)
{
    if (e->size > UINT32_MAX || e->packed > UINT32_MAX)
        return error_set(err, SPML_UNSUPPORTED, "zip-large", "zip: compressed entries beyond 4 GiB are not supported");
    if (e->size / 1032 > e->packed) /* deflate gives at most 1032 bytes for one */
        return bad(path, e->local, err, "a compressed entry is too short for its size");
    uint8_t *to = malloc(e->size + 1);
    if (!to)
        return error_oom(err);
    z_stream z = {.next_in = (Bytef *)p, .avail_in = (uInt)e->packed, .next_out = to, .avail_out = (uInt)e->size};
    int rc = inflateInit2(&z, -15) == Z_OK ? inflate(&z, Z_FINISH) : Z_MEM_ERROR;
    bool ok = rc == Z_STREAM_END && z.total_out == e->size && z.total_in == e->packed;
    inflateEnd(&z);
    if (!ok)
        return free(to), bad(path, e->local, err, "a compressed entry is damaged");
    *out = to;
    return SPML_OK;
}

/* The local header says what the directory says. flag 8: sizes and checksum stand behind the data, and here may be zero. */
static bool local_agrees(Span *l, const ZipEntry *e)
{
    ZipEntry x = {0};
    span_take(l, 2);
    x.flags = span_u16(l);
    x.method = span_u16(l);
    span_take(l, 4);
    x.crc = span_u32(l);
    x.packed = span_u32(l);
    x.size = span_u32(l);
    x.n_name = span_u16(l);
    size_t extra = span_u16(l);
    x.name = (const char *)span_take(l, x.n_name);
    extra_sizes(span_sub(l, extra), &x);
    bool later = x.flags & 8 && !x.crc && !x.packed && !x.size;
    return !l->bad && x.flags == e->flags && x.method == e->method && x.n_name == e->n_name && !memcmp(x.name, e->name, e->n_name)
           && (later || (x.crc == e->crc && x.packed == e->packed && x.size == e->size));
}

/* Where the bytes of e lie: e->data; e->end is behind them. */
static SpmlCode entry_place(Span s, ZipEntry *e, const char *path, uint64_t limit, Error *err)
{
    if (e->flags & 1)
        return error_set(err, SPML_UNSUPPORTED, "zip-encrypted", "zip: encrypted entries are not supported");
    if (e->method != 0 && e->method != 8)
        return error_set(err, SPML_UNSUPPORTED, "zip-method", "zip: compression method %u is not supported", e->method);
    Span l = s;
    const uint8_t *sign = span_seek(&l, e->local) ? span_take(&l, 4) : NULL;
    if (!sign || memcmp(sign, "PK\3\4", 4))
        return bad(path, e->local, err, "an entry points at no local header");
    if (!local_agrees(&l, e))
        return bad(path, e->local, err, "an entry's local header contradicts the directory");
    uint64_t at = span_offset(&l);
    e->data = span_take(&l, e->packed);
    e->end = span_offset(&l);
    if (!e->data || e->end > limit || (e->method == 0 && e->packed != e->size))
        return bad(path, at, err, "an entry ends after the file");
    return SPML_OK;
}

/* A name is only a name here, but others unpack archives. */
static bool name_is_safe(const char *p, size_t n)
{
    for (size_t from = 0, i = 0; i <= n; i++)
        if (i == n || p[i] == '/' || p[i] == '\\') {
            if (i - from == 2 && p[from] == '.' && p[from + 1] == '.')
                return false;
            from = i + 1;
        }
    return n <= CAP_NAME && !memchr(p, 0, n);
}

static int by_place(const void *a, const void *b)
{
    const ZipEntry *x = a, *y = b;
    return x->local < y->local ? -1 : x->local > y->local;
}

/* One view of the archive: names are there once, local headers agree, no two entries share bytes, and all together are no bomb. */
static SpmlCode check_entries(Span s, ZipEntry *v, size_t n, const char *path, uint64_t limit, Error *err)
{
    Arena a = {0};
    Map names = map_make(&a);
    uint64_t total = 0;
    SpmlCode code = SPML_OK;
    for (size_t i = 0; !code && i < n; i++) {
        ZipEntry *e = &v[i];
        if (!name_is_safe(e->name, e->n_name))
            code = error_set(err, SPML_DATA, "zip-name", "zip: an entry's name leads elsewhere"), error_where(err, path, (int64_t)e->local);
        else if (map_find(&names, e->name, e->n_name))
            code = error_set(err, SPML_DATA, "duplicate", "zip: two entries of one name"), error_where(err, path, (int64_t)e->local);
        else if (!map_put(&names, e->name, e->n_name, e))
            code = error_oom(err);
        else
            code = entry_place(s, e, path, limit, err);
        if (!code && (__builtin_add_overflow(total, e->size, &total) || (total > CAP_INFLATE && total / CAP_INFLATE_RATIO > s.size) || total > system_memory_cap()))
            code = error_set(err, SPML_RESOURCE, "inflate-cap", "zip: %llu bytes would grow to %llu or more", (unsigned long long)s.size, (unsigned long long)total);
        if (code)
            error_context(err, "entry '%.*s'", e->n_name > 200 ? 200 : (int)e->n_name, e->name);
    }
    arena_free(&a);
    ZipEntry *sorted = code ? NULL : malloc((n + 1) * sizeof *v);
    if (!code && !sorted)
        return error_oom(err);
    if (!code && n) {
        memcpy(sorted, v, n * sizeof *v);
        qsort(sorted, n, sizeof *v, by_place);
    }
    for (size_t i = 1; !code && i < n; i++)
        if (sorted[i - 1].end > sorted[i].local)
            code = bad(path, sorted[i].local, err, "two entries share bytes");
    free(sorted);
    return code;
}

static SpmlCode read_entry(const ZipEntry *e, const char *path, ValueList *out, Error *err)
{
    uint8_t *made = NULL;
    Text name = {0};
    SpmlCode code = e->method ? inflate_entry(e, e->data, path, &made, err) : SPML_OK;
    const uint8_t *p = made ? made : e->data;
    if (!code && crc32_z(0, p, e->size) != e->crc)
        code = bad(path, e->local, err, "the checksum of an entry is wrong");
    size_t cut = e->n_name >= 4 && !memcmp(e->name + e->n_name - 4, ".npy", 4) ? 4 : 0;
    name_decode(e->name, e->n_name - cut, &name);
    if (!code && name.oom)
        code = error_oom(err);
    if (!code)
        code = npy_read_span(span_make(p, e->size, made ? 0 : e->end - e->packed), path, name.p ? name.p : "", name.n, out, err);
    text_free(&name);
    free(made);
    return code ? error_context(err, "entry '%.*s'", e->n_name > 200 ? 200 : (int)e->n_name, e->name), code : SPML_OK;
}

SpmlCode npz_read(const File *f, const ValueWant *want, ValueList *out, Error *err)
{
    Span s = file_span(f), c = s;
    ZipEnd z;
    if (!find_end(s, &z) || !span_seek(&c, z.at))
        return bad(file_path(f), 0, err, "no central directory");
    ZipEntry *v = calloc((size_t)z.n + 1, sizeof *v);
    SpmlCode code = v ? SPML_OK : error_oom(err);
    for (uint64_t i = 0; !code && i < z.n; i++)
        if (!next_entry(&c, &v[i]) || span_offset(&c) > z.at + z.sz)
            code = bad(file_path(f), z.at, err, "the central directory is damaged");
    if (!code)
        code = check_entries(s, v, (size_t)z.n, file_path(f), z.at, err);
    for (uint64_t i = 0; !code && i < z.n; i++)
        code = read_entry(&v[i], file_path(f), out, err);
    free(v);
    return code;
}

/* ── writing ── */

static void put(Text *t, uint64_t v, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        char c = (char)(v >> (8 * i));
        text_add(t, &c, 1);
    }
}

/* What local header and central directory have in common, after their signatures. */
static void put_common(Text *t, uint32_t crc, uint64_t size, size_t n_name)
{
    put(t, 20, 2);
    put(t, 0x800, 2); /* names are UTF-8 */
    put(t, 0, 2);
    put(t, 0, 2);
    put(t, 0x21, 2); /* 1980-01-01 */
    put(t, crc, 4);
    put(t, size, 4);
    put(t, size, 4);
    put(t, n_name, 2);
}

static SpmlCode write_entry(const NamedValue *v, FileWriter *w, Text *central, uint64_t *at, Error *err)
{
    Text head = {0}, local = {0}, scratch = {0}, name = {0};
    const void *p = NULL;
    name_encode(v->name, &name);
    text_puts(&name, ".npy");
    size_t n = 0, n_name = name.n;
    SpmlCode code = name.oom ? error_oom(err) : npy_header(v->value, &head, err);
    if (!code)
        code = npy_payload(v->value, &p, &n, &scratch, err);
    if (!code && (head.n + n > UINT32_MAX - 65536 || *at + head.n + n > UINT32_MAX - 65536 || n_name > UINT16_MAX))
        code = error_set(err, SPML_UNSUPPORTED, "zip-large", "npz beyond 4 GiB is not written; use safetensors");
    if (!code) {
        uint32_t crc = (uint32_t)crc32_z(crc32_z(0, (Bytef *)head.p, head.n), p, n);
        uint64_t size = head.n + n;
        put(&local, 0x04034b50, 4);
        put_common(&local, crc, size, n_name);
        put(&local, 0, 2);
        put(central, 0x02014b50, 4);
        put(central, 20, 2);
        put_common(central, crc, size, n_name);
        put(central, 0, 8); /* extra, comment, disk, internal attributes */
        put(central, 0, 4);
        put(central, *at, 4);
        text_add(&local, name.p, name.n);
        text_add(central, name.p, name.n);
        text_add(&local, head.p, head.n);
        code = local.oom || central->oom ? error_oom(err) : writer_write(w, local.p, local.n, err);
        if (!code && n)
            code = writer_write(w, p, n, err);
        *at += local.n + n;
    }
    text_free(&head);
    text_free(&local);
    text_free(&scratch);
    text_free(&name);
    return code;
}

SpmlCode npz_write(const ValueList *l, FileWriter *w, Error *err)
{
    Text central = {0};
    uint64_t at = 0;
    SpmlCode code = l->n > UINT16_MAX - 1 ? error_set(err, SPML_UNSUPPORTED, "zip-large", "npz of more than 65534 tensors is not written") : SPML_OK;
    for (size_t i = 0; !code && i < l->n; i++)
        code = write_entry(&l->v[i], w, &central, &at, err);
    size_t sz = central.n;
    put(&central, 0x06054b50, 4);
    put(&central, 0, 4);
    put(&central, l->n, 2);
    put(&central, l->n, 2);
    put(&central, sz, 4);
    put(&central, at, 4);
    put(&central, 0, 2);
    if (!code)
        code = central.oom ? error_oom(err) : writer_write(w, central.p, central.n, err);
    text_free(&central);
    return code;
}
