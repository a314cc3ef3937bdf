/* SPDX-License-Identifier: MIT
 * emit tests: kernels prepared for a device, put into one text, run there and by the interpreter, and compared bit for bit. */
#ifndef SPML_TESTS_EMIT_CHECK_H
#define SPML_TESTS_EMIT_CHECK_H

#include "device.h"

typedef struct CheckKernel {
    const KirKernel *plain;      /* unscheduled; launch is bound to it */
    KirLaunch *launch;           /* views of host memory with start values */
    void *start[KIR_MAX_OPERANDS]; /* memory a view lies in, of bytes[]; NULL: the view is dense */
    const KirVariant *variant;   /* a contraction in this form; NULL: what kir_prepare takes */
    KirKernel *k;                /* prepared */
    size_t number;               /* the caller's */
    bool refused;                /* the target lacks something, by name: emit_compare ended with SPML_UNSUPPORTED here */
    bool cut;                    /* the driver ended a loop early and the text said so: not compared */
    uint8_t *want[KIR_MAX_OPERANDS];
    size_t bytes[KIR_MAX_OPERANDS];
    /* the first difference: operand −1: none */
    int operand;
    size_t element;
    uint64_t got_bits, want_bits;
} CheckKernel;

/* Prepares, interprets the scheduled form, runs on d, compares. NaN equals NaN; where the target's division or square root does not round
 * correctly nothing is claimed (targets of this test do). SPML_NO: at least one differs (operand ≥ 0), or, with no text made, one is not of its variant's form. Results stay in launch's views.
 * text, where given, gets the module's text. */
SpmlCode emit_compare(EmitDevice *d, CheckKernel *c, size_t n, Arena *a, Text *text, Error *err);

/* Opens d where it is wanted (only, else DEVICE of the environment; NULL: all). false: not here, said on stdout; *missing grows where SPML_REQUIRE names
 * it (cuda is ptxsim there). */
bool emit_open_device(EmitDevice *d, const char *only, int *missing);

#endif
