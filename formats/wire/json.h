/* SPDX-License-Identifier: MIT
 * formats/wire: strict JSON. A pull reader over a span gives one item at a time; it accepts exactly RFC 8259 in UTF-8, refuses duplicate keys,
 * \u0000, more than 64 levels and anything but white space after the value. json_tree checks a document with it and gives cJSON's tree. */
#ifndef SPML_FORMATS_WIRE_JSON_H
#define SPML_FORMATS_WIRE_JSON_H

#include "base/dtype.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/span.h"

enum { JSON_MAX_DEPTH = 64, JSON_MAX_SIZE = 16 << 20, JSON_FEW_KEYS = 8 };

typedef enum JsonKind { JSON_END, JSON_OBJECT, JSON_ARRAY, JSON_CLOSE, JSON_KEY, JSON_STRING, JSON_NUMBER, JSON_TRUE, JSON_FALSE, JSON_NULL } JsonKind;
typedef struct JsonItem {
    JsonKind kind;
    const char *s;   /* KEY, STRING: the characters, NUL-terminated only if they had escapes; NUMBER: its text */
    size_t n;
    uint64_t at;     /* offset in the file */
} JsonItem;

typedef struct JsonFrame { bool object; size_t n; StringRef few[JSON_FEW_KEYS]; Map keys; } JsonFrame;
typedef struct Json {
    Span s;
    Arena *arena;    /* decoded strings, key sets */
    const char *path;
    Error *err;
    int depth;
    int state;
    JsonFrame *frame; /* [JSON_MAX_DEPTH] */
} Json;

SpmlCode json_open(Json *j, Span s, const char *path, Arena *a, Error *err);
/* The next item. After the value comes JSON_END. */
SpmlCode json_next(Json *j, JsonItem *it);
SpmlCode json_skip(Json *j, const JsonItem *it); /* the rest of the value that `it` began */
SpmlCode json_fail(const Json *j, uint64_t at, const char *key, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
bool json_is(const JsonItem *it, const char *text);
bool json_u64(const JsonItem *it, uint64_t *out); /* a NUMBER that is a plain non-negative integer */

struct cJSON;
SpmlCode json_tree(Span s, const char *path, struct cJSON **out /* cJSON_Delete it */, Error *err);

#endif
