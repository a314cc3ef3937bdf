/* SPDX-License-Identifier: MIT
 * ptxsim's libcuda.so.1: streams, events, launches and graphs. A stream is a list of operations; draining runs them in order, and an operation that
 * waits for an event first drains the stream that records it. The default stream waits for all blocking streams and they for it. */
#include "driver.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* ── operations ── */

void op_close(Op *op)
{
    if (op->kind == OP_LAUNCH)
        free(op->launch.params);
    if (op->kind == OP_COPY)
        free(op->copy.staged);
}

bool op_clone(Op *to, const Op *from)
{
    *to = *from;
    if (from->kind == OP_LAUNCH) {
        size_t n = from->launch.f->params_size + 8u;
        to->launch.params = malloc(n);
        if (to->launch.params)
            memcpy(to->launch.params, from->launch.params, n);
        return to->launch.params;
    }
    if (from->kind == OP_COPY && from->copy.staged) {
        to->copy.staged = malloc(from->copy.n);
        if (to->copy.staged)
            memcpy(to->copy.staged, from->copy.staged, from->copy.n);
        return to->copy.staged;
    }
    return true;
}

bool queue_push(Queue *q, const Op *op)
{
    if (q->head == q->n)
        q->head = q->n = 0;
    if (q->n == q->cap) {
        size_t cap = q->cap ? 2 * q->cap : 32;
        Op *p = realloc(q->op, cap * sizeof *p);
        if (!p)
            return false;
        q->op = p;
        q->cap = cap;
    }
    q->op[q->n++] = *op;
    return true;
}

void queue_close(Queue *q)
{
    for (size_t k = q->head; k < q->n; k++)
        op_close(&q->op[k]);
    free(q->op);
    *q = (Queue){0};
}

static void run_fill(const Op *op)
{
    uint8_t *p = op->fill.to;
    for (size_t k = 0; k < op->fill.n; k++)
        memcpy(p + k * op->fill.width, &op->fill.value, op->fill.width);
}

static void run_event(const Op *op)
{
    Event *e = op->event.e;
    struct timespec t;
    if (op->kind == OP_WAIT) {
        if (e->done < op->event.turn && e->stream && !e->stream->draining)
            stream_drain(e->stream);
        return;
    }
    clock_gettime(CLOCK_MONOTONIC, &t);
    e->ms = (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
    e->done = op->event.turn > e->done ? op->event.turn : e->done;
}

void op_run(Ctx *c, const Op *op)
{
    if (op->kind == OP_RECORD || op->kind == OP_WAIT) {
        run_event(op);
        return;
    }
    if (c->error)
        return;
    switch (op->kind) {
    case OP_LAUNCH:
        c->error = launch_run(driver_sim, op->launch.f, op->launch.grid, op->launch.block, op->launch.shared, op->launch.params, c->log, sizeof c->log);
        if (c->error)
            fprintf(stderr, "ptxsim: %s\n", c->log);
        break;
    case OP_COPY: memmove(op->copy.to, op->copy.staged ? op->copy.staged : op->copy.from, op->copy.n); break;
    case OP_FILL: run_fill(op); break;
    case OP_HOST: op->host.fn(op->host.arg); break;
    case OP_GRAPH:
        for (size_t k = 0; k < op->graph->q.n; k++)
            op_run(c, &op->graph->q.op[k]);
        break;
    default: break;
    }
}

/* ── streams ── */

void stream_drain(Stream *s)
{
    s->draining = true;
    while (s->q.head < s->q.n) {
        Op op = s->q.op[s->q.head++];
        op_run(s->ctx, &op);
        op_close(&op);
    }
    s->draining = false;
}

void driver_drain_blocking(Ctx *c)
{
    stream_drain(&c->null);
    for (Stream *s = c->streams; s; s = s->next)
        if (!s->non_blocking)
            stream_drain(s);
}

void driver_drain(Ctx *c)
{
    stream_drain(&c->null);
    for (Stream *s = c->streams; s; s = s->next)
        stream_drain(s);
}

bool driver_capturing(Ctx *c)
{
    enum { RELAXED = 2 };
    for (Stream *s = c->streams; s; s = s->next)
        if (s->capture && s->capture->mode != RELAXED)
            return true;
    return false;
}

/* Handles 0, 1 (legacy) and 2 (per thread) are the default stream. */
Stream *stream_of(Ctx *c, void *handle)
{
    if ((uintptr_t)handle <= 2)
        return &c->null;
    for (Stream *s = c->streams; s; s = s->next)
        if (s == handle)
            return s;
    return NULL;
}

CUresult stream_give(Ctx *c, Stream *s, Op *op)
{
    Queue *q = s->capture ? &s->capture->q : &s->q;
    if (!s->capture && s == &c->null)
        driver_drain_blocking(c);
    else if (!s->capture && !s->non_blocking)
        stream_drain(&c->null);
    s->asked = false;
    if (queue_push(q, op))
        return CU_OK;
    op_close(op);
    return CU_OUT_OF_MEMORY;
}

CU CUresult cuStreamCreateWithPriority(Stream **out, unsigned flags, int priority)
{
    Ctx *c;
    (void)priority;
    CUresult rc = driver_enter(&c);
    if (rc)
        return rc;
    Stream *s = flags > 1 ? NULL : calloc(1, sizeof *s);
    if (!s)
        return driver_leave(flags > 1 ? CU_INVALID_VALUE : CU_OUT_OF_MEMORY);
    *s = (Stream){.next = c->streams, .ctx = c, .non_blocking = flags & 1};
    c->streams = s;
    *out = s;
    return driver_leave(CU_OK);
}
CU CUresult cuStreamCreate(Stream **out, unsigned flags) { return cuStreamCreateWithPriority(out, flags, 0); }

/* Enters, and finds the stream. */
static CUresult enter_stream(Ctx **c, Stream **s, void *handle)
{
    CUresult rc = driver_enter(c);
    if (rc)
        return rc;
    *s = stream_of(*c, handle);
    return *s ? CU_OK : driver_leave(CU_INVALID_HANDLE);
}

CU CUresult cuStreamDestroy_v2(void *handle)
{
    Ctx *c;
    Stream *s;
    CUresult rc = enter_stream(&c, &s, handle);
    if (rc)
        return rc;
    if (s == &c->null)
        return driver_leave(CU_INVALID_HANDLE);
    stream_drain(s);
    for (Stream **p = &c->streams; *p; p = &(*p)->next)
        if (*p == s) {
            *p = s->next;
            break;
        }
    queue_close(&s->q);
    free(s);
    return driver_leave(CU_OK);
}

CU CUresult cuStreamSynchronize(void *handle)
{
    Ctx *c;
    Stream *s;
    CUresult rc = enter_stream(&c, &s, handle);
    if (rc)
        return rc;
    if (s->capture)
        return driver_leave(CU_CAPTURE_UNSUPPORTED);
    if (s == &c->null)
        driver_drain_blocking(c);
    stream_drain(s);
    return driver_leave(CU_OK);
}

CU CUresult cuStreamQuery(void *handle)
{
    Ctx *c;
    Stream *s;
    CUresult rc = enter_stream(&c, &s, handle);
    if (rc)
        return rc;
    if (s->capture)
        return driver_leave(CU_CAPTURE_UNSUPPORTED);
    bool busy = s->q.head < s->q.n && !s->asked;
    s->asked = true;
    if (!busy)
        stream_drain(s);
    return driver_leave(busy ? CU_NOT_READY : CU_OK);
}

CU CUresult cuLaunchHostFunc(void *handle, void (*fn)(void *), void *arg)
{
    Ctx *c;
    Stream *s;
    CUresult rc = enter_stream(&c, &s, handle);
    if (rc)
        return rc;
    Op op = {.kind = OP_HOST, .host = {fn, arg}};
    return driver_leave(stream_give(c, s, &op));
}

/* ── events ── */

CU CUresult cuEventCreate(Event **out, unsigned flags)
{
    Ctx *c;
    CUresult rc = driver_enter(&c);
    if (rc)
        return rc;
    Event *e = calloc(1, sizeof *e);
    if (e)
        *e = (Event){.ctx = c, .timing = !(flags & 2)};
    *out = e;
    return driver_leave(e ? CU_OK : CU_OUT_OF_MEMORY);
}

CU CUresult cuEventDestroy_v2(Event *e)
{
    Ctx *c;
    CUresult rc = driver_enter(&c);
    if (rc)
        return rc;
    driver_drain(c);
    free(e);
    return driver_leave(CU_OK);
}

CU CUresult cuEventRecord(Event *e, void *handle)
{
    Ctx *c;
    Stream *s;
    CUresult rc = enter_stream(&c, &s, handle);
    if (rc)
        return rc;
    e->capture = s->capture;
    if (s->capture)
        return driver_leave(CU_OK);
    e->stream = s;
    e->asked = false;
    Op op = {.kind = OP_RECORD, .event = {e, ++e->turn}};
    return driver_leave(stream_give(c, s, &op));
}

CU CUresult cuStreamWaitEvent(void *handle, Event *e, unsigned flags)
{
    Ctx *c;
    Stream *s;
    (void)flags;
    CUresult rc = enter_stream(&c, &s, handle);
    if (rc)
        return rc;
    if (e->capture) {
        if (s->capture && s->capture != e->capture)
            return driver_leave(CU_CAPTURE_INVALIDATED);
        s->capture = e->capture;
        return driver_leave(CU_OK);
    }
    if (!e->turn)
        return driver_leave(CU_OK);
    Op op = {.kind = OP_WAIT, .event = {e, e->turn}};
    return driver_leave(stream_give(c, s, &op));
}

static CUresult wait_event(Event *e, bool ask)
{
    Ctx *c;
    CUresult rc = driver_enter(&c);
    if (rc)
        return rc;
    if (e->capture)
        return driver_leave(CU_CAPTURE_UNSUPPORTED);
    bool busy = ask && e->done < e->turn && !e->asked;
    e->asked = true;
    if (!busy && e->done < e->turn)
        stream_drain(e->stream);
    return driver_leave(busy ? CU_NOT_READY : CU_OK);
}
CU CUresult cuEventSynchronize(Event *e) { return wait_event(e, false); }
CU CUresult cuEventQuery(Event *e) { return wait_event(e, true); }

CU CUresult cuEventElapsedTime(float *ms, Event *a, Event *b)
{
    Ctx *c;
    CUresult rc = driver_enter(&c);
    if (rc)
        return rc;
    bool ok = a->timing && b->timing && a->turn && b->turn;
    if (ok && (a->done < a->turn || b->done < b->turn))
        return driver_leave(CU_NOT_READY);
    *ms = ok ? (float)(b->ms - a->ms) : 0;
    return driver_leave(ok ? CU_OK : CU_INVALID_HANDLE);
}
CU CUresult cuEventElapsedTime_v2(float *ms, Event *a, Event *b) { return cuEventElapsedTime(ms, a, b); }

/* ── launches ── */

static CUresult take_params(Func *f, uint8_t *to, void **params, void **extra)
{
    enum { END, BUFFER, SIZE };
    if (!params && f->n_params && extra) {
        const void *buffer = NULL;
        size_t n = 0;
        for (; *extra != (void *)END; extra += 2)
            if (*extra == (void *)BUFFER)
                buffer = extra[1];
            else if (*extra == (void *)SIZE)
                n = *(size_t *)extra[1];
        if (!buffer || n > f->params_size)
            return CU_INVALID_VALUE;
        memcpy(to, buffer, n);
        return CU_OK;
    }
    if (f->n_params && !params)
        return CU_INVALID_VALUE;
    for (uint32_t k = 0; k < f->n_params; k++)
        memcpy(to + f->params[k].offset, params[k], f->params[k].size);
    return CU_OK;
}

CUresult make_launch(Op *op, Func *f, const unsigned grid[3], const unsigned block[3], unsigned shared, void **params, void **extra)
{
    static const unsigned limit[6] = {INT32_MAX, 65535, 65535, 1024, 1024, 64};
    if (!f)
        return CU_INVALID_HANDLE;
    for (int k = 0; k < 3; k++)
        if (!grid[k] || !block[k] || grid[k] > limit[k] || block[k] > limit[3 + k])
            return CU_INVALID_VALUE;
    if ((uint64_t)block[0] * block[1] * block[2] > 1024 || shared > f->max_dynamic)
        return CU_INVALID_VALUE;
    *op = (Op){.kind = OP_LAUNCH, .launch = {.f = f, .shared = shared, .params = calloc(1, f->params_size + 8u)}};
    memcpy(op->launch.grid, grid, sizeof op->launch.grid);
    memcpy(op->launch.block, block, sizeof op->launch.block);
    CUresult rc = op->launch.params ? take_params(f, op->launch.params, params, extra) : CU_OUT_OF_MEMORY;
    if (rc)
        op_close(op);
    return rc;
}

CU CUresult cuLaunchKernel(Func *f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared, void *handle, void **params,
    void **extra)
{
    Ctx *c;
    Stream *s;
    Op op;
    CUresult rc = enter_stream(&c, &s, handle);
    if (rc)
        return rc;
    rc = make_launch(&op, f, (unsigned[]){gx, gy, gz}, (unsigned[]){bx, by, bz}, shared, params, extra);
    return driver_leave(rc ? rc : stream_give(c, s, &op));
}

/* ── graphs: the list of captured operations, in the order they were given ── */

static void graph_free(Graph *g)
{
    for (size_t k = 0; k < g->n_nodes; k++)
        free(g->nodes[k]);
    free(g->nodes);
    queue_close(&g->q);
    free(g);
}

CU CUresult cuStreamBeginCapture_v2(void *handle, int mode)
{
    Ctx *c;
    Stream *s;
    CUresult rc = enter_stream(&c, &s, handle);
    if (rc)
        return rc;
    if (s == &c->null || s->capture || mode < 0 || mode > 2)
        return driver_leave(s == &c->null ? CU_CAPTURE_UNSUPPORTED : CU_INVALID_VALUE);
    Graph *g = calloc(1, sizeof *g);
    if (!g)
        return driver_leave(CU_OUT_OF_MEMORY);
    g->origin = s;
    g->mode = mode;
    s->capture = g;
    return driver_leave(CU_OK);
}

CU CUresult cuStreamEndCapture(void *handle, Graph **out)
{
    Ctx *c;
    Stream *s;
    CUresult rc = enter_stream(&c, &s, handle);
    if (rc)
        return rc;
    Graph *g = s->capture;
    if (!g || g->origin != s)
        return driver_leave(g ? CU_CAPTURE_UNMATCHED : CU_INVALID_VALUE);
    for (Stream *x = c->streams; x; x = x->next)
        if (x->capture == g)
            x->capture = NULL;
    g->origin = NULL;
    *out = g;
    return driver_leave(CU_OK);
}

CU CUresult cuStreamIsCapturing(void *handle, int *status)
{
    Ctx *c;
    Stream *s;
    CUresult rc = enter_stream(&c, &s, handle);
    if (rc)
        return rc;
    *status = s->capture != NULL;
    return driver_leave(CU_OK);
}

CU CUresult cuGraphCreate(Graph **out, unsigned flags)
{
    *out = flags ? NULL : calloc(1, sizeof **out);
    return flags ? CU_INVALID_VALUE : *out ? CU_OK : CU_OUT_OF_MEMORY;
}

CU CUresult cuGraphDestroy(Graph *g)
{
    if (g)
        graph_free(g);
    return g ? CU_OK : CU_INVALID_VALUE;
}

typedef struct KernelNode { /* CUDA_KERNEL_NODE_PARAMS; version 2 has two more members behind */
    Func *f;
    unsigned grid[3], block[3], shared;
    void **params, **extra;
} KernelNode;

CU CUresult cuGraphAddKernelNode_v2(Node **out, Graph *g, Node *const *after, size_t n, const KernelNode *p)
{
    Op op;
    for (size_t k = 0; k < n; k++)
        if (after[k]->graph != g)
            return CU_INVALID_VALUE;
    CUresult rc = make_launch(&op, p->f, p->grid, p->block, p->shared, p->params, p->extra);
    if (rc)
        return rc;
    Node *node = calloc(1, sizeof *node), **all = realloc(g->nodes, (g->n_nodes + 1) * sizeof *all);
    if (all)
        g->nodes = all;
    if (!node || !all || !queue_push(&g->q, &op)) {
        op_close(&op);
        free(node);
        return CU_OUT_OF_MEMORY;
    }
    *node = (Node){g, g->q.n - 1};
    g->nodes[g->n_nodes++] = node;
    *out = node;
    return CU_OK;
}

CU CUresult cuGraphExecKernelNodeSetParams_v2(GraphExec *x, Node *node, const KernelNode *p)
{
    Op op, *at = node->index < x->q.n ? &x->q.op[node->index] : NULL;
    Ctx *c;
    CUresult rc = driver_enter(&c);
    if (rc)
        return rc;
    driver_drain(c);
    if (!at || at->kind != OP_LAUNCH)
        return driver_leave(CU_INVALID_VALUE);
    rc = make_launch(&op, p->f, p->grid, p->block, p->shared, p->params, p->extra);
    if (rc)
        return driver_leave(rc);
    op_close(at);
    *at = op;
    return driver_leave(CU_OK);
}

CU CUresult cuGraphInstantiateWithFlags(GraphExec **out, Graph *g, unsigned long long flags)
{
    GraphExec *x = flags & ~1ull ? NULL : calloc(1, sizeof *x);
    if (!x)
        return flags & ~1ull ? CU_INVALID_VALUE : CU_OUT_OF_MEMORY;
    for (size_t k = 0; k < g->q.n; k++) {
        Op op;
        if (!op_clone(&op, &g->q.op[k]) || !queue_push(&x->q, &op)) {
            queue_close(&x->q);
            free(x);
            return CU_OUT_OF_MEMORY;
        }
    }
    *out = x;
    return CU_OK;
}

CU CUresult cuGraphLaunch(GraphExec *x, void *handle)
{
    Ctx *c;
    Stream *s;
    CUresult rc = enter_stream(&c, &s, handle);
    if (rc)
        return rc;
    if (s->capture)
        return driver_leave(CU_CAPTURE_UNSUPPORTED);
    Op op = {.kind = OP_GRAPH, .graph = x};
    return driver_leave(stream_give(c, s, &op));
}
CU CUresult cuGraphUpload(GraphExec *x, void *handle) { return x && (uintptr_t)handle != 3 ? CU_OK : CU_INVALID_VALUE; }

CU CUresult cuGraphExecDestroy(GraphExec *x)
{
    Ctx *c;
    CUresult rc = driver_enter(&c);
    if (rc)
        return rc;
    driver_drain(c);
    queue_close(&x->q);
    free(x);
    return driver_leave(CU_OK);
}
