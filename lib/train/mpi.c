/* SPDX-License-Identifier: MIT
 * train: ranks over MPI (mpi.h). A job of the thread is a gather (everybody's bytes to everybody), a sum (each rank gets its slice of all parts and adds them up) or
 * a spread (each rank's slice goes to all): one round of messages that are polled, so any number of jobs go on at once. */
#include "train/mpi.h"

#include "base/hash.h"
#include "base/knobs.h"
#include "base/text.h"
#include "train/mpi_abi.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { TAG_GATHER = 1, TAG_SLICE = 2, SLICE_TAGS = 16384, BLOCK = 1024, ALIVE_MS = 100 };
enum { YIELD_NS = 300000, NAP_NS = 50000, SUM_NAP_NS = 150000, NAP_MOST_NS = 1000000 };

typedef enum JobKind { JOB_GATHER, JOB_SUM, JOB_SPREAD } JobKind;
typedef struct Job {
    struct Job *next;
    JobKind kind;
    bool over;                /* nothing is left to do, as the thread knows */
    bool done;                /* as others may know: guarded by the lock, the thread's last word on a gather */
    uint32_t id;              /* of slices: the same on all ranks */
    char *own, *all;          /* gather: [sz], [n·sz] */
    size_t sz;
    DType t;                  /* of x [n]; room: a sum's parts of this rank's slice, but its own */
    char *x, *room;
    int64_t n;
    int n_requests;
    MpiRequest request[];     /* [2·(n − 1)] */
} Job;

/* What ranks tell each other at the beginning. */
typedef struct Who { char host[64], space[64], version[32]; int64_t pid; uint8_t cpus[128]; } Who;

struct Ranks {
    Peers peers;              /* first: a Peers * is a Ranks * */
    Mpi mpi;
    int expected;             /* as the launcher said */
    Who *who;                 /* [n] */
    const atomic_bool *stop;
    bool stopped;
    pthread_t thread;
    bool started;
    pthread_mutex_t lock;     /* guards what follows */
    pthread_cond_t work, done;
    Job *inbox, **tail;       /* jobs that have not begun, in their order */
    int64_t n_open;           /* sums and spreads that are not done */
    uint32_t next_id;         /* of one of them */
    bool up, leave, waiting;  /* up: MPI runs, or has failed to; waiting: somebody does */
    int abort_code;           /* leave: 0: together with the others */
    Error why;                /* of the thread's first failure */
};

/* ── rounds of messages, by the thread ── */

static size_t width(const Job *j) { return dtype_info[j->t].bytes; }
static char *slice(const Job *j, int ranks, int k) { return j->x + (size_t)peers_slice(j->n, ranks, k) * width(j); }
static size_t slice_bytes(const Job *j, int ranks, int k) { return (size_t)(peers_slice(j->n, ranks, k + 1) - peers_slice(j->n, ranks, k)) * width(j); }
static char *part_room(const Job *j, const Peers *p, int k) { return j->room + (size_t)(k < p->rank ? k : k - 1) * slice_bytes(j, p->n, p->rank); }

/* What goes to rank k and comes from it. */
static SpmlCode exchange(Ranks *r, Job *j, int k, Error *err)
{
    const Peers *p = &r->peers;
    const int tag = j->kind == JOB_GATHER ? TAG_GATHER : TAG_SLICE + (int)(j->id % SLICE_TAGS), me = p->rank, n = p->n;
    const char *out = j->own;
    char *in = j->all + (size_t)k * j->sz;
    size_t out_sz = j->sz, in_sz = j->sz;
    if (j->kind == JOB_SUM) {
        out = slice(j, n, k);
        out_sz = slice_bytes(j, n, k);
        in = part_room(j, p, k);
        in_sz = slice_bytes(j, n, me);
    } else if (j->kind == JOB_SPREAD) {
        out = slice(j, n, me);
        out_sz = slice_bytes(j, n, me);
        in = slice(j, n, k);
        in_sz = slice_bytes(j, n, k);
    }
    SpmlCode code = in_sz ? mpi_recv(&r->mpi, in, in_sz, k, tag, &j->request[j->n_requests], err) : SPML_OK;
    j->n_requests += in_sz && !code;
    if (!code && out_sz)
        code = mpi_send(&r->mpi, out, out_sz, k, tag, &j->request[j->n_requests], err);
    j->n_requests += out_sz && !code;
    return code;
}

static SpmlCode begin(Ranks *r, Job *j, Error *err)
{
    SpmlCode code = SPML_OK;
    for (int i = 1; i < r->peers.n && !code; i++)
        code = exchange(r, j, (r->peers.rank + i) % r->peers.n, err);
    return code;
}

#define ADD(T)                                                           \
    static void add_##T(T *to, const T *x, int64_t n)                    \
    {                                                                    \
        for (int64_t i = 0; i < n; i++)                                  \
            to[i] += x[i];                                               \
    }
ADD(float)
ADD(double)

/* This rank's slice of all parts, in the order of ranks. */
static void add_up(const Peers *p, Job *j)
{
    const size_t w = width(j);
    const int64_t n = (int64_t)(slice_bytes(j, p->n, p->rank) / w);
    char *mine = slice(j, p->n, p->rank);
    double block[BLOCK];
    for (int64_t at = 0; at < n; at += BLOCK) {
        const int64_t m = n - at < BLOCK ? n - at : BLOCK;
        for (int k = 0; k < p->n; k++) {
            const char *part = (k == p->rank ? mine : part_room(j, p, k)) + (size_t)at * w;
            if (!k)
                memcpy(block, part, (size_t)m * w);
            else if (j->t == DT_f64)
                add_double(block, (const double *)part, m);
            else
                add_float((float *)(void *)block, (const float *)part, m);
        }
        memcpy(mine + (size_t)at * w, block, (size_t)m * w);
    }
}

/* *moved: some message has come or gone. */
static SpmlCode advance(Ranks *r, Job *j, bool *moved, Error *err)
{
    SpmlCode code = SPML_OK;
    for (int i = 0; i < j->n_requests && !code;) {
        bool done;
        code = mpi_test(&r->mpi, &j->request[i], &done, err);
        if (!code && done) {
            j->request[i] = j->request[--j->n_requests];
            *moved = true;
        } else {
            i++;
        }
    }
    if (code || j->n_requests)
        return code;
    if (j->kind == JOB_SUM)
        add_up(&r->peers, j);
    j->over = true;
    return SPML_OK;
}

/* ── the thread ── */

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void wait_ns(Ranks *r, pthread_cond_t *c, uint64_t ns)
{
    const uint64_t end = now_ns() + ns;
    pthread_cond_timedwait(c, &r->lock, &(struct timespec){(time_t)(end / 1000000000), (long)(end % 1000000000)});
}

/* Locked. Where somebody waits, the CPU of who waits is there to be used, for a moment; otherwise it is the computation's. A new job ends a nap. */
static void nap(Ranks *r, uint64_t idle)
{
    if (r->waiting && idle < YIELD_NS) {
        pthread_mutex_unlock(&r->lock);
        sched_yield();
        pthread_mutex_lock(&r->lock);
        return;
    }
    const uint64_t least = r->waiting ? NAP_NS : SUM_NAP_NS, ns = idle / 8 > least ? idle / 8 : least;
    if (!r->inbox && !r->leave)
        wait_ns(r, &r->work, ns < NAP_MOST_NS ? ns : NAP_MOST_NS);
}

/* Jobs that are over leave the list; all but gathers are the thread's own. */
static void drop_done(Ranks *r, Job **list)
{
    pthread_mutex_lock(&r->lock);
    while (*list) {
        Job *j = *list;
        if (!j->over) {
            list = &j->next;
            continue;
        }
        *list = j->next;
        if (j->kind != JOB_GATHER) {
            r->n_open--;
            free(j->room);
            free(j);
        } else {
            j->done = true;
        }
    }
    pthread_cond_broadcast(&r->done);
    pthread_mutex_unlock(&r->lock);
}

/* Begins what has come, moves all on. */
static SpmlCode turn(Ranks *r, Job **active, Job *fresh, bool *moved, Error *err)
{
    SpmlCode code = SPML_OK;
    bool done = false;
    Job **end = active;
    while (*end)
        end = &(*end)->next;
    *end = fresh;
    for (Job *j = fresh; j && !code; j = j->next)
        code = begin(r, j, err);
    for (Job *j = *active; j && !code; j = j->next) {
        code = advance(r, j, moved, err);
        done |= j->over;
    }
    if (done)
        drop_done(r, active);
    return code;
}

static SpmlCode serve(Ranks *r, Job **active, Error *err)
{
    uint64_t since = now_ns();
    SpmlCode code = SPML_OK;
    pthread_mutex_lock(&r->lock);
    while (!code && !r->leave) {
        Job *fresh = r->inbox;
        bool moved = fresh != NULL;
        if (!fresh && !*active) {
            pthread_cond_wait(&r->work, &r->lock);
            since = now_ns();
            continue;
        }
        r->inbox = NULL;
        r->tail = &r->inbox;
        pthread_mutex_unlock(&r->lock);
        code = turn(r, active, fresh, &moved, err);
        pthread_mutex_lock(&r->lock);
        if (moved)
            since = now_ns();
        else if (!code && *active)
            nap(r, now_ns() - since);
    }
    pthread_mutex_unlock(&r->lock);
    return code;
}

static SpmlCode start_mpi(Ranks *r, Error *err)
{
    SpmlCode code = mpi_init(&r->mpi, &r->peers.rank, &r->peers.n, err);
    if (!code && r->expected > 1 && r->peers.n != r->expected)
        code = error_set(err, SPML_DEVICE, "mpi-other", "the launcher has started %d ranks, %s sees %d: it is not the launcher's MPI", r->expected, r->mpi.name, r->peers.n);
    return code;
}

static void *run_thread(void *ctx)
{
    Ranks *r = ctx;
    Error err = {0};
    Job *active = NULL;
    prctl(PR_SET_TIMERSLACK, 5000); /* naps are short */
    SpmlCode code = start_mpi(r, &err);
    pthread_mutex_lock(&r->lock);
    r->up = true;
    r->why = err;
    pthread_cond_broadcast(&r->done);
    pthread_mutex_unlock(&r->lock);
    const bool runs = !code || !strcmp(err.key, "mpi-other");
    if (!code)
        code = serve(r, &active, &err);
    pthread_mutex_lock(&r->lock);
    r->why = err;
    pthread_cond_broadcast(&r->done);
    while (!r->leave)
        pthread_cond_wait(&r->work, &r->lock);
    const int abort_code = r->abort_code;
    pthread_mutex_unlock(&r->lock);
    if (runs && abort_code)
        mpi_abort(&r->mpi, abort_code);
    else if (runs)
        mpi_finalize(&r->mpi);
    return NULL;
}

/* ── waiting for the thread ── */

/* Ranks of this machine whose process is gone: nobody else would tell. */
static SpmlCode see_alive(const Ranks *r, Error *err)
{
    const Who *me = r->who ? &r->who[r->peers.rank] : NULL;
    for (int i = 0; me && i < r->peers.n; i++) {
        const Who *w = &r->who[i];
        if (i != r->peers.rank && !strcmp(w->host, me->host) && !strcmp(w->space, me->space) && kill((pid_t)w->pid, 0) && errno == ESRCH)
            return error_set(err, SPML_DEVICE, "rank-lost", "rank %d (process %lld) has ended: training cannot go on; checkpoints are whole", i, (long long)w->pid);
    }
    return SPML_OK;
}

/* Locked. Until *flag, or all sums and spreads are done. */
static SpmlCode wait_for(Ranks *r, const bool *flag, Error *err)
{
    SpmlCode code = SPML_OK;
    r->waiting = true;
    pthread_cond_signal(&r->work);
    while (!code && !error_is(&r->why) && (flag ? !*flag : r->n_open > 0)) {
        wait_ns(r, &r->done, ALIVE_MS * 1000000ull);
        code = see_alive(r, err);
    }
    r->waiting = false;
    if (!code && error_is(&r->why))
        code = error_set(err, r->why.code, r->why.key, "%s", r->why.text);
    return code;
}

static void post(Ranks *r, Job *j)
{
    *r->tail = j;
    r->tail = &j->next;
}

static Job *job_new(const Ranks *r, Error *err)
{
    Job *j = calloc(1, sizeof *j + 2 * (size_t)r->peers.n * sizeof(MpiRequest));
    if (!j)
        error_oom(err);
    return j;
}

/* Each rank's bytes with its wish to end before them. */
static SpmlCode gather(Peers *p, const void *x, size_t sz, void *all, Error *err)
{
    Ranks *r = (Ranks *)p;
    const size_t one = sz + sizeof(uint64_t);
    const uint64_t wish = r->stop && atomic_load(r->stop);
    Job *j = job_new(r, err);
    char *room = malloc(one * ((size_t)p->n + 1));
    SpmlCode code = SPML_OK;
    if (!j || !room) {
        free(j);
        free(room);
        return error_oom(err);
    }
    j->own = room;
    j->all = room + one;
    j->sz = one;
    memcpy(room, &wish, sizeof wish);
    if (sz)
        memcpy(room + sizeof wish, x, sz);
    memcpy(j->all + (size_t)p->rank * one, room, one);
    pthread_mutex_lock(&r->lock);
    post(r, j);
    code = wait_for(r, &j->done, err);
    pthread_mutex_unlock(&r->lock);
    if (code)
        return code; /* messages may still be under way: the job ends here, and its memory with the process */
    for (int k = 0; k < p->n; k++) {
        uint64_t theirs;
        memcpy(&theirs, j->all + (size_t)k * one, sizeof theirs);
        r->stopped |= theirs != 0;
        if (sz)
            memcpy((char *)all + (size_t)k * sz, j->all + (size_t)k * one + sizeof theirs, sz);
    }
    free(room);
    free(j);
    return SPML_OK;
}

static SpmlCode start_job(Peers *p, JobKind kind, DType t, void *x, int64_t n, Error *err)
{
    Ranks *r = (Ranks *)p;
    Job *j = job_new(r, err);
    if (!j)
        return SPML_RESOURCE;
    *j = (Job){.kind = kind, .t = t, .x = x, .n = n};
    j->room = kind == JOB_SUM ? malloc(slice_bytes(j, p->n, p->rank) * (size_t)(p->n - 1) + 1) : NULL;
    if (kind == JOB_SUM && !j->room) {
        free(j);
        return error_oom(err);
    }
    pthread_mutex_lock(&r->lock);
    j->id = r->next_id++;
    r->n_open++;
    post(r, j);
    pthread_cond_signal(&r->work);
    pthread_mutex_unlock(&r->lock);
    return SPML_OK;
}

static SpmlCode start_sum(Peers *p, DType t, void *x, int64_t n, Error *err) { return start_job(p, JOB_SUM, t, x, n, err); }
static SpmlCode start_spread(Peers *p, DType t, void *x, int64_t n, Error *err) { return start_job(p, JOB_SPREAD, t, x, n, err); }

static SpmlCode finish(Peers *p, Error *err)
{
    Ranks *r = (Ranks *)p;
    pthread_mutex_lock(&r->lock);
    SpmlCode code = wait_for(r, NULL, err);
    pthread_mutex_unlock(&r->lock);
    return code;
}

/* ── opening ── */

static int env_int(const char *name)
{
    const char *s = getenv(name), *end;
    int64_t v;
    return s && parse_i64(s, &end, &v) && !*end && v > 0 && v < 1 << 24 ? (int)v : 0;
}

/* How many ranks the launcher has started, 0: it is not told, −1: there is no launcher. */
static int launched(bool *mpich)
{
    const int open = env_int("OMPI_COMM_WORLD_SIZE"), pmi = env_int("PMI_SIZE");
    *mpich = !open && pmi;
    return open ? open : pmi ? pmi : getenv("PMIX_RANK") ? 0 : -1;
}

static void describe(Who *w)
{
    cpu_set_t cpus;
    memset(w, 0, sizeof *w);
    gethostname(w->host, sizeof w->host - 1);
    if (readlink("/proc/self/ns/pid", w->space, sizeof w->space - 1) < 0)
        w->space[0] = 0;
    snprintf(w->version, sizeof w->version, "%s", SPML_VERSION);
    w->pid = getpid();
    if (!sched_getaffinity(0, sizeof cpus, &cpus))
        memcpy(w->cpus, &cpus, sizeof cpus < sizeof w->cpus ? sizeof cpus : sizeof w->cpus);
}

static SpmlCode meet(Ranks *r, Error *err)
{
    const int n = r->peers.n;
    Who me, *all = calloc((size_t)n, sizeof *all);
    describe(&me);
    SpmlCode code = all ? gather(&r->peers, &me, sizeof me, all, err) : error_oom(err);
    for (int i = 0; i < n && !code; i++)
        if (strcmp(all[i].version, me.version))
            code = error_set(err, SPML_USAGE, "ranks-differ", "rank %d is spml %s, rank %d %s", i, all[i].version, r->peers.rank, me.version);
    r->who = all;
    return code;
}

/* Signals are the main thread's. */
static bool start_thread(Ranks *r)
{
    sigset_t block, old;
    sigfillset(&block);
    sigdelset(&block, SIGSEGV);
    sigdelset(&block, SIGBUS);
    sigdelset(&block, SIGFPE);
    pthread_sigmask(SIG_SETMASK, &block, &old);
    const bool ok = !pthread_create(&r->thread, NULL, run_thread, r);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return ok;
}

static SpmlCode ranks_start(Ranks *r, Error *err)
{
    pthread_condattr_t a;
    pthread_condattr_init(&a);
    pthread_condattr_setclock(&a, CLOCK_MONOTONIC);
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->work, &a);
    pthread_cond_init(&r->done, &a);
    pthread_condattr_destroy(&a);
    r->tail = &r->inbox;
    r->started = start_thread(r);
    if (!r->started)
        return error_set(err, SPML_RESOURCE, "threads-failed", "no thread can be started for messages between ranks");
    pthread_mutex_lock(&r->lock);
    SpmlCode code = wait_for(r, &r->up, err);
    if (!code && error_is(&r->why))
        code = error_set(err, r->why.code, r->why.key, "%s", r->why.text);
    pthread_mutex_unlock(&r->lock);
    return code ? code : meet(r, err);
}

SpmlCode ranks_open(const atomic_bool *stop, Ranks **out, Error *err)
{
    bool mpich;
    const int n = launched(&mpich);
    *out = NULL;
    if (n == 1 || n < 0)
        return SPML_OK;
    Ranks *r = calloc(1, sizeof *r);
    if (!r)
        return error_oom(err);
    *r = (Ranks){.peers = {.n = 1, .gather = gather, .start = start_sum, .spread = start_spread, .finish = finish}, .expected = n, .stop = stop};
    SpmlCode code = mpi_load(&r->mpi, knob_str(KNOB_MPI), mpich, err);
    if (!code)
        code = ranks_start(r, err);
    *out = r; /* also after a failure, which is to be told before ranks_close ends the job */
    return code;
}

void ranks_close(Ranks **pr, SpmlCode code, bool agreed)
{
    Ranks *r = *pr;
    if (!r)
        return;
    if (r->started) {
        pthread_mutex_lock(&r->lock);
        r->leave = true;
        r->abort_code = agreed ? 0 : code ? (int)code : SPML_DEVICE;
        pthread_cond_signal(&r->work);
        pthread_mutex_unlock(&r->lock);
        pthread_join(r->thread, NULL);
    }
    free(r->who);
    free(r);
    *pr = NULL;
}

/* ── what runs ask ── */

Peers *ranks_peers(Ranks *r) { return &r->peers; }
bool ranks_stop(const Ranks *r) { return r->stopped; }

int ranks_beside(const Ranks *r)
{
    const Who *me = &r->who[r->peers.rank];
    int n = 0;
    for (int i = 0; i < r->peers.n; i++)
        n += !strcmp(r->who[i].host, me->host) && !memcmp(r->who[i].cpus, me->cpus, sizeof me->cpus);
    return n;
}

SpmlCode ranks_sum(Ranks *r, double *x, size_t n, Error *err)
{
    double *all = calloc((size_t)r->peers.n * n + 1, sizeof *all);
    SpmlCode code = all ? gather(&r->peers, x, n * sizeof *x, all, err) : error_oom(err);
    for (size_t i = 0; i < n && !code; i++) {
        x[i] = 0;
        for (int k = 0; k < r->peers.n; k++)
            x[i] += all[(size_t)k * n + i];
    }
    free(all);
    return code;
}

SpmlCode ranks_count(Ranks *r, int64_t *x, size_t n, Error *err)
{
    int64_t *all = calloc((size_t)r->peers.n * n + 1, sizeof *all);
    SpmlCode code = all ? gather(&r->peers, x, n * sizeof *x, all, err) : error_oom(err);
    for (size_t i = 0; i < n && !code; i++) {
        x[i] = 0;
        for (int k = 0; k < r->peers.n; k++)
            x[i] += all[(size_t)k * n + i];
    }
    free(all);
    return code;
}

SpmlCode ranks_same(Ranks *r, const char *what, const void *p, size_t sz, Error *err)
{
    uint8_t sum[32], *all = calloc((size_t)r->peers.n, sizeof sum);
    Sha256 h;
    sha256_init(&h);
    sha256_add(&h, p, sz);
    sha256_final(&h, sum);
    SpmlCode code = all ? gather(&r->peers, sum, sizeof sum, all, err) : error_oom(err);
    for (int i = 1; i < r->peers.n && !code; i++)
        if (memcmp(all, all + (size_t)i * sizeof sum, sizeof sum))
            code = error_set(err, SPML_DEVICE, "ranks-differ", "%s are not the same on rank %d as on rank 0", what, i);
    free(all);
    return code;
}

SpmlCode ranks_agree(Ranks *r, SpmlCode code, bool sure, int *speaker, Error *err)
{
    int64_t own[2] = {code, sure}, (*all)[2] = calloc((size_t)r->peers.n, sizeof own);
    SpmlCode failed = all ? gather(&r->peers, own, sizeof own, all, err) : error_oom(err);
    *speaker = -1;
    for (int pass = 1; pass >= 0 && *speaker < 0; pass--)
        for (int i = 0; i < r->peers.n && !failed && *speaker < 0; i++)
            if (all[i][0] && all[i][1] >= pass)
                *speaker = i;
    const SpmlCode theirs = *speaker < 0 || failed ? SPML_OK : (SpmlCode)all[*speaker][0];
    free(all);
    return failed ? failed : theirs;
}
