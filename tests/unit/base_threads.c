/* SPDX-License-Identifier: MIT
 * The thread pool: every chunk exactly once, sums equal for 1 to 8 threads, nesting, wake-ups after sleep. */
#include "base/threads.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { N = 1000 };
typedef struct Sums {
    Pool *pool;
    int n_threads;
    int64_t chunk[N];      /* written without synchronisation: pool_run must order it */
    int64_t thread[8];
    _Atomic int bad;
} Sums;

static void square(void *ctx, int64_t chunk, int thread)
{
    Sums *s = ctx;
    if (thread < 0 || thread >= s->n_threads)
        s->bad++;
    s->chunk[chunk] += chunk * chunk;
    s->thread[thread] += chunk;
}

static void every_chunk_once(void **state)
{
    Sums *s = calloc(1, sizeof *s);
    for (s->n_threads = 1; s->n_threads <= 8; s->n_threads++) {
        Pool *p;
        Error err = {0};
        assert_int_equal(pool_open(s->n_threads, &p, &err), SPML_OK);
        assert_int_equal(pool_threads(p), s->n_threads);
        for (int64_t n = 0; n <= N; n = n < 20 ? n + 1 : n * 3 > N && n < N ? N : n * 3) {
            memset(s->chunk, 0, sizeof s->chunk);
            memset(s->thread, 0, sizeof s->thread);
            pool_run(p, n, square, s);
            int64_t sum = 0;
            for (int t = 0; t < 8; t++)
                sum += s->thread[t];
            assert_int_equal(sum, n * (n - 1) / 2);
            for (int64_t i = 0; i < N; i++)
                assert_int_equal(s->chunk[i], i < n ? i * i : 0);
        }
        pool_close(&p);
        assert_null(p);
    }
    assert_int_equal(s->bad, 0);
    free(s);
}

static void count(void *ctx, int64_t chunk, int thread)
{
    atomic_fetch_add((_Atomic int64_t *)ctx, chunk + 1);
}

static void many_short_jobs(void **state)
{
    for (int n = 2; n <= 4; n += 2) { /* 4 is more than small machines have: no spinning */
        Pool *p;
        _Atomic int64_t sum = 0;
        assert_int_equal(pool_open(n, &p, NULL), SPML_OK);
        for (int i = 0; i < 3000; i++) {
            pool_run(p, 5, count, &sum);
            assert_int_equal(sum, 15 * (i + 1));
        }
        for (int i = 0; i < 20; i++) { /* the workers fall asleep in between */
            nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
            pool_run(p, 2, count, &sum);
        }
        assert_int_equal(sum, 15 * 3000 + 3 * 20);
        pool_close(&p);
    }
}

typedef struct Nest { Pool *outer, *other; _Atomic int64_t sum; _Atomic int bad; } Nest;
typedef struct Inner { Nest *nest; int thread; } Inner;

static void inner_fn(void *ctx, int64_t chunk, int thread)
{
    Inner *in = ctx;
    if (thread != in->thread)
        in->nest->bad++;
    in->nest->sum += chunk;
}

static void outer_fn(void *ctx, int64_t chunk, int thread)
{
    Inner in = {ctx, thread};
    pool_run(in.nest->outer, 10, inner_fn, &in);
}

static void nested_runs_inline(void **state)
{
    Nest nest = {0};
    assert_int_equal(pool_open(3, &nest.outer, NULL), SPML_OK);
    pool_run(nest.outer, 100, outer_fn, &nest);
    pool_run(nest.outer, 1, outer_fn, &nest);
    assert_int_equal(nest.sum, 101 * 45);
    assert_int_equal(nest.bad, 0);
    pool_close(&nest.outer);
}

static void edges(void **state)
{
    Pool *p = NULL;
    Error err = {0};
    _Atomic int64_t sum = 0;
    pool_run(NULL, 4, count, &sum);
    assert_int_equal(sum, 10);
    assert_int_equal(pool_threads(NULL), 1);
    pool_close(&p);
    assert_int_equal(pool_open(-1, &p, &err), SPML_USAGE);
    assert_null(p);
    assert_true(threads_default() >= 1);
    assert_int_equal(pool_open(0, &p, NULL), SPML_OK);
    assert_int_equal(pool_threads(p), threads_default());
    pool_close(&p);
}

int main(void)
{
    unsetenv("SPML_THREADS");
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_chunk_once), cmocka_unit_test(many_short_jobs), cmocka_unit_test(nested_runs_inline), cmocka_unit_test(edges)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
