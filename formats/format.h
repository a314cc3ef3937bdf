/* SPDX-License-Identifier: MIT
 * formats: a file format is one const descriptor. Probing looks at content first, the extension second; --format overrides. */
#ifndef SPML_FORMATS_FORMAT_H
#define SPML_FORMATS_FORMAT_H

#include "base/file.h"
#include "ir/graph.h"

typedef struct ReadOptions {
    const char *data_dir;   /* where external weights may lie besides the model's own directory, or NULL */
    bool lenient;
    bool keep_unknown;      /* operators we do not know become `unknown` nodes, which cannot run, instead of an error: for inspect */
} ReadOptions;

/* A container's own view of a file (GGUF, SafeTensors: no graph yet). Everything in the arena; names are bytes from the file. */
typedef struct TensorInfo { const char *name; size_t n_name; DType dtype; const char *dtype_name; int rank; int64_t dim[8]; /* outermost first */
                            uint64_t sz, offset; /* bytes; offset in its file */ const File *file; int shard; } TensorInfo;
typedef struct KeyValue { const char *key; size_t n_key; const char *type; const char *text; size_t n_text; /* rendered value, arrays shortened */ } KeyValue;
typedef struct Container {
    const char *format, *version;        /* "GGUF", "3" */
    TensorInfo *tensors; size_t n_tensors;
    KeyValue *meta; size_t n_meta;
    const char *arch, *arch_line, *vocab_line, *task_line; /* summary lines of `inspect`, NULL when not there */
    File **files; size_t n_files;
} Container;

typedef struct Format {
    const char *name;                    /* "onnx" */
    const char *title;                   /* "ONNX" */
    const char *extensions;              /* "onnx ort" */
    int (*probe)(Span head, uint64_t sz_file, const char *path); /* 0 no … 100 certain; head: the whole mapped file */
    /* Both take f over: the result owns it (graph->files, container->files); on failure it is closed. */
    SpmlCode (*read_graph)(File *f, const ReadOptions *o, Arena *a, Graph **out, Error *err);      /* NULL: holds no graph */
    SpmlCode (*read_container)(File *f, const ReadOptions *o, Arena *a, Container **out, Error *err); /* NULL: a graph only */
    const char *text;                    /* one line */
} Format;

extern const Format *const formats[];    /* generated from the names in formats/meson.build; NULL-terminated */
const Format *format_probe(File *f, const char *force_name, Error *err); /* SPML_DATA "format-unknown" */

#endif
