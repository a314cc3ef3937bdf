/* SPDX-License-Identifier: MIT
 * train: event files as TensorBoard reads them: TFRecord framing (length, its masked CRC-32C, the record, its masked CRC-32C, little-endian) around protobuf
 * messages Event {1: wall_time double, 2: step varint, 3: file_version, 5: Summary {1: Value {1: tag, 2: simple_value float}}}. */
#include "train/log_internal.h"

#include <string.h>

uint32_t crc32c(const void *p, size_t n)
{
    uint32_t c = ~0u;
    for (const uint8_t *b = p; n--; b++) {
        c ^= *b;
        for (int i = 0; i < 8; i++)
            c = c >> 1 ^ (0x82f63b78u & -(c & 1));
    }
    return ~c;
}

static uint32_t masked(const void *p, size_t n)
{
    uint32_t c = crc32c(p, n);
    return (c >> 15 | c << 17) + 0xa282ead8u;
}

static void put_le(Text *out, uint64_t v, int bytes)
{
    for (int i = 0; i < bytes; i++)
        text_add(out, &(char){(char)(v >> (8 * i))}, 1);
}

static void put_varint(Text *out, uint64_t v)
{
    for (; v >= 128; v >>= 7)
        text_add(out, &(char){(char)(v | 128)}, 1);
    text_add(out, &(char){(char)v}, 1);
}

static void put_bytes(Text *out, int field, const char *p, size_t n)
{
    put_varint(out, (uint64_t)field << 3 | 2);
    put_varint(out, n);
    text_add(out, p, n);
}

static void put_record(Text *out, const Text *record)
{
    size_t at = out->n;
    put_le(out, record->n, 8);
    put_le(out, out->oom ? 0 : masked(out->p + at, 8), 4);
    text_add(out, record->p, record->n);
    put_le(out, masked(record->p, record->n), 4);
}

static void put_wall(Text *out, double wall)
{
    uint64_t bits;
    memcpy(&bits, &wall, sizeof bits);
    put_varint(out, 1 << 3 | 1);
    put_le(out, bits, 8);
}

void event_version(double wall, Text *out)
{
    static const char version[] = "brain.Event:2";
    Text e = {0};
    put_wall(&e, wall);
    put_bytes(&e, 3, version, sizeof version - 1);
    if (!e.oom)
        put_record(out, &e);
    out->oom = out->oom || e.oom;
    text_free(&e);
}

void event_scalar(const char *tag, float v, int64_t step, double wall, Text *out)
{
    Text value = {0}, summary = {0}, e = {0};
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    put_bytes(&value, 1, tag, strlen(tag));
    put_varint(&value, 2 << 3 | 5);
    put_le(&value, bits, 4);
    put_bytes(&summary, 1, value.p, value.n);
    put_wall(&e, wall);
    put_varint(&e, 2 << 3);
    put_varint(&e, (uint64_t)step);
    put_bytes(&e, 5, summary.p, summary.n);
    bool oom = value.oom || summary.oom || e.oom;
    if (!oom)
        put_record(out, &e);
    out->oom = out->oom || oom;
    text_free(&value);
    text_free(&summary);
    text_free(&e);
}

/* The step of an event as written above: field 2 stands right behind the wall time. 0: there is none. */
static int64_t step_of(Span e)
{
    uint64_t step = 0;
    span_take(&e, 9);
    if (span_u8(&e) != 2 << 3)
        return 0;
    for (int shift = 0; shift < 64; shift += 7) {
        uint8_t b = span_u8(&e);
        step |= (uint64_t)(b & 127) << shift;
        if (b < 128)
            break;
    }
    return (int64_t)step;
}

size_t events_until(const uint8_t *p, size_t n, int64_t at)
{
    Span s = span_make(p, n, 0);
    for (;;) {
        size_t whole = s.pos;
        uint64_t size = span_u64(&s);
        uint32_t head = span_u32(&s);
        if (s.bad || size >= n || head != masked(p + whole, 8))
            return whole;
        Span e = span_sub(&s, (size_t)size);
        uint32_t crc = span_u32(&s);
        if (s.bad || crc != masked(e.base, e.size) || step_of(e) > at)
            return whole;
    }
}
