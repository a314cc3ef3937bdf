/* SPDX-License-Identifier: MIT
 * formats/wire: the table-driven protobuf decoder; see protobuf.h. A message is walked twice: once to count what repeats, once to fill. */
#include "formats/wire/protobuf.h"

#include <stdarg.h>
#include <stdio.h>

typedef struct Field {
    uint32_t number;
    uint8_t wire;
    uint64_t v;         /* varint, 64-bit and 32-bit value */
    PbBytes bytes;      /* payload; for LEN without the length */
    const uint8_t *at;  /* the tag */
} Field;

SpmlCode pb_fail(const Pb *pb, const void *p, const char *key, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    error_set(pb->err, SPML_DATA, key, "%s", text);
    error_where(pb->err, pb->path, (const uint8_t *)p - pb->base);
    return SPML_DATA;
}

bool pb_varint(Span *s, uint64_t *out)
{
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t b = span_u8(s);
        if (s->bad || (shift == 63 && b > 1))
            return false;
        v |= (uint64_t)(b & 0x7f) << shift;
        if (!(b & 0x80))
            return *out = v, true;
    }
    return false;
}

int64_t pb_varint_count(PbBytes b)
{
    int64_t n = 0;
    for (size_t i = 0; i < b.n; i++)
        n += !(b.p[i] & 0x80);
    return b.n && (b.p[b.n - 1] & 0x80) ? -1 : n;
}

static bool field_payload(Span *s, Field *f)
{
    const uint8_t *from = s->base + s->pos;
    switch (f->wire) {
    case PB_WIRE_VARINT:
        if (!pb_varint(s, &f->v))
            return false;
        f->bytes = (PbBytes){from, (size_t)(s->base + s->pos - from)};
        return true;
    case PB_WIRE_64:
    case PB_WIRE_32:
        f->bytes = (PbBytes){from, f->wire == PB_WIRE_64 ? 8 : 4};
        f->v = span_le(s, (unsigned)f->bytes.n);
        return !s->bad;
    default:
        if (!pb_varint(s, &f->v) || f->v > span_rest(s))
            return false;
        f->bytes.n = (size_t)f->v;
        f->bytes.p = span_take(s, f->bytes.n);
        return f->bytes.p != NULL;
    }
}

/* 1: a field, 0: end, -1: failed */
static int field_next(const Pb *pb, Span *s, const PbMessage *m, Field *f)
{
    uint64_t tag;
    if (!span_rest(s))
        return 0;
    f->at = s->base + s->pos;
    if (!pb_varint(s, &tag) || tag >> 3 == 0 || tag >> 3 > 0x1fffffff) {
        pb_fail(pb, f->at, "protobuf-tag", "%s: no valid field tag", m->name);
        return -1;
    }
    f->number = (uint32_t)(tag >> 3);
    f->wire = tag & 7;
    if (f->wire != PB_WIRE_VARINT && f->wire != PB_WIRE_64 && f->wire != PB_WIRE_LEN && f->wire != PB_WIRE_32) {
        pb_fail(pb, f->at, "protobuf-wire-type", "%s: field %u has wire type %u", m->name, f->number, f->wire);
        return -1;
    }
    if (!field_payload(s, f)) {
        if (f->wire == PB_WIRE_LEN && f->v)
            pb_fail(pb, f->at, "file-truncated", "%s: field %u of %llu bytes reaches past its message", m->name, f->number, (unsigned long long)f->v);
        else
            pb_fail(pb, f->at, "file-truncated", "%s: field %u is cut short", m->name, f->number);
        return -1;
    }
    return 1;
}

/* The wire type of one element, and whether a LEN field may hold many of them. */
static const struct { uint8_t wire; bool packed, list; size_t item; } kinds[] = {
    [PB_INT] = {PB_WIRE_VARINT}, [PB_FLOAT] = {PB_WIRE_32}, [PB_STR] = {PB_WIRE_LEN}, [PB_BYTES] = {PB_WIRE_LEN}, [PB_MSG] = {PB_WIRE_LEN},
    [PB_STRS] = {PB_WIRE_LEN, false, true, sizeof(PbBytes)}, [PB_MSGS] = {PB_WIRE_LEN, false, true, sizeof(PbBytes)},
    [PB_INTS] = {PB_WIRE_VARINT, true, true, sizeof(int64_t)}, [PB_FLOATS] = {PB_WIRE_32, true, true, sizeof(float)},
    [PB_SEG32] = {PB_WIRE_32, true, true, sizeof(PbBytes)}, [PB_SEG64] = {PB_WIRE_64, true, true, sizeof(PbBytes)},
    [PB_SEGV] = {PB_WIRE_VARINT, true, true, sizeof(PbBytes)},
};

static const PbRow *row_find(const PbMessage *m, uint32_t number)
{
    for (int i = 0; i < m->n_rows; i++)
        if (m->rows[i].number == number)
            return &m->rows[i];
    return NULL;
}

static SpmlCode field_check(const Pb *pb, const PbMessage *m, const PbRow *r, const Field *f)
{
    if (f->wire != kinds[r->kind].wire && !(kinds[r->kind].packed && f->wire == PB_WIRE_LEN))
        return pb_fail(pb, f->at, "protobuf-wire-type", "%s: field %u has wire type %u, expected %u", m->name, f->number, f->wire, kinds[r->kind].wire);
    if ((r->kind == PB_STR || r->kind == PB_STRS) && f->bytes.n > PB_MAX_STRING)
        return pb_fail(pb, f->at, "string-too-long", "%s: field %u is a string of %zu bytes; the cap is %d", m->name, f->number, f->bytes.n, PB_MAX_STRING);
    bool fixed = r->kind == PB_FLOATS || r->kind == PB_SEG32 || r->kind == PB_SEG64;
    if (fixed && f->wire == PB_WIRE_LEN && f->bytes.n % (r->kind == PB_SEG64 ? 8 : 4))
        return pb_fail(pb, f->at, "protobuf-packed", "%s: field %u: %zu bytes are not whole elements", m->name, f->number, f->bytes.n);
    if ((r->kind == PB_INTS || r->kind == PB_SEGV) && pb_varint_count(f->bytes) < 0)
        return pb_fail(pb, f->at, "protobuf-packed", "%s: field %u: the last element is cut short", m->name, f->number);
    return SPML_OK;
}

static size_t field_items(const PbRow *r, const Field *f)
{
    if (r->kind == PB_INTS)
        return (size_t)pb_varint_count(f->bytes);
    return r->kind == PB_FLOATS ? f->bytes.n / 4 : 1;
}

/* All list structs are {pointer, count}; the count is raised to `n` here and used as the cursor of the second walk. */
typedef struct AnyList { void *v; size_t n; } AnyList;

static SpmlCode count_lists(const Pb *pb, PbBytes msg, const PbMessage *m, char *out)
{
    Span s = pb_span(pb, msg);
    Field f;
    int got;
    while ((got = field_next(pb, &s, m, &f)) > 0) {
        const PbRow *r = row_find(m, f.number);
        if (!r)
            continue;
        SpmlCode c = field_check(pb, m, r, &f);
        if (c)
            return c;
        if (kinds[r->kind].list)
            ((AnyList *)(void *)(out + r->at))->n += field_items(r, &f);
    }
    return got < 0 ? SPML_DATA : SPML_OK;
}

static SpmlCode alloc_lists(const Pb *pb, const PbMessage *m, char *out)
{
    for (int i = 0; i < m->n_rows; i++) {
        AnyList *list = (AnyList *)(void *)(out + m->rows[i].at);
        if (!kinds[m->rows[i].kind].list || !list->n)
            continue;
        if (!(list->v = arena_array_(pb->arena, list->n, kinds[m->rows[i].kind].item, 8)))
            return error_oom(pb->err);
        list->n = 0;
    }
    return SPML_OK;
}

static SpmlCode fill_ints(const Pb *pb, const PbMessage *m, const Field *f, PbInts *list)
{
    Span s = pb_span(pb, f->bytes);
    uint64_t v;
    while (span_rest(&s)) {
        if (!pb_varint(&s, &v))
            return pb_fail(pb, f->at, "protobuf-varint", "%s: field %u holds a varint of more than 64 bits", m->name, f->number);
        list->v[list->n++] = (int64_t)v;
    }
    return SPML_OK;
}

static SpmlCode fill_field(const Pb *pb, const PbMessage *m, const PbRow *r, const Field *f, char *out)
{
    void *at = out + r->at;
    uint64_t *seen = (uint64_t *)(void *)out, bit = UINT64_C(1) << (r - m->rows);
    uint32_t bits = (uint32_t)f->v;
    if (r->kind == PB_MSG && (*seen & bit))
        return pb_fail(pb, f->at, "duplicate", "%s: field %u is there twice", m->name, f->number);
    *seen |= bit;
    switch (r->kind) {
    case PB_INT: *(int64_t *)at = (int64_t)f->v; break;
    case PB_FLOAT: memcpy(at, &bits, sizeof bits); break;
    case PB_STR: case PB_BYTES: case PB_MSG: *(PbBytes *)at = f->bytes; break;
    case PB_INTS: return fill_ints(pb, m, f, at);
    case PB_FLOATS:
        if (!f->bytes.n) /* an empty packed list: there may be no array at all */
            break;
        memcpy(((PbFloats *)at)->v + ((PbFloats *)at)->n, f->bytes.p, f->bytes.n);
        ((PbFloats *)at)->n += f->bytes.n / 4;
        break;
    default: ((PbList *)at)->v[((PbList *)at)->n++] = f->bytes;
    }
    return SPML_OK;
}

SpmlCode pb_read(const Pb *pb, PbBytes msg, int depth, const PbMessage *m, void *out)
{
    if (depth > PB_MAX_DEPTH)
        return pb_fail(pb, msg.p, "too-deep", "%s: nested deeper than %d messages", m->name, PB_MAX_DEPTH);
    SpmlCode c = count_lists(pb, msg, m, out);
    if (!c)
        c = alloc_lists(pb, m, out);
    Span s = pb_span(pb, msg);
    Field f;
    while (!c && field_next(pb, &s, m, &f) > 0) {
        const PbRow *r = row_find(m, f.number);
        if (r)
            c = fill_field(pb, m, r, &f, out);
    }
    return c;
}
