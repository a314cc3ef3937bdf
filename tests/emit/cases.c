/* SPDX-License-Identifier: MIT
 * Every case of tests/kernels, prepared and emitted for each device of this machine, for one lane and several: the interpreter's bits. */
#include "check.h"
#include "kernels/case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
// clang-format off
#include <cmocka.h>
// clang-format on

static EmitDevice *device;
static int n_run, n_refused;

static void run_case(const KModule *m, Case *c)
{
    Arena a = { 0 };
    Error e = { 0 };
    Text text = { 0 };
    KirKernel *k;
    static KirLaunch l;
    case_instantiate(m, c, &a, &k);
    case_launch(c, k, k, &l, device->name);
    CheckKernel check = { .plain = k, .launch = &l };
    const SpmlCode code = emit_compare(device, &check, 1, &a, &text, &e);
    if (code == SPML_UNSUPPORTED) {
        n_refused++;
        print_message("%s: line %d: %s\n", device->name, c->line, e.text);
    } else if (code == SPML_NO && check.operand >= 0) {
        fail_msg("%s: line %d: %s: %s[%zu] is %llx, not %llx\n%s", device->name, c->line, c->kernel, k->mems[check.operand].name, check.element,
                 (unsigned long long)check.got_bits, (unsigned long long)check.want_bits, text.p);
    } else if (code) {
        fail_msg("%s: line %d: %s: %s\n%s", device->name, c->line, c->kernel, e.text, text.p ? text.p : "");
    } else {
        case_compare(c, device->name);
        n_run++;
    }
    text_free(&text);
    arena_free(&a);
}

static void test_cases(void **state)
{
    bool any = false;
    int missing = 0;
    for (size_t d = 0; emit_devices[d]; d++) {
        device = emit_devices[d];
        if (!emit_open_device(device, NULL, &missing))
            continue;
        any = true;
        n_run = n_refused = 0;
        const uint32_t lanes = device->target.lanes;
        for (int one = 0; one < 2; one++) {
            device->target.lanes = one ? 1 : lanes;
            case_all("worked.k", "worked.case", 60, run_case);
            case_all("extra.k", "extra.case", 15, run_case);
        }
        device->target.lanes = lanes;
        print_message("%s: %d launches, %d refused by name\n", device->name, n_run, n_refused);
        device->close(device);
    }
    assert_int_equal(missing, 0);
    if (!any)
        skip();
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_cases) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
