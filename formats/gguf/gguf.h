/* SPDX-License-Identifier: MIT
 * formats/gguf: what the GGUF reader's files share: read.c walks header, metadata and tensor table; summary.c words what `inspect` shows. */
#ifndef SPML_FORMATS_GGUF_GGUF_H
#define SPML_FORMATS_GGUF_GGUF_H

#include "formats/format.h"

typedef enum GgufType { GGUF_U8, GGUF_I8, GGUF_U16, GGUF_I16, GGUF_U32, GGUF_I32, GGUF_F32, GGUF_BOOL, GGUF_STRING, GGUF_ARRAY, GGUF_U64, GGUF_I64, GGUF_F64, GGUF_TYPES } GgufType;
typedef struct GgufTypeInfo { const char *name; uint8_t size; DType dtype; } GgufTypeInfo; /* size: bytes; smallest for strings and arrays */
extern const GgufTypeInfo gguf_types[GGUF_TYPES];

typedef struct GgufKv {
    const char *key;
    size_t n_key;
    GgufType type, elem; /* elem: of arrays */
    uint64_t count;      /* arrays: elements; else 1 */
    Span value;          /* the elements; of a string: its length, then its bytes */
    uint64_t at;         /* offset of the key */
} GgufKv;

typedef struct Gguf { /* one file */
    File *file;
    Arena *arena;
    Error *err;
    bool lenient;
    uint32_t version;
    uint64_t n_tensors, n_kv, alignment;
    GgufKv *kv;
    Map keys;            /* → GgufKv */
    uint64_t data;       /* offset of the data region */
} Gguf;

const GgufKv *gguf_find(const Gguf *g, const char *key);
bool gguf_u64(const Gguf *g, const char *key, uint64_t *out);   /* any integer type, non-negative */
bool gguf_element(const GgufKv *kv, uint64_t i, double *out);    /* number i of a scalar or array of numbers */
bool gguf_string(const Gguf *g, const char *key, const char **s, size_t *n);
SpmlCode gguf_fail(const Gguf *g, uint64_t at, const char *key, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* summary.c */
SpmlCode gguf_summary(const Gguf *g, Container *c, Error *err);

#endif
