/* SPDX-License-Identifier: MIT
 * base: a persistent thread pool. Workers spin for a bounded time (SPML_SPIN_US), then sleep on a futex. Work is handed out as
 * chunks: every thread begins with an even part of them in order (the same part from job to job, so what it wrote last is in its caches), then
 * helps the others. Which thread runs a chunk never changes a result. The caller takes part. */
#ifndef SPML_BASE_THREADS_H
#define SPML_BASE_THREADS_H

#include "base/error.h"

#include <stdint.h>

typedef struct Pool Pool;
typedef void (*PoolFn)(void *ctx, int64_t chunk, int thread); /* thread: 0 .. n_threads-1, for per-thread scratch */

int threads_default(void);   /* CPUs this process may use: affinity mask and cgroup quota, at least 1 */
/* n_threads ≥ 1, never clamped; 0 means threads_default(). A pool may be used by one caller at a time. */
SpmlCode pool_open(int n_threads, Pool **out, Error *err);
void pool_close(Pool **p);
int pool_threads(const Pool *p);
/* Runs fn for chunk 0 .. n_chunks-1 and returns when all are done. n_chunks ≤ 1, or a pool of one: runs inline. Not re-entrant:
 * a nested call (from inside fn) runs inline on the calling thread. p may be NULL: inline, thread 0. */
void pool_run(Pool *p, int64_t n_chunks, PoolFn fn, void *ctx);

#endif
