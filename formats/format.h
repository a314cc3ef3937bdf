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

/* How a graph is written. data and meta let a trained model be written without touching its graph. */
typedef struct WriteOptions {
    int opset;                       /* 0: the model's own, at least the format's usual one, or what the operators need */
    bool external;                   /* weights in a file of their own beside the model; always so where they are too many for one file */
    const MetaEntry *meta; size_t n_meta; /* added to the graph's metadata, or instead of entries of the same key; an empty value takes one away */
    const Map *data;                 /* Value * → ConstData *: contents of constants instead of their own; NULL: none */
    const char *producer;            /* version of the program that writes */
} WriteOptions;
typedef struct WriteReport { int opset; uint64_t bytes; bool external; /* weights are in PATH.data */ } WriteReport;

typedef struct Format {
    const char *name;                    /* "onnx" */
    const char *title;                   /* "ONNX" */
    const char *extensions;              /* "onnx ort" */
    int (*probe)(Span head, uint64_t sz_file, const char *path); /* 0 no … 100 certain; head: the whole mapped file */
    /* Both take f over: the result owns it (graph->files, container->files); on failure it is closed. */
    SpmlCode (*read_graph)(File *f, const ReadOptions *o, Arena *a, Graph **out, Error *err);      /* NULL: holds no graph */
    SpmlCode (*read_container)(File *f, const ReadOptions *o, Arena *a, Container **out, Error *err); /* NULL: a graph only */
    const char *text;                    /* one line */
    /* g is typed and verified, as read or after passes that keep it writable (no regions, blocks or packs). path "-" is stdout. Operators that the format
     * does not have are all named in one error. Equal graphs and options give equal bytes. NULL: not written. */
    SpmlCode (*write_graph)(const Graph *g, const char *path, const WriteOptions *o, WriteReport *report, Error *err);
} Format;

extern const Format *const formats[];    /* generated from the names in formats/meson.build; NULL-terminated */
const Format *format_probe(File *f, const char *force_name, Error *err); /* SPML_DATA "format-unknown" */

/* The same by the format's name; SPML_UNSUPPORTED where it is not written. */
SpmlCode format_write(const char *format, const Graph *g, const char *path, const WriteOptions *o, WriteReport *report, Error *err);
const Format *format_find(const char *name, size_t n); /* NULL: none */
const Format *format_extension(const char *path);      /* by the name's end; NULL: none */

#endif
