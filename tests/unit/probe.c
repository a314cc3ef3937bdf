/* SPDX-License-Identifier: MIT
 * Probing drivers: one that works, one that is missing, and those that crash, end the process, print, hang or answer half; what is remembered of them. */
#include "run/probe.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
// clang-format off
#include <cmocka.h>
// clang-format on

static char root[64];

static SpmlCode open_here(const DeviceOptions *o, Device **out, Error *err)
{
    printf("drivers print what they like\n");
    fflush(stdout);
    *out = NULL;
    return o->index ? error_set(err, SPML_DEVICE, "device-missing", "there is one") : SPML_OK;
}
static void info_here(const Device *d, DeviceInfo *out) { *out = (DeviceInfo){.name = "a \x1b[31mname", .sz_memory = 7}; }
static SpmlCode open_crash(const DeviceOptions *o, Device **out, Error *err) { return raise(SIGSEGV), SPML_OK; }
static SpmlCode open_abort(const DeviceOptions *o, Device **out, Error *err) { abort(); }
static SpmlCode open_exit(const DeviceOptions *o, Device **out, Error *err) { _exit(3); }
static SpmlCode open_hang(const DeviceOptions *o, Device **out, Error *err)
{
    signal(SIGTERM, SIG_IGN);
    while (pause() < 0)
        ;
    return SPML_OK;
}

static Probe probe(const char *name, SpmlCode (*open)(const DeviceOptions *, Device **, Error *), int index)
{
    Backend b = {.name = name, .open = open, .info = info_here};
    Probe p;
    probe_device(&b, index, open == open_hang ? 300 : PROBE_MS, &p);
    return p;
}

static SpmlCode recorded(const char *name)
{
    Error e = {0};
    return probe_recorded(&(Backend){.name = name}, &e);
}

static void works(void **state)
{
    Probe p = probe("works", open_here, 0);
    assert_int_equal(p.state, PROBE_HERE);
    assert_string_equal(p.info.name, "a \x1b[31mname");
    assert_int_equal(p.info.sz_memory, 7);
    p = probe("works", open_here, 1);
    assert_int_equal(p.state, PROBE_MISSING);
    assert_string_equal(p.why.key, "device-missing");
    assert_int_equal(recorded("works"), SPML_OK);
}

static void crashes(void **state)
{
    Probe p = probe("one", open_crash, 0);
    assert_int_equal(p.state, PROBE_CRASHED);
    assert_string_equal(p.why.text, "the one driver crashed (signal 11)");
    assert_int_equal(recorded("one"), SPML_DEVICE);
    assert_int_equal(recorded("another"), SPML_OK);
    assert_int_equal(probe("one", open_abort, 0).state, PROBE_CRASHED);
    p = probe("one", open_exit, 0);
    assert_int_equal(p.state, PROBE_CRASHED);
    assert_string_equal(p.why.text, "the one driver ended the process (status 3)");
    assert_int_equal(recorded("one"), SPML_DEVICE);
    assert_int_equal(probe("one", open_here, 0).state, PROBE_HERE); /* mended: forgotten */
    assert_int_equal(recorded("one"), SPML_OK);
}

static void hangs(void **state)
{
    Probe p = probe("slow", open_hang, 0);
    assert_int_equal(p.state, PROBE_HUNG);
    assert_string_equal(p.why.key, "driver-hangs");
    assert_int_equal(recorded("slow"), SPML_DEVICE);
}

static int leave(void **state)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", root);
    return system(command);
}

int main(void)
{
    strcpy(root, "/tmp/spml-probe-XXXXXX");
    if (!mkdtemp(root))
        return 2;
    setenv("SPML_CACHE_DIR", root, 1);
    const struct CMUnitTest tests[] = {cmocka_unit_test(works), cmocka_unit_test(crashes), cmocka_unit_test(hangs)};
    return cmocka_run_group_tests(tests, NULL, leave);
}
