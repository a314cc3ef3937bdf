/* SPDX-License-Identifier: MIT
 * backend: the ones that are built in, best first. */
#include "backend/test_backends.h"

const Backend *const backends[] = {&backend_cpu, NULL};
const Backend *const test_backends[] = {&backend_interp, &backend_fault, NULL};
