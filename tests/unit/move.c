/* SPDX-License-Identifier: MIT
 * Moves against one element at a time: random extents, orders of dimensions, steps (negative and 0 too), widths, levels and thread counts. */
#include "backend/cpu/move.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static uint64_t state = 88172645463325252u;
static int64_t rnd(int64_t n) /* 0 .. n-1 */
{
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return (int64_t)((state >> 11) % (uint64_t)n);
}

/* A view of v's extents whose dimensions lie in any order, gaps between; *n: elements that it needs. may_repeat: a step may be 0. */
static void lay(KirView *v, bool may_repeat, int64_t *n, int64_t *first)
{
    int order[KIR_MAX_RANK];
    int64_t step = 1;
    *first = 0;
    for (int i = 0; i < v->rank; i++)
        order[i] = i;
    for (int i = v->rank - 1; i > 0; i--) {
        const int j = (int)rnd(i + 1), t = order[i];
        order[i] = order[j], order[j] = t;
    }
    for (int i = 0; i < v->rank; i++) {
        const int d = order[i];
        v->stride[d] = may_repeat && rnd(8) == 0 ? 0 : rnd(8) ? step : -step;
        *first += v->stride[d] < 0 && v->dim[d] ? (v->dim[d] - 1) * step : 0;
        step *= v->stride[d] ? v->dim[d] : 1;
        step += rnd(4) ? 0 : rnd(3);
    }
    *n = step;
}

static void one_move(Pool *pool, const ULevel *u)
{
    static const DType types[] = {DT_u8, DT_u16, DT_u32, DT_f32, DT_u64};
    static const int64_t most[] = {0, 5000, 90, 30, 12};
    const DType t = types[rnd(5)];
    const size_t width = dtype_info[t].bytes;
    KirLaunch l;
    KirView *x = &l.view[0], *y = &l.view[1];
    int64_t nx, ny, x0, y0, at[KIR_MAX_RANK] = {0};
    x->rank = y->rank = 1 + (int)rnd(4);
    for (int i = 0; i < x->rank; i++)
        x->dim[i] = y->dim[i] = rnd(20) ? 1 + rnd(rnd(3) ? most[x->rank] : 17) : rnd(2);
    lay(x, true, &nx, &x0);
    lay(y, false, &ny, &y0);
    uint8_t *px = malloc((size_t)(nx + 1) * width), *py = malloc((size_t)(ny + 1) * width), *want = malloc((size_t)(ny + 1) * width);
    for (size_t i = 0; i < (size_t)nx * width; i++)
        px[i] = (uint8_t)rnd(256);
    for (size_t i = 0; i < (size_t)ny * width; i++)
        py[i] = want[i] = (uint8_t)i;
    x->p = px + (size_t)x0 * width, y->p = py + (size_t)y0 * width;
    for (int64_t left = 1; left;) {
        int64_t from = x0, to = y0;
        for (int i = 0; i < x->rank; i++) {
            from += at[i] * x->stride[i], to += at[i] * y->stride[i];
            left = x->dim[i] ? left : 0;
        }
        if (left)
            memcpy(want + (size_t)to * width, px + (size_t)from * width, width);
        int d = x->rank - 1;
        while (d >= 0 && ++at[d] >= x->dim[d])
            at[d--] = 0;
        left = left && d >= 0;
    }
    move_run(&l, t, u, pool);
    assert_memory_equal(py, want, (size_t)ny * width);
    free(px), free(py), free(want);
}

static void test_moves(void **s)
{
    Pool *pool;
    (void)s;
    assert_int_equal(pool_open(3, &pool, NULL), SPML_OK);
    for (int i = 0; i < 600; i++)
        one_move(i % 2 ? pool : NULL, ulevel((CpuLevel)(i % (int)(cpu_level() + 1))));
    pool_close(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_moves)};
    return cmocka_run_group_tests_name("move", tests, NULL, NULL);
}
