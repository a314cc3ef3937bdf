/* SPDX-License-Identifier: MIT
 * backend: the ones that are built in, best first. */
#include "run/backend.h"

const Backend *const backends[] = {&backend_cpu, NULL};
