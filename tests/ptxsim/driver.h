/* SPDX-License-Identifier: MIT
 * ptxsim's libcuda.so.1: what its files share. Work given to a stream waits there until somebody synchronises with it, so a program that forgets to
 * wait sees old data. Errors of a launch are kept in the context, as a GPU's are, and every later call returns them. One lock guards all. */
#ifndef PTXSIM_DRIVER_H
#define PTXSIM_DRIVER_H

#include "sim.h"

#define CU PTXSIM_API
typedef int CUresult;
typedef int CUdevice;
typedef unsigned long long CUdeviceptr;

enum {
    CU_OK = 0, CU_INVALID_VALUE = 1, CU_OUT_OF_MEMORY = 2, CU_NOT_INITIALIZED = 3, CU_INVALID_DEVICE = 101, CU_INVALID_IMAGE = 200, CU_INVALID_CONTEXT = 201,
    CU_NO_BINARY = 209, CU_INVALID_PTX = 218, CU_INVALID_HANDLE = 400, CU_NOT_FOUND = 500, CU_NOT_READY = 600, CU_CAPTURE_UNSUPPORTED = 900,
    CU_CAPTURE_INVALIDATED = 901, CU_CAPTURE_UNMATCHED = 903,
};

typedef struct Ctx Ctx;
typedef struct Stream Stream;
typedef struct Event Event;
typedef struct Graph Graph;
typedef struct GraphExec GraphExec;
typedef struct PtxModule Module;

typedef enum OpKind { OP_LAUNCH, OP_COPY, OP_FILL, OP_RECORD, OP_WAIT, OP_HOST, OP_GRAPH } OpKind;
typedef struct Op {
    OpKind kind;
    union {
        struct { Func *f; uint32_t grid[3], block[3], shared; uint8_t *params; } launch; /* params owned */
        struct { void *to; const void *from; size_t n; void *staged; } copy;              /* staged: owned copy of pageable memory, or NULL */
        struct { void *to; uint64_t value; size_t n; unsigned width; } fill;
        struct { Event *e; uint64_t turn; } event;
        struct { void (*fn)(void *); void *arg; } host;
        GraphExec *graph;
    };
} Op;
typedef struct Queue {
    Op *op;
    size_t n, cap, head;
} Queue;

struct Stream {
    Stream *next;
    Ctx *ctx;
    Queue q;
    bool non_blocking, draining;
    Graph *capture;
    bool asked;    /* cuStreamQuery said "not ready" once */
};
struct Event {
    Ctx *ctx;
    Stream *stream;       /* of the last record */
    uint64_t turn, done;  /* records given, records executed */
    double ms;
    Graph *capture;
    bool timing, asked;
};
typedef struct Node {
    Graph *graph;
    size_t index;
} Node;
struct Graph {
    Graph *next;
    Queue q;
    Stream *origin;
    int mode;
    Node **nodes;
    size_t n_nodes;
};
struct GraphExec {
    Queue q;
};
struct Ctx {
    int error, refs;
    bool primary;
    char log[512]; /* of the first failed launch */
    Stream null;
    Stream *streams;
};

extern pthread_mutex_t driver_lock;
extern PtxSim *driver_sim;
Ctx *driver_current(void);
/* Locks, and checks that there is a context without error: 0, or the error with the lock given back. */
CUresult driver_enter(Ctx **c);
CUresult driver_leave(CUresult rc);

bool queue_push(Queue *q, const Op *op);
void queue_close(Queue *q);
void op_close(Op *op);
bool op_clone(Op *to, const Op *from);
Stream *stream_of(Ctx *c, void *handle);
CUresult stream_give(Ctx *c, Stream *s, Op *op); /* takes op over: queue, or graph being captured */
void stream_drain(Stream *s);
void driver_drain(Ctx *c);                        /* all streams */
void driver_drain_blocking(Ctx *c);               /* what the default stream waits for, and itself */
bool driver_capturing(Ctx *c);                    /* some stream records a graph in a mode that forbids synchronising calls */
void op_run(Ctx *c, const Op *op);
CUresult make_launch(Op *op, Func *f, const unsigned grid[3], const unsigned block[3], unsigned shared, void **params, void **extra);

#endif
