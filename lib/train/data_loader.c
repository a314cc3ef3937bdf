/* SPDX-License-Identifier: MIT
 * train: batches, prepared ahead. A ring of batches is filled by threads that take rows by tickets: ticket → batch, rows, epoch, samples, all by arithmetic on
 * the position, so which thread fills what changes nothing. The caller takes batches in order; a batch is filled anew when the next one is asked for.
 * Preparing one row is data_row.c's. */
#include "train/data_row.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

typedef struct Slot { Batch b; int64_t left; /* tasks to do */ SpmlCode code; int64_t bad_row; Error err; } Slot;
typedef struct Order { bool used; uint64_t epoch; uint32_t *at; /* [n] */ } Order;

struct Loader {
    RowMaker maker;
    LoaderOptions o;
    int64_t rows;               /* of this rank: B / n_ranks */
    int64_t chunk, n_tasks;     /* rows of a task, tasks of a batch */
    uint64_t n_batches;         /* of an epoch */
    int n_slots, n_threads;
    Slot *slot;
    Order *order;               /* [n_slots + 1] train: permutations of the epochs at hand */
    DataPosition base;          /* of batch 0 of the counting below */
    pthread_mutex_t lock;       /* guards what follows */
    pthread_cond_t work, ready;
    uint64_t next_task, taken;  /* tickets; batches that were handed out and given back */
    bool held, at_end, stop, pause; /* held: batch `taken` is with the caller; at_end: the end of base's epoch comes next */
    int busy;
    pthread_t *thread;
};

/* Batch `seq` of the counting. */
static DataPosition position_of(const Loader *l, uint64_t seq)
{
    uint64_t at = l->base.batch + seq;
    return (DataPosition){l->base.epoch + at / l->n_batches, at % l->n_batches};
}

/* ── the order of an epoch ── */

static void shuffle(const Loader *l, Order *o, uint64_t epoch)
{
    uint64_t n = l->maker.v.n;
    Rng r = rng_make(l->o.seed, RNG_ORDER, epoch, 0);
    for (uint64_t i = 0; i < n; i++)
        o->at[i] = (uint32_t)i;
    for (uint64_t i = n; i > 1; i--) {
        uint64_t k = rng_below(&r, i);
        uint32_t t = o->at[i - 1];
        o->at[i - 1] = o->at[k];
        o->at[k] = t;
    }
    o->epoch = epoch;
    o->used = true;
}

/* Locked. The orders of epochs that some batch of the ring may still belong to stay; there is one place more than there can be such epochs. */
static const Order *order_of(Loader *l, uint64_t epoch)
{
    uint64_t first = position_of(l, l->taken).epoch, last = position_of(l, l->taken + (uint64_t)l->n_slots).epoch;
    Order *spare = NULL;
    for (int i = 0; i <= l->n_slots; i++) {
        Order *o = &l->order[i];
        if (o->used && o->epoch == epoch)
            return o;
        bool idle = !o->used || o->epoch < first || o->epoch > last;
        spare = idle && (!spare || (!spare->at && o->at)) ? o : spare;
    }
    if (!spare->at)
        spare->at = malloc((size_t)l->maker.v.n * sizeof *spare->at);
    if (!spare->at)
        return NULL;
    shuffle(l, spare, epoch);
    return spare;
}

/* ── the threads ── */

static void do_task(Loader *l, uint64_t seq, int64_t task, const Order *order, Slot *s, SpmlCode *code, int64_t *row, Error *err)
{
    DataPosition p = position_of(l, seq);
    int64_t from = task * l->chunk, to = from + l->chunk < l->rows ? from + l->chunk : l->rows;
    RowScratch scratch = {0};
    *code = row_scratch(&l->maker, &scratch, err);
    for (*row = from; !*code && *row < to; ++*row) {
        uint64_t g = p.batch * (uint64_t)l->o.batch + (uint64_t)(l->o.rank * l->rows + *row);
        bool real = g < l->maker.v.n;
        g = real ? g : l->maker.v.n - 1;
        *code = row_make(&l->maker, order ? order->at[g] : g, p.epoch, g, *row, real, &scratch, &s->b, err);
        if (*code)
            break;
    }
    row_scratch_free(&scratch);
}

static void finish_task(Loader *l, Slot *s, SpmlCode code, int64_t row, const Error *e)
{
    if (code && (!s->code || row < s->bad_row)) {
        s->code = code;
        s->bad_row = row;
        s->err = *e;
    }
    if (!--s->left)
        pthread_cond_broadcast(&l->ready);
    if (!--l->busy && l->pause)
        pthread_cond_broadcast(&l->ready);
}

static void *worker(void *ctx)
{
    Loader *l = ctx;
    pthread_mutex_lock(&l->lock);
    for (;;) {
        while (!l->stop && (l->pause || l->next_task / (uint64_t)l->n_tasks >= l->taken + (uint64_t)l->n_slots))
            pthread_cond_wait(&l->work, &l->lock);
        if (l->stop)
            break;
        uint64_t seq = l->next_task / (uint64_t)l->n_tasks;
        int64_t task = (int64_t)(l->next_task++ % (uint64_t)l->n_tasks), row = 0;
        bool shuffled = l->o.train && l->maker.v.index;
        const Order *order = shuffled ? order_of(l, position_of(l, seq).epoch) : NULL;
        Slot *s = &l->slot[seq % (uint64_t)l->n_slots];
        Error err = {0};
        SpmlCode code = shuffled && !order ? error_oom(&err) : SPML_OK;
        l->busy++;
        pthread_mutex_unlock(&l->lock);
        if (!code)
            do_task(l, seq, task, order, s, &code, &row, &err);
        pthread_mutex_lock(&l->lock);
        finish_task(l, s, code, row, &err);
    }
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

/* Signals that are no fault of a thread's own are the main thread's. */
static SpmlCode start(Loader *l, Error *err)
{
    static const int faults[] = {SIGBUS, SIGSEGV, SIGFPE, SIGILL, SIGTRAP, SIGSYS};
    sigset_t block, old;
    sigfillset(&block);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        sigdelset(&block, faults[i]);
    pthread_sigmask(SIG_SETMASK, &block, &old);
    while (l->n_threads < (l->o.threads > 0 ? l->o.threads : 1) && !pthread_create(&l->thread[l->n_threads], NULL, worker, l))
        l->n_threads++;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return l->n_threads ? SPML_OK : error_set(err, SPML_RESOURCE, "threads", "no thread can be started for preparing data");
}

/* ── opening ── */

static SpmlCode check_options(const DataView *v, const LoaderOptions *o, Error *err)
{
    int ranks = o->n_ranks > 0 ? o->n_ranks : 1;
    if (o->batch < 1 || o->batch > 1 << 24)
        return error_set(err, SPML_USAGE, "data-batch", "batches of %lld samples cannot be made", (long long)o->batch);
    if (o->rank < 0 || o->rank >= ranks || o->batch % ranks)
        return error_set(err, SPML_USAGE, "data-batch", "a batch of %lld cannot be shared by %d ranks alike", (long long)o->batch, ranks);
    if (v->n > UINT32_MAX)
        return error_set(err, SPML_UNSUPPORTED, "data-large", "more than 4294967295 samples");
    if (!v->n)
        return data_fail(err, v->d->info.path, -1, "data-empty", "there is not one sample to %s", o->train ? "train on" : "look at");
    if (o->train && v->n < (uint64_t)o->batch)
        return data_fail(err, v->d->info.path, -1, "data-batch", "%llu samples are no batch of %lld", (unsigned long long)v->n, (long long)o->batch);
    if (o->threads < 0 || o->threads > 1024 || o->depth < 0 || o->depth > 1024)
        return error_set(err, SPML_USAGE, "data-threads", "%d threads, %d batches ahead", o->threads, o->depth);
    return SPML_OK;
}

static SpmlCode make_slots(Loader *l, Error *err)
{
    SpmlCode code = SPML_OK;
    l->n_slots = (l->o.depth ? l->o.depth : 3) + 1;
    l->slot = calloc((size_t)l->n_slots, sizeof *l->slot);
    l->order = calloc((size_t)l->n_slots + 1, sizeof *l->order);
    l->thread = calloc((size_t)(l->o.threads > 0 ? l->o.threads : 1), sizeof *l->thread);
    if (!l->slot || !l->order || !l->thread)
        return error_oom(err);
    for (int i = 0; !code && i < l->n_slots; i++) {
        l->slot[i].left = l->n_tasks;
        code = row_batch(&l->maker, l->rows, &l->slot[i].b, err);
    }
    return code;
}

SpmlCode loader_open(const DataView *v, const LoaderOptions *o, Loader **out, Error *err)
{
    *out = NULL;
    SpmlCode code = check_options(v, o, err);
    if (code)
        return code;
    Loader *l = calloc(1, sizeof *l);
    if (!l)
        return error_oom(err);
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->work, NULL);
    pthread_cond_init(&l->ready, NULL);
    l->o = *o;
    l->rows = o->batch / (o->n_ranks > 0 ? o->n_ranks : 1);
    int64_t share = l->rows / (2 * (o->threads > 0 ? o->threads : 1));
    l->chunk = share < 1 ? 1 : share > 64 ? 64 : share;
    l->n_tasks = (l->rows + l->chunk - 1) / l->chunk;
    l->n_batches = (v->n + (o->train ? 0 : (uint64_t)o->batch - 1)) / (uint64_t)o->batch;
    code = row_maker(v, o, &l->maker, err);
    if (!code)
        code = make_slots(l, err);
    if (!code)
        code = start(l, err);
    if (code)
        loader_close(&l);
    *out = l;
    return code;
}

void loader_close(Loader **loader)
{
    Loader *l = *loader;
    if (!l)
        return;
    pthread_mutex_lock(&l->lock);
    l->stop = true;
    pthread_cond_broadcast(&l->work);
    pthread_mutex_unlock(&l->lock);
    for (int i = 0; i < l->n_threads; i++)
        pthread_join(l->thread[i], NULL);
    for (int i = 0; l->slot && i < l->n_slots; i++)
        row_batch_free(&l->slot[i].b);
    for (int i = 0; l->order && i <= l->n_slots; i++)
        free(l->order[i].at);
    row_maker_free(&l->maker);
    pthread_cond_destroy(&l->ready);
    pthread_cond_destroy(&l->work);
    pthread_mutex_destroy(&l->lock);
    free(l->slot);
    free(l->order);
    free(l->thread);
    free(l);
    *loader = NULL;
}

TargetForm loader_target(const Loader *l) { return l->maker.target; }
uint64_t loader_batches(const Loader *l) { return l->n_batches; }

/* ── taking ── */

static void give_back(Loader *l)
{
    Slot *s = &l->slot[l->taken % (uint64_t)l->n_slots];
    s->left = l->n_tasks;
    s->code = SPML_OK;
    error_clear(&s->err);
    l->held = false;
    l->taken++;
    l->at_end = position_of(l, l->taken).batch == 0;
    pthread_cond_broadcast(&l->work);
}

static SpmlCode pass_error(const Error *from, SpmlCode code, Error *err)
{
    error_set(err, code, from->key, "%s", from->text);
    if (from->hint[0])
        error_hint(err, "%s", from->hint);
    return from->file[0] ? error_where(err, from->file, from->offset) : code;
}

SpmlCode loader_next(Loader *l, const Batch **out, Error *err)
{
    *out = NULL;
    pthread_mutex_lock(&l->lock);
    if (l->held)
        give_back(l);
    if (l->at_end) {
        l->at_end = false;
        pthread_mutex_unlock(&l->lock);
        return SPML_OK;
    }
    Slot *s = &l->slot[l->taken % (uint64_t)l->n_slots];
    while (s->left)
        pthread_cond_wait(&l->ready, &l->lock);
    SpmlCode code = s->code;
    l->held = !code;
    DataPosition p = position_of(l, l->taken);
    pthread_mutex_unlock(&l->lock);
    if (code)
        return pass_error(&s->err, code, err);
    int64_t first = (int64_t)p.batch * l->o.batch + l->o.rank * l->rows, real = (int64_t)l->maker.v.n - first;
    s->b.n = real < 0 ? 0 : real < l->rows ? real : l->rows;
    s->b.epoch = p.epoch;
    s->b.index = p.batch;
    *out = &s->b;
    return SPML_OK;
}

DataPosition loader_position(const Loader *l)
{
    uint64_t next = l->taken + l->held;
    DataPosition p = position_of(l, next);
    bool end = l->held ? p.batch == 0 : l->at_end;
    return end ? (DataPosition){p.epoch - 1, l->n_batches} : p;
}

void loader_seek(Loader *l, DataPosition at)
{
    pthread_mutex_lock(&l->lock);
    l->pause = true;
    while (l->busy)
        pthread_cond_wait(&l->ready, &l->lock);
    bool end = at.batch >= l->n_batches;
    l->base = end ? (DataPosition){at.epoch + 1, 0} : at;
    l->next_task = l->taken = 0;
    l->held = false;
    l->at_end = end;
    for (int i = 0; i < l->n_slots; i++) {
        l->slot[i].left = l->n_tasks;
        l->slot[i].code = SPML_OK;
        error_clear(&l->slot[i].err);
    }
    l->pause = false;
    pthread_cond_broadcast(&l->work);
    pthread_mutex_unlock(&l->lock);
}
