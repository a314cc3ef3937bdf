/* SPDX-License-Identifier: MIT
 * The memory planner on random lifetimes: what lives together never overlaps, offsets are aligned, totals lie between the lower bound and
 * the sum of sizes, the same list gives the same plan; and a list where largest-first wastes memory. */
#include "plan/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

static uint32_t seed = 11;
static uint32_t below(uint32_t n) { return ((seed = seed * 1664525u + 1013904223u) >> 8) % n; }
static uint64_t up(uint64_t x) { return (x + 63) & ~(uint64_t)63; }

static void check(const PlanBuffer *b, size_t n, uint64_t total)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(b[i].offset % 64, 0);
        assert_true(b[i].offset + b[i].size <= total);
        sum += up(b[i].size);
        for (size_t j = 0; j < i; j++)
            if (b[i].first <= b[j].last && b[j].first <= b[i].last && b[i].size && b[j].size)
                assert_true(b[i].offset + b[i].size <= b[j].offset || b[j].offset + b[j].size <= b[i].offset);
    }
    assert_true(total >= plan_lower_bound(b, n, 64) && total <= sum);
}

static void random_lists(void **s)
{
    for (int round = 0; round < 200; round++) {
        PlanBuffer b[120], again[120];
        size_t n = below(round % 10 ? 40 : 120);
        uint64_t total, total2;
        for (size_t i = 0; i < n; i++) {
            int32_t first = (int32_t)below(60);
            b[i] = (PlanBuffer){first, first + (int32_t)below(round % 2 ? 4 : 40), below(8) ? below(100000) : 0, 0};
        }
        memcpy(again, b, n * sizeof *b);
        assert_true(plan_memory(b, n, 64, &total));
        check(b, n, total);
        assert_true(plan_memory(again, n, 64, &total2));
        assert_memory_equal(b, again, n * sizeof *b);
        assert_int_equal(total, total2);
    }
}

/* All made before any is read, then summed in pairs. */
static void crowd(void **s)
{
    enum { WIDE = 6000 };
    static PlanBuffer b[2 * WIDE];
    static uint64_t used[WIDE * 4];
    uint64_t total;
    size_t n = 0;
    for (int i = 0; i < WIDE; i++)
        b[n++] = (PlanBuffer){i, WIDE + i / 2, 64u * (1 + (unsigned)i % 3), 0};
    for (int i = 0; i < WIDE / 2; i++)
        b[n++] = (PlanBuffer){WIDE + i, WIDE + WIDE / 2 + i, 64, 0};
    assert_true(plan_memory(b, n, 64, &total));
    assert_true((double)total <= 1.5 * (double)plan_lower_bound(b, n, 64) && total / 64 <= sizeof used / sizeof *used);
    for (int t = 0; t < 2 * WIDE; t += 700) { /* who holds each 64 bytes */
        memset(used, 0, sizeof used);
        for (size_t i = 0; i < n; i++)
            for (uint64_t k = 0; b[i].first <= t && t <= b[i].last && k < b[i].size; k += 64)
                assert_int_equal(used[(b[i].offset + k) / 64]++, 0);
    }
}

/* A chain: each buffer lives until the next one is made. Largest first leaves holes between those of the middle. */
static void chain(void **s)
{
    PlanBuffer b[40];
    uint64_t total;
    for (int i = 0; i < 40; i++)
        b[i] = (PlanBuffer){i, i + 1, 64u * (100 + (unsigned)(i * 37 % 41) * 5), 0};
    assert_true(plan_memory(b, 40, 64, &total));
    check(b, 40, total);
    assert_true((double)total <= 1.05 * (double)plan_lower_bound(b, 40, 64));
}

static void nothing(void **s)
{
    uint64_t total = 1;
    assert_true(plan_memory(NULL, 0, 64, &total));
    assert_int_equal(total, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_lists), cmocka_unit_test(chain), cmocka_unit_test(crowd), cmocka_unit_test(nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
