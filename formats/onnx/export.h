/* SPDX-License-Identifier: MIT
 * formats/onnx: from our own operators back to foreign ones. Most need nothing but their import row: where that is import_direct, export.c reads the same
 * attribute list the other way round. The rest have an export row {our op, builder} beside their import builder in map_<group>.c, which emits one foreign
 * node or a few. What a target operator set does not know yet is a need (export_needs): the writer takes a newer set, or says so where one was asked for. */
#ifndef SPML_FORMATS_ONNX_EXPORT_H
#define SPML_FORMATS_ONNX_EXPORT_H

#include "formats/format.h"
#include "formats/onnx/import.h"
#include "formats/wire/protobuf.h"

enum { EXPORT_OPSET_MIN = 13, EXPORT_OPSET_USUAL = 17, EXPORT_OPSET_MAX = 28, EXPORT_MAX_ATTRS = 24 };

/* An operand of a foreign node: its name in the file, "" where there is none, and what is known of its type (never NULL). */
typedef struct Ref { const char *name; const Type *type; } Ref;

typedef struct ExportRow ExportRow;
typedef struct Export {  /* the node that is being written */
    struct OnnxWriter *w;
    struct GraphOut *to; /* where foreign nodes go */
    const Node *n;
    const ExportRow *row;
    int opset;
    SpmlCode code;       /* sticky: what went wrong with this node */
    int need;            /* the operator set that would do; 0: this one does */
    char why[512];
} Export;
typedef void (*ExportFn)(Export *x);
struct ExportRow { int op; ExportFn fn; const char *name; /* for builders that serve several operators */ };
/* One table `const ExportRow export_map_<group>[]` per map_<group>.c, ended by fn == NULL. */
extern const ExportRow *const export_tables[];

/* ── for builders ── all of them do nothing once x->code is set */
Ref export_in(Export *x, int i);                 /* input i; initializers are written when they are first asked for */
void export_ins(Export *x, Ref *in, int n);      /* inputs 0 … n − 1, in this order: a list of calls would have the compiler's */
Ref export_out(Export *x, int i);                /* output i; "" where nobody wants it */
static inline bool export_has(Ref r) { return *r.name != 0; }
int export_rank(Export *x, Ref r);               /* a tensor's rank; −1: only the run knows */
int export_need_rank(Export *x, Ref r);          /* the same; unsupported where it is not known */
/* Initializers that the file needs and our node holds as attributes. hint: the end of the name. */
Ref export_const(Export *x, const char *hint, DType t, int rank, const int64_t *dims, const void *p, size_t sz);
Ref export_scalar(Export *x, const char *hint, DType t, double v);
Ref export_ints(Export *x, const char *hint, int64_t n /* -1: scalar */, const int64_t *v);
Ref export_data(Export *x, const char *hint, const Value *v); /* an attribute's tensor, or an input's contents under another name */
/* A foreign node of ai.onnx with one fresh output of type t (NULL: that of in[0]). */
Ref export_op(Export *x, const char *op, const char *hint, int n_in, const Ref *in, int n_attrs, const Attr *attrs, const Type *t);
/* The node that makes our outputs 0 … n_out − 1. */
void export_last(Export *x, const char *op, int n_in, const Ref *in, int n_attrs, const Attr *attrs, int n_out);
void export_last_of(Export *x, const char *domain, int version, const char *op, int n_in, const Ref *in, int n_attrs, const Attr *attrs, int n_out);
/* The same with outputs of its own. */
void export_node(Export *x, const char *op, int n_in, const Ref *in, int n_attrs, const Attr *attrs, int n_out, const Ref *out);
Ref export_fresh(Export *x, const char *hint, const Type *t); /* a name for one */
bool export_read(Export *x, int i);              /* does anything read output i? */
void export_needs(Export *x, int opset, const char *what);
void export_unsupported(Export *x, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void export_direct(Export *x);                   /* by the import rows of this op */
void export_as(Export *x);                       /* row->name: same inputs, outputs and attributes */

/* Attributes, as export_op and export_last take them. */
static inline Attr attr_int(const char *name, int64_t v) { return (Attr){.name = name, .kind = ATTR_INT, .i = v}; }
static inline Attr attr_float(const char *name, double v) { return (Attr){.name = name, .kind = ATTR_FLOAT, .f = v}; }
static inline Attr attr_str(const char *name, const char *v) { return (Attr){.name = name, .kind = ATTR_STRING, .n = (int64_t)strlen(v), .s = v}; }
static inline Attr attr_ints(const char *name, int64_t n, const int64_t *v) { return (Attr){.name = name, .kind = ATTR_INTS, .n = n, .ints = v}; }
static inline Attr attr_type(const char *name, DType t) { return (Attr){.name = name, .kind = ATTR_INT, .i = onnx_data_type(t)}; }

/* ── what the files of the writer share ── */
typedef struct GraphOut { /* a GraphProto under construction */
    struct GraphOut *up;
    const Graph *g;
    PbOut nodes, tensors;
    Map node_names;
} GraphOut;

typedef struct OnnxWriter {
    Arena *arena;
    Error *err;
    const Graph *g;
    const WriteOptions *o;
    int opset, need;       /* the operator set; the newest that a node needs */
    int ml, training;      /* versions of ai.onnx.ml and ai.onnx.preview.training; 0: not used */
    Map names;             /* Value * → name */
    Map used;              /* name → NameUse */
    Map written;           /* constants whose initializer is there: Value * */
    Error bad;             /* a line for each node that cannot be written */
    size_t n_bad;
    FileWriter *data;      /* external data; NULL: inside */
    const char *location;  /* the name of its file */
    uint64_t sz_data;
} OnnxWriter;

const char *name_of(OnnxWriter *w, const Value *v);                       /* every value of the graph has one */
const char *name_fresh(OnnxWriter *w, const char *base, const char *hint);
SpmlCode names_make(OnnxWriter *w);                                        /* write_names.c */
const char *node_name_fresh(OnnxWriter *w, GraphOut *to, const char *base);
void write_tensor(OnnxWriter *w, PbOut *to, uint32_t field, const char *name, const Type *t, const ConstData *d); /* write_tensor.c */
void write_initializer(OnnxWriter *w, GraphOut *from, const Value *v);
void write_type(OnnxWriter *w, PbOut *to, uint32_t field, const Type *t, int depth);
void write_attr(OnnxWriter *w, GraphOut *at, PbOut *to, uint32_t field, const Attr *a, int depth);
void write_graph(OnnxWriter *w, GraphOut *up, const Graph *g, PbOut *to, uint32_t field, int depth);
void write_node(OnnxWriter *w, GraphOut *to, const Node *n, int depth);    /* export.c */

#endif
