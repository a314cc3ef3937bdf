/* SPDX-License-Identifier: MIT
 * tests/fuzz: a mutator that knows protobuf's wire form: it walks down a random path of submessages, changes, drops, repeats or swaps one field
 * there, and writes the lengths of all enclosing messages anew, so that changes deep inside still parse. */
#ifndef SPML_TESTS_FUZZ_ONNX_MUTATOR_H
#define SPML_TESTS_FUZZ_ONNX_MUTATOR_H

#include "formats/wire/protobuf.h"
#include "fuzz.h"

enum { MUTATE_DEPTH = 12, MUTATE_ROOM = 1 << 16 };
typedef struct Out { uint8_t *p; size_t n, cap; bool full; } Out;
typedef struct Piece { size_t at, n; uint64_t tag; size_t payload, n_payload; } Piece; /* whole field; its payload without the length */

static void out_put(Out *o, const uint8_t *p, size_t n)
{
    if (n > o->cap - o->n) {
        o->full = true;
        return;
    }
    memmove(o->p + o->n, p, n);
    o->n += n;
}

static void out_varint(Out *o, uint64_t v)
{
    uint8_t b[10];
    size_t n = 0;
    for (; v > 0x7f; v >>= 7)
        b[n++] = (uint8_t)(v | 0x80);
    b[n++] = (uint8_t)v;
    out_put(o, b, n);
}

static bool next_piece(Span *s, Piece *f)
{
    uint64_t len;
    f->at = s->pos;
    if (!pb_varint(s, &f->tag) || !(f->tag >> 3))
        return false;
    f->payload = s->pos;
    switch (f->tag & 7) {
    case PB_WIRE_VARINT: if (!pb_varint(s, &len)) return false; break;
    case PB_WIRE_64: span_take(s, 8); break;
    case PB_WIRE_32: span_take(s, 4); break;
    case PB_WIRE_LEN:
        if (!pb_varint(s, &len) || len > span_rest(s))
            return false;
        f->payload = s->pos;
        span_take(s, (size_t)len);
        break;
    default: return false;
    }
    f->n = s->pos - f->at;
    f->n_payload = s->pos - f->payload;
    return !s->bad;
}

static size_t count_pieces(const uint8_t *p, size_t n)
{
    Span s = span_make(p, n, 0);
    Piece f;
    size_t count = 0;
    while (span_rest(&s)) {
        if (!next_piece(&s, &f))
            return 0;
        count++;
    }
    return count;
}

static void mutate_leaf(const uint8_t *p, const Piece *f, Out *o, uint32_t *rng)
{
    static const int64_t numbers[] = {0, 1, 2, -1, 3, 7, 8, 16, 127, 255, 65535, INT32_MAX, INT64_MAX, INT64_MIN, (int64_t)1 << 32, (int64_t)1 << 48};
    uint8_t room[4096];
    size_t n = f->n_payload < sizeof room / 2 ? f->n_payload : sizeof room / 2;
    out_varint(o, f->tag);
    if ((f->tag & 7) == PB_WIRE_VARINT) {
        out_varint(o, (uint64_t)numbers[fuzz_next(rng) % 16]);
        return;
    }
    memcpy(room, p + f->payload, n);
    if ((f->tag & 7) == PB_WIRE_LEN) {
        n = LLVMFuzzerMutate(room, n, sizeof room);
        out_varint(o, n);
    } else {
        LLVMFuzzerMutate(room, n, n);
    }
    out_put(o, room, n);
}

static void mutate_message(const uint8_t *p, size_t n, Out *o, uint32_t *rng, int depth);

static void mutate_piece(const uint8_t *p, const Piece *f, const Piece *other, Out *o, uint32_t *rng, int depth)
{
    bool message = (f->tag & 7) == PB_WIRE_LEN && f->n_payload && count_pieces(p + f->payload, f->n_payload);
    if (message && depth < MUTATE_DEPTH && fuzz_next(rng) % 8) {
        uint8_t *room = malloc(MUTATE_ROOM);
        Out sub = {room, 0, room ? MUTATE_ROOM : 0, false};
        mutate_message(p + f->payload, f->n_payload, &sub, rng, depth + 1);
        out_varint(o, f->tag);
        out_varint(o, sub.n);
        out_put(o, sub.p, sub.n);
        free(room);
        return;
    }
    switch (fuzz_next(rng) % 8) {
    case 0: return;                                                          /* dropped */
    case 1: out_put(o, p + f->at, f->n); out_put(o, p + f->at, f->n); return; /* twice */
    case 2: out_put(o, p + other->at, other->n); return;                     /* another field's */
    case 3: out_varint(o, (f->tag & 7) | (uint64_t)(fuzz_next(rng) % 26 + 1) << 3); /* another number */
            if ((f->tag & 7) == PB_WIRE_LEN)
                out_varint(o, f->n_payload);
            out_put(o, p + f->payload, f->n_payload);
            return;
    default: mutate_leaf(p, f, o, rng);
    }
}

static void mutate_message(const uint8_t *p, size_t n, Out *o, uint32_t *rng, int depth)
{
    size_t count = count_pieces(p, n);
    Span s = span_make(p, n, 0);
    Piece f, other = {0};
    if (!count) {
        out_put(o, p, n);
        return;
    }
    size_t pick = fuzz_next(rng) % count, second = fuzz_next(rng) % count;
    for (size_t i = 0; next_piece(&s, &f) && i < second; i++)
        ;
    other = f;
    s = span_make(p, n, 0);
    for (size_t i = 0; i < count && next_piece(&s, &f); i++) {
        if (i == pick)
            mutate_piece(p, &f, &other, o, rng, depth);
        else
            out_put(o, p + f.at, f.n);
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t cap, unsigned seed)
{
    uint32_t rng = seed | 1;
    if (fuzz_next(&rng) % 8 == 0 || !count_pieces(data, n))
        return LLVMFuzzerMutate(data, n, cap);
    uint8_t *room = malloc(cap + 1);
    if (!room)
        return n;
    Out o = {room, 0, cap, false};
    mutate_message(data, n, &o, &rng, 0);
    if (o.n && !o.full)
        memcpy(data, room, n = o.n);
    free(room);
    return n;
}

#endif
