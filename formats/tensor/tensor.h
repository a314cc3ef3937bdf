/* SPDX-License-Identifier: MIT
 * formats/tensor: files of named tensors. A kind is one row {name, extensions, probe, read, write}; reading gives a list of named values, writing
 * takes one. What a file does not say (raw, csv, json, txt) comes from the expectation that the caller gives. */
#ifndef SPML_FORMATS_TENSOR_TENSOR_H
#define SPML_FORMATS_TENSOR_TENSOR_H

#include "base/text.h"
#include "ir/rtvalue.h"

typedef struct NamedValue { char *name; RtValue *value; } NamedValue; /* both malloc'ed; name "" when the file has none */
typedef struct ValueList { NamedValue *v; size_t n, cap; } ValueList;

SpmlCode values_add(ValueList *l, const char *name, size_t n_name, RtValue *v /* taken over, also on failure */, Error *err);
void values_clear(ValueList *l);

/* What the reader of a value expects. dtype DT_none, rank -1, dim -1: anything. */
typedef struct ValueWant { TypeKind kind; DType dtype; int rank; int64_t dim[IR_MAX_RANK]; } ValueWant;

typedef struct TensorKind {
    const char *name, *extensions;  /* "npy", "npy" */
    bool many;                      /* holds any number of named values */
    bool text;                      /* reads and writes what its dtype is told to be */
    bool (*probe)(Span head);       /* NULL: by extension only */
    SpmlCode (*read)(const File *f, const ValueWant *want, ValueList *out, Error *err);
    SpmlCode (*write)(const ValueList *l, FileWriter *w, Error *err);
    const char *about;
} TensorKind;
extern const TensorKind tensor_kinds[]; /* ended by name == NULL */

const TensorKind *tensor_kind_find(const char *name, size_t n);
const TensorKind *tensor_kind_extension(const char *path);
const TensorKind *tensor_kind_probe(Span head, const char *path);

/* One literal, as --set gives it: JSON of numbers, booleans and strings, nested as the shape is. */
SpmlCode tensor_parse_json(Span text, const char *path, const ValueWant *want, RtValue **out, Error *err);

/* the kinds */
bool npy_probe(Span head);
bool zip_probe(Span head);
bool safetensors_probe(Span head);
SpmlCode npy_read(const File *f, const ValueWant *want, ValueList *out, Error *err);
SpmlCode npy_read_span(Span s, const char *path, const char *name, size_t n_name, ValueList *out, Error *err);
SpmlCode npy_header(const RtValue *v, Text *out, Error *err);
SpmlCode npy_payload(const RtValue *v, const void **p, size_t *n, Text *scratch, Error *err); /* strings are laid out in scratch */
SpmlCode npy_write(const ValueList *l, FileWriter *w, Error *err);
SpmlCode npz_read(const File *f, const ValueWant *want, ValueList *out, Error *err);
SpmlCode npz_write(const ValueList *l, FileWriter *w, Error *err);
SpmlCode st_values_read(const File *f, const ValueWant *want, ValueList *out, Error *err);
SpmlCode st_values_write(const ValueList *l, FileWriter *w, Error *err);
SpmlCode raw_read(const File *f, const ValueWant *want, ValueList *out, Error *err);
SpmlCode raw_write(const ValueList *l, FileWriter *w, Error *err);
SpmlCode csv_read(const File *f, const ValueWant *want, ValueList *out, Error *err);
SpmlCode csv_write(const ValueList *l, FileWriter *w, Error *err);
SpmlCode txt_read(const File *f, const ValueWant *want, ValueList *out, Error *err);
SpmlCode txt_write(const ValueList *l, FileWriter *w, Error *err);
SpmlCode json_read(const File *f, const ValueWant *want, ValueList *out, Error *err);
SpmlCode json_write(const ValueList *l, FileWriter *w, Error *err);
void json_value_print(const RtValue *v, Text *out); /* {"dtype":…,"shape":…,"data":…} */
SpmlCode pbfile_read(const File *f, const ValueWant *want, ValueList *out, Error *err);
SpmlCode pbfile_write(const ValueList *l, FileWriter *w, Error *err);
/* An element as text: shortest form that reads back; strings as they are. */
void element_print(const RtValue *v, int64_t i, Text *out);

#endif
