/* SPDX-License-Identifier: MIT
 * run: sessions. A Session owns a private clone of the model's graph (optimised, typed, lowered), the kernels compiled for it, and the
 * memory it runs in. Blocks are the plans of the root graph and of each subgraph; steps and kernels do not depend on extents, only a block's memory layout
 * does, and layouts are kept per shape class. */
#ifndef SPML_RUN_RUN_H
#define SPML_RUN_RUN_H

#include "base/threads.h"
#include "lower/lower.h"
#include "run/backend.h"
#include "ir/rtvalue.h"

#include <stdatomic.h>

typedef struct Session Session;

/* What the session made of one call: the compiled kernel and its launch, valid for the extents of `epoch`. */
typedef struct CallState {
    BackendKernel *kernel, *post;
    const KirKernel *kir, *post_kir;
    KirLaunch *launch, *post_launch;
    void *pack;
    bool packed;
    uint64_t epoch;
    uint64_t ns, n_runs; /* profile */
} CallState;

typedef struct Kernel {  /* compiled once per session */
    struct Kernel *next;
    const char *key, *name; /* canonical text of the instance; its template, "map" for a generated one */
    KirKernel *kir;
    BackendKernel *made;
} Kernel;

typedef struct BlockLayout { /* memory of a block for one shape class */
    struct BlockLayout *next;
    int64_t *sym_hi;         /* [n_syms at that time] upper bounds the offsets were made for */
    size_t n_syms;
    uint64_t *offset;        /* by index in Block.values; UINT64_MAX: on the heap */
    uint64_t *room;          /* bytes reserved */
    uint64_t total, lower_bound;
} BlockLayout;

typedef struct BlockValue { Value *v; int32_t first, last; uint32_t root /* index of the value whose storage this one shares; itself if none */; bool output; } BlockValue;

typedef struct Block {
    Graph *g;
    Step **steps;            /* [n_steps] top level */
    int32_t n_steps;
    BlockValue *values;      /* temporaries defined by the steps */
    uint32_t n_values;
    uint32_t *def, *die;     /* value indices sorted by first / by last */
    BlockLayout *layouts;
    void *arena;             /* current memory */
    uint64_t sz_arena;
    uint64_t n_layouts;      /* layouts made so far: a test counts them */
} Block;

struct Session {
    Arena arena;             /* graph clone, steps, kernels' KIR, blocks */
    Graph *g;
    const Backend *backend;
    Device *device;
    const KModule *module;
    Map kernels;             /* key → Kernel */
    Kernel *kernel_list;
    uint64_t n_kernels;      /* compiled so far */
    RtValue *rv;             /* [n_ids] runtime values of the graph and its subgraphs */
    uint32_t n_rv;
    int64_t *sym;            /* [n_sym] */
    size_t n_sym;
    int64_t *dim_val;        /* memo by Dim.id, valid where dim_epoch == epoch */
    uint64_t *dim_epoch, epoch;
    size_t n_dim_memo;
    atomic_bool own_stop, *stop; /* set: the run in progress, or the next one, ends. The caller of session_run may give its own flag, and clears it */
    bool profile;
    int depth;               /* of nested eager sessions and subgraphs */
    Session *parent;         /* an eager session runs one node of another */
    struct Session *shared;  /* owner of the kernel cache (the outermost session) */
};

/* g: typed, optimised; the session takes over arena (which holds g). */
SpmlCode session_new(Arena *arena, Graph *g, const Backend *b, Device *d, const KModule *m, Session *parent, Session **out, Error *err);
void session_free(Session **s);
/* in[i]: NULL = the model's default. out[i]: fresh values. */
SpmlCode session_run(Session *s, RtValue *const *in, size_t n_in, RtValue **out, size_t n_out, Error *err);

/* eager.c: n, whose inputs are constants, evaluated: new constants in n's graph; out[n_out], NULL where n has no output. */
SpmlCode session_fold(const Backend *b, Device *d, const KModule *m, const Node *n, Value **out, Error *err);
/* The bytes of a constant: borrowed where they are aligned, else a copy. */
SpmlCode const_value(const Value *v, RtValue *r, Error *err);

/* executor.c, for control.c and eager.c */
SpmlCode block_get(Session *s, Graph *g, Block **out, Error *err);
SpmlCode block_run(Session *s, Block *b, Error *err);
SpmlCode block_layout(Session *s, Block *b, BlockLayout **out, Error *err); /* for the extents that are bound now */
int64_t run_dim(Session *s, const Dim *d);
/* Takes the extents of rv[v->id] as the values of data symbols in v's type; checks literals. */
SpmlCode run_bind_type(Session *s, const Value *v, Error *err);
void run_set_sym(Session *s, const Sym *sym, int64_t value);
static inline RtValue *run_value(Session *s, const Value *v) { return &s->rv[v->id]; }
/* A value to read: constants are materialised on first use. */
SpmlCode run_operand(Session *s, Value *v, RtValue **out, Error *err);
SpmlCode control_run(Session *s, const Node *n, Error *err); /* control.c: if, loop, scan, sequence_map, repeat */
SpmlCode eager_run(Session *s, const Node *n, Error *err);   /* eager.c: a node whose shapes are known only now */
/* call.c */
SpmlCode call_prepare(Session *s, Step *st, Error *err);     /* compiles */
SpmlCode call_run(Session *s, Step *st, Error *err);
SpmlCode copy_run(Session *s, Step *st, Error *err);

struct RtContext { Session *session; };

#endif
