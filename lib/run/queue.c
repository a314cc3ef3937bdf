/* SPDX-License-Identifier: MIT
 * run: launches collected for the device: submitted together when the host wants to read or write, or the run ends. A list of calls that
 * comes again is prepared once and replayed; where arguments have changed since (a length has grown) they are written into the prepared list first. With profile on
 * every launch goes alone and is waited for. */
#include "run/run.h"

#include <stdlib.h>
#include <string.h>

enum { QUEUE_MAX = 1024 };

typedef struct Queue { const Step **step; BackendLaunch *list; size_t n, cap; } Queue;

typedef struct PreparedCall { const CallState *cs; uint64_t version; } PreparedCall;
/* What the list that begins with a call was last time; list: prepared, once its calls had come twice. refused: not for these arguments. */
typedef struct Prepared { BackendList *list; size_t n; uint64_t freed; bool refused; PreparedCall call[]; } Prepared;

SpmlCode queue_new(Session *s, Error *err) { return s->parent || (s->queue = calloc(1, sizeof *s->queue)) ? SPML_OK : error_oom(err); }

void queue_free(Session *s)
{
    if (s->queue) {
        free(s->queue->step);
        free(s->queue->list);
        free(s->queue);
    }
    s->queue = NULL;
}

static CallState *state(const Step *st) { return st->compiled; }

void queue_drop(Session *s)
{
    Queue *q = s->shared->queue;
    for (size_t i = 0; i < q->n; i++)
        state(q->step[i])->queued = false;
    q->n = 0;
}

void prepared_free(Session *s, CallState *cs)
{
    if (cs->prepared && cs->prepared->list)
        s->backend->list_free(s->device, cs->prepared->list);
    free(cs->prepared);
    cs->prepared = NULL;
}

/* ── lists that come again ── */

static bool same_calls(const Queue *q, const Prepared *p)
{
    bool same = p && p->n == q->n;
    for (size_t i = 0; same && i < q->n; i++)
        same = p->call[i].cs == state(q->step[i]);
    return same;
}

static bool same_arguments(const Session *s, const Queue *q, const Prepared *p)
{
    bool same = p->freed == pool_freed(s->shared->pool);
    for (size_t i = 0; same && i < q->n; i++)
        same = p->call[i].version == state(q->step[i])->version;
    return same;
}

static bool may_come_again(const Session *s, const Queue *q)
{
    bool ok = s->backend->prepare && !s->profile && q->n > 1;
    for (size_t i = 0; ok && i < q->n; i++)
        ok = !state(q->step[i])->lone;
    return ok;
}

static void note_arguments(const Session *s, const Queue *q, Prepared *p)
{
    p->freed = pool_freed(s->shared->pool);
    for (size_t i = 0; i < q->n; i++)
        p->call[i] = (PreparedCall){state(q->step[i]), state(q->step[i])->version};
}

static SpmlCode note_calls(Session *s, const Queue *q, CallState *first, Error *err)
{
    prepared_free(s, first);
    first->prepared = calloc(1, sizeof(Prepared) + q->n * sizeof(PreparedCall));
    if (!first->prepared)
        return error_oom(err);
    first->prepared->n = q->n;
    note_arguments(s, q, first->prepared);
    return SPML_OK;
}

static void list_drop(Session *s, Prepared *p)
{
    if (p->list)
        s->backend->list_free(s->device, p->list);
    p->list = NULL;
}

/* p->list with the arguments of q; none where the device prepares no list of them. */
static SpmlCode list_ready(Session *s, const Queue *q, Prepared *p, Error *err)
{
    const bool same = same_arguments(s, q, p);
    SpmlCode code = SPML_OK;
    if (p->list && !same) {
        code = s->backend->update(s->device, p->list, q->list, q->n, err);
        if (code)
            list_drop(s, p);
    }
    if (code && code != SPML_NO)
        return code;
    note_arguments(s, q, p);
    if (p->list || (p->refused && same))
        return SPML_OK;
    Error why = {0};
    code = s->backend->prepare(s->device, q->list, q->n, &p->list, &why);
    p->refused = code == SPML_UNSUPPORTED;
    s->shared->counts.prepared += !code;
    if (code && !p->refused && err)
        *err = why;
    return p->refused ? SPML_OK : code;
}

/* With memory of the host one after the other, so that a run can be ended between them. */
static SpmlCode submit(Session *s, const Queue *q, Error *err)
{
    SpmlCode code = SPML_OK;
    if (s->remote)
        return s->backend->submit(s->device, q->list, q->n, err);
    for (size_t i = 0; i < q->n && !code; i++) {
        if (atomic_load_explicit(s->shared->stop, memory_order_relaxed))
            return error_set(err, SPML_INTERRUPTED, "cancelled", "cancelled");
        code = s->backend->submit(s->device, &q->list[i], 1, err);
        if (code)
            step_context(q->step[i], err);
    }
    return code;
}

static SpmlCode submit_or_replay(Session *s, const Queue *q, Error *err)
{
    CallState *first = state(q->step[0]);
    SpmlCode code = SPML_OK;
    if (!may_come_again(s, q))
        return submit(s, q, err);
    if (!same_calls(q, first->prepared))
        return (code = note_calls(s, q, first, err)) ? code : submit(s, q, err);
    code = list_ready(s, q, first->prepared, err);
    if (code || !first->prepared->list)
        return code ? code : submit(s, q, err);
    code = s->backend->replay(s->device, first->prepared->list, s->shared->stop, err);
    s->shared->counts.replays += !code;
    return code;
}

/* ── the queue ── */

/* The list was refused as a whole: one by one, those the device does not take on the CPU. */
static SpmlCode one_by_one(Session *s, const Queue *q, Error *err)
{
    SpmlCode code = SPML_OK;
    for (size_t i = 0; i < q->n && !code; i++) {
        Error why = {0};
        code = s->backend->submit(s->device, &q->list[i], 1, &why);
        s->shared->counts.launches += !code;
        if (code == SPML_UNSUPPORTED) {
            state(q->step[i])->refused = state(q->step[i])->epoch;
            code = s->no_fallback ? fallback_refuse(s, q->step[i], &why, err) : fallback_queued(s, q->step[i], err);
        } else if (code && err) {
            *err = why;
            step_context(q->step[i], err);
        }
    }
    return code;
}

SpmlCode queue_flush(Session *s, Error *err)
{
    Queue *q = s->shared->queue, now;
    if (!q || !q->n)
        return SPML_OK;
    now = *q;
    queue_drop(s);
    Error why = {0};
    SpmlCode code = submit_or_replay(s, &now, &why);
    if (code == SPML_UNSUPPORTED && s->cpu)
        return one_by_one(s, &now, err);
    s->shared->counts.launches += code ? 0 : now.n;
    if (code && err && !err->code)
        *err = why;
    return code;
}

static SpmlCode profiled(Session *s, const Step *st, Error *err)
{
    CallState *cs = st->compiled;
    SpmlCode code = s->backend->wait(s->device, err);
    uint64_t t0 = run_now();
    if (!code)
        code = queue_flush(s, err);
    if (!code)
        code = s->backend->wait(s->device, err);
    cs->ns += run_now() - t0;
    cs->n_runs++;
    return code;
}

SpmlCode queue_add(Session *s, const Step *st, Error *err)
{
    Queue *q = s->shared->queue;
    CallState *cs = st->compiled;
    if (q->n == q->cap) {
        size_t cap = q->cap ? 2 * q->cap : 64;
        const Step **p = realloc(q->step, cap * sizeof *p);
        q->step = p ? p : q->step;
        BackendLaunch *l = p ? realloc(q->list, cap * sizeof *l) : NULL;
        q->list = l ? l : q->list;
        if (!p || !l)
            return error_oom(err);
        q->cap = cap;
    }
    q->step[q->n] = st;
    q->list[q->n++] = call_launch(cs, SIDE_DEVICE);
    cs->queued = true;
    if (s->profile)
        return profiled(s, st, err);
    return q->n == QUEUE_MAX ? queue_flush(s, err) : SPML_OK;
}
