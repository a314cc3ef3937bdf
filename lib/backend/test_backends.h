/* SPDX-License-Identifier: MIT
 * backend: devices for tests. They are found by name only: never chosen, never listed. */
#ifndef SPML_BACKEND_TEST_BACKENDS_H
#define SPML_BACKEND_TEST_BACKENDS_H

#include "run/backend.h"

extern const Backend backend_interp; /* its memory cannot be seen from the host; kernels are interpreted */
extern const Backend backend_fault;  /* "fault:NAME": NAME, failing as SPML_FAULT says */
extern const Backend *const test_backends[]; /* NULL-terminated */

#endif
