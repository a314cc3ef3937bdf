/* SPDX-License-Identifier: MIT
 * What the tests of ptxsim share: one module from text, one launch with u64 buffers. */
#ifndef PTXSIM_TEST_H
#define PTXSIM_TEST_H

#include "ptxsim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#define HEAD(version, target) ".version " version "\n.target " target "\n.address_size 64\n"

typedef struct Run {
    int rc;
    char log[512];
} Run;

static inline PtxSim *open_sim(int sm, int races)
{
    PtxSim *s = ptxsim_open(&(PtxSimConfig){.sm = sm, .races = races, .budget = 2000000});
    assert_non_null(s);
    return s;
}

/* Loads text, runs its kernel k(.param .u64 in, .param .u64 out) on one pair of buffers; -1 in rc's place never happens. */
static inline Run run_text(PtxSim *s, const char *text, const void *in, size_t n_in, void *out, size_t n_out, unsigned grid, unsigned block, unsigned shared)
{
    Run r = {0, ""};
    PtxModule *m;
    uint64_t a, b;
    r.rc = ptxsim_load(s, text, strlen(text), &m, r.log, sizeof r.log);
    if (r.rc)
        return r;
    assert_int_equal(ptxsim_alloc(s, n_in, &a) | ptxsim_alloc(s, n_out, &b), 0);
    assert_int_equal(ptxsim_write(s, a, in, n_in) | ptxsim_write(s, b, out, n_out), 0);
    r.rc = ptxsim_launch(m, "k", (unsigned[]){grid, 1, 1}, (unsigned[]){block, 1, 1}, shared, (void *[]){&a, &b}, r.log, sizeof r.log);
    assert_int_equal(ptxsim_read(s, out, b, n_out), 0);
    assert_int_equal(ptxsim_free(s, a) | ptxsim_free(s, b), 0);
    ptxsim_unload(&m);
    return r;
}

#endif
