/* SPDX-License-Identifier: MIT
 * formats/onnx: from foreign operators to our own, by rows {domain, name, since version, builder}. read.c parses the file and, node by
 * node in order, finds the row with the highest `since` ≤ the model's opset and calls its builder, which makes our nodes. Rows live in map_<group>.c. */
#ifndef SPML_FORMATS_ONNX_IMPORT_H
#define SPML_FORMATS_ONNX_IMPORT_H

#include "ir/ops.h"

typedef struct ImportRow ImportRow;
typedef struct Import {
    Graph *g;               /* where nodes go (the current subgraph) */
    int opset;              /* of the node's domain */
    Error *err;
    void *reader;           /* read.c's own */
    const ImportRow *row;   /* the row that is being run */
} Import;

typedef struct ForeignNode {
    const char *name, *op, *domain;
    int n_in, n_out, n_attrs;
    Value **in;             /* NULL = empty name or absent tail */
    const char **out;       /* output names; NULL = not wanted */
    const Attr *attrs;      /* ONNX names; graphs are already imported as subgraphs of im->g */
} ForeignNode;

/* Fills out[n_out] (entries of outputs that are not wanted may stay NULL). However few a node has, the first IMPORT_ROOM entries of f->in,
 * f->out (NULL there) and out exist, so a builder may look at and write the outputs its operator has. */
enum { IMPORT_ROOM = 16 };
typedef SpmlCode (*ImportFn)(Import *im, const ForeignNode *f, Value **out);
struct ImportRow {
    const char *domain;     /* "" = ai.onnx */
    const char *name;
    int since;
    ImportFn fn;            /* import_direct: same inputs, op named in `op`, attributes copied under `attrs` */
    const char *op;         /* our op's name, for import_direct */
    const char *attrs;      /* import_direct: "axis=1,epsilon:eps=1e-5": onnx name[:our name][=default]; attributes not listed are an error. The default's
                             * kind is int (1), float (0.5, 1e-5, inf) or string; an attribute of another kind is then refused. Marks before a name:
                             * @to (a TensorProto.DataType becomes a dtype attribute)  -name (accepted and dropped)  !name (must be given) */
};
/* One table `const ImportRow import_map_<group>[]` per map_<group>.c, ended by name == NULL; the groups are listed in formats/meson.build.
 * A builder reports what it cannot do by import_unsupported: the reader goes on and lists all such nodes in one error. */
extern const ImportRow *const import_tables[];

SpmlCode import_direct(Import *im, const ForeignNode *f, Value **out);
const ImportRow *import_find(const char *domain, const char *name, int opset); /* NULL: unknown */

/* for builders */
const Attr *foreign_attr(const ForeignNode *f, const char *name);
int64_t foreign_int(const ForeignNode *f, const char *name, int64_t def);
double foreign_float(const ForeignNode *f, const char *name, double def);
const char *foreign_str(const ForeignNode *f, const char *name, const char *def);
const int64_t *foreign_ints(const ForeignNode *f, const char *name, int64_t *n);
static inline Value *foreign_in(const ForeignNode *f, int i) { return i < f->n_in ? f->in[i] : NULL; }
/* One node of ours with one output; in[] may hold NULLs. NULL on out of memory. */
Value *import_op(Import *im, const ForeignNode *f, int op, int n_in, Value *const *in);
Node *import_node(Import *im, const ForeignNode *f, int op, int n_in, Value *const *in, int n_out);
bool import_attr_int(Node *n, const char *name, int64_t v);
bool import_attr_float(Node *n, const char *name, double v);
bool import_attr_str(Node *n, const char *name, const char *v);
bool import_attr_ints(Node *n, const char *name, int64_t count, const int64_t *v);
bool import_attr_dtype(Node *n, const char *name, DType t);
SpmlCode import_unsupported(Import *im, const ForeignNode *f, const char *fmt, ...) __attribute__((format(printf, 3, 4))); /* "node 'x': Conv 11: …" */
SpmlCode import_give(Import *im, Value *v, Value **out);      /* out[0] = v; NULL: out of memory */
SpmlCode import_give_all(Import *im, const ForeignNode *f, Node *n, Value **out); /* the outputs that the file wants; n drops the others. NULL: out of memory */
SpmlCode import_want(Import *im, const ForeignNode *f, int n); /* unsupported: one of the first n inputs is missing */
Value *import_to(Import *im, const ForeignNode *f, Value *x, DType t); /* x cast to t; NULL in, NULL out */
Value *import_ints(Import *im, const ForeignNode *f, const char *name); /* an attribute of integers as a constant; NULL: absent */
int64_t onnx_data_type(DType t); /* TensorProto.DataType; 0: none */
DType onnx_dtype(int64_t data_type); /* TensorProto.DataType → DType; DT_none if unknown */

#endif
