/* SPDX-License-Identifier: MIT
 * run: sessions. A Session owns a private clone of the model's graph (optimised, typed, lowered), the kernels compiled for it, and the
 * memory it runs in. Blocks are the plans of the root graph and of each subgraph; steps and kernels do not depend on extents, only a block's memory layout
 * does, and layouts are kept per shape class. */
#ifndef SPML_RUN_RUN_H
#define SPML_RUN_RUN_H

#include "base/threads.h"
#include "ir/peers.h"
#include "lower/lower.h"
#include "run/backend.h"
#include "ir/rtvalue.h"

#include <stdatomic.h>

typedef struct Session Session;

typedef struct Kernel Kernel; /* kernels.c: an instance and what each device made of it */

/* Which device runs a call: the session's own, or the CPU beside it. */
typedef enum RunSide { SIDE_DEVICE, SIDE_CPU, SIDES } RunSide;

/* The storage behind an operand of a launch, as the device knows it. */
typedef struct Backing { char *p; size_t sz; } Backing;

/* What the session made of one call: the compiled kernels and its launch, valid for the extents of `epoch`. */
typedef struct CallState {
    Kernel *k, *post;
    KirLaunch *launch, *post_launch;
    Backing *span;              /* [n_args + post's n_args] of the launch as it was queued; NULL with host memory */
    void *pack[SIDES];
    bool packed[SIDES], borrowed[SIDES], queued; /* borrowed: the pack is another call's */
    BackendLaunch as_head;   /* of a step that is joined to another */
    const BackendLaunch *head;
    struct CallState *same;  /* the next call with a pack of the same kernel and constant */
    bool lone;               /* of a lone node: gone before the next run */
    uint64_t epoch, refused; /* refused: the epoch whose extents the device did not take */
    uint64_t version;        /* grows when the launch's arguments change */
    struct Prepared *prepared; /* of the list this call begins: queue.c */
    uint64_t ns, n_runs;     /* profile */
} CallState;

typedef struct BlockLayout { /* memory of a block for one shape class */
    struct BlockLayout *next;
    int64_t *sym_hi;         /* [n_syms at that time] upper bounds the offsets were made for */
    size_t n_syms;
    uint64_t *offset;        /* by index in Block.values; UINT64_MAX: on the heap */
    uint64_t *room;          /* bytes reserved */
    uint64_t total, lower_bound;
} BlockLayout;

typedef struct BlockValue { Value *v; int32_t first, last; uint32_t root /* index of the value whose storage this one shares; itself if none */; bool output, nowhere /* between a call and its head: it has no memory */; } BlockValue;

typedef struct Block {
    Graph *g;
    Step **steps;            /* [n_steps] top level */
    int32_t n_steps;
    BlockValue *values;      /* temporaries defined by the steps */
    uint32_t n_values;
    uint32_t *def, *die;     /* value indices sorted by first / by last */
    BlockLayout *layouts;
    void *arena;             /* current memory, the device's */
    uint64_t sz_arena;
    void *host;              /* the same offsets on the host, where the device has memory of its own: made when first read there */
    uint64_t sz_host;
    bool compiled;           /* its kernels were asked for together */
    Value **fed;             /* inputs and constants its calls read: uploaded before it runs */
    uint32_t n_fed;
    uint64_t n_layouts;      /* layouts made so far: a test counts them */
} Block;

/* Where the bytes of a value are, when the device has memory of its own. Writing on one side makes the other stale; a partial write makes its own
 * side current first. rv[].data is the host's copy, NULL until it is wanted. */
typedef struct Residence {
    struct Residence *outer; /* a lone node's input: that of the value it stands for; a shared state: that of its owner */
    uint32_t root;           /* 1 + id of the value whose storage this one shares; 0: its own */
    void *p;                 /* on the device; NULL: none yet */
    uint64_t room;
    bool own;                /* p is an allocation of its own */
    bool host, device;       /* which copies are current */
    Block *block;            /* host bytes lie in its host arena at offset; NULL: on the heap */
    uint64_t offset;
} Residence;

typedef struct RunCounts {
    uint64_t launches, fallback, host_steps, uploads, downloads, bytes_up, bytes_down, replays, prepared; /* of a run */
    uint64_t compiled, compile_ns;                                                              /* of the session */
} RunCounts;

struct Queue; /* queue.c */
typedef struct Pool Pool; /* pool.c: memory of the device that sessions on it share */

struct Session {
    Arena arena;             /* graph clone, steps, kernels' KIR, blocks */
    Graph *g;
    const Backend *backend;
    Device *device;
    const Backend *cpu;      /* runs what the device cannot; NULL: the device is the CPU */
    Device *cpu_device;
    bool remote;             /* the host cannot see the device's memory */
    bool queues;             /* calls wait in the queue until the host reads or writes */
    bool no_fallback;
    Residence *home;         /* [n_rv] where remote */
    const KModule *module;
    Map kernels;             /* key → Kernel */
    Kernel *kernel_list;
    Map lone;                /* Node * → its LoneNode (eager.c) */
    struct LoneNode *lone_list;
    Map packs;               /* kernel, side and address of a constant → CallState that packed it */
    uint64_t n_kernels;      /* compiled so far */
    RtValue *rv;             /* [n_ids] runtime values of the graph and its subgraphs */
    uint32_t n_rv;
    int64_t *sym;            /* [n_sym] */
    size_t n_sym;
    int64_t *dim_val;        /* memo by Dim.id, valid where dim_epoch == epoch */
    uint64_t *dim_epoch, epoch;
    size_t n_dim_memo;
    atomic_bool own_stop, *stop; /* set: the run in progress, or the next one, ends. The caller of session_run may give its own flag, and clears it */
    bool profile, settled;   /* settled: it has run */
    bool once;               /* it runs but once: nothing is packed for later */
    int depth;               /* of nested eager sessions and subgraphs */
    Session *parent;         /* an eager session runs one node of another */
    struct Session *shared;  /* owner of the kernel cache and the queue (the outermost session) */
    struct Queue *queue;
    Peers *peers;            /* of the outermost: the ranks that run this graph together; NULL: alone */
    Pool *pool, *own_pool;   /* of the outermost, where remote; own_pool: it is this session's */
    RunCounts counts;        /* of the outermost */
};

/* What a session runs on. cpu: NULL where backend is the CPU. pool: shared with other sessions on device, which are ended together; NULL: its own. */
typedef struct SessionPlace { const Backend *backend; Device *device; const Backend *cpu; Device *cpu_device; const KModule *module; bool no_fallback; Session *parent; Pool *pool; bool once; } SessionPlace;

/* g: typed, optimised; the session takes over arena (which holds g). */
SpmlCode session_new(Arena *arena, Graph *g, const SessionPlace *p, Session **out, Error *err);
void session_free(Session **s);
void lone_free(Session *s); /* eager.c: what it keeps for nodes that run alone */
/* in[i]: NULL = the model's default. out[i]: fresh values. */
SpmlCode session_run(Session *s, RtValue *const *in, size_t n_in, RtValue **out, size_t n_out, Error *err);

/* Input i, a state, between runs. Its contents, borrowed until the session runs again or ends: */
SpmlCode session_state(Session *s, size_t i, const RtValue **out, Error *err);
SpmlCode session_state_set(Session *s, size_t i, const RtValue *x, Error *err); /* x is copied */
/* From now on it is state j of owner: one storage. Same device and pool; one of the two runs at a time; owner ends last. */
SpmlCode session_state_share(Session *s, size_t i, Session *owner, size_t j, Error *err);

/* From now on its graph is run by all of p in step; p outlives it. */
void session_peers(Session *s, Peers *p);

/* eager.c: n, whose inputs are constants, evaluated: new constants in n's graph; out[n_out], NULL where n has no output. */
SpmlCode session_fold(const SessionPlace *p, const Node *n, Value **out, Error *err);
/* The bytes of a constant: borrowed where they are aligned, else a copy. */
SpmlCode const_value(const Value *v, RtValue *r, Error *err);

/* executor.c, for control.c and eager.c */
SpmlCode block_get(Session *s, Graph *g, Block **out, Error *err);
SpmlCode block_run(Session *s, Block *b, Error *err);
void block_release(Session *s, Block *b);
void block_sizes(const Graph *g, uint64_t *bytes, uint64_t *least); /* of the root's arena in its last layout; 0 before it ran */
void session_rest(Session *s);                               /* between runs: its intermediate values' memory goes until it runs again */
SpmlCode session_plan(Session *s, uint64_t *bytes, Error *err); /* of the root's arena, for literal extents; it need not have run */
SpmlCode block_layout(Session *s, Block *b, BlockLayout **out, Error *err); /* for the extents that are bound now */
/* Bytes v may need, a spare vector included, where symbols are at most hi (NULL: of their classes of now); false: no bound. */
bool value_room(const Session *s, const Value *v, const int64_t *hi, uint64_t *room);
int64_t run_dim(Session *s, const Dim *d);
/* Takes the extents of rv[v->id] as the values of data symbols in v's type; checks literals. */
SpmlCode run_bind_type(Session *s, const Value *v, Error *err);
void run_set_sym(Session *s, const Sym *sym, int64_t value);
static inline RtValue *run_value(Session *s, const Value *v) { return &s->rv[v->id]; }
/* A value to read on the host: constants are materialised on first use, what the device holds is downloaded. */
SpmlCode run_operand(Session *s, Value *v, RtValue **out, Error *err);
SpmlCode control_run(Session *s, const Node *n, Error *err); /* control.c: if, loop, scan, sequence_map, repeat */
SpmlCode eager_run(Session *s, const Node *n, Error *err);   /* eager.c: a node whose shapes are known only now; what is made for extents that come again is kept */

/* kernels.c */
struct Kernel {
    Kernel *next;
    const char *key, *name;  /* canonical text of the instance; its template, "map" for a generated one */
    const KModule *module;
    KirKernel *kir;
    BackendKernel *made[SIDES];
    bool tried[SIDES];
    Error *why;              /* the device refused it */
};
/* The instance of a call, compiled for nobody yet. */
SpmlCode kernel_get(Session *s, const CallSpec *c, Kernel **out, Error *err);
SpmlCode kernel_compile(Session *s, Kernel *k, RunSide side, Error *err); /* SPML_UNSUPPORTED: refused */
SpmlCode block_compile(Session *s, Block *b, Error *err);                 /* all kernels of a block in one batch */
SpmlCode step_context(const Step *st, Error *err);

/* call.c */
SpmlCode call_prepare(Session *s, Step *st, Error *err);     /* finds its kernels */
SpmlCode call_run(Session *s, Step *st, Error *err);
SpmlCode launch_extents(Session *s, const CallSpec *c, const KirKernel *k, KirLaunch *l, bool values, Error *err); /* all but addresses, bound; values: scalars from values too */
SpmlCode call_fill(Session *s, const Step *st, RunSide side, Error *err); /* its whole launch, for that side */
SpmlCode call_compile(Session *s, const Step *st, RunSide side, Error *err);
bool call_known(const CallSpec *c);                          /* no extent of it depends on data */
/* copy.c */
SpmlCode copy_run(Session *s, Step *st, Error *err);
SpmlCode copy_kernel(Session *s, Step *st, Error *err);      /* makes the copy a call, where the device is to do it */

/* residence.c: without remote, the host's memory is the device's. */
SpmlCode run_materialise(Session *s, Value *v, RtValue **out, Error *err);   /* as run_operand, but leaves the bytes where they are */
bool home_pooled(const Session *s, const Value *v); /* v: a constant. Is it one of the pool? */
SpmlCode home_device(Session *s, Value *v, bool write, void **p, Error *err); /* memory on the device, current; write: the host's copy is stale from now on */
SpmlCode home_host(Session *s, Value *v, bool write, RtValue **out, Error *err);
void home_set(Session *s, const Value *v);                   /* the host has made it anew */
void home_end(Session *s, const Value *v);                   /* nobody reads it any more */
Residence *home_of(Session *s, const Value *v);               /* of its storage */
SpmlCode home_copy(Session *s, void *to, const void *from, size_t sz, Error *err);     /* within the device, after what was queued */
SpmlCode home_download(Session *s, void *to, const void *from, size_t sz, Error *err);
bool home_shared(Session *s, const Value *a, const Value *b); /* the same storage */
void home_free(Session *s);
SpmlCode block_feeds(Session *s, Block *b, Error *err);       /* makes b->fed */

/* pool.c */
SpmlCode pool_new(const Backend *b, Device *d, Pool **out, Error *err);
void pool_free(Pool **p);
/* A constant that some plan has uploaded. */
bool pool_const(const Pool *p, const ConstData *c, void **at, uint64_t *room);
bool pool_const_put(Pool *p, const ConstData *c, void *at, uint64_t room); /* false: out of memory */
SpmlCode pool_slab_reserve(Pool *p, uint64_t bytes, Error *err); /* room for constants that come next */
bool pool_slab_take(Pool *p, uint64_t need, void **at);
SpmlCode pool_take(Session *s, uint64_t need, void **at, uint64_t *room, Error *err);
uint64_t pool_freed(const Pool *p); /* another number than before: equal addresses may be other memory now */
void pool_give(Session *s, void *at, uint64_t room); /* what comes later may write there */

/* queue.c: launches collected for the device. */
SpmlCode queue_new(Session *s, Error *err);
void queue_free(Session *s);
SpmlCode queue_add(Session *s, const Step *st, Error *err);
SpmlCode queue_flush(Session *s, Error *err);
void queue_drop(Session *s);                                 /* after a failure */
void prepared_free(Session *s, CallState *cs);
uint64_t run_now(void);
/* The launch of cs, all kernels compiled for side. */
BackendLaunch call_launch(const CallState *cs, RunSide side);
/* fallback.c: a call that the device does not run. */
SpmlCode fallback_run(Session *s, Step *st, Error *err);                    /* as residences say */
SpmlCode fallback_queued(Session *s, const Step *st, Error *err);           /* one taken from the queue: its operands are where its spans say */
SpmlCode fallback_refuse(Session *s, const Step *st, const Error *why, Error *err); /* --no-fallback */

struct RtContext { Session *session; };

#endif
