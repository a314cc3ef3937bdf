/* SPDX-License-Identifier: MIT
 * base: checked size arithmetic, and Span, the only way a format reader touches file bytes.
 * A Span is a window with a cursor. Every read is checked; the first read outside sets `bad` (sticky),
 * after which reads give 0 / NULL and the cursor stays. */
#ifndef SPML_BASE_SPAN_H
#define SPML_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* false on overflow; *r is then unspecified. */
static inline bool size_add(size_t a, size_t b, size_t *r) { return !__builtin_add_overflow(a, b, r); }
static inline bool size_mul(size_t a, size_t b, size_t *r) { return !__builtin_mul_overflow(a, b, r); }
static inline bool size_align(size_t a, size_t align, size_t *r) /* align: power of two */
{
    return size_add(a, align - 1, r) && (*r &= ~(align - 1), true);
}
static inline bool i64_add(int64_t a, int64_t b, int64_t *r) { return !__builtin_add_overflow(a, b, r); }
static inline bool i64_sub(int64_t a, int64_t b, int64_t *r) { return !__builtin_sub_overflow(a, b, r); }
static inline bool i64_mul(int64_t a, int64_t b, int64_t *r) { return !__builtin_mul_overflow(a, b, r); }
static inline int64_t i64_gcd(int64_t a, int64_t b) /* a, b > 0 */
{
    while (b) {
        int64_t r = a % b;
        a = b;
        b = r;
    }
    return a;
}

typedef struct Span {
    const uint8_t *base; /* first byte of the window */
    size_t size, pos;    /* bytes in the window; cursor */
    uint64_t origin;     /* offset of base in the file, for messages */
    bool bad;
} Span;

static inline Span span_make(const void *p, size_t n, uint64_t origin) { return (Span){p, n, 0, origin, false}; }
static inline size_t span_rest(const Span *s) { return s->bad ? 0 : s->size - s->pos; }
static inline uint64_t span_offset(const Span *s) { return s->origin + s->pos; } /* of the cursor in the file */
/* n bytes at the cursor, which moves past them; NULL and bad if fewer remain. */
static inline const uint8_t *span_take(Span *s, size_t n)
{
    if (s->bad || n > s->size - s->pos) {
        s->bad = true;
        return NULL;
    }
    const uint8_t *p = s->base + s->pos;
    s->pos += n;
    return p;
}
static inline Span span_sub(Span *s, size_t n) /* a window of the next n bytes */
{
    uint64_t at = span_offset(s);
    const uint8_t *p = span_take(s, n);
    return p ? span_make(p, n, at) : (Span){.bad = true, .origin = at};
}
static inline bool span_seek(Span *s, size_t pos) { return !s->bad && pos <= s->size ? (s->pos = pos, true) : (s->bad = true, false); }
static inline uint64_t span_le(Span *s, unsigned bytes) /* little-endian, 1..8 bytes */
{
    const uint8_t *p = span_take(s, bytes);
    uint64_t v = 0;
    for (unsigned i = 0; p && i < bytes; i++)
        v |= (uint64_t)p[i] << (8 * i);
    return v;
}
static inline uint8_t span_u8(Span *s) { return (uint8_t)span_le(s, 1); }
static inline uint16_t span_u16(Span *s) { return (uint16_t)span_le(s, 2); }
static inline uint32_t span_u32(Span *s) { return (uint32_t)span_le(s, 4); }
static inline uint64_t span_u64(Span *s) { return span_le(s, 8); }

#endif
