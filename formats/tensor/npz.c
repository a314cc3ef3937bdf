/* SPDX-License-Identifier: MIT
 * formats/tensor: NumPy archives: a zip whose entries are NAME.npy, stored or deflated. The central directory is the truth; local headers are only
 * used to find the data. Written archives are stored, with the time stamp of the zip epoch, so equal tensors give equal bytes. */
#include "formats/tensor/tensor.h"

#include "base/caps.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

typedef struct ZipEntry { const char *name; size_t n_name; unsigned method, flags; uint32_t crc; uint64_t packed, size, local; } ZipEntry;

bool zip_probe(Span head) { return head.size >= 22 && (!memcmp(head.base, "PK\3\4", 4) || !memcmp(head.base, "PK\5\6", 4)); }

static SpmlCode bad(const char *path, uint64_t at, Error *err, const char *what)
{
    error_set(err, SPML_DATA, "zip", "zip: %s", what);
    return error_where(err, path, (int64_t)at);
}

/* The end record: at most 64 KiB of comment follow it. */
static bool find_end(Span s, uint64_t *n, uint64_t *at)
{
    if (s.size < 22)
        return false;
    size_t stop = s.size > 22 + 65535 ? s.size - 22 - 65535 : 0;
    for (size_t i = s.size - 22 + 1; i-- > stop;)
        if (!memcmp(s.base + i, "PK\5\6", 4)) {
            Span e = span_make(s.base + i, s.size - i, i);
            span_take(&e, 10);
            *n = span_u16(&e);
            span_take(&e, 4);
            *at = span_u32(&e);
            if (i < 20 || memcmp(s.base + i - 20, "PK\6\7", 4))
                return true;
            Span l = span_make(s.base + i - 12, 8, 0);
            uint64_t off = span_u64(&l);
            if (off > s.size || s.size - off < 56 || memcmp(s.base + off, "PK\6\6", 4))
                return false;
            Span z = span_make(s.base + off, 56, off);
            span_take(&z, 32);
            *n = span_u64(&z);
            span_take(&z, 8);
            *at = span_u64(&z);
            return true;
        }
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
    if (e->size > CAP_INFLATE && e->size / CAP_INFLATE_RATIO > e->packed)
        return error_set(err, SPML_RESOURCE, "inflate-cap", "zip: an entry would grow from %llu to %llu bytes", (unsigned long long)e->packed, (unsigned long long)e->size);
    if (e->size > UINT32_MAX || e->packed > UINT32_MAX)
        return error_set(err, SPML_UNSUPPORTED, "zip-large", "zip: compressed entries beyond 4 GiB are not supported");
    uint8_t *to = malloc(e->size + 1);
    if (!to)
        return error_oom(err);
    z_stream z = {.next_in = (Bytef *)p, .avail_in = (uInt)e->packed, .next_out = to, .avail_out = (uInt)e->size};
    int rc = inflateInit2(&z, -15) == Z_OK ? inflate(&z, Z_FINISH) : Z_MEM_ERROR;
    bool ok = rc == Z_STREAM_END && z.total_out == e->size;
    inflateEnd(&z);
    if (!ok)
        return free(to), bad(path, e->local, err, "a compressed entry is damaged");
    *out = to;
    return SPML_OK;
}

static SpmlCode entry_data(Span s, const ZipEntry *e, const char *path, Span *out, uint8_t **made, Error *err)
{
    if (e->flags & 1)
        return error_set(err, SPML_UNSUPPORTED, "zip-encrypted", "zip: encrypted entries are not supported");
    if (e->method != 0 && e->method != 8)
        return error_set(err, SPML_UNSUPPORTED, "zip-method", "zip: compression method %u is not supported", e->method);
    Span l = s;
    if (!span_seek(&l, e->local) || span_u32(&l) != 0x04034b50)
        return bad(path, e->local, err, "an entry points at no local header");
    span_take(&l, 22);
    size_t name = span_u16(&l), extra = span_u16(&l);
    span_take(&l, name);
    span_take(&l, extra);
    uint64_t at = span_offset(&l);
    const uint8_t *p = span_take(&l, e->packed);
    if (!p || (e->method == 0 && e->packed != e->size))
        return bad(path, at, err, "an entry ends after the file");
    SpmlCode code = e->method ? inflate_entry(e, p, path, made, err) : SPML_OK;
    if (code)
        return code;
    *out = span_make(*made ? *made : p, e->size, *made ? 0 : at);
    uLong crc = crc32_z(0, out->base, out->size);
    return crc == e->crc ? SPML_OK : bad(path, at, err, "the checksum of an entry is wrong");
}

SpmlCode npz_read(const File *f, const ValueWant *want, ValueList *out, Error *err)
{
    Span s = file_span(f), c = s;
    uint64_t n, at;
    if (!find_end(s, &n, &at) || !span_seek(&c, at))
        return bad(file_path(f), 0, err, "no central directory");
    for (uint64_t i = 0; i < n; i++) {
        ZipEntry e = {0};
        uint64_t here = span_offset(&c);
        if (!next_entry(&c, &e))
            return bad(file_path(f), here, err, "the central directory is damaged");
        Span data;
        uint8_t *made = NULL;
        SpmlCode code = entry_data(s, &e, file_path(f), &data, &made, err);
        size_t cut = e.n_name > 4 && !memcmp(e.name + e.n_name - 4, ".npy", 4) ? 4 : 0;
        if (!code && e.n_name - cut > CAP_NAME)
            code = bad(file_path(f), here, err, "an entry's name is too long");
        if (!code)
            code = npy_read_span(data, file_path(f), e.name, e.n_name - cut, out, err);
        free(made);
        if (code)
            return error_context(err, "entry '%.*s'", e.n_name > 200 ? 200 : (int)e.n_name, e.name), code;
    }
    return SPML_OK;
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
    Text head = {0}, local = {0}, scratch = {0};
    const void *p = NULL;
    size_t n = 0, n_name = strlen(v->name);
    SpmlCode code = npy_header(v->value, &head, err);
    if (!code)
        code = npy_payload(v->value, &p, &n, &scratch, err);
    if (!code && (head.n + n > UINT32_MAX - 65536 || *at + head.n + n > UINT32_MAX - 65536 || n_name + 4 > UINT16_MAX))
        code = error_set(err, SPML_UNSUPPORTED, "zip-large", "npz beyond 4 GiB is not written; use safetensors");
    if (!code) {
        uint32_t crc = (uint32_t)crc32_z(crc32_z(0, (Bytef *)head.p, head.n), p, n);
        uint64_t size = head.n + n;
        put(&local, 0x04034b50, 4);
        put_common(&local, crc, size, n_name + 4);
        put(&local, 0, 2);
        put(central, 0x02014b50, 4);
        put(central, 20, 2);
        put_common(central, crc, size, n_name + 4);
        put(central, 0, 8); /* extra, comment, disk, internal attributes */
        put(central, 0, 4);
        put(central, *at, 4);
        for (int i = 0; i < 2; i++) {
            text_puts(i ? central : &local, v->name);
            text_puts(i ? central : &local, ".npy");
        }
        text_add(&local, head.p, head.n);
        code = local.oom || central->oom ? error_oom(err) : writer_write(w, local.p, local.n, err);
        if (!code && n)
            code = writer_write(w, p, n, err);
        *at += local.n + n;
    }
    text_free(&head);
    text_free(&local);
    text_free(&scratch);
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
