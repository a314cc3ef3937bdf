/* SPDX-License-Identifier: MIT
 * unit tests of the kernel language from text to numbers: every case of tests/kernels/{worked,extra}.case (made by make_cases.py
 * with numpy) is instantiated from worked.k or extra.k, verified, bound, interpreted in three orders with all checks, simplified, scheduled for 1, 32 and
 * 256 lanes, and run again. Unscheduled results of all orders have equal bits; all are within the case's tolerance. */
#include "kernels/case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// clang-format off
#include <cmocka.h>
// clang-format on

static void run(Case *c, const KirKernel *bound, const KirKernel *k, KirOrder order, bool checks, const char *what)
{
    static KirLaunch l;
    Error e = {0};
    case_launch(c, bound, k, &l, what);
    if (kir_interpret(k, &l, order, checks, &e))
        fail_msg("line %d: %s, %s: %s", c->line, c->kernel, what, e.text);
}

static void run_case(const KModule *m, Case *c)
{
    static const char *const orders[] = {"ascending", "descending", "shuffled"};
    Arena a = {0};
    Error e = {0};
    KirKernel *k, *s;
    case_instantiate(m, c, &a, &k);
    uint64_t bits = 0;
    for (int o = 0; o < 3; o++) {
        run(c, k, k, (KirOrder)o, true, orders[o]);
        case_compare(c, orders[o]);
        assert_true(!o || bits == case_bits(c));
        bits = case_bits(c);
    }
    static const uint32_t sizes[] = {1, 32, 256};
    for (int i = 0; i < 3; i++) {
        if (kir_schedule(k, sizes[i], &a, &s, &e) || kir_verify(s, &e))
            fail_msg("line %d: %s scheduled: %s", c->line, c->kernel, e.text);
        run(c, k, s, KORDER_ASCENDING, true, "scheduled");
        case_compare(c, "scheduled");
        assert_true(bits == case_bits(c));
    }
    if (kir_simplify(k, KPASS_ALL, &e) || kir_verify(k, &e))
        fail_msg("line %d: %s simplified: %s", c->line, c->kernel, e.text);
    run(c, k, k, KORDER_ASCENDING, true, "simplified");
    case_compare(c, "simplified");
    assert_true(bits == case_bits(c));
    arena_free(&a);
}

static void test_worked(void **state) { case_all("worked.k", "worked.case", 60, run_case); }
static void test_extra(void **state) { case_all("extra.k", "extra.case", 15, run_case); }

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_worked), cmocka_unit_test(test_extra)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
