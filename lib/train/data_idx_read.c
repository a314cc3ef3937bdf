/* SPDX-License-Identifier: MIT
 * train: the idx files of MNIST and its kin: two zero bytes, a type, the rank, big-endian extents, the elements; as they are or packed by gzip. Of a
 * packed file the header is unpacked first, so that no more memory is taken than it asks for and than the packed bytes can hold. */
#include "train/data_internal.h"

#include "base/caps.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { MOST_RANK = 8, HEAD = 4 + 4 * MOST_RANK, RATIO = 1032 /* of deflate, at best */ };

static DType type_of(uint8_t code)
{
    static const struct { uint8_t code; DType type; } types[] = {{8, DT_u8}, {9, DT_i8}, {11, DT_i16}, {12, DT_i32}, {13, DT_f32}, {14, DT_f64}};
    for (int i = 0; i < 6; i++)
        if (types[i].code == code)
            return types[i].type;
    return DT_none;
}

static bool is_gzip(Span s) { return s.size > 2 && s.base[0] == 0x1f && s.base[1] == 0x8b; }

static bool is_magic(const uint8_t *p, size_t n) { return n >= 8 && !p[0] && !p[1] && type_of(p[2]) && p[3] >= 1 && p[3] <= MOST_RANK; }

/* Up to cap bytes out of a gzip stream. *got: how many there were; *more: the stream goes on. false: what came before is broken. */
static bool unpack(Span s, uint8_t *to, size_t cap, size_t *got, bool *more)
{
    z_stream z = {0};
    size_t in = 0, out = 0;
    int rc = inflateInit2(&z, 15 + 16);
    if (rc != Z_OK)
        return false;
    while (rc == Z_OK && out < cap) {
        size_t give = s.size - in < 1u << 30 ? s.size - in : 1u << 30, room = cap - out < 1u << 30 ? cap - out : 1u << 30;
        z.next_in = (Bytef *)(uintptr_t)(s.base + in);
        z.avail_in = (uInt)give;
        z.next_out = to + out;
        z.avail_out = (uInt)room;
        rc = inflate(&z, Z_NO_FLUSH);
        in += give - z.avail_in;
        out += room - z.avail_out;
    }
    inflateEnd(&z);
    *got = out;
    *more = rc == Z_OK; /* room ran out first; Z_BUF_ERROR: the bytes did */
    return rc == Z_OK || rc == Z_STREAM_END || rc == Z_BUF_ERROR;
}

bool idx_probe(Span s)
{
    uint8_t head[8];
    size_t n = s.size < 8 ? s.size : 8;
    bool more;
    if (!is_gzip(s))
        return is_magic(s.base, n);
    return unpack(span_make(s.base, s.size < 4096 ? s.size : 4096, 0), head, 8, &n, &more) && is_magic(head, n);
}

static SpmlCode read_head(Span *s, const char *path, IdxArray *a, size_t *sz, Error *err)
{
    const uint8_t *p = span_take(s, 4);
    int64_t count = 1;
    if (!p || p[0] || p[1] || !type_of(p[2]) || p[3] < 1 || p[3] > MOST_RANK)
        return data_fail(err, path, 0, "idx-header", "idx: the file does not begin with 0, 0, a type and a rank of 1 to %d", MOST_RANK);
    a->dtype = type_of(p[2]);
    a->rank = p[3];
    for (int i = 0; i < a->rank; i++) {
        const uint8_t *q = span_take(s, 4);
        if (!q)
            return data_fail(err, path, (int64_t)span_offset(s), "file-truncated", "idx: the header ends after %d of %d extents", i, a->rank);
        a->dim[i] = (int64_t)((uint64_t)q[0] << 24 | (uint64_t)q[1] << 16 | (uint64_t)q[2] << 8 | q[3]);
        if (!i64_mul(count, a->dim[i], &count) || (uint64_t)count > CAP_ELEMENTS)
            return data_fail(err, path, 4, "idx-header", "idx: the extents are too large");
    }
    return dtype_bytes(a->dtype, (uint64_t)count, sz) ? SPML_OK : data_fail(err, path, 4, "idx-header", "idx: the extents are too large");
}

static SpmlCode wrong_size(const char *path, uint64_t at, size_t has, size_t wants, Error *err)
{
    if (has < wants)
        return data_fail(err, path, (int64_t)at, "file-truncated", "idx: %zu bytes of elements, the extents ask for %zu", has, wants);
    return data_fail(err, path, (int64_t)(at + wants), "idx-size", "idx: there are more bytes than the %zu that the extents ask for", wants);
}

static SpmlCode read_packed(Span s, const char *path, IdxArray *a, Error *err)
{
    uint8_t head[HEAD];
    size_t got, sz, total;
    bool more;
    if (!unpack(s, head, HEAD, &got, &more) || !got)
        return data_fail(err, path, 0, "gzip", "the gzip stream is broken");
    Span h = span_make(head, got, 0);
    SpmlCode code = read_head(&h, path, a, &sz, err);
    if (code)
        return code;
    if (!size_add(h.pos, sz, &total) || total / RATIO > s.size)
        return data_fail(err, path, 4, "file-truncated", "idx: the extents ask for %zu bytes, more than %zu packed ones can hold", sz, s.size);
    a->own = malloc(total + 1);
    if (!a->own)
        return error_oom(err);
    if (!unpack(s, a->own, total + 1, &got, &more))
        return data_fail(err, path, -1, "gzip", "the gzip stream is broken after %zu unpacked bytes", got);
    if (got != total)
        return wrong_size(path, h.pos, got - h.pos, sz, err);
    a->p = a->own + h.pos;
    return SPML_OK;
}

SpmlCode idx_read(Span s, const char *path, IdxArray *out, Error *err)
{
    *out = (IdxArray){0};
    if (is_gzip(s)) {
        SpmlCode code = read_packed(s, path, out, err);
        if (code) {
            free(out->own);
            out->own = NULL;
        }
        return code;
    }
    size_t sz;
    SpmlCode code = read_head(&s, path, out, &sz, err);
    if (code)
        return code;
    if (span_rest(&s) != sz)
        return wrong_size(path, span_offset(&s), span_rest(&s), sz, err);
    out->p = span_take(&s, sz);
    return SPML_OK;
}

double idx_get(const IdxArray *a, uint64_t i)
{
    size_t width = dtype_info[a->dtype].bytes;
    const uint8_t *p = a->p + (size_t)i * width;
    uint8_t swapped[8];
    for (size_t k = 0; k < width; k++)
        swapped[k] = p[width - 1 - k];
    return dtype_get_f64(a->dtype, swapped, 0);
}
