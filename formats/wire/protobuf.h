/* SPDX-License-Identifier: MIT
 * formats/wire: protobuf messages, decoded by tables into plain structs. Takes bytes of a mapped file; strings, bytes and submessages stay views
 * {p, n} into it, lists are counted before they are allocated, so memory is bounded by the bytes that are there. Nothing recurses here: a
 * submessage is decoded by another pb_read whose depth the caller counts (PB_MAX_DEPTH). Unknown fields are skipped, groups refused. */
#ifndef SPML_FORMATS_WIRE_PROTOBUF_H
#define SPML_FORMATS_WIRE_PROTOBUF_H

#include "base/arena.h"
#include "base/error.h"
#include "base/span.h"

enum { PB_MAX_DEPTH = 64, PB_MAX_STRING = 1 << 20 };
enum { PB_WIRE_VARINT = 0, PB_WIRE_64 = 1, PB_WIRE_LEN = 2, PB_WIRE_32 = 5 };

typedef struct Pb { /* one file being read */
    const uint8_t *base;  /* first byte, for offsets in messages */
    const char *path;
    Arena *arena;
    Error *err;
} Pb;

typedef struct PbBytes { const uint8_t *p; size_t n; } PbBytes; /* p == NULL: absent */
typedef struct PbList { PbBytes *v; size_t n; } PbList;
typedef struct PbInts { int64_t *v; size_t n; } PbInts;
typedef struct PbFloats { float *v; size_t n; } PbFloats;

/* Type of the struct field that a row fills:
 * INT int64_t · FLOAT float · STR PbBytes of at most 1 MiB · BYTES PbBytes · MSG PbBytes, at most once · STRS, MSGS PbList
 * INTS PbInts (packed or not) · FLOATS PbFloats · SEG32, SEG64, SEGV PbList of raw payloads of a numeric list, one per packed field */
typedef enum PbKind { PB_INT, PB_FLOAT, PB_STR, PB_BYTES, PB_MSG, PB_STRS, PB_MSGS, PB_INTS, PB_FLOATS, PB_SEG32, PB_SEG64, PB_SEGV } PbKind;
typedef struct PbRow { uint32_t number; PbKind kind; size_t at; } PbRow;
typedef struct PbMessage { const char *name; const PbRow *rows; int n_rows; } PbMessage;

/* Decodes msg into *out, which is zeroed by the caller. depth: how many messages enclose this one. */
SpmlCode pb_read(const Pb *pb, PbBytes msg, int depth, const PbMessage *m, void *out);
/* Fails at the byte that p points to. */
SpmlCode pb_fail(const Pb *pb, const void *p, const char *key, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
bool pb_varint(Span *s, uint64_t *out); /* false: cut short or longer than 64 bits */
/* Number of varints in n bytes, or -1 if the last one is cut. */
int64_t pb_varint_count(PbBytes b);
/* ── writing (protobuf_write.c) ── a message under construction: a chain of pieces in an arena. Large payloads stay where they are and must outlive it. `bad`
 * is sticky: memory ran out. A submessage is finished first, as its length goes in front; its pieces then move into its parent. */
typedef struct PbPiece { struct PbPiece *next; uint8_t *own; const void *p; size_t n, cap; } PbPiece; /* own: room of cap bytes; else p is a view */
typedef struct PbOut { Arena *arena; PbPiece *first, *last; size_t n; bool bad; } PbOut;

static inline PbOut pb_out(Arena *a) { return (PbOut){.arena = a}; }
void pb_put_int(PbOut *o, uint32_t field, int64_t v);
void pb_put_float(PbOut *o, uint32_t field, double v); /* as f32 */
void pb_put_bytes(PbOut *o, uint32_t field, const void *p, size_t n); /* from 256 bytes on a view */
static inline void pb_put_text(PbOut *o, uint32_t field, const char *s) { pb_put_bytes(o, field, s, strlen(s)); }
void pb_put_msg(PbOut *o, uint32_t field, PbOut *sub); /* sub is empty afterwards */
void pb_put_ints(PbOut *o, uint32_t field, const int64_t *v, size_t n);    /* packed; nothing where n is 0 */
void pb_put_floats(PbOut *o, uint32_t field, const double *v, size_t n);   /* packed, as f32 */
void pb_add(PbOut *o, PbOut *more); /* the fields of more behind those of o; more is empty afterwards */

static inline Span pb_span(const Pb *pb, PbBytes b) { return span_make(b.p, b.n, (uint64_t)(b.p - pb->base)); }
static inline bool pb_is(PbBytes b, const char *text) { return b.p && strlen(text) == b.n && !memcmp(b.p, text, b.n); }

#endif
