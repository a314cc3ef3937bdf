/* SPDX-License-Identifier: MIT
 * formats/wire: protobuf messages, written; see protobuf.h. Takes fields in the order of their numbers and gives a chain of pieces, so that weights of any
 * size go from their mapped file to the new one without a copy. Equal calls give equal bytes. */
#include "formats/wire/protobuf.h"

#include "base/dtype.h"

enum { SZ_PIECE = 128, SZ_VIEW = 256 };

static void add_piece(PbOut *o, PbPiece piece)
{
    PbPiece *p = arena_new(o->arena, PbPiece);
    if (!p) {
        o->bad = true;
        return;
    }
    *p = piece;
    *(o->last ? &o->last->next : &o->first) = p;
    o->last = p;
}

static void add_bytes(PbOut *o, const void *from, size_t n)
{
    if (o->bad || !n)
        return;
    if (!o->last || o->last->cap - o->last->n < n) {
        size_t cap = n > SZ_PIECE ? n : SZ_PIECE;
        uint8_t *own = arena_alloc(o->arena, cap, 1);
        if (!own) {
            o->bad = true;
            return;
        }
        add_piece(o, (PbPiece){.own = own, .p = own, .cap = cap});
    }
    if (o->bad || !size_add(o->n, n, &o->n)) {
        o->bad = true;
        return;
    }
    memcpy(o->last->own + o->last->n, from, n);
    o->last->n += n;
}

static void add_varint(PbOut *o, uint64_t v)
{
    uint8_t b[10];
    size_t n = 0;
    for (; v >= 0x80; v >>= 7)
        b[n++] = (uint8_t)(v | 0x80);
    b[n++] = (uint8_t)v;
    add_bytes(o, b, n);
}

static void add_tag(PbOut *o, uint32_t field, unsigned wire) { add_varint(o, (uint64_t)field << 3 | wire); }

static void add_f32(PbOut *o, double v)
{
    uint32_t bits;
    dtype_set_f64(DT_f32, &bits, 0, v);
    uint8_t b[4] = {(uint8_t)bits, (uint8_t)(bits >> 8), (uint8_t)(bits >> 16), (uint8_t)(bits >> 24)};
    add_bytes(o, b, sizeof b);
}

void pb_put_int(PbOut *o, uint32_t field, int64_t v)
{
    add_tag(o, field, PB_WIRE_VARINT);
    add_varint(o, (uint64_t)v);
}

void pb_put_float(PbOut *o, uint32_t field, double v)
{
    add_tag(o, field, PB_WIRE_32);
    add_f32(o, v);
}

void pb_put_bytes(PbOut *o, uint32_t field, const void *p, size_t n)
{
    add_tag(o, field, PB_WIRE_LEN);
    add_varint(o, n);
    if (n < SZ_VIEW) {
        add_bytes(o, p, n);
        return;
    }
    if (!o->bad)
        add_piece(o, (PbPiece){.p = p, .n = n, .cap = n});
    if (!size_add(o->n, n, &o->n))
        o->bad = true;
}

void pb_add(PbOut *o, PbOut *more)
{
    if (more->bad || !size_add(o->n, more->n, &o->n))
        o->bad = true;
    if (more->first) {
        *(o->last ? &o->last->next : &o->first) = more->first;
        o->last = more->last;
    }
    *more = pb_out(more->arena);
}

void pb_put_msg(PbOut *o, uint32_t field, PbOut *sub)
{
    add_tag(o, field, PB_WIRE_LEN);
    add_varint(o, sub->n);
    pb_add(o, sub);
}

void pb_put_ints(PbOut *o, uint32_t field, const int64_t *v, size_t n)
{
    PbOut list = pb_out(o->arena);
    for (size_t i = 0; i < n; i++)
        add_varint(&list, (uint64_t)v[i]);
    if (n)
        pb_put_msg(o, field, &list);
}

void pb_put_floats(PbOut *o, uint32_t field, const double *v, size_t n)
{
    PbOut list = pb_out(o->arena);
    for (size_t i = 0; i < n; i++)
        add_f32(&list, v[i]);
    if (n)
        pb_put_msg(o, field, &list);
}
