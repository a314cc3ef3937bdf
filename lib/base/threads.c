/* SPDX-License-Identifier: MIT
 * base: the thread pool; see threads.h. Each thread has a share of the job, a range of chunks, in one 64-bit word with the job's number. It takes
 * its own from the front and then those of others from the back, by compare-and-swap, so a worker that wakes late finds either nothing left or a
 * later job, and the caller waits for finished chunks, never for sleeping workers. A thread whose core was taken away costs no more than its own chunk. */
#include "base/threads.h"

#include "base/hard.h"
#include "base/knobs.h"
#include "base/system.h"

#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { SLICE = HARD(UINT16_MAX, 5) }; /* chunks of one job */

typedef struct Worker {
    Pool *pool;
    pthread_t id;
    int thread;
} Worker;

/* job number << 32 | first unclaimed chunk << 16 | unclaimed chunks: one thread's share, on a cache line of its own */
typedef struct Share { _Alignas(64) _Atomic uint64_t word; } Share;

struct Pool {
    int n_threads, n_started; /* n_started: workers to join */
    int64_t ns_spin;
    Worker *workers; /* [n_threads - 1]; worker i is thread i + 1 */
    Share *shares;   /* [n_threads] */
    uint32_t job;    /* its number */
    /* the job: written before the shares announce it, unchanged until its last chunk is done */
    _Atomic(PoolFn) fn;
    _Atomic(void *) ctx;
    _Atomic int64_t first; /* chunk number of this slice's first chunk */
    _Atomic uint32_t n_chunks;
    _Alignas(64) _Atomic uint32_t n_done;  /* chunks finished; futex of the caller */
    _Atomic uint32_t caller_sleeps;
    _Alignas(64) _Atomic uint32_t signal;  /* counts jobs (and the stop); futex of the workers */
    _Atomic uint32_t n_sleeping;
    _Atomic bool stop;
};

/* The pool whose chunk this thread is running, for nested calls. */
static _Thread_local struct { Pool *pool; int thread; } running;

int threads_default(void)
{
    return system_cpus();
}

static void futex_wait(_Atomic uint32_t *at, uint32_t value)
{
    syscall(SYS_futex, at, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void futex_wake(_Atomic uint32_t *at, int n)
{
    syscall(SYS_futex, at, FUTEX_WAKE_PRIVATE, n, NULL, NULL, 0);
}

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void cpu_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* Spins while *at is `value`, for at most ns; false if it still is. */
static bool spin_while(_Atomic uint32_t *at, uint32_t value, int64_t ns)
{
    if (ns <= 0)
        return atomic_load_explicit(at, memory_order_acquire) != value;
    for (int64_t end = now_ns() + ns; now_ns() < end;)
        for (int i = 0; i < 32; i++) {
            if (atomic_load_explicit(at, memory_order_acquire) != value)
                return true;
            cpu_relax();
        }
    return false;
}

/* Runs chunks of `owner`'s share until none is left. The fields of the job are read between two looks at `word` that agree, so
 * they are those of the job that the claim belongs to. */
static void share_run(Pool *p, int owner, int thread)
{
    _Atomic uint64_t *at = &p->shares[owner].word;
    uint64_t word = atomic_load_explicit(at, memory_order_acquire);
    while ((uint16_t)word) {
        PoolFn fn = atomic_load_explicit(&p->fn, memory_order_relaxed);
        void *ctx = atomic_load_explicit(&p->ctx, memory_order_relaxed);
        int64_t first = atomic_load_explicit(&p->first, memory_order_relaxed);
        uint32_t n = atomic_load_explicit(&p->n_chunks, memory_order_relaxed), next = (uint16_t)(word >> 16), left = (uint16_t)word;
        if (!atomic_compare_exchange_weak_explicit(at, &word, owner == thread ? word + (1 << 16) - 1 : word - 1, memory_order_acq_rel, memory_order_acquire))
            continue;
        fn(ctx, first + (owner == thread ? next : next + left - 1), thread);
        if (atomic_fetch_add(&p->n_done, 1) + 1 == n && thread && atomic_load(&p->caller_sleeps))
            futex_wake(&p->n_done, 1);
        word = atomic_load_explicit(at, memory_order_acquire);
    }
}

static void chunks_run(Pool *p, int thread)
{
    for (int i = 0, owner = thread; i < p->n_threads; i++) {
        share_run(p, owner, thread);
        if (++owner == p->n_threads)
            owner = 0;
    }
}

static void *worker_main(void *arg)
{
    Worker *w = arg;
    Pool *p = w->pool;
    running.pool = p;
    running.thread = w->thread;
    while (!atomic_load(&p->stop)) {
        uint32_t seen = atomic_load(&p->signal);
        chunks_run(p, w->thread);
        if (atomic_load(&p->stop) || spin_while(&p->signal, seen, p->ns_spin))
            continue;
        atomic_fetch_add(&p->n_sleeping, 1);
        if (atomic_load(&p->signal) == seen)
            futex_wait(&p->signal, seen);
        atomic_fetch_sub(&p->n_sleeping, 1);
    }
    return NULL;
}

/* Waits until n chunks are done: spins, then sleeps, since the thread that has the last chunk may need this core. */
static void done_wait(Pool *p, uint32_t n)
{
    for (uint32_t done; (done = atomic_load(&p->n_done)) != n;) {
        if (spin_while(&p->n_done, done, p->ns_spin))
            continue;
        atomic_store(&p->caller_sleeps, 1);
        if ((done = atomic_load(&p->n_done)) != n)
            futex_wait(&p->n_done, done);
        atomic_store(&p->caller_sleeps, 0);
    }
}

static void slice_run(Pool *p, int64_t first, uint32_t n, PoolFn fn, void *ctx)
{
    const uint64_t job = (uint64_t)++p->job << 32;
    atomic_store_explicit(&p->fn, fn, memory_order_relaxed);
    atomic_store_explicit(&p->ctx, ctx, memory_order_relaxed);
    atomic_store_explicit(&p->first, first, memory_order_relaxed);
    atomic_store_explicit(&p->n_chunks, n, memory_order_relaxed);
    atomic_store(&p->n_done, 0);
    for (uint32_t i = 0, at = 0, threads = (uint32_t)p->n_threads; i < threads; i++) {
        const uint32_t end = (uint32_t)((uint64_t)n * (i + 1) / threads);
        atomic_store_explicit(&p->shares[i].word, job | at << 16 | (end - at), memory_order_release);
        at = end;
    }
    atomic_fetch_add(&p->signal, 1);
    if (atomic_load(&p->n_sleeping))
        futex_wake(&p->signal, n - 1 < (uint32_t)p->n_threads ? (int)n - 1 : p->n_threads);
    chunks_run(p, 0);
    done_wait(p, n);
}

static void inline_run(int64_t n_chunks, PoolFn fn, void *ctx, int thread)
{
    for (int64_t i = 0; i < n_chunks; i++)
        fn(ctx, i, thread);
}

void pool_run(Pool *p, int64_t n_chunks, PoolFn fn, void *ctx)
{
    if (!p) {
        inline_run(n_chunks, fn, ctx, 0);
        return;
    }
    if (running.pool == p) {
        inline_run(n_chunks, fn, ctx, running.thread);
        return;
    }
    Pool *outer = running.pool;
    int outer_thread = running.thread;
    running.pool = p;
    running.thread = 0;
    if (n_chunks <= 1 || p->n_started == 0)
        inline_run(n_chunks, fn, ctx, 0);
    else
        for (int64_t first = 0; first < n_chunks; first += SLICE)
            slice_run(p, first, (uint32_t)(n_chunks - first < SLICE ? n_chunks - first : SLICE), fn, ctx);
    running.pool = outer;
    running.thread = outer_thread;
}

/* Starts the workers with every signal blocked that is not a fault of their own, so that handlers run in the caller. */
static bool workers_start(Pool *p)
{
    static const int faults[] = {SIGBUS, SIGSEGV, SIGFPE, SIGILL, SIGTRAP, SIGSYS};
    sigset_t block, old;
    sigfillset(&block);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        sigdelset(&block, faults[i]);
    pthread_sigmask(SIG_SETMASK, &block, &old);
    bool ok = true;
    for (int i = 0; i < p->n_threads - 1 && ok; i++) {
        p->workers[i] = (Worker){.pool = p, .thread = i + 1};
        ok = !pthread_create(&p->workers[i].id, NULL, worker_main, &p->workers[i]);
        p->n_started += ok;
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return ok;
}

SpmlCode pool_open(int n_threads, Pool **out, Error *err)
{
    int64_t knob = n_threads ? 0 : knob_int(KNOB_THREADS), us = knob_int(KNOB_SPIN_US);
    int cpus = threads_default(), n = n_threads ? n_threads : knob > 0 && knob < INT32_MAX ? (int)knob : cpus;
    *out = NULL;
    if (n < 1)
        return error_set(err, SPML_USAGE, "threads-invalid", "number of threads is %d, expected at least 1", n);
    Pool *p = aligned_alloc(64, sizeof *p);
    if (!p)
        return error_oom(err);
    memset(p, 0, sizeof *p);
    p->n_threads = n;
    p->ns_spin = n > cpus || us < 0 ? 0 : us > 1000000 ? 1000000000 : us * 1000; /* more threads than CPUs: a spin only delays the others */
    p->workers = calloc((size_t)n, sizeof *p->workers);
    p->shares = aligned_alloc(64, (size_t)n * sizeof *p->shares);
    if (p->shares)
        memset(p->shares, 0, (size_t)n * sizeof *p->shares);
    if (!p->workers || !p->shares) {
        pool_close(&p);
        return error_oom(err);
    }
    if (!workers_start(p)) {
        int got = p->n_started + 1;
        pool_close(&p);
        return error_set(err, SPML_RESOURCE, "threads-failed", "only %d of %d threads could be started", got, n);
    }
    *out = p;
    return SPML_OK;
}

void pool_close(Pool **pool)
{
    Pool *p = *pool;
    if (!p)
        return;
    atomic_store(&p->stop, true);
    atomic_fetch_add(&p->signal, 1);
    futex_wake(&p->signal, INT32_MAX);
    for (int i = 0; i < p->n_started; i++)
        pthread_join(p->workers[i].id, NULL);
    free(p->workers);
    free(p->shares);
    free(p);
    *pool = NULL;
}

int pool_threads(const Pool *p)
{
    return p ? p->n_threads : 1;
}
