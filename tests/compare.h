/* SPDX-License-Identifier: MIT
 * tests: comparing run-time values: floats within rtol and atol (NaN equals NaN only), everything else exactly, types and shapes exactly. */
#ifndef SPML_TESTS_COMPARE_H
#define SPML_TESTS_COMPARE_H

#include "ir/rtvalue.h"

typedef struct Tolerance { double rtol, atol; } Tolerance;

/* "" if equal, else the reason, in buf. */
const char *compare_values(const RtValue *got, const RtValue *want, Tolerance tol, char *buf, size_t sz);
/* Changes one element by 10 times its limit (or at all, where values are exact). false: nothing there to change. */
bool compare_perturb(RtValue *v, Tolerance tol);
/* A hash of types, shapes and bits, on top of h. */
uint64_t compare_digest(const RtValue *v, uint64_t h);

#endif
