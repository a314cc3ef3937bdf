/* SPDX-License-Identifier: MIT
 * ir: the graph. SSA values typed tensor(dtype, shape) | sequence | optional | map, nodes with typed attributes, subgraphs that capture
 * outer values by pointer. A Graph owns an Arena; everything in it lives there. Nodes are kept in execution order.
 *
 * Dimension letters used everywhere: N batch, C channels (in), O channels (out), H W spatial, P Q output spatial, K contraction, M rows.
 * Shapes are row-major, outermost first. Extents are Dim expressions over symbols; most are literals. */
#ifndef SPML_IR_GRAPH_H
#define SPML_IR_GRAPH_H

#include "base/arena.h"
#include "base/dtype.h"
#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"

enum { IR_MAX_RANK = 16, IR_MAX_DEPTH = 32, IR_KNOWN_MAX = 4096, IR_DIM_DEPTH = 1000 };

typedef struct Graph Graph;
typedef struct Node Node;
typedef struct Value Value;
typedef struct Sym Sym;

/* ── dimensions (dim.c): interned per root graph, so equal expressions are equal pointers after simplification ── */
typedef enum DimKind { DIM_CONST, DIM_SYM, DIM_ADD, DIM_SUB, DIM_MUL, DIM_DIV /* floor */, DIM_MOD, DIM_MIN, DIM_MAX } DimKind;
typedef struct Dim {
    DimKind kind;
    int64_t value;             /* DIM_CONST */
    const Sym *sym;            /* DIM_SYM */
    const struct Dim *a, *b;   /* the others */
    uint32_t id;               /* index in the root graph's dim table: evaluation memo */
    uint32_t depth;            /* of the tree: at most IR_DIM_DEPTH, so that evaluation may recurse */
} Dim;

typedef enum SymClass { SYM_FIXED, SYM_BUCKET, SYM_LIVE } SymClass; /* design section 3, shape classes */
typedef enum SymOrigin { SYM_INPUT, SYM_DATA } SymOrigin;           /* bound by an input's shape | by the run of a node */
struct Sym {
    const char *name;          /* as in the file ("batch"), or "u3" for data symbols */
    SymClass cls;
    SymOrigin origin;
    int64_t lo, hi;            /* range; hi = INT64_MAX when unbounded */
    const Dim *bound;          /* SYM_DATA: an upper bound in terms of other symbols, or NULL */
    uint32_t index;            /* in the root graph's symbol table */
};

const Dim *dim_const(Graph *g, int64_t v);
const Dim *dim_sym(Graph *g, const Sym *s);
const Dim *dim_make(Graph *g, DimKind op, const Dim *a, const Dim *b); /* simplifies; NULL on out of memory or literal overflow */
static inline const Dim *dim_add(Graph *g, const Dim *a, const Dim *b) { return dim_make(g, DIM_ADD, a, b); }
static inline const Dim *dim_sub(Graph *g, const Dim *a, const Dim *b) { return dim_make(g, DIM_SUB, a, b); }
static inline const Dim *dim_mul(Graph *g, const Dim *a, const Dim *b) { return dim_make(g, DIM_MUL, a, b); }
static inline const Dim *dim_div(Graph *g, const Dim *a, const Dim *b) { return dim_make(g, DIM_DIV, a, b); } /* floor; x/0 = 0 */
const Dim *dim_ceil_div(Graph *g, const Dim *a, const Dim *b);
const Dim *dim_product(Graph *g, const Dim *const *d, int n);
/* Both are false for NULL, an extent that overflowed. */
static inline bool dim_is(const Dim *d, int64_t v) { return d && d->kind == DIM_CONST && d->value == v; }
static inline bool dim_lit(const Dim *d, int64_t *v) { return d && d->kind == DIM_CONST && (*v = d->value, true); }
Sym *graph_sym(Graph *g, const char *name, size_t n);              /* the input symbol of that name, made if new; class bucket, range 0.. */
Sym *graph_data_sym(Graph *g, const Dim *bound);                   /* a fresh symbol bound while running */
/* Evaluates under sym values (index → value). memo: n_dims entries or NULL. */
int64_t dim_eval(const Dim *d, const int64_t *sym_values);
int64_t dim_apply(DimKind op, int64_t a, int64_t b);               /* one operator; −1 on overflow */

/* ── types ── */
typedef enum TypeKind { TYPE_NONE, TYPE_TENSOR, TYPE_SEQUENCE, TYPE_OPTIONAL, TYPE_MAP } TypeKind;
typedef struct Type {
    TypeKind kind;
    DType dtype;               /* tensor: element; map: value of scalar maps */
    int rank;                  /* tensor: 0 .. IR_MAX_RANK; -1 = not known before the run */
    const Dim **dim;           /* tensor, rank ≥ 0: [rank] */
    DType key;                 /* map */
    const struct Type *elem;   /* sequence, optional, map */
} Type;

/* ── values ── */
typedef enum Residency { RES_TEMP, RES_INPUT, RES_CONST, RES_STATE } Residency;
typedef struct ConstData { /* a literal or a view into a mapped file; never copied on load */
    const void *p;             /* row-major elements; aligned only to 1 byte when file ≠ NULL */
    size_t sz;                 /* bytes */
    const File *file;          /* NULL: memory of the graph's arena */
    uint64_t offset;           /* in file */
    const char *ref;           /* NULL, or: p is NULL and the contents are known only as this says, "sha256(…)" or "file(…)" of IR text */
} ConstData;
typedef struct Quant { float *scale; int32_t *zero; int n, axis; } Quant; /* n = 1: per tensor */

struct Value {
    const char *name;          /* NULL or unique in its graph; escaped only when printed */
    Type type;
    Graph *graph;              /* where it is defined */
    Node *producer;            /* NULL: input, const or capture target */
    int out_index;             /* in producer->out */
    Residency residency;
    Quant *quant;
    const ConstData *data;     /* RES_CONST; an input with a default value has it too */
    const Dim **known;         /* integer tensor of rank 0 or 1 whose elements are known symbolically: [n_known]; else NULL */
    int n_known;               /* -1: not known */
    int device;                /* home device of the plan; 0 = first */
    uint32_t id;               /* dense in the root graph; set by graph_number */
    const void *declared;      /* an output's type as its file says it, in the file's own form, for a writer of that format where the rules know no rank */
    size_t sz_declared;
    void *tag;                 /* scratch of the running pass */
};

/* ── attributes: typed; names are ours (ops.def documents them) ── */
typedef enum AttrKind { ATTR_INT, ATTR_FLOAT, ATTR_STRING, ATTR_TENSOR, ATTR_GRAPH, ATTR_INTS, ATTR_FLOATS, ATTR_STRINGS, ATTR_TYPE,
    /* in foreign nodes only (formats), never on a node of ours: */ ATTR_VALUE_TYPE, ATTR_VALUE_TYPES, ATTR_TENSORS, ATTR_GRAPHS } AttrKind;
typedef struct Attr {
    const char *name;
    AttrKind kind;
    int64_t n;                 /* ints, floats, strings: count; string: bytes */
    union {
        int64_t i;
        double f;
        const char *s;         /* NUL-terminated copy; n bytes */
        const int64_t *ints;
        const double *floats;
        const StringRef *strings;
        Value *tensor;         /* a const value */
        Graph *graph;
        DType dtype;           /* ATTR_TYPE */
        const Type *types;     /* ATTR_VALUE_TYPE: one; ATTR_VALUE_TYPES: [n] */
        Value *const *tensors; /* [n] */
        Graph *const *graphs;  /* [n] */
    };
} Attr;

struct Node {
    uint16_t op;               /* OpId of ops.h */
    uint16_t n_in, n_out, n_attrs;
    Value **in;                /* NULL = an optional input that is not given */
    Value **out;               /* NULL = an output nobody wants */
    Attr *attrs;
    const char *name;          /* for messages; may be NULL */
    const char *origin;        /* foreign operator, "Conv 11" */
    Graph *graph;
    Node *prev, *next;
    bool dynamic;              /* shape rule: output extents are known only when the node runs */
    void *tag;
};

typedef struct MetaEntry { const char *key, *value; size_t n_key, n_value; } MetaEntry;

struct Graph {
    Arena *arena;              /* of the root */
    Graph *parent;             /* NULL: root. Subgraphs may use values of any ancestor */
    Graph *root;
    Node *owner;               /* the node whose attribute this subgraph is */
    const char *name;
    Node *first, *last;
    size_t n_nodes;
    Value **in;  size_t n_in, cap_in;
    Value **out; size_t n_out, cap_out;
    /* root only: */
    Dim **dims;  size_t n_dims, cap_dims;
    Sym **syms;  size_t n_syms, cap_syms;
    void *dim_table;
    void *plan;                /* run/: what the executor made of this graph */
    MetaEntry *meta; size_t n_meta; /* ONNX metadata_props, producer, … */
    const char *format;        /* "ONNX" */
    const char *summary;       /* "opset 7" */
    File **files; size_t n_files, cap_files; /* mapped files the constants point into; closed by graph_free */
    uint32_t n_ids;
    bool strict_math;          /* what a region holds is rounded to its type after every node, and no pass changes rounding */
};

/* graph.c. On out of memory NULL is returned and the arena's flag set. */
Graph *graph_new(Arena *a, const char *name);              /* a root */
Graph *graph_sub(Graph *parent, const char *name);
void graph_close_files(Graph *g);
Value *graph_value(Graph *g, const char *name, const Type *t); /* temp, no producer; t copied shallowly, may be NULL */
Value *graph_input(Graph *g, const char *name, const Type *t);
bool graph_output(Graph *g, Value *v);
Value *graph_const(Graph *g, const char *name, DType t, int rank, const int64_t *dims, const void *p, size_t sz); /* p copied into the arena */
Value *graph_const_i64(Graph *g, int n /* -1: scalar */, const int64_t *v);
/* A node at the end of g (or before `before`) with n_out fresh outputs; in[i] may be NULL. */
Node *graph_node(Graph *g, Node *before, int op, const char *name, int n_in, Value *const *in, int n_out);
bool node_attr(Node *n, const Attr *a);                    /* adds or replaces a copy */
const Attr *node_find(const Node *n, const char *name);
int64_t node_int(const Node *n, const char *name, int64_t def);
double node_float(const Node *n, const char *name, double def);
const char *node_str(const Node *n, const char *name, const char *def);
const int64_t *node_ints(const Node *n, const char *name, int64_t *n_out); /* NULL, 0 when absent */
DType node_dtype(const Node *n, const char *name, DType def);
void graph_remove(Node *n);                                /* unlinks; its outputs must be unused */
void node_append(Graph *g, Node *n);                        /* links an unlinked node, with its outputs, at the end of g */
void graph_replace(Graph *g, Value *old, Value *now);      /* all uses in g and its subgraphs, outputs included (the output keeps its name) */
/* v, an output of another node until now, becomes output i of n, which takes its type and name: who reads v need not be found. */
void node_take_output(Node *n, int i, Value *v);
void graph_number(Graph *g);                               /* dense Value.id (from 1) over root and subgraphs */
Graph *graph_clone(const Graph *g, Arena *a, Map *values /* old → new, optional */); /* root clone; constants are shared */
Graph *graph_clone_body(const Graph *body, Graph *parent);  /* of the same root; body reads nothing but its inputs */
Type type_tensor(Graph *g, DType t, int rank, const Dim *const *dim); /* copies the dim array */
Type type_literal(Graph *g, DType t, int rank, const int64_t *dim);
bool type_equal(const Type *a, const Type *b);
/* The state input of the root graph whose storage v is: v itself, or what nodes of flag OPF_STATE made of it, whose output i is their input i from then on.
 * NULL: v is no state. */
const Value *value_state(const Value *v);
bool value_literal(const Value *v, int64_t *dims /* [rank] */); /* tensor whose extents are all literal */
/* Elements of a const integer tensor or of `known` when all literal. false otherwise. n_max entries at most. */
bool value_ints(const Value *v, int64_t *out, int n_max, int *n);
bool value_floats(const Value *v, double *out, int n_max, int *n); /* const float (or int) tensors only */

/* verify.c: structure only (topological order, single assignment, captures from ancestors, arity of ops.def, no state read after its successor is made). */
SpmlCode graph_verify(const Graph *g, Error *err);
SpmlCode graph_complete(const Graph *g, Error *err); /* no constant that is used is known only by name (ConstData.ref): asked before anything runs */
/* print.c, parse.c: docs/ir.md is their specification; parse(print(g)) prints the same text. */
void graph_print(const Graph *g, Text *out);
SpmlCode graph_parse(const char *text, size_t n, Arena *a, Graph **out, Error *err);
void type_print(const Type *t, Text *out);          /* f32[1,3,224,224], f32[batch,?], seq(f32[?]) */

#endif
