/* SPDX-License-Identifier: MIT
 * formats/onnx: what the files of the ONNX reader share. read.c decodes the model; graph.c imports graphs and nodes in order; function.c
 * inlines model-local functions; attrs.c, types.c and tensor.c decode what nodes hold. All memory is of the graph's arena. */
#ifndef SPML_FORMATS_ONNX_ONNX_H
#define SPML_FORMATS_ONNX_ONNX_H

#include "formats/format.h"
#include "formats/onnx/import.h"
#include "formats/onnx/proto.h"

enum { ONNX_MAX_NODES = 1000000, ONNX_MAX_NAME = 65536, ONNX_MAX_LINES = 20,
       ONNX_MAX_INLINED = 100000 /* nodes that calls of functions add: a small file can ask for 2^32 of them */ };

/* ── tensor.c: TensorProto and SparseTensorProto, also used by tensor/pb.c ── */
typedef struct OnnxExternal { /* where external data is looked for; NULL where there can be none */
    const char *dir, *data_dir; /* NULL: not there */
    Map files;                  /* location → File */
    Graph *g;                   /* owns the files */
} OnnxExternal;
typedef struct OnnxTensor {
    const char *name;
    DType dtype;
    int rank;
    int64_t dim[IR_MAX_RANK];
    ConstData data; /* dim[] elements, row-major */
} OnnxTensor;
typedef struct OnnxSource { Pb pb; const File *file; OnnxExternal *external; } OnnxSource;

SpmlCode onnx_tensor(const OnnxSource *src, PbBytes msg, int depth, OnnxTensor *out);
SpmlCode onnx_sparse(const OnnxSource *src, PbBytes msg, int depth, OnnxTensor *out); /* made dense */
/* A name as a C string: at most 64 KiB; NUL bytes inside become the four characters \x00. NULL: failed. Empty if absent. */
const char *onnx_name(const Pb *pb, PbBytes b);

/* ── the reader ── */
typedef struct Opset { const char *domain; int version; } Opset;
typedef struct Opsets { Opset *v; size_t n; } Opsets;

typedef struct Scope { /* the names that a list of nodes can see */
    struct Scope *up;    /* NULL: the root graph, or the body of a function */
    struct Scope *host;  /* of a function body: the scope that made g; else itself */
    Graph *g;            /* nodes go here */
    Map names;           /* → Value, or one of the marks of graph.c */
    const Opsets *opsets;
    const Attr *attrs;   /* of a function body: the attributes that ref_attr_name finds */
    int n_attrs;
    const char *prefix;  /* of a function body: goes before the names of its values */
    bool in_function;
    int depth;           /* subgraphs and calls around */
} Scope;

typedef struct Onnx {
    OnnxSource src;
    const ReadOptions *opt;
    Arena *arena;
    Graph *g;
    Error *err;
    OnnxExternal external;
    Map functions;       /* "domain\0name\0overload" → PFunction */
    Opsets opsets;
    int64_t ir_version;
    const char *origin;  /* of the node being imported: "Conv 11" */
    size_t n_nodes, n_unknown, n_calls, n_inlined;
    int call_depth;
    Error unknown;       /* a line for each node that cannot run */
} Onnx;

SpmlCode onnx_write(const Graph *g, const char *path, const WriteOptions *o, WriteReport *report, Error *err); /* write.c */

SpmlCode onnx_type(Onnx *r, Graph *g, PbBytes msg, int depth, const char *input /* names its symbols; NULL: fresh ones */, Type *out);
SpmlCode onnx_attrs(Onnx *r, Scope *s, const PNode *p, int depth, const Attr **out, int *n);
SpmlCode onnx_attr(Onnx *r, Scope *s, PbBytes msg, int depth, Attr *out, bool *given); /* given = false: a reference that the call leaves out */
Value *onnx_const(Onnx *r, Graph *g, const char *name, const OnnxTensor *t);
SpmlCode onnx_opsets(Onnx *r, const PbList *list, int depth, Opsets *out);
int onnx_opset(const Opsets *o, const char *domain); /* 0: not imported */
bool onnx_outdated(const ImportRow *row, int opset); /* the operator has changed since that row's version */
SpmlCode onnx_graph(Onnx *r, PbBytes msg, int depth, Scope *up, Graph *g); /* up == NULL: the root */
SpmlCode onnx_nodes(Onnx *r, Scope *s, const PbList *nodes, int depth);
Value *onnx_find(const Scope *s, const char *name); /* NULL: not defined, or an input that is not given */
SpmlCode onnx_define(Onnx *r, Scope *s, const char *name, Value *v, const void *at); /* v == NULL: an input that is not given */
SpmlCode onnx_functions(Onnx *r, const PbList *list, int depth);
const PFunction *onnx_function(Onnx *r, const char *domain, const char *name, PbBytes overload);
SpmlCode onnx_call(Onnx *r, Scope *s, const PFunction *f, const ForeignNode *node, Value **out);

#endif
