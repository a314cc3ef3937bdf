/* SPDX-License-Identifier: MIT
 * backend: the ones that are built in, best first. */
#include "backend/test_backends.h"

const Backend *const backends[] = {
    &backend_cuda,
#ifdef SPML_VULKAN
    &backend_vulkan,
#endif
    &backend_opencl,
    &backend_cpu,
    NULL,
};
const Backend *const test_backends[] = {&backend_interp, &backend_fault, NULL};
